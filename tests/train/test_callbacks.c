/* Callbacks: the built-in ones against real Keras on the same monitored values, and the caller's own in a fit. What
 * Keras did was printed by its callbacks (3.6.0), called by hand with these values; a weight held the epoch's number. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text/text.h"
#include "train/callbacks/callback_class.h"

enum { EPOCHS = 8 };
static const struct sequence {
    char name;
    double values[EPOCHS];
} sequences[] = {
    {'a', {1.0, .8, .9, .85, .84, .83, .82, .81}}, {'b', {.5, .6, .6, .55, .7, .65, .6, .5}},
    {'n', {1, .9, NAN, .8, .85, .85, .85, .85}},   {'f', {1, 1, 1, 1, 1, 1, 1, 1}},
    {'d', {1, .95, .91, .9, .89, .885, .884, .7}}, {'i', {INFINITY, NAN, .9, .8, .85, .85, .85, .85}},
    {'m', {NAN, .5, .6, .55, .5, .7, .6, .5}},     {'z', {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN}},
};

static const double *sequence_of(char name)
{
    size_t i = 0;
    while (sequences[i].name != name) i++;
    return sequences[i].values;
}

static cn_model *one_weight(void)
{
    cn_model *m = cn_model_new(NULL);
    assert_int_equal(cn_model_add_notation(m, "input 1; dense 1 use_bias=false"), CN_OK);
    assert_int_equal(cn_model_compile(m, .optimizer = "sgd(learning_rate=0.1)", .loss = "mse"), CN_OK);
    return m;
}

static void set_weight(cn_model *m, float value)
{
    cn_array w = cn_array_view(CN_FLOAT32, &value, 2, (size_t[]){1, 1});
    assert_int_equal(cn_model_set_weight(m, 0, &w), CN_OK);
}

static float weight_of(const cn_model *m)
{
    cn_array w;
    assert_int_equal(cn_model_get_weight(m, 0, &w), CN_OK);
    float value = ((float *)w.data)[0];
    cn_array_free(&w);
    return value;
}

/* Runs callbacks over a sequence without any training; returns the epoch that stopped it, or -1. */
static int drive(const char *callbacks, char sequence, cn_model *m, double rates[EPOCHS])
{
    cn_fit_options options = {.model = m, .callbacks = callbacks, .epochs = EPOCHS, .validation_freq = 1};
    cn_training t = {.model = m, .options = &options, .validation_samples = 1};
    int stopped = -1;
    assert_int_equal(cn__metric_set_new(m, 1, &t.train), CN_OK);
    assert_int_equal(cn__logs_init(&t.logs, 4), CN_OK);
    if (cn__callbacks_make(&t) != CN_OK) fail_msg("%s: %s", callbacks, cn_error());
    assert_int_equal(cn__callbacks_call(&t, CN_TRAIN_BEGIN, 0, NULL), CN_OK);
    for (int epoch = 0; epoch < EPOCHS && stopped < 0; epoch++) {
        set_weight(m, (float)epoch);
        cn__logs_clear(&t.logs);
        cn__logs_set(&t.logs, "", "val_loss", sequence_of(sequence)[epoch]);
        assert_int_equal(cn__callbacks_call(&t, CN_EPOCH_BEGIN, (size_t)epoch, NULL), CN_OK);
        assert_int_equal(cn__callbacks_call(&t, CN_EPOCH_END, (size_t)epoch, &t.logs), CN_OK);
        if (rates) rates[epoch] = cn_training_learning_rate(&t);
        if (t.stop) stopped = epoch;
    }
    assert_int_equal(cn__callbacks_call(&t, CN_TRAIN_END, 0, NULL), CN_OK);
    cn__callbacks_release(&t);
    cn__logs_release(&t.logs);
    cn__metric_set_free(&t.train);
    cn__arena_free(&t.arena);
    return stopped;
}

