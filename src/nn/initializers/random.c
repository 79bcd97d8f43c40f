/* RandomNormal, TruncatedNormal (cut at two deviations) and RandomUniform. */
#include <float.h>

#include "nn/initializers/initializer.h"

typedef struct normal {
    cn__initializer_options options;
    double mean, stddev;
} normal;

typedef struct uniform {
    cn__initializer_options options;
    double minval, maxval;
} uniform;

static const cn__param normal_params[] = {
    CN_INITIALIZER_NUMBER(normal, mean, "0.0"),
    CN_INITIALIZER_NUMBER(normal, stddev, "0.05", .low = 0, .high = DBL_MAX), CN_INITIALIZER_SEED};
static const cn__param uniform_params[] = {CN_INITIALIZER_NUMBER(uniform, minval, "-0.05"),
                                           CN_INITIALIZER_NUMBER(uniform, maxval, "0.05"),
                                           CN_INITIALIZER_SEED};

static cn_status normal_fill(const void *config, const cn__stream *stream, int ndim, const size_t *shape,
                             real *values)
{
    const normal *n = config;
    cn__fill_random(stream, cn__random_normal, n->mean, n->stddev, cn__fill_size(ndim, shape), values);
    return CN_OK;
}

static cn_status truncated_fill(const void *config, const cn__stream *stream, int ndim, const size_t *shape,
                                real *values)
{
    const normal *n = config;
    cn__fill_random(stream, cn__random_truncated_normal, n->mean, n->stddev, cn__fill_size(ndim, shape),
                    values);
    return CN_OK;
}

static cn_status uniform_fill(const void *config, const cn__stream *stream, int ndim, const size_t *shape,
                              real *values)
{
    const uniform *u = config;
    cn__fill_random(stream, cn__random_uniform, u->minval, u->maxval - u->minval, cn__fill_size(ndim, shape),
                    values);
    return CN_OK;
}

static cn_status uniform_prepare(void *config)
{
    const uniform *u = config;
    if (u->minval <= u->maxval) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "minval = %g is over maxval = %g", u->minval, u->maxval);
}

extern const cn__initializer_class cn__initializer_random_normal, cn__initializer_truncated_normal,
    cn__initializer_random_uniform;
const cn__initializer_class cn__initializer_random_normal = {.kind = {.name = "random_normal",
                                                                      .class_name = "RandomNormal",
                                                                      .aliases = {"normal"},
                                                                      CN_PARAMS(normal_params),
                                                                      .config_size = sizeof(normal)},
                                                             .random = true,
                                                             .fill = normal_fill};
const cn__initializer_class cn__initializer_truncated_normal = {.kind = {.name = "truncated_normal",
                                                                         .class_name = "TruncatedNormal",
                                                                         CN_PARAMS(normal_params),
                                                                         .config_size = sizeof(normal)},
                                                                .random = true,
                                                                .fill = truncated_fill};
const cn__initializer_class cn__initializer_random_uniform = {.kind = {.name = "random_uniform",
                                                                       .class_name = "RandomUniform",
                                                                       .aliases = {"uniform"},
                                                                       CN_PARAMS(uniform_params),
                                                                       .config_size = sizeof(uniform)},
                                                              .random = true,
                                                              .prepare = uniform_prepare,
                                                              .fill = uniform_fill};
