/* PNG (ISO/IEC 15948), written for what figures are: large flat areas. Every row is stored as its difference from the
 * row above, which leaves zeros; libpng would try five filters a row, and takes four times as long. zlib's level 4 would
 * make files 15 % smaller than level 3, in three times the time. */
#include <limits.h>
#include <string.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/text/text.h"
#include "figure/canvas/canvas.h"

enum { FILTER_UP = 2, COLOUR_RGB = 2, COLOUR_RGBA = 6, LEVEL = 3 };

static void put_number(unsigned char out[4], size_t value)
{
    for (int i = 0; i < 4; i++) out[i] = (unsigned char)(value >> (24 - 8 * i));
}

static void add_chunk(cn__text *out, const char type[5], const unsigned char *data, size_t size)
{
    unsigned char number[4];
    uLong crc = crc32(crc32(0, (const Bytef *)type, 4), data, (uInt)size);
    put_number(number, size);
    cn__text_add_bytes(out, number, 4);
    cn__text_add_bytes(out, type, 4);
    cn__text_add_bytes(out, data, size);
    put_number(number, crc);
    cn__text_add_bytes(out, number, 4);
}

/* Cairo's pixel as PNG's bytes: colours not multiplied by alpha. */
static void unpack(uint32_t argb, size_t channels, unsigned char *out)
{
    unsigned alpha = argb >> 24;
    for (size_t c = 0; c < 3; c++) {
        unsigned byte = argb >> (16 - 8 * c) & 255;
        if (channels == 4 && alpha > 0 && alpha < 255) byte = (255 * byte + alpha / 2) / alpha;
        out[c] = (unsigned char)(byte > 255 ? 255 : byte);
    }
    if (channels == 4) out[3] = (unsigned char)alpha;
}

/* The row less the row above. `above` becomes the row. */
static void filter_row(const uint32_t *pixels, size_t width, size_t channels, unsigned char *above,
                       unsigned char *out)
{
    for (size_t x = 0; x < width; x++, above += channels, out += channels) {
        unsigned char bytes[4];
        unpack(pixels[x], channels, bytes);
        for (size_t c = 0; c < channels; c++) {
            out[c] = (unsigned char)(bytes[c] - above[c]);
            above[c] = bytes[c];
        }
    }
}

/* All rows, compressed, as one IDAT. */
static bool add_rows(cn__text *out, const cn__pixels *pixels, size_t channels)
{
    size_t row_size = channels * pixels->width, all = (row_size + 1) * pixels->height;
    uLongf packed_size = compressBound(all);
    unsigned char *raw = cn__calloc(all, 1), *above = cn__calloc(row_size, 1),
                  *packed = cn__malloc(packed_size);
    bool done = raw && above && packed;
    for (size_t y = 0; done && y < pixels->height; y++) {
        const uint32_t *row = pixels->argb + y * pixels->width;
        unsigned char *filtered = raw + y * (row_size + 1);
        *filtered = FILTER_UP;
        if (!y || memcmp(row, row - pixels->width, pixels->width * sizeof *row) != 0)
            filter_row(row, pixels->width, channels, above, filtered + 1);
    }
    done = done && compress2(packed, &packed_size, raw, all, LEVEL) == Z_OK && packed_size <= INT_MAX;
    if (done) add_chunk(out, "IDAT", packed, packed_size);
    cn__free(raw);
    cn__free(above);
    cn__free(packed);
    return done;
}

cn_status cn__pixels_png(const cn__pixels *pixels, cn__text *out)
{
    size_t channels = pixels->opaque ? 3 : 4;
    unsigned char header[13] = {[8] = 8, [9] = pixels->opaque ? COLOUR_RGB : COLOUR_RGBA};
    put_number(header, pixels->width);
    put_number(header + 4, pixels->height);
    cn__text_add_bytes(out, "\x89PNG\r\n\x1a\n", 8);
    add_chunk(out, "IHDR", header, sizeof header);
    bool done = add_rows(out, pixels, channels);
    add_chunk(out, "IEND", header, 0);
    return done && !out->failed ? CN_OK : cn__fail_memory(4 * pixels->width * pixels->height, "a PNG");
}
