/* The optimisers' updates: the same bits on every instruction set, the formulas in double precision beside
 * them, and what must not be touched. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/kernels.h"
#include "kernels/reference/reference.h"

enum { N = 5 * CN_LANES, GUARD = CN_LANES };
#define UNTOUCHED 12345.0f

/* One optimiser with numbers that no default hides. */
typedef struct variant {
    const char *name;
    cn__update u;
    int slots;
} variant;

static const variant variants[] = {
    {"sgd", {.kind = CN_OPTIMIZER_SGD, .c = {0.1f, 0}}, 0},
    {"sgd momentum", {.kind = CN_OPTIMIZER_SGD, .c = {0.1f, 0.9f}}, 1},
    {"sgd nesterov", {.kind = CN_OPTIMIZER_SGD, .nesterov = true, .c = {0.1f, 0.9f}}, 1},
    {"adam", {.kind = CN_OPTIMIZER_ADAM, .c = {0.02f, 0.1f, 0.01f, 1e-4f}}, 2},
    {"adam amsgrad", {.kind = CN_OPTIMIZER_ADAM, .amsgrad = true, .c = {0.02f, 0.1f, 0.01f, 1e-4f}}, 3},
    {"rmsprop", {.kind = CN_OPTIMIZER_RMSPROP, .c = {0.01f, 0.9f, 0.1f, 1e-3f, 0}}, 1},
    {"rmsprop momentum", {.kind = CN_OPTIMIZER_RMSPROP, .c = {0.01f, 0.9f, 0.1f, 1e-3f, 0.5f}}, 2},
    {"rmsprop centered",
     {.kind = CN_OPTIMIZER_RMSPROP, .centered = true, .c = {0.01f, 0.9f, 0.1f, 1e-3f, 0}},
     2},
    {"rmsprop both",
     {.kind = CN_OPTIMIZER_RMSPROP, .centered = true, .c = {0.01f, 0.9f, 0.1f, 1e-3f, 0.5f}},
     3},
    {"adagrad", {.kind = CN_OPTIMIZER_ADAGRAD, .c = {0.1f, 1e-3f}}, 1},
    {"adadelta", {.kind = CN_OPTIMIZER_ADADELTA, .c = {0.5f, 0.9f, 0.1f, 1e-3f}}, 2},
    {"adamax", {.kind = CN_OPTIMIZER_ADAMAX, .c = {0.02f, 0.1f, 0.99f, 1e-4f}}, 2},
    {"nadam", {.kind = CN_OPTIMIZER_NADAM, .c = {0.02f, 0.1f, 0.01f, 1e-4f, 1.5f, 0.4f, 3}}, 2},
    {"lion", {.kind = CN_OPTIMIZER_LION, .c = {0.01f, 0.9f, 0.1f, 0.95f, 0.05f}}, 1},
    {"ftrl", {.kind = CN_OPTIMIZER_FTRL, .c = {5, 0.5f, 0.2f, 0.3f, 0.1f}}, 2},
    {"ftrl power", {.kind = CN_OPTIMIZER_FTRL, .c = {5, 0.3f, 0.2f, 0.3f, 0.1f}}, 2},
};
enum { VARIANTS = sizeof variants / sizeof *variants };

typedef struct numbers {
    float w[N + GUARD], g[N + GUARD], average[N + GUARD], slot[3][N + GUARD];
} numbers;

/* The same numbers for the same seed; slots that are sums of squares are not negative. */
static void fill(numbers *x, uint32_t seed)
{
    float *all = (float *)x;
    for (size_t i = 0; i < sizeof *x / sizeof *all; i++) {
        seed = seed * 1664525 + 1013904223;
        all[i] = (float)(int32_t)seed * 0x1p-31f;
    }
    for (int s = 0; s < 3; s++)
        for (int i = 0; i < N; i++)
            x->slot[s][i] = fabsf(x->slot[s][i]) + (s == 0); /* over the square of an average */
    for (int i = 0; i < GUARD; i++)
        x->w[N + i] = x->g[N + i] = x->average[N + i] = x->slot[0][N + i] = x->slot[1][N + i] =
            x->slot[2][N + i] = UNTOUCHED;
}

