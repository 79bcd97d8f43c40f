/* Reshape: the elements of a sample in another shape; one size may be -1, what is left over. */
#include <stddef.h>

#include "nn/layer.h"

typedef struct reshape {
    cn__ints target_shape;
} reshape;

static const cn__param params[] = {
    CN_PARAM_FIELD(reshape, target_shape, CN_PARAM_INTS, NULL, .low = -1, .high = 1e12,
                   .expected = "sizes, one of which may be -1, as in reshape(28, -1)")};

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs;
    const cn__ints *target = &((const reshape *)layer->config)->target_shape;
    char from[120];
    size_t total = cn__shape_size(in), known = 1;
    int open = -1;
    if (target->count > CN_MAX_RANK)
        return cn__fail(CN_ERROR_SHAPE, "target_shape has %zu dimensions, expected at most %d", target->count,
                        CN_MAX_RANK);
    *out = (cn__shape){.rank = (int)target->count};
    for (int i = 0; i < out->rank; i++) {
        const int64_t size = target->items[i];
        if (size == 0 || (size < 0 && open >= 0))
            return cn__fail(CN_ERROR_SHAPE, "target_shape: expected sizes over 0, and one -1 at most");
        if (size < 0) open = i;
        else known *= out->dim[i] = (size_t)size;
    }
    if (open >= 0 && known && total % known == 0) out->dim[open] = total / known;
    if (cn__shape_size(out) != total)
        return cn__fail(CN_ERROR_SHAPE, "target_shape does not hold the %zu numbers of its input %s", total,
                        cn__shape_text(in, from, sizeof from));
    return CN_OK;
}

const cn__layer_kind cn__layer_reshape = {
    .class_name = "Reshape", CN_LAYER_PARAMS(params, reshape), .infer = infer};
