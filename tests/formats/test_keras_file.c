/* .keras, .weights.h5 and .h5: what goes in comes out, and training goes on from it. */
#include <pthread.h>

#include "formats/keras_support.h"

static const char *const optimizers[] = {
    "adadelta(learning_rate=0.5)",
    "adagrad(learning_rate=0.1, initial_accumulator_value=0.2)",
    "adam(learning_rate=0.01)",
    "adam(learning_rate=0.01, amsgrad=true, use_ema=true, ema_momentum=0.9, ema_overwrite_frequency=2)",
    "adamax(clipnorm=0.5)",
    "adamw(weight_decay=0.02)",
    "ftrl(learning_rate=0.1, beta=0.1)",
    "lion(learning_rate=0.002)",
    "nadam(learning_rate=0.01)",
    "rmsprop(momentum=0.3)",
    "rmsprop(centered=true)",
    "sgd",
    "sgd(learning_rate=0.05, momentum=0.9, nesterov=true, global_clipnorm=1)",
    "sgd(learning_rate=CosineDecay(0.1, decay_steps=10), momentum=0.5)",
    "sgd(learning_rate=PiecewiseConstantDecay([3, 5], [0.1, 0.05, 0.01]), clipvalue=0.1)",
};

/* A model that was saved and loaded trains on to the same bits as the one that was not. */
static void training_goes_on_from_a_file_as_if_there_had_been_none(void **state)
{
    (void)state;
    static const char *const names[] = {"state.keras", "state.h5"};
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++)
        for (size_t k = 0; k < 2; k++) {
            cn_model *a = compiled(NETWORK, optimizers[i]);
            fit(a, 2);
            assert_ok(cn_model_save(a, file(names[k]), false));
            cn_model *b = load(file(names[k]));
            fit(a, 2);
            fit(b, 2);
            assert_same_weights(a, b);
            cn_model_free(a);
            cn_model_free(b);
        }
}

static void what_was_loaded_is_written_as_the_same_bytes(void **state)
{
    (void)state;
    static const char *const names[] = {"one.keras", "two.keras", "one.h5", "two.h5"};
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++)
        for (size_t k = 0; k < 4; k += 2) {
            cn_model *a = compiled(NETWORK, optimizers[i]);
            fit(a, 1);
            assert_ok(cn_model_save(a, file(names[k]), false));
            cn_model *b = load(file(names[k]));
            assert_ok(cn_model_save(b, file(names[k + 1]), false));
            assert_same_files(file(names[k]), file(names[k + 1]));
            cn_model_free(a);
            cn_model_free(b);
        }
}

static const char *const layers[] = {
    "input 6; dense 4 relu name=first; dropout 0.3; dense 3",
    "input 6; reshape 2 3; dense 4 gelu; layer_normalization epsilon=0.01; flatten; dense 3 use_bias=false",
    "input 6; dense 4 leaky_relu(negative_slope=0.3); activation relu(max_value=2); elu alpha=0.5; leaky_relu; relu "
    "max_value=3 negative_slope=0.1; softmax; dense 3",
    "input 6; batch_normalization momentum=0.7 scale=false; batch_normalization center=false trainable=false; dense 3",
    "input 6; dense 3 kernel_initializer=orthogonal bias_initializer=random_normal(stddev=0.3) "
    "kernel_regularizer=l1_l2(0.1,0.2) bias_regularizer=l2(0.1) kernel_constraint=max_norm(2) bias_constraint=non_neg",
    "input 6; layer_normalization center=false; layer_normalization scale=false; dense 3 name='a \"quoted\" name'",
};

static void assert_same_predictions(cn_model *a, cn_model *b)
{
    cn_array p, q;
    assert_ok(cn_model_predict(a, &x, &p));
    assert_ok(cn_model_predict(b, &x, &q));
    assert_memory_equal(p.data, q.data, cn_array_size(&p) * sizeof(float));
    cn_array_free(&p);
    cn_array_free(&q);
}

