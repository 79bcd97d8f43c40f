/* Layers of augmentation: a batch as training sees it. With fixed numbers it is what Keras makes of it (keras_augment.py); drawn ones
 * keep their bounds; what follows one another is one pass; and outside of training nothing happens. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/train.h"
#include "model/plan/plan.h"
#include "nn/keras_augment.h"

enum { H = 6, W = 7, C = 2, SIZE = H * W * C, KERAS_SAMPLES = 2 };

/* A batch, run through layers once. */
typedef struct batch {
    cn_array x, y;
    size_t samples;
    float *pred, *target; /* after the run */
} batch;

static batch numbers(size_t samples, size_t classes)
{
    batch b = {.samples = samples};
    assert_int_equal(cn_array_new(&b.x, CN_FLOAT32, 4, (size_t[]){samples, H, W, C}), CN_OK);
    assert_int_equal(cn_array_new(&b.y, CN_FLOAT32, 2, (size_t[]){samples, classes}), CN_OK);
    for (size_t i = 0; i < samples * SIZE; i++) ((float *)b.x.data)[i] = (float)(i * 7 % 11);
    for (size_t i = 0; i < samples; i++) ((float *)b.y.data)[i * classes + i % classes] = 1;
    return b;
}

static float *copy(const float *from, size_t n)
{
    float *to = malloc((n + 1) * sizeof *to);
    assert_non_null(to);
    memcpy(to, from, n * sizeof *to);
    return to;
}

static void run_with(batch *b, const char *layers, bool training, int threads)
{
    cn_model *m = cn_model_new("augmented");
    cn_model_set_seed(m, 3);
    assert_int_equal(cn_model_add(m, cn_input(H, W, C)), CN_OK);
    if (cn_model_add_notation(m, layers) != CN_OK) fail_msg("%s: %s", layers, cn_error());
    if (cn_model_compile(m, .optimizer = "sgd", .loss = "mse") != CN_OK) fail_msg("%s", cn_error());
    cn__pool *pool = cn__pool_new(threads);
    cn__plan *plan = NULL;
    if (cn__plan_new(
            m, &(cn__plan_options){.batch = b->samples, .training = training, .targets = true, .pool = pool},
            &plan) != CN_OK)
        fail_msg("%s: %s", layers, cn_error());
    const cn_array *x = &b->x, *y = &b->y;
    cn__result r;
    cn__plan_run(plan, &(cn__feed){.x = &x, .y = &y}, b->samples, &r);
    b->pred = copy(r.outputs[0].pred, r.outputs[0].rows * r.outputs[0].cols);
    b->target = copy(r.outputs[0].target, r.outputs[0].rows * r.outputs[0].target_cols);
    cn__plan_free(plan);
    cn__pool_free(pool);
    cn_model_free(m);
}

static void release(batch *b)
{
    cn_array_free(&b->x);
    cn_array_free(&b->y);
    free(b->pred);
    free(b->target);
}

static void assert_equal(const char *what, const float *got, const float *expected, size_t n,
                         double tolerance)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - (double)expected[i]) <= tolerance))
            fail_msg("%s, element %zu: %.9g instead of %.9g", what, i, (double)got[i], (double)expected[i]);
}

static void as_in_keras(const char *layer, const float *expected)
{
    char layers[200];
    batch b = numbers(KERAS_SAMPLES, SIZE);
    snprintf(layers, sizeof layers, "%s; flatten", layer);
    run_with(&b, layers, true, 1);
    assert_equal(layer, b.pred, expected, KERAS_SAMPLES * SIZE, 2e-5);
    release(&b);
}

static void fixed_numbers_make_what_keras_makes(void **state)
{
    (void)state;
    as_in_keras("random_rotation [0.1, 0.1]", rotation_y);
    as_in_keras("random_rotation [-0.3, -0.3] fill_mode=constant fill_value=3 interpolation=nearest",
                rotation_constant_y);
    as_in_keras("random_translation [0.24, 0.24] [-0.13, -0.13] fill_mode=wrap", translation_y);
    as_in_keras("random_zoom [0.3, 0.3]", zoom_y);
    as_in_keras("random_zoom [-0.4, -0.4] [0.2, 0.2] fill_mode=nearest", zoom_both_y);
    as_in_keras("random_brightness [0.3, 0.3] value_range=[0, 10]", brightness_y);
    as_in_keras("random_brightness [-0.01, -0.01]", brightness_down_y);
    as_in_keras("random_contrast 0", contrast_y);
}

static const char *const all_layers[] = {
    "random_flip",
    "random_flip horizontal",
    "random_flip vertical",
    "random_rotation 0.2",
    "random_translation 0.2 0.2",
    "random_zoom 0.3",
    "random_shear 0.2 0.2",
    "random_elastic_transform [1, 1] [0.9, 1]",
    "random_elastic_transform [1, 1] alpha=3 sigma=1",
    "random_brightness 0.2",
    "random_contrast [0.5, 0.5]",
    "random_erasing [1, 1] [0.1, 0.3]",
    "mix_up 0.5",
    "cut_mix [1, 1]",
};
enum { LAYERS = sizeof all_layers / sizeof *all_layers, SAMPLES = 40 };

