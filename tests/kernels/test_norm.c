/* The normalisations: against plain double precision, by parts, and bit for bit on every instruction set. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/kernels.h"
#include "kernels/reference/reference.h"

enum { ROWS = 7, COLS = 53, SIZE = ROWS * COLS };
#define UNTOUCHED 999.0f

/* Everything that the kernels read and write. */
typedef struct room {
    float x[SIZE], dy[SIZE], gamma[COLS], beta[COLS];
    float y[SIZE], dx[SIZE], xhat[SIZE], mean[COLS], variance[COLS], inverse[COLS], sum[COLS], sum_x[COLS],
        rows[ROWS];
} room;

static void fill(room *a)
{
    uint32_t seed = 17;
    float *all = (float *)a;
    for (size_t i = 0; i < sizeof *a / sizeof *all; i++) {
        seed = seed * 1664525 + 1013904223;
        all[i] = (float)(int32_t)seed * 0x1p-31f;
    }
    for (int i = 0; i < SIZE; i++) a->x[i] = 3 + 2 * a->x[i];
}

static void near(const char *what, double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-5 * (1 + fabs(expected))))
        fail_msg("%s: %.9g, expected %.9g", what, got, expected);
}

/* ---- batch ------------------------------------------------------------------------------------------- */

/* Mean and biased variance of columns. */
static void statistics(const cn__kernels *k, const float *x, size_t row, size_t rows, size_t first,
                       size_t count, float *mean, float *variance)
{
    k->column_sums(x + first, row, rows, count, mean + first);
    for (size_t c = first; c < first + count; c++) mean[c] /= (float)rows;
    k->column_squares(x, row, rows, first, count, mean, variance);
    for (size_t c = first; c < first + count; c++) variance[c] /= (float)rows;
}

/* Columns first … first+count-1, forwards and back, as a layer does it. */
static void batchnorm(const cn__kernels *k, room *a, size_t first, size_t count)
{
    statistics(k, a->x, COLS, ROWS, first, count, a->mean, a->variance);
    for (size_t c = first; c < first + count; c++) a->inverse[c] = 1 / sqrtf(a->variance[c] + 1e-3f);
    float factor[COLS];
    for (size_t c = 0; c < COLS; c++) factor[c] = a->gamma[c] * a->inverse[c];
    k->column_scale(a->x, a->y, COLS, ROWS, first, count, a->mean, factor, a->beta);
    k->column_sums_back(a->dy, a->x, COLS, ROWS, first, count, a->mean, a->inverse, a->sum, a->sum_x);
    k->batchnorm_back(a->dy, a->x, a->dx, COLS, ROWS, ROWS, first, count, a->mean, a->inverse, a->gamma,
                      a->sum, a->sum_x);
    k->column_dots(a->dy, a->x, COLS, ROWS, first, count, a->xhat);
}

static void check_column(const room *a, int c)
{
    double mean = 0, variance = 0, sum = 0, sum_x = 0, dot = 0;
    for (int r = 0; r < ROWS; r++) mean += a->x[r * COLS + c] / (double)ROWS;
    for (int r = 0; r < ROWS; r++) variance += pow(a->x[r * COLS + c] - mean, 2) / ROWS;
    const double inverse = 1 / sqrt(variance + 1e-3);
    for (int r = 0; r < ROWS; r++) {
        double x = a->x[r * COLS + c], dy = a->dy[r * COLS + c];
        sum += dy;
        sum_x += dy * (x - mean) * inverse;
        dot += dy * x;
        near("y", a->y[r * COLS + c], (x - mean) * inverse * a->gamma[c] + a->beta[c]);
    }
    near("mean", a->mean[c], mean);
    near("variance", a->variance[c], variance);
    near("sum", a->sum[c], sum);
    near("sum_x", a->sum_x[c], sum_x);
    near("dot", a->xhat[c], dot);
    for (int r = 0; r < ROWS; r++) {
        double xhat = (a->x[r * COLS + c] - mean) * inverse;
        near("dx", a->dx[r * COLS + c],
             a->gamma[c] * inverse * (a->dy[r * COLS + c] - sum / ROWS - xhat * sum_x / ROWS));
    }
}

static void batch_normalisation_is_its_formula(void **state)
{
    (void)state;
    room a;
    fill(&a);
    batchnorm(cn__kernels_get(), &a, 0, COLS);
    for (int c = 0; c < COLS; c++) check_column(&a, c);
}

static void columns_may_be_split_anywhere_on_any_instruction_set(void **state)
{
    (void)state;
    room whole, parts;
    fill(&whole);
    batchnorm(cn__kernels_get(), &whole, 0, COLS);
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (size_t cut = 1; cut < COLS; cut += 5) {
            fill(&parts);
            batchnorm(cn__kernels_named(*isa), &parts, 0, cut);
            batchnorm(cn__kernels_named(*isa), &parts, cut, COLS - cut);
            assert_memory_equal(&whole, &parts, sizeof whole);
        }
}

