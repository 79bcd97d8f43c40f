/* exp, log, pow and cos against libm, and against bits that must never change. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/dmath.h"
#include "base/random.h"

enum { CASES = 100000 };
static const double MAX_ULP = 2;

/* Order-preserving integers, so that neighbours differ by 1. */
static int64_t rank(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits;
}

static double ulps(double a, double b)
{
    if (isnan(a) && isnan(b)) return 0;
    if (isnan(a) || isnan(b)) return INFINITY;
    uint64_t x = (uint64_t)rank(a), y = (uint64_t)rank(b);
    return (double)(rank(a) > rank(b) ? x - y : y - x);
}

static void assert_near(double x, double y, double got, double expected)
{
    if (ulps(got, expected) > MAX_ULP) fail_msg("f(%.17g, %.17g) = %.17g, libm %.17g", x, y, got, expected);
}

static void assert_same(double got, double expected)
{
    if (ulps(got, expected) != 0 || signbit(got) != signbit(expected))
        fail_msg("%.17g, expected %.17g", got, expected);
}

static double between(uint32_t index, uint64_t i, double low, double high)
{
    cn__stream stream = cn__random_stream(7, CN_RANDOM_DATA, index, 0);
    return low + (high - low) * cn__random_uniform(&stream, i);
}

/* Any positive finite number, subnormal ones too, each exponent as likely. */
static double any_positive(uint32_t index, uint64_t i)
{
    double x = ldexp(between(index, i, 1, 2), (int)floor(between(index + 1, i, -1074, 1024)));
    return x > 0 ? x : DBL_MIN;
}

static void exp_is_near_libm(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < CASES; i++) {
        double wide = between(1, i, -745.2, 709.8), narrow = between(1, i, -1, 1), tiny = wide * 1e-20;
        assert_near(wide, 0, cn__exp(wide), exp(wide));
        assert_near(narrow, 0, cn__exp(narrow), exp(narrow));
        assert_near(tiny, 0, cn__exp(tiny), exp(tiny));
    }
}

static void exp_keeps_its_edges(void **state)
{
    (void)state;
    const double edges[] = {
        0.0,     -0.0, INFINITY, -INFINITY, 1e308, -1e308, 709.782712893384, 709.7827128933841,
        -745.13, -746, -800,     DBL_MIN};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        assert_near(edges[i], 0, cn__exp(edges[i]), exp(edges[i]));
    assert_true(isnan(cn__exp(NAN)));
    assert_same(cn__exp(0), 1);
}

static void log_is_near_libm(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < CASES; i++) {
        double wide = any_positive(2, i), near_one = between(4, i, 0.5, 2);
        double nearer = 1 + ldexp(between(4, i, -1, 1), (int)between(5, i, -52, -1));
        assert_near(wide, 0, cn__log(wide), log(wide));
        assert_near(near_one, 0, cn__log(near_one), log(near_one));
        assert_near(nearer, 0, cn__log(nearer), log(nearer));
    }
}

static void log_keeps_its_edges(void **state)
{
    (void)state;
    assert_same(cn__log(1), 0);
    assert_same(cn__log(0), -INFINITY);
    assert_same(cn__log(-0.0), -INFINITY);
    assert_same(cn__log(INFINITY), INFINITY);
    assert_true(isnan(cn__log(-1)) && isnan(cn__log(-INFINITY)) && isnan(cn__log(NAN)));
    assert_near(DBL_TRUE_MIN, 0, cn__log(DBL_TRUE_MIN), log(DBL_TRUE_MIN));
    assert_near(DBL_MAX, 0, cn__log(DBL_MAX), log(DBL_MAX));
}

