/* Where bars, their names and their values stand. */
#include <math.h>

#include "figure/panels/bars.h"

enum { WIDEST_BAR = 56, LEAST_UPRIGHT = 11, MOST_LYING = 60, LYING_BAR = 15 };
/* Shares of a lying bar's width: its value is written beside it, and must have room. */
#define LEAST_SHARE 0.85
#define MOST_SHARE 1.25
#define SMALL_LINE (CN_SIZE_SMALL * CN_LINE_HEIGHT)
#define AXIS_LINE (CN_SIZE_AXIS * CN_LINE_HEIGHT)

/* ---- values --------------------------------------------------------------------------------------------- */

static size_t category_count(const cn__panel *panel)
{
    size_t count = panel->category_count;
    for (size_t i = 0; i < panel->series_count; i++)
        if (panel->series[i].count > count) count = panel->series[i].count;
    return count;
}

double cn__bar_value(const cn__panel *panel, size_t series, size_t i)
{
    const cn__series *s = &panel->series[series];
    return i < s->count && cn__is_drawable(s->y[i]) ? s->y[i] : (double)NAN;
}

double cn__bars_base(const cn__scale *scale) { return fmax(scale->low, fmin(0, scale->high)); }

cn__extent cn__bars_extent(const cn__panel *panel, size_t count)
{
    cn__extent extent = CN_EXTENT_NONE;
    for (size_t s = 0; s < panel->series_count; s++)
        for (size_t i = 0; i < count; i++) cn__extent_add(&extent, cn__bar_value(panel, s, i));
    return extent;
}

/* Of the axis: limits are on it, and with CN_RANGE_DATA the least bar is seen too. */
static cn__extent axis_extent(const cn__panel *panel, cn__extent values)
{
    cn__extent extent = values;
    if (cn__extent_is_empty(&extent)) return cn__extent_of_axis(&panel->y, extent, CN_RANGE_ZERO);
    cn__extent_add_limits(&extent, panel);
    if (panel->y.range == CN_RANGE_DATA) {
        bool positive = extent.low >= 0;
        extent.low -= 0.15 * (extent.high - extent.low);
        if (positive && extent.low < 0) extent.low = 0;
    }
    return cn__extent_of_axis(&panel->y, extent, CN_RANGE_ZERO);
}

/* Leaves room for the values at the ends of the bars: below only where some of them hang down. */
static void leave_space(cn__scale *scale, cn__extent values, double space)
{
    if (cn__extent_is_empty(&values)) return;
    cn__extent ends = {fmax(scale->low, fmin(values.low, cn__bars_base(scale))),
                       fmin(scale->high, fmax(values.high, cn__bars_base(scale)))};
    cn__scale_leave(scale, ends, values.low < cn__bars_base(scale) ? space : 0, space);
}

char *cn__bar_text(const cn__panel *panel, const cn__bars *own, double value, char *out, size_t size)
{
    double last_digit = pow(10, -cn__decimals(panel));
    bool tiny = fabs(value) < last_digit / 2 && own->largest >= last_digit / 2;
    if (!tiny || value == 0) return cn__panel_number(panel, value, out, size);
    cn__format(out, size, "%.*f", cn__decimals(panel), 0.0);
    return out;
}

static void measure_values(cn__fig_stage *stage, const cn__panel *panel, cn__bars *own)
{
    char text[64];
    cn__extent extent = cn__bars_extent(panel, own->count);
    own->largest = cn__extent_is_empty(&extent) ? 0 : fmax(fabs(extent.low), fabs(extent.high));
    for (size_t s = 0; s < panel->series_count; s++)
        for (size_t i = 0; i < own->count; i++) {
            double value = cn__bar_value(panel, s, i);
            if (isnan(value)) continue;
            cn__bar_text(panel, own, value, text, sizeof text);
            own->widest_value =
                fmax(own->widest_value, cn__text_extent(stage->ruler, text, CN_SIZE_SMALL, false));
        }
}

/* ---- standing ------------------------------------------------------------------------------------------- */

static bool are_ordered(const cn__panel *panel) { return panel->x.integer || !panel->categories; }

static cn_status name_categories(cn__fig_stage *stage, const cn__panel *panel, cn__bars *own)
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
static void stand(cn__bars *own, const cn__panel *panel, double plot_width)
{
    size_t s = panel->series_count ? panel->series_count : 1, n = own->count ? own->count : 1;
    own->slot = plot_width / (double)n;
    own->bar = fmin(own->slot / ((double)s + (s > 1 ? 1 : 0.45)), WIDEST_BAR);
    double space = s > 1 ? own->bar : own->slot;
    own->form = own->widest_value + 5 <= space ? CN_VALUES_LEVEL
                : space >= LEAST_UPRIGHT       ? CN_VALUES_UPRIGHT
                                               : CN_VALUES_HIDDEN;
}

static bool names_wrap(cn__fig_stage *stage, const cn__bars *own)
{
    for (size_t i = 0; i < own->count; i++)
        if (!cn__text_wraps(stage->ruler, own->categories[i].name, CN_SIZE_SMALL, false, own->slot - 6,
                            CN_BAR_NAME_LINES))
            return false;
    return true;
}

/* Where names of ordered categories (epochs) have no room: each second, fifth, tenth, … */
static size_t find_every(cn__fig_stage *stage, const cn__bars *own)
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

/* The first epoch is named too where it is not near the next name; of every second the last is. */
static bool is_named(const cn__bars *own, size_t i)
{
    if (own->every == 2) return (own->count - i) % 2 == 1;
    return (i + 1) % own->every == 0 || (i == 0 && own->every >= 5);
}

