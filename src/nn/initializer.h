/* Initialisers by name: "glorot_uniform", "random_normal(mean=0, stddev=0.05)", "zeros", … */
#ifndef CN_NN_INITIALIZER_H
#define CN_NN_INITIALIZER_H

#include "base/random.h"
#include "base/value.h"
#include "kernels/real.h"

typedef struct cn__initializer {
    const struct cn__initializer_kind *kind;
    double a, b;      /* mean and stddev, minval and maxval, value, gain: what the kind reads */
    double scale;     /* variance scaling */
    int mode;         /* fan_in, fan_out, fan_avg */
    int distribution; /* uniform, normal, truncated_normal */
    bool has_seed;    /* a seed of its own, instead of the model's */
    uint64_t seed;
} cn__initializer;

CN_CHECK cn_status cn__initializer_parse(cn__arena *arena, const cn__value *value, cn__initializer *out);

/* Can a variable of that many dimensions be filled so? */
CN_CHECK cn_status cn__initializer_check(const cn__initializer *initializer, int ndim);
/* Fills `values` (C order, of `shape`) from the stream of (seed, index): index is the variable's number
 * in the model. Fails where the shape does not suit (identity and orthogonal need two dimensions). */
CN_CHECK cn_status cn__initializer_fill(const cn__initializer *initializer, uint64_t seed, uint32_t index,
                                        int ndim, const size_t *shape, real *values);

const char *const *cn__initializer_names(void);

#endif
