/* The product whose summed index runs over segments (kernels/conv.h): what every pass of a convolution is made of. Each element
 * is one chain that never leaves its register, so tiles, threads and instruction sets change no bit. Rows are cut into
 * equal tiles (24 rows: 12 + 12, not 14 + 10). */
#include "kernels/conv.h"
#include "kernels/simd/kernels_isa.h"
#include "kernels/simd/vf.h"

/* `part`: the last vector has only `lanes` columns. `rows`, `vectors` and `part` are constants where this is inlined. */
typedef struct shape {
    int rows, vectors, lanes;
    bool part, by_channel;
} shape;

VF vf load(const real *p, int v, shape s)
{
    return s.part && v == s.vectors - 1 ? vf_load_part(p + CN_LANES * v, s.lanes, 0)
                                        : vf_load(p + CN_LANES * v);
}

VF void store(real *p, int v, vf x, shape s)
{
    if (s.part && v == s.vectors - 1) vf_store_part(p + CN_LANES * v, x, s.lanes);
    else vf_store(p + CN_LANES * v, x);
}

/* Rows are reached from every third one by one of three offsets, which leaves registers for all addresses. */
#define GROUP 3
#define GROUPS ((PRODUCT_ROWS + GROUP - 1) / GROUP)

static size_t three_rows(const cn__product *p) { return p->a_three ? p->a_three : GROUP * p->a_row; }

VF void reach(const real *at[GROUPS], const cn__product *p, const real *a)
{
    const size_t three = three_rows(p);
    for (int g = 0; g < GROUPS; g++) at[g] = a + (size_t)g * three;
}

/* One step of the summed index: a column of A, `offset` from where its first three rows begin, and a row of B at b. */
VF void add_step(const real *const at[GROUPS], const ptrdiff_t offset[GROUP], const real *b,
                 vf sum[PRODUCT_ROWS][PRODUCT_WIDE_VECTORS], shape s)
{
    vf line[PRODUCT_WIDE_VECTORS];
    for (int v = 0; v < s.vectors; v++) line[v] = load(b, v, s);
    for (int r = 0; r < s.rows; r++) {
        const real *x = at[r / GROUP] + offset[r % GROUP];
        if (s.by_channel) {
            for (int v = 0; v < s.vectors; v++) sum[r][v] = vf_fma(load(x, v, s), line[v], sum[r][v]);
        } else {
            const vf factor = vf_set1(*x);
            for (int v = 0; v < s.vectors; v++) sum[r][v] = vf_fma(factor, line[v], sum[r][v]);
        }
    }
}

VF const real *add_segment(const cn__product *p, const real *a, const real *b,
                           vf sum[PRODUCT_ROWS][PRODUCT_WIDE_VECTORS], shape s)
{
    const size_t b_row = p->b_row;
    const ptrdiff_t a_row = (ptrdiff_t)p->a_row, a_step = (ptrdiff_t)p->a_step;
    ptrdiff_t offset[GROUP] = {0, a_row, 2 * a_row};
    const real *at[GROUPS];
    reach(at, p, a);
    for (size_t k = p->depth; k > 0; k--, b += b_row) {
        add_step(at, offset, b, sum, s);
        for (int i = 0; i < GROUP; i++) offset[i] += a_step;
    }
    return b;
}

/* Short segments, where to begin one takes as long as to add it: all steps in one list. */
enum { LISTED = 32 };
typedef struct step_list {
    size_t count;
    ptrdiff_t at[LISTED];
} step_list;

static void list_steps(const cn__product *p, step_list *list)
{
    list->count = 0;
    if (p->outer * p->inner * p->depth > LISTED || p->outer * p->inner < 2 || p->b_inner) return;
    const ptrdiff_t step = (ptrdiff_t)p->a_step;
    ptrdiff_t *at = list->at, row = 0;
    for (size_t outer = 0; outer < p->outer; outer++, row += p->a_outer) {
        ptrdiff_t segment = row;
        for (size_t inner = 0; inner < p->inner; inner++, segment += p->a_inner)
            for (size_t k = 0; k < p->depth; k++) *at++ = segment + (ptrdiff_t)k * step;
    }
    list->count = (size_t)(at - list->at);
}

VF void add_listed(const cn__product *p, const real *a, const real *b, const step_list *list,
                   vf sum[PRODUCT_ROWS][PRODUCT_WIDE_VECTORS], shape s)
{
    const size_t b_row = p->b_row;
    const ptrdiff_t a_row = (ptrdiff_t)p->a_row;
    const real *at[GROUPS];
    reach(at, p, a);
    for (const ptrdiff_t *step = list->at, *end = step + list->count; step < end; step++, b += b_row) {
        const ptrdiff_t offset[GROUP] = {*step, *step + a_row, *step + 2 * a_row};
        add_step(at, offset, b, sum, s);
    }
}

