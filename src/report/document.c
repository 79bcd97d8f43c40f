/* A report made ready to be written: checked, copied clean, parsed and numbered. */
#include "report/document.h"

#include <string.h>

#include "figure/canvas/canvas.h"

static const cn__report_words words[] = {
    [CN_REPORT_ENGLISH] = {"en",
                           "Contents",
                           "Figure",
                           "Table",
                           "Light or dark",
                           "Error",
                           "Search",
                           "Copy",
                           "Copied",
                           "Save the figure",
                           "Reset zoom",
                           {"Note", "Tip", "Important", "Warning", "Caution", "Question"},
                           "This lab runs with Cornu"},
    [CN_REPORT_SPANISH] = {"es",
                           "Contenido",
                           "Figura",
                           "Tabla",
                           "Claro u oscuro",
                           "Error",
                           "Buscar",
                           "Copiar",
                           "Copiado",
                           "Guardar la figura",
                           "Quitar el zoom",
                           {"Nota", "Consejo", "Importante", "Aviso", "Precaución", "Pregunta"},
                           "Este laboratorio necesita Cornu"},
};

/* ---- clean text ------------------------------------------------------------------------------------------- */

size_t cn__line(const char *text, const char **next)
{
    const char *end = strchr(text, '\n');
    *next = end && end[1] ? end + 1 : NULL;
    return end ? (size_t)(end - text) : strlen(text);
}

/* U+2500 to U+257F: E2 94 … or E2 95 … in UTF-8. */
bool cn__has_boxes(const char *text) { return strstr(text, "\xE2\x94") || strstr(text, "\xE2\x95"); }

/* Runs without newline and tab go through the cleaner; a run is copied, for it wants a string that ends. */
void cn__add_clean_lines(cn__text *out, const char *text)
{
    cn__text run = {0};
    while (*text) {
        size_t n = strcspn(text, "\n\t");
        size_t kept = n && text[n] == '\n' && text[n - 1] == '\r' ? n - 1 : n;
        run.size = 0;
        cn__text_add_bytes(&run, text, kept);
        if (run.failed) break;
        cn__add_clean(out, run.data);
        text += n;
        if (*text) cn__text_add_bytes(out, text++, 1);
    }
    if (run.failed) out->failed = true;
    cn__text_free(&run);
}

/* A clean copy in `to`; NULL stays NULL. */
static cn_status clean(cn__document *document, const char *text, const char **to)
{
    cn__text copy = {0};
    *to = NULL;
    if (!text) return CN_OK;
    cn__text_add(&copy, "");
    cn__add_clean_lines(&copy, text);
    if (!copy.failed) *to = cn__arena_strdup(&document->arena, copy.data);
    cn__text_free(&copy);
    return *to ? CN_OK : cn__fail_memory(strlen(text), "a report's text");
}

/* "a · b", or the one that is there. */
static cn_status join(cn__document *document, const char *a, const char *b, const char **to)
{
    const bool both = a && *a && b && *b;
    *to = both ? cn__arena_format(&document->arena, "%s · %s", a, b) : a && *a ? a : b;
    return both && !*to ? CN_ERROR_MEMORY : CN_OK;
}

/* ---- the copy --------------------------------------------------------------------------------------------- */

static cn_status copy_table(cn__document *document, const cn__report_table *from, cn__report_table *to)
{
    *to = *from;
    if (!from->cells || from->columns == 0 || from->rows == 0)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "a table of a report has %zu columns and %zu rows; it needs one of each",
                        from->columns, from->rows);
    size_t n = from->columns * from->rows;
    const char **cells = cn__arena_array(&document->arena, n, sizeof *cells);
    if (!cells) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) CN_TRY(clean(document, from->cells[i] ? from->cells[i] : "", &cells[i]));
    to->cells = cells;
    return CN_OK;
}

static cn_status copy_output(cn__document *document, const cn__report_output *from, cn__report_output *to,
                             cn__out_part *part)
{
    static const char *const kinds[] = {"log", "error", "text", "table", "figure"};
    *to = *from;
    CN_TRY(clean(document, from->text, &to->text));
    CN_TRY(clean(document, from->id, &to->id));
    bool drawn = from->kind == CN_OUTPUT_FIGURE;
    if ((unsigned)from->kind > CN_OUTPUT_FIGURE)
        return cn__fail(CN_ERROR_ARGUMENT, "an output of a report is of kind %d; there are 0 to %d",
                        (int)from->kind, CN_OUTPUT_FIGURE);
    if (drawn ? !from->figure : from->kind != CN_OUTPUT_TABLE && !from->text)
        return cn__fail(CN_ERROR_ARGUMENT, "an output of a report is a %s, but has none", kinds[from->kind]);
    const char *caption = from->caption;
    if (!caption && drawn) caption = from->figure->caption;
    CN_TRY(clean(document, caption, &to->caption));
    if (to->caption && !*to->caption) to->caption = NULL;
    part->output = to;
    part->caption = to->caption;
    return from->kind == CN_OUTPUT_TABLE ? copy_table(document, &from->table, &to->table) : CN_OK;
}

