/* Lines over a common x axis (epochs, mostly): bands, limits, markers, rings where two lines cross, the
 * best point with its value. */
#include <math.h>
#include <stdlib.h>

#include "figure/panels/lines.h"

enum { MARGIN = 12, MOST_RINGS = 64 };
#define RING_RADIUS 7.5

/* ---- extents -------------------------------------------------------------------------------------------- */

static cn__extent extent_x(const cn__panel *panel)
{
    cn__extent extent = CN_EXTENT_NONE;
    for (size_t s = 0; s < panel->series_count; s++)
        for (size_t i = 0; i < panel->series[s].count; i++)
            cn__extent_add(&extent, cn__series_x(&panel->series[s], i));
    return extent;
}

static cn__extent extent_y(const cn__panel *panel)
{
    cn__extent extent = CN_EXTENT_NONE;
    for (size_t s = 0; s < panel->series_count; s++) {
        const cn__series *series = &panel->series[s];
        for (size_t i = 0; i < series->count; i++) {
            if (!cn__series_has(series, i)) continue;
            cn__extent_add(&extent, cn__band_edge(&panel->y, series, i, -1));
            cn__extent_add(&extent, cn__band_edge(&panel->y, series, i, 1));
        }
    }
    if (!cn__extent_is_empty(&extent)) cn__extent_add_limits(&extent, panel);
    return extent;
}

bool cn__lines_have_data(const cn__panel *panel)
{
    cn__extent extent = CN_EXTENT_NONE;
    for (size_t s = 0; s < panel->series_count; s++)
        for (size_t i = 0; i < panel->series[s].count; i++)
            if (cn__series_has(&panel->series[s], i)) cn__extent_add(&extent, 0);
    return !cn__extent_is_empty(&extent);
}

cn_status cn__lines_place(cn__fig_stage *stage, cn__placed *placed)
{
    const cn__panel *panel = placed->panel;
    cn__extent y = cn__extent_of_axis(&panel->y, extent_y(panel), CN_RANGE_DATA);
    cn__extent x = cn__extent_of_axis(&panel->x, extent_x(panel), CN_RANGE_DATA);
    cn__frame_place(stage, placed, y, cn__x_axis_height(placed));
    cn__frame_place_x(stage, placed, x, MARGIN);
    return CN_OK;
}

/* ---- lines ---------------------------------------------------------------------------------------------- */

cn__point cn__lines_point(const cn__placed *placed, double x, double y)
{
    return (cn__point){cn__scale_at(&placed->sx, x), cn__scale_at(&placed->sy, y)};
}

cn__point cn__lines_series_point(const cn__placed *placed, const cn__series *series, size_t i)
{
    return cn__lines_point(placed, cn__series_x(series, i), series->y[i]);
}

bool cn__lines_inside(const cn__placed *placed, const cn__series *series, size_t i)
{
    return cn__series_has(series, i) && cn__scale_holds(&placed->sx, cn__series_x(series, i)) &&
           cn__scale_holds(&placed->sy, series->y[i]);
}

/* One side of Liang and Barsky's clipping: the part of [*t0, *t1] where d·t <= q. */
static bool clip_side(double d, double q, double *t0, double *t1)
{
    if (d == 0) return q >= 0;
    double t = q / d;
    if (d < 0 && t > *t0) *t0 = t;
    if (d > 0 && t < *t1) *t1 = t;
    return *t0 <= *t1;
}

/* Cuts a segment to the plot; false when nothing is left. */
static bool clip(const cn__placed *placed, cn__point *a, cn__point *b)
{
    double dx = b->x - a->x, dy = b->y - a->y, t0 = 0, t1 = 1;
    const double hair = 0.01;
    bool left = clip_side(-dx, a->x - (placed->plot_x - hair), &t0, &t1) &&
                clip_side(dx, placed->plot_x + placed->plot_width + hair - a->x, &t0, &t1) &&
                clip_side(-dy, a->y - (placed->plot_y - hair), &t0, &t1) &&
                clip_side(dy, placed->plot_y + placed->plot_height + hair - a->y, &t0, &t1);
    if (!left) return false;
    cn__point start = *a;
    if (t1 < 1) *b = (cn__point){start.x + t1 * dx, start.y + t1 * dy};
    if (t0 > 0) *a = (cn__point){start.x + t0 * dx, start.y + t0 * dy};
    return true;
}

