/* RandomZoom: about the middle of the image; out by a positive factor, in by a negative one, as Keras has it. Without a factor for the
 * width the shape of things stays. */
#include <stddef.h>

#include "nn/images/warp.h"
#include "nn/window.h"

typedef struct zoom {
    const cn__value *height_factor, *width_factor;
    cn__warp_words words;
    int64_t seed;
    const cn__value *data_format;
    cn__factor high, wide;
} zoom;

static const cn__param params[] = {
    CN_PARAM_FIELD(zoom, height_factor, CN_PARAM_VALUE, NULL),
    CN_PARAM_FIELD(zoom, width_factor, CN_PARAM_VALUE, "none"),
    CN_PARAM_WARP(zoom, fill_mode),
    CN_PARAM_WARP(zoom, interpolation),
    CN_PARAM_SEED(zoom),
    CN_PARAM_WARP(zoom, fill_value),
    CN_PARAM_DATA_FORMAT(zoom),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    zoom *z = layer->config;
    CN_TRY(cn__read_data_format(layer, z->data_format));
    CN_TRY(cn__read_factor(arena, "height_factor", z->height_factor, CN_FACTOR_SYMMETRIC, -1, 1, &z->high));
    if (!z->width_factor) return CN_OK;
    return cn__read_factor(arena, "width_factor", z->width_factor, CN_FACTOR_SYMMETRIC, -1, 1, &z->wide);
}

static void about_middle(double high, double wide, double h, double w, double m[6])
{
    m[1] = m[3] = 0;
    m[0] = 1 + wide, m[2] = (w - 1) / 2 * -wide;
    m[4] = 1 + high, m[5] = (h - 1) / 2 * -high;
}

static void matrix(const double drawn[CN_WARP_DRAWS], double h, double w, double m[6])
{
    about_middle(drawn[0], drawn[1], h, w, m);
}

static void same_for_both(const double drawn[CN_WARP_DRAWS], double h, double w, double m[6])
{
    about_middle(drawn[0], drawn[0], h, w, m);
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)inputs;
    const zoom *z = layer->config;
    const cn__warp_look look = cn__warp_look_of(&z->words);
    const cn__warp_stage stage = {.matrix = z->width_factor ? matrix : same_for_both,
                                  .range = {z->high, z->wide},
                                  .seed = cn__layer_seed(z->seed)};
    return cn__lower_warp(l, &look, &stage, in, out);
}

const cn__layer_kind cn__layer_random_zoom = {.class_name = "RandomZoom",
                                              CN_LAYER_PARAMS(params, zoom),
                                              .prepare = prepare,
                                              .infer = cn__infer_images,
                                              .lower = lower};
