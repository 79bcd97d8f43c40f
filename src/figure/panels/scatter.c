/* Scatters: points in the frame of lines, over regions of classes or a diagonal. */
#include <math.h>

#include "figure/panels/lines.h"

enum { MOST_POINTS_HOVER = 5000 };

static void draw_dots(cn__fig_stage *stage, const cn__placed *placed, size_t index, cn__canvas *canvas)
{
    const cn__series *series = &placed->panel->series[index];
    cn__series_style style = cn__style_of_series(placed->panel, index);
    cn__point *points = cn__arena_array(&stage->arena, series->count + 1, sizeof *points);
    size_t n = 0;
    if (!points) stage->failed = true;
    for (size_t i = 0; points && i < series->count; i++)
        if (cn__lines_inside(placed, series, i)) points[n++] = cn__lines_series_point(placed, series, i);
    double radius = series->count > 2000 ? 1.5 : series->count > 200 ? 2.2 : 3.4;
    cn__open_series(placed, canvas, index);
    if (series->count > CN_MOST_SHAPED) canvas->ops->dots(canvas, points, n, radius, style.colour, 0.6);
    else
        for (size_t i = 0; i < n; i++) cn__draw_marker(canvas, points[i], 4, &style);
    canvas->ops->close(canvas);
}

static void draw_diagonal(const cn__placed *placed, cn__canvas *canvas)
{
    double low = fmax(placed->sx.low, placed->sy.low), high = fmin(placed->sx.high, placed->sy.high);
    if (!placed->panel->diagonal || !(low < high)) return;
    cn__point a = cn__lines_point(placed, low, low), b = cn__lines_point(placed, high, high);
    cn__draw_line(canvas, a.x, a.y, b.x, b.y, &(cn__pen){.stroke = CN_COLOUR_NOTE, .width = 1.25});
}

/* Equal neighbours of a row are one rectangle. */
static void draw_regions(const cn__placed *placed, cn__canvas *canvas)
{
    const cn__panel *panel = placed->panel;
    const double wide = placed->plot_width / (double)panel->region_columns,
                 high = placed->plot_height / (double)panel->region_rows;
    for (size_t row = 0; panel->regions && row < panel->region_rows; row++) {
        const int *cells = panel->regions + row * panel->region_columns;
        const double y = placed->plot_y + placed->plot_height - high * (double)(row + 1);
        for (size_t first = 0, last; first < panel->region_columns; first = last) {
            for (last = first; last < panel->region_columns && cells[last] == cells[first];) last++;
            if (cells[first] < 0 || (size_t)cells[first] >= panel->series_count) continue;
            canvas->ops->rect(canvas, placed->plot_x + wide * (double)first, y, wide * (double)(last - first),
                              high,
                              &(cn__pen){.fill = cn__style_of_series(panel, (size_t)cells[first]).colour,
                                         .fill_alpha = 0.18});
        }
    }
}

static void draw(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    if (!cn__lines_have_data(placed->panel)) {
        cn__empty_draw(stage, placed, canvas);
        return;
    }
    draw_regions(placed, canvas);
    cn__frame_draw(stage, placed, canvas);
    cn__x_axis_draw(stage, placed, canvas);
    cn__limits_draw(stage, placed, canvas);
    draw_diagonal(placed, canvas);
    for (size_t s = 0; s < placed->panel->series_count; s++) draw_dots(stage, placed, s, canvas);
}

static void hover(cn__fig_stage *stage, const cn__placed *placed, json_t *object)
{
    size_t total = 0;
    json_t *points = json_array();
    for (size_t s = 0; s < placed->panel->series_count; s++) total += placed->panel->series[s].count;
    for (size_t s = 0; total <= MOST_POINTS_HOVER && s < placed->panel->series_count; s++) {
        const cn__series *series = &placed->panel->series[s];
        for (size_t i = 0; i < series->count; i++) {
            if (!cn__lines_inside(placed, series, i)) continue;
            cn__point at = cn__lines_series_point(placed, series, i);
            cn__hover_append(
                stage, points,
                json_pack("[i, o, o, o, o]", placed->ids[s], cn__json_number(cn__series_x(series, i)),
                          cn__json_number(series->y[i]), cn__json_pixel(at.x), cn__json_pixel(at.y)));
        }
    }
    cn__hover_set(stage, object, "points", points);
}

const cn__panel_ops cn__panel_scatter = {.word = "scatter",
                                         .least_width = 290,
                                         .stretches = true,
                                         .place = cn__lines_place,
                                         .draw = draw,
                                         .hover = hover};
