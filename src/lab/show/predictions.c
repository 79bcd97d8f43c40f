/* What a trained model says of the test part, beside what is true. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text/text.h"
#include "train/class_report.h"
#include "lab/show/show.h"

static const char *name_of(cn__show *s, const cn__stage *d, size_t class)
{
    return class < d->classes ? d->class_names[class] : cn__show_format(s, "%zu", class);
}

/* The probability that a row gives to a class. */
static double probability(const cn_array *p, size_t row, size_t class)
{
    size_t each = cn_array_sample_size(p);
    if (each == 1) return class ? cn_array_at(p, row) : 1 - cn_array_at(p, row);
    return class < each ? cn_array_at(p, row * each + class) : 0;
}

/* ---- predict --------------------------------------------------------------------------------------------------------- */

static void add_class_row(cn__show *s, const cn__job *j, cn__rows *t, size_t i)
{
    size_t truth = (size_t)cn_array_at(&j->data->test_labels, i),
           said = cn_predicted_class(&j->outcome.prediction, i);
    cn__rows_add(t, "%s", name_of(s, j->data, truth));
    cn__rows_add(t, "%s", name_of(s, j->data, said));
    cn__rows_add(t, "%.4f", probability(&j->outcome.prediction, i, said));
}

/* Decimals that give the largest of n numbers four digits. */
static int decimals_of(const cn_array *numbers, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(cn_array_at(numbers, i * cn_array_sample_size(numbers))));
    int whole = largest > 0 && largest < 1e15 ? (int)floor(log10(largest)) + 1 : 1;
    return whole >= 4 ? 0 : whole > -8 ? 4 - whole : 12;
}

enum { MOST_OUTPUTS = 6 }; /* that are shown */

static size_t outputs_of(const cn__job *j)
{
    size_t outputs = cn_array_sample_size(&j->outcome.prediction),
           targets = cn_array_sample_size(&j->data->test_y);
    return outputs < targets ? outputs : targets;
}

/* Says so where not all of them are shown. */
static cn_status note_outputs(cn__show *s, const cn__job *j)
{
    size_t outputs = outputs_of(j);
    if (outputs <= MOST_OUTPUTS) return CN_OK;
    return cn__show_log(
        s, cn__show_format(s, cn__show_message(s, CN_MSG_OUTPUTS_SHOWN), (size_t)MOST_OUTPUTS, outputs));
}

static double truth_of(const cn__job *j, size_t i, size_t output)
{
    return cn_array_at(&j->data->test_y, i * cn_array_sample_size(&j->data->test_y) + output);
}

static double said_of(const cn__job *j, size_t i, size_t output)
{
    const cn_array *p = &j->outcome.prediction;
    return cn__unsigned_nan(cn_array_at(p, i * cn_array_sample_size(p) + output));
}

static void add_number_row(const cn__job *j, cn__rows *t, size_t i, size_t shown, int decimals)
{
    for (size_t o = 0; o < shown; o++) {
        cn__rows_add(t, "%.*f", decimals, truth_of(j, i, o));
        cn__rows_add(t, "%.*f", decimals, said_of(j, i, o));
    }
    if (shown == 1) cn__rows_add(t, "%.*f", decimals, cn__unsigned_nan(said_of(j, i, 0) - truth_of(j, i, 0)));
}

static void add_heads(cn__show *s, bool classes, size_t shown, cn__rows *t)
{
    cn__rows_add(t, "%s", cn__show_message(s, CN_MSG_SAMPLE));
    for (size_t o = 0; o < shown; o++) {
        const char *number = shown > 1 ? cn__show_format(s, " %zu", o + 1) : "";
        cn__rows_add(t, "%s%s", cn__show_message(s, CN_MSG_TRUE_VALUE), number);
        cn__rows_add(t, "%s%s", cn__show_message(s, CN_MSG_PREDICTED), number);
    }
    if (shown == 1)
        cn__rows_add(t, "%s", cn__show_message(s, classes ? CN_MSG_PROBABILITY : CN_MSG_ERROR_OF));
}

static cn_status predict_one(cn__show *s, const cn__job *j)
{
    bool classes = j->data->task == CN_TASK_CLASSES;
    size_t n = j->data->test_x.shape[0], wanted = (size_t)s->step->statement.arguments.count,
           outputs = classes ? 1 : outputs_of(j), shown = outputs < MOST_OUTPUTS ? outputs : MOST_OUTPUTS;
    if (wanted > n) wanted = n;
    int decimals = decimals_of(&j->data->test_y, wanted);
    cn__rows t = cn__rows_begin(s, shown == 1 ? 4 : 1 + 2 * shown);
    add_heads(s, classes, shown, &t);
    for (size_t i = 0; i < wanted; i++) {
        cn__rows_add(&t, "%zu", i);
        if (classes) add_class_row(s, j, &t, i);
        else add_number_row(j, &t, i, shown, decimals);
    }
    CN_TRY(cn__rows_end(&t, true,
                        cn__show_format(s, cn__show_message(s, CN_MSG_PREDICT_CAPTION), j->model->title)));
    return classes ? CN_OK : note_outputs(s, j);
}