static void batchnorm_reference(room *a)
{
    cn__ref_column_sums(a->x, COLS, ROWS, COLS, a->mean);
    for (size_t c = 0; c < COLS; c++) a->mean[c] /= (float)ROWS;
    cn__ref_column_squares(a->x, COLS, ROWS, COLS, a->mean, a->variance);
    float factor[COLS];
    for (size_t c = 0; c < COLS; c++) {
        a->variance[c] /= (float)ROWS;
        a->inverse[c] = 1 / sqrtf(a->variance[c] + 1e-3f);
        factor[c] = a->gamma[c] * a->inverse[c];
    }
    cn__ref_column_scale(a->x, a->y, COLS, ROWS, COLS, a->mean, factor, a->beta);
    cn__ref_column_sums_back(a->dy, a->x, COLS, ROWS, COLS, a->mean, a->inverse, a->sum, a->sum_x);
    cn__ref_batchnorm_back(a->dy, a->x, a->dx, COLS, ROWS, COLS, a->mean, a->inverse, a->gamma, a->sum,
                           a->sum_x);
}

static void same_bits(const float *a, const float *b, size_t n, const char *isa, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0)
            fail_msg("%s, %s, number %zu: %.9g instead of %.9g", what, isa, i, (double)a[i], (double)b[i]);
}

static void batch_normalisation_has_the_bits_of_the_plain_kernels(void **state)
{
    (void)state;
    room got, expected;
    fill(&expected);
    batchnorm_reference(&expected);
    for (const char *const *isa = cn__kernels_list(); *isa; isa++) {
        fill(&got);
        batchnorm(cn__kernels_named(*isa), &got, 0, COLS);
        same_bits(got.y, expected.y, SIZE, *isa, "y");
        same_bits(got.sum_x, expected.sum_x, COLS, *isa, "sum_x");
        same_bits(got.dx, expected.dx, SIZE, *isa, "dx");
    }
}

static void columns_beside_those_asked_for_are_left_alone(void **state)
{
    (void)state;
    room a, before;
    fill(&a);
    before = a;
    batchnorm(cn__kernels_get(), &a, 10, 20);
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < COLS; c++) {
            bool asked = c >= 10 && c < 30;
            assert_true((a.y[r * COLS + c] == before.y[r * COLS + c]) == !asked);
            assert_true((a.dx[r * COLS + c] == before.dx[r * COLS + c]) == !asked);
            assert_true((a.mean[c] == before.mean[c]) == !asked);
            assert_true((a.sum_x[c] == before.sum_x[c]) == !asked);
        }
}

static void without_gamma_it_counts_as_one(void **state)
{
    (void)state;
    room a, b;
    fill(&a);
    for (int c = 0; c < COLS; c++) a.gamma[c] = 1;
    batchnorm(cn__kernels_get(), &a, 0, COLS);
    b = a;
    cn__kernels_get()->batchnorm_back(b.dy, b.x, b.dy, COLS, ROWS, ROWS, 0, COLS, b.mean, b.inverse, NULL,
                                      b.sum, b.sum_x);
    assert_memory_equal(a.dx, b.dy, sizeof a.dx); /* in place too */
}

/* A one-pass variance would lose all its digits here. */
static void a_variance_far_from_zero_keeps_its_digits(void **state)
{
    (void)state;
    float x[4] = {4096.25f, 4096.5f, 4096.75f, 4097}, mean, variance;
    statistics(cn__kernels_get(), x, 1, 4, 0, 1, &mean, &variance);
    near("mean", mean, 4096.625);
    near("variance", variance, 0.078125);
    float y[4], inverse;
    cn__kernels_get()->layernorm(x, y, NULL, &inverse, NULL, NULL, 1, 4, 0);
    near("inverse", inverse, 1 / sqrt(0.078125));
}

/* ---- layer ---------------------------------------------------------------------------------------------- */

static void layernorm(const cn__kernels *k, room *a, size_t cols, bool gamma, bool beta)
{
    k->layernorm(a->x, a->y, a->xhat, a->rows, gamma ? a->gamma : NULL, beta ? a->beta : NULL, ROWS, cols,
                 1e-3f);
    k->layernorm_back(a->dy, a->xhat, a->rows, gamma ? a->gamma : NULL, a->dx, ROWS, cols);
}

static void check_row(const room *a, int r, int cols, bool gamma, bool beta)
{
    const float *x = a->x + r * cols, *dy = a->dy + r * cols;
    double mean = 0, variance = 0, sum = 0, sum_x = 0;
    for (int c = 0; c < cols; c++) mean += x[c] / (double)cols;
    for (int c = 0; c < cols; c++) variance += pow(x[c] - mean, 2) / cols;
    const double inverse = 1 / sqrt(variance + 1e-3);
    near("inverse", a->rows[r], inverse);
    for (int c = 0; c < cols; c++) {
        double d = dy[c] * (gamma ? a->gamma[c] : 1), xhat = (x[c] - mean) * inverse;
        sum += d;
        sum_x += d * xhat;
        near("xhat", a->xhat[r * cols + c], xhat);
        near("y", a->y[r * cols + c], xhat * (gamma ? a->gamma[c] : 1) + (beta ? a->beta[c] : 0));
    }
    for (int c = 0; c < cols; c++) {
        double d = dy[c] * (gamma ? a->gamma[c] : 1), xhat = (x[c] - mean) * inverse;
        near("dx", a->dx[r * cols + c], inverse * (d - sum / cols - xhat * sum_x / cols));
    }
}

