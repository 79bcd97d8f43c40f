/* Pooling: the fast kernels have the bits of the plain ones on every instruction set, ties and NaN included. */
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

/* h, w, c · window · strides · same padding? */
static const struct {
    size_t h, w, c, kh, kw, sy, sx;
    bool same;
} cases[] = {
    {4, 4, 1, 2, 2, 2, 2, false},    {9, 7, 6, 2, 2, 2, 2, false},  {9, 7, 16, 2, 2, 2, 2, true},
    {9, 8, 17, 3, 3, 2, 2, true},    {9, 8, 33, 3, 2, 1, 1, false}, {5, 5, 40, 4, 4, 1, 1, true},
    {7, 5, 20, 7, 5, 1, 1, false},   {1, 21, 3, 1, 4, 1, 3, true},  {10, 10, 5, 1, 1, 3, 2, false},
    {26, 26, 32, 2, 2, 2, 2, false},
};
enum { CASES = sizeof cases / sizeof *cases, SAMPLES = 2, GUARD = 16 };

static cn__conv geometry(size_t i)
{
    cn__conv v = {.h = cases[i].h, .w = cases[i].w, .c = cases[i].c, .kh = cases[i].kh, .kw = cases[i].kw};
    v.oc = v.c;
    v.sy = cases[i].sy;
    v.sx = cases[i].sx;
    v.dy = v.dx = v.groups = 1;
    if (cases[i].same) cn__conv_same(&v);
    else cn__conv_valid(&v);
    return v;
}

static uint32_t seed;

/* Few different values: most windows have ties. */
static float *numbers(size_t n)
{
    float *x = malloc(n * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525 + 1013904223;
        x[i] = (float)((int)(seed >> 24) % 5) / 3 - 0.5f;
    }
    return x;
}

static float *unwritten(size_t n)
{
    float *x = malloc((n + GUARD) * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n + GUARD; i++) x[i] = NAN;
    return x;
}

static void compare(const float *got, const float *expected, size_t n, const char *isa, size_t which,
                    const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&got[i], &expected[i], sizeof *got) != 0)
            fail_msg("%s, case %zu, %s, element %zu: %.9g instead of %.9g", isa, which, what, i,
                     (double)got[i], (double)expected[i]);
    for (size_t i = n; i < n + GUARD; i++) assert_true(isnan(got[i]));
}

static void check(const char *isa, size_t which, const float *x, const float *dy)
{
    const cn__conv v = geometry(which);
    const cn__kernels *k = cn__kernels_named(isa);
    const size_t in = SAMPLES * v.h * v.w * v.c, out = SAMPLES * v.oh * v.ow * v.c;
    float *y = unwritten(out), *dx = unwritten(in), *expected_y = unwritten(out),
          *expected_dx = unwritten(in);
    k->max_pool(&v, x, y, SAMPLES);
    k->max_pool_back(&v, x, dy, dx, SAMPLES);
    cn__ref_max_pool(&v, x, expected_y, SAMPLES);
    cn__ref_max_pool_back(&v, x, dy, expected_dx, SAMPLES);
    compare(y, expected_y, out, isa, which, "maximum");
    compare(dx, expected_dx, in, isa, which, "maximum, back");
    k->average_pool(&v, x, y, SAMPLES);
    k->average_pool_back(&v, dy, dx, SAMPLES);
    cn__ref_average_pool(&v, x, expected_y, SAMPLES);
    cn__ref_average_pool_back(&v, dy, expected_dx, SAMPLES);
    compare(y, expected_y, out, isa, which, "average");
    compare(dx, expected_dx, in, isa, which, "average, back");
    free(y), free(dx), free(expected_y), free(expected_dx);
}

static void pools_are_the_plain_ones(void **state)
{
    (void)state;
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (size_t i = 0; i < CASES; i++) {
            const cn__conv v = geometry(i);
            seed = (uint32_t)i;
            float *x = numbers(SAMPLES * v.h * v.w * v.c), *dy = numbers(SAMPLES * v.oh * v.ow * v.c);
            check(*isa, i, x, dy);
            x[0] = x[v.c] = NAN;
            check(*isa, i, x, dy);
            free(x), free(dy);
        }
}

static void the_first_of_equal_maxima_has_the_gradient(void **state)
{
    (void)state;
    const cn__conv v = geometry(0);
    const float x[16] = {1, 1, 3, 2, 1, 1, 3, 3, 0, 4, 5, 6, 4, 4, 6, 7}, dy[4] = {1, 2, 3, 4};
    const float expected[16] = {1, 0, 2, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 4};
    for (const char *const *isa = cn__kernels_list(); *isa; isa++) {
        float dx[16];
        cn__kernels_named(*isa)->max_pool_back(&v, x, dy, dx, 1);
        assert_memory_equal(dx, expected, sizeof dx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pools_are_the_plain_ones),
        cmocka_unit_test(the_first_of_equal_maxima_has_the_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
