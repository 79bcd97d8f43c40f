/* The inside of a plan. A node is an operation that has variables or mixes numbers (dense, a
 * normalisation, softmax, or the input itself) with the elementwise operations that follow it
 * joined on: they run on each piece of the node's output while it is in the cache, and their
 * derivatives on each piece of the gradient as the node behind makes it. */
#ifndef CN_MODEL_STEPS_H
#define CN_MODEL_STEPS_H

#include "model/plan.h"
#include "model/team.h"
#include "nn/variable.h"

typedef struct joined { /* an elementwise operation on a node's output */
    cn__op op;
    real *in, *out; /* the same where nobody needs `in` again */
} joined;

typedef struct node {
    cn__op op; /* kind CN_OP_ALIAS: the input */
    joined *then;
    size_t joined_count;
    size_t back_count; /* of them that the backward pass goes through: the loss may start before the last */
    size_t size;       /* numbers a sample of the output */
    const real *x;     /* (rows, in_cols) */
    real *z, *y;       /* the operation's output, and after what is joined */
    real *d;           /* gradient, first of y, then of z; NULL where nobody wants it */
    bool trains;       /* has variables that are trained */
    cn__sparse *by_row,
        *by_column; /* of x, on the dense node that reads the input; else NULL. See own_lists */
    real *xhat, *inverse, *mean, *variance, *shift, *scale, *sums; /* of the normalisations */
} node;

struct step;
typedef void step_function(cn__plan *plan, struct step *step, int member);

/* How much of each thread's share of a step was taken, by itself or by others. On a cache line of its own. */
typedef struct taken {
    _Alignas(64) _Atomic size_t count;
} taken;

typedef struct step {
    const char *name;
    step_function *run;
    node *node;
    cn__variable *variable;
    bool barrier; /* all threads wait after it */
    taken *taken; /* (members), where threads help each other; else NULL */
} step;

struct cn__plan {
    cn_model *model;
    cn__plan_options options;
    const cn__kernels *k;
    cn__pool *pool;
    int most_members; /* of the pool: what is there once for each member is there for them all */
    cn__team team;    /* training: how many of them are fastest */
    int members;      /* of the run */
    bool by_rows; /* in products too, a thread keeps to its rows of the batch: where no weights are written */
    cn__arena arena;
    node *nodes;
    size_t node_count;
    step *steps;
    size_t step_count;
    step *gather; /* the one that brings the batch */
    bool
        keeps_zeros; /* lists of what is not zero were made room for, and what is joined to the input leaves zeros alone */

    /* the loss */
    cn__act loss_before;    /* it reads what this activation has before it; LINEAR: predictions */
    node *loss_node;        /* whose d it writes */
    const real *loss_input; /* what it reads: predictions, or what came before their activation */
    const real *logits;     /* what `before` has before it, for loss and metrics; NULL: not kept */
    cn__act before;
    real *pred, *target, *weight, *row_loss;
    size_t out_rows, out_cols, target_cols; /* rows: of a sample */

    /* the update */
    bool separate; /* gradients are made whole before any update: clipping by norm */
    cn__update update;
    real *grad_scale; /* (variables): from the norms */
    double *norms, *penalties;
    real **scratch; /* one for each member */
    real *
        *packed; /* one for each member: a panel's columns of a gradient, and behind them some of the inputs;
                     * training only */

    /* with options.profile: for each member its steps' seconds, and how often the plan was run */
    struct step_time {
        double work, wait;
    } * times; /* (members, step_count) */
    size_t runs;
    double run_seconds;

    /* the run */
    const cn__feed *feed;
    bool sparse; /* the first dense node's input is given by lists of what is not zero */
    bool
        own_lists; /* each of two threads has lists of the whole batch, by_row[member] and by_column[member]: made twice
                     * sooner than brought from one processor to the other; else all share the first ones */
    double density; /* of the last run: the share of the input that is not zero, as the feed has it */
    size_t n;
    uint32_t counter; /* step number of dropout's stream */
};

/* The shares of thread `member`: of the batch's rows (rows a sample: `rows`), of n things by grain. */
cn__range cn__member_rows(const cn__plan *plan, size_t rows, int member);
cn__range cn__member_share(const cn__plan *plan, size_t n, size_t grain, int member);

/* Are the lists of the input made from where x lies, without a copy of the batch? */
bool cn__listed_where_it_lies(const cn__plan *plan, const cn_array *x);
/* The lists that a thread makes and reads; NULL of a node that has none. */
cn__sparse *cn__lists_of(const cn__plan *plan, cn__sparse *lists, int member);

/* Takes the next of the `count` things of the share of thread `owner`: half of what is left, so that whoever comes to
 * help finds small pieces at the end, but no piece under `least`. Empty when none are left. The first step of a plan
 * begins all shares anew. */
cn__range cn__next_block(step *s, int owner, size_t count, size_t least);

/* Runs what is joined to a node on numbers first … first+count-1 of its output, and back. */
void cn__joined_forward(const cn__plan *plan, const node *n, size_t first, size_t count);
void cn__joined_back(const cn__plan *plan, const node *n, size_t first, size_t count);

step_function cn__step_gather, cn__step_columns, cn__step_dense, cn__step_softmax, cn__step_batchnorm,
    cn__step_layernorm, cn__step_loss, cn__step_penalty;
step_function cn__step_dense_back, cn__step_softmax_back, cn__step_batchnorm_back, cn__step_layernorm_back;
step_function cn__step_kernel, cn__step_bias, cn__step_scales, cn__step_norms, cn__step_global_norm,
    cn__step_apply, cn__step_finish, cn__step_statistics;

/* Operations of a step for a whole batch, as if no input were zero; 0 where they do not count. */
double cn__step_flops(const cn__plan *plan, const step *s);

/* Does training now and then put the averages in the place of the weights? */
bool cn__overwrites(const cn__optimizer *optimizer);

/* Rows of a kernel whose gradient is made at a time: for a block of scratch, or to be updated while it is summed. */
enum { GRAD_ROWS = 16, AT_ONCE_ROWS = 64 };
/* Rows of a batch that a thread takes at least, where it takes rows. */
enum { ROW_GRAIN = 8 };
/* Numbers of scratch a member has: a block of a gradient, or a turned tile of weights. */
enum { SCRATCH = 64 * CN_PANEL };
_Static_assert(GRAD_ROWS *CN_PANEL <= SCRATCH, "a gradient block fits the scratch");

#endif
