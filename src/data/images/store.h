/* Pictures that are too many for memory: decoded once into a file of the user's cache, which is mapped. The file's name tells what
 * is in it, so that the next load of the same pictures finds them there. */
#ifndef CN_DATA_IMAGE_STORE_H
#define CN_DATA_IMAGE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* What stands in front of the pixels: (train + test) images of height · width · channels bytes. */
typedef struct cn__store_head {
    char magic[16];
    uint64_t height, width, channels, train, test;
    uint64_t unused;
} cn__store_head;

typedef struct cn__image_store {
    cn__store_head *head; /* the mapping; NULL: none */
    size_t size;
    unsigned char *pixels;
    char *path, *temporary; /* temporary: while it is being written */
    int fd;
} cn__image_store;

/* Bytes of pixels that are kept in memory; more go to a store: CORNU_IMAGE_MEMORY in MiB, or 256. */
size_t cn__image_memory(void);

/* The store of that key, if it is there and whole; head stays NULL where it is not. */
CN_CHECK cn_status cn__image_store_open(const char *key, cn__image_store *out);
/* A new one, whose pages are zeros: all of its place on the disk is taken at once. */
CN_CHECK cn_status cn__image_store_create(const char *key, size_t pixels, cn__image_store *out);
/* It is complete, with this head, of whose images it keeps the bytes: gets its name, and can no longer be written to. */
CN_CHECK cn_status cn__image_store_finish(cn__image_store *store, const cn__store_head *head);
/* Unmaps; what was not finished is removed. */
void cn__image_store_close(cn__image_store *store);

#endif