/* Draws runs of points; a gap in the data or a cut at the plot's edge ends one. `points` has room for all. */
static void draw_line(const cn__placed *placed, const cn__series *series, cn__point *points,
                      const cn__pen *pen, cn__canvas *canvas)
{
    size_t n = 0;
    for (size_t i = 1; i < series->count; i++) {
        bool both = cn__series_has(series, i - 1) && cn__series_has(series, i);
        cn__point a = {0}, b = {0};
        if (both)
            a = cn__lines_series_point(placed, series, i - 1), b = cn__lines_series_point(placed, series, i);
        if (!both || !clip(placed, &a, &b)) {
            if (n > 1) canvas->ops->polygon(canvas, points, n, false, pen);
            n = 0;
            continue;
        }
        if (n && (fabs(points[n - 1].x - a.x) > 0.01 || fabs(points[n - 1].y - a.y) > 0.01)) {
            canvas->ops->polygon(canvas, points, n, false, pen);
            n = 0;
        }
        if (!n) points[n++] = a;
        points[n++] = b;
    }
    if (n > 1) canvas->ops->polygon(canvas, points, n, false, pen);
}

static double clamp_y(const cn__placed *placed, double y)
{
    return fmax(placed->plot_y, fmin(y, placed->plot_y + placed->plot_height));
}

/* The band's upper edge from left to right, then the lower one back; gaps end a part of it. */
static void draw_band(const cn__placed *placed, const cn__series *series, cn__point *points,
                      cn__colour colour, cn__canvas *canvas)
{
    const cn__pen pen = {.fill = colour, .fill_alpha = 0.16};
    for (size_t i = 0; i < series->count; i++) {
        size_t first = i;
        while (i < series->count && cn__series_has(series, i) &&
               cn__scale_holds(&placed->sx, cn__series_x(series, i)))
            i++;
        size_t n = i - first;
        for (size_t j = 0; j < n; j++) {
            const cn__axis *axis = &placed->panel->y;
            double x = cn__series_x(series, first + j);
            points[j] = cn__lines_point(placed, x, cn__band_edge(axis, series, first + j, 1));
            points[2 * n - 1 - j] = cn__lines_point(placed, x, cn__band_edge(axis, series, first + j, -1));
        }
        for (size_t j = 0; j < 2 * n; j++) points[j].y = clamp_y(placed, points[j].y);
        if (n > 1) canvas->ops->polygon(canvas, points, 2 * n, true, &pen);
    }
}

/* Points alone in a gap are marked in any case: no line shows them. */
static void draw_markers(const cn__placed *placed, const cn__series *series, const cn__series_style *style,
                         cn__canvas *canvas)
{
    double spacing = placed->plot_width / (double)(series->count ? series->count : 1);
    double radius = spacing < 8 ? 2 : spacing < 12 ? 2.6 : 3.4;
    for (size_t i = 0; i < series->count; i++) {
        bool alone = (i == 0 || !cn__series_has(series, i - 1)) &&
                     (i + 1 == series->count || !cn__series_has(series, i + 1));
        bool marked = series->marks == CN_MARKS_ALONE || series->count <= CN_MOST_MARKED || alone;
        if (series->marks != CN_MARKS_NONE && cn__lines_inside(placed, series, i) && marked)
            cn__draw_marker(canvas, cn__lines_series_point(placed, series, i), radius, style);
    }
}

static void draw_series(cn__fig_stage *stage, const cn__placed *placed, size_t index, cn__canvas *canvas)
{
    const cn__series *series = &placed->panel->series[index];
    cn__series_style style = cn__style_of_series(placed->panel, index);
    cn__point *points = cn__arena_array(&stage->arena, 2 * series->count + 2, sizeof *points);
    if (!points) {
        stage->failed = true;
        return;
    }
    cn__open_series(placed, canvas, index);
    if (series->deviation) draw_band(placed, series, points, style.colour, canvas);
    if (series->marks != CN_MARKS_ALONE)
        draw_line(placed, series, points, &(cn__pen){.stroke = style.colour, .width = 2, .dash = style.dash},
                  canvas);
    draw_markers(placed, series, &style, canvas);
    canvas->ops->close(canvas);
}

/* ---- marks ---------------------------------------------------------------------------------------------- */

typedef struct box {
    double x, y, width, height;
} box;

static bool boxes_meet(const box *a, const box *b)
{
    return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
           b->y < a->y + a->height;
}

/* How many of 12 points of a segment lie in the box. */
static int covered(const box *b, cn__point from, cn__point to)
{
    int count = 0;
    for (int i = 0; i <= 12; i++) {
        double x = from.x + (to.x - from.x) * i / 12, y = from.y + (to.y - from.y) * i / 12;
        count += x > b->x && x < b->x + b->width && y > b->y && y < b->y + b->height;
    }
    return count;
}

