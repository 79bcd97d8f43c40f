/* -Σ t log p, p the predictions divided by their sum and clipped; from logits Σ t (log Σ exp z - z), whose gradient is
 * taken as softmax(z) - t whatever the targets sum to. */
#include "nn/losses/formula.h"

static const cn__param categorical_params[] = {LOSS_FROM_LOGITS, LOSS_LABEL_SMOOTHING, LOSS_AXIS,
                                               LOSS_COMMON};

static real logits_row(const cn__loss_rows *l, const real *pred, const real *target, real *dpred, real k)
{
    const size_t cols = l->cols;
    const bool smooths = is_smoothed(l);
    const change smooth = smoothed(l, 1 / (real)cn__loss_classes(l));
    real greatest, total;
    vf e = sum_exp(pred, cols, &greatest, &total);
    const vf log_sum = vf_set1(greatest + scalar_log(total)), most = vf_set1(greatest),
             whole = vf_set1(total);
    vf sum = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES) {
        size_t rest = cols - c;
        vf z = vf_load_some(pred + c, rest, -INFINITY), t = vf_load_some(target + c, rest, 0);
        if (smooths) t = changed(t, smooth);
        vm counts = vm_and(vm_not(vf_eq(t, vf_zero())), vm_not(vf_eq(z, vf_set1(-INFINITY))));
        sum = vf_add(sum, vf_mask(counts, vf_mul(t, vf_sub(log_sum, z))));
        if (!dpred) continue;
        if (cols > CN_LANES) e = vf_exp(vf_sub(z, most));
        vf d = vf_sub(vf_div(e, whole), t);
        vf_store_some(dpred + c, vf_flush(vf_mul(vf_set1(k), d)), rest);
    }
    return vf_sum(sum);
}

static real categorical_row(const cn__loss_rows *l, const real *pred, const real *target, real *dpred, real k)
{
    const size_t cols = l->cols;
    const bool smooths = is_smoothed(l);
    const change smooth = smoothed(l, 1 / (real)cn__loss_classes(l));
    const vf least = epsilon(), most = vf_set1(BELOW_ONE), total = vf_set1(row_sum(pred, cols));
    vf sum = vf_zero(), pull = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES) {
        vf p = vf_div(vf_load_some(pred + c, cols - c, 0), total), t = vf_load_some(target + c, cols - c, 0);
        if (smooths) t = changed(t, smooth);
        t = in_row(t, cols - c);
        vf q = clip(p, least, most);
        sum = vf_fma(t, vf_log(q), sum);
        pull = vf_add(pull, vf_mask(within(p, least, most), t));
    }
    if (!dpred) return -vf_sum(sum);
    /* dL/dp = -t / p inside the bounds; of p = y / total: (dL/dp - Σ p dL/dp) / total. */
    const vf whole = vf_set1(vf_sum(pull)), factor = vf_div(vf_set1(k), total);
    for (size_t c = 0; c < cols; c += CN_LANES) {
        vf p = vf_div(vf_load_some(pred + c, cols - c, 0), total), t = vf_load_some(target + c, cols - c, 0);
        if (smooths) t = changed(t, smooth);
        vf d = vf_sub(whole, vf_mask(within(p, least, most), vf_div(t, p)));
        vf_store_some(dpred + c, vf_flush(vf_mul(factor, d)), cols - c);
    }
    return -vf_sum(sum);
}

static void categorical_compute(const cn__loss_rows *l)
{
    each_row(l, l->cols, cn__loss_of_logits(l) ? logits_row : categorical_row);
}

extern const cn__loss_class LOSS(categorical_crossentropy);
const cn__loss_class LOSS(categorical_crossentropy) = {.kind = {.name = "categorical_crossentropy",
                                                                .class_name = "CategoricalCrossentropy",
                                                                CN_PARAMS(categorical_params),
                                                                .config_size = sizeof(cn__loss_options)},
                                                       .metric = "CategoricalCrossentropy",
                                                       .for_labels = "sparse_categorical_crossentropy",
                                                       .logits = true,
                                                       .compute = categorical_compute};
