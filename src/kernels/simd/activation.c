/* Activations and their derivatives. Each elementwise one is a function from vector to vector, and its
 * derivative one of input or output, as cn__activation_derivative_reads says; the loops over arrays are made by
 * LOOPS. Derivatives at a corner are TensorFlow's. */
#include "kernels/kernels.h"
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/vmath.h"

typedef const real *parameters;
#define MAP(name, x) VF vf name(__attribute__((unused)) vf x, __attribute__((unused)) parameters p)

VF vf one(void) { return vf_set1(1); }

/* ---- each one: f(z), and f'(z) from z or from a = f(z) ---------------------------------------------- */

MAP(linear, z) { return z; }
MAP(linear_slope, z) { return one(); }

MAP(relu, z) { return vf_max(vf_zero(), z); }
MAP(relu_slope, a) { return vf_mask(vf_gt(a, vf_zero()), one()); }

/* p: negative slope, greatest value, threshold; a threshold under 0 lets through negative values, unless there is
 * a greatest value. */
MAP(bounded_relu, z)
{
    const vf threshold = vf_set1(p[2]), least = vf_set1(p[1] < INFINITY ? 0 : -INFINITY);
    vf kept = vf_select(vf_le(z, threshold), vf_zero(), z);
    kept = vf_min(vf_set1(p[1]), vf_max(least, kept));
    vf below = vf_min(vf_max(vf_sub(threshold, z), vf_zero()), vf_set1(CN_REAL_MAX)); /* 0 · inf is NaN */
    return vf_fnma(vf_set1(p[0]), below, kept);
}
MAP(bounded_relu_slope, z)
{
    const vf threshold = vf_set1(p[2]), least = vf_set1(p[1] < INFINITY ? 0 : -INFINITY);
    vm inside =
        vm_and(vf_ge(z, least), p[1] == 6 && p[2] == 0 ? vf_lt(z, vf_set1(6)) : vf_le(z, vf_set1(p[1])));
    vf above = vf_mask(vm_and(inside, vf_gt(z, threshold)), one());
    return vf_select(vf_lt(z, threshold), vf_set1(p[0]), above);
}
MAP(bounded_relu_slope_of_output, a)
{
    vf above = vf_mask(vf_lt(a, vf_set1(p[1])), one());
    return vf_select(vf_gt(a, vf_zero()), above, vf_set1(p[0]));
}

MAP(relu6, z) { return vf_min(vf_set1(6), vf_max(vf_zero(), z)); }
MAP(relu6_slope, a) { return vf_mask(vm_and(vf_gt(a, vf_zero()), vf_lt(a, vf_set1(6))), one()); }

MAP(leaky_relu, z) { return vf_select(vf_le(z, vf_zero()), vf_mul(vf_set1(p[0]), z), z); }
MAP(leaky_relu_slope, za) { return vf_select(vf_gt(za, vf_zero()), one(), vf_set1(p[0])); }

MAP(elu, z) { return vf_select(vf_gt(z, vf_zero()), z, vf_mul(vf_set1(p[0]), vf_expm1(z))); }
MAP(elu_slope, z) { return vf_select(vf_gt(z, vf_zero()), one(), vf_mul(vf_set1(p[0]), vf_exp(z))); }
MAP(elu_slope_of_output, a) { return vf_select(vf_gt(a, vf_zero()), one(), vf_add(a, vf_set1(p[0]))); }

MAP(celu, z)
{
    const vf alpha = vf_set1(p[0]);
    return vf_select(vf_gt(z, vf_zero()), z, vf_mul(alpha, vf_expm1(vf_div(z, alpha))));
}
MAP(celu_slope, z) { return vf_select(vf_gt(z, vf_zero()), one(), vf_exp(vf_div(z, vf_set1(p[0])))); }

/* Klambauer et al., 2017, equation 14. */
#define SELU_SCALE ((real)1.0507009873554804934193349852946)
#define SELU_ALPHA ((real)1.6732632423543772848170429916717)
MAP(selu, z)
{
    vf low = vf_mul(vf_set1(SELU_SCALE * SELU_ALPHA), vf_expm1(z));
    return vf_select(vf_lt(z, vf_zero()), low, vf_mul(vf_set1(SELU_SCALE), z));
}
MAP(selu_slope, a)
{
    return vf_select(vf_lt(a, vf_zero()), vf_add(a, vf_set1(SELU_SCALE * SELU_ALPHA)), vf_set1(SELU_SCALE));
}

