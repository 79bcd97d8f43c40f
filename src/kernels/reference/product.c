/* Products of matrices, and what goes with them: one element after the other, each one chain of fused multiply-adds in
 * ascending order of the summed index, or several chains and a tree over them. */
#include "kernels/reference/reference.h"

static real chain(const cn__matmul *m, size_t r, size_t c, size_t first, size_t end, real sum)
{
    for (size_t k = first; k < end; k++)
        sum = CN_REF_FMA(m->a[r * m->a_row + k * m->a_step], m->b[k * m->b_row + c], sum);
    return sum;
}

/* Chains first … first + count - 1: the greatest power of two of them that leaves some is one subtree, the rest the other. */
static real tree(const cn__matmul *m, size_t r, size_t c, size_t first, size_t count)
{
    if (count == 1) {
        const size_t end = (first + 1) * m->chain;
        return chain(m, r, c, first * m->chain, end < m->depth ? end : m->depth, 0);
    }
    size_t left = 1;
    while (2 * left < count) left *= 2;
    return tree(m, r, c, first, left) + tree(m, r, c, first + left, count - left);
}

void cn__ref_matmul(const cn__matmul *m)
{
    const size_t chains = m->chain && m->depth ? (m->depth + m->chain - 1) / m->chain : 0;
    for (size_t r = 0; r < m->rows; r++) {
        real *c = m->c + r * m->c_row;
        for (size_t i = 0; i < m->cols; i++)
            c[i] = chains ? tree(m, r, i, 0, chains) : chain(m, r, i, 0, m->depth, m->accumulate ? c[i] : 0);
        for (size_t i = m->cols; m->c_padded && i < CN_PAD(m->cols); i++) c[i] = 0;
    }
}

void cn__ref_transpose(const real *in, size_t in_row, size_t rows, size_t cols, real *out, size_t out_row)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++) out[c * out_row + r] = in[r * in_row + c];
}

void cn__ref_add_bias(real *y, size_t y_row, const real *bias, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++) y[r * y_row + c] += bias[c];
}
