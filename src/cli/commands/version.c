/* cornu version. */
#include <stddef.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/output/report.h"

typedef struct options {
    const char *json;
} options;

static const cn__option table[] = {
    JSON_OPTION(options, json, "print it as JSON, or write it to OUT.json"),
};

static int run(const void *given, int count, char *const *words)
{
    (void)count, (void)words;
    const options *o = given;
    if (!o->json) {
        printf("cornu %s\n", cn_version());
        return CN_EXIT_OK;
    }
    cn__json_begin();
    return cn__exit_code(cn__report_write(o->json, json_pack("{s:s}", "version", cn_version())));
}

const cn__command cn__version_command = {
    .name = "version",
    .summary = "Print the version",
    .usage = "[--json]",
    .example = "  cornu version\n  cornu -V",
    .options = table,
    .option_count = sizeof table / sizeof *table,
    .options_size = sizeof(options),
    .run = run,
};
