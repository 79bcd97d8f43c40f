/* The backward steps: a node's gradient from its output to its input, then the derivatives of what is
 * joined to the node before. */
#include "model/steps.h"

void cn__joined_back(const cn__plan *plan, const node *n, size_t first, size_t count)
{
    static const cn__activation linear = {.kind = CN_ACT_LINEAR};
    real *d = n->d + first;
    if (!n->back_count) plan->k->activate_back(&linear, NULL, NULL, d, d, count); /* flushes */
    for (size_t i = n->back_count; i-- > 0;) {
        const joined *j = &n->then[i];
        if (j->op.kind == CN_OP_DROPOUT) {
            cn__stream s =
                cn__random_stream(plan->model->seed, CN_RANDOM_DROPOUT, j->op.stream, plan->counter);
            plan->k->dropout(d, d, count, s.key, s.purpose, s.step, first, j->op.rate);
        } else {
            plan->k->activate_back(&j->op.activation, j->in + first, j->out + first, d, d, count);
        }
    }
}

/* How many rows of a kernel are turned at a time: as many as the scratch holds. */
static size_t tile_of(const cn__variable *kernel)
{
    size_t tile = SCRATCH / cn__panel_at(kernel, 0).width;
    return tile - tile % CN_LANES;
}

/* dx (rows, in) = d (rows, out) · kernelᵀ. A tile of rows of the kernel is turned panel by panel, padding too, so that
 * vectors run across dx while the chain runs over the outputs in ascending order. */
void cn__step_dense_back(cn__plan *plan, step *s, int member)
{
    const node *n = s->node, *before = n - 1;
    const cn__op *op = &n->op;
    size_t rows = plan->n * op->rows;
    const size_t tile = tile_of(op->kernel);
    real *turned = plan->scratch[member];
    cn__range share = cn__member_share(plan, op->in_cols, CN_LANES, member);
    for (size_t i = share.first; i < share.last; i += tile) {
        size_t cols = share.last - i < tile ? share.last - i : tile;
        for (size_t panel = 0; panel < cn__panel_count(op->kernel); panel++) {
            cn__panel p = cn__panel_at(op->kernel, panel);
            plan->k->transpose(op->kernel->value + p.offset + i * p.width, p.width, cols, p.width, turned,
                               tile);
            cn__matmul m = {.a = n->d + p.first,
                            .a_row = op->out_cols,
                            .a_step = 1,
                            .b = turned,
                            .b_row = tile,
                            .c = before->d + i,
                            .c_row = op->in_cols,
                            .rows = rows,
                            .cols = cols,
                            .depth = p.cols,
                            .accumulate = panel > 0};
            plan->k->matmul(&m);
        }
        for (size_t r = 0; r < rows; r++) cn__joined_back(plan, before, r * op->in_cols + i, cols);
    }
}

void cn__step_softmax_back(cn__plan *plan, step *s, int member)
{
    const node *n = s->node;
    size_t cols = n->op.out_cols;
    cn__range share = cn__member_rows(plan, n->op.rows, member);
    size_t first = share.first * cols, count = share.last - share.first;
    if (!count) return;
    void (*f)(const real *, const real *, real *, size_t, size_t) =
        n->op.activation.kind == CN_ACT_SOFTMAX ? plan->k->softmax_back : plan->k->log_softmax_back;
    f(n->z + first, n->d + first, n[-1].d + first, count, cols);
    cn__joined_back(plan, n - 1, first, count * cols);
}

void cn__step_batchnorm_back(cn__plan *plan, step *s, int member)
{
    const node *n = s->node, *before = n - 1;
    size_t cols = n->op.out_cols, rows = plan->n * n->op.rows;
    cn__range share = cn__member_share(plan, cols, CN_LANES, member);
    size_t count = share.last - share.first;
    if (!count) return;
    if (n->op.layer->trainable) {
        real *sum_dy = n->sums, *sum_dy_x = n->sums + CN_PAD(cols);
        plan->k->column_sums_back(n->d, n->x, cols, rows, share.first, count, n->mean, n->inverse, sum_dy,
                                  sum_dy_x);
        plan->k->batchnorm_back(n->d, n->x, before->d, cols, rows, share.first, count, n->mean, n->inverse,
                                n->op.gamma ? n->op.gamma->value : NULL, sum_dy, sum_dy_x);
    } else { /* fixed statistics: a scale by column */
        for (size_t r = 0; r < rows; r++)
            for (size_t c = share.first; c < share.last; c++)
                before->d[r * cols + c] = n->d[r * cols + c] * n->scale[c];
    }
    for (size_t r = 0; r < rows; r++) cn__joined_back(plan, before, r * cols + share.first, count);
}

void cn__step_layernorm_back(cn__plan *plan, step *s, int member)
{
    const node *n = s->node;
    size_t cols = n->op.out_cols;
    cn__range share = cn__member_rows(plan, n->op.rows, member);
    size_t first = share.first * cols, count = share.last - share.first;
    if (!count) return;
    plan->k->layernorm_back(n->d + first, n->xhat + first, n->inverse + share.first,
                            n->op.gamma ? n->op.gamma->value : NULL, n[-1].d + first, count, cols);
    cn__joined_back(plan, n - 1, first, count * cols);
}
