/* .npz files: zips of .npy files, as numpy.savez writes them. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/files/file.h"
#include "data/data.h"
#include "data/files/zip.h"

bool cn__is_zip(const unsigned char *bytes, size_t size)
{
    return size >= 4 && memcmp(bytes, "PK", 2) == 0 && bytes[2] < 8;
}

/* A large member is looked at before it is unpacked: its header says how many bytes there can be. */
static cn_status check_member(cn__zip *zip, uint64_t index, const char *path, const char *what)
{
    enum { LARGE = 1 << 22, HEAD = 1 << 16 };
    size_t got = 0, expected = 0, claimed = 0;
    unsigned char *head = cn__malloc(HEAD);
    if (!head) return CN_ERROR_MEMORY;
    cn_status status = cn__zip_peek(zip, index, path, CN_DATA_LIMIT, head, HEAD, &got, &claimed);
    if (status == CN_OK && claimed > LARGE) status = cn__npy_size(head, got, what, &expected);
    cn__free(head);
    if (status != CN_OK || claimed <= LARGE || claimed <= expected) return status;
    return cn__fail(CN_ERROR_FORMAT, "%s has %zu bytes, and its header asks for %zu", what, claimed,
                    expected);
}

static cn_status read_member(cn__zip *zip, uint64_t index, const char *path, cn_array *out)
{
    char *bytes, what[300];
    size_t size;
    snprintf(what, sizeof what, "%.180s:%.100s", path, cn__zip_name(zip, index));
    CN_TRY(check_member(zip, index, path, what));
    CN_TRY(cn__zip_read(zip, index, path, CN_DATA_LIMIT, &bytes, &size));
    cn_status status = cn__npy_parse((const unsigned char *)bytes, size, what, out);
    cn__free(bytes);
    return status;
}

/* "x.npy" -> "x". */
static char *member_name(const char *name)
{
    char *copy = cn__strdup(name);
    if (copy && cn__has_suffix(copy, ".npy")) copy[strlen(copy) - 4] = '\0';
    return copy;
}

static cn_status fail_twice(const char *path, const char *member)
{
    return cn__fail(CN_ERROR_FORMAT, "%s holds '%s' twice", path, member);
}

static cn_status read_all(cn__zip *zip, const char *path, cn_npz *out)
{
    const size_t count = cn__zip_count(zip);
    uint64_t other;
    out->names = cn__calloc(count + 1, sizeof *out->names);
    out->arrays = cn__calloc(count + 1, sizeof *out->arrays);
    if (!out->names || !out->arrays) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const char *name = cn__zip_name(zip, i);
        CN_TRY(read_member(zip, i, path, &out->arrays[i]));
        out->count++;
        out->names[i] = member_name(name);
        if (!out->names[i]) return CN_ERROR_MEMORY;
        const bool shorter =
            strcmp(name, out->names[i]) != 0; /* "x.npy", and there may be an "x" beside it */
        if (shorter && cn__zip_find(zip, out->names[i], &other)) return fail_twice(path, out->names[i]);
    }
    return CN_OK;
}

cn_status cn__npz_read(const cn__infile *file, cn_npz *out)
{
    cn__zip *zip = NULL;
    *out = (cn_npz){0};
    CN_TRY(cn__zip_open(file, "an .npz file", &zip));
    cn_status status = read_all(zip, file->name, out);
    cn__zip_close(zip);
    if (status != CN_OK) cn_npz_free(out);
    return status;
}

cn_status cn_npz_read(const char *path, cn_npz *out)
{
    return cn__npz_read(&(cn__infile){.name = path}, out);
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

static cn_status fail_unnamed(const char *path, char *const *names, size_t count)
{
    if (!count) return cn__fail(CN_ERROR_FORMAT, "%s holds no arrays", path);
    return cn__fail(CN_ERROR_FORMAT, "%s has %zu arrays; name one of them, as in %s:%s", path, count, path,
                    names[0]);
}

/* The member of that name, or the only one where `member` is NULL. */
static cn_status choose(const char *path, const char *member, char *const *names, size_t count,
                        uint64_t *index)
{
    size_t found = 0;
    *index = 0;
    if (!member) return count == 1 ? CN_OK : fail_unnamed(path, names, count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], member) == 0) *index = i, found++;
    if (found == 1) return CN_OK;
    if (found) return fail_twice(path, member);
    char what[200];
    snprintf(what, sizeof what, "member of %.180s", path);
    return cn__fail_word(CN_ERROR_FORMAT, what, member, (const char *const *)names, count);
}

static cn_status find_member(cn__zip *zip, const char *path, const char *member, uint64_t *index)
{
    const size_t count = cn__zip_count(zip);
    size_t known = 0;
    char **names = cn__calloc(count + 1, sizeof *names);
    if (!names) return CN_ERROR_MEMORY;
    while (known < count && (names[known] = member_name(cn__zip_name(zip, known)))) known++;
    cn_status status = known == count ? choose(path, member, names, count, index) : CN_ERROR_MEMORY;
    for (size_t i = 0; i < known; i++) cn__free(names[i]);
    cn__free(names);
    return status;
}

cn_status cn__npz_read_member(const cn__infile *file, const char *member, cn_array *out)
{
    cn__zip *zip = NULL;
    uint64_t index;
    CN_TRY(cn__zip_open(file, "an .npz file", &zip));
    cn_status status = find_member(zip, file->name, member, &index);
    if (status == CN_OK) status = read_member(zip, index, file->name, out);
    cn__zip_close(zip);
    return status;
}

/* ---- writing ------------------------------------------------------------------------------------------ */

typedef struct writing {
    cn__zip_member *members;
    cn__text *bytes;
    char **names;
} writing;

static cn_status format_all(writing *w, const char *const *names, const cn_array *arrays, size_t count)
{
    w->members = cn__calloc(count + 1, sizeof *w->members);
    w->bytes = cn__calloc(count + 1, sizeof *w->bytes);
    w->names = cn__calloc(count + 1, sizeof *w->names);
    if (!w->members || !w->bytes || !w->names) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(names[i]) + sizeof ".npy";
        w->names[i] = cn__malloc(size);
        if (!w->names[i]) return CN_ERROR_MEMORY;
        snprintf(w->names[i], size, "%s.npy", names[i]);
        CN_TRY(cn__npy_format(&arrays[i], &w->bytes[i]));
        w->members[i] = (cn__zip_member){w->names[i], w->bytes[i].data, w->bytes[i].size};
    }
    return CN_OK;
}

cn_status cn_npz_write(const char *path, const char *const *names, const cn_array *arrays, size_t count)
{
    writing w = {0};
    cn_status status = format_all(&w, names, arrays, count);
    if (status == CN_OK) status = cn__zip_write(path, w.members, count);
    for (size_t i = 0; w.bytes && i < count; i++) cn__text_free(&w.bytes[i]);
    for (size_t i = 0; w.names && i < count; i++) cn__free(w.names[i]);
    cn__free(w.members);
    cn__free(w.bytes);
    cn__free(w.names);
    return status;
}
