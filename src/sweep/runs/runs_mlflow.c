/* Runs as the files of an MLflow tracking folder (its file store, format of MLflow 1 and 2): EXPERIMENT/RUN/params/NAME,
 * metrics/NAME with a line "time value step" an epoch, tags/NAME, and a meta.yaml of each. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/files/file.h"
#include "data/data.h"
#include "data/files/json.h"
#include "sweep/store/rows.h"
#include "sweep/runs/runs.h"

typedef struct exporter {
    sqlite3 *db;
    const char *path, *folder;
    char experiment[32];
    size_t runs;
} exporter;

static cn_status write_text(const char *folder, const char *name, const cn__text *text)
{
    if (text->failed) return cn__fail_memory(text->size, name);
    char *path = cn__path_join(folder, name);
    cn_status status =
        path ? cn__file_write(path, text->data ? text->data : "", text->size) : CN_ERROR_MEMORY;
    cn__free(path);
    return status;
}

enum { NAME_SIZE = 200, DIGITS = 8 };

/* MLflow's names have letters, digits and _ - . space and /; others become _, and so does /, so that no path leads out of the
 * folder. Two names never become one: digits of what was written behind a name say what it was. */
static void safe_name(const char *name, char out[NAME_SIZE])
{
    char digits[65];
    size_t n = 0;
    const char *p = name;
    bool changed = !*name;
    if (!*name) out[n++] = '_';
    for (; *p && n < NAME_SIZE - DIGITS - 2; p++) {
        const char c = *p;
        const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          c == '_' || c == '-' || (c == '.' && n) || (c == ' ' && n && p[1]);
        changed = changed || !good;
        out[n++] = good ? c : '_';
    }
    out[n] = '\0';
    if (!changed && !*p) return;
    cn__sha256_hex(name, strlen(name), digits);
    cn__format(out + n, NAME_SIZE - n, "-%.*s", (int)DIGITS, digits);
}

static cn_status put(const char *folder, const char *name, const char *value)
{
    cn__text text = {0};
    char safe[NAME_SIZE];
    safe_name(name, safe);
    cn__text_add(&text, value);
    cn_status status = write_text(folder, safe, &text);
    cn__text_free(&text);
    return status;
}

/* Milliseconds since 1970 of "2026-11-30T08:00:00Z"; 0 for what is none. */
static long long milliseconds(const char *text)
{
    struct tm t = {0};
    int year, month, day, hour, minute, second;
    if (!text || sscanf(text, "%d-%d-%dT%d:%d:%dZ", &year, &month, &day, &hour, &minute, &second) != 6)
        return 0;
    t.tm_year = year - 1900, t.tm_mon = month - 1, t.tm_mday = day;
    t.tm_hour = hour, t.tm_min = minute, t.tm_sec = second;
    return (long long)timegm(&t) * 1000;
}

