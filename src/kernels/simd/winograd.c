/* Winograd's formulas for 3×3 kernels without strides: 16 multiplications where the definition has 36. A. Lavin and S. Gray, "Fast
 * algorithms for convolutional neural networks", arXiv:1509.09308.
 *
 * Forward, F(2×2, 3×3): outputs in tiles of 2×2, Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A; the sum over input channels stands in the sixteen
 * products. The pass to the input is the same from dy, with the kernel rotated. To the kernel: dg = Gᵀ[Σ (Bᵀ d B) ⊙ (A dY Aᵀ)]G.
 *
 * The order of operations: each transform goes over y, then over x, by
 *   Bᵀ: d0 - d2, d1 + d2, d2 - d1, d3 - d1      G: g0, ((g0 + g2) + g1) / 2, ((g0 + g2) - g1) / 2, g2
 *   Aᵀ: (m0 + m1) + m2, (m1 - m2) + m3           A: y0, y0 + y1, y0 - y1, y1
 *   Gᵀ: fma(1/2, m1 + m2, m0), (m1 - m2) / 2, fma(1/2, m1 + m2, m3)
 * A product's sum is one chain: forward over ascending channels, to the kernel over ascending (sample, row of tiles, column of
 * tiles). Bias and activation follow as in other convolutions. Beyond the last row or column of outputs a tile's dy is 0. */
#include "kernels/conv_shape.h"
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/vf.h"

enum { PRODUCTS = CN_WINOGRAD_PRODUCTS };

/* ---- transforms of one vector of channels --------------------------------------------------------- */

VF void input_1(vf *a, int step)
{
    const vf a0 = a[0], a1 = a[step], a2 = a[2 * step], a3 = a[3 * step];
    a[0] = vf_sub(a0, a2);
    a[step] = vf_add(a1, a2);
    a[2 * step] = vf_sub(a2, a1);
    a[3 * step] = vf_sub(a3, a1);
}

VF void input_vector(vf t[16], real *to, size_t step)
{
    for (int x = 0; x < 4; x++) input_1(t + x, 4);
    for (int y = 0; y < 4; y++) input_1(t + 4 * y, 1);
    for (size_t k = 0; k < 16; k++) vf_store(to + k * step, t[k]);
}

/* A tile at d: 4×4 pixels, and the same place in sixteen matrices. */
VF void input_tile(const real *d, size_t row, size_t c, real *to, size_t step)
{
    for (size_t i = 0; i < c; i += CN_LANES) {
        vf t[16];
        for (size_t k = 0; k < 16; k++) t[k] = vf_load_some(d + k / 4 * row + k % 4 * c + i, c - i, 0);
        input_vector(t, to + i, step);
    }
}

/* The same of pixels anywhere, for a tile at the border; NULL is a pixel of zeros. */
VF void border_tile(const real *const d[16], size_t c, real *to, size_t step)
{
    for (size_t i = 0; i < c; i += CN_LANES) {
        vf t[16];
        for (size_t k = 0; k < 16; k++) t[k] = d[k] ? vf_load_some(d[k] + i, c - i, 0) : vf_zero();
        input_vector(t, to + i, step);
    }
}

VF void kernel_1(const vf *g, int from, vf *u, int to)
{
    const vf half = vf_set1((real)0.5), ends = vf_add(g[0], g[2 * from]), middle = g[from];
    u[0] = g[0];
    u[to] = vf_mul(vf_add(ends, middle), half);
    u[2 * to] = vf_mul(vf_sub(ends, middle), half);
    u[3 * to] = g[2 * from];
}

/* g[3][3], u[4][4]. */
VF void kernel_tile(const vf g[9], vf u[16])
{
    vf t[12];
    for (int x = 0; x < 3; x++) kernel_1(g + x, 3, t + x, 3);
    for (int y = 0; y < 4; y++) kernel_1(t + 3 * y, 1, u + 4 * y, 1);
}

VF void output_1(const vf *m, int from, vf *y, int to)
{
    y[0] = vf_add(vf_add(m[0], m[from]), m[2 * from]);
    y[to] = vf_add(vf_sub(m[from], m[2 * from]), m[3 * from]);
}

