/* noise_shape of dropout: axes along which all elements have one and the same draw. */
#ifndef CN_NN_NOISE_SHAPE_H
#define CN_NN_NOISE_SHAPE_H

#include "base/text/value.h"
#include "nn/shape.h"

typedef struct cn__noise_shape {
    bool given;
    int rank;
    size_t size, dim[CN_MAX_RANK]; /* of a sample */
    size_t sample,
        step[CN_MAX_RANK]; /* from one draw to the next, along the batch and each axis; 0: one for all */
} cn__noise_shape;

/* From [none, 1, none]: the batch, then each axis of a sample; 1: one draw, none or the axis's size: one for each. NULL or none:
 * one for each element. */
CN_CHECK cn_status cn__noise_shape_read(const cn__value *value, const cn__shape *shape, cn__noise_shape *out);
/* The number of an element's draw. That of the *count elements from it on is the next one each, or with *same this one. */
uint64_t cn__noise_draw(const cn__noise_shape *noise, uint64_t element, size_t *count, bool *same);

#endif
