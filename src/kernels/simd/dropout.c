/* Numbers that are addressed by element, and dropout from them: whoever computes an element, forwards or back, finds the same mask
 * without its being stored. Element e of the batch takes number e of the stream, its upper 24 bits as a fraction, and stays when that
 * is at least the rate. */
#include "kernels/kernels.h"
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/philox.h"
#include "kernels/simd/vf.h"

#define BATCH (4 * PHILOX_BLOCKS * 4) /* numbers drawn at a time */

/* What dropout leaves of x, given as many numbers and the rate in 2^-24. */
VF vf drop(vf x, const uint32_t *number, vf least, vf factor)
{
    return vf_mask(vf_ge(vf_bits24(number), least), vf_mul(x, factor));
}

void KERNEL(dropout)(const real *x, real *y, size_t n, const uint32_t key[2], uint32_t purpose, uint32_t step,
                     uint64_t first, real rate)
{
    uint32_t number[BATCH + CN_LANES] = {0}; /* a last vector may read beyond what was drawn */
    const vf least = vf_set1(rate * (real)0x1p24), factor = vf_set1((real)(1 / (1 - (double)rate)));
    uint64_t block = first / 4;
    size_t skip = first % 4;
    while (n > 0) {
        for (size_t i = 0; i < BATCH && i < n + skip; i += 4 * PHILOX_BLOCKS, block += PHILOX_BLOCKS)
            philox(number + i, key, purpose, step, block);
        size_t drawn = BATCH - skip, count = n < drawn ? n : drawn, i = 0;
        for (; i + CN_LANES <= count; i += CN_LANES)
            vf_store(y + i, drop(vf_load(x + i), number + skip + i, least, factor));
        if (i < count) {
            int rest = (int)(count - i);
            vf_store_part(y + i, drop(vf_load_part(x + i, rest, 0), number + skip + i, least, factor), rest);
        }
        x += count;
        y += count;
        n -= count;
        skip = 0;
    }
}

void KERNEL(uniform)(real *out, size_t n, const uint32_t key[2], uint32_t purpose, uint32_t step,
                     uint64_t first)
{
    uint32_t number[BATCH + CN_LANES] = {0};
    const vf unit = vf_set1((real)0x1p-24);
    uint64_t block = first / 4;
    size_t skip = first % 4;
    while (n > 0) {
        for (size_t i = 0; i < BATCH && i < n + skip; i += 4 * PHILOX_BLOCKS, block += PHILOX_BLOCKS)
            philox(number + i, key, purpose, step, block);
        const size_t drawn = BATCH - skip, count = n < drawn ? n : drawn;
        for (size_t i = 0; i < count; i += CN_LANES)
            vf_store_some(out + i, vf_mul(vf_bits24(number + skip + i), unit), count - i);
        out += count;
        n -= count;
        skip = 0;
    }
}
