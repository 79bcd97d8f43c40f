/* The inside of the notebook's writer. */
#ifndef CN_REPORT_IPYNB_H
#define CN_REPORT_IPYNB_H

#include <jansson.h>

#include "report/document.h"

/* A cell's text, and the files that it shows: name to {type: base64}. */
void cn__notebook_prose(const cn__document *document, const char *text, cn__text *out, json_t *attachments);

#endif
