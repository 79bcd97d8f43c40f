/* MixUp (Zhang et al. 2018): λ · a sample + (1 - λ) · another one, and their targets likewise. λ, one for a batch, is drawn from
 * beta(alpha, alpha). */
#include <stddef.h>

#include "nn/images/augment.h"
#include "nn/ops.h"

typedef struct mix_args {
    double alpha;
    cn__own_seed seed;
} mix_args;

static cn__stream stream_of(const cn__run *run, const cn__op *op)
{
    return cn__augment_stream(run, &((const mix_args *)op->args)->seed, CN_RANDOM_AUGMENT, op->stream);
}

static void mix(const cn__run *run, const cn__op *op, const real *x, size_t size, real *y)
{
    const cn__stream s = stream_of(run, op);
    const real weight = (real)cn__draw_beta(&s, 0, ((const mix_args *)op->args)->alpha);
    const cn__range r = cn__run_samples(run);
    for (size_t i = r.first; i < r.last; i++) {
        const real *a = x + i * size, *b = x + cn__partner(&s, i, run->n) * size;
        for (size_t e = 0; e < size; e++) y[i * size + e] = weight * a[e] + (1 - weight) * b[e];
    }
}

static void forward(const cn__run *run, cn__node *n)
{
    const cn__range r = cn__run_samples(run);
    mix(run, n->op, cn__node_input(n, 0), n->size, n->z);
    if (r.last > r.first) cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

static void backward(const cn__run *run, cn__node *n)
{
    const cn__stream s = stream_of(run, n->op);
    const real weight = (real)cn__draw_beta(&s, 0, ((const mix_args *)n->op->args)->alpha);
    const cn__edge *edge = &n->in[0];
    const cn__range r = cn__run_samples(run);
    for (size_t i = r.first; i < r.last; i++) {
        const real *a = n->d + i * n->size, *b = n->d + cn__partner_of(&s, i, run->n) * n->size;
        for (size_t e = 0; e < n->size; e++)
            edge->grad[i * n->size + e] = weight * a[e] + (1 - weight) * b[e];
    }
    if (r.last > r.first) cn__edge_done(run, edge, r.first * n->size, (r.last - r.first) * n->size);
}

const cn__op_kind cn__op_mix_up = {
    .name = "mix_up",
    .training_only = true,
    .forward = forward,
    .backward = backward,
    .mix_targets = mix,
    .no_ranks = "it mixes each sample with another one of the batch",
};

/* ---- the layer ---- */

typedef struct mix_up {
    double alpha;
    const cn__value *data_format;
    int64_t seed;
} mix_up;

static const cn__param params[] = {
    CN_PARAM_FIELD(mix_up, alpha, CN_PARAM_FLOAT, "0.2", .low = 1e-6, .high = 1e6,
                   .expected = "a number over 0"),
    CN_PARAM_DATA_FORMAT(mix_up),
    CN_PARAM_SEED(mix_up),
};

static cn_status lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    const mix_up *m = layer->config;
    const mix_args args = {.alpha = m->alpha, .seed = cn__layer_seed(m->seed)};
    out->op = cn__lower_op(l, &cn__op_mix_up, in, inputs, &out->shape, &args, sizeof args);
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

const cn__layer_kind cn__layer_mix_up = {
    .class_name = "MixUp", CN_LAYER_PARAMS(params, mix_up), .lower = lower, .any_shape = true};
