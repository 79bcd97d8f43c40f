/* CIFAR's files of records, and the archive of them. */
#include "data/named/cifar.h"

#include <stdio.h>
#include <string.h>

enum { SIDE = 32, PLANE = SIDE * SIDE, IMAGE = 3 * PLANE, ARCHIVE_LIMIT = 1 << 28 };

const cn__cifar cn__cifar10 = {.archive = "cifar-10-binary.tar.gz",
                               .sha256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                               .url = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
                               .train = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                         "data_batch_4.bin", "data_batch_5.bin"},
                               .test = "test_batch.bin",
                               .labels = 1};
const cn__cifar cn__cifar100 = {.archive = "cifar-100-binary.tar.gz",
                                .sha256 = "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
                                .url = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
                                .train = {"train.bin"},
                                .test = "test.bin",
                                .labels = 2};

size_t cn__cifar_files(const cn__cifar *set)
{
    size_t count = 0;
    while (set->train[count]) count++;
    return count + 1;
}

/* The i-th file; the last one has the test part. */
static const char *file_at(const cn__cifar *set, size_t i)
{
    return i + 1 == cn__cifar_files(set) ? set->test : set->train[i];
}

size_t cn__cifar_count(const cn__cifar *set, const char *folder, const char **lacking)
{
    size_t count = 0;
    for (size_t i = cn__cifar_files(set); i-- > 0;) {
        char *path = cn__path_join(folder, file_at(set, i));
        const bool there = path && cn__file_exists(path);
        cn__free(path);
        if (there) count++;
        else *lacking = file_at(set, i);
    }
    return count;
}

/* ---- records --------------------------------------------------------------------------------------------- */

/* Files as bytes, before they become arrays. */
typedef struct files {
    const unsigned char *bytes[7];
    size_t size[7];
} files;

static cn_status check_files(const cn__cifar *set, const files *f, const char *where)
{
    const size_t record = set->labels + IMAGE;
    for (size_t i = 0; i < cn__cifar_files(set); i++)
        if (!f->size[i] || f->size[i] % record)
            return cn__fail(CN_ERROR_FORMAT, "%s: %s has %zu bytes, which are no records of %zu", where,
                            file_at(set, i), f->size[i], record);
    return CN_OK;
}

/* Planes of colours to pixels. */
static void read_image(const unsigned char *from, unsigned char *to)
{
    for (size_t i = 0; i < PLANE; i++, to += 3)
        to[0] = from[i], to[1] = from[PLANE + i], to[2] = from[2 * PLANE + i];
}

static cn_status read_records(const cn__cifar *set, const files *f, size_t first, size_t last, cn_array *x,
                              cn_array *y)
{
    const size_t record = set->labels + IMAGE;
    size_t n = 0;
    for (size_t i = first; i < last; i++) n += f->size[i] / record;
    CN_TRY(cn_array_new(x, CN_UINT8, 4, (size_t[]){n, SIDE, SIDE, 3}));
    CN_TRY(cn_array_new(y, CN_UINT8, 1, &n));
    unsigned char *image = x->data, *label = y->data;
    for (size_t i = first; i < last; i++)
        for (size_t at = 0; at < f->size[i]; at += record, image += IMAGE) {
            *label++ = f->bytes[i][at + set->labels - 1];
            read_image(f->bytes[i] + at + set->labels, image);
        }
    return CN_OK;
}

static cn_status read_all(const cn__cifar *set, const files *f, const char *where, cn_dataset *out)
{
    const size_t count = cn__cifar_files(set);
    CN_TRY(check_files(set, f, where));
    CN_TRY(read_records(set, f, 0, count - 1, &out->train_x, &out->train_y));
    CN_TRY(read_records(set, f, count - 1, count, &out->test_x, &out->test_y));
    cn__format(out->source, sizeof out->source, "%s", where);
    return CN_OK;
}

cn_status cn__cifar_read_folder(const cn__cifar *set, const char *folder, cn_dataset *out)
{
    files f = {{NULL}, {0}};
    char *bytes[7] = {NULL};
    cn_status status = CN_OK;
    for (size_t i = 0; i < cn__cifar_files(set) && status == CN_OK; i++) {
        char *path = cn__path_join(folder, file_at(set, i));
        status = path ? cn__file_read(path, &bytes[i], &f.size[i], ARCHIVE_LIMIT) : CN_ERROR_MEMORY;
        f.bytes[i] = (unsigned char *)bytes[i];
        cn__free(path);
    }
    if (status == CN_OK) status = read_all(set, &f, folder, out);
    for (size_t i = 0; i < 7; i++) cn__free(bytes[i]);
    return status;
}

/* ---- the archive ------------------------------------------------------------------------------------------- */

enum { BLOCK = 512, NAME = 100, SIZE_AT = 124, SIZE_DIGITS = 12 };