/* The less the better: lines under the text, other labels, the plot's edges. */
static double badness(const cn__placed *placed, const box *b, const box *taken, size_t taken_count)
{
    double bad = 0;
    for (size_t s = 0; s < placed->panel->series_count; s++) {
        const cn__series *series = &placed->panel->series[s];
        for (size_t i = 1; i < series->count; i++)
            if (cn__series_has(series, i - 1) && cn__series_has(series, i))
                bad += covered(b, cn__lines_series_point(placed, series, i - 1),
                               cn__lines_series_point(placed, series, i));
    }
    for (size_t i = 0; i < placed->panel->limit_count; i++) {
        double y = cn__scale_at(&placed->sy, placed->panel->limits[i].value);
        bad += 8 * (y > b->y && y < b->y + b->height);
    }
    for (size_t i = 0; i < taken_count; i++) bad += 100 * boxes_meet(b, &taken[i]);
    double out_x = fmax(placed->plot_x - b->x, b->x + b->width - placed->plot_x - placed->plot_width);
    double out_y = fmax(placed->plot_y - 4 - b->y, b->y + b->height - placed->plot_y - placed->plot_height);
    return bad + (out_x > 0 ? 200 + out_x : 0) + (out_y > 0 ? 200 + out_y : 0);
}

/* Where a text of this size stands best around a point: above, below, beside, then farther away. */
static box find_place(const cn__placed *placed, cn__point at, double width, const box *taken,
                      size_t taken_count)
{
    static const double sides[][2] = {{0, -1}, {0, 1}, {1, -1}, {-1, -1}, {1, 1}, {-1, 1}, {1, 0}, {-1, 0}};
    const double height = CN_SIZE_SMALL + 2;
    box best = {0};
    double least = INFINITY;
    for (int ring = 0; ring < 4; ring++) {
        for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
            double gap = 10 + 9 * ring;
            box b = {at.x - width / 2 + sides[i][0] * (width / 2 + gap * (sides[i][1] == 0 ? 1 : 0.4)),
                     at.y - height / 2 + sides[i][1] * (height / 2 + gap), width, height};
            b.x = fmax(placed->plot_x, fmin(b.x, placed->plot_x + placed->plot_width - width));
            double bad = badness(placed, &b, taken, taken_count) + 1.2 * ring + 0.1 * (double)i;
            if (bad < least) least = bad, best = b;
        }
    }
    return best;
}

static void draw_best(cn__fig_stage *stage, const cn__placed *placed, size_t index, box *taken,
                      size_t *taken_count, cn__canvas *canvas)
{
    const cn__series *series = &placed->panel->series[index];
    cn__series_style style = cn__style_of_series(placed->panel, index);
    char value[64];
    if (!series->best || !cn__lines_inside(placed, series, series->best - 1)) return;
    const char *text =
        series->best_text ? series->best_text
                          : cn__panel_number(placed->panel, series->y[series->best - 1], value, sizeof value);
    cn__point at = cn__lines_series_point(placed, series, series->best - 1);
    text = cn__shown(stage, text, CN_SIZE_SMALL, true, placed->plot_width - 2);
    double width = cn__text_extent(stage->ruler, text, CN_SIZE_SMALL, true);
    box b = find_place(placed, at, width + 2, taken, *taken_count);
    taken[(*taken_count)++] = b;
    cn__open_series(placed, canvas, index);
    cn__draw_best_mark(canvas, at, 5.5, &style);
    canvas->ops->text(canvas, b.x + b.width / 2, b.y + b.height / 2 + CN_BASE_LINE * CN_SIZE_SMALL, text,
                      &(cn__lettering){.size = CN_SIZE_SMALL,
                                       .bold = true,
                                       .colour = CN_COLOUR_INK,
                                       .anchor = CN_ANCHOR_MIDDLE,
                                       .halo = true});
    canvas->ops->close(canvas);
}

