/* Test-time augmentation: predictions and scores are the mean over views of each sample, with the same bits for any split of the work. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/train.h"

enum { SAMPLES = 300, SIDE = 9, PIXELS = SIDE * SIDE, CLASSES = 3 };

static const char moved[] =
    "input 9 9 1; random_translation 0.2 0.2; random_rotation 0.1; "
    "random_elastic_transform [1, 1] alpha=4 sigma=2 value_range=[0, 1]; random_brightness 0.2 value_range=[0, 1]; "
    "random_contrast 0.3 value_range=[0, 1]; random_crop 8 7; conv2d 4 3 relu kernel_regularizer=l2(0.1); "
    "dropout 0.5; flatten; dense 3 softmax";

typedef struct data {
    cn_array x, y;
} data;

static data make_data(void)
{
    data d;
    uint32_t state = 3;
    assert_int_equal(cn_array_new(&d.x, CN_FLOAT32, 4, (size_t[]){SAMPLES, SIDE, SIDE, 1}), CN_OK);
    assert_int_equal(cn_array_new(&d.y, CN_FLOAT32, 2, (size_t[]){SAMPLES, CLASSES}), CN_OK);
    for (size_t i = 0; i < SAMPLES * PIXELS; i++) {
        state = state * 1664525u + 1013904223u;
        ((float *)d.x.data)[i] = (float)(state >> 8) * 0x1p-24f;
    }
    for (size_t i = 0; i < SAMPLES; i++) ((float *)d.y.data)[i * CLASSES + i % CLASSES] = 1;
    return d;
}

static void free_data(data *d)
{
    cn_array_free(&d->x);
    cn_array_free(&d->y);
}

static cn_model *network(const char *layers, uint64_t seed)
{
    cn_model *m = cn_model_from_notation("views", layers);
    if (!m) fail_msg("%s", cn_error());
    cn_model_set_seed(m, seed);
    assert_int_equal(cn_model_compile(m, .loss = "categorical_crossentropy", .metrics = "accuracy"), CN_OK);
    return m;
}

static cn_array predict(cn_model *m, const data *d, size_t tta, int threads)
{
    cn_array out;
    if (cn_model_predict(m, &d->x, &out, .threads = threads, .tta = tta) != CN_OK) fail_msg("%s", cn_error());
    return out;
}

static void the_same_bits_for_any_number_of_threads_and_samples(void **state)
{
    (void)state;
    data d = make_data();
    cn_model *m = network(moved, 4);
    cn_array one = predict(m, &d, 5, 1), four = predict(m, &d, 5, 4), first;
    assert_memory_equal(one.data, four.data, cn_array_size(&one) * sizeof(float));
    const cn_array few = cn_array_slice(&d.x, 0, 7);
    assert_int_equal(cn_model_predict(m, &few, &first, .tta = 5), CN_OK);
    assert_memory_equal(one.data, first.data, cn_array_size(&first) * sizeof(float));
    cn_array_free(&one), cn_array_free(&four), cn_array_free(&first);
    cn_model_free(m);
    free_data(&d);
}

static void more_views_add_to_the_mean_and_another_seed_makes_others(void **state)
{
    (void)state;
    data d = make_data();
    cn_model *m = network(moved, 4), *other;
    cn_array plain = predict(m, &d, 0, 2), one = predict(m, &d, 1, 2), two = predict(m, &d, 2, 2),
             three = predict(m, &d, 3, 2);
    size_t moved_ones = 0;
    assert_memory_equal(plain.data, one.data, cn_array_size(&one) * sizeof(float));
    for (size_t i = 0; i < cn_array_size(&one); i++) {
        /* the second view, and the third: each a distribution over the classes */
        const double second = 2 * cn_array_at(&two, i) - cn_array_at(&one, i),
                     third = 3 * cn_array_at(&three, i) - 2 * cn_array_at(&two, i);
        assert_true(second > -1e-5 && second < 1 + 1e-5 && third > -1e-5 && third < 1 + 1e-5);
        moved_ones += fabs(second - cn_array_at(&one, i)) > 1e-4 && fabs(third - second) > 1e-4;
    }
    assert_true(moved_ones > cn_array_size(&one) / 2);
    assert_true((other = network(moved, 4)) != NULL);
    cn_model_set_seed(m, 5);
    cn_array reseeded = predict(m, &d, 2, 2);
    assert_memory_not_equal(reseeded.data, two.data, cn_array_size(&two) * sizeof(float));
    cn_array_free(&plain), cn_array_free(&one), cn_array_free(&two), cn_array_free(&three);
    cn_array_free(&reseeded);
    cn_model_free(other);
    cn_model_free(m);
    free_data(&d);
}

static void scores_are_those_of_the_mean_prediction(void **state)
{
    (void)state;
    data d = make_data();
    cn_model *m = network(moved, 4);
    cn_array p = predict(m, &d, 4, 2);
    double loss = 0, right = 0;
    for (size_t n = 0; n < SAMPLES; n++) {
        size_t best = 0;
        for (size_t k = 1; k < CLASSES; k++)
            if (cn_array_at(&p, n * CLASSES + k) > cn_array_at(&p, n * CLASSES + best)) best = k;
        right += best == n % CLASSES;
        loss -= log(cn_array_at(&p, n * CLASSES + n % CLASSES));
    }
    cn_logs *plain = cn_model_evaluate(m, &d.x, &d.y), *views = cn_model_evaluate(m, &d.x, &d.y, .tta = 4),
            *again = cn_model_evaluate(m, &d.x, &d.y, .tta = 4, .threads = 1, .batch_size = 11);
    if (!plain || !views || !again) fail_msg("%s", cn_error());
    assert_true(fabs(cn_logs_get(views, "accuracy") - right / SAMPLES) < 1e-6);
    /* the penalty of the kernel is in both losses */
    const data first = {cn_array_slice(&d.x, 0, SAMPLES), cn_array_slice(&d.y, 0, SAMPLES)};
    cn_array q = predict(m, &first, 1, 1);
    double plain_loss = 0;
    for (size_t n = 0; n < SAMPLES; n++) plain_loss -= log(cn_array_at(&q, n * CLASSES + n % CLASSES));
    const double penalty = cn_logs_get(plain, "loss") - plain_loss / SAMPLES;
    assert_true(penalty > 0.01);
    assert_true(fabs(cn_logs_get(views, "loss") - (loss / SAMPLES + penalty)) < 1e-5);
    assert_true(fabs(cn_logs_get(views, "loss") - cn_logs_get(again, "loss")) < 1e-6);
    cn_logs_free(plain), cn_logs_free(views), cn_logs_free(again);
    cn_array_free(&p), cn_array_free(&q);
    cn_model_free(m);
    free_data(&d);
}

static void a_network_that_moves_nothing_is_refused(void **state)
{
    (void)state;
    data d = make_data();
    cn_model *m = network("input 9 9 1; flatten; dropout 0.3; dense 3 softmax", 1);
    cn_array out = {0};
    assert_int_equal(cn_model_predict(m, &d.x, &out, .tta = 4), CN_ERROR_ARGUMENT);
    assert_non_null(
        strstr(cn_error(), "tta = 4, but model views has no layer that shows images in other ways"));
    assert_null(out.data);
    assert_null(cn_model_evaluate(m, &d.x, &d.y, .tta = 4));
    cn_model_free(m);
    free_data(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_bits_for_any_number_of_threads_and_samples),
        cmocka_unit_test(more_views_add_to_the_mean_and_another_seed_makes_others),
        cmocka_unit_test(scores_are_those_of_the_mean_prediction),
        cmocka_unit_test(a_network_that_moves_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