/* m[4][4], y[2][2]. */
VF void output_tile(const vf m[16], vf y[4])
{
    vf t[8];
    for (int x = 0; x < 4; x++) output_1(m + x, 4, t + x, 4);
    for (int row = 0; row < 2; row++) output_1(t + 4 * row, 1, y + 2 * row, 1);
}

VF void gradient_1(const vf *y, int from, vf *e, int to)
{
    const vf first = y[0], second = y[from];
    e[0] = first;
    e[to] = vf_add(first, second);
    e[2 * to] = vf_sub(first, second);
    e[3 * to] = second;
}

/* y[2][2], e[4][4]. */
VF void gradient_tile(const vf y[4], vf e[16])
{
    vf t[8];
    for (int x = 0; x < 2; x++) gradient_1(y + x, 2, t + x, 2);
    for (int row = 0; row < 4; row++) gradient_1(t + 2 * row, 1, e + 4 * row, 1);
}

VF void to_kernel_1(const vf *m, int from, vf *g, int to)
{
    const vf half = vf_set1((real)0.5), sum = vf_add(m[from], m[2 * from]);
    g[0] = vf_fma(half, sum, m[0]);
    g[to] = vf_mul(vf_sub(m[from], m[2 * from]), half);
    g[2 * to] = vf_fma(half, sum, m[3 * from]);
}

/* m[4][4], g[3][3]. */
VF void to_kernel_tile(const vf m[16], vf g[9])
{
    vf t[12];
    for (int x = 0; x < 4; x++) to_kernel_1(m + x, 4, t + x, 4);
    for (int row = 0; row < 3; row++) to_kernel_1(t + 4 * row, 1, g + 3 * row, 1);
}

/* ---- the image, tile by tile ------------------------------------------------------------------- */

/* Transforms tile (ty, tx) of a sample. */
static void transform_input(const cn__conv *v, const real *x, size_t ty, size_t tx, real *to, size_t step)
{
    const size_t y = 2 * ty, left = 2 * tx, row = v->w * v->c; /* in the image with its border */
    if (y >= v->top && y + 4 <= v->top + v->h && left >= v->left && left + 4 <= v->left + v->w) {
        input_tile(x + (y - v->top) * row + (left - v->left) * v->c, row, v->c, to, step);
        return;
    }
    const real *d[16];
    for (size_t k = 0; k < 16; k++) {
        const size_t at_y = y + k / 4 - v->top, at_x = left + k % 4 - v->left; /* huge before the image */
        d[k] = at_y < v->h && at_x < v->w ? x + at_y * row + at_x * v->c : NULL;
    }
    border_tile(d, v->c, to, step);
}

/* `count` tiles from the one numbered `first` on, counted over all samples. */
static void transform_inputs(const cn__conv *v, const cn__winograd *t, const real *x, size_t first,
                             size_t count, real *to)
{
    for (size_t i = 0; i < count; i++) {
        const size_t tile = first + i, sample = tile / (t->rows * t->cols);
        transform_input(v, x + sample * v->h * v->w * v->c, tile / t->cols % t->rows, tile % t->cols,
                        to + i * CN_PAD(v->c), t->a_step);
    }
}

/* ---- forward -------------------------------------------------------------------------------------- */

static void multiply_group(const cn__conv *v, const cn__winograd *t, size_t count, const real *inputs,
                           const real *packed, real *products)
{
    const size_t row = CN_PAD(v->oc);
    for (size_t k = 0; k < PRODUCTS; k++) {
        const cn__product p = {.a = inputs + k * t->a_step,
                               .a_row = CN_PAD(v->c),
                               .a_step = 1,
                               .outer = 1,
                               .inner = 1,
                               .depth = v->c,
                               .b = packed + k * v->c * row,
                               .b_row = row,
                               .c = products + k * t->b_step,
                               .c_row = row,
                               .rows = count,
                               .cols = v->oc};
        KERNEL(product)(&p);
    }
}

