/* Flatten: all axes of a sample become one. */
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "nn/layer.h"

typedef struct flatten {
    const cn__value *data_format;
} flatten;

static const cn__param params[] = {CN_PARAM_FIELD(flatten, data_format, CN_PARAM_VALUE, "none")};

/* channels_first: Keras moves the first axis behind the others before it flattens. */
static bool channels_first(const flatten *f)
{
    return f->data_format && strcmp(cn__value_name(f->data_format), "channels_first") == 0;
}

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    static const char *const formats[] = {"channels_first", "channels_last"};
    const flatten *f = layer->config;
    (void)arena;
    if (!f->data_format) return CN_OK;
    const char *format = cn__value_name(f->data_format);
    if (!format) return cn__fail(CN_ERROR_ARGUMENT, "data_format must be channels_last");
    for (size_t i = 0; i < 2; i++)
        if (strcmp(format, formats[i]) == 0) return CN_OK;
    return cn__fail_word(CN_ERROR_ARGUMENT, "data_format", format, formats, 2);
}

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs;
    char text[120];
    if (in->rank > 1 && channels_first(layer->config))
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "data_format = channels_first, which moves the first axis of %s behind the others, is not "
            "supported; expected channels_last",
            cn__shape_text(in, text, sizeof text));
    *out = (cn__shape){.rank = 1, .dim = {cn__shape_size(in)}};
    return CN_OK;
}

const cn__layer_kind cn__layer_flatten = {
    .class_name = "Flatten", CN_LAYER_PARAMS(params, flatten), .prepare = prepare, .infer = infer};
