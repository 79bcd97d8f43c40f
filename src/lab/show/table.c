/* What statements show of a table's columns, all of its rows: describe, histogram of a column, scatter, correlation,
 * missing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text/text.h"
#include "data/table/steps.h"
#include "lab/show/show.h"

static const cn_table *table_of(const cn__show *s) { return s->step->stage->table; }

static cn_status find(const cn__show *s, const char *name, size_t *k, const cn__column **out)
{
    CN_TRY(cn_table_find(table_of(s), name, k));
    *out = &table_of(s)->column[*k];
    return CN_OK;
}

/* The values that are there; *n of them. */
static double *values_of(cn__show *s, const cn__column *c, size_t *n)
{
    size_t rows = table_of(s)->rows;
    double *values = cn__show_array(s, rows, sizeof *values);
    *n = 0;
    for (size_t row = 0; values && row < rows; row++) {
        double v = cn__column_number(c, row);
        if (!isnan(v)) values[(*n)++] = v;
    }
    return values;
}

/* ---- describe --------------------------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between the sorted values, as pandas and numpy have it. */
static double quantile(const double *v, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t below = (size_t)at;
    return below + 1 < n ? v[below] + (at - (double)below) * (v[below + 1] - v[below]) : v[n - 1];
}

static void add_numbers(cn__show *s, const cn__column *c, cn__rows *t)
{
    static const double quantiles[] = {0, 0.25, 0.5, 0.75, 1};
    size_t n;
    double *v = values_of(s, c, &n), sum = 0, squares = 0;
    for (size_t i = 0; v && i < n; i++) sum += v[i];
    for (size_t i = 0; v && i < n; i++) squares += pow(v[i] - sum / (double)n, 2);
    cn__rows_add(t, "%s", c->name);
    cn__rows_add(t, "%zu", n);
    cn__rows_add(t, "%zu", c->missing);
    if (v && n) qsort(v, n, sizeof *v, by_value);
    if (n) cn__rows_add(t, "%.5g", sum / (double)n);
    else cn__rows_add(t, "—");
    if (n > 1) cn__rows_add(t, "%.5g", sqrt(squares / (double)(n - 1)));
    else cn__rows_add(t, "—");
    for (size_t i = 0; i < 5; i++) {
        if (v && n) cn__rows_add(t, "%.5g", quantile(v, n, quantiles[i]));
        else cn__rows_add(t, "—");
    }
}

static size_t *count_words(cn__show *s, const cn__column *c)
{
    size_t *counts = cn__show_array(s, c->category_count + 1, sizeof *counts);
    for (size_t row = 0; counts && row < table_of(s)->rows; row++)
        if (c->codes[row] != CN_TABLE_MISSING) counts[c->codes[row]]++;
    return counts;
}

static void add_words(cn__show *s, const cn__column *c, cn__rows *t)
{
    size_t *counts = count_words(s, c), most = 0;
    for (size_t k = 1; counts && k < c->category_count; k++)
        if (counts[k] > counts[most]) most = k;
    cn__rows_add(t, "%s", c->name);
    cn__rows_add(t, "%zu", table_of(s)->rows - c->missing);
    cn__rows_add(t, "%zu", c->missing);
    cn__rows_add(t, "%zu", c->category_count);
    cn__rows_add(t, "%.*s", c->category_count ? cn__table_shown(c->categories[most]) : 0,
                 c->category_count ? c->categories[most] : "");
    cn__rows_add(t, "%zu", counts && c->category_count ? counts[most] : 0);
}

