/* One step of an optimiser, in one pass over weights, gradient and slots: what stands around the rules of
 * simd/update_rules.h. */
#include "kernels/simd/kernels_isa.h"

#include <assert.h>
#include "kernels/simd/update_rules.h"

typedef struct arrays {
    real *w, *slot[CN_MAX_SLOTS], *average;
    const real *g;
    size_t n;
} arrays;

/* Keras's order: a regulariser is part of the loss, so its gradient is clipped too; the weights
 * decay after the gradient was taken, before the step. */
VF elements prepare(const cn__update *u, elements x)
{
    if (u->l1 != 0) x.g = vf_fma(vf_set1(u->l1), sign(x.w), x.g);
    if (u->l2 != 0) x.g = vf_fma(vf_set1(2 * u->l2), x.w, x.g);
    if (u->grad_scale != 1) x.g = vf_mul(x.g, vf_set1(u->grad_scale));
    /* In this order of operands a NaN stays a NaN. */
    if (u->clip_value != 0) x.g = vf_max(vf_set1(-u->clip_value), vf_min(vf_set1(u->clip_value), x.g));
    if (u->decay != 0) x.w = vf_fnma(x.w, vf_set1(u->decay), x.w);
    return x;
}

/* The plain loop where no element has a gradient. */
VF void sweep_idle(rule r, const cn__update *u, const arrays *a)
{
    vf c[CONSTANTS];
    for (int k = 0; k < CONSTANTS; k++) c[k] = vf_set1(u->c[k]);
    for (size_t i = 0; i < a->n; i += CN_LANES) take_idle(r, a->w, a->slot, i, c, u->flush);
}

/* `r` and `plain` are constants where this is inlined: the plain loop has no branch. */
VF void sweep(rule r, bool plain, const cn__update *u, const arrays *a)
{
    if (plain && !a->g) {
        sweep_idle(r, u, a);
        return;
    }
    const int slots = slots_of(r);
    const cn__update extra = *u;
    const bool flush = u->flush;
    const vf keep = vf_set1(u->ema), add = vf_set1(1 - u->ema);
    vf c[CONSTANTS];
    for (int k = 0; k < CONSTANTS; k++) c[k] = vf_set1(u->c[k]);
    real *w = a->w, *average = a->average, *slot[CN_MAX_SLOTS] = {a->slot[0], a->slot[1], a->slot[2]};
    const real *g = a->g;
    for (size_t i = 0, n = a->n; i < n; i += CN_LANES) {
        elements x = {.w = vf_load(w + i), .g = plain || g ? vf_load(g + i) : vf_zero()};
        for (int s = 0; s < slots; s++) x.slot[s] = vf_load(slot[s] + i);
        if (!plain) x = prepare(&extra, x);
        x.g = enough(r, x.g);
        x = apply(r, x, c);
        vf_store(w + i, x.w);
        store_slots(r, slot, i, &x, flush);
        if (!plain && average) vf_store(average + i, vf_fma(keep, vf_load(average + i), vf_mul(add, x.w)));
    }
}

#define RULE(r)                                                                                              \
    case r:                                                                                                  \
        if (plain) sweep(r, true, u, &a);                                                                    \
        else sweep(r, false, u, &a);                                                                         \
        break

void KERNEL(update)(const cn__update *u, real *w, real *const slot[CN_MAX_SLOTS], real *average, real *g,
                    size_t n)
{
    assert(n % CN_LANES == 0);
    const arrays a = {.w = w, .slot = {slot[0], slot[1], slot[2]}, .average = average, .g = g, .n = n};
    const bool plain = is_plain(u) && !average;
#if CN_JOIN(CN_ISA_IS, CN_ISA) == 0
    /* The scalar build is there to be compared with: one loop does for all. */
    sweep(rule_of(u), plain && !g, u, &a);
#else
    switch (rule_of(u)) {
        RULE(RULE_SGD);
        RULE(RULE_SGD_MOMENTUM);
        RULE(RULE_SGD_NESTEROV);
        RULE(RULE_ADAM);
        RULE(RULE_ADAM_AMSGRAD);
        RULE(RULE_RMSPROP);
        RULE(RULE_RMSPROP_MOMENTUM);
        RULE(RULE_RMSPROP_CENTERED);
        RULE(RULE_RMSPROP_CENTERED_MOMENTUM);
        RULE(RULE_ADAGRAD);
        RULE(RULE_ADADELTA);
        RULE(RULE_ADAMAX);
        RULE(RULE_NADAM);
        RULE(RULE_LION);
        RULE(RULE_FTRL);
        RULE(RULE_FTRL_POWER);
    }
#endif
}
