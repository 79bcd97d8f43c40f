/* ReLU: x over the threshold, at most max_value; negative_slope · (x - threshold) under it. */
#include <math.h>
#include <stddef.h>

#include "nn/layer.h"

typedef struct relu {
    double max_value, negative_slope, threshold;
} relu;

#define FROM_ZERO(field, type, fallback, words)                                                              \
    CN_PARAM_FIELD(relu, field, type, fallback, .low = 0, .high = 1e300, .expected = words)
static const cn__param params[] = {
    FROM_ZERO(max_value, CN_PARAM_MAYBE_FLOAT, "none", "none or a number from 0"),
    FROM_ZERO(negative_slope, CN_PARAM_FLOAT, "0.0", "a number from 0"),
    FROM_ZERO(threshold, CN_PARAM_FLOAT, "0.0", "a number from 0"),
};

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)in, (void)inputs;
    const relu *r = layer->config;
    const real most = isnan(r->max_value) ? (real)INFINITY : (real)r->max_value;
    const cn__activation f = {.kind = CN_ACT_RELU, .p = {(real)r->negative_slope, most, (real)r->threshold}};
    return cn__lower_activation(l, &f, out);
}

const cn__layer_kind cn__layer_relu = {
    .class_name = "ReLU", CN_LAYER_PARAMS(params, relu), .lower = lower, .any_shape = true};
