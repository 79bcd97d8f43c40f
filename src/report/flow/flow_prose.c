/* Markdown as boxes. */
#include <math.h>
#include <string.h>

#include "report/flow/flow.h"

static const double list_indent = 18, quote_indent = 14, block_space = 8;

static size_t add_paragraph(cn__flow *flow, cmark_node *node, const cn__type *type)
{
    cn__rich rich;
    cn__rich_begin(&rich, flow);
    cn__rich_add_inside(&rich, node, type->size);
    size_t first = cn__flow_paragraph(flow, cn__paragraph_new(flow, &rich, type, flow->width));
    cn__rich_end(&rich);
    return first;
}

/* ---- blocks ------------------------------------------------------------------------------------------------- */

static void need_space(cn__flow *flow, double space)
{
    if (flow->before < space) flow->before = space;
}

static void add_heading(cn__flow *flow, cmark_node *node)
{
    static const double sizes[] = {17, 13.5, 11.5, 11};
    cn__heading *heading = cmark_node_get_user_data(node);
    int depth = !heading ? 4 : heading->depth > 4 ? 4 : heading->depth;
    const cn__type type = {.size = sizes[depth - 1], .leading = 1.3, .bold = true};
    need_space(flow, depth == 1 ? 22 : depth == 2 ? 16 : 12);
    size_t first = add_paragraph(flow, node, &type);
    for (size_t i = first; i < flow->count; i++) flow->boxes[i].keep = true;
    if (first < flow->count) flow->boxes[first].heading = heading;
    need_space(flow, depth == 1 ? 8 : 5);
}

static void add_blocks(cn__flow *flow, cmark_node *parent, double space);

static cn__paragraph *marker_of(cn__flow *flow, cmark_node *list, cmark_node *item, int number)
{
    static const char *const bullets[] = {"\u2022", "\u2013", "\u00B7"};
    const cn__type type = {.size = CN_TEXT_SIZE, .leading = 1.4};
    int depth = 0;
    if (cn__node_is(item, "tasklist"))
        return cn__paragraph_plain(
            flow, cmark_gfm_extensions_get_tasklist_item_checked(item) ? "\u2611" : "\u2610", &type, 0);
    for (cmark_node *at = list; (at = cmark_node_parent(at));)
        if (cmark_node_get_type(at) == CMARK_NODE_LIST) depth++;
    if (cmark_node_get_list_type(list) != CMARK_ORDERED_LIST)
        return cn__paragraph_plain(flow, bullets[depth % 3], &type, 0);
    char text[16];
    cn__format(text, sizeof text, "%d.", number);
    return cn__paragraph_plain(flow, text, &type, 0);
}

static void add_list(cn__flow *flow, cmark_node *list)
{
    int number = cmark_node_get_list_start(list);
    bool tight = cmark_node_get_list_tight(list), narrow = flow->width < 120;
    double indent = narrow ? 0 : list_indent;
    for (cmark_node *item = cmark_node_first_child(list); item; item = cmark_node_next(item)) {
        need_space(flow, tight ? 2 : 5);
        size_t first = flow->count;
        flow->x += indent;
        flow->width -= indent;
        add_blocks(flow, item, tight ? 2 : 5);
        flow->x -= indent;
        flow->width += indent;
        cn__paragraph *marker = marker_of(flow, list, item, number++);
        if (first < flow->count && !narrow && !flow->boxes[first].marker) flow->boxes[first].marker = marker;
    }
}

void cn__flow_caption(cn__flow *flow, const char *what, int number, const char *caption)
{
    const cn__type type = {.size = CN_CAPTION_SIZE, .leading = 1.35, .tone = CN_TONE_MUTED};
    cn__rich rich;
    char text[64];
    if (!number) return;
    cn__rich_begin(&rich, flow);
    cn__format(text, sizeof text, "%s %d.", what, number);
    cn__rich_add(&rich, text, true);
    if (caption) {
        cn__rich_add(&rich, " ", false);
        cn__rich_add(&rich, caption, false);
    }
    if (flow->count) flow->boxes[flow->count - 1].keep = true;
    need_space(flow, 5);
    const size_t first = cn__flow_paragraph(flow, cn__paragraph_new(flow, &rich, &type, flow->width));
    for (size_t i = first; i < flow->count; i++) flow->boxes[i].caption = true;
    cn__rich_end(&rich);
}

static void add_picture(cn__flow *flow, const cn__extra *figure)
{
    double width, height;
    cn__picture_size(figure, flow->width, &width, &height);
    need_space(flow, 8);
    cn__flow_box *box = cn__flow_add(flow, CN_BOX_IMAGE);
    box->image = figure->image;
    box->anchor = cn__flow_anchor(flow, false, figure->number);
    box->alt = figure->text;
    box->width = width, box->height = height;
    cn__flow_caption(flow, flow->document->words->figure, figure->number, figure->text);
    need_space(flow, 12);
}

/* A definition stands behind its number, in smaller letters. */
static void add_note(cn__flow *flow, cmark_node *node, const cn__extra *note)
{
    static const double size = 9, indent = 16;
    const size_t first = flow->count;
    char number[16];
    cn__format(number, sizeof number, "%d", note->number);
    flow->text_size = size;
    flow->x += indent, flow->width -= indent;
    add_blocks(flow, node, 3);
    flow->x -= indent, flow->width += indent;
    flow->text_size = CN_TEXT_SIZE;
    if (first < flow->count && !flow->boxes[first].marker)
        flow->boxes[first].marker =
            cn__paragraph_plain(flow, number, &(cn__type){.size = size, .leading = 1.4}, 0);
}

