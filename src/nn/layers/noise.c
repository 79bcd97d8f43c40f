/* The layers that disturb what they get in training, and do nothing else: GaussianNoise, GaussianDropout (Srivastava et al.
 * 2014, §10), AlphaDropout (Klambauer et al. 2017) and SpatialDropout (Tompson et al. 2015). Each element has a number of a
 * stream that is addressed by seed, layer, step and element, so that no mask is stored for the way back. */
#include <math.h>
#include <stddef.h>

#include "nn/layer.h"
#include "nn/noise_shape.h"
#include "nn/ops.h"
#include "nn/window.h"

typedef struct noise_args {
    real strength; /* deviation, or rate */
    bool has_seed; /* of its own, instead of the model's */
    uint64_t seed;
    real factor, shift,
        dropped; /* of alpha dropout: what stays becomes x · factor + shift, the others `dropped` */
    cn__noise_shape noise; /* of alpha dropout */
} noise_args;

static cn__stream stream_of(const cn__run *run, const cn__op *op)
{
    const noise_args *a = op->args;
    return cn__random_stream(a->has_seed ? a->seed : run->seed, CN_RANDOM_DROPOUT, op->stream, run->step);
}

/* ---- normal numbers: x + n, x · (1 + n) ---- */

static void add_noise(const cn__run *run, const cn__op *op, const real *x, real *y, size_t first,
                      size_t count)
{
    const cn__stream s = stream_of(run, op);
    const real deviation = ((const noise_args *)op->args)->strength;
    for (size_t i = 0; i < count; i++) y[i] = x[i] + deviation * (real)cn__random_normal(&s, first + i);
}

static void add_noise_back(const cn__run *run, const cn__op *op, const real *x, const real *y, real *d,
                           size_t first, size_t count)
{
    (void)run, (void)op, (void)x, (void)y, (void)d, (void)first, (void)count; /* the derivative is 1 */
}

const cn__op_kind cn__op_gaussian_noise = {.name = "gaussian_noise",
                                           .forward_piece = add_noise,
                                           .back_piece = add_noise_back,
                                           .training_only = true};

static void multiply_noise(const cn__run *run, const cn__op *op, const real *x, real *y, size_t first,
                           size_t count)
{
    const cn__stream s = stream_of(run, op);
    const real deviation = ((const noise_args *)op->args)->strength;
    for (size_t i = 0; i < count; i++) y[i] = x[i] * (1 + deviation * (real)cn__random_normal(&s, first + i));
}

static void multiply_noise_back(const cn__run *run, const cn__op *op, const real *x, const real *y, real *d,
                                size_t first, size_t count)
{
    (void)x, (void)y;
    multiply_noise(run, op, d, d, first, count);
    run->k->flush(d, count);
}

const cn__op_kind cn__op_gaussian_dropout = {.name = "gaussian_dropout",
                                             .forward_piece = multiply_noise,
                                             .back_piece = multiply_noise_back,
                                             .keeps_zeros = true,
                                             .training_only = true};

/* ---- masks ---- */

enum { CHUNK = 64 };

/* Which of `count` (at most CHUNK) numbers of the stream stay: mask is their factor in dropout, or 0. */
static void draw_mask(const cn__run *run, const cn__op *op, uint64_t first, size_t count, real mask[CHUNK])
{
    const cn__stream s = stream_of(run, op);
    for (size_t i = 0; i < count; i++) mask[i] = 1;
    run->k->dropout(mask, mask, count, s.key, s.purpose, s.step, first,
                    ((const noise_args *)op->args)->strength);
}

/* The same by elements of the batch, of which some may share a number; returns how many. */
static size_t draw_shared(const cn__run *run, const cn__op *op, size_t first, size_t count, real mask[CHUNK])
{
    const cn__noise_shape *noise = &((const noise_args *)op->args)->noise;
    size_t n = count < CHUNK ? count : CHUNK, row;
    bool same = false;
    const uint64_t draw = noise->given ? cn__noise_draw(noise, first, &row, &same) : first;
    if (noise->given && row < n) n = row;
    draw_mask(run, op, draw, same ? 1 : n, mask);
    for (size_t i = 1; same && i < n; i++) mask[i] = mask[0];
    return n;
}

