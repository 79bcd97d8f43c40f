/* One fit with several seeds: what chance does to it; and several such beside each other. */
#include <math.h>
#include <string.h>

#include "base/text/text.h"
#include "lab/show/show.h"

size_t cn__repeat_values(const cn__lab_model *m, const char *name, bool test, size_t epoch, double *out)
{
    size_t n = 0;
    for (size_t i = 0; i < m->repeat_count; i++) {
        if (!cn__job_has_run(m->repeats[i])) continue;
        const cn__outcome *o = &m->repeats[i]->outcome;
        const double *v = cn__curves_find(test ? &o->test : &o->history, name);
        const size_t at = test ? 0 : epoch == SIZE_MAX ? o->history.epochs - 1 : epoch;
        if (v && (test || at < o->history.epochs)) out[n++] = v[at];
    }
    return n;
}

cn__spread cn__spread_of(double *values, size_t n)
{
    cn__spread spread = {(double)NAN, 0, (double)NAN};
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += values[i];
    if (n) spread.mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += (values[i] - spread.mean) * (values[i] - spread.mean);
    if (n > 1) spread.deviation = sqrt(squares / (double)(n - 1));
    if (n && !isnan(sum)) spread.median = cn__values_median(values, n);
    return spread;
}

static cn__spread over_seeds(const cn__lab_model *m, const char *name, bool test, size_t epoch)
{
    double values[CN__REPEATS];
    return cn__spread_of(values, cn__repeat_values(m, name, test, epoch, values));
}

static size_t most_epochs(const cn__lab_model *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->repeat_count; i++)
        if (m->repeats[i]->outcome.history.epochs > n) n = m->repeats[i]->outcome.history.epochs;
    return n;
}

/* A curve of means in a band of deviations. */
static cn_status band(cn__show *s, const cn__lab_model *m, const char *name, cn__series *out)
{
    size_t n = most_epochs(m);
    double *mean = cn__show_array(s, n, sizeof *mean), *deviation = cn__show_array(s, n, sizeof *deviation);
    if (!mean || !deviation) return CN_ERROR_MEMORY;
    for (size_t e = 0; e < n; e++) {
        const cn__spread spread = over_seeds(m, name, false, e);
        mean[e] = spread.mean, deviation[e] = spread.deviation;
    }
    *out = (cn__series){.count = n, .y = mean, .deviation = deviation};
    return CN_OK;
}

/* A share is never over 1, and neither it nor a loss under 0, however wide the band is. */
static cn__panel panel_of(cn__show *s, const char *name, const cn__series *series, size_t count)
{
    bool share = strstr(name, "accuracy") != NULL, positive = strcmp(name, "loss") == 0;
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < series[k].count; i++) positive = positive && !(series[k].y[i] < 0);
    return (cn__panel){.kind = CN_PANEL_LINES,
                       .title = cn__metric_title(s, name),
                       .x = {.title = cn__show_message(s, CN_MSG_EPOCH), .integer = true},
                       .y = {.title = cn__metric_title(s, name),
                             .ceiling = share      ? 1
                                        : positive ? HUGE_VAL
                                                   : 0},
                       .series = series,
                       .series_count = count};
}

static bool has_validation(cn__show *s, const cn__job *j, const char *name)
{
    return cn__curves_find(&j->outcome.history, cn__show_format(s, "val_%s", name)) != NULL;
}

/* ---- one model ------------------------------------------------------------------------------------------------ */

static cn_status split_panel(cn__show *s, const cn__lab_model *m, const char *name, cn__panel *out)
{
    cn__series *series = cn__show_array(s, 2, sizeof *series);
    size_t count = has_validation(s, m->repeats[0], name) ? 2 : 1;
    if (!series) return CN_ERROR_MEMORY;
    for (size_t k = 0; k < count; k++) {
        CN_TRY(band(s, m, k ? cn__show_format(s, "val_%s", name) : name, &series[k]));
        series[k].name = cn__show_message(s, k ? CN_MSG_VALIDATION : CN_MSG_TRAINING);
        series[k].split = k ? CN_SPLIT_VALIDATION : CN_SPLIT_TRAINING;
    }
    *out = panel_of(s, name, series, count);
    return CN_OK;
}

/* A row of the table of one model: what `row` says of each curve's last epoch, and of each score at the test. */
enum { MEAN, DEVIATION, MEDIAN, SEEDS }; /* and then each seed */

