/* The area under the ROC or the precision-recall curve, from counts at thresholds (the latter by Davis and Goadrich
 * 2006, section 4). Every label that is not 0 is positive. */
#include <stdlib.h>
#include <string.h>

#include "base/dmath.h"
#include "nn/metrics/confusion.h"

static const char *const curves[] = {"ROC", "PR", NULL};
static const char *const methods[] = {"interpolation", "minoring", "majoring", NULL};

typedef struct config {
    cn__metric_options options;
    int64_t num_thresholds, num_labels;
    const char *curve, *summation_method;
    cn__floats thresholds, label_weights;
    bool multi_label, from_logits;
    size_t count, labels; /* of thresholds; of areas: 1, or one a column */
    real *edges;          /* (count - 2), ascending, where they were given */
} config;

static const cn__param params[] = {{.name = "num_thresholds",
                                    .type = CN_PARAM_INT,
                                    .offset = offsetof(config, num_thresholds),
                                    .fallback = "200",
                                    .low = 2,
                                    .high = 1e6},
                                   {.name = "curve",
                                    .type = CN_PARAM_WORD,
                                    .offset = offsetof(config, curve),
                                    .fallback = "ROC",
                                    .words = curves},
                                   {.name = "summation_method",
                                    .type = CN_PARAM_WORD,
                                    .offset = offsetof(config, summation_method),
                                    .fallback = "interpolation",
                                    .words = methods},
                                   CN_METRIC_COMMON,
                                   {.name = "thresholds",
                                    .type = CN_PARAM_FLOATS,
                                    .offset = offsetof(config, thresholds),
                                    .fallback = "none",
                                    .low = 0,
                                    .high = 1},
                                   {.name = "multi_label",
                                    .type = CN_PARAM_BOOL,
                                    .offset = offsetof(config, multi_label),
                                    .fallback = "false"},
                                   {.name = "num_labels",
                                    .type = CN_PARAM_MAYBE_INT,
                                    .offset = offsetof(config, num_labels),
                                    .fallback = "none"},
                                   {.name = "label_weights",
                                    .type = CN_PARAM_FLOATS,
                                    .offset = offsetof(config, label_weights),
                                    .fallback = "none"},
                                   {.name = "from_logits",
                                    .type = CN_PARAM_BOOL,
                                    .offset = offsetof(config, from_logits),
                                    .fallback = "false"}};

/* ---- counts ------------------------------------------------------------------------------------------------ */

/* State: for each label, (count) weights of positives and (count) of negatives, by the last threshold that a prediction
 * is over. The first lies under 0, so that there always is one; the last over 1. */
static double *positives(const cn__metric *m, size_t label)
{
    return m->state + 2 * label * ((const config *)m->config)->count;
}

/* Thresholds that are spread evenly are computed; others are looked for. */
static size_t place_of(const config *c, real p)
{
    if (c->edges) {
        size_t i = 0;
        while (i < c->count - 2 && p > c->edges[i]) i++;
        return i;
    }
    p = p < 0 ? 0 : p > 1 ? 1 : p;
    const double place = ceil((double)(p * (real)(c->count - 1))) - 1;
    return place > 0 ? (size_t)place : 0;
}

static void update(cn__metric *m, const cn__metric_batch *b)
{
    const config *c = m->config;
    for (size_t i = 0; i < b->rows * b->cols; i++) {
        const size_t col = i % b->cols;
        const real p = c->from_logits ? 1 / (1 + (real)cn__exp(-(double)b->pred[i])) : b->pred[i];
        double w = cn__row_weight(b, i / b->cols), *cell = positives(m, c->multi_label ? col : 0);
        if (!c->multi_label && c->label_weights.count) w *= c->label_weights.items[col];
        cell[place_of(c, p) + (b->target[i] != 0 ? 0 : c->count)] += w;
    }
}

/* ---- areas --------------------------------------------------------------------------------------------------- */

typedef struct counts {
    double tp, fp, tn, fn;
} counts;

