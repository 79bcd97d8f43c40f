/* The tree-structured Parzen estimator: kernels on the good trials make a density l, kernels on the others a density g; of
 * points drawn from l the one with the greatest l / g is tried (Bergstra et al., "Algorithms for hyper-parameter
 * optimization", 2011), with kernels over all dimensions together (Falkner et al., BOHB, 2018). Numbers of a trial are
 * addressed by its number, so that a suggestion is a function of the study and the results that it sees. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/dmath.h"
#include "base/random.h"
#include "sweep/samplers/tpe.h"

enum { MOST_BAD = 512, TRIES = 8 };

typedef struct tpe {
    int64_t startup, candidates;
} tpe;

static const cn__param params[] = {
    {.name = "startup",
     .type = CN_PARAM_INT,
     .offset = offsetof(tpe, startup),
     .fallback = "10",
     .low = 2,
     .high = 1e6},
    {.name = "candidates",
     .type = CN_PARAM_INT,
     .offset = offsetof(tpe, candidates),
     .fallback = "24",
     .low = 1,
     .high = 4096},
};

/* ---- densities ---------------------------------------------------------------------------------------------------------- */

/* The normal distribution function, to 1.5e-7 (Abramowitz and Stegun 7.1.26). */
static double below(double z)
{
    const double x = fabs(z) * 0.70710678118654752, t = 1 / (1 + 0.3275911 * x);
    const double tail =
        t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) *
        cn__exp(-x * x);
    return z < 0 ? tail / 2 : 1 - tail / 2;
}

static double spread(const cn__study *s, const cn__tpe_side *side, size_t dimension)
{
    const size_t d = s->space.count;
    double sum = 0, squares = 0, n = 0;
    for (size_t i = 0; i < side->count; i++) {
        const double w = side->where[i * d + dimension];
        if (!isnan(w)) sum += w, squares += w * w, n++;
    }
    return n > 1 ? sqrt(fmax(squares / n - (sum / n) * (sum / n), 0)) : 1;
}

/* Scott's rule, for as many points as there are in as many dimensions; not so narrow that a point is all there is. */
static void set_widths(const cn__study *s, cn__tpe_side *side)
{
    const double n = (double)side->count, d = (double)s->space.count,
                 scott = cn__exp(-cn__log(n + 1) / (d + 4)), least = 0.5 / fmin(100, n + 2);
    for (size_t j = 0; j < s->space.count; j++)
        side->width[j] = fmax(1.06 * fmax(spread(s, side, j), 0.02) * scott, least);
}

static void set_side(const cn__study *s, cn__tpe_side *side)
{
    const size_t d = s->space.count;
    for (size_t i = 0; i < side->count; i++)
        memcpy(side->where + i * d, s->trials[side->trials[i]].where, d * sizeof(double));
    set_widths(s, side);
    for (size_t i = 0; i < side->count; i++)
        for (size_t j = 0; j < d; j++) {
            const double w = side->where[i * d + j], h = side->width[j];
            /* what of the kernel lies in the unit interval counts as one */
            side->norm[i * d + j] = isnan(w) || s->space.dimensions[j].kind == CN_DIMENSION_CHOICE
                                        ? 1
                                        : 1 / (h * 2.5066282746310002 * (below((1 - w) / h) - below(-w / h)));
        }
}

/* How likely a kernel on one choice is to give another: the prior counts as one observation over all choices. */
static double chance_of(const cn__dimension *d, size_t n, bool same)
{
    const double prior = 1 / ((double)n + 1), choices = (double)d->levels;
    return ((same ? 1 : 0) + prior / choices) / (1 + prior);
}

static double kernel(const cn__study *s, const cn__tpe_side *side, size_t i, const double *where)
{
    const size_t d = s->space.count;
    double exponent = 0, factor = 1;
    for (size_t j = 0; j < d; j++) {
        const cn__dimension *dimension = &s->space.dimensions[j];
        const double w = side->where[i * d + j];
        if (isnan(where[j])) continue;
        if (dimension->kind == CN_DIMENSION_CHOICE) {
            factor *=
                isnan(w) ? 1 / (double)dimension->levels : chance_of(dimension, side->count, w == where[j]);
        } else if (!isnan(w)) {
            const double z = (where[j] - w) / side->width[j];
            exponent += z * z;
            factor *= side->norm[i * d + j];
        }
    }
    return exponent > 1400 ? 0 : factor * cn__exp(-exponent / 2);
}

/* All kernels and the prior, which is even over the space, alike. */
static double density(const cn__study *s, const cn__tpe_side *side, const double *where)
{
    double sum = 1;
    for (size_t j = 0; j < s->space.count; j++)
        if (!isnan(where[j]) && s->space.dimensions[j].kind == CN_DIMENSION_CHOICE)
            sum /= (double)s->space.dimensions[j].levels;
    for (size_t i = 0; i < side->count; i++) sum += kernel(s, side, i, where);
    return sum / (double)(side->count + 1);
}