static void early_stopping_stops_and_restores_where_keras_does(void **state)
{
    (void)state;
    static const struct {
        char sequence;
        const char *arguments;
        int stopped, weights;
    } keras[] = {
        {'a', "patience=0", 2, 2},
        {'a', "patience=2", 3, 3},
        {'a', "patience=3, restore_best_weights=true", 4, 1},
        {'a', "patience=2, min_delta=0.15", 3, 3},
        {'a', "patience=2, min_delta=0.15, restore_best_weights=true", 3, 1},
        {'b', "patience=2, mode=max", 3, 3},
        {'b', "patience=2, mode=max, restore_best_weights=true", 3, 1},
        {'b', "patience=2, mode=min", 2, 2},
        {'f', "patience=1", 1, 1},
        {'f', "patience=3, start_from_epoch=2", 5, 5},
        {'a', "patience=2, baseline=0.7", 2, 2},
        {'a', "patience=3, baseline=0.79, restore_best_weights=true", 2, 1},
        {'n', "patience=2", 5, 5},
        {'n', "patience=1, restore_best_weights=true", 2, 1},
        {'d', "patience=2, min_delta=0.02", 4, 4},
        {'a', "patience=8, restore_best_weights=true", -1, 1},
        {'b', "patience=1, start_from_epoch=3, restore_best_weights=true", 4, 3},
        {'i', "patience=2", 1, 1},
        {'i', "patience=2, restore_best_weights=true", 1, 0},
        {'i', "patience=1", 1, 1},
        {'m', "patience=2, mode=max", 4, 4},
        {'m', "patience=1", 2, 2},
        {'m', "patience=3, mode=max, restore_best_weights=true", -1, 5},
        {'z', "patience=3, restore_best_weights=true", 2, 0},
        {'z', "patience=0", 1, 1},
    };
    for (size_t i = 0; i < sizeof keras / sizeof *keras; i++) {
        char text[200];
        cn_model *m = one_weight();
        snprintf(text, sizeof text, "EarlyStopping(monitor=val_loss, %s)", keras[i].arguments);
        int stopped = drive(text, keras[i].sequence, m, NULL);
        if (stopped != keras[i].stopped || weight_of(m) != (float)keras[i].weights)
            fail_msg("%c, %s: stopped %d with weights of %g, Keras %d with %d", keras[i].sequence, text,
                     stopped, (double)weight_of(m), keras[i].stopped, keras[i].weights);
        cn_model_free(m);
    }
}

static void plateaus_lower_the_rate_as_in_keras(void **state)
{
    (void)state;
    static const struct {
        char sequence;
        const char *arguments;
        double rates[EPOCHS];
    } keras[] = {
        {'a', "patience=1", {.1, .1, .01, .001, .0001, 1e-5, 1e-6, 1e-7}},
        {'a', "patience=2, factor=0.5", {.1, .1, .1, .05, .05, .025, .025, .0125}},
        {'f', "patience=1, factor=0.5, cooldown=2", {.1, .05, .05, .025, .025, .0125, .0125, .00625}},
        {'f', "patience=2, factor=0.1, min_lr=0.005", {.1, .1, .01, .01, .005, .005, .005, .005}},
        {'b', "patience=1, factor=0.5, mode=max", {.1, .1, .05, .025, .025, .0125, .00625, .003125}},
        {'d', "patience=1, factor=0.5, min_delta=0.02", {.1, .1, .1, .05, .025, .025, .0125, .0125}},
        {'n', "patience=2, factor=0.5", {.1, .1, .1, .1, .1, .05, .05, .025}},
        {'f',
         "patience=1, factor=0.5, cooldown=1",
         {.1, .05, .025, .0125, .00625, .003125, .0015625, .00078125}},
    };
    for (size_t i = 0; i < sizeof keras / sizeof *keras; i++) {
        char text[200];
        double rates[EPOCHS];
        cn_model *m = one_weight();
        snprintf(text, sizeof text, "reduce_lr_on_plateau(monitor=val_loss, %s)", keras[i].arguments);
        drive(text, keras[i].sequence, m, rates);
        for (int e = 0; e < EPOCHS; e++)
            if (fabs(rates[e] - keras[i].rates[e]) > 1e-6 * keras[i].rates[e])
                fail_msg("%c, %s, epoch %d: %g, Keras %g", keras[i].sequence, text, e, rates[e],
                         keras[i].rates[e]);
        cn_model_free(m);
    }
}

