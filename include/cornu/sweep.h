/* Searches over anything that has a value: a study chooses the points of a space, a program of yours says what each is worth. In the
 * second library (link with cornu).
 *
 *     static cn_status price(void *user, cn_trial *trial)
 *     {
 *         double rate = cn_trial_number(trial, "rate"), units = cn_trial_number(trial, "units");
 *         for (size_t epoch = 1; epoch <= 20; epoch++) {
 *             …
 *             if (!cn_trial_report(trial, "val_loss", epoch, loss)) return CN_OK; // the pruner ends it
 *         }
 *         return CN_OK;
 *     }
 *
 *     cn_study_options o = {.space = "rate=[1e-4..1e-1 log] units=[8..128 log]", .sampler = "tpe", .pruner = "asha",
 *                           .trials = 200, .epochs = 20, .store = "runs.db"};
 *     cn_study *s = cn_study_open(&o);
 *     if (!s || cn_study_run(s, price, NULL, 4) != CN_OK) fprintf(stderr, "%s\n", cn_error());
 *     printf("trial %zu: %g\n", cn_study_best(s), cn_study_value(s, cn_study_best(s), 0));
 *     if (cn_study_close(s) != CN_OK) fprintf(stderr, "%s\n", cn_error());
 *
 * Space, samplers, pruners, objectives and the store are those of cornu sweep (docs/sweeps.md). A trial is a function of the study and
 * of its number: where the values are, the study is the same for any number of threads, and after it was interrupted. */
#ifndef CORNU_SWEEP_H
#define CORNU_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cn_study cn_study;
typedef struct cn_trial cn_trial;

typedef struct cn_study_options {
    const char *name;  /* in the store; NULL: study */
    const char *space; /* "units=[32..512 log] activation=[relu, tanh] momentum=[0..0.9 if optimizer=sgd]" */
    const char *objective; /* "val_accuracy", "max(score)", "[val_loss, min(cost)]"; NULL: val_loss */
    bool best;             /* the best epoch's value counts, not the last one's */
    const char *sampler;   /* "random", "grid", "sobol", "tpe(startup=10)"; NULL: random */
    const char *
        pruner; /* "median", "asha(eta=3)"; NULL: none. Pruners in which trials wait for one another are refused */
    size_t trials; /* 0: 100, or all of a grid */
    size_t epochs; /* how many a trial reports at most; 0: 1. A pruner needs more */
    size_t ahead;  /* how many trials back the results must be that sampler and pruner use; 0: 16 */
    uint64_t seed;
    const char
        *store; /* a file: trials that are in it already are not asked for again; NULL: nothing is kept */
    const char *
        key; /* what else decides the values, such as a version of the program: another key is another study in
                            * the store; NULL: nothing */
    const void *reserved[4];
} cn_study_options;

/* NULL and a message on failure. The texts are copied. */
CN_API cn_study *cn_study_open(const cn_study_options *options);
/* Frees it; fails where the store could not be written. No trial may be out. NULL is allowed. */
CN_API CN_CHECK cn_status cn_study_close(cn_study *study);

/* ---- trials one by one ------------------------------------------------------------------------------------------- */

/* The next trial, in *trial; NULL there: all have been asked for. Fails where sampler or pruner must look at the result of a trial that
 * is still out: end that one first. Any thread may ask. */
CN_API CN_CHECK cn_status cn_study_ask(cn_study *study, cn_trial **trial);
/* Ends and frees the trial: with what it has reported, or where `error` is given as one that failed. */
CN_API CN_CHECK cn_status cn_trial_end(cn_trial *trial, const char *error);

/* Its number, from 0, and a seed for what is random in it: the study's. */
CN_API size_t cn_trial_index(const cn_trial *trial);
CN_API uint64_t cn_trial_seed(const cn_trial *trial);
/* The value of a dimension: a number, NaN where its condition does not hold, where it is no number or where there is no such
 * dimension; as text, valid until the trial ends, NULL where its condition does not hold or there is none. */
CN_API double cn_trial_number(const cn_trial *trial, const char *name);
CN_API const char *cn_trial_text(cn_trial *trial, const char *name);
/* A value of an epoch, which is counted from 1; the epochs of a name do not go down, and of one that is reported twice the last value
 * counts. Of the first objective it says whether the trial goes on: false means that the pruner has ended it. Other names are kept in
 * the store and always true. */
CN_API bool cn_trial_report(cn_trial *trial, const char *name, size_t epoch, double value);
/* The trial fails, for this reason, whatever it has reported. */
CN_API void cn_trial_fail(cn_trial *trial, const char *why);

/* ---- all of them ------------------------------------------------------------------------------------------------- */

/* Says what the trial is worth by cn_trial_report. What it returns other than CN_OK is a failure of this trial, whose message is
 * cn_error()'s; CN_ERROR_STATE ends the study. */
typedef cn_status cn_objective(void *user, cn_trial *trial);

/* Calls `objective` for each trial that is left, from so many threads (0: one a processor). Fails where every trial has failed. */
CN_API CN_CHECK cn_status cn_study_run(cn_study *study, cn_objective *objective, void *user, int threads);

/* ---- what came out ------------------------------------------------------------------------------------------------ */

CN_API size_t cn_study_trials(const cn_study *study);
/* The best complete trial by the first objective; SIZE_MAX: there is none. */
CN_API size_t cn_study_best(const cn_study *study);
/* "complete", "pruned", "failed"; "running": not begun, or out. */
CN_API const char *cn_study_state(const cn_study *study, size_t trial);
/* Of an objective, counted from 0; NaN: it has none. */
CN_API double cn_study_value(const cn_study *study, size_t trial, size_t objective);
/* The point of a trial that was asked for, as "units=64 rate=0.003", in `out`; returns its length, as snprintf does. */
CN_API size_t cn_study_point(const cn_study *study, size_t trial, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
