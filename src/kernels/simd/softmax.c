/* Softmax and its logarithm over rows, and their derivatives from the outputs. A row's greatest number
 * is taken off first, so that no exponential overflows. */
#include "kernels/kernels.h"
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/vmath.h"

VF real largest(const real *z, size_t cols)
{
    vf most = vf_set1(-INFINITY);
    for (size_t c = 0; c < cols; c += CN_LANES) most = vf_max(most, vf_load_some(z + c, cols - c, -INFINITY));
    return vf_largest(most);
}

VF void softmax_row(const real *z, real *a, size_t cols)
{
    const vf most = vf_set1(largest(z, cols));
    vf sum = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES) {
        vf e = vf_exp(vf_sub(vf_load_some(z + c, cols - c, -INFINITY), most));
        vf_store_some(a + c, e, cols - c);
        sum = vf_add(sum, e);
    }
    sum = vf_set1(vf_sum(sum));
    for (size_t c = 0; c < cols; c += CN_LANES)
        vf_store_some(a + c, vf_div(vf_load_some(a + c, cols - c, 0), sum), cols - c);
}

/* Rows of up to 16 stay in one register. */
VF void softmax_short_row(const real *z, real *a, int cols)
{
    vf x = vf_load_part(z, cols, -INFINITY);
    vf e = vf_exp(vf_sub(x, vf_set1(vf_largest(x))));
    vf_store_part(a, vf_div(e, vf_set1(vf_sum(e))), cols);
}

void KERNEL(softmax)(const real *z, real *a, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, z += cols, a += cols)
        if (cols <= CN_LANES) softmax_short_row(z, a, (int)cols);
        else softmax_row(z, a, cols);
}

void KERNEL(log_softmax)(const real *z, real *a, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, z += cols, a += cols) {
        const vf most = vf_set1(largest(z, cols));
        vf sum = vf_zero();
        for (size_t c = 0; c < cols; c += CN_LANES)
            sum = vf_add(sum, vf_exp(vf_sub(vf_load_some(z + c, cols - c, -INFINITY), most)));
        const vf log_sum = vf_log(vf_set1(vf_sum(sum)));
        for (size_t c = 0; c < cols; c += CN_LANES)
            vf_store_some(a + c, vf_sub(vf_sub(vf_load_some(z + c, cols - c, 0), most), log_sum), cols - c);
    }
}

/* dz = a (da - Σ a da). */
void KERNEL(softmax_back)(const real *a, const real *da, real *dz, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, a += cols, da += cols, dz += cols) {
        vf sum = vf_zero();
        for (size_t c = 0; c < cols; c += CN_LANES)
            sum = vf_fma(vf_load_some(a + c, cols - c, 0), vf_load_some(da + c, cols - c, 0), sum);
        sum = vf_set1(vf_sum(sum));
        for (size_t c = 0; c < cols; c += CN_LANES) {
            vf d = vf_mul(vf_load_some(a + c, cols - c, 0), vf_sub(vf_load_some(da + c, cols - c, 0), sum));
            vf_store_some(dz + c, vf_flush(d), cols - c);
        }
    }
}

/* dz = da - exp(a) Σ da. */
void KERNEL(log_softmax_back)(const real *a, const real *da, real *dz, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, a += cols, da += cols, dz += cols) {
        vf sum = vf_zero();
        for (size_t c = 0; c < cols; c += CN_LANES) sum = vf_add(sum, vf_load_some(da + c, cols - c, 0));
        sum = vf_set1(vf_sum(sum));
        for (size_t c = 0; c < cols; c += CN_LANES) {
            vf d = vf_fnma(vf_exp(vf_load_some(a + c, cols - c, 0)), sum, vf_load_some(da + c, cols - c, 0));
            vf_store_some(dz + c, vf_flush(d), cols - c);
        }
    }
}
