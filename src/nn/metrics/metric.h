/* Metrics by name: "accuracy", "top_k_categorical_accuracy(k=3)", "auc", "f1_score(average=macro)", …
 * Each is in a file of this folder, and in the list of metric.c; every loss is one too, by its mean. A metric keeps sums in double precision over the
 * samples of an epoch, in their order. */
#ifndef CN_NN_METRICS_METRIC_H
#define CN_NN_METRICS_METRIC_H

#include "nn/loss.h"

typedef struct cn__metric cn__metric;

/* What a metric sees of one batch. Targets are (rows, target_cols): target_cols is 1 for labels. */
typedef struct cn__metric_batch {
    const real *pred;   /* (rows, cols): outputs of the network, after its last activation */
    const real *logits; /* what `before` had before it; NULL where there is no such thing */
    cn__act before;
    const real *target;
    const real *weight; /* (rows) or NULL */
    size_t rows, cols, target_cols;
    const cn__shape *sample; /* of predictions; NULL: (cols) */
} cn__metric_batch;

extern const cn__registry cn__metrics; /* the losses come beside */

/* Makes the metric for outputs of `cols` columns and targets of `target_cols`; "accuracy" and
 * "crossentropy" become what Keras takes for these shapes. Allocates all that it will need from `arena`. */
CN_CHECK cn_status cn__metric_parse(cn__arena *arena, const cn__value *value, size_t cols, size_t target_cols,
                                    size_t max_rows, cn__metric **out);

/* Its name in a history: as it was asked for ("accuracy", "mae") or the class's ("auc", "precision"). */
const char *cn__metric_name(const cn__metric *metric);
/* How many values it has: 1, but for f1_score(average=none) one a class. */
size_t cn__metric_values(const cn__metric *metric);
/* Is its name its class's, which Keras numbers when several are made? */
bool cn__metric_is_numbered(const cn__metric *metric);
/* Does it want cn__metric_batch.logits where predictions come straight from `act`? */
bool cn__metric_reads_logits(const cn__metric *metric, cn__act act);

/* Does its value depend on how the samples are cut into batches? */
bool cn__metric_is_of_batch(const cn__metric *metric);

/* Which way is better. */
typedef enum cn__better { CN_BETTER_LESS = -1, CN_BETTER_UNKNOWN = 0, CN_BETTER_MORE = 1 } cn__better;
cn__better cn__metric_better(const cn__metric *metric);
/* The same of a value in a history by its name ("val_auc_1"), where the metric itself is not at hand. */
cn__better cn__better_by_name(const char *name);

void cn__metric_reset(cn__metric *metric);
void cn__metric_update(cn__metric *metric, const cn__metric_batch *batch);
/* Visits the sums so far, to keep or to change them. */
void cn__metric_state(cn__metric *metric, void (*visit)(void *user, double *numbers, size_t count),
                      void *user);
/* The value so far, i < cn__metric_values. */
double cn__metric_result(const cn__metric *metric, size_t i);

#endif
