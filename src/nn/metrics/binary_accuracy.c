/* How many predictions lie on the target's side of the threshold, over all columns. */
#include "nn/metrics/metric_class.h"

typedef struct config {
    cn__metric_options options;
    double threshold;
} config;

static const cn__param params[] = {
    CN_METRIC_COMMON,
    {.name = "threshold", .type = CN_PARAM_FLOAT, .offset = offsetof(config, threshold), .fallback = "0.5"}};

static void update(cn__metric *m, const cn__metric_batch *b)
{
    const real threshold = (real)((const config *)m->config)->threshold;
    for (size_t r = 0; r < b->rows; r++) {
        size_t right = 0;
        for (size_t c = 0; c < b->cols; c++)
            right += (real)(b->pred[r * b->cols + c] > threshold) == b->target[r * b->cols + c];
        const double w = cn__row_weight(b, r);
        m->sum += w * (double)right / (double)b->cols;
        m->count += w;
    }
}

static cn_status prepare(cn__arena *arena, cn__metric *m)
{
    (void)arena;
    return cn__metric_needs_same_shape(m);
}

extern const cn__metric_class cn__metric_binary_accuracy;
const cn__metric_class cn__metric_binary_accuracy = {.kind = {.name = "binary_accuracy",
                                                              .class_name = "BinaryAccuracy",
                                                              CN_PARAMS(params),
                                                              .config_size = sizeof(config)},
                                                     .better = CN_BETTER_MORE,
                                                     .prepare = prepare,
                                                     .update = update,
                                                     .result = cn__metric_mean};
