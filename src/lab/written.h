/* Which files in a folder were written by a run of a lab: a list beside them, with what they held. */
#ifndef CN_LAB_WRITTEN_H
#define CN_LAB_WRITTEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/files/outdir.h"

#define CN_WRITTEN_LIST ".written"

typedef struct cn__written {
    const char *name;
    bool anew; /* by this run; else it stands there from a former one */
} cn__written;

/* Lists files that are there. A file that the former list has and this one has not is removed, unless somebody has
 * changed it since it was written. */
CN_CHECK cn_status cn__written_update(const cn__outdir *folder, const cn__written *files, size_t count);

#endif
