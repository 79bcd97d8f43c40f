/* F-beta, (1 + b²) P R / (b² P + R) of each class; a prediction is positive where it is the row's largest, or over the
 * threshold. */
#include <string.h>

#include "nn/metrics/confusion.h"

static const double epsilon = 1e-7;

enum { NONE, MICRO, MACRO, WEIGHTED };
static const char *const averages[] = {"none", "micro", "macro", "weighted", NULL};

typedef struct config {
    cn__metric_options options;
    const char *average;
    double beta, threshold; /* NAN: none */
    int averaging;
    cn__confusion counts; /* by class; tn holds the weight of the class */
} config;

#define AVERAGE                                                                                              \
    {                                                                                                        \
        .name = "average", .type = CN_PARAM_WORD, .offset = offsetof(config, average), .fallback = "none",   \
        .words = averages                                                                                    \
    }
#define THRESHOLD                                                                                            \
    {                                                                                                        \
        .name = "threshold", .type = CN_PARAM_MAYBE_FLOAT, .offset = offsetof(config, threshold),            \
        .fallback = "none", .low = 1e-300, .high = 1                                                         \
    }
static const cn__param f1_params[] = {AVERAGE, THRESHOLD, CN_METRIC_COMMON};
static const cn__param fbeta_params[] = {AVERAGE,
                                         {.name = "beta",
                                          .type = CN_PARAM_FLOAT,
                                          .offset = offsetof(config, beta),
                                          .fallback = "1.0",
                                          .low = 1e-300,
                                          .high = 1e300},
                                         THRESHOLD,
                                         CN_METRIC_COMMON};

static void update(cn__metric *m, const cn__metric_batch *b)
{
    const config *c = m->config;
    const cn__confusion *n = &c->counts;
    for (size_t r = 0; r < b->rows; r++) {
        const real *p = b->pred + r * b->cols, *t = b->target + r * b->cols, most = p[cn__argmax(p, b->cols)];
        const double w = cn__row_weight(b, r);
        for (size_t i = 0; i < b->cols; i++) {
            const bool positive =
                isnan(c->threshold) ? p[i] >= most && fabs((double)p[i]) > 1e-9 : p[i] > (real)c->threshold;
            const size_t cell = c->averaging == MICRO ? 0 : i;
            const double target = (double)t[i];
            n->tp[cell] += positive ? w * target : 0;
            n->fp[cell] += positive ? w * (1 - target) : 0;
            n->fn[cell] += positive ? 0 : w * target;
            n->tn[cell] += w * target;
        }
    }
}

static double score(const config *c, size_t i)
{
    const cn__confusion *n = &c->counts;
    const double p = n->tp[i] / (n->tp[i] + n->fp[i] + epsilon),
                 r = n->tp[i] / (n->tp[i] + n->fn[i] + epsilon), b2 = c->beta * c->beta;
    return (1 + b2) * p * r / (b2 * p + r + epsilon);
}

static double result(const cn__metric *m, size_t i)
{
    const config *c = m->config;
    if (c->averaging == NONE || c->averaging == MICRO) return score(c, i);
    double sum = 0, weights = 0;
    for (size_t k = 0; k < c->counts.count; k++) {
        const double w = c->averaging == WEIGHTED ? c->counts.tn[k] : 1;
        sum += w * score(c, k);
        weights += w;
    }
    return sum / (c->averaging == WEIGHTED ? weights + epsilon : weights);
}

static size_t values(const cn__metric *m)
{
    const config *c = m->config;
    return c->averaging == NONE ? c->counts.count : 1;
}

static cn_status prepare(cn__arena *arena, cn__metric *m)
{
    config *c = m->config;
    CN_TRY(cn__metric_needs_same_shape(m));
    for (int i = 0; c->average && averages[i]; i++)
        if (strcmp(c->average, averages[i]) == 0) c->averaging = i;
    if (c->beta == 0) c->beta = 1;
    return cn__confusion_new(arena, m, c->averaging == MICRO ? 1 : m->cols, &c->counts);
}

extern const cn__metric_class cn__metric_f1_score, cn__metric_fbeta_score;
const cn__metric_class cn__metric_f1_score = {.kind = {.name = "f1_score",
                                                       .class_name = "F1Score",
                                                       .aliases = {"f1"},
                                                       CN_PARAMS(f1_params),
                                                       .config_size = sizeof(config)},
                                              .better = CN_BETTER_MORE,
                                              .prepare = prepare,
                                              .update = update,
                                              .result = result,
                                              .values = values};
const cn__metric_class cn__metric_fbeta_score = {.kind = {.name = "fbeta_score",
                                                          .class_name = "FBetaScore",
                                                          CN_PARAMS(fbeta_params),
                                                          .config_size = sizeof(config)},
                                                 .instance = "fbeta_score",
                                                 .better = CN_BETTER_MORE,
                                                 .prepare = prepare,
                                                 .update = update,
                                                 .result = result,
                                                 .values = values};
