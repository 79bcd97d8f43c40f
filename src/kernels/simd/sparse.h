/* A row of A in a product of sparse rows. */
#ifndef CN_KERNELS_SIMD_SPARSE_H
#define CN_KERNELS_SIMD_SPARSE_H

#include "kernels/kernels.h"
#include "kernels/simd/vf.h"

/* sum += x · the first `vectors` vectors of a row of B. `vectors` is a constant where this is inlined. */
VF void add_entry(vf *sum, real x, const real *line, int vectors)
{
    const vf factor = vf_set1(x);
    __asm__("" : "+r"(line)); /* one address for all vectors, not one each */
    for (int v = 0; v < vectors; v++) sum[v] = vf_fma(factor, vf_load(line + CN_LANES * v), sum[v]);
}

/* Sums over the entries of a row, of some vectors of B's rows. */
typedef struct entries {
    const uint32_t *index, *end;
    const real *value, *b;
    size_t b_row;
} entries;

VF entries entries_of(const cn__matmul *m, const cn__sparse *a, size_t row, size_t col)
{
    const uint32_t *index = a->index + a->start[row];
    return (entries){.index = index,
                     .end = index + a->count[row],
                     .value = a->value + a->start[row],
                     .b = m->b + col,
                     .b_row = m->b_row};
}

VF void add_next(vf *sum, entries *e, int vectors)
{
    add_entry(sum, *e->value++, e->b + *e->index++ * e->b_row, vectors);
}

/* Chains whose sums wait for their neighbour in the tree, the oldest first. */
enum { MOST_WAITING = 33 };
typedef struct waiting {
    _Alignas(64) real sums[MOST_WAITING][SPARSE_VECTORS * CN_LANES];
    uint32_t chain[MOST_WAITING]; /* a chain of the subtree */
    int count;
} waiting;

/* How far up the tree two chains first meet. */
VF int meeting(uint32_t a, uint32_t b) { return 32 - __builtin_clz((a ^ b) | 1); }

/* The chain of `length` values of the summed index that an entry belongs to. */
typedef struct chain {
    uint32_t number, end, length;
} chain;

VF chain first_chain(const cn__matmul *m)
{
    return (chain){.end = (uint32_t)m->chain, .length = (uint32_t)m->chain};
}

/* Goes on to the chain of entry `index`: the next one, mostly. */
VF void find_chain(chain *c, uint32_t index)
{
    if (index < c->end) return;
    c->number++, c->end += c->length;
    if (index < c->end) return;
    c->number = index / c->length, c->end = (c->number + 1) * c->length;
}

/* Adds to the sum of chain `number` what waits for it: all of the same subtree that the `next` chain with entries is not in. */
VF void add_waiting(waiting *w, vf *sum, uint32_t number, uint32_t next, int vectors)
{
    while (w->count > 0 && meeting(w->chain[w->count - 1], number) < meeting(number, next)) {
        w->count--;
        for (int v = 0; v < vectors; v++) sum[v] = vf_add(vf_load(w->sums[w->count] + CN_LANES * v), sum[v]);
    }
}

VF void let_wait(waiting *w, const vf *sum, uint32_t number, int vectors)
{
    for (int v = 0; v < vectors; v++) vf_store(w->sums[w->count] + CN_LANES * v, sum[v]);
    w->chain[w->count++] = number;
}

VF uint32_t count_chains(const cn__matmul *m) { return (uint32_t)((m->depth + m->chain - 1) / m->chain); }

/* A sum with a chain without entries in it, which is zero, is no negative zero; else leaving it out changes no bit. */
VF void add_empty_chain(vf *sum, int vectors)
{
    for (int v = 0; v < vectors; v++) sum[v] = vf_add(sum[v], vf_zero());
}

enum { LAST_CHAIN = UINT32_MAX };

/* The chain of a row's entries that is summed ends: goes on to the next one. False at the end of the row, where `sum` is
 * that of all chains. */
VF bool next_chain(chain *c, waiting *w, const entries *e, vf *sum, int vectors)
{
    const uint32_t number = c->number;
    if (e->index == e->end) {
        add_waiting(w, sum, number, LAST_CHAIN, vectors);
        return false;
    }
    find_chain(c, *e->index);
    add_waiting(w, sum, number, c->number, vectors);
    let_wait(w, sum, number, vectors);
    for (int v = 0; v < vectors; v++) sum[v] = vf_zero();
    return true;
}

/* Chains of m->chain values of the summed index, added by the tree of cn__block_sum (nn/op.h). */
VF void add_chains(vf *sum, entries *e, const cn__matmul *m, int vectors)
{
    uint32_t seen = 0;
    chain c = first_chain(m);
    waiting w;
    w.count = 0;
    for (int v = 0; v < vectors; v++) sum[v] = vf_zero();
    if (e->index == e->end) return;
    find_chain(&c, *e->index);
    do {
        do add_next(sum, e, vectors);
        while (e->index < e->end && *e->index < c.end);
        seen++;
    } while (next_chain(&c, &w, e, sum, vectors));
    if (seen < count_chains(m)) add_empty_chain(sum, vectors);
}

#endif
