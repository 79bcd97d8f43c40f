/* The report as a notebook for the ordinary Python kernel, nbformat 4.5: the first code cell loads Cornu's extension, each
 * block is a cell that begins with %%cornu, so that Run All gives the same again. Outputs are embedded, figures in three forms, so that Jupyter shows the
 * liveliest that it knows. */
#include <string.h>

#include "base/files/file.h"
#include "figure/canvas/canvas.h"
#include "data/files/json.h"
#include "report/ipynb.h"

/* Pixels: of several panels, of one. Plotly's extension for JupyterLab shows a PNG pixel by pixel and cuts off what is wider than
 * the cell, so that every PNG is CELL wide, which a window of 1300 pixels has beside the list of files. */
enum { FIGURE = 900, SMALL = 640, CELL = 850 };

/* Text as notebooks have it: a list of lines that keep their newlines. */
static json_t *lines(const char *text)
{
    json_t *list = json_array();
    for (const char *next = text; next && *text; text = next) {
        size_t n = cn__line(text, &next);
        cn__json_append(list, json_stringn(text, n + (text[n] == '\n')));
    }
    return list;
}

/* The lines of a text that is done with; NULL when it failed. */
static json_t *lines_of(cn__text *text)
{
    json_t *list = text->failed ? NULL : lines(text->data ? text->data : "");
    cn__text_free(text);
    return list;
}

/* Without the newlines at the end, which an editor would show as lines. */
static json_t *source_lines(const char *text)
{
    cn__text source = {0};
    size_t n = strlen(text);
    while (n && text[n - 1] == '\n') n--;
    cn__text_add_bytes(&source, text, n);
    return lines_of(&source);
}

/* `own`, which may be NULL, becomes the part of the metadata that is ours: cornu lab reads it again. */
static json_t *markdown_cell(const char *id, json_t *source, json_t *own)
{
    json_t *metadata = own ? json_pack("{s:o}", "cornu", own) : json_object();
    return json_pack("{s:s, s:s, s:o, s:o}", "cell_type", "markdown", "id", id, "metadata", metadata,
                     "source", source);
}

static json_t *display(json_t *data)
{
    return json_pack("{s:s, s:o, s:{}}", "output_type", "display_data", "data", data, "metadata");
}

/* The size that a picture has as SVG: Jupyter would show a PNG of one panel, which is finer, larger. */
static json_t *picture_metadata(const char *alt, double width, bool has_size)
{
    json_t *metadata = json_object();
    if (alt && *alt) cn__json_set(metadata, "alt", json_string(alt));
    if (has_size) cn__json_set(metadata, "width", json_integer(width < CELL ? (json_int_t)width : CELL));
    return metadata;
}

/* Both pictures with what they show in words, for who cannot see them. */
static json_t *picture(json_t *data, const char *alt, double width)
{
    json_t *metadata = json_pack("{s:o, s:o}", "image/png", picture_metadata(alt, width, true),
                                 "image/svg+xml", picture_metadata(alt, width, false));
    return json_pack("{s:s, s:o, s:o}", "output_type", "display_data", "data", data, "metadata", metadata);
}

/* ---- outputs ---------------------------------------------------------------------------------------------- */

static json_t *log_output(const char *text)
{
    return json_pack("{s:s, s:s, s:o}", "output_type", "stream", "name", "stdout", "text", lines(text));
}

/* The first line is what happened. Jupyter prints a traceback's entries as lines. */
static json_t *error_output(const cn__document *document, const char *text)
{
    const char *next;
    size_t n = cn__line(text, &next);
    json_t *trace = json_array();
    for (const char *p = text; p; p = next) {
        size_t size = cn__line(p, &next);
        cn__json_append(trace, json_stringn(p, size));
    }
    return json_pack("{s:s, s:s, s:o, s:o}", "output_type", "error", "ename", document->words->error,
                     "evalue", json_stringn(text, n), "traceback", trace);
}

static json_t *text_output(const char *text)
{
    return display(json_pack("{s:o, s:o}", "text/markdown", lines(text), "text/plain", lines(text)));
}

