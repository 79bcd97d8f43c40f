/* What crossvalidate came to: each fold's test values, their mean and deviation, and a figure of them. */
#include <math.h>

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
    cn__rows_add(&t, "%s", cn__say(s, CN_WORD_FOLD));
    for (size_t k = 0; k < names->count; k++) cn__rows_add(&t, "%s", cn__metric_head(s, names->names[k]));
    for (size_t i = 0; i < m->fold_count; i++) {
        cn__rows_add(&t, "%zu", i + 1);
        for (size_t k = 0; k < names->count; k++)
            cn__rows_add(&t, "%.4f", cn__unsigned_nan(value_of(m, i, names->names[k])));
    }
    cn__rows_add(&t, "%s", cn__say(s, CN_WORD_MEAN));
    for (size_t k = 0; k < names->count; k++) {
        double mean, deviation;
        cn__folds_spread(m, names->names[k], &mean, &deviation);
        cn__rows_add(&t, "%.4f ± %.4f", cn__unsigned_nan(mean), cn__unsigned_nan(deviation));
    }
    return cn__rows_end(&t, true, caption);
}

static cn_status show_bars(cn__show *s, const cn__lab_model *m, const char *caption)
{
    const char *metric = cn__main_metric(m->folds[0]), *name = metric ? metric : "loss";
    double *heights = cn__show_array(s, m->fold_count, sizeof *heights), mean, deviation;
    cn__series *series = cn__show_array(s, 1, sizeof *series);
    cn__limit *limit = cn__show_array(s, 1, sizeof *limit);
    if (!heights || !series || !limit) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < m->fold_count; i++) heights[i] = value_of(m, i, name);
    cn__folds_spread(m, name, &mean, &deviation);
    *series = (cn__series){.split = CN_SPLIT_TEST, .count = m->fold_count, .y = heights};
    *limit = (cn__limit){cn__say(s, CN_WORD_MEAN), mean};
    const cn__panel panel = {.kind = CN_PANEL_BARS,
                             .x = {.title = cn__say(s, CN_WORD_FOLD)},
                             .y = {.title = cn__metric_title(s, name)},
                             .series = series,
                             .series_count = 1,
                             .limits = isfinite(mean) ? limit : NULL,
                             .limit_count = isfinite(mean)};
    const cn__figure figure = {.alt = caption, .panels = &panel, .panel_count = 1};
    return cn__show_figure(s, &figure, cn__show_format(s, "folds-%s", m->name), caption, NULL);
}

cn_status cn__show_crossvalidate(cn__show *s)
{
    for (size_t i = 0; i < s->step->statement.name_count; i++) {
        const cn__lab_model *m = s->step->models[i];
        const char *caption = cn__show_format(s, cn__say(s, CN_WORD_FOLDS_CAPTION), m->title);
        CN_TRY(show_bars(s, m, caption));
        CN_TRY(show_rows(s, m, caption));
    }
    return CN_OK;
}
