/* Pictures as data: one PNG or JPEG file, its size and its colours changed. Those of a folder are an array (load.c). */
#ifndef CN_DATA_IMAGES_H
#define CN_DATA_IMAGES_H

#include "data/data.h"
#include "data/images/store.h"

typedef struct cn__picture {
    size_t width, height;
    bool colour;        /* is any pixel not grey? */
    unsigned char *rgb; /* (height, width, 3); of cn__malloc */
} cn__picture;

/* What a folder's cn_dataset keeps in `memory`: names, and the pixels where they are mapped. */
typedef struct cn__dataset_memory {
    cn__arena arena;
    cn__image_store store;
} cn__dataset_memory;

/* png.c. Transparent pixels stand on white. */
CN_CHECK cn_status cn__png_read(const cn__infile *file, cn__picture *out);
void cn__picture_free(cn__picture *picture);
bool cn__is_png(const unsigned char *bytes, size_t size);
/* Of a file that is one: does each chunk fit into it? Else libpng takes memory for what a chunk claims. */
bool cn__png_chunks_fit(const unsigned char *bytes, size_t size);

/* jpeg.c */
CN_CHECK cn_status cn__jpeg_read(const unsigned char *bytes, size_t size, const char *name, cn__picture *out);
bool cn__is_jpeg(const unsigned char *bytes, size_t size);
/* Either, by what the file holds. */
CN_CHECK cn_status cn__picture_read(const char *path, cn__picture *out);

/* resize.c: (height, width, 3) of another size into `out`, which has room for it. */
CN_CHECK cn_status cn__picture_resize(const cn__picture *picture, size_t height, size_t width,
                                      unsigned char *out);

#endif
