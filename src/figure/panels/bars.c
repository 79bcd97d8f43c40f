/* Grouped bars with their values. */
#include <math.h>

#include "figure/panels/bars.h"

#define SMALL_LINE (CN_SIZE_SMALL * CN_LINE_HEIGHT)
#define AXIS_LINE (CN_SIZE_AXIS * CN_LINE_HEIGHT)

enum { NAME_INDENT = 4 }; /* of a name over its bars, from their axis */

static cn_status check(const cn__panel *panel)
{
    if (panel->category_count && !panel->categories)
        return cn__fail(CN_ERROR_ARGUMENT, "%zu categories and their names are NULL", panel->category_count);
    for (size_t i = 0; panel->categories && i < panel->series_count; i++)
        if (panel->series[i].count > panel->category_count)
            return cn__fail(CN_ERROR_SHAPE, "series %zu has %zu values for %zu categories", i,
                            panel->series[i].count, panel->category_count);
    return CN_OK;
}

/* ---- drawing -------------------------------------------------------------------------------------------- */

/* The edge of a bar along the axis of categories. */
static double bar_start(const cn__placed *placed, const cn__bars *own, size_t series, size_t i)
{
    double count = (double)(placed->panel->series_count ? placed->panel->series_count : 1);
    double slot = own->first + own->slot * (double)i;
    double inside = own->lying ? own->above + (own->slot - own->above - own->bar * count) / 2
                               : (own->slot - own->bar * count) / 2;
    return slot + inside + own->bar * (double)series;
}

static cn__colour bar_colour(const cn__panel *panel, size_t series, size_t i)
{
    if (panel->category_networks && panel->series_count == 1 && panel->category_networks[i] > 0)
        return cn__network_colour(panel->category_networks[i]);
    return cn__style_of_series(panel, series).colour;
}

typedef struct bar {
    double value, start; /* start: its edge along the axis of categories */
    double from, to;     /* pixels along the axis of values */
    bool down;
} bar;

/* False where there is no value. */
static bool find_bar(const cn__placed *placed, const cn__bars *own, size_t series, size_t i, bar *out)
{
    const cn__scale *scale = own->lying ? &placed->sx : &placed->sy;
    double value = cn__bar_value(placed->panel, series, i), base = cn__bars_base(scale);
    if (isnan(value)) return false;
    *out = (bar){.value = value,
                 .start = bar_start(placed, own, series, i),
                 .from = cn__scale_at(scale, base),
                 .to = cn__scale_at(scale, fmax(scale->low, fmin(value, scale->high))),
                 .down = value < base};
    return true;
}

bool cn__bars_are_dots(const cn__placed *placed) { return cn__bars_base(cn__bars_scale(placed)) != 0; }

enum { DOT_RADIUS = 5 };

static void draw_dot(const cn__placed *placed, const bar *b, size_t series, size_t i, cn__canvas *canvas)
{
    const cn__bars *own = placed->own;
    const double middle = b->start + own->bar / 2;
    cn__series_style style = cn__style_of_series(placed->panel, series);
    style.colour = bar_colour(placed->panel, series, i);
    cn__draw_marker(canvas, own->lying ? (cn__point){b->to, middle} : (cn__point){middle, b->to}, DOT_RADIUS,
                    &style);
}

static void draw_bar(const cn__bars *own, const bar *b, cn__colour colour, cn__canvas *canvas)
{
    double low = fmin(b->from, b->to), length = fabs(b->to - b->from), gap = own->bar > 8 ? 1 : 0;
    const cn__pen pen = {.fill = colour};
    if (own->lying) canvas->ops->rect(canvas, low, b->start + gap / 2, length, own->bar - gap, &pen);
    else canvas->ops->rect(canvas, b->start + gap / 2, low, own->bar - gap, length, &pen);
}

