/* A network as boxes and arrows, as formats/drawing.h has placed them; smaller where the page is narrow or short. */
#include <math.h>

#include "figure/draw.h"

enum { TITLE_SIZE = 12, DETAIL_SIZE = 11, CURVE_POINTS = 16 };
#define LEAST_SHARE 0.5

typedef struct sheet {
    double scale, left; /* left: where the drawing begins */
} sheet;

static cn_status check(const cn__panel *panel)
{
    return panel->network ? CN_OK : cn__fail(CN_ERROR_ARGUMENT, "network is NULL");
}

static cn_status place(cn__fig_stage *stage, cn__placed *placed)
{
    const cn__drawing *d = placed->panel->network;
    sheet *own = cn__arena_alloc(&stage->arena, sizeof *own);
    if (!own) return CN_ERROR_MEMORY;
    placed->own = own;
    own->scale = fmin(1, placed->width / d->width) * fmax(LEAST_SHARE, fmin(placed->stretch, 1));
    own->left = placed->x + fmax(0, (placed->width - d->width * own->scale) / 2);
    placed->plot_x = own->left;
    placed->plot_y = placed->y + cn__head_height(placed);
    placed->plot_width = d->width * own->scale;
    placed->plot_height = d->height * own->scale;
    placed->height = placed->plot_y + placed->plot_height - placed->y;
    return CN_OK;
}

static cn__point at(const cn__placed *placed, double x, double y)
{
    const sheet *own = placed->own;
    return (cn__point){own->left + (x - placed->panel->network->left) * own->scale,
                       placed->plot_y + y * own->scale};
}

/* Bézier's curve whose ends are upright. */
static void draw_line(const cn__placed *placed, const cn__drawing_line *l, cn__canvas *canvas)
{
    const double scale = ((const sheet *)placed->own)->scale, half = (l->y1 + l->y2) / 2;
    cn__point points[CURVE_POINTS + 2];
    size_t n = 0;
    points[n++] = at(placed, l->x0, l->y0);
    for (int i = 0; i <= CURVE_POINTS; i++) {
        const double t = (double)i / CURVE_POINTS, u = 1 - t, near = u * u * u, far = t * t * t;
        const double first = 3 * u * u * t, second = 3 * u * t * t;
        points[n++] = at(placed, (near + first) * l->x0 + (second + far) * l->x1,
                         near * l->y1 + (first + second) * half + far * l->y2);
    }
    canvas->ops->polygon(canvas, points, n, false,
                         &(cn__pen){.stroke = CN_COLOUR_MUTED, .width = 1.3 * scale});
    if (!l->head) return;
    const double tip = l->y2 + CN_DRAWING_HEAD;
    const cn__point head[] = {at(placed, l->x1, tip), at(placed, l->x1 - 4, tip - 8),
                              at(placed, l->x1 + 4, tip - 8)};
    canvas->ops->polygon(canvas, head, 3, true, &(cn__pen){.fill = CN_COLOUR_MUTED});
}

static void draw_text(cn__fig_stage *stage, const cn__placed *placed, const cn__drawing_box *b, double down,
                      bool title, cn__canvas *canvas)
{
    const double scale = ((const sheet *)placed->own)->scale,
                 size = (title ? TITLE_SIZE : DETAIL_SIZE) * scale;
    const char *text = cn__shown(stage, title ? b->title : b->detail, size, title, (b->width - 6) * scale);
    const cn__point p = at(placed, b->x, b->top + down);
    canvas->ops->text(canvas, p.x, p.y, text,
                      &(cn__lettering){.size = size,
                                       .colour = title ? CN_COLOUR_INK : CN_COLOUR_MUTED,
                                       .anchor = CN_ANCHOR_MIDDLE,
                                       .bold = title});
}

static void draw(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__drawing *d = placed->panel->network;
    const double scale = ((const sheet *)placed->own)->scale;
    cn__title_draw(stage, placed, canvas);
    for (size_t i = 0; i < d->line_count; i++) draw_line(placed, &d->lines[i], canvas);
    for (size_t i = 0; i < d->box_count; i++) {
        const cn__drawing_box *b = &d->boxes[i];
        const cn__point corner = at(placed, b->x - b->width / 2, b->top);
        canvas->ops->rect(canvas, corner.x, corner.y, b->width * scale, CN_DRAWING_BOX * scale,
                          &(cn__pen){.stroke = CN_COLOUR_MUTED, .fill = CN_COLOUR_PAPER, .width = scale});
        draw_text(stage, placed, b, *b->detail ? 18 : 27, true, canvas);
        if (*b->detail) draw_text(stage, placed, b, 35, false, canvas);
    }
}

static void hover(cn__fig_stage *stage, const cn__placed *placed, json_t *object)
{
    const cn__drawing *d = placed->panel->network;
    const double scale = ((const sheet *)placed->own)->scale;
    json_t *titles = json_array(), *cells = json_array();
    for (size_t i = 0; i < d->box_count; i++) {
        const cn__drawing_box *b = &d->boxes[i];
        const cn__point corner = at(placed, b->x - b->width / 2, b->top);
        cn__hover_append(stage, titles, cn__json_text(b->title));
        cn__hover_cell(stage, cells, corner.x, corner.y, b->width * scale, CN_DRAWING_BOX * scale);
    }
    cn__hover_set(stage, object, "titles", titles);
    cn__hover_set(stage, object, "cells", cells);
}

const cn__panel_ops cn__panel_network = {.word = "network",
                                         .least_width = 330,
                                         .shrinks = true,
                                         .check = check,
                                         .place = place,
                                         .draw = draw,
                                         .hover = hover};
