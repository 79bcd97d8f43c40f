/* The optimizer of a compiled model from outside: rate, steps, arrays. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/train.h"

enum { SAMPLES = 40, FEATURES = 5, OUTPUTS = 3 };
static float x_data[SAMPLES * FEATURES], y_data[SAMPLES * OUTPUTS];

static cn_array x_of(void) { return cn_array_view(CN_FLOAT32, x_data, 2, (size_t[]){SAMPLES, FEATURES}); }
static cn_array y_of(void) { return cn_array_view(CN_FLOAT32, y_data, 2, (size_t[]){SAMPLES, OUTPUTS}); }

static int make_data(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLES * FEATURES; i++) x_data[i] = (float)((i * 37) % 11) / 11 - 0.5f;
    for (int i = 0; i < SAMPLES * OUTPUTS; i++) y_data[i] = (float)((i * 17) % 7) / 7;
    return 0;
}

static cn_model *compiled(const char *optimizer)
{
    cn_model *m = cn_model_new(NULL);
    assert_int_equal(cn_model_add_notation(m, "input 5; dense 4 tanh; dense 3"), CN_OK);
    assert_int_equal(cn_model_compile(m, .optimizer = optimizer, .loss = "mse"), CN_OK);
    return m;
}

static void train(cn_model *m)
{
    const cn_array x = x_of(), y = y_of();
    cn_history *h = cn_model_fit(m, &x, &y, .batch_size = 10, .epochs = 2, .shuffle = false);
    assert_non_null(h);
    cn_history_free(h);
}

static void copy_all(const cn_model *from, cn_model *to)
{
    cn_array a;
    for (size_t i = 0; i < cn_model_weight_count(from); i++) {
        assert_int_equal(cn_model_get_weight(from, i, &a), CN_OK);
        assert_int_equal(cn_model_set_weight(to, i, &a), CN_OK);
        cn_array_free(&a);
    }
    for (size_t i = 0; i < cn_model_state_count(from); i++) {
        assert_int_equal(cn_model_get_state(from, i, &a), CN_OK);
        assert_int_equal(cn_model_set_state(to, i, &a), CN_OK);
        cn_array_free(&a);
    }
    assert_int_equal(cn_model_set_iterations(to, cn_model_iterations(from)), CN_OK);
}

static void assert_same_weights(const cn_model *a, const cn_model *b)
{
    for (size_t i = 0; i < cn_model_weight_count(a); i++) {
        cn_array u, v;
        assert_int_equal(cn_model_get_weight(a, i, &u), CN_OK);
        assert_int_equal(cn_model_get_weight(b, i, &v), CN_OK);
        assert_memory_equal(u.data, v.data, cn_array_size(&u) * sizeof(float));
        cn_array_free(&u);
        cn_array_free(&v);
    }
}

static void a_copy_trains_on_with_the_same_bits(void **state)
{
    (void)state;
    static const char *const optimizers[] = {"sgd(momentum=0.9)",
                                             "adam(amsgrad=true)",
                                             "nadam",
                                             "rmsprop(centered=true, momentum=0.5)",
                                             "ftrl",
                                             "adam(use_ema=true, ema_momentum=0.9)"};
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++) {
        cn_model *first = compiled(optimizers[i]), *copy = compiled(optimizers[i]);
        train(first);
        copy_all(first, copy);
        train(first);
        train(copy);
        assert_same_weights(first, copy);
        cn_model_free(first);
        cn_model_free(copy);
    }
}

static void the_arrays_are_those_of_keras_in_its_order(void **state)
{
    (void)state;
    cn_model *m = compiled("adam");
    assert_int_equal(cn_model_state_count(m), 8); /* momentum and velocity of each of four weights */
    cn_array a;
    assert_int_equal(cn_model_get_state(m, 1, &a), CN_OK);
    assert_int_equal(a.ndim, 2); /* the first kernel's velocity */
    assert_int_equal(a.shape[0], FEATURES);
    assert_true(cn_array_at(&a, 0) == 0);
    cn_array_free(&a);
    cn_model_free(m);
    m = compiled("sgd");
    assert_int_equal(cn_model_state_count(m), 0);
    cn_model_free(m);
}

static void the_rate_is_read_and_set(void **state)
{
    (void)state;
    cn_model *m = compiled("sgd(learning_rate=0.25)");
    assert_true(cn_model_learning_rate(m) == 0.25);
    assert_int_equal(cn_model_set_learning_rate(m, 0.5), CN_OK);
    assert_true(cn_model_learning_rate(m) == 0.5);
    train(m);
    assert_int_equal(cn_model_iterations(m), 8);
    cn_model_free(m);
    m = compiled("sgd(ExponentialDecay(1, 1, 0.5))");
    assert_int_equal(cn_model_set_iterations(m, 3), CN_OK);
    assert_true(fabs(cn_model_learning_rate(m) - 0.125) < 1e-9);
    assert_int_not_equal(cn_model_set_learning_rate(m, 0.5), CN_OK);
    cn_model_free(m);
}

static void what_is_not_there_is_refused(void **state)
{
    (void)state;
    cn_model *bare = cn_model_new(NULL), *m = compiled("adam");
    cn_array a = {0}, wrong = cn_array_view(CN_FLOAT32, x_data, 1, (size_t[]){3});
    assert_true(isnan(cn_model_learning_rate(bare)));
    assert_int_equal(cn_model_state_count(bare), 0);
    assert_int_equal(cn_model_get_state(bare, 0, &a), CN_ERROR_STATE);
    assert_int_equal(cn_model_set_learning_rate(bare, 1), CN_ERROR_STATE);
    assert_int_equal(cn_model_set_iterations(m, -1), CN_ERROR_ARGUMENT);
    assert_int_equal(cn_model_get_state(m, 8, &a), CN_ERROR_ARGUMENT);
    assert_string_equal(cn_error(), "optimizer state 8: model sequential has 8 arrays");
    assert_int_equal(cn_model_set_state(m, 0, &wrong), CN_ERROR_SHAPE);
    assert_string_equal(cn_error(), "optimizer state momentum of kernel has 20 numbers, got 3");
    cn_model_free(bare);
    cn_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_trains_on_with_the_same_bits),
        cmocka_unit_test(the_arrays_are_those_of_keras_in_its_order),
        cmocka_unit_test(the_rate_is_read_and_set),
        cmocka_unit_test(what_is_not_there_is_refused),
    };
    return cmocka_run_group_tests(tests, make_data, NULL);
}
