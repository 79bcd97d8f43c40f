/* What is wrong is said before anything is trained: the thing, the value, what was expected, the nearest valid word. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/train.h"

enum { SAMPLES = 20, INPUTS = 6 };
static float inputs[SAMPLES * INPUTS], one_hot[SAMPLES * 10], labels[SAMPLES], weights[SAMPLES];
static cn_array x, y;

static int fresh_data(void **state)
{
    (void)state;
    memset(one_hot, 0, sizeof one_hot);
    for (size_t i = 0; i < SAMPLES * INPUTS; i++) inputs[i] = (float)(i % 7) / 7;
    for (size_t i = 0; i < SAMPLES; i++) {
        one_hot[i * 10 + i % 10] = 1;
        labels[i] = (float)(i % 10);
        weights[i] = 1;
    }
    x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){SAMPLES, INPUTS});
    y = cn_array_view(CN_FLOAT32, one_hot, 2, (size_t[]){SAMPLES, 10});
    return 0;
}

static cn_array column(const float *values)
{
    return cn_array_view(CN_FLOAT32, values, 1, (size_t[]){SAMPLES});
}

static cn_model *network(const char *layers, const char *loss)
{
    cn_model *m = cn_model_new("net");
    assert_int_equal(cn_model_add_notation(m, layers), CN_OK);
    assert_int_equal(cn_model_compile(m, .optimizer = "sgd", .loss = loss, .metrics = "accuracy"), CN_OK);
    return m;
}

static void says(const char *part)
{
    if (!strstr(cn_error(), part)) fail_msg("'%s' is not in: %s", part, cn_error());
}

/* A fit with these options fails with every one of the parts (ending in NULL) in its message, and changes no weight. */
static void fails(cn_model *m, cn_fit_options options, const char *const *parts)
{
    cn_array before[8], after;
    size_t count = cn_model_weight_count(m);
    assert_true(count <= 8);
    for (size_t i = 0; i < count; i++) assert_int_equal(cn_model_get_weight(m, i, &before[i]), CN_OK);
    options.model = m;
    cn_error_clear();
    assert_null(cn_model_fit_with(&options));
    for (; *parts; parts++) says(*parts);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(cn_model_get_weight(m, i, &after), CN_OK);
        assert_memory_equal(before[i].data, after.data, cn_array_size(&after) * sizeof(float));
        cn_array_free(&before[i]);
        cn_array_free(&after);
    }
    cn_model_free(m);
}

#define FAILS(model, given, ...)                                                                             \
    do {                                                                                                     \
        cn_fit_options o = cn_fit_defaults();                                                                \
        o.x = &x, o.y = &y;                                                                                  \
        given;                                                                                               \
        fails(model, o, (const char *const[]){__VA_ARGS__, NULL});                                           \
    } while (0)

static const char ten[] = "input 6; dense 10 softmax", *const cross = "categorical_crossentropy";

static void five_outputs_for_ten_classes_show_both_shapes(void **state)
{
    (void)state;
    FAILS(network("input 6; dense 8; dense 5 softmax", cross), (void)0, "(None, 10)", "(None, 5)", "target",
          "output");
}

static void samples_of_another_shape_show_both_shapes(void **state)
{
    (void)state;
    FAILS(network("input 7; dense 10 softmax", cross), (void)0, "(None, 6)", "(None, 7)");
}

static void numbers_that_are_none_are_found(void **state)
{
    (void)state;
    inputs[3 * INPUTS + 2] = NAN;
    FAILS(network(ten, cross), (void)0, "x", "NaN", "sample 3", "number 2");
    fresh_data(NULL);
    inputs[0] = -INFINITY;
    FAILS(network(ten, cross), (void)0, "x", "infinity", "sample 0");
    fresh_data(NULL);
    one_hot[19 * 10 + 9] = NAN;
    FAILS(network(ten, cross), (void)0, "y", "NaN", "sample 19");
    fresh_data(NULL);
    weights[4] = NAN;
    cn_array w = column(weights);
    FAILS(network(ten, cross), o.sample_weight = &w, "sample_weight", "NaN", "sample 4");
    fresh_data(NULL);
    float validation[INPUTS] = {NAN};
    cn_array vx = cn_array_view(CN_FLOAT32, validation, 2, (size_t[]){1, INPUTS}),
             vy = cn_array_slice(&y, 0, 1);
    FAILS(network(ten, cross), (o.validation_x = &vx, o.validation_y = &vy), "validation_x", "NaN");
}

static void doubles_beyond_float32_are_found(void **state)
{
    (void)state;
    double large[SAMPLES] = {0};
    large[3] = -1e39;
    cn_array w = cn_array_view(CN_FLOAT64, large, 1, (size_t[]){SAMPLES});
    FAILS(network(ten, cross), o.sample_weight = &w, "sample_weight", "-1e+39", "sample 3", "3.40282e+38");
    FAILS(network("input 6; dense 1", "mse"), o.y = &w, "y", "-1e+39", "sample 3");
}

