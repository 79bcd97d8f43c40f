/* The gradient of a kernel from lists of the inputs that are not zero, handed to the optimiser's rule without going to
 * memory. While one piece of a row is summed, the piece before it takes its step, a vector after each entry: the unit that
 * divides and takes roots works on one while those that multiply and add work on the other. The same operations on every element as
 * matmul_sparse and then update, so the same bits. */
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/sparse.h"
#include "kernels/simd/update_rules.h"

/* Where the rows of a gradient go. */
typedef struct target {
    real *w, *slot[CN_MAX_SLOTS];
    vf c[CONSTANTS];
} target;

/* Sums that wait for the rule: `vectors` of them, of the elements from `at` on. */
typedef struct held {
    vf sum[SPARSE_VECTORS];
    size_t at;
    int vectors;
} held;

/* `r` is a constant where these are inlined, and so is `vectors`. */
VF void take_step(rule r, const target *t, size_t i, vf g)
{
    const int slots = slots_of(r);
    elements x = {.w = vf_load(t->w + i), .g = vf_without_under(least_gradient(r), vf_register(g))};
    for (int s = 0; s < slots; s++) x.slot[s] = vf_register(vf_load(t->slot[s] + i));
    x = apply(r, x, t->c);
    vf_store(t->w + i, x.w);
    for (int s = 0; s < slots; s++) vf_store(t->slot[s] + i, vf_flush(x.slot[s]));
}

VF void take_held(rule r, const target *t, const held *h, int v)
{
    take_step(r, t, h->at + CN_LANES * (size_t)v, h->sum[v]);
}

/* Sums `vectors` vectors of one row from column col on, while those held before take their step; then these are held. */
VF void row_piece(rule r, const cn__matmul *m, const cn__sparse *a, size_t row, size_t at, size_t col,
                  int vectors, const target *t, held *h)
{
    const uint32_t *index = a->index + row * a->capacity, *end = index + a->count[row];
    const real *value = a->value + row * a->capacity, *b = m->b + col;
    const size_t b_row = m->b_row;
    vf sum[SPARSE_VECTORS];
    int taken = 0;
    for (int v = 0; v < vectors; v++) sum[v] = vf_zero();
    while (taken < h->vectors && index < end) {
        add_entry(sum, *value++, b + *index++ * b_row, vectors);
        take_held(r, t, h, taken++);
    }
    while (index < end) add_entry(sum, *value++, b + *index++ * b_row, vectors);
    while (taken < h->vectors) take_held(r, t, h, taken++);
    for (int v = 0; v < vectors; v++) h->sum[v] = sum[v];
    h->vectors = vectors;
    h->at = at + col;
}

VF void all_rows(rule r, const cn__matmul *m, const cn__sparse *a, size_t first, const target *t)
{
    held h = {.vectors = 0};
    for (size_t row = 0; row < m->rows; row++) {
        const size_t at = row * m->c_row;
        size_t col = 0;
        if (a->count[first + row] == 0) {
            for (; col < m->cols; col += CN_LANES) take_idle(r, t->w, t->slot, at + col, t->c);
            continue;
        }
        for (; col + SPARSE_VECTORS * CN_LANES <= m->cols; col += SPARSE_VECTORS * CN_LANES)
            row_piece(r, m, a, first + row, at, col, SPARSE_VECTORS, t, &h);
        for (; col < m->cols; col += CN_LANES) {
            row_piece(r, m, a, first + row, at, col, 1, t, &h);
            if (m->cols - col < CN_LANES) h.sum[0] = vf_mask(vm_first((int)(m->cols - col)), h.sum[0]);
        }
    }
    for (int v = 0; v < h.vectors; v++) take_held(r, t, &h, v);
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
