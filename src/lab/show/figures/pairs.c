/* dataset boxplot and dataset pairs: columns beside each other. */
#include <math.h>
#include <stdlib.h>

#include "data/preparation/preparation.h"
#include "lab/show/show.h"

enum { MOST_PANELS = 12, MOST_PAIRED = 6, MOST_POINTS = 2000, MOST_NUMBERS = 205, BINS = 16 };

typedef struct columns {
    const cn__column **items;
    size_t count;
} columns;

static const cn_table *table_of(const cn__show *s) { return s->step->stage->table; }

static cn_status add_column(const cn__show *s, const char *name, columns *out)
{
    size_t k;
    CN_TRY(cn_table_find(table_of(s), name, &k));
    out->items[out->count++] = &table_of(s)->column[k];
    return CN_OK;
}

/* Those that the statement names, or the first `most` of numbers. */
static cn_status choose(cn__show *s, size_t most, columns *out)
{
    const cn__value *v = s->step->statement.arguments.columns_named;
    const cn_table *t = table_of(s);
    const bool list = v && v->kind == CN_VALUE_LIST;
    *out = (columns){.items = cn__show_array(s, (list ? v->count : 1) + most, sizeof *out->items)};
    if (!out->items) return CN_ERROR_MEMORY;
    for (size_t i = 0; list && i < v->count; i++) CN_TRY(add_column(s, cn__value_name(&v->items[i]), out));
    if (v && !list && v->kind != CN_VALUE_NONE) CN_TRY(add_column(s, cn__value_name(v), out));
    const bool all = !out->count;
    for (size_t k = 0; all && k < t->columns && out->count < most; k++)
        if (t->column[k].kind == CN_COLUMN_NUMBER && !t->column[k].index && t->column[k].missing < t->rows)
            out->items[out->count++] = &t->column[k];
    return out->count ? CN_OK : cn__fail(CN_ERROR_DATA, "%s: no column of numbers", t->path);
}

/* The column of words that parts the rows; NULL: none. */
static cn_status find_words(const cn__show *s, const cn__column **out)
{
    size_t k;
    *out = NULL;
    if (!s->step->statement.arguments.colour) return CN_OK;
    CN_TRY(cn_table_find(table_of(s), s->step->statement.arguments.colour, &k));
    *out = &table_of(s)->column[k];
    return CN_OK;
}

/* The values of a column in the rows of a word (of any where `words` is NULL), sorted. */
static double *values_of(cn__show *s, const cn__column *c, const cn__column *words, size_t word, size_t *n)
{
    size_t rows = table_of(s)->rows;
    double *values = cn__show_array(s, rows, sizeof *values);
    *n = 0;
    for (size_t row = 0; values && row < rows; row++) {
        double v = cn__column_number(c, row);
        if (!isnan(v) && (!words || words->codes[row] == word)) values[(*n)++] = v;
    }
    if (values && *n) qsort(values, *n, sizeof *values, cn__by_value);
    return values;
}

/* ---- boxplot ------------------------------------------------------------------------------------------------------------ */

static cn_status box_panel(cn__show *s, const cn__column *c, const cn__column *words, cn__panel *out)
{
    const size_t count = words ? words->category_count : 1;
    cn__series *series = cn__show_array(s, count, sizeof *series);
    if (!series) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        size_t n;
        double *sorted = values_of(s, c, words, i, &n), *box = cn__show_array(s, MOST_NUMBERS, sizeof *box);
        if (!sorted || !box) return CN_ERROR_MEMORY;
        series[i] = (cn__series){.count = cn__box_of(sorted, n, MOST_NUMBERS, box), .y = box};
        if (!words) series[i].split = CN_SPLIT_TRAINING;
    }
    *out = (cn__panel){.kind = CN_PANEL_BOXES,
                       .title = c->name,
                       .x = {.title = words ? words->name : NULL},
                       .series = series,
                       .series_count = count,
                       .categories = words ? words->categories : NULL,
                       .category_count = words ? count : 0};
    return CN_OK;
}

