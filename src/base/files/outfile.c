/* Files that are whole or not there: written to a temporary file in the target's folder, flushed to disk, renamed over the
 * target; then the folder is flushed, which makes the new name last. Everything is relative to the folder's descriptor, so
 * that a folder that is renamed or replaced meanwhile leads nowhere else. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/text/text.h"

enum { MOST_ATTEMPTS = 10000, READER_WAIT = 3 /* seconds */ };

#ifdef O_PATH
enum { SEARCH_ONLY = O_PATH };
#else
enum { SEARCH_ONLY = O_RDONLY };
#endif

/* ---- temporary files ----------------------------------------------------------------------------------- */

void cn__temporary_name(char out[CN_TEMPORARY_SIZE])
{
    static atomic_uint next;
    cn__format(out, CN_TEMPORARY_SIZE, ".cornu-%ld-%u.tmp", (long)getpid(), atomic_fetch_add(&next, 1));
}

static bool is_temporary(const char *name)
{
    long process;
    unsigned number;
    int end = 0;
    return sscanf(name, ".cornu-%ld-%u.tmp%n", &process, &number, &end) == 2 && end && !name[end];
}

/* Holds it as its writer's. False: another program took it for one that was left behind, and has removed it. */
static bool lock_temporary(int fd)
{
    struct stat info;
    while (flock(fd, LOCK_EX) != 0)
        if (errno != EINTR) return true; /* a file system without locks */
    return fstat(fd, &info) != 0 || info.st_nlink > 0;
}

/* Creates a file under a name that nobody has. The name does not contain the target's, which may be as long as names can
 * be. The mode is that of the user's umask. */
static int create_in(int folder, char name[CN_TEMPORARY_SIZE])
{
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        cn__temporary_name(name);
        int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (fd < 0 && errno != EEXIST) return -1;
        if (fd < 0) continue;
        if (lock_temporary(fd)) return fd;
        close(fd);
    }
    errno = EEXIST;
    return -1;
}

/* Whoever gets the lock of a temporary file has found one without a writer. */
static void remove_if_stale(int folder, const char *name)
{
    struct stat opened, named;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return;
    bool stale = flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &opened) == 0 &&
                 fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && opened.st_ino == named.st_ino;
    if (stale && S_ISREG(opened.st_mode)) (void)unlinkat(folder, name, 0);
    if (stale && S_ISDIR(opened.st_mode)) {
        DIR *list = fdopendir(dup(fd));
        for (const struct dirent *entry; list && (entry = readdir(list));)
            (void)!unlinkat(fd, entry->d_name, 0);
        if (list) closedir(list);
        (void)unlinkat(folder, name, AT_REMOVEDIR);
    }
    close(fd);
}

void cn__remove_stale(const char *dir)
{
    DIR *list = opendir(dir);
    if (!list) return;
    for (const struct dirent *entry; (entry = readdir(list));)
        if (is_temporary(entry->d_name)) remove_if_stale(dirfd(list), entry->d_name);
    closedir(list);
}

/* ---- opening ------------------------------------------------------------------------------------------- */

static void outfile_release(cn__outfile *out)
{
    if (out->temporary) close(out->folder), close(out->lock);
    cn__free(out->path);
    cn__free(out->name);
    cn__free(out->temporary);
    *out = (cn__outfile){0};
}

static cn_status fail_to_write(const char *path, int error)
{
    return cn__fail_errno(path, "cannot be written", error);
}

/* Renaming would replace a file that its owner has protected, and the superuser's access() allows everything. */
static cn_status check_old(const char *path, const struct stat *old)
{
    if (S_ISDIR(old->st_mode)) return fail_to_write(path, EISDIR);
    if (!S_ISREG(old->st_mode) || (old->st_mode & 0222)) return CN_OK;
    return cn__fail(CN_ERROR_FILE, "%s: cannot be written: the file there is read-only (mode %03o)", path,
                    (unsigned)old->st_mode & 0777);
}

