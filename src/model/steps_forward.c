/* The forward steps of a plan: each thread does its share of rows, columns or panels. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "model/steps.h"

cn__range cn__member_share(const cn__plan *plan, size_t n, size_t grain, int member)
{
    return cn__share(n, grain, member, plan->members);
}

cn__range cn__member_rows(const cn__plan *plan, size_t rows, int member)
{
    return cn__share(plan->n * rows, ROW_GRAIN, member, plan->members);
}

cn__sparse *cn__lists_of(const cn__plan *plan, cn__sparse *lists, int member)
{
    return lists && plan->own_lists ? lists + member : lists;
}

cn__range cn__next_block(step *s, int owner, size_t count, size_t least)
{
    _Atomic size_t *begun = &s->taken[owner].count;
    size_t at = atomic_load_explicit(begun, memory_order_relaxed), size;
    do {
        const size_t left = count > at ? count - at : 0;
        size = left / 2 < least ? left : left / 2;
    } while (size && !atomic_compare_exchange_weak_explicit(begun, &at, at + size, memory_order_relaxed,
                                                            memory_order_relaxed));
    return (cn__range){at, at + size};
}

void cn__joined_forward(const cn__plan *plan, const node *n, size_t first, size_t count)
{
    for (size_t i = 0; i < n->joined_count; i++) {
        const joined *j = &n->then[i];
        if (j->op.kind == CN_OP_DROPOUT) {
            cn__stream s =
                cn__random_stream(plan->model->seed, CN_RANDOM_DROPOUT, j->op.stream, plan->counter);
            plan->k->dropout(j->in + first, j->out + first, count, s.key, s.purpose, s.step, first,
                             j->op.rate);
        } else {
            plan->k->activate(&j->op.activation, j->in + first, j->out + first, count);
        }
    }
}

/* ---- the batch ------------------------------------------------------------------------------------ */

static void copy_numbers(const cn__kernels *k, const cn_array *a, size_t first, size_t count, real *out)
{
    if (a->dtype == CN_FLOAT32 && sizeof(real) == sizeof(float)) {
        memcpy(out, (const char *)a->data + first * sizeof(float), count * sizeof(float));
    } else if (a->dtype == CN_UINT8) {
        k->from_bytes((const uint8_t *)a->data + first, count, a->divide_by != 0 ? (real)a->divide_by : 1,
                      out);
    } else {
        for (size_t i = 0; i < count; i++) out[i] = (real)cn_array_at(a, first + i);
    }
}

static void gather_targets(cn__plan *plan, size_t i, size_t sample)
{
    const cn__feed *feed = plan->feed;
    size_t rows = plan->out_rows, count = rows * plan->target_cols;
    copy_numbers(plan->k, feed->y, sample * count, count, plan->target + i * count);
    for (size_t r = 0; r < rows && feed->weight; r++)
        plan->weight[i * rows + r] = feed->weight[sample * rows + r];
}

/* Row `row` of the batch as a list, straight from `values` or from bytes. */
static void list_row(const cn__plan *plan, cn__sparse *s, size_t n, size_t row, const real *values,
                     const uint8_t *bytes)
{
    const size_t start = s->start[row];
    const real divide_by = plan->feed->x->divide_by != 0 ? (real)plan->feed->x->divide_by : 1;
    s->count[row] =
        (uint32_t)(bytes ? plan->k->nonzero_bytes(bytes, n, divide_by, s->index + start, s->value + start)
                         : plan->k->nonzeros(values, n, s->index + start, s->value + start));
}

bool cn__listed_where_it_lies(const cn__plan *plan, const cn_array *x)
{
    return plan->sparse && !plan->nodes[0].joined_count &&
           (x->dtype == CN_UINT8 || (x->dtype == CN_FLOAT32 && sizeof(real) == sizeof(float)));
}

