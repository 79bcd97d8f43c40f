/* Zip files, by way of libzip. */
#include "data/files/zip.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "base/arena.h"
#include "base/files/file.h"

enum { STEP = 1 << 20, MOST_MEMBERS = 100000 };

struct cn__zip {
    zip_t *zip;
    uint64_t left; /* bytes that may still be unpacked */
};

static cn_status zip_failure(zip_t *zip, const char *path, const char *doing)
{
    return cn__fail(CN_ERROR_FORMAT, "%s: %s: %s", path, doing, zip_strerror(zip));
}

uint64_t cn__zip_budget(uint64_t size)
{
    return ((uint64_t)1 << 30) + 64 * (size < UINT64_MAX / 128 ? size : 0);
}

/* Opens one that lies in memory. */
static zip_t *open_bytes(const cn__infile *file, zip_error_t *error)
{
    zip_source_t *source = zip_source_buffer_create(file->bytes, file->size, 0, error);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, error) : NULL;
    if (source && !zip) zip_source_free(source);
    return zip;
}

static zip_t *open_path(const char *path, zip_error_t *error)
{
    int code = ZIP_ER_OK;
    zip_t *zip = zip_open(path, ZIP_RDONLY, &code);
    zip_error_fini(error);
    zip_error_init_with_code(error, code);
    return zip;
}

static uint64_t size_of(const cn__infile *file)
{
    struct stat info;
    if (file->bytes) return file->size;
    return stat(file->name, &info) == 0 && info.st_size > 0 ? (uint64_t)info.st_size : 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Does a name lead out of the folder that it would be unpacked to? Nothing is unpacked here, but such a file is made for
 * those that do. */
static bool leads_out(const char *name)
{
    if (*name == '/' || *name == '\\' || (*name && name[1] == ':')) return true;
    for (const char *part = name; part; part = strpbrk(part, "/\\"), part = part ? part + 1 : NULL)
        if (strncmp(part, "..", 2) == 0 && strchr("/\\", part[2])) return true;
    return false;
}

/* Of two members of one name, two programs may read another each. */
static cn_status check_sorted(const char *path, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (leads_out(names[i]))
            return cn__fail(CN_ERROR_FORMAT, "%s: its member '%.200s' has the name of a file elsewhere", path,
                            names[i]);
        if (i && strcmp(names[i - 1], names[i]) == 0)
            return cn__fail(CN_ERROR_FORMAT, "%s: it has two members '%.200s'", path, names[i]);
    }
    return CN_OK;
}

static cn_status check_names(const cn__zip *z, const char *path)
{
    const size_t count = cn__zip_count(z);
    if (count > MOST_MEMBERS)
        return cn__fail(CN_ERROR_FORMAT, "%s: a zip of %zu members; at most %d are read", path, count,
                        MOST_MEMBERS);
    const char **names = cn__calloc(count + 1, sizeof *names);
    if (!names) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) names[i] = cn__zip_name(z, i);
    qsort(names, count, sizeof *names, by_name);
    cn_status status = check_sorted(path, names, count);
    cn__free(names);
    return status;
}

cn_status cn__zip_open(const cn__infile *file, const char *what, cn__zip **out)
{
    *out = NULL;
    if (!file->bytes) {
        int fd;
        CN_TRY(cn__input_open_file(file->name, &fd)); /* libzip would wait for a pipe's writer */
        close(fd);
    }
    cn__zip *z = cn__calloc(1, sizeof *z);
    if (!z) return CN_ERROR_MEMORY;
    zip_error_t error;
    zip_error_init(&error);
    z->zip = file->bytes ? open_bytes(file, &error) : open_path(file->name, &error);
    z->left = cn__zip_budget(size_of(file));
    const bool good = z->zip != NULL;
    if (good) *out = z;
    else
        cn__fail(CN_ERROR_FORMAT, "%s is not %s: %s", file->name, what,
                 zip_error_code_zip(&error) == ZIP_ER_NOZIP ? "it is no zip archive, or is cut short"
                                                            : zip_error_strerror(&error));
    zip_error_fini(&error);
    if (!good) cn__free(z);
    if (!good) return CN_ERROR_FORMAT;
    if (check_names(z, file->name) == CN_OK) return CN_OK;
    cn__zip_close(z);
    *out = NULL;
    return cn_error_status();
}

