/* What the two halves of the HDF5 reader share: hdf5/objects.c finds headers and their messages, hdf5/read.c reads arrays
 * and attributes out of them. */
#ifndef CN_FORMATS_HDF5_OBJECTS_H
#define CN_FORMATS_HDF5_OBJECTS_H

#include <stdint.h>

#include "formats/hdf5/hdf5.h"

enum {
    CN_H5_NAME = 1024,      /* bytes of the name of one link or attribute */
    CN_H5_MAX_BLOCKS = 1024 /* that one object's header continues in */
};

typedef enum message_type {
    MESSAGE_DATASPACE = 0x01,
    MESSAGE_LINK_INFO = 0x02,
    MESSAGE_DATATYPE = 0x03,
    MESSAGE_LINK = 0x06,
    MESSAGE_EXTERNAL = 0x07,
    MESSAGE_LAYOUT = 0x08,
    MESSAGE_ATTRIBUTE = 0x0c,
    MESSAGE_CONTINUATION = 0x10,
    MESSAGE_SYMBOL_TABLE = 0x11
} message_type;

struct cn__h5 {
    int file; /* or -1, then … */
    const unsigned char *bytes;
    uint64_t size, root;           /* root: the header of the root group */
    uint64_t text_left;            /* bytes of text that may still be read */
    int error;                     /* of the first read that the system refused, an errno; 0: none */
    int *errors;                   /* that, for readers, to whom the rest is constant */
    unsigned long memory_failures; /* of this thread, before it was opened */
};

/* ---- bytes: false where the file does not have them ---- */

bool cn__h5_inside(const cn__h5 *h5, uint64_t at, uint64_t size);
bool cn__h5_get(const cn__h5 *h5, uint64_t at, void *out, size_t size);
bool cn__h5_get_number(const cn__h5 *h5, uint64_t at, int size, uint64_t *out);
uint64_t cn__h5_number(const unsigned char *bytes, int size);
cn_status cn__h5_damaged(const char *what, const char *name);

/* ---- objects ---- */

/* A message of an object's header, where its data lies in the file. */
typedef struct cn__h5_message {
    uint64_t at, size;
    message_type type;
} cn__h5_message;

/* Goes through a header's messages, block by block. */
typedef struct cn__h5_walk {
    const cn__h5 *h5;
    uint64_t at, end; /* of the block */
    uint64_t next_at[CN_H5_MAX_BLOCKS], next_size[CN_H5_MAX_BLOCKS];
    int blocks, block;
    uint64_t left; /* messages that the header says it has */
    bool good;
} cn__h5_walk;

bool cn__h5_begin_walk(const cn__h5 *h5, uint64_t header, cn__h5_walk *w);
/* The next message; false at the end, or where the header is damaged (then w->good is false). */
bool cn__h5_next_message(cn__h5_walk *w, cn__h5_message *out);
bool cn__h5_find_message(const cn__h5 *h5, uint64_t header, message_type type, cn__h5_message *out);

/* The header of the object at `path`. */
bool cn__h5_find(const cn__h5 *h5, const char *path, uint64_t *out);
/* Is there a link on the way that is not followed: by name, or to another file? */
bool cn__h5_is_link(const cn__h5 *h5, const char *path);
/* Says why it, a group or an array, is not found. */
cn_status cn__h5_fail_find(const cn__h5 *h5, const char *what, const char *path);

#endif
