/* Where fit's batches come from: steps of an epoch, generators of the caller's, their ends and their mistakes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/cornu.h"

enum { SAMPLES = 10 };
static float inputs[SAMPLES], targets[SAMPLES];
static cn_array x, y;

/* One weight of 1 that is not trained (its rate is 0): a sample's loss is its number squared, so that a loss says which samples
 * were in the epoch. */
static int make_data(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLES; i++) inputs[i] = (float)i;
    x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){SAMPLES, 1});
    y = cn_array_view(CN_FLOAT32, targets, 2, (size_t[]){SAMPLES, 1});
    return 0;
}

static cn_model *network(const char *optimizer)
{
    cn_model *m = cn_model_new("net");
    cn_model_add_notation(m, "input 1; dense 1 use_bias=false kernel_initializer=ones");
    if (cn_model_compile(m, .optimizer = optimizer, .loss = "mse", .metrics = "mae") != CN_OK)
        fail_msg("%s", cn_error());
    return m;
}

static void has_values(const cn_history *h, const char *name, size_t count, const double *values)
{
    if (!h) fail_msg("%s", cn_error());
    assert_int_equal(cn_history_epochs(h), count);
    for (size_t e = 0; e < count; e++) {
        const double got = cn_history_get(h, name)[e];
        if (!(fabs(got - values[e]) < 1e-5))
            fail_msg("%s of epoch %zu is %g, expected %g", name, e, got, values[e]);
    }
}
#define HAS(h, name, ...)                                                                                    \
    has_values(h, name, sizeof((double[]){__VA_ARGS__}) / sizeof(double), (double[]){__VA_ARGS__})

/* ---- arrays ---------------------------------------------------------------------------------------------- */

/* Of the numbers 0 … 9: 0 to 3, 4 to 7, then 8 and 9 alone, as Keras takes them. */
static void steps_go_on_where_the_last_epoch_ended(void **state)
{
    (void)state;
    cn_model *m = network("sgd(0.0)");
    cn_history *h =
        cn_model_fit(m, &x, &y, .epochs = 5, .batch_size = 2, .steps_per_epoch = 2, .shuffle = false,
                     .validation_x = &x, .validation_y = &y, .validation_steps = 2);
    HAS(h, "loss", 3.5, 31.5, 72.5, 3.5, 31.5);
    HAS(h, "val_loss", 3.5, 31.5, 72.5, 3.5, 31.5);
    cn_history_free(h);
    h = cn_model_fit(m, &x, &y, .epochs = 3, .batch_size = 2, .steps_per_epoch = 5, .shuffle = false);
    HAS(h, "loss", 28.5, 28.5, 28.5);
    cn_history_free(h);
    cn_model_free(m);
}

static void without_a_batch_size_the_samples_are_cut_into_the_steps(void **state)
{
    (void)state;
    cn_model *m = network("sgd(0.001)");
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 2, .steps_per_epoch = 3, .shuffle = false);
    if (!h) fail_msg("%s", cn_error());
    assert_int_equal(cn_model_iterations(m), 6);
    cn_history_free(h);
    cn_model_free(m);
}

static void a_batch_may_be_larger_than_the_data(void **state)
{
    (void)state;
    cn_model *m = network("sgd(0.0)");
    cn_history *h = cn_model_fit(m, &x, &y, .batch_size = 100);
    HAS(h, "loss", 28.5);
    assert_int_equal(cn_model_iterations(m), 1);
    cn_history_free(h);
    cn_model_free(m);
}

typedef struct calls {
    int train_begin, epoch_begin, train_end, test_begin, test_end;
    double seen;
} calls;

static cn_status train_begin(void *user, cn_training *t)
{
    (void)t;
    ((calls *)user)->train_begin++;
    return CN_OK;
}

static cn_status epoch_begin(void *user, cn_training *t, size_t epoch)
{
    (void)t, (void)epoch;
    ((calls *)user)->epoch_begin++;
    return CN_OK;
}

