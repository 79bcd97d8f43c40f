/* Convolution of images, channels last: x (samples, h, w, c), kernel (kh·kw·c/groups, oc), y (samples, oh, ow, oc). One
 * geometry serves Conv2D, Conv1D (h = kh = 1), depthwise convolution (groups = c), and all of them transposed, which is
 * the pass to the input used as the forward one.
 *
 * The order of operations (fma chains that begin at 0; positions outside the image hold 0 and take part):
 *   forward    y[y, x, o]: ascending (ky, kx, channel of the group); then + bias, then the activation.
 *   to input   dx[y, x, i]: over the outputs that used it, ascending (oy, ox, output channel of the group); then + bias, then
 *              the activation (of a transposed convolution; a gradient has neither).
 *   to kernel  dk[ky, kx, i, o]: ascending (sample, oy, ox) over the samples of one call: the block. The caller sums blocks
 *              by the fixed tree.
 * Where cn__conv_winograd says so, the order is the one written in simd/winograd.c.
 *
 * A kernel is packed once a step for the passes that multiply by it. Packed kernels and scratch are the caller's; their sizes
 * depend on the geometry alone. Nothing is read or written beyond the arrays. */
#ifndef CN_KERNELS_CONV_H
#define CN_KERNELS_CONV_H

#include <stdbool.h>

#include "kernels/real.h"

/* oh = (top + h + bottom - ((kh - 1) · dy + 1)) / sy + 1, and ow likewise. */
typedef struct cn__conv {
    size_t h, w, c;                  /* image */
    size_t kh, kw;                   /* kernel (pooling: window) */
    size_t oc;                       /* output channels, a multiple of groups */
    size_t sy, sx;                   /* strides */
    size_t dy, dx;                   /* dilation */
    size_t top, left, bottom, right; /* zeros around the image */
    size_t groups;                   /* divides c and oc */
    size_t oh, ow;
    bool fast;       /* Winograd's formula with larger tiles too, which costs a digit of accuracy */
    bool transposed; /* the pass to the input is what a layer computes forwards */
} cn__conv;

typedef enum cn__conv_pass { CN_CONV_FORWARD, CN_CONV_TO_INPUT, CN_CONV_TO_KERNEL } cn__conv_pass;

/* The size of the tiles of outputs in which this pass follows Winograd's formula, 0 where it follows the definition. A rule over the
 * shape (and `fast`) alone. */
size_t cn__conv_winograd(const cn__conv *conv, cn__conv_pass pass);
/* Does the pass to the input turn the forward formula round, tile by tile of the outputs, and add up the tiles of inputs that overlap?
 * Else it is the forward formula on the gradient, tile by tile of the inputs, of which a layer without padding has more. */
bool cn__conv_adds_tiles(const cn__conv *conv);
/* Size of the packed kernel of a pass (0 for CN_CONV_TO_KERNEL), and of the scratch that each thread needs. */
size_t cn__conv_packed_size(const cn__conv *conv, cn__conv_pass pass);
size_t cn__conv_scratch_size(const cn__conv *conv, cn__conv_pass pass);

/* Sets oh and ow, and the padding as Keras's "same" has it: outputs = ceil(inputs / stride), the odd zero behind. */
void cn__conv_valid(cn__conv *conv);
void cn__conv_same(cn__conv *conv);

/* One product whose summed index runs over segments:
 *   C[r, c] = Σ (s, t, k ascending) A[s·a_outer + t·a_inner + r·a_row + k·a_step] · B[((s·inner + t)·depth + k)·b_row + c],
 * s < outer, t < inner, k < depth; where b_inner is not 0, the row of B is s·b_outer + t·b_inner + k·b_row instead. Or, by channel, A[… + c] · B[…], where each column has its own factor. With `accumulate` the
 * chain goes on from what C holds; `bias` (cols; NULL: none) is added at the end. */
typedef struct cn__product {
    const real *a;
    ptrdiff_t a_outer, a_inner;
    size_t a_row, a_step;
    size_t a_three; /* 0; or three rows lie a_row apart, the next three a_three from them, and so on */
    size_t outer, inner, depth;
    const real *b;
    size_t b_row, b_outer, b_inner;
    real *c;
    size_t c_row;
    size_t rows, cols;
    const real *bias;
    bool relu; /* at the very end: as the activation computes it */
    bool accumulate;
    size_t times; /* 0: once; or so often, each time a_next further in A and c_next further in C */
    size_t a_next, c_next;
} cn__product;

#endif
