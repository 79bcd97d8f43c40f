/* The inside of a plan over ranks: plan/ranks.c (gradients and outputs), plan/shard.c (weights of which each rank updates a part). */
#ifndef CN_MODEL_PLAN_RANKS_H
#define CN_MODEL_PLAN_RANKS_H

#include "model/plan/steps.h"

/* The gradient of a variable that one node makes, in `partial` from `at` on. */
typedef struct cn__gradient_part {
    const cn__node *node;
    cn__variable *variable;
    size_t at;
    bool adds;
} cn__gradient_part;

struct cn__plan_ranks {
    cn__ranks base; /* for operations */
    cn__plan *plan;
    const cn_communicator *comm;
    cn_status status;
    cn__rank_sum sum;
    cn__courier *courier; /* NULL: the first thread sums */
    size_t sent;          /* reals of `partial` in this run */
    cn__gradient_part *parts;
    size_t part_count, size;       /* reals of all parts */
    real *partial;                 /* (size) of this rank's blocks */
    const real *total;             /* (size) of all blocks, once summed: in `partial`, or in shared memory */
    cn__shared *shared;            /* NULL: ranks send messages */
    struct cn__whole_batch *whole; /* plan/whole_batch.c; NULL: all gradients are summed */
    cn__sum_use shard;             /* with options.shard: each rank updates its part of the weights alone */
    /* outputs: what is sent, what comes, and where it is put together */
    real *mine, *theirs;
    size_t *bytes;         /* (size) */
    real **pred, **logits; /* (outputs), each NULL where nobody reads it */
};

/* Samples of a batch of n that rank r has. */
static inline cn__range cn__rank_samples(const cn_communicator *ranks, size_t n, size_t r)
{
    const cn__range blocks = cn__rank_blocks(cn__block_count(n), ranks->size, r);
    const size_t first = blocks.first * CN_BLOCK, last = blocks.last * CN_BLOCK;
    return (cn__range){first < n ? first : n, last < n ? last : n};
}

/* Where the message of gradients that begins at `first` ends. */
static inline size_t cn__plan_message_end(const cn__plan *plan, size_t first)
{
    const struct cn__plan_ranks *r = plan->ranks;
    for (size_t i = 0; r->courier && i < plan->step_count; i++)
        if (plan->steps[i].sends > first) return plan->steps[i].sends;
    return r->size;
}
/* plan/whole_batch.c: the same as cn__plan_gather_state and cn__plan_scatter_state of what it updates. */
CN_CHECK cn_status cn__whole_gather_state(cn__plan *plan);
CN_CHECK cn_status cn__whole_scatter_state(cn__plan *plan);
/* Fails where the optimizer or the network needs more of a gradient than a rank's part; sets r->shard. */
CN_CHECK cn_status cn__plan_make_shards(cn__plan *plan);

#endif
