/* Single trials: everything that the store has of them. */
#include <string.h>

#include "data/files/json.h"
#include "sweep/store/rows.h"
#include "sweep/runs/runs.h"

/* ---- reading --------------------------------------------------------------------------------------------------------- */

cn_status cn__runs_study(sqlite3 *db, const char *path, int64_t given, int64_t *out)
{
    cn_status status;
    int64_t count = 0;
    *out = 0;
    sqlite3_stmt *s = cn__query(db, path, "SELECT id FROM studies WHERE ?1=0 OR id=?1", 1, &given);
    while (cn__next_row(db, path, s, &status)) *out = sqlite3_column_int64(s, 0), count++;
    CN_TRY(status);
    if (count == 1) return CN_OK;
    if (given) return cn__fail(CN_ERROR_ARGUMENT, "store %s has no study %lld", path, (long long)given);
    return count ? cn__fail(CN_ERROR_ARGUMENT, "store %s has %lld studies; expected --study N", path,
                            (long long)count)
                 : cn__fail(CN_ERROR_DATA, "store %s has no studies", path);
}

static cn_status find_trial(sqlite3 *db, const char *path, int64_t study, int64_t number, bool times,
                            json_t **out)
{
    static const char *const sql[] = {
        "SELECT id, number, state, epochs, parameters, flops, note, layers, optimizer, loss, batch_size, callbacks"
        " FROM trials WHERE study=?1 AND number=?2",
        "SELECT id, number, state, epochs, parameters, flops, note, layers, optimizer, loss, batch_size, callbacks, started,"
        " seconds FROM trials WHERE study=?1 AND number=?2"};
    json_t *rows = json_array();
    cn_status status = cn__rows_json(db, path, sql[times], 2, (const int64_t[]){study, number}, rows);
    *out = status == CN_OK ? json_incref(json_array_get(rows, 0)) : NULL;
    json_decref(rows);
    if (status == CN_OK && !*out)
        return cn__fail(CN_ERROR_ARGUMENT, "study %lld has no trial %lld", (long long)study,
                        (long long)number);
    return status;
}

/* Names and values of a query's two columns as an object. */
static cn_status add_pairs(sqlite3 *db, const char *path, const char *sql, const int64_t *numbers,
                           json_t *trial, const char *key)
{
    cn_status status;
    json_t *object = json_object();
    cn__json_set(trial, key, object);
    sqlite3_stmt *s = cn__query(db, path, sql, 2, numbers);
    while (cn__next_row(db, path, s, &status)) cn__set_named(object, s, 0, cn__column_json(s, 1));
    return status;
}

static cn_status add_history(sqlite3 *db, const char *path, json_t *run)
{
    cn_status status;
    json_t *history = json_object();
    const int64_t id = json_integer_value(json_object_get(run, "id"));
    cn__json_set(run, "history", history);
    sqlite3_stmt *s = cn__query(
        db, path,
        "SELECT m.name, e.epoch, e.value FROM epochs e JOIN metrics m ON m.id=e.metric WHERE e.run=?1"
        " ORDER BY m.name, e.epoch",
        1, &id);
    while (cn__next_row(db, path, s, &status)) {
        json_t *name = cn__column_json(s, 0);
        const char *key = json_string_value(name);
        if (key && !json_object_get(history, key)) cn__json_set(history, key, json_array());
        if (key) cn__json_append(json_object_get(history, key), cn__column_json(s, 2));
        json_decref(name);
    }
    (void)json_object_del(run, "id");
    return status;
}

static cn_status add_runs(sqlite3 *db, const char *path, int64_t trial_id, bool times, json_t *trial)
{
    json_t *runs = json_array(), *run;
    size_t i;
    cn__json_set(trial, "runs", runs);
    cn_status status = cn__rows_json(
        db, path,
        times ? "SELECT id, seed, state, epochs, note, seconds FROM runs WHERE trial=?1 ORDER BY id"
              : "SELECT id, seed, state, epochs, note FROM runs WHERE trial=?1 ORDER BY id",
        1, &trial_id, runs);
    json_array_foreach(runs, i, run)
    {
        if (status == CN_OK) status = add_history(db, path, run);
    }
    return status;
}

