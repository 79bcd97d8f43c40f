/* The same figure as Plotly's JSON, for notebooks: a trace a series, a pair of axes a panel (or an image). */
#include "figure/plotly/plotly.h"

#include <math.h>

#include "base/text/text.h"

enum { MORE_HEIGHT = 150, MOST_COLUMNS = 2 }; /* over the figure's own height: for Plotly's margins */
enum {
    TOP = 80,
    BOTTOM = 110,
    UNDER_AXES = 74
}; /* the margins; the legend stands under names of two lines and a title */

/* ---- small pieces --------------------------------------------------------------------------------------- */

void cn__sheet_set(cn__sheet *s, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0) s->failed = true;
}

void cn__sheet_append(cn__sheet *s, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0) s->failed = true;
}

json_t *cn__sheet_format(cn__sheet *s, const char *pattern, ...)
{
    char text[128];
    va_list arguments;
    va_start(arguments, pattern);
    int n = cn__vformat(text, sizeof text, pattern, arguments);
    va_end(arguments);
    if (n < 0) s->failed = true;
    return json_string(text);
}

json_t *cn__sheet_text(const char *text)
{
    if (!text) return json_null();
    cn__text marked = {0};
    cn__text_add(&marked, "");
    cn__svg_escape(&marked, text);
    json_t *json = marked.failed ? NULL : json_string(marked.data);
    cn__text_free(&marked);
    return json;
}

json_t *cn__sheet_axis_name(cn__sheet *s, char letter)
{
    return s->axes == 1 ? cn__sheet_format(s, "%c", letter) : cn__sheet_format(s, "%c%d", letter, s->axes);
}

/* "x2 domain": positions from 0 to 1 along that axis. */
static json_t *domain_name(cn__sheet *s, char letter)
{
    return s->axes == 1 ? cn__sheet_format(s, "%c domain", letter)
                        : cn__sheet_format(s, "%c%d domain", letter, s->axes);
}

json_t *cn__sheet_numbers(cn__sheet *s, const double *values, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        cn__sheet_append(s, list, cn__is_drawable(values[i]) ? json_real(values[i]) : json_null());
    return list;
}

json_t *cn__sheet_value(cn__sheet *s, const cn__panel *panel, double value)
{
    char text[64];
    return cn__is_drawable(value)
               ? cn__sheet_format(s, "%s", cn__panel_number(panel, value, text, sizeof text))
               : json_string("");
}

void cn__sheet_set_axes(cn__sheet *s, json_t *trace)
{
    cn__sheet_set(s, trace, "xaxis", cn__sheet_axis_name(s, 'x'));
    cn__sheet_set(s, trace, "yaxis", cn__sheet_axis_name(s, 'y'));
}

json_t *cn__sheet_trace(cn__sheet *s, const char *type, const char *name, int id)
{
    json_t *trace = json_pack("{s:s}", "type", type);
    bool shown = name && id >= 0 && !s->in_legend[id];
    if (name) cn__sheet_set(s, trace, "name", cn__sheet_text(name));
    if (id >= 0) cn__sheet_set(s, trace, "legendgroup", cn__sheet_format(s, "%d", id));
    cn__sheet_set(s, trace, "showlegend", json_boolean(shown));
    if (shown) s->in_legend[id] = true;
    cn__sheet_set_axes(s, trace);
    return trace;
}

static void annotate(cn__sheet *s, const char *text, double x, const char *x_anchor, double y, json_t *y_axis,
                     double shift)
{
    cn__sheet_append(s, s->annotations,
                     json_pack("{s:o, s:f, s:f, s:s, s:s, s:b, s:f, s:o, s:o}", "text", cn__sheet_text(text),
                               "x", x, "y", y, "xanchor", x_anchor, "yanchor", "bottom", "showarrow", 0,
                               "yshift", shift, "xref", domain_name(s, 'x'), "yref", y_axis));
}

void cn__sheet_title(cn__sheet *s, const char *text, double x, const char *x_anchor, double shift)
{
    if (text && *text) annotate(s, text, x, x_anchor, 1, domain_name(s, 'y'), shift);
}

void cn__sheet_line(cn__sheet *s, const cn__limit *limit)
{
    cn__sheet_append(s, s->shapes,
                     json_pack("{s:s, s:f, s:f, s:f, s:f, s:{s:s, s:f}, s:o, s:o}", "type", "line", "x0", 0.0,
                               "x1", 1.0, "y0", limit->value, "y1", limit->value, "line", "color",
                               cn__colour_hex(CN_COLOUR_NOTE), "width", 1.25, "xref", domain_name(s, 'x'),
                               "yref", cn__sheet_axis_name(s, 'y')));
    if (limit->name) annotate(s, limit->name, 1, "right", limit->value, cn__sheet_axis_name(s, 'y'), 0);
}

void cn__sheet_diagonal(cn__sheet *s, double low, double high)
{
    if (!(low < high)) return;
    cn__sheet_append(s, s->shapes,
                     json_pack("{s:s, s:f, s:f, s:f, s:f, s:{s:s, s:f}, s:o, s:o}", "type", "line", "x0", low,
                               "x1", high, "y0", low, "y1", high, "line", "color",
                               cn__colour_hex(CN_COLOUR_NOTE), "width", 1.25, "xref",
                               cn__sheet_axis_name(s, 'x'), "yref", cn__sheet_axis_name(s, 'y')));
}

