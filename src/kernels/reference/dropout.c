/* Dropout: element e of the batch takes number e of the stream, and stays when its upper 24 bits, as a fraction, are at least the
 * rate. */
#include "base/random.h"
#include "kernels/reference/reference.h"

void cn__ref_dropout(const real *x, real *y, size_t n, const uint32_t key[2], uint32_t purpose, uint32_t step,
                     uint64_t first, real rate)
{
    const cn__stream stream = {.key = {key[0], key[1]}, .purpose = purpose, .step = step};
    const real factor = (real)(1 / (1 - (double)rate));
    for (size_t i = 0; i < n; i++) {
        const double number = (double)(cn__random_u32(&stream, first + i) >> 8) * 0x1p-24;
        y[i] = number >= (double)rate ? x[i] * factor : 0;
    }
}
