/* Moving pixels of images, channels last: borders, cropping, resizing. Plain loops over whole rows, the same bits everywhere. */
#ifndef CN_KERNELS_IMAGE_H
#define CN_KERNELS_IMAGE_H

#include <stdbool.h>

#include "kernels/real.h"

/* x (samples, h, w, c) into y with `top` … rows and columns of a number, usually 0, around each image; and out of it: cropping is the
 * pass back. */
typedef struct cn__border {
    size_t h, w, c, top, left, bottom, right;
    real value;
} cn__border;
void cn__image_pad(const cn__border *b, const real *x, real *y, size_t samples);
void cn__image_crop(const cn__border *b, const real *y, real *x, size_t samples);

/* x (samples, h, w, c) resized to y (samples, oh, ow, c), pixels' centres at halves: the source of output o is
 * (o + 1/2) · h / oh - 1/2. `bilinear`: between the four nearest, top + (bottom - top) · fraction, each of them left + (right - left) ·
 * fraction; else the nearest. The pass back adds to dx, which begins at 0, in ascending order of outputs. */
typedef struct cn__resize {
    size_t h, w, c, oh, ow;
    bool bilinear;
} cn__resize;
void cn__image_resize(const cn__resize *r, const real *x, real *y, size_t samples);
void cn__image_resize_back(const cn__resize *r, const real *dy, real *dx, size_t samples);

/* x (samples, outer, n, inner) resized along one axis to y (samples, outer, on, inner): output o is the sum, in ascending order, of
 * weight[o · taps + t] · the input first[o] + t. The pass back adds to dx, which begins at 0, in ascending order of outputs. */
typedef struct cn__resample {
    size_t outer, n, on, inner, taps;
    const size_t *first; /* (on): at most n - taps */
    const real *weight;  /* (on, taps) */
} cn__resample;
void cn__image_resample(const cn__resample *r, const real *x, real *y, size_t samples);
void cn__image_resample_back(const cn__resample *r, const real *dy, real *dx, size_t samples);

#endif
