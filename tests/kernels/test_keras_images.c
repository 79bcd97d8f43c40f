/* The kernels of images give what real Keras gives (keras_images.py): values are small integers, so that convolutions, which may be
 * summed in any order, are equal to the last bit. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernels/image.h"
#include "kernels/keras_images.h"
#include "kernels/kernels.h"

enum { SAMPLES = 2 };

static float *numbers(size_t n, size_t factor, size_t period)
{
    float *x = malloc(n * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) x[i] = (float)(i * factor % period) - (float)(period / 2);
    return x;
}

static float *space(size_t n)
{
    float *x = calloc(n + 1, sizeof *x);
    assert_non_null(x);
    return x;
}

static void equal(const float *got, const float *expected, size_t n, double tolerance, const char *what)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - (double)expected[i]) <= tolerance))
            fail_msg("%s, element %zu: %.9g; Keras: %.9g", what, i, (double)got[i], (double)expected[i]);
}
#define EQUAL(got, expected, tolerance)                                                                      \
    equal(got, expected, sizeof(expected) / sizeof *(expected), tolerance, #expected)

/* What a convolution and its gradients give from Keras's inputs; a transposed one has the passes the other way round. */
typedef struct outcome {
    float *y, *dx, *dk;
} outcome;

static outcome passes(const cn__conv *v, bool transposed)
{
    const cn__kernels *k = cn__kernels_get();
    const size_t in = SAMPLES * v->h * v->w * v->c, out = SAMPLES * v->oh * v->ow * v->oc,
                 rows = v->kh * v->kw * v->c / v->groups;
    float *x = numbers(transposed ? out : in, 7, 11), *dy = numbers(transposed ? in : out, 3, 7);
    float *kernel = numbers(rows * v->oc, 5, 9);
    outcome o = {space(transposed ? in : out), space(transposed ? out : in), space(rows * v->oc)};
    float *forward = space(cn__conv_packed_size(v, CN_CONV_FORWARD)),
          *back = space(cn__conv_packed_size(v, CN_CONV_TO_INPUT));
    k->conv_pack(v, CN_CONV_FORWARD, kernel, v->oc, 0, v->oc, forward);
    k->conv_pack(v, CN_CONV_TO_INPUT, kernel, v->oc, 0, v->oc, back);
    float *scratch[3];
    for (int i = 0; i < 3; i++) scratch[i] = space(cn__conv_scratch_size(v, (cn__conv_pass)i));
    k->conv_forward(v, transposed ? dy : x, forward, NULL, NULL, transposed ? o.dx : o.y, SAMPLES,
                    scratch[0]);
    k->conv_to_input(v, transposed ? x : dy, back, NULL, NULL, transposed ? o.y : o.dx, SAMPLES, scratch[1]);
    k->conv_to_kernel(v, transposed ? dy : x, transposed ? x : dy, SAMPLES, o.dk, v->oc, 0, v->oc,
                      scratch[2]);
    free(x), free(dy), free(kernel), free(forward), free(back);
    for (int i = 0; i < 3; i++) free(scratch[i]);
    return o;
}

