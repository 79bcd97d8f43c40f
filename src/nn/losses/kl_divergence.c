/* The sum of t log(t / y), both clipped to epsilon … 1. */
#include "nn/losses/formula.h"

TERM(kl_divergence)
{
    vf q = clip(t, epsilon(), one()), c = clip(y, epsilon(), one()), ratio = vf_div(q, c);
    return (term){vf_mul(q, vf_log(ratio)), vf_mask(within(y, epsilon(), one()), vf_neg(ratio))};
}

static real kl_row(const cn__loss_rows *l, const real *pred, const real *target, real *dpred, real k)
{
    return sum_terms(kl_divergence, 0, NULL, true, l->cols, pred, target, dpred, k);
}

static void kl_compute(const cn__loss_rows *l) { each_row(l, l->cols, kl_row); }

static const cn__param kl_params[] = {LOSS_COMMON};
extern const cn__loss_class LOSS(kl_divergence);
const cn__loss_class LOSS(kl_divergence) = {.kind = {.name = "kl_divergence",
                                                     .class_name = "KLDivergence",
                                                     .aliases = {"kld"},
                                                     CN_PARAMS(kl_params),
                                                     .config_size = sizeof(cn__loss_options)},
                                            .metric = "KLDivergence",
                                            .compute = kl_compute};
