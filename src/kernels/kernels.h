/* The arithmetic: plain functions on arrays of numbers, one table of them for each instruction set,
 * all with equal bits. Nothing here knows of layers, models or threads: a caller gives each thread
 * its own rows or columns.
 *
 * Rules that keep the bits equal (see simd/vf.h): an element of a product is one chain of fused
 * multiply-adds in ascending order of the summed index; a sum over an array goes lane by lane (element
 * i into lane i mod 64 of a flat array, mod 16 of a row) and then by one tree.
 *
 * Sizes count numbers, not bytes. "flat" arrays may have any length unless `padded` is said:
 * then it is a multiple of CN_LANES. */
#ifndef CN_KERNELS_KERNELS_H
#define CN_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/conv.h"
#include "kernels/real.h"
#include "kernels/warp.h"

/* ---- products ------------------------------------------------------------------------------ */

/* C (rows, cols) = A (rows, depth) · B (depth, cols), or C += … with `accumulate` (the chain goes on
 * from what C holds). A is read as a[r * a_row + k * a_step], so that it may be transposed.
 * Rows of B are read in whole vectors: beyond `cols` up to the next multiple of 16 there must be
 * readable memory, whatever it holds. C is written up to `cols` only, unless `c_padded`: then
 * up to the multiple of 16, with zeros. */
typedef struct cn__matmul {
    const real *a;
    size_t a_row, a_step;
    const real *b;
    size_t b_row;
    real *c;
    size_t c_row;
    size_t rows, cols, depth;
    bool accumulate, c_padded;
    size_t
        chain; /* matmul_sparse, gradient_update: at most so many values of the summed index are one chain, and chains
                   * are added by the tree of cn__block_sum (nn/op.h); 0: all are one. Not with `accumulate` */
} cn__matmul;

/* Where a matrix has numbers other than zero: row r has entries start[r] … start[r] + count[r] - 1 of `index`, their columns,
 * ascending, and of `value`; room for CN_LANES more lies behind the last one. Leaving zeros out changes no
 * bit of a product. */
typedef struct cn__sparse {
    size_t rows;
    uint32_t *start, *count, *index;
    real *value;
} cn__sparse;

/* How many of the ascending `index` are under `least`? */
static inline uint32_t cn__sparse_under(const uint32_t *index, uint32_t count, size_t least)
{
    uint32_t under = 0;
    for (uint32_t left = count, half; left > 0; left -= half) {
        half = (left + 1) / 2;
        under += index[under + half - 1] < least ? half : 0;
    }
    return under;
}

/* ---- activations ---------------------------------------------------------------------------- */

/* Elementwise ones. Parameters (`p`): relu {negative_slope, max_value (inf: none), threshold}, elu and celu {alpha},
 * leaky_relu {negative_slope}, gelu {approximate: 0 or 1}; the others none. */
typedef enum cn__act {
    CN_ACT_LINEAR,
    CN_ACT_RELU,
    CN_ACT_RELU6,
    CN_ACT_LEAKY_RELU,
    CN_ACT_ELU,
    CN_ACT_CELU,
    CN_ACT_SELU,
    CN_ACT_GELU,
    CN_ACT_SIGMOID,
    CN_ACT_TANH,
    CN_ACT_SOFTPLUS,
    CN_ACT_SOFTSIGN,
    CN_ACT_SILU,
    CN_ACT_MISH,
    CN_ACT_EXPONENTIAL,
    CN_ACT_HARD_SIGMOID,
    CN_ACT_HARD_SILU,
    CN_ACT_ELEMENTWISE_COUNT,
    CN_ACT_SOFTMAX = CN_ACT_ELEMENTWISE_COUNT, /* over a row */
    CN_ACT_LOG_SOFTMAX,
    CN_ACT_COUNT
} cn__act;

typedef struct cn__activation {
    cn__act kind;
    real p[3];
} cn__activation;

/* ---- arithmetic of two arrays ----------------------------------------------------------------- */

typedef enum cn__combination {
    CN_COMBINE_ADD,
    CN_COMBINE_SUBTRACT,
    CN_COMBINE_MULTIPLY,
    CN_COMBINE_MAXIMUM,
    CN_COMBINE_MINIMUM
} cn__combination;

/* ---- optimisers ------------------------------------------------------------------------------ */