static void a_limit_stops_at_the_first_epoch_under_it(void **state)
{
    (void)state;
    cn_model *m = one_weight();
    assert_int_equal(drive("stop_below(monitor=val_loss, value=0.85)", 'a', m, NULL), 1);
    assert_int_equal(drive("stop_below(monitor=val_loss, value=0.8)", 'a', m, NULL),
                     -1); /* equal is not under */
    assert_int_equal(drive("stop_below(val_loss, 0.89)", 'd', m, NULL), 5);
    cn_model_free(m);
}

static void schedules_set_the_rate_of_an_epoch(void **state)
{
    (void)state;
    double rates[EPOCHS];
    cn_model *m = one_weight();
    drive("LearningRateScheduler(ExponentialDecay(0.4, 1, 0.5))", 'f', m, rates);
    for (int e = 0; e < EPOCHS; e++) assert_true(fabs(rates[e] - 0.4 * pow(0.5, e)) < 1e-7);
    cn_model_free(m);
}

/* ---- in a fit ------------------------------------------------------------------------------------------------- */

static char scratch[] = "callbacks-XXXXXX";

static int enter(void **state)
{
    (void)state;
    return mkdtemp(scratch) && chdir(scratch) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return chdir("..") == 0 ? system(command) : -1;
}

enum { SAMPLES = 12 };
static const float inputs[SAMPLES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
static const float targets[SAMPLES] = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22};

/* A file of the one weight. */
static cn_status save_weight(const cn_model *m, const char *path, bool weights_only)
{
    assert_true(weights_only);
    FILE *f = fopen(path, "wb");
    float value = weight_of(m);
    assert_non_null(f);
    assert_int_equal(fwrite(&value, sizeof value, 1, f), 1);
    return fclose(f) == 0 ? CN_OK : CN_ERROR_FILE;
}

static float saved_weight(const char *path)
{
    FILE *f = fopen(path, "rb");
    float value;
    if (!f) fail_msg("no file %s", path);
    assert_int_equal(fread(&value, sizeof value, 1, f), 1);
    fclose(f);
    return value;
}

/* epochs of 3 batches, over a model that learns y = 2 x */
static cn_history *fit(cn_model *m, size_t epochs, const char *callbacks, const cn_callback *custom)
{
    const cn_array x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){SAMPLES, 1}),
                   y = cn_array_view(CN_FLOAT32, targets, 2, (size_t[]){SAMPLES, 1});
    const cn_callback *list[] = {custom, NULL};
    assert_int_equal(
        cn_model_compile(m, .optimizer = "sgd(learning_rate=0.001)", .loss = "mse", .metrics = "mae"), CN_OK);
    return cn_model_fit(m, &x, &y, .epochs = epochs, .batch_size = 4, .callbacks = callbacks,
                        .custom_callbacks = list, .save = save_weight, .threads = 1);
}

