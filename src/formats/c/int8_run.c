/* An int8 network run in the library, by the very functions that are written into the C file. */
#include <math.h>
#include <string.h>

#include "formats/c/int8.h"
#include "model/plan/plan.h"
#include "nn/ops.h"

#define FMA(a, b, c) fmaf(a, b, c)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include "formats/c/runtime.c.in"
#pragma GCC diagnostic pop

static window window_of(const cn__conv *c)
{
    return (window){c->h,  c->w,  c->c,   c->kh,   c->kw,     c->oc, c->sy, c->sx,
                    c->dy, c->dx, c->top, c->left, c->groups, c->oh, c->ow};
}

static void run_pool(const cn__q_step *s, const cn__op *op, const int8_t *from, int8_t *to)
{
    const window w = window_of(&((const cn__pool_args *)op->args)->geometry);
    if (s->kind == CN_Q_MAX_POOL) max_pool_int8(from, to, &w);
    else
        average_pool_int8(from, to, s->multiplier, (int32_t)s->least, s->shift, s->from[0]->range.zero,
                          s->to->range.zero, &w);
}

static void run_border(const cn__q_step *s, const cn__op *op, const int8_t *from, int8_t *to)
{
    const cn__border_args *a = op->args;
    const cn__border *b = &a->border;
    const size_t row = b->w * b->c, wide = row + (b->left + b->right) * b->c,
                 first = b->top * wide + b->left * b->c;
    if (a->crops) {
        move_rows_int8(from + first, to, b->h, row, wide, row);
        return;
    }
    fill_int8(to, op->size, s->from[0]->range.zero);
    move_rows_int8(from, to + first, b->h, row, row, wide);
}

static void run_convolution(const cn__q_step *s, const cn__op *op, const int8_t *from, int8_t *to)
{
    const window w = window_of(&((const cn__conv_args *)op->args)->geometry);
    (s->kind == CN_Q_TRANSPOSED ? transposed_convolution_int8 : convolution_int8)(
        from, to, s->kernel, s->bias, s->multiplier, s->shift, s->from[0]->range.zero, s->to->range.zero, &w);
}

static void run_resize(const cn__q_step *s, const cn__op *op, const int8_t *from, int8_t *to)
{
    const cn__resize *r = op->args;
    (s->kind == CN_Q_BILINEAR ? resize_bilinear_int8 : resize_nearest_int8)(from, to, r->h, r->w, r->c, r->oh,
                                                                            r->ow);
}

static cn_status run_merge(const cn__q_machine *m, const cn__q_step *s, const cn__op *op, int8_t *to)
{
    static void (*const functions[])(const int8_t *const *, size_t, int8_t *, size_t, const int32_t *,
                                     const int32_t *, int, int32_t) = {[CN_COMBINE_ADD] = add_int8,
                                                                       [CN_COMBINE_SUBTRACT] = add_int8,
                                                                       [CN_COMBINE_MULTIPLY] = multiply_int8,
                                                                       [CN_COMBINE_MAXIMUM] = maximum_int8,
                                                                       [CN_COMBINE_MINIMUM] = minimum_int8};
    cn__arena arena = {0};
    const int8_t **from = cn__arena_array(&arena, s->inputs, sizeof *from);
    int32_t *zeros = cn__arena_array(&arena, s->inputs, sizeof *zeros);
    for (size_t k = 0; from && zeros && k < s->inputs; k++)
        from[k] = m->bytes + s->from[k]->offset, zeros[k] = s->from[k]->range.zero;
    if (from && zeros)
        functions[((const cn__merge_args *)op->args)->how](from, s->inputs, to, op->size, s->multiplier,
                                                           zeros, s->shift, s->to->range.zero);
    const cn_status status = from && zeros ? CN_OK : CN_ERROR_MEMORY;
    cn__arena_free(&arena);
    return status;
}

static void run_concatenate(const cn__q_machine *m, const cn__q_step *s, const cn__op *op, int8_t *to)
{
    size_t outer = 1;
    for (int d = 0; d < ((const cn__concatenate_args *)op->args)->axis; d++) outer *= op->shape.dim[d];
    for (size_t k = 0; k < s->inputs; k++) {
        const size_t width = s->from[k]->size / outer;
        place_rows_int8(m->bytes + s->from[k]->offset, to, outer, width, op->size / outer, s->multiplier[k],
                        s->shift, s->from[k]->range.zero, s->to->range.zero);
        to += width;
    }
}