cn_status cn__show_predict(cn__show *s)
{
    if (s->step->statement.arguments.file) return cn__show_new_rows(s);
    for (size_t k = 0; k < s->step->job_count; k++) CN_TRY(predict_one(s, s->step->jobs[k]));
    return CN_OK;
}

/* ---- confusion --------------------------------------------------------------------------------------------------------- */

static cn_status show_matrix(cn__show *s, const cn__job *j, const cn_class_report *k)
{
    size_t n = k->classes;
    double *values = cn__show_array(s, n * n, sizeof *values);
    if (!values) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n * n; i++) values[i] = (double)k->confusion[i];
    char *plain = cn_confusion_text(k, j->data->class_names, cn__show_message(s, CN_MSG_CORNER));
    const char *text = plain ? cn__arena_strdup(s->arena, plain) : NULL;
    cn_text_free(plain);
    if (!text) return CN_ERROR_MEMORY;
    char total[40];
    const cn__panel panel = {.kind = CN_PANEL_HEAT,
                             .x = {.title = cn__show_message(s, CN_MSG_PREDICTED_LABEL)},
                             .y = {.title = cn__show_message(s, CN_MSG_TRUE_LABEL)},
                             .heat = {.form = CN_HEAT_CONFUSION,
                                      .rows = n,
                                      .columns = n,
                                      .values = values,
                                      .row_names = j->data->class_names,
                                      .column_names = j->data->class_names,
                                      .annotated = true,
                                      .support = cn__show_message(s, CN_MSG_SUPPORT),
                                      .recall = cn__show_message(s, CN_MSG_RECALL),
                                      .precision = cn__show_message(s, CN_MSG_PRECISION)}};
    const cn__figure figure = {
        .title = cn__show_format(s, cn__show_message(s, CN_MSG_CONFUSION_TITLE), j->model->title),
        .panels = &panel,
        .panel_count = 1};
    return cn__show_figure(
        s, &figure, cn__show_format(s, "confusion-%s", j->model->name),
        cn__show_format(s, cn__show_message(s, CN_COUNTED(CONFUSION_CAPTION, k->samples)), j->model->title,
                        cn__grouped(s->language, (long long)k->samples, total, sizeof total)),
        text);
}

static void add_report_row(cn__rows *t, const char *name, const double v[3], size_t support)
{
    cn__rows_add(t, "%s", name);
    for (int i = 0; i < 3; i++) cn__rows_add(t, "%.2f", v[i]);
    cn__rows_add(t, "%zu", support);
}

/* As scikit-learn prints it. */
static cn_status show_report(cn__show *s, const cn__job *j, const cn_class_report *k)
{
    static const cn__msg heads[] = {CN_MSG_CLASS, CN_MSG_PRECISION, CN_MSG_RECALL, CN_MSG_F1,
                                    CN_MSG_SUPPORT_COLUMN};
    cn__rows t = cn__rows_begin(s, 5);
    for (int i = 0; i < 5; i++) cn__rows_add(&t, "%s", cn__show_message(s, heads[i]));
    for (size_t c = 0; c < k->classes; c++)
        add_report_row(&t, j->data->class_names[c], (const double[]){k->precision[c], k->recall[c], k->f1[c]},
                       k->support[c]);
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_ACCURACY));
    cn__rows_add(&t, "%s", "");
    cn__rows_add(&t, "%s", "");
    cn__rows_add(&t, "%.2f", k->accuracy);
    cn__rows_add(&t, "%zu", k->samples);
    add_report_row(&t, cn__show_message(s, CN_MSG_MACRO), k->macro, k->samples);
    add_report_row(&t, cn__show_message(s, CN_MSG_WEIGHTED), k->weighted, k->samples);
    return cn__rows_end(&t, true,
                        cn__show_format(s, cn__show_message(s, CN_MSG_REPORT_CAPTION), j->model->title));
}

static cn_status for_each(cn__show *s, cn_status (*one)(cn__show *, const cn__job *, const cn_class_report *))
{
    for (size_t i = 0; i < s->step->job_count; i++) {
        const cn__job *j = s->step->jobs[i];
        cn_class_report *k = cn__class_report_new(&j->data->test_labels, &j->outcome.prediction,
                                                  j->data->classes, s->step->statement.arguments.threshold);
        cn_status status = k ? one(s, j, k) : cn_error_status();
        cn_class_report_free(k);
        CN_TRY(status);
    }
    return CN_OK;
}

cn_status cn__show_confusion(cn__show *s) { return for_each(s, show_matrix); }
cn_status cn__show_report(cn__show *s) { return for_each(s, show_report); }

/* ---- misclassified --------------------------------------------------------------------------------------------------------- */

typedef struct mistake {
    size_t sample, truth, said;
    double confidence;
} mistake;

