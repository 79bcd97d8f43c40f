/* What a classifier's probabilities are worth: ROC and precision-recall curves with their areas, and calibration; of a
 * regression the errors over what was predicted. ROC and average precision are those of scikit-learn: points at each
 * different score, the area under ROC by trapezoids, average precision as a sum of steps. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text/text.h"
#include "lab/show/show.h"

typedef struct scored {
    double score;
    bool positive;
} scored;

static int by_score(const void *a, const void *b)
{
    double x = ((const scored *)a)->score, y = ((const scored *)b)->score;
    return x > y ? -1 : x < y;
}

/* Of each test sample the probability of the class, and whether it is of it; the greatest first. */
static scored *scores_of(cn__show *s, const cn__job *j, size_t class, size_t *positives)
{
    size_t n = j->data->test_labels.shape[0], each = cn_array_sample_size(&j->outcome.prediction);
    scored *all = cn__show_array(s, n, sizeof *all);
    *positives = 0;
    for (size_t i = 0; all && i < n; i++) {
        double p = cn_array_at(&j->outcome.prediction, i * each + (each > 1 ? class : 0));
        all[i].score = each == 1 && !class ? 1 - p : p;
        all[i].positive = (size_t)cn_array_at(&j->data->test_labels, i) == class;
        *positives += all[i].positive;
    }
    if (all && n) qsort(all, n, sizeof *all, by_score);
    return all;
}

typedef struct curve {
    double *x, *y, area;
    size_t count;
} curve;

static cn_status new_curve(cn__show *s, size_t n, curve *out)
{
    *out =
        (curve){.x = cn__show_array(s, n + 2, sizeof(double)), .y = cn__show_array(s, n + 2, sizeof(double))};
    return out->x && out->y ? CN_OK : CN_ERROR_MEMORY;
}

static void add_point(curve *c, double x, double y) { c->x[c->count] = x, c->y[c->count++] = y; }

static cn_status roc(cn__show *s, const cn__job *j, size_t class, curve *out)
{
    size_t n = j->data->test_labels.shape[0], positives, hits = 0, alarms = 0;
    const scored *all = scores_of(s, j, class, &positives);
    if (!all) return CN_ERROR_MEMORY;
    CN_TRY(new_curve(s, n, out));
    add_point(out, 0, 0);
    for (size_t i = 0; i < n; i++) {
        hits += all[i].positive, alarms += !all[i].positive;
        if (i + 1 < n && all[i + 1].score == all[i].score) continue;
        add_point(out, (double)alarms / (double)(n - positives), (double)hits / (double)positives);
        size_t k = out->count - 1;
        out->area += (out->x[k] - out->x[k - 1]) * (out->y[k] + out->y[k - 1]) / 2;
    }
    return CN_OK;
}

static cn_status precision_recall(cn__show *s, const cn__job *j, size_t class, curve *out)
{
    size_t n = j->data->test_labels.shape[0], positives, hits = 0;
    const scored *all = scores_of(s, j, class, &positives);
    if (!all) return CN_ERROR_MEMORY;
    CN_TRY(new_curve(s, n, out));
    add_point(out, 0, 1);
    for (size_t i = 0; i < n; i++) {
        hits += all[i].positive;
        if (i + 1 < n && all[i + 1].score == all[i].score) continue;
        add_point(out, (double)hits / (double)positives, (double)hits / (double)(i + 1));
        size_t k = out->count - 1;
        out->area += (out->x[k] - out->x[k - 1]) * out->y[k];
    }
    return CN_OK;
}

/* Ten bins of equal width: the share of the class among samples that were given such a probability. */
static cn_status calibration(cn__show *s, const cn__job *j, size_t class, curve *out)
{
    enum { BINS = 10 };
    double sums[BINS] = {0}, counts[BINS] = {0}, hits[BINS] = {0};
    size_t n = j->data->test_labels.shape[0], positives;
    const scored *all = scores_of(s, j, class, &positives);
    if (!all) return CN_ERROR_MEMORY;
    CN_TRY(new_curve(s, BINS, out));
    for (size_t i = 0; i < n; i++) {
        double p = fmin(fmax(all[i].score, 0), 1);
        size_t bin = p < 1 ? (size_t)(p * BINS) : BINS - 1;
        sums[bin] += p, counts[bin]++, hits[bin] += all[i].positive;
        out->area += (p - all[i].positive) * (p - all[i].positive) / (double)n; /* Brier's score */
    }
    for (size_t b = 0; b < BINS; b++)
        if (counts[b] > 0) add_point(out, sums[b] / counts[b], hits[b] / counts[b]);
    return CN_OK;
}

/* ---- figures ---------------------------------------------------------------------------------------------------------- */

typedef struct form {
    cn_status (*make)(cn__show *, const cn__job *, size_t, curve *);
    const char *id;
    cn__msg x, y, area, caption;
    bool diagonal;
} form;

static bool has_both(const cn__job *j, size_t class)
{
    size_t n = j->data->test_labels.shape[0], count = 0;
    for (size_t i = 0; i < n; i++) count += (size_t)cn_array_at(&j->data->test_labels, i) == class;
    return count > 0 && count < n;
}

