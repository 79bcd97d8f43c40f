/* Memory that all ranks of one machine have in common, so that sums over them need no messages. Linux: a file without a name, which
 * the other ranks open through /proc. */
#ifndef CN_CLUSTER_SHARED_H
#define CN_CLUSTER_SHARED_H

#include "cornu/cluster.h"
#include "kernels/kernels.h"

typedef struct cn__shared cn__shared;

/* Memory of `count` reals for each rank; every rank calls this with the same count. *out is NULL, on all ranks, where they are on
 * several machines, or the system has no such memory, or CORNU_SHARED_MEMORY is 0. */
CN_CHECK cn_status cn__shared_new(const cn_communicator *ranks, size_t count, cn__shared **out);
void cn__shared_free(cn__shared *shared); /* NULL is allowed */

/* *all: `has` is true on every rank. */
CN_CHECK cn_status cn__ranks_all(const cn_communicator *ranks, bool has, bool *all);

/* Where rank r's part is. */
real *cn__shared_of(const cn__shared *shared, size_t rank);
/* Is `values` in this rank's part? */
bool cn__shared_has(const cn__shared *shared, const real *values);
/* Waits until all ranks have called this as often as this one; what they wrote before is then seen. */
CN_CHECK cn_status cn__shared_meet(cn__shared *shared);

#endif
