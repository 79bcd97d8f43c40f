/* cornu lab: one row of `works` for each of its actions. */
#include <stddef.h>
#include <string.h>

#include "base/files/file.h"
#include "base/text/text.h"
#include "cli/cli.h"
#include "cli/input/document.h"
#include "cli/output/lab_json.h"
#include "cli/session.h"
#include "cli/signals.h"
#include "lab/grade.h"
#include "lab/lab.h"
#include "lab/serve/watch.h"

typedef struct lab_options {
    cn__lab_options lab;
    const char *from, *document, *json;
    uint64_t port;
    const char *against;
} lab_options;

#define LAB_TEXT(name_, field_, argument_, fallback_, help_)                                                 \
    TEXT_OPTION(lab_options, name_, lab.field_, argument_, fallback_, help_)
#define LAB_COUNT(name_, field_, high_, help_)                                                               \
    COUNT_OPTION(lab_options, name_, lab.field_, "0", 0, high_, help_)
#define LAB_FLAG(name_, field_, help_) FLAG_OPTION(lab_options, name_, lab.field_, "false", help_)

static const cn__option table[] = {
    OPTION_HEADING("What runs"),
    TEXT_OPTION(lab_options, "document", document, "DOCUMENT.md", NULL,
                "the document, instead of the second word"),
    LAB_TEXT("only", only, "A,B", NULL, "run only these models, as in m512,final"),
    LAB_TEXT("data", data, "NAME", NULL,
             "use this data set instead of the document's (cornu data list names them)"),
    LAB_TEXT("data-dir", data_dir, "DIR", NULL, "look for data sets here first"),
    LAB_TEXT("seed", seed, "N", NULL, "use this seed instead of the document's"),
    LAB_COUNT("epochs-limit", epochs_limit, 1e6,
              "limit the epochs of each training; 0: as the document says"),
    LAB_COUNT("samples", samples, 1e9, "use only the first N samples, for a quick look; 0: all"),
    OPTION_HEADING("How it runs"),
    LAB_COUNT("jobs", jobs, 256, "trainings at the same time; 0: one for each processor"),
    LAB_COUNT("threads", threads, 256,
              "threads of each training; 0: processors / jobs. The results do not depend on it"),
    LAB_TEXT("cache", cache, "CACHE.sqlite", NULL,
             "store results in this file (default: in the user's cache folder)"),
    LAB_FLAG("no-cache", no_cache, "train everything and store nothing"),
    LAB_TEXT(
        "allow", allow, "DIR[:DIR]", NULL,
        "more folders that the document may read, besides its own, the working directory and those of data sets"),
    OPTION_HEADING("What comes out"),
    LAB_TEXT("out", out, "DIR", "lab-out", "the folder for report, results, figures and models"),
    LAB_TEXT("format", formats, "LIST", "html,pdf,ipynb", "which reports"),
    LAB_TEXT("language", code, "cornu|python", "cornu",
             "write lab.ipynb in the lab language, or as Python code for Keras"),
    LAB_TEXT("lang", language, "es|en", NULL,
             "the language of the report's words, instead of the document's"),
    LAB_FLAG("no-times", no_times, "leave times and the machine's name out of report and results"),
    JSON_OPTION(
        lab_options, json,
        "run, render, check, grade: print the outcome as JSON, for a run with the content of results.json; grade also writes it to OUT.json"),
    LAB_FLAG("quiet", quiet, "print nothing"),
    COUNT_OPTION(lab_options, "port", port, "0", 0, 65535,
                 "for serve: the port on 127.0.0.1; 0: any free port"),
    COUNT_OPTION(lab_options, "time-limit", lab.time_limit, "600", 0, 1e6,
                 "for grade: stop a document after this many seconds; 0: no limit"),
    TEXT_OPTION(
        lab_options, "against", against, "SOLUTION.md", NULL,
        "for grade: a document with a block ```grade; each line has a question, its points and a condition"),
    TEXT_OPTION(lab_options, "from", from, "NAME", NULL, "for new: starter or mnist"),
};

