/* Convolution and its two gradients, one output element after the other. */
#include "kernels/conv_shape.h"
#include "kernels/reference/reference.h"

/* Element (y, x, c) of an image (h, w, channels), 0 outside. */
static real pixel(const real *image, size_t h, size_t w, size_t channels, ptrdiff_t y, ptrdiff_t x, size_t c)
{
    if (y < 0 || y >= (ptrdiff_t)h || x < 0 || x >= (ptrdiff_t)w) return 0;
    return image[((size_t)y * w + (size_t)x) * channels + c];
}

/* The input pixel under tap (ky, kx) of output (oy, ox). */
static real input(const cn__conv *v, const real *x, size_t oy, size_t ox, size_t ky, size_t kx, size_t c)
{
    return pixel(x, v->h, v->w, v->c, (ptrdiff_t)(oy * v->sy + ky * v->dy) - (ptrdiff_t)v->top,
                 (ptrdiff_t)(ox * v->sx + kx * v->dx) - (ptrdiff_t)v->left, c);
}

static real forward(const cn__conv *v, const real *x, const real *kernel, size_t oy, size_t ox, size_t o)
{
    const size_t ic = v->c / v->groups, group = o / (v->oc / v->groups);
    real sum = 0;
    for (size_t ky = 0; ky < v->kh; ky++)
        for (size_t kx = 0; kx < v->kw; kx++)
            for (size_t i = 0; i < ic; i++)
                sum = CN_REF_FMA(input(v, x, oy, ox, ky, kx, group * ic + i),
                                 kernel[((ky * v->kw + kx) * ic + i) * v->oc + o], sum);
    return sum;
}

void cn__ref_conv_forward(const cn__conv *v, const real *x, const real *kernel, const real *bias, real *y,
                          size_t samples)
{
    const size_t tile = cn__conv_winograd(v, CN_CONV_FORWARD);
    if (tile) {
        cn__ref_winograd(v, tile, false, x, kernel, bias, y, samples);
        return;
    }
    for (size_t n = 0; n < samples; n++, x += v->h * v->w * v->c)
        for (size_t oy = 0; oy < v->oh; oy++)
            for (size_t ox = 0; ox < v->ow; ox++)
                for (size_t o = 0; o < v->oc; o++) {
                    const real sum = forward(v, x, kernel, oy, ox, o);
                    *y++ = bias ? sum + bias[o] : sum;
                }
}

/* Taps descend, so that outputs ascend. */
static real to_input(const cn__conv *v, const real *dy, const real *kernel, size_t iy, size_t ix, size_t c)
{
    const size_t ic = v->c / v->groups, oc = v->oc / v->groups, group = c / ic;
    const ptrdiff_t sy = (ptrdiff_t)v->sy, sx = (ptrdiff_t)v->sx;
    real sum = 0;
    for (size_t ky = v->kh; ky-- > 0;)
        for (size_t kx = v->kw; kx-- > 0;) {
            const ptrdiff_t y = (ptrdiff_t)(iy + v->top) - (ptrdiff_t)(ky * v->dy);
            const ptrdiff_t x = (ptrdiff_t)(ix + v->left) - (ptrdiff_t)(kx * v->dx);
            if (y % sy != 0 || x % sx != 0) continue;
            for (size_t o = group * oc; o < (group + 1) * oc; o++)
                sum = CN_REF_FMA(pixel(dy, v->oh, v->ow, v->oc, y / sy, x / sx, o),
                                 kernel[((ky * v->kw + kx) * ic + c % ic) * v->oc + o], sum);
        }
    return sum;
}

void cn__ref_conv_to_input(const cn__conv *v, const real *dy, const real *kernel, const real *bias, real *dx,
                           size_t samples)
{
    const size_t tile = cn__conv_winograd(v, CN_CONV_TO_INPUT);
    if (cn__conv_adds_tiles(v)) {
        cn__ref_winograd_to_input(v, tile, dy, kernel, bias, dx, samples);
        return;
    }
    if (tile) {
        const cn__conv reversed = cn__conv_reversed(v);
        cn__ref_winograd(&reversed, tile, true, dy, kernel, bias, dx, samples);
        return;
    }
    for (size_t n = 0; n < samples; n++, dy += v->oh * v->ow * v->oc)
        for (size_t iy = 0; iy < v->h; iy++)
            for (size_t ix = 0; ix < v->w; ix++)
                for (size_t c = 0; c < v->c; c++) {
                    const real sum = to_input(v, dy, kernel, iy, ix, c);
                    *dx++ = bias ? sum + bias[c] : sum;
                }
}

static real to_kernel(const cn__conv *v, const real *x, const real *dy, size_t samples, size_t ky, size_t kx,
                      size_t i, size_t o)
{
    const size_t c = o / (v->oc / v->groups) * (v->c / v->groups) + i;
    real sum = 0;
    for (size_t n = 0; n < samples; n++)
        for (size_t oy = 0; oy < v->oh; oy++)
            for (size_t ox = 0; ox < v->ow; ox++)
                sum = CN_REF_FMA(input(v, x + n * v->h * v->w * v->c, oy, ox, ky, kx, c),
                                 dy[((n * v->oh + oy) * v->ow + ox) * v->oc + o], sum);
    return sum;
}

void cn__ref_conv_to_kernel(const cn__conv *v, const real *x, const real *dy, real *dk, size_t samples)
{
    const size_t tile = cn__conv_winograd(v, CN_CONV_TO_KERNEL);
    if (tile) {
        cn__ref_winograd_to_kernel(v, tile, x, dy, dk, samples);
        return;
    }
    for (size_t ky = 0; ky < v->kh; ky++)
        for (size_t kx = 0; kx < v->kw; kx++)
            for (size_t i = 0; i < v->c / v->groups; i++)
                for (size_t o = 0; o < v->oc; o++) *dk++ = to_kernel(v, x, dy, samples, ky, kx, i, o);
}
