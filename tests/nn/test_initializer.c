/* Initialisers: bounds, moments, orthogonality, the fan rules, and where the numbers come from. Seeds are
 * fixed: nothing fails by chance, and bounds lie at about four standard errors. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/status.h"
#include "nn/initializers/initializer.h"

enum { ROWS = 200, COLS = 100, SIZE = ROWS * COLS };

static const size_t matrix[] = {ROWS, COLS};

static cn_status parse(cn__arena *arena, const char *text, cn__initializer *out)
{
    cn__value *value = cn__arena_alloc(arena, sizeof *value);
    assert_non_null(value);
    assert_int_equal(cn__value_parse(arena, text, value), CN_OK);
    return cn__initializer_parse(arena, value, out);
}

static cn__arena arguments; /* of those that are parsed */

static int free_arguments(void **state)
{
    (void)state;
    cn__arena_free(&arguments);
    return 0;
}

static cn__initializer parsed(const char *text)
{
    cn__initializer it;
    if (parse(&arguments, text, &it) != CN_OK) fail_msg("%s: %s", text, cn_error());
    return it;
}

static void fill(const char *text, int ndim, const size_t *shape, float *values)
{
    cn__initializer it = parsed(text);
    if (cn__initializer_fill(&it, 42, 3, ndim, shape, values) != CN_OK) fail_msg("%s: %s", text, cn_error());
}

typedef struct moments {
    double mean, deviation, least, most;
} moments;

static moments moments_of(const float *x, size_t n)
{
    moments m = {0, 0, INFINITY, -INFINITY};
    for (size_t i = 0; i < n; i++) {
        m.mean += x[i] / (double)n;
        if (x[i] < m.least) m.least = x[i];
        if (x[i] > m.most) m.most = x[i];
    }
    for (size_t i = 0; i < n; i++) m.deviation += pow(x[i] - m.mean, 2) / (double)n;
    m.deviation = sqrt(m.deviation);
    return m;
}

/* ---- distributions --------------------------------------------------------------------------------- */

static void moments_and_bounds_are_those_of_the_distribution(void **state)
{
    (void)state;
    const double he = 2.0 / ROWS, lecun = 1.0 / ROWS, glorot = 2.0 / (ROWS + COLS),
                 cut = 2 / 0.87962566103423978;
    const struct {
        const char *text;
        double mean, deviation, low, high;
    } known[] = {
        {"random_uniform", 0, 0.1 / sqrt(12), -0.05, 0.05},
        {"RandomUniform(minval=1, maxval=3)", 2, 2 / sqrt(12), 1, 3},
        {"random_normal", 0, 0.05, -0.3, 0.3},
        {"RandomNormal(mean=1, stddev=0.5)", 1, 0.5, -2, 4},
        {"truncated_normal(mean=1, stddev=0.5)", 1, 0.5 * 0.87962566103423978, 0, 2},
        {"glorot_uniform", 0, sqrt(glorot), -sqrt(3 * glorot), sqrt(3 * glorot)},
        {"glorot_normal", 0, sqrt(glorot), -cut * sqrt(glorot), cut * sqrt(glorot)},
        {"he_uniform", 0, sqrt(he), -sqrt(3 * he), sqrt(3 * he)},
        {"he_normal", 0, sqrt(he), -cut * sqrt(he), cut * sqrt(he)},
        {"lecun_uniform", 0, sqrt(lecun), -sqrt(3 * lecun), sqrt(3 * lecun)},
        {"LecunNormal", 0, sqrt(lecun), -cut * sqrt(lecun), cut * sqrt(lecun)},
        {"variance_scaling", 0, sqrt(lecun), -cut * sqrt(lecun), cut * sqrt(lecun)},
        {"VarianceScaling(scale=3, mode=fan_out, distribution=uniform)", 0, sqrt(3.0 / COLS),
         -sqrt(9.0 / COLS), sqrt(9.0 / COLS)},
        {"variance_scaling(2, fan_avg, untruncated_normal)", 0, sqrt(2 * glorot), -5 * sqrt(2 * glorot),
         5 * sqrt(2 * glorot)},
        {"variance_scaling(1, fan_in, normal)", 0, sqrt(lecun), -cut * sqrt(lecun), cut * sqrt(lecun)},
    };
    float *x = malloc(SIZE * sizeof *x);
    assert_non_null(x);
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        fill(known[k].text, 2, matrix, x);
        moments m = moments_of(x, SIZE);
        double error = 4 * known[k].deviation / sqrt(SIZE);
        if (fabs(m.mean - known[k].mean) > error || fabs(m.deviation - known[k].deviation) > error)
            fail_msg("%s: mean %g, deviation %g", known[k].text, m.mean, m.deviation);
        if (m.least < known[k].low * (1 + 1e-6) - 1e-6 || m.most > known[k].high * (1 + 1e-6))
            fail_msg("%s: from %g to %g", known[k].text, m.least, m.most);
    }
    free(x);
}

