/* How a study is run, and how far it is. */
#ifndef CN_SWEEP_SCHEDULE_SWEEP_OPTIONS_H
#define CN_SWEEP_SCHEDULE_SWEEP_OPTIONS_H

#include "cornu/cluster.h"
#include "sweep/study.h"

typedef struct cn__sweep_progress {
    size_t trials, done, complete, pruned, failed,
        resumed; /* resumed: of those done, that were in the store */
    size_t best; /* SIZE_MAX: none yet */
    double seconds;
} cn__sweep_progress;

typedef struct cn__sweep_options {
    const char *store;         /* a file; NULL: nothing is kept */
    int workers;               /* 0: one a processor; no result depends on it */
    bool (*interrupted)(void); /* NULL: never */
    /* At most ten times a second, and at the end; one call at a time. */
    void (*progress)(void *user, const cn__study *study, const cn__sweep_progress *progress);
    void *user;
    /* Trials are shared out over these ranks, which all run the study: rank 0 decides and keeps the store, each of the others trains
     * one trial at a time, and holds the next. On those nothing is reported and *out stays empty. NULL: this process alone. */
    const cn_communicator *ranks;
    bool only_stored; /* a trial that is not in the store is a failure; nothing is trained */
} cn__sweep_options;

#endif
