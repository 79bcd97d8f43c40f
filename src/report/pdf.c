/* The report as a PDF: title, summary and contents, then the blocks in their order. */
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "report/flow/flow.h"

/* Of a figure: the width of one that has a single panel, the height that leaves room for a heading and a caption. */
static const double single_width = 420, most_height = CN_TEXT_HEIGHT - 110;

/* A first page with less than this has the report begin under its contents. */
static const double front_alone = 0.75 * CN_TEXT_HEIGHT;

/* For a page's end between a cell's source and what came out, see paginate.c. */
static const double source_alone = 3;

static void need_space(cn__flow *flow, double space)
{
    if (flow->before < space) flow->before = space;
}

/* ---- blocks ------------------------------------------------------------------------------------------------ */

static cn_status add_figure(cn__flow *flow, const cn__figure *figure, const cn__out_part *part)
{
    double width = figure->panel_count > 1 ? flow->width : fmin(flow->width, single_width);
    double height, least, most;
    CN_TRY(cn__figure_page_range(figure, width, &height, &least, &most));
    cn__flow_box *box = cn__flow_add(flow, CN_BOX_FIGURE);
    box->figure = figure;
    box->anchor = cn__flow_anchor(flow, false, part->number);
    box->alt = figure->alt ? figure->alt : part->caption ? part->caption : figure->title;
    box->width = width;
    box->height = fmin(height, most_height);
    box->least = fmin(least, box->height);
    box->most = fmin(most, most_height);
    return CN_OK;
}

static cn_status add_output(cn__flow *flow, const cn__out_part *part, cn__log_type logs)
{
    const cn__report_output *output = part->output;
    const cn__report_words *words = flow->document->words;
    const size_t first = flow->count;
    switch (output->kind) {
    case CN_OUTPUT_LOG: {
        cn__log_type type = cn__log_type_of(flow, output->text, logs);
        cn__flow_lines(flow, output->text, CN_GROUND_LOG, type.size, type.squeeze);
        break;
    }
    case CN_OUTPUT_ERROR: cn__flow_lines(flow, output->text, CN_GROUND_ERROR, CN_CODE_SIZE, 1); break;
    case CN_OUTPUT_TEXT: cn__flow_tree(flow, part->tree); break;
    case CN_OUTPUT_TABLE:
        cn__flow_table(flow, &output->table);
        if (first < flow->count) flow->boxes[first].anchor = cn__flow_anchor(flow, true, part->number);
        cn__flow_caption(flow, words->table, part->number, part->caption);
        break;
    case CN_OUTPUT_FIGURE:
        CN_TRY(add_figure(flow, output->figure, part));
        cn__flow_caption(flow, words->figure, part->number, part->caption);
        break;
    }
    return CN_OK;
}

static cn_status add_part(cn__flow *flow, const cn__part *part, cn__log_type logs)
{
    need_space(flow, 9);
    if (part->block->kind == CN_BLOCK_PROSE) {
        cn__flow_tree(flow, part->tree);
        return CN_OK;
    }
    if (!part->block->hidden) cn__flow_lines(flow, part->block->text, CN_GROUND_CODE, CN_CODE_SIZE, 1);
    for (size_t i = 0; i < part->block->output_count; i++) {
        need_space(flow, part->outputs[i].output->kind == CN_OUTPUT_FIGURE ? 12 : 8);
        if (i == 0 && !part->block->hidden && flow->count)
            flow->boxes[flow->count - 1].penalty = source_alone;
        CN_TRY(add_output(flow, &part->outputs[i], logs));
    }
    need_space(flow, 12);
    return CN_OK;
}

/* ---- first page -------------------------------------------------------------------------------------------- */

static void add_title(cn__flow *flow, const char *text, const cn__type *type, double space)
{
    if (!text) return;
    need_space(flow, space);
    cn__flow_paragraph(flow, cn__paragraph_plain(flow, text, type, flow->width));
}

static void add_first_page(cn__flow *flow)
{
    const cn__report *report = &flow->document->report;
    add_title(flow, report->title, &(cn__type){.size = 23, .leading = 1.25, .bold = true}, 0);
    add_title(flow, report->subtitle, &(cn__type){.size = 13, .leading = 1.35, .tone = CN_TONE_MUTED}, 4);
    for (int i = 0; i < CN_BYLINES; i++)
        add_title(flow, flow->document->bylines[i], &(cn__type){.size = CN_TEXT_SIZE, .leading = 1.35},
                  i ? 2 : 8);
    if (report->summary) {
        need_space(flow, 20);
        cn__flow_table(flow, report->summary);
    }
    cn__flow_contents(flow);
}

/* A heading with little text under it would stand forlorn at the end of a page: it stays with the cell that follows.
 * `first` is the first of the prose's boxes. */
