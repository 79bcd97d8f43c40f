/* A PNG of grey pixels (ISO/IEC 15948: signature, IHDR, IDAT, IEND), eight bits each, no filter. */
#include <string.h>
#include <zlib.h>

#include "base/arena.h"
#include "formats/tensorboard/event_file.h"

static void put_big_endian(unsigned char out[4], size_t value)
{
    for (int i = 0; i < 4; i++) out[i] = (unsigned char)(value >> (24 - 8 * i));
}

/* The checksum is over the type and the data. */
static void add_chunk(cn__text *out, const char *type, const unsigned char *data, size_t size)
{
    unsigned char number[4];
    uLong crc = crc32(0, (const Bytef *)type, 4);
    if (size) crc = crc32(crc, data, (uInt)size);
    put_big_endian(number, size);
    cn__text_add_bytes(out, number, 4);
    cn__text_add_bytes(out, type, 4);
    if (size) cn__text_add_bytes(out, data, size);
    put_big_endian(number, crc);
    cn__text_add_bytes(out, number, 4);
}

cn_status cn__png_grey(size_t width, size_t height, const unsigned char *pixels, cn__text *out)
{
    static const unsigned char signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    unsigned char header[13] = {0}, *rows = cn__malloc(height * (width + 1));
    uLongf size = compressBound((uLong)(height * (width + 1)));
    unsigned char *packed = cn__malloc(size);
    if (rows && packed) {
        for (size_t y = 0; y < height; y++) { /* each row begins with its filter: none */
            rows[y * (width + 1)] = 0;
            memcpy(rows + y * (width + 1) + 1, pixels + y * width, width);
        }
        put_big_endian(header, width);
        put_big_endian(header + 4, height);
        header[8] = 8;
        bool good = compress2(packed, &size, rows, (uLong)(height * (width + 1)), 9) == Z_OK;
        cn__text_add_bytes(out, signature, sizeof signature);
        add_chunk(out, "IHDR", header, sizeof header);
        if (good) add_chunk(out, "IDAT", packed, size);
        else out->failed = true;
        add_chunk(out, "IEND", NULL, 0);
    }
    bool good = rows && packed && !out->failed;
    cn__free(rows);
    cn__free(packed);
    return good ? CN_OK : cn__fail_memory(height * width, "a PNG");
}
