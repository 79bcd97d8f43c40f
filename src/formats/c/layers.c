/* How each operation that layers lower to is written in C: a function of the run-time text with its weights. A layer
 * that lowers to these needs nothing here; a new operation is a function and a line in `writers`. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "formats/c/int8.h"
#include "nn/ops.h"

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

/* ---- operations -------------------------------------------------------------------------------------------- */

static cn_status write_copy(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                            const char *to)
{
    (void)i;
    cn__c_need(p, "copy");
    cn__text_printf(&p->body, "    copy(%s, %s, %zu);\n", from[0], to, op->size);
    return CN_OK;
}

static cn_status write_dense(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                             const char *to)
{
    const char *kernel, *bias;
    CN_TRY(cn__c_variable(p, i, op->variable[0], &kernel));
    CN_TRY(cn__c_variable(p, i, op->variable[1], &bias));
    cn__c_need(p, "dense");
    cn__text_printf(&p->body, "    dense(%s, %s, %s, %s, %zu, %zu, %zu);\n", from[0], to, kernel, bias,
                    op->rows, cn__c_depth(op), op->cols);
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

/* The name of the function and its parameters. */
static cn_status find_elementwise(const cn__op *op, const char **section, float p[4], int *count)
{
    const cn__activation *f = op->args;
    *section = f->kind < CN_ACT_ELEMENTWISE_COUNT ? elementwise[f->kind].section : NULL;
    if (!*section) return cn__c_unknown(op, cn__activation_name(f->kind));
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

static cn_status write_activation(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                                  const char *to)
{
    const char *section, *name = "NULL";
    float numbers[4];
    int count = 0;
    CN_TRY(find_elementwise(op, &section, numbers, &count));
    if (count) CN_TRY(cn__c_floats(p, i, section, numbers, (size_t)count, &name));
    cn__text_printf(&p->body, "    %s(%s, %s, %zu, %s);\n", section, from[0], to, op->size, name);
    cn__c_need(p, section);
    return CN_OK;
}

static cn_status write_softmax(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                               const char *to)
{
    (void)i;
    const cn__activation *f = op->args;
    const char *section = f->kind == CN_ACT_SOFTMAX ? "softmax" : "log_softmax";
    cn__text_printf(&p->body, "    %s(%s, %s, %zu, %zu);\n", section, from[0], to, op->rows, op->cols);
    cn__c_need(p, section);
    return CN_OK;
}

static cn_status write_softmax_over(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                                    const char *to)
{
    (void)i;
    const cn__softmax_over_args *a = op->args;
    cn__text_printf(&p->body, "    softmax_over(%s, %s, %zu, %zu, %zu);\n", from[0], to, a->outer, a->size,
                    a->inner);
    cn__c_need(p, "softmax_over");
    return CN_OK;
}

void cn__c_batchnorm_scales(const cn__op *op, real *scale, real *shift)
{
    real inverse;
    for (size_t c = 0; c < op->cols; c++)
        cn__batchnorm_scale(op, op->variable[3]->value, c, &inverse, &scale[c], &shift[c]);
}

static cn_status write_batchnorm(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                                 const char *to)
{
    const size_t cols = op->cols;
    const char *mean, *scale_name, *shift_name;
    real *scale = cn__arena_array(&p->arena, cols, sizeof *scale);
    real *shift = cn__arena_array(&p->arena, cols, sizeof *shift);
    if (!scale || !shift) return CN_ERROR_MEMORY;
    cn__c_batchnorm_scales(op, scale, shift);
    CN_TRY(check_finite(op->variable[3], scale, cols));
    CN_TRY(check_finite(op->variable[3], shift, cols));
    CN_TRY(cn__c_variable(p, i, op->variable[2], &mean));
    CN_TRY(cn__c_floats(p, i, "scale", scale, cols, &scale_name));
    CN_TRY(cn__c_floats(p, i, "shift", shift, cols, &shift_name));
    cn__c_need(p, "batch_normalization");
    cn__text_printf(&p->body, "    batch_normalization(%s, %s, %s, %s, %s, %zu, %zu);\n", from[0], to, mean,
                    scale_name, shift_name, op->rows, cols);
    return CN_OK;
}

static cn_status write_layernorm(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                                 const char *to)
{
    const char *gamma, *beta;
    CN_TRY(cn__c_variable(p, i, op->variable[0], &gamma));
    CN_TRY(cn__c_variable(p, i, op->variable[1], &beta));
    cn__c_need(p, "layer_normalization");
    cn__text_printf(&p->body, "    layer_normalization(%s, %s, %s, %s, %zu, %zu, ", from[0], to, gamma, beta,
                    op->rows, op->cols);
    cn__c_number(&p->body, ((const cn__norm_args *)op->args)->epsilon);
    cn__text_add(&p->body, ");\n");
    return CN_OK;
}

/* Inputs are taken in turn, each with the result so far. */
static cn_status write_merge(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                             const char *to)
{
    static const char *const sections[] = {[CN_COMBINE_ADD] = "add_each",
                                           [CN_COMBINE_SUBTRACT] = "subtract_each",
                                           [CN_COMBINE_MULTIPLY] = "multiply_each",
                                           [CN_COMBINE_MAXIMUM] = "maximum_each",
                                           [CN_COMBINE_MINIMUM] = "minimum_each"};
    (void)i;
    const cn__merge_args *a = op->args;
    for (size_t k = 1; k < op->inputs; k++)
        cn__text_printf(&p->body, "    %s(%s, %s, %s, %zu);\n", sections[a->how], k > 1 ? to : from[0],
                        from[k], to, op->size);
    if (a->mean) cn__text_printf(&p->body, "    divide_each(%s, %zu.0f, %zu);\n", to, op->inputs, op->size);
    if (a->mean) cn__c_need(p, "divide_each");
    cn__c_need(p, sections[a->how]);
    return CN_OK;
}

static cn_status write_concatenate(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                                   const char *to)
{
    (void)i;
    const cn__concatenate_args *a = op->args;
    size_t outer = 1, offset = 0;
    for (int d = 0; d < a->axis; d++) outer *= op->shape.dim[d];
    for (size_t k = 0; k < op->inputs; k++) {
        const size_t width = cn__shape_size(&op->in_shape[k]) / outer;
        cn__text_printf(&p->body, "    place_rows(%s, %s + %zu, %zu, %zu, %zu);\n", from[k], to, offset,
                        outer, width, op->size / outer);
        offset += width;
    }
    cn__c_need(p, "place_rows");
    return CN_OK;
}

static cn_status write_convolution(cn__c_program *p, size_t i, const cn__op *op, const char *const *from,
                                   const char *to)
{
    return cn__c_knows_convolution(op) ? cn__c_write_convolution(p, i, op, from, to)
                                       : cn__c_unknown(op, NULL);
}

static const struct {
    const cn__op_kind *kind;
    cn__c_writer *write;
    bool in_place; /* it may write where its first input is, if that has its size */
} writers[] = {{&cn__op_input, write_copy, false},
               {&cn__op_dense, write_dense, false},
               {&cn__op_activation, write_activation, true},
               {&cn__op_softmax, write_softmax, true},
               {&cn__op_softmax_over, write_softmax_over, true},
               {&cn__op_batch_normalization, write_batchnorm, true},
               {&cn__op_layer_normalization, write_layernorm, true},
               {&cn__op_merge, write_merge, false},
               {&cn__op_concatenate, write_concatenate, false},
               {&cn__op_convolution, write_convolution, false},
               {&cn__op_pool, cn__c_write_pool, false},
               {&cn__op_border, cn__c_write_border, false},
               {&cn__op_resize, cn__c_write_resize, false},
               {&cn__op_resample, cn__c_write_resample, false},
               {&cn__op_rescaling, cn__c_write_rescaling, true},
               {&cn__op_permute, cn__c_write_permute, false},
               {&cn__op_repeat, cn__c_write_repeat, false},
               {&cn__op_unit_normalization, cn__c_write_unit_normalization, true},
               {&cn__op_prelu, cn__c_write_prelu, true},
               {&cn__op_normalization, cn__c_write_normalization, true},
               {&cn__op_group_normalization, cn__c_write_group_normalization, true},
               {&cn__op_dot, cn__c_write_dot, false}};
enum { WRITERS = sizeof writers / sizeof *writers };

static int find_writer(const cn__op *op)
{
    int i = 0;
    while (i < WRITERS && writers[i].kind != op->kind) i++;
    return i;
}

bool cn__c_in_place(const cn__op *op)
{
    const int i = find_writer(op);
    return i < WRITERS && writers[i].in_place;
}

bool cn__c_knows(const cn__op *op) { return find_writer(op) < WRITERS; }

cn_status cn__c_unknown(const cn__op *op, const char *what)
{
    cn__arena arena = {0};
    const char *known = "dropout";
    for (int i = 1; i < WRITERS && known; i++)
        known = cn__arena_format(&arena, "%s, %s", known, writers[i].kind->name);
    cn_status status =
        cn__fail(CN_ERROR_ARGUMENT, "layer %s (%s%s%s) cannot be exported to C; known: %s", op->layer->name,
                 op->layer->kind->class_name, what ? ", " : "", what ? what : "", known ? known : "");
    cn__arena_free(&arena);
    return status;
}

cn_status cn__c_write_step(cn__c_program *p, size_t i)
{
    const cn__c_step *step = &p->steps[i];
    const cn__op *op = step->op;
    const int w = find_writer(op);
    if (w == WRITERS) return cn__c_unknown(op, NULL);
    const size_t inputs = op->inputs ? op->inputs : 1;
    const char **from = cn__arena_array(&p->arena, inputs, sizeof *from);
    if (!from) return CN_ERROR_MEMORY;
    for (size_t k = 0; k < inputs; k++) from[k] = cn__c_buffer_text(p, step->from[k]);
    cn__c_comment(&p->body, op->inputs ? op->layer->name : "nothing to compute");
    return writers[w].write(p, i, op, from, cn__c_buffer_text(p, step->to));
}
