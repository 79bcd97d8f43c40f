/* Studies of a function: cornu/sweep.h. */
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>

#include "cornu/sweep.h"
#include "sweep/support.h"

#include <sqlite3.h>

static const char space[] =
    "x=[-1.0..1.0] rate=[1e-4..1e-1 log] kind=[plain, bent] bend=[0.0..1.0 if kind=bent]";

static cn_status bowl(void *user, cn_trial *t)
{
    const double x = cn_trial_number(t, "x"), rate = cn_trial_number(t, "rate"),
                 bend = cn_trial_number(t, "bend");
    atomic_size_t *calls = user;
    if (calls) atomic_fetch_add(calls, 1);
    assert_true(isnan(bend) == (strcmp(cn_trial_text(t, "kind"), "plain") == 0));
    assert_true(isnan(cn_trial_number(t, "kind")) && isnan(cn_trial_number(t, "nothing")));
    assert_null(cn_trial_text(t, "nothing"));
    for (size_t epoch = 1; epoch <= 9; epoch++) {
        const double loss =
            (x - 0.25) * (x - 0.25) + fabs(log10(rate) + 2) + (isnan(bend) ? 0.5 : bend) + 1 / (double)epoch;
        if (!cn_trial_report(t, "val_loss", epoch, loss)) break;
    }
    return CN_OK;
}

static cn_study_options options_of(const char *sampler, const char *pruner, const char *store)
{
    return (cn_study_options){.space = space,
                              .sampler = sampler,
                              .pruner = pruner,
                              .trials = 80,
                              .epochs = 9,
                              .seed = 5,
                              .store = store};
}

static cn_study *open_study(const cn_study_options *o)
{
    cn_study *s = cn_study_open(o);
    if (!s) fail_msg("%s", cn_error());
    return s;
}

static void same_studies(const cn_study *a, const cn_study *b)
{
    assert_int_equal(cn_study_trials(a), cn_study_trials(b));
    assert_int_equal(cn_study_best(a), cn_study_best(b));
    for (size_t i = 0; i < cn_study_trials(a); i++) {
        char x[200], y[200];
        const double v = cn_study_value(a, i, 0), w = cn_study_value(b, i, 0);
        (void)cn_study_point(a, i, x, sizeof x);
        (void)cn_study_point(b, i, y, sizeof y);
        assert_string_equal(x, y);
        assert_string_equal(cn_study_state(a, i), cn_study_state(b, i));
        assert_memory_equal(&v, &w, sizeof v);
    }
}

static void threads_do_not_change_a_study(void **state)
{
    (void)state;
    static const char *const pruners[] = {NULL, "median", "asha(eta=2)"};
    for (size_t p = 0; p < COUNT_OF(pruners); p++) {
        const cn_study_options o = options_of("tpe", pruners[p], NULL);
        cn_study *one = open_study(&o), *five = open_study(&o);
        succeeds(cn_study_run(one, bowl, NULL, 1));
        succeeds(cn_study_run(five, bowl, NULL, 5));
        same_studies(one, five);
        size_t pruned = 0;
        for (size_t i = 0; i < 80; i++) pruned += strcmp(cn_study_state(one, i), "pruned") == 0;
        assert_true(p ? pruned > 5 : pruned == 0);
        assert_true(cn_study_best(one) != SIZE_MAX);
        succeeds(cn_study_close(one));
        succeeds(cn_study_close(five));
    }
}

typedef struct stopper {
    atomic_size_t calls;
    size_t most;
} stopper;

static cn_status stops(void *user, cn_trial *t)
{
    stopper *s = user;
    return atomic_fetch_add(&s->calls, 1) >= s->most ? CN_ERROR_STATE : bowl(NULL, t);
}

static void a_study_goes_on_from_its_store(void **state)
{
    (void)state;
    const cn_study_options o = options_of("tpe", "asha(eta=2)", fresh_store("ask.db"));
    cn_study_options bare = o;
    bare.store = NULL;
    cn_study *whole = open_study(&bare), *part = open_study(&o);
    stopper s = {.most = 33};
    succeeds(cn_study_run(whole, bowl, NULL, 2));
    fails_with(cn_study_run(part, stops, &s, 3), "the objective ended the study");
    succeeds(cn_study_close(part));
    atomic_size_t calls = 0;
    part = open_study(&o);
    succeeds(cn_study_run(part, bowl, &calls, 2));
    assert_int_equal(calls, 80 - 33);
    same_studies(whole, part);
    succeeds(cn_study_close(part));
    succeeds(cn_study_close(whole));
    cn_study_options other = o;
    other.key = "the next version";
    part = open_study(&other);
    assert_string_equal(cn_study_state(part, 0), "running");
    succeeds(cn_study_close(part));
}

