/* What a store says of its runs: lists, single trials, joined shards, and runs of other programs. */
#include "sweep/support.h"

#include <dirent.h>
#include <jansson.h>
#include <sqlite3.h>

#include "sweep/page/page.h"
#include "sweep/runs/runs.h"

static cn__arena arena;
static problem p;
static const char space[] =
    "units=[2..32 log] optimizer=[adam, sgd] optimizer.momentum=[0.0..0.9 if optimizer=sgd]";

/* Runs a study of twelve trials, or of a shard's, into the store; its best trial. */
static size_t make_store(const char *path, size_t shard, size_t shards)
{
    const cn__study_options o = {.name = "m",
                                 .space = space,
                                 .data_key = "by hand",
                                 .objective = value_of(&arena, "[val_accuracy, min(parameters)]"),
                                 .seed = 1,
                                 .trials = 12,
                                 .seeds = 2,
                                 .keep = 1,
                                 .shard = shard,
                                 .shards = shards};
    cn__study s;
    const cn__sweep_options run = {.store = path, .workers = 2};
    if (cn__study_open(&p.base, &o, &s) != CN_OK) fail_msg("%s", cn_error());
    if (cn__sweep_run(&s, &run, NULL, NULL) != CN_OK) fail_msg("%s", cn_error());
    const size_t best = cn__study_best(&s);
    cn__study_close(&s);
    return best;
}

static sqlite3 *open_store(const char *path, bool writes)
{
    sqlite3 *db;
    if (cn__store_file_open(path, writes, &db) != CN_OK) fail_msg("%s", cn_error());
    return db;
}

static json_t *list_of(const char *path, cn__runs_filter filter)
{
    json_t *list;
    sqlite3 *db = open_store(path, false);
    if (cn__runs_list(db, path, &filter, false, &list) != CN_OK) fail_msg("%s", cn_error());
    sqlite3_close(db);
    return list;
}

static const json_t *trials_of(const json_t *list)
{
    return json_object_get(json_array_get(json_object_get(list, "studies"), 0), "trials");
}

static double value_at(const json_t *trials, size_t i, const char *name)
{
    return json_number_value(json_object_get(json_object_get(json_array_get(trials, i), "values"), name));
}

static void the_best_trial_stands_first_and_other_orders_are_asked_for(void **state)
{
    (void)state;
    const size_t best = make_store(fresh_store("list.db"), 0, 0);
    json_t *list = list_of("list.db", (cn__runs_filter){.limit = 0});
    const json_t *trials = trials_of(list);
    assert_int_equal(json_array_size(trials), 12);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(trials, 0), "number")), best);
    for (size_t i = 1; i < 12; i++)
        assert_true(value_at(trials, i, "val_accuracy") <= value_at(trials, i - 1, "val_accuracy"));
    json_decref(list);
    list = list_of("list.db", (cn__runs_filter){.sort = "parameters", .limit = 5});
    trials = trials_of(list);
    assert_int_equal(json_array_size(trials), 5);
    for (size_t i = 1; i < 5; i++)
        assert_true(value_at(trials, i, "parameters") >= value_at(trials, i - 1, "parameters"));
    json_decref(list);
    list = list_of("list.db", (cn__runs_filter){.sort = "units", .reverse = true});
    trials = trials_of(list);
    for (size_t i = 1; i < 12; i++) {
        const json_t *a = json_object_get(json_object_get(json_array_get(trials, i - 1), "params"), "units"),
                     *b = json_object_get(json_object_get(json_array_get(trials, i), "params"), "units");
        assert_true(json_integer_value(a) >= json_integer_value(b));
    }
    json_decref(list);
    list = list_of("list.db", (cn__runs_filter){.front = true});
    trials = trials_of(list);
    assert_in_range(json_array_size(trials), 1, 12);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(trials, 0), "number")), best);
    for (size_t i = 1; i < json_array_size(trials); i++) { /* less of one is paid with less of the other */
        assert_true(value_at(trials, i, "val_accuracy") <= value_at(trials, i - 1, "val_accuracy"));
        if (value_at(trials, i, "val_accuracy") < value_at(trials, i - 1, "val_accuracy"))
            assert_true(value_at(trials, i, "parameters") < value_at(trials, i - 1, "parameters"));
    }
    json_decref(list);
    sqlite3 *db = open_store("list.db", false);
    fails_with(cn__runs_list(db, "list.db", &(cn__runs_filter){.sort = "unit"}, false, &list),
               "did you mean 'units'");
    fails_with(cn__runs_list(db, "list.db", &(cn__runs_filter){.study = 7}, false, &list), "has no study 7");
    sqlite3_close(db);
}

