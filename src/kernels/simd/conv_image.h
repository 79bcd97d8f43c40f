/* Images as the passes of a convolution read them. */
#ifndef CN_KERNELS_SIMD_CONV_IMAGE_H
#define CN_KERNELS_SIMD_CONV_IMAGE_H

#include <string.h>

#include "kernels/conv.h"
#include "kernels/conv_shape.h"
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/vf.h"

/* An image as a pass reads it: `row` numbers from a row to the next, `pixel` from a pixel to the next. Where the pass makes few
 * channels, also in planes, and room for a row of outputs. */
typedef struct image {
    const real *at;
    size_t row, pixel;
    const real *planes;
    size_t plane;
    real *line;
} image;

static inline void zeros(real *at, size_t n) { memset(at, 0, n * sizeof(real)); }

/* n pixels; each channel is repeated `times` times. */
static inline void copy_pixels(const real *from, size_t n, size_t c, size_t times, real *to)
{
    if (times == 1) {
        memcpy(to, from, n * c * sizeof(real));
        return;
    }
    for (size_t i = 0; i < n * c; i++)
        for (size_t j = 0; j < times; j++) *to++ = from[i];
}

/* A sample with zeros around it, in `scratch` if it has to be copied. */
static inline image padded_input(const cn__conv *v, const real *x, real *scratch)
{
    const size_t pixel = cn__conv_pixel(v), row = cn__conv_padded_w(v) * pixel;
    if (!cn__conv_copies_input(v)) return (image){.at = x, .row = row, .pixel = pixel};
    zeros(scratch, v->top * row);
    real *to = scratch + v->top * row;
    for (size_t y = 0; y < v->h; y++, to += row) {
        zeros(to, v->left * pixel);
        copy_pixels(x + y * v->w * v->c, v->w, v->c, pixel / v->c, to + v->left * pixel);
        zeros(to + (v->left + v->w) * pixel, v->right * pixel);
    }
    zeros(to, v->bottom * row);
    return (image){.at = scratch, .row = row, .pixel = pixel};
}

#endif
