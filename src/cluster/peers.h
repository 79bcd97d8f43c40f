/* Reading the memory of the other ranks of one machine: what is read lies where its owner wants it, in large pages. Linux. */
#ifndef CN_CLUSTER_PEERS_H
#define CN_CLUSTER_PEERS_H

#include "cluster/shared.h"

typedef struct cn__peers cn__peers;

/* Every rank calls this with as many addresses of its own. *out is NULL, on all ranks, where they may not read each other, or have not
 * as many. */
CN_CHECK cn_status cn__peers_new(const cn_communicator *ranks, const void *const *own, size_t count,
                                 cn__peers **out);
void cn__peers_free(cn__peers *peers); /* NULL is allowed */
/* `bytes` from `offset` on of what rank r gave as address `index`. False: it cannot be read. */
bool cn__peers_read(const cn__peers *peers, size_t rank, size_t index, size_t offset, void *out,
                    size_t bytes);

#endif
