/* Where a lab may read and write. Its author is not its reader: a document names files inside of what the reader gave it,
 * and no others. */
#ifndef CN_LAB_ACCESS_H
#define CN_LAB_ACCESS_H

#include "base/arena.h"
#include "lab/options.h"

typedef struct cn__access {
    const char **folders; /* absolute, without links */
    size_t count;
} cn__access;

/* The document's own folder (NULL: none), the working directory, where data sets are looked for, and those of --allow. */
CN_CHECK cn_status cn__access_make(cn__arena *arena, const char *folder, const cn__lab_options *options,
                                   cn__access *out);

/* Does the path lead into one of them, whatever links are on the way? For a file that is not there, its folder counts. */
bool cn__access_allows(const cn__access *access, const char *path);

/* May a statement write a file of this name into the lab's folder? `what` begins the message: "save". */
CN_CHECK cn_status cn__access_output(const char *what, const char *name);

/* Confines the process to reading these folders and the document at `path`, and to writing beneath `writes` (`count` folders that are
 * there) and beside the cache; of none nothing is written. Says it where the system has nothing of the kind. */
CN_CHECK cn_status cn__access_confine(const cn__lab_options *options, const char *path,
                                      const char *const *writes, size_t count);

/* "labs" of "labs/heating.md"; NULL: none. */
const char *cn__folder_of(cn__arena *arena, const char *path);

#endif
