/* cornu runs: what a store of runs holds. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text/escape.h"
#include "base/files/file.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "cli/signals.h"
#include "data/files/json.h"
#include "sweep/page/page.h"
#include "sweep/runs/runs.h"

typedef struct runs_options {
    const char *store, *state, *sort, *out, *mlflow, *model, *json;
    uint64_t limit, study, port;
    bool csv, reverse, front, times;
} runs_options;

static const cn__option table[] = {
    TEXT_OPTION(runs_options, "store", store, "FILE", "cornu-runs.db", "the store"),
    COUNT_OPTION(runs_options, "study", study, "0", 0, 1e15, "only this study; 0: all"),
    OPTION_HEADING("list"),
    TEXT_OPTION(runs_options, "state", state, "STATE", NULL,
                "only trials that are complete, pruned, failed or running"),
    TEXT_OPTION(
        runs_options, "sort", sort, "NAME", NULL,
        "sort by an objective, a parameter, or number, epochs, seconds, parameters, flops (default: best first)"),
    FLAG_OPTION(runs_options, "reverse", reverse, "false", "reverse the order"),
    FLAG_OPTION(runs_options, "front", front, "false",
                "only the Pareto front: trials that no other beats in all objectives"),
    COUNT_OPTION(runs_options, "limit", limit, "20", 0, 1e9,
                 "maximum number of trials of each study; 0: all"),
    FLAG_OPTION(runs_options, "times", times, "false",
                "also show when each trial began and how long it took"),
    OPTION_HEADING("What comes out"),
    JSON_OPTION(runs_options, json, "print JSON with all digits, or write it to OUT.json"),
    FLAG_OPTION(runs_options, "csv", csv, "false", "print CSV with all digits"),
    TEXT_OPTION(runs_options, "out", out, "FILE", NULL, "write to this file"),
    OPTION_HEADING("show, serve, export"),
    COUNT_OPTION(runs_options, "port", port, "0", 0, 65535, "serve: the port on 127.0.0.1; 0: any free port"),
    TEXT_OPTION(runs_options, "model", model, "OUT.keras", NULL,
                "show: write the trial's model, if the sweep kept it"),
    TEXT_OPTION(runs_options, "mlflow", mlflow, "DIR", NULL,
                "export: write a tracking folder for mlflow ui --backend-store-uri DIR"),
};

static cn_status write_out(const runs_options *o, const char *text, size_t size)
{
    if (o->out) return cn__file_write(o->out, text, size);
    if (!o->csv || isatty(STDOUT_FILENO)) cn__terminal_puts(text, stdout);
    else fwrite(text, 1, size, stdout);
    return CN_OK;
}

static cn_status write_json(const runs_options *o, const json_t *json)
{
    char *text;
    CN_TRY(cn__json_finish(json, JSON_COMPACT | JSON_REAL_PRECISION(17), &text));
    const size_t size = strlen(text);
    text[size] = '\n'; /* in place of the '\0' */
    cn_status status = cn__file_write(o->json, text, size + 1);
    cn__free(text);
    return status;
}

static cn_status write_and_free(const runs_options *o, json_t *json)
{
    cn_status status = write_json(o, json);
    json_decref(json);
    return status;
}

/* What was done with each file, where JSON is asked for and all went well. */
static cn_status end_list(const runs_options *o, json_t *list, cn_status status)
{
    if (status == CN_OK && o->json) return write_and_free(o, list);
    json_decref(list);
    return status;
}

static cn_status write_list(const runs_options *o, const json_t *list)
{
    cn__text text = {0};
    if (o->json) return write_json(o, list);
    cn_status status = o->csv ? cn__runs_csv(list, &text) : cn__runs_table(list, &text);
    if (status == CN_OK && text.data) status = write_out(o, text.data, text.size);
    cn__text_free(&text);
    return status;
}

static cn_status list_runs(const runs_options *o, sqlite3 *db, int count, char *const *words)
{
    (void)count, (void)words;
    static const char *const states[] = {"complete", "pruned", "failed", "running"};
    const cn__runs_filter filter = {.study = (int64_t)o->study,
                                    .state = o->state,
                                    .sort = o->sort,
                                    .reverse = o->reverse,
                                    .front = o->front,
                                    .limit = o->limit};
    bool known = !o->state;
    json_t *list;
    for (int i = 0; i < 4 && !known; i++) known = strcmp(o->state, states[i]) == 0;
    if (!known) return cn__fail_word(CN_ERROR_ARGUMENT, "--state", o->state, states, 4);
    CN_TRY(cn__runs_list(db, o->store, &filter, o->times, &list));
    cn_status status = write_list(o, list);
    json_decref(list);
    return status;
}

/* ---- single trials ------------------------------------------------------------------------------------------------------- */

