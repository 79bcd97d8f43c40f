/* A trial from where it is until it ends or waits for others. */
#ifndef CN_SWEEP_SCHEDULE_ADVANCE_H
#define CN_SWEEP_SCHEDULE_ADVANCE_H

#include "sweep/schedule/scheduler.h"

/* *flight is NULL when it has ended; *rank: where it was trained last. Called without the lock. */
CN_CHECK cn_status cn__advance_trial(cn__scheduler *c, cn__flight **flight, size_t *rank);

/* These are called under the lock, or before workers begin. */
void cn__report_progress(cn__scheduler *c, bool now);
void cn__count_trial(cn__scheduler *c, size_t number, cn__trial_state state);
/* Is the trial among the best so far? Then it takes its place; those that fall out go at the end of the study. */
bool cn__is_kept(cn__scheduler *c, size_t number);

#endif