/* ---- axes ----------------------------------------------------------------------------------------------- */

json_t *cn__sheet_axis(cn__sheet *s, char letter, const cn__domain *d)
{
    double from = letter == 'x' ? d->x0 : d->y0, to = letter == 'x' ? d->x1 : d->y1;
    return json_pack("{s:[f, f], s:o}", "domain", from, to, "anchor",
                     cn__sheet_axis_name(s, letter == 'x' ? 'y' : 'x'));
}

void cn__sheet_set_axis(cn__sheet *s, char letter, json_t *axis)
{
    char key[32];
    if (s->axes == 1) cn__format(key, sizeof key, "%caxis", letter);
    else cn__format(key, sizeof key, "%caxis%d", letter, s->axes);
    cn__sheet_set(s, s->layout, key, axis);
}

/* ---- figure --------------------------------------------------------------------------------------------- */

static void (*const adders[CN_PANEL_KINDS])(cn__sheet *, const cn__placed *, const cn__domain *) = {
    [CN_PANEL_LINES] = cn__plotly_lines,     [CN_PANEL_SCATTER] = cn__plotly_lines,
    [CN_PANEL_BARS] = cn__plotly_bars,       [CN_PANEL_HISTOGRAM] = cn__plotly_histogram,
    [CN_PANEL_HEAT] = cn__plotly_heat,       [CN_PANEL_IMAGES] = cn__plotly_images,
    [CN_PANEL_NETWORK] = cn__plotly_network, [CN_PANEL_BOXES] = cn__plotly_boxes,
};

static cn__domain panel_domain(size_t i, size_t columns, size_t rows)
{
    const double gap = 0.1, row_gap = 0.45 / (double)(rows + 1);
    double width = (1 - gap * (double)(columns - 1)) / (double)columns;
    double height = (1 - row_gap * (double)(rows - 1)) / (double)rows;
    double x = (width + gap) * (double)(i % columns);
    double y = fmax(1 - (height + row_gap) * (double)(i / columns) - height, 0);
    return (cn__domain){x, x + width, y, y + height};
}

static void describe_sheet(cn__sheet *s, const cn__figure *figure)
{
    if (figure->title)
        cn__sheet_set(
            s, s->layout, "title",
            json_pack("{s:o, s:i, s:s}", "text", cn__sheet_text(figure->title), "x", 0, "xref", "paper"));
    double height = s->stage->height + MORE_HEIGHT, plots = fmax(height - TOP - BOTTOM, 100);
    cn__sheet_set(s, s->layout, "height", json_integer((json_int_t)height));
    cn__sheet_set(s, s->layout, "barmode", json_string("group"));
    cn__sheet_set(s, s->layout, "hovermode",
                  json_string(figure->panels[0].kind == CN_PANEL_LINES ? "x unified" : "closest"));
    cn__sheet_set(s, s->layout, "plot_bgcolor", json_string(cn__colour_hex(CN_COLOUR_PAPER)));
    cn__sheet_set(s, s->layout, "legend",
                  json_pack("{s:s, s:i, s:f, s:s}", "orientation", "h", "x", 0, "y", -UNDER_AXES / plots,
                            "yanchor", "top"));
    cn__sheet_set(s, s->layout, "margin",
                  json_pack("{s:i, s:i, s:i, s:i}", "l", 60, "r", 30, "t", TOP, "b", BOTTOM));
    cn__sheet_set(s, s->layout, "shapes", s->shapes);
    cn__sheet_set(s, s->layout, "annotations", s->annotations);
}

static json_t *build(cn__fig_stage *stage)
{
    const cn__figure *figure = stage->figure;
    size_t n = figure->panel_count, most = figure->columns ? figure->columns : MOST_COLUMNS,
           columns = n < most ? n : most, rows = (n + columns - 1) / columns;
    cn__sheet s = {.stage = stage, .data = json_array(), .layout = json_object()};
    s.shapes = json_array();
    s.annotations = json_array();
    s.in_legend = cn__arena_array(&stage->arena, stage->series_count + 1, sizeof *s.in_legend);
    s.failed = !s.in_legend;
    for (size_t i = 0; i < n && !s.failed; i++) {
        cn__domain d = panel_domain(i, columns, rows);
        s.axes++;
        adders[figure->panels[i].kind](&s, &stage->placed[i], &d);
    }
    describe_sheet(&s, figure);
    json_t *json = json_pack("{s:o, s:o}", "data", s.data, "layout", s.layout);
    if (s.failed && json) {
        json_decref(json);
        json = NULL;
    }
    return json;
}

cn_status cn__figure_plotly(const cn__figure *figure, json_t **out)
{
    cn__fig_stage stage;
    *out = NULL;
    cn_status status = cn__stage_begin(&stage, figure, 900, 0);
    if (status == CN_OK) {
        *out = build(&stage);
        if (!*out) status = cn__fail_memory(0, "JSON");
    }
    cn__stage_end(&stage);
    return status;
}
