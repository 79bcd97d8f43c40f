/* Activations and softmax: the formula to a few units in the last place, the bits of the plain reference on every instruction set and every
 * length, nothing smaller than 2^-100 but 0, and a NaN stays a NaN. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/kernels.h"
#include "kernels/reference/reference.h"

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* The definitions of Keras 3.6, in double precision. */
static double value(const cn__activation *f, double x)
{
    const double a = f->p[0], selu_scale = 1.05070098735548049342, selu_alpha = 1.67326324235437728481;
    switch (f->kind) {
    case CN_ACT_RELU: return x > f->p[1] ? f->p[1] : x > f->p[2] ? x : a * (x - f->p[2]);
    case CN_ACT_RELU6: return fmin(fmax(x, 0), 6);
    case CN_ACT_LEAKY_RELU: return x > 0 ? x : a * x;
    case CN_ACT_ELU: return x > 0 ? x : a * expm1(x);
    case CN_ACT_CELU: return fmax(x, 0) + fmin(0, a * expm1(x / a));
    case CN_ACT_SELU: return selu_scale * (x > 0 ? x : selu_alpha * expm1(x));
    case CN_ACT_GELU:
        return a != 0 ? 0.5 * x * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x)))
                      : 0.5 * x * erfc(-x / sqrt(2));
    case CN_ACT_SIGMOID: return sigmoid(x);
    case CN_ACT_TANH: return tanh(x);
    case CN_ACT_SOFTPLUS: return fmax(x, 0) + log1p(exp(-fabs(x)));
    case CN_ACT_SOFTSIGN: return x / (1 + fabs(x));
    case CN_ACT_SILU: return x * sigmoid(x);
    case CN_ACT_MISH: return x * tanh(fmax(x, 0) + log1p(exp(-fabs(x))));
    case CN_ACT_EXPONENTIAL: return exp(x);
    case CN_ACT_HARD_SIGMOID: return fmin(fmax(x / 6 + 0.5, 0), 1);
    case CN_ACT_HARD_SILU: return x * fmin(fmax(x / 6 + 0.5, 0), 1);
    default: return x;
    }
}

static const cn__activation functions[] = {
    {CN_ACT_LINEAR, {0}},
    {CN_ACT_RELU, {0, INFINITY, 0}},
    {CN_ACT_RELU, {0.1f, 3, 0.5f}},
    {CN_ACT_RELU, {0.3f, INFINITY, 0}},
    {CN_ACT_RELU, {0, 6, 0}},
    {CN_ACT_RELU6, {0}},
    {CN_ACT_LEAKY_RELU, {0.2f}},
    {CN_ACT_ELU, {1}},
    {CN_ACT_ELU, {0.5f}},
    {CN_ACT_CELU, {1}},
    {CN_ACT_CELU, {2}},
    {CN_ACT_SELU, {0}},
    {CN_ACT_GELU, {0}},
    {CN_ACT_GELU, {1}},
    {CN_ACT_SIGMOID, {0}},
    {CN_ACT_TANH, {0}},
    {CN_ACT_SOFTPLUS, {0}},
    {CN_ACT_SOFTSIGN, {0}},
    {CN_ACT_SILU, {0}},
    {CN_ACT_MISH, {0}},
    {CN_ACT_EXPONENTIAL, {0}},
    {CN_ACT_HARD_SIGMOID, {0}},
    {CN_ACT_HARD_SILU, {0}},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions, POINTS = 4001 };

/* -20 … 20 in steps, then what lies at edges. */
static size_t points(float *x)
{
    static const float edges[] = {0.0f, -0.0f, 1e-30f, -1e-30f, 1e-7f, -1e-7f, 6,     3,     -3,
                                  0.5f, 88,    -88,    100,     -104,  1000,   -1000, 3e38f, -3e38f};
    size_t n = 0;
    for (; n < POINTS; n++) x[n] = (float)((double)n / 100 - 20);
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) x[n++] = edges[i];
    return n;
}

