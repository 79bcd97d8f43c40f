/* What the file of a loss needs. Each file of this folder is compiled once for each instruction set, as the kernels
 * are (see kernels/simd/vf.h), and gives the same bits on all of them. A loss is one row function or, where a value is of
 * a prediction and its target alone, a TERM that is summed over the row.
 *
 * Formulas are Keras's: where it clips, the gradient beyond the bound is zero; where two branches meet, the choice is
 * TensorFlow's. */
#ifndef CN_NN_LOSSES_FORMULA_H
#define CN_NN_LOSSES_FORMULA_H

#include <stddef.h>

#include "kernels/simd/vf.h"
#include "kernels/simd/vmath.h"
#include "nn/loss_class.h"

/* The class of a loss: cn__k_loss_huber_avx2 and so on. */
#define LOSS(name) KERNEL(loss_##name)

#define LOSS_AXIS                                                                                            \
    {                                                                                                        \
        .name = "axis", .type = CN_PARAM_INT, .offset = offsetof(cn__loss_options, axis), .fallback = "-1"   \
    }
#define LOSS_FROM_LOGITS                                                                                     \
    {                                                                                                        \
        .name = "from_logits", .type = CN_PARAM_BOOL, .offset = offsetof(cn__loss_options, from_logits),     \
        .fallback = "false"                                                                                  \
    }
#define LOSS_LABEL_SMOOTHING                                                                                 \
    {                                                                                                        \
        .name = "label_smoothing", .type = CN_PARAM_FLOAT,                                                   \
        .offset = offsetof(cn__loss_options, label_smoothing), .fallback = "0.0", .low = 0, .high = 1,       \
        .expected = "a number from 0 to 1"                                                                   \
    }
/* What every loss takes after its own arguments. */
#define LOSS_COMMON                                                                                          \
    {.name = "reduction",                                                                                    \
     .type = CN_PARAM_WORD,                                                                                  \
     .offset = offsetof(cn__loss_options, reduction),                                                        \
     .fallback = "sum_over_batch_size",                                                                      \
     .words = (const char *const[]){"sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", \
                                    "auto", NULL}},                                                          \
        {.name = "name",                                                                                     \
         .type = CN_PARAM_WORD,                                                                              \
         .offset = offsetof(cn__loss_options, name),                                                         \
         .fallback = "none"},                                                                                \
    {                                                                                                        \
        .name = "dtype", .type = CN_PARAM_WORD, .offset = offsetof(cn__loss_options, dtype),                 \
        .fallback = "none", .words = (const char *const[])                                                   \
        {                                                                                                    \
            "float32", NULL                                                                                  \
        }                                                                                                    \
    }

/* ---- arithmetic ------------------------------------------------------------------------------------------ */

/* Keras's epsilon, and 1 minus it. */
#define EPSILON ((real)1e-7)
#define BELOW_ONE ((real)(1 - 1e-7))

VF vf one(void) { return vf_set1(1); }
VF vf epsilon(void) { return vf_set1(EPSILON); }
VF vf sign(vf x) { return vf_select(vf_eq(x, vf_zero()), vf_zero(), vf_copysign(one(), x)); }
VF vf clip(vf x, vf least, vf most) { return vf_min(most, vf_max(least, x)); }
/* Lanes beyond the end of a row, of which `rest` elements are left, count nothing. */
VF vf in_row(vf x, size_t rest) { return rest < CN_LANES ? vf_mask(vm_first((int)rest), x) : x; }
VF vm within(vf x, vf least, vf most) { return vm_and(vf_ge(x, least), vf_le(x, most)); }
VF real scalar_log(real x) { return vf_first(vf_log(vf_set1(x))); }

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

/* The greatest logit of a row and the sum of exp(z - greatest). Returns the last vector of these exponentials, which
 * is that of the whole row where it fits into one. */
VF vf sum_exp(const real *z, size_t cols, real *greatest, real *sum)
{
    vf most = vf_set1(-INFINITY), total = vf_zero(), e = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES) most = vf_max(most, vf_load_some(z + c, cols - c, -INFINITY));
    *greatest = vf_largest(most);
    for (size_t c = 0; c < cols; c += CN_LANES) {
        e = vf_exp(vf_sub(vf_load_some(z + c, cols - c, -INFINITY), vf_set1(*greatest)));
        total = vf_add(total, e);
    }
    *sum = vf_sum(total);
    return e;
}