/* The surest first; of equals the first. */
static int by_confidence(const void *a, const void *b)
{
    const mistake *x = a, *y = b;
    if (x->confidence != y->confidence) return x->confidence > y->confidence ? -1 : 1;
    return x->sample < y->sample ? -1 : 1;
}

static size_t find_mistakes(const cn__job *j, mistake *out)
{
    size_t count = 0;
    for (size_t i = 0; i < j->data->test_labels.shape[0]; i++) {
        size_t truth = (size_t)cn_array_at(&j->data->test_labels, i),
               said = cn_predicted_class(&j->outcome.prediction, i);
        if (truth != said)
            out[count++] = (mistake){i, truth, said, probability(&j->outcome.prediction, i, said)};
    }
    qsort(out, count, sizeof *out, by_confidence);
    return count;
}

static cn_status show_mistakes(cn__show *s, const cn__job *j)
{
    const cn__arguments *a = &s->step->statement.arguments;
    size_t n = j->data->test_labels.shape[0], room = (size_t)(a->rows * a->columns);
    mistake *all = cn__show_array(s, n, sizeof *all);
    if (!all) return CN_ERROR_MEMORY;
    size_t count = find_mistakes(j, all);
    if (!count)
        return cn__show_log(
            s, cn__show_format(s, "%s: %s\n", j->model->title, cn__show_message(s, CN_MSG_NO_MISTAKES)));
    count = count < room ? count : room;
    cn__image *images = cn__show_array(s, count, sizeof *images);
    if (!images) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const cn_array *pictures = &j->data->test_images;
        cn_array one = cn_array_slice(pictures, all[i].sample, 1);
        images[i] =
            (cn__image){.pixels = cn_array_view(one.dtype, one.data, pictures->ndim - 1, pictures->shape + 1),
                        .wrong = true,
                        .title = cn__show_format(s, "%s → %s (%.0f%%)", name_of(s, j->data, all[i].truth),
                                                 name_of(s, j->data, all[i].said), 100 * all[i].confidence)};
    }
    const cn__panel panel = {
        .kind = CN_PANEL_IMAGES,
        .images = {.count = count, .columns = (size_t)a->columns, .items = images, .inverted = a->inverted}};
    const char *caption = cn__show_format(s, cn__show_message(s, CN_MSG_MISTAKES_CAPTION), j->model->title);
    const cn__figure figure = {.panels = &panel, .panel_count = 1, .alt = caption};
    return cn__show_figure(s, &figure, cn__show_format(s, "mistakes-%s", j->model->name), caption, NULL);
}

cn_status cn__show_misclassified(cn__show *s)
{
    for (size_t i = 0; i < s->step->job_count; i++) CN_TRY(show_mistakes(s, s->step->jobs[i]));
    return CN_OK;
}

/* ---- regression --------------------------------------------------------------------------------------------------------------- */

static cn_status scatter_panel(cn__show *s, const cn__job *j, size_t output, const char *title,
                               cn__panel *out)
{
    size_t n = j->data->test_y.shape[0];
    double *x = cn__show_array(s, n, sizeof *x), *y = cn__show_array(s, n, sizeof *y);
    cn__series *series = cn__show_array(s, 1, sizeof *series);
    if (!x || !y || !series) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        x[i] = truth_of(j, i, output);
        y[i] = said_of(j, i, output);
    }
    *series = (cn__series){.split = CN_SPLIT_TEST, .count = n, .x = x, .y = y};
    *out = (cn__panel){.kind = CN_PANEL_SCATTER,
                       .title = title,
                       .x = {.title = cn__show_message(s, CN_MSG_TRUE_VALUE)},
                       .y = {.title = cn__show_message(s, CN_MSG_PREDICTED)},
                       .diagonal = true,
                       .series = series,
                       .series_count = 1};
    return CN_OK;
}

static cn_status show_scatter(cn__show *s, const cn__job *j)
{
    size_t outputs = outputs_of(j), shown = outputs < MOST_OUTPUTS ? outputs : MOST_OUTPUTS;
    cn__panel *panels = cn__show_array(s, shown, sizeof *panels);
    if (!panels) return CN_ERROR_MEMORY;
    for (size_t o = 0; o < shown; o++)
        CN_TRY(scatter_panel(s, j, o, shown > 1 ? cn__show_format(s, "y %zu", o + 1) : NULL, &panels[o]));
    const char *title = j->model->title;
    const cn__figure figure = {.title =
                                   cn__show_format(s, cn__show_message(s, CN_MSG_PREDICTION_TITLE), title),
                               .panels = panels,
                               .panel_count = shown};
    CN_TRY(cn__show_figure(s, &figure, cn__show_format(s, "prediction-%s", j->model->name),
                           cn__show_format(s, cn__show_message(s, CN_MSG_PREDICTION_CAPTION), title), NULL));
    return note_outputs(s, j);
}

cn_status cn__show_prediction(cn__show *s)
{
    for (size_t i = 0; i < s->step->job_count; i++) CN_TRY(show_scatter(s, s->step->jobs[i]));
    return CN_OK;
}
