/* BatchNormalization (Ioffe and Szegedy 2015) by an axis, which the operation has as the last: in training by mean and variance of the batch, else by
 * their moving averages. Work is split by columns; sums over the batch follow cn__block_sum. */
#include <math.h>
#include <string.h>

#include "nn/norm.h"
#include "nn/ops.h"

/* ---- the operation: variables gamma, beta, moving mean, moving variance ---- */

typedef struct state {
    real *mean, *variance, *inverse, *scale, *shift; /* (cols); inverse: 1 / sqrt(variance + epsilon) */
    real *sum_dy, *sum_dy_xhat;                      /* (cols), of the way back */
} state;

enum { MEAN = CN_BETA + 1, VARIANCE };

/* By the statistics of the batch? */
static bool by_batch(const cn__node *n) { return n->training && n->op->layer->trainable; }

static cn_status prepare_node(cn__arena *arena, cn__buffers *buffers, cn__node *n)
{
    state *s = n->state = cn__arena_alloc(arena, sizeof *s);
    if (!s) return CN_ERROR_MEMORY;
    real **const all[] = {&s->mean,  &s->variance, &s->inverse,    &s->scale,
                          &s->shift, &s->sum_dy,   &s->sum_dy_xhat};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        CN_TRY(cn__buffer_request(buffers, 0, n->op->cols, all[i]));
    return CN_OK;
}

static size_t workspace(const cn__op *op, size_t batch, bool training)
{
    return training ? 2 * op->cols + CN_LANES + cn__block_stack(cn__block_count(batch), 2 * op->cols) : 0;
}

/* Sums of this rank's samples, which the threads have made of their columns, become those of the batch. */
static void sum_ranks(const cn__run *run, const cn__op *op, real *values)
{
    if (run->ranks) run->ranks->sum(run->ranks, run->thread, values, op->cols);
}

/* Mean and biased variance of some columns, over the batch. */
static void batch_statistics(const cn__run *run, const cn__node *n, const state *s, size_t first,
                             size_t count)
{
    const cn__op *op = n->op;
    const real *x = cn__node_input(n, 0), rows = (real)(run->batch * op->rows);
    real *stack = run->workspace + 2 * op->cols + CN_LANES;
    if (count) cn__block_columns(run, op, x + first, count, s->mean + first, stack);
    sum_ranks(run, op, s->mean);
    for (size_t c = first; c < first + count; c++) s->mean[c] /= rows;
    cn__block_sum sum =
        cn__block_sum_start(run->k, cn__block_count(run->n), count, s->variance + first, stack);
    for (size_t at = 0; at < run->n && count; at += CN_BLOCK) {
        const size_t samples = run->n - at < CN_BLOCK ? run->n - at : CN_BLOCK;
        run->k->column_squares(x + at * op->size + first, op->cols, samples * op->rows, 0, count,
                               s->mean + first, cn__block_sum_next(&sum));
        cn__block_sum_push(&sum);
    }
    sum_ranks(run, op, s->variance);
    for (size_t c = first; c < first + count; c++) s->variance[c] /= rows;
}

void cn__batchnorm_scale(const cn__op *op, const real *variance, size_t c, real *inverse, real *scale,
                         real *shift)
{
    const real sum = variance[c] + ((const cn__norm_args *)op->args)->epsilon;
    *inverse = 1 / (sizeof(real) == 4 ? (real)sqrtf((float)sum) : (real)sqrt(sum));
    *scale = op->variable[CN_GAMMA] ? cn__norm_values(op, CN_GAMMA)[c] * *inverse : *inverse;
    *shift = op->variable[CN_BETA] ? cn__norm_values(op, CN_BETA)[c] : 0;
}

/* Rows that are in the first-level cache when what is fused comes to them. */
static size_t rows_at_once(size_t cols)
{
    enum { ELEMENTS = 1 << 11 };
    return cols < ELEMENTS ? ELEMENTS / cols : 1;
}

static void forward(const cn__run *run, cn__node *n)
{
    const cn__op *op = n->op;
    const state *s = n->state;
    const size_t cols = op->cols, rows = run->n * op->rows;
    const cn__range slice = cn__run_slice(run, cols, CN_LANES);
    const size_t first = slice.first, count = slice.last - slice.first;
    if (by_batch(n)) {
        batch_statistics(run, n, s, first, count);
    } else if (count) {
        memcpy(s->mean + first, cn__norm_values(op, MEAN) + first, count * sizeof(real));
        memcpy(s->variance + first, cn__norm_values(op, VARIANCE) + first, count * sizeof(real));
    }
    for (size_t c = first; c < slice.last; c++)
        cn__batchnorm_scale(op, s->variance, c, &s->inverse[c], &s->scale[c], &s->shift[c]);
    const size_t most = rows_at_once(cols);
    for (size_t r = 0, some; r < rows && count; r += some) {
        some = rows - r < most ? rows - r : most;
        run->k->column_scale(cn__node_input(n, 0) + r * cols, n->z + r * cols, cols, some, first, count,
                             s->mean, s->scale, s->shift);
        if (count == cols) cn__fused_forward(run, n, r * cols, some * cols);
        else
            for (size_t i = r; i < r + some && n->fused_count; i++)
                cn__fused_forward(run, n, i * cols + first, count);
    }
}

