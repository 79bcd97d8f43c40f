/* Bringing a batch: samples from their arrays into the inputs, or where that is faster into lists of what is not zero. */
#include <assert.h>
#include <string.h>

#include "model/plan/steps.h"

/* ---- lists -------------------------------------------------------------------------------------------------- */

/* Rows of at most `capacity` entries, each in its own place. */
static bool make_lists(cn__plan *plan, cn__sparse *s, size_t rows, size_t capacity)
{
    *s = (cn__sparse){.rows = rows};
    s->start = cn__arena_array(&plan->arena, rows, sizeof *s->start);
    s->count = cn__arena_array(&plan->arena, rows, sizeof *s->count);
    s->index = cn__arena_array(&plan->arena, rows * capacity, sizeof *s->index);
    s->value = cn__arena_array(&plan->arena, rows * capacity, sizeof *s->value);
    if (!s->start || !s->count || !s->index || !s->value) return false;
    for (size_t r = 0; r < rows; r++) s->start[r] = (uint32_t)(r * capacity);
    return true;
}

/* The one node that reads an input; NULL where there are more, or none. */
static const cn__node *only_reader(const cn__plan *plan, const cn__node *input)
{
    const cn__node *found = NULL;
    for (size_t i = 0; i < plan->node_count; i++)
        for (size_t j = 0; j < plan->nodes[i].op->inputs; j++) {
            if (plan->nodes[i].in[j].from != input) continue;
            if (found) return NULL;
            found = &plan->nodes[i];
        }
    for (size_t o = 0; o < plan->graph.output_count; o++)
        if (plan->losses[o].node == input || plan->losses[o].edge.from == input) return NULL;
    return found;
}

static bool keeps_zeros(const cn__node *input)
{
    for (size_t i = 0; i < input->fused_count; i++)
        if (!input->fused[i].op->kind->keeps_zeros) return false;
    return true;
}

enum { MOST_ENTRIES = 1 << 22 };

static cn_status make_sparse(cn__plan *plan, cn__node *input, const cn__node *reader)
{
    const cn__op *op = reader->op;
    const size_t depth = cn__shape_last(&op->in_shape[0]), a_sample = input->size / depth,
                 rows = plan->options.batch * a_sample;
    if (rows * depth > MOST_ENTRIES) return CN_OK;
    cn__sparse_input *s = cn__arena_alloc(&plan->arena, sizeof *s);
    if (!s) return CN_ERROR_MEMORY;
    const bool training = plan->options.training;
    const size_t sets = training && plan->max_threads > 1 ? 2 : 1; /* see per_thread */
    s->keep = keeps_zeros(input);
    s->csr = cn__arena_array(&plan->arena, sets, sizeof *s->csr);
    if (!s->csr) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < sets; i++)
        if (!make_lists(plan, &s->csr[i], rows, depth + CN_LANES)) return CN_ERROR_MEMORY;
    if (a_sample == 1 && !input->fused_count && sizeof(real) == sizeof(float)) {
        s->given.rows = rows;
        s->given.start = cn__arena_array(&plan->arena, rows, sizeof *s->given.start);
        s->given.count = cn__arena_array(&plan->arena, rows, sizeof *s->given.count);
        s->next_start = cn__arena_array(&plan->arena, rows, sizeof *s->next_start);
        s->next_count = cn__arena_array(&plan->arena, rows, sizeof *s->next_count);
        if (!s->given.start || !s->given.count || !s->next_start || !s->next_count) return CN_ERROR_MEMORY;
    }
    if (training && reader->trains) {
        s->csc = cn__arena_array(&plan->arena, sets, sizeof *s->csc);
        if (!s->csc) return CN_ERROR_MEMORY;
        for (size_t i = 0; i < sets; i++)
            if (!make_lists(plan, &s->csc[i], depth, rows)) return CN_ERROR_MEMORY;
    }
    input->sparse = s;
    return CN_OK;
}

cn_status cn__plan_make_sparse(cn__plan *plan)
{
    for (size_t i = 0; i < plan->graph.input_count; i++) {
        const cn__node *reader = only_reader(plan, plan->inputs[i]);
        if (!reader || !reader->op->kind->sparse_is_faster) continue;
        if (!reader->op->kind->sparse_is_faster(reader->op, plan->k->isa, 0, plan->options.training))
            continue;
        CN_TRY(make_sparse(plan, plan->inputs[i], reader));
    }
    return CN_OK;
}

bool cn__plan_reads_zeros(const cn__plan *plan, size_t input) { return plan->inputs[input]->sparse != NULL; }

/* ---- which way ------------------------------------------------------------------------------------------------ */