cn_status cn__show_boxplot(cn__show *s)
{
    columns c;
    const cn__column *words;
    CN_TRY(choose(s, MOST_PANELS, &c));
    CN_TRY(find_words(s, &words));
    cn__panel *panels = cn__show_array(s, c.count, sizeof *panels);
    if (!panels) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < c.count; i++) CN_TRY(box_panel(s, c.items[i], words, &panels[i]));
    const char *caption = cn__show_message(s, CN_MSG_BOXPLOT_CAPTION);
    const cn__figure figure = {.alt = caption, .panels = panels, .panel_count = c.count};
    return cn__show_figure(s, &figure, "boxplot", caption, NULL);
}

/* ---- pairs --------------------------------------------------------------------------------------------------------------- */

/* Rows with both values and of the word; of many rows each step-th. */
static cn_status gather(cn__show *s, const cn__column *x, const cn__column *y, const cn__column *words,
                        size_t word, cn__series *out)
{
    size_t rows = table_of(s)->rows, step = rows / MOST_POINTS + 1, n = 0;
    double *xs = cn__show_array(s, rows / step + 1, sizeof *xs),
           *ys = cn__show_array(s, rows / step + 1, sizeof *ys);
    if (!xs || !ys) return CN_ERROR_MEMORY;
    for (size_t row = 0; row < rows; row += step) {
        double a = cn__column_number(x, row), b = cn__column_number(y, row);
        if (isnan(a) || isnan(b) || (words && words->codes[row] != word)) continue;
        xs[n] = a, ys[n++] = b;
    }
    *out = (cn__series){.name = words ? words->categories[word] : NULL, .count = n, .x = xs, .y = ys};
    return CN_OK;
}

/* All words over the same bins. */
static cn_status count(cn__show *s, const cn__column *c, const cn__column *words, size_t word,
                       const double *edges, cn__series *out)
{
    size_t n;
    double *values = values_of(s, c, words, word, &n), *counts = cn__show_array(s, BINS, sizeof *counts);
    if (!values || !counts) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        double at = (values[i] - edges[0]) / (edges[BINS] - edges[0]) * BINS;
        counts[at < BINS ? (size_t)at : BINS - 1]++;
    }
    *out = (cn__series){.count = BINS, .y = counts}; /* in the hue of its dots, which the legend has */
    return CN_OK;
}

static cn_status pair_panel(cn__show *s, const columns *c, size_t row, size_t column, const cn__column *words,
                            cn__panel *out)
{
    const cn__column *x = c->items[column], *y = c->items[row];
    const size_t groups = words ? words->category_count : 1;
    cn__series *series = cn__show_array(s, groups, sizeof *series);
    double *edges = cn__show_array(s, BINS + 1, sizeof *edges), *all = cn__show_array(s, BINS, sizeof *all);
    size_t n;
    double *values = row == column ? values_of(s, x, NULL, 0, &n) : NULL;
    if (!series || !edges || !all || (row == column && !values)) return CN_ERROR_MEMORY;
    if (values) cn__histogram_count(values, n, BINS, edges, all);
    for (size_t i = 0; i < groups; i++)
        CN_TRY(values ? count(s, x, words, i, edges, &series[i]) : gather(s, x, y, words, i, &series[i]));
    *out = (cn__panel){.kind = values ? CN_PANEL_HISTOGRAM : CN_PANEL_SCATTER,
                       .title = row == 0 ? x->name : NULL,
                       .y = {.title = column == 0 ? y->name : NULL},
                       .decimals = -1,
                       .series = series,
                       .series_count = groups,
                       .edges = values ? edges : NULL};
    return CN_OK;
}

cn_status cn__show_pairs(cn__show *s)
{
    columns c;
    const cn__column *words;
    CN_TRY(choose(s, MOST_PAIRED, &c));
    CN_TRY(find_words(s, &words));
    cn__panel *panels = cn__show_array(s, c.count * c.count, sizeof *panels);
    if (!panels) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < c.count * c.count; i++)
        CN_TRY(pair_panel(s, &c, i / c.count, i % c.count, words, &panels[i]));
    const char *caption = cn__show_message(s, CN_MSG_PAIRS_CAPTION);
    const cn__figure figure = {
        .alt = caption, .panels = panels, .panel_count = c.count * c.count, .columns = c.count};
    return cn__show_figure(s, &figure, "pairs", caption, NULL);
}