/* At the bar's end; over a limit's line it has a rim of paper. */
static void draw_value(const cn__placed *placed, const cn__bars *own, const bar *b, bool upright,
                       cn__canvas *canvas)
{
    char text[64];
    cn__lettering lettering = {.size = CN_SIZE_SMALL, .colour = CN_COLOUR_INK, .anchor = CN_ANCHOR_MIDDLE};
    double middle = b->start + own->bar / 2, base = CN_BASE_LINE * CN_SIZE_SMALL;
    const double gap = cn__bars_are_dots(placed) ? 4 + DOT_RADIUS : 4;
    cn__bar_text(placed->panel, own, b->value, text, sizeof text);
    lettering.halo = placed->panel->limit_count > 0;
    lettering.upright = upright;
    if (own->lying || upright) lettering.anchor = b->down ? CN_ANCHOR_END : CN_ANCHOR_START;
    if (own->lying)
        canvas->ops->text(canvas, b->to + (b->down ? -gap : gap), middle + base, text, &lettering);
    else if (upright)
        canvas->ops->text(canvas, middle + base, b->to + (b->down ? gap : -gap), text, &lettering);
    else
        canvas->ops->text(canvas, middle, b->to + (b->down ? gap - 1 + CN_RISE * CN_SIZE_SMALL : -gap), text,
                          &lettering);
}

/* The series' bar that is farthest from its base. */
static size_t longest(const cn__placed *placed, const cn__bars *own, size_t series)
{
    size_t best = own->count;
    double length = -1;
    bar b;
    for (size_t i = 0; i < own->count; i++)
        if (find_bar(placed, own, series, i, &b) && fabs(b.to - b.from) > length)
            length = fabs(b.to - b.from), best = i;
    return best;
}

static void draw_bars(const cn__placed *placed, const cn__bars *own, cn__canvas *canvas)
{
    bar b;
    for (size_t s = 0; s < placed->panel->series_count; s++) {
        cn__open_series(placed, canvas, s);
        for (size_t i = 0; i < own->count; i++)
            if (!find_bar(placed, own, s, i, &b)) continue;
            else if (cn__bars_are_dots(placed)) draw_dot(placed, &b, s, i, canvas);
            else draw_bar(own, &b, bar_colour(placed->panel, s, i), canvas);
        canvas->ops->close(canvas);
    }
}

/* Where not all values have room, the longest bar of a single series keeps its own. */
static void draw_values(const cn__placed *placed, const cn__bars *own, cn__canvas *canvas)
{
    bar b;
    for (size_t s = 0; s < placed->panel->series_count; s++) {
        bool hidden = own->form == CN_VALUES_HIDDEN;
        if (hidden && placed->panel->series_count > 1) return;
        cn__open_series(placed, canvas, s);
        size_t only = hidden ? longest(placed, own, s) : 0;
        for (size_t i = 0; i < own->count; i++)
            if ((!hidden || i == only) && find_bar(placed, own, s, i, &b))
                draw_value(placed, own, &b, own->form == CN_VALUES_UPRIGHT, canvas);
        canvas->ops->close(canvas);
    }
}

static void draw_names(cn__fig_stage *stage, const cn__placed *placed, const cn__bars *own,
                       cn__canvas *canvas)
{
    const cn__lettering name = {.size = CN_SIZE_SMALL, .colour = CN_COLOUR_INK, .anchor = CN_ANCHOR_MIDDLE};
    double base = placed->plot_y + placed->plot_height + 4 + CN_SIZE_SMALL;
    for (size_t i = 0; i < own->count; i++)
        for (size_t j = 0; j < own->categories[i].line_count; j++) {
            const char *line = own->categories[i].lines[j];
            double at = cn__label_middle(stage, placed, line, own->first + own->slot * ((double)i + 0.5));
            canvas->ops->text(canvas, at, base + SMALL_LINE * (double)j, line, &name);
        }
}

static void draw_axis_title(cn__fig_stage *stage, const cn__placed *placed, const char *title, double y,
                            cn__canvas *canvas)
{
    if (!title || !*title) return;
    canvas->ops->text(
        canvas, placed->plot_x + placed->plot_width / 2, y,
        cn__shown(stage, title, CN_SIZE_AXIS, false, placed->plot_width),
        &(cn__lettering){.size = CN_SIZE_AXIS, .colour = CN_COLOUR_MUTED, .anchor = CN_ANCHOR_MIDDLE});
}

