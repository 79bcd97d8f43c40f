/* Layers that merge inputs element by element: Add, Subtract, Multiply, Average, Maximum, Minimum. Inputs are taken in the order of the
 * call, each with the result so far, as Keras does. Shapes are aligned at their last axes; where one has a size of 1 and another
 * more, or no such axis, it is repeated. */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "nn/layer.h"
#include "nn/ops.h"

/* ---- the operation ---- */

enum { PIECE = 1024 }; /* elements at a time: what is made of them stays in the first-level cache */

static void forward(const cn__run *run, cn__node *n)
{
    const cn__merge_args *a = n->op->args;
    const cn__range samples = cn__run_samples(run);
    const size_t last = samples.last * n->size;
    for (size_t at = samples.first * n->size, count; at < last; at += count) {
        count = last - at < PIECE ? last - at : PIECE;
        real *z = n->z + at;
        const real *sum = cn__node_input(n, 0) + at;
        for (size_t i = 1; i < n->op->inputs; i++, sum = z)
            run->k->combine(a->how, sum, cn__node_input(n, i) + at, z, count);
        if (n->op->inputs == 1) memcpy(z, sum, count * sizeof(real));
        if (a->mean)
            for (size_t e = 0; e < count; e++) z[e] /= (real)n->op->inputs;
        cn__fused_forward(run, n, at, count);
    }
}

/* d · Π of the other inputs, in their order. */
static void product_back(const cn__run *run, const cn__node *n, size_t index, size_t at, size_t count,
                         real *out)
{
    const real *sum = n->d + at;
    for (size_t j = 0; j < n->op->inputs; j++) {
        if (j == index) continue;
        run->k->combine(CN_COMBINE_MULTIPLY, sum, cn__node_input(n, j) + at, out, count);
        sum = out;
    }
    if (sum != out) memcpy(out, sum, count * sizeof(real));
}

/* What `d` is for one input; `left` is the part of d that no input before this one has won. */
static void piece_back(const cn__run *run, const cn__node *n, size_t index, size_t at, size_t count,
                       real *left, real *out)
{
    const cn__merge_args *a = n->op->args;
    const real *d = n->d + at;
    switch (a->how) {
    case CN_COMBINE_ADD:
    case CN_COMBINE_SUBTRACT:
        memcpy(out, d, count * sizeof(real));
        if (a->how == CN_COMBINE_SUBTRACT && index) run->k->scale(out, -1, count);
        if (a->mean)
            for (size_t e = 0; e < count; e++) out[e] /= (real)n->op->inputs;
        break;
    case CN_COMBINE_MULTIPLY: product_back(run, n, index, at, count, out); break;
    case CN_COMBINE_MAXIMUM:
    case CN_COMBINE_MINIMUM:
        run->k->take_winner(cn__node_input(n, index) + at, n->z + at, left, out, count);
        break;
    }
}

static void backward(const cn__run *run, cn__node *n)
{
    const cn__range samples = cn__run_samples(run);
    const size_t last = samples.last * n->size;
    real *left = run->workspace, *unwanted = left + PIECE;
    for (size_t at = samples.first * n->size, count; at < last; at += count) {
        count = last - at < PIECE ? last - at : PIECE;
        memcpy(left, n->d + at, count * sizeof(real));
        for (size_t i = 0; i < n->op->inputs; i++) {
            const cn__edge *edge = &n->in[i];
            piece_back(run, n, i, at, count, left, edge->grad ? edge->grad + at : unwanted);
            if (edge->grad) cn__edge_done(run, edge, at, count);
        }
    }
}

static unsigned saves(const cn__op *op)
{
    const cn__merge_args *a = op->args;
    if (a->how == CN_COMBINE_MULTIPLY) return CN_SAVES_INPUTS;
    return a->how == CN_COMBINE_MAXIMUM || a->how == CN_COMBINE_MINIMUM ? CN_SAVES_INPUTS | CN_SAVES_OUTPUT
                                                                        : CN_SAVES_NOTHING;
}

