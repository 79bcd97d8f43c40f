/* From a float32 network and calibration data to one in 8 bits (Jacob et al., arXiv:1712.05877, sections 2.1 to 2.3):
 * kernels symmetric with a scale for each output, biases and sums of 32 bits, activations with the scale that their
 * least and greatest value over the data give. What never is negative (images, relu) has its zero at -128 and so all
 * 8 bits; the rest is symmetric. */
#include "formats/c/int8.h"

#include <math.h>
#include <string.h>

#include "nn/ops.h"

/* ---- ranges ------------------------------------------------------------------------------------------------ */

typedef struct span {
    float least, most;
} span;

static void widen(span *s, const real *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (x[i] < s->least) s->least = x[i];
        if (x[i] > s->most) s->most = x[i];
    }
}

/* Below it a range is nothing but zeros. */
#define LEAST 1e-30f

static cn__q_range range_of(span s)
{
    const float most = fmaxf(-s.least, s.most);
    if (s.least >= 0) return (cn__q_range){.unit = s.most > LEAST ? s.most / 255 : 1, .zero = -128};
    return (cn__q_range){.unit = most > LEAST ? most / 127 : 1, .zero = 0};
}

enum { CHUNK = 256 };

static size_t widest(const cn__c_program *p)
{
    size_t most = cn__c_in_size(p->steps[0].op);
    for (size_t i = 0; i < p->count; i++)
        if (p->steps[i].op->size > most) most = p->steps[i].op->size;
    return most;
}

/* Runs the data through the network; spans[0] is the input's, spans[i + 1] that of step i. */
static cn_status measure(const cn__c_program *p, const cn_array *x, span *spans)
{
    cn__arena arena = {0};
    const size_t in = cn_array_sample_size(x), room = CHUNK * widest(p) + CN_LANES;
    real *a = cn__arena_array(&arena, room, sizeof *a), *b = cn__arena_array(&arena, room, sizeof *b);
    cn_status status = a && b ? CN_OK : CN_ERROR_MEMORY;
    for (size_t n = 0; n < x->shape[0] && status == CN_OK; n += CHUNK) {
        size_t count = x->shape[0] - n < CHUNK ? x->shape[0] - n : CHUNK;
        memcpy(a, (const float *)x->data + n * in, count * in * sizeof *a);
        widen(&spans[0], a, count * in);
        for (size_t i = 0; i < p->count && status == CN_OK; i++) {
            const cn__op *op = p->steps[i].op;
            status = cn__c_run_op(&arena, op, a, op->kind == &cn__op_dense ? b : a, count);
            if (op->kind == &cn__op_dense) {
                real *other = a;
                a = b, b = other;
            }
            widen(&spans[i + 1], a, count * op->size);
        }
    }
    cn__arena_free(&arena);
    return status;
}

/* ---- arithmetic -------------------------------------------------------------------------------------------- */

/* Numbers as whole multiples of 2^-shift, one shift for all: the greatest takes 30 bits. */
static int32_t *multipliers(cn__arena *arena, const double *factors, size_t count, int *shift)
{
    int exponent = -40;
    for (size_t i = 0; i < count; i++) {
        int e;
        if (factors[i] != 0) {
            frexp(factors[i], &e);
            if (e > exponent) exponent = e;
        }
    }
    *shift = 30 - exponent < 1 ? 1 : 30 - exponent > 50 ? 50 : 30 - exponent;
    int32_t *out = cn__arena_array(arena, count, sizeof *out);
    for (size_t i = 0; i < count && out; i++) out[i] = (int32_t)lrint(ldexp(factors[i], *shift));
    return out;
}

