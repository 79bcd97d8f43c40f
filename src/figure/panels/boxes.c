/* Boxes of quartiles (Tukey 1977): a series is a box, its y[0] to y[4] the lower whisker, the quartiles and the upper whisker,
 * what follows are points beyond the whiskers. The panel's categories are the boxes' names. */
#include <math.h>

#include "figure/draw.h"

enum { PARTS = 5, LOWEST = 0, LOWER, MEDIAN, UPPER, HIGHEST };
#define LINE (CN_SIZE_SMALL * CN_LINE_HEIGHT)

static cn_status check(const cn__panel *panel)
{
    if (panel->category_count && panel->category_count != panel->series_count)
        return cn__fail(CN_ERROR_SHAPE, "%zu boxes have %zu names", panel->series_count,
                        panel->category_count);
    for (size_t s = 0; s < panel->series_count; s++) {
        const cn__series *series = &panel->series[s];
        if (series->count && series->count < PARTS)
            return cn__fail(CN_ERROR_SHAPE, "box %zu has %zu numbers; expected five or more", s,
                            series->count);
        for (size_t i = 1; series->count && i < PARTS; i++)
            if (!(series->y[i] >= series->y[i - 1]))
                return cn__fail(CN_ERROR_ARGUMENT, "number %zu of box %zu is %g, less than the one before", i,
                                s, series->y[i]);
    }
    return CN_OK;
}

static cn_status place(cn__fig_stage *stage, cn__placed *placed)
{
    const cn__panel *panel = placed->panel;
    cn__extent y = CN_EXTENT_NONE;
    for (size_t s = 0; s < panel->series_count; s++)
        for (size_t i = 0; i < panel->series[s].count; i++) cn__extent_add(&y, panel->series[s].y[i]);
    cn__frame_place(stage, placed, cn__extent_of_axis(&panel->y, y, CN_RANGE_DATA),
                    cn__x_axis_height(placed));
    placed->sx = (cn__scale){.low = 0,
                             .high = fmax((double)panel->series_count, 1),
                             .from = placed->plot_x,
                             .to = placed->plot_x + placed->plot_width};
    return CN_OK;
}

static double middle_of(const cn__placed *placed, size_t s)
{
    return cn__scale_at(&placed->sx, (double)s + 0.5);
}

static double slot_of(const cn__placed *placed)
{
    return cn__scale_at(&placed->sx, 1) - cn__scale_at(&placed->sx, 0);
}

static void draw_box(const cn__placed *placed, size_t s, cn__canvas *canvas)
{
    const cn__series *series = &placed->panel->series[s];
    const cn__series_style style = cn__style_of_series(placed->panel, s);
    const cn__pen line = {.stroke = style.colour, .width = 1.25};
    double at[PARTS], middle = middle_of(placed, s), half = fmin(0.3 * slot_of(placed), 36);
    for (int i = 0; i < PARTS; i++) at[i] = cn__scale_at(&placed->sy, series->y[i]);
    cn__draw_line(canvas, middle, at[LOWEST], middle, at[LOWER], &line);
    cn__draw_line(canvas, middle, at[UPPER], middle, at[HIGHEST], &line);
    for (int i = LOWEST; i <= HIGHEST; i += HIGHEST)
        cn__draw_line(canvas, middle - half / 2, at[i], middle + half / 2, at[i], &line);
    canvas->ops->rect(
        canvas, middle - half, at[UPPER], 2 * half, fmax(at[LOWER] - at[UPPER], 0.5),
        &(cn__pen){.fill = style.colour, .fill_alpha = 0.25, .stroke = style.colour, .width = 1.25});
    cn__draw_line(canvas, middle - half, at[MEDIAN], middle + half, at[MEDIAN],
                  &(cn__pen){.stroke = style.colour, .width = 2.5});
    for (size_t i = PARTS; i < series->count; i++)
        if (cn__is_drawable(series->y[i]))
            canvas->ops->circle(canvas, middle, cn__scale_at(&placed->sy, series->y[i]), 2.5,
                                &(cn__pen){.stroke = style.colour, .width = 1});
}

