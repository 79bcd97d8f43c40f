/* Activations and their derivatives. Each elementwise one is a function from vector to vector, and its
 * derivative one of input or output, as cn__activation_needs says; the loops over arrays are made by
 * LOOPS. At the end of the file: softmax and its logarithm, which run over rows.
 * Derivatives at a corner are TensorFlow's. */
#include "kernels/kernels.h"
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/vmath.h"

typedef const real *parameters;

VF vf one(void) { return vf_set1(1); }

/* ---- each one: f(z), and f'(z) from z or from a = f(z) ---------------------------------------------- */

VF vf linear(vf z, parameters p) { (void)p; return z; }
VF vf linear_slope(vf z, parameters p) { (void)z, (void)p; return one(); }

VF vf relu(vf z, parameters p) { (void)p; return vf_max(vf_zero(), z); }
VF vf relu_slope(vf a, parameters p) { (void)p; return vf_mask(vf_gt(a, vf_zero()), one()); }

/* p: negative slope, greatest value, threshold; a threshold under 0 lets through negative values, unless there is
 * a greatest value. */
VF vf bounded_relu(vf z, parameters p)
{
    const vf threshold = vf_set1(p[2]), least = vf_set1(p[1] < INFINITY ? 0 : -INFINITY);
    vf kept = vf_select(vf_le(z, threshold), vf_zero(), z);
    kept = vf_min(vf_set1(p[1]), vf_max(least, kept));
    return vf_fnma(vf_set1(p[0]), vf_max(vf_sub(threshold, z), vf_zero()), kept);
}
VF vf bounded_relu_slope(vf z, parameters p)
{
    const vf threshold = vf_set1(p[2]), least = vf_set1(p[1] < INFINITY ? 0 : -INFINITY);
    vm inside = vm_and(vf_ge(z, least), vf_lt(z, vf_set1(p[1])));
    vf above = vf_mask(vm_and(inside, vf_gt(z, threshold)), one());
    return vf_select(vf_lt(z, threshold), vf_set1(p[0]), above);
}
VF vf bounded_relu_slope_of_output(vf a, parameters p)
{
    vf above = vf_mask(vf_lt(a, vf_set1(p[1])), one());
    return vf_select(vf_gt(a, vf_zero()), above, vf_set1(p[0]));
}

VF vf relu6(vf z, parameters p) { (void)p; return vf_min(vf_set1(6), vf_max(vf_zero(), z)); }
VF vf relu6_slope(vf a, parameters p)
{
    (void)p;
    return vf_mask(vm_and(vf_gt(a, vf_zero()), vf_lt(a, vf_set1(6))), one());
}

VF vf leaky_relu(vf z, parameters p) { return vf_select(vf_le(z, vf_zero()), vf_mul(vf_set1(p[0]), z), z); }
VF vf leaky_relu_slope(vf za, parameters p) { return vf_select(vf_gt(za, vf_zero()), one(), vf_set1(p[0])); }

VF vf elu(vf z, parameters p) { return vf_select(vf_gt(z, vf_zero()), z, vf_mul(vf_set1(p[0]), vf_expm1(z))); }
VF vf elu_slope(vf z, parameters p) { return vf_select(vf_gt(z, vf_zero()), one(), vf_mul(vf_set1(p[0]), vf_exp(z))); }
VF vf elu_slope_of_output(vf a, parameters p) { return vf_select(vf_gt(a, vf_zero()), one(), vf_add(a, vf_set1(p[0]))); }

VF vf celu(vf z, parameters p)
{
    const vf alpha = vf_set1(p[0]);
    return vf_select(vf_gt(z, vf_zero()), z, vf_mul(alpha, vf_expm1(vf_div(z, alpha))));
}
VF vf celu_slope(vf z, parameters p)
{
    return vf_select(vf_gt(z, vf_zero()), one(), vf_exp(vf_div(z, vf_set1(p[0]))));
}

/* Klambauer et al., 2017, equation 14. */
#define SELU_SCALE ((real)1.0507009873554804934193349852946)
#define SELU_ALPHA ((real)1.6732632423543772848170429916717)
VF vf selu(vf z, parameters p)
{
    (void)p;
    vf low = vf_mul(vf_set1(SELU_SCALE * SELU_ALPHA), vf_expm1(z));
    return vf_select(vf_lt(z, vf_zero()), low, vf_mul(vf_set1(SELU_SCALE), z));
}
VF vf selu_slope(vf a, parameters p)
{
    (void)p;
    return vf_select(vf_lt(a, vf_zero()), vf_add(a, vf_set1(SELU_SCALE * SELU_ALPHA)), vf_set1(SELU_SCALE));
}