static double value_in_row(const cn__lab_model *m, size_t row, const char *name, bool test)
{
    if (row < SEEDS) {
        const cn__spread spread = over_seeds(m, name, test, SIZE_MAX);
        return row == MEAN ? spread.mean : row == DEVIATION ? spread.deviation : spread.median;
    }
    const cn__outcome *o = &m->repeats[row - SEEDS]->outcome;
    const double *v = cn__curves_find(test ? &o->test : &o->history, name);
    return v ? v[test ? 0 : o->history.epochs - 1] : (double)NAN;
}

static void add_row(const cn__lab_model *m, cn__rows *t, size_t row)
{
    const cn__outcome *first = &m->repeats[0]->outcome;
    for (size_t i = 0; i < first->history.count; i++)
        cn__rows_add(t, "%.4f", cn__unsigned_nan(value_in_row(m, row, first->history.names[i], false)));
    for (size_t i = 0; i < first->test.count; i++)
        cn__rows_add(t, "%.4f", cn__unsigned_nan(value_in_row(m, row, first->test.names[i], true)));
}

static cn_status one_table(cn__show *s, const cn__lab_model *m)
{
    static const cn__msg words[] = {CN_MSG_MEAN, CN_MSG_DEVIATION, CN_MSG_MEDIAN};
    const cn__outcome *first = &m->repeats[0]->outcome;
    cn__rows t = cn__rows_begin(s, 1 + first->history.count + first->test.count);
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_SEED));
    for (size_t i = 0; i < first->history.count; i++) cn__rows_add(&t, "%s", first->history.names[i]);
    for (size_t i = 0; i < first->test.count; i++)
        cn__rows_add(&t, "%s", cn__show_format(s, cn__show_message(s, CN_MSG_AT_TEST), first->test.names[i]));
    for (size_t i = 0; i < m->repeat_count; i++) {
        cn__rows_add(&t, "%llu", (unsigned long long)m->repeats[i]->seed);
        add_row(m, &t, SEEDS + i);
    }
    for (size_t row = MEAN; row < SEEDS; row++) {
        cn__rows_add(&t, "%s", cn__show_message(s, words[row]));
        add_row(m, &t, row);
    }
    return cn__rows_end(
        &t, true, cn__show_format(s, cn__show_message(s, CN_MSG_REPEAT_TABLE), m->title, m->repeat_count));
}

static cn_status show_one(cn__show *s, const cn__lab_model *m)
{
    const cn__job *j = m->repeats[0];
    const char *metric = cn__main_metric(j);
    cn__panel panels[2];
    size_t count = 0;
    if (metric) CN_TRY(split_panel(s, m, metric, &panels[count++]));
    CN_TRY(split_panel(s, m, "loss", &panels[count++]));
    const char *caption =
        cn__show_format(s, cn__show_message(s, CN_MSG_REPEAT_CAPTION), m->title, m->repeat_count);
    const cn__figure figure = {
        .title = cn__show_format(s, cn__show_message(s, CN_MSG_REPEAT_TITLE), m->title, m->repeat_count),
        .panels = panels,
        .panel_count = count};
    CN_TRY(cn__show_figure(s, &figure, cn__show_format(s, "repeat-%s", m->name), caption, NULL));
    return one_table(s, m);
}

/* ---- several beside each other ----------------------------------------------------------------------------------- */

/* In validation where all have one, else in training; NULL: one of them has no such curve. */
static const char *common_curve(cn__show *s, const char *name)
{
    bool validation = true;
    for (size_t i = 0; i < s->step->statement.name_count; i++) {
        const cn__job *j = s->step->models[i]->repeats[0];
        if (!cn__curves_find(&j->outcome.history, name)) return NULL;
        validation = validation && has_validation(s, j, name);
    }
    return validation ? cn__show_format(s, "val_%s", name) : name;
}

static cn_status models_panel(cn__show *s, const char *name, const char *curve, cn__panel *out)
{
    size_t count = s->step->statement.name_count;
    cn__series *series = cn__show_array(s, count, sizeof *series);
    if (!series) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const cn__lab_model *m = s->step->models[i];
        CN_TRY(band(s, m, curve, &series[i]));
        series[i].name = m->title;
        series[i].network = (int)m->number;
        series[i].split = CN_SPLIT_TRAINING; /* all in one dash */
    }
    *out = panel_of(s, name, series, count);
    return CN_OK;
}

static void add_mean(cn__rows *t, const cn__lab_model *m, const char *name, bool test)
{
    const cn__spread spread = over_seeds(m, name, test, SIZE_MAX);
    cn__rows_add(t, "%.4f ± %.4f", cn__unsigned_nan(spread.mean), cn__unsigned_nan(spread.deviation));
}

