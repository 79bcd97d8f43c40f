/* Traces of lines, scatters, bars and histograms. */
#include <math.h>

#include "figure/panels/bars.h"
#include "figure/plotly/plotly.h"

/* ---- axes ----------------------------------------------------------------------------------------------- */

static void describe_axis(cn__sheet *s, json_t *object, const cn__axis *axis, const char *title,
                          cn__axis_range automatic)
{
    if (axis->log) cn__sheet_set(s, object, "type", json_string("log"));
    cn__axis_range range = axis->range == CN_RANGE_AUTO ? automatic : axis->range;
    if (title) cn__sheet_set(s, object, "title", json_pack("{s:o}", "text", cn__sheet_text(title)));
    if (axis->integer) cn__sheet_set(s, object, "tickformat", json_string("d"));
    if (range == CN_RANGE_FIXED) cn__sheet_set(s, object, "range", json_pack("[f, f]", axis->min, axis->max));
    if (range == CN_RANGE_ZERO) cn__sheet_set(s, object, "rangemode", json_string("tozero"));
    cn__sheet_set(s, object, "nticks", json_integer(CN_MAX_TICKS));
    cn__sheet_set(s, object, "zeroline", json_false());
}

/* Long names are broken behind a hyphen or at a blank; Plotly would turn them. */
static json_t *broken_name(cn__sheet *s, const char *name)
{
    enum { LONG = 11 };
    cn__text line = {0}, text = {0};
    cn__text_add(&text, "");
    for (const char *p = name; *p; p++) {
        bool ends = line.size + 1 >= LONG && (*p == ' ' || *p == '-') && p[1];
        if (!ends || *p == '-') cn__text_add_bytes(&line, p, 1);
        if (!ends && p[1]) continue;
        cn__svg_escape(&text, line.data ? line.data : "");
        if (ends) cn__text_add(&text, "<br>");
        line.size = 0;
    }
    json_t *json = text.failed || line.failed ? NULL : json_string(text.data);
    cn__text_free(&text);
    cn__text_free(&line);
    if (!json) s->failed = true;
    return json;
}

/* Every category is named where there are few. */
static void name_categories(cn__sheet *s, json_t *axis, const cn__panel *panel)
{
    enum { FEW = 12 };
    cn__sheet_set(s, axis, "type", json_string("category"));
    if (panel->category_count > FEW) return;
    json_t *names = json_array(), *texts = json_array();
    for (size_t i = 0; i < panel->category_count; i++) {
        cn__sheet_append(s, names, cn__sheet_text(panel->categories[i]));
        cn__sheet_append(s, texts, broken_name(s, panel->categories[i] ? panel->categories[i] : ""));
    }
    cn__sheet_set(s, axis, "tickvals", names);
    cn__sheet_set(s, axis, "ticktext", texts);
}

/* Two axes with a light horizontal grid. */
static void plain_axes(cn__sheet *s, const cn__placed *placed, const cn__domain *d)
{
    const cn__panel *panel = placed->panel;
    bool bars = panel->kind == CN_PANEL_BARS, zero = bars || panel->kind == CN_PANEL_HISTOGRAM;
    json_t *x = cn__sheet_axis(s, 'x', d), *y = cn__sheet_axis(s, 'y', d);
    describe_axis(s, x, &panel->x, panel->x.title, CN_RANGE_DATA);
    describe_axis(s, y, &panel->y, cn__y_title(panel), zero ? CN_RANGE_ZERO : CN_RANGE_DATA);
    cn__sheet_set(s, x, "showgrid", json_false());
    cn__sheet_set(s, x, "ticks", json_string("outside"));
    cn__sheet_set(s, y, "gridcolor", json_string(cn__colour_hex(CN_COLOUR_GRID)));
    if (panel->categories && (bars || panel->kind == CN_PANEL_BOXES)) name_categories(s, x, panel);
    if (bars && panel->y.range != CN_RANGE_FIXED) { /* with room for values at the bars' ends */
        const cn__scale *scale = cn__bars_scale(placed);
        double space = 0.14 * (scale->high - scale->low);
        cn__sheet_set(
            s, y, "range",
            json_pack("[f, f]", scale->low < 0 ? scale->low - space : scale->low, scale->high + space));
    }
    cn__sheet_set_axis(s, 'x', x);
    cn__sheet_set_axis(s, 'y', y);
    cn__sheet_title(s, panel->title, 0, "left", 6);
}

