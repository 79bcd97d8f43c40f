/* Writing inside a folder and nowhere else. Each name is opened relative to the folder's descriptor: by openat2 on Linux,
 * elsewhere folder by folder, none of which may be a link. */
#include "base/files/outdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#if defined(SYS_openat2) && __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#define HAVE_OPENAT2 1
#endif
#endif

#include "base/arena.h"
#include "base/files/file.h"

/* ---- opening ------------------------------------------------------------------------------------------- */

cn_status cn__outdir_check(const char *name)
{
    const char *why = !*name ? "it is empty" : *name == '/' ? "it begins with '/'" : NULL;
    for (const char *p = name; *p && !why; p += strcspn(p, "/"), p += strspn(p, "/"))
        if (strcspn(p, "/") == 2 && p[0] == '.' && p[1] == '.') why = "it has '..' in it";
    if (!why) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "'%s' is not a name inside the folder: %s", name, why);
}

/* Folder by folder; the last part is opened with `flags`. */
static int walk_beneath(int folder, const char *name, int flags, unsigned mode)
{
    int at = dup(folder);
    for (const char *p = name; at >= 0;) {
        char part[256];
        size_t size = strcspn(p, "/");
        const char *next = p + size + strspn(p + size, "/");
        if (size >= sizeof part || !size || (size == 2 && p[0] == '.' && p[1] == '.')) {
            errno = size >= sizeof part ? ENAMETOOLONG : size ? EXDEV : ENOENT;
            break;
        }
        memcpy(part, p, size);
        part[size] = '\0';
        int fd = openat(at, part,
                        *next ? O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
                              : flags | O_NOFOLLOW | O_CLOEXEC,
                        (mode_t)mode),
            error = errno;
        close(at);
        errno = error;
        if (fd < 0 || !*next) return fd;
        at = fd, p = next;
    }
    int error = errno;
    if (at >= 0) close(at);
    errno = error;
    return -1;
}

int cn__open_beneath(int folder, const char *name, int flags, unsigned mode, bool walk)
{
#ifdef HAVE_OPENAT2
    struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC | O_NOFOLLOW),
                           .mode = flags & O_CREAT ? mode : 0,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    for (int attempt = 0; !walk && attempt < 100; attempt++) {
        long fd = syscall(SYS_openat2, folder, name, &how, sizeof how);
        if (fd >= 0) return (int)fd;
        if (errno == EAGAIN || errno == EINTR) continue; /* something was renamed meanwhile */
        if (errno != ENOSYS && errno != EPERM) return -1;
        break; /* an older kernel, or one that is kept from us */
    }
#endif
    (void)walk;
    return walk_beneath(folder, name, flags, mode);
}

static cn_status fail_inside(const cn__outdir *dir, const char *name, const char *what, int error)
{
    char *path = cn__path_join(dir->path, name);
    if (!path) return CN_ERROR_MEMORY;
    cn_status status =
        error == ENOTDIR
            ? cn__fail(CN_ERROR_FILE, "%s: %s: there is a file or a link on the way, expected a folder", path,
                       what)
        : error == ELOOP || error == EXDEV || error == EMLINK
            ? cn__fail(CN_ERROR_FILE, "%s: %s: there is a link on the way, which is not followed", path, what)
            : cn__fail_errno(path, what, error);
    cn__free(path);
    return status;
}

cn_status cn__outdir_open(cn__outdir *dir, const char *path)
{
    *dir = (cn__outdir){.fd = -1};
    CN_TRY(cn__make_dirs(path));
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return cn__fail_errno(path, "folder cannot be opened", errno);
    dir->path = cn__strdup(path);
    if (dir->path) {
        dir->fd = fd;
        return CN_OK;
    }
    close(fd);
    return CN_ERROR_MEMORY;
}

cn_status cn__outdir_open_in(cn__outdir *dir, const cn__outdir *parent, const char *name)
{
    *dir = (cn__outdir){.fd = -1};
    CN_TRY(cn__outdir_make(parent, name));
    int fd = cn__open_beneath(parent->fd, name, O_RDONLY | O_DIRECTORY, 0, false);
    if (fd < 0) return fail_inside(parent, name, "folder cannot be opened", errno);
    dir->path = cn__path_join(parent->path, name);
    if (dir->path) {
        dir->fd = fd;
        return CN_OK;
    }
    close(fd);
    return CN_ERROR_MEMORY;
}

void cn__outdir_close(cn__outdir *dir)
{
    if (!dir->path) return;
    close(dir->fd);
    cn__free(dir->path);
    *dir = (cn__outdir){.fd = -1};
}

/* ---- folders ------------------------------------------------------------------------------------------- */

