/* Running a program: its jobs, several at once, from the cache where they are there; what is done is reported in the
 * document's order. */
#ifndef CN_LAB_RUN_H
#define CN_LAB_RUN_H

#include "base/files/outdir.h"
#include "lab/run/cache.h"
#include "lab/program/program.h"

typedef struct cn__program_run {
    cn__program *program;
    cn__cache *cache; /* or NULL */
    cn__outdir out;   /* where everything goes, and nothing goes anywhere else */
    bool only_cached; /* a job that is not there is a failure */
    size_t trained;   /* jobs that were not in the cache */
    bool interrupted; /* by options->interrupted: what was not done then is left out */
    double seconds;   /* of the run */
    /* Called as soon as all jobs of the parts up to `part` are done, in order, under a lock. A failure ends the run. */
    cn_status (*ready)(void *user, size_t part);
    void *user;
} cn__program_run;

/* Does all jobs. A job that fails stops those that begin after it in the document; the first such failure is what it
 * returns, with the line in its message. */
CN_CHECK cn_status cn__run_jobs(cn__program_run *run);

/* The trained model of a job, from its file if that is what the training wrote, or from the cache; NULL on failure. */
cn_model *cn__run_model(cn__program_run *run, cn__job *job);

#endif
