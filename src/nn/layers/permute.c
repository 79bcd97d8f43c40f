/* Permute: the axes of a sample in another order; dims counts them from 1. */
#include <stddef.h>
#include <string.h>

#include "nn/layer.h"
#include "nn/ops.h"

/* ---- the operation ---- */

/* Copies one sample, element by element in the output's order: to permuted order, or with `back` from it. */
static void permute_sample(const cn__permute_args *a, bool back, const real *from, real *to)
{
    size_t index[CN_MAX_RANK] = {0}, at = 0;
    const int last = a->rank - 1;
    const size_t cols = a->dim[last], step = a->stride[last];
    for (size_t e = 0;; e += cols) {
        for (size_t c = 0; c < cols; c++) {
            if (back) to[at + c * step] = from[e + c];
            else to[e + c] = from[at + c * step];
        }
        int axis = last - 1;
        for (; axis >= 0 && ++index[axis] == a->dim[axis]; axis--) {
            at -= (a->dim[axis] - 1) * a->stride[axis];
            index[axis] = 0;
        }
        if (axis < 0) return;
        at += a->stride[axis];
    }
}

static void permute_forward(const cn__run *run, cn__node *n)
{
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    for (size_t i = r.first; i < r.last; i++)
        permute_sample(n->op->args, false, cn__node_input(n, 0) + i * n->size, n->z + i * n->size);
    cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

static void permute_backward(const cn__run *run, cn__node *n)
{
    const cn__edge *edge = &n->in[0];
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    for (size_t i = r.first; i < r.last; i++)
        permute_sample(n->op->args, true, n->d + i * n->size, edge->grad + i * n->size);
    cn__edge_done(run, edge, r.first * n->size, (r.last - r.first) * n->size);
}

const cn__op_kind cn__op_permute = {
    .name = "permute", .forward = permute_forward, .backward = permute_backward, .own_samples = true};

/* ---- the layer ---- */

typedef struct permute {
    cn__ints dims;
} permute;

static const cn__param params[] = {CN_PARAM_FIELD(permute, dims, CN_PARAM_INTS, NULL)};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    const cn__ints *dims = &((const permute *)layer->config)->dims;
    if (dims->count > CN_MAX_RANK)
        return cn__fail(CN_ERROR_ARGUMENT, "dims has %zu numbers, expected at most %d", dims->count,
                        CN_MAX_RANK);
    bool seen[CN_MAX_RANK + 1] = {false};
    for (size_t i = 0; i < dims->count; i++) {
        const int64_t axis = dims->items[i];
        if (axis < 1 || axis > (int64_t)dims->count || seen[axis])
            return cn__fail(CN_ERROR_ARGUMENT,
                            "dims: got %lld at place %zu, expected each number from 1 to %zu once, as in "
                            "permute(2, 1)",
                            (long long)axis, i + 1, dims->count);
        seen[axis] = true;
    }
    return dims->count ? CN_OK : cn__fail(CN_ERROR_ARGUMENT, "dims is empty; expected axes, from 1");
}

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs;
    char text[120];
    const cn__ints *dims = &((const permute *)layer->config)->dims;
    if ((size_t)in->rank != dims->count)
        return cn__fail(CN_ERROR_SHAPE, "dims has %zu numbers, got samples of shape %s", dims->count,
                        cn__shape_text(in, text, sizeof text));
    for (int i = 0; i < in->rank; i++) out->dim[i] = in->dim[dims->items[i] - 1];
    return CN_OK;
}

cn_status cn__lower_permute(cn__lowering *l, const int *order, cn__ref *ref)
{
    const cn__ref in = *ref;
    cn__permute_args args = {.rank = in.shape.rank};
    for (int i = 0; i < args.rank; i++) {
        ref->shape.dim[i] = args.dim[i] = in.shape.dim[order[i]];
        args.stride[i] = 1;
        for (int behind = order[i] + 1; behind < args.rank; behind++) args.stride[i] *= in.shape.dim[behind];
    }
    ref->op = cn__lower_op(l, &cn__op_permute, &in, 1, &ref->shape, &args, sizeof args);
    return ref->op ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)inputs;
    const cn__ints *dims = &((const permute *)layer->config)->dims;
    int order[CN_MAX_RANK];
    for (size_t i = 0; i < dims->count; i++) order[i] = (int)dims->items[i] - 1;
    *out = in[0];
    return cn__lower_permute(l, order, out);
}

const cn__layer_kind cn__layer_permute = {.class_name = "Permute",
                                          CN_LAYER_PARAMS(params, permute),
                                          .prepare = prepare,
                                          .infer = infer,
                                          .lower = lower};
