/* Operations: what layers lower to, and what a plan runs. A kind of operation is a struct of functions and facts; a
 * plan, an exporter or a cost model walks operations and asks their kinds, and names none of them.
 *
 * Three levels, from the outside in:
 *   cn__op     an operation of a network: kind, arguments, variables, the operations it reads. No memory of a batch.
 *   cn__node   the same in a plan: its buffers for a batch, its gradient, and the elementwise operations fused to it.
 *   cn__run    one thread's view of the batch that is being run.
 *
 * A sample of an operation's output is a matrix (rows, cols), cols being the last axis; a batch of n samples has
 * n · rows rows, one close behind the other. */
#ifndef CN_NN_OP_H
#define CN_NN_OP_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/system/pool.h"
#include "base/random.h"
#include "kernels/kernels.h"
#include "nn/shape.h"
#include "nn/variable.h"

typedef struct cn__op_kind cn__op_kind;

enum { CN_MAX_OP_VARIABLES = 4 };

typedef struct cn__op {
    const cn__op_kind *kind;
    struct cn__layer *layer; /* that lowered to it; NULL for an input */
    struct cn__op **in;      /* (inputs) */
    cn__shape *in_shape;     /* (inputs): as it sees them; a reshape between is no operation */
    size_t inputs;
    cn__shape shape;
    size_t size, rows, cols;                     /* of a sample of the output: size = rows · cols */
    cn__variable *variable[CN_MAX_OP_VARIABLES]; /* NULL where there is none */
    const void *args;                            /* the kind's own */
    uint32_t stream;                             /* the index of its random numbers */
    size_t index;                                /* in topological order */
} cn__op;

/* ---- lowering: from layers to operations ------------------------------------------------------------ */

/* What a layer gives: an operation's output, seen in some shape. */
typedef struct cn__ref {
    cn__op *op;
    cn__shape shape;
} cn__ref;

typedef struct cn__lowering {
    cn__arena *arena;
    cn__op **ops;
    size_t count, capacity;
    struct cn__layer *layer; /* that is being lowered */
    bool fast_convolution;   /* faster formulas, which round more, where there are some */
    uint32_t stream;
} cn__lowering;

/* Appends an operation; `args` (args_size bytes, may be 0) is copied. NULL and a message when out of memory. */
cn__op *cn__lower_op(cn__lowering *lowering, const cn__op_kind *kind, const cn__ref *in, size_t inputs,
                     const cn__shape *shape, const void *args, size_t args_size);

/* ---- in a plan -------------------------------------------------------------------------------------- */

/* The entries of an input that are not zero, where the operation that reads it is faster so: lists of rows for the forward
 * product, and of columns for the gradient. With `per_thread` each thread has lists of its own, of the whole batch. */
typedef struct cn__sparse_input {
    cn__sparse *csr; /* (threads), or one for all */
    cn__sparse *csc; /* the same; NULL: not wanted */
    cn__sparse
        given; /* rows of lists that came with the data: their places there. No rows: cannot take them */
    cn__sparse next; /* rows of the same lists that the next batch will read, as far as they are known */
    uint32_t *next_start, *next_count;
    bool is_given;               /* in this run */
    bool used, per_thread, keep; /* in this run; `keep`: what is fused to the input keeps zeros */
    double zeros;                /* the fraction of the input of this run that is zero, as far as is known */
} cn__sparse_input;

static inline const cn__sparse *cn__sparse_rows(const cn__sparse_input *s, int thread)
{
    return s->is_given ? &s->given : s->csr + (s->per_thread ? thread : 0);
}

struct cn__node;

/* How a node, or a loss, reads another: where it writes the gradient, and what comes after. */
typedef struct cn__edge {
    struct cn__node *from;
    real *grad;        /* (batch, from->size): where backward writes; NULL: no gradient wanted */
    bool wanted;       /* the plan's: is there to be a grad? */
    bool adds;         /* `grad` is a buffer of its own, and is added to from->d */
    bool last;         /* no other writer comes: the derivatives of what is fused to `from` follow */
    size_t back_count; /* of the operations fused to `from`, those that it reads the result of */
} cn__edge;

