/* Gradients of the kernels of images against central differences of Σ y · dy, in double precision. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/image.h"
#include "kernels/kernels.h"

/* h, w, c, kh, kw, oc, strides, dilation, top, left, bottom, right, groups */
static const cn__conv geometries[] = {
    {6, 5, 2, 3, 3, 4, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, false, false},
    {7, 9, 3, 3, 2, 5, 2, 3, 1, 1, 1, 1, 1, 0, 1, 0, 0, false, false},
    {9, 8, 2, 3, 3, 4, 2, 1, 2, 3, 2, 3, 2, 3, 1, 0, 0, false, false},
    {6, 6, 4, 3, 3, 6, 2, 2, 1, 1, 1, 1, 1, 1, 2, 0, 0, false, false},
    {7, 6, 5, 3, 3, 10, 2, 1, 1, 1, 1, 1, 1, 1, 5, 0, 0, false, false},
    {1, 12, 3, 1, 4, 2, 1, 2, 1, 2, 0, 6, 0, 0, 1, 0, 0, false, false},
    {6, 7, 40, 3, 3, 33, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, false, false},
    {9, 8, 32, 3, 3, 64, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, false, false},
    {12, 12, 48, 3, 3, 32, 1, 1, 1, 1, 1, 2, 0, 1, 1, 0, 0, false, false},
    {12, 12, 48, 3, 3, 32, 1, 1, 1, 1, 1, 2, 0, 1, 1, 0, 0, true, false},
    {7, 8, 32, 3, 3, 33, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, true, false},
    {9, 10, 32, 3, 3, 34, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, true, false},
};
enum { GEOMETRIES = sizeof geometries / sizeof *geometries, SAMPLES = 2, PROBES = 40 };

static cn__conv geometry(size_t i)
{
    cn__conv v = geometries[i];
    v.oh = (v.top + v.h + v.bottom - (v.kh - 1) * v.dy - 1) / v.sy + 1;
    v.ow = (v.left + v.w + v.right - (v.kw - 1) * v.dx - 1) / v.sx + 1;
    return v;
}

static uint32_t seed;
static real *numbers(size_t n)
{
    real *x = malloc((n + 1) * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525 + 1013904223;
        x[i] = (real)(int32_t)seed * 0x1p-31;
    }
    return x;
}

