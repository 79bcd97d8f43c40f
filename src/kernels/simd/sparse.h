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
    real sums[MOST_WAITING][SPARSE_VECTORS * CN_LANES];
    uint32_t chain[MOST_WAITING]; /* a chain of the subtree */
    int count;
} waiting;

/* How far up the tree two chains first meet. */
VF int meeting(uint32_t a, uint32_t b) { return 32 - __builtin_clz((a ^ b) | 1); }

VF void join_last(waiting *w, int vectors)
{
    real *to = w->sums[w->count - 2], *from = w->sums[w->count - 1];
    for (int v = 0; v < vectors; v++)
        vf_store(to + CN_LANES * v, vf_add(vf_load(to + CN_LANES * v), vf_load(from + CN_LANES * v)));
    w->count--;
}

/* Chains of `chain` values of the summed index, joined by the tree. One without entries is zero: leaving it out changes no
 * bit, but that a sum with a zero in it is no negative zero. */
VF void add_chains(vf *sum, entries *e, const cn__matmul *m, int vectors)
{
    const uint32_t chain = (uint32_t)m->chain, chains = (uint32_t)((m->depth + m->chain - 1) / m->chain);
    uint32_t seen = 0;
    waiting w;
    w.count = 0;
    while (e->index < e->end) {
        const uint32_t number = *e->index / chain, end = (number + 1) * chain;
        for (int v = 0; v < vectors; v++) sum[v] = vf_zero();
        do add_next(sum, e, vectors);
        while (e->index < e->end && *e->index < end);
        while (w.count > 1 &&
               meeting(w.chain[w.count - 2], w.chain[w.count - 1]) < meeting(w.chain[w.count - 1], number))
            join_last(&w, vectors);
        for (int v = 0; v < vectors; v++) vf_store(w.sums[w.count] + CN_LANES * v, sum[v]);
        w.chain[w.count++] = number;
        seen++;
    }
    while (w.count > 1) join_last(&w, vectors);
    for (int v = 0; v < vectors; v++) sum[v] = w.count ? vf_load(w.sums[0] + CN_LANES * v) : vf_zero();
    for (int v = 0; seen < chains && v < vectors; v++) sum[v] = vf_add(sum[v], vf_zero());
}

#endif
