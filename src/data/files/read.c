/* One array from a file, by what the file holds. */
#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "data/data.h"
#include "data/files/zip.h"

/* The one array in a file that is no zip. */
static cn_status parse(const unsigned char *bytes, size_t size, const char *name, cn_array *out)
{
    return cn__is_npy(bytes, size) ? cn__npy_parse(bytes, size, name, out)
                                   : cn__idx_parse(bytes, size, name, out);
}

static cn_status parse_gzip(const unsigned char *bytes, size_t size, const char *name, cn_array *out)
{
    unsigned char *plain;
    size_t plain_size;
    const uint64_t most = cn__zip_budget(size);
    CN_TRY(
        cn__gunzip_array(bytes, size, most < SIZE_MAX ? (size_t)most : SIZE_MAX, name, &plain, &plain_size));
    if (!cn__is_npy(plain, plain_size)) return cn__idx_take(plain, plain_size, name, out);
    cn_status status = cn__npy_parse(plain, plain_size, name, out);
    cn__free(plain);
    return status;
}

cn_status cn__array_read(const cn__infile *file, cn_array *out)
{
    char *read = NULL;
    cn__infile f = *file;
    *out = (cn_array){0};
    if (!f.bytes) {
        CN_TRY(cn__file_read(f.name, &read, &f.size, CN_DATA_LIMIT));
        f.bytes = read;
    }
    cn_status status = cn__is_zip(f.bytes, f.size)    ? cn__npz_read_member(&f, NULL, out)
                       : cn__is_gzip(f.bytes, f.size) ? parse_gzip(f.bytes, f.size, f.name, out)
                                                      : parse(f.bytes, f.size, f.name, out);
    cn__free(read);
    return status;
}

static cn_status read_plain(const char *path, cn_array *out)
{
    return cn__array_read(&(cn__infile){.name = path}, out);
}

cn_status cn_data_read(const char *path, cn_array *out)
{
    *out = (cn_array){0};
    const char *colon = strrchr(path, ':');
    if (!colon || cn__file_exists(path)) return read_plain(path, out);
    char *file = cn__strdup(path);
    if (!file) return CN_ERROR_MEMORY;
    file[colon - path] = '\0';
    cn_status status = cn__file_exists(file)
                           ? cn__npz_read_member(&(cn__infile){.name = file}, colon + 1, out)
                           : read_plain(path, out);
    cn__free(file);
    return status;
}
