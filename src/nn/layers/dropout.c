/* Dropout (Srivastava et al. 2014): in training an element becomes 0 with probability `rate`, and what stays is divided
 * by 1 - rate. The mask is addressed by seed, layer, step and element, so it is not stored for the way back. */
#include <stddef.h>

#include "nn/layer.h"
#include "nn/noise_shape.h"
#include "nn/ops.h"

typedef struct dropout_args {
    real rate;
    bool has_seed; /* of its own, instead of the model's */
    uint64_t seed;
    cn__noise_shape noise;
} dropout_args;

enum { CHUNK = 64 };

/* With a noise shape: row by row of the last axis, which has a draw for each element or one for all. */
static void drop_shared(const cn__run *run, const cn__op *op, const cn__stream *s, const real *x, real *y,
                        size_t first, size_t count)
{
    const dropout_args *a = op->args;
    real mask[CHUNK];
    for (size_t at = 0, n; at < count; at += n) {
        bool same;
        const uint64_t draw = cn__noise_draw(&a->noise, first + at, &n, &same);
        if (n > count - at) n = count - at;
        if (n > CHUNK) n = CHUNK;
        for (size_t i = 0; i < n; i++) mask[i] = 1;
        run->k->dropout(mask, mask, same ? 1 : n, s->key, s->purpose, s->step, draw, a->rate);
        for (size_t i = 0; i < n; i++) {
            const real factor = mask[same ? 0 : i];
            y[at + i] = factor != 0 ? x[at + i] * factor : 0;
        }
    }
}

static void forward_piece(const cn__run *run, const cn__op *op, const real *x, real *y, size_t first,
                          size_t count)
{
    const dropout_args *a = op->args;
    const cn__stream s =
        cn__random_stream(a->has_seed ? a->seed : run->seed, CN_RANDOM_DROPOUT, op->stream, run->step);
    if (a->noise.given) drop_shared(run, op, &s, x, y, first, count);
    else run->k->dropout(x, y, count, s.key, s.purpose, s.step, first, a->rate);
}

static void back_piece(const cn__run *run, const cn__op *op, const real *x, const real *y, real *d,
                       size_t first, size_t count)
{
    (void)x, (void)y;
    forward_piece(run, op, d, d, first, count);
    if (((const dropout_args *)op->args)->noise.given) run->k->flush(d, count);
}

const cn__op_kind cn__op_dropout = {
    .name = "dropout",
    .forward_piece = forward_piece,
    .back_piece = back_piece,
    .keeps_zeros = true,
    .training_only = true,
};

/* ---- the layer ---- */

typedef struct dropout {
    double rate;
    const cn__value *noise_shape;
    int64_t seed;
} dropout;

static const cn__param params[] = {
    CN_PARAM_FIELD(dropout, rate, CN_PARAM_FLOAT, NULL, .low = 0, .high = 1,
                   .expected = "a number from 0 to 1"),
    CN_PARAM_FIELD(dropout, noise_shape, CN_PARAM_VALUE, "none"),
    CN_PARAM_FIELD(dropout, seed, CN_PARAM_MAYBE_INT, "none"),
};

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs, (void)out;
    cn__noise_shape noise;
    return cn__noise_shape_read(((const dropout *)layer->config)->noise_shape, in, &noise);
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    const dropout *d = layer->config;
    if (d->rate == 0) return CN_OK;
    dropout_args args = {.rate = (real)d->rate, .has_seed = d->seed != INT64_MIN, .seed = (uint64_t)d->seed};
    CN_TRY(cn__noise_shape_read(d->noise_shape, &in->shape, &args.noise));
    out->op = cn__lower_op(l, &cn__op_dropout, in, inputs, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

const cn__layer_kind cn__layer_dropout = {.class_name = "Dropout",
                                          CN_LAYER_PARAMS(params, dropout),
                                          .infer = infer,
                                          .lower = lower,
                                          .any_shape = true};
