/* Loss and metrics of an epoch: sums over samples in their order, in double precision. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train/train.h"

static cn_status add_metrics(cn__measures *m, size_t output, const cn__value *list, size_t max_rows)
{
    const cn_model *model = m->model;
    cn__output_measures *o = &m->outputs[output];
    for (size_t i = 0; list && i < list->count; i++)
        CN_TRY(cn__metric_parse(&m->arena, &list->items[i], &model->objectives[output].loss,
                                cn__model_output_cols(model, output), cn__target_cols(model, output),
                                max_rows, &o->metrics[o->count++]));
    return CN_OK;
}

static cn_status make_output(cn__measures *m, size_t output, size_t batch)
{
    const cn__objective *given = &m->model->objectives[output];
    cn__output_measures *o = &m->outputs[output];
    const size_t plain = given->metrics ? given->metrics->count : 0;
    const size_t weighted = given->weighted_metrics ? given->weighted_metrics->count : 0;
    const size_t max_rows = batch * (cn__shape_size(&m->model->outputs[output]->shape) + 1);
    o->metrics = cn__arena_array(&m->arena, plain + weighted + 1, sizeof *o->metrics);
    if (!o->metrics) return CN_ERROR_MEMORY;
    CN_TRY(add_metrics(m, output, given->metrics, max_rows));
    o->plain = o->count;
    return add_metrics(m, output, given->weighted_metrics, max_rows);
}

static cn_status make(size_t batch, cn__measures *m)
{
    size_t values = 1 + m->output_count;
    m->outputs = cn__arena_array(&m->arena, m->output_count, sizeof *m->outputs);
    if (!m->outputs) return CN_ERROR_MEMORY;
    for (size_t o = 0; o < m->output_count; o++) {
        CN_TRY(make_output(m, o, batch));
        for (size_t i = 0; i < m->outputs[o].count; i++)
            values += cn__metric_values(m->outputs[o].metrics[i]);
    }
    return cn__logs_init(&m->logs, values);
}

cn_status cn__measures_new(const cn_model *model, size_t batch, cn__measures *out)
{
    *out = (cn__measures){.model = model, .output_count = cn_model_output_count(model)};
    cn_status status = make(batch, out);
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
    for (size_t o = 0; o < m->output_count; o++) {
        m->outputs[o].loss = 0, m->outputs[o].batches = 0;
        for (size_t i = 0; i < m->outputs[o].count; i++) cn__metric_reset(m->outputs[o].metrics[i]);
    }
}

void cn__measures_add(cn__measures *m, const cn__result *result, size_t n)
{
    m->loss += result->loss + result->penalty * (double)n;
    m->samples += (double)n;
    for (size_t o = 0; o < m->output_count; o++) {
        const cn__output *out = &result->outputs[o];
        cn__output_measures *own = &m->outputs[o];
        cn__metric_batch batch = {.pred = out->pred,
                                  .target = out->target,
                                  .rows = out->rows,
                                  .cols = out->cols,
                                  .target_cols = out->target_cols};
        own->loss += m->model->objectives[o].weight * out->loss / (double)n;
        own->batches++;
        for (size_t i = 0; i < own->count && out->target; i++) {
            batch.weight = i < own->plain ? NULL : out->weight;
            cn__metric_update(own->metrics[i], &batch);
        }
    }
}

static bool is_set(const cn_logs *logs, const char *name)
{
    for (size_t i = 0; i < logs->count; i++)
        if (strcmp(logs->name[i], name) == 0) return true;
    return false;
}

/* Of several outputs, each name begins with the output's: "kind_accuracy". */
static void prefix_of(const cn__measures *m, size_t output, char *out, size_t size)
{
    if (m->output_count > 1) snprintf(out, size, "%.40s_", cn__model_output_name(m->model, output));
    else *out = '\0';
}

/* A name, numbered where a metric has several values, and set apart where two have the same. */
static void log_metric(cn__measures *m, size_t output, size_t i)
{
    const cn__output_measures *o = &m->outputs[output];
    const size_t values = cn__metric_values(o->metrics[i]);
    char prefix[48];
    prefix_of(m, output, prefix, sizeof prefix);
    for (size_t v = 0; v < values; v++) {
        char name[CN_LOG_NAME], full[2 * CN_LOG_NAME + 12];
        snprintf(name, sizeof name, values > 1 ? "%.50s_%zu" : "%.50s", cn__metric_name(o->metrics[i]), v);
        snprintf(full, sizeof full, "%s%s", prefix, name);
        if (i >= o->plain && is_set(&m->logs, full))
            snprintf(full, sizeof full, "%sweighted_%s", prefix, name);
        for (int number = 1; is_set(&m->logs, full); number++)
            snprintf(full, sizeof full, "%s%s_%d", prefix, name, number);
        cn__logs_set(&m->logs, "", full, cn__metric_result(o->metrics[i], v));
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
    for (size_t o = 0; o < m->output_count; o++) {
        char of_output[48];
        prefix_of(m, o, of_output, sizeof of_output);
        if (m->output_count > 1 && m->model->objectives[o].has_loss)
            cn__logs_set(&m->logs, of_output, "loss",
                         m->outputs[o].batches ? m->outputs[o].loss / (double)m->outputs[o].batches : 0);
        for (size_t i = 0; i < m->outputs[o].count; i++) log_metric(m, o, i);
    }
    set_sorted(&m->logs, prefix, logs);
}
