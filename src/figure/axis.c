/* The frame of a panel with two axes: titles, light horizontal grid, ticks, limits. No box. */
#include <math.h>
#include <string.h>

#include "figure/draw.h"

enum { LABEL_GAP = 6, TICK = 4, LIMIT_GAP = 5, LIMIT_LINES = 3 };
#define SMALL_LINE (CN_SIZE_SMALL * CN_LINE_HEIGHT)
#define AXIS_LINE (CN_SIZE_AXIS * CN_LINE_HEIGHT)
#define PANEL_LINE (CN_SIZE_PANEL * CN_LINE_HEIGHT)

/* ---- scales and extents --------------------------------------------------------------------------------- */

double cn__scale_at(const cn__scale *scale, double value)
{
    double share = scale->log ? log(fmax(value, scale->low) / scale->low) / log(scale->high / scale->low)
                              : (value - scale->low) / (scale->high - scale->low);
    return scale->from + share * (scale->to - scale->from);
}

bool cn__scale_holds(const cn__scale *scale, double value)
{
    double slack = 1e-9 * (scale->high - scale->low);
    return value >= scale->low - slack && value <= scale->high + slack;
}

bool cn__extent_is_empty(const cn__extent *extent) { return extent->low > extent->high; }

void cn__extent_add(cn__extent *extent, double value)
{
    if (!cn__is_drawable(value)) return;
    bool empty = cn__extent_is_empty(extent);
    if (empty || value < extent->low) extent->low = value;
    if (empty || value > extent->high) extent->high = value;
}

void cn__extent_add_limits(cn__extent *extent, const cn__panel *panel)
{
    for (size_t i = 0; i < panel->limit_count; i++) cn__extent_add(extent, panel->limits[i].value);
}

cn__extent cn__extent_of_axis(const cn__axis *axis, cn__extent data, cn__axis_range automatic)
{
    cn__axis_range range = axis->range == CN_RANGE_AUTO ? automatic : axis->range;
    if (range == CN_RANGE_FIXED) return (cn__extent){axis->min, axis->max};
    if (cn__extent_is_empty(&data)) return (cn__extent){0, 1};
    if (range == CN_RANGE_ZERO) cn__extent_add(&data, 0);
    return data;
}

/* ---- places --------------------------------------------------------------------------------------------- */

const char *cn__y_title(const cn__panel *panel)
{
    const char *title = panel->y.title;
    if (!title || !*title || (panel->title && strcmp(panel->title, title) == 0)) return NULL;
    return title;
}

static double titles_height(const cn__placed *placed)
{
    return placed->head_lines ? (double)placed->head_lines * PANEL_LINE + 4 : 0;
}

double cn__head_height(const cn__placed *placed)
{
    return titles_height(placed) + placed->legend_height +
           (placed->has_caption ? AXIS_LINE + CN_CAPTION_GAP : CN_SIZE_SMALL / 2.0);
}

double cn__plot_height(const cn__placed *placed)
{
    double height = 0.56 * placed->width;
    height = height < 170 ? 170 : height > 300 ? 300 : height;
    return floor(height * placed->stretch);
}

double cn__x_axis_height(const cn__placed *placed)
{
    const char *title = placed->panel->x.title;
    return TICK + 3 + SMALL_LINE + (title && *title ? 2 + AXIS_LINE : 0);
}

static double limit_width(const cn__placed *placed) { return 0.22 * placed->width; }

/* Names of limits stand beside the plot where they are short or can be broken, else over their line. */
static double limit_space(cn__fig_stage *stage, const cn__placed *placed)
{
    double widest = 0;
    for (size_t i = 0; i < placed->panel->limit_count; i++) {
        const char *name = placed->panel->limits[i].name, *lines[LIMIT_LINES];
        if (!cn__text_wraps(stage->ruler, name, CN_SIZE_SMALL, false, limit_width(placed), LIMIT_LINES))
            return 0;
        size_t n = cn__text_wrap(stage->ruler, &stage->arena, name, CN_SIZE_SMALL, false, limit_width(placed),
                                 LIMIT_LINES, lines);
        for (size_t j = 0; j < n; j++)
            widest = fmax(widest, cn__text_extent(stage->ruler, lines[j], CN_SIZE_SMALL, false));
    }
    return widest > 0 ? ceil(widest) + LIMIT_GAP : 0;
}

