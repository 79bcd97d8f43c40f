/* PNG pictures, read and brought to another size. Checksums of chunks are put right first: libpng would refuse nearly every
 * mutated file for them. */
#include <string.h>
#include <zlib.h>

#include "data/images/images.h"
#include "fuzz.h"

static size_t number_at(const uint8_t *p)
{
    return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

static void mend_checksums(uint8_t *bytes, size_t size)
{
    for (size_t at = 8, length; at + 12 <= size; at += 12 + length) {
        length = number_at(bytes + at);
        if (length > size - at - 12) return;
        uLong sum = crc32(0, bytes + at + 4, (uInt)(4 + length));
        for (int i = 0; i < 4; i++) bytes[at + 8 + length + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t small[3 * 3 * 5], *bytes = malloc(size + 1);
    cn__picture p;
    if (!bytes) return 0;
    if (size) memcpy(bytes, data, size);
    mend_checksums(bytes, size);
    const cn__infile file = fuzz_file(bytes, size);
    if (cn__png_read(&file, &p) == CN_OK) {
        PROMISE(p.width > 0 && p.height > 0 && p.rgb);
        bool colour = false;
        for (size_t i = 0; i < p.width * p.height; i++)
            colour = colour || p.rgb[3 * i] != p.rgb[3 * i + 1] || p.rgb[3 * i] != p.rgb[3 * i + 2];
        PROMISE(colour == p.colour);
        PROMISE(cn__picture_resize(&p, 3, 5, small) == CN_OK);
        cn__picture_free(&p);
    }
    free(bytes);
    return 0;
}
