/* Losses and metrics that are functions of the caller's own, and gradients in halves: the numbers of those by name. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/cornu.h"

enum { N = 40, IN = 5, OUT = 2, MOST = 8 };

static float inputs[N][IN], targets[N][OUT], weights[N];
static cn_array x, y, w;

static int set_up(void **state)
{
    (void)state;
    uint32_t random = 7;
    for (int n = 0; n < N; n++) {
        for (int i = 0; i < IN; i++)
            inputs[n][i] = (float)((random = random * 1664525u + 1013904223u) >> 8) / 8388608.0f - 1;
        targets[n][0] = inputs[n][0] * inputs[n][1];
        targets[n][1] = inputs[n][2];
        weights[n] = (float)(n % 3);
    }
    x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){N, IN});
    y = cn_array_view(CN_FLOAT32, targets, 2, (size_t[]){N, OUT});
    w = cn_array_view(CN_FLOAT32, weights, 1, (size_t[]){N});
    return 0;
}

static cn_model *make_model(const char *metrics)
{
    cn_model *m = cn_model_new("m");
    cn_model_set_seed(m, 3);
    cn_model_add(m, cn_input(IN));
    cn_model_add(m, cn_dense(16, .activation = "tanh"));
    cn_model_add(m, cn_dropout(0.2));
    cn_model_add(m, cn_dense(OUT));
    if (cn_model_compile(m, .optimizer = "adam", .loss = "mse", .metrics = metrics) != CN_OK ||
        cn_model_build(m, 1, (size_t[]){IN}) != CN_OK)
        fail_msg("%s", cn_error());
    return m;
}

typedef struct counts {
    size_t calls, fails_at;
    double sum, samples, resets;
} counts;

static cn_status squares(void *user, const cn_array *target, const cn_array *pred, const cn_array *weight,
                         double *loss, cn_array *gradient)
{
    counts *c = user;
    const size_t n = cn_array_size(pred), cols = cn_array_sample_size(pred);
    if (c && ++c->calls == c->fails_at) return CN_ERROR_DATA;
    for (size_t i = 0; i < n; i++) {
        const double e = cn_array_at(pred, i) - cn_array_at(target, i),
                     by = weight ? cn_array_at(weight, i / cols) : 1;
        *loss += by * e * e / (double)n;
        if (gradient) ((float *)gradient->data)[i] = (float)(2 * by * e / (double)n);
    }
    return CN_OK;
}

static void reset(void *user)
{
    counts *c = user;
    c->sum = c->samples = 0, c->resets++;
}

static cn_status add_errors(void *user, const cn_array *target, const cn_array *pred, const cn_array *weight)
{
    counts *c = user;
    (void)weight;
    for (size_t i = 0; i < cn_array_size(pred); i++)
        c->sum += fabs(cn_array_at(pred, i) - cn_array_at(target, i));
    c->samples += (double)cn_array_size(pred);
    return CN_OK;
}

static double mean_error(void *user)
{
    const counts *c = user;
    return c->sum / c->samples;
}

static cn_history *fit(cn_model *m, const cn_array *weight, int threads)
{
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 3, .batch_size = 16, .validation_split = 0.25,
                                 .sample_weight = weight, .threads = threads);
    if (!h) fail_msg("%s", cn_error());
    return h;
}

static void assert_close(double a, double b)
{
    if (!(fabs(a - b) <= 1e-5 * fabs(b))) fail_msg("%.9g is not %.9g", a, b);
}

static void a_loss_function_trains_as_the_loss_by_name(void **state)
{
    (void)state;
    for (int weighted = 0; weighted < 2; weighted++) {
        cn_model *named = make_model(NULL), *own = make_model(NULL);
        assert_int_equal(cn_model_set_loss_function(own, 0, &(cn_loss_function){.compute = squares}), CN_OK);
        cn_history *a = fit(named, weighted ? &w : NULL, 1), *b = fit(own, weighted ? &w : NULL, 1);
        for (int e = 0; e < 3; e++) {
            assert_close(cn_history_get(b, "loss")[e], cn_history_get(a, "loss")[e]);
            assert_close(cn_history_get(b, "val_loss")[e], cn_history_get(a, "val_loss")[e]);
        }
        cn_history_free(a), cn_history_free(b);
        cn_model_free(named), cn_model_free(own);
    }
}

static void threads_change_no_bit_of_it(void **state)
{
    (void)state;
    double first[3] = {0};
    for (int threads = 1; threads < 4; threads++) {
        cn_model *m = make_model(NULL);
        assert_int_equal(cn_model_set_loss_function(m, 0, &(cn_loss_function){.compute = squares}), CN_OK);
        cn_history *h = fit(m, NULL, threads);
        if (threads == 1) memcpy(first, cn_history_get(h, "loss"), sizeof first);
        assert_memory_equal(first, cn_history_get(h, "loss"), sizeof first);
        cn_history_free(h);
        cn_model_free(m);
    }
}

static void a_metric_function_is_reset_and_asked_for_each_epoch(void **state)
{
    (void)state;
    counts c = {0};
    cn_model *m = make_model("mae");
    const cn_metric_function own = {
        .name = "own", .user = &c, .reset = reset, .update = add_errors, .result = mean_error};
    assert_int_equal(cn_model_set_metric_functions(m, 0, &own, 1), CN_OK);
    cn_history *h = fit(m, NULL, 2);
    for (int e = 0; e < 3; e++) {
        assert_close(cn_history_get(h, "own")[e], cn_history_get(h, "mae")[e]);
        assert_close(cn_history_get(h, "val_own")[e], cn_history_get(h, "val_mae")[e]);
    }
    assert_float_equal(c.resets, 6, 0);
    cn_logs *logs = cn_model_evaluate(m, &x, &y);
    assert_non_null(logs);
    assert_close(cn_logs_get(logs, "own"), cn_logs_get(logs, "mae"));
    cn_logs_free(logs);
    cn_history_free(h);
    cn_model_free(m);
}

static void a_failing_function_ends_fit_and_evaluate(void **state)
{
    (void)state;
    counts c = {.fails_at = 2};
    cn_model *m = make_model(NULL);
    assert_int_equal(cn_model_set_loss_function(m, 0, &(cn_loss_function){.user = &c, .compute = squares}),
                     CN_OK);
    assert_null(cn_model_fit(m, &x, &y, .batch_size = 8));
    assert_int_equal(c.calls, 2);
    c = (counts){.fails_at = 1};
    assert_null(cn_model_evaluate(m, &x, &y));
    cn_model_free(m);
}

/* The sum of all weights of a model whose loss fails at the call `fails_at`; 0: nowhere. */
static double weights_after(size_t fails_at, size_t steps, int threads)
{
    counts c = {.fails_at = fails_at};
    cn_model *m = make_model(NULL);
    assert_int_equal(cn_model_set_loss_function(m, 0, &(cn_loss_function){.user = &c, .compute = squares}),
                     CN_OK);
    cn_history *h = cn_model_fit(m, &x, &y, .batch_size = 8, .steps_per_epoch = steps, .threads = threads);
    assert_int_equal(h == NULL, fails_at != 0);
    cn_history_free(h);
    double sum = 0;
    for (size_t i = 0; i < cn_model_weight_count(m); i++) {
        cn_array one = {0};
        assert_int_equal(cn_model_get_weight(m, i, &one), CN_OK);
        for (size_t e = 0; e < cn_array_size(&one); e++) sum += cn_array_at(&one, e) * (double)(e + 1);
        cn_array_free(&one);
    }
    cn_model_free(m);
    return sum;
}

