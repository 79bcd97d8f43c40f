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
#define MOST_ROWS 14
#define GROUPS ((MOST_ROWS + GROUP - 1) / GROUP)

/* `call` with r = 0 … s.rows - 1: written out, as a compiler that unrolls a loop of many rows too late leaves sums in memory. */
#define ROW(n, call)                                                                                         \
    if ((n) < s.rows) {                                                                                      \
        enum { r = n };                                                                                      \
        call;                                                                                                \
    }
#define EACH_ROW(call)                                                                                       \
    do {                                                                                                     \
        ROW(0, call)                                                                                         \
        ROW(1, call)                                                                                         \
        ROW(2, call)                                                                                         \
        ROW(3, call)                                                                                         \
        ROW(4, call)                                                                                         \
        ROW(5, call)                                                                                         \
        ROW(6, call)                                                                                         \
        ROW(7, call) ROW(8, call) ROW(9, call) ROW(10, call) ROW(11, call) ROW(12, call) ROW(13, call)       \
    } while (0)

static size_t three_rows(const cn__product *p) { return p->a_three ? p->a_three : GROUP * p->a_row; }

VF void reach(const real *at[GROUPS], const cn__product *p, const real *a)
{
    const size_t three = three_rows(p);
    for (int g = 0; g < GROUPS; g++) at[g] = a + (size_t)g * three;
}

VF void add_row(const real *x, const vf *line, vf *sum, shape s)
{
    const vf factor = s.by_channel ? vf_zero() : vf_set1(*x);
    for (int v = 0; v < s.vectors; v++)
        sum[v] = vf_fma(s.by_channel ? load(x, v, s) : factor, line[v], sum[v]);
}

/* One step of the summed index: a column of A, `offset` from where its first three rows begin, and a row of B at b. */
VF void add_step(const real *const at[GROUPS], const ptrdiff_t offset[GROUP], const real *b,
                 vf sum[MOST_ROWS][PRODUCT_WIDE_VECTORS], shape s)
{
    vf line[PRODUCT_WIDE_VECTORS];
    for (int v = 0; v < s.vectors; v++) line[v] = load(b, v, s);
    EACH_ROW(add_row(at[r / GROUP] + offset[r % GROUP], line, sum[r], s));
}

/* An offset of which a compiler knows nothing: it would make a pointer of each row's address, which are more than there are registers. */
VF ptrdiff_t opaque(ptrdiff_t offset)
{
    __asm__("" : "+r"(offset));
    return offset;
}

