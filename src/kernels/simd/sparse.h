/* One entry of a row of A, in a product of sparse rows. */
#ifndef CN_KERNELS_SIMD_SPARSE_H
#define CN_KERNELS_SIMD_SPARSE_H

#include "kernels/simd/vf.h"

/* sum += x · the first `vectors` vectors of a row of B. `vectors` is a constant where this is inlined. */
VF void add_entry(vf *sum, real x, const real *line, int vectors)
{
    const vf factor = vf_set1(x);
    __asm__("" : "+r"(line)); /* one address for all vectors, not one each */
    for (int v = 0; v < vectors; v++) sum[v] = vf_fma(factor, vf_load(line + CN_LANES * v), sum[v]);
}

#endif
