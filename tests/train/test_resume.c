/* A training that was ended in the middle and goes on from its state has the bits of one that never stopped: weights,
 * history, what callbacks decide and write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/files/file.h"
#include "cornu/cornu.h"
#include "model/model.h"

enum { SAMPLES = 90, INPUTS = 6, CLASSES = 3, EPOCHS = 5, BATCH = 16, STEPS = 6 };

static float x_values[SAMPLES * INPUTS], y_values[SAMPLES];
static cn_array x, y;

static int enter(void **state)
{
    char name[] = "test-resume-XXXXXX";
    uint32_t chance = 3;
    for (size_t i = 0; i < SAMPLES * INPUTS; i++)
        x_values[i] = (float)((chance = chance * 1664525u + 1013904223u) >> 8) / 8388608.0f - 1;
    for (size_t i = 0; i < SAMPLES; i++)
        y_values[i] = (float)((x_values[i * INPUTS] > 0) + (x_values[i * INPUTS + 1] > 0));
    x = cn_array_view(CN_FLOAT32, x_values, 2, (size_t[]){SAMPLES, INPUTS});
    y = cn_array_view(CN_FLOAT32, y_values, 1, (size_t[]){SAMPLES});
    *state = strdup(name);
    return mkdtemp(*state) && chdir(*state) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    char command[80];
    if (chdir("..") != 0) return -1;
    snprintf(command, sizeof command, "rm -rf %s", (char *)*state);
    free(*state);
    return system(command) == 0 ? 0 : -1;
}

/* One way to train; each has something that a training remembers besides its weights. */
typedef struct setting {
    const char *layers, *optimizer, *metrics, *callbacks, *class_weight;
    bool shuffle, reshuffle;
    double validation_split;
} setting;

