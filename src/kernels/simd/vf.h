/* vf: 16 numbers, on every instruction set. One AVX-512 register, two AVX ones, four NEON ones or an
 * array; every operation is done lane by lane with IEEE rounding, so that a kernel written with vf
 * gives the same bits wherever it is compiled. vm: 16 truth values.
 *
 * Each file of this folder is compiled once for each instruction set, with CN_ISA set to its name. */
#ifndef CN_KERNELS_VF_H
#define CN_KERNELS_VF_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kernels/real.h"

#define CN_JOIN_(a, b) a##_##b
#define CN_JOIN(a, b) CN_JOIN_(a, b)
/* KERNEL(name) is name_avx2 and so on: a function of the table that simd/table.c fills. */
#define KERNEL(name) CN_JOIN(cn__k_##name, CN_ISA)

/* Where each operation carries a sanitizer's checks, kernels that contain all of them would take minutes
 * to compile: such builds call them. */
#ifdef CN_SANITIZED
#define VF static __attribute__((noinline, unused))
#else
#define VF static inline __attribute__((always_inline, unused))
#endif

#define CN_ISA_IS_avx512 2
#define CN_ISA_IS_avx2 3
#define CN_ISA_IS_neon 4
#if CN_JOIN(CN_ISA_IS, CN_ISA) == 2
#include "kernels/simd/vf_avx512.h"
#elif CN_JOIN(CN_ISA_IS, CN_ISA) == 3
#include "kernels/simd/vf_avx2.h"
#elif CN_JOIN(CN_ISA_IS, CN_ISA) == 4
#include "kernels/simd/vf_neon.h"
#else
#include "kernels/simd/vf_scalar.h"
#endif

/* Before a loop whose vectors should stay in registers. */
#if defined CN_SANITIZED || defined VF_SCALAR
#define UNROLLED
#else
#define UNROLLED _Pragma("GCC unroll 64")
#endif

/* What follows is built on the operations above. */

VF vf vf_zero(void) { return vf_set1(0); }
VF vf vf_neg(vf a) { return vf_sub(vf_set1((real)-0.0), a); }
/* a * b - c, and c - a * b, each rounded once. */
VF vf vf_fms(vf a, vf b, vf c) { return vf_fma(a, b, vf_neg(c)); }
VF vf vf_fnma(vf a, vf b, vf c) { return vf_fma(vf_neg(a), b, c); }
/* Zero where |a| is under `limit`; NaN stays. */
VF vf vf_without_under(real limit, vf a) { return vf_mask(vf_nlt(vf_abs(a), vf_set1(limit)), a); }

/* Numbers under 2^-100 become zero where one step hands its results to another (activations,
 * gradients; optimiser slots every so many steps). So products of later steps stay clear of denormal numbers, which
 * cost a processor a hundred times the time, and no processor's flush mode is needed: x86's and
 * Arm's differ at the edge. */
#ifdef CN_REAL_DOUBLE
#define CN_TINY ((real)0)
#else
#define CN_TINY ((real)0x1p-100f)
#endif
VF vf vf_flush(vf a) { return vf_without_under(CN_TINY, a); }

/* The activation relu, for kernels that apply it to what they hold in registers. */
VF vf vf_relu(vf a) { return vf_flush(vf_max(vf_zero(), a)); }

/* A whole vector where n numbers suffice for one, else the first n lanes. */
VF vf vf_load_some(const real *p, size_t n, real fill)
{
    return n >= CN_LANES ? vf_load(p) : vf_load_part(p, (int)n, fill);
}
VF void vf_store_some(real *p, vf a, size_t n)
{
    if (n >= CN_LANES) vf_store(p, a);
    else vf_store_part(p, a, (int)n);
}

VF real vf_first(vf a)
{
    real v[CN_LANES];
    vf_store(v, a);
    return v[0];
}

/* Sum and maximum of the lanes by one tree: lanes 8 apart, then 4, 2, 1. */
#ifndef VF_TREES
VF real vf_sum(vf a)
{
    real v[CN_LANES];
    vf_store(v, a);
    for (int half = CN_LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) v[i] += v[i + half];
    return v[0];
}

VF real vf_largest(vf a)
{
    real v[CN_LANES];
    vf_store(v, a);
    for (int half = CN_LANES / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++) v[i] = v[i] > v[i + half] ? v[i] : v[i + half];
    return v[0];
}
#endif

#endif
