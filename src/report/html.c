/* The report as one page. What it says is in the HTML; the scripts of page/ add what a pointer asks for. */
#include "data/files/json.h"
#include "figure/canvas/canvas.h"
#include "report/html.h"

extern const char cn__page_css[], cn__page_hover_js[], cn__page_figures_js[],
    cn__page_reading_js[]; /* of page/, embedded by the build */

enum { WIDE = 960, TEXT = 680, NARROW = 358 }; /* pixels */

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
    cn__html_caption(out, document->words->figure, part->number, part->caption, "figcaption");
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
    cn__html_caption(out, document->words->table, part->number, part->caption, "figcaption");
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
        cn__html_prose(out, document, part->tree);
        cn__text_add(out, "</div>\n");
        return CN_OK;
    }
    return CN_OK;
}

static cn_status add_part(cn__text *out, const cn__document *document, const cn__part *part)
{
    if (part->block->kind == CN_BLOCK_PROSE) {
        cn__text_add(out, "<div class=\"prose\">\n");
        cn__html_prose(out, document, part->tree);
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
        cn__html_url(out, heading->id);
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
