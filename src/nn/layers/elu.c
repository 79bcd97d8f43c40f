/* ELU: x over 0, alpha · (exp(x) - 1) under it. */
#include <stddef.h>

#include "nn/layer.h"

typedef struct elu {
    double alpha;
} elu;

static const cn__param params[] = {CN_PARAM_FIELD(elu, alpha, CN_PARAM_FLOAT, "1.0")};

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)in, (void)inputs;
    const elu *e = layer->config;
    return cn__lower_activation(l, &(cn__activation){.kind = CN_ACT_ELU, .p = {(real)e->alpha}}, out);
}

const cn__layer_kind cn__layer_elu = {
    .class_name = "ELU", CN_LAYER_PARAMS(params, elu), .lower = lower, .any_shape = true};