static void add_limits(cn__sheet *s, const cn__panel *panel)
{
    for (size_t i = 0; i < panel->limit_count; i++)
        if (cn__is_drawable(panel->limits[i].value)) cn__sheet_line(s, &panel->limits[i]);
}

/* ---- lines and scatters --------------------------------------------------------------------------------- */

static json_t *x_values(cn__sheet *s, const cn__series *series)
{
    if (series->x) return cn__sheet_numbers(s, series->x, series->count);
    json_t *list = json_array();
    for (size_t i = 0; i < series->count; i++) cn__sheet_append(s, list, json_integer((json_int_t)i + 1));
    return list;
}

static json_t *marker_of(const cn__series_style *style, int size)
{
    static const char *const symbols[] = {"circle", "square", "triangle-up", "diamond"};
    return json_pack("{s:s, s:i, s:s}", "symbol", symbols[style->marker], "size", size, "color",
                     cn__colour_hex(style->colour));
}

/* One edge of a band; the second one fills up to the first. */
static void add_edge(cn__sheet *s, const cn__axis *axis, const cn__series *series,
                     const cn__series_style *style, int id, int sign)
{
    json_t *trace = cn__sheet_trace(s, "scatter", NULL, id), *y = json_array();
    double rgb[3];
    for (size_t i = 0; i < series->count; i++) {
        double value = cn__band_edge(axis, series, i, sign);
        cn__sheet_append(s, y, cn__is_drawable(value) ? json_real(value) : json_null());
    }
    cn__colour_rgb(style->colour, rgb);
    cn__sheet_set(s, trace, "x", x_values(s, series));
    cn__sheet_set(s, trace, "y", y);
    cn__sheet_set(s, trace, "mode", json_string("lines"));
    cn__sheet_set(s, trace, "line", json_pack("{s:i}", "width", 0));
    cn__sheet_set(s, trace, "hoverinfo", json_string("skip"));
    if (sign < 0) {
        cn__sheet_set(s, trace, "fill", json_string("tonexty"));
        cn__sheet_set(s, trace, "fillcolor",
                      cn__sheet_format(s, "rgba(%d,%d,%d,0.16)", (int)lround(255 * rgb[0]),
                                       (int)lround(255 * rgb[1]), (int)lround(255 * rgb[2])));
    }
    cn__sheet_append(s, s->data, trace);
}

static void add_best(cn__sheet *s, const cn__panel *panel, const cn__series *series,
                     const cn__series_style *style, int id)
{
    size_t i = series->best - 1;
    if (!series->best || !cn__series_has(series, i)) return;
    json_t *trace = cn__sheet_trace(s, "scatter", NULL, id);
    cn__sheet_set(s, trace, "mode", json_string("markers+text"));
    cn__sheet_set(s, trace, "x", json_pack("[f]", cn__series_x(series, i)));
    cn__sheet_set(s, trace, "y", json_pack("[f]", series->y[i]));
    cn__sheet_set(s, trace, "text",
                  json_pack("[o]", series->best_text ? cn__sheet_text(series->best_text)
                                                     : cn__sheet_value(s, panel, series->y[i])));
    cn__sheet_set(s, trace, "textposition", json_string("top center"));
    cn__sheet_set(s, trace, "hoverinfo", json_string("skip"));
    json_t *marker = marker_of(style, 11);
    cn__sheet_set(s, marker, "line",
                  json_pack("{s:s, s:f}", "color", cn__colour_hex(CN_COLOUR_INK), "width", 1.5));
    cn__sheet_set(s, trace, "marker", marker);
    cn__sheet_append(s, s->data, trace);
}

