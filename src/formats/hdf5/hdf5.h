/* HDF5 as Keras uses it: named arrays in groups, texts in attributes. A reader of our own looks up what the caller
 * asks for and checks every offset, size and count in the file, whatever the file holds: no link to elsewhere is
 * followed, and no array is read that has another shape than expected. libhdf5, which crashes on some damaged files,
 * only writes. */
#ifndef CN_FORMATS_HDF5_H
#define CN_FORMATS_HDF5_H

#include "base/arena.h"
#include "base/files/file.h"
#include "base/status.h"
#include "cornu/array.h"

typedef struct cn__h5 cn__h5;

/* ---- reading ----------------------------------------------------------------------------------------- */

/* Bytes in memory must outlive it. Messages do not name the file. */
CN_CHECK cn_status cn__h5_open(const cn__infile *file, cn__h5 **out);
void cn__h5_close(cn__h5 *h5);        /* NULL is fine */
double cn__h5_size(const cn__h5 *h5); /* in bytes */

/* Fails if the system could not read a part of the file, or memory ran out since it was opened: what was not found then may be
 * there all the same. */
CN_CHECK cn_status cn__h5_check_reads(const cn__h5 *h5);

/* Paths are such as "layers/dense/vars/0", "" for the root. */
bool cn__h5_has(const cn__h5 *h5, const char *path);
/* How many things lie in a group; 0 if there is none. */
size_t cn__h5_count(const cn__h5 *h5, const char *path);
/* Is there an array without dimensions? */
bool cn__h5_is_scalar(const cn__h5 *h5, const char *path);
/* Fills `out`, whose shape and type (float32 or int64) are what is expected. */
CN_CHECK cn_status cn__h5_read(const cn__h5 *h5, const char *path, const cn_array *out);

bool cn__h5_has_attribute(const cn__h5 *h5, const char *path, const char *name);
/* Texts of one file are four times its size at most, all calls together: in a damaged one they may share bytes. */
CN_CHECK cn_status cn__h5_text(cn__h5 *h5, cn__arena *arena, const char *path, const char *name,
                               const char **out);
/* A list of texts, `limit` of them at most. One too long for HDF5 is kept in pieces name0, name1, … */
CN_CHECK cn_status cn__h5_texts(cn__h5 *h5, cn__arena *arena, const char *path, const char *name,
                                size_t limit, const char ***out, size_t *count);

/* ---- writing ----------------------------------------------------------------------------------------- */

typedef struct cn__h5_new cn__h5_new;

/* Can files be written? libhdf5 is loaded now, which may fail, and not only when a training has come to its end. */
CN_CHECK cn_status cn__h5_ready(void);

/* A new file in memory, for about `expected` bytes of arrays. One at a time in the whole program: others wait. */
CN_CHECK cn_status cn__h5_begin(size_t expected, cn__h5_new **out);
/* The bytes of a finished one; free with cn__free. Then discard it. */
CN_CHECK cn_status cn__h5_bytes(cn__h5_new *h5, char **bytes, size_t *size);
void cn__h5_discard(cn__h5_new *h5); /* NULL is fine */

/* All of it: fill(user, h5) in a child process where this program may have one (base/system/child.h), so that libhdf5, which
 * crashes where memory runs out, does not take the program along; after a crash it is tried once more. `fill` must not take locks
 * that other threads may hold. Free *bytes with cn__free. */
CN_CHECK cn_status cn__h5_make(size_t expected, cn_status (*fill)(cn__h5_new *h5, const void *user),
                               const void *user, char **bytes, size_t *size);

/* Groups on the way are made. */
CN_CHECK cn_status cn__h5_make_group(cn__h5_new *h5, const char *path);
CN_CHECK cn_status cn__h5_write(cn__h5_new *h5, const char *path, const cn_array *array);
CN_CHECK cn_status cn__h5_set_text(cn__h5_new *h5, const char *path, const char *name, const char *text);
CN_CHECK cn_status cn__h5_set_texts(cn__h5_new *h5, const char *path, const char *name,
                                    const char *const *texts, size_t count);

#endif