static void layer_normalisation_is_its_formula(void **state)
{
    (void)state;
    for (int cols = 1; cols <= COLS; cols++)
        for (int flags = 0; flags < 4; flags++) {
            room a;
            fill(&a);
            layernorm(cn__kernels_get(), &a, (size_t)cols, flags & 1, flags & 2);
            for (int r = 0; r < ROWS; r++) check_row(&a, r, cols, flags & 1, flags & 2);
        }
}

static void layer_normalisation_has_the_same_bits_everywhere(void **state)
{
    (void)state;
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (size_t cols = 1; cols <= COLS; cols++) {
            room first, other;
            fill(&first);
            fill(&other);
            layernorm(cn__kernels_get(), &first, cols, true, true);
            layernorm(cn__kernels_named(*isa), &other, cols, true, true);
            assert_memory_equal(&first, &other, sizeof first);
        }
}

static void nothing_is_written_beyond_the_last_row(void **state)
{
    (void)state;
    for (size_t cols = 1; cols < COLS; cols++) {
        room a;
        fill(&a);
        for (size_t i = ROWS * cols; i < SIZE; i++) a.y[i] = a.dx[i] = a.xhat[i] = UNTOUCHED;
        layernorm(cn__kernels_get(), &a, cols, true, true);
        for (size_t i = ROWS * cols; i < SIZE; i++)
            assert_true(a.y[i] == UNTOUCHED && a.dx[i] == UNTOUCHED && a.xhat[i] == UNTOUCHED);
    }
}

static void layer_normalisation_works_in_place_and_without_keeping_anything(void **state)
{
    (void)state;
    room a, b;
    fill(&a);
    layernorm(cn__kernels_get(), &a, COLS, true, true);
    b = a;
    cn__kernels_get()->layernorm(b.x, b.x, NULL, NULL, b.gamma, b.beta, ROWS, COLS, 1e-3f);
    assert_memory_equal(a.y, b.x, sizeof a.y);
    cn__kernels_get()->layernorm_back(b.dy, b.xhat, b.rows, b.gamma, b.dy, ROWS, COLS);
    assert_memory_equal(a.dx, b.dy, sizeof a.dx);
}

static void layer_normalisation_has_the_bits_of_the_plain_kernels(void **state)
{
    (void)state;
    room got, expected;
    fill(&expected);
    cn__ref_layernorm(expected.x, expected.y, expected.xhat, expected.rows, expected.gamma, expected.beta,
                      ROWS, COLS, 1e-3f);
    cn__ref_layernorm_back(expected.dy, expected.xhat, expected.rows, expected.gamma, expected.dx, ROWS,
                           COLS);
    for (const char *const *isa = cn__kernels_list(); *isa; isa++) {
        const cn__kernels *k = cn__kernels_named(*isa);
        fill(&got);
        k->layernorm(got.x, got.y, got.xhat, got.rows, got.gamma, got.beta, ROWS, COLS, 1e-3f);
        k->layernorm_back(got.dy, got.xhat, got.rows, got.gamma, got.dx, ROWS, COLS);
        same_bits(got.y, expected.y, SIZE, *isa, "y");
        same_bits(got.dx, expected.dx, SIZE, *isa, "dx");
    }
}

static void softmax_back_has_the_bits_of_the_plain_kernel(void **state)
{
    (void)state;
    room got, expected;
    fill(&expected);
    cn__ref_softmax_back(expected.x, expected.dy, expected.dx, ROWS, COLS);
    for (const char *const *isa = cn__kernels_list(); *isa; isa++) {
        fill(&got);
        cn__kernels_named(*isa)->softmax_back(got.x, got.dy, got.dx, ROWS, COLS);
        same_bits(got.dx, expected.dx, SIZE, *isa, "dx");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_normalisation_is_its_formula),
        cmocka_unit_test(columns_may_be_split_anywhere_on_any_instruction_set),
        cmocka_unit_test(batch_normalisation_has_the_bits_of_the_plain_kernels),
        cmocka_unit_test(layer_normalisation_has_the_bits_of_the_plain_kernels),
        cmocka_unit_test(softmax_back_has_the_bits_of_the_plain_kernel),
        cmocka_unit_test(columns_beside_those_asked_for_are_left_alone),
        cmocka_unit_test(without_gamma_it_counts_as_one),
        cmocka_unit_test(a_variance_far_from_zero_keeps_its_digits),
        cmocka_unit_test(layer_normalisation_is_its_formula),
        cmocka_unit_test(layer_normalisation_has_the_same_bits_everywhere),
        cmocka_unit_test(nothing_is_written_beyond_the_last_row),
        cmocka_unit_test(layer_normalisation_works_in_place_and_without_keeping_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