static void a_trial_is_shown_with_every_epoch_of_each_of_its_networks(void **state)
{
    (void)state;
    const size_t best = make_store(fresh_store("show.db"), 0, 0);
    sqlite3 *db = open_store("show.db", false);
    json_t *trial;
    int64_t study;
    succeeds(cn__runs_study(db, "show.db", 0, &study));
    succeeds(cn__runs_show(db, "show.db", study, (int64_t)best, true, &trial));
    const json_t *runs = json_object_get(trial, "runs");
    assert_int_equal(json_array_size(runs), 2);
    double sum = 0;
    for (size_t i = 0; i < 2; i++) {
        const json_t *values =
            json_object_get(json_object_get(json_array_get(runs, i), "history"), "val_accuracy");
        assert_int_equal(json_array_size(values), 4);
        sum += json_number_value(json_array_get(values, 3));
    }
    assert_true(fabs(sum / 2 - json_number_value(json_object_get(json_object_get(trial, "values"),
                                                                 "val_accuracy"))) < 1e-15);
    cn__text text = {0};
    succeeds(cn__runs_show_table(trial, &text));
    assert_non_null(strstr(text.data, "run with seed 2"));
    cn__text_free(&text);
    json_decref(trial);
    fails_with(cn__runs_show(db, "show.db", study, 99, false, &trial), "has no trial 99");
    char *bytes;
    size_t size;
    succeeds(cn__runs_model(db, "show.db", study, (int64_t)best, &bytes, &size));
    assert_memory_equal(bytes, "PK", 2); /* a .keras file is a zip */
    cn__free(bytes);
    fails_with(cn__runs_model(db, "show.db", study, best ? 0 : 1, &bytes, &size), "keeps those of the best");
    sqlite3_close(db);
}

/* All that is in the store but times, as one text. */
static char *whole(const char *path)
{
    json_t *list = list_of(path, (cn__runs_filter){.sort = "number"}), *all = json_array();
    sqlite3 *db = open_store(path, false);
    for (int64_t i = 0; i < 12; i++) {
        json_t *trial;
        if (cn__runs_show(db, path, 1, i, false, &trial) == CN_OK) json_array_append_new(all, trial);
    }
    json_object_set_new(list, "all", all);
    sqlite3_close(db);
    char *text = json_dumps(list, JSON_REAL_PRECISION(17));
    json_decref(list);
    return text;
}

static void stores_of_shards_come_to_the_store_of_the_whole(void **state)
{
    (void)state;
    static const char *const parts[] = {"part1.db", "part2.db", "part3.db"};
    make_store(fresh_store("whole.db"), 0, 0);
    fresh_store("all.db");
    sqlite3 *db = open_store("all.db", true);
    for (size_t i = 0; i < 3; i++) {
        size_t added;
        make_store(fresh_store(parts[i]), i + 1, 3);
        succeeds(cn__runs_merge(db, "all.db", parts[i], &added));
        assert_int_equal(added, 4);
        succeeds(cn__runs_merge(db, "all.db", parts[i], &added)); /* what is there is not added again */
        assert_int_equal(added, 0);
    }
    sqlite3_close(db);
    char *a = whole("whole.db"), *b = whole("all.db");
    assert_string_equal(a, b);
    free(a);
    free(b);
    db = open_store("all.db", true);
    size_t added;
    fails_with(cn__runs_merge(db, "all.db", "nowhere.db", &added), "there is no such store");
    sqlite3_close(db);
}

