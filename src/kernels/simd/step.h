/* The step of an optimiser's rule on a gradient that is in registers. */
#ifndef CN_KERNELS_SIMD_STEP_H
#define CN_KERNELS_SIMD_STEP_H

#include "kernels/simd/update_rules.h"

/* Where the rows of a gradient go. */
typedef struct target {
    real *w, *slot[CN_MAX_SLOTS];
    vf c[CONSTANTS];
} target;

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