static double widest_label(cn__fig_stage *stage, const cn__ticks *ticks)
{
    double widest = 0;
    for (size_t i = 0; i < ticks->count; i++)
        widest = fmax(widest, cn__text_extent(stage->ruler, ticks->text[i], CN_SIZE_SMALL, false));
    return widest;
}

/* What is not over 0 has no place on it. */
static cn__extent log_extent(cn__extent e)
{
    if (!(e.high > 0)) return (cn__extent){1, 10};
    if (!(e.low > 0)) e.low = e.high / 1e6;
    return e.high > e.low ? e : (cn__extent){e.low / 2, e.high * 2};
}

/* The y axis ends at ticks, except where its range is fixed. */
static void place_y(cn__placed *placed, cn__extent y)
{
    const cn__axis *axis = &placed->panel->y;
    double most = floor(placed->plot_height / 26), bottom = placed->plot_y + placed->plot_height;
    size_t count = most < 2 ? 2 : most > CN_MAX_TICKS ? CN_MAX_TICKS : (size_t)most;
    if (axis->log) y = log_extent(y);
    if (axis->range == CN_RANGE_FIXED) cn__ticks_within(y.low, y.high, count, axis->integer, &placed->ty);
    else {
        if (axis->log) cn__ticks_log(y.low, y.high, count, &placed->ty);
        else cn__ticks_around(y.low, y.high, count, axis->integer, &placed->ty);
        y = (cn__extent){placed->ty.at[0], placed->ty.at[placed->ty.count - 1]};
    }
    placed->sy =
        (cn__scale){.low = y.low, .high = y.high, .from = bottom, .to = placed->plot_y, .log = axis->log};
}

void cn__scale_leave(cn__scale *scale, cn__extent values, double before, double behind)
{
    double sign = scale->to > scale->from ? 1 : -1;
    double free_before = sign * (cn__scale_at(scale, values.low) - scale->from);
    double free_behind = sign * (scale->to - cn__scale_at(scale, values.high));
    if (before > free_before) scale->from += sign * (before - free_before);
    if (behind > free_behind) scale->to -= sign * (behind - free_behind);
}

void cn__frame_place(cn__fig_stage *stage, cn__placed *placed, cn__extent y, double foot)
{
    placed->plot_y = placed->y + cn__head_height(placed);
    placed->plot_height = cn__plot_height(placed);
    place_y(placed, y);
    placed->limit_space = limit_space(stage, placed);
    placed->plot_x = placed->x + ceil(widest_label(stage, &placed->ty)) + LABEL_GAP;
    placed->plot_width = placed->x + placed->width - placed->limit_space - placed->plot_x - 2;
    placed->height = placed->plot_y + placed->plot_height + foot - placed->y;
}

double cn__label_middle(cn__fig_stage *stage, const cn__placed *placed, const char *text, double at)
{
    double half = cn__text_extent(stage->ruler, text, CN_SIZE_SMALL, false) / 2;
    return fmax(placed->x + half, fmin(at, placed->x + placed->width - half));
}

static double tick_middle(cn__fig_stage *stage, const cn__placed *placed, size_t i)
{
    return cn__label_middle(stage, placed, placed->tx.text[i], cn__scale_at(&placed->sx, placed->tx.at[i]));
}

bool cn__x_labels_fit(cn__fig_stage *stage, const cn__placed *placed)
{
    double end = -INFINITY;
    for (size_t i = 0; i < placed->tx.count; i++) {
        double width = cn__text_extent(stage->ruler, placed->tx.text[i], CN_SIZE_SMALL, false);
        double at = tick_middle(stage, placed, i);
        if (at - width / 2 < end + 8) return false;
        end = at + width / 2;
    }
    return true;
}

