/* Activation, the layers that are one activation (ReLU, LeakyReLU, ELU, Softmax), and Dropout. */
#include <math.h>
#include <stddef.h>

#include "nn/layers.h"

typedef struct activation {
    const cn__value *name; /* Activation */
    double p[3];
    int64_t axis; /* Softmax */
    double rate;  /* Dropout */
    const cn__value *noise_shape, *seed;
    cn__activation act;
} activation;

#define FIELD(name_, field, type_, fallback_, ...)                                                           \
    {                                                                                                        \
        .name = name_, .type = type_, .offset = offsetof(activation, field), .fallback = fallback_,          \
        __VA_ARGS__                                                                                          \
    }
#define NUMBER(name_, i, fallback_, ...)                                                                     \
    {                                                                                                        \
        .name = name_, .type = CN_PARAM_FLOAT, .offset = offsetof(activation, p) + (i) * sizeof(double),     \
        .fallback = fallback_, __VA_ARGS__                                                                   \
    }
#define COUNT(table)                                                                                         \
    .params = table, .param_count = sizeof table / sizeof table[0], .config_size = sizeof(activation)

static const cn__param activation_params[] = {FIELD("activation", name, CN_PARAM_VALUE, NULL)};
static const cn__param relu_params[] = {
    {.name = "max_value",
     .type = CN_PARAM_MAYBE_FLOAT,
     .offset = offsetof(activation, p) + sizeof(double),
     .fallback = "none",
     .low = 0,
     .high = 1e300,
     .expected = "none or a number from 0"},
    NUMBER("negative_slope", 0, "0.0", .low = 0, .high = 1e300, .expected = "a number from 0"),
    NUMBER("threshold", 2, "0.0", .low = 0, .high = 1e300, .expected = "a number from 0"),
};
static const cn__param leaky_params[] = {
    NUMBER("negative_slope", 0, "0.3", .low = 0, .high = 1e300, .expected = "a number from 0")};
static const cn__param elu_params[] = {NUMBER("alpha", 0, "1.0")};
static const cn__param softmax_params[] = {FIELD("axis", axis, CN_PARAM_INT, "-1")};
static const cn__param dropout_params[] = {
    FIELD("rate", rate, CN_PARAM_FLOAT, NULL, .low = 0, .high = 1, .expected = "a number from 0 to 1"),
    FIELD("noise_shape", noise_shape, CN_PARAM_VALUE, "none"),
    FIELD("seed", seed, CN_PARAM_VALUE, "none"),
};

static cn_status build(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    const activation *a = layer->config;
    layer->out = layer->in;
    if (layer->kind == &cn__layer_softmax && a->axis != -1 && a->axis != layer->in.rank)
        return cn__fail(CN_ERROR_ARGUMENT, "axis = %lld, expected the last one (-1)", (long long)a->axis);
    return CN_OK;
}

static int lower(cn__layer *layer, cn__op ops[CN_MAX_LAYER_OPS])
{
    const activation *a = layer->config;
    size_t n = cn__shape_size(&layer->in), cols = layer->in.rank ? layer->in.dim[layer->in.rank - 1] : 1;
    if (layer->kind == &cn__layer_dropout ? a->rate == 0 : a->act.kind == CN_ACT_LINEAR) return 0;
    ops[0] = (cn__op){.kind = CN_OP_ACTIVATION,
                      .layer = layer,
                      .in = n,
                      .out = n,
                      .rows = n / cols,
                      .in_cols = cols,
                      .out_cols = cols,
                      .activation = a->act};
    if (layer->kind == &cn__layer_dropout) ops[0].kind = CN_OP_DROPOUT, ops[0].rate = (real)a->rate;
    return 1;
}

static cn_status activation_prepare(cn__arena *arena, cn__layer *layer)
{
    activation *a = layer->config;
    return cn__activation_parse(arena, a->name, &a->act);
}

/* The parameters of the kernels' relu: {negative_slope, max_value (infinity: none), threshold}. */
static cn_status numbers_prepare(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    activation *a = layer->config;
    a->act.kind = layer->kind == &cn__layer_relu         ? CN_ACT_RELU
                  : layer->kind == &cn__layer_leaky_relu ? CN_ACT_LEAKY_RELU
                  : layer->kind == &cn__layer_elu        ? CN_ACT_ELU
                                                         : CN_ACT_SOFTMAX;
    for (int i = 0; i < 3; i++) a->act.p[i] = isnan(a->p[i]) ? (real)INFINITY : (real)a->p[i];
    return CN_OK;
}

static cn_status dropout_prepare(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    const activation *a = layer->config;
    if (a->noise_shape) return cn__fail(CN_ERROR_ARGUMENT, "noise_shape is not supported; expected none");
    if (a->seed && a->seed->kind != CN_VALUE_INT)
        return cn__fail(CN_ERROR_ARGUMENT, "seed: expected a whole number or none");
    return CN_OK;
}

const cn__layer_kind cn__layer_activation = {.class_name = "Activation",
                                             COUNT(activation_params),
                                             .prepare = activation_prepare,
                                             .build = build,
                                             .lower = lower,
                                             .any_shape = true};
const cn__layer_kind cn__layer_relu = {.class_name = "ReLU",
                                       COUNT(relu_params),
                                       .prepare = numbers_prepare,
                                       .build = build,
                                       .lower = lower,
                                       .any_shape = true};
const cn__layer_kind cn__layer_leaky_relu = {.class_name = "LeakyReLU",
                                             COUNT(leaky_params),
                                             .prepare = numbers_prepare,
                                             .build = build,
                                             .lower = lower,
                                             .any_shape = true};
const cn__layer_kind cn__layer_elu = {.class_name = "ELU",
                                      COUNT(elu_params),
                                      .prepare = numbers_prepare,
                                      .build = build,
                                      .lower = lower,
                                      .any_shape = true};
const cn__layer_kind cn__layer_softmax = {.class_name = "Softmax",
                                          COUNT(softmax_params),
                                          .prepare = numbers_prepare,
                                          .build = build,
                                          .lower = lower,
                                          .any_shape = true};
const cn__layer_kind cn__layer_dropout = {.class_name = "Dropout",
                                          COUNT(dropout_params),
                                          .prepare = dropout_prepare,
                                          .build = build,
                                          .lower = lower,
                                          .any_shape = true};
