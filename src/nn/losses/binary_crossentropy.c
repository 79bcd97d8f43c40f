/* The mean of -t log y - (1 - t) log(1 - y), y clipped; from logits max(y, 0) - y t + log(1 + exp(-|y|)). */
#include "nn/losses/formula.h"

static const cn__param binary_params[] = {LOSS_FROM_LOGITS, LOSS_LABEL_SMOOTHING, LOSS_AXIS, LOSS_COMMON};

TERM(of_probabilities)
{
    vf c = clip(y, epsilon(), vf_set1(BELOW_ONE)), rest = vf_sub(one(), c), u = vf_sub(one(), t);
    vf value = vf_neg(vf_fma(t, vf_log(c), vf_mul(u, vf_log(rest))));
    vf slope = vf_sub(vf_div(u, rest), vf_div(t, c));
    return (term){value, vf_mask(within(y, epsilon(), vf_set1(BELOW_ONE)), slope)};
}

TERM(of_logits)
{
    vf rest = vf_log1p(vf_exp(vf_neg(vf_abs(y))));
    return (term){vf_add(vf_fnma(y, t, vf_max(vf_zero(), y)), rest), vf_sub(vf_sigmoid(y), t)};
}

static real binary_row(const cn__loss_rows *l, const real *pred, const real *target, real *dpred, real k)
{
    const change how = smoothed(l, (real)0.5);
    return sum_terms(of_probabilities, 0, &how, false, l->cols, pred, target, dpred, k);
}

static real logits_row(const cn__loss_rows *l, const real *pred, const real *target, real *dpred, real k)
{
    const change how = smoothed(l, (real)0.5);
    return sum_terms(of_logits, 0, &how, false, l->cols, pred, target, dpred, k);
}

static void binary_compute(const cn__loss_rows *l)
{
    each_row(l, l->cols, cn__loss_of_logits(l) ? logits_row : binary_row);
}

static bool is_last_axis(const void *config) { return ((const cn__loss_options *)config)->axis == -1; }

extern const cn__loss_class LOSS(binary_crossentropy);
const cn__loss_class LOSS(binary_crossentropy) = {.kind = {.name = "binary_crossentropy",
                                                           .class_name = "BinaryCrossentropy",
                                                           .aliases = {"bce"},
                                                           CN_PARAMS(binary_params),
                                                           .config_size = sizeof(cn__loss_options)},
                                                  .metric = "BinaryCrossentropy",
                                                  .metric_lacks = "axis",
                                                  .metric_fits = is_last_axis,
                                                  .logits = true,
                                                  .compute = binary_compute};