static const setting settings[] = {
    {"dense(8, activation=relu); dense(3, activation=softmax)", "sgd", "accuracy", "", NULL, false, false, 0},
    {"dense(8, activation=relu); dropout(0.4); dense(3, activation=softmax)", "adam", "accuracy", "", NULL,
     true, false, 0},
    {"dense(8); batch_normalization; dropout(0.2); dense(3, activation=softmax)", "nadam",
     "sparse_top_k_categorical_accuracy(k=2)", "", "{0: 2, 2: 0.5}", true, true, 0.2},
    {"dense(8, activation=tanh); dense(3, activation=softmax)",
     "adam(learning_rate=0.05, use_ema=true, ema_momentum=0.9)", "", "", NULL, true, true, 0},
    {"dense(8, activation=tanh); dense(3, activation=softmax)",
     "sgd(learning_rate=ExponentialDecay(0.1, 7, 0.8), momentum=0.9)", "accuracy", "", NULL, true, false,
     0.3},
    {"dense(8, activation=relu, kernel_regularizer=l2(0.01)); dense(3, activation=softmax)",
     "rmsprop(learning_rate=0.02)", "accuracy",
     "reduce_lr_on_plateau(monitor=loss, factor=0.5, patience=0, min_delta=0.2), csv_logger(log.csv), "
     "early_stopping(monitor=val_loss, patience=1, restore_best_weights=true, min_delta=0.02)",
     NULL, true, true, 0.25},
    {"dense(8); dense(3, activation=softmax)", "adadelta(learning_rate=1)", "accuracy",
     "learning_rate_scheduler(ExponentialDecay(1, 1, 0.7)), csv_logger(log.csv, append=true)", NULL, true,
     true, 0},
    {"dense(8); dense(3, activation=softmax)", "adam(clipnorm=0.1, amsgrad=true, weight_decay=0.01)", "", "",
     NULL, true, true, 0},
    {"dense(8, activation=relu); dense(3, activation=softmax)", "muon(learning_rate=0.02)", "accuracy", "",
     NULL, true, true, 0},
    {"dense(8); dense(3, activation=softmax)", "adam", "", "swa(start_epoch=1)", NULL, true, true, 0.2},
    {"dense(8); dense(3, activation=softmax)", "adam(use_ema=true, ema_momentum=0.9)", "",
     "swap_ema_weights(swap_on_epoch=true)", NULL, true, true, 0.2},
    {"reshape((3, 2, 1)); mix_up(0.5); conv2d(4, 2, padding=same); flatten; dense(1)", "adam", "mae", "",
     NULL, true, true, 0.2},
    {"reshape((3, 2, 1)); random_flip; random_translation(0.3, 0.3); conv2d(4, 2, padding=same); "
     "batch_normalization; dropout(0.3); flatten; dense(3, activation=softmax)",
     "adam", "accuracy", "", NULL, true, true, 0.2},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

static cn_model *make(const setting *s)
{
    cn_model *m = cn_model_new("m");
    assert_non_null(m);
    cn_model_set_seed(m, 11);
    if (cn_model_add_notation(m, s->layers) != CN_OK ||
        cn_model_compile(m, .optimizer = s->optimizer,
                         .loss = strstr(s->layers, "mix_up")
                                     ? "mean_squared_error" /* labels between the classes */
                                     : "sparse_categorical_crossentropy",
                         .metrics = s->metrics) != CN_OK)
        fail_msg("%s", cn_error());
    return m;
}

static cn_fit_options options_of(const setting *s, cn_model *m)
{
    cn_fit_options o = cn_fit_defaults();
    o.model = m, o.x = &x, o.y = &y;
    o.epochs = EPOCHS, o.batch_size = BATCH;
    o.shuffle = s->shuffle, o.reshuffle = s->reshuffle;
    o.validation_split = s->validation_split;
    o.callbacks = s->callbacks, o.class_weight = s->class_weight;
    return o;
}

/* Ends the training hard, or asks it to stop, at this batch of all. */
typedef struct ender {
    size_t at, seen;
    bool gently;
} ender;

static cn_status end_at(void *user, cn_training *t, size_t batch)
{
    ender *e = user;
    (void)batch;
    if (e->seen++ < e->at) return CN_OK;
    if (!e->gently) return CN_ERROR_STATE;
    cn_training_stop(t, "asked to");
    return CN_OK;
}

static char *text_of(const char *path)
{
    char *text;
    size_t size;
    if (!cn__file_exists(path)) return strdup("");
    assert_int_equal(cn__file_read(path, &text, &size, 1 << 20), CN_OK);
    char *copy = strdup(text);
    cn__free(text);
    return copy;
}

static void same_slots(const cn__variable *a, const cn__variable *b, const char *what)
{
    for (size_t k = 0; k < CN_MAX_SLOTS; k++) {
        assert_true(!a->slot[k] == !b->slot[k]);
        if (a->slot[k] && memcmp(a->slot[k], b->slot[k], a->padded * sizeof(real)) != 0)
            fail_msg("the optimizer's state %zu differs: %s", k, what);
    }
    assert_true(!a->average == !b->average);
    if (a->average && memcmp(a->average, b->average, a->padded * sizeof(real)) != 0)
        fail_msg("the moving average differs: %s", what);
}

static void same_weights(const cn_model *a, const cn_model *b, const char *what)
{
    for (size_t i = 0; i < a->variable_count; i++)
        if (memcmp(a->variables[i]->value, b->variables[i]->value, a->variables[i]->padded * sizeof(real)) !=
            0)
            fail_msg("weight %zu differs: %s", i, what);
    for (size_t i = 0; i < a->variable_count; i++) same_slots(a->variables[i], b->variables[i], what);
    assert_true(a->optimizer.iterations == b->optimizer.iterations);
}

static void same_history(const cn_history *a, const cn_history *b, const char *what)
{
    if (cn_history_epochs(a) != cn_history_epochs(b) || cn_history_count(a) != cn_history_count(b))
        fail_msg("%zu epochs and %zu names, expected %zu and %zu: %s", cn_history_epochs(b),
                 cn_history_count(b), cn_history_epochs(a), cn_history_count(a), what);
    for (size_t i = 0; i < cn_history_count(a); i++) {
        const char *name = cn_history_name(a, i);
        assert_string_equal(name, cn_history_name(b, i));
        if (memcmp(cn_history_get(a, name), cn_history_get(b, name), cn_history_epochs(a) * sizeof(double)) !=
            0)
            fail_msg("%s differs: %s", name, what);
    }
}

/* Trains once without a stop and once with, at a batch, and compares all that is left. */
static void goes_on_exactly(const setting *s, size_t at, bool gently)
{
    char what[400];
    snprintf(what, sizeof what, "%s, %s, stopped at batch %zu%s", s->layers, s->optimizer, at,
             gently ? " gently" : "");
    assert_int_equal(system("rm -rf log.csv states"), 0);
    cn_model *whole = make(s), *first = make(s), *second = make(s);
    cn_fit_options o = options_of(s, whole);
    cn_history *expected = cn_model_fit_with(&o);
    if (!expected) fail_msg("%s: %s", cn_error(), what);
    char *log = text_of("log.csv");
    assert_int_equal(system("rm -f log.csv"), 0);

    ender e = {.at = at, .gently = gently};
    const cn_callback end = {.user = &e, .on_batch_begin = end_at}, *const ends[] = {&end, NULL};
    o = options_of(s, first);
    o.custom_callbacks = ends;
    o.checkpoint_dir = "states", o.checkpoint_seconds = 1e-9; /* at every batch */
    cn_history *broken = cn_model_fit_with(&o);
    bool ended = e.seen > at;
    cn_history_free(broken);

    o = options_of(s, second);
    o.threads = 3;
    o.resume_dir = "states";
    cn_history *got = cn_model_fit_with(&o);
    if (!got) fail_msg("%s: %s", cn_error(), what);
    if (ended) {
        char *log_after = text_of("log.csv");
        same_history(expected, got, what);
        same_weights(whole, second, what);
        if (strcmp(log, log_after) != 0) fail_msg("log.csv differs: %s\n%s\n%s", what, log, log_after);
        free(log_after);
    }
    free(log);
    cn_history_free(expected);
    cn_history_free(got);
    cn_model_free(whole);
    cn_model_free(first);
    cn_model_free(second);
}

static void a_killed_training_goes_on_to_the_same_bits(void **state)
{
    (void)state;
    static const size_t stops[] = {0,     1,         STEPS / 2,     STEPS - 1,
                                   STEPS, STEPS + 1, 2 * STEPS + 3, 4 * STEPS - 1};
    for (size_t i = 0; i < SETTINGS; i++)
        for (size_t k = 0; k < sizeof stops / sizeof *stops; k++)
            goes_on_exactly(&settings[i], stops[k], false);
}

static void a_training_that_was_asked_to_stop_goes_on_to_the_same_bits(void **state)
{
    (void)state;
    static const size_t stops[] = {0, STEPS / 2, STEPS - 1, 2 * STEPS};
    for (size_t i = 0; i < SETTINGS; i++)
        for (size_t k = 0; k < sizeof stops / sizeof *stops; k++) {
            if (strstr(settings[i].callbacks, "csv_logger"))
                continue; /* which has a line of the epoch's first part */
            goes_on_exactly(&settings[i], stops[k], true);
        }
}

/* ---- backup_and_restore ------------------------------------------------------------------------------------------- */

static void backup_and_restore_goes_on_by_itself_and_leaves_nothing(void **state)
{
    (void)state;
    static const char *const spelt[] = {"backup_and_restore(backup)", "BackupAndRestore(backup, save_freq=4)",
                                        "backup_and_restore(backup, save_freq='1s')"};
    for (size_t i = 0; i < 3; i++) {
        setting s = settings[1];
        s.callbacks = spelt[i];
        cn_model *whole = make(&s), *model = make(&s);
        cn_fit_options o = options_of(&settings[1], whole);
        cn_history *expected = cn_model_fit_with(&o), *got;
        ender e = {.at = 3 * STEPS + 2};
        const cn_callback end = {.user = &e, .on_batch_begin = end_at}, *const ends[] = {&end, NULL};
        o = options_of(&s, model);
        o.custom_callbacks = ends;
        assert_null(cn_model_fit_with(&o));
        assert_true(cn__file_exists("backup/state-1.cornu") == (i < 2));
        cn_model_free(model);
        model = make(&s);
        o = options_of(&s, model);
        got = cn_model_fit_with(&o);
        if (!got) fail_msg("%s", cn_error());
        same_history(expected, got, spelt[i]);
        same_weights(whole, model, spelt[i]);
        assert_false(cn__file_exists("backup/state-0.cornu") || cn__file_exists("backup/state-1.cornu"));
        cn_history_free(expected);
        cn_history_free(got);
        cn_model_free(whole);
        cn_model_free(model);
    }
}

static void wrong_arguments_are_told(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"backup_and_restore()", "backup_dir"},
        {"backup_and_restore(b, save_freq=0)", "save_freq"},
        {"backup_and_restore(b, save_freq='30 parsecs')", "a time such as"},
        {"backup_and_restore(b), backup_and_restore(c)", "kept in b already"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setting s = settings[0];
        s.callbacks = cases[i][0];
        cn_model *m = make(&s);
        cn_fit_options o = options_of(&s, m);
        assert_null(cn_model_fit_with(&o));
        if (!strstr(cn_error(), cases[i][1])) fail_msg("%s: %s", cases[i][0], cn_error());
        cn_model_free(m);
    }
}

