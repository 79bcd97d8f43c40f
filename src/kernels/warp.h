/* Resampling of images: each output pixel is read from the image at a point between its pixels. Coordinates, what lies outside of
 * the image and interpolation are those of Keras's affine_transform. */
#ifndef CN_KERNELS_WARP_H
#define CN_KERNELS_WARP_H

#include <stdbool.h>

#include "kernels/real.h"

/* What is read outside of an image abcd. */
typedef enum cn__warp_fill {
    CN_FILL_CONSTANT, /* k k k k | a b c d | k k k k */
    CN_FILL_NEAREST,  /* a a a a | a b c d | d d d d */
    CN_FILL_REFLECT,  /* d c b a | a b c d | d c b a */
    CN_FILL_WRAP      /* a b c d | a b c d | a b c d */
} cn__warp_fill;

/* An image (h, w, c) and how it is read. Output pixel i, of h · w, is read at x = m0 · px[i] + m1 · py[i] + m2 and
 * y = m3 · px[i] + m4 · py[i] + m5, x by fma(m0, px, fma(m1, py, m2)): m is the matrix from output to image, px and py are the
 * pixels' places, or where another distortion has moved them to. `bilinear`: between the four nearest pixels,
 * left + (right - left) · fraction and then top + (bottom - top) · fraction, each by one fused multiply-add; else the nearest. An image
 * has at most CN_WARP_MOST pixels, so that their numbers are exact. */
typedef struct cn__warp {
    size_t h, w, c;
    bool bilinear;
    cn__warp_fill fill;
    real value; /* the constant */
} cn__warp;

#define CN_WARP_MOST ((size_t)1 << 24)

/* A coordinate of an output's point, from three elements of the matrix. */
static inline real cn__warp_at(const real m[3], real px, real py)
{
#ifdef CN_REAL_DOUBLE
    return fma(m[0], px, fma(m[1], py, m[2]));
#else
    return fmaf(m[0], px, fmaf(m[1], py, m[2]));
#endif
}

/* To the nearest whole number, halves away from zero. */
real cn__warp_nearest(real at);
/* Where coordinate `at` of an axis of `size` pixels is read: a place inside of the image, or for a constant at most two beyond. */
real cn__warp_fold(cn__warp_fill fill, real at, real size);
/* The adjoint of the kernel `warp`: adds to dx (h, w, c), which begins as what it holds, what each output's gradient sends to
 * the pixels that it was read from, in ascending order of outputs. */
void cn__warp_back(const cn__warp *v, const real m[6], const real *px, const real *py, const real *dy,
                   real *dx);

#endif