static void every_layer_comes_back_from_every_format(void **state)
{
    (void)state;
    static const char *const names[] = {"layers.keras", "layers.h5", "layers.hdf5", "layers.npz"};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            cn_model *a = compiled(layers[i], "sgd");
            fit(a, 1);
            assert_ok(cn_model_save(a, file(names[k]), false));
            cn_model *b = load(file(names[k]));
            assert_same_weights(a, b);
            assert_same_predictions(a, b);
            char *json_a = cn_model_to_json(a), *json_b = cn_model_to_json(b);
            assert_string_equal(json_a, json_b);
            cn_text_free(json_a);
            cn_text_free(json_b);
            cn_model_free(a);
            cn_model_free(b);
        }
}

static void loss_and_metrics_come_back_with_their_names_and_arguments(void **state)
{
    (void)state;
    static const char *const names[] = {"metrics.keras", "metrics.h5"};
    static const char metrics[] =
        "acc, auc(curve=PR, num_thresholds=20), AUC(name=area), precision(thresholds=[0.2, 0.5]), "
        "f1_score(average=macro), top_k(k=2), mse, mean_absolute_error(name='error, absolute'), huber, crossentropy, "
        "categorical_crossentropy(label_smoothing=0.2, name=smooth), cosine_similarity, logcosh";
    cn_model *a = make(NETWORK);
    assert_ok(cn_model_compile(a, .optimizer = "sgd", .loss = "categorical_crossentropy(label_smoothing=0.1)",
                               .metrics = metrics, .weighted_metrics = "accuracy, mae"));
    fit(a, 1);
    cn_logs *before = cn_model_evaluate(a, &x, &y);
    for (size_t k = 0; k < 2; k++) {
        assert_ok(cn_model_save(a, file(names[k]), false));
        cn_model *b = load(file(names[k]));
        cn_logs *after = cn_model_evaluate(b, &x, &y);
        assert_int_equal(cn_logs_count(after), cn_logs_count(before));
        for (size_t i = 0; i < cn_logs_count(before); i++) {
            assert_string_equal(cn_logs_name(after, i), cn_logs_name(before, i));
            assert_true(cn_logs_value(after, i) == cn_logs_value(before, i));
        }
        cn_logs_free(after);
        cn_model_free(b);
    }
    cn_logs_free(before);
    cn_model_free(a);
}

static void weights_alone_come_back_from_every_format(void **state)
{
    (void)state;
    static const char *const names[] = {"w.weights.h5", "w.h5", "w.npz"};
    for (size_t k = 0; k < 3; k++) {
        cn_model *a = compiled(NETWORK, "sgd"), *b = make(NETWORK);
        fit(a, 1);
        assert_ok(cn_model_save_weights(a, file(names[k])));
        assert_ok(cn_model_load_weights(b, file(names[k])));
        assert_same_weights(a, b);
        assert_null(cn_model_load(file(names[k])));
        assert_message("no network");
        cn_model_free(a);
        cn_model_free(b);
    }
}

/* As with Keras's load_weights. */
static void the_state_comes_with_the_weights_when_the_optimizer_is_the_same(void **state)
{
    (void)state;
    cn_model *a = compiled(NETWORK, "adam(0.01)"), *same = compiled(NETWORK, "adam(0.01)"),
             *other = compiled(NETWORK, "adamax"), *fresh = compiled(NETWORK, "adamax");
    fit(a, 2);
    assert_ok(cn_model_save_weights(a, file("s.weights.h5")));
    assert_ok(cn_model_load_weights(same, file("s.weights.h5")));
    assert_ok(cn_model_load_weights(other, file("s.weights.h5")));
    assert_ok(cn_model_save(a, file("s.npz"), true));
    assert_ok(cn_model_load_weights(fresh, file("s.npz")));
    fit(a, 1);
    fit(same, 1);
    fit(other, 1);
    fit(fresh, 1);
    assert_same_weights(a, same);
    assert_same_weights(other, fresh);
    cn_model_free(a);
    cn_model_free(same);
    cn_model_free(other);
    cn_model_free(fresh);
}

