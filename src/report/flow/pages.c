/* Boxes that have their pages are drawn. */
#include <math.h>
#include <string.h>

#include "report/flow/flow.h"
#include "report/picture.h"

/* ---- drawing ----------------------------------------------------------------------------------------------- */

static void set_tone(cairo_t *cr, cn__tone tone)
{
    static const double tones[][3] = {
        [CN_TONE_INK] = {0.09, 0.11, 0.15},    [CN_TONE_MUTED] = {0.33, 0.37, 0.43},
        [CN_TONE_ERROR] = {0.62, 0.17, 0.09},  [CN_TONE_NOTE] = {0.0, 0.384, 0.627},
        [CN_TONE_TIP] = {0.031, 0.498, 0.357}, [CN_TONE_STRONG] = {0.427, 0.247, 0.753}};
    cairo_set_source_rgb(cr, tones[tone][0], tones[tone][1], tones[tone][2]);
}

static void horizontal(cairo_t *cr, double x, double y, double width, double weight, double grey)
{
    cairo_set_source_rgb(cr, grey, grey, grey + 0.02);
    cairo_rectangle(cr, x, y, width, weight);
    cairo_fill(cr);
}

/* 'text' in the notation of cairo's tags: its quotes and backslashes escaped, and ASCII only, as URLs are. */
static void add_quoted(cn__text *out, const char *url)
{
    cn__text_add(out, "'");
    for (; *url; url++) {
        unsigned char c = (unsigned char)*url;
        if (c <= ' ' || c >= 0x7F) cn__text_printf(out, "%%%02X", c);
        else cn__text_printf(out, c == '\'' || c == '\\' ? "\\%c" : "%c", c);
    }
    cn__text_add(out, "'");
}

/* A link's target as a tag's attribute; none for a place that there is not. */
static bool add_target(cn__text *out, const cn__document *document, const cn__link *link)
{
    const char *url = link->url;
    if (!url) {
        cn__text_printf(out, "dest='%s'", link->anchor);
        return true;
    }
    if (*url != '#') {
        cn__text_add(out, "uri=");
        add_quoted(out, url);
        return strpbrk(url, ":") != NULL;
    }
    const cn__heading *heading = cn__heading_ids_find(&document->ids, url + 1);
    if (heading) cn__text_printf(out, "dest='h%zu'", heading->number);
    return heading != NULL;
}

static void tag_area(cairo_t *cr, const char *target, double x, double y, double width, double height)
{
    cn__text tag = {0};
    cn__text_printf(&tag, "%s rect=[%.2f %.2f %.2f %.2f]", target, x, y, width, height);
    if (!tag.failed) {
        cairo_tag_begin(cr, CAIRO_TAG_LINK, tag.data);
        cairo_tag_end(cr, CAIRO_TAG_LINK);
    }
    cn__text_free(&tag);
}

static void tag_links(cairo_t *cr, const cn__flow *flow, const cn__paragraph *paragraph,
                      PangoLayoutLine *line, double x, double y)
{
    unsigned from = (unsigned)line->start_index, to = from + (unsigned)line->length;
    for (size_t i = 0; i < paragraph->link_count; i++) {
        const cn__link *link = &paragraph->links[i];
        cn__text target = {0};
        unsigned start = link->start > from ? link->start : from, end = link->end < to ? link->end : to;
        if (start < end && add_target(&target, flow->document, link) && !target.failed) {
            int left, right;
            pango_layout_line_index_to_x(line, (int)start, FALSE, &left);
            pango_layout_line_index_to_x(line, (int)end, FALSE, &right);
            double a = (double)left / PANGO_SCALE, b = (double)right / PANGO_SCALE;
            tag_area(cr, target.data, x + fmin(a, b), y, fabs(b - a), paragraph->line_height);
        }
        cn__text_free(&target);
    }
}

/* `spans`: text whose element also holds links has one of its own, or it would not be heard. */
static void draw_line(cairo_t *cr, const cn__flow *flow, const cn__paragraph *paragraph, int index, double x,
                      double y, bool spans)
{
    PangoLayoutLine *line = pango_layout_get_line_readonly(paragraph->layout, index);
    PangoRectangle logical;
    if (!line) return;
    pango_layout_line_get_extents(line, NULL, &logical);
    double spare = cn__paragraph_line_height(paragraph, index) - (double)logical.height / PANGO_SCALE;
    if (index > 0) x += paragraph->type.hanging;
    set_tone(cr, paragraph->type.tone);
    if (spans) cairo_tag_begin(cr, "Span", NULL);
    cairo_save(cr);
    cairo_translate(cr, x, y + spare / 2 - (double)logical.y / PANGO_SCALE);
    if (paragraph->type.squeeze > 0) cairo_scale(cr, paragraph->type.squeeze, 1);
    cairo_move_to(cr, 0, 0);
    pango_cairo_show_layout_line(cr, line);
    cairo_restore(cr);
    if (spans) cairo_tag_end(cr, "Span");
    tag_links(cr, flow, paragraph, line, x, y);
}

