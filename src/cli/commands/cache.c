/* cornu cache. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/text/text.h"
#include "cli/cli.h"
#include "cli/folder.h"
#include "cli/output/report.h"

typedef struct options {
    const char *json, *name;
} options;

static const cn__option table[] = {
    TEXT_OPTION(options, "name", name, "NAME", NULL, "for clear: lab, images, tables, a data set, or all"),
    JSON_OPTION(options, json, "print the report as JSON, or write it to OUT.json"),
};

static cn_status write_list(const char *path, const cn__cache_entry *entries, size_t count)
{
    char *folder = cn__cache_folder();
    cn__json_begin();
    json_t *root = json_object(), *list = json_array();
    for (size_t i = 0; i < count; i++)
        cn__json_append(list, json_pack("{s:s, s:s, s:I, s:I}", "name", entries[i].name, "what",
                                        entries[i].what, "bytes", (json_int_t)entries[i].bytes, "files",
                                        (json_int_t)entries[i].files));
    cn__json_set(root, "folder", json_string(folder));
    cn__json_set(root, "caches", list);
    cn__free(folder);
    return cn__report_write(path, root);
}

static cn_status list(const options *o)
{
    cn__cache_entry entries[CN_CACHES];
    char *folder;
    size_t count;
    CN_TRY(cn__caches(entries, &count));
    if (o->json) return write_list(o->json, entries, count);
    if (!(folder = cn__cache_folder())) return CN_ERROR_MEMORY;
    printf("%s\n", folder);
    cn__free(folder);
    for (size_t i = 0; i < count; i++) cn__print_cache(&entries[i]);
    return CN_OK;
}

static cn_status clear(const options *o)
{
    char size[32];
    double bytes;
    if (!o->name)
        return cn__fail(CN_ERROR_ARGUMENT, "clear what? Expected lab, images, tables, a data set, or all");
    CN_TRY(cn__cache_clear(o->name, &bytes));
    if (o->json) {
        cn__json_begin();
        return cn__report_write(o->json,
                                json_pack("{s:s, s:I}", "cleared", o->name, "bytes", (json_int_t)bytes));
    }
    printf("%s: %s removed\n", o->name, cn__byte_text(bytes, size, sizeof size));
    return CN_OK;
}

static const cn__action actions[] = {
    {"list", "the caches, with their sizes"},
    {"clear", "remove one cache by its name, or all; trainings then run and data sets download again"},
};

static int run(const void *given, int count, char *const *words)
{
    const options *o = given;
    const char *action = count ? words[0] : "list";
    if (strcmp(action, "list") == 0) return cn__exit_code(list(o));
    if (strcmp(action, "clear") == 0) return cn__exit_code(clear(o));
    return cn__exit_code(
        cn__fail_word(CN_ERROR_ARGUMENT, "subcommand", action, (const char *const[]){"list", "clear"}, 2));
}

const cn__command cn__cache_command = {
    .name = "cache",
    .summary =
        "List or clear the caches: results of labs, decoded images, large tables, downloaded data sets",
    .usage = "[list | clear NAME] [--json]",
    .about = "Caches are in $XDG_CACHE_HOME/cornu, or in ~/.cache/cornu.",
    .example = "  cornu cache list\n  cornu cache clear lab",
    .options = table,
    .option_count = sizeof table / sizeof *table,
    .options_size = sizeof(options),
    .actions = actions,
    .action_count = sizeof actions / sizeof *actions,
    .words_high = 1,
    .operands = {"name"},
    .run = run,
};