static cn_status train_end(void *user, cn_training *t)
{
    (void)t;
    ((calls *)user)->train_end++;
    return CN_OK;
}

static cn_status test_begin(void *user, cn_training *t)
{
    (void)t;
    ((calls *)user)->test_begin++;
    return CN_OK;
}

static cn_status test_end(void *user, cn_training *t, const cn_logs *logs)
{
    (void)t;
    ((calls *)user)->test_end++;
    ((calls *)user)->seen = cn_logs_get(logs, "val_loss");
    return CN_OK;
}

static void no_epochs_train_nothing_and_call_what_begins_and_ends(void **state)
{
    (void)state;
    static const size_t first[] = {0, 3};
    for (int k = 0; k < 2; k++) {
        calls c = {0};
        const cn_callback counts = {.user = &c,
                                    .on_train_begin = train_begin,
                                    .on_epoch_begin = epoch_begin,
                                    .on_train_end = train_end};
        cn_model *m = network("sgd(0.1)");
        cn_history *h = cn_model_fit(m, &x, &y, .epochs = 2 * (size_t)k, .initial_epoch = first[k],
                                     .custom_callbacks = (const cn_callback *[]){&counts, NULL});
        if (!h) fail_msg("%s", cn_error());
        assert_int_equal(cn_history_epochs(h), 0);
        assert_int_equal(c.train_begin, 1);
        assert_int_equal(c.epoch_begin, 0);
        assert_int_equal(c.train_end, 1);
        assert_int_equal(cn_model_iterations(m), 0);
        cn_history_free(h);
        cn_model_free(m);
    }
}

static void functions_stand_around_validation(void **state)
{
    (void)state;
    calls c = {0};
    const cn_callback counts = {.user = &c, .on_test_begin = test_begin, .on_test_end = test_end};
    cn_model *m = network("sgd(0.0)");
    cn_history *h =
        cn_model_fit(m, &x, &y, .epochs = 4, .validation_x = &x, .validation_y = &y, .validation_freq = 2,
                     .custom_callbacks = (const cn_callback *[]){&counts, NULL});
    if (!h) fail_msg("%s", cn_error());
    assert_int_equal(c.test_begin, 2);
    assert_int_equal(c.test_end, 2);
    assert_true(c.seen == cn_history_get(h, "val_loss")[3]);
    cn_history_free(h);
    cn_model_free(m);
}

/* ---- generators -------------------------------------------------------------------------------------------- */

typedef struct source {
    const size_t *sizes; /* of its batches; 0: the end */
    size_t next, first, rewound, fails_at;
    cn_array x, y;
    const cn_array *two[2];
} source;

static cn_status next(void *user, cn_batch *batch)
{
    source *s = user;
    if (s->fails_at && s->next + 1 == s->fails_at) return CN_ERROR_DATA;
    const size_t n = s->sizes[s->next];
    if (!n) return CN_OK;
    s->x = cn_array_slice(&x, s->first, n);
    s->y = cn_array_slice(&y, s->first, n);
    batch->x = &s->x, batch->y = &s->y;
    s->first += n, s->next++;
    return CN_OK;
}

static cn_status rewind_source(void *user)
{
    source *s = user;
    s->next = s->first = 0;
    s->rewound++;
    return CN_OK;
}

static const size_t pairs[] = {2, 2, 2, 2, 2, 0}, uneven[] = {1, 6, 3, 0};

static void a_generator_that_can_be_rewound_gives_every_epoch_the_same(void **state)
{
    (void)state;
    source s = {.sizes = uneven};
    const cn_generator g = {.user = &s, .next = next, .rewind = rewind_source};
    cn_model *m = network("sgd(0.0)");
    cn_history *h = cn_model_fit(m, .generator = &g, .epochs = 3);
    HAS(h, "loss", 28.5, 28.5, 28.5);
    HAS(h, "mae", 4.5, 4.5, 4.5);
    assert_int_equal(s.rewound, 2);
    assert_int_equal(cn_model_iterations(m), 9);
    cn_history_free(h);
    cn_model_free(m);
}

