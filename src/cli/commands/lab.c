/* cornu lab: check, run, render and new. */
#include <stddef.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "cli/signals.h"
#include "lab/grade.h"
#include "lab/lab.h"
#include "lab/serve/watch.h"

typedef struct lab_options {
    cn__lab_options lab;
    const char *from, *document;
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
                "the document, in place of the second word"),
    LAB_TEXT("only", only, "A,B", NULL, "these models alone: m512,final"),
    LAB_TEXT("data", data, "NAME", NULL, "in place of the document's data set (cornu data list names them)"),
    LAB_TEXT("data-dir", data_dir, "DIR", NULL, "look for data sets here first"),
    LAB_TEXT("seed", seed, "N", NULL, "in place of the document's"),
    LAB_COUNT("epochs-limit", epochs_limit, 1e6, "no more epochs than this; 0: as the document says"),
    LAB_COUNT("samples", samples, 1e9, "the first N samples alone, for a quick look; 0: all"),
    OPTION_HEADING("How it runs"),
    LAB_COUNT("jobs", jobs, 256, "trainings at once; 0: one a processor"),
    LAB_COUNT("threads", threads, 256,
              "threads for each; 0: processors / jobs. The results do not depend on it"),
    LAB_TEXT("cache", cache, "CACHE.sqlite", NULL,
             "where results are kept; without it in the user's cache folder"),
    LAB_FLAG("no-cache", no_cache, "train all of it, keep nothing"),
    LAB_TEXT(
        "allow", allow, "DIR[:DIR]", NULL,
        "more folders that the document may read files from, beside its own, the working directory and those of data "
        "sets"),
    OPTION_HEADING("What comes out"),
    LAB_TEXT("out", out, "DIR", "lab-out", "the folder for report, results, figures and models"),
    LAB_TEXT("format", formats, "LIST", "html,pdf,ipynb", "which reports"),
    LAB_TEXT("language", code, "cornu|python", "cornu",
             "what lab.ipynb is written in: this language, or Python code for Keras"),
    LAB_TEXT("lang", language, "es|en", NULL, "language of the program's words, in place of the document's"),
    LAB_FLAG("no-times", no_times, "leave seconds and the machine out of report and results"),
    LAB_FLAG("quiet", quiet, "print nothing"),
    COUNT_OPTION(lab_options, "port", port, "0", 0, 65535, "for serve: of 127.0.0.1; 0: any that is free"),
    TEXT_OPTION(
        lab_options, "against", against, "SOLUTION.md", NULL,
        "for grade: a document with a block ```grade, a line a rule: question, points, what must be true"),
    TEXT_OPTION(lab_options, "from", from, "NAME", NULL, "for new: starter or mnist"),
};

/* `missing` by its place: what a call beside it writes there must be read after the call. */
static int end(cn_status status, const bool *missing)
{
    if (status != CN_OK && cn__signals_came()) {
        fprintf(stderr, "cornu lab: %s\n", cn_error());
        return cn__signals_code();
    }
    return *missing ? CN_EXIT_DATASET : cn__exit_code(status);
}

static cn_status fail_file(const char *action)
{
    return cn__fail(CN_ERROR_ARGUMENT, "lab %s: no document; expected for example: cornu lab %s my-lab.md",
                    action, action);
}

static const cn__action actions[] = {
    {"run", "train what is new (what was trained before comes from the cache) and write the report"},
    {"check", "look for mistakes, train nothing"},
    {"render", "write the report of trainings that are in the cache"},
    {"watch", "run again each time the document is saved"},
    {"serve", "the same, with the report in a browser: prints an address of this machine alone"},
    {"grade", "run documents that were handed in, and grade them by the rules of a solution"},
    {"new", "begin a document of your own"},
    {"statements", "list the statements and what they take"},
};
enum { ACTIONS = sizeof actions / sizeof *actions };

static cn_status fail_action(const char *action)
{
    const char *names[ACTIONS];
    for (size_t i = 0; i < ACTIONS; i++) names[i] = actions[i].name;
    return cn__fail_word(CN_ERROR_ARGUMENT, "subcommand", action, names, ACTIONS);
}

static int run(const void *options, int count, char *const *words)
{
    lab_options own = *(const lab_options *)options;
    const lab_options *o = &own;
    const char *action = count ? words[0] : "run", *file = count > 1 ? words[1] : o->document;
    bool missing = false;
    const bool document = cn__has_suffix(action, ".md") || cn__has_suffix(action, ".ipynb");
    if (count == 1 && document) file = action, action = "run";
    else if (count && document)
        return cn__exit_code(cn__fail(
            CN_ERROR_ARGUMENT, "lab %s: '%s' is one word too many; expected one document", action, file));
    own.lab.confine = true;
    own.lab.interrupted = cn__signals_came;
    cn__signals_catch();
    if (strcmp(action, "run") == 0) return end(cn__lab_run(file, &o->lab, false, &missing), &missing);
    if (strcmp(action, "check") == 0)
        return end(file ? cn__lab_check(file, &o->lab, &missing) : fail_file(action), &missing);
    if (strcmp(action, "render") == 0)
        return end(file ? cn__lab_run(file, &o->lab, true, &missing) : fail_file(action), &missing);
    if (strcmp(action, "grade") == 0) {
        cn_status status = CN_OK;
        if (count < 2 || !o->against)
            status = cn__fail(CN_ERROR_ARGUMENT,
                              "lab grade: expected documents and a solution, for example: cornu lab "
                              "grade ana.md ben.ipynb --against solution.md --out grades");
        if (status == CN_OK)
            status = cn__lab_grade((const char *const *)words + 1, (size_t)count - 1, o->against, &o->lab);
        return cn__exit_code(status);
    }
    if (count > 2)
        return cn__exit_code(cn__fail(
            CN_ERROR_ARGUMENT, "lab %s: '%s' is one word too many; expected one document", action, words[2]));
    const bool serve = strcmp(action, "serve") == 0;
    if (serve || strcmp(action, "watch") == 0) {
        const cn__lab_watch watch = {
            .path = file, .lab = &o->lab, .serve = serve, .port = o->port, .stop = cn__signals_came};
        const cn_status status = file ? cn__lab_watch_run(&watch) : fail_file(action);
        return cn__exit_code(status);
    }
    if (strcmp(action, "new") == 0)
        return end(file ? cn__lab_new(file, &o->lab, o->from) : fail_file(action), &missing);
    if (strcmp(action, "statements") == 0 && !file) {
        cn__lab_statements(stdout);
        return CN_EXIT_OK;
    }
    return cn__exit_code(fail_action(action));
}

const cn__command cn__lab_command = {
    .name = "lab",
    .summary = "Run a Markdown document with trainings; write HTML, PDF and notebook",
    .usage = "[run|check|render|watch|serve|grade|new|statements] [FILE.md] [options]",
    .about =
        "Without FILE, run takes the lab on handwritten digits that the program carries: seventeen trainings on\n"
        "MNIST, compared (--lang es or en).",
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
