/* From a float32 network and calibration data to one in 8 bits (Jacob et al., arXiv:1712.05877, sections 2.1 to 2.3):
 * kernels symmetric with a scale for each output, biases and sums of 32 bits, activations with the scale that their
 * least and greatest value over the data give. What never is negative (images, relu) has its zero at -128 and so all
 * 8 bits; the rest is symmetric. Here are the steps and where they work; int8_ranges.c and int8_numbers.c have the rest. */
#include "formats/c/int8.h"

#include <math.h>

#include "nn/ops.h"

/* Cutting to 8 bits at the zero is all that these do. */
static bool is_cut(const cn__op *op)
{
    if (op->kind != &cn__op_activation) return false;
    const cn__activation *f = op->args;
    return f->kind == CN_ACT_RELU6 ||
           (f->kind == CN_ACT_RELU && f->p[0] == 0 && f->p[1] == INFINITY && f->p[2] == 0);
}

static bool needs_float(const cn__op *op)
{
    return op->kind == &cn__op_layer_normalization || op->kind == &cn__op_softmax;
}

static bool is_product(const cn__op *op)
{
    return op->kind == &cn__op_dense || op->kind == &cn__op_convolution;
}

static bool averages(const cn__op *op)
{
    return op->kind == &cn__op_pool && ((const cn__pool_args *)op->args)->average;
}

static cn__q_kind kind_of(const cn__op *op, bool to_float)
{
    if (op->kind == &cn__op_dense) return to_float ? CN_Q_DENSE_LAST : CN_Q_DENSE;
    if (op->kind == &cn__op_convolution) return CN_Q_CONVOLUTION;
    if (op->kind == &cn__op_pool) return averages(op) ? CN_Q_AVERAGE_POOL : CN_Q_MAX_POOL;
    if (op->kind == &cn__op_border) return CN_Q_BORDER;
    if (op->kind == &cn__op_resize) return CN_Q_NEAREST;
    return op->kind == &cn__op_batch_normalization ? CN_Q_SCALE : CN_Q_TABLE;
}

/* Its output has the range of its input. */
static bool keeps_range(cn__q_kind kind)
{
    return kind == CN_Q_MAX_POOL || kind == CN_Q_BORDER || kind == CN_Q_NEAREST;
}

/* ---- where numbers stand ---------------------------------------------------------------------------------- */

typedef struct cursor {
    bool in_float, high;
    cn__q_range range;
    size_t size, offset;
} cursor;

static cn__q_step *add(cn__q_program *q, cn__q_kind kind, size_t op, const cursor *at)
{
    cn__q_step *s = &q->steps[q->count++];
    *s = (cn__q_step){.kind = kind, .op = op, .from = at->range, .offset = at->offset, .size = at->size};
    return s;
}

/* The output of a step in bytes; the two ends of the scratch take turns, and its end is known last: offsets from there
 * are kept as SIZE_MAX - size until then. */
static void into_bytes(cn__q_program *q, cn__q_step *s, cursor *at, size_t size, cn__q_range range)
{
    const size_t before = at->in_float ? 0 : at->size;
    if (before + size > q->bytes) q->bytes = before + size;
    at->high = !at->high;
    s->to = at->range = range;
    s->to_offset = at->offset = at->high ? SIZE_MAX - size : 0;
    at->size = size;
    at->in_float = false;
}

/* A pool without padding before the image never writes ahead of what it reads. At the low end of the scratch, where what
 * its input leaves is free for the next step, it works in place. */
static bool pools_in_place(const cn__op *op, const cursor *at)
{
    const cn__pool_args *a = op->args;
    return op->kind == &cn__op_pool && !at->high && !a->geometry.top && !a->geometry.left;
}

static void stay(cn__q_step *s, cursor *at, size_t size, cn__q_range range)
{
    s->to = at->range = range;
    s->to_offset = at->offset;
    at->size = size;
}

static void into_numbers(cn__q_program *q, cn__q_step *s, cursor *at, size_t size, bool last)
{
    s->last = last;
    if (!last && size > q->numbers) q->numbers = size;
    at->in_float = true;
    at->size = size;
}

static void settle(cn__q_program *q)
{
    for (size_t i = 0; i < q->count; i++) {
        cn__q_step *s = &q->steps[i];
        if (s->offset > SIZE_MAX / 2) s->offset = q->bytes - (SIZE_MAX - s->offset);
        if (s->to_offset > SIZE_MAX / 2) s->to_offset = q->bytes - (SIZE_MAX - s->to_offset);
    }
}

/* ---- steps ------------------------------------------------------------------------------------------------ */

