/* The prose of a page: cmark-gfm's tree as HTML. */
#include <string.h>

#include "figure/canvas/canvas.h"
#include "report/html.h"
#include "report/markdown/markdown.h"
#include "report/markdown/markdown_walk.h"

void cn__html_url(cn__text *out, const char *url)
{
    for (; *url; url++) {
        unsigned char c = (unsigned char)*url;
        if (c <= ' ' || c >= 0x7F || strchr("\"<>\\^`{|}", c)) cn__text_printf(out, "%%%02X", c);
        else if (c == '&') cn__text_add(out, "&amp;");
        else cn__text_add_bytes(out, url, 1);
    }
}

static void open_link(cn__text *out, cmark_node *node)
{
    const char *url = cmark_node_get_url(node);
    if (!url || !*url || !cn__link_is_safe(url)) {
        cn__text_add(out, "<span>");
        return;
    }
    cn__text_add(out, "<a href=\"");
    cn__html_url(out, url);
    cn__text_add(out, "\">");
}

static void close_link(cn__text *out, cmark_node *node)
{
    const char *url = cmark_node_get_url(node);
    cn__text_add(out, url && *url && cn__link_is_safe(url) ? "</a>" : "</span>");
}

static void add_code(cn__text *out, cmark_node *node, const char *before, const char *after)
{
    const char *literal = cmark_node_get_literal(node);
    cn__text_add(out, before);
    cn__html_escape(out, literal ? literal : "");
    cn__text_add(out, after);
}

/* Browsers may break a line behind a formula: the marks that follow it are kept on its line. Their bytes; 0: none. */
static size_t marks_behind(cmark_node *formula)
{
    cmark_node *next = cmark_node_next(formula);
    const char *text = next && !cn__extra_of(next) && cmark_node_get_type(next) == CMARK_NODE_TEXT
                           ? cmark_node_get_literal(next)
                           : NULL;
    return text ? strspn(text, ".,:;!?)]") : 0;
}

static bool is_formula_within_text(cmark_node *node)
{
    const cn__extra *extra = node ? cn__extra_of(node) : NULL;
    return extra && extra->kind == CN_EXTRA_FORMULA && !extra->display;
}

static void add_formula(cn__text *out, const cn__extra *extra, cmark_node *node)
{
    if (!extra->display && marks_behind(node)) cn__text_add(out, "<span class=\"joint\">");
    cn__formula_mathml(out, extra->formula, extra->text, extra->display);
}

static void add_text(cn__text *out, cmark_node *node)
{
    const char *literal = cmark_node_get_literal(node);
    cmark_node *before = cmark_node_previous(node);
    const size_t marks = is_formula_within_text(before) ? marks_behind(before) : 0;
    cn__text_add_bytes(out, literal, marks); /* none of which needs an escape */
    if (marks) cn__text_add(out, "</span>");
    cn__html_escape(out, literal ? literal + marks : "");
}

/* Headings of prose are of depth 1, 2, …; those inside an output stand outside the contents. */
static void heading(cn__text *out, cmark_node *node, bool enter)
{
    const cn__heading *heading = cn__heading_of(node);
    int level = heading ? heading->depth + 1 : 6;
    if (level > 6) level = 6;
    if (enter) cn__text_printf(out, "<h%d", level);
    else cn__text_printf(out, "</h%d>\n", level);
    if (enter && heading) {
        cn__text_add(out, " id=\"");
        cn__html_escape(out, heading->id);
        cn__text_add(out, "\"");
    }
    if (enter) cn__text_add(out, ">");
}

static void list(cn__text *out, cmark_node *node, bool enter)
{
    bool ordered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST;
    int start = cmark_node_get_list_start(node);
    if (!enter) cn__text_add(out, ordered ? "</ol>\n" : "</ul>\n");
    else if (ordered && start != 1) cn__text_printf(out, "<ol start=\"%d\">\n", start);
    else cn__text_add(out, ordered ? "<ol>\n" : "<ul>\n");
}

/* A paragraph of a tight list is bare text. */
static bool is_tight(cmark_node *paragraph)
{
    cmark_node *item = cmark_node_parent(paragraph), *above = item ? cmark_node_parent(item) : NULL;
    return above && cmark_node_get_type(above) == CMARK_NODE_LIST && cmark_node_get_list_tight(above);
}

