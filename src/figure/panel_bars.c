/* Grouped bars with their values. They stand where names and values have room; else they lie, one under
 * the other, names beside or above them. */
#include <math.h>

#include "figure/draw.h"

enum { LABEL_LINES = 3, WIDEST_BAR = 56, LEAST_UPRIGHT = 11, MOST_LYING = 60 };
enum { LYING_BAR = 15, LYING_GAP = 11, NAME_GAP = 8 };
#define SMALL_LINE (CN_SIZE_SMALL * CN_LINE_HEIGHT)
#define AXIS_LINE (CN_SIZE_AXIS * CN_LINE_HEIGHT)

typedef enum value_form { VALUES_HIDDEN, VALUES_LEVEL, VALUES_UPRIGHT } value_form;

typedef struct category {
    const char *name; /* as given, or the number */
    const char *lines[LABEL_LINES];
    size_t line_count;
} category;

typedef struct bars {
    size_t count; /* of categories */
    category *categories;
    bool lying;
    double slot, bar;   /* pixels of a category and of a bar, along the axis of categories */
    double first;       /* where the first slot begins */
    double above;       /* lying: pixels of a name above its bars */
    double names_width; /* lying: of the names beside the bars */
    double widest_value;
    value_form form;
    size_t every; /* standing: a label each so many categories */
    double foot;
} bars;

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

/* ---- values --------------------------------------------------------------------------------------------- */

static size_t category_count(const cn__panel *panel)
{
    size_t count = panel->category_count;
    for (size_t i = 0; i < panel->series_count; i++)
        if (panel->series[i].count > count) count = panel->series[i].count;
    return count;
}

/* NaN where a series has no such value. */
static double value_of(const cn__panel *panel, size_t series, size_t i)
{
    const cn__series *s = &panel->series[series];
    return i < s->count && cn__is_drawable(s->y[i]) ? s->y[i] : (double)NAN;
}

static cn__extent extent_of(const cn__panel *panel, size_t count)
{
    cn__extent extent = CN_EXTENT_NONE;
    for (size_t s = 0; s < panel->series_count; s++)
        for (size_t i = 0; i < count; i++) cn__extent_add(&extent, value_of(panel, s, i));
    if (cn__extent_is_empty(&extent)) return extent;
    cn__extent_add_limits(&extent, panel);
    if (panel->y.range == CN_RANGE_DATA) { /* the least bar is seen too */
        bool positive = extent.low >= 0;
        extent.low -= 0.15 * (extent.high - extent.low);
        if (positive && extent.low < 0) extent.low = 0;
    }
    return extent;
}

/* Where bars begin: at zero, or at the end of the axis nearest to it. */
static double base_of(const cn__scale *scale) { return fmax(scale->low, fmin(0, scale->high)); }

static double widest_value(cn__stage *stage, const cn__panel *panel, size_t count)
{
    double widest = 0;
    char text[64];
    for (size_t s = 0; s < panel->series_count; s++)
        for (size_t i = 0; i < count; i++) {
            double value = value_of(panel, s, i);
            if (isnan(value)) continue;
            cn__panel_number(panel, value, text, sizeof text);
            widest = fmax(widest, cn__text_extent(stage->ruler, text, CN_SIZE_SMALL, false));
        }
    return widest;
}

/* ---- standing ------------------------------------------------------------------------------------------- */

static bool are_ordered(const cn__panel *panel) { return panel->x.integer || !panel->categories; }

static cn_status name_categories(cn__stage *stage, const cn__panel *panel, bars *own)
{
    own->categories = cn__arena_array(&stage->arena, own->count + 1, sizeof *own->categories);
    if (!own->categories) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < own->count; i++) {
        const char *name =
            panel->categories ? panel->categories[i] : cn__arena_format(&stage->arena, "%zu", i + 1);
        if (!panel->categories && !name) return CN_ERROR_MEMORY;
        own->categories[i].name = name ? name : "";
    }
    return CN_OK;
}