/* ---- drawing from the good ------------------------------------------------------------------------------------------------ */

static double near(const cn__stream *stream, size_t dimension, double at, double width)
{
    double u = at;
    for (size_t i = 0; i < TRIES; i++) {
        u = at + width * cn__random_normal(stream, dimension * TRIES + i);
        if (u >= 0 && u < 1) return u;
    }
    return u < 0 ? 0 : 0x1.fffffffffffffp-1;
}

static double choose(const cn__tpe_side *side, const cn__dimension *d, double w, double u)
{
    const double same = chance_of(d, side->count, true), other = chance_of(d, side->count, false);
    const size_t own = (size_t)(w * (double)d->levels);
    if (u < same - other) return (double)own;
    return floor(fmin((u - (same - other)) / other, (double)d->levels - 1));
}

/* A point from the kernel on one of the good trials, or from the prior. */
static void draw(const cn__study *s, const cn__tpe_side *good, size_t number, size_t candidate, double *point,
                 double *where)
{
    const size_t d = s->space.count;
    const cn__stream uniform = cn__random_stream(s->options.seed, CN_RANDOM_SEARCH,
                                                 (uint32_t)(2 * candidate + 2), (uint32_t)number),
                     normal = cn__random_stream(s->options.seed, CN_RANDOM_SEARCH,
                                                (uint32_t)(2 * candidate + 3), (uint32_t)number);
    const size_t from = (size_t)(cn__random_uniform(&uniform, d) * (double)(good->count + 1));
    for (size_t j = 0; j < d; j++) {
        const cn__dimension *dimension = &s->space.dimensions[j];
        const double u = cn__random_uniform(&uniform, j),
                     w = from < good->count ? good->where[from * d + j] : (double)NAN;
        if (!cn__space_active(&s->space, point, j)) {
            point[j] = where[j] = (double)NAN;
            continue;
        }
        if (isnan(w)) point[j] = cn__dimension_at(dimension, u);
        else if (dimension->kind == CN_DIMENSION_CHOICE) point[j] = choose(good, dimension, w, u);
        else point[j] = cn__dimension_at(dimension, near(&normal, j, w, good->width[j]));
        where[j] = cn__dimension_where(dimension, point[j]);
    }
}

static void best_candidate(const cn__study *s, const cn__tpe_side *good, const cn__tpe_side *bad,
                           size_t number, double *point)
{
    const tpe *t = s->sampler_config;
    double own[CN_MAX_DIMENSIONS], where[CN_MAX_DIMENSIONS], best = -1;
    for (size_t c = 0; c < (size_t)t->candidates; c++) {
        draw(s, good, number, c, own, where);
        const double ratio = density(s, good, where) / density(s, bad, where);
        if (ratio <= best) continue;
        best = ratio;
        memcpy(point, own, s->space.count * sizeof *point);
    }
}

static cn_status suggest(const cn__study *s, size_t number, size_t seen, double *point)
{
    const tpe *t = s->sampler_config;
    const size_t d = s->space.count;
    size_t good_trials[CN_TPE_MOST_GOOD], bad_trials[MOST_BAD];
    cn__tpe_prefix prefix;
    cn__tpe_side good = {.trials = good_trials}, bad = {.trials = bad_trials};
    cn__study_random_point(s, number, point);
    if (number < (size_t)t->startup) return CN_OK;
    cn__tpe_prefix_of(s->sampler_state, s, seen, &prefix);
    if (!cn__tpe_split(s, &prefix, (size_t)t->startup, good_trials, &good.count, bad_trials, MOST_BAD,
                       &bad.count))
        return CN_OK;
    double *memory = cn__malloc(2 * (good.count + bad.count) * d * sizeof *memory);
    if (!memory) return CN_ERROR_MEMORY;
    good.where = memory, good.norm = good.where + good.count * d;
    bad.where = good.norm + good.count * d, bad.norm = bad.where + bad.count * d;
    set_side(s, &good);
    set_side(s, &bad);
    best_candidate(s, &good, &bad, number, point);
    cn__free(memory);
    return CN_OK;
}

static cn_status prepare_prefixes(cn__study *s)
{
    cn__tpe_prefixes *prefixes = NULL;
    CN_TRY(cn__tpe_prefixes_new(&prefixes));
    s->sampler_state = prefixes;
    return CN_OK;
}

static void release(cn__study *s)
{
    cn__tpe_prefixes_free(s->sampler_state);
    s->sampler_state = NULL;
}

extern const cn__sampler_kind cn__sampler_tpe;
const cn__sampler_kind cn__sampler_tpe = {
    .kind = {.name = "tpe", .class_name = "TPE", CN_PARAMS(params), .config_size = sizeof(tpe)},
    .looks = true,
    .prepare = prepare_prefixes,
    .release = release,
    .suggest = suggest};
