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

cn__variable *cn__scale_shift_lower(const cn__scale_shift *b, cn__layer *layer, cn__op *op)
{
    cn__variable *next = layer->variable;
    if (b->scale) op->variable[CN_GAMMA] = next++;
    if (b->center) op->variable[CN_BETA] = next++;
    return next;
}

size_t cn__scale_shift_workspace(const cn__op *op, size_t batch)
{
    return CN_PAD(op->cols) + cn__block_stack(cn__block_count(batch), op->cols);
}

void cn__scale_shift_gradient(const cn__run *run, cn__node *n, cn__gamma_gradient *gamma)
{
    const cn__op *op = n->op;
    const cn__range slice = cn__run_slice(run, op->cols, CN_LANES);
    const size_t first = slice.first, count = slice.last - slice.first;
    real *g = run->workspace;
    if (!count) return;
    if (op->variable[CN_GAMMA] && cn__variable_trainable(op->variable[CN_GAMMA])) {
        gamma(run, n, first, count, g);
        cn__sink_vector(run, op->variable[CN_GAMMA], first, count, g);
    }
    if (op->variable[CN_BETA] && cn__variable_trainable(op->variable[CN_BETA])) {
        cn__block_columns(run, op, n->d + first, count, g, g + CN_PAD(op->cols));
        cn__sink_vector(run, op->variable[CN_BETA], first, count, g);
    }
}
