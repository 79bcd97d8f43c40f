/* Files that are whole or not there: written to a temporary file in the target's folder, flushed to
 * disk, renamed over the target; then the folder is flushed, which makes the new name last. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"

enum { MOST_ATTEMPTS = 10000, READ_STEP = 64 << 10 };

static cn_status fail_errno(const char *path, const char *what, int error)
{
    return cn__fail(error == ENOMEM ? CN_ERROR_MEMORY : CN_ERROR_FILE, "%s: %s: %s", path, what,
                    strerror(error));
}

/* "a/b" -> "a", "/b" -> "/", "b" -> "."; free with cn__free. */
static char *parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return cn__strdup(".");
    if (slash == path) return cn__strdup("/");
    char *parent = cn__strdup(path);
    if (parent) parent[slash - path] = '\0';
    return parent;
}

char *cn__path_join(const char *dir, const char *name)
{
    size_t length = dir ? strlen(dir) : 0;
    bool slash = length && dir[length - 1] != '/';
    char *path = cn__malloc(length + slash + strlen(name) + 1);
    if (!path) return NULL;
    if (length) memcpy(path, dir, length);
    if (slash) path[length] = '/';
    memcpy(path + length + slash, name, strlen(name) + 1);
    return path;
}

/* Creates a file under a name that nobody has, in the folder of `path`. The name does not contain the
 * target's, which may be as long as names can be. The mode is that of the user's umask. */
static int create_beside(const char *path, char **temporary)
{
    char *dir = parent_of(path);
    int fd = -1;
    errno = ENOMEM;
    for (int attempt = 0; dir && fd < 0 && attempt < MOST_ATTEMPTS; attempt++) {
        char name[64];
        cn__format(name, sizeof name, ".cornu-%ld-%d.tmp", (long)getpid(), attempt);
        *temporary = cn__path_join(dir, name);
        if (!*temporary) {
            errno = ENOMEM;
            break;
        }
        fd = open(*temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0) break;
        int error = errno;
        cn__free(*temporary);
        *temporary = NULL;
        errno = error;
        if (error != EEXIST) break;
    }
    int error = errno;
    cn__free(dir);
    errno = error;
    return fd;
}

static void outfile_release(cn__outfile *out)
{
    cn__free(out->path);
    cn__free(out->temporary);
    *out = (cn__outfile){0};
}

/* A link is followed, so that its target is replaced and the link stays. NULL when out of memory. */
static char *resolve(const char *path)
{
    char *real = realpath(path, NULL);
    char *resolved = cn__strdup(real ? real : path);
    free(real);
    return resolved;
}

cn_status cn__outfile_open(cn__outfile *out, const char *path)
{
    struct stat old;
    *out = (cn__outfile){0};
    if (!*path) return cn__fail(CN_ERROR_FILE, "a file to write has an empty name");
    bool exists = stat(path, &old) == 0;
    if (exists && S_ISDIR(old.st_mode)) return fail_errno(path, "cannot be written", EISDIR);
    out->path = resolve(path);
    if (!out->path) return CN_ERROR_MEMORY;

    /* A device or a pipe is written, never replaced. */
    bool special = exists && !S_ISREG(old.st_mode);
    int fd = special ? open(path, O_WRONLY | O_CLOEXEC) : create_beside(out->path, &out->temporary);
    if (fd >= 0 && exists && !special)
        (void)!fchmod(fd, old.st_mode & 07777); /* kept if the system lets us */
    out->stream = fd < 0 ? NULL : fdopen(fd, "wb");
    if (out->stream) return CN_OK;

    int error = errno;
    if (fd >= 0) close(fd);
    cn__outfile_abort(out);
    return fail_errno(path, "cannot be written", error);
}

/* The folder's own entry. Some file systems cannot flush folders; that is no failure. */
static int sync_parent(const char *path)
{
    char *dir = parent_of(path);
    int fd = dir ? open(dir, O_RDONLY | O_CLOEXEC) : -1, error = 0;
    if (fd >= 0 && fsync(fd) != 0 && errno == EIO) error = EIO;
    if (fd >= 0) close(fd);
    cn__free(dir);
    return error;
}

/* Writes out what is buffered and closes; 0 or an errno. A stream that failed before keeps no reason. */
static int finish_stream(FILE *stream, bool to_disk)
{
    int error = ferror(stream) ? EIO : 0;
    if (fflush(stream) != 0) error = errno;
    if (!error && to_disk && fsync(fileno(stream)) != 0 && errno != EINVAL) error = errno;
    if (fclose(stream) != 0 && !error) error = errno;
    return error;
}

cn_status cn__outfile_commit(cn__outfile *out)
{
    int error = finish_stream(out->stream, out->temporary != NULL);
    out->stream = NULL;
    if (!error && out->temporary && rename(out->temporary, out->path) != 0) error = errno;
    if (error) {
        fail_errno(out->path, "cannot be written", error);
        cn__outfile_abort(out);
        return cn_error_status();
    }
    if (out->temporary) error = sync_parent(out->path);
    cn_status status = error ? fail_errno(out->path, "may not be on disk", error) : CN_OK;
    outfile_release(out);
    return status;
}

