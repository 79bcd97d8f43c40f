/* RandomContrast: the distance of each pixel from the mean of its channel is multiplied; results are held within the range of values,
 * 0 to 255 where none is given, as in Keras 3.6. */
#include <stddef.h>

#include "nn/images/augment.h"
#include "nn/ops.h"

typedef struct contrast_args {
    cn__factor factor, values;
    cn__own_seed seed;
} contrast_args;

static real factor_of(const cn__run *run, const cn__op *op, size_t sample)
{
    const contrast_args *a = op->args;
    const cn__stream s = cn__augment_stream(run, &a->seed, CN_RANDOM_AUGMENT, op->stream);
    return (real)cn__draw(&s, run->first + sample, 0, a->factor);
}

/* The mean of channel c of an image: of the means of its columns, each one chain down. */
static real mean_of(const cn__op *op, const real *image, size_t c)
{
    const size_t h = op->shape.dim[0], w = op->shape.dim[1], channels = op->cols;
    real sum = 0;
    for (size_t x = 0; x < w; x++) {
        real column = 0;
        for (size_t y = 0; y < h; y++) column += image[(y * w + x) * channels + c];
        sum += column / (real)h;
    }
    return sum / (real)w;
}

static void forward(const cn__run *run, cn__node *n)
{
    const contrast_args *a = n->op->args;
    const real low = (real)a->values.low, high = (real)a->values.high;
    const cn__range r = cn__run_samples(run);
    for (size_t s = r.first; s < r.last; s++) {
        const real factor = factor_of(run, n->op, s), *x = cn__node_input(n, 0) + s * n->size;
        real *y = n->z + s * n->size;
        for (size_t c = 0; c < n->op->cols; c++) {
            const real mean = mean_of(n->op, x, c);
            for (size_t i = c; i < n->size; i += n->op->cols) {
                const real moved = (x[i] - mean) * factor + mean;
                y[i] = moved < low ? low : moved > high ? high : moved;
            }
        }
    }
    if (r.last > r.first) cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

static void back_sample(const cn__node *n, real factor, const contrast_args *a, const real *x, const real *d,
                        real *dx)
{
    const size_t channels = n->op->cols;
    const real low = (real)a->values.low, high = (real)a->values.high, pixels = (real)(n->size / channels);
    for (size_t c = 0; c < channels; c++) {
        const real mean = mean_of(n->op, x, c);
        real sum = 0;
        for (size_t i = c; i < n->size; i += channels) {
            const real moved = (x[i] - mean) * factor + mean;
            dx[i] = moved >= low && moved <= high ? d[i] : 0;
            sum += dx[i];
        }
        const real share = (1 - factor) * sum / pixels;
        for (size_t i = c; i < n->size; i += channels) dx[i] = dx[i] * factor + share;
    }
}

static void backward(const cn__run *run, cn__node *n)
{
    const cn__edge *edge = &n->in[0];
    const cn__range r = cn__run_samples(run);
    for (size_t s = r.first; s < r.last; s++)
        back_sample(n, factor_of(run, n->op, s), n->op->args, cn__node_input(n, 0) + s * n->size,
                    n->d + s * n->size, edge->grad + s * n->size);
    if (r.last > r.first) cn__edge_done(run, edge, r.first * n->size, (r.last - r.first) * n->size);
}

static unsigned saves(const cn__op *op)
{
    (void)op;
    return CN_SAVES_INPUTS;
}

const cn__op_kind cn__op_contrast = {.name = "contrast",
                                     .training_only = true,
                                     .makes_views = true,
                                     .saves = saves,
                                     .forward = forward,
                                     .backward = backward,
                                     .own_samples = true};

/* ---- the layer ---- */

typedef struct contrast {
    const cn__value *factor, *value_range, *data_format;
    int64_t seed;
    cn__factor range, values;
} contrast;

static const cn__param params[] = {
    CN_PARAM_FIELD(contrast, factor, CN_PARAM_VALUE, NULL),
    CN_PARAM_SEED(contrast),
    CN_PARAM_FIELD(contrast, value_range, CN_PARAM_VALUE, "none"),
    CN_PARAM_DATA_FORMAT(contrast),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    contrast *c = layer->config;
    c->values = (cn__factor){0, 255};
    if (c->value_range) CN_TRY(cn__read_value_range(arena, c->value_range, &c->values));
    CN_TRY(cn__read_factor(arena, "factor", c->factor, CN_FACTOR_FROM_ZERO, 0, 1, &c->range));
    return cn__read_data_format(layer, c->data_format);
}

/* From 1 less the lower number to 1 more than the upper one. */
static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    const contrast *c = layer->config;
    const contrast_args args = {.factor = {1 - c->range.low, 1 + c->range.high},
                                .values = c->values,
                                .seed = cn__layer_seed(c->seed)};
    out->op = cn__lower_op(l, &cn__op_contrast, in, inputs, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

static const char *const left_out[] = {"value_range", "data_format", NULL};

const cn__layer_kind cn__layer_random_contrast = {.class_name = "RandomContrast",
                                                  CN_LAYER_PARAMS(params, contrast),
                                                  .left_out = left_out,
                                                  .prepare = prepare,
                                                  .infer = cn__infer_images,
                                                  .lower = lower};
