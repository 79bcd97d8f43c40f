/* By itself, since folders of images make a data set too. */
#include "data/images/images.h"

void cn_dataset_free(cn_dataset *d)
{
    cn_array_free(&d->train_x), cn_array_free(&d->train_y), cn_array_free(&d->test_x),
        cn_array_free(&d->test_y);
    cn__dataset_memory *memory = d->memory;
    if (memory) cn__image_store_close(&memory->store), cn__arena_free(&memory->arena);
    cn__free(memory);
    *d = (cn_dataset){0};
}
