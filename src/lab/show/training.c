/* Logs and curves of trainings. */
#include <math.h>
#include <string.h>

#include "base/text/text.h"
#include "lab/show/show.h"

/* ---- logs ------------------------------------------------------------------------------------------------------------ */

/* Four decimals, and four digits with an exponent for what would show as zeros, as Keras does. */
static void add_value(cn__text *t, const char *name, double v)
{
    cn__text_printf(t, fabs(v) > 1e-3 || v == 0 ? " - %s: %.4f" : " - %s: %.4e", name, v);
}

static void add_time(cn__text *t, double seconds, size_t steps)
{
    double each = seconds / (double)(steps ? steps : 1);
    cn__text_printf(t, " - %.1fs", seconds);
    if (each >= 1e-3) cn__text_printf(t, " %.1fms/step", each * 1e3);
    else cn__text_printf(t, " %.0fus/step", each * 1e6);
}

static size_t steps_of(size_t samples, int64_t batch)
{
    return (samples + (size_t)batch - 1) / (size_t)batch;
}

static size_t training_samples(const cn__job *j)
{
    return (size_t)floor((double)j->data->x.shape[0] * (1 - j->fit.validation_split));
}

/* NaN of an epoch without validation is no value, any other is one. */
static bool has_value(const cn__job *j, const cn__curves *c, size_t i, size_t e)
{
    bool skipped = (e + 1 + (size_t)j->fit.initial_epoch) % (size_t)j->fit.validation_freq != 0;
    return !isnan(c->values[i][e]) || strncmp(c->names[i], "val_", 4) != 0 || !skipped;
}

static void add_epochs(cn__show *s, const cn__job *j, cn__text *t)
{
    const cn__curves *c = &j->outcome.history;
    size_t steps = steps_of(training_samples(j), j->fit.batch_size);
    for (size_t e = 0; e < c->epochs; e++) {
        cn__text_printf(t, "Epoch %zu/%lld\n%zu/%zu", e + 1 + (size_t)j->fit.initial_epoch,
                        (long long)j->fit.epochs, steps, steps);
        if (!s->program->options->no_times) add_time(t, j->outcome.seconds[e], steps);
        for (size_t i = 0; i < c->count; i++)
            if (has_value(j, c, i, e)) add_value(t, c->names[i], c->values[i][e]);
        cn__text_add(t, "\n");
    }
    if (!j->outcome.stop.kind) return;
    const char *reason = cn__catalogue_stop(s->arena, s->language, &j->outcome.stop, j->outcome.stopped);
    cn__text_printf(t, cn__show_message(s, CN_MSG_STOPPED), reason ? reason : "");
    cn__text_add(t, "\n");
}

/* The name of a model over its lines, where there are several. */
static void add_heading(cn__show *s, size_t i, cn__text *t)
{
    if (s->step->statement.name_count > 1)
        cn__text_printf(t, "%s%s\n", i ? "\n" : "", s->step->models[i]->title);
}

cn_status cn__show_fit(cn__show *s)
{
    cn__text t = {0};
    cn_status status = CN_OK;
    for (size_t i = 0; i < s->step->job_count && status == CN_OK; i++) {
        const cn__job *j = s->step->jobs[i];
        bool silent = !s->step->statement.arguments.verbose; /* of many epochs nobody reads a line each */
        if (!silent) add_heading(s, i, &t);
        if (j->status == CN_OK && !j->skipped && silent) continue;
        if (j->status == CN_OK && !j->skipped) add_epochs(s, j, &t);
        else if (j->outcome.error) status = cn__show_error(s, j->outcome.error);
    }
    if (status == CN_OK && t.data) status = cn__show_log(s, t.data);
    cn__text_free(&t);
    return status;
}

cn_status cn__show_evaluate(cn__show *s)
{
    cn__text t = {0};
    for (size_t i = 0; i < s->step->job_count; i++) {
        const cn__job *j = s->step->jobs[i];
        size_t steps = steps_of(j->data->test_x.shape[0], 32);
        add_heading(s, i, &t);
        if (!cn__job_has_run(j)) {
            cn__text_printf(&t, "%s\n", cn__show_message(s, CN_MSG_NOT_RUN));
            continue;
        }
        cn__text_printf(&t, "%zu/%zu", steps, steps);
        if (j->tta > 1) cn__text_printf(&t, " - tta: %zu", j->tta);
        for (size_t k = 0; k < j->outcome.test.count; k++)
            add_value(&t, j->outcome.test.names[k], j->outcome.test.values[k][0]);
        cn__text_add(&t, "\n");
    }
    cn_status status = cn__show_log(s, t.data);
    cn__text_free(&t);
    return status;
}

/* ---- one panel of a history -------------------------------------------------------------------------------------------- */

static const double *epochs_of(cn__show *s, const cn__job *j)
{
    size_t n = j->outcome.history.epochs;
    double *x = cn__show_array(s, n, sizeof *x);
    for (size_t i = 0; x && i < n; i++) x[i] = (double)(i + 1 + (size_t)j->fit.initial_epoch);
    return x;
}