static void quote(const char *text, cn__text *out)
{
    cn__text_add(out, "'");
    for (const char *from = text; *from; from = text) {
        const uint32_t code = cn__utf8_next(&text);
        if (*from == '\'') cn__text_add(out, "''");
        else if (code == CN_NO_CHARACTER || cn__is_control(code)) cn__text_add(out, " ");
        else cn__text_add_bytes(out, from, (size_t)(text - from));
    }
    cn__text_add(out, "'");
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* ---- a run ------------------------------------------------------------------------------------------------------------ */

static cn_status put_params(const json_t *trial, const char *folder)
{
    const char *name;
    json_t *value;
    /* first: a parameter of the study that has such a name is the one that stays */
    CN_TRY(put(folder, "loss_function", text_of(trial, "loss")));
    CN_TRY(put(folder, "optimizer_used", text_of(trial, "optimizer")));
    json_object_foreach(json_object_get(trial, "params"), name, value)
    {
        char number[40] = "";
        if (json_is_real(value)) cn__format(number, sizeof number, "%.9g", json_real_value(value));
        if (json_is_integer(value))
            cn__format(number, sizeof number, "%lld", (long long)json_integer_value(value));
        CN_TRY(put(folder, name, json_is_string(value) ? json_string_value(value) : number));
    }
    return CN_OK;
}

static cn_status put_metrics(const json_t *run, long long start, const char *folder)
{
    const char *name;
    json_t *values;
    cn_status status = CN_OK;
    json_object_foreach(json_object_get(run, "history"), name, values)
    {
        cn__text text = {0};
        char safe[NAME_SIZE];
        for (size_t e = 0; e < json_array_size(values); e++) {
            const json_t *v = json_array_get(values, e);
            if (json_is_number(v))
                cn__text_printf(&text, "%lld %.17g %zu\n", start, json_number_value(v), e + 1);
        }
        safe_name(name, safe);
        if (status == CN_OK && text.data) status = write_text(folder, safe, &text);
        cn__text_free(&text);
    }
    return status;
}

static cn_status make(const char *folder, const char *name, char **out)
{
    *out = cn__path_join(folder, name);
    if (!*out) return CN_ERROR_MEMORY;
    CN_TRY(cn__make_dirs(*out));
    cn__remove_stale(*out); /* of an export that was killed */
    return CN_OK;
}

static cn_status put_meta(exporter *x, const json_t *trial, const json_t *run, const char *id,
                          long long start, const char *folder)
{
    cn__text text = {0};
    const double seconds = json_number_value(json_object_get(run, "seconds"));
    const bool failed = strcmp(text_of(trial, "state"), "failed") == 0;
    cn__text_printf(&text, "artifact_uri: ");
    quote(folder, &text);
    cn__text_printf(
        &text,
        "\nend_time: %lld\nentry_point_name: ''\nexperiment_id: '%s'\nlifecycle_stage: active\nrun_id: %s\nrun_name: ",
        start + (long long)(seconds * 1000), x->experiment, id);
    char name[100];
    cn__format(name, sizeof name, "trial-%lld-seed-%s",
               (long long)json_integer_value(json_object_get(trial, "number")), text_of(run, "seed"));
    quote(name, &text);
    cn__text_printf(
        &text,
        "\nrun_uuid: %s\nsource_name: ''\nsource_type: 4\nsource_version: ''\nstart_time: %lld\nstatus: %d\ntags: []\nuser_id: cornu\n",
        id, start, failed ? 4 : 3);
    cn_status status = write_text(folder, "meta.yaml", &text);
    cn__text_free(&text);
    return status;
}

static cn_status put_tags(const json_t *trial, const json_t *run, const char *folder)
{
    char name[100];
    cn__format(name, sizeof name, "trial-%lld-seed-%s",
               (long long)json_integer_value(json_object_get(trial, "number")), text_of(run, "seed"));
    CN_TRY(put(folder, "mlflow.runName", name));
    CN_TRY(put(folder, "mlflow.user", "cornu"));
    return put(folder, "state", text_of(trial, "state"));
}

static cn_status put_run(exporter *x, const char *key, const char *experiment, const json_t *trial,
                         const json_t *run)
{
    static const char *const parts[] = {"params", "metrics", "tags", "artifacts"};
    char text[300], id[65], *folder = NULL, *part[4] = {NULL};
    const long long start = milliseconds(text_of(trial, "started"));
    cn__format(text, sizeof text, "%s %s %lld %s", x->experiment, key,
               (long long)json_integer_value(json_object_get(trial, "number")), text_of(run, "seed"));
    cn__sha256_hex(text, strlen(text), id);
    id[32] = '\0';
    cn_status status = make(experiment, id, &folder);
    for (int i = 0; i < 4 && status == CN_OK; i++) status = make(folder, parts[i], &part[i]);
    if (status == CN_OK) status = put_params(trial, part[0]);
    if (status == CN_OK) status = put_metrics(run, start, part[1]);
    if (status == CN_OK) status = put_tags(trial, run, part[2]);
    if (status == CN_OK) status = put_meta(x, trial, run, id, start, folder);
    for (int i = 0; i < 4; i++) cn__free(part[i]);
    cn__free(folder);
    x->runs += status == CN_OK;
    return status;
}

/* ---- a study ------------------------------------------------------------------------------------------------------------- */

static cn_status put_trial(exporter *x, int64_t study, int64_t number, const char *key,
                           const char *experiment)
{
    json_t *trial;
    const json_t *run;
    size_t i;
    CN_TRY(cn__runs_show(x->db, x->path, study, number, true, &trial));
    cn_status status = CN_OK;
    json_array_foreach(json_object_get(trial, "runs"), i, run)
    {
        if (status == CN_OK) status = put_run(x, key, experiment, trial, run);
    }
    json_decref(trial);
    return status;
}

/* A number of MLflow's, by what the study is: exported again it is the same one, and other stores' studies are others, for all of
 * them may go into one folder. Runs that were imported share a key; then it is the store's by when it began. */
static cn_status number_experiment(exporter *x, const json_t *study)
{
    cn__text text = {0};
    char digits[65];
    const char *key = text_of(study, "key");
    cn__text_printf(&text, "%s %s", key, strcmp(key, "imported") == 0 ? text_of(study, "created") : "");
    if (text.failed) return cn__fail_memory(text.size, "an experiment");
    cn__sha256_hex(text.data, text.size, digits);
    digits[12] = '\0';
    cn__format(x->experiment, sizeof x->experiment, "%llu", strtoull(digits, NULL, 16) + 1);
    cn__text_free(&text);
    return CN_OK;
}

static cn_status put_experiment(exporter *x, const json_t *study, char **folder)
{
    cn__text text = {0};
    const long long created = milliseconds(text_of(study, "created"));
    CN_TRY(number_experiment(x, study));
    CN_TRY(make(x->folder, x->experiment, folder));
    cn__text_add(&text, "artifact_location: ");
    quote(*folder, &text);
    cn__text_printf(
        &text,
        "\ncreation_time: %lld\nexperiment_id: '%s'\nlast_update_time: %lld\nlifecycle_stage: active\nname: ",
        created, x->experiment, created);
    char name[200];
    cn__format(name, sizeof name, "%s (study %s)", text_of(study, "name"), x->experiment);
    quote(name, &text);
    cn__text_add(&text, "\n");
    cn_status status = write_text(*folder, "meta.yaml", &text);
    cn__text_free(&text);
    return status;
}

static cn_status put_study(exporter *x, const json_t *study)
{
    char *folder = NULL;
    size_t i;
    const json_t *trial;
    cn_status status = put_experiment(x, study, &folder);
    json_array_foreach(json_object_get(study, "trials"), i, trial)
    {
        if (status == CN_OK && strcmp(text_of(trial, "state"), "running") != 0)
            status = put_trial(x, json_integer_value(json_object_get(study, "id")),
                               json_integer_value(json_object_get(trial, "number")), text_of(study, "key"),
                               folder);
    }
    cn__free(folder);
    return status;
}

cn_status cn__runs_export_mlflow(sqlite3 *db, const char *path, int64_t study, const char *folder,
                                 size_t *runs)
{
    exporter x = {.db = db, .path = path, .folder = folder};
    const cn__runs_filter filter = {.study = study, .sort = "number"};
    json_t *list;
    const json_t *one;
    size_t i;
    CN_TRY(cn__runs_list(db, path, &filter, true, &list));
    cn_status status = cn__make_dirs(folder);
    json_array_foreach(json_object_get(list, "studies"), i, one)
    {
        if (status == CN_OK) status = put_study(&x, one);
    }
    json_decref(list);
    *runs = x.runs;
    return status;
}
