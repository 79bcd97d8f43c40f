/* The gradient of a kernel from lists of the inputs that are not zero, handed to the optimiser's rule while it is in
 * registers. The same operations on every element as matmul_sparse and then update, so the same bits. */
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/sparse.h"
#include "kernels/simd/step.h"

/* Vectors col … col + vectors - 1 of all rows; of the last one, only `lanes` lanes have a gradient. */
typedef struct strip {
    size_t col, lanes;
    int vectors;
} strip;

VF void end_sums(vf *sum, strip s)
{
    if (s.lanes < CN_LANES) sum[s.vectors - 1] = vf_mask(vm_first((int)s.lanes), sum[s.vectors - 1]);
}

#ifdef STEPS_AHEAD
/* A processor's divider and its multipliers work side by side, but it looks ahead less than two rows. So the step of a
 * row is taken between the entries of the next one, and where those are many, steps of rows without a gradient are. It
 * takes 32 registers. */
enum { ROWS_AT_ONCE = 512 };
typedef struct row_lists {
    uint32_t some[ROWS_AT_ONCE], none[ROWS_AT_ONCE];
    size_t some_count, none_count;
} row_lists;

/* Which of n rows have entries, and which have none? */
static void part_rows(row_lists *rows, const uint32_t *count, size_t n)
{
    rows->some_count = rows->none_count = 0;
    for (uint32_t row = 0; row < n; row++) {
        rows->some[rows->some_count] = rows->none[rows->none_count] = row;
        rows->some_count += count[row] != 0;
        rows->none_count += count[row] == 0;
    }
}

/* The next vector without a gradient: at number `at`, with `left` more in its row. */
typedef struct idle_cursor {
    const uint32_t *row, *end;
    size_t at;
    int left;
} idle_cursor;

VF void begin_idle(idle_cursor *idle, size_t c_row, strip s)
{
    idle->left = s.vectors;
    if (idle->row < idle->end) idle->at = *idle->row * c_row + s.col;
}

VF void step_idle(rule r, bool flush, const target *t, idle_cursor *idle, size_t c_row, strip s)
{
    take_idle(r, t->w, t->slot, idle->at, t->c, flush);
    idle->at += CN_LANES;
    if (--idle->left > 0) return;
    idle->row++;
    begin_idle(idle, c_row, s);
}

VF void step_strip(rule r, bool flush, const cn__matmul *m, const cn__sparse *a, size_t first,
                   const row_lists *rows, strip s, const target *t)
{
    idle_cursor idle = {.row = rows->none, .end = rows->none + rows->none_count};
    begin_idle(&idle, m->c_row, s);
    vf held[SPARSE_VECTORS];
    for (int v = 0; v < s.vectors; v++) held[v] = vf_zero();
    size_t at = 0;
    for (size_t i = 0; i < rows->some_count; i++) {
        entries e = entries_of(m, a, first + rows->some[i], s.col);
        vf sum[SPARSE_VECTORS];
        for (int v = 0; v < s.vectors; v++) sum[v] = vf_zero();
        if (i > 0) {
#pragma GCC unroll 8
            for (int v = 0; v < s.vectors; v++) {
                if (e.index < e.end) add_next(sum, &e, s.vectors);
                take_step(r, flush, t, at + CN_LANES * (size_t)v, held[v]);
            }
        }
        while (e.index < e.end) {
            add_next(sum, &e, s.vectors);
            if (idle.row < idle.end) step_idle(r, flush, t, &idle, m->c_row, s);
        }
        end_sums(sum, s);
        for (int v = 0; v < s.vectors; v++) held[v] = sum[v];
        at = rows->some[i] * m->c_row + s.col;
    }
    for (int v = 0; rows->some_count > 0 && v < s.vectors; v++)
        take_step(r, flush, t, at + CN_LANES * (size_t)v, held[v]);
    while (idle.row < idle.end) step_idle(r, flush, t, &idle, m->c_row, s);
}
/* The same with several chains in a row (m->chain). The step of a row is taken between the entries of the next one's first
 * chain. */
VF void step_strip_chained(rule r, bool flush, const cn__matmul *m, const cn__sparse *a, size_t first,
                           const row_lists *rows, strip s, const target *t)
{
    const uint32_t chains = count_chains(m);
    idle_cursor idle = {.row = rows->none, .end = rows->none + rows->none_count};
    begin_idle(&idle, m->c_row, s);
    vf held[SPARSE_VECTORS];
    for (int v = 0; v < s.vectors; v++) held[v] = vf_zero();
    size_t at = 0;
    for (size_t i = 0; i < rows->some_count; i++) {
        entries e = entries_of(m, a, first + rows->some[i], s.col);
        chain c = first_chain(m);
        vf sum[SPARSE_VECTORS];
        waiting w;
        find_chain(&c, *e.index);
        for (int v = 0; v < s.vectors; v++) sum[v] = vf_zero();
        if (i > 0) {
#pragma GCC unroll 8
            for (int v = 0; v < s.vectors; v++) {
                if (e.index < e.end && *e.index < c.end) add_next(sum, &e, s.vectors);
                take_step(r, flush, t, at + CN_LANES * (size_t)v, held[v]);
            }
        }
        while (e.index < e.end && *e.index < c.end) {
            add_next(sum, &e, s.vectors);
            if (idle.row < idle.end) step_idle(r, flush, t, &idle, m->c_row, s);
        }
        uint32_t seen = 1;
        for (w.count = 0; next_chain(&c, &w, &e, sum, s.vectors); seen++) do {
                add_next(sum, &e, s.vectors);
                if (idle.row < idle.end) step_idle(r, flush, t, &idle, m->c_row, s);
            } while (e.index < e.end && *e.index < c.end);
        if (seen < chains) add_empty_chain(sum, s.vectors);
        end_sums(sum, s);
        for (int v = 0; v < s.vectors; v++) held[v] = sum[v];
        at = rows->some[i] * m->c_row + s.col;
    }
    for (int v = 0; rows->some_count > 0 && v < s.vectors; v++)
        take_step(r, flush, t, at + CN_LANES * (size_t)v, held[v]);
    while (idle.row < idle.end) step_idle(r, flush, t, &idle, m->c_row, s);
}
#else
enum { ROWS_AT_ONCE = 64 }; /* whose gradients stay in the first-level cache from strip to strip */
typedef size_t row_lists;
static void part_rows(row_lists *rows, const uint32_t *count, size_t n) { *rows = n, (void)count; }

