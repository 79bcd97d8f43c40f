/* The operation of Dense: z (rows, units) = x (rows, in) · kernel + bias, where a batch of n samples has rows = n · op->rows.
 * Backward: dx = d · kernelᵀ; kernel's gradient xᵀ · d; bias's the sum of d over the rows. Where the input is mostly zeros,
 * products go over lists of what is not zero, which changes no bit. */
#include <string.h>

#include "nn/layer.h"
#include "nn/ops.h"

/* Reals of a thread's tile of a gradient, and of a transposed one of weights; rows of a kernel that a thread takes at least. */
enum { GRADIENT_TILE = 16 * CN_PANEL, TILE = 64 * CN_PANEL, LEAST_ROWS = 64 };

/* Rows of a kernel whose gradient is made at a time: as many as a tile holds of the panel. */
static size_t tile_rows(const cn__variable *kernel)
{
    return GRADIENT_TILE / cn__variable_panel_at(kernel, 0).width;
}

static cn__variable *kernel_of(const cn__node *n) { return n->op->variable[0]; }
static cn__variable *bias_of(const cn__node *n) { return n->op->variable[1]; }
static size_t depth_of(const cn__op *op) { return op->variable[0]->rows; }

/* A thread's workspace: the tile; and in training a panel's columns of the gradient, some columns of the input, and the
 * stack of sums over blocks. */
typedef struct space {
    real *tile, *d, *x, *stack;
} space;

/* Rows of the input in a block of samples. */
static size_t packed_rows(const cn__op *op, size_t batch)
{
    return (batch < CN_BLOCK ? batch : CN_BLOCK) * op->rows;
}

static size_t workspace(const cn__op *op, size_t batch, bool training)
{
    if (!training) return TILE;
    return TILE + batch * op->rows * CN_PANEL + packed_rows(op, batch) * tile_rows(op->variable[0]) +
           cn__block_stack(cn__block_count(batch), TILE);
}

static space space_of(const cn__run *run, const cn__node *n)
{
    real *tile = run->workspace, *d = tile + TILE, *x = d + n->batch * n->op->rows * CN_PANEL;
    return (space){
        .tile = tile, .d = d, .x = x, .stack = x + packed_rows(n->op, n->batch) * tile_rows(kernel_of(n))};
}

/* The lists of its input that this thread reads; NULL where the whole input is read. */
static const cn__sparse *csr_of(const cn__run *run, const cn__node *n)
{
    const cn__sparse_input *s = n->in[0].from->sparse;
    return s && s->used ? cn__sparse_rows(s, run->thread) : NULL;
}

static const cn__sparse *csc_of(const cn__run *run, const cn__node *n)
{
    const cn__sparse_input *s = n->in[0].from->sparse;
    return s && s->used ? s->csc + (s->per_thread ? run->thread : 0) : NULL;
}

static const cn__sparse *next_of(const cn__node *n)
{
    const cn__sparse_input *s = n->in[0].from->sparse;
    return s && s->used && s->is_given ? &s->next : NULL;
}

/* ---- forward ---- */

static void forward_piece(const cn__run *run, const cn__node *n, const cn__sparse *csr, size_t panel,
                          size_t row, size_t rows)
{
    const size_t cols = n->op->cols, depth = depth_of(n->op);
    const cn__variable_panel p = cn__variable_panel_at(kernel_of(n), panel);
    real *z = n->z + row * cols + p.first;
    const cn__matmul m = {.a = csr ? NULL : cn__node_input(n, 0) + row * depth,
                          .a_row = depth,
                          .a_step = 1,
                          .b = kernel_of(n)->value + p.offset,
                          .b_row = p.width,
                          .c = z,
                          .c_row = cols,
                          .rows = rows,
                          .cols = p.cols,
                          .depth = depth};
    if (csr) run->k->matmul_sparse(&m, csr, row);
    else run->k->matmul(&m);
    if (bias_of(n)) run->k->add_bias(z, cols, bias_of(n)->value + p.first, rows, p.cols);
    if (!n->fused_count) return;
    if (p.cols == cols) {
        cn__fused_forward(run, n, row * cols, rows * cols);
        return;
    }
    for (size_t r = row; r < row + rows; r++) cn__fused_forward(run, n, r * cols + p.first, p.cols);
}

/* The panels' rows of the batch, one panel after the other, are cut into one run for each thread: in training it meets
 * about the weights again that it updates. */
static void forward(const cn__run *run, cn__node *n)
{
    const size_t rows = run->n * n->op->rows, panels = cn__variable_panel_count(kernel_of(n));
    const cn__sparse *csr = csr_of(run, n);
    const cn__range slice = cn__run_slice(run, panels * rows, CN_ROW_GRAIN);
    for (size_t at = slice.first; at < slice.last;) {
        size_t panel = at / rows, row = at % rows, count = rows - row;
        if (count > slice.last - at) count = slice.last - at;
        forward_piece(run, n, csr, panel, row, count);
        at += count;
    }
}