static void one_that_cannot_ends_the_training(void **state)
{
    (void)state;
    source s = {.sizes = pairs}, t = {.sizes = pairs};
    const cn_generator g = {.user = &s, .next = next}, later = {.user = &t, .next = next};
    cn_model *m = network("sgd(0.0)");
    cn_history *h = cn_model_fit(m, .generator = &g, .epochs = 3);
    HAS(h, "loss", 28.5);
    assert_non_null(strstr(cn_history_stopped(h), "no more batches"));
    cn_history_free(h);
    h = cn_model_fit(m, .generator = &later, .epochs = 9, .steps_per_epoch = 2);
    HAS(h, "loss", 3.5, 31.5, 72.5);
    cn_history_free(h);
    cn_model_free(m);
}

/* The same batches give the same bits, wherever they come from. */
static void a_generator_trains_to_the_bits_of_arrays(void **state)
{
    (void)state;
    source s = {.sizes = pairs};
    const cn_generator g = {.user = &s, .next = next, .rewind = rewind_source};
    cn_model *a = network("adam(0.1)"), *b = network("adam(0.1)");
    cn_history *h = cn_model_fit(a, &x, &y, .epochs = 3, .batch_size = 2, .shuffle = false),
               *k = cn_model_fit(b, .generator = &g, .epochs = 3);
    cn_array u, v;
    HAS(k, "loss", cn_history_get(h, "loss")[0], cn_history_get(h, "loss")[1], cn_history_get(h, "loss")[2]);
    assert_int_equal(cn_model_get_weight(a, 0, &u), CN_OK);
    assert_int_equal(cn_model_get_weight(b, 0, &v), CN_OK);
    assert_memory_equal(u.data, v.data, sizeof(float));
    cn_array_free(&u);
    cn_array_free(&v);
    cn_history_free(h);
    cn_history_free(k);
    cn_model_free(a);
    cn_model_free(b);
}

static void validation_and_evaluation_take_generators(void **state)
{
    (void)state;
    source s = {.sizes = uneven}, t = {.sizes = pairs};
    const cn_generator g = {.user = &s, .next = next, .rewind = rewind_source},
                       few = {.user = &t, .next = next};
    cn_model *m = network("sgd(0.0)");
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 2, .validation_generator = &g,
                                 .callbacks = "early_stopping(monitor=val_mae)");
    HAS(h, "val_loss", 28.5, 28.5);
    cn_history_free(h);
    rewind_source(&s);
    cn_logs *logs = cn_model_evaluate(m, .generator = &g);
    if (!logs) fail_msg("%s", cn_error());
    assert_true(fabs(cn_logs_get(logs, "loss") - 28.5) < 1e-5);
    assert_true(fabs(cn_logs_get(logs, "mae") - 4.5) < 1e-5);
    cn_logs_free(logs);
    logs = cn_model_evaluate(m, .generator = &few, .steps = 2);
    assert_true(fabs(cn_logs_get(logs, "loss") - 3.5) < 1e-5);
    cn_logs_free(logs);
    logs = cn_model_evaluate(m, &x, &y, .batch_size = 2, .steps = 2);
    assert_true(fabs(cn_logs_get(logs, "loss") - 3.5) < 1e-5);
    cn_logs_free(logs);
    cn_model_free(m);
}

