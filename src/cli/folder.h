/* What lies in the user's cache folder, and how much it is. */
#ifndef CN_CLI_FOLDER_H
#define CN_CLI_FOLDER_H

#include <stddef.h>

#include "base/status.h"

enum { CN_CACHES = 8 };

typedef struct cn__cache_entry {
    const char *name; /* "lab", "mnist" */
    const char *what; /* "results of labs" */
    double bytes;
    size_t files;
} cn__cache_entry;

/* The caches that Cornu makes, those that are empty too. */
CN_CHECK cn_status cn__caches(cn__cache_entry out[CN_CACHES], size_t *count);

/* A line: name, size, what it holds. */
void cn__print_cache(const cn__cache_entry *entry);

/* Removes one by its name, or "all"; *bytes is how much it was. */
CN_CHECK cn_status cn__cache_clear(const char *name, double *bytes);

#endif
