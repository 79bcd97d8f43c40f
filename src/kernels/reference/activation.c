/* Activations of single numbers, and their derivatives. What is smaller than 2^-100 becomes 0 in the end. */
#include <math.h>

#include "kernels/reference/reference.h"

#define SELU_SCALE ((real)1.0507009873554804934193349852946)
#define SELU_ALPHA ((real)1.6732632423543772848170429916717)
#define SQRT_HALF ((real)0.70710678118654752440)
#define INVERSE_SQRT_2_PI ((real)0.39894228040143267794)
#define GELU_SCALE ((real)0.79788456080286535588)
#define GELU_CUBE ((real)0.044715)

static real within(real low, real high, real x) { return cn__ref_smaller(high, cn__ref_larger(low, x)); }

static real sigmoid(real x) { return 1 / (1 + cn__ref_exp(-x)); }
static real softplus(real x) { return cn__ref_larger(0, x) + cn__ref_log1p(cn__ref_exp(-CN_REF_ABS(x))); }
static real hard_sigmoid(real z) { return within(0, 6, z + 3) / 6; }
static real hard_sigmoid_slope(real z) { return z + 3 > 0 && z + 3 < 6 ? (real)(1.0 / 6) : 0; }

/* p: negative slope, greatest value, threshold. */
static real relu(const real *p, real z)
{
    const real least = p[1] < INFINITY ? 0 : -INFINITY, kept = within(least, p[1], z <= p[2] ? 0 : z);
    const real below = cn__ref_smaller(cn__ref_larger(p[2] - z, 0), CN_REAL_MAX);
    return CN_REF_FMA(-p[0], below, kept);
}

/* Of the input, where that is what the derivative is computed from; else of the output. */
static real relu_slope(const cn__activation *f, real x)
{
    const real *p = f->p, least = p[1] < INFINITY ? 0 : -INFINITY;
    if (p[0] == 0 && p[1] == INFINITY && p[2] == 0) return x > 0 ? 1 : 0;
    if (cn__activation_derivative_reads(f) == CN_NEEDS_OUTPUT) return x > 0 ? (x < p[1] ? 1 : 0) : p[0];
    if (x < p[2]) return p[0];
    return x >= least && (p[1] == 6 && p[2] == 0 ? x < 6 : x <= p[1]) && x > p[2] ? 1 : 0;
}

static real gelu(real z)
{
    const real half = (real)0.5 * z;
    return CN_REF_FMA(half, cn__ref_erf(z * SQRT_HALF), half);
}

/* Φ(z) + z φ(z); far out z² is infinite where the density is 0. */
static real gelu_slope(real z)
{
    const real below = CN_REF_FMA((real)0.5, cn__ref_erf(z * SQRT_HALF), (real)0.5),
               density = INVERSE_SQRT_2_PI * cn__ref_exp(z * z * (real)-0.5);
    return CN_REF_FMA(within(-100, 100, z), density, below);
}

/* Hendrycks and Gimpel, 2016. */
static real gelu_tanh(real z) { return cn__ref_tanh(GELU_SCALE * CN_REF_FMA(GELU_CUBE * z, z * z, z)); }

static real gelu_approximate(real z)
{
    const real half = (real)0.5 * z;
    return CN_REF_FMA(half, gelu_tanh(z), half);
}

static real gelu_approximate_slope(real x)
{
    const real z = within(-100, 100, x), t = gelu_tanh(z);
    const real inner = GELU_SCALE * CN_REF_FMA(3 * GELU_CUBE * z, z, 1),
               rise = (real)0.5 * z * (CN_REF_FMA(-t, t, 1) * inner);
    return CN_REF_FMA((real)0.5, t, (real)0.5) + rise;
}

