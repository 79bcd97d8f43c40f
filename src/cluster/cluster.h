/* Ranks: which blocks of a batch each has, and sums over all of them that have the bits of one process. */
#ifndef CN_CLUSTER_CLUSTER_H
#define CN_CLUSTER_CLUSTER_H

#include "base/system/pool.h"
#include "cluster/shared.h"
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
    size_t *bytes;      /* (2 · size) */
    real **parts;       /* (size) */
    real *workspace;    /* (cn__rank_sum_workspace) */
    size_t most;        /* elements at a time */
    cn__shared *shared; /* values in it are summed there, without messages; NULL: none */
} cn__rank_sum;

/* What becomes of a sum where each rank goes on with its part of it alone: `own` puts in the place of this rank's sums what all
 * ranks shall have, and `others` gets that of the other ranks. `at` is where the elements stand in the values that were to be summed. */
typedef struct cn__sum_use {
    void (*own)(void *user, const real *at, real *sum, size_t count);
    void (*others)(void *user, const real *at, const real *theirs, size_t count);
    void *user;
} cn__sum_use;

/* Reals of a workspace for sums of up to `count` elements at a time. */
size_t cn__rank_sum_workspace(size_t ranks, size_t count);
/* values (count): the partial sum of this rank's blocks becomes the sum over all, on every rank. Where this rank has no blocks
 * what stands there is not read. Of values in shared memory the sum is in rank 0's part of it, until cn__shared_meet is called again.
 * use: NULL, or as above. */
CN_CHECK cn_status cn__sum_over_ranks(const cn__rank_sum *sum, size_t blocks, real *values, size_t count,
                                      const cn__sum_use *use);
/* A sum is made piece by piece: the piece of `count` elements that begins at `first`, and what of it rank `rank` has with a use.
 * All ranks have all of a small one. */
cn__range cn__sum_piece(const cn__rank_sum *sum, const real *values, size_t first, size_t count);
cn__range cn__sum_owned(const cn__rank_sum *sum, const real *values, cn__range piece, size_t rank);

/* A thread that makes such sums while others compute: ranks->any_thread. NULL: the system has none, and sums are made by whoever
 * wants them. */
typedef struct cn__courier cn__courier;
cn__courier *cn__courier_new(const cn__rank_sum *sum);
void cn__courier_free(cn__courier *courier); /* NULL is allowed */
/* The sum of `values`, which nobody touches until cn__courier_wait. */
void cn__courier_send(cn__courier *courier, size_t blocks, real *values, size_t count,
                      const cn__sum_use *use);
/* All that were sent are there. */
CN_CHECK cn_status cn__courier_wait(cn__courier *courier);

#endif
