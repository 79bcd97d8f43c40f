/* RepeatVector: a vector (features) as n equal steps of a series (n, features). Its operation also makes axes of size 1 longer, for
 * the layers that merge inputs of several shapes. */
#include <stddef.h>
#include <string.h>

#include "nn/layer.h"
#include "nn/ops.h"

/* ---- the operation ---- */

static void repeat_forward(const cn__run *run, cn__node *n)
{
    const cn__repeat_args *a = n->op->args;
    const cn__range r = cn__run_samples(run);
    const real *x = cn__node_input(n, 0);
    if (r.first == r.last) return;
    for (size_t o = r.first * a->outer; o < r.last * a->outer; o++) {
        real *z = n->z + o * a->times * a->inner;
        if (a->inner == 1)
            for (size_t t = 0; t < a->times; t++) z[t] = x[o];
        else
            for (size_t t = 0; t < a->times; t++)
                memcpy(z + t * a->inner, x + o * a->inner, a->inner * sizeof(real));
    }
    cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

/* Sums over what was repeated, in ascending order. */
static void repeat_backward(const cn__run *run, cn__node *n)
{
    const cn__repeat_args *a = n->op->args;
    const cn__edge *edge = &n->in[0];
    const cn__range r = cn__run_samples(run);
    const size_t size = a->outer * a->inner;
    if (r.first == r.last) return;
    for (size_t o = r.first * a->outer; o < r.last * a->outer; o++)
        run->k->column_sums(n->d + o * a->times * a->inner, a->inner, a->times, a->inner,
                            edge->grad + o * a->inner);
    cn__edge_done(run, edge, r.first * size, (r.last - r.first) * size);
}

const cn__op_kind cn__op_repeat = {
    .name = "repeat", .forward = repeat_forward, .backward = repeat_backward, .own_samples = true};

static cn_status lower_repeat(cn__lowering *l, const cn__repeat_args *args, const cn__shape *shape,
                              cn__ref *ref)
{
    cn__op *op = cn__lower_op(l, &cn__op_repeat, ref, 1, shape, args, sizeof *args);
    *ref = (cn__ref){op, *shape};
    return op ? CN_OK : CN_ERROR_MEMORY;
}

/* Axes of size 1 that stand side by side become longer at once, the last ones first. */
cn_status cn__lower_broadcast(cn__lowering *l, const cn__shape *shape, cn__ref *ref)
{
    cn__shape now = {.rank = shape->rank};
    const int lacking = shape->rank - ref->shape.rank;
    for (int i = 0; i < shape->rank; i++) now.dim[i] = i < lacking ? 1 : ref->shape.dim[i - lacking];
    ref->shape = now;
    for (int last = shape->rank; last > 0;) {
        int first = last - 1;
        cn__repeat_args args = {.outer = 1, .times = 1, .inner = 1};
        while (first > 0 && now.dim[last - 1] == 1 && now.dim[first - 1] == 1) first--;
        for (int i = 0; i < first; i++) args.outer *= now.dim[i];
        for (int i = first; i < last; i++)
            args.times *= shape->dim[i] / now.dim[i], now.dim[i] = shape->dim[i];
        for (int i = last; i < shape->rank; i++) args.inner *= now.dim[i];
        if (args.times > 1) CN_TRY(lower_repeat(l, &args, &now, ref));
        last = first;
    }
    return CN_OK;
}

/* ---- the layer ---- */

typedef struct repeat_vector {
    int64_t n;
} repeat_vector;

static const cn__param params[] = {CN_PARAM_FIELD(repeat_vector, n, CN_PARAM_INT, NULL, .low = 1,
                                                  .high = 1e12, .expected = "a whole number from 1")};

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs;
    char text[120];
    if (in->rank != 1)
        return cn__fail(CN_ERROR_SHAPE, "it needs vectors (features), got samples of shape %s",
                        cn__shape_text(in, text, sizeof text));
    *out = (cn__shape){.rank = 2, .dim = {(size_t)((const repeat_vector *)layer->config)->n, in->dim[0]}};
    return CN_OK;
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)layer, (void)inputs;
    const cn__repeat_args args = {.outer = 1, .times = out->shape.dim[0], .inner = out->shape.dim[1]};
    const cn__shape shape = out->shape;
    *out = *in;
    return lower_repeat(l, &args, &shape, out);
}

const cn__layer_kind cn__layer_repeat_vector = {
    .class_name = "RepeatVector", CN_LAYER_PARAMS(params, repeat_vector), .infer = infer, .lower = lower};
