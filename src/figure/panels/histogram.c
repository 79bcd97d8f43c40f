/* Counts over bins of a number; several series lie over each other, half transparent. */
#include <math.h>

#include "figure/draw.h"

static cn_status check(const cn__panel *panel)
{
    size_t bins = 0;
    for (size_t s = 0; s < panel->series_count; s++)
        if (panel->series[s].count > bins) bins = panel->series[s].count;
    if (bins && !panel->edges)
        return cn__fail(CN_ERROR_ARGUMENT, "a histogram of %zu bins has no edges", bins);
    for (size_t i = 0; bins && i <= bins; i++)
        if (!cn__is_drawable(panel->edges[i]) || (i && panel->edges[i] <= panel->edges[i - 1]))
            return cn__fail(CN_ERROR_ARGUMENT, "edge %zu of the histogram is %g; edges must rise", i,
                            panel->edges[i]);
    return CN_OK;
}

static size_t bin_count(const cn__panel *panel)
{
    size_t bins = 0;
    for (size_t s = 0; s < panel->series_count; s++)
        if (panel->series[s].count > bins) bins = panel->series[s].count;
    return bins;
}

static cn_status place(cn__fig_stage *stage, cn__placed *placed)
{
    const cn__panel *panel = placed->panel;
    cn__extent y = CN_EXTENT_NONE, x = CN_EXTENT_NONE;
    size_t bins = bin_count(panel);
    for (size_t s = 0; s < panel->series_count; s++)
        for (size_t i = 0; i < panel->series[s].count; i++) cn__extent_add(&y, panel->series[s].y[i]);
    if (!cn__extent_is_empty(&y)) cn__extent_add_limits(&y, panel);
    for (size_t i = 0; bins && i <= bins; i++) cn__extent_add(&x, panel->edges[i]);
    cn__frame_place(stage, placed, cn__extent_of_axis(&panel->y, y, CN_RANGE_ZERO),
                    cn__x_axis_height(placed));
    cn__frame_place_x(stage, placed, cn__extent_of_axis(&panel->x, x, CN_RANGE_DATA), 4);
    return CN_OK;
}

/* A fixed range of the x axis cuts bins, one of the y axis bars. */
static void draw_bin(const cn__placed *placed, size_t s, size_t i, cn__canvas *canvas)
{
    const cn__panel *panel = placed->panel;
    double low = fmax(panel->edges[i], placed->sx.low), high = fmin(panel->edges[i + 1], placed->sx.high);
    double count = fmin(panel->series[s].y[i], placed->sy.high),
           base = fmax(placed->sy.low, fmin(0, placed->sy.high));
    if (!cn__is_drawable(panel->series[s].y[i]) || low >= high || count <= base) return;
    double left = cn__scale_at(&placed->sx, low), right = cn__scale_at(&placed->sx, high);
    double top = cn__scale_at(&placed->sy, count), bottom = cn__scale_at(&placed->sy, base);
    double gap = right - left > 4 ? 1 : 0;
    canvas->ops->rect(
        canvas, left + gap / 2, top, right - left - gap, bottom - top,
        &(cn__pen){.fill = cn__style_of_series(panel, s).colour, .fill_alpha = cn__histogram_alpha(panel)});
}

static void draw(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__panel *panel = placed->panel;
    double zero = cn__sharp(cn__scale_at(&placed->sy, fmax(placed->sy.low, fmin(0, placed->sy.high))));
    if (!bin_count(panel)) {
        cn__empty_draw(stage, placed, canvas);
        return;
    }
    cn__frame_draw(stage, placed, canvas);
    cn__x_axis_draw(stage, placed, canvas);
    for (size_t s = 0; s < panel->series_count; s++) {
        cn__open_series(placed, canvas, s);
        for (size_t i = 0; i < panel->series[s].count; i++) draw_bin(placed, s, i, canvas);
        canvas->ops->close(canvas);
    }
    cn__draw_line(canvas, placed->plot_x, zero, placed->plot_x + placed->plot_width, zero,
                  &(cn__pen){.stroke = CN_COLOUR_AXIS, .width = 1});
    cn__limits_draw(stage, placed, canvas);
}

