/* Winograd's formulas tile by tile, channel by channel, in the order of operations of simd/winograd_tiles.h. */
#include "kernels/conv_shape.h"
#include "kernels/reference/reference.h"

enum { ROW = 6, MOST = ROW * ROW }; /* rows of all tiles here are ROW apart */

/* A transform of one dimension: from numbers `s` apart to numbers `s` apart. */
typedef void transform(const real *a, real *out, size_t s);

static void input2(const real *d, real *out, size_t s)
{
    out[0] = d[0] - d[2 * s];
    out[s] = d[s] + d[2 * s];
    out[2 * s] = d[2 * s] - d[s];
    out[3 * s] = d[3 * s] - d[s];
}

static void input4(const real *d, real *out, size_t s)
{
    const real even1 = CN_REF_FMA(-4, d[2 * s], d[4 * s]), odd1 = CN_REF_FMA(-4, d[s], d[3 * s]);
    const real even2 = d[4 * s] - d[2 * s], odd2 = 2 * (d[3 * s] - d[s]);
    out[0] = CN_REF_FMA(4, d[0], CN_REF_FMA(-5, d[2 * s], d[4 * s]));
    out[s] = even1 + odd1;
    out[2 * s] = even1 - odd1;
    out[3 * s] = even2 + odd2;
    out[4 * s] = even2 - odd2;
    out[5 * s] = CN_REF_FMA(4, d[s], CN_REF_FMA(-5, d[3 * s], d[5 * s]));
}

static void input_back2(const real *t, real *out, size_t s)
{
    out[0] = t[0];
    out[s] = (t[s] - t[2 * s]) - t[3 * s];
    out[2 * s] = (t[s] + t[2 * s]) - t[0];
    out[3 * s] = t[3 * s];
}

static void input_back4(const real *t, real *out, size_t s)
{
    const real sum1 = t[s] + t[2 * s], difference1 = t[s] - t[2 * s];
    const real sum2 = t[3 * s] + t[4 * s], difference2 = t[3 * s] - t[4 * s];
    out[0] = 4 * t[0];
    out[s] = CN_REF_FMA(-4, difference1, CN_REF_FMA(-2, difference2, 4 * t[5 * s]));
    out[2 * s] = CN_REF_FMA(-4, sum1, CN_REF_FMA(-5, t[0], -sum2));
    out[3 * s] = CN_REF_FMA(-5, t[5 * s], CN_REF_FMA(2, difference2, difference1));
    out[4 * s] = (t[0] + sum1) + sum2;
    out[5 * s] = t[5 * s];
}

static void kernel2(const real *g, real *out, size_t s)
{
    out[0] = g[0];
    out[s] = ((g[0] + g[2 * s]) + g[s]) * (real)0.5;
    out[2 * s] = ((g[0] + g[2 * s]) - g[s]) * (real)0.5;
    out[3 * s] = g[2 * s];
}

static void kernel4(const real *g, real *out, size_t s)
{
    const real sixth = -1 / (real)6, part = 1 / (real)24, far = CN_REF_FMA(4, g[2 * s], g[0]);
    out[0] = g[0] * (real)0.25;
    out[s] = ((g[0] + g[2 * s]) + g[s]) * sixth;
    out[2 * s] = ((g[0] + g[2 * s]) - g[s]) * sixth;
    out[3 * s] = CN_REF_FMA(2, g[s], far) * part;
    out[4 * s] = CN_REF_FMA(-2, g[s], far) * part;
    out[5 * s] = g[2 * s];
}

static void output2(const real *p, real *out, size_t s)
{
    out[0] = p[0] + (p[s] + p[2 * s]);
    out[s] = (p[s] - p[2 * s]) + p[3 * s];
}

static void output4(const real *p, real *out, size_t s)
{
    const real sum1 = p[s] + p[2 * s], difference1 = p[s] - p[2 * s];
    const real sum2 = p[3 * s] + p[4 * s], difference2 = p[3 * s] - p[4 * s];
    out[0] = (p[0] + sum1) + sum2;
    out[s] = CN_REF_FMA(2, difference2, difference1);
    out[2 * s] = CN_REF_FMA(4, sum2, sum1);
    out[3 * s] = CN_REF_FMA(8, difference2, difference1) + p[5 * s];
}

static void gradient2(const real *y, real *out, size_t s)
{
    const real y0 = y[0], y1 = y[s];
    out[0] = y0;
    out[s] = y0 + y1;
    out[2 * s] = y0 - y1;
    out[3 * s] = y1;
}

static void gradient4(const real *y, real *out, size_t s)
{
    const real even1 = y[0] + y[2 * s], odd1 = y[s] + y[3 * s];
    const real even2 = CN_REF_FMA(4, y[2 * s], y[0]), odd2 = CN_REF_FMA(4, y[3 * s], y[s]);
    out[0] = y[0];
    out[s] = even1 + odd1;
    out[2 * s] = even1 - odd1;
    out[3 * s] = CN_REF_FMA(2, odd2, even2);
    out[4 * s] = CN_REF_FMA(-2, odd2, even2);
    out[5 * s] = y[3 * s];
}

