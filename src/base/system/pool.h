/* A pool of threads that run one function together. The caller is worker 0. Workers wait for each
 * other at barriers: they spin for a short while, then sleep, so that a pool larger than the
 * machine still advances. */
#ifndef CN_BASE_SYSTEM_POOL_H
#define CN_BASE_SYSTEM_POOL_H

#include "base/status.h"

typedef struct cn__pool cn__pool;

/* `threads` includes the caller; 0 takes cn__cpu_count(). Where the system refuses a thread the pool has fewer. NULL and a
 * message on failure. */
cn__pool *cn__pool_new(int threads);
void cn__pool_free(cn__pool *pool);
int cn__pool_size(const cn__pool *pool);

/* Runs work(context, worker) on the first `workers` workers and returns when all are done. */
void cn__pool_run(cn__pool *pool, int workers, void (*work)(void *context, int worker), void *context);

/* Inside `work`: waits until every worker that runs it is here. */
void cn__pool_barrier(cn__pool *pool);

/* Splits 0 … n-1 into `parts` contiguous slices whose bounds are multiples of `grain`. */
typedef struct cn__range {
    size_t first, last; /* [first, last) */
} cn__range;
cn__range cn__slice(size_t n, size_t grain, int part, int parts);

#endif
