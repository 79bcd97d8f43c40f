/* LayerNormalization (Ba et al. 2016) over one or several axes of each sample; with rms_scaling, as Keras has it, an element is
 * divided by the deviation, but no mean is taken from it. */
#include <math.h>

#include "nn/norm.h"
#include "nn/ops.h"

/* ---- the operation: variables gamma, beta ---- */

typedef struct state {
    real *xhat, *inverse; /* (rows, cols), (rows): for the way back */
} state;

static cn_status prepare_node(cn__arena *arena, cn__buffers *buffers, cn__node *n)
{
    state *s = n->state = cn__arena_alloc(arena, sizeof *s);
    if (!s) return CN_ERROR_MEMORY;
    if (!n->training) return CN_OK;
    CN_TRY(cn__buffer_request(buffers, n->op->size, 0, &s->xhat));
    return cn__buffer_request(buffers, n->op->rows, 0, &s->inverse);
}

static size_t workspace(const cn__op *op, size_t batch, bool training)
{
    return training ? cn__scale_shift_workspace(op, batch) : 0;
}

static void forward(const cn__run *run, cn__node *n)
{
    const cn__op *op = n->op;
    const state *s = n->state;
    const cn__range rows = cn__run_rows(run, op->rows);
    const size_t first = rows.first * op->cols, count = rows.last - rows.first;
    if (!count) return;
    run->k->layernorm(cn__node_input(n, 0) + first, n->z + first, s->xhat ? s->xhat + first : NULL,
                      s->inverse ? s->inverse + rows.first : NULL, cn__norm_values(op, CN_GAMMA),
                      cn__norm_values(op, CN_BETA), count, op->cols,
                      ((const cn__norm_args *)op->args)->epsilon);
    cn__fused_forward(run, n, first, count * op->cols);
}

static void backward(const cn__run *run, cn__node *n)
{
    const cn__op *op = n->op;
    const state *s = n->state;
    const cn__edge *edge = &n->in[0];
    const cn__range rows = cn__run_rows(run, op->rows);
    const size_t first = rows.first * op->cols, count = rows.last - rows.first;
    if (!count) return;
    run->k->layernorm_back(n->d + first, s->xhat + first, s->inverse + rows.first,
                           cn__norm_values(op, CN_GAMMA), edge->grad + first, count, op->cols);
    cn__edge_done(run, edge, first, count * op->cols);
}

/* ---- without the mean: y = x / sqrt(variance + epsilon) · gamma ---- */

static real mean_of(const real *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i];
    return (real)(sum / (double)n);
}

static real variance_of(const real *x, size_t n)
{
    const real mean = mean_of(x, n);
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)((x[i] - mean) * (x[i] - mean));
    return (real)(sum / (double)n);
}

static void rms_forward(const cn__run *run, cn__node *n)
{
    const cn__op *op = n->op;
    const state *s = n->state;
    const real *gamma = cn__norm_values(op, CN_GAMMA), epsilon = ((const cn__norm_args *)op->args)->epsilon;
    const cn__range rows = cn__run_rows(run, op->rows);
    if (rows.first == rows.last) return;
    for (size_t r = rows.first; r < rows.last; r++) {
        const real *x = cn__node_input(n, 0) + r * op->cols;
        const real inverse = (real)(1 / sqrt((double)(variance_of(x, op->cols) + epsilon)));
        if (s->inverse) s->inverse[r] = inverse;
        for (size_t c = 0; c < op->cols; c++) {
            const real xhat = x[c] * inverse;
            if (s->xhat) s->xhat[r * op->cols + c] = xhat;
            n->z[r * op->cols + c] = gamma ? xhat * gamma[c] : xhat;
        }
    }
    cn__fused_forward(run, n, rows.first * op->cols, (rows.last - rows.first) * op->cols);
}

/* With d = dy · gamma: dx = inverse · (d - mean(d · xhat) · (xhat - mean xhat)). */
static void rms_backward(const cn__run *run, cn__node *n)
{
    const cn__op *op = n->op;
    const state *s = n->state;
    const real *gamma = cn__norm_values(op, CN_GAMMA);
    const cn__edge *edge = &n->in[0];
    const size_t cols = op->cols;
    const cn__range rows = cn__run_rows(run, op->rows);
    if (rows.first == rows.last) return;
    for (size_t r = rows.first; r < rows.last; r++) {
        const real *dy = n->d + r * cols, *xhat = s->xhat + r * cols, mean = mean_of(xhat, cols);
        double along = 0;
        for (size_t c = 0; c < cols; c++)
            along += (double)(gamma ? dy[c] * gamma[c] : dy[c]) * (double)xhat[c];
        const real slope = (real)(along / (double)cols);
        for (size_t c = 0; c < cols; c++)
            edge->grad[r * cols + c] =
                s->inverse[r] * ((gamma ? dy[c] * gamma[c] : dy[c]) - slope * (xhat[c] - mean));
    }
    cn__edge_done(run, edge, rows.first * cols, (rows.last - rows.first) * cols);
}

