/* Normalisation: of columns, what is summed being one chain over the rows; of rows, in 16 lanes, element i into lane i mod 16. */
#include "kernels/reference/reference.h"

real cn__ref_lanes(real lane[CN_LANES])
{
    for (size_t half = CN_LANES / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++) lane[i] += lane[i + half];
    return lane[0];
}

/* ---- by columns ------------------------------------------------------------------------------------------ */

void cn__ref_column_squares(const real *x, size_t row, size_t rows, size_t cols, const real *mean, real *out)
{
    for (size_t c = 0; c < cols; c++) {
        real sum = 0;
        for (size_t r = 0; r < rows; r++) {
            const real d = x[r * row + c] - mean[c];
            sum = CN_REF_FMA(d, d, sum);
        }
        out[c] = sum;
    }
}

void cn__ref_column_scale(const real *x, real *y, size_t row, size_t rows, size_t cols, const real *mean,
                          const real *scale, const real *shift)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            y[r * row + c] = CN_REF_FMA(x[r * row + c] - mean[c], scale[c], shift[c]);
}

void cn__ref_column_sums_back(const real *dy, const real *x, size_t row, size_t rows, size_t cols,
                              const real *mean, const real *inverse, real *sum_dy, real *sum_dy_x)
{
    for (size_t c = 0; c < cols; c++) {
        real sum = 0, sum_x = 0;
        for (size_t r = 0; r < rows; r++) {
            const real d = dy[r * row + c];
            sum += d;
            sum_x = CN_REF_FMA(d, (x[r * row + c] - mean[c]) * inverse[c], sum_x);
        }
        sum_dy[c] = sum;
        sum_dy_x[c] = sum_x;
    }
}

void cn__ref_batchnorm_back(const real *dy, const real *x, real *dx, size_t row, size_t rows, size_t cols,
                            const real *mean, const real *inverse, const real *gamma, const real *sum_dy,
                            const real *sum_dy_x)
{
    for (size_t c = 0; c < cols; c++) {
        const real factor = gamma ? gamma[c] * inverse[c] : inverse[c];
        const real mean_dy = sum_dy[c] / (real)rows, slope = sum_dy_x[c] / (real)rows;
        for (size_t r = 0; r < rows; r++) {
            const real xhat = (x[r * row + c] - mean[c]) * inverse[c];
            dx[r * row + c] = cn__ref_flush(factor * CN_REF_FMA(-xhat, slope, dy[r * row + c] - mean_dy));
        }
    }
}

/* ---- by rows --------------------------------------------------------------------------------------------- */

static real row_mean(const real *x, size_t cols)
{
    real lane[CN_LANES] = {0};
    for (size_t c = 0; c < cols; c++) lane[c % CN_LANES] += x[c];
    return cn__ref_lanes(lane) / (real)cols;
}

static real row_variance(const real *x, size_t cols, real mean)
{
    real lane[CN_LANES] = {0};
    for (size_t c = 0; c < cols; c++) {
        const real d = x[c] - mean;
        lane[c % CN_LANES] = CN_REF_FMA(d, d, lane[c % CN_LANES]);
    }
    return cn__ref_lanes(lane) / (real)cols;
}

void cn__ref_layernorm(const real *x, real *y, real *xhat, real *inverse, const real *gamma, const real *beta,
                       size_t rows, size_t cols, real epsilon)
{
    for (size_t r = 0; r < rows; r++, x += cols, y += cols, xhat += cols) {
        const real mean = row_mean(x, cols);
        inverse[r] = 1 / (real)sqrt(row_variance(x, cols, mean) + epsilon);
        for (size_t c = 0; c < cols; c++) {
            xhat[c] = (x[c] - mean) * inverse[r];
            y[c] = gamma ? xhat[c] * gamma[c] : xhat[c];
            if (beta) y[c] += beta[c];
        }
    }
}

void cn__ref_layernorm_back(const real *dy, const real *xhat, const real *inverse, const real *gamma,
                            real *dx, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, dy += cols, xhat += cols, dx += cols) {
        real lane[CN_LANES] = {0}, lane_x[CN_LANES] = {0};
        for (size_t c = 0; c < cols; c++) {
            const real d = gamma ? dy[c] * gamma[c] : dy[c];
            lane[c % CN_LANES] += d;
            lane_x[c % CN_LANES] = CN_REF_FMA(d, xhat[c], lane_x[c % CN_LANES]);
        }
        const real mean = cn__ref_lanes(lane) / (real)cols, slope = cn__ref_lanes(lane_x) / (real)cols;
        for (size_t c = 0; c < cols; c++) {
            const real d = gamma ? dy[c] * gamma[c] : dy[c];
            dx[c] = cn__ref_flush(inverse[r] * CN_REF_FMA(-xhat[c], slope, d - mean));
        }
    }
}