static void a_csv_has_a_line_a_trial_and_quotes_what_needs_it(void **state)
{
    (void)state;
    make_store(fresh_store("csv.db"), 0, 0);
    json_t *list = list_of("csv.db", (cn__runs_filter){.sort = "number"});
    cn__text text = {0};
    json_object_set_new((json_t *)json_array_get(trials_of(list), 0), "note",
                        json_string("a \"note\", with\nlines"));
    succeeds(cn__runs_csv(list, &text));
    assert_int_equal(strncmp(text.data, "study,name,trial,state,epochs,", 30), 0);
    assert_non_null(strstr(text.data, ",\"a \"\"note\"\", with\nlines\","));
    size_t lines = 0;
    for (const char *q = text.data; *q; q++) lines += *q == '\n';
    assert_int_equal(lines, 1 + 12 + 1);
    cn__text_free(&text);
    json_decref(list);
}

static size_t count_entries(const char *folder)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d));) n += *e->d_name != '.';
    closedir(d);
    return n;
}

/* The path of the one entry that has another name than `not`. */
static void find_entry(const char *folder, const char * not, char out[400])
{
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d));)
        if (*e->d_name != '.' && strcmp(e->d_name, not ) != 0)
            cn__format(out, 400, "%s/%s", folder, e->d_name);
    closedir(d);
}

static void an_mlflow_folder_has_a_run_for_each_network(void **state)
{
    (void)state;
    make_store(fresh_store("mlflow.db"), 0, 0);
    sqlite3 *db = open_store("mlflow.db", false);
    size_t runs;
    succeeds(cn__runs_export_mlflow(db, "mlflow.db", 0, "mlruns", &runs));
    sqlite3_close(db);
    assert_int_equal(runs, 24);
    char experiment[400];
    find_entry("mlruns", "", experiment);
    assert_int_equal(count_entries(experiment), 24 + 1); /* and meta.yaml */
}

/* Imports a table into a new store and exports that into `mlruns-2`. */
static void export_imported(const char *store)
{
    int64_t number;
    size_t runs;
    fresh_store(store);
    write_file("names.csv", "epoch,a?,a!,a_,a b\n0,1,2,3,4\n", 29);
    sqlite3 *db = open_store(store, true);
    succeeds(cn__runs_import(db, store, "names.csv", &number));
    succeeds(cn__store_exec(db, store,
                            strstr(store, "one") ? "UPDATE studies SET created='2026-01-01T00:00:00Z'"
                                                 : "UPDATE studies SET created='2026-01-02T00:00:00Z'"));
    for (int again = 0; again < 2; again++) succeeds(cn__runs_export_mlflow(db, store, 0, "mlruns-2", &runs));
    sqlite3_close(db);
    assert_int_equal(runs, 1);
}

static void names_and_stores_in_an_mlflow_folder_do_not_meet(void **state)
{
    (void)state;
    char experiment[400], run[400], metrics[400];
    export_imported("one.db");
    assert_int_equal(count_entries("mlruns-2"), 1);
    find_entry("mlruns-2", "", experiment);
    find_entry(experiment, "meta.yaml", run);
    cn__format(metrics, sizeof metrics, "%s/metrics", run);
    assert_int_equal(count_entries(metrics), 4);
    export_imported("two.db");
    assert_int_equal(count_entries("mlruns-2"), 2);
}