static const cn__action actions[] = {
    {"run", "train what is new, take the rest from the cache, and write the report"},
    {"check", "look for mistakes, train nothing"},
    {"render", "write the report from the cache, without training"},
    {"watch", "run again each time the document is saved"},
    {"serve", "the same, with the report in a browser: prints an address that only this machine can open"},
    {"grade", "run submitted documents and grade them by the rules of a solution"},
    {"new", "create a document of your own"},
    {"statements", "list the statements and their arguments"},
};
enum { ACTIONS = sizeof actions / sizeof *actions };

/* ---- each of them ---------------------------------------------------------------------------------------------------- */

typedef struct call {
    lab_options o;
    const char *action, *file; /* file NULL: none was given */
    int count;                 /* of the words behind the action */
    char *const *words;
    bool missing;
} call;

static cn_status run_lab(call *c)
{
    return cn__lab_run(c->file, &c->o.lab, strcmp(c->action, "render") == 0, &c->missing);
}

static cn_status check_lab(call *c) { return cn__lab_check(c->file, &c->o.lab, &c->missing); }

static cn_status watch_lab(call *c)
{
    const cn__lab_watch watch = {.path = c->file,
                                 .lab = &c->o.lab,
                                 .serve = strcmp(c->action, "serve") == 0,
                                 .port = c->o.port,
                                 .stop = cn__signals_came};
    return cn__lab_watch_run(&watch);
}

static cn_status grade_labs(call *c)
{
    if (!c->count || !c->o.against)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "lab grade: expected documents and a solution, for example: cornu lab grade ana.md "
                        "ben.ipynb --against solution.md --out grades");
    return cn__lab_grade((const char *const *)c->words, (size_t)c->count, c->o.against, &c->o.lab);
}

static cn_status new_lab(call *c)
{
    CN_TRY(cn__lab_new(c->file, &c->o.lab, c->o.from));
    if (!c->o.lab.quiet) printf("written: %s; to run it: cornu lab run %s\n", c->file, c->file);
    return CN_OK;
}

static cn_status list_statements(call *c)
{
    (void)c;
    cn__lab_statements(stdout);
    return CN_OK;
}

static const struct work {
    cn_status (*run)(call *c);
    int files;     /* words behind the action, at most */
    bool required; /* a document */
    bool piped;    /* the document may be the standard input */
    bool reports;  /* takes --json */
} works[] = {
    {run_lab, 1, false, true, true},    {check_lab, 1, true, true, true},
    {run_lab, 1, true, true, true},     {watch_lab, 1, true, false, false},
    {watch_lab, 1, true, false, false}, {grade_labs, 999, false, false, true},
    {new_lab, 1, true, false, false},   {list_statements, 0, false, false, false},
};
_Static_assert(sizeof works / sizeof *works == ACTIONS, "each action does something");

static const struct work *find_work(const char *action)
{
    const char *names[ACTIONS];
    for (size_t i = 0; i < ACTIONS; i++) {
        names[i] = actions[i].name;
        if (strcmp(action, names[i]) == 0) return &works[i];
    }
    (void)cn__fail_word(CN_ERROR_ARGUMENT, "subcommand", action, names, ACTIONS);
    return NULL;
}

/* ---- what stands around them ------------------------------------------------------------------------------------------- */

/* A lab writes inside --out alone, and the kernel holds the process to it: what it reports is printed. */
static cn_status check_json(const call *c, const struct work *w)
{
    const char *json = c->o.json;
    if (!json) return CN_OK;
    if (!w->reports)
        return cn__fail(CN_ERROR_ARGUMENT, "--json is for lab run, render, check and grade, not for lab %s",
                        c->action);
    if (w->run == grade_labs) return cn__check_writable("json", json);
    if (strcmp(json, "/dev/stdout") == 0) return CN_OK;
    return cn__fail(
        CN_ERROR_ARGUMENT,
        "--json=%s: a lab writes inside --out alone; expected --json, as in cornu lab %s my-lab.md "
        "--json >%s",
        json, c->action, json);
}