static void add_crossings(cn__sheet *s, const cn__panel *panel)
{
    enum { MOST = 64 };
    double found[MOST][2];
    if (!cn__panel_crosses(panel)) return;
    size_t n = cn__series_crossings(&panel->series[0], &panel->series[1], found, MOST);
    json_t *x = json_array(), *y = json_array();
    for (size_t i = 0; i < n && i < MOST; i++)
        cn__sheet_append(s, x, json_real(found[i][0])), cn__sheet_append(s, y, json_real(found[i][1]));
    json_t *trace = cn__sheet_trace(s, "scatter", panel->crossings, cn__ring_id(s->stage, panel));
    cn__sheet_set(s, trace, "mode", json_string("markers"));
    cn__sheet_set(s, trace, "x", x);
    cn__sheet_set(s, trace, "y", y);
    cn__sheet_set(s, trace, "marker",
                  json_pack("{s:s, s:i, s:s, s:{s:f}}", "symbol", "circle-open", "size", 15, "color",
                            cn__colour_hex(CN_COLOUR_INK), "line", "width", 1.5));
    cn__sheet_append(s, s->data, trace);
}

static void add_line(cn__sheet *s, const cn__panel *panel, size_t index, int id)
{
    static const char *const dashes[] = {"solid", "dash", "dot", "dashdot"};
    const cn__series *series = &panel->series[index];
    cn__series_style style = cn__style_of_series(panel, index);
    bool scatter = panel->kind == CN_PANEL_SCATTER;
    for (int sign = 1; series->deviation && !scatter && sign >= -1; sign -= 2)
        add_edge(s, &panel->y, series, &style, id, sign);
    json_t *trace = cn__sheet_trace(s, "scatter", series->name, id);
    cn__sheet_set(s, trace, "mode",
                  json_string(scatter || series->marks == CN_MARKS_ALONE ? "markers"
                              : series->marks == CN_MARKS_FEW && series->count <= CN_MOST_MARKED
                                  ? "lines+markers"
                                  : "lines"));
    cn__sheet_set(s, trace, "x", x_values(s, series));
    cn__sheet_set(s, trace, "y", cn__sheet_numbers(s, series->y, series->count));
    cn__sheet_set(s, trace, "marker", marker_of(&style, scatter && series->count > CN_MOST_SHAPED ? 5 : 7));
    if (!scatter)
        cn__sheet_set(s, trace, "line",
                      json_pack("{s:s, s:s, s:i}", "color", cn__colour_hex(style.colour), "dash",
                                dashes[style.dash], "width", 2));
    cn__sheet_append(s, s->data, trace);
    if (!scatter) add_best(s, panel, series, &style, id);
}

/* A heat map of series' numbers in their hues. */
static void add_regions(cn__sheet *s, const cn__placed *placed)
{
    const cn__panel *panel = placed->panel;
    if (!panel->regions || !panel->series_count) return;
    json_t *trace = cn__sheet_trace(s, "heatmap", NULL, -1), *z = json_array(), *scale = json_array();
    for (size_t row = 0; row < panel->region_rows; row++) {
        json_t *cells = json_array();
        for (size_t i = 0; i < panel->region_columns; i++)
            cn__sheet_append(s, cells, json_integer(panel->regions[row * panel->region_columns + i]));
        cn__sheet_append(s, z, cells);
    }
    for (size_t i = 0; i < panel->series_count; i++)
        for (size_t end = 0; end < 2; end++)
            cn__sheet_append(s, scale,
                             json_pack("[f, s]", (double)(i + end) / (double)panel->series_count,
                                       cn__colour_hex(cn__style_of_series(panel, i).colour)));
    const double wide = (placed->sx.high - placed->sx.low) / (double)panel->region_columns,
                 high = (placed->sy.high - placed->sy.low) / (double)panel->region_rows;
    cn__sheet_set(s, trace, "z", z);
    cn__sheet_set(s, trace, "x0", json_real(placed->sx.low + wide / 2));
    cn__sheet_set(s, trace, "dx", json_real(wide));
    cn__sheet_set(s, trace, "y0", json_real(placed->sy.low + high / 2));
    cn__sheet_set(s, trace, "dy", json_real(high));
    cn__sheet_set(s, trace, "zmin", json_real(-0.5));
    cn__sheet_set(s, trace, "zmax", json_real((double)panel->series_count - 0.5));
    cn__sheet_set(s, trace, "colorscale", scale);
    cn__sheet_set(s, trace, "opacity", json_real(0.2));
    cn__sheet_set(s, trace, "showscale", json_false());
    cn__sheet_set(s, trace, "hoverinfo", json_string("skip"));
    cn__sheet_append(s, s->data, trace);
}

