/* Data: files of arrays, folders of images, and data sets by name. In the second library (link with cornu).
 *
 *     cn_dataset d = {0};
 *     if (cn_dataset_load("mnist", NULL, &d) != CN_OK) fprintf(stderr, "%s\n", cn_error());
 *     cn_array x;
 *     cn_data_read("images.npy", &x);                  // .npy, .npz, IDX, IDX.gz */
#ifndef CORNU_DATA_H
#define CORNU_DATA_H

#include "array.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- files of arrays ------------------------------------------------------------------------------- */

/* Reads one array, by what the file holds: .npy, IDX, gzipped IDX, or an .npz; of an .npz with several members
 * one is named after a colon, "data.npz:x_train". The array is owned: free it with cn_array_free. Shapes and sizes
 * are checked against the file before memory is taken: at most four times the file's bytes, where a compressed file counts
 * as what it unpacks to, which is at most 1 GiB and 64 bytes for each of its own. */
CN_API CN_CHECK cn_status cn_data_read(const char *path, cn_array *out);

/* Writes a .npy file that numpy.load reads. */
CN_API CN_CHECK cn_status cn_npy_write(const char *path, const cn_array *array);

typedef struct cn_npz {
    size_t count;
    char **names; /* without ".npy" */
    cn_array *arrays;
} cn_npz;

/* All members of an .npz (those that are no .npy arrays are an error). */
CN_API CN_CHECK cn_status cn_npz_read(const char *path, cn_npz *out);
CN_API void cn_npz_free(cn_npz *npz);
/* The array of that name, owned by `npz`; NULL if there is none. */
CN_API const cn_array *cn_npz_find(const cn_npz *npz, const char *name);
/* Writes what numpy.savez would; equal arrays give equal bytes. */
CN_API CN_CHECK cn_status cn_npz_write(const char *path, const char *const *names, const cn_array *arrays,
                                       size_t count);

/* ---- a test part -------------------------------------------------------------------------------------- */

/* Draws a test part: round(n · fraction) samples, by `seed` the same everywhere. Both parts are mixed. */
CN_API CN_CHECK cn_status cn_data_split(const cn_array *x, const cn_array *y, double fraction, uint64_t seed,
                                        cn_array *train_x, cn_array *train_y, cn_array *test_x,
                                        cn_array *test_y);

typedef struct cn_split_options {
    double test_split;        /* the fraction of the samples that is the test part */
    uint64_t seed;            /* of the draw */
    const cn_array *stratify; /* labels, or one-hot rows: the fraction is taken of each class; NULL: of all */
    bool ordered;             /* the last samples are the test part, and nothing is mixed */
} cn_split_options;

/* The same with more to say. */
CN_API CN_CHECK cn_status cn_data_split_with(const cn_array *x, const cn_array *y,
                                             const cn_split_options *options, cn_array *train_x,
                                             cn_array *train_y, cn_array *test_x, cn_array *test_y);

/* Cross-validation: fold 0 … folds - 1 of a mixed order is the test part, the others the training part.
 *
 *     for (size_t fold = 0; fold < 5; fold++)
 *         cn_data_fold(&x, &y, &(cn_fold_options){.folds = 5, .fold = fold, .stratify = &y}, &a, &b, &c, &d); … */
typedef struct cn_fold_options {
    size_t folds, fold;
    uint64_t seed;
    size_t repeat; /* another draw of the same seed */
    const cn_array
        *stratify; /* labels, or one-hot rows: every fold has its share of each class; NULL: by chance */
} cn_fold_options;
CN_API CN_CHECK cn_status cn_data_fold(const cn_array *x, const cn_array *y, const cn_fold_options *options,
                                       cn_array *train_x, cn_array *train_y, cn_array *test_x,
                                       cn_array *test_y);

/* ---- data sets by name ------------------------------------------------------------------------------- */

typedef struct cn_dataset {
    char name[32];
    char source[512]; /* the folder or file it was read from */
    cn_array train_x,
        train_y; /* uint8 (n, 28, 28) and uint8 (n) for mnist and fashion_mnist; cn_images_load tells its own */
    cn_array test_x, test_y;
    size_t classes;
    const char *const *class_names; /* `classes` of them */
    void *memory;
} cn_dataset;

/* How a folder of images becomes arrays. */
typedef struct cn_image_options {
    size_t height, width;   /* what every image is brought to; 0: all must be of one size */
    const char *color_mode; /* "rgb", "grayscale"; NULL: grayscale where no pixel of any image has a colour */
    double test_split;      /* the fraction that is drawn as the test part; 0: 0.2 */
    uint64_t seed;          /* of that draw, and of the order of the samples */
} cn_image_options;

typedef struct cn_dataset_options {
    const char *data_dir; /* looked at first; NULL: none */
    bool offline;         /* never download (also: the environment variable CORNU_OFFLINE) */
    /* Called now and then during a download; bytes_total is 0 when unknown. May be NULL. */
    void (*progress)(void *user, const char *file, double bytes, double bytes_total);
    void *user;
    cn_image_options images; /* for a folder of images */
} cn_dataset_options;

/* Reads FOLDER/<class>/<file>.png (or .jpg), as Keras's image_dataset_from_directory does: classes are the folders' names in the order
 * of their bytes, samples are mixed by the seed. x is uint8 (n, height, width), of colour (n, height, width, 3), y int64
 * (n). FOLDER/train/<class> and FOLDER/test/<class>, where these two are alone, are the parts; else the test part is drawn.
 * Transparent pixels stand on white. Sizes are changed linearly, with the mean of what a pixel covers where an image gets
 * smaller. `options` may be NULL. Free with cn_dataset_free. */
CN_API CN_CHECK cn_status cn_images_load(const char *folder, const cn_image_options *options,
                                         cn_dataset *out);

/* Pictures without labels, of a file or of a folder (and the folders in it), in the order of their names. */
typedef struct cn_pictures {
    cn_array x; /* uint8 (n, height, width), of colour (n, height, width, 3) */
    const char *const *files;
    size_t count;
    void *memory;
} cn_pictures;

CN_API CN_CHECK cn_status cn_pictures_read(const char *path, const cn_image_options *options,
                                           cn_pictures *out);
CN_API void cn_pictures_free(cn_pictures *pictures);

/* Finds and reads a data set: "mnist" or "fashion_mnist"; any other name of a folder that is there is one of images, for
 * cn_images_load. Looked at, in this order: options->data_dir, $CORNU_DATA,
 * ./data, the user's cache ($XDG_CACHE_HOME/cornu or ~/.cache/cornu), Keras's own (~/.keras/datasets), system folders
 * (those of Debian's dataset-fashion-mnist). In each: NAME/ with IDX files, plain or gzipped; such files in the folder
 * itself where it is given by --data-dir; NAME.npz with x_train, y_train, x_test, y_test. Else it is downloaded
 * from one of several mirrors, its SHA-256 is checked, and it is kept in the user's cache. Else the message
 * names every place and what to do. `options` may be NULL. Free with cn_dataset_free. */
CN_API CN_CHECK cn_status cn_dataset_load(const char *name, const cn_dataset_options *options,
                                          cn_dataset *out);
CN_API void cn_dataset_free(cn_dataset *dataset);

/* Did the last cn_dataset_load of this thread fail because the data was nowhere to be found? */
CN_API bool cn_dataset_missing(void);

/* Known names; ends in NULL. */
CN_API const char *const *cn_dataset_names(void);

#ifdef __cplusplus
}
#endif
#endif
