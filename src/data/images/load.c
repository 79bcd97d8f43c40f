/* A folder of images as a data set: in it a folder a class, in each of these its PNG or JPEG files. As Keras's
 * image_dataset_from_directory has it, classes are the folders' names in the order of their bytes, files are sorted likewise,
 * and then a draw by the seed mixes the samples; its last share is the test part. FOLDER/train and FOLDER/test, alone, are the
 * two parts themselves. */
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/random.h"
#include "base/text/text.h"
#include "data/images/folder.h"

/* 0 … n-1, mixed by the seed. Free with cn__free; NULL when out of memory. */
static uint32_t *draw_order(size_t n, uint64_t seed)
{
    uint32_t *order = cn__malloc(n * sizeof *order);
    cn__stream stream = cn__random_stream(seed, CN_RANDOM_DATA, 0, 0);
    if (order) cn__random_permutation(&stream, order, (uint32_t)n);
    return order;
}

/* The files of one part of the data, in the order of its samples. */
typedef struct pile {
    const cn__image_part *p;
    const uint32_t *order;
    size_t n;
} pile;

static cn_status find_size(const pile *first, cn__image_shape *s)
{
    cn__picture picture;
    if (s->height) return CN_OK;
    const char *path = first->p->files.items[first->order[0]];
    CN_TRY(cn__picture_read(path, &picture));
    const cn_status status = cn__image_check_size(&picture, path, s);
    cn__picture_free(&picture);
    return status;
}