static char *read_all(const char *path)
{
    static char text[4096];
    FILE *f = fopen(path, "rb");
    if (!f) fail_msg("no file %s", path);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

static void a_csv_has_a_line_an_epoch(void **state)
{
    (void)state;
    cn_model *m = one_weight();
    cn_history *h = fit(m, 2, "csv_logger(log.csv)", NULL), *more;
    assert_non_null(h);
    char expected[400];
    const double *loss = cn_history_get(h, "loss"), *mae = cn_history_get(h, "mae");
    cn__format(expected, sizeof expected, "epoch,loss,mae\n0,%.9g,%.9g\n1,%.9g,%.9g\n", loss[0], mae[0],
               loss[1], mae[1]);
    assert_string_equal(read_all("log.csv"), expected);
    more = fit(m, 1, "csv_logger(log.csv, append=true)", NULL);
    cn__format(expected + strlen(expected), 100, "0,%.9g,%.9g\n", cn_history_get(more, "loss")[0],
               cn_history_get(more, "mae")[0]);
    assert_string_equal(read_all("log.csv"), expected);
    cn_history_free(more);
    more = fit(m, 1, "CSVLogger(filename=other.csv, separator=';')", NULL);
    assert_non_null(strstr(read_all("other.csv"), "epoch;loss;mae\n0;"));
    cn_history_free(more);
    cn_history_free(h);
    cn_model_free(m);
}

static cn_history *fit_validated(cn_model *m, const char *metrics, const char *callbacks)
{
    const cn_array x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){SAMPLES, 1}),
                   y = cn_array_view(CN_FLOAT32, targets, 2, (size_t[]){SAMPLES, 1});
    assert_int_equal(
        cn_model_compile(m, .optimizer = "sgd(learning_rate=0.001)", .loss = "mse", .metrics = metrics),
        CN_OK);
    return cn_model_fit(m, &x, &y, .epochs = 3, .validation_split = 0.25, .validation_freq = 2,
                        .callbacks = callbacks, .save = save_weight, .threads = 1);
}

/* Keras's header of the same fit, and its NA. */
static void a_csv_has_all_columns_in_epochs_without_validation(void **state)
{
    (void)state;
    cn_model *m = one_weight();
    cn_history *h = fit_validated(m, "mae", "reduce_lr_on_plateau, csv_logger(some.csv)");
    if (!h) fail_msg("%s", cn_error());
    const char *text = read_all("some.csv");
    assert_ptr_equal(strstr(text, "epoch,learning_rate,loss,mae,val_loss,val_mae\n0,"), text);
    assert_non_null(strstr(text, ",NA,NA\n1,"));
    assert_null(strstr(strstr(text, "\n1,") + 1, "NA,NA\n2,"));
    assert_non_null(strstr(strstr(text, "\n2,"), ",NA,NA\n"));
    cn_history_free(h);
    cn_model_free(m);
}

/* Keys of real Keras's histories (3.6.0): objects of some classes are numbered as they are made. */
static void metrics_are_named_as_in_keras(void **state)
{
    (void)state;
    static const struct {
        const char *metrics, *weighted, *names;
    } keras[] = {
        {"mae, mae", "mae, mae, mae", "loss mae mae_1 weighted_mae weighted_mae_1 weighted_mae_2 "},
        {"MeanSquaredError(), MeanSquaredError(), F1Score(average=macro), F1Score(average=macro)",
         "MeanSquaredError(), F1Score(average=macro), TruePositives(), TruePositives()",
         "f1_score f1_score_1 loss mean_squared_error mean_squared_error_1 true_positives true_positives_1 "
         "weighted_f1_score weighted_mean_squared_error "},
        {"AUC(name=a), AUC(name=a), AUC()", "AUC(name=a), AUC()", "a a_1 auc auc_1 loss weighted_a "},
        {"BinaryIoU(), BinaryIoU(), R2Score(), R2Score()", "R2Score(), R2Score",
         "R2Score binary_io_u binary_io_u_1 loss r2_score r2_score_1 weighted_r2_score "},
    };
    for (size_t i = 0; i < sizeof keras / sizeof *keras; i++) {
        cn_model *m = one_weight();
        cn__metric_set metrics;
        cn__text names = {0};
        assert_int_equal(cn_model_compile(m, .loss = "mse", .metrics = keras[i].metrics,
                                          .weighted_metrics = keras[i].weighted),
                         CN_OK);
        assert_int_equal(cn__metric_set_new(m, 1, &metrics), CN_OK);
        for (size_t v = 0; v < metrics.values; v++) cn__text_printf(&names, "%s ", metrics.value[v].name);
        assert_string_equal(names.data, keras[i].names);
        cn__text_free(&names);
        cn__metric_set_free(&metrics);
        cn_model_free(m);
    }
}

