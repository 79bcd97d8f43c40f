/* The inside of a run: what trainings came to, in the cache. */
#ifndef CN_LAB_RUN_OUTCOME_H
#define CN_LAB_RUN_OUTCOME_H

#include <jansson.h>

#include "lab/run/run.h"

/* Fits that write files of their own are run each time. */
static inline bool cn__job_is_kept(const cn__job *job) { return !job->writes_files; }

/* The history of a fit. *out: NULL where the cache has none; the caller frees it. */
CN_CHECK cn_status cn__keep_fit(cn__run *run, const cn__job *job);
CN_CHECK cn_status cn__cached_fit(cn__run *run, const cn__job *job, json_t **out);
CN_CHECK cn_status cn__read_fit(cn__job *job, const json_t *json);

/* The metrics of the test data; none are restored where the cache has none. */
CN_CHECK cn_status cn__keep_test(cn__run *run, const cn__job *job);
CN_CHECK cn_status cn__restore_test(cn__run *run, cn__job *job);

/* The predictions of all outputs; all of them are restored, or none where one is lacking. */
CN_CHECK cn_status cn__keep_predictions(cn__run *run, const cn__job *job);
CN_CHECK cn_status cn__restore_predictions(cn__run *run, cn__job *job);

#endif
