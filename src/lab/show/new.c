/* predict NAME data=FILE: what a model says of new rows, which its data's preparation makes of a table's raw columns. */
#include <math.h>
#include <string.h>

#include "base/text/text.h"
#include "data/preparation/preparation.h"
#include "cornu/classes.h"
#include "lab/show/show.h"

static double probability(const cn_array *rows, size_t row, size_t class)
{
    size_t each = cn_array_sample_size(rows);
    if (each == 1) return class ? cn_array_at(rows, row) : 1 - cn_array_at(rows, row);
    return cn_array_at(rows, row * each + class);
}

static void add_row(const cn__stage *d, const cn_array *rows, size_t row, cn__rows *t)
{
    size_t each = cn_array_sample_size(rows), class = cn_predicted_class(rows, row);
    if (d->task == CN_TASK_CLASSES && class < d->classes) {
        cn__rows_add(t, "%s", d->class_names[class]);
        cn__rows_add(t, "%.4f", probability(rows, row, class));
        return;
    }
    for (size_t k = 0; k < each; k++)
        cn__rows_add(t, "%.5g", cn__unsigned_nan(cn_array_at(rows, row * each + k)));
}

static cn_status show_rows(cn__show *s, const cn__job *j, const cn_table *table, const uint32_t *used,
                           const cn_array *rows)
{
    const cn__stage *d = j->data;
    bool classes = d->task == CN_TASK_CLASSES;
    size_t outputs = classes ? 2 : cn_array_sample_size(rows), n = rows->shape[0],
           wanted = (size_t)s->step->statement.arguments.count;
    cn__rows t = cn__rows_begin(s, 1 + outputs);
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_LINE));
    if (classes) {
        cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_PREDICTED));
        cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_PROBABILITY));
    }
    for (size_t k = 0; !classes && k < outputs; k++)
        cn__rows_add(&t, "%s", k < d->target_count ? d->targets[k] : cn__show_message(s, CN_MSG_PREDICTED));
    for (size_t i = 0; i < n && i < wanted; i++) {
        cn__rows_add(&t, "%zu", cn_table_line(table, used[i]));
        add_row(d, rows, i, &t);
    }
    return cn__rows_end(&t, true,
                        cn__show_format(s, cn__show_message(s, CN_MSG_NEW_ROWS_CAPTION), j->model->title));
}

static cn_status predict(cn__show *s, cn__job *j, const cn_table *table)
{
    const cn_preparation *p = j->data->preparation;
    uint32_t *used = cn__show_array(s, cn_table_rows(table), sizeof *used);
    cn_array x = {0}, rows = {0};
    size_t count;
    cn__text notes = {0};
    if (!used) return CN_ERROR_MEMORY;
    cn__preparation_note_unknown(p, table, &notes);
    cn_status status = notes.data ? cn__show_log(s, notes.data) : CN_OK;
    cn__text_free(&notes);
    CN_TRY(status);
    CN_TRY(cn_preparation_rows(p, table, false, used, &count));
    CN_TRY(cn_preparation_apply(p, table, used, count, &x, NULL));
    cn_model *m = cn__run_model(s->run, j);
    status = m ? cn_model_predict(m, &x, &rows, .tta = (size_t)s->step->statement.arguments.tta)
               : cn_error_status();
    if (status == CN_OK) status = show_rows(s, j, table, used, &rows);
    cn_model_free(m);
    cn_array_free(&x);
    cn_array_free(&rows);
    return status;
}

cn_status cn__show_new_rows(cn__show *s)
{
    for (size_t i = 0; i < s->step->job_count; i++) {
        cn__job *j = s->step->jobs[i];
        cn_table *table = cn_preparation_read(j->data->preparation, s->step->statement.arguments.file, NULL);
        if (!table) return cn_error_status();
        cn_status status = predict(s, j, table);
        cn_table_free(table);
        CN_TRY(status);
    }
    return CN_OK;
}
