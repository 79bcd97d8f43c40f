/* Every kind of operation, for the tables of those who write operations down (exporters): a plan needs none of these names. */
#ifndef CN_NN_OPS_H
#define CN_NN_OPS_H

#include "kernels/conv.h"
#include "kernels/image.h"
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
    OP(dot)                                                                                                  \
    OP(convolution)                                                                                          \
    OP(pool)                                                                                                 \
    OP(border)                                                                                               \
    OP(resize)                                                                                               \
    OP(resample)                                                                                             \
    OP(rescaling)                                                                                            \
    OP(permute)                                                                                              \
    OP(repeat)                                                                                               \
    OP(gaussian_noise)                                                                                       \
    OP(gaussian_dropout)                                                                                     \
    OP(alpha_dropout)                                                                                        \
    OP(spatial_dropout)                                                                                      \
    OP(rms_scaling)                                                                                          \
    OP(softmax_over)                                                                                         \
    OP(unit_normalization)                                                                                   \
    OP(prelu)                                                                                                \
    OP(group_normalization)                                                                                  \
    OP(normalization)                                                                                        \
    OP(warp)                                                                                                 \
    OP(brightness)                                                                                           \
    OP(contrast)                                                                                             \
    OP(erasing)                                                                                              \
    OP(random_crop)                                                                                          \
    OP(mix_up)                                                                                               \
    OP(cut_mix)

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

typedef struct cn__softmax_over_args {
    cn__activation activation; /* first: what a loss asks for */
    size_t outer, size, inner; /* of a sample: element (o, i, n) is at (o * size + i) * inner + n */
} cn__softmax_over_args;

typedef struct cn__dot_args {
    int axes[2]; /* of the samples' shapes */
} cn__dot_args;

typedef struct cn__conv_args {
    cn__conv geometry; /* of a transposed one: from its output to its input */
    bool transposed;
} cn__conv_args;
enum { CN_CONV_KERNEL, CN_CONV_BIAS }; /* convolution: its variables */

typedef struct cn__pool_args {
    cn__conv geometry;
    bool average, global; /* else the maximum */
} cn__pool_args;

typedef struct cn__border_args {
    cn__border border;
    bool crops; /* else it adds zeros */
} cn__border_args;

/* How pixels between those of an image are made. */
typedef enum cn__interpolation {
    CN_INTERPOLATION_BILINEAR,
    CN_INTERPOLATION_NEAREST,
    CN_INTERPOLATION_BICUBIC,
    CN_INTERPOLATION_LANCZOS3,
    CN_INTERPOLATION_LANCZOS5
} cn__interpolation;

typedef struct cn__resample_args {
    cn__resample along; /* an axis */
    cn__interpolation how;
} cn__resample_args;

typedef struct cn__rescaling_args {
    size_t count; /* 1, or one of each for every index of the last axis */
    real *scale, *offset;
} cn__rescaling_args;

typedef struct cn__permute_args {
    int rank;
    size_t dim[CN_MAX_RANK];    /* of the output */
    size_t stride[CN_MAX_RANK]; /* in the input, of the output's axes */
} cn__permute_args;

typedef struct cn__repeat_args {
    size_t outer, times,
        inner; /* of a sample: element (o * times + t) * inner + i is the input's o * inner + i */
} cn__repeat_args;
/* Gives *ref this shape, whose axes are its own or, where it has a size of 1, longer (broadcasting). */
CN_CHECK cn_status cn__lower_broadcast(cn__lowering *lowering, const cn__shape *shape, cn__ref *ref);

/* A vector has an element for each index of the axes that are summed over, and begins at one for each index of the others. */
typedef struct cn__unit_args {
    int axes, others;
    size_t dim[CN_MAX_RANK], stride[CN_MAX_RANK];             /* of the axes */
    size_t other_dim[CN_MAX_RANK], other_stride[CN_MAX_RANK]; /* of the others */
    double least;                                             /* a norm under it counts as that */
} cn__unit_args;
/* Lowers to: *ref divided by its norm over the axes, from 0, that are `summed`. */
CN_CHECK cn_status cn__lower_unit(cn__lowering *lowering, const bool *summed, double least, cn__ref *ref);

typedef struct cn__prelu_args {
    bool shared[CN_MAX_RANK]; /* axes over which alpha is the same */
} cn__prelu_args;             /* prelu: variable alpha, of size 1 over them */

typedef struct cn__group_args {
    size_t groups;
    real epsilon;
} cn__group_args; /* group_normalization: variables gamma, beta */

typedef struct cn__statistics_args {
    bool kept[CN_MAX_RANK], invert; /* axes with statistics of their own for each index */
    const double *mean, *variance;  /* NULL: the variables */
} cn__statistics_args;              /* normalization: variables mean, variance */

/* Puts the axes of *ref into another order: its axis i is the axis order[i] of before, from 0. */
CN_CHECK cn_status cn__lower_permute(cn__lowering *lowering, const int *order, cn__ref *ref);

/* The factors of batch normalisation by fixed statistics, of column c: y = (x - mean) · scale + shift. */
void cn__batchnorm_scale(const cn__op *op, const real *variance, size_t c, real *inverse, real *scale,
                         real *shift);

#endif
