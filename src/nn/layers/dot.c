/* Dot: the product of two inputs summed over one axis of each; with `normalize` of both divided by their norms over those axes. What is left of the first input's axes comes first in the
 * output, then what is left of the second's; of two vectors (k) and (k) it is one number, shape (1). */
#include <stddef.h>

#include "nn/layer.h"
#include "nn/ops.h"

/* ---- the operation ---- */

/* A sample as rows of K elements that are summed over: row r, element k at base(r) + k · step. */
typedef struct side {
    size_t rows, depth, step;
} side;

static side side_of(const cn__op *op, int which)
{
    const cn__shape *shape = &op->in_shape[which];
    const int axis = ((const cn__dot_args *)op->args)->axes[which];
    side s = {.rows = cn__shape_size(shape) / shape->dim[axis], .depth = shape->dim[axis], .step = 1};
    for (int a = axis + 1; a < shape->rank; a++) s.step *= shape->dim[a];
    return s;
}

static size_t base(const side *s, size_t row) { return row / s->step * s->depth * s->step + row % s->step; }

static void forward(const cn__run *run, cn__node *n)
{
    const side a = side_of(n->op, 0), b = side_of(n->op, 1);
    const cn__range samples = cn__run_samples(run);
    for (size_t i = samples.first; i < samples.last; i++) {
        const real *x = cn__node_input(n, 0) + i * a.rows * a.depth,
                   *y = cn__node_input(n, 1) + i * b.rows * b.depth;
        real *z = n->z + i * n->size;
        for (size_t r = 0; r < a.rows; r++)
            for (size_t c = 0; c < b.rows; c++) {
                const real *p = x + base(&a, r), *q = y + base(&b, c);
                real sum = 0;
                for (size_t k = 0; k < a.depth; k++) sum += p[k * a.step] * q[k * b.step];
                z[r * b.rows + c] = sum;
            }
    }
    if (samples.last > samples.first)
        cn__fused_forward(run, n, samples.first * n->size, (samples.last - samples.first) * n->size);
}

/* Towards one side: dx[r, k] = Σ over the rows c of the other side of d[r, c] · y[c, k]. */
static void back_to(const cn__run *run, const cn__node *n, int which, cn__range samples)
{
    const side to = side_of(n->op, which), other = side_of(n->op, 1 - which);
    const cn__edge *edge = &n->in[which];
    if (!edge->grad || samples.first == samples.last) return;
    for (size_t i = samples.first; i < samples.last; i++) {
        const real *y = cn__node_input(n, (size_t)(1 - which)) + i * other.rows * other.depth,
                   *d = n->d + i * n->size;
        real *dx = edge->grad + i * to.rows * to.depth;
        const size_t d_row = which ? 1 : other.rows, d_col = which ? to.rows : 1;
        for (size_t r = 0; r < to.rows; r++)
            for (size_t k = 0; k < to.depth; k++) {
                real sum = 0;
                for (size_t c = 0; c < other.rows; c++)
                    sum += d[r * d_row + c * d_col] * y[base(&other, c) + k * other.step];
                dx[base(&to, r) + k * to.step] = sum;
            }
    }
    const size_t size = to.rows * to.depth;
    cn__edge_done(run, edge, samples.first * size, (samples.last - samples.first) * size);
}

static void backward(const cn__run *run, cn__node *n)
{
    const cn__range samples = cn__run_samples(run);
    back_to(run, n, 0, samples);
    back_to(run, n, 1, samples);
}

static unsigned saves(const cn__op *op)
{
    (void)op;
    return CN_SAVES_INPUTS;
}

static double multiply_adds(const cn__op *op) { return (double)op->size * (double)side_of(op, 0).depth; }
static double flops(const cn__op *op) { return 2 * multiply_adds(op); }

const cn__op_kind cn__op_dot = {
    .name = "dot",
    .saves = saves,
    .forward = forward,
    .backward = backward,
    .own_samples = true,
    .multiply_adds = multiply_adds,
    .flops = flops,
};

/* ---- the layer ---- */

#define LEAST_NORM 1e-7 /* Keras's epsilon */

typedef struct dot {
    cn__ints axes;
    bool normalize;
} dot;

static const cn__param params[] = {
    CN_PARAM_FIELD(dot, axes, CN_PARAM_INTS, NULL,
                   .expected = "an axis, or one for each input, as in dot(axes=1)"),
    CN_PARAM_FIELD(dot, normalize, CN_PARAM_BOOL, "false"),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    const dot *d = layer->config;
    if (d->axes.count == 1 || d->axes.count == 2) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "axes has %zu numbers, expected one, or one for each of two inputs",
                    d->axes.count);
}

/* Keras counts the batch as axis 0. */
static cn_status axis_of(const dot *d, const cn__shape *in, size_t which, int *out)
{
    const int64_t axis = d->axes.items[d->axes.count == 2 ? which : 0];
    char text[120];
    *out = (int)(axis < 0 ? axis + in->rank : axis - 1);
    if (*out >= 0 && *out < in->rank) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "axes: %lld is no axis of input %zu, whose shape is %s",
                    (long long)axis, which + 1, cn__shape_text(in, text, sizeof text));
}

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs;
    const dot *d = layer->config;
    char first[120], second[120];
    int axis[2];
    for (size_t i = 0; i < 2; i++) CN_TRY(axis_of(d, &in[i], i, &axis[i]));
    if (in[0].dim[axis[0]] != in[1].dim[axis[1]])
        return cn__fail(CN_ERROR_SHAPE,
                        "axes %d and %d have different sizes: input 1 has shape %s, input 2 %s", axis[0] + 1,
                        axis[1] + 1, cn__shape_text(&in[0], first, sizeof first),
                        cn__shape_text(&in[1], second, sizeof second));
    if (in[0].rank + in[1].rank - 2 > CN_MAX_RANK)
        return cn__fail(CN_ERROR_SHAPE, "its output would have %d dimensions, expected at most %d",
                        in[0].rank + in[1].rank - 2, CN_MAX_RANK);
    *out = (cn__shape){0};
    for (int i = 0; i < 2; i++)
        for (int a = 0; a < in[i].rank; a++)
            if (a != axis[i]) out->dim[out->rank++] = in[i].dim[a];
    if (!out->rank) out->dim[out->rank++] = 1;
    return CN_OK;
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    const dot *d = layer->config;
    cn__dot_args args = {0};
    cn__ref sides[2] = {in[0], in[1]};
    (void)inputs;
    for (size_t i = 0; i < 2; i++) {
        bool summed[CN_MAX_RANK] = {false};
        CN_TRY(axis_of(d, &in[i].shape, i, &args.axes[i]));
        summed[args.axes[i]] = true;
        if (d->normalize) CN_TRY(cn__lower_unit(l, summed, LEAST_NORM, &sides[i]));
    }
    out->op = cn__lower_op(l, &cn__op_dot, sides, 2, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

const cn__layer_kind cn__layer_dot = {.class_name = "Dot",
                                      CN_LAYER_PARAMS(params, dot),
                                      .least_inputs = 2,
                                      .most_inputs = 2,
                                      .single = {"axes"},
                                      .prepare = prepare,
                                      .infer = infer,
                                      .lower = lower};
