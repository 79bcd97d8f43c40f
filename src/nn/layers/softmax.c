/* Softmax over the last axis. */
#include <stddef.h>

#include "nn/layer.h"

typedef struct softmax {
    int64_t axis;
} softmax;

static const cn__param params[] = {CN_PARAM_FIELD(softmax, axis, CN_PARAM_INT, "-1")};

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs, (void)out;
    const softmax *s = layer->config;
    if (s->axis == -1 || s->axis == in->rank) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "axis = %lld, expected the last one (-1)", (long long)s->axis);
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)layer, (void)in, (void)inputs;
    return cn__lower_activation(l, &(cn__activation){.kind = CN_ACT_SOFTMAX}, out);
}

const cn__layer_kind cn__layer_softmax = {.class_name = "Softmax",
                                          CN_LAYER_PARAMS(params, softmax),
                                          .infer = infer,
                                          .lower = lower,
                                          .any_shape = true};
