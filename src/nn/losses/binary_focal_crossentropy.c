/* The mean of (1 - p)^gamma times binary cross-entropy, p = t y + (1 - t)(1 - y) (Lin et al. 2018). Keras takes the
 * cross-entropy from the logits where it knows them, and p always from the predictions. */
#include "nn/losses/formula.h"

typedef struct focal_config {
    cn__loss_options options;
    bool apply_class_balancing;
    double alpha, gamma;
} focal_config;

#define FOCAL_NUMBER(field, text, ...)                                                                       \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_FLOAT, .offset = offsetof(focal_config, field), .fallback = text,   \
        __VA_ARGS__                                                                                          \
    }
static const cn__param focal_params[] = {{.name = "apply_class_balancing",
                                          .type = CN_PARAM_BOOL,
                                          .offset = offsetof(focal_config, apply_class_balancing),
                                          .fallback = "false"},
                                         FOCAL_NUMBER(alpha, "0.25", .low = 0, .high = 0),
                                         FOCAL_NUMBER(gamma, "2.0", .low = 0, .high = 1e300),
                                         LOSS_FROM_LOGITS,
                                         LOSS_LABEL_SMOOTHING,
                                         LOSS_AXIS,
                                         LOSS_COMMON};

/* Value; its slope towards y through the factor, and towards y (or the logit z) through the cross-entropy. */
typedef struct focal {
    vf value, by_factor, by_entropy;
} focal;

VF focal focal_of(const focal_config *f, vf y, vf z, vf t, bool logits)
{
    const real gamma = (real)f->gamma, alpha = (real)f->alpha;
    vf u = vf_sub(one(), t), side = vf_sub(t, u);
    vf rest = vf_sub(one(), vf_fma(t, y, vf_mul(u, vf_sub(one(), y))));
    vf factor = power_of(rest, gamma), below = vf_mul(vf_set1(-gamma), power_of(rest, gamma - 1));
    if (f->apply_class_balancing) {
        vf balance = vf_fma(t, vf_set1(alpha), vf_mul(u, vf_set1(1 - alpha)));
        factor = vf_mul(factor, balance), below = vf_mul(below, balance);
    }
    vf c = clip(y, epsilon(), vf_set1(BELOW_ONE)), c_rest = vf_sub(one(), c);
    vf entropy = logits ? vf_add(vf_fnma(z, t, vf_max(vf_zero(), z)), vf_log1p(vf_exp(vf_neg(vf_abs(z)))))
                        : vf_neg(vf_fma(t, vf_log(c), vf_mul(u, vf_log(c_rest))));
    vf slope =
        logits ? vf_sub(vf_sigmoid(z), t)
               : vf_mask(within(y, epsilon(), vf_set1(BELOW_ONE)), vf_sub(vf_div(u, c_rest), vf_div(t, c)));
    return (focal){vf_mul(factor, entropy), vf_mul(vf_mul(below, side), entropy), vf_mul(factor, slope)};
}

/* The predictions of vector c of a row. */
VF vf prediction(const cn__loss_rows *l, const real *pred, size_t c, real most, real total)
{
    vf x = vf_load_some(pred + c, l->cols - c, 0);
    if (l->before == CN_ACT_SOFTMAX) return vf_div(vf_exp(vf_sub(x, vf_set1(most))), vf_set1(total));
    return cn__loss_of_logits(l) ? vf_sigmoid(x) : x;
}

static real focal_row(const cn__loss_rows *l, const real *pred, const real *target, real *dpred, real k)
{
    const focal_config *f = l->loss->config;
    const size_t cols = l->cols;
    const bool logits = cn__loss_of_logits(l), softmax = l->before == CN_ACT_SOFTMAX;
    const change smooth = smoothed(l, (real)0.5);
    real most = 0, total = 1;
    if (softmax) (void)sum_exp(pred, cols, &most, &total);
    vf sum = vf_zero(), pull = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES) {
        vf y = prediction(l, pred, c, most, total),
           t = changed(vf_load_some(target + c, cols - c, 0), smooth);
        focal e = focal_of(f, y, vf_load_some(pred + c, cols - c, 0), t, logits);
        sum = vf_add(sum, in_row(e.value, cols - c));
        pull = vf_add(pull, in_row(vf_mul(e.by_factor, y), cols - c));
    }
    const vf factor = vf_set1(k / (real)cols), shift = vf_set1(softmax ? vf_sum(pull) : 0);
    for (size_t c = 0; dpred && c < cols; c += CN_LANES) {
        vf y = prediction(l, pred, c, most, total),
           t = changed(vf_load_some(target + c, cols - c, 0), smooth);
        focal e = focal_of(f, y, vf_load_some(pred + c, cols - c, 0), t, logits);
        vf through = softmax  ? vf_mul(y, vf_sub(e.by_factor, shift))
                     : logits ? vf_mul(vf_mul(y, vf_sub(one(), y)), e.by_factor)
                              : e.by_factor;
        vf_store_some(dpred + c, vf_flush(vf_mul(factor, vf_add(through, e.by_entropy))), cols - c);
    }
    return vf_sum(sum) / (real)cols;
}

static void focal_compute(const cn__loss_rows *l) { each_row(l, l->cols, focal_row); }

extern const cn__loss_class LOSS(binary_focal_crossentropy);
const cn__loss_class LOSS(binary_focal_crossentropy) = {.kind = {.name = "binary_focal_crossentropy",
                                                                 .class_name = "BinaryFocalCrossentropy",
                                                                 CN_PARAMS(focal_params),
                                                                 .config_size = sizeof(focal_config)},
                                                        .logits = true,
                                                        .compute = focal_compute};
