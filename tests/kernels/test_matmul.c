/* Products: each element one chain of fused multiply-adds in ascending order, whatever the tiles, the instruction set,
 * or whether zeros are left out; and nothing beyond the rows is touched. */
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
#include "nn/layer.h"

static const size_t sizes[][3] = {
    /* rows, depth, columns */
    {1, 1, 1},     {1, 784, 10},   {2, 15, 16},  {3, 16, 17},   {5, 300, 33},   {7, 127, 31},
    {8, 128, 48},  {9, 129, 49},   {13, 1, 100}, {16, 17, 15},  {17, 200, 128}, {32, 64, 127},
    {33, 129, 64}, {40, 300, 150}, {64, 65, 96}, {4, 784, 130}, {50, 150, 16},  {6, 0, 20},
};
enum { CASES = sizeof sizes / sizeof *sizes };

static uint32_t seed;
static float number(unsigned zeros)
{
    seed = seed * 1664525 + 1013904223;
    if ((seed >> 8) % 100 < zeros) return (seed >> 20) & 1 ? 0.0f : -0.0f;
    return ldexpf((float)(int32_t)seed * 0x1p-31f, (int)(seed >> 4 & 7) - 3);
}

static float *numbers(size_t n, unsigned zeros)
{
    float *x = malloc((n ? n : 1) * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) x[i] = number(zeros);
    return x;
}

/* B and C with rows of `row` numbers; C begins with what `accumulate` adds to. */
typedef struct problem {
    size_t rows, depth, cols, row;
    float *a, *b, *start, *expected;
    bool transposed;
} problem;

static cn__matmul call(const problem *p, float *c, bool accumulate, bool padded)
{
    return (cn__matmul){.a = p->a,
                        .a_row = p->transposed ? 1 : p->depth,
                        .a_step = p->transposed ? p->rows : 1,
                        .b = p->b,
                        .b_row = p->row,
                        .c = c,
                        .c_row = p->row,
                        .rows = p->rows,
                        .cols = p->cols,
                        .depth = p->depth,
                        .accumulate = accumulate,
                        .c_padded = padded};
}

static problem make(size_t which, unsigned zeros, bool accumulate, bool transposed)
{
    seed = (uint32_t)which + 1;
    problem p = {
        .rows = sizes[which][0], .depth = sizes[which][1], .cols = sizes[which][2], .transposed = transposed};
    p.row = CN_PAD(p.cols) + (which % 2 ? 16 : 0);
    p.a = numbers(p.rows * p.depth, zeros);
    p.b = numbers(p.depth * p.row, 0);
    p.start = numbers(p.rows * p.row, 0);
    p.expected = malloc(p.rows * p.row * sizeof(float));
    assert_non_null(p.expected);
    memcpy(p.expected, p.start, p.rows * p.row * sizeof(float));
    const cn__matmul m = call(&p, p.expected, accumulate, false);
    cn__ref_matmul(&m);
    return p;
}

static void release(problem *p)
{
    free(p->a);
    free(p->b);
    free(p->start);
    free(p->expected);
}

static void compare(const problem *p, const float *c, bool padded, const char *what)
{
    for (size_t r = 0; r < p->rows; r++)
        for (size_t k = 0; k < p->row; k++) {
            float expected = padded && k >= p->cols && k < CN_PAD(p->cols) ? 0 : p->expected[r * p->row + k];
            if (memcmp(&expected, &c[r * p->row + k], sizeof expected) != 0)
                fail_msg("%s, (%zu, %zu, %zu), row %zu, column %zu: %.9g instead of %.9g", what, p->rows,
                         p->depth, p->cols, r, k, (double)c[r * p->row + k], (double)expected);
        }
}

static cn__sparse lists(const cn__kernels *k, const problem *p)
{
    const size_t capacity = p->depth + CN_LANES;
    cn__sparse s = {.rows = p->rows};
    s.start = calloc(p->rows, sizeof *s.start);
    s.count = calloc(p->rows, sizeof *s.count);
    s.index = calloc(p->rows * capacity, sizeof *s.index);
    s.value = calloc(p->rows * capacity, sizeof *s.value);
    assert_true(s.start && s.count && s.index && s.value);
    for (size_t r = 0; r < p->rows; r++) {
        s.start[r] = (uint32_t)(r * capacity);
        s.count[r] =
            (uint32_t)k->nonzeros(p->a + r * p->depth, p->depth, s.index + s.start[r], s.value + s.start[r]);
    }
    return s;
}

