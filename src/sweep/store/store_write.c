/* Messages to rows. */
#include "sweep/store/store_write.h"

#include <math.h>
#include <string.h>

#include "base/system/system.h"
#include "cornu/version.h"

/* ---- messages ------------------------------------------------------------------------------------------------------- */

cn__message *cn__message_new(cn__message_kind kind, size_t number, size_t seed)
{
    cn__message *m = cn__calloc(1, sizeof *m);
    if (m) m->kind = kind, m->number = number, m->seed = seed;
    return m;
}

void cn__messages_free(cn__message *m)
{
    while (m) {
        cn__message *next = m->next;
        cn__arena_free(&m->arena);
        cn__free(m->bytes);
        cn__free(m);
        m = next;
    }
}

/* ---- statements ------------------------------------------------------------------------------------------------------- */

enum {
    BEGIN,
    COMMIT,
    ROLLBACK,
    ADD_TRIAL,
    ADD_PARAM,
    ADD_RUN,
    ADD_METRIC,
    FIND_METRIC,
    ADD_EPOCH,
    END_RUN,
    ADD_MODEL,
    END_TRIAL,
    ADD_RESULT,
    ADD_RUNG,
    DROP_MODEL
};

static const char add_trial[] =
    "INSERT INTO trials(study, number, state, started, layers, optimizer, loss, batch_size, callbacks)"
    " VALUES(?1, ?2, 'running', ?3, ?4, ?5, ?6, ?7, ?8)";
static const char *const sql[CN_STORE_STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [ADD_TRIAL] = add_trial,
    [ADD_PARAM] = "INSERT INTO params VALUES(?1, ?4, ?2, ?3)",
    [ADD_RUN] = "INSERT INTO runs(trial, seed, state) VALUES(?1, ?2, 'running')",
    [ADD_METRIC] = "INSERT OR IGNORE INTO metrics(name) VALUES(?1)",
    [FIND_METRIC] = "SELECT id FROM metrics WHERE name=?1",
    [ADD_EPOCH] = "INSERT OR REPLACE INTO epochs VALUES(?1, ?2, ?3, ?4)",
    [END_RUN] = "UPDATE runs SET state=?2, epochs=?3, seconds=?4, note=?5 WHERE id=?1",
    [ADD_MODEL] = "INSERT OR REPLACE INTO models VALUES(?1, ?2)",
    [END_TRIAL] =
        "UPDATE trials SET state=?2, seconds=?3, epochs=?4, parameters=?5, flops=?6, note=?7 WHERE id=?1",
    [ADD_RESULT] = "INSERT INTO results VALUES(?1, ?2, ?3, ?4)",
    [ADD_RUNG] = "INSERT INTO rungs VALUES(?1, ?2, ?3, ?4)",
    [DROP_MODEL] = "DELETE FROM models WHERE run=?1",
};

static sqlite3_stmt *statement(cn__store_writer *w, int which)
{
    if (!w->statements[which]) w->statements[which] = cn__store_prepare(w->db, w->path, sql[which]);
    return w->statements[which];
}

/* Runs it, and makes it ready for the next time. */
static cn_status done(cn__store_writer *w, sqlite3_stmt *s)
{
    if (!s) return cn_error_status();
    const int code = sqlite3_step(s);
    cn_status status = code == SQLITE_DONE || code == SQLITE_ROW ? CN_OK : cn__store_fail(w->db, w->path);
    sqlite3_reset(s);
    return status;
}

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

/* NaN becomes NULL in SQLite by itself. */
static void bind_real(sqlite3_stmt *s, int at, double value) { sqlite3_bind_double(s, at, value); }

/* ---- rows ----------------------------------------------------------------------------------------------------------------- */

static cn_status add_param(cn__store_writer *w, int64_t trial, size_t number, double value)
{
    sqlite3_stmt *s = statement(w, ADD_PARAM);
    cn__arena arena = {0};
    if (!s) return cn_error_status();
    const cn__dimension *d = &w->study->space.dimensions[number];
    const cn__value v = cn__dimension_value(d, value);
    sqlite3_bind_int64(s, 1, trial);
    bind_text(s, 2, d->name);
    sqlite3_bind_int64(s, 4, (int64_t)number);
    if (v.kind == CN_VALUE_INT) sqlite3_bind_int64(s, 3, v.integer);
    else if (v.kind == CN_VALUE_FLOAT) bind_real(s, 3, v.number);
    else if (v.kind == CN_VALUE_WORD) bind_text(s, 3, v.word);
    else if (v.kind == CN_VALUE_NONE && isnan(value)) sqlite3_bind_null(s, 3);
    else sqlite3_bind_text(s, 3, cn__value_text(&arena, &v), -1, SQLITE_TRANSIENT);
    cn_status status = done(w, s);
    cn__arena_free(&arena);
    return status;
}

