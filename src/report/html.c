/* The report as one page. What it says is in the HTML; the scripts of page/ add what a pointer asks for. */
#include <string.h>

#include "data/files/json.h"
#include "figure/canvas/canvas.h"
#include "report/document.h"
#include "report/markdown/markdown.h"

extern const char cn__page_css[], cn__page_hover_js[], cn__page_figures_js[],
    cn__page_reading_js[]; /* of page/, embedded by the build */

enum { WIDE = 960, TEXT = 680, NARROW = 358 }; /* pixels */

/* ---- Markdown --------------------------------------------------------------------------------------------- */

static void add_url(cn__text *out, const char *url)
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
    add_url(out, url);
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

static void add_caption(cn__text *out, const char *what, int number, const char *caption, const char *tag)
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
        add_caption(out, document->words->figure, extra->number, extra->text, "figcaption");
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

static void add_tree(cn__text *out, const cn__document *document, cmark_node *tree)
{
    cmark_iter *iter = cmark_iter_new(tree);
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(iter);
        const cn__extra *extra = cn__extra_of(node);
        const bool enter = event == CMARK_EVENT_ENTER;
        if (!extra) add_node(out, node, enter);
        else if (add_extra(out, document, extra, node, enter)) cmark_iter_reset(iter, node, CMARK_EVENT_EXIT);
    }
    cmark_iter_free(iter);
}

/* ---- outputs ---------------------------------------------------------------------------------------------- */

/* Data in a script element: no "<" that could end it. */
static cn_status add_hover(cn__text *out, const cn__figure *figure, double width)
{
    json_t *data;
    char *text;
    CN_TRY(cn__figure_hover(figure, width, &data));
    cn__json_begin();
    cn_status status = cn__json_finish(data, JSON_COMPACT | JSON_REAL_PRECISION(9), &text);
    json_decref(data);
    if (status != CN_OK) return status;
    cn__text_add(out, "<script type=\"application/json\">");
    cn__script_escape(out, text);
    cn__text_add(out, "</script>\n");
    cn__free(text);
    return CN_OK;
}

static cn_status add_drawing(cn__text *out, const cn__figure *figure, double width, const char *name)
{
    cn__text_printf(out, "<div class=\"%s\">", name);
    CN_TRY(cn__figure_svg(figure, width, CN_SVG_INLINE, out));
    CN_TRY(add_hover(out, figure, width));
    cn__text_add(out, "</div>\n");
    return CN_OK;
}

/* One panel is as wide as the text, several use the whole page; a narrow screen has a drawing of its own. */
static cn_status add_figure(cn__text *out, const cn__document *document, const cn__out_part *part)
{
    const cn__figure *figure = part->output->figure;
    cn__text_printf(out, "<figure class=\"drawn\" id=\"figure:%d\"", part->number);
    if (part->output->id) {
        cn__text_add(out, " data-name=\"");
        cn__html_escape(out, part->output->id);
        cn__text_add(out, "\"");
    }
    cn__text_add(out, ">\n");
    CN_TRY(add_drawing(out, figure, figure->panel_count > 1 ? WIDE : TEXT, "wide"));
    CN_TRY(add_drawing(out, figure, NARROW, "narrow"));
    add_caption(out, document->words->figure, part->number, part->caption, "figcaption");
    cn__text_add(out, "</figure>\n");
    return CN_OK;
}

static void add_table(cn__text *out, const cn__document *document, const cn__out_part *part)
{
    if (part->number) cn__text_printf(out, "<figure id=\"table:%d\">\n", part->number);
    cn__text_add(out, "<div class=\"scroll\" tabindex=\"0\">");
    cn__table_html(&part->output->table, out);
    cn__text_add(out, "</div>\n");
    if (!part->number) return;
    add_caption(out, document->words->table, part->number, part->caption, "figcaption");
    cn__text_add(out, "</figure>\n");
}

static void add_pre(cn__text *out, const char *name, const char *text)
{
    cn__text_printf(out, "<pre class=\"%s\" tabindex=\"0\">", name);
    if (*text == '\n') cn__text_add(out, "\n"); /* the first newline in a <pre> is not shown */
    cn__html_escape(out, text);
    cn__text_add(out, "</pre>\n");
}

static cn_status add_output(cn__text *out, const cn__document *document, const cn__out_part *part)
{
    switch (part->output->kind) {
    case CN_OUTPUT_LOG:
        add_pre(out, cn__has_boxes(part->output->text) ? "log boxes" : "log", part->output->text);
        return CN_OK;
    case CN_OUTPUT_ERROR: add_pre(out, "error", part->output->text); return CN_OK;
    case CN_OUTPUT_TABLE: add_table(out, document, part); return CN_OK;
    case CN_OUTPUT_FIGURE: return add_figure(out, document, part);
    case CN_OUTPUT_TEXT:
        cn__text_add(out, "<div class=\"text\">\n");
        add_tree(out, document, part->tree);
        cn__text_add(out, "</div>\n");
        return CN_OK;
    }
    return CN_OK;
}