static void values_are_those_of_the_formula(void **state)
{
    (void)state;
    const cn__kernels *k = cn__kernels_get();
    float x[POINTS + 50], y[POINTS + 50];
    size_t n = points(x);
    for (int f = 0; f < FUNCTIONS; f++) {
        k->activate(&functions[f], x, y, n);
        for (size_t i = 0; i < n; i++) {
            double expected = value(&functions[f], (double)x[i]);
            if (fabs(expected) > 3.4e38) {
                assert_true(isinf(y[i]));
                continue;
            }
            /* for large negative x the tails of gelu, silu and mish are a product of a rounded factor */
            double error = 4e-7 * fabs(expected) + (functions[f].kind == CN_ACT_GELU ? 3e-7 : 1e-30);
            if (!(fabs((double)y[i] - expected) <= error))
                fail_msg("activation %d at %g: %.9g instead of %.9g", functions[f].kind, (double)x[i],
                         (double)y[i], expected);
        }
    }
}

/* Against the slope of the formula, away from its corners. */
static void derivatives_are_slopes(void **state)
{
    (void)state;
    const cn__kernels *k = cn__kernels_get();
    for (int f = 0; f < FUNCTIONS; f++)
        for (float x = -7.63f; x < 8; x += 0.0937f) {
            const double h = 1e-5,
                         slope = (value(&functions[f], (double)x + h) - value(&functions[f], (double)x - h)) /
                                 (2 * h),
                         left = (value(&functions[f], (double)x) - value(&functions[f], (double)x - h)) / h;
            if (fabs(slope - left) > 1e-3) continue;
            float a, d, one = 2;
            k->activate(&functions[f], &x, &a, 1);
            k->activate_back(&functions[f], &x, &a, &one, &d, 1);
            if (fabs((double)d - 2 * slope) > 1e-5 + 2e-5 * fabs(slope))
                fail_msg("activation %d at %g: slope %g instead of %g", functions[f].kind, (double)x,
                         (double)d / 2, slope);
        }
}