/* What decides the bytes of a store: which files, in which order, and what they become. */
static cn_status make_key(const pile piles[2], const cn__image_shape *s, char key[65])
{
    cn__text t = {0};
    cn__text_printf(&t, "cornu images 1\n%zu %zu %d %d\n", s->height, s->width, s->grey, s->either);
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < piles[k].n; i++) {
            struct stat info = {0};
            const char *path = piles[k].p->files.items[piles[k].order[i]];
            (void)stat(path, &info);
            cn__text_printf(&t, "%d %s %llu %llu %lld %lld.%ld\n", k, path, (unsigned long long)info.st_dev,
                            (unsigned long long)info.st_ino, (long long)info.st_size,
                            (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
        }
    if (!t.failed) cn__sha256_hex(t.data, t.size, key);
    const bool failed = t.failed;
    cn__text_free(&t);
    return failed ? cn__fail_memory(0, "the names of pictures") : CN_OK;
}

static cn_status read_labels(const pile *p, cn_array *y)
{
    CN_TRY(cn_array_new(y, CN_INT64, 1, &p->n));
    for (size_t i = 0; i < p->n; i++) ((int64_t *)y->data)[i] = p->p->labels[p->order[i]];
    return CN_OK;
}

static cn_array view_of(const unsigned char *pixels, size_t n, const cn__image_shape *s, size_t channels)
{
    return cn_array_view(CN_UINT8, pixels, channels == 3 ? 4 : 3, (size_t[]){n, s->height, s->width, 3});
}

/* Decodes all into a new store. */
static cn_status fill_store(const pile piles[2], cn__image_shape *s, const char *key, cn__image_store *store)
{
    const size_t n = piles[0].n + piles[1].n, image = s->height * s->width * 3;
    CN_TRY(cn__image_store_create(key, n * image, store));
    cn_status status = CN_OK;
    for (int k = 0; k < 2 && status == CN_OK; k++) {
        cn_array y = {0}, x = view_of(store->pixels + (k ? piles[0].n * image : 0), piles[k].n, s, 3);
        status = cn__images_read(piles[k].p, piles[k].order, piles[k].n, s, &x, &y);
        cn_array_free(&y);
    }
    const bool grey = cn__images_become_grey(s);
    if (status == CN_OK && grey) cn__images_grey_pixels(store->pixels, n * image / 3);
    const cn__store_head head = {.height = s->height,
                                 .width = s->width,
                                 .channels = grey ? 1 : 3,
                                 .train = piles[0].n,
                                 .test = piles[1].n};
    return status == CN_OK ? cn__image_store_finish(store, &head) : status;
}

static cn_status read_stored(const pile piles[2], cn__image_shape *s, cn_dataset *out)
{
    char key[65];
    cn__image_store *store = &((cn__dataset_memory *)out->memory)->store;
    CN_TRY(make_key(piles, s, key));
    CN_TRY(cn__image_store_open(key, store));
    if (!store->head) CN_TRY(fill_store(piles, s, key, store));
    const cn__store_head *h = store->head;
    if (h->train != piles[0].n || h->test != piles[1].n || h->height != s->height || h->width != s->width)
        return cn__fail(CN_ERROR_FORMAT, "%s holds other pictures; expected it to be removed", store->path);
    const size_t channels = (size_t)h->channels;
    out->train_x = view_of(store->pixels, piles[0].n, s, channels);
    out->test_x =
        view_of(store->pixels + piles[0].n * s->height * s->width * channels, piles[1].n, s, channels);
    CN_TRY(read_labels(&piles[0], &out->train_y));
    return read_labels(&piles[1], &out->test_y);
}

/* Into memory, or where they are too many for it into a store. */
static cn_status read_piles(const pile piles[2], cn__image_shape *s, cn_dataset *out)
{
    CN_TRY(find_size(&piles[0], s));
    const size_t n = piles[0].n + piles[1].n;
    if (n <= CN_DATA_LIMIT / 3 / s->height / s->width && n * s->height * s->width * 3 > cn__image_memory())
        return read_stored(piles, s, out);
    CN_TRY(cn__images_read(piles[0].p, piles[0].order, piles[0].n, s, &out->train_x, &out->train_y));
    CN_TRY(cn__images_read(piles[1].p, piles[1].order, piles[1].n, s, &out->test_x, &out->test_y));
    if (!cn__images_become_grey(s)) return CN_OK;
    CN_TRY(cn__images_make_grey(&out->train_x));
    return cn__images_make_grey(&out->test_x);
}

static cn_status read_whole(const cn__image_part *p, const cn_image_options *o, cn__image_shape *s,
                            cn_dataset *out)
{
    double share = o->test_split > 0 ? o->test_split : 0.2;
    size_t n = p->files.count, test = (size_t)floor((double)n * share + 0.5);
    if (!test || test >= n)
        return cn__fail(CN_ERROR_DATA, "a test part of %g of the %zu images in %s leaves one part empty",
                        share, n, p->folder);
    uint32_t *order = draw_order(n, o->seed);
    if (!order) return CN_ERROR_MEMORY;
    const pile piles[2] = {{p, order, n - test}, {p, order + n - test, test}};
    cn_status status = read_piles(piles, s, out);
    cn__free(order);
    return status;
}

static cn_status read_parts(const cn__image_part parts[2], const cn_image_options *o, cn__image_shape *s,
                            cn_dataset *out)
{
    uint32_t *train = draw_order(parts[0].files.count, o->seed),
             *test = train ? draw_order(parts[1].files.count, o->seed) : NULL;
    const pile piles[2] = {{&parts[0], train, parts[0].files.count}, {&parts[1], test, parts[1].files.count}};
    cn_status status = test ? read_piles(piles, s, out) : CN_ERROR_MEMORY;
    cn__free(train);
    cn__free(test);
    return status;
}

static cn_status name_classes(cn__arena *arena, const cn__image_part *p, cn_dataset *out)
{
    const char **copies = cn__arena_array(arena, p->classes.count, sizeof *copies);
    if (!copies) return CN_ERROR_MEMORY;
    memcpy(copies, p->classes.items, p->classes.count * sizeof *copies);
    out->class_names = copies;
    out->classes = p->classes.count;
    return CN_OK;
}

static cn_status load(cn__arena *arena, cn__image_part parts[2], const cn_image_options *o,
                      cn__image_shape *s, cn_dataset *out)
{
    bool two;
    CN_TRY(cn__image_has_parts(arena, parts[0].folder, &two));
    if (two) {
        parts[1].folder = cn__image_path(arena, parts[0].folder, "test");
        parts[0].folder = cn__image_path(arena, parts[0].folder, "train");
        if (!parts[0].folder || !parts[1].folder) return CN_ERROR_MEMORY;
    }
    for (int i = 0; i < 1 + two; i++) CN_TRY(cn__image_part_find(arena, &parts[i]));
    CN_TRY(name_classes(arena, &parts[0], out));
    if (!two) return read_whole(&parts[0], o, s, out);
    CN_TRY(cn__image_same_classes(&parts[0], &parts[1]));
    return read_parts(parts, o, s, out);
}

/* The last word of the path. */
static void set_name(cn_dataset *d, const char *folder)
{
    size_t end = strlen(folder), begin;
    while (end > 1 && folder[end - 1] == '/') end--;
    for (begin = end; begin > 0 && folder[begin - 1] != '/'; begin--) {}
    cn__format(d->name, sizeof d->name, "%.*s", (int)(end - begin), folder + begin);
    cn__format(d->source, sizeof d->source, "%s", folder);
}

cn_status cn_images_load(const char *folder, const cn_image_options *options, cn_dataset *out)
{
    static const cn_image_options defaults = {0};
    const cn_image_options *o = options ? options : &defaults;
    cn__image_part parts[2] = {{.folder = folder}, {.folder = NULL}};
    cn__image_shape s;
    *out = (cn_dataset){0};
    CN_TRY(cn__image_start(o, &s));
    cn__dataset_memory *memory = cn__calloc(1, sizeof *memory);
    if (!memory) return CN_ERROR_MEMORY;
    memory->store.fd = -1;
    out->memory = memory;
    set_name(out, folder);
    cn_status status = load(&memory->arena, parts, o, &s, out);
    cn__image_part_free(&parts[0]);
    cn__image_part_free(&parts[1]);
    if (status != CN_OK) cn_dataset_free(out);
    return status;
}
