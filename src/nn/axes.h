/* Axes of a sample that a layer works over, wherever they stand: brought behind the others, and back. */
#ifndef CN_NN_AXES_H
#define CN_NN_AXES_H

#include "base/text/value.h"
#include "nn/layer.h"
#include "nn/op.h"
#include "nn/shape.h"

typedef struct cn__axes {
    int count, axis[CN_MAX_RANK]; /* of a sample's shape, from 0, ascending */
    int rank;                     /* of the sample */
} cn__axes;

/* Reads axes as Keras counts them: 1 is the first of a sample, -1 the last; each once. */
CN_CHECK cn_status cn__axes_read(const cn__ints *given, int rank, cn__axes *out);
/* Their sizes. */
void cn__axes_dims(const cn__axes *axes, const cn__shape *shape, size_t *dim);
/* How many elements they have together. */
size_t cn__axes_size(const cn__axes *axes, const cn__shape *shape);
/* Are they the last ones? */
bool cn__axes_are_last(const cn__axes *axes);
/* Fails unless the axes have the sizes of the layer's first call. */
CN_CHECK cn_status cn__axes_check(const cn__axes *axes, const cn__layer *layer, const cn__shape *in);

/* Lowers to: *ref with the axes behind the others, seen as one (others…, all of them together). */
CN_CHECK cn_status cn__axes_to_last(cn__lowering *lowering, const cn__axes *axes, cn__ref *ref);
/* And back to `shape`. */
CN_CHECK cn_status cn__axes_back(cn__lowering *lowering, const cn__axes *axes, const cn__shape *shape,
                                 cn__ref *ref);

#endif
