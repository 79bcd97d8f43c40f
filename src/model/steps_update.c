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

/* Of the rows first … last-1 of all panels, one panel after the other, the first ones that lie in one panel, or with
 * `backwards` the last ones; at most `most`. */
static row_run next_rows(const cn__variable *v, cn__range rows, size_t most, bool backwards)
{
    size_t at = backwards ? rows.last - 1 : rows.first;
    row_run r = {.panel = cn__panel_at(v, at / v->rows), .row = at % v->rows};
    r.count = backwards ? r.row + 1 : v->rows - r.row;
    if (r.count > most) r.count = most;
    if (r.count > rows.last - rows.first) r.count = rows.last - rows.first;
    if (backwards) r.row -= r.count - 1;
    return r;
}

/* Rows of xᵀ for a block of a gradient, one sample close behind the other: in x, samples a power of two apart would push each other out of
 * the first-level cache. */
static void pack_inputs(cn__matmul *m, real *packed)
{
    for (size_t k = 0; k < m->depth; k++) {
        const real *from = m->a + k * m->a_step;
        real *to = packed + k * m->rows;
        if (m->rows == GRAD_ROWS) memcpy(to, from, GRAD_ROWS * sizeof(real)); /* no call */
        else memcpy(to, from, m->rows * sizeof(real));
    }
    m->a = packed, m->a_step = m->rows;
}

/* What a thread needs for its part of a kernel's gradient and update. */
typedef struct kernel_work {
    const cn__plan *plan;
    const node *node;
    cn__variable *v;
    cn__update update;
    const cn__sparse *entries;
    int member;
    size_t panel; /* whose gradient is packed in `d` */
    const real *d;
} kernel_work;

static size_t first_number(const row_run *r) { return r->panel.offset + r->row * r->panel.width; }

/* Their gradient, then the update. */
static void take_rows(const kernel_work *w, const row_run *r)
{
    const cn__plan *plan = w->plan;
    const size_t first = first_number(r);
    real *g = plan->scratch[w->member];
    cn__matmul m = r->gradient;
    m.c = g;
    if (!w->entries) {
        pack_inputs(&m, plan->packed[w->member] + m.depth * CN_PANEL);
        plan->k->matmul(&m);
        take(plan, w->v, &w->update, first, g, m.rows * m.c_row);
        return;
    }
    for (size_t done = 0; done < r->count; done += m.rows) {
        m.rows = r->count - done;
        bool idle = same_kind(w->entries->count + r->row + done, &m.rows);
        if (!idle) plan->k->matmul_sparse(&m, w->entries, r->row + done);
        take(plan, w->v, &w->update, first + done * m.c_row, idle ? NULL : g, m.rows * m.c_row);
    }
}

/* Both in one, where the kernels have that for the optimiser; asked with no rows, only tells. */
static bool take_rows_at_once(const kernel_work *w, const row_run *r)
{
    const cn__plan *plan = w->plan;
    real *slot[CN_MAX_SLOTS];
    if (!w->entries || plan->separate || w->v->average) return false;
    slots_at(w->v, first_number(r), slot);
    return plan->k->gradient_update(&r->gradient, w->entries, r->row, &w->update,
                                    w->v->value + first_number(r), slot);
}

static void take_block(kernel_work *w, cn__range rows, bool at_once, bool backwards)
{
    const cn__plan *plan = w->plan;
    const size_t samples = plan->n * w->node->op.rows;
    while (rows.first < rows.last) {
        row_run r = next_rows(w->v, rows, at_once ? SIZE_MAX : GRAD_ROWS, backwards);
        if (w->panel != r.panel.first) w->d = pack_gradient(plan, w->node, &r.panel, samples, w->member);
        w->panel = r.panel.first;
        r.gradient = (cn__matmul){.a = w->node->x + r.row,
                                  .a_row = 1,
                                  .a_step = w->node->op.in_cols,
                                  .b = w->d,
                                  .b_row = r.panel.width,
                                  .c_row = r.panel.width,
                                  .rows = r.count,
                                  .cols = r.panel.cols,
                                  .depth = samples,
                                  .c_padded = true};
        if (at_once) take_rows_at_once(w, &r);
        else take_rows(w, &r);
        if (backwards) rows.last -= r.count;
        else rows.first += r.count;
    }
}

/* dW (in, out) = xᵀ · d. The rows of all panels, one panel after the other, are one array: each thread has one run of it,
 * whatever their number, in blocks; whoever is through with its own takes blocks of the others, so that nobody waits for
 * a thread that was held up. Every other step goes backwards, so that it begins with what the last one left in the cache. */
void cn__step_kernel(cn__plan *plan, step *s, int member)
{
    cn__variable *v = s->variable;
    if (!cn__variable_trainable(v)) return;
    kernel_work w = {.plan = plan,
                     .node = s->node,
                     .v = v,
                     .update = update_of(plan, v),
                     .member = member,
                     .panel = SIZE_MAX};
    if (plan->sparse) w.entries = cn__lists_of(plan, s->node->by_column, member);
    const bool at_once = take_rows_at_once(&w, &(row_run){0}), backwards = plan->counter & 1;
    for (int i = 0; i < plan->members; i++) {
        int owner = (member + i) % plan->members;
        cn__range share = cn__member_share(plan, cn__panel_count(v) * v->rows, 1, owner);
        const size_t count = share.last - share.first;
        cn__range r = cn__next_block(s, owner, count, AT_ONCE_ROWS);
        for (; r.first < r.last; r = cn__next_block(s, owner, count, AT_ONCE_ROWS)) {
            const size_t first = backwards ? share.last - r.last : share.first + r.first;
            take_block(&w, (cn__range){first, first + r.last - r.first}, at_once, backwards);
        }
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

/* A thread has whole variables. */
static void apply_whole(cn__plan *plan, int member)
{
    const cn_model *model = plan->model;
    for (size_t i = (size_t)member; i < model->variable_count; i += (size_t)plan->members) {
        const cn__variable *v = model->variables[i];
        if (!cn__variable_trainable(v)) continue;
        cn__update u = plan->update;
        u.grad_scale = plan->grad_scale[i];
        cn__whole whole = {.w = v->value, .average = v->average, .grad = v->grad, .n = v->padded};
        memcpy(whole.slot, v->slot, sizeof whole.slot);
        cn__optimizer_apply(&model->optimizer, &u, &whole);
    }
}

void cn__step_apply(cn__plan *plan, step *s, int member)
{
    (void)s;
    const cn_model *model = plan->model;
    if (cn__optimizer_is_whole(&model->optimizer)) {
        apply_whole(plan, member);
        return;
    }
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
