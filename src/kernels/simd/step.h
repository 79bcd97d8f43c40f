/* The step of an optimiser's rule on a gradient that is in registers. */
#ifndef CN_KERNELS_SIMD_STEP_H
#define CN_KERNELS_SIMD_STEP_H

#include "kernels/simd/update_rules.h"

/* Where the rows of a gradient go. */
typedef struct target {
    real *w, *slot[CN_MAX_SLOTS];
    vf c[CONSTANTS];
} target;

VF target target_of(const cn__update *u, real *w, real *const slot[CN_MAX_SLOTS])
{
    target t = {.w = w, .slot = {slot[0], slot[1], slot[2]}};
    for (int k = 0; k < CONSTANTS; k++) t.c[k] = vf_set1(u->c[k]);
    return t;
}

/* Runs RUN(rule) with the rule as a constant and returns true, or false for a rule that is not fused with the gradient. */
#define WITH_FUSED_RULE(rule, RUN)                                                                           \
    switch (rule) {                                                                                          \
    case RULE_SGD: RUN(RULE_SGD); return true;                                                               \
    case RULE_SGD_MOMENTUM: RUN(RULE_SGD_MOMENTUM); return true;                                             \
    case RULE_ADAM: RUN(RULE_ADAM); return true;                                                             \
    case RULE_RMSPROP: RUN(RULE_RMSPROP); return true;                                                       \
    default: return false;                                                                                   \
    }

/* `r` is a constant where this is inlined. */
VF void take_step(rule r, bool flush, const target *t, size_t i, vf g)
{
    const int slots = slots_of(r);
    elements x = {.w = vf_load(t->w + i), .g = enough(r, g)};
    for (int s = 0; s < slots; s++) x.slot[s] = vf_register(vf_load(t->slot[s] + i));
    x = apply(r, x, t->c);
    vf_store(t->w + i, x.w);
    store_slots(r, t->slot, i, &x, flush);
}

#endif
