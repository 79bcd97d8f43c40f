/* Losses and metrics of an epoch: sums over samples in their order, in double precision. Names are those of Keras, made
 * once. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/target_scale.h"
#include "train/train.h"

static cn_status add_metrics(cn__metric_set *m, size_t output, const cn__value *list, size_t max_rows)
{
    const cn_model *model = m->model;
    cn__output_metrics *o = &m->outputs[output];
    for (size_t i = 0; list && i < list->count; i++)
        CN_TRY(cn__metric_parse(&m->arena, &list->items[i], cn__model_output_cols(model, output),
                                cn__target_cols(model, output), max_rows, &o->metrics[o->count++]));
    return CN_OK;
}

static cn_status make_output(cn__metric_set *m, size_t output, size_t batch)
{
    const cn__objective *given = &m->model->objectives[output];
    cn__output_metrics *o = &m->outputs[output];
    const size_t plain = given->metrics ? given->metrics->count : 0;
    const size_t weighted = given->weighted_metrics ? given->weighted_metrics->count : 0;
    const size_t max_rows = batch * (cn__shape_size(&m->model->outputs[output]->shape) + 1);
    o->metrics = cn__arena_array(&m->arena, plain + weighted + 1, sizeof(cn__metric *));
    if (!o->metrics) return CN_ERROR_MEMORY;
    CN_TRY(add_metrics(m, output, given->metrics, max_rows));
    o->plain = o->count;
    if (m->model->target_scales) {
        o->pred = cn__arena_array(&m->arena, max_rows, sizeof *o->pred);
        o->target = cn__arena_array(&m->arena, max_rows, sizeof *o->target);
        if (!o->pred || !o->target) return CN_ERROR_MEMORY;
    }
    return add_metrics(m, output, given->weighted_metrics, max_rows);
}

/* ---- names --------------------------------------------------------------------------------------------- */

static bool is_taken(const cn__metric_set *m, const char *name)
{
    for (size_t i = 0; i < m->values; i++)
        if (strcmp(m->value[i].name, name) == 0) return true;
    return false;
}

/* Of several outputs, each name begins with the output's: "kind_accuracy". */
static const char *with_output(cn__metric_set *m, size_t output, const char *weighted, const char *name)
{
    const bool several = m->output_count > 1;
    return cn__arena_format(&m->arena, "%s%s%s%s", several ? cn__model_output_name(m->model, output) : "",
                            several ? "_" : "", weighted, name);
}

static cn_status add_value(cn__metric_set *m, const char *name, size_t output, cn__metric *metric,
                           size_t index)
{
    if (!name) return CN_ERROR_MEMORY;
    if (strlen(name) + sizeof "val_" > CN_LOG_NAME)
        return cn__fail(CN_ERROR_ARGUMENT, "metric name %.40s… of %zu bytes, expected at most %zu", name,
                        strlen(name), CN_LOG_NAME - sizeof "val_");
    assert(m->values < m->capacity);
    m->value[m->values++] =
        (cn__metric_value){.name = name, .output = output, .metric = metric, .index = index};
    return CN_OK;
}

/* Keras numbers the objects of some classes as they are made: auc, auc_1. `m->value` holds those before. */
static const char *object_name(cn__metric_set *m, const cn__metric *metric)
{
    const char *name = cn__metric_name(metric);
    size_t before = 0;
    if (!cn__metric_is_numbered(metric)) return name;
    for (size_t i = 0; i < m->values; i++)
        before += m->value[i].metric && m->value[i].index == 0 &&
                  cn__metric_is_numbered(m->value[i].metric) &&
                  strcmp(cn__metric_name(m->value[i].metric), name) == 0;
    return before ? cn__arena_format(&m->arena, "%s_%zu", name, before) : name;
}

/* "weighted_" before it where a plain metric has that name, and a number after it where it is taken still. */
static const char *free_name(cn__metric_set *m, size_t output, const char *name, bool weighted)
{
    const char *full = with_output(m, output, "", name);
    if (full && weighted && is_taken(m, full)) full = with_output(m, output, "weighted_", name);
    const char *numbered = full;
    for (int i = 1; numbered && is_taken(m, numbered); i++)
        numbered = cn__arena_format(&m->arena, "%s_%d", full, i);
    return numbered;
}

static cn_status name_functions(cn__metric_set *m, size_t output, bool weighted)
{
    const cn__objective *o = &m->model->objectives[output];
    for (size_t i = 0; i < o->metric_function_count; i++) {
        const cn_metric_function *f = &o->metric_functions[i];
        if (f->weighted != weighted) continue;
        CN_TRY(add_value(m, free_name(m, output, f->name, weighted), output, NULL, 0));
        m->value[m->values - 1].function = f;
    }
    return CN_OK;
}

