/* An int8 network's steps in C, as c/int8_run.c runs them. */
#include "formats/c/int8.h"
#include "nn/ops.h"

enum { NUMBERS_A_LINE = 16 };

/* "static const int8_t w3_kernel[6] = { … };" */
static const char *write_array(cn__c_program *p, size_t step, const char *name, int bits, const void *values,
                               size_t count)
{
    cn__text *text = &p->weights;
    const char *full = cn__arena_format(&p->arena, "w%zu_%s", step, name);
    if (!full) {
        text->failed = true;
        return "";
    }
    cn__text_printf(text, "static const int%d_t %s[%zu] = {", bits, full, count);
    for (size_t i = 0; i < count; i++) {
        long long v = bits == 8    ? ((const int8_t *)values)[i]
                      : bits == 32 ? ((const int32_t *)values)[i]
                                   : ((const int64_t *)values)[i];
        cn__text_add(text, i % NUMBERS_A_LINE ? ", " : i ? ",\n    " : "\n    ");
        cn__text_printf(text, bits == 64 ? "%lldLL" : "%lld", v);
    }
    cn__text_add(text, "};\n");
    return full;
}

static void write_number_and_zero(cn__text *body, float number, int32_t zero)
{
    cn__c_number(body, number);
    cn__text_printf(body, ", %d);\n", (int)zero);
}

static const char *write_kernel(cn__c_program *p, size_t i, const cn__q_step *s)
{
    const cn__op *op = p->steps[s->op].op;
    return write_array(p, i, "kernel", 8, s->kernel, cn__variable_size(op->variable[0]));
}

static void write_dense(cn__c_program *p, size_t i, const cn__q_step *s, const char *from, const char *to)
{
    const cn__op *op = p->steps[s->op].op;
    const char *kernel = write_kernel(p, i, s);
    const char *bias = write_array(p, i, "bias", 32, s->bias, op->cols);
    const char *multiplier = write_array(p, i, "multiplier", 32, s->multiplier, op->cols);
    cn__c_need(p, "dense_int8");
    cn__text_printf(&p->body, "    dense_int8(%s, %s, %s, %s, %s, %zu, %zu, %zu, %d, %d);\n", from, to,
                    kernel, bias, multiplier, op->rows, cn__c_depth(op), op->cols, s->shift,
                    (int)s->to->range.zero);
}

static cn_status write_dense_last(cn__c_program *p, size_t i, const cn__q_step *s, const char *from,
                                  const char *to)
{
    const cn__op *op = p->steps[s->op].op;
    const char *kernel = write_kernel(p, i, s), *unit;
    const char *bias = write_array(p, i, "bias", 32, s->bias, op->cols);
    const size_t bytes = p->weight_bytes;
    CN_TRY(cn__c_floats(p, i, "unit", s->unit, op->cols, &unit));
    p->weight_bytes = bytes; /* c/int8.c has counted */
    cn__c_need(p, "dense_int8_last");
    cn__text_printf(&p->body, "    dense_int8_last(%s, %s, %s, %s, %s, %zu, %zu, %zu);\n", from, to, kernel,
                    bias, unit, op->rows, cn__c_depth(op), op->cols);
    return CN_OK;
}

static void write_scale(cn__c_program *p, size_t i, const cn__q_step *s, const char *from, const char *to)
{
    const char *multiplier = write_array(p, i, "multiplier", 32, s->multiplier, s->counts);
    const char *add = write_array(p, i, "add", 64, s->add, s->counts);
    cn__c_need(p, "scale_int8");
    cn__text_printf(&p->body, "    scale_int8(%s, %s, %s, %s, %zu, %zu, %d, %d);\n", from, to, multiplier,
                    add, s->to->size / s->counts, s->counts, s->shift, (int)s->to->range.zero);
}

static void write_convolution(cn__c_program *p, size_t i, const cn__q_step *s, const char *from,
                              const char *to)
{
    const cn__op *op = p->steps[s->op].op;
    const char *kernel = write_kernel(p, i, s);
    const char *bias = write_array(p, i, "bias", 32, s->bias, op->cols);
    const char *multiplier = write_array(p, i, "multiplier", 32, s->multiplier, op->cols);
    const char *section = s->kind == CN_Q_TRANSPOSED ? "transposed_convolution_int8" : "convolution_int8";
    cn__c_need(p, section);
    cn__text_printf(&p->body, "    %s(%s, %s, %s, %s, %s, %d, %d, %d, ", section, from, to, kernel, bias,
                    multiplier, s->shift, (int)s->from[0]->range.zero, (int)s->to->range.zero);
    cn__c_window(&p->body, &((const cn__conv_args *)op->args)->geometry);
}

