/* RepeatVector: a vector (features) as n equal steps of a series (n, features). */
#include <stddef.h>
#include <string.h>

#include "nn/layer.h"
#include "nn/ops.h"

/* ---- the operation ---- */

static void repeat_forward(const cn__run *run, cn__node *n)
{
    const size_t rows = n->op->rows, cols = n->op->cols;
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    for (size_t i = r.first; i < r.last; i++)
        for (size_t row = 0; row < rows; row++)
            memcpy(n->z + (i * rows + row) * cols, cn__node_input(n, 0) + i * cols, cols * sizeof(real));
    cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

/* Sums over the steps, in ascending order. */
static void repeat_backward(const cn__run *run, cn__node *n)
{
    const size_t rows = n->op->rows, cols = n->op->cols;
    const cn__edge *edge = &n->in[0];
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    for (size_t i = r.first; i < r.last; i++)
        run->k->column_sums(n->d + i * n->size, cols, rows, cols, edge->grad + i * cols);
    cn__edge_done(run, edge, r.first * cols, (r.last - r.first) * cols);
}

const cn__op_kind cn__op_repeat = {
    .name = "repeat", .forward = repeat_forward, .backward = repeat_backward, .own_samples = true};

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
    (void)layer;
    out->op = cn__lower_op(l, &cn__op_repeat, in, inputs, &out->shape, NULL, 0);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

const cn__layer_kind cn__layer_repeat_vector = {
    .class_name = "RepeatVector", CN_LAYER_PARAMS(params, repeat_vector), .infer = infer, .lower = lower};