static cn_status add_part(cn__text *out, const cn__document *document, const cn__part *part)
{
    if (part->block->kind == CN_BLOCK_PROSE) {
        cn__text_add(out, "<div class=\"prose\">\n");
        add_tree(out, document, part->tree);
        cn__text_add(out, "</div>\n");
        return CN_OK;
    }
    cn__text_add(out, "<div class=\"cell\">\n");
    if (!part->block->hidden) add_pre(out, "source", part->block->text);
    for (size_t i = 0; i < part->block->output_count; i++)
        CN_TRY(add_output(out, document, &part->outputs[i]));
    cn__text_add(out, "</div>\n");
    return CN_OK;
}

/* ---- page ------------------------------------------------------------------------------------------------- */

static bool has_figures(const cn__document *document)
{
    for (size_t i = 0; i < document->report.block_count; i++)
        for (size_t k = 0; k < document->report.blocks[i].output_count; k++)
            if (document->report.blocks[i].outputs[k].kind == CN_OUTPUT_FIGURE) return true;
    return false;
}

/* What the page's scripts write on buttons. */
static void add_words(cn__text *out, const cn__report_words *w)
{
    cn__text_printf(
        out,
        " data-words='{\"search\":\"%s\",\"copy\":\"%s\",\"copied\":\"%s\",\"menu\":\"%s\",\"reset\":\"%s\"}'",
        w->search, w->copy, w->copied, w->menu, w->reset);
}

static void add_head(cn__text *out, const cn__document *document)
{
    cn__text_printf(out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
                    document->words->code);
    cn__text_add(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    cn__html_escape(out, document->report.title);
    cn__text_add(out, "</title>\n<style>\n");
    cn__text_add(out, cn__page_css);
    if (has_figures(document)) cn__figure_style(out);
    cn__text_add(out, "</style>\n</head>\n<body");
    add_words(out, document->words);
    cn__text_add(out, ">\n<button id=\"theme\" type=\"button\" hidden aria-label=\"");
    cn__html_escape(out, document->words->theme);
    cn__text_add(out, "\" title=\"");
    cn__html_escape(out, document->words->theme);
    cn__text_add(
        out, "\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\"><path d=\"M8 0a8 8 0 1 0 0 16A8 8 0 0 0 8 0z"
             "M8 2a6 6 0 0 1 0 12z\"/></svg></button>\n<div class=\"page\">\n");
}

static void add_line(cn__text *out, const char *open, const char *text, const char *close)
{
    if (!text) return;
    cn__text_add(out, open);
    cn__html_escape(out, text);
    cn__text_add(out, close);
}

static void add_header(cn__text *out, const cn__document *document)
{
    cn__text_add(out, "<header>\n");
    add_line(out, "<h1>", document->report.title, "</h1>\n");
    add_line(out, "<p class=\"subtitle\">", document->report.subtitle, "</p>\n");
    for (int i = 0; i < CN_BYLINES; i++)
        add_line(out, "<p class=\"author\">", document->bylines[i], "</p>\n");
    if (document->report.summary) {
        cn__text_add(out, "<div class=\"scroll summary\">");
        cn__table_html(document->report.summary, out);
        cn__text_add(out, "</div>\n");
    }
    cn__text_add(out, "</header>\n");
}

/* Two levels; a heading of depth 2 that comes before any of depth 1 stands with those. */
static void add_contents(cn__text *out, const cn__document *document)
{
    int open = 0; /* lists that are open */
    if (!document->heading_count) return;
    cn__text_add(out, "<nav class=\"contents\">\n<h2>");
    cn__html_escape(out, document->words->contents);
    cn__text_add(out, "</h2>\n<ol>\n");
    for (size_t i = 0; i < document->heading_count; i++) {
        const cn__heading *heading = document->headings[i];
        if (heading->depth > 2) continue;
        int level = open == 0 ? 1 : heading->depth;
        if (open == 2 && level == 1) cn__text_add(out, "</li>\n</ol>\n</li>\n");
        else if (open == 1 && level == 2) cn__text_add(out, "\n<ol>\n");
        else if (open) cn__text_add(out, "</li>\n");
        open = level;
        cn__text_add(out, "<li><a href=\"#");
        add_url(out, heading->id);
        cn__text_add(out, "\">");
        cn__html_escape(out, heading->text);
        cn__text_add(out, "</a>");
    }
    cn__text_add(out, open == 2 ? "</li>\n</ol>\n</li>\n</ol>\n</nav>\n" : "</li>\n</ol>\n</nav>\n");
}

static cn_status add_page(cn__text *out, const cn__document *document)
{
    add_head(out, document);
    add_header(out, document);
    add_contents(out, document);
    cn__text_add(out, "<main>\n");
    for (size_t i = 0; i < document->report.block_count; i++)
        CN_TRY(add_part(out, document, &document->parts[i]));
    cn__text_add(out, "</main>\n</div>\n<script>\n");
    cn__text_add(out, cn__page_hover_js);
    cn__text_add(out, cn__page_figures_js);
    cn__text_add(out, cn__page_reading_js);
    cn__text_add(out, "</script>\n</body>\n</html>\n");
    return out->failed ? cn__fail_memory(out->size, "a page") : CN_OK;
}

cn_status cn__report_html(const cn__report *report, cn__text *out)
{
    cn__document document;
    cn_status status = cn__document_begin(&document, report);
    if (status == CN_OK) status = add_page(out, &document);
    cn__document_end(&document);
    return status;
}