static double line_width(const cn__paragraph *paragraph, int index)
{
    PangoRectangle logical;
    pango_layout_line_get_extents(pango_layout_get_line_readonly(paragraph->layout, index), NULL, &logical);
    return (double)logical.width / PANGO_SCALE;
}

static void draw_text_box(cairo_t *cr, const cn__flow *flow, const cn__flow_box *box, double y, bool spans)
{
    static const double indents[] = {
        [CN_GROUND_CODE] = 9, [CN_GROUND_LOG] = 7, [CN_GROUND_ERROR] = 9, [CN_GROUND_STRONG] = 0};
    if (box->marker)
        draw_line(cr, flow, box->marker, 0, box->x - cn__paragraph_width(box->marker) - 6, y + box->pad,
                  spans);
    draw_line(cr, flow, box->paragraph, box->line, box->x + indents[box->ground], y + box->pad, spans);
}

static void draw_cell(cairo_t *cr, const cn__flow *flow, const cn__flow_box *box, const cn__flow_cell *cell,
                      double y)
{
    const bool spans = cell->text->link_count > 0;
    const int lines = cn__paragraph_lines(cell->text),
              line = box->line - (box->row->head ? box->row->lines - lines : 0);
    if (line < 0 || line >= lines) return;
    double spare = cell->width - line_width(cell->text, line), x = box->x + cell->x;
    if (cell->align == CN_ALIGN_RIGHT) x += spare;
    if (cell->align == CN_ALIGN_CENTRE) x += spare / 2;
    draw_line(cr, flow, cell->text, line, x, y + box->pad, spans);
}

static void draw_row_end(cairo_t *cr, const cn__flow_box *box, double y)
{
    if (box->last_line)
        horizontal(cr, box->x, y + box->height - 0.4, box->width, box->row->head ? 0.9 : 0.4,
                   box->row->head ? 0.35 : 0.82);
}

/* A line of the contents: the heading, dots, its page; all of it is a link. */
static void draw_entry(cairo_t *cr, const cn__flow *flow, const cn__flow_box *box, double y)
{
    const cn__heading *heading = box->heading;
    const cn__paragraph *text = box->paragraph;
    char number[16], target[32];
    cn__format(number, sizeof number, "%d", heading->page);
    cn__format(target, sizeof target, "dest='h%zu'", heading->number);
    int lines = cn__paragraph_lines(text), last = lines - 1;
    double base_x = box->x + (last > 0 ? text->type.hanging : 0);
    y -= box->rise;
    for (int i = 0; i < lines; i++) draw_line(cr, flow, text, i, box->x, y + i * text->line_height, true);
    PangoLayout *layout = pango_layout_copy(text->layout);
    pango_layout_set_attributes(layout, NULL);
    pango_layout_set_width(layout, -1);
    pango_layout_set_text(layout, number, -1);
    PangoRectangle logical;
    pango_layout_get_extents(layout, NULL, &logical);
    double width = (double)logical.width / PANGO_SCALE, right = box->x + box->width;
    double base =
        y + last * text->line_height + (text->line_height - (double)logical.height / PANGO_SCALE) / 2;
    set_tone(cr, text->type.tone);
    cairo_tag_begin(cr, "Span", NULL);
    cairo_move_to(cr, right - width, base);
    pango_cairo_show_layout(cr, layout);
    cairo_tag_end(cr, "Span");
    double line = base + (double)pango_layout_get_baseline(layout) / PANGO_SCALE;
    double from = base_x + line_width(text, last) + 6, to = right - width - 6;
    g_object_unref(layout);
    cairo_set_source_rgb(cr, 0.6, 0.63, 0.68);
    for (double at = to; at >= from; at -= 5) cairo_rectangle(cr, at, line - 0.8, 0.8, 0.8);
    cairo_fill(cr);
    tag_area(cr, target, box->x, y, box->width, lines * text->line_height);
}

static void draw_destination(cairo_t *cr, const char *name, double x, double y)
{
    char tag[96];
    cn__format(tag, sizeof tag, "name='%s' x=%.2f y=%.2f", name, x, fmax(0, y - 8));
    cairo_tag_begin(cr, CAIRO_TAG_DEST, tag);
    cairo_tag_end(cr, CAIRO_TAG_DEST);
}

