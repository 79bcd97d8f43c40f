/* Metrics that are a mean of a loss: every loss by its own name; root mean squared error, cosine similarity (the
 * similarity itself, which the loss is the negative of) and log-cosh error, which have another. */
#include "nn/metrics/metric_class.h"

cn_status cn__metric_take_loss(cn__arena *arena, cn__metric *m, const char *name)
{
    CN_TRY(cn__loss_parse(arena, &(cn__value){.kind = CN_VALUE_WORD, .word = name}, &m->loss));
    return cn__metric_loss.prepare(arena, m);
}

static cn_status loss_prepare(cn__arena *arena, cn__metric *m)
{
    if (!cn__loss_is_sparse(&m->loss)) CN_TRY(cn__metric_needs_same_shape(m));
    m->row_loss = cn__arena_array(arena, m->max_rows, sizeof(real));
    if (!m->row_loss) return CN_ERROR_MEMORY;
    /* the shape of samples is not known yet; what it may be over all axes but the last */
    if (!cn__loss_rearranges(&m->loss, &(cn__shape){.rank = 2, .dim = {1, 1}})) return CN_OK;
    m->scratch = cn__arena_array(arena, 5 * (m->max_rows + CN_LANES), sizeof(real));
    return m->scratch ? CN_OK : CN_ERROR_MEMORY;
}

void cn__metric_update_loss(cn__metric *m, const cn__metric_batch *b)
{
    const bool logits = b->logits && cn__loss_reads_logits(&m->loss, b->before);
    const cn__loss_rows rows = {.loss = &m->loss,
                                .before = logits ? b->before : CN_ACT_LINEAR,
                                .sample = m->scratch ? b->sample : NULL,
                                .scratch = m->scratch,
                                .rows = b->rows,
                                .cols = b->cols,
                                .last = b->rows,
                                .pred = logits ? b->logits : b->pred,
                                .target = b->target,
                                .value = m->row_loss};
    cn__loss_compute(&rows);
    for (size_t r = 0; r < b->rows; r++) {
        const double w = cn__row_weight(b, r);
        m->sum += w * (double)m->row_loss[r];
        m->count += w;
    }
}

const cn__metric_class cn__metric_loss = {.better = CN_BETTER_LESS,
                                          .prepare = loss_prepare,
                                          .update = cn__metric_update_loss,
                                          .result = cn__metric_mean};

/* ---- those with a name of their own ------------------------------------------------------------------------- */

typedef struct cosine_config {
    cn__metric_options options;
    int64_t axis;
} cosine_config;

static cn_status squares_prepare(cn__arena *arena, cn__metric *m)
{
    return cn__metric_take_loss(arena, m, "mean_squared_error");
}

static cn_status cosine_prepare(cn__arena *arena, cn__metric *m)
{
    const int64_t axis = ((const cosine_config *)m->config)->axis;
    if (axis != -1 && axis != 1)
        return cn__fail(CN_ERROR_ARGUMENT, "axis = %lld, expected the last one (-1)", (long long)axis);
    return cn__metric_take_loss(arena, m, "cosine_similarity");
}

static cn_status log_cosh_prepare(cn__arena *arena, cn__metric *m)
{
    return cn__metric_take_loss(arena, m, "log_cosh");
}

static double root(const cn__metric *m, size_t i) { return sqrt(cn__metric_mean(m, i)); }
static double negative(const cn__metric *m, size_t i) { return -cn__metric_mean(m, i); }

static const cn__param params[] = {CN_METRIC_COMMON};
static const cn__param cosine_params[] = {
    CN_METRIC_COMMON,
    {.name = "axis", .type = CN_PARAM_INT, .offset = offsetof(cosine_config, axis), .fallback = "-1"}};

extern const cn__metric_class cn__metric_root_mean_squared_error, cn__metric_cosine_similarity,
    cn__metric_log_cosh_error;
const cn__metric_class cn__metric_root_mean_squared_error = {
    .kind = {.name = "root_mean_squared_error",
             .class_name = "RootMeanSquaredError",
             .aliases = {"rmse"},
             CN_PARAMS(params),
             .config_size = sizeof(cn__metric_options)},
    .better = CN_BETTER_LESS,
    .prepare = squares_prepare,
    .update = cn__metric_update_loss,
    .result = root};
const cn__metric_class cn__metric_cosine_similarity = {.kind = {.name = "cosine_similarity",
                                                                .class_name = "CosineSimilarity",
                                                                CN_PARAMS(cosine_params),
                                                                .config_size = sizeof(cosine_config)},
                                                       .better = CN_BETTER_MORE,
                                                       .prepare = cosine_prepare,
                                                       .update = cn__metric_update_loss,
                                                       .result = negative};
const cn__metric_class cn__metric_log_cosh_error = {.kind = {.name = "log_cosh_error",
                                                             .class_name = "LogCoshError",
                                                             .aliases = {"logcosh"},
                                                             CN_PARAMS(params),
                                                             .config_size = sizeof(cn__metric_options)},
                                                    .instance = "logcosh",
                                                    .better = CN_BETTER_LESS,
                                                    .prepare = log_cosh_prepare,
                                                    .update = cn__metric_update_loss,
                                                    .result = cn__metric_mean};
