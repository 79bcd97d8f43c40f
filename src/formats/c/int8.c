/* From a float32 network and calibration data to one in 8 bits (Jacob et al., arXiv:1712.05877, sections 2.1 to 2.3):
 * kernels symmetric with a scale for each output, biases and sums of 32 bits. Here are the steps; the scales of what goes
 * between them are chosen in int8_ranges.c. */
#include "formats/c/int8.h"

#include <math.h>

#include "nn/ops.h"

/* ---- what has a form in whole numbers ------------------------------------------------------------------------ */

/* Cutting to 8 bits at the zero is all that these do. */
static bool is_cut(const cn__op *op)
{
    if (op->kind != &cn__op_activation) return false;
    const cn__activation *f = op->args;
    return f->kind == CN_ACT_RELU6 ||
           (f->kind == CN_ACT_RELU && f->p[0] == 0 && f->p[1] == INFINITY && f->p[2] == 0);
}

static bool is_product(const cn__op *op)
{
    return op->kind == &cn__op_dense || op->kind == &cn__op_convolution;
}

static cn__q_kind kind_of_convolution(const cn__op *op)
{
    const cn__conv_args *a = op->args;
    if (!a->transposed) return CN_Q_CONVOLUTION;
    return a->geometry.groups == 1 ? CN_Q_TRANSPOSED : CN_Q_FLOAT;
}

static cn__q_kind kind_of_border(const cn__op *op)
{
    const cn__border *b = &((const cn__border_args *)op->args)->border;
    return b->value < 0 || b->value > 0 ? CN_Q_FLOAT : CN_Q_BORDER;
}

static cn__q_kind kind_of_merge(const cn__op *op)
{
    const cn__merge_args *a = op->args;
    return a->how == CN_COMBINE_MULTIPLY && op->inputs != 2 ? CN_Q_FLOAT : CN_Q_MERGE;
}

static cn__q_kind kind_of(const cn__op *op)
{
    if (op->kind == &cn__op_dense) return CN_Q_DENSE;
    if (op->kind == &cn__op_convolution) return kind_of_convolution(op);
    if (op->kind == &cn__op_pool)
        return ((const cn__pool_args *)op->args)->average ? CN_Q_AVERAGE_POOL : CN_Q_MAX_POOL;
    if (op->kind == &cn__op_border) return kind_of_border(op);
    if (op->kind == &cn__op_resize)
        return ((const cn__resize *)op->args)->bilinear ? CN_Q_BILINEAR : CN_Q_NEAREST;
    if (op->kind == &cn__op_batch_normalization || op->kind == &cn__op_rescaling) return CN_Q_SCALE;
    if (op->kind == &cn__op_activation) return CN_Q_TABLE;
    if (op->kind == &cn__op_permute || op->kind == &cn__op_repeat) return CN_Q_PERMUTE;
    if (op->kind == &cn__op_merge) return kind_of_merge(op);
    return op->kind == &cn__op_concatenate ? CN_Q_CONCATENATE : CN_Q_FLOAT;
}

/* ---- steps ------------------------------------------------------------------------------------------------ */

static const cn__op *op_at(const cn__q_program *q, size_t i) { return q->p->steps[i].op; }

static bool runs_in_float(const cn__q_program *q, size_t i)
{
    return i > q->last || kind_of(op_at(q, i)) == CN_Q_FLOAT;
}

/* Step i alone reads what the one before it gives. */
static bool follows(const cn__q_program *q, size_t i)
{
    return i < q->p->count && op_at(q, i)->inputs == 1 && q->p->steps[i].reads[0] == i &&
           q->values[i].readers == 1;
}

/* What step i gives goes on as float32: it is the output, or the next step alone wants it, and so. */
static bool stays_float(const cn__q_program *q, size_t i)
{
    return i + 1 == q->p->count || (follows(q, i + 1) && runs_in_float(q, i + 1));
}

static cn__q_step *add(cn__q_program *q, cn__q_kind kind, size_t op, size_t inputs)
{
    cn__q_step *s = &q->steps[q->count++];
    *s = (cn__q_step){.kind = kind, .op = op, .inputs = inputs};
    s->from = cn__arena_array(&q->p->arena, inputs + 1, sizeof *s->from);
    s->number_from = cn__arena_array(&q->p->arena, inputs + 1, sizeof *s->number_from);
    return s->from && s->number_from ? s : NULL;
}

static cn__q_step *add_unary(cn__q_program *q, cn__q_kind kind, size_t op, size_t from, size_t to)
{
    cn__q_step *s = add(q, kind, op, 1);
    if (s) s->from[0] = &q->values[from], s->to = &q->values[to];
    return s;
}

/* The output of the network, at the scratch's end where it is not float32 yet. */
static void take_numbers(cn__q_program *q, size_t end)
{
    if (end > q->numbers) q->numbers = end;
}

