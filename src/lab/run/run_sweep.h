/* The search of a sweep's job. */
#ifndef CN_LAB_RUN_SWEEP_H
#define CN_LAB_RUN_SWEEP_H

#include "lab/run/live.h"
#include "lab/run/run.h"

/* Runs the job's study and fills job->found: its best trial is what the job's model then is. Runs are kept beside the cache,
 * so that the next time none is run again. `only_stored`: fails unless all of them are there. */
CN_CHECK cn_status cn__run_sweep(cn__program_run *run, cn__job *job, cn__live *live, bool only_stored);

#endif