static void a_step_whose_loss_fails_is_not_taken(void **state)
{
    (void)state;
    for (int threads = 1; threads < 4; threads++) {
        const double two = weights_after(0, 2, threads);
        assert_true(weights_after(3, 4, threads) == two);
        assert_true(weights_after(2, 4, threads) != two);
    }
}

static void what_cannot_be_is_refused_by_name(void **state)
{
    (void)state;
    cn_model *m = make_model(NULL);
    const cn_loss_function narrow = {.name = "narrow", .compute = squares, .target_size = 7};
    assert_int_equal(cn_model_set_loss_function(m, 1, &narrow), CN_ERROR_ARGUMENT);
    assert_non_null(strstr(cn_error(), "output 1 of model m, which has 1"));
    assert_int_equal(cn_model_set_loss_function(m, 0, &(cn_loss_function){.name = "none"}),
                     CN_ERROR_ARGUMENT);
    assert_int_equal(cn_model_set_loss_function(m, 0, &narrow), CN_OK);
    assert_null(cn_model_fit(m, &x, &y));
    assert_non_null(strstr(cn_error(), "y has 2 numbers a sample; the loss narrow was given with 7"));
    assert_int_equal(
        cn_model_set_metric_functions(m, 0, &(cn_metric_function){.name = "own", .reset = reset}, 1),
        CN_ERROR_ARGUMENT);
    assert_non_null(strstr(cn_error(), "metric function 0: update is NULL"));
    cn_model_free(m);
}

