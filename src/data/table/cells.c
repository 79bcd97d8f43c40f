/* Cells of a table as text: where one ends, what it stands for, whether it is a number or none. */
#include <math.h>
#include <string.h>

#include "data/table/steps.h"

static bool is_blank(const cn__layout *l, char c) { return c == ' ' || (c == '\t' && l->separator != '\t'); }

/* A quoted cell; *p is behind the opening quote. What stands behind the closing quote belongs to the cell, too. */
static void quoted_cell(const cn__layout *l, const char **p, const char *end, cn__cell *out)
{
    const char *q = *p;
    out->at = q;
    for (; q < end; q++) {
        if (*q != l->quote) continue;
        if (q + 1 == end || q[1] != l->quote) break;
        out->escaped = true;
        q++;
    }
    out->size = (size_t)(q - out->at);
    out->open = q == end;
    *p = q < end ? q + 1 : q;
}

static bool ends_cell(const cn__layout *l, char c)
{
    return c == l->separator || c == '\n' || (l->separator == ' ' && c == '\t');
}

int cn__cell_next(const cn__layout *l, const char **p, const char *end, cn__cell *out)
{
    const char *q = *p;
    *out = (cn__cell){.at = q};
    while (q < end && is_blank(l, *q)) q++;
    if (l->quote && q < end && *q == l->quote) {
        q++;
        quoted_cell(l, &q, end, out);
        out->quoted = true;
        while (q < end && !ends_cell(l, *q)) q++;
    } else {
        out->at = q;
        while (q < end && !ends_cell(l, *q)) q++;
        out->size = (size_t)(q - out->at);
    }
    while (out->size && strchr(" \t\r\n", out->at[out->size - 1])) out->size--;
    while (out->size && strchr(" \t\r\n", *out->at)) out->at++, out->size--;
    if (l->separator == ' ')
        while (q < end && is_blank(l, *q)) q++;
    bool last = q >= end || *q == '\n' || (*q == '\r' && (q + 1 >= end || q[1] == '\n'));
    if (q < end && !(l->separator == ' ' && !last)) q++;
    *p = q;
    return last ? CN_CELL_LAST : CN_CELL_NEXT;
}

size_t cn__cell_text(const cn__layout *l, const cn__cell *c, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < c->size; i++) {
        char byte = c->at[i];
        if (c->escaped && byte == l->quote && i + 1 < c->size && c->at[i + 1] == l->quote) i++;
        out[n++] = (unsigned char)byte < ' ' || byte == 0x7f ? ' ' : byte;
    }
    out[n] = '\0';
    return n;
}

/* ---- numbers ------------------------------------------------------------------------------------------------------ */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Digits of a number, at most `size`; commas between groups of three are passed over where they may be. */
typedef struct digits {
    uint64_t mantissa;
    int count, dropped, after; /* after: digits behind the decimal mark */
    bool thousands, leading_zero;
} digits;

static void add_digit(digits *d, char c, bool behind)
{
    if (d->count < 19) {
        d->mantissa = d->mantissa * 10 + (uint64_t)(c - '0');
        d->count += d->mantissa > 0 || d->count > 0;
        d->after += behind;
    } else {
        d->dropped += !behind;
        d->count++;
    }
}

/* Digits of a group between commas: exactly three. */
static bool is_group(const char *p, const char *end)
{
    return end - p > 3 && is_digit(p[1]) && is_digit(p[2]) && is_digit(p[3]) &&
           (end - p == 4 || !is_digit(p[4]));
}

static bool read_exponent(const char **p, const char *end, int *out)
{
    const char *q = *p + 1;
    bool minus = q < end && *q == '-';
    int value = 0;
    q += q < end && (*q == '+' || *q == '-');
    if (q == end || !is_digit(*q)) return false;
    for (; q < end && is_digit(*q); q++) value = value < 100000 ? value * 10 + *q - '0' : value;
    *out = minus ? -value : value;
    *p = q;
    return true;
}

/* The text from its first digit on, as strtod reads it: for what the short way cannot do exactly. */
static bool read_exactly(const cn__layout *l, const char *p, const char *end, double *out)
{
    char text[512];
    size_t n = 0;
    for (; p < end && n + 1 < sizeof text; p++) {
        if (*p == l->decimal) text[n++] = '.';
        else if (*p != ',') text[n++] = *p;
    }
    if (p < end) return false;
    text[n] = '\0';
    *out = cn__strtod(text, NULL);
    return isfinite(*out);
}

static double scale_by(double mantissa, int exponent)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    return exponent < 0 ? mantissa / powers[-exponent] : mantissa * powers[exponent];
}

/* An unsigned number, the whole text. Up to 2^53 and 10^22 one division or multiplication is exact (Clinger, "How to read
 * floating point numbers accurately", 1990). */
