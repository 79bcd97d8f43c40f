/* cornu doctor. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/system/system.h"
#include "base/system/terminal.h"
#include "base/text/text.h"
#include "cli/cli.h"
#include "cli/folder.h"
#include "cli/output/report.h"
#include "cli/options/wrap.h"
#include "data/libraries/libraries.h"
#include "kernels/kernels.h"

enum { MOST_SETS = 16 };

typedef struct options {
    const char *json, *data_dir;
} options;

static const cn__option table[] = {
    TEXT_OPTION(options, "data-dir", data_dir, "DIR", NULL, "look for data sets here first"),
    JSON_OPTION(options, json, "print the report as JSON, or write it to OUT.json"),
};

/* What was found out. */
typedef struct findings {
    cn__library_state libraries[CN_LIBRARIES];
    size_t library_count;
    struct {
        const char *name;
        char where[512]; /* "": nowhere */
    } sets[MOST_SETS];
    size_t set_count;
    cn__cache_entry caches[CN_CACHES];
    size_t cache_count;
    char *folder;   /* of the caches; NULL: there is none */
    char *problems; /* a line each */
} findings;

/* ---- looking -------------------------------------------------------------------------------------------- */

/* A data set is read, so that what is named is known to be whole. */
static void find_sets(const options *o, findings *f)
{
    const cn_dataset_options offline = {.data_dir = o->data_dir, .offline = true};
    for (const char *const *name = cn_dataset_names(); *name && f->set_count < MOST_SETS; name++) {
        cn_dataset d;
        const size_t i = f->set_count++;
        f->sets[i].name = *name;
        if (cn_dataset_load(*name, &offline, &d) != CN_OK) continue;
        cn__format(f->sets[i].where, sizeof f->sets[i].where, "%s", d.source);
        cn_dataset_free(&d);
    }
}

static void find_problems(const findings *f, cn__text *out)
{
    const char *isa = getenv("CORNU_ISA");
    for (size_t i = 0; i < f->library_count; i++)
        if (!f->libraries[i].found && !f->libraries[i].optional)
            cn__text_printf(out, "%s was not found: no %s\n", f->libraries[i].name, f->libraries[i].use);
    if (isa && !cn__kernels_named(isa))
        cn__text_printf(out, "CORNU_ISA is %s, which this processor or build does not have: %s is used\n",
                        isa, cn__kernels_get()->isa);
    if (!f->folder) cn__text_add(out, "there is no home directory: nothing is kept between runs\n");
    cn__outfile probe;
    char *path = f->folder && cn__make_dirs(f->folder) == CN_OK ? cn__path_join(f->folder, "probe") : NULL;
    if (f->folder && (!path || cn__outfile_open(&probe, path) != CN_OK))
        cn__text_printf(out, "the caches cannot be written: %s\n", cn_error());
    else if (path) cn__outfile_abort(&probe);
    cn__free(path);
}

static cn_status examine(const options *o, findings *f)
{
    cn__text problems = {0};
    f->library_count = cn__libraries(f->libraries);
    find_sets(o, f);
    f->folder = cn__cache_folder();
    if (f->folder) CN_TRY(cn__caches(f->caches, &f->cache_count));
    find_problems(f, &problems);
    if (problems.failed) return cn__fail_memory(problems.size, "the report");
    f->problems = problems.data;
    return CN_OK;
}

/* ---- reports -------------------------------------------------------------------------------------------- */

static const char *compiler(void)
{
#ifdef __clang__
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}

static void add_isas(cn__text *out, const char *between)
{
    const char *const *names = cn__kernels_list();
    for (size_t i = 0; names[i]; i++) cn__text_printf(out, "%s%s", i ? between : "", names[i]);
}

static void print_heading(const char *text)
{
    const bool color = cn__terminal_has_color(stdout);
    printf("\n%s%s%s\n", color ? "\033[1m" : "", text, color ? "\033[0m" : "");
}

static void print_machine(void)
{
    cn__text isas = {0};
    add_isas(&isas, ", ");
    printf("cornu %s, built with %s\n", cn_version(), compiler());
    printf("processor        %s\n", cn__cpu_name());
    printf("instruction set  %s of %s\n", cn__kernels_get()->isa, isas.data ? isas.data : "");
    printf("threads          %d\n", cn__cpu_count());
    cn__text_free(&isas);
}