static cn_status name_metric(cn__metric_set *m, size_t output, size_t i)
{
    const cn__output_metrics *o = &m->outputs[output];
    const size_t values = cn__metric_values(o->metrics[i]);
    const char *name = object_name(m, o->metrics[i]);
    for (size_t v = 0; v < values; v++) {
        const char *own = !name || values == 1 ? name : cn__arena_format(&m->arena, "%s_%zu", name, v);
        if (!own) return CN_ERROR_MEMORY;
        CN_TRY(add_value(m, free_name(m, output, own, i >= o->plain), output, o->metrics[i], v));
    }
    return CN_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const cn__metric_value *)a)->name, ((const cn__metric_value *)b)->name);
}

/* The loss, those of the outputs where there are several, then the metrics, the plain ones first. */
static cn_status name_all(cn__metric_set *m)
{
    CN_TRY(add_value(m, "loss", SIZE_MAX, NULL, 0));
    for (size_t o = 0; o < m->output_count && m->output_count > 1; o++)
        if (m->model->objectives[o].has_loss) CN_TRY(add_value(m, with_output(m, o, "", "loss"), o, NULL, 0));
    for (int weighted = 0; weighted < 2; weighted++)
        for (size_t o = 0; o < m->output_count; o++) {
            const cn__output_metrics *own = &m->outputs[o];
            const size_t last = weighted ? own->count : own->plain;
            for (size_t i = weighted ? own->plain : 0; i < last; i++) CN_TRY(name_metric(m, o, i));
            CN_TRY(name_functions(m, o, weighted));
        }
    qsort(m->value, m->values, sizeof *m->value, by_name);
    return CN_OK;
}

/* All but functions of the caller's own, which may belong to another set as well. */
static void reset_own(cn__metric_set *m)
{
    m->loss = m->samples = 0;
    for (size_t o = 0; o < m->output_count; o++) {
        m->outputs[o].loss = 0, m->outputs[o].batches = 0;
        for (size_t i = 0; i < m->outputs[o].count; i++) cn__metric_reset(m->outputs[o].metrics[i]);
    }
}

/* ---- making ---------------------------------------------------------------------------------------------- */

static cn_status make(size_t batch, cn__metric_set *m)
{
    size_t values = 1 + m->output_count;
    m->outputs = cn__arena_array(&m->arena, m->output_count, sizeof *m->outputs);
    if (!m->outputs) return CN_ERROR_MEMORY;
    for (size_t o = 0; o < m->output_count; o++) {
        CN_TRY(make_output(m, o, batch));
        for (size_t i = 0; i < m->outputs[o].count; i++)
            values += cn__metric_values(m->outputs[o].metrics[i]);
        values += m->model->objectives[o].metric_function_count;
    }
    m->value = cn__arena_array(&m->arena, values, sizeof *m->value);
    m->capacity = values;
    return m->value ? name_all(m) : CN_ERROR_MEMORY;
}

cn_status cn__metric_set_new(const cn_model *model, size_t batch, cn__metric_set *out)
{
    *out = (cn__metric_set){.model = model, .output_count = cn_model_output_count(model)};
    cn_status status = make(batch, out);
    if (status != CN_OK) cn__metric_set_free(out);
    else reset_own(out);
    return status;
}

/* ---- growing ------------------------------------------------------------------------------------------ */

/* The numbers of all metrics, on their way from one set of them to another. */
typedef struct numbers {
    cn__text text;
    size_t at;
} numbers;

static void keep_numbers(void *user, double *values, size_t count)
{
    cn__text_add_bytes(&((numbers *)user)->text, values, count * sizeof *values);
}

static void put_numbers(void *user, double *values, size_t count)
{
    numbers *n = user;
    if (!count) return;
    memcpy(values, n->text.data + n->at, count * sizeof *values);
    n->at += count * sizeof *values;
}

static void visit_all(cn__metric_set *m, void (*visit)(void *, double *, size_t), numbers *n)
{
    visit(n, &m->loss, 1);
    visit(n, &m->samples, 1);
    for (size_t o = 0; o < m->output_count; o++) {
        double batches = (double)m->outputs[o].batches;
        visit(n, &m->outputs[o].loss, 1);
        visit(n, &batches, 1);
        m->outputs[o].batches = (size_t)batches;
        for (size_t i = 0; i < m->outputs[o].count; i++) cn__metric_state(m->outputs[o].metrics[i], visit, n);
    }
}