static void free_lists(cn__sparse *s)
{
    free(s->start);
    free(s->count);
    free(s->index);
    free(s->value);
}

static void run(const char *isa, size_t which, unsigned zeros, bool accumulate, bool transposed, bool padded)
{
    const cn__kernels *k = cn__kernels_named(isa);
    problem p = make(which, zeros, accumulate, transposed);
    float *c = malloc(p.rows * p.row * sizeof *c);
    assert_non_null(c);
    memcpy(c, p.start, p.rows * p.row * sizeof *c);
    cn__matmul m = call(&p, c, accumulate, padded);
    k->matmul(&m);
    compare(&p, c, padded, isa);
    if (!transposed) {
        cn__sparse s = lists(k, &p);
        memcpy(c, p.start, p.rows * p.row * sizeof *c);
        m.a = NULL;
        k->matmul_sparse(&m, &s, 0);
        compare(&p, c, padded, isa);
        free_lists(&s);
    }
    free(c);
    release(&p);
}

static void products_are_chains_in_ascending_order(void **state)
{
    (void)state;
    const bool some = getenv("CORNU_SANITIZED") != NULL; /* of the combinations, others for each case */
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (size_t i = 0; i < CASES; i++)
            for (int options = some ? (int)(i % 4) : 0; options < 8; options += some ? 4 : 1)
                for (unsigned zeros = 0; zeros <= 100; zeros += 50)
                    run(*isa, i, zeros, options & 1, options & 2, options & 4);
}

/* A later row of the lists, as a thread with its own share takes it. */
static void sparse_products_may_begin_at_any_row(void **state)
{
    (void)state;
    for (const char *const *isa = cn__kernels_list(); *isa; isa++) {
        const cn__kernels *k = cn__kernels_named(*isa);
        problem p = make(13, 80, false, false);
        cn__sparse s = lists(k, &p);
        for (size_t first = 0; first < p.rows; first += 9) {
            float *c = malloc(p.rows * p.row * sizeof *c);
            assert_non_null(c);
            memcpy(c, p.expected, p.rows * p.row * sizeof *c);
            cn__matmul m = call(&p, c + first * p.row, false, false);
            m.rows = p.rows - first;
            k->matmul_sparse(&m, &s, first);
            compare(&p, c, false, *isa);
            free(c);
        }
        free_lists(&s);
        release(&p);
    }
}

/* As the sum of a gradient over blocks of a batch is. */
static void chains_are_added_by_a_tree(void **state)
{
    (void)state;
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (size_t i = 0; i < CASES; i++)
            for (size_t length = 1; length <= 64; length *= 4)
                for (unsigned zeros = 0; zeros <= 100; zeros += 50) {
                    const cn__kernels *k = cn__kernels_named(*isa);
                    problem p = make(i, zeros, false, false);
                    cn__matmul m = call(&p, p.expected, false, false);
                    m.chain = length;
                    cn__ref_matmul(&m);
                    cn__sparse s = lists(k, &p);
                    float *c = malloc(p.rows * p.row * sizeof *c);
                    assert_non_null(c);
                    memcpy(c, p.start, p.rows * p.row * sizeof *c);
                    m.c = c;
                    k->matmul_sparse(&m, &s, 0);
                    compare(&p, c, false, *isa);
                    free(c);
                    free_lists(&s);
                    release(&p);
                }
}

static void bytes_are_divided_as_one_by_one(void **state)
{
    (void)state;
    uint8_t bytes[100];
    for (int i = 0; i < 100; i++) bytes[i] = (uint8_t)(i * 37);
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (size_t n = 0; n < 100; n++) {
            float out[101] = {0};
            out[n] = 7;
            cn__kernels_named(*isa)->from_bytes(bytes, n, 255, out);
            for (size_t i = 0; i < n; i++) {
                const float expected = (float)bytes[i] / 255.0f;
                assert_memory_equal(&out[i], &expected, sizeof expected);
            }
            assert_true(out[n] == 7);
        }
}

