/* Dense: outputs = activation(inputs · kernel + bias), over the last axis; kernel (in, units). The operation stands in
 * dense_operation.c. */
#include <stddef.h>

#include "nn/layer.h"
#include "nn/ops.h"

typedef struct dense {
    int64_t units;
    bool use_bias;
    const cn__value *activation, *kernel_initializer, *bias_initializer, *kernel_regularizer,
        *bias_regularizer, *activity_regularizer, *kernel_constraint, *bias_constraint, *lora_rank;
    cn__activation act;
    cn__initializer kernel_start, bias_start;
    cn__regularizer kernel_penalty, bias_penalty, activity_penalty;
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
static const char *const left_out[] = {"lora_rank", "activity_regularizer", NULL};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    dense *d = layer->config;
    if (d->lora_rank) return cn__fail(CN_ERROR_ARGUMENT, "lora_rank is not supported; expected none");
    CN_TRY(cn__activation_parse(arena, d->activation, &d->act));
    CN_TRY(cn__initializer_parse(arena, d->kernel_initializer, &d->kernel_start));
    CN_TRY(cn__initializer_parse(arena, d->bias_initializer, &d->bias_start));
    CN_TRY(cn__regularizer_parse(arena, d->kernel_regularizer, &d->kernel_penalty));
    CN_TRY(cn__regularizer_parse(arena, d->bias_regularizer, &d->bias_penalty));
    CN_TRY(cn__regularizer_parse(arena, d->activity_regularizer, &d->activity_penalty));
    CN_TRY(cn__constraint_parse(arena, d->kernel_constraint, &d->kernel_bound));
    return cn__constraint_parse(arena, d->bias_constraint, &d->bias_bound);
}

static cn_status build(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs)
{
    (void)arena, (void)inputs;
    const dense *d = layer->config;
    if (in->rank < 1) return cn__fail(CN_ERROR_SHAPE, "dense needs samples of at least one dimension");
    const size_t units = (size_t)d->units;
    cn__variable *kernel =
        cn__layer_variable(layer, "kernel", 2, (size_t[]){cn__shape_last(in), units}, true);
    kernel->initializer = d->kernel_start, kernel->regularizer = d->kernel_penalty,
    kernel->constraint = d->kernel_bound;
    if (d->use_bias) {
        cn__variable *bias = cn__layer_variable(layer, "bias", 1, &units, true);
        bias->initializer = d->bias_start, bias->regularizer = d->bias_penalty,
        bias->constraint = d->bias_bound;
    }
    return CN_OK;
}

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs;
    CN_TRY(cn__check_last_axis(layer, in, layer->variable[0].rows));
    out->dim[out->rank - 1] = layer->variable[0].cols;
    return CN_OK;
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    const dense *d = layer->config;
    cn__op *op = cn__lower_op(l, &cn__op_dense, in, inputs, &out->shape, NULL, 0);
    if (!op) return CN_ERROR_MEMORY;
    op->variable[0] = &layer->variable[0];
    op->variable[1] = d->use_bias ? &layer->variable[1] : NULL;
    out->op = op;
    CN_TRY(cn__lower_activation(l, &d->act, out));
    return cn__lower_activity_penalty(l, &d->activity_penalty, out);
}

const cn__layer_kind cn__layer_dense = {
    .class_name = "Dense",
    CN_LAYER_PARAMS(params, dense),
    .left_out = left_out,
    .prepare = prepare,
    .build = build,
    .infer = infer,
    .lower = lower,
};
