/* A store that a stranger made, or that is damaged: nothing that it defines runs, no number in it leads out of an array, and no text
 * in it is more than text. */
#include "sweep/support.h"

#include <jansson.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "sweep/page/page.h"
#include "sweep/runs/runs.h"

static cn__arena arena;
static problem p;

static const cn__study_options options = {
    .name = "m", .space = "units=[2..32 log]", .data_key = "by hand", .seed = 1, .trials = 3};

static void run_study(const char *path)
{
    cn__study s;
    cn__study_options o = options;
    const cn__sweep_options run = {.store = path, .workers = 1};
    o.objective = value_of(&arena, "val_accuracy");
    if (cn__study_open(&p.base, &o, &s) != CN_OK) fail_msg("%s", cn_error());
    if (cn__sweep_run(&s, &run, NULL, NULL) != CN_OK) fail_msg("%s", cn_error());
    cn__study_close(&s);
}

/* A store of three trials, changed by hand. */
static const char *store_with(const char *sql)
{
    static const char path[] = "others.db";
    sqlite3 *db;
    run_study(fresh_store(path));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
    return path;
}

static void is_refused(const char *sql, const char *part)
{
    sqlite3 *db;
    const char *path = store_with(sql);
    fails_with(cn__store_file_open(path, false, &db), part);
    fails_with(cn__store_file_open(path, true, &db), part);
}

static void what_a_file_defines_does_not_run(void **state)
{
    (void)state;
    is_refused("CREATE TRIGGER evil AFTER INSERT ON trials BEGIN DELETE FROM trials; END",
               "its trigger 'evil'");
    is_refused(
        "DROP TABLE rungs; CREATE VIEW rungs AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r)"
        " SELECT n AS trial, n AS rung, n AS epoch, n AS value FROM r",
        "its view 'rungs'");
    is_refused("ALTER TABLE runs ADD COLUMN big AS (hex(zeroblob(400000000)))", "its table 'runs'");
    is_refused("CREATE INDEX slow ON trials(hex(zeroblob(number)))", "its index 'slow'");
    is_refused("PRAGMA user_version=2", "version 2 of its tables, expected 1");
    is_refused("PRAGMA application_id=7", "is a SQLite file, but no store of runs");
}

static void tables_of_others_beside_are_passed_over(void **state)
{
    (void)state;
    sqlite3 *db;
    succeeds(cn__store_file_open(store_with("CREATE TABLE notes(text); ANALYZE;"), false, &db));
    sqlite3_close(db);
}

static void a_rollback_journal_beside_a_store_is_not_played_back(void **state)
{
    (void)state;
    sqlite3 *db;
    const char *path = store_with("SELECT 1");
    FILE *journal = fopen("others.db-journal", "wb");
    assert_non_null(journal);
    fputs("\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", journal);
    fclose(journal);
    fails_with(cn__store_file_open(path, false, &db), "others.db-journal lies beside it");
    assert_int_equal(unlink("others.db-journal"), 0);
}

static void pipes_devices_and_folders_are_no_stores(void **state)
{
    (void)state;
    sqlite3 *db;
    int lock;
    (void)unlink("pipe.db");
    assert_int_equal(mkfifo("pipe.db", 0600), 0);
    static const char *const names[] = {"pipe.db", "/dev/zero", "."};
    for (size_t i = 0; i < 3; i++) {
        fails_with(cn__store_file_open(names[i], false, &db), "it is no plain file");
        fails_with(cn__store_file_open(names[i], true, &db), "it is no plain file");
        fails_with(cn__store_lock(names[i], &lock), "it is no plain file");
    }
}

/* Every way to look at a store. */
static void look_at(const char *path)
{
    sqlite3 *db;
    json_t *json;
    size_t runs;
    int64_t study;
    cn__text text = {0};
    succeeds(cn__store_file_open(path, false, &db));
    succeeds(cn__runs_list(db, path, &(cn__runs_filter){.limit = 0}, true, &json));
    succeeds(cn__runs_table(json, &text));
    succeeds(cn__runs_csv(json, &text));
    json_decref(json);
    fails_with(cn__runs_list(db, path, &(cn__runs_filter){.sort = "unit"}, false, &json),
               "did you mean 'units'");
    succeeds(cn__runs_list(db, path, &(cn__runs_filter){.front = true}, false, &json));
    json_decref(json);
    succeeds(cn__runs_study(db, path, 0, &study));
    succeeds(cn__runs_page(db, path, study, NULL, &text));
    for (int64_t i = 0; i < 3; i++) {
        succeeds(cn__runs_show(db, path, study, i, true, &json));
        succeeds(cn__runs_show_table(json, &text));
        json_decref(json);
    }
    succeeds(cn__runs_export_mlflow(db, path, 0, "mlflow", &runs));
    cn__text_free(&text);
    sqlite3_close(db);
}

