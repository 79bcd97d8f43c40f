/* Convolution: the fast passes have the bits of the plain ones on every instruction set, for any cut of the work into samples
 * and columns, and write nothing beyond their arrays. */
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

/* h, w, c · kh, kw, oc · strides · dilation · top, left, bottom, right · groups; outputs follow. */
static const cn__conv geometries[] = {
    {7, 6, 3, 3, 3, 5, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, false, false},   /* valid */
    {7, 6, 3, 3, 3, 5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, false, false},   /* same */
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, false, false},   /* the smallest */
    {9, 17, 4, 1, 1, 33, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, false, false}, /* 1×1 */
    {8, 9, 2, 1, 1, 16, 2, 3, 1, 1, 0, 0, 0, 0, 1, 0, 0, false,
     false}, /* 1×1 with strides: inputs that no output uses */
    {28, 28, 1, 3, 3, 32, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, false, false}, /* first layers */
    {12, 32, 3, 3, 3, 32, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, false, false}, /**/
    {14, 14, 6, 5, 5, 16, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, false, false}, /* LeNet */
    {11, 13, 3, 4, 3, 17, 2, 1, 1, 1, 1, 1, 2, 1, 1, 0, 0, false, false}, /* strides, uneven padding */
    {12, 10, 3, 3, 5, 40, 3, 2, 1, 1, 0, 2, 1, 2, 1, 0, 0, false, false}, /**/
    {15, 14, 2, 3, 3, 8, 1, 1, 2, 3, 2, 3, 2, 3, 1, 0, 0, false, false},  /* dilation */
    {15, 17, 2, 3, 2, 8, 2, 3, 4, 2, 4, 1, 4, 1, 1, 0, 0, false,
     false}, /* both, with and without a common divisor */
    {16, 15, 3, 3, 3, 8, 4, 3, 2, 6, 2, 6, 2, 6, 1, 0, 0, false, false},   /**/
    {8, 8, 4, 3, 3, 6, 1, 1, 1, 1, 1, 1, 1, 1, 2, 0, 0, false, false},     /* groups */
    {9, 8, 36, 3, 2, 40, 2, 1, 1, 2, 1, 1, 1, 1, 4, 0, 0, false, false},   /**/
    {9, 8, 5, 3, 3, 5, 1, 1, 1, 1, 1, 1, 1, 1, 5, 0, 0, false, false},     /* by channel */
    {9, 11, 32, 3, 3, 32, 2, 2, 1, 1, 0, 0, 1, 1, 32, 0, 0, false, false}, /**/
    {9, 11, 7, 3, 2, 21, 2, 1, 1, 2, 1, 1, 1, 1, 7, 0, 0, false, false},   /* with three outputs a channel */
    {6, 6, 18, 1, 1, 36, 1, 1, 1, 1, 0, 0, 0, 0, 18, 0, 0, false, false},  /**/
    {1, 40, 5, 1, 7, 12, 1, 1, 1, 1, 0, 6, 0, 0, 1, 0, 0, false, false},   /* one axis, causal */
    {9, 20, 17, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, false, false},   /* few channels out */
    {10, 19, 6, 5, 3, 3, 2, 1, 2, 2, 0, 1, 1, 1, 1, 0, 0, false, false},   /**/
    {10, 19, 20, 3, 3, 6, 2, 1, 1, 2, 1, 1, 1, 1, 1, 0, 0, false, false},  /**/
    {8, 12, 16, 2, 5, 3, 1, 2, 1, 1, 0, 2, 1, 1, 1, 0, 0, false, false},   /**/
    {9, 21, 2, 4, 4, 33, 2, 3, 1, 1, 1, 2, 1, 1, 1, 0, 0, false, false},   /**/
    {6, 7, 1, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, false, false},     /**/
    {1, 50, 8, 1, 3, 24, 1, 2, 1, 1, 0, 0, 0, 1, 1, 0, 0, false, false},   /**/
    {5, 5, 2, 2, 2, 3, 1, 1, 1, 1, 4, 3, 5, 4, 1, 0, 0, false, false},     /* zeros wider than the kernel */
    {4, 5, 3, 4, 5, 19, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, false, false},    /* a single output */
    {10, 9, 32, 3, 3, 48, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, false, false},  /* many channels */
    {8, 16, 64, 3, 3, 64, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, false, false},  /**/
    {9, 7, 33, 3, 3, 50, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, false, false},   /**/
    {5, 6, 16, 3, 3, 19, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, false, false},   /**/
    {5, 5, 20, 3, 3, 16, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, false,
     false}, /* outputs for which tiles are not worth it */
    {7, 8, 32, 3, 3, 32, 1, 1, 1, 1, 0, 2, 3, 1, 1, 0, 0, false, false}, /**/
    {8, 8, 17, 3, 3, 33, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, false,
     false}, /* without padding: tiles of inputs overlap */
    {8, 8, 17, 3, 3, 33, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, false, true},   /* the same of a transposed layer */
    {7, 60, 16, 3, 3, 16, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, false, false}, /**/
    {4, 118, 16, 3, 3, 18, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, false, false}, /* a row of tiles is a group */
    {11, 9, 20, 3, 3, 16, 1, 1, 1, 1, 0, 1, 0, 0, 1, 0, 0, false, false},  /**/
    {6, 8, 16, 3, 3, 24, 1, 1, 1, 1, 3, 0, 0, 4, 1, 0, 0, false,
     false}, /* more zeros than the kernel reaches */
    {9, 22, 48, 3, 3, 33, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, true, false},  /**/
    {10, 10, 32, 3, 3, 32, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0, true, false}, /**/
    {8, 8, 32, 3, 3, 32, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, true, false},   /**/
    {12, 13, 32, 3, 3, 32, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, true, false}, /* larger tiles */
    {7, 7, 40, 3, 3, 33, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, true, false},   /**/
    {10, 18, 32, 3, 3, 64, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, true, false}, /**/
    {9, 8, 32, 3, 3, 32, 1, 1, 1, 1, 2, 0, 1, 2, 1, 0, 0, true, false},   /**/
};
enum { GEOMETRIES = sizeof geometries / sizeof *geometries, SAMPLES = 3, GUARD = 16 };

