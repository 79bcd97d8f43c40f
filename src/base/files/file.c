/* Reading files and pipes, making folders, names of paths. Writing is in outfile.c. */
#include "base/files/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text/text.h"

enum { READ_STEP = 64 << 10, WRITER_WAIT = 3 /* seconds */ };

cn_status cn__fail_errno(const char *path, const char *what, int error)
{
    return cn__fail(error == ENOMEM ? CN_ERROR_MEMORY : CN_ERROR_FILE, "%s: %s: %s", path, what,
                    strerror(error));
}

char *cn__path_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return cn__strdup(".");
    if (slash == path) return cn__strdup("/");
    char *parent = cn__strdup(path);
    if (parent) parent[slash - path] = '\0';
    return parent;
}

const char *cn__path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
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

static cn_status fail_too_large(const char *path, size_t limit)
{
    char allowed[32];
    return cn__fail(CN_ERROR_FILE, "%s: larger than the %s (%zu bytes) that are read of such a file", path,
                    cn__byte_text((double)limit, allowed, sizeof allowed), limit);
}

/* A device has no end, and a terminal would wait for somebody to type a model. */
static cn_status check_kind(const char *path, const struct stat *info)
{
    if (S_ISDIR(info->st_mode)) return cn__fail_errno(path, "cannot be read", EISDIR);
    if (S_ISREG(info->st_mode) || S_ISFIFO(info->st_mode) || S_ISSOCK(info->st_mode)) return CN_OK;
    return cn__fail(CN_ERROR_FILE, "%s: this is a device; expected a file or a pipe", path);
}

/* The name is opened without waiting: a named pipe with no program at its other end would never open. */
static cn_status open_input(const char *path, int *fd, bool file)
{
    struct stat info;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0) return cn__fail_errno(path, "cannot be opened", errno);
    cn_status status =
        fstat(*fd, &info) == 0 ? check_kind(path, &info) : cn__fail_errno(path, "cannot be read", errno);
    if (status == CN_OK && file && !S_ISREG(info.st_mode))
        status = cn__fail(CN_ERROR_FILE,
                          "%s: this is a pipe; expected a file, which can be read in any order", path);
    if (status == CN_OK) return CN_OK;
    close(*fd);
    *fd = -1;
    return status;
}

cn_status cn__input_open(const char *path, int *fd) { return open_input(path, fd, false); }
cn_status cn__input_open_file(const char *path, int *fd) { return open_input(path, fd, true); }

ssize_t cn__read_head(int fd, void *data, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t got = read(fd, (char *)data + done, size - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

/* read() on a pipe that was opened without waiting: waits for what a program writes into it, and for such a program no
 * longer than WRITER_WAIT. -1 and errno ETIMEDOUT when none comes. */
static ssize_t read_pipe(int fd, void *data, size_t size, bool begun)
{
    for (int waited = 0;;) {
        struct pollfd wanted = {.fd = fd, .events = POLLIN};
        if (poll(&wanted, 1, 1000) < 0 && errno != EINTR) return -1;
        ssize_t got = read(fd, data, size);
        if (got > 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return got;
        if (got < 0) continue;                 /* a program has it open, and thinks */
        if (begun || wanted.revents) return 0; /* it has come to its end */
        if (++waited >= WRITER_WAIT) {
            errno = ETIMEDOUT;
            return -1;
        }
    }
}

/* Reads to the end, one byte beyond the limit at most, growing `text`. A pipe has no size to ask for. */
static cn_status read_all(int fd, const char *path, size_t limit, bool pipe, cn__text *text)
{
    static const char nothing[1] = "";
    char *chunk = cn__malloc(READ_STEP);
    cn_status status = chunk ? CN_OK : CN_ERROR_MEMORY;
    cn__text_add_bytes(text, nothing, 0); /* an empty file is "" */
    while (status == CN_OK) {
        ssize_t got = pipe ? read_pipe(fd, chunk, READ_STEP, text->size > 0) : read(fd, chunk, READ_STEP);
        if (got == 0) break;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == ETIMEDOUT && pipe)
            status = cn__fail(CN_ERROR_FILE, "%s: no program writes into this pipe (waited %d seconds)", path,
                              WRITER_WAIT);
        else if (got < 0) status = cn__fail_errno(path, "cannot be read", errno);
        else if ((size_t)got > limit - text->size) status = fail_too_large(path, limit);
        else cn__text_add_bytes(text, chunk, (size_t)got);
        if (text->failed) status = CN_ERROR_MEMORY;
    }
    if (text->failed) status = CN_ERROR_MEMORY;
    cn__free(chunk);
    return status;
}

cn_status cn__file_read_fd(int fd, const char *path, char **data, size_t *size, size_t limit)
{
    struct stat info;
    cn__text text = {0};
    *data = NULL;
    *size = 0;
    if (fstat(fd, &info) != 0) return cn__fail_errno(path, "cannot be read", errno);
    bool regular = S_ISREG(info.st_mode);
    if (regular && (uintmax_t)info.st_size > limit) return fail_too_large(path, limit);
    cn_status status = read_all(fd, path, limit, !regular, &text);
    if (status != CN_OK) {
        cn__text_free(&text);
        return status;
    }
    *data = text.data;
    *size = text.size;
    return CN_OK;
}

cn_status cn__file_read(const char *path, char **data, size_t *size, size_t limit)
{
    int fd;
    *data = NULL;
    *size = 0;
    CN_TRY(cn__input_open(path, &fd));
    cn_status status = cn__file_read_fd(fd, path, data, size, limit);
    close(fd);
    return status;
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
    return cn__fail_errno(path, "folder cannot be made", errno == EEXIST ? ENOTDIR : errno);
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

char *cn__cache_folder(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && *cache == '/') return cn__path_join(cache, "cornu");
    return home && *home ? cn__path_join(home, ".cache/cornu") : NULL;
}

bool cn__has_suffix(const char *path, const char *suffix)
{
    size_t length = strlen(path), end = strlen(suffix);
    return length >= end && strcasecmp(path + length - end, suffix) == 0;
}
