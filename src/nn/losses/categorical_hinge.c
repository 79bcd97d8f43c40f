/* max(0, 1 + max((1 - t) y) - Σ t y). Where several share the maximum, so they do its gradient. */
#include "nn/losses/formula.h"

static real categorical_hinge(const cn__loss_rows *l, const real *pred, const real *target, real *dpred,
                              real k)
{
    const size_t cols = l->cols;
    vf most = vf_set1(-INFINITY), count = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES) {
        vf y = vf_load_some(pred + c, cols - c, -INFINITY), t = vf_load_some(target + c, cols - c, 0);
        most = vf_max(most, vf_mul(vf_sub(one(), t), y));
    }
    const real worst = vf_largest(most), gap = worst - row_dot(pred, target, cols) + 1;
    if (!dpred) return gap < 0 ? 0 : gap;
    for (size_t c = 0; c < cols; c += CN_LANES) {
        vf y = vf_load_some(pred + c, cols - c, 0), t = vf_load_some(target + c, cols - c, 0);
        vm top = vf_eq(vf_mul(vf_sub(one(), t), y), vf_set1(worst));
        count = vf_add(count, in_row(vf_mask(top, one()), cols - c));
    }
    const vf part = vf_set1(1 / vf_sum(count)), factor = vf_set1(gap < 0 ? 0 : k);
    for (size_t c = 0; c < cols; c += CN_LANES) {
        vf y = vf_load_some(pred + c, cols - c, 0), t = vf_load_some(target + c, cols - c, 0),
           u = vf_sub(one(), t);
        vf d = vf_sub(vf_mask(vf_eq(vf_mul(u, y), vf_set1(worst)), vf_mul(part, u)), t);
        vf_store_some(dpred + c, vf_flush(vf_mul(factor, d)), cols - c);
    }
    return gap < 0 ? 0 : gap;
}

static void categorical_hinge_compute(const cn__loss_rows *l) { each_row(l, l->cols, categorical_hinge); }

static const cn__param categorical_hinge_params[] = {LOSS_COMMON};
extern const cn__loss_class LOSS(categorical_hinge);
const cn__loss_class LOSS(categorical_hinge) = {.kind = {.name = "categorical_hinge",
                                                         .class_name = "CategoricalHinge",
                                                         CN_PARAMS(categorical_hinge_params),
                                                         .config_size = sizeof(cn__loss_options)},
                                                .metric = "CategoricalHinge",
                                                .compute = categorical_hinge_compute};
