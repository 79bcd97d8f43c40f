/* What a worker does next. All of it is called under the scheduler's lock. */
#ifndef CN_SWEEP_SCHEDULE_NEXT_H
#define CN_SWEEP_SCHEDULE_NEXT_H

#include "sweep/schedule/scheduler.h"

/* Is the trial one of this shard's? */
bool cn__is_mine(const cn__scheduler *c, size_t number);
/* Past what is done already, and what other shards do. */
void cn__skip_done(cn__scheduler *c);

/* Waits for a flight that this worker may take; it counts as its rank's until cn__flight_left. NULL: the study ends. */
cn__flight *cn__next_flight(const cn__sweep_worker *w);
/* The worker is through with a flight of this rank for now. */
void cn__flight_left(cn__scheduler *c, size_t rank);
/* A flight that waits at a rung for the others of its group. */
void cn__add_waiting(cn__scheduler *c, cn__flight *f);
/* The first failure ends the study. */
void cn__fail_study(cn__scheduler *c, cn_status status);

#endif
