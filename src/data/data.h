/* The inside of the data room: bytes in memory to arrays, and the pieces of the search for a data set. */
#ifndef CN_DATA_DATA_H
#define CN_DATA_DATA_H

#include "base/arena.h"
#include "base/files/file.h"
#include "base/status.h"
#include "base/text/text.h"
#include "cornu/data.h"

/* The bytes of an .npy file to an array; `what` names them in messages. */
CN_CHECK cn_status cn__npy_parse(const unsigned char *bytes, size_t size, const char *what, cn_array *out);
/* An array as an .npy file. */
CN_CHECK cn_status cn__npy_format(const cn_array *array, cn__text *out);

/* IDX, plain or gzipped. Format: http://yann.lecun.com/exdb/mnist. */
CN_CHECK cn_status cn__idx_parse(const unsigned char *bytes, size_t size, const char *what, cn_array *out);
/* The same from bytes of cn__malloc, which it takes: where it can, they become the array's. */
CN_CHECK cn_status cn__idx_take(unsigned char *bytes, size_t size, const char *what, cn_array *out);
/* The whole size of such a file, by its header, which must be within the first `size` bytes. */
CN_CHECK cn_status cn__npy_size(const unsigned char *bytes, size_t size, const char *what, size_t *out);
CN_CHECK cn_status cn__idx_size(const unsigned char *bytes, size_t size, const char *what, size_t *out);
/* Does the file begin like a gzip file, a zip file, an .npy file? */
bool cn__is_gzip(const unsigned char *bytes, size_t size);
bool cn__is_zip(const unsigned char *bytes, size_t size);
bool cn__is_npy(const unsigned char *bytes, size_t size);
/* Decompresses; at most `limit` bytes. Free *out with cn__free. */
CN_CHECK cn_status cn__gunzip(const unsigned char *bytes, size_t size, size_t limit, const char *what,
                              unsigned char **out, size_t *out_size);

/* The same for the file of an array: what has no such header, or more than that asks for, is refused at once. */
CN_CHECK cn_status cn__gunzip_array(const unsigned char *bytes, size_t size, size_t limit, const char *what,
                                    unsigned char **out, size_t *out_size);
/* The first `most` bytes of what is packed, from the first bytes of a gzip file; returns how many could be had. */
size_t cn__gunzip_head(const unsigned char *bytes, size_t size, unsigned char *out, size_t most);
/* The same of a zstd file; fails where the build has no libzstd. */
bool cn__is_zstd(const unsigned char *bytes, size_t size);
CN_CHECK cn_status cn__unzstd(const unsigned char *bytes, size_t size, size_t limit, const char *what,
                              unsigned char **out, size_t *out_size);

/* All members of an .npz, and one of them (NULL: the only one). */
CN_CHECK cn_status cn__npz_read(const cn__infile *file, cn_npz *out);
CN_CHECK cn_status cn__npz_read_member(const cn__infile *file, const char *member, cn_array *out);
/* Of an .npz "FILE:x" and "FILE:y" (or x_train, data and target, …), and those of a test part, NULL where there is none. */
CN_CHECK cn_status cn__npz_pairs(cn__arena *arena, const char *path, const char *out[4]);
/* The names of its arrays, in the file's order. */
CN_CHECK cn_status cn__npz_names(cn__arena *arena, const char *path, const char ***names, size_t *count);
/* The one array of a file, by what it holds. */
CN_CHECK cn_status cn__array_read(const cn__infile *file, cn_array *out);

/* How rows are parted. */
typedef struct cn__row_split {
    double share;
    uint64_t seed;
    bool ordered;          /* nothing is mixed: the last rows are the test part */
    const uint32_t *codes; /* (row_count) of each row its class or group; NULL: neither */
    size_t code_count, row_count;
    bool
        groups; /* codes are groups, which are not parted; else classes, of each of which the share is taken */
} cn__row_split;

/* The samples order[0], order[1], … order[n - 1] of an array. */
CN_CHECK cn_status cn__pick_samples(const cn_array *from, const uint32_t *order, size_t n, cn_array *out);

/* Permutes the n rows (numbers under row_count): those of the test part, *test of them, are the last. */
CN_CHECK cn_status cn__split_rows(const cn__row_split *split, uint32_t *rows, size_t n, size_t *test);

/* One fold of several: `samples` (n) becomes a permutation of 0 … n - 1 whose last *test are the fold's. With codes (each
 * sample's class) every class is dealt out evenly. */
typedef struct cn__fold {
    size_t folds, fold, repeat; /* repeat: another draw */
    uint64_t seed;
    const uint32_t *codes;
    size_t code_count;
} cn__fold;
CN_CHECK cn_status cn__fold_samples(const cn__fold *fold, uint32_t *samples, size_t n, size_t *test);

/* SHA-256 as 64 hexadecimal digits and a '\0' (FIPS 180-4). */
void cn__sha256_hex(const void *bytes, size_t size, char out[65]);

/* 128 bits of XXH64 in the same form: a fast name for large arrays and drawings, no proof against forgery. */
void cn__fingerprint(const void *bytes, size_t size, char out[33]);

typedef struct cn__request {
    const char *url, *file; /* `file` is what progress calls it */
    size_t limit;           /* bytes at most */
    int patience;           /* seconds with hardly a byte before it is given up; 0: 20 */
    const char
        *part; /* a file that keeps what came of a download that was cut off, for the next one; NULL: none */
    const cn_dataset_options *options;
} cn__request;

/* Fetches a URL into memory; free *out with cn__free. With request->part it goes on where an earlier download ended, and
 * the file stays until the caller has checked what came: of two mirrors that differ the whole would be neither. */
CN_CHECK cn_status cn__download(const cn__request *request, char **out, size_t *size);

/* Files larger than this are refused. */
#define CN_DATA_LIMIT ((size_t)1 << 36)

/* What a preparation is called within a .keras file. */
extern const char cn__preparation_member[];

#endif
