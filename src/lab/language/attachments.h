/* Pictures that lie in a notebook's cells, as Jupyter keeps what is pasted: attachments, in base64. */
#ifndef CN_LAB_ATTACHMENTS_H
#define CN_LAB_ATTACHMENTS_H

#include <jansson.h>

#include "base/arena.h"
#include "base/text/text.h"

typedef struct cn__attachment {
    const char *name; /* the address in the document, with - for each / */
    const char *data;
    size_t size;
    const struct cn__attachment *next;
} cn__attachment;

/* Those of all cells of a notebook; attachments that are no base64 are left out. */
CN_CHECK cn_status cn__attachments_read(const json_t *cells, cn__arena *arena, const cn__attachment **out);
/* NULL: none has this address. */
const cn__attachment *cn__attachment_find(const cn__attachment *list, const char *url);
/* A cell's text, in which "attachment:NAME" is an address that no other cell has. */
void cn__attachments_rename(cn__text *out, const char *source, size_t cell);

#endif