static void print_library(const cn__library_state *l)
{
    char text[200];
    cn__format(text, sizeof text, "%-10s %s%s", l->found ? l->version : "missing", l->use,
               l->later ? " (loaded when needed)" : "");
    cn__print_entry(l->name, text);
}

static void print_findings(const findings *f)
{
    print_machine();
    print_heading("Libraries");
    for (size_t i = 0; i < f->library_count; i++) print_library(&f->libraries[i]);
    print_heading("Data sets");
    for (size_t i = 0; i < f->set_count; i++)
        cn__print_entry(f->sets[i].name,
                        *f->sets[i].where ? f->sets[i].where : "not here; downloaded when asked for");
    print_heading("Caches");
    if (f->folder) printf("  %s\n", f->folder);
    for (size_t i = 0; i < f->cache_count; i++) cn__print_cache(&f->caches[i]);
    print_heading("Problems");
    fputs(f->problems ? f->problems : "  none\n", stdout);
}

static json_t *text_or_null(const char *text) { return text && *text ? json_string(text) : json_null(); }

static json_t *json_machine(void)
{
    json_t *isas = json_array();
    for (const char *const *name = cn__kernels_list(); *name; name++)
        cn__json_append(isas, json_string(*name));
    return json_pack("{s:s, s:s, s:s, s:o, s:i}", "compiler", compiler(), "processor", cn__cpu_name(),
                     "instruction_set", cn__kernels_get()->isa, "instruction_sets", isas, "threads",
                     cn__cpu_count());
}

static cn_status write_findings(const char *path, const findings *f)
{
    cn__json_begin();
    json_t *root = json_object(), *libraries = json_array(), *sets = json_array(), *caches = json_array(),
           *problems = json_array();
    for (size_t i = 0; i < f->library_count; i++)
        cn__json_append(libraries,
                        json_pack("{s:s, s:o, s:s}", "name", f->libraries[i].name, "version",
                                  text_or_null(f->libraries[i].version), "use", f->libraries[i].use));
    for (size_t i = 0; i < f->set_count; i++)
        cn__json_append(
            sets, json_pack("{s:s, s:o}", "name", f->sets[i].name, "where", text_or_null(f->sets[i].where)));
    for (size_t i = 0; i < f->cache_count; i++)
        cn__json_append(caches,
                        json_pack("{s:s, s:I, s:I}", "name", f->caches[i].name, "bytes",
                                  (json_int_t)f->caches[i].bytes, "files", (json_int_t)f->caches[i].files));
    for (const char *p = f->problems; p && *p; p += strcspn(p, "\n") + 1)
        cn__json_append(problems, json_stringn(p, strcspn(p, "\n")));
    cn__json_set(root, "version", json_string(cn_version()));
    cn__json_set(root, "machine", json_machine());
    cn__json_set(root, "libraries", libraries);
    cn__json_set(root, "datasets", sets);
    cn__json_set(root, "cache_folder", text_or_null(f->folder));
    cn__json_set(root, "caches", caches);
    cn__json_set(root, "problems", problems);
    return cn__report_write(path, root);
}

static cn_status fail_problems(const char *problems)
{
    int count = 0;
    for (const char *p = problems; *p; p++) count += *p == '\n';
    return cn__fail(CN_ERROR_FILE, "%d problem%s found", count, count == 1 ? " was" : "s were");
}

static int run(const void *given, int count, char *const *words)
{
    (void)count, (void)words;
    const options *o = given;
    findings f = {.library_count = 0};
    cn_status status = examine(o, &f);
    if (status == CN_OK && o->json) status = write_findings(o->json, &f);
    else if (status == CN_OK) print_findings(&f);
    if (status == CN_OK && f.problems) status = fail_problems(f.problems);
    cn__free(f.folder);
    cn__free(f.problems);
    return cn__exit_code(status);
}

const cn__command cn__doctor_command = {
    .name = "doctor",
    .summary = "Report versions, processor, libraries, data sets, caches, and what is wrong with them",
    .usage = "[--data-dir DIR] [--json]",
    .about =
        "Downloads nothing. The exit code is 1 if something is wrong. Include the output when you report a problem.",
    .example = "  cornu doctor\n  cornu doctor --json | jq .machine",
    .options = table,
    .option_count = sizeof table / sizeof *table,
    .options_size = sizeof(options),
    .run = run,
};
