/* PReLU (He et al. 2015): x over 0, alpha · x under it. There is an alpha for each element of a sample; over the shared
 * axes, counted from 1, it is the same. */
#include <stddef.h>

#include "nn/layer.h"
#include "nn/ops.h"

/* ---- the operation: variable alpha, one row in C order ---- */

typedef struct state {
    size_t *row_of; /* (rows): the row of alpha that a row of a sample has */
    real *alpha;    /* (size): for each element of a sample */
} state;

static bool last_is_shared(const cn__op *op)
{
    return ((const cn__prelu_args *)op->args)->shared[op->shape.rank - 1];
}

static void find_rows(const cn__op *op, size_t *row_of)
{
    const cn__prelu_args *a = op->args;
    for (size_t row = 0; row < op->rows; row++) {
        size_t left = row, step = 1;
        row_of[row] = 0;
        for (int axis = op->shape.rank - 2; axis >= 0; axis--) {
            const size_t dim = op->shape.dim[axis];
            if (!a->shared[axis]) row_of[row] += left % dim * step, step *= dim;
            left /= dim;
        }
    }
}

static cn_status prepare_node(cn__arena *arena, cn__buffers *buffers, cn__node *n)
{
    state *s = n->state = cn__arena_alloc(arena, sizeof *s);
    if (!s || !(s->row_of = cn__arena_array(arena, n->op->rows, sizeof *s->row_of))) return CN_ERROR_MEMORY;
    find_rows(n->op, s->row_of);
    return cn__buffer_request_packed(buffers, n->op->size, &s->alpha);
}

static size_t workspace(const cn__op *op, size_t batch, bool training)
{
    const size_t size = op->variable[0]->cols;
    return training ? CN_PAD(size) + cn__block_stack(cn__block_count(batch), size) : 0;
}

static void pack(const cn__run *run, cn__node *n, bool backward)
{
    const cn__op *op = n->op;
    const state *s = n->state;
    const real *alpha = op->variable[0]->value;
    const cn__range rows = cn__run_slice(run, op->rows, 1);
    if (backward) return; /* the same as forward */
    for (size_t row = rows.first; row < rows.last; row++)
        for (size_t c = 0; c < op->cols; c++)
            s->alpha[row * op->cols + c] =
                alpha[last_is_shared(op) ? s->row_of[row] : s->row_of[row] * op->cols + c];
}