/* A normal that is cut reaches its ends; one that is not goes beyond them. */
static void only_the_truncated_ones_are_cut(void **state)
{
    (void)state;
    float *x = malloc(SIZE * sizeof *x);
    assert_non_null(x);
    fill("truncated_normal(stddev=1)", 2, matrix, x);
    assert_true(moments_of(x, SIZE).most > 1.98);
    fill("random_normal(stddev=1)", 2, matrix, x);
    assert_true(moments_of(x, SIZE).most > 3);
    fill("variance_scaling(distribution=untruncated_normal)", 2, matrix, x);
    assert_true(moments_of(x, SIZE).most > 3 * sqrt(1.0 / ROWS));
    free(x);
}

/* The bound of a uniform distribution tells which fan was taken. */
static double reach(const char *mode, int ndim, const size_t *shape, size_t n)
{
    cn__arena arena = {0};
    float *x = malloc(n * sizeof *x);
    assert_non_null(x);
    const char *text = cn__arena_format(&arena, "variance_scaling(3, %s, uniform)", mode);
    fill(text, ndim, shape, x);
    moments m = moments_of(x, n);
    cn__arena_free(&arena);
    free(x);
    return 9 / pow(fmax(m.most, -m.least), 2); /* the fan, or a little more */
}

static void fans_are_counted_as_keras_counts_them(void **state)
{
    (void)state;
    const size_t vector[] = {5000}, kernel[] = {3, 3, 20, 40};
    const struct {
        const char *mode;
        int ndim;
        const size_t *shape;
        size_t n;
        double fan;
    } known[] = {
        {"fan_in", 2, matrix, SIZE, ROWS},
        {"fan_out", 2, matrix, SIZE, COLS},
        {"fan_avg", 2, matrix, SIZE, (ROWS + COLS) / 2.0},
        {"fan_in", 1, vector, 5000, 5000},
        {"fan_out", 1, vector, 5000, 5000},
        {"fan_avg", 1, vector, 5000, 5000},
        {"fan_in", 4, kernel, 7200, 9 * 20},
        {"fan_out", 4, kernel, 7200, 9 * 40},
        {"fan_avg", 4, kernel, 7200, 9 * 30},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        double fan = reach(known[k].mode, known[k].ndim, known[k].shape, known[k].n);
        if (!(fan > known[k].fan * (1 - 1e-6) && fan < known[k].fan * 1.01))
            fail_msg("%s of %d dimensions: %g, expected %g", known[k].mode, known[k].ndim, fan, known[k].fan);
    }
}