static cn_status copy_block(cn__document *document, const cn__block *from, cn__block *to, cn__part *part)
{
    *to = *from;
    CN_TRY(clean(document, from->text ? from->text : "", &to->text));
    CN_TRY(clean(document, from->source, &to->source));
    CN_TRY(clean(document, from->python, &to->python));
    cn__report_output *outputs = cn__arena_array(&document->arena, from->output_count + 1, sizeof *outputs);
    part->outputs = cn__arena_array(&document->arena, from->output_count + 1, sizeof *part->outputs);
    if (!outputs || !part->outputs) return CN_ERROR_MEMORY;
    part->block = to;
    to->outputs = outputs;
    for (size_t i = 0; i < from->output_count; i++)
        CN_TRY(copy_output(document, &from->outputs[i], &outputs[i], &part->outputs[i]));
    return CN_OK;
}

static cn_status copy_report(cn__document *document, const cn__report *from)
{
    cn__report *to = &document->report;
    CN_TRY(clean(document, from->title, &to->title));
    CN_TRY(clean(document, from->subtitle, &to->subtitle));
    CN_TRY(clean(document, from->author, &to->author));
    CN_TRY(clean(document, from->group, &to->group));
    CN_TRY(clean(document, from->course, &to->course));
    CN_TRY(clean(document, from->date, &to->date));
    CN_TRY(join(document, to->author, to->group, &document->bylines[0]));
    CN_TRY(join(document, to->course, to->date, &document->bylines[1]));
    CN_TRY(clean(document, from->front, &to->front));
    CN_TRY(clean(document, from->python_setup, &to->python_setup));
    if (from->summary) {
        cn__report_table *summary = cn__arena_alloc(&document->arena, sizeof *summary);
        if (!summary) return CN_ERROR_MEMORY;
        CN_TRY(copy_table(document, from->summary, summary));
        to->summary = summary;
    }
    cn__block *blocks = cn__arena_array(&document->arena, from->block_count + 1, sizeof *blocks);
    document->parts = cn__arena_array(&document->arena, from->block_count + 1, sizeof *document->parts);
    if (!blocks || !document->parts) return CN_ERROR_MEMORY;
    to->blocks = blocks;
    to->language = from->language;
    to->pictures = from->pictures;
    to->images = from->images;
    to->image_count = from->image_count;
    for (size_t i = 0; i < from->block_count; i++) {
        to->block_count = i + 1; /* so far, for cn__document_end */
        document->parts[i] = (cn__part){0};
        CN_TRY(copy_block(document, &from->blocks[i], &blocks[i], &document->parts[i]));
    }
    return CN_OK;
}

/* ---- trees and numbers ------------------------------------------------------------------------------------ */

static cn_status prepare_part(cn__document *document, cn__part *part)
{
    if (part->block->kind == CN_BLOCK_PROSE) {
        CN_TRY(cn__markdown_read(document, part->block->text, &part->tree));
        return cn__headings_collect(document, part->tree);
    }
    for (size_t i = 0; i < part->block->output_count; i++) {
        cn__out_part *out = &part->outputs[i];
        if (out->output->kind == CN_OUTPUT_TEXT)
            CN_TRY(cn__markdown_read(document, out->output->text, &out->tree));
        if (out->output->kind == CN_OUTPUT_FIGURE) out->number = ++document->figure_count;
        if (out->output->kind == CN_OUTPUT_TABLE && out->caption) out->number = ++document->table_count;
    }
    return CN_OK;
}

/* A document may begin with "##": the largest heading that it has is of depth 1. */
static void set_depths(cn__document *document)
{
    int least = 6;
    for (size_t i = 0; i < document->heading_count; i++)
        if (document->headings[i]->depth < least) least = document->headings[i]->depth;
    for (size_t i = 0; i < document->heading_count; i++) document->headings[i]->depth -= least - 1;
}

cn_status cn__document_begin(cn__document *document, const cn__report *report)
{
    *document = (cn__document){0};
    if (!report->title) return cn__fail(CN_ERROR_ARGUMENT, "a report needs a title");
    if ((unsigned)report->language >= sizeof words / sizeof *words)
        return cn__fail(CN_ERROR_ARGUMENT, "a report's language is %d; known are 0 (English) and 1 (Spanish)",
                        (int)report->language);
    document->words = &words[report->language];
    CN_TRY(copy_report(document, report));
    CN_TRY(cn__notes_collect(document));
    for (size_t i = 0; i < document->report.block_count; i++)
        CN_TRY(prepare_part(document, &document->parts[i]));
    set_depths(document);
    return cn__references_resolve(document);
}

void cn__document_end(cn__document *document)
{
    for (size_t i = 0; i < document->report.block_count; i++) {
        cn__part *part = &document->parts[i];
        if (part->tree) cmark_node_free(part->tree);
        for (size_t k = 0; part->outputs && part->block && k < part->block->output_count; k++)
            if (part->outputs[k].tree) cmark_node_free(part->outputs[k].tree);
    }
    cn__free(document->headings);
    cn__heading_ids_free(&document->ids);
    cn__arena_free(&document->arena);
    *document = (cn__document){0};
}
