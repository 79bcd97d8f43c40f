/* compile with convolution=fast: training alone follows the other formula, and rounds more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cornu/train.h"

enum { SAMPLES = 24, SIDE = 12, CLASSES = 3 };

static cn_array x, y;

static int setup(void **state)
{
    (void)state;
    if (cn_array_new(&x, CN_FLOAT32, 4, (size_t[]){SAMPLES, SIDE, SIDE, 2}) != CN_OK) return 1;
    if (cn_array_new(&y, CN_FLOAT32, 2, (size_t[]){SAMPLES, CLASSES}) != CN_OK) return 1;
    float *xs = x.data, *ys = y.data;
    for (size_t i = 0; i < cn_array_size(&x); i++) xs[i] = (float)(i * 7919 % 1013) / 1013;
    for (size_t i = 0; i < SAMPLES; i++) ys[i * CLASSES + i % CLASSES] = 1;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cn_array_free(&x);
    cn_array_free(&y);
    return 0;
}

static cn_model *network(void)
{
    cn_model *m = cn_model_new("net");
    cn_model_set_seed(m, 2);
    assert_int_equal(
        cn_model_add_notation(m, "conv2d 32 3 relu padding=same; conv2d 32 3 relu padding=same; conv2d 34 3; "
                                 "global_average_pooling2d; dense 3 softmax"),
        CN_OK);
    return m;
}

static void compile(cn_model *m, const char *convolution)
{
    assert_int_equal(cn_model_compile(m, .optimizer = "sgd(0.05)", .loss = "categorical_crossentropy",
                                      .convolution = convolution),
                     CN_OK);
}

/* The loss of the last of three epochs; *out is what the network predicts then. */
static double train(const char *convolution, cn_array *out)
{
    cn_model *m = network();
    compile(m, convolution);
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 3, .batch_size = 8);
    assert_non_null(h);
    const double loss = cn_history_get(h, "loss")[2];
    assert_int_equal(cn_model_predict(m, &x, out), CN_OK);
    cn_history_free(h);
    cn_model_free(m);
    return loss;
}

static bool same(const cn_array *a, const cn_array *b)
{
    return memcmp(a->data, b->data, cn_array_size(a) * sizeof(float)) == 0;
}

static void training_rounds_otherwise_and_learns_the_same(void **state)
{
    (void)state;
    cn_array plain, named, fast;
    const double loss = train(NULL, &plain), named_loss = train("default", &named),
                 fast_loss = train("fast", &fast);
    assert_true(loss == named_loss && same(&plain, &named));
    assert_false(same(&plain, &fast));
    assert_float_equal(loss, fast_loss, 1e-4);
    for (size_t i = 0; i < cn_array_size(&plain); i++)
        assert_float_equal(((float *)plain.data)[i], ((float *)fast.data)[i], 1e-4);
    cn_array_free(&plain);
    cn_array_free(&named);
    cn_array_free(&fast);
}

static void predictions_and_scores_have_the_default(void **state)
{
    (void)state;
    cn_array before, after;
    double loss[2];
    cn_model *m = network();
    for (int i = 0; i < 2; i++) {
        compile(m, i ? "fast" : "default");
        if (!i) assert_int_equal(cn_model_build(m, 3, (size_t[]){SIDE, SIDE, 2}), CN_OK);
        assert_int_equal(cn_model_predict(m, &x, i ? &after : &before), CN_OK);
        cn_logs *logs = cn_model_evaluate(m, &x, &y);
        assert_non_null(logs);
        loss[i] = cn_logs_get(logs, "loss");
        cn_logs_free(logs);
    }
    assert_true(same(&before, &after));
    assert_true(loss[0] == loss[1]);
    cn_array_free(&before);
    cn_array_free(&after);
    cn_model_free(m);
}

static void compiling_again_gives_the_default_back(void **state)
{
    (void)state;
    cn_array plain, again;
    (void)train("default", &plain);
    cn_model *m = network();
    compile(m, "fast");
    compile(m, NULL);
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 3, .batch_size = 8);
    assert_non_null(h);
    assert_int_equal(cn_model_predict(m, &x, &again), CN_OK);
    assert_true(same(&plain, &again));
    cn_history_free(h);
    cn_array_free(&plain);
    cn_array_free(&again);
    cn_model_free(m);
}

static void another_word_is_refused(void **state)
{
    (void)state;
    cn_model *m = network();
    assert_int_equal(cn_model_compile(m, .loss = "mse", .convolution = "fats"), CN_ERROR_ARGUMENT);
    assert_non_null(strstr(cn_error(), "unknown convolution 'fats'; did you mean 'fast'?"));
    cn_model_free(m);
}

static void a_state_is_continued_by_the_same_formula_only(void **state)
{
    (void)state;
    char dir[] = "fast-states-XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    for (int i = 0; i < 2; i++) {
        cn_model *m = network();
        compile(m, i ? "default" : "fast");
        cn_history *h =
            cn_model_fit(m, &x, &y, .epochs = 1 + (size_t)i, .batch_size = 8, .checkpoint_dir = dir,
                         .checkpoint_seconds = 1e-9, .resume_dir = i ? dir : NULL);
        if (!i) assert_non_null(h);
        else assert_null(h);
        if (i) assert_non_null(strstr(cn_error(), "use of fast convolutions"));
        cn_history_free(h);
        cn_model_free(m);
    }
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/state-%d.cornu", dir, i);
        (void)unlink(path);
    }
    (void)rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_rounds_otherwise_and_learns_the_same),
        cmocka_unit_test(predictions_and_scores_have_the_default),
        cmocka_unit_test(compiling_again_gives_the_default_back),
        cmocka_unit_test(another_word_is_refused),
        cmocka_unit_test(a_state_is_continued_by_the_same_formula_only),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
