/* By itself, since folders of images make a data set too. */
#include "base/arena.h"
#include "cornu/data.h"

void cn_dataset_free(cn_dataset *d)
{
    cn_array_free(&d->train_x), cn_array_free(&d->train_y), cn_array_free(&d->test_x),
        cn_array_free(&d->test_y);
    if (d->memory) cn__arena_free(d->memory);
    cn__free(d->memory);
    *d = (cn_dataset){0};
}
