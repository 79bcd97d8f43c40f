/* Arithmetic of two flat arrays, element by element, for layers that merge several inputs and for gradients that are
 * sums of parts. In place is allowed everywhere (out may be a or b). */
#include "kernels/kernels.h"
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/vf.h"

VF vf flushed_product(vf a, vf b) { return vf_flush(vf_mul(a, b)); }
/* The first one wins a tie, as in TensorFlow's maximum and minimum. */
VF vf larger(vf a, vf b) { return vf_select(vf_ge(a, b), a, b); }
VF vf smaller(vf a, vf b) { return vf_select(vf_le(a, b), a, b); }

#define EACH_PAIR(operation)                                                                                 \
    size_t i = 0;                                                                                            \
    for (; i + CN_LANES <= n; i += CN_LANES) vf_store(out + i, operation(vf_load(a + i), vf_load(b + i)));   \
    if (i < n)                                                                                               \
    vf_store_some(out + i, operation(vf_load_some(a + i, n - i, 0), vf_load_some(b + i, n - i, 0)), n - i)

void KERNEL(add)(real *out, const real *b, size_t n)
{
    const real *a = out;
    EACH_PAIR(vf_add);
}

void KERNEL(combine)(cn__combination how, const real *a, const real *b, real *out, size_t n)
{
    if (how == CN_COMBINE_ADD) {
        EACH_PAIR(vf_add);
    } else if (how == CN_COMBINE_SUBTRACT) {
        EACH_PAIR(vf_sub);
    } else if (how == CN_COMBINE_MULTIPLY) {
        EACH_PAIR(flushed_product);
    } else if (how == CN_COMBINE_MAXIMUM) {
        EACH_PAIR(larger);
    } else {
        EACH_PAIR(smaller);
    }
}

void KERNEL(take_winner)(const real *x, const real *y, real *left, real *dx, size_t n)
{
    for (size_t i = 0; i < n; i += CN_LANES) {
        const vm wins = vf_eq(vf_load_some(x + i, n - i, 0), vf_load_some(y + i, n - i, 0));
        const vf d = vf_load_some(left + i, n - i, 0);
        vf_store_some(dx + i, vf_mask(wins, d), n - i);
        vf_store_some(left + i, vf_mask(vm_not(wins), d), n - i);
    }
}

void KERNEL(flush)(real *a, size_t n)
{
    size_t i = 0;
    for (; i + CN_LANES <= n; i += CN_LANES) vf_store(a + i, vf_flush(vf_load(a + i)));
    if (i < n) vf_store_some(a + i, vf_flush(vf_load_some(a + i, n - i, 0)), n - i);
}