static void run(const cn__kernels *k, const variant *v, const cn__update *u, numbers *x, bool average)
{
    float *slot[CN_MAX_SLOTS] = {0};
    for (int s = 0; s < v->slots; s++) slot[s] = x->slot[s];
    k->update(u, x->w, slot, average ? x->average : NULL, x->g, N);
}

/* The variant with everything around the rule switched on. */
static cn__update dressed(const variant *v)
{
    cn__update u = v->u;
    u.l1 = 0.01f, u.l2 = 0.02f, u.grad_scale = 0.8f, u.clip_value = 0.5f, u.decay = 0.03f, u.ema = 0.9f;
    u.flush = true;
    return u;
}

static cn__update plain(const variant *v)
{
    cn__update u = v->u;
    u.grad_scale = 1;
    return u;
}

/* ---- the formulas in double, from the definitions ------------------------------------------------- */

typedef struct element {
    double w, g, s[3], average;
} element;

static double sign(double x) { return (x > 0) - (x < 0); }

static void adam_like(const float *c, element *e, double *m, double *v)
{
    *m = e->s[0] = e->s[0] + (e->g - e->s[0]) * c[1];
    *v = e->s[1] = e->s[1] + (e->g * e->g - e->s[1]) * c[2];
}

static void rmsprop_step(const cn__update *u, element *e)
{
    const float *c = u->c;
    double *average = c[4] != 0 ? &e->s[2] : &e->s[1], v = e->s[0] = c[1] * e->s[0] + c[2] * e->g * e->g;
    if (u->centered) {
        *average = c[1] * *average + c[2] * e->g;
        v -= *average * *average;
    }
    double step = c[0] * e->g / sqrt(v + c[3]);
    if (c[4] != 0) step = e->s[1] = c[4] * e->s[1] + step;
    e->w -= step;
}

static void ftrl_step(const float *c, element *e)
{
    double before = pow(e->s[0], c[1]), after = pow(e->s[0] += e->g * e->g, c[1]);
    e->s[1] += e->g + c[4] * e->w - (after - before) * c[0] * e->w;
    double clipped = fmax(-(double)c[2], fmin(c[2], e->s[1]));
    e->w = (clipped - e->s[1]) / (after * c[0] + c[3]);
}

static void rule_step(const cn__update *u, element *e)
{
    const float *c = u->c;
    double m, v;
    switch (u->kind) {
    case CN_OPTIMIZER_SGD:
        e->s[0] = c[1] * e->s[0] - c[0] * e->g;
        e->w += u->nesterov ? c[1] * e->s[0] - c[0] * e->g : c[1] != 0 ? e->s[0] : -c[0] * e->g;
        break;
    case CN_OPTIMIZER_ADAM:
        adam_like(c, e, &m, &v);
        if (u->amsgrad) v = e->s[2] = fmax(e->s[2], v);
        e->w -= c[0] * m / (sqrt(v) + c[3]);
        break;
    case CN_OPTIMIZER_RMSPROP: rmsprop_step(u, e); break;
    case CN_OPTIMIZER_ADAGRAD:
        e->s[0] += e->g * e->g;
        e->w -= c[0] * e->g / sqrt(e->s[0] + c[1]);
        break;
    case CN_OPTIMIZER_ADADELTA:
        e->s[0] = c[1] * e->s[0] + c[2] * e->g * e->g;
        v = -sqrt(e->s[1] + c[3]) * e->g / sqrt(e->s[0] + c[3]);
        e->s[1] = c[1] * e->s[1] + c[2] * v * v;
        e->w += c[0] * v;
        break;
    case CN_OPTIMIZER_ADAMAX:
        e->s[0] += (e->g - e->s[0]) * c[1];
        e->s[1] = fmax(c[2] * e->s[1], fabs(e->g));
        e->w -= c[0] * e->s[0] / (e->s[1] + c[3]);
        break;
    case CN_OPTIMIZER_NADAM:
        adam_like(c, e, &m, &v);
        e->w -= c[0] * (c[4] * m + c[5] * e->g) / (sqrt(v * c[6]) + c[3]);
        break;
    case CN_OPTIMIZER_LION:
        e->w -= c[0] * sign(c[1] * e->s[0] + c[2] * e->g);
        e->s[0] = c[3] * e->s[0] + c[4] * e->g;
        break;
    default: ftrl_step(c, e);
    }
}

