/* What a loss is made of: see losses/formula.h for how one is written. */
#ifndef CN_NN_LOSS_CLASS_H
#define CN_NN_LOSS_CLASS_H

#include "nn/loss.h"

/* The first member of every loss's arguments. */
typedef struct cn__loss_options {
    bool from_logits;
    int64_t axis;  /* of one that is given a single axis */
    cn__ints axes; /* of one that sums over several; none: over all, and the batch */
    const char *reduction, *name, *dtype;
    double label_smoothing;
    int64_t ignore_class; /* sparse cross-entropy; INT64_MIN: none */
} cn__loss_options;

typedef struct cn__loss_class {
    cn__kind kind;
    const char *metric;      /* Keras's class for the metric that is its mean; NULL: there is none */
    const char *class_lacks; /* an argument that Keras's function has and its class has not */
    /* An argument that the metric has not, and whether the others alone say all; NULL: there is none. */
    const char *metric_lacks;
    bool (*metric_fits)(const void *config);
    const char *for_labels; /* the loss that does the same with labels; NULL: there is none */
    bool sparse;            /* takes one label a row */
    bool logits;            /* has a form that reads logits */
    bool of_batch;          /* a row's value depends on other rows */
    bool whole; /* one value for the whole batch, which every row repeats; not where axes are given */
    void (*compute)(const cn__loss_rows *l);
} cn__loss_class;

/* How many classes label smoothing has: Keras counts those of the last axis. */
static inline size_t cn__loss_classes(const cn__loss_rows *l) { return l->classes ? l->classes : l->cols; }

/* Are predictions logits, by from_logits or since they are what softmax or sigmoid had before it? */
static inline bool cn__loss_of_logits(const cn__loss_rows *l)
{
    return l->before != CN_ACT_LINEAR || ((const cn__loss_options *)l->loss->config)->from_logits;
}

#endif
