/* What compile lowers a model to: one straight list of steps that every thread runs for each batch, with barriers between
 * them. A plan decides once shapes, buffers, what is fused and how the work is split; running it allocates nothing. Its
 * results do not depend on the number of threads. */
#ifndef CN_MODEL_PLAN_H
#define CN_MODEL_PLAN_H

#include "base/system/pool.h"
#include "base/text/text.h"
#include "cluster/cluster.h"
#include "kernels/kernels.h"
#include "model/model.h"

typedef struct cn__plan cn__plan;

typedef struct cn__plan_options {
    size_t batch;  /* samples at most; a run may have fewer */
    bool training; /* else only forward */
    bool
        keep_logits; /* with targets: leave what softmax or sigmoid has before it, even if no loss reads it */
    bool targets;    /* will there be targets (a loss)? */
    bool keep_gradients; /* training: leave the gradients in variable->grad instead of updating */
    bool
        as_predicted; /* training: as predict computes it, without dropout and its like, and without penalties */
    bool no_penalties;    /* gradients are those of the losses alone */
    bool input_gradients; /* training, with keep_gradients: also with respect to the inputs */
    bool views;           /* not training, but layers that show a sample in another way act: cn__feed.view */
    bool
        forward_only; /* training: what a step computes before the loss, and its statistics; the model need not be compiled */
    bool
        fixed_weights; /* the weights stay as they are from the first run on, so that what kinds pack of them is packed once */
    uint32_t draw;  /* of forward_only: which random numbers, in the place of the optimizer's steps */
    bool profile;   /* measure the time of every step: cn__plan_profile */
    cn__pool *pool; /* borrowed; NULL: the calling thread alone */
    /* Training: each batch is divided over these ranks, and every rank has the result of all; borrowed. NULL: one process. */
    const cn_communicator *ranks;
    bool
        shard; /* with ranks: each updates a part of the weights, and keeps the optimizer's state of that part alone */
    const double *zeros; /* with ranks: what every feed's `zeros` will be; NULL: not known */
} cn__plan_options;

/* The samples of a run: numbers order[0 … n-1], or first … first+n-1 where order is NULL. Arrays by input or output of
 * the model, in its order. */
typedef struct cn__feed {
    const cn_array *const *x;
    const cn_array *const *y; /* NULL: no targets; an entry is NULL where the output has no loss */
    const real *const
        *weight; /* one for each row of each sample, of each output; NULL, or entries NULL: ones */
    const uint32_t *order;
    size_t first;
    uint32_t view; /* with options.views: addresses random numbers, with the number of each sample */
    const double *
        zeros; /* the fraction of each x that is zero (cn__fraction_of_zeros): a hint that changes no bit; NULL: 0 */
    const cn__sparse *const *
        lists; /* of each x what is not zero, a row a sample, where that was listed; NULL, or entries NULL: it was not */
    size_t first_list;     /* the row of sample 0 */
    const uint32_t *ahead; /* the samples of the next run, to fetch their lists early; NULL: not known */
    size_t ahead_count;
} cn__feed;

/* How much of x is zero, from 0 to 1? Examines some samples. */
double cn__fraction_of_zeros(const cn_array *x);
/* Does this plan read feed.zeros of that input? */
bool cn__plan_reads_zeros(const cn__plan *plan, size_t input);
/* Would it read feed.lists of that input, if so much of it is zero? */
bool cn__plan_reads_lists(const cn__plan *plan, size_t input, double zeros);

/* What a run left of an output: predictions (rows, cols), targets (rows, target_cols) and weights (rows, or NULL), where a
 * sample has rows / n rows (1, but for outputs of rank over 1). */
typedef struct cn__output {
    const real *pred, *target, *weight;
    const real *
        logits; /* what `before`, softmax or sigmoid, had before it, where the loss reads that or it was to be kept; else NULL */
    cn__act before;
    size_t rows, cols, target_cols;
    double loss; /* Σ weight · loss of the rows, divided by the rows a sample has: a sum over samples */
} cn__output;