/* What callbacks tell is written where fit's progress goes. */
static void callbacks_tell_when_asked(void **state)
{
    (void)state;
    const cn_array x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){SAMPLES, 1}),
                   y = cn_array_view(CN_FLOAT32, targets, 2, (size_t[]){SAMPLES, 1});
    for (int verbose = 0; verbose < 2; verbose++) {
        char callbacks[400];
        cn_model *m = one_weight();
        FILE *log = fopen("told.txt", "w+");
        set_weight(m, 2);
        snprintf(
            callbacks, sizeof callbacks,
            "early_stopping(loss, patience=1, verbose=%d, restore_best_weights=true), "
            "reduce_lr_on_plateau(loss, patience=1, verbose=%d), "
            "model_checkpoint('{epoch}.npz', monitor=loss, save_best_only=true, save_weights_only=true, verbose=%d)",
            verbose, verbose, verbose);
        cn_history *h = cn_model_fit(m, &x, &y, .epochs = 5, .callbacks = callbacks, .log = log,
                                     .save = save_weight, .threads = 1);
        if (!h) fail_msg("%s", cn_error());
        fclose(log);
        const char *text = read_all("told.txt");
        static const char *const parts[] = {"Epoch 1: loss improved from inf to 0.00000",
                                            "Epoch 1: saving model to 1.npz",
                                            "Epoch 2: loss did not improve from 0.00000",
                                            "Epoch 2: early stopping",
                                            "Restoring model weights from the end of the best epoch: 1.",
                                            "Epoch 2: reduce_lr_on_plateau sets the learning rate to 0.01"};
        for (size_t i = 0; verbose && i < sizeof parts / sizeof *parts; i++)
            if (!strstr(text, parts[i])) fail_msg("'%s' is not in: %s", parts[i], text);
        if (!verbose) assert_string_equal(text, "");
        cn_history_free(h);
        cn_model_free(m);
    }
}

/* The metric says which way is better, whatever it is called; Keras goes by its name where it makes checkpoints. */
static void a_metric_knows_its_direction(void **state)
{
    (void)state;
    static const struct {
        const char *metrics, *monitor;
        cn__direction direction;
    } known[] = {
        {"mse(name=macc)", "val_macc", CN_LESS},
        {"auc(name=area)", "area", CN_GREATER},
        {"auc, auc", "val_auc_1", CN_GREATER},
        {"fbeta_score(beta=0.5, average=macro)", "fbeta_score", CN_GREATER},
        {"cosine_similarity", "val_cosine_similarity", CN_GREATER},
        {"r2_score, binary_io_u", "binary_io_u", CN_GREATER},
        {"top_k_categorical_accuracy(name=good)", "good", CN_GREATER},
        {"poisson", "val_loss", CN_LESS},
        {"false_positives", "false_positives", CN_LESS},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        cn_model *m = one_weight();
        cn_training t = {.model = m, .validation_samples = 1};
        assert_int_equal(cn_model_compile(m, .loss = "mse", .metrics = known[i].metrics), CN_OK);
        assert_int_equal(cn__metric_set_new(m, 1, &t.train), CN_OK);
        assert_int_equal(cn__monitor_check(&t, known[i].monitor), CN_OK);
        if (cn__monitor_direction(&t, cn__monitor_modes[0], known[i].monitor) != known[i].direction)
            fail_msg("%s of %s", known[i].monitor, known[i].metrics);
        cn__metric_set_free(&t.train);
        cn_model_free(m);
    }
}

/* Before the first step, not after the first epoch. */
static void a_misspelt_monitor_is_found_before_training(void **state)
{
    (void)state;
    static const char *const wrong[] = {"early_stopping(monitor=val_los)",
                                        "stop_below(los, 1)",
                                        "reduce_lr_on_plateau(monitor=val_mse)",
                                        "model_checkpoint('{val_los}.npz', save_weights_only=true)",
                                        "model_checkpoint('{loss:.2q}.npz', save_weights_only=true)",
                                        "model_checkpoint('{batch}.npz', save_weights_only=true)",
                                        "model_checkpoint(a.npz, monitor=val_mse, save_best_only=true)"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cn_model *m = one_weight();
        set_weight(m, 0.5f);
        if (fit_validated(m, "mae", wrong[i])) fail_msg("%s was taken", wrong[i]);
        assert_true(weight_of(m) == 0.5f);
        cn_model_free(m);
    }
}

