/* .npz files: zips of .npy files, as numpy.savez writes them. */
#include <stdio.h>
#include <string.h>
#include <zip.h>

#include "base/arena.h"
#include "base/file.h"
#include "data/data.h"

bool cn__is_zip(const unsigned char *bytes, size_t size)
{
    return size >= 22 && memcmp(bytes, "PK", 2) == 0 && bytes[2] < 8;
}

static cn_status zip_failure(zip_t *zip, const char *path, const char *doing)
{
    return cn__fail(CN_ERROR_FORMAT, "%s: %s: %s", path, doing, zip_strerror(zip));
}

static cn_status open_zip(const char *path, zip_t **out)
{
    int code;
    if (!cn__file_exists(path)) return cn__fail(CN_ERROR_FILE, "cannot open %s: no such file", path);
    *out = zip_open(path, ZIP_RDONLY, &code);
    if (*out) return CN_OK;
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    cn__fail(CN_ERROR_FORMAT, "%s is no .npz file: %s", path, zip_error_strerror(&error));
    zip_error_fini(&error);
    return CN_ERROR_FORMAT;
}

/* A member claims a size; deflate cannot make more than 1032 bytes of one, so a larger claim is a lie, and
 * memory stays bounded by what the file could really hold. */
static cn_status check_claim(const zip_stat_t *stat, const char *what)
{
    if (!(stat->valid & ZIP_STAT_SIZE) || !(stat->valid & ZIP_STAT_COMP_SIZE) || stat->size > CN_DATA_LIMIT ||
        stat->size / 1040 > stat->comp_size)
        return cn__fail(CN_ERROR_FORMAT, "%s: its size in the zip's directory is not credible", what);
    return CN_OK;
}

static cn_status read_member(zip_t *zip, zip_uint64_t index, const char *path, cn_array *out)
{
    zip_stat_t stat;
    char what[300];
    if (zip_stat_index(zip, index, 0, &stat) != 0) return zip_failure(zip, path, "reading its directory");
    snprintf(what, sizeof what, "%.180s:%.100s", path, stat.name ? stat.name : "?");
    CN_TRY(check_claim(&stat, what));
    unsigned char *bytes = cn__malloc(stat.size + 1);
    if (!bytes) return CN_ERROR_MEMORY;
    zip_file_t *file = zip_fopen_index(zip, index, 0);
    cn_status status = CN_OK;
    /* the last, empty read is what makes libzip check the CRC */
    if (!file) status = zip_failure(zip, what, "opening it");
    else if (zip_fread(file, bytes, stat.size) != (zip_int64_t)stat.size ||
             zip_fread(file, bytes + stat.size, 1) != 0)
        status = cn__fail(CN_ERROR_FORMAT,
                          "%s is damaged: its bytes are fewer or others than its checksum says", what);
    if (file) zip_fclose(file);
    if (status == CN_OK) status = cn__npy_parse(bytes, stat.size, what, out);
    cn__free(bytes);
    return status;
}

/* "x.npy" -> "x". */
static char *member_name(const char *name)
{
    char *copy = cn__strdup(name ? name : "");
    if (copy && cn__has_suffix(copy, ".npy")) copy[strlen(copy) - 4] = '\0';
    return copy;
}

