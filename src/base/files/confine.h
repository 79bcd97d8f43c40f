/* Giving up rights: from then on the process opens files only where it was allowed to beforehand. On Linux by Landlock,
 * which the kernel enforces, whatever the program does. */
#ifndef CN_BASE_FILES_CONFINE_H
#define CN_BASE_FILES_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

typedef enum cn__right {
    CN_RIGHT_READ,       /* files and folders beneath */
    CN_RIGHT_WRITE,      /* and to make, change and remove them */
    CN_RIGHT_REMOVE_DIR, /* to remove folders that are empty */
} cn__right;

typedef struct cn__grant {
    const char *path; /* a file or a folder; one that is not there is passed over */
    cn__right right;
} cn__grant;

/* Confines this thread, and those that it starts, to the grants and to what a program needs of the system: libraries,
 * fonts, certificates, the number of processors. What is open stays open. *confined: false where the system has nothing of
 * the kind; that is no failure. */
CN_CHECK cn_status cn__confine(const cn__grant *grants, size_t count, bool *confined);

#endif