/* ---- backward to the input ---- */

/* How many rows of a kernel are transposed at a time: as many as the tile holds. */
static size_t transposed_rows(const cn__variable *kernel)
{
    size_t rows = TILE / cn__variable_panel_at(kernel, 0).width;
    return rows - rows % CN_LANES;
}

/* A tile of rows of the kernel is transposed panel by panel, padding too, so that vectors run across dx while the chain
 * runs over the outputs in ascending order. */
static void backward(const cn__run *run, cn__node *n)
{
    const cn__edge *edge = &n->in[0];
    const cn__variable *kernel = kernel_of(n);
    const size_t rows = run->n * n->op->rows, depth = depth_of(n->op), tile = transposed_rows(kernel);
    real *transposed = run->workspace;
    const cn__range slice = cn__run_slice(run, depth, CN_LANES);
    for (size_t i = slice.first; i < slice.last; i += tile) {
        const size_t cols = slice.last - i < tile ? slice.last - i : tile;
        for (size_t panel = 0; panel < cn__variable_panel_count(kernel); panel++) {
            const cn__variable_panel p = cn__variable_panel_at(kernel, panel);
            run->k->transpose(kernel->value + p.offset + i * p.width, p.width, cols, p.width, transposed,
                              tile);
            const cn__matmul m = {.a = n->d + p.first,
                                  .a_row = n->op->cols,
                                  .a_step = 1,
                                  .b = transposed,
                                  .b_row = tile,
                                  .c = edge->grad + i,
                                  .c_row = depth,
                                  .rows = rows,
                                  .cols = cols,
                                  .depth = p.cols,
                                  .accumulate = panel > 0};
            run->k->matmul(&m);
        }
        for (size_t r = 0; r < rows; r++) cn__edge_done(run, edge, r * depth + i, cols);
    }
}

/* ---- the kernel's gradient ---- */

/* What a thread needs for its part of it. */
typedef struct kernel_work {
    const cn__run *run;
    const cn__node *node;
    cn__variable *v;
    space space;
    const cn__sparse *csr, *csc; /* or NULL */
    const cn__sparse *next;      /* of the next batch, or NULL */
    size_t samples, blocks;
    size_t panel; /* whose gradient is packed in `space.d` */
    bool fused, by_rows;
    cn__update update;
} kernel_work;

/* A run of rows of one panel of a kernel. */
typedef struct row_run {
    cn__variable_panel panel;
    size_t row, count;
} row_run;

static size_t first_element(const row_run *r) { return r->panel.offset + r->row * r->panel.width; }

/* Of the rows first … last-1 of all panels, one panel after the other, the first ones that lie in one panel, or with
 * `backwards` the last ones; at most `most`. */
static row_run next_rows(const cn__variable *v, cn__range rows, size_t most, bool backwards)
{
    size_t at = backwards ? rows.last - 1 : rows.first;
    row_run r = {.panel = cn__variable_panel_at(v, at / v->rows), .row = at % v->rows};
    r.count = backwards ? r.row + 1 : v->rows - r.row;
    if (r.count > most) r.count = most;
    if (r.count > rows.last - rows.first) r.count = rows.last - rows.first;
    if (backwards) r.row -= r.count - 1;
    return r;
}

/* The columns of `d` that belong to a panel, one row close behind the other: every tile of the panel reads them again,
 * from the first-level cache, where rows a power of two apart would evict each other. */
static void pack_gradient(kernel_work *w, const cn__variable_panel *p)
{
    if (w->panel == p->first) return;
    const size_t rows = w->samples * w->node->op->rows, cols = w->node->op->cols;
    for (size_t r = 0; r < rows; r++)
        memcpy(w->space.d + r * p->width, w->node->d + r * cols + p->first, p->cols * sizeof(real));
    w->panel = p->first;
}

/* Rows of xᵀ for a tile of the gradient, one sample close behind the other: in x, samples a power of two apart would
 * evict each other from the first-level cache. */
static void pack_inputs(cn__matmul *m, real *packed)
{
    for (size_t k = 0; k < m->depth; k++) {
        const real *from = m->a + k * m->a_step;
        real *to = packed + k * m->rows;
        if (m->rows == CN_LANES) memcpy(to, from, CN_LANES * sizeof(real)); /* no call */
        else memcpy(to, from, m->rows * sizeof(real));
    }
    m->a = packed, m->a_step = m->rows;
}

