/* Initialisers by name, and filling a variable by one. */
#include "nn/initializers/initializer.h"

#define EACH_INITIALIZER(X)                                                                                  \
    X(constant)                                                                                              \
    X(glorot_normal)                                                                                         \
    X(glorot_uniform)                                                                                        \
    X(he_normal)                                                                                             \
    X(he_uniform)                                                                                            \
    X(identity)                                                                                              \
    X(lecun_normal)                                                                                          \
    X(lecun_uniform)                                                                                         \
    X(ones)                                                                                                  \
    X(orthogonal)                                                                                            \
    X(random_normal)                                                                                         \
    X(random_uniform)                                                                                        \
    X(truncated_normal)                                                                                      \
    X(variance_scaling)                                                                                      \
    X(zeros)

#define DECLARE(name) extern const cn__initializer_class cn__initializer_##name;
EACH_INITIALIZER(DECLARE)
#define ENTRY(name) &cn__initializer_##name.kind,
static const cn__kind *const kinds[] = {EACH_INITIALIZER(ENTRY) NULL};

const cn__registry cn__initializers = {.noun = "initializer",
                                       .example = "random_normal(stddev=0.01)",
                                       .module = "keras.initializers",
                                       .kinds = kinds};

cn_status cn__initializer_parse(cn__arena *arena, const cn__value *value, cn__initializer *out)
{
    static const cn__value standard = {.kind = CN_VALUE_WORD, .word = "glorot_uniform"};
    const cn__kind *kind;
    void *config;
    if (!value || value->kind == CN_VALUE_NONE) value = &standard;
    CN_TRY(cn__registry_read(arena, &cn__initializers, value, &kind, &config));
    *out = (cn__initializer){.kind = (const cn__initializer_class *)kind, .config = config};
    if (!out->kind->prepare || out->kind->prepare(config) == CN_OK) return CN_OK;
    return cn__fail_in("initializer %s", kind->name);
}

cn_status cn__initializer_check(const cn__initializer *it, int ndim)
{
    const cn__initializer_class *kind = it->kind;
    if (!kind->least || (ndim >= kind->least && ndim <= kind->most)) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "initializer %s: a variable of %d dimension%s, expected %s",
                    kind->kind.name, ndim, ndim == 1 ? "" : "s", kind->most == 2 ? "a matrix" : "at least 2");
}

cn_status cn__initializer_fill(const cn__initializer *it, uint64_t seed, uint32_t index, int ndim,
                               const size_t *shape, real *values)
{
    CN_TRY(cn__initializer_check(it, ndim));
    const int64_t own = it->kind->random ? ((const cn__initializer_options *)it->config)->seed : INT64_MIN;
    /* A seed of its own gives the same numbers wherever the initialiser is used, as in Keras. */
    cn__stream stream = own != INT64_MIN ? cn__random_stream((uint64_t)own, CN_RANDOM_WEIGHTS, 0, 0)
                                         : cn__random_stream(seed, CN_RANDOM_WEIGHTS, index, 0);
    return it->kind->fill(it->config, &stream, ndim, shape, values);
}