static const double *validation_of(cn__show *s, const cn__job *j, const char *name)
{
    return cn__curves_find(&j->outcome.history, cn__show_format(s, "val_%s", name));
}

static cn_status history_panel(cn__show *s, const cn__job *j, const char *name, cn__panel *out)
{
    size_t n = j->outcome.history.epochs, at;
    const double *train = cn__curves_find(&j->outcome.history, name), *val = validation_of(s, j, name);
    cn__series *series = cn__show_array(s, 2, sizeof *series);
    const double *x = epochs_of(s, j);
    if (!series || !x) return CN_ERROR_MEMORY;
    series[0] = (cn__series){.name = cn__show_message(s, CN_MSG_TRAINING),
                             .split = CN_SPLIT_TRAINING,
                             .count = n,
                             .x = x,
                             .y = train};
    series[1] = (cn__series){.name = cn__show_message(s, CN_MSG_VALIDATION),
                             .split = CN_SPLIT_VALIDATION,
                             .count = n,
                             .x = x,
                             .y = val};
    if (val) {
        double best = cn__values_extreme(val, n, cn__more_is_better(name), &at);
        if (!isnan(best)) series[1].best = at + 1;
    }
    *out = (cn__panel){.kind = CN_PANEL_LINES,
                       .title = cn__metric_title(s, name),
                       .x = {.title = cn__show_message(s, CN_MSG_EPOCH), .integer = true},
                       .y = {.title = cn__metric_title(s, name),
                             .log = s->step->statement.arguments.log_axis && !cn__more_is_better(name)},
                       .series = series,
                       .series_count = val ? 2 : 1,
                       .crossings = cn__show_message(s, CN_MSG_CROSSING),
                       .best = val ? cn__show_message(s, CN_MSG_BEST_EPOCH) : NULL};
    return CN_OK;
}

static cn_status add_limit(cn__show *s, cn__panel *panel, double value, cn__msg word)
{
    if (isnan(value)) return CN_OK;
    cn__limit *limit = cn__show_array(s, 1, sizeof *limit);
    if (!limit) return CN_ERROR_MEMORY;
    bool hundredths = fabs(100 * value - round(100 * value)) < 1e-9 && fabs(value) < 100;
    const char *number = cn__show_format(s, hundredths ? "%.2f" : "%g", value);
    *limit = (cn__limit){.name = cn__show_format(s, cn__show_message(s, word), number), .value = value};
    panel->limits = limit;
    panel->limit_count = 1;
    return CN_OK;
}

/* "accuracy and loss", or of several outputs all names. */
static const char *listed(cn__show *s, const char *const *names, size_t count)
{
    const char *text = cn__show_lower(s, cn__metric_title(s, names[0]));
    for (size_t i = 1; i < count; i++) {
        const char *next = cn__show_lower(s, cn__metric_title(s, names[i]));
        text = i + 1 < count ? cn__show_format(s, "%s, %s", text, next)
                             : cn__show_format(s, cn__show_message(s, CN_MSG_BOTH), text, next);
    }
    return text;
}

static cn_status show_one_history(cn__show *s, const cn__job *j)
{
    size_t count;
    const char **names = cn__shown_names(s, j, &count), *title = j->model->title;
    cn__panel *panels = names ? cn__show_array(s, count, sizeof *panels) : NULL;
    if (!panels) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        CN_TRY(history_panel(s, j, names[i], &panels[i]));
        if (strcmp(names[i], "loss") == 0)
            CN_TRY(add_limit(s, &panels[i], s->step->statement.arguments.limit, CN_MSG_LIMIT));
    }
    const cn__figure figure = {.title = cn__show_format(s, cn__show_message(s, CN_MSG_HISTORY_TITLE), title),
                               .panels = panels,
                               .panel_count = count};
    return cn__show_figure(s, &figure, cn__show_format(s, "history-%s", j->model->name),
                           cn__show_format(s, "%s: %s", title,
                                           cn__show_format(s, cn__show_message(s, CN_MSG_HISTORY_CAPTION),
                                                           listed(s, names, count))),
                           NULL);
}

cn_status cn__show_history(cn__show *s)
{
    for (size_t i = 0; i < s->step->job_count; i++) CN_TRY(show_one_history(s, s->step->jobs[i]));
    return CN_OK;
}

/* ---- difference ----------------------------------------------------------------------------------------------------------- */

static cn_status difference_panel(cn__show *s, const cn__job *j, const char *name, double limit,
                                  cn__panel *out)
{
    size_t n = j->outcome.history.epochs;
    const double *train = cn__curves_find(&j->outcome.history, name), *val = validation_of(s, j, name);
    cn__series *series = cn__show_array(s, 1, sizeof *series);
    double *d = cn__show_array(s, n, sizeof *d);
    const char **names = cn__show_array(s, n, sizeof *names);
    if (!series || !d || !names) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        d[i] = val ? fabs(train[i] - val[i]) : (double)NAN;
        names[i] = cn__show_format(s, "%zu", i + 1 + (size_t)j->fit.initial_epoch);
    }
    *series = (cn__series){.split = CN_SPLIT_DIFFERENCE, .count = n, .y = d};
    *out = (cn__panel){.kind = CN_PANEL_BARS,
                       .title = cn__metric_title(s, name),
                       .empty = cn__show_message(s, CN_MSG_NO_VALIDATION),
                       .x = {.title = cn__show_message(s, CN_MSG_EPOCH), .integer = true},
                       .y = {.title = cn__show_message(s, CN_MSG_DIFFERENCE)},
                       .series = series,
                       .series_count = 1,
                       .categories = names,
                       .category_count = n};
    return add_limit(s, out, limit, CN_MSG_OVERFIT_LIMIT);
}

