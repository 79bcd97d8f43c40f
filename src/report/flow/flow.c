/* Boxes from text: paragraphs, and lines that stay as they are. */
#include "report/flow/flow.h"

#include <math.h>
#include <string.h>

#include "report/markdown/markdown.h"
#include "report/picture.h"

static const double log_indent = 7, frame_pad = 6;

/* ---- insets ------------------------------------------------------------------------------------------------ */

static void free_inset(void *data)
{
    cn__inset *inset = data;
    cn__formula_box_free(&inset->formula);
    cn__free(inset);
}

/* Called where the text is drawn; cairo's point is on the base line. */
static void draw_inset(cairo_t *cr, PangoAttrShape *shape, gboolean path, gpointer data)
{
    const cn__inset *inset = shape->data;
    double x, y;
    (void)data;
    if (path) return;
    cairo_get_current_point(cr, &x, &y);
    if (!inset->image) cn__formula_draw(&inset->formula, cr, x, y);
    else (void)!cn__image_draw(inset->image, cr, x, y - inset->ascent, inset->width, inset->ascent);
}

static cn__inset *new_inset(cn__rich *rich)
{
    cn__inset *inset = cn__calloc(1, sizeof *inset);
    if (inset) g_ptr_array_add(rich->flow->insets, inset);
    else rich->text.failed = true;
    return inset;
}

static void add_inset(cn__rich *rich, const cn__inset *inset)
{
    const PangoRectangle area = {0, -(int)(inset->ascent * PANGO_SCALE),
                                 (int)ceil(inset->width * PANGO_SCALE),
                                 (int)((inset->ascent + inset->descent) * PANGO_SCALE)};
    PangoAttribute *shape = pango_attr_shape_new_with_data(&area, &area, (gpointer)inset, NULL, NULL);
    shape->start_index = (guint)rich->text.size;
    cn__text_add(&rich->text, "\uFFFC");
    shape->end_index = (guint)rich->text.size;
    pango_attr_list_insert(rich->attributes, shape);
    rich->tall = true;
}

void cn__rich_add_formula(cn__rich *rich, const cn__formula *formula, double size, bool display)
{
    cn__inset *inset = new_inset(rich);
    if (!inset) return;
    cn__formula_box *box = &inset->formula;
    cn__formula_lay(box, rich->flow->context, formula, size, display);
    rich->text.failed = rich->text.failed || box->failed;
    const double air = 0.15 * size; /* between lines */
    inset->width = box->width, inset->ascent = box->ascent + air, inset->descent = box->descent + air;
    add_inset(rich, inset);
}

void cn__picture_size(const cn__extra *picture, double space, double *width, double *height)
{
    double w = 1, h = 1;
    (void)!cn__image_size(picture->image->data, picture->image->size, &w, &h);
    *width = picture->share > 0   ? picture->share * space
             : picture->width > 0 ? CN_POINTS_PER_PIXEL * picture->width
                                  : CN_POINTS_PER_PIXEL * w;
    *width = fmin(*width, space);
    *height = *width * h / w;
    if (*height <= 0.8 * CN_TEXT_HEIGHT) return;
    *width *= 0.8 * CN_TEXT_HEIGHT / *height;
    *height = 0.8 * CN_TEXT_HEIGHT;
}

void cn__rich_add_image(cn__rich *rich, const cn__extra *picture, double space)
{
    cn__inset *inset = new_inset(rich);
    if (!inset) return;
    inset->image = picture->image;
    cn__picture_size(picture, space, &inset->width, &inset->ascent);
    add_inset(rich, inset);
}

/* Text is laid out without hinting, so that a page does not depend on a screen. */
void cn__flow_begin(cn__flow *flow, cn__document *document)
{
    *flow = (cn__flow){
        .document = document, .x = CN_PAGE_MARGIN, .width = CN_TEXT_WIDTH, .text_size = CN_TEXT_SIZE};
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    flow->context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    pango_cairo_context_set_font_options(flow->context, options);
    pango_cairo_context_set_resolution(flow->context, 72);
    pango_context_set_round_glyph_positions(flow->context, FALSE);
    pango_context_set_language(flow->context, pango_language_from_string(document->words->code));
    cairo_font_options_destroy(options);
    pango_cairo_context_set_shape_renderer(flow->context, draw_inset, NULL, NULL);
    flow->layouts = g_ptr_array_new_with_free_func(g_object_unref);
    flow->insets = g_ptr_array_new_with_free_func(free_inset);
}

