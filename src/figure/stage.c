/* Layout: title, legend, then rows of panels. Panels stand side by side when each keeps its least
 * width; those of a row share the height of their titles, so that their plots begin at one height. */
#include <math.h>

#include "figure/draw.h"

enum { MOST_WIDTH = 20000, PANEL_GAP = 28, ROW_GAP = 22, TITLE_GAP = 5 };
#define LEAST_STRETCH 0.5
#define MOST_STRETCH 1.8

static const cn__panel_ops *const kinds[CN_PANEL_KINDS] = {
    [CN_PANEL_LINES] = &cn__panel_lines,     [CN_PANEL_SCATTER] = &cn__panel_scatter,
    [CN_PANEL_BARS] = &cn__panel_bars,       [CN_PANEL_HISTOGRAM] = &cn__panel_histogram,
    [CN_PANEL_HEAT] = &cn__panel_heat,       [CN_PANEL_IMAGES] = &cn__panel_images,
    [CN_PANEL_NETWORK] = &cn__panel_network, [CN_PANEL_BOXES] = &cn__panel_boxes,
};

const cn__panel_ops *cn__panel_ops_of(const cn__panel *panel)
{
    return (unsigned)panel->kind < CN_PANEL_KINDS ? kinds[panel->kind] : NULL;
}

/* ---- checks --------------------------------------------------------------------------------------------- */

static cn_status check_axis(const cn__axis *axis, const char *name)
{
    if (axis->range != CN_RANGE_FIXED) return CN_OK;
    if (cn__is_drawable(axis->min) && cn__is_drawable(axis->max) && axis->min < axis->max) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "the fixed range of the %s axis is %g to %g; it must rise", name,
                    axis->min, axis->max);
}

static cn_status check_series(const cn__panel *panel)
{
    if (panel->series_count && !panel->series) return cn__fail(CN_ERROR_ARGUMENT, "series is NULL");
    if (panel->limit_count && !panel->limits) return cn__fail(CN_ERROR_ARGUMENT, "limits is NULL");
    for (size_t i = 0; i < panel->series_count; i++) {
        const cn__series *series = &panel->series[i];
        if (series->count && !series->y)
            return cn__fail(CN_ERROR_ARGUMENT, "series %zu has %zu values and y is NULL", i, series->count);
        if ((unsigned)series->split > CN_SPLIT_NOTE)
            return cn__fail(CN_ERROR_ARGUMENT, "series %zu: %d is no cn__split", i, (int)series->split);
        if (series->best > series->count)
            return cn__fail(CN_ERROR_ARGUMENT, "series %zu: its best point is %zu of %zu", i, series->best,
                            series->count);
    }
    return CN_OK;
}

static cn_status check_panel(const cn__panel *panel)
{
    const cn__panel_ops *ops = cn__panel_ops_of(panel);
    if (!ops) return cn__fail(CN_ERROR_ARGUMENT, "%d is no kind of panel", (int)panel->kind);
    CN_TRY(check_axis(&panel->x, "x"));
    CN_TRY(check_axis(&panel->y, "y"));
    CN_TRY(check_series(panel));
    return ops->check ? ops->check(panel) : CN_OK;
}

static cn_status check_figure(const cn__figure *figure, double width, double height)
{
    if (!(width >= CN_LEAST_WIDTH && width <= MOST_WIDTH))
        return cn__fail(CN_ERROR_ARGUMENT, "a figure's width is %d to %d pixels, not %g", CN_LEAST_WIDTH,
                        MOST_WIDTH, width);
    if (!(height >= 0 && height <= MOST_WIDTH))
        return cn__fail(CN_ERROR_ARGUMENT, "a figure's height is 0 to %d pixels, not %g", MOST_WIDTH, height);
    if (!figure->panel_count || !figure->panels)
        return cn__fail(CN_ERROR_ARGUMENT, "a figure needs at least one panel");
    for (size_t i = 0; i < figure->panel_count; i++)
        if (check_panel(&figure->panels[i]) != CN_OK) return cn__fail_in("panel %zu of the figure", i);
    return CN_OK;
}

/* ---- layout --------------------------------------------------------------------------------------------- */

static size_t columns_of(const cn__figure *figure, double width)
{
    double least = 0;
    if (figure->columns) return figure->columns < figure->panel_count ? figure->columns : figure->panel_count;
    for (size_t i = 0; i < figure->panel_count; i++)
        least = fmax(least, cn__panel_ops_of(&figure->panels[i])->least_width);
    size_t n = figure->panel_count, columns = (size_t)((width + PANEL_GAP) / (least + PANEL_GAP));
    if (columns < 1) columns = 1;
    if (columns > n) columns = n;
    size_t rows = (n + columns - 1) / columns;
    return (n + rows - 1) / rows; /* as even as the rows allow: four panels as two by two */
}

static double title_height(const cn__fig_stage *stage)
{
    return stage->title_lines ? (double)stage->title_lines * CN_SIZE_TITLE * CN_LINE_HEIGHT + 6 : 0;
}

/* Titles and legends first: what the row's tallest takes, every panel with axes is given. */
static cn_status place_heads(cn__fig_stage *stage, cn__placed *row, size_t count)
{
    cn__placed most = {0};
    for (size_t i = 0; i < count; i++) {
        cn__placed *placed = &row[i];
        placed->title_lines = cn__text_wrap(stage->ruler, &stage->arena, placed->panel->title, CN_SIZE_PANEL,
                                            true, placed->width, CN_TITLE_LINES, placed->title);
        if (!stage->common_legend) CN_TRY(cn__legend_place(stage, placed, placed->width, &placed->legend));
        most.has_caption |= cn__y_title(placed->panel) && cn__panel_ops_of(placed->panel)->stretches;
        most.legend_height = fmax(most.legend_height, placed->legend.height);
        if (placed->title_lines > most.head_lines) most.head_lines = placed->title_lines;
    }
    for (size_t i = 0; i < count; i++) {
        row[i].head_lines = most.head_lines;
        if (!cn__panel_ops_of(row[i].panel)->stretches) continue;
        row[i].legend_height = most.legend_height;
        row[i].has_caption = most.has_caption;
    }
    return CN_OK;
}

