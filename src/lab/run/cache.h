/* Results by the key of what decides them, in an SQLite file: kept at once when a training ends, so that a run that was
 * stopped goes on where it was. */
#ifndef CN_LAB_CACHE_H
#define CN_LAB_CACHE_H

#include <stddef.h>

#include "base/status.h"

typedef struct cn__cache cn__cache;

/* Opens or makes the file; `path` NULL: lab.sqlite in the user's cache folder. *out is NULL when there can be none (no
 * such folder may be made): then nothing is kept, and that is no failure. A cache that cannot be written costs the cache,
 * not the run: what it holds is found, nothing is kept, and cn__cache_trouble says why. A file that is no cache is an
 * error. */
CN_CHECK cn_status cn__cache_open(const char *path, cn__cache **out);
/* The folder that its file is in, free with cn__free; NULL: there is none. */
char *cn__cache_place(const char *path);
/* Why nothing more is kept (a full disk, a file that is read-only); NULL: all is well. */
const char *cn__cache_trouble(cn__cache *cache);
void cn__cache_close(cn__cache *cache);

/* What is kept under key and kind ("fit", "model", "test", "prediction", or a picture's), or *data NULL. Free with
 * cn__free. */
CN_CHECK cn_status cn__cache_get(cn__cache *cache, const char *key, const char *kind, char **data,
                                 size_t *size);
CN_CHECK cn_status cn__cache_put(cn__cache *cache, const char *key, const char *kind, const void *data,
                                 size_t size);

/* The folder where states of trainings are kept that go on when they are run again, each below its key; free with cn__free.
 * NULL: there is none. */
char *cn__cache_states(cn__cache *cache);

/* Removes states that nobody has wanted for a fortnight, and what was longest not used, until no more than `bytes` are kept. */
CN_CHECK cn_status cn__cache_trim(cn__cache *cache, double bytes);

#endif