static double wrap_names(cn__fig_stage *stage, cn__bars *own)
{
    size_t most = 0;
    for (size_t i = 0; i < own->count; i++) {
        cn__category *c = &own->categories[i];
        if (!is_named(own, i)) continue;
        double width = own->every > 1 ? (double)own->every * own->slot : own->slot - 6;
        c->line_count = cn__text_wrap(stage->ruler, &stage->arena, c->name, CN_SIZE_SMALL, false, width,
                                      CN_BAR_NAME_LINES, c->lines);
        if (c->line_count > most) most = c->line_count;
    }
    return 6 + (double)most * SMALL_LINE;
}

static void place_standing(cn__fig_stage *stage, cn__placed *placed, cn__bars *own, cn__extent y,
                           cn__extent values)
{
    const char *title = placed->panel->x.title;
    own->foot = wrap_names(stage, own);
    double foot = own->foot + (title && *title ? AXIS_LINE + 2 : 0);
    double space = own->form == CN_VALUES_UPRIGHT ? own->widest_value + 6 : CN_SIZE_SMALL + 5;
    cn__frame_place(stage, placed, y, foot);
    leave_space(&placed->sy, values, space);
    own->first = placed->plot_x;
}

/* ---- lying ---------------------------------------------------------------------------------------------- */

static void place_names_beside(cn__fig_stage *stage, const cn__placed *placed, cn__bars *own)
{
    double widest = 0;
    for (size_t i = 0; i < own->count; i++)
        widest = fmax(widest, cn__text_extent(stage->ruler, own->categories[i].name, CN_SIZE_SMALL, false));
    bool beside = widest <= 0.36 * placed->width;
    own->names_width = beside ? ceil(widest) + CN_BAR_NAME_GAP : 0;
    own->above = beside ? 0 : SMALL_LINE + 1;
}

/* The axis of values lies under the bars; at its end there is room for the longest bar's value. */
static void place_value_axis(cn__fig_stage *stage, cn__placed *placed, const cn__bars *own, cn__extent y,
                             cn__extent values)
{
    const cn__axis *axis = &placed->panel->y;
    for (size_t most = CN_MAX_TICKS; most >= 2; most--) {
        cn__extent range = y;
        if (axis->range == CN_RANGE_FIXED) cn__ticks_within(y.low, y.high, most, axis->integer, &placed->tx);
        else {
            cn__ticks_around(y.low, y.high, most, axis->integer, &placed->tx);
            range = (cn__extent){placed->tx.at[0], placed->tx.at[placed->tx.count - 1]};
        }
        placed->sx = (cn__scale){.low = range.low,
                                 .high = range.high,
                                 .from = placed->plot_x,
                                 .to = placed->plot_x + placed->plot_width};
        leave_space(&placed->sx, values, own->widest_value + 6);
        if (cn__x_labels_fit(stage, placed)) return;
    }
}

static void place_lying(cn__fig_stage *stage, cn__placed *placed, cn__bars *own, cn__extent y,
                        cn__extent values)
{
    size_t s = placed->panel->series_count ? placed->panel->series_count : 1;
    const char *names_title = placed->panel->x.title, *value_title = cn__y_title(placed->panel);
    cn__placed head = *placed;
    head.has_caption = names_title && *names_title;
    place_names_beside(stage, placed, own);
    own->bar = LYING_BAR * fmax(LEAST_SHARE, fmin(placed->stretch, MOST_SHARE));
    own->slot = own->above + own->bar * (double)s + CN_BAR_LYING_GAP;
    own->form = CN_VALUES_LEVEL;
    placed->limit_space = 0;
    placed->plot_x = placed->x + own->names_width;
    placed->plot_width = placed->x + placed->width - placed->plot_x - 2;
    placed->plot_y = placed->y + cn__head_height(&head) - (head.has_caption ? CN_CAPTION_GAP : 0) +
                     (placed->panel->limit_count ? SMALL_LINE : 0);
    placed->plot_height = own->slot * (double)own->count;
    own->first = placed->plot_y;
    place_value_axis(stage, placed, own, y, values);
    double foot = 6 + SMALL_LINE + (value_title ? AXIS_LINE + 2 : 0);
    placed->height = placed->plot_y + placed->plot_height + foot - placed->y;
}

/* ---- standing or lying ------------------------------------------------------------------------------------ */

cn_status cn__bars_place(cn__fig_stage *stage, cn__placed *placed)
{
    const cn__panel *panel = placed->panel;
    cn__bars *own = cn__arena_alloc(&stage->arena, sizeof *own);
    if (!own) return CN_ERROR_MEMORY;
    placed->own = own;
    own->count = category_count(panel);
    own->every = 1;
    measure_values(stage, panel, own);
    CN_TRY(name_categories(stage, panel, own));
    cn__extent values = cn__bars_extent(panel, own->count), y = axis_extent(panel, values);
    cn__frame_place(stage, placed, y, 0); /* for the width of the plot */
    stand(own, panel, placed->plot_width);
    bool wrap = names_wrap(stage, own);
    size_t bars_count = own->count * (panel->series_count ? panel->series_count : 1);
    own->lying = are_ordered(panel)
                     ? own->form == CN_VALUES_HIDDEN && bars_count <= MOST_LYING && !panel->x.integer
                     : !wrap || (own->form == CN_VALUES_HIDDEN && bars_count <= MOST_LYING);
    if (own->lying) {
        place_lying(stage, placed, own, y, values);
        return CN_OK;
    }
    if (!wrap) own->every = find_every(stage, own);
    place_standing(stage, placed, own, y, values);
    return CN_OK;
}
