/* RandomShear: each row is moved by a fraction of its number, each column likewise; both to one side or both to the other, as in Keras
 * since 3.8. */
#include <stddef.h>

#include "nn/images/warp.h"
#include "nn/window.h"

typedef struct shear {
    const cn__value *x_factor, *y_factor;
    cn__warp_words words;
    int64_t seed;
    const cn__value *data_format;
    cn__factor x, y;
} shear;

static const cn__param params[] = {
    CN_PARAM_FIELD(shear, x_factor, CN_PARAM_VALUE, "0.0"),
    CN_PARAM_FIELD(shear, y_factor, CN_PARAM_VALUE, "0.0"),
    CN_PARAM_WARP(shear, interpolation),
    CN_PARAM_WARP(shear, fill_mode),
    CN_PARAM_WARP(shear, fill_value),
    CN_PARAM_DATA_FORMAT(shear),
    CN_PARAM_SEED(shear),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    shear *s = layer->config;
    CN_TRY(cn__read_data_format(layer, s->data_format));
    CN_TRY(cn__read_factor(arena, "x_factor", s->x_factor, CN_FACTOR_FROM_ZERO, 0, 1, &s->x));
    return cn__read_factor(arena, "y_factor", s->y_factor, CN_FACTOR_FROM_ZERO, 0, 1, &s->y);
}

static void matrix(const double drawn[CN_WARP_DRAWS], double h, double w, double m[6])
{
    (void)h, (void)w;
    const double side = drawn[2] > 0.5 ? -1 : 1;
    m[0] = m[4] = 1, m[2] = m[5] = 0;
    m[1] = side * drawn[0];
    m[3] = side * drawn[1];
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)inputs;
    const shear *s = layer->config;
    const cn__warp_look look = cn__warp_look_of(&s->words);
    const cn__warp_stage stage = {
        .matrix = matrix, .range = {s->x, s->y, {0, 1}}, .seed = cn__layer_seed(s->seed)};
    return cn__lower_warp(l, &look, &stage, in, out);
}

const cn__layer_kind cn__layer_random_shear = {.class_name = "RandomShear",
                                               CN_LAYER_PARAMS(params, shear),
                                               .prepare = prepare,
                                               .infer = cn__infer_images,
                                               .lower = lower};