/* NaN or infinite from there on, whether a callback stops or not. */
static void a_training_that_diverged_says_since_when(void **state)
{
    (void)state;
    size_t epoch = 9, batch = 9;
    cn_model *m = network("input 6; dense 10", "mse");
    assert_int_equal(cn_model_compile(m, .optimizer = "sgd(1e30)", .loss = "mse"), CN_OK);
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 3, .batch_size = 10);
    assert_non_null(h);
    assert_true(cn_history_diverged(h, &epoch, &batch));
    assert_int_equal(epoch, 1);
    assert_int_equal(batch, 2);
    cn_history_free(h);
    cn_model_free(m);
    m = network(ten, cross);
    h = cn_model_fit(m, &x, &y, .epochs = 1);
    assert_false(cn_history_diverged(h, NULL, NULL));
    cn_history_free(h);
    cn_model_free(m);
}

static void data_that_is_not_there_is_named(void **state)
{
    (void)state;
    cn_array none = cn_array_slice(&x, 0, 0);
    FAILS(network(ten, cross), o.x = &none, "x", "(0, 6)");
    FAILS(network(ten, cross), o.x = NULL, "x", "missing");
    FAILS(network(ten, cross), o.y = NULL, "y", "missing");
}

static void lengths_that_differ_are_both_shown(void **state)
{
    (void)state;
    cn_array less = cn_array_slice(&y, 0, 19), w = cn_array_view(CN_FLOAT32, weights, 1, (size_t[]){7});
    FAILS(network(ten, cross), o.y = &less, "19", "20");
    FAILS(network(ten, cross), o.sample_weight = &w, "sample_weight", "(7", "20");
}

static void labels_must_be_classes(void **state)
{
    (void)state;
    cn_array l = column(labels);
    labels[5] = 10;
    FAILS(network(ten, "sparse_categorical_crossentropy"), o.y = &l, "label 10", "sample 5", "0 to 9");
    labels[5] = 2.5f;
    FAILS(network(ten, "sparse_categorical_crossentropy"), o.y = &l, "label 2.5", "whole numbers");
    labels[5] = -1;
    FAILS(network(ten, "sparse_categorical_crossentropy"), o.y = &l, "label -1");
}

/* The two most common mistakes are answered with the loss that was meant. */
static void targets_of_the_wrong_kind_are_told_the_right_loss(void **state)
{
    (void)state;
    cn_array l = column(labels);
    FAILS(network(ten, cross), o.y = &l, "sparse_categorical_crossentropy");
    FAILS(network(ten, "sparse_categorical_crossentropy"), (void)0, "use categorical_crossentropy");
}

static void numbers_of_fit_are_checked(void **state)
{
    (void)state;
    cn_array w = column(weights);
    FAILS(network(ten, cross), o.epochs = 200000000, "epochs");
    FAILS(network(ten, cross), o.validation_split = 1, "validation_split", "1");
    FAILS(network(ten, cross), o.validation_split = -0.1, "validation_split", "-0.1");
    FAILS(network(ten, cross), o.validation_split = NAN, "validation_split");
    FAILS(network(ten, cross), (o.batch_size = 1, o.validation_split = 0.99), "validation_split",
          "0 for training");
    FAILS(network(ten, cross), o.threads = -1, "threads", "-1");
    FAILS(network(ten, cross), o.class_weight = "2, 1", "class_weight");
    cn_array steps = cn_array_view(CN_FLOAT32, one_hot, 2, (size_t[]){SAMPLES, 3}),
             series = cn_array_view(CN_FLOAT32, inputs, 3, (size_t[]){SAMPLES, 3, 2});
    FAILS(network("input 3 2; dense 2 softmax", "sparse_categorical_crossentropy"),
          (o.x = &series, o.y = &steps, o.class_weight = "{0: 2}"), "class_weight", "(20, 3)", "several");
    FAILS(network(ten, cross), o.class_weight = "{a: 2}", "class_weight", "a");
    FAILS(network(ten, cross), (o.class_weight = "{1: 2}", o.sample_weight = &w),
          "sample_weight and class_weight");
    FAILS(network(ten, cross), o.validation_x = &x, "validation_y");
}

static void callbacks_are_checked_before_training(void **state)
{
    (void)state;
    FAILS(network(ten, cross), o.callbacks = "early_stoping", "early_stoping", "early_stopping");
    FAILS(network(ten, cross), o.callbacks = "early_stopping(patiense=3)", "patiense", "patience");
    FAILS(network(ten, cross), o.callbacks = "early_stopping(patience=many)", "patience", "many");
    FAILS(network(ten, cross), o.callbacks = "early_stopping(mode=up)", "mode", "up");
    FAILS(network(ten, cross), o.callbacks = "early_stopping(patience=3", ")");
    FAILS(network(ten, cross), o.callbacks = "stop_below(monitor=loss)", "value");
    FAILS(network(ten, cross), o.callbacks = "model_checkpoint(a.npz)", "save");
    FAILS(network(ten, cross), o.callbacks = "csv_logger(/nowhere/at/all.csv)", "/nowhere/at/all.csv");
}

