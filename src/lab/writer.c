/* Report, results and figures of a lab into its folder. What has not changed is not written again. */
#include "lab/writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/files/file.h"
#include "base/system/system.h"
#include "base/text/text.h"
#include "lab/show/first_page.h"
#include "lab/show/citations.h"
#include "lab/show/figures/images.h"
#include "lab/show/figures/pictures.h"
#include "lab/show/prose.h"
#include "lab/results.h"
#include "lab/python/python_code.h"
#include "lab/written.h"

typedef struct writer {
    cn__program_run *run;
    cn__program *program;
    cn__arena *arena;
    cn__language language;
    cn__block *blocks;
    size_t count;
    bool *anew; /* is each figure written by this run? */
    FILE *log;
} writer;

static const char *message(const writer *w, cn__msg word) { return cn__catalogue(w->language, word); }

/* ---- files ------------------------------------------------------------------------------------------------------- */

static bool is_there(const writer *w, const char *name, const void *data, size_t size)
{
    char *old = NULL;
    size_t old_size = 0;
    const cn__outdir *out = &w->run->out;
    bool same = cn__outdir_has(out, name) && cn__outdir_read(out, name, &old, &old_size, size + 1) == CN_OK &&
                old_size == size && memcmp(old, data, size) == 0;
    cn__free(old);
    return same;
}

/* Reports a file that was written. */
static void report_file(const writer *w, const char *name)
{
    char *path = cn__path_join(w->run->out.path, name);
    if (w->log && path) {
        fprintf(w->log, message(w, CN_MSG_WRITTEN), path);
        fputc('\n', w->log);
    }
    cn__free(path);
}

/* Writes unless the file holds just that. */
static cn_status put(const writer *w, const char *name, const cn__text *text, bool reported)
{
    if (text->failed) return cn__fail_memory(text->size, name);
    cn_status status = is_there(w, name, text->data, text->size)
                           ? CN_OK
                           : cn__outdir_write(&w->run->out, name, text->data, text->size);
    if (status == CN_OK && reported) report_file(w, name);
    return status;
}

/* ---- parts ---------------------------------------------------------------------------------------------------------- */

static cn_status expand_prose(writer *w)
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
static cn_status write_python(writer *w)
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

static cn_status write_results(writer *w, char hash[65])
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
    if (status == CN_OK) status = put(w, "results.json", &json, true);
    if (status == CN_OK) status = put(w, "results.csv", &csv, true);
    cn__lab_facts *facts = w->program->options->facts;
    if (facts && status == CN_OK && !(facts->results = cn__strdup(json.data)))
        status = cn__fail_memory(json.size, "results.json");
    cn__text_free(&json);
    cn__text_free(&csv);
    return status;
}

enum { FIGURE_WIDTH = 900, FORMS = 3 };
static const char *const forms[FORMS] = {"svg", "pdf", "png"};

static cn_status put_figure(const writer *w, const cn__report_output *o, const char *ending,
                            cn_status (*draw)(const cn__figure *figure, cn__text *out))
{
    char name[200];
    cn__text text = {0};
    const unsigned long failures = cn__memory_failures();
    cn__format(name, sizeof name, "figures/%s.%s", o->id, ending);
    cn_status status = cn__check_memory(draw(o->figure, &text), failures, name);
    if (status == CN_OK) status = put(w, name, &text, false);
    cn__text_free(&text);
    return status;
}

static cn_status draw_pdf(const cn__figure *f, cn__text *out) { return cn__figure_pdf(f, FIGURE_WIDTH, out); }
static cn_status draw_png(const cn__figure *f, cn__text *out)
{
    return cn__figure_png(f, FIGURE_WIDTH, 2, out);
}

/* A figure whose SVG stands there already has its other files too: drawing a PNG is what takes time. */
static cn_status write_figure(const writer *w, const cn__report_output *o, bool *anew)
{
    char names[FORMS][200];
    cn__text svg = {0};
    bool there = true;
    for (int i = 0; i < FORMS; i++) {
        cn__format(names[i], sizeof names[i], "figures/%s.%s", o->id, forms[i]);
        there = there && cn__outdir_has(&w->run->out, names[i]);
    }
    const unsigned long failures = cn__memory_failures();
    cn_status status =
        cn__check_memory(cn__figure_svg(o->figure, FIGURE_WIDTH, CN_SVG_FILE, &svg), failures, names[0]);
    there = there && status == CN_OK && is_there(w, names[0], svg.data, svg.size);
    if (status == CN_OK && !there) status = put_figure(w, o, "pdf", draw_pdf);
    if (status == CN_OK && !there) status = put_figure(w, o, "png", draw_png);
    if (status == CN_OK && !there)
        status = put(w, names[0], &svg, false); /* last: what has it has the rest */
    cn__text_free(&svg);
    *anew = !there;
    return status;
}

static cn_status write_figures(writer *w)
{
    size_t n = 0;
    cn_status status = cn__outdir_make(&w->run->out, "figures");
    for (size_t i = 0; i < w->count; i++)
        for (size_t k = 0; status == CN_OK && k < w->blocks[i].output_count; k++)
            if (w->blocks[i].outputs[k].kind == CN_OUTPUT_FIGURE)
                status = write_figure(w, &w->blocks[i].outputs[k], &w->anew[n++]);
    return status;
}

