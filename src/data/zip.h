/* Zip files: members in memory, read within limits and checked, written so that equal members give equal bytes. */
#ifndef CN_DATA_ZIP_H
#define CN_DATA_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct zip; /* libzip's */

/* `what` is for the message: "an .npz file". Close it with cn__zip_close. */
CN_CHECK cn_status cn__zip_open(const char *path, const char *what, struct zip **out);
void cn__zip_close(struct zip *zip); /* NULL is fine */

bool cn__zip_find(struct zip *zip, const char *name, uint64_t *index);
/* A member's bytes, `limit` at most, with a '\0' beyond them; free with cn__free. `path` is for
 * messages; NULL: they name the member alone. */
CN_CHECK cn_status cn__zip_read(struct zip *zip, uint64_t index, const char *path, size_t limit, char **bytes,
                                size_t *size);

typedef struct cn__zip_member {
    const char *name;
    const void *bytes;
    size_t size;
} cn__zip_member;

/* Writes a zip whose members are stored as they are, one after the other. */
CN_CHECK cn_status cn__zip_write(const char *path, const cn__zip_member *members, size_t count);

#endif
