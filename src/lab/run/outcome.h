/* What a training came to, as values: kept in the cache, shown in the report. */
#ifndef CN_LAB_OUTCOME_H
#define CN_LAB_OUTCOME_H

#include <jansson.h>
#include <math.h>

#include "base/arena.h"
#include "cornu/cornu.h"

/* Values with names, one an epoch each; or one each, of an evaluation. */
typedef struct cn__curves {
    size_t count, epochs;
    const char **names;
    double **values; /* (count, epochs); NaN: none */
} cn__curves;

typedef struct cn__outcome {
    cn__curves history;
    size_t initial_epoch, steps; /* steps an epoch */
    size_t planned;              /* epochs that fit was asked for */
    size_t test_steps;
    double *seconds;     /* an epoch */
    cn_stop stop;        /* why it ended early */
    const char *stopped; /* the same in English, or NULL */
    cn__curves test;     /* epochs is 1; count 0: not evaluated */
    cn_array prediction; /* on the test part; no data: not asked for */
    cn_array *further;   /* of a network with several outputs, those behind the first */
    size_t further_count;
    const char *error; /* of one that failed */
    const char *saved; /* the model's file, or NULL */
} cn__outcome;

/* The curve called `name`, or NULL. */
const double *cn__curves_find(const cn__curves *curves, const char *name);
CN_CHECK cn_status cn__curves_of_history(cn__arena *arena, const cn_history *history, cn__curves *out);
CN_CHECK cn_status cn__curves_of_logs(cn__arena *arena, const cn_logs *logs, cn__curves *out);
/* {"loss": [..], …}; NaN becomes null, and so does infinity, or with `exact` the text "inf" or "-inf", so that
 * cn__curves_read finds what was there. */
json_t *cn__curves_json(const cn__curves *curves, bool exact);
CN_CHECK cn_status cn__curves_read(cn__arena *arena, const json_t *json, cn__curves *out);

/* {"kind": "stop_below", "monitor": …}; NULL for CN_STOP_NONE. */
json_t *cn__stop_json(const cn_stop *stop);
void cn__stop_read(const json_t *json, cn_stop *out);

void cn__outcome_free_predictions(cn__outcome *outcome);

/* Number of epochs that were run. */
static inline size_t cn__outcome_epochs(const cn__outcome *outcome) { return outcome->history.epochs; }

/* What helps a training whose loss became NaN or infinite. */
#define CN_DIVERGED_ADVICE "Smaller steps help (learning_rate), or targets and inputs scaled to about 1"

/* Of a training that ended without a finite loss: which of its epochs, from 1, was the first without; else 0. */
size_t cn__outcome_diverged(const cn__outcome *outcome);

/* NaN without its sign, which depends on the processor and would be printed. */
static inline double cn__unsigned_nan(double v) { return v == v ? v : (double)NAN; }

/* Reductions over an epoch's values; NaN is left out. */
double cn__values_mean(const double *values, size_t n);
double cn__values_median(double *values, size_t n); /* puts them in order; none of them NaN, n > 0 */
/* The least, or with `most` the greatest; *at its index. */
double cn__values_extreme(const double *values, size_t n, bool most, size_t *at);
/* Is more of it better? As Keras's callbacks guess: names with acc, auc and the like. */
bool cn__more_is_better(const char *name);

#endif
