/* The legend stands in a strip over the panels, where no data is; where panels show different series
 * each has its own. Series of equal name and style are one entry, and hide together. */
#include <string.h>

#include "figure/draw.h"

enum { KEY_GAP = 6, ENTRY_GAP = 20, ROW = 19 };

/* 29 pixels are three long dashes. */
static const double key_widths[] = {[CN_KEY_LINE] = 29, [CN_KEY_BAND] = 29, [CN_KEY_BAR] = 12,
                                    [CN_KEY_DOT] = 10,  [CN_KEY_RING] = 14, [CN_KEY_BEST] = 13};

static bool has_series(const cn__panel *panel)
{
    return panel->kind == CN_PANEL_LINES || panel->kind == CN_PANEL_SCATTER || panel->kind == CN_PANEL_BARS ||
           panel->kind == CN_PANEL_HISTOGRAM || panel->kind == CN_PANEL_BOXES;
}

static cn__key key_of(const cn__panel *panel, const cn__series *series)
{
    const bool dots = panel->kind == CN_PANEL_BARS && panel->y.range == CN_RANGE_FIXED && panel->y.min > 0;
    if (panel->kind == CN_PANEL_SCATTER || dots || series->marks == CN_MARKS_ALONE) return CN_KEY_DOT;
    if (panel->kind != CN_PANEL_LINES) return CN_KEY_BAR;
    return series->deviation ? CN_KEY_BAND : CN_KEY_LINE;
}

static bool same(const cn__entry *a, const cn__entry *b)
{
    return strcmp(a->name, b->name) == 0 && a->key == b->key && a->style.colour == b->style.colour &&
           a->style.dash == b->style.dash && a->style.marker == b->style.marker && a->alpha == b->alpha;
}

/* The entry's number, an old one if it is there already. */
static int add_entry(cn__fig_stage *stage, cn__entry entry)
{
    for (size_t i = 0; i < stage->entry_count; i++)
        if (same(&stage->entries[i], &entry)) {
            stage->entries[i].marked |= entry.marked;
            return (int)i;
        }
    stage->entries[stage->entry_count] = entry;
    return (int)stage->entry_count++;
}

/* An ID below entry_count is an entry's number; series without a name come behind. */
static int give_id(cn__fig_stage *stage, const cn__panel *panel, size_t s, bool named)
{
    const cn__series *series = &panel->series[s];
    if (!named) return (int)stage->series_count++;
    cn__entry entry = {.name = series->name,
                       .key = key_of(panel, series),
                       .style = cn__style_of_series(panel, s),
                       .marked = series->marks != CN_MARKS_NONE && series->count <= CN_MOST_MARKED};
    if (entry.key == CN_KEY_DOT && series->count > CN_MOST_SHAPED) entry.style.marker = CN_MARKER_CIRCLE;
    if (panel->kind == CN_PANEL_HISTOGRAM) entry.alpha = cn__histogram_alpha(panel);
    return add_entry(stage, entry);
}

/* The series that have a name, or those that have none. */
static void collect(cn__fig_stage *stage, int *ids, bool named)
{
    for (size_t p = 0; p < stage->figure->panel_count; p++) {
        const cn__panel *panel = &stage->figure->panels[p];
        stage->placed[p].panel = panel;
        stage->placed[p].ids = ids;
        if (!has_series(panel)) continue;
        for (size_t s = 0; s < panel->series_count; s++)
            if ((panel->series[s].name != NULL) == named) ids[s] = give_id(stage, panel, s, named);
        ids += panel->series_count;
    }
}

/* Where no lines cross, no ring is explained. */
static void collect_marks(cn__fig_stage *stage)
{
    for (size_t p = 0; p < stage->figure->panel_count; p++) {
        const cn__panel *panel = &stage->figure->panels[p];
        if (cn__panel_crosses(panel))
            add_entry(stage, (cn__entry){.name = panel->crossings, .key = CN_KEY_RING});
    }
    for (size_t p = 0; p < stage->figure->panel_count; p++) {
        const cn__panel *panel = &stage->figure->panels[p];
        const size_t best = cn__panel_best(panel);
        if (best < panel->series_count)
            add_entry(stage, (cn__entry){.name = panel->best,
                                         .key = CN_KEY_BEST,
                                         .style = cn__style_of_series(panel, best)});
    }
}

static bool is_mark(const cn__entry *entry) { return entry->key == CN_KEY_RING || entry->key == CN_KEY_BEST; }

static bool panel_has(const cn__placed *placed, int id, const cn__entry *entry)
{
    const cn__panel *panel = placed->panel;
    if (!has_series(panel)) return false;
    if (entry->key == CN_KEY_RING)
        return cn__panel_crosses(panel) && strcmp(panel->crossings, entry->name) == 0;
    if (entry->key == CN_KEY_BEST)
        return cn__panel_best(panel) < panel->series_count && strcmp(panel->best, entry->name) == 0;
    for (size_t s = 0; s < panel->series_count; s++)
        if (placed->ids[s] == id) return true;
    return false;
}

