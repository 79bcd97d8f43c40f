/* A file of decoded pictures: a head, then pixels. */
#include "data/images/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "base/text/text.h"

static const char magic[16] = "cornu images 1\n";

size_t cn__image_memory(void)
{
    const char *text = getenv("CORNU_IMAGE_MEMORY");
    char *end = NULL;
    const double megabytes = text && *text ? strtod(text, &end) : 256;
    if (end && (*end || !(megabytes >= 0) || megabytes > 1e9)) return (size_t)256 << 20;
    return (size_t)(megabytes * (1 << 20));
}

/* ~/.cache/cornu/images/KEY, whose folder is made. */
static cn_status place_of(const char *key, char **folder, char **path)
{
    const unsigned long failures = cn__memory_failures();
    char *cache = cn__cache_folder();
    *folder = cache ? cn__path_join(cache, "images") : NULL;
    *path = *folder ? cn__path_join(*folder, key) : NULL;
    cn__free(cache);
    if (*path) return cn__make_dirs(*folder);
    if (cn__memory_failures() != failures) return CN_ERROR_MEMORY;
    return cn__fail(
        CN_ERROR_FILE,
        "there is no home directory to keep decoded pictures in; CORNU_IMAGE_MEMORY (in MB) says how "
        "much of them may stay in memory");
}

static size_t size_by(const cn__store_head *h)
{
    return sizeof *h + (size_t)((h->train + h->test) * h->height * h->width * h->channels);
}

static bool is_whole(const cn__image_store *s)
{
    const cn__store_head *h = s->head;
    if (memcmp(h->magic, magic, sizeof magic) != 0) return false;
    const uint64_t most = 1 << 20, images = (uint64_t)1 << 28;
    return h->height && h->width && h->height <= most && h->width <= most &&
           (h->channels == 1 || h->channels == 3) && h->train <= images && h->test <= images &&
           size_by(h) == s->size;
}

static cn_status map(cn__image_store *s, bool writable)
{
    void *at = mmap(NULL, s->size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, s->fd, 0);
    if (at == MAP_FAILED)
        return cn__fail(CN_ERROR_MEMORY, "%s cannot be mapped: %s", s->path, strerror(errno));
    s->head = at;
    s->pixels = (unsigned char *)at + sizeof *s->head;
    return CN_OK;
}

cn_status cn__image_store_open(const char *key, cn__image_store *out)
{
    char *folder;
    struct stat info;
    *out = (cn__image_store){.fd = -1};
    cn_status status = place_of(key, &folder, &out->path);
    cn__free(folder);
    if (status == CN_OK) out->fd = open(out->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (status == CN_OK && out->fd >= 0 && fstat(out->fd, &info) == 0 && S_ISREG(info.st_mode) &&
        (size_t)info.st_size > sizeof(cn__store_head)) {
        out->size = (size_t)info.st_size;
        status = map(out, false);
    }
    if (status == CN_OK && out->head && is_whole(out)) return CN_OK;
    cn__image_store_close(out);
    return status;
}

cn_status cn__image_store_create(const char *key, size_t pixels, cn__image_store *out)
{
    char *folder, name[CN_TEMPORARY_SIZE];
    *out = (cn__image_store){.fd = -1, .size = sizeof(cn__store_head) + pixels};
    cn_status status = place_of(key, &folder, &out->path);
    if (status == CN_OK) cn__remove_stale(folder); /* of a load that was killed */
    cn__temporary_name(name);
    if (status == CN_OK && !(out->temporary = cn__path_join(folder, name))) status = CN_ERROR_MEMORY;
    cn__free(folder);
    if (status == CN_OK) {
        out->fd = open(out->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
        const int failure = out->fd < 0 ? errno : posix_fallocate(out->fd, 0, (off_t)out->size);
        if (failure)
            status = cn__fail(CN_ERROR_FILE, "%s: %zu MB of decoded pictures cannot be kept there: %s",
                              out->path, out->size >> 20, strerror(failure));
    }
    if (status == CN_OK) status = map(out, true);
    if (status != CN_OK) cn__image_store_close(out);
    return status;
}

cn_status cn__image_store_finish(cn__image_store *s, const cn__store_head *head)
{
    *s->head = *head;
    memcpy(s->head->magic, magic, sizeof magic);
    const size_t size = size_by(head);
    bool good = msync(s->head, s->size, MS_SYNC) == 0;
    munmap(s->head, s->size);
    s->head = NULL;
    good =
        good && ftruncate(s->fd, (off_t)size) == 0 && fsync(s->fd) == 0 && rename(s->temporary, s->path) == 0;
    if (!good) return cn__fail(CN_ERROR_FILE, "%s cannot be written: %s", s->path, strerror(errno));
    cn__free(s->temporary);
    s->temporary = NULL;
    s->size = size;
    return map(s, false);
}

void cn__image_store_close(cn__image_store *s)
{
    if (s->head) munmap(s->head, s->size);
    if (s->fd >= 0) close(s->fd);
    if (s->temporary) (void)unlink(s->temporary);
    cn__free(s->temporary);
    cn__free(s->path);
    *s = (cn__image_store){.fd = -1};
}
