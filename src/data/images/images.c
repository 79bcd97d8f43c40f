/* A folder of images as a data set: in it a folder a class, in each of these its PNG or JPEG files. As Keras's
 * image_dataset_from_directory has it, classes are the folders' names in the order of their bytes, files are sorted likewise,
 * and then a draw by the seed mixes the samples; its last share is the test part. FOLDER/train and FOLDER/test, alone, are the
 * two parts themselves. */
#include "data/images/images.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/random.h"
#include "base/text/text.h"
#include "data/images/store.h"

enum { MOST_CLASSES = 1000, MOST_FILES = 1 << 28, MOST_SIDE = 1024 };

/* ---- names in a folder --------------------------------------------------------------------------------------- */

typedef struct names {
    const char **items;
    size_t count, capacity;
} names;

static cn_status add_name(names *n, const char *name)
{
    if (n->count == n->capacity) {
        size_t capacity = n->capacity ? 2 * n->capacity : 64;
        const char **items = cn__realloc(n->items, capacity * sizeof *items);
        if (!items) return CN_ERROR_MEMORY;
        n->items = items;
        n->capacity = capacity;
    }
    n->items[n->count++] = name;
    return name ? CN_OK : CN_ERROR_MEMORY;
}

static void names_free(names *n)
{
    cn__free(n->items);
    *n = (names){0};
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All but hidden ones, sorted. */
static cn_status list_names(cn__arena *arena, const char *folder, names *out)
{
    cn_status status = CN_OK;
    DIR *list = opendir(folder);
    if (!list) return cn__fail(CN_ERROR_FILE, "%s: no such folder, or it cannot be read", folder);
    for (const struct dirent *entry; status == CN_OK && (entry = readdir(list));)
        if (*entry->d_name != '.') status = add_name(out, cn__arena_strdup(arena, entry->d_name));
    closedir(list);
    if (status == CN_OK && out->count) qsort(out->items, out->count, sizeof *out->items, by_bytes);
    return status;
}

static const char *join(cn__arena *arena, const char *folder, const char *name)
{
    return cn__arena_format(arena, "%s%s%s", folder, cn__has_suffix(folder, "/") ? "" : "/", name);
}

static bool is_other_picture(const char *name)
{
    static const char *const endings[] = {".gif", ".bmp", ".webp", ".tif", ".tiff", ".heic"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (cn__has_suffix(name, endings[i])) return true;
    return false;
}

static bool is_jpeg(const char *name)
{
    return cn__has_suffix(name, ".jpg") || cn__has_suffix(name, ".jpeg");
}
static bool is_picture(const char *name) { return cn__has_suffix(name, ".png") || is_jpeg(name); }

/* Is the JPEG there as a PNG, too, as a conversion leaves it? `all` is sorted: a.jpg, …, a.png. */
static bool is_converted(const names *all, const char *name)
{
    size_t stem = (size_t)(strrchr(name, '.') - name);
    for (size_t i = 0; is_jpeg(name) && i < all->count; i++)
        if (cn__has_suffix(all->items[i], ".png") && strlen(all->items[i]) == stem + 4 &&
            strncmp(all->items[i], name, stem) == 0)
            return true;
    return false;
}

/* ---- what lies where ------------------------------------------------------------------------------------------- */

/* One part of the data: folders of classes, and their files in order. */
typedef struct part {
    const char *folder;
    names classes, files;
    uint32_t *labels; /* one a file */
} part;

static void part_free(part *p)
{
    names_free(&p->classes);
    names_free(&p->files);
    cn__free(p->labels);
}

/* The names that are folders, or PNG files; *pictures: how many of those. */
static cn_status list_folders(cn__arena *arena, const char *folder, names *out, size_t *pictures)
{
    names all = {0};
    cn_status status = list_names(arena, folder, &all);
    *pictures = 0;
    for (size_t i = 0; status == CN_OK && i < all.count; i++) {
        const char *path = join(arena, folder, all.items[i]);
        *pictures += is_picture(all.items[i]);
        if (!path) status = CN_ERROR_MEMORY;
        else if (cn__dir_exists(path)) status = add_name(out, all.items[i]);
    }
    names_free(&all);
    return status;
}

static cn_status no_classes(const char *folder, const names *classes, size_t pictures)
{
    if (classes->count == 1)
        return cn__fail(CN_ERROR_DATA,
                        "%s has one class only, '%s'; expected a folder for each of two or more", folder,
                        classes->items[0]);
    if (classes->count)
        return cn__fail(CN_ERROR_DATA, "%s has %zu folders; at most %d classes can be reported apart", folder,
                        classes->count, MOST_CLASSES);
    if (pictures)
        return cn__fail(
            CN_ERROR_DATA,
            "%s holds %zu picture%s and no folder; expected a folder a class, as in %s/cat/1.png, "
            "whose name is the label",
            folder, pictures, pictures == 1 ? "" : "s", folder);
    return cn__fail(
        CN_ERROR_DATA,
        "%s holds no folder; expected a folder a class with PNG or JPEG files, as in %s/cat/1.png", folder,
        folder);
}

static cn_status no_pictures(const part *p, const char *folder, const names *nested)
{
    if (nested->count)
        return cn__fail(
            CN_ERROR_DATA,
            "%s holds folders (%s, …) and no picture; expected PNG or JPEG files in a folder a class: "
            "%s/<class>/1.png, or %s/train/<class>/1.png and %s/test/<class>/1.png",
            folder, nested->items[0], p->folder, p->folder, p->folder);
    return cn__fail(CN_ERROR_DATA, "%s holds no PNG or JPEG file", folder);
}

/* The files of one class. A picture that would be passed over in silence is a mistake. */
static cn_status add_class(cn__arena *arena, part *p, const char *class)
{
    names all = {0}, nested = {0};
    size_t before = p->files.count;
    const char *folder = join(arena, p->folder, class);
    cn_status status = folder ? list_names(arena, folder, &all) : CN_ERROR_MEMORY;
    for (size_t i = 0; status == CN_OK && i < all.count; i++) {
        const char *path = join(arena, folder, all.items[i]);
        if (!path) status = CN_ERROR_MEMORY;
        else if (cn__dir_exists(path)) status = add_name(&nested, all.items[i]);
        else if (is_picture(path) && !cn__file_exists(path))
            status = cn__fail(CN_ERROR_FILE, "%s is no file that can be read", path);
        else if (is_picture(path) && !is_converted(&all, all.items[i])) status = add_name(&p->files, path);
        else if (is_other_picture(path))
            status = cn__fail(
                CN_ERROR_DATA,
                "%s is neither PNG nor JPEG, and others are not read; ImageMagick converts them: mogrify -format "
                "png %s/*%s",
                path, folder, strrchr(path, '.'));
    }
    if (status == CN_OK && p->files.count == before) status = no_pictures(p, folder, &nested);
    else if (status == CN_OK && nested.count)
        status = cn__fail(CN_ERROR_DATA, "%s/%s is a folder in a folder of a class; expected pictures alone",
                          folder, nested.items[0]);
    names_free(&all);
    names_free(&nested);
    return status;
}

static cn_status find_part(cn__arena *arena, part *p)
{
    size_t pictures;
    CN_TRY(list_folders(arena, p->folder, &p->classes, &pictures));
    if (p->classes.count < 2 || p->classes.count > MOST_CLASSES)
        return no_classes(p->folder, &p->classes, pictures);
    for (size_t c = 0; c < p->classes.count; c++) {
        size_t before = p->files.count;
        if (cn__check_utf8("the name of a folder", p->classes.items[c]) != CN_OK)
            return cn__fail_in("%s", p->folder);
        CN_TRY(add_class(arena, p, p->classes.items[c]));
        if (p->files.count > MOST_FILES)
            return cn__fail(CN_ERROR_DATA, "%s holds more than %d files", p->folder, MOST_FILES);
        uint32_t *labels = cn__realloc(p->labels, p->files.count * sizeof *labels);
        if (!labels) return CN_ERROR_MEMORY;
        p->labels = labels;
        for (size_t i = before; i < p->files.count; i++) labels[i] = (uint32_t)c;
    }
    return CN_OK;
}

/* FOLDER/train and FOLDER/test with folders in them, and no other? */
static cn_status has_parts(cn__arena *arena, const char *folder, bool *out)
{
    names folders = {0}, inside = {0};
    size_t pictures = 1;
    cn_status status = list_folders(arena, folder, &folders, &pictures);
    *out = status == CN_OK && folders.count == 2 && !strcmp(folders.items[0], "test") &&
           !strcmp(folders.items[1], "train");
    const char *train = *out ? join(arena, folder, "train") : NULL;
    if (train) status = list_folders(arena, train, &inside, &pictures);
    *out = *out && inside.count && !pictures;
    names_free(&folders);
    names_free(&inside);
    return status;
}

static cn_status check_same_classes(const part *train, const part *test)
{
    for (size_t i = 0; i < train->classes.count || i < test->classes.count; i++) {
        const char *a = i < train->classes.count ? train->classes.items[i] : NULL,
                   *b = i < test->classes.count ? test->classes.items[i] : NULL;
        if (a && b && strcmp(a, b) == 0) continue;
        bool lacks = !b || (a && strcmp(a, b) < 0);
        return cn__fail(CN_ERROR_DATA, "%s has no class '%s', which %s has; expected the same folders",
                        lacks ? test->folder : train->folder, lacks ? a : b,
                        lacks ? train->folder : test->folder);
    }
    return CN_OK;
}

/* ---- pictures ---------------------------------------------------------------------------------------------------- */

/* What is known of all pictures so far. */
typedef struct shape {
    size_t height, width;
    const char *first; /* the file that gave the size; NULL: the caller did */
    bool colour;
    bool grey, either; /* what is wanted: grey pictures, or grey where no picture has a colour */
} shape;

static bool becomes_grey(const shape *s) { return s->grey || (s->either && !s->colour); }

static cn_status check_size(const cn__picture *p, const char *path, shape *s)
{
    if (!s->height) s->height = p->height, s->width = p->width, s->first = path;
    if (s->height > MOST_SIDE || s->width > MOST_SIDE)
        return cn__fail(
            CN_ERROR_DATA,
            "%s is %zu × %zu pixels; at most %d × %d are taken as they are. Expected an image size to bring "
            "all to, such as 64",
            path, p->height, p->width, MOST_SIDE, MOST_SIDE);
    if (s->first && (p->height != s->height || p->width != s->width))
        return cn__fail(
            CN_ERROR_DATA,
            "%s is %zu × %zu pixels (height × width), and %s is %zu × %zu; expected all of one size, or an "
            "image size to bring all to, such as %zu",
            path, p->height, p->width, s->first, s->height, s->width,
            s->height < s->width ? s->height : s->width);
    return CN_OK;
}

static cn_status make_array(const shape *s, size_t n, cn_array *out)
{
    if (n > CN_DATA_LIMIT / 3 / s->height / s->width)
        return cn__fail(CN_ERROR_DATA,
                        "%zu images of %zu × %zu pixels are more than %zu GB; expected a smaller image size",
                        n, s->height, s->width, CN_DATA_LIMIT >> 30);
    return cn_array_new(out, CN_UINT8, 4, (size_t[]){n, s->height, s->width, 3});
}

/* Files order[0], order[1], … as x (n, height, width, 3) and y (n). */
static cn_status read_pictures(const part *p, const uint32_t *order, size_t n, shape *s, cn_array *x,
                               cn_array *y)
{
    CN_TRY(cn_array_new(y, CN_INT64, 1, &n));
    for (size_t i = 0; i < n; i++) {
        const char *path = p->files.items[order[i]];
        cn__picture picture;
        CN_TRY(cn__picture_read(path, &picture));
        cn_status status = check_size(&picture, path, s);
        if (status == CN_OK && !x->data) status = make_array(s, n, x);
        if (status == CN_OK)
            status = cn__picture_resize(&picture, s->height, s->width,
                                        (unsigned char *)x->data + i * cn_array_sample_size(x));
        s->colour = s->colour || picture.colour;
        cn__picture_free(&picture);
        CN_TRY(status);
        ((int64_t *)y->data)[i] = p->labels[order[i]];
    }
    return CN_OK;
}

/* n pixels of three colours to grey ones, in place, with libpng's weights for red, green and blue, which TensorFlow takes too. */
static void grey_pixels(unsigned char *pixels, size_t n)
{
    enum { RED = 9797, GREEN = 19234, BLUE = 3737 }; /* of 2^15 */
    const unsigned char *from = pixels;
    for (size_t i = 0; i < n; i++, from += 3)
        pixels[i] = (unsigned char)((RED * from[0] + GREEN * from[1] + BLUE * from[2]) >> 15);
}

/* (n, height, width, 3) to (n, height, width). */
static cn_status make_grey(cn_array *x)
{
    const size_t n = cn_array_size(x) / 3;
    grey_pixels(x->data, n);
    x->ndim = 3;
    void *less = cn__realloc(x->data, n);
    if (!less) return CN_ERROR_MEMORY;
    x->data = less;
    return CN_OK;
}

/* ---- the data set ------------------------------------------------------------------------------------------------ */

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
    const part *p;
    const uint32_t *order;
    size_t n;
} pile;

static cn_status find_size(const pile *first, shape *s)
{
    cn__picture picture;
    if (s->height) return CN_OK;
    const char *path = first->p->files.items[first->order[0]];
    CN_TRY(cn__picture_read(path, &picture));
    const cn_status status = check_size(&picture, path, s);
    cn__picture_free(&picture);
    return status;
}

/* What decides the bytes of a store: which files, in which order, and what they become. */
static cn_status make_key(const pile piles[2], const shape *s, char key[65])
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

static cn_array view_of(const unsigned char *pixels, size_t n, const shape *s, size_t channels)
{
    return cn_array_view(CN_UINT8, pixels, channels == 3 ? 4 : 3, (size_t[]){n, s->height, s->width, 3});
}

/* Decodes all into a new store. */
static cn_status fill_store(const pile piles[2], shape *s, const char *key, cn__image_store *store)
{
    const size_t n = piles[0].n + piles[1].n, image = s->height * s->width * 3;
    CN_TRY(cn__image_store_create(key, n * image, store));
    cn_status status = CN_OK;
    for (int k = 0; k < 2 && status == CN_OK; k++) {
        cn_array y = {0}, x = view_of(store->pixels + (k ? piles[0].n * image : 0), piles[k].n, s, 3);
        status = read_pictures(piles[k].p, piles[k].order, piles[k].n, s, &x, &y);
        cn_array_free(&y);
    }
    const bool grey = becomes_grey(s);
    if (status == CN_OK && grey) grey_pixels(store->pixels, n * image / 3);
    const cn__store_head head = {.height = s->height,
                                 .width = s->width,
                                 .channels = grey ? 1 : 3,
                                 .train = piles[0].n,
                                 .test = piles[1].n};
    return status == CN_OK ? cn__image_store_finish(store, &head) : status;
}

static cn_status read_stored(const pile piles[2], shape *s, cn_dataset *out)
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
static cn_status read_piles(const pile piles[2], shape *s, cn_dataset *out)
{
    CN_TRY(find_size(&piles[0], s));
    const size_t n = piles[0].n + piles[1].n;
    if (n <= CN_DATA_LIMIT / 3 / s->height / s->width && n * s->height * s->width * 3 > cn__image_memory())
        return read_stored(piles, s, out);
    CN_TRY(read_pictures(piles[0].p, piles[0].order, piles[0].n, s, &out->train_x, &out->train_y));
    CN_TRY(read_pictures(piles[1].p, piles[1].order, piles[1].n, s, &out->test_x, &out->test_y));
    if (!becomes_grey(s)) return CN_OK;
    CN_TRY(make_grey(&out->train_x));
    return make_grey(&out->test_x);
}

static cn_status read_whole(const part *p, const cn_image_options *o, shape *s, cn_dataset *out)
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

static cn_status read_parts(const part parts[2], const cn_image_options *o, shape *s, cn_dataset *out)
{
    uint32_t *train = draw_order(parts[0].files.count, o->seed),
             *test = train ? draw_order(parts[1].files.count, o->seed) : NULL;
    const pile piles[2] = {{&parts[0], train, parts[0].files.count}, {&parts[1], test, parts[1].files.count}};
    cn_status status = test ? read_piles(piles, s, out) : CN_ERROR_MEMORY;
    cn__free(train);
    cn__free(test);
    return status;
}

static cn_status name_classes(cn__arena *arena, const part *p, cn_dataset *out)
{
    const char **copies = cn__arena_array(arena, p->classes.count, sizeof *copies);
    if (!copies) return CN_ERROR_MEMORY;
    memcpy(copies, p->classes.items, p->classes.count * sizeof *copies);
    out->class_names = copies;
    out->classes = p->classes.count;
    return CN_OK;
}

static cn_status load(cn__arena *arena, part parts[2], const cn_image_options *o, shape *s, cn_dataset *out)
{
    bool two;
    CN_TRY(has_parts(arena, parts[0].folder, &two));
    if (two) {
        parts[1].folder = join(arena, parts[0].folder, "test");
        parts[0].folder = join(arena, parts[0].folder, "train");
        if (!parts[0].folder || !parts[1].folder) return CN_ERROR_MEMORY;
    }
    for (int i = 0; i < 1 + two; i++) CN_TRY(find_part(arena, &parts[i]));
    CN_TRY(name_classes(arena, &parts[0], out));
    if (!two) return read_whole(&parts[0], o, s, out);
    CN_TRY(check_same_classes(&parts[0], &parts[1]));
    return read_parts(parts, o, s, out);
}

static cn_status check_options(const cn_image_options *o, bool *grey, bool *either)
{
    static const char *const modes[] = {"grayscale", "rgb"};
    *either = !o->color_mode;
    *grey = o->color_mode && strcmp(o->color_mode, modes[0]) == 0;
    if (!*either && !*grey && strcmp(o->color_mode, modes[1]) != 0)
        return cn__fail_word(CN_ERROR_ARGUMENT, "color_mode", o->color_mode, modes, 2);
    if (!o->height != !o->width || o->height > MOST_SIDE || o->width > MOST_SIDE)
        return cn__fail(CN_ERROR_ARGUMENT, "an image size of %zu × %zu; expected 1 to %d each", o->height,
                        o->width, MOST_SIDE);
    if (!(o->test_split >= 0 && o->test_split < 1))
        return cn__fail(CN_ERROR_ARGUMENT, "a test part of %g; expected a share between 0 and 1, such as 0.2",
                        o->test_split);
    return CN_OK;
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
    part parts[2] = {{.folder = folder}, {.folder = NULL}};
    shape s = {.height = o->height, .width = o->width};
    *out = (cn_dataset){0};
    CN_TRY(check_options(o, &s.grey, &s.either));
    cn__dataset_memory *memory = cn__calloc(1, sizeof *memory);
    if (!memory) return CN_ERROR_MEMORY;
    memory->store.fd = -1;
    out->memory = memory;
    set_name(out, folder);
    cn_status status = load(&memory->arena, parts, o, &s, out);
    part_free(&parts[0]);
    part_free(&parts[1]);
    if (status != CN_OK) cn_dataset_free(out);
    return status;
}

/* ---- pictures without labels ---------------------------------------------------------------------------------------- */

/* A file, or those of a folder and of the folders in it. */
static cn_status add_pictures(cn__arena *arena, const char *path, int depth, names *out)
{
    names all = {0};
    if (!cn__dir_exists(path)) return add_name(out, path);
    cn_status status = list_names(arena, path, &all);
    for (size_t i = 0; status == CN_OK && i < all.count; i++) {
        const char *inside = join(arena, path, all.items[i]);
        if (!inside) status = CN_ERROR_MEMORY;
        else if (cn__dir_exists(inside) && depth < 3) status = add_pictures(arena, inside, depth + 1, out);
        else if (is_picture(inside) && !is_converted(&all, all.items[i])) status = add_name(out, inside);
    }
    names_free(&all);
    return status;
}

static cn_status read_unlabelled(cn__arena *arena, const char *path, const cn_image_options *o,
                                 cn_pictures *out)
{
    part p = {.folder = path};
    shape s = {.height = o->height, .width = o->width};
    bool grey, either;
    cn_array y = {0};
    CN_TRY(check_options(o, &grey, &either));
    cn_status status = add_pictures(arena, path, 0, &p.files);
    if (status == CN_OK && !p.files.count)
        status = cn__fail(CN_ERROR_DATA, "%s holds no PNG or JPEG file", path);
    uint32_t *order = status == CN_OK ? cn__malloc(p.files.count * sizeof *order) : NULL;
    p.labels = order ? cn__calloc(p.files.count, sizeof *p.labels) : NULL;
    for (size_t i = 0; order && i < p.files.count; i++) order[i] = (uint32_t)i;
    if (status == CN_OK && !p.labels) status = CN_ERROR_MEMORY;
    if (status == CN_OK) status = read_pictures(&p, order, p.files.count, &s, &out->x, &y);
    if (status == CN_OK && (grey || (either && !s.colour))) status = make_grey(&out->x);
    const char **files = status == CN_OK ? cn__arena_array(arena, p.files.count, sizeof *files) : NULL;
    if (files) memcpy(files, p.files.items, p.files.count * sizeof *files);
    out->files = files;
    out->count = files ? p.files.count : 0;
    cn__free(order);
    cn_array_free(&y);
    part_free(&p);
    return status == CN_OK && !files ? CN_ERROR_MEMORY : status;
}

cn_status cn_pictures_read(const char *path, const cn_image_options *options, cn_pictures *out)
{
    static const cn_image_options defaults = {0};
    cn__arena *arena = cn__calloc(1, sizeof *arena);
    *out = (cn_pictures){.memory = arena};
    if (!arena) return CN_ERROR_MEMORY;
    cn_status status = read_unlabelled(arena, path, options ? options : &defaults, out);
    if (status != CN_OK) cn_pictures_free(out);
    return status;
}

void cn_pictures_free(cn_pictures *p)
{
    cn_array_free(&p->x);
    if (p->memory) cn__arena_free(p->memory);
    cn__free(p->memory);
    *p = (cn_pictures){0};
}
