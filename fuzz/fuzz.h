/* What the fuzz targets share. A target is one file, fuzz_<name>.c, with LLVMFuzzerTestOneInput: it hands the bytes to one
 * reader, and checks what the reader promises about what it accepts. */
#ifndef CN_FUZZ_H
#define CN_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/files/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise that was not kept is a finding. */
#define PROMISE(holds_)                                                                                      \
    do {                                                                                                     \
        if (!(holds_)) {                                                                                     \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #holds_);                             \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* The bytes as a file in memory. */
static inline cn__infile fuzz_file(const uint8_t *data, size_t size)
{
    return (cn__infile){"fuzz", data, size};
}

#endif