/* At threshold, 0 and max_value: what Keras 3.6 gives for (negative_slope, max_value, threshold). */
static void relu_s_gradient_at_its_corners_is_that_of_keras(void **state)
{
    (void)state;
    static const struct {
        float p[3], z[3], slope[3];
    } cases[] = {
        {{0, 2, 0}, {0, 2, 3}, {0, 1, 0}},
        {{0.1f, 2, 0}, {0, 2, 3}, {0, 1, 0}},
        {{0, 6, 0}, {0, 6, 7}, {0, 0, 0}},
        {{0.1f, 6, 0}, {0, 6, -1}, {0, 0, 0.1f}},
        {{0, 2, 0.5f}, {0.5f, 2, 3}, {0, 1, 0}},
        {{0.1f, 6, 0.5f}, {0.5f, 6, 7}, {0, 1, 0}},
        {{0, 2, -0.5f}, {-0.5f, 0, 2}, {0, 1, 1}},
        {{0, INFINITY, 0}, {0, 1, -1}, {0, 1, 0}},
        {{0.1f, INFINITY, 0}, {0, 1, -1}, {0.1f, 1, 0.1f}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const cn__activation f = {CN_ACT_RELU, {cases[i].p[0], cases[i].p[1], cases[i].p[2]}};
        float a[3], d[3];
        const float ones[] = {1, 1, 1};
        cn__kernels_get()->activate(&f, cases[i].z, a, 3);
        cn__kernels_get()->activate_back(&f, cases[i].z, a, ones, d, 3);
        assert_memory_equal(d, cases[i].slope, sizeof d);
    }
}

static void bits_are_those_of_the_reference_everywhere(void **state)
{
    (void)state;
    float x[POINTS + 50], expected[POINTS + 50], slopes[POINTS + 50], *y, *d;
    size_t n = points(x);
    x[n++] = INFINITY, x[n++] = -INFINITY;
    for (int f = 0; f < FUNCTIONS; f++) {
        cn__ref_activate(&functions[f], x, expected, n);
        cn__ref_activate_back(&functions[f], x, expected, x, slopes, n);
        for (const char *const *isa = cn__kernels_list(); *isa; isa++)
            for (size_t length = 0; length <= n; length = length < 40                    ? length + 1
                                                          : length < n && length * 3 > n ? n
                                                                                         : length * 3 + 1) {
                const cn__kernels *k = cn__kernels_named(*isa);
                y = malloc(length * sizeof *y + 1),
                d = malloc(length * sizeof *d + 1); /* a sanitizer sees what is beyond */
                assert_true(y && d);
                k->activate(&functions[f], x + n - length, y, length);
                k->activate_back(&functions[f], x + n - length, y, x + n - length, d, length);
                if (memcmp(y, expected + n - length, length * sizeof *y) != 0 ||
                    memcmp(d, slopes + n - length, length * sizeof *d) != 0)
                    fail_msg("activation %d on %s, %zu numbers", functions[f].kind, *isa, length);
                memcpy(d, x + n - length, length * sizeof *d); /* in place */
                k->activate(&functions[f], d, d, length);
                assert_memory_equal(d, y, length * sizeof *d);
                free(y);
                free(d);
                if (length == n) break;
            }
    }
}

static void tiny_results_are_zero_and_nan_stays(void **state)
{
    (void)state;
    const cn__kernels *k = cn__kernels_get();
    for (int f = 0; f < FUNCTIONS; f++)
        for (float x = -300; x < 300; x += 0.5f) {
            float a, d, tiny = 1e-30f, nan = NAN, out;
            k->activate(&functions[f], &x, &a, 1);
            assert_true(a == 0 || fabsf(a) >= 0x1p-100f);
            k->activate_back(&functions[f], &x, &a, &tiny, &d, 1);
            assert_true(d == 0 || fabsf(d) >= 0x1p-100f);
            k->activate(&functions[f], &nan, &out, 1);
            assert_true(isnan(out));
        }
}

static void softmax_rows_sum_to_one(void **state)
{
    (void)state;
    static const size_t widths[] = {1, 2, 10, 15, 16, 17, 33, 100};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        const size_t cols = widths[w], rows = 3, n = rows * cols;
        float z[300], a[300], logs[300], other[300];
        for (size_t i = 0; i < n; i++)
            z[i] = (float)(i * 7919 % 101) / 9 - 4 + (i / cols == 1 ? 500 : i / cols == 2 ? -500 : 0);
        cn__ref_softmax(z, a, rows, cols);
        cn__ref_log_softmax(z, logs, rows, cols);
        for (size_t r = 0; r < rows; r++) {
            double sum = 0, most = -1e300;
            for (size_t c = 0; c < cols; c++) most = fmax(most, (double)z[r * cols + c]);
            for (size_t c = 0; c < cols; c++) sum += exp((double)z[r * cols + c] - most);
            for (size_t c = 0; c < cols; c++) {
                double expected = exp((double)z[r * cols + c] - most) / sum;
                assert_true(fabs((double)a[r * cols + c] - expected) <= 1e-6 * expected);
                assert_true(fabs((double)logs[r * cols + c] - log(expected)) <= 1e-5);
            }
        }
        for (const char *const *isa = cn__kernels_list(); *isa; isa++) {
            const cn__kernels *same = cn__kernels_named(*isa);
            same->softmax(z, other, rows, cols);
            assert_memory_equal(other, a, n * sizeof *a);
            same->log_softmax(z, other, rows, cols);
            assert_memory_equal(other, logs, n * sizeof *logs);
            float d[300], first[300];
            cn__ref_softmax_back(a, z, first, rows, cols);
            same->softmax_back(a, z, d, rows, cols);
            assert_memory_equal(d, first, n * sizeof *d);
            cn__ref_log_softmax_back(logs, z, first, rows, cols);
            same->log_softmax_back(logs, z, d, rows, cols);
            assert_memory_equal(d, first, n * sizeof *d);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_the_formula),
        cmocka_unit_test(derivatives_are_slopes),
        cmocka_unit_test(relu_s_gradient_at_its_corners_is_that_of_keras),
        cmocka_unit_test(bits_are_those_of_the_reference_everywhere),
        cmocka_unit_test(tiny_results_are_zero_and_nan_stays),
        cmocka_unit_test(softmax_rows_sum_to_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
