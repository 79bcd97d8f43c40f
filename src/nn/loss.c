/* Losses by name; how their rows are computed and summed up to the loss of a batch. */
#include "nn/loss.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text/text.h"
#include "nn/loss_class.h"

extern const cn__registry cn__k_losses_scalar;
#ifdef CN_HAVE_ISA_AVX2
extern const cn__registry cn__k_losses_avx2;
#endif
#ifdef CN_HAVE_ISA_AVX512
extern const cn__registry cn__k_losses_avx512;
#endif
#ifdef CN_HAVE_ISA_NEON
extern const cn__registry cn__k_losses_neon;
#endif

const cn__registry *cn__losses_named(const char *isa)
{
#ifdef CN_HAVE_ISA_AVX512
    if (strcmp(isa, "avx512") == 0) return &cn__k_losses_avx512;
#endif
#ifdef CN_HAVE_ISA_AVX2
    if (strcmp(isa, "avx2") == 0) return &cn__k_losses_avx2;
#endif
#ifdef CN_HAVE_ISA_NEON
    if (strcmp(isa, "neon") == 0) return &cn__k_losses_neon;
#endif
    return strcmp(isa, "scalar") == 0 ? &cn__k_losses_scalar : NULL;
}

const cn__registry *cn__losses(void) { return cn__losses_named(cn__kernels_get()->isa); }

static const cn__loss_options *options_of(const cn__loss *loss) { return loss->config; }

/* Without it a mean over the batch. */
static bool reduced_by(const cn__loss *loss, const char *reduction)
{
    const char *given = options_of(loss)->reduction;
    return strcmp(given ? given : "none", reduction) == 0;
}

/* One value for the whole batch: unless an axis says otherwise. */
static bool is_whole(const cn__loss *loss) { return loss->kind->whole && !options_of(loss)->axes.count; }

static bool ignores(const cn__loss *loss)
{
    return loss->kind->sparse && options_of(loss)->ignore_class != INT64_MIN;
}

cn_status cn__loss_parse(cn__arena *arena, const cn__value *value, cn__loss *out)
{
    const cn__kind *kind;
    void *config;
    CN_TRY(cn__registry_read(arena, cn__losses(), value, &kind, &config));
    *out = (cn__loss){.kind = (const cn__loss_class *)kind, .name = kind->name, .config = config};
    return CN_OK;
}

/* The axes that it goes over, as they were given; empty: the last, or all. */
static cn__ints axes_of(const cn__loss *loss)
{
    const cn__loss_options *o = options_of(loss);
    for (size_t i = 0; i < loss->kind->kind.param_count; i++) {
        const cn__param *p = &loss->kind->kind.params[i];
        if (strcmp(p->name, "axis") == 0 && p->type == CN_PARAM_INT) return (cn__ints){&o->axis, 1};
    }
    return o->axes;
}

/* From 0; -1 where it is none of a sample. */
static int place(int64_t axis, int rank)
{
    const int64_t at = axis < 0 ? axis + rank : axis - 1;
    return at >= 0 && at < rank ? (int)at : -1;
}

cn_status cn__loss_check(const cn__loss *loss, int rank)
{
    const cn__ints axes = axes_of(loss);
    const int most = rank ? rank : 1;
    bool seen[CN_MAX_RANK] = {false};
    for (size_t i = 0; i < axes.count; i++) {
        const int at = place(axes.items[i], most);
        const bool last_only = loss->kind->sparse && at != most - 1;
        if (at < 0 || seen[at] || last_only)
            return cn__fail(
                CN_ERROR_ARGUMENT, "loss %s: axis = %lld, expected %s", loss->name, (long long)axes.items[i],
                last_only ? "the last one (-1)" : "axes of a sample, from 1 or from -1, each once");
        seen[at] = true;
    }
    return CN_OK;
}

bool cn__loss_rearranges(const cn__loss *loss, const cn__shape *sample)
{
    const cn__ints axes = axes_of(loss);
    if (!axes.count || sample->rank < 2) return false;
    return axes.count > 1 || place(axes.items[0], sample->rank) != sample->rank - 1;
}

size_t cn__loss_scratch(const cn__loss *loss, const cn__shape *sample, size_t samples)
{
    return cn__loss_rearranges(loss, sample) ? 5 * (samples * cn__shape_size(sample) + CN_LANES) : 0;
}