/* By the name that the page's style has, too. */
static cn__ground callout_ground(const char *name)
{
    static const struct {
        const char *name;
        cn__ground ground;
    } grounds[] = {{"tip", CN_GROUND_TIP},
                   {"warning", CN_GROUND_WARNING},
                   {"caution", CN_GROUND_WARNING},
                   {"important", CN_GROUND_STRONG},
                   {"question", CN_GROUND_STRONG}};
    for (size_t i = 0; i < sizeof grounds / sizeof *grounds; i++)
        if (strcmp(name, grounds[i].name) == 0) return grounds[i].ground;
    return CN_GROUND_NOTE;
}

/* Its title and its text on one ground; a short one stays on one page. */
static void add_callout(cn__flow *flow, cmark_node *node, const cn__extra *callout)
{
    enum { SHORT = 12 };
    static const double indent = 12, pad = 6;
    const cn__ground own = callout_ground(callout->name), ground = flow->ground;
    const cn__type type = {
        .size = flow->text_size, .leading = 1.4, .bold = true, .tone = cn__ground_tone(own)};
    const size_t first = flow->count;
    const int frame = flow->frame;
    flow->frame = ++flow->frames, flow->ground = own;
    flow->x += indent, flow->width -= 2 * indent;
    need_space(flow, 12);
    cn__flow_paragraph(flow, cn__paragraph_plain(flow, callout->text, &type, flow->width));
    for (size_t i = first; i < flow->count; i++) flow->boxes[i].keep = true;
    need_space(flow, 3);
    add_blocks(flow, node, block_space);
    flow->x -= indent, flow->width += 2 * indent;
    flow->frame = frame, flow->ground = ground;
    for (size_t i = first; i + 1 < flow->count && flow->count - first <= SHORT; i++)
        flow->boxes[i].keep = true;
    if (first < flow->count) {
        flow->boxes[first].pad += pad, flow->boxes[first].height += pad;
        flow->boxes[flow->count - 1].height += pad;
    }
    need_space(flow, 12);
}

static void add_quote(cn__flow *flow, cmark_node *node)
{
    bool fits = flow->bar_count < CN_BARS && flow->width > 120;
    if (cn__extra_of(node)) {
        add_callout(flow, node, cn__extra_of(node));
        return;
    }
    if (fits) {
        flow->bars[flow->bar_count++] = flow->x;
        flow->x += quote_indent;
        flow->width -= quote_indent;
    }
    add_blocks(flow, node, block_space);
    if (!fits) return;
    flow->bar_count--;
    flow->x -= quote_indent;
    flow->width += quote_indent;
}

/* A formula that has a line of its own stands in its middle. */
static void add_text(cn__flow *flow, cmark_node *node, const cn__type *type)
{
    cmark_node *child = cmark_node_first_child(node);
    const cn__extra *extra = child && !cmark_node_next(child) ? cn__extra_of(child) : NULL;
    const size_t first = add_paragraph(flow, node, type);
    if (!extra || extra->kind != CN_EXTRA_FORMULA || !extra->display) return;
    for (size_t i = first; i < flow->count; i++)
        flow->boxes[i].x += fmax(0, (flow->width - cn__paragraph_width(flow->boxes[i].paragraph)) / 2);
}

static void add_block(cn__flow *flow, cmark_node *node)
{
    const cn__type text = {
        .size = flow->text_size, .leading = 1.4, .tone = flow->bar_count ? CN_TONE_MUTED : CN_TONE_INK};
    const char *literal = cmark_node_get_literal(node);
    const cn__extra *extra = cn__extra_of(node);
    if (extra && extra->kind == CN_EXTRA_FIGURE) {
        add_picture(flow, extra);
        return;
    }
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_PARAGRAPH: add_text(flow, node, &text); break;
    case CMARK_NODE_HEADING: add_heading(flow, node); break;
    case CMARK_NODE_LIST: add_list(flow, node); break;
    case CMARK_NODE_BLOCK_QUOTE: add_quote(flow, node); break;
    case CMARK_NODE_FOOTNOTE_DEFINITION:
        if (extra) add_note(flow, node, extra);
        break;
    case CMARK_NODE_CODE_BLOCK:
        cn__flow_lines(flow, literal ? literal : "", CN_GROUND_CODE, CN_CODE_SIZE, 1);
        break;
    case CMARK_NODE_THEMATIC_BREAK: cn__flow_add(flow, CN_BOX_RULE)->height = 13; break;
    default:
        if (cn__node_is(node, "table")) cn__flow_markdown_table(flow, node);
        break;
    }
}

static void add_blocks(cn__flow *flow, cmark_node *parent, double space)
{
    bool first = true;
    for (cmark_node *node = cmark_node_first_child(parent); node; node = cmark_node_next(node)) {
        if (!first) need_space(flow, space);
        first = false;
        add_block(flow, node);
    }
}

void cn__flow_tree(cn__flow *flow, cmark_node *tree) { add_blocks(flow, tree, block_space); }
