/* What is known of a trial under way: here, or on the rank that trains it. */
#ifndef CN_SWEEP_FLIGHT_STATE_H
#define CN_SWEEP_FLIGHT_STATE_H

#include "sweep/store/store.h"
#include "sweep/study.h"
#include "train/train.h"

/* One network of the trial. */
typedef struct cn__flight_run {
    cn_model *model;
    cn_training *training;
    cn_history *history; /* of a network that is trained on another rank: a copy */
    size_t stored;       /* epochs that the store has */
    double seconds;
    bool failed; /* its loss was not finite */
} cn__flight_run;

typedef struct cn__flight {
    cn__study *study;
    cn__store *store; /* or NULL */
    bool (*interrupted)(void);
    size_t number;
    size_t rank;               /* where it is trained; 0: here */
    struct cn__office *office; /* to other ranks: sweep/remote/office.h */
    bool begun;                /* there */
    cn__arena arena;
    cn__configuration configuration;
    cn__course course;
    cn__flight_run *runs; /* study->options.seeds */
    size_t epoch, rung;   /* reached */
    double parameters, flops, reported_at;
    cn_callback callback; /* looks between batches whether the study was interrupted */
    const cn_callback *callbacks[2];
    bool was_interrupted, over; /* over: there is no epoch more */
    bool finished;              /* its last steps are done */
    cn__trial_state state;      /* once it has ended */
    cn_status status;           /* of its own: a failed trial */
    char *error;
    struct cn__flight *next; /* of those that wait */
} cn__flight;

#endif
