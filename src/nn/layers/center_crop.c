/* CenterCrop: the middle of an image; of one that is too small, the largest part of these proportions, resized. */
#include <stddef.h>

#include "nn/fit_image.h"
#include "nn/window.h"

typedef struct crop {
    int64_t height, width;
    const cn__value *data_format;
} crop;

static const cn__param params[] = {
    CN_PARAM_FIELD(crop, height, CN_PARAM_INT, NULL, .low = 1, .high = 1e6),
    CN_PARAM_FIELD(crop, width, CN_PARAM_INT, NULL, .low = 1, .high = 1e6),
    CN_PARAM_DATA_FORMAT(crop),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    return cn__read_data_format(layer, ((const crop *)layer->config)->data_format);
}

static cn__image_fit fit_of(const cn__layer *layer)
{
    const crop *c = layer->config;
    return (cn__image_fit){.height = (size_t)c->height, .width = (size_t)c->width, .bilinear = true};
}

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs;
    const cn__image_fit fit = fit_of(layer);
    return cn__infer_fit(&fit, in, out);
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)inputs;
    const cn__image_fit fit = fit_of(layer);
    const size_t h = in->shape.dim[0], w = in->shape.dim[1];
    *out = *in;
    if (h < fit.height || w < fit.width) return cn__lower_fit(l, &fit, out);
    const cn__box middle = {
        .y = (h - fit.height) / 2, .x = (w - fit.width) / 2, .h = fit.height, .w = fit.width};
    return cn__lower_crop(l, middle, out);
}

const cn__layer_kind cn__layer_center_crop = {.class_name = "CenterCrop",
                                              CN_LAYER_PARAMS(params, crop),
                                              .prepare = prepare,
                                              .infer = infer,
                                              .lower = lower};