static void draw_bars(cairo_t *cr, const cn__flow_box *box, double y)
{
    for (int i = 0; i < box->bar_count; i++) {
        cairo_set_source_rgb(cr, 0.8, 0.82, 0.85);
        cairo_rectangle(cr, box->bars[i], y, 2, box->height);
        cairo_fill(cr);
    }
}

/* All but a row, which is drawn cell by cell. */
static cn_status draw_box(cairo_t *cr, const cn__flow *flow, const cn__flow_box *box, double y, bool spans)
{
    switch (box->kind) {
    case CN_BOX_LINE: draw_text_box(cr, flow, box, y, spans); break;
    case CN_BOX_ENTRY: draw_entry(cr, flow, box, y); break;
    case CN_BOX_RULE: horizontal(cr, box->x, y + box->height / 2, box->width, 0.6, 0.75); break;
    case CN_BOX_IMAGE: return cn__image_draw(box->image, cr, box->x, y, box->width, box->height);
    case CN_BOX_FIGURE: return cn__figure_draw(box->figure, cr, box->x, y, box->width, box->height);
    case CN_BOX_ROW: break;
    }
    return CN_OK;
}

/* ---- structure --------------------------------------------------------------------------------------------- */

/* A reader that speaks hears a document of headings, paragraphs, tables with rows and cells, and figures. A table goes on over
 * pages; what stands in no such element (grounds, the page's foot) is not read. */
typedef struct drawing {
    cairo_t *cr;
    const cn__flow *flow;
    const char *open; /* "Table", "TOC": an element that the next boxes may stand in, too; or NULL */
    size_t table,
        places; /* the open table's first box; boxes that have been drawn: others come again, as a table's head */
} drawing;

static double y_of(const cn__flow_place *place) { return CN_PAGE_MARGIN + place->y; }

/* What is heard as one: a paragraph, a heading, a row, a line of a log, a figure. */
static bool is_one(const cn__flow_box *a, const cn__flow_box *b)
{
    if (a->kind != b->kind) return false;
    return a->kind == CN_BOX_ROW ? a->row == b->row : a->kind == CN_BOX_LINE && a->paragraph == b->paragraph;
}

static const char *structure(const cn__flow_box *box)
{
    static const char *const headings[] = {"H1", "H2", "H3", "H4", "H5", "H6"};
    if (box->kind == CN_BOX_FIGURE || box->kind == CN_BOX_IMAGE) return "Figure";
    if (box->kind == CN_BOX_ENTRY) return "TOCI";
    if (box->kind == CN_BOX_ROW) return "TR";
    if (box->kind == CN_BOX_LINE && box->heading)
        return headings[box->heading->depth > 5 ? 5 : box->heading->depth - 1];
    return box->caption ? "Caption" : "P";
}

/* Opens and closes what stands around the box's element. */
static void surround(drawing *d, const cn__flow_box *box)
{
    const char *want = !box                        ? NULL
                       : box->kind == CN_BOX_ROW   ? "Table"
                       : box->kind == CN_BOX_ENTRY ? "TOC"
                                                   : NULL;
    const bool other = box && box->kind == CN_BOX_ROW && box->heads != d->table;
    if (d->open && (!want || strcmp(d->open, want) != 0 || other)) {
        cairo_tag_end(d->cr, d->open);
        d->open = NULL;
    }
    if (want && !d->open) cairo_tag_begin(d->cr, want, NULL);
    d->open = want;
    if (box) d->table = box->heads;
}

/* Boxes of one row: each cell with all its lines, then the next. */
static void draw_cells(const drawing *d, const cn__flow_place *places, size_t n)
{
    const cn__row *row = d->flow->boxes[places[0].box].row;
    const char *tag = row->head ? "TH" : "TD";
    for (size_t k = 0; k < row->count; k++) {
        cairo_tag_begin(d->cr, tag, NULL);
        for (size_t i = 0; i < n; i++)
            draw_cell(d->cr, d->flow, &d->flow->boxes[places[i].box], &row->cells[k], y_of(&places[i]));
        cairo_tag_end(d->cr, tag);
    }
}

