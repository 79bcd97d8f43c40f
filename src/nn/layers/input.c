/* Input: says what a sample's shape is. It is where a network begins, and is not called. */
#include <stddef.h>
#include <string.h>

#include "nn/layer.h"

typedef struct input {
    cn__ints shape;
} input;

static const cn__param params[] = {
    CN_PARAM_FIELD(input, shape, CN_PARAM_INTS, NULL, .low = 1, .high = 1e12,
                   .expected = "sizes over 0, as in input(784) or input((28, 28))")};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    const input *i = layer->config;
    if (i->shape.count > CN_MAX_RANK)
        return cn__fail(CN_ERROR_SHAPE, "shape has %zu dimensions, expected at most %d", i->shape.count,
                        CN_MAX_RANK);
    layer->out.rank = (int)i->shape.count;
    for (size_t d = 0; d < i->shape.count; d++) layer->out.dim[d] = (size_t)i->shape.items[d];
    layer->in = layer->out;
    return CN_OK;
}

const cn__layer_kind cn__layer_input = {.class_name = "Input",
                                        .aliases = {"InputLayer"},
                                        CN_LAYER_PARAMS(params, input),
                                        .is_input = true,
                                        .prepare = prepare};
