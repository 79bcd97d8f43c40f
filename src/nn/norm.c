/* gamma and beta of the normalising layers. */
#include "nn/norm.h"

cn_status cn__scale_shift_prepare(cn__arena *arena, cn__scale_shift *b)
{
    CN_TRY(cn__initializer_parse(arena, b->beta_initializer, &b->beta_start));
    CN_TRY(cn__initializer_parse(arena, b->gamma_initializer, &b->gamma_start));
    CN_TRY(cn__regularizer_parse(arena, b->beta_regularizer, &b->beta_penalty));
    CN_TRY(cn__regularizer_parse(arena, b->gamma_regularizer, &b->gamma_penalty));
    CN_TRY(cn__constraint_parse(arena, b->beta_constraint, &b->beta_bound));
    return cn__constraint_parse(arena, b->gamma_constraint, &b->gamma_bound);
}

/* What normalises reads gamma and beta as one row. */
static cn__variable *add_row(cn__layer *layer, const char *name, int ndim, const size_t *shape)
{
    cn__variable *v = cn__layer_variable(layer, name, ndim, shape, true);
    cn__variable_set_cols(v, cn__variable_size(v));
    return v;
}

void cn__scale_shift_build(cn__layer *layer, const cn__scale_shift *b, int ndim, const size_t *shape)
{
    if (b->scale) {
        cn__variable *gamma = add_row(layer, "gamma", ndim, shape);
        gamma->initializer = b->gamma_start, gamma->regularizer = b->gamma_penalty,
        gamma->constraint = b->gamma_bound;
    }
    if (b->center) {
        cn__variable *beta = add_row(layer, "beta", ndim, shape);
        beta->initializer = b->beta_start, beta->regularizer = b->beta_penalty,
        beta->constraint = b->beta_bound;
    }
}
