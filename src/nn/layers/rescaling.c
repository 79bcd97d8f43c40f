/* Rescaling: x · scale + offset, as rescaling(1/255) of bytes. */
#include <stddef.h>

#include "nn/layer.h"
#include "nn/ops.h"

static void forward_piece(const cn__run *run, const cn__op *op, const real *x, real *y, size_t first,
                          size_t count)
{
    (void)run, (void)first;
    const cn__rescaling_args *a = op->args;
    for (size_t i = 0; i < count; i++) y[i] = x[i] * a->scale + a->offset;
}

static void back_piece(const cn__run *run, const cn__op *op, const real *x, const real *y, real *d,
                       size_t first, size_t count)
{
    (void)x, (void)y, (void)first;
    run->k->scale(d, ((const cn__rescaling_args *)op->args)->scale, count);
    run->k->flush(d, count);
}

const cn__op_kind cn__op_rescaling = {
    .name = "rescaling", .forward_piece = forward_piece, .back_piece = back_piece};

/* ---- the layer ---- */

typedef struct rescaling {
    double scale, offset;
} rescaling;

static const cn__param params[] = {
    CN_PARAM_FIELD(rescaling, scale, CN_PARAM_FLOAT, NULL),
    CN_PARAM_FIELD(rescaling, offset, CN_PARAM_FLOAT, "0.0"),
};

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    const rescaling *r = layer->config;
    const cn__rescaling_args args = {.scale = (real)r->scale, .offset = (real)r->offset};
    out->op = cn__lower_op(l, &cn__op_rescaling, in, inputs, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

const cn__layer_kind cn__layer_rescaling = {
    .class_name = "Rescaling", CN_LAYER_PARAMS(params, rescaling), .lower = lower, .any_shape = true};