/* One curve for two classes (that of the second), else one for each class; those that the test part lacks are left out. */
static cn_status add_curves(cn__show *s, const cn__job *j, const form *f, cn__series *series, size_t *count)
{
    enum { MOST_CLASSES = 10 };
    bool two = j->data->classes <= 2;
    for (size_t class = two; class < j->data->classes && class < MOST_CLASSES; class ++) {
        curve c;
        if (!has_both(j, class)) continue;
        CN_TRY(f->make(s, j, class, &c));
        const char *name = s->step->job_count > 1 && two ? j->model->title : j->data->class_names[class];
        if (s->step->job_count > 1 && !two) name = cn__show_format(s, "%s: %s", j->model->title, name);
        series[(*count)++] = (cn__series){
            .name = cn__show_format(s, "%s (%s %.4f)", name, cn__show_message(s, f->area), c.area),
            .count = c.count,
            .x = c.x,
            .y = c.y};
    }
    return CN_OK;
}

static cn_status show(cn__show *s, const form *f)
{
    size_t count = 0;
    cn__series *series = cn__show_array(s, 10 * s->step->job_count + 1, sizeof *series);
    double *diagonal = cn__show_array(s, 2, sizeof *diagonal);
    if (!series || !diagonal) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < s->step->job_count; i++)
        CN_TRY(add_curves(s, s->step->jobs[i], f, series, &count));
    diagonal[1] = 1;
    if (f->diagonal && count)
        series[count++] = (cn__series){.split = CN_SPLIT_NOTE, .count = 2, .x = diagonal, .y = diagonal};
    const cn__panel panel = {
        .kind = CN_PANEL_LINES,
        .empty = cn__show_message(s, CN_MSG_ONE_CLASS),
        .x = {.title = cn__show_message(s, f->x), .range = CN_RANGE_FIXED, .min = 0, .max = 1},
        .y = {.title = cn__show_message(s, f->y), .range = CN_RANGE_FIXED, .min = 0, .max = 1},
        .series = series,
        .series_count = count};
    const char *caption = cn__show_format(s, "%s", cn__show_message(s, f->caption));
    const cn__figure figure = {.alt = caption, .panels = &panel, .panel_count = 1};
    CN_TRY(cn__show_figure(s, &figure, f->id, caption, NULL));
    cn__text text = {0};
    for (size_t i = 0; i < count; i++)
        if (series[i].name) cn__text_printf(&text, "%s\n", series[i].name);
    cn_status status = text.data ? cn__show_log(s, text.data) : CN_OK;
    cn__text_free(&text);
    return status;
}

cn_status cn__show_roc(cn__show *s)
{
    return show(s, &(form){roc, "roc", CN_MSG_FALSE_POSITIVE_RATE, CN_MSG_TRUE_POSITIVE_RATE, CN_MSG_AREA,
                           CN_MSG_ROC_CAPTION, true});
}

cn_status cn__show_precision_recall(cn__show *s)
{
    return show(s, &(form){precision_recall, "precision-recall", CN_MSG_RECALL, CN_MSG_PRECISION, CN_MSG_AREA,
                           CN_MSG_PRECISION_RECALL_CAPTION, false});
}

cn_status cn__show_calibration(cn__show *s)
{
    return show(s, &(form){calibration, "calibration", CN_MSG_PROBABILITY, CN_MSG_SHARE_OF_CLASS,
                           CN_MSG_BRIER, CN_MSG_CALIBRATION_CAPTION, true});
}

/* ---- residuals ----------------------------------------------------------------------------------------------------------- */

static cn_status residuals(cn__show *s, const cn__job *j)
{
    size_t n = j->data->test_y.shape[0], outputs = cn_array_sample_size(&j->outcome.prediction),
           targets = cn_array_sample_size(&j->data->test_y);
    double *x = cn__show_array(s, n, sizeof *x), *y = cn__show_array(s, n, sizeof *y), mean = 0, squares = 0,
           total = 0, absolute = 0;
    cn__series *series = cn__show_array(s, 1, sizeof *series);
    if (!x || !y || !series) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) mean += cn_array_at(&j->data->test_y, i * targets) / (double)n;
    for (size_t i = 0; i < n; i++) {
        double truth = cn_array_at(&j->data->test_y, i * targets);
        x[i] = cn_array_at(&j->outcome.prediction, i * outputs);
        y[i] = truth - x[i];
        squares += y[i] * y[i], total += (truth - mean) * (truth - mean), absolute += fabs(y[i]);
    }
    *series = (cn__series){.split = CN_SPLIT_TEST, .count = n, .x = x, .y = y};
    const char *caption = cn__show_format(s, cn__show_message(s, CN_MSG_RESIDUALS_CAPTION), j->model->title);
    const cn__panel panel = {.kind = CN_PANEL_SCATTER,
                             .x = {.title = cn__show_message(s, CN_MSG_PREDICTED)},
                             .y = {.title = cn__show_message(s, CN_MSG_RESIDUAL)},
                             .series = series,
                             .series_count = 1};
    const cn__figure figure = {.alt = caption, .panels = &panel, .panel_count = 1};
    CN_TRY(cn__show_figure(s, &figure, cn__show_format(s, "residuals-%s", j->model->name), caption, NULL));
    return cn__show_log(s, cn__show_format(s, "%s: R² %.4f, MAE %.5g, RMSE %.5g\n", j->model->title,
                                           total > 0 ? 1 - squares / total : (double)NAN,
                                           absolute / (double)n, sqrt(squares / (double)n)));
}

cn_status cn__show_residuals(cn__show *s)
{
    for (size_t i = 0; i < s->step->job_count; i++) CN_TRY(residuals(s, s->step->jobs[i]));
    return CN_OK;
}
