/* What each value reaches over calibration data, by the library's own kernels in float32, and the scales that follow from it.
 *
 * A value's zero is where its least one is -128, and so all 8 bits are used; images and relu have it at -128 itself. Channels that
 * reach different sizes have units of their own where all that reads them can take these into its weights: Nagel et al.,
 * arXiv:1906.04721, section 4.1 (there for relu alone, here for whatever is computed channel by channel). A depthwise convolution
 * reads one channel for each output, so that its inputs may have the finest units; where a sum goes over channels, weights of
 * channels with small units become small themselves, and the geometric mean with the unit of the whole tensor divides the loss
 * between the two. */
#include <math.h>
#include <string.h>

#include "formats/c/int8.h"
#include "model/plan/plan.h"
#include "nn/ops.h"

bool cn__q_keeps_range(cn__q_kind kind)
{
    return kind == CN_Q_MAX_POOL || kind == CN_Q_BORDER || kind == CN_Q_NEAREST || kind == CN_Q_BILINEAR ||
           kind == CN_Q_PERMUTE;
}

/* ---- measuring ---------------------------------------------------------------------------------------------- */

/* Of each channel. */
typedef struct span {
    float *least, *most; /* (channels); zero lies between them */
    double *sum;
} span;

static void widen(const span *s, size_t channels, const real *x, size_t n, bool sums)
{
    for (size_t i = 0; i < n; i++) {
        const size_t c = i % channels;
        if (x[i] < s->least[c]) s->least[c] = (float)x[i];
        if (x[i] > s->most[c]) s->most[c] = (float)x[i];
        if (sums) s->sum[c] += (double)x[i];
    }
}

/* Samples at a time: the network's values stay within some megabytes. */
static size_t chunk_of(const cn__q_program *q)
{
    enum { MOST = 256, VALUES = 1 << 22 };
    size_t all = 0;
    for (size_t i = 0; i <= q->p->count; i++) all += q->values[i].size;
    const size_t fits = VALUES / all;
    return fits < 1 ? 1 : fits > MOST ? MOST : fits;
}

/* `count` samples, which values[0] has, through the network. */
static cn_status measure_chunk(const cn__q_program *q, real *const *values, size_t count, const span *spans,
                               bool sums)
{
    widen(&spans[0], q->values[0].channels, values[0], count * q->values[0].size, sums);
    for (size_t i = 0; i < q->p->count; i++) {
        const cn__c_step *step = &q->p->steps[i];
        cn__arena arena = {0};
        const real **from = cn__arena_array(&arena, step->op->inputs + 1, sizeof *from);
        for (size_t k = 0; from && k < step->op->inputs; k++) from[k] = values[step->reads[k]];
        const cn_status status =
            from ? cn__op_compute(step->op, from, values[i + 1], count) : CN_ERROR_MEMORY;
        cn__arena_free(&arena);
        CN_TRY(status);
        widen(&spans[i + 1], q->values[i + 1].channels, values[i + 1], count * step->op->size, sums);
    }
    return CN_OK;
}

static cn_status measure(const cn__q_program *q, const cn_array *x, const span *spans)
{
    cn__arena arena = {0};
    const size_t in = cn_array_sample_size(x), chunk = chunk_of(q);
    real **values = cn__arena_array(&arena, q->p->count + 1, sizeof *values);
    cn_status status = values ? CN_OK : CN_ERROR_MEMORY;
    for (size_t i = 0; i <= q->p->count && status == CN_OK; i++) {
        values[i] = cn__arena_array(&arena, chunk * q->values[i].size + CN_LANES, sizeof **values);
        if (!values[i]) status = CN_ERROR_MEMORY;
    }
    for (size_t n = 0, count; n < x->shape[0] && status == CN_OK; n += count) {
        const bool sums = n < CN_Q_MEAN_SAMPLES;
        const size_t end = sums && x->shape[0] > CN_Q_MEAN_SAMPLES ? CN_Q_MEAN_SAMPLES : x->shape[0];
        count = end - n < chunk ? end - n : chunk;
        memcpy(values[0], (const float *)x->data + n * in, count * in * sizeof **values);
        status = measure_chunk(q, values, count, spans, sums);
    }
    cn__arena_free(&arena);
    return status;
}

