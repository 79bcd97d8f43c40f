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

/* ---- float32 -------------------------------------------------------------------------------------------- */

static cn_status run_dense(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t rows)
{
    (void)arena;
    const cn__kernels *k = cn__kernels_get();
    for (size_t i = 0; i < cn__panel_count(op->variable[0]); i++) {
        cn__panel p = cn__panel_at(op->variable[0], i);
        cn__matmul m = {.a = x,
                        .a_row = cn__c_depth(op),
                        .a_step = 1,
                        .b = op->variable[0]->value + p.offset,
                        .b_row = p.width,
                        .c = y + p.first,
                        .c_row = op->cols,
                        .rows = rows,
                        .cols = p.cols,
                        .depth = cn__c_depth(op)};
        k->matmul(&m);
        if (op->variable[1])
            k->add_bias(y + p.first, op->cols, op->variable[1]->value + p.first, rows, p.cols);
    }
    return CN_OK;
}

static cn_status run_batchnorm(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t rows)
{
    const size_t cols = op->cols;
    real *scale = cn__arena_array(arena, 2 * cols, sizeof *scale);
    if (!scale) return CN_ERROR_MEMORY;
    cn__c_batchnorm_scales(op, scale, scale + cols);
    cn__kernels_get()->column_scale(x, y, cols, rows, 0, cols, op->variable[2]->value, scale, scale + cols);
    return CN_OK;
}

static cn_status run_softmax(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t rows)
{
    (void)arena;
    const cn__activation *f = op->args;
    const cn__kernels *k = cn__kernels_get();
    (f->kind == CN_ACT_SOFTMAX ? k->softmax : k->log_softmax)(x, y, rows, op->cols);
    return CN_OK;
}

static cn_status run_activation(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t rows)
{
    (void)arena;
    cn__kernels_get()->activate(op->args, x, y, rows * op->cols);
    return CN_OK;
}

static cn_status run_layernorm(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t rows)
{
    (void)arena;
    cn__kernels_get()->layernorm(x, y, NULL, NULL, op->variable[0] ? op->variable[0]->value : NULL,
                                 op->variable[1] ? op->variable[1]->value : NULL, rows, op->cols,
                                 ((const cn__norm_args *)op->args)->epsilon);
    return CN_OK;
}

static const struct {
    const cn__op_kind *kind;
    cn_status (*run)(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t rows);
} runners[] = {{&cn__op_dense, run_dense},
               {&cn__op_activation, run_activation},
               {&cn__op_softmax, run_softmax},
               {&cn__op_batch_normalization, run_batchnorm},
               {&cn__op_layer_normalization, run_layernorm}};

cn_status cn__c_run_op(cn__arena *arena, const cn__op *op, const real *x, real *y, size_t n)
{
    for (size_t i = 0; i < sizeof runners / sizeof *runners; i++)
        if (runners[i].kind == op->kind) return runners[i].run(arena, op, x, y, n * op->rows);
    return cn__fail(CN_ERROR_ARGUMENT, "layer %s (%s) cannot be exported in int8", op->layer->name,
                    op->layer->kind->class_name);
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
    case CN_Q_DEQUANTISE: dequantise(from, f, cn__c_in_size(op), s->from.unit, s->from.zero); break;
    case CN_Q_DENSE:
        dense_int8(from, to, s->kernel, s->bias, s->multiplier, op->rows, cn__c_depth(op), op->cols, s->shift,
                   s->to.zero);
        break;
    case CN_Q_DENSE_LAST:
        dense_int8_last(from, f, s->kernel, s->bias, s->unit, op->rows, cn__c_depth(op), op->cols);
        break;
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