/* ---- a function of the caller's own --------------------------------------------------------------------------- */

/* A failed one leaves no gradient. */
static void compute_of_caller(const cn__loss_rows *l)
{
    const cn__caller_loss *f = l->loss->caller;
    double value = NAN;
    const size_t size = l->rows * l->cols;
    const cn_status status = f->compute(f->user, l, &value);
    if (status != CN_OK && l->failure) {
        l->failure->status = status;
        snprintf(l->failure->message, sizeof l->failure->message, "%s", cn_error());
    }
    for (size_t i = 0; l->dpred && i < size; i++)
        l->dpred[i] = status == CN_OK ? l->dpred[i] * (real)l->factor : 0;
    for (size_t r = 0; l->value && r < l->rows; r++) l->value[r] = (real)value;
}

static const cn__loss_class caller_class = {
    .kind = {.name = "function", .class_name = "function"}, .of_batch = true, .compute = compute_of_caller};
static const cn__loss_options caller_options = {.axis = -1, .reduction = "sum_over_batch_size"};

cn__loss cn__loss_of_caller(const cn__caller_loss *function, const char *name)
{
    return (cn__loss){.kind = &caller_class, .name = name, .config = &caller_options, .caller = function};
}

bool cn__loss_is_sparse(const cn__loss *loss) { return loss->kind->sparse; }

bool cn__loss_is_of_batch(const cn__loss *loss)
{
    return loss->kind->of_batch || is_whole(loss) || ignores(loss) || reduced_by(loss, "sum") ||
           reduced_by(loss, "mean_with_sample_weight");
}

bool cn__loss_needs_batch(const cn__loss *loss) { return loss->kind->of_batch || is_whole(loss); }

bool cn__loss_ignores(const cn__loss *loss, double label)
{
    return ignores(loss) && label == (double)options_of(loss)->ignore_class;
}

const char *cn__loss_for_labels(const cn__loss *loss) { return loss->kind->for_labels; }

/* Keras keeps the logits behind softmax and sigmoid with the predictions, and every cross-entropy then takes
 * them, whichever of the two it was. */
bool cn__loss_reads_logits(const cn__loss *loss, cn__act act)
{
    return loss->kind->logits && (act == CN_ACT_SOFTMAX || act == CN_ACT_SIGMOID);
}

/* ---- a batch ------------------------------------------------------------------------------------------------ */

static double sum_of_weights(const cn__loss_rows *l)
{
    double sum = 0;
    for (size_t r = 0; r < l->rows; r++) sum += l->weight ? (double)l->weight[r] : 1;
    return sum;
}

static size_t rows_that_count(const cn__loss_rows *l)
{
    const cn__loss_options *o = options_of(l->loss);
    size_t n = 0;
    for (size_t r = 0; r < l->rows; r++) n += l->target[r] != (real)o->ignore_class;
    return n;
}

/* What a row's weighted value is multiplied by to be its part of the batch's loss. */
static real scale_of(const cn__loss_rows *l)
{
    const cn__loss *loss = l->loss;
    const real mean = 1 / (real)l->rows;
    if (is_whole(loss) && !l->weight) return mean; /* one value, whatever the reduction */
    if (reduced_by(loss, "sum") || reduced_by(loss, "none")) return 1;
    if (reduced_by(loss, "mean_with_sample_weight")) {
        const double weights = sum_of_weights(l);
        return weights != 0 ? (real)(1 / weights) : 0;
    }
    return ignores(loss) ? 1 / ((real)rows_that_count(l) + (real)1e-7) : mean;
}

/* ---- over other axes ----------------------------------------------------------------------------------------- */

/* Where the elements of a sample stand: those of its axes side by side, row after row. */
typedef struct places {
    size_t rows, cols, size;
    int rank, order[CN_MAX_RANK]; /* the others, then the axes */
    size_t dim[CN_MAX_RANK], stride[CN_MAX_RANK];
} places;