static size_t workspace(const cn__op *op, size_t batch, bool training)
{
    (void)op, (void)batch;
    return training ? 2 * PIECE : 0;
}

static double flops(const cn__op *op) { return (double)op->size * (double)(op->inputs - 1); }

static const char *describe(const cn__op *op)
{
    static const char *const names[] = {[CN_COMBINE_ADD] = "add",
                                        [CN_COMBINE_SUBTRACT] = "subtract",
                                        [CN_COMBINE_MULTIPLY] = "multiply",
                                        [CN_COMBINE_MAXIMUM] = "maximum",
                                        [CN_COMBINE_MINIMUM] = "minimum"};
    const cn__merge_args *a = op->args;
    return a->mean ? "average" : names[a->how];
}

const cn__op_kind cn__op_merge = {
    .name = "merge",
    .saves = saves,
    .workspace = workspace,
    .forward = forward,
    .backward = backward,
    .own_samples = true,
    .flops = flops,
    .describe = describe,
};

/* ---- the layers ---- */

/* *to becomes the shape that both can be repeated to. */
static bool join_shapes(cn__shape *to, const cn__shape *other)
{
    const cn__shape *longer = to->rank >= other->rank ? to : other, *shorter = longer == to ? other : to;
    const int lacking = longer->rank - shorter->rank;
    cn__shape all = *longer;
    for (int i = 0; i < shorter->rank; i++) {
        const size_t a = all.dim[i + lacking], b = shorter->dim[i];
        if (a != b && a != 1 && b != 1) return false;
        if (a == 1) all.dim[i + lacking] = b;
    }
    *to = all;
    return true;
}

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)layer;
    char first[120], other[120];
    *out = in[0];
    for (size_t i = 1; i < inputs; i++)
        if (!join_shapes(out, &in[i]))
            return cn__fail(
                CN_ERROR_SHAPE,
                "its inputs must have one shape, or a size of 1 where another has more; input %zu has %s, what "
                "comes before it %s",
                i + 1, cn__shape_text(&in[i], other, sizeof other), cn__shape_text(out, first, sizeof first));
    return CN_OK;
}

static cn_status lower_as(cn__combination how, bool mean, cn__lowering *l, const cn__ref *in, size_t inputs,
                          cn__ref *out)
{
    const cn__merge_args args = {.how = how, .mean = mean};
    cn__ref *whole = cn__arena_array(l->arena, inputs, sizeof *whole);
    if (!whole) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < inputs; i++) {
        whole[i] = in[i];
        CN_TRY(cn__lower_broadcast(l, &out->shape, &whole[i]));
    }
    out->op = cn__lower_op(l, &cn__op_merge, whole, inputs, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

#define MERGE_LAYER(symbol, name, how, mean, least, most)                                                    \
    static cn_status lower_##symbol(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs,     \
                                    cn__ref *out)                                                            \
    {                                                                                                        \
        (void)layer;                                                                                         \
        return lower_as(how, mean, l, in, inputs, out);                                                      \
    }                                                                                                        \
    const cn__layer_kind cn__layer_##symbol = {.class_name = name,                                           \
                                               .least_inputs = least,                                        \
                                               .most_inputs = most,                                          \
                                               .infer = infer,                                               \
                                               .lower = lower_##symbol,                                      \
                                               .any_shape = true}

MERGE_LAYER(add, "Add", CN_COMBINE_ADD, false, 2, INT_MAX);
MERGE_LAYER(subtract, "Subtract", CN_COMBINE_SUBTRACT, false, 2, 2);
MERGE_LAYER(multiply, "Multiply", CN_COMBINE_MULTIPLY, false, 2, INT_MAX);
MERGE_LAYER(average, "Average", CN_COMBINE_ADD, true, 2, INT_MAX);
MERGE_LAYER(maximum, "Maximum", CN_COMBINE_MAXIMUM, false, 2, INT_MAX);
MERGE_LAYER(minimum, "Minimum", CN_COMBINE_MINIMUM, false, 2, INT_MAX);