static void to_kernel2(const real *p, real *out, size_t s)
{
    out[0] = CN_REF_FMA((real)0.5, p[s] + p[2 * s], p[0]);
    out[s] = (p[s] - p[2 * s]) * (real)0.5;
    out[2 * s] = CN_REF_FMA((real)0.5, p[s] + p[2 * s], p[3 * s]);
}

static void to_kernel4(const real *p, real *out, size_t s)
{
    const real sum1 = p[s] + p[2 * s], difference1 = p[s] - p[2 * s], sixth = 1 / (real)6;
    const real sum2 = p[3 * s] + p[4 * s], difference2 = p[3 * s] - p[4 * s];
    out[0] = CN_REF_FMA(1 / (real)24, sum2, CN_REF_FMA(-sixth, sum1, p[0] * (real)0.25));
    out[s] = CN_REF_FMA(1 / (real)12, difference2, -sixth * difference1);
    out[2 * s] = CN_REF_FMA(sixth, sum2 - sum1, p[5 * s]);
}

/* a (n, n) to out (to, to), over y and then over x. */
static void both_ways(transform *f, const real a[MOST], size_t n, size_t to, real out[MOST])
{
    real half[MOST];
    for (size_t x = 0; x < n; x++) f(a + x, half + x, ROW);
    for (size_t y = 0; y < to; y++) f(half + ROW * y, out + ROW * y, 1);
}

/* n × n pixels of channel c from (y, x) on, 0 outside. */
static void copy_tile(const real *image, size_t h, size_t w, size_t channels, ptrdiff_t y, ptrdiff_t x,
                      size_t c, size_t n, real out[MOST])
{
    for (ptrdiff_t i = 0; i < (ptrdiff_t)n; i++)
        for (ptrdiff_t j = 0; j < (ptrdiff_t)n; j++) {
            const bool inside = y + i >= 0 && y + i < (ptrdiff_t)h && x + j >= 0 && x + j < (ptrdiff_t)w;
            out[ROW * i + j] = inside ? image[((size_t)(y + i) * w + (size_t)(x + j)) * channels + c] : 0;
        }
}

static void transformed_input(const cn__conv *v, size_t m, const real *x, size_t ty, size_t tx, size_t c,
                              real out[MOST])
{
    real d[MOST];
    copy_tile(x, v->h, v->w, v->c, (ptrdiff_t)(m * ty) - (ptrdiff_t)v->top,
              (ptrdiff_t)(m * tx) - (ptrdiff_t)v->left, c, m + 2, d);
    both_ways(m == 2 ? input2 : input4, d, m + 2, m + 2, out);
}

/* The kernel from channel i to channel o; in a reversed geometry these are an output and an input of the kernel, rotated. */
static void transformed_kernel(const cn__conv *v, size_t m, const real *kernel, bool reversed, size_t i,
                               size_t o, real out[MOST])
{
    real g[MOST];
    for (size_t k = 0; k < 9; k++)
        g[k / 3 * ROW + k % 3] =
            reversed ? kernel[((8 - k) * v->oc + o) * v->c + i] : kernel[(k * v->c + i) * v->oc + o];
    both_ways(m == 2 ? kernel2 : kernel4, g, 3, m + 2, out);
}

/* p += a ⊙ b */
static void add_products(const real a[MOST], const real b[MOST], size_t n, real p[MOST])
{
    for (size_t k = 0; k < n * n; k++) {
        const size_t at = k / n * ROW + k % n;
        p[at] = CN_REF_FMA(a[at], b[at], p[at]);
    }
}

static void output_tile(const cn__conv *v, size_t m, const real *x, const real *kernel, bool reversed,
                        size_t ty, size_t tx, size_t o, real y[MOST])
{
    real p[MOST] = {0};
    for (size_t i = 0; i < v->c; i++) {
        real d[MOST], g[MOST];
        transformed_input(v, m, x, ty, tx, i, d);
        transformed_kernel(v, m, kernel, reversed, i, o, g);
        add_products(d, g, m + 2, p);
    }
    both_ways(m == 2 ? output2 : output4, p, m + 2, m, y);
}

/* Writes what of channel o of a tile lies in the image. */
static void write_tile(const cn__conv *v, size_t m, const real tile[MOST], size_t ty, size_t tx, size_t o,
                       const real *bias, real *y)
{
    for (size_t i = 0; i < m && m * ty + i < v->oh; i++)
        for (size_t j = 0; j < m && m * tx + j < v->ow; j++) {
            const real sum = tile[ROW * i + j];
            y[((m * ty + i) * v->ow + m * tx + j) * v->oc + o] = bias ? sum + bias[o] : sum;
        }
}

