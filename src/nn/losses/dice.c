/* 1 - 2 Σ t y / (Σ t + Σ y + epsilon), over the whole batch, or over axes of each sample. */
#include "nn/losses/formula.h"

typedef struct sums {
    real both, target, pred;
} sums;

static sums sums_of(const real *pred, const real *target, size_t cols)
{
    return (sums){row_dot(pred, target, cols), row_sum(target, cols), row_sum(pred, cols)};
}

/* The value, and the gradient with respect to n predictions: -2 t / d + 2 Σ t y / d². */
static real dice_of(const sums *s, const real *target, real *dpred, size_t n, real k)
{
    const real whole = s->target + s->pred + EPSILON, part = 2 * s->both / whole;
    const vf factor = vf_set1(k / whole), shift = vf_set1(part);
    for (size_t i = 0; dpred && i < n; i += CN_LANES) {
        vf t = vf_load_some(target + i, n - i, 0);
        vf_store_some(dpred + i, vf_flush(vf_mul(factor, vf_fnma(vf_set1(2), t, shift))), n - i);
    }
    return 1 - part;
}

static real dice_row(const cn__loss_rows *l, const real *pred, const real *target, real *dpred, real k)
{
    const sums s = sums_of(pred, target, l->cols);
    return dice_of(&s, target, dpred, l->cols, k);
}

/* Every thread makes the same sums of the batch, row by row. */
static void dice_compute(const cn__loss_rows *l)
{
    if (((const cn__loss_options *)l->loss->config)->axes.count) {
        each_row(l, l->cols, dice_row);
        return;
    }
    const size_t at = l->first * l->cols;
    sums s = {0, 0, 0};
    for (size_t r = 0; r < l->rows; r++) {
        const sums row = sums_of(l->pred + r * l->cols, l->target + r * l->cols, l->cols);
        s.both += row.both, s.target += row.target, s.pred += row.pred;
    }
    const real value = dice_of(&s, l->target + at, l->dpred ? l->dpred + at : NULL,
                               (l->last - l->first) * l->cols, whole_scale(l));
    for (size_t r = l->first; l->value && r < l->last; r++) l->value[r] = value;
}

static const cn__param dice_params[] = {
    {.name = "axis", .type = CN_PARAM_INTS, .offset = offsetof(cn__loss_options, axes), .fallback = "none"},
    LOSS_COMMON};
extern const cn__loss_class LOSS(dice);
const cn__loss_class LOSS(dice) = {.kind = {.name = "dice",
                                            .class_name = "Dice",
                                            CN_PARAMS(dice_params),
                                            .config_size = sizeof(cn__loss_options)},
                                   .whole = true,
                                   .compute = dice_compute};
