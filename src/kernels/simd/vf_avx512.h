/* vf as one AVX-512 register. */
#include <immintrin.h>

typedef __m512 vf;
typedef __mmask16 vm;

VF vm vm_first(int n) { return (vm)((1u << n) - 1u); }

VF vf vf_set1(real x) { return _mm512_set1_ps(x); }
VF vf vf_load(const real *p) { return _mm512_loadu_ps(p); }
VF void vf_store(real *p, vf a) { _mm512_storeu_ps(p, a); }
VF vf vf_load_bytes(const uint8_t *p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p)));
}
VF vf vf_load_part(const real *p, int n, real fill) { return _mm512_mask_loadu_ps(_mm512_set1_ps(fill), vm_first(n), p); }
VF void vf_store_part(real *p, vf a, int n) { _mm512_mask_storeu_ps(p, vm_first(n), a); }

VF vf vf_gather(const real *p, vf index) { return _mm512_i32gather_ps(_mm512_cvtps_epi32(index), p, 4); }
VF vf vf_register(vf a) { __asm__("" : "+v"(a)); return a; }
VF vf vf_add(vf a, vf b) { return _mm512_add_ps(a, b); }
VF vf vf_sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
VF vf vf_mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
VF vf vf_div(vf a, vf b) { return _mm512_div_ps(a, b); }
VF vf vf_sqrt(vf a) { return _mm512_sqrt_ps(a); }
VF vf vf_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
VF vf vf_max(vf a, vf b) { return _mm512_max_ps(a, b); }
VF vf vf_min(vf a, vf b) { return _mm512_min_ps(a, b); }
VF vf vf_abs(vf a) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a); }
VF vf vf_copysign(vf a, vf b)
{
    const vf sign = _mm512_set1_ps(-0.0f);
    return _mm512_or_ps(_mm512_andnot_ps(sign, a), _mm512_and_ps(sign, b));
}
VF vf vf_round(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

VF vf vf_bits24(const uint32_t *p) { return _mm512_cvtepi32_ps(_mm512_srli_epi32(_mm512_loadu_si512(p), 8)); }

VF vm vf_lt(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
VF vm vf_le(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
VF vm vf_gt(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
VF vm vf_ge(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ); }
VF vm vf_nlt(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_NLT_UQ); }
VF vm vf_eq(vf a, vf b) { return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ); }
VF vm vm_and(vm a, vm b) { return (vm)(a & b); }
VF vm vm_or(vm a, vm b) { return (vm)(a | b); }
VF vm vm_not(vm a) { return (vm)~a; }
VF bool vm_any(vm a) { return a != 0; }
VF vf vf_mask(vm m, vf a) { return _mm512_maskz_mov_ps(m, a); }
VF vf vf_select(vm m, vf a, vf b) { return _mm512_mask_blend_ps(m, b, a); }

VF vf vf_scale(vf a, vf n)
{
    __m512i bits = _mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127)), 23);
    return _mm512_mul_ps(a, _mm512_castsi512_ps(bits));
}
VF vf vf_split(vf a, vf *e)
{
    __m512i bits = _mm512_castps_si512(a);
    *e = _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_srli_epi32(bits, 23), _mm512_set1_epi32(127)));
    bits = _mm512_or_epi32(_mm512_and_epi32(bits, _mm512_set1_epi32(0x007fffff)), _mm512_set1_epi32(0x3f800000));
    return _mm512_castsi512_ps(bits);
}

#include "kernels/simd/trees_x86.h"
VF __m256 low_half(vf a) { return _mm512_castps512_ps256(a); }
VF __m256 high_half(vf a) { return _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(a), 1)); }
VF real vf_sum(vf a) { return sum_of_8(_mm256_add_ps(low_half(a), high_half(a))); }
VF real vf_largest(vf a) { return largest_of_8(_mm256_max_ps(low_half(a), high_half(a))); }
#define VF_TREES

#define TILE_ROWS 8
#define TILE_VECTORS 3
#define SPARSE_VECTORS 8
#define STEPS_AHEAD /* there are registers to hold a row while the next is summed: gradient.c */
#define PRODUCT_ROWS 14 /* of a tile of the segmented product: product.c */
#define PRODUCT_VECTORS 2
#define PRODUCT_WIDE_ROWS 6 /* or of so few rows and so many vectors, which has fewer loads, where that makes no more idle tiles */
#define PRODUCT_WIDE_VECTORS 4
#define PRODUCT_WIDE(rows) ((rows) <= 6 || ((rows) >= 8 && (rows) <= 11) || (rows) > 14)