static cn_status show_one_difference(cn__show *s, const cn__job *j)
{
    const cn__arguments *a = &s->step->statement.arguments;
    size_t count;
    const char **names = cn__shown_names(s, j, &count), *title = j->model->title;
    cn__panel *panels = names ? cn__show_array(s, count, sizeof *panels) : NULL;
    if (!panels) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const double limit = strstr(names[i], "acc")         ? a->accuracy_limit
                             : strcmp(names[i], "loss") == 0 ? a->loss_limit
                                                             : (double)NAN;
        CN_TRY(difference_panel(s, j, names[i], limit, &panels[i]));
    }
    const cn__figure figure = {.title =
                                   cn__show_format(s, cn__show_message(s, CN_MSG_DIFFERENCE_TITLE), title),
                               .panels = panels,
                               .panel_count = count};
    return cn__show_figure(s, &figure, cn__show_format(s, "difference-%s", j->model->name),
                           cn__show_format(s, cn__show_message(s, CN_MSG_DIFFERENCE_CAPTION), title), NULL);
}

cn_status cn__show_difference(cn__show *s)
{
    for (size_t i = 0; i < s->step->job_count; i++) CN_TRY(show_one_difference(s, s->step->jobs[i]));
    return CN_OK;
}

/* ---- convergence ------------------------------------------------------------------------------------------------------------ */

static cn_status convergence_series(cn__show *s, size_t i, int network, cn__series *out)
{
    const cn__job *j = s->step->jobs[i];
    const double *loss = cn__curves_find(&j->outcome.history, "loss");
    size_t n = j->outcome.history.epochs; /* 0: it did not run */
    double *v = cn__show_array(s, n, sizeof *v);
    if (!v) return CN_ERROR_MEMORY;
    for (size_t e = 0; e < n; e++) v[e] = loss[e] / loss[0];
    *out = (cn__series){.name = cn__show_titled(s, j),
                        .network = network,
                        .split = CN_SPLIT_TRAINING,
                        .count = n,
                        .y = v,
                        .x = epochs_of(s, j)};
    return CN_OK;
}

/* The hue of a model: the same in every figure of the lab. */
static int hue_of(const cn__lab_model *m) { return (int)m->number; }

static cn_status show_speeds(cn__show *s)
{
    static const cn__msg heads[] = {CN_MSG_MODEL, CN_MSG_SPEED, CN_MSG_LAST_RATIO};
    cn__rows t = cn__rows_begin(s, 3);
    for (int i = 0; i < 3; i++) cn__rows_add(&t, "%s", cn__show_message(s, heads[i]));
    for (size_t i = 0; i < s->step->job_count; i++) {
        const cn__job *j = s->step->jobs[i];
        cn__rows_add(&t, "%s", j->model->title);
        if (!cn__job_has_run(j)) {
            for (int k = 0; k < 2; k++) cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_NOT_RUN));
            continue;
        }
        const double *loss = cn__curves_find(&j->outcome.history, "loss");
        size_t n = j->outcome.history.epochs;
        double last = cn__unsigned_nan(loss[n - 1] / loss[0]);
        if (n > 1) cn__rows_add(&t, "%.4f", cn__unsigned_nan((1 - last) / (double)(n - 1)));
        else cn__rows_add(&t, "–");
        cn__rows_add(&t, "%.4f", last);
    }
    return cn__rows_end(&t, true, cn__show_message(s, CN_MSG_SPEED_CAPTION));
}

cn_status cn__show_convergence(cn__show *s)
{
    size_t count = s->step->job_count;
    cn__series *series = cn__show_array(s, count, sizeof *series);
    if (!series) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++)
        CN_TRY(convergence_series(s, i, hue_of(s->step->models[i]), &series[i]));
    const cn__panel panel = {
        .kind = CN_PANEL_LINES,
        .x = {.title = cn__show_message(s, CN_MSG_EPOCH), .integer = true},
        .y = {.title = cn__show_message(s, CN_MSG_NORMALISED_LOSS), .range = CN_RANGE_ZERO},
        .series = series,
        .series_count = count};
    const cn__figure figure = {
        .title = cn__show_message(s, CN_MSG_CONVERGENCE_TITLE), .panels = &panel, .panel_count = 1};
    CN_TRY(cn__show_figure(s, &figure, "convergence", cn__show_message(s, CN_MSG_CONVERGENCE_CAPTION), NULL));
    return show_speeds(s);
}