typedef enum cn__optimizer_kind {
    CN_OPTIMIZER_SGD,
    CN_OPTIMIZER_ADAM, /* and AdamW, which differs by its weight decay only */
    CN_OPTIMIZER_RMSPROP,
    CN_OPTIMIZER_ADAGRAD,
    CN_OPTIMIZER_ADADELTA,
    CN_OPTIMIZER_ADAMAX,
    CN_OPTIMIZER_NADAM,
    CN_OPTIMIZER_LION,
    CN_OPTIMIZER_FTRL,
    CN_OPTIMIZER_COUNT
} cn__optimizer_kind;

#define CN_MAX_SLOTS 3

/* One step's numbers, the same for every element: what the optimiser made of its hyperparameters and
 * the step's number. Each kind has its own, which are what its formula in simd/update_rules.h names; one that takes whole
 * variables has `c`. */
typedef struct cn__update {
    cn__optimizer_kind kind;
    bool nesterov, amsgrad, centered;
    union {
        real c[10]; /* all of them, in order */
        struct {
            real rate, momentum;
        } sgd;
        struct {
            real rate, rest_1, rest_2, epsilon; /* lr √(1 - β₂ᵗ) / (1 - β₁ᵗ), 1 - β₁, 1 - β₂, ε */
        } adam;
        struct {
            real rate, rho, rest, epsilon, momentum; /* lr, ρ, 1 - ρ, ε */
        } rmsprop;
        struct {
            real rate, epsilon;
        } adagrad;
        struct {
            real rate, rho, rest, epsilon;
        } adadelta;
        struct {
            real rate, rest_1, beta_2, epsilon; /* lr / (1 - β₁ᵗ), 1 - β₁, β₂, ε */
        } adamax;
        struct {
            real rate, rest_1, rest_2, epsilon;
            real of_momentum, of_gradient; /* it steps along of_momentum · m + of_gradient · g */
            real correction;               /* 1 / (1 - β₂ᵗ) */
        } nadam;
        struct {
            real rate, beta_1, rest_1, beta_2, rest_2;
        } lion;
        struct {
            real inverse_rate, power, l1, l2,
                shrinkage; /* 1 / lr, -learning_rate_power, l1, 2 l2 + beta / lr, 2 l2_shrinkage */
        } ftrl;
    };
    /* before the update: */
    real l1, l2;     /* regulariser: g += l1 · sign(w) + 2 · l2 · w */
    real clip_value; /* 0: none */
    real decay;      /* w -= w · decay (weight_decay · learning rate); 0: none */
    real grad_scale; /* g *= grad_scale after the regulariser (clipnorm, global_clipnorm); 1: none */
    real rate;       /* the learning rate, for optimisers that take whole variables */
    /* after it: */
    bool flush; /* slots under 2^-100 become 0 */
    real ema;   /* where there is an average: average = ema · average + (1 - ema) · w */
} cn__update;

/* ---- the table -------------------------------------------------------------------------------- */