/* An elementwise operation that runs on each piece of a node's output while it is in the cache. */
typedef struct cn__fused {
    const cn__op *op;
    real *in, *out; /* the same where nothing needs `in` again */
} cn__fused;

typedef struct cn__node {
    const cn__op *op;
    cn__edge *in;
    cn__fused *fused;
    size_t fused_count;
    size_t size;              /* elements a sample */
    real *z, *y;              /* (batch, size): the operation's output, and behind what is fused */
    real *d;                  /* (batch, size): gradient of y, at last of z; NULL: not wanted */
    bool trains;              /* makes gradients of variables */
    bool reached;             /* a loss depends on it */
    bool cleared;             /* nothing writes d: it begins as zeros */
    bool training;            /* its plan trains */
    int threads;              /* of its plan, at most */
    size_t batch;             /* samples at most */
    void *state;              /* the kind's own */
    cn__sparse_input *sparse; /* of an input, or NULL */
} cn__node;

/* Where gradients of variables go: to the optimiser at once, or into memory. */
typedef struct cn__sink cn__sink;
struct cn__sink {
    /* Takes elements first … first + count - 1 (of the padded layout) of the gradient of `v`; g NULL: zeros. What g
     * holds is lost. `adds`: another operation made a part of the gradient before. */
    void (*tile)(const cn__sink *sink, cn__variable *v, bool adds, size_t first, real *g, size_t count);
    /* The update that `tile` would apply at once, for a kernel that does it while the gradient is in registers; false
     * where there is none. */
    bool (*fused_update)(const cn__sink *sink, const cn__variable *v, cn__update *out);
};

/* How much of a thread's slice of a step was begun, by itself or by others. On a cache line of its own. */
typedef struct cn__counter {
    _Alignas(64) _Atomic size_t count;
} cn__counter;

/* Where the batch is divided over ranks (cluster/cluster.h): sums over it that an operation itself needs. */
typedef struct cn__ranks cn__ranks;
struct cn__ranks {
    /* values (count): every thread's part stands there, of this rank's samples; it becomes the sum over the batch. Called by
     * every thread. */
    void (*sum)(const cn__ranks *ranks, int thread, real *values, size_t count);
};

typedef struct cn__run {
    const cn__kernels *k;
    size_t n; /* samples */
    size_t first,
        batch; /* of `batch` samples over all ranks they begin at this one; 0 and n where there is one process. Where layers
                * show views of samples (cn__op_kind.makes_views), `first` is the sample's number among all that are predicted. */
    const cn__ranks *ranks; /* NULL: one process */
    int thread, threads;
    cn__range part; /* those of this thread's samples that a step is run on; 0, 0: all */
    size_t part_of_all,
        parts_of_all; /* of a gradient that ranks make of the whole batch: which part is this one's, of how
                                       * many; 0 of 0: there is one process */
    bool training;
    uint64_t seed;
    uint32_t step;   /* of the optimiser: addresses random numbers */
    real loss_scale; /* what all gradients are multiplied by until the optimiser has them; 1: nothing */
    real *workspace; /* of this thread alone, as large as the largest `workspace` of a kind says */
    const cn__sink *sink;
    bool adds;             /* the gradients of this step are added: see cn__sink */
    cn__counter *counters; /* (threads), of the step, where its kind steals work */
} cn__run;

/* An element of this rank's samples as one of the batch: it addresses random numbers. */
static inline size_t cn__of_batch(const cn__run *run, const cn__op *op, size_t element)
{
    return run->first * op->size + element;
}

/* This thread's slices: of n things by grain; of the batch's rows (`rows` a sample); of its samples. */
/* The entries of the first `samples` rows by column of the slice, which has room for each of them. */
void cn__sparse_by_column(const cn__sparse *rows, size_t samples, cn__range slice, const cn__sparse *columns);
cn__range cn__run_slice(const cn__run *run, size_t n, size_t grain);
cn__range cn__run_rows(const cn__run *run, size_t rows);
cn__range cn__run_samples(const cn__run *run);
enum { CN_ROW_GRAIN = 8 };

/* Steals a block of the `count` things of thread `owner`'s slice: half of what is left, so that a thread that comes to
 * help finds small pieces at the end, but no piece under `least`. Empty when none are left. */
