/* A folder that a program writes into on behalf of somebody it does not trust, such as the author of a lab: names are
 * relative to the folder and lead nowhere outside of it, neither by "..", nor by a link that lies in it. */
#ifndef CN_BASE_FILES_OUTDIR_H
#define CN_BASE_FILES_OUTDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

typedef struct cn__outdir {
    int fd;
    char *path; /* as it was given; NULL: not open */
} cn__outdir;

/* Makes the folder if it is not there. */
CN_CHECK cn_status cn__outdir_open(cn__outdir *dir, const char *path);
/* A folder that lies in one; it is made likewise. */
CN_CHECK cn_status cn__outdir_open_in(cn__outdir *dir, const cn__outdir *parent, const char *name);
void cn__outdir_close(cn__outdir *dir);

/* Is it a name that could lie inside: relative, without "..", not empty? */
CN_CHECK cn_status cn__outdir_check(const char *name);

CN_CHECK cn_status cn__outdir_make(const cn__outdir *dir, const char *name); /* a folder, with its parents */
bool cn__outdir_has(const cn__outdir *dir, const char *name);                /* a file */
void cn__outdir_remove(const cn__outdir *dir, const char *name);             /* a file, if it is there */
void cn__outdir_remove_all(const cn__outdir *dir,
                           const char *name); /* a folder, and files and folders of files in it */
CN_CHECK cn_status cn__outdir_read(const cn__outdir *dir, const char *name, char **data, size_t *size,
                                   size_t limit);
/* Whole, or not at all; the folders of the name are made. */
CN_CHECK cn_status cn__outdir_write(const cn__outdir *dir, const char *name, const void *data, size_t size);

/* A file that grows: `mode` is "w", "a" or "x", as fopen means them. */
CN_CHECK cn_status cn__outdir_stream(const cn__outdir *dir, const char *name, char mode, FILE **out);

/* For writers that take a path: write(user, path) makes the file in a folder of its own, from where it is moved to `name`. */
CN_CHECK cn_status cn__outdir_save(const cn__outdir *dir, const char *name,
                                   cn_status (*write)(void *user, const char *path), void *user);

/* openat that stays beneath `folder` and follows no link; -1 and errno. By one system call where the system has it, unless
 * `walk`. */
int cn__open_beneath(int folder, const char *name, int flags, unsigned mode, bool walk);

#endif
