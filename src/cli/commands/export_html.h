/* cornu export --html: its options, and the page written by them. */
#ifndef CN_CLI_EXPORT_HTML_H
#define CN_CLI_EXPORT_HTML_H

#include "cli/input/samples.h"

typedef struct cn__page {
    const char *title, *lang;
    const char *labels, *features; /* names between commas */
    uint64_t samples;
} cn__page;

/* Samples of `source` come into the page where one is given. */
CN_CHECK cn_status cn__export_html(const cn__page *page, const cn__source *source, const char *path,
                                   const cn_model *model);

#endif
