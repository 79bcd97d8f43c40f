/* What the workers of a study share. */
#ifndef CN_SWEEP_SCHEDULE_SCHEDULER_H
#define CN_SWEEP_SCHEDULE_SCHEDULER_H

#include <pthread.h>

#include "sweep/flight_state.h"
#include "sweep/schedule/sweep_options.h"

enum {
    CN_MOST_SLOTS = 8 /* threads that stand for one rank: it has as many trials at most */
};

typedef struct cn__scheduler {
    cn__study *study;
    const cn__sweep_options *options;
    cn__store *store;
    size_t next, prefix; /* the next number to begin; trials before `prefix` are final */
    size_t flying;
    cn__flight *waiting;       /* at a rung, by their numbers */
    struct cn__office *office; /* to other ranks, or NULL: sweep/remote/office.h */
    size_t here, ranks;        /* trials at the same time in this process; ranks with this one */
    size_t *load;              /* (ranks): trials that each trains or holds */
    size_t slots,
        depth; /* threads that stand for a rank; how many of them work: one trains, the others are held ahead */
    size_t working; /* threads that work */
    size_t *kept;   /* trials whose models are kept, the best first */
    size_t kept_count;
    cn__sweep_progress progress;
    double start, reported_at, trained; /* trained: seconds of all trials that ended here */
    size_t trained_count;
    bool interrupted;
    cn_status status;          /* the first failure that ends the study */
    char *error, *first_error; /* first_error: of the failed trial with the smallest number */
    size_t first_failed;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_cond_t deeper; /* depth has grown, or the study ends */
} cn__scheduler;

/* One that trains here, or stands for one of the trials of another rank. */
typedef struct cn__sweep_worker {
    cn__scheduler *scheduler;
    size_t rank, slot;
    pthread_t thread;
} cn__sweep_worker;

#endif