/* Σ dy and Σ dy · xhat of some columns. */
static void sums_back(const cn__run *run, const cn__node *n, const state *s, size_t first, size_t count)
{
    const cn__op *op = n->op;
    real *both = run->workspace, *stack = both + 2 * op->cols + CN_LANES;
    cn__block_sum sum = cn__block_sum_start(run->k, cn__block_count(run->n), 2 * count, both, stack);
    for (size_t at = 0; at < run->n && count; at += CN_BLOCK) {
        const size_t samples = run->n - at < CN_BLOCK ? run->n - at : CN_BLOCK, from = at * op->size + first;
        real *next = cn__block_sum_next(&sum);
        run->k->column_sums_back(n->d + from, cn__node_input(n, 0) + from, op->cols, samples * op->rows, 0,
                                 count, s->mean + first, s->inverse + first, next, next + count);
        cn__block_sum_push(&sum);
    }
    if (count && run->n) {
        memcpy(s->sum_dy + first, both, count * sizeof(real));
        memcpy(s->sum_dy_xhat + first, both + count, count * sizeof(real));
    }
    sum_ranks(run, op, s->sum_dy);
    sum_ranks(run, op, s->sum_dy_xhat);
}

/* The way back of some rows and columns. */
static void back_rows(const cn__run *run, const cn__node *n, size_t row, size_t rows, size_t first,
                      size_t count)
{
    const cn__op *op = n->op;
    const state *s = n->state;
    const size_t cols = op->cols;
    const real *dy = n->d + row * cols, *x = cn__node_input(n, 0) + row * cols;
    real *dx = n->in[0].grad + row * cols;
    if (by_batch(n)) {
        run->k->batchnorm_back(dy, x, dx, cols, rows, run->batch * op->rows, first, count, s->mean,
                               s->inverse, cn__norm_values(op, CN_GAMMA), s->sum_dy, s->sum_dy_xhat);
        return;
    }
    for (size_t r = 0; r < rows; r++) /* fixed statistics: a scale by column */
        for (size_t c = first; c < first + count; c++) dx[r * cols + c] = dy[r * cols + c] * s->scale[c];
}

static void backward(const cn__run *run, cn__node *n)
{
    const size_t cols = n->op->cols, rows = run->n * n->op->rows, most = rows_at_once(cols);
    const cn__range slice = cn__run_slice(run, cols, CN_LANES);
    const size_t first = slice.first, count = slice.last - slice.first;
    if (by_batch(n)) sums_back(run, n, n->state, first, count);
    for (size_t r = 0, some; r < rows && count; r += some) {
        some = rows - r < most ? rows - r : most;
        back_rows(run, n, r, some, first, count);
        if (count == cols) cn__edge_done(run, &n->in[0], r * cols, some * cols);
        else
            for (size_t i = r; i < r + some; i++) cn__edge_done(run, &n->in[0], i * cols + first, count);
    }
}

static void gradient(const cn__run *run, cn__node *n)
{
    const cn__op *op = n->op;
    const state *s = n->state;
    const cn__range slice = cn__run_slice(run, op->cols, CN_LANES);
    const size_t first = slice.first, count = slice.last - slice.first;
    if (!n->in[0].grad) sums_back(run, n, s, first, count); /* else the way back did it */
    if (!count) return;
    const real *const sums[] = {[CN_GAMMA] = s->sum_dy_xhat, [CN_BETA] = s->sum_dy};
    for (int i = CN_GAMMA; i <= CN_BETA; i++) {
        if (!op->variable[i] || !cn__variable_trainable(op->variable[i])) continue;
        memcpy(run->workspace, sums[i] + first, count * sizeof(real));
        cn__sink_vector(run, op->variable[i], first, count, run->workspace);
    }
}

/* moving = moving · momentum + batch · (1 - momentum), with the biased variance, as Keras has it. */
static void statistics(const cn__run *run, cn__node *n)
{
    const cn__op *op = n->op;
    const state *s = n->state;
    const real momentum = ((const cn__norm_args *)op->args)->momentum;
    const cn__range slice = cn__run_slice(run, op->cols, CN_LANES);
    real *mean = op->variable[MEAN]->value, *variance = op->variable[VARIANCE]->value;
    for (size_t c = slice.first; c < slice.last; c++) {
        mean[c] = mean[c] * momentum + s->mean[c] * (1 - momentum);
        variance[c] = variance[c] * momentum + s->variance[c] * (1 - momentum);
    }
}

