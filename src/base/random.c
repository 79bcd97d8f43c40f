/* Philox4x32-10 as a function of (key, counter). The key is the seed; the counter's words are block low,
 * block high, step, and purpose << 24 | index, so that no two streams of a seed share a block. */
#include "base/random.h"

#include <math.h>

#include "base/dmath.h"

enum { ROUNDS = 10 };

cn__stream cn__random_stream(uint64_t seed, cn__purpose purpose, uint32_t index, uint32_t step)
{
    return (cn__stream){.key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
                        .purpose = (uint32_t)purpose << 24 | (index & 0xFFFFFF),
                        .step = step};
}

void cn__random_block(const cn__stream *stream, uint64_t block, uint32_t out[4])
{
    uint32_t x0 = (uint32_t)block, x1 = (uint32_t)(block >> 32), x2 = stream->step, x3 = stream->purpose;
    uint32_t key0 = stream->key[0], key1 = stream->key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t a = (uint64_t)0xD2511F53 * x0, b = (uint64_t)0xCD9E8D57 * x2;
        x0 = (uint32_t)(b >> 32) ^ x1 ^ key0;
        x1 = (uint32_t)b;
        x2 = (uint32_t)(a >> 32) ^ x3 ^ key1;
        x3 = (uint32_t)a;
        key0 += 0x9E3779B9;
        key1 += 0xBB67AE85;
    }
    out[0] = x0, out[1] = x1, out[2] = x2, out[3] = x3;
}

uint32_t cn__random_u32(const cn__stream *stream, uint64_t element)
{
    uint32_t block[4];
    cn__random_block(stream, element / 4, block);
    return block[element % 4];
}

static uint64_t random_u64(const cn__stream *stream, uint64_t element)
{
    uint32_t block[4];
    cn__random_block(stream, element / 2, block);
    const uint32_t *pair = block + 2 * (element % 2);
    return (uint64_t)pair[0] << 32 | pair[1];
}

double cn__random_uniform(const cn__stream *stream, uint64_t element)
{
    return (double)(random_u64(stream, element) >> 11) * 0x1p-53;
}

/* (-½, ½), symmetric: the 52-bit midpoints (i + ½) 2^-52 - ½, each exact. */
static double random_centred(const cn__stream *stream, uint64_t element)
{
    return ((double)(random_u64(stream, element) >> 12) + 0.5) * 0x1p-52 - 0.5;
}

/* p[0] + x p[1] + … over q[0] + x q[1] + …, both of degree 7 */
static double ratio(double x, const double p[8], const double q[8])
{
    double above = p[7], below = q[7];
    for (int i = 6; i >= 0; i--) {
        above = fma(above, x, p[i]);
        below = fma(below, x, q[i]);
    }
    return above / below;
}

/* The x at which the normal distribution function is ½ + q, |q| < ½: M. J. Wichura, "Algorithm AS 241:
 * the percentage points of the normal distribution", Applied Statistics 37 (1988), PPND16. */
static double normal_quantile(double q)
{
    static const double a[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                                1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double b[8] = {1.0,
                                4.2313330701600911252e+1,
                                6.8718700749205790830e+2,
                                5.3941960214247511077e+3,
                                2.1213794301586595867e+4,
                                3.9307895800092710610e+4,
                                2.8729085735721942674e+4,
                                5.2264952788528545610e+3};
    static const double c[8] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                5.76949722146069140550e0,  3.64784832476320460504e0,
                                1.27045825245236838258e0,  2.41780725177450611770e-1,
                                2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[8] = {1.0,
                                2.05319162663775882187e0,
                                1.67638483018380384940e0,
                                6.89767334985100004550e-1,
                                1.48103976427480074590e-1,
                                1.51986665636164571966e-2,
                                5.47593808499534494600e-4,
                                1.05075007164441684324e-9};
    static const double e[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                1.78482653991729133580e0,  2.96560571828504891230e-1,
                                2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[8] = {1.0,
                                5.99832206555887937690e-1,
                                1.36929880922735805310e-1,
                                1.48753612908506148525e-2,
                                7.86869131145613259100e-4,
                                1.84631831751005468180e-5,
                                1.42151175831644588870e-7,
                                2.04426310338993978564e-15};
    if (fabs(q) <= 0.425) return q * ratio(0.180625 - q * q, a, b);
    double r = sqrt(-cn__log(0.5 - fabs(q)));
    double size = r <= 5 ? ratio(r - 1.6, c, d) : ratio(r - 5, e, f);
    return copysign(size, q);
}

double cn__random_normal(const cn__stream *stream, uint64_t element)
{
    return normal_quantile(random_centred(stream, element));
}

double cn__random_truncated_normal(const cn__stream *stream, uint64_t element)
{
    const double within_two = 0.95449973610364158560; /* the fraction of the distribution in (-2, 2) */
    double x = normal_quantile(random_centred(stream, element) * within_two);
    return fmin(fmax(x, -2), 2);
}

/* floor(bits · n / 2^64) for n <= 2^32: an index below n, uneven by less than 2^-32 of a share. */
static uint32_t index_below(uint64_t bits, uint64_t n)
{
    uint64_t low = (uint64_t)(uint32_t)bits * n;
    return (uint32_t)(((bits >> 32) * n + (low >> 32)) >> 32);
}

/* Element i of the stream decides what comes to place i, from the last place down. */
void cn__random_permutation(const cn__stream *stream, uint32_t *out, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) out[i] = i;
    for (uint32_t i = n; i-- > 1;) {
        uint32_t j = index_below(random_u64(stream, i), (uint64_t)i + 1);
        uint32_t moved = out[i];
        out[i] = out[j];
        out[j] = moved;
    }
}