static void failed(cn_history *h, const char *part)
{
    assert_null(h);
    if (!strstr(cn_error(), part)) fail_msg("'%s' is not in: %s", part, cn_error());
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    static const size_t none[] = {0};
    source s = {.sizes = pairs, .fails_at = 3}, empty = {.sizes = none}, v = {.sizes = pairs};
    const cn_generator g = {.user = &s, .next = next, .rewind = rewind_source},
                       nothing = {.user = &empty, .next = next}, of_v = {.user = &v, .next = next};
    cn_model *m = network("sgd(0.0)");
    failed(cn_model_fit(m, &x, &y, .generator = &g), "x, y");
    failed(cn_model_fit(m, .generator = &g, .validation_split = 0.5), "validation_split");
    failed(cn_model_fit(m, .generator = &of_v, .checkpoint_dir = "states"), "checkpoint_dir");
    failed(cn_model_fit(m, .generator = &of_v, .callbacks = "backup_and_restore(states)"), "generator");
    failed(cn_model_fit(m, .generator = &nothing), "no batches");
    failed(cn_model_fit(m, &x, &y, .validation_x = &x, .validation_y = &y, .validation_generator = &of_v),
           "validation_generator");
    assert_null(cn_model_fit(m, .generator = &g));
    assert_int_equal(cn_model_iterations(m), 2); /* the third batch failed */
    failed(cn_model_fit(m, &x, &y, .callbacks = "swap_ema_weights"), "use_ema");
    cn_model_free(m);
}

/* A generator's message stands behind a failing fit, and what it gives is looked at as arrays are. */
static cn_status nan_batch(void *user, cn_batch *batch)
{
    source *s = user;
    static float bad[2] = {0, NAN};
    s->x = cn_array_view(CN_FLOAT32, bad, 2, (size_t[]){2, 1});
    s->y = cn_array_slice(&y, 0, 2);
    batch->x = &s->x, batch->y = &s->y;
    return CN_OK;
}

static void its_batches_are_looked_at(void **state)
{
    (void)state;
    source s = {.sizes = pairs};
    const cn_generator g = {.user = &s, .next = nan_batch};
    cn_model *m = network("sgd(0.0)");
    failed(cn_model_fit(m, .generator = &g, .steps_per_epoch = 2), "NaN");
    cn_model_free(m);
}

/* ---- averages that validate -------------------------------------------------------------------------------- */

/* val_loss is that of the averages, loss that of the weights; training ends with the averages. The numbers are Keras's. */
static void averages_stand_for_the_weights_in_validation(void **state)
{
    (void)state;
    static const char *const callbacks[] = {"swap_ema_weights", "swap_ema_weights(swap_on_epoch=true)"};
    static const double loss[] = {23.838218689, 13.0451984406, 7.1388382912},
                        val_loss[] = {26.0341796875, 19.8716793060, 13.6982574463};
    for (int k = 0; k < 2; k++) {
        cn_model *m = network("sgd(0.001, use_ema=true, ema_momentum=0.9)");
        cn_history *h = cn_model_fit(m, &x, &y, .epochs = 3, .batch_size = 2, .shuffle = false,
                                     .validation_x = &x, .validation_y = &y, .callbacks = callbacks[k]);
        cn_array w;
        has_values(h, "loss", 3, loss);
        has_values(h, "val_loss", 3, val_loss);
        assert_int_equal(cn_model_get_weight(m, 0, &w), CN_OK);
        assert_true(fabs(cn_array_at(&w, 0) - 0.6932825) < 1e-6);
        cn_array_free(&w);
        cn_history_free(h);
        cn_model_free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_go_on_where_the_last_epoch_ended),
        cmocka_unit_test(without_a_batch_size_the_samples_are_cut_into_the_steps),
        cmocka_unit_test(a_batch_may_be_larger_than_the_data),
        cmocka_unit_test(no_epochs_train_nothing_and_call_what_begins_and_ends),
        cmocka_unit_test(functions_stand_around_validation),
        cmocka_unit_test(a_generator_that_can_be_rewound_gives_every_epoch_the_same),
        cmocka_unit_test(one_that_cannot_ends_the_training),
        cmocka_unit_test(a_generator_trains_to_the_bits_of_arrays),
        cmocka_unit_test(validation_and_evaluation_take_generators),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(its_batches_are_looked_at),
        cmocka_unit_test(averages_stand_for_the_weights_in_validation),
    };
    return cmocka_run_group_tests_name("train/source", tests, make_data, NULL);
}