void cn__flow_end(cn__flow *flow)
{
    if (flow->layouts) g_ptr_array_free(flow->layouts, TRUE);
    if (flow->insets) g_ptr_array_free(flow->insets, TRUE);
    if (flow->context) g_object_unref(flow->context);
    cn__free(flow->boxes);
    cn__arena_free(&flow->arena);
}

static bool grow(cn__flow *flow)
{
    if (flow->failed) return false;
    if (flow->count < flow->capacity) return true;
    size_t capacity = flow->capacity ? 2 * flow->capacity : 256;
    cn__flow_box *boxes = cn__realloc(flow->boxes, capacity * sizeof *boxes);
    if (!boxes) {
        flow->failed = true;
        return false;
    }
    flow->boxes = boxes;
    flow->capacity = capacity;
    return true;
}

cn__flow_box *cn__flow_add(cn__flow *flow, cn__box_kind kind)
{
    static _Thread_local cn__flow_box nowhere;
    cn__flow_box *box = grow(flow) ? &flow->boxes[flow->count++] : &nowhere;
    *box = (cn__flow_box){.kind = kind,
                          .x = flow->x,
                          .width = flow->width,
                          .before = flow->before,
                          .frame = flow->frame,
                          .ground = flow->ground,
                          .bar_count = flow->bar_count};
    memcpy(box->bars, flow->bars, sizeof box->bars);
    flow->before = 0;
    return box;
}

/* ---- paragraphs ------------------------------------------------------------------------------------------- */

