/* How each operation that layers lower to is written in C: a function of the run-time text with its weights. A layer
 * that lowers to these needs nothing here; a new operation is a function and a line in `writers`. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "formats/c_int8.h"
#include "nn/layers.h"
#include "nn/variable.h"

/* ---- weights ---------------------------------------------------------------------------------------------- */

static cn_status check_finite(const cn__variable *v, const real *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return cn__fail(CN_ERROR_NUMERIC, "weight %s/%s holds %g: only finite numbers can be exported",
                            v->layer->name, v->name, (double)values[i]);
    return CN_OK;
}

cn_status cn__c_check_weights(const cn_model *model)
{
    for (size_t i = 0; i < model->variable_count; i++)
        CN_TRY(check_finite(model->variables[i], model->variables[i]->value, model->variables[i]->padded));
    return CN_OK;
}

/* A variable in C order as an array; NULL is the word NULL. */
static cn_status write_variable(cn__c_program *p, size_t step, const cn__variable *v, const char **out)
{
    *out = "NULL";
    if (!v) return CN_OK;
    size_t count = cn__variable_size(v);
    real *values = cn__arena_array(&p->arena, count, sizeof *values);
    if (!values) return CN_ERROR_MEMORY;
    cn__variable_gather(v, v->value, values);
    return cn__c_floats(p, step, v->name, values, count, out);
}

/* ---- operations -------------------------------------------------------------------------------------------- */

typedef cn_status writer(cn__c_program *p, size_t i, const cn__op *op, const char *from, const char *to);

static cn_status write_copy(cn__c_program *p, size_t i, const cn__op *op, const char *from, const char *to)
{
    (void)i;
    cn__c_need(p, "copy");
    cn__text_printf(&p->body, "    copy(%s, %s, %zu);\n", from, to, op->out);
    return CN_OK;
}

static cn_status write_dense(cn__c_program *p, size_t i, const cn__op *op, const char *from, const char *to)
{
    const char *kernel, *bias;
    CN_TRY(write_variable(p, i, op->kernel, &kernel));
    CN_TRY(write_variable(p, i, op->bias, &bias));
    cn__c_need(p, "dense");
    cn__text_printf(&p->body, "    dense(%s, %s, %s, %s, %zu, %zu, %zu);\n", from, to, kernel, bias, op->rows,
                    op->in_cols, op->out_cols);
    return CN_OK;
}

/* The section of each elementwise activation, and how many parameters it takes. */
static const struct {
    const char *section;
    int parameters;
} elementwise[CN_ACT_ELEMENTWISE_COUNT] = {
    [CN_ACT_RELU] = {"relu", 0},
    [CN_ACT_RELU6] = {"relu6", 0},
    [CN_ACT_LEAKY_RELU] = {"leaky_relu", 1},
    [CN_ACT_ELU] = {"elu", 1},
    [CN_ACT_CELU] = {"celu", 1},
    [CN_ACT_SELU] = {"selu", 0},
    [CN_ACT_GELU] = {"gelu", 0},
    [CN_ACT_SIGMOID] = {"sigmoid", 0},
    [CN_ACT_TANH] = {"hyperbolic", 0},
    [CN_ACT_SOFTPLUS] = {"softplus_each", 0},
    [CN_ACT_SOFTSIGN] = {"softsign", 0},
    [CN_ACT_SILU] = {"silu", 0},
    [CN_ACT_MISH] = {"mish", 0},
    [CN_ACT_EXPONENTIAL] = {"exponential", 0},
    [CN_ACT_HARD_SIGMOID] = {"hard_sigmoid", 0},
    [CN_ACT_HARD_SILU] = {"hard_silu", 0},
};

static cn_status unknown(const cn__op *op, const char *what);

/* The name of the function and its parameters. */
static cn_status find_elementwise(const cn__op *op, const char **section, float p[4], int *count)
{
    const cn__activation *f = &op->activation;
    *section = f->kind < CN_ACT_ELEMENTWISE_COUNT ? elementwise[f->kind].section : NULL;
    if (!*section) return unknown(op, cn__activation_name(f->kind));
    *count = elementwise[f->kind].parameters;
    for (int i = 0; i < 3; i++) p[i] = f->p[i];
    if (f->kind == CN_ACT_GELU && f->p[0] != 0) *section = "gelu_approximate";
    if (f->kind == CN_ACT_RELU && (f->p[0] != 0 || f->p[1] < INFINITY || f->p[2] != 0)) {
        *section = "bounded_relu"; /* where there is no greatest value there is no least one either */
        *count = 4;
        p[3] = f->p[1] < INFINITY ? 0 : -CN_REAL_MAX;
        p[1] = f->p[1] < INFINITY ? f->p[1] : CN_REAL_MAX;
    }
    return CN_OK;
}

