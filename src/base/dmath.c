/* Double-precision functions from +, ·, /, fma and exact scaling alone, all of which IEEE 754 fixes to the
 * bit; compiled with -ffp-contract=off. The series are Taylor's, cut where the next term is under 2^-58 of
 * the sum. Logarithms and reduced arguments are pairs hi + lo, so that pow(x, y) keeps its digits when
 * y log x is large, and cos near its zeros. */
#include "base/dmath.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct pair {
    double hi, lo; /* |lo| is at most half an ulp of hi */
} pair;

/* Constants as pairs; LN2_HI has 33 bits, so that e · LN2_HI is exact for every exponent e. */
static const double LN2_HI = 0x1.62e42fee00000p-1, LN2_LO = 0x1.a39ef35793c76p-33;
static const double LOG2_E = 0x1.71547652b82fep+0;
static const double TWO_OVER_PI = 0x1.45f306dc9c883p-1;
static const double HALF_PI_1 = 0x1.921fb54442d18p+0, HALF_PI_2 = 0x1.1a62633145c07p-54,
                    HALF_PI_3 = -0x1.f1976b7ed8fbcp-110;

/* a + b exactly, for |a| >= |b| or a = 0 */
static pair quick_sum(double a, double b)
{
    double sum = a + b;
    return (pair){sum, b - (sum - a)};
}

/* a + b exactly */
static pair exact_sum(double a, double b)
{
    double sum = a + b, from_b = sum - a;
    return (pair){sum, (a - (sum - from_b)) + (b - from_b)};
}

static pair multiply(pair a, pair b)
{
    double hi = a.hi * b.hi;
    double lo = fma(a.hi, b.hi, -hi) + (a.hi * b.lo + a.lo * b.hi);
    return quick_sum(hi, lo);
}

static pair add(pair a, pair b)
{
    pair sum = exact_sum(a.hi, b.hi);
    return quick_sum(sum.hi, sum.lo + (a.lo + b.lo));
}

/* c[0] + x c[1] + … + x^(n-1) c[n-1] */
static double polynomial(double x, const double *c, size_t n)
{
    double sum = c[n - 1];
    for (size_t i = n - 1; i-- > 0;) sum = fma(sum, x, c[i]);
    return sum;
}

/* exp(x.hi + x.lo) = 2^k exp(r), |r| <= ln 2 / 2 */
static double exp_pair(pair x)
{
    static const double c[] = {1.0 / 2,           1.0 / 6,         1.0 / 24,         1.0 / 120,
                               1.0 / 720,         1.0 / 5040,      1.0 / 40320,      1.0 / 362880,
                               1.0 / 3628800.,    1.0 / 39916800., 1.0 / 479001600., 1.0 / 6227020800.,
                               1.0 / 87178291200.};
    if (x.hi > 710) return INFINITY;
    if (x.hi < -746) return 0;
    double k = floor(x.hi * LOG2_E + 0.5);
    double r = fma(-k, LN2_LO, fma(-k, LN2_HI, x.hi)) + x.lo;
    double sum = 1 + fma(r * r, polynomial(r, c, sizeof c / sizeof *c), r);
    return ldexp(sum, (int)k);
}

/* log(x) of a positive finite x. With x = 2^e m, m in [√½, √2), s = (m - 1) / (m + 1), z = s²:
 * log m = 2 artanh s = 2 s (1 + z (1/3 + z/5 + z²/7 + …)). Good to about 2^-65. */
static pair log_pair(double x)
{
    static const double c[] = {1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11, 1.0 / 13,
                               1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21, 1.0 / 23};
    static const pair third = {1.0 / 3, 0x1.5555555555555p-56};
    int e;
    double m = frexp(x, &e);
    if (m < 0x1.6a09e667f3bcdp-1) {
        m *= 2;
        e--;
    }
    pair below = exact_sum(m, 1);
    double quotient = (m - 1) / below.hi;
    double rest = fma(-quotient, below.hi, m - 1) - quotient * below.lo;
    pair s = quick_sum(quotient, rest / below.hi);
    pair z = multiply(s, s);
    pair series = add(third, (pair){z.hi * polynomial(z.hi, c, sizeof c / sizeof *c), 0});
    series = multiply(multiply(z, series), s);
    pair artanh = add(s, series);
    pair exponent = quick_sum(e * LN2_HI, e * LN2_LO);
    return add(exponent, (pair){2 * artanh.hi, 2 * artanh.lo});
}

