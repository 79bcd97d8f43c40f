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

/* A kernel's weights (out, fan), in units of the input's channels, and bias; the batch normalisation behind it is multiplied in. */
typedef struct product {
    size_t fan, out;
    double *weight, *bias;
} product;

/* Where a kernel has the weight of input i of output o, and the channel that it reads. */
typedef struct weight_place {
    size_t index, channel;
} weight_place;

static weight_place place_of(const cn__q_step *s, const cn__op *op, size_t o, size_t i)
{
    const cn__variable *v = op->variable[0];
    if (s->kind == CN_Q_DENSE || s->kind == CN_Q_DENSE_LAST) return (weight_place){i * v->cols + o, i};
    const cn__conv *g = &((const cn__conv_args *)op->args)->geometry;
    if (s->kind == CN_Q_TRANSPOSED) /* (taps, outputs, inputs) */
        return (weight_place){(i / g->oc * g->c + o) * g->oc + i % g->oc, i % g->oc};
    const size_t in = g->c / g->groups, out = g->oc / g->groups;
    return (weight_place){i * v->cols + o, o / out * in + i % in};
}

static cn_status gather(cn__arena *arena, const cn__q_step *s, const cn__op *op, product *out)
{
    const cn__op *folded = s->folded;
    const size_t cols = op->cols, fan = cn__variable_size(op->variable[0]) / cols;
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
        for (size_t i = 0; i < fan; i++) {
            const weight_place at = place_of(s, op, o, i);
            out->weight[o * fan + i] =
                (double)w[at.index] * factor * cn__q_unit(&s->from[0]->range, at.channel);
        }
        out->bias[o] = ((op->variable[1] ? (double)op->variable[1]->value[o] : 0) - mean) * factor + shift;
    }
    return CN_OK;
}

/* An output's weights and bias, and the unit of its sums; a bias that would not fit makes the unit greater. */
static double quantise_output(cn__q_step *s, const cn__op *op, const product *k, size_t o)
{
    const double *weight = k->weight + o * k->fan;
    double most = 0;
    for (size_t i = 0; i < k->fan; i++) most = fmax(most, fabs(weight[i]));
    const double unit =
        fmax(most > 0 ? most / 127 : (double)s->from[0]->range.unit, fabs(k->bias[o]) / 0x1p30);
    int64_t sum = 0;
    double lost = 0; /* of the mean of its sums by the rounding of weights (arXiv:1906.04721, section 4.2) */
    for (size_t i = 0; i < k->fan; i++) {
        const long v = lrint(weight[i] / unit);
        const size_t channel = place_of(s, op, o, i).channel;
        s->kernel[o * k->fan + i] = (int8_t)v;
        sum += v;
        lost += (weight[i] - (double)v * unit) * s->from[0]->mean[channel % s->from[0]->channels] /
                cn__q_unit(&s->from[0]->range, channel);
    }
    if (s->kind == CN_Q_TRANSPOSED) sum = 0; /* not all outputs meet all taps: its loop takes the zero off */
    s->bias[o] = (int32_t)(lrint((k->bias[o] + lost) / unit) - s->from[0]->range.zero * sum);
    return unit;
}

static cn_status quantise_kernel(cn__q_program *q, cn__q_step *s, const cn__op *op, double *units)
{
    enum { MOST_INPUTS = 1 << 16 };
    cn__arena *arena = &q->p->arena;
    product k;
    const size_t fan = cn__variable_size(op->variable[0]) / op->cols;
    if (fan > MOST_INPUTS)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "an output of layer %s has %zu inputs; int8 sums of 32 bits hold at most %d",
                        op->layer->name, fan, MOST_INPUTS);
    CN_TRY(gather(arena, s, op, &k));
    s->kernel = cn__arena_array(arena, k.fan * k.out, 1);
    s->bias = cn__arena_array(arena, k.out, sizeof *s->bias);
    if (!s->kernel || !s->bias) return CN_ERROR_MEMORY;
    for (size_t o = 0; o < k.out; o++) units[o] = quantise_output(s, op, &k, o);
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
    for (size_t o = 0; o < out; o++) units[o] /= cn__q_unit(&s->to->range, o);
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
        factors[i] = (double)s->from[0]->range.unit / ((double)s->to->range.unit * (double)(s->least + i));
    s->multiplier = multipliers(&q->p->arena, factors, s->counts, &s->shift);
    q->p->weight_bytes += s->counts * sizeof *s->multiplier;
    return s->multiplier ? CN_OK : CN_ERROR_MEMORY;
}

/* y = x · scale + shift by column, of a batch normalisation; of a rescaling by column or alike for all. */
typedef struct columns {
    size_t count;
    double *scale, *shift;
} columns;

