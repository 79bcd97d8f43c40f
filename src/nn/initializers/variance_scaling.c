/* VarianceScaling, a variance of scale / fan, and those that fix its arguments: Glorot and Bengio 2010, He et al. 2015,
 * LeCun et al. 1998. */
#include <float.h>
#include <math.h>

#include "base/text/text.h"
#include "nn/initializers/initializer.h"

/* The deviation of a standard normal that is cut at ±2. */
#define TRUNCATED_DEVIATION 0.87962566103423978

static const char *const modes[] = {"fan_in", "fan_out", "fan_avg", NULL};
/* Keras's "normal" is the truncated one. */
static const char *const distributions[] = {"truncated_normal", "uniform", "untruncated_normal", "normal",
                                            NULL};
enum { FAN_IN, FAN_OUT, FAN_AVG };
enum { TRUNCATED, UNIFORM, UNTRUNCATED };

typedef struct scaling {
    cn__initializer_options options;
    double scale;
    const char *mode, *distribution;
} scaling;

static const cn__param scaling_params[] = {
    CN_INITIALIZER_NUMBER(scaling, scale, "1.0", .low = DBL_MIN, .high = DBL_MAX),
    {.name = "mode",
     .type = CN_PARAM_WORD,
     .offset = offsetof(scaling, mode),
     .fallback = "fan_in",
     .words = modes},
    {.name = "distribution",
     .type = CN_PARAM_WORD,
     .offset = offsetof(scaling, distribution),
     .fallback = "truncated_normal",
     .words = distributions},
    CN_INITIALIZER_SEED};
static const cn__param seed_params[] = {CN_INITIALIZER_SEED};

/* Inputs and outputs of a unit: the last two dimensions times the field that the others span. */
static double fan(int mode, int ndim, const size_t *shape)
{
    double field = 1, in = 1, out = 1;
    for (int i = 0; i < ndim - 2; i++) field *= (double)shape[i];
    if (ndim == 1) in = out = (double)shape[0];
    if (ndim >= 2) in = field * (double)shape[ndim - 2], out = field * (double)shape[ndim - 1];
    return fmax(1, mode == FAN_IN ? in : mode == FAN_OUT ? out : (in + out) / 2);
}

static cn_status fill(const cn__stream *stream, double scale, int mode, int distribution, int ndim,
                      const size_t *shape, real *values)
{
    const double variance = scale / fan(mode, ndim, shape), limit = sqrt(3 * variance);
    const size_t n = cn__fill_size(ndim, shape);
    if (distribution == UNIFORM) cn__fill_random(stream, cn__random_uniform, -limit, 2 * limit, n, values);
    else if (distribution == UNTRUNCATED)
        cn__fill_random(stream, cn__random_normal, 0, sqrt(variance), n, values);
    else
        cn__fill_random(stream, cn__random_truncated_normal, 0, sqrt(variance) / TRUNCATED_DEVIATION, n,
                        values);
    return CN_OK;
}

static int index_of(const char *const *words, const char *word)
{
    int i = 0;
    while (words[i] != word) i++;
    return i;
}

static cn_status scaling_prepare(void *config)
{
    const scaling *s = config;
    if (s->mode && s->distribution) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "%s = none, expected a word", s->mode ? "distribution" : "mode");
}

static cn_status scaling_fill(const void *config, const cn__stream *stream, int ndim, const size_t *shape,
                              real *values)
{
    const scaling *s = config;
    const int distribution = index_of(distributions, s->distribution);
    return fill(stream, s->scale, index_of(modes, s->mode), distribution == 3 ? TRUNCATED : distribution,
                ndim, shape, values);
}

extern const cn__initializer_class cn__initializer_variance_scaling;
const cn__initializer_class cn__initializer_variance_scaling = {.kind = {.name = "variance_scaling",
                                                                         .class_name = "VarianceScaling",
                                                                         CN_PARAMS(scaling_params),
                                                                         .config_size = sizeof(scaling)},
                                                                .random = true,
                                                                .prepare = scaling_prepare,
                                                                .fill = scaling_fill};

#define FIXED(name_, class_, scale_, mode_, distribution_)                                                   \
    static cn_status name_##_fill(const void *config, const cn__stream *stream, int ndim,                    \
                                  const size_t *shape, real *values)                                         \
    {                                                                                                        \
        (void)config;                                                                                        \
        return fill(stream, scale_, mode_, distribution_, ndim, shape, values);                              \
    }                                                                                                        \
    extern const cn__initializer_class cn__initializer_##name_;                                              \
    const cn__initializer_class cn__initializer_##name_ = {                                                  \
        .kind = {.name = #name_,                                                                             \
                 .class_name = class_,                                                                       \
                 CN_PARAMS(seed_params),                                                                     \
                 .config_size = sizeof(cn__initializer_options)},                                            \
        .random = true,                                                                                      \
        .fill = name_##_fill}

FIXED(glorot_normal, "GlorotNormal", 1, FAN_AVG, TRUNCATED);
FIXED(glorot_uniform, "GlorotUniform", 1, FAN_AVG, UNIFORM);
FIXED(he_normal, "HeNormal", 2, FAN_IN, TRUNCATED);
FIXED(he_uniform, "HeUniform", 2, FAN_IN, UNIFORM);
FIXED(lecun_normal, "LecunNormal", 1, FAN_IN, TRUNCATED);
FIXED(lecun_uniform, "LecunUniform", 1, FAN_IN, UNIFORM);
