/* What a layer is: a name in a table, arguments, variables, and the operations that it lowers to.
 * Adding a layer: one file layer_<name>.c and one line in layers.c. */
#ifndef CN_NN_LAYER_H
#define CN_NN_LAYER_H

#include "base/value.h"
#include "kernels/kernels.h"
#include "nn/activation.h"
#include "nn/constraint.h"
#include "nn/initializer.h"
#include "nn/regularizer.h"

#define CN_MAX_RANK 6 /* dimensions of a sample, without the batch */
#define CN_MAX_VARIABLES 4

/* A sample's shape, the batch left out: (28, 28) for images of 28 × 28. */
typedef struct cn__shape {
    int rank;
    size_t dim[CN_MAX_RANK];
} cn__shape;

size_t cn__shape_size(const cn__shape *shape);
/* "(None, 28, 28)". */
char *cn__shape_text(const cn__shape *shape, char *buffer, size_t size);

/* A variable of a layer. Values of two and more dimensions are kept as a matrix (rows, cols), cols being
 * the last dimension, cut into panels of some columns; each panel is contiguous, its rows padded
 * to CN_LANES numbers with zeros. A thread's share of a dense layer is one run of memory. See
 * variable.h. */
typedef struct cn__variable {
    const char *name; /* "kernel" */
    struct cn__layer *layer;
    int ndim;
    size_t shape[CN_MAX_RANK];
    size_t rows, cols, padded; /* padded: numbers kept, zeros included */
    bool weight;               /* may be trained; else a statistic (moving mean) */
    uint32_t index;            /* number in the model, for its random stream */
    cn__initializer initializer;
    cn__regularizer regularizer;
    cn__constraint constraint;
    real *value;              /* (padded) */
    real *slot[CN_MAX_SLOTS]; /* (padded) each, once compiled for training */
    real *average, *grad;     /* (padded), where the plan needs them, else NULL */
} cn__variable;

typedef struct cn__layer {
    const struct cn__layer_kind *kind;
    const char *name;
    bool trainable;
    void *config;          /* kind->config_size bytes, filled from kind->params */
    const cn__value *call; /* as it was asked for, for configurations */
    cn__shape in, out;
    cn__variable variable[CN_MAX_VARIABLES];
    int variables;
} cn__layer;

/* The operations that layers lower to; the plan turns them into steps and joins what can be joined. */
typedef enum cn__op_kind {
    CN_OP_ALIAS,
    CN_OP_DENSE,
    CN_OP_ACTIVATION,
    CN_OP_DROPOUT,
    CN_OP_BATCHNORM,
    CN_OP_LAYERNORM
} cn__op_kind;

typedef struct cn__op {
    cn__op_kind kind;
    cn__layer *layer;
    size_t in, out;                 /* numbers a sample */
    size_t rows, in_cols, out_cols; /* a sample as a matrix: what the last axis is applied to */
    cn__activation activation;      /* ACTIVATION */
    real rate;                      /* DROPOUT */
    uint32_t stream;                /* DROPOUT: its number in the model */
    real epsilon, momentum;         /* the normalisations */
    cn__variable *kernel, *bias, *gamma, *beta, *mean, *variance; /* NULL where there is none */
} cn__op;

#define CN_MAX_LAYER_OPS 2

typedef struct cn__layer_kind {
    const char *class_name; /* "Dense"; the notation's name is its snake case */
    const cn__param *params;
    size_t param_count, config_size;
    bool any_shape; /* it asks nothing of its input's shape: a summary does not call it unbuilt */
    /* Looks names up (activations, …) and checks what bounds cannot say. May be NULL. */
    cn_status (*prepare)(cn__arena *arena, cn__layer *layer);
    /* Given layer->in: sets layer->out and declares the variables. */
    cn_status (*build)(cn__arena *arena, cn__layer *layer);
    /* The operations, in order; returns how many (0 for Input). */
    int (*lower)(cn__layer *layer, cn__op ops[CN_MAX_LAYER_OPS]);
} cn__layer_kind;

/* A layer from its notation: `dense(512, activation=relu)`; every layer also takes name= and
 * trainable=. Lives in `arena`; no shape yet. */
CN_CHECK cn_status cn__layer_parse(cn__arena *arena, const cn__value *value, cn__layer **out);

/* Every known layer's notation name; ends in NULL. */
const char *const *cn__layer_names(void);

/* Declares a variable of a layer inside `build`. */
cn__variable *cn__layer_variable(cn__layer *layer, const char *name, int ndim, const size_t *shape,
                                 bool weight);

#endif
