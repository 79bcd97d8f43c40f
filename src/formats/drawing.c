/* A drawing of a network: a box a layer, arrows from what it is made from, rows from the inputs down. The layout is
 * that of layered graphs (Sugiyama, Tagawa and Toda 1981): a layer's row is its longest way from an input; arrows over several
 * rows pass through empty places; places within a row are ordered and then set by the mean of their neighbours. */
#include <string.h>

#include "base/arena.h"
#include "base/text/text.h"
#include "formats/drawing.h"
#include "model/nested.h"

enum { PAD = 10, ROW_HEIGHT = 82, GAP = 24, MARGIN = 16, SWEEPS = 24 };

/* Widths of a character of a title and of a line of details: of DejaVu Sans, which is wide. */
static const double TITLE_CHARACTER = 7.8, DETAIL_CHARACTER = 6.6;

typedef struct place {
    const cn_layer *layer; /* NULL: an arrow passes */
    const char *title, *detail;
    size_t row, order;
    double x, width; /* of the middle */
    size_t *up, ups; /* places of the row above */
    double mean;
} place;

typedef struct drawing {
    cn__arena *arena;
    place *places;
    size_t count, rows;
    size_t **row, *row_count; /* places of each row, from the left */
} drawing;

/* ---- what is connected ------------------------------------------------------------------------------------ */

typedef struct link {
    size_t from, to;
} link;

static size_t index_of(const cn_model *model, const cn_layer *layer)
{
    size_t i = 0;
    while (i < model->layer_count && model->layers[i] != layer) i++;
    return i;
}

/* What goes from layer to layer, each pair once. */
static link *find_links(const cn_model *model, cn__arena *arena, size_t *count)
{
    size_t most = model->layer_count + 1;
    for (size_t i = 0; i < model->tensor_count; i++) most += model->tensors[i]->inputs;
    link *links = cn__arena_array(arena, most, sizeof *links);
    *count = 0;
    for (size_t i = 1; links && !model->graph && i < model->layer_count; i++)
        links[(*count)++] = (link){i - 1, i};
    for (size_t i = 0; links && model->graph && i < model->tensor_count; i++)
        for (size_t j = 0; j < model->tensors[i]->inputs; j++) {
            const link l = {index_of(model, model->tensors[i]->from[j]->layer),
                            index_of(model, model->tensors[i]->layer)};
            bool known = l.from == l.to;
            for (size_t k = 0; k < *count && !known; k++)
                known = links[k].from == l.from && links[k].to == l.to;
            if (!known) links[(*count)++] = l;
        }
    return links;
}

/* ---- places ----------------------------------------------------------------------------------------------- */

static cn_status describe(drawing *d, place *p, bool shaped)
{
    const cn__layer *layer = p->layer->layer;
    const char *class_name = layer->kind->is_input ? "InputLayer" : layer->kind->class_name;
    char shape[120] = "?", number[48];
    const size_t parameters = cn__layer_parameters(p->layer);
    if (shaped) cn__shape_text(&layer->out, shape, sizeof shape);
    cn__with_commas((long long)parameters, number, sizeof number);
    p->title = cn__arena_format(d->arena, "%s (%s)", layer->name ? layer->name : "", class_name);
    p->detail = parameters ? cn__arena_format(d->arena, "%s, %s parameters", shape, number)
                           : cn__arena_strdup(d->arena, shape);
    if (!p->title || !p->detail) return CN_ERROR_MEMORY;
    const double a = TITLE_CHARACTER * (double)cn__text_width(p->title),
                 b = DETAIL_CHARACTER * (double)cn__text_width(p->detail);
    p->width = (a > b ? a : b) + 2 * PAD;
    return CN_OK;
}

/* A layer's row is one below the lowest that it is made from; links may come in any order. */
static void find_rows(drawing *d, const link *links, size_t count)
{
    bool moved = true;
    for (size_t round = 0; moved && round <= d->count; round++) {
        moved = false;
        for (size_t i = 0; i < count; i++)
            if (d->places[links[i].to].row <= d->places[links[i].from].row) {
                d->places[links[i].to].row = d->places[links[i].from].row + 1;
                moved = true;
            }
    }
    for (size_t i = 0; i < d->count; i++)
        if (d->places[i].row >= d->rows) d->rows = d->places[i].row + 1;
}

static void add_up(place *p, size_t from) { p->up[p->ups++] = from; }