/* Those of the ticks around that lie within. */
static void log_ticks_within(cn__extent x, size_t most, cn__ticks *out)
{
    cn__ticks around;
    cn__ticks_log(x.low, x.high, most < 2 ? 2 : most, &around);
    *out = (cn__ticks){0};
    for (size_t i = 0; i < around.count; i++) {
        if (around.at[i] < x.low * (1 - 1e-9) || around.at[i] > x.high * (1 + 1e-9) || out->count == most)
            continue;
        out->at[out->count] = around.at[i];
        memcpy(out->text[out->count++], around.text[i], CN_TICK_TEXT);
    }
}

void cn__frame_place_x(cn__fig_stage *stage, cn__placed *placed, cn__extent x, double margin)
{
    bool integer = placed->panel->x.integer;
    const bool logarithmic = placed->panel->x.log;
    if (logarithmic) x = log_extent(x);
    else if (!(x.high - x.low > 1e-9 * fmax(fabs(x.low), fabs(x.high)))) {
        double half = integer || x.low == 0 ? 0.5 : 0.05 * fabs(x.low);
        x = (cn__extent){x.low - half, x.low + half};
    }
    placed->sx = (cn__scale){.low = x.low,
                             .high = x.high,
                             .from = placed->plot_x + margin,
                             .to = placed->plot_x + placed->plot_width - margin,
                             .log = logarithmic};
    for (size_t most = CN_MAX_TICKS; most >= 1; most--) {
        if (logarithmic) log_ticks_within(x, most, &placed->tx);
        else cn__ticks_within(x.low, x.high, most, integer, &placed->tx);
        if (cn__x_labels_fit(stage, placed)) break;
    }
}

/* ---- drawing -------------------------------------------------------------------------------------------- */

void cn__title_draw(const cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__lettering bold = {.size = CN_SIZE_PANEL, .bold = true, .colour = CN_COLOUR_INK};
    for (size_t i = 0; i < placed->title_lines; i++)
        canvas->ops->text(canvas, placed->x, placed->y + PANEL_LINE * (double)i + CN_SIZE_PANEL,
                          placed->title[i], &bold);
    cn__legend_draw(stage, &placed->legend, placed->x, placed->y + titles_height(placed), canvas);
}

static void draw_y_title(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const char *title = cn__y_title(placed->panel);
    if (!title) return;
    canvas->ops->text(canvas, placed->x, placed->plot_y - CN_CAPTION_GAP - 4,
                      cn__shown(stage, title, CN_SIZE_AXIS, false, placed->width),
                      &(cn__lettering){.size = CN_SIZE_AXIS, .colour = CN_COLOUR_MUTED});
}

void cn__frame_draw(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__pen grid = {.stroke = CN_COLOUR_GRID, .width = 1};
    const cn__lettering label = {.size = CN_SIZE_SMALL, .colour = CN_COLOUR_MUTED, .anchor = CN_ANCHOR_END};
    cn__title_draw(stage, placed, canvas);
    draw_y_title(stage, placed, canvas);
    canvas->ops->open(canvas, &(cn__group){.name = "axis"});
    for (size_t i = 0; i < placed->ty.count; i++) {
        double y = cn__scale_at(&placed->sy, placed->ty.at[i]);
        cn__draw_line(canvas, placed->plot_x, cn__sharp(y), placed->plot_x + placed->plot_width, cn__sharp(y),
                      &grid);
        canvas->ops->text(canvas, placed->plot_x - LABEL_GAP, y + CN_BASE_LINE * CN_SIZE_SMALL,
                          placed->ty.text[i], &label);
    }
    canvas->ops->close(canvas);
}

void cn__x_axis_draw(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__pen tick = {.stroke = CN_COLOUR_AXIS, .width = 1};
    const cn__lettering label = {
        .size = CN_SIZE_SMALL, .colour = CN_COLOUR_MUTED, .anchor = CN_ANCHOR_MIDDLE};
    double bottom = placed->plot_y + placed->plot_height, base = bottom + TICK + 3 + CN_SIZE_SMALL;
    canvas->ops->open(canvas, &(cn__group){.name = "axis"});
    for (size_t i = 0; i < placed->tx.count; i++) {
        double x = cn__scale_at(&placed->sx, placed->tx.at[i]);
        cn__draw_line(canvas, cn__sharp(x), bottom + 1, cn__sharp(x), bottom + 1 + TICK, &tick);
        canvas->ops->text(canvas, tick_middle(stage, placed, i), base, placed->tx.text[i], &label);
    }
    const char *title = placed->panel->x.title;
    if (title && *title) {
        canvas->ops->text(
            canvas, placed->plot_x + placed->plot_width / 2, base + 3 + AXIS_LINE,
            cn__shown(stage, title, CN_SIZE_AXIS, false, placed->plot_width),
            &(cn__lettering){.size = CN_SIZE_AXIS, .colour = CN_COLOUR_MUTED, .anchor = CN_ANCHOR_MIDDLE});
    }
    canvas->ops->close(canvas);
}