#define NEW_TRIAL(number_)                                                                                      \
    "INSERT INTO trials(study, number, state, started, layers, optimizer, loss, batch_size) VALUES(1, " number_ \
    ", 'complete', '', '', '', '', 1);"

static void numbers_of_trials_lead_nowhere(void **state)
{
    (void)state;
    const char *path =
        store_with(NEW_TRIAL("-1") NEW_TRIAL("9223372036854775807") NEW_TRIAL("-9223372036854775807")
                       NEW_TRIAL("1.5") NEW_TRIAL("'x'") "UPDATE runs SET epochs=-5;"
                                                         "UPDATE studies SET trials=-1, epochs=-1;");
    look_at(path);
    run_study(path); /* which goes on with it */
    look_at(store_with("UPDATE runs SET epochs=9223372036854775807; UPDATE epochs SET epoch=-epoch;"
                       "UPDATE params SET number=-number, value='units'; UPDATE results SET objective=-7;"
                       "INSERT INTO rungs VALUES(1, -1, 1, 1.0), (1, 1000000, 1, 1.0);"));
    run_study("others.db");
}

/* The rules of the tables are those of the file: taken out of it for a moment, and put back. */
static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

static void with_nulls(void)
{
    const char *path =
        store_with("CREATE TABLE kept AS SELECT name, sql FROM sqlite_schema WHERE type='table';"
                   "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql=replace(sql, ' NOT NULL', '')"
                   " WHERE name IN ('trials', 'runs', 'metrics', 'objectives', 'studies');");
    run_sql(
        path,
        "UPDATE trials SET state=NULL, layers=NULL, optimizer=NULL; UPDATE runs SET seed=NULL, state=NULL;"
        "UPDATE metrics SET name=NULL WHERE id=1; UPDATE objectives SET name=NULL, direction=NULL;"
        "UPDATE studies SET name=NULL, space=NULL, sampler=NULL;");
    run_sql(path, "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql=(SELECT k.sql FROM kept k WHERE"
                  " k.name=sqlite_master.name) WHERE type='table' AND name<>'kept'");
    look_at(path);
}

static void names_that_are_none_are_shown_all_the_same(void **state)
{
    (void)state;
    with_nulls();
    look_at(store_with("UPDATE metrics SET name=CAST(x'ff3c2f7363726970743e' || name AS TEXT);"
                       "UPDATE trials SET note=CAST(x'c328' AS TEXT), optimizer='', state='';"
                       "UPDATE runs SET state=CAST(x'80' AS TEXT), seed='../../x';"));
    look_at(store_with("UPDATE metrics SET name=name || replace(hex(zeroblob(300)), '00', 'é');"
                       "UPDATE studies SET name='../../../../tmp/evil', key='../x', space='units=[';"));
}

static void a_store_with_many_objectives_is_listed(void **state)
{
    (void)state;
    look_at(store_with("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r WHERE n<500)"
                       " INSERT INTO objectives SELECT 1, n, 'goal ' || n, 'max', 'last' FROM r;"));
}

int main(void)
{
    make_problem(&p);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_file_defines_does_not_run),
        cmocka_unit_test(tables_of_others_beside_are_passed_over),
        cmocka_unit_test(a_rollback_journal_beside_a_store_is_not_played_back),
        cmocka_unit_test(pipes_devices_and_folders_are_no_stores),
        cmocka_unit_test(numbers_of_trials_lead_nowhere),
        cmocka_unit_test(names_that_are_none_are_shown_all_the_same),
        cmocka_unit_test(a_store_with_many_objectives_is_listed),
    };
    int failed = cmocka_run_group_tests(tests, enter_folder, leave);
    cn__arena_free(&arena);
    return failed;
}
