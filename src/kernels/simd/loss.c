/* Losses and their gradients, as Keras computes them: where it clips, the gradient beyond the bound is zero;
 * where two branches meet, TensorFlow's choice. Most losses are a function of a prediction and its target, summed
 * over a row (TERM); the others are one function a row. */
#include "kernels/kernels.h"
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/vmath.h"

/* Keras's epsilon, and 1 minus it. */
#define EPSILON ((real)1e-7)
#define BELOW_ONE ((real)(1 - 1e-7))

VF vf one(void) { return vf_set1(1); }
VF vf epsilon(void) { return vf_set1(EPSILON); }
VF vf sign(vf x) { return vf_select(vf_eq(x, vf_zero()), vf_zero(), vf_copysign(one(), x)); }
VF vf clip(vf x, vf least, vf most) { return vf_min(most, vf_max(least, x)); }
/* Lanes beyond the end of a row, of which `rest` numbers are left, count nothing. */
VF vf in_row(vf x, size_t rest) { return rest < CN_LANES ? vf_mask(vm_first((int)rest), x) : x; }
VF vm within(vf x, vf least, vf most) { return vm_and(vf_ge(x, least), vf_le(x, most)); }

/* ---- losses of one prediction --------------------------------------------------------------------------- */

typedef struct term {
    vf value, slope; /* and its derivative with respect to the prediction */
} term;

#define TERM(name) VF term name(vf y, vf t, __attribute__((unused)) real p)

TERM(squared_error)
{
    vf e = vf_sub(y, t);
    return (term){vf_mul(e, e), vf_add(e, e)};
}

TERM(absolute_error)
{
    vf e = vf_sub(y, t);
    return (term){vf_abs(e), sign(e)};
}

TERM(percentage_error)
{
    vf e = vf_sub(y, t), size = vf_max(vf_abs(t), epsilon());
    const vf hundred = vf_set1(100);
    return (term){vf_mul(hundred, vf_div(vf_abs(e), size)), vf_div(vf_mul(hundred, sign(e)), size)};
}

TERM(squared_logarithmic_error)
{
    vf above = vf_add(vf_max(epsilon(), y), one());
    vf e = vf_sub(vf_log(above), vf_log(vf_add(vf_max(epsilon(), t), one())));
    return (term){vf_mul(e, e), vf_mask(vf_ge(y, epsilon()), vf_div(vf_add(e, e), above))};
}

TERM(huber)
{
    const vf delta = vf_set1(p), half = vf_set1((real)0.5);
    vf e = vf_sub(y, t), size = vf_abs(e);
    vm far = vf_gt(size, delta);
    vf value = vf_select(far, vf_mul(delta, vf_fnma(half, delta, size)), vf_mul(half, vf_mul(e, e)));
    return (term){value, vf_select(far, vf_copysign(delta, e), e)};
}

/* log cosh e = |e| + log(1 + exp(-2 |e|)) - log 2, which cannot overflow. */
TERM(log_cosh)
{
    vf e = vf_sub(y, t), size = vf_abs(e);
    vf rest = vf_log1p(vf_exp(vf_mul(vf_set1(-2), size)));
    return (term){vf_add(size, vf_sub(rest, vf_set1((real)0.69314718055994530942))), vf_tanh(e)};
}

TERM(kl_divergence)
{
    vf q = clip(t, epsilon(), one()), c = clip(y, epsilon(), one()), ratio = vf_div(q, c);
    return (term){vf_mul(q, vf_log(ratio)), vf_mask(within(y, epsilon(), one()), vf_neg(ratio))};
}

TERM(hinge)
{
    vf gap = vf_fnma(t, y, one());
    return (term){vf_max(vf_zero(), gap), vf_mask(vf_ge(gap, vf_zero()), vf_neg(t))};
}

TERM(squared_hinge)
{
    vf gap = vf_max(vf_zero(), vf_fnma(t, y, one()));
    return (term){vf_mul(gap, gap), vf_mul(vf_mul(vf_set1(-2), gap), t)};
}

TERM(poisson)
{
    vf above = vf_add(y, epsilon());
    return (term){vf_fnma(t, vf_log(above), y), vf_sub(one(), vf_div(t, above))};
}

TERM(binary_crossentropy)
{
    vf c = clip(y, epsilon(), vf_set1(BELOW_ONE)), rest = vf_sub(one(), c), u = vf_sub(one(), t);
    vf value = vf_neg(vf_fma(t, vf_log(c), vf_mul(u, vf_log(rest))));
    vf slope = vf_sub(vf_div(u, rest), vf_div(t, c));
    return (term){value, vf_mask(within(y, epsilon(), vf_set1(BELOW_ONE)), slope)};
}

