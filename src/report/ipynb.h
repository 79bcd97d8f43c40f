/* The inside of the notebook's writer. */
#ifndef CN_REPORT_IPYNB_H
#define CN_REPORT_IPYNB_H

#include <jansson.h>

#include "report/document.h"

/* What the cells before have of each: the number of the last figure of the prose, and how many footnotes. */
typedef struct cn__notebook_count {
    int figures, notes;
} cn__notebook_count;

/* A cell's text, and the files that it shows: name to {type: base64}. */
void cn__notebook_prose(const cn__document *document, cn__notebook_count *count, const char *text,
                        cn__text *out, json_t *attachments);

#endif
