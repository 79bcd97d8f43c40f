/* Ticks are whole multiples of 1, 2, 2.5 or 5 times a power of ten; the smallest step is taken that
 * keeps to the number allowed. A tick's value is one rounded product, so that 3 · 0.1 is 0.3. */
#include "figure/ticks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text/text.h"

#define THIN_SPACE "\u2009"
#define MINUS "\u2212"
#define SMALLEST_EXTENT 1e-200

typedef struct step {
    int tenths;   /* 10, 20, 25, 50: the mantissa times ten */
    int exponent; /* of the mantissa's power of ten */
} step;

bool cn__is_drawable(double value) { return fabs(value) <= CN_LARGEST_VALUE; }

static double multiple(step s, double k)
{
    int e = s.exponent - 1;
    return e >= 0 ? k * s.tenths * pow(10, e) : k * s.tenths / pow(10, -e);
}

static step next_step(step s)
{
    switch (s.tenths) {
    case 10: s.tenths = 20; break;
    case 20: s.tenths = 25; break;
    case 25: s.tenths = 50; break;
    default: s.tenths = 10, s.exponent++; break;
    }
    return s;
}

static bool is_whole(step s) { return s.exponent >= (s.tenths == 25 ? 1 : 0); }

/* How many steps to a value, a hair's breadth forgiven. */
static double steps_under(double value, double size) { return floor(value / size + 1e-9); }
static double steps_above(double value, double size) { return ceil(value / size - 1e-9); }

static double count_around(double low, double high, double size)
{
    return steps_above(high, size) - steps_under(low, size) + 1;
}

static double count_within(double low, double high, double size)
{
    return steps_under(high, size) - steps_above(low, size) + 1;
}

static step find_step(double low, double high, size_t most, bool integer,
                      double (*count)(double, double, double))
{
    step s = {.tenths = 10, .exponent = (int)floor(log10((high - low) / (double)most)) - 1};
    while (count(low, high, multiple(s, 1)) > (double)most || (integer && !is_whole(s))) s = next_step(s);
    return s;
}

/* A range of no extent, or of less than the numbers' precision shows, gets one. */
static void widen(double *low, double *high, bool integer)
{
    double size = fmax(fabs(*low), fabs(*high));
    double least = fmax(1e-9 * size, integer ? 1e-6 : SMALLEST_EXTENT);
    if (*high - *low > least) return;
    double half = integer ? 1 : size > 0 ? fmax(0.05 * size, SMALLEST_EXTENT) : 0.5;
    if (integer && half < 1e-6 * size) half = 1e-6 * size;
    double middle = *low;
    *low = size > 0 || integer ? middle - half : 0;
    *high = size > 0 || integer ? middle + half : 1;
}

/* ---- text --------------------------------------------------------------------------------------------- */

