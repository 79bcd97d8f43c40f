/* CenterCrop: the middle of an image; of one that is too small, the largest part of these proportions, resized. */
#include <stddef.h>

#include "nn/images/fit_image.h"

static const cn__param params[] = {CN_PARAMS_CROP, CN_PARAM_DATA_FORMAT(cn__crop)};

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)inputs;
    const cn__image_fit fit = cn__crop_fit(layer);
    const size_t h = in->shape.dim[0], w = in->shape.dim[1];
    *out = *in;
    if (h < fit.height || w < fit.width) return cn__lower_fit(l, &fit, out);
    const cn__box middle = {
        .y = (h - fit.height) / 2, .x = (w - fit.width) / 2, .h = fit.height, .w = fit.width};
    return cn__lower_crop(l, middle, out);
}

const cn__layer_kind cn__layer_center_crop = {.class_name = "CenterCrop",
                                              CN_LAYER_PARAMS(params, cn__crop),
                                              .prepare = cn__crop_prepare,
                                              .infer = cn__crop_infer,
                                              .lower = lower};
