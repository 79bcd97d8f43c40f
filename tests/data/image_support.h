/* What the tests of pictures share: pictures that are made, and the message where there is no data set. */
#ifndef CN_TESTS_DATA_IMAGE_SUPPORT_H
#define CN_TESTS_DATA_IMAGE_SUPPORT_H

#include <cairo.h>
#include <stdio.h>

#include "data/images/images.h"
#include "data/support.h"

/* A PNG of 0xAARRGGBB, colours not multiplied by alpha. */
static inline void put_picture(const char *path, int height, int width, const uint32_t *pixels)
{
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
    char folder[200];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    succeeds(cn__make_dirs(folder));
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint32_t p = pixels[y * width + x], a = p >> 24, out = a << 24;
            for (int c = 0; c < 24; c += 8) out |= ((p >> c & 255) * a / 255) << c;
            memcpy(cairo_image_surface_get_data(s) + y * cairo_image_surface_get_stride(s) + 4 * x, &out, 4);
        }
    cairo_surface_mark_dirty(s);
    assert_int_equal(cairo_surface_write_to_png(s, path), CAIRO_STATUS_SUCCESS);
    cairo_surface_destroy(s);
}

static inline uint32_t grey(unsigned v) { return 0xff000000u | v << 16 | v << 8 | v; }

/* Every pixel is `colour`. */
static inline void put_plain(const char *path, int height, int width, uint32_t colour)
{
    uint32_t pixels[400];
    assert_true(height * width <= 400);
    for (int i = 0; i < height * width; i++) pixels[i] = colour;
    put_picture(path, height, width, pixels);
}

static inline void fails(const char *folder, cn_image_options options, const char *message)
{
    cn_dataset d;
    cn_error_clear();
    assert_int_not_equal(cn_images_load(folder, &options, &d), CN_OK);
    assert_null(d.train_x.data);
    if (strcmp(cn_error(), message) != 0) fail_msg("got:\n%s\nexpected:\n%s", cn_error(), message);
}

#endif