static cn_status read_all(zip_t *zip, const char *path, cn_npz *out)
{
    zip_int64_t count = zip_get_num_entries(zip, 0);
    if (count < 0 || count > 100000)
        return cn__fail(CN_ERROR_FORMAT, "%s has %lld members", path, (long long)count);
    out->names = cn__calloc((size_t)count + 1, sizeof *out->names);
    out->arrays = cn__calloc((size_t)count + 1, sizeof *out->arrays);
    if (!out->names || !out->arrays) return CN_ERROR_MEMORY;
    for (zip_int64_t i = 0; i < count; i++) {
        CN_TRY(read_member(zip, (zip_uint64_t)i, path, &out->arrays[i]));
        out->count++;
        out->names[i] = member_name(zip_get_name(zip, (zip_uint64_t)i, 0));
        if (!out->names[i]) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

cn_status cn_npz_read(const char *path, cn_npz *out)
{
    zip_t *zip = NULL;
    *out = (cn_npz){0};
    CN_TRY(open_zip(path, &zip));
    cn_status status = read_all(zip, path, out);
    zip_discard(zip);
    if (status != CN_OK) cn_npz_free(out);
    return status;
}

void cn_npz_free(cn_npz *npz)
{
    for (size_t i = 0; i < npz->count; i++) {
        cn__free(npz->names[i]);
        cn_array_free(&npz->arrays[i]);
    }
    cn__free(npz->names);
    cn__free(npz->arrays);
    *npz = (cn_npz){0};
}

const cn_array *cn_npz_find(const cn_npz *npz, const char *name)
{
    for (size_t i = 0; i < npz->count; i++)
        if (strcmp(npz->names[i], name) == 0) return &npz->arrays[i];
    return NULL;
}

/* The member of that name, or the only one where `member` is NULL. */
static cn_status find_member(zip_t *zip, const char *path, const char *member, zip_uint64_t *index)
{
    const char *names[64];
    char *copies[64];
    zip_int64_t count = zip_get_num_entries(zip, 0);
    size_t known = 0;
    bool found = count == 1 && !member;
    *index = 0;
    for (zip_int64_t i = 0; i < count && i < 64; i++) {
        copies[known] = member_name(zip_get_name(zip, (zip_uint64_t)i, 0));
        names[known] = copies[known];
        if (!copies[known]) continue;
        if (member && strcmp(names[known], member) == 0) found = true, *index = (zip_uint64_t)i;
        known++;
    }
    cn_status status = CN_OK;
    if (!found && member) {
        char what[200];
        snprintf(what, sizeof what, "member of %.180s", path);
        status = cn__fail_word(CN_ERROR_FORMAT, what, member, names, known);
    } else if (!found) {
        status = cn__fail(CN_ERROR_FORMAT, "%s has %lld arrays; name one of them, as in %s:%s", path,
                          (long long)count, path, known ? names[0] : "arr_0");
    }
    for (size_t i = 0; i < known; i++) cn__free(copies[i]);
    return status;
}

cn_status cn__npz_read_member(const char *path, const char *member, cn_array *out)
{
    zip_t *zip = NULL;
    zip_uint64_t index;
    CN_TRY(open_zip(path, &zip));
    cn_status status = find_member(zip, path, member, &index);
    if (status == CN_OK) status = read_member(zip, index, path, out);
    zip_discard(zip);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------------------ */

/* 1 January 1980, the earliest a zip can say, so that equal arrays give equal bytes. */
enum { DOS_TIME = 0, DOS_DATE = (0 << 9) | (1 << 5) | 1 };

/* Adds a member; `bytes` must live until the zip is closed. */
static cn_status add_member(zip_t *zip, const char *name, const cn_array *array, cn__text *bytes)
{
    char file[300];
    snprintf(file, sizeof file, "%.280s.npy", name);
    CN_TRY(cn__npy_format(array, bytes));
    zip_source_t *source = zip_source_buffer(zip, bytes->data, bytes->size, 0);
    if (!source) return zip_failure(zip, file, "adding it");
    zip_int64_t index = zip_file_add(zip, file, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return zip_failure(zip, file, "adding it");
    }
    zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0);
    zip_file_set_dostime(zip, (zip_uint64_t)index, DOS_TIME, DOS_DATE, 0);
    return CN_OK;
}

/* Fills the zip and closes it, which writes it to where it was opened. */
static cn_status fill(zip_t *zip, const char *path, const char *const *names, const cn_array *arrays,
                      size_t count)
{
    cn__text *bytes = cn__calloc(count + 1, sizeof *bytes);
    cn_status status = bytes ? CN_OK : CN_ERROR_MEMORY;
    for (size_t i = 0; i < count && status == CN_OK; i++)
        status = add_member(zip, names[i], &arrays[i], &bytes[i]);
    if (status == CN_OK && zip_close(zip) != 0) status = zip_failure(zip, path, "writing it");
    if (status != CN_OK) zip_discard(zip);
    for (size_t i = 0; bytes && i < count; i++) cn__text_free(&bytes[i]);
    cn__free(bytes);
    return status;
}

/* The finished zip out of the memory it was written to, and into the file. */
static cn_status write_out(zip_source_t *memory, const char *path)
{
    zip_stat_t stat;
    if (zip_source_stat(memory, &stat) != 0 || zip_source_open(memory) != 0)
        return cn__fail(CN_ERROR_FILE, "%s: the zip could not be read back", path);
    char *bytes = cn__malloc(stat.size + 1);
    cn_status status = bytes ? CN_OK : CN_ERROR_MEMORY;
    if (bytes && zip_source_read(memory, bytes, stat.size) != (zip_int64_t)stat.size)
        status = cn__fail(CN_ERROR_FILE, "%s: the zip could not be read back", path);
    zip_source_close(memory);
    if (status == CN_OK) status = cn__file_write(path, bytes, stat.size);
    cn__free(bytes);
    return status;
}

cn_status cn_npz_write(const char *path, const char *const *names, const cn_array *arrays, size_t count)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *memory = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *zip = memory ? zip_open_from_source(memory, ZIP_TRUNCATE, &error) : NULL;
    cn_status status = CN_OK;
    if (!zip) {
        status = cn__fail(CN_ERROR_FILE, "%s: %s", path, zip_error_strerror(&error));
    } else {
        zip_source_keep(memory); /* closing the zip gives up its hold */
        status = fill(zip, path, names, arrays, count);
        if (status == CN_OK) status = write_out(memory, path);
    }
    if (memory) zip_source_free(memory);
    zip_error_fini(&error);
    return status;
}
