/* A grid of images, each with its title over it. On a narrow page there are fewer columns. */
#include <math.h>

#include "figure/draw.h"

enum { GAP = 12, OVERHANG = 4, WIDEST = 168, LEAST = 34, LABEL_LINES = 2, MOST_SIDE = 4096 };
#define SMALL_LINE (CN_SIZE_SMALL * CN_LINE_HEIGHT)

typedef struct grid {
    size_t columns, rows;
    double cell, tallest; /* width of a cell; height over width of the tallest image */
    size_t label_lines;
    double row_height, left; /* left: where the first column begins */
} grid;

static cn_status check(const cn__panel *panel)
{
    const cn__images *images = &panel->images;
    char shape[128];
    if (images->count && !images->items)
        return cn__fail(CN_ERROR_ARGUMENT, "%zu images, and items is NULL", images->count);
    for (size_t i = 0; i < images->count; i++) {
        const cn_array *a = &images->items[i].pixels;
        bool flat = a->ndim == 2,
             deep = a->ndim == 3 && (a->shape[2] == 1 || a->shape[2] == 3 || a->shape[2] == 4);
        bool sized = (flat || deep) && a->shape[0] > 0 && a->shape[1] > 0 && a->shape[0] <= MOST_SIDE &&
                     a->shape[1] <= MOST_SIDE;
        if (!sized || !a->data)
            return cn__fail(
                CN_ERROR_SHAPE,
                "image %zu has the shape %s; it must be (height, width) or (height, width, 1, 3 or 4), "
                "sides 1 to %d",
                i, cn_array_shape_text(a, shape, sizeof shape), MOST_SIDE);
    }
    return CN_OK;
}

/* Titles may be a little wider than their images: at both ends there is room for that. */
static double cell_width(double width, size_t columns)
{
    return fmin((width - 2 * OVERHANG - GAP * (double)(columns - 1)) / (double)columns, WIDEST);
}

/* Do all titles fit over cells of this width without cutting a word? */
static bool titles_fit(cn__fig_stage *stage, const cn__images *images, double cell)
{
    for (size_t i = 0; i < images->count; i++)
        if (!cn__text_wraps(stage->ruler, images->items[i].title, CN_SIZE_SMALL, images->items[i].wrong,
                            cell + 2 * OVERHANG, LABEL_LINES))
            return false;
    return true;
}

static size_t find_columns(cn__fig_stage *stage, const cn__images *images, double width)
{
    size_t wanted = images->columns ? images->columns : (size_t)ceil(sqrt((double)images->count));
    if (wanted > images->count) wanted = images->count;
    if (wanted < 1) wanted = 1;
    size_t columns = wanted;
    while (columns > 1 && cell_width(width, columns) < LEAST) columns--;
    while (columns > 2 && !titles_fit(stage, images, cell_width(width, columns))) columns--;
    if (columns == wanted) return columns;
    const size_t rows = (images->count + columns - 1) / columns;
    return (images->count + rows - 1) / rows; /* as many rows, and the last one as long as can be */
}

/* Of their size, where the page is short. */
#define LEAST_SHARE 0.75

static cn_status place(cn__fig_stage *stage, cn__placed *placed)
{
    const cn__images *images = &placed->panel->images;
    grid *own = cn__arena_alloc(&stage->arena, sizeof *own);
    if (!own) return CN_ERROR_MEMORY;
    placed->own = own;

    own->columns = find_columns(stage, images, placed->width);
    own->rows = (images->count + own->columns - 1) / own->columns;
    const double whole = floor(cell_width(placed->width, own->columns)),
                 less = floor(whole * fmax(LEAST_SHARE, fmin(placed->stretch, 1)));
    own->cell = titles_fit(stage, images, less) ? less : whole;
    for (size_t i = 0; i < images->count; i++) {
        const char *lines[LABEL_LINES];
        const cn__image *image = &images->items[i];
        own->tallest = fmax(own->tallest, (double)image->pixels.shape[0] / (double)image->pixels.shape[1]);
        size_t n = cn__text_wrap(stage->ruler, &stage->arena, image->title, CN_SIZE_SMALL, image->wrong,
                                 own->cell + 2 * OVERHANG, LABEL_LINES, lines);
        if (n > own->label_lines) own->label_lines = n;
    }
    own->tallest = fmin(own->tallest, 2);
    own->row_height = own->tallest * own->cell + (double)own->label_lines * SMALL_LINE + GAP;
    double used = own->cell * (double)own->columns + GAP * (double)(own->columns - 1);
    own->left = placed->x + floor(fmin(OVERHANG, (placed->width - used) / 2));
    placed->plot_x = own->left;
    placed->plot_y = placed->y + cn__head_height(placed);
    placed->plot_width = used;
    placed->plot_height = images->count ? own->row_height * (double)own->rows - GAP : 40;
    placed->height = placed->plot_y + placed->plot_height - placed->y;
    return CN_OK;
}

