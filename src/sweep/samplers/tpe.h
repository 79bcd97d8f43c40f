/* The inside of TPE: which trials are good, and the densities that they make. */
#ifndef CN_SWEEP_SAMPLERS_TPE_H
#define CN_SWEEP_SAMPLERS_TPE_H

#include "sweep/study.h"

/* Trials of one side: the good or the others. */
typedef struct cn__tpe_side {
    size_t count;
    size_t *trials;
    double *where, *norm;            /* (count, dimensions); where: NaN where a dimension is not active */
    double width[CN_MAX_DIMENSIONS]; /* of the kernels in each dimension */
} cn__tpe_side;

/* tpe_split.c: the best `wanted` of the first `seen` trials into good, at most `most` of the others, spread evenly, into bad;
 * both are large enough. False: fewer than `least` have a value. */
bool cn__tpe_split(const cn__study *study, size_t seen, size_t least, size_t *good, size_t *good_count,
                   size_t *bad, size_t most, size_t *bad_count);

#endif
