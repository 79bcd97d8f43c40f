/* Losses by name: "categorical_crossentropy", "huber(delta=2)", "mse", "BinaryCrossentropy(from_logits=true)".
 * Each is in a file of losses/, which holds its formula too, and in the list of losses/registry.c; what stands here is all that a plan, a metric or a
 * file format needs of one. */
#ifndef CN_NN_LOSS_H
#define CN_NN_LOSS_H

#include "base/registry.h"
#include "kernels/kernels.h"
#include "nn/shape.h"

typedef struct cn__loss {
    const struct cn__loss_class *kind;
    const char *name;                     /* Keras's function: "categorical_crossentropy" */
    const void *config;                   /* its arguments: struct cn__loss_options, then those of its own */
    const struct cn__caller_loss *caller; /* a function of the caller's own; NULL: one of the registry */
} cn__loss;

struct cn__loss_rows;
/* A function of the caller's own in the place of a loss: it has whole batches. Threads may call it side by side. */
typedef struct cn__caller_loss {
    /* The loss of the batch to *value; to rows->dpred, where that is not NULL, its gradient. */
    cn_status (*compute)(void *user, const struct cn__loss_rows *rows, double *value);
    void *user;
    size_t target_cols; /* of a row */
} cn__caller_loss;

/* The function as a loss of this name; both must outlive it. */
cn__loss cn__loss_of_caller(const cn__caller_loss *function, const char *name);
/* Why a caller's function failed: the message is that of the thread in which it did. */
typedef struct cn__loss_failure {
    cn_status status;
    char message[400];
} cn__loss_failure;

CN_CHECK cn_status cn__loss_parse(cn__arena *arena, const cn__value *value, cn__loss *out);

/* Every loss. They differ by instruction set, so that this is a function. */
const cn__registry *cn__losses(void);
/* The same for an instruction set by its name; for tests that compare. */
const cn__registry *cn__losses_named(const char *isa);

/* Does it take one integer label a row? */
bool cn__loss_is_sparse(const cn__loss *loss);
/* Does the value of a row depend on others of its batch (hinge, dice, sums)? Then evaluate keeps to the caller's batches. */
bool cn__loss_is_of_batch(const cn__loss *loss);
/* Does the gradient of a row depend on predictions of others, so that rows cannot be divided over ranks? */
bool cn__loss_needs_batch(const cn__loss *loss);
/* Is this the label that it leaves out? */
bool cn__loss_ignores(const cn__loss *loss, double label);
/* The loss that does the same with labels, "sparse_categorical_crossentropy"; NULL if there is none. */
const char *cn__loss_for_labels(const cn__loss *loss);
/* Can it be computed for samples of so many dimensions? Checks `axis`. */
CN_CHECK cn_status cn__loss_check(const cn__loss *loss, int rank);
/* Does it go over other axes than the last? Then one thread computes it, with room for `cn__loss_scratch` reals. */
bool cn__loss_rearranges(const cn__loss *loss, const cn__shape *sample);
size_t cn__loss_scratch(const cn__loss *loss, const cn__shape *sample, size_t samples);

/* Predictions that come straight from `act` (softmax or sigmoid): does the loss rather read what came before it? */
bool cn__loss_reads_logits(const cn__loss *loss, cn__act act);

/* A batch. What is computed is of the rows first … last-1, so that threads may share it out; a loss may look at all. */
typedef struct cn__loss_rows {
    const cn__loss *loss;
    cn__act
        before; /* pred are logits, what this activation had before it; CN_ACT_LINEAR: they are predictions */
    size_t rows, cols; /* pred is (rows, cols), contiguous */
    size_t first, last;
    const cn__shape
        *sample; /* of predictions; with `scratch` for a loss over other axes than the last; else NULL */
    real *scratch;
    size_t classes; /* label smoothing counts so many; 0: cols */
    const real *pred;
    const real *target; /* (rows, cols), or (rows) labels for a sparse one */
    const real *weight; /* (rows), or NULL for ones */
    real *value;        /* (rows): of each row, without weight; NULL when not wanted */
    real *dpred;        /* (rows, cols): the gradient of the batch's loss; not `pred`; NULL when not wanted */
    double factor;      /* of the gradient: the loss's weight among several outputs */
    /* These rows are some of this batch's, of which rows, target and weight are given; NULL: they are the batch. */
    const struct cn__loss_rows *batch;
    cn__loss_failure *failure; /* where that of a caller's function is left; NULL: nowhere */
    real scale; /* set by cn__loss_compute: what a row's gradient is multiplied by, beside its weight */
} cn__loss_rows;

void cn__loss_compute(const cn__loss_rows *rows);
/* The loss of the batch times its number of samples, from the values of all rows (rows->value). */
double cn__loss_sum(const cn__loss_rows *rows, size_t samples);

#endif