cn__range cn__steal_block(const cn__run *run, int owner, size_t count, size_t least);

/* Of n things that a gradient has, by grain: this process's, among which its threads divide them. */
cn__range cn__run_part(const cn__run *run, size_t n, size_t grain);

/* Runs what is fused to a node on elements first … first + count - 1 of its output. */
void cn__fused_forward(const cn__run *run, const cn__node *node, size_t first, size_t count);
/* The activation that is fused to a node first, in place, for a kernel that applies it to what it still holds in registers; NULL:
 * there is none. Then cn__fused_rest runs what comes after it. */
const cn__activation *cn__fused_activation(const cn__node *node);
void cn__fused_rest(const cn__run *run, const cn__node *node, size_t first, size_t count);
/* Elements first … first + count - 1 of edge->grad are written: adds them, and runs the derivatives of what is fused
 * to edge->from, as the edge says. The results under 2^-100 become 0. */
void cn__edge_done(const cn__run *run, const cn__edge *edge, size_t first, size_t count);

/* The index-th input of a node: (n, size). */
static inline const real *cn__node_input(const cn__node *node, size_t index)
{
    return node->in[index].from->y;
}

/* ---- sums over the batch ------------------------------------------------------------------------------ */

/* Every gradient, and every statistic, that is a sum over samples has one shape, whoever computes it: the samples are
 * cut into blocks of CN_BLOCK, each block is one chain of fused multiply-adds in ascending order, and blocks are added
 * by a binary tree over their index: a run of 2^k blocks that begins at a multiple of 2^k is one subtree. The sum of a
 * batch of one block is its chain. */
enum { CN_BLOCK = 128 };

static inline size_t cn__block_count(size_t samples) { return (samples + CN_BLOCK - 1) / CN_BLOCK; }
/* Reals of a stack for sums of `size` elements over that many blocks; 0 for one. */
size_t cn__block_stack(size_t blocks, size_t size);

typedef struct cn__block_sum {
    const cn__kernels *k;
    real *out, *stack; /* (size); (cn__block_stack) */
    size_t size, pushed, blocks;
} cn__block_sum;

cn__block_sum cn__block_sum_start(const cn__kernels *k, size_t blocks, size_t size, real *out, real *stack);
/* Where the sum of the next block is to be written; then cn__block_sum_push. After the last block `out` has the sum. */
real *cn__block_sum_next(cn__block_sum *sum);
void cn__block_sum_push(cn__block_sum *sum);

/* out[c] = Σ over the batch of a[r · op->cols + c], for `count` columns. */
void cn__block_columns(const cn__run *run, const cn__op *op, const real *a, size_t count, real *out,
                       real *stack);
/* Elements first … first + count - 1 of a vector's gradient to the sink; g has room up to the multiple of CN_LANES. */
void cn__sink_vector(const cn__run *run, cn__variable *v, size_t first, size_t count, real *g);

/* ---- kinds ---------------------------------------------------------------------------------------------- */

/* What is read again on the way back. */
enum { CN_SAVES_NOTHING = 0, CN_SAVES_INPUTS = 1, CN_SAVES_OUTPUT = 2 };

/* Where a kind's state gets buffers from: a plan, or the arena of an operation alone (model/plan/memory.c). */
typedef struct cn__buffers {
    /* `size` reals that will stand in *out when the plan is made. They live from forward to the last gradient in training,
     * else during forward; `packed`: during the whole run. */
    cn_status (*request)(struct cn__buffers *buffers, size_t size, bool packed, real **out);
    size_t batch; /* samples that a batch may have */
} cn__buffers;

/* `count` reals for each sample that a batch may have, and `fixed` more. */
static inline cn_status cn__buffer_request(cn__buffers *b, size_t count, size_t fixed, real **out)
{
    return b->request(b, count * b->batch + fixed, false, out);
}

/* For `pack`. */
static inline cn_status cn__buffer_request_packed(cn__buffers *b, size_t count, real **out)
{
    return b->request(b, count, true, out);
}