/* Sizes for a plot of this width; a group is followed by the gap of one bar. */
static void stand(bars *own, const cn__panel *panel, double plot_width)
{
    size_t s = panel->series_count ? panel->series_count : 1, n = own->count ? own->count : 1;
    own->slot = plot_width / (double)n;
    own->bar = fmin(own->slot / ((double)s + (s > 1 ? 1 : 0.45)), WIDEST_BAR);
    double room = s > 1 ? own->bar : own->slot;
    own->form = own->widest_value + 5 <= room ? VALUES_LEVEL
                : room >= LEAST_UPRIGHT       ? VALUES_UPRIGHT
                                              : VALUES_HIDDEN;
}

static bool names_wrap(cn__stage *stage, const bars *own)
{
    for (size_t i = 0; i < own->count; i++)
        if (!cn__text_wraps(stage->ruler, own->categories[i].name, CN_SIZE_SMALL, false, own->slot - 6,
                            LABEL_LINES))
            return false;
    return true;
}

/* Where names of ordered categories (epochs) have no room: each second, fifth, tenth, … */
static size_t find_every(cn__stage *stage, const bars *own)
{
    static const size_t steps[] = {1, 2, 5};
    double widest = 0;
    for (size_t i = 0; i < own->count; i++)
        widest = fmax(widest, cn__text_extent(stage->ruler, own->categories[i].name, CN_SIZE_SMALL, false));
    for (size_t power = 1;; power *= 10)
        for (int i = 0; i < 3; i++) {
            size_t every = steps[i] * power;
            if ((double)every * own->slot >= widest + 6 || every > own->count) return every;
        }
}

/* The first epoch is named too where it is not near the next name. */
static bool is_named(const bars *own, size_t i)
{
    return (i + 1) % own->every == 0 || (i == 0 && own->every >= 5);
}

static double wrap_names(cn__stage *stage, bars *own)
{
    size_t most = 0;
    for (size_t i = 0; i < own->count; i++) {
        category *c = &own->categories[i];
        if (!is_named(own, i)) continue;
        double width = own->every > 1 ? (double)own->every * own->slot : own->slot - 6;
        c->line_count = cn__text_wrap(stage->ruler, &stage->arena, c->name, CN_SIZE_SMALL, false, width,
                                      LABEL_LINES, c->lines);
        if (c->line_count > most) most = c->line_count;
    }
    return 6 + (double)most * SMALL_LINE;
}

static void place_standing(cn__stage *stage, cn__placed *placed, bars *own, cn__extent y)
{
    const char *title = placed->panel->x.title;
    own->foot = wrap_names(stage, own);
    double foot = own->foot + (title && *title ? AXIS_LINE + 2 : 0);
    double room = own->form == VALUES_UPRIGHT ? own->widest_value + 6 : CN_SIZE_SMALL + 5;
    cn__frame_place(stage, placed, y, y.low < 0 ? room : 0, room, foot);
    own->first = placed->plot_x;
}

/* ---- lying ---------------------------------------------------------------------------------------------- */

static void place_names_beside(cn__stage *stage, const cn__placed *placed, bars *own)
{
    double widest = 0;
    for (size_t i = 0; i < own->count; i++)
        widest = fmax(widest, cn__text_extent(stage->ruler, own->categories[i].name, CN_SIZE_SMALL, false));
    bool beside = widest <= 0.36 * placed->width;
    own->names_width = beside ? ceil(widest) + NAME_GAP : 0;
    own->above = beside ? 0 : SMALL_LINE + 1;
}

/* The axis of values lies under the bars; at its end there is room for the longest bar's value. */
static void place_value_axis(cn__stage *stage, cn__placed *placed, const bars *own, cn__extent y)
{
    const cn__axis *axis = &placed->panel->y;
    for (size_t most = CN_MAX_TICKS; most >= 2; most--) {
        cn__extent range = y;
        if (axis->range == CN_RANGE_FIXED) cn__ticks_within(y.low, y.high, most, axis->integer, &placed->tx);
        else {
            cn__ticks_around(y.low, y.high, most, axis->integer, &placed->tx);
            range = (cn__extent){placed->tx.at[0], placed->tx.at[placed->tx.count - 1]};
        }
        double room = own->widest_value + 6;
        placed->sx = (cn__scale){.low = range.low,
                                 .high = range.high,
                                 .from = placed->plot_x,
                                 .to = placed->plot_x + placed->plot_width};
        cn__scale_leave(&placed->sx, y, y.low < 0 ? room : 0, room);
        if (cn__x_labels_fit(stage, placed)) return;
    }
}