/* The kernel, a row an output, and the unit of its sums; a bias that would not fit makes the unit greater. */
static cn_status quantise_kernel(cn__q_program *q, cn__q_step *s, const cn__op *op, double *units)
{
    cn__arena *arena = &q->p->arena;
    const size_t in = cn__c_depth(op), out = op->cols;
    if (in > 1 << 16)
        return cn__fail(CN_ERROR_ARGUMENT, "layer %s has %zu inputs; int8 sums of 32 bits hold at most %d",
                        op->layer->name, in, 1 << 16);
    real *w = cn__arena_array(arena, in * out, sizeof *w);
    s->kernel = cn__arena_array(arena, in * out, 1);
    s->bias = cn__arena_array(arena, out, sizeof *s->bias);
    if (!w || !s->kernel || !s->bias) return CN_ERROR_MEMORY;
    cn__variable_gather(op->variable[0], op->variable[0]->value, w);
    for (size_t o = 0; o < out; o++) {
        double most = 0, bias = op->variable[1] ? op->variable[1]->value[o] : 0;
        for (size_t i = 0; i < in; i++) most = fmax(most, fabs(w[i * out + o]));
        double unit = most > 0 ? most / 127 : 1;
        unit = fmax(unit, fabs(bias) / (s->from.unit * 0x1p30));
        int64_t sum = 0;
        for (size_t i = 0; i < in; i++) {
            long v = lrint(w[i * out + o] / unit);
            s->kernel[o * in + i] = (int8_t)v;
            sum += v;
        }
        units[o] = unit * s->from.unit;
        s->bias[o] = (int32_t)(lrint(bias / units[o]) - s->from.zero * sum);
    }
    q->p->weight_bytes += in * out + out * sizeof *s->bias;
    return CN_OK;
}