static void draw_names(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__panel *panel = placed->panel;
    const cn__lettering small = {.size = CN_SIZE_SMALL, .colour = CN_COLOUR_INK, .anchor = CN_ANCHOR_MIDDLE};
    double base = placed->plot_y + placed->plot_height + 8 + CN_RISE * CN_SIZE_SMALL;
    for (size_t s = 0; s < panel->category_count; s++) {
        const char *name = cn__shown(stage, panel->categories[s], CN_SIZE_SMALL, false, slot_of(placed) - 4);
        canvas->ops->text(canvas, middle_of(placed, s), base, name, &small);
    }
    if (!panel->x.title || !*panel->x.title) return;
    const cn__lettering axis = {.size = CN_SIZE_AXIS, .colour = CN_COLOUR_INK, .anchor = CN_ANCHOR_MIDDLE};
    canvas->ops->text(canvas, placed->plot_x + placed->plot_width / 2, base + LINE + 4,
                      cn__shown(stage, panel->x.title, CN_SIZE_AXIS, false, placed->plot_width), &axis);
}

static bool is_empty(const cn__panel *panel)
{
    for (size_t s = 0; s < panel->series_count; s++)
        if (panel->series[s].count) return false;
    return true;
}

static void draw(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    if (is_empty(placed->panel)) {
        cn__empty_draw(stage, placed, canvas);
        return;
    }
    cn__frame_draw(stage, placed, canvas);
    draw_names(stage, placed, canvas);
    for (size_t s = 0; s < placed->panel->series_count; s++) {
        cn__open_series(placed, canvas, s);
        if (placed->panel->series[s].count) draw_box(placed, s, canvas);
        canvas->ops->close(canvas);
    }
}

/* A group a box, with its median; the other numbers stand in the label. */
static void hover(cn__fig_stage *stage, const cn__placed *placed, json_t *object)
{
    const cn__panel *panel = placed->panel;
    json_t *groups = json_array();
    for (size_t s = 0; s < panel->series_count; s++) {
        const cn__series *series = &panel->series[s];
        if (!series->count) continue;
        char n[PARTS][64], label[480];
        for (int i = 0; i < PARTS; i++) cn__number_text(series->y[i], 3, n[i], sizeof n[i]);
        cn__format(label, sizeof label, "%.100s%s%s \u2026 %s, %s \u2026 %s",
                   s < panel->category_count ? panel->categories[s] : "",
                   s < panel->category_count ? ": " : "", n[LOWEST], n[HIGHEST], n[LOWER], n[UPPER]);
        json_t *values = json_pack("[[i, o, o]]", placed->ids[s], cn__json_number(series->y[MEDIAN]),
                                   cn__json_pixel(cn__scale_at(&placed->sy, series->y[MEDIAN])));
        cn__hover_append(stage, groups,
                         json_pack("{s:o, s:o, s:o}", "at", cn__json_pixel(middle_of(placed, s)), "label",
                                   cn__json_text(label), "values", values));
    }
    cn__hover_set(stage, object, "groups", groups);
}

const cn__panel_ops cn__panel_boxes = {.word = "bars",
                                       .least_width = 220,
                                       .stretches = true,
                                       .check = check,
                                       .place = place,
                                       .draw = draw,
                                       .hover = hover};

/* ---- who fills it ---------------------------------------------------------------------------------------- */

/* Between the sorted values, as numpy and pandas have it. */
static double quantile(const double *v, size_t n, double q)
{
    double at = q * (double)(n - 1);
    size_t below = (size_t)at;
    return below + 1 < n ? v[below] + (at - (double)below) * (v[below + 1] - v[below]) : v[n - 1];
}

size_t cn__box_of(const double *v, size_t n, size_t capacity, double *out)
{
    size_t count = PARTS, low = 0, high = n;
    if (!n || capacity < PARTS) return 0;
    for (int i = LOWER; i <= UPPER; i++) out[i] = quantile(v, n, 0.25 * i);
    double reach = 1.5 * (out[UPPER] - out[LOWER]);
    while (low < n && v[low] < out[LOWER] - reach) low++;
    while (high > low + 1 && v[high - 1] > out[UPPER] + reach) high--;
    out[LOWEST] = fmin(v[low < n ? low : n - 1], out[LOWER]);
    out[HIGHEST] = fmax(v[high - 1], out[UPPER]);
    for (size_t i = 0; i < low && count < capacity; i++) out[count++] = v[i];
    for (size_t i = n; i-- > high && count < capacity;) out[count++] = v[i];
    return count;
}
