/* Memory that is freed all at once. An arena grows by blocks; what it gave never moves. Used for
 * everything that lives as long as a model or a plan. Not thread-safe: one owner at a time. */
#ifndef CN_BASE_ARENA_H
#define CN_BASE_ARENA_H

#include <stddef.h>

typedef struct cn__arena {
    struct cn__block *blocks;
    size_t used; /* bytes given so far, for reports */
} cn__arena;

/* Zeroed memory aligned to 64 bytes (a cache line, and the widest vector); NULL and a message when out of memory. */
void *cn__arena_alloc(cn__arena *arena, size_t bytes);
void *cn__arena_array(cn__arena *arena, size_t count, size_t size);
/* The same, for an array of which only a part may be used: the system gives memory for what is used. */
void *cn__arena_reserve(cn__arena *arena, size_t count, size_t size);
char *cn__arena_strdup(cn__arena *arena, const char *text);
char *cn__arena_format(cn__arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cn__arena_free(cn__arena *arena);
/* Moves all that `from` gave into `to`; nothing moves in memory. */
void cn__arena_join(cn__arena *to, cn__arena *from);

/* Counts calls of malloc and the like made by the library, so that a test can show that the
 * training loop makes none. */
extern _Atomic unsigned long cn__allocations;

/* A test sets how many more of them succeed, to see what happens when memory runs out; negative: any number. */
extern _Atomic long cn__allocations_left;

/* malloc, realloc and free that count and leave a message; a model's and an array's memory. */
void *cn__malloc(size_t bytes);
void *cn__calloc(size_t count, size_t size);
void *cn__realloc(void *old, size_t bytes);
void cn__free(void *memory);
char *cn__strdup(const char *text);

#endif
