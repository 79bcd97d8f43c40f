/* exp, log and their kin on vf: polynomials of our own with fused multiply-adds, so that every
 * instruction set gives the same bits. Minimax coefficients were found by Remez exchange, weighted
 * for relative error. Largest errors seen over dense sweeps, in units in the last place: exp, log and log1p 1,
 * the others under 3. Results that would be denormal are 0. In double precision libm is asked, lane by lane. */
#ifndef CN_KERNELS_SIMD_VMATH_H
#define CN_KERNELS_SIMD_VMATH_H

#include "kernels/simd/vf.h"

/* Sixteen lanes one by one are too much code to have a copy at each use. */
#ifdef VF_SCALAR
#define VMATH static __attribute__((noinline, unused))
#else
#define VMATH VF
#endif

#ifdef CN_REAL_DOUBLE

#define BY_LANE(name, function)                                                                              \
    VMATH vf name(vf a)                                                                                      \
    {                                                                                                        \
        for (int i = 0; i < CN_LANES; i++) a.v[i] = function(a.v[i]);                                        \
        return a;                                                                                            \
    }
BY_LANE(vf_exp, exp)
BY_LANE(vf_expm1, expm1)
BY_LANE(vf_log, log)
BY_LANE(vf_log1p, log1p)
BY_LANE(vf_tanh, tanh)
BY_LANE(vf_erf, erf)
#undef BY_LANE

#else

#define LN2_HIGH 0x1.62e430p-1f
#define LN2_LOW -0x1.05c610p-29f
#define LOG2_E 0x1.715476p+0f

/* Horner's rule: c[0] + c[1] x + … */
VF vf polynomial(vf x, const float *c, int count)
{
    vf y = vf_set1(c[count - 1]);
    for (int i = count - 2; i >= 0; i--) y = vf_fma(y, x, vf_set1(c[i]));
    return y;
}
#define POLYNOMIAL(x, ...)                                                                                   \
    polynomial(x, (const float[]){__VA_ARGS__}, sizeof((const float[]){__VA_ARGS__}) / sizeof(float))

/* x = n ln 2 + r with |r| <= ln 2 / 2, where n lies from `least` to `most`; returns r. n is a number even
 * where x is NaN; beyond the bounds r takes the rest. */
VF vf reduce_exp(vf x, float least, float most, vf *n)
{
    vf k = vf_mul(x, vf_set1(LOG2_E));
    k = vf_round(vf_min(vf_max(k, vf_set1(least)), vf_set1(most)));
    *n = k;
    return vf_fma(k, vf_set1(-LN2_LOW), vf_fma(k, vf_set1(-LN2_HIGH), x));
}

VMATH vf vf_exp(vf x)
{
    const vf least = vf_set1(-0x1.5d589ep+6f); /* ln of the smallest normal number */
    vf n, r = reduce_exp(x, -127, 128, &n);
    vf q = POLYNOMIAL(r, 0x1.fffffcp-2f, 0x1.555490p-3f, 0x1.5558f8p-5f, 0x1.123b02p-7f, 0x1.6a225ap-10f);
    vf p = vf_add(vf_fma(vf_mul(r, r), q, r), vf_set1(1));
    /* 2^128 is no number: its last doubling goes to p. 2^-127 comes out as 0. */
    p = vf_add(p, vf_mask(vf_gt(n, vf_set1(127)), p));
    return vf_select(vf_lt(x, least), vf_zero(), vf_scale(p, vf_min(n, vf_set1(127))));
}

/* exp(x) - 1. Below -20 it is -1. */
VMATH vf vf_expm1(vf x)
{
    vf n, r = reduce_exp(vf_max(vf_set1(-20), x), -30, 128, &n);
    vf q =
        POLYNOMIAL(r, 0.5f, 0x1.555554p-3f, 0x1.5554b0p-5f, 0x1.11118ap-7f, 0x1.6d7348p-10f, 0x1.a032d6p-13f);
    vf p = vf_fma(vf_mul(r, r), q, r);
    vf half = vf_scale(vf_set1(1), vf_sub(n, vf_set1(1))); /* of 2^n: 2^128 is no number */
    half = vf_fma(half, p, vf_sub(half, vf_set1(0.5f)));
    return vf_select(vf_eq(n, vf_zero()), p, vf_add(half, half));
}