/* Links as chains of places, one in each row between. */
static cn_status connect(drawing *d, const link *links, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const size_t to = links[i].to;
        size_t last = links[i].from;
        for (size_t row = d->places[last].row + 1; row < d->places[to].row; row++) {
            place *p = &d->places[d->count];
            *p = (place){.row = row, .width = 8, .up = cn__arena_array(d->arena, 1, sizeof *p->up)};
            if (!p->up) return CN_ERROR_MEMORY;
            add_up(p, last);
            last = d->count++;
        }
        add_up(&d->places[to], last);
    }
    return CN_OK;
}

/* For the places that arrows pass through. */
static cn_status reserve(drawing *d, const link *links, size_t count)
{
    enum { MOST = 200000 };
    size_t all = d->count;
    for (size_t i = 0; i < count; i++) all += d->places[links[i].to].row - d->places[links[i].from].row - 1;
    if (all > MOST)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "the network is too entangled to be drawn: %zu places, expected %d at most", all,
                        MOST);
    place *places = cn__arena_array(d->arena, all + 1, sizeof *places);
    if (!places) return CN_ERROR_MEMORY;
    memcpy(places, d->places, d->count * sizeof *places);
    d->places = places;
    return CN_OK;
}

static cn_status make_places(drawing *d, const cn_model *model, bool shaped)
{
    size_t count, most = model->layer_count;
    const link *links = find_links(model, d->arena, &count);
    if (!links) return CN_ERROR_MEMORY;
    d->places = cn__arena_array(d->arena, most + 1, sizeof *d->places);
    if (!d->places) return CN_ERROR_MEMORY;
    for (d->count = 0; d->count < most; d->count++) {
        place *p = &d->places[d->count];
        *p = (place){.layer = model->layers[d->count],
                     .up = cn__arena_array(d->arena, count + 1, sizeof *p->up)};
        CN_TRY(p->up ? describe(d, p, shaped) : CN_ERROR_MEMORY);
    }
    find_rows(d, links, count);
    CN_TRY(reserve(d, links, count));
    return connect(d, links, count);
}

/* ---- order within a row, and where each stands ------------------------------------------------------------- */

static cn_status list_rows(drawing *d)
{
    d->row = cn__arena_array(d->arena, d->rows, sizeof *d->row);
    d->row_count = cn__arena_array(d->arena, d->rows, sizeof *d->row_count);
    if (!d->row || !d->row_count) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < d->count; i++) d->row_count[d->places[i].row]++;
    for (size_t r = 0; r < d->rows; r++) {
        d->row[r] = cn__arena_array(d->arena, d->row_count[r] + 1, sizeof **d->row);
        if (!d->row[r]) return CN_ERROR_MEMORY;
        d->row_count[r] = 0;
    }
    for (size_t i = 0; i < d->count; i++) {
        place *p = &d->places[i];
        p->order = d->row_count[p->row];
        d->row[p->row][d->row_count[p->row]++] = i;
    }
    return CN_OK;
}

/* By the mean order of what stands above; equal ones keep their order. */
static void order_row(drawing *d, size_t r)
{
    for (size_t i = 0; i < d->row_count[r]; i++) {
        place *p = &d->places[d->row[r][i]];
        p->mean = p->ups ? 0 : (double)p->order;
        for (size_t j = 0; j < p->ups; j++) p->mean += (double)d->places[p->up[j]].order / (double)p->ups;
    }
    for (size_t i = 1; i < d->row_count[r]; i++) {
        size_t moving = d->row[r][i], at = i;
        for (; at && d->places[d->row[r][at - 1]].mean > d->places[moving].mean; at--)
            d->row[r][at] = d->row[r][at - 1];
        d->row[r][at] = moving;
    }
    for (size_t i = 0; i < d->row_count[r]; i++) d->places[d->row[r][i]].order = i;
}

static double least_x(const drawing *d, size_t r, size_t i)
{
    const place *p = &d->places[d->row[r][i]];
    if (!i) return p->width / 2;
    const place *before = &d->places[d->row[r][i - 1]];
    return before->x + before->width / 2 + GAP + p->width / 2;
}

/* Moves the places of a row to where they want to be, as far as those beside them let. */
static void settle(drawing *d, size_t r)
{
    double off = 0;
    for (size_t i = 0; i < d->row_count[r]; i++) {
        place *p = &d->places[d->row[r][i]];
        const double least = i ? least_x(d, r, i) : -1e9;
        p->x = p->mean > least ? p->mean : least;
        off += (p->x - p->mean) / (double)d->row_count[r];
    }
    for (size_t i = 0; i < d->row_count[r]; i++) d->places[d->row[r][i]].x -= off;
}

