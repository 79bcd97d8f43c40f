/* The table of words.h as an array, and the reasons to stop that are written by it. */
#include "lab/words.h"

#include <string.h>

#include "base/text.h"

#define PAIR(name_, es_, en_) {es_, en_},
static const char *const words[CN_WORD_COUNT][CN_LANGUAGES] = {CN_WORDS(PAIR)};

const char *cn__words(cn__language language, cn__word word) { return words[word][language]; }

/* ---- reasons to stop -------------------------------------------------------------------------------------------- */

enum { MOST_BLANKS = 4 };

typedef struct span {
    const char *start;
    size_t size;
} span;

/* Is `text` what `format` gives for some texts in the places of its %s? Then they are in `blanks`. */
static bool fits(const char *format, const char *text, span blanks[MOST_BLANKS])
{
    for (size_t n = 0;; n++) {
        const char *blank = strstr(format, "%s");
        size_t plain = blank ? (size_t)(blank - format) : strlen(format);
        if (strncmp(text, format, plain) != 0) return false;
        text += plain;
        if (!blank) return *text == '\0';
        format = blank + 2;
        const char *next = strstr(format, "%s");
        char behind[80];
        cn__format(behind, sizeof behind, "%.*s", next ? (int)(next - format) : (int)strlen(format), format);
        const char *end = *behind ? strstr(text, behind) : text + strlen(text);
        if (!end || n == MOST_BLANKS) return false;
        blanks[n] = (span){text, (size_t)(end - text)};
        text = end;
    }
}

static void fill_in(cn__text *out, const char *format, const span *blanks)
{
    for (const char *blank; (blank = strstr(format, "%s")); format = blank + 2, blanks++) {
        cn__text_add_bytes(out, format, (size_t)(blank - format));
        cn__text_add_bytes(out, blanks->start, blanks->size);
    }
    cn__text_add(out, format);
}

const char *cn__words_reason(cn__arena *arena, cn__language language, const char *reason)
{
    static const cn__word reasons[] = {CN_WORD_STOP_EARLY, CN_WORD_STOP_EARLY_ONE, CN_WORD_STOP_BELOW,
                                       CN_WORD_STOP_NAN, CN_WORD_STOP_INFINITE};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        span blanks[MOST_BLANKS];
        if (!fits(cn__words(CN_ENGLISH, reasons[i]), reason, blanks)) continue;
        cn__text out = {0};
        fill_in(&out, cn__words(language, reasons[i]), blanks);
        const char *text = out.failed ? NULL : cn__arena_strdup(arena, out.data);
        cn__text_free(&out);
        return text;
    }
    return reason;
}