static bool are_lists_faster(const cn__plan *plan, const cn__node *input, double zeros)
{
    const cn__op *op = only_reader(plan, input)->op;
    return input->sparse->keep &&
           op->kind->sparse_is_faster(op, plan->k->isa, 1 - zeros, plan->options.training);
}

bool cn__plan_reads_lists(const cn__plan *plan, size_t input, double zeros)
{
    const cn__node *n = plan->inputs[input];
    return n->sparse && n->sparse->given.rows && are_lists_faster(plan, n, zeros);
}

/* Are the lists made from where x lies, without a copy of the batch? */
static bool is_listed_in_place(const cn__node *input, const cn_array *x)
{
    return input->sparse && input->sparse->used && !input->fused_count &&
           (x->dtype == CN_UINT8 || (x->dtype == CN_FLOAT32 && sizeof(real) == sizeof(float)));
}

/* Each of two threads lists the whole batch for itself where it is bytes: building the lists twice is cheaper than moving
 * them between cores. More than two threads would list too much again and again, and what is not bytes is four times as
 * much to read. */
void cn__plan_choose_sparse(cn__plan *plan)
{
    const bool two = plan->options.training && plan->threads == 2;
    bool all_per_thread = true;
    for (size_t i = 0; i < plan->graph.input_count; i++) {
        cn__sparse_input *s = plan->inputs[i]->sparse;
        if (s) {
            const cn_array *x = plan->feed->x[i];
            s->zeros = plan->feed->zeros ? plan->feed->zeros[i] : 0;
            s->used = are_lists_faster(plan, plan->inputs[i], s->zeros);
            s->is_given = s->used && s->given.rows && plan->feed->lists && plan->feed->lists[i];
            if (s->is_given) {
                s->given.index = plan->feed->lists[i]->index, s->given.value = plan->feed->lists[i]->value;
                s->next = s->given;
                s->next.start = s->next_start, s->next.count = s->next_count, s->next.rows = 0;
            }
            s->per_thread =
                two && !s->is_given && x->dtype == CN_UINT8 && is_listed_in_place(plan->inputs[i], x);
        }
        all_per_thread &= s && s->per_thread;
    }
    if (plan->options.training)
        plan->gather->barrier = !all_per_thread || plan->packs || plan->mixes || plan->ranks;
}

/* ---- gathering -------------------------------------------------------------------------------------------------- */

static void copy_elements(const cn__kernels *k, const cn_array *a, size_t first, size_t count, real *out)
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
    for (size_t o = 0; o < plan->graph.output_count; o++) {
        const cn__plan_loss *l = &plan->losses[o];
        const size_t count = l->rows * l->target_cols;
        if (!l->objective || !feed->y[o]) continue;
        copy_elements(plan->k, feed->y[o], sample * count, count, l->target + i * count);
        if (!feed->weight || !feed->weight[o]) continue;
        for (size_t r = 0; r < l->rows; r++)
            l->weight[i * l->rows + r] = feed->weight[o][sample * l->rows + r];
    }
}

/* Row `row` of the batch as a list, straight from `values` or from bytes. */
static void list_row(const cn__plan *plan, cn__sparse *s, const cn_array *x, size_t n, size_t row,
                     const real *values, const uint8_t *bytes)
{
    const size_t start = s->start[row];
    const real divide_by = x->divide_by != 0 ? (real)x->divide_by : 1;
    s->count[row] =
        (uint32_t)(bytes ? plan->k->nonzero_bytes(bytes, n, divide_by, s->index + start, s->value + start)
                         : plan->k->nonzeros(values, n, s->index + start, s->value + start));
    assert(s->count[row] <= n);
}

/* Where lists of its entries will do, a sample is not copied: they are made from where it lies. */
static void gather_sample(const cn__plan *plan, const cn__node *input, const cn_array *x, size_t i,
                          size_t sample, int thread)
{
    const real *values = input->y + i * input->size;
    const uint8_t *bytes = NULL;
    if (!is_listed_in_place(input, x)) {
        copy_elements(plan->k, x, sample * input->size, input->size, input->z + i * input->size);
        cn__fused_forward(&plan->runs[thread], input, i * input->size, input->size);
    } else if (x->dtype == CN_UINT8) {
        bytes = (const uint8_t *)x->data + sample * input->size;
    } else {
        values = (const real *)x->data + sample * input->size;
    }
    const cn__sparse_input *s = input->sparse;
    if (!s || !s->used) return;
    cn__sparse *csr = s->csr + (s->per_thread ? thread : 0);
    const size_t rows = csr->rows / plan->options.batch, depth = input->size / rows;
    for (size_t r = 0; r < rows; r++)
        list_row(plan, csr, x, depth, i * rows + r, values + r * depth, bytes ? bytes + r * depth : NULL);
}

