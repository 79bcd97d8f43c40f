/* [[fill]align][sign][#][0][width][grouping][.precision][type], see Python's library reference, "Format Specification
 * Mini-Language". */
#include "train/progress/python_format.h"

#include <math.h>
#include <string.h>

enum { MAX_WIDTH = 200, MAX_PRECISION = 100 };

typedef struct spec {
    char fill, align, sign, grouping, type; /* 0: not given */
    int width, precision;                   /* precision -1: not given */
} spec;

static bool is_align(char c) { return c && strchr("<>=^", c); }

/* A number at *at, at most `most`; false if it is larger. */
static bool read_count(const char **at, int most, int *out)
{
    for (*out = 0; **at >= '0' && **at <= '9'; (*at)++) {
        *out = *out * 10 + (**at - '0');
        if (*out > most) return false;
    }
    return true;
}

static bool read_spec(const char *at, spec *s)
{
    *s = (spec){.precision = -1};
    if (*at && is_align(at[1])) s->fill = *at, s->align = at[1], at += 2;
    else if (is_align(*at)) s->align = *at++;
    if (*at && strchr("+- ", *at)) s->sign = *at++;
    if (*at == '0' && ++at && !s->align) s->fill = '0', s->align = '=';
    if (!read_count(&at, MAX_WIDTH, &s->width)) return false;
    if (*at && strchr(",_", *at)) s->grouping = *at++;
    if (*at == '.' && (at[1] < '0' || at[1] > '9')) return false;
    if (*at == '.') at++, s->precision = 0;
    if (s->precision == 0 && !read_count(&at, MAX_PRECISION, &s->precision)) return false;
    if (*at && strchr("eEfFgG%dn", *at)) s->type = *at++;
    return !*at;
}

/* ---- digits ------------------------------------------------------------------------------------------------- */

/* The decimal exponent of |x| rounded to `digits` digits. */
static int exponent_of(double x, int digits)
{
    char text[160];
    int exponent = 0, sign = 1;
    cn__format(text, sizeof text, "%.*e", digits - 1, x);
    const char *e = strchr(text, 'e');
    if (!e) return 0;
    if (e[1] == '-') sign = -1;
    for (e += 2; *e; e++) exponent = exponent * 10 + (*e - '0');
    return sign * exponent;
}

/* As repr() of a float: the fewest digits that read back, with an exponent from 1e16 on and under 1e-4. */
static void print_shortest(double x, char *out, size_t size)
{
    int digits = 1;
    for (; digits < 17; digits++) {
        cn__format(out, size, "%.*e", digits - 1, x);
        if (cn__strtod(out, NULL) == x) break;
    }
    const int exponent = x == 0 ? 0 : exponent_of(x, digits);
    if (exponent < -4 || exponent >= 16) {
        cn__format(out, size, "%.*e", digits - 1, x);
        return;
    }
    const int after = digits - 1 - exponent;
    cn__format(out, size, "%.*f", after > 1 ? after : 1, x);
}

/* A precision and no type: as g, but never without a digit behind the point. */
static void print_general(double x, int precision, char *out, size_t size)
{
    cn__format(out, size, "%.*g", precision ? precision : 1, x);
    if (strpbrk(out, ".e")) return;
    const size_t n = strlen(out);
    if ((int)n < precision) cn__format(out + n, size - n, ".0");
    else cn__format(out, size, "%.*e", precision > 1 ? precision - 1 : 0, x);
}

/* Of a finite number that is not negative. */
static void print_digits(const spec *s, double x, bool integer, char *out, size_t size)
{
    const int precision = s->precision < 0 ? 6 : s->precision;
    switch (s->type) {
    case 'e': cn__format(out, size, "%.*e", precision, x); return;
    case 'E': cn__format(out, size, "%.*E", precision, x); return;
    case 'f':
    case 'F': cn__format(out, size, "%.*f", precision, x); return;
    case '%': cn__format(out, size, "%.*f%%", precision, 100 * x); return;
    case 'g':
    case 'n': cn__format(out, size, "%.*g", precision ? precision : 1, x); return;
    case 'G': cn__format(out, size, "%.*G", precision ? precision : 1, x); return;
    default: break;
    }
    if (integer) cn__format(out, size, "%.0f", x);
    else if (s->precision < 0) print_shortest(x, out, size);
    else print_general(x, s->precision, out, size);
}

static void print_special(const spec *s, double x, char *out, size_t size)
{
    const bool upper = s->type == 'E' || s->type == 'F' || s->type == 'G';
    const char *word = isnan(x) ? upper ? "NAN" : "nan" : upper ? "INF" : "inf";
    cn__format(out, size, "%s%s", word, s->type == '%' ? "%" : "");
}

/* ---- padding -------------------------------------------------------------------------------------------------- */

/* Separators between each three of the digits before the point. */
static void add_grouped(const char *digits, char grouping, cn__text *out)
{
    const size_t whole = strspn(digits, "0123456789");
    for (size_t i = 0; digits[i]; i++) {
        if (grouping && i && i < whole && (whole - i) % 3 == 0) cn__text_add_bytes(out, &grouping, 1);
        cn__text_add_bytes(out, digits + i, 1);
    }
}

static void add_fill(const spec *s, size_t count, cn__text *out)
{
    for (size_t i = 0; i < count; i++) cn__text_add_bytes(out, s->fill ? &s->fill : " ", 1);
}

cn_status cn__python_format(const char *text, double value, bool integer, cn__text *out)
{
    spec s;
    char digits[512] = "";
    if (!read_spec(text, &s) || (s.type == 'd' && (!integer || s.precision >= 0)) ||
        (integer && !s.type && s.precision >= 0))
        return cn__fail(CN_ERROR_ARGUMENT, "format '%s' is not one that Python has for %s, such as %s", text,
                        integer ? "whole numbers" : "numbers", integer ? "03d" : ".2f");
    const bool negative = signbit(value) && !isnan(value);
    if (isfinite(value)) print_digits(&s, fabs(value), integer, digits, sizeof digits);
    else print_special(&s, value, digits, sizeof digits);
    const char *sign = negative ? "-" : s.sign == '+' ? "+" : s.sign == ' ' ? " " : "";
    cn__text number = {0};
    add_grouped(digits, s.grouping, &number);
    const size_t used = number.size + strlen(sign), width = (size_t)s.width,
                 missing = width > used ? width - used : 0;
    const size_t before = s.align == '<' || s.align == '=' ? 0 : s.align == '^' ? missing / 2 : missing;
    add_fill(&s, before, out);
    cn__text_add(out, sign);
    if (s.align == '=') add_fill(&s, missing, out);
    cn__text_add(out, number.data ? number.data : "");
    if (s.align == '<' || s.align == '^') add_fill(&s, missing - before, out);
    cn_status status = number.failed || out->failed ? cn__fail_memory(width, "a number") : CN_OK;
    cn__text_free(&number);
    return status;
}
