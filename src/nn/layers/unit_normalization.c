/* UnitNormalization: x / |x|, the norm being over one or several axes of a sample; a norm under 1e-12 counts as that. Dot with
 * `normalize` is made of the same operation. */
#include <math.h>
#include <stddef.h>

#include "nn/layer.h"
#include "nn/ops.h"

/* ---- the operation ---- */

/* The offset of the next index in ascending order, from that of this one; false, and 0, after the last. */
static bool next_index(int axes, const size_t *dim, const size_t *stride, size_t *index, size_t *offset)
{
    for (int axis = axes - 1; axis >= 0; axis--) {
        *offset += stride[axis];
        if (++index[axis] < dim[axis]) return true;
        *offset -= dim[axis] * stride[axis];
        index[axis] = 0;
    }
    return false;
}

/* Sums in double precision, in ascending order: sizes are small, and no instruction set may matter. */
static double dot_over(const cn__unit_args *a, const real *x, const real *y)
{
    size_t index[CN_MAX_RANK] = {0}, at = 0;
    double sum = 0;
    do sum += (double)x[at] * (double)y[at];
    while (next_index(a->axes, a->dim, a->stride, index, &at));
    return sum;
}

/* y = x · by + other · from */
static void combine_over(const cn__unit_args *a, const real *x, real by, const real *other, real from,
                         real *y)
{
    size_t index[CN_MAX_RANK] = {0}, at = 0;
    do y[at] = x[at] * by + other[at] * from;
    while (next_index(a->axes, a->dim, a->stride, index, &at));
}

static double inverse_norm(const cn__unit_args *a, const real *x)
{
    const double norm = sqrt(dot_over(a, x, x));
    return 1 / (norm > a->least ? norm : a->least);
}

static void unit_forward(const cn__run *run, cn__node *n)
{
    const cn__unit_args *a = n->op->args;
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    for (size_t i = r.first; i < r.last; i++) {
        const real *x = cn__node_input(n, 0) + i * n->size;
        real *y = n->z + i * n->size;
        size_t index[CN_MAX_RANK] = {0}, at = 0;
        do combine_over(a, x + at, (real)inverse_norm(a, x + at), x + at, 0, y + at);
        while (next_index(a->others, a->other_dim, a->other_stride, index, &at));
    }
    cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

/* With s = 1 / |x|: dx = s · dy - x · s³ · Σ x · dy; only the first where the norm was cut. */
static void unit_backward(const cn__run *run, cn__node *n)
{
    const cn__unit_args *a = n->op->args;
    const cn__edge *edge = &n->in[0];
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    for (size_t i = r.first; i < r.last; i++) {
        const real *x = cn__node_input(n, 0) + i * n->size, *d = n->d + i * n->size;
        real *dx = edge->grad + i * n->size;
        size_t index[CN_MAX_RANK] = {0}, at = 0;
        do {
            const double s = inverse_norm(a, x + at),
                         slope = s < 1 / a->least ? -s * s * s * dot_over(a, x + at, d + at) : 0;
            combine_over(a, d + at, (real)s, x + at, (real)slope, dx + at);
        } while (next_index(a->others, a->other_dim, a->other_stride, index, &at));
    }
    cn__edge_done(run, edge, r.first * n->size, (r.last - r.first) * n->size);
}

static unsigned saves(const cn__op *op)
{
    (void)op;
    return CN_SAVES_INPUTS;
}

const cn__op_kind cn__op_unit_normalization = {.name = "unit_normalization",
                                               .saves = saves,
                                               .forward = unit_forward,
                                               .backward = unit_backward,
                                               .own_samples = true};

cn_status cn__lower_unit(cn__lowering *l, const bool *summed, double least, cn__ref *ref)
{
    const cn__ref in = *ref;
    const cn__shape *shape = &in.shape;
    cn__unit_args args = {.least = least};
    for (int i = 0; i < shape->rank; i++) {
        size_t stride = 1;
        for (int behind = i + 1; behind < shape->rank; behind++) stride *= shape->dim[behind];
        if (summed[i]) args.dim[args.axes] = shape->dim[i], args.stride[args.axes++] = stride;
        else args.other_dim[args.others] = shape->dim[i], args.other_stride[args.others++] = stride;
    }
    ref->op = cn__lower_op(l, &cn__op_unit_normalization, &in, 1, shape, &args, sizeof args);
    return ref->op ? CN_OK : CN_ERROR_MEMORY;
}

/* ---- the layer ---- */

typedef struct unit_normalization {
    cn__ints axis;
} unit_normalization;

static const cn__param params[] = {CN_PARAM_FIELD(unit_normalization, axis, CN_PARAM_INTS, "-1")};

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs, (void)out;
    const cn__ints *axis = &((const unit_normalization *)layer->config)->axis;
    bool seen[CN_MAX_RANK + 1] = {false};
    if (!axis->count) return cn__fail(CN_ERROR_ARGUMENT, "axis is empty; expected axes from 1, or -1");
    for (size_t i = 0; i < axis->count; i++) {
        const int64_t at = axis->items[i] < 0 ? axis->items[i] + in->rank + 1 : axis->items[i];
        if (at < 1 || at > in->rank || seen[at])
            return cn__fail(CN_ERROR_ARGUMENT, "axis = %lld: expected axes from 1 to %d, or -1, each once",
                            (long long)axis->items[i], in->rank);
        seen[at] = true;
    }
    return CN_OK;
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)inputs;
    const cn__ints *axis = &((const unit_normalization *)layer->config)->axis;
    const int rank = in->shape.rank;
    bool summed[CN_MAX_RANK + 1] = {false};
    for (size_t i = 0; i < axis->count; i++)
        summed[(axis->items[i] < 0 ? axis->items[i] + rank + 1 : axis->items[i]) - 1] = true;
    *out = *in;
    return cn__lower_unit(l, summed, 1e-12, out);
}

const cn__layer_kind cn__layer_unit_normalization = {.class_name = "UnitNormalization",
                                                     CN_LAYER_PARAMS(params, unit_normalization),
                                                     .single = {"axis"},
                                                     .infer = infer,
                                                     .lower = lower};