static cn__conv geometry(size_t i)
{
    cn__conv v = geometries[i];
    v.oh = (v.top + v.h + v.bottom - (v.kh - 1) * v.dy - 1) / v.sy + 1;
    v.ow = (v.left + v.w + v.right - (v.kw - 1) * v.dx - 1) / v.sx + 1;
    return v;
}

static uint32_t seed;
static float number(void)
{
    seed = seed * 1664525 + 1013904223;
    return ldexpf((float)(int32_t)seed * 0x1p-31f, (int)(seed >> 4 & 7) - 3);
}

static float *numbers(size_t n)
{
    float *x = malloc((n ? n : 1) * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) x[i] = number();
    return x;
}

/* An output: NaN where nothing was written yet, and behind its end. */
static float *unwritten(size_t n)
{
    float *x = malloc((n + GUARD) * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n + GUARD; i++) x[i] = NAN;
    return x;
}

static void same_bits(const float *got, const float *expected, size_t n, const char *isa, size_t which,
                      const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&got[i], &expected[i], sizeof *got) != 0)
            fail_msg("%s, geometry %zu, %s, element %zu of %zu: %.9g instead of %.9g", isa, which, what, i, n,
                     (double)got[i], (double)expected[i]);
}

static void untouched(const float *at, size_t n, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (!isnan(at[i])) fail_msg("%s wrote beyond its array", what);
}

typedef struct problem {
    cn__conv v;
    size_t which, in, out, rows;
    float *x, *dy, *kernel, *bias, *in_bias, *y, *dx, *dk;
} problem;

