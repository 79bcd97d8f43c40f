/* vf as two AVX registers. */
#include <immintrin.h>

typedef struct vf { __m256 a, b; } vf;
typedef struct vm { __m256 a, b; } vm;

#define PAIR(op, x, y) ((vf){op((x).a, (y).a), op((x).b, (y).b)})
#define PAIR1(op, x) ((vf){op((x).a), op((x).b)})
#define COMPARE(x, y, how) ((vm){_mm256_cmp_ps((x).a, (y).a, how), _mm256_cmp_ps((x).b, (y).b, how)})

/* Eight lanes of all ones, eight of zeros: a window on it masks the first n of eight lanes. */
VF __m256i lanes_first(int n)
{
    static const int32_t window[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
    n = n < 0 ? 0 : n > 8 ? 8 : n;
    return _mm256_loadu_si256((const __m256i *)(const void *)(window + 8 - n));
}

VF vf vf_set1(real x) { return (vf){_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
VF vf vf_load(const real *p) { return (vf){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
VF void vf_store(real *p, vf x) { _mm256_storeu_ps(p, x.a); _mm256_storeu_ps(p + 8, x.b); }
VF __m256 bytes8(const uint8_t *p)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p)));
}
VF vf vf_load_bytes(const uint8_t *p) { return (vf){bytes8(p), bytes8(p + 8)}; }
VF vf vf_load_part(const real *p, int n, real fill)
{
    __m256i low = lanes_first(n), high = lanes_first(n - 8);
    __m256 f = _mm256_set1_ps(fill);
    __m256 x = _mm256_maskload_ps(p, low), y = n > 8 ? _mm256_maskload_ps(p + 8, high) : f;
    return (vf){_mm256_blendv_ps(f, x, _mm256_castsi256_ps(low)), _mm256_blendv_ps(f, y, _mm256_castsi256_ps(high))};
}
VF void vf_store_part(real *p, vf x, int n)
{
    _mm256_maskstore_ps(p, lanes_first(n), x.a);
    if (n > 8) _mm256_maskstore_ps(p + 8, lanes_first(n - 8), x.b);
}

VF __m256 gather8(const real *p, __m256 index) { return _mm256_i32gather_ps(p, _mm256_cvtps_epi32(index), 4); }
VF vf vf_gather(const real *p, vf index) { return (vf){gather8(p, index.a), gather8(p, index.b)}; }
VF vf vf_register(vf x) { __asm__("" : "+x"(x.a), "+x"(x.b)); return x; }
VF vf vf_add(vf x, vf y) { return PAIR(_mm256_add_ps, x, y); }
VF vf vf_sub(vf x, vf y) { return PAIR(_mm256_sub_ps, x, y); }
VF vf vf_mul(vf x, vf y) { return PAIR(_mm256_mul_ps, x, y); }
VF vf vf_div(vf x, vf y) { return PAIR(_mm256_div_ps, x, y); }
VF vf vf_sqrt(vf x) { return PAIR1(_mm256_sqrt_ps, x); }
VF vf vf_fma(vf x, vf y, vf z) { return (vf){_mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b)}; }
VF vf vf_max(vf x, vf y) { return PAIR(_mm256_max_ps, x, y); }
VF vf vf_min(vf x, vf y) { return PAIR(_mm256_min_ps, x, y); }
VF vf vf_abs(vf x) { vf s = vf_set1(-0.0f); return PAIR(_mm256_andnot_ps, s, x); }
VF vf vf_copysign(vf x, vf y)
{
    vf s = vf_set1(-0.0f), magnitude = PAIR(_mm256_andnot_ps, s, x), sign = PAIR(_mm256_and_ps, s, y);
    return PAIR(_mm256_or_ps, magnitude, sign);
}
#define ROUND8(x) _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
VF vf vf_round(vf x) { return PAIR1(ROUND8, x); }

VF __m256 bits24_8(const uint32_t *p)
{
    return _mm256_cvtepi32_ps(_mm256_srli_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p), 8));
}
VF vf vf_bits24(const uint32_t *p) { return (vf){bits24_8(p), bits24_8(p + 8)}; }

VF vm vf_lt(vf x, vf y) { return COMPARE(x, y, _CMP_LT_OQ); }
VF vm vf_le(vf x, vf y) { return COMPARE(x, y, _CMP_LE_OQ); }
VF vm vf_gt(vf x, vf y) { return COMPARE(x, y, _CMP_GT_OQ); }
VF vm vf_ge(vf x, vf y) { return COMPARE(x, y, _CMP_GE_OQ); }
VF vm vf_nlt(vf x, vf y) { return COMPARE(x, y, _CMP_NLT_UQ); }
VF vm vf_eq(vf x, vf y) { return COMPARE(x, y, _CMP_EQ_OQ); }
VF vm vm_and(vm x, vm y) { return (vm){_mm256_and_ps(x.a, y.a), _mm256_and_ps(x.b, y.b)}; }
VF vm vm_or(vm x, vm y) { return (vm){_mm256_or_ps(x.a, y.a), _mm256_or_ps(x.b, y.b)}; }
VF vm vm_not(vm x)
{
    const __m256 ones = _mm256_castsi256_ps(_mm256_set1_epi32(-1));
    return (vm){_mm256_xor_ps(x.a, ones), _mm256_xor_ps(x.b, ones)};
}
VF vm vm_first(int n) { return (vm){_mm256_castsi256_ps(lanes_first(n)), _mm256_castsi256_ps(lanes_first(n - 8))}; }
VF bool vm_any(vm x) { return (_mm256_movemask_ps(x.a) | _mm256_movemask_ps(x.b)) != 0; }
VF vf vf_mask(vm m, vf x) { return PAIR(_mm256_and_ps, m, x); }
VF vf vf_select(vm m, vf x, vf y) { return (vf){_mm256_blendv_ps(y.a, x.a, m.a), _mm256_blendv_ps(y.b, x.b, m.b)}; }

VF __m256 scale8(__m256 x, __m256 n)
{
    __m256i bits = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
    return _mm256_mul_ps(x, _mm256_castsi256_ps(bits));
}
VF vf vf_scale(vf x, vf n) { return PAIR(scale8, x, n); }
VF __m256 exponent8(__m256 x)
{
    return _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_srli_epi32(_mm256_castps_si256(x), 23), _mm256_set1_epi32(127)));
}
VF __m256 mantissa8(__m256 x)
{
    __m256i bits = _mm256_and_si256(_mm256_castps_si256(x), _mm256_set1_epi32(0x007fffff));
    return _mm256_castsi256_ps(_mm256_or_si256(bits, _mm256_set1_epi32(0x3f800000)));
}
VF vf vf_split(vf x, vf *e) { *e = PAIR1(exponent8, x); return PAIR1(mantissa8, x); }

#include "kernels/simd/trees_x86.h"
VF real vf_sum(vf x) { return sum_of_8(_mm256_add_ps(x.a, x.b)); }
VF real vf_largest(vf x) { return largest_of_8(_mm256_max_ps(x.a, x.b)); }
#define VF_TREES

#define TILE_ROWS 6
#define TILE_VECTORS 1
#define SPARSE_VECTORS 4
#define PRODUCT_ROWS 6
#define PRODUCT_VECTORS 1
#define PRODUCT_WIDE_ROWS 2
#define PRODUCT_WIDE_VECTORS 2
#define PRODUCT_WIDE(rows) ((rows) <= PRODUCT_WIDE_ROWS)