/* ---- states that do not fit ------------------------------------------------------------------------------------------ */

static void leave_state(const setting *s)
{
    ender e = {.at = STEPS + 3};
    const cn_callback end = {.user = &e, .on_batch_begin = end_at}, *const ends[] = {&end, NULL};
    cn_model *m = make(s);
    cn_fit_options o = options_of(s, m);
    assert_int_equal(system("rm -rf states"), 0);
    o.custom_callbacks = ends;
    o.checkpoint_dir = "states", o.checkpoint_seconds = 1e-9;
    assert_null(cn_model_fit_with(&o));
    cn_model_free(m);
}

static void is_refused(const setting *s, const cn_fit_options *given, const char *why)
{
    cn_model *m = make(s);
    cn_fit_options o = *given;
    o.model = m, o.resume_dir = "states";
    cn_history *h = cn_model_fit_with(&o);
    if (h) fail_msg("a state of another training was taken, expected: %s", why);
    if (!strstr(cn_error(), why)) fail_msg("'%s' is not in: %s", why, cn_error());
    assert_true(m->optimizer.iterations == 0); /* nothing was changed */
    cn_model_free(m);
}

static void a_state_of_another_training_is_refused_by_what_differs(void **state)
{
    (void)state;
    setting s = settings[0];
    leave_state(&s);
    cn_fit_options o = options_of(&s, NULL);
    o.batch_size = 8;
    is_refused(&s, &o, "the batch size was 16 and is 8");
    o = options_of(&s, NULL), o.shuffle = true;
    is_refused(&s, &o, "order of the samples");
    o = options_of(&s, NULL), o.callbacks = "terminate_on_nan()";
    is_refused(&s, &o, "another list of callbacks");
    o = options_of(&s, NULL), o.validation_split = 0.5;
    is_refused(&s, &o, "number of samples");
    o = options_of(&s, NULL), o.epochs = 1;
    is_refused(&s, &o, "it is in epoch 2, and epochs is 1");
    o = options_of(&s, NULL);
    s.optimizer = "sgd(momentum=0.9)";
    is_refused(&s, &o, "another optimizer");
    s = settings[0], s.layers = "dense(9, activation=relu); dense(3, activation=softmax)";
    is_refused(&s, &o, "another network");
    s = settings[0];
    x_values[5] += 1;
    is_refused(&s, &o, "another data");
    x_values[5] -= 1;
}

