/* Zip files: members in memory, read within limits and checked, written so that equal members give equal bytes.
 *
 * What all reads of one zip unpack together is bounded by cn__zip_budget: deflate can make 1032 bytes of one, and members
 * may share their bytes, so that what the directory claims bounds nothing. */
#ifndef CN_DATA_FILES_ZIP_H
#define CN_DATA_FILES_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/files/file.h"
#include "base/status.h"

typedef struct cn__zip cn__zip;

/* `what` is for the message: "an .npz file". Bytes in memory must outlive it. Close it with cn__zip_close. */
CN_CHECK cn_status cn__zip_open(const cn__infile *file, const char *what, cn__zip **out);
void cn__zip_close(cn__zip *zip); /* NULL is fine */

size_t cn__zip_count(const cn__zip *zip);
/* The name of a member, "" if it has none. */
const char *cn__zip_name(const cn__zip *zip, uint64_t index);
bool cn__zip_find(const cn__zip *zip, const char *name, uint64_t *index);
/* A member's bytes, `limit` at most, with a '\0' beyond them; free with cn__free. `path` is for
 * messages; NULL: they name the member alone. */
CN_CHECK cn_status cn__zip_read(cn__zip *zip, uint64_t index, const char *path, size_t limit, char **bytes,
                                size_t *size);

/* The first bytes of a member, `capacity` at most, and the size that it claims. */
CN_CHECK cn_status cn__zip_peek(cn__zip *zip, uint64_t index, const char *path, size_t limit, void *bytes,
                                size_t capacity, size_t *got, size_t *size);

/* How many bytes a compressed file of `size` bytes may unpack to: 1 GiB, and 64 for each of its own. */
uint64_t cn__zip_budget(uint64_t size);

typedef struct cn__zip_member {
    const char *name;
    const void *bytes;
    size_t size;
} cn__zip_member;

/* Writes a zip whose members are stored as they are, one after the other. */
CN_CHECK cn_status cn__zip_write(const char *path, const cn__zip_member *members, size_t count);
/* The same in memory (free with cn__free), of one member at least; `what` is for messages. */
CN_CHECK cn_status cn__zip_bytes(const char *what, const cn__zip_member *members, size_t count, char **bytes,
                                 size_t *size);

#endif