static size_t draw_rings(const cn__fig_stage *stage, const cn__placed *placed, box *taken, cn__canvas *canvas)
{
    const cn__panel *panel = placed->panel;
    double crossings[MOST_RINGS][2];
    if (!cn__panel_crosses(panel)) return 0;
    size_t n = cn__series_crossings(&panel->series[0], &panel->series[1], crossings, MOST_RINGS), drawn = 0;
    if (n > MOST_RINGS) n = MOST_RINGS;
    canvas->ops->open(canvas,
                      &(cn__group){.name = "series", .key = "series", .value = cn__ring_id(stage, panel)});
    for (size_t i = 0; i < n; i++) {
        if (!cn__scale_holds(&placed->sx, crossings[i][0]) || !cn__scale_holds(&placed->sy, crossings[i][1]))
            continue;
        cn__point at = cn__lines_point(placed, crossings[i][0], crossings[i][1]);
        canvas->ops->circle(canvas, at.x, at.y, RING_RADIUS,
                            &(cn__pen){.stroke = CN_COLOUR_INK, .width = 1.5});
        taken[drawn++] = (box){at.x - RING_RADIUS, at.y - RING_RADIUS, 2 * RING_RADIUS, 2 * RING_RADIUS};
    }
    canvas->ops->close(canvas);
    return drawn;
}

static void draw_marks(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    box *taken = cn__arena_array(&stage->arena, MOST_RINGS + placed->panel->series_count, sizeof *taken);
    if (!taken) {
        stage->failed = true;
        return;
    }
    size_t count = draw_rings(stage, placed, taken, canvas);
    for (size_t s = 0; s < placed->panel->series_count; s++)
        draw_best(stage, placed, s, taken, &count, canvas);
}

static void draw(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    if (!cn__lines_have_data(placed->panel)) {
        cn__empty_draw(stage, placed, canvas);
        return;
    }
    cn__frame_draw(stage, placed, canvas);
    cn__x_axis_draw(stage, placed, canvas);
    cn__limits_draw(stage, placed, canvas);
    for (size_t s = 0; s < placed->panel->series_count; s++) draw_series(stage, placed, s, canvas);
    draw_marks(stage, placed, canvas);
}

/* ---- hover ---------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Every x that some series has, ascending, each once; NULL when out of memory. */
static double *all_x(cn__fig_stage *stage, const cn__panel *panel, size_t *count)
{
    size_t total = 0, n = 0, kept = 0;
    for (size_t s = 0; s < panel->series_count; s++) total += panel->series[s].count;
    double *x = cn__arena_array(&stage->arena, total + 1, sizeof *x);
    for (size_t s = 0; x && s < panel->series_count; s++)
        for (size_t i = 0; i < panel->series[s].count; i++)
            if (cn__series_has(&panel->series[s], i)) x[n++] = cn__series_x(&panel->series[s], i);
    if (x && n) qsort(x, n, sizeof *x, compare);
    for (size_t i = 0; i < n; i++)
        if (!kept || x[i] != x[kept - 1]) x[kept++] = x[i];
    *count = kept;
    return x;
}

/* [[series, value, position], …] of one x. `next` remembers where each series was found last. */
static json_t *values_at(cn__fig_stage *stage, const cn__placed *placed, double x, size_t *next)
{
    json_t *values = json_array();
    for (size_t s = 0; s < placed->panel->series_count; s++) {
        const cn__series *series = &placed->panel->series[s];
        size_t i = next[s];
        while (i < series->count && cn__series_x(series, i) != x) i++;
        if (i == series->count) continue;
        next[s] = i;
        if (cn__lines_inside(placed, series, i))
            cn__hover_append(stage, values,
                             json_pack("[i, o, o]", placed->ids[s], cn__json_number(series->y[i]),
                                       cn__json_pixel(cn__scale_at(&placed->sy, series->y[i]))));
    }
    return values;
}

static void hover(cn__fig_stage *stage, const cn__placed *placed, json_t *object)
{
    size_t count;
    double *x = all_x(stage, placed->panel, &count);
    size_t *next = cn__arena_array(&stage->arena, placed->panel->series_count + 1, sizeof *next);
    json_t *groups = json_array();
    for (size_t g = 0; x && next && g < count; g++) {
        char label[64];
        if (!cn__scale_holds(&placed->sx, x[g])) continue;
        cn__number_text(x[g], x[g] == floor(x[g]) ? 0 : 3, label, sizeof label);
        cn__hover_append(stage, groups,
                         json_pack("{s:o, s:s, s:o}", "at", cn__json_pixel(cn__scale_at(&placed->sx, x[g])),
                                   "label", label, "values", values_at(stage, placed, x[g], next)));
    }
    if (!x || !next) stage->failed = true;
    cn__hover_set(stage, object, "groups", groups);
}

const cn__panel_ops cn__panel_lines = {.word = "lines",
                                       .least_width = 290,
                                       .stretches = true,
                                       .place = cn__lines_place,
                                       .draw = draw,
                                       .hover = hover};
