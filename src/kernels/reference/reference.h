/* The plain kernels: each formula as it is defined, in the order of operations that the fast ones follow bit for bit. For tests and
 * for readers. Kernels of convolutions are contiguous: (kh·kw·c/groups, oc). */
#ifndef CN_KERNELS_REFERENCE_H
#define CN_KERNELS_REFERENCE_H

#include "kernels/conv.h"
#include "kernels/warp.h"

void cn__ref_conv_forward(const cn__conv *conv, const real *x, const real *kernel, const real *bias, real *y,
                          size_t samples);
void cn__ref_conv_to_input(const cn__conv *conv, const real *dy, const real *kernel, const real *bias,
                           real *dx, size_t samples);
void cn__ref_conv_to_kernel(const cn__conv *conv, const real *x, const real *dy, real *dk, size_t samples);

/* By Winograd's formulas, for shapes that cn__conv_winograd names; the functions above call them. `reversed`: the pass to the input, v
 * being cn__conv_reversed. */
void cn__ref_winograd(const cn__conv *v, size_t m, bool reversed, const real *x, const real *kernel,
                      const real *bias, real *y, size_t samples);
void cn__ref_winograd_to_kernel(const cn__conv *v, size_t m, const real *x, const real *dy, real *dk,
                                size_t samples);

void cn__ref_max_pool(const cn__conv *v, const real *x, real *y, size_t samples);
void cn__ref_max_pool_back(const cn__conv *v, const real *x, const real *dy, real *dx, size_t samples);
void cn__ref_average_pool(const cn__conv *v, const real *x, real *y, size_t samples);
void cn__ref_average_pool_back(const cn__conv *v, const real *dy, real *dx, size_t samples);

void cn__ref_warp(const cn__warp *v, const real m[6], const real *px, const real *py, const real *image,
                  real *out);

#endif
