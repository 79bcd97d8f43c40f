/* Precision and recall, and the four counts that they are made of, at one threshold or several. */
#include "nn/metrics/confusion.h"

typedef struct config {
    cn__metric_options options;
    cn__floats thresholds;
    int64_t top_k, class_id; /* INT64_MIN: none */
    /* made when the shapes are known */
    real *edges;
    cn__confusion counts;
} config;

#define THRESHOLDS                                                                                           \
    {                                                                                                        \
        .name = "thresholds", .type = CN_PARAM_FLOATS, .offset = offsetof(config, thresholds),               \
        .fallback = "none", .low = 0, .high = 1, .expected = "numbers from 0 to 1"                           \
    }
static const cn__param params[] = {THRESHOLDS,
                                   {.name = "top_k",
                                    .type = CN_PARAM_MAYBE_INT,
                                    .offset = offsetof(config, top_k),
                                    .fallback = "none",
                                    .low = 1,
                                    .high = 1e15},
                                   {.name = "class_id",
                                    .type = CN_PARAM_MAYBE_INT,
                                    .offset = offsetof(config, class_id),
                                    .fallback = "none"},
                                   CN_METRIC_COMMON};
static const cn__param count_params[] = {THRESHOLDS, CN_METRIC_COMMON};

/* Is column c among the k largest of the row? The first of equals come first. */
static bool in_top(const real *p, size_t cols, size_t c, int64_t k)
{
    int64_t before = 0;
    for (size_t i = 0; i < cols; i++) before += p[i] > p[c] || (p[i] == p[c] && i < c);
    return before < k;
}

static void update(cn__metric *m, const cn__metric_batch *b)
{
    const config *c = m->config;
    const cn__confusion *n = &c->counts;
    const bool top = c->top_k != INT64_MIN;
    for (size_t r = 0; r < b->rows; r++)
        for (size_t i = 0; i < b->cols; i++) {
            if (c->class_id != INT64_MIN && (int64_t)i != c->class_id) continue;
            const real *row = b->pred + r * b->cols;
            const bool label = b->target[r * b->cols + i] != 0,
                       kept = !top || in_top(row, b->cols, i, c->top_k);
            const double w = cn__row_weight(b, r);
            for (size_t t = 0; t < n->count; t++) {
                const bool positive = kept && (c->edges[t] == -INFINITY || row[i] > c->edges[t]);
                double *cell = label ? positive ? n->tp : n->fn : positive ? n->fp : n->tn;
                cell[t] += w;
            }
        }
}

static cn_status prepare(cn__arena *arena, cn__metric *m)
{
    config *c = m->config;
    const size_t n = c->thresholds.count ? c->thresholds.count : 1;
    CN_TRY(cn__metric_needs_same_shape(m));
    CN_TRY(cn__check_class_id(m, c->class_id));
    CN_TRY(cn__confusion_new(arena, m, n, &c->counts));
    c->edges = cn__arena_array(arena, n, sizeof(real));
    if (!c->edges) return CN_ERROR_MEMORY;
    c->edges[0] = c->top_k != INT64_MIN ? (real)-INFINITY : (real)0.5;
    for (size_t i = 0; i < c->thresholds.count; i++) c->edges[i] = (real)c->thresholds.items[i];
    return CN_OK;
}

static cn_status count_prepare(cn__arena *arena, cn__metric *m)
{
    config *c = m->config;
    c->top_k = c->class_id = INT64_MIN;
    return prepare(arena, m);
}

static const cn__confusion *counts(const cn__metric *m) { return &((const config *)m->config)->counts; }
static size_t values(const cn__metric *m) { return counts(m)->count; }
static double precision(const cn__metric *m, size_t i) { return cn__precision_of(counts(m), i); }
static double recall(const cn__metric *m, size_t i) { return cn__recall_of(counts(m), i); }
static double true_positives(const cn__metric *m, size_t i) { return counts(m)->tp[i]; }
static double false_positives(const cn__metric *m, size_t i) { return counts(m)->fp[i]; }
static double true_negatives(const cn__metric *m, size_t i) { return counts(m)->tn[i]; }
static double false_negatives(const cn__metric *m, size_t i) { return counts(m)->fn[i]; }

#define CLASS(name_, class_, params_, better_, prepare_)                                                     \
    extern const cn__metric_class cn__metric_##name_;                                                        \
    const cn__metric_class cn__metric_##name_ = {                                                            \
        .kind = {.name = #name_, .class_name = class_, CN_PARAMS(params_), .config_size = sizeof(config)},   \
        .numbered = true,                                                                                    \
        .better = better_,                                                                                   \
        .prepare = prepare_,                                                                                 \
        .update = update,                                                                                    \
        .result = name_,                                                                                     \
        .values = values}

CLASS(precision, "Precision", params, CN_BETTER_MORE, prepare);
CLASS(recall, "Recall", params, CN_BETTER_MORE, prepare);
CLASS(true_positives, "TruePositives", count_params, CN_BETTER_MORE, count_prepare);
CLASS(false_positives, "FalsePositives", count_params, CN_BETTER_LESS, count_prepare);
CLASS(true_negatives, "TrueNegatives", count_params, CN_BETTER_MORE, count_prepare);
CLASS(false_negatives, "FalseNegatives", count_params, CN_BETTER_LESS, count_prepare);
