/* Every kind of operation, for the tables of those who write operations down (exporters): a plan needs none of these names. */
#ifndef CN_NN_OPS_H
#define CN_NN_OPS_H

#include "nn/op.h"

#define CN_OPS(OP)                                                                                           \
    OP(input)                                                                                                \
    OP(dense)                                                                                                \
    OP(activation)                                                                                           \
    OP(softmax)                                                                                              \
    OP(dropout)                                                                                              \
    OP(batch_normalization)                                                                                  \
    OP(layer_normalization)                                                                                  \
    OP(activity_penalty)                                                                                     \
    OP(merge)                                                                                                \
    OP(concatenate)                                                                                          \
    OP(dot)

#define CN_DECLARE_OP(name) extern const cn__op_kind cn__op_##name;
CN_OPS(CN_DECLARE_OP)
#undef CN_DECLARE_OP

/* Every kind; ends in NULL. */
const cn__op_kind *const *cn__op_kinds(void);

/* What the args of some kinds are, for exporters. */
typedef struct cn__norm_args {
    real epsilon, momentum;
} cn__norm_args; /* batch_normalization: variables gamma, beta, mean, variance; layer_normalization: gamma, beta */

typedef struct cn__merge_args {
    cn__combination how;
    bool mean; /* divided by the number of inputs */
} cn__merge_args;

typedef struct cn__concatenate_args {
    int axis; /* of a sample's shape */
} cn__concatenate_args;

typedef struct cn__dot_args {
    int axes[2]; /* of the samples' shapes */
} cn__dot_args;

/* The factors of batch normalisation by fixed statistics, of column c: y = (x - mean) · scale + shift. */
void cn__batchnorm_scale(const cn__op *op, const real *variance, size_t c, real *inverse, real *scale,
                         real *shift);

#endif
