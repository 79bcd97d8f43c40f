/* What all kinds of output have in common: titles, figures, tables. */
#include "lab/show/show.h"

#include <assert.h>
#include <string.h>

#include "base/text/text.h"
#include "lab/show/names.h"

const char *cn__show_message(const cn__show *s, cn__msg word) { return cn__catalogue(s->language, word); }

const char *cn__metric_title(const cn__show *s, const char *name)
{
    static const struct {
        const char *name;
        cn__msg word;
    } known[] = {{"accuracy", CN_MSG_ACCURACY},
                 {"acc", CN_MSG_ACCURACY},
                 {"loss", CN_MSG_LOSS},
                 {"mae", CN_MSG_MAE},
                 {"mean_absolute_error", CN_MSG_MAE},
                 {"mse", CN_MSG_MSE},
                 {"mean_squared_error", CN_MSG_MSE},
                 {"binary_accuracy", CN_MSG_ACCURACY},
                 {"categorical_accuracy", CN_MSG_ACCURACY}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, name) == 0) return cn__show_message(s, known[i].word);
    return name;
}

const char *cn__metric_head(cn__show *s, const char *name)
{
    const char *title = cn__metric_title(s, name);
    if (title == cn__show_message(s, CN_MSG_MAE)) return "MAE";
    if (title == cn__show_message(s, CN_MSG_MSE)) return "MSE";
    return title;
}

const char *cn__main_metric(const cn__job *job)
{
    const cn__curves *c = &job->expected;
    if (cn__curves_find(c, "accuracy")) return "accuracy";
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->names[i], "loss") != 0 && strcmp(c->names[i], "learning_rate") != 0 &&
            strncmp(c->names[i], "val_", 4) != 0)
            return c->names[i];
    return NULL;
}

const char **cn__shown_names(cn__show *s, const cn__job *job, size_t *count)
{
    const cn__curves *c = &job->expected;
    const char *metric = cn__main_metric(job), **names = cn__show_array(s, c->count + 2, sizeof *names);
    const bool several = job->binding && job->binding->outputs > 1;
    *count = 0;
    for (size_t i = 0; names && several && i < c->count; i++)
        if (strcmp(c->names[i], "learning_rate") != 0 && strncmp(c->names[i], "val_", 4) != 0)
            names[(*count)++] = c->names[i];
    if (!names || several) return names;
    if (metric) names[(*count)++] = metric;
    names[(*count)++] = "loss";
    return names;
}