static cn_status add_runs(cn__store_writer *w, size_t number)
{
    const cn__study_options *o = &w->study->options;
    for (size_t i = 0; i < o->seeds; i++) {
        char seed[32];
        sqlite3_stmt *s = statement(w, ADD_RUN);
        if (!s) return cn_error_status();
        cn__format(seed, sizeof seed, "%llu", (unsigned long long)(o->seed + i));
        sqlite3_bind_int64(s, 1, w->trials[number]);
        bind_text(s, 2, seed);
        CN_TRY(done(w, s));
        w->runs[number * o->seeds + i] = sqlite3_last_insert_rowid(w->db);
    }
    return CN_OK;
}

static cn_status begin_trial(cn__store_writer *w, const cn__message *m)
{
    char when[32];
    sqlite3_stmt *s = statement(w, ADD_TRIAL);
    if (!s) return cn_error_status();
    cn__store_time(m->time, when);
    sqlite3_bind_int64(s, 1, w->study_id);
    sqlite3_bind_int64(s, 2, (int64_t)m->number);
    bind_text(s, 3, when);
    bind_text(s, 4, m->layers);
    bind_text(s, 5, m->optimizer);
    bind_text(s, 6, m->loss);
    sqlite3_bind_int64(s, 7, m->batch_size);
    bind_text(s, 8, m->callbacks);
    CN_TRY(done(w, s));
    w->trials[m->number] = sqlite3_last_insert_rowid(w->db);
    const cn__space *space = &w->study->space;
    for (size_t i = 0; i < space->count; i++)
        CN_TRY(add_param(w, w->trials[m->number], i, w->study->trials[m->number].point[i]));
    return add_runs(w, m->number);
}

static cn_status metric_id(cn__store_writer *w, const char *name, int64_t *out)
{
    for (size_t i = 0; i < w->metric_count; i++)
        if (strcmp(w->metrics[i], name) == 0) {
            *out = w->metric_ids[i];
            return CN_OK;
        }
    sqlite3_stmt *add = statement(w, ADD_METRIC), *find = statement(w, FIND_METRIC);
    if (!add || !find) return cn_error_status();
    bind_text(add, 1, name);
    CN_TRY(done(w, add));
    bind_text(find, 1, name);
    if (sqlite3_step(find) != SQLITE_ROW) return cn__store_fail(w->db, w->path);
    *out = sqlite3_column_int64(find, 0);
    sqlite3_reset(find);
    if (w->metric_count == CN_STORE_METRICS) return CN_OK;
    w->metrics[w->metric_count] = cn__strdup(name);
    if (!w->metrics[w->metric_count]) return CN_ERROR_MEMORY;
    w->metric_ids[w->metric_count++] = *out;
    return CN_OK;
}

static int64_t run_of(const cn__store_writer *w, const cn__message *m)
{
    return w->runs[m->number * w->study->options.seeds + m->seed];
}

static cn_status add_series(cn__store_writer *w, const cn__message *m)
{
    sqlite3_stmt *s = statement(w, ADD_EPOCH);
    if (!s) return cn_error_status();
    sqlite3_bind_int64(s, 1, run_of(w, m));
    for (size_t i = 0; i < m->series_count; i++) {
        const cn__metric_series *series = &m->series[i];
        int64_t metric = 0;
        CN_TRY(metric_id(w, series->name, &metric));
        sqlite3_bind_int64(s, 2, metric);
        for (size_t k = 0; k < series->count; k++) {
            sqlite3_bind_int64(s, 3, (int64_t)(series->first + k));
            bind_real(s, 4, series->values[k]);
            CN_TRY(done(w, s));
        }
    }
    return CN_OK;
}

static cn_status end_run(cn__store_writer *w, const cn__message *m)
{
    sqlite3_stmt *s = statement(w, END_RUN);
    if (!s) return cn_error_status();
    sqlite3_bind_int64(s, 1, run_of(w, m));
    bind_text(s, 2, cn__trial_states[m->run.state]);
    sqlite3_bind_int64(s, 3, m->run.epochs);
    bind_real(s, 4, m->run.seconds);
    bind_text(s, 5, m->run.note);
    return done(w, s);
}