void cn__plotly_lines(cn__sheet *s, const cn__placed *placed, const cn__domain *d)
{
    plain_axes(s, placed, d);
    add_limits(s, placed->panel);
    if (placed->panel->diagonal)
        cn__sheet_diagonal(s, fmax(placed->sx.low, placed->sy.low), fmin(placed->sx.high, placed->sy.high));
    add_regions(s, placed);
    for (size_t i = 0; i < placed->panel->series_count; i++) add_line(s, placed->panel, i, placed->ids[i]);
    if (placed->panel->kind == CN_PANEL_LINES) add_crossings(s, placed->panel);
}

/* ---- bars ----------------------------------------------------------------------------------------------- */

static json_t *category_names(cn__sheet *s, const cn__panel *panel, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        cn__sheet_append(s, list,
                         panel->categories ? cn__sheet_text(panel->categories[i])
                                           : json_integer((json_int_t)i + 1));
    return list;
}

static json_t *bar_colours(cn__sheet *s, const cn__panel *panel, size_t index)
{
    const cn__series *series = &panel->series[index];
    if (!panel->category_networks || panel->series_count != 1)
        return json_string(cn__colour_hex(cn__style_of_series(panel, index).colour));
    json_t *list = json_array();
    for (size_t i = 0; i < series->count; i++)
        cn__sheet_append(s, list,
                         json_string(cn__colour_hex(cn__network_colour(panel->category_networks[i]))));
    return list;
}

static json_t *bar_text(cn__sheet *s, const cn__placed *placed, double value)
{
    char text[64];
    const cn__bars *own = placed->own;
    if (!cn__is_drawable(value) || own->form == CN_VALUES_HIDDEN) return json_string("");
    return cn__sheet_format(s, "%s", cn__bar_text(placed->panel, own, value, text, sizeof text));
}

/* Dots stand over their names, those of a group over each other. */
static void add_dots(cn__sheet *s, const cn__panel *panel, size_t index, int id)
{
    const cn__series *series = &panel->series[index];
    const cn__series_style style = cn__style_of_series(panel, index);
    json_t *trace = cn__sheet_trace(s, "scatter", series->name, id), *marker = marker_of(&style, 9);
    cn__sheet_set(s, trace, "mode", json_string("markers"));
    cn__sheet_set(s, trace, "x", category_names(s, panel, series->count));
    cn__sheet_set(s, trace, "y", cn__sheet_numbers(s, series->y, series->count));
    cn__sheet_set(s, marker, "color", bar_colours(s, panel, index));
    cn__sheet_set(s, trace, "marker", marker);
    cn__sheet_append(s, s->data, trace);
}

