/* R², 1 - Σ e² / (Σ t² - (Σ t)² / n) of each column, and their mean; adjusted for a number of regressors. */
#include <string.h>

#include "nn/metrics/metric_class.h"

static const char *const aggregations[] = {"uniform_average", "variance_weighted_average", "none", NULL};

typedef struct config {
    cn__metric_options options;
    const char *class_aggregation;
    int64_t num_regressors;
} config;

static const cn__param params[] = {{.name = "class_aggregation",
                                    .type = CN_PARAM_WORD,
                                    .offset = offsetof(config, class_aggregation),
                                    .fallback = "uniform_average",
                                    .words = aggregations},
                                   {.name = "num_regressors",
                                    .type = CN_PARAM_INT,
                                    .offset = offsetof(config, num_regressors),
                                    .fallback = "0",
                                    .low = 0,
                                    .high = 1e15},
                                   CN_METRIC_COMMON};

/* State: (cols) of each of these; then the number of targets seen. */
enum { SUM, SQUARES, ERRORS, WEIGHTS, SUMS };

static void update(cn__metric *m, const cn__metric_batch *b)
{
    for (size_t i = 0; i < b->rows * b->cols; i++) {
        double *s = m->state + SUMS * (i % b->cols);
        const double w = cn__row_weight(b, i / b->cols), t = (double)b->target[i], e = t - (double)b->pred[i];
        s[SUM] += w * t, s[SQUARES] += w * t * t, s[ERRORS] += w * e * e, s[WEIGHTS] += w;
    }
    m->state[SUMS * m->cols] += (double)(b->rows * b->cols);
}

static double spread(const double *s) { return s[SQUARES] - s[SUM] * s[SUM] / s[WEIGHTS]; }

/* A column without spread and with errors counts as 0, and so does one of which nothing was seen. */
static double column(const double *s)
{
    if (s[WEIGHTS] == 0) return 0;
    const double score = 1 - s[ERRORS] / spread(s);
    return isinf(score) ? 0 : score;
}

static bool by_column(const config *c)
{
    return !c->class_aggregation || c->class_aggregation == aggregations[2];
}

static double raw(const cn__metric *m, size_t i)
{
    const config *c = m->config;
    double sum = 0, weights = 0;
    if (by_column(c)) return column(m->state + SUMS * i);
    for (size_t k = 0; k < m->cols; k++) {
        const double *s = m->state + SUMS * k, w = c->class_aggregation == aggregations[1] ? spread(s) : 1;
        sum += w * column(s);
        weights += w;
    }
    return m->state[SUMS * m->cols] > 0 ? sum / weights : 0;
}

static double result(const cn__metric *m, size_t i)
{
    const double score = raw(m, i), n = m->state[SUMS * m->cols],
                 p = (double)((const config *)m->config)->num_regressors;
    return p == 0 || p >= n - 1 ? score : 1 - (1 - score) * (n - 1) / (n - p - 1);
}

static size_t values(const cn__metric *m) { return by_column(m->config) ? m->cols : 1; }

static cn_status prepare(cn__arena *arena, cn__metric *m)
{
    CN_TRY(cn__metric_needs_same_shape(m));
    return cn__metric_alloc(arena, m, SUMS * m->cols + 1);
}

extern const cn__metric_class cn__metric_r2_score;
const cn__metric_class cn__metric_r2_score = {.kind = {.name = "r2_score",
                                                       .class_name = "R2Score",
                                                       .aliases = {"r2"},
                                                       CN_PARAMS(params),
                                                       .config_size = sizeof(config)},
                                              .better = CN_BETTER_MORE,
                                              .prepare = prepare,
                                              .update = update,
                                              .result = result,
                                              .values = values};
