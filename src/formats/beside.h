/* Files that a model names: weights that lie beside it. The model may be a stranger's, and so the name: only a plain file in
 * the model's own folder is opened, over no link and with no other name of its own. */
#ifndef CN_FORMATS_BESIDE_H
#define CN_FORMATS_BESIDE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct cn__beside {
    int file;
    uint64_t size;
    const char *name;
} cn__beside;

/* `model`: the path of the model's file. Messages begin with the name in quotes. The name must outlive it. */
CN_CHECK cn_status cn__beside_open(const char *model, const char *name, cn__beside *out);
/* Bytes that are there, by the size. */
CN_CHECK cn_status cn__beside_read(const cn__beside *beside, uint64_t offset, void *bytes, size_t size);
void cn__beside_close(cn__beside *beside);

#endif
