/* Activations by name. */
#include "nn/activation.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "base/text/text.h"

typedef struct numbers {
    double p[3];
    bool flag;
} numbers;

#define NUMBER(name_, i, fallback_)                                                                          \
    {                                                                                                        \
        .name = name_, .type = CN_PARAM_FLOAT, .offset = offsetof(numbers, p) + (i) * sizeof(double),        \
        .fallback = fallback_                                                                                \
    }

static const cn__param relu_params[] = {
    NUMBER("negative_slope", 0, "0.0"),
    {.name = "max_value",
     .type = CN_PARAM_MAYBE_FLOAT,
     .offset = offsetof(numbers, p) + sizeof(double),
     .fallback = "none"},
    NUMBER("threshold", 2, "0.0"),
};
static const cn__param leaky_params[] = {NUMBER("negative_slope", 0, "0.2")};
static const cn__param alpha_params[] = {NUMBER("alpha", 0, "1.0")};
static const cn__param gelu_params[] = {
    {.name = "approximate", .type = CN_PARAM_BOOL, .offset = offsetof(numbers, flag), .fallback = "false"}};

typedef struct known {
    const char *name;
    cn__act kind;
    const cn__param *params;
    size_t count;
} known;

/* Sorted by name; an alias follows the name that Keras gives back. */
static const known activations[] = {
    {"celu", CN_ACT_CELU, alpha_params, 1},
    {"elu", CN_ACT_ELU, alpha_params, 1},
    {"exponential", CN_ACT_EXPONENTIAL, NULL, 0},
    {"gelu", CN_ACT_GELU, gelu_params, 1},
    {"hard_sigmoid", CN_ACT_HARD_SIGMOID, NULL, 0},
    {"hard_silu", CN_ACT_HARD_SILU, NULL, 0},
    {"hard_swish", CN_ACT_HARD_SILU, NULL, 0},
    {"leaky_relu", CN_ACT_LEAKY_RELU, leaky_params, 1},
    {"linear", CN_ACT_LINEAR, NULL, 0},
    {"log_softmax", CN_ACT_LOG_SOFTMAX, NULL, 0},
    {"mish", CN_ACT_MISH, NULL, 0},
    {"relu", CN_ACT_RELU, relu_params, 3},
    {"relu6", CN_ACT_RELU6, NULL, 0},
    {"selu", CN_ACT_SELU, NULL, 0},
    {"sigmoid", CN_ACT_SIGMOID, NULL, 0},
    {"silu", CN_ACT_SILU, NULL, 0},
    {"softmax", CN_ACT_SOFTMAX, NULL, 0},
    {"softplus", CN_ACT_SOFTPLUS, NULL, 0},
    {"softsign", CN_ACT_SOFTSIGN, NULL, 0},
    {"swish", CN_ACT_SILU, NULL, 0},
    {"tanh", CN_ACT_TANH, NULL, 0},
};
enum { COUNT = sizeof activations / sizeof activations[0] };

const char *const *cn__activation_names(void)
{
    static const char *const names[COUNT + 1] = {
        "celu",       "elu",        "exponential", "gelu",        "hard_sigmoid", "hard_silu",
        "hard_swish", "leaky_relu", "linear",      "log_softmax", "mish",         "relu",
        "relu6",      "selu",       "sigmoid",     "silu",        "softmax",      "softplus",
        "softsign",   "swish",      "tanh",        NULL};
    return names;
}

const char *cn__activation_name(cn__act kind)
{
    for (size_t i = 0; i < COUNT; i++)
        if (activations[i].kind == kind) return activations[i].name;
    return "linear";
}

bool cn__is_activation(const cn__value *value)
{
    const char *name = cn__value_name(value);
    for (size_t i = 0; name && i < COUNT; i++)
        if (cn__same_name(name, activations[i].name)) return true;
    return false;
}

cn_status cn__activation_parse(cn__arena *arena, const cn__value *value, cn__activation *out)
{
    *out = (cn__activation){.kind = CN_ACT_LINEAR};
    if (!value || value->kind == CN_VALUE_NONE) return CN_OK;
    const char *name = cn__value_name(value);
    if (!name)
        return cn__fail(CN_ERROR_ARGUMENT, "activation = %s, expected a name such as relu",
                        cn__value_text(arena, value));
    const known *k = NULL;
    for (size_t i = 0; i < COUNT && !k; i++)
        if (cn__same_name(name, activations[i].name)) k = &activations[i];
    if (!k) return cn__fail_word(CN_ERROR_ARGUMENT, "activation", name, cn__activation_names(), COUNT);
    char what[64];
    numbers n = {0};
    snprintf(what, sizeof what, "activation %.40s", name);
    CN_TRY(cn__params_read(arena, what, k->params, k->count, value, &n));
    out->kind = k->kind;
    for (int i = 0; i < 3; i++) out->p[i] = isnan(n.p[i]) ? (real)INFINITY : (real)n.p[i];
    if (k->kind == CN_ACT_GELU) out->p[0] = n.flag ? 1 : 0;
    return CN_OK;
}