static void reference_step(const cn__update *u, element *e)
{
    e->g = (e->g + u->l1 * sign(e->w) + 2 * u->l2 * e->w) * u->grad_scale;
    if (u->clip_value != 0) e->g = fmax(-u->clip_value, fmin(u->clip_value, e->g));
    e->w -= e->w * u->decay;
    rule_step(u, e);
    e->average = u->ema * e->average + (1 - u->ema) * e->w;
}

static void close_to(const char *what, int i, double got, double expected)
{
    if (!(fabs(got - expected) <= 2e-5 * (1 + fabs(expected))))
        fail_msg("%s, element %d: %.9g, expected %.9g", what, i, got, expected);
}

static void compare(const variant *v, const cn__update *u, bool average)
{
    numbers before, after;
    fill(&before, 7);
    after = before;
    for (int step = 0; step < 3; step++) run(cn__kernels_get(), v, u, &after, average);
    for (int i = 0; i < N; i++) {
        element e = {.w = before.w[i],
                     .average = before.average[i],
                     .s = {before.slot[0][i], before.slot[1][i], before.slot[2][i]}};
        for (int step = 0; step < 3; step++) {
            e.g = before.g[i];
            reference_step(u, &e);
        }
        close_to(v->name, i, after.w[i], e.w);
        for (int s = 0; s < v->slots; s++) close_to(v->name, i, after.slot[s][i], e.s[s]);
        if (average) close_to(v->name, i, after.average[i], e.average);
    }
}

static void each_rule_is_its_formula(void **state)
{
    (void)state;
    for (int i = 0; i < VARIANTS; i++) {
        cn__update u = plain(&variants[i]);
        compare(&variants[i], &u, false);
    }
}

static void regulariser_scale_clipping_decay_and_average_come_in_this_order(void **state)
{
    (void)state;
    for (int i = 0; i < VARIANTS; i++) {
        cn__update u = dressed(&variants[i]);
        compare(&variants[i], &u, true);
    }
}

/* ---- bits -------------------------------------------------------------------------------------------- */

static void run_reference(const variant *v, const cn__update *u, numbers *x, bool average)
{
    float *slot[CN_MAX_SLOTS] = {0};
    for (int s = 0; s < v->slots; s++) slot[s] = x->slot[s];
    cn__ref_update(u, x->w, slot, average ? x->average : NULL, x->g, N);
}

static void every_instruction_set_gives_the_bits_of_the_plain_kernel(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * VARIANTS; i++) {
        const variant *v = &variants[i / 2];
        cn__update u = i % 2 ? dressed(v) : plain(v);
        u.flush = false;
        numbers expected, got;
        fill(&expected, 99);
        for (int j = 0; j < N; j += 7) expected.g[j] = ldexpf(expected.g[j], -13 * j); /* too small, some */
        const numbers start = expected;
        for (int step = 0; step < 5; step++) run_reference(v, &u, &expected, i % 2);
        for (const char *const *isa = cn__kernels_list(); *isa; isa++) {
            got = start;
            for (int step = 0; step < 5; step++) run(cn__kernels_named(*isa), v, &u, &got, i % 2);
            if (memcmp(&expected, &got, sizeof got) != 0)
                fail_msg("%s%s: %s differs from the plain kernel", v->name, i % 2 ? ", dressed" : "", *isa);
        }
    }
}

/* The plain loop and the one with switches must not differ. */
static void extras_that_do_nothing_change_no_bit(void **state)
{
    (void)state;
    for (int i = 0; i < VARIANTS; i++) {
        numbers x, y;
        fill(&x, 3);
        y = x;
        cn__update u = plain(&variants[i]), idle = u;
        idle.clip_value = 1e30f;
        run(cn__kernels_get(), &variants[i], &u, &x, false);
        run(cn__kernels_get(), &variants[i], &idle, &y, false);
        assert_memory_equal(x.w, y.w, sizeof x.w);
        assert_memory_equal(x.slot, y.slot, sizeof x.slot);
    }
}

static void nothing_is_written_beyond_n(void **state)
{
    (void)state;
    for (int i = 0; i < VARIANTS; i++) {
        numbers x;
        fill(&x, 1);
        cn__update u = dressed(&variants[i]);
        run(cn__kernels_get(), &variants[i], &u, &x, true);
        for (int j = N; j < N + GUARD; j++) {
            assert_float_equal(x.w[j], UNTOUCHED, 0);
            assert_float_equal(x.average[j], UNTOUCHED, 0);
            for (int s = 0; s < 3; s++) assert_float_equal(x.slot[s][j], UNTOUCHED, 0);
        }
    }
}

