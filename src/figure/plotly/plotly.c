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
