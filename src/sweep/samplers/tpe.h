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

enum { CN_TPE_MOST_GOOD = 25, CN_TPE_MOST_FRONT = 256 };

/* tpe_prefix.c: what the first trials of a study come to. It grows by a trial at a time, so that a suggestion looks at those alone
 * that have ended since the last one. */
typedef struct cn__tpe_prefix {
    size_t seen, valued;             /* trials; of them those with a value */
    size_t good[CN_TPE_MOST_GOOD];   /* of one objective the best, the best first */
    size_t front[CN_TPE_MOST_FRONT]; /* of several those that none dominates */
    size_t good_count, front_count;
} cn__tpe_prefix;

typedef struct cn__tpe_prefixes cn__tpe_prefixes;
CN_CHECK cn_status cn__tpe_prefixes_new(cn__tpe_prefixes **out);
void cn__tpe_prefixes_free(cn__tpe_prefixes *prefixes);
/* The first `seen` trials, which are final. Thread-safe. */
void cn__tpe_prefix_of(cn__tpe_prefixes *prefixes, const cn__study *study, size_t seen, cn__tpe_prefix *out);
bool cn__tpe_has_value(const cn__study *study, size_t trial);
/* A trial to those that none dominates, in the order of their numbers; how many there are then. */
size_t cn__tpe_front_add(const cn__study *study, size_t *front, size_t count, size_t trial);

/* tpe_split.c: the best tenth of these trials into good, at most `most` of the others, spread evenly, into bad; both are
 * large enough. False: fewer than `least` have a value. */
bool cn__tpe_split(const cn__study *study, const cn__tpe_prefix *prefix, size_t least, size_t *good,
                   size_t *good_count, size_t *bad, size_t most, size_t *bad_count);

#endif
