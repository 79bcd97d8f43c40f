/* A lab's figures and reports, several at once, in a child process. What has not changed is not written again. */
#include "lab/write_reports.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/files/file.h"
#include "base/system/child.h"
#include "base/system/system.h"
#include "lab/show/figures/pictures.h"
#include "lab/written.h"

static const char *message(const cn__lab_writer *w, cn__msg word) { return cn__catalogue(w->language, word); }

/* ---- files ------------------------------------------------------------------------------------------------------- */

static bool is_there(const cn__lab_writer *w, const char *name, const void *data, size_t size)
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
static void report_file(const cn__lab_writer *w, const char *name)
{
    char *path = cn__path_join(w->run->out.path, name);
    if (w->log && path) {
        fprintf(w->log, message(w, CN_MSG_WRITTEN), path);
        fputc('\n', w->log);
    }
    cn__free(path);
}

/* Writes unless the file holds just that. */
cn_status cn__lab_put(const cn__lab_writer *w, const char *name, const cn__text *text, bool reported)
{
    if (text->failed) return cn__fail_memory(text->size, name);
    cn_status status = is_there(w, name, text->data, text->size)
                           ? CN_OK
                           : cn__outdir_write(&w->run->out, name, text->data, text->size);
    if (status == CN_OK && reported) report_file(w, name);
    return status;
}

/* ---- temporary files ----------------------------------------------------------------------------------------------- */

void cn__lab_remove_stale(const char *folder)
{
    static const char *const inside[] = {"", "figures", "models"};
    for (int i = 0; i < 3; i++) {
        char *path = cn__path_join(folder, inside[i]);
        if (path) cn__remove_stale(path);
        cn__free(path);
    }
}

/* ---- figures ------------------------------------------------------------------------------------------------------- */

enum { FIGURE_WIDTH = 900, FORMS = 3 };
static const char *const forms[FORMS] = {"svg", "pdf", "png"};

static cn_status put_figure(const cn__lab_writer *w, const cn__report_output *o, const char *ending,
                            cn_status (*draw)(const cn__figure *figure, cn__text *out))
{
    char name[200];
    cn__text text = {0};
    const unsigned long failures = cn__memory_failures();
    cn__format(name, sizeof name, "figures/%s.%s", o->id, ending);
    cn_status status = cn__check_memory(draw(o->figure, &text), failures, name);
    if (status == CN_OK) status = cn__lab_put(w, name, &text, false);
    cn__text_free(&text);
    return status;
}

static cn_status draw_pdf(const cn__figure *f, cn__text *out) { return cn__figure_pdf(f, FIGURE_WIDTH, out); }
static cn_status draw_png(const cn__figure *f, cn__text *out)
{
    return cn__figure_png(f, FIGURE_WIDTH, 2, out);
}

/* A figure whose SVG stands there already has its other files too: drawing a PNG is what takes time. */
static cn_status write_figure(const cn__lab_writer *w, const cn__report_output *o, bool *anew)
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
        status = cn__lab_put(w, names[0], &svg, false); /* last: what has it has the rest */
    cn__text_free(&svg);
    *anew = *anew || !there;
    return status;
}

static cn_status write_figures(cn__lab_writer *w)
{
    size_t n = 0;
    cn_status status = cn__outdir_make(&w->run->out, "figures");
    for (size_t i = 0; i < w->count; i++)
        for (size_t k = 0; status == CN_OK && k < w->blocks[i].output_count; k++)
            if (w->blocks[i].outputs[k].kind == CN_OUTPUT_FIGURE)
                status = write_figure(w, &w->blocks[i].outputs[k], &w->anew[n++]);
    return status;
}

size_t cn__lab_count_figures(const cn__lab_writer *w)
{
    size_t count = 0;
    for (size_t i = 0; i < w->count; i++)
        for (size_t k = 0; k < w->blocks[i].output_count; k++)
            count += w->blocks[i].outputs[k].kind == CN_OUTPUT_FIGURE;
    return count;
}

