/* Studies: the same results for any number of workers (threads) and after any stop, in the store and out of it. */
#include "sweep/support.h"

#include <sqlite3.h>
#include <stdatomic.h>

static cn__arena arena;

typedef struct wanted {
    const char *space, *sampler, *pruner, *objective;
    size_t trials, seeds, shard, shards;
} wanted;

static void open_study(const problem *p, const wanted *w, cn__study *out)
{
    const cn__study_options o = {.name = "m",
                                 .space = w->space,
                                 .data_key = "made by hand",
                                 .sampler = w->sampler ? value_of(&arena, w->sampler) : NULL,
                                 .pruner = w->pruner ? value_of(&arena, w->pruner) : NULL,
                                 .objective = value_of(&arena, w->objective ? w->objective : "val_loss"),
                                 .seed = 3,
                                 .trials = w->trials,
                                 .seeds = w->seeds,
                                 .keep = 2,
                                 .shard = w->shard,
                                 .shards = w->shards};
    if (cn__study_open(&p->base, &o, out) != CN_OK) fail_msg("%s", cn_error());
}

static cn__sweep_progress run_study(cn__study *s, const char *store, int workers)
{
    cn__sweep_progress progress;
    const cn__sweep_options o = {.store = store, .workers = workers};
    if (cn__sweep_run(s, &o, &progress, NULL) != CN_OK) fail_msg("%s", cn_error());
    return progress;
}

static const char space[] = "units=[2..32 log] optimizer.learning_rate=[1e-3..1e-1 log] dropout=[0, .2, .5]";

static const wanted kinds[] = {
    {.space = space, .trials = 24},
    {.space = space, .trials = 8, .seeds = 3},
    {.space = "units=[4, 8] dropout=[0, .5] optimizer=[adam, sgd]", .sampler = "grid"},
    {.space = space, .sampler = "sobol", .trials = 16},
    {.space = space, .sampler = "tpe(startup=4)", .trials = 40},
    {.space = space, .sampler = "tpe(startup=4)", .trials = 40, .objective = "[val_loss, min(parameters)]"},
    {.space = space, .pruner = "asha(eta=2)", .trials = 40},
    {.space = space, .sampler = "tpe", .pruner = "median", .trials = 40, .seeds = 2},
    {.space = space, .pruner = "halving(eta=2)", .trials = 21},
    {.space = space,
     .sampler = "tpe(startup=4)",
     .pruner = "halving(eta=2, group=5)",
     .trials = 33,
     .seeds = 2},
    {.space = space, .sampler = "sobol", .pruner = "hyperband(eta=2)", .trials = 45},
    {.space = space, .sampler = "tpe(startup=4)", .pruner = "hyperband(eta=2)", .trials = 45},
};

static void any_number_of_workers_gives_the_same_study(void **state)
{
    (void)state;
    problem p;
    make_problem(&p);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        cn__study one, many;
        open_study(&p, &kinds[i], &one);
        run_study(&one, NULL, 1);
        for (int workers = 2; workers <= 7; workers += 5) {
            open_study(&p, &kinds[i], &many);
            run_study(&many, fresh_store("many.db"), workers);
            same_trials(&one, &many);
            cn__study_close(&many);
        }
        cn__study_close(&one);
    }
}

static void a_trial_is_the_training_that_its_configuration_says(void **state)
{
    (void)state;
    problem p;
    make_problem(&p);
    cn__study s;
    open_study(&p, &kinds[0], &s);
    run_study(&s, NULL, 2);
    for (size_t i = 0; i < 3; i++) {
        cn__configuration c;
        succeeds(cn__template_fill(&s.template_, s.trials[i].point, &arena, &c));
        cn_model *m = cn__configuration_model(&c, 3, false);
        assert_non_null(m);
        c.fit.model = m;
        cn_history *h = cn_model_fit_with(&c.fit);
        assert_non_null(h);
        assert_true(cn_history_get(h, "val_loss")[3] == s.trials[i].values[0]);
        cn_history_free(h);
        cn_model_free(m);
    }
    cn__study_close(&s);
}

static _Atomic int batches_left;

static bool stops(void) { return atomic_fetch_sub(&batches_left, 1) <= 0; }