/* The outputs of a tile at y, of which `rows` × `cols` exist. */
VF void write_outputs(const cn__conv *v, const real *products, size_t step, const real *bias, real *y,
                      size_t rows, size_t cols)
{
    for (size_t o = 0; o < v->oc; o += CN_LANES) {
        const size_t lanes = v->oc - o;
        vf m[16], out[4];
        for (size_t k = 0; k < 16; k++) m[k] = vf_load_some(products + k * step + o, lanes, 0);
        output_tile(m, out);
        if (bias) {
            const vf b = vf_load_some(bias + o, lanes, 0);
            for (int k = 0; k < 4; k++) out[k] = vf_add(out[k], b);
        }
        for (size_t k = 0; k < 4; k++)
            if (k / 2 < rows && k % 2 < cols)
                vf_store_some(y + (k / 2 * v->ow + k % 2) * v->oc + o, out[k], lanes);
    }
}

static void transform_outputs(const cn__conv *v, const cn__winograd *t, size_t first, size_t count,
                              const real *products, const real *bias, real *y)
{
    for (size_t i = 0; i < count; i++) {
        const size_t tile = first + i, sample = tile / (t->rows * t->cols);
        const size_t oy = 2 * (tile / t->cols % t->rows), ox = 2 * (tile % t->cols);
        write_outputs(v, products + i * CN_PAD(v->oc), t->b_step, bias,
                      y + ((sample * v->oh + oy) * v->ow + ox) * v->oc, v->oh - oy, v->ow - ox);
    }
}

void KERNEL(winograd)(const cn__conv *v, const real *x, const real *packed, const real *bias,
                      const cn__activation *activation, real *y, size_t samples, real *scratch)
{
    const cn__winograd t = cn__winograd_of(v, CN_WINOGRAD_GROUP);
    const size_t tiles = samples * t.rows * t.cols, size = v->oh * v->ow * v->oc;
    real *const inputs = scratch, *const products = inputs + PRODUCTS * t.a_step;
    for (size_t first = 0, active = 0, end; first < tiles; first = end) {
        /* equal groups, none much smaller than the others */
        const size_t groups = (tiles - first + t.group - 1) / t.group;
        end = first + (tiles - first + groups - 1) / groups;
        transform_inputs(v, &t, x, first, end - first, inputs);
        multiply_group(v, &t, end - first, inputs, packed, products);
        transform_outputs(v, &t, first, end - first, products, bias, y);
        for (; activation && active < end / (t.rows * t.cols); active++)
            KERNEL(activate)(activation, y + active * size, y + active * size, size);
    }
}

/* ---- packing -------------------------------------------------------------------------------------- */

/* Transforms rows × up to 16 columns of the kernel, from row (input channel) i and column c of it; `rotated` by half a turn. Lines of
 * a vector each, sixteen products one after the other. */
static void transform_kernels(const cn__conv *v, bool rotated, const real *kernel, size_t kernel_row,
                              size_t i, size_t rows, size_t c, size_t cols, real *to, size_t to_row,
                              size_t step)
{
    for (size_t r = 0; r < rows; r++) {
        vf g[9], u[16];
        for (size_t k = 0; k < 9; k++)
            g[rotated ? 8 - k : k] = vf_load_some(kernel + (k * v->c + i + r) * kernel_row + c, cols - c, 0);
        kernel_tile(g, u);
        for (size_t k = 0; k < 16; k++) vf_store_some(to + k * step + r * to_row, u[k], cols - c);
    }
}

/* Sixteen rows at a time, which are transposed when they are transformed. */
static void pack_rotated(const cn__conv *v, const real *kernel, size_t kernel_row, size_t first, size_t cols,
                         real *packed)
{
    _Alignas(64) real block[PRODUCTS][CN_LANES * CN_LANES];
    const size_t row = CN_PAD(v->c);
    for (size_t i = 0; i < v->c; i += CN_LANES)
        for (size_t c = 0; c < cols; c += CN_LANES) {
            const size_t rows = v->c - i < CN_LANES ? v->c - i : CN_LANES;
            const size_t count = cols - c < CN_LANES ? cols - c : CN_LANES;
            transform_kernels(v, true, kernel, kernel_row, i, rows, c, cols, block[0], CN_LANES,
                              CN_LANES * CN_LANES);
            for (size_t k = 0; k < PRODUCTS; k++) KERNEL(transpose)
            (block[k], CN_LANES, rows, count, packed + (k * v->oc + first + c) * row + i, row);
        }
}

