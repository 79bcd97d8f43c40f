/* GroupNormalization (Wu and He 2018): the channels of a sample in groups, each of them with mean 0 and variance 1 over its
 * channels and all places. */
#include "nn/norm.h"
#include "nn/ops.h"

/* ---- the operation: variables gamma, beta ---- */

typedef struct state {
    real *xhat,
        *inverse; /* (batch, groups, places, channels of a group), (batch, groups): for the way back */
} state;

static size_t groups_of(const cn__op *op) { return ((const cn__group_args *)op->args)->groups; }

static cn_status prepare_node(cn__arena *arena, cn__buffers *buffers, cn__node *n)
{
    state *s = n->state = cn__arena_alloc(arena, sizeof *s);
    if (!s) return CN_ERROR_MEMORY;
    if (!n->training) return CN_OK;
    CN_TRY(cn__buffer_request(buffers, n->op->size, 0, &s->xhat));
    return cn__buffer_request(buffers, groups_of(n->op), 0, &s->inverse);
}

static size_t workspace(const cn__op *op, size_t batch, bool training)
{
    const size_t sample = 2 * op->size, sums = cn__scale_shift_workspace(op, batch);
    return training && sums > sample ? sums : sample;
}

/* Element (place, channel) of a sample is element (group, place, channel of the group) of one by groups. */
static void to_groups(const cn__op *op, const real *x, const real *factor, real *out)
{
    const size_t groups = groups_of(op), each = op->cols / groups;
    for (size_t g = 0; g < groups; g++)
        for (size_t place = 0; place < op->rows; place++)
            for (size_t c = g * each; c < (g + 1) * each; c++)
                *out++ = factor ? x[place * op->cols + c] * factor[c] : x[place * op->cols + c];
}

static void from_groups(const cn__op *op, const real *x, const real *factor, const real *shift, real *out)
{
    const size_t groups = groups_of(op), each = op->cols / groups;
    for (size_t g = 0; g < groups; g++)
        for (size_t place = 0; place < op->rows; place++)
            for (size_t c = g * each; c < (g + 1) * each; c++) {
                const real scaled = factor ? *x * factor[c] : *x;
                out[place * op->cols + c] = shift ? scaled + shift[c] : scaled;
                x++;
            }
}

static void forward(const cn__run *run, cn__node *n)
{
    const cn__op *op = n->op;
    const state *s = n->state;
    const size_t groups = groups_of(op);
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    for (size_t i = r.first; i < r.last; i++) {
        real *x = run->workspace, *xhat = s->xhat ? s->xhat + i * op->size : x + op->size;
        to_groups(op, cn__node_input(n, 0) + i * op->size, NULL, x);
        run->k->layernorm(x, xhat, NULL, s->inverse ? s->inverse + i * groups : NULL, NULL, NULL, groups,
                          op->size / groups, ((const cn__group_args *)op->args)->epsilon);
        from_groups(op, xhat, cn__norm_values(op, CN_GAMMA), cn__norm_values(op, CN_BETA),
                    n->z + i * op->size);
    }
    cn__fused_forward(run, n, r.first * op->size, (r.last - r.first) * op->size);
}

static void backward(const cn__run *run, cn__node *n)
{
    const cn__op *op = n->op;
    const state *s = n->state;
    const size_t groups = groups_of(op);
    const cn__edge *edge = &n->in[0];
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    for (size_t i = r.first; i < r.last; i++) {
        real *d = run->workspace, *dx = d + op->size;
        to_groups(op, n->d + i * op->size, cn__norm_values(op, CN_GAMMA), d);
        run->k->layernorm_back(d, s->xhat + i * op->size, s->inverse + i * groups, NULL, dx, groups,
                               op->size / groups);
        from_groups(op, dx, NULL, NULL, edge->grad + i * op->size);
    }
    cn__edge_done(run, edge, r.first * op->size, (r.last - r.first) * op->size);
}

/* Adds Σ dy · xhat over a sample's places, of some channels. */
static void add_sample(const cn__op *op, const real *d, const real *xhat, size_t first, size_t count,
                       real *out)
{
    const size_t each = op->cols / groups_of(op), group = each * op->rows;
    for (size_t place = 0; place < op->rows; place++)
        for (size_t c = first; c < first + count; c++)
            out[c - first] += d[place * op->cols + c] * xhat[c / each * group + place * each + c % each];
}

