/* The pictures of a folder as an array: read, brought to one size, grey where that is wanted. */
#include <string.h>

#include "data/images/folder.h"

enum { MOST_SIDE = 1024 };

cn_status cn__image_check_size(const cn__picture *p, const char *path, cn__image_shape *s)
{
    if (!s->height) s->height = p->height, s->width = p->width, s->first = path;
    if (s->height > MOST_SIDE || s->width > MOST_SIDE)
        return cn__fail(
            CN_ERROR_DATA,
            "%s is %zu × %zu pixels; at most %d × %d are taken as they are. Expected an image size to bring "
            "all to, such as 64",
            path, p->height, p->width, MOST_SIDE, MOST_SIDE);
    if (s->first && (p->height != s->height || p->width != s->width))
        return cn__fail(
            CN_ERROR_DATA,
            "%s is %zu × %zu pixels (height × width), and %s is %zu × %zu; expected all of one size, or an "
            "image size to bring all to, such as %zu",
            path, p->height, p->width, s->first, s->height, s->width,
            s->height < s->width ? s->height : s->width);
    return CN_OK;
}

static cn_status make_array(const cn__image_shape *s, size_t n, cn_array *out)
{
    if (n > CN_DATA_LIMIT / 3 / s->height / s->width)
        return cn__fail(CN_ERROR_DATA,
                        "%zu images of %zu × %zu pixels are more than %zu GB; expected a smaller image size",
                        n, s->height, s->width, CN_DATA_LIMIT >> 30);
    return cn_array_new(out, CN_UINT8, 4, (size_t[]){n, s->height, s->width, 3});
}

cn_status cn__images_read(const cn__image_part *p, const uint32_t *order, size_t n, cn__image_shape *s,
                          cn_array *x, cn_array *y)
{
    CN_TRY(cn_array_new(y, CN_INT64, 1, &n));
    for (size_t i = 0; i < n; i++) {
        const char *path = p->files.items[order[i]];
        cn__picture picture;
        CN_TRY(cn__picture_read(path, &picture));
        cn_status status = cn__image_check_size(&picture, path, s);
        if (status == CN_OK && !x->data) status = make_array(s, n, x);
        if (status == CN_OK)
            status = cn__picture_resize(&picture, s->height, s->width,
                                        (unsigned char *)x->data + i * cn_array_sample_size(x));
        s->colour = s->colour || picture.colour;
        cn__picture_free(&picture);
        CN_TRY(status);
        ((int64_t *)y->data)[i] = p->labels[order[i]];
    }
    return CN_OK;
}

/* With libpng's weights for red, green and blue, which TensorFlow takes too. */
void cn__images_grey_pixels(unsigned char *pixels, size_t n)
{
    enum { RED = 9797, GREEN = 19234, BLUE = 3737 }; /* of 2^15 */
    const unsigned char *from = pixels;
    for (size_t i = 0; i < n; i++, from += 3)
        pixels[i] = (unsigned char)((RED * from[0] + GREEN * from[1] + BLUE * from[2]) >> 15);
}

cn_status cn__images_make_grey(cn_array *x)
{
    const size_t n = cn_array_size(x) / 3;
    cn__images_grey_pixels(x->data, n);
    x->ndim = 3;
    void *less = cn__realloc(x->data, n);
    if (!less) return CN_ERROR_MEMORY;
    x->data = less;
    return CN_OK;
}

cn_status cn__image_start(const cn_image_options *o, cn__image_shape *s)
{
    static const char *const modes[] = {"grayscale", "rgb"};
    *s = (cn__image_shape){.height = o->height, .width = o->width, .either = !o->color_mode};
    s->grey = o->color_mode && strcmp(o->color_mode, modes[0]) == 0;
    if (!s->either && !s->grey && strcmp(o->color_mode, modes[1]) != 0)
        return cn__fail_word(CN_ERROR_ARGUMENT, "color_mode", o->color_mode, modes, 2);
    if (!o->height != !o->width || o->height > MOST_SIDE || o->width > MOST_SIDE)
        return cn__fail(CN_ERROR_ARGUMENT, "an image size of %zu × %zu; expected 1 to %d each", o->height,
                        o->width, MOST_SIDE);
    if (!(o->test_split >= 0 && o->test_split < 1))
        return cn__fail(CN_ERROR_ARGUMENT, "a test part of %g; expected a share between 0 and 1, such as 0.2",
                        o->test_split);
    return CN_OK;
}
