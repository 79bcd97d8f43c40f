/* A trial under way: its networks, trained side by side from rung to rung. */
#ifndef CN_SWEEP_FLIGHT_H
#define CN_SWEEP_FLIGHT_H

#include "sweep/store/store.h"
#include "sweep/study.h"
#include "train/train.h"

/* One network of the trial. */
typedef struct cn__flight_run {
    cn_model *model;
    cn_training *training;
    cn_history *history; /* of a network that is trained on another rank: a copy */
    size_t told;         /* epochs that the store was told of */
    double seconds;
    bool failed; /* its loss was not finite */
} cn__flight_run;

typedef struct cn__flight {
    cn__study *study;
    cn__store *store; /* or NULL */
    bool (*interrupted)(void);
    size_t number;
    size_t rank;               /* where it is trained; 0: here */
    struct cn__office *office; /* to other ranks: sweep/remote.h */
    bool begun;                /* there */
    cn__arena arena;
    cn__configuration configuration;
    cn__course course;
    cn__flight_run *runs; /* study->options.seeds */
    size_t epoch, rung;   /* reached */
    double parameters, flops, told_at;
    cn_callback callback; /* looks between batches whether the study was interrupted */
    const cn_callback *callbacks[2];
    bool was_interrupted, over; /* over: there is no epoch more */
    bool finished;              /* its last steps are done */
    cn__trial_state state;      /* once it has ended */
    cn_status status;           /* of its own: a failed trial */
    char *error;
    struct cn__flight *next; /* of those that wait */
} cn__flight;

/* Begins a trial whose point stands in study->trials[number]. A failure of the trial is kept in it; what is returned is one
 * of the store or of memory. */
CN_CHECK cn_status cn__flight_begin(cn__flight *flight);
/* Trains until the next rung, or the end. */
CN_CHECK cn_status cn__flight_advance(cn__flight *flight);
/* Its first goal's value so far: the mean over its networks. NaN: one has none. */
double cn__flight_value(const cn__flight *flight);
/* The last steps of a trial that was not pruned; cn__flight_end takes them too. */
CN_CHECK cn_status cn__flight_finish(cn__flight *flight);
/* Ends it: the values go into the trial, and all into the store. */
CN_CHECK cn_status cn__flight_end(cn__flight *flight, bool pruned);
/* The bytes of the model of network `seed`, as .keras. */
CN_CHECK cn_status cn__flight_model(const cn__flight *flight, size_t seed, char **bytes, size_t *size);
void cn__flight_free(cn__flight *flight);

#endif