static void add_caption(cn__text *out, const char *what, const cn__out_part *part)
{
    if (!part->number) return;
    cn__text_printf(out, "%s %d.", what, part->number);
    if (part->caption) cn__text_printf(out, " %s", part->caption);
}

static json_t *table_output(const cn__document *document, const cn__out_part *part)
{
    cn__text html = {0}, plain = {0}, caption = {0};
    cn__table_html(&part->output->table, &html);
    cn__table_text(&part->output->table, &plain);
    add_caption(&caption, document->words->table, part);
    if (caption.data) {
        cn__text_add(&html, "<p>");
        cn__html_escape(&html, caption.data);
        cn__text_add(&html, "</p>\n");
        cn__text_add(&plain, caption.data);
    }
    if (caption.failed) html.failed = true;
    cn__text_free(&caption);
    return display(json_pack("{s:o, s:o}", "text/html", lines_of(&html), "text/plain", lines_of(&plain)));
}

static cn_status figure_png(const cn__report_pictures *pictures, const cn__figure *figure, double width,
                            const cn__text *svg, cn__text *out)
{
    cn__text key = {0}; /* what is drawn, and how fine */
    cn__text_add_bytes(&key, svg->data, svg->size);
    cn__text_printf(&key, "<!-- %d pixels -->", CELL);
    const bool cached = pictures && !key.failed;
    cn_status status = CN_OK;
    if (!cached || !pictures->find(pictures->user, &key, out)) {
        status = cn__figure_png(figure, width, CELL / width, out);
        const bool good = status == CN_OK && !cn__figure_lacks_font();
        if (good && cached) pictures->keep(pictures->user, &key, out);
    }
    cn__text_free(&key);
    return status;
}

static double width_of(const cn__figure *figure) { return figure->panel_count > 1 ? FIGURE : SMALL; }

static cn_status figure_forms(const cn__report_pictures *pictures, const cn__figure *figure, json_t *data)
{
    const double width = width_of(figure);
    cn__text svg = {0}, png = {0}, base64 = {0};
    json_t *plotly = NULL;
    cn_status status = cn__figure_svg(figure, width, CN_SVG_FILE, &svg);
    if (status == CN_OK) status = figure_png(pictures, figure, width, &svg, &png);
    if (status == CN_OK) status = cn__figure_plotly(figure, &plotly);
    if (status == CN_OK) {
        cn__add_base64(&base64, png.data, png.size);
        cn__json_set(data, "application/vnd.plotly.v1+json", plotly);
        cn__json_set(data, "image/png", base64.failed ? NULL : json_string(base64.data));
        cn__json_set(data, "image/svg+xml", lines(svg.data));
    }
    cn__text_free(&svg);
    cn__text_free(&png);
    cn__text_free(&base64);
    return status;
}

static json_t *caption_output(const char *caption)
{
    cn__text marked = {0};
    cn__markdown_escape(&marked, caption);
    return display(json_pack("{s:o, s:o}", "text/markdown", lines_of(&marked), "text/plain", lines(caption)));
}

/* The caption follows as a text of its own: a figure's data has no place for it. */
static cn_status add_figure(const cn__document *document, const cn__out_part *part, json_t *outputs)
{
    cn__text caption = {0};
    json_t *data = json_object();
    add_caption(&caption, document->words->figure, part);
    cn_status status = caption.failed ? cn__fail_memory(caption.size, "a caption") : CN_OK;
    if (status == CN_OK) status = figure_forms(document->report.pictures, part->output->figure, data);
    cn__json_set(data, "text/plain", lines(caption.data ? caption.data : ""));
    const char *alt = part->output->figure->alt;
    if (!alt) alt = part->output->figure->title;
    cn__json_append(outputs, picture(data, alt ? alt : caption.data, width_of(part->output->figure)));
    if (status == CN_OK) cn__json_append(outputs, caption_output(caption.data));
    cn__text_free(&caption);
    return status;
}

