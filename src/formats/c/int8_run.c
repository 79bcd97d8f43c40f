/* An int8 network run in the library, by the very functions that are written into the C file. */
#include <math.h>
#include <string.h>

#include "formats/c/int8.h"
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
        average_pool_int8(from, to, s->multiplier, (int32_t)s->least, s->shift, s->from.zero, s->to.zero, &w);
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
    fill_int8(to, op->size, s->from.zero);
    move_rows_int8(from, to + first, b->h, row, row, wide);
}

/* ---- int8 ----------------------------------------------------------------------------------------------- */

static cn_status run_step(const cn__q_program *q, const cn__q_step *s, cn__arena *arena, const float *x,
                          float *y, int8_t *bytes, float *numbers)
{
    const cn__op *op = q->p->steps[s->op].op;
    int8_t *from = bytes + s->offset, *to = bytes + s->to_offset;
    float *f = s->last ? y : numbers;
    switch (s->kind) {
    case CN_Q_QUANTISE:
        quantise(s == q->steps ? x : f, to, cn__c_in_size(op), 1 / s->to.unit, s->to.zero);
        break;
    case CN_Q_DEQUANTISE: dequantise(from, f, s->size, s->from.unit, s->from.zero); break;
    case CN_Q_DENSE:
        dense_int8(from, to, s->kernel, s->bias, s->multiplier, op->rows, cn__c_depth(op), op->cols, s->shift,
                   s->to.zero);
        break;
    case CN_Q_DENSE_LAST:
        dense_int8_last(from, f, s->kernel, s->bias, s->unit, op->rows, cn__c_depth(op), op->cols);
        break;
    case CN_Q_CONVOLUTION: {
        const window w = window_of(&((const cn__conv_args *)op->args)->geometry);
        convolution_int8(from, to, s->kernel, s->bias, s->multiplier, s->shift, s->from.zero, s->to.zero, &w);
        break;
    }
    case CN_Q_MAX_POOL:
    case CN_Q_AVERAGE_POOL: run_pool(s, op, from, to); break;
    case CN_Q_BORDER: run_border(s, op, from, to); break;
    case CN_Q_NEAREST: {
        const cn__resize *r = op->args;
        resize_nearest_int8(from, to, r->h, r->w, r->c, r->oh, r->ow);
        break;
    }
    case CN_Q_SCALE:
        scale_int8(from, to, s->multiplier, s->add, op->rows, op->cols, s->shift, s->to.zero);
        break;
    case CN_Q_TABLE: look_up(from, to, op->size, s->table); break;
    case CN_Q_FLOAT: return cn__c_run_op(arena, op, f, f, 1);
    }
    return CN_OK;
}

static cn_status predict(const cn__q_program *q, const cn_array *x, cn_array *out, cn__arena *arena)
{
    const cn__shape *shape = &q->p->model->out;
    size_t dims[CN_MAX_DIMS] = {x->shape[0]}, in = cn_array_sample_size(x), size = cn__shape_size(shape);
    for (int i = 0; i < shape->rank; i++) dims[i + 1] = shape->dim[i];
    int8_t *bytes = cn__arena_array(arena, q->bytes + 1, 1);
    float *numbers = cn__arena_array(arena, q->numbers + 1, sizeof *numbers);
    if (!bytes || !numbers) return CN_ERROR_MEMORY;
    CN_TRY(cn_array_new(out, CN_FLOAT32, shape->rank + 1, dims));
    for (size_t n = 0; n < x->shape[0]; n++)
        for (size_t i = 0; i < q->count; i++)
            CN_TRY(run_step(q, &q->steps[i], arena, (const float *)x->data + n * in,
                            (float *)out->data + n * size, bytes, numbers));
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