/* The one before it is taken; without one the training begins at its beginning. */
static void a_damaged_state_is_not_taken(void **state)
{
    (void)state;
    const setting *s = &settings[1];
    leave_state(s);
    for (int left = 1; left >= 0; left--) {
        assert_int_equal(
            system(
                left
                    ? "f=$(ls -t states/* | head -n 1); head -c 300 $f > cut; cat cut > $f"
                    : "for f in states/*; do printf x | dd of=$f bs=1 seek=200 conv=notrunc 2>/dev/null; done"),
            0);
        cn_model *whole = make(s), *m = make(s);
        cn_fit_options o = options_of(s, whole);
        cn_history *expected = cn_model_fit_with(&o);
        o.model = m, o.resume_dir = "states";
        cn_history *got = cn_model_fit_with(&o);
        if (!got) fail_msg("%s", cn_error());
        same_history(expected, got, "damaged");
        same_weights(whole, m, "damaged");
        cn_history_free(expected);
        cn_history_free(got);
        cn_model_free(whole);
        cn_model_free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_training_goes_on_to_the_same_bits),
        cmocka_unit_test(a_training_that_was_asked_to_stop_goes_on_to_the_same_bits),
        cmocka_unit_test(backup_and_restore_goes_on_by_itself_and_leaves_nothing),
        cmocka_unit_test(wrong_arguments_are_told),
        cmocka_unit_test(a_state_of_another_training_is_refused_by_what_differs),
        cmocka_unit_test(a_damaged_state_is_not_taken),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
