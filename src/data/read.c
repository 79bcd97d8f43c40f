/* One array from a file, by what the file holds. */
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "data/data.h"

static cn_status read_gzip(const unsigned char *bytes, size_t size, const char *path, cn_array *out)
{
    unsigned char *plain;
    size_t plain_size;
    /* deflate makes at most 1032 bytes of one */
    CN_TRY(cn__gunzip(bytes, size, size * 1040, path, &plain, &plain_size));
    cn_status status = cn__is_npy(plain, plain_size) ? cn__npy_parse(plain, plain_size, path, out)
                                                     : cn__idx_parse(plain, plain_size, path, out);
    cn__free(plain);
    return status;
}

static cn_status read_plain(const char *path, cn_array *out)
{
    char *bytes;
    size_t size;
    CN_TRY(cn__file_read(path, &bytes, &size, CN_DATA_LIMIT));
    const unsigned char *b = (const unsigned char *)bytes;
    if (cn__is_zip(b, size)) {
        cn__free(bytes);
        return cn__npz_read_member(path, NULL, out);
    }
    cn_status status;
    if (cn__is_npy(b, size)) status = cn__npy_parse(b, size, path, out);
    else if (cn__is_gzip(b, size)) status = read_gzip(b, size, path, out);
    else status = cn__idx_parse(b, size, path, out);
    cn__free(bytes);
    return status;
}

cn_status cn_data_read(const char *path, cn_array *out)
{
    *out = (cn_array){0};
    const char *colon = strrchr(path, ':');
    if (!colon || cn__file_exists(path)) return read_plain(path, out);
    char *file = cn__strdup(path);
    if (!file) return CN_ERROR_MEMORY;
    file[colon - path] = '\0';
    cn_status status =
        cn__file_exists(file) ? cn__npz_read_member(file, colon + 1, out) : read_plain(path, out);
    cn__free(file);
    return status;
}