static cn_status read_number(const char *word, int64_t *out)
{
    char *end;
    *out = strtoll(word, &end, 10);
    if (*word && !*end && *out >= 0) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "'%s', expected the number of a trial", word);
}

static cn_status write_model(const runs_options *o, sqlite3 *db, int64_t study, int64_t trial)
{
    char *bytes;
    size_t size;
    if (!cn__has_suffix(o->model, ".keras"))
        return cn__fail(CN_ERROR_ARGUMENT, "--model %s, expected a name that ends in .keras", o->model);
    CN_TRY(cn__runs_model(db, o->store, study, trial, &bytes, &size));
    cn_status status = cn__file_write(o->model, bytes, size);
    cn__free(bytes);
    return status;
}

static cn_status show_run(const runs_options *o, sqlite3 *db, int count, char *const *words)
{
    int64_t study, number;
    json_t *trial;
    cn__text text = {0};
    (void)count;
    CN_TRY(read_number(words[0], &number));
    CN_TRY(cn__runs_study(db, o->store, (int64_t)o->study, &study));
    CN_TRY(cn__runs_show(db, o->store, study, number, o->times, &trial));
    cn_status status = o->model ? write_model(o, db, study, number) : CN_OK;
    if (status == CN_OK && o->json) status = write_json(o, trial);
    else if (status == CN_OK) status = cn__runs_show_table(trial, &text);
    if (status == CN_OK && text.data) status = write_out(o, text.data, text.size);
    cn__text_free(&text);
    json_decref(trial);
    return status;
}

static cn_status compare_runs(const runs_options *o, sqlite3 *db, int count, char *const *words)
{
    int64_t study, number = 0;
    json_t *trials = json_array();
    cn__text text = {0};
    cn_status status = cn__runs_study(db, o->store, (int64_t)o->study, &study);
    for (int i = 0; i < count && status == CN_OK; i++) {
        json_t *trial = NULL;
        status = read_number(words[i], &number);
        if (status == CN_OK) status = cn__runs_show(db, o->store, study, number, o->times, &trial);
        if (trial) cn__json_append(trials, trial);
        if (status == CN_OK) status = cn__json_check();
    }
    if (status == CN_OK && o->json) status = write_json(o, trials);
    else if (status == CN_OK) status = cn__runs_compare_table(trials, &text);
    if (status == CN_OK && text.data) status = write_out(o, text.data, text.size);
    cn__text_free(&text);
    json_decref(trials);
    return status;
}

static cn_status write_page(const runs_options *o, sqlite3 *db, int count, char *const *words)
{
    int64_t study;
    cn__text page = {0};
    const char *out = o->out ? o->out : "runs.html";
    (void)count, (void)words;
    CN_TRY(cn__runs_study(db, o->store, (int64_t)o->study, &study));
    cn_status status = cn__runs_page(db, o->store, study, NULL, &page);
    if (status == CN_OK) status = cn__file_write(out, page.data, page.size);
    if (status == CN_OK && o->json)
        status = write_and_free(o, json_pack("{s:s, s:I}", "file", out, "bytes", (json_int_t)page.size));
    else if (status == CN_OK) printf("%s: %.1f kB\n", out, (double)page.size / 1000);
    cn__text_free(&page);
    return status;
}

/* Until a signal. */
static cn_status serve_page(const runs_options *o, sqlite3 *db, int count, char *const *words)
{
    (void)count, (void)words;
    cn__signals_catch();
    return cn__runs_serve(db, o->store, (int64_t)o->study, o->port, cn__signals_came);
}

/* ---- other stores and programs ---------------------------------------------------------------------------------------------- */

static cn_status export_runs(const runs_options *o, sqlite3 *db, int count, char *const *words)
{
    size_t runs;
    if (!o->mlflow) {
        runs_options all = *o;
        all.csv = !o->json;
        all.times = true;
        if (all.limit == 20) all.limit = 0; /* an export is whole */
        return list_runs(&all, db, count, words);
    }
    CN_TRY(cn__runs_export_mlflow(db, o->store, (int64_t)o->study, o->mlflow, &runs));
    if (o->json)
        return write_and_free(o, json_pack("{s:s, s:I}", "folder", o->mlflow, "runs", (json_int_t)runs));
    printf("%zu runs written to %s\n", runs, o->mlflow);
    return CN_OK;
}

static cn_status merge_runs(const runs_options *o, sqlite3 *db, int count, char *const *words)
{
    json_t *list = json_array();
    cn_status status = CN_OK;
    for (int i = 0; i < count && status == CN_OK; i++) {
        size_t added = 0;
        status = cn__runs_merge(db, o->store, words[i], &added);
        if (status == CN_OK && !o->json) printf("%s: %zu trials added to %s\n", words[i], added, o->store);
        cn__json_append(list, json_pack("{s:s, s:I}", "file", words[i], "added", (json_int_t)added));
    }
    return end_list(o, list, status);
}