/* Figures of a former report that this one has not are removed. */
static cn_status list_figures(const cn__lab_writer *w)
{
    size_t figure = 0, n = 0;
    cn__written *files = cn__arena_array(w->arena, FORMS * cn__lab_count_figures(w) + 1, sizeof *files);
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

/* The figures' files and the reports: each is made of the same blocks, which no longer change. */
typedef struct task {
    const char *format, *name;
    cn_status (*write)(const cn__report *report, cn__text *out); /* NULL: the figures */
    cn_status status;
    char *error;
} task;

enum { TASKS = 4 };

typedef struct scheduler {
    cn__lab_writer *w;
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
    errno = 0; /* libraries that draw leave out what they get no memory for, and do not always report it */
    cn_status status = cn__check_memory(t->write(c->report, &text), failures, t->name);
    if (status == CN_OK && errno == ENOMEM) status = cn__fail_memory(text.size, t->name);
    if (status == CN_OK) status = cn__lab_put(c->w, t->name, &text, false);
    cn__text_free(&text);
    return status;
}

static void try_task(const scheduler *c, task *t)
{
    cn__free(t->error);
    t->error = NULL;
    t->status = do_task(c, t);
    if (t->status != CN_OK) t->error = cn__strdup(cn_error()); /* which is this thread's own */
}

static void *work(void *argument)
{
    scheduler *c = argument;
    for (size_t i; (i = atomic_fetch_add(&c->next, 1)) < c->count;) try_task(c, &c->tasks[i]);
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

/* Once more, alone and in this thread, for what was short of memory: others may have had it. It may also not have been true: where the
 * heap of another thread is full, glibc's realloc() sets errno to ENOMEM and then finds the memory elsewhere. */
static void try_again(const scheduler *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->tasks[i].status == CN_ERROR_MEMORY) try_task(c, &c->tasks[i]);
}

/* Of the tasks; several at once where they are more than one. */
static cn_status do_tasks(cn__lab_writer *w, const cn__report *report, task *tasks, size_t count)
{
    const cn__lab_options *o = w->program->options;
    scheduler c = {.w = w, .report = report, .tasks = tasks, .count = count};
    const size_t threads = o->jobs ? o->jobs : (size_t)cn__cpu_count();
    run_scheduler(&c, threads < count ? threads : count);
    try_again(&c);
    return end_tasks(&c);
}

/* ---- in a child process ------------------------------------------------------------------------------------------- */

/* GLib, Pango, fontconfig and cmark-gfm end the program where memory or threads run out. By then everything but the reports and
 * figures is written, and these are made in a child process. */
typedef struct drawing {
    cn__lab_writer *w;
    cn__report report;
    const task *tasks;
    size_t count;
} drawing;

/* An SQLite connection must not be used on both sides of a fork: the caller has closed its own. */
static cn_status draw(void *user, cn__text *out)
{
    drawing *d = user;
    cn__lab_writer *w = d->w;
    const cn__lab_options *o = w->program->options;
    task tasks[TASKS];
    cn__cache *cache = NULL;
    (void)out;
    if (!o->no_cache && cn__cache_open(o->cache, &cache) != CN_OK) cache = NULL; /* then all is drawn */
    const cn__report_pictures pictures = cn__pictures_of(cache);
    d->report.pictures = &pictures;
    memcpy(tasks, d->tasks, d->count * sizeof *tasks);
    cn_status status = do_tasks(w, &d->report, tasks, d->count);
    for (size_t i = 0; status == CN_OK && i < d->count; i++)
        if (!tasks[i].write) status = list_figures(w);
    cn__cache_close(cache);
    if (w->log) fflush(w->log);
    return status;
}

/* In a child, whose temporary files are removed where it did not come to its end. */
static cn_status draw_in_child(const char *what, drawing *d, cn__child_end *end)
{
    const cn_status status = cn__child_run_interruptible(what, draw, d, &(cn__text){0}, end);
    if (*end != CN_CHILD_ANSWERED) cn__lab_remove_stale(d->w->run->out.path);
    return status;
}

/* Each report in a child of its own, after the one that was to make all of them was ended: the others come out. */
static cn_status draw_each(drawing *all)
{
    char *failure = NULL;
    cn_status first = CN_OK;
    cn__child_end end = CN_CHILD_ANSWERED;
    for (size_t i = 0; i < all->count && end != CN_CHILD_INTERRUPTED; i++) {
        drawing one = *all;
        one.tasks = &all->tasks[i], one.count = 1;
        const cn_status status = draw_in_child(one.tasks->name, &one, &end);
        if (status == CN_OK || first != CN_OK) continue;
        first = status;
        failure = cn__strdup(cn_error());
    }
    if (first != CN_OK) (void)cn__fail(first, "%s", failure ? failure : "out of memory");
    cn__free(failure);
    return first;
}

cn_status cn__lab_write_reports(cn__lab_writer *w, const cn__report *report)
{
    static const task all[TASKS] = {{.format = "html", .name = "index.html", .write = cn__report_html},
                                    {.format = "pdf", .name = "report.pdf", .write = cn__report_pdf},
                                    {.format = "ipynb", .name = "lab.ipynb", .write = cn__report_ipynb},
                                    {.name = "figures"}};
    const cn__lab_options *o = w->program->options;
    task tasks[TASKS];
    cn__child_end end;
    drawing d = {.w = w, .report = *report, .tasks = tasks};
    for (size_t i = 0; i < TASKS; i++)
        if (!o->formats || !all[i].write || cn__is_listed(o->formats, all[i].format))
            tasks[d.count++] = all[i];
    cn__cache_close(w->run->cache);
    w->run->cache = NULL;
    if (!w->run->interrupted && o->interrupted && o->interrupted()) /* when all trainings were done */
        return cn__fail(CN_ERROR_STATE, "interrupted before finishing the reports");
    const cn_status status = draw_in_child("the reports", &d, &end);
    return end == CN_CHILD_BROKEN || end == CN_CHILD_LATE ? draw_each(&d) : status;
}