/* ---- edges --------------------------------------------------------------------------------------------- */

static void zeros_stay_zeros(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * VARIANTS; i++) {
        const variant *v = &variants[i / 2];
        cn__update u = i % 2 ? dressed(v) : plain(v);
        numbers x;
        memset(&x, 0, sizeof x);
        for (int step = 0; step < 3; step++) run(cn__kernels_get(), v, &u, &x, i % 2);
        for (int j = 0; j < N; j++) {
            assert_float_equal(x.w[j], 0, 0);
            assert_float_equal(x.average[j], 0, 0);
        }
    }
}

static void a_gradient_that_is_no_number_reaches_the_weight(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * VARIANTS; i++) {
        const variant *v = &variants[i / 2];
        cn__update u = i % 2 ? dressed(v) : plain(v);
        numbers x;
        fill(&x, 5);
        x.g[17] = NAN;
        run(cn__kernels_get(), v, &u, &x, false);
        if (!isnan(x.w[17])) fail_msg("%s: %g", v->name, (double)x.w[17]);
    }
}

static void a_step_that_flushes_leaves_no_denormal_numbers(void **state)
{
    (void)state;
    for (int i = 0; i < VARIANTS; i++) {
        cn__update u = plain(&variants[i]);
        numbers x;
        fill(&x, 5);
        for (int j = 0; j < N; j++)
            x.g[j] = ldexpf(x.g[j], -j), x.slot[0][j] = x.slot[1][j] = x.slot[2][j] = 0;
        for (int step = 0; step < 3; step++) {
            u.flush = step == 2;
            run(cn__kernels_get(), &variants[i], &u, &x, false);
        }
        for (int s = 0; s < variants[i].slots; s++)
            for (int j = 0; j < N; j++) assert_true(x.slot[s][j] == 0 || fabsf(x.slot[s][j]) >= 0x1p-100f);
    }
}

static void an_average_of_weight_zero_starts_from_the_weights(void **state)
{
    (void)state;
    numbers x;
    fill(&x, 11);
    cn__update u = plain(&variants[3]);
    run(cn__kernels_get(), &variants[3], &u, &x, true);
    assert_memory_equal(x.average, x.w, N * sizeof *x.w);
}

enum {
    ROWS = 530,
    DEPTH = 20,
    COLS = 150,
    WIDTH = CN_PAD(COLS)
}; /* whole groups of vectors, single ones, a part of one */

typedef struct kernel {
    float w[ROWS * WIDTH], slot[3][ROWS * WIDTH], a[DEPTH * ROWS], b[DEPTH * WIDTH + CN_LANES];
    uint32_t start[ROWS], count[ROWS], index[ROWS * DEPTH];
    float value[ROWS * DEPTH + CN_LANES];
} kernel;

static cn__sparse fill_kernel(kernel *x)
{
    uint32_t seed = 77;
    float *all = (float *)x;
    for (size_t i = 0; i < offsetof(kernel, start) / sizeof *all; i++) {
        seed = seed * 1664525 + 1013904223;
        all[i] = (float)(int32_t)seed * 0x1p-31f;
    }
    for (int i = 0; i < ROWS * WIDTH; i++) {
        x->slot[1][i] = fabsf(x->slot[1][i]);
        x->slot[0][i] = fabsf(x->slot[0][i]) + 1;
        if (i % WIDTH >= COLS) x->w[i] = x->slot[0][i] = x->slot[1][i] = 0;
    }
    for (uint32_t r = 0; r < ROWS; r++) x->start[r] = r * DEPTH;
    for (uint32_t r = 0; r < ROWS; r++) { /* every third row has no entries, the others up to DEPTH - 1 */
        x->count[r] = r % 3 == 2 ? 0 : r * 7 % DEPTH;
        for (uint32_t e = 0; e < x->count[r]; e++) {
            x->index[r * DEPTH + e] = e + (e * 2 < x->count[r]);
            x->value[r * DEPTH + e] = x->a[r * DEPTH + e];
        }
    }
    return (cn__sparse){
        .rows = ROWS, .start = x->start, .count = x->count, .index = x->index, .value = x->value};
}