/* Where the file is: a link is followed, so that its target is replaced and the link stays. */
static cn_status resolve(const char *path, char **out)
{
    struct stat link, target;
    *out = NULL;
    bool is_link = lstat(path, &link) == 0 && S_ISLNK(link.st_mode);
    if (!is_link) return (*out = cn__strdup(path)) ? CN_OK : CN_ERROR_MEMORY;
    if (stat(path, &target) != 0)
        return cn__fail(CN_ERROR_FILE, "%s: cannot be written: this is a dangling link (%s)", path,
                        strerror(errno));
    char *real = realpath(path, NULL);
    if (!real) return fail_to_write(path, errno);
    *out = cn__strdup(real);
    free(real);
    return *out ? CN_OK : CN_ERROR_MEMORY;
}

static int open_folder(const char *path)
{
    char *parent = cn__path_parent(path);
    errno = ENOMEM;
    int fd = parent ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0 && errno == EACCES) fd = open(parent, SEARCH_ONLY | O_DIRECTORY | O_CLOEXEC);
    int error = errno;
    cn__free(parent);
    errno = error;
    return fd;
}

/* A pipe that nobody reads would keep the program for ever. */
static int open_special(const char *path)
{
    for (int waited = 0;; waited++) {
        int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd >= 0) {
            int flags = fcntl(fd, F_GETFL);
            if (flags >= 0) (void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
            return fd;
        }
        if (errno != ENXIO || waited == READER_WAIT) return -1;
        (void)poll(NULL, 0, 1000);
    }
}

static cn_status fail_no_reader(const char *path)
{
    return cn__fail(CN_ERROR_FILE, "%s: cannot be written: no program reads from this pipe", path);
}

/* What the standard output goes to is written where it stands: a file that a shell has opened for it is not replaced. */
static bool is_standard_output(const char *path) { return strcmp(path, "/dev/stdout") == 0; }

/* A device or a pipe is written, never replaced. */
static cn_status begin_special(cn__outfile *out, const char *path)
{
    if (is_standard_output(path)) fflush(stdout); /* what was printed before comes first */
    int fd = is_standard_output(path) ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0) : open_special(path);
    int error = errno;
    if (fd < 0 && error == ENXIO) return fail_no_reader(path);
    if (fd < 0) return fail_to_write(path, error);
    out->path = cn__strdup(path);
    out->stream = out->path ? fdopen(fd, "wb") : NULL;
    if (out->stream) return CN_OK;
    error = errno;
    close(fd);
    outfile_release(out);
    return fail_to_write(path, error);
}

/* Takes over the folder's descriptor. `old`: what is there already, or NULL. */
static cn_status begin(cn__outfile *out, int folder, const char *name, const char *path,
                       const struct stat *old)
{
    char temporary[CN_TEMPORARY_SIZE];
    int fd = create_in(folder, temporary), error = errno;
    if (fd < 0) {
        close(folder);
        return fail_to_write(path, error);
    }
    if (old) (void)!fchmod(fd, old->st_mode & 07777); /* kept if the system lets us */
    *out = (cn__outfile){.folder = folder,
                         .lock = fcntl(fd, F_DUPFD_CLOEXEC, 0),
                         .path = cn__strdup(path),
                         .name = cn__strdup(name),
                         .temporary = cn__strdup(temporary)};
    bool memory = out->path && out->name && out->temporary;
    out->stream = memory && out->lock >= 0 ? fdopen(fd, "wb") : NULL;
    if (out->stream) return CN_OK;
    error = memory ? errno : ENOMEM;
    close(fd);
    (void)unlinkat(folder, temporary, 0);
    if (!out->temporary) close(folder), close(out->lock);
    outfile_release(out);
    return fail_to_write(path, error);
}

cn_status cn__outfile_open(cn__outfile *out, const char *path)
{
    struct stat old;
    char *real;
    *out = (cn__outfile){0};
    if (!*path) return cn__fail(CN_ERROR_FILE, "a file to write has an empty name");
    if (is_standard_output(path)) return begin_special(out, path);
    bool exists = stat(path, &old) == 0;
    if (exists) CN_TRY(check_old(path, &old));
    if (exists && !S_ISREG(old.st_mode)) return begin_special(out, path);
    CN_TRY(resolve(path, &real));
    int folder = open_folder(real), error = errno;
    cn_status status = folder < 0 ? fail_to_write(path, error)
                                  : begin(out, folder, cn__path_name(real), path, exists ? &old : NULL);
    cn__free(real);
    return status;
}