static bool differs(const float *a, const float *b, size_t n) { return memcmp(a, b, n * sizeof *a) != 0; }

static void training_alone_changes_images_and_threads_change_no_bit(void **state)
{
    (void)state;
    for (int i = 0; i < LAYERS; i++) {
        char layers[200];
        batch one = numbers(SAMPLES, SIZE), four = numbers(SAMPLES, SIZE), outside = numbers(SAMPLES, SIZE);
        snprintf(layers, sizeof layers, "%s; flatten", all_layers[i]);
        run_with(&one, layers, true, 1);
        run_with(&four, layers, true, 4);
        run_with(&outside, layers, false, 2);
        if (!differs(one.pred, one.x.data, SAMPLES * SIZE)) fail_msg("%s changes nothing", all_layers[i]);
        if (differs(one.pred, four.pred, SAMPLES * SIZE) || differs(one.target, four.target, SAMPLES * SIZE))
            fail_msg("%s depends on threads", all_layers[i]);
        if (differs(outside.pred, outside.x.data, SAMPLES * SIZE))
            fail_msg("%s acts outside of training", all_layers[i]);
        release(&one);
        release(&four);
        release(&outside);
    }
}

/* A flip and a half turn is the other flip; two translations by whole pixels are one. */
static void layers_that_follow_one_another_are_one_pass(void **state)
{
    (void)state;
    batch a = numbers(SAMPLES, SIZE), b = numbers(SAMPLES, SIZE);
    run_with(&a,
             "random_rotation [0.13, 0.13]; random_rotation [-0.08, -0.08]; random_zoom [0.5, 0.5]; "
             "random_zoom [-0.33333333333, -0.33333333333]; flatten",
             true, 1);
    run_with(&b, "random_rotation [0.05, 0.05]; flatten", true, 1);
    assert_equal("composed", a.pred, b.pred, SAMPLES * SIZE, 1e-4);
    release(&a);
    release(&b);
    cn_model *m = cn_model_new("plan");
    cn_model_add_notation(
        m, "input 6 7 2; random_flip; random_rotation 0.1; random_zoom 0.2; random_flip; "
           "random_translation 0.1 0.1; random_elastic_transform; random_shear 0.1; flatten; dense 2");
    assert_int_equal(cn_model_compile(m, .optimizer = "sgd", .loss = "mse"), CN_OK);
    cn__plan *plan = NULL;
    cn__text text = {0};
    assert_int_equal(
        cn__plan_new(m, &(cn__plan_options){.batch = 4, .training = true, .targets = true}, &plan), CN_OK);
    cn__plan_describe(plan, &text);
    int passes = 0;
    for (const char *at = text.data; (at = strstr(at, "warp")); at++) passes++;
    if (passes != 2)
        fail_msg("%d passes, expected all up to the elastic one in one, and the shear:\n%s", passes,
                 text.data);
    cn__text_free(&text);
    cn__plan_free(plan);
    cn_model_free(m);
}

static void a_flip_turns_about_half_of_the_images_over(void **state)
{
    (void)state;
    enum { MANY = 400 };
    batch b = numbers(MANY, SIZE);
    run_with(&b, "random_flip horizontal; flatten", true, 1);
    size_t flipped = 0;
    for (size_t n = 0; n < MANY; n++) {
        const float *x = (float *)b.x.data + n * SIZE, *y = b.pred + n * SIZE;
        const bool turned = differs(x, y, SIZE);
        flipped += turned;
        for (size_t i = 0; i < H * W; i++)
            for (size_t c = 0; c < C; c++) {
                const size_t from = turned ? i / W * W + (W - 1 - i % W) : i;
                assert_true(y[i * C + c] == x[from * C + c]);
            }
    }
    assert_in_range(flipped, MANY / 2 - 50, MANY / 2 + 50);
    release(&b);
}

/* Targets are one-hot: the weights of two classes that sum to 1, as many images are mixed. */
static void mixed_targets_say_how_much_of_each_image_is_there(void **state)
{
    (void)state;
    batch up = numbers(SAMPLES, SIZE), cut = numbers(SAMPLES, SIZE);
    run_with(&up, "mix_up 5; flatten", true, 3);
    run_with(&cut, "cut_mix [1, 1]; flatten", true, 3);
    for (size_t n = 0; n < SAMPLES; n++) {
        const float weight = up.target[n * SIZE + n], *x = (float *)up.x.data + n * SIZE;
        size_t other = 0;
        while (other == n || up.target[n * SIZE + other] == 0) other++;
        assert_true(fabsf(weight + up.target[n * SIZE + other] - 1) < 1e-6f);
        const float *with = (float *)up.x.data + other * SIZE;
        for (size_t i = 0; i < SIZE; i++)
            assert_true(fabsf(up.pred[n * SIZE + i] - (weight * x[i] + (1 - weight) * with[i])) < 1e-5f);
        size_t of_other = 0, partner = (n + other + SAMPLES - n) % SAMPLES;
        for (size_t i = 0; i < SIZE; i++) {
            const float y = cut.pred[n * SIZE + i], own = ((float *)cut.x.data)[n * SIZE + i];
            of_other += y != own;
        }
        (void)partner;
        assert_true((double)of_other <= (double)((1 - cut.target[n * SIZE + n]) * SIZE) + 0.01);
    }
    release(&up);
    release(&cut);
}

