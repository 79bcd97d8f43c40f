/* The message of the last failure, one for each thread, in a buffer of fixed size so that running out
 * of memory can be reported too. Everything is formatted into a second buffer first: an argument may be
 * the message that is there. */
#include "base/status.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/text/format.h"
#include "base/text/utf8.h"

enum {
    MESSAGE_SIZE = 2048,
    WORD_SIZE = 64,  /* longer words are near to nothing */
    SHOWN_WORD = 80, /* bytes of an unknown word that a message shows */
    LIST_ALL = 24,   /* so many known words are listed whole */
    LIST_NEAREST = 6
};

static const char ellipsis[] = "…";

static _Thread_local char message[MESSAGE_SIZE];
static _Thread_local cn_status message_status = CN_OK;

static const char *const status_names[] = {
    [CN_OK] = "ok",
    [CN_ERROR_ARGUMENT] = "argument",
    [CN_ERROR_SHAPE] = "shape",
    [CN_ERROR_DATA] = "data",
    [CN_ERROR_STATE] = "state",
    [CN_ERROR_FILE] = "file",
    [CN_ERROR_FORMAT] = "format",
    [CN_ERROR_NETWORK] = "network",
    [CN_ERROR_MEMORY] = "memory",
    [CN_ERROR_NUMERIC] = "numeric",
};

const char *cn_error(void) { return message; }

cn_status cn_error_status(void) { return message_status; }

void cn_error_clear(void)
{
    message[0] = '\0';
    message_status = CN_OK;
}

const char *cn_status_name(cn_status status)
{
    size_t i = (size_t)status;
    return i < sizeof status_names / sizeof *status_names ? status_names[i] : "unknown";
}

/* Puts the ellipsis at the end of a full buffer, never inside a UTF-8 character. */
static void mark_cut(char *text, size_t size)
{
    size_t at = size - sizeof ellipsis;
    while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80) at--;
    memcpy(text + at, ellipsis, sizeof ellipsis);
}

/* Adds to a string in a buffer of MESSAGE_SIZE; what does not fit is dropped behind an ellipsis. */
static void append(char *text, const char *addition)
{
    size_t used = strlen(text), left = MESSAGE_SIZE - 1 - used, size = strlen(addition);
    memcpy(text + used, addition, size < left ? size : left);
    text[used + (size < left ? size : left)] = '\0';
    if (size > left) mark_cut(text, MESSAGE_SIZE);
}

static void format_message(char *text, const char *format, va_list arguments)
{
    int length = cn__vformat(text, MESSAGE_SIZE, format, arguments);
    if (length < 0) text[0] = '\0';
    if (length >= MESSAGE_SIZE) mark_cut(text, MESSAGE_SIZE);
}

/* Names from files stand in messages, which are read on terminals. */
static cn_status leave(cn_status status, const char *text)
{
    char form[CN_TERMINAL_FORM];
    size_t used = 0;
    message_status = status;
    while (*text) {
        const size_t size = cn__terminal_form(&text, form);
        const bool fits = size < MESSAGE_SIZE - used;
        if (!fits) memset(message + used, ' ', MESSAGE_SIZE - used);
        if (!fits) mark_cut(message, MESSAGE_SIZE);
        if (!fits) return status;
        memcpy(message + used, form, size);
        used += size;
    }
    message[used] = '\0';
    return status;
}

