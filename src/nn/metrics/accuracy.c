/* Accuracy, how many predictions equal their targets; the words "accuracy" and "crossentropy" mean what fits the
 * shapes: one output is binary, labels are sparse, else a row is compared by its largest entry. */
#include "nn/metrics/metric_class.h"

static void update(cn__metric *m, const cn__metric_batch *b)
{
    for (size_t r = 0; r < b->rows; r++) {
        size_t right = 0;
        for (size_t c = 0; c < b->cols; c++) right += b->pred[r * b->cols + c] == b->target[r * b->cols + c];
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

static const char *accuracy_of(size_t cols, size_t target_cols)
{
    if (cols == 1) return "binary_accuracy";
    return target_cols == 1 ? "sparse_categorical_accuracy" : "categorical_accuracy";
}

static const char *crossentropy_of(size_t cols, size_t target_cols)
{
    if (cols == 1) return "binary_crossentropy";
    return target_cols == 1 ? "sparse_categorical_crossentropy" : "categorical_crossentropy";
}

static const cn__param params[] = {CN_METRIC_COMMON};

extern const cn__metric_class cn__metric_accuracy, cn__metric_crossentropy;
const cn__metric_class cn__metric_accuracy = {.kind = {.name = "accuracy",
                                                       .class_name = "Accuracy",
                                                       .aliases = {"acc"},
                                                       CN_PARAMS(params),
                                                       .config_size = sizeof(cn__metric_options)},
                                              .better = CN_BETTER_MORE,
                                              .by_shape = accuracy_of,
                                              .keras_word = true,
                                              .prepare = prepare,
                                              .update = update,
                                              .result = cn__metric_mean};
const cn__metric_class cn__metric_crossentropy = {
    .kind = {.name = "crossentropy", .class_name = "crossentropy", .aliases = {"ce"}},
    .better = CN_BETTER_LESS,
    .by_shape = crossentropy_of};