/* Places that links lead to; a table's head that is drawn again is none. */
static void draw_destinations(drawing *d, const cn__flow_place *places, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const cn__flow_box *box = &d->flow->boxes[places[i].box];
        char name[32];
        if (places[i].box < d->places) continue;
        d->places = places[i].box + 1;
        if (box->heading) cn__format(name, sizeof name, "h%zu", box->heading->number);
        if (box->heading && box->kind == CN_BOX_LINE) draw_destination(d->cr, name, box->x, y_of(&places[i]));
        if (box->anchor) draw_destination(d->cr, box->anchor, box->x, y_of(&places[i]));
    }
}

/* The boxes of one element. Rules between rows are no text, and stand outside. */
static cn_status draw_element(drawing *d, const cn__flow_place *places, size_t n)
{
    const cn__flow_box *first = &d->flow->boxes[places[0].box];
    const bool spans = first->paragraph && first->paragraph->link_count > 0;
    cn_status status = CN_OK;
    surround(d, first);
    cairo_tag_begin(d->cr, structure(first), NULL);
    if (first->kind == CN_BOX_ROW) draw_cells(d, places, n);
    for (size_t i = 0; i < n; i++) {
        cn_status one = draw_box(d->cr, d->flow, &d->flow->boxes[places[i].box], y_of(&places[i]), spans);
        if (status == CN_OK) status = one;
    }
    cairo_tag_end(d->cr, structure(first));
    return status;
}

static void draw_around(const drawing *d, const cn__flow_place *places, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const cn__flow_box *box = &d->flow->boxes[places[i].box];
        draw_bars(d->cr, box, y_of(&places[i]));
        if (box->kind == CN_BOX_ROW) draw_row_end(d->cr, box, y_of(&places[i]));
    }
}

/* Links must stand in such a structure: cairo 1.16 writes a damaged file otherwise. It breaks down over a link whose
 * destination never came, so that a figure that cannot be drawn stops nothing; the first failure is returned. */
static cn_status draw_boxes(drawing *d, const cn__flow_place *places, size_t n)
{
    cn_status status = CN_OK;
    draw_around(d, places, n);
    for (size_t i = 0, end; i < n; i = end) {
        const cn__flow_box *first = &d->flow->boxes[places[i].box];
        for (end = i + 1; end < n && is_one(first, &d->flow->boxes[places[end].box]);) end++;
        draw_destinations(d, places + i, end - i);
        cn_status one = draw_element(d, places + i, end - i);
        if (status == CN_OK) status = one;
    }
    return status;
}

/* ---- grounds ----------------------------------------------------------------------------------------------- */

static void rounded(cairo_t *cr, double x, double y, double width, double height, double radius)
{
    cairo_new_sub_path(cr);
    cairo_arc(cr, x + width - radius, y + radius, radius, -G_PI / 2, 0);
    cairo_arc(cr, x + width - radius, y + height - radius, radius, 0, G_PI / 2);
    cairo_arc(cr, x + radius, y + height - radius, radius, G_PI / 2, G_PI);
    cairo_arc(cr, x + radius, y + radius, radius, G_PI, 3 * G_PI / 2);
    cairo_close_path(cr);
}

cn__tone cn__ground_tone(cn__ground ground)
{
    static const cn__tone tones[] = {[CN_GROUND_ERROR] = CN_TONE_ERROR,
                                     [CN_GROUND_NOTE] = CN_TONE_NOTE,
                                     [CN_GROUND_TIP] = CN_TONE_TIP,
                                     [CN_GROUND_WARNING] = CN_TONE_ERROR,
                                     [CN_GROUND_STRONG] = CN_TONE_STRONG};
    return tones[ground];
}

/* As wide as the text around it, with a bar at the left; the ground has a little of the bar's colour. */
static void draw_callout(cairo_t *cr, const cn__flow_box *box, double top, double bottom)
{
    static const double indent = 12, grounds[][3] = {[CN_GROUND_NOTE] = {0.949, 0.965, 0.98},
                                                     [CN_GROUND_TIP] = {0.945, 0.972, 0.962},
                                                     [CN_GROUND_WARNING] = {0.99, 0.957, 0.946},
                                                     [CN_GROUND_STRONG] = {0.968, 0.957, 0.985}};
    const double *ground = grounds[box->ground];
    cairo_set_source_rgb(cr, ground[0], ground[1], ground[2]);
    cairo_rectangle(cr, box->x - indent, top, box->width + 2 * indent, bottom - top);
    cairo_fill(cr);
    set_tone(cr, cn__ground_tone(box->ground));
    cairo_rectangle(cr, box->x - indent, top, 2.2, bottom - top);
    cairo_fill(cr);
}

