/* Softmax over an axis, or over several together. */
#include <stddef.h>

#include "nn/axes.h"
#include "nn/ops.h"

typedef struct softmax {
    cn__ints axis;
} softmax;

static const cn__param params[] = {CN_PARAM_FIELD(softmax, axis, CN_PARAM_INTS, "-1")};

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs, (void)out;
    cn__axes axes;
    return in->rank ? cn__axes_read(&((const softmax *)layer->config)->axis, in->rank, &axes) : CN_OK;
}

/* ---- over another axis than the last ---- */

/* A sample's rows side by side, and back. */
static void copy_rows(const cn__softmax_over_args *a, bool back, const real *from, real *to)
{
    for (size_t o = 0, row = 0; o < a->outer; o++)
        for (size_t n = 0; n < a->inner; n++, row++)
            for (size_t i = 0; i < a->size; i++) {
                const size_t there = (o * a->size + i) * a->inner + n, here = row * a->size + i;
                if (back) to[there] = from[here];
                else to[here] = from[there];
            }
}

static size_t workspace(const cn__op *op, size_t batch, bool training)
{
    (void)batch, (void)training;
    return 2 * op->size + CN_LANES;
}

static void forward(const cn__run *run, cn__node *n)
{
    const cn__softmax_over_args *a = n->op->args;
    const cn__range r = cn__run_samples(run);
    real *rows = run->workspace;
    if (r.first == r.last) return;
    for (size_t i = r.first; i < r.last; i++) {
        copy_rows(a, false, cn__node_input(n, 0) + i * n->size, rows);
        run->k->softmax(rows, rows, n->size / a->size, a->size);
        copy_rows(a, true, rows, n->z + i * n->size);
    }
    cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

static void backward(const cn__run *run, cn__node *n)
{
    const cn__softmax_over_args *a = n->op->args;
    const cn__edge *edge = &n->in[0];
    const cn__range r = cn__run_samples(run);
    real *rows = run->workspace, *d = rows + n->size;
    if (r.first == r.last) return;
    for (size_t i = r.first; i < r.last; i++) {
        copy_rows(a, false, n->z + i * n->size, rows);
        copy_rows(a, false, n->d + i * n->size, d);
        run->k->softmax_back(rows, d, d, n->size / a->size, a->size);
        copy_rows(a, true, d, edge->grad + i * n->size);
    }
    cn__edge_done(run, edge, r.first * n->size, (r.last - r.first) * n->size);
}

static unsigned saves(const cn__op *op)
{
    (void)op;
    return CN_SAVES_OUTPUT;
}

static const cn__activation *activation_of(const cn__op *op)
{
    return &((const cn__softmax_over_args *)op->args)->activation;
}

const cn__op_kind cn__op_softmax_over = {.name = "softmax_over",
                                         .saves = saves,
                                         .workspace = workspace,
                                         .forward = forward,
                                         .backward = backward,
                                         .own_samples = true,
                                         .activation = activation_of};

static cn_status lower_over(cn__lowering *l, int axis, cn__ref *out)
{
    cn__softmax_over_args args = {
        .activation.kind = CN_ACT_SOFTMAX, .outer = 1, .size = out->shape.dim[axis], .inner = 1};
    for (int i = 0; i < axis; i++) args.outer *= out->shape.dim[i];
    for (int i = axis + 1; i < out->shape.rank; i++) args.inner *= out->shape.dim[i];
    cn__op *op = cn__lower_op(l, &cn__op_softmax_over, out, 1, &out->shape, &args, sizeof args);
    if (!op) return CN_ERROR_MEMORY;
    out->op = op;
    return CN_OK;
}

/* Several together are one row; Keras keeps no logits of such a softmax, and a way back hides them. */
static cn_status lower_together(cn__lowering *l, const cn__axes *axes, const cn__shape *shape, cn__ref *out)
{
    CN_TRY(cn__axes_to_last(l, axes, out));
    CN_TRY(cn__lower_activation(l, &(cn__activation){.kind = CN_ACT_SOFTMAX}, out));
    return cn__axes_back(l, axes, shape, out);
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)inputs;
    cn__axes axes = {0};
    *out = in[0];
    if (in->shape.rank) CN_TRY(cn__axes_read(&((const softmax *)layer->config)->axis, in->shape.rank, &axes));
    if (axes.count > 1) return lower_together(l, &axes, &in->shape, out);
    if (axes.count && axes.axis[0] != in->shape.rank - 1) return lower_over(l, axes.axis[0], out);
    return cn__lower_activation(l, &(cn__activation){.kind = CN_ACT_SOFTMAX}, out);
}

const cn__layer_kind cn__layer_softmax = {.class_name = "Softmax",
                                          CN_LAYER_PARAMS(params, softmax),
                                          .single = {"axis"},
                                          .infer = infer,
                                          .lower = lower,
                                          .any_shape = true};