cn_status cn__runs_show(sqlite3 *db, const char *path, int64_t study, int64_t number, bool times,
                        json_t **out)
{
    cn__json_begin();
    CN_TRY(find_trial(db, path, study, number, times, out));
    const int64_t ids[] = {json_integer_value(json_object_get(*out, "id")), study};
    (void)json_object_del(*out, "id");
    cn__json_set(*out, "study", json_integer(study));
    cn_status status = add_pairs(
        db, path,
        "SELECT name, value FROM params WHERE trial=?1 AND ?2 AND value IS NOT NULL ORDER BY number", ids,
        *out, "params");
    if (status == CN_OK)
        status = add_pairs(
            db, path,
            "SELECT o.name, r.value FROM results r JOIN objectives o ON o.number=r.objective AND o.study=?2"
            " WHERE r.trial=?1 ORDER BY r.objective",
            ids, *out, "values");
    if (status == CN_OK) status = add_runs(db, path, ids[0], times, *out);
    if (status == CN_OK) status = cn__json_check();
    if (status == CN_OK) return CN_OK;
    json_decref(*out);
    *out = NULL;
    return status;
}

cn_status cn__runs_model(sqlite3 *db, const char *path, int64_t study, int64_t number, char **bytes,
                         size_t *size)
{
    cn_status status;
    *bytes = NULL;
    sqlite3_stmt *s =
        cn__query(db, path,
                  "SELECT m.bytes FROM models m JOIN runs r ON r.id=m.run JOIN trials t ON t.id=r.trial"
                  " WHERE t.study=?1 AND t.number=?2 ORDER BY r.id LIMIT 1",
                  2, (const int64_t[]){study, number});
    while (cn__next_row(db, path, s, &status)) {
        *size = (size_t)sqlite3_column_bytes(s, 0);
        cn__free(*bytes);
        *bytes = cn__malloc(*size + 1);
        if (*bytes) memcpy(*bytes, sqlite3_column_blob(s, 0), *size);
    }
    CN_TRY(status);
    if (*bytes) return CN_OK;
    return cn__fail(
        CN_ERROR_ARGUMENT,
        "the store has no model of trial %lld of study %lld; keep=N in the sweep keeps those of the best",
        (long long)number, (long long)study);
}

/* ---- for people --------------------------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void print_value(const json_t *v, cn__text *out)
{
    if (json_is_integer(v)) cn__text_printf(out, "%lld", (long long)json_integer_value(v));
    else if (json_is_real(v)) cn__text_printf(out, "%.6g", json_real_value(v));
    else if (json_is_string(v)) cn__text_add(out, json_string_value(v));
}

static void print_object(const json_t *object, const char *indent, cn__text *out)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        if (json_is_null(value) || json_is_object(value) || json_is_array(value)) continue;
        cn__text_printf(out, "%s%s: ", indent, name);
        print_value(value, out);
        cn__text_add(out, "\n");
    }
}

/* Layers stand in lines. */
static void print_text(const json_t *trial, cn__text *out)
{
    const char *layers = json_string_value(json_object_get(trial, "layers"));
    for (const char *p = layers ? layers : ""; *p;) {
        const size_t size = strcspn(p, "\n");
        cn__text_printf(out, "  %.*s\n", (int)size, p);
        p += size + (p[size] == '\n');
    }
}

static void print_history(const json_t *run, cn__text *out)
{
    const json_t *history = json_object_get(run, "history");
    const char *name;
    json_t *values;
    size_t epochs = 0;
    json_object_foreach((json_t *)history, name, values) epochs =
        json_array_size(values) > epochs ? json_array_size(values) : epochs;
    cn__text_printf(out, "run with seed %s: %s\n", text_of(run, "seed"), text_of(run, "state"));
    for (size_t e = 0; e < epochs; e++) {
        cn__text_printf(out, "  epoch %zu", e + 1);
        json_object_foreach((json_t *)history, name, values)
        {
            cn__text_printf(out, " - %s: ", name);
            print_value(json_array_get(values, e), out);
        }
        cn__text_add(out, "\n");
    }
}

cn_status cn__runs_show_table(const json_t *trial, cn__text *out)
{
    size_t i;
    const json_t *run;
    cn__text_printf(out, "trial %lld of study %lld: %s\n",
                    (long long)json_integer_value(json_object_get(trial, "number")),
                    (long long)json_integer_value(json_object_get(trial, "study")), text_of(trial, "state"));
    print_object(json_object_get(trial, "values"), "", out);
    cn__text_add(out, "searched\n");
    print_object(json_object_get(trial, "params"), "  ", out);
    cn__text_add(out, "layers\n");
    print_text(trial, out);
    static const char *const own[] = {"optimizer", "loss",    "batch_size", "callbacks", "parameters",
                                      "flops",     "started", "seconds",    "note"};
    for (i = 0; i < sizeof own / sizeof *own; i++) {
        const json_t *v = json_object_get(trial, own[i]);
        if (!v || json_is_null(v) || json_object_get(json_object_get(trial, "values"), own[i])) continue;
        cn__text_printf(out, "%s: ", own[i]);
        print_value(v, out);
        cn__text_add(out, "\n");
    }
    json_array_foreach(json_object_get(trial, "runs"), i, run) print_history(run, out);
    return out->failed ? cn__fail_memory(out->size, "a table") : CN_OK;
}