static cn_status models_table(cn__show *s, const char *const *names, const char *const *curves, size_t count,
                              const char *caption)
{
    cn__rows t = cn__rows_begin(s, 1 + 2 * count);
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_MODEL));
    for (size_t k = 0; k < count; k++) {
        cn__msg word = curves[k] == names[k] ? CN_MSG_MEAN_TRAINING : CN_MSG_MEAN_VALIDATION;
        const char *head = cn__metric_head(s, names[k]);
        cn__rows_add(&t, "%s", cn__show_format(s, cn__show_message(s, word), head));
        cn__rows_add(&t, "%s", cn__show_format(s, cn__show_message(s, CN_MSG_AT_TEST), head));
    }
    for (size_t i = 0; i < s->step->statement.name_count; i++) {
        const cn__lab_model *m = s->step->models[i];
        cn__rows_add(&t, "%s", m->title);
        for (size_t k = 0; k < count; k++) {
            add_mean(&t, m, curves[k], false);
            add_mean(&t, m, names[k], true);
        }
    }
    return cn__rows_end(&t, true, caption);
}

/* Each model's values of one curve's last epoch or of a score at the test, seed by seed, and their median. */
static cn_status values_table(cn__show *s, const char *head, const char *name, bool test)
{
    const cn__lab_model *first = s->step->models[0];
    cn__rows t = cn__rows_begin(s, 2 + first->repeat_count);
    cn__rows_add(&t, "%s", head);
    for (size_t i = 0; i < first->repeat_count; i++)
        cn__rows_add(&t, "%s %llu", cn__show_message(s, CN_MSG_SEED),
                     (unsigned long long)first->repeats[i]->seed);
    cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_MEDIAN));
    for (size_t k = 0; k < s->step->statement.name_count; k++) {
        const cn__lab_model *m = s->step->models[k];
        cn__rows_add(&t, "%s", m->title);
        for (size_t i = 0; i < m->repeat_count; i++)
            cn__rows_add(&t, "%.4f", cn__unsigned_nan(value_in_row(m, SEEDS + i, name, test)));
        cn__rows_add(&t, "%.4f", cn__unsigned_nan(value_in_row(m, MEDIAN, name, test)));
    }
    return cn__rows_end(&t, true,
                        cn__show_format(s, cn__show_message(s, CN_MSG_REPEATS_VALUES), first->repeat_count));
}

static cn_status values_tables(cn__show *s, const char *name, const char *curve)
{
    const cn__msg word = curve == name ? CN_MSG_MEAN_TRAINING : CN_MSG_MEAN_VALIDATION;
    const char *head = cn__metric_head(s, name);
    CN_TRY(values_table(s, cn__show_format(s, cn__show_message(s, word), head), curve, false));
    return values_table(s, cn__show_format(s, cn__show_message(s, CN_MSG_AT_TEST), head), name, true);
}

static cn_status show_several(cn__show *s)
{
    const cn__lab_model *first = s->step->models[0];
    const char *metric = cn__main_metric(first->repeats[0]), *names[2], *curves[2];
    cn__panel panels[2];
    size_t count = 0;
    for (int k = 0; k < 2; k++) {
        names[count] = k ? "loss" : metric;
        curves[count] = names[count] ? common_curve(s, names[count]) : NULL;
        if (!curves[count]) continue;
        CN_TRY(models_panel(s, names[count], curves[count], &panels[count]));
        count++;
    }
    cn__msg word =
        curves[count - 1] == names[count - 1] ? CN_MSG_REPEATS_TRAINING : CN_MSG_REPEATS_VALIDATION;
    const char *caption = cn__show_format(s, cn__show_message(s, word), first->repeat_count);
    const cn__figure figure = {
        .title = cn__show_format(s, cn__show_message(s, CN_MSG_REPEATS_TITLE), first->repeat_count),
        .panels = panels,
        .panel_count = count};
    CN_TRY(cn__show_figure(s, &figure, "repeat", caption, NULL));
    CN_TRY(models_table(s, names, curves, count,
                        cn__show_format(s, cn__show_message(s, CN_MSG_REPEATS_TABLE), first->repeat_count)));
    return values_tables(s, names[0], curves[0]);
}

cn_status cn__show_repeat(cn__show *s)
{
    return s->step->statement.name_count > 1 ? show_several(s) : show_one(s, s->step->models[0]);
}