static void superscript(int exponent, char *out, size_t size)
{
    static const char *const digits[] = {"\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074",
                                         "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
    char plain[16];
    size_t used = 0;
    cn__format(plain, sizeof plain, "%d", exponent);
    out[0] = '\0';
    for (const char *p = plain; *p; p++) {
        const char *digit = *p == '-' ? "\u207b" : digits[*p - '0'];
        int n = cn__format(out + used, size - used, "%s", digit);
        if (n < 0 || (size_t)n >= size - used) break;
        used += (size_t)n;
    }
}

/* Groups of three from five digits on, and a true minus. */
static void grouped(const char *plain, char *out, size_t size)
{
    cn__text text = {0};
    if (*plain == '-') cn__text_add(&text, MINUS), plain++;
    size_t digits = strspn(plain, "0123456789");
    for (size_t i = 0; i < digits; i++) {
        if (i && digits > 4 && (digits - i) % 3 == 0) cn__text_add(&text, THIN_SPACE);
        cn__text_add_bytes(&text, plain + i, 1);
    }
    cn__text_add(&text, plain + digits);
    cn__format(out, size, "%s", text.data ? text.data : "");
    cn__text_free(&text);
}

/* "2.50×10⁻⁷" from a mantissa's digits. */
static void scientific(const char *mantissa, int exponent, char *out, size_t size)
{
    char power[32];
    bool negative = *mantissa == '-';
    superscript(exponent, power, sizeof power);
    cn__format(out, size, "%s%s\u00d710%s", negative ? MINUS : "", mantissa + negative, power);
}

/* The value's own power of ten, its mantissa rounded. */
static void own_scientific(double value, int decimals, char *out, size_t size)
{
    char text[64];
    cn__format(text, sizeof text, "%.*e", decimals, value);
    char *e = strchr(text, 'e');
    int exponent = e ? atoi(e + 1) : 0;
    if (e) *e = '\0';
    scientific(text, exponent, out, size);
}

static int exponent_of(double value) { return value == 0 ? 0 : (int)floor(log10(fabs(value)) + 1e-12); }

char *cn__number_text(double value, int decimals, char *out, size_t size)
{
    char plain[64];
    if (!isfinite(value)) {
        cn__format(out, size, "%s", isnan(value) ? "NaN" : value < 0 ? MINUS "\u221e" : "\u221e");
        return out;
    }
    int exponent = exponent_of(value);
    cn__format(plain, sizeof plain, "%.*f", decimals, exponent < 9 ? value : 0);
    bool all_zeros = strspn(plain, "-0.") == strlen(plain);
    if (plain[0] == '-' && all_zeros) memmove(plain, plain + 1, strlen(plain));
    if (value != 0 && all_zeros) own_scientific(value, exponent >= 9 && decimals ? 2 : 0, out, size);
    else grouped(plain, out, size);
    return out;
}

/* All ticks of an axis have the same decimals, or the same power of ten. */
static void write_texts(cn__ticks *ticks, step s)
{
    int last_digit = s.exponent - (s.tenths == 25); /* the power of ten of the step's last digit */
    double largest = 0;
    for (size_t i = 0; i < ticks->count; i++) largest = fmax(largest, fabs(ticks->at[i]));
    int exponent = exponent_of(largest), digits = exponent > last_digit ? exponent - last_digit : 0;
    bool far = exponent >= 7 || (last_digit < -4 && exponent < -2);
    for (size_t i = 0; i < ticks->count; i++) {
        char plain[64];
        if (far && ticks->at[i] != 0) {
            cn__format(plain, sizeof plain, "%.*f", digits, ticks->at[i] / pow(10, exponent));
            scientific(plain, exponent, ticks->text[i], CN_TICK_TEXT);
        } else
            cn__number_text(ticks->at[i], far || last_digit > 0 ? 0 : -last_digit, ticks->text[i],
                            CN_TICK_TEXT);
    }
}

/* ---- ticks -------------------------------------------------------------------------------------------- */

static void fill(cn__ticks *out, step s, double first, double last)
{
    out->count = 0;
    for (double k = first; k <= last && out->count < CN_MAX_TICKS; k++)
        out->at[out->count++] = multiple(s, k) + 0.0; /* + 0.0: no negative zero */
    write_texts(out, s);
}

void cn__ticks_around(double low, double high, size_t most, bool integer, cn__ticks *out)
{
    if (most < 2) most = 2;
    if (most > CN_MAX_TICKS) most = CN_MAX_TICKS;
    widen(&low, &high, integer);
    step s = find_step(low, high, most, integer, count_around);
    fill(out, s, steps_under(low, multiple(s, 1)), steps_above(high, multiple(s, 1)));
}

/* Epochs begin at 1: that number is a tick too where it leaves room to the next. */
static void add_first(cn__ticks *out, double low, size_t most)
{
    if (out->count < 2 || out->count >= most || low != floor(low) || fabs(low) > 1e6) return;
    if (out->at[0] - low < 0.75 * (out->at[1] - out->at[0])) return;
    memmove(out->at + 1, out->at, out->count * sizeof *out->at);
    memmove(out->text + 1, out->text, out->count * sizeof *out->text);
    out->at[0] = low;
    cn__number_text(low, 0, out->text[0], CN_TICK_TEXT);
    out->count++;
}

static bool is_tick(const cn__ticks *ticks, double value)
{
    for (size_t i = 0; i < ticks->count; i++)
        if (ticks->at[i] == value) return true;
    return false;
}

/* Of 15 epochs 1, 5, 10, 15 say more than 2, 4, … 14, which name neither end. */
static void reach_ends(cn__ticks *out, double low, double high, size_t most)
{
    if (out->count < 4 || is_tick(out, low) || is_tick(out, high)) return;
    cn__ticks other = {0};
    double size = 5 * pow(10, floor(log10((out->at[1] - out->at[0]) / 2)));
    if (size <= out->at[1] - out->at[0]) return;
    step s = {.tenths = 50, .exponent = (int)lround(log10(size / 5))};
    fill(&other, s, steps_above(low, size), steps_under(high, size));
    if (other.count) add_first(&other, low, most);
    if (is_tick(&other, low) && is_tick(&other, high)) *out = other;
}

void cn__ticks_within(double low, double high, size_t most, bool integer, cn__ticks *out)
{
    if (most < 1) most = 1;
    if (most > CN_MAX_TICKS) most = CN_MAX_TICKS;
    if (!(high > low)) {
        *out = (cn__ticks){.count = 1, .at = {low}};
        cn__number_text(low, low == floor(low) ? 0 : 3, out->text[0], CN_TICK_TEXT);
        return;
    }
    for (size_t allowed = most; allowed <= CN_MAX_TICKS;
         allowed++) { /* a step may be too large for any tick */
        step s = find_step(low, high, allowed, integer, count_within);
        fill(out, s, steps_above(low, multiple(s, 1)), steps_under(high, multiple(s, 1)));
        if (out->count) break;
    }
    if (out->count > most) out->count = most;
    if (integer) add_first(out, low, most);
    if (integer) reach_ends(out, low, high, most);
}

/* ---- powers of ten ------------------------------------------------------------------------------------ */

static void add_tick(cn__ticks *out, double value)
{
    if (out->count == CN_MAX_TICKS) return;
    out->at[out->count] = value;
    const int exponent = exponent_of(value);
    if (exponent < -4 || exponent > 6) own_scientific(value, 0, out->text[out->count++], CN_TICK_TEXT);
    else cn__number_text(value, exponent < 0 ? -exponent : 0, out->text[out->count++], CN_TICK_TEXT);
}

/* 1, 2, 5, 10, …: the first at or under `low`, the last at or above `high`; false where there are more than `most`. */
static bool fill_powers(double low, double high, const double *mantissas, size_t count, size_t most,
                        cn__ticks *out)
{
    *out = (cn__ticks){0};
    double under = 0;
    for (int e = (int)floor(log10(low)) - 1; out->count < CN_MAX_TICKS; e++)
        for (size_t i = 0; i < count; i++) {
            const double value = e < 0 ? mantissas[i] / pow(10, -e) : mantissas[i] * pow(10, e);
            if (value <= low * (1 + 1e-9)) under = value;
            else if (!out->count) add_tick(out, under), add_tick(out, value);
            else add_tick(out, value);
            if (out->count && value >= high * (1 - 1e-9)) return out->count <= most;
            if (out->count > most) return false;
        }
    return false;
}

void cn__ticks_log(double low, double high, size_t most, cn__ticks *out)
{
    static const double all[] = {1, 2, 5};
    if (most < 2) most = 2;
    if (most > CN_MAX_TICKS) most = CN_MAX_TICKS;
    if (fill_powers(low, high, all, 3, most, out) || fill_powers(low, high, all, 1, most, out)) return;
    const int first = (int)floor(log10(low) + 1e-9), last = (int)ceil(log10(high) - 1e-9);
    const int stride = (last - first + (int)most - 2) / ((int)most - 1);
    *out = (cn__ticks){0};
    for (int e = first; e < last + stride; e += stride) add_tick(out, pow(10, e));
}