static void write_pool(cn__c_program *p, size_t i, const cn__q_step *s, const char *from, const char *to)
{
    const cn__pool_args *a = p->steps[s->op].op->args;
    if (s->kind == CN_Q_MAX_POOL) {
        cn__c_need(p, "max_pool_int8");
        cn__text_printf(&p->body, "    max_pool_int8(%s, %s, ", from, to);
    } else {
        const char *multiplier = write_array(p, i, "multiplier", 32, s->multiplier, s->counts);
        cn__c_need(p, "average_pool_int8");
        cn__text_printf(&p->body, "    average_pool_int8(%s, %s, %s, %zu, %d, %d, %d, ", from, to, multiplier,
                        s->least, s->shift, (int)s->from[0]->range.zero, (int)s->to->range.zero);
    }
    cn__c_window(&p->body, &a->geometry);
}

static void write_border(cn__c_program *p, const cn__q_step *s, const char *from, const char *to)
{
    const cn__op *op = p->steps[s->op].op;
    const cn__border_args *a = op->args;
    const cn__border *b = &a->border;
    const size_t row = b->w * b->c, wide = row + (b->left + b->right) * b->c,
                 first = b->top * wide + b->left * b->c;
    cn__c_need(p, "move_rows_int8");
    if (!a->crops) {
        cn__c_need(p, "fill_int8");
        cn__text_printf(&p->body, "    fill_int8(%s, %zu, %d);\n", to, op->size, (int)s->from[0]->range.zero);
    }
    cn__text_printf(&p->body, "    move_rows_int8(%s + %zu, %s + %zu, %zu, %zu, %zu, %zu);\n", from,
                    a->crops ? first : 0, to, a->crops ? 0 : first, b->h, row, a->crops ? wide : row,
                    a->crops ? row : wide);
}

static void write_resize(cn__c_program *p, const cn__q_step *s, const char *from, const char *to)
{
    const cn__resize *r = p->steps[s->op].op->args;
    const char *section = s->kind == CN_Q_BILINEAR ? "resize_bilinear_int8" : "resize_nearest_int8";
    cn__c_need(p, section);
    cn__text_printf(&p->body, "    %s(%s, %s, %zu, %zu, %zu, %zu, %zu);\n", section, from, to, r->h, r->w,
                    r->c, r->oh, r->ow);
}

static void write_permute(cn__c_program *p, const cn__q_step *s, const char *from, const char *to)
{
    const cn__permute_args a = cn__q_permutation(p->steps[s->op].op);
    cn__c_need(p, "permute_int8");
    cn__text_printf(&p->body, "    permute_int8(%s, %s, %d, ", from, to, a.rank);
    cn__c_sizes(&p->body, a.dim, a.rank);
    cn__text_add(&p->body, ", ");
    cn__c_sizes(&p->body, a.stride, a.rank);
    cn__text_add(&p->body, ");\n");
}

/* A value that is int8: the network's input is the caller's, until it is made anew. */
static const char *bytes_of(const cn__q_program *q, const cn__q_value *v)
{
    if (!v->number) return "x";
    const char *text = v->offset ? cn__arena_format(&q->p->arena, "bytes + %zu", v->offset) : "bytes";
    return text ? text : "";
}

static void write_merge(cn__q_program *q, size_t i, const cn__q_step *s, const char *to)
{
    static const char *const sections[] = {[CN_COMBINE_ADD] = "add_int8",
                                           [CN_COMBINE_SUBTRACT] = "add_int8",
                                           [CN_COMBINE_MULTIPLY] = "multiply_int8",
                                           [CN_COMBINE_MAXIMUM] = "maximum_int8",
                                           [CN_COMBINE_MINIMUM] = "minimum_int8"};
    cn__c_program *p = q->p;
    const cn__op *op = p->steps[s->op].op;
    const char *section = sections[((const cn__merge_args *)op->args)->how];
    const char *multiplier = write_array(p, i, "multiplier", 32, s->multiplier, s->inputs);
    cn__c_need(p, section);
    cn__text_printf(&p->body, "    %s((const int8_t *const[]){", section);
    for (size_t k = 0; k < s->inputs; k++)
        cn__text_printf(&p->body, k ? ", %s" : "%s", bytes_of(q, s->from[k]));
    cn__text_printf(&p->body, "}, %zu, %s, %zu, %s,\n        (const int32_t[]){", s->inputs, to, op->size,
                    multiplier);
    for (size_t k = 0; k < s->inputs; k++)
        cn__text_printf(&p->body, k ? ", %d" : "%d", (int)s->from[k]->range.zero);
    cn__text_printf(&p->body, "}, %d, %d);\n", s->shift, (int)s->to->range.zero);
}

