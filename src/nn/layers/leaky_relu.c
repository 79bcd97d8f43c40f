/* LeakyReLU: x over 0, negative_slope · x under it. */
#include <stddef.h>

#include "nn/layer.h"

typedef struct leaky_relu {
    double negative_slope;
} leaky_relu;

static const cn__param params[] = {
    CN_PARAM_FIELD(leaky_relu, negative_slope, CN_PARAM_FLOAT, "0.3", .low = 0, .high = 1e300,
                   .expected = "a number from 0"),
};

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)in, (void)inputs;
    const leaky_relu *r = layer->config;
    return cn__lower_activation(
        l, &(cn__activation){.kind = CN_ACT_LEAKY_RELU, .p = {(real)r->negative_slope}}, out);
}

const cn__layer_kind cn__layer_leaky_relu = {
    .class_name = "LeakyReLU", CN_LAYER_PARAMS(params, leaky_relu), .lower = lower, .any_shape = true};
