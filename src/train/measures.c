/* Loss and metrics of an epoch: sums over samples in their order, in double precision. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train/train.h"

static cn_status add_metrics(const cn_model *model, const cn__value *list, size_t max_rows, cn__measures *m)
{
    size_t cols = model->out.rank ? model->out.dim[model->out.rank - 1] : 1;
    for (size_t i = 0; list && i < list->count; i++)
        CN_TRY(cn__metric_parse(&m->arena, &list->items[i], &model->loss, cols, cn__target_cols(model),
                                max_rows, &m->metrics[m->count++]));
    return CN_OK;
}

static cn_status make(const cn_model *model, size_t max_rows, cn__measures *m)
{
    size_t plain = model->metrics ? model->metrics->count : 0;
    size_t weighted = model->weighted_metrics ? model->weighted_metrics->count : 0;
    m->metrics = cn__arena_array(&m->arena, plain + weighted + 1, sizeof *m->metrics);
    if (!m->metrics) return CN_ERROR_MEMORY;
    CN_TRY(add_metrics(model, model->metrics, max_rows, m));
    m->plain = m->count;
    CN_TRY(add_metrics(model, model->weighted_metrics, max_rows, m));
    size_t values = 1;
    for (size_t i = 0; i < m->count; i++) values += cn__metric_values(m->metrics[i]);
    return cn__logs_init(&m->logs, values);
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
    cn__logs_release(&m->logs);
    cn__arena_free(&m->arena);
    *m = (cn__measures){0};
}

void cn__measures_reset(cn__measures *m)
{
    m->loss = m->samples = 0;
    for (size_t i = 0; i < m->count; i++) cn__metric_reset(m->metrics[i]);
}

void cn__measures_add(cn__measures *m, const cn__result *result, size_t n)
{
    m->loss += result->loss + result->penalty * (double)n;
    m->samples += (double)n;
    cn__metric_batch batch = {.pred = result->pred,
                              .target = result->target,
                              .rows = result->rows,
                              .cols = result->cols,
                              .target_cols = result->target_cols};
    for (size_t i = 0; i < m->count; i++) {
        batch.weight = i < m->plain ? NULL : result->weight;
        cn__metric_update(m->metrics[i], &batch);
    }
}

static bool is_set(const cn_logs *logs, const char *name)
{
    for (size_t i = 0; i < logs->count; i++)
        if (strcmp(logs->name[i], name) == 0) return true;
    return false;
}

/* A name, numbered where a metric has several values, and set apart where two have the same. */
static void log_metric(cn__measures *m, size_t i)
{
    size_t values = cn__metric_values(m->metrics[i]);
    for (size_t v = 0; v < values; v++) {
        char name[CN_LOG_NAME], full[CN_LOG_NAME + 12];
        snprintf(name, sizeof name, values > 1 ? "%.50s_%zu" : "%.50s", cn__metric_name(m->metrics[i]), v);
        snprintf(full, sizeof full, "%s%s", i >= m->plain && is_set(&m->logs, name) ? "weighted_" : "", name);
        for (int number = 1; is_set(&m->logs, full); number++)
            snprintf(full, sizeof full, "%s_%d", name, number);
        cn__logs_set(&m->logs, "", full, cn__metric_result(m->metrics[i], v));
    }
}

/* The count is small: an insertion of each name at its place. */
static void set_sorted(cn_logs *from, const char *prefix, cn_logs *to)
{
    char last[CN_LOG_NAME] = "";
    for (size_t n = 0; n < from->count; n++) {
        size_t next = from->count;
        for (size_t i = 0; i < from->count; i++)
            if (strcmp(from->name[i], last) > 0 &&
                (next == from->count || strcmp(from->name[i], from->name[next]) < 0))
                next = i;
        if (next == from->count) return;
        memcpy(last, from->name[next], sizeof last);
        cn__logs_set(to, prefix, last, from->value[next]);
    }
}

void cn__measures_log(cn__measures *m, const char *prefix, cn_logs *logs)
{
    cn__logs_clear(&m->logs);
    cn__logs_set(&m->logs, "", "loss", m->samples > 0 ? m->loss / m->samples : 0);
    for (size_t i = 0; i < m->count; i++) log_metric(m, i);
    set_sorted(&m->logs, prefix, logs);
}
