/* Winograd's formulas for 3×3 kernels without strides: outputs in tiles of m×m from n×n inputs, n = m + 2, by n² multiplications where
 * the definition has 9 m². m = 2 has float32's own error; m = 4 multiplies four times less than the definition, with an error some
 * ten times larger.
 *
 * Forward: Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A; the sum over input channels stands in the n² products. The pass to the input is the same
 * from dy, with the kernel rotated; or where cn__conv_adds_tiles says so, dd = B[(G g Gᵀ) ⊙ (A dY Aᵀ)]Bᵀ, and dx is the sum of the
 * tiles that overlap. To the kernel: dg = Gᵀ[Σ (Bᵀ d B) ⊙ (A dY Aᵀ)]G.
 *
 * The order of operations: the transforms' in winograd_tiles.h. A product's sum is one chain: forward over ascending channels, to
 * the kernel over ascending (sample, row of tiles, column of tiles). Of tiles that overlap, those of a row are added first, the left
 * one to the right one, and then what the row above has to that. Bias and activation follow as in other convolutions. Beyond
 * the image d is 0, and beyond the last row or column of outputs dY is. */
#include "kernels/conv_shape.h"
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/winograd_tiles.h"

/* For each vector of `channels`: `call` with `at`, its first channel, and `lanes`, how many of its lanes exist, which is a constant for
 * whole vectors. */
#define EACH_VECTOR(channels, call)                                                                          \
    do {                                                                                                     \
        size_t at = 0;                                                                                       \
        for (const size_t lanes = CN_LANES; at + CN_LANES <= (channels); at += CN_LANES) call;               \
        const size_t lanes = (channels)-at;                                                                  \
        if (lanes > 0) call;                                                                                 \
    } while (0)

/* ---- inputs --------------------------------------------------------------------------------------- */

/* A vector of channels of the tile whose first pixel is d, to the same place in n² matrices. */
VF void inner_tile(int m, const real *d, size_t row, size_t c, size_t lanes, real *to, size_t step)
{
    const size_t n = (size_t)m + 2;
    vf t[MOST], u[MOST];
    UNROLLED for (size_t k = 0; k < n * n; k++) t[k] = vf_load_some(d + k / n * row + k % n * c, lanes, 0);
    input_tile(m, t, u);
    UNROLLED for (size_t k = 0; k < n * n; k++) vf_store(to + k * step, u[k]);
}

/* The same of pixels anywhere, for a tile at the border; NULL is a pixel of zeros. */
VF void border_tile(int m, const real *const *d, size_t i, size_t lanes, real *to, size_t step)
{
    const size_t n = (size_t)m + 2;
    vf t[MOST], u[MOST];
    UNROLLED for (size_t k = 0; k < n * n; k++) t[k] = d[k] ? vf_load_some(d[k] + i, lanes, 0) : vf_zero();
    input_tile(m, t, u);
    UNROLLED for (size_t k = 0; k < n * n; k++) vf_store(to + k * step, u[k]);
}

/* Tile (ty, tx) of a sample. */
VF void transform_input(int m, const cn__conv *v, const real *x, size_t ty, size_t tx, real *to, size_t step)
{
    const size_t n = (size_t)m + 2, row = v->w * v->c;
    const size_t top = ty * (size_t)m, left = tx * (size_t)m; /* in the image with its border */
    if (top >= v->top && top + n <= v->top + v->h && left >= v->left && left + n <= v->left + v->w) {
        const real *d = x + (top - v->top) * row + (left - v->left) * v->c;
        EACH_VECTOR(v->c, inner_tile(m, d + at, row, v->c, lanes, to + at, step));
        return;
    }
    const real *d[MOST];
    for (size_t k = 0; k < n * n; k++) {
        const size_t y_at = top + k / n - v->top, x_at = left + k % n - v->left; /* huge before the image */
        d[k] = y_at < v->h && x_at < v->w ? x + y_at * row + x_at * v->c : NULL;
    }
    EACH_VECTOR(v->c, border_tile(m, d, at, lanes, to + at, step));
}

/* `count` tiles from the one numbered `first` on, counted over all samples. */
static void transform_inputs(const cn__conv *v, const cn__winograd *t, const real *x, size_t first,
                             size_t count, real *to)
{
    for (size_t i = 0; i < count; i++, to += CN_PAD(v->c)) {
        const size_t tile = first + i, sample = tile / (t->rows * t->cols);
        const real *image = x + sample * v->h * v->w * v->c;
        WITH_M(t->m, transform_input(M, v, image, tile / t->cols % t->rows, tile % t->cols, to, t->a_step));
    }
}

