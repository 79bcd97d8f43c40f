/* For one label a row: -log p + log Σ p, p the clipped predictions (Keras takes their logarithms for logits); from
 * logits log Σ exp z - z. Rows of the class to ignore have no loss and no gradient. */
#include "nn/losses/formula.h"

static const cn__param sparse_params[] = {LOSS_FROM_LOGITS,
                                          {.name = "ignore_class",
                                           .type = CN_PARAM_MAYBE_INT,
                                           .offset = offsetof(cn__loss_options, ignore_class),
                                           .fallback = "none"},
                                          LOSS_AXIS,
                                          LOSS_COMMON};

/* Is the row's label the one to ignore? Then its gradient is zero. */
static bool ignored(const cn__loss_rows *l, const real *target, real *dpred)
{
    const cn__loss_options *o = l->loss->config;
    if (o->ignore_class == INT64_MIN || target[0] != (real)o->ignore_class) return false;
    for (size_t c = 0; dpred && c < l->cols; c++) dpred[c] = 0;
    return true;
}

static real logits_row(const cn__loss_rows *l, const real *pred, const real *target, real *dpred, real k)
{
    if (ignored(l, target, dpred)) return 0;
    const size_t cols = l->cols, label = (size_t)target[0];
    real greatest, total, z = pred[label];
    vf e = sum_exp(pred, cols, &greatest, &total);
    if (dpred) {
        const real mine = vf_first(vf_exp(vf_set1(z - greatest))) / total - 1;
        for (size_t c = 0; c < cols; c += CN_LANES) {
            if (cols > CN_LANES) e = vf_exp(vf_sub(vf_load_some(pred + c, cols - c, 0), vf_set1(greatest)));
            vf d = vf_mul(vf_set1(k), vf_div(e, vf_set1(total)));
            vf_store_some(dpred + c, vf_flush(d), cols - c);
        }
        dpred[label] = k * mine;
    }
    return greatest + scalar_log(total) - z;
}

static real sparse_row(const cn__loss_rows *l, const real *pred, const real *target, real *dpred, real k)
{
    if (ignored(l, target, dpred)) return 0;
    const size_t cols = l->cols, label = (size_t)target[0];
    const vf least = epsilon(), most = vf_set1(BELOW_ONE);
    vf sum = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES)
        sum = vf_add(sum, in_row(clip(vf_load_some(pred + c, cols - c, 0), least, most), cols - c));
    const real y = pred[label], total = vf_sum(sum), chosen = vf_first(clip(vf_set1(y), least, most));
    if (dpred) {
        const vf part = vf_set1(k / total);
        for (size_t c = 0; c < cols; c += CN_LANES) {
            vf inside = vf_mask(within(vf_load_some(pred + c, cols - c, 0), least, most), part);
            vf_store_some(dpred + c, vf_flush(inside), cols - c);
        }
        if (y == chosen) dpred[label] = k * (1 / total - 1 / y);
    }
    return scalar_log(total) - scalar_log(chosen);
}

static bool ignores_none(const void *config)
{
    return ((const cn__loss_options *)config)->ignore_class == INT64_MIN;
}

static void sparse_compute(const cn__loss_rows *l)
{
    each_row(l, 1, cn__loss_of_logits(l) ? logits_row : sparse_row);
}

extern const cn__loss_class LOSS(sparse_categorical_crossentropy);
const cn__loss_class LOSS(sparse_categorical_crossentropy) = {
    .kind = {.name = "sparse_categorical_crossentropy",
             .class_name = "SparseCategoricalCrossentropy",
             CN_PARAMS(sparse_params),
             .config_size = sizeof(cn__loss_options)},
    .metric = "SparseCategoricalCrossentropy",
    .class_lacks = "axis",
    .metric_lacks = "ignore_class",
    .metric_fits = ignores_none,
    .sparse = true,
    .logits = true,
    .compute = sparse_compute};