#define CONVOLUTION(name, is_same, is_transposed, ...)                                                       \
    static void name##_as_in_keras(void **state)                                                             \
    {                                                                                                        \
        cn__conv v = {__VA_ARGS__, 0, 0, false, false};                                                      \
        (void)state;                                                                                         \
        if (is_same) cn__conv_same(&v);                                                                      \
        else cn__conv_valid(&v);                                                                             \
        outcome o = passes(&v, is_transposed);                                                               \
        EQUAL(o.y, name##_y, 0);                                                                             \
        EQUAL(o.dx, name##_dx, 0);                                                                           \
        EQUAL(o.dk, name##_dk, 0);                                                                           \
        free(o.y), free(o.dx), free(o.dk);                                                                   \
    }

/* h, w, c, kh, kw, oc, strides, dilation, four paddings, groups */
CONVOLUTION(strides, true, false, 6, 5, 2, 3, 2, 3, 2, 1, 1, 1, 0, 0, 0, 0, 1)
CONVOLUTION(dilation, false, false, 7, 5, 3, 3, 3, 2, 1, 1, 2, 1, 0, 0, 0, 0, 1)
CONVOLUTION(groups, true, false, 5, 6, 4, 2, 3, 4, 2, 2, 1, 1, 0, 0, 0, 0, 2)
CONVOLUTION(depthwise, true, false, 6, 5, 3, 3, 3, 6, 2, 2, 1, 1, 0, 0, 0, 0, 3)
CONVOLUTION(transposed_same, true, true, 6, 8, 3, 3, 4, 2, 2, 2, 1, 1, 0, 0, 0, 0, 1)
CONVOLUTION(transposed_valid, false, true, 9, 5, 2, 2, 2, 3, 3, 1, 1, 1, 0, 0, 0, 0, 1)

static outcome pooled(const cn__conv *v, bool maximum)
{
    const cn__kernels *k = cn__kernels_get();
    const size_t in = SAMPLES * v->h * v->w * v->c, out = SAMPLES * v->oh * v->ow * v->c;
    float *x = numbers(in, 7, 11), *dy = numbers(out, 3, 7);
    outcome o = {space(out), space(in), NULL};
    if (maximum) {
        k->max_pool(v, x, o.y, SAMPLES);
        k->max_pool_back(v, x, dy, o.dx, SAMPLES);
    } else {
        k->average_pool(v, x, o.y, SAMPLES);
        k->average_pool_back(v, dy, o.dx, SAMPLES);
    }
    free(x), free(dy);
    return o;
}

#define POOL(name, is_same, is_maximum, tolerance, ...)                                                      \
    static void name##_as_in_keras(void **state)                                                             \
    {                                                                                                        \
        cn__conv v = {__VA_ARGS__, 0, 0, false, false};                                                      \
        (void)state;                                                                                         \
        if (is_same) cn__conv_same(&v);                                                                      \
        else cn__conv_valid(&v);                                                                             \
        outcome o = pooled(&v, is_maximum);                                                                  \
        EQUAL(o.y, name##_y, tolerance);                                                                     \
        EQUAL(o.dx, name##_dx, tolerance);                                                                   \
        free(o.y), free(o.dx);                                                                               \
    }

POOL(max_pool, true, true, 0, 7, 6, 3, 3, 3, 3, 2, 2, 1, 1, 0, 0, 0, 0, 1)
POOL(max_pool_ties, false, true, 0, 6, 6, 11, 2, 2, 11, 2, 2, 1, 1, 0, 0, 0, 0, 1)
POOL(average_pool, true, false, 1e-6, 7, 5, 3, 3, 2, 3, 2, 2, 1, 1, 0, 0, 0, 0, 1)

#define RESIZED(name, tolerance, ...)                                                                        \
    static void name##_as_in_keras(void **state)                                                             \
    {                                                                                                        \
        const cn__resize r = {__VA_ARGS__};                                                                  \
        const size_t in = SAMPLES * r.h * r.w * r.c, out = SAMPLES * r.oh * r.ow * r.c;                      \
        float *x = numbers(in, 7, 11), *dy = numbers(out, 3, 7), *y = space(out), *dx = space(in);           \
        (void)state;                                                                                         \
        cn__image_resize(&r, x, y, SAMPLES);                                                                 \
        cn__image_resize_back(&r, dy, dx, SAMPLES);                                                          \
        EQUAL(y, name##_y, tolerance);                                                                       \
        EQUAL(dx, name##_dx, tolerance);                                                                     \
        free(x), free(dy), free(y), free(dx);                                                                \
    }

/* h, w, c, oh, ow, bilinear */
RESIZED(upsampling_bilinear, 4e-6, 3, 4, 2, 6, 12, true)
RESIZED(upsampling_nearest, 0, 3, 4, 2, 6, 12, false)
RESIZED(resizing_bilinear, 4e-6, 5, 7, 2, 8, 4, true)
RESIZED(resizing_nearest, 0, 5, 7, 2, 8, 4, false)

static void borders_are_zeros_and_cropping_takes_them_away(void **state)
{
    (void)state;
    const cn__border b = {.h = 2, .w = 1, .c = 2, .top = 1, .left = 2, .bottom = 0, .right = 1};
    const float x[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    float y[2 * 3 * 4 * 2], back[8];
    memset(y, 1, sizeof y);
    cn__image_pad(&b, x, y, 2);
    for (size_t i = 0; i < sizeof y / sizeof *y; i++) {
        const size_t row = i / 8 % 3, col = i / 2 % 4, n = i / 24;
        const float expected = row > 0 && col == 2 ? x[n * 4 + (row - 1) * 2 + i % 2] : 0;
        assert_true(y[i] == expected);
    }
    cn__image_crop(&b, y, back, 2);
    assert_memory_equal(back, x, sizeof x);
}

/* Three images, each by a transform of its own: those of keras_images.py. */
static void warped(cn__warp_fill fill, bool bilinear, const float *expected, const char *what)
{
    static const float transforms[3][6] = {{0.8f, -0.6f, 3.31f, 0.6f, 0.8f, -2.13f},
                                           {1.7f, 0.2f, -9.43f, -0.3f, 1.4f, -30.21f},
                                           {-0.3f, 2.9f, 1.17f, 1.1f, 0.25f, 7.63f}};
    const cn__warp v = {.h = 6, .w = 7, .c = 2, .bilinear = bilinear, .fill = fill, .value = 2.5f};
    enum { PIXELS = 6 * 7, SIZE = PIXELS * 2 };
    float px[PIXELS], py[PIXELS], *x = numbers(3 * SIZE, 7, 11), *y = space(3 * SIZE);
    for (size_t i = 0; i < PIXELS; i++) px[i] = (float)(i % 7), py[i] = (float)(i / 7);
    for (size_t n = 0; n < 3; n++)
        cn__kernels_get()->warp(&v, transforms[n], px, py, x + n * SIZE, y + n * SIZE);
    equal(y, expected, 3 * SIZE, 4e-5, what);
    free(x), free(y);
}

static void affine_transforms_as_in_keras(void **state)
{
    (void)state;
    warped(CN_FILL_CONSTANT, false, warp_constant_nearest_y, "constant, nearest");
    warped(CN_FILL_CONSTANT, true, warp_constant_bilinear_y, "constant, bilinear");
    warped(CN_FILL_NEAREST, false, warp_nearest_nearest_y, "nearest, nearest");
    warped(CN_FILL_NEAREST, true, warp_nearest_bilinear_y, "nearest, bilinear");
    warped(CN_FILL_REFLECT, false, warp_reflect_nearest_y, "reflect, nearest");
    warped(CN_FILL_REFLECT, true, warp_reflect_bilinear_y, "reflect, bilinear");
    warped(CN_FILL_WRAP, false, warp_wrap_nearest_y, "wrap, nearest");
    warped(CN_FILL_WRAP, true, warp_wrap_bilinear_y, "wrap, bilinear");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strides_as_in_keras),
        cmocka_unit_test(dilation_as_in_keras),
        cmocka_unit_test(groups_as_in_keras),
        cmocka_unit_test(depthwise_as_in_keras),
        cmocka_unit_test(transposed_same_as_in_keras),
        cmocka_unit_test(transposed_valid_as_in_keras),
        cmocka_unit_test(max_pool_as_in_keras),
        cmocka_unit_test(max_pool_ties_as_in_keras),
        cmocka_unit_test(average_pool_as_in_keras),
        cmocka_unit_test(upsampling_bilinear_as_in_keras),
        cmocka_unit_test(upsampling_nearest_as_in_keras),
        cmocka_unit_test(resizing_bilinear_as_in_keras),
        cmocka_unit_test(resizing_nearest_as_in_keras),
        cmocka_unit_test(affine_transforms_as_in_keras),
        cmocka_unit_test(borders_are_zeros_and_cropping_takes_them_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