/* ---- gradients of gamma and beta ---- */

/* Σ dy · xhat over the batch, of some columns. */
static void gamma_gradient(const cn__run *run, const cn__node *n, size_t first, size_t count, real *out)
{
    const cn__op *op = n->op;
    const state *s = n->state;
    cn__block_sum sum =
        cn__block_sum_start(run->k, cn__block_count(run->n), count, out, run->workspace + CN_PAD(op->cols));
    for (size_t at = 0; at < run->n; at += CN_BLOCK) {
        const size_t samples = run->n - at < CN_BLOCK ? run->n - at : CN_BLOCK, from = at * op->size + first;
        run->k->column_dots(n->d + from, s->xhat + from, op->cols, samples * op->rows, 0, count,
                            cn__block_sum_next(&sum));
        cn__block_sum_push(&sum);
    }
}

static void gradient(const cn__run *run, cn__node *n) { cn__scale_shift_gradient(run, n, gamma_gradient); }

static bool own_rows(const cn__op *op, bool backward_)
{
    (void)op, (void)backward_;
    return true;
}

const cn__op_kind cn__op_layer_normalization = {
    .name = "layer_normalization",
    .prepare = prepare_node,
    .workspace = workspace,
    .forward = forward,
    .backward = backward,
    .own_rows = own_rows,
    .gradients = {{"gamma and beta", 1u << CN_GAMMA | 1u << CN_BETA, false, gradient, false}},
};

const cn__op_kind cn__op_rms_scaling = {
    .name = "rms_scaling",
    .prepare = prepare_node,
    .workspace = workspace,
    .forward = rms_forward,
    .backward = rms_backward,
    .own_rows = own_rows,
    .gradients = {{"gamma and beta", 1u << CN_GAMMA | 1u << CN_BETA, false, gradient, false}},
};

/* ---- the layer ---- */

typedef struct layer_normalization {
    cn__ints axis;
    double epsilon;
    bool rms_scaling;
    cn__scale_shift both;
} layer_normalization;

static const cn__param params[] = {
    CN_PARAM_FIELD(layer_normalization, axis, CN_PARAM_INTS, "-1"),
    CN_PARAM_FIELD(layer_normalization, epsilon, CN_PARAM_FLOAT, "0.001", .low = 0, .high = 1e300,
                   .expected = "a number from 0"),
    CN_CENTER_SCALE(layer_normalization),
    CN_PARAM_FIELD(layer_normalization, rms_scaling, CN_PARAM_BOOL, "false"),
    CN_SCALE_SHIFT_STARTS(layer_normalization),
    CN_SCALE_SHIFT_BOUNDS(layer_normalization),
};

/* With rms_scaling there is gamma and no beta, whatever scale and center say. */
static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    layer_normalization *l = layer->config;
    if (l->rms_scaling) l->both.scale = true, l->both.center = false;
    return cn__scale_shift_prepare(arena, &l->both);
}

static cn_status build(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs)
{
    (void)arena, (void)inputs;
    const layer_normalization *l = layer->config;
    cn__axes axes;
    size_t dim[CN_MAX_RANK];
    CN_TRY(cn__axes_read(&l->axis, in->rank, &axes));
    cn__axes_dims(&axes, in, dim);
    cn__scale_shift_build(layer, &l->both, axes.count, dim);
    return CN_OK;
}

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs, (void)out;
    cn__axes axes;
    CN_TRY(cn__axes_read(&((const layer_normalization *)layer->config)->axis, in->rank, &axes));
    return layer->variables ? cn__axes_check(&axes, layer, in) : CN_OK;
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)inputs;
    const layer_normalization *c = layer->config;
    const cn__norm_args args = {.epsilon = (real)c->epsilon};
    cn__axes axes;
    cn__ref ref = in[0];
    CN_TRY(cn__axes_read(&c->axis, in->shape.rank, &axes));
    CN_TRY(cn__axes_to_last(l, &axes, &ref));
    cn__op *op = cn__lower_op(l, c->rms_scaling ? &cn__op_rms_scaling : &cn__op_layer_normalization, &ref, 1,
                              &ref.shape, &args, sizeof args);
    if (!op) return CN_ERROR_MEMORY;
    (void)cn__scale_shift_lower(&c->both, layer, op);
    ref.op = op;
    CN_TRY(cn__axes_back(l, &axes, &in->shape, &ref));
    *out = ref;
    return CN_OK;
}

const cn__layer_kind cn__layer_layer_normalization = {
    .class_name = "LayerNormalization",
    .aliases = {"layer_norm"},
    CN_LAYER_PARAMS(params, layer_normalization),
    .prepare = prepare,
    .build = build,
    .infer = infer,
    .lower = lower,
};
