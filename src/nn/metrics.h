/* The inside of metrics: what a metric keeps, and the families that compute it. */
#ifndef CN_NN_METRICS_H
#define CN_NN_METRICS_H

#include "nn/metric.h"

enum { CN_AVERAGE_NONE, CN_AVERAGE_MICRO, CN_AVERAGE_MACRO, CN_AVERAGE_WEIGHTED };

struct cn__metric {
    const struct cn__metric_kind *kind;
    const char *name;
    size_t cols, target_cols, max_rows;
    /* arguments */
    cn__floats thresholds;
    double threshold, beta;                     /* NAN: none */
    int64_t k, top_k, class_id, num_thresholds; /* INT64_MIN: none */
    int64_t axis;
    const char *average, *curve, *summation_method, *given_name, *dtype;
    bool from_logits, multi_label;
    cn__loss loss; /* the mean of a loss */
    /* state */
    double sum, count; /* means */
    int averaging;
    size_t cells; /* of the four below */
    double *tp, *fp, *tn, *fn;
    real *scratch, *edges;
};

typedef struct cn__metric_kind {
    const char *class_name, *aliases[2];
    const cn__param *params;
    size_t count;
    cn_status (*prepare)(cn__arena *arena, cn__metric *metric); /* or NULL */
    void (*update)(cn__metric *metric, const cn__metric_batch *batch);
    double (*result)(const cn__metric *metric, size_t i);
    size_t (*values)(const cn__metric *metric); /* NULL: 1 */
    const char *instance; /* what Keras names an instance, where it is not the class in snake case */
} cn__metric_kind;

extern const cn__metric_kind cn__metric_kinds_mean[], cn__metric_kinds_confusion[]; /* end in an empty one */
extern const cn__metric_kind cn__metric_binary_accuracy, cn__metric_categorical_accuracy,
    cn__metric_sparse_accuracy, cn__metric_loss;

#define CN_METRIC_NAME                                                                                       \
    {.name = "name",                                                                                         \
     .type = CN_PARAM_WORD,                                                                                  \
     .offset = offsetof(struct cn__metric, given_name),                                                      \
     .fallback = "none"},                                                                                    \
    {                                                                                                        \
        .name = "dtype", .type = CN_PARAM_WORD, .offset = offsetof(struct cn__metric, dtype),                \
        .fallback = "none"                                                                                   \
    }

CN_CHECK cn_status cn__metric_take_loss(cn__arena *arena, cn__metric *metric, const char *name);
/* Makes the four sums of `cells` each. */
CN_CHECK cn_status cn__metric_cells(cn__arena *arena, cn__metric *metric, size_t cells);
CN_CHECK cn_status cn__metric_needs_same_shape(const cn__metric *metric);

#endif
