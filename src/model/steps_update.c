/* Gradients of the variables, tile by tile: each tile goes to the optimiser while it is in the first-level
 * cache, or, where a norm of the whole gradient is wanted first, to variable->grad. */
#include <math.h>
#include <string.h>

#include "model/steps.h"

/* The step's numbers for one variable. */
static cn__update update_of(const cn__plan *plan, const cn__variable *v)
{
    cn__update u = plan->update;
    u.l1 = (real)v->regularizer.l1;
    u.l2 = (real)v->regularizer.l2;
    return u;
}

/* Where number `first` (of the padded layout) of each slot of a variable stands. */
static void slots_at(const cn__variable *v, size_t first, real *slot[CN_MAX_SLOTS])
{
    for (int i = 0; i < CN_MAX_SLOTS; i++) slot[i] = v->slot[i] ? v->slot[i] + first : NULL;
}

/* Takes numbers first … first+count-1 (of the padded layout) of a variable's gradient; g NULL: zeros. */
static void take(const cn__plan *plan, cn__variable *v, const cn__update *u, size_t first, real *g,
                 size_t count)
{
    if (plan->separate) {
        if (g) memcpy(v->grad + first, g, count * sizeof(real));
        else memset(v->grad + first, 0, count * sizeof(real));
        return;
    }
    real *slot[CN_MAX_SLOTS];
    slots_at(v, first, slot);
    plan->k->update(u, v->value + first, slot, v->average ? v->average + first : NULL, g, count);
}

/* The columns of `d` that belong to a panel, one row close behind the other: every tile of the panel reads them again,
 * from the first-level cache, where rows a power of two apart would push each other out. */
static const real *pack_gradient(const cn__plan *plan, const node *n, const cn__panel *p, size_t rows,
                                 int member)
{
    real *packed = plan->packed[member];
    for (size_t r = 0; r < rows; r++)
        memcpy(packed + r * p->width, n->d + r * n->op.out_cols + p->first, p->cols * sizeof(real));
    return packed;
}

/* Rows of a kernel whose input is zero in the whole batch have no gradient. Of `count` rows, takes those that are like
 * the first; is that one without a gradient? */
static bool same_kind(const uint32_t *entries, size_t *count)
{
    const bool idle = entries[0] == 0;
    size_t n = 1;
    while (n < *count && (entries[n] == 0) == idle) n++;
    *count = n;
    return idle;
}

/* A run of rows of one panel of a kernel, and the product that is its gradient. */
typedef struct row_run {
    cn__panel panel;
    size_t row, count;
    cn__matmul gradient;
} row_run;

/* Every other step goes backwards, so that it begins with what the last one left in the cache. Of the `left` rows of a
 * share that are still to do, those that follow in one panel, at most `most`. */
static row_run next_rows(const cn__variable *v, cn__range share, size_t left, size_t most, bool backwards)
{
    size_t at = backwards ? share.first + left - 1 : share.last - left;
    row_run r = {.panel = cn__panel_at(v, at / v->rows), .row = at % v->rows};
    r.count = backwards ? r.row + 1 : v->rows - r.row;
    if (r.count > most) r.count = most;
    if (r.count > left) r.count = left;
    if (backwards) r.row -= r.count - 1;
    return r;
}

/* Their gradient, then the update. */
static void take_rows(const cn__plan *plan, cn__variable *v, const cn__update *u, const cn__sparse *entries,
                      const row_run *r, real *g)
{
    size_t first = r->panel.offset + r->row * r->panel.width;
    cn__matmul m = r->gradient;
    m.c = g;
    if (!entries) {
        plan->k->matmul(&m);
        take(plan, v, u, first, g, m.rows * m.c_row);
        return;
    }
    for (size_t done = 0; done < r->count; done += m.rows) {
        m.rows = r->count - done;
        bool idle = same_kind(entries->count + r->row + done, &m.rows);
        if (!idle) plan->k->matmul_sparse(&m, entries, r->row + done);
        take(plan, v, u, first + done * m.c_row, idle ? NULL : g, m.rows * m.c_row);
    }
}

/* Both in one, where the kernels have that for the optimiser; asked with no rows, only tells. */
static bool take_rows_at_once(const cn__plan *plan, cn__variable *v, const cn__update *u,
                              const cn__sparse *entries, const row_run *r)
{
    real *slot[CN_MAX_SLOTS];
    size_t first = r->panel.offset + r->row * r->panel.width;
    if (!entries || plan->separate || v->average) return false;
    slots_at(v, first, slot);
    return plan->k->gradient_update(&r->gradient, entries, r->row, u, v->value + first, slot);
}