static void constants_are_constant(void **state)
{
    (void)state;
    float x[12];
    const size_t shape[] = {3, 4};
    const struct {
        const char *text;
        float value;
    } known[] = {{"zeros", 0},
                 {"zero", 0},
                 {"Ones", 1},
                 {"one", 1},
                 {"constant(0.25)", 0.25f},
                 {"Constant", 0},
                 {"constant(value=-2)", -2}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        for (int i = 0; i < 12; i++) x[i] = 77;
        fill(known[k].text, 2, shape, x);
        for (int i = 0; i < 12; i++) assert_true(x[i] == known[k].value);
    }
    fill("identity(gain=2)", 2, shape, x);
    for (int i = 0; i < 12; i++) assert_true(x[i] == (i / 4 == i % 4 ? 2 : 0));
}

/* ---- orthogonal ------------------------------------------------------------------------------------- */

static void vectors_are_orthonormal(const float *x, size_t rows, size_t cols, double gain)
{
    bool by_row = rows < cols;
    size_t count = by_row ? rows : cols, length = by_row ? cols : rows;
    for (size_t a = 0; a < count; a++)
        for (size_t b = 0; b <= a; b++) {
            double dot = 0;
            for (size_t k = 0; k < length; k++)
                dot += (double)(by_row ? x[a * cols + k] : x[k * cols + a]) *
                       (double)(by_row ? x[b * cols + k] : x[k * cols + b]);
            assert_true(fabs(dot - (a == b ? gain * gain : 0)) < 1e-6);
        }
}

static void orthogonal_matrices_are(void **state)
{
    (void)state;
    const size_t shapes[][3] = {{30, 20, 0}, {20, 30, 0}, {25, 25, 0}, {1, 7, 0}, {3, 5, 12}};
    for (size_t s = 0; s < 5; s++) {
        float x[900];
        int ndim = shapes[s][2] ? 3 : 2;
        size_t rows = ndim == 3 ? 15 : shapes[s][0], cols = shapes[s][ndim - 1];
        fill("orthogonal", ndim, shapes[s], x);
        vectors_are_orthonormal(x, rows, cols, 1);
        fill("OrthogonalInitializer(gain=3)", ndim, shapes[s], x);
        vectors_are_orthonormal(x, rows, cols, 3);
    }
}

/* Q of the QR of a normal matrix, the diagonal of R made positive: the first column is the first column of
 * the matrix, made of length one. */
static void the_sign_is_that_of_a_positive_diagonal(void **state)
{
    (void)state;
    enum { N = 6, M = 4 };
    const size_t shape[] = {N, M};
    float q[N * M];
    fill("orthogonal", 2, shape, q);
    cn__stream stream = cn__random_stream(42, CN_RANDOM_WEIGHTS, 3, 0);
    for (int j = 0; j < M; j++) { /* R(j, j) = q(j) · a(j) > 0 */
        double diagonal = 0, norm = 0;
        for (int i = 0; i < N; i++) {
            double a = cn__random_normal(&stream, (uint64_t)(i * M + j));
            diagonal += q[i * M + j] * a;
            norm += a * a;
        }
        assert_true(diagonal > 0);
        if (j == 0) assert_true(fabs(diagonal - sqrt(norm)) < 1e-6);
    }
}

/* ---- streams ------------------------------------------------------------------------------------------- */

static void seeds_and_variables_have_numbers_of_their_own(void **state)
{
    (void)state;
    const size_t shape[] = {8, 8};
    float a[64], b[64];
    cn__initializer it = parsed("glorot_uniform"), own = parsed("glorot_uniform(seed=7)");
    assert_int_equal(cn__initializer_fill(&it, 1, 0, 2, shape, a), CN_OK);
    assert_int_equal(cn__initializer_fill(&it, 1, 0, 2, shape, b), CN_OK);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(cn__initializer_fill(&it, 1, 1, 2, shape, b), CN_OK);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(cn__initializer_fill(&it, 2, 0, 2, shape, b), CN_OK);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(cn__initializer_fill(&own, 1, 0, 2, shape, a), CN_OK);
    assert_int_equal(cn__initializer_fill(&own, 2, 5, 2, shape, b), CN_OK);
    assert_memory_equal(a, b, sizeof a);
    /* a seed of zero is a seed */
    own = parsed("glorot_uniform(seed=0)"), it = parsed("glorot_uniform(seed=none)");
    assert_int_equal(cn__initializer_fill(&own, 1, 0, 2, shape, a), CN_OK);
    assert_int_equal(cn__initializer_fill(&own, 2, 5, 2, shape, b), CN_OK);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(cn__initializer_fill(&it, 2, 5, 2, shape, b), CN_OK);
    assert_memory_not_equal(a, b, sizeof a);
}