static cn_status find_columns(cn__arena *arena, const cn__op *op, columns *out)
{
    const cn__rescaling_args *rescaling = op->kind == &cn__op_rescaling ? op->args : NULL;
    const size_t count = out->count = rescaling ? rescaling->count : op->cols;
    real *scale = cn__arena_array(arena, 2 * count, sizeof *scale);
    out->scale = cn__arena_array(arena, 2 * count, sizeof *out->scale);
    if (!scale || !out->scale) return CN_ERROR_MEMORY;
    out->shift = out->scale + count;
    for (size_t c = 0; rescaling && c < count; c++) {
        out->scale[c] = (double)rescaling->scale[c];
        out->shift[c] = (double)rescaling->offset[c];
    }
    if (rescaling) return CN_OK;
    cn__c_batchnorm_scales(op, scale, scale + count);
    for (size_t c = 0; c < count; c++) {
        out->scale[c] = (double)scale[c];
        out->shift[c] = (double)scale[count + c] - (double)op->variable[2]->value[c] * (double)scale[c];
    }
    return CN_OK;
}

static cn_status make_scale(cn__q_program *q, cn__q_step *s, const cn__op *op)
{
    cn__arena *arena = &q->p->arena;
    const cn__q_range *from = &s->from[0]->range, *to = &s->to->range;
    columns k;
    CN_TRY(find_columns(arena, op, &k));
    double *factors = cn__arena_array(arena, k.count, sizeof *factors);
    s->add = cn__arena_array(arena, k.count, sizeof *s->add);
    s->counts = k.count;
    if (!factors || !s->add) return CN_ERROR_MEMORY;
    for (size_t c = 0; c < k.count; c++) factors[c] = k.scale[c] * cn__q_unit(from, c) / cn__q_unit(to, c);
    s->multiplier = multipliers(arena, factors, k.count, &s->shift);
    if (!s->multiplier) return CN_ERROR_MEMORY;
    for (size_t c = 0; c < k.count; c++) {
        double add = k.shift[c] / cn__q_unit(to, c);
        add = fmax(fmin(add, 1024), -1024); /* beyond that the output is cut off anyway */
        s->add[c] = llrint(ldexp(add, s->shift)) - (int64_t)from->zero * s->multiplier[c];
    }
    q->p->weight_bytes += k.count * (sizeof *s->multiplier + sizeof *s->add);
    return CN_OK;
}

static cn_status make_table(cn__q_program *q, cn__q_step *s, const cn__op *op)
{
    const cn__q_range *from = &s->from[0]->range, *to = &s->to->range;
    real x[256];
    s->table = cn__arena_array(&q->p->arena, 256, 1);
    if (!s->table) return CN_ERROR_MEMORY;
    for (int i = 0; i < 256; i++) x[i] = (real)(i - 128 - from->zero) * (real)from->unit;
    cn__kernels_get()->activate((const cn__activation *)op->args, x, x, 256);
    for (int i = 0; i < 256; i++) {
        double v = fmax(fmin(rint((double)x[i] / (double)to->unit), 512), -512) + to->zero;
        s->table[i] = (int8_t)fmax(fmin(v, 127), -128);
    }
    q->p->weight_bytes += 256;
    return CN_OK;
}

/* A multiplier for each input, from its unit to that of the output. */
static cn_status make_merge(cn__q_program *q, cn__q_step *s, const cn__op *op)
{
    const cn__merge_args *a = op->kind == &cn__op_merge ? op->args : NULL;
    const bool multiplies = a && a->how == CN_COMBINE_MULTIPLY;
    double *factors = cn__arena_array(&q->p->arena, s->inputs, sizeof *factors);
    if (!factors) return CN_ERROR_MEMORY;
    for (size_t k = 0; k < s->inputs; k++) {
        factors[k] = (double)s->from[k]->range.unit / (double)s->to->range.unit;
        if (multiplies) factors[k] *= (double)s->from[1 - k]->range.unit;
        if (a && a->mean) factors[k] /= (double)s->inputs;
        if (a && a->how == CN_COMBINE_SUBTRACT && k) factors[k] = -factors[k];
    }
    s->multiplier = multipliers(&q->p->arena, factors, s->inputs, &s->shift);
    q->p->weight_bytes += s->inputs * sizeof *s->multiplier;
    return s->multiplier ? CN_OK : CN_ERROR_MEMORY;
}

cn_status cn__q_make_numbers(cn__q_program *q, cn__q_step *s)
{
    const cn__op *op = q->p->steps[s->op].op;
    switch (s->kind) {
    case CN_Q_DENSE:
    case CN_Q_DENSE_LAST:
    case CN_Q_CONVOLUTION:
    case CN_Q_TRANSPOSED: return make_product(q, s, op);
    case CN_Q_AVERAGE_POOL: return make_average(q, s, op);
    case CN_Q_SCALE: return make_scale(q, s, op);
    case CN_Q_TABLE: return make_table(q, s, op);
    case CN_Q_MERGE:
    case CN_Q_CONCATENATE: return make_merge(q, s, op);
    default: return CN_OK;
    }
}
