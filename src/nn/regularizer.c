#include "nn/regularizer.h"

#define EACH_REGULARIZER(X)                                                                                  \
    X(l1)                                                                                                    \
    X(l1_l2)                                                                                                 \
    X(l2)

#define DECLARE(name) extern const cn__regularizer_class cn__regularizer_##name;
EACH_REGULARIZER(DECLARE)
#define ENTRY(name) &cn__regularizer_##name.kind,
static const cn__kind *const kinds[] = {EACH_REGULARIZER(ENTRY) NULL};

const cn__registry cn__regularizers = {
    .noun = "regularizer", .example = "l2(0.0001)", .module = "keras.regularizers", .kinds = kinds};

cn_status cn__regularizer_parse(cn__arena *arena, const cn__value *value, cn__regularizer *out)
{
    const cn__kind *kind;
    void *config;
    *out = (cn__regularizer){0, 0};
    if (!value || value->kind == CN_VALUE_NONE) return CN_OK;
    CN_TRY(cn__registry_read(arena, &cn__regularizers, value, &kind, &config));
    *out = ((const cn__regularizer_class *)kind)->strengths(config);
    return CN_OK;
}