static void a_checkpoint_makes_its_folder(void **state)
{
    (void)state;
    cn_model *m = one_weight();
    cn_history *h = fit(m, 1,
                        "model_checkpoint('deep/er/{epoch:>3}-{batch:03d}.npz', save_weights_only=true, "
                        "save_freq=2)",
                        NULL);
    if (!h) fail_msg("%s", cn_error());
    assert_int_equal(access("deep/er/  1-002.npz", R_OK), 0);
    cn_history_free(h);
    cn_model_free(m);
}

static void checkpoints_are_named_by_epoch_and_values(void **state)
{
    (void)state;
    char name[100];
    cn_model *m = one_weight();
    cn_history *h =
        fit(m, 3, "model_checkpoint('at-{epoch:02d}-{loss:.2f}.npz', save_weights_only=true)", NULL);
    if (!h) fail_msg("%s", cn_error());
    for (int e = 0; e < 3; e++) {
        cn__format(name, sizeof name, "at-%02d-%.2f.npz", e + 1, cn_history_get(h, "loss")[e]);
        assert_int_equal(access(name, R_OK), 0);
    }
    assert_true(saved_weight(name) == weight_of(m));
    cn_history_free(h);
    cn_model_free(m);
}

/* A monitored value that gets worse leaves the first file alone; one every two batches is written in between. */
static void checkpoints_keep_the_best_alone(void **state)
{
    (void)state;
    cn_model *m = one_weight();
    set_weight(m, 0);
    cn_history *h = fit(
        m, 3,
        "model_checkpoint(worst.npz, monitor=loss, mode=max, save_best_only=true, save_weights_only=true)",
        NULL);
    float end = weight_of(m);
    assert_true(saved_weight("worst.npz") < end); /* towards 2: the first epoch's */
    cn_history_free(h);
    h = fit(m, 1, "model_checkpoint('batch-{epoch}.npz', save_freq=2, save_weights_only=true)", NULL);
    end = weight_of(m);
    assert_true(saved_weight("batch-1.npz") < end); /* after two of three batches */
    cn_history_free(h);
    cn_model_free(m);
}

static cn_status watch_order(char *log, const char *what, size_t number)
{
    snprintf(log + strlen(log), 400 - strlen(log), "%s%zu ", what, number);
    return CN_OK;
}
static cn_status train_begin(void *log, cn_training *t) { return (void)t, watch_order(log, "T", 0); }
static cn_status train_end(void *log, cn_training *t) { return (void)t, watch_order(log, "t", 0); }
static cn_status epoch_begin(void *log, cn_training *t, size_t e)
{
    return (void)t, watch_order(log, "E", e);
}
static cn_status batch_begin(void *log, cn_training *t, size_t b)
{
    return (void)t, watch_order(log, "B", b);
}
static cn_status batch_end(void *log, cn_training *t, size_t b, const cn_logs *l)
{
    assert_true(isfinite(cn_logs_get(l, "loss")) && isfinite(cn_logs_get(l, "mae")));
    return (void)t, watch_order(log, "b", b);
}
static cn_status epoch_end(void *log, cn_training *t, size_t e, const cn_logs *l)
{
    assert_true(isfinite(cn_logs_get(l, "loss")));
    assert_true(cn_history_epochs(cn_training_history(t)) == e);
    return watch_order(log, "e", e);
}