/* Where lists of its entries will do, a sample is not copied: they are made from where it lies. */
static void gather_sample(const cn__plan *plan, const node *input, size_t i, size_t sample, int member)
{
    const cn_array *x = plan->feed->x;
    const real *values = input->y + i * input->size;
    const uint8_t *bytes = NULL;
    if (!cn__listed_where_it_lies(plan, x)) {
        copy_numbers(plan->k, x, sample * input->size, input->size, input->z + i * input->size);
        cn__joined_forward(plan, input, i * input->size, input->size);
    } else if (x->dtype == CN_UINT8) {
        bytes = (const uint8_t *)x->data + sample * input->size;
    } else {
        values = (const real *)x->data + sample * input->size;
    }
    if (!plan->sparse) return;
    const cn__op *op = &input[1].op;
    cn__sparse *lists = cn__lists_of(plan, input[1].by_row, member);
    for (size_t r = 0; r < op->rows; r++) {
        const size_t at = r * op->in_cols;
        list_row(plan, lists, op->in_cols, i * op->rows + r, values + at, bytes ? bytes + at : NULL);
    }
}

/* Samples of a shuffled batch lie anywhere in memory: the next ones are asked for while this one is read. */
enum { SAMPLES_AHEAD = 2 };
static void fetch(const cn_array *x, size_t first, size_t count)
{
    const char *from = (const char *)x->data + first * cn_dtype_size(x->dtype);
    for (const char *p = from, *end = from + count * cn_dtype_size(x->dtype); p < end; p += 64)
        __builtin_prefetch(p);
}

void cn__step_gather(cn__plan *plan, step *s, int member)
{
    const cn__feed *feed = plan->feed;
    const size_t size = s->node->size;
    const cn__range share = cn__member_rows(plan, 1, member);
    const cn__range samples = plan->own_lists ? (cn__range){0, plan->n} : share;
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].taken)
            atomic_store_explicit(&plan->steps[i].taken[member].count, 0, memory_order_relaxed);
    for (size_t i = samples.first; i < samples.last; i++) {
        size_t sample = feed->order ? feed->order[i] : feed->first + i;
        const size_t ahead = i + SAMPLES_AHEAD;
        if (feed->order && ahead < samples.last) fetch(feed->x, feed->order[ahead] * size, size);
        gather_sample(plan, s->node, i, sample, member);
        if (plan->options.targets && i >= share.first && i < share.last) gather_targets(plan, i, sample);
    }
}

/* The entries of a row in columns first … last-1. */
typedef struct piece {
    const uint32_t *index;
    const real *value;
    size_t count;
} piece;

/* How many of ascending `index` are under `least`? */
static size_t count_under(const uint32_t *index, size_t count, size_t least)
{
    size_t under = 0;
    for (size_t left = count, half; left > 0; left -= half) {
        half = (left + 1) / 2;
        under += index[under + half - 1] < least ? half : 0;
    }
    return under;
}

static piece piece_of(const cn__sparse *rows, size_t row, cn__range columns)
{
    const uint32_t *index = rows->index + rows->start[row];
    const size_t count = rows->count[row];
    const size_t before = columns.first ? count_under(index, count, columns.first) : 0;
    const size_t behind =
        count && index[count - 1] < columns.last ? count : count_under(index, count, columns.last);
    return (piece){index + before, rows->value + rows->start[row] + before, behind - before};
}

/* The same entries by column of the input, for the gradient of the kernel: a thread counts those of its columns, gives
 * each column as much of its place as it needs, so that all lie close together, and puts them there. */
void cn__step_columns(cn__plan *plan, step *s, int member)
{
    if (!plan->sparse) return;
    const cn__sparse *rows = cn__lists_of(plan, s->node->by_row, member);
    const cn__sparse *columns = cn__lists_of(plan, s->node->by_column, member);
    uint32_t *start = columns->start, *count = columns->count;
    const cn__range share = plan->own_lists ? (cn__range){0, columns->rows}
                                            : cn__member_share(plan, columns->rows, CN_LANES, member);
    const size_t samples = plan->n * s->node->op.rows;
    memset(count + share.first, 0, (share.last - share.first) * sizeof *count);
    for (size_t r = 0; r < samples; r++) {
        const piece p = piece_of(rows, r, share);
        for (size_t e = 0; e < p.count; e++) count[p.index[e]]++;
    }
    uint32_t at = (uint32_t)(share.first * samples);
    for (size_t c = share.first; c < share.last; c++) start[c] = at, at += count[c];
    for (size_t r = 0; r < samples; r++) {
        const piece p = piece_of(rows, r, share);
        for (size_t e = 0; e < p.count; e++) {
            uint32_t to = start[p.index[e]]++;
            columns->index[to] = (uint32_t)r;
            columns->value[to] = p.value[e];
        }
    }
    for (size_t c = share.first; c < share.last; c++) start[c] -= count[c];
}