typedef struct frame {
    double x, y, width, height;
} frame;

/* Where image i stands: as large as its cell allows, its own proportions kept. */
static frame image_frame(const cn__placed *placed, size_t i)
{
    const grid *own = placed->own;
    const cn_array *a = &placed->panel->images.items[i].pixels;
    double x = own->left + (own->cell + GAP) * (double)(i % own->columns);
    double y =
        placed->plot_y + own->row_height * (double)(i / own->columns) + (double)own->label_lines * SMALL_LINE;
    double width = own->cell, height = width * (double)a->shape[0] / (double)a->shape[1];
    if (height > own->tallest * own->cell) {
        height = own->tallest * own->cell;
        width = height * (double)a->shape[1] / (double)a->shape[0];
    }
    return (frame){x + (own->cell - width) / 2, y, width, height};
}

static void draw_title(cn__fig_stage *stage, const cn__placed *placed, size_t i, const frame *f,
                       cn__canvas *canvas)
{
    const grid *own = placed->own;
    const cn__image *image = &placed->panel->images.items[i];
    const char *lines[LABEL_LINES];
    size_t n = cn__text_wrap(stage->ruler, &stage->arena, image->title, CN_SIZE_SMALL, image->wrong,
                             own->cell + 2 * OVERHANG, LABEL_LINES, lines);
    for (size_t j = 0; j < n; j++)
        canvas->ops->text(canvas, f->x + f->width / 2, f->y - 5 - SMALL_LINE * (double)(n - 1 - j), lines[j],
                          &(cn__lettering){.size = CN_SIZE_SMALL,
                                           .colour = image->wrong ? CN_COLOUR_VALIDATION : CN_COLOUR_INK,
                                           .bold = image->wrong,
                                           .anchor = CN_ANCHOR_MIDDLE});
}

static void draw(cn__fig_stage *stage, const cn__placed *placed, cn__canvas *canvas)
{
    const cn__images *images = &placed->panel->images;
    if (images->count) cn__title_draw(stage, placed, canvas);
    else cn__empty_draw(stage, placed, canvas);
    for (size_t i = 0; i < images->count; i++) {
        cn__pixels pixels;
        frame f = image_frame(placed, i);
        if (cn__image_pixels(&stage->arena, images, i, &pixels) != CN_OK) {
            stage->failed = true;
            return;
        }
        canvas->ops->image(canvas, f.x, f.y, f.width, f.height, &pixels);
        canvas->ops->rect(canvas, f.x, f.y, f.width, f.height,
                          &(cn__pen){.stroke = CN_COLOUR_GRID, .width = 1});
        draw_title(stage, placed, i, &f, canvas);
    }
}

static void hover(cn__fig_stage *stage, const cn__placed *placed, json_t *object)
{
    json_t *titles = json_array(), *cells = json_array();
    for (size_t i = 0; i < placed->panel->images.count; i++) {
        frame f = image_frame(placed, i);
        cn__hover_append(stage, titles, cn__json_text(placed->panel->images.items[i].title));
        cn__hover_cell(stage, cells, f.x, f.y, f.width, f.height);
    }
    cn__hover_set(stage, object, "titles", titles);
    cn__hover_set(stage, object, "cells", cells);
}

const cn__panel_ops cn__panel_images = {.word = "images",
                                        .least_width = 330,
                                        .shrinks = true,
                                        .check = check,
                                        .place = place,
                                        .draw = draw,
                                        .hover = hover};
