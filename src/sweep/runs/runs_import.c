/* Runs of other programs: tables of epochs, and TensorBoard's event files. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "cornu/table.h"
#include "cornu/version.h"
#include "formats/tensorboard/event_read.h"
#include "sweep/store/rows.h"
#include "sweep/runs/runs.h"
#include "sweep/store/store_write.h"

enum { MOST_METRICS = 500 };

typedef struct series {
    char *name;
    int64_t *steps;
    double *values;
    size_t count, capacity;
} series;

typedef struct importer {
    series all[MOST_METRICS];
    size_t count;
} importer;

static void release(importer *m)
{
    for (size_t i = 0; i < m->count; i++) {
        cn__free(m->all[i].name);
        cn__free(m->all[i].steps);
        cn__free(m->all[i].values);
    }
}

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

static cn_status add_value(void *user, const char *tag, int64_t step, double value)
{
    importer *m = user;
    size_t i = 0;
    while (i < m->count && strcmp(m->all[i].name, tag) != 0) i++;
    if (i == MOST_METRICS) return cn__fail(CN_ERROR_DATA, "more than %d metrics", MOST_METRICS);
    if (i == m->count) {
        CN_TRY(cn__check_utf8("a metric's name", tag));
        m->all[i] = (series){.name = cn__strdup(tag)};
        if (!m->all[i].name) return CN_ERROR_MEMORY;
        m->count++;
    }
    series *s = &m->all[i];
    if (s->count == s->capacity) {
        const size_t capacity = s->capacity ? 2 * s->capacity : 32;
        int64_t *steps = cn__realloc(s->steps, capacity * sizeof *steps);
        if (steps) s->steps = steps;
        double *values = steps ? cn__realloc(s->values, capacity * sizeof *values) : NULL;
        if (!values) return CN_ERROR_MEMORY;
        s->values = values;
        s->capacity = capacity;
    }
    s->steps[s->count] = step;
    s->values[s->count++] = value;
    return CN_OK;
}

static cn_status read_rows(const cn_table *t, importer *m)
{
    size_t epoch = SIZE_MAX;
    for (size_t c = 0; c < cn_table_columns(t); c++)
        if (cn__same_name(cn_table_name(t, c), "epoch")) epoch = c;
    for (size_t c = 0; c < cn_table_columns(t); c++) {
        if (c == epoch || cn_table_kind(t, c) != CN_COLUMN_NUMBER) continue;
        for (size_t r = 0; r < cn_table_rows(t); r++) {
            const double at = epoch == SIZE_MAX ? (double)r : cn_table_number(t, r, epoch);
            if (!isfinite(at) || fabs(at) > 1e15)
                return cn__fail(CN_ERROR_DATA, "line %zu: no number of an epoch", cn_table_line(t, r));
            CN_TRY(add_value(m, cn_table_name(t, c), (int64_t)at, cn_table_number(t, r, c)));
        }
    }
    return CN_OK;
}

static cn_status read_table(const char *file, importer *m)
{
    cn_table *t = cn_table_read(file, NULL);
    if (!t) return cn_error_status();
    cn_status status = read_rows(t, m);
    cn_table_free(t);
    return status == CN_OK ? CN_OK : cn__fail_in("%s", file);
}

static cn_status read_file(const char *file, importer *m)
{
    const bool events = strstr(cn__path_name(file), "tfevents") != NULL;
    CN_TRY(events ? cn__events_read(&(cn__infile){.name = file}, add_value, m) : read_table(file, m));
    if (m->count) return CN_OK;
    return cn__fail(CN_ERROR_DATA, "%s has no values of epochs", file);
}

/* Epochs are counted from 1 in the store; where the file's begin at 0 they move. */
static int64_t first_step(const importer *m)
{
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < m->count; i++)
        for (size_t k = 0; k < m->all[i].count; k++)
            least = m->all[i].steps[k] < least ? m->all[i].steps[k] : least;
    return least;
}

static size_t most_epochs(const importer *m)
{
    size_t most = 0;
    for (size_t i = 0; i < m->count; i++) most = m->all[i].count > most ? m->all[i].count : most;
    return most;
}

/* ---- writing --------------------------------------------------------------------------------------------------------------- */

static cn_status step(sqlite3 *db, const char *path, sqlite3_stmt *s)
{
    if (!s) return cn_error_status();
    const int code = sqlite3_step(s);
    cn_status status = code == SQLITE_DONE || code == SQLITE_ROW ? CN_OK : cn__store_fail(db, path);
    sqlite3_reset(s);
    return status;
}

