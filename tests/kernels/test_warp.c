/* Resampling: the fast kernels have the bits of the plain one on every instruction set, for every way to look outside of an image; and
 * the pass back is the adjoint. */
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

enum { GUARD = 16 };

static const struct {
    size_t h, w, c;
} sizes[] = {{28, 28, 1}, {5, 7, 1}, {1, 1, 1}, {1, 9, 1}, {6, 1, 1}, {9, 8, 3}, {4, 5, 17}, {1, 4, 2}};
enum { SIZES = sizeof sizes / sizeof *sizes };

static const real matrices[][6] = {
    {1, 0, 0, 0, 1, 0},
    {-1, 0, 6, 0, 1, 0},
    {(real)0.8, (real)-0.6, (real)3.3, (real)0.6, (real)0.8, (real)-2.1},
    {(real)1.7, (real)0.2, (real)-9.4, (real)-0.3, (real)1.4, (real)-30.2},
    {1, 0, (real)0.5, 0, 1, (real)-1.5},
    {(real)0.01, 0, (real)2.5, 0, (real)-3, (real)40.5},
};
enum { MATRICES = sizeof matrices / sizeof *matrices };

static uint32_t seed = 11;

static real number(void)
{
    seed = seed * 1664525 + 1013904223;
    return (real)(seed >> 8) / (1 << 23) - 1;
}

typedef struct picture {
    cn__warp v;
    size_t n;
    real *px, *py, *image;
} picture;

static real *reals(size_t n)
{
    real *x = malloc((n + GUARD) * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n + GUARD; i++) x[i] = (real)NAN;
    return x;
}

static picture make(size_t which, cn__warp_fill fill, bool bilinear, bool moved)
{
    picture p = {.v = {.h = sizes[which].h,
                       .w = sizes[which].w,
                       .c = sizes[which].c,
                       .bilinear = bilinear,
                       .fill = fill,
                       .value = (real)0.25}};
    p.n = p.v.h * p.v.w;
    p.px = reals(p.n), p.py = reals(p.n), p.image = reals(p.n * p.v.c);
    for (size_t i = 0; i < p.n; i++) {
        p.px[i] = (real)(i % p.v.w) + (moved ? 3 * number() : 0);
        p.py[i] = (real)(i / p.v.w) + (moved ? 3 * number() : 0);
    }
    for (size_t i = 0; i < p.n * p.v.c; i++) p.image[i] = number();
    return p;
}

static void release(picture *p)
{
    free(p->px);
    free(p->py);
    free(p->image);
}

static void compare(const picture *p, const real m[6], const char *isa, size_t which)
{
    const size_t count = p->n * p->v.c;
    real *expected = reals(count), *got = reals(count);
    cn__ref_warp(&p->v, m, p->px, p->py, p->image, expected);
    cn__kernels_named(isa)->warp(&p->v, m, p->px, p->py, p->image, got);
    for (size_t i = 0; i < count; i++)
        if (memcmp(&got[i], &expected[i], sizeof *got) != 0)
            fail_msg("%s, size %zu, fill %d, %s, element %zu: %.9g instead of %.9g", isa, which,
                     (int)p->v.fill, p->v.bilinear ? "bilinear" : "nearest", i, (double)got[i],
                     (double)expected[i]);
    for (size_t i = count; i < count + GUARD; i++) assert_true(isnan(got[i]));
    free(expected);
    free(got);
}

static void every_instruction_set_has_the_bits_of_the_plain_kernel(void **state)
{
    (void)state;
    for (size_t which = 0; which < SIZES; which++)
        for (int fill = CN_FILL_CONSTANT; fill <= CN_FILL_WRAP; fill++)
            for (int kind = 0; kind < 4; kind++) {
                picture p = make(which, (cn__warp_fill)fill, kind % 2, kind / 2);
                for (size_t m = 0; m < MATRICES; m++)
                    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
                        compare(&p, matrices[m], *isa, which);
                release(&p);
            }
}

static void an_identity_leaves_the_image(void **state)
{
    (void)state;
    for (size_t which = 0; which < SIZES; which++) {
        picture p = make(which, CN_FILL_REFLECT, true, false);
        real *got = reals(p.n * p.v.c);
        cn__kernels_get()->warp(&p.v, matrices[0], p.px, p.py, p.image, got);
        assert_memory_equal(got, p.image, p.n * p.v.c * sizeof *got);
        free(got);
        release(&p);
    }
}

/* Σ dy · warp(x) = Σ x · back(dy), where what is outside gives nothing. */
static void the_pass_back_is_the_adjoint(void **state)
{
    (void)state;
    for (size_t which = 0; which < SIZES; which++)
        for (int fill = CN_FILL_CONSTANT; fill <= CN_FILL_WRAP; fill++)
            for (int bilinear = 0; bilinear < 2; bilinear++)
                for (size_t m = 0; m < MATRICES; m++) {
                    picture p = make(which, (cn__warp_fill)fill, bilinear, true);
                    p.v.value = 0;
                    const size_t count = p.n * p.v.c;
                    real *y = reals(count), *dy = reals(count), *dx = reals(count);
                    double left = 0, right = 0;
                    for (size_t i = 0; i < count; i++) dy[i] = number(), dx[i] = 0;
                    cn__ref_warp(&p.v, matrices[m], p.px, p.py, p.image, y);
                    cn__warp_back(&p.v, matrices[m], p.px, p.py, dy, dx);
                    for (size_t i = 0; i < count; i++)
                        left += (double)(dy[i] * y[i]), right += (double)(dx[i] * p.image[i]);
                    if (fabs(left - right) > 1e-4 * (1 + fabs(left)))
                        fail_msg("size %zu, fill %d: %g and %g", which, fill, left, right);
                    free(y);
                    free(dy);
                    free(dx);
                    release(&p);
                }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_instruction_set_has_the_bits_of_the_plain_kernel),
        cmocka_unit_test(an_identity_leaves_the_image),
        cmocka_unit_test(the_pass_back_is_the_adjoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
