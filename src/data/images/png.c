/* PNG files (ISO/IEC 15948) as pixels, decoded by cairo. What the header claims is checked against the file's size before
 * memory is taken for it: a byte of deflate stands for 1032 at most. */
#include <string.h>

#include "base/arena.h"
#include "data/libraries/cairo.h"
#include "data/images/images.h"

enum { MOST_SIDE = 16384, MOST_PIXELS = 1 << 26, MOST_BYTES = 1 << 28, DEFLATE = 1032, HEADER = 33 };
/* Bytes of a pixel as cairo decodes it, by the bits of a colour, and bounds on all of them: a picture that is not small
 * must not be more than so many times its file. */
enum { PIXEL = 4, WIDE_PIXEL = 16, MOST_DECODED = 1 << 28, SMALL = 24 << 20, MOST_SWELLING = 400 };

static uint32_t number_at(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool cn__is_png(const unsigned char *bytes, size_t size)
{
    static const unsigned char signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    return size >= sizeof signature && memcmp(bytes, signature, sizeof signature) == 0;
}

/* What else it is, as a person would call it. */
static const char *looks_like(const unsigned char *bytes, size_t size)
{
    static const struct {
        const char *begin, *name;
    } known[] = {{"\xff\xd8\xff", "it is a JPEG"},
                 {"GIF8", "it is a GIF"},
                 {"BM", "it is a BMP"},
                 {"RIFF", "it is a WebP"},
                 {"II*", "it is a TIFF"},
                 {"MM", "it is a TIFF"},
                 {"<", "it is text"}};
    if (!size) return "it is empty";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        size_t n = strlen(known[i].begin);
        if (size >= n && memcmp(bytes, known[i].begin, n) == 0) return known[i].name;
    }
    return "it does not begin like one, nor like another picture";
}

/* ---- the header ---------------------------------------------------------------------------------------------- */

static cn_status check_header(const unsigned char *bytes, size_t size, const char *name)
{
    static const unsigned channels[] = {1, 0, 3, 1, 2, 0, 4};
    if (!cn__is_png(bytes, size))
        return cn__fail(CN_ERROR_DATA, "%s is no PNG or JPEG file: %s", name, looks_like(bytes, size));
    if (size < HEADER || memcmp(bytes + 12, "IHDR", 4) != 0)
        return cn__fail(CN_ERROR_DATA, "%s: the PNG file is cut short or damaged", name);
    uint64_t width = number_at(bytes + 16), height = number_at(bytes + 20);
    unsigned depth = bytes[24], kind = bytes[25];
    if (!width || !height || width > MOST_SIDE || height > MOST_SIDE || width * height > MOST_PIXELS)
        return cn__fail(CN_ERROR_DATA,
                        "%s: a picture of %llu × %llu pixels; at most %d a side and %d in all are read", name,
                        (unsigned long long)height, (unsigned long long)width, MOST_SIDE, MOST_PIXELS);
    if (kind > 6 || !channels[kind] || !depth || depth > 16 || (depth & (depth - 1)))
        return cn__fail(CN_ERROR_DATA, "%s: the PNG file is damaged: colour type %u, %u bits", name, kind,
                        depth);
    const uint64_t decoded = width * height * (depth == 16 ? WIDE_PIXEL : PIXEL);
    if (decoded > MOST_DECODED)
        return cn__fail(CN_ERROR_DATA,
                        "%s: a picture of %llu × %llu pixels of 16 bits a colour; at most %d bytes", name,
                        (unsigned long long)height, (unsigned long long)width, MOST_DECODED);
    uint64_t rows = height * (width * depth * channels[kind] / 8);
    if (rows / DEFLATE > size)
        return cn__fail(CN_ERROR_DATA, "%s is cut short: %llu × %llu pixels do not fit into %zu bytes", name,
                        (unsigned long long)height, (unsigned long long)width, size);
    if (decoded > SMALL && decoded / (MOST_SWELLING * (depth < 8 ? 8 / depth : 1)) > size)
        return cn__fail(
            CN_ERROR_DATA,
            "%s: %zu bytes that swell to a picture of %llu × %llu pixels: too many for so few; a smaller "
            "picture, or one that is compressed less, can be read",
            name, size, (unsigned long long)height, (unsigned long long)width);
    return CN_OK;
}

bool cn__png_chunks_fit(const unsigned char *bytes, size_t size)
{
    enum { SIGNATURE = 8, AROUND = 12 /* length, type, checksum */ };
    size_t at = SIGNATURE;
    while (size - at >= AROUND) {
        const size_t length = number_at(bytes + at);
        if (length > size - at - AROUND) return false;
        if (memcmp(bytes + at + 4, "IEND", 4) == 0) return true;
        at += AROUND + length;
    }
    return false;
}