static void gamma_gradient(const cn__run *run, const cn__node *n, size_t first, size_t count, real *g)
{
    const size_t size = n->op->size;
    const state *s = n->state;
    cn__block_sum sum =
        cn__block_sum_start(run->k, cn__block_count(run->n), count, g, g + CN_PAD(n->op->cols));
    for (size_t at = 0; at < run->n; at += CN_BLOCK) {
        real *out = cn__block_sum_next(&sum);
        for (size_t c = 0; c < count; c++) out[c] = 0;
        for (size_t i = at; i < run->n && i < at + CN_BLOCK; i++)
            add_sample(n->op, n->d + i * size, s->xhat + i * size, first, count, out);
        cn__block_sum_push(&sum);
    }
}

static void gradient(const cn__run *run, cn__node *n) { cn__scale_shift_gradient(run, n, gamma_gradient); }

const cn__op_kind cn__op_group_normalization = {
    .name = "group_normalization",
    .prepare = prepare_node,
    .workspace = workspace,
    .forward = forward,
    .backward = backward,
    .own_samples = true,
    .gradients = {{"gamma and beta", 1u << CN_GAMMA | 1u << CN_BETA, false, gradient, false}},
};

/* ---- the layer ---- */

typedef struct group_normalization {
    int64_t groups;
    cn__ints axis;
    double epsilon;
    cn__scale_shift both;
} group_normalization;

static const cn__param params[] = {
    CN_PARAM_FIELD(group_normalization, groups, CN_PARAM_INT, "32", .low = -1, .high = 1e12,
                   .expected = "a whole number from 1, or -1: a group for each channel"),
    CN_PARAM_FIELD(group_normalization, axis, CN_PARAM_INTS, "-1"),
    CN_PARAM_FIELD(group_normalization, epsilon, CN_PARAM_FLOAT, "0.001", .low = 0, .high = 1e300,
                   .expected = "a number from 0"),
    CN_CENTER_SCALE(group_normalization),
    CN_SCALE_SHIFT_STARTS(group_normalization),
    CN_SCALE_SHIFT_BOUNDS(group_normalization),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    group_normalization *g = layer->config;
    if (g->groups == 0)
        return cn__fail(CN_ERROR_ARGUMENT, "groups = 0, expected a whole number from 1, or -1");
    return cn__scale_shift_prepare(arena, &g->both);
}

static size_t group_count(const group_normalization *g, size_t channels)
{
    return g->groups < 0 ? channels : (size_t)g->groups;
}

/* One axis: the channels. */
static cn_status read_axis(const group_normalization *g, const cn__shape *in, cn__axes *out)
{
    if (g->axis.count > 1)
        return cn__fail(CN_ERROR_ARGUMENT, "axis has %zu numbers, expected one", g->axis.count);
    return cn__axes_read(&g->axis, in->rank, out);
}

static cn_status build(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs)
{
    (void)arena, (void)inputs;
    const group_normalization *g = layer->config;
    cn__axes axes;
    CN_TRY(read_axis(g, in, &axes));
    const size_t channels = cn__axes_size(&axes, in);
    if (channels % group_count(g, channels))
        return cn__fail(CN_ERROR_ARGUMENT, "groups = %lld: %zu channels cannot be parted into as many groups",
                        (long long)g->groups, channels);
    cn__scale_shift_build(layer, &g->both, 1, &channels);
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
    const group_normalization *g = layer->config;
    (void)inputs;
    cn__axes axes;
    cn__ref ref = in[0];
    CN_TRY(read_axis(g, &in->shape, &axes));
    CN_TRY(cn__axes_to_last(l, &axes, &ref));
    const cn__group_args args = {.groups = group_count(g, cn__shape_last(&ref.shape)),
                                 .epsilon = (real)g->epsilon};
    cn__op *op = cn__lower_op(l, &cn__op_group_normalization, &ref, 1, &ref.shape, &args, sizeof args);
    if (!op) return CN_ERROR_MEMORY;
    (void)cn__scale_shift_lower(&g->both, layer, op);
    ref.op = op;
    CN_TRY(cn__axes_back(l, &axes, &in->shape, &ref));
    *out = ref;
    return CN_OK;
}

const cn__layer_kind cn__layer_group_normalization = {
    .class_name = "GroupNormalization",
    .aliases = {"group_norm"},
    .single = {"axis"},
    CN_LAYER_PARAMS(params, group_normalization),
    .prepare = prepare,
    .build = build,
    .infer = infer,
    .lower = lower,
};
