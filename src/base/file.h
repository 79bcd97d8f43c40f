/* Files, never half-written: written beside the target, flushed to disk, renamed. */
#ifndef CN_BASE_FILE_H
#define CN_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

typedef struct cn__outfile {
    FILE *stream; /* write here */
    char *path, *temporary;
} cn__outfile;

/* Opens a temporary file beside `path`. Then write to `stream`; then commit (flush, fsync, rename)
 * or abort (remove). After either the struct is empty. */
CN_CHECK cn_status cn__outfile_open(cn__outfile *out, const char *path);
CN_CHECK cn_status cn__outfile_commit(cn__outfile *out);
void cn__outfile_abort(cn__outfile *out);

/* Removes what writers that were killed left in the folder. */
void cn__remove_stale(const char *dir);

/* A file to read: on disk, or in memory already, when `name` is for messages alone. */
typedef struct cn__infile {
    const char *name;
    const void *bytes; /* NULL: the file is on disk */
    size_t size;       /* of `bytes` */
} cn__infile;

/* The bytes of either kind, `limit` at most, and a '\0' beyond; free with cn__free. */
CN_CHECK cn_status cn__infile_read(const cn__infile *file, char **data, size_t *size, size_t limit);

/* Whole small files at once. The read one ends in a '\0' beyond `size`; free with cn__free. */
CN_CHECK cn_status cn__file_write(const char *path, const void *data, size_t size);
CN_CHECK cn_status cn__file_read(const char *path, char **data, size_t *size, size_t limit);

bool cn__file_exists(const char *path);
bool cn__dir_exists(const char *path);
/* mkdir -p */
CN_CHECK cn_status cn__make_dirs(const char *path);
/* "a" + "b" -> "a/b"; free with cn__free; NULL when out of memory. */
char *cn__path_join(const char *dir, const char *name);
/* Does `path` end in `suffix`, case ignored? */
bool cn__has_suffix(const char *path, const char *suffix);

#endif
