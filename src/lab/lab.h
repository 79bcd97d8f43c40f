/* The lab: a Markdown document with cornu blocks, checked, run, and written as a report. */
#ifndef CN_LAB_LAB_H
#define CN_LAB_LAB_H

#include "base/status.h"
#include "lab/options.h"
#include "sweep/sweep.h"

/* `path` NULL: the lab on handwritten digits that the program carries, in options->language (Spanish unless said).
 * *missing tells that a named data set was nowhere to be found. */

/* Looks for mistakes; trains nothing, writes nothing. */
CN_CHECK cn_status cn__lab_check(const char *path, const cn__lab_options *options, bool *missing);

/* Trains what the cache has not (with `cached_only`: fails then) and writes into options->out: index.html, report.pdf,
 * lab.ipynb, results.json, results.csv, figures/, models/. A failure that was not expected ends the lab: what stands
 * before it is written, and the failure is returned. */
CN_CHECK cn_status cn__lab_run(const char *path, const cn__lab_options *options, bool cached_only,
                               bool *missing);

void cn__lab_facts_free(cn__lab_facts *facts);

/* Writes a document to begin with: `from` is "starter" (NULL) or "mnist". Fails if the file is there. */
CN_CHECK cn_status cn__lab_new(const char *path, const cn__lab_options *options, const char *from);

/* The sweeps of a document alone, each into the store; nothing else of it is run. `report` is called behind each. */
typedef struct cn__lab_sweeps {
    cn__sweep_options run;
    size_t shard, shards; /* of the trials every shards'th, from 1; 0: all */
    const char
        *writes; /* a file that is written behind the sweeps, for a process that is confined; NULL: none */
    cn_status (*report)(void *user, const cn__study *study, const cn__sweep_progress *progress,
                        int64_t study_id);
} cn__lab_sweeps;
CN_CHECK cn_status cn__lab_sweep(const char *path, const cn__lab_options *options,
                                 const cn__lab_sweeps *sweeps, bool *missing);

/* A line for each statement: its words, `models` where it takes their names, then its arguments with their defaults: nothing
 * behind the `=` of those that must be given. */
void cn__lab_statements(FILE *out);

#endif
