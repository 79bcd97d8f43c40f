/* What crossvalidate came to: each fold's test values, their mean and deviation, and a figure of them. */
#include <math.h>
#include <string.h>

#include "lab/show/show.h"

static double value_of(const cn__lab_model *m, size_t fold, const char *name)
{
    const double *v = cn__curves_find(&m->folds[fold]->outcome.test, name);
    return v ? v[0] : (double)NAN;
}

void cn__folds_spread(const cn__lab_model *m, const char *name, double *mean, double *deviation)
{
    double sum = 0, squares = 0, n = (double)m->fold_count;
    for (size_t i = 0; i < m->fold_count; i++) sum += value_of(m, i, name);
    *mean = sum / n;
    for (size_t i = 0; i < m->fold_count; i++) squares += pow(value_of(m, i, name) - *mean, 2);
    *deviation = n > 1 ? sqrt(squares / (n - 1)) : 0;
}

static cn_status show_rows(cn__show *s, const cn__lab_model *m, const char *caption)
{
    const cn__curves *names = &m->folds[0]->outcome.test;
    cn__rows t = cn__rows_begin(s, 1 + names->count);
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_FOLD));
    for (size_t k = 0; k < names->count; k++) cn__rows_add(&t, "%s", cn__metric_head(s, names->names[k]));
    for (size_t i = 0; i < m->fold_count; i++) {
        cn__rows_add(&t, "%zu", i + 1);
        for (size_t k = 0; k < names->count; k++)
            cn__rows_add(&t, "%.4f", cn__unsigned_nan(value_of(m, i, names->names[k])));
    }
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_MEAN));
    for (size_t k = 0; k < names->count; k++) {
        double mean, deviation;
        cn__folds_spread(m, names->names[k], &mean, &deviation);
        cn__rows_add(&t, "%.4f ± %.4f", cn__unsigned_nan(mean), cn__unsigned_nan(deviation));
    }
    return cn__rows_end(&t, true, caption);
}

/* The folds as points, and behind them their mean with a band of the deviation. */
static cn_status fill_panel(cn__show *s, const cn__lab_model *m, const char *name, cn__panel *panel)
{
    const size_t n = m->fold_count;
    double *values = cn__show_array(s, n + 6, sizeof *values), mean, deviation, *ends = values + n;
    cn__series *series = cn__show_array(s, 2, sizeof *series);
    if (!values || !series) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) values[i] = value_of(m, i, name);
    cn__folds_spread(m, name, &mean, &deviation);
    ends[0] = 0.5, ends[1] = (double)n + 0.5;
    ends[2] = ends[3] = mean, ends[4] = ends[5] = deviation;
    series[0] = (cn__series){.name = cn__show_message(s, CN_MSG_MEAN_DEVIATION),
                             .split = CN_SPLIT_NOTE,
                             .marks = CN_MARKS_NONE,
                             .count = 2,
                             .x = ends,
                             .y = ends + 2,
                             .deviation = ends + 4};
    series[1] = (cn__series){.name = cn__show_message(s, CN_MSG_FOLD),
                             .split = CN_SPLIT_TEST,
                             .marks = CN_MARKS_ALONE,
                             .count = n,
                             .y = values};
    *panel = (cn__panel){.kind = CN_PANEL_LINES,
                         .x = {.title = cn__show_message(s, CN_MSG_FOLD), .integer = true},
                         .y = {.title = cn__metric_title(s, name)},
                         .series = series,
                         .series_count = 2};
    return CN_OK;
}

static cn_status show_points(cn__show *s, const cn__lab_model *m, const char *caption)
{
    const char *metric = cn__main_metric(m->folds[0]);
    const size_t count = metric && strcmp(metric, "loss") != 0 ? 2 : 1;
    cn__panel *panels = cn__show_array(s, count, sizeof *panels);
    if (!panels) return CN_ERROR_MEMORY;
    if (count > 1) CN_TRY(fill_panel(s, m, metric, &panels[0]));
    CN_TRY(fill_panel(s, m, "loss", &panels[count - 1]));
    const cn__figure figure = {.alt = caption, .panels = panels, .panel_count = count};
    return cn__show_figure(s, &figure, cn__show_format(s, "folds-%s", m->name), caption, NULL);
}

cn_status cn__show_crossvalidate(cn__show *s)
{
    for (size_t i = 0; i < s->step->statement.name_count; i++) {
        const cn__lab_model *m = s->step->models[i];
        const char *caption = cn__show_format(s, cn__show_message(s, CN_MSG_FOLDS_CAPTION), m->title);
        CN_TRY(show_points(s, m, caption));
        CN_TRY(show_rows(s, m, caption));
    }
    return CN_OK;
}
