/* Sums. A flat one goes into 64 lanes, element i into lane i mod 64; then lanes 32 apart are added, 16, 8 and so on. A column's sum is
 * one chain, its rows ascending. */
#include "kernels/reference/reference.h"

enum { LANES = 4 * CN_LANES };

static real join(real lane[LANES])
{
    for (size_t half = LANES / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++) lane[i] += lane[i + half];
    return lane[0];
}

real cn__ref_sum(const real *a, size_t n)
{
    real lane[LANES] = {0};
    for (size_t i = 0; i < n; i++) lane[i % LANES] += a[i];
    return join(lane);
}

real cn__ref_sum_abs(const real *a, size_t n)
{
    real lane[LANES] = {0};
    for (size_t i = 0; i < n; i++) lane[i % LANES] += CN_REF_ABS(a[i]);
    return join(lane);
}

real cn__ref_dot(const real *a, const real *b, size_t n)
{
    real lane[LANES] = {0};
    for (size_t i = 0; i < n; i++) lane[i % LANES] = CN_REF_FMA(a[i], b[i], lane[i % LANES]);
    return join(lane);
}

void cn__ref_column_sums(const real *a, size_t a_row, size_t rows, size_t cols, real *out)
{
    for (size_t c = 0; c < cols; c++) {
        real sum = 0;
        for (size_t r = 0; r < rows; r++) sum += a[r * a_row + c];
        out[c] = sum;
    }
}