/* dW (in, out) = xᵀ · d. The rows of all panels, one panel after the other, are one array: each thread has
 * one run of it, whatever their number. */
void cn__step_kernel(cn__plan *plan, step *s, int member)
{
    const node *n = s->node;
    cn__variable *v = s->variable;
    if (!cn__variable_trainable(v)) return;
    const cn__sparse *entries = plan->sparse ? n->by_column : NULL;
    const cn__update u = update_of(plan, v);
    const size_t samples = plan->n * n->op.rows;
    const cn__range share = cn__member_share(plan, cn__panel_count(v) * v->rows, 1, member);
    const bool at_once = take_rows_at_once(plan, v, &u, entries, &(row_run){0});
    const real *d = NULL;
    size_t panel = SIZE_MAX;
    for (size_t left = share.last - share.first; left;) {
        row_run r = next_rows(v, share, left, at_once ? AT_ONCE_ROWS : GRAD_ROWS, plan->counter & 1);
        if (panel != r.panel.first) d = pack_gradient(plan, n, &r.panel, samples, member);
        panel = r.panel.first;
        r.gradient = (cn__matmul){.a = n->x + r.row,
                                  .a_row = 1,
                                  .a_step = n->op.in_cols,
                                  .b = d,
                                  .b_row = r.panel.width,
                                  .c_row = r.panel.width,
                                  .rows = r.count,
                                  .cols = r.panel.cols,
                                  .depth = samples,
                                  .c_padded = true};
        if (at_once) take_rows_at_once(plan, v, &u, entries, &r);
        else take_rows(plan, v, &u, entries, &r, plan->scratch[member]);
        left -= r.count;
    }
}

/* Column sums of `dy` into the gradient of a vector; numbers `first` on, `count` of them, in scratch blocks. */
static void take_vector(cn__plan *plan, cn__variable *v, cn__range share, real *g)
{
    cn__update u = update_of(plan, v);
    size_t padded = CN_PAD(share.last - share.first);
    for (size_t i = share.last - share.first; i < padded; i++) g[i] = 0;
    take(plan, v, &u, share.first, g, padded);
}

/* A thread's columns of a vector, not more at a time than the scratch holds. */
#define FOR_COLUMNS(piece, share)                                                                            \
    for (cn__range piece = {share.first, share.first}; piece.first < share.last; piece.first = piece.last)   \
        if (piece.last = share.last - piece.first < SCRATCH ? share.last : piece.first + SCRATCH, true)

void cn__step_bias(cn__plan *plan, step *s, int member)
{
    const node *n = s->node;
    cn__range share = cn__member_share(plan, n->op.out_cols, CN_LANES, member);
    real *g = plan->scratch[member];
    if (!cn__variable_trainable(s->variable)) return;
    FOR_COLUMNS(piece, share)
    {
        plan->k->column_sums(n->d + piece.first, n->op.out_cols, plan->n * n->op.rows,
                             piece.last - piece.first, g);
        take_vector(plan, s->variable, piece, g);
    }
}

/* gamma and beta of a normalisation. */
void cn__step_scales(cn__plan *plan, step *s, int member)
{
    const node *n = s->node;
    const cn__op *op = &n->op;
    size_t rows = plan->n * op->rows, cols = op->out_cols;
    cn__range share = cn__member_share(plan, cols, CN_LANES, member);
    real *g = plan->scratch[member];
    FOR_COLUMNS(piece, share)
    {
        size_t count = piece.last - piece.first;
        if (op->gamma && cn__variable_trainable(op->gamma)) {
            if (op->kind == CN_OP_LAYERNORM) {
                /* the kernel indexes its result by column of the whole */
                plan->k->column_dots(n->d + piece.first, n->xhat + piece.first, cols, rows, 0, count, g);
            } else {
                plan->k->column_sums_back(n->d + piece.first, n->x + piece.first, cols, rows, 0, count,
                                          n->mean + piece.first, n->inverse + piece.first,
                                          n->sums + piece.first, g);
            }
            take_vector(plan, op->gamma, piece, g);
        }
        if (op->beta && cn__variable_trainable(op->beta)) {
            plan->k->column_sums(n->d + piece.first, cols, rows, count, g);
            take_vector(plan, op->beta, piece, g);
        }
    }
}