/* Two strokes across the corner: the axis does not go on to zero. */
static void draw_break(const cn__placed *placed, bool lying, cn__canvas *canvas)
{
    const cn__pen pen = {.stroke = CN_COLOUR_AXIS, .width = 1.25};
    const double x = placed->plot_x, y = placed->plot_y + placed->plot_height;
    for (int i = -1; i <= 1; i += 2) {
        const double across = lying ? x + 2.5 * i : x, down = lying ? y : y + 2.5 * i;
        cn__draw_line(canvas, across - 5, down + 3, across + 5, down - 3, &pen);
    }
}

static void draw_standing(cn__fig_stage *stage, const cn__placed *placed, const cn__bars *own,
                          cn__canvas *canvas)
{
    double bottom = placed->plot_y + placed->plot_height,
           zero = cn__scale_at(&placed->sy, cn__bars_base(&placed->sy));
    cn__frame_draw(stage, placed, canvas);
    draw_names(stage, placed, own, canvas);
    draw_axis_title(stage, placed, placed->panel->x.title, bottom + own->foot + AXIS_LINE - 3, canvas);
    draw_bars(placed, own, canvas);
    cn__draw_line(canvas, placed->plot_x, cn__sharp(zero), placed->plot_x + placed->plot_width,
                  cn__sharp(zero), &(cn__pen){.stroke = CN_COLOUR_AXIS, .width = 1});
    if (cn__bars_are_dots(placed)) draw_break(placed, false, canvas);
    cn__limits_draw(stage, placed, canvas);
    draw_values(placed, own, canvas);
}

static void draw_value_axis(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__pen grid = {.stroke = CN_COLOUR_GRID, .width = 1};
    const cn__lettering label = {
        .size = CN_SIZE_SMALL, .colour = CN_COLOUR_MUTED, .anchor = CN_ANCHOR_MIDDLE};
    double bottom = placed->plot_y + placed->plot_height;
    canvas->ops->open(canvas, &(cn__group){.name = "axis"});
    for (size_t i = 0; i < placed->tx.count; i++) {
        double x = cn__scale_at(&placed->sx, placed->tx.at[i]);
        cn__draw_line(canvas, cn__sharp(x), placed->plot_y, cn__sharp(x), bottom, &grid);
        canvas->ops->text(canvas, cn__label_middle(stage, placed, placed->tx.text[i], x),
                          bottom + 4 + CN_SIZE_SMALL, placed->tx.text[i], &label);
    }
    canvas->ops->close(canvas);
}

static void draw_lying_names(cn__fig_stage *stage, const cn__placed *placed, const cn__bars *own,
                             cn__canvas *canvas)
{
    cn__lettering name = {.size = CN_SIZE_SMALL, .colour = CN_COLOUR_INK};
    name.halo = placed->panel->limit_count > 0;
    for (size_t i = 0; i < own->count; i++) {
        double top = own->first + own->slot * (double)i;
        const char *text = own->categories[i].name;
        if (own->above > 0) {
            const double x = placed->x + NAME_INDENT, width = placed->width - NAME_INDENT;
            canvas->ops->text(canvas, x, top + CN_BAR_LYING_GAP / 2.0 + CN_SIZE_SMALL,
                              cn__shown(stage, text, CN_SIZE_SMALL, false, width), &name);
            continue;
        }
        name.anchor = CN_ANCHOR_END;
        canvas->ops->text(canvas, placed->plot_x - CN_BAR_NAME_GAP,
                          top + own->slot / 2 + CN_BASE_LINE * CN_SIZE_SMALL, text, &name);
    }
}