static void alpha_drop(const cn__run *run, const cn__op *op, const real *x, real *y, size_t first,
                       size_t count)
{
    const noise_args *a = op->args;
    real mask[CHUNK];
    for (size_t at = 0, n; at < count; at += n) {
        n = draw_shared(run, op, first + at, count - at, mask);
        for (size_t i = 0; i < n; i++)
            y[at + i] = mask[i] != 0 ? x[at + i] * a->factor + a->shift : a->dropped;
    }
}

static void alpha_drop_back(const cn__run *run, const cn__op *op, const real *x, const real *y, real *d,
                            size_t first, size_t count)
{
    (void)x, (void)y;
    const noise_args *a = op->args;
    real mask[CHUNK];
    for (size_t at = 0, n; at < count; at += n) {
        n = draw_shared(run, op, first + at, count - at, mask);
        for (size_t i = 0; i < n; i++) d[at + i] = mask[i] != 0 ? d[at + i] * a->factor : 0;
    }
    run->k->flush(d, count);
}

const cn__op_kind cn__op_alpha_dropout = {.name = "alpha_dropout",
                                          .forward_piece = alpha_drop,
                                          .back_piece = alpha_drop_back,
                                          .training_only = true};

/* Elements of one row, which begins at channel `channel` of `sample`. */
static void drop_channels(const cn__run *run, const cn__op *op, size_t sample, size_t channel, const real *x,
                          real *y, size_t count)
{
    real mask[CHUNK];
    for (size_t at = 0; at < count; at += CHUNK) {
        const size_t n = count - at < CHUNK ? count - at : CHUNK;
        draw_mask(run, op, (uint64_t)sample * op->cols + channel + at, n, mask);
        for (size_t i = 0; i < n; i++) y[at + i] = mask[i] != 0 ? x[at + i] * mask[i] : 0;
    }
}

static void spatial_drop(const cn__run *run, const cn__op *op, const real *x, real *y, size_t first,
                         size_t count)
{
    for (size_t at = 0, n; at < count; at += n) {
        const size_t e = first + at, channel = e % op->cols;
        n = op->cols - channel < count - at ? op->cols - channel : count - at;
        drop_channels(run, op, e / op->size, channel, x + at, y + at, n);
    }
}

static void spatial_drop_back(const cn__run *run, const cn__op *op, const real *x, const real *y, real *d,
                              size_t first, size_t count)
{
    (void)x, (void)y;
    spatial_drop(run, op, d, d, first, count);
    run->k->flush(d, count);
}

const cn__op_kind cn__op_spatial_dropout = {.name = "spatial_dropout",
                                            .forward_piece = spatial_drop,
                                            .back_piece = spatial_drop_back,
                                            .keeps_zeros = true,
                                            .training_only = true};

/* ---- the layers ---- */

typedef struct noise {
    double strength;
    int64_t seed;
    const cn__value *noise_shape, *data_format;
} noise;

#define NOISE_STRENGTH(name_)                                                                                \
    {                                                                                                        \
        .name = name_, .type = CN_PARAM_FLOAT, .offset = offsetof(noise, strength), .low = 0, .high = 1,     \
        .expected = "a number from 0 to 1"                                                                   \
    }
#define NOISE_SEED CN_PARAM_FIELD(noise, seed, CN_PARAM_MAYBE_INT, "none")

static const cn__param noise_params[] = {NOISE_STRENGTH("stddev"), NOISE_SEED};
static const cn__param rate_params[] = {NOISE_STRENGTH("rate"), NOISE_SEED};
static const cn__param alpha_params[] = {
    NOISE_STRENGTH("rate"), CN_PARAM_FIELD(noise, noise_shape, CN_PARAM_VALUE, "none"), NOISE_SEED};
static const cn__param images_params[] = {
    NOISE_STRENGTH("rate"), CN_PARAM_FIELD(noise, data_format, CN_PARAM_VALUE, "none"), NOISE_SEED};