typedef struct cn__kernels {
    const char *isa; /* "avx512" */

    void (*matmul)(const cn__matmul *m);
    /* The same with A given by its entries: rows first … first + m->rows - 1 of `a`; m->a, a_row, a_step unused. */
    void (*matmul_sparse)(const cn__matmul *m, const cn__sparse *a, size_t first);
    /* The entries of x that are not zero; returns how many. There must be room for n + CN_LANES, and what lies
     * behind the count is overwritten. */
    size_t (*nonzeros)(const real *x, size_t n, uint32_t *index, real *value);
    /* The same of x[i] / divide_by. */
    size_t (*nonzero_bytes)(const uint8_t *x, size_t n, real divide_by, uint32_t *index, real *value);
    /* out[i] = x[i] / divide_by. */
    void (*from_bytes)(const uint8_t *x, size_t n, real divide_by, real *out);
    /* out (cols, rows) = in (rows, cols) transposed. */
    void (*transpose)(const real *in, size_t in_row, size_t rows, size_t cols, real *out, size_t out_row);
    /* y (rows, cols) += bias (cols), row by row. */
    void (*add_bias)(real *y, size_t y_row, const real *bias, size_t rows, size_t cols);
    /* out[c] = sum over rows (ascending, one chain an element) of a[r * a_row + c]. */
    void (*column_sums)(const real *a, size_t a_row, size_t rows, size_t cols, real *out);

    /* a = f(z), flat; in place allowed. Results under 2^-100 become 0. */
    void (*activate)(const cn__activation *f, const real *z, real *a, size_t n);
    /* dz = da · f'(z), flat; cn__activation_derivative_reads(f) says which of
     * z and a is read, the other may be NULL; in place (dz == da) allowed; flushed. */
    void (*activate_back)(const cn__activation *f, const real *z, const real *a, const real *da, real *dz,
                          size_t n);
    /* Softmax and its logarithm, row by row, (rows, cols) contiguous; in place allowed. Not flushed. */
    void (*softmax)(const real *z, real *a, size_t rows, size_t cols);
    void (*log_softmax)(const real *z, real *a, size_t rows, size_t cols);
    /* From the outputs `a`; in place (dz == da) allowed. */
    void (*softmax_back)(const real *a, const real *da, real *dz, size_t rows, size_t cols);
    void (*log_softmax_back)(const real *a, const real *da, real *dz, size_t rows, size_t cols);

    /* One step of an optimiser on n (padded) elements: regulariser, clipping, decay, update, average, in the
     * order of cn__update. `average` may be NULL. g may be NULL: no element
     * has a gradient, which leaves most optimisers less to do. */
    void (*update)(const cn__update *u, real *w, real *const slot[CN_MAX_SLOTS], real *average, real *g,
                   size_t n);

    /* matmul_sparse and update in one, for the optimisers of which most training is made (SGD, Adam, RMSprop) with
     * nothing around them; false, and nothing done, for the others. With m->rows 0 it only tells. Rows of w and
     * of the slots are m->c_row apart, and their columns beyond m->cols up to the multiple of 16 are updated with zeros;
     * m->c is not used. */
    bool (*gradient_update)(const cn__matmul *m, const cn__sparse *a, size_t first, const cn__update *u,
                            real *w, real *const slot[CN_MAX_SLOTS]);

    /* The same from the lists of m->depth samples in place of those of columns: the gradient of kernel rows
     * first … first + m->rows - 1. For narrow kernels and batches that are not large; false, and nothing done, for
     * others. `next`: lists of other samples that are fetched from memory meanwhile, or NULL. */
    bool (*gradient_by_rows)(const cn__matmul *m, const cn__sparse *a, const cn__sparse *next, size_t first,
                             const cn__update *u, real *w, real *const slot[CN_MAX_SLOTS]);

    /* Sums over a flat array by the fixed tree. */
    real (*sum)(const real *a, size_t n);
    real (*sum_abs)(const real *a, size_t n);
    real (*sum_squares)(const real *a, size_t n);
    real (*dot)(const real *a, const real *b, size_t n);
    void (*scale)(real *a, real factor, size_t n);
    /* Adds to the 16 of `lanes` what the columns c, c + 16, c + 32, … of a (rows, width) sum to, width being a multiple of
     * 16: |a|, or a² with `squares`. Sixteen columns are one chain over the rows, and such chains are added in ascending
     * order, so that a matrix cut into panels of columns has one sum, however they are cut. */
    void (*lane_sums)(bool squares, const real *a, size_t rows, size_t width, real *lanes);
    /* Element by element, flat; out may be a or b. Products under 2^-100 become 0. */
    void (*combine)(cn__combination how, const real *a, const real *b, real *out, size_t n);
    void (*add)(real *out, const real *b, size_t n); /* out += b */
    /* The gradient of a maximum or minimum y towards one of its inputs: dx = left where x is y, else 0; what was taken
     * leaves `left`, so that of equal inputs the first one has it. */
    void (*take_winner)(const real *x, const real *y, real *left, real *dx, size_t n);
    /* Numbers under 2^-100 become 0. */
    void (*flush)(real *a, size_t n);
    /* All finite? */
    bool (*finite)(const real *a, size_t n);

    /* y = x · mask / (1 - rate): element e of the batch stays when its number of the stream is at least
     * rate; first is the number of x[0]. The backward pass is the same function on the gradient. */
    void (*dropout)(const real *x, real *y, size_t n, const uint32_t key[2], uint32_t purpose, uint32_t step,
                    uint64_t first, real rate);
    /* Numbers `first` … of the stream, their upper 24 bits as fractions from 0 to under 1. */
    void (*uniform)(real *out, size_t n, const uint32_t key[2], uint32_t purpose, uint32_t step,
                    uint64_t first);

    /* Batch normalisation of columns first … first+count-1 of x (rows, row); vectors are (cols).
     * out[c] = Σ (x - mean[c])² over the rows (one chain a column). */
    void (*column_squares)(const real *x, size_t row, size_t rows, size_t first, size_t count,
                           const real *mean, real *out);
    /* y = (x - mean) · scale + shift, scale and shift by column. In place allowed. */
    void (*column_scale)(const real *x, real *y, size_t row, size_t rows, size_t first, size_t count,
                         const real *mean, const real *scale, const real *shift);
    /* sum_dy[c] = Σ dy, sum_dy_x[c] = Σ dy · (x - mean) · inverse (one chain a column). */
    void (*column_sums_back)(const real *dy, const real *x, size_t row, size_t rows, size_t first,
                             size_t count, const real *mean, const real *inverse, real *sum_dy,
                             real *sum_dy_x);
    /* dx = gamma · inverse · (dy - sum_dy / batch - xhat · sum_dy_x / batch), xhat = (x - mean) · inverse, with the sums
     * over the `batch` rows that there are on all ranks; in place (dx == dy) allowed. */
    void (*batchnorm_back)(const real *dy, const real *x, real *dx, size_t row, size_t rows, size_t batch,
                           size_t first, size_t count, const real *mean, const real *inverse,
                           const real *gamma, const real *sum_dy, const real *sum_dy_x);

    /* Layer normalisation over rows of `cols`, contiguous: xhat = (x - mean) / sqrt(variance + epsilon),
     * y = xhat · gamma + beta (either may be NULL); inverse (rows) = 1 / sqrt(…) for the backward pass. */
    void (*layernorm)(const real *x, real *y, real *xhat, real *inverse, const real *gamma, const real *beta,
                      size_t rows, size_t cols, real epsilon);
    void (*layernorm_back)(const real *dy, const real *xhat, const real *inverse, const real *gamma, real *dx,
                           size_t rows, size_t cols);
    /* out[c] = sum over rows of dy · xhat, for columns first … first+count-1 (one chain a column). */
    void (*column_dots)(const real *dy, const real *xhat, size_t row, size_t rows, size_t first, size_t count,
                        real *out);

    /* The segmented product, and the one by channel: kernels/conv.h. */
    void (*product)(const cn__product *p);
    void (*product_by_channel)(const cn__product *p);
    /* Columns first … first + cols - 1 of a kernel, at kernel[r * kernel_row + column - first], into their places in `packed`,
     * for CN_CONV_FORWARD or CN_CONV_TO_INPUT. Other columns may be packed by other threads. */
    void (*conv_pack)(const cn__conv *conv, cn__conv_pass pass, const real *kernel, size_t kernel_row,
                      size_t first, size_t cols, real *packed);
    /* Whole samples, contiguous: y (or dx) from x (or dy) and the packed kernel. bias and activation may be NULL. */
    void (*conv_forward)(const cn__conv *conv, const real *x, const real *packed, const real *bias,
                         const cn__activation *activation, real *y, size_t samples, real *scratch);
    void (*conv_to_input)(const cn__conv *conv, const real *dy, const real *packed, const real *bias,
                          const cn__activation *activation, real *dx, size_t samples, real *scratch);
    /* Columns first … first + cols - 1 of the kernel's gradient of a block of samples, at dk[r * dk_row + column - first]. */
    void (*conv_to_kernel)(const cn__conv *conv, const real *x, const real *dy, size_t samples, real *dk,
                           size_t dk_row, size_t first, size_t cols, real *scratch);

    /* Pooling over windows (kh, kw), which may not lie in the padding wholly; padding takes no part, in an average's count neither.
     * Whole samples. The passes back set dx to 0 and add in ascending order of outputs; of equal maxima the first has it. A
     * global one has the image for its window. */
    void (*max_pool)(const cn__conv *v, const real *x, real *y, size_t samples);
    void (*max_pool_back)(const cn__conv *v, const real *x, const real *dy, real *dx, size_t samples);
    void (*average_pool)(const cn__conv *v, const real *x, real *y, size_t samples);
    void (*average_pool_back)(const cn__conv *v, const real *dy, real *dx, size_t samples);

    /* One image resampled: out (h, w, c). kernels/warp.h. */
    void (*warp)(const cn__warp *v, const real m[6], const real *px, const real *py, const real *image,
                 real *out);
} cn__kernels;

/* The table for this machine: the widest instruction set it has, or the one that the environment
 * variable CORNU_ISA names (scalar, avx2, avx512, neon) if the machine has it. Chosen once. */
const cn__kernels *cn__kernels_get(void);

/* A table by name, NULL if it was not built or the machine lacks it; for tests that compare. */
const cn__kernels *cn__kernels_named(const char *isa);
/* The names of those that run here, widest first; ends in NULL. */
const char *const *cn__kernels_list(void);

/* Which of its input and output an activation's derivative is computed from. */
typedef enum cn__act_needs { CN_NEEDS_NOTHING, CN_NEEDS_OUTPUT, CN_NEEDS_INPUT } cn__act_needs;
cn__act_needs cn__activation_derivative_reads(const cn__activation *f);
/* Is it max(0, z) and no more? Convolutions apply that to what they hold in registers. */
bool cn__activation_is_relu(const cn__activation *f);

#endif