/* max(y, 0) - y t + log(1 + exp(-|y|)). */
TERM(binary_crossentropy_logits)
{
    vf rest = vf_log1p(vf_exp(vf_neg(vf_abs(y))));
    return (term){vf_add(vf_fnma(y, t, vf_max(vf_zero(), y)), rest), vf_sub(vf_sigmoid(y), t)};
}

/* What is done to targets before: t · factor + shift. */
typedef struct change {
    real factor, shift;
} change;

VF change smoothed(real smoothing, real share) { return (change){1 - smoothing, smoothing * share}; }

/* Targets of 0 and 1 stand for -1 and 1 where a row has no others. Keras looks at the batch; by rows the
 * result does not depend on how rows are shared among threads. */
static change signs(const real *target, size_t cols)
{
    vm others = vf_lt(one(), vf_zero());
    for (size_t c = 0; c < cols; c += CN_LANES) {
        vf t = vf_load_some(target + c, cols - c, 0);
        others = vm_or(others, vm_not(vm_or(vf_eq(t, vf_zero()), vf_eq(t, one()))));
    }
    return vm_any(others) ? (change){1, 0} : (change){2, -1};
}

VF vf changed(vf t, change how) { return vf_fma(t, vf_set1(how.factor), vf_set1(how.shift)); }

typedef term term_function(vf y, vf t, real p);
typedef enum before { AS_GIVEN, SMOOTHED, SIGNS } before;

/* One row: sums the values, writes k · slope; the mean over the row unless `whole`. */
VF real sum_terms(term_function *f, before how, bool whole, const cn__loss_rows *l, const real *pred,
                  const real *target, real *dpred, real k)
{
    const size_t cols = l->cols;
    const real share = whole ? 1 : 1 / (real)cols;
    const change set = how == SIGNS ? signs(target, cols) : smoothed(l->label_smoothing, (real)0.5);
    const vf factor = vf_set1(k * share);
    vf sum = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES) {
        size_t rest = cols - c;
        vf t = vf_load_some(target + c, rest, 0);
        if (how != AS_GIVEN) t = changed(t, set);
        term e = f(vf_load_some(pred + c, rest, 0), t, l->p);
        sum = vf_add(sum, in_row(e.value, rest));
        if (dpred) vf_store_some(dpred + c, vf_flush(vf_mul(factor, e.slope)), rest);
    }
    return whole ? vf_sum(sum) : vf_sum(sum) / (real)cols;
}

/* ---- losses of a row -------------------------------------------------------------------------------------- */

/* Every row function: target is the row's (or its one label), the gradient is multiplied by k; returns the loss. */
#define ROW(name)                                                                                            \
    static real name(const cn__loss_rows *l, const real *pred, const real *target, real *dpred, real k)

#define TERM_ROW(name, how, whole)                                                                           \
    ROW(name##_row) { return sum_terms(name, how, whole, l, pred, target, dpred, k); }

TERM_ROW(squared_error, AS_GIVEN, false)
TERM_ROW(absolute_error, AS_GIVEN, false)
TERM_ROW(percentage_error, AS_GIVEN, false)
TERM_ROW(squared_logarithmic_error, AS_GIVEN, false)
TERM_ROW(huber, AS_GIVEN, false)
TERM_ROW(log_cosh, AS_GIVEN, false)
TERM_ROW(kl_divergence, AS_GIVEN, true)
TERM_ROW(hinge, SIGNS, false)
TERM_ROW(squared_hinge, SIGNS, false)
TERM_ROW(poisson, AS_GIVEN, false)
TERM_ROW(binary_crossentropy, SMOOTHED, false)
TERM_ROW(binary_crossentropy_logits, SMOOTHED, false)

VF real row_sum(const real *a, size_t cols)
{
    vf sum = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES) sum = vf_add(sum, vf_load_some(a + c, cols - c, 0));
    return vf_sum(sum);
}

VF real row_dot(const real *a, const real *b, size_t cols)
{
    vf sum = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES)
        sum = vf_fma(vf_load_some(a + c, cols - c, 0), vf_load_some(b + c, cols - c, 0), sum);
    return vf_sum(sum);
}

VF real scalar_log(real x) { return vf_first(vf_log(vf_set1(x))); }