static problem make(size_t which)
{
    problem p = {.v = geometry(which), .which = which};
    const cn__conv *v = &p.v;
    seed = (uint32_t)which + 1;
    p.in = v->h * v->w * v->c;
    p.out = v->oh * v->ow * v->oc;
    p.rows = v->kh * v->kw * v->c / v->groups;
    p.x = numbers(SAMPLES * p.in);
    p.dy = numbers(SAMPLES * p.out);
    p.kernel = numbers(p.rows * v->oc);
    p.bias = numbers(v->oc);
    p.in_bias = numbers(v->c);
    p.y = unwritten(SAMPLES * p.out);
    p.dx = unwritten(SAMPLES * p.in);
    p.dk = unwritten(p.rows * v->oc);
    return p;
}

static void release(problem *p)
{
    float *all[] = {p->x, p->dy, p->kernel, p->bias, p->in_bias, p->y, p->dx, p->dk};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

/* Packed in two calls, as two panels would be. */
static float *pack(const cn__kernels *k, const problem *p, cn__conv_pass pass)
{
    const size_t size = cn__conv_packed_size(&p->v, pass), half = p->v.oc / 2;
    float *packed = unwritten(size);
    if (half) k->conv_pack(&p->v, pass, p->kernel, p->v.oc, 0, half, packed);
    k->conv_pack(&p->v, pass, p->kernel + half, p->v.oc, half, p->v.oc - half, packed);
    untouched(packed + size, GUARD, "packing");
    return packed;
}

typedef void pass_function(const cn__conv *conv, const real *in, const real *packed, const real *bias,
                           const cn__activation *activation, real *out, size_t samples, real *scratch);

/* Forward or to the input, all samples at once or one by one. */
static void check_pass(const char *isa, const problem *p, cn__conv_pass pass, const float *bias, bool at_once)
{
    const cn__kernels *k = cn__kernels_named(isa);
    const bool forward = pass == CN_CONV_FORWARD;
    pass_function *run = forward ? k->conv_forward : k->conv_to_input;
    const float *in = forward ? p->x : p->dy, *expected = forward ? p->y : p->dx;
    const size_t from = forward ? p->in : p->out, to = forward ? p->out : p->in;
    const size_t room = cn__conv_scratch_size(&p->v, pass);
    float *packed = pack(k, p, pass), *scratch = unwritten(room), *out = unwritten(SAMPLES * to);
    if (at_once) run(&p->v, in, packed, bias, NULL, out, SAMPLES, scratch);
    for (size_t n = 0; !at_once && n < SAMPLES; n++)
        run(&p->v, in + n * from, packed, bias, NULL, out + n * to, 1, scratch);
    same_bits(out, expected, SAMPLES * to, isa, p->which, forward ? "forward" : "to the input");
    untouched(out + SAMPLES * to, GUARD, "a pass");
    untouched(scratch + room, GUARD, "a pass in its scratch");
    free(packed), free(scratch), free(out);
}

/* Under sanitizers each geometry is tried with and without a bias, but on one instruction set only, another one for each. */
static bool is_left_out(const char *const *isa, size_t geometry)
{
    size_t count = 0;
    while (cn__kernels_list()[count]) count++;
    return getenv("CORNU_SANITIZED") && geometry % count != (size_t)(isa - cn__kernels_list());
}

static void forward_and_to_the_input_are_the_plain_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < GEOMETRIES; i++) {
        problem p = make(i);
        for (int biased = 0; biased < 2; biased++) {
            cn__ref_conv_forward(&p.v, p.x, p.kernel, biased ? p.bias : NULL, p.y, SAMPLES);
            cn__ref_conv_to_input(&p.v, p.dy, p.kernel, biased ? p.in_bias : NULL, p.dx, SAMPLES);
            for (const char *const *isa = cn__kernels_list(); *isa; isa++)
                for (int at_once = 0; at_once < 2 && !is_left_out(isa, i); at_once++) {
                    check_pass(*isa, &p, CN_CONV_FORWARD, biased ? p.bias : NULL, at_once);
                    check_pass(*isa, &p, CN_CONV_TO_INPUT, biased ? p.in_bias : NULL, at_once);
                }
        }
        release(&p);
    }
}

