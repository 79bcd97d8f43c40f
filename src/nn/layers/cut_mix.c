/* CutMix (Yun et al. 2019): a rectangle of an image comes from another one, and as much of its target as it covers. The fraction that
 * stays is drawn from beta(alpha, alpha) for each image, and alpha from `factor` for a batch. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "nn/images/augment.h"
#include "nn/ops.h"
#include "nn/window.h"

typedef struct mix_args {
    cn__factor factor;
    cn__own_seed seed;
    size_t h, w, c;
} mix_args;

static cn__stream stream_of(const cn__run *run, const cn__op *op)
{
    return cn__augment_stream(run, &((const mix_args *)op->args)->seed, CN_RANDOM_AUGMENT, op->stream);
}

/* What of sample i comes from its partner. */
static cn__box box_of(const cn__op *op, const cn__stream *s, size_t i)
{
    static const cn__factor unit = {0, 1};
    const mix_args *a = op->args;
    const double alpha = cn__draw(s, CN_OF_BATCH, 1, a->factor) + 1e-6,
                 side = sqrt(1 - cn__draw_beta(s, i, alpha));
    return cn__place_box(a->h, a->w, side, side, cn__draw(s, i, 0, unit), cn__draw(s, i, 1, unit));
}

static void forward(const cn__run *run, cn__node *n)
{
    const mix_args *a = n->op->args;
    const cn__stream s = stream_of(run, n->op);
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    memcpy(n->z + r.first * n->size, cn__node_input(n, 0) + r.first * n->size,
           (r.last - r.first) * n->size * sizeof(real));
    for (size_t i = r.first; i < r.last; i++) {
        const cn__box b = box_of(n->op, &s, i);
        const real *other = cn__node_input(n, 0) + cn__partner(&s, i, run->n) * n->size;
        for (size_t y = b.y; y < b.y + b.h; y++)
            memcpy(n->z + i * n->size + (y * a->w + b.x) * a->c, other + (y * a->w + b.x) * a->c,
                   b.w * a->c * sizeof(real));
    }
    cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

/* A sample has gradient from what is left of it, and from the rectangle of the one that it is the partner of. */
static void backward(const cn__run *run, cn__node *n)
{
    const mix_args *a = n->op->args;
    const cn__stream s = stream_of(run, n->op);
    const cn__edge *edge = &n->in[0];
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    memcpy(edge->grad + r.first * n->size, n->d + r.first * n->size,
           (r.last - r.first) * n->size * sizeof(real));
    for (size_t i = r.first; i < r.last; i++) {
        const size_t from = cn__partner_of(&s, i, run->n);
        const cn__box gone = box_of(n->op, &s, i), lent = box_of(n->op, &s, from);
        real *dx = edge->grad + i * n->size;
        for (size_t y = gone.y; y < gone.y + gone.h; y++)
            memset(dx + (y * a->w + gone.x) * a->c, 0, gone.w * a->c * sizeof(real));
        for (size_t y = lent.y; y < lent.y + lent.h; y++)
            run->k->add(dx + (y * a->w + lent.x) * a->c, n->d + from * n->size + (y * a->w + lent.x) * a->c,
                        lent.w * a->c);
    }
    cn__edge_done(run, edge, r.first * n->size, (r.last - r.first) * n->size);
}

static void mix_targets(const cn__run *run, const cn__op *op, const real *target, size_t size, real *mixed)
{
    const mix_args *a = op->args;
    const cn__stream s = stream_of(run, op);
    const cn__range r = cn__run_samples(run);
    for (size_t i = r.first; i < r.last; i++) {
        const cn__box b = box_of(op, &s, i);
        const real taken = (real)(b.w * b.h) / (real)(a->w * a->h);
        const real *own = target + i * size, *other = target + cn__partner(&s, i, run->n) * size;
        for (size_t e = 0; e < size; e++) mixed[i * size + e] = (1 - taken) * own[e] + taken * other[e];
    }
}

const cn__op_kind cn__op_cut_mix = {.name = "cut_mix",
                                    .training_only = true,
                                    .forward = forward,
                                    .backward = backward,
                                    .mix_targets = mix_targets,
                                    .no_ranks = "it puts a part of another sample of the batch into each"};

/* ---- the layer ---- */

typedef struct cut_mix {
    const cn__value *factor, *data_format;
    int64_t seed;
    cn__factor range;
} cut_mix;

static const cn__param params[] = {
    CN_PARAM_FIELD(cut_mix, factor, CN_PARAM_VALUE, "1.0"),
    CN_PARAM_SEED(cut_mix),
    CN_PARAM_DATA_FORMAT(cut_mix),
};

static cn_status prepare(cn__arena *arena, cn__layer *layer)
{
    cut_mix *c = layer->config;
    CN_TRY(cn__read_data_format(layer, c->data_format));
    return cn__read_factor(arena, "factor", c->factor, CN_FACTOR_FROM_ZERO, 0, 1, &c->range);
}

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    const cut_mix *c = layer->config;
    const mix_args args = {.factor = c->range,
                           .seed = cn__layer_seed(c->seed),
                           .h = in->shape.dim[0],
                           .w = in->shape.dim[1],
                           .c = in->shape.dim[2]};
    out->op = cn__lower_op(l, &cn__op_cut_mix, in, inputs, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

const cn__layer_kind cn__layer_cut_mix = {.class_name = "CutMix",
                                          CN_LAYER_PARAMS(params, cut_mix),
                                          .prepare = prepare,
                                          .infer = cn__infer_images,
                                          .lower = lower};