void cn__zip_close(cn__zip *z)
{
    if (!z) return;
    zip_discard(z->zip);
    cn__free(z);
}

size_t cn__zip_count(const cn__zip *z)
{
    zip_int64_t entries = zip_get_num_entries(z->zip, 0);
    return entries < 0 ? 0 : (size_t)entries;
}

const char *cn__zip_name(const cn__zip *z, uint64_t index)
{
    const char *name = zip_get_name(z->zip, index, 0);
    return name ? name : "";
}

bool cn__zip_find(const cn__zip *z, const char *name, uint64_t *index)
{
    zip_int64_t found = zip_name_locate(z->zip, name, 0);
    *index = found < 0 ? 0 : (uint64_t)found;
    return found >= 0;
}

/* A member claims a size; deflate cannot make more than 1032 bytes of one, so a larger claim is a lie. */
static cn_status check_claim(const cn__zip *z, const zip_stat_t *stat, const char *what, size_t limit)
{
    if (!(stat->valid & ZIP_STAT_SIZE) || !(stat->valid & ZIP_STAT_COMP_SIZE) ||
        stat->size / 1040 > stat->comp_size)
        return cn__fail(CN_ERROR_FORMAT, "%s: its size in the zip's directory is not credible", what);
    if (stat->size > limit)
        return cn__fail(CN_ERROR_FORMAT, "%s has %llu bytes, expected %zu at most", what,
                        (unsigned long long)stat->size, limit);
    if (stat->size > z->left)
        return cn__fail(
            CN_ERROR_FORMAT,
            "%s: the zip unpacks to too much for its size: this member has %llu bytes, and %llu more "
            "are read of it; a file that is not compressed has no such limit",
            what, (unsigned long long)stat->size, (unsigned long long)z->left);
    return CN_OK;
}

/* The empty read is what makes libzip check the CRC, which would keep a fuzzer from getting any further. */
static bool is_at_end(zip_file_t *file, char *capacity)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
    (void)file, (void)capacity;
    return true;
#else
    return zip_fread(file, capacity, 1) == 0;
#endif
}

/* Reads `size` bytes and a '\0' beyond them. Memory grows with what comes, not with what is claimed. */
static cn_status read_claimed(zip_file_t *file, const char *what, size_t size, char **bytes)
{
    size_t used = 0, capacity = 0;
    bool whole = true;
    *bytes = NULL;
    do {
        capacity = capacity ? 2 * capacity : STEP;
        if (capacity > size) capacity = size;
        char *more = cn__realloc(*bytes, capacity + 1);
        if (!more) return CN_ERROR_MEMORY;
        *bytes = more;
        whole = zip_fread(file, *bytes + used, capacity - used) == (zip_int64_t)(capacity - used);
        used = capacity;
    } while (whole && used < size);
    if (!whole || !is_at_end(file, *bytes + size))
        return cn__fail(CN_ERROR_FORMAT, "%s is damaged: its bytes do not match its checksum", what);
    (*bytes)[size] = '\0';
    return CN_OK;
}

/* A member's entry in the directory, its name for messages, and whether its claim can be believed. */
static cn_status find_claim(const cn__zip *z, uint64_t index, const char *path, size_t limit,
                            zip_stat_t *stat, char what[300])
{
    if (zip_stat_index(z->zip, index, 0, stat) != 0)
        return zip_failure(z->zip, path ? path : "zip", "reading its directory");
    snprintf(what, 300, "%.180s%s%.100s", path ? path : "", path ? ":" : "", stat->name ? stat->name : "?");
    return check_claim(z, stat, what, limit);
}