static real dot(const real *a, const real *b, size_t n)
{
    real sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* Something that computes y from its inputs x and kernel. */
typedef struct problem {
    cn__conv v;
    cn__resize resize;
    size_t in, out, weights;
    real *x, *kernel, *y, *dy, *dx, *dk;
    void (*forward)(struct problem *p);
} problem;

static void convolve(problem *p)
{
    const cn__kernels *k = cn__kernels_get();
    real *packed = numbers(cn__conv_packed_size(&p->v, CN_CONV_FORWARD));
    real *scratch = numbers(cn__conv_scratch_size(&p->v, CN_CONV_FORWARD));
    k->conv_pack(&p->v, CN_CONV_FORWARD, p->kernel, p->v.oc, 0, p->v.oc, packed);
    k->conv_forward(&p->v, p->x, packed, NULL, NULL, p->y, SAMPLES, scratch);
    free(packed), free(scratch);
}

static void convolve_back(problem *p)
{
    const cn__kernels *k = cn__kernels_get();
    real *packed = numbers(cn__conv_packed_size(&p->v, CN_CONV_TO_INPUT));
    real *scratch = numbers(cn__conv_scratch_size(&p->v, CN_CONV_TO_INPUT));
    k->conv_pack(&p->v, CN_CONV_TO_INPUT, p->kernel, p->v.oc, 0, p->v.oc, packed);
    k->conv_to_input(&p->v, p->dy, packed, NULL, NULL, p->dx, SAMPLES, scratch);
    free(packed), free(scratch);
    scratch = numbers(cn__conv_scratch_size(&p->v, CN_CONV_TO_KERNEL));
    k->conv_to_kernel(&p->v, p->x, p->dy, SAMPLES, p->dk, p->v.oc, 0, p->v.oc, scratch);
    free(scratch);
}

static void pool_maximum(problem *p) { cn__kernels_get()->max_pool(&p->v, p->x, p->y, SAMPLES); }
static void pool_average(problem *p) { cn__kernels_get()->average_pool(&p->v, p->x, p->y, SAMPLES); }
static void resize(problem *p) { cn__image_resize(&p->resize, p->x, p->y, SAMPLES); }

static void allocate(problem *p)
{
    seed = (uint32_t)(p->in + p->out);
    p->x = numbers(p->in);
    p->kernel = numbers(p->weights);
    p->y = numbers(p->out);
    p->dy = numbers(p->out);
    p->dx = numbers(p->in);
    p->dk = numbers(p->weights);
}

static void release(problem *p)
{
    free(p->x), free(p->kernel), free(p->y), free(p->dy), free(p->dx), free(p->dk);
}

/* The gradient of n inputs, at some of them spread over all. */
static void check(problem *p, real *inputs, const real *gradient, size_t n, size_t which, const char *what)
{
    const size_t step = n / PROBES + 1;
    for (size_t i = 0; i < n; i += step) {
        const real h = 1e-6, was = inputs[i];
        inputs[i] = was + h;
        p->forward(p);
        const real above = dot(p->y, p->dy, p->out);
        inputs[i] = was - h;
        p->forward(p);
        const real difference = (above - dot(p->y, p->dy, p->out)) / (2 * h);
        inputs[i] = was;
        if (!(fabs(difference - gradient[i]) < 1e-6 * (1 + fabs(difference))))
            fail_msg("case %zu, %s, element %zu: %.12g, by differences %.12g", which, what, i, gradient[i],
                     difference);
    }
}

static void convolutions(void **state)
{
    (void)state;
    for (size_t i = 0; i < GEOMETRIES; i++) {
        problem p = {.v = geometry(i), .forward = convolve};
        p.in = SAMPLES * p.v.h * p.v.w * p.v.c;
        p.out = SAMPLES * p.v.oh * p.v.ow * p.v.oc;
        p.weights = p.v.kh * p.v.kw * p.v.c / p.v.groups * p.v.oc;
        allocate(&p);
        convolve_back(&p);
        check(&p, p.x, p.dx, p.in, i, "input");
        check(&p, p.kernel, p.dk, p.weights, i, "kernel");
        release(&p);
    }
}

static void pools(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        problem p = {.v = geometry(i)};
        p.v.oc = p.v.c;
        p.v.dy = p.v.dx = 1;
        cn__conv_same(&p.v);
        p.in = SAMPLES * p.v.h * p.v.w * p.v.c;
        p.out = SAMPLES * p.v.oh * p.v.ow * p.v.c;
        allocate(&p);
        p.forward = pool_maximum;
        cn__kernels_get()->max_pool_back(&p.v, p.x, p.dy, p.dx, SAMPLES);
        check(&p, p.x, p.dx, p.in, i, "maximum");
        p.forward = pool_average;
        cn__kernels_get()->average_pool_back(&p.v, p.dy, p.dx, SAMPLES);
        check(&p, p.x, p.dx, p.in, i, "average");
        release(&p);
    }
}

static void resizing(void **state)
{
    static const cn__resize sizes[] = {
        {3, 4, 2, 6, 12, true}, {3, 4, 2, 6, 12, false}, {7, 5, 3, 4, 9, true}, {5, 5, 1, 3, 2, false}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const cn__resize r = sizes[i];
        problem p = {.resize = r, .forward = resize};
        p.in = SAMPLES * r.h * r.w * r.c;
        p.out = SAMPLES * r.oh * r.ow * r.c;
        allocate(&p);
        cn__image_resize_back(&r, p.dy, p.dx, SAMPLES);
        check(&p, p.x, p.dx, p.in, i, "resizing");
        release(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions),
        cmocka_unit_test(pools),
        cmocka_unit_test(resizing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
