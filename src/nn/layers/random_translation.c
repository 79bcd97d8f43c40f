/* RandomTranslation: by fractions of the image's height and width, down and to the right. */
#include <stddef.h>

#include "nn/images/warp.h"
#include "nn/window.h"

typedef struct translation {
    const cn__value *height_factor, *width_factor;
    cn__warp_words words;
    int64_t seed;
    const cn__value *data_format;
    cn__factor down, right;
} translation;

static const cn__param params[] = {
    CN_PARAM_FIELD(translation, height_factor, CN_PARAM_VALUE, NULL),
    CN_PARAM_FIELD(translation, width_factor, CN_PARAM_VALUE, NULL),
    CN_PARAM_WARP(translation, fill_mode),
    CN_PARAM_WARP(translation, interpolation),
    CN_PARAM_SEED(translation),
    CN_PARAM_WARP(translation, fill_value),
    CN_PARAM_DATA_FORMAT(translation),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    translation *t = layer->config;
    CN_TRY(cn__read_data_format(layer, t->data_format));
    CN_TRY(cn__read_factor(arena, "height_factor", t->height_factor, CN_FACTOR_SYMMETRIC, -1, 1, &t->down));
    return cn__read_factor(arena, "width_factor", t->width_factor, CN_FACTOR_SYMMETRIC, -1, 1, &t->right);
}

static void matrix(const double drawn[CN_WARP_DRAWS], double h, double w, double m[6])
{
    m[0] = m[4] = 1, m[1] = m[3] = 0;
    m[2] = -drawn[1] * w;
    m[5] = -drawn[0] * h;
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)inputs;
    const translation *t = layer->config;
    const cn__warp_look look = cn__warp_look_of(&t->words);
    const cn__warp_stage stage = {
        .matrix = matrix, .range = {t->down, t->right}, .seed = cn__layer_seed(t->seed)};
    return cn__lower_warp(l, &look, &stage, in, out);
}

const cn__layer_kind cn__layer_random_translation = {.class_name = "RandomTranslation",
                                                     CN_LAYER_PARAMS(params, translation),
                                                     .prepare = prepare,
                                                     .infer = cn__infer_images,
                                                     .lower = lower};