static void a_model_that_was_not_compiled_is_loaded_so(void **state)
{
    (void)state;
    static const char *const names[] = {"plain.keras", "plain.h5"};
    for (size_t k = 0; k < 2; k++) {
        cn_model *a = make(NETWORK);
        assert_ok(cn_model_build(a, 1, (size_t[]){6}));
        assert_ok(cn_model_save(a, file(names[k]), false));
        cn_model *b = load(file(names[k]));
        assert_same_weights(a, b);
        assert_null(cn_model_fit(b, &x, &y));
        assert_message("compile");
        cn_model_free(a);
        cn_model_free(b);
    }
}

/* ---- writing ------------------------------------------------------------------------------------------- */

static void a_failed_save_leaves_the_old_file_whole(void **state)
{
    (void)state;
    static const char *const names[] = {"old.keras", "old.h5"};
    for (size_t k = 0; k < 2; k++) {
        cn_model *good = compiled(NETWORK, "adam"), *bad = compiled("input 6; dense 3 celu(alpha=2)", "adam");
        fit(good, 1);
        assert_ok(cn_model_save(good, file(names[k]), false));
        size_t size, again;
        char *before = read_file(file(names[k]), &size);
        assert_int_not_equal(cn_model_save(bad, file(names[k]), false), CN_OK);
        assert_message("celu");
        char *after = read_file(file(names[k]), &again);
        assert_int_equal(size, again);
        assert_memory_equal(before, after, size);
        cn__free(before);
        cn__free(after);
        cn_model_free(good);
        cn_model_free(bad);
    }
}

static void *save_and_load(void *name)
{
    for (int i = 0; i < 10; i++) {
        cn_model *model = compiled(NETWORK, "adam"), *again = NULL;
        if (cn_model_save(model, name, false) == CN_OK) again = cn_model_load(name);
        bool good = again && cn_model_parameters(again) == cn_model_parameters(model);
        cn_model_free(model);
        cn_model_free(again);
        if (!good) return name;
    }
    return NULL;
}

static void several_threads_save_and_load_at_once(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    char names[THREADS][160];
    for (int i = 0; i < THREADS; i++) {
        snprintf(names[i], sizeof names[i], "%s/thread-%d%s", scratch, i, i % 2 ? ".h5" : ".keras");
        assert_int_equal(pthread_create(&threads[i], NULL, save_and_load, names[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
}

static void the_ending_says_what_is_written(void **state)
{
    (void)state;
    cn_model *model = compiled(NETWORK, "adam");
    assert_int_equal(cn_model_save(model, file("model.kears"), false), CN_ERROR_ARGUMENT);
    assert_message(".keras, .npz, .h5");
    assert_int_equal(cn_model_save(model, file("model.keras"), true), CN_ERROR_ARGUMENT);
    assert_message(".weights.h5");
    assert_int_equal(cn_model_save(model, file("model.weights.h5"), false), CN_ERROR_ARGUMENT);
    assert_message("weights alone");
    assert_int_equal(cn_model_save(model, file("no/such/folder.keras"), false), CN_ERROR_FILE);
    assert_message("no/such/folder.keras");
    assert_false(cn__file_exists(file("model.keras")));
    assert_ok(cn_model_save(model, file("model.json"), false));
    cn_model *again = load(file("model.json"));
    cn_model_free(again);
    cn_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_goes_on_from_a_file_as_if_there_had_been_none),
        cmocka_unit_test(what_was_loaded_is_written_as_the_same_bytes),
        cmocka_unit_test(every_layer_comes_back_from_every_format),
        cmocka_unit_test(loss_and_metrics_come_back_with_their_names_and_arguments),
        cmocka_unit_test(weights_alone_come_back_from_every_format),
        cmocka_unit_test(the_state_comes_with_the_weights_when_the_optimizer_is_the_same),
        cmocka_unit_test(a_model_that_was_not_compiled_is_loaded_so),
        cmocka_unit_test(a_failed_save_leaves_the_old_file_whole),
        cmocka_unit_test(several_threads_save_and_load_at_once),
        cmocka_unit_test(the_ending_says_what_is_written),
    };
    return cmocka_run_group_tests(tests, set_up, remove_scratch);
}
