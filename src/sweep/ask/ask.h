/* The inside of a study whose trials are the caller's: ask.c (the study), trial.c (its trials). */
#ifndef CN_SWEEP_ASK_H
#define CN_SWEEP_ASK_H

#include <pthread.h>

#include "cornu/sweep.h"
#include "sweep/store/store.h"
#include "sweep/study.h"

struct cn_study {
    cn__arena arena; /* texts of the options */
    cn__study study;
    cn__store *store; /* or NULL */
    size_t next, prefix, out;
    pthread_mutex_t lock;
    pthread_cond_t changed;  /* a trial has ended, or the study */
    cn_objective *objective; /* while it runs */
    void *user;
    bool stops;
    cn_status status; /* of the first that ends the study */
    char *error, *first_error;
    size_t first_failed;
};

struct cn_trial {
    cn_study *owner;
    cn__arena arena;
    size_t number, epoch, rung;
    cn__course course;
    double start, values[CN_MAX_GOALS];
    bool pruned;
    cn_status status; /* of the store */
    const char *why;  /* it fails */
};

/* Past what is done already. The lock is held. */
void cn__ask_skip_done(cn_study *study);
/* The next trial; waits: until what it looks at is there, instead of failing. */
CN_CHECK cn_status cn__ask(cn_study *study, bool waits, cn_trial **out);
void cn__trial_free(cn_trial *trial);

#endif
