/* Loss and metrics of an epoch: sums over samples in their order, in double precision. Names are those of Keras, made
 * once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train/train.h"

static cn_status add_metrics(const cn_model *model, const cn__value *list, size_t max_rows, cn__measures *m)
{
    size_t cols = model->out.rank ? model->out.dim[model->out.rank - 1] : 1;
    for (size_t i = 0; list && i < list->count; i++)
        CN_TRY(cn__metric_parse(&m->arena, &list->items[i], cols, cn__target_cols(model), max_rows,
                                &m->metrics[m->count++]));
    return CN_OK;
}

/* ---- names --------------------------------------------------------------------------------------------- */

static bool is_taken(const cn__measures *m, const char *name)
{
    for (size_t i = 0; i < m->values; i++)
        if (strcmp(m->value[i].name, name) == 0) return true;
    return false;
}

/* Keras numbers the objects of some classes as they are made: auc, auc_1. */
static const char *object_name(cn__measures *m, size_t metric)
{
    const char *name = cn__metric_name(m->metrics[metric]);
    size_t before = 0;
    if (!cn__metric_is_numbered(m->metrics[metric])) return name;
    for (size_t i = 0; i < metric; i++)
        before += cn__metric_is_numbered(m->metrics[i]) && strcmp(cn__metric_name(m->metrics[i]), name) == 0;
    return before ? cn__arena_format(&m->arena, "%s_%zu", name, before) : name;
}

/* `name`, "weighted_" before it where a plain metric has that name, and a number after it where it is taken still. */
static const char *free_name(cn__measures *m, const char *name, bool weighted)
{
    if (weighted && is_taken(m, name)) name = cn__arena_format(&m->arena, "weighted_%s", name);
    const char *numbered = name;
    for (int i = 1; numbered && is_taken(m, numbered); i++)
        numbered = cn__arena_format(&m->arena, "%s_%d", name, i);
    return numbered;
}

static cn_status name_metric(cn__measures *m, size_t metric)
{
    const size_t values = cn__metric_values(m->metrics[metric]);
    const char *name = object_name(m, metric);
    for (size_t v = 0; v < values; v++) {
        const char *own = !name || values == 1 ? name : cn__arena_format(&m->arena, "%s_%zu", name, v);
        const char *full = own ? free_name(m, own, metric >= m->plain) : NULL;
        if (!full) return CN_ERROR_MEMORY;
        if (strlen(full) + sizeof "val_" > CN_LOG_NAME)
            return cn__fail(CN_ERROR_ARGUMENT, "metric name %.40s… of %zu bytes, expected at most %zu", full,
                            strlen(full), CN_LOG_NAME - sizeof "val_");
        m->value[m->values++] = (cn__measured){.name = full, .metric = m->metrics[metric], .index = v};
    }
    return CN_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const cn__measured *)a)->name, ((const cn__measured *)b)->name);
}

/* ---- making ---------------------------------------------------------------------------------------------- */

static cn_status make(const cn_model *model, size_t max_rows, cn__measures *m)
{
    size_t plain = model->metrics ? model->metrics->count : 0;
    size_t weighted = model->weighted_metrics ? model->weighted_metrics->count : 0;
    m->metrics = cn__arena_array(&m->arena, plain + weighted + 1, sizeof(cn__metric *));
    if (!m->metrics) return CN_ERROR_MEMORY;
    CN_TRY(add_metrics(model, model->metrics, max_rows, m));
    m->plain = m->count;
    CN_TRY(add_metrics(model, model->weighted_metrics, max_rows, m));
    size_t values = 1;
    for (size_t i = 0; i < m->count; i++) values += cn__metric_values(m->metrics[i]);
    m->value = cn__arena_array(&m->arena, values, sizeof *m->value);
    if (!m->value) return CN_ERROR_MEMORY;
    m->value[m->values++] = (cn__measured){.name = "loss"};
    for (size_t i = 0; i < m->count; i++) CN_TRY(name_metric(m, i));
    m->of_batch = cn__loss_is_of_batch(&model->loss);
    for (size_t i = 0; i < m->count; i++) m->of_batch |= cn__metric_is_of_batch(m->metrics[i]);
    qsort(m->value, m->values, sizeof *m->value, by_name);
    return CN_OK;
}

cn_status cn__measures_new(const cn_model *model, size_t max_rows, cn__measures *out)
{
    *out = (cn__measures){0};
    cn_status status = make(model, max_rows, out);
    if (status != CN_OK) cn__measures_free(out);
    else cn__measures_reset(out);
    return status;
}

void cn__measures_free(cn__measures *m)
{
    cn__arena_free(&m->arena);
    *m = (cn__measures){0};
}

void cn__measures_reset(cn__measures *m)
{
    m->loss = m->samples = 0;
    for (size_t i = 0; i < m->count; i++) cn__metric_reset(m->metrics[i]);
}

/* ---- values ------------------------------------------------------------------------------------------------ */

void cn__measures_add(cn__measures *m, const cn__result *result, size_t n)
{
    m->loss += result->loss + result->penalty * (double)n;
    m->samples += (double)n;
    cn__metric_batch batch = {.pred = result->pred,
                              .logits = result->logits,
                              .before = result->before,
                              .target = result->target,
                              .rows = result->rows,
                              .cols = result->cols,
                              .target_cols = result->target_cols};
    for (size_t i = 0; i < m->count; i++) {
        batch.weight = i < m->plain ? NULL : result->weight;
        cn__metric_update(m->metrics[i], &batch);
    }
}

static double value_of(const cn__measures *m, const cn__measured *v)
{
    if (v->metric) return cn__metric_result(v->metric, v->index);
    return m->samples > 0 ? m->loss / m->samples : 0;
}

void cn__measures_log(cn__measures *m, const char *prefix, cn_logs *logs)
{
    for (size_t i = 0; i < m->values; i++)
        cn__logs_set(logs, prefix, m->value[i].name, value_of(m, &m->value[i]));
}

bool cn__measures_read_logits(const cn__measures *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (cn__metric_reads_logits(m->metrics[i], CN_ACT_SOFTMAX)) return true;
    return false;
}

const cn__measured *cn__measures_find(const cn__measures *m, const char *name)
{
    for (size_t i = 0; i < m->values; i++)
        if (strcmp(m->value[i].name, name) == 0) return &m->value[i];
    return NULL;
}