/* ---- names ------------------------------------------------------------------------------------------------ */

static void every_name_of_keras_is_known(void **state)
{
    (void)state;
    const char *const other[] = {
        "uniform", "normal",       "one",       "zero",         "Orthogonal",         "OrthogonalInitializer",
        "Zeros",   "GlorotNormal", "HeUniform", "LecunUniform", "IdentityInitializer"};
    const size_t shape[] = {4, 4};
    float x[16];
    for (const cn__kind *const *kind = cn__initializers.kinds; *kind; kind++)
        fill((*kind)->name, 2, shape, x);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) fill(other[i], 2, shape, x);
    cn__arena arena = {0};
    cn__initializer none;
    assert_int_equal(cn__initializer_parse(&arena, NULL, &none), CN_OK);
    assert_ptr_equal(none.kind, parsed("glorot_uniform").kind);
    cn__arena_free(&arena);
}

static void refused(const char *text, const char *word)
{
    cn__arena arena = {0};
    cn__initializer it;
    assert_int_equal(parse(&arena, text, &it), CN_ERROR_ARGUMENT);
    if (!strstr(cn_error(), word)) fail_msg("%s: the message lacks '%s': %s", text, word, cn_error());
    cn__arena_free(&arena);
}

static void what_cannot_be_is_refused_by_name(void **state)
{
    (void)state;
    refused("glorot_unifrm", "glorot_uniform");
    refused("random_normal(stddev=-1)", "stddev");
    refused("random_uniform(minval=1, maxval=0)", "minval");
    refused("variance_scaling(scale=0)", "scale");
    refused("variance_scaling(mode=fan_inn)", "fan_in");
    refused("variance_scaling(distribution=cauchy)", "distribution");
    refused("variance_scaling(mode=none)", "mode");
    refused("zeros(1)", "zeros");
    refused("3", "3");
}

static void shapes_that_do_not_suit_are_refused(void **state)
{
    (void)state;
    const size_t shape[] = {4, 4, 4};
    float x[64];
    cn__initializer orthogonal = parsed("orthogonal"), identity = parsed("identity");
    assert_int_equal(cn__initializer_fill(&orthogonal, 1, 0, 1, shape, x), CN_ERROR_SHAPE);
    assert_int_equal(cn__initializer_fill(&identity, 1, 0, 1, shape, x), CN_ERROR_SHAPE);
    assert_int_equal(cn__initializer_fill(&identity, 1, 0, 3, shape, x), CN_ERROR_SHAPE);
    assert_non_null(strstr(cn_error(), "identity"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_and_bounds_are_those_of_the_distribution),
        cmocka_unit_test(only_the_truncated_ones_are_cut),
        cmocka_unit_test(fans_are_counted_as_keras_counts_them),
        cmocka_unit_test(constants_are_constant),
        cmocka_unit_test(orthogonal_matrices_are),
        cmocka_unit_test(the_sign_is_that_of_a_positive_diagonal),
        cmocka_unit_test(seeds_and_variables_have_numbers_of_their_own),
        cmocka_unit_test(every_name_of_keras_is_known),
        cmocka_unit_test(what_cannot_be_is_refused_by_name),
        cmocka_unit_test(shapes_that_do_not_suit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, free_arguments);
}