static PangoLayout *new_layout(cn__flow *flow, const cn__type *type)
{
    PangoLayout *layout = pango_layout_new(flow->context);
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, type->mono ? "monospace" : "sans-serif");
    pango_font_description_set_weight(font, type->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_absolute_size(font, type->size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_auto_dir(layout, TRUE);
    g_ptr_array_add(flow->layouts, layout);
    return layout;
}

/* Squeezed text is laid out as if there were more room, and drawn narrower. */
static double squeeze_of(const cn__type *type) { return type->squeeze > 0 ? type->squeeze : 1; }

static void set_width(PangoLayout *layout, const cn__type *type, double width)
{
    if (width <= 0) return;
    pango_layout_set_width(layout, (int)(width / squeeze_of(type) * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    if (type->hanging > 0) pango_layout_set_indent(layout, -(int)(type->hanging * PANGO_SCALE));
}

/* As high as the type says; higher where a character of another font asks for it. */
static double line_height(PangoLayout *layout, const cn__type *type)
{
    double height = type->size * type->leading;
    for (GSList *at = pango_layout_get_lines_readonly(layout); at; at = at->next) {
        PangoRectangle logical;
        pango_layout_line_get_extents(at->data, NULL, &logical);
        height = fmax(height, (double)logical.height / PANGO_SCALE);
    }
    return height;
}

double cn__paragraph_line_height(const cn__paragraph *p, int i)
{
    PangoRectangle logical;
    if (!p->tall) return p->line_height;
    pango_layout_line_get_extents(pango_layout_get_line_readonly(p->layout, i), NULL, &logical);
    return fmax(p->type.size * p->type.leading, (double)logical.height / PANGO_SCALE);
}

cn__paragraph *cn__paragraph_new(cn__flow *flow, cn__rich *rich, const cn__type *type, double width)
{
    cn__paragraph *paragraph = cn__arena_alloc(&flow->arena, sizeof *paragraph);
    if (rich->text.failed || !paragraph) {
        flow->failed = true;
        return NULL;
    }
    PangoLayout *layout = new_layout(flow, type);
    pango_layout_set_text(layout, rich->text.data ? rich->text.data : "", (int)rich->text.size);
    if (rich->attributes) pango_layout_set_attributes(layout, rich->attributes);
    set_width(layout, type, width);
    *paragraph = (cn__paragraph){
        .layout = layout, .type = *type, .tall = rich->tall, .line_height = line_height(layout, type)};
    if (rich->link_count) {
        paragraph->links = cn__arena_array(&flow->arena, rich->link_count, sizeof *paragraph->links);
        if (paragraph->links) {
            memcpy(paragraph->links, rich->links, rich->link_count * sizeof *paragraph->links);
            paragraph->link_count = rich->link_count;
        } else {
            flow->failed = true;
        }
    }
    return paragraph;
}

cn__paragraph *cn__paragraph_plain(cn__flow *flow, const char *text, const cn__type *type, double width)
{
    cn__rich rich = {0};
    cn__text_add(&rich.text, text);
    cn__paragraph *paragraph = cn__paragraph_new(flow, &rich, type, width);
    cn__text_free(&rich.text);
    return paragraph;
}

double cn__paragraph_width(const cn__paragraph *paragraph)
{
    int width, height;
    pango_layout_get_size(paragraph->layout, &width, &height);
    return squeeze_of(&paragraph->type) * width / PANGO_SCALE;
}

int cn__paragraph_lines(const cn__paragraph *paragraph)
{
    return pango_layout_get_line_count(paragraph->layout);
}

size_t cn__flow_paragraph(cn__flow *flow, cn__paragraph *paragraph)
{
    size_t first = flow->count;
    int n = paragraph ? cn__paragraph_lines(paragraph) : 0;
    for (int i = 0; i < n; i++) {
        cn__flow_box *box = cn__flow_add(flow, CN_BOX_LINE);
        box->paragraph = paragraph;
        box->line = i;
        box->height = cn__paragraph_line_height(paragraph, i);
        box->keep = (i == 0 && n > 1) || i == n - 2;
    }
    return first;
}

double cn__flow_height(const cn__flow *flow)
{
    double height = 0;
    for (size_t i = 0; i < flow->count; i++)
        height += flow->boxes[i].height + (i ? flow->boxes[i].before : 0);
    return height;
}

/* ---- lines that stay -------------------------------------------------------------------------------------- */

/* Pango's time grows with the square of a line's length: a longer one is laid out in pieces, each from the margin on. */
enum { MOST_LINE = 2000 };

/* Bytes up to which a piece goes: behind a space where one is near, never within a character. */
static size_t piece_of(const char *line, size_t size)
{
    size_t n = MOST_LINE;
    if (size <= MOST_LINE) return size;
    while (n > MOST_LINE / 2 && line[n - 1] != ' ') n--;
    if (n > MOST_LINE / 2) return n;
    n = MOST_LINE;
    while (n > MOST_LINE - 4 && (line[n] & 0xc0) == 0x80) n--;
    return n;
}

static void add_line(cn__flow *flow, const char *line, size_t size, const cn__type *type, double width)
{
    size_t n;
    do {
        cn__rich rich = {0};
        n = piece_of(line, size);
        cn__text_add_bytes(&rich.text, line, n);
        cn__flow_paragraph(flow, cn__paragraph_new(flow, &rich, type, width));
        cn__text_free(&rich.text);
        line += n, size -= n;
    } while (size && !flow->failed);
}

/* A frame's first and last line have room to its edges; a short text is not torn, a table drawn with characters hardly. */
static void close_frame(cn__flow *flow, size_t first, bool pads, bool framed)
{
    enum { SHORT = 12 };
    if (flow->failed || first == flow->count) return;
    cn__flow_box *boxes = flow->boxes;
    size_t last = flow->count - 1, n = flow->count - first;
    if (pads) {
        boxes[first].pad = frame_pad;
        boxes[first].height += frame_pad;
        boxes[last].height += frame_pad;
    }
    for (size_t i = first; i < last; i++)
        if (n <= SHORT || i == first || i + 1 == last) boxes[i].keep = true;
        else boxes[i].penalty = framed ? 8 : boxes[i].ground == CN_GROUND_LOG ? 0.3 : 5;
}

/* "Epoch 3/30" stays with the line that it announces. */
static bool announces(const char *line, const char *next)
{
    static const char word[] = "Epoch ";
    return next && strncmp(line, word, sizeof word - 1) == 0;
}

void cn__flow_lines(cn__flow *flow, const char *text, cn__ground ground, double size, double squeeze)
{
    bool framed = cn__has_boxes(text);
    const cn__type type = {.size = size,
                           .leading = framed ? 1 : 1.32, /* a font's own height at least */
                           .mono = true,
                           .hanging = 2 * size,
                           .squeeze = squeeze,
                           .tone = ground == CN_GROUND_ERROR ? CN_TONE_ERROR : CN_TONE_INK};
    double x = flow->x, width = flow->width;
    double indent = ground == CN_GROUND_LOG ? log_indent : 9;
    size_t first = flow->count;
    const cn__ground outer = flow->ground;
    const int outer_frame = flow->frame; /* of a callout */
    flow->ground = ground;
    flow->frame = ++flow->frames;
    flow->x += indent;
    flow->width -= ground == CN_GROUND_LOG ? indent : 2 * indent;
    for (const char *next; text; text = next) {
        size_t n = cn__line(text, &next);
        add_line(flow, text, n, &type, flow->width);
        if (announces(text, next) && flow->count) flow->boxes[flow->count - 1].keep = true;
    }
    close_frame(flow, first, ground != CN_GROUND_LOG, framed);
    for (size_t i = first; i < flow->count; i++) {
        flow->boxes[i].x = x; /* the ground is as wide as the text; drawing knows the indent */
        flow->boxes[i].width = width;
    }
    flow->x = x;
    flow->width = width;
    flow->ground = outer;
    flow->frame = outer_frame;
}

/* ---- the type of logs --------------------------------------------------------------------------------------- */

/* The longest of a text's lines, of those that have no more than `most` characters. */
static void measure_log(const char *text, size_t most, size_t *longest)
{
    cn__text line = {0};
    for (const char *next; text; text = next) {
        size_t n = cn__line(text, &next);
        line.size = 0;
        cn__text_add_bytes(&line, text, n);
        size_t width = line.failed ? 0 : cn__text_width(line.data);
        if (width <= most && width > *longest) *longest = width;
    }
    cn__text_free(&line);
}

/* Points of width that a character of a log may have, for a size of 1; 0 when out of memory. */
static double characters_space(cn__flow *flow)
{
    const cn__type type = {.size = 100, .leading = 1, .mono = true};
    cn__paragraph *ten = cn__paragraph_plain(flow, "0000000000", &type, 0);
    double width = ten ? cn__paragraph_width(ten) / 1000 : 0;
    return width > 0 ? (CN_TEXT_WIDTH - log_indent - 0.5) / width : 0;
}

/* For lines of so many characters: 9 points, down to 8, then narrower letters, then smaller ones. */
static cn__log_type type_for(double space, size_t characters)
{
    double size = space / (double)characters; /* at which they fit as they are */
    if (size >= CN_LOG_LEAST) return (cn__log_type){fmin(size, CN_LOG_SIZE), 1};
    if (size >= CN_LOG_LEAST * CN_LOG_SQUEEZE) return (cn__log_type){CN_LOG_LEAST, size / CN_LOG_LEAST};
    return (cn__log_type){fmax(size / CN_LOG_SQUEEZE, CN_LEAST_SIZE), CN_LOG_SQUEEZE};
}

cn__log_type cn__log_type_common(cn__flow *flow)
{
    const cn__document *document = flow->document;
    double space = characters_space(flow);
    size_t longest = 1, most = (size_t)(space / (CN_LOG_LEAST * CN_LOG_SQUEEZE));
    for (size_t i = 0; i < document->report.block_count; i++)
        for (size_t k = 0; k < document->report.blocks[i].output_count; k++) {
            const cn__report_output *output = &document->report.blocks[i].outputs[k];
            if (output->kind == CN_OUTPUT_LOG) measure_log(output->text, most, &longest);
        }
    return space > 0 ? type_for(space, longest) : (cn__log_type){CN_LOG_SIZE, 1};
}

cn__log_type cn__log_type_of(cn__flow *flow, const char *text, cn__log_type common)
{
    double space = characters_space(flow);
    size_t longest = 1;
    measure_log(text, (size_t)(space / (CN_LEAST_SIZE * CN_LOG_SQUEEZE)), &longest);
    if (space <= 0 || (double)longest * common.size * common.squeeze <= space + 1e-6) return common;
    return type_for(space, longest);
}