/* What the two kernels do one after the other, from row 2 on; says whether the one kernel is there for this rule. */
static bool compare_gradient(const cn__kernels *k, const variant *v)
{
    static kernel one, two;
    static float g[ROWS * WIDTH];
    const cn__update u = plain(v);
    memset(&one, 0, sizeof one), memset(&two, 0, sizeof two);
    cn__sparse a = fill_kernel(&one), same = fill_kernel(&two);
    cn__matmul m = {.b = one.b,
                    .b_row = WIDTH,
                    .c_row = WIDTH,
                    .rows = ROWS - 2,
                    .cols = COLS,
                    .depth = DEPTH,
                    .c_padded = true};
    float *slot[3] = {one.slot[0] + 2 * WIDTH, one.slot[1] + 2 * WIDTH, one.slot[2] + 2 * WIDTH};
    const bool there = k->gradient_update(&m, &a, 2, &u, one.w + 2 * WIDTH, slot);
    if (there) {
        m.c = g, m.b = two.b;
        k->matmul_sparse(&m, &same, 2);
        float *other[3] = {two.slot[0] + 2 * WIDTH, two.slot[1] + 2 * WIDTH, two.slot[2] + 2 * WIDTH};
        k->update(&u, two.w + 2 * WIDTH, other, NULL, g, (ROWS - 2) * WIDTH);
    }
    assert_memory_equal(one.w, two.w, sizeof one.w);
    assert_memory_equal(one.slot, two.slot, sizeof one.slot);
    return there;
}

static void gradient_and_update_in_one_are_the_two_in_turn(void **state)
{
    (void)state;
    for (const char *const *isa = cn__kernels_list(); *isa; isa++) {
        int there = 0;
        for (int i = 0; i < VARIANTS; i++) there += compare_gradient(cn__kernels_named(*isa), &variants[i]);
        assert_int_equal(there, 4);
        cn__update l2 = plain(&variants[3]);
        l2.l2 = 0.1f;
        static kernel x;
        cn__sparse a = fill_kernel(&x);
        cn__matmul m = {.b = x.b, .b_row = WIDTH, .c_row = WIDTH, .rows = ROWS, .cols = COLS, .depth = DEPTH};
        float *slot[3] = {x.slot[0], x.slot[1], NULL};
        assert_false(cn__kernels_named(*isa)->gradient_update(&m, &a, 0, &l2, x.w, slot));
    }
}

/* ---- from lists of samples -------------------------------------------------------------------------------------- */

enum { MOST_SAMPLES = 257, NARROW = 80 };

typedef struct samples {
    float w[ROWS * NARROW], slot[3][ROWS * NARROW], d[MOST_SAMPLES * NARROW + CN_LANES];
    uint32_t start[MOST_SAMPLES], count[MOST_SAMPLES], index[MOST_SAMPLES * ROWS + CN_LANES];
    float value[MOST_SAMPLES * ROWS + CN_LANES];
} samples;

/* Each sample has a fifth of the rows, those from 400 to 409 none; some weights have no momentum, some weights are -0. */
static cn__sparse fill_samples(samples *x, const cn__matmul *m)
{
    uint32_t seed = 5, entries = 0;
    memset(x, 0, sizeof *x);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t c = 0; c < m->cols; c++) {
            const size_t i = r * m->c_row + c;
            seed = seed * 1664525 + 1013904223;
            const float at = (float)(int32_t)seed * 0x1p-31f;
            x->w[i] = r % 11 == 3 ? -0.0f : at;
            x->slot[0][i] = r % 4 == 1 ? 0 : fabsf(at) + 0.5f;
            x->slot[1][i] = fabsf(at);
        }
    for (size_t i = 0; i < m->depth * m->b_row; i++) {
        seed = seed * 1664525 + 1013904223;
        x->d[i] = (float)(int32_t)seed * 0x1p-31f * (i % 97 == 5 ? 0x1p-140f : 1);
    }
    for (size_t s = 0; s < m->depth; s++) {
        x->start[s] = entries;
        for (uint32_t r = 0; r < ROWS; r++) {
            seed = seed * 1664525 + 1013904223;
            if (seed >> 24 > 51 || (r >= 400 && r < 410)) continue;
            x->index[entries] = r;
            x->value[entries++] = (float)(int32_t)(seed << 8) * 0x1p-31f;
        }
        x->count[s] = entries - x->start[s];
    }
    return (cn__sparse){
        .rows = m->depth, .start = x->start, .count = x->count, .index = x->index, .value = x->value};
}

