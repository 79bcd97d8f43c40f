/* fit, evaluate and predict as a user sees them: learning, histories, splits, weights, what is printed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/train.h"

enum { SAMPLES = 90, INPUTS = 8, CLASSES = 3 };
static float inputs[SAMPLES * INPUTS], one_hot[SAMPLES * CLASSES], labels[SAMPLES], weights[SAMPLES];
static cn_array x, y, classes, weight;

/* Three clouds, one after the other in turns. */
static int make_data(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t k = 0; k < INPUTS; k++) {
            seed = seed * 1664525 + 1013904223;
            inputs[i * INPUTS + k] = (float)(seed >> 8) * 0x1p-24f + (k % CLASSES == i % CLASSES);
        }
        one_hot[i * CLASSES + i % CLASSES] = 1;
        labels[i] = (float)(i % CLASSES);
        weights[i] = i % CLASSES == 1 ? 3 : 1;
    }
    x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){SAMPLES, INPUTS});
    y = cn_array_view(CN_FLOAT32, one_hot, 2, (size_t[]){SAMPLES, CLASSES});
    classes = cn_array_view(CN_FLOAT32, labels, 1, (size_t[]){SAMPLES});
    weight = cn_array_view(CN_FLOAT32, weights, 1, (size_t[]){SAMPLES});
    return 0;
}

static cn_model *network(const char *optimizer)
{
    cn_model *m = cn_model_new("net");
    cn_model_add_notation(m, "dense 12 relu; dense 3 softmax");
    if (cn_model_compile(m, .optimizer = optimizer, .loss = "categorical_crossentropy",
                         .metrics = "accuracy") != CN_OK)
        fail_msg("%s", cn_error());
    return m;
}

static cn_history *checked(cn_history *h)
{
    if (!h) fail_msg("%s", cn_error());
    return h;
}

static bool same_weights(const cn_model *a, const cn_model *b)
{
    bool same = true;
    for (size_t i = 0; i < cn_model_weight_count(a); i++) {
        cn_array u, v;
        assert_int_equal(cn_model_get_weight(a, i, &u), CN_OK);
        assert_int_equal(cn_model_get_weight(b, i, &v), CN_OK);
        same = same && memcmp(u.data, v.data, cn_array_size(&u) * sizeof(float)) == 0;
        cn_array_free(&u);
        cn_array_free(&v);
    }
    return same;
}

static void a_small_problem_is_learnt(void **state)
{
    (void)state;
    cn_model *m = network("adam(learning_rate=0.02)");
    cn_history *h = checked(cn_model_fit(m, &x, &y, .epochs = 40, .batch_size = 16, .validation_split = 0.2));
    assert_int_equal(cn_history_epochs(h), 40);
    assert_int_equal(cn_history_count(h), 4);
    static const char *const names[] = {"accuracy", "loss", "val_accuracy", "val_loss"}; /* Keras's order */
    for (size_t i = 0; i < 4; i++) assert_string_equal(cn_history_name(h, i), names[i]);
    assert_null(cn_history_get(h, "val_mae"));
    assert_null(cn_history_stopped(h));
    assert_null(cn_history_profile(h));
    assert_true(cn_history_get(h, "val_accuracy")[39] > 0.95);
    assert_true(cn_history_get(h, "loss")[39] < cn_history_get(h, "loss")[0] / 3);
    for (int e = 0; e < 40; e++) assert_true(cn_history_seconds(h)[e] > 0);
    cn_history_free(h);
    cn_model_free(m);
}

/* The last part is validated on; the same data given by hand gives the same bits. */
static void a_split_is_the_last_part(void **state)
{
    (void)state;
    cn_model *a = network("sgd"), *b = network("sgd");
    const cn_array x1 = cn_array_slice(&x, 0, 67), y1 = cn_array_slice(&y, 0, 67),
                   x2 = cn_array_slice(&x, 67, 23), y2 = cn_array_slice(&y, 67, 23);
    cn_history *h = checked(cn_model_fit(a, &x, &y, .epochs = 3, .validation_split = 0.25)),
               *g = checked(cn_model_fit(b, &x1, &y1, .epochs = 3, .validation_x = &x2, .validation_y = &y2));
    assert_true(same_weights(a, b));
    for (size_t i = 0; i < 4; i++)
        assert_memory_equal(cn_history_get(h, cn_history_name(h, i)),
                            cn_history_get(g, cn_history_name(h, i)), 3 * sizeof(double));
    cn_history_free(h);
    cn_history_free(g);
    cn_model_free(a);
    cn_model_free(b);
}

