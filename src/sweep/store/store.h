/* The store of runs: one SQLite file (docs/sweeps.md has the schema). One thread writes, in transactions of a quarter of a
 * second; workers hand it what they have and go on. Others may read meanwhile. */
#ifndef CN_SWEEP_STORE_H
#define CN_SWEEP_STORE_H

#include "sweep/store/records.h"

typedef struct cn__store cn__store;

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
