/* Metrics that are a mean over rows: accuracies, top-k, and the losses. */
#include <math.h>
#include <stddef.h>

#include "nn/metrics.h"

static double weight_of(const cn__metric_batch *b, size_t row)
{
    return b->weight ? (double)b->weight[row] : 1;
}
static double mean(const cn__metric *m, size_t i)
{
    (void)i;
    return m->count != 0 ? m->sum / m->count : 0;
}

static size_t largest(const real *a, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (a[i] > a[best]) best = i;
    return best;
}

/* The label of a row: itself, or where its one-hot row is largest; `cols` for a number that is no label. */
static size_t label_of(const cn__metric_batch *b, size_t row)
{
    const real *t = b->target + row * b->target_cols;
    if (b->target_cols > 1) return largest(t, b->target_cols);
    return t[0] >= 0 && t[0] < (real)b->cols ? (size_t)t[0] : b->cols;
}

static void label_update(cn__metric *m, const cn__metric_batch *b)
{
    for (size_t r = 0; r < b->rows; r++) {
        double w = weight_of(b, r);
        m->sum += largest(b->pred + r * b->cols, b->cols) == label_of(b, r) ? w : 0;
        m->count += w;
    }
}

/* Right when fewer than k classes are rated above the right one: ties count for it. */
static void top_k_update(cn__metric *m, const cn__metric_batch *b)
{
    for (size_t r = 0; r < b->rows; r++) {
        const size_t label = label_of(b, r);
        const real *p = b->pred + r * b->cols, mine = label < b->cols ? p[label] : (real)NAN;
        int64_t above = 0;
        for (size_t c = 0; c < b->cols; c++) above += p[c] > mine;
        double w = weight_of(b, r);
        m->sum += above < m->k && isfinite(mine) ? w : 0;
        m->count += w;
    }
}

static void binary_update(cn__metric *m, const cn__metric_batch *b)
{
    for (size_t r = 0; r < b->rows; r++) {
        size_t right = 0;
        for (size_t c = 0; c < b->cols; c++)
            right += (real)(b->pred[r * b->cols + c] > (real)m->threshold) == b->target[r * b->cols + c];
        double w = weight_of(b, r);
        m->sum += w * (double)right / (double)b->cols;
        m->count += w;
    }
}

static void loss_update(cn__metric *m, const cn__metric_batch *b)
{
    cn__loss_rows rows = {.loss = &m->loss,
                          .rows = b->rows,
                          .cols = b->cols,
                          .last = b->rows,
                          .pred = b->pred,
                          .target = b->target,
                          .value = m->scratch};
    cn__loss_compute(&rows);
    for (size_t r = 0; r < b->rows; r++) {
        double w = weight_of(b, r);
        m->sum += w * (double)m->scratch[r];
        m->count += w;
    }
}

static cn_status loss_prepare(cn__arena *arena, cn__metric *m)
{
    if (!cn__loss_is_sparse(&m->loss)) CN_TRY(cn__metric_needs_same_shape(m));
    m->scratch = cn__arena_array(arena, m->max_rows, sizeof(real));
    return m->scratch ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status same_prepare(cn__arena *arena, cn__metric *m)
{
    (void)arena;
    return cn__metric_needs_same_shape(m);
}

static cn_status squares_prepare(cn__arena *arena, cn__metric *m)
{
    CN_TRY(cn__metric_take_loss(arena, m, "mean_squared_error"));
    return loss_prepare(arena, m);
}

static cn_status cosine_prepare(cn__arena *arena, cn__metric *m)
{
    if (m->axis != -1 && m->axis != 1)
        return cn__fail(CN_ERROR_ARGUMENT, "axis = %lld, expected the last one (-1)", (long long)m->axis);
    CN_TRY(cn__metric_take_loss(arena, m, "cosine_similarity"));
    return loss_prepare(arena, m);
}

static cn_status log_cosh_prepare(cn__arena *arena, cn__metric *m)
{
    CN_TRY(cn__metric_take_loss(arena, m, "log_cosh"));
    return loss_prepare(arena, m);
}

static double root(const cn__metric *m, size_t i) { return sqrt(mean(m, i)); }
/* The metric is the similarity itself, the loss its negative. */
static double negative(const cn__metric *m, size_t i) { return -mean(m, i); }

static const cn__param no_params[] = {CN_METRIC_NAME};
static const cn__param threshold_params[] = {CN_METRIC_NAME,
                                             {.name = "threshold",
                                              .type = CN_PARAM_FLOAT,
                                              .offset = offsetof(struct cn__metric, threshold),
                                              .fallback = "0.5"}};
static const cn__param cosine_params[] = {
    CN_METRIC_NAME,
    {.name = "axis", .type = CN_PARAM_INT, .offset = offsetof(struct cn__metric, axis), .fallback = "-1"}};
static const cn__param k_params[] = {{.name = "k",
                                      .type = CN_PARAM_INT,
                                      .offset = offsetof(struct cn__metric, k),
                                      .fallback = "5",
                                      .low = 1,
                                      .high = 1e15,
                                      .expected = "a whole number over 0"},
                                     CN_METRIC_NAME};

const cn__metric_kind cn__metric_binary_accuracy = {
    "BinaryAccuracy", {0}, threshold_params, 3, same_prepare, binary_update, mean, NULL, NULL};
const cn__metric_kind cn__metric_categorical_accuracy = {"CategoricalAccuracy", {0},  no_params, 2,   NULL,
                                                         label_update,          mean, NULL,      NULL};
const cn__metric_kind cn__metric_sparse_accuracy = {
    "SparseCategoricalAccuracy", {0}, no_params, 2, NULL, label_update, mean, NULL, NULL};
const cn__metric_kind cn__metric_loss = {.prepare = loss_prepare, .update = loss_update, .result = mean};

const cn__metric_kind cn__metric_kinds_mean[] = {
    {"BinaryAccuracy", {0}, threshold_params, 3, same_prepare, binary_update, mean, NULL, NULL},
    {"CategoricalAccuracy", {0}, no_params, 2, NULL, label_update, mean, NULL, NULL},
    {"SparseCategoricalAccuracy", {0}, no_params, 2, NULL, label_update, mean, NULL, NULL},
    {"TopKCategoricalAccuracy",
     {"top_k_categorical_accuracy", "top_k"},
     k_params,
     3,
     NULL,
     top_k_update,
     mean,
     NULL,
     NULL},
    {"SparseTopKCategoricalAccuracy",
     {"sparse_top_k_categorical_accuracy"},
     k_params,
     3,
     NULL,
     top_k_update,
     mean,
     NULL,
     NULL},
    {"RootMeanSquaredError", {"rmse"}, no_params, 2, squares_prepare, loss_update, root, NULL, NULL},
    {"CosineSimilarity", {0}, cosine_params, 3, cosine_prepare, loss_update, negative, NULL, NULL},
    {"LogCoshError", {"logcosh"}, no_params, 2, log_cosh_prepare, loss_update, mean, NULL, "logcosh"},
    {0},
};
