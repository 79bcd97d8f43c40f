/* Text with marks: bold, code, links, formulas and pictures within a line. */
#include <math.h>
#include <string.h>

#include "report/flow/flow.h"

const char *cn__flow_anchor(cn__flow *flow, bool table, int number)
{
    const char *name = number ? cn__arena_format(&flow->arena, "%c%d", table ? 't' : 'f', number) : NULL;
    flow->failed = flow->failed || (number && !name);
    return name;
}

void cn__rich_begin(cn__rich *rich, cn__flow *flow)
{
    *rich = (cn__rich){.attributes = pango_attr_list_new(), .flow = flow};
    cn__text_add(&rich->text, "");
}

void cn__rich_end(cn__rich *rich)
{
    if (rich->attributes) pango_attr_list_unref(rich->attributes);
    cn__text_free(&rich->text);
    cn__free(rich->links);
    *rich = (cn__rich){0};
}

static void mark(cn__rich *rich, PangoAttribute *attribute, size_t start)
{
    attribute->start_index = (guint)start;
    attribute->end_index = (guint)rich->text.size;
    pango_attr_list_insert(rich->attributes, attribute);
}

void cn__rich_add(cn__rich *rich, const char *text, bool bold)
{
    size_t start = rich->text.size;
    cn__text_add(&rich->text, text);
    if (bold) mark(rich, pango_attr_weight_new(PANGO_WEIGHT_BOLD), start);
}

static void add_link(cn__rich *rich, size_t start, const char *url, const char *anchor)
{
    if (start == rich->text.size) return;
    cn__link *links = cn__realloc(rich->links, (rich->link_count + 1) * sizeof *links);
    if (!links) {
        rich->text.failed = true;
        return;
    }
    rich->links = links;
    links[rich->link_count++] = (cn__link){(unsigned)start, (unsigned)rich->text.size, url, anchor};
    mark(rich, pango_attr_foreground_new(0, 0x62 * 257, 0xA0 * 257), start);
}

void cn__rich_add_inside(cn__rich *rich, cmark_node *node, double size)
{
    for (cmark_node *at = cmark_node_first_child(node); at; at = cmark_node_next(at))
        cn__rich_add_node(rich, at, size);
}

/* As high as half a line, and smaller. */
static void add_note_number(cn__rich *rich, int number, double size)
{
    char text[16];
    const size_t start = rich->text.size;
    cn__format(text, sizeof text, "%d", number);
    cn__text_add(&rich->text, text);
    mark(rich, pango_attr_size_new_absolute((int)(0.7 * size * PANGO_SCALE)), start);
    mark(rich, pango_attr_rise_new((int)(0.35 * size * PANGO_SCALE)), start);
}

static void add_reference(cn__rich *rich, const cn__extra *reference)
{
    const size_t start = rich->text.size;
    const char *anchor = cn__flow_anchor(rich->flow, reference->table, reference->number);
    cn__text_add(&rich->text, reference->text);
    if (anchor) add_link(rich, start, NULL, anchor);
}

static void add_extra(cn__rich *rich, const cn__extra *extra, double size)
{
    switch (extra->kind) {
    case CN_EXTRA_FORMULA: cn__rich_add_formula(rich, extra->formula, size, extra->display); break;
    case CN_EXTRA_REFERENCE: add_reference(rich, extra); break;
    case CN_EXTRA_PICTURE: cn__rich_add_image(rich, extra, rich->flow->width); break;
    case CN_EXTRA_NOTE: add_note_number(rich, extra->number, size); break;
    case CN_EXTRA_FIGURE:
    case CN_EXTRA_CALLOUT: break; /* of blocks */
    }
}

void cn__rich_add_node(cn__rich *rich, cmark_node *node, double size)
{
    size_t start = rich->text.size;
    if (cn__extra_of(node)) {
        add_extra(rich, cn__extra_of(node), size);
        return;
    }
    const char *literal = cmark_node_get_literal(node);
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_TEXT: cn__text_add(&rich->text, literal ? literal : ""); break;
    case CMARK_NODE_SOFTBREAK: cn__text_add(&rich->text, " "); break;
    case CMARK_NODE_LINEBREAK: cn__text_add(&rich->text, "\u2028"); break;
    case CMARK_NODE_CODE:
        cn__text_add(&rich->text, literal ? literal : "");
        mark(rich, pango_attr_family_new("monospace"), start);
        mark(rich, pango_attr_size_new_absolute((int)(0.9 * size * PANGO_SCALE)), start);
        break;
    case CMARK_NODE_EMPH:
        cn__rich_add_inside(rich, node, size);
        mark(rich, pango_attr_style_new(PANGO_STYLE_ITALIC), start);
        break;
    case CMARK_NODE_STRONG:
        cn__rich_add_inside(rich, node, size);
        mark(rich, pango_attr_weight_new(PANGO_WEIGHT_BOLD), start);
        break;
    case CMARK_NODE_LINK:
    case CMARK_NODE_IMAGE:
        cn__rich_add_inside(rich, node, size);
        literal = cmark_node_get_url(node);
        if (literal && *literal && cn__link_is_safe(literal)) add_link(rich, start, literal, NULL);
        break;
    default:
        cn__rich_add_inside(rich, node, size);
        if (cn__node_is(node, "strikethrough")) mark(rich, pango_attr_strikethrough_new(TRUE), start);
        break;
    }
}
