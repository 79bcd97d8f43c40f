/* Studies over ranks: the same results as of one process, in the store too. The ranks are threads of this program. */
#include "sweep/support.h"

#include <pthread.h>
#include <sqlite3.h>

static cn__arena arena;

typedef struct wanted {
    const char *space, *sampler, *pruner;
    size_t trials, seeds;
} wanted;

static const char space[] = "units=[2..32 log] optimizer.learning_rate=[1e-3..1e-1 log] dropout=[0, .2, .5]";
static const wanted kinds[] = {
    {.space = space, .trials = 12},
    {.space = space, .sampler = "tpe(startup=4)", .trials = 40, .seeds = 2},
    {.space = space, .sampler = "sobol", .pruner = "hyperband(eta=2)", .trials = 45},
    {.space = space, .sampler = "tpe(startup=4)", .pruner = "halving(eta=2, group=5)", .trials = 33},
    {.space = space, .pruner = "asha(eta=2)", .trials = 24},
    {.space = "epochs=[1, 2, 60]",
     .sampler = "random",
     .trials = 14}, /* short and long ones: some are taken over */
};
enum { MOST_RANKS = 5 };

static void open_study(const problem *p, const wanted *w, cn__study *out)
{
    const cn__study_options o = {.name = "m",
                                 .space = w->space,
                                 .data_key = "made by hand",
                                 .sampler = w->sampler ? value_of(&arena, w->sampler) : NULL,
                                 .pruner = w->pruner ? value_of(&arena, w->pruner) : NULL,
                                 .objective = value_of(&arena, "val_loss"),
                                 .seed = 3,
                                 .trials = w->trials,
                                 .seeds = w->seeds,
                                 .keep = 2};
    if (cn__study_open(&p->base, &o, out) != CN_OK) fail_msg("%s", cn_error());
}

typedef struct rank {
    cn__study study;
    cn__sweep_options options;
    cn__sweep_progress progress;
    cn_status status;
    char error[300];
} rank;

static void *run_rank(void *given)
{
    rank *r = given;
    r->status = cn__sweep_run(&r->study, &r->options, &r->progress, NULL);
    if (r->status != CN_OK) {
        cn__format(r->error, sizeof r->error, "%s", cn_error());
        r->options.ranks->give_up(r->options.ranks->user, cn_error());
    }
    return NULL;
}

static void run_over(const problem *p, const wanted *w, const char *store, rank *ranks, size_t count)
{
    cn_communicator *all[MOST_RANKS];
    pthread_t threads[MOST_RANKS];
    succeeds(cn_communicator_threads(count, all));
    for (size_t r = 0; r < count; r++) {
        ranks[r] = (rank){.options = {.store = store, .ranks = all[r]}};
        open_study(p, w, &ranks[r].study);
    }
    for (size_t r = 0; r < count; r++)
        assert_int_equal(pthread_create(&threads[r], NULL, run_rank, &ranks[r]), 0);
    for (size_t r = 0; r < count; r++) pthread_join(threads[r], NULL);
    for (size_t r = 0; r < count; r++) cn_communicator_free(all[r]);
}

static void close_all(rank *ranks, size_t count)
{
    for (size_t r = 0; r < count; r++) cn__study_close(&ranks[r].study);
}

static size_t rows_of(const char *store, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *s;
    succeeds(cn__store_file_open(store, false, &db));
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    const size_t n = (size_t)sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return n;
}

static void any_number_of_ranks_gives_the_same_study(void **state)
{
    (void)state;
    static const char *const counted[] = {"SELECT count(*) FROM epochs", "SELECT count(*) FROM rungs",
                                          "SELECT count(*) FROM models", "SELECT count(*) FROM runs"};
    problem p;
    make_problem(&p);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        cn__study one;
        open_study(&p, &kinds[i], &one);
        const cn__sweep_options o = {.store = fresh_store("one.db"), .workers = 2};
        succeeds(cn__sweep_run(&one, &o, NULL, NULL));
        for (size_t count = 2; count <= MOST_RANKS; count += 3) {
            rank ranks[MOST_RANKS];
            run_over(&p, &kinds[i], fresh_store("ranks.db"), ranks, count);
            for (size_t r = 0; r < count; r++)
                if (ranks[r].status != CN_OK) fail_msg("rank %zu: %s", r, ranks[r].error);
            same_trials(&one, &ranks[0].study);
            assert_int_equal(ranks[0].progress.done, one.trial_count);
            for (size_t k = 0; k < COUNT_OF(counted); k++)
                assert_int_equal(rows_of("ranks.db", counted[k]), rows_of("one.db", counted[k]));
            close_all(ranks, count);
        }
        cn__study_close(&one);
    }
}

static void trials_that_fail_elsewhere_are_results_too(void **state)
{
    (void)state;
    problem p;
    make_problem(&p);
    const wanted w = {.space = "optimizer.learning_rate=[1e-3, 1e38]", .sampler = "grid"};
    p.base.optimizer = "sgd";
    rank ranks[3];
    run_over(&p, &w, NULL, ranks, 3);
    assert_int_equal(ranks[0].status, CN_OK);
    assert_int_equal(ranks[0].progress.done, 2);
    assert_int_equal(ranks[0].progress.failed, 1);
    close_all(ranks, 3);
}

static void a_store_that_cannot_be_written_ends_all_ranks(void **state)
{
    (void)state;
    problem p;
    make_problem(&p);
    rank ranks[3];
    run_over(&p, &kinds[0], "no-such-folder/runs.db", ranks, 3);
    assert_int_not_equal(ranks[0].status, CN_OK);
    for (size_t r = 1; r < 3; r++)
        if (!strstr(ranks[r].error, "rank 0 failed: ")) fail_msg("rank %zu: %s", r, ranks[r].error);
    close_all(ranks, 3);
}

static int free_arena(void **state)
{
    (void)state;
    cn__arena_free(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_ranks_gives_the_same_study),
        cmocka_unit_test(trials_that_fail_elsewhere_are_results_too),
        cmocka_unit_test(a_store_that_cannot_be_written_ends_all_ranks),
    };
    return cmocka_run_group_tests(tests, NULL, free_arena);
}