/* mkdir of the last part of `name`, which may be there already. */
static int make_one(const cn__outdir *dir, const char *name)
{
    const char *slash = strrchr(name, '/');
    char *parent = slash ? cn__path_parent(name) : cn__strdup(".");
    errno = ENOMEM;
    int at = !parent ? -1
             : slash ? cn__open_beneath(dir->fd, parent, O_RDONLY | O_DIRECTORY, 0, false)
                     : dir->fd;
    int result = at < 0 ? -1 : mkdirat(at, slash ? slash + 1 : name, 0777), error = errno;
    if (at >= 0 && slash) close(at);
    cn__free(parent);
    errno = error;
    return result == 0 || error == EEXIST ? 0 : -1;
}

cn_status cn__outdir_make(const cn__outdir *dir, const char *name)
{
    CN_TRY(cn__outdir_check(name));
    char *copy = cn__strdup(name);
    if (!copy) return CN_ERROR_MEMORY;
    int error = 0;
    for (char *p = copy; !error && *p;) {
        p += strcspn(p, "/");
        char after = *p;
        *p = '\0';
        if (make_one(dir, copy) != 0) error = errno;
        *p = after;
        p += strspn(p, "/");
    }
    cn__free(copy);
    if (error) return fail_inside(dir, name, "folder cannot be made", error);
    int fd = cn__open_beneath(dir->fd, name, O_RDONLY | O_DIRECTORY, 0, false);
    if (fd < 0) return fail_inside(dir, name, "folder cannot be made", errno);
    close(fd);
    return CN_OK;
}

/* Opens the folder that `name` lies in, which is made. */
static cn_status open_parent(const cn__outdir *dir, const char *name, int *fd)
{
    *fd = -1;
    CN_TRY(cn__outdir_check(name));
    if (strchr(name, '/')) {
        char *parent = cn__path_parent(name);
        if (!parent) return CN_ERROR_MEMORY;
        cn_status status = cn__outdir_make(dir, parent);
        if (status == CN_OK) *fd = cn__open_beneath(dir->fd, parent, O_RDONLY | O_DIRECTORY, 0, false);
        cn__free(parent);
        CN_TRY(status);
    } else {
        *fd = fcntl(dir->fd, F_DUPFD_CLOEXEC, 0);
    }
    return *fd < 0 ? fail_inside(dir, name, "cannot be written", errno) : CN_OK;
}

/* ---- files --------------------------------------------------------------------------------------------- */

bool cn__outdir_has(const cn__outdir *dir, const char *name)
{
    struct stat info;
    int fd = cn__open_beneath(dir->fd, name, O_RDONLY | O_NONBLOCK, 0, false);
    bool there = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    if (fd >= 0) close(fd);
    return there;
}

void cn__outdir_remove(const cn__outdir *dir, const char *name)
{
    int folder;
    if (!cn__outdir_has(dir, name) || open_parent(dir, name, &folder) != CN_OK) return;
    (void)unlinkat(folder, cn__path_name(name), 0);
    close(folder);
}

/* Links in it are removed, not followed. */
static void empty(int folder, int depth)
{
    DIR *list = fdopendir(dup(folder));
    for (const struct dirent *entry; list && (entry = readdir(list));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (unlinkat(folder, entry->d_name, 0) == 0 || depth == 0) continue;
        int inner = cn__open_beneath(folder, entry->d_name, O_RDONLY | O_DIRECTORY, 0, false);
        if (inner < 0) continue;
        empty(inner, depth - 1);
        close(inner);
        (void)unlinkat(folder, entry->d_name, AT_REMOVEDIR);
    }
    if (list) closedir(list);
}

void cn__outdir_remove_all(const cn__outdir *dir, const char *name)
{
    int folder = cn__open_beneath(dir->fd, name, O_RDONLY | O_DIRECTORY, 0, false), parent;
    if (folder < 0) return;
    empty(folder, 1);
    close(folder);
    if (open_parent(dir, name, &parent) != CN_OK) return;
    (void)unlinkat(parent, cn__path_name(name), AT_REMOVEDIR);
    close(parent);
}

cn_status cn__outdir_read(const cn__outdir *dir, const char *name, char **data, size_t *size, size_t limit)
{
    struct stat info;
    *data = NULL;
    *size = 0;
    CN_TRY(cn__outdir_check(name));
    int fd = cn__open_beneath(dir->fd, name, O_RDONLY | O_NONBLOCK, 0, false);
    if (fd < 0) return fail_inside(dir, name, "cannot be opened", errno);
    char *path = cn__path_join(dir->path, name);
    cn_status status = !path ? CN_ERROR_MEMORY : CN_OK;
    if (path && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)))
        status = cn__fail(CN_ERROR_FILE, "%s: cannot be read: it is no file", path);
    if (status == CN_OK) status = cn__file_read_fd(fd, path, data, size, limit);
    cn__free(path);
    close(fd);
    return status;
}

