/* A growing string, and small helpers on text. Letters are ASCII letters here: names of layers and
 * files' suffixes mean the same in every locale. */
#include "base/text.h"

#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

#include "base/arena.h"

static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static char to_lower(char c) { return (char)(is_upper(c) ? c - 'A' + 'a' : c); }

/* Makes room for `more` bytes and the '\0'. */
static bool reserve(cn__text *text, size_t more)
{
    if (text->failed) return false;
    if (more < text->capacity - text->size) return true;
    size_t capacity = text->capacity ? text->capacity : 64;
    if (more < SIZE_MAX / 2 - text->size) {
        while (capacity <= text->size + more) capacity *= 2;
    } else {
        capacity = SIZE_MAX / 2; /* let malloc refuse it */
    }
    char *data = cn__realloc(text->data, capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void cn__text_add_bytes(cn__text *text, const void *bytes, size_t size)
{
    if (!reserve(text, size)) return;
    if (size) memcpy(text->data + text->size, bytes, size);
    text->size += size;
    text->data[text->size] = '\0';
}

char *cn__text_room(cn__text *text, size_t size)
{
    return reserve(text, size) ? text->data + text->size : NULL;
}

void cn__text_add(cn__text *text, const char *string) { cn__text_add_bytes(text, string, strlen(string)); }

void cn__text_printf(cn__text *text, const char *format, ...)
{
    va_list arguments, again;
    if (!reserve(text, 60)) return; /* for most, so that one go is enough */
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t room = text->capacity - text->size;
    int length = cn__vformat(text->data + text->size, room, format, arguments);
    if (length < 0) text->failed = true;
    else if ((size_t)length < room) text->size += (size_t)length;
    else if (reserve(text, (size_t)length)) {
        cn__vformat(text->data + text->size, (size_t)length + 1, format, again);
        text->size += (size_t)length;
    }
    if (text->failed) text->data[text->size] = '\0';
    va_end(again);
    va_end(arguments);
}

void cn__text_free(cn__text *text)
{
    cn__free(text->data);
    *text = (cn__text){0};
}

bool cn__same_name(const char *a, const char *b)
{
    for (;;) {
        while (*a == '_') a++;
        while (*b == '_') b++;
        if (to_lower(*a) != to_lower(*b)) return false;
        if (!*a) return true;
        a++, b++;
    }
}

/* A capital begins a word after a small letter, and before one: "ReLU" -> "re_lu", "PReLU" ->
 * "p_re_lu", "Conv1DTranspose" -> "conv1d_transpose". */
void cn__snake_case(const char *class_name, char *out, size_t size)
{
    size_t used = 0;
    char before = '\0'; /* the last character that was kept */
    if (!size) return;
    for (const char *c = class_name; *c; c++) {
        if (!is_upper(*c) && !is_lower(*c) && !is_digit(*c) && *c != '_') continue;
        bool begins = before && is_upper(*c) && (is_lower(before) || is_lower(c[1]));
        if (used + begins + 2 > size) break;
        if (begins) out[used++] = '_';
        out[used++] = to_lower(*c);
        before = *c;
    }
    out[used] = '\0';
}

char *cn__with_commas(long long value, char *out, size_t size)
{
    char digits[32];
    unsigned long long magnitude = value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value;
    int n = snprintf(digits, sizeof digits, "%llu", magnitude);
    size_t used = 0;
    if (!size) return out;
    if (value < 0 && used + 1 < size) out[used++] = '-';
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0 && used + 1 < size) out[used++] = ',';
        if (used + 1 < size) out[used++] = digits[i];
    }
    out[used] = '\0';
    return out;
}

char *cn__byte_text(double bytes, char *out, size_t size)
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    while (bytes >= 1024 && unit + 1 < sizeof units / sizeof *units) bytes /= 1024, unit++;
    cn__format(out, size, "%.2f %s", bytes, units[unit]);
    return out;
}

size_t cn__utf8_length(const char *text, size_t left)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t n = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 : *s >= 0xe0 && *s < 0xf0 ? 3 : 4;
    if (n == 1) return 1;
    if (*s < 0xc2 || *s > 0xf4 || n > left) return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    bool overlong = (*s == 0xe0 && s[1] < 0xa0) || (*s == 0xf0 && s[1] < 0x90);
    bool beyond = (*s == 0xed && s[1] > 0x9f) || (*s == 0xf4 && s[1] > 0x8f);
    return overlong || beyond ? 0 : n;
}

cn_status cn__check_utf8(const char *what, const char *text)
{
    size_t left = strlen(text);
    for (const char *at = text; left;) {
        size_t length = cn__utf8_length(at, left);
        if (!length)
            return cn__fail(CN_ERROR_ARGUMENT, "%s: byte %zu, 0x%02x, is no UTF-8; expected a name in UTF-8",
                            what, (size_t)(at - text) + 1, (unsigned)(unsigned char)*at);
        at += length, left -= length;
    }
    return CN_OK;
}

size_t cn__text_width(const char *utf8)
{
    size_t width = 0;
    for (; *utf8; utf8++) width += ((unsigned char)*utf8 & 0xC0) != 0x80; /* all but continuation bytes */
    return width;
}

/* The program that uses the library may have set a locale whose decimal mark is a comma. The "C"
 * locale is a constant of libc: naming it allocates nothing there. */
static locale_t enter_c_locale(locale_t *c)
{
    *c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return *c ? uselocale(*c) : (locale_t)0;
}

static void leave_c_locale(locale_t c, locale_t before)
{
    if (!c) return;
    uselocale(before);
    freelocale(c);
}

double cn__strtod(const char *text, char **end)
{
    locale_t c, before = enter_c_locale(&c);
    double value = strtod(text, end);
    leave_c_locale(c, before);
    return value;
}

int cn__vformat(char *out, size_t size, const char *format, va_list arguments)
{
    locale_t c, before = enter_c_locale(&c);
    int length = vsnprintf(out, size, format, arguments);
    leave_c_locale(c, before);
    return length;
}

int cn__format(char *out, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = cn__vformat(out, size, format, arguments);
    va_end(arguments);
    return length;
}
