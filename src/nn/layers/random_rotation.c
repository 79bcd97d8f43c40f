/* RandomRotation: about the middle of the image, by a fraction of a full turn. */
#include <stddef.h>

#include "base/dmath.h"
#include "nn/images/warp.h"
#include "nn/window.h"

#define PI 3.14159265358979323846

typedef struct rotation {
    const cn__value *factor;
    cn__warp_words words;
    int64_t seed;
    const cn__value *data_format;
    cn__factor turns;
} rotation;

static const cn__param params[] = {
    CN_PARAM_FIELD(rotation, factor, CN_PARAM_VALUE, NULL),
    CN_PARAM_WARP(rotation, fill_mode),
    CN_PARAM_WARP(rotation, interpolation),
    CN_PARAM_SEED(rotation),
    CN_PARAM_WARP(rotation, fill_value),
    CN_PARAM_DATA_FORMAT(rotation),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    rotation *r = layer->config;
    CN_TRY(cn__read_data_format(layer, r->data_format));
    return cn__read_factor(arena, "factor", r->factor, CN_FACTOR_SYMMETRIC, -1, 1, &r->turns);
}

static void matrix(const double drawn[CN_WARP_DRAWS], double h, double w, double m[6])
{
    const double angle = 2 * PI * drawn[0], c = cn__cos(angle), s = cn__cos(angle - PI / 2);
    m[0] = c, m[1] = -s, m[2] = ((w - 1) - (c * (w - 1) - s * (h - 1))) / 2;
    m[3] = s, m[4] = c, m[5] = ((h - 1) - (s * (w - 1) + c * (h - 1))) / 2;
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)inputs;
    const rotation *r = layer->config;
    const cn__warp_look look = cn__warp_look_of(&r->words);
    const cn__warp_stage stage = {.matrix = matrix, .range = {r->turns}, .seed = cn__layer_seed(r->seed)};
    return cn__lower_warp(l, &look, &stage, in, out);
}

const cn__layer_kind cn__layer_random_rotation = {.class_name = "RandomRotation",
                                                  CN_LAYER_PARAMS(params, rotation),
                                                  .prepare = prepare,
                                                  .infer = cn__infer_images,
                                                  .lower = lower};
