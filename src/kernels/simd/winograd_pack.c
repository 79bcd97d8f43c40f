/* Kernels transformed for Winograd's formulas: the products' matrices, one behind the other. */
#include "kernels/conv_shape.h"
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/winograd_tiles.h"

/* Rows (input channels) i … of the kernel and up to 16 of `cols` columns from c on; `rotated` by half a turn. The products of a row
 * lie `step` apart. */
VF void transform_kernels(int m, const cn__conv *v, bool rotated, const real *kernel, size_t kernel_row,
                          size_t i, size_t rows, size_t c, size_t cols, real *to, size_t to_row, size_t step)
{
    const size_t products = ((size_t)m + 2) * ((size_t)m + 2);
    for (size_t r = 0; r < rows; r++) {
        vf g[9], u[MOST];
        UNROLLED for (size_t k = 0; k < 9; k++) g[rotated ? 8 - k : k] =
            vf_load_some(kernel + (k * v->c + i + r) * kernel_row + c, cols - c, 0);
        kernel_tile(m, g, u);
        UNROLLED for (size_t k = 0; k < products; k++)
            vf_store_some(to + k * step + r * to_row, u[k], cols - c);
    }
}

/* Sixteen rows at a time, which are transposed when they are transformed. */
static void pack_transposed(const cn__conv *v, size_t m, bool rotated, const real *kernel, size_t kernel_row,
                            size_t first, size_t cols, real *packed)
{
    enum { BLOCK = CN_LANES * CN_LANES };
    _Alignas(64) real block[MOST][BLOCK];
    const size_t row = CN_PAD(v->c), products = (m + 2) * (m + 2);
    for (size_t i = 0; i < v->c; i += CN_LANES)
        for (size_t c = 0; c < cols; c += CN_LANES) {
            const size_t rows = v->c - i < CN_LANES ? v->c - i : CN_LANES;
            const size_t count = cols - c < CN_LANES ? cols - c : CN_LANES;
            WITH_M(m, transform_kernels(M, v, rotated, kernel, kernel_row, i, rows, c, cols, block[0],
                                        CN_LANES, BLOCK));
            for (size_t k = 0; k < products; k++) KERNEL(transpose)
            (block[k], CN_LANES, rows, count, packed + (k * v->oc + first + c) * row + i, row);
        }
}

void KERNEL(winograd_pack)(const cn__conv *v, size_t m, bool to_input, const real *kernel, size_t kernel_row,
                           size_t first, size_t cols, real *packed)
{
    const size_t row = CN_PAD(v->oc), step = v->c * row;
    if (to_input) {
        pack_transposed(v, m, !cn__conv_adds_tiles(v), kernel, kernel_row, first, cols, packed);
        return;
    }
    for (size_t c = 0; c < cols; c += CN_LANES) {
        real *to = packed + first + c;
        WITH_M(m, transform_kernels(M, v, false, kernel, kernel_row, 0, v->c, c, cols, to, row, step));
    }
}