cn_status cn__zip_peek(cn__zip *z, uint64_t index, const char *path, size_t limit, void *bytes,
                       size_t capacity, size_t *got, size_t *size)
{
    zip_stat_t stat;
    char what[300];
    CN_TRY(find_claim(z, index, path, limit, &stat, what));
    zip_file_t *file = zip_fopen_index(z->zip, index, 0);
    if (!file) return zip_failure(z->zip, what, "opening it");
    const zip_int64_t read = zip_fread(file, bytes, capacity);
    zip_fclose(file);
    *got = read < 0 ? 0 : (size_t)read;
    *size = (size_t)stat.size;
    return CN_OK;
}

cn_status cn__zip_read(cn__zip *z, uint64_t index, const char *path, size_t limit, char **bytes, size_t *size)
{
    zip_stat_t stat;
    char what[300];
    *bytes = NULL;
    CN_TRY(find_claim(z, index, path, limit, &stat, what));
    z->left -= stat.size;
    zip_file_t *file = zip_fopen_index(z->zip, index, 0);
    if (!file) return zip_failure(z->zip, what, "opening it");
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

/* Where a zip goes: into a file, or where there is none into memory. */
typedef struct target {
    const char *path, *name; /* name: for messages */
    char *bytes;
    size_t size;
} target;

static cn_status write_file(zip_source_t *memory, const char *path)
{
    cn__outfile out;
    CN_TRY(cn__outfile_open(&out, path));
    cn_status status = copy_out(memory, out.stream, path);
    if (status == CN_OK) return cn__outfile_commit(&out);
    cn__outfile_abort(&out);
    return status;
}

static cn_status write_bytes(zip_source_t *memory, target *t)
{
    FILE *stream = open_memstream(&t->bytes, &t->size);
    if (!stream) return cn__fail_memory(0, t->name);
    cn_status status = copy_out(memory, stream, t->name);
    if (fclose(stream) != 0 && status == CN_OK) status = cn__fail_memory(0, t->name);
    if (status == CN_OK) return CN_OK;
    free(t->bytes);
    t->bytes = NULL;
    return status;
}

static cn_status write_out(zip_source_t *memory, target *t)
{
    if (zip_source_open(memory) != 0)
        return cn__fail(CN_ERROR_FILE, "%s: the zip could not be read back", t->name);
    cn_status status = t->path ? write_file(memory, t->path) : write_bytes(memory, t);
    zip_source_close(memory);
    return status;
}

static cn_status make(target *t, const cn__zip_member *members, size_t count)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *memory = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *zip = memory ? zip_open_from_source(memory, ZIP_TRUNCATE, &error) : NULL;
    cn_status status = CN_OK;
    if (!zip) {
        status = cn__fail(CN_ERROR_FILE, "%s: %s", t->name, zip_error_strerror(&error));
    } else {
        zip_source_keep(memory); /* closing the zip gives up its hold */
        status = fill(zip, t->name, members, count);
        if (status == CN_OK) status = write_out(memory, t);
    }
    if (memory) zip_source_free(memory);
    zip_error_fini(&error);
    return status;
}

cn_status cn__zip_write(const char *path, const cn__zip_member *members, size_t count)
{
    static const char empty[22] = "PK\5\6"; /* the end of the directory alone: libzip writes nothing at all */
    if (!count) return cn__file_write(path, empty, sizeof empty);
    return make(&(target){.path = path, .name = path}, members, count);
}

cn_status cn__zip_bytes(const char *what, const cn__zip_member *members, size_t count, char **bytes,
                        size_t *size)
{
    target t = {.name = what};
    CN_TRY(make(&t, members, count));
    *bytes = t.bytes, *size = t.size;
    return CN_OK;
}