cn_status cn__outdir_write(const cn__outdir *dir, const char *name, const void *data, size_t size)
{
    cn__outfile out;
    int folder;
    CN_TRY(open_parent(dir, name, &folder));
    char *path = cn__path_join(dir->path, name);
    if (!path) close(folder);
    cn_status status = path ? cn__outfile_open_in(&out, folder, cn__path_name(name), path) : CN_ERROR_MEMORY;
    cn__free(path);
    CN_TRY(status);
    return cn__outfile_put(&out, data, size);
}

cn_status cn__outdir_stream(const cn__outdir *dir, const char *name, char mode, FILE **out)
{
    int folder;
    *out = NULL;
    CN_TRY(open_parent(dir, name, &folder));
    const int flags = O_WRONLY | O_CREAT | O_NONBLOCK | (mode == 'a' ? O_APPEND : mode == 'x' ? O_EXCL : 0);
    struct stat info;
    int fd = openat(folder, cn__path_name(name), flags | O_NOFOLLOW | O_CLOEXEC, 0666), error = errno;
    close(folder);
    if (fd >= 0 && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))) error = EXDEV;
    else if (fd >= 0 && mode == 'w' && ftruncate(fd, 0) != 0) error = errno;
    else if (fd >= 0) error = (*out = fdopen(fd, mode == 'a' ? "ab" : "wb")) ? 0 : errno;
    if (*out) return CN_OK;
    if (fd >= 0) close(fd);
    return fail_inside(dir, name, "cannot be written", error);
}

/* ---- saving by way of a folder of its own ---------------------------------------------------------------- */

typedef struct stage {
    char name[CN_TEMPORARY_SIZE];
    int fd;
    char *path, *file; /* of the folder, and of the file in it */
} stage;

static cn_status open_stage(const cn__outdir *dir, const char *name, stage *s)
{
    *s = (stage){.fd = -1};
    cn__temporary_name(s->name);
    if (mkdirat(dir->fd, s->name, 0777) != 0) return fail_inside(dir, name, "cannot be written", errno);
    s->fd = openat(dir->fd, s->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (s->fd < 0) return fail_inside(dir, name, "cannot be written", errno);
    (void)flock(s->fd, LOCK_EX); /* so that nobody takes it for one that was left behind */
    s->path = cn__path_join(dir->path, s->name);
    s->file = s->path ? cn__path_join(s->path, cn__path_name(name)) : NULL;
    return s->file ? CN_OK : CN_ERROR_MEMORY;
}

static void close_stage(const cn__outdir *dir, const char *name, stage *s)
{
    if (s->fd >= 0) (void)unlinkat(s->fd, cn__path_name(name), 0);
    (void)unlinkat(dir->fd, s->name, AT_REMOVEDIR);
    if (s->fd >= 0) close(s->fd);
    cn__free(s->file);
    cn__free(s->path);
}

/* Where a file cannot be moved from one folder to another, it is copied. */
static cn_status copy_out(const cn__outdir *dir, const char *name, const stage *s)
{
    char *data;
    size_t size;
    CN_TRY(cn__file_read(s->file, &data, &size, SIZE_MAX / 2));
    cn_status status = cn__outdir_write(dir, name, data, size);
    cn__free(data);
    return status;
}

static cn_status move_out(const cn__outdir *dir, const char *name, const stage *s)
{
    int folder;
    struct stat old;
    const char *plain = cn__path_name(name);
    CN_TRY(open_parent(dir, name, &folder));
    bool exists = fstatat(folder, plain, &old, AT_SYMLINK_NOFOLLOW) == 0;
    int error = exists && S_ISDIR(old.st_mode)               ? EISDIR
                : exists && !S_ISREG(old.st_mode)            ? ELOOP
                : exists && (old.st_mode & 0222) == 0        ? EACCES
                : renameat(s->fd, plain, folder, plain) != 0 ? errno
                                                             : cn__sync_folder(folder);
    close(folder);
    if (!error) return CN_OK;
    return error == EXDEV ? copy_out(dir, name, s) : fail_inside(dir, name, "cannot be written", error);
}

cn_status cn__outdir_save(const cn__outdir *dir, const char *name,
                          cn_status (*write)(void *user, const char *path), void *user)
{
    stage s;
    CN_TRY(cn__outdir_check(name));
    cn_status status = open_stage(dir, name, &s);
    if (status == CN_OK) status = write(user, s.file);
    if (status == CN_OK) status = move_out(dir, name, &s);
    close_stage(dir, name, &s);
    return status;
}
