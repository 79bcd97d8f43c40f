/* An int8 network run in the library, by the very functions that are written into the C file. */
#include <math.h>
#include <string.h>

#include "formats/c_int8.h"
#include "nn/variable.h"

#define FMA(a, b, c) fmaf(a, b, c)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include "formats/c_runtime.c.in"
#pragma GCC diagnostic pop

/* ---- float32 -------------------------------------------------------------------------------------------- */

static void run_dense(const cn__op *op, const real *x, real *y, size_t rows)
{
    const cn__kernels *k = cn__kernels_get();
    for (size_t i = 0; i < cn__panel_count(op->kernel); i++) {
        cn__panel p = cn__panel_at(op->kernel, i);
        cn__matmul m = {.a = x,
                        .a_row = op->in_cols,
                        .a_step = 1,
                        .b = op->kernel->value + p.offset,
                        .b_row = p.width,
                        .c = y + p.first,
                        .c_row = op->out_cols,
                        .rows = rows,
                        .cols = p.cols,
                        .depth = op->in_cols};
        k->matmul(&m);
        if (op->bias) k->add_bias(y + p.first, op->out_cols, op->bias->value + p.first, rows, p.cols);
    }
}

static cn_status run_batchnorm(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t rows)
{
    const size_t cols = op->out_cols;
    real *scale = cn__arena_array(arena, 2 * cols, sizeof *scale);
    if (!scale) return CN_ERROR_MEMORY;
    cn__c_batchnorm_scales(op, scale, scale + cols);
    cn__kernels_get()->column_scale(x, y, cols, rows, 0, cols, op->mean->value, scale, scale + cols);
    return CN_OK;
}

static void run_activation(const cn__op *op, const real *x, real *y, size_t n)
{
    const cn__kernels *k = cn__kernels_get();
    if (op->activation.kind == CN_ACT_SOFTMAX) k->softmax(x, y, n * op->rows, op->out_cols);
    else if (op->activation.kind == CN_ACT_LOG_SOFTMAX) k->log_softmax(x, y, n * op->rows, op->out_cols);
    else k->activate(&op->activation, x, y, n * op->out);
}

cn_status cn__c_run_op(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t n)
{
    const size_t rows = n * op->rows;
    switch (op->kind) {
    case CN_OP_DENSE: run_dense(op, x, y, rows); return CN_OK;
    case CN_OP_ACTIVATION: run_activation(op, x, y, n); return CN_OK;
    case CN_OP_BATCHNORM: return run_batchnorm(arena, op, x, y, rows);
    case CN_OP_LAYERNORM:
        cn__kernels_get()->layernorm(x, y, NULL, NULL, op->gamma ? op->gamma->value : NULL,
                                     op->beta ? op->beta->value : NULL, rows, op->out_cols, op->epsilon);
        return CN_OK;
    default: break;
    }
    return cn__fail(CN_ERROR_ARGUMENT, "layer %s (%s) cannot be exported in int8", op->layer->name,
                    op->layer->kind->class_name);
}

/* ---- int8 ----------------------------------------------------------------------------------------------- */

static cn_status run_step(const cn__q_program *q, const cn__q_step *s, cn__arena *arena, const float *x,
                          float *y, int8_t *bytes, float *numbers)
{
    const cn__op *op = &q->p->steps[s->op].op;
    int8_t *from = bytes + s->offset, *to = bytes + s->to_offset;
    float *f = s->last ? y : numbers;
    switch (s->kind) {
    case CN_Q_QUANTISE: quantise(s == q->steps ? x : f, to, op->in, 1 / s->to.unit, s->to.zero); break;
    case CN_Q_DEQUANTISE: dequantise(from, f, op->in, s->from.unit, s->from.zero); break;
    case CN_Q_DENSE:
        dense_int8(from, to, s->kernel, s->bias, s->multiplier, op->rows, op->in_cols, op->out_cols, s->shift,
                   s->to.zero);
        break;
    case CN_Q_DENSE_LAST:
        dense_int8_last(from, f, s->kernel, s->bias, s->unit, op->rows, op->in_cols, op->out_cols);
        break;
    case CN_Q_SCALE:
        scale_int8(from, to, s->multiplier, s->add, op->rows, op->out_cols, s->shift, s->to.zero);
        break;
    case CN_Q_TABLE: look_up(from, to, op->out, s->table); break;
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
