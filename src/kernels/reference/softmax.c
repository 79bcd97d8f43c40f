/* The passes back of softmax and its logarithm: a row's sum goes into 16 lanes, element i into lane i mod 16. */
#include "kernels/reference/reference.h"

void cn__ref_softmax_back(const real *a, const real *da, real *dz, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, a += cols, da += cols, dz += cols) {
        real lane[CN_LANES] = {0};
        for (size_t c = 0; c < cols; c++) lane[c % CN_LANES] = CN_REF_FMA(a[c], da[c], lane[c % CN_LANES]);
        const real sum = cn__ref_lanes(lane);
        for (size_t c = 0; c < cols; c++) dz[c] = cn__ref_flush(a[c] * (da[c] - sum));
    }
}
