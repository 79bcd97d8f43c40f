/* The rules of the optimisers, sixteen elements at a time. The formulas are those of Keras; what does not depend on the
 * element has been folded into the numbers of cn__update by nn/optimizers/. What stands in the slots:
 *
 *   SGD       momentum (if it is not 0)
 *   ADAM      momentum, velocity, velocity_hat (amsgrad)
 *   RMSPROP   velocity, momentum (if it is not 0), then average_gradient (centered)
 *   ADAGRAD   accumulator
 *   ADADELTA  accumulated_grad, accumulated_delta_var
 *   ADAMAX    momentum, norm
 *   NADAM     momentum, velocity
 *   LION      momentum
 *   FTRL      accumulator, linear
 *
 * Zeros stay zeros, so the padding of a variable may be updated with it. */
#ifndef CN_KERNELS_SIMD_UPDATE_RULES_H
#define CN_KERNELS_SIMD_UPDATE_RULES_H

#include "base/dmath.h"
#include "kernels/kernels.h"
#include "kernels/simd/vf.h"

typedef enum rule {
    RULE_SGD,
    RULE_SGD_MOMENTUM,
    RULE_SGD_NESTEROV,
    RULE_ADAM,
    RULE_ADAM_AMSGRAD,
    RULE_RMSPROP,
    RULE_RMSPROP_MOMENTUM,
    RULE_RMSPROP_CENTERED,
    RULE_RMSPROP_CENTERED_MOMENTUM,
    RULE_ADAGRAD,
    RULE_ADADELTA,
    RULE_ADAMAX,
    RULE_NADAM,
    RULE_LION,
    RULE_FTRL,
    RULE_FTRL_POWER
} rule;

/* Sixteen elements on their way through a rule. */
typedef struct elements {
    vf w, g, slot[CN_MAX_SLOTS];
} elements;

/* The numbers of a rule, broadcast: c[AT(adam.rate)] holds u->adam.rate. */
#define CONSTANTS 7
#define AT(number) ((offsetof(cn__update, number) - offsetof(cn__update, c)) / sizeof(real))

/* -1, 1, or what is neither: 0 and NaN. */
VF vf sign(vf x) { return vf_select(vf_gt(vf_abs(x), vf_zero()), vf_copysign(vf_set1(1), x), x); }

/* ---- the rules: x with its weights and slots after the step ---------------------------------- */

VF elements sgd(elements x, const vf *c, bool momentum, bool nesterov)
{
    if (!momentum) {
        x.w = vf_fnma(x.g, c[AT(sgd.rate)], x.w);
        return x;
    }
    vf step = vf_mul(x.g, c[AT(sgd.rate)]), m = vf_fms(x.slot[0], c[AT(sgd.momentum)], step);
    x.slot[0] = m;
    x.w = vf_add(x.w, nesterov ? vf_fms(m, c[AT(sgd.momentum)], step) : m);
    return x;
}

VF elements adam(elements x, const vf *c, bool amsgrad)
{
    vf m = vf_fma(vf_sub(x.g, x.slot[0]), c[AT(adam.rest_1)], x.slot[0]);
    vf v = vf_fma(vf_fms(x.g, x.g, x.slot[1]), c[AT(adam.rest_2)], x.slot[1]);
    x.slot[0] = m;
    x.slot[1] = v;
    if (amsgrad) x.slot[2] = v = vf_max(x.slot[2], v);
    x.w = vf_sub(x.w, vf_div(vf_mul(m, c[AT(adam.rate)]), vf_add(vf_sqrt(v), c[AT(adam.epsilon)])));
    return x;
}

VF elements rmsprop(elements x, const vf *c, bool centered, bool momentum)
{
    const int average = momentum ? 2 : 1;
    vf v = vf_fma(x.slot[0], c[AT(rmsprop.rho)], vf_mul(vf_mul(x.g, x.g), c[AT(rmsprop.rest)]));
    x.slot[0] = v;
    if (centered) {
        vf a = vf_fma(x.slot[average], c[AT(rmsprop.rho)], vf_mul(x.g, c[AT(rmsprop.rest)]));
        x.slot[average] = a;
        v = vf_fnma(a, a, v);
    }
    vf step = vf_div(vf_mul(x.g, c[AT(rmsprop.rate)]), vf_sqrt(vf_add(v, c[AT(rmsprop.epsilon)])));
    if (momentum) x.slot[1] = step = vf_fma(x.slot[1], c[AT(rmsprop.momentum)], step);
    x.w = vf_sub(x.w, step);
    return x;
}

VF elements adagrad(elements x, const vf *c)
{
    x.slot[0] = vf_fma(x.g, x.g, x.slot[0]);
    x.w = vf_sub(
        x.w, vf_div(vf_mul(x.g, c[AT(adagrad.rate)]), vf_sqrt(vf_add(x.slot[0], c[AT(adagrad.epsilon)]))));
    return x;
}