static void place_lying(cn__stage *stage, cn__placed *placed, bars *own, cn__extent y)
{
    size_t s = placed->panel->series_count ? placed->panel->series_count : 1;
    const char *names_title = placed->panel->x.title, *value_title = placed->panel->y.title;
    cn__placed head = *placed;
    head.has_caption = names_title && *names_title;
    place_names_beside(stage, placed, own);
    own->bar = LYING_BAR;
    own->slot = own->above + LYING_BAR * (double)s + LYING_GAP;
    own->form = VALUES_LEVEL;
    placed->limit_room = 0;
    placed->plot_x = placed->x + own->names_width;
    placed->plot_width = placed->x + placed->width - placed->plot_x - 2;
    placed->plot_y = placed->y + cn__head_height(&head) + (placed->panel->limit_count ? SMALL_LINE : 0);
    placed->plot_height = own->slot * (double)own->count;
    own->first = placed->plot_y;
    place_value_axis(stage, placed, own, y);
    double foot = 6 + SMALL_LINE + (value_title && *value_title ? AXIS_LINE + 2 : 0);
    placed->height = placed->plot_y + placed->plot_height + foot - placed->y;
}

/* ---- place ---------------------------------------------------------------------------------------------- */

static cn_status place(cn__stage *stage, cn__placed *placed)
{
    const cn__panel *panel = placed->panel;
    bars *own = cn__arena_alloc(&stage->arena, sizeof *own);
    if (!own) return CN_ERROR_MEMORY;
    placed->own = own;
    own->count = category_count(panel);
    own->every = 1;
    own->widest_value = widest_value(stage, panel, own->count);
    CN_TRY(name_categories(stage, panel, own));
    cn__extent y = cn__extent_of_axis(&panel->y, extent_of(panel, own->count), CN_RANGE_ZERO);
    cn__frame_place(stage, placed, y, 0, 0, 0); /* for the width of the plot */
    stand(own, panel, placed->plot_width);
    bool wrap = names_wrap(stage, own);
    size_t bars_count = own->count * (panel->series_count ? panel->series_count : 1);
    own->lying = are_ordered(panel)
                     ? own->form == VALUES_HIDDEN && bars_count <= MOST_LYING && !panel->x.integer
                     : !wrap || (own->form == VALUES_HIDDEN && bars_count <= MOST_LYING);
    if (own->lying) {
        place_lying(stage, placed, own, y);
        return CN_OK;
    }
    if (!wrap) own->every = find_every(stage, own);
    place_standing(stage, placed, own, y);
    return CN_OK;
}

/* ---- drawing -------------------------------------------------------------------------------------------- */

/* The edge of a bar along the axis of categories. */
static double bar_start(const cn__placed *placed, const bars *own, size_t series, size_t i)
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
    return cn__series_look(panel, series).colour;
}

typedef struct bar {
    double value, start; /* start: its edge along the axis of categories */
    double from, to;     /* pixels along the axis of values */
    bool down;
} bar;

/* False where there is no value. */
static bool find_bar(const cn__placed *placed, const bars *own, size_t series, size_t i, bar *out)
{
    const cn__scale *scale = own->lying ? &placed->sx : &placed->sy;
    double value = value_of(placed->panel, series, i), base = base_of(scale);
    if (isnan(value)) return false;
    *out = (bar){.value = value,
                 .start = bar_start(placed, own, series, i),
                 .from = cn__scale_at(scale, base),
                 .to = cn__scale_at(scale, fmax(scale->low, fmin(value, scale->high))),
                 .down = value < base};
    return true;
}

static void draw_bar(const bars *own, const bar *b, cn__colour colour, cn__canvas *canvas)
{
    double low = fmin(b->from, b->to), length = fabs(b->to - b->from), gap = own->bar > 8 ? 1 : 0;
    const cn__pen pen = {.fill = colour};
    if (own->lying) canvas->ops->rect(canvas, low, b->start + gap / 2, length, own->bar - gap, &pen);
    else canvas->ops->rect(canvas, b->start + gap / 2, low, own->bar - gap, length, &pen);
}