static real value(const cn__activation *f, real z)
{
    const real *p = f->p;
    switch (f->kind) {
    case CN_ACT_RELU: return relu(p, z);
    case CN_ACT_RELU6: return within(0, 6, z);
    case CN_ACT_LEAKY_RELU: return z <= 0 ? p[0] * z : z;
    case CN_ACT_ELU: return z > 0 ? z : p[0] * cn__ref_expm1(z);
    case CN_ACT_CELU: return z > 0 ? z : p[0] * cn__ref_expm1(z / p[0]);
    case CN_ACT_SELU: return z < 0 ? SELU_SCALE * SELU_ALPHA * cn__ref_expm1(z) : SELU_SCALE * z;
    case CN_ACT_GELU: return p[0] != 0 ? gelu_approximate(z) : gelu(z);
    case CN_ACT_SIGMOID: return sigmoid(z);
    case CN_ACT_TANH: return cn__ref_tanh(z);
    case CN_ACT_SOFTPLUS: return softplus(z);
    case CN_ACT_SOFTSIGN: return z / (1 + CN_REF_ABS(z));
    case CN_ACT_SILU: return z * sigmoid(z);
    case CN_ACT_MISH: return z * cn__ref_tanh(softplus(z));
    case CN_ACT_EXPONENTIAL: return cn__ref_exp(z);
    case CN_ACT_HARD_SIGMOID: return hard_sigmoid(z);
    case CN_ACT_HARD_SILU: return z * hard_sigmoid(z);
    default: return z;
    }
}

static real silu_slope(real z)
{
    const real s = sigmoid(z);
    return CN_REF_FMA(z * s, 1 - s, s);
}

static real mish_slope(real z)
{
    const real t = cn__ref_tanh(softplus(z));
    return CN_REF_FMA(z * sigmoid(z), CN_REF_FMA(-t, t, 1), t);
}

/* From x, the input or the output (cn__activation_derivative_reads). */
static real slope(const cn__activation *f, real x)
{
    const real *p = f->p, softsign = 1 / (1 + CN_REF_ABS(x));
    const bool of_output = cn__activation_derivative_reads(f) == CN_NEEDS_OUTPUT;
    switch (f->kind) {
    case CN_ACT_RELU: return relu_slope(f, x);
    case CN_ACT_RELU6: return x > 0 && x < 6 ? 1 : 0;
    case CN_ACT_LEAKY_RELU: return x > 0 ? 1 : p[0];
    case CN_ACT_ELU: return x > 0 ? 1 : of_output ? x + p[0] : p[0] * cn__ref_exp(x);
    case CN_ACT_CELU: return x > 0 ? 1 : cn__ref_exp(x / p[0]);
    case CN_ACT_SELU: return x < 0 ? x + SELU_SCALE * SELU_ALPHA : SELU_SCALE;
    case CN_ACT_GELU: return p[0] != 0 ? gelu_approximate_slope(x) : gelu_slope(x);
    case CN_ACT_SIGMOID: return x * (1 - x);
    case CN_ACT_TANH: return CN_REF_FMA(-x, x, 1);
    case CN_ACT_SOFTPLUS: return sigmoid(x);
    case CN_ACT_SOFTSIGN: return softsign * softsign;
    case CN_ACT_SILU: return silu_slope(x);
    case CN_ACT_MISH: return mish_slope(x);
    case CN_ACT_EXPONENTIAL: return x;
    case CN_ACT_HARD_SIGMOID: return hard_sigmoid_slope(x);
    case CN_ACT_HARD_SILU: return CN_REF_FMA(x, hard_sigmoid_slope(x), hard_sigmoid(x));
    default: return 1;
    }
}

void cn__ref_activate(const cn__activation *f, const real *z, real *a, size_t n)
{
    for (size_t i = 0; i < n; i++) a[i] = cn__ref_flush(value(f, z[i]));
}

void cn__ref_activate_back(const cn__activation *f, const real *z, const real *a, const real *da, real *dz,
                           size_t n)
{
    const real *x = cn__activation_derivative_reads(f) == CN_NEEDS_OUTPUT ? a : z;
    for (size_t i = 0; i < n; i++) dz[i] = cn__ref_flush(da[i] * slope(f, x[i]));
}
