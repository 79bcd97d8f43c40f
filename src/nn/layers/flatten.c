/* Flatten: all axes of a sample become one; with channels_first the first axis comes behind the others before. */
#include <stddef.h>

#include "nn/layer.h"

typedef struct flatten {
    const cn__value *data_format;
} flatten;

static const cn__param params[] = {CN_PARAM_FIELD(flatten, data_format, CN_PARAM_VALUE, "none")};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    return cn__read_data_format(layer, ((const flatten *)layer->config)->data_format);
}

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)layer, (void)inputs;
    *out = (cn__shape){.rank = 1, .dim = {cn__shape_size(in)}};
    return CN_OK;
}

const cn__layer_kind cn__layer_flatten = {
    .class_name = "Flatten", CN_LAYER_PARAMS(params, flatten), .prepare = prepare, .infer = infer};
