/* BatchNormalization (Ioffe and Szegedy 2015) and LayerNormalization (Ba et al. 2016), over the last axis. */
#include <stddef.h>

#include "nn/layers.h"

typedef struct norm {
    cn__ints axis;
    double momentum, epsilon;
    bool center, scale, rms_scaling, synchronized;
    const cn__value *beta_initializer, *gamma_initializer, *moving_mean_initializer,
        *moving_variance_initializer, *beta_regularizer, *gamma_regularizer, *beta_constraint,
        *gamma_constraint;
    cn__initializer beta_start, gamma_start, mean_start, variance_start;
    cn__regularizer beta_penalty, gamma_penalty;
    cn__constraint beta_bound, gamma_bound;
} norm;

#define EPSILON                                                                                              \
    CN_PARAM_FIELD(norm, epsilon, CN_PARAM_FLOAT, "0.001", .low = 0, .high = 1e300,                          \
                   .expected = "a number from 0")
#define PENALTIES                                                                                            \
    CN_PARAM_FIELD(norm, beta_regularizer, CN_PARAM_VALUE, "none"),                                          \
        CN_PARAM_FIELD(norm, gamma_regularizer, CN_PARAM_VALUE, "none"),                                     \
        CN_PARAM_FIELD(norm, beta_constraint, CN_PARAM_VALUE, "none"),                                       \
        CN_PARAM_FIELD(norm, gamma_constraint, CN_PARAM_VALUE, "none")

static const cn__param batch_params[] = {
    CN_PARAM_FIELD(norm, axis, CN_PARAM_INTS, "-1"),
    CN_PARAM_FIELD(norm, momentum, CN_PARAM_FLOAT, "0.99", .low = 0, .high = 1,
                   .expected = "a number from 0 to 1"),
    EPSILON,
    CN_PARAM_FIELD(norm, center, CN_PARAM_BOOL, "true"),
    CN_PARAM_FIELD(norm, scale, CN_PARAM_BOOL, "true"),
    CN_PARAM_FIELD(norm, beta_initializer, CN_PARAM_VALUE, "zeros"),
    CN_PARAM_FIELD(norm, gamma_initializer, CN_PARAM_VALUE, "ones"),
    CN_PARAM_FIELD(norm, moving_mean_initializer, CN_PARAM_VALUE, "zeros"),
    CN_PARAM_FIELD(norm, moving_variance_initializer, CN_PARAM_VALUE, "ones"),
    PENALTIES,
    CN_PARAM_FIELD(norm, synchronized, CN_PARAM_BOOL, "false"),
};
static const cn__param layer_params[] = {
    CN_PARAM_FIELD(norm, axis, CN_PARAM_INTS, "-1"),
    EPSILON,
    CN_PARAM_FIELD(norm, center, CN_PARAM_BOOL, "true"),
    CN_PARAM_FIELD(norm, scale, CN_PARAM_BOOL, "true"),
    CN_PARAM_FIELD(norm, rms_scaling, CN_PARAM_BOOL, "false"),
    CN_PARAM_FIELD(norm, beta_initializer, CN_PARAM_VALUE, "zeros"),
    CN_PARAM_FIELD(norm, gamma_initializer, CN_PARAM_VALUE, "ones"),
    PENALTIES,
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    norm *n = layer->config;
    if (n->rms_scaling) return cn__fail(CN_ERROR_ARGUMENT, "rms_scaling is not supported; expected false");
    if (n->synchronized)
        return cn__fail(CN_ERROR_ARGUMENT, "synchronized is for several machines; expected false");
    CN_TRY(cn__initializer_parse(arena, n->beta_initializer, &n->beta_start));
    CN_TRY(cn__initializer_parse(arena, n->gamma_initializer, &n->gamma_start));
    if (layer->kind == &cn__layer_batchnorm) {
        CN_TRY(cn__initializer_parse(arena, n->moving_mean_initializer, &n->mean_start));
        CN_TRY(cn__initializer_parse(arena, n->moving_variance_initializer, &n->variance_start));
    }
    CN_TRY(cn__regularizer_parse(arena, n->beta_regularizer, &n->beta_penalty));
    CN_TRY(cn__regularizer_parse(arena, n->gamma_regularizer, &n->gamma_penalty));
    CN_TRY(cn__constraint_parse(arena, n->beta_constraint, &n->beta_bound));
    return cn__constraint_parse(arena, n->gamma_constraint, &n->gamma_bound);
}

static cn_status build(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    norm *n = layer->config;
    if (layer->in.rank < 1)
        return cn__fail(CN_ERROR_SHAPE, "normalisation needs samples of at least one dimension");
    if (n->axis.count != 1 || (n->axis.items[0] != -1 && n->axis.items[0] != layer->in.rank))
        return cn__fail(CN_ERROR_ARGUMENT, "axis = %g: only the last one can be normalised over (-1 or %d)",
                        n->axis.count ? (double)n->axis.items[0] : 0, layer->in.rank);
    size_t cols = layer->in.dim[layer->in.rank - 1];
    layer->out = layer->in;
    if (n->scale) {
        cn__variable *gamma = cn__layer_variable(layer, "gamma", 1, &cols, true);
        gamma->initializer = n->gamma_start, gamma->regularizer = n->gamma_penalty,
        gamma->constraint = n->gamma_bound;
    }
    if (n->center) {
        cn__variable *beta = cn__layer_variable(layer, "beta", 1, &cols, true);
        beta->initializer = n->beta_start, beta->regularizer = n->beta_penalty,
        beta->constraint = n->beta_bound;
    }
    if (layer->kind == &cn__layer_batchnorm) {
        cn__layer_variable(layer, "moving_mean", 1, &cols, false)->initializer = n->mean_start;
        cn__layer_variable(layer, "moving_variance", 1, &cols, false)->initializer = n->variance_start;
    }
    return CN_OK;
}

static int lower(cn__layer *layer, cn__op ops[CN_MAX_LAYER_OPS])
{
    const norm *n = layer->config;
    size_t size = cn__shape_size(&layer->in), cols = layer->in.dim[layer->in.rank - 1];
    cn__variable *next = layer->variable;
    ops[0] = (cn__op){.layer = layer,
                      .in = size,
                      .out = size,
                      .rows = size / cols,
                      .in_cols = cols,
                      .out_cols = cols,
                      .epsilon = (real)n->epsilon,
                      .momentum = (real)n->momentum};
    ops[0].kind = layer->kind == &cn__layer_batchnorm ? CN_OP_BATCHNORM : CN_OP_LAYERNORM;
    if (n->scale) ops[0].gamma = next++;
    if (n->center) ops[0].beta = next++;
    if (layer->kind == &cn__layer_batchnorm) ops[0].mean = next++, ops[0].variance = next++;
    return 1;
}

const cn__layer_kind cn__layer_batchnorm = {
    .class_name = "BatchNormalization",
    .params = batch_params,
    .param_count = sizeof batch_params / sizeof batch_params[0],
    .config_size = sizeof(norm),
    .prepare = prepare,
    .build = build,
    .lower = lower,
};
const cn__layer_kind cn__layer_layernorm = {
    .class_name = "LayerNormalization",
    .params = layer_params,
    .param_count = sizeof layer_params / sizeof layer_params[0],
    .config_size = sizeof(norm),
    .prepare = prepare,
    .build = build,
    .lower = lower,
};