static void tables_of_epochs_and_event_files_are_imported(void **state)
{
    (void)state;
    fresh_store("imported.db");
    write_file("log.csv", "epoch,loss,val_loss\n0,1.5,1.75\n1,1.25,NA\n", 41);
    cn_model *m = cn__configuration_model(&p.base, 0, false);
    cn_fit_options o = p.base.fit;
    o.model = m, o.epochs = 3, o.callbacks = "tensorboard(events)", o.callback_kinds = cn_file_callbacks();
    cn_history *h = cn_model_fit_with(&o);
    if (!h) fail_msg("%s", cn_error());
    sqlite3 *db = open_store("imported.db", true);
    int64_t number;
    succeeds(cn__runs_import(db, "imported.db", "log.csv", &number));
    assert_int_equal(number, 0);
    DIR *d = opendir("events/train");
    assert_non_null(d);
    char path[400] = "";
    for (const struct dirent *e; (e = readdir(d));)
        if (strstr(e->d_name, "tfevents")) cn__format(path, sizeof path, "events/train/%s", e->d_name);
    closedir(d);
    if (cn__runs_import(db, "imported.db", path, &number) != CN_OK) fail_msg("%s", cn_error());
    assert_int_equal(number, 1);
    json_t *trial;
    succeeds(cn__runs_show(db, "imported.db", 1, 1, false, &trial));
    const json_t *history = json_object_get(json_array_get(json_object_get(trial, "runs"), 0), "history"),
                 *loss = json_object_get(history, "epoch_loss");
    assert_int_equal(json_array_size(loss), 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(fabs(json_number_value(json_array_get(loss, i)) - cn_history_get(h, "loss")[i]) < 1e-6);
    json_decref(trial);
    succeeds(cn__runs_show(db, "imported.db", 1, 0, false, &trial));
    history = json_object_get(json_array_get(json_object_get(trial, "runs"), 0), "history");
    assert_true(json_is_null(json_array_get(json_object_get(history, "val_loss"), 1)));
    json_decref(trial);
    write_file("broken.tfevents", "this is no event file, but it is long enough for one", 52);
    fails_with(cn__runs_import(db, "imported.db", "broken.tfevents", &number), "expected an event file");
    sqlite3_close(db);
    cn_history_free(h);
    cn_model_free(m);
}

static void a_page_has_all_trials_and_asks_nobody_for_anything(void **state)
{
    (void)state;
    make_store(fresh_store("page.db"), 0, 0);
    sqlite3 *db = open_store("page.db", false);
    cn__text page = {0};
    succeeds(cn__runs_page(db, "page.db", 1, NULL, &page));
    sqlite3_close(db);
    static const char *const without[] = {
        "http://", "https://", "@import", " src=", "<link", "fetch(", "XMLHttpRequest", "@DATA@"};
    for (size_t i = 0; i < COUNT_OF(without); i++)
        if (strstr(page.data, without[i])) fail_msg("'%s' is in the page", without[i]);
    const char *data = strstr(page.data, "type=\"application/json\">");
    assert_non_null(data);
    data = strchr(data, '>') + 1;
    json_error_t error;
    json_t *json = json_loadb(data, (size_t)(strstr(data, "</script>") - data), 0, &error);
    if (!json) fail_msg("%s", error.text);
    assert_int_equal(json_array_size(json_object_get(json, "number")), 12);
    assert_int_equal(json_array_size(json_object_get(json, "dimensions")), 3);
    assert_int_equal(json_array_size(json_object_get(json, "goals")), 2);
    assert_int_equal(json_string_length(json_object_get(json, "state")), 12);
    const json_t *curve = json_array_get(json_object_get(json, "curves"), 0);
    assert_string_equal(json_string_value(json_object_get(curve, "name")), "val_accuracy");
    assert_int_equal(json_integer_value(json_object_get(curve, "points")), 4);
    assert_int_equal(json_string_length(json_object_get(curve, "data")), 12 * 4 * 2 / 3 * 4);
    json_decref(json);
    cn__text_free(&page);
}

int main(void)
{
    make_problem(&p);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_trial_stands_first_and_other_orders_are_asked_for),
        cmocka_unit_test(a_trial_is_shown_with_every_epoch_of_each_of_its_networks),
        cmocka_unit_test(stores_of_shards_come_to_the_store_of_the_whole),
        cmocka_unit_test(a_csv_has_a_line_a_trial_and_quotes_what_needs_it),
        cmocka_unit_test(an_mlflow_folder_has_a_run_for_each_network),
        cmocka_unit_test(names_and_stores_in_an_mlflow_folder_do_not_meet),
        cmocka_unit_test(a_page_has_all_trials_and_asks_nobody_for_anything),
        cmocka_unit_test(tables_of_epochs_and_event_files_are_imported),
    };
    int failed = cmocka_run_group_tests(tests, enter_folder, leave);
    cn__arena_free(&arena);
    return failed;
}
