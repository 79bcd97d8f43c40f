/* The inside of making a stage: what the files dataset*.c share. */
#ifndef CN_LAB_DATASET_MAKE_H
#define CN_LAB_DATASET_MAKE_H

#include "lab/dataset.h"

/* dataset.c: `share` of the samples become the test part, by the seed. */
CN_CHECK cn_status cn__draw_test(cn__stage *stage, const cn_array *x, const cn_array *y, double share,
                                 uint64_t seed);

/* dataset_find.c: the path of the file that a document in `folder` (NULL: none) calls `name`. */
CN_CHECK cn_status cn__find_file(cn__arena *arena, const char *folder, const char *name, const char **out);

/* dataset_table.c */
CN_CHECK cn_status cn__load_table(cn__arena *arena, const char *path, const cn__arguments *arguments,
                                  uint64_t seed, cn__stage *stage);

#endif
