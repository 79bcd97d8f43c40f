/* Pooling: one output element after the other, its window row by row. */
#include "kernels/reference/reference.h"

#include <string.h>

/* Where input (ky, kx) of the window of output (oy, ox) lies, -1 outside the image. */
static ptrdiff_t under(const cn__conv *v, size_t n, size_t oy, size_t ox, size_t ky, size_t kx, size_t c)
{
    const ptrdiff_t y = (ptrdiff_t)(oy * v->sy + ky) - (ptrdiff_t)v->top;
    const ptrdiff_t x = (ptrdiff_t)(ox * v->sx + kx) - (ptrdiff_t)v->left;
    if (y < 0 || y >= (ptrdiff_t)v->h || x < 0 || x >= (ptrdiff_t)v->w) return -1;
    return (ptrdiff_t)(((n * v->h + (size_t)y) * v->w + (size_t)x) * v->c + c);
}

#define EACH_OUTPUT                                                                                          \
    for (size_t n = 0; n < samples; n++)                                                                     \
        for (size_t oy = 0; oy < v->oh; oy++)                                                                \
            for (size_t ox = 0; ox < v->ow; ox++)                                                            \
                for (size_t c = 0; c < v->c; c++)
#define EACH_INPUT                                                                                           \
    for (size_t ky = 0; ky < v->kh; ky++)                                                                    \
        for (size_t kx = 0; kx < v->kw; kx++)

static ptrdiff_t maximum(const cn__conv *v, const real *x, size_t n, size_t oy, size_t ox, size_t c)
{
    ptrdiff_t most = -1;
    EACH_INPUT
    {
        const ptrdiff_t at = under(v, n, oy, ox, ky, kx, c);
        if (at >= 0 && (most < 0 || x[at] > x[most])) most = at;
    }
    return most;
}

static real inputs_under(const cn__conv *v, size_t n, size_t oy, size_t ox)
{
    real count = 0;
    EACH_INPUT count += under(v, n, oy, ox, ky, kx, 0) >= 0;
    return count;
}

void cn__ref_max_pool(const cn__conv *v, const real *x, real *y, size_t samples)
{
    EACH_OUTPUT *y++ = x[maximum(v, x, n, oy, ox, c)];
}

void cn__ref_max_pool_back(const cn__conv *v, const real *x, const real *dy, real *dx, size_t samples)
{
    memset(dx, 0, samples * v->h * v->w * v->c * sizeof *dx);
    EACH_OUTPUT dx[maximum(v, x, n, oy, ox, c)] += *dy++;
}

void cn__ref_average_pool(const cn__conv *v, const real *x, real *y, size_t samples)
{
    EACH_OUTPUT
    {
        real sum = 0;
        EACH_INPUT
        {
            const ptrdiff_t at = under(v, n, oy, ox, ky, kx, c);
            if (at >= 0) sum += x[at];
        }
        *y++ = sum / inputs_under(v, n, oy, ox);
    }
}

void cn__ref_average_pool_back(const cn__conv *v, const real *dy, real *dx, size_t samples)
{
    memset(dx, 0, samples * v->h * v->w * v->c * sizeof *dx);
    EACH_OUTPUT
    {
        const real d = *dy++ / inputs_under(v, n, oy, ox);
        EACH_INPUT
        {
            const ptrdiff_t at = under(v, n, oy, ox, ky, kx, c);
            if (at >= 0) dx[at] += d;
        }
    }
}
