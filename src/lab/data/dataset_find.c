/* Where a file lies that a document names: beside the document, or else in the working directory. */
#include <dirent.h>
#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/text/text.h"
#include "lab/data/dataset_make.h"

static const char *join(cn__arena *arena, const char *folder, const char *name)
{
    return cn__arena_format(arena, "%s%s%s", folder, cn__has_suffix(folder, "/") ? "" : "/", name);
}

/* "data.npz" of "data.npz:x", the file that holds the member. */
static const char *without_member(cn__arena *arena, const char *path)
{
    const char *colon = strrchr(path, ':');
    if (!colon || colon - path < 4 || strncmp(colon - 4, ".npz", 4) != 0) return path;
    return cn__arena_format(arena, "%.*s", (int)(colon - path), path);
}

static bool is_there(cn__arena *arena, const char *path)
{
    const char *file = without_member(arena, path);
    return cn__file_exists(path) || (file && cn__file_exists(file));
}

enum { MOST_NAMES = 200 };

/* The file with the nearest name in the folder of `path`, as it could be written in place of `name`; NULL: none. */
static const char *nearest_file(cn__arena *arena, const char *path, const char *name)
{
    const char *names[MOST_NAMES], *folder = cn__folder_of(arena, path), *slash = strrchr(name, '/');
    const char *plain = slash ? slash + 1 : name;
    size_t n = 0;
    DIR *list = opendir(folder ? folder : ".");
    if (!list) return NULL;
    for (const struct dirent *entry; n < MOST_NAMES && (entry = readdir(list));)
        if (*entry->d_name != '.' && (names[n] = cn__arena_strdup(arena, entry->d_name))) n++;
    closedir(list);
    const char *near = cn__nearest_word(plain, names, n);
    return near ? cn__arena_format(arena, "%.*s%s", (int)(plain - name), name, near) : NULL;
}

/* The folder whose name is nearest, as it could be written in place of `name`; NULL: none. */
static const char *nearest_folder(cn__arena *arena, const char *path, const char *name)
{
    const char *near = nearest_file(arena, path, name), *beside = cn__folder_of(arena, path),
               *slash = near ? strrchr(near, '/') : NULL;
    const char *there = near && beside ? join(arena, beside, slash ? slash + 1 : near) : near;
    return there && cn__dir_exists(there) ? near : NULL;
}

static bool may_read(const cn__stages *stages, const char *path)
{
    return !stages || cn__access_allows(&stages->access, path);
}

static cn_status fail_outside(const char *name)
{
    return cn__fail(
        CN_ERROR_ARGUMENT,
        "dataset: %s lies outside of what a lab may read: its own folder, the working directory and "
        "the folders of data sets; cornu lab run --allow DIR adds one",
        name);
}

cn_status cn__find_folder(cn__arena *arena, const cn__stages *stages, const char *name, const char **out)
{
    const char *folder = stages ? stages->folder : NULL,
               *beside = folder && *name != '/' ? join(arena, folder, name) : name;
    if (!beside) return CN_ERROR_MEMORY;
    bool first = may_read(stages, beside), second = may_read(stages, name);
    *out = first && cn__dir_exists(beside) ? beside : second && cn__dir_exists(name) ? name : NULL;
    if (!*out && !(first && second)) return fail_outside(name);
    if (*out || cn__check_dataset_name(name, true) != CN_OK) return CN_OK;
    const char *near = first ? nearest_folder(arena, beside, name) : NULL;
    if (!near && folder && second) near = nearest_folder(arena, name, name);
    return near ? cn__fail(CN_ERROR_FILE, "dataset: there is no folder %s; did you mean '%s'?", name, near)
                : CN_OK;
}

cn_status cn__find_file(cn__arena *arena, const cn__stages *stages, const char *name, const char **out)
{
    const char *places[2] = {NULL, *name == '/' ? name : join(arena, ".", name)},
               *folder = stages ? stages->folder : NULL;
    size_t count = 0;
    bool hidden = false;
    if (folder && *name != '/') places[0] = join(arena, folder, name);
    if (!places[1] || (folder && *name != '/' && !places[0])) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < 2; i++) {
        if (!places[i]) continue;
        if (may_read(stages, places[i])) places[count++] = places[i];
        else hidden = true;
    }
    for (size_t i = 0; i < count; i++) {
        *out =
            places[i][0] == '.' && places[i][1] == '/' && strcmp(places[i] + 2, name) == 0 ? name : places[i];
        if (is_there(arena, places[i])) return CN_OK;
        if (cn__dir_exists(places[i]))
            return cn__fail(
                CN_ERROR_FILE,
                "dataset: %s is a folder; expected a file: a table, or pictures as one array (.npy, "
                ".npz:name, IDX). A folder of images is loaded with dataset %s",
                places[i], name);
    }
    if (hidden) return fail_outside(name); /* perhaps it lies where the document may not look */
    for (size_t i = 0; i < count; i++)
        CN_TRY((places[i] = without_member(arena, places[i])) ? CN_OK : CN_ERROR_MEMORY);
    if (!(name = without_member(arena, name))) return CN_ERROR_MEMORY;
    const char *near = nearest_file(arena, places[0], name);
    if (!near && count > 1) near = nearest_file(arena, places[1], name);
    return cn__fail(CN_ERROR_FILE, "dataset: there is no file %s%s%s%s%s%s", places[0],
                    count > 1 ? ", and none " : "", count > 1 ? places[1] : "",
                    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}