static void pow_is_near_libm(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < CASES; i++) {
        double wide = any_positive(6, i), exponent = between(8, i, -1, 1) * 700 / fmax(fabs(log(wide)), 1e-3);
        assert_near(wide, exponent, cn__pow(wide, exponent), pow(wide, exponent));
        double rate = between(9, i, 0, 1), steps = floor(between(10, i, 0, 5000));
        assert_near(rate, steps, cn__pow(rate, steps), pow(rate, steps));
        double base = between(11, i, -10, 10), whole = floor(between(12, i, -300, 300));
        assert_near(base, whole, cn__pow(base, whole), pow(base, whole));
        double beta = 1 - ldexp(1, -(int)between(13, i, 1, 30)), many = floor(between(14, i, 1, 1e9));
        assert_near(beta, many, cn__pow(beta, many), pow(beta, many));
    }
}

static void pow_agrees_with_c_wherever_it_is_special(void **state)
{
    (void)state;
    const double numbers[] = {0.0,
                              -0.0,
                              1,
                              -1,
                              2,
                              -2,
                              3,
                              -3,
                              0.5,
                              -0.5,
                              2.5,
                              -2.5,
                              1e300,
                              -1e300,
                              1e-300,
                              -1e-300,
                              1e19,
                              -1e19,
                              9007199254740993.0,
                              -9007199254740991.0,
                              4503599627370497.5,
                              INFINITY,
                              -INFINITY,
                              NAN,
                              DBL_TRUE_MIN,
                              DBL_MAX};
    const size_t n = sizeof numbers / sizeof *numbers;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double got = cn__pow(numbers[i], numbers[j]), expected = pow(numbers[i], numbers[j]);
            assert_near(numbers[i], numbers[j], got, expected);
            if (!isnan(expected) && !signbit(got) != !signbit(expected))
                fail_msg("sign of pow(%g, %g)", numbers[i], numbers[j]);
        }
}

static void cos_is_near_libm(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < CASES; i++) {
        double near = between(15, i, -10, 10), far = between(16, i, -1e6, 1e6);
        double zero =
            (floor(between(17, i, 0, 6e5)) + 0.5) * 0x1.921fb54442d18p+1; /* where cos is nearly 0 */
        assert_near(near, 0, cn__cos(near), cos(near));
        assert_near(far, 0, cn__cos(far), cos(far));
        assert_near(zero, 0, cn__cos(zero), cos(zero));
    }
}

static void cos_keeps_its_edges(void **state)
{
    (void)state;
    const double edges[] = {0,  -0.0, 0x1.921fb54442d18p+0, 0x1.921fb54442d18p+1, 1e-300, 0.7853981633974483,
                            1e9};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        assert_near(edges[i], 0, cn__cos(edges[i]), cos(edges[i]));
    assert_true(isnan(cn__cos(INFINITY)) && isnan(cn__cos(-INFINITY)) && isnan(cn__cos(NAN)));
    for (double x = 1e10; x < 1e308; x *= 1e6) assert_true(fabs(cn__cos(x)) <= 1);
}

static uint64_t mix(uint64_t hash, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (hash ^ bits) * 0x100000001B3;
}

/* The same bits on every machine and compiler: a change here changes what people have trained. */
static void the_bits_are_what_they_were(void **state)
{
    (void)state;
    uint64_t hash = 0xCBF29CE484222325;
    for (uint64_t i = 0; i < 20000; i++) {
        double x = between(18, i, -700, 700), positive = any_positive(19, i);
        hash = mix(mix(hash, cn__exp(x)), cn__log(positive));
        hash = mix(mix(hash, cn__pow(positive, x / 700)), cn__cos(x));
    }
    assert_true(hash == 0xf62705ffc91ff304);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_near_libm),
        cmocka_unit_test(exp_keeps_its_edges),
        cmocka_unit_test(log_is_near_libm),
        cmocka_unit_test(log_keeps_its_edges),
        cmocka_unit_test(pow_is_near_libm),
        cmocka_unit_test(pow_agrees_with_c_wherever_it_is_special),
        cmocka_unit_test(cos_is_near_libm),
        cmocka_unit_test(cos_keeps_its_edges),
        cmocka_unit_test(the_bits_are_what_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
