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

/* Columns that are worked on side by side, in vectors: rows that lie behind each other in memory are read behind each other. */
enum { SPAN = 4 };

/* f(…, vectors) for `count` columns from `first` on: vectors side by side where they are whole, else one. */
#define BY_COLUMNS(f, ...)                                                                                   \
    for (size_t c = first, end = first + count; c < end;) {                                                  \
        if (end - c >= SPAN * CN_LANES) f(__VA_ARGS__, c, SPAN *CN_LANES, SPAN), c += SPAN * CN_LANES;       \
        else if (end - c >= 2 * CN_LANES) f(__VA_ARGS__, c, 2 * CN_LANES, 2), c += 2 * CN_LANES;             \
        else f(__VA_ARGS__, c, end - c, 1), c += CN_LANES;                                                   \
    }

/* Vector k of n numbers. */
VF vf get_at(const real *p, size_t n, int k) { return get(p + k * CN_LANES, n - (size_t)k * CN_LANES); }
VF void put_at(real *p, vf x, size_t n, int k) { put(p + k * CN_LANES, x, n - (size_t)k * CN_LANES); }

VF void squares(const real *x, size_t row, size_t rows, const real *mean, real *out, size_t c, size_t n,
                int vectors)
{
    vf sum[SPAN];
    for (int k = 0; k < vectors; k++) sum[k] = vf_zero();
    for (size_t r = 0; r < rows; r++)
        for (int k = 0; k < vectors; k++) {
            const vf d = vf_sub(get_at(x + r * row + c, n, k), get_at(mean + c, n, k));
            sum[k] = vf_fma(d, d, sum[k]);
        }
    for (int k = 0; k < vectors; k++) put_at(out + c, sum[k], n, k);
}

void KERNEL(column_squares)(const real *x, size_t row, size_t rows, size_t first, size_t count,
                            const real *mean, real *out){BY_COLUMNS(squares, x, row, rows, mean, out)}

VF void scale(const real *x, real *y, size_t row, size_t rows, const real *mean, const real *factor,
              const real *shift, size_t c, size_t n, int vectors)
{
    vf m[SPAN], f[SPAN], s[SPAN];
    for (int k = 0; k < vectors; k++)
        m[k] = get_at(mean + c, n, k), f[k] = get_at(factor + c, n, k), s[k] = get_at(shift + c, n, k);
    for (size_t r = 0; r < rows; r++)
        for (int k = 0; k < vectors; k++) {
            const size_t i = r * row + c;
            put_at(y + i, vf_fma(vf_sub(get_at(x + i, n, k), m[k]), f[k], s[k]), n, k);
        }
}

void KERNEL(column_scale)(const real *x, real *y, size_t row, size_t rows, size_t first, size_t count,
                          const real *mean, const real *factor,
                          const real *shift){BY_COLUMNS(scale, x, y, row, rows, mean, factor, shift)}

VF void sums_back(const real *dy, const real *x, size_t row, size_t rows, const real *mean,
                  const real *inverse, real *sum_dy, real *sum_dy_x, size_t c, size_t n, int vectors)
{
    vf m[SPAN], inv[SPAN], sum[SPAN], sum_x[SPAN];
    for (int k = 0; k < vectors; k++)
        m[k] = get_at(mean + c, n, k), inv[k] = get_at(inverse + c, n, k), sum[k] = sum_x[k] = vf_zero();
    for (size_t r = 0; r < rows; r++)
        for (int k = 0; k < vectors; k++) {
            const size_t i = r * row + c;
            const vf d = get_at(dy + i, n, k);
            sum[k] = vf_add(sum[k], d);
            sum_x[k] = vf_fma(d, vf_mul(vf_sub(get_at(x + i, n, k), m[k]), inv[k]), sum_x[k]);
        }
    for (int k = 0; k < vectors; k++) put_at(sum_dy + c, sum[k], n, k), put_at(sum_dy_x + c, sum_x[k], n, k);
}

void KERNEL(column_sums_back)(const real *dy, const real *x, size_t row, size_t rows, size_t first,
                              size_t count, const real *mean, const real *inverse, real *sum_dy,
                              real *sum_dy_x)
{
    BY_COLUMNS(sums_back, dy, x, row, rows, mean, inverse, sum_dy, sum_dy_x)
}

/* What batchnorm_back takes, but for the columns. */
typedef struct back {
    const real *dy, *x;
    real *dx;
    size_t row, rows, batch;
    const real *mean, *inverse, *gamma, *sum_dy, *sum_dy_x;
} back;

VF void batch_back(const back *b, size_t c, size_t n, int vectors)
{
    vf m[SPAN], inv[SPAN], factor[SPAN], mean_dy[SPAN], slope[SPAN];
    const vf batch = vf_set1((real)b->batch);
    for (int k = 0; k < vectors; k++) {
        m[k] = get_at(b->mean + c, n, k), inv[k] = get_at(b->inverse + c, n, k);
        factor[k] = b->gamma ? vf_mul(get_at(b->gamma + c, n, k), inv[k]) : inv[k];
        mean_dy[k] = vf_div(get_at(b->sum_dy + c, n, k), batch);
        slope[k] = vf_div(get_at(b->sum_dy_x + c, n, k), batch);
    }
    for (size_t r = 0; r < b->rows; r++)
        for (int k = 0; k < vectors; k++) {
            const size_t i = r * b->row + c;
            const vf xhat = vf_mul(vf_sub(get_at(b->x + i, n, k), m[k]), inv[k]);
            const vf d = vf_fnma(xhat, slope[k], vf_sub(get_at(b->dy + i, n, k), mean_dy[k]));
            put_at(b->dx + i, vf_flush(vf_mul(factor[k], d)), n, k);
        }
}

void KERNEL(batchnorm_back)(const real *dy, const real *x, real *dx, size_t row, size_t rows, size_t batch,
                            size_t first, size_t count, const real *mean, const real *inverse,
                            const real *gamma, const real *sum_dy, const real *sum_dy_x)
{
    const back b = {dy, x, dx, row, rows, batch, mean, inverse, gamma, sum_dy, sum_dy_x};
    BY_COLUMNS(batch_back, &b)
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
