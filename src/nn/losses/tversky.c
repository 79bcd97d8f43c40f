/* 1 - Σ t y / (Σ t y + alpha Σ t (1 - y) + beta Σ y (1 - t) + epsilon), over the whole batch (Salehi et al. 2017). */
#include "nn/losses/formula.h"

typedef struct tversky_config {
    cn__loss_options options;
    double alpha, beta;
} tversky_config;

#define TVERSKY_NUMBER(field)                                                                                \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_FLOAT, .offset = offsetof(tversky_config, field), .fallback = "0.5" \
    }
static const cn__param tversky_params[] = {TVERSKY_NUMBER(alpha), TVERSKY_NUMBER(beta), LOSS_COMMON};

static void tversky_compute(const cn__loss_rows *l)
{
    const tversky_config *c = l->loss->config;
    const size_t at = l->first * l->cols, n = (l->last - l->first) * l->cols;
    const real alpha = (real)c->alpha, beta = (real)c->beta;
    real both = 0, targets = 0, preds = 0;
    for (size_t r = 0; r < l->rows; r++) {
        const real *pred = l->pred + r * l->cols, *target = l->target + r * l->cols;
        both += row_dot(pred, target, l->cols);
        targets += row_sum(target, l->cols);
        preds += row_sum(pred, l->cols);
    }
    const real whole = both + alpha * (targets - both) + beta * (preds - both) + EPSILON, part = both / whole;
    /* d whole / dy = t (1 - alpha - beta) + beta */
    const vf slope = vf_set1(1 - alpha - beta), shift = vf_set1(beta), share = vf_set1(part),
             factor = vf_set1(whole_scale(l) / whole);
    for (size_t i = 0; l->dpred && i < n; i += CN_LANES) {
        vf t = vf_load_some(l->target + at + i, n - i, 0);
        vf d = vf_fms(share, vf_fma(slope, t, shift), t);
        vf_store_some(l->dpred + at + i, vf_flush(vf_mul(factor, d)), n - i);
    }
    for (size_t r = l->first; l->value && r < l->last; r++) l->value[r] = 1 - part;
}

extern const cn__loss_class LOSS(tversky);
const cn__loss_class LOSS(tversky) = {.kind = {.name = "tversky",
                                               .class_name = "Tversky",
                                               CN_PARAMS(tversky_params),
                                               .config_size = sizeof(tversky_config)},
                                      .whole = true,
                                      .compute = tversky_compute};