void cn__outfile_abort(cn__outfile *out)
{
    if (out->stream) fclose(out->stream);
    if (out->temporary) unlink(out->temporary);
    outfile_release(out);
}

/* Is it a temporary file of create_beside, whose process is gone? */
static bool is_stale(const char *name)
{
    long process;
    int attempt, end = 0;
    return sscanf(name, ".cornu-%ld-%d.tmp%n", &process, &attempt, &end) == 2 && end && !name[end] &&
           process > 0 && kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

void cn__remove_stale(const char *dir)
{
    DIR *list = opendir(dir);
    if (!list) return;
    for (const struct dirent *entry; (entry = readdir(list));) {
        char *path = is_stale(entry->d_name) ? cn__path_join(dir, entry->d_name) : NULL;
        if (path) unlink(path);
        cn__free(path);
    }
    closedir(list);
}

cn_status cn__file_write(const char *path, const void *data, size_t size)
{
    cn__outfile out;
    CN_TRY(cn__outfile_open(&out, path));
    if (size && fwrite(data, 1, size, out.stream) != size) {
        int error = errno;
        cn__outfile_abort(&out);
        return fail_errno(path, "cannot be written", error);
    }
    return cn__outfile_commit(&out);
}

static cn_status fail_too_large(const char *path, size_t limit)
{
    char allowed[32];
    return cn__fail(CN_ERROR_FILE, "%s: larger than the %s (%zu bytes) that are read of such a file", path,
                    cn__byte_text((double)limit, allowed, sizeof allowed), limit);
}

/* Reads to the end, one byte beyond the limit at most, growing `text`. A pipe has no size to ask for. */
static cn_status read_all(int fd, const char *path, size_t limit, cn__text *text)
{
    static const char room[1] = "";
    char *chunk = cn__malloc(READ_STEP);
    cn_status status = chunk ? CN_OK : CN_ERROR_MEMORY;
    cn__text_add_bytes(text, room, 0); /* an empty file is "" */
    while (status == CN_OK) {
        ssize_t got = read(fd, chunk, READ_STEP);
        if (got == 0) break;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) status = fail_errno(path, "cannot be read", errno);
        else if ((size_t)got > limit - text->size) status = fail_too_large(path, limit);
        else cn__text_add_bytes(text, chunk, (size_t)got);
        if (text->failed) status = CN_ERROR_MEMORY;
    }
    if (text->failed) status = CN_ERROR_MEMORY;
    cn__free(chunk);
    return status;
}

/* What can be told before anything is read. */
static cn_status check_readable(int fd, const char *path, size_t limit)
{
    struct stat info;
    if (fstat(fd, &info) != 0) return fail_errno(path, "cannot be read", errno);
    if (S_ISDIR(info.st_mode)) return fail_errno(path, "cannot be read", EISDIR);
    if (S_ISREG(info.st_mode) && (uintmax_t)info.st_size > limit) return fail_too_large(path, limit);
    return CN_OK;
}

cn_status cn__file_read(const char *path, char **data, size_t *size, size_t limit)
{
    cn__text text = {0};
    *data = NULL;
    *size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail_errno(path, "cannot be opened", errno);
    cn_status status = check_readable(fd, path, limit);
    if (status == CN_OK) status = read_all(fd, path, limit, &text);
    close(fd);
    if (status != CN_OK) {
        cn__text_free(&text);
        return status;
    }
    *data = text.data;
    *size = text.size;
    return CN_OK;
}

cn_status cn__infile_read(const cn__infile *file, char **data, size_t *size, size_t limit)
{
    if (!file->bytes) return cn__file_read(file->name, data, size, limit);
    *data = NULL;
    *size = file->size;
    if (file->size > limit) return fail_too_large(file->name, limit);
    *data = cn__malloc(file->size + 1);
    if (!*data) return CN_ERROR_MEMORY;
    memcpy(*data, file->bytes, file->size);
    (*data)[file->size] = '\0';
    return CN_OK;
}

bool cn__file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
}

bool cn__dir_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* One folder, which may be there already. */
static cn_status make_dir(const char *path)
{
    if (mkdir(path, 0777) == 0 || cn__dir_exists(path)) return CN_OK;
    return fail_errno(path, "folder cannot be made", errno == EEXIST ? ENOTDIR : errno);
}

cn_status cn__make_dirs(const char *path)
{
    char *copy = cn__strdup(path);
    if (!copy) return CN_ERROR_MEMORY;
    cn_status status = *copy ? CN_OK : cn__fail(CN_ERROR_FILE, "a folder to make has an empty name");
    for (char *c = copy; status == CN_OK && *c; c++) {
        if (c == copy || *c != '/') continue;
        *c = '\0';
        status = make_dir(copy);
        *c = '/';
    }
    if (status == CN_OK) status = make_dir(copy);
    cn__free(copy);
    return status;
}

bool cn__has_suffix(const char *path, const char *suffix)
{
    size_t length = strlen(path), end = strlen(suffix);
    return length >= end && strcasecmp(path + length - end, suffix) == 0;
}