static void a_study_that_was_interrupted_goes_on_to_the_same_results(void **state)
{
    (void)state;
    problem p;
    make_problem(&p);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        cn__study whole, part;
        open_study(&p, &kinds[i], &whole);
        run_study(&whole, NULL, 2);
        fresh_store("part.db");
        size_t runs = 0;
        for (bool done = false; !done && runs < 100; runs++) {
            cn__sweep_progress progress;
            const cn__sweep_options o = {.store = "part.db", .workers = 2, .interrupted = stops};
            atomic_store(&batches_left, 200);
            open_study(&p, &kinds[i], &part);
            cn_status status = cn__sweep_run(&part, &o, &progress, NULL);
            if (status != CN_OK) fails_with(status, "interrupted");
            done = status == CN_OK;
            if (done) same_trials(&whole, &part);
            cn__study_close(&part);
        }
        assert_in_range(runs, 2, 99);
        cn__study_close(&whole);
    }
}

static void a_study_that_is_done_is_read_and_not_run_again(void **state)
{
    (void)state;
    problem p;
    make_problem(&p);
    cn__study s;
    open_study(&p, &kinds[0], &s);
    run_study(&s, fresh_store("done.db"), 2);
    cn__study again;
    open_study(&p, &kinds[0], &again);
    cn__sweep_progress progress;
    const cn__sweep_options o = {.store = "done.db", .workers = 2, .only_stored = true};
    succeeds(cn__sweep_run(&again, &o, &progress, NULL));
    assert_int_equal(progress.resumed, 24);
    same_trials(&s, &again);
    cn__study_close(&again);
    cn__study_close(&s);
    open_study(&p, &kinds[1], &s);
    fails_with(cn__sweep_run(&s, &o, NULL, NULL), "is not in the store");
    cn__study_close(&s);
}

static int64_t count_rows(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *s;
    succeeds(cn__store_file_open(path, false, &db));
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int64_t count = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return count;
}

static void the_store_holds_every_epoch_of_every_run_and_the_best_models(void **state)
{
    (void)state;
    problem p;
    make_problem(&p);
    cn__study s;
    open_study(&p, &kinds[1], &s);
    run_study(&s, fresh_store("rows.db"), 3);
    assert_int_equal(count_rows("rows.db", "SELECT count(*) FROM trials WHERE state='complete'"), 8);
    assert_int_equal(count_rows("rows.db", "SELECT count(*) FROM runs WHERE state='complete' AND epochs=4"),
                     24);
    assert_int_equal(count_rows("rows.db", "SELECT count(*) FROM epochs"),
                     24 * 4 * 4); /* loss, accuracy and val_ of both */
    assert_int_equal(count_rows("rows.db", "SELECT count(*) FROM params"), 24);
    assert_int_equal(count_rows("rows.db", "SELECT count(*) FROM models"), 2 * 3);
    const size_t best = cn__study_best(&s);
    char sql[200];
    cn__format(
        sql, sizeof sql,
        "SELECT count(*) FROM models m JOIN runs r ON r.id=m.run JOIN trials t ON t.id=r.trial WHERE t.number=%zu",
        best);
    assert_int_equal(count_rows("rows.db", sql), 3);
    cn__study_close(&s);
}

static void shards_do_each_trial_once(void **state)
{
    (void)state;
    problem p;
    make_problem(&p);
    cn__study whole;
    open_study(&p, &kinds[0], &whole);
    run_study(&whole, NULL, 2);
    size_t seen = 0;
    for (size_t i = 1; i <= 3; i++) {
        wanted w = kinds[0];
        w.shard = i, w.shards = 3;
        cn__study part;
        open_study(&p, &w, &part);
        assert_int_equal(run_study(&part, NULL, 2).trials, 8);
        for (size_t k = 0; k < part.trial_count; k++) {
            if (part.trials[k].state == CN_TRIAL_WAITING) continue;
            seen++;
            assert_true(part.trials[k].values[0] == whole.trials[k].values[0]);
        }
        cn__study_close(&part);
    }
    assert_int_equal(seen, 24);
    cn__study_close(&whole);
}