static cn_status describe_kind(cn__show *s, cn_column_kind kind)
{
    static const cn__msg numbers[] = {CN_MSG_COLUMN, CN_MSG_VALUES_PRESENT, CN_MSG_MISSING_VALUES,
                                      CN_MSG_MEAN,   CN_MSG_DEVIATION,      CN_MSG_LEAST},
                         words[] = {CN_MSG_COLUMN,   CN_MSG_VALUES_PRESENT, CN_MSG_MISSING_VALUES,
                                    CN_MSG_DISTINCT, CN_MSG_MOST_FREQUENT,  CN_MSG_FREQUENCY};
    bool is_number = kind == CN_COLUMN_NUMBER;
    size_t columns = is_number ? 10 : 6, shown = 0;
    cn__rows t = cn__rows_begin(s, columns);
    for (int i = 0; i < 6; i++)
        cn__rows_add(&t, "%s", cn__show_message(s, is_number ? numbers[i] : words[i]));
    if (is_number) {
        cn__rows_add(&t, "%s", "25%"), cn__rows_add(&t, "%s", "50%"), cn__rows_add(&t, "%s", "75%");
        cn__rows_add(&t, "%s", cn__show_message(s, CN_MSG_MOST));
    }
    for (size_t k = 0; k < table_of(s)->columns; k++) {
        const cn__column *c = &table_of(s)->column[k];
        if (c->kind != kind) continue;
        (is_number ? add_numbers : add_words)(s, c, &t);
        shown++;
    }
    return shown ? cn__rows_end(&t, true, NULL) : CN_OK;
}

cn_status cn__show_describe(cn__show *s)
{
    CN_TRY(describe_kind(s, CN_COLUMN_NUMBER));
    return describe_kind(s, CN_COLUMN_CATEGORY);
}

/* ---- histogram ---------------------------------------------------------------------------------------------------------- */

static cn_status bars(cn__show *s, const char *title, const char *id, const char *caption,
                      const char *const *names, const double *heights, size_t count, const char *height,
                      int decimals)
{
    cn__series *series = cn__show_array(s, 1, sizeof *series);
    if (!series) return CN_ERROR_MEMORY;
    *series = (cn__series){.split = CN_SPLIT_TRAINING, .count = count, .y = heights};
    const cn__panel panel = {.kind = CN_PANEL_BARS,
                             .x = {.title = title},
                             .y = {.title = height},
                             .decimals = decimals,
                             .series = series,
                             .series_count = 1,
                             .categories = names,
                             .category_count = count};
    const cn__figure figure = {.alt = caption, .panels = &panel, .panel_count = 1};
    return cn__show_figure(s, &figure, id, caption, NULL);
}

static cn_status word_bars(cn__show *s, const cn__column *c)
{
    enum { SHOWN = 40 };
    size_t *counts = count_words(s, c), count = c->category_count < SHOWN ? c->category_count : SHOWN;
    double *heights = cn__show_array(s, count, sizeof *heights);
    if (!counts || !heights) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) heights[i] = (double)counts[i];
    return bars(s, c->name, "column", cn__show_format(s, cn__show_message(s, CN_MSG_COLUMN_CAPTION), c->name),
                c->categories, heights, count, cn__show_message(s, CN_MSG_SAMPLES), -1);
}

static cn_status number_histogram(cn__show *s, const cn__column *c)
{
    enum { BINS = 24 };
    size_t n;
    double *values = values_of(s, c, &n), *edges = cn__show_array(s, BINS + 1, sizeof *edges),
           *counts = cn__show_array(s, BINS, sizeof *counts);
    cn__series *series = cn__show_array(s, 1, sizeof *series);
    if (!values || !edges || !counts || !series) return CN_ERROR_MEMORY;
    const bool log = s->step->statement.arguments.log_axis;
    size_t below = 0;
    for (size_t i = 0; i < n && log; i++) below += !(values[i] > 0);
    (log ? cn__histogram_count_log : cn__histogram_count)(values, n, BINS, edges, counts);
    *series = (cn__series){.split = CN_SPLIT_TRAINING, .count = BINS, .y = counts};
    const char *caption = cn__show_format(s, cn__show_message(s, CN_MSG_COLUMN_CAPTION), c->name);
    if (below)
        caption = cn__show_format(s, cn__show_message(s, CN_COUNTED(NOT_OVER_ZERO, below)), caption, below);
    const cn__panel panel = {.kind = CN_PANEL_HISTOGRAM,
                             .x = {.title = c->name, .log = log},
                             .y = {.title = cn__show_message(s, CN_MSG_SAMPLES)},
                             .decimals = -1,
                             .series = series,
                             .series_count = 1,
                             .edges = edges};
    const cn__figure figure = {.alt = caption, .panels = &panel, .panel_count = 1};
    return cn__show_figure(s, &figure, "column", caption, NULL);
}