static cn_status write_activation(cn__c_program *p, size_t i, const cn__op *op, const char *from,
                                  const char *to)
{
    const char *section = op->activation.kind == CN_ACT_SOFTMAX ? "softmax" : "log_softmax", *name = "NULL";
    if (op->activation.kind == CN_ACT_SOFTMAX || op->activation.kind == CN_ACT_LOG_SOFTMAX) {
        cn__text_printf(&p->body, "    %s(%s, %s, %zu, %zu);\n", section, from, to, op->rows, op->out_cols);
    } else {
        float numbers[4];
        int count = 0;
        CN_TRY(find_elementwise(op, &section, numbers, &count));
        if (count) CN_TRY(cn__c_floats(p, i, section, numbers, (size_t)count, &name));
        cn__text_printf(&p->body, "    %s(%s, %s, %zu, %s);\n", section, from, to, op->out, name);
    }
    cn__c_need(p, section);
    return CN_OK;
}

/* As steps_forward.c computes them. */
void cn__c_batchnorm_scales(const cn__op *op, real *scale, real *shift)
{
    for (size_t c = 0; c < op->out_cols; c++) {
        real inverse = 1 / (real)sqrtf((float)(op->variance->value[c] + op->epsilon));
        scale[c] = op->gamma ? op->gamma->value[c] * inverse : inverse;
        shift[c] = op->beta ? op->beta->value[c] : 0;
    }
}

static cn_status write_batchnorm(cn__c_program *p, size_t i, const cn__op *op, const char *from,
                                 const char *to)
{
    const size_t cols = op->out_cols;
    const char *mean, *scale_name, *shift_name;
    real *scale = cn__arena_array(&p->arena, cols, sizeof *scale);
    real *shift = cn__arena_array(&p->arena, cols, sizeof *shift);
    if (!scale || !shift) return CN_ERROR_MEMORY;
    cn__c_batchnorm_scales(op, scale, shift);
    CN_TRY(check_finite(op->variance, scale, cols));
    CN_TRY(check_finite(op->variance, shift, cols));
    CN_TRY(write_variable(p, i, op->mean, &mean));
    CN_TRY(cn__c_floats(p, i, "scale", scale, cols, &scale_name));
    CN_TRY(cn__c_floats(p, i, "shift", shift, cols, &shift_name));
    cn__c_need(p, "batch_normalization");
    cn__text_printf(&p->body, "    batch_normalization(%s, %s, %s, %s, %s, %zu, %zu);\n", from, to, mean,
                    scale_name, shift_name, op->rows, cols);
    return CN_OK;
}

static cn_status write_layernorm(cn__c_program *p, size_t i, const cn__op *op, const char *from,
                                 const char *to)
{
    const char *gamma, *beta;
    CN_TRY(write_variable(p, i, op->gamma, &gamma));
    CN_TRY(write_variable(p, i, op->beta, &beta));
    cn__c_need(p, "layer_normalization");
    cn__text_printf(&p->body, "    layer_normalization(%s, %s, %s, %s, %zu, %zu, ", from, to, gamma, beta,
                    op->rows, op->out_cols);
    cn__c_number(&p->body, op->epsilon);
    cn__text_add(&p->body, ");\n");
    return CN_OK;
}

static const struct {
    const char *name; /* for messages */
    writer *write;
} writers[] = {
    [CN_OP_ALIAS] = {"reshape", write_copy},
    [CN_OP_DENSE] = {"dense", write_dense},
    [CN_OP_ACTIVATION] = {"activation", write_activation},
    [CN_OP_BATCHNORM] = {"batch_normalization", write_batchnorm},
    [CN_OP_LAYERNORM] = {"layer_normalization", write_layernorm},
};
enum { WRITERS = sizeof writers / sizeof *writers };

static cn_status unknown(const cn__op *op, const char *what)
{
    cn__arena arena = {0};
    const char *known = "dropout";
    for (int i = 0; i < WRITERS && known; i++)
        if (writers[i].name) known = cn__arena_format(&arena, "%s, %s", known, writers[i].name);
    cn_status status =
        cn__fail(CN_ERROR_ARGUMENT, "layer %s (%s%s%s) cannot be exported to C; known: %s", op->layer->name,
                 op->layer->kind->class_name, what ? ", " : "", what ? what : "", known ? known : "");
    cn__arena_free(&arena);
    return status;
}

cn_status cn__c_write_step(cn__c_program *p, size_t i)
{
    const cn__c_step *step = &p->steps[i];
    const cn__op *op = &step->op;
    if ((int)op->kind >= WRITERS || !writers[op->kind].write) return unknown(op, NULL);
    const char *from = cn__c_buffer_text(p, step->from), *to = cn__c_buffer_text(p, step->to);
    cn__text_printf(&p->body, "    /* %s */\n", op->layer ? op->layer->name : "nothing to compute");
    return writers[op->kind].write(p, i, op, from, to);
}