/* Of a group of 9 trials 9 train one epoch, 3 three, 1 nine; eta = 3. */
static void halving_ends_all_but_the_best_third_at_each_rung(void **state)
{
    (void)state;
    problem p;
    make_problem(&p);
    p.base.fit.epochs = 9;
    const wanted w = {.space = space, .pruner = "halving", .trials = 27};
    cn__study s;
    open_study(&p, &w, &s);
    run_study(&s, NULL, 2);
    for (size_t group = 0; group < 3; group++) {
        size_t epochs[10] = {0};
        double kept = 0, ended = INFINITY;
        for (size_t i = 9 * group; i < 9 * group + 9; i++) {
            assert_in_range(s.trials[i].epochs, 1, 9);
            epochs[s.trials[i].epochs]++;
            if (s.trials[i].epochs > 1) kept = fmax(kept, s.trials[i].rungs[0]);
            else ended = fmin(ended, s.trials[i].rungs[0]);
        }
        assert_int_equal(epochs[1], 6);
        assert_int_equal(epochs[3], 2);
        assert_int_equal(epochs[9], 1);
        assert_true(kept <= ended); /* val_loss: the less the better */
    }
    cn__study_close(&s);
}

/* R = 9, eta = 3: brackets of 9, 5 and 3 trials that begin with 1, 3 and 9 epochs (the paper's algorithm 1). */
static void hyperbands_brackets_are_those_of_the_paper(void **state)
{
    (void)state;
    static const struct {
        size_t first, trials, rungs, epoch;
    } brackets[] = {{0, 9, 2, 1}, {9, 5, 1, 3}, {14, 3, 0, 0}, {17, 9, 2, 1}};
    problem p;
    make_problem(&p);
    p.base.fit.epochs = 9;
    const wanted w = {.space = space, .pruner = "hyperband(eta=3)", .trials = 40};
    cn__study s;
    open_study(&p, &w, &s);
    for (size_t i = 0; i < COUNT_OF(brackets); i++)
        for (size_t k = 0; k < brackets[i].trials; k++) {
            cn__course c;
            cn__study_course(&s, brackets[i].first + k, &c);
            assert_int_equal(c.first, brackets[i].first);
            assert_int_equal(c.trials, brackets[i].trials);
            assert_int_equal(c.count, brackets[i].rungs);
            if (c.count) assert_int_equal(c.rungs[0], brackets[i].epoch);
        }
    cn__study_close(&s);
}

/* What asha says of a trial follows from the trials before it alone. */
static void asha_compares_with_earlier_numbers_only(void **state)
{
    (void)state;
    problem p;
    make_problem(&p);
    const wanted w = {.space = space, .pruner = "asha(eta=2)", .trials = 60};
    cn__study s;
    open_study(&p, &w, &s);
    cn__sweep_progress progress = run_study(&s, NULL, 2);
    assert_in_range(progress.pruned, 10, 55);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(s.trials[i].state, CN_TRIAL_COMPLETE); /* they see none */
    for (size_t i = 16; i < 60; i++) {
        size_t better = 0, there = 1;
        for (size_t k = 0; k + 16 < i; k++) {
            if (!s.trials[k].reported) continue;
            there++;
            better += s.trials[k].rungs[0] <= s.trials[i].rungs[0];
        }
        assert_int_equal(s.trials[i].epochs > 1, better < (there / 2 ? there / 2 : 1));
    }
    cn__study_close(&s);
}

static void a_trial_that_diverges_is_a_result_and_the_study_goes_on(void **state)
{
    (void)state;
    problem p;
    make_problem(&p);
    const wanted w = {.space = "optimizer=[sgd(learning_rate=1e38), adam]", .sampler = "grid"};
    cn__study s;
    open_study(&p, &w, &s);
    cn__sweep_progress progress = run_study(&s, fresh_store("diverged.db"), 2);
    assert_int_equal(progress.failed, 1);
    assert_int_equal(progress.complete, 1);
    assert_int_equal(s.trials[0].state, CN_TRIAL_FAILED);
    assert_int_equal(progress.best, 1);
    cn__study_close(&s);
}

