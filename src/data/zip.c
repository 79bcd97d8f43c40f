/* Zip files, by way of libzip. */
#include "data/zip.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zip.h>

#include "base/arena.h"
#include "base/file.h"

enum { STEP = 1 << 20 };

static cn_status zip_failure(zip_t *zip, const char *path, const char *doing)
{
    return cn__fail(CN_ERROR_FORMAT, "%s: %s: %s", path, doing, zip_strerror(zip));
}

cn_status cn__zip_open(const char *path, const char *what, zip_t **out)
{
    int code;
    if (!cn__file_exists(path)) return cn__fail(CN_ERROR_FILE, "cannot open %s: no such file", path);
    *out = zip_open(path, ZIP_RDONLY, &code);
    if (*out) return CN_OK;
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    cn__fail(CN_ERROR_FORMAT, "%s is not %s: %s", path, what,
             code == ZIP_ER_NOZIP ? "it is no zip archive, or is cut short" : zip_error_strerror(&error));
    zip_error_fini(&error);
    return CN_ERROR_FORMAT;
}

void cn__zip_close(zip_t *zip)
{
    if (zip) zip_discard(zip);
}

bool cn__zip_find(zip_t *zip, const char *name, uint64_t *index)
{
    zip_int64_t found = zip_name_locate(zip, name, 0);
    *index = found < 0 ? 0 : (uint64_t)found;
    return found >= 0;
}

/* A member claims a size; deflate cannot make more than 1032 bytes of one, so a larger claim is a lie. */
static cn_status check_claim(const zip_stat_t *stat, const char *what, size_t limit)
{
    if (!(stat->valid & ZIP_STAT_SIZE) || !(stat->valid & ZIP_STAT_COMP_SIZE) ||
        stat->size / 1040 > stat->comp_size)
        return cn__fail(CN_ERROR_FORMAT, "%s: its size in the zip's directory is not credible", what);
    if (stat->size > limit)
        return cn__fail(CN_ERROR_FORMAT, "%s has %llu bytes, expected %zu at most", what,
                        (unsigned long long)stat->size, limit);
    return CN_OK;
}

/* Reads `size` bytes and a '\0' beyond them. Memory grows with what comes, not with what is claimed. The last,
 * empty read is what makes libzip check the CRC. */
static cn_status read_claimed(zip_file_t *file, const char *what, size_t size, char **bytes)
{
    size_t used = 0, room = 0;
    bool whole = true;
    *bytes = NULL;
    do {
        room = room ? 2 * room : STEP;
        if (room > size) room = size;
        char *more = cn__realloc(*bytes, room + 1);
        if (!more) return CN_ERROR_MEMORY;
        *bytes = more;
        whole = zip_fread(file, *bytes + used, room - used) == (zip_int64_t)(room - used);
        used = room;
    } while (whole && used < size);
    if (!whole || zip_fread(file, *bytes + size, 1) != 0)
        return cn__fail(CN_ERROR_FORMAT,
                        "%s is damaged: its bytes are fewer or others than its checksum says", what);
    (*bytes)[size] = '\0';
    return CN_OK;
}

cn_status cn__zip_read(zip_t *zip, uint64_t index, const char *path, size_t limit, char **bytes, size_t *size)
{
    zip_stat_t stat;
    char what[300];
    *bytes = NULL;
    if (zip_stat_index(zip, index, 0, &stat) != 0)
        return zip_failure(zip, path ? path : "zip", "reading its directory");
    snprintf(what, sizeof what, "%.180s%s%.100s", path ? path : "", path ? ":" : "",
             stat.name ? stat.name : "?");
    CN_TRY(check_claim(&stat, what, limit));
    zip_file_t *file = zip_fopen_index(zip, index, 0);
    if (!file) return zip_failure(zip, what, "opening it");
    cn_status status = read_claimed(file, what, (size_t)stat.size, bytes);
    zip_fclose(file);
    if (status != CN_OK) {
        cn__free(*bytes);
        *bytes = NULL;
    }
    *size = (size_t)stat.size;
    return status;
}

/* ---- writing ------------------------------------------------------------------------------------------ */

/* 1 January 1980, the earliest a zip can say, so that equal members give equal bytes. */
enum { DOS_TIME = 0, DOS_DATE = (0 << 9) | (1 << 5) | 1 };

static cn_status add_member(zip_t *zip, const cn__zip_member *member)
{
    zip_source_t *source = zip_source_buffer(zip, member->bytes, member->size, 0);
    if (!source) return zip_failure(zip, member->name, "adding it");
    zip_int64_t index = zip_file_add(zip, member->name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return zip_failure(zip, member->name, "adding it");
    }
    zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0);
    zip_file_set_dostime(zip, (zip_uint64_t)index, DOS_TIME, DOS_DATE, 0);
    return CN_OK;
}

/* Fills the zip and closes it, which writes it to where it was opened. */
static cn_status fill(zip_t *zip, const char *path, const cn__zip_member *members, size_t count)
{
    cn_status status = CN_OK;
    for (size_t i = 0; i < count && status == CN_OK; i++) status = add_member(zip, &members[i]);
    if (status == CN_OK && zip_close(zip) != 0) status = zip_failure(zip, path, "writing it");
    if (status != CN_OK) zip_discard(zip);
    return status;
}

/* The finished zip out of the memory it was written to, a piece at a time. */
static cn_status copy_out(zip_source_t *memory, FILE *stream, const char *path)
{
    static const size_t step = 1 << 16;
    char *piece = cn__malloc(step);
    cn_status status = piece ? CN_OK : CN_ERROR_MEMORY;
    zip_int64_t got = 1;
    while (status == CN_OK && (got = zip_source_read(memory, piece, step)) > 0)
        if (fwrite(piece, 1, (size_t)got, stream) != (size_t)got)
            status = cn__fail(CN_ERROR_FILE, "%s: cannot be written: %s", path, strerror(errno));
    cn__free(piece);
    return got < 0 ? cn__fail(CN_ERROR_FILE, "%s: the zip could not be read back", path) : status;
}

static cn_status write_out(zip_source_t *memory, const char *path)
{
    cn__outfile out;
    if (zip_source_open(memory) != 0)
        return cn__fail(CN_ERROR_FILE, "%s: the zip could not be read back", path);
    cn_status status = cn__outfile_open(&out, path);
    if (status == CN_OK) {
        status = copy_out(memory, out.stream, path);
        if (status == CN_OK) status = cn__outfile_commit(&out);
        else cn__outfile_abort(&out);
    }
    zip_source_close(memory);
    return status;
}

cn_status cn__zip_write(const char *path, const cn__zip_member *members, size_t count)
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
        status = fill(zip, path, members, count);
        if (status == CN_OK) status = write_out(memory, path);
    }
    if (memory) zip_source_free(memory);
    zip_error_fini(&error);
    return status;
}
