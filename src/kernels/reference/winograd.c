/* Winograd's formulas tile by tile, channel by channel, in the order of operations of simd/winograd.c. */
#include "kernels/conv_shape.h"
#include "kernels/reference/reference.h"

#ifdef CN_REAL_DOUBLE
#define FMA fma
#else
#define FMA fmaf
#endif

/* Bᵀ, G, Aᵀ, A and Gᵀ: from n numbers `step` apart to m numbers `step` apart. */
typedef void transform(const real *a, real *out, size_t step);

static void input_transform(const real *a, real *out, size_t s)
{
    out[0] = a[0] - a[2 * s];
    out[s] = a[s] + a[2 * s];
    out[2 * s] = a[2 * s] - a[s];
    out[3 * s] = a[3 * s] - a[s];
}

static void kernel_transform(const real *g, real *out, size_t s)
{
    out[0] = g[0];
    out[s] = ((g[0] + g[2 * s]) + g[s]) * (real)0.5;
    out[2 * s] = ((g[0] + g[2 * s]) - g[s]) * (real)0.5;
    out[3 * s] = g[2 * s];
}

static void output_transform(const real *m, real *out, size_t s)
{
    out[0] = (m[0] + m[s]) + m[2 * s];
    out[s] = (m[s] - m[2 * s]) + m[3 * s];
}

static void gradient_transform(const real *y, real *out, size_t s)
{
    out[0] = y[0];
    out[s] = y[0] + y[s];
    out[2 * s] = y[0] - y[s];
    out[3 * s] = y[s];
}

static void to_kernel_transform(const real *m, real *out, size_t s)
{
    out[0] = FMA((real)0.5, m[s] + m[2 * s], m[0]);
    out[s] = (m[s] - m[2 * s]) * (real)0.5;
    out[2 * s] = FMA((real)0.5, m[s] + m[2 * s], m[3 * s]);
}

/* a[n][n] to out[m][m], over y and then over x; rows of both are 4 numbers apart. */
static void both_ways(transform *f, const real a[16], size_t n, size_t m, real out[16])
{
    real t[16];
    for (size_t x = 0; x < n; x++) f(a + x, t + x, 4);
    for (size_t y = 0; y < m; y++) f(t + 4 * y, out + 4 * y, 1);
}

/* n × n pixels of channel c from (y, x) on, 0 outside. */
static void take(const real *image, size_t h, size_t w, size_t channels, ptrdiff_t y, ptrdiff_t x, size_t c,
                 size_t n, real out[16])
{
    for (ptrdiff_t i = 0; i < (ptrdiff_t)n; i++)
        for (ptrdiff_t j = 0; j < (ptrdiff_t)n; j++) {
            const bool inside = y + i >= 0 && y + i < (ptrdiff_t)h && x + j >= 0 && x + j < (ptrdiff_t)w;
            out[4 * i + j] = inside ? image[((size_t)(y + i) * w + (size_t)(x + j)) * channels + c] : 0;
        }
}

static void transformed_input(const cn__conv *v, const real *x, size_t ty, size_t tx, size_t c, real out[16])
{
    real d[16];
    take(x, v->h, v->w, v->c, (ptrdiff_t)(2 * ty) - (ptrdiff_t)v->top,
         (ptrdiff_t)(2 * tx) - (ptrdiff_t)v->left, c, 4, d);
    both_ways(input_transform, d, 4, 4, out);
}

/* The kernel from channel i to channel o; in a reversed geometry these are an output and an input of the kernel, rotated. */
static void transformed_kernel(const cn__conv *v, const real *kernel, bool reversed, size_t i, size_t o,
                               real out[16])
{
    real g[16];
    for (size_t k = 0; k < 9; k++)
        g[k / 3 * 4 + k % 3] =
            reversed ? kernel[((8 - k) * v->oc + o) * v->c + i] : kernel[(k * v->c + i) * v->oc + o];
    both_ways(kernel_transform, g, 3, 4, out);
}

static void tile(const cn__conv *v, const real *x, const real *kernel, bool reversed, size_t ty, size_t tx,
                 size_t o, real y[16])
{
    real m[16] = {0};
    for (size_t i = 0; i < v->c; i++) {
        real d[16], g[16];
        transformed_input(v, x, ty, tx, i, d);
        transformed_kernel(v, kernel, reversed, i, o, g);
        for (int k = 0; k < 16; k++) m[k] = FMA(d[k], g[k], m[k]);
    }
    both_ways(output_transform, m, 4, 2, y);
}

void cn__ref_winograd(const cn__conv *v, bool reversed, const real *x, const real *kernel, const real *bias,
                      real *y, size_t samples)
{
    for (size_t n = 0; n < samples; n++, x += v->h * v->w * v->c, y += v->oh * v->ow * v->oc)
        for (size_t ty = 0; 2 * ty < v->oh; ty++)
            for (size_t tx = 0; 2 * tx < v->ow; tx++)
                for (size_t o = 0; o < v->oc; o++) {
                    real out[16];
                    tile(v, x, kernel, reversed, ty, tx, o, out);
                    for (size_t i = 2 * ty; i < 2 * ty + 2 && i < v->oh; i++)
                        for (size_t j = 2 * tx; j < 2 * tx + 2 && j < v->ow; j++) {
                            const real sum = out[4 * (i - 2 * ty) + j - 2 * tx];
                            y[(i * v->ow + j) * v->oc + o] = bias ? sum + bias[o] : sum;
                        }
                }
}

void cn__ref_winograd_to_kernel(const cn__conv *v, const real *x, const real *dy, real *dk, size_t samples)
{
    for (size_t i = 0; i < v->c; i++)
        for (size_t o = 0; o < v->oc; o++) {
            real m[16] = {0}, g[16];
            for (size_t n = 0; n < samples; n++)
                for (size_t ty = 0; 2 * ty < v->oh; ty++)
                    for (size_t tx = 0; 2 * tx < v->ow; tx++) {
                        real d[16], y[16], e[16];
                        transformed_input(v, x + n * v->h * v->w * v->c, ty, tx, i, d);
                        take(dy + n * v->oh * v->ow * v->oc, v->oh, v->ow, v->oc, (ptrdiff_t)(2 * ty),
                             (ptrdiff_t)(2 * tx), o, 2, y);
                        both_ways(gradient_transform, y, 2, 4, e);
                        for (int k = 0; k < 16; k++) m[k] = FMA(d[k], e[k], m[k]);
                    }
            both_ways(to_kernel_transform, m, 4, 3, g);
            for (size_t k = 0; k < 9; k++) dk[(k * v->c + i) * v->oc + o] = g[k / 3 * 4 + k % 3];
        }
}
