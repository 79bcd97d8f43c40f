/* Softmax and its logarithm, both ways: a row's sum goes into 16 lanes, element i into lane i mod 16. */
#include <math.h>

#include "kernels/reference/reference.h"

static real largest(const real *z, size_t cols)
{
    real most = -INFINITY;
    for (size_t c = 0; c < cols; c++) most = cn__ref_larger(most, z[c]);
    return most;
}

void cn__ref_softmax(const real *z, real *a, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, z += cols, a += cols) {
        const real most = largest(z, cols);
        real lane[CN_LANES] = {0};
        for (size_t c = 0; c < cols; c++) lane[c % CN_LANES] += a[c] = cn__ref_exp(z[c] - most);
        const real sum = cn__ref_lanes(lane);
        for (size_t c = 0; c < cols; c++) a[c] /= sum;
    }
}

void cn__ref_log_softmax(const real *z, real *a, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, z += cols, a += cols) {
        const real most = largest(z, cols);
        real lane[CN_LANES] = {0};
        for (size_t c = 0; c < cols; c++) lane[c % CN_LANES] += cn__ref_exp(z[c] - most);
        const real log_sum = cn__ref_log(cn__ref_lanes(lane));
        for (size_t c = 0; c < cols; c++) a[c] = z[c] - most - log_sum;
    }
}

/* dz = a (da - Σ a da). */
void cn__ref_softmax_back(const real *a, const real *da, real *dz, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, a += cols, da += cols, dz += cols) {
        real lane[CN_LANES] = {0};
        for (size_t c = 0; c < cols; c++) lane[c % CN_LANES] = CN_REF_FMA(a[c], da[c], lane[c % CN_LANES]);
        const real sum = cn__ref_lanes(lane);
        for (size_t c = 0; c < cols; c++) dz[c] = cn__ref_flush(a[c] * (da[c] - sum));
    }
}

/* dz = da - exp(a) Σ da. */
void cn__ref_log_softmax_back(const real *a, const real *da, real *dz, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, a += cols, da += cols, dz += cols) {
        real lane[CN_LANES] = {0};
        for (size_t c = 0; c < cols; c++) lane[c % CN_LANES] += da[c];
        const real sum = cn__ref_lanes(lane);
        for (size_t c = 0; c < cols; c++) dz[c] = cn__ref_flush(CN_REF_FMA(-cn__ref_exp(a[c]), sum, da[c]));
    }
}