void cn__plotly_bars(cn__sheet *s, const cn__placed *placed, const cn__domain *d)
{
    const cn__panel *panel = placed->panel;
    plain_axes(s, placed, d);
    add_limits(s, panel);
    for (size_t i = 0; i < panel->series_count; i++) {
        const cn__series *series = &panel->series[i];
        if (cn__bars_are_dots(placed)) {
            add_dots(s, panel, i, placed->ids[i]);
            continue;
        }
        json_t *trace = cn__sheet_trace(s, "bar", series->name, placed->ids[i]), *texts = json_array();
        for (size_t v = 0; v < series->count; v++)
            cn__sheet_append(s, texts, bar_text(s, placed, series->y[v]));
        cn__sheet_set(s, trace, "x", category_names(s, panel, series->count));
        cn__sheet_set(s, trace, "y", cn__sheet_numbers(s, series->y, series->count));
        cn__sheet_set(s, trace, "text", texts);
        cn__sheet_set(s, trace, "textposition", json_string("outside"));
        if (panel->series_count * series->count > 10) cn__sheet_set(s, trace, "textangle", json_integer(-90));
        cn__sheet_set(s, trace, "constraintext", json_string("none")); /* else it shrinks with the bars */
        cn__sheet_set(s, trace, "cliponaxis", json_false());
        cn__sheet_set(s, trace, "marker", json_pack("{s:o}", "color", bar_colours(s, panel, i)));
        cn__sheet_append(s, s->data, trace);
    }
}

/* Bins have their own places: an offset keeps Plotly from grouping them. */
void cn__plotly_histogram(cn__sheet *s, const cn__placed *placed, const cn__domain *d)
{
    const cn__panel *panel = placed->panel;
    plain_axes(s, placed, d);
    add_limits(s, panel);
    for (size_t i = 0; i < panel->series_count; i++) {
        const cn__series *series = &panel->series[i];
        json_t *trace = cn__sheet_trace(s, "bar", series->name, placed->ids[i]), *widths = json_array();
        for (size_t b = 0; b < series->count; b++)
            cn__sheet_append(s, widths, json_real(panel->edges[b + 1] - panel->edges[b]));
        cn__sheet_set(s, trace, "x", cn__sheet_numbers(s, panel->edges, series->count));
        cn__sheet_set(s, trace, "y", cn__sheet_numbers(s, series->y, series->count));
        cn__sheet_set(s, trace, "width", widths);
        cn__sheet_set(s, trace, "offset", json_integer(0));
        cn__sheet_set(s, trace, "opacity", json_real(panel->series_count > 1 ? 0.55 : 1));
        cn__sheet_set(s, trace, "marker",
                      json_pack("{s:s}", "color", cn__colour_hex(cn__style_of_series(panel, i).colour)));
        cn__sheet_append(s, s->data, trace);
    }
}

/* ---- boxes ---------------------------------------------------------------------------------------------- */

/* The quartiles are given, so that Plotly draws the same box. */
static void add_box(cn__sheet *s, const cn__panel *panel, size_t index)
{
    static const char *const parts[] = {"lowerfence", "q1", "median", "q3", "upperfence"};
    const cn__series *series = &panel->series[index];
    json_t *trace =
        cn__sheet_trace(s, "box", index < panel->category_count ? panel->categories[index] : NULL, -1);
    for (size_t i = 0; i < 5; i++) cn__sheet_set(s, trace, parts[i], json_pack("[f]", series->y[i]));
    if (index < panel->category_count)
        cn__sheet_set(s, trace, "x", json_pack("[o]", cn__sheet_text(panel->categories[index])));
    json_t *beyond = json_array();
    cn__sheet_append(s, beyond, cn__sheet_numbers(s, series->y + 5, series->count - 5));
    cn__sheet_set(s, trace, "y", beyond);
    cn__sheet_set(s, trace, "boxpoints", json_string("all"));
    cn__sheet_set(s, trace, "pointpos", json_integer(0));
    cn__sheet_set(s, trace, "jitter", json_integer(0));
    cn__sheet_set(s, trace, "marker",
                  json_pack("{s:s, s:i}", "color", cn__colour_hex(cn__style_of_series(panel, index).colour),
                            "size", 4));
    cn__sheet_append(s, s->data, trace);
}

void cn__plotly_boxes(cn__sheet *s, const cn__placed *placed, const cn__domain *d)
{
    plain_axes(s, placed, d);
    for (size_t i = 0; i < placed->panel->series_count; i++)
        if (placed->panel->series[i].count) add_box(s, placed->panel, i);
}
