/* Resampling (kernels/warp.h), sixteen output pixels at a time: grey images by gathers, images of more channels pixel by pixel with
 * the channels in a vector. */
#include "kernels/warp.h"

#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/vf.h"

VF vf floor_of(vf a)
{
    const vf near = vf_round(a);
    return vf_sub(near, vf_mask(vf_gt(near, a), vf_set1(1)));
}

VF vf clamp(vf a, real low, real high) { return vf_min(vf_max(a, vf_set1(low)), vf_set1(high)); }

/* To the nearest whole number, halves away from zero. */
VF vf nearest(vf a)
{
    const vf magnitude = vf_abs(a), below = floor_of(magnitude), half = vf_set1((real)0.5);
    const vf up = vf_mask(vf_ge(vf_sub(magnitude, below), half), vf_set1(1));
    return vf_copysign(vf_add(below, up), a);
}

VF vf reflect(vf at, real size)
{
    const vf period = vf_set1(2 * size), one = vf_set1(1), zero = vf_zero();
    const vf low = vf_add(vf_mul(period, floor_of(vf_div(vf_neg(at), period))), at);
    const vf before =
        vf_select(vf_lt(low, vf_set1(-size)), vf_add(low, period), vf_sub(vf_sub(zero, low), one));
    const vf high = vf_sub(at, vf_mul(period, floor_of(vf_div(at, period))));
    const vf behind = vf_select(vf_ge(high, vf_set1(size)), vf_sub(vf_sub(period, high), one), high);
    const vf inside = vf_select(vf_le(at, vf_set1(size - 1)), at, behind);
    return vf_select(vf_lt(at, zero), before, inside);
}

VF vf wrap(vf at, real size)
{
    const vf n = vf_set1(size), last = vf_set1(size - 1);
    const vf before = vf_add(at, vf_mul(n, vf_add(floor_of(vf_div(vf_neg(at), last)), vf_set1(1))));
    const vf behind = vf_sub(at, vf_mul(n, floor_of(vf_div(at, last))));
    return vf_select(vf_lt(at, vf_zero()), before, vf_select(vf_le(at, last), at, behind));
}

VF vf fold(cn__warp_fill fill, vf at, real size)
{
    switch (fill) {
    case CN_FILL_CONSTANT: return clamp(at, -2, size + 1);
    case CN_FILL_NEAREST: return clamp(at, 0, size - 1);
    case CN_FILL_REFLECT: return clamp(reflect(at, size), 0, size - 1);
    case CN_FILL_WRAP: break;
    }
    return clamp(wrap(at, size), 0, size - 1);
}

/* The points of sixteen pixels, of which `count` are there. */
typedef struct points {
    vf x, y;
} points;

VF points place(const cn__warp *v, const real m[6], const real *px, const real *py, size_t count)
{
    const vf x = vf_load_some(px, count, 0), y = vf_load_some(py, count, 0);
    points p;
    p.x = vf_fma(vf_set1(m[0]), x, vf_fma(vf_set1(m[1]), y, vf_set1(m[2])));
    p.y = vf_fma(vf_set1(m[3]), x, vf_fma(vf_set1(m[4]), y, vf_set1(m[5])));
    p.x = fold(v->fill, p.x, (real)v->w);
    p.y = fold(v->fill, p.y, (real)v->h);
    return p;
}

/* Pixels (x, y), whole numbers; outside of the image the constant where `constant`, else the last pixel. */
VF vf pixels(const cn__warp *v, bool constant, const real *image, vf x, vf y)
{
    const vf w = vf_set1((real)v->w), h = vf_set1((real)v->h), zero = vf_zero();
    const vf inside_x = clamp(x, 0, (real)v->w - 1), inside_y = clamp(y, 0, (real)v->h - 1);
    const vf read = vf_gather(image, vf_fma(inside_y, w, inside_x));
    if (!constant) return read;
    const vm inside = vm_and(vm_and(vf_ge(x, zero), vf_lt(x, w)), vm_and(vf_ge(y, zero), vf_lt(y, h)));
    return vf_select(inside, read, vf_set1(v->value));
}

