/* Predictions as in training: dropout drops, batch normalisation goes by the batch, and no weight is trained. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/cornu.h"

enum { SAMPLES = 64, COLS = 20 };

static cn_model *make(const char *layers)
{
    cn_model *m = cn_model_new("net");
    cn_model_set_seed(m, 3);
    if (cn_model_add_notation(m, layers) != CN_OK || cn_model_build(m, 1, (size_t[]){COLS}) != CN_OK)
        fail_msg("%s", cn_error());
    return m;
}

static cn_array ramp(float values[SAMPLES * COLS])
{
    for (size_t i = 0; i < SAMPLES * COLS; i++) values[i] = 1.5F + sinf((float)i * 1.7F);
    return cn_array_view(CN_FLOAT32, values, 2, (size_t[]){SAMPLES, COLS});
}

static cn_array predict(cn_model *m, const cn_array *x, bool training, size_t batch, int threads)
{
    cn_array y = {0};
    if (cn_model_predict(m, x, &y, .training = training, .batch_size = batch, .threads = threads) != CN_OK)
        fail_msg("%s", cn_error());
    return y;
}

static bool same(cn_array *a, cn_array *b)
{
    const bool equal = memcmp(a->data, b->data, cn_array_size(a) * sizeof(float)) == 0;
    cn_array_free(a);
    cn_array_free(b);
    return equal;
}

static void dropout_drops_and_each_call_draws_anew(void **state)
{
    (void)state;
    float numbers[SAMPLES * COLS];
    const cn_array x = ramp(numbers);
    cn_model *m = make("dropout 0.25");
    cn_array y = predict(m, &x, true, 0, 1), next = predict(m, &x, true, 0, 1);
    size_t zeros = 0;
    for (size_t i = 0; i < SAMPLES * COLS; i++) {
        const float v = ((const float *)y.data)[i];
        zeros += v == 0;
        assert_true(v == 0 || fabsf(v - numbers[i] / 0.75F) < 1e-5F);
    }
    assert_in_range(zeros, SAMPLES * COLS / 5, SAMPLES * COLS * 3 / 10);
    assert_false(same(&y, &next));
    cn_array plain = predict(m, &x, false, 0, 1);
    assert_memory_equal(plain.data, numbers, sizeof numbers);
    cn_array_free(&plain);
    cn_model_free(m);
}

static void the_same_seed_has_the_same_bits_for_any_threads(void **state)
{
    (void)state;
    float numbers[SAMPLES * COLS];
    const cn_array x = ramp(numbers);
    static const char layers[] = "dense 30 relu; batch_normalization; dropout 0.5; dense 7 softmax";
    cn_model *one = make(layers), *other = make(layers);
    for (int call = 0; call < 3; call++) {
        cn_array a = predict(one, &x, true, 24, 1), b = predict(other, &x, true, 24, 4);
        assert_true(same(&a, &b));
    }
    cn_model_free(one);
    cn_model_free(other);
}

static float weight(cn_model *m, size_t i, size_t at)
{
    cn_array w;
    assert_int_equal(cn_model_get_weight(m, i, &w), CN_OK);
    const float value = ((const float *)w.data)[at];
    cn_array_free(&w);
    return value;
}

/* Each batch by its own mean, which goes into the moving mean; what the layer learns stays. */
static void batch_normalization_goes_by_the_batch(void **state)
{
    (void)state;
    float numbers[SAMPLES * COLS];
    const cn_array x = ramp(numbers);
    cn_model *m = make("batch_normalization momentum=0.5 epsilon=1e-6");
    cn_array y = predict(m, &x, true, SAMPLES / 2, 2);
    double mean[2] = {0}, out[2] = {0};
    for (size_t n = 0; n < SAMPLES; n++) {
        mean[n / (SAMPLES / 2)] += (double)numbers[n * COLS + 3] / (SAMPLES / 2);
        out[n / (SAMPLES / 2)] += (double)((const float *)y.data)[n * COLS + 3] / (SAMPLES / 2);
    }
    assert_true(fabs(out[0]) < 1e-5 && fabs(out[1]) < 1e-5);
    assert_true(fabs((double)weight(m, 2, 3) - (0.25 * mean[0] + 0.5 * mean[1])) < 1e-5);
    assert_true(weight(m, 0, 3) == 1 && weight(m, 1, 3) == 0);
    cn_array_free(&y);
    cn_model_free(m);
}

/* Not even a penalty or an average takes part, and a training goes on as if nothing had been asked. */
static void a_training_goes_on_as_before(void **state)
{
    (void)state;
    float numbers[SAMPLES * COLS], targets[SAMPLES];
    const cn_array x = ramp(numbers), y = cn_array_view(CN_FLOAT32, targets, 2, (size_t[]){SAMPLES, 1});
    for (size_t i = 0; i < SAMPLES; i++) targets[i] = numbers[i * COLS];
    cn_model *asked = make("dense 5 tanh kernel_regularizer=l2(0.1); dropout 0.5; dense 1"),
             *other = make("dense 5 tanh kernel_regularizer=l2(0.1); dropout 0.5; dense 1");
    for (int epoch = 0; epoch < 2; epoch++) {
        cn_model *const both[] = {asked, other};
        for (int i = 0; i < 2; i++) {
            if (!epoch)
                assert_int_equal(cn_model_compile(both[i], .optimizer = "adam", .loss = "mse"), CN_OK);
            cn_history *h = cn_model_fit(both[i], &x, &y, .epochs = 1);
            assert_non_null(h);
            cn_history_free(h);
        }
        cn_array drawn = predict(asked, &x, true, 0, 1);
        cn_array_free(&drawn);
        for (size_t i = 0; i < 4; i++) assert_true(weight(asked, i, 0) == weight(other, i, 0));
    }
    cn_model_free(asked);
    cn_model_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(dropout_drops_and_each_call_draws_anew),
                                       cmocka_unit_test(the_same_seed_has_the_same_bits_for_any_threads),
                                       cmocka_unit_test(batch_normalization_goes_by_the_batch),
                                       cmocka_unit_test(a_training_goes_on_as_before)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