static cn_status new_spans(cn__q_program *q, span **out)
{
    cn__arena *arena = &q->p->arena;
    span *spans = *out = cn__arena_array(arena, q->p->count + 1, sizeof *spans);
    for (size_t i = 0; spans && i <= q->p->count; i++) {
        spans[i].least = cn__arena_array(arena, q->values[i].channels, sizeof(float));
        spans[i].most = cn__arena_array(arena, q->values[i].channels, sizeof(float));
        spans[i].sum = cn__arena_array(arena, q->values[i].channels, sizeof(double));
        if (!spans[i].least || !spans[i].most || !spans[i].sum) return CN_ERROR_MEMORY;
    }
    return spans ? CN_OK : CN_ERROR_MEMORY;
}

/* ---- a range ------------------------------------------------------------------------------------------------ */

/* Below it a range is nothing but zeros. */
#define LEAST 1e-30

/* The unit by which -128 to 127 hold both ends. */
static double unit_for(double least, double most, int32_t zero)
{
    const double above = 127 - zero, below = zero + 128;
    return fmax(most > 0 ? most / above : 0, least < 0 ? -least / below : 0);
}

static cn__q_range range_of(const span *s, size_t channels)
{
    double least = 0, most = 0;
    for (size_t c = 0; c < channels; c++) {
        least = fmin(least, (double)s->least[c]);
        most = fmax(most, (double)s->most[c]);
    }
    int32_t zero = -128;
    if (least < 0) {
        zero = (int32_t)lrint(-128 - least * 255 / fmax(most - least, LEAST));
        zero = zero > 126 ? 126 : zero < -127 ? -127 : zero;
    }
    const double unit = unit_for(least, most, zero);
    return (cn__q_range){.unit = unit > LEAST ? (float)unit : 1, .zero = zero};
}

/* ---- units of channels -------------------------------------------------------------------------------------- */

static const cn__op *op_of(const cn__q_program *q, const cn__q_step *s) { return q->p->steps[s->op].op; }

static bool is_depthwise(const cn__op *op)
{
    const cn__conv *g = &((const cn__conv_args *)op->args)->geometry;
    return g->groups == g->c;
}

typedef enum aware {
    ALIKE,
    SUMMED,
    APART
} aware; /* one unit for all; weights of a sum take them; outputs do not mix them */

static aware worst(aware a, aware b) { return a < b ? a : b; }

static aware readers_of(const cn__q_program *q, const cn__q_value *v, size_t channels);

/* How a step that reads channels may find them. */
static aware reader(const cn__q_program *q, const cn__q_step *s, size_t channels)
{
    const cn__op *op = op_of(q, s);
    switch (s->kind) {
    case CN_Q_DENSE:
    case CN_Q_DENSE_LAST: return cn__c_depth(op) % channels == 0 ? SUMMED : ALIKE;
    case CN_Q_CONVOLUTION:
        if (cn__shape_last(&op->in_shape[0]) != channels) return ALIKE;
        return is_depthwise(op) ? APART : SUMMED;
    case CN_Q_TRANSPOSED: return cn__shape_last(&op->in_shape[0]) == channels ? SUMMED : ALIKE;
    case CN_Q_SCALE: return op->kind == &cn__op_batch_normalization && op->cols == channels ? APART : ALIKE;
    case CN_Q_MAX_POOL:
    case CN_Q_AVERAGE_POOL:
    case CN_Q_BORDER:
    case CN_Q_NEAREST:
    case CN_Q_BILINEAR:
        return cn__shape_last(&op->in_shape[0]) == channels && op->cols == channels
                   ? readers_of(q, s->to, channels)
                   : ALIKE;
    case CN_Q_DEQUANTISE: return ALIKE;
    default: return ALIKE;
    }
}

static aware readers_of(const cn__q_program *q, const cn__q_value *v, size_t channels)
{
    aware all = APART;
    for (size_t i = v->first + 1; i <= v->last && all != ALIKE; i++)
        for (size_t k = 0; k < q->steps[i].inputs; k++)
            if (q->steps[i].from[k] == v) all = worst(all, reader(q, &q->steps[i], channels));
    return all;
}