VF vf between(const cn__warp *v, bool constant, const real *image, points p)
{
    const vf left = floor_of(p.x), top = floor_of(p.y), one = vf_set1(1);
    const vf right = vf_add(left, one), bottom = vf_add(top, one), across = vf_sub(p.x, left);
    const vf a = pixels(v, constant, image, left, top), b = pixels(v, constant, image, right, top);
    const vf e = pixels(v, constant, image, left, bottom), f = pixels(v, constant, image, right, bottom);
    const vf above = vf_fma(vf_sub(b, a), across, a), below = vf_fma(vf_sub(f, e), across, e);
    return vf_fma(vf_sub(below, above), vf_sub(p.y, top), above);
}

VF void grey(const cn__warp *v, bool constant, bool bilinear, const real m[6], const real *px, const real *py,
             const real *image, real *out)
{
    const size_t n = v->h * v->w;
    for (size_t i = 0; i < n; i += CN_LANES) {
        const points p = place(v, m, px + i, py + i, n - i);
        const vf y = bilinear ? between(v, constant, image, p)
                              : pixels(v, constant, image, nearest(p.x), nearest(p.y));
        vf_store_some(out + i, y, n - i);
    }
}

/* Channels c … c + 15 of a pixel. */
VF vf channels(const cn__warp *v, const real *image, real x, real y, size_t c)
{
    const real last_x = (real)v->w - 1, last_y = (real)v->h - 1;
    if (v->fill == CN_FILL_CONSTANT && (x < 0 || y < 0 || x > last_x || y > last_y)) return vf_set1(v->value);
    const size_t column = (size_t)(x < last_x ? x : last_x), row = (size_t)(y < last_y ? y : last_y);
    return vf_load_some(image + (row * v->w + column) * v->c + c, v->c - c, 0);
}

VF void color_between(const cn__warp *v, const real *image, real left, real top, real across, real down,
                      real *out)
{
    const vf right_of = vf_set1(across), under = vf_set1(down);
    for (size_t c = 0; c < v->c; c += CN_LANES) {
        const vf a = channels(v, image, left, top, c), b = channels(v, image, left + 1, top, c);
        const vf e = channels(v, image, left, top + 1, c), f = channels(v, image, left + 1, top + 1, c);
        const vf above = vf_fma(vf_sub(b, a), right_of, a), below = vf_fma(vf_sub(f, e), right_of, e);
        vf_store_some(out + c, vf_fma(vf_sub(below, above), under, above), v->c - c);
    }
}

VF void colors(const cn__warp *v, const real m[6], const real *px, const real *py, const real *image,
               real *out)
{
    const size_t n = v->h * v->w;
    real x[CN_LANES], y[CN_LANES], across[CN_LANES] = {0}, down[CN_LANES] = {0};
    for (size_t i = 0; i < n; i += CN_LANES) {
        const points p = place(v, m, px + i, py + i, n - i);
        const vf at_x = v->bilinear ? floor_of(p.x) : nearest(p.x),
                 at_y = v->bilinear ? floor_of(p.y) : nearest(p.y);
        vf_store(x, at_x);
        vf_store(y, at_y);
        vf_store(across, vf_sub(p.x, at_x));
        vf_store(down, vf_sub(p.y, at_y));
        for (size_t j = 0; j < CN_LANES && i + j < n; j++, out += v->c) {
            if (v->bilinear) color_between(v, image, x[j], y[j], across[j], down[j], out);
            else
                for (size_t c = 0; c < v->c; c += CN_LANES)
                    vf_store_some(out + c, channels(v, image, x[j], y[j], c), v->c - c);
        }
    }
}

void KERNEL(warp)(const cn__warp *v, const real m[6], const real *px, const real *py, const real *image,
                  real *out)
{
    const bool constant = v->fill == CN_FILL_CONSTANT;
    if (v->c > 1) colors(v, m, px, py, image, out);
    else if (constant && v->bilinear) grey(v, true, true, m, px, py, image, out);
    else if (constant) grey(v, true, false, m, px, py, image, out);
    else if (v->bilinear) grey(v, false, true, m, px, py, image, out);
    else grey(v, false, false, m, px, py, image, out);
}