static void validation_is_what_evaluate_says(void **state)
{
    (void)state;
    cn_model *m = network("adam");
    const cn_array x2 = cn_array_slice(&x, 60, 30), y2 = cn_array_slice(&y, 60, 30);
    cn_history *h = checked(cn_model_fit(m, &x, &y, .epochs = 2, .validation_x = &x2, .validation_y = &y2,
                                         .validation_sample_weight = NULL));
    cn_logs *scores = cn_model_evaluate(m, &x2, &y2);
    cn_array p;
    assert_non_null(scores);
    assert_true(cn_logs_get(scores, "loss") == cn_history_get(h, "val_loss")[1]);
    assert_true(cn_logs_get(scores, "accuracy") == cn_history_get(h, "val_accuracy")[1]);
    assert_true(isnan(cn_logs_get(scores, "nothing")));
    assert_int_equal(cn_model_predict(m, &x2, &p), CN_OK);
    double loss = 0, right = 0;
    for (size_t i = 0; i < 30; i++) {
        const float *row = (float *)p.data + i * CLASSES;
        size_t best = 0, true_class = (60 + i) % CLASSES;
        for (size_t c = 1; c < CLASSES; c++) best = row[c] > row[best] ? c : best;
        loss -= log((double)row[true_class]) / 30;
        right += best == true_class;
    }
    assert_true(fabs(loss - cn_logs_get(scores, "loss")) < 1e-6);
    assert_true(fabs(right / 30 - cn_logs_get(scores, "accuracy")) < 1e-6);
    cn_array_free(&p);
    cn_logs_free(scores);
    cn_history_free(h);
    cn_model_free(m);
}

static void weights_of_classes_are_weights_of_samples(void **state)
{
    (void)state;
    cn_model *a = network("adam"), *b = network("adam"), *c = network("adam");
    cn_history *h = checked(cn_model_fit(a, &x, &y, .epochs = 2, .class_weight = "{1: 3}")),
               *g = checked(cn_model_fit(b, &x, &y, .epochs = 2, .sample_weight = &weight)),
               *without = checked(cn_model_fit(c, &x, &y, .epochs = 2));
    assert_true(same_weights(a, b));
    assert_false(same_weights(a, c));
    cn_history_free(h);
    cn_history_free(g);
    cn_history_free(without);
    cn_model_free(a);
    cn_model_free(b);
    cn_model_free(c);
}

static void labels_and_one_hot_rows_train_alike(void **state)
{
    (void)state;
    cn_model *a = network("adam"), *b = network("adam");
    assert_int_equal(cn_model_compile(b, .optimizer = "adam", .loss = "sparse_categorical_crossentropy"),
                     CN_OK);
    cn_history *h = checked(cn_model_fit(a, &x, &y, .epochs = 3)),
               *g = checked(cn_model_fit(b, &x, &classes, .epochs = 3));
    assert_true(fabs(cn_history_get(h, "loss")[2] - cn_history_get(g, "loss")[2]) < 1e-6);
    cn_history_free(h);
    cn_history_free(g);
    cn_model_free(a);
    cn_model_free(b);
}

static void the_order_of_samples_is_as_asked(void **state)
{
    (void)state;
    cn_model *m[4];
    for (int i = 0; i < 4; i++) {
        m[i] = network("sgd(learning_rate=0.1)");
        /* 1: as they lie; 2 and 3: in an order of the seed's, 3 with a new one each epoch */
        cn_history_free(checked(
            cn_model_fit(m[i], &x, &y, .epochs = 2, .batch_size = 7, .shuffle = i > 1, .reshuffle = i == 3)));
    }
    assert_true(same_weights(m[0], m[1]));
    assert_false(same_weights(m[1], m[2]));
    assert_false(same_weights(m[2], m[3]));
    for (int i = 0; i < 4; i++) cn_model_free(m[i]);
}

