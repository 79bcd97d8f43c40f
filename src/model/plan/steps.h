/* The inside of a plan: nodes, the steps that run them, and where their buffers are. Each part has its file:
 * plan/nodes.c (operations to nodes, and what is fused), plan/run_steps.c (their steps), plan/order.c (the list of steps, and
 * barriers), plan/memory.c (buffers by lifetime), plan/feed.c (bringing a batch), plan/loss.c, plan/update.c (gradients to the
 * optimiser), plan/ranks.c (batches over several processes). */
#ifndef CN_MODEL_PLAN_STEPS_H
#define CN_MODEL_PLAN_STEPS_H

#include "model/lower.h"
#include "model/plan/plan.h"
#include "model/plan/thread_tuner.h"
#include "nn/op.h"

struct cn__step;
typedef void cn__step_function(cn__plan *plan, struct cn__step *step, int thread);

typedef struct cn__step {
    const char *name;
    cn__step_function *run;
    cn__node *node;
    const cn__op_gradient *gradient; /* of a step that makes gradients */
    size_t output;                   /* of a loss */
    size_t
        own_rows; /* rows a sample, where each thread reads and writes its own rows of the batch only; else 0 */
    size_t
        chain; /* so many steps from this one on are run `few` samples at a time; 0: this is no first one */
    size_t few;
    bool barrier;         /* all threads wait after it */
    bool backward;        /* of a step that packs */
    bool adds;            /* another step before made a part of these gradients */
    const cn__sink *sink; /* of gradients; NULL: the plan's */
    size_t
        sends; /* with ranks: of their partial sums so many reals are made once all threads are through; 0: as before */
    size_t phase;          /* the number of barriers before it: what is in one phase may run side by side */
    cn__counter *counters; /* (threads), where threads steal work; else NULL */
} cn__step;

/* A buffer of a batch: who points to it, and in which phases it lives. */
typedef struct cn__buffer {
    real **place;
    size_t size; /* reals */
    size_t first, last;
    size_t offset;
} cn__buffer;
#define CN_FOR_EVER ((size_t)-1)

/* A loss of an output. */
typedef struct cn__plan_loss {
    const cn__objective *objective; /* NULL: none */
    cn__node *node;                 /* whose y are the predictions */
    cn__edge edge;             /* where the gradient goes: to `node`, or to what is before its activation */
    cn__act before;            /* it reads what this activation has before it; LINEAR: predictions */
    const real *const *logits; /* what it reads */
    /* What the activation `kept` has before it, for metrics: what node kept_from gives before its fused operation
     * kept_fused, or after all of them. LINEAR: nothing is kept. */
    cn__act kept;
    cn__node *kept_from;
    size_t kept_fused;
    const real *const *kept_logits;
    real *target, *weight, *row_loss;
    real *mixed;                    /* targets on their way, where a layer mixes them; else NULL */
    size_t rows, cols, target_cols; /* rows: of a sample */
    const cn__shape *sample;        /* of a loss that one thread computes, over other axes than the last or by
                                     * a function of the caller's; else NULL */
    real *scratch;
} cn__plan_loss;

/* Where gradients go. */
typedef struct cn__plan_sink {
    cn__sink base;
    const cn__plan *plan;
} cn__plan_sink;

struct cn__plan {
    cn_model *model;
    cn__plan_options options; /* with ranks, `batch` is what this one has at most */
    size_t batch;             /* samples at most, on all ranks together */
    const cn__kernels *k;
    int max_threads;        /* of the pool: what is there once for each thread is there for them all */
    cn__thread_tuner tuner; /* training: how many of them are fastest */
    int threads;            /* of the run */
    cn__arena arena;
    cn__op_graph graph;
    cn__node *nodes;
    size_t node_count;
    cn__node **inputs; /* (graph.input_count) */
    cn__plan_loss *losses;
    cn__output *outputs; /* of the last run */
    cn__step *steps;
    size_t step_count;
    cn__step *gather; /* the one that brings the batch */
    bool packs;       /* there are steps that pack variables */
    bool packed;      /* they have run, and need not run again */
    bool mixes;       /* there are layers that mix targets */

    cn__buffer *buffers;
    size_t buffer_count, buffer_capacity;
    real *memory; /* all of them */
    size_t memory_size;

    /* the update */
    bool
        materialize; /* some gradients are made whole before any update: clipping by norm, shared variables */
    cn__update update;
    bool only_adds; /* this step adds its gradients to those of the steps before, and updates no weight */
    cn__plan_sink sink;
    real *grad_scale; /* (variables): from the norms */
    real **grads;     /* (variables): where a gradient is made whole; NULL: it is not */
    double *norms, *penalties;
    cn__run *runs;    /* (threads) */
    size_t workspace; /* reals of each */

    /* with options.profile: for each thread its steps' seconds, and how often the plan was run */
    struct cn__step_time {
        double work, wait;
    } * times; /* (threads, step_count) */
    size_t run_count;
    double run_seconds;

    struct cn__plan_ranks *ranks; /* plan/ranks.c; NULL: one process */

    cn__loss_failure failure; /* of a loss that is a function of the caller's */

    /* the run */
    const cn__feed *feed;
    enum { CN_WHOLE, CN_FORWARD_HALF, CN_STATISTICS, CN_BACKWARD_HALF } half; /* of the steps */
    size_t first_loss;    /* the step at which the second half begins */
    size_t n, first, all; /* samples that this process has: from `first` on of `all` */
    uint32_t counter;     /* step number: addresses random numbers */
    size_t may_stop; /* behind this step a run ends where a loss of the caller's failed; SIZE_MAX: nowhere */
};

