/* Pooling over windows of an image, channels last; a vector holds channels. Geometry is a cn__conv whose padding takes no part. Of
 * equal maxima the first of the window, row by row, is the maximum. */
#include "kernels/conv.h"
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/vf.h"

/* What of a window lies inside the image: rows y … y + h - 1 of it, columns x … x + w - 1. */
typedef struct window {
    size_t y, x, h, w;
} window;

static size_t clip(size_t at, size_t k, size_t before, size_t n, size_t *first)
{
    *first = at > before ? at - before : 0;
    const size_t end = at + k > before ? at + k - before : 0;
    return (end < n ? end : n) - *first;
}

static window window_at(const cn__conv *v, size_t oy, size_t ox)
{
    window w;
    w.h = clip(oy * v->sy, v->kh, v->top, v->h, &w.y);
    w.w = clip(ox * v->sx, v->kw, v->left, v->w, &w.x);
    return w;
}

/* The windows of all outputs in turn, and where their first pixels lie. */
#define EACH_WINDOW                                                                                          \
    for (size_t n = 0; n < samples; n++)                                                                     \
        for (size_t oy = 0; oy < v->oh; oy++)                                                                \
            for (size_t ox = 0; ox < v->ow; ox++)
#define FIRST_PIXEL(w) (((n * v->h + (w).y) * v->w + (w).x) * v->c)
#define OUTPUT (((n * v->oh + oy) * v->ow + ox) * v->c)

void KERNEL(max_pool)(const cn__conv *v, const real *x, real *y, size_t samples)
{
    const size_t row = v->w * v->c;
    EACH_WINDOW
    {
        const window w = window_at(v, oy, ox);
        const real *from = x + FIRST_PIXEL(w);
        real *to = y + OUTPUT;
        for (size_t c = 0; c < v->c; c += CN_LANES) {
            vf most = vf_load_some(from + c, v->c - c, 0);
            for (size_t ky = 0; ky < w.h; ky++)
                for (size_t kx = 0; kx < w.w; kx++)
                    most = vf_max(vf_load_some(from + ky * row + kx * v->c + c, v->c - c, 0), most);
            vf_store_some(to + c, most, v->c - c);
        }
    }
}

/* The window's maximum, counted in the window. */
VF vf first_maximum(const real *from, window w, size_t row, size_t pixel, size_t lanes)
{
    vf most = vf_load_some(from, lanes, 0), at = vf_zero();
    real k = 0;
    for (size_t ky = 0; ky < w.h; ky++)
        for (size_t kx = 0; kx < w.w; kx++, k++) {
            const vf x = vf_load_some(from + ky * row + kx * pixel, lanes, 0);
            const vm more = vf_gt(x, most);
            most = vf_select(more, x, most);
            at = vf_select(more, vf_set1(k), at);
        }
    return at;
}

void KERNEL(max_pool_back)(const cn__conv *v, const real *x, const real *dy, real *dx, size_t samples)
{
    const size_t row = v->w * v->c;
    memset(dx, 0, samples * v->h * row * sizeof(real));
    EACH_WINDOW
    {
        const window w = window_at(v, oy, ox);
        const real *from = x + FIRST_PIXEL(w), *grad = dy + OUTPUT;
        real *to = dx + FIRST_PIXEL(w);
        for (size_t c = 0; c < v->c; c += CN_LANES) {
            const size_t lanes = v->c - c;
            const vf at = first_maximum(from + c, w, row, v->c, lanes), d = vf_load_some(grad + c, lanes, 0);
            real k = 0;
            for (size_t ky = 0; ky < w.h; ky++)
                for (size_t kx = 0; kx < w.w; kx++, k++) {
                    real *p = to + ky * row + kx * v->c + c;
                    const vf sum = vf_add(vf_load_some(p, lanes, 0), vf_mask(vf_eq(at, vf_set1(k)), d));
                    vf_store_some(p, sum, lanes);
                }
        }
    }
}

void KERNEL(average_pool)(const cn__conv *v, const real *x, real *y, size_t samples)
{
    const size_t row = v->w * v->c;
    EACH_WINDOW
    {
        const window w = window_at(v, oy, ox);
        const vf count = vf_set1((real)(w.h * w.w));
        const real *from = x + FIRST_PIXEL(w);
        real *to = y + OUTPUT;
        for (size_t c = 0; c < v->c; c += CN_LANES) {
            vf sum = vf_zero();
            for (size_t ky = 0; ky < w.h; ky++)
                for (size_t kx = 0; kx < w.w; kx++)
                    sum = vf_add(sum, vf_load_some(from + ky * row + kx * v->c + c, v->c - c, 0));
            vf_store_some(to + c, vf_div(sum, count), v->c - c);
        }
    }
}

void KERNEL(average_pool_back)(const cn__conv *v, const real *dy, real *dx, size_t samples)
{
    const size_t row = v->w * v->c;
    memset(dx, 0, samples * v->h * row * sizeof(real));
    EACH_WINDOW
    {
        const window w = window_at(v, oy, ox);
        const vf count = vf_set1((real)(w.h * w.w));
        const real *grad = dy + OUTPUT;
        real *to = dx + FIRST_PIXEL(w);
        for (size_t c = 0; c < v->c; c += CN_LANES) {
            const vf d = vf_div(vf_load_some(grad + c, v->c - c, 0), count);
            for (size_t ky = 0; ky < w.h; ky++)
                for (size_t kx = 0; kx < w.w; kx++) {
                    real *p = to + ky * row + kx * v->c + c;
                    vf_store_some(p, vf_add(vf_load_some(p, v->c - c, 0), d), v->c - c);
                }
        }
    }
}