#define SQRT_HALF ((real)0.70710678118654752440)
MAP(gelu, z)
{
    vf half = vf_mul(vf_set1((real)0.5), z);
    return vf_fma(half, vf_erf(vf_mul(z, vf_set1(SQRT_HALF))), half);
}
/* Φ(z) + z φ(z). */
MAP(gelu_slope, z)
{
    const vf half = vf_set1((real)0.5), inverse_sqrt_2_pi = vf_set1((real)0.39894228040143267794);
    vf share = vf_fma(half, vf_erf(vf_mul(z, vf_set1(SQRT_HALF))), half);
    vf density = vf_mul(inverse_sqrt_2_pi, vf_exp(vf_mul(vf_mul(z, z), vf_set1((real)-0.5))));
    /* Far out z² is infinite where the density is 0. */
    return vf_fma(vf_min(vf_set1(100), vf_max(vf_set1(-100), z)), density, share);
}

/* z (1 + tanh(√(2/π) (z + 0.044715 z³))) / 2: Hendrycks and Gimpel, 2016. */
#define GELU_SCALE ((real)0.79788456080286535588)
#define GELU_CUBE ((real)0.044715)
VF vf gelu_tanh(vf z)
{
    vf cube = vf_fma(vf_mul(vf_set1(GELU_CUBE), z), vf_mul(z, z), z);
    return vf_tanh(vf_mul(vf_set1(GELU_SCALE), cube));
}
MAP(gelu_approximate, z)
{
    vf half = vf_mul(vf_set1((real)0.5), z);
    return vf_fma(half, gelu_tanh(z), half);
}
MAP(gelu_approximate_slope, z)
{
    const vf half = vf_set1((real)0.5);
    z = vf_min(vf_set1(100), vf_max(vf_set1(-100), z));
    vf t = gelu_tanh(z);
    vf inner = vf_mul(vf_set1(GELU_SCALE), vf_fma(vf_mul(vf_set1(3 * GELU_CUBE), z), z, one()));
    vf rise = vf_mul(vf_mul(half, z), vf_mul(vf_fnma(t, t, one()), inner));
    return vf_add(vf_fma(half, t, half), rise);
}

MAP(sigmoid, z) { return vf_sigmoid(z); }
MAP(sigmoid_slope, a) { return vf_mul(a, vf_sub(one(), a)); }

MAP(tanh_of, z) { return vf_tanh(z); }
MAP(tanh_of_slope, a) { return vf_fnma(a, a, one()); }

MAP(softplus, z) { return vf_softplus(z); }
MAP(softplus_slope, z) { return vf_sigmoid(z); }

MAP(softsign, z) { return vf_div(z, vf_add(one(), vf_abs(z))); }
MAP(softsign_slope, z)
{
    vf inverse = vf_div(one(), vf_add(one(), vf_abs(z)));
    return vf_mul(inverse, inverse);
}

MAP(silu, z) { return vf_mul(z, vf_sigmoid(z)); }
MAP(silu_slope, z)
{
    vf s = vf_sigmoid(z);
    return vf_fma(vf_mul(z, s), vf_sub(one(), s), s);
}

MAP(mish, z) { return vf_mul(z, vf_tanh(vf_softplus(z))); }
MAP(mish_slope, z)
{
    vf t = vf_tanh(vf_softplus(z));
    return vf_fma(vf_mul(z, vf_sigmoid(z)), vf_fnma(t, t, one()), t);
}

MAP(exponential, z) { return vf_exp(z); }
MAP(exponential_slope, a) { return a; }

MAP(hard_sigmoid, z)
{
    vf shifted = vf_min(vf_set1(6), vf_max(vf_zero(), vf_add(z, vf_set1(3))));
    return vf_div(shifted, vf_set1(6));
}
MAP(hard_sigmoid_slope, z)
{
    vf shifted = vf_add(z, vf_set1(3));
    return vf_mask(vm_and(vf_gt(shifted, vf_zero()), vf_lt(shifted, vf_set1(6))), vf_set1((real)(1.0 / 6)));
}

MAP(hard_silu, z) { return vf_mul(z, hard_sigmoid(z, p)); }
MAP(hard_silu_slope, z) { return vf_fma(z, hard_sigmoid_slope(z, p), hard_sigmoid(z, p)); }

/* ---- loops -------------------------------------------------------------------------------------------- */

typedef vf function(vf x, parameters p);

/* y = flush(f(x)). */
VF void map(function *f, parameters p, const real *x, real *y, size_t n)
{
    size_t i = 0;
    for (; i + CN_LANES <= n; i += CN_LANES) vf_store(y + i, vf_flush(f(vf_load(x + i), p)));
    if (i < n) vf_store_some(y + i, vf_flush(f(vf_load_some(x + i, n - i, 0), p)), n - i);
}