cn_status cn__metric_set_grow(cn__metric_set *m, size_t batch)
{
    cn__metric_set larger;
    numbers n = {0};
    CN_TRY(cn__metric_set_new(m->model, batch, &larger));
    visit_all(m, keep_numbers, &n);
    if (n.text.failed) {
        cn__text_free(&n.text);
        cn__metric_set_free(&larger);
        return cn__fail_memory(n.text.size, "metrics");
    }
    visit_all(&larger, put_numbers, &n);
    cn__text_free(&n.text);
    cn__metric_set_free(m);
    *m = larger;
    return CN_OK;
}

void cn__metric_set_free(cn__metric_set *m)
{
    cn__arena_free(&m->arena);
    *m = (cn__metric_set){0};
}

void cn__metric_set_reset(cn__metric_set *m)
{
    reset_own(m);
    for (size_t i = 0; i < m->values; i++)
        if (m->value[i].function) m->value[i].function->reset(m->value[i].function->user);
}

cn_status cn__metric_set_status(const cn__metric_set *m) { return m->failed; }

bool cn__metric_set_read_logits(const cn__metric_set *m)
{
    for (size_t o = 0; o < m->output_count; o++)
        for (size_t i = 0; i < m->outputs[o].count; i++)
            if (cn__metric_reads_logits(m->outputs[o].metrics[i], CN_ACT_SOFTMAX)) return true;
    return false;
}

bool cn__metric_set_are_of_batch(const cn__metric_set *m)
{
    for (size_t o = 0; o < m->output_count; o++) {
        if (m->model->objectives[o].metric_function_count) return true;
        for (size_t i = 0; i < m->outputs[o].count; i++)
            if (cn__metric_is_of_batch(m->outputs[o].metrics[i])) return true;
    }
    return false;
}

/* ---- values ------------------------------------------------------------------------------------------------ */

/* Metrics are in the target's own units. */
static void undo_scale(const cn_model *model, const cn__output_metrics *own, const cn__output *out,
                       cn__metric_batch *batch)
{
    cn__target_scale_undo(model, out->pred, out->rows * out->cols, own->pred);
    cn__target_scale_undo(model, out->target, out->rows * out->target_cols, own->target);
    batch->pred = own->pred, batch->target = own->target;
}

static void update_functions(cn__metric_set *m, size_t output, const cn__metric_batch *b)
{
    const cn__objective *o = &m->model->objectives[output];
    cn__caller_views v;
    if (!o->metric_function_count) return;
    cn__caller_arrays(b->sample, b->rows, b->target_cols, b->pred, b->target, b->weight, &v);
    for (size_t i = 0; i < o->metric_function_count && m->failed == CN_OK; i++) {
        const cn_metric_function *f = &o->metric_functions[i];
        m->failed = f->update(f->user, &v.y, &v.pred, f->weighted && v.has_weight ? &v.weight : NULL);
    }
}

void cn__metric_set_add(cn__metric_set *m, const cn__result *result, size_t n)
{
    m->loss += result->loss + result->penalty * (double)n;
    m->samples += (double)n;
    for (size_t o = 0; o < m->output_count; o++) {
        const cn__output *out = &result->outputs[o];
        cn__output_metrics *own = &m->outputs[o];
        cn__metric_batch batch = {.pred = out->pred,
                                  .logits = out->logits,
                                  .before = out->before,
                                  .target = out->target,
                                  .rows = out->rows,
                                  .cols = out->cols,
                                  .target_cols = out->target_cols,
                                  .sample = &m->model->outputs[o]->shape};
        if (own->target && out->target) undo_scale(m->model, own, out, &batch);
        own->loss += m->model->objectives[o].weight * out->loss / (double)n;
        own->batches++;
        for (size_t i = 0; i < own->count && out->target; i++) {
            batch.weight = i < own->plain ? NULL : out->weight;
            cn__metric_update(own->metrics[i], &batch);
        }
        batch.weight = out->weight;
        if (out->target) update_functions(m, o, &batch);
    }
}

static double value_of(const cn__metric_set *m, const cn__metric_value *v)
{
    if (v->metric) return cn__metric_result(v->metric, v->index);
    if (v->function) return v->function->result(v->function->user);
    if (v->output == SIZE_MAX) return m->samples > 0 ? m->loss / m->samples : 0;
    const cn__output_metrics *o = &m->outputs[v->output];
    return o->batches ? o->loss / (double)o->batches : 0;
}

void cn__metric_set_log(cn__metric_set *m, const char *prefix, cn_logs *logs)
{
    for (size_t i = 0; i < m->values; i++)
        cn__logs_set(logs, prefix, m->value[i].name, value_of(m, &m->value[i]));
}

const cn__metric_value *cn__metric_set_find(const cn__metric_set *m, const char *name)
{
    for (size_t i = 0; i < m->values; i++)
        if (strcmp(m->value[i].name, name) == 0) return &m->value[i];
    return NULL;
}
