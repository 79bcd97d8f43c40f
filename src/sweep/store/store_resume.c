/* A study that is in the store already: what is final of it is taken, the rest is forgotten and run again, to the same bits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sweep/store/store_write.h"

static cn_status run_sql(cn__store_writer *w, const char *text, int64_t a, int64_t b)
{
    sqlite3_stmt *s = cn__store_prepare(w->db, w->path, text);
    if (!s) return cn_error_status();
    sqlite3_bind_int64(s, 1, a);
    if (sqlite3_bind_parameter_count(s) > 1) sqlite3_bind_int64(s, 2, b);
    cn_status status = sqlite3_step(s) == SQLITE_DONE ? CN_OK : cn__store_fail(w->db, w->path);
    sqlite3_finalize(s);
    return status;
}

/* Rows under the trials go with them. */
static cn_status forget_unfinished(cn__store_writer *w)
{
    CN_TRY(run_sql(w, "DELETE FROM trials WHERE study=?1 AND state='running'", w->study_id, 0));
    return run_sql(w, "UPDATE studies SET trials=max(trials, ?2) WHERE id=?1", w->study_id,
                   (int64_t)w->study->trial_count);
}

static cn__trial_state state_of(const char *text)
{
    for (int i = CN_TRIAL_COMPLETE; text && i <= CN_TRIAL_FAILED; i++)
        if (strcmp(text, cn__trial_states[i]) == 0) return (cn__trial_state)i;
    return CN_TRIAL_WAITING;
}

/* Calls `row` for each row of a query about the study. */
static cn_status each_row(cn__store_writer *w, cn__study *study, const char *text,
                          void (*row)(cn__store_writer *, cn__study *, sqlite3_stmt *))
{
    int code;
    sqlite3_stmt *s = cn__store_prepare(w->db, w->path, text);
    if (!s) return cn_error_status();
    sqlite3_bind_int64(s, 1, w->study_id);
    sqlite3_bind_int64(s, 2, (int64_t)study->trial_count);
    while ((code = sqlite3_step(s)) == SQLITE_ROW) {
        row(w, study, s);
        if (sqlite3_errcode(w->db) == SQLITE_NOMEM) break; /* a text of the row */
    }
    cn_status status = code == SQLITE_DONE ? CN_OK : cn__store_fail(w->db, w->path);
    sqlite3_finalize(s);
    return status;
}

static void take_trial(cn__store_writer *w, cn__study *study, sqlite3_stmt *s)
{
    const size_t number = (size_t)sqlite3_column_int64(s, 0);
    cn__trial *t = &study->trials[number];
    w->trials[number] = sqlite3_column_int64(s, 1);
    t->state = state_of((const char *)sqlite3_column_text(s, 2));
    t->epochs = (unsigned)sqlite3_column_int64(s, 3);
    for (size_t i = 0; i < study->goal_count; i++) t->values[i] = (double)NAN;
}

static double real_of(sqlite3_stmt *s, int column)
{
    return sqlite3_column_type(s, column) == SQLITE_NULL ? (double)NAN : sqlite3_column_double(s, column);
}

static void take_result(cn__store_writer *w, cn__study *study, sqlite3_stmt *s)
{
    (void)w;
    const size_t goal = (size_t)sqlite3_column_int64(s, 1);
    if (goal < study->goal_count) study->trials[sqlite3_column_int64(s, 0)].values[goal] = real_of(s, 2);
}

static void take_rung(cn__store_writer *w, cn__study *study, sqlite3_stmt *s)
{
    (void)w;
    cn__trial *t = &study->trials[sqlite3_column_int64(s, 0)];
    const size_t rung = (size_t)sqlite3_column_int64(s, 1);
    if (rung >= CN_MAX_RUNGS || !study->pruner->course) return;
    t->rungs[rung] = real_of(s, 2);
    if (t->reported <= rung) t->reported = (unsigned)rung + 1;
}

/* The choice that a column is; numbers of a range are themselves. */
static double point_of(const cn__dimension *d, sqlite3_stmt *s, int column)
{
    const int type = sqlite3_column_type(s, column);
    cn__arena arena = {0};
    double found = (double)NAN;
    if (d->kind != CN_DIMENSION_CHOICE) return real_of(s, column);
    for (size_t i = 0; i < d->levels && isnan(found); i++) {
        const cn__value *v = &d->choices[i];
        const char *text = (const char *)sqlite3_column_text(s, column);
        bool number = v->kind == CN_VALUE_INT || v->kind == CN_VALUE_FLOAT;
        const char *own = v->kind == CN_VALUE_WORD ? v->word : cn__value_text(&arena, v);
        bool same = number ? type != SQLITE_NULL && type != SQLITE_TEXT &&
                                 sqlite3_column_double(s, column) == v->number
                           : type == SQLITE_TEXT && own && text && strcmp(own, text) == 0;
        if (same) found = (double)i;
    }
    cn__arena_free(&arena);
    return found;
}

static void take_param(cn__store_writer *w, cn__study *study, sqlite3_stmt *s)
{
    (void)w;
    cn__trial *t = &study->trials[sqlite3_column_int64(s, 0)];
    const char *name = (const char *)sqlite3_column_text(s, 1);
    for (size_t i = 0; name && i < study->space.count; i++) {
        const cn__dimension *d = &study->space.dimensions[i];
        if (strcmp(d->name, name) != 0) continue;
        t->point[i] = point_of(d, s, 2);
        t->where[i] = isnan(t->point[i]) ? (double)NAN : cn__dimension_where(d, t->point[i]);
    }
}

static void take_run(cn__store_writer *w, cn__study *study, sqlite3_stmt *s)
{
    const size_t number = (size_t)sqlite3_column_int64(s, 0);
    char *end;
    const char *text = (const char *)sqlite3_column_text(s, 1);
    const uint64_t seed = text ? strtoull(text, &end, 10) - study->options.seed : 0;
    if (seed < study->options.seeds)
        w->runs[number * study->options.seeds + seed] = sqlite3_column_int64(s, 2);
}

cn_status cn__store_resume(cn__store_writer *w, cn__study *study)
{
    CN_TRY(forget_unfinished(w));
    CN_TRY(each_row(
        w, study, "SELECT number, id, state, epochs FROM trials WHERE study=?1 AND number BETWEEN 0 AND ?2-1",
        take_trial));
    CN_TRY(each_row(w, study,
                    "SELECT t.number, p.name, p.value FROM params p JOIN trials t ON t.id=p.trial"
                    " WHERE t.study=?1 AND t.number BETWEEN 0 AND ?2-1",
                    take_param));
    CN_TRY(each_row(w, study,
                    "SELECT t.number, r.objective, r.value FROM results r JOIN trials t ON t.id=r.trial"
                    " WHERE t.study=?1 AND t.number BETWEEN 0 AND ?2-1",
                    take_result));
    CN_TRY(each_row(w, study,
                    "SELECT t.number, r.rung, r.value FROM rungs r JOIN trials t ON t.id=r.trial"
                    " WHERE t.study=?1 AND t.number BETWEEN 0 AND ?2-1 ORDER BY r.rung",
                    take_rung));
    return each_row(w, study,
                    "SELECT t.number, r.seed, r.id FROM runs r JOIN trials t ON t.id=r.trial"
                    " WHERE t.study=?1 AND t.number BETWEEN 0 AND ?2-1",
                    take_run);
}