static void own_functions_are_called_in_keras_order(void **state)
{
    (void)state;
    char log[400] = "";
    cn_model *m = one_weight();
    const cn_callback all = {.user = log,
                             .on_train_begin = train_begin,
                             .on_epoch_begin = epoch_begin,
                             .on_batch_begin = batch_begin,
                             .on_batch_end = batch_end,
                             .on_epoch_end = epoch_end,
                             .on_train_end = train_end};
    cn_history *h = fit(m, 2, NULL, &all);
    assert_string_equal(log, "T0 E0 B0 b0 B1 b1 B2 b2 e0 E1 B0 b0 B1 b1 B2 b2 e1 t0 ");
    cn_history_free(h);
    cn_model_free(m);
}

static cn_status stop_at_second_batch(void *user, cn_training *t, size_t batch, const cn_logs *logs)
{
    (void)user, (void)logs;
    if (batch == 1) cn_training_stop(t, "enough of it");
    return CN_OK;
}

static cn_status go_wrong(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    (void)user, (void)t, (void)logs;
    return epoch == 1 ? CN_ERROR_DATA : CN_OK;
}

static cn_status set_rate(void *user, cn_training *t, size_t epoch)
{
    *(double *)user += cn_training_learning_rate(t);
    assert_int_not_equal(cn_training_set_learning_rate(t, -1), CN_OK);
    return cn_training_set_learning_rate(t, epoch == 0 ? 0 : 0.001);
}

static void own_functions_stop_change_and_fail_a_fit(void **state)
{
    (void)state;
    cn_model *m = one_weight();
    const cn_callback stop = {.on_batch_end = stop_at_second_batch};
    cn_history *h = fit(m, 5, NULL, &stop);
    assert_int_equal(cn_history_epochs(h), 1);
    assert_string_equal(cn_history_stopped(h), "enough of it");
    assert_int_equal(cn_history_stop(h).kind, CN_STOP_CALLBACK);
    cn_history_free(h);

    const cn_callback wrong = {.on_epoch_end = go_wrong};
    assert_null(fit(m, 5, NULL, &wrong));
    assert_int_equal(cn_error_status(), CN_ERROR_DATA);

    double rates = 0;
    set_weight(m, 0);
    const cn_callback rate = {.user = &rates, .on_epoch_begin = set_rate};
    h = fit(m, 2, NULL, &rate);
    assert_true(fabs(rates - 0.001) < 1e-9); /* 0.001, then 0 */
    assert_true(weight_of(m) > 0);
    assert_true(cn_history_get(h, "loss")[0] ==
                cn_history_get(h, "loss")[1] * 0 + 4 * 506.0 / 12); /* Σ (2 x)² / 12 */
    cn_history_free(h);
    cn_model_free(m);
}

static void a_diverging_fit_is_ended(void **state)
{
    (void)state;
    const cn_array x = cn_array_view(CN_FLOAT32, inputs, 2, (size_t[]){SAMPLES, 1}),
                   y = cn_array_view(CN_FLOAT32, targets, 2, (size_t[]){SAMPLES, 1});
    cn_model *m = one_weight();
    assert_int_equal(cn_model_compile(m, .optimizer = "sgd(learning_rate=1e15)", .loss = "mse"), CN_OK);
    cn_history *h = cn_model_fit(m, &x, &y, .epochs = 50, .batch_size = 4, .callbacks = "terminate_on_nan");
    assert_non_null(h);
    assert_true(cn_history_epochs(h) < 50);
    assert_non_null(strstr(cn_history_stopped(h), "terminate_on_nan"));
    assert_int_equal(cn_history_stop(h).kind, CN_STOP_NAN);
    assert_false(isfinite(cn_history_stop(h).value));
    cn_history_free(h);
    cn_model_free(m);
}