void cn__ref_winograd(const cn__conv *v, size_t m, bool reversed, const real *x, const real *kernel,
                      const real *bias, real *y, size_t samples)
{
    for (size_t n = 0; n < samples; n++, x += v->h * v->w * v->c, y += v->oh * v->ow * v->oc)
        for (size_t ty = 0; m * ty < v->oh; ty++)
            for (size_t tx = 0; m * tx < v->ow; tx++)
                for (size_t o = 0; o < v->oc; o++) {
                    real tile[MOST];
                    output_tile(v, m, x, kernel, reversed, ty, tx, o, tile);
                    write_tile(v, m, tile, ty, tx, o, bias, y);
                }
}

static void transformed_gradient(const cn__conv *v, size_t m, const real *dy, size_t ty, size_t tx, size_t o,
                                 real out[MOST])
{
    real y[MOST];
    copy_tile(dy, v->oh, v->ow, v->oc, (ptrdiff_t)(m * ty), (ptrdiff_t)(m * tx), o, m, y);
    both_ways(m == 2 ? gradient2 : gradient4, y, m, m + 2, out);
}

/* Channel c of the tile of inputs that belongs to a tile of outputs. */
static void input_tile(const cn__conv *v, size_t m, const real *dy, const real *kernel, size_t ty, size_t tx,
                       size_t c, real out[MOST])
{
    real p[MOST] = {0};
    for (size_t o = 0; o < v->oc; o++) {
        real e[MOST], g[MOST];
        transformed_gradient(v, m, dy, ty, tx, o, e);
        transformed_kernel(v, m, kernel, false, c, o, g);
        add_products(e, g, m + 2, p);
    }
    both_ways(m == 2 ? input_back2 : input_back4, p, m + 2, m + 2, out);
}

/* Adds column j of a tile, at x, to what the tiles above left in its first two rows. */
static void put_column(const cn__conv *v, size_t m, const real tile[MOST], size_t j, size_t ty, size_t x,
                       size_t c, real *dx)
{
    for (size_t i = 0; i < m + 2; i++) {
        const size_t y = m * ty + i - v->top;
        if (y >= v->h || x >= v->w) continue;
        real *to = &dx[(y * v->w + x) * v->c + c];
        *to = i < 2 && ty > 0 ? *to + tile[ROW * i + j] : tile[ROW * i + j];
    }
}

static void put_row_of_tiles(const cn__conv *v, size_t m, const real *dy, const real *kernel, size_t ty,
                             size_t c, real *dx)
{
    real tile[MOST], left[MOST];
    size_t tx = 0;
    for (; m * tx < v->ow; tx++) {
        input_tile(v, m, dy, kernel, ty, tx, c, tile);
        for (size_t i = 0; i < m + 2 && tx > 0; i++)
            for (size_t j = 0; j < 2; j++) tile[ROW * i + j] = left[ROW * i + m + j] + tile[ROW * i + j];
        for (size_t j = 0; j < m; j++) put_column(v, m, tile, j, ty, m * tx + j - v->left, c, dx);
        for (size_t i = 0; i < MOST; i++) left[i] = tile[i];
    }
    for (size_t j = 0; j < 2; j++) put_column(v, m, left, m + j, ty, m * tx + j - v->left, c, dx);
}

void cn__ref_winograd_to_input(const cn__conv *v, size_t m, const real *dy, const real *kernel,
                               const real *bias, real *dx, size_t samples)
{
    for (size_t n = 0; n < samples; n++, dy += v->oh * v->ow * v->oc, dx += v->h * v->w * v->c)
        for (size_t c = 0; c < v->c; c++) {
            for (size_t ty = 0; m * ty < v->oh; ty++) put_row_of_tiles(v, m, dy, kernel, ty, c, dx);
            for (size_t i = 0; bias && i < v->h * v->w; i++) dx[i * v->c + c] += bias[c];
        }
}

/* Adds the products of a sample's tiles. */
static void add_sample(const cn__conv *v, size_t m, const real *x, const real *dy, size_t i, size_t o,
                       real p[MOST])
{
    for (size_t ty = 0; m * ty < v->oh; ty++)
        for (size_t tx = 0; m * tx < v->ow; tx++) {
            real d[MOST], e[MOST];
            transformed_input(v, m, x, ty, tx, i, d);
            transformed_gradient(v, m, dy, ty, tx, o, e);
            add_products(d, e, m + 2, p);
        }
}

void cn__ref_winograd_to_kernel(const cn__conv *v, size_t m, const real *x, const real *dy, real *dk,
                                size_t samples)
{
    for (size_t i = 0; i < v->c; i++)
        for (size_t o = 0; o < v->oc; o++) {
            real p[MOST] = {0}, g[MOST];
            for (size_t n = 0; n < samples; n++)
                add_sample(v, m, x + n * v->h * v->w * v->c, dy + n * v->oh * v->ow * v->oc, i, o, p);
            both_ways(m == 2 ? to_kernel2 : to_kernel4, p, m + 2, 3, g);
            for (size_t k = 0; k < 9; k++) dk[(k * v->c + i) * v->oc + o] = g[k / 3 * ROW + k % 3];
        }
}
