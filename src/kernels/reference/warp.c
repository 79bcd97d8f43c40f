/* Resampling: one output pixel after the other. */
#include "kernels/reference/reference.h"

static real whole(real a) { return (real)floor((double)a); }

/* A pixel of the image, or the constant outside of it. A point on the last row or column has no neighbour behind it, and asks
 * for none of its value. */
static real pixel(const cn__warp *v, const real *image, real x, real y, size_t c)
{
    if (v->fill == CN_FILL_CONSTANT && (x < 0 || y < 0 || x >= (real)v->w || y >= (real)v->h))
        return v->value;
    if (x > (real)v->w - 1) x = (real)v->w - 1;
    if (y > (real)v->h - 1) y = (real)v->h - 1;
    return image[((size_t)y * v->w + (size_t)x) * v->c + c];
}

static real between(const cn__warp *v, const real *image, real x, real y, size_t c)
{
    const real left = whole(x), top = whole(y), right = x - left, down = y - top;
    const real a = pixel(v, image, left, top, c), b = pixel(v, image, left + 1, top, c);
    const real e = pixel(v, image, left, top + 1, c), f = pixel(v, image, left + 1, top + 1, c);
    const real above = CN_REF_FMA(b - a, right, a), below = CN_REF_FMA(f - e, right, e);
    return CN_REF_FMA(below - above, down, above);
}

void cn__ref_warp(const cn__warp *v, const real m[6], const real *px, const real *py, const real *image,
                  real *out)
{
    for (size_t i = 0; i < v->h * v->w; i++) {
        const real x = cn__warp_fold(v->fill, cn__warp_at(m, px[i], py[i]), (real)v->w);
        const real y = cn__warp_fold(v->fill, cn__warp_at(m + 3, px[i], py[i]), (real)v->h);
        for (size_t c = 0; c < v->c; c++)
            *out++ = v->bilinear ? between(v, image, x, y, c)
                                 : pixel(v, image, cn__warp_nearest(x), cn__warp_nearest(y), c);
    }
}