static void mistakes_of_a_study_are_told_before_anything_is_trained(void **state)
{
    (void)state;
    static const struct {
        wanted wanted;
        const char *message;
    } cases[] = {
        {{.space = "units=[4..8]", .objective = "val_acc"}, "objective"},
        {{.space = "units=[4..8]", .objective = "val_accurcy"}, "did you mean 'val_accuracy'"},
        {{.space = "units=[4..8]", .objective = "val_acuracy"}, "did you mean 'val_accuracy'"},
        {{.space = "units=[4..8]", .objective = "val_profit"}, "Expected max(val_profit) or min(val_profit)"},
        {{.space = "learnin_rate=[0.1..0.2]"}, "did you mean 'learning_rate'"},
        {{.space = "momentum=[0.1..0.2]"}, "optimizer adam: unknown argument 'momentum'"},
        {{.space = "units=[0..8]"}, "units = 0"},
        {{.space = "activation=[relu, tanhh]"}, "activation = tanhh"},
        {{.space = "optimizer=[adam, sgd] optimizer.momentum=[0.1..0.9]"}, "momentum"},
        {{.space = "units=[4..8]", .sampler = "gird"}, "did you mean 'grid'"},
        {{.space = "optimizer.learning_rate=[0.1..0.2]", .sampler = "grid"}, "any number of values"},
        {{.space = "units=[4..8]", .shard = 4, .shards = 3}, "shard 4/3"},
        {{.space = "units=[4..8]", .sampler = "tpe", .shard = 1, .shards = 3}, "another shard has"},
        {{.space = "units=[4..8]", .sampler = "tpe", .objective = "seconds"}, "they differ from run to run"},
        {{.space = "units=[4..8]", .pruner = "asha", .objective = "parameters"},
         "a value that each epoch has"},
        {{.space = "epochs=[2..4]", .pruner = "asha"}, "it chooses the epochs"},
        {{.space = "units=[4..8]", .pruner = "halving(min_epochs=4)"}, "expected less than epochs = 4"},
        {{.space = "units=[4..8]", .pruner = "hyperband(eta=5)"}, "expected at least min_epochs"},
        {{.space = "units=[4..8]", .pruner = "hyperbnad"}, "did you mean 'hyperband'"},
    };
    problem p;
    make_problem(&p);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const wanted *w = &cases[i].wanted;
        cn__study s;
        const cn__study_options o = {.name = "m",
                                     .space = w->space,
                                     .sampler = w->sampler ? value_of(&arena, w->sampler) : NULL,
                                     .pruner = w->pruner ? value_of(&arena, w->pruner) : NULL,
                                     .objective = value_of(&arena, w->objective ? w->objective : "val_loss"),
                                     .shard = w->shard,
                                     .shards = w->shards};
        fails_with(cn__study_open(&p.base, &o, &s), cases[i].message);
    }
}

static void two_programs_do_not_write_to_one_store(void **state)
{
    (void)state;
    int lock;
    fresh_store("locked.db");
    succeeds(cn__store_lock("locked.db", &lock));
    problem p;
    make_problem(&p);
    cn__study s;
    open_study(&p, &kinds[2], &s);
    const cn__sweep_options o = {.store = "locked.db"};
    fails_with(cn__sweep_run(&s, &o, NULL, NULL), "writes to it; wait for its end");
    cn__store_unlock(&lock);
    run_study(&s, "locked.db", 2);
    cn__study_close(&s);
}

static void what_is_no_store_is_told(void **state)
{
    (void)state;
    sqlite3 *db;
    fresh_store("none.db");
    fails_with(cn__store_file_open("none.db", false, &db), "there is no such store");
    write_file("text.db", "this is not a database at all, but a text of some length that goes on", 69);
    fails_with(cn__store_file_open("text.db", false, &db), "not a database");
    assert_int_equal(sqlite3_open(fresh_store("other.db"), &db), SQLITE_OK);
    sqlite3_exec(db, "CREATE TABLE a(b)", NULL, NULL, NULL);
    sqlite3_close(db);
    fails_with(cn__store_file_open("other.db", true, &db), "no store of runs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_workers_gives_the_same_study),
        cmocka_unit_test(a_trial_is_the_training_that_its_configuration_says),
        cmocka_unit_test(a_study_that_was_interrupted_goes_on_to_the_same_results),
        cmocka_unit_test(a_study_that_is_done_is_read_and_not_run_again),
        cmocka_unit_test(the_store_holds_every_epoch_of_every_run_and_the_best_models),
        cmocka_unit_test(shards_do_each_trial_once),
        cmocka_unit_test(halving_ends_all_but_the_best_third_at_each_rung),
        cmocka_unit_test(hyperbands_brackets_are_those_of_the_paper),
        cmocka_unit_test(asha_compares_with_earlier_numbers_only),
        cmocka_unit_test(a_trial_that_diverges_is_a_result_and_the_study_goes_on),
        cmocka_unit_test(mistakes_of_a_study_are_told_before_anything_is_trained),
        cmocka_unit_test(two_programs_do_not_write_to_one_store),
        cmocka_unit_test(what_is_no_store_is_told),
    };
    int failed = cmocka_run_group_tests(tests, enter_folder, leave);
    cn__arena_free(&arena);
    return failed;
}