/* The greatest logit of a row and the sum of exp(z - greatest). */
VF void sum_exp(const real *z, size_t cols, real *greatest, real *sum)
{
    vf most = vf_set1(-INFINITY), total = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES) most = vf_max(most, vf_load_some(z + c, cols - c, -INFINITY));
    *greatest = vf_largest(most);
    for (size_t c = 0; c < cols; c += CN_LANES)
        total = vf_add(total, vf_exp(vf_sub(vf_load_some(z + c, cols - c, -INFINITY), vf_set1(*greatest))));
    *sum = vf_sum(total);
}

/* Σ t (log Σ exp z - z); its gradient is taken as softmax(z) - t whatever the targets sum to. */
ROW(categorical_crossentropy_logits)
{
    const size_t cols = l->cols;
    const change smooth = smoothed(l->label_smoothing, 1 / (real)cols);
    real greatest, total;
    sum_exp(pred, cols, &greatest, &total);
    const vf log_sum = vf_set1(greatest + scalar_log(total)), most = vf_set1(greatest),
             whole = vf_set1(total);
    vf sum = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES) {
        size_t rest = cols - c;
        vf z = vf_load_some(pred + c, rest, -INFINITY), t = vf_load_some(target + c, rest, 0);
        if (l->label_smoothing != 0) t = changed(t, smooth);
        vm counts = vm_and(vm_not(vf_eq(t, vf_zero())), vm_not(vf_eq(z, vf_set1(-INFINITY))));
        sum = vf_add(sum, vf_mask(counts, vf_mul(t, vf_sub(log_sum, z))));
        if (!dpred) continue;
        vf d = vf_sub(vf_div(vf_exp(vf_sub(z, most)), whole), t);
        vf_store_some(dpred + c, vf_flush(vf_mul(vf_set1(k), d)), rest);
    }
    return vf_sum(sum);
}

ROW(sparse_categorical_crossentropy_logits)
{
    const size_t cols = l->cols, label = (size_t)target[0];
    real greatest, total, z = pred[label];
    sum_exp(pred, cols, &greatest, &total);
    if (dpred) {
        const real mine = vf_first(vf_exp(vf_set1(z - greatest))) / total - 1;
        for (size_t c = 0; c < cols; c += CN_LANES) {
            vf x = vf_sub(vf_load_some(pred + c, cols - c, 0), vf_set1(greatest));
            vf d = vf_mul(vf_set1(k), vf_div(vf_exp(x), vf_set1(total)));
            vf_store_some(dpred + c, vf_flush(d), cols - c);
        }
        dpred[label] = k * mine;
    }
    return greatest + scalar_log(total) - z;
}

/* -Σ t log p, p the predictions divided by their sum and clipped. */
ROW(categorical_crossentropy)
{
    const size_t cols = l->cols;
    const change smooth = smoothed(l->label_smoothing, 1 / (real)cols);
    const vf least = epsilon(), most = vf_set1(BELOW_ONE), total = vf_set1(row_sum(pred, cols));
    vf sum = vf_zero(), pull = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES) {
        vf p = vf_div(vf_load_some(pred + c, cols - c, 0), total), t = vf_load_some(target + c, cols - c, 0);
        if (l->label_smoothing != 0) t = changed(t, smooth);
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
        if (l->label_smoothing != 0) t = changed(t, smooth);
        vf d = vf_sub(whole, vf_mask(within(p, least, most), vf_div(t, p)));
        vf_store_some(dpred + c, vf_flush(vf_mul(factor, d)), cols - c);
    }
    return -vf_sum(sum);
}

/* -log p + log Σ p, p the clipped predictions: Keras takes their logarithms for logits. */
ROW(sparse_categorical_crossentropy)
{
    const size_t cols = l->cols, label = (size_t)target[0];
    const vf least = epsilon(), most = vf_set1(BELOW_ONE);
    vf sum = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES)
        sum = vf_add(sum, in_row(clip(vf_load_some(pred + c, cols - c, 0), least, most), cols - c));
    const real y = pred[label], total = vf_sum(sum), chosen = vf_first(clip(vf_set1(y), least, most));
    if (dpred) {
        const vf share = vf_set1(k / total);
        for (size_t c = 0; c < cols; c += CN_LANES) {
            vf inside = vf_mask(within(vf_load_some(pred + c, cols - c, 0), least, most), share);
            vf_store_some(dpred + c, vf_flush(inside), cols - c);
        }
        if (y == chosen) dpred[label] = k * (1 / total - 1 / y);
    }
    return scalar_log(total) - scalar_log(chosen);
}