/* The rows of a gradient as a product, whose A is to be given. */
static cn__matmul product_of(const kernel_work *w, const row_run *r)
{
    return (cn__matmul){.b = w->space.d,
                        .b_row = r->panel.width,
                        .c_row = r->panel.width,
                        .rows = r->count,
                        .cols = r->panel.cols,
                        .depth = w->samples * w->node->op->rows,
                        .chain = CN_BLOCK * w->node->op->rows,
                        .c_padded = true};
}

/* xᵀ · d over the samples of block b, for the rows of `r`, into c. */
static void block_product(const kernel_work *w, const row_run *r, size_t b, real *c)
{
    const cn__op *op = w->node->op;
    const size_t first = b * CN_BLOCK, last = first + CN_BLOCK < w->samples ? first + CN_BLOCK : w->samples;
    cn__matmul m = product_of(w, r);
    m.b += first * op->rows * r->panel.width;
    m.c = c;
    m.depth = (last - first) * op->rows;
    m.a = cn__node_input(w->node, 0) + first * op->rows * w->v->rows + r->row;
    m.a_row = 1, m.a_step = w->v->rows;
    pack_inputs(&m, w->space.x);
    w->run->k->matmul(&m);
}

static void dense_gradient(const kernel_work *w, const row_run *r)
{
    const size_t size = r->count * r->panel.width;
    cn__block_sum sum = cn__block_sum_start(w->run->k, w->blocks, size, w->space.tile, w->space.stack);
    for (size_t b = 0; b < w->blocks; b++) {
        block_product(w, r, b, cn__block_sum_next(&sum));
        cn__block_sum_push(&sum);
    }
    w->run->sink->tile(w->run->sink, w->v, w->run->adds, first_element(r), w->space.tile, size);
}

/* Rows of a kernel whose input is zero in the whole batch have no gradient. Of `count` rows those that are empty, or not
 * empty, like the first. */
static size_t like_the_first(const uint32_t *entries, size_t count, bool *empty)
{
    size_t n = 1;
    *empty = entries[0] == 0;
    while (n < count && (entries[n] == 0) == *empty) n++;
    return n;
}

static void sparse_gradient(const kernel_work *w, const row_run *run)
{
    row_run r = *run;
    for (size_t done = 0; done < run->count; done += r.count) {
        bool empty;
        r.row = run->row + done;
        r.count = like_the_first(w->csc->count + r.row, run->count - done, &empty);
        cn__matmul m = product_of(w, &r);
        m.c = w->space.tile;
        if (!empty) w->run->k->matmul_sparse(&m, w->csc, r.row);
        w->run->sink->tile(w->run->sink, w->v, w->run->adds, first_element(&r), empty ? NULL : w->space.tile,
                           r.count * r.panel.width);
    }
}

/* Gradient and update in one, while the gradient is in registers or close to them. Asked with no rows, only tells whether
 * it can. */
static bool update_of_rows(const kernel_work *w, const row_run *r)
{
    const size_t first = first_element(r);
    const cn__matmul m = product_of(w, r);
    real *slot[CN_MAX_SLOTS];
    for (int i = 0; i < CN_MAX_SLOTS; i++) slot[i] = w->v->slot[i] ? w->v->slot[i] + first : NULL;
    if (w->by_rows)
        return w->run->k->gradient_by_rows(&m, w->csr, w->next, r->row, &w->update, w->v->value + first,
                                           slot);
    return w->run->k->gradient_update(&m, w->csc, r->row, &w->update, w->v->value + first, slot);
}

static void gradient_of_block(kernel_work *w, cn__range rows, bool backwards)
{
    while (rows.first < rows.last) {
        const row_run r = next_rows(w->v, rows, w->fused ? SIZE_MAX : tile_rows(w->v), backwards);
        pack_gradient(w, &r.panel);
        if (w->fused) update_of_rows(w, &r);
        else if (w->csc) sparse_gradient(w, &r);
        else dense_gradient(w, &r);
        if (backwards) rows.last -= r.count;
        else rows.first += r.count;
    }
}

/* Is the gradient updated with while it is made, and needs that no lists by column? Threads would all read all lists. */
static void choose_fused(kernel_work *w)
{
    if (!w->run->sink->fused_update(w->run->sink, w->v, &w->update)) return;
    w->fused = update_of_rows(w, &(row_run){0});
    if (!w->fused || w->run->threads > 1 || cn__variable_panel_count(w->v) > 1) return;
    w->by_rows = true;
    w->by_rows = update_of_rows(w, &(row_run){.panel = cn__variable_panel_at(w->v, 0)});
}

/* The rows of all panels, one panel after the other, are one array: each thread has one run of it, whatever their number,
 * in blocks; a thread that is through with its own steals blocks of the others, so that none waits for one that was held
 * up. Every other step goes backwards, so that it begins with what the last one left in the cache. */