/* A number of a tar header: octal digits; SIZE_MAX where it is none. */
static size_t read_octal(const unsigned char *p)
{
    size_t value = 0, digits = 0;
    for (size_t i = 0; i < SIZE_DIGITS && p[i] && p[i] != ' '; i++, digits++) {
        if (p[i] < '0' || p[i] > '7') return SIZE_MAX;
        value = value * 8 + (size_t)(p[i] - '0');
    }
    return digits ? value : SIZE_MAX;
}

static bool is_named(const unsigned char *header, const char *name)
{
    char path[NAME + 1] = {0};
    memcpy(path, header, NAME);
    const char *slash = strrchr(path, '/');
    return strcmp(slash ? slash + 1 : path, name) == 0;
}

/* Finds the files in an unpacked tar (POSIX.1-1988 ustar, of which name and size are read). */
static cn_status find_members(const cn__cifar *set, const unsigned char *tar, size_t size, const char *where,
                              files *out)
{
    const size_t count = cn__cifar_files(set);
    for (size_t at = 0; size - at >= BLOCK && tar[at];) {
        const size_t length = read_octal(tar + at + SIZE_AT);
        if (length > size - at - BLOCK)
            return cn__fail(CN_ERROR_FORMAT, "%s: the archive is damaged at byte %zu", where, at);
        for (size_t i = 0; i < count; i++)
            if (is_named(tar + at, file_at(set, i))) out->bytes[i] = tar + at + BLOCK, out->size[i] = length;
        const size_t padded = (length + BLOCK - 1) / BLOCK * BLOCK;
        if (padded > size - at - BLOCK) break;
        at += BLOCK + padded;
    }
    for (size_t i = 0; i < count; i++)
        if (!out->bytes[i])
            return cn__fail(CN_ERROR_FORMAT, "%s: %s is not in the archive", where, file_at(set, i));
    return CN_OK;
}

cn_status cn__cifar_parse(const cn__cifar *set, const unsigned char *tar, size_t size, const char *where,
                          cn_dataset *out)
{
    files f = {{NULL}, {0}};
    CN_TRY(find_members(set, tar, size, where, &f));
    return read_all(set, &f, where, out);
}

/* Unpacks; free *tar with cn__free. */
static cn_status open_archive(const cn__cifar *set, const char *bytes, size_t size, const char *where,
                              unsigned char **tar, files *out)
{
    size_t length;
    *tar = NULL;
    CN_TRY(cn__gunzip((const unsigned char *)bytes, size, ARCHIVE_LIMIT, where, tar, &length));
    return find_members(set, *tar, length, where, out);
}

cn_status cn__cifar_read_archive(const cn__cifar *set, const char *path, cn_dataset *out)
{
    char *bytes;
    size_t size;
    unsigned char *tar;
    files f = {{NULL}, {0}};
    CN_TRY(cn__file_read(path, &bytes, &size, ARCHIVE_LIMIT));
    cn_status status = open_archive(set, bytes, size, path, &tar, &f);
    cn__free(bytes);
    if (status == CN_OK) status = read_all(set, &f, path, out);
    cn__free(tar);
    return status;
}

static cn_status check_sum(const cn__cifar *set, const char *url, const char *bytes, size_t size)
{
    char sum[65];
    cn__sha256_hex(bytes, size, sum);
    if (strcmp(sum, set->sha256) == 0) return CN_OK;
    return cn__fail(CN_ERROR_NETWORK, "%s has SHA-256 %.16s…, expected %.16s…; it is not used", url, sum,
                    set->sha256);
}

static cn_status write_files(const cn__cifar *set, const files *f, const char *folder)
{
    for (size_t i = 0; i < cn__cifar_files(set); i++) {
        char *path = cn__path_join(folder, file_at(set, i));
        const cn_status status =
            path ? cn__file_write(path, (const char *)f->bytes[i], f->size[i]) : CN_ERROR_MEMORY;
        cn__free(path);
        CN_TRY(status);
    }
    return CN_OK;
}

cn_status cn__cifar_fetch(const cn__cifar *set, const char *url, const char *folder,
                          const cn_dataset_options *options)
{
    char *bytes = NULL, *kept = cn__path_join(folder, "archive.part");
    size_t size = 0;
    unsigned char *tar = NULL;
    files f = {{NULL}, {0}};
    if (!kept) return CN_ERROR_MEMORY;
    const cn__request request = {
        .url = url, .file = set->archive, .limit = ARCHIVE_LIMIT, .part = kept, .options = options};
    const bool resumed = cn__file_exists(kept);
    cn_status status = cn__download(&request, &bytes, &size);
    if (status == CN_OK) {
        status = check_sum(set, url, bytes, size);
        (void)remove(kept);
        if (status != CN_OK && resumed) { /* the part was another file's */
            cn__free(bytes);
            cn__free(kept);
            return cn__cifar_fetch(set, url, folder, options);
        }
    }
    if (status == CN_OK) status = open_archive(set, bytes, size, url, &tar, &f);
    if (status == CN_OK) status = write_files(set, &f, folder);
    cn__free(tar);
    cn__free(bytes);
    cn__free(kept);
    return status;
}
