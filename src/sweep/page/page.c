/* The page of a study: its trials as columns of numbers, and curves as 16-bit numbers, within three megabytes. */
#include "sweep/page/page.h"

#include <math.h>
#include <string.h>

#include "base/system/system.h"
#include "base/text/escape.h"
#include "data/files/json.h"
#include "sweep/page/page_curves.h"
#include "sweep/store/rows.h"
#include "sweep/runs/runs.h"

extern const char cn__runs_page_html[], cn__runs_page_css[], cn__runs_data_js[], cn__runs_canvas_js[],
    cn__runs_parallel_js[], cn__runs_charts_js[], cn__runs_table_js[], cn__runs_page_js[], cn__runs_live_js[];

/* ---- columns ---------------------------------------------------------------------------------------------------------- */

static json_t *copy_of(const json_t *v) { return v ? json_deep_copy(v) : json_null(); }

/* A column of each trial's object, or of the object `group` in it. */
static json_t *column_of(const json_t *trials, const char *group, const char *name)
{
    size_t i;
    const json_t *trial;
    json_t *out = json_array();
    json_array_foreach(trials, i, trial)
    {
        const json_t *v = json_object_get(group ? json_object_get(trial, group) : trial, name);
        cn__json_append(out, copy_of(json_is_string(v) ? NULL : v)); /* "inf" is no number of a chart */
    }
    return out;
}

static bool has_words(const json_t *values)
{
    size_t i;
    const json_t *v;
    json_array_foreach(values, i, v)
    {
        if (json_is_string(v)) return true;
    }
    return false;
}

static json_t *word_of(const json_t *v)
{
    char text[40];
    if (json_is_string(v)) return copy_of(v);
    cn__format(text, sizeof text, "%.6g", json_number_value(v));
    return json_string(text);
}

static size_t index_of(json_t *words, const json_t *v)
{
    json_t *word = word_of(v);
    size_t i = 0;
    while (i < json_array_size(words) && !json_equal(json_array_get(words, i), word)) i++;
    if (i == json_array_size(words)) cn__json_append(words, word);
    else json_decref(word);
    return i;
}

/* Words become their indices in the list of choices; numbers stay. */
static json_t *dimension_of(const json_t *trials, const char *name, bool log)
{
    json_t *d = json_object(), *data = json_array(), *values = json_array(), *words = json_array();
    size_t i;
    const json_t *v, *trial;
    json_array_foreach(trials, i, trial)
        cn__json_append(values, copy_of(json_object_get(json_object_get(trial, "params"), name)));
    const bool choice = has_words(values);
    json_array_foreach(values, i, v)
        cn__json_append(data, json_is_null(v) ? json_null()
                              : choice        ? json_integer((json_int_t)index_of(words, v))
                                              : copy_of(v));
    cn__json_set(d, "name", json_string(name));
    cn__json_set(d, "log", json_boolean(log));
    cn__json_set(d, "data", data);
    if (choice) cn__json_set(d, "words", words);
    else json_decref(words);
    json_decref(values);
    return d;
}

static json_t *dimensions_of(const json_t *study, const json_t *trials)
{
    cn__arena arena = {0};
    cn__space space = {0};
    json_t *out = json_array();
    const char *text = json_string_value(json_object_get(study, "space"));
    const cn_status status = text && *text ? cn__space_parse(&arena, text, &space) : CN_OK;
    const bool read = status == CN_OK;
    for (size_t i = 0; read && i < space.count; i++)
        cn__json_append(out, dimension_of(trials, space.dimensions[i].name, space.dimensions[i].log));
    cn__arena_free(&arena);
    if (status != CN_ERROR_MEMORY) return out; /* what is no space has no dimensions */
    json_decref(out);
    return NULL;
}

static json_t *goals_of(const json_t *study, const json_t *trials)
{
    size_t i;
    const json_t *o;
    json_t *out = json_array();
    json_array_foreach(json_object_get(study, "objectives"), i, o)
    {
        json_t *goal = json_object();
        const char *name = json_string_value(json_object_get(o, "name")),
                   *direction = json_string_value(json_object_get(o, "direction"));
        cn__json_set(goal, "name", json_string(name ? name : ""));
        cn__json_set(goal, "max", json_boolean(direction && strcmp(direction, "max") == 0));
        cn__json_set(goal, "data", column_of(trials, "values", name));
        cn__json_append(out, goal);
    }
    return out;
}