static cn_status import_runs(const runs_options *o, sqlite3 *db, int count, char *const *words)
{
    json_t *list = json_array();
    cn_status status = CN_OK;
    for (int i = 0; i < count && status == CN_OK; i++) {
        int64_t number = 0;
        status = cn__runs_import(db, o->store, words[i], &number);
        if (status == CN_OK && !o->json)
            printf("%s: trial %lld of the study \"imported\"\n", words[i], (long long)number);
        cn__json_append(list, json_pack("{s:s, s:I}", "file", words[i], "trial", (json_int_t)number));
    }
    return end_list(o, list, status);
}

typedef cn_status (*action)(const runs_options *o, sqlite3 *db, int count, char *const *words);
static const struct handler {
    int low, high; /* words behind the action */
    bool writes;   /* the store, which is made if need be */
    action run;
} handlers[] = {{0, 0, false, list_runs},    {1, 1, false, show_run},     {2, 20, false, compare_runs},
                {0, 0, false, write_page},   {0, 0, false, serve_page},   {0, 0, false, export_runs},
                {1, 1000, true, merge_runs}, {1, 1000, true, import_runs}};

static const cn__action actions[] = {
    {"list", "the trials of each study, the best first"},
    {"show", "one trial, by its number: its configuration and every epoch"},
    {"compare", "trials side by side, by their numbers"},
    {"page", "write one HTML page with every trial, to brush, sort and compare (runs.html, or --out)"},
    {"serve",
     "the same page in a browser while a study runs: prints an address that only this machine can open"},
    {"export", "all trials as CSV, JSON or an MLflow folder"},
    {"merge", "add the runs of other stores to this one, such as those of shards"},
    {"import", "add runs of other programs: tables with a column epoch, TensorBoard's event files"},
};
enum { ACTIONS = sizeof actions / sizeof *actions };
_Static_assert(ACTIONS == sizeof handlers / sizeof *handlers, "each action does something");

static int find_action(const char *name)
{
    const char *names[ACTIONS];
    for (int i = 0; i < ACTIONS; i++) {
        names[i] = actions[i].name;
        if (strcmp(name, names[i]) == 0) return i;
    }
    (void)cn__fail_word(CN_ERROR_ARGUMENT, "subcommand", name, names, ACTIONS);
    return -1;
}

static cn_status open_and_run(const runs_options *o, const struct handler *a, int count, char *const *words)
{
    sqlite3 *db;
    int lock = 0;
    CN_TRY(cn__check_writable("out", o->out));
    CN_TRY(cn__check_writable("json", o->json));
    CN_TRY(cn__check_writable("model", o->model));
    const bool fresh = a->writes && !cn__file_exists(o->store);
    if (a->writes) CN_TRY(cn__store_lock(o->store, &lock));
    cn_status status = cn__store_file_open(o->store, a->writes, &db);
    if (status == CN_OK) status = a->run(o, db, count, words);
    if (status != CN_OK && fresh) cn__store_discard_empty(o->store, &db);
    if (db) sqlite3_close(db);
    cn__store_unlock(&lock);
    return status;
}

static int run(const void *options, int count, char *const *words)
{
    const runs_options *o = options;
    const int i = find_action(count ? words[0] : "list");
    if (i < 0) return cn__exit_code(cn_error_status());
    count = count ? count - 1 : 0;
    if (count < handlers[i].low || count > handlers[i].high)
        return cn__exit_code(cn__fail(CN_ERROR_ARGUMENT, "runs %s: %d word%s behind it, expected %d to %d",
                                      actions[i].name, count, count == 1 ? "" : "s", handlers[i].low,
                                      handlers[i].high));
    return cn__exit_code(open_and_run(o, &handlers[i], count, words + 1));
}

const cn__command cn__runs_command = {
    .name = "runs",
    .summary = "List, show, compare and export stored runs",
    .usage =
        "[list | show N | compare N M... | page | serve | export | merge FILE... | import FILE...] [options]",
    .about = "Reads the store that cornu sweep writes.",
    .example =
        "  cornu runs\n  cornu runs show 17 --model best.keras\n  cornu runs compare 17 42\n"
        "  cornu runs page --out study.html\n  cornu runs export --out runs.csv\n  cornu runs merge part-1.db part-2.db --store all.db",
    .options = table,
    .option_count = sizeof table / sizeof table[0],
    .options_size = sizeof(runs_options),
    .actions = actions,
    .action_count = ACTIONS,
    .words_high = 1001,
    .run = run,
};
