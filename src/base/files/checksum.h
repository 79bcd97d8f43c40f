/* A checksum of bytes that tells one content from another and finds damage; it keeps nobody from forging one. */
#ifndef CN_BASE_FILES_CHECKSUM_H
#define CN_BASE_FILES_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* `start`: the checksum of what comes before, or any number. */
uint64_t cn__checksum(const void *bytes, size_t size, uint64_t start);

#endif
