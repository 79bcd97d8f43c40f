/* Rescaling: x · scale + offset, as rescaling(1/255) of bytes; with one number for each channel where they are lists. */
#include <stddef.h>

#include "nn/layer.h"
#include "nn/ops.h"

static void forward_piece(const cn__run *run, const cn__op *op, const real *x, real *y, size_t first,
                          size_t count)
{
    (void)run;
    const cn__rescaling_args *a = op->args;
    if (a->count == 1) {
        for (size_t i = 0; i < count; i++) y[i] = x[i] * a->scale[0] + a->offset[0];
        return;
    }
    for (size_t i = 0, c = first % a->count; i < count; i++, c = c + 1 < a->count ? c + 1 : 0)
        y[i] = x[i] * a->scale[c] + a->offset[c];
}

static void back_piece(const cn__run *run, const cn__op *op, const real *x, const real *y, real *d,
                       size_t first, size_t count)
{
    (void)x, (void)y;
    const cn__rescaling_args *a = op->args;
    if (a->count == 1) run->k->scale(d, a->scale[0], count);
    else
        for (size_t i = 0, c = first % a->count; i < count; i++, c = c + 1 < a->count ? c + 1 : 0)
            d[i] *= a->scale[c];
    run->k->flush(d, count);
}

const cn__op_kind cn__op_rescaling = {
    .name = "rescaling", .forward_piece = forward_piece, .back_piece = back_piece};

/* ---- the layer ---- */

typedef struct rescaling {
    cn__floats scale, offset;
} rescaling;

static const cn__param params[] = {
    CN_PARAM_FIELD(rescaling, scale, CN_PARAM_FLOATS, NULL),
    CN_PARAM_FIELD(rescaling, offset, CN_PARAM_FLOATS, "0.0"),
};

static cn_status check_given(const char *name, const cn__floats *numbers)
{
    if (numbers->count) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "%s: expected a number, or a list with one for each channel", name);
}

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    const rescaling *r = layer->config;
    CN_TRY(check_given("scale", &r->scale));
    return check_given("offset", &r->offset);
}

static cn_status check_count(const char *name, const cn__floats *numbers, const cn__shape *in)
{
    const size_t channels = cn__shape_last(in);
    if (numbers->count == 1 || numbers->count == channels) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE,
                    "%s has %zu numbers, expected 1, or %zu: one for each index of the last axis", name,
                    numbers->count, channels);
}

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs, (void)out;
    const rescaling *r = layer->config;
    CN_TRY(check_count("scale", &r->scale, in));
    return check_count("offset", &r->offset, in);
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    const rescaling *r = layer->config;
    cn__rescaling_args args = {.count = r->scale.count > 1 ? r->scale.count : r->offset.count};
    args.scale = cn__arena_array(l->arena, args.count, sizeof *args.scale);
    args.offset = cn__arena_array(l->arena, args.count, sizeof *args.offset);
    if (!args.scale || !args.offset) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < args.count; i++) {
        args.scale[i] = (real)r->scale.items[r->scale.count > 1 ? i : 0];
        args.offset[i] = (real)r->offset.items[r->offset.count > 1 ? i : 0];
    }
    out->op = cn__lower_op(l, &cn__op_rescaling, in, inputs, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

const cn__layer_kind cn__layer_rescaling = {.class_name = "Rescaling",
                                            CN_LAYER_PARAMS(params, rescaling),
                                            .single = {"scale", "offset"},
                                            .prepare = prepare,
                                            .infer = infer,
                                            .lower = lower,
                                            .any_shape = true};
