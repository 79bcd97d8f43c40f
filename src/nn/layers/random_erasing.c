/* RandomErasing (Zhong et al. 2017), or cutout: a rectangle of an image is replaced by a number or by noise. As in Keras since 3.8: an
 * image has one with a probability drawn from `factor`, and each side of it is the root of a fraction drawn from `scale`. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "nn/images/augment.h"
#include "nn/ops.h"
#include "nn/window.h"

typedef struct erasing_args {
    cn__factor factor, scale, values;
    bool noise;
    real fill[3]; /* a number for each channel; one for all where fills is 1 */
    size_t fills;
    cn__own_seed seed;
} erasing_args;

/* Numbers of noise lie behind those of all samples. */
#define NOISE_FIRST ((uint64_t)1 << 40)

/* The rectangle of a sample; empty for none. */
static cn__box box_of(const cn__run *run, const cn__op *op, size_t sample)
{
    static const cn__factor unit = {0, 1};
    const erasing_args *a = op->args;
    const cn__stream s = cn__augment_stream(run, &a->seed, CN_RANDOM_AUGMENT, op->stream);
    sample += run->first; /* of the batch */
    if (!(cn__draw(&s, sample, 0, unit) < cn__draw(&s, sample, 1, a->factor))) return (cn__box){0};
    return cn__place_box(op->shape.dim[0], op->shape.dim[1], sqrt(cn__draw(&s, sample, 2, a->scale)),
                         sqrt(cn__draw(&s, sample, 3, a->scale)), cn__draw(&s, sample, 4, unit),
                         cn__draw(&s, sample, 5, unit));
}

static real filling(const erasing_args *a, const cn__stream *s, uint64_t element, size_t channel)
{
    const double v = a->noise ? cn__random_normal(s, NOISE_FIRST + element) * a->values.high
                              : (double)a->fill[a->fills > 1 ? channel : 0];
    return (real)(v < a->values.low ? a->values.low : v > a->values.high ? a->values.high : v);
}

static void erase(const cn__run *run, const cn__op *op, size_t sample, real *image)
{
    const erasing_args *a = op->args;
    const cn__stream s = cn__augment_stream(run, &a->seed, CN_RANDOM_FIELD, op->stream);
    const cn__box b = box_of(run, op, sample);
    for (size_t y = b.y; y < b.y + b.h; y++)
        for (size_t i = (y * op->shape.dim[1] + b.x) * op->cols, j = 0; j < b.w * op->cols; i++, j++)
            image[i] = filling(a, &s, cn__of_batch(run, op, sample * op->size + i), j % op->cols);
}

static void forward(const cn__run *run, cn__node *n)
{
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    memcpy(n->z + r.first * n->size, cn__node_input(n, 0) + r.first * n->size,
           (r.last - r.first) * n->size * sizeof(real));
    for (size_t s = r.first; s < r.last; s++) erase(run, n->op, s, n->z + s * n->size);
    cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

static void backward(const cn__run *run, cn__node *n)
{
    const cn__edge *edge = &n->in[0];
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    memcpy(edge->grad + r.first * n->size, n->d + r.first * n->size,
           (r.last - r.first) * n->size * sizeof(real));
    for (size_t s = r.first; s < r.last; s++) {
        const cn__box b = box_of(run, n->op, s);
        const size_t row = n->op->shape.dim[1] * n->op->cols;
        for (size_t y = b.y; y < b.y + b.h; y++)
            memset(edge->grad + s * n->size + y * row + b.x * n->op->cols, 0,
                   b.w * n->op->cols * sizeof(real));
    }
    cn__edge_done(run, edge, r.first * n->size, (r.last - r.first) * n->size);
}

const cn__op_kind cn__op_erasing = {
    .name = "erasing", .training_only = true, .forward = forward, .backward = backward, .own_samples = true};

/* ---- the layer ---- */

typedef struct erasing {
    const cn__value *factor, *scale, *value_range, *data_format;
    cn__floats fill_value;
    int64_t seed;
    cn__factor probability, sides, values;
} erasing;

static const cn__param params[] = {
    CN_PARAM_FIELD(erasing, factor, CN_PARAM_VALUE, "1.0"),
    CN_PARAM_FIELD(erasing, scale, CN_PARAM_VALUE, "[0.02, 0.33]"),
    CN_PARAM_FIELD(erasing, fill_value, CN_PARAM_FLOATS, "none"),
    CN_PARAM_FIELD(erasing, value_range, CN_PARAM_VALUE, "[0, 255]"),
    CN_PARAM_SEED(erasing),
    CN_PARAM_DATA_FORMAT(erasing),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    erasing *e = layer->config;
    CN_TRY(cn__read_data_format(layer, e->data_format));
    CN_TRY(cn__read_factor(arena, "factor", e->factor, CN_FACTOR_FROM_ZERO, 0, 1, &e->probability));
    CN_TRY(cn__read_factor(arena, "scale", e->scale, CN_FACTOR_FROM_ZERO, 0, 1, &e->sides));
    CN_TRY(cn__read_value_range(arena, e->value_range, &e->values));
    if (e->fill_value.count <= 1 || e->fill_value.count == 3) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "fill_value has %zu numbers, expected one, or three for channels",
                    e->fill_value.count);
}

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    const erasing *e = layer->config;
    CN_TRY(cn__infer_images(layer, in, inputs, out));
    if (e->fill_value.count != 3 || in->dim[2] == 3) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "fill_value has three numbers and the images have %zu channels",
                    in->dim[2]);
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    const erasing *e = layer->config;
    erasing_args args = {.factor = e->probability,
                         .scale = e->sides,
                         .values = e->values,
                         .noise = e->fill_value.count == 0,
                         .fills = e->fill_value.count,
                         .seed = cn__layer_seed(e->seed)};
    for (size_t i = 0; i < args.fills; i++) args.fill[i] = (real)e->fill_value.items[i];
    out->op = cn__lower_op(l, &cn__op_erasing, in, inputs, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

const cn__layer_kind cn__layer_random_erasing = {.class_name = "RandomErasing",
                                                 CN_LAYER_PARAMS(params, erasing),
                                                 .prepare = prepare,
                                                 .infer = infer,
                                                 .lower = lower};