static void forward(const cn__run *run, cn__node *n)
{
    const real *alpha = ((const state *)n->state)->alpha;
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    for (size_t i = r.first; i < r.last; i++) {
        const real *x = cn__node_input(n, 0) + i * n->size;
        real *y = n->z + i * n->size;
        for (size_t e = 0; e < n->size; e++) y[e] = x[e] > 0 ? x[e] : alpha[e] * x[e];
    }
    cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

/* At 0 Keras has a slope of 0. */
static void backward(const cn__run *run, cn__node *n)
{
    const real *alpha = ((const state *)n->state)->alpha;
    const cn__edge *edge = &n->in[0];
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    for (size_t i = r.first; i < r.last; i++) {
        const real *x = cn__node_input(n, 0) + i * n->size, *d = n->d + i * n->size;
        real *dx = edge->grad + i * n->size;
        for (size_t e = 0; e < n->size; e++) dx[e] = x[e] > 0 ? d[e] : x[e] < 0 ? alpha[e] * d[e] : 0;
    }
    cn__edge_done(run, edge, r.first * n->size, (r.last - r.first) * n->size);
}

static real slope(real x, real d) { return x < 0 ? x * d : 0; }

/* Adds a sample's part to elements first … first + count - 1 of alpha's gradient. */
static void add_sample(const cn__node *n, const real *x, const real *d, size_t first, size_t count, real *out)
{
    const size_t cols = n->op->cols, last = first + count;
    const size_t *row_of = ((const state *)n->state)->row_of;
    for (size_t row = 0; row < n->op->rows; row++, x += cols, d += cols) {
        if (last_is_shared(n->op)) {
            if (row_of[row] < first || row_of[row] >= last) continue;
            for (size_t c = 0; c < cols; c++) out[row_of[row] - first] += slope(x[c], d[c]);
            continue;
        }
        const size_t base = row_of[row] * cols, from = base > first ? base : first,
                     to = base + cols < last ? base + cols : last;
        for (size_t e = from; e < to; e++) out[e - first] += slope(x[e - base], d[e - base]);
    }
}

static void gradient(const cn__run *run, cn__node *n)
{
    cn__variable *alpha = n->op->variable[0];
    const cn__range slice = cn__run_slice(run, alpha->cols, CN_LANES);
    const size_t count = slice.last - slice.first;
    real *g = run->workspace;
    if (!count) return;
    cn__block_sum sum =
        cn__block_sum_start(run->k, cn__block_count(run->n), count, g, g + CN_PAD(alpha->cols));
    for (size_t at = 0; at < run->n; at += CN_BLOCK) {
        real *out = cn__block_sum_next(&sum);
        for (size_t e = 0; e < count; e++) out[e] = 0;
        for (size_t i = at; i < run->n && i < at + CN_BLOCK; i++)
            add_sample(n, cn__node_input(n, 0) + i * n->size, n->d + i * n->size, slice.first, count, out);
        cn__block_sum_push(&sum);
    }
    cn__sink_vector(run, alpha, slice.first, count, g);
}

static unsigned saves(const cn__op *op)
{
    (void)op;
    return CN_SAVES_INPUTS;
}

const cn__op_kind cn__op_prelu = {
    .name = "prelu",
    .saves = saves,
    .prepare = prepare_node,
    .workspace = workspace,
    .pack = pack,
    .forward = forward,
    .backward = backward,
    .own_samples = true,
    .gradients = {{"alpha", 1u, false, gradient, false}},
};

/* ---- the layer ---- */

typedef struct prelu {
    const cn__value *alpha_initializer, *alpha_regularizer, *alpha_constraint;
    cn__ints shared_axes;
    cn__initializer start;
    cn__regularizer penalty;
    cn__constraint bound;
} prelu;

static const cn__param params[] = {
    CN_PARAM_FIELD(prelu, alpha_initializer, CN_PARAM_VALUE, "zeros"),
    CN_PARAM_FIELD(prelu, alpha_regularizer, CN_PARAM_VALUE, "none"),
    CN_PARAM_FIELD(prelu, alpha_constraint, CN_PARAM_VALUE, "none"),
    CN_PARAM_FIELD(prelu, shared_axes, CN_PARAM_INTS, "none"),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    prelu *p = layer->config;
    CN_TRY(cn__initializer_parse(arena, p->alpha_initializer, &p->start));
    CN_TRY(cn__regularizer_parse(arena, p->alpha_regularizer, &p->penalty));
    return cn__constraint_parse(arena, p->alpha_constraint, &p->bound);
}

static bool is_shared(const prelu *p, int axis)
{
    for (size_t i = 0; i < p->shared_axes.count; i++)
        if (p->shared_axes.items[i] == axis + 1) return true;
    return false;
}

static cn_status build(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs)
{
    (void)arena, (void)inputs;
    const prelu *p = layer->config;
    size_t shape[CN_MAX_RANK];
    if (in->rank < 1) return cn__fail(CN_ERROR_SHAPE, "it needs samples of at least one dimension");
    for (size_t i = 0; i < p->shared_axes.count; i++)
        if (p->shared_axes.items[i] < 1 || p->shared_axes.items[i] > in->rank)
            return cn__fail(CN_ERROR_ARGUMENT, "shared_axes: got %lld, expected axes from 1 to %d",
                            (long long)p->shared_axes.items[i], in->rank);
    for (int i = 0; i < in->rank; i++) shape[i] = is_shared(p, i) ? 1 : in->dim[i];
    cn__variable *alpha = cn__layer_variable(layer, "alpha", in->rank, shape, true);
    cn__variable_set_cols(alpha, cn__variable_size(alpha));
    alpha->initializer = p->start, alpha->regularizer = p->penalty, alpha->constraint = p->bound;
    return CN_OK;
}

/* A later call may differ in what is shared. */
static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs, (void)out;
    char text[120], before[120];
    const cn__variable *alpha = &layer->variable[0];
    bool fits = in->rank == alpha->ndim;
    for (int i = 0; fits && i < in->rank; i++)
        fits = is_shared(layer->config, i) || in->dim[i] == alpha->shape[i];
    if (fits) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "layer %s was called before on samples of shape %s, got %s",
                    layer->name ? layer->name : layer->kind->class_name,
                    cn__shape_text(&layer->in, before, sizeof before), cn__shape_text(in, text, sizeof text));
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    cn__prelu_args args = {0};
    for (int i = 0; i < out->shape.rank; i++) args.shared[i] = is_shared(layer->config, i);
    out->op = cn__lower_op(l, &cn__op_prelu, in, inputs, &out->shape, &args, sizeof args);
    if (!out->op) return CN_ERROR_MEMORY;
    out->op->variable[0] = &layer->variable[0];
    return CN_OK;
}

const cn__layer_kind cn__layer_prelu = {.class_name = "PReLU",
                                        .aliases = {"prelu"},
                                        CN_LAYER_PARAMS(params, prelu),
                                        .prepare = prepare,
                                        .build = build,
                                        .infer = infer,
                                        .lower = lower};
