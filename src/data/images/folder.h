/* The inside of reading folders of pictures: which files there are (folder.c), and their pixels (decode.c). */
#ifndef CN_DATA_IMAGES_FOLDER_H
#define CN_DATA_IMAGES_FOLDER_H

#include "data/images/images.h"

/* A list of names that grows; the names are in an arena. */
typedef struct cn__image_names {
    const char **items;
    size_t count, capacity;
} cn__image_names;

/* One part of the data: folders of classes, and their files in order. */
typedef struct cn__image_part {
    const char *folder;
    cn__image_names classes, files;
    uint32_t *labels; /* one a file */
} cn__image_part;

/* What is known of all pictures so far. */
typedef struct cn__image_shape {
    size_t height, width;
    const char *first; /* the file that gave the size; NULL: the caller did */
    bool colour;
    bool grey, either; /* what is wanted: grey pictures, or grey where no picture has a colour */
} cn__image_shape;

/* folder.c: the classes and files of part->folder. */
CN_CHECK cn_status cn__image_part_find(cn__arena *arena, cn__image_part *part);
void cn__image_part_free(cn__image_part *part);
/* Has the folder FOLDER/train and FOLDER/test with folders in them, and no other? */
CN_CHECK cn_status cn__image_has_parts(cn__arena *arena, const char *folder, bool *out);
CN_CHECK cn_status cn__image_same_classes(const cn__image_part *train, const cn__image_part *test);
/* A file, or those of a folder and of the folders in it. */
CN_CHECK cn_status cn__image_files(cn__arena *arena, const char *path, cn__image_names *out);
/* FOLDER/NAME; NULL when out of memory. */
const char *cn__image_path(cn__arena *arena, const char *folder, const char *name);

/* decode.c: the shape that the options ask for; fails where they make no sense. */
CN_CHECK cn_status cn__image_start(const cn_image_options *options, cn__image_shape *shape);
/* The picture has the size of those before it; the first sets it. */
CN_CHECK cn_status cn__image_check_size(const cn__picture *picture, const char *path, cn__image_shape *shape);
/* Files order[0], order[1], … as x (n, height, width, 3) and y (n). An x that has memory is filled. */
CN_CHECK cn_status cn__images_read(const cn__image_part *part, const uint32_t *order, size_t n,
                                   cn__image_shape *shape, cn_array *x, cn_array *y);
/* n pixels of three colours to grey ones, in place. */
void cn__images_grey_pixels(unsigned char *pixels, size_t n);
/* (n, height, width, 3) to (n, height, width). */
CN_CHECK cn_status cn__images_make_grey(cn_array *x);
static inline bool cn__images_become_grey(const cn__image_shape *s)
{
    return s->grey || (s->either && !s->colour);
}

#endif