/* Columns first … first + cols - 1, in rows wider than they are. */
static void check_kernel(const char *isa, const problem *p, size_t first, size_t cols)
{
    const size_t row = cols + 5, room = cn__conv_scratch_size(&p->v, CN_CONV_TO_KERNEL);
    float *scratch = unwritten(room), *dk = unwritten(p->rows * row);
    cn__kernels_named(isa)->conv_to_kernel(&p->v, p->x, p->dy, SAMPLES, dk, row, first, cols, scratch);
    for (size_t r = 0; r < p->rows; r++) {
        same_bits(dk + r * row, p->dk + r * p->v.oc + first, cols, isa, p->which, "to the kernel");
        untouched(dk + r * row + cols, 5, "the kernel's gradient");
    }
    untouched(scratch + room, GUARD, "the kernel's gradient in its scratch");
    free(scratch), free(dk);
}

static void to_the_kernel_is_the_plain_one_for_any_columns(void **state)
{
    (void)state;
    for (size_t i = 0; i < GEOMETRIES; i++) {
        problem p = make(i);
        cn__ref_conv_to_kernel(&p.v, p.x, p.dy, p.dk, SAMPLES);
        for (const char *const *isa = cn__kernels_list(); *isa; isa++) {
            if (is_left_out(isa, i)) continue;
            check_kernel(*isa, &p, 0, p.v.oc);
            if (p.v.oc < 3) continue;
            check_kernel(*isa, &p, 0, p.v.oc / 3);
            check_kernel(*isa, &p, p.v.oc / 3, p.v.oc - p.v.oc / 3);
        }
        release(&p);
    }
}

static void the_activation_of_a_pass_is_that_of_its_outputs(void **state)
{
    (void)state;
    const cn__activation tanh = {.kind = CN_ACT_TANH};
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (size_t i = 0; i < GEOMETRIES; i++) {
            if (is_left_out(isa, i)) continue;
            const cn__kernels *k = cn__kernels_named(*isa);
            problem p = make(i);
            cn__ref_conv_forward(&p.v, p.x, p.kernel, p.bias, p.y, SAMPLES);
            k->activate(&tanh, p.y, p.y, SAMPLES * p.out);
            float *packed = pack(k, &p, CN_CONV_FORWARD), *out = unwritten(SAMPLES * p.out);
            float *scratch = unwritten(cn__conv_scratch_size(&p.v, CN_CONV_FORWARD));
            k->conv_forward(&p.v, p.x, packed, p.bias, &tanh, out, SAMPLES, scratch);
            same_bits(out, p.y, SAMPLES * p.out, *isa, i, "with an activation");
            free(packed), free(out), free(scratch);
            release(&p);
        }
}

enum { ROWS = 29, COLS = 37, OUTER = 2, INNER = 3, TIMES = 2, NEXT = 3, SIZE = ROWS * COLS };

/* What a product makes of element (r, j) of its n-th C, which holds `sum`. */
static float element(const cn__product *p, bool by_channel, size_t n, size_t r, size_t j, float sum)
{
    const size_t row = n * NEXT + (p->a_three ? r / 3 * p->a_three + r % 3 * p->a_row : r * p->a_row);
    for (size_t k = 0; k < OUTER * INNER * p->depth; k++) {
        const size_t outer = k / (INNER * p->depth), inner = k / p->depth % INNER;
        const size_t at =
            row + outer * (size_t)p->a_outer + inner * (size_t)p->a_inner + k % p->depth * p->a_step;
        sum = fmaf(p->a[at + (by_channel ? j : 0)], p->b[k * COLS + j], sum);
    }
    return sum + p->bias[j];
}