static double pr_piece(const counts *a, const counts *b)
{
    const double dtp = a->tp - b->tp, pa = a->tp + a->fp, pb = b->tp + b->fp, dp = pa - pb > 0 ? pa - pb : 0;
    const double slope = cn__ratio(dtp, dp), intercept = b->tp - slope * pb,
                 r = pa > 0 && pb > 0 ? pa / pb : 1;
    return cn__ratio(slope * (dtp + intercept * cn__log(r)), b->tp + b->fn);
}

/* Between two neighbouring thresholds. */
static double piece(const config *c, const counts *a, const counts *b)
{
    const bool pr = c->curve == curves[1], interpolate = c->summation_method == methods[0],
               least = c->summation_method == methods[1];
    if (pr && interpolate) return pr_piece(a, b);
    const double ra = cn__ratio(a->tp, a->tp + a->fn), rb = cn__ratio(b->tp, b->tp + b->fn);
    const double xa = pr ? ra : cn__ratio(a->fp, a->fp + a->tn),
                 xb = pr ? rb : cn__ratio(b->fp, b->fp + b->tn);
    const double ya = pr ? cn__ratio(a->tp, a->tp + a->fp) : ra,
                 yb = pr ? cn__ratio(b->tp, b->tp + b->fp) : rb;
    return (xa - xb) * (interpolate ? (ya + yb) / 2 : least ? fmin(ya, yb) : fmax(ya, yb));
}

static double area(const cn__metric *m, size_t label)
{
    const config *c = m->config;
    const double *positive = positives(m, label), *negative = positive + c->count;
    double sum = 0, all = 0, none = 0;
    counts over = {0}; /* the threshold above */
    for (size_t i = 0; i < c->count; i++) all += positive[i], none += negative[i];
    over.fn = all, over.tn = none;
    for (size_t i = c->count; i-- > 0;) {
        counts at = {.tp = over.tp + positive[i], .fp = over.fp + negative[i]};
        at.fn = all - at.tp, at.tn = none - at.fp;
        if (i + 1 < c->count) sum += piece(c, &at, &over);
        over = at;
    }
    return sum;
}

static double result(const cn__metric *m, size_t unused)
{
    (void)unused;
    const config *c = m->config;
    double sum = 0, weights = 0;
    for (size_t i = 0; i < c->labels; i++) {
        const double w = c->multi_label && c->label_weights.count ? c->label_weights.items[i] : 1;
        sum += w * area(m, i);
        weights += w;
    }
    return cn__ratio(sum, weights);
}

/* ---- preparation ---------------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    const real x = *(const real *)a, y = *(const real *)b;
    return (x > y) - (x < y);
}

static cn_status take_thresholds(cn__arena *arena, config *c)
{
    c->count = (size_t)c->num_thresholds;
    if (!c->thresholds.count) return CN_OK;
    c->count = c->thresholds.count + 2;
    c->edges = cn__arena_array(arena, c->thresholds.count, sizeof *c->edges);
    if (!c->edges) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < c->thresholds.count; i++) c->edges[i] = (real)c->thresholds.items[i];
    qsort(c->edges, c->thresholds.count, sizeof *c->edges, by_value);
    return CN_OK;
}

static cn_status prepare(cn__arena *arena, cn__metric *m)
{
    config *c = m->config;
    CN_TRY(cn__metric_needs_same_shape(m));
    if (c->label_weights.count && c->label_weights.count != m->cols)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "label_weights has %zu numbers, expected one for each of %zu outputs",
                        c->label_weights.count, m->cols);
    if (c->num_labels != INT64_MIN && c->num_labels != 0 &&
        (!c->multi_label || (uint64_t)c->num_labels != m->cols))
        return cn__fail(CN_ERROR_ARGUMENT, "num_labels = %lld, expected none or, with multi_label, %zu",
                        (long long)c->num_labels, m->cols);
    CN_TRY(take_thresholds(arena, c));
    c->labels = c->multi_label ? m->cols : 1;
    return cn__metric_alloc(arena, m, 2 * c->count * c->labels);
}

extern const cn__metric_class cn__metric_auc;
const cn__metric_class cn__metric_auc = {
    .kind = {.name = "auc", .class_name = "AUC", CN_PARAMS(params), .config_size = sizeof(config)},
    .numbered = true,
    .better = CN_BETTER_MORE,
    .prepare = prepare,
    .update = update,
    .result = result};
