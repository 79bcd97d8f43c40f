/* Regularisers by name. */
#include "nn/regularizers/regularizer.h"

#define EACH_REGULARIZER(X)                                                                                  \
    X(l1)                                                                                                    \
    X(l1_l2)                                                                                                 \
    X(l2)                                                                                                    \
    X(orthogonal)

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
    *out = (cn__regularizer){0};
    if (!value || value->kind == CN_VALUE_NONE) return CN_OK;
    CN_TRY(cn__registry_read(arena, &cn__regularizers, value, &kind, &config));
    const cn__regularizer_class *class = (const cn__regularizer_class *)kind;
    if (class->strengths) *out = class->strengths(config);
    else *out = (cn__regularizer){.matrix = class, .config = config};
    return CN_OK;
}

cn_status cn__regularizer_check(const cn__regularizer *r, int ndim)
{
    if (!r->matrix || ndim == 2) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "regularizer %s: a variable of %d dimension%s, expected a matrix",
                    r->matrix->kind.name, ndim, ndim == 1 ? "" : "s");
}