/* ---- plan/nodes.c ------------------------------------------------------------------------------------- */

CN_CHECK cn_status cn__plan_make_nodes(cn__plan *plan);
/* How many operations make a part of the gradient of v? */
size_t cn__plan_gradient_count(const cn__plan *plan, const cn__variable *v);

/* ---- plan/memory.c ---------------------------------------------------------------------------------------- */

/* The state of a node that is in no plan; its buffers are the arena's. */
CN_CHECK cn_status cn__op_prepare_alone(cn__arena *arena, cn__node *node);

/* A buffer of `size` reals, wanted from phase `first` to `last`; *place is set by cn__plan_place_buffers. */
CN_CHECK cn_status cn__plan_buffer(cn__plan *plan, size_t size, size_t first, size_t last, real **place);
/* Asks for every node's buffers, by the phases of the steps. */
CN_CHECK cn_status cn__plan_want_buffers(cn__plan *plan);
/* Places them all in one block by first fit: two that live in one phase never overlap. */
CN_CHECK cn_status cn__plan_place_buffers(cn__plan *plan);

/* ---- plan/order.c ------------------------------------------------------------------------------------------ */

CN_CHECK cn_status cn__plan_make_steps(cn__plan *plan);

/* ---- plan/feed.c -------------------------------------------------------------------------------------------- */

/* Room for the lists of what is not zero in an input, where the operation that reads it may use them. */
CN_CHECK cn_status cn__plan_make_sparse(cn__plan *plan);
/* For the coming run: is the input read from lists? */
void cn__plan_choose_sparse(cn__plan *plan);
cn__step_function cn__step_gather, cn__step_build_csc;

/* ---- plan/loss.c ---------------------------------------------------------------------------------------------- */

CN_CHECK cn_status cn__plan_make_losses(cn__plan *plan);
/* Room for targets that layers mix; fails where they are labels. */
CN_CHECK cn_status cn__plan_make_mixing(cn__plan *plan);
void cn__plan_sum_losses(cn__plan *plan, cn__result *result);
cn__step_function cn__step_loss, cn__step_penalty, cn__step_mix_targets, cn__step_take_mixed;

/* Σ of the squares of `values`, which are kept as v's are. */
double cn__variable_squares(const cn__kernels *kernels, const cn__variable *v, const real *values);

/* ---- plan/update.c ---------------------------------------------------------------------------------------------- */

CN_CHECK cn_status cn__plan_make_update(cn__plan *plan);
/* Points the variables to the slots of its model and to its own gradients: another plan of them may have been run, or made, since. */
void cn__plan_attach(const cn__plan *plan);
cn__step_function cn__step_norms, cn__step_global_norm, cn__step_apply, cn__step_finish;
/* Does training now and then put the averages in the place of the weights? */
bool cn__overwrites(const cn__optimizer *optimizer);

/* ---- plan/ranks.c ---------------------------------------------------------------------------------------------- */

/* How this rank's samples are fewer than the batch; before anything is made. */
CN_CHECK cn_status cn__plan_join_ranks(cn__plan *plan);
/* Where gradients of each step wait for those of the other ranks; once there are steps. */
CN_CHECK cn_status cn__plan_make_ranks(cn__plan *plan);
/* For the coming run: which samples are this rank's? */
void cn__plan_divide(cn__plan *plan, size_t n);
/* Brings the outputs and the losses of all rows to every rank. */
void cn__plan_gather_outputs(cn__plan *plan);
/* Puts those outputs into plan->outputs. */
void cn__plan_show_outputs(cn__plan *plan);
/* Begins to sum what is made behind a step that sends. By the first thread. */
void cn__plan_send(cn__plan *plan, const cn__step *step);
void cn__plan_leave_ranks(cn__plan *plan);
/* plan/whole_batch.c: chooses the nodes whose gradients ranks of one machine make of the whole batch; before there are steps. */
CN_CHECK cn_status cn__plan_make_whole_batch(cn__plan *plan);
void cn__plan_free_whole_batch(cn__plan *plan);
/* The node as its gradients are made then; NULL: they are summed. */
cn__node *cn__plan_whole_node(const cn__plan *plan, const cn__node *node);
/* Ranks of one machine wait for each other; others do not. */
void cn__plan_meet(cn__plan *plan);
cn__step_function cn__step_share_rows, cn__step_meet, cn__step_take_rows, cn__step_whole_gradient,
    cn__step_take_weights;
/* Does thread run this step where the rank has no samples? */
bool cn__step_is_of_all(const cn__step *step);
cn__step_function cn__step_sum_gradients, cn__step_take_gradients;

cn__step_function cn__step_pack, cn__step_forward, cn__step_backward, cn__step_gradient, cn__step_clear;

static inline cn__range cn__thread_slice(const cn__plan *plan, size_t n, size_t grain, int thread)
{
    return cn__slice(n, grain, thread, plan->threads);
}
static inline cn__range cn__thread_rows(const cn__plan *plan, size_t rows, int thread)
{
    return cn__slice(plan->n * rows, CN_ROW_GRAIN, thread, plan->threads);
}

/* Multiply-adds of a step for a whole batch, as if no input were zero; 0 where they do not count. */
double cn__step_multiply_adds(const cn__plan *plan, const cn__step *step);

#endif
