/* Borders, cropping and resizing. */
#include "kernels/image.h"

#include <string.h>

static void zeros(real *at, size_t n) { memset(at, 0, n * sizeof *at); }

static void fill(real *at, size_t n, real value)
{
    for (size_t i = 0; i < n; i++) at[i] = value;
}

void cn__image_pad(const cn__border *b, const real *x, real *y, size_t samples)
{
    const size_t row = b->w * b->c, left = b->left * b->c, right = b->right * b->c, wide = left + row + right;
    for (size_t n = 0; n < samples; n++) {
        fill(y, b->top * wide, b->value);
        y += b->top * wide;
        for (size_t i = 0; i < b->h; i++, x += row, y += wide) {
            fill(y, left, b->value);
            memcpy(y + left, x, row * sizeof *x);
            fill(y + left + row, right, b->value);
        }
        fill(y, b->bottom * wide, b->value);
        y += b->bottom * wide;
    }
}

void cn__image_crop(const cn__border *b, const real *y, real *x, size_t samples)
{
    const size_t row = b->w * b->c, wide = (b->left + b->w + b->right) * b->c;
    for (size_t n = 0; n < samples; n++) {
        y += b->top * wide;
        for (size_t i = 0; i < b->h; i++, x += row, y += wide) memcpy(x, y + b->left * b->c, row * sizeof *x);
        y += b->bottom * wide;
    }
}

/* The two inputs beside an output's source, and how far it lies from the first one to the second. */
typedef struct between {
    size_t first, second;
    real fraction;
} between;

static between source(size_t o, size_t in, size_t out, bool bilinear)
{
    const real at = ((real)o + (real)0.5) * ((real)in / (real)out);
    if (!bilinear) {
        const size_t nearest = (size_t)at < in ? (size_t)at : in - 1;
        return (between){nearest, nearest, 0};
    }
    const real shifted = at - (real)0.5, below = (real)floor(shifted);
    between b = {.fraction = shifted - below};
    b.first = below > 0 ? (size_t)below : 0;
    b.second = below + 1 < (real)in ? (size_t)(below + 1) : in - 1;
    return b;
}

/* The four pixels that output (oy, ox) lies between: 0 above left, 1 above right, 2 below left, 3 below right. */
static void corners(const cn__resize *r, between y, between x, size_t at[4])
{
    at[0] = (y.first * r->w + x.first) * r->c;
    at[1] = (y.first * r->w + x.second) * r->c;
    at[2] = (y.second * r->w + x.first) * r->c;
    at[3] = (y.second * r->w + x.second) * r->c;
}

static void mix(const cn__resize *r, const real *x, const size_t at[4], real down, real right, real *y)
{
    for (size_t c = 0; c < r->c; c++) {
        const real above = x[at[0] + c] + (x[at[1] + c] - x[at[0] + c]) * right;
        const real below = x[at[2] + c] + (x[at[3] + c] - x[at[2] + c]) * right;
        y[c] = above + (below - above) * down;
    }
}

void cn__image_resize(const cn__resize *r, const real *x, real *y, size_t samples)
{
    size_t at[4];
    for (size_t n = 0; n < samples; n++, x += r->h * r->w * r->c)
        for (size_t oy = 0; oy < r->oh; oy++) {
            const between down = source(oy, r->h, r->oh, r->bilinear);
            for (size_t ox = 0; ox < r->ow; ox++, y += r->c) {
                const between right = source(ox, r->w, r->ow, r->bilinear);
                corners(r, down, right, at);
                if (r->bilinear) mix(r, x, at, down.fraction, right.fraction, y);
                else memcpy(y, x + at[0], r->c * sizeof *y);
            }
        }
}

static void spread(const cn__resize *r, const real *dy, const size_t at[4], real down, real right, real *dx)
{
    const real factor[4] = {(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right};
    for (int i = 0; i < 4; i++)
        for (size_t c = 0; c < r->c; c++) dx[at[i] + c] += dy[c] * factor[i];
}

void cn__image_resize_back(const cn__resize *r, const real *dy, real *dx, size_t samples)
{
    size_t at[4];
    zeros(dx, samples * r->h * r->w * r->c);
    for (size_t n = 0; n < samples; n++, dx += r->h * r->w * r->c)
        for (size_t oy = 0; oy < r->oh; oy++) {
            const between down = source(oy, r->h, r->oh, r->bilinear);
            for (size_t ox = 0; ox < r->ow; ox++, dy += r->c) {
                const between right = source(ox, r->w, r->ow, r->bilinear);
                corners(r, down, right, at);
                if (r->bilinear) spread(r, dy, at, down.fraction, right.fraction, dx);
                else
                    for (size_t c = 0; c < r->c; c++) dx[at[0] + c] += dy[c];
            }
        }
}

void cn__image_resample(const cn__resample *r, const real *x, real *y, size_t samples)
{
    for (size_t n = 0; n < samples * r->outer; n++, x += r->n * r->inner)
        for (size_t o = 0; o < r->on; o++, y += r->inner) {
            const real *weight = r->weight + o * r->taps, *from = x + r->first[o] * r->inner;
            for (size_t i = 0; i < r->inner; i++) y[i] = weight[0] * from[i];
            for (size_t t = 1; t < r->taps; t++)
                for (size_t i = 0; i < r->inner; i++) y[i] += weight[t] * from[t * r->inner + i];
        }
}

void cn__image_resample_back(const cn__resample *r, const real *dy, real *dx, size_t samples)
{
    zeros(dx, samples * r->outer * r->n * r->inner);
    for (size_t n = 0; n < samples * r->outer; n++, dx += r->n * r->inner)
        for (size_t o = 0; o < r->on; o++, dy += r->inner) {
            const real *weight = r->weight + o * r->taps;
            real *to = dx + r->first[o] * r->inner;
            for (size_t t = 0; t < r->taps; t++)
                for (size_t i = 0; i < r->inner; i++) to[t * r->inner + i] += weight[t] * dy[i];
        }
}
