/* Files, never half-written: written beside the target, flushed to disk, renamed. */
#ifndef CN_BASE_FILES_FILE_H
#define CN_BASE_FILES_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

/* ---- writing: outfile.c ------------------------------------------------------------------------------ */

typedef struct cn__outfile {
    FILE *stream; /* write here */
    char *path;   /* for messages */
    int folder;   /* open, of a file that is replaced; name and temporary lie in it */
    int lock;     /* holds the temporary file's lock until it has its name */
    char *name, *temporary;
    bool is_cache; /* may be lost with the power: renamed without waiting for the disk */
} cn__outfile;

/* Opens a temporary file beside `path`. Then write to `stream`; then commit (flush, fsync, rename)
 * or abort (remove). After either the struct is empty. */
CN_CHECK cn_status cn__outfile_open(cn__outfile *out, const char *path);
/* The same for `name` in a folder that is open, where it may be no link; takes over the descriptor. */
CN_CHECK cn_status cn__outfile_open_in(cn__outfile *out, int folder, const char *name, const char *path);
CN_CHECK cn_status cn__outfile_commit(cn__outfile *out);
void cn__outfile_abort(cn__outfile *out);
/* Could `path` be opened so? Nothing is left behind, and a pipe is not opened. */
CN_CHECK cn_status cn__outfile_check(const char *path);

/* Removes what writers that were killed left in the folder. A file whose writer lives is locked, which is seen from other
 * containers too, where process numbers say nothing. */
void cn__remove_stale(const char *dir);

/* Small files at once. */
CN_CHECK cn_status cn__file_write(const char *path, const void *data, size_t size);
CN_CHECK cn_status cn__outfile_put(cn__outfile *out, const void *data, size_t size); /* and commit */

/* A file that grows while others read it, such as a log: "w" or "a" of fopen, in `mode`. A pipe must have a reader. */
CN_CHECK cn_status cn__stream_open(const char *path, char mode, FILE **out);

/* A name for a temporary file or folder that this process has not used before. */
enum { CN_TEMPORARY_SIZE = 64 };
void cn__temporary_name(char out[CN_TEMPORARY_SIZE]);
/* The folder's own entry to disk. 0 or EIO: some file systems cannot flush folders, which is no failure. */
int cn__sync_folder(int folder);

/* ---- reading: file.c --------------------------------------------------------------------------------- */

/* A file to read: on disk, or in memory already, when `name` is for messages alone. */
typedef struct cn__infile {
    const char *name;
    const void *bytes; /* NULL: the file is on disk */
    size_t size;       /* of `bytes` */
} cn__infile;

/* The bytes of either kind, `limit` at most, and a '\0' beyond; free with cn__free. */
CN_CHECK cn_status cn__infile_read(const cn__infile *file, char **data, size_t *size, size_t limit);

/* Whole files at once, `limit` bytes at most, a '\0' beyond `size`; free with cn__free. A pipe is read to its end; devices
 * are refused. */
CN_CHECK cn_status cn__file_read(const char *path, char **data, size_t *size, size_t limit);
CN_CHECK cn_status cn__file_read_fd(int fd, const char *path, char **data, size_t *size, size_t limit);

/* Opens a file or a pipe (never waiting), or a file alone, for those who read it piece by piece. */
CN_CHECK cn_status cn__input_open(const char *path, int *fd);
CN_CHECK cn_status cn__input_open_file(const char *path, int *fd);
/* The first bytes of an open file, fewer only where it has fewer; -1 with errno. */
ssize_t cn__read_head(int fd, void *data, size_t size);

/* ---- names and folders ------------------------------------------------------------------------------- */

/* "PATH: WHAT: No such file or directory"; CN_ERROR_MEMORY for ENOMEM, else CN_ERROR_FILE. */
cn_status cn__fail_errno(const char *path, const char *what, int error);

bool cn__file_exists(const char *path);
bool cn__dir_exists(const char *path);
/* Where this user's caches lie: $XDG_CACHE_HOME/cornu, if that is an absolute path as the rules of XDG ask for, or
 * ~/.cache/cornu. Free with cn__free; NULL when there is no home. */
char *cn__cache_folder(void);
/* mkdir -p */
CN_CHECK cn_status cn__make_dirs(const char *path);
/* "a/b" -> "a", "/b" -> "/", "b" -> "."; free with cn__free. */
char *cn__path_parent(const char *path);
/* "a/b" -> "b" */
const char *cn__path_name(const char *path);
/* "a" + "b" -> "a/b"; free with cn__free; NULL when out of memory. */
char *cn__path_join(const char *dir, const char *name);
/* Does `path` end in `suffix`, case ignored? */
bool cn__has_suffix(const char *path, const char *suffix);

#endif