cn_status cn__fail(cn_status status, const char *format, ...)
{
    char text[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    format_message(text, format, arguments);
    va_end(arguments);
    return leave(status, text);
}

cn_status cn__fail_in(const char *format, ...)
{
    char text[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    format_message(text, format, arguments);
    va_end(arguments);
    append(text, ": ");
    append(text, message);
    return leave(message_status, text);
}

static _Thread_local unsigned long memory_failures;

unsigned long cn__memory_failures(void) { return memory_failures; }

cn_status cn__fail_memory(size_t bytes, const char *what)
{
    char amount[32];
    memory_failures++;
    return cn__fail(CN_ERROR_MEMORY, "out of memory: %s more for %s could not be allocated",
                    cn__byte_text((double)bytes, amount, sizeof amount), what);
}

cn_status cn__check_memory(cn_status status, unsigned long failures_before, const char *what)
{
    return status == CN_OK && memory_failures != failures_before ? cn__fail_memory(0, what) : status;
}

/* The letters of a word that count: lower case, no underscores. Returns their number, or WORD_SIZE. */
static size_t fold(const char *word, char out[WORD_SIZE])
{
    size_t n = 0;
    for (; *word && n < WORD_SIZE; word++) {
        if (*word == '_') continue;
        out[n++] = (char)(*word >= 'A' && *word <= 'Z' ? *word - 'A' + 'a' : *word);
    }
    if (n < WORD_SIZE) out[n] = '\0';
    return n;
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b ("optimal string
 * alignment"). Three rows of the table are kept: this one and the two before. */
static size_t edit_distance(const char *a, size_t na, const char *b, size_t nb)
{
    size_t rows[3][WORD_SIZE + 1];
    for (size_t j = 0; j <= nb; j++) rows[0][j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            row[j] = smaller(smaller(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], above2[j - 2] + 1);
        }
    }
    return rows[na % 3][nb];
}

static size_t word_distance(const char *a, const char *b)
{
    char x[WORD_SIZE], y[WORD_SIZE];
    size_t nx = fold(a, x), ny = fold(b, y);
    return nx == WORD_SIZE || ny == WORD_SIZE ? SIZE_MAX : edit_distance(x, nx, y, ny);
}

/* Is one word a part of the other, three letters at least? ("crossentropy") */
static bool shares_part(const char *a, const char *b)
{
    char x[WORD_SIZE], y[WORD_SIZE];
    size_t nx = fold(a, x), ny = fold(b, y);
    if (nx == WORD_SIZE || ny == WORD_SIZE || nx < 3 || ny < 3) return false;
    return strstr(x, y) || strstr(y, x);
}

/* Are these the first letters of the word's parts? "lr" of learning_rate. */
static bool are_initials(const char *letters, const char *word)
{
    size_t n = 0;
    for (const char *p = word; p; p = strchr(p, '_'), p = p ? p + 1 : NULL)
        if (!letters[n] || letters[n++] != *p) return false;
    return n > 1 && !letters[n];
}

const char *cn__nearest_word(const char *got, const char *const *words, size_t n)
{
    char folded[WORD_SIZE];
    size_t length = fold(got, folded);
    size_t limit = length < 2 ? 0 : length < 6 ? 1 : length / 3; /* a third of the letters may be wrong */
    size_t best = SIZE_MAX;
    const char *nearest = NULL, *part = NULL;
    for (size_t i = 0; i < n; i++) {
        size_t distance = word_distance(got, words[i]);
        if (distance < best && distance <= limit) {
            best = distance;
            nearest = words[i];
        }
        if (!part && (shares_part(got, words[i]) || are_initials(got, words[i]))) part = words[i];
    }
    return nearest ? nearest : part;
}

static void list_all(char *text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        append(text, i ? ", " : " Known: ");
        append(text, words[i]);
    }
}

/* The nearest few of many words: by distance, those at the same distance in their own order. */
static void list_nearest(char *text, const char *got, const char *const *words, size_t n)
{
    size_t last_distance = 0, last = 0;
    char count[64];
    cn__format(count, sizeof count, " Nearest of %zu known: ", n);
    for (size_t shown = 0; shown < LIST_NEAREST; shown++) {
        size_t best = n, best_distance = SIZE_MAX;
        for (size_t i = 0; i < n; i++) {
            size_t distance = word_distance(got, words[i]);
            bool taken = shown && (distance < last_distance || (distance == last_distance && i <= last));
            if (!taken && distance < best_distance) best = i, best_distance = distance;
        }
        if (best == n) break;
        append(text, shown ? ", " : count);
        append(text, words[best]);
        last_distance = best_distance, last = best;
    }
}

cn_status cn__fail_word(cn_status status, const char *what, const char *got, const char *const *words,
                        size_t n)
{
    char text[MESSAGE_SIZE], shown[SHOWN_WORD + sizeof ellipsis];
    if (!got) got = "";
    int length = cn__format(shown, sizeof shown, "%s", got);
    if (length >= (int)sizeof shown) mark_cut(shown, sizeof shown);

    const char *nearest = cn__nearest_word(got, words, n);
    cn__format(text, sizeof text, "unknown %s '%s'", what, shown);
    append(text, nearest ? "; did you mean '" : n ? "." : "");
    if (nearest) {
        append(text, nearest);
        append(text, "'?");
    }
    if (n <= LIST_ALL) list_all(text, words, n);
    else list_nearest(text, got, words, n);
    return leave(status, text);
}