static void table_cell(cn__text *out, cmark_node *node, bool enter)
{
    cmark_node *row = cmark_node_parent(node);
    bool head = cmark_gfm_extensions_get_table_row_is_header(row);
    size_t column = 0;
    for (cmark_node *at = node; (at = cmark_node_previous(at));) column++;
    const uint8_t *alignments = cmark_gfm_extensions_get_table_alignments(cmark_node_parent(row));
    char align = alignments ? (char)alignments[column] : 0;
    if (!enter) cn__text_add(out, head ? "</th>" : "</td>");
    else
        cn__text_printf(out, "<%s%s>", head ? "th" : "td",
                        align == 'r'   ? " style=\"text-align:right\""
                        : align == 'c' ? " style=\"text-align:center\""
                                       : "");
}

static void table_node(cn__text *out, cmark_node *node, bool enter)
{
    if (cn__node_is(node, "table")) {
        bool body = cmark_node_next(cmark_node_first_child(node)) != NULL;
        cn__text_add(out, enter  ? "<div class=\"scroll\" tabindex=\"0\"><table>\n"
                          : body ? "</tbody>\n</table></div>\n"
                                 : "</table></div>\n");
    } else if (cn__node_is(node, "table_header") || cn__node_is(node, "table_row")) {
        bool head = cmark_gfm_extensions_get_table_row_is_header(node);
        cn__text_add(out, enter ? head ? "<thead>\n<tr>" : "<tr>" : head ? "</tr>\n</thead>\n" : "</tr>\n");
        if (!enter && head && cmark_node_next(node)) cn__text_add(out, "<tbody>\n");
    } else if (cn__node_is(node, "table_cell")) {
        table_cell(out, node, enter);
    }
}

/* ---- what cmark-gfm does not know ---------------------------------------------------------------------------- */

static void add_attribute(cn__text *out, const char *name, const char *value)
{
    cn__text_printf(out, " %s=\"", name);
    cn__html_escape(out, value ? value : "");
    cn__text_add(out, "\"");
}

static void add_picture(cn__text *out, const cn__extra *picture)
{
    const cn__report_image *image = picture->image;
    cn__text_printf(out, "<img src=\"data:%s;base64,",
                    cn__image_mime(cn__image_type_of(image->data, image->size)));
    cn__add_base64(out, image->data, image->size);
    cn__text_add(out, "\"");
    add_attribute(out, "alt", picture->text);
    if (picture->width > 0) cn__text_printf(out, " style=\"width:%gpx\"", picture->width);
    if (picture->share > 0) cn__text_printf(out, " style=\"width:%g%%\"", 100 * picture->share);
    cn__text_add(out, ">");
}

void cn__html_caption(cn__text *out, const char *what, int number, const char *caption, const char *tag)
{
    cn__text_printf(out, "<%s><b>%s %d.</b>", tag, what, number);
    if (caption) {
        cn__text_add(out, " ");
        cn__html_escape(out, caption);
    }
    cn__text_printf(out, "</%s>\n", tag);
}

static void add_reference(cn__text *out, const cn__extra *reference)
{
    const char *what = reference->table ? "table" : "figure";
    if (reference->number) cn__text_printf(out, "<a href=\"#%s:%d\">", what, reference->number);
    cn__html_escape(out, reference->text);
    if (reference->number) cn__text_add(out, "</a>");
}

static void note(cn__text *out, const cn__extra *note, cmark_node *node, bool enter)
{
    const int n = note->number;
    if (cmark_node_get_type(node) == CMARK_NODE_FOOTNOTE_REFERENCE) {
        if (enter) cn__text_printf(out, "<sup><a href=\"#note:%d\" id=\"noteref:%d\">%d</a></sup>", n, n, n);
        return;
    }
    if (enter)
        cn__text_printf(out, "<div class=\"note\" id=\"note:%d\"><a href=\"#noteref:%d\">%d</a><div>\n", n, n,
                        n);
    else cn__text_add(out, "</div></div>\n");
}

