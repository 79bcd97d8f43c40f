/* From the document to the program: statements are taken in order, each against what stands above it. */
#include "lab/data/dataset_make.h"
#include "lab/program/analyzer.h"
#include "lab/program/prepared.h"

#include <string.h>

#include "base/files/file.h"
#include "base/text/text.h"
#include "lab/language/catalogue.h"
#include "lab/show/citations.h"
#include "lab/show/figures/images.h"
#include "lab/show/prose.h"

static bool is_wrong(const cn__program *p, const char *name)
{
    const cn__lab_model *m = cn__program_model(p, name);
    return m && ((m->broken && !m->expected) || m->lost);
}

/* Does the mistake come from one above that was reported: data that is not there, a model or a fit that is wrong? */
static bool follows_another(const cn__analyzer *k, const cn__statement *s)
{
    if (!s->kind) return false;
    if (k->data_failed && s->kind->verb != CN_VERB_DATASET_LOAD) return true;
    if (s->kind->verb == CN_VERB_MODEL)
        return s->arguments.like && strcmp(s->arguments.like, s->names[0]) != 0 &&
               is_wrong(k->program, s->arguments.like);
    for (size_t i = 0; i < s->name_count; i++)
        if (is_wrong(k->program, s->names[i]) || cn__program_reported_unknown(k->program, s->names[i]))
            return true;
    return false;
}

/* What comes of a mistake: the models that it was about are not what the statements below expect. */
static cn_status note_mistake(cn__analyzer *k, const cn__statement *s)
{
    cn__verb verb = s->tried ? s->tried->verb : CN_VERBS;
    if (verb == CN_VERB_MODEL && s->kind && k->expect_error) {
        cn__lab_model *m = cn__program_model(k->program, s->names[0]);
        if (m && m->line == s->line) m->expected = true;
    }
    if (k->expect_error) return CN_OK;
    if (verb == CN_VERB_DATASET_LOAD && !k->stage) k->data_failed = true;
    if (verb == CN_VERB_MODEL && !s->kind && s->name_count && !cn__program_model(k->program, s->names[0]))
        return cn__add_broken_model(k, s);
    for (size_t i = 0; i < s->name_count; i++) {
        cn__lab_model *m = cn__program_model(k->program, s->names[i]);
        if (!m && verb != CN_VERB_MODEL && !cn__program_reported_unknown(k->program, s->names[i]))
            CN_TRY(cn__add_pointer(&k->program->arena, &k->program->unknown, &k->program->unknown_count,
                                   s->names[i]));
        if (m && verb == CN_VERB_COMPILE) m->broken = true;
        bool untrained = m && s->kind && s->kind->needs == CN_NEEDS_FIT && !m->last;
        if (m && (cn__verb_trains(verb) || untrained)) m->lost = true;
    }
    return CN_OK;
}

static cn_status add_step(cn__analyzer *k, cn__lab_part *part, const cn__statement *statement)
{
    cn__arena *arena = &k->program->arena;
    cn__lab_step *step;
    if ((part->count & (part->count - 1)) == 0) {
        cn__lab_step *more = cn__arena_array(arena, part->count ? 2 * part->count : 1, sizeof *more);
        if (!more) return CN_ERROR_MEMORY;
        if (part->count) memcpy(more, part->steps, part->count * sizeof *more);
        part->steps = more;
    }
    step = &part->steps[part->count++];
    *step = (cn__lab_step){.statement = *statement, .wanted = true};
    size_t known = k->mistakes->count;
    cn_status status = statement->kind ? cn__resolve(k, step) : cn_error_status();
    if (status == CN_OK) return CN_OK;
    if (status == CN_ERROR_MEMORY) return status;
    step->mistake = cn__arena_strdup(arena, cn_error());
    bool reported = k->mistakes->count > known;
    if (!part->source->expect_error && !part->source->open && !reported && !follows_another(k, statement))
        cn__mistakes_take(k->mistakes, statement->line);
    return note_mistake(k, statement);
}

/* Names of models are compared with all those above them. */
enum { MOST_STATEMENTS = 10000, MANY_STATEMENTS = 500 };

static cn_status count_statement(cn__analyzer *k, size_t line)
{
    const cn__program *p = k->program;
    const bool many = ++k->statements % MANY_STATEMENTS == 0; /* what takes long may be interrupted */
    if (many && p->options->interrupted && p->options->interrupted())
        return cn__fail(CN_ERROR_STATE, "interrupted");
    if (k->statements <= MOST_STATEMENTS) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT,
                    "%s:%zu: a lab has %d statements at most; many networks are trained by a sweep, or by "
                    "several labs",
                    p->document.path, line, MOST_STATEMENTS);
}

static cn_status make_part(cn__analyzer *k, cn__lab_part *part)
{
    const char *text = part->source->text;
    size_t line = part->source->line;
    cn__statement statement;
    k->expect_error = part->source->expect_error;
    while (cn__statement_next(&k->program->arena, &text, &line, &statement)) {
        CN_TRY(count_statement(k, statement.line));
        CN_TRY(add_step(k, part, &statement));
        if (part->source->expect_error && part->steps[part->count - 1].mistake)
            break; /* the rest of the cell does not run */
    }
    return CN_OK;
}

