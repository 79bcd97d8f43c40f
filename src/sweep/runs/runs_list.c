/* Studies and their trials, from the store to JSON. */
#include <string.h>

#include "data/files/json.h"
#include "sweep/store/rows.h"
#include "sweep/runs/runs.h"

typedef struct lister {
    sqlite3 *db;
    const char *path;
    const cn__runs_filter *filter;
    bool times;
    int64_t study;
} lister;

/* ---- a study ---------------------------------------------------------------------------------------------------------- */

static const char study_sql[] =
    "SELECT id, name, seed, trials AS planned, seeds, space, sampler, pruner, layers, optimizer, loss, metrics, epochs,"
    " batch_size, validation_split, callbacks, version FROM studies WHERE ?1=0 OR id=?1 ORDER BY id";
static const char timed_study_sql[] =
    "SELECT id, name, seed, trials AS planned, seeds, space, sampler, pruner, layers, optimizer, loss, metrics, epochs,"
    " batch_size, validation_split, callbacks, version, created, machine, key FROM studies WHERE ?1=0 OR id=?1 ORDER BY id";

/* Trials by their row's id, for params and results to be put into. */
static json_t *find_trial(const json_t *by_id, int64_t id)
{
    char key[32];
    cn__format(key, sizeof key, "%lld", (long long)id);
    return json_object_get(by_id, key);
}

static cn_status add_params(lister *l, const json_t *by_id)
{
    cn_status status;
    sqlite3_stmt *s = cn__query(l->db, l->path,
                                "SELECT p.trial, p.name, p.value FROM params p JOIN trials t ON t.id=p.trial"
                                " WHERE t.study=?1 AND p.value IS NOT NULL ORDER BY p.trial, p.number",
                                1, &l->study);
    while (cn__next_row(l->db, l->path, s, &status)) {
        json_t *trial = find_trial(by_id, sqlite3_column_int64(s, 0));
        if (trial) cn__set_named(json_object_get(trial, "params"), s, 1, cn__column_json(s, 2));
    }
    return status;
}

static cn_status add_values(lister *l, const json_t *by_id)
{
    cn_status status;
    sqlite3_stmt *s =
        cn__query(l->db, l->path,
                  "SELECT r.trial, o.name, r.value, r.deviation FROM results r JOIN trials t ON t.id=r.trial"
                  " JOIN objectives o ON o.study=t.study AND o.number=r.objective"
                  " WHERE t.study=?1 ORDER BY r.trial, r.objective",
                  1, &l->study);
    while (cn__next_row(l->db, l->path, s, &status)) {
        json_t *trial = find_trial(by_id, sqlite3_column_int64(s, 0));
        if (!trial) continue;
        cn__set_named(json_object_get(trial, "values"), s, 1, cn__column_json(s, 2));
        if (sqlite3_column_type(s, 3) == SQLITE_NULL) continue;
        if (!json_object_get(trial, "deviations")) cn__json_set(trial, "deviations", json_object());
        cn__set_named(json_object_get(trial, "deviations"), s, 1, cn__column_json(s, 3));
    }
    return status;
}

/* ---- the order --------------------------------------------------------------------------------------------------------- */

static const char *name_of(const json_t *objective)
{
    const char *name = json_string_value(json_object_get(objective, "name"));
    return name ? name : "";
}

static cn_status fail_sort(lister *l, const json_t *objectives)
{
    const char *names[100] = {"number", "seconds", "parameters", "flops", "epochs"};
    char copies[64][100];
    size_t n = 5, c = 0, i;
    const json_t *o;
    cn_status status;
    json_array_foreach(objectives, i, o)
    {
        bool known = false;
        for (size_t k = 0; k < 5; k++) known = known || strcmp(names[k], name_of(o)) == 0;
        if (!known && n < 36) names[n++] = name_of(o);
    }
    sqlite3_stmt *s = cn__query(
        l->db, l->path, "SELECT DISTINCT p.name FROM params p JOIN trials t ON t.id=p.trial WHERE t.study=?1",
        1, &l->study);
    while (cn__next_row(l->db, l->path, s, &status))
        if (c < 64) {
            const char *name = (const char *)sqlite3_column_text(s, 0);
            cn__format(copies[c], sizeof copies[c], "%s", name ? name : "");
            names[n++] = copies[c++];
        }
    CN_TRY(status);
    return cn__fail_word(CN_ERROR_ARGUMENT, "name to sort by", l->filter->sort, names, n);
}