/* ---- dense ---------------------------------------------------------------------------------------- */

static void dense_piece(const cn__plan *plan, const node *n, const cn__sparse *lists, size_t panel,
                        size_t row, size_t rows)
{
    const cn__op *op = &n->op;
    cn__panel p = cn__panel_at(op->kernel, panel);
    real *z = n->z + row * op->out_cols + p.first;
    cn__matmul m = {.a = n->x + row * op->in_cols,
                    .a_row = op->in_cols,
                    .a_step = 1,
                    .b = op->kernel->value + p.offset,
                    .b_row = p.width,
                    .c = z,
                    .c_row = op->out_cols,
                    .rows = rows,
                    .cols = p.cols,
                    .depth = op->in_cols};
    if (lists) plan->k->matmul_sparse(&m, lists, row);
    else plan->k->matmul(&m);
    if (op->bias) plan->k->add_bias(z, op->out_cols, op->bias->value + p.first, rows, p.cols);
    if (!n->joined_count) return;
    if (p.cols == op->out_cols) {
        cn__joined_forward(plan, n, row * op->out_cols, rows * op->out_cols);
        return;
    }
    for (size_t r = row; r < row + rows; r++) cn__joined_forward(plan, n, r * op->out_cols + p.first, p.cols);
}

/* The panels' rows of the batch, one panel after the other, are cut into one run for each thread: it
 * meets about the weights again that it updates. */
void cn__step_dense(cn__plan *plan, step *s, int member)
{
    const node *n = s->node;
    const size_t rows = plan->n * n->op.rows, panels = cn__panel_count(n->op.kernel);
    const cn__sparse *lists = plan->sparse ? cn__lists_of(plan, n->by_row, member) : NULL;
    if (plan->by_rows) {
        const cn__range own = cn__member_rows(plan, n->op.rows, member);
        for (size_t panel = 0; panel < panels && own.first < own.last; panel++)
            dense_piece(plan, n, lists, panel, own.first, own.last - own.first);
        return;
    }
    cn__range share = cn__member_share(plan, panels * rows, ROW_GRAIN, member);
    for (size_t at = share.first; at < share.last;) {
        size_t panel = at / rows, row = at % rows, count = rows - row;
        if (count > share.last - at) count = share.last - at;
        dense_piece(plan, n, lists, panel, row, count);
        at += count;
    }
}

/* ---- the others ----------------------------------------------------------------------------------- */

void cn__step_softmax(cn__plan *plan, step *s, int member)
{
    const node *n = s->node;
    size_t cols = n->op.out_cols;
    cn__range share = cn__member_rows(plan, n->op.rows, member);
    size_t first = share.first * cols, count = share.last - share.first;
    if (!count) return;
    void (*f)(const real *, real *, size_t, size_t) =
        n->op.activation.kind == CN_ACT_SOFTMAX ? plan->k->softmax : plan->k->log_softmax;
    f(n->x + first, n->z + first, count, cols);
    cn__joined_forward(plan, n, first, count * cols);
}

/* scale = gamma / sqrt(variance + epsilon), and the shift beta, for columns of the share. */
static void batchnorm_scales(const node *n, const real *variance, cn__range share)
{
    const cn__op *op = &n->op;
    for (size_t c = share.first; c < share.last; c++) {
        n->inverse[c] = 1 / (sizeof(real) == 4 ? (real)sqrtf((float)(variance[c] + op->epsilon))
                                               : (real)sqrt(variance[c] + op->epsilon));
        n->scale[c] = op->gamma ? op->gamma->value[c] * n->inverse[c] : n->inverse[c];
        n->shift[c] = op->beta ? op->beta->value[c] : 0;
    }
}