/* The inputs are copied first: a kernel of the library may not work in place where the C program does. */
static cn_status copy_inputs(cn__arena *arena, const cn__q_step *s, const float *place, const real ***out)
{
    const real **x = *out = cn__arena_array(arena, s->inputs, sizeof *x);
    for (size_t k = 0; x && k < s->inputs; k++) {
        real *copy = cn__arena_array(arena, s->from[k]->size + CN_LANES, sizeof *copy);
        if (!copy) return CN_ERROR_MEMORY;
        memcpy(copy, place + s->number_from[k], s->from[k]->size * sizeof *copy);
        x[k] = copy;
    }
    return x ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status run_float(const cn__q_machine *m, const cn__q_step *s, const cn__op *op)
{
    cn__arena arena = {0};
    const real **x;
    cn_status status = copy_inputs(&arena, s, s->output && cn__c_in_place(op) ? m->y : m->numbers, &x);
    if (status == CN_OK) status = cn__op_compute(op, x, (s->output ? m->y : m->numbers) + s->number_to, 1);
    cn__arena_free(&arena);
    return status;
}

cn_status cn__q_run_step(const cn__q_machine *m, const cn__q_step *s, const float *x)
{
    const cn__op *op = m->q->p->steps[s->op].op;
    const cn__q_range from_range = s->from[0]->range, to_range = s->to->range;
    int8_t *from = m->bytes + s->from[0]->offset, *to = m->bytes + s->to->offset;
    float *f = s->output ? m->y : m->numbers;
    switch (s->kind) {
    case CN_Q_QUANTISE:
        quantise(s == m->q->steps ? x : m->numbers + s->number_from[0], to, s->to->size, 1 / to_range.unit,
                 to_range.zero);
        break;
    case CN_Q_DEQUANTISE:
        dequantise(from, f + s->number_to, s->to->size, from_range.unit, from_range.zero);
        break;
    case CN_Q_DENSE:
        dense_int8(from, to, s->kernel, s->bias, s->multiplier, op->rows, cn__c_depth(op), op->cols, s->shift,
                   to_range.zero);
        break;
    case CN_Q_DENSE_LAST:
        dense_int8_last(from, f, s->kernel, s->bias, s->unit, op->rows, cn__c_depth(op), op->cols);
        break;
    case CN_Q_CONVOLUTION:
    case CN_Q_TRANSPOSED: run_convolution(s, op, from, to); break;
    case CN_Q_MAX_POOL:
    case CN_Q_AVERAGE_POOL: run_pool(s, op, from, to); break;
    case CN_Q_BORDER: run_border(s, op, from, to); break;
    case CN_Q_NEAREST:
    case CN_Q_BILINEAR: run_resize(s, op, from, to); break;
    case CN_Q_PERMUTE: {
        const cn__permute_args a = cn__q_permutation(op);
        permute_int8(from, to, a.rank, a.dim, a.stride);
        break;
    }
    case CN_Q_SCALE:
        scale_int8(from, to, s->multiplier, s->add, s->to->size / s->counts, s->counts, s->shift,
                   to_range.zero);
        break;
    case CN_Q_TABLE: look_up(from, to, op->size, s->table); break;
    case CN_Q_MERGE: return run_merge(m, s, op, to);
    case CN_Q_CONCATENATE: run_concatenate(m, s, op, to); break;
    case CN_Q_FLOAT: return run_float(m, s, op);
    }
    return CN_OK;
}

cn_status cn__q_machine_new(cn__arena *arena, const cn__q_program *q, cn__q_machine *out)
{
    *out = (cn__q_machine){.q = q};
    out->bytes = cn__arena_array(arena, q->bytes + 1, 1);
    out->numbers = cn__arena_array(arena, q->numbers + 1, sizeof *out->numbers);
    return out->bytes && out->numbers ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status predict(const cn__q_program *q, const cn_array *x, cn_array *out, cn__arena *arena)
{
    const cn__shape *shape = &q->p->model->out;
    size_t dims[CN_MAX_DIMS] = {x->shape[0]}, in = cn_array_sample_size(x), size = cn__shape_size(shape);
    for (int i = 0; i < shape->rank; i++) dims[i + 1] = shape->dim[i];
    cn__q_machine m;
    CN_TRY(cn__q_machine_new(arena, q, &m));
    CN_TRY(cn_array_new(out, CN_FLOAT32, shape->rank + 1, dims));
    for (size_t n = 0; n < x->shape[0]; n++) {
        m.y = (float *)out->data + n * size;
        for (size_t i = 0; i < q->count; i++)
            CN_TRY(cn__q_run_step(&m, &q->steps[i], (const float *)x->data + n * in));
    }
    return CN_OK;
}

cn_status cn__q_predict(const cn__q_program *q, const cn_array *x, cn_array *out)
{
    cn__arena arena = {0};
    *out = (cn_array){0};
    cn_status status = predict(q, x, out, &arena);
    cn__arena_free(&arena);
    if (status != CN_OK) cn_array_free(out);
    return status;
}
