/* Hue and dash by role: the split everywhere, the network where networks are compared. */
#include <math.h>

#include "figure/draw.h"

static const cn__series_style split_styles[] = {
    [CN_SPLIT_NONE] = {CN_COLOUR_NETWORK, CN_DASH_SOLID, CN_MARKER_CIRCLE},
    [CN_SPLIT_TRAINING] = {CN_COLOUR_TRAINING, CN_DASH_SOLID, CN_MARKER_CIRCLE},
    [CN_SPLIT_VALIDATION] = {CN_COLOUR_VALIDATION, CN_DASH_LONG, CN_MARKER_SQUARE},
    [CN_SPLIT_TEST] = {CN_COLOUR_TEST, CN_DASH_DOTS, CN_MARKER_TRIANGLE},
    [CN_SPLIT_DIFFERENCE] = {CN_COLOUR_DIFFERENCE, CN_DASH_SOLID, CN_MARKER_CIRCLE},
    [CN_SPLIT_NOTE] = {CN_COLOUR_NOTE, CN_DASH_MIXED, CN_MARKER_DIAMOND},
};

/* Networks differ in marker too; the eighth has the first one's hue and another dash. */
cn__series_style cn__style_of_series(const cn__panel *panel, size_t index)
{
    const cn__series *series = &panel->series[index];
    cn__series_style style = split_styles[series->split];
    int network = series->network;
    if (network <= 0 && series->split == CN_SPLIT_NONE) network = (int)index + 1;
    if (network <= 0) return style;
    style.colour = cn__network_colour(network);
    if (series->split == CN_SPLIT_NONE) {
        style.marker = (cn__marker)((network - 1) % 4);
        style.dash = (cn__dash)((network - 1) / CN_NETWORK_HUES % 4);
    }
    return style;
}

void cn__draw_marker(cn__canvas *canvas, cn__point at, double radius, const cn__series_style *style)
{
    const cn__pen pen = {.fill = style->colour, .stroke = CN_COLOUR_PAPER, .width = 1};
    double r = radius, x = at.x, y = at.y;
    switch (style->marker) {
    case CN_MARKER_CIRCLE: canvas->ops->circle(canvas, x, y, r, &pen); break;
    case CN_MARKER_SQUARE: canvas->ops->rect(canvas, x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r, &pen); break;
    case CN_MARKER_TRIANGLE: {
        const cn__point p[] = {{x, y - 1.25 * r}, {x + 1.15 * r, y + 0.85 * r}, {x - 1.15 * r, y + 0.85 * r}};
        canvas->ops->polygon(canvas, p, 3, true, &pen);
        break;
    }
    case CN_MARKER_DIAMOND: {
        const cn__point p[] = {{x, y - 1.3 * r}, {x + 1.3 * r, y}, {x, y + 1.3 * r}, {x - 1.3 * r, y}};
        canvas->ops->polygon(canvas, p, 4, true, &pen);
        break;
    }
    }
}

double cn__series_x(const cn__series *series, size_t i) { return series->x ? series->x[i] : (double)(i + 1); }

bool cn__series_has(const cn__series *series, size_t i)
{
    return cn__is_drawable(series->y[i]) && cn__is_drawable(cn__series_x(series, i));
}

int cn__decimals(const cn__panel *panel)
{
    return panel->decimals < 0 ? 0 : panel->decimals ? panel->decimals : 3;
}

char *cn__panel_number(const cn__panel *panel, double value, char *out, size_t size)
{
    return cn__number_text(value, cn__decimals(panel), out, size);
}

void cn__draw_line(cn__canvas *canvas, double x1, double y1, double x2, double y2, const cn__pen *pen)
{
    const cn__point points[] = {{x1, y1}, {x2, y2}};
    canvas->ops->polygon(canvas, points, 2, false, pen);
}

const char *cn__shown(cn__fig_stage *stage, const char *text, double size, bool bold, double width)
{
    const char *shown = cn__text_fit(stage->ruler, &stage->arena, text, size, bold, width);
    if (!shown) stage->failed = true;
    return shown ? shown : "";
}

double cn__sharp(double position) { return floor(position) + 0.5; }

void cn__open_series(const cn__placed *placed, cn__canvas *canvas, size_t series)
{
    canvas->ops->open(canvas, &(cn__group){.name = "series", .key = "series", .value = placed->ids[series]});
}

/* Several histograms lie over each other. */
double cn__histogram_alpha(const cn__panel *panel) { return panel->series_count > 1 ? 0.55 : 0; }