static void callout(cn__text *out, const cn__extra *extra, bool enter)
{
    if (!enter) {
        cn__text_add(out, "</aside>\n");
        return;
    }
    cn__text_printf(out, "<aside class=\"callout callout-%s\">\n<p class=\"title\">", extra->name);
    cn__html_escape(out, extra->text);
    cn__text_add(out, "</p>\n");
}

/* True: what is inside the node is not to be written. */
static bool add_extra(cn__text *out, const cn__document *document, const cn__extra *extra, cmark_node *node,
                      bool enter)
{
    switch (extra->kind) {
    case CN_EXTRA_FORMULA: add_formula(out, extra, node); break;
    case CN_EXTRA_REFERENCE: add_reference(out, extra); break;
    case CN_EXTRA_PICTURE: add_picture(out, extra); return true;
    case CN_EXTRA_FIGURE:
        cn__text_printf(out, "<figure class=\"picture\" id=\"figure:%d\">\n", extra->number);
        add_picture(out, extra);
        cn__text_add(out, "\n");
        cn__html_caption(out, document->words->figure, extra->number, extra->text, "figcaption");
        cn__text_add(out, "</figure>\n");
        return true;
    case CN_EXTRA_CALLOUT: callout(out, extra, enter); break;
    case CN_EXTRA_NOTE: note(out, extra, node, enter); break;
    }
    return false;
}

static void task(cn__text *out, cmark_node *item, bool enter)
{
    if (!enter) cn__text_add(out, "</li>\n");
    else
        cn__text_printf(out, "<li class=\"task\"><input type=\"checkbox\" disabled%s> ",
                        cmark_gfm_extensions_get_tasklist_item_checked(item) ? " checked" : "");
}

static void extension_node(cn__text *out, cmark_node *node, bool enter)
{
    if (cn__node_is(node, "strikethrough")) cn__text_add(out, enter ? "<del>" : "</del>");
    else table_node(out, node, enter);
}

static void add_node(cn__text *out, cmark_node *node, bool enter)
{
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_DOCUMENT: break;
    case CMARK_NODE_BLOCK_QUOTE: cn__text_add(out, enter ? "<blockquote>\n" : "</blockquote>\n"); break;
    case CMARK_NODE_LIST: list(out, node, enter); break;
    case CMARK_NODE_ITEM:
        if (cn__node_is(node, "tasklist")) task(out, node, enter);
        else cn__text_add(out, enter ? "<li>" : "</li>\n");
        break;
    case CMARK_NODE_CODE_BLOCK: add_code(out, node, "<pre tabindex=\"0\"><code>", "</code></pre>\n"); break;
    case CMARK_NODE_PARAGRAPH:
        if (!is_tight(node)) cn__text_add(out, enter ? "<p>" : "</p>\n");
        else if (!enter && cmark_node_next(node)) cn__text_add(out, "\n");
        break;
    case CMARK_NODE_HEADING: heading(out, node, enter); break;
    case CMARK_NODE_THEMATIC_BREAK: cn__text_add(out, "<hr>\n"); break;
    case CMARK_NODE_TEXT: add_text(out, node); break;
    case CMARK_NODE_SOFTBREAK: cn__text_add(out, "\n"); break;
    case CMARK_NODE_LINEBREAK: cn__text_add(out, "<br>\n"); break;
    case CMARK_NODE_CODE: add_code(out, node, "<code>", "</code>"); break;
    case CMARK_NODE_EMPH: cn__text_add(out, enter ? "<em>" : "</em>"); break;
    case CMARK_NODE_STRONG: cn__text_add(out, enter ? "<strong>" : "</strong>"); break;
    case CMARK_NODE_LINK:
    case CMARK_NODE_IMAGE: /* the page asks nobody for anything: an image is a link to it */
        if (enter) open_link(out, node);
        else close_link(out, node);
        break;
    default: extension_node(out, node, enter); break;
    }
}

void cn__html_prose(cn__text *out, const cn__document *document, cmark_node *tree)
{
    for (cn__walk w = cn__walk_begin(tree); cn__walk_next(&w);) {
        const cn__extra *extra = cn__extra_of(w.node);
        const bool enter = w.event == CMARK_EVENT_ENTER;
        if (!extra) add_node(out, w.node, enter);
        else if (add_extra(out, document, extra, w.node, enter)) cn__walk_skip(&w);
    }
}