static places find_places(const cn__loss_rows *l)
{
    const cn__ints axes = axes_of(l->loss);
    const cn__shape *shape = l->sample;
    places p = {.rows = 1, .cols = 1, .size = cn__shape_size(shape), .rank = shape->rank};
    bool along[CN_MAX_RANK] = {false};
    int n = 0;
    for (size_t i = 0; i < axes.count; i++) along[place(axes.items[i], shape->rank)] = true;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < shape->rank; i++) {
            if (along[i] != (pass == 1)) continue;
            p.order[n] = i, p.dim[n] = shape->dim[i], p.stride[n] = 1;
            for (int behind = i + 1; behind < shape->rank; behind++) p.stride[n] *= shape->dim[behind];
            if (pass) p.cols *= shape->dim[i];
            else p.rows *= shape->dim[i];
            n++;
        }
    return p;
}

/* One sample into its rows, or with `back` out of them. */
static void move_sample(const places *p, bool back, const real *from, real *to)
{
    size_t index[CN_MAX_RANK] = {0}, at = 0;
    for (size_t e = 0; e < p->size; e++) {
        if (back) to[at] = from[e];
        else to[e] = from[at];
        for (int axis = p->rank - 1; axis >= 0; axis--) {
            at += p->stride[axis];
            if (++index[axis] < p->dim[axis]) break;
            at -= p->dim[axis] * p->stride[axis];
            index[axis] = 0;
        }
    }
}

/* What the rows of a sample as they are get of its values: their mean, or with a plain sum all of them in equal parts. */
static void spread_values(const cn__loss_rows *l, const places *p, const real *values, size_t samples)
{
    const size_t each = l->rows / samples;
    const bool sums = reduced_by(l->loss, "sum");
    for (size_t n = 0; l->value && n < samples; n++) {
        double sum = 0;
        for (size_t r = 0; r < p->rows; r++) sum += (double)values[n * p->rows + r];
        const real mine = (real)(sum / (double)(sums ? each : p->rows));
        for (size_t r = 0; r < each; r++) l->value[n * each + r] = mine;
    }
}

/* Weights are one a sample. */
static void compute_rearranged(const cn__loss_rows *l)
{
    const places p = find_places(l);
    const size_t samples = l->rows * l->cols / p.size, span = samples * p.size + CN_LANES;
    real *pred = l->scratch, *target = pred + span, *d = target + span, *value = d + span,
         *weight = value + span;
    for (size_t n = 0; n < samples; n++) {
        move_sample(&p, false, l->pred + n * p.size, pred + n * p.size);
        move_sample(&p, false, l->target + n * p.size, target + n * p.size);
        for (size_t r = 0; r < p.rows; r++)
            weight[n * p.rows + r] = l->weight ? l->weight[n * (l->rows / samples)] : 1;
    }
    cn__loss_rows m = *l;
    m.sample = NULL;
    m.classes = l->cols;
    m.rows = m.last = samples * p.rows, m.first = 0, m.cols = p.cols;
    m.pred = pred, m.target = target, m.value = value, m.dpred = l->dpred ? d : NULL;
    m.weight = l->weight ? weight : NULL;
    cn__loss_compute(&m);
    for (size_t n = 0; l->dpred && n < samples; n++)
        move_sample(&p, true, d + n * p.size, l->dpred + n * p.size);
    spread_values(l, &p, value, samples);
}

void cn__loss_compute(const cn__loss_rows *rows)
{
    cn__loss_rows l = *rows;
    if (l.sample && cn__loss_rearranges(l.loss, l.sample)) {
        compute_rearranged(&l);
        return;
    }
    l.scale = scale_of(l.batch ? l.batch : &l) * (real)l.factor;
    l.loss->kind->compute(&l);
}

/* Without a reduction Keras's gradients are those of the sum, but it shows the mean. */
double cn__loss_sum(const cn__loss_rows *l, size_t samples)
{
    double sum = 0;
    if (l->loss->caller) return (double)l->value[0] * (double)samples;
    for (size_t r = 0; r < l->rows; r++)
        sum += (double)l->value[r] * (l->weight ? (double)l->weight[r] : 1.0);
    const bool mean =
        !(reduced_by(l->loss, "sum") || reduced_by(l->loss, "mean_with_sample_weight")) && !ignores(l->loss);
    if (mean || (is_whole(l->loss) && !l->weight)) return sum / (double)(l->rows / samples);
    return sum * (double)scale_of(l) * (double)samples;
}