/* log(1 + f) + e ln 2 for f from 1/√2 - 1 to √2 - 1. */
VF vf log_near(vf f, vf e)
{
    vf p = POLYNOMIAL(f, 0x1.555548p-2f, -0x1.000006p-2f, 0x1.99a4bcp-3f, -0x1.555c5ap-3f, 0x1.2336e4p-3f,
                      -0x1.fc1f6cp-4f, 0x1.e6f5f2p-4f, -0x1.de4f9ap-4f, 0x1.146338p-4f);
    vf f2 = vf_mul(f, f), y = vf_mul(vf_mul(f, f2), p);
    y = vf_fma(e, vf_set1(LN2_LOW), y);
    y = vf_fma(f2, vf_set1(-0.5f), y);
    return vf_fma(e, vf_set1(LN2_HIGH), vf_add(f, y));
}

/* A positive x as (1 + f) 2^e for log_near; denormal ones too. */
VF vf reduce_log(vf x, vf *e)
{
    vm small = vf_lt(x, vf_set1(CN_REAL_MIN));
    vf m = vf_split(vf_select(small, vf_mul(x, vf_set1(0x1p24f)), x), e);
    vm high = vf_gt(m, vf_set1(0x1.6a09e6p+0f));
    *e = vf_add(vf_sub(*e, vf_mask(small, vf_set1(24))), vf_mask(high, vf_set1(1)));
    return vf_sub(vf_select(high, vf_mul(m, vf_set1(0.5f)), m), vf_set1(1));
}

/* What log makes of 0, negative numbers, infinity and NaN; y elsewhere. */
VF vf log_edges(vf x, vf y)
{
    const vf infinity = vf_set1(INFINITY);
    y = vf_select(vf_lt(x, infinity), y, x);
    y = vf_select(vf_lt(x, vf_zero()), vf_set1(NAN), y);
    return vf_select(vf_eq(x, vf_zero()), vf_neg(infinity), y);
}

VMATH vf vf_log(vf x)
{
    vf e, f = reduce_log(x, &e);
    return log_edges(x, log_near(f, e));
}

/* log(1 + x). */
VMATH vf vf_log1p(vf x)
{
    vf u = vf_add(x, vf_set1(1));
    vf e, f = reduce_log(u, &e);
    vm near = vm_and(vf_gt(x, vf_set1(-0.29f)), vf_lt(x, vf_set1(0.41f)));
    return log_edges(u, log_near(vf_select(near, x, f), vf_select(near, vf_zero(), e)));
}

VMATH vf vf_tanh(vf x)
{
    vf size = vf_abs(x), s = vf_mul(x, x);
    vf p = POLYNOMIAL(s, -0x1.55554ap-2f, 0x1.110d26p-3f, -0x1.b9287ap-5f, 0x1.593d08p-6f, -0x1.9b304ap-8f);
    vf near = vf_fma(vf_mul(s, size), p, size);
    vf far = vf_sub(vf_set1(1), vf_div(vf_set1(2), vf_add(vf_exp(vf_add(size, size)), vf_set1(1))));
    return vf_copysign(vf_select(vf_lt(size, vf_set1(0.55f)), near, far), x);
}

/* Near 0 a polynomial; far from it 1 - exp(-p), p approximating -log erfc. */
VMATH vf vf_erf(vf x)
{
    vf size = vf_abs(x), s = vf_mul(x, x);
    vf p = POLYNOMIAL(s, 0x1.06eba8p-3f, -0x1.812744p-2f, 0x1.ce2e1cp-4f, -0x1.b81002p-6f, 0x1.54d594p-8f,
                      -0x1.aab69ap-11f, 0x1.5e5dbap-14f);
    vf near = vf_fma(p, size, size);
    vf t = vf_min(vf_set1(4), size);
    vf q = POLYNOMIAL(t, -0x1.6b4f5cp-13f, 0x1.212772p+0f, 0x1.4447ccp-1f, 0x1.bb74eap-4f, -0x1.9b68c8p-6f,
                      0x1.112310p-8f, -0x1.c6de0ap-12f, 0x1.60f95ap-16f);
    vf far = vf_sub(vf_set1(1), vf_exp(vf_neg(q)));
    return vf_copysign(vf_select(vf_lt(size, vf_set1(0.92f)), near, far), x);
}

#undef POLYNOMIAL
#undef LN2_HIGH
#undef LN2_LOW
#undef LOG2_E
#endif

VMATH vf vf_sigmoid(vf x)
{
    const vf one = vf_set1(1);
    return vf_div(one, vf_add(one, vf_exp(vf_neg(x))));
}

/* log(1 + exp(x)). */
VMATH vf vf_softplus(vf x) { return vf_add(vf_max(vf_zero(), x), vf_log1p(vf_exp(vf_neg(vf_abs(x))))); }

#endif