/* At the bar's end; over a limit's line it has a rim of paper. */
static void draw_value(const cn__placed *placed, const bars *own, const bar *b, bool upright,
                       cn__canvas *canvas)
{
    char text[64];
    cn__lettering lettering = {.size = CN_SIZE_SMALL, .colour = CN_COLOUR_INK, .anchor = CN_ANCHOR_MIDDLE};
    double middle = b->start + own->bar / 2, base = CN_BASE_LINE * CN_SIZE_SMALL;
    cn__panel_number(placed->panel, b->value, text, sizeof text);
    lettering.halo = placed->panel->limit_count > 0;
    lettering.upright = upright;
    if (own->lying || upright) lettering.anchor = b->down ? CN_ANCHOR_END : CN_ANCHOR_START;
    if (own->lying) canvas->ops->text(canvas, b->to + (b->down ? -4 : 4), middle + base, text, &lettering);
    else if (upright) canvas->ops->text(canvas, middle + base, b->to + (b->down ? 4 : -4), text, &lettering);
    else
        canvas->ops->text(canvas, middle, b->to + (b->down ? 3 + CN_RISE * CN_SIZE_SMALL : -4), text,
                          &lettering);
}

/* The series' bar that is farthest from its base. */
static size_t longest(const cn__placed *placed, const bars *own, size_t series)
{
    size_t best = own->count;
    double length = -1;
    bar b;
    for (size_t i = 0; i < own->count; i++)
        if (find_bar(placed, own, series, i, &b) && fabs(b.to - b.from) > length)
            length = fabs(b.to - b.from), best = i;
    return best;
}

static void draw_bars(const cn__placed *placed, const bars *own, cn__canvas *canvas)
{
    bar b;
    for (size_t s = 0; s < placed->panel->series_count; s++) {
        cn__open_series(placed, canvas, s);
        for (size_t i = 0; i < own->count; i++)
            if (find_bar(placed, own, s, i, &b)) draw_bar(own, &b, bar_colour(placed->panel, s, i), canvas);
        canvas->ops->close(canvas);
    }
}

/* Where not all values have room, the longest bar of a single series keeps its own. */
static void draw_values(const cn__placed *placed, const bars *own, cn__canvas *canvas)
{
    bar b;
    for (size_t s = 0; s < placed->panel->series_count; s++) {
        bool hidden = own->form == VALUES_HIDDEN;
        if (hidden && placed->panel->series_count > 1) return;
        cn__open_series(placed, canvas, s);
        size_t only = hidden ? longest(placed, own, s) : 0;
        for (size_t i = 0; i < own->count; i++)
            if ((!hidden || i == only) && find_bar(placed, own, s, i, &b))
                draw_value(placed, own, &b, own->form == VALUES_UPRIGHT, canvas);
        canvas->ops->close(canvas);
    }
}

static void draw_names(cn__stage *stage, const cn__placed *placed, const bars *own, cn__canvas *canvas)
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

static void draw_axis_title(cn__stage *stage, const cn__placed *placed, const char *title, double y,
                            cn__canvas *canvas)
{
    if (!title || !*title) return;
    canvas->ops->text(
        canvas, placed->plot_x + placed->plot_width / 2, y,
        cn__shown(stage, title, CN_SIZE_AXIS, false, placed->plot_width),
        &(cn__lettering){.size = CN_SIZE_AXIS, .colour = CN_COLOUR_MUTED, .anchor = CN_ANCHOR_MIDDLE});
}

static void draw_standing(cn__stage *stage, const cn__placed *placed, const bars *own, cn__canvas *canvas)
{
    double bottom = placed->plot_y + placed->plot_height,
           zero = cn__scale_at(&placed->sy, base_of(&placed->sy));
    cn__frame_draw(stage, placed, canvas);
    draw_names(stage, placed, own, canvas);
    draw_axis_title(stage, placed, placed->panel->x.title, bottom + own->foot + AXIS_LINE - 3, canvas);
    draw_bars(placed, own, canvas);
    cn__draw_line(canvas, placed->plot_x, cn__sharp(zero), placed->plot_x + placed->plot_width,
                  cn__sharp(zero), &(cn__pen){.stroke = CN_COLOUR_AXIS, .width = 1});
    cn__limits_draw(stage, placed, canvas);
    draw_values(placed, own, canvas);
}

static void draw_value_axis(cn__stage *stage, const cn__placed *placed, cn__canvas *canvas)
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