const char *cn__show_format(cn__show *s, const char *format, ...)
{
    char buffer[1024];
    va_list arguments;
    va_start(arguments, format);
    cn__vformat(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    const char *text = cn__arena_strdup(s->arena, buffer);
    return text ? text : "";
}

static bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

const char *cn__show_lower(cn__show *s, const char *title)
{
    if (!is_capital(title[0]) || is_capital(title[1])) return title;
    return cn__show_format(s, "%c%s", title[0] - 'A' + 'a', title + 1);
}

void *cn__show_array(cn__show *s, size_t count, size_t size)
{
    return cn__arena_array(s->arena, count ? count : 1, size);
}

const char *cn__show_titled(cn__show *s, const cn__job *j)
{
    return cn__job_has_run(j)
               ? j->model->title
               : cn__show_format(s, "%s %s", j->model->title, cn__show_message(s, CN_MSG_NOT_RUN));
}

/* ---- outputs --------------------------------------------------------------------------------------------------- */

static cn_status add(cn__show *s, cn__report_output output, const char *plain)
{
    if (s->count == s->capacity) {
        size_t capacity = s->capacity ? 2 * s->capacity : 8;
        cn__report_output *outputs = cn__show_array(s, capacity, sizeof *outputs);
        const char **texts = cn__show_array(s, capacity, sizeof *texts);
        if (!outputs || !texts) return CN_ERROR_MEMORY;
        if (s->count) {
            memcpy(outputs, s->outputs, s->count * sizeof *outputs);
            memcpy(texts, s->plain, s->count * sizeof *texts);
        }
        s->outputs = outputs, s->plain = texts;
        s->capacity = capacity;
    }
    s->plain[s->count] = plain;
    s->outputs[s->count++] = output;
    return CN_OK;
}

cn_status cn__show_log(cn__show *s, const char *text)
{
    const char *copy = cn__arena_strdup(s->arena, text ? text : "");
    return copy ? add(s, (cn__report_output){.kind = CN_OUTPUT_LOG, .text = copy}, NULL) : CN_ERROR_MEMORY;
}

cn_status cn__show_error(cn__show *s, const char *text)
{
    const char *copy = cn__arena_strdup(s->arena, text ? text : "");
    return copy ? add(s, (cn__report_output){.kind = CN_OUTPUT_ERROR, .text = copy}, NULL) : CN_ERROR_MEMORY;
}

/* A second figure of the same name gets "-2". */
static const char *unique_id(cn__show *s, const char *id, cn__show_ids *ids)
{
    const char *candidate = id;
    for (size_t n = 2;; n++) {
        size_t i = 0;
        while (i < ids->count && strcmp(ids->items[i], candidate) != 0) i++;
        if (i == ids->count) break;
        candidate = cn__show_format(s, "%s-%zu", id, n);
    }
    if ((ids->count & (ids->count - 1)) == 0) {
        const char **more = cn__show_array(s, ids->count ? 2 * ids->count : 1, sizeof *more);
        if (!more) return candidate;
        if (ids->count) memcpy(more, ids->items, ids->count * sizeof *more);
        ids->items = more;
    }
    ids->items[ids->count++] = candidate;
    return candidate;
}

cn_status cn__show_figure(cn__show *s, const cn__figure *figure, const char *id, const char *caption,
                          const char *plain)
{
    cn__figure *copy = cn__show_array(s, 1, sizeof *copy);
    cn__panel *panels = cn__show_array(s, figure->panel_count, sizeof *panels);
    if (!copy || !panels) return CN_ERROR_MEMORY;
    *copy = *figure;
    memcpy(panels, figure->panels, figure->panel_count * sizeof *panels);
    copy->panels = panels;
    const char *own = s->step->statement.arguments.caption;
    assert(cn__figure_is_named(s->step->statement.kind->verb, id)); /* what check knows of it */
    return add(s,
               (cn__report_output){.kind = CN_OUTPUT_FIGURE,
                                   .figure = copy,
                                   .id = unique_id(s, id, &s->figure_ids),
                                   .caption = own ? own : caption},
               plain);
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

cn__rows cn__rows_begin(cn__show *s, size_t columns) { return (cn__rows){.show = s, .columns = columns}; }

void cn__rows_add(cn__rows *r, const char *format, ...)
{
    char buffer[512];
    va_list arguments;
    va_start(arguments, format);
    cn__vformat(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    if (r->count == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 32;
        const char **cells = cn__show_array(r->show, capacity, sizeof *cells);
        r->failed = r->failed || !cells;
        if (!cells) return;
        if (r->count) memcpy(cells, r->cells, r->count * sizeof *cells);
        r->cells = cells;
        r->capacity = capacity;
    }
    r->cells[r->count] = cn__arena_strdup(r->show->arena, buffer);
    r->failed = r->failed || !r->cells[r->count];
    r->count++;
}

/* By its statement and first model: "compare-m216", "report-final"; a second one gets "-2". */
static const char *table_id(cn__show *s)
{
    if (!s->step) return NULL;
    char name[200];
    cn__table_name(&s->step->statement, name, sizeof name);
    return unique_id(s, cn__show_format(s, "%s", name), &s->table_ids);
}

cn_status cn__rows_end(cn__rows *r, bool head_column, const char *caption)
{
    if (r->failed) return CN_ERROR_MEMORY;
    const char *own = r->show->step ? r->show->step->statement.arguments.caption : NULL;
    assert(!r->show->step || !caption || cn__shows_table(&r->show->step->statement));
    cn__report_table table = {
        .columns = r->columns, .rows = r->count / r->columns, .cells = r->cells, .head_column = head_column};
    return add(
        r->show,
        (cn__report_output){
            .kind = CN_OUTPUT_TABLE, .table = table, .id = table_id(r->show), .caption = own ? own : caption},
        NULL);
}
