/* -Σ alpha (1 - p)^gamma t log p, p the predictions divided by their sum and clipped (Lin et al. 2018). */
#include "nn/losses/formula.h"

typedef struct focal_config {
    cn__loss_options options;
    double alpha, gamma;
} focal_config;

#define FOCAL_NUMBER(field, text, ...)                                                                       \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_FLOAT, .offset = offsetof(focal_config, field), .fallback = text,   \
        __VA_ARGS__                                                                                          \
    }
static const cn__param focal_params[] = {FOCAL_NUMBER(alpha, "0.25", .low = 0, .high = 0),
                                         FOCAL_NUMBER(gamma, "2.0", .low = 0, .high = 1e300),
                                         LOSS_FROM_LOGITS,
                                         LOSS_LABEL_SMOOTHING,
                                         LOSS_AXIS,
                                         LOSS_COMMON};

/* Of p: the value, and its derivative where p is within the bounds. */
VF term focal(vf p, vf t, real alpha, real gamma)
{
    vf q = clip(p, epsilon(), vf_set1(BELOW_ONE)), rest = vf_sub(one(), q), log_q = vf_log(q);
    vf power = power_of(rest, gamma), below = vf_mul(vf_set1(gamma), power_of(rest, gamma - 1));
    vf at = vf_mul(vf_set1(-alpha), t);
    vf slope = vf_mul(at, vf_fnma(below, log_q, vf_div(power, q)));
    return (term){vf_mul(at, vf_mul(power, log_q)), vf_mask(within(p, epsilon(), vf_set1(BELOW_ONE)), slope)};
}

/* The predictions of vector c of a row, divided by their sum: from logits the softmax. */
VF vf shares(const real *pred, size_t c, size_t cols, bool logits, real most, real total)
{
    vf x = vf_load_some(pred + c, cols - c, logits ? -INFINITY : 0);
    if (logits) x = vf_exp(vf_sub(x, vf_set1(most)));
    return vf_div(x, vf_set1(total));
}

static real focal_row(const cn__loss_rows *l, const real *pred, const real *target, real *dpred, real k)
{
    const focal_config *f = l->loss->config;
    const size_t cols = l->cols;
    const bool logits = f->options.from_logits;
    const real alpha = (real)f->alpha, gamma = (real)f->gamma;
    const change smooth = smoothed(l, 1 / (real)cn__loss_classes(l));
    real most = 0, total = 0;
    if (logits) (void)sum_exp(pred, cols, &most, &total);
    else total = row_sum(pred, cols);
    vf sum = vf_zero(), pull = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES) {
        vf p = shares(pred, c, cols, logits, most, total);
        term e = focal(p, changed(vf_load_some(target + c, cols - c, 0), smooth), alpha, gamma);
        sum = vf_add(sum, in_row(e.value, cols - c));
        pull = vf_add(pull, in_row(vf_mul(e.slope, p), cols - c));
    }
    /* of y: (dL/dp - Σ p dL/dp) / Σ y; of a logit: p times the same */
    const vf shift = vf_set1(vf_sum(pull)), factor = vf_set1(logits ? k : k / total);
    for (size_t c = 0; dpred && c < cols; c += CN_LANES) {
        vf p = shares(pred, c, cols, logits, most, total);
        term e = focal(p, changed(vf_load_some(target + c, cols - c, 0), smooth), alpha, gamma);
        vf d = vf_mul(factor, vf_sub(e.slope, shift));
        vf_store_some(dpred + c, vf_flush(logits ? vf_mul(p, d) : d), cols - c);
    }
    return vf_sum(sum);
}

static void focal_compute(const cn__loss_rows *l) { each_row(l, l->cols, focal_row); }

extern const cn__loss_class LOSS(categorical_focal_crossentropy);
const cn__loss_class LOSS(categorical_focal_crossentropy) = {
    .kind = {.name = "categorical_focal_crossentropy",
             .class_name = "CategoricalFocalCrossentropy",
             CN_PARAMS(focal_params),
             .config_size = sizeof(focal_config)},
    .compute = focal_compute};
