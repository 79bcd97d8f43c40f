/* Intersection over union, tp / (tp + fp + fn) of each class, averaged over the classes that occur: IoU and MeanIoU of
 * labels, OneHotIoU and OneHotMeanIoU of rows, BinaryIoU of what is at or over a threshold. */
#include "nn/metrics/metric_class.h"

static const double epsilon = 1e-7;

typedef struct config {
    cn__metric_options options;
    int64_t num_classes, ignore_class, axis;
    cn__ints target_class_ids; /* none: all of them */
    double threshold;
    bool sparse_y_true, sparse_y_pred;
    bool binary;
} config;

#define P(field, type_, ...)                                                                                 \
    {                                                                                                        \
        .name = #field, .type = type_, .offset = offsetof(config, field), __VA_ARGS__                        \
    }
#define NUM_CLASSES P(num_classes, CN_PARAM_INT, .low = 1, .high = 1e5)
#define TARGETS P(target_class_ids, CN_PARAM_INTS, .low = 0, .high = 1e5)
#define IGNORE P(ignore_class, CN_PARAM_MAYBE_INT, .fallback = "none")
#define SPARSE_TRUE P(sparse_y_true, CN_PARAM_BOOL, .fallback = "true")
#define SPARSE_PRED(text) P(sparse_y_pred, CN_PARAM_BOOL, .fallback = text)
#define AXIS P(axis, CN_PARAM_INT, .fallback = "-1")

static const cn__param iou_params[] = {NUM_CLASSES,         TARGETS, CN_METRIC_COMMON, IGNORE, SPARSE_TRUE,
                                       SPARSE_PRED("true"), AXIS};
static const cn__param mean_params[] = {NUM_CLASSES, CN_METRIC_COMMON,    IGNORE,
                                        SPARSE_TRUE, SPARSE_PRED("true"), AXIS};
static const cn__param one_hot_params[] = {NUM_CLASSES,          TARGETS, CN_METRIC_COMMON, IGNORE,
                                           SPARSE_PRED("false"), AXIS};
static const cn__param one_hot_mean_params[] = {NUM_CLASSES, CN_METRIC_COMMON, IGNORE, SPARSE_PRED("false"),
                                                AXIS};
static const cn__param binary_params[] = {
    P(target_class_ids, CN_PARAM_INTS, .fallback = "[0, 1]", .low = 0, .high = 1),
    P(threshold, CN_PARAM_FLOAT, .fallback = "0.5"), CN_METRIC_COMMON};

/* ---- counting -------------------------------------------------------------------------------------------------- */

/* Adds to the cell of (label, prediction); numbers that are no class are left out. */
static void count(cn__metric *m, real label, real pred, double w)
{
    const config *c = m->config;
    const real n = (real)c->num_classes;
    if (c->ignore_class != INT64_MIN && label == (real)c->ignore_class) return;
    if (!(label > -1 && label < n && pred > -1 && pred < n)) return;
    m->state[(size_t)label * (size_t)c->num_classes + (size_t)pred] += w;
}

static void update(cn__metric *m, const cn__metric_batch *b)
{
    const config *c = m->config;
    const size_t each = c->sparse_y_true ? b->target_cols : 1;
    for (size_t r = 0; r < b->rows; r++) {
        const real *target = b->target + r * b->target_cols, *pred = b->pred + r * b->cols;
        for (size_t i = 0; i < each; i++) {
            const real label = c->sparse_y_true ? target[i] : (real)cn__argmax(target, b->target_cols);
            const real given = c->sparse_y_pred ? pred[i] : (real)cn__argmax(pred, b->cols);
            count(m, label, c->binary ? (real)(given >= (real)c->threshold) : given, cn__row_weight(b, r));
        }
    }
}

static double result(const cn__metric *m, size_t unused)
{
    (void)unused;
    const config *c = m->config;
    const size_t n = (size_t)c->num_classes,
                 wanted = c->target_class_ids.count ? c->target_class_ids.count : n;
    double sum = 0, valid = 0;
    for (size_t i = 0; i < wanted; i++) {
        const size_t k = c->target_class_ids.count ? (size_t)c->target_class_ids.items[i] : i;
        double both = m->state[k * n + k], all = -both;
        for (size_t j = 0; j < n; j++) all += m->state[k * n + j] + m->state[j * n + k];
        sum += both / (all + epsilon);
        valid += all > 1e-9;
    }
    return sum / (valid + epsilon);
}

/* ---- preparation ------------------------------------------------------------------------------------------------- */

static cn_status check_columns(const cn__metric *m)
{
    const config *c = m->config;
    const size_t true_labels = c->sparse_y_true ? m->target_cols : 1, labels = c->sparse_y_pred ? m->cols : 1;
    if (true_labels == labels) return CN_OK;
    return cn__fail(
        CN_ERROR_SHAPE,
        "%zu label%s a row in the targets and %zu in the predictions; expected as many (sparse_y_true, "
        "sparse_y_pred = false take rows of classes)",
        true_labels, true_labels == 1 ? "" : "s", labels);
}

static cn_status prepare(cn__arena *arena, cn__metric *m)
{
    const config *c = m->config;
    if (c->axis != -1 && c->axis != 1)
        return cn__fail(CN_ERROR_ARGUMENT, "axis = %lld, expected the last one (-1)", (long long)c->axis);
    for (size_t i = 0; i < c->target_class_ids.count; i++)
        if (c->target_class_ids.items[i] >= c->num_classes)
            return cn__fail(CN_ERROR_ARGUMENT, "target_class_ids holds %lld, expected classes from 0 to %lld",
                            (long long)c->target_class_ids.items[i], (long long)c->num_classes - 1);
    CN_TRY(check_columns(m));
    return cn__metric_alloc(arena, m, (size_t)(c->num_classes * c->num_classes));
}

static cn_status one_hot_prepare(cn__arena *arena, cn__metric *m)
{
    ((config *)m->config)->sparse_y_true = false;
    return prepare(arena, m);
}

static cn_status binary_prepare(cn__arena *arena, cn__metric *m)
{
    config *c = m->config;
    c->num_classes = 2, c->ignore_class = INT64_MIN, c->axis = -1;
    c->sparse_y_true = c->sparse_y_pred = c->binary = true;
    return prepare(arena, m);
}

#define CLASS(name_, class_, params_, prepare_)                                                              \
    extern const cn__metric_class cn__metric_##name_;                                                        \
    const cn__metric_class cn__metric_##name_ = {                                                            \
        .kind = {.name = #name_, .class_name = class_, CN_PARAMS(params_), .config_size = sizeof(config)},   \
        .numbered = true,                                                                                    \
        .better = CN_BETTER_MORE,                                                                            \
        .prepare = prepare_,                                                                                 \
        .update = update,                                                                                    \
        .result = result}

CLASS(io_u, "IoU", iou_params, prepare);
CLASS(mean_io_u, "MeanIoU", mean_params, prepare);
CLASS(one_hot_io_u, "OneHotIoU", one_hot_params, one_hot_prepare);
CLASS(one_hot_mean_io_u, "OneHotMeanIoU", one_hot_mean_params, one_hot_prepare);
CLASS(binary_io_u, "BinaryIoU", binary_params, binary_prepare);
