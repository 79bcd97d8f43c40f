/* Pictures of another size, linearly between pixels' centres; where a picture gets smaller, each new pixel is the mean of
 * what it covers, weighted by a triangle as wide (as Pillow does, and tf.image.resize with antialias=True). */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "data/images/images.h"

/* The old pixels from `first` on that make a new one, and their weights, whose sum is 1. */
typedef struct taps {
    size_t *first, *count;
    float *weights; /* `most` for each */
    size_t most;
} taps;

static void taps_free(taps *t)
{
    cn__free(t->first);
    cn__free(t->count);
    cn__free(t->weights);
}

static cn_status taps_make(taps *t, size_t from, size_t to)
{
    double scale = (double)from / (double)to, reach = fmax(scale, 1);
    t->most = (size_t)ceil(2 * reach) + 2;
    t->first = cn__calloc(to, sizeof *t->first);
    t->count = cn__calloc(to, sizeof *t->count);
    t->weights = cn__calloc(to * t->most, sizeof *t->weights);
    if (!t->first || !t->count || !t->weights) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < to; i++) {
        double centre = ((double)i + 0.5) * scale - 0.5, sum = 0;
        double low = fmax(0, ceil(centre - reach)), high = fmin((double)from - 1, floor(centre + reach));
        float *weight = t->weights + i * t->most;
        t->first[i] = (size_t)low;
        t->count[i] = (size_t)(high - low) + 1;
        for (size_t k = 0; k < t->count[i]; k++) {
            double w = 1 - fabs(low + (double)k - centre) / reach;
            weight[k] = (float)fmax(0, w);
            sum += fmax(0, w);
        }
        for (size_t k = 0; k < t->count[i]; k++) weight[k] = (float)((double)weight[k] / sum);
    }
    return CN_OK;
}

/* Rows become shorter: (height, from, 3) bytes to (height, to, 3) floats. */
static void across(const cn__picture *p, const taps *t, size_t to, float *out)
{
    for (size_t y = 0; y < p->height; y++)
        for (size_t x = 0; x < to; x++, out += 3) {
            const unsigned char *at = p->rgb + 3 * (y * p->width + t->first[x]);
            const float *weight = t->weights + x * t->most;
            out[0] = out[1] = out[2] = 0;
            for (size_t k = 0; k < t->count[x]; k++, at += 3)
                for (int c = 0; c < 3; c++) out[c] += weight[k] * (float)at[c];
        }
}

static void down(const float *rows, size_t width, const taps *t, size_t to, unsigned char *out)
{
    for (size_t y = 0; y < to; y++)
        for (size_t i = 0; i < 3 * width; i++) {
            const float *weight = t->weights + y * t->most;
            float sum = 0;
            for (size_t k = 0; k < t->count[y]; k++)
                sum += weight[k] * rows[(t->first[y] + k) * 3 * width + i];
            *out++ = (unsigned char)fminf(255, fmaxf(0, floorf(sum + 0.5f)));
        }
}

cn_status cn__picture_resize(const cn__picture *p, size_t height, size_t width, unsigned char *out)
{
    if (p->height == height && p->width == width) {
        memcpy(out, p->rgb, 3 * height * width);
        return CN_OK;
    }
    taps x = {0}, y = {0};
    float *rows = cn__malloc(3 * p->height * width * sizeof *rows);
    cn_status status = rows ? taps_make(&x, p->width, width) : CN_ERROR_MEMORY;
    if (status == CN_OK) status = taps_make(&y, p->height, height);
    if (status == CN_OK) {
        across(p, &x, width, rows);
        down(rows, width, &y, height, out);
    }
    taps_free(&x);
    taps_free(&y);
    cn__free(rows);
    return status;
}
