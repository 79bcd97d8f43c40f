/* The folder of images behind `dataset FOLDER`. */
#include <string.h>

#include "base/arena.h"
#include "base/text/text.h"
#include "lab/data/dataset_make.h"

/* What would be passed over in silence. */
static cn_status check_arguments(const cn__arguments *a, const char *name)
{
    const char *table = cn__table_argument(a);
    if (!table && a->task) table = "task";
    if (table)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "dataset %s: %s is for tables; the labels of a folder of images are the "
                        "names of the folders in it",
                        name, table);
    if (a->image_size.count > 2)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "dataset %s: image_size has %zu numbers; expected one, or [height, width]", name,
                        a->image_size.count);
    if (!(a->test_split > 0))
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "dataset %s: test_split: a test part of 0; expected a share between 0 and 1, such as 0.2", name);
    return CN_OK;
}

cn_status cn__load_images(cn__arena *arena, const char *path, const char *name, const cn__arguments *a,
                          uint64_t seed, cn_dataset *d, cn__stage *s)
{
    CN_TRY(check_arguments(a, name));
    cn_image_options options = {.color_mode = a->color_mode, .test_split = a->test_split, .seed = seed};
    if (a->image_size.count) {
        options.height = (size_t)a->image_size.items[0];
        options.width = (size_t)a->image_size.items[a->image_size.count - 1];
    }
    if (cn_images_load(path, &options, d) != CN_OK) return cn__fail_in("dataset");
    s->source = path;
    s->class_names = d->class_names;
    s->classes = d->classes;
    s->x = cn__borrow(&d->train_x), s->y = cn__borrow(&d->train_y);
    s->test_x = cn__borrow(&d->test_x), s->test_y = cn__borrow(&d->test_y);
    s->name = cn__arena_strdup(arena, d->name);
    return s->name ? CN_OK : CN_ERROR_MEMORY;
}
