/* L1, L2 and L1L2: l1 · Σ|w| + l2 · Σw². */
#include <float.h>
#include <math.h>

#include "nn/regularizers/regularizer.h"

typedef struct config {
    double l1, l2; /* NAN: none, which is the default */
} config;

#define STRENGTH(field, text)                                                                                \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_MAYBE_FLOAT, .offset = offsetof(config, field), .fallback = text,   \
        .low = 0, .high = DBL_MAX, .expected = "a number of at least 0"                                      \
    }
static const cn__param l1_params[] = {STRENGTH(l1, "0.01")};
static const cn__param l2_params[] = {STRENGTH(l2, "0.01")};
static const cn__param l1_l2_params[] = {STRENGTH(l1, "0.0"), STRENGTH(l2, "0.0")};

static double or_default(double given, double standard) { return isnan(given) ? standard : given; }

static cn__regularizer l1_strengths(const void *given)
{
    return (cn__regularizer){.l1 = or_default(((const config *)given)->l1, 0.01)};
}

static cn__regularizer l2_strengths(const void *given)
{
    return (cn__regularizer){.l2 = or_default(((const config *)given)->l2, 0.01)};
}

static cn__regularizer l1_l2_strengths(const void *given)
{
    const config *c = given;
    return (cn__regularizer){.l1 = or_default(c->l1, 0), .l2 = or_default(c->l2, 0)};
}

#define CLASS(name_, class_)                                                                                 \
    extern const cn__regularizer_class cn__regularizer_##name_;                                              \
    const cn__regularizer_class cn__regularizer_##name_ = {.kind = {.name = #name_,                          \
                                                                    .class_name = class_,                    \
                                                                    CN_PARAMS(name_##_params),               \
                                                                    .config_size = sizeof(config)},          \
                                                           .strengths = name_##_strengths}

CLASS(l1, "L1");
CLASS(l2, "L2");
CLASS(l1_l2, "L1L2");