static void epochs_may_begin_later_and_validate_now_and_then(void **state)
{
    (void)state;
    cn_model *m = network("sgd");
    cn_history *h = checked(cn_model_fit(m, &x, &y, .epochs = 7, .initial_epoch = 3, .validation_split = 0.1,
                                         .validation_freq = 2));
    assert_int_equal(cn_history_epochs(h), 4);
    assert_int_equal(cn_history_initial_epoch(h), 3);
    const double *loss = cn_history_get(h, "loss"), *val = cn_history_get(h, "val_loss");
    for (int e = 0; e < 4; e++) {
        assert_true(isfinite(loss[e]));
        assert_int_equal(isfinite(val[e]) != 0, (e + 3 + 1) % 2 == 0);
    }
    cn_history_free(h);
    h = checked(cn_model_fit(m, &x, &y, .epochs = 3, .initial_epoch = 3));
    assert_int_equal(cn_history_epochs(h), 0);
    cn_history_free(h);
    cn_model_free(m);
}

/* A fit goes on where the last one ended, optimiser and all. */
static void two_fits_are_one_long_one(void **state)
{
    (void)state;
    cn_model *a = network("adam"), *b = network("adam");
    cn_history_free(checked(cn_model_fit(a, &x, &y, .epochs = 4, .shuffle = false)));
    cn_history_free(checked(cn_model_fit(b, &x, &y, .epochs = 3, .shuffle = false)));
    cn_history_free(checked(cn_model_fit(b, &x, &y, .epochs = 1, .shuffle = false)));
    assert_true(same_weights(a, b));
    cn_model_free(a);
    cn_model_free(b);
}

static void any_type_of_number_will_do(void **state)
{
    (void)state;
    static double doubles[SAMPLES * INPUTS];
    static uint8_t bytes[SAMPLES * INPUTS];
    static float floats[SAMPLES * INPUTS];
    for (size_t i = 0; i < SAMPLES * INPUTS; i++) {
        doubles[i] = (double)inputs[i];
        bytes[i] = (uint8_t)(inputs[i] * 100);
        floats[i] = bytes[i];
    }
    const cn_array d = cn_array_view(CN_FLOAT64, doubles, 2, (size_t[]){SAMPLES, INPUTS}),
                   u = cn_array_view(CN_UINT8, bytes, 2, (size_t[]){SAMPLES, INPUTS}),
                   f = cn_array_view(CN_FLOAT32, floats, 2, (size_t[]){SAMPLES, INPUTS});
    cn_model *m[4];
    const cn_array *data[] = {&x, &d, &f, &u};
    for (int i = 0; i < 4; i++) {
        m[i] = network("sgd(learning_rate=0.001)");
        cn_history_free(checked(cn_model_fit(m[i], data[i], &y)));
    }
    assert_true(same_weights(m[0], m[1]));
    assert_true(same_weights(m[2], m[3]));
    for (int i = 0; i < 4; i++) cn_model_free(m[i]);
}

static void one_sample_is_enough(void **state)
{
    (void)state;
    cn_model *m = network("adam");
    const cn_array x1 = cn_array_slice(&x, 0, 1), y1 = cn_array_slice(&y, 0, 1);
    cn_array p;
    cn_history_free(checked(cn_model_fit(m, &x1, &y1)));
    assert_int_equal(cn_model_predict(m, &x1, &p), CN_OK);
    assert_int_equal(p.shape[0], 1);
    assert_int_equal(p.shape[1], CLASSES);
    cn_array_free(&p);
    cn_logs *scores = cn_model_evaluate(m, &x1, &y1);
    assert_non_null(scores);
    cn_logs_free(scores);
    cn_model_free(m);
}

/* ---- what is printed ------------------------------------------------------------------------------------------- */

static char *printed(int verbose)
{
    char *text = NULL;
    size_t size;
    FILE *log = open_memstream(&text, &size);
    cn_model *m = network("adam");
    cn_history *h = checked(cn_model_fit(m, &x, &y, .epochs = 2, .batch_size = 10, .validation_split = 0.1,
                                         .verbose = verbose, .log = log));
    fclose(log);
    char expected[200];
    for (int e = 0; e < 2 && verbose; e++) {
        snprintf(expected, sizeof expected,
                 " - accuracy: %.4f - loss: %.4f - val_accuracy: %.4f - val_loss: %.4f\n",
                 cn_history_get(h, "accuracy")[e], cn_history_get(h, "loss")[e],
                 cn_history_get(h, "val_accuracy")[e], cn_history_get(h, "val_loss")[e]);
        if (!strstr(text, expected)) fail_msg("no '%s' in: %s", expected, text);
    }
    cn_history_free(h);
    cn_model_free(m);
    return text;
}

