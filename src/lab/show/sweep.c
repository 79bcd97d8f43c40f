/* What a sweep has found: how many trials came to what, the best of them, and all of them as points. */
#include <math.h>

#include "lab/show/show.h"
#include "sweep/importance.h"

/* ---- the best trials ------------------------------------------------------------------------------------------------- */

static const char *value_text(cn__show *s, const cn__dimension *d, double value)
{
    const cn__value v = cn__dimension_value(d, value);
    if (isnan(value)) return "";
    if (v.kind == CN_VALUE_FLOAT) return cn__show_format(s, "%.6g", v.number);
    if (v.kind == CN_VALUE_WORD) return v.word;
    const char *text = cn__value_text(s->arena, &v);
    return text ? text : "";
}

static cn_status show_best(cn__show *s, const cn__job *j)
{
    enum { SHOWN = 8 };
    const cn__study *y = &j->found->study;
    size_t order[SHOWN];
    const size_t count = cn__study_best_trials(y, SHOWN, order);
    cn__rows t = cn__rows_begin(s, 1 + y->goal_count + y->space.count);
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_TRIAL));
    for (size_t i = 0; i < y->goal_count; i++) cn__rows_add(&t, "%s", cn__metric_head(s, y->goals[i].name));
    for (size_t i = 0; i < y->space.count; i++) cn__rows_add(&t, "%s", y->space.dimensions[i].name);
    for (size_t n = 0; n < count; n++) {
        const cn__trial *trial = &y->trials[order[n]];
        cn__rows_add(&t, "%zu", order[n]);
        for (size_t i = 0; i < y->goal_count; i++)
            cn__rows_add(&t, y->goals[i].source == CN_GOAL_HISTORY ? "%.4f" : "%.6g",
                         cn__unsigned_nan(trial->values[i]));
        for (size_t i = 0; i < y->space.count; i++)
            cn__rows_add(&t, "%s", value_text(s, &y->space.dimensions[i], trial->point[i]));
    }
    return cn__rows_end(&t, true,
                        cn__show_format(s, cn__show_message(s, CN_MSG_SWEEP_CAPTION), j->model->title));
}

/* ---- all of them ---------------------------------------------------------------------------------------------------------- */

static cn_status show_points(cn__show *s, const cn__job *j)
{
    const cn__study *y = &j->found->study;
    double *x = cn__show_array(s, y->trial_count, sizeof *x),
           *v = cn__show_array(s, y->trial_count, sizeof *v),
           *bx = cn__show_array(s, y->trial_count, sizeof *bx),
           *bv = cn__show_array(s, y->trial_count, sizeof *bv);
    cn__series *series = cn__show_array(s, 2, sizeof *series);
    size_t n = 0, better = 0;
    if (!x || !v || !bx || !bv || !series) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < y->trial_count; i++) {
        const cn__trial *t = &y->trials[i];
        if (t->state != CN_TRIAL_COMPLETE || isnan(t->values[0])) continue;
        x[n] = (double)i, v[n++] = t->values[0];
        if (better && !cn__goal_better(&y->goals[0], t->values[0], bv[better - 1])) continue;
        bx[better] = (double)i, bv[better++] = t->values[0];
    }
    series[0] =
        (cn__series){.name = cn__show_message(s, CN_MSG_TRIALS), .network = 1, .count = n, .x = x, .y = v};
    series[1] = (cn__series){
        .name = cn__show_message(s, CN_MSG_BEST_SO_FAR), .network = 2, .count = better, .x = bx, .y = bv};
    const char *caption = cn__show_format(s, cn__show_message(s, CN_MSG_SWEEP_FIGURE), j->model->title);
    const cn__panel panel = {.kind = CN_PANEL_SCATTER,
                             .x = {.title = cn__show_message(s, CN_MSG_TRIAL), .integer = true},
                             .y = {.title = cn__metric_title(s, y->goals[0].name)},
                             .series = series,
                             .series_count = 2};
    const cn__figure figure = {.alt = caption, .panels = &panel, .panel_count = 1};
    return cn__show_figure(s, &figure, cn__show_format(s, "sweep-%s", j->model->name), caption, NULL);
}

/* ---- which dimensions count --------------------------------------------------------------------------------------------------- */

static cn_status show_importance(cn__show *s, const cn__job *j)
{
    const cn__study *y = &j->found->study;
    const size_t n = y->space.count;
    double *heights = cn__show_array(s, n, sizeof *heights), most = 0;
    const char **names = cn__show_array(s, n, sizeof *names);
    cn__series *series = cn__show_array(s, 1, sizeof *series);
    if (!heights || !names || !series) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        names[i] = y->space.dimensions[i].name;
        heights[i] = cn__importance(y, i);
        if (isnan(heights[i])) return CN_ERROR_MEMORY;
        most = fmax(most, heights[i]);
    }
    if (n < 2 || most < 0.005) return CN_OK; /* too few trials to tell */
    *series = (cn__series){.split = CN_SPLIT_VALIDATION, .count = n, .y = heights};
    const char *caption = cn__show_format(s, cn__show_message(s, CN_MSG_SWEEP_IMPORTANCE), j->model->title,
                                          cn__show_lower(s, cn__metric_title(s, y->goals[0].name)));
    const cn__panel panel = {.kind = CN_PANEL_BARS,
                             .y = {.title = cn__show_message(s, CN_MSG_IMPORTANCE)},
                             .series = series,
                             .series_count = 1,
                             .categories = names,
                             .category_count = n};
    const cn__figure figure = {.alt = caption, .panels = &panel, .panel_count = 1};
    return cn__show_figure(s, &figure, cn__show_format(s, "sweep-importance-%s", j->model->name), caption,
                           NULL);
}

cn_status cn__show_sweep(cn__show *s)
{
    const cn__job *j = s->step->jobs[0];
    if (j->outcome.error && (j->status != CN_OK || j->skipped)) return cn__show_error(s, j->outcome.error);
    if (!j->found) return CN_OK;
    const cn__sweep_progress *p = &j->found->progress;
    CN_TRY(cn__show_log(s, cn__show_format(s, cn__show_message(s, CN_MSG_SWEEP_LOG), p->done, p->complete,
                                           p->pruned, p->failed, j->found->best)));
    CN_TRY(show_best(s, j));
    CN_TRY(show_points(s, j));
    return show_importance(s, j);
}
