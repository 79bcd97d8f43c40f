#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/files/outdir.h"
#include "base/text/text.h"
#include "cli/folder.h"
#include "cli/options/wrap.h"
#include "cornu/data.h"

enum { DEEPEST = 32 };

/* "lab.sqlite", its journal, and the states of long trainings. */
static const char *const lab_files[] = {"lab.sqlite", "lab.sqlite-wal", "lab.sqlite-shm", "lab.sqlite.states",
                                        NULL},
                         *const image_files[] = {"images", NULL}, *const table_files[] = {"tables", NULL};

/* Those before the data sets. */
static const struct {
    const char *name, *what;
    const char *const *parts;
} own[] = {{"lab", "results of trainings in labs", lab_files},
           {"images", "folders of images, decoded", image_files},
           {"tables", "large tables, as they were read", table_files}};
enum { OWN = sizeof own / sizeof *own };

/* ---- sizes ---------------------------------------------------------------------------------------------- */

static void add_sizes(int folder, const char *name, int depth, cn__cache_entry *e)
{
    struct stat info;
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (!S_ISDIR(info.st_mode)) {
        e->bytes += (double)info.st_size;
        e->files++;
        return;
    }
    int fd = depth < DEEPEST ? openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) : -1;
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    if (!list && fd >= 0) close(fd);
    for (const struct dirent *entry; list && (entry = readdir(list));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            add_sizes(dirfd(list), entry->d_name, depth + 1, e);
    if (list) closedir(list);
}

/* ---- the caches ----------------------------------------------------------------------------------------- */

/* The names in the cache folder that belong to the i-th cache; NULL after the last cache. */
static const char *const *parts_of(size_t i, const char *one[2])
{
    if (i < OWN) return own[i].parts;
    const char *const *names = cn_dataset_names();
    for (size_t n = OWN; n < i && *names; n++) names++;
    one[0] = *names, one[1] = NULL;
    return *names ? one : NULL;
}

/* *fd is -1 where there is no such folder yet. */
static cn_status open_folder(char **path, int *fd)
{
    *fd = -1;
    *path = cn__cache_folder();
    if (!*path) return cn__fail(CN_ERROR_FILE, "there is no home directory, so there are no caches");
    *fd = open(*path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *fd >= 0 || errno == ENOENT ? CN_OK : cn__fail_errno(*path, "cannot be read", errno);
}

static void measure(int folder, size_t i, const char *const *parts, cn__cache_entry *e)
{
    *e = i < OWN ? (cn__cache_entry){.name = own[i].name, .what = own[i].what}
                 : (cn__cache_entry){.name = parts[0], .what = "downloaded data set"};
    for (size_t p = 0; folder >= 0 && parts[p]; p++) add_sizes(folder, parts[p], 0, e);
}

cn_status cn__caches(cn__cache_entry out[CN_CACHES], size_t *count)
{
    char *path;
    const char *one[2];
    int folder;
    *count = 0;
    cn_status status = open_folder(&path, &folder);
    for (size_t i = 0; status == CN_OK && i < CN_CACHES; i++) {
        const char *const *parts = parts_of(i, one);
        if (!parts) break;
        measure(folder, i, parts, &out[(*count)++]);
    }
    if (folder >= 0) close(folder);
    cn__free(path);
    return status;
}

void cn__print_cache(const cn__cache_entry *e)
{
    char size[32], text[100];
    cn__format(text, sizeof text, "%10s  %s", e->files ? cn__byte_text(e->bytes, size, sizeof size) : "-",
               e->what);
    cn__print_entry(e->name, text);
}

static void remove_parts(const cn__outdir *dir, const char *const *parts)
{
    for (size_t i = 0; parts[i]; i++) {
        cn__outdir_remove(dir, parts[i]);
        cn__outdir_remove_all(dir, parts[i]);
    }
}

static cn_status fail_name(const char *name)
{
    const char *names[CN_CACHES + 1], *one[2];
    size_t count = 0;
    names[count++] = "all";
    for (size_t i = 0; i < OWN; i++) names[count++] = own[i].name;
    for (size_t i = OWN; count < CN_CACHES && parts_of(i, one); i++) names[count++] = one[0];
    return cn__fail_word(CN_ERROR_ARGUMENT, "cache", name, names, count);
}

cn_status cn__cache_clear(const char *name, double *bytes)
{
    char *path;
    const char *one[2];
    int folder;
    bool known = strcmp(name, "all") == 0;
    *bytes = 0;
    CN_TRY(open_folder(&path, &folder));
    cn__outdir dir = {.fd = -1};
    cn_status status = folder >= 0 ? cn__outdir_open(&dir, path) : CN_OK;
    for (size_t i = 0; status == CN_OK && i < CN_CACHES; i++) {
        cn__cache_entry e, left;
        const char *const *parts = parts_of(i, one);
        if (!parts) break;
        measure(folder, i, parts, &e);
        if (strcmp(name, "all") != 0 && strcmp(name, e.name) != 0) continue;
        known = true;
        if (folder < 0) continue;
        remove_parts(&dir, parts);
        measure(folder, i, parts, &left);
        *bytes += e.bytes - left.bytes;
        if (left.files)
            status = cn__fail(CN_ERROR_FILE, "%s: %zu file%s of cache %s could not be removed", path,
                              left.files, left.files == 1 ? "" : "s", e.name);
    }
    cn__outdir_close(&dir);
    if (folder >= 0) close(folder);
    cn__free(path);
    return known ? status : fail_name(name);
}
