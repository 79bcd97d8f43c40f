/* The best sensitivity where the specificity is at least what was asked for, and its three siblings: the largest value
 * of one of a pair over evenly spread thresholds, among those at which the other is large enough. */
#include "nn/metrics/confusion.h"

typedef struct config {
    cn__metric_options options;
    double least;
    int64_t num_thresholds, class_id; /* INT64_MIN: none */
    cn__confusion counts;             /* by place; summed up in the result */
} config;

#define AT_PARAMS(least_)                                                                                    \
    {                                                                                                        \
        {.name = least_, .type = CN_PARAM_FLOAT, .offset = offsetof(config, least), .low = 0, .high = 1},    \
            {.name = "num_thresholds",                                                                       \
             .type = CN_PARAM_INT,                                                                           \
             .offset = offsetof(config, num_thresholds),                                                     \
             .fallback = "200",                                                                              \
             .low = 1,                                                                                       \
             .high = 1e6},                                                                                   \
            {.name = "class_id",                                                                             \
             .type = CN_PARAM_MAYBE_INT,                                                                     \
             .offset = offsetof(config, class_id),                                                           \
             .fallback = "none"},                                                                            \
            CN_METRIC_COMMON                                                                                 \
    }

/* Threshold i of n is i / (n - 1), a single one 0.5; how many of the thresholds is p over? */
static size_t place_of(real p, size_t n)
{
    if (n == 1) return p > (real)0.5;
    p = p < 0 ? 0 : p > 1 ? 1 : p;
    return (size_t)ceil((double)(p * (real)(n - 1)));
}

/* tp and fp hold what is over exactly i + 1 thresholds; fn and tn what is over none, and there only cell 0 is used. */
static void update(cn__metric *m, const cn__metric_batch *b)
{
    const config *c = m->config;
    const cn__confusion *n = &c->counts;
    for (size_t r = 0; r < b->rows; r++)
        for (size_t i = 0; i < b->cols; i++) {
            if (c->class_id != INT64_MIN && (int64_t)i != c->class_id) continue;
            const bool label = b->target[r * b->cols + i] != 0;
            const size_t over = place_of(b->pred[r * b->cols + i], n->count);
            double *cell = over ? (label ? n->tp : n->fp) + over - 1 : label ? n->fn : n->tn;
            *cell += cn__row_weight(b, r);
        }
}

static cn_status prepare(cn__arena *arena, cn__metric *m)
{
    config *c = m->config;
    CN_TRY(cn__metric_needs_same_shape(m));
    CN_TRY(cn__check_class_id(m, c->class_id));
    return cn__confusion_new(arena, m, (size_t)c->num_thresholds, &c->counts);
}

typedef struct rates {
    double sensitivity, specificity, precision; /* sensitivity is recall */
} rates;

static rates rates_at(const cn__confusion *n, size_t threshold)
{
    double tp = 0, fp = 0, fn = n->fn[0], tn = n->tn[0];
    for (size_t i = 0; i < n->count; i++) {
        *(i >= threshold ? &tp : &fn) += n->tp[i];
        *(i >= threshold ? &fp : &tn) += n->fp[i];
    }
    return (rates){cn__ratio(tp, tp + fn), cn__ratio(tn, tn + fp), cn__ratio(tp, tp + fp)};
}

/* The pair: the value at offset `wanted` of rates, where the one at offset `bound` is large enough. */
static double best(const cn__metric *m, size_t wanted, size_t bound)
{
    const config *c = m->config;
    double most = 0;
    for (size_t i = 0; i < c->counts.count; i++) {
        const rates r = rates_at(&c->counts, i);
        const double value = *(const double *)((const char *)&r + wanted);
        if ((real) * (const double *)((const char *)&r + bound) >= (real)c->least && value > most)
            most = value;
    }
    return most;
}

#define CLASS(name_, class_, wanted_, bound_, argument_)                                                     \
    static double name_(const cn__metric *m, size_t i)                                                       \
    {                                                                                                        \
        (void)i;                                                                                             \
        return best(m, offsetof(rates, wanted_), offsetof(rates, bound_));                                   \
    }                                                                                                        \
    static const cn__param name_##_params[] = AT_PARAMS(argument_);                                          \
    extern const cn__metric_class cn__metric_##name_;                                                        \
    const cn__metric_class cn__metric_##name_ = {.kind = {.name = #name_,                                    \
                                                          .class_name = class_,                              \
                                                          CN_PARAMS(name_##_params),                         \
                                                          .config_size = sizeof(config)},                    \
                                                 .numbered = true,                                           \
                                                 .better = CN_BETTER_MORE,                                   \
                                                 .prepare = prepare,                                         \
                                                 .update = update,                                           \
                                                 .result = name_}

CLASS(sensitivity_at_specificity, "SensitivityAtSpecificity", sensitivity, specificity, "specificity");
CLASS(specificity_at_sensitivity, "SpecificityAtSensitivity", specificity, sensitivity, "sensitivity");
CLASS(precision_at_recall, "PrecisionAtRecall", precision, sensitivity, "recall");
CLASS(recall_at_precision, "RecallAtPrecision", sensitivity, precision, "precision");