/* ---- side by side ----------------------------------------------------------------------------------------------------------- */

enum { MOST_ROWS = 200 };

typedef struct lines {
    const char *names[MOST_ROWS], *groups[MOST_ROWS];
    size_t count;
} lines;

static void add_line(lines *l, const char *group, const char *name)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->names[i], name) == 0 && strcmp(l->groups[i], group) == 0) return;
    if (l->count < MOST_ROWS) l->names[l->count] = name, l->groups[l->count++] = group;
}

static bool has_line(const lines *l, const char *name)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->names[i], name) == 0) return true;
    return false;
}

static const json_t *history_of(const json_t *trial)
{
    return json_object_get(json_array_get(json_object_get(trial, "runs"), 0), "history");
}

/* Of a history the last epoch's value. */
static const json_t *value_in(const json_t *trial, const char *group, const char *name)
{
    if (strcmp(group, "history") != 0)
        return json_object_get(*group ? json_object_get(trial, group) : trial, name);
    const json_t *values = json_object_get(history_of(trial), name);
    return json_array_size(values) ? json_array_get(values, json_array_size(values) - 1) : NULL;
}

static void find_lines(const json_t *trials, lines *l)
{
    static const char *const groups[] = {"values", "params"}, *const own[] = {"parameters", "epochs",
                                                                              "state"};
    size_t i;
    const json_t *trial;
    const char *name;
    json_t *value;
    for (int g = 0; g < 2; g++) json_array_foreach(trials, i, trial)
        {
            json_object_foreach((json_t *)json_object_get(trial, groups[g]), name, value)
                add_line(l, groups[g], name);
        }
    for (i = 0; i < 3; i++)
        if (!has_line(l, own[i])) add_line(l, "", own[i]); /* parameters may be an objective */
    json_array_foreach(trials, i, trial)
    {
        json_object_foreach((json_t *)history_of(trial), name, value) add_line(l, "history", name);
    }
}

static void print_row(const json_t *trials, const lines *l, size_t line, size_t head, const size_t *widths,
                      cn__text *out)
{
    size_t i;
    const json_t *trial;
    const char *group = l->groups[line], *last = strcmp(group, "history") == 0 ? " (last)" : "";
    const size_t own = cn__text_width(l->names[line]) + strlen(last);
    cn__text_printf(out, "%s%s%*s", l->names[line], last, (int)(head > own ? head - own : 0), "");
    json_array_foreach(trials, i, trial)
    {
        cn__text cell = {0};
        cn__text_add(&cell, "");
        print_value(value_in(trial, group, l->names[line]), &cell);
        if (cell.failed) out->failed = true;
        else cn__text_printf(out, "  %*s", (int)widths[i], cell.data);
        cn__text_free(&cell);
    }
    cn__text_add(out, "\n");
}

cn_status cn__runs_compare_table(const json_t *trials, cn__text *out)
{
    lines l = {.count = 0};
    size_t i, head = strlen("trial"), widths[64];
    const json_t *trial;
    find_lines(trials, &l);
    for (size_t k = 0; k < l.count; k++) {
        const size_t own =
            cn__text_width(l.names[k]) + (strcmp(l.groups[k], "history") == 0 ? strlen(" (last)") : 0);
        head = own > head ? own : head;
    }
    json_array_foreach(trials, i, trial)
    {
        widths[i] = 8;
        for (size_t k = 0; k < l.count; k++) {
            cn__text cell = {0};
            print_value(value_in(trial, l.groups[k], l.names[k]), &cell);
            if (cell.data && cn__text_width(cell.data) > widths[i]) widths[i] = cn__text_width(cell.data);
            cn__text_free(&cell);
        }
    }
    cn__text_printf(out, "trial%*s", (int)(head - strlen("trial")), "");
    json_array_foreach(trials, i, trial) cn__text_printf(
        out, "  %*lld", (int)widths[i], (long long)json_integer_value(json_object_get(trial, "number")));
    cn__text_add(out, "\n");
    for (size_t k = 0; k < l.count; k++) print_row(trials, &l, k, head, widths, out);
    return out->failed ? cn__fail_memory(out->size, "a table") : CN_OK;
}
