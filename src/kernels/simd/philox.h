/* Philox4x32-10 (see base/random.h), eight blocks at a time: 32 numbers in the order of the stream.
 * Four words of eight blocks stand in eight 64-bit lanes each; only the low half of a lane counts, which
 * is all that a 32 × 32 → 64 bit multiplication reads. */
#ifndef CN_KERNELS_PHILOX_H
#define CN_KERNELS_PHILOX_H

#include "kernels/simd/vf.h"

#define PHILOX_BLOCKS 8
#define PHILOX_ROUNDS 10
#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u

#if CN_JOIN(CN_ISA_IS, CN_ISA) == 2

typedef __m512i words;

VF words words_set(uint32_t x) { return _mm512_set1_epi64(x); }
VF words words_mul(words x, words y) { return _mm512_mul_epu32(x, y); }
VF words words_high(words x) { return _mm512_srli_epi64(x, 32); }
VF words words_xor3(words x, words y, words z) { return _mm512_ternarylogic_epi64(x, y, z, 0x96); }

/* The halves of block + lane. The lanes' order is the one from which words_write needs no other
 * move than unpacking. */
VF void words_count(uint64_t block, words *low, words *high)
{
    const __m512i order = _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7);
    *low = _mm512_add_epi64(_mm512_set1_epi64((long long)block), order);
    *high = words_high(*low);
}

VF void words_write(uint32_t out[4 * PHILOX_BLOCKS], const words c[4])
{
    __m512i first = _mm512_mask_blend_epi32(0xAAAA, c[0], _mm512_slli_epi64(c[1], 32));
    __m512i last = _mm512_mask_blend_epi32(0xAAAA, c[2], _mm512_slli_epi64(c[3], 32));
    _mm512_storeu_si512(out, _mm512_unpacklo_epi64(first, last));
    _mm512_storeu_si512(out + 16, _mm512_unpackhi_epi64(first, last));
}

#elif CN_JOIN(CN_ISA_IS, CN_ISA) == 3

typedef struct words {
    __m256i a, b;
} words;

VF words words_set(uint32_t x) { return (words){_mm256_set1_epi64x(x), _mm256_set1_epi64x(x)}; }
VF words words_mul(words x, words y)
{
    return (words){_mm256_mul_epu32(x.a, y.a), _mm256_mul_epu32(x.b, y.b)};
}
VF words words_high(words x) { return (words){_mm256_srli_epi64(x.a, 32), _mm256_srli_epi64(x.b, 32)}; }
VF words words_xor3(words x, words y, words z)
{
    return (words){_mm256_xor_si256(_mm256_xor_si256(x.a, y.a), z.a),
                   _mm256_xor_si256(_mm256_xor_si256(x.b, y.b), z.b)};
}

VF void words_count(uint64_t block, words *low, words *high)
{
    const __m256i start = _mm256_set1_epi64x((long long)block);
    low->a = _mm256_add_epi64(start, _mm256_setr_epi64x(0, 2, 1, 3));
    low->b = _mm256_add_epi64(start, _mm256_setr_epi64x(4, 6, 5, 7));
    *high = words_high(*low);
}

VF void words_write4(uint32_t out[16], __m256i c0, __m256i c1, __m256i c2, __m256i c3)
{
    __m256i first = _mm256_blend_epi32(c0, _mm256_slli_epi64(c1, 32), 0xAA);
    __m256i last = _mm256_blend_epi32(c2, _mm256_slli_epi64(c3, 32), 0xAA);
    _mm256_storeu_si256((__m256i *)(void *)out, _mm256_unpacklo_epi64(first, last));
    _mm256_storeu_si256((__m256i *)(void *)(out + 8), _mm256_unpackhi_epi64(first, last));
}

VF void words_write(uint32_t out[4 * PHILOX_BLOCKS], const words c[4])
{
    words_write4(out, c[0].a, c[1].a, c[2].a, c[3].a);
    words_write4(out + 16, c[0].b, c[1].b, c[2].b, c[3].b);
}

#else

typedef struct words {
    uint64_t v[PHILOX_BLOCKS];
} words;

#define BLOCKS for (int i = 0; i < PHILOX_BLOCKS; i++)

VF words words_set(uint32_t x)
{
    words r;
    BLOCKS r.v[i] = x;
    return r;
}
VF words words_mul(words x, words y)
{
    BLOCKS x.v[i] = (uint64_t)(uint32_t)x.v[i] * (uint32_t)y.v[i];
    return x;
}
VF words words_high(words x)
{
    BLOCKS x.v[i] >>= 32;
    return x;
}
VF words words_xor3(words x, words y, words z)
{
    BLOCKS x.v[i] ^= y.v[i] ^ z.v[i];
    return x;
}

VF void words_count(uint64_t block, words *low, words *high)
{
    BLOCKS low->v[i] = block + (uint64_t)i;
    *high = words_high(*low);
}

VF void words_write(uint32_t out[4 * PHILOX_BLOCKS], const words c[4])
{
    BLOCKS for (int k = 0; k < 4; k++) out[4 * i + k] = (uint32_t)c[k].v[i];
}

#undef BLOCKS
#endif

/* Blocks `block` … block + 7 of the stream. */
VF void philox(uint32_t out[4 * PHILOX_BLOCKS], const uint32_t key[2], uint32_t purpose, uint32_t step,
               uint64_t block)
{
    const words m0 = words_set(PHILOX_M0), m1 = words_set(PHILOX_M1);
    uint32_t k0 = key[0], k1 = key[1];
    words c[4];
    words_count(block, &c[0], &c[1]);
    c[2] = words_set(step);
    c[3] = words_set(purpose);
    for (int round = 0; round < PHILOX_ROUNDS; round++, k0 += PHILOX_W0, k1 += PHILOX_W1) {
        words p0 = words_mul(m0, c[0]), p1 = words_mul(m1, c[2]);
        c[0] = words_xor3(words_high(p1), c[1], words_set(k0));
        c[2] = words_xor3(words_high(p0), c[3], words_set(k1));
        c[1] = p1;
        c[3] = p0;
    }
    words_write(out, c);
}

#endif