static void set_places(drawing *d)
{
    for (size_t r = 0; r < d->rows; r++)
        for (size_t i = 0; i < d->row_count[r]; i++) d->places[d->row[r][i]].x = least_x(d, r, i);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        const bool down = sweep % 2 == 0;
        for (size_t i = 0; i < d->count; i++) d->places[i].mean = d->places[i].x;
        for (size_t k = 0; k < d->rows; k++) {
            const size_t r = down ? k : d->rows - 1 - k;
            for (size_t i = 0; i < d->row_count[r]; i++) {
                place *p = &d->places[d->row[r][i]];
                double sum = 0, n = 0;
                for (size_t j = 0; down && j < p->ups; j++) sum += d->places[p->up[j]].x, n++;
                for (size_t b = 0; !down && r + 1 < d->rows && b < d->row_count[r + 1]; b++) {
                    const place *below = &d->places[d->row[r + 1][b]];
                    for (size_t j = 0; j < below->ups; j++)
                        if (&d->places[below->up[j]] == p) sum += below->x, n++;
                }
                p->mean = n > 0 ? sum / n : p->x;
            }
            settle(d, r);
        }
    }
}

/* ---- boxes and lines ------------------------------------------------------------------------------------- */

static double top_of(const place *p) { return MARGIN + (double)p->row * ROW_HEIGHT; }

/* From the bottom of one place to the top of the next, and straight through the empty places. */
static cn__drawing_line line_between(const place *from, const place *to)
{
    const double bottom = top_of(from) + CN_DRAWING_BOX;
    return (cn__drawing_line){.x0 = from->x,
                              .y0 = from->layer ? bottom : top_of(from),
                              .y1 = bottom,
                              .x1 = to->x,
                              .y2 = top_of(to) - (to->layer ? CN_DRAWING_HEAD : 0),
                              .head = to->layer != NULL};
}

static cn_status collect(const drawing *d, cn__arena *arena, cn__drawing *out)
{
    double left = 1e9, right = -1e9;
    size_t lines = 0;
    for (size_t i = 0; i < d->count; i++) lines += d->places[i].ups;
    cn__drawing_box *boxes = cn__arena_array(arena, d->count + 1, sizeof *boxes);
    cn__drawing_line *all = cn__arena_array(arena, lines + 1, sizeof *all);
    if (!boxes || !all) return CN_ERROR_MEMORY;
    *out = (cn__drawing){.boxes = boxes, .lines = all};
    for (size_t i = 0; i < d->count; i++) {
        const place *p = &d->places[i];
        if (p->x - p->width / 2 < left) left = p->x - p->width / 2;
        if (p->x + p->width / 2 > right) right = p->x + p->width / 2;
        for (size_t j = 0; j < p->ups; j++) all[out->line_count++] = line_between(&d->places[p->up[j]], p);
        if (p->layer)
            boxes[out->box_count++] = (cn__drawing_box){p->x, top_of(p), p->width, p->title, p->detail};
    }
    out->left = left - MARGIN;
    out->width = right - left + 2 * MARGIN;
    out->height = (double)(d->rows - 1) * ROW_HEIGHT + CN_DRAWING_BOX + 2 * MARGIN;
    return CN_OK;
}

static cn_status check_size(const cn_model *model)
{
    enum { MOST = 2000 };
    CN_TRY(cn__model_check(model));
    if (model->layer_count <= MOST) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "a drawing of %zu layers, expected at most %d", model->layer_count,
                    MOST);
}

cn_status cn__drawing_make(cn_model *model, cn__arena *arena, cn__drawing *out)
{
    drawing d = {.arena = arena, .rows = 1};
    CN_TRY(check_size(model));
    const cn__shape *in = cn__model_known_input(model);
    cn__arena shapes = {0};
    const bool inferred = !model->built && !model->graph && in;
    cn_status status = inferred ? cn__model_infer_shapes(model, &shapes, in) : CN_OK;
    if (status == CN_OK) status = make_places(&d, model, model->built || model->graph || in);
    if (status == CN_OK) status = list_rows(&d);
    for (size_t r = 1; status == CN_OK && r < d.rows; r++) order_row(&d, r);
    if (status == CN_OK) set_places(&d);
    if (status == CN_OK) status = collect(&d, arena, out);
    if (inferred) cn__model_clear_shapes(model);
    cn__arena_free(&shapes);
    return status;
}
