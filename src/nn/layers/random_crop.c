/* RandomCrop: in training a part of each image, wherever it lies; outside of training, and of images that are too small, what Keras
 * takes: rows and columns from where the largest part of these proportions would begin, resized where that is not enough. (Keras cuts
 * all images of a batch at one place; here each image has its own.) */
#include <stddef.h>
#include <string.h>

#include "nn/fit_image.h"
#include "nn/ops.h"
#include "nn/window.h"

typedef struct crop_args {
    size_t h, w;     /* of the input */
    cn__box outside; /* outside of training */
    cn__own_seed seed;
} crop_args;

static cn__box box_of(const cn__run *run, const cn__op *op, size_t sample)
{
    const crop_args *a = op->args;
    if (!run->training) return a->outside;
    const cn__stream s = cn__augment_stream(run, &a->seed, CN_RANDOM_AUGMENT, op->stream);
    const cn__factor down = {0, (double)(a->h - a->outside.h + 1)},
                     right = {0, (double)(a->w - a->outside.w + 1)};
    cn__box b = a->outside;
    b.y = (size_t)cn__draw(&s, sample, 0, down);
    b.x = (size_t)cn__draw(&s, sample, 1, right);
    return b;
}

static void forward(const cn__run *run, cn__node *n)
{
    const crop_args *a = n->op->args;
    const size_t c = n->op->cols, row = a->outside.w * c;
    const cn__range r = cn__run_samples(run);
    for (size_t s = r.first; s < r.last; s++) {
        const cn__box b = box_of(run, n->op, s);
        const real *x = cn__input(n, 0) + ((s * a->h + b.y) * a->w + b.x) * c;
        real *y = n->z + s * n->size;
        for (size_t i = 0; i < b.h; i++) memcpy(y + i * row, x + i * a->w * c, row * sizeof(real));
    }
    if (r.last > r.first) cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

static void backward(const cn__run *run, cn__node *n)
{
    const crop_args *a = n->op->args;
    const cn__edge *edge = &n->in[0];
    const size_t c = n->op->cols, row = a->outside.w * c, in = a->h * a->w * c;
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    memset(edge->grad + r.first * in, 0, (r.last - r.first) * in * sizeof(real));
    for (size_t s = r.first; s < r.last; s++) {
        const cn__box b = box_of(run, n->op, s);
        const real *d = n->d + s * n->size;
        real *dx = edge->grad + s * in + (b.y * a->w + b.x) * c;
        for (size_t i = 0; i < b.h; i++) memcpy(dx + i * a->w * c, d + i * row, row * sizeof(real));
    }
    cn__edge_done(run, edge, r.first * in, (r.last - r.first) * in);
}

const cn__op_kind cn__op_random_crop = {
    .name = "random_crop", .forward = forward, .backward = backward, .own_samples = true};

/* ---- the layer ---- */

typedef struct crop {
    int64_t height, width, seed;
    const cn__value *data_format;
} crop;

static const cn__param params[] = {
    CN_PARAM_FIELD(crop, height, CN_PARAM_INT, NULL, .low = 1, .high = 1e6),
    CN_PARAM_FIELD(crop, width, CN_PARAM_INT, NULL, .low = 1, .high = 1e6),
    CN_PARAM_SEED(crop),
    CN_PARAM_DATA_FORMAT(crop),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    (void)arena;
    return cn__check_channels_last(((const crop *)layer->config)->data_format);
}

static cn__image_fit fit_of(const cn__layer *layer)
{
    const crop *c = layer->config;
    return (cn__image_fit){.height = (size_t)c->height, .width = (size_t)c->width, .bilinear = true};
}

static cn_status infer(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)inputs;
    const cn__image_fit fit = fit_of(layer);
    return cn__infer_fit(&fit, in, out);
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)inputs;
    const crop *c = layer->config;
    const cn__image_fit fit = fit_of(layer);
    const size_t h = in->shape.dim[0], w = in->shape.dim[1];
    cn__box box = cn__middle_of_image(h, w, fit.height, fit.width);
    box.h = fit.height, box.w = fit.width;
    *out = *in;
    if (h <= fit.height || w <= fit.width || box.y + box.h > h || box.x + box.w > w) {
        CN_TRY(cn__lower_crop(l, box, out));
        return cn__lower_resize(l, &fit, out);
    }
    const crop_args args = {.h = h, .w = w, .outside = box, .seed = cn__layer_seed(c->seed)};
    out->shape.dim[0] = box.h, out->shape.dim[1] = box.w;
    out->op = cn__lower_op(l, &cn__op_random_crop, in, 1, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

const cn__layer_kind cn__layer_random_crop = {.class_name = "RandomCrop",
                                              CN_LAYER_PARAMS(params, crop),
                                              .prepare = prepare,
                                              .infer = infer,
                                              .lower = lower};