static cn_status check_words(call *c, const struct work *w)
{
    if (c->count > w->files)
        return cn__fail(CN_ERROR_ARGUMENT, "lab %s: '%s' is one word too many; expected %s", c->action,
                        c->words[w->files], w->files ? "one document" : "none");
    if (w->required && !c->file)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "lab %s: no document; expected for example: cornu lab %s my-lab.md", c->action,
                        c->action);
    if (!w->piped && c->file && strcmp(c->file, "-") == 0)
        return cn__fail(CN_ERROR_ARGUMENT, "lab %s: '-', expected the name of a document", c->action);
    return check_json(c, w);
}

static cn_status report(const call *c, const struct work *w, cn_status status)
{
    const cn__lab_options *lab = &c->o.lab;
    if (w->run == grade_labs) return status == CN_OK ? cn__grades_json(c->o.json, lab->facts) : status;
    return cn__lab_json(&(cn__lab_answer){.path = c->o.json,
                                          .document = c->file,
                                          .out = w->run == run_lab ? lab->out : NULL,
                                          .facts = lab->facts,
                                          .status = status});
}

static cn_status work_on(call *c, const struct work *w)
{
    char *text = NULL;
    cn__lab_facts facts = {0};
    CN_TRY(check_words(c, w));
    cn_status status = cn__document_input(&c->file, &c->o.lab, &text);
    const bool json = c->o.json != NULL;
    if (json) c->o.lab.facts = &facts;
    if (json && w->run == run_lab)
        c->o.lab.log = stderr; /* what a program is to read is alone on the other */
    if (json && w->run != run_lab && strcmp(c->o.json, "/dev/stdout") == 0) c->o.lab.quiet = true;
    if (status == CN_OK) {
        status = w->run(c);
        if (json) status = report(c, w, status);
    }
    cn__lab_facts_free(&facts);
    cn__free(text);
    return status;
}

/* The document may stand in the place of the action: cornu lab my-lab.md. */
static cn_status read_words(call *c, int count, char *const *words)
{
    c->action = count ? words[0] : "run";
    c->count = count ? count - 1 : 0, c->words = words + (count > 0);
    const bool document = cn__has_suffix(c->action, ".md") || cn__has_suffix(c->action, ".ipynb") ||
                          strcmp(c->action, "-") == 0;
    if (document) {
        if (c->count)
            return cn__fail(CN_ERROR_ARGUMENT, "lab %s: '%s' is one word too many; expected one document",
                            c->action, c->words[0]);
        c->action = "run", c->count = count, c->words = words;
    }
    c->file = c->count ? c->words[0] : c->o.document;
    return CN_OK;
}

static int run(const void *options, int count, char *const *words)
{
    call c = {.o = *(const lab_options *)options};
    c.o.lab.confine = true;
    c.o.lab.interrupted = cn__signals_came;
    cn__signals_catch();
    cn_status status = read_words(&c, count, words);
    const struct work *w = status == CN_OK ? find_work(c.action) : NULL;
    if (status == CN_OK && !w) status = cn_error_status();
    if (w) status = work_on(&c, w);
    if (status != CN_OK && cn__signals_came() && w && w->reports) {
        fprintf(stderr, "cornu lab: %s\n", cn_error());
        return cn__signals_code();
    }
    return c.missing ? CN_EXIT_DATASET : cn__exit_code(status);
}

const cn__command cn__lab_command = {
    .name = "lab",
    .summary = "Run a Markdown document with trainings; write HTML, PDF and notebook",
    .usage = "[run|check|render|watch|serve|grade|new|statements] [FILE.md|-] [options]",
    .about =
        "Without FILE, run uses the built-in lab on handwritten digits, which compares seventeen trainings on MNIST\n"
        "(--lang es or en).",
    .example =
        "  cornu lab\n  cornu lab new my-lab.md && cornu lab run my-lab.md --out my-lab\n  cornu lab run labs/mnist.en.md --only m512,final",
    .options = table,
    .option_count = sizeof table / sizeof table[0],
    .options_size = sizeof(lab_options),
    .actions = actions,
    .action_count = ACTIONS,
    .words_high = 1000,
    .run = run,
};