/* max(0, 1 + max((1 - t) y) - Σ t y). Where several share the maximum, so they do its gradient. */
ROW(categorical_hinge)
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
    const vf share = vf_set1(1 / vf_sum(count)), factor = vf_set1(gap < 0 ? 0 : k);
    for (size_t c = 0; c < cols; c += CN_LANES) {
        vf y = vf_load_some(pred + c, cols - c, 0), t = vf_load_some(target + c, cols - c, 0),
           u = vf_sub(one(), t);
        vf d = vf_sub(vf_mask(vf_eq(vf_mul(u, y), vf_set1(worst)), vf_mul(share, u)), t);
        vf_store_some(dpred + c, vf_flush(vf_mul(factor, d)), cols - c);
    }
    return gap < 0 ? 0 : gap;
}

/* 1 / |a|, at most 1 / epsilon. */
VF real inverse_norm(const real *a, size_t cols)
{
    const real most = (real)(1 / 1e-7), norm = vf_first(vf_sqrt(vf_set1(row_dot(a, a, cols))));
    return norm * most > 1 ? 1 / norm : most;
}

/* -t · y / (|t| |y|). */
ROW(cosine_similarity)
{
    const size_t cols = l->cols;
    const real of_y = inverse_norm(pred, cols), of_t = inverse_norm(target, cols);
    const real cosine = row_dot(pred, target, cols) * of_y * of_t;
    if (!dpred) return -cosine;
    const bool bounded = of_y >= (real)(1 / 1e-7);
    const vf along = vf_set1(bounded ? 0 : cosine * of_y), factor = vf_set1(k * of_y);
    for (size_t c = 0; c < cols; c += CN_LANES) {
        vf y = vf_load_some(pred + c, cols - c, 0),
           t = vf_mul(vf_set1(of_t), vf_load_some(target + c, cols - c, 0));
        vf_store_some(dpred + c, vf_flush(vf_mul(factor, vf_fma(along, y, vf_neg(t)))), cols - c);
    }
    return -cosine;
}

typedef real row_function(const cn__loss_rows *l, const real *pred, const real *target, real *dpred, real k);

static row_function *const functions[CN_LOSS_COUNT] = {
    [CN_LOSS_CATEGORICAL_CROSSENTROPY] = categorical_crossentropy,
    [CN_LOSS_CATEGORICAL_CROSSENTROPY_LOGITS] = categorical_crossentropy_logits,
    [CN_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY] = sparse_categorical_crossentropy,
    [CN_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY_LOGITS] = sparse_categorical_crossentropy_logits,
    [CN_LOSS_BINARY_CROSSENTROPY] = binary_crossentropy_row,
    [CN_LOSS_BINARY_CROSSENTROPY_LOGITS] = binary_crossentropy_logits_row,
    [CN_LOSS_MEAN_SQUARED_ERROR] = squared_error_row,
    [CN_LOSS_MEAN_ABSOLUTE_ERROR] = absolute_error_row,
    [CN_LOSS_MEAN_ABSOLUTE_PERCENTAGE_ERROR] = percentage_error_row,
    [CN_LOSS_MEAN_SQUARED_LOGARITHMIC_ERROR] = squared_logarithmic_error_row,
    [CN_LOSS_HUBER] = huber_row,
    [CN_LOSS_LOG_COSH] = log_cosh_row,
    [CN_LOSS_KL_DIVERGENCE] = kl_divergence_row,
    [CN_LOSS_HINGE] = hinge_row,
    [CN_LOSS_SQUARED_HINGE] = squared_hinge_row,
    [CN_LOSS_CATEGORICAL_HINGE] = categorical_hinge,
    [CN_LOSS_POISSON] = poisson_row,
    [CN_LOSS_COSINE_SIMILARITY] = cosine_similarity,
};

void KERNEL(loss)(const cn__loss_rows *l)
{
    row_function *f = functions[l->kind];
    const bool sparse = l->kind == CN_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY ||
                        l->kind == CN_LOSS_SPARSE_CATEGORICAL_CROSSENTROPY_LOGITS;
    const size_t target_cols = sparse ? 1 : l->cols;
    for (size_t r = 0; r < l->rows; r++) {
        real *dpred = l->dpred ? l->dpred + r * l->cols : NULL;
        real value = f(l, l->pred + r * l->cols, l->target + r * target_cols, dpred,
                       l->weight ? l->scale * l->weight[r] : l->scale);
        if (l->loss) l->loss[r] = value;
    }
}
