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

void cn__scale_shift_build(cn__layer *layer, const cn__scale_shift *b, int ndim, const size_t *shape)
{
    if (b->scale) {
        cn__variable *gamma = cn__layer_variable(layer, "gamma", ndim, shape, true);
        gamma->initializer = b->gamma_start, gamma->regularizer = b->gamma_penalty,
        gamma->constraint = b->gamma_bound;
    }
    if (b->center) {
        cn__variable *beta = cn__layer_variable(layer, "beta", ndim, shape, true);
        beta->initializer = b->beta_start, beta->regularizer = b->beta_penalty,
        beta->constraint = b->beta_bound;
    }
}

cn_status cn__check_last_axis_only(const cn__ints *axis, const cn__shape *in)
{
    if (in->rank < 1)
        return cn__fail(CN_ERROR_SHAPE, "normalisation needs samples of at least one dimension");
    if (axis->count == 1 && (axis->items[0] == -1 || axis->items[0] == in->rank)) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "axis = %g: only the last one can be normalised over (-1 or %d)",
                    axis->count ? (double)axis->items[0] : 0, in->rank);
}
