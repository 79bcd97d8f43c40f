/* Files of pictures: what they are, and how large. */
#include <stdbool.h>
#include <string.h>

#include "data/images/images.h"
#include "data/libraries/library.h"
#include "report/markdown/markdown.h"
#include "report/picture.h"

/* ---- types ------------------------------------------------------------------------------------------------------- */

static bool begins(const void *data, size_t size, const char *with, size_t n)
{
    return size >= n && memcmp(data, with, n) == 0;
}

/* An SVG may begin with a declaration and comments. */
static bool is_svg(const char *text, size_t size)
{
    enum { LOOKED_AT = 4096 };
    const size_t n = size < LOOKED_AT ? size : LOOKED_AT;
    for (size_t i = 0; i + 4 < n; i++)
        if (memcmp(text + i, "<svg", 4) == 0) return true;
    return false;
}

cn__image_type cn__image_type_of(const void *data, size_t size)
{
    if (begins(data, size, "\x89PNG\r\n\x1A\n", 8)) return CN_IMAGE_PNG;
    if (begins(data, size, "\xFF\xD8\xFF", 3)) return CN_IMAGE_JPEG;
    return is_svg(data, size) ? CN_IMAGE_SVG : CN_IMAGE_NONE;
}

const char *cn__image_mime(cn__image_type type)
{
    static const char *const names[] = {"application/octet-stream", "image/png", "image/jpeg",
                                        "image/svg+xml"};
    return names[type];
}

/* ---- PNG and JPEG ---------------------------------------------------------------------------------------------------- */

static size_t big_endian(const unsigned char *p, int bytes)
{
    size_t value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | p[i];
    return value;
}

static cn_status size_of_png(const unsigned char *p, size_t size, size_t *width, size_t *height)
{
    if (size < 33 || memcmp(p + 12, "IHDR", 4) != 0 || !cn__png_chunks_fit(p, size))
        return cn__fail(CN_ERROR_DATA, "a damaged PNG");
    *width = big_endian(p + 16, 4), *height = big_endian(p + 20, 4);
    return CN_OK;
}

/* From the frame's header, behind segments of other kinds. */
static cn_status size_of_jpeg(const unsigned char *p, size_t size, size_t *width, size_t *height)
{
    for (size_t at = 2; at + 9 < size && p[at] == 0xFF;) {
        const unsigned char marker = p[at + 1];
        if (marker == 0xFF) {
            at++;
            continue;
        }
        if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) {
            *height = big_endian(p + at + 5, 2), *width = big_endian(p + at + 7, 2);
            return CN_OK;
        }
        at += 2 + big_endian(p + at + 2, 2);
    }
    return cn__fail(CN_ERROR_DATA, "a damaged JPEG");
}

/* ---- SVG ------------------------------------------------------------------------------------------------------------------ */

/* librsvg, loaded when there is an SVG: these of its functions, as its documentation declares them. */
typedef struct RsvgHandle RsvgHandle;
typedef struct rectangle {
    double x, y, width, height;
} rectangle;
extern RsvgHandle *rsvg_handle_new_from_data(const unsigned char *data, size_t size, void **error);
extern int rsvg_handle_get_intrinsic_size_in_pixels(RsvgHandle *handle, double *width, double *height);
extern int rsvg_handle_render_document(RsvgHandle *handle, cairo_t *cr, const rectangle *viewport,
                                       void **error);

#define SYMBOLS(X)                                                                                           \
    X(rsvg_handle_new_from_data) X(rsvg_handle_get_intrinsic_size_in_pixels) X(rsvg_handle_render_document)
CN__LATER(SYMBOLS, "librsvg-2.so.2")

static cn_status open_svg(const void *data, size_t size, RsvgHandle **out)
{
    if (load() != CN_OK) return cn__fail_in("SVG pictures need librsvg (Debian: librsvg2-2)");
    *out = lib.rsvg_handle_new_from_data(data, size, NULL);
    return *out ? CN_OK : cn__fail(CN_ERROR_DATA, "an SVG that cannot be read");
}

