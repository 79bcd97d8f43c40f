/* What the layers of noise do to a batch of training, seen from the loss: deviations and shares are those that were asked
 * for; outside of training they do nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"
#include "cornu/train.h"

enum { SAMPLES = 200, COLS = 60 };

typedef enum inputs { ZEROS, ONES, NORMAL } inputs;

static void fill(cn_array *a, size_t cols, inputs what)
{
    const cn__stream s = cn__random_stream(5, CN_RANDOM_DATA, 0, 0);
    assert_int_equal(cn_array_new(a, CN_FLOAT32, 2, (size_t[]){SAMPLES, cols}), CN_OK);
    float *values = a->data;
    for (size_t i = 0; i < SAMPLES * cols; i++)
        values[i] = what == NORMAL ? (float)cn__random_normal(&s, i) : (float)(what == ONES);
}

/* The mean of (y - target)² in a step of training, and outside of it; nothing is there to be learned. */
static double losses(const char *layers, inputs x_is, inputs y_is, size_t cols, double *outside)
{
    cn_array x, y;
    fill(&x, COLS, x_is);
    fill(&y, cols, y_is);
    cn_model *m = cn_model_new("noise");
    cn_model_add_notation(m, layers);
    cn_model_compile(m, .optimizer = "sgd", .loss = "mse");
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 1, .batch_size = SAMPLES, .threads = 2);
    if (!h) fail_msg("%s: %s", layers, cn_error());
    const double training = cn_history_get(h, "loss")[0];
    cn_logs *scores = cn_model_evaluate(m, &x, &y);
    assert_non_null(scores);
    *outside = cn_logs_get(scores, "loss");
    cn_logs_free(scores);
    cn_history_free(h);
    cn_model_free(m);
    cn_array_free(&x);
    cn_array_free(&y);
    return training;
}

static void assert_losses(const char *layers, inputs x, inputs y, size_t cols, double training,
                          double outside)
{
    double other;
    const double got = losses(layers, x, y, cols, &other);
    if (fabs(got - training) > 0.08 * training)
        fail_msg("%s: %g in training, expected %g", layers, got, training);
    if (fabs(other - outside) > 0.08 * outside)
        fail_msg("%s: %g outside of it, expected %g", layers, other, outside);
}

static void gaussian_noise_has_its_deviation(void **state)
{
    (void)state;
    assert_losses("gaussian_noise 0.3", ZEROS, ZEROS, COLS, 0.09, 0);
    assert_losses("gaussian_noise 0.8", ONES, ONES, COLS, 0.64, 0);
    assert_losses("gaussian_noise 0", ONES, ZEROS, COLS, 1, 1);
}

static void gaussian_dropout_has_the_deviation_of_dropout(void **state)
{
    (void)state;
    assert_losses("gaussian_dropout 0.2", ONES, ONES, COLS, 0.25, 0);
    assert_losses("gaussian_dropout 0.2", ZEROS, ZEROS, COLS, 0, 0);
}

/* Mean 0 and variance 1 stay; what is dropped is the least value of SELU. */
static void alpha_dropout_keeps_mean_and_variance(void **state)
{
    (void)state;
    assert_losses("alpha_dropout 0.3", NORMAL, ZEROS, COLS, 1, 1);
    const double rate = 0.3, least = -1.7580993408473766,
                 a = 1 / sqrt((1 - rate) * (1 + rate * least * least)), b = -a * least * rate, kept = b,
                 dropped = a * least + b;
    assert_losses("alpha_dropout 0.3", ZEROS, ZEROS, COLS,
                  (1 - rate) * kept * kept + rate * dropped * dropped, 0);
}

/* A mean over the steps has the deviation of one element when whole channels are dropped, and less when elements are. */
static void spatial_dropout_drops_whole_channels(void **state)
{
    (void)state;
    const double one = 0.3 / 0.7;
    assert_losses("reshape 6 10; spatial_dropout1d 0.3; global_average_pooling1d", ONES, ONES, 10, one, 0);
    assert_losses("reshape 6 10; dropout 0.3; global_average_pooling1d", ONES, ONES, 10, one / 6, 0);
    assert_losses("reshape 2 3 10; spatial_dropout2d 0.3; global_average_pooling2d", ONES, ONES, 10, one, 0);
    assert_losses("reshape 1 1 60; spatial_dropout2d 0.3; global_average_pooling2d", ONES, ONES, 60, one, 0);
}

static void a_seed_of_its_own_stands_for_the_models(void **state)
{
    (void)state;
    double other;
    const double a = losses("gaussian_noise 0.3 seed=4", ZEROS, ZEROS, COLS, &other),
                 b = losses("gaussian_noise 0.3 seed=4", ZEROS, ZEROS, COLS, &other),
                 c = losses("gaussian_noise 0.3 seed=5", ZEROS, ZEROS, COLS, &other);
    assert_true(a == b && a != c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussian_noise_has_its_deviation),
        cmocka_unit_test(gaussian_dropout_has_the_deviation_of_dropout),
        cmocka_unit_test(alpha_dropout_keeps_mean_and_variance),
        cmocka_unit_test(spatial_dropout_drops_whole_channels),
        cmocka_unit_test(a_seed_of_its_own_stands_for_the_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
