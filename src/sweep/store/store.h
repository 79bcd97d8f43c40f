/* The store of runs: one SQLite file (docs/sweeps.md has the schema). One thread writes, in transactions of a quarter of a
 * second; workers hand it what they have and go on. Others may read meanwhile. */
#ifndef CN_SWEEP_STORE_H
#define CN_SWEEP_STORE_H

#include <sqlite3.h>

#include "sweep/study.h"

/* What the database calls itself: PRAGMA application_id and user_version. */
enum { CN_STORE_APPLICATION = 0x434e5253, CN_STORE_VERSION = 1 };

typedef struct cn__store cn__store;

/* ---- the file: store_file.c ------------------------------------------------------------------------------------------ */

/* Opens a store. `create`: makes one that is not there; else it must be, and is opened for reading. */
CN_CHECK cn_status cn__store_file_open(const char *path, bool create, sqlite3 **out);
/* Before the first query: nothing that the file defines runs. store_guard.c */
CN_CHECK cn_status cn__store_guard(sqlite3 *db, const char *path, bool writes);
/* Fails where a table of the file is not as `schema` makes it. */
CN_CHECK cn_status cn__store_compare_schema(sqlite3 *db, const char *path, const char *schema);
/* One process writes to a store at a time: fails where another does. Makes the file if need be. *lock: 0 is none. */
CN_CHECK cn_status cn__store_lock(const char *path, int *lock);
void cn__store_unlock(int *lock);
/* Closes a store that this program made and whose first command failed, and removes it where no study came into it. The
 * message stays. */
void cn__store_discard_empty(const char *path, sqlite3 **db);
cn_status cn__store_fail(sqlite3 *db, const char *path);
/* A statement, or NULL and a message. */
sqlite3_stmt *cn__store_prepare(sqlite3 *db, const char *path, const char *sql);
CN_CHECK cn_status cn__store_exec(sqlite3 *db, const char *path, const char *sql);

/* ---- writing: store.c ------------------------------------------------------------------------------------------------- */

/* Opens the store at `path` for the study and starts its writer. Of a study that is there (its key) the results that are
 * final go into study->trials, and what is not final is forgotten. */
CN_CHECK cn_status cn__store_open(const char *path, cn__study *study, cn__store **out);
/* Waits until all is written, and returns the writer's first failure. */
CN_CHECK cn_status cn__store_close(cn__store *store);
/* Did the writer fail? Then the study has no use in going on. */
bool cn__store_failed(cn__store *store);
/* The number that the study has in the store. */
int64_t cn__store_study_id(const cn__store *store);
const char *cn__store_path(const cn__store *store);

/* What a run has come to since it was last told: values of epochs, one row each. */
typedef struct cn__metric_series {
    const char *name;
    unsigned first; /* epoch, from 1 */
    size_t count;
    const double *values;
} cn__metric_series;

typedef struct cn__run_end {
    cn__trial_state state;
    unsigned epochs;
    double seconds;
    const char *note; /* why it ended early, or its error; NULL: none */
} cn__run_end;

typedef struct cn__trial_end {
    cn__trial_state state;
    unsigned epochs, rungs;
    double seconds, parameters, flops;
    const char *note;
    const double *values, *deviations, *rung_values;
    const unsigned *rung_epochs;
} cn__trial_end;

/* All of these copy what they are given, and wait where the writer is far behind. */
CN_CHECK cn_status cn__store_trial_begins(cn__store *store, size_t number,
                                          const cn__configuration *configuration);
CN_CHECK cn_status cn__store_series(cn__store *store, size_t number, size_t seed,
                                    const cn__metric_series *series, size_t count);
CN_CHECK cn_status cn__store_run_ends(cn__store *store, size_t number, size_t seed, const cn__run_end *end);
/* Takes over the bytes of a model file. */
CN_CHECK cn_status cn__store_model(cn__store *store, size_t number, size_t seed, char *bytes, size_t size);
CN_CHECK cn_status cn__store_trial_ends(cn__store *store, size_t number, const cn__trial_end *end);
/* Forgets the models of all trials but these. */
CN_CHECK cn_status cn__store_keep_models(cn__store *store, const size_t *numbers, size_t count);

#endif
