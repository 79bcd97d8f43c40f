/* cornu runs: what a store of runs holds. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "data/json.h"
#include "sweep/runs.h"

typedef struct runs_options {
    const char *store, *state, *sort, *out;
    uint64_t limit, study;
    bool json, csv, reverse, times;
} runs_options;

static const cn__option table[] = {
    TEXT_OPTION(runs_options, "store", store, "FILE", "cornu-runs.db", "the store"),
    COUNT_OPTION(runs_options, "study", study, "0", 0, 1e15, "this study alone; 0: all"),
    OPTION_HEADING("list"),
    TEXT_OPTION(runs_options, "state", state, "STATE", NULL,
                "only trials that are complete, pruned, failed or running"),
    TEXT_OPTION(
        runs_options, "sort", sort, "NAME", NULL,
        "by an objective, a parameter, or number, epochs, seconds, parameters, flops; without it the best first"),
    FLAG_OPTION(runs_options, "reverse", reverse, "false", "the other way round"),
    COUNT_OPTION(runs_options, "limit", limit, "20", 0, 1e9, "at most so many of each study; 0: all"),
    FLAG_OPTION(runs_options, "times", times, "false", "when each began and how long it took, too"),
    OPTION_HEADING("What comes out"),
    FLAG_OPTION(runs_options, "json", json, "false", "as JSON"),
    FLAG_OPTION(runs_options, "csv", csv, "false", "as CSV, with all digits"),
    TEXT_OPTION(runs_options, "out", out, "FILE", NULL, "into this file"),
};

static cn_status write_out(const runs_options *o, const char *text, size_t size)
{
    if (o->out) return cn__file_write(o->out, text, size);
    fwrite(text, 1, size, stdout);
    return CN_OK;
}

static cn_status write_json(const runs_options *o, const json_t *json)
{
    char *text;
    CN_TRY(cn__json_finish(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17), &text));
    cn_status status = write_out(o, text, strlen(text));
    if (status == CN_OK && !o->out) putchar('\n');
    cn__free(text);
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

static const struct action {
    const char *name;
    int low, high; /* words behind it */
    cn_status (*run)(const runs_options *o, sqlite3 *db, int count, char *const *words);
} actions[] = {{"list", 0, 0, list_runs}};
enum { ACTIONS = sizeof actions / sizeof *actions };

static const struct action *find_action(const char *name)
{
    const char *names[ACTIONS];
    for (int i = 0; i < ACTIONS; i++) {
        names[i] = actions[i].name;
        if (strcmp(name, names[i]) == 0) return &actions[i];
    }
    (void)cn__fail_word(CN_ERROR_ARGUMENT, "action of runs", name, names, ACTIONS);
    return NULL;
}

static int run(const void *options, int count, char *const *words)
{
    const runs_options *o = options;
    sqlite3 *db;
    const struct action *a = find_action(count ? words[0] : "list");
    if (!a) return cn__exit_code(cn_error_status());
    count = count ? count - 1 : 0;
    if (count < a->low || count > a->high)
        return cn__exit_code(cn__fail(CN_ERROR_ARGUMENT, "runs %s: %d word%s behind it, expected %d to %d",
                                      a->name, count, count == 1 ? "" : "s", a->low, a->high));
    if (cn__store_file_open(o->store, false, &db) != CN_OK) return cn__exit_code(cn_error_status());
    cn_status status = a->run(o, db, count, words + 1);
    sqlite3_close(db);
    return cn__exit_code(status);
}

const cn__command cn__runs_command = {
    .name = "runs",
    .summary = "Lists and compares the runs that a store holds",
    .usage = "[list] [options]",
    .about = "list    the trials of each study, the best first",
    .example = "cornu runs\ncornu runs list --sort seconds --limit 0 --csv > runs.csv",
    .options = table,
    .option_count = sizeof table / sizeof table[0],
    .options_size = sizeof(runs_options),
    .words_high = 8,
    .run = run,
};
