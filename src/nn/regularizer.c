#include "nn/regularizer.h"

#include <string.h>

#include "nn/variable.h"

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

size_t cn__regularizer_workspace(const cn__regularizer *r, const cn__variable *v)
{
    if (!r->matrix) return 0;
    return 2 * CN_PAD(cn__variable_size(v)) + r->matrix->workspace(r->config, v->rows, v->cols);
}

double cn__regularizer_penalty(const cn__regularizer *r, const cn__variable *v, real *grad, real *workspace)
{
    const size_t size = CN_PAD(cn__variable_size(v));
    real *w = workspace, *g = w + size, *rest = g + size;
    cn__variable_gather(v, v->value, w);
    if (!grad) return r->matrix->penalty(r->config, v->rows, v->cols, w, NULL, rest);
    cn__variable_gather(v, grad, g);
    const double penalty = r->matrix->penalty(r->config, v->rows, v->cols, w, g, rest);
    cn__variable_scatter(v, g, grad);
    return penalty;
}
