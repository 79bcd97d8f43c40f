/* The lab from a document to its files: what is reported while it runs, in the document's order. */
#include "lab/lab.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files/file.h"
#include "base/text/text.h"
#include "lab/access.h"
#include "lab/show/show.h"
#include "lab/write_reports.h"
#include "lab/writer.h"
#include "report/document.h"

extern const char cn__lab_mnist_es[], cn__lab_mnist_en[], cn__lab_starter_es[], cn__lab_starter_en[];

typedef struct lab {
    cn__program program;
    cn__program_run run;
    cn__show show;
    cn__block *blocks;
    size_t reported; /* parts that have become blocks */
    FILE *log;       /* or NULL */
} lab;

/* ---- messages ------------------------------------------------------------------------------------------------ */

static void print_lines(FILE *log, const char *text)
{
    cn__terminal_puts(text, log);
    if (*text && text[strlen(text) - 1] != '\n') fputc('\n', log);
}

static void print_heading(FILE *log, const char *line, size_t size)
{
    cn__text text = {0};
    cn__text_add_bytes(&text, line, size);
    if (text.data) fputc('\n', log), print_lines(log, text.data);
    cn__text_free(&text);
}

/* Of prose a terminal shows the headings. */
static void print_headings(FILE *log, const char *text)
{
    for (const char *p = text; *p;) {
        size_t size = strcspn(p, "\n");
        if (*p == '#') print_heading(log, p, size);
        p += size + (p[size] == '\n');
    }
}

static void print_output(const lab *l, size_t i)
{
    const cn__report_output *o = &l->show.outputs[i];
    cn__text text = {0};
    switch (o->kind) {
    case CN_OUTPUT_ERROR: /* one that was not expected is reported at the end */
        if (!l->program.parts[l->show.part].source->expect_error) break;
        fprintf(l->log, "%s: ", cn__catalogue(l->show.language, CN_MSG_EXPECTED_ERROR)); /* fall through */
    case CN_OUTPUT_LOG:
    case CN_OUTPUT_TEXT: print_lines(l->log, o->text); break;
    case CN_OUTPUT_TABLE:
        cn__table_text(&o->table, &text);
        if (text.data) print_lines(l->log, text.data);
        cn__text_free(&text);
        break;
    default:
        if (l->show.plain[i]) print_lines(l->log, l->show.plain[i]);
        fprintf(l->log, "[%s figures/%s.svg] ", cn__catalogue(l->show.language, CN_MSG_FIGURE), o->id);
        print_lines(l->log, o->caption && *o->caption ? o->caption : "\n");
    }
}

/* ---- blocks --------------------------------------------------------------------------------------------------------- */

/* Is it a fit that did not come to its end, or a mistake? Then the cell ends here. */
static bool fails(const cn__lab_step *step)
{
    bool failed = step->mistake != NULL;
    if (!step->statement.kind || !cn__verb_trains(step->statement.kind->verb)) return failed;
    for (size_t i = 0; i < step->job_count; i++)
        failed = failed || step->jobs[i]->status != CN_OK ||
                 (step->jobs[i]->may_fail && cn__outcome_diverged(&step->jobs[i]->outcome));
    return failed;
}

static cn_status check_expected(const lab *l, const cn__lab_part *part)
{
    bool failed = false, whole = true; /* what --only left out might have failed */
    for (size_t i = 0; i < part->count; i++) {
        const cn__lab_step *step = &part->steps[i];
        failed = failed || fails(step);
        for (size_t k = 0; step->models && k < step->statement.name_count; k++)
            whole = whole && (!step->models[k] || step->models[k]->wanted);
    }
    if (!part->source->expect_error || failed || !whole) return CN_OK;
    return cn__fail(CN_ERROR_STATE, "%s:%zu: %s", l->program.document.path, part->source->line,
                    cn__catalogue(l->show.language, CN_MSG_NO_ERROR));
}

static cn_status show_part(lab *l, const cn__lab_part *part)
{
    cn__show *s = &l->show;
    s->outputs = NULL, s->plain = NULL, s->count = s->capacity = 0;
    for (size_t i = 0; i < part->count; i++) {
        s->step = &part->steps[i];
        cn_status status = cn__show_step(s);
        if (status != CN_OK) {
            (void)!cn__show_error(s, cn_error());
            return status;
        }
        if (fails(s->step)) break;
    }
    CN_TRY(cn__show_left_out(s, part));
    return check_expected(l, part);
}