/* dz = flush(da · slope(x)), x being input or output. */
VF void map_back(function *slope, parameters p, const real *x, const real *da, real *dz, size_t n)
{
    size_t i = 0;
    for (; i + CN_LANES <= n; i += CN_LANES)
        vf_store(dz + i, vf_flush(vf_mul(vf_load(da + i), slope(vf_load(x + i), p))));
    if (i < n)
        vf_store_some(
            dz + i, vf_flush(vf_mul(vf_load_some(da + i, n - i, 0), slope(vf_load_some(x + i, n - i, 0), p))),
            n - i);
}

typedef void forward_loop(parameters p, const real *x, real *y, size_t n);
typedef void backward_loop(parameters p, const real *x, const real *da, real *dz, size_t n);

#define FORWARD(name)                                                                                        \
    static void name##_loop(parameters p, const real *x, real *y, size_t n) { map(name, p, x, y, n); }
#define BACKWARD(name)                                                                                       \
    static void name##_loop(parameters p, const real *x, const real *da, real *dz, size_t n)                 \
    {                                                                                                        \
        map_back(name, p, x, da, dz, n);                                                                     \
    }
#define LOOPS(name) FORWARD(name) BACKWARD(name##_slope)

LOOPS(linear)
LOOPS(relu)
LOOPS(bounded_relu)
BACKWARD(bounded_relu_slope_of_output)
LOOPS(relu6)
LOOPS(leaky_relu)
LOOPS(elu)
BACKWARD(elu_slope_of_output)
LOOPS(celu)
LOOPS(selu)
LOOPS(gelu)
LOOPS(gelu_approximate)
LOOPS(sigmoid)
LOOPS(tanh_of)
LOOPS(softplus)
LOOPS(softsign)
LOOPS(silu)
LOOPS(mish)
LOOPS(exponential)
LOOPS(hard_sigmoid)
LOOPS(hard_silu)

typedef struct loops {
    forward_loop *forward;
    backward_loop *backward;
} loops;

#define BOTH(name)                                                                                           \
    {                                                                                                        \
        name##_loop, name##_slope_loop                                                                       \
    }
static const loops plain[CN_ACT_ELEMENTWISE_COUNT] = {
    [CN_ACT_LINEAR] = BOTH(linear),
    [CN_ACT_RELU] = BOTH(bounded_relu),
    [CN_ACT_RELU6] = BOTH(relu6),
    [CN_ACT_LEAKY_RELU] = BOTH(leaky_relu),
    [CN_ACT_ELU] = BOTH(elu),
    [CN_ACT_CELU] = BOTH(celu),
    [CN_ACT_SELU] = BOTH(selu),
    [CN_ACT_GELU] = BOTH(gelu),
    [CN_ACT_SIGMOID] = BOTH(sigmoid),
    [CN_ACT_TANH] = BOTH(tanh_of),
    [CN_ACT_SOFTPLUS] = BOTH(softplus),
    [CN_ACT_SOFTSIGN] = BOTH(softsign),
    [CN_ACT_SILU] = BOTH(silu),
    [CN_ACT_MISH] = BOTH(mish),
    [CN_ACT_EXPONENTIAL] = BOTH(exponential),
    [CN_ACT_HARD_SIGMOID] = BOTH(hard_sigmoid),
    [CN_ACT_HARD_SILU] = BOTH(hard_silu),
};
static const loops simple_relu = BOTH(relu), tanh_gelu = BOTH(gelu_approximate);
static const loops relu_of_output = {bounded_relu_loop, bounded_relu_slope_of_output_loop};
static const loops elu_of_output = {elu_loop, elu_slope_of_output_loop};

/* The loops of an activation with its parameters. */
static const loops *loops_of(const cn__activation *f)
{
    const bool of_output = cn__activation_derivative_reads(f) == CN_NEEDS_OUTPUT;
    switch (f->kind) {
    case CN_ACT_RELU:
        if (cn__activation_is_relu(f)) return &simple_relu;
        return of_output ? &relu_of_output : &plain[CN_ACT_RELU];
    case CN_ACT_ELU: return of_output ? &elu_of_output : &plain[CN_ACT_ELU];
    case CN_ACT_GELU: return f->p[0] != 0 ? &tanh_gelu : &plain[CN_ACT_GELU];
    default: return &plain[f->kind];
    }
}

void KERNEL(activate)(const cn__activation *f, const real *z, real *a, size_t n)
{
    loops_of(f)->forward(f->p, z, a, n);
}

void KERNEL(activate_back)(const cn__activation *f, const real *z, const real *a, const real *da, real *dz,
                           size_t n)
{
    static const char reads[] = {[CN_NEEDS_NOTHING] = 'd', [CN_NEEDS_OUTPUT] = 'a', [CN_NEEDS_INPUT] = 'z'};
    const char what = reads[cn__activation_derivative_reads(f)];
    loops_of(f)->backward(f->p, what == 'a' ? a : what == 'z' ? z : da, da, dz, n);
}