static cn_status add_model(cn__store_writer *w, const cn__message *m)
{
    sqlite3_stmt *s = statement(w, ADD_MODEL);
    if (!s) return cn_error_status();
    sqlite3_bind_int64(s, 1, run_of(w, m));
    sqlite3_bind_blob64(s, 2, m->bytes, m->size, SQLITE_STATIC);
    return done(w, s);
}

static cn_status add_results(cn__store_writer *w, const cn__message *m)
{
    sqlite3_stmt *s = statement(w, ADD_RESULT), *rung = statement(w, ADD_RUNG);
    if (!s || !rung) return cn_error_status();
    for (size_t i = 0; i < w->study->goal_count; i++) {
        sqlite3_bind_int64(s, 1, w->trials[m->number]);
        sqlite3_bind_int64(s, 2, (int64_t)i);
        bind_real(s, 3, m->trial.values[i]);
        bind_real(s, 4, m->trial.deviations[i]);
        CN_TRY(done(w, s));
    }
    for (size_t i = 0; i < m->trial.rungs; i++) {
        sqlite3_bind_int64(rung, 1, w->trials[m->number]);
        sqlite3_bind_int64(rung, 2, (int64_t)i);
        sqlite3_bind_int64(rung, 3, m->trial.rung_epochs[i]);
        bind_real(rung, 4, m->trial.rung_values[i]);
        CN_TRY(done(w, rung));
    }
    return CN_OK;
}

static cn_status end_trial(cn__store_writer *w, const cn__message *m)
{
    const cn__trial_end *t = &m->trial;
    sqlite3_stmt *s = statement(w, END_TRIAL);
    if (!s) return cn_error_status();
    sqlite3_bind_int64(s, 1, w->trials[m->number]);
    bind_text(s, 2, cn__trial_states[t->state]);
    bind_real(s, 3, t->seconds);
    sqlite3_bind_int64(s, 4, t->epochs);
    if (isnan(t->parameters)) sqlite3_bind_null(s, 5);
    else sqlite3_bind_int64(s, 5, (int64_t)t->parameters);
    bind_real(s, 6, t->flops);
    bind_text(s, 7, t->note);
    CN_TRY(done(w, s));
    return add_results(w, m);
}

static bool is_among(const cn__message *m, size_t number)
{
    for (size_t i = 0; i < m->number_count; i++)
        if (m->numbers[i] == number) return true;
    return false;
}

static cn_status keep_models(cn__store_writer *w, const cn__message *m)
{
    const size_t seeds = w->study->options.seeds;
    sqlite3_stmt *s = statement(w, DROP_MODEL);
    if (!s) return cn_error_status();
    for (size_t i = 0; i < w->study->trial_count * seeds; i++) {
        if (!w->runs[i] || is_among(m, i / seeds)) continue;
        sqlite3_bind_int64(s, 1, w->runs[i]);
        CN_TRY(done(w, s));
    }
    return CN_OK;
}

static cn_status write_one(cn__store_writer *w, const cn__message *m)
{
    switch (m->kind) {
    case CN_MESSAGE_TRIAL_BEGINS: return begin_trial(w, m);
    case CN_MESSAGE_SERIES: return add_series(w, m);
    case CN_MESSAGE_RUN_ENDS: return end_run(w, m);
    case CN_MESSAGE_MODEL: return add_model(w, m);
    case CN_MESSAGE_TRIAL_ENDS: return end_trial(w, m);
    case CN_MESSAGE_KEEP: return keep_models(w, m);
    }
    return CN_OK;
}

cn_status cn__store_write(cn__store_writer *w, const cn__message *m)
{
    CN_TRY(done(w, statement(w, BEGIN)));
    cn_status status = CN_OK;
    for (; status == CN_OK && m; m = m->next) status = write_one(w, m);
    if (status == CN_OK) return done(w, statement(w, COMMIT));
    char *error = cn__strdup(cn_error());
    (void)!done(w, statement(w, ROLLBACK));
    (void)cn__fail(status, "%s", error ? error : "the store cannot be written");
    cn__free(error);
    return status;
}

/* ---- the study's own rows ---------------------------------------------------------------------------------------------------- */

void cn__store_time(time_t when, char out[32])
{
    struct tm parts;
    if (!gmtime_r(&when, &parts) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts)) *out = '\0';
}