VF elements adadelta(elements x, const vf *c)
{
    x.slot[0] = vf_fma(x.slot[0], c[AT(adadelta.rho)], vf_mul(vf_mul(x.g, x.g), c[AT(adadelta.rest)]));
    vf delta = vf_mul(vf_sqrt(vf_add(x.slot[1], c[AT(adadelta.epsilon)])), x.g);
    delta = vf_div(delta, vf_sqrt(vf_add(x.slot[0], c[AT(adadelta.epsilon)])));
    x.slot[1] = vf_fma(x.slot[1], c[AT(adadelta.rho)], vf_mul(vf_mul(delta, delta), c[AT(adadelta.rest)]));
    x.w = vf_fnma(delta, c[AT(adadelta.rate)], x.w);
    return x;
}

VF elements adamax(elements x, const vf *c)
{
    x.slot[0] = vf_fma(vf_sub(x.g, x.slot[0]), c[AT(adamax.rest_1)], x.slot[0]);
    x.slot[1] = vf_max(vf_mul(x.slot[1], c[AT(adamax.beta_2)]), vf_abs(x.g));
    x.w =
        vf_sub(x.w, vf_div(vf_mul(x.slot[0], c[AT(adamax.rate)]), vf_add(x.slot[1], c[AT(adamax.epsilon)])));
    return x;
}

VF elements nadam(elements x, const vf *c)
{
    vf m = vf_fma(vf_sub(x.g, x.slot[0]), c[AT(nadam.rest_1)], x.slot[0]);
    vf v = vf_fma(vf_fms(x.g, x.g, x.slot[1]), c[AT(nadam.rest_2)], x.slot[1]);
    x.slot[0] = m;
    x.slot[1] = v;
    vf along = vf_fma(m, c[AT(nadam.of_momentum)], vf_mul(x.g, c[AT(nadam.of_gradient)]));
    x.w = vf_sub(x.w, vf_div(vf_mul(along, c[AT(nadam.rate)]),
                             vf_add(vf_sqrt(vf_mul(v, c[AT(nadam.correction)])), c[AT(nadam.epsilon)])));
    return x;
}

VF elements lion(elements x, const vf *c)
{
    x.w = vf_fnma(sign(vf_fma(x.slot[0], c[AT(lion.beta_1)], vf_mul(x.g, c[AT(lion.rest_1)]))),
                  c[AT(lion.rate)], x.w);
    x.slot[0] = vf_fma(x.slot[0], c[AT(lion.beta_2)], vf_mul(x.g, c[AT(lion.rest_2)]));
    return x;
}

/* x to the power that all lanes of p hold; x is not negative. Exact to the last bit, and slow: only
 * Ftrl with a power of its own comes here. */
static __attribute__((noinline)) vf power(vf x, vf p)
{
    real base[CN_LANES], exponent[CN_LANES];
    vf_store(base, x);
    vf_store(exponent, p);
    for (int i = 0; i < CN_LANES; i++) base[i] = (real)cn__pow((double)base[i], (double)exponent[i]);
    return vf_load(base);
}

VF elements ftrl(elements x, const vf *c, bool root)
{
    vf accumulator = vf_fma(x.g, x.g, x.slot[0]);
    vf before = root ? vf_sqrt(x.slot[0]) : power(x.slot[0], c[AT(ftrl.power)]);
    vf after = root ? vf_sqrt(accumulator) : power(accumulator, c[AT(ftrl.power)]);
    vf shrunk = vf_fma(x.w, c[AT(ftrl.shrinkage)], x.g);
    vf linear =
        vf_add(x.slot[1], vf_fnma(vf_mul(vf_sub(after, before), c[AT(ftrl.inverse_rate)]), x.w, shrunk));
    /* Keeps the sign of what lies beyond ±l1, and is zero between. */
    vf beyond = vf_sub(vf_max(vf_neg(c[AT(ftrl.l1)]), vf_min(c[AT(ftrl.l1)], linear)), linear);
    vf w = vf_div(beyond, vf_fma(after, c[AT(ftrl.inverse_rate)], c[AT(ftrl.l2)]));
    x.w = vf_select(vf_eq(beyond, vf_zero()), vf_zero(), w);
    x.slot[0] = accumulator;
    x.slot[1] = linear;
    return x;
}

VF elements apply(rule r, elements x, const vf *c)
{
    switch (r) {
    case RULE_SGD: return sgd(x, c, false, false);
    case RULE_SGD_MOMENTUM: return sgd(x, c, true, false);
    case RULE_SGD_NESTEROV: return sgd(x, c, true, true);
    case RULE_ADAM: return adam(x, c, false);
    case RULE_ADAM_AMSGRAD: return adam(x, c, true);
    case RULE_RMSPROP: return rmsprop(x, c, false, false);
    case RULE_RMSPROP_MOMENTUM: return rmsprop(x, c, false, true);
    case RULE_RMSPROP_CENTERED: return rmsprop(x, c, true, false);
    case RULE_RMSPROP_CENTERED_MOMENTUM: return rmsprop(x, c, true, true);
    case RULE_ADAGRAD: return adagrad(x, c);
    case RULE_ADADELTA: return adadelta(x, c);
    case RULE_ADAMAX: return adamax(x, c);
    case RULE_NADAM: return nadam(x, c);
    case RULE_LION: return lion(x, c);
    case RULE_FTRL: return ftrl(x, c, true);
    case RULE_FTRL_POWER: return ftrl(x, c, false);
    }
    return x;
}

