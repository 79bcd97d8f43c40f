/* What operations have in common: their slices of the work, what is fused to them, and sums over blocks of samples. */
#include "nn/op.h"

#include <assert.h>
#include <string.h>

const cn__op_kind cn__op_input = {.name = "input"};

/* ---- lowering --------------------------------------------------------------------------------------- */

static bool grow(cn__lowering *l)
{
    if (l->count < l->capacity) return true;
    const size_t capacity = l->capacity ? 2 * l->capacity : 16;
    cn__op **grown = cn__arena_array(l->arena, capacity, sizeof *grown);
    if (!grown) return false;
    if (l->count) memcpy(grown, l->ops, l->count * sizeof *grown);
    l->ops = grown, l->capacity = capacity;
    return true;
}

cn__op *cn__lower_op(cn__lowering *l, const cn__op_kind *kind, const cn__ref *in, size_t inputs,
                     const cn__shape *shape, const void *args, size_t args_size)
{
    cn__op *op = cn__arena_alloc(l->arena, sizeof *op);
    cn__op **from = cn__arena_array(l->arena, inputs + 1, sizeof *from);
    cn__shape *seen = cn__arena_array(l->arena, inputs + 1, sizeof *seen);
    void *copy = cn__arena_alloc(l->arena, args_size + 1);
    if (!op || !from || !seen || !copy || !grow(l)) return NULL;
    for (size_t i = 0; i < inputs; i++) {
        assert(in[i].op->index < l->count &&
               l->ops[in[i].op->index] == in[i].op); /* each follows its inputs */
        from[i] = in[i].op, seen[i] = in[i].shape;
    }
    if (args_size) memcpy(copy, args, args_size);
    *op = (cn__op){.kind = kind,
                   .layer = l->layer,
                   .in = from,
                   .in_shape = seen,
                   .inputs = inputs,
                   .shape = *shape,
                   .size = cn__shape_size(shape),
                   .cols = cn__shape_last(shape),
                   .args = copy,
                   .stream = l->stream,
                   .index = l->count};
    op->rows = op->cols ? op->size / op->cols : 0;
    return l->ops[l->count++] = op;
}

/* ---- slices ------------------------------------------------------------------------------------------ */

cn__range cn__run_slice(const cn__run *run, size_t n, size_t grain)
{
    return cn__slice(n, grain, run->thread, run->threads);
}

cn__range cn__run_part(const cn__run *run, size_t n, size_t grain)
{
    if (!run->parts_of_all) return (cn__range){0, n};
    return cn__slice(n, grain, (int)run->part_of_all, (int)run->parts_of_all);
}

cn__range cn__run_rows(const cn__run *run, size_t rows)
{
    return cn__slice(run->n * rows, CN_ROW_GRAIN, run->thread, run->threads);
}

cn__range cn__run_samples(const cn__run *run)
{
    return run->part.last ? run->part : cn__run_slice(run, run->n, 1);
}

cn__range cn__steal_block(const cn__run *run, int owner, size_t count, size_t least)
{
    assert(run->counters && owner >= 0 && owner < run->threads);
    _Atomic size_t *begun = &run->counters[owner].count;
    size_t at = atomic_load_explicit(begun, memory_order_relaxed), size;
    do {
        const size_t left = count > at ? count - at : 0;
        size = left / 2 < least ? left : left / 2;
    } while (size && !atomic_compare_exchange_weak_explicit(begun, &at, at + size, memory_order_relaxed,
                                                            memory_order_relaxed));
    return (cn__range){at, at + size};
}

/* ---- what is fused ------------------------------------------------------------------------------------ */

static void run_fused(const cn__run *run, const cn__node *node, size_t begin, size_t first, size_t count)
{
    assert(first + count <= node->batch * node->size);
    for (size_t i = begin; i < node->fused_count; i++) {
        const cn__fused *f = &node->fused[i];
        f->op->kind->forward_piece(run, f->op, f->in + first, f->out + first, cn__of_batch(run, f->op, first),
                                   count);
    }
}

