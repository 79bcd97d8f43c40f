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

/* The pixels of a window: `h` rows `row` apart, `w` columns `c` apart, of c channels each. */
typedef struct pixels {
    size_t h, w, row, c;
} pixels;

/* The windows of all outputs in turn, and where their first pixels lie. */
#define EACH_WINDOW                                                                                          \
    for (size_t n = 0; n < samples; n++)                                                                     \
        for (size_t oy = 0; oy < v->oh; oy++)                                                                \
            for (size_t ox = 0; ox < v->ow; ox++)
#define FIRST_PIXEL(w) (((n * v->h + (w).y) * v->w + (w).x) * v->c)
#define OUTPUT (((n * v->oh + oy) * v->ow + ox) * v->c)
#define EACH_PIXEL                                                                                           \
    for (size_t ky = 0; ky < p.h; ky++)                                                                      \
        for (size_t kx = 0; kx < p.w; kx++)
#define AT(first) ((first) + ky * p.row + kx * p.c + c)

/* Calls a function that is inlined, with the usual window as a constant. */
#define WITH_WINDOW(function, ...)                                                                           \
    do {                                                                                                     \
        const window w = window_at(v, oy, ox);                                                               \
        const pixels p = {w.h, w.w, v->w * v->c, v->c}, two_by_two = {2, 2, v->w * v->c, v->c};              \
        if (w.h == 2 && w.w == 2) function(two_by_two, __VA_ARGS__);                                         \
        else function(p, __VA_ARGS__);                                                                       \
    } while (0)

VF void largest(pixels p, const real *from, real *to)
{
    for (size_t c = 0; c < p.c; c += CN_LANES) {
        vf most = vf_load_some(from + c, p.c - c, 0);
        EACH_PIXEL most = vf_max(vf_load_some(AT(from), p.c - c, 0), most);
        vf_store_some(to + c, most, p.c - c);
    }
}

void KERNEL(max_pool)(const cn__conv *v, const real *x, real *y, size_t samples)
{
    EACH_WINDOW WITH_WINDOW(largest, x + FIRST_PIXEL(w), y + OUTPUT);
}

/* Windows that do not overlap write each of their pixels once; others add to what is there. */
static bool disjoint(const cn__conv *v) { return v->sy >= v->kh && v->sx >= v->kw; }

static void begin_gradient(const cn__conv *v, real *dx, size_t samples)
{
    const bool covered =
        v->sy == v->kh && v->sx == v->kw && v->oh * v->sy >= v->top + v->h && v->ow * v->sx >= v->left + v->w;
    if (!covered) memset(dx, 0, samples * v->h * v->w * v->c * sizeof(real));
}

VF void add_to(real *p, vf d, size_t lanes, bool first)
{
    vf_store_some(p, vf_add(first ? vf_zero() : vf_load_some(p, lanes, 0), d), lanes);
}

VF void largest_back(pixels p, const real *from, const real *grad, real *to, bool first)
{
    for (size_t c = 0; c < p.c; c += CN_LANES) {
        const size_t lanes = p.c - c;
        const vf d = vf_load_some(grad + c, lanes, 0);
        vf most = vf_load_some(from + c, lanes, 0), at = vf_zero();
        real k = 0;
        EACH_PIXEL
        {
            const vf x = vf_load_some(AT(from), lanes, 0);
            const vm more = vf_gt(x, most);
            most = vf_select(more, x, most);
            at = vf_select(more, vf_set1(k), at);
            k++;
        }
        k = 0;
        EACH_PIXEL add_to(AT(to), vf_mask(vf_eq(at, vf_set1(k++)), d), lanes, first);
    }
}

void KERNEL(max_pool_back)(const cn__conv *v, const real *x, const real *dy, real *dx, size_t samples)
{
    const bool first = disjoint(v);
    begin_gradient(v, dx, samples);
    EACH_WINDOW WITH_WINDOW(largest_back, x + FIRST_PIXEL(w), dy + OUTPUT, dx + FIRST_PIXEL(w), first);
}

VF void mean(pixels p, const real *from, real *to)
{
    const vf count = vf_set1((real)(p.h * p.w));
    for (size_t c = 0; c < p.c; c += CN_LANES) {
        vf sum = vf_zero();
        EACH_PIXEL sum = vf_add(sum, vf_load_some(AT(from), p.c - c, 0));
        vf_store_some(to + c, vf_div(sum, count), p.c - c);
    }
}

void KERNEL(average_pool)(const cn__conv *v, const real *x, real *y, size_t samples)
{
    EACH_WINDOW WITH_WINDOW(mean, x + FIRST_PIXEL(w), y + OUTPUT);
}

VF void mean_back(pixels p, const real *grad, real *to, bool first)
{
    const vf count = vf_set1((real)(p.h * p.w));
    for (size_t c = 0; c < p.c; c += CN_LANES) {
        const vf d = vf_div(vf_load_some(grad + c, p.c - c, 0), count);
        EACH_PIXEL add_to(AT(to), d, p.c - c, first);
    }
}

void KERNEL(average_pool_back)(const cn__conv *v, const real *dy, real *dx, size_t samples)
{
    const bool first = disjoint(v);
    begin_gradient(v, dx, samples);
    EACH_WINDOW WITH_WINDOW(mean_back, dy + OUTPUT, dx + FIRST_PIXEL(w), first);
}