VF const real *add_segment(const cn__product *p, const real *a, const real *b,
                           vf sum[MOST_ROWS][PRODUCT_WIDE_VECTORS], shape s)
{
    const size_t b_row = p->b_row;
    const ptrdiff_t a_row = (ptrdiff_t)p->a_row, a_step = (ptrdiff_t)p->a_step;
    ptrdiff_t offset[GROUP] = {0, a_row, 2 * a_row};
    const real *at[GROUPS];
    reach(at, p, a);
    for (size_t k = p->depth; k > 0; k--, b += b_row) {
        add_step(at, offset, b, sum, s);
        for (int i = 0; i < GROUP; i++) offset[i] = opaque(offset[i] + a_step);
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
                   vf sum[MOST_ROWS][PRODUCT_WIDE_VECTORS], shape s)
{
    const size_t b_row = p->b_row;
    const ptrdiff_t a_row = (ptrdiff_t)p->a_row;
    const real *at[GROUPS];
    reach(at, p, a);
    for (const ptrdiff_t *step = list->at, *end = step + list->count; step < end; step++, b += b_row) {
        const ptrdiff_t second = opaque(*step + a_row);
        const ptrdiff_t offset[GROUP] = {*step, second, opaque(second + a_row)};
        add_step(at, offset, b, sum, s);
    }
}

VF void add_segments(const cn__product *p, const real *a, const real *b,
                     vf sum[MOST_ROWS][PRODUCT_WIDE_VECTORS], shape s)
{
    const real *next = b;
    for (size_t outer = 0; outer < p->outer; outer++, a += p->a_outer) {
        const real *segment = a;
        for (size_t inner = 0; inner < p->inner; inner++, segment += p->a_inner) {
            if (p->b_inner) next = b + outer * p->b_outer + inner * p->b_inner;
            next = add_segment(p, segment, next, sum, s);
        }
    }
}

VF void begin_row(bool accumulate, const real *c, vf *sum, shape s)
{
    for (int v = 0; v < s.vectors; v++) sum[v] = accumulate ? load(c, v, s) : vf_zero();
}

VF void end_row(const real *bias, bool relu, real *c, vf *sum, shape s)
{
    for (int v = 0; v < s.vectors; v++) {
        vf x = sum[v];
        if (bias) x = vf_add(x, load(bias, v, s));
        if (relu) x = vf_relu(x);
        store(c, v, x, s);
    }
}

VF void tile(const cn__product *p, const step_list *list, size_t row, size_t col, shape s)
{
    vf sum[MOST_ROWS][PRODUCT_WIDE_VECTORS];
    const size_t c_row = p->c_row;
    real *const c = p->c + row * c_row + col;
    EACH_ROW(begin_row(p->accumulate, c + r * c_row, sum[r], s));
    const real *a = p->a + row / GROUP * three_rows(p) + row % GROUP * p->a_row + (s.by_channel ? col : 0);
    if (list->count > 0) add_listed(p, a, p->b + col, list, sum, s);
    else add_segments(p, a, p->b + col, sum, s);
    const real *const bias = p->bias ? p->bias + col : NULL;
    EACH_ROW(end_row(bias, p->relu, c + r * c_row, sum[r], s));
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

/* Fewer rows of more columns: enough chains to keep the processor busy where there are few rows. */
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

/* Tiles of rows that are as equal as can be; threes stay together. */
VF void all_rows(const cn__product *p, const step_list *list, size_t col, shape s)
{
    const bool wide = s.vectors > PRODUCT_VECTORS;
    const size_t unit = p->a_three && PRODUCT_ROWS >= GROUP ? GROUP : 1;
    const size_t most = (wide ? PRODUCT_WIDE_ROWS : PRODUCT_ROWS) / unit;
    const size_t units = (p->rows + unit - 1) / unit, tiles = (units + most - 1) / most;
    if (tiles == 0) return;
    const size_t each = units / tiles, larger = units % tiles; /* the first ones have one unit more */
    for (size_t i = 0, row = 0; i < tiles; i++) {
        const size_t end = row + (each + (i < larger)) * unit;
        const size_t rows = (end < p->rows ? end : p->rows) - row;
        if (wide) wide_rows(p, list, row, col, rows, s);
        else tile_rows(p, list, row, col, rows, s);
        row = end;
    }
}

VF void every_time(const cn__product *p, const step_list *list, size_t col, shape s)
{
    cn__product at = *p;
    for (size_t left = p->times ? p->times : 1; left > 0; left--, at.a += p->a_next, at.c += p->c_next)
        all_rows(&at, list, col, s);
}

/* Columns from `col` on: one function for each kind, as in one for all of them a compiler would lose count of its registers. */
#define COLUMNS(name, by_channel_, vectors_)                                                                 \
    static __attribute__((noinline)) void name(const cn__product *p, const step_list *list, size_t col)      \
    {                                                                                                        \
        every_time(p, list, col, (shape){.vectors = vectors_, .by_channel = by_channel_});                   \
    }
COLUMNS(wide_columns, false, PRODUCT_WIDE_VECTORS)
COLUMNS(whole_columns, false, PRODUCT_VECTORS)
COLUMNS(wide_channels, true, PRODUCT_WIDE_VECTORS)
COLUMNS(whole_channels, true, PRODUCT_VECTORS)

/* The columns that are left: fewer than whole ones have. */
#define LAST_COLUMNS(name, by_channel_)                                                                      \
    static __attribute__((noinline)) void name(const cn__product *p, const step_list *list, size_t col)      \
    {                                                                                                        \
        for (; col < p->cols; col += PRODUCT_VECTORS * CN_LANES) {                                           \
            shape s = {.lanes = (int)((p->cols - col - 1) % CN_LANES + 1), .part = true};                    \
            s.by_channel = by_channel_;                                                                      \
            if (p->cols - col > CN_LANES) s.vectors = PRODUCT_VECTORS, every_time(p, list, col, s);          \
            else s.vectors = 1, every_time(p, list, col, s);                                                 \
        }                                                                                                    \
    }
LAST_COLUMNS(last_columns, false)
LAST_COLUMNS(last_channels, true)

typedef void columns(const cn__product *p, const step_list *list, size_t col);

static void all_columns(const cn__product *p, columns *wide, columns *whole, columns *last)
{
    enum { WIDE = PRODUCT_WIDE_VECTORS * CN_LANES, WHOLE = PRODUCT_VECTORS * CN_LANES };
    step_list list;
    list_steps(p, &list);
    size_t col = 0;
    for (; wide && WIDE > WHOLE && p->cols - col >= WIDE; col += WIDE) wide(p, &list, col);
    for (; p->cols - col >= WHOLE; col += WHOLE) whole(p, &list, col);
    if (col < p->cols) last(p, &list, col);
}

void KERNEL(product)(const cn__product *p)
{
    all_columns(p, PRODUCT_WIDE(p->rows) ? wide_columns : NULL, whole_columns, last_columns);
}

void KERNEL(product_by_channel)(const cn__product *p)
{
    all_columns(p, p->rows <= PRODUCT_WIDE_ROWS ? wide_channels : NULL, whole_channels, last_channels);
}
