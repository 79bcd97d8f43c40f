/* RandomCrop: in training a part of each image, wherever it lies; outside of training, and of images that are too small, what Keras
 * takes: rows and columns from where the largest part of these proportions would begin, resized where that is not enough. (Keras cuts
 * all images of a batch at one place; here each image has its own.) */
#include <stddef.h>
#include <string.h>

#include "nn/images/fit_image.h"
#include "nn/ops.h"

/* The operation of training moves the part that is drawn to where the cut will be, so that the cut is the same in training and
 * outside of it. */
typedef struct crop_args {
    cn__box cut;
    cn__own_seed seed;
} crop_args;

static cn__box box_of(const cn__run *run, const cn__op *op, size_t sample)
{
    const crop_args *a = op->args;
    const cn__stream s = cn__augment_stream(run, &a->seed, CN_RANDOM_AUGMENT, op->stream);
    const cn__factor down = {0, (double)(op->shape.dim[0] - a->cut.h + 1)},
                     right = {0, (double)(op->shape.dim[1] - a->cut.w + 1)};
    cn__box b = a->cut;
    sample += run->first; /* of the batch */
    b.y = (size_t)cn__draw(&s, sample, 0, down);
    b.x = (size_t)cn__draw(&s, sample, 1, right);
    return b;
}

/* to, which becomes 0 elsewhere, has at box `at` what `from` has at box b of the same size. */
static void move(const cn__op *op, const real *from, cn__box b, real *to, cn__box at)
{
    const size_t row = op->shape.dim[1] * op->cols;
    memset(to, 0, op->size * sizeof(real));
    for (size_t i = 0; i < b.h; i++)
        memcpy(to + (at.y + i) * row + at.x * op->cols, from + (b.y + i) * row + b.x * op->cols,
               b.w * op->cols * sizeof(real));
}

static void forward(const cn__run *run, cn__node *n)
{
    const crop_args *a = n->op->args;
    const cn__range r = cn__run_samples(run);
    for (size_t s = r.first; s < r.last; s++)
        move(n->op, cn__node_input(n, 0) + s * n->size, box_of(run, n->op, s), n->z + s * n->size, a->cut);
    if (r.last > r.first) cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

static void backward(const cn__run *run, cn__node *n)
{
    const crop_args *a = n->op->args;
    const cn__edge *edge = &n->in[0];
    const cn__range r = cn__run_samples(run);
    for (size_t s = r.first; s < r.last; s++)
        move(n->op, n->d + s * n->size, a->cut, edge->grad + s * n->size, box_of(run, n->op, s));
    if (r.last > r.first) cn__edge_done(run, edge, r.first * n->size, (r.last - r.first) * n->size);
}

const cn__op_kind cn__op_random_crop = {.name = "random_crop",
                                        .training_only = true,
                                        .makes_views = true,
                                        .forward = forward,
                                        .backward = backward,
                                        .own_samples = true};

/* ---- the layer ---- */

typedef struct crop {
    cn__crop size;
    int64_t seed;
} crop;

static const cn__param params[] = {CN_PARAMS_CROP, CN_PARAM_SEED(crop), CN_PARAM_DATA_FORMAT(cn__crop)};

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    (void)inputs;
    const crop *c = layer->config;
    const cn__image_fit fit = cn__crop_fit(layer);
    const size_t h = in->shape.dim[0], w = in->shape.dim[1];
    cn__box box = cn__middle_of_image(h, w, fit.height, fit.width);
    box.h = fit.height, box.w = fit.width;
    *out = *in;
    if (h > fit.height && w > fit.width && box.y + box.h <= h && box.x + box.w <= w) {
        const crop_args args = {.cut = box, .seed = cn__layer_seed(c->seed)};
        out->op = cn__lower_op(l, &cn__op_random_crop, in, 1, &in->shape, &args, sizeof args);
        if (!out->op) return CN_ERROR_MEMORY;
    }
    CN_TRY(cn__lower_crop(l, box, out));
    return cn__lower_resize(l, fit.interpolation, fit.height, fit.width, out);
}

const cn__layer_kind cn__layer_random_crop = {.class_name = "RandomCrop",
                                              CN_LAYER_PARAMS(params, crop),
                                              .prepare = cn__crop_prepare,
                                              .infer = cn__crop_infer,
                                              .lower = lower};