#define SQRT_HALF ((real)0.70710678118654752440)
VF vf gelu(vf z, parameters p)
{
    (void)p;
    vf half = vf_mul(vf_set1((real)0.5), z);
    return vf_fma(half, vf_erf(vf_mul(z, vf_set1(SQRT_HALF))), half);
}
/* Φ(z) + z φ(z). */
VF vf gelu_slope(vf z, parameters p)
{
    (void)p;
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
VF vf gelu_approximate(vf z, parameters p)
{
    (void)p;
    vf half = vf_mul(vf_set1((real)0.5), z);
    return vf_fma(half, gelu_tanh(z), half);
}
VF vf gelu_approximate_slope(vf z, parameters p)
{
    (void)p;
    const vf half = vf_set1((real)0.5);
    z = vf_min(vf_set1(100), vf_max(vf_set1(-100), z));
    vf t = gelu_tanh(z);
    vf inner = vf_mul(vf_set1(GELU_SCALE), vf_fma(vf_mul(vf_set1(3 * GELU_CUBE), z), z, one()));
    vf rise = vf_mul(vf_mul(half, z), vf_mul(vf_fnma(t, t, one()), inner));
    return vf_add(vf_fma(half, t, half), rise);
}

VF vf sigmoid(vf z, parameters p) { (void)p; return vf_sigmoid(z); }
VF vf sigmoid_slope(vf a, parameters p) { (void)p; return vf_mul(a, vf_sub(one(), a)); }

VF vf tanh_(vf z, parameters p) { (void)p; return vf_tanh(z); }
VF vf tanh_slope(vf a, parameters p) { (void)p; return vf_fnma(a, a, one()); }

VF vf softplus(vf z, parameters p) { (void)p; return vf_softplus(z); }
VF vf softplus_slope(vf z, parameters p) { (void)p; return vf_sigmoid(z); }

VF vf softsign(vf z, parameters p) { (void)p; return vf_div(z, vf_add(one(), vf_abs(z))); }
VF vf softsign_slope(vf z, parameters p)
{
    (void)p;
    vf inverse = vf_div(one(), vf_add(one(), vf_abs(z)));
    return vf_mul(inverse, inverse);
}

VF vf silu(vf z, parameters p) { (void)p; return vf_mul(z, vf_sigmoid(z)); }
VF vf silu_slope(vf z, parameters p)
{
    (void)p;
    vf s = vf_sigmoid(z);
    return vf_fma(vf_mul(z, s), vf_sub(one(), s), s);
}

VF vf mish(vf z, parameters p) { (void)p; return vf_mul(z, vf_tanh(vf_softplus(z))); }
VF vf mish_slope(vf z, parameters p)
{
    (void)p;
    vf t = vf_tanh(vf_softplus(z));
    return vf_fma(vf_mul(z, vf_sigmoid(z)), vf_fnma(t, t, one()), t);
}

VF vf exponential(vf z, parameters p) { (void)p; return vf_exp(z); }
VF vf exponential_slope(vf a, parameters p) { (void)p; return a; }

VF vf hard_sigmoid(vf z, parameters p)
{
    (void)p;
    vf shifted = vf_min(vf_set1(6), vf_max(vf_zero(), vf_add(z, vf_set1(3))));
    return vf_div(shifted, vf_set1(6));
}
VF vf hard_sigmoid_slope(vf z, parameters p)
{
    (void)p;
    vf shifted = vf_add(z, vf_set1(3));
    return vf_mask(vm_and(vf_gt(shifted, vf_zero()), vf_lt(shifted, vf_set1(6))), vf_set1((real)(1.0 / 6)));
}

VF vf hard_silu(vf z, parameters p) { return vf_mul(z, hard_sigmoid(z, p)); }
VF vf hard_silu_slope(vf z, parameters p) { return vf_fma(z, hard_sigmoid_slope(z, p), hard_sigmoid(z, p)); }

/* ---- loops -------------------------------------------------------------------------------------------- */

typedef vf function(vf x, parameters p);

VF vf get(const real *p, size_t n, real fill) { return n >= CN_LANES ? vf_load(p) : vf_load_part(p, (int)n, fill); }

VF void put(real *p, vf x, size_t n)
{
    if (n >= CN_LANES)
        vf_store(p, x);
    else
        vf_store_part(p, x, (int)n);
}

/* y = flush(f(x)). */
VF void map(function *f, parameters p, const real *x, real *y, size_t n)
{
    size_t i = 0;
    for (; i + CN_LANES <= n; i += CN_LANES) vf_store(y + i, vf_flush(f(vf_load(x + i), p)));
    if (i < n) put(y + i, vf_flush(f(get(x + i, n - i, 0), p)), n - i);
}

/* dz = flush(da · slope(x)), x being input or output. */
VF void map_back(function *slope, parameters p, const real *x, const real *da, real *dz, size_t n)
{
    size_t i = 0;
    for (; i + CN_LANES <= n; i += CN_LANES)
        vf_store(dz + i, vf_flush(vf_mul(vf_load(da + i), slope(vf_load(x + i), p))));
    if (i < n) put(dz + i, vf_flush(vf_mul(get(da + i, n - i, 0), slope(get(x + i, n - i, 0), p))), n - i);
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
LOOPS(tanh_)
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

#define BOTH(name) {name##_loop, name##_slope_loop}
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
    [CN_ACT_TANH] = BOTH(tanh_),
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
    const bool of_output = cn__activation_needs(f) == CN_NEEDS_OUTPUT;
    switch (f->kind) {
    case CN_ACT_RELU:
        if (f->p[0] == 0 && f->p[2] == 0 && f->p[1] == INFINITY) return &simple_relu;
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

void KERNEL(activate_back)(const cn__activation *f, const real *z, const real *a, const real *da, real *dz, size_t n)
{
    static const char reads[] = {[CN_NEEDS_NOTHING] = 'd', [CN_NEEDS_OUTPUT] = 'a', [CN_NEEDS_INPUT] = 'z'};
    const char what = reads[cn__activation_needs(f)];
    loops_of(f)->backward(f->p, what == 'a' ? a : what == 'z' ? z : da, da, dz, n);
}

/* ---- rows --------------------------------------------------------------------------------------------- */

VF real largest(const real *z, size_t cols)
{
    vf most = vf_set1(-INFINITY);
    for (size_t c = 0; c < cols; c += CN_LANES) most = vf_max(most, get(z + c, cols - c, -INFINITY));
    return vf_largest(most);
}

VF void softmax_row(const real *z, real *a, size_t cols)
{
    const vf most = vf_set1(largest(z, cols));
    vf sum = vf_zero();
    for (size_t c = 0; c < cols; c += CN_LANES) {
        vf e = vf_exp(vf_sub(get(z + c, cols - c, -INFINITY), most));
        put(a + c, e, cols - c);
        sum = vf_add(sum, e);
    }
    sum = vf_set1(vf_sum(sum));
    for (size_t c = 0; c < cols; c += CN_LANES) put(a + c, vf_div(get(a + c, cols - c, 0), sum), cols - c);
}

/* Rows of up to 16 stay in one register. */
VF void softmax_short_row(const real *z, real *a, int cols)
{
    vf x = vf_load_part(z, cols, -INFINITY);
    vf e = vf_exp(vf_sub(x, vf_set1(vf_largest(x))));
    vf_store_part(a, vf_div(e, vf_set1(vf_sum(e))), cols);
}

void KERNEL(softmax)(const real *z, real *a, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, z += cols, a += cols)
        if (cols <= CN_LANES)
            softmax_short_row(z, a, (int)cols);
        else
            softmax_row(z, a, cols);
}

void KERNEL(log_softmax)(const real *z, real *a, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, z += cols, a += cols) {
        const vf most = vf_set1(largest(z, cols));
        vf sum = vf_zero();
        for (size_t c = 0; c < cols; c += CN_LANES)
            sum = vf_add(sum, vf_exp(vf_sub(get(z + c, cols - c, -INFINITY), most)));
        const vf log_sum = vf_log(vf_set1(vf_sum(sum)));
        for (size_t c = 0; c < cols; c += CN_LANES)
            put(a + c, vf_sub(vf_sub(get(z + c, cols - c, 0), most), log_sum), cols - c);
    }
}

/* dz = a (da - Σ a da). */
void KERNEL(softmax_back)(const real *a, const real *da, real *dz, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, a += cols, da += cols, dz += cols) {
        vf sum = vf_zero();
        for (size_t c = 0; c < cols; c += CN_LANES)
            sum = vf_fma(get(a + c, cols - c, 0), get(da + c, cols - c, 0), sum);
        sum = vf_set1(vf_sum(sum));
        for (size_t c = 0; c < cols; c += CN_LANES) {
            vf d = vf_mul(get(a + c, cols - c, 0), vf_sub(get(da + c, cols - c, 0), sum));
            put(dz + c, vf_flush(d), cols - c);
        }
    }
}

/* dz = da - exp(a) Σ da. */
void KERNEL(log_softmax_back)(const real *a, const real *da, real *dz, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++, a += cols, da += cols, dz += cols) {
        vf sum = vf_zero();
        for (size_t c = 0; c < cols; c += CN_LANES) sum = vf_add(sum, get(da + c, cols - c, 0));
        sum = vf_set1(vf_sum(sum));
        for (size_t c = 0; c < cols; c += CN_LANES) {
            vf d = vf_fnma(vf_exp(get(a + c, cols - c, 0)), sum, get(da + c, cols - c, 0));
            put(dz + c, vf_flush(d), cols - c);
        }
    }
}