static void labels_cannot_be_mixed(void **state)
{
    (void)state;
    cn_model *m = cn_model_new("labels");
    cn_model_add_notation(m, "input 6 7 2; mix_up; flatten; dense 3 softmax");
    cn_model_compile(m, .optimizer = "sgd", .loss = "sparse_categorical_crossentropy");
    cn_array x, y;
    assert_int_equal(cn_array_new(&x, CN_FLOAT32, 4, (size_t[]){4, H, W, C}), CN_OK);
    assert_int_equal(cn_array_new(&y, CN_UINT8, 1, (size_t[]){4}), CN_OK);
    assert_null(cn_model_fit(m, &x, &y));
    assert_non_null(strstr(cn_error(), "mixes targets"));
    cn_array_free(&x);
    cn_array_free(&y);
    cn_model_free(m);
}

static void erased_rectangles_have_the_value_that_was_asked_for(void **state)
{
    (void)state;
    batch b = numbers(SAMPLES, SIZE);
    run_with(&b, "random_erasing [1, 1] [0.2, 0.4] fill_value=200; flatten", true, 2);
    size_t erased = 0;
    for (size_t i = 0; i < SAMPLES * SIZE; i++) {
        if (b.pred[i] == 200) erased++;
        else assert_true(b.pred[i] == ((float *)b.x.data)[i]);
    }
    assert_in_range(erased, SAMPLES * SIZE / 5, SAMPLES * SIZE * 2 / 5);
    release(&b);
}

static void crops_are_parts_of_the_images(void **state)
{
    (void)state;
    enum { PART = 3 * 4 * C };
    batch b = numbers(SAMPLES, PART);
    run_with(&b, "random_crop 3 4; flatten", true, 2);
    bool seen[H - 3 + 1][W - 4 + 1] = {{false}};
    for (size_t n = 0; n < SAMPLES; n++) {
        bool found = false;
        for (size_t y = 0; y + 3 <= H && !found; y++)
            for (size_t x = 0; x + 4 <= W && !found; x++) {
                found = true;
                for (size_t i = 0; i < 3 && found; i++)
                    found = !differs((float *)b.x.data + n * SIZE + ((y + i) * W + x) * C,
                                     b.pred + n * PART + i * 4 * C, 4 * C);
                seen[y][x] |= found;
            }
        assert_true(found);
    }
    size_t places = 0;
    for (size_t i = 0; i < sizeof seen; i++) places += ((bool *)seen)[i];
    assert_true(places > 8);
    release(&b);
}

static void bad_arguments_are_named(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"random_flip sideways", "horizontal"},
        {"random_rotation 1.5", "factor = 1.5"},
        {"random_rotation [0.1, 0.2, 0.3]", "factor"},
        {"random_zoom 0.1 fill_mode=mirror", "fill_mode"},
        {"random_translation 0.1 nothing", "width_factor"},
        {"random_contrast -0.2", "factor = -0.2"},
        {"random_brightness 0.1 value_range=5", "value_range"},
        {"random_elastic_transform alpha=3", "sigma"},
        {"random_erasing fill_value=[1, 2]", "fill_value"},
        {"random_crop 0 4", "height"},
        {"resizing 4 4 crop_to_aspect_ratio=true pad_to_aspect_ratio=true", "both"},
        {"resizing 4 4 bicubik", "bicubic"},
        {"resizing 4 4 area", "lanczos3"},
        {"mix_up 0", "alpha"},
        {"cut_mix 2", "factor = 2"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cn_model *m = cn_model_new("bad");
        if (cn_model_add_notation(m, bad[i][0]) == CN_OK) fail_msg("%s was taken", bad[i][0]);
        if (!strstr(cn_error(), bad[i][1])) fail_msg("%s: %s", bad[i][0], cn_error());
        cn_model_free(m);
    }
    cn_model *m = cn_model_new("flat");
    cn_model_add_notation(m, "input 28 28; random_rotation 0.1");
    assert_int_not_equal(cn_model_compile(m, .optimizer = "sgd", .loss = "mse"), CN_OK);
    assert_non_null(strstr(cn_error(), "axis of channels"));
    cn_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_numbers_make_what_keras_makes),
        cmocka_unit_test(training_alone_changes_images_and_threads_change_no_bit),
        cmocka_unit_test(layers_that_follow_one_another_are_one_pass),
        cmocka_unit_test(a_flip_turns_about_half_of_the_images_over),
        cmocka_unit_test(mixed_targets_say_how_much_of_each_image_is_there),
        cmocka_unit_test(labels_cannot_be_mixed),
        cmocka_unit_test(erased_rectangles_have_the_value_that_was_asked_for),
        cmocka_unit_test(crops_are_parts_of_the_images),
        cmocka_unit_test(bad_arguments_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