static bool has_param(lister *l, const char *name)
{
    cn_status status;
    bool found = false;
    sqlite3_stmt *s = cn__query(
        l->db, l->path,
        "SELECT 1 FROM params p JOIN trials t ON t.id=p.trial WHERE t.study=?1 AND p.name=?2 LIMIT 1", 1,
        &l->study);
    if (s) sqlite3_bind_text(s, 2, name, -1, SQLITE_STATIC);
    while (cn__next_row(l->db, l->path, s, &status)) found = true;
    return found;
}

/* What ORDER BY says. Of an objective the better end comes first, complete trials before the others. */
static cn_status order_by(lister *l, const json_t *objectives, cn__text *out)
{
    static const char *const columns[] = {"number", "seconds", "parameters", "flops", "epochs"};
    const char *sort = l->filter->sort;
    size_t i;
    const json_t *o;
    bool down = l->filter->reverse;
    json_array_foreach(objectives, i, o)
    {
        const char *direction = json_string_value(json_object_get(o, "direction"));
        if (sort && strcmp(sort, name_of(o)) != 0) continue;
        if (direction && strcmp(direction, "max") == 0) down = !down;
        cn__text_printf(
            out,
            "t.state<>'complete', (SELECT value FROM results WHERE trial=t.id AND objective=%zu) IS NULL,"
            " (SELECT value FROM results WHERE trial=t.id AND objective=%zu) %s, t.number",
            i, i, down ? "DESC" : "ASC");
        return CN_OK;
    }
    for (i = 0; sort && i < sizeof columns / sizeof *columns; i++)
        if (strcmp(sort, columns[i]) == 0) {
            cn__text_printf(out, "t.%s %s, t.number", sort, down ? "DESC" : "ASC");
            return CN_OK;
        }
    if (sort && !has_param(l, sort)) return fail_sort(l, objectives);
    if (sort)
        cn__text_printf(out, "(SELECT value FROM params WHERE trial=t.id AND name=?4) %s, t.number",
                        down ? "DESC" : "ASC");
    else cn__text_add(out, "t.number");
    return CN_OK;
}

static cn_status add_trials(lister *l, const json_t *objectives, json_t *trials, json_t *by_id)
{
    cn__text sql = {0};
    cn_status status;
    cn__text_add(
        &sql,
        "SELECT t.id AS id, t.number AS number, t.state AS state, t.epochs AS epochs, t.parameters AS parameters,"
        " t.flops AS flops, t.note AS note");
    if (l->times) cn__text_add(&sql, ", t.started AS started, t.seconds AS seconds");
    cn__text_add(&sql, " FROM trials t WHERE t.study=?1 AND (?2 IS NULL OR t.state=?2) ORDER BY ");
    status = order_by(l, objectives, &sql);
    cn__text_add(&sql, " LIMIT ?3");
    if (status == CN_OK && sql.failed) status = cn__fail_memory(sql.size, "a query");
    sqlite3_stmt *s = status == CN_OK ? cn__query(l->db, l->path, sql.data, 1, &l->study) : NULL;
    cn__text_free(&sql);
    if (!s) return cn_error_status();
    if (l->filter->state) sqlite3_bind_text(s, 2, l->filter->state, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, l->filter->limit && !l->filter->front ? (int64_t)l->filter->limit : -1);
    if (l->filter->sort && sqlite3_bind_parameter_count(s) > 3)
        sqlite3_bind_text(s, 4, l->filter->sort, -1, SQLITE_STATIC);
    while (cn__next_row(l->db, l->path, s, &status)) {
        char key[32];
        json_t *trial = cn__row_json(s);
        cn__format(key, sizeof key, "%lld", (long long)sqlite3_column_int64(s, 0));
        (void)json_object_del(trial, "id");
        cn__json_set(trial, "params", json_object());
        cn__json_set(trial, "values", json_object());
        cn__json_append(trials, trial);
        cn__json_set(by_id, key, json_incref(trial));
    }
    return status;
}

