/* Resizing of images, in training and outside of it. */
#include <stddef.h>

#include "nn/images/fit_image.h"
#include "nn/window.h"

typedef struct resizing {
    int64_t height, width;
    const char *interpolation, *fill_mode;
    bool crop_to_aspect_ratio, pad_to_aspect_ratio;
    double fill_value;
    const cn__value *data_format;
} resizing;

static const char *const fill_modes[] = {"constant", NULL};

static const cn__param params[] = {
    CN_PARAM_FIELD(resizing, height, CN_PARAM_INT, NULL, .low = 1, .high = 1e6),
    CN_PARAM_FIELD(resizing, width, CN_PARAM_INT, NULL, .low = 1, .high = 1e6),
    CN_PARAM_FIELD(resizing, interpolation, CN_PARAM_WORD, "bilinear", .words = cn__resizing_words),
    CN_PARAM_FIELD(resizing, crop_to_aspect_ratio, CN_PARAM_BOOL, "false"),
    CN_PARAM_FIELD(resizing, pad_to_aspect_ratio, CN_PARAM_BOOL, "false"),
    CN_PARAM_FIELD(resizing, fill_mode, CN_PARAM_WORD, "constant", .words = fill_modes),
    CN_PARAM_FIELD(resizing, fill_value, CN_PARAM_FLOAT, "0.0"),
    CN_PARAM_DATA_FORMAT(resizing),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    const resizing *r = layer->config;
    if (r->crop_to_aspect_ratio && r->pad_to_aspect_ratio)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "crop_to_aspect_ratio and pad_to_aspect_ratio are both true; expected one of them");
    return cn__read_data_format(layer, r->data_format);
}

static cn__image_fit fit_of(const cn__layer *layer)
{
    const resizing *r = layer->config;
    return (cn__image_fit){.height = (size_t)r->height,
                           .width = (size_t)r->width,
                           .interpolation = cn__find_interpolation(r->interpolation),
                           .pads = r->pad_to_aspect_ratio,
                           .value = (real)r->fill_value};
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
    const resizing *r = layer->config;
    const cn__image_fit fit = fit_of(layer);
    *out = *in;
    if (r->crop_to_aspect_ratio || r->pad_to_aspect_ratio) return cn__lower_fit(l, &fit, out);
    return cn__lower_resize(l, fit.interpolation, fit.height, fit.width, out);
}

const cn__layer_kind cn__layer_resizing = {.class_name = "Resizing",
                                           CN_LAYER_PARAMS(params, resizing),
                                           .prepare = prepare,
                                           .infer = infer,
                                           .lower = lower};