/* Called in order, as soon as a part has all it needs. */
static cn_status ready(void *user, size_t index)
{
    lab *l = user;
    const cn__lab_part *part = &l->program.parts[index];
    cn__block *block = &l->blocks[index];
    *block = (cn__block){.kind = part->source->code ? CN_BLOCK_CELL : CN_BLOCK_PROSE,
                         .text = part->source->text,
                         .hidden = part->source->hidden,
                         .expect_error = part->source->expect_error};
    l->show.part = index;
    l->show.count = 0;
    const unsigned long failures = cn__memory_failures();
    cn_status status = part->source->code ? show_part(l, part) : CN_OK;
    status = cn__check_memory(status, failures, "a part of the report");
    block->outputs = l->show.outputs;
    block->output_count = part->source->code ? l->show.count : 0;
    l->reported = index + 1;
    if (!l->log) return status;
    if (!part->source->code) print_headings(l->log, part->source->text);
    for (size_t i = 0; i < block->output_count; i++) print_output(l, i);
    fflush(l->log);
    return status;
}

/* ---- the whole ---------------------------------------------------------------------------------------------------------- */

static const char *builtin(const cn__lab_options *o)
{
    return o->language && strcmp(o->language, "en") == 0 ? cn__lab_mnist_en : cn__lab_mnist_es;
}

static cn_status open_program(cn__program *p, const char *path, const cn__lab_options *o, bool *missing)
{
    const char *text = o->text ? o->text : path ? NULL : builtin(o);
    CN_TRY(cn__program_open(p, path ? path : "mnist.md", text, o, missing));
    if (o->facts) o->facts->models = p->model_count, o->facts->trainings = p->job_count;
    bool markdown = text || cn__has_suffix(path, ".md") || cn__has_suffix(path, ".markdown");
    for (size_t i = 0; i < p->document.count && !markdown; i++)
        if (p->document.parts[i].code) return CN_OK;
    if (markdown) return CN_OK; /* of prose alone, perhaps */
    return cn__fail(CN_ERROR_DATA, "%s has no block that begins with ```cornu: there is nothing to run",
                    path);
}

cn_status cn__lab_check(const char *path, const cn__lab_options *given, bool *missing)
{
    cn__program p = {0};
    cn__lab_options own = *given, *o = &own;
    o->offline = true;
    *missing = false;
    cn_status status = cn__access_confine(o, o->text ? NULL : path, NULL, 0);
    if (status == CN_OK) status = open_program(&p, path, o, missing);
    if (status == CN_OK && !o->quiet)
        fprintf(o->log ? o->log : stdout, "%s: %zu model%s, %zu training%s, no mistakes\n", p.document.path,
                p.model_count, p.model_count == 1 ? "" : "s", p.job_count, p.job_count == 1 ? "" : "s");
    cn__program_free(&p);
    return status;
}

static void report_trouble(const lab *l)
{
    const char *trouble = cn__cache_trouble(l->run.cache);
    if (!trouble || !l->log) return;
    fprintf(l->log, cn__catalogue(l->show.language, CN_MSG_CACHE_TROUBLE), trouble);
    fputc('\n', l->log);
}

static size_t count_cached(const cn__program *p)
{
    size_t count = 0;
    for (size_t i = 0; i < p->job_count; i++) count += p->jobs[i]->cached;
    return count;
}

static cn_status run(lab *l)
{
    const cn__lab_options *o = l->program.options;
    cn__program *p = &l->program;
    l->blocks = cn__arena_array(&p->arena, p->document.count + 1, sizeof *l->blocks);
    if (!l->blocks) return CN_ERROR_MEMORY;
    if (l->log) {
        fprintf(l->log, cn__catalogue(l->show.language, CN_COUNTED(BEGUN, p->job_count)), p->document.path,
                p->job_count, (unsigned long long)p->seed);
        fputc('\n', l->log);
    }
    cn__lab_remove_stale(l->run.out.path); /* of a run that was killed */
    cn_status status = cn__run_jobs(&l->run);
    if (status != CN_OK && l->run.only_cached && !l->reported) return status; /* what stands there stays */
    char *failure = status != CN_OK ? cn__strdup(cn_error()) : NULL;
    if (o->facts) o->facts->trained = l->run.trained, o->facts->cached = count_cached(p);
    if (o->facts) o->facts->seconds = l->run.seconds;
    if (l->log) {
        fputc('\n', l->log);
        size_t trained = l->run.trained, cached = count_cached(p);
        fprintf(l->log, cn__catalogue(l->show.language, CN_COUNTED(TRAINED, trained)), trained);
        fputs(", ", l->log);
        fprintf(l->log, cn__catalogue(l->show.language, CN_COUNTED(THERE, cached)), cached);
        fprintf(l->log, ", %.1f s\n", l->run.seconds);
    }
    if (o->cache || !o->no_cache) (void)!cn__cache_trim(l->run.cache, 2e9);
    report_trouble(l);
    cn_status written = cn__lab_write(&l->run, l->blocks, l->reported, l->log);
    if (o->finished) o->finished(o->finished_user, p);
    if (status != CN_OK) (void)!cn__fail(status, "%s", failure ? failure : "out of memory");
    cn__free(failure);
    return status != CN_OK ? status : written;
}

