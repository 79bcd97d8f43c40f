/* Report, results and figures of a lab into its folder. What has not changed is not written again. */
#include "lab/writer.h"

#include <string.h>

#include "base/text/text.h"
#include "lab/show/first_page.h"
#include "lab/show/citations.h"
#include "lab/show/figures/images.h"
#include "lab/show/prose.h"
#include "lab/results.h"
#include "lab/python/python_code.h"
#include "lab/write_reports.h"

/* ---- parts ---------------------------------------------------------------------------------------------------------- */

static cn_status expand_prose(cn__lab_writer *w)
{
    for (size_t i = 0; i < w->count; i++) {
        const cn__part_of_lab *part = &w->program->document.parts[i];
        if (part->code) continue;
        cn__text text = {0};
        cn__expand(w->program, i, part->text, part->line, NULL, &text);
        if (i + 1 == w->count) cn__citations_list(w->program, &text);
        w->blocks[i].text = text.failed ? NULL : cn__arena_strdup(w->arena, text.data ? text.data : "");
        cn__text_free(&text);
        if (!w->blocks[i].text) return CN_ERROR_MEMORY;
        if (strcmp(w->blocks[i].text, part->text) != 0) w->blocks[i].source = part->text;
    }
    return CN_OK;
}

/* The blocks as Python code, for the notebook. */
static cn_status write_python(cn__lab_writer *w)
{
    for (size_t i = 0; i < w->count; i++) {
        if (!w->program->document.parts[i].code) continue;
        cn__text text = {0};
        cn__python_code(&w->program->parts[i], &text);
        w->blocks[i].python = text.failed ? NULL : cn__arena_strdup(w->arena, text.data ? text.data : "");
        cn__text_free(&text);
        if (!w->blocks[i].python) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

static cn_status write_results(cn__lab_writer *w, char hash[65])
{
    size_t count = 0, n = 0;
    for (size_t i = 0; i < w->count; i++)
        for (size_t k = 0; k < w->blocks[i].output_count; k++)
            count += w->blocks[i].outputs[k].kind == CN_OUTPUT_TABLE;
    cn__result_table *tables = cn__arena_array(w->arena, count + 1, sizeof *tables);
    if (!tables) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < w->count; i++)
        for (size_t k = 0; k < w->blocks[i].output_count; k++) {
            const cn__report_output *o = &w->blocks[i].outputs[k];
            if (o->kind == CN_OUTPUT_TABLE)
                tables[n++] = (cn__result_table){w->program->document.parts[i].text, o->caption,
                                                 w->program->document.parts[i].line, &o->table};
        }
    cn__text json = {0}, csv = {0};
    const unsigned long failures = cn__memory_failures();
    cn_status status = cn__results_texts(w->program, tables, count, &json, &csv, hash);
    status = cn__check_memory(status, failures, "results.json");
    if (status == CN_OK) status = cn__lab_put(w, "results.json", &json, true);
    if (status == CN_OK) status = cn__lab_put(w, "results.csv", &csv, true);
    cn__lab_facts *facts = w->program->options->facts;
    if (facts && status == CN_OK && !(facts->results = cn__strdup(json.data)))
        status = cn__fail_memory(json.size, "results.json");
    cn__text_free(&json);
    cn__text_free(&csv);
    return status;
}

static cn_status expand_title(cn__lab_writer *w)
{
    const cn__lab_document *d = &w->program->document;
    cn__text text = {0};
    if (!d->title) return CN_OK;
    if (d->count) cn__expand(w->program, 0, d->title, d->title_line, NULL, &text);
    else cn__text_add(&text, d->title);
    w->program->title = text.failed ? NULL : cn__arena_strdup(w->arena, text.data);
    cn__text_free(&text);
    return w->program->title ? CN_OK : CN_ERROR_MEMORY;
}

/* The first heading, or the file's name. */
static const char *title_of(const cn__lab_writer *w)
{
    const cn__lab_document *d = &w->program->document;
    if (w->program->title) return w->program->title;
    for (size_t i = 0; i < w->count; i++)
        if (!d->parts[i].code && strncmp(d->parts[i].text, "# ", 2) == 0)
            return cn__arena_format(w->arena, "%.*s", (int)strcspn(d->parts[i].text + 2, "\n"),
                                    d->parts[i].text + 2);
    const char *slash = strrchr(d->path, '/');
    return slash ? slash + 1 : d->path;
}

cn_status cn__lab_write(cn__program_run *run, cn__block *blocks, size_t count, FILE *log)
{
    cn__program *p = run->program;
    cn__lab_writer w = {run, p, &p->arena, (cn__language)p->language, blocks, count, .log = log};
    char hash[65] = "", *failure = NULL;
    cn__report_table summary;
    w.anew = cn__arena_array(w.arena, cn__lab_count_figures(&w) + 1, sizeof *w.anew);
    if (!w.anew) return CN_ERROR_MEMORY;
    CN_TRY(expand_title(&w));
    CN_TRY(expand_prose(&w));
    const bool python = p->options->code && strcmp(p->options->code, "python") == 0;
    if (python) CN_TRY(write_python(&w));
    cn_status results = write_results(&w, hash);
    if (results != CN_OK) failure = cn__strdup(cn_error()); /* the reports may still be written */
    if (cn__first_page(run, hash, &summary) != CN_OK) {
        cn__free(failure);
        return cn_error_status();
    }
    const cn__report_image *images = NULL;
    size_t image_count = 0;
    if (cn__images_load(p, blocks, count, &images, &image_count) != CN_OK) {
        cn__free(failure);
        return cn_error_status();
    }
    const cn__report report = {.title = title_of(&w),
                               .subtitle = p->document.subtitle,
                               .author = p->document.author,
                               .group = p->document.group,
                               .course = p->document.course,
                               .date = p->document.date,
                               .front = p->document.front,
                               .python_setup = python ? cn__notebook_helpers : NULL,
                               .language = w.language == CN_SPANISH ? CN_REPORT_SPANISH : CN_REPORT_ENGLISH,
                               .summary = p->job_count ? &summary : NULL,
                               .blocks = blocks,
                               .block_count = count,
                               .images = images,
                               .image_count = image_count};
    cn_status status = cn__lab_write_reports(&w, &report);
    if (results != CN_OK) status = cn__fail(results, "%s", failure ? failure : "out of memory");
    cn__free(failure);
    return status;
}
