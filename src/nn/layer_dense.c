/* Dense: outputs = activation(inputs · kernel + bias), over the last axis; kernel (in, units). */
#include <stddef.h>

#include "nn/layers.h"

typedef struct dense {
    int64_t units;
    bool use_bias;
    const cn__value *activation, *kernel_initializer, *bias_initializer, *kernel_regularizer,
        *bias_regularizer, *activity_regularizer, *kernel_constraint, *bias_constraint, *lora_rank;
    cn__activation act;
    cn__initializer kernel_start, bias_start;
    cn__regularizer kernel_penalty, bias_penalty;
    cn__constraint kernel_bound, bias_bound;
} dense;

static const cn__param params[] = {
    CN_PARAM_FIELD(dense, units, CN_PARAM_INT, NULL, .low = 1, .high = 1e12,
                   .expected = "a whole number from 1 to 1e12"),
    CN_PARAM_FIELD(dense, activation, CN_PARAM_VALUE, "none"),
    CN_PARAM_FIELD(dense, use_bias, CN_PARAM_BOOL, "true"),
    CN_PARAM_FIELD(dense, kernel_initializer, CN_PARAM_VALUE, "glorot_uniform"),
    CN_PARAM_FIELD(dense, bias_initializer, CN_PARAM_VALUE, "zeros"),
    CN_PARAM_FIELD(dense, kernel_regularizer, CN_PARAM_VALUE, "none"),
    CN_PARAM_FIELD(dense, bias_regularizer, CN_PARAM_VALUE, "none"),
    CN_PARAM_FIELD(dense, activity_regularizer, CN_PARAM_VALUE, "none"),
    CN_PARAM_FIELD(dense, kernel_constraint, CN_PARAM_VALUE, "none"),
    CN_PARAM_FIELD(dense, bias_constraint, CN_PARAM_VALUE, "none"),
    CN_PARAM_FIELD(dense, lora_rank, CN_PARAM_VALUE, "none"),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    dense *d = layer->config;
    if (d->activity_regularizer)
        return cn__fail(CN_ERROR_ARGUMENT, "activity_regularizer is not supported; expected none");
    if (d->lora_rank) return cn__fail(CN_ERROR_ARGUMENT, "lora_rank is not supported; expected none");
    CN_TRY(cn__activation_parse(arena, d->activation, &d->act));
    CN_TRY(cn__initializer_parse(arena, d->kernel_initializer, &d->kernel_start));
    CN_TRY(cn__initializer_parse(arena, d->bias_initializer, &d->bias_start));
    CN_TRY(cn__regularizer_parse(arena, d->kernel_regularizer, &d->kernel_penalty));
    CN_TRY(cn__regularizer_parse(arena, d->bias_regularizer, &d->bias_penalty));
    CN_TRY(cn__constraint_parse(arena, d->kernel_constraint, &d->kernel_bound));
    return cn__constraint_parse(arena, d->bias_constraint, &d->bias_bound);
}

static cn_status build(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    dense *d = layer->config;
    if (layer->in.rank < 1) return cn__fail(CN_ERROR_SHAPE, "dense needs samples of at least one dimension");
    size_t last = (size_t)layer->in.rank - 1, in = layer->in.dim[last], units = (size_t)d->units;
    cn__variable *kernel = cn__layer_variable(layer, "kernel", 2, (size_t[]){in, units}, true);
    kernel->initializer = d->kernel_start, kernel->regularizer = d->kernel_penalty,
    kernel->constraint = d->kernel_bound;
    if (d->use_bias) {
        cn__variable *bias = cn__layer_variable(layer, "bias", 1, &units, true);
        bias->initializer = d->bias_start, bias->regularizer = d->bias_penalty,
        bias->constraint = d->bias_bound;
    }
    layer->out = layer->in;
    layer->out.dim[last] = units;
    return CN_OK;
}

static int lower(cn__layer *layer, cn__op ops[CN_MAX_LAYER_OPS])
{
    const dense *d = layer->config;
    size_t in = cn__shape_size(&layer->in), out = cn__shape_size(&layer->out), units = (size_t)d->units;
    ops[0] = (cn__op){.kind = CN_OP_DENSE,
                      .layer = layer,
                      .in = in,
                      .out = out,
                      .rows = out / units,
                      .in_cols = layer->variable[0].rows,
                      .out_cols = units,
                      .kernel = &layer->variable[0],
                      .bias = d->use_bias ? &layer->variable[1] : NULL};
    if (d->act.kind == CN_ACT_LINEAR) return 1;
    ops[1] = (cn__op){.kind = CN_OP_ACTIVATION,
                      .layer = layer,
                      .in = out,
                      .out = out,
                      .rows = out / units,
                      .in_cols = units,
                      .out_cols = units,
                      .activation = d->act};
    return 2;
}

const cn__layer_kind cn__layer_dense = {
    .class_name = "Dense",
    .params = params,
    .param_count = sizeof params / sizeof params[0],
    .config_size = sizeof(dense),
    .prepare = prepare,
    .build = build,
    .lower = lower,
};