static cn_status add_output(const cn__document *document, const cn__out_part *part, json_t *outputs)
{
    const char *text = part->output->text;
    json_t *made = NULL;
    switch (part->output->kind) {
    case CN_OUTPUT_FIGURE: return add_figure(document, part, outputs);
    case CN_OUTPUT_LOG: made = log_output(text); break;
    case CN_OUTPUT_ERROR: made = error_output(document, text); break;
    case CN_OUTPUT_TEXT: made = text_output(text); break;
    case CN_OUTPUT_TABLE: made = table_output(document, part); break;
    }
    return json_array_append_new(outputs, made) == 0 ? CN_OK : cn__fail_memory(0, "JSON");
}

/* ---- cells ------------------------------------------------------------------------------------------------ */

/* A cell of the Python kernel; it takes over `source`, `outputs` and `metadata`. */
static json_t *code_cell(const char *id, int count, json_t *source, json_t *outputs, json_t *metadata)
{
    return json_pack("{s:s, s:s, s:o, s:i, s:o, s:o}", "cell_type", "code", "id", id, "metadata", metadata,
                     "execution_count", count, "source", source, "outputs", outputs);
}

/* The value of a line "key: value" of the front matter, without blanks around it; false where there is none. */
static bool front_value(const char *front, const char *key, char *out, size_t size)
{
    for (const char *line = front, *next; line && *line; line = next) {
        size_t n = cn__line(line, &next), length = strlen(key);
        if (n <= length || strncmp(line, key, length) != 0 || line[length] != ':') continue;
        const char *value = line + length + 1, *end = line + n;
        while (value < end && *value == ' ') value++;
        while (end > value && strchr(" \r\n", end[-1])) end--;
        cn__format(out, size, "%.*s", (int)(end - value), value);
        return true;
    }
    return false;
}

/* The first cell: loads the extension that has %%cornu, and begins a lab with what the front matter says of how it runs. */
static cn_status add_setup(const cn__document *document, json_t *cells)
{
    static const char *const keys[] = {"language", "seed"};
    const char *python = document->report.python_setup;
    cn__text source = {0};
    if (python) cn__text_add_bytes(&source, python, strlen(python) - (cn__has_suffix(python, "\n") ? 1 : 0));
    else
        cn__text_printf(&source,
                        "try:\n    %%load_ext cornu\nexcept ModuleNotFoundError:\n"
                        "    raise ModuleNotFoundError(\"%s: %%pip install cornu\") from None\n%%cornu_lab",
                        document->words->needs);
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !python; i++) {
        char value[64];
        if (front_value(document->report.front, keys[i], value, sizeof value))
            cn__text_printf(&source, " %s=%s", keys[i], value);
    }
    json_t *metadata = json_object(); /* the helpers of Python code are long: a click shows them */
    if (document->report.python_setup)
        cn__json_set(metadata, "jupyter", json_pack("{s:b}", "source_hidden", 1));
    json_t *cell = code_cell("setup", 1, lines_of(&source), json_array(), metadata);
    return json_array_append_new(cells, cell) == 0 ? CN_OK : cn__fail_memory(0, "JSON");
}

/* A block as a cell's source: a %%cornu cell, or Python. */
static json_t *cell_lines(const cn__block *block)
{
    cn__text source = {0};
    if (block->python) return source_lines(block->python);
    size_t n = strlen(block->text);
    while (n && block->text[n - 1] == '\n') n--;
    cn__text_printf(&source, "%%%%cornu%s%s\n", block->expect_error ? " expect=error" : "",
                    block->hidden ? " hidden" : "");
    cn__text_add_bytes(&source, block->text, n);
    return lines_of(&source);
}

static cn_status add_code_cell(const cn__document *document, const cn__part *part, const char *id, int count,
                               json_t *cells)
{
    json_t *outputs = json_array(), *metadata = json_object();
    if (part->block->hidden) cn__json_set(metadata, "jupyter", json_pack("{s:b}", "source_hidden", 1));
    json_t *cell = code_cell(id, count, cell_lines(part->block), json_incref(outputs), metadata);
    cn_status status = json_array_append_new(cells, cell) == 0 ? CN_OK : cn__fail_memory(0, "JSON");
    for (size_t i = 0; status == CN_OK && i < part->block->output_count; i++)
        status = add_output(document, &part->outputs[i], outputs);
    json_decref(outputs);
    return status;
}