/* Every word of --format must be a report. */
static cn_status check_formats(const char *list)
{
    static const char *const known[] = {"html", "pdf", "ipynb"};
    for (const char *p = list; p && *p;) {
        char word[40];
        bool found = false;
        p += strspn(p, ", ");
        size_t n = strcspn(p, ", ");
        cn__format(word, sizeof word, "%.*s", (int)(n < 39 ? n : 39), p);
        for (int i = 0; i < 3; i++) found = found || strcmp(word, known[i]) == 0;
        if (n && !found) return cn__fail_word(CN_ERROR_ARGUMENT, "report in --format:", word, known, 3);
        p += n;
    }
    return CN_OK;
}

static cn_status check_code(const char *code)
{
    static const char *const known[] = {"cornu", "python"};
    if (!code || strcmp(code, known[0]) == 0 || strcmp(code, known[1]) == 0) return CN_OK;
    if (strcmp(code, "en") == 0 || strcmp(code, "es") == 0)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "--language %s: this is the language of the cells in lab.ipynb, cornu or python; the language "
            "of words is chosen with --lang %s",
            code, code);
    return cn__fail_word(CN_ERROR_ARGUMENT, "--language", code, known, 2);
}

cn_status cn__lab_run(const char *path, const cn__lab_options *given, bool cached_only, bool *missing)
{
    cn__lab_options own = *given, *o = &own;
    if (!o->out) o->out = "lab-out";
    lab l = {.log = o->quiet ? NULL : o->log ? o->log : stdout};
    *missing = false;
    CN_TRY(check_formats(o->formats));
    CN_TRY(check_code(o->code));
    cn_status status = o->confine ? cn__make_dirs(o->out) : CN_OK;
    if (status == CN_OK) status = cn__access_confine(o, o->text ? NULL : path, &o->out, 1);
    if (status == CN_OK) status = open_program(&l.program, path, o, missing);
    l.run = (cn__program_run){
        .program = &l.program, .out = {.fd = -1}, .only_cached = cached_only, .ready = ready, .user = &l};
    l.show = (cn__show){.run = &l.run,
                        .program = &l.program,
                        .arena = &l.program.arena,
                        .language = (cn__language)l.program.language};
    if (status == CN_OK && !o->no_cache) status = cn__cache_open(o->cache, &l.run.cache);
    if (status == CN_OK) status = cn__outdir_open(&l.run.out, o->out);
    if (status == CN_OK) status = run(&l);
    else if (o->confine)
        (void)rmdir(o->out); /* made for a lab that does not run; it stays if anything is in it */
    cn__outdir_close(&l.run.out);
    cn__cache_close(l.run.cache);
    cn__program_free(&l.program);
    return status;
}

void cn__lab_facts_free(cn__lab_facts *facts) { cn__free(facts->results); }

cn_status cn__lab_new(const char *path, const cn__lab_options *o, const char *from)
{
    static const char *const known[] = {"starter", "mnist"}, *const languages[] = {"es", "en"};
    bool spanish = o->language ? strcmp(o->language, "es") == 0 : cn__has_suffix(path, ".es.md");
    if (o->language && !spanish && strcmp(o->language, "en") != 0)
        return cn__fail_word(CN_ERROR_ARGUMENT, "language", o->language, languages, 2);
    const char *name = from ? from : known[0];
    if (strcmp(name, known[0]) != 0 && strcmp(name, known[1]) != 0)
        return cn__fail_word(CN_ERROR_ARGUMENT, "document to begin with", name, known, 2);
    if (cn__file_exists(path)) return cn__fail(CN_ERROR_FILE, "%s exists already; choose another name", path);
    const char *text = *name == 'm' ? (spanish ? cn__lab_mnist_es : cn__lab_mnist_en)
                       : spanish    ? cn__lab_starter_es
                                    : cn__lab_starter_en;
    return cn__file_write(path, text, strlen(text));
}
