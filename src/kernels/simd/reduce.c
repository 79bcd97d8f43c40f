/* Sums over flat arrays and down columns. A flat sum runs in four vectors of sums, block i of 16
 * numbers going to vector i mod 4; at the end vectors two apart are added, then the last two, then
 * the lanes by vf_sum. A column's sum is one chain, its rows ascending. */
#include "kernels/kernels.h"

#include <assert.h>
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/vf.h"

#define CHAINS 4

typedef enum summand { PLAIN, ABSOLUTE, SQUARE, PRODUCT } summand;

VF vf join(const vf s[CHAINS]) { return vf_add(vf_add(s[0], s[2]), vf_add(s[1], s[3])); }

VF vf add_summand(summand what, vf x, vf y, vf sum)
{
    switch (what) {
    case PLAIN: return vf_add(sum, x);
    case ABSOLUTE: return vf_add(sum, vf_abs(x));
    case SQUARE: return vf_fma(x, x, sum);
    case PRODUCT: return vf_fma(x, y, sum);
    }
    return sum;
}

VF real sum_of(summand what, const real *a, const real *b, size_t n)
{
    vf sum[CHAINS] = {vf_zero(), vf_zero(), vf_zero(), vf_zero()};
    const bool two = what == PRODUCT;
    size_t i = 0;
    for (; i + CHAINS * CN_LANES <= n; i += CHAINS * CN_LANES)
        for (int k = 0; k < CHAINS; k++) {
            vf x = vf_load(a + i + CN_LANES * k);
            sum[k] = add_summand(what, x, two ? vf_load(b + i + CN_LANES * k) : x, sum[k]);
        }
    for (int k = 0; i < n; k++, i += CN_LANES) {
        int rest = n - i < CN_LANES ? (int)(n - i) : CN_LANES;
        vf x = vf_load_part(a + i, rest, 0);
        sum[k] = add_summand(what, x, two ? vf_load_part(b + i, rest, 0) : x, sum[k]);
    }
    return vf_sum(join(sum));
}

real KERNEL(sum)(const real *a, size_t n) { return sum_of(PLAIN, a, NULL, n); }
real KERNEL(sum_abs)(const real *a, size_t n) { return sum_of(ABSOLUTE, a, NULL, n); }
real KERNEL(sum_squares)(const real *a, size_t n) { return sum_of(SQUARE, a, NULL, n); }
real KERNEL(dot)(const real *a, const real *b, size_t n) { return sum_of(PRODUCT, a, b, n); }

/* Sixteen columns at a time would read a whole line of the cache for a vector: several go side by side. */
void KERNEL(lane_sums)(bool squares, const real *a, size_t rows, size_t width, real *lanes)
{
    const summand what = squares ? SQUARE : ABSOLUTE;
    assert(width % CN_LANES == 0);
    for (size_t c = 0; c < width; c += CHAINS * CN_LANES) {
        vf sum[CHAINS] = {vf_zero(), vf_zero(), vf_zero(), vf_zero()};
        const size_t chains = (width - c) / CN_LANES < CHAINS ? (width - c) / CN_LANES : CHAINS;
        for (size_t r = 0; r < rows; r++)
            for (size_t k = 0; k < chains; k++) {
                const vf x = vf_load(a + r * width + c + CN_LANES * k);
                sum[k] = add_summand(what, x, x, sum[k]);
            }
        for (size_t k = 0; k < chains; k++) vf_store(lanes, vf_add(vf_load(lanes), sum[k]));
    }
}

void KERNEL(scale)(real *a, real factor, size_t n)
{
    const vf f = vf_set1(factor);
    size_t i = 0;
    for (; i + CN_LANES <= n; i += CN_LANES) vf_store(a + i, vf_mul(vf_load(a + i), f));
    if (i < n) vf_store_part(a + i, vf_mul(vf_load_part(a + i, (int)(n - i), 0), f), (int)(n - i));
}

bool KERNEL(finite)(const real *a, size_t n)
{
    const vf most = vf_set1(CN_REAL_MAX);
    vm good = vf_eq(most, most);
    size_t i = 0;
    for (; i + CN_LANES <= n; i += CN_LANES) good = vm_and(good, vf_le(vf_abs(vf_load(a + i)), most));
    if (i < n) good = vm_and(good, vf_le(vf_abs(vf_load_part(a + i, (int)(n - i), 0)), most));
    return !vm_any(vm_not(good));
}

/* Columns that are summed side by side, in vectors. */
#define SPAN 4

VF vf get(const real *p, size_t n) { return n >= CN_LANES ? vf_load(p) : vf_load_part(p, (int)n, 0); }

VF void put(real *p, vf x, size_t n)
{
    if (n >= CN_LANES) vf_store(p, x);
    else vf_store_part(p, x, (int)n);
}

void KERNEL(add_bias)(real *y, size_t y_row, const real *bias, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, y += y_row) {
        size_t c = 0;
        for (; c + CN_LANES <= cols; c += CN_LANES)
            vf_store(y + c, vf_add(vf_load(y + c), vf_load(bias + c)));
        if (c < cols) put(y + c, vf_add(get(y + c, cols - c), get(bias + c, cols - c)), cols - c);
    }
}

VF void sums_of_columns(const real *a, size_t a_row, size_t rows, real *out, int vectors)
{
    vf sum[SPAN];
    for (int k = 0; k < vectors; k++) sum[k] = vf_zero();
    for (size_t r = 0; r < rows; r++)
        for (int k = 0; k < vectors; k++) sum[k] = vf_add(sum[k], vf_load(a + r * a_row + CN_LANES * k));
    for (int k = 0; k < vectors; k++) vf_store(out + CN_LANES * k, sum[k]);
}

void KERNEL(column_sums)(const real *a, size_t a_row, size_t rows, size_t cols, real *out)
{
    size_t c = 0;
    for (; c + SPAN * CN_LANES <= cols; c += SPAN * CN_LANES)
        sums_of_columns(a + c, a_row, rows, out + c, SPAN);
    for (; c + 2 * CN_LANES <= cols; c += 2 * CN_LANES) sums_of_columns(a + c, a_row, rows, out + c, 2);
    for (; c < cols; c += CN_LANES) {
        vf sum = vf_zero();
        for (size_t r = 0; r < rows; r++) sum = vf_add(sum, get(a + r * a_row + c, cols - c));
        put(out + c, sum, cols - c);
    }
}