/* Places a row at y; *height becomes that of its tallest panel. */
static cn_status place_row(cn__fig_stage *stage, size_t first, size_t count, double y, double width,
                           double *height)
{
    cn__placed *row = &stage->placed[first];
    double stretchable = 0;
    *height = 0;
    for (size_t i = 0; i < count; i++) {
        const int *ids = row[i].ids;
        row[i] = (cn__placed){.panel = &stage->figure->panels[first + i],
                              .index = (int)(first + i),
                              .ids = ids,
                              .x = (width + PANEL_GAP) * (double)i,
                              .y = y,
                              .width = width,
                              .stretch = stage->stretch};
    }
    CN_TRY(place_heads(stage, row, count));
    for (size_t i = 0; i < count; i++) {
        const cn__panel_ops *ops = cn__panel_ops_of(row[i].panel);
        CN_TRY(ops->place(stage, &row[i]));
        *height = fmax(*height, row[i].height);
        if (ops->stretches || ops->shrinks) stretchable = fmax(stretchable, row[i].plot_height);
    }
    stage->natural_stretchable += stretchable;
    return CN_OK;
}

static cn_status place_all(cn__fig_stage *stage)
{
    size_t n = stage->figure->panel_count, columns = columns_of(stage->figure, stage->width);
    double width = (stage->width - PANEL_GAP * (double)(columns - 1)) / (double)columns;
    double y = title_height(stage);
    if (stage->common_legend) CN_TRY(cn__legend_place(stage, NULL, stage->width, &stage->legend));
    y += stage->legend.height;
    if (stage->title_lines && stage->legend.height == 0) y += TITLE_GAP;
    stage->natural_stretchable = 0;
    for (size_t first = 0; first < n; first += columns) {
        double height;
        size_t count = first + columns > n ? n - first : columns;
        if (first) y += ROW_GAP;
        CN_TRY(place_row(stage, first, count, y, floor(width), &height));
        y += height;
    }
    stage->height = ceil(y + 2);
    return CN_OK;
}

/* A wanted height is reached as far as plots can be stretched; parts of some, such as the titles of pictures, cannot. */
static cn_status stretch_to(cn__fig_stage *stage, double height)
{
    double plots = stage->natural_stretchable;
    for (int step = 0; step < 4 && plots > 0 && fabs(height - stage->height) >= 1; step++) {
        double stretch = stage->stretch + (height - stage->height) / plots;
        stretch = fmax(LEAST_STRETCH, fmin(stretch, MOST_STRETCH));
        if (stretch == stage->stretch) break;
        stage->stretch = stretch;
        CN_TRY(place_all(stage));
    }
    return CN_OK;
}

cn_status cn__stage_height(cn__fig_stage *stage, double wanted, double *height)
{
    stage->stretch = 1;
    CN_TRY(place_all(stage));
    CN_TRY(stretch_to(stage, wanted));
    *height = stage->height;
    return CN_OK;
}

cn_status cn__stage_begin(cn__fig_stage *stage, const cn__figure *figure, double width, double height)
{
    *stage = (cn__fig_stage){.figure = figure, .width = width, .stretch = 1};
    CN_TRY(check_figure(figure, width, height));
    CN_TRY(cn__cairo_load());
    stage->ruler = cn__ruler_new();
    if (!stage->ruler) return CN_ERROR_MEMORY;
    stage->placed = cn__arena_array(&stage->arena, figure->panel_count, sizeof *stage->placed);
    if (!stage->placed) return CN_ERROR_MEMORY;
    stage->title_lines = cn__text_wrap(stage->ruler, &stage->arena, figure->title, CN_SIZE_TITLE, true, width,
                                       CN_TITLE_LINES, stage->title);
    CN_TRY(cn__legend_collect(stage));
    CN_TRY(place_all(stage));
    return height > 0 ? stretch_to(stage, height) : CN_OK;
}

cn_status cn__stage_draw(cn__fig_stage *stage, cn__canvas *canvas)
{
    const cn__lettering title = {.size = CN_SIZE_TITLE, .bold = true, .colour = CN_COLOUR_INK};
    for (size_t i = 0; i < stage->title_lines; i++)
        canvas->ops->text(canvas, 0, CN_SIZE_TITLE * (1 + CN_LINE_HEIGHT * (double)i), stage->title[i],
                          &title);
    cn__legend_draw(stage, &stage->legend, 0, title_height(stage), canvas);
    for (size_t i = 0; i < stage->figure->panel_count; i++) {
        const cn__placed *placed = &stage->placed[i];
        canvas->ops->open(canvas, &(cn__group){.name = "panel", .key = "panel", .value = (int)i});
        cn__panel_ops_of(placed->panel)->draw(stage, placed, canvas);
        canvas->ops->close(canvas);
    }
    return stage->failed ? cn__fail_memory(stage->arena.used, "a figure") : CN_OK;
}

void cn__stage_end(cn__fig_stage *stage)
{
    cn__ruler_free(stage->ruler);
    cn__arena_free(&stage->arena);
    *stage = (cn__fig_stage){0};
}