static cn_status lower_noise(cn__lowering *l, const cn__op_kind *kind, const cn__layer *layer,
                             noise_args args, const cn__ref *in, cn__ref *out)
{
    const noise *c = layer->config;
    if (c->strength == 0) return CN_OK;
    args.has_seed = c->seed != INT64_MIN, args.seed = (uint64_t)c->seed;
    out->op = cn__lower_op(l, kind, in, 1, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status lower_gaussian_noise(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs,
                                      cn__ref *out)
{
    (void)inputs;
    const noise_args args = {.strength = (real)((const noise *)layer->config)->strength};
    return lower_noise(l, &cn__op_gaussian_noise, layer, args, in, out);
}

const cn__layer_kind cn__layer_gaussian_noise = {.class_name = "GaussianNoise",
                                                 CN_LAYER_PARAMS(noise_params, noise),
                                                 .lower = lower_gaussian_noise,
                                                 .any_shape = true};

/* Keras takes a rate of 1, and then divides by zero. */
static cn_status prepare_under_one(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    const noise *c = layer->config;
    return c->strength < 1 ? CN_OK : cn__fail(CN_ERROR_ARGUMENT, "rate = 1, expected a number under 1");
}

static cn_status lower_gaussian_dropout(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs,
                                        cn__ref *out)
{
    (void)inputs;
    const double rate = ((const noise *)layer->config)->strength;
    const noise_args args = {.strength = (real)sqrt(rate / (1 - rate))};
    return lower_noise(l, &cn__op_gaussian_dropout, layer, args, in, out);
}

const cn__layer_kind cn__layer_gaussian_dropout = {.class_name = "GaussianDropout",
                                                   CN_LAYER_PARAMS(rate_params, noise),
                                                   .prepare = prepare_under_one,
                                                   .lower = lower_gaussian_dropout,
                                                   .any_shape = true};

/* What is dropped becomes -alpha · scale of SELU; then mean 0 and variance 1 are made again. */
static cn_status lower_alpha_dropout(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs,
                                     cn__ref *out)
{
    (void)inputs;
    const double rate = ((const noise *)layer->config)->strength,
                 least = -1.6732632423543772848 * 1.0507009873554804934,
                 factor = 1 / sqrt((1 - rate) * (1 + rate * least * least)), shift = -factor * least * rate;
    noise_args args = {.strength = (real)rate,
                       .factor = (real)factor,
                       .shift = (real)shift,
                       .dropped = (real)(factor * least + shift)};
    CN_TRY(cn__noise_shape_read(((const noise *)layer->config)->noise_shape, &in->shape, &args.noise));
    return lower_noise(l, &cn__op_alpha_dropout, layer, args, in, out);
}

static cn_status infer_shared(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs, (void)out;
    cn__noise_shape noise_shape;
    return cn__noise_shape_read(((const noise *)layer->config)->noise_shape, in, &noise_shape);
}

const cn__layer_kind cn__layer_alpha_dropout = {.class_name = "AlphaDropout",
                                                CN_LAYER_PARAMS(alpha_params, noise),
                                                .prepare = prepare_under_one,
                                                .infer = infer_shared,
                                                .lower = lower_alpha_dropout,
                                                .any_shape = true};

static cn_status check_rank(const cn__shape *in, int rank)
{
    char text[120];
    if (in->rank == rank) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "it needs %s, got samples of shape %s",
                    rank == 3 ? "images (height, width, channels)" : "series (steps, channels)",
                    cn__shape_text(in, text, sizeof text));
}

static cn_status infer_series(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)layer, (void)inputs, (void)out;
    return check_rank(in, 2);
}

static cn_status infer_images(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)layer, (void)inputs, (void)out;
    return check_rank(in, 3);
}

static cn_status prepare_images(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    return cn__read_data_format(layer, ((const noise *)layer->config)->data_format);
}

static cn_status lower_spatial(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs,
                               cn__ref *out)
{
    (void)inputs;
    const noise_args args = {.strength = (real)((const noise *)layer->config)->strength};
    return lower_noise(l, &cn__op_spatial_dropout, layer, args, in, out);
}

const cn__layer_kind cn__layer_spatial_dropout1d = {.class_name = "SpatialDropout1D",
                                                    CN_LAYER_PARAMS(rate_params, noise),
                                                    .never_trainable = true,
                                                    .infer = infer_series,
                                                    .lower = lower_spatial};
const cn__layer_kind cn__layer_spatial_dropout2d = {.class_name = "SpatialDropout2D",
                                                    CN_LAYER_PARAMS(images_params, noise),
                                                    .never_trainable = true,
                                                    .prepare = prepare_images,
                                                    .infer = infer_images,
                                                    .lower = lower_spatial};