static cn_status run_sql(sqlite3 *db, const char *path, const char *sql, const char *text, int64_t a,
                         int64_t b)
{
    sqlite3_stmt *s = cn__store_prepare(db, path, sql);
    if (!s) return cn_error_status();
    sqlite3_bind_text(s, 1, text, -1, SQLITE_STATIC);
    if (sqlite3_bind_parameter_count(s) > 1) sqlite3_bind_int64(s, 2, a);
    if (sqlite3_bind_parameter_count(s) > 2) sqlite3_bind_int64(s, 3, b);
    cn_status status = step(db, path, s);
    sqlite3_finalize(s);
    return status;
}

static cn_status read_int(sqlite3 *db, const char *path, const char *sql, int64_t *out)
{
    cn_status status;
    sqlite3_stmt *s = cn__query(db, path, sql, 0, NULL);
    while (cn__next_row(db, path, s, &status)) *out = sqlite3_column_int64(s, 0);
    return status;
}

static cn_status add_trial(sqlite3 *db, const char *path, const char *file, const importer *m,
                           int64_t *number, int64_t *run)
{
    int64_t study = 0, trial;
    char when[32];
    cn__store_time(time(NULL), when);
    CN_TRY(run_sql(
        db, path,
        "INSERT OR IGNORE INTO studies(key, name, created, version, machine, seed, trials, seeds, space, sampler, pruner,"
        " layers, loss, epochs, batch_size, validation_split) VALUES('imported', 'imported', ?1, '" CN_VERSION
        "', '', '0', 0, 1, '', 'none', 'none', '', '', 0, 0, 0)",
        when, 0, 0));
    CN_TRY(read_int(db, path, "SELECT id FROM studies WHERE key='imported'", &study));
    *number = 0;
    CN_TRY(read_int(
        db, path,
        "SELECT ifnull(max(number) + 1, 0) FROM trials WHERE study=(SELECT id FROM studies WHERE key='imported')",
        number));
    CN_TRY(
        run_sql(db, path,
                "INSERT INTO trials(note, study, number, state, started, layers, optimizer, loss, batch_size)"
                " VALUES(?1, ?2, ?3, 'complete', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), '', '', '', 0)",
                file, study, *number));
    trial = sqlite3_last_insert_rowid(db);
    CN_TRY(run_sql(db, path, "UPDATE trials SET epochs=?2 WHERE id=?3 AND ?1 IS NOT NULL", file,
                   (int64_t)most_epochs(m), trial));
    CN_TRY(run_sql(db, path,
                   "INSERT INTO runs(note, trial, epochs, seed, state) VALUES(?1, ?2, ?3, '0', 'complete')",
                   file, trial, (int64_t)most_epochs(m)));
    *run = sqlite3_last_insert_rowid(db);
    return run_sql(db, path, "UPDATE studies SET trials=trials+1 WHERE key='imported' AND ?1 IS NOT NULL",
                   file, 0, 0);
}

static cn_status add_series(sqlite3 *db, const char *path, const importer *m, int64_t run)
{
    const int64_t move = first_step(m) == 0;
    cn_status status = CN_OK;
    sqlite3_stmt *s = cn__store_prepare(
        db, path, "INSERT OR REPLACE INTO epochs VALUES(?1, (SELECT id FROM metrics WHERE name=?2), ?3, ?4)");
    if (!s) return cn_error_status();
    for (size_t i = 0; i < m->count && status == CN_OK; i++) {
        const series *one = &m->all[i];
        status = run_sql(db, path, "INSERT OR IGNORE INTO metrics(name) VALUES(?1)", one->name, 0, 0);
        for (size_t k = 0; k < one->count && status == CN_OK; k++) {
            sqlite3_bind_int64(s, 1, run);
            sqlite3_bind_text(s, 2, one->name, -1, SQLITE_STATIC);
            sqlite3_bind_int64(s, 3, one->steps[k] + move);
            sqlite3_bind_double(s, 4, one->values[k]);
            status = step(db, path, s);
        }
    }
    sqlite3_finalize(s);
    return status;
}

static cn_status write_all(sqlite3 *db, const char *path, const char *file, const importer *m,
                           int64_t *number)
{
    int64_t run = 0;
    CN_TRY(cn__store_exec(db, path, "BEGIN IMMEDIATE"));
    cn_status status = add_trial(db, path, file, m, number, &run);
    if (status == CN_OK) status = add_series(db, path, m, run);
    if (status == CN_OK) return cn__store_exec(db, path, "COMMIT");
    char *message = cn__strdup(cn_error());
    (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    (void)cn__fail(status, "%s", message ? message : "the store cannot be written");
    cn__free(message);
    return status;
}

cn_status cn__runs_import(sqlite3 *db, const char *path, const char *file, int64_t *number)
{
    importer *m = cn__calloc(1, sizeof *m);
    if (!m) return CN_ERROR_MEMORY;
    cn_status status = read_file(file, m);
    if (status == CN_OK) status = write_all(db, path, file, m, number);
    release(m);
    cn__free(m);
    return status;
}
