/* A network in Plotly: shapes for boxes and lines, annotations for their texts, and points that say a box's under the pointer. */
#include "figure/plotly/plotly.h"

static json_t *line_json(double width)
{
    return json_pack("{s:s, s:f}", "color", cn__colour_hex(CN_COLOUR_MUTED), "width", width);
}

static void add_shape(cn__sheet *s, json_t *shape)
{
    cn__sheet_set(s, shape, "xref", cn__sheet_axis_name(s, 'x'));
    cn__sheet_set(s, shape, "yref", cn__sheet_axis_name(s, 'y'));
    cn__sheet_append(s, s->shapes, shape);
}

static void add_line(cn__sheet *s, const cn__drawing_line *l)
{
    const double half = (l->y1 + l->y2) / 2, tip = l->y2 + CN_DRAWING_HEAD;
    add_shape(s, json_pack("{s:s, s:o, s:o, s:s}", "type", "path", "path",
                           cn__sheet_format(s, "M%.1f,%.1fL%.1f,%.1fC%.1f,%.1f %.1f,%.1f %.1f,%.1f", l->x0,
                                            l->y0, l->x0, l->y1, l->x0, half, l->x1, half, l->x1, l->y2),
                           "line", line_json(1.3), "layer", "below"));
    if (!l->head) return;
    add_shape(s, json_pack("{s:s, s:o, s:o, s:s}", "type", "path", "path",
                           cn__sheet_format(s, "M%.1f,%.1fL%.1f,%.1fL%.1f,%.1fZ", l->x1, tip, l->x1 - 4,
                                            tip - 8, l->x1 + 4, tip - 8),
                           "line", line_json(0), "fillcolor", cn__colour_hex(CN_COLOUR_MUTED)));
}

static void add_text(cn__sheet *s, const char *text, double x, double y, int size)
{
    cn__sheet_append(s, s->annotations,
                     json_pack("{s:o, s:f, s:f, s:b, s:{s:i}, s:o, s:o}", "text", cn__sheet_text(text), "x",
                               x, "y", y, "showarrow", 0, "font", "size", size, "xref",
                               cn__sheet_axis_name(s, 'x'), "yref", cn__sheet_axis_name(s, 'y')));
}

static void add_box(cn__sheet *s, const cn__drawing_box *b)
{
    add_shape(s, json_pack("{s:s, s:f, s:f, s:f, s:f, s:o, s:s}", "type", "rect", "x0", b->x - b->width / 2,
                           "x1", b->x + b->width / 2, "y0", b->top, "y1", b->top + CN_DRAWING_BOX, "line",
                           line_json(1), "fillcolor", cn__colour_hex(CN_COLOUR_PAPER)));
    add_text(s, b->title, b->x, b->top + 14, 12);
    add_text(s, b->detail, b->x, b->top + 31, 11);
}

/* Without a trace Plotly draws no axes that the shapes could refer to. */
static void add_points(cn__sheet *s, const cn__drawing *d)
{
    json_t *x = json_array(), *y = json_array(), *texts = json_array();
    for (size_t i = 0; i < d->box_count; i++) {
        cn__sheet_append(s, x, json_real(d->boxes[i].x));
        cn__sheet_append(s, y, json_real(d->boxes[i].top + CN_DRAWING_BOX / 2.0));
        cn__sheet_append(s, texts, cn__sheet_text(d->boxes[i].title));
    }
    json_t *trace = cn__sheet_trace(s, "scatter", NULL, -1);
    cn__sheet_set(s, trace, "x", x);
    cn__sheet_set(s, trace, "y", y);
    cn__sheet_set(s, trace, "text", texts);
    cn__sheet_set(s, trace, "hoverinfo", json_string("text"));
    cn__sheet_set(s, trace, "mode", json_string("markers"));
    cn__sheet_set(s, trace, "marker", json_pack("{s:f}", "opacity", 0.0));
    cn__sheet_append(s, s->data, trace);
}

void cn__plotly_network(cn__sheet *s, const cn__placed *placed, const cn__domain *place)
{
    const cn__drawing *d = placed->panel->network;
    json_t *x = cn__sheet_axis(s, 'x', place), *y = cn__sheet_axis(s, 'y', place);
    cn__sheet_set(s, x, "visible", json_false());
    cn__sheet_set(s, y, "visible", json_false());
    cn__sheet_set(s, x, "range", json_pack("[f, f]", d->left, d->left + d->width));
    cn__sheet_set(s, y, "range", json_pack("[f, f]", d->height, 0.0));
    cn__sheet_set_axis(s, 'x', x);
    cn__sheet_set_axis(s, 'y', y);
    for (size_t i = 0; i < d->line_count; i++) add_line(s, &d->lines[i]);
    for (size_t i = 0; i < d->box_count; i++) add_box(s, &d->boxes[i]);
    add_points(s, d);
    cn__sheet_title(s, placed->panel->title, 0, "left", 6);
}
