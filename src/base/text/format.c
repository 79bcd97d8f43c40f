/* Letters are ASCII letters here: names of layers and files' suffixes mean the same in every locale. */
#include "base/text/format.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

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

static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static char to_lower(char c) { return (char)(is_upper(c) ? c - 'A' + 'a' : c); }

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
