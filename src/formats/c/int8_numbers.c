/* The whole numbers of an int8 network's steps: kernels, biases, multipliers, tables. */
#include <math.h>

#include "formats/c/int8.h"
#include "nn/ops.h"

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

/* ---- products --------------------------------------------------------------------------------------------- */

/* A kernel's weights (fan, out) and bias, with the batch normalisation behind it multiplied in. */
typedef struct product {
    size_t fan, out;
    double *weight, *bias;
} product;

static cn_status gather(cn__arena *arena, const cn__op *op, const cn__op *folded, product *out)
{
    const size_t fan = op->variable[0]->rows, cols = op->cols;
    real *w = cn__arena_array(arena, fan * cols, sizeof *w),
         *scale = cn__arena_array(arena, 2 * cols, sizeof *scale);
    *out = (product){.fan = fan, .out = cols};
    out->weight = cn__arena_array(arena, fan * cols, sizeof *out->weight);
    out->bias = cn__arena_array(arena, cols, sizeof *out->bias);
    if (!w || !scale || !out->weight || !out->bias) return CN_ERROR_MEMORY;
    cn__variable_gather(op->variable[0], op->variable[0]->value, w);
    if (folded) cn__c_batchnorm_scales(folded, scale, scale + cols);
    for (size_t o = 0; o < cols; o++) {
        const double factor = folded ? (double)scale[o] : 1,
                     mean = folded ? (double)folded->variable[2]->value[o] : 0,
                     shift = folded ? (double)scale[cols + o] : 0;
        for (size_t i = 0; i < fan; i++) out->weight[i * cols + o] = (double)w[i * cols + o] * factor;
        out->bias[o] = ((op->variable[1] ? (double)op->variable[1]->value[o] : 0) - mean) * factor + shift;
    }
    return CN_OK;
}

/* The kernel, a row an output, and the unit of its sums; a bias that would not fit makes the unit greater. */
static cn_status quantise_kernel(cn__q_program *q, cn__q_step *s, const cn__op *op, double *units)
{
    enum { MOST_INPUTS = 1 << 16 };
    cn__arena *arena = &q->p->arena;
    product k;
    if (op->variable[0]->rows > MOST_INPUTS)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "an output of layer %s has %zu inputs; int8 sums of 32 bits hold at most %d",
                        op->layer->name, op->variable[0]->rows, MOST_INPUTS);
    CN_TRY(gather(arena, op, s->folded, &k));
    s->kernel = cn__arena_array(arena, k.fan * k.out, 1);
    s->bias = cn__arena_array(arena, k.out, sizeof *s->bias);
    if (!s->kernel || !s->bias) return CN_ERROR_MEMORY;
    for (size_t o = 0; o < k.out; o++) {
        double most = 0;
        for (size_t i = 0; i < k.fan; i++) most = fmax(most, fabs(k.weight[i * k.out + o]));
        double unit = most > 0 ? most / 127 : 1;
        unit = fmax(unit, fabs(k.bias[o]) / (s->from.unit * 0x1p30));
        int64_t sum = 0;
        for (size_t i = 0; i < k.fan; i++) {
            const long v = lrint(k.weight[i * k.out + o] / unit);
            s->kernel[o * k.fan + i] = (int8_t)v;
            sum += v;
        }
        units[o] = unit * s->from.unit;
        s->bias[o] = (int32_t)(lrint(k.bias[o] / units[o]) - s->from.zero * sum);
    }
    q->p->weight_bytes += k.fan * k.out + k.out * sizeof *s->bias;
    return CN_OK;
}

static cn_status make_product(cn__q_program *q, cn__q_step *s, const cn__op *op)
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

/* ---- the others ------------------------------------------------------------------------------------------- */

/* Inputs of a window that lie on an axis of the image, at least: it holds fewer at the edges where there is padding. */
static size_t least_met(size_t outputs, size_t stride, size_t taps, size_t before, size_t inputs)
{
    size_t least = taps;
    for (size_t o = 0; o < outputs; o++) {
        size_t met = 0;
        for (size_t k = 0; k < taps; k++) met += o * stride + k >= before && o * stride + k - before < inputs;
        if (met < least) least = met;
    }
    return least;
}

/* A multiplier for each number of inputs that a window may hold, from the least on. */
static cn_status make_average(cn__q_program *q, cn__q_step *s, const cn__op *op)
{
    const cn__conv *g = &((const cn__pool_args *)op->args)->geometry;
    s->least = least_met(g->oh, g->sy, g->kh, g->top, g->h) * least_met(g->ow, g->sx, g->kw, g->left, g->w);
    s->counts = g->kh * g->kw - s->least + 1;
    double *factors = cn__arena_array(&q->p->arena, s->counts, sizeof *factors);
    if (!factors) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < s->counts; i++)
        factors[i] = (double)s->from.unit / ((double)s->to.unit * (double)(s->least + i));
    s->multiplier = multipliers(&q->p->arena, factors, s->counts, &s->shift);
    q->p->weight_bytes += s->counts * sizeof *s->multiplier;
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

cn_status cn__q_make_numbers(cn__q_program *q, cn__q_step *s)
{
    const cn__op *op = q->p->steps[s->op].op;
    switch (s->kind) {
    case CN_Q_DENSE:
    case CN_Q_DENSE_LAST:
    case CN_Q_CONVOLUTION: return make_product(q, s, op);
    case CN_Q_AVERAGE_POOL: return make_average(q, s, op);
    case CN_Q_SCALE: return make_scale(q, s, op);
    case CN_Q_TABLE: return make_table(q, s, op);
    default: return CN_OK;
    }
}
