/* exp, log and their kin of one number, as simd/vmath.h computes them for sixteen: which polynomials and why is said there. In double
 * precision they are libm's. */
#include <math.h>
#include <string.h>

#include "kernels/reference/reference.h"

#ifdef CN_REAL_DOUBLE

real cn__ref_exp(real x) { return exp(x); }
real cn__ref_expm1(real x) { return expm1(x); }
real cn__ref_log(real x) { return log(x); }
real cn__ref_log1p(real x) { return log1p(x); }
real cn__ref_tanh(real x) { return tanh(x); }
real cn__ref_erf(real x) { return erf(x); }

#else

#define LN2_HIGH 0x1.62e430p-1f
#define LN2_LOW -0x1.05c610p-29f
#define LOG2_E 0x1.715476p+0f

/* c[0] + c[1] x + … */
static float polynomial(float x, const float *c, int count)
{
    float y = c[count - 1];
    for (int i = count - 2; i >= 0; i--) y = fmaf(y, x, c[i]);
    return y;
}
#define POLYNOMIAL(x, ...)                                                                                   \
    polynomial(x, (const float[]){__VA_ARGS__}, sizeof((const float[]){__VA_ARGS__}) / sizeof(float))

/* x = n ln 2 + r. */
static float reduce_exp(float x, float least, float most, float *n)
{
    const float k = x * LOG2_E;
    *n = rintf(cn__ref_smaller(cn__ref_larger(k, least), most));
    return fmaf(*n, -LN2_LOW, fmaf(*n, -LN2_HIGH, x));
}

/* 2^n; 0 where that is denormal. */
static float power_of_two(float n) { return n < -126 ? 0 : ldexpf(1, (int)n); }

float cn__ref_exp(float x)
{
    float n;
    const float r = reduce_exp(x, -127, 128, &n);
    const float q =
        POLYNOMIAL(r, 0x1.fffffcp-2f, 0x1.555490p-3f, 0x1.5558f8p-5f, 0x1.123b02p-7f, 0x1.6a225ap-10f);
    float p = fmaf(r * r, q, r) + 1;
    if (n > 127) p += p; /* 2^128 is no number */
    return x < -0x1.5d589ep+6f ? 0 : p * power_of_two(cn__ref_smaller(n, 127));
}

float cn__ref_expm1(float x)
{
    float n;
    const float r = reduce_exp(cn__ref_larger(-20, x), -30, 128, &n);
    const float q =
        POLYNOMIAL(r, 0.5f, 0x1.555554p-3f, 0x1.5554b0p-5f, 0x1.11118ap-7f, 0x1.6d7348p-10f, 0x1.a032d6p-13f);
    const float p = fmaf(r * r, q, r), half = power_of_two(n - 1), whole = fmaf(half, p, half - 0.5f);
    return n == 0 ? p : whole + whole;
}

/* log(1 + f) + e ln 2 for f from 1/√2 - 1 to √2 - 1. */
static float log_near(float f, float e)
{
    const float p =
        POLYNOMIAL(f, 0x1.555548p-2f, -0x1.000006p-2f, 0x1.99a4bcp-3f, -0x1.555c5ap-3f, 0x1.2336e4p-3f,
                   -0x1.fc1f6cp-4f, 0x1.e6f5f2p-4f, -0x1.de4f9ap-4f, 0x1.146338p-4f);
    const float f2 = f * f;
    float y = f * f2 * p;
    y = fmaf(e, LN2_LOW, y);
    y = fmaf(f2, -0.5f, y);
    return fmaf(e, LN2_HIGH, f + y);
}

/* A positive x is (1 + f) 2^e. */
static float reduce_log(float x, float *e)
{
    const bool small = x < CN_REAL_MIN;
    uint32_t bits;
    float m = small ? x * 0x1p24f : x;
    memcpy(&bits, &m, sizeof bits);
    *e = (float)((int32_t)(bits >> 23) - 127) - (small ? 24 : 0);
    bits = (bits & 0x007fffffu) | 0x3f800000u;
    memcpy(&m, &bits, sizeof m);
    if (!(m > 0x1.6a09e6p+0f)) return m - 1;
    *e += 1;
    return m * 0.5f - 1;
}

static float log_edges(float x, float y) { return x == 0 ? -INFINITY : x < 0 ? NAN : x < INFINITY ? y : x; }

float cn__ref_log(float x)
{
    float e;
    const float f = reduce_log(x, &e);
    return log_edges(x, log_near(f, e));
}

float cn__ref_log1p(float x)
{
    float e;
    const float u = x + 1, f = reduce_log(u, &e);
    const bool near = x > -0.29f && x < 0.41f;
    return log_edges(u, log_near(near ? x : f, near ? 0 : e));
}

float cn__ref_tanh(float x)
{
    const float size = fabsf(x), s = x * x;
    const float p =
        POLYNOMIAL(s, -0x1.55554ap-2f, 0x1.110d26p-3f, -0x1.b9287ap-5f, 0x1.593d08p-6f, -0x1.9b304ap-8f);
    return copysignf(size < 0.55f ? fmaf(s * size, p, size) : 1 - 2 / (cn__ref_exp(size + size) + 1), x);
}

float cn__ref_erf(float x)
{
    const float size = fabsf(x), s = x * x, t = cn__ref_smaller(4, size);
    const float p = POLYNOMIAL(s, 0x1.06eba8p-3f, -0x1.812744p-2f, 0x1.ce2e1cp-4f, -0x1.b81002p-6f,
                               0x1.54d594p-8f, -0x1.aab69ap-11f, 0x1.5e5dbap-14f);
    const float q = POLYNOMIAL(t, -0x1.6b4f5cp-13f, 0x1.212772p+0f, 0x1.4447ccp-1f, 0x1.bb74eap-4f,
                               -0x1.9b68c8p-6f, 0x1.112310p-8f, -0x1.c6de0ap-12f, 0x1.60f95ap-16f);
    return copysignf(size < 0.92f ? fmaf(p, size, size) : 1 - cn__ref_exp(-q), x);
}

#endif