/* The same by column. */
static cn__sparse columns_of(const cn__sparse *a)
{
    static uint32_t start[ROWS], count[ROWS], index[ROWS * MOST_SAMPLES + CN_LANES];
    static float value[ROWS * MOST_SAMPLES + CN_LANES];
    for (uint32_t r = 0; r < ROWS; r++) start[r] = r * MOST_SAMPLES, count[r] = 0;
    for (uint32_t s = 0; s < a->rows; s++)
        for (uint32_t e = a->start[s]; e < a->start[s] + a->count[s]; e++) {
            const uint32_t r = a->index[e], at = start[r] + count[r]++;
            index[at] = s, value[at] = a->value[e];
        }
    return (cn__sparse){.rows = ROWS, .start = start, .count = count, .index = index, .value = value};
}

static bool compare_by_rows(const cn__kernels *k, const variant *v, size_t cols, size_t depth, size_t chain,
                            size_t first)
{
    static samples one, two;
    static float g[ROWS * NARROW];
    const cn__update u = plain(v);
    const size_t width = CN_PAD(cols), at = first * width;
    cn__matmul m = {.b = one.d,
                    .b_row = width,
                    .c_row = width,
                    .rows = ROWS - first - 1,
                    .cols = cols,
                    .depth = depth,
                    .chain = chain,
                    .c_padded = true};
    const cn__sparse a = fill_samples(&one, &m), same = fill_samples(&two, &m), by_column = columns_of(&same);
    float *slot[3] = {one.slot[0] + at, one.slot[1] + at, one.slot[2] + at};
    const bool there = k->gradient_by_rows(&m, &a, &same, first, &u, one.w + at, slot);
    if (there) {
        m.c = g, m.b = two.d;
        k->matmul_sparse(&m, &by_column, first);
        float *other[3] = {two.slot[0] + at, two.slot[1] + at, two.slot[2] + at};
        k->update(&u, two.w + at, other, NULL, g, m.rows * width);
    }
    assert_memory_equal(one.w, two.w, sizeof one.w);
    assert_memory_equal(one.slot, two.slot, sizeof one.slot);
    return there;
}

static void a_gradient_from_lists_of_samples_has_the_bits_of_one_from_lists_of_columns(void **state)
{
    (void)state;
    static const size_t shapes[][4] = {/* cols, depth, chain, first row */
                                       {1, 1, 0, 0},        {10, 32, 128, 3}, {16, 20, 0, 0},
                                       {17, 256, 128, 130}, {32, 64, 32, 0},  {33, 256, 32, 17},
                                       {64, 200, 40, 399},  {64, 3, 2, 528}};
    for (const char *const *isa = cn__kernels_list(); *isa; isa++) {
        const cn__kernels *k = cn__kernels_named(*isa);
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            int there = 0;
            for (int i = 0; i < VARIANTS; i++)
                there +=
                    compare_by_rows(k, &variants[i], shapes[s][0], shapes[s][1], shapes[s][2], shapes[s][3]);
            assert_int_equal(there, 4);
        }
        assert_false(compare_by_rows(k, &variants[3], 65, 32, 0, 0));
        assert_false(compare_by_rows(k, &variants[3], 32, 257, 128, 0));
        assert_false(compare_by_rows(k, &variants[3], 32, 256, 31, 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_is_its_formula),
        cmocka_unit_test(regulariser_scale_clipping_decay_and_average_come_in_this_order),
        cmocka_unit_test(every_instruction_set_gives_the_bits_of_the_plain_kernel),
        cmocka_unit_test(extras_that_do_nothing_change_no_bit),
        cmocka_unit_test(nothing_is_written_beyond_n),
        cmocka_unit_test(zeros_stay_zeros),
        cmocka_unit_test(a_gradient_that_is_no_number_reaches_the_weight),
        cmocka_unit_test(a_step_that_flushes_leaves_no_denormal_numbers),
        cmocka_unit_test(an_average_of_weight_zero_starts_from_the_weights),
        cmocka_unit_test(gradient_and_update_in_one_are_the_two_in_turn),
        cmocka_unit_test(a_gradient_from_lists_of_samples_has_the_bits_of_one_from_lists_of_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
