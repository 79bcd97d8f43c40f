/* The gradient of a kernel from lists of the inputs that are not zero, handed to the optimiser's rule while it is in
 * registers: the processor divides and takes roots for one row while it sums the next. The same operations on
 * every element as matmul_sparse and then update, so the same bits. */
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/sparse.h"
#include "kernels/simd/update_rules.h"

/* Where the rows of a gradient go. */
typedef struct target {
    real *w, *slot[CN_MAX_SLOTS];
    vf c[CONSTANTS];
} target;

/* `vectors` vectors of one row from column col on: sums, then the rule. `r` and `vectors` are constants where this is
 * inlined. */
VF void row_piece(rule r, const cn__matmul *m, const cn__sparse *a, size_t entry, size_t count, size_t at,
                  size_t col, int vectors, const target *t)
{
    vf sum[SPARSE_VECTORS];
    for (int v = 0; v < vectors; v++) sum[v] = vf_zero();
    for (size_t e = entry; e < entry + count; e++)
        add_entry(sum, a->value[e], m->b + col + a->index[e] * m->b_row, vectors);
    const int slots = slots_of(r);
    for (int v = 0; v < vectors; v++) {
        const size_t i = at + col + CN_LANES * (size_t)v, left = m->cols - col - CN_LANES * (size_t)v;
        if (left < CN_LANES) sum[v] = vf_mask(vm_first((int)left), sum[v]);
        elements x = {.w = vf_load(t->w + i), .g = without_under(least_gradient(r), sum[v])};
        for (int s = 0; s < slots; s++) x.slot[s] = vf_load(t->slot[s] + i);
        x = apply(r, x, t->c);
        vf_store(t->w + i, x.w);
        for (int s = 0; s < slots; s++) vf_store(t->slot[s] + i, vf_flush(x.slot[s]));
    }
}

VF void all_rows(rule r, const cn__matmul *m, const cn__sparse *a, size_t first, const target *t)
{
    for (size_t row = 0; row < m->rows; row++) {
        const size_t entry = (first + row) * a->capacity, count = a->count[first + row], at = row * m->c_row;
        size_t col = 0;
        for (; col + (SPARSE_VECTORS - 1) * CN_LANES < m->cols; col += SPARSE_VECTORS * CN_LANES)
            row_piece(r, m, a, entry, count, at, col, SPARSE_VECTORS, t);
        for (; col < m->cols; col += CN_LANES) row_piece(r, m, a, entry, count, at, col, 1, t);
    }
}

bool KERNEL(gradient_update)(const cn__matmul *m, const cn__sparse *a, size_t first, const cn__update *u,
                             real *w, real *const slot[CN_MAX_SLOTS])
{
    target t = {.w = w, .slot = {slot[0], slot[1], slot[2]}};
    for (int k = 0; k < CONSTANTS; k++) t.c[k] = vf_set1(u->c[k]);
    if (!is_plain(u)) return false;
    switch (rule_of(u)) {
    case RULE_SGD: all_rows(RULE_SGD, m, a, first, &t); return true;
    case RULE_SGD_MOMENTUM: all_rows(RULE_SGD_MOMENTUM, m, a, first, &t); return true;
    case RULE_ADAM: all_rows(RULE_ADAM, m, a, first, &t); return true;
    case RULE_RMSPROP: all_rows(RULE_RMSPROP, m, a, first, &t); return true;
    default: return false;
    }
}