static unsigned saves(const cn__op *op)
{
    (void)op;
    return CN_SAVES_INPUTS;
}

const cn__op_kind cn__op_batch_normalization = {
    .name = "batch_normalization",
    .saves = saves,
    .prepare = prepare_node,
    .workspace = workspace,
    .forward = forward,
    .backward = backward,
    .sums_batch = true,
    .gradients = {{"moving mean and variance", 0, false, statistics, false},
                  {"gamma and beta", 1u << CN_GAMMA | 1u << CN_BETA, false, gradient, false}},
};

/* ---- the layer ---- */

typedef struct batch_normalization {
    cn__ints axis;
    double momentum, epsilon;
    bool synchronized;
    const cn__value *moving_mean_initializer, *moving_variance_initializer;
    cn__initializer mean_start, variance_start;
    cn__scale_shift both;
} batch_normalization;

static const cn__param params[] = {
    CN_PARAM_FIELD(batch_normalization, axis, CN_PARAM_INTS, "-1"),
    CN_PARAM_FIELD(batch_normalization, momentum, CN_PARAM_FLOAT, "0.99", .low = 0, .high = 1,
                   .expected = "a number from 0 to 1"),
    CN_PARAM_FIELD(batch_normalization, epsilon, CN_PARAM_FLOAT, "0.001", .low = 0, .high = 1e300,
                   .expected = "a number from 0"),
    CN_CENTER_SCALE(batch_normalization),
    CN_SCALE_SHIFT_STARTS(batch_normalization),
    CN_PARAM_FIELD(batch_normalization, moving_mean_initializer, CN_PARAM_VALUE, "zeros"),
    CN_PARAM_FIELD(batch_normalization, moving_variance_initializer, CN_PARAM_VALUE, "ones"),
    CN_SCALE_SHIFT_BOUNDS(batch_normalization),
    CN_PARAM_FIELD(batch_normalization, synchronized, CN_PARAM_BOOL, "false"),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    batch_normalization *b = layer->config;
    if (b->synchronized)
        return cn__fail(CN_ERROR_ARGUMENT, "synchronized is for several machines; expected false");
    CN_TRY(cn__initializer_parse(arena, b->moving_mean_initializer, &b->mean_start));
    CN_TRY(cn__initializer_parse(arena, b->moving_variance_initializer, &b->variance_start));
    return cn__scale_shift_prepare(arena, &b->both);
}

/* One axis: the channels. */
static cn_status read_axis(const batch_normalization *b, const cn__shape *in, cn__axes *out)
{
    if (b->axis.count > 1)
        return cn__fail(CN_ERROR_ARGUMENT, "axis has %zu numbers, expected one", b->axis.count);
    return cn__axes_read(&b->axis, in->rank, out);
}

static cn_status build(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs)
{
    (void)arena, (void)inputs;
    const batch_normalization *b = layer->config;
    cn__axes axes;
    CN_TRY(read_axis(b, in, &axes));
    const size_t cols = cn__axes_size(&axes, in);
    cn__scale_shift_build(layer, &b->both, 1, &cols);
    cn__layer_variable(layer, "moving_mean", 1, &cols, false)->initializer = b->mean_start;
    cn__layer_variable(layer, "moving_variance", 1, &cols, false)->initializer = b->variance_start;
    return CN_OK;
}

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs, (void)out;
    cn__axes axes;
    CN_TRY(read_axis(layer->config, in, &axes));
    return cn__axes_check(&axes, layer, in);
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    const batch_normalization *b = layer->config;
    const cn__norm_args args = {.epsilon = (real)b->epsilon, .momentum = (real)b->momentum};
    (void)inputs;
    cn__axes axes;
    cn__ref ref = in[0];
    CN_TRY(read_axis(b, &in->shape, &axes));
    CN_TRY(cn__axes_to_last(l, &axes, &ref));
    cn__op *op = cn__lower_op(l, &cn__op_batch_normalization, &ref, 1, &ref.shape, &args, sizeof args);
    if (!op) return CN_ERROR_MEMORY;
    cn__variable *const moving = cn__scale_shift_lower(&b->both, layer, op);
    op->variable[MEAN] = moving, op->variable[VARIANCE] = moving + 1;
    ref.op = op;
    CN_TRY(cn__axes_back(l, &axes, &in->shape, &ref));
    *out = ref;
    return CN_OK;
}

const cn__layer_kind cn__layer_batch_normalization = {
    .class_name = "BatchNormalization",
    .aliases = {"batch_norm"},
    .single = {"axis"},
    CN_LAYER_PARAMS(params, batch_normalization),
    .prepare = prepare,
    .build = build,
    .infer = infer,
    .lower = lower,
};