/* ---- decoding -------------------------------------------------------------------------------------------------- */

typedef struct source {
    const unsigned char *bytes;
    size_t left;
} source;

static cairo_status_t give(void *closure, unsigned char *out, unsigned size)
{
    source *s = closure;
    if (size > s->left) return CAIRO_STATUS_READ_ERROR;
    memcpy(out, s->bytes, size);
    s->bytes += size;
    s->left -= size;
    return CAIRO_STATUS_SUCCESS;
}

/* On white, whatever cairo made of it: transparent pixels, or more than eight bits a colour. */
static cairo_surface_t *on_white(cairo_surface_t *picture)
{
    if (cairo_image_surface_get_format(picture) == CAIRO_FORMAT_RGB24)
        return cairo_surface_reference(picture);
    cairo_surface_t *flat = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, cairo_image_surface_get_width(picture), cairo_image_surface_get_height(picture));
    cairo_t *cr = cairo_create(flat);
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    cairo_set_source_surface(cr, picture, 0, 0);
    cairo_paint(cr);
    cairo_destroy(cr);
    cairo_surface_flush(flat);
    return flat;
}

static cn_status take_pixels(cairo_surface_t *flat, cn__picture *out)
{
    size_t width = (size_t)cairo_image_surface_get_width(flat),
           height = (size_t)cairo_image_surface_get_height(flat);
    const unsigned char *row = cairo_image_surface_get_data(flat);
    unsigned char *to = cn__malloc(3 * width * height);
    if (!to) return CN_ERROR_MEMORY;
    *out = (cn__picture){.width = width, .height = height, .rgb = to};
    for (size_t y = 0; y < height; y++, row += cairo_image_surface_get_stride(flat))
        for (size_t x = 0; x < width; x++, to += 3) {
            uint32_t pixel;
            memcpy(&pixel, row + 4 * x, 4);
            to[0] = pixel >> 16 & 255, to[1] = pixel >> 8 & 255, to[2] = pixel & 255;
            if (to[0] != to[1] || to[1] != to[2]) out->colour = true;
        }
    return CN_OK;
}

static cn_status decode(const unsigned char *bytes, size_t size, const char *name, cn__picture *out)
{
    CN_TRY(cn__cairo_load());
    cairo_surface_t *picture = cairo_image_surface_create_from_png_stream(give, &(source){bytes, size});
    cairo_status_t read = cairo_surface_status(picture);
    cairo_surface_t *flat = read == CAIRO_STATUS_SUCCESS ? on_white(picture) : NULL;
    cairo_surface_destroy(picture);
    cairo_status_t drawn = flat ? cairo_surface_status(flat) : read;
    cn_status status = CN_OK;
    if (drawn == CAIRO_STATUS_NO_MEMORY) status = cn__fail_memory(size, "a picture");
    else if (drawn != CAIRO_STATUS_SUCCESS)
        status = cn__fail(CN_ERROR_DATA, "%s: the PNG file is cut short or damaged", name);
    else status = take_pixels(flat, out);
    cairo_surface_destroy(flat);
    return status;
}

cn_status cn__png_read(const cn__infile *file, cn__picture *out)
{
    char *bytes;
    size_t size;
    *out = (cn__picture){0};
    CN_TRY(cn__infile_read(file, &bytes, &size, MOST_BYTES));
    cn_status status = check_header((const unsigned char *)bytes, size, file->name);
    if (status == CN_OK && !cn__png_chunks_fit((const unsigned char *)bytes, size))
        status = cn__fail(CN_ERROR_DATA, "%s: the PNG file is cut short or damaged", file->name);
    if (status == CN_OK) status = decode((const unsigned char *)bytes, size, file->name, out);
    cn__free(bytes);
    return status;
}

cn_status cn__picture_read(const char *path, cn__picture *out)
{
    char *bytes;
    size_t size;
    *out = (cn__picture){0};
    CN_TRY(cn__file_read(path, &bytes, &size, MOST_BYTES));
    const cn__infile file = {.name = path, .bytes = bytes, .size = size};
    cn_status status = cn__is_jpeg((unsigned char *)bytes, size)
                           ? cn__jpeg_read((unsigned char *)bytes, size, path, out)
                           : cn__png_read(&file, out);
    cn__free(bytes);
    return status;
}

void cn__picture_free(cn__picture *p)
{
    cn__free(p->rgb);
    *p = (cn__picture){0};
}