double cn__exp(double x) { return isnan(x) ? x : exp_pair((pair){x, 0}); }

double cn__log(double x)
{
    if (isnan(x) || x == INFINITY) return x;
    if (x == 0) return -INFINITY;
    if (x < 0) return NAN;
    return log_pair(x).hi;
}

double cn__log1p(double x)
{
    const double whole = 1 + x;
    return whole == 1 || isinf(x) ? x : cn__log(whole) * (x / (whole - 1));
}

double cn__expm1(double x)
{
    const double whole = cn__exp(x);
    if (whole == 1) return x;
    if (whole == 0 || isinf(whole)) return whole - 1;
    return whole - 1 == -1 ? -1 : (whole - 1) * (x / cn__log(whole));
}

static bool is_integer(double x) { return floor(x) == x; }
static bool is_odd(double x) { return is_integer(x) && !is_integer(x / 2); }

/* What C's pow says of zeros, infinities and negative bases; false where log and exp can go on with |base|. */
static bool pow_special(double base, double exponent, double *out)
{
    if (exponent == 0 || base == 1) return *out = 1, true;
    if (isnan(base) || isnan(exponent)) return *out = NAN, true;
    if (isinf(exponent)) {
        double size = fabs(base);
        *out = size == 1 ? 1 : (size > 1) == (exponent > 0) ? INFINITY : 0;
        return true;
    }
    if (base == 0 || isinf(base)) {
        double size = (base == 0) == (exponent > 0) ? 0 : INFINITY;
        *out = is_odd(exponent) ? copysign(size, base) : size;
        return true;
    }
    if (base < 0 && !is_integer(exponent)) return *out = NAN, true;
    return false;
}

double cn__pow(double base, double exponent)
{
    double special;
    if (pow_special(base, exponent, &special)) return special;
    pair log_base = log_pair(fabs(base));
    double hi = exponent * log_base.hi;
    bool in_range = fabs(hi) < 1000; /* beyond, lo may be inf - inf */
    double lo = in_range ? fma(exponent, log_base.hi, -hi) + exponent * log_base.lo : 0;
    double size = exp_pair((pair){hi, lo});
    return base < 0 && is_odd(exponent) ? -size : size;
}

static double cos_series(pair r)
{
    static const double c[] = {-1.0 / 2,        1.0 / 24,         -1.0 / 720,          1.0 / 40320,
                               -1.0 / 3628800., 1.0 / 479001600., -1.0 / 87178291200., 1.0 / 20922789888000.};
    double z = r.hi * r.hi;
    return 1 + fma(z, polynomial(z, c, sizeof c / sizeof *c), -r.hi * r.lo);
}

static double sin_series(pair r)
{
    static const double c[] = {
        -1.0 / 6,         1.0 / 120,         -1.0 / 5040,           1.0 / 362880,
        -1.0 / 39916800., 1.0 / 6227020800., -1.0 / 1307674368000., 1.0 / 355687428096000.};
    double z = r.hi * r.hi;
    return r.hi + fma(r.hi * z, polynomial(z, c, sizeof c / sizeof *c), r.lo * (1 - z / 2));
}

/* x - k π/2, with π/2 as a sum of three doubles. */
static pair reduce(double x, double k)
{
    double whole = k * HALF_PI_1, second = k * HALF_PI_2;
    pair a = exact_sum(x - whole, -fma(k, HALF_PI_1, -whole));
    pair b = exact_sum(a.hi, -second);
    return quick_sum(b.hi, b.lo + a.lo - fma(k, HALF_PI_2, -second) - k * HALF_PI_3);
}

/* Within 2 ulp for |x| up to 2^30; beyond, the phase is lost bit by bit, as x itself loses it. */
double cn__cos(double x)
{
    if (isnan(x) || isinf(x)) return NAN;
    x = fabs(x);
    if (x > 0x1p40) x = fmod(x, 4 * HALF_PI_1);
    double k = floor(x * TWO_OVER_PI + 0.5);
    pair r = reduce(x, k);
    switch ((long long)k & 3) {
    case 0: return cos_series(r);
    case 1: return -sin_series(r);
    case 2: return -cos_series(r);
    default: return sin_series(r);
    }
}