static cn_status set_language(cn__analyzer *k)
{
    cn__program *p = k->program;
    const char *asked = p->options->language ? p->options->language : p->document.language;
    p->language = CN_ENGLISH;
    if (!asked) return CN_OK;
    static const char *const known[] = {"es", "en"};
    for (int i = 0; i < 2; i++)
        if (strcmp(asked, known[i]) == 0) {
            p->language = i;
            return CN_OK;
        }
    (void)!cn__fail_word(CN_ERROR_ARGUMENT, "language", asked, known, 2);
    if (p->options->language) return cn_error_status();
    cn__mistakes_take(k->mistakes, p->document.language_line);
    return CN_OK;
}

static cn_status set_seed(cn__program *p)
{
    p->seed = p->document.seed;
    if (!p->options->seed) return CN_OK;
    if (cn__read_seed(p->options->seed, &p->seed)) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "--seed %s, expected a whole number from 0 to 2^63 - 1",
                    p->options->seed);
}

/* Every name of `list` ("a, b") must be a model; the first that is none is reported. */
static cn_status check_models(const cn__program *p, const char *list)
{
    for (const char *q = list; q && *q;) {
        char name[100];
        q += strspn(q, ", ");
        size_t n = strcspn(q, ", ");
        cn__format(name, sizeof name, "%.*s", (int)(n < 99 ? n : 99), q);
        if (n && !cn__program_model(p, name)) return cn__fail_model(p, name);
        q += n;
    }
    return CN_OK;
}

static cn_status check_prose(cn__analyzer *k)
{
    cn__program *p = k->program;
    cn__text title = {0};
    if (p->document.title && p->document.count)
        cn__expand(p, 0, p->document.title, p->document.title_line, k->mistakes, &title);
    cn__text_free(&title);
    for (size_t i = 0; i < p->document.count; i++) {
        const cn__part_of_lab *part = &p->document.parts[i];
        cn__text text = {0};
        if (!part->code) cn__expand(p, i, part->text, part->line, k->mistakes, &text);
        if (!part->code && text.data && cn__prose_check(p, text.data, part->line, k->mistakes) != CN_OK)
            cn__mistakes_take(k->mistakes, part->line);
        cn__text_free(&text);
    }
    return CN_OK;
}

static cn_status make(cn__analyzer *k)
{
    cn__program *p = k->program;
    CN_TRY(set_language(k));
    CN_TRY(set_seed(p));
    p->parts = cn__arena_array(&p->arena, p->document.count + 1, sizeof *p->parts);
    if (!p->parts) return CN_ERROR_MEMORY;
    p->stages.folder = cn__folder_of(&p->arena, p->document.path);
    CN_TRY(cn__access_make(&p->arena, p->stages.folder, p->options, &p->stages.access));
    if (cn__citations_open(p) != CN_OK) cn__mistakes_take(k->mistakes, p->document.bibliography_line);
    for (size_t i = 0; i < p->document.count; i++) {
        k->part = i;
        p->parts[i].source = &p->document.parts[i];
        if (p->document.parts[i].code) CN_TRY(make_part(k, &p->parts[i]));
        p->parts[i].stage = k->stage;
    }
    if (check_models(p, p->options->only) != CN_OK) return cn__fail_in("--only");
    if (check_models(p, p->document.summary) != CN_OK) {
        (void)!cn__fail_in("summary");
        cn__mistakes_take(k->mistakes, p->document.summary_line);
    }
    CN_TRY(cn__name_files(p));
    return k->data_failed ? CN_OK : check_prose(k);
}

cn_status cn__program_open(cn__program *p, const char *path, const char *text, const cn__lab_options *options,
                           bool *missing)
{
    cn__mistakes mistakes = {.file = path};
    *p = (cn__program){.options = options};
    const unsigned long failures = cn__memory_failures();
    cn__analyzer k = {.program = p, .mistakes = &mistakes};
    cn_status status = text ? cn__lab_document_parse(path, text, strlen(text), &p->document, &mistakes)
                            : cn__lab_document_read(path, &p->document, &mistakes);
    if (status == CN_OK) status = cn__check_memory(make(&k), failures, "the lab");
    *missing = k.missing && mistakes.count == 1;
    if (status == CN_OK) return cn__mistakes_end(&mistakes);
    /* a failure that ends the reading is reported alone */
    char *message = cn__strdup(cn_error());
    (void)!cn__mistakes_end(&mistakes);
    status = cn__fail(status, "%s", message ? message : "out of memory");
    cn__free(message);
    return status;
}

void cn__program_free(cn__program *p)
{
    for (size_t i = 0; i < p->job_count; i++) {
        cn__outcome_free_predictions(&p->jobs[i]->outcome);
        cn__found_free(p->jobs[i]);
        cn__arena_free(&p->jobs[i]->arena);
    }
    cn__prepared_free(p->prepared);
    cn__stages_free(&p->stages);
    cn__lab_document_free(&p->document);
    cn__arena_free(&p->arena);
    *p = (cn__program){0};
}