static void draw_lying_names(cn__stage *stage, const cn__placed *placed, const bars *own, cn__canvas *canvas)
{
    cn__lettering name = {.size = CN_SIZE_SMALL, .colour = CN_COLOUR_INK};
    name.halo = placed->panel->limit_count > 0;
    for (size_t i = 0; i < own->count; i++) {
        double top = own->first + own->slot * (double)i;
        const char *text = own->categories[i].name;
        if (own->above > 0) {
            canvas->ops->text(canvas, placed->x, top + LYING_GAP / 2.0 + CN_SIZE_SMALL,
                              cn__shown(stage, text, CN_SIZE_SMALL, false, placed->width), &name);
            continue;
        }
        name.anchor = CN_ANCHOR_END;
        canvas->ops->text(canvas, placed->plot_x - NAME_GAP,
                          top + own->slot / 2 + CN_BASE_LINE * CN_SIZE_SMALL, text, &name);
    }
}

static void draw_lying_limits(cn__stage *stage, const cn__placed *placed, cn__canvas *canvas)
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

static void draw_lying(cn__stage *stage, const cn__placed *placed, const bars *own, cn__canvas *canvas)
{
    double bottom = placed->plot_y + placed->plot_height,
           zero = cn__scale_at(&placed->sx, base_of(&placed->sx));
    const char *title = placed->panel->x.title;
    cn__title_draw(stage, placed, canvas);
    if (title && *title)
        canvas->ops->text(canvas, placed->x,
                          placed->plot_y - (placed->panel->limit_count ? SMALL_LINE : 0) - 5,
                          cn__shown(stage, title, CN_SIZE_AXIS, false, placed->width),
                          &(cn__lettering){.size = CN_SIZE_AXIS, .colour = CN_COLOUR_MUTED});
    draw_value_axis(stage, placed, canvas);
    draw_axis_title(stage, placed, placed->panel->y.title, bottom + 6 + SMALL_LINE + AXIS_LINE - 3, canvas);
    draw_bars(placed, own, canvas);
    cn__draw_line(canvas, cn__sharp(zero), placed->plot_y, cn__sharp(zero), bottom,
                  &(cn__pen){.stroke = CN_COLOUR_AXIS, .width = 1});
    draw_lying_limits(stage, placed, canvas);
    draw_lying_names(stage, placed, own, canvas);
    draw_values(placed, own, canvas);
}

static void draw(cn__stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const bars *own = placed->own;
    cn__extent extent = extent_of(placed->panel, own->count);
    if (cn__extent_is_empty(&extent)) cn__empty_draw(stage, placed, canvas);
    else if (own->lying) draw_lying(stage, placed, own, canvas);
    else draw_standing(stage, placed, own, canvas);
}

/* ---- hover ---------------------------------------------------------------------------------------------- */

static cn_status hover(cn__stage *stage, const cn__placed *placed, json_t *object)
{
    (void)stage;
    const bars *own = placed->own;
    const cn__scale *scale = own->lying ? &placed->sx : &placed->sy;
    json_t *groups = json_array();
    for (size_t i = 0; i < own->count; i++) {
        json_t *values = json_array();
        for (size_t s = 0; s < placed->panel->series_count; s++) {
            double value = value_of(placed->panel, s, i);
            if (isnan(value)) continue;
            json_array_append_new(values, json_pack("[i, o, o]", placed->ids[s], cn__json_number(value),
                                                    cn__json_pixel(cn__scale_at(scale, value))));
        }
        double middle = own->first + own->slot * ((double)i + 0.5);
        json_array_append_new(groups, json_pack("{s:o, s:o, s:o}", "at", cn__json_pixel(middle), "label",
                                                cn__json_text(own->categories[i].name), "values", values));
    }
    json_object_set_new(object, "across", json_boolean(own->lying));
    return json_object_set_new(object, "groups", groups) == 0 ? CN_OK : cn__fail_memory(0, "JSON");
}

const cn__scale *cn__bars_scale(const cn__placed *placed)
{
    const bars *own = placed->own;
    return own->lying ? &placed->sx : &placed->sy;
}

const cn__panel_ops cn__panel_bars = {.word = "bars",
                                      .least_width = 290,
                                      .stretches = true,
                                      .check = check,
                                      .place = place,
                                      .draw = draw,
                                      .hover = hover};
