/* Concatenate: inputs side by side along an axis; all other axes must agree. */
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "nn/layer.h"
#include "nn/ops.h"

/* ---- the operation ---- */

/* A sample as (outer, axis and what follows): input i fills `width` elements of each of `outer` rows. */
static size_t outer_of(const cn__op *op)
{
    size_t outer = 1;
    for (int a = 0; a < ((const cn__concatenate_args *)op->args)->axis; a++) outer *= op->shape.dim[a];
    return outer;
}

/* Copies between the samples of the output and those of one input, whose part begins at `offset` of each row. */
typedef struct part {
    size_t outer, row, width, offset;
} part;

static part part_of(const cn__op *op, size_t index)
{
    const size_t outer = outer_of(op);
    part p = {.outer = outer, .row = op->size / outer};
    for (size_t i = 0; i < index; i++) p.offset += cn__shape_size(&op->in_shape[i]) / outer;
    p.width = cn__shape_size(&op->in_shape[index]) / outer;
    return p;
}

static void forward(const cn__run *run, cn__node *n)
{
    const cn__range samples = cn__run_samples(run);
    for (size_t i = 0; i < n->op->inputs; i++) {
        const part p = part_of(n->op, i);
        for (size_t r = samples.first * p.outer; r < samples.last * p.outer; r++)
            memcpy(n->z + r * p.row + p.offset, cn__node_input(n, i) + r * p.width, p.width * sizeof(real));
    }
    if (samples.last > samples.first)
        cn__fused_forward(run, n, samples.first * n->size, (samples.last - samples.first) * n->size);
}

static void backward(const cn__run *run, cn__node *n)
{
    const cn__range samples = cn__run_samples(run);
    if (samples.first == samples.last) return;
    for (size_t i = 0; i < n->op->inputs; i++) {
        const part p = part_of(n->op, i);
        const cn__edge *edge = &n->in[i];
        if (!edge->grad) continue;
        for (size_t r = samples.first * p.outer; r < samples.last * p.outer; r++)
            memcpy(edge->grad + r * p.width, n->d + r * p.row + p.offset, p.width * sizeof(real));
        const size_t size = p.outer * p.width;
        cn__edge_done(run, edge, samples.first * size, (samples.last - samples.first) * size);
    }
}

const cn__op_kind cn__op_concatenate = {
    .name = "concatenate", .forward = forward, .backward = backward, .own_samples = true};

/* ---- the layer ---- */

typedef struct concatenate {
    int64_t axis;
} concatenate;

static const cn__param params[] = {CN_PARAM_FIELD(concatenate, axis, CN_PARAM_INT, "-1")};

/* Keras counts the batch as axis 0. */
static int axis_of(const concatenate *c, int rank)
{
    return (int)(c->axis < 0 ? c->axis + rank : c->axis - 1);
}

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    const concatenate *c = layer->config;
    const int axis = axis_of(c, in->rank);
    char first[120], other[120];
    if (axis < 0 || axis >= in->rank)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "axis = %lld, expected 1 to %d or -1 to -%d for inputs of shape %s",
                        (long long)c->axis, in->rank, in->rank, cn__shape_text(in, first, sizeof first));
    for (size_t i = 1; i < inputs; i++) {
        cn__shape same = in[i];
        if (same.rank == in->rank) same.dim[axis] = in->dim[axis];
        if (!cn__shape_equal(in, &same))
            return cn__fail(
                CN_ERROR_SHAPE,
                "its inputs must agree in all axes but axis %d; input 1 has shape %s, input %zu %s", axis + 1,
                cn__shape_text(in, first, sizeof first), i + 1, cn__shape_text(&in[i], other, sizeof other));
        out->dim[axis] += in[i].dim[axis];
    }
    return CN_OK;
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    const cn__concatenate_args args = {.axis = axis_of(layer->config, in->shape.rank)};
    out->op = cn__lower_op(l, &cn__op_concatenate, in, inputs, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

const cn__layer_kind cn__layer_concatenate = {.class_name = "Concatenate",
                                              CN_LAYER_PARAMS(params, concatenate),
                                              .least_inputs = 1,
                                              .most_inputs = INT_MAX,
                                              .infer = infer,
                                              .lower = lower,
                                              .any_shape = true};