static cn_status add_goals(cn__store_writer *w)
{
    sqlite3_stmt *s = cn__store_prepare(w->db, w->path, "INSERT INTO objectives VALUES(?1, ?2, ?3, ?4, ?5)");
    cn_status status = s ? CN_OK : cn_error_status();
    for (size_t i = 0; status == CN_OK && i < w->study->goal_count; i++) {
        const cn__goal *g = &w->study->goals[i];
        sqlite3_bind_int64(s, 1, w->study_id);
        sqlite3_bind_int64(s, 2, (int64_t)i);
        bind_text(s, 3, g->name);
        bind_text(s, 4, g->maximise ? "max" : "min");
        bind_text(s, 5, g->best ? "best" : "last");
        status = done(w, s);
    }
    sqlite3_finalize(s);
    return status;
}

static cn_status add_study(cn__store_writer *w)
{
    static const char insert[] =
        "INSERT INTO studies(key, name, created, version, machine, seed, trials, seeds, space, sampler, pruner, layers,"
        " optimizer, loss, metrics, epochs, batch_size, validation_split, callbacks)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
    const cn__study *y = w->study;
    char when[32], seed[32];
    cn__store_time(time(NULL), when);
    cn__format(seed, sizeof seed, "%llu", (unsigned long long)y->options.seed);
    sqlite3_stmt *s = cn__store_prepare(w->db, w->path, insert);
    if (!s) return cn_error_status();
    const char *texts[] = {y->key, y->options.name, when, CN_VERSION, cn__cpu_name(), seed};
    for (int i = 0; i < 6; i++) bind_text(s, i + 1, texts[i]);
    sqlite3_bind_int64(s, 7, (int64_t)y->trial_count);
    sqlite3_bind_int64(s, 8, (int64_t)y->options.seeds);
    const char *more[] = {y->options.space,  y->sampler_text, y->pruner_text, y->base.layers,
                          y->base.optimizer, y->base.loss,    y->base.metrics};
    for (int i = 0; i < 7; i++) bind_text(s, i + 9, more[i]);
    sqlite3_bind_int64(s, 16, (int64_t)y->base.fit.epochs);
    sqlite3_bind_int64(s, 17, (int64_t)y->base.fit.batch_size);
    bind_real(s, 18, y->base.fit.validation_split);
    bind_text(s, 19, y->base.fit.callbacks);
    cn_status status = done(w, s);
    sqlite3_finalize(s);
    w->study_id = sqlite3_last_insert_rowid(w->db);
    return status == CN_OK ? add_goals(w) : status;
}

static cn_status find_study(cn__store_writer *w)
{
    sqlite3_stmt *s = cn__store_prepare(w->db, w->path, "SELECT id FROM studies WHERE key=?1");
    if (!s) return cn_error_status();
    bind_text(s, 1, w->study->key);
    const int code = sqlite3_step(s);
    if (code == SQLITE_ROW) w->study_id = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return code == SQLITE_ROW || code == SQLITE_DONE ? CN_OK : cn__store_fail(w->db, w->path);
}

static cn_status find_or_add(cn__store_writer *w, cn__study *study)
{
    CN_TRY(find_study(w));
    return w->study_id ? cn__store_resume(w, study) : add_study(w);
}

cn_status cn__store_writer_open(cn__store_writer *w, const char *path, cn__study *study)
{
    w->study = study;
    w->path = cn__strdup(path);
    w->trials = cn__calloc(study->trial_count, sizeof *w->trials);
    w->runs = cn__calloc(study->trial_count * study->options.seeds, sizeof *w->runs);
    if (!w->path || !w->trials || !w->runs) return CN_ERROR_MEMORY;
    CN_TRY(cn__store_lock(path, &w->lock));
    CN_TRY(cn__store_file_open(path, true, &w->db));
    CN_TRY(done(w, statement(w, BEGIN)));
    CN_TRY(find_or_add(w, study));
    CN_TRY(done(w, statement(w, COMMIT)));
    return cn__store_exec(w->db, path,
                          "PRAGMA foreign_keys=OFF"); /* every row would look for the one it belongs to */
}

void cn__store_writer_close(cn__store_writer *w)
{
    for (size_t i = 0; i < CN_STORE_STATEMENTS; i++) sqlite3_finalize(w->statements[i]);
    for (size_t i = 0; i < w->metric_count; i++) cn__free(w->metrics[i]);
    sqlite3_close(w->db);
    cn__store_unlock(
        &w->lock); /* after the database: to close a file gives back all of SQLite's locks on it */
    cn__free(w->path);
    cn__free(w->trials);
    cn__free(w->runs);
    *w = (cn__store_writer){0};
}
