/* The mean of ½e² where |e| is at most delta, else delta |e| - ½ delta². */
#include "nn/losses/formula.h"

typedef struct huber_config {
    cn__loss_options options;
    double delta;
} huber_config;

static const cn__param huber_params[] = {{.name = "delta",
                                          .type = CN_PARAM_FLOAT,
                                          .offset = offsetof(huber_config, delta),
                                          .fallback = "1.0",
                                          .low = 1e-300,
                                          .high = 1e300,
                                          .expected = "a number over 0"},
                                         LOSS_COMMON};

TERM(huber)
{
    const vf delta = vf_set1(p), half = vf_set1((real)0.5);
    vf e = vf_sub(y, t), size = vf_abs(e);
    vm far = vf_gt(size, delta);
    vf value = vf_select(far, vf_mul(delta, vf_fnma(half, delta, size)), vf_mul(half, vf_mul(e, e)));
    return (term){value, vf_select(far, vf_copysign(delta, e), e)};
}

static real huber_row(const cn__loss_rows *l, const real *pred, const real *target, real *dpred, real k)
{
    const huber_config *c = l->loss->config;
    return sum_terms(huber, (real)c->delta, NULL, false, l->cols, pred, target, dpred, k);
}

static void huber_compute(const cn__loss_rows *l) { each_row(l, l->cols, huber_row); }

extern const cn__loss_class LOSS(huber);
const cn__loss_class LOSS(huber) = {.kind = {.name = "huber",
                                             .class_name = "Huber",
                                             CN_PARAMS(huber_params),
                                             .config_size = sizeof(huber_config)},
                                    .compute = huber_compute};