static cn_status size_of_svg(const void *data, size_t size, double *width, double *height)
{
    RsvgHandle *svg;
    CN_TRY(open_svg(data, size, &svg));
    if (!lib.rsvg_handle_get_intrinsic_size_in_pixels(svg, width, height)) *width = 480, *height = 360;
    g_object_unref(svg);
    return CN_OK;
}

cn_status cn__image_size(const void *data, size_t size, double *width, double *height)
{
    enum { MOST_PIXELS = 40 * 1000 * 1000 };
    size_t w = 0, h = 0;
    const cn__image_type type = cn__image_type_of(data, size);
    if (type == CN_IMAGE_NONE) return cn__fail(CN_ERROR_DATA, "no picture; expected PNG, JPEG or SVG");
    if (type == CN_IMAGE_SVG) return size_of_svg(data, size, width, height);
    CN_TRY((type == CN_IMAGE_PNG ? size_of_png : size_of_jpeg)(data, size, &w, &h));
    if (!w || !h || w > MOST_PIXELS / h)
        return cn__fail(CN_ERROR_DATA, "a picture of %zu × %zu pixels, expected 1 to %d in all", w, h,
                        MOST_PIXELS);
    *width = (double)w, *height = (double)h;
    return CN_OK;
}

/* ---- drawing ------------------------------------------------------------------------------------------------------------------ */

typedef struct stream {
    const unsigned char *data;
    size_t size;
} stream;

static cairo_status_t read_bytes(void *closure, unsigned char *out, unsigned n)
{
    stream *s = closure;
    if (n > s->size) return CAIRO_STATUS_READ_ERROR;
    memcpy(out, s->data, n);
    s->data += n, s->size -= n;
    return CAIRO_STATUS_SUCCESS;
}

/* The file itself goes into the PDF; the surface only has its size. */
static cairo_surface_t *jpeg_surface(const cn__report_image *image, double width, double height)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
    if (cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS)
        (void)!cairo_surface_set_mime_data(surface, CAIRO_MIME_TYPE_JPEG, image->data, image->size, NULL,
                                           NULL);
    return surface;
}

static cn_status draw_pixels(const cn__report_image *image, cn__image_type type, cairo_t *cr, double width,
                             double height)
{
    stream s = {image->data, image->size};
    cairo_surface_t *surface = type == CN_IMAGE_PNG
                                   ? cairo_image_surface_create_from_png_stream(read_bytes, &s)
                                   : jpeg_surface(image, width, height);
    const cairo_status_t status = cairo_surface_status(surface);
    if (status == CAIRO_STATUS_SUCCESS) {
        cairo_set_source_surface(cr, surface, 0, 0);
        cairo_paint(cr);
    }
    cairo_surface_destroy(surface);
    return status == CAIRO_STATUS_SUCCESS
               ? CN_OK
               : cn__fail(CN_ERROR_DATA, "%s: %s", image->url, cairo_status_to_string(status));
}

cn_status cn__image_draw(const cn__report_image *image, cairo_t *cr, double x, double y, double width,
                         double height)
{
    const cn__image_type type = cn__image_type_of(image->data, image->size);
    double own_width, own_height;
    RsvgHandle *svg;
    CN_TRY(cn__image_size(image->data, image->size, &own_width, &own_height));
    cairo_save(cr);
    cairo_translate(cr, x, y);
    cn_status status = CN_OK;
    if (type == CN_IMAGE_SVG && (status = open_svg(image->data, image->size, &svg)) == CN_OK) {
        const rectangle viewport = {0, 0, width, height};
        if (!lib.rsvg_handle_render_document(svg, cr, &viewport, NULL))
            status = cn__fail(CN_ERROR_DATA, "%s: an SVG that cannot be drawn", image->url);
        g_object_unref(svg);
    } else if (status == CN_OK) {
        cairo_scale(cr, width / own_width, height / own_height);
        status = draw_pixels(image, type, cr, own_width, own_height);
    }
    cairo_restore(cr);
    return status;
}
