/* RandomBrightness: a number is added to all of an image, a fraction of the range of values, within which the results are held. */
#include <stddef.h>

#include "nn/images/augment.h"
#include "nn/ops.h"

typedef struct brightness_args {
    cn__factor factor, values;
    cn__own_seed seed;
} brightness_args;

/* What is added to the image that element `e` is of. */
static real delta_of(const cn__run *run, const cn__op *op, size_t e)
{
    const brightness_args *a = op->args;
    const cn__stream s = cn__augment_stream(run, &a->seed, CN_RANDOM_AUGMENT, op->stream);
    return (real)(cn__draw(&s, e / op->size, 0, a->factor) * (a->values.high - a->values.low));
}

/* How many of `count` elements from element e on are of one image. */
static size_t of_one_image(const cn__op *op, size_t e, size_t count)
{
    const size_t left = op->size - e % op->size;
    return count < left ? count : left;
}

static void forward_piece(const cn__run *run, const cn__op *op, const real *x, real *y, size_t first,
                          size_t count)
{
    const brightness_args *a = op->args;
    const real low = (real)a->values.low, high = (real)a->values.high;
    for (size_t at = 0, n; at < count; at += n) {
        const real delta = delta_of(run, op, first + at);
        n = of_one_image(op, first + at, count - at);
        for (size_t i = at; i < at + n; i++) {
            const real moved = x[i] + delta;
            y[i] = moved < low ? low : moved > high ? high : moved;
        }
    }
}

static void back_piece(const cn__run *run, const cn__op *op, const real *x, const real *y, real *d,
                       size_t first, size_t count)
{
    (void)y;
    const brightness_args *a = op->args;
    const real low = (real)a->values.low, high = (real)a->values.high;
    for (size_t at = 0, n; at < count; at += n) {
        const real delta = delta_of(run, op, first + at);
        n = of_one_image(op, first + at, count - at);
        for (size_t i = at; i < at + n; i++)
            if (!(x[i] + delta >= low && x[i] + delta <= high)) d[i] = 0;
    }
    run->k->flush(d, count);
}

static unsigned saves(const cn__op *op)
{
    (void)op;
    return CN_SAVES_INPUTS;
}

const cn__op_kind cn__op_brightness = {.name = "brightness",
                                       .forward_piece = forward_piece,
                                       .back_piece = back_piece,
                                       .saves = saves,
                                       .training_only = true,
                                       .makes_views = true};

/* ---- the layer ---- */

typedef struct brightness {
    const cn__value *factor, *value_range, *data_format;
    int64_t seed;
    cn__factor range, values;
} brightness;

static const cn__param params[] = {
    CN_PARAM_FIELD(brightness, factor, CN_PARAM_VALUE, NULL),
    CN_PARAM_FIELD(brightness, value_range, CN_PARAM_VALUE, "[0, 255]"),
    CN_PARAM_SEED(brightness),
    CN_PARAM_DATA_FORMAT(brightness),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    brightness *b = layer->config;
    CN_TRY(cn__read_value_range(arena, b->value_range, &b->values));
    CN_TRY(cn__read_factor(arena, "factor", b->factor, CN_FACTOR_SYMMETRIC, -1, 1, &b->range));
    return cn__read_data_format(layer, b->data_format);
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    const brightness *b = layer->config;
    const brightness_args args = {.factor = b->range, .values = b->values, .seed = cn__layer_seed(b->seed)};
    out->op = cn__lower_op(l, &cn__op_brightness, in, inputs, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

static const char *const left_out[] = {"data_format", NULL};

const cn__layer_kind cn__layer_random_brightness = {.class_name = "RandomBrightness",
                                                    CN_LAYER_PARAMS(params, brightness),
                                                    .left_out = left_out,
                                                    .prepare = prepare,
                                                    .infer = cn__infer_images,
                                                    .lower = lower};
