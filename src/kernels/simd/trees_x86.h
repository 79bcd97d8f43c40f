/* The trees of vf_sum and vf_largest (vf.h) over eight lanes, for what is built on AVX: lanes 4 apart, then 2, 1. */
#ifndef CN_KERNELS_TREES_X86_H
#define CN_KERNELS_TREES_X86_H

#include <immintrin.h>

VF real sum_of_8(__m256 x)
{
    __m128 y = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    y = _mm_add_ps(y, _mm_movehl_ps(y, y));
    return _mm_cvtss_f32(_mm_add_ss(y, _mm_movehdup_ps(y)));
}

/* Of a and b, _mm_max_ps takes a where it is greater, else b, NaN or not. */
VF real largest_of_8(__m256 x)
{
    __m128 y = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    y = _mm_max_ps(y, _mm_movehl_ps(y, y));
    return _mm_cvtss_f32(_mm_max_ss(y, _mm_movehdup_ps(y)));
}

#endif