static void draw_ground(cairo_t *cr, const cn__flow_box *box, double top, double bottom)
{
    if (box->ground >= CN_GROUND_NOTE) {
        draw_callout(cr, box, top, bottom);
        return;
    }
    if (box->ground == CN_GROUND_LOG) {
        cairo_set_source_rgb(cr, 0.84, 0.86, 0.89);
        cairo_rectangle(cr, box->x, top, 1.6, bottom - top);
        cairo_fill(cr);
        return;
    }
    bool error = box->ground == CN_GROUND_ERROR;
    rounded(cr, box->x + 0.3, top, box->width - 0.6, bottom - top, 3);
    if (error) cairo_set_source_rgb(cr, 0.993, 0.953, 0.941);
    else cairo_set_source_rgb(cr, 0.965, 0.973, 0.98);
    cairo_fill_preserve(cr);
    if (error) cairo_set_source_rgb(cr, 0.88, 0.67, 0.62);
    else cairo_set_source_rgb(cr, 0.83, 0.85, 0.88);
    cairo_set_line_width(cr, 0.6);
    cairo_stroke(cr);
}

/* Under the run of one frame's boxes that stands on this page. */
static void draw_grounds(cairo_t *cr, const cn__flow *flow, const cn__flow_place *places, size_t n)
{
    for (size_t i = 0, end; i < n; i = end) {
        const cn__flow_box *box = &flow->boxes[places[i].box];
        for (end = i + 1; box->frame && end < n && flow->boxes[places[end].box].frame == box->frame;) end++;
        const cn__flow_box *last = &flow->boxes[places[end - 1].box];
        double top = CN_PAGE_MARGIN + places[i].y, bottom = CN_PAGE_MARGIN + places[end - 1].y + last->height;
        if (box->frame) draw_ground(cr, box, top, bottom);
    }
}

/* ---- pages ------------------------------------------------------------------------------------------------- */

static void draw_foot(cairo_t *cr, const cn__flow *flow, int page, int pages)
{
    const cn__type type = {.size = 8, .leading = 1.2, .tone = CN_TONE_MUTED};
    cn__flow own;
    char number[40];
    cn__flow_begin(&own, flow->document);
    cn__format(number, sizeof number, "%d / %d", page, pages);
    cn__paragraph *right = cn__paragraph_plain(&own, number, &type, 0);
    cn__paragraph *left = cn__paragraph_plain(&own, flow->document->report.title, &type, CN_TEXT_WIDTH - 80);
    double y = CN_PAGE_HEIGHT - CN_PAGE_MARGIN - 6;
    if (right)
        draw_line(cr, &own, right, 0, CN_PAGE_WIDTH - CN_PAGE_MARGIN - cn__paragraph_width(right), y, false);
    if (left) {
        pango_layout_set_height(left->layout, -1);
        pango_layout_set_ellipsize(left->layout, PANGO_ELLIPSIZE_END);
        if (page > 1) draw_line(cr, &own, left, 0, CN_PAGE_MARGIN, y, false);
    }
    cn__flow_end(&own);
}

static void add_outline(const cn__flow *flow, cairo_surface_t *surface)
{
    int parents[8] = {CAIRO_PDF_OUTLINE_ROOT};
    int depth = 0;
    for (size_t i = 0; i < flow->document->heading_count; i++) {
        const cn__heading *heading = flow->document->headings[i];
        char target[32];
        int level = heading->depth > depth + 1 ? depth + 1 : heading->depth;
        cn__format(target, sizeof target, "dest='h%zu'", i + 1);
        if (level > 6) level = 6;
        parents[level] = cairo_pdf_surface_add_outline(surface, parents[level - 1], heading->text, target,
                                                       level == 1 ? CAIRO_PDF_OUTLINE_FLAG_OPEN : 0);
        depth = level;
    }
}

cn_status cn__pages_draw(const cn__flow *flow, const cn__pages *pages, cairo_surface_t *surface, cairo_t *cr)
{
    drawing d = {.cr = cr, .flow = flow};
    cn_status status = CN_OK;
    size_t from = 0;
    cairo_tag_begin(cr, "Document", NULL);
    for (int page = 1; page <= pages->pages; page++) {
        size_t to = from;
        while (to < pages->count && pages->places[to].page == page) to++;
        draw_grounds(cr, flow, pages->places + from, to - from);
        cn_status drawn = draw_boxes(&d, pages->places + from, to - from);
        if (status == CN_OK) status = drawn;
        draw_foot(cr, flow, page, pages->pages);
        cairo_show_page(cr);
        from = to;
    }
    surround(&d, NULL);
    cairo_tag_end(cr, "Document");
    add_outline(flow, surface);
    return status;
}
