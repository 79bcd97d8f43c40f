/* Reading a store: studies, trials and what they came to, as a table of cells. */
#ifndef CN_SWEEP_RUNS_H
#define CN_SWEEP_RUNS_H

#include <jansson.h>

#include "base/text/text.h"
#include "base/arena.h"
#include "sweep/store/store_file.h"

/* Which trials, and how many. */
typedef struct cn__runs_filter {
    int64_t study;     /* 0: all */
    const char *state; /* "complete"; NULL: all */
    const char *
        sort; /* an objective, a parameter, or number, seconds, parameters, flops; NULL: the first objective */
    bool reverse;
    bool
        front; /* the trials alone that no other is better than in one objective and not worse in the others */
    size_t limit; /* 0: all */
} cn__runs_filter;

/* {"studies": [{"id":, "name":, …, "trials": [{"number":, "state":, "params": {…}, "values": {…}}]}]}, in the order of the
 * filter. Nothing that differs from run to run (times, seconds, machine) is in it unless `times`. */
CN_CHECK cn_status cn__runs_list(sqlite3 *db, const char *path, const cn__runs_filter *filter, bool times,
                                 json_t **out);
/* The same as lines of a table for a person, and as CSV. */
CN_CHECK cn_status cn__runs_table(const json_t *list, cn__text *out);
CN_CHECK cn_status cn__runs_csv(const json_t *list, cn__text *out);

/* The study that is meant: `given`, or the only one there is. */
CN_CHECK cn_status cn__runs_study(sqlite3 *db, const char *path, int64_t given, int64_t *out);

/* ---- runs_show.c --------------------------------------------------------------------------------------------------- */

/* One trial: what cn__runs_list has of it, its configuration, and "runs": [{"seed":, "state":, "history": {"loss": […]}}]. */
CN_CHECK cn_status cn__runs_show(sqlite3 *db, const char *path, int64_t study, int64_t trial, bool times,
                                 json_t **out);
/* For a person: the configuration, then a line an epoch. */
CN_CHECK cn_status cn__runs_show_table(const json_t *trial, cn__text *out);
/* Several trials beside each other, a column each. */
CN_CHECK cn_status cn__runs_compare_table(const json_t *trials, cn__text *out);
/* The bytes of a kept model: of the trial's first network. Free with cn__free. */
CN_CHECK cn_status cn__runs_model(sqlite3 *db, const char *path, int64_t study, int64_t trial, char **bytes,
                                  size_t *size);

/* ---- runs_merge.c, runs_import.c, runs_mlflow.c ---------------------------------------------------------------------- */

/* Adds the studies of `from` to the store, which is open for writing; of a study that is there, the trials it lacks. */
CN_CHECK cn_status cn__runs_merge(sqlite3 *db, const char *path, const char *from, size_t *added);
/* Adds a run of another program: a table with a column epoch (csv_logger's, Keras's CSVLogger's), or a TensorBoard event
 * file. It becomes a trial of the study "imported"; *number of it. */
CN_CHECK cn_status cn__runs_import(sqlite3 *db, const char *path, const char *file, int64_t *number);
/* Writes the folder that mlflow ui --backend-store-uri shows: an experiment a study, a run a network. */
CN_CHECK cn_status cn__runs_export_mlflow(sqlite3 *db, const char *path, int64_t study, const char *folder,
                                          size_t *runs);

#endif
