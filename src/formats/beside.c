/* Opening a file beside a model: relative to the open folder, so that what was checked is what is read. */
#include "formats/beside.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"

static cn_status fail(cn_status status, const char *name, const char *what)
{
    return cn__fail(status, "'%.80s', %s", name, what);
}

static cn_status check_name(const char *name)
{
    if (*name && !strpbrk(name, "/\\") && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) return CN_OK;
    return fail(CN_ERROR_FORMAT, name, "expected the name of a file in the model's own folder");
}

static int open_folder(const char *model)
{
    const char *slash = strrchr(model, '/');
    char *folder = cn__strdup(slash ? model : ".");
    if (!folder) {
        errno = ENOMEM;
        return -1;
    }
    if (slash) folder[slash - model + (slash == model)] = '\0';
    const int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = errno;
    cn__free(folder);
    errno = error;
    return at;
}

static cn_status check_file(cn__beside *b)
{
    struct stat info;
    if (fstat(b->file, &info) != 0) return fail(CN_ERROR_FILE, b->name, strerror(errno));
    if (!S_ISREG(info.st_mode)) return fail(CN_ERROR_FORMAT, b->name, "which is no plain file");
    if (info.st_nlink != 1)
        return fail(CN_ERROR_FORMAT, b->name,
                    "which is a file of several names (hard links); expected one of its own");
    b->size = (uint64_t)info.st_size;
    return CN_OK;
}

cn_status cn__beside_open(const char *model, const char *name, cn__beside *out)
{
    *out = (cn__beside){.file = -1, .name = name};
    CN_TRY(check_name(name));
    const int folder = open_folder(model);
    if (folder >= 0) /* a pipe without a writer must not be waited for */
        out->file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const int error = errno;
    if (folder >= 0) close(folder);
    if (out->file < 0)
        return error == ELOOP
                   ? fail(CN_ERROR_FORMAT, name, "which is a link; links are not followed")
                   : fail(error == ENOMEM ? CN_ERROR_MEMORY : CN_ERROR_FILE, name, strerror(error));
    cn_status status = check_file(out);
    if (status != CN_OK) cn__beside_close(out);
    return status;
}

cn_status cn__beside_read(const cn__beside *b, uint64_t offset, void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        const ssize_t got = pread(b->file, (char *)bytes + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(CN_ERROR_FILE, b->name, strerror(errno));
        if (got == 0) return fail(CN_ERROR_FILE, b->name, "which became shorter while it was read");
        done += (size_t)got;
    }
    return CN_OK;
}

void cn__beside_close(cn__beside *b)
{
    if (b->file >= 0) close(b->file);
    b->file = -1;
}