/* x to the power of a number, for x of at least 0; 0 to a power over 0 is 0. */
VF vf power_of(vf x, real power)
{
    if (power == 0) return one();
    return vf_exp(vf_mul(vf_set1(power), vf_log(vf_max(vf_set1((real)1e-30), x))));
}

/* What is done to targets before: t · factor + shift. */
typedef struct change {
    real factor, shift;
} change;

/* Label smoothing: a part of each target is spread evenly over the classes, of which each gets `share`. */
VF change smoothed(const cn__loss_rows *l, real share)
{
    const real smoothing = (real)((const cn__loss_options *)l->loss->config)->label_smoothing;
    return (change){1 - smoothing, smoothing * share};
}
VF bool is_smoothed(const cn__loss_rows *l)
{
    return ((const cn__loss_options *)l->loss->config)->label_smoothing != 0;
}
VF vf changed(vf t, change how) { return vf_fma(t, vf_set1(how.factor), vf_set1(how.shift)); }

/* ---- rows -------------------------------------------------------------------------------------------------- */

/* The value of a row; writes its gradient times k where dpred is not NULL. */
typedef real row_function(const cn__loss_rows *l, const real *pred, const real *target, real *dpred, real k);

/* Calls `f` for every row that is to be computed. */
VF void each_row(const cn__loss_rows *l, size_t target_cols, row_function *f)
{
    for (size_t r = l->first; r < l->last; r++) {
        real *dpred = l->dpred ? l->dpred + r * l->cols : NULL;
        real value = f(l, l->pred + r * l->cols, l->target + r * target_cols, dpred,
                       l->weight ? l->scale * l->weight[r] : l->scale);
        if (l->value) l->value[r] = value;
    }
}

/* What the gradient of one value for the whole batch is multiplied by: each row has that value, times its weight. */
static inline real whole_scale(const cn__loss_rows *l)
{
    if (!l->weight) return 1;
    real sum = 0;
    for (size_t r = 0; r < l->rows; r++) sum += l->weight[r];
    return l->scale * sum;
}

/* A value of one prediction and its derivative. */
typedef struct term {
    vf value, slope;
} term;

#define TERM(name) VF term name(vf y, vf t, __attribute__((unused)) real p)
typedef term term_function(vf y, vf t, real p);

/* A row of terms: their sum, or their mean unless `whole`; targets changed by `how` where it is not NULL. */
VF real sum_terms(term_function *f, real p, const change *how, bool whole, size_t cols, const real *pred,
                  const real *target, real *dpred, real k)
{
    const real part = whole ? 1 : 1 / (real)cols;
    const vf factor = vf_set1(k * part);
    vf sum = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES) {
        size_t rest = cols - c;
        vf t = vf_load_some(target + c, rest, 0);
        if (how) t = changed(t, *how);
        term e = f(vf_load_some(pred + c, rest, 0), t, p);
        sum = vf_add(sum, in_row(e.value, rest));
        if (dpred) vf_store_some(dpred + c, vf_flush(vf_mul(factor, e.slope)), rest);
    }
    return whole ? vf_sum(sum) : vf_sum(sum) / (real)cols;
}

/* A loss that is a mean of terms, with nothing else to it: its parameters and its class. */
#define LOSS_OF_TERMS(name_, class_, metric_, ...)                                                           \
    static real name_##_row(const cn__loss_rows *l, const real *pred, const real *target, real *dpred,       \
                            real k)                                                                          \
    {                                                                                                        \
        return sum_terms(name_, 0, NULL, false, l->cols, pred, target, dpred, k);                            \
    }                                                                                                        \
    static void name_##_compute(const cn__loss_rows *l) { each_row(l, l->cols, name_##_row); }               \
    static const cn__param name_##_params[] = {LOSS_COMMON};                                                 \
    extern const cn__loss_class LOSS(name_);                                                                 \
    const cn__loss_class LOSS(name_) = {.kind = {.name = #name_,                                             \
                                                 .class_name = class_,                                       \
                                                 .aliases = {__VA_ARGS__},                                   \
                                                 CN_PARAMS(name_##_params),                                  \
                                                 .config_size = sizeof(cn__loss_options)},                   \
                                        .metric = metric_,                                                   \
                                        .compute = name_##_compute}

#endif
