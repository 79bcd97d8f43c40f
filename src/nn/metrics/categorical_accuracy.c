/* CategoricalAccuracy: is a row's largest prediction where its target is largest? SparseCategoricalAccuracy: is it the
 * label? TopK…: are fewer than k classes rated above the right one? Ties count for it. */
#include "nn/metrics/metric_class.h"

typedef struct config {
    cn__metric_options options;
    int64_t k;
} config;

static const cn__param params[] = {CN_METRIC_COMMON};
static const cn__param top_k_params[] = {{.name = "k",
                                          .type = CN_PARAM_INT,
                                          .offset = offsetof(config, k),
                                          .fallback = "5",
                                          .low = 1,
                                          .high = 1e15,
                                          .expected = "a whole number over 0"},
                                         CN_METRIC_COMMON};

/* The class of a row: where its target is largest. */
static size_t class_of(const cn__metric_batch *b, size_t row)
{
    return cn__argmax(b->target + row * b->target_cols, b->target_cols);
}

/* The label of a row; `cols` for a number that is none. */
static size_t label_of(const cn__metric_batch *b, size_t row)
{
    if (b->target_cols > 1) return class_of(b, row);
    const real label = b->target[row];
    return label >= 0 && label < (real)b->cols ? (size_t)label : b->cols;
}

typedef size_t class_function(const cn__metric_batch *b, size_t row);

static void count_largest(cn__metric *m, const cn__metric_batch *b, class_function *f)
{
    for (size_t r = 0; r < b->rows; r++) {
        const double w = cn__row_weight(b, r);
        m->sum += cn__argmax(b->pred + r * b->cols, b->cols) == f(b, r) ? w : 0;
        m->count += w;
    }
}

static void count_top_k(cn__metric *m, const cn__metric_batch *b, class_function *f)
{
    const int64_t k = ((const config *)m->config)->k;
    for (size_t r = 0; r < b->rows; r++) {
        const size_t class = f(b, r);
        const real *p = b->pred + r * b->cols, mine = class < b->cols ? p[class] : (real)NAN;
        int64_t above = 0;
        for (size_t c = 0; c < b->cols; c++) above += p[c] > mine;
        const double w = cn__row_weight(b, r);
        m->sum += above < k && isfinite(mine) ? w : 0;
        m->count += w;
    }
}

static void categorical_update(cn__metric *m, const cn__metric_batch *b) { count_largest(m, b, class_of); }
static void sparse_update(cn__metric *m, const cn__metric_batch *b) { count_largest(m, b, label_of); }
static void top_k_update(cn__metric *m, const cn__metric_batch *b) { count_top_k(m, b, class_of); }
static void sparse_top_k_update(cn__metric *m, const cn__metric_batch *b) { count_top_k(m, b, label_of); }

#define CLASS(name_, class_, params_, size_, update_, ...)                                                   \
    extern const cn__metric_class cn__metric_##name_;                                                        \
    const cn__metric_class cn__metric_##name_ = {.kind = {.name = #name_,                                    \
                                                          .class_name = class_,                              \
                                                          .aliases = {__VA_ARGS__},                          \
                                                          CN_PARAMS(params_),                                \
                                                          .config_size = size_},                             \
                                                 .better = CN_BETTER_MORE,                                   \
                                                 .update = update_,                                          \
                                                 .result = cn__metric_mean}

CLASS(categorical_accuracy, "CategoricalAccuracy", params, sizeof(cn__metric_options), categorical_update,
      NULL);
CLASS(sparse_categorical_accuracy, "SparseCategoricalAccuracy", params, sizeof(cn__metric_options),
      sparse_update, NULL);
CLASS(top_k_categorical_accuracy, "TopKCategoricalAccuracy", top_k_params, sizeof(config), top_k_update,
      "top_k");
CLASS(sparse_top_k_categorical_accuracy, "SparseTopKCategoricalAccuracy", top_k_params, sizeof(config),
      sparse_top_k_update, NULL);