/* No channel's unit is smaller than that part of the whole tensor's: what hardly ever is not zero says little of its size. */
#define FINEST (1.0 / 256)

static cn_status give_units(cn__q_program *q, const cn__q_step *s, const span *reached)
{
    cn__q_value *v = s->to;
    const bool by_output = s->kind == CN_Q_DENSE || s->kind == CN_Q_CONVOLUTION ||
                           s->kind == CN_Q_TRANSPOSED ||
                           (s->kind == CN_Q_SCALE && op_of(q, s)->kind == &cn__op_batch_normalization);
    const aware how = by_output && v->channels > 1 ? readers_of(q, v, v->channels) : ALIKE;
    if (how == ALIKE) return CN_OK;
    float *units = cn__arena_array(&q->p->arena, v->channels, sizeof *units);
    if (!units) return CN_ERROR_MEMORY;
    for (size_t c = 0; c < v->channels; c++) {
        const double all = (double)v->range.unit,
                     own = fmax(unit_for((double)reached->least[c], (double)reached->most[c], v->range.zero),
                                all * FINEST);
        units[c] = (float)(how == APART ? own : sqrt(own * all));
    }
    v->range.units = units, v->range.channels = v->channels;
    return CN_OK;
}

/* An average has the units of what it is made of, all made smaller alike until the first of its channels uses all 8 bits. */
static cn_status give_average_units(cn__q_program *q, const cn__q_step *s, const span *reached)
{
    const cn__q_range *from = &s->from[0]->range;
    cn__q_value *v = s->to;
    double factor = 0;
    if (!from->units) return CN_OK;
    float *units = cn__arena_array(&q->p->arena, v->channels, sizeof *units);
    if (!units) return CN_ERROR_MEMORY;
    for (size_t c = 0; c < v->channels; c++)
        factor = fmax(factor, unit_for((double)reached->least[c], (double)reached->most[c], v->range.zero) /
                                  cn__q_unit(from, c));
    if (factor < LEAST) factor = 1;
    for (size_t c = 0; c < v->channels; c++) units[c] = (float)(cn__q_unit(from, c) * factor);
    v->range = (cn__q_range){
        .unit = (float)(from->unit * factor), .zero = v->range.zero, .units = units, .channels = v->channels};
    return CN_OK;
}

static cn_status choose(cn__q_program *q, const span *spans)
{
    for (size_t i = 0; i < q->count; i++) {
        const cn__q_step *s = &q->steps[i];
        cn__q_value *v = s->to;
        if (cn__q_keeps_range(s->kind)) {
            v->range = s->from[0]->range;
        } else if (!v->in_float && s->kind != CN_Q_DEQUANTISE && s->kind != CN_Q_FLOAT) {
            v->range = range_of(&spans[v->number], v->channels);
            CN_TRY(s->kind == CN_Q_AVERAGE_POOL ? give_average_units(q, s, &spans[v->number])
                                                : give_units(q, s, &spans[v->number]));
        }
    }
    return CN_OK;
}

cn_status cn__q_choose_ranges(cn__q_program *q, const cn_array *x)
{
    span *spans;
    CN_TRY(new_spans(q, &spans));
    CN_TRY(measure(q, x, spans));
    for (size_t i = 0; i <= q->p->count; i++) {
        const size_t samples = x->shape[0] < CN_Q_MEAN_SAMPLES ? x->shape[0] : CN_Q_MEAN_SAMPLES;
        const double elements = (double)samples * (double)(q->values[i].size / q->values[i].channels);
        for (size_t c = 0; c < q->values[i].channels; c++) spans[i].sum[c] /= elements;
        q->values[i].mean = spans[i].sum;
    }
    for (size_t i = 0; i <= q->p->count; i++)
        for (size_t c = 0; c < q->values[i].channels; c++)
            if (!isfinite(spans[i].least[c]) || !isfinite(spans[i].most[c]))
                return cn__fail(CN_ERROR_NUMERIC, "the calibration data drives the network to infinity");
    return choose(q, spans);
}
