/* Batch and layer normalisation, forwards and back. Batch: the work is split by columns, and what is
 * summed over the rows of a column is one chain, rows ascending. Layer: by rows, each summed lane by
 * lane (in one vector of sums) and then by the tree of vf_sum. Variances take two passes.
 * S. Ioffe and C. Szegedy, "Batch normalization", arXiv:1502.03167; J. L. Ba et al., "Layer
 * normalization", arXiv:1607.06450. */
#include "kernels/kernels.h"
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/vf.h"

/* n numbers, at most a vector of them. */
VF vf get(const real *p, size_t n) { return n >= CN_LANES ? vf_load(p) : vf_load_part(p, (int)n, 0); }

VF void put(real *p, vf x, size_t n)
{
    if (n >= CN_LANES) vf_store(p, x);
    else vf_store_part(p, x, (int)n);
}

/* ---- by columns ------------------------------------------------------------------------------- */

void KERNEL(column_squares)(const real *x, size_t row, size_t rows, size_t first, size_t count,
                            const real *mean, real *out)
{
    for (size_t c = first, end = first + count; c < end; c += CN_LANES) {
        const vf m = get(mean + c, end - c);
        vf squares = vf_zero();
        for (size_t r = 0; r < rows; r++) {
            const vf d = vf_sub(get(x + r * row + c, end - c), m);
            squares = vf_fma(d, d, squares);
        }
        put(out + c, squares, end - c);
    }
}

void KERNEL(column_scale)(const real *x, real *y, size_t row, size_t rows, size_t first, size_t count,
                          const real *mean, const real *scale, const real *shift)
{
    for (size_t c = first, end = first + count; c < end; c += CN_LANES) {
        const vf m = get(mean + c, end - c), factor = get(scale + c, end - c),
                 offset = get(shift + c, end - c);
        for (size_t r = 0; r < rows; r++) {
            size_t i = r * row + c;
            put(y + i, vf_fma(vf_sub(get(x + i, end - c), m), factor, offset), end - c);
        }
    }
}

void KERNEL(column_sums_back)(const real *dy, const real *x, size_t row, size_t rows, size_t first,
                              size_t count, const real *mean, const real *inverse, real *sum_dy,
                              real *sum_dy_x)
{
    for (size_t c = first, end = first + count; c < end; c += CN_LANES) {
        const vf m = get(mean + c, end - c), inv = get(inverse + c, end - c);
        vf sum = vf_zero(), sum_x = vf_zero();
        for (size_t r = 0; r < rows; r++) {
            size_t i = r * row + c;
            vf d = get(dy + i, end - c);
            sum = vf_add(sum, d);
            sum_x = vf_fma(d, vf_mul(vf_sub(get(x + i, end - c), m), inv), sum_x);
        }
        put(sum_dy + c, sum, end - c);
        put(sum_dy_x + c, sum_x, end - c);
    }
}

void KERNEL(batchnorm_back)(const real *dy, const real *x, real *dx, size_t row, size_t rows, size_t batch,
                            size_t first, size_t count, const real *mean, const real *inverse,
                            const real *gamma, const real *sum_dy, const real *sum_dy_x)
{
    const vf n = vf_set1((real)batch);
    for (size_t c = first, end = first + count; c < end; c += CN_LANES) {
        const vf m = get(mean + c, end - c), inv = get(inverse + c, end - c);
        const vf factor = gamma ? vf_mul(get(gamma + c, end - c), inv) : inv;
        const vf mean_dy = vf_div(get(sum_dy + c, end - c), n);
        const vf slope = vf_div(get(sum_dy_x + c, end - c), n);
        for (size_t r = 0; r < rows; r++) {
            size_t i = r * row + c;
            vf xhat = vf_mul(vf_sub(get(x + i, end - c), m), inv);
            vf d = vf_fnma(xhat, slope, vf_sub(get(dy + i, end - c), mean_dy));
            put(dx + i, vf_flush(vf_mul(factor, d)), end - c);
        }
    }
}

void KERNEL(column_dots)(const real *dy, const real *xhat, size_t row, size_t rows, size_t first,
                         size_t count, real *out)
{
    for (size_t c = first, end = first + count; c < end; c += CN_LANES) {
        vf sum = vf_zero();
        for (size_t r = 0; r < rows; r++) {
            size_t i = r * row + c;
            sum = vf_fma(get(dy + i, end - c), get(xhat + i, end - c), sum);
        }
        put(out + c, sum, end - c);
    }
}

/* ---- by rows ---------------------------------------------------------------------------------- */

VF real row_mean(const real *x, size_t cols)
{
    vf sum = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES) sum = vf_add(sum, get(x + c, cols - c));
    return vf_sum(sum) / (real)cols;
}

VF real row_variance(const real *x, size_t cols, real mean)
{
    vf sum = vf_zero();
    const vf m = vf_set1(mean);
    for (size_t c = 0; c < cols; c += CN_LANES) {
        /* Lanes beyond the row hold the mean, and so add nothing. */
        vf part = cols - c >= CN_LANES ? vf_load(x + c) : vf_load_part(x + c, (int)(cols - c), mean);
        vf d = vf_sub(part, m);
        sum = vf_fma(d, d, sum);
    }
    return vf_sum(sum) / (real)cols;
}

void KERNEL(layernorm)(const real *x, real *y, real *xhat, real *inverse, const real *gamma, const real *beta,
                       size_t rows, size_t cols, real epsilon)
{
    for (size_t r = 0; r < rows; r++, x += cols, y += cols) {
        const real mean = row_mean(x, cols);
        const real inv = 1 / (real)sqrt(row_variance(x, cols, mean) + epsilon);
        if (inverse) inverse[r] = inv;
        for (size_t c = 0; c < cols; c += CN_LANES) {
            vf h = vf_mul(vf_sub(get(x + c, cols - c), vf_set1(mean)), vf_set1(inv));
            if (xhat) put(xhat + r * cols + c, h, cols - c);
            if (gamma) h = vf_mul(h, get(gamma + c, cols - c));
            if (beta) h = vf_add(h, get(beta + c, cols - c));
            put(y + c, h, cols - c);
        }
    }
}

/* With d = dy · gamma and means over the row: dx = inverse · (d - mean d - xhat · mean(d · xhat)). */
void KERNEL(layernorm_back)(const real *dy, const real *xhat, const real *inverse, const real *gamma,
                            real *dx, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, dy += cols, xhat += cols, dx += cols) {
        vf sum = vf_zero(), sum_x = vf_zero();
        for (size_t c = 0; c < cols; c += CN_LANES) {
            vf d = get(dy + c, cols - c);
            if (gamma) d = vf_mul(d, get(gamma + c, cols - c));
            sum = vf_add(sum, d);
            sum_x = vf_fma(d, get(xhat + c, cols - c), sum_x);
        }
        const vf mean = vf_set1(vf_sum(sum) / (real)cols), slope = vf_set1(vf_sum(sum_x) / (real)cols);
        const vf inv = vf_set1(inverse[r]);
        for (size_t c = 0; c < cols; c += CN_LANES) {
            vf d = get(dy + c, cols - c);
            if (gamma) d = vf_mul(d, get(gamma + c, cols - c));
            d = vf_fnma(get(xhat + c, cols - c), slope, vf_sub(d, mean));
            put(dx + c, vf_flush(vf_mul(inv, d)), cols - c);
        }
    }
}