static void trials_are_asked_for_and_ended_one_by_one(void **state)
{
    (void)state;
    cn_study_options o = options_of("tpe", NULL, NULL);
    o.ahead = 2;
    cn_study *s = open_study(&o);
    cn_trial *a, *b, *c, *d;
    succeeds(cn_study_ask(s, &a));
    succeeds(cn_study_ask(s, &b));
    succeeds(cn_study_ask(s, &c));
    assert_true(cn_trial_index(a) == 0 && cn_trial_index(c) == 2 && cn_trial_seed(a) == 5);
    fails_with(cn_study_ask(s, &d), "trial 0 is still out");
    assert_true(cn_trial_report(a, "val_loss", 1, 0.5));
    succeeds(cn_trial_end(a, NULL));
    succeeds(cn_study_ask(s, &d));
    succeeds(cn_trial_end(b, "it broke"));
    succeeds(cn_trial_end(c, NULL)); /* without a value */
    cn_trial_fail(d, "no good");
    assert_true(cn_trial_report(d, "val_loss", 1, 0.25));
    succeeds(cn_trial_end(d, NULL));
    static const char *const states[] = {"complete", "failed", "failed", "failed", "running"};
    for (size_t i = 0; i < COUNT_OF(states); i++) assert_string_equal(cn_study_state(s, i), states[i]);
    assert_int_equal(cn_study_best(s), 0);
    assert_true(cn_study_value(s, 0, 0) == 0.5 && isnan(cn_study_value(s, 1, 0)) &&
                isnan(cn_study_value(s, 0, 1)));
    assert_null(cn_study_state(s, 80));
    succeeds(cn_study_close(s));
}

static void an_epoch_that_is_reported_twice_has_its_last_value(void **state)
{
    (void)state;
    const cn_study_options o = options_of(NULL, NULL, fresh_store("twice.db"));
    cn_study *s = open_study(&o);
    cn_trial *t;
    sqlite3 *db;
    sqlite3_stmt *rows;
    succeeds(cn_study_ask(s, &t));
    assert_true(cn_trial_report(t, "val_loss", 1, 0.5));
    assert_true(cn_trial_report(t, "val_loss", 2, 0.75));
    assert_true(cn_trial_report(t, "val_loss", 2, 0.25));
    succeeds(cn_trial_end(t, NULL));
    assert_true(cn_study_value(s, 0, 0) == 0.25);
    succeeds(cn_study_close(s));
    succeeds(cn__store_file_open("twice.db", false, &db));
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT epoch, value FROM epochs ORDER BY epoch", -1, &rows, NULL), SQLITE_OK);
    for (int epoch = 1; epoch <= 2; epoch++) {
        assert_int_equal(sqlite3_step(rows), SQLITE_ROW);
        assert_int_equal(sqlite3_column_int(rows, 0), epoch);
        assert_true(sqlite3_column_double(rows, 1) == (epoch == 1 ? 0.5 : 0.25));
    }
    assert_int_equal(sqlite3_step(rows), SQLITE_DONE);
    sqlite3_finalize(rows);
    sqlite3_close(db);
}

static cn_status always_fails(void *user, cn_trial *t)
{
    (void)user;
    cn_trial_fail(t, "the machine is broken");
    return CN_OK;
}

static void where_every_trial_fails_the_study_does(void **state)
{
    (void)state;
    const cn_study_options o = options_of(NULL, NULL, NULL);
    cn_study *s = open_study(&o);
    fails_with(cn_study_run(s, always_fails, NULL, 2),
               "all 80 trials failed; trial 0: the machine is broken");
    fails_with(cn_study_run(s, always_fails, NULL, -1), "threads = -1");
    succeeds(cn_study_close(s));
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        cn_study_options o;
        const char *message;
    } cases[] = {
        {{.trials = 3}, "a study needs a space"},
        {{.space = "x=[1..]"}, "x"},
        {{.space = "x=[0..1]", .sampler = "tpi"}, "did you mean 'tpe'"},
        {{.space = "x=[0.0..1.0]", .sampler = "grid"}, "step"},
        {{.space = "x=[0..1]", .pruner = "halving", .epochs = 9}, "trials wait for one another"},
        {{.space = "x=[0..1]", .pruner = "asha"}, "asha"},
        {{.space = "x=[0..1]", .objective = "score"}, "max(score) or min(score)"},
        {{.space = "x=[0..1]", .store = "/nowhere/at/all.db"}, "/nowhere"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cn_study *s = cn_study_open(&cases[i].o);
        assert_null(s);
        fails_with(cn_error_status(), cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_change_a_study),
        cmocka_unit_test(a_study_goes_on_from_its_store),
        cmocka_unit_test(trials_are_asked_for_and_ended_one_by_one),
        cmocka_unit_test(an_epoch_that_is_reported_twice_has_its_last_value),
        cmocka_unit_test(where_every_trial_fails_the_study_does),
        cmocka_unit_test(mistakes_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
