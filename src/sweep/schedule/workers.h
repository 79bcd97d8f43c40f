/* The threads of a study. */
#ifndef CN_SWEEP_SCHEDULE_WORKERS_H
#define CN_SWEEP_SCHEDULE_WORKERS_H

#include "sweep/schedule/scheduler.h"

/* The ranks that the study is shared out over; NULL: this process alone. */
const cn_communicator *cn__ranks_of(const cn__scheduler *c);
/* Trains until all trials are done or the study has to end: c->status and c->interrupted say why. */
CN_CHECK cn_status cn__run_workers(cn__scheduler *c);

#endif