/* Inputs become float32 where they are not; behind them stands the output, or in place of the first. */
static cn_status lower_float(cn__q_program *q, size_t i)
{
    const cn__op *op = op_at(q, i);
    const bool in_place = cn__c_in_place(op), tail = i > q->last;
    size_t end = 0;
    for (size_t k = 0; k < op->inputs; k++) {
        cn__q_value *v = &q->values[q->p->steps[i].reads[k]];
        if (!v->in_float) {
            cn__q_step *s = add_unary(q, CN_Q_DEQUANTISE, i, v->number, v->number);
            if (!s) return CN_ERROR_MEMORY;
            s->output = tail, s->number_to = end;
        }
        end += v->size;
    }
    cn__q_step *s = add(q, CN_Q_FLOAT, i, op->inputs);
    if (!s) return CN_ERROR_MEMORY;
    for (size_t k = 0, at = 0; k < op->inputs; k++) {
        s->from[k] = &q->values[q->p->steps[i].reads[k]];
        s->number_from[k] = at, at += s->from[k]->size;
    }
    s->to = &q->values[i + 1];
    s->output = tail || i + 1 == q->p->count;
    s->number_to = in_place || s->output ? 0 : end;
    if (!tail) take_numbers(q, in_place || s->output ? end : end + op->size);
    s->to->in_float = stays_float(q, i) && (in_place || s->output);
    if (s->to->in_float) return CN_OK;
    cn__q_step *back = add_unary(q, CN_Q_QUANTISE, i, i + 1, i + 1);
    if (!back) return CN_ERROR_MEMORY;
    back->number_from[0] = s->number_to;
    return CN_OK;
}

/* How many steps of the program a product takes: the normalisation right behind it goes into its weights. */
static size_t fold(cn__q_program *q, size_t i, const cn__op **folded)
{
    const cn__op *op = op_at(q, i);
    *folded = NULL;
    if (!is_product(op) || !follows(q, i + 1)) return 1;
    const cn__op *next = op_at(q, i + 1);
    if (next->kind != &cn__op_batch_normalization || next->cols != op->cols) return 1;
    *folded = next;
    return 2;
}

/* What stays in 8 bits; returns how many of the program's steps that is, 0 when out of memory. */
static size_t lower_bytes(cn__q_program *q, size_t i)
{
    const cn__op *op = op_at(q, i), *folded;
    size_t taken = fold(q, i, &folded);
    cn__q_kind kind = kind_of(op);
    if (kind == CN_Q_DENSE && stays_float(q, i + taken - 1)) kind = CN_Q_DENSE_LAST;
    else if (!cn__q_keeps_range(kind) && follows(q, i + taken) && is_cut(op_at(q, i + taken))) taken++;
    cn__q_step *s = add(q, kind, i, op->inputs);
    if (!s) return 0;
    for (size_t k = 0; k < op->inputs; k++) s->from[k] = &q->values[q->p->steps[i].reads[k]];
    s->to = &q->values[i + taken];
    s->folded = folded;
    if (kind == CN_Q_DENSE_LAST) {
        s->to->in_float = true;
        s->output = i + taken > q->last;
        if (!s->output) take_numbers(q, op->size);
    } else if (i + taken == q->p->count) {
        cn__q_step *end = add_unary(q, CN_Q_DEQUANTISE, i, i + taken, i + taken);
        if (!end) return 0;
        end->output = true;
    }
    return taken;
}

static cn_status make_steps(cn__q_program *q)
{
    if (!add_unary(q, CN_Q_QUANTISE, 0, 0, 0)) return CN_ERROR_MEMORY;
    for (size_t i = 0, taken; i < q->p->count; i += taken) {
        taken = 1;
        if (runs_in_float(q, i)) CN_TRY(lower_float(q, i));
        else if (!(taken = lower_bytes(q, i))) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

/* Behind the last step that cannot work in place everything is computed in float32, where it stands. */
static cn_status find_last(cn__q_program *q)
{
    bool any = false;
    for (size_t i = 0; i < q->p->count; i++) {
        if (!cn__c_knows(op_at(q, i))) return cn__c_unknown(op_at(q, i), NULL);
        if (cn__c_in_place(op_at(q, i)) || !op_at(q, i)->inputs) continue;
        q->last = i;
        any = true;
    }
    return any ? CN_OK
               : cn__fail(CN_ERROR_ARGUMENT,
                          "int8 is for networks with a dense layer, a convolution or the like; %s has none",
                          q->p->model->name);
}

static cn_status make_values(cn__q_program *q)
{
    const cn__c_program *p = q->p;
    q->values = cn__arena_array(&q->p->arena, p->count + 1, sizeof *q->values);
    if (!q->values) return CN_ERROR_MEMORY;
    for (size_t i = 0; i <= p->count; i++) {
        const cn__shape *shape = i ? &p->steps[i - 1].op->shape : &p->model->in;
        q->values[i] =
            (cn__q_value){.number = i, .size = cn__shape_size(shape), .channels = cn__shape_last(shape)};
    }
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < p->steps[i].op->inputs; k++) q->values[p->steps[i].reads[k]].readers++;
    return CN_OK;
}

cn_status cn__q_make(cn__q_program *q, cn__c_program *p, const cn_array *x)
{
    size_t most = 2;
    *q = (cn__q_program){.p = p};
    CN_TRY(find_last(q));
    CN_TRY(make_values(q));
    for (size_t i = 0; i < p->count; i++) most += 2 + p->steps[i].op->inputs;
    q->steps = cn__arena_array(&p->arena, most, sizeof *q->steps);
    if (!q->steps) return CN_ERROR_MEMORY;
    CN_TRY(make_steps(q));
    CN_TRY(cn__q_place(q));
    CN_TRY(cn__q_choose_ranges(q, x));
    for (size_t i = 0; i < q->count; i++) CN_TRY(cn__q_make_numbers(q, &q->steps[i]));
    return cn__q_correct_means(q, x);
}
