/* What layers of augmentation have in common. */
#include "nn/images/augment.h"

#include <math.h>

#include "base/dmath.h"

/* ---- arguments --------------------------------------------------------------------------------------- */

static bool is_number(const cn__value *v) { return v->kind == CN_VALUE_INT || v->kind == CN_VALUE_FLOAT; }

static bool read_pair(const cn__value *v, cn__factor *out)
{
    if (v->kind != CN_VALUE_LIST || v->count != 2 || !is_number(&v->items[0]) || !is_number(&v->items[1]))
        return false;
    const double a = v->items[0].number, b = v->items[1].number;
    *out = (cn__factor){a < b ? a : b, a < b ? b : a};
    return true;
}

cn_status cn__read_factor(cn__arena *arena, const char *name, const cn__value *v, cn__factor_from from,
                          double least, double most, cn__factor *out)
{
    bool given = v && read_pair(v, out);
    if (v && is_number(v)) {
        const double f = fabs(v->number), low = from == CN_FACTOR_SYMMETRIC ? -f : 0;
        *out = (cn__factor){low < least ? least : low, f};
        given = v->number >= least;
    }
    if (given && out->low >= least && out->high <= most) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "%s = %s, expected a number from %g to %g, or a pair of them", name,
                    v ? cn__value_text(arena, v) : "none", least, most);
}

cn_status cn__read_value_range(cn__arena *arena, const cn__value *v, cn__factor *out)
{
    if (v && read_pair(v, out) && out->low < out->high) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "value_range = %s, expected a pair of numbers, as [0, 1] or [0, 255]",
                    v ? cn__value_text(arena, v) : "none");
}

cn_status cn__check_images(const cn__shape *in)
{
    char text[120];
    if (in->rank == 3) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "it needs images (height, width, channels), got samples of shape %s%s",
                    cn__shape_text(in, text, sizeof text),
                    in->rank == 2 ? "; a reshape before it adds the axis of channels" : "");
}

cn_status cn__infer_images(const cn__layer *layer, const cn__shape *in, size_t inputs, cn__shape *out)
{
    (void)layer, (void)inputs, (void)out;
    return cn__check_images(in);
}

/* ---- drawing ----------------------------------------------------------------------------------------- */

cn__own_seed cn__layer_seed(int64_t seed)
{
    return (cn__own_seed){.given = seed != INT64_MIN, .seed = (uint64_t)seed};
}

cn__stream cn__augment_stream(const cn__run *run, const cn__own_seed *seed, cn__purpose purpose,
                              uint32_t index)
{
    return cn__random_stream(seed->given ? seed->seed : run->seed, purpose, index, run->step);
}

double cn__draw(const cn__stream *stream, size_t sample, int index, cn__factor from)
{
    const uint64_t element = (uint64_t)sample * CN_AUGMENT_DRAWS + (uint64_t)index;
    return from.low + (from.high - from.low) * cn__random_uniform(stream, element);
}

/* The numbers of gamma variables: behind those of all samples. */
#define GAMMA_FIRST ((uint64_t)1 << 40)
enum { TRIES = 32 };

/* The logarithm of a gamma(alpha) variable: G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables", ACM
 * Transactions on Mathematical Software 26 (2000), with gamma(alpha) = gamma(alpha + 1) · u^(1 / alpha). */
static double log_gamma_variable(const cn__stream *s, uint64_t which, double alpha)
{
    const uint64_t first = GAMMA_FIRST + which * 2 * (TRIES + 1);
    const double d = alpha + 1 - 1.0 / 3, c = 1 / sqrt(9 * d);
    const double power = cn__log(1 - cn__random_uniform(s, first)) / alpha;
    for (uint64_t i = 1; i < TRIES; i++) {
        const double x = cn__random_normal(s, first + 2 * i), t = 1 + c * x, v = t * t * t;
        const double u = 1 - cn__random_uniform(s, first + 2 * i + 1);
        if (v > 0 && cn__log(u) < x * x / 2 + d - d * v + d * cn__log(v)) return cn__log(d * v) + power;
    }
    return cn__log(d) + power;
}

double cn__draw_beta(const cn__stream *stream, size_t sample, double alpha)
{
    const double a = log_gamma_variable(stream, 2 * (uint64_t)sample, alpha),
                 b = log_gamma_variable(stream, 2 * (uint64_t)sample + 1, alpha);
    return a > b ? 1 / (1 + cn__exp(b - a)) : cn__exp(a - b) / (1 + cn__exp(a - b));
}

/* From 1 to n - 1; 0 of one sample. */
static size_t places_on(const cn__stream *stream, size_t n)
{
    if (n < 2) return 0;
    return 1 + (size_t)cn__draw(stream, CN_OF_BATCH, 0, (cn__factor){0, (double)(n - 1)});
}

size_t cn__partner(const cn__stream *stream, size_t i, size_t n) { return (i + places_on(stream, n)) % n; }
size_t cn__partner_of(const cn__stream *stream, size_t i, size_t n)
{
    return (i + n - places_on(stream, n)) % n;
}

/* Whole numbers from `from` to under `to`, in [0, size). */
static size_t first_at(double from, size_t size)
{
    const double first = ceil(from);
    return first <= 0 ? 0 : first >= (double)size ? size : (size_t)first;
}

cn__box cn__place_box(size_t height, size_t width, double wide, double high, double start_x, double start_y)
{
    const double w = wide * (double)width, h = high * (double)height, x = start_x * ((double)width - w),
                 y = start_y * ((double)height - h);
    cn__box b = {.x = first_at(x, width), .y = first_at(y, height)};
    b.w = first_at(x + w, width) - b.x;
    b.h = first_at(y + h, height) - b.y;
    return b;
}