VF void tile(const cn__product *p, const step_list *list, size_t row, size_t col, shape s)
{
    vf sum[PRODUCT_ROWS][PRODUCT_WIDE_VECTORS];
    const size_t c_row = p->c_row;
    real *const c = p->c + row * c_row + col;
    for (int r = 0; r < s.rows; r++)
        for (int v = 0; v < s.vectors; v++)
            sum[r][v] = p->accumulate ? load(c + (size_t)r * c_row, v, s) : vf_zero();
    const real *a = p->a + row / GROUP * three_rows(p) + row % GROUP * p->a_row + (s.by_channel ? col : 0);
    const real *b = p->b + col;
    if (list->count > 0) add_listed(p, a, b, list, sum, s);
    const real *next = b;
    for (size_t outer = list->count > 0 ? p->outer : 0; outer < p->outer; outer++, a += p->a_outer) {
        const real *segment = a;
        for (size_t inner = 0; inner < p->inner; inner++, segment += p->a_inner) {
            if (p->b_inner) next = b + outer * p->b_outer + inner * p->b_inner;
            next = add_segment(p, segment, next, sum, s);
        }
    }
    for (int v = 0; p->bias && v < s.vectors; v++) {
        const vf bias = load(p->bias + col, v, s);
        for (int r = 0; r < s.rows; r++) sum[r][v] = vf_add(sum[r][v], bias);
    }
    for (int r = 0; p->relu && r < s.rows; r++)
        for (int v = 0; v < s.vectors; v++) sum[r][v] = vf_relu(sum[r][v]);
    for (int r = 0; r < s.rows; r++)
        for (int v = 0; v < s.vectors; v++) store(c + (size_t)r * c_row, v, sum[r][v], s);
}

#define ROWS(n)                                                                                              \
    case n: s.rows = n, tile(p, list, row, col, s); break

VF void tile_rows(const cn__product *p, const step_list *list, size_t row, size_t col, size_t rows, shape s)
{
    switch (rows) {
        ROWS(1);
#if PRODUCT_ROWS > 1
        ROWS(2);
        ROWS(3);
        ROWS(4);
        ROWS(5);
        ROWS(6);
#if PRODUCT_ROWS > 6
        ROWS(7);
        ROWS(8);
        ROWS(9);
        ROWS(10);
        ROWS(11);
        ROWS(12);
        ROWS(13);
        ROWS(14);
#endif
#endif
    }
}

/* Tiles of rows that are as equal as can be; threes stay together. */
VF void all_rows(const cn__product *p, const step_list *list, size_t col, shape s)
{
    const size_t unit = p->a_three && PRODUCT_ROWS >= GROUP ? GROUP : 1, most = PRODUCT_ROWS / unit;
    const size_t units = (p->rows + unit - 1) / unit, tiles = (units + most - 1) / most;
    if (tiles == 0) return;
    const size_t each = units / tiles, larger = units % tiles; /* the first ones have one unit more */
    for (size_t i = 0, row = 0; i < tiles; i++) {
        const size_t end = row + (each + (i < larger)) * unit;
        tile_rows(p, list, row, col, (end < p->rows ? end : p->rows) - row, s);
        row = end;
    }
}

/* Few rows have more columns at once, so that there are enough chains to keep the processor busy. */
VF void wide_rows(const cn__product *p, const step_list *list, size_t row, size_t col, size_t rows, shape s)
{
    switch (rows) {
        ROWS(1);
#if PRODUCT_WIDE_ROWS > 1
        ROWS(2);
#if PRODUCT_WIDE_ROWS > 2
        ROWS(3);
        ROWS(4);
        ROWS(5);
        ROWS(6);
#endif
#endif
    }
}

VF void every_time(const cn__product *p, const step_list *list, size_t col, shape s)
{
    cn__product at = *p;
    size_t left = p->times;
    do {
        if (s.vectors > PRODUCT_VECTORS) wide_rows(&at, list, 0, col, p->rows, s);
        else all_rows(&at, list, col, s);
        at.a += p->a_next;
        at.c += p->c_next;
    } while (left-- > 1);
}

VF void all_tiles(const cn__product *p, bool by_channel)
{
    step_list list;
    list_steps(p, &list);
    size_t col = 0;
    for (; p->rows <= PRODUCT_WIDE_ROWS && PRODUCT_WIDE_VECTORS > PRODUCT_VECTORS &&
           p->cols - col >= PRODUCT_WIDE_VECTORS * CN_LANES;
         col += PRODUCT_WIDE_VECTORS * CN_LANES)
        every_time(p, &list, col, (shape){.vectors = PRODUCT_WIDE_VECTORS, .by_channel = by_channel});
    for (; col < p->cols; col += PRODUCT_VECTORS * CN_LANES) {
        const size_t left = p->cols - col;
        shape s = {.lanes = (int)((left - 1) % CN_LANES + 1), .by_channel = by_channel};
        if (left >= PRODUCT_VECTORS * CN_LANES) s.vectors = PRODUCT_VECTORS, every_time(p, &list, col, s);
        else if (left > CN_LANES) s.vectors = PRODUCT_VECTORS, s.part = true, every_time(p, &list, col, s);
        else s.vectors = 1, s.part = true, every_time(p, &list, col, s);
    }
}

void KERNEL(product)(const cn__product *p) { all_tiles(p, false); }

void KERNEL(product_by_channel)(const cn__product *p) { all_tiles(p, true); }