static void draw_lying_limits(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    for (size_t i = 0; i < placed->panel->limit_count; i++) {
        const cn__limit *limit = &placed->panel->limits[i];
        if (!cn__is_drawable(limit->value) || !cn__scale_holds(&placed->sx, limit->value)) continue;
        double x = cn__scale_at(&placed->sx, limit->value);
        cn__draw_line(canvas, cn__sharp(x), placed->plot_y, cn__sharp(x),
                      placed->plot_y + placed->plot_height,
                      &(cn__pen){.stroke = CN_COLOUR_NOTE, .width = 1.25});
        if (!limit->name) continue;
        const char *name = cn__shown(stage, limit->name, CN_SIZE_SMALL, false, placed->plot_width);
        double at = cn__label_middle(stage, placed, name, x);
        canvas->ops->text(
            canvas, at, placed->plot_y - 4, name,
            &(cn__lettering){.size = CN_SIZE_SMALL, .colour = CN_COLOUR_NOTE, .anchor = CN_ANCHOR_MIDDLE});
    }
}

static void draw_lying(cn__fig_stage *stage, const cn__placed *placed, const cn__bars *own,
                       cn__canvas *canvas)
{
    double bottom = placed->plot_y + placed->plot_height,
           zero = cn__scale_at(&placed->sx, cn__bars_base(&placed->sx));
    const char *title = placed->panel->x.title;
    cn__title_draw(stage, placed, canvas);
    if (title && *title)
        canvas->ops->text(canvas, placed->x,
                          placed->plot_y - (placed->panel->limit_count ? SMALL_LINE : 0) - 5,
                          cn__shown(stage, title, CN_SIZE_AXIS, false, placed->width),
                          &(cn__lettering){.size = CN_SIZE_AXIS, .colour = CN_COLOUR_MUTED});
    draw_value_axis(stage, placed, canvas);
    draw_axis_title(stage, placed, cn__y_title(placed->panel), bottom + 6 + SMALL_LINE + AXIS_LINE - 3,
                    canvas);
    draw_bars(placed, own, canvas);
    cn__draw_line(canvas, cn__sharp(zero), placed->plot_y, cn__sharp(zero), bottom,
                  &(cn__pen){.stroke = CN_COLOUR_AXIS, .width = 1});
    if (cn__bars_are_dots(placed)) draw_break(placed, true, canvas);
    draw_lying_limits(stage, placed, canvas);
    draw_lying_names(stage, placed, own, canvas);
    draw_values(placed, own, canvas);
}

static void draw(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__bars *own = placed->own;
    cn__extent extent = cn__bars_extent(placed->panel, own->count);
    if (cn__extent_is_empty(&extent)) cn__empty_draw(stage, placed, canvas);
    else if (own->lying) draw_lying(stage, placed, own, canvas);
    else draw_standing(stage, placed, own, canvas);
}

/* ---- hover ---------------------------------------------------------------------------------------------- */

static void hover(cn__fig_stage *stage, const cn__placed *placed, json_t *object)
{
    const cn__bars *own = placed->own;
    const cn__scale *scale = own->lying ? &placed->sx : &placed->sy;
    json_t *groups = json_array();
    for (size_t i = 0; i < own->count; i++) {
        json_t *values = json_array();
        for (size_t s = 0; s < placed->panel->series_count; s++) {
            double value = cn__bar_value(placed->panel, s, i);
            if (isnan(value)) continue;
            cn__hover_append(stage, values,
                             json_pack("[i, o, o]", placed->ids[s], cn__json_number(value),
                                       cn__json_pixel(cn__scale_at(scale, value))));
        }
        double middle = own->first + own->slot * ((double)i + 0.5);
        cn__hover_append(stage, groups,
                         json_pack("{s:o, s:o, s:o}", "at", cn__json_pixel(middle), "label",
                                   cn__json_text(own->categories[i].name), "values", values));
    }
    cn__hover_set(stage, object, "across", json_boolean(own->lying));
    cn__hover_set(stage, object, "groups", groups);
}

const cn__scale *cn__bars_scale(const cn__placed *placed)
{
    const cn__bars *own = placed->own;
    return own->lying ? &placed->sx : &placed->sy;
}

const cn__panel_ops cn__panel_bars = {.word = "bars",
                                      .least_width = 290,
                                      .stretches = true,
                                      .check = check,
                                      .place = cn__bars_place,
                                      .draw = draw,
                                      .hover = hover};