/* ---- forward -------------------------------------------------------------------------------------- */

static void multiply_group(const cn__conv *v, const cn__winograd *t, size_t count, const real *inputs,
                           const real *packed, real *products)
{
    const size_t row = CN_PAD(v->oc);
    for (size_t k = 0; k < t->products; k++) {
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

/* A vector of output channels of a tile at y, of which `rows` × `cols` exist. */
VF void write_outputs(int m, const cn__conv *v, const real *products, size_t step, const real *bias,
                      bool relu, real *y, size_t rows, size_t cols, size_t lanes)
{
    const size_t n = (size_t)m + 2, mm = (size_t)m;
    vf p[MOST], out[WINOGRAD_M * WINOGRAD_M];
    UNROLLED for (size_t k = 0; k < n * n; k++) p[k] = vf_load_some(products + k * step, lanes, 0);
    output_tile(m, p, out);
    if (bias) {
        const vf b = vf_load_some(bias, lanes, 0);
        UNROLLED for (size_t k = 0; k < mm * mm; k++) out[k] = vf_add(out[k], b);
    }
    if (relu) UNROLLED for (size_t k = 0; k < mm * mm; k++) out[k] = vf_relu(out[k]);
    UNROLLED for (size_t k = 0; k < mm * mm; k++) if (k / mm < rows && k % mm < cols)
        vf_store_some(y + (k / mm * v->ow + k % mm) * v->oc, out[k], lanes);
}

/* Where a tile's outputs lie among those of all samples, and how many rows and columns of them there are. */
typedef struct tile_outputs {
    size_t at, rows, cols;
} tile_outputs;

static tile_outputs outputs_of(const cn__conv *v, const cn__winograd *t, size_t tile)
{
    const size_t sample = tile / (t->rows * t->cols);
    const size_t y = tile / t->cols % t->rows * t->m, x = tile % t->cols * t->m;
    return (tile_outputs){((sample * v->oh + y) * v->ow + x) * v->oc, v->oh - y, v->ow - x};
}

VF void tile_to_outputs(int m, const cn__conv *v, const real *products, size_t step, const real *bias,
                        bool relu, real *y, const tile_outputs *o)
{
    const size_t mm = (size_t)m;
    y += o->at;
    if (o->rows >= mm && o->cols >= mm)
        EACH_VECTOR(v->oc, write_outputs(m, v, products + at, step, bias ? bias + at : NULL, relu, y + at, mm,
                                         mm, lanes));
    else
        EACH_VECTOR(v->oc, write_outputs(m, v, products + at, step, bias ? bias + at : NULL, relu, y + at,
                                         o->rows, o->cols, lanes));
}

static void transform_outputs(const cn__conv *v, const cn__winograd *t, size_t first, size_t count,
                              const real *products, const real *bias, bool relu, real *y)
{
    for (size_t i = 0; i < count; i++, products += CN_PAD(v->oc)) {
        const tile_outputs o = outputs_of(v, t, first + i);
        WITH_M(t->m, tile_to_outputs(M, v, products, t->b_step, bias, relu, y, &o));
    }
}

void KERNEL(winograd)(const cn__conv *v, size_t m, const real *x, const real *packed, const real *bias,
                      const cn__activation *activation, real *y, size_t samples, real *scratch)
{
    const cn__winograd t = cn__winograd_of(v, m, CN_WINOGRAD_GROUP);
    const size_t tiles = samples * t.rows * t.cols, size = v->oh * v->ow * v->oc;
    const bool relu = activation && cn__activation_is_relu(activation);
    real *const inputs = scratch, *const products = inputs + t.products * t.a_step;
    for (size_t first = 0, active = 0, end; first < tiles; first = end) {
        /* equal groups, none much smaller than the others */
        const size_t groups = (tiles - first + t.group - 1) / t.group;
        end = first + (tiles - first + groups - 1) / groups;
        transform_inputs(v, &t, x, first, end - first, inputs);
        multiply_group(v, &t, end - first, inputs, packed, products);
        transform_outputs(v, &t, first, end - first, products, bias, relu, y);
        for (; activation && !relu && active < end / (t.rows * t.cols); active++)
            KERNEL(activate)(activation, y + active * size, y + active * size, size);
    }
}

/* ---- to the kernel -------------------------------------------------------------------------------- */

/* A vector of channels of the outputs' gradient of a tile at dy, of which `rows` × `cols` exist. */
VF void read_gradient(int m, const cn__conv *v, const real *dy, size_t rows, size_t cols, size_t lanes,
                      real *to, size_t step)
{
    const size_t n = (size_t)m + 2, mm = (size_t)m;
    vf y[WINOGRAD_M * WINOGRAD_M], e[MOST];
    UNROLLED for (size_t k = 0; k < mm * mm; k++) y[k] =
        k / mm < rows && k % mm < cols ? vf_load_some(dy + (k / mm * v->ow + k % mm) * v->oc, lanes, 0)
                                       : vf_zero();
    gradient_tile(m, y, e);
    UNROLLED for (size_t k = 0; k < n * n; k++) vf_store(to + k * step, e[k]);
}

VF void gradient_of_tile(int m, const cn__conv *v, const real *dy, const tile_outputs *o, size_t channels,
                         real *to, size_t step)
{
    const size_t mm = (size_t)m;
    dy += o->at;
    if (o->rows >= mm && o->cols >= mm)
        EACH_VECTOR(channels, read_gradient(m, v, dy + at, mm, mm, lanes, to + at, step));
    else EACH_VECTOR(channels, read_gradient(m, v, dy + at, o->rows, o->cols, lanes, to + at, step));
}

static void transform_gradients(const cn__conv *v, const cn__winograd *t, size_t first, size_t count,
                                const real *dy, size_t channels, real *to)
{
    for (size_t i = 0; i < count; i++, to += CN_PAD(channels)) {
        const tile_outputs o = outputs_of(v, t, first + i);
        WITH_M(t->m, gradient_of_tile(M, v, dy, &o, channels, to, t->b_step));
    }
}

VF void write_kernel(int m, const cn__conv *v, const real *products, size_t cols, real *dk, size_t dk_row)
{
    const size_t row = CN_PAD(cols), step = v->c * row, n = (size_t)m + 2;
    for (size_t i = 0; i < v->c; i++)
        for (size_t c = 0; c < cols; c += CN_LANES) {
            vf p[MOST], g[9];
            UNROLLED for (size_t k = 0; k < n * n; k++) p[k] =
                vf_load_some(products + k * step + i * row + c, cols - c, 0);
            to_kernel_tile(m, p, g);
            UNROLLED for (size_t k = 0; k < 9; k++)
                vf_store_some(dk + (k * v->c + i) * dk_row + c, g[k], cols - c);
        }
}

static void add_group(const cn__conv *v, const cn__winograd *t, size_t count, const real *inputs,
                      const real *gradients, size_t cols, bool accumulate, real *products)
{
    const size_t row = CN_PAD(cols);
    for (size_t k = 0; k < t->products; k++) {
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

void KERNEL(winograd_to_kernel)(const cn__conv *v, size_t m, const real *x, const real *dy, size_t samples,
                                real *dk, size_t dk_row, size_t first, size_t cols, real *scratch)
{
    const cn__winograd t = cn__winograd_of(v, m, CN_WINOGRAD_KERNEL_GROUP);
    const size_t tiles = samples * t.rows * t.cols;
    real *const inputs = scratch, *const gradients = inputs + t.products * t.a_step,
                *const products = gradients + t.products * t.b_step;
    for (size_t done = 0, count; done < tiles; done += count) {
        count = tiles - done < t.group ? tiles - done : t.group;
        transform_inputs(v, &t, x, done, count, inputs);
        transform_gradients(v, &t, done, count, dy + first, cols, gradients);
        add_group(v, &t, count, inputs, gradients, cols, done > 0, products);
    }
    WITH_M(m, write_kernel(M, v, products, cols, dk, dk_row));
}

/* ---- to the input, by tiles that overlap ------------------------------------------------------------ */

/* Row y of a tile, at its first channel of a vector; NULL outside of the image. */
typedef struct tile_rows {
    real *at[WINOGRAD_N];
    bool adds; /* the first two rows are added to what the tiles above left there */
} tile_rows;

/* Column x of the image from the n numbers `step` apart in u. */
VF void put_column(int m, const cn__conv *v, const tile_rows *rows, size_t x, const vf *u, size_t step,
                   size_t lanes)
{
    const size_t n = (size_t)m + 2;
    if (x >= v->w) return; /* also huge, before the image */
    UNROLLED for (size_t y = 0; y < n; y++)
    {
        if (!rows->at[y]) continue;
        real *const to = rows->at[y] + x * v->c;
        const bool adds = y < 2 && rows->adds;
        vf_store_some(to, adds ? vf_add(vf_load_some(to, lanes, 0), u[y * step]) : u[y * step], lanes);
    }
}

/* A row of tiles and a vector of channels: products of the first tile, those of the next one are `next` further. */
VF void add_row_of_tiles(int m, const cn__conv *v, const cn__winograd *t, const real *products, size_t next,
                         const tile_rows *rows, size_t lanes)
{
    const size_t n = (size_t)m + 2, mm = (size_t)m;
    vf left[2 * WINOGRAD_N]; /* the last two columns of the tile before */
    UNROLLED for (size_t k = 0; k < 2 * n; k++) left[k] = vf_zero();
    for (size_t tx = 0; tx < t->cols; tx++, products += next) {
        vf p[MOST], u[MOST];
        UNROLLED for (size_t k = 0; k < n * n; k++) p[k] = vf_load_some(products + k * t->a_step, lanes, 0);
        input_back_tile(m, p, u);
        if (tx > 0)
            UNROLLED for (size_t k = 0; k < 2 * n; k++) u[k / 2 * n + k % 2] =
                vf_add(left[k], u[k / 2 * n + k % 2]);
        UNROLLED for (size_t k = 0; k < 2 * n; k++) left[k] = u[k / 2 * n + mm + k % 2];
        UNROLLED for (size_t x = 0; x < mm; x++)
            put_column(m, v, rows, tx * mm + x - v->left, u + x, n, lanes);
    }
    UNROLLED for (size_t x = 0; x < 2; x++)
        put_column(m, v, rows, t->cols * mm + x - v->left, left + x, 2, lanes);
}

/* Row `row` of the tiles of all samples. */
VF void add_tiles(int m, const cn__conv *v, const cn__winograd *t, size_t row, const real *products,
                  size_t at, size_t lanes, real *dx)
{
    const size_t n = (size_t)m + 2, ty = row % t->rows;
    tile_rows rows = {.adds = ty > 0};
    real *const image = dx + row / t->rows * v->h * v->w * v->c + at;
    for (size_t y = 0; y < n; y++) {
        const size_t of_image = ty * (size_t)m + y - v->top;
        rows.at[y] = of_image < v->h ? image + of_image * v->w * v->c : NULL;
    }
    add_row_of_tiles(m, v, t, products + at, CN_PAD(v->c), &rows, lanes);
}

static void add_row(const cn__conv *v, const cn__winograd *t, size_t row, const real *products, real *dx)
{
    WITH_M(t->m, EACH_VECTOR(v->c, add_tiles(M, v, t, row, products, at, lanes, dx)));
}

void KERNEL(winograd_to_input)(const cn__conv *v, size_t m, const real *dy, const real *packed,
                               const real *bias, const cn__activation *activation, real *dx, size_t samples,
                               real *scratch)
{
    const cn__winograd t = cn__winograd_rows(v, m);
    cn__winograd back = t;
    cn__conv swapped = *v; /* from its outputs' channels to its inputs' */
    back.a_step = t.b_step, back.b_step = t.a_step;
    swapped.c = v->oc, swapped.oc = v->c;
    const size_t rows = samples * t.rows, together = t.group / t.cols, size = v->h * v->w * v->c;
    real *const gradients = scratch, *const products = gradients + t.products * t.b_step;
    for (size_t first = 0, count; first < rows; first += count) {
        const size_t groups = (rows - first + together - 1) / together; /* as equal as can be */
        count = (rows - first + groups - 1) / groups;
        transform_gradients(v, &t, first * t.cols, count * t.cols, dy, v->oc, gradients);
        multiply_group(&swapped, &back, count * t.cols, gradients, packed, products);
        for (size_t row = 0; row < count; row++)
            add_row(v, &t, first + row, products + row * t.cols * CN_PAD(v->c), dx);
    }
    if (bias) KERNEL(add_bias)(dx, v->c, bias, samples * v->h * v->w, v->c);
    if (activation) KERNEL(activate)(activation, dx, dx, samples * size);
}