static void hover(cn__fig_stage *stage, const cn__placed *placed, json_t *object)
{
    const cn__panel *panel = placed->panel;
    json_t *groups = json_array();
    for (size_t i = 0; i < bin_count(panel); i++) {
        json_t *values = json_array();
        char low[64], high[64], label[160];
        for (size_t s = 0; s < panel->series_count; s++)
            if (i < panel->series[s].count && cn__is_drawable(panel->series[s].y[i]))
                cn__hover_append(stage, values,
                                 json_pack("[i, o, o]", placed->ids[s],
                                           cn__json_number(panel->series[s].y[i]),
                                           cn__json_pixel(cn__scale_at(&placed->sy, panel->series[s].y[i]))));
        cn__format(label, sizeof label, "%s \u2026 %s", cn__number_text(panel->edges[i], 3, low, sizeof low),
                   cn__number_text(panel->edges[i + 1], 3, high, sizeof high));
        double middle =
            (cn__scale_at(&placed->sx, panel->edges[i]) + cn__scale_at(&placed->sx, panel->edges[i + 1])) / 2;
        cn__hover_append(
            stage, groups,
            json_pack("{s:o, s:s, s:o}", "at", cn__json_pixel(middle), "label", label, "values", values));
    }
    cn__hover_set(stage, object, "groups", groups);
}

const cn__panel_ops cn__panel_histogram = {.word = "histogram",
                                           .least_width = 290,
                                           .stretches = true,
                                           .check = check,
                                           .place = place,
                                           .draw = draw,
                                           .hover = hover};

void cn__histogram_count(const double *values, size_t n, size_t bins, double *edges, double *counts)
{
    cn__extent extent = CN_EXTENT_NONE;
    for (size_t i = 0; i < n; i++) cn__extent_add(&extent, values[i]);
    if (cn__extent_is_empty(&extent)) extent = (cn__extent){0, 1};
    double width = extent.high - extent.low;
    if (!(width > 1e-9 * fmax(fabs(extent.low), fabs(extent.high)))) {
        double half = extent.low == 0 ? 0.5 : 0.05 * fabs(extent.low);
        extent = (cn__extent){extent.low - half, extent.low + half};
        width = 2 * half;
    }
    for (size_t b = 0; b <= bins; b++) edges[b] = extent.low + width * (double)b / (double)bins;
    for (size_t b = 0; b < bins; b++) counts[b] = 0;
    for (size_t i = 0; i < n; i++) {
        if (!cn__is_drawable(values[i])) continue;
        double at = (values[i] - extent.low) / width * (double)bins;
        size_t b = at <= 0 ? 0 : (size_t)at;
        counts[b < bins ? b : bins - 1]++;
    }
}

void cn__histogram_count_log(const double *values, size_t n, size_t bins, double *edges, double *counts)
{
    cn__extent extent = CN_EXTENT_NONE;
    for (size_t i = 0; i < n; i++)
        if (values[i] > 0) cn__extent_add(&extent, values[i]);
    if (cn__extent_is_empty(&extent)) extent = (cn__extent){1, 10};
    if (!(extent.high > extent.low * (1 + 1e-9))) extent = (cn__extent){extent.low / 2, extent.low * 2};
    const double width = log(extent.high / extent.low);
    for (size_t b = 0; b <= bins; b++) edges[b] = extent.low * exp(width * (double)b / (double)bins);
    edges[bins] = extent.high;
    for (size_t b = 0; b < bins; b++) counts[b] = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(values[i] > 0) || !cn__is_drawable(values[i])) continue;
        const double at = log(values[i] / extent.low) / width * (double)bins;
        const size_t b = at <= 0 ? 0 : (size_t)at;
        counts[b < bins ? b : bins - 1]++;
    }
}