void cn__step_batchnorm(cn__plan *plan, step *s, int member)
{
    const node *n = s->node;
    size_t cols = n->op.out_cols, rows = plan->n * n->op.rows;
    cn__range share = cn__member_share(plan, cols, CN_LANES, member);
    size_t count = share.last - share.first;
    if (!count) return;
    bool batch = plan->options.training && n->op.layer->trainable;
    if (batch) {
        plan->k->column_stats(n->x, cols, rows, share.first, count, n->mean, n->variance);
    } else {
        memcpy(n->mean + share.first, n->op.mean->value + share.first, count * sizeof(real));
        memcpy(n->variance + share.first, n->op.variance->value + share.first, count * sizeof(real));
    }
    batchnorm_scales(n, n->variance, share);
    plan->k->column_scale(n->x, n->z, cols, rows, share.first, count, n->mean, n->scale, n->shift);
    for (size_t r = 0; r < rows && n->joined_count; r++)
        cn__joined_forward(plan, n, r * cols + share.first, count);
}

void cn__step_layernorm(cn__plan *plan, step *s, int member)
{
    const node *n = s->node;
    const cn__op *op = &n->op;
    size_t cols = op->out_cols;
    cn__range share = cn__member_rows(plan, op->rows, member);
    size_t first = share.first * cols, count = share.last - share.first;
    if (!count) return;
    plan->k->layernorm(n->x + first, n->z + first, n->xhat + first, n->inverse + share.first,
                       op->gamma ? op->gamma->value : NULL, op->beta ? op->beta->value : NULL, count, cols,
                       op->epsilon);
    cn__joined_forward(plan, n, first, count * cols);
}

/* Loss of each row and the gradient with respect to what it is computed from. */
void cn__step_loss(cn__plan *plan, step *s, int member)
{
    (void)s;
    size_t cols = plan->out_cols, rows = plan->n * plan->out_rows;
    cn__range share = cn__member_rows(plan, plan->out_rows, member);
    if (share.first == share.last) return;
    node *n = plan->loss_node;
    bool gradient = plan->options.training && n->d;
    cn__loss_rows l = {.loss = &plan->model->loss,
                       .before = plan->loss_before,
                       .rows = rows,
                       .cols = cols,
                       .first = share.first,
                       .last = share.last,
                       .pred = plan->loss_input,
                       .target = plan->target,
                       .weight = plan->feed->weight ? plan->weight : NULL,
                       .value = plan->row_loss,
                       .dpred = gradient ? n->d : NULL};
    cn__loss_compute(&l);
    if (gradient) cn__joined_back(plan, n, share.first * cols, (share.last - share.first) * cols);
}

void cn__step_penalty(cn__plan *plan, step *s, int member)
{
    (void)s;
    const cn_model *model = plan->model;
    for (size_t i = (size_t)member; i < model->variable_count; i += (size_t)plan->members) {
        const cn__variable *v = model->variables[i];
        const cn__regularizer *r = &v->regularizer;
        plan->penalties[i] = 0;
        if (!cn__variable_trainable(v)) continue; /* as in Keras */
        if (r->l1 != 0) plan->penalties[i] += r->l1 * (double)plan->k->sum_abs(v->value, v->padded);
        if (r->l2 != 0) plan->penalties[i] += r->l2 * (double)plan->k->sum_squares(v->value, v->padded);
    }
}

double cn__plan_penalty(const cn_model *model)
{
    const cn__kernels *k = cn__kernels_get();
    double sum = 0;
    for (size_t i = 0; i < model->variable_count; i++) {
        const cn__variable *v = model->variables[i];
        if (!cn__variable_trainable(v)) continue;
        if (v->regularizer.l1 != 0) sum += v->regularizer.l1 * (double)k->sum_abs(v->value, v->padded);
        if (v->regularizer.l2 != 0) sum += v->regularizer.l2 * (double)k->sum_squares(v->value, v->padded);
    }
    return sum;
}
