/* The gradient of a narrow kernel from lists of samples, handed to the optimiser's rule: a tile of it in the first-level
 * cache is added to sample by sample, which needs no lists by column. The same operations on every element as
 * matmul_sparse of such lists and then update, so the same bits. */
#include <string.h>

#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/step.h"

/* Vectors of a row, samples and chains that it takes; wider rows are summed faster by column, in registers. */
enum { MOST_VECTORS = 4, MOST_SAMPLES = 256, MOST_CHAINS = 8, TILE_REALS = 8192 };

typedef struct tile {
    _Alignas(64) real sums[TILE_REALS]; /* (chains, columns, vectors · CN_LANES) */
    uint32_t at[MOST_SAMPLES];          /* each sample's next entry */
} tile;

/* sums[column - first] += x · d for the entries of a sample up to column `last`; returns where they end. */
VF uint32_t add_sample(const cn__sparse *a, uint32_t at, uint32_t end, const real *d, real *sums,
                       size_t first, size_t last, int vectors)
{
    const uint32_t *index = a->index;
    vf line[MOST_VECTORS];
    for (int v = 0; v < vectors; v++) line[v] = vf_load(d + CN_LANES * v);
    for (; at < end && index[at] < last; at++) {
        real *sum = sums + (index[at] - first) * (size_t)(vectors * CN_LANES);
        const vf x = vf_set1(a->value[at]);
        for (int v = 0; v < vectors; v++)
            vf_store(sum + CN_LANES * v, vf_fma(x, line[v], vf_load(sum + CN_LANES * v)));
    }
    return at;
}

/* The sum of all chains, by the tree of cn__block_sum (nn/op.h). */
VF vf join(const real *sums, size_t chains, size_t chain_reals)
{
    vf part[MOST_CHAINS];
    for (size_t c = 0; c < chains; c++) part[c] = vf_load(sums + c * chain_reals);
    for (size_t step = 1; step < chains; step *= 2)
        for (size_t c = 0; c + step < chains; c += 2 * step) part[c] = vf_add(part[c], part[c + step]);
    return part[0];
}

/* Without a gradient, Adam moves only what has a momentum. */
VF void step_of(rule r, bool flush, const target *t, size_t i, vf g)
{
    if (r == RULE_ADAM && !vm_any(vm_not(vf_eq(g, vf_zero())))) take_idle(r, t->w, t->slot, i, t->c, flush);
    else take_step(r, flush, t, i, g);
}

VF void fetch(const cn__sparse *next, size_t sample)
{
    const uint32_t start = next->start[sample], end = start + next->count[sample];
    for (uint32_t e = start; e < end; e += CN_LANES) {
        __builtin_prefetch(next->index + e, 0, 2);
        __builtin_prefetch(next->value + e, 0, 2);
    }
}

VF void by_rows(rule r, bool flush, const cn__matmul *m, const cn__sparse *a, const cn__sparse *next,
                size_t first, const target *t, int vectors)
{
    tile s;
    const size_t chain = m->chain ? m->chain : m->depth, chains = (m->depth + chain - 1) / chain,
                 width = (size_t)(vectors * CN_LANES), columns = TILE_REALS / width / chains,
                 chain_reals = columns * width, lanes = (m->cols - 1) % CN_LANES + 1;
    for (size_t i = 0; i < m->depth; i++)
        s.at[i] = a->start[i] + (first ? cn__sparse_under(a->index + a->start[i], a->count[i], first) : 0);
    for (size_t c = 0; c < m->rows; c += columns) {
        const size_t here = m->rows - c < columns ? m->rows - c : columns;
        for (size_t k = 0; k < chains; k++) memset(s.sums + k * chain_reals, 0, here * width * sizeof(real));
        for (size_t i = 0; i < m->depth; i++) {
            if (first + c == 0 && next && i < next->rows) fetch(next, i);
            s.at[i] = add_sample(a, s.at[i], a->start[i] + a->count[i], m->b + i * m->b_row,
                                 s.sums + i / chain * chain_reals, first + c, first + c + here, vectors);
        }
        for (size_t i = 0; i < here; i++)
            for (int v = 0; v < vectors; v++) {
                vf g = join(s.sums + i * width + CN_LANES * (size_t)v, chains, chain_reals);
                if (v == vectors - 1 && lanes < CN_LANES) g = vf_mask(vm_first((int)lanes), g);
                step_of(r, flush, t, (c + i) * m->c_row + CN_LANES * (size_t)v, g);
            }
    }
}

VF void by_rows_of(rule r, bool flush, const cn__matmul *m, const cn__sparse *a, const cn__sparse *next,
                   size_t first, const target *t)
{
    switch ((m->cols + CN_LANES - 1) / CN_LANES) {
    case 1: by_rows(r, flush, m, a, next, first, t, 1); break;
    case 2: by_rows(r, flush, m, a, next, first, t, 2); break;
    case 3: by_rows(r, flush, m, a, next, first, t, 3); break;
    default: by_rows(r, flush, m, a, next, first, t, 4); break;
    }
}

static bool takes(const cn__matmul *m)
{
    const size_t chain = m->chain ? m->chain : m->depth;
    return m->cols <= MOST_VECTORS * CN_LANES && m->depth <= MOST_SAMPLES && m->depth <= MOST_CHAINS * chain;
}

bool KERNEL(gradient_by_rows)(const cn__matmul *m, const cn__sparse *a, const cn__sparse *next, size_t first,
                              const cn__update *u, real *w, real *const slot[CN_MAX_SLOTS])
{
    if (!is_plain(u) || !takes(m)) return false;
    const target t = target_of(u, w, slot);
#define RUN(rule) by_rows_of(rule, u->flush, m, a, next, first, &t)
    WITH_FUSED_RULE(rule_of(u), RUN);
#undef RUN
}
