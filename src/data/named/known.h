/* The inside of data sets by name: which there are (known.c), how their files are read (place.c) and fetched (fetch.c). */
#ifndef CN_DATA_NAMED_KNOWN_H
#define CN_DATA_NAMED_KNOWN_H

#include "data/data.h"
#include "data/named/cifar.h"

enum { CN_IDX_FILES = 4, CN_MIRRORS = 3, CN_PLACES = 3, CN_KNOWN_DATASETS = 4 };

typedef struct cn__known_dataset {
    const char *name, *alias;
    const char *sha256[CN_IDX_FILES]; /* of the files unzipped: who packs them anew changes the rest */
    const char *mirrors[CN_MIRRORS];
    const char *folders[CN_PLACES]; /* below the directories that are looked at */
    const char *system[CN_PLACES];
    const char *class_names[CN_CIFAR_CLASSES];
    size_t classes;         /* 0: ten */
    const cn__cifar *cifar; /* its files are CIFAR's; NULL: the four of MNIST */
} cn__known_dataset;

extern const cn__known_dataset cn__known_datasets[CN_KNOWN_DATASETS];
/* The four IDX files, in the order of cn_dataset: images and labels to train, images and labels to test. */
extern const char *const cn__idx_files[CN_IDX_FILES];

static inline size_t cn__known_classes(const cn__known_dataset *set)
{
    return set->classes ? set->classes : 10;
}

/* place.c: does `d` look as the data set's arrays must? `where` is for messages. */
CN_CHECK cn_status cn__known_check(const cn__known_dataset *set, const cn_dataset *d, const char *where);
/* How many of the four IDX files a folder has, gzipped or plain, and the first that it lacks. */
int cn__idx_count(const char *folder, int *lacking);
CN_CHECK cn_status cn__known_read_folder(const cn__known_dataset *set, const char *folder, cn_dataset *out);
CN_CHECK cn_status cn__known_read_npz(const cn__known_dataset *set, const char *path, cn_dataset *out);

/* fetch.c: downloads the files that `folder` lacks; failures are collected, a line a mirror. */
CN_CHECK cn_status cn__known_fetch(const cn__known_dataset *set, const char *folder,
                                   const cn_dataset_options *options, cn__text *failures);

#endif
