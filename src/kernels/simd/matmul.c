/* Products of matrices, of dense and of sparse rows. Every element of C is one chain of fused
 * multiply-adds in ascending order of the summed index, so tiles, threads and instruction sets change
 * no bit. A tile of TILE_ROWS × TILE_VECTORS sums stays in registers while k runs. */
#include "kernels/kernels.h"

#include <assert.h>
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/sparse.h"
#include "kernels/simd/vf.h"

/* Writes one vector of sums: whole, or its first n numbers. */
VF void put(real *c, vf sum, size_t n, bool padded)
{
    if (n >= CN_LANES) {
        vf_store(c, sum);
    } else if (padded) {
        vf_store(c, vf_zero());
        vf_store_part(c, sum, (int)n);
    } else {
        vf_store_part(c, sum, (int)n);
    }
}

VF vf get(const real *c, size_t n) { return n >= CN_LANES ? vf_load(c) : vf_load_part(c, (int)n, 0); }

/* Rows × vectors of C at (row, col). `rows` and `vectors` are constants where this is inlined. */
VF void tile(const cn__matmul *m, size_t row, size_t col, int rows, int vectors)
{
    vf sum[TILE_ROWS][TILE_VECTORS];
    real *c = m->c + row * m->c_row + col;
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            sum[r][v] = m->accumulate ? get(c + (size_t)r * m->c_row + CN_LANES * v,
                                            m->cols - col - CN_LANES * (size_t)v)
                                      : vf_zero();
    const real *a = m->a + row * m->a_row, *b = m->b + col;
    const size_t a_row = m->a_row, a_step = m->a_step, b_row = m->b_row, depth = m->depth;
    for (size_t k = 0; k < depth; k++, a += a_step, b += b_row) {
        vf line[TILE_VECTORS];
        for (int v = 0; v < vectors; v++) line[v] = vf_load(b + CN_LANES * v);
        for (int r = 0; r < rows; r++) {
            vf x = vf_set1(a[(size_t)r * a_row]);
            for (int v = 0; v < vectors; v++) sum[r][v] = vf_fma(x, line[v], sum[r][v]);
        }
    }
    for (int r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            put(c + (size_t)r * m->c_row + CN_LANES * v, sum[r][v], m->cols - col - CN_LANES * (size_t)v,
                m->c_padded);
}

VF void tile_rows(const cn__matmul *m, size_t row, size_t col, size_t rows, int vectors)
{
    switch (rows) {
    case 1: tile(m, row, col, 1, vectors); break;
#if TILE_ROWS > 1
    case 2: tile(m, row, col, 2, vectors); break;
    case 3: tile(m, row, col, 3, vectors); break;
    case 4: tile(m, row, col, 4, vectors); break;
    case 5: tile(m, row, col, 5, vectors); break;
    case 6: tile(m, row, col, 6, vectors); break;
#if TILE_ROWS > 6
    case 7: tile(m, row, col, 7, vectors); break;
    default: tile(m, row, col, 8, vectors); break;
#endif
#endif
    }
}

void KERNEL(matmul)(const cn__matmul *m)
{
    assert(m->depth <= m->chain || m->chain == 0); /* one chain */
    for (size_t col = 0; col < m->cols;) {
        size_t vectors = (m->cols - col + CN_LANES - 1) / CN_LANES;
        if (vectors > TILE_VECTORS)
            vectors = vectors == TILE_VECTORS + 1 ? (TILE_VECTORS + 1) / 2 : TILE_VECTORS;
        for (size_t row = 0; row < m->rows; row += TILE_ROWS) {
            size_t rows = m->rows - row < TILE_ROWS ? m->rows - row : TILE_ROWS;
            switch (vectors) {
            case 1: tile_rows(m, row, col, rows, 1); break;
#if TILE_VECTORS > 1
            case 2: tile_rows(m, row, col, rows, 2); break;
            default: tile_rows(m, row, col, rows, 3); break;
#endif
            }
        }
        col += vectors * CN_LANES;
    }
}

/* One row of C from the entries of a row of A. */
VF void sparse_row(const cn__matmul *m, size_t row, size_t col, const uint32_t *index, const real *value,
                   size_t count, int vectors)
{
    vf sum[SPARSE_VECTORS];
    real *c = m->c + row * m->c_row + col;
    for (int v = 0; v < vectors; v++)
        sum[v] = m->accumulate ? get(c + CN_LANES * v, m->cols - col - CN_LANES * (size_t)v) : vf_zero();
    for (size_t e = 0; e < count; e++) add_entry(sum, value[e], m->b + col + index[e] * m->b_row, vectors);
    for (int v = 0; v < vectors; v++)
        put(c + CN_LANES * v, sum[v], m->cols - col - CN_LANES * (size_t)v, m->c_padded);
}

/* Of B, BLOCK_DEPTH rows of SPARSE_VECTORS vectors, or more of fewer, stay in the first-level cache while BLOCK_ROWS rows of
 * A go over them; the sums wait beside them in between. */
enum { BLOCK_ROWS = 32, BLOCK_DEPTH = 96, ENTRIES_AHEAD = 32 };

VF size_t block_depth(int vectors)
{
    return vectors * 4 <= SPARSE_VECTORS   ? 4 * BLOCK_DEPTH
           : vectors * 2 <= SPARSE_VECTORS ? 2 * BLOCK_DEPTH
                                           : BLOCK_DEPTH;
}

typedef struct row_cursor {
    const uint32_t *index, *end;
    const real *value;
} row_cursor;

/* The entries of a row up to column `until`, added to its sums. */
VF void sparse_block(row_cursor *at, const real *b, size_t b_row, uint32_t until, real *sums, int vectors)
{
    const uint32_t *index = at->index, *end = at->end;
    if (index == end || *index >= until) return;
    const real *value = at->value;
    vf sum[SPARSE_VECTORS];
    __builtin_prefetch(index + ENTRIES_AHEAD); /* for the next block: the rows between push it out */
    __builtin_prefetch(value + ENTRIES_AHEAD);
    for (int v = 0; v < vectors; v++) sum[v] = vf_load(sums + CN_LANES * v);
    do {
        add_entry(sum, *value++, b + *index++ * b_row, vectors);
    } while (index < end && *index < until);
    for (int v = 0; v < vectors; v++) vf_store(sums + CN_LANES * v, sum[v]);
    at->index = index;
    at->value = value;
}

/* The sums of so few vectors are done sooner than the next entry's products: two rows keep the processor busy. */
VF bool pays_in_pairs(int vectors) { return vectors <= 2 && vectors < SPARSE_VECTORS; }

VF void sparse_block_pair(row_cursor at[2], const real *b, size_t b_row, uint32_t until, real *first,
                          real *second, int vectors)
{
    const uint32_t *i = at[0].index, *j = at[1].index, *const i_end = at[0].end, *const j_end = at[1].end;
    const real *x = at[0].value, *y = at[1].value;
    vf sum[2][SPARSE_VECTORS];
    for (int v = 0; v < vectors; v++) {
        sum[0][v] = vf_load(first + CN_LANES * v);
        sum[1][v] = vf_load(second + CN_LANES * v);
    }
    while (i < i_end && j < j_end && *i < until && *j < until) {
        add_entry(sum[0], *x++, b + *i++ * b_row, vectors);
        add_entry(sum[1], *y++, b + *j++ * b_row, vectors);
    }
    while (i < i_end && *i < until) add_entry(sum[0], *x++, b + *i++ * b_row, vectors);
    while (j < j_end && *j < until) add_entry(sum[1], *y++, b + *j++ * b_row, vectors);
    for (int v = 0; v < vectors; v++) {
        vf_store(first + CN_LANES * v, sum[0][v]);
        vf_store(second + CN_LANES * v, sum[1][v]);
    }
    at[0].index = i, at[0].value = x, at[1].index = j, at[1].value = y;
}

/* Rows row … row+rows-1 of C (at most BLOCK_ROWS), `vectors` vectors from column col on. */
VF void sparse_rows_blocked(const cn__matmul *m, const cn__sparse *a, size_t first, size_t row, size_t rows,
                            size_t col, int vectors)
{
    _Alignas(64) real sums[BLOCK_ROWS][SPARSE_VECTORS * CN_LANES];
    row_cursor at[BLOCK_ROWS];
    const size_t left = m->cols - col;
    for (size_t r = 0; r < rows; r++) {
        size_t start = a->start[first + row + r];
        at[r] =
            (row_cursor){a->index + start, a->index + start + a->count[first + row + r], a->value + start};
        for (int v = 0; v < vectors; v++)
            vf_store(&sums[r][CN_LANES * v],
                     m->accumulate
                         ? get(m->c + (row + r) * m->c_row + col + CN_LANES * v, left - CN_LANES * (size_t)v)
                         : vf_zero());
    }
    const size_t depth = block_depth(vectors);
    for (size_t k = 0; k < m->depth; k += depth) {
        const uint32_t until = (uint32_t)(k + depth);
        size_t r = 0;
        for (; pays_in_pairs(vectors) && r + 2 <= rows; r += 2)
            sparse_block_pair(&at[r], m->b + col, m->b_row, until, sums[r], sums[r + 1], vectors);
        for (; r < rows; r++) sparse_block(&at[r], m->b + col, m->b_row, until, sums[r], vectors);
    }
    for (size_t r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++)
            put(m->c + (row + r) * m->c_row + col + CN_LANES * v, vf_load(&sums[r][CN_LANES * v]),
                left - CN_LANES * (size_t)v, m->c_padded);
}

/* Each row in chains: m->chain. */
VF void sparse_rows_chained(const cn__matmul *m, const cn__sparse *a, size_t first, size_t col, int vectors)
{
    const size_t left = m->cols - col;
    for (size_t row = 0; row < m->rows; row++) {
        entries e = entries_of(m, a, first + row, col);
        vf sum[SPARSE_VECTORS];
        add_chains(sum, &e, m, vectors);
        for (int v = 0; v < vectors; v++)
            put(m->c + row * m->c_row + col + CN_LANES * v, sum[v], left - CN_LANES * (size_t)v, m->c_padded);
    }
}

/* `vectors` is a constant where this is inlined. */
VF void sparse_rows(const cn__matmul *m, const cn__sparse *a, size_t first, size_t col, int vectors)
{
    if (m->chain && m->depth > m->chain) {
        sparse_rows_chained(m, a, first, col, vectors);
        return;
    }
    if (m->rows >= 4 && m->depth > 2 * BLOCK_DEPTH) {
        for (size_t row = 0; row < m->rows; row += BLOCK_ROWS)
            sparse_rows_blocked(m, a, first, row, m->rows - row < BLOCK_ROWS ? m->rows - row : BLOCK_ROWS,
                                col, vectors);
        return;
    }
    for (size_t row = 0; row < m->rows; row++) {
        size_t start = a->start[first + row];
        sparse_row(m, row, col, a->index + start, a->value + start, a->count[first + row], vectors);
    }
}

void KERNEL(matmul_sparse)(const cn__matmul *m, const cn__sparse *a, size_t first)
{
    assert(first + m->rows <= a->rows && !(m->chain && m->accumulate));
    for (size_t col = 0; col < m->cols;) {
        size_t vectors = (m->cols - col + CN_LANES - 1) / CN_LANES;
        if (vectors > SPARSE_VECTORS) vectors = SPARSE_VECTORS;
        switch (vectors) {
        case 1: sparse_rows(m, a, first, col, 1); break;
#if SPARSE_VECTORS > 1
        case 2: sparse_rows(m, a, first, col, 2); break;
        case 3: sparse_rows(m, a, first, col, 3); break;
        case 4: sparse_rows(m, a, first, col, 4); break;
#if SPARSE_VECTORS > 4
        case 5: sparse_rows(m, a, first, col, 5); break;
        case 6: sparse_rows(m, a, first, col, 6); break;
        case 7: sparse_rows(m, a, first, col, 7); break;
        default: sparse_rows(m, a, first, col, 8); break;
#endif
#endif
        }
        col += vectors * CN_LANES;
    }
}

#if CN_JOIN(CN_ISA_IS, CN_ISA) == 3
/* Which lanes to take so that the chosen ones (bit `lane` of `bits`) come first; the others repeat lane 0. A byte a lane
 * while they are packed. */
VF __m256i chosen_first(unsigned bits)
{
    uint64_t lanes = _pdep_u64(bits, 0x0101010101010101u) * 0xff;
    return _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)_pext_u64(0x0706050403020100u, lanes)));
}

