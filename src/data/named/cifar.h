/* CIFAR-10 and CIFAR-100 (A. Krizhevsky, 2009) in their binary form: a record is one label, of CIFAR-100 a coarse and a fine one, and
 * 32 · 32 bytes each of red, green and blue. The pickles of the Python form are never read. */
#ifndef CN_DATA_NAMED_CIFAR_H
#define CN_DATA_NAMED_CIFAR_H

#include "data/data.h"

enum { CN_CIFAR_CLASSES = 100 };

typedef struct cn__cifar {
    const char *archive, *sha256, *url; /* cifar-10-binary.tar.gz */
    const char *train[6], *test;        /* files in it, without their folder; train ends in NULL */
    size_t labels;                      /* bytes of labels in a record; the last one counts */
} cn__cifar;

extern const cn__cifar cn__cifar10, cn__cifar100;

/* How many of its files lie in a folder, and the first that does not; how many there are in all. */
size_t cn__cifar_count(const cn__cifar *set, const char *folder, const char **lacking);
size_t cn__cifar_files(const cn__cifar *set);
/* Images (n, 32, 32, 3) and labels (n), from the files of a folder or from the archive. */
CN_CHECK cn_status cn__cifar_read_folder(const cn__cifar *set, const char *folder, cn_dataset *out);
/* From the unpacked archive. */
CN_CHECK cn_status cn__cifar_parse(const cn__cifar *set, const unsigned char *tar, size_t size,
                                   const char *where, cn_dataset *out);
CN_CHECK cn_status cn__cifar_read_archive(const cn__cifar *set, const char *path, cn_dataset *out);
/* Downloads the archive, checks its SHA-256, and puts its files into `folder`. */
CN_CHECK cn_status cn__cifar_fetch(const cn__cifar *set, const char *url, const char *folder,
                                   const cn_dataset_options *options);

#endif
