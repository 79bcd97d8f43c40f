/* Every kernel of the table, as one instruction set's files define it: cn__k_matmul_avx2 and so on. In
 * the table's order. */
#ifndef CN_KERNELS_SIMD_KERNELS_ISA_H
#define CN_KERNELS_SIMD_KERNELS_ISA_H

#include "kernels/kernels.h"
#include "kernels/simd/vf.h"

void KERNEL(matmul)(const cn__matmul *m);
void KERNEL(matmul_sparse)(const cn__matmul *m, const cn__sparse *a, size_t first);
size_t KERNEL(nonzeros)(const real *x, size_t n, uint32_t *index, real *value);
size_t KERNEL(nonzero_bytes)(const uint8_t *x, size_t n, real divide_by, uint32_t *index, real *value);
void KERNEL(from_bytes)(const uint8_t *x, size_t n, real divide_by, real *out);
void KERNEL(transpose)(const real *in, size_t in_row, size_t rows, size_t cols, real *out, size_t out_row);
void KERNEL(add_bias)(real *y, size_t y_row, const real *bias, size_t rows, size_t cols);
void KERNEL(column_sums)(const real *a, size_t a_row, size_t rows, size_t cols, real *out);
void KERNEL(activate)(const cn__activation *f, const real *z, real *a, size_t n);
void KERNEL(activate_back)(const cn__activation *f, const real *z, const real *a, const real *da, real *dz,
                           size_t n);
void KERNEL(softmax)(const real *z, real *a, size_t rows, size_t cols);
void KERNEL(log_softmax)(const real *z, real *a, size_t rows, size_t cols);
void KERNEL(softmax_back)(const real *a, const real *da, real *dz, size_t rows, size_t cols);
void KERNEL(log_softmax_back)(const real *a, const real *da, real *dz, size_t rows, size_t cols);
void KERNEL(update)(const cn__update *u, real *w, real *const slot[CN_MAX_SLOTS], real *average, real *g,
                    size_t n);
bool KERNEL(gradient_by_rows)(const cn__matmul *m, const cn__sparse *a, const cn__sparse *next, size_t first,
                              const cn__update *u, real *w, real *const slot[CN_MAX_SLOTS]);
bool KERNEL(gradient_update)(const cn__matmul *m, const cn__sparse *a, size_t first, const cn__update *u,
                             real *w, real *const slot[CN_MAX_SLOTS]);
real KERNEL(sum)(const real *a, size_t n);
real KERNEL(sum_abs)(const real *a, size_t n);
real KERNEL(sum_squares)(const real *a, size_t n);
real KERNEL(dot)(const real *a, const real *b, size_t n);
void KERNEL(scale)(real *a, real factor, size_t n);
void KERNEL(lane_sums)(bool squares, const real *a, size_t rows, size_t width, real *lanes);
void KERNEL(combine)(cn__combination how, const real *a, const real *b, real *out, size_t n);
void KERNEL(add)(real *out, const real *b, size_t n);
void KERNEL(take_winner)(const real *x, const real *y, real *left, real *dx, size_t n);
void KERNEL(flush)(real *a, size_t n);
bool KERNEL(finite)(const real *a, size_t n);
void KERNEL(dropout)(const real *x, real *y, size_t n, const uint32_t key[2], uint32_t purpose, uint32_t step,
                     uint64_t first, real rate);
void KERNEL(uniform)(real *out, size_t n, const uint32_t key[2], uint32_t purpose, uint32_t step,
                     uint64_t first);
void KERNEL(column_squares)(const real *x, size_t row, size_t rows, size_t first, size_t count,
                            const real *mean, real *out);
void KERNEL(column_scale)(const real *x, real *y, size_t row, size_t rows, size_t first, size_t count,
                          const real *mean, const real *scale, const real *shift);
void KERNEL(column_sums_back)(const real *dy, const real *x, size_t row, size_t rows, size_t first,
                              size_t count, const real *mean, const real *inverse, real *sum_dy,
                              real *sum_dy_x);
void KERNEL(batchnorm_back)(const real *dy, const real *x, real *dx, size_t row, size_t rows, size_t batch,
                            size_t first, size_t count, const real *mean, const real *inverse,
                            const real *gamma, const real *sum_dy, const real *sum_dy_x);
void KERNEL(layernorm)(const real *x, real *y, real *xhat, real *inverse, const real *gamma, const real *beta,
                       size_t rows, size_t cols, real epsilon);
void KERNEL(layernorm_back)(const real *dy, const real *xhat, const real *inverse, const real *gamma,
                            real *dx, size_t rows, size_t cols);
void KERNEL(column_dots)(const real *dy, const real *xhat, size_t row, size_t rows, size_t first,
                         size_t count, real *out);
void KERNEL(product)(const cn__product *p);
void KERNEL(product_by_channel)(const cn__product *p);
void KERNEL(conv_pack)(const cn__conv *conv, cn__conv_pass pass, const real *kernel, size_t kernel_row,
                       size_t first, size_t cols, real *packed);
void KERNEL(conv_forward)(const cn__conv *conv, const real *x, const real *packed, const real *bias,
                          const cn__activation *activation, real *y, size_t samples, real *scratch);
void KERNEL(conv_to_input)(const cn__conv *conv, const real *dy, const real *packed, const real *bias,
                           const cn__activation *activation, real *dx, size_t samples, real *scratch);
void KERNEL(conv_to_kernel)(const cn__conv *conv, const real *x, const real *dy, size_t samples, real *dk,
                            size_t dk_row, size_t first, size_t cols, real *scratch);
void KERNEL(max_pool)(const cn__conv *v, const real *x, real *y, size_t samples);
void KERNEL(max_pool_back)(const cn__conv *v, const real *x, const real *dy, real *dx, size_t samples);
void KERNEL(average_pool)(const cn__conv *v, const real *x, real *y, size_t samples);
void KERNEL(average_pool_back)(const cn__conv *v, const real *dy, real *dx, size_t samples);
void KERNEL(warp)(const cn__warp *v, const real m[6], const real *px, const real *py, const real *image,
                  real *out);

/* Called by the passes of a convolution, not part of the table: Winograd's formula for the shapes that cn__conv_winograd names. */
void KERNEL(winograd_pack)(const cn__conv *v, size_t m, bool to_input, const real *kernel, size_t kernel_row,
                           size_t first, size_t cols, real *packed);
void KERNEL(winograd)(const cn__conv *v, size_t m, const real *x, const real *packed, const real *bias,
                      const cn__activation *activation, real *y, size_t samples, real *scratch);
void KERNEL(winograd_to_input)(const cn__conv *v, size_t m, const real *dy, const real *packed,
                               const real *bias, const cn__activation *activation, real *dx, size_t samples,
                               real *scratch);
void KERNEL(winograd_to_kernel)(const cn__conv *v, size_t m, const real *x, const real *dy, size_t samples,
                                real *dk, size_t dk_row, size_t first, size_t cols, real *scratch);

#endif
