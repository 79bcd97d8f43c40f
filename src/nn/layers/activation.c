/* Activation, and the operations that activations are: elementwise ones, which are fused to what comes before, and softmax
 * and its logarithm, which work on whole rows. */
#include <stddef.h>

#include "nn/layer.h"
#include "nn/ops.h"

/* ---- elementwise ---- */

static void forward_piece(const cn__run *run, const cn__op *op, const real *x, real *y, size_t first,
                          size_t count)
{
    (void)first;
    run->k->activate(op->args, x, y, count);
}

static void back_piece(const cn__run *run, const cn__op *op, const real *x, const real *y, real *d,
                       size_t first, size_t count)
{
    (void)first;
    run->k->activate_back(op->args, x, y, d, d, count);
}

static unsigned saves(const cn__op *op)
{
    static const unsigned of[] = {[CN_NEEDS_NOTHING] = CN_SAVES_NOTHING,
                                  [CN_NEEDS_OUTPUT] = CN_SAVES_OUTPUT,
                                  [CN_NEEDS_INPUT] = CN_SAVES_INPUTS};
    return of[cn__activation_derivative_reads(op->args)];
}

static const cn__activation *activation_of(const cn__op *op) { return op->args; }

static const char *describe(const cn__op *op) { return cn__activation_name(activation_of(op)->kind); }

const cn__op_kind cn__op_activation = {
    .name = "activation",
    .forward_piece = forward_piece,
    .back_piece = back_piece,
    .saves = saves,
    .activation = activation_of,
    .describe = describe,
};

/* ---- softmax and log_softmax, over the last axis ---- */

static void softmax_forward(const cn__run *run, cn__node *n)
{
    const size_t cols = n->op->cols;
    const cn__range rows = cn__run_rows(run, n->op->rows);
    const size_t first = rows.first * cols, count = rows.last - rows.first;
    if (!count) return;
    const bool plain = activation_of(n->op)->kind == CN_ACT_SOFTMAX;
    (plain ? run->k->softmax : run->k->log_softmax)(cn__node_input(n, 0) + first, n->z + first, count, cols);
    cn__fused_forward(run, n, first, count * cols);
}

static void softmax_backward(const cn__run *run, cn__node *n)
{
    const size_t cols = n->op->cols;
    const cn__edge *edge = &n->in[0];
    const cn__range rows = cn__run_rows(run, n->op->rows);
    const size_t first = rows.first * cols, count = rows.last - rows.first;
    if (!count) return;
    const bool plain = activation_of(n->op)->kind == CN_ACT_SOFTMAX;
    (plain ? run->k->softmax_back : run->k->log_softmax_back)(n->z + first, n->d + first, edge->grad + first,
                                                              count, cols);
    cn__edge_done(run, edge, first, count * cols);
}

static unsigned softmax_saves(const cn__op *op)
{
    (void)op;
    return CN_SAVES_OUTPUT;
}

static bool own_rows(const cn__op *op, bool backward)
{
    (void)op, (void)backward;
    return true;
}

const cn__op_kind cn__op_softmax = {
    .name = "softmax",
    .saves = softmax_saves,
    .forward = softmax_forward,
    .backward = softmax_backward,
    .own_rows = own_rows,
    .activation = activation_of,
    .describe = describe,
};

cn_status cn__lower_activation(cn__lowering *l, const cn__activation *activation, cn__ref *out)
{
    if (activation->kind == CN_ACT_LINEAR) return CN_OK;
    const cn__op_kind *kind =
        activation->kind < CN_ACT_ELEMENTWISE_COUNT ? &cn__op_activation : &cn__op_softmax;
    cn__op *op = cn__lower_op(l, kind, out, 1, &out->shape, activation, sizeof *activation);
    if (!op) return CN_ERROR_MEMORY;
    out->op = op;
    return CN_OK;
}

/* ---- the layer ---- */

typedef struct activation {
    const cn__value *activation, *activity_regularizer;
    cn__activation act;
    cn__regularizer penalty;
} activation;

static const cn__param params[] = {
    CN_PARAM_FIELD(activation, activation, CN_PARAM_VALUE, NULL),
    CN_PARAM_FIELD(activation, activity_regularizer, CN_PARAM_VALUE, "none"),
};
static const char *const left_out[] = {"activity_regularizer", NULL};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    activation *a = layer->config;
    CN_TRY(cn__regularizer_parse(arena, a->activity_regularizer, &a->penalty));
    return cn__activation_parse(arena, a->activation, &a->act);
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)in, (void)inputs;
    const activation *a = layer->config;
    CN_TRY(cn__lower_activation(l, &a->act, out));
    return cn__lower_activity_penalty(l, &a->penalty, out);
}

const cn__layer_kind cn__layer_activation = {.class_name = "Activation",
                                             CN_LAYER_PARAMS(params, activation),
                                             .left_out = left_out,
                                             .prepare = prepare,
                                             .lower = lower,
                                             .any_shape = true};