/* Does every panel with series show every series that has an entry? */
static bool one_serves_all(const cn__fig_stage *stage)
{
    if (stage->figure->columns) return true; /* a grid: its panels show the same groups */
    for (size_t p = 0; p < stage->figure->panel_count; p++)
        for (size_t i = 0; i < stage->entry_count; i++)
            if (has_series(&stage->figure->panels[p]) && !is_mark(&stage->entries[i]) &&
                !panel_has(&stage->placed[p], (int)i, &stage->entries[i]))
                return false;
    return true;
}

cn_status cn__legend_collect(cn__fig_stage *stage)
{
    size_t most = 0;
    for (size_t p = 0; p < stage->figure->panel_count; p++)
        if (has_series(&stage->figure->panels[p])) most += stage->figure->panels[p].series_count;
    int *ids = cn__arena_array(&stage->arena, most + 1, sizeof *ids);
    stage->entries =
        cn__arena_array(&stage->arena, most + 2 * stage->figure->panel_count + 1, sizeof *stage->entries);
    if (!ids || !stage->entries) return CN_ERROR_MEMORY;
    collect(stage, ids, true);
    collect_marks(stage);
    stage->series_count = stage->entry_count;
    collect(stage, ids, false);
    stage->common_legend = one_serves_all(stage);
    return CN_OK;
}

int cn__ring_id(const cn__fig_stage *stage, const cn__panel *panel)
{
    for (size_t i = 0; panel->crossings && i < stage->entry_count; i++)
        if (stage->entries[i].key == CN_KEY_RING && strcmp(stage->entries[i].name, panel->crossings) == 0)
            return (int)i;
    return -1;
}

/* ---- places --------------------------------------------------------------------------------------------- */

cn_status cn__legend_place(cn__fig_stage *stage, const cn__placed *placed, double width, cn__legend *out)
{
    double x = 0, row = 0;
    *out = (cn__legend){.spots = cn__arena_array(&stage->arena, stage->entry_count + 1, sizeof *out->spots)};
    if (!out->spots) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < stage->entry_count; i++) {
        const cn__entry *entry = &stage->entries[i];
        if (placed && !panel_has(placed, (int)i, entry)) continue;
        double key = key_widths[entry->key] + KEY_GAP;
        const char *shown = cn__shown(stage, entry->name, CN_SIZE_AXIS, false, width - key);
        double needed = key + cn__text_extent(stage->ruler, shown, CN_SIZE_AXIS, false);
        if (x > 0 && x + needed > width) x = 0, row++;
        out->spots[out->count++] = (cn__spot){.entry = (int)i, .shown = shown, .x = x, .y = ROW * row + 13};
        x += needed + ENTRY_GAP;
    }
    out->height = out->count ? ROW * (row + 1) + 5 : 0;
    return stage->failed ? CN_ERROR_MEMORY : CN_OK;
}

/* ---- drawing -------------------------------------------------------------------------------------------- */

static void draw_key(const cn__entry *entry, double x, double y, cn__canvas *canvas)
{
    const cn__series_style *style = &entry->style;
    double width = key_widths[entry->key];
    const cn__point middle = {x + width / 2, y};
    const cn__pen line = {.stroke = style->colour, .width = 2, .dash = style->dash};
    switch (entry->key) {
    case CN_KEY_BAND:
        canvas->ops->rect(canvas, x, y - 6, width, 12, &(cn__pen){.fill = style->colour, .fill_alpha = 0.18});
        cn__draw_line(canvas, x, y, x + width, y, &line);
        break;
    case CN_KEY_LINE: cn__draw_line(canvas, x, y, x + width, y, &line); break;
    case CN_KEY_BAR:
        canvas->ops->rect(canvas, x, y - 6, 12, 12,
                          &(cn__pen){.fill = style->colour, .fill_alpha = entry->alpha});
        return;
    case CN_KEY_DOT: cn__draw_marker(canvas, middle, 4, style); return;
    case CN_KEY_BEST: cn__draw_best_mark(canvas, middle, 5, style); return;
    case CN_KEY_RING:
        canvas->ops->circle(canvas, middle.x, y, 6, &(cn__pen){.stroke = CN_COLOUR_INK, .width = 1.5});
        return;
    }
    if (entry->marked) cn__draw_marker(canvas, middle, 3.5, style);
}

void cn__legend_draw(const cn__fig_stage *stage, const cn__legend *legend, double x, double y,
                     cn__canvas *canvas)
{
    for (size_t i = 0; i < legend->count; i++) {
        const cn__spot *spot = &legend->spots[i];
        const cn__entry *entry = &stage->entries[spot->entry];
        canvas->ops->open(canvas, &(cn__group){.name = "legend", .key = "series", .value = spot->entry});
        draw_key(entry, x + spot->x, y + spot->y - 4, canvas);
        canvas->ops->text(canvas, x + spot->x + key_widths[entry->key] + KEY_GAP, y + spot->y, spot->shown,
                          &(cn__lettering){.size = CN_SIZE_AXIS, .colour = CN_COLOUR_INK});
        canvas->ops->close(canvas);
    }
}