void cn__fused_forward(const cn__run *run, const cn__node *node, size_t first, size_t count)
{
    run_fused(run, node, 0, first, count);
}

const cn__activation *cn__fused_activation(const cn__node *node)
{
    const cn__fused *f = node->fused;
    return node->fused_count && f->in == f->out && f->op->kind->activation ? f->op->kind->activation(f->op)
                                                                           : NULL;
}

void cn__fused_rest(const cn__run *run, const cn__node *node, size_t first, size_t count)
{
    run_fused(run, node, cn__fused_activation(node) != NULL, first, count);
}

void cn__edge_done(const cn__run *run, const cn__edge *edge, size_t first, size_t count)
{
    const cn__node *node = edge->from;
    assert(edge->grad && first + count <= node->batch * node->size && edge->back_count <= node->fused_count);
    real *d = node->d + first;
    if (edge->adds) run->k->add(d, edge->grad + first, count);
    if (!edge->last) return;
    if (!edge->back_count) run->k->flush(d, count);
    for (size_t i = edge->back_count; i-- > 0;) {
        const cn__fused *f = &node->fused[i];
        f->op->kind->back_piece(run, f->op, f->in + first, f->out + first, d, cn__of_batch(run, f->op, first),
                                count);
    }
}

/* ---- sums over blocks of samples ---------------------------------------------------------------------- */

/* Sums that wait for their neighbour: after b blocks one for each bit of b, and one more while a block is made. */
static size_t stack_depth(size_t blocks)
{
    size_t depth = 1;
    while (blocks >>= 1) depth++;
    return depth;
}

size_t cn__block_stack(size_t blocks, size_t size) { return blocks > 1 ? stack_depth(blocks) * size : 0; }

cn__block_sum cn__block_sum_start(const cn__kernels *k, size_t blocks, size_t size, real *out, real *stack)
{
    return (cn__block_sum){.k = k, .out = out, .stack = stack, .size = size, .blocks = blocks};
}

/* How many sums wait after `pushed` blocks. */
static size_t waiting(size_t pushed)
{
    size_t count = 0;
    for (; pushed; pushed &= pushed - 1) count++;
    return count;
}

real *cn__block_sum_next(cn__block_sum *s)
{
    assert(s->pushed < s->blocks);
    return s->blocks == 1 ? s->out : s->stack + waiting(s->pushed) * s->size;
}

void cn__block_sum_push(cn__block_sum *s)
{
    assert(s->pushed < s->blocks);
    size_t top = waiting(s->pushed);
    s->pushed++;
    if (s->blocks == 1) return;
    real *at = s->stack + top * s->size;
    for (size_t done = s->pushed; done % 2 == 0; done /= 2, top--, at -= s->size)
        s->k->add(at - s->size, at, s->size);
    if (s->pushed < s->blocks) return;
    for (; top > 0; top--, at -= s->size) s->k->add(at - s->size, at, s->size);
    memcpy(s->out, s->stack, s->size * sizeof(real));
}

void cn__block_columns(const cn__run *run, const cn__op *op, const real *a, size_t count, real *out,
                       real *stack)
{
    cn__block_sum sum = cn__block_sum_start(run->k, cn__block_count(run->n), count, out, stack);
    for (size_t first = 0; first < run->n; first += CN_BLOCK) {
        const size_t samples = run->n - first < CN_BLOCK ? run->n - first : CN_BLOCK;
        run->k->column_sums(a + first * op->rows * op->cols, op->cols, samples * op->rows, count,
                            cn__block_sum_next(&sum));
        cn__block_sum_push(&sum);
    }
}

void cn__sink_vector(const cn__run *run, cn__variable *v, size_t first, size_t count, real *g)
{
    const size_t padded = CN_PAD(count);
    assert(first % CN_LANES == 0);
    for (size_t i = count; i < padded; i++) g[i] = 0;
    run->sink->tile(run->sink, v, run->adds, first, g, padded);
}
