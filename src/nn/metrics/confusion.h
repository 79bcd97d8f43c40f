/* Counts of true and false positives and negatives at thresholds, which several metrics are made of. */
#ifndef CN_NN_METRICS_CONFUSION_H
#define CN_NN_METRICS_CONFUSION_H

#include "nn/metrics/metric_class.h"

/* Weights of what is positive and what is not, by label, at each of `count` thresholds. */
typedef struct cn__confusion {
    size_t count;
    double *tp, *fp, *tn, *fn; /* (count) each, in metric->state */
} cn__confusion;

CN_CHECK cn_status cn__confusion_new(cn__arena *arena, cn__metric *metric, size_t count, cn__confusion *out);
/* Fails unless class_id (INT64_MIN: none) is a column. */
CN_CHECK cn_status cn__check_class_id(const cn__metric *metric, int64_t class_id);

static inline double cn__precision_of(const cn__confusion *c, size_t i)
{
    return cn__ratio(c->tp[i], c->tp[i] + c->fp[i]);
}
static inline double cn__recall_of(const cn__confusion *c, size_t i)
{
    return cn__ratio(c->tp[i], c->tp[i] + c->fn[i]);
}

#endif