/* The name beside the plot, not above `top`; returns where the next name may begin. */
static double draw_limit_name(cn__fig_stage *stage, const cn__placed *placed, const cn__limit *limit,
                              double top, cn__canvas *canvas)
{
    const char *lines[LIMIT_LINES];
    double right = placed->plot_x + placed->plot_width;
    size_t n = cn__text_wrap(stage->ruler, &stage->arena, limit->name, CN_SIZE_SMALL, false,
                             limit_width(placed), LIMIT_LINES, lines);
    double height = SMALL_LINE * (double)n;
    double y = fmax(top, cn__scale_at(&placed->sy, limit->value) - height / 2);
    for (size_t i = 0; i < n; i++)
        canvas->ops->text(canvas, right + LIMIT_GAP,
                          y + SMALL_LINE * ((double)i + 0.5) + CN_BASE_LINE * CN_SIZE_SMALL, lines[i],
                          &(cn__lettering){.size = CN_SIZE_SMALL, .colour = CN_COLOUR_NOTE});
    return y + height;
}

static void draw_limit(cn__fig_stage *stage, const cn__placed *placed, const cn__limit *limit,
                       cn__canvas *canvas)
{
    double y = cn__scale_at(&placed->sy, limit->value), right = placed->plot_x + placed->plot_width;
    cn__draw_line(canvas, placed->plot_x, cn__sharp(y), right, cn__sharp(y),
                  &(cn__pen){.stroke = CN_COLOUR_NOTE, .width = 1.25});
    if (!limit->name || placed->limit_space > 0) return;
    canvas->ops->text(
        canvas, right, y - 4, cn__shown(stage, limit->name, CN_SIZE_SMALL, false, placed->plot_width),
        &(cn__lettering){
            .size = CN_SIZE_SMALL, .colour = CN_COLOUR_NOTE, .anchor = CN_ANCHOR_END, .halo = true});
}

static bool limit_is_seen(const cn__placed *placed, const cn__limit *limit)
{
    return cn__is_drawable(limit->value) && cn__scale_holds(&placed->sy, limit->value);
}

/* The highest limit under `value`; NULL when there is none. */
static const cn__limit *next_limit(const cn__placed *placed, double value)
{
    const cn__limit *best = NULL;
    for (size_t i = 0; i < placed->panel->limit_count; i++) {
        const cn__limit *limit = &placed->panel->limits[i];
        if (limit_is_seen(placed, limit) && limit->value < value && (!best || limit->value > best->value))
            best = limit;
    }
    return best;
}

void cn__limits_draw(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    double top = -INFINITY;
    for (size_t i = 0; i < placed->panel->limit_count; i++)
        if (limit_is_seen(placed, &placed->panel->limits[i]))
            draw_limit(stage, placed, &placed->panel->limits[i], canvas);
    const cn__limit *limit = placed->limit_space > 0 ? next_limit(placed, INFINITY) : NULL;
    for (; limit; limit = next_limit(placed, limit->value))
        if (limit->name) top = draw_limit_name(stage, placed, limit, top, canvas);
}

void cn__empty_draw(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    cn__title_draw(stage, placed, canvas);
    if (!placed->panel->empty) return;
    canvas->ops->text(
        canvas, placed->plot_x + placed->plot_width / 2, placed->plot_y + placed->plot_height / 2,
        cn__shown(stage, placed->panel->empty, CN_SIZE_AXIS, false, placed->plot_width),
        &(cn__lettering){.size = CN_SIZE_AXIS, .colour = CN_COLOUR_MUTED, .anchor = CN_ANCHOR_MIDDLE});
}