/* Samples of a shuffled batch lie anywhere in memory: the next ones are fetched while this one is read. */
enum { SAMPLES_AHEAD = 2 };
static void prefetch(const cn_array *x, size_t first, size_t count)
{
    const char *from = (const char *)x->data + first * cn_dtype_size(x->dtype);
    for (const char *p = from, *end = from + count * cn_dtype_size(x->dtype); p < end; p += 64)
        __builtin_prefetch(p);
}

/* Which lists the next batch will read. */
static void look_ahead(const cn__feed *feed, const cn__sparse *lists, cn__sparse *next)
{
    next->rows = feed->ahead_count;
    for (size_t i = 0; i < feed->ahead_count; i++) {
        const size_t row = feed->first_list + feed->ahead[i];
        next->start[i] = lists->start[row], next->count[i] = lists->count[row];
    }
}

/* Nothing is copied: the rows of the batch are where the lists of all samples are. */
static void gather_given(cn__plan *plan, size_t index, int thread)
{
    const cn__feed *feed = plan->feed;
    const cn__sparse *lists = feed->lists[index];
    cn__sparse *rows = &plan->inputs[index]->sparse->given;
    const cn__range samples = cn__thread_rows(plan, 1, thread);
    assert(feed->ahead_count <= rows->rows);
    for (size_t i = samples.first; i < samples.last; i++) {
        const size_t row =
            feed->first_list + (feed->order ? feed->order[plan->first + i] : feed->first + plan->first + i);
        assert(row < lists->rows);
        rows->start[i] = lists->start[row], rows->count[i] = lists->count[row];
        for (size_t e = 0; e < rows->count[i]; e += CN_LANES) {
            __builtin_prefetch(lists->index + rows->start[i] + e);
            __builtin_prefetch(lists->value + rows->start[i] + e);
        }
    }
    if (plan->threads == 1) look_ahead(feed, lists, &plan->inputs[index]->sparse->next);
}

static void gather_input(cn__plan *plan, size_t index, int thread)
{
    const cn__feed *feed = plan->feed;
    const cn__node *input = plan->inputs[index];
    const cn_array *x = feed->x[index];
    const uint32_t *order = feed->order ? feed->order + plan->first : NULL;
    const bool all = input->sparse && input->sparse->used && input->sparse->per_thread;
    const cn__range samples = all ? (cn__range){0, plan->n} : cn__thread_rows(plan, 1, thread);
    for (size_t i = samples.first; i < samples.last; i++) {
        const size_t ahead = i + SAMPLES_AHEAD;
        if (order && ahead < samples.last) prefetch(x, order[ahead] * input->size, input->size);
        gather_sample(plan, input, x, i, order ? order[i] : feed->first + plan->first + i, thread);
    }
}

/* Also begins the counters of work that is stolen anew. */
void cn__step_gather(cn__plan *plan, cn__step *s, int thread)
{
    (void)s;
    const cn__feed *feed = plan->feed;
    const cn__range own =
        cn__slice(plan->all, CN_ROW_GRAIN, thread, plan->threads); /* targets of all ranks */
    for (size_t i = 0; i < plan->step_count; i++)
        if (plan->steps[i].counters)
            atomic_store_explicit(&plan->steps[i].counters[thread].count, 0, memory_order_relaxed);
    for (size_t i = 0; i < plan->graph.input_count; i++) {
        const cn__sparse_input *sparse = plan->inputs[i]->sparse;
        if (sparse && sparse->is_given) gather_given(plan, i, thread);
        else gather_input(plan, i, thread);
    }
    for (size_t i = own.first; plan->options.targets && i < own.last; i++)
        gather_targets(plan, i, feed->order ? feed->order[i] : feed->first + i);
}

/* ---- by column ------------------------------------------------------------------------------------------------ */

/* The same entries by column of the input, for the gradient of the kernel: each thread makes the lists of its columns. One
 * thread alone makes them when it knows that it needs them. */
void cn__step_build_csc(cn__plan *plan, cn__step *s, int thread)
{
    const cn__sparse_input *in = s->node->sparse;
    if (!in->used || plan->threads == 1) return;
    const cn__sparse *columns = in->csc + (in->per_thread ? thread : 0);
    const size_t samples = plan->n * (in->csr->rows / plan->options.batch);
    const cn__range slice = in->per_thread ? (cn__range){0, columns->rows}
                                           : cn__thread_slice(plan, columns->rows, CN_LANES, thread);
    cn__sparse_by_column(cn__sparse_rows(in, thread), samples, slice, columns);
}
