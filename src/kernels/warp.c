/* The plain parts of resampling: coordinates one by one, and the pass back. */
#include "kernels/warp.h"

/* Smaller of two, and larger: the second one where the first is NaN, as the kernels have it. */
static real least(real a, real b) { return a < b ? a : b; }
static real most(real a, real b) { return a > b ? a : b; }
static real clamp(real a, real low, real high) { return least(most(a, low), high); }
static real whole(real a) { return (real)floor((double)a); }

static real reflect(real at, real size)
{
    const real period = 2 * size;
    if (at < 0) {
        const real moved = period * whole(-at / period) + at;
        return moved < -size ? moved + period : -moved - 1;
    }
    if (at <= size - 1) return at;
    const real moved = at - period * whole(at / period);
    return moved >= size ? period - moved - 1 : moved;
}

static real wrap(real at, real size)
{
    if (at < 0) return at + size * (whole(-at / (size - 1)) + 1);
    if (at <= size - 1) return at;
    return at - size * whole(at / (size - 1));
}

real cn__warp_fold(cn__warp_fill fill, real at, real size)
{
    switch (fill) {
    case CN_FILL_CONSTANT: return clamp(at, -2, size + 1);
    case CN_FILL_NEAREST: return clamp(at, 0, size - 1);
    case CN_FILL_REFLECT: return clamp(reflect(at, size), 0, size - 1);
    case CN_FILL_WRAP: break;
    }
    return clamp(wrap(at, size), 0, size - 1);
}

real cn__warp_nearest(real at)
{
    const real magnitude = (real)fabs((double)at), below = whole(magnitude);
    return (real)copysign((double)(magnitude - below >= (real)0.5 ? below + 1 : below), (double)at);
}

static void send(const cn__warp *v, real x, real y, real weight, const real *dy, real *dx)
{
    if (weight == 0 || x < 0 || y < 0 || x >= (real)v->w || y >= (real)v->h) return;
    real *to = dx + ((size_t)y * v->w + (size_t)x) * v->c;
    for (size_t c = 0; c < v->c; c++) to[c] += weight * dy[c];
}

void cn__warp_back(const cn__warp *v, const real m[6], const real *px, const real *py, const real *dy,
                   real *dx)
{
    for (size_t i = 0; i < v->h * v->w; i++, dy += v->c) {
        const real x = cn__warp_fold(v->fill, cn__warp_at(m, px[i], py[i]), (real)v->w);
        const real y = cn__warp_fold(v->fill, cn__warp_at(m + 3, px[i], py[i]), (real)v->h);
        if (!v->bilinear) {
            send(v, cn__warp_nearest(x), cn__warp_nearest(y), 1, dy, dx);
            continue;
        }
        const real left = whole(x), top = whole(y), right = x - left, down = y - top;
        send(v, left, top, (1 - right) * (1 - down), dy, dx);
        send(v, left + 1, top, right * (1 - down), dy, dx);
        send(v, left, top + 1, (1 - right) * down, dy, dx);
        send(v, left + 1, top + 1, right * down, dy, dx);
    }
}
