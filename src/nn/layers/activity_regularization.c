/* Penalties on what a layer gives, l1 · Σ|y| + l2 · Σy² over the batch (Keras divides by nothing): the operation behind
 * activity_regularizer, and the layer ActivityRegularization. */
#include <stddef.h>
#include <string.h>

#include "nn/layer.h"
#include "nn/ops.h"

typedef struct penalty_args {
    real l1, l2;
} penalty_args;

typedef struct state {
    real *rows; /* (batch): each sample's penalty */
} state;

static cn_status prepare_node(cn__arena *arena, cn__buffers *buffers, cn__node *n)
{
    state *s = n->state = cn__arena_alloc(arena, sizeof *s);
    return s ? cn__buffer_request(buffers, 1, 0, &s->rows) : CN_ERROR_MEMORY;
}

static void forward(const cn__run *run, cn__node *n)
{
    const penalty_args *a = n->op->args;
    const state *s = n->state;
    const cn__range samples = cn__run_samples(run);
    const size_t size = n->size, first = samples.first * size, count = (samples.last - samples.first) * size;
    if (!count) return;
    memcpy(n->z + first, cn__node_input(n, 0) + first, count * sizeof(real));
    for (size_t i = samples.first; i < samples.last; i++) {
        const real *y = n->z + i * size;
        s->rows[i] = (a->l1 != 0 ? a->l1 * run->k->sum_abs(y, size) : 0) +
                     (a->l2 != 0 ? a->l2 * run->k->sum_squares(y, size) : 0);
    }
    cn__fused_forward(run, n, first, count);
}

/* The gradient that comes, and the penalty's own. */
static void backward(const cn__run *run, cn__node *n)
{
    const penalty_args *a = n->op->args;
    const cn__range samples = cn__run_samples(run);
    const size_t first = samples.first * n->size, last = samples.last * n->size;
    const real *y = cn__node_input(n, 0);
    real *out = n->in[0].grad;
    if (first == last) return;
    for (size_t e = first; e < last; e++) {
        const real sign = (real)((y[e] > 0) - (y[e] < 0));
        out[e] = n->d[e] + run->loss_scale * (a->l1 * sign + 2 * a->l2 * y[e]);
    }
    cn__edge_done(run, &n->in[0], first, last - first);
}

static double penalty(const cn__node *n, size_t samples)
{
    const state *s = n->state;
    double sum = 0;
    for (size_t i = 0; i < samples; i++) sum += (double)s->rows[i];
    return sum;
}

static unsigned saves(const cn__op *op)
{
    (void)op;
    return CN_SAVES_INPUTS;
}

const cn__op_kind cn__op_activity_penalty = {
    .name = "activity_penalty",
    .loss_only = true,
    .saves = saves,
    .prepare = prepare_node,
    .forward = forward,
    .backward = backward,
    .own_samples = true,
    .penalty = penalty,
    .no_ranks = "its penalty is a sum over the samples of the batch",
};

cn_status cn__lower_activity_penalty(cn__lowering *l, const cn__regularizer *regularizer, cn__ref *out)
{
    if (regularizer->matrix)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "activity_regularizer = %s is for weights; expected l1, l2 or l1_l2",
                        regularizer->matrix->kind.name);
    if (!cn__regularizes(regularizer)) return CN_OK;
    const penalty_args args = {.l1 = (real)regularizer->l1, .l2 = (real)regularizer->l2};
    cn__op *op = cn__lower_op(l, &cn__op_activity_penalty, out, 1, &out->shape, &args, sizeof args);
    if (!op) return CN_ERROR_MEMORY;
    out->op = op;
    return CN_OK;
}

/* ---- the layer ---- */

typedef struct activity_regularization {
    double l1, l2;
} activity_regularization;

static const cn__param params[] = {
    CN_PARAM_FIELD(activity_regularization, l1, CN_PARAM_FLOAT, "0.0", .low = 0, .high = 1e300,
                   .expected = "a number from 0"),
    CN_PARAM_FIELD(activity_regularization, l2, CN_PARAM_FLOAT, "0.0", .low = 0, .high = 1e300,
                   .expected = "a number from 0"),
};

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)in, (void)inputs;
    const activity_regularization *a = layer->config;
    return cn__lower_activity_penalty(l, &(cn__regularizer){.l1 = a->l1, .l2 = a->l2}, out);
}

const cn__layer_kind cn__layer_activity_regularization = {.class_name = "ActivityRegularization",
                                                          CN_LAYER_PARAMS(params, activity_regularization),
                                                          .lower = lower,
                                                          .any_shape = true};