/* moving = moving · momentum + batch · (1 - momentum), with the biased variance, as Keras has it. */
void cn__step_statistics(cn__plan *plan, step *s, int member)
{
    const node *n = s->node;
    const cn__op *op = &n->op;
    cn__range share = cn__member_share(plan, op->out_cols, CN_LANES, member);
    for (size_t c = share.first; c < share.last; c++) {
        op->mean->value[c] = op->mean->value[c] * op->momentum + n->mean[c] * (1 - op->momentum);
        op->variance->value[c] = op->variance->value[c] * op->momentum + n->variance[c] * (1 - op->momentum);
    }
}

/* ---- where the whole gradient is wanted first ---------------------------------------------------- */

/* Adds the regularisers' part to each gradient and takes its norm; a thread has whole variables, so that the
 * sum is one tree. */
void cn__step_norms(cn__plan *plan, step *s, int member)
{
    (void)s;
    const cn_model *model = plan->model;
    const double clip = model->optimizer.clipnorm;
    for (size_t i = (size_t)member; i < model->variable_count; i += (size_t)plan->members) {
        cn__variable *v = model->variables[i];
        plan->norms[i] = 0;
        if (!cn__variable_trainable(v)) continue;
        real l1 = (real)v->regularizer.l1, l2 = (real)(2 * v->regularizer.l2);
        for (size_t e = 0; (l1 != 0 || l2 != 0) && e < v->padded; e++) {
            real w = v->value[e];
            v->grad[e] += l1 * (real)((w > 0) - (w < 0)) + l2 * w;
        }
        double squares = (double)plan->k->sum_squares(v->grad, v->padded);
        plan->norms[i] = squares;
        plan->grad_scale[i] = !isnan(clip) && sqrt(squares) > clip ? (real)(clip / sqrt(squares)) : 1;
    }
}

/* Every thread computes the same factor for the variables it will apply. */
void cn__step_global_norm(cn__plan *plan, step *s, int member)
{
    (void)s;
    if (member != 0) return;
    const cn_model *model = plan->model;
    double squares = 0, clip = model->optimizer.global_clipnorm;
    for (size_t i = 0; i < model->variable_count; i++) squares += plan->norms[i];
    for (size_t i = 0; i < model->variable_count; i++)
        plan->grad_scale[i] = sqrt(squares) > clip ? (real)(clip / sqrt(squares)) : 1;
}

void cn__step_apply(cn__plan *plan, step *s, int member)
{
    (void)s;
    const cn_model *model = plan->model;
    for (size_t i = 0; i < model->variable_count; i++) {
        cn__variable *v = model->variables[i];
        if (!cn__variable_trainable(v)) continue;
        cn__update u = plan->update; /* the regularisers' part is in the gradient already */
        u.grad_scale = plan->grad_scale[i];
        cn__range share = cn__member_share(plan, v->padded, CN_LANES, member);
        real *slot[CN_MAX_SLOTS];
        slots_at(v, share.first, slot);
        if (share.last > share.first)
            plan->k->update(&u, v->value + share.first, slot, v->average ? v->average + share.first : NULL,
                            v->grad + share.first, share.last - share.first);
    }
}

bool cn__overwrites(const cn__optimizer *o) { return o->use_ema && o->ema_overwrite_frequency > 0; }

/* Averages become the weights, in the steps where they do; constraints come after, as in Keras. */
void cn__step_finish(cn__plan *plan, step *s, int member)
{
    (void)s;
    const cn_model *model = plan->model;
    const cn__optimizer *o = &model->optimizer;
    const bool overwrite = cn__overwrites(o) && o->iterations % o->ema_overwrite_frequency == 0;
    for (size_t i = (size_t)member; i < model->variable_count; i += (size_t)plan->members) {
        cn__variable *v = model->variables[i];
        if (!cn__variable_trainable(v)) continue;
        if (overwrite) memcpy(v->value, v->average, v->padded * sizeof(real));
        if (!v->constraint.kind) continue;
        real *values = plan->scratch[member];
        cn__variable_gather(v, v->value, values);
        cn__constraint_apply(&v->constraint, v->ndim, v->shape, values);
        cn__variable_scatter(v, values, v->value);
    }
}