static void write_concatenate(cn__q_program *q, const cn__q_step *s)
{
    cn__c_program *p = q->p;
    const cn__op *op = p->steps[s->op].op;
    size_t outer = 1, offset = s->to->offset;
    for (int d = 0; d < ((const cn__concatenate_args *)op->args)->axis; d++) outer *= op->shape.dim[d];
    cn__c_need(p, "place_rows_int8");
    for (size_t k = 0; k < s->inputs; k++) {
        const size_t width = s->from[k]->size / outer;
        cn__text_printf(&p->body, "    place_rows_int8(%s, bytes + %zu, %zu, %zu, %zu, %ld, %d, %d, %d);\n",
                        bytes_of(q, s->from[k]), offset, outer, width, op->size / outer,
                        (long)s->multiplier[k], s->shift, (int)s->from[k]->range.zero,
                        (int)s->to->range.zero);
        offset += width;
    }
}

/* "numbers + 32", "y" */
static const char *numbers_of(const cn__q_program *q, bool output, size_t offset)
{
    return cn__c_buffer_text(q->p, (cn__c_buffer){output ? CN_C_OUTPUT : CN_C_SCRATCH, offset});
}

static cn_status write_float(cn__q_program *q, const cn__q_step *s)
{
    cn__c_step *step = &q->p->steps[s->op];
    const bool in_output = s->output && cn__c_in_place(step->op);
    for (size_t k = 0; k < s->inputs; k++)
        step->from[k] = (cn__c_buffer){in_output ? CN_C_OUTPUT : CN_C_SCRATCH, s->number_from[k]};
    step->to = (cn__c_buffer){s->output ? CN_C_OUTPUT : CN_C_SCRATCH, s->output ? 0 : s->number_to};
    return cn__c_write_step(q->p, s->op);
}

static cn_status write_step(cn__q_program *q, size_t i)
{
    cn__c_program *p = q->p;
    const cn__q_step *s = &q->steps[i];
    cn__c_step *step = &p->steps[s->op];
    const char *from = bytes_of(q, s->from[0]), *to = bytes_of(q, s->to);
    if (s->kind != CN_Q_FLOAT) cn__c_comment(&p->body, step->op->layer->name);
    switch (s->kind) {
    case CN_Q_QUANTISE:
        cn__c_need(p, "quantise");
        cn__text_printf(&p->body, "    quantise(%s, %s, %zu, ", numbers_of(q, false, s->number_from[0]), to,
                        s->to->size);
        write_number_and_zero(&p->body, 1 / s->to->range.unit, s->to->range.zero);
        break;
    case CN_Q_DEQUANTISE:
        cn__c_need(p, "dequantise");
        cn__text_printf(&p->body, "    dequantise(%s, %s, %zu, ", from,
                        numbers_of(q, s->output, s->number_to), s->to->size);
        write_number_and_zero(&p->body, s->from[0]->range.unit, s->from[0]->range.zero);
        break;
    case CN_Q_DENSE: write_dense(p, i, s, from, to); break;
    case CN_Q_DENSE_LAST: return write_dense_last(p, i, s, from, numbers_of(q, s->output, 0));
    case CN_Q_CONVOLUTION:
    case CN_Q_TRANSPOSED: write_convolution(p, i, s, from, to); break;
    case CN_Q_MAX_POOL:
    case CN_Q_AVERAGE_POOL: write_pool(p, i, s, from, to); break;
    case CN_Q_BORDER: write_border(p, s, from, to); break;
    case CN_Q_NEAREST:
    case CN_Q_BILINEAR: write_resize(p, s, from, to); break;
    case CN_Q_PERMUTE: write_permute(p, s, from, to); break;
    case CN_Q_SCALE: write_scale(p, i, s, from, to); break;
    case CN_Q_TABLE:
        cn__c_need(p, "look_up");
        cn__text_printf(&p->body, "    look_up(%s, %s, %zu, %s);\n", from, to, step->op->size,
                        write_array(p, i, "table", 8, s->table, 256));
        break;
    case CN_Q_MERGE: write_merge(q, i, s, to); break;
    case CN_Q_CONCATENATE: write_concatenate(q, s); break;
    case CN_Q_FLOAT: return write_float(q, s);
    }
    return CN_OK;
}

cn_status cn__q_write(cn__q_program *q)
{
    cn__c_need(q->p, "quantise");
    for (size_t i = 1; i < q->count; i++) CN_TRY(write_step(q, i));
    return CN_OK;
}
