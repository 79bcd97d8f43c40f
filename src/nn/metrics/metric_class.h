/* What a metric is made of. */
#ifndef CN_NN_METRICS_METRIC_CLASS_H
#define CN_NN_METRICS_METRIC_CLASS_H

#include <math.h>
#include <stddef.h>

#include "nn/metrics/metric.h"

/* The first member of every metric's arguments. */
typedef struct cn__metric_options {
    const char *name, *dtype;
} cn__metric_options;

typedef struct cn__metric_class {
    cn__kind kind;
    const char *instance; /* what Keras names an instance, where it is not the class in snake case */
    bool numbered;        /* and numbers them as they are made: auc, auc_1 */
    cn__better better;
    /* Of a word that means another metric by the shapes: that metric's name. NULL: it is itself. */
    const char *(*by_shape)(size_t cols, size_t target_cols);
    bool keras_word; /* Keras's compile takes that word for metrics too */
    cn_status (*prepare)(cn__arena *arena, cn__metric *metric); /* or NULL */
    void (*update)(cn__metric *metric, const cn__metric_batch *batch);
    double (*result)(const cn__metric *metric, size_t i);
    size_t (*values)(const cn__metric *metric); /* NULL: 1 */
} cn__metric_class;

struct cn__metric {
    const cn__metric_class *kind;
    const char *name;
    bool numbered;
    void *config; /* its arguments: struct cn__metric_options, then those of its own */
    size_t cols, target_cols, max_rows;
    /* a mean of a loss */
    cn__loss loss;
    real *row_loss;    /* (max_rows) */
    real *scratch;     /* of a loss that is given an axis */
    double sum, count; /* of means */
    /* what is set to zero before an epoch */
    double *state;
    size_t state_count;
};

/* The mean of a loss: what a loss is as a metric. */
extern const cn__metric_class cn__metric_loss;

/* ---- for the files of metrics --------------------------------------------------------------------------- */

#define CN_METRIC_COMMON                                                                                     \
    {.name = "name",                                                                                         \
     .type = CN_PARAM_WORD,                                                                                  \
     .offset = offsetof(cn__metric_options, name),                                                           \
     .fallback = "none"},                                                                                    \
    {                                                                                                        \
        .name = "dtype", .type = CN_PARAM_WORD, .offset = offsetof(cn__metric_options, dtype),               \
        .fallback = "none", .words = (const char *const[])                                                   \
        {                                                                                                    \
            "float32", NULL                                                                                  \
        }                                                                                                    \
    }

static inline double cn__row_weight(const cn__metric_batch *b, size_t row)
{
    return b->weight ? (double)b->weight[row] : 1;
}

static inline double cn__ratio(double a, double b) { return b != 0 ? a / b : 0; }

/* metric->state with room for `count` numbers. */
CN_CHECK cn_status cn__metric_alloc(cn__arena *arena, cn__metric *metric, size_t count);
CN_CHECK cn_status cn__metric_needs_same_shape(const cn__metric *metric);
/* The loss of that name for metric->loss. */
CN_CHECK cn_status cn__metric_take_loss(cn__arena *arena, cn__metric *metric, const char *name);
void cn__metric_update_loss(cn__metric *metric, const cn__metric_batch *batch);
/* sum / count. */
double cn__metric_mean(const cn__metric *metric, size_t i);
/* Where a row is largest; the first of equals. */
size_t cn__argmax(const real *row, size_t n);

#endif
