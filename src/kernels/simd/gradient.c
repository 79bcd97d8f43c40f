/* The gradient of a kernel from lists of the inputs that are not zero, handed to the optimiser's rule while it is in
 * registers. The same operations on every element as matmul_sparse and then update, so the same bits. */
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/sparse.h"
#include "kernels/simd/update_rules.h"

/* Where the rows of a gradient go. */
typedef struct target {
    real *w, *slot[CN_MAX_SLOTS];
    vf c[CONSTANTS];
} target;

/* `r`, `flush` and `vectors` are constants where these are inlined. */
VF void take_step(rule r, bool flush, const target *t, size_t i, vf g)
{
    const int slots = slots_of(r);
    elements x = {.w = vf_load(t->w + i), .g = enough(r, g)};
    for (int s = 0; s < slots; s++) x.slot[s] = vf_register(vf_load(t->slot[s] + i));
    x = apply(r, x, t->c);
    vf_store(t->w + i, x.w);
    store_slots(r, t->slot, i, &x, flush);
}

/* The step of `vectors` vectors of a row from column col on; of the last one, only `lanes` lanes have a gradient. */
VF void row_piece(rule r, bool flush, const cn__matmul *m, const cn__sparse *a, size_t row, size_t at,
                  size_t col, int vectors, size_t lanes, const target *t)
{
    const uint32_t *index = a->index + a->start[row], *end = index + a->count[row];
    const real *value = a->value + a->start[row], *b = m->b + col;
    const size_t b_row = m->b_row;
    vf sum[SPARSE_VECTORS];
    for (int v = 0; v < vectors; v++) sum[v] = vf_zero();
    while (index < end) add_entry(sum, *value++, b + *index++ * b_row, vectors);
    if (lanes < CN_LANES) sum[vectors - 1] = vf_mask(vm_first((int)lanes), sum[vectors - 1]);
    for (int v = 0; v < vectors; v++) take_step(r, flush, t, at + col + CN_LANES * (size_t)v, sum[v]);
}

VF void all_rows(rule r, bool flush, const cn__matmul *m, const cn__sparse *a, size_t first, const target *t)
{
    for (size_t row = 0; row < m->rows; row++) {
        const size_t at = row * m->c_row;
        size_t col = 0;
        if (a->count[first + row] == 0) {
            for (; col < m->cols; col += CN_LANES) take_idle(r, t->w, t->slot, at + col, t->c, flush);
            continue;
        }
        for (; col + SPARSE_VECTORS * CN_LANES <= m->cols; col += SPARSE_VECTORS * CN_LANES)
            row_piece(r, flush, m, a, first + row, at, col, SPARSE_VECTORS, CN_LANES, t);
        for (; col < m->cols; col += CN_LANES)
            row_piece(r, flush, m, a, first + row, at, col, 1, m->cols - col, t);
    }
}

#define RULE(r)                                                                                              \
    case r:                                                                                                  \
        if (u->flush) all_rows(r, true, m, a, first, &t);                                                    \
        else all_rows(r, false, m, a, first, &t);                                                            \
        return true

bool KERNEL(gradient_update)(const cn__matmul *m, const cn__sparse *a, size_t first, const cn__update *u,
                             real *w, real *const slot[CN_MAX_SLOTS])
{
    target t = {.w = w, .slot = {slot[0], slot[1], slot[2]}};
    for (int k = 0; k < CONSTANTS; k++) t.c[k] = vf_set1(u->c[k]);
    if (!is_plain(u)) return false;
    switch (rule_of(u)) {
        RULE(RULE_SGD);
        RULE(RULE_SGD_MOMENTUM);
        RULE(RULE_ADAM);
        RULE(RULE_RMSPROP);
    default: return false;
    }
}