static size_t count_figures(const writer *w)
{
    size_t count = 0;
    for (size_t i = 0; i < w->count; i++)
        for (size_t k = 0; k < w->blocks[i].output_count; k++)
            count += w->blocks[i].outputs[k].kind == CN_OUTPUT_FIGURE;
    return count;
}

/* Figures of a former report that this one has not are removed. */
static cn_status list_figures(const writer *w)
{
    size_t figure = 0, n = 0;
    cn__written *files = cn__arena_array(w->arena, FORMS * count_figures(w) + 1, sizeof *files);
    bool memory = files != NULL;
    cn__outdir folder;
    for (size_t i = 0; memory && i < w->count; i++)
        for (size_t k = 0; k < w->blocks[i].output_count; k++) {
            const cn__report_output *o = &w->blocks[i].outputs[k];
            if (o->kind != CN_OUTPUT_FIGURE) continue;
            for (int f = 0; f < FORMS; f++, n++) {
                files[n] =
                    (cn__written){cn__arena_format(w->arena, "%s.%s", o->id, forms[f]), w->anew[figure]};
                memory = memory && files[n].name;
            }
            figure++;
        }
    if (!memory) return CN_ERROR_MEMORY;
    CN_TRY(cn__outdir_open_in(&folder, &w->run->out, "figures"));
    cn_status status = cn__written_update(&folder, files, n);
    cn__outdir_close(&folder);
    return status;
}

/* ---- several at once ------------------------------------------------------------------------------------------------ */

/* The figures' files and the reports: each is made of the same blocks, which nobody changes any more. */
typedef struct task {
    const char *format, *name;
    cn_status (*write)(const cn__report *report, cn__text *out); /* NULL: the figures */
    cn_status status;
    char *error;
} task;

typedef struct scheduler {
    writer *w;
    const cn__report *report;
    task *tasks;
    size_t count;
    atomic_size_t next;
} scheduler;

static cn_status do_task(const scheduler *c, const task *t)
{
    cn__text text = {0};
    const unsigned long failures = cn__memory_failures();
    if (!t->write) return write_figures(c->w);
    cn_status status = cn__check_memory(t->write(c->report, &text), failures, t->name);
    if (status == CN_OK) status = put(c->w, t->name, &text, false);
    cn__text_free(&text);
    return status;
}

static void *work(void *argument)
{
    scheduler *c = argument;
    for (size_t i; (i = atomic_fetch_add(&c->next, 1)) < c->count;) {
        task *t = &c->tasks[i];
        t->status = do_task(c, t);
        if (t->status != CN_OK) t->error = cn__strdup(cn_error()); /* which is this thread's own */
    }
    return NULL;
}

/* This thread is one of them; threads that could not be started are not missed. */
static void run_scheduler(scheduler *c, size_t threads)
{
    pthread_t others[4];
    size_t started = 0;
    while (started + 1 < threads && started < 4 && pthread_create(&others[started], NULL, work, c) == 0)
        started++;
    work(c);
    for (size_t i = 0; i < started; i++) pthread_join(others[i], NULL);
}

/* What was written is reported in the tasks' order; so is the first failure. */
static cn_status end_tasks(const scheduler *c)
{
    cn_status status = CN_OK;
    for (size_t i = 0; i < c->count; i++) {
        task *t = &c->tasks[i];
        if (status == CN_OK && t->status == CN_OK && t->write) report_file(c->w, t->name);
        if (status == CN_OK && t->status != CN_OK)
            status = cn__fail(t->status, "%s", t->error ? t->error : "out of memory");
        cn__free(t->error);
    }
    return status;
}

static cn_status write_reports(writer *w, const cn__report *report)
{
    static const task all[] = {{.format = "html", .name = "index.html", .write = cn__report_html},
                               {.format = "pdf", .name = "report.pdf", .write = cn__report_pdf},
                               {.format = "ipynb", .name = "lab.ipynb", .write = cn__report_ipynb},
                               {.name = "figures"}};
    const cn__lab_options *o = w->program->options;
    task tasks[4];
    scheduler c = {.w = w, .report = report, .tasks = tasks};
    for (size_t i = 0; i < 4; i++)
        if (!o->formats || !all[i].write || cn__is_listed(o->formats, all[i].format))
            tasks[c.count++] = all[i];
    size_t threads = o->jobs ? o->jobs : (size_t)cn__cpu_count();
    run_scheduler(&c, threads < c.count ? threads : c.count);
    return end_tasks(&c);
}

static cn_status expand_title(writer *w)
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
static const char *title_of(const writer *w)
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
    writer w = {run, p, &p->arena, (cn__language)p->language, blocks, count, .log = log};
    char hash[65] = "", *failure = NULL;
    cn__report_table summary;
    w.anew = cn__arena_array(w.arena, count_figures(&w) + 1, sizeof *w.anew);
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
    const cn__report_pictures pictures = cn__pictures_of(run->cache);
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
                               .pictures = &pictures,
                               .images = images,
                               .image_count = image_count};
    cn_status status = write_reports(&w, &report);
    if (status == CN_OK) status = list_figures(&w);
    if (results != CN_OK) status = cn__fail(results, "%s", failure ? failure : "out of memory");
    cn__free(failure);
    return status;
}
