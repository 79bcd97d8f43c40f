/* Running a study: workers take trials in the order of their numbers, one thread each, and the store's writer keeps what
 * they find. */
#ifndef CN_SWEEP_SWEEP_H
#define CN_SWEEP_SWEEP_H

#include "sweep/schedule/sweep_options.h"

/* Runs all trials that are not done. Fails where it was interrupted, where the store cannot be written, and where every
 * trial failed; trials of their own that fail are results. *study_id: in the store; may be NULL. */
CN_CHECK cn_status cn__sweep_run(cn__study *study, const cn__sweep_options *options, cn__sweep_progress *out,
                                 int64_t *study_id);

#endif