VF size_t nonzeros8(__m256 v, size_t i, uint32_t *index, real *value)
{
    unsigned bits = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_NEQ_UQ));
    __m256i from = chosen_first(bits);
    _mm256_storeu_si256((__m256i *)(void *)index, _mm256_add_epi32(from, _mm256_set1_epi32((int)i)));
    _mm256_storeu_ps(value, _mm256_permutevar8x32_ps(v, from));
    return (size_t)__builtin_popcount(bits);
}
#endif

/* Eight or sixteen at a time where the processor can push the chosen lanes together. */
size_t KERNEL(nonzeros)(const real *x, size_t n, uint32_t *index, real *value)
{
    size_t count = 0, i = 0;
#if CN_JOIN(CN_ISA_IS, CN_ISA) == 2
    __m512i at = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (; i + CN_LANES <= n; i += CN_LANES, at = _mm512_add_epi32(at, _mm512_set1_epi32(CN_LANES))) {
        vf v = vf_load(x + i);
        vm chosen = _mm512_cmp_ps_mask(v, vf_zero(), _CMP_NEQ_UQ); /* NaN is chosen */
        _mm512_storeu_si512(index + count, _mm512_maskz_compress_epi32(chosen, at));
        vf_store(value + count, _mm512_maskz_compress_ps(chosen, v));
        unsigned bits = chosen;
        __asm__("" : "+r"(bits)); /* gcc 12 may spill the mask in 16 bits and count those of 32 */
        count += (size_t)__builtin_popcount(bits);
    }
#elif CN_JOIN(CN_ISA_IS, CN_ISA) == 3
    for (; i + 8 <= n; i += 8) count += nonzeros8(_mm256_loadu_ps(x + i), i, index + count, value + count);
#endif
    for (; i < n; i++) {
        index[count] = (uint32_t)i;
        value[count] = x[i];
        count += x[i] != 0;
    }
    return count;
}