/* ---- the front ---------------------------------------------------------------------------------------------------------- */

static bool is_complete(const json_t *trial)
{
    const char *state = json_string_value(json_object_get(trial, "state"));
    return state && strcmp(state, "complete") == 0;
}

/* Is a nowhere worse than b, and somewhere better? */
static bool dominates(const json_t *objectives, const json_t *a, const json_t *b)
{
    bool better = false;
    size_t i;
    const json_t *o;
    json_array_foreach(objectives, i, o)
    {
        const char *name = name_of(o), *direction = json_string_value(json_object_get(o, "direction"));
        const json_t *x = json_object_get(json_object_get(a, "values"), name),
                     *y = json_object_get(json_object_get(b, "values"), name);
        if (!json_is_number(x)) return false;
        const double sign = direction && strcmp(direction, "max") == 0 ? -1 : 1,
                     difference =
                         json_is_number(y) ? sign * (json_number_value(x) - json_number_value(y)) : -1;
        if (difference > 0) return false;
        better = better || difference < 0;
    }
    return better;
}

/* Removes those that one before them dominates, or with `all` any. */
static void remove_dominated(const json_t *objectives, json_t *trials, bool all)
{
    for (size_t i = 0; i < json_array_size(trials);) {
        const json_t *trial = json_array_get(trials, i);
        const size_t end = all ? json_array_size(trials) : i;
        bool out = !is_complete(trial);
        for (size_t k = 0; k < end && !out; k++)
            out = k != i && dominates(objectives, json_array_get(trials, k), trial);
        if (out) (void)json_array_remove(trials, i);
        else i++;
    }
}

/* Few are left of the first pass, so that the second compares few pairs. */
static void keep_front(const json_t *objectives, json_t *trials, size_t limit)
{
    remove_dominated(objectives, trials, false);
    remove_dominated(objectives, trials, true);
    while (limit && json_array_size(trials) > limit)
        (void)json_array_remove(trials, json_array_size(trials) - 1);
}

static cn_status fill_study(lister *l, json_t *study)
{
    json_t *objectives = json_array(), *trials = json_array(), *by_id = json_object();
    l->study = json_integer_value(json_object_get(study, "id"));
    cn__json_set(study, "objectives", objectives);
    cn__json_set(study, "trials", trials);
    cn_status status = cn__rows_json(
        l->db, l->path, "SELECT name, direction, epoch FROM objectives WHERE study=?1 ORDER BY number", 1,
        &l->study, objectives);
    if (status == CN_OK) status = add_trials(l, objectives, trials, by_id);
    if (status == CN_OK) status = add_params(l, by_id);
    if (status == CN_OK) status = add_values(l, by_id);
    if (status == CN_OK && l->filter->front) keep_front(objectives, trials, l->filter->limit);
    json_decref(by_id);
    return status;
}

cn_status cn__runs_list(sqlite3 *db, const char *path, const cn__runs_filter *filter, bool times,
                        json_t **out)
{
    lister l = {.db = db, .path = path, .filter = filter, .times = times};
    json_t *studies = json_array(), *study;
    size_t i;
    cn__json_begin();
    *out = json_object();
    cn__json_set(*out, "studies", studies);
    cn_status status =
        cn__rows_json(db, path, times ? timed_study_sql : study_sql, 1, &filter->study, studies);
    if (status == CN_OK && filter->study && !json_array_size(studies))
        status = cn__fail(CN_ERROR_ARGUMENT, "store %s has no study %lld", path, (long long)filter->study);
    json_array_foreach(studies, i, study)
    {
        if (status == CN_OK) status = fill_study(&l, study);
    }
    if (status == CN_OK) status = cn__json_check();
    if (status == CN_OK) return CN_OK;
    json_decref(*out);
    *out = NULL;
    return status;
}