void KERNEL(winograd_pack)(const cn__conv *v, bool rotated, const real *kernel, size_t kernel_row,
                           size_t first, size_t cols, real *packed)
{
    const size_t row = CN_PAD(v->oc);
    if (rotated) {
        pack_rotated(v, kernel, kernel_row, first, cols, packed);
        return;
    }
    for (size_t c = 0; c < cols; c += CN_LANES)
        transform_kernels(v, false, kernel, kernel_row, 0, v->c, c, cols, packed + first + c, row,
                          v->c * row);
}

/* ---- to the kernel -------------------------------------------------------------------------------- */

/* `rows` × `cols` of the outputs' gradient of a tile at dy exist. */
VF void read_gradient(const cn__conv *v, const real *dy, size_t rows, size_t cols, size_t channels, real *to,
                      size_t step)
{
    for (size_t o = 0; o < channels; o += CN_LANES) {
        vf y[4], e[16];
        for (size_t k = 0; k < 4; k++)
            y[k] = k / 2 < rows && k % 2 < cols
                       ? vf_load_some(dy + (k / 2 * v->ow + k % 2) * v->oc + o, channels - o, 0)
                       : vf_zero();
        gradient_tile(y, e);
        for (size_t k = 0; k < 16; k++) vf_store(to + k * step + o, e[k]);
    }
}

static void transform_gradients(const cn__conv *v, const cn__winograd *t, size_t first, size_t count,
                                const real *dy, size_t channels, real *to)
{
    for (size_t i = 0; i < count; i++) {
        const size_t tile = first + i, sample = tile / (t->rows * t->cols);
        const size_t oy = 2 * (tile / t->cols % t->rows), ox = 2 * (tile % t->cols);
        read_gradient(v, dy + ((sample * v->oh + oy) * v->ow + ox) * v->oc, v->oh - oy, v->ow - ox, channels,
                      to + i * CN_PAD(channels), t->b_step);
    }
}

static void write_kernel(const cn__conv *v, const real *products, size_t cols, real *dk, size_t dk_row)
{
    const size_t row = CN_PAD(cols), step = v->c * row;
    for (size_t i = 0; i < v->c; i++)
        for (size_t c = 0; c < cols; c += CN_LANES) {
            vf m[16], g[9];
            for (size_t k = 0; k < 16; k++)
                m[k] = vf_load_some(products + k * step + i * row + c, cols - c, 0);
            to_kernel_tile(m, g);
            for (size_t k = 0; k < 9; k++) vf_store_some(dk + (k * v->c + i) * dk_row + c, g[k], cols - c);
        }
}

static void add_group(const cn__conv *v, const cn__winograd *t, size_t count, const real *inputs,
                      const real *gradients, size_t cols, bool accumulate, real *products)
{
    const size_t row = CN_PAD(cols);
    for (size_t k = 0; k < PRODUCTS; k++) {
        const cn__product p = {.a = inputs + k * t->a_step,
                               .a_row = 1,
                               .a_step = CN_PAD(v->c),
                               .outer = 1,
                               .inner = 1,
                               .depth = count,
                               .b = gradients + k * t->b_step,
                               .b_row = row,
                               .c = products + k * v->c * row,
                               .c_row = row,
                               .rows = v->c,
                               .cols = cols,
                               .accumulate = accumulate};
        KERNEL(product)(&p);
    }
}

void KERNEL(winograd_to_kernel)(const cn__conv *v, const real *x, const real *dy, size_t samples, real *dk,
                                size_t dk_row, size_t first, size_t cols, real *scratch)
{
    const cn__winograd t = cn__winograd_of(v, CN_WINOGRAD_KERNEL_GROUP);
    const size_t tiles = samples * t.rows * t.cols;
    real *const inputs = scratch, *const gradients = inputs + PRODUCTS * t.a_step,
                *const products = gradients + PRODUCTS * t.b_step;
    for (size_t done = 0, count; done < tiles; done += count) {
        count = tiles - done < t.group ? tiles - done : t.group;
        transform_inputs(v, &t, x, done, count, inputs);
        transform_gradients(v, &t, done, count, dy + first, cols, gradients);
        add_group(v, &t, count, inputs, gradients, cols, done > 0, products);
    }
    write_kernel(v, products, cols, dk, dk_row);
}