/* Bytes are divided when they are picked: few of them are left. */
size_t KERNEL(nonzero_bytes)(const uint8_t *x, size_t n, real divide_by, uint32_t *index, real *value)
{
    size_t count = 0, i = 0;
#if CN_JOIN(CN_ISA_IS, CN_ISA) == 2
    __m512i at = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (; i + CN_LANES <= n; i += CN_LANES, at = _mm512_add_epi32(at, _mm512_set1_epi32(CN_LANES))) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(x + i));
        unsigned bits = _mm_test_epi8_mask(bytes, bytes);
        _mm512_storeu_si512(index + count, _mm512_maskz_compress_epi32((vm)bits, at));
        vf_store(value + count,
                 _mm512_maskz_compress_ps((vm)bits, _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes))));
        count += (size_t)__builtin_popcount(bits);
    }
#elif CN_JOIN(CN_ISA_IS, CN_ISA) == 3
    for (; i + 8 <= n; i += 8) count += nonzeros8(bytes8(x + i), i, index + count, value + count);
#endif
    for (; i < n; i++) {
        index[count] = (uint32_t)i;
        value[count] = (real)x[i];
        count += x[i] != 0;
    }
    const vf d = vf_set1(divide_by);
    for (i = 0; i < count; i += CN_LANES) vf_store(value + i, vf_div(vf_load(value + i), d));
    return count;
}