static cn_status make_dense(cn__q_program *q, cn__q_step *s, const cn__op *op)
{
    const size_t out = op->cols;
    double *units = cn__arena_array(&q->p->arena, out, sizeof *units);
    if (!units) return CN_ERROR_MEMORY;
    CN_TRY(quantise_kernel(q, s, op, units));
    q->p->weight_bytes += out * 4;
    if (s->kind == CN_Q_DENSE_LAST) {
        s->unit = cn__arena_array(&q->p->arena, out, sizeof *s->unit);
        for (size_t o = 0; o < out && s->unit; o++) s->unit[o] = (float)units[o];
        return s->unit ? CN_OK : CN_ERROR_MEMORY;
    }
    for (size_t o = 0; o < out; o++) units[o] /= s->to.unit;
    s->multiplier = multipliers(&q->p->arena, units, out, &s->shift);
    return s->multiplier ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status make_scale(cn__q_program *q, cn__q_step *s, const cn__op *op)
{
    const size_t cols = op->cols;
    cn__arena *arena = &q->p->arena;
    real *scale = cn__arena_array(arena, 2 * cols, sizeof *scale);
    double *factors = cn__arena_array(arena, cols, sizeof *factors);
    s->add = cn__arena_array(arena, cols, sizeof *s->add);
    if (!scale || !factors || !s->add) return CN_ERROR_MEMORY;
    cn__c_batchnorm_scales(op, scale, scale + cols);
    for (size_t c = 0; c < cols; c++) factors[c] = (double)scale[c] * s->from.unit / s->to.unit;
    s->multiplier = multipliers(arena, factors, cols, &s->shift);
    if (!s->multiplier) return CN_ERROR_MEMORY;
    for (size_t c = 0; c < cols; c++) {
        double add = ((double)scale[cols + c] - (double)op->variable[2]->value[c] * scale[c]) / s->to.unit;
        add = fmax(fmin(add, 1024), -1024); /* beyond that the output is cut off anyway */
        s->add[c] = llrint(ldexp(add, s->shift)) - (int64_t)s->from.zero * s->multiplier[c];
    }
    q->p->weight_bytes += cols * (sizeof *s->multiplier + sizeof *s->add);
    return CN_OK;
}

static cn_status make_table(cn__q_program *q, cn__q_step *s, const cn__op *op)
{
    real x[256];
    s->table = cn__arena_array(&q->p->arena, 256, 1);
    if (!s->table) return CN_ERROR_MEMORY;
    for (int i = 0; i < 256; i++) x[i] = (real)(i - 128 - s->from.zero) * s->from.unit;
    cn__kernels_get()->activate((const cn__activation *)op->args, x, x, 256);
    for (int i = 0; i < 256; i++) {
        double v = fmax(fmin(rint((double)x[i] / s->to.unit), 512), -512) + s->to.zero;
        s->table[i] = (int8_t)fmax(fmin(v, 127), -128);
    }
    q->p->weight_bytes += 256;
    return CN_OK;
}

/* ---- steps -------------------------------------------------------------------------------------------------- */

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

static cn__q_kind kind_of(const cn__op *op, bool to_float)
{
    if (op->kind == &cn__op_dense) return to_float ? CN_Q_DENSE_LAST : CN_Q_DENSE;
    return op->kind == &cn__op_batch_normalization ? CN_Q_SCALE : CN_Q_TABLE;
}

static cn_status finish_step(cn__q_program *q, cn__q_step *s)
{
    const cn__op *op = q->p->steps[s->op].op;
    switch (s->kind) {
    case CN_Q_DENSE:
    case CN_Q_DENSE_LAST: return make_dense(q, s, op);
    case CN_Q_SCALE: return make_scale(q, s, op);
    case CN_Q_TABLE: return make_table(q, s, op);
    default: return CN_OK;
    }
}

/* Where the numbers stand between two steps. */
typedef struct cursor {
    bool in_float, high;
    cn__q_range range;
    size_t size, offset;
} cursor;

static cn__q_step *add(cn__q_program *q, cn__q_kind kind, size_t op, const cursor *at)
{
    cn__q_step *s = &q->steps[q->count++];
    *s = (cn__q_step){.kind = kind, .op = op, .from = at->range, .offset = at->offset};
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

static void into_numbers(cn__q_program *q, cn__q_step *s, cursor *at, size_t size, bool last)
{
    s->last = last;
    if (!last && size > q->numbers) q->numbers = size;
    at->in_float = true;
}

static void settle(cn__q_program *q)
{
    for (size_t i = 0; i < q->count; i++) {
        cn__q_step *s = &q->steps[i];
        if (s->offset > SIZE_MAX / 2) s->offset = q->bytes - (SIZE_MAX - s->offset);
        if (s->to_offset > SIZE_MAX / 2) s->to_offset = q->bytes - (SIZE_MAX - s->to_offset);
    }
}

/* One operation; returns how many of the program's steps it took (a relu behind it may come along). */
static size_t lower(cn__q_program *q, size_t i, size_t last_dense, const span *spans, cursor *at)
{
    const cn__c_program *p = q->p;
    const cn__op *op = p->steps[i].op;
    if (i > last_dense || needs_float(op)) {
        const bool last = i > last_dense;
        if (!at->in_float) into_numbers(q, add(q, CN_Q_DEQUANTISE, i, at), at, cn__c_in_size(op), last);
        add(q, CN_Q_FLOAT, i, at)->last = last;
        return 1;
    }
    if (at->in_float) into_bytes(q, add(q, CN_Q_QUANTISE, i, at), at, cn__c_in_size(op), range_of(spans[i]));
    const bool to_float = i == last_dense || (i + 1 < p->count && needs_float(p->steps[i + 1].op));
    cn__q_step *s = add(q, kind_of(op, to_float), i, at);
    if (to_float && op->kind == &cn__op_dense) {
        into_numbers(q, s, at, op->size, i == last_dense);
        return 1;
    }
    const size_t taken = i + 1 < last_dense && is_cut(p->steps[i + 1].op) ? 2 : 1;
    into_bytes(q, s, at, op->size, range_of(spans[i + taken]));
    return taken;
}

cn_status cn__q_make(cn__q_program *q, cn__c_program *p, const cn_array *x)
{
    *q = (cn__q_program){.p = p};
    size_t last_dense = p->count;
    for (size_t i = 0; i < p->count; i++)
        if (p->steps[i].op->kind == &cn__op_dense) last_dense = i;
    if (!p->is_line)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "int8 is for networks whose layers follow each other; %s is a graph", p->model->name);
    if (last_dense == p->count)
        return cn__fail(CN_ERROR_ARGUMENT, "int8 is for networks with a dense layer; %s has none",
                        p->model->name);
    span *spans = cn__arena_array(&p->arena, p->count + 1, sizeof *spans);
    q->steps = cn__arena_array(&p->arena, 3 * p->count + 1, sizeof *q->steps);
    if (!spans || !q->steps) return CN_ERROR_MEMORY;
    CN_TRY(measure(p, x, spans));
    for (size_t i = 0; i <= p->count; i++)
        if (!isfinite(spans[i].least) || !isfinite(spans[i].most))
            return cn__fail(CN_ERROR_NUMERIC, "the calibration data drives the network to infinity");
    cursor at = {.in_float = true, .high = true};
    into_bytes(q, add(q, CN_Q_QUANTISE, 0, &at), &at, cn__c_in_size(p->steps[0].op), range_of(spans[0]));
    for (size_t i = 0; i < p->count;) i += lower(q, i, last_dense, spans, &at);
    settle(q);
    for (size_t i = 0; i < q->count; i++) CN_TRY(finish_step(q, &q->steps[i]));
    return CN_OK;
}