static void keep_with_cell(cn__flow *flow, size_t first)
{
    enum { LITTLE = 4 };
    size_t i = flow->count;
    if (flow->failed || first == flow->count) return;
    while (i > first && !flow->boxes[i - 1].heading) i--;
    if (i == first || flow->count - i > LITTLE) return;
    for (; i < flow->count; i++) flow->boxes[i].keep = true;
}

static cn_status fill(cn__flow *flow)
{
    add_first_page(flow);
    need_space(flow, 26);
    size_t first = flow->count;
    double front = cn__flow_height(flow);
    cn__log_type logs = cn__log_type_common(flow);
    const cn__block *blocks = flow->document->report.blocks;
    for (size_t i = 0; i < flow->document->report.block_count; i++) {
        size_t own = flow->count;
        CN_TRY(add_part(flow, &flow->document->parts[i], logs));
        bool before_cell = i + 1 < flow->document->report.block_count && blocks[i + 1].kind == CN_BLOCK_CELL;
        if (blocks[i].kind == CN_BLOCK_PROSE && before_cell) keep_with_cell(flow, own);
    }
    if (flow->failed) return cn__fail_memory(flow->arena.used, "a report's pages");
    if (first < flow->count) flow->boxes[first].new_page = front > front_alone && front <= CN_TEXT_HEIGHT;
    return CN_OK;
}

/* ---- file -------------------------------------------------------------------------------------------------- */

/* Cairo 1.16 crashes when a stream fails in the middle, so failures are not reported to it. */
static cairo_status_t append(void *closure, const unsigned char *bytes, unsigned size)
{
    cn__text *out = closure;
    cn__text_add_bytes(out, bytes, size);
    return CAIRO_STATUS_SUCCESS;
}

enum { DATE_SIZE = 40 };

/* "2024-11-30" or a longer text that begins so; cairo takes what is of this form. */
static bool is_date(const char *text)
{
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]) return false;
    const int month = (text[5] - '0') * 10 + text[6] - '0', day = (text[8] - '0') * 10 + text[9] - '0';
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* The document's date, or that of SOURCE_DATE_EPOCH; "": none. */
static void date_of(const cn__report *report, char out[DATE_SIZE])
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    char *end;
    const long long seconds = epoch ? strtoll(epoch, &end, 10) : 0;
    const time_t time = (time_t)seconds;
    struct tm utc;
    *out = '\0';
    if (report->date && is_date(report->date)) cn__format(out, DATE_SIZE, "%.10sT00:00:00Z", report->date);
    else if (epoch && *epoch && !*end && seconds > 0 && seconds < 253402300800 && gmtime_r(&time, &utc))
        strftime(out, DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static void describe(cairo_surface_t *surface, const cn__report *report)
{
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, report->title);
    if (report->author) cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, report->author);
    if (report->subtitle)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, report->subtitle);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Cornu");
    char date[DATE_SIZE];
    date_of(report, date); /* a date of now, which cairo would write, makes every run's bytes differ */
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, *date ? date : NULL);
    if (*date) cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, date);
}

static cn_status draw(const cn__flow *flow, const cn__pages *pages, cn__text *out)
{
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(append, out, CN_PAGE_WIDTH, CN_PAGE_HEIGHT);
    cairo_t *cr = cairo_create(surface);
    cairo_pdf_surface_restrict_to_version(surface,
                                          CAIRO_PDF_VERSION_1_4); /* the form that pdf_catalog.c reads */
    describe(surface, &flow->document->report);
    cn_status status = cn__pages_draw(flow, pages, surface, cr);
    cairo_status_t drawn = cairo_status(cr);
    cairo_destroy(cr);
    cairo_surface_finish(surface);
    if (drawn == CAIRO_STATUS_SUCCESS) drawn = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (status != CN_OK) return status;
    if (drawn == CAIRO_STATUS_NO_MEMORY || out->failed) return cn__fail_memory(out->size, "a PDF");
    if (drawn != CAIRO_STATUS_SUCCESS)
        return cn__fail(CN_ERROR_STATE, "a PDF: %s", cairo_status_to_string(drawn));
    return CN_OK;
}

cn_status cn__report_pdf(const cn__report *report, cn__text *out)
{
    cn__document document;
    cn__flow flow = {0};
    cn__pages pages = {0};
    CN_TRY(cn__cairo_load());
    cn_status status = cn__document_begin(&document, report);
    if (status == CN_OK) {
        cn__flow_begin(&flow, &document);
        status = fill(&flow);
        if (status == CN_OK) status = cn__paginate(&flow, &pages);
        if (status == CN_OK) status = draw(&flow, &pages, out);
        if (status == CN_OK) status = cn__pdf_complete(&flow, &pages, out);
        cn__flow_end(&flow);
    }
    cn__free(pages.places);
    cn__document_end(&document);
    return status;
}
