/* Ranks: which blocks of a batch each has, and sums over all of them that have the bits of one process. */
#ifndef CN_CLUSTER_CLUSTER_H
#define CN_CLUSTER_CLUSTER_H

#include "base/system/pool.h"
#include "cornu/cluster.h"
#include "kernels/kernels.h"

/* Blocks first … last - 1 of a batch of `blocks` are rank `rank`'s: always one subtree of the tree that joins blocks (see
 * cn__block_sum), so that a rank's sum is one partial sum of it. Ranks follow each other in order. Empty where there are fewer
 * blocks than ranks. */
cn__range cn__rank_blocks(size_t blocks, size_t ranks, size_t rank);

/* A sum over ranks. */
typedef struct cn__rank_sum {
    const cn_communicator *ranks;
    const cn__kernels *k;
    size_t *bytes; /* (2 · size) */
    real *room;    /* (cn__rank_sum_room) */
    size_t most;   /* elements at a time */
} cn__rank_sum;

/* Reals of room for sums of up to `count` elements at a time. */
size_t cn__rank_sum_room(size_t ranks, size_t count);
/* values (count): the partial sum of this rank's blocks becomes the sum over all, on every rank. Where this rank has no blocks
 * what stands there is not read. */
CN_CHECK cn_status cn__sum_over_ranks(const cn__rank_sum *sum, size_t blocks, real *values, size_t count);

/* A thread that makes such sums while others compute: ranks->any_thread. NULL: the system has none, and sums are made by whoever
 * wants them. */
typedef struct cn__courier cn__courier;
cn__courier *cn__courier_new(const cn__rank_sum *sum);
void cn__courier_free(cn__courier *courier); /* NULL is allowed */
/* The sum of `values`, which nobody touches until cn__courier_wait. */
void cn__courier_send(cn__courier *courier, size_t blocks, real *values, size_t count);
/* All that were sent are there. */
CN_CHECK cn_status cn__courier_wait(cn__courier *courier);

#endif