typedef struct cn__result {
    const cn__output *outputs;
    size_t output_count;
    double loss;    /* Σ loss_weight · loss of the outputs: a sum over samples */
    double penalty; /* of the regularisers, before the update, and of the activities */
} cn__result;

/* What a thread works on at a time should be no larger than this, or its steps wait for memory: most of a second-level cache. */
enum { CN_CACHED_REALS = 1 << 18 };

/* How many threads the work of such a plan is worth, at most `threads`. */
int cn__plan_threads(const cn_model *model, size_t batch, bool training, int threads);

/* The model must be built; for targets or training, compiled. */
CN_CHECK cn_status cn__plan_new(cn_model *model, const cn__plan_options *options, cn__plan **out);
void cn__plan_free(cn__plan *plan);

/* Why a batch of this model, of the losses that it is compiled with, cannot be divided over ranks; CN_OK: it can. */
CN_CHECK cn_status cn__plan_check_ranks(const cn_model *model);
/* Did the functions of the caller's own succeed, and with ranks, did the last run reach them all? */
CN_CHECK cn_status cn__plan_status(const cn__plan *plan);

/* With fixed_weights: they have changed all the same, and are packed anew by the next run. */
void cn__plan_repack(cn__plan *plan);

/* With options.shard: rank 0 gets the whole state of the optimizer; every rank gets its part of rank 0's; the memory of what is the
 * other ranks' goes back to the system. All ranks call these together, between two runs. */
bool cn__plan_is_sharded(const cn__plan *plan);
/* Has no rank the whole state, until it is gathered: with options.shard, and where ranks of one machine divide updates. */
bool cn__plan_divides_state(const cn__plan *plan);
CN_CHECK cn_status cn__plan_gather_state(cn__plan *plan);
CN_CHECK cn_status cn__plan_scatter_state(cn__plan *plan);
void cn__plan_drop_state(cn__plan *plan);

/* Runs the steps on n samples. Training takes one step of the model's optimiser. */
void cn__plan_run(cn__plan *plan, const cn__feed *feed, size_t n, cn__result *result);

/* The same in two halves, of a plan that keeps its gradients. The first: the operations, whose outputs are in `result`, and with
 * `statistics` those of training, such as moving averages; `draw` addresses random numbers. The second: losses and gradients. What
 * it reads is gone after it: another one needs the first half once more. The feed must last until then. */
void cn__plan_run_forward(cn__plan *plan, const cn__feed *feed, size_t n, uint32_t draw, bool statistics,
                          cn__result *result);
void cn__plan_run_backward(cn__plan *plan);
/* With options.input_gradients, of the last second half: (n, size of a sample); NULL where nothing comes back to it. */
const real *cn__plan_input_gradient(const cn__plan *plan, size_t input);

/* Columns of a row of targets of an output: 1 for labels, else those of the output. */
size_t cn__target_cols(const cn_model *model, size_t output);
/* Rows of a sample's output: 1, but for outputs of rank over 1. */
size_t cn__output_rows(const cn_model *model, size_t output);
/* The regularisers' penalty now. */
double cn__plan_penalty(const cn__plan *plan);

/* Bytes of the buffers of a batch. */
size_t cn__plan_bytes(const cn__plan *plan);

/* What a plan made with `profile` measured since then: a line a step with its time, of all threads together, its
 * fraction, the rate of its operations, and the time spent waiting at barriers. `wall` is how long the training took in
 * all, in seconds: what is not in a plan's runs is shown as one line. */
void cn__plan_profile(const cn__plan *plan, const char *title, double wall, cn__text *out);

/* A line a step. */
void cn__plan_describe(const cn__plan *plan, cn__text *out);

/* One operation by itself, as predict computes it, by the calling thread: y (n, op->size) from x[i] (n, the size of its input i).
 * Where the kind is elementwise, y may be x[0]. Exporters measure and check networks by it. */
CN_CHECK cn_status cn__op_compute(const cn__op *op, const real *const *x, real *y, size_t n);

#endif