/* A product that goes on from what C holds, its rows evenly or in threes, its segments short or long. */
static void check_product(const char *isa, bool by_channel, size_t three, size_t depth)
{
    seed = 5;
    float *a = numbers(600), *b = numbers(OUTER * INNER * depth * COLS), *c = numbers(TIMES * SIZE),
          *bias = numbers(COLS), *expected = unwritten(TIMES * SIZE);
    const cn__product p = {.a = a,
                           .a_outer = 50,
                           .a_inner = 11,
                           .a_row = 7,
                           .a_step = 2,
                           .a_three = three,
                           .outer = OUTER,
                           .inner = INNER,
                           .depth = depth,
                           .b = b,
                           .b_row = COLS,
                           .c = c,
                           .c_row = COLS,
                           .rows = ROWS,
                           .cols = COLS,
                           .bias = bias,
                           .accumulate = true,
                           .times = TIMES,
                           .a_next = NEXT,
                           .c_next = SIZE};
    for (size_t i = 0; i < TIMES * SIZE; i++)
        expected[i] = element(&p, by_channel, i / SIZE, i % SIZE / COLS, i % COLS, c[i]);
    if (by_channel) cn__kernels_named(isa)->product_by_channel(&p);
    else cn__kernels_named(isa)->product(&p);
    same_bits(c, expected, TIMES * SIZE, isa, depth, by_channel ? "product by channel" : "product");
    free(a), free(b), free(c), free(bias), free(expected);
}

static void products_go_on_from_what_they_find(void **state)
{
    (void)state;
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (int by_channel = 0; by_channel < 2; by_channel++)
            for (size_t three = 0; three < 40; three += 30)
                for (size_t depth = 1; depth < 20; depth += 6) check_product(*isa, by_channel, three, depth);
}

/* Root mean square of the error of y, beside that of y itself, the definition being computed in double precision. */
static double error_of(const cn__conv *v, const problem *p, const float *y)
{
    double error = 0, size = 0;
    for (size_t i = 0; i < p->out; i++) {
        const size_t o = i % v->oc, ox = i / v->oc % v->ow, oy = i / v->oc / v->ow;
        double sum = 0;
        for (size_t k = 0; k < p->rows; k++) {
            const size_t iy = oy + k / v->c / 3 - v->top, ix = ox + k / v->c % 3 - v->left;
            if (iy < v->h && ix < v->w)
                sum += (double)p->x[(iy * v->w + ix) * v->c + k % v->c] * (double)p->kernel[k * v->oc + o];
        }
        error += (y[i] - sum) * (y[i] - sum);
        size += sum * sum;
    }
    return sqrt(error / size);
}

static void the_error_of_a_formula_is_that_of_float(void **state)
{
    (void)state;
    size_t seen[5] = {0};
    for (size_t i = 0; i < GEOMETRIES; i++) {
        problem p = make(i);
        const size_t m = cn__conv_winograd(&p.v, CN_CONV_FORWARD);
        cn__ref_conv_forward(&p.v, p.x, p.kernel, NULL, p.y, 1);
        const double most = m == 4 ? 3e-6 : 3e-7;
        if (m > 0 && error_of(&p.v, &p, p.y) > most)
            fail_msg("tiles of %zu, geometry %zu: %g", m, i, error_of(&p.v, &p, p.y));
        seen[m]++;
        release(&p);
    }
    assert_true(seen[0] > 0 && seen[2] > 0 && seen[4] > 0);
}

static void same_padding_has_an_output_for_each_stride(void **state)
{
    (void)state;
    cn__conv v = {
        .h = 28, .w = 7, .c = 1, .kh = 3, .kw = 4, .oc = 1, .sy = 2, .sx = 1, .dy = 1, .dx = 1, .groups = 1};
    cn__conv_same(&v);
    assert_int_equal(v.oh, 14);
    assert_int_equal(v.ow, 7);
    assert_int_equal(v.top, 0); /* the odd zero goes behind */
    assert_int_equal(v.bottom, 1);
    assert_int_equal(v.left, 1);
    assert_int_equal(v.right, 2);
    cn__conv_valid(&v);
    assert_int_equal(v.oh, 13);
    assert_int_equal(v.ow, 4);
    assert_int_equal(v.top + v.bottom + v.left + v.right, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_and_to_the_input_are_the_plain_ones),
        cmocka_unit_test(to_the_kernel_is_the_plain_one_for_any_columns),
        cmocka_unit_test(the_activation_of_a_pass_is_that_of_its_outputs),
        cmocka_unit_test(the_error_of_a_formula_is_that_of_float),
        cmocka_unit_test(products_go_on_from_what_they_find),
        cmocka_unit_test(same_padding_has_an_output_for_each_stride),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