VF int slots_of(rule r)
{
    switch (r) {
    case RULE_SGD: return 0;
    case RULE_ADAM_AMSGRAD:
    case RULE_RMSPROP_CENTERED_MOMENTUM: return 3;
    case RULE_SGD_MOMENTUM:
    case RULE_SGD_NESTEROV:
    case RULE_RMSPROP:
    case RULE_ADAGRAD:
    case RULE_LION: return 1;
    default: return 2;
    }
}

/* Gradients under a bound count as none, which keeps denormal numbers out of the slots: of squares
 * those under CN_TINY would be flushed anyway. Adam has no need of one: it squares within an fma, and epsilon
 * stands under its fraction. */
VF vf enough(rule r, vf g)
{
#ifdef CN_REAL_DOUBLE
    (void)r;
    return vf_without_under(CN_TINY, g);
#else
    switch (r) {
    case RULE_ADAM:
    case RULE_ADAM_AMSGRAD: return g;
    case RULE_SGD:
    case RULE_SGD_MOMENTUM:
    case RULE_SGD_NESTEROV:
    case RULE_ADAMAX:
    case RULE_LION: return vf_without_under(CN_TINY, g);
    default: return vf_without_under((real)0x1p-50, g); /* its square is CN_TINY */
    }
#endif
}

VF void store_slots(rule r, real *const *slot, size_t i, const elements *x, bool flush)
{
    const int slots = slots_of(r);
    if (flush)
        for (int s = 0; s < slots; s++) vf_store(slot[s] + i, vf_flush(x->slot[s]));
    else
        for (int s = 0; s < slots; s++) vf_store(slot[s] + i, x->slot[s]);
}

/* Sixteen elements without a gradient whose weights stay as they are: then their slots are all there is to do. */
VF bool rests(rule r, elements *x, const vf *c)
{
    switch (r) {
    case RULE_SGD:
    case RULE_ADAGRAD: return true;
    case RULE_ADAM:
        if (vm_any(vm_not(vf_eq(x->slot[0], vf_zero())))) return false;
        x->slot[1] = vf_fma(vf_fms(x->g, x->g, x->slot[1]), c[AT(adam.rest_2)], x->slot[1]);
        return true;
    case RULE_RMSPROP:
        x->slot[0] = vf_fma(x->slot[0], c[AT(rmsprop.rho)], vf_mul(vf_mul(x->g, x->g), c[AT(rmsprop.rest)]));
        return true;
    default: return false;
    }
}

/* The step of elements i … i+15, which have no gradient. */
VF void take_idle(rule r, real *w, real *const *slot, size_t i, const vf *c, bool flush)
{
    const int slots = slots_of(r);
    elements x = {.g = vf_zero()};
    for (int s = 0; s < slots; s++) x.slot[s] = vf_load(slot[s] + i);
    if (!rests(r, &x, c)) {
        x.w = vf_load(w + i);
        x = apply(r, x, c);
        vf_store(w + i, x.w);
    }
    store_slots(r, slot, i, &x, flush);
}

/* Does nothing stand around the rule: no regulariser, clipping, decay? */
VF bool is_plain(const cn__update *u)
{
    return u->l1 == 0 && u->l2 == 0 && u->clip_value == 0 && u->decay == 0 && u->grad_scale == 1;
}

VF rule rule_of(const cn__update *u)
{
    switch (u->kind) {
    case CN_OPTIMIZER_SGD:
        return u->sgd.momentum == 0 ? RULE_SGD : u->nesterov ? RULE_SGD_NESTEROV : RULE_SGD_MOMENTUM;
    case CN_OPTIMIZER_ADAM: return u->amsgrad ? RULE_ADAM_AMSGRAD : RULE_ADAM;
    case CN_OPTIMIZER_RMSPROP:
        if (u->centered)
            return u->rmsprop.momentum == 0 ? RULE_RMSPROP_CENTERED : RULE_RMSPROP_CENTERED_MOMENTUM;
        return u->rmsprop.momentum == 0 ? RULE_RMSPROP : RULE_RMSPROP_MOMENTUM;
    case CN_OPTIMIZER_ADAGRAD: return RULE_ADAGRAD;
    case CN_OPTIMIZER_ADADELTA: return RULE_ADADELTA;
    case CN_OPTIMIZER_ADAMAX: return RULE_ADAMAX;
    case CN_OPTIMIZER_NADAM: return RULE_NADAM;
    case CN_OPTIMIZER_LION: return RULE_LION;
    default: return u->ftrl.power == (real)0.5 ? RULE_FTRL : RULE_FTRL_POWER;
    }
}

#endif
