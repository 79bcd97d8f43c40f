/* Hinge: the mean of max(1 - t y, 0), and squared hinge: the mean of its square. Targets of 0 and 1 stand for -1 and
 * 1 where the batch has no others. */
#include "nn/losses/formula.h"

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

static change signs(const cn__loss_rows *l)
{
    const size_t n = l->rows * l->cols;
    vm others = vf_lt(one(), vf_zero());
    for (size_t i = 0; i < n; i += CN_LANES) {
        vf t = vf_load_some(l->target + i, n - i, 0);
        others = vm_or(others, vm_not(vm_or(vf_eq(t, vf_zero()), vf_eq(t, one()))));
        if (vm_any(others)) return (change){1, 0};
    }
    return (change){2, -1};
}

VF void hinge_rows(const cn__loss_rows *l, term_function *f)
{
    const change how = signs(l);
    for (size_t r = l->first; r < l->last; r++) {
        const size_t at = r * l->cols;
        real value =
            sum_terms(f, 0, &how, false, l->cols, l->pred + at, l->target + at,
                      l->dpred ? l->dpred + at : NULL, l->weight ? l->scale * l->weight[r] : l->scale);
        if (l->value) l->value[r] = value;
    }
}

static void hinge_compute(const cn__loss_rows *l) { hinge_rows(l, hinge); }
static void squared_hinge_compute(const cn__loss_rows *l) { hinge_rows(l, squared_hinge); }

static const cn__param hinge_params[] = {LOSS_COMMON};

extern const cn__loss_class LOSS(hinge), LOSS(squared_hinge);
const cn__loss_class LOSS(hinge) = {.kind = {.name = "hinge",
                                             .class_name = "Hinge",
                                             CN_PARAMS(hinge_params),
                                             .config_size = sizeof(cn__loss_options)},
                                    .metric = "Hinge",
                                    .of_batch = true,
                                    .compute = hinge_compute};
const cn__loss_class LOSS(squared_hinge) = {.kind = {.name = "squared_hinge",
                                                     .class_name = "SquaredHinge",
                                                     CN_PARAMS(hinge_params),
                                                     .config_size = sizeof(cn__loss_options)},
                                            .metric = "SquaredHinge",
                                            .of_batch = true,
                                            .compute = squared_hinge_compute};