void KERNEL(from_bytes)(const uint8_t *x, size_t n, real divide_by, real *out)
{
    const vf d = vf_set1(divide_by);
    size_t i = 0;
    for (; i + CN_LANES <= n; i += CN_LANES) vf_store(out + i, vf_div(vf_load_bytes(x + i), d));
    for (; i < n; i++) out[i] = (real)x[i] / divide_by;
}

#if CN_JOIN(CN_ISA_IS, CN_ISA) == 2
enum { TURNED = 16 };
/* Lines of 64-bit pairs of four rows' lanes, then quarters of registers, change places. */
VF void turn_block(const real *in, size_t in_row, real *out, size_t out_row)
{
    vf a[TURNED], b[TURNED];
    for (int i = 0; i < TURNED; i++) a[i] = vf_load(in + (size_t)i * in_row);
    for (int i = 0; i < TURNED; i += 2) {
        b[i] = _mm512_unpacklo_ps(a[i], a[i + 1]);
        b[i + 1] = _mm512_unpackhi_ps(a[i], a[i + 1]);
    }
    for (int i = 0; i < TURNED; i += 4)
        for (int k = 0; k < 2; k++) { /* a[i + c]: in each quarter q, column 4 q + c of rows i … i + 3 */
            const __m512d low = _mm512_castps_pd(b[i + k]), high = _mm512_castps_pd(b[i + 2 + k]);
            a[i + 2 * k] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
            a[i + 2 * k + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
        }
    for (int c = 0; c < 4; c++) {
        const vf first = _mm512_shuffle_f32x4(a[c], a[4 + c], 0x88);  /* quarters 0, 2 of rows 0 … 7 */
        const vf second = _mm512_shuffle_f32x4(a[c], a[4 + c], 0xdd); /* quarters 1, 3 */
        const vf third = _mm512_shuffle_f32x4(a[8 + c], a[12 + c], 0x88);
        const vf fourth = _mm512_shuffle_f32x4(a[8 + c], a[12 + c], 0xdd);
        vf_store(out + (size_t)c * out_row, _mm512_shuffle_f32x4(first, third, 0x88));
        vf_store(out + (size_t)(4 + c) * out_row, _mm512_shuffle_f32x4(second, fourth, 0x88));
        vf_store(out + (size_t)(8 + c) * out_row, _mm512_shuffle_f32x4(first, third, 0xdd));
        vf_store(out + (size_t)(12 + c) * out_row, _mm512_shuffle_f32x4(second, fourth, 0xdd));
    }
}
#elif CN_JOIN(CN_ISA_IS, CN_ISA) == 3
enum { TURNED = 8 };
VF void turn_block(const real *in, size_t in_row, real *out, size_t out_row)
{
    __m256 a[TURNED], b[TURNED];
    for (int i = 0; i < TURNED; i++) a[i] = _mm256_loadu_ps(in + (size_t)i * in_row);
    for (int i = 0; i < TURNED; i += 2) {
        b[i] = _mm256_unpacklo_ps(a[i], a[i + 1]);
        b[i + 1] = _mm256_unpackhi_ps(a[i], a[i + 1]);
    }
    for (int i = 0; i < TURNED; i += 4)
        for (int k = 0; k < 2; k++) { /* a[i + c]: in each half h, column 4 h + c of rows i … i + 3 */
            const __m256d low = _mm256_castps_pd(b[i + k]), high = _mm256_castps_pd(b[i + 2 + k]);
            a[i + 2 * k] = _mm256_castpd_ps(_mm256_unpacklo_pd(low, high));
            a[i + 2 * k + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(low, high));
        }
    for (int c = 0; c < 4; c++) {
        _mm256_storeu_ps(out + (size_t)c * out_row, _mm256_permute2f128_ps(a[c], a[4 + c], 0x20));
        _mm256_storeu_ps(out + (size_t)(4 + c) * out_row, _mm256_permute2f128_ps(a[c], a[4 + c], 0x31));
    }
}
#else
enum { TURNED = 16 };
VF void turn_block(const real *in, size_t in_row, real *out, size_t out_row)
{
    for (size_t c = 0; c < TURNED; c++)
        for (size_t r = 0; r < TURNED; r++) out[c * out_row + r] = in[r * in_row + c];
}
#endif

/* Whole blocks, then what is left at the lower and the right edge. */
void KERNEL(transpose)(const real *in, size_t in_row, size_t rows, size_t cols, real *out, size_t out_row)
{
    const size_t whole_rows = rows - rows % TURNED, whole_cols = cols - cols % TURNED;
    for (size_t r = 0; r < whole_rows; r += TURNED)
        for (size_t c = 0; c < whole_cols; c += TURNED)
            turn_block(in + r * in_row + c, in_row, out + c * out_row + r, out_row);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = r < whole_rows ? whole_cols : 0; c < cols; c++)
            out[c * out_row + r] = in[r * in_row + c];
}