VF void step_strip(rule r, bool flush, const cn__matmul *m, const cn__sparse *a, size_t first,
                   const row_lists *rows, strip s, const target *t)
{
    for (size_t row = 0; row < *rows; row++) {
        const size_t at = row * m->c_row + s.col;
        if (a->count[first + row] == 0) {
            for (int v = 0; v < s.vectors; v++)
                take_idle(r, t->w, t->slot, at + CN_LANES * (size_t)v, t->c, flush);
            continue;
        }
        entries e = entries_of(m, a, first + row, s.col);
        vf sum[SPARSE_VECTORS];
        for (int v = 0; v < s.vectors; v++) sum[v] = vf_zero();
        while (e.index < e.end) add_next(sum, &e, s.vectors);
        end_sums(sum, s);
        for (int v = 0; v < s.vectors; v++) take_step(r, flush, t, at + CN_LANES * (size_t)v, sum[v]);
    }
}

/* Chains of their own in a row (m->chain): the step follows the sum. */
VF void step_strip_chained(rule r, bool flush, const cn__matmul *m, const cn__sparse *a, size_t first,
                           const row_lists *rows, strip s, const target *t)
{
    for (size_t row = 0; row < *rows; row++) {
        const size_t at = row * m->c_row + s.col;
        if (a->count[first + row] == 0) {
            for (int v = 0; v < s.vectors; v++)
                take_idle(r, t->w, t->slot, at + CN_LANES * (size_t)v, t->c, flush);
            continue;
        }
        entries e = entries_of(m, a, first + row, s.col);
        vf sum[SPARSE_VECTORS];
        add_chains(sum, &e, m, s.vectors);
        end_sums(sum, s);
        for (int v = 0; v < s.vectors; v++) take_step(r, flush, t, at + CN_LANES * (size_t)v, sum[v]);
    }
}
#endif

#define STRIP(n)                                                                                             \
    case n:                                                                                                  \
        if (chained) step_strip_chained(r, flush, m, a, first, rows, (strip){col, lanes, n}, t);             \
        else step_strip(r, flush, m, a, first, rows, (strip){col, lanes, n}, t);                             \
        break

VF void strip_of(rule r, bool flush, const cn__matmul *m, const cn__sparse *a, size_t first,
                 const row_lists *rows, size_t col, size_t vectors, size_t lanes, const target *t)
{
    const bool chained = m->chain && m->depth > m->chain;
    switch (vectors) {
        STRIP(1);
#if SPARSE_VECTORS > 1
        STRIP(2);
        STRIP(3);
        STRIP(4);
#if SPARSE_VECTORS > 4
        STRIP(5);
        STRIP(6);
        STRIP(7);
        STRIP(8);
#endif
#endif
    }
}

VF void all_rows(rule r, bool flush, const cn__matmul *m, const cn__sparse *a, size_t first, target t)
{
    for (size_t done = 0; done < m->rows; done += ROWS_AT_ONCE) {
        row_lists rows;
        const size_t count = m->rows - done < ROWS_AT_ONCE ? m->rows - done : ROWS_AT_ONCE;
        part_rows(&rows, a->count + first + done, count);
        for (size_t col = 0; col < m->cols; col += SPARSE_VECTORS * CN_LANES) {
            const size_t cols = m->cols - col;
            if (cols >= SPARSE_VECTORS * CN_LANES)
                strip_of(r, flush, m, a, first + done, &rows, col, SPARSE_VECTORS, CN_LANES, &t);
            else
                strip_of(r, flush, m, a, first + done, &rows, col, (cols + CN_LANES - 1) / CN_LANES,
                         (cols - 1) % CN_LANES + 1, &t);
        }
        t.w += ROWS_AT_ONCE * m->c_row;
        for (int i = 0; i < slots_of(r); i++) t.slot[i] += ROWS_AT_ONCE * m->c_row;
    }
}

bool KERNEL(gradient_update)(const cn__matmul *m, const cn__sparse *a, size_t first, const cn__update *u,
                             real *w, real *const slot[CN_MAX_SLOTS])
{
    if (!is_plain(u)) return false;
    const target t = target_of(u, w, slot);
#define RUN(rule) all_rows(rule, u->flush, m, a, first, t)
    WITH_FUSED_RULE(rule_of(u), RUN);
#undef RUN
}
