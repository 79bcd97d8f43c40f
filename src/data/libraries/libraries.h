/* Which libraries this program runs with. */
#ifndef CN_DATA_LIBRARIES_LIBRARIES_H
#define CN_DATA_LIBRARIES_LIBRARIES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct cn__library_state {
    const char *name, *use; /* "hdf5", ".keras and .h5 files" */
    bool found, later;      /* later: loaded when it is first needed */
    bool optional;          /* few need it: its absence is no problem */
    char version[48];       /* "" when it is not found */
} cn__library_state;

enum { CN_LIBRARIES = 14 };

/* Fills the array and returns how many the build uses. Loads those that are loaded later. */
size_t cn__libraries(cn__library_state out[CN_LIBRARIES]);

#endif