/* The batch normalisation right behind a product, which it takes into its weights. */
static const cn__op *foldable(const cn__c_program *p, size_t i)
{
    if (!is_product(p->steps[i].op) || i + 1 >= p->count) return NULL;
    const cn__op *next = p->steps[i + 1].op;
    return next->kind == &cn__op_batch_normalization && next->cols == p->steps[i].op->cols ? next : NULL;
}

/* A product whose sums go on as numbers. */
static bool ends_in_float(const cn__c_program *p, const cn__op *op, size_t next, size_t last)
{
    if (op->kind != &cn__op_dense) return false;
    return next > last || (next < p->count && needs_float(p->steps[next].op));
}

/* What stays in 8 bits: returns how many of the program's steps it took (a normalisation and a relu may come along). */
static size_t lower_bytes(cn__q_program *q, size_t i, size_t last, const cn__q_range *ranges, cursor *at)
{
    const cn__c_program *p = q->p;
    const cn__op *op = p->steps[i].op, *folded = foldable(p, i);
    size_t taken = folded ? 2 : 1;
    const bool to_float = ends_in_float(p, op, i + taken, last);
    cn__q_step *s = add(q, kind_of(op, to_float), i, at);
    s->folded = folded;
    if (to_float) {
        into_numbers(q, s, at, op->size, i + taken > last);
        return taken;
    }
    if (!keeps_range(s->kind) && i + taken < p->count && is_cut(p->steps[i + taken].op)) taken++;
    const cn__q_range range = keeps_range(s->kind) ? at->range : ranges[i + taken];
    if (pools_in_place(op, at)) stay(s, at, op->size, range);
    else into_bytes(q, s, at, op->size, range);
    return taken;
}

/* One operation; returns how many of the program's steps it took. */
static size_t lower(cn__q_program *q, size_t i, size_t last, const cn__q_range *ranges, cursor *at)
{
    const cn__op *op = q->p->steps[i].op;
    if (i <= last && !needs_float(op)) {
        if (at->in_float) into_bytes(q, add(q, CN_Q_QUANTISE, i, at), at, cn__c_in_size(op), ranges[i]);
        return lower_bytes(q, i, last, ranges, at);
    }
    if (!at->in_float) into_numbers(q, add(q, CN_Q_DEQUANTISE, i, at), at, at->size, i > last);
    add(q, CN_Q_FLOAT, i, at)->last = i > last;
    return 1;
}

/* All steps; the input stands at the high end of the scratch or at the low one. */
static void plan(cn__q_program *q, size_t last, const cn__q_range *ranges, bool high)
{
    cursor at = {.in_float = true, .high = !high};
    const cn__c_program *p = q->p;
    q->count = q->bytes = q->numbers = 0;
    into_bytes(q, add(q, CN_Q_QUANTISE, 0, &at), &at, cn__c_in_size(p->steps[0].op), ranges[0]);
    for (size_t i = 0; i < p->count;) i += lower(q, i, last, ranges, &at);
    if (!at.in_float) into_numbers(q, add(q, CN_Q_DEQUANTISE, p->count - 1, &at), &at, at.size, true);
    settle(q);
}

/* Behind the last step that cannot work in place everything is computed in float32, where it stands. */
static cn_status find_last(const cn__c_program *p, size_t *last)
{
    bool any = false;
    *last = 0;
    for (size_t i = 0; i < p->count; i++) {
        if (cn__q_in_place(p->steps[i].op)) continue;
        *last = i;
        any = true;
    }
    if (!p->is_line)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "int8 is for networks whose layers follow each other; %s is a graph", p->model->name);
    if (!any)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "int8 is for networks with a dense layer, a convolution or the like; %s has none",
                        p->model->name);
    return CN_OK;
}

cn_status cn__q_make(cn__q_program *q, cn__c_program *p, const cn_array *x)
{
    size_t last;
    *q = (cn__q_program){.p = p};
    CN_TRY(find_last(p, &last));
    cn__q_range *ranges = cn__arena_array(&p->arena, p->count + 1, sizeof *ranges);
    q->steps = cn__arena_array(&p->arena, 3 * p->count + 2, sizeof *q->steps);
    if (!ranges || !q->steps) return CN_ERROR_MEMORY;
    CN_TRY(cn__q_ranges(p, x, ranges));
    plan(q, last, ranges, true);
    const size_t high = q->bytes;
    plan(q, last, ranges, false);
    if (high < q->bytes) plan(q, last, ranges, true);
    for (size_t i = 0; i < q->count; i++) CN_TRY(cn__q_make_numbers(q, &q->steps[i]));
    return CN_OK;
}