cn_status cn__outfile_open_in(cn__outfile *out, int folder, const char *name, const char *path)
{
    struct stat old;
    *out = (cn__outfile){0};
    bool exists = fstatat(folder, name, &old, AT_SYMLINK_NOFOLLOW) == 0;
    cn_status status =
        !exists ? CN_OK
        : S_ISREG(old.st_mode) || S_ISDIR(old.st_mode)
            ? check_old(path, &old)
            : cn__fail(CN_ERROR_FILE,
                       "%s: cannot be written: it is a link or a device, and expected is a file", path);
    if (status == CN_OK) return begin(out, folder, name, path, exists ? &old : NULL);
    close(folder);
    return status;
}

cn_status cn__stream_open(const char *path, char mode, FILE **out)
{
    struct stat old;
    *out = NULL;
    bool exists = stat(path, &old) == 0;
    if (exists && S_ISDIR(old.st_mode)) return fail_to_write(path, EISDIR);
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (mode == 'a' ? O_APPEND : O_TRUNC);
    int fd = exists && !S_ISREG(old.st_mode) ? open_special(path) : open(path, flags, 0666);
    if (fd >= 0 && (*out = fdopen(fd, mode == 'a' ? "ab" : "wb"))) return CN_OK;
    int error = errno;
    if (fd >= 0) close(fd);
    if (error == ENXIO) return fail_no_reader(path);
    return fail_to_write(path, error);
}

cn_status cn__outfile_check(const char *path)
{
    struct stat old;
    cn__outfile out;
    if (is_standard_output(path)) return CN_OK;
    if (*path && stat(path, &old) == 0 && !S_ISREG(old.st_mode) && !S_ISDIR(old.st_mode))
        return access(path, W_OK) == 0 ? CN_OK : fail_to_write(path, errno);
    CN_TRY(cn__outfile_open(&out, path));
    cn__outfile_abort(&out);
    return CN_OK;
}

/* ---- the end of writing -------------------------------------------------------------------------------- */

int cn__sync_folder(int folder) { return fsync(folder) != 0 && errno == EIO ? EIO : 0; }

/* Why did a stream fail before? It keeps no reason: what hinders writing now will have hindered it then. */
static int find_reason(int fd)
{
    static const char bytes[4096];
    ssize_t written = write(fd, bytes, sizeof bytes);
    return written < 0 ? errno : written < (ssize_t)sizeof bytes ? ENOSPC : EIO;
}

/* Writes out what is buffered and closes; 0 or an errno. */
static int finish_stream(FILE *stream, bool to_disk)
{
    int error = ferror(stream) ? find_reason(fileno(stream)) : 0;
    if (!error && fflush(stream) != 0) error = errno;
    if (!error && to_disk && fsync(fileno(stream)) != 0 && errno != EINVAL) error = errno;
    if (fclose(stream) != 0 && !error) error = errno;
    return error;
}

cn_status cn__outfile_commit(cn__outfile *out)
{
    int error = finish_stream(out->stream, out->temporary && !out->is_cache);
    out->stream = NULL;
    if (!error && out->temporary && renameat(out->folder, out->temporary, out->folder, out->name) != 0)
        error = errno;
    if (error) {
        fail_to_write(out->path, error);
        cn__outfile_abort(out);
        return cn_error_status();
    }
    if (out->temporary && !out->is_cache) error = cn__sync_folder(out->folder);
    cn_status status = error ? cn__fail_errno(out->path, "may not be on disk", error) : CN_OK;
    outfile_release(out);
    return status;
}

void cn__outfile_abort(cn__outfile *out)
{
    if (out->stream) fclose(out->stream);
    if (out->temporary) (void)unlinkat(out->folder, out->temporary, 0);
    outfile_release(out);
}

cn_status cn__outfile_put(cn__outfile *out, const void *data, size_t size)
{
    if (size && fwrite(data, 1, size, out->stream) != size) {
        int error = errno;
        fail_to_write(out->path, error);
        cn__outfile_abort(out);
        return cn_error_status();
    }
    return cn__outfile_commit(out);
}

cn_status cn__file_write(const char *path, const void *data, size_t size)
{
    cn__outfile out;
    CN_TRY(cn__outfile_open(&out, path));
    return cn__outfile_put(&out, data, size);
}
