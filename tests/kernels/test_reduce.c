/* Sums: right, in one order on every instruction set, for every length, and within their arrays. */
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

enum { LONGEST = 300 };

static const size_t lengths[] = {0, 1, 2, 15, 16, 17, 31, 32, 48, 63, 64, 65, 100, 127, 128, 200, LONGEST};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

/* Numbers of very different sizes, so that the order of a sum shows. In memory of exactly n numbers, so
 * that a sanitizer sees what is read beyond. */
static float *numbers(size_t n, uint32_t seed)
{
    float *x = malloc(n * sizeof *x + 1);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525 + 1013904223;
        x[i] = ldexpf((float)(int32_t)seed * 0x1p-31f, (int)(seed >> 8 & 15));
    }
    return x;
}

static void same_bits(float a, float b, const char *isa, size_t n)
{
    if (memcmp(&a, &b, sizeof a) != 0) fail_msg("%s, %zu numbers: %.9g and %.9g", isa, n, a, b);
}

static void sums_have_the_same_bits_everywhere(void **state)
{
    (void)state;
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (int i = 0; i < LENGTHS; i++) {
            const cn__kernels *k = cn__kernels_named(*isa);
            size_t n = lengths[i];
            float *a = numbers(n, 1), *b = numbers(n, 2);
            same_bits(k->sum(a, n), cn__ref_sum(a, n), *isa, n);
            same_bits(k->sum_abs(a, n), cn__ref_sum_abs(a, n), *isa, n);
            same_bits(k->sum_squares(a, n), cn__ref_dot(a, a, n), *isa, n);
            same_bits(k->dot(a, b, n), cn__ref_dot(a, b, n), *isa, n);
            free(a);
            free(b);
        }
}

static void sums_are_right(void **state)
{
    (void)state;
    const cn__kernels *k = cn__kernels_get();
    for (int i = 0; i < LENGTHS; i++) {
        size_t n = lengths[i];
        float *a = numbers(n, 1), *b = numbers(n, 2);
        double sum = 0, absolute = 0, squares = 0, dot = 0, scale = 0;
        for (size_t j = 0; j < n; j++) {
            sum += a[j];
            absolute += fabsf(a[j]);
            squares += (double)a[j] * a[j];
            dot += (double)a[j] * b[j];
            scale += fabs((double)a[j] * b[j]);
        }
        assert_true(fabs(k->sum(a, n) - sum) <= 2e-6 * absolute);
        assert_true(fabs(k->sum_abs(a, n) - absolute) <= 2e-6 * absolute);
        assert_true(fabs(k->sum_squares(a, n) - squares) <= 2e-6 * squares);
        assert_true(fabs(k->dot(a, b, n) - dot) <= 2e-6 * scale);
        free(a);
        free(b);
    }
}

/* So that norms over padded arrays and over their elements agree. */
static void trailing_zeros_change_no_bit(void **state)
{
    (void)state;
    const cn__kernels *k = cn__kernels_get();
    float *a = numbers(LONGEST, 3);
    for (size_t n = 1; n < LONGEST; n += 7) {
        float *padded = calloc(CN_PAD(n) + CN_LANES, sizeof *padded);
        assert_non_null(padded);
        memcpy(padded, a, n * sizeof *a);
        same_bits(k->sum(a, n), k->sum(padded, CN_PAD(n)), k->isa, n);
        same_bits(k->sum_squares(a, n), k->sum_squares(padded, CN_PAD(n) + CN_LANES), k->isa, n);
        free(padded);
    }
    free(a);
}

static void scaling_touches_n_numbers(void **state)
{
    (void)state;
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (int i = 0; i < LENGTHS; i++) {
            size_t n = lengths[i];
            float *a = numbers(n + 1, 4), *b = numbers(n + 1, 4);
            cn__kernels_named(*isa)->scale(a, 0.3f, n);
            for (size_t j = 0; j < n; j++) assert_true(a[j] == b[j] * 0.3f);
            assert_true(a[n] == b[n]);
            free(a);
            free(b);
        }
}

static void one_number_that_is_not_finite_is_found_wherever_it_stands(void **state)
{
    (void)state;
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (const char *const *isa = cn__kernels_list(); *isa; isa++) {
        const cn__kernels *k = cn__kernels_named(*isa);
        for (size_t n = 1; n < 70; n++) {
            float *a = numbers(n, 5);
            a[n / 2] = 3.4028235e38f;
            assert_true(k->finite(a, n));
            for (size_t at = 0; at < n; at++) {
                float was = a[at];
                a[at] = bad[at % 3];
                assert_false(k->finite(a, n));
                a[at] = was;
            }
            free(a);
        }
        assert_true(k->finite(NULL, 0));
    }
}

/* ---- matrices ------------------------------------------------------------------------------------- */

static void columns_are_summed_from_the_first_row_to_the_last(void **state)
{
    (void)state;
    enum { ROWS = 9, STRIDE = LONGEST + 3 };
    float *a = numbers(ROWS * STRIDE, 6);
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (int i = 0; i < LENGTHS; i++) {
            float out[LONGEST + 1];
            out[lengths[i]] = 77;
            cn__kernels_named(*isa)->column_sums(a, STRIDE, ROWS, lengths[i], out);
            for (size_t c = 0; c < lengths[i]; c++) {
                float sum = 0;
                for (size_t r = 0; r < ROWS; r++) sum += a[r * STRIDE + c];
                same_bits(out[c], sum, *isa, lengths[i]);
            }
            assert_true(out[lengths[i]] == 77);
        }
    free(a);
}

static void a_bias_is_added_to_every_row_and_no_further(void **state)
{
    (void)state;
    enum { ROWS = 5, STRIDE = LONGEST + 1 };
    float *bias = numbers(LONGEST, 7);
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (int i = 0; i < LENGTHS; i++) {
            float *y = numbers(ROWS * STRIDE, 8), *before = numbers(ROWS * STRIDE, 8);
            cn__kernels_named(*isa)->add_bias(y, STRIDE, bias, ROWS, lengths[i]);
            for (size_t r = 0; r < ROWS; r++)
                for (size_t c = 0; c < STRIDE; c++) {
                    float was = before[r * STRIDE + c];
                    assert_true(y[r * STRIDE + c] == (c < lengths[i] ? was + bias[c] : was));
                }
            free(y);
            free(before);
        }
    free(bias);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_have_the_same_bits_everywhere),
        cmocka_unit_test(sums_are_right),
        cmocka_unit_test(trailing_zeros_change_no_bit),
        cmocka_unit_test(scaling_touches_n_numbers),
        cmocka_unit_test(one_number_that_is_not_finite_is_found_wherever_it_stands),
        cmocka_unit_test(columns_are_summed_from_the_first_row_to_the_last),
        cmocka_unit_test(a_bias_is_added_to_every_row_and_no_further),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