static void progress_is_a_line_an_epoch_where_there_is_no_terminal(void **state)
{
    (void)state;
    char *silent = printed(0), *bar = printed(1), *lines = printed(2);
    assert_string_equal(silent, "");
    for (int i = 0; i < 2; i++) {
        const char *text = i ? lines : bar;
        assert_non_null(strstr(text, "Epoch 1/2"));
        assert_non_null(strstr(text, "Epoch 2/2"));
        assert_non_null(strstr(text, "9/9"));
        assert_null(strchr(text, '\r'));
    }
    free(silent);
    free(bar);
    free(lines);
}

static void a_profile_names_the_steps(void **state)
{
    (void)state;
    cn_model *m = network("adam");
    cn_history *h = checked(cn_model_fit(m, &x, &y, .epochs = 2, .validation_split = 0.1, .profile = true));
    static const char *const parts[] = {"training: ", "validation: ", "gather", "dense",
                                        "kernel",     "softmax",      "loss",   "waiting at barriers"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_non_null(strstr(cn_history_profile(h), parts[i]));
    cn_history_free(h);
    cn_model_free(m);
}

/* sgd(1, use_ema) of a weight whose gradient is 1 in every step, as Keras 3.6's apply_gradients: 2, 1, and 1.71, which is the
 * average; a fit would end with it in each. */
static void an_average_waits_while_the_training_goes_on(void **state)
{
    (void)state;
    const float keras[] = {2, 1, 1.71f};
    float one = 1, far = -1e30f, three = 3;
    const cn_array in = cn_array_view(CN_FLOAT32, &one, 2, (size_t[]){1, 1});
    const cn_array target = cn_array_view(CN_FLOAT32, &far, 2, (size_t[]){1, 1});
    cn_model *m = cn_model_new("net");
    assert_int_equal(cn_model_add_notation(m, "input 1; dense 1 use_bias=false"), CN_OK);
    assert_int_equal(cn_model_build(m, 1, (size_t[]){1}), CN_OK);
    assert_int_equal(cn_model_set_weight(
                         m, 0, &(cn_array){.dtype = CN_FLOAT32, .ndim = 2, .shape = {1, 1}, .data = &three}),
                     CN_OK);
    assert_int_equal(
        cn_model_compile(m, .optimizer = "sgd(1, use_ema=true, ema_momentum=0.9, ema_overwrite_frequency=3)",
                         .loss = "mae"),
        CN_OK);
    for (size_t step = 0; step < 3; step++) {
        cn_history_free(checked(cn_model_fit(m, &in, &target, .goes_on = true)));
        cn_array weight_now;
        assert_int_equal(cn_model_get_weight(m, 0, &weight_now), CN_OK);
        assert_float_equal(*(const float *)weight_now.data, keras[step], 1e-6);
        cn_array_free(&weight_now);
    }
    cn_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_problem_is_learnt),
        cmocka_unit_test(a_split_is_the_last_part),
        cmocka_unit_test(validation_is_what_evaluate_says),
        cmocka_unit_test(weights_of_classes_are_weights_of_samples),
        cmocka_unit_test(labels_and_one_hot_rows_train_alike),
        cmocka_unit_test(the_order_of_samples_is_as_asked),
        cmocka_unit_test(epochs_may_begin_later_and_validate_now_and_then),
        cmocka_unit_test(two_fits_are_one_long_one),
        cmocka_unit_test(any_type_of_number_will_do),
        cmocka_unit_test(one_sample_is_enough),
        cmocka_unit_test(progress_is_a_line_an_epoch_where_there_is_no_terminal),
        cmocka_unit_test(a_profile_names_the_steps),
        cmocka_unit_test(an_average_waits_while_the_training_goes_on),
    };
    return cmocka_run_group_tests(tests, make_data, NULL);
}
