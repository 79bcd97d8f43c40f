/* Input, Flatten and Reshape: they say what a sample's shape is and compute nothing. */
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "nn/layers.h"

typedef struct shaped {
    cn__ints shape;
    const cn__value *other[5];
} shaped;

#define ABSENT(name_, i)                                                                                     \
    {                                                                                                        \
        .name = name_, .type = CN_PARAM_VALUE,                                                               \
        .offset = offsetof(shaped, other) + (i) * sizeof(cn__value *), .fallback = "none"                    \
    }

static const cn__param input_params[] = {
    {.name = "shape",
     .type = CN_PARAM_INTS,
     .offset = offsetof(shaped, shape),
     .low = 1,
     .high = 1e12,
     .expected = "sizes over 0, as in input(784) or input((28, 28))"},
};
static const cn__param flatten_params[] = {ABSENT("data_format", 0)};
static const cn__param reshape_params[] = {
    {.name = "target_shape",
     .type = CN_PARAM_INTS,
     .offset = offsetof(shaped, shape),
     .low = -1,
     .high = 1e12,
     .expected = "sizes, one of which may be -1, as in reshape(28, -1)"},
};

static cn_status same_shape(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    layer->out = layer->in;
    return CN_OK;
}

static int nothing(cn__layer *layer, cn__op ops[CN_MAX_LAYER_OPS])
{
    (void)layer, (void)ops;
    return 0;
}

static cn_status input_prepare(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    const shaped *s = layer->config;
    if (s->shape.count > CN_MAX_RANK)
        return cn__fail(CN_ERROR_SHAPE, "shape has %zu dimensions, expected at most %d", s->shape.count,
                        CN_MAX_RANK);
    layer->out.rank = (int)s->shape.count;
    for (size_t i = 0; i < s->shape.count; i++) layer->out.dim[i] = (size_t)s->shape.items[i];
    layer->in = layer->out;
    return CN_OK;
}

/* channels_first: Keras moves the first axis behind the others before it flattens. */
static cn_status flatten_prepare(cn__arena *arena, cn__layer *layer)
{
    static const char *const formats[] = {"channels_first", "channels_last"};
    const shaped *s = layer->config;
    const char *format = s->other[0] ? cn__value_name(s->other[0]) : formats[1];
    (void)arena;
    if (!format) return cn__fail(CN_ERROR_ARGUMENT, "data_format must be channels_last");
    for (size_t i = 0; i < 2; i++)
        if (strcmp(format, formats[i]) == 0) return CN_OK;
    return cn__fail_word(CN_ERROR_ARGUMENT, "data_format", format, formats, 2);
}

static cn_status flatten_build(cn__arena *arena, cn__layer *layer)
{
    const shaped *s = layer->config;
    char text[120];
    (void)arena;
    if (layer->in.rank > 1 && s->other[0] && strcmp(cn__value_name(s->other[0]), "channels_first") == 0)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "data_format = channels_first, which turns the axes of %s round, is not supported; "
                        "expected channels_last",
                        cn__shape_text(&layer->in, text, sizeof text));
    layer->out = (cn__shape){.rank = 1, .dim = {cn__shape_size(&layer->in)}};
    return CN_OK;
}

static cn_status reshape_build(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    const shaped *s = layer->config;
    char from[120];
    size_t total = cn__shape_size(&layer->in), known = 1;
    int open = -1;
    if (s->shape.count > CN_MAX_RANK)
        return cn__fail(CN_ERROR_SHAPE, "target_shape has %zu dimensions, expected at most %d",
                        s->shape.count, CN_MAX_RANK);
    layer->out = (cn__shape){.rank = (int)s->shape.count};
    for (int i = 0; i < layer->out.rank; i++) {
        int64_t size = s->shape.items[i];
        if (size == 0 || (size < 0 && open >= 0))
            return cn__fail(CN_ERROR_SHAPE, "target_shape: expected sizes over 0, and one -1 at most");
        if (size < 0) open = i;
        else known *= layer->out.dim[i] = (size_t)size;
    }
    if (open >= 0 && known && total % known == 0) layer->out.dim[open] = total / known;
    if (cn__shape_size(&layer->out) != total)
        return cn__fail(CN_ERROR_SHAPE, "target_shape does not hold the %zu numbers of its input %s", total,
                        cn__shape_text(&layer->in, from, sizeof from));
    return CN_OK;
}

const cn__layer_kind cn__layer_input = {
    .class_name = "Input",
    .params = input_params,
    .param_count = 1,
    .config_size = sizeof(shaped),
    .prepare = input_prepare,
    .build = same_shape,
    .lower = nothing,
};
const cn__layer_kind cn__layer_flatten = {
    .class_name = "Flatten",
    .params = flatten_params,
    .param_count = 1,
    .config_size = sizeof(shaped),
    .prepare = flatten_prepare,
    .build = flatten_build,
    .lower = nothing,
};
const cn__layer_kind cn__layer_reshape = {
    .class_name = "Reshape",
    .params = reshape_params,
    .param_count = 1,
    .config_size = sizeof(shaped),
    .build = reshape_build,
    .lower = nothing,
};
