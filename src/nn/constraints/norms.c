/* MaxNorm, MinMaxNorm and UnitNorm: what norm a vector is to have. */
#include <float.h>

#include "nn/constraints/constraint.h"

typedef struct norms {
    cn__constraint_options options;
    double min_value, max_value, rate;
} norms;

#define NUMBER(field, text, most)                                                                            \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_FLOAT, .offset = offsetof(norms, field), .fallback = text,          \
        .low = 0, .high = most                                                                               \
    }
static const cn__param max_params[] = {NUMBER(max_value, "2", DBL_MAX), CN_CONSTRAINT_AXIS};
static const cn__param min_max_params[] = {NUMBER(min_value, "0.0", DBL_MAX),
                                           NUMBER(max_value, "1.0", DBL_MAX), NUMBER(rate, "1.0", 1),
                                           CN_CONSTRAINT_AXIS};
static const cn__param unit_params[] = {CN_CONSTRAINT_AXIS};

static real clip(real x, double low, double high)
{
    return x < (real)low ? (real)low : x > (real)high ? (real)high : x;
}

static real max_norm(const void *config, real norm)
{
    return clip(norm, 0, ((const norms *)config)->max_value);
}

static real min_max_norm(const void *config, real norm)
{
    const norms *n = config;
    const real rate = (real)n->rate;
    return rate * clip(norm, n->min_value, n->max_value) + (1 - rate) * norm;
}

static real unit_norm(const void *config, real norm)
{
    (void)config, (void)norm;
    return 1;
}

#define CLASS(name_, class_, params_)                                                                        \
    extern const cn__constraint_class cn__constraint_##name_;                                                \
    const cn__constraint_class cn__constraint_##name_ = {                                                    \
        .kind = {.name = #name_, .class_name = class_, CN_PARAMS(params_), .config_size = sizeof(norms)},    \
        .norm = name_}

CLASS(max_norm, "MaxNorm", max_params);
CLASS(min_max_norm, "MinMaxNorm", min_max_params);
CLASS(unit_norm, "UnitNorm", unit_params);
