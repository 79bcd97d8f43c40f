/* Joining stores: those of shards, which have parts of the same study, or of different ones. */
#include <string.h>

#include "base/files/file.h"
#include "sweep/store/rows.h"
#include "sweep/runs/runs.h"

/* Rows of `other` keep their order behind those that are there: their numbers are moved by what was the greatest. A trial that
 * was not finished here gives way to one that was finished there. */
static const char *const steps[] = {
    "INSERT OR IGNORE INTO studies(key, name, created, version, machine, seed, trials, seeds, space, sampler, pruner, layers,"
    " optimizer, loss, metrics, epochs, batch_size, validation_split, callbacks) SELECT key, name, created, version, machine, seed,"
    " trials, seeds, space, sampler, pruner, layers, optimizer, loss, metrics, epochs, batch_size, validation_split, callbacks"
    " FROM other.studies ORDER BY id",
    "INSERT OR IGNORE INTO objectives SELECT d.id, o.number, o.name, o.direction, o.epoch FROM other.objectives o"
    " JOIN other.studies s ON s.id=o.study JOIN main.studies d ON d.key=s.key",
    "DELETE FROM main.trials WHERE state='running' AND EXISTS (SELECT 1 FROM other.trials t JOIN other.studies s ON s.id=t.study"
    " JOIN main.studies d ON d.key=s.key WHERE d.id=main.trials.study AND t.number=main.trials.number AND t.state<>'running')",
    "CREATE TEMP TABLE moved_trials AS SELECT t.id AS old, t.id + (SELECT ifnull(max(id), 0) FROM main.trials) AS new, d.id AS study"
    " FROM other.trials t JOIN other.studies s ON s.id=t.study JOIN main.studies d ON d.key=s.key"
    " WHERE t.state<>'running' AND NOT EXISTS (SELECT 1 FROM main.trials m WHERE m.study=d.id AND m.number=t.number)",
    "INSERT INTO main.trials(id, study, number, state, started, seconds, epochs, parameters, flops, note, layers, optimizer, loss,"
    " batch_size, callbacks) SELECT m.new, m.study, t.number, t.state, t.started, t.seconds, t.epochs, t.parameters, t.flops, t.note,"
    " t.layers, t.optimizer, t.loss, t.batch_size, t.callbacks FROM other.trials t JOIN temp.moved_trials m ON m.old=t.id",
    "INSERT INTO main.params SELECT m.new, p.number, p.name, p.value FROM other.params p JOIN temp.moved_trials m ON m.old=p.trial",
    "INSERT INTO main.results SELECT m.new, r.objective, r.value, r.deviation FROM other.results r"
    " JOIN temp.moved_trials m ON m.old=r.trial",
    "INSERT INTO main.rungs SELECT m.new, r.rung, r.epoch, r.value FROM other.rungs r JOIN temp.moved_trials m ON m.old=r.trial",
    "CREATE TEMP TABLE moved_runs AS SELECT r.id AS old, r.id + (SELECT ifnull(max(id), 0) FROM main.runs) AS new, m.new AS trial"
    " FROM other.runs r JOIN temp.moved_trials m ON m.old=r.trial",
    "INSERT INTO main.runs(id, trial, seed, state, epochs, seconds, note) SELECT m.new, m.trial, r.seed, r.state, r.epochs, r.seconds,"
    " r.note FROM other.runs r JOIN temp.moved_runs m ON m.old=r.id",
    "INSERT OR IGNORE INTO main.metrics(name) SELECT name FROM other.metrics ORDER BY id",
    "INSERT INTO main.epochs SELECT m.new, d.id, e.epoch, e.value FROM other.epochs e JOIN temp.moved_runs m ON m.old=e.run"
    " JOIN other.metrics o ON o.id=e.metric JOIN main.metrics d ON d.name=o.name ORDER BY m.new, d.id, e.epoch",
    "INSERT INTO main.models SELECT m.new, b.bytes FROM other.models b JOIN temp.moved_runs m ON m.old=b.run",
};

static cn_status copy(sqlite3 *db, const char *path, size_t *added)
{
    cn_status status;
    CN_TRY(cn__store_exec(db, path, "BEGIN IMMEDIATE"));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) CN_TRY(cn__store_exec(db, path, steps[i]));
    sqlite3_stmt *s = cn__query(db, path, "SELECT count(*) FROM temp.moved_trials", 0, NULL);
    while (cn__next_row(db, path, s, &status)) *added = (size_t)sqlite3_column_int64(s, 0);
    CN_TRY(status);
    CN_TRY(cn__store_exec(db, path, "DROP TABLE temp.moved_trials; DROP TABLE temp.moved_runs;"));
    return cn__store_exec(db, path, "COMMIT");
}

static cn_status attach(sqlite3 *db, const char *path, const char *from)
{
    sqlite3_stmt *s = cn__store_prepare(db, path, "ATTACH DATABASE ?1 AS other");
    if (!s) return cn_error_status();
    sqlite3_bind_text(s, 1, from, -1, SQLITE_STATIC);
    cn_status status = sqlite3_step(s) == SQLITE_DONE ? CN_OK : cn__store_fail(db, from);
    sqlite3_finalize(s);
    return status;
}

cn_status cn__runs_merge(sqlite3 *db, const char *path, const char *from, size_t *added)
{
    sqlite3 *check;
    *added = 0;
    CN_TRY(cn__store_file_open(from, false, &check)); /* is it a store? */
    sqlite3_close(check);
    CN_TRY(attach(db, path, from));
    cn_status status = copy(db, path, added);
    char *message = status != CN_OK ? cn__strdup(cn_error()) : NULL;
    if (status != CN_OK) (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    (void)sqlite3_exec(db, "DETACH DATABASE other", NULL, NULL, NULL);
    if (status != CN_OK) (void)cn__fail(status, "%s", message ? message : "the stores cannot be joined");
    cn__free(message);
    return status;
}