cn_status cn__show_column(cn__show *s)
{
    const cn__column *c;
    size_t k;
    CN_TRY(find(s, s->step->statement.arguments.column, &k, &c));
    return c->kind == CN_COLUMN_NUMBER ? number_histogram(s, c) : word_bars(s, c);
}

/* ---- scatter ------------------------------------------------------------------------------------------------------------ */

typedef struct points {
    double *x, *y;
    size_t count, below; /* below: rows that have no place on a log axis */
    bool log_x, log_y;
} points;

/* Rows with both values, and of the word (or of any, SIZE_MAX); of many rows each step-th. */
static cn_status gather(cn__show *s, const cn__column *x, const cn__column *y, const cn__column *colour,
                        size_t word, size_t step, points *out)
{
    size_t rows = table_of(s)->rows;
    out->x = cn__show_array(s, rows / step + 1, sizeof *out->x);
    out->y = cn__show_array(s, rows / step + 1, sizeof *out->y);
    out->count = out->below = 0;
    if (!out->x || !out->y) return CN_ERROR_MEMORY;
    for (size_t row = 0; row < rows; row += step) {
        double a = cn__column_number(x, row), b = cn__column_number(y, row);
        if (isnan(a) || isnan(b) || (colour && colour->codes[row] != word)) continue;
        if ((out->log_x && !(a > 0)) || (out->log_y && !(b > 0))) {
            out->below++;
            continue;
        }
        out->x[out->count] = a;
        out->y[out->count++] = b;
    }
    return CN_OK;
}

/* log=true, log=x, log=[x, y]: checked before. */
static bool has_log(const cn__value *v, const char *axis)
{
    if (!v) return false;
    if (v->kind == CN_VALUE_BOOL) return v->boolean;
    const bool list = v->kind == CN_VALUE_LIST;
    for (size_t i = 0; i < (list ? v->count : 1); i++) {
        const char *word = cn__value_name(list ? &v->items[i] : v);
        if (word && strcmp(word, axis) == 0) return true;
    }
    return false;
}

cn_status cn__show_scatter_columns(cn__show *s)
{
    enum { MOST_POINTS = 5000 };
    const cn__arguments *a = &s->step->statement.arguments;
    const cn__column *x, *y, *colour = NULL;
    size_t k, step = table_of(s)->rows / MOST_POINTS + 1, below = 0;
    CN_TRY(find(s, a->x, &k, &x));
    CN_TRY(find(s, a->y, &k, &y));
    if (a->colour) CN_TRY(find(s, a->colour, &k, &colour));
    size_t count = colour ? colour->category_count : 1;
    cn__series *series = cn__show_array(s, count, sizeof *series);
    if (!series) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        points p = {.log_x = has_log(a->log, "x"), .log_y = has_log(a->log, "y")};
        CN_TRY(gather(s, x, y, colour, i, step, &p));
        below += p.below;
        series[i] =
            (cn__series){.name = colour ? colour->categories[i] : NULL, .count = p.count, .x = p.x, .y = p.y};
    }
    const char *caption = cn__show_format(s, cn__show_message(s, CN_MSG_SCATTER_CAPTION), y->name, x->name);
    if (below)
        caption = cn__show_format(s, cn__show_message(s, CN_COUNTED(NOT_OVER_ZERO, below * step)), caption,
                                  below * step);
    const cn__panel panel = {.kind = CN_PANEL_SCATTER,
                             .x = {.title = x->name, .log = has_log(a->log, "x")},
                             .y = {.title = y->name, .log = has_log(a->log, "y")},
                             .series = series,
                             .series_count = count};
    const cn__figure figure = {.alt = caption, .panels = &panel, .panel_count = 1};
    return cn__show_figure(s, &figure, "scatter", caption, NULL);
}

