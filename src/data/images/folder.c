/* Which pictures a folder holds: a folder a class, in each of these its PNG or JPEG files, in the order of their bytes. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/files/file.h"
#include "base/text/text.h"
#include "data/images/folder.h"

enum { MOST_CLASSES = 1000, MOST_FILES = 1 << 28 };

/* ---- names in a folder --------------------------------------------------------------------------------------- */

static cn_status add_name(cn__image_names *n, const char *name)
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

static void names_free(cn__image_names *n)
{
    cn__free(n->items);
    *n = (cn__image_names){0};
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All but hidden ones, sorted. */
static cn_status list_names(cn__arena *arena, const char *folder, cn__image_names *out)
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

const char *cn__image_path(cn__arena *arena, const char *folder, const char *name)
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
static bool is_converted(const cn__image_names *all, const char *name)
{
    size_t stem = (size_t)(strrchr(name, '.') - name);
    for (size_t i = 0; is_jpeg(name) && i < all->count; i++)
        if (cn__has_suffix(all->items[i], ".png") && strlen(all->items[i]) == stem + 4 &&
            strncmp(all->items[i], name, stem) == 0)
            return true;
    return false;
}

/* ---- what lies where ------------------------------------------------------------------------------------------- */

void cn__image_part_free(cn__image_part *p)
{
    names_free(&p->classes);
    names_free(&p->files);
    cn__free(p->labels);
}

/* The names that are folders, or PNG files; *pictures: how many of those. */
static cn_status list_folders(cn__arena *arena, const char *folder, cn__image_names *out, size_t *pictures)
{
    cn__image_names all = {0};
    cn_status status = list_names(arena, folder, &all);
    *pictures = 0;
    for (size_t i = 0; status == CN_OK && i < all.count; i++) {
        const char *path = cn__image_path(arena, folder, all.items[i]);
        *pictures += is_picture(all.items[i]);
        if (!path) status = CN_ERROR_MEMORY;
        else if (cn__dir_exists(path)) status = add_name(out, all.items[i]);
    }
    names_free(&all);
    return status;
}

static cn_status no_classes(const char *folder, const cn__image_names *classes, size_t pictures)
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

static cn_status no_pictures(const cn__image_part *p, const char *folder, const cn__image_names *nested)
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
static cn_status add_class(cn__arena *arena, cn__image_part *p, const char *class)
{
    cn__image_names all = {0}, nested = {0};
    size_t before = p->files.count;
    const char *folder = cn__image_path(arena, p->folder, class);
    cn_status status = folder ? list_names(arena, folder, &all) : CN_ERROR_MEMORY;
    for (size_t i = 0; status == CN_OK && i < all.count; i++) {
        const char *path = cn__image_path(arena, folder, all.items[i]);
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

cn_status cn__image_part_find(cn__arena *arena, cn__image_part *p)
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

cn_status cn__image_has_parts(cn__arena *arena, const char *folder, bool *out)
{
    cn__image_names folders = {0}, inside = {0};
    size_t pictures = 1;
    cn_status status = list_folders(arena, folder, &folders, &pictures);
    *out = status == CN_OK && folders.count == 2 && !strcmp(folders.items[0], "test") &&
           !strcmp(folders.items[1], "train");
    const char *train = *out ? cn__image_path(arena, folder, "train") : NULL;
    if (train) status = list_folders(arena, train, &inside, &pictures);
    *out = *out && inside.count && !pictures;
    names_free(&folders);
    names_free(&inside);
    return status;
}

cn_status cn__image_same_classes(const cn__image_part *train, const cn__image_part *test)
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

static cn_status add_pictures(cn__arena *arena, const char *path, int depth, cn__image_names *out)
{
    cn__image_names all = {0};
    if (!cn__dir_exists(path)) return add_name(out, path);
    cn_status status = list_names(arena, path, &all);
    for (size_t i = 0; status == CN_OK && i < all.count; i++) {
        const char *inside = cn__image_path(arena, path, all.items[i]);
        if (!inside) status = CN_ERROR_MEMORY;
        else if (cn__dir_exists(inside) && depth < 3) status = add_pictures(arena, inside, depth + 1, out);
        else if (is_picture(inside) && !is_converted(&all, all.items[i])) status = add_name(out, inside);
    }
    names_free(&all);
    return status;
}

cn_status cn__image_files(cn__arena *arena, const char *path, cn__image_names *out)
{
    return add_pictures(arena, path, 0, out);
}
