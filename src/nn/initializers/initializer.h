/* Initialisers by name: "glorot_uniform", "random_normal(mean=0, stddev=0.05)", "zeros", … Each is in a
 * file of this folder; initializer.c has their list. */
#ifndef CN_NN_INITIALIZERS_INITIALIZER_H
#define CN_NN_INITIALIZERS_INITIALIZER_H

#include "base/random.h"
#include "base/registry.h"
#include "kernels/real.h"

typedef struct cn__initializer {
    const struct cn__initializer_class *kind;
    const void *config; /* its arguments: struct cn__initializer_options, then those of its own */
} cn__initializer;

/* The first member of every initialiser's arguments. */
typedef struct cn__initializer_options {
    int64_t seed; /* a seed of its own, instead of the model's; INT64_MIN: none */
} cn__initializer_options;

typedef struct cn__initializer_class {
    cn__kind kind;
    bool random;     /* takes `seed` */
    int least, most; /* dimensions of what it can fill; 0, 0: any */
    /* Checks what bounds cannot say, and looks words up; or NULL. */
    cn_status (*prepare)(void *config);
    /* Element e comes from number e of the stream, so that a variable may be filled in any order. Everything is
     * computed in double precision and rounded once. */
    cn_status (*fill)(const void *config, const cn__stream *stream, int ndim, const size_t *shape,
                      real *values);
} cn__initializer_class;

extern const cn__registry cn__initializers;

/* NULL or none is glorot_uniform. */
CN_CHECK cn_status cn__initializer_parse(cn__arena *arena, const cn__value *value, cn__initializer *out);

/* Can a variable of that many dimensions be filled so? */
CN_CHECK cn_status cn__initializer_check(const cn__initializer *initializer, int ndim);
/* Fills `values` (C order, of `shape`) from the stream of (seed, index): index is the variable's number
 * in the model. Fails where the shape does not suit (identity and orthogonal need two dimensions). */
CN_CHECK cn_status cn__initializer_fill(const cn__initializer *initializer, uint64_t seed, uint32_t index,
                                        int ndim, const size_t *shape, real *values);

/* ---- for the files of initialisers ------------------------------------------------------------------------- */

#define CN_INITIALIZER_SEED                                                                                  \
    {                                                                                                        \
        .name = "seed", .type = CN_PARAM_MAYBE_INT, .offset = offsetof(cn__initializer_options, seed),       \
        .fallback = "none"                                                                                   \
    }
#define CN_INITIALIZER_NUMBER(config, field, ...)                                                            \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_FLOAT, .offset = offsetof(config, field), .fallback = __VA_ARGS__   \
    }

size_t cn__fill_size(int ndim, const size_t *shape);
/* values[i] = from + by · number i that `draw` makes of the stream. */
void cn__fill_random(const cn__stream *stream, double (*draw)(const cn__stream *, uint64_t), double from,
                     double by, size_t n, real *values);

#endif