static void add_escaped(cn__text *out, const char *before, const char *text, const char *after)
{
    if (!text) return;
    cn__text_add(out, before);
    cn__markdown_escape(out, text);
    cn__text_add(out, after);
}

static cn_status add_title(const cn__document *document, json_t *cells)
{
    cn__text text = {0};
    add_escaped(&text, "# ", document->report.title, "\n");
    add_escaped(&text, "\n", document->report.subtitle, "\n");
    for (int i = 0; i < CN_BYLINES; i++) add_escaped(&text, "\n", document->bylines[i], "\n");
    if (document->report.summary) {
        cn__text_add(&text, "\n");
        cn__table_markdown(document->report.summary, &text);
    }
    json_t *cell = markdown_cell("title", lines_of(&text), json_pack("{s:b}", "generated", 1));
    return json_array_append_new(cells, cell) == 0 ? CN_OK : cn__fail_memory(0, "JSON");
}

/* Prose; where values were put into it, its source goes into the metadata. */
static json_t *prose_cell(const cn__document *document, cn__notebook_count *count, const char *id,
                          const cn__block *block)
{
    cn__text text = {0};
    json_t *attachments = json_object();
    cn__notebook_prose(document, count, block->text, &text, attachments);
    const bool changed = !text.failed && strcmp(text.data, block->text) != 0;
    const char *source = block->source ? block->source : changed ? block->text : NULL;
    json_t *own = source ? json_pack("{s:s}", "source", source) : NULL;
    json_t *cell = text.failed ? NULL : markdown_cell(id, source_lines(text.data), own);
    if (json_object_size(attachments)) cn__json_set(cell, "attachments", attachments);
    else json_decref(attachments);
    cn__text_free(&text);
    return cell;
}

static cn_status add_cells(const cn__document *document, json_t *cells)
{
    int count = 1;
    cn__notebook_count prose = {0};
    CN_TRY(add_title(document, cells));
    CN_TRY(add_setup(document, cells));
    for (size_t i = 0; i < document->report.block_count; i++) {
        const cn__part *part = &document->parts[i];
        char id[32];
        cn__format(id, sizeof id, "block-%zu", i + 1);
        if (part->block->kind == CN_BLOCK_CELL) CN_TRY(add_code_cell(document, part, id, ++count, cells));
        else if (json_array_append_new(cells, prose_cell(document, &prose, id, part->block)) != 0)
            return cn__fail_memory(0, "JSON");
    }
    return CN_OK;
}

static cn_status write_notebook(const cn__document *document, cn__text *out)
{
    cn__json_begin();
    json_t *cells = json_array();
    cn_status status = add_cells(document, cells);
    json_t *own = json_object();
    if (document->report.front) cn__json_set(own, "front", json_string(document->report.front));
    json_t *notebook = json_pack("{s:O, s:{s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}, s:s, s:o}, s:i, s:i}",
                                 "cells", cells, "metadata", "kernelspec", "display_name", "Python 3",
                                 "language", "python", "name", "python3", "language_info", "name", "python",
                                 "file_extension", ".py", "mimetype", "text/x-python", "title",
                                 document->report.title, "cornu", own, "nbformat", 4, "nbformat_minor", 5);
    json_decref(cells);
    char *text = NULL;
    if (status == CN_OK)
        status = cn__json_finish(notebook, JSON_INDENT(1) | JSON_SORT_KEYS | JSON_REAL_PRECISION(15), &text);
    json_decref(notebook);
    if (status == CN_OK) {
        cn__text_add(out, text);
        cn__text_add(out, "\n");
        if (out->failed) status = cn__fail_memory(out->size, "a notebook");
    }
    cn__free(text);
    return status;
}

cn_status cn__report_ipynb(const cn__report *report, cn__text *out)
{
    cn__document document;
    cn_status status = cn__document_begin(&document, report);
    if (status == CN_OK) status = write_notebook(&document, out);
    cn__document_end(&document);
    return status;
}
