/* Arrays as image pixels: grey, colour, or two hues by sign. */
#include <math.h>

#include "figure/draw.h"

uint32_t cn__pixel_of(cn__colour colour, double alpha)
{
    double rgb[3];
    cn__colour_rgb(colour, rgb);
    uint32_t pixel = (uint32_t)lround(fmax(0, fmin(alpha, 1)) * 255);
    double share = (double)pixel; /* premultiplied by the alpha as it is stored */
    for (int i = 0; i < 3; i++) pixel = pixel << 8 | (uint32_t)lround(rgb[i] * share);
    return pixel;
}

typedef struct window {
    double low, high;
} window;

static void widen(window *w, const cn_array *pixels)
{
    for (size_t i = 0; i < cn_array_size(pixels); i++) {
        double value = cn_array_at(pixels, i);
        if (!cn__is_drawable(value)) continue;
        w->low = fmin(w->low, value);
        w->high = fmax(w->high, value);
    }
}

/* Which values are black and white. */
static window window_of(const cn__images *images, size_t index)
{
    window w = {INFINITY, -INFINITY};
    bool all = images->scale == CN_IMAGE_COMMON || images->scale == CN_IMAGE_SIGNED;
    if (images->scale == CN_IMAGE_PLAIN)
        return (window){0, images->items[index].pixels.dtype == CN_UINT8 ? 255 : 1};
    for (size_t i = 0; i < images->count; i++)
        if (all || i == index) widen(&w, &images->items[i].pixels);
    if (images->scale == CN_IMAGE_SIGNED) {
        double magnitude = w.low <= w.high ? fmax(fabs(w.low), fabs(w.high)) : 1;
        return (window){-magnitude, magnitude};
    }
    return w.low <= w.high ? w : (window){0, 1};
}

/* 0 … 255; a value that is no number is middle grey. */
static uint32_t level(const window *w, double value, bool inverted)
{
    if (!cn__is_drawable(value)) return 128;
    double share = w->high > w->low ? (value - w->low) / (w->high - w->low) : 0;
    uint32_t byte = (uint32_t)lround(fmax(0, fmin(share, 1)) * 255);
    return inverted ? 255 - byte : byte;
}

static uint32_t signed_pixel(const window *w, double value)
{
    if (!cn__is_drawable(value) || w->high <= 0) return 0;
    return cn__pixel_of(value < 0 ? CN_COLOUR_VALIDATION : CN_COLOUR_TRAINING, fabs(value) / w->high);
}

static uint32_t pixel_at(const cn__images *images, const cn_array *a, const window *w, size_t channels,
                         size_t i)
{
    if (images->scale == CN_IMAGE_SIGNED && channels == 1) return signed_pixel(w, cn_array_at(a, i));
    bool colour = channels >= 3, inverted = images->inverted && !colour;
    uint32_t pixel = channels == 4 ? level(w, cn_array_at(a, 4 * i + 3), false) : 255, alpha = pixel;
    for (size_t c = 0; c < 3; c++) {
        uint32_t byte = level(w, cn_array_at(a, colour ? channels * i + c : i), inverted);
        pixel = pixel << 8 | (byte * alpha + 127) / 255;
    }
    return pixel;
}

cn_status cn__image_pixels(cn__arena *arena, const cn__images *images, size_t index, cn__pixels *out)
{
    const cn_array *a = &images->items[index].pixels;
    size_t channels = a->ndim == 3 ? a->shape[2] : 1;
    window w = window_of(images, index);
    *out = (cn__pixels){.height = a->shape[0],
                        .width = a->shape[1],
                        .opaque = channels != 4 && !(images->scale == CN_IMAGE_SIGNED && channels == 1)};
    out->argb = cn__arena_array(arena, out->width * out->height, sizeof *out->argb);
    if (!out->argb) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < out->width * out->height; i++) out->argb[i] = pixel_at(images, a, &w, channels, i);
    return CN_OK;
}