/* Of a monitored value it is known only after an epoch that it is not there. */
static void a_monitored_name_that_is_not_there_lists_those_that_are(void **state)
{
    (void)state;
    cn_model *m = network(ten, cross);
    assert_null(cn_model_fit(m, &x, &y, .callbacks = "early_stopping(monitor=val_los)"));
    says("val_los");
    says("accuracy");
    cn_model_free(m);
}

static void words_of_compile_have_a_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *optimizer, *loss, *metrics, *parts[3];
    } wrong[] = {
        {"adm", "mse", NULL, {"adm", "adam"}},
        {"adam(learning_rat=0.1)", "mse", NULL, {"learning_rat", "learning_rate"}},
        {"adam(learning_rate=-1)", "mse", NULL, {"learning_rate", "-1"}},
        {"adam(learning_rate=fast)", "mse", NULL, {"learning rate", "fast"}},
        {"sgd(momentum=1.5)", "mse", NULL, {"momentum", "1.5"}},
        {"sgd(learning_rate=ExponentialDecai(0.1, 1, 0.5))",
         "mse",
         NULL,
         {"ExponentialDecai", "ExponentialDecay"}},
        {"adam(clipnorm=1, clipvalue=1)", "mse", NULL, {"clipnorm", "clipvalue"}},
        {"adam", "categorical_crosentropy", NULL, {"categorical_crosentropy", "categorical_crossentropy"}},
        {"adam", "huber(delt=1)", NULL, {"delt", "delta"}},
        {"adam", NULL, NULL, {"loss"}},
        {"adam", "mse", "acuracy", {"acuracy", "accuracy"}},
        {"adam", "mse", "auc(num_tresholds=10)", {"num_tresholds", "num_thresholds"}},
        {"adam(", "mse", NULL, {"adam("}},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cn_model *m = cn_model_new(NULL);
        cn_model_add_notation(m, "input 3; dense 2");
        cn_error_clear();
        assert_int_not_equal(cn_model_compile(m, .optimizer = wrong[i].optimizer, .loss = wrong[i].loss,
                                              .metrics = wrong[i].metrics),
                             CN_OK);
        for (int k = 0; k < 3 && wrong[i].parts[k]; k++) says(wrong[i].parts[k]);
        cn_model_free(m);
    }
}

static void steps_out_of_order_say_what_is_missing(void **state)
{
    (void)state;
    cn_array out;
    cn_model *m = cn_model_new(NULL);
    cn_model_add_notation(m, "dense 2");
    assert_null(cn_model_fit(m, &x, &y));
    says("compile");
    assert_null(cn_model_evaluate(m, &x, &y));
    says("compile");
    assert_null(cn_model_fit(NULL, &x, &y));
    says("model");
    cn_model *empty = cn_model_new(NULL);
    assert_int_not_equal(cn_model_predict(empty, &x, &out), CN_OK);
    says("layer");
    cn_model_free(empty);
    cn_model_free(m);
}

/* Terabytes of weights are refused with a message, and the model can still be freed. */
static void a_network_too_large_for_memory_is_refused(void **state)
{
    (void)state;
    cn_model *m = cn_model_new(NULL);
    cn_status status = cn_model_add_notation(m, "input 4000000; dense 4000000; dense 10");
    if (status == CN_OK) status = cn_model_build(m, 1, (size_t[]){4000000});
    assert_int_equal(status, CN_ERROR_MEMORY);
    says("memory");
    cn_model_free(m);
    m = cn_model_new(NULL);
    status = cn_model_add_notation(m, "input 18446744073709551615; dense 18446744073709551615");
    if (status == CN_OK) status = cn_model_build(m, 1, (size_t[]){SIZE_MAX});
    assert_int_not_equal(status, CN_OK);
    cn_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(five_outputs_for_ten_classes_show_both_shapes, fresh_data),
        cmocka_unit_test_setup(samples_of_another_shape_show_both_shapes, fresh_data),
        cmocka_unit_test_setup(numbers_that_are_none_are_found, fresh_data),
        cmocka_unit_test_setup(doubles_beyond_float32_are_found, fresh_data),
        cmocka_unit_test_setup(a_training_that_diverged_says_since_when, fresh_data),
        cmocka_unit_test_setup(data_that_is_not_there_is_named, fresh_data),
        cmocka_unit_test_setup(lengths_that_differ_are_both_shown, fresh_data),
        cmocka_unit_test_setup(labels_must_be_classes, fresh_data),
        cmocka_unit_test_setup(targets_of_the_wrong_kind_are_told_the_right_loss, fresh_data),
        cmocka_unit_test_setup(numbers_of_fit_are_checked, fresh_data),
        cmocka_unit_test_setup(callbacks_are_checked_before_training, fresh_data),
        cmocka_unit_test_setup(a_monitored_name_that_is_not_there_lists_those_that_are, fresh_data),
        cmocka_unit_test_setup(words_of_compile_have_a_nearest, fresh_data),
        cmocka_unit_test_setup(steps_out_of_order_say_what_is_missing, fresh_data),
        cmocka_unit_test_setup(a_network_too_large_for_memory_is_refused, fresh_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