static void kernel_gradient(const cn__run *run, cn__node *n)
{
    kernel_work w = {.run = run,
                     .node = n,
                     .v = kernel_of(n),
                     .space = space_of(run, n),
                     .csr = csr_of(run, n),
                     .csc = csc_of(run, n),
                     .next = next_of(n),
                     .samples = run->n,
                     .blocks = cn__block_count(run->n),
                     .panel = SIZE_MAX};
    if (!cn__variable_trainable(w.v)) return;
    const bool backwards = run->step & 1;
    const cn__range all = cn__run_part(run, cn__variable_panel_count(w.v) * w.v->rows, 1);
    if (w.csc) choose_fused(&w);
    if (w.by_rows) {
        gradient_of_block(&w, all, backwards);
        return;
    }
    if (w.csc && run->threads == 1) /* else a step of its own has made them */
        cn__sparse_by_column(w.csr, w.samples * n->op->rows, (cn__range){0, w.v->rows}, w.csc);
    for (int i = 0; i < run->threads; i++) {
        const int owner = (run->thread + i) % run->threads;
        const cn__range slice = cn__slice(all.last - all.first, 1, owner, run->threads);
        const size_t count = slice.last - slice.first;
        cn__range r = cn__steal_block(run, owner, count, LEAST_ROWS);
        for (; r.first < r.last; r = cn__steal_block(run, owner, count, LEAST_ROWS)) {
            const size_t first = all.first + (backwards ? slice.last - r.last : slice.first + r.first);
            gradient_of_block(&w, (cn__range){first, first + r.last - r.first}, backwards);
        }
    }
}

/* ---- the bias's ---- */

static void bias_gradient(const cn__run *run, cn__node *n)
{
    const size_t cols = n->op->cols;
    const cn__range part = cn__run_part(run, cols, CN_LANES);
    const cn__range slice = cn__run_slice(run, part.last - part.first, CN_LANES);
    const size_t last = part.first + slice.last;
    const space s = space_of(run, n);
    if (!cn__variable_trainable(bias_of(n))) return;
    for (size_t first = part.first + slice.first, count; first < last; first += count) {
        count = last - first < TILE ? last - first : TILE;
        cn__block_columns(run, n->op, n->d + first, count, s.tile, s.stack);
        cn__sink_vector(run, bias_of(n), first, count, s.tile);
    }
}

/* ---- facts ---- */

static unsigned saves(const cn__op *op)
{
    return cn__variable_trainable(op->variable[0]) ? CN_SAVES_INPUTS : 0;
}

static bool own_rows(const cn__op *op, bool backward)
{
    return !backward && cn__variable_panel_count(op->variable[0]) == 1;
}

static double multiply_adds(const cn__op *op)
{
    return (double)op->rows * (double)depth_of(op) * (double)op->cols;
}

static double flops(const cn__op *op)
{
    return 2 * multiply_adds(op) + (op->variable[1] ? (double)op->rows * (double)op->cols : 0);
}

/* In cycles: a multiply-add of a tile, whose operands are used by rows and vectors; one of a list, which loads one operand
 * each time; to examine an element and list it; and to list an entry again by its column, for the gradient. The constants
 * were fitted to measurements; `./run bench cost` measures both ways over shapes and densities and says where the choice
 * is wrong. Of those that were not measured, the relations are AVX2's. */
static const struct {
    const char *isa;
    double in_tile, in_list, examine, entry;
} machines[] = {{"avx512", 0.073, 0.091, 1.3, 10},
                {"avx2", 0.07, 0.11, 2, 17},
                {"neon", 0.14, 0.22, 3, 17},
                {"scalar", 1, 1, 2, 17}};
enum { MACHINES = sizeof machines / sizeof *machines, LEAST_SPARSE_COLS = 32 };

static bool sparse_is_faster(const cn__op *op, const char *isa, double density, bool training)
{
    size_t i = 0;
    while (i < MACHINES - 1 && strcmp(machines[i].isa, isa) != 0) i++;
    const double cols = (double)op->cols,
                 products = training ? 2 : 1; /* forward, and the kernel's gradient */
    const double whole = products * machines[i].in_tile * cols;
    const double listed = products * machines[i].in_list * cols + (training ? machines[i].entry : 0);
    return op->cols >= LEAST_SPARSE_COLS && density * listed + machines[i].examine < whole;
}

const cn__op_kind cn__op_dense = {
    .name = "dense",
    .saves = saves,
    .workspace = workspace,
    .forward = forward,
    .backward = backward,
    .own_rows = own_rows,
    .gradients = {{"kernel", 1u << 0, true, kernel_gradient, false},
                  {"bias", 1u << 1, false, bias_gradient, false}},
    .gradients_of_rows = true,
    .sparse_is_faster = sparse_is_faster,
    .multiply_adds = multiply_adds,
    .flops = flops,
};
