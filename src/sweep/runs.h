/* Reading a store: studies, trials and what they came to, as a table of cells. */
#ifndef CN_SWEEP_RUNS_H
#define CN_SWEEP_RUNS_H

#include <jansson.h>

#include "base/text.h"
#include "sweep/store.h"

/* Which trials, and how many. */
typedef struct cn__runs_filter {
    int64_t study;     /* 0: all */
    const char *state; /* "complete"; NULL: all */
    const char *
        sort; /* an objective, a parameter, or number, seconds, parameters, flops; NULL: the first objective */
    bool reverse;
    size_t limit; /* 0: all */
} cn__runs_filter;

/* {"studies": [{"id":, "name":, …, "trials": [{"number":, "state":, "params": {…}, "values": {…}}]}]}, in the order of the
 * filter. Nothing that differs from run to run (times, seconds, machine) is in it unless `times`. */
CN_CHECK cn_status cn__runs_list(sqlite3 *db, const char *path, const cn__runs_filter *filter, bool times,
                                 json_t **out);
/* The same as lines of a table for a person, and as CSV. */
CN_CHECK cn_status cn__runs_table(const json_t *list, cn__text *out);
CN_CHECK cn_status cn__runs_csv(const json_t *list, cn__text *out);

/* One trial with its configuration and every epoch of each of its runs. */
CN_CHECK cn_status cn__runs_show(sqlite3 *db, const char *path, int64_t study, int64_t trial, json_t **out);

#endif
