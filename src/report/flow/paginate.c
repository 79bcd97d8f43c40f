/* Boxes get their pages. Of all ways to cut the list into pages, the one with the least sum of these is taken, as TeX does
 * with the lines of a paragraph:
 *   the square of the paper left white, of the share by which figures were made flatter or taller, and the penalties of
 *   the boxes that pages end behind (where one may not end, a penalty that only a chain longer than a page makes pay). */
#include <float.h>
#include <math.h>

#include "report/flow/flow.h"

#define WHITE 100.0  /* for a page that is all white */
#define RESIZED 2.0  /* for figures as flat or as tall as they can be */
#define TORN 10000.0 /* for a page's end where none may be */
#define A_PAGE 1.0   /* for each */
#define RAGGED 12.0  /* points of white that nobody sees */

#define ALMOST_EMPTY 180.0 /* points that a last page should have at least */

/* What a new page begins with when box i comes first. */
static double heads_height(const cn__flow *flow, const cn__flow_box *box)
{
    double height = 0;
    for (size_t k = 0; k < box->head_count; k++) height += flow->boxes[box->heads + k].height;
    return height > CN_TEXT_HEIGHT / 2 ? 0 : height;
}

/* ---- where pages end ----------------------------------------------------------------------------------------- */

/* The boxes that a page has so far. */
typedef struct sheet {
    double height, less, more; /* by so much its figures can give way, or grow */
} sheet;

static void add(sheet *s, const cn__flow_box *box, bool first)
{
    s->height += box->height + (first ? 0 : box->before);
    if (box->kind != CN_BOX_FIGURE) return;
    s->less += box->height - box->least;
    s->more += box->most - box->height;
}

/* By how much the figures of a page change, as a share of what they can: from -1 to 1. The page before a forced end is
 * not filled. */
static double change_of(const sheet *s, bool forced_end)
{
    double space = CN_TEXT_HEIGHT - s->height;
    if (space < 0) return s->less > 0 ? fmax(-1, space / s->less) : 0;
    if (forced_end || s->more <= 0 || space <= RAGGED) return 0;
    return space - s->more > CN_TEXT_HEIGHT / 4 ? 0
                                                : fmin(1, space / s->more); /* a page half empty stays so */
}

static double cost_of(const sheet *s, const cn__flow_box *last, bool forced_end)
{
    double change = change_of(s, forced_end), cost = A_PAGE + RESIZED * change * change;
    if (forced_end) return cost + (s->height < ALMOST_EMPTY ? 8 * (1 - s->height / ALMOST_EMPTY) : 0);
    double white = CN_TEXT_HEIGHT - s->height - fmax(0, change) * s->more - RAGGED;
    if (white > 0) cost += WHITE * pow(white / CN_TEXT_HEIGHT, 2);
    return cost + (last->keep ? TORN : last->penalty);
}

static bool ends_by_force(const cn__flow *flow, size_t end)
{
    return end == flow->count || flow->boxes[end].new_page;
}

/* Tries all pages that begin with box i. */
static void try_pages(const cn__flow *flow, size_t i, double *costs, size_t *begins)
{
    sheet s = {.height = heads_height(flow, &flow->boxes[i])};
    for (size_t end = i + 1; end <= flow->count; end++) {
        const cn__flow_box *last = &flow->boxes[end - 1];
        add(&s, last, end == i + 1);
        if (end > i + 1 && s.height - s.less > CN_TEXT_HEIGHT + 0.01) return;
        bool forced = ends_by_force(flow, end);
        double cost = costs[i] + cost_of(&s, last, forced);
        if (cost < costs[end]) costs[end] = cost, begins[end] = i;
        if (forced) return;
    }
}

/* ends[0], ends[1], … of the pages; `begins` is room for as many. */
static cn_status find_ends(const cn__flow *flow, size_t *ends, size_t *begins, int *pages)
{
    double *costs = cn__malloc((flow->count + 1) * sizeof *costs);
    if (!costs) return CN_ERROR_MEMORY;
    for (size_t i = 0; i <= flow->count; i++) costs[i] = i ? DBL_MAX : 0;
    for (size_t i = 0; i < flow->count; i++)
        if (costs[i] < DBL_MAX) try_pages(flow, i, costs, begins);
    cn__free(costs);
    *pages = 0;
    for (size_t end = flow->count; end > 0; end = begins[end]) ++*pages;
    int page = *pages;
    for (size_t end = flow->count; end > 0; end = begins[end]) ends[--page] = end;
    return CN_OK;
}

/* ---- places -------------------------------------------------------------------------------------------------- */

static cn_status place(cn__pages *pages, size_t box, double y)
{
    if (pages->count == pages->capacity) {
        size_t capacity = pages->capacity ? 2 * pages->capacity : 256;
        cn__flow_place *grown = cn__realloc(pages->places, capacity * sizeof *grown);
        if (!grown) return CN_ERROR_MEMORY;
        pages->places = grown;
        pages->capacity = capacity;
    }
    pages->places[pages->count++] = (cn__flow_place){box, pages->pages, y};
    return CN_OK;
}

static cn_status place_heads(const cn__flow *flow, cn__pages *pages, const cn__flow_box *box, double *y)
{
    if (heads_height(flow, box) <= 0) return CN_OK;
    for (size_t k = 0; k < box->head_count; k++) {
        CN_TRY(place(pages, box->heads + k, *y));
        *y += flow->boxes[box->heads + k].height;
    }
    return CN_OK;
}

static void resize_figures(cn__flow *flow, size_t from, size_t end)
{
    sheet s = {.height = heads_height(flow, &flow->boxes[from])};
    for (size_t i = from; i < end; i++) add(&s, &flow->boxes[i], i == from);
    double change = change_of(&s, ends_by_force(flow, end));
    for (size_t i = from; i < end; i++) {
        cn__flow_box *box = &flow->boxes[i];
        if (box->kind != CN_BOX_FIGURE) continue;
        box->height += change > 0 ? change * (box->most - box->height) : change * (box->height - box->least);
    }
}

static cn_status place_page(cn__flow *flow, cn__pages *pages, size_t from, size_t end)
{
    double y = 0;
    resize_figures(flow, from, end);
    CN_TRY(place_heads(flow, pages, &flow->boxes[from], &y));
    for (size_t i = from; i < end; i++) {
        cn__flow_box *box = &flow->boxes[i];
        if (i > from) y += box->before;
        if (box->heading && box->kind == CN_BOX_LINE) {
            box->heading->page = pages->pages;
            box->heading->y = CN_PAGE_MARGIN + y;
        }
        CN_TRY(place(pages, i, y));
        y += box->height;
    }
    return CN_OK;
}

cn_status cn__paginate(cn__flow *flow, cn__pages *pages)
{
    size_t *ends = cn__malloc(2 * (flow->count + 1) * sizeof *ends), from = 0;
    int count = 0;
    if (!ends) return CN_ERROR_MEMORY;
    cn_status status = find_ends(flow, ends, ends + flow->count + 1, &count);
    for (int page = 0; status == CN_OK && page < count; page++) {
        pages->pages = page + 1;
        status = place_page(flow, pages, from, ends[page]);
        from = ends[page];
    }
    if (!count) pages->pages = 1;
    cn__free(ends);
    return status;
}
