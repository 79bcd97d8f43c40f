/* RandomElasticTransform: every pixel is moved by a smooth random field (P. Simard, D. Steinkraus and J. Platt, "Best practices for
 * convolutional neural networks applied to visual document analysis", ICDAR 2003). As in Keras since 3.8 a scale from 0 to 1, drawn for
 * a batch, sets strength and smoothness, and an image is moved with a probability drawn from 0 to `factor`; `alpha` and `sigma`,
 * in pixels, are the paper's own numbers instead of the scale. */
#include <stddef.h>

#include "nn/images/warp.h"
#include "nn/window.h"

#define ROOT_3 1.7320508075688772

typedef struct elastic {
    const cn__value *factor, *scale, *value_range, *data_format;
    cn__warp_words words;
    int64_t seed;
    double alpha, sigma;
    cn__factor probability, scales, values;
} elastic;

static const cn__param params[] = {
    CN_PARAM_FIELD(elastic, factor, CN_PARAM_VALUE, "1.0"),
    CN_PARAM_FIELD(elastic, scale, CN_PARAM_VALUE, "1.0"),
    CN_PARAM_WARP(elastic, interpolation),
    CN_PARAM_WARP(elastic, fill_mode),
    CN_PARAM_WARP(elastic, fill_value),
    CN_PARAM_FIELD(elastic, value_range, CN_PARAM_VALUE, "[0, 255]"),
    CN_PARAM_SEED(elastic),
    CN_PARAM_DATA_FORMAT(elastic),
    CN_PARAM_FIELD(elastic, alpha, CN_PARAM_MAYBE_FLOAT, "none", .low = 0, .high = 1e6),
    CN_PARAM_FIELD(elastic, sigma, CN_PARAM_MAYBE_FLOAT, "none", .low = 0, .high = 1e6),
};

static bool given(double x) { return x == x; }

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    elastic *e = layer->config;
    CN_TRY(cn__read_data_format(layer, e->data_format));
    CN_TRY(cn__read_factor(arena, "factor", e->factor, CN_FACTOR_FROM_ZERO, 0, 1, &e->probability));
    CN_TRY(cn__read_factor(arena, "scale", e->scale, CN_FACTOR_FROM_ZERO, 0, 1, &e->scales));
    CN_TRY(cn__read_value_range(arena, e->value_range, &e->values));
    if (given(e->alpha) == given(e->sigma)) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "%s is none; expected alpha and sigma together",
                    given(e->alpha) ? "sigma" : "alpha");
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)inputs;
    const elastic *e = layer->config;
    const double h = (double)in->shape.dim[0], w = (double)in->shape.dim[1];
    const cn__warp_look look = cn__warp_look_of(&e->words);
    cn__warp_stage stage = {.range = {e->probability, e->scales},
                            .values = e->values,
                            .alpha = e->alpha,
                            .sigma = e->sigma,
                            .seed = cn__layer_seed(e->seed)};
    if (!given(e->alpha)) {
        stage.scaled = true;
        /* Keras's field is of normal numbers with deviation sigma; even ones from -1 to 1 have 1 / √3 */
        stage.alpha = 0.1 * (h > w ? h : w) * ROOT_3;
        stage.sigma = 0.05 * (h < w ? h : w);
    }
    return cn__lower_warp(l, &look, &stage, in, out);
}

static const char *const left_out[] = {"alpha", "sigma", NULL};

const cn__layer_kind cn__layer_random_elastic_transform = {.class_name = "RandomElasticTransform",
                                                           CN_LAYER_PARAMS(params, elastic),
                                                           .left_out = left_out,
                                                           .prepare = prepare,
                                                           .infer = cn__infer_images,
                                                           .lower = lower};
