/* The plain kernels: each formula as it is defined, in the order of operations that the fast ones follow bit for bit. For tests and
 * for readers. Kernels of convolutions are contiguous: (kh·kw·c/groups, oc). */
#ifndef CN_KERNELS_REFERENCE_H
#define CN_KERNELS_REFERENCE_H

#include "kernels/kernels.h"

#ifdef CN_REAL_DOUBLE
#define CN_REF_FMA fma
#define CN_REF_SQRT sqrt
#define CN_REF_ABS fabs
#define CN_REF_TINY 0.0
#define CN_REF_TINY_ROOT 0.0
#else
#define CN_REF_FMA fmaf
#define CN_REF_SQRT sqrtf
#define CN_REF_ABS fabsf
#define CN_REF_TINY 0x1p-100f /* what is smaller becomes 0 where one step hands on to another */
#define CN_REF_TINY_ROOT 0x1p-50f
#endif

static inline real cn__ref_flush(real x) { return CN_REF_ABS(x) < CN_REF_TINY ? 0 : x; }

/* matmul; and matmul_sparse, of the matrix whose zeros are left out there. */
void cn__ref_matmul(const cn__matmul *m);
void cn__ref_transpose(const real *in, size_t in_row, size_t rows, size_t cols, real *out, size_t out_row);
void cn__ref_add_bias(real *y, size_t y_row, const real *bias, size_t rows, size_t cols);

real cn__ref_sum(const real *a, size_t n);
real cn__ref_sum_abs(const real *a, size_t n);
real cn__ref_dot(const real *a, const real *b, size_t n);
void cn__ref_column_sums(const real *a, size_t a_row, size_t rows, size_t cols, real *out);
/* Of 16 lanes; overwrites them. */
real cn__ref_lanes(real lane[CN_LANES]);

/* ---- math.c ---- */

/* The second one where either is NaN. */
static inline real cn__ref_larger(real a, real b) { return a > b ? a : b; }
static inline real cn__ref_smaller(real a, real b) { return a < b ? a : b; }
real cn__ref_exp(real x);
real cn__ref_expm1(real x);
real cn__ref_log(real x);
real cn__ref_log1p(real x);
real cn__ref_tanh(real x);
real cn__ref_erf(real x);

/* The elementwise ones. */
void cn__ref_activate(const cn__activation *f, const real *z, real *a, size_t n);
void cn__ref_activate_back(const cn__activation *f, const real *z, const real *a, const real *da, real *dz,
                           size_t n);
void cn__ref_softmax(const real *z, real *a, size_t rows, size_t cols);
void cn__ref_log_softmax(const real *z, real *a, size_t rows, size_t cols);
void cn__ref_softmax_back(const real *a, const real *da, real *dz, size_t rows, size_t cols);
void cn__ref_log_softmax_back(const real *a, const real *da, real *dz, size_t rows, size_t cols);
void cn__ref_dropout(const real *x, real *y, size_t n, const uint32_t key[2], uint32_t purpose, uint32_t step,
                     uint64_t first, real rate);

/* Of all columns. */
void cn__ref_column_squares(const real *x, size_t row, size_t rows, size_t cols, const real *mean, real *out);
void cn__ref_column_scale(const real *x, real *y, size_t row, size_t rows, size_t cols, const real *mean,
                          const real *scale, const real *shift);
void cn__ref_column_sums_back(const real *dy, const real *x, size_t row, size_t rows, size_t cols,
                              const real *mean, const real *inverse, real *sum_dy, real *sum_dy_x);
void cn__ref_batchnorm_back(const real *dy, const real *x, real *dx, size_t row, size_t rows, size_t cols,
                            const real *mean, const real *inverse, const real *gamma, const real *sum_dy,
                            const real *sum_dy_x);
void cn__ref_layernorm(const real *x, real *y, real *xhat, real *inverse, const real *gamma, const real *beta,
                       size_t rows, size_t cols, real epsilon);
void cn__ref_layernorm_back(const real *dy, const real *xhat, const real *inverse, const real *gamma,
                            real *dx, size_t rows, size_t cols);

/* Without `flush`; slots that the rule does not have are NULL. */
void cn__ref_update(const cn__update *u, real *w, real *const slot[CN_MAX_SLOTS], real *average,
                    const real *g, size_t n);

void cn__ref_conv_forward(const cn__conv *conv, const real *x, const real *kernel, const real *bias, real *y,
                          size_t samples);
void cn__ref_conv_to_input(const cn__conv *conv, const real *dy, const real *kernel, const real *bias,
                           real *dx, size_t samples);
void cn__ref_conv_to_kernel(const cn__conv *conv, const real *x, const real *dy, real *dk, size_t samples);

/* By Winograd's formulas, for shapes that cn__conv_winograd names; the functions above call them. `reversed`: the pass to the input, v
 * being cn__conv_reversed. */
void cn__ref_winograd(const cn__conv *v, size_t m, bool reversed, const real *x, const real *kernel,
                      const real *bias, real *y, size_t samples);
void cn__ref_winograd_to_input(const cn__conv *v, size_t m, const real *dy, const real *kernel,
                               const real *bias, real *dx, size_t samples);
void cn__ref_winograd_to_kernel(const cn__conv *v, size_t m, const real *x, const real *dy, real *dk,
                                size_t samples);

void cn__ref_max_pool(const cn__conv *v, const real *x, real *y, size_t samples);
void cn__ref_max_pool_back(const cn__conv *v, const real *x, const real *dy, real *dx, size_t samples);
void cn__ref_average_pool(const cn__conv *v, const real *x, real *y, size_t samples);
void cn__ref_average_pool_back(const cn__conv *v, const real *dy, real *dx, size_t samples);

void cn__ref_warp(const cn__warp *v, const real m[6], const real *px, const real *py, const real *image,
                  real *out);

#endif
