/* JPEG files (ITU-T T.81) as pixels, decoded by libjpeg-turbo as TensorFlow does: fast integer DCT, smooth upsampling. */
#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>
#include <string.h>

#include <jerror.h>

#include "base/arena.h"
#include "data/images/images.h"

enum { MOST_SIDE = 16384, MOST_PIXELS = 1 << 26, MOST_SCANS = 100 };
/* A block of 64 pixels takes a bit of a Huffman code at least. */
enum { PIXELS_OF_A_BYTE = 512, HEADERS = 4096 };

bool cn__is_jpeg(const unsigned char *bytes, size_t size)
{
    return size >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0;
}

typedef struct decoder {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    const char *name;
    jmp_buf back;
    char message[JMSG_LENGTH_MAX];
    cn_status status;
    unsigned char *rgb;
} decoder;

static void leave(j_common_ptr jpeg)
{
    decoder *d = jpeg->client_data;
    jpeg->err->format_message(jpeg, d->message);
    d->status = jpeg->err->msg_code == JERR_OUT_OF_MEMORY
                    ? cn__fail_memory(0, d->name)
                    : cn__fail(CN_ERROR_DATA, "%s: the JPEG file is damaged: %s", d->name, d->message);
    longjmp(d->back, 1);
}

/* A scan goes over the whole picture, and takes a few bytes of the file. */
static void count_scans(j_common_ptr jpeg)
{
    decoder *d = jpeg->client_data;
    if (d->jpeg.input_scan_number <= MOST_SCANS) return;
    d->status = cn__fail(CN_ERROR_DATA, "%s: a JPEG file of more than %d scans", d->name, MOST_SCANS);
    longjmp(d->back, 1);
}

static void ignore(j_common_ptr jpeg) { (void)jpeg; }

/* A warning is of damaged data, which would be read as grey. */
static void warn(j_common_ptr jpeg, int level)
{
    if (level < 0) leave(jpeg);
}

static cn_status check(decoder *d, size_t size)
{
    const char *name = d->name;
    const struct jpeg_decompress_struct *j = &d->jpeg;
    if (j->jpeg_color_space == JCS_CMYK || j->jpeg_color_space == JCS_YCCK)
        return cn__fail(CN_ERROR_DATA, "%s is a CMYK JPEG; save it as RGB", name);
    if (!j->image_width || !j->image_height || j->image_width > MOST_SIDE || j->image_height > MOST_SIDE ||
        (uint64_t)j->image_width * j->image_height > MOST_PIXELS)
        return cn__fail(CN_ERROR_DATA,
                        "%s: a picture of %u × %u pixels; at most %d a side and %d in all are read", name,
                        j->image_height, j->image_width, MOST_SIDE, MOST_PIXELS);
    if ((uint64_t)j->image_width * j->image_height / PIXELS_OF_A_BYTE > size + HEADERS)
        return cn__fail(CN_ERROR_DATA, "%s is cut short: %u × %u pixels do not fit into %zu bytes", name,
                        j->image_height, j->image_width, size);
    return CN_OK;
}

static void note_colour(cn__picture *p)
{
    const unsigned char *at = p->rgb;
    for (size_t i = 0; i < p->width * p->height && !p->colour; i++, at += 3)
        p->colour = at[0] != at[1] || at[1] != at[2];
}

/* Everything that may leave by longjmp. */
static void decode(decoder *d, const unsigned char *bytes, size_t size, cn__picture *out)
{
    jpeg_create_decompress(&d->jpeg);
    d->jpeg.progress = &d->progress;
    jpeg_mem_src(&d->jpeg, bytes, (unsigned long)size);
    jpeg_read_header(&d->jpeg, TRUE);
    if ((d->status = check(d, size)) != CN_OK) return;
    d->jpeg.out_color_space = JCS_RGB;
    d->jpeg.dct_method = JDCT_IFAST;
    jpeg_start_decompress(&d->jpeg);
    size_t width = d->jpeg.output_width, height = d->jpeg.output_height;
    d->rgb = cn__malloc(3 * width * height);
    if (!d->rgb) {
        d->status = CN_ERROR_MEMORY;
        return;
    }
    while (d->jpeg.output_scanline < height) {
        JSAMPROW row = d->rgb + 3 * width * d->jpeg.output_scanline;
        jpeg_read_scanlines(&d->jpeg, &row, 1);
    }
    jpeg_finish_decompress(&d->jpeg);
    *out = (cn__picture){.width = width, .height = height, .rgb = d->rgb};
    note_colour(out);
}

cn_status cn__jpeg_read(const unsigned char *bytes, size_t size, const char *name, cn__picture *out)
{
    decoder *d = cn__calloc(1, sizeof *d);
    *out = (cn__picture){0};
    if (!d) return CN_ERROR_MEMORY;
    d->jpeg.err = jpeg_std_error(&d->errors);
    d->jpeg.client_data = d;
    d->name = name;
    d->progress.progress_monitor = count_scans;
    d->errors.error_exit = leave;
    d->errors.output_message = ignore;
    d->errors.emit_message = warn;
    if (setjmp(d->back) == 0) decode(d, bytes, size, out);
    cn_status status = d->status;
    if (status != CN_OK) {
        cn__free(d->rgb);
        *out = (cn__picture){0};
    }
    jpeg_destroy_decompress(&d->jpeg);
    cn__free(d);
    return status;
}
