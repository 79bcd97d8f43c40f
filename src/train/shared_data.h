/* What trainings on the same arrays share, so that it is made once and not for each: whether the values are finite, how many of
 * them are zero, and lists of those that are not. For thousands of small networks side by side (sweep/). Thread-safe. */
#ifndef CN_TRAIN_SHARED_DATA_H
#define CN_TRAIN_SHARED_DATA_H

#include "train/train.h"

/* The arrays that are looked at through it must stay as they are, and outlive it. */
CN_CHECK cn_status cn__shared_data_new(cn__shared_data **out);
void cn__shared_data_free(cn__shared_data *shared);

/* Was this array added? Then its values are finite, and so much of it is zero. */
bool cn__shared_data_knows(cn__shared_data *shared, const cn_array *x, double *zeros);
CN_CHECK cn_status cn__shared_data_add(cn__shared_data *shared, const cn_array *x, double zeros);
/* A row a sample, of an array that was added. NULL: it would take too much memory. */
CN_CHECK cn_status cn__shared_data_lists(cn__shared_data *shared, const cn_array *x, const cn__sparse **out);

#endif