/* ---- correlation ----------------------------------------------------------------------------------------------------------- */

/* Pearson's, of the rows that have both values; NaN where one of them does not vary. */
static double correlation(const cn__column *a, const cn__column *b, size_t rows)
{
    double n = 0, mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
    for (size_t row = 0; row < rows; row++) { /* Welford's way */
        double x = cn__column_number(a, row), y = cn__column_number(b, row);
        if (isnan(x) || isnan(y)) continue;
        n++;
        double dx = x - mean_a, dy = y - mean_b;
        mean_a += dx / n, mean_b += dy / n;
        aa += dx * (x - mean_a), bb += dy * (y - mean_b), ab += dx * (y - mean_b);
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : (double)NAN;
}

cn_status cn__show_correlation(cn__show *s)
{
    enum { SHOWN = 30 };
    const cn_table *t = table_of(s);
    size_t which[SHOWN], n = 0;
    for (size_t k = 0; k < t->columns && n < SHOWN; k++)
        if (t->column[k].kind == CN_COLUMN_NUMBER && !t->column[k].index) which[n++] = k;
    double *values = cn__show_array(s, n * n, sizeof *values);
    const char **names = cn__show_array(s, n, sizeof *names);
    if (!values || !names) return CN_ERROR_MEMORY;
    cn__rows plain = cn__rows_begin(s, n + 1);
    cn__rows_add(&plain, "%s", cn__show_message(s, CN_MSG_COLUMN));
    for (size_t i = 0; i < n; i++) cn__rows_add(&plain, "%s", names[i] = t->column[which[i]].name);
    for (size_t i = 0; i < n; i++) {
        cn__rows_add(&plain, "%s", names[i]);
        for (size_t j = 0; j < n; j++) {
            double v = values[i * n + j] = correlation(&t->column[which[i]], &t->column[which[j]], t->rows);
            if (isnan(v)) cn__rows_add(&plain, "—");
            else cn__rows_add(&plain, "%.2f", fabs(v) < 0.005 ? 0 : v);
        }
    }
    const char *caption = cn__show_message(s, CN_MSG_CORRELATION_CAPTION);
    const cn__panel panel = {.kind = CN_PANEL_HEAT,
                             .decimals = 2,
                             .heat = {.form = CN_HEAT_PLAIN,
                                      .rows = n,
                                      .columns = n,
                                      .values = values,
                                      .row_names = names,
                                      .column_names = names,
                                      .annotated = n <= 12}};
    const cn__figure figure = {.alt = caption, .panels = &panel, .panel_count = 1};
    CN_TRY(cn__show_figure(s, &figure, "correlation", caption, NULL));
    return n <= 12 ? cn__rows_end(&plain, true, NULL) : CN_OK;
}

/* ---- missing ---------------------------------------------------------------------------------------------------------------- */

cn_status cn__show_missing_values(cn__show *s)
{
    const cn_table *t = table_of(s);
    size_t n = 0;
    const char **names = cn__show_array(s, t->columns, sizeof *names);
    double *shares = cn__show_array(s, t->columns, sizeof *shares);
    if (!names || !shares) return CN_ERROR_MEMORY;
    for (size_t k = 0; k < t->columns; k++) {
        if (!t->column[k].missing) continue;
        names[n] = t->column[k].name;
        shares[n++] = 100 * (double)t->column[k].missing / (double)t->rows;
    }
    if (!n) return cn__show_log(s, cn__show_format(s, "%s\n", cn__show_message(s, CN_MSG_NONE_MISSING)));
    return bars(s, cn__show_message(s, CN_MSG_COLUMN), "missing", cn__show_message(s, CN_MSG_MISSING_CAPTION),
                names, shares, n, cn__show_message(s, CN_MSG_MISSING_SHARE), 1);
}