/* A step that makes gradients of variables, or with variables = 0 keeps statistics of training. */
typedef struct cn__op_gradient {
    const char *name;
    unsigned variables; /* bit i: of op->variable[i] */
    bool steals;        /* it takes work from other threads: run->counters */
    void (*run)(const cn__run *run, cn__node *node);
    bool parts; /* it makes parts that the next entry joins: all threads wait in between */
} cn__op_gradient;

enum { CN_MAX_OP_GRADIENTS = 3 };

struct cn__op_kind {
    const char *name; /* "dense" */

    /* Elementwise kinds have one input and work on any piece of it: elements first … first + count - 1 of the batch (of all
     * ranks), at x and y. In place is allowed; `back` multiplies d by the derivative in place. They have no other functions below. */
    void (*forward_piece)(const cn__run *run, const cn__op *op, const real *x, real *y, size_t first,
                          size_t count);
    void (*back_piece)(const cn__run *run, const cn__op *op, const real *x, const real *y, real *d,
                       size_t first, size_t count);
    bool keeps_zeros; /* elementwise: zero stays zero */

    bool training_only; /* outside of training it is not there */
    bool
        makes_views; /* though training only: it shows each sample in another way, as test-time augmentation wants it */
    bool loss_only; /* without a loss it is not there: it adds a penalty */

    /* Which of CN_SAVES_… the way back reads; NULL: nothing. */
    unsigned (*saves)(const cn__op *op);
    /* Makes node->state in `arena`, and asks for buffers. NULL: it has none. */
    cn_status (*prepare)(cn__arena *arena, cn__buffers *buffers, cn__node *node);
    /* Reals that a thread needs while one of its functions runs; NULL: none. */
    size_t (*workspace)(const cn__op *op, size_t batch, bool training);

    /* Brings variables into a form that a step reads, at the start of each run; with `backward` that of the way back. */
    void (*pack)(const cn__run *run, cn__node *node, bool backward);
    /* node->z from the inputs, and then what is fused, piece by piece. */
    void (*forward)(const cn__run *run, cn__node *node);
    /* From node->d to the inputs whose edge wants a gradient; then cn__edge_done for each piece. */
    void (*backward)(const cn__run *run, cn__node *node);
    /* Each thread reads and writes only its own rows of the batch (cn__run_rows of op->rows), forward or backward: then
     * it need not wait for others before a step of the same kind. NULL: never. */
    bool (*own_rows)(const cn__op *op, bool backward);
    bool own_samples; /* the same with whole samples (cn__run_samples), both forward and backward */
    /* It calls run->ranks->sum: it runs on every rank, even with no samples there, and its gradients are of the whole batch. */
    bool sums_batch;
    /* Its gradients read nothing but the rows of its input and of its own gradient, and are divided by cn__run_part: ranks of one
     * machine may make them of the whole batch. */
    bool gradients_of_rows;
    const char *no_ranks; /* why a batch with it cannot be divided over ranks; NULL: it can */
    cn__op_gradient gradients[CN_MAX_OP_GRADIENTS]; /* name NULL: no more */

    /* A penalty that the loss has for the last run. */
    double (*penalty)(const cn__node *node, size_t n);

    /* Is its output better made from lists of what is not zero in an input that is `density` full? NULL: never. */
    bool (*sparse_is_faster)(const cn__op *op, const char *isa, double density, bool training);

    /* Training: it mixes samples of a batch, and targets as it mixes them. mixed (n, size) from target, this thread's samples. NULL:
     * it does not. */
    void (*mix_targets)(const cn__run *run, const cn__op *op, const real *target, size_t size, real *mixed);

    /* Of a sample's forward pass. */
    double (*multiply_adds)(const cn__op *op);
    double (*flops)(const cn__op *op);

    /* The activation whose logits a cross-entropy takes in its place; NULL: it is none. */
    const cn__activation *(*activation)(const cn__op *op);
    /* What a plan's text says of it; NULL: its name. */
    const char *(*describe)(const cn__op *op);
};

static inline bool cn__op_is_elementwise(const cn__op *op) { return op->kind->forward_piece != NULL; }

/* An input of the network: a plan fills it. It has no functions. */
extern const cn__op_kind cn__op_input;

#endif