/* A letter a trial. */
static json_t *states_of(const json_t *trials)
{
    cn__text text = {0};
    size_t i;
    const json_t *trial;
    cn__text_add(&text, "");
    json_array_foreach(trials, i, trial)
    {
        const char *state = json_string_value(json_object_get(trial, "state"));
        cn__text_add_bytes(&text, state && *state && strchr("cpf", *state) ? state : "r", 1);
    }
    json_t *out = text.failed ? NULL : json_string(text.data);
    cn__text_free(&text);
    return out;
}

/* ---- the page ------------------------------------------------------------------------------------------------------------- */

static cn_status make_data(sqlite3 *db, const char *path, int64_t study_id, const json_t *study, char **out)
{
    static const char *const texts[] = {"name", "sampler", "pruner", "seed"};
    static const char *const numbers[] = {"number", "epochs", "parameters"};
    const json_t *trials = json_object_get(study, "trials");
    json_t *data, *curves = json_array();
    data = json_object(); /* what was lost of the study's own JSON counts too */
    for (int i = 0; i < 4; i++) cn__json_set(data, texts[i], copy_of(json_object_get(study, texts[i])));
    for (int i = 0; i < 3; i++) cn__json_set(data, numbers[i], column_of(trials, NULL, numbers[i]));
    cn__json_set(data, "state", states_of(trials));
    cn__json_set(data, "dimensions", dimensions_of(study, trials));
    cn__json_set(data, "goals", goals_of(study, trials));
    cn__json_set(data, "curves", curves);
    cn_status status = cn__page_curves(db, path, study_id, study, curves);
    if (status == CN_OK) status = cn__json_finish(data, JSON_COMPACT | JSON_REAL_PRECISION(6), out);
    json_decref(data);
    return status;
}

static void add_scripts(const cn__runs_live *live, cn__text *out)
{
    static const char *const scripts[] = {cn__runs_data_js,   cn__runs_canvas_js, cn__runs_parallel_js,
                                          cn__runs_charts_js, cn__runs_table_js,  cn__runs_page_js};
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) cn__text_add(out, scripts[i]);
    if (!live) return;
    cn__text_printf(out, "const live = {ended: %lld, running: %lld, milliseconds: %.0f};\n",
                    (long long)live->ended, (long long)live->running, (cn__clock() - live->start) * 1e3);
    cn__text_add(out, cn__runs_live_js);
}

/* The page with its parts in the places that name them. */
static void put_together(const char *data, const cn__runs_live *live, cn__text *out)
{
    for (const char *p = cn__runs_page_html, *at; *p; p = at) {
        at = strchr(p, '@');
        cn__text_add_bytes(out, p, at ? (size_t)(at - p) : strlen(p));
        if (!at) return;
        const size_t size = strcspn(at + 1, "@");
        if (strncmp(at + 1, "STYLE", size) == 0) cn__text_add(out, cn__runs_page_css);
        else if (strncmp(at + 1, "DATA", size) == 0) cn__script_escape(out, data);
        else if (strncmp(at + 1, "CONNECT", size) == 0) cn__text_add(out, live ? " connect-src 'self';" : "");
        else add_scripts(live, out);
        at += size + 2;
    }
}

cn_status cn__runs_page(sqlite3 *db, const char *path, int64_t study, const cn__runs_live *live,
                        cn__text *out)
{
    const cn__runs_filter filter = {.study = study, .sort = "number"};
    json_t *list;
    char *data = NULL;
    CN_TRY(cn__runs_list(db, path, &filter, false, &list));
    cn_status status = make_data(db, path, study, json_array_get(json_object_get(list, "studies"), 0), &data);
    json_decref(list);
    if (status == CN_OK) put_together(data, live, out);
    cn__free(data);
    return status == CN_OK && out->failed ? cn__fail_memory(out->size, "a page") : status;
}