static void lists_hold_what_is_not_zero(void **state)
{
    (void)state;
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (size_t n = 0; n < 100; n++) {
            const cn__kernels *k = cn__kernels_named(*isa);
            seed = (uint32_t)n;
            float *x = numbers(n, 60), *value = malloc((n + CN_LANES) * sizeof *value);
            uint32_t *index = malloc((n + CN_LANES) * sizeof *index);
            assert_true(value && index);
            if (n > 5) x[5] = NAN;
            if (n > 20) x[20] = -INFINITY;
            size_t count = k->nonzeros(x, n, index, value), at = 0;
            for (size_t i = 0; i < n; i++) {
                if (x[i] == 0) continue;
                assert_true(at < count);
                assert_int_equal(index[at], i);
                assert_memory_equal(&value[at], &x[i], sizeof *x);
                at++;
            }
            assert_int_equal(at, count);
            free(x);
            free(value);
            free(index);
        }
}

static void lists_of_bytes_are_those_of_their_quotients(void **state)
{
    (void)state;
    uint8_t bytes[100];
    for (int i = 0; i < 100; i++) bytes[i] = i % 3 && i % 7 < 5 ? (uint8_t)(i * 37) : 0;
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (size_t n = 0; n < 100; n++) {
            const cn__kernels *k = cn__kernels_named(*isa);
            float x[100], value[100 + CN_LANES], of_bytes[100 + CN_LANES];
            uint32_t index[100 + CN_LANES], at[100 + CN_LANES];
            k->from_bytes(bytes, n, 255, x);
            const size_t count = k->nonzeros(x, n, index, value);
            assert_int_equal(k->nonzero_bytes(bytes, n, 255, at, of_bytes), count);
            assert_memory_equal(at, index, count * sizeof *at);
            assert_memory_equal(of_bytes, value, count * sizeof *value);
        }
}

static void same_bits(const float *a, const float *b, size_t n, const char *isa, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0)
            fail_msg("%s, %s, number %zu: %.9g instead of %.9g", what, isa, i, (double)a[i], (double)b[i]);
}

static void turning_bias_and_sums_of_columns(void **state)
{
    (void)state;
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (size_t i = 0; i < CASES; i++) {
            const cn__kernels *k = cn__kernels_named(*isa);
            const size_t rows = sizes[i][0], cols = sizes[i][2], padded = CN_PAD(cols), n = cols * (rows + 3);
            seed = (uint32_t)i;
            float *in = numbers(rows * padded, 10), *bias = numbers(padded, 0);
            float *got = calloc(n, sizeof *got), *expected = calloc(n, sizeof *expected);
            assert_true(got && expected);
            k->transpose(in, padded, rows, cols, got, rows + 3);
            cn__ref_transpose(in, padded, rows, cols, expected, rows + 3);
            same_bits(got, expected, n, *isa, "transpose");
            k->column_sums(in, padded, rows, cols, got);
            cn__ref_column_sums(in, padded, rows, cols, expected);
            same_bits(got, expected, cols, *isa, "column_sums");
            for (size_t r = 0; r < rows; r++) memcpy(got + r * cols, in + r * padded, cols * sizeof *got);
            memcpy(expected, got, n * sizeof *got);
            k->add_bias(got, cols, bias, rows, cols);
            cn__ref_add_bias(expected, cols, bias, rows, cols);
            same_bits(got, expected, rows * cols, *isa, "add_bias");
            free(in);
            free(bias);
            free(got);
            free(expected);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_chains_in_ascending_order),
        cmocka_unit_test(sparse_products_may_begin_at_any_row),
        cmocka_unit_test(chains_are_added_by_a_tree),
        cmocka_unit_test(lists_hold_what_is_not_zero),
        cmocka_unit_test(lists_of_bytes_are_those_of_their_quotients),
        cmocka_unit_test(bytes_are_divided_as_one_by_one),
        cmocka_unit_test(turning_bias_and_sums_of_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