/* The first callback that stops a fit is the one that is told. */
static void a_reason_to_stop_is_text_and_values(void **state)
{
    (void)state;
    cn_model *m = one_weight();
    cn_history *h =
        fit(m, 9, "early_stopping(monitor=loss, min_delta=1e30, patience=2), stop_below(value=1)", NULL);
    assert_int_equal(cn_history_epochs(h), 3);
    cn_stop s = cn_history_stop(h);
    assert_int_equal(s.kind, CN_STOP_EARLY);
    assert_string_equal(s.monitor, "loss");
    assert_true(s.value == cn_history_get(h, "loss")[0]);
    assert_int_equal(s.at, 1);
    assert_int_equal(s.epochs, 2);
    char text[200];
    snprintf(text, sizeof text, "early_stopping: loss has not improved on %.6g (epoch 1) for 2 epochs",
             s.value);
    assert_string_equal(cn_history_stopped(h), text);
    cn_history_free(h);

    h = fit(m, 9, "stop_below(value=1e30), early_stopping(monitor=loss, min_delta=1e30)", NULL);
    s = cn_history_stop(h);
    assert_int_equal(s.kind, CN_STOP_BELOW);
    assert_true(s.limit == 1e30 && s.value == cn_history_get(h, "loss")[0]);
    assert_int_equal(s.at, 1);
    cn_history_free(h);

    h = fit(m, 2, NULL, NULL);
    assert_int_equal(cn_history_stop(h).kind, CN_STOP_NONE);
    assert_null(cn_history_stopped(h));
    cn_history_free(h);
    cn_model_free(m);
}

/* Takes the logs of the third batch by hand, as a callback that looks now and then does. */
static cn_status look_at_third(void *user, cn_training *t, size_t batch)
{
    double *seen = user;
    if (batch == 3) *seen = cn_logs_get(cn_training_logs(t), "loss");
    return CN_OK;
}

static cn_status keep_third(void *user, cn_training *t, size_t batch, const cn_logs *logs)
{
    (void)t;
    if (batch == 2) *(double *)user = cn_logs_get(logs, "loss");
    return CN_OK;
}

static void logs_that_are_asked_for_are_those_of_the_batch_before(void **state)
{
    (void)state;
    double asked = NAN, given = NAN;
    cn_model *m = one_weight();
    const cn_callback ask = {.user = &asked, .on_batch_begin = look_at_third},
                      keep = {.user = &given, .on_batch_end = keep_third};
    float x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, y[8] = {2, 1, 4, 3, 6, 5, 8, 7};
    cn_array in = cn_array_view(CN_FLOAT32, x, 2, (size_t[]){8, 1}),
             out = cn_array_view(CN_FLOAT32, y, 2, (size_t[]){8, 1});
    for (int i = 0; i < 2; i++) {
        set_weight(m, 0.5f);
        cn_history *h = cn_model_fit(m, &in, &out, .batch_size = 2, .shuffle = false,
                                     .custom_callbacks = (const cn_callback *[]){i ? &keep : &ask, NULL});
        assert_non_null(h);
        cn_history_free(h);
    }
    assert_true(asked == given && isfinite(asked));
    cn_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(early_stopping_stops_and_restores_where_keras_does),
        cmocka_unit_test(plateaus_lower_the_rate_as_in_keras),
        cmocka_unit_test(a_limit_stops_at_the_first_epoch_under_it),
        cmocka_unit_test(schedules_set_the_rate_of_an_epoch),
        cmocka_unit_test(a_csv_has_a_line_an_epoch),
        cmocka_unit_test(a_csv_has_all_columns_in_epochs_without_validation),
        cmocka_unit_test(metrics_are_named_as_in_keras),
        cmocka_unit_test(callbacks_tell_when_asked),
        cmocka_unit_test(a_metric_knows_its_direction),
        cmocka_unit_test(a_misspelt_monitor_is_found_before_training),
        cmocka_unit_test(a_checkpoint_makes_its_folder),
        cmocka_unit_test(checkpoints_are_named_by_epoch_and_values),
        cmocka_unit_test(checkpoints_keep_the_best_alone),
        cmocka_unit_test(own_functions_are_called_in_keras_order),
        cmocka_unit_test(own_functions_stop_change_and_fail_a_fit),
        cmocka_unit_test(a_diverging_fit_is_ended),
        cmocka_unit_test(logs_that_are_asked_for_are_those_of_the_batch_before),
        cmocka_unit_test(a_reason_to_stop_is_text_and_values),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
