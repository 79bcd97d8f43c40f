/* cn_gradients: the gradients that a step of SGD takes, the same for any number of threads, and out of the way of a fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/cornu.h"

enum { N = 24, IN = 5, OUT = 3, MOST = 8 };

static float inputs[N][IN];
static uint8_t labels[N];
static cn_array x, y;

static int set_up(void **state)
{
    (void)state;
    uint32_t random = 7;
    for (int n = 0; n < N; n++) {
        for (int i = 0; i < IN; i++)
            inputs[n][i] = (float)((random = random * 1664525u + 1013904223u) >> 8) / 8388608.0f - 1;
        labels[n] = (uint8_t)(n % OUT);
    }
    x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){N, IN});
    y = cn_array_view(CN_UINT8, labels, 1, (size_t[]){N});
    return 0;
}

static cn_model *make_model(const char *optimizer)
{
    cn_model *m = cn_model_new("m");
    cn_model_set_seed(m, 3);
    cn_model_add(m, cn_input(IN));
    cn_model_add(m, cn_dense(16, .activation = "tanh", .kernel_regularizer = "l2(0.01)"));
    cn_model_add(m, cn_batch_normalization());
    cn_model_add(m, cn_dense(OUT, .activation = "softmax"));
    if (cn_model_compile(m, .optimizer = optimizer, .loss = "sparse_categorical_crossentropy") != CN_OK ||
        cn_model_build(m, 1, (size_t[]){IN}) != CN_OK)
        fail_msg("%s", cn_error());
    return m;
}

/* w - w' of one step with a learning rate of 1 is the gradient. */
static void they_are_what_a_step_of_sgd_takes(void **state)
{
    (void)state;
    double loss;
    cn_model *m = make_model("sgd(learning_rate=1.0)");
    cn_array before[MOST], gradient[MOST], after;
    cn_gradients *g = cn_gradients_new(m, N, 0);
    assert_non_null(g);
    assert_int_equal(cn_gradients_compute(g, &x, &y, &loss), CN_OK);
    const size_t count = cn_model_weight_count(m);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(cn_gradients_get(g, i, &gradient[i]), CN_OK);
        assert_int_equal(cn_model_get_weight(m, i, &before[i]), CN_OK);
    }
    cn_history *h =
        cn_model_fit(m, &x, &y, .batch_size = N, .shuffle = false); /* beside gradients that live */
    assert_non_null(h);
    assert_float_equal(cn_history_get(h, "loss")[0], loss, 1e-6);
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        char name[80];
        assert_int_equal(cn_model_weight_name(m, i, name, sizeof name), CN_OK);
        assert_int_equal(cn_model_get_weight(m, i, &after), CN_OK);
        assert_int_equal(gradient[i].ndim, after.ndim);
        for (size_t e = 0; e < cn_array_size(&after); e++) {
            const double step = cn_array_at(&before[i], e) - cn_array_at(&after, e),
                         got = cn_array_at(&gradient[i], e);
            if (strstr(name, "moving")) assert_float_equal(got, 0, 0); /* not trained */
            else if (!(step - got < 1e-6 && got - step < 1e-6))
                fail_msg("%s[%zu]: gradient %g, step %g", name, e, got, step);
            largest = got > largest ? got : largest;
        }
        cn_array_free(&after), cn_array_free(&before[i]), cn_array_free(&gradient[i]);
    }
    assert_true(largest > 1e-3);
    cn_gradients_free(g);
    cn_history_free(h);
    cn_model_free(m);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    cn_array one, many;
    cn_model *m = make_model("adam");
    cn_gradients *a = cn_gradients_new(m, N, 1), *b = cn_gradients_new(m, N + 100, 4);
    assert_true(a && b);
    assert_int_equal(cn_gradients_compute(a, &x, &y, NULL), CN_OK);
    assert_int_equal(cn_gradients_compute(b, &x, &y, NULL), CN_OK);
    for (size_t i = 0; i < cn_model_weight_count(m); i++) {
        assert_int_equal(cn_gradients_get(a, i, &one), CN_OK);
        assert_int_equal(cn_gradients_get(b, i, &many), CN_OK);
        assert_memory_equal(one.data, many.data, cn_array_size(&one) * sizeof(float));
        cn_array_free(&one), cn_array_free(&many);
    }
    cn_gradients_free(a);
    cn_gradients_free(b);
    cn_model_free(m);
}

static void what_cannot_be_is_said(void **state)
{
    (void)state;
    cn_array out;
    cn_model *m = make_model("adam"), *bare = cn_model_new("bare");
    cn_model_add(bare, cn_dense(2));
    assert_null(cn_gradients_new(bare, N, 0));
    assert_non_null(strstr(cn_error(), "not compiled"));
    assert_int_equal(cn_model_compile(bare, .loss = "mse"), CN_OK);
    assert_null(cn_gradients_new(bare, N, 0));
    assert_non_null(strstr(cn_error(), "not built"));
    assert_null(cn_gradients_new(m, 0, 0));
    assert_non_null(strstr(cn_error(), "batch = 0"));
    assert_null(cn_gradients_new(NULL, 1, 0));
    cn_gradients *g = cn_gradients_new(m, N - 1, 0);
    assert_non_null(g);
    assert_int_equal(cn_gradients_compute(g, &x, &y, NULL), CN_ERROR_ARGUMENT);
    assert_non_null(strstr(cn_error(), "expected 1 to 23"));
    assert_int_equal(cn_gradients_get(g, 99, &out), CN_ERROR_ARGUMENT);
    cn_array wide = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){N / IN, IN * IN});
    assert_int_not_equal(cn_gradients_compute(g, &wide, &y, NULL), CN_OK);
    cn_gradients_free(g);
    cn_model_free(m);
    cn_model_free(bare);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_what_a_step_of_sgd_takes),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(what_cannot_be_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