/* forward, the loss by hand, backward: those of cn_gradients_compute, twice the same, also of the inputs. */
static void halves_are_the_whole(void **state)
{
    (void)state;
    cn_model *m = cn_model_new("m");
    cn_model_set_seed(m, 3);
    cn_model_add(m, cn_input(IN));
    cn_model_add(m, cn_layer_new("rescaling(0.5)"));
    cn_model_add(m, cn_dense(16, .activation = "tanh"));
    cn_model_add(m, cn_batch_normalization());
    cn_model_add(m, cn_dense(OUT));
    assert_int_equal(cn_model_compile(m, .optimizer = "sgd", .loss = "mse"), CN_OK);
    assert_int_equal(cn_model_build(m, 1, (size_t[]){IN}), CN_OK);
    cn_gradients *whole = cn_gradients_new(m, N, 2), *halves = cn_gradients_open(m, N + 3, true, 2);
    assert_non_null(whole);
    assert_non_null(halves);
    double loss, again = 0;
    cn_array out, mine, theirs;
    const cn_array *const given[] = {&x};
    assert_int_equal(cn_gradients_compute(whole, &x, &y, &loss), CN_OK);
    assert_int_equal(cn_gradients_forward(halves, given, &out), CN_OK);
    float slopes[N][OUT];
    cn_array gradient = cn_array_view(CN_FLOAT32, slopes, 2, (size_t[]){N, OUT});
    assert_int_equal(squares(NULL, &y, &out, NULL, &again, &gradient), CN_OK);
    assert_close(again, loss);
    for (int round = 0; round < 2; round++) {
        const cn_array *const back[] = {&gradient};
        assert_int_equal(cn_gradients_backward(halves, back), CN_OK);
        for (size_t i = 0; i <= cn_model_weight_count(m); i++) {
            const bool input = i == cn_model_weight_count(m);
            assert_int_equal(
                (input ? cn_gradients_get_input : cn_gradients_get)(halves, input ? 0 : i, &mine), CN_OK);
            assert_int_equal(
                (input ? cn_gradients_get_input : cn_gradients_get)(whole, input ? 0 : i, &theirs), CN_OK);
            assert_int_equal(cn_array_size(&mine), cn_array_size(&theirs));
            for (size_t e = 0; e < cn_array_size(&mine); e++)
                assert_float_equal(cn_array_at(&mine, e), cn_array_at(&theirs, e), 1e-6);
            cn_array_free(&mine), cn_array_free(&theirs);
        }
    }
    cn_array_free(&out);
    cn_gradients_free(halves), cn_gradients_free(whole);
    assert_null(cn_gradients_open(NULL, 1, false, 0));
    cn_model_free(m);
}

/* A forward takes the batch's statistics once, however often a backward follows. */
static void statistics_are_taken_once_a_forward(void **state)
{
    (void)state;
    cn_array out, before, after, again;
    cn_model *m = cn_model_new("m");
    cn_model_add(m, cn_input(IN));
    cn_model_add(m, cn_batch_normalization());
    cn_model_add(m, cn_dense(OUT));
    assert_int_equal(cn_model_build(m, 1, (size_t[]){IN}), CN_OK);
    cn_gradients *g = cn_gradients_open(m, N, true, 1); /* of a model that is not compiled */
    const cn_array *const given[] = {&x}, *const back[] = {&y};
    assert_non_null(g);
    assert_int_equal(cn_model_get_weight(m, 2, &before), CN_OK);
    assert_int_equal(cn_gradients_forward(g, given, &out), CN_OK);
    assert_int_equal(cn_model_get_weight(m, 2, &after), CN_OK);
    assert_float_not_equal(cn_array_at(&before, 0), cn_array_at(&after, 0), 1e-7);
    for (int i = 0; i < 2; i++) assert_int_equal(cn_gradients_backward(g, back), CN_OK);
    assert_int_equal(cn_model_get_weight(m, 2, &again), CN_OK);
    assert_memory_equal(after.data, again.data, IN * sizeof(float));
    cn_array_free(&out), cn_array_free(&before), cn_array_free(&after), cn_array_free(&again);
    cn_gradients_free(g);
    cn_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loss_function_trains_as_the_loss_by_name),
        cmocka_unit_test(threads_change_no_bit_of_it),
        cmocka_unit_test(a_metric_function_is_reset_and_asked_for_each_epoch),
        cmocka_unit_test(a_failing_function_ends_fit_and_evaluate),
        cmocka_unit_test(a_step_whose_loss_fails_is_not_taken),
        cmocka_unit_test(what_cannot_be_is_refused_by_name),
        cmocka_unit_test(halves_are_the_whole),
        cmocka_unit_test(statistics_are_taken_once_a_forward),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