static bool read_unsigned(const cn__layout *l, const char *p, const char *end, bool groups, double *out,
                          digits *d)
{
    const char *begin = p;
    int digits_seen = 0, exponent = 0;
    for (; p < end; p++) {
        if (is_digit(*p)) add_digit(d, *p, false), digits_seen++;
        else if (groups && *p == ',' && l->decimal != ',' && digits_seen && is_group(p, end))
            d->thousands = true;
        else break;
    }
    d->leading_zero = digits_seen > 1 && *begin == '0';
    if (p < end && *p == l->decimal)
        for (p++; p < end && is_digit(*p); p++) add_digit(d, *p, true), digits_seen++;
    if (!digits_seen) return false;
    if (p < end && (*p == 'e' || *p == 'E') && !read_exponent(&p, end, &exponent)) return false;
    if (p != end) return false;
    int power = exponent - d->after + d->dropped;
    if (d->count <= 19 && d->mantissa <= (uint64_t)1 << 53 && power >= -22 && power <= 22) {
        *out = scale_by((double)d->mantissa, power);
        return true;
    }
    return read_exactly(l, begin, end, out);
}

/* "$1,234.50", "€ 3", "12 %": signs around the number. */
static void strip_signs(const char **p, const char **end, bool *money, bool *percent)
{
    static const char *const signs[] = {"$", "\xe2\x82\xac", "\xc2\xa3", "\xc2\xa5",
                                        "\xe2\x82\xb9"}; /* $ € £ ¥ ₹ */
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t n = strlen(signs[i]);
        if ((size_t)(*end - *p) > n && memcmp(*p, signs[i], n) == 0) *p += n, *money = true;
        else if ((size_t)(*end - *p) > n && memcmp(*end - n, signs[i], n) == 0) *end -= n, *money = true;
    }
    if (*end - *p > 1 && (*end)[-1] == '%') --*end, *percent = true;
    while (*p < *end && **p == ' ') ++*p;
    while (*p < *end && (*end)[-1] == ' ') --*end;
}

bool cn__cell_number(const cn__layout *l, const cn__cell *c, double *out, cn__facts *facts)
{
    const char *p = c->at, *end = p + c->size;
    bool minus = p < end && *p == '-', money = false, percent = false;
    digits d = {0};
    if (p < end && (*p == '-' || *p == '+')) p++;
    if (facts) strip_signs(&p, &end, &money, &percent);
    if (facts && money && p < end && *p == '-' && !minus) minus = true, p++;
    if (p == end || !(is_digit(*p) || *p == l->decimal)) return false;
    if (!read_unsigned(l, p, end, facts != NULL, out, &d)) return false;
    if (minus) *out = -*out;
    if (facts) {
        facts->money |= money, facts->percent |= percent, facts->thousands |= d.thousands;
        facts->leading_zero |= d.leading_zero;
    }
    return true;
}

/* ---- missing values --------------------------------------------------------------------------------------------------- */

static bool is_one_of(const cn__cell *c, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(words[i]) == c->size && memcmp(words[i], c->at, c->size) == 0) return true;
    return false;
}

bool cn__cell_missing(const cn__cell *c, const cn_names *own)
{
    static const char *const words[] = {"NA",   "N/A",      "n/a",      "NaN",    "nan",    "NAN",
                                        "NULL", "null",     "Null",     "None",   "?",      "#N/A",
                                        "<NA>", "#N/A N/A", "#NA",      "-NaN",   "-nan",   "NaT",
                                        "\\N",  "-1.#IND",  "-1.#QNAN", "1.#IND", "1.#QNAN"};
    if (!c->size) return true;
    if (own->count && is_one_of(c, own->items, own->count)) return true;
    /* R writes words in quotes and what is missing without: a quoted "NA" is a word */
    if (c->quoted || c->size > 8 || !strchr("NnV?#<-\\1", *c->at)) return false;
    return is_one_of(c, words, sizeof words / sizeof *words);
}

bool cn__cell_weakly_missing(const cn__cell *c)
{
    static const char *const words[] = {
        ".",        "-",         "--",      "---",   "*",    "..",   "...", "unknown",      "Unknown",
        "missing",  "none",      "NONE",    "n.a.",  "N.A.", "nil",  "inf", "-inf",         "Inf",
        "-Inf",     "#VALUE!",   "#DIV/0!", "#REF!", "(NA)", "(D)",  "na",  "\xe2\x80\x94", "\xe2\x80\x93",
        "Infinity", "-Infinity", "NULL",    "NA",    "NaN",  "null", "nan", "None"};
    return c->size <= 9 && is_one_of(c, words, sizeof words / sizeof *words);
}

bool cn__cell_has_comma(const cn__cell *c, size_t *behind)
{
    size_t i = c->size && (*c->at == '-' || *c->at == '+'), before = i;
    while (i < c->size && is_digit(c->at[i])) i++;
    if (i == before || i + 1 >= c->size || c->at[i] != ',') return false;
    *behind = c->size - i - 1;
    for (i++; i < c->size; i++)
        if (!is_digit(c->at[i])) return false;
    return true;
}

int cn__table_shown(const char *text)
{
    size_t n = 0;
    while (text[n] && text[n] != '\n' && text[n] != '\r') {
        size_t more = cn__utf8_length(text + n, 4);
        if (n + more > 40 || !more) break;
        n += more;
    }
    return (int)n;
}
