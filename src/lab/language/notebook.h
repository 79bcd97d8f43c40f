/* A notebook (.ipynb) read as a lab document. */
#ifndef CN_LAB_NOTEBOOK_H
#define CN_LAB_NOTEBOOK_H

#include <stdbool.h>

#include "base/status.h"
#include "base/text/text.h"
#include "lab/language/attachments.h"

bool cn__is_notebook(const char *path);
/* The Markdown document that a notebook's cells make; the caller frees *out, also after a failure. */
CN_CHECK cn_status cn__notebook_to_markdown(const char *path, const char *json, cn__text *out);
/* The pictures in the cells of a notebook that was read. */
CN_CHECK cn_status cn__notebook_attachments(const char *json, cn__arena *arena, const cn__attachment **out);

#endif
