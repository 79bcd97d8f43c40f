/* StochasticWeightAveraging: the weights of a trained model are the mean of those at the ends of its last epochs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/train.h"

enum { SAMPLES = 60, INPUTS = 5, EPOCHS = 5, FIRST = 2, MOST = 200 };

/* The sum of a model's weights over some epochs, in the order of its weights. */
typedef struct sums {
    double value[MOST];
    size_t count;
} sums;

static size_t add_weights(const cn_model *m, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < cn_model_weight_count(m); i++) {
        cn_array w;
        assert_int_equal(cn_model_get_weight(m, i, &w), CN_OK);
        for (size_t e = 0; e < cn_array_size(&w); e++, n++) {
            assert_true(n < MOST);
            out[n] += cn_array_at(&w, e);
        }
        cn_array_free(&w);
    }
    return n;
}

static cn_status keep(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    (void)logs;
    sums *s = user;
    if (epoch >= FIRST) add_weights(cn_training_model(t), s->value), s->count++;
    return CN_OK;
}

static void make_data(cn_array *x, cn_array *y)
{
    assert_int_equal(cn_array_new(x, CN_FLOAT32, 2, (size_t[]){SAMPLES, INPUTS}), CN_OK);
    assert_int_equal(cn_array_new(y, CN_FLOAT32, 2, (size_t[]){SAMPLES, 1}), CN_OK);
    for (size_t i = 0; i < SAMPLES * INPUTS; i++) ((float *)x->data)[i] = (float)(i * 37 % 19) / 19;
    for (size_t i = 0; i < SAMPLES; i++) ((float *)y->data)[i] = (float)(i % 7);
}

static void fit(cn_model *m, const char *callbacks, const cn_callback *const *custom)
{
    cn_array x, y;
    make_data(&x, &y);
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = EPOCHS, .batch_size = 16, .callbacks = callbacks,
                                 .custom_callbacks = custom);
    if (!h) fail_msg("%s", cn_error());
    cn_history_free(h);
    cn_array_free(&x);
    cn_array_free(&y);
}

static cn_model *network(void)
{
    cn_model *m = cn_model_new("averaged");
    cn_model_add_notation(m, "dense 7 relu; batch_normalization; dense 1");
    cn_model_compile(m, .optimizer = "sgd(0.05)", .loss = "mse");
    return m;
}

static void the_weights_become_the_mean_of_the_last_epochs(void **state)
{
    (void)state;
    sums s = {.count = 0};
    double got[MOST] = {0};
    const cn_callback keeper = {.user = &s, .on_epoch_end = keep}, *const custom[] = {&keeper, NULL};
    cn_model *m = network();
    fit(m, "swa(start_epoch=2)", custom);
    assert_int_equal(s.count, EPOCHS - FIRST);
    const size_t n = add_weights(m, got);
    for (size_t i = 0; i < n; i++)
        if (fabs(got[i] - s.value[i] / (double)s.count) > 1e-6)
            fail_msg("weight %zu is %g, expected %g", i, got[i], s.value[i] / (double)s.count);
    cn_model_free(m);
}

static void a_start_behind_the_last_epoch_leaves_the_weights(void **state)
{
    (void)state;
    double with[MOST] = {0}, without[MOST] = {0};
    cn_model *a = network(), *b = network();
    fit(a, "stochastic_weight_averaging(start_epoch=5)", NULL);
    fit(b, NULL, NULL);
    const size_t n = add_weights(a, with);
    add_weights(b, without);
    assert_memory_equal(with, without, n * sizeof *with);
    cn_model_free(a);
    cn_model_free(b);
}

/* A fit validated by the same samples: the history's values, and what evaluate says of the weights left. */
static cn_history *fit_validated(cn_model *m, const char *callbacks, double *evaluated)
{
    cn_array x, y;
    make_data(&x, &y);
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = EPOCHS, .batch_size = 16, .callbacks = callbacks,
                                 .validation_x = &x, .validation_y = &y);
    if (!h) fail_msg("%s", cn_error());
    cn_logs *scores = cn_model_evaluate(m, &x, &y, .batch_size = 16);
    assert_non_null(scores);
    *evaluated = cn_logs_get(scores, "loss");
    cn_logs_free(scores);
    cn_array_free(&x);
    cn_array_free(&y);
    return h;
}

static void validation_may_be_of_the_mean_and_changes_nothing_else(void **state)
{
    (void)state;
    double with[MOST] = {0}, without[MOST] = {0}, loss, other;
    cn_model *a = network(), *b = network();
    cn_history *h = fit_validated(a, "swa(start_epoch=2, validate=true)", &loss),
               *plain = fit_validated(b, "swa(start_epoch=2)", &other);
    const double *v = cn_history_get(h, "val_loss"), *p = cn_history_get(plain, "val_loss");
    assert_true(v[EPOCHS - 1] == loss);  /* that of the weights which training ended with */
    assert_true(p[EPOCHS - 1] != other); /* which are not those of the last epoch */
    for (size_t e = 0; e < EPOCHS; e++) {
        assert_true((v[e] == p[e]) == (e <= FIRST)); /* the mean of one epoch is that epoch's weights */
        assert_true(cn_history_get(h, "loss")[e] == cn_history_get(plain, "loss")[e]);
    }
    const size_t n = add_weights(a, with);
    add_weights(b, without);
    assert_memory_equal(with, without, n * sizeof *with);
    cn_history_free(h);
    cn_history_free(plain);
    cn_model_free(a);
    cn_model_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_weights_become_the_mean_of_the_last_epochs),
        cmocka_unit_test(a_start_behind_the_last_epoch_leaves_the_weights),
        cmocka_unit_test(validation_may_be_of_the_mean_and_changes_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
