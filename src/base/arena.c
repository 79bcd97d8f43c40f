/* Blocks of memory in a list, each twice as large as the one before. The first of the list is the one
 * that is filled; a large request gets a block of its own behind it. Large blocks begin at a huge
 * page, so that the processor needs few address translations to walk over weights. */
#include "base/arena.h"
#include "base/arena_test.h"

#include <assert.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "base/status.h"
#include "base/text/format.h"

enum { ALIGNMENT = 64, FIRST_BLOCK = 4096, LARGEST_BLOCK = 32 << 20, HUGE_PAGE = 2 << 20 };

typedef struct cn__block {
    struct cn__block *next;
    size_t size, used; /* in bytes, this header included; multiples of ALIGNMENT */
} cn__block;

_Atomic unsigned long cn__allocations;
_Atomic long cn__allocations_left = -1;
bool cn__arena_apart;

static void count_allocation(void) { atomic_fetch_add_explicit(&cn__allocations, 1, memory_order_relaxed); }

/* Is the next allocation to fail, as a test wants it? */
static bool is_to_fail(void)
{
    long left = atomic_load_explicit(&cn__allocations_left, memory_order_relaxed);
    if (left > 0) atomic_fetch_sub(&cn__allocations_left, 1);
    return left == 0;
}

/* `n` up to a multiple of `step`, a power of two; 0 when that does not fit. */
static size_t round_up(size_t n, size_t step)
{
    return n > SIZE_MAX - step ? 0 : (n + step - 1) & ~(step - 1);
}

/* A block with room for `bytes` beside its header. */
static cn__block *block_new(size_t bytes)
{
    size_t size = bytes > SIZE_MAX / 2 ? 0 : bytes + ALIGNMENT;
    bool huge = size >= HUGE_PAGE / 2;
    if (huge) size = round_up(size, HUGE_PAGE);
    void *memory = NULL;
    if (!size || is_to_fail() || posix_memalign(&memory, huge ? HUGE_PAGE : ALIGNMENT, size) != 0) {
        cn__fail_memory(bytes, "an arena");
        return NULL;
    }
    count_allocation();
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (huge) madvise(memory, size, MADV_HUGEPAGE); /* a wish: it may be refused */
#endif
    cn__block *block = memory;
    *block = (cn__block){.size = size, .used = ALIGNMENT};
    return block;
}

/* A block with room for `bytes`, in the arena's list. */
static cn__block *block_add(cn__arena *arena, size_t bytes)
{
    cn__block *first = arena->blocks;
    size_t next = !first ? FIRST_BLOCK : first->size < LARGEST_BLOCK ? 2 * first->size : LARGEST_BLOCK;
    bool alone = cn__arena_apart || bytes > next / 2;
    cn__block *block = block_new(alone ? bytes : next - ALIGNMENT);
    if (!block) return NULL;
    if (alone && first) {
        block->next = first->next;
        first->next = block;
    } else {
        block->next = first;
        arena->blocks = block;
    }
    return block;
}

void *cn__arena_alloc(cn__arena *arena, size_t bytes)
{
    size_t rounded = bytes ? round_up(bytes, ALIGNMENT) : ALIGNMENT;
    if (!rounded) {
        cn__fail_memory(bytes, "an arena");
        return NULL;
    }
    cn__block *block = arena->blocks;
    if (!block || cn__arena_apart || block->size - block->used < rounded) block = block_add(arena, rounded);
    if (!block) return NULL;
    assert(block->size - block->used >= rounded && block->used % ALIGNMENT == 0);
    void *memory = (char *)block + block->used;
    block->used += rounded;
    arena->used += rounded;
    return memset(memory, 0, rounded);
}

void *cn__arena_array(cn__arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        cn__fail_memory(SIZE_MAX, "an arena");
        return NULL;
    }
    return cn__arena_alloc(arena, bytes);
}

/* calloc takes large blocks from the system, whose pages are zeros until they are written. */
void *cn__arena_reserve(cn__arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2) {
        cn__fail_memory(SIZE_MAX, "an arena");
        return NULL;
    }
    if (bytes < HUGE_PAGE) return cn__arena_alloc(arena, bytes);
    const size_t whole = round_up(bytes, ALIGNMENT) + 2 * ALIGNMENT;
    cn__block *block = is_to_fail() ? NULL : calloc(1, whole);
    if (!block) {
        cn__fail_memory(bytes, "an arena");
        return NULL;
    }
    count_allocation();
    block->size = block->used = whole; /* full */
    if (arena->blocks) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        arena->blocks = block;
    }
    arena->used += bytes;
    return (void *)round_up((size_t)(uintptr_t)(block + 1), ALIGNMENT);
}

char *cn__arena_strdup(cn__arena *arena, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = cn__arena_alloc(arena, size);
    if (copy) memcpy(copy, text, size);
    return copy;
}

char *cn__arena_format(cn__arena *arena, const char *format, ...)
{
    va_list arguments, again;
    char most[200]; /* are shorter: one go is enough for them */
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = cn__vformat(most, sizeof most, format, arguments);
    char *text = length < 0 ? NULL : cn__arena_alloc(arena, (size_t)length + 1);
    if (length < 0) cn__fail(CN_ERROR_ARGUMENT, "text cannot be formatted by \"%s\"", format);
    if (text && (size_t)length < sizeof most) memcpy(text, most, (size_t)length + 1);
    else if (text) cn__vformat(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}

void cn__arena_join(cn__arena *to, cn__arena *from)
{
    cn__block **end = &to->blocks;
    while (*end) end = &(*end)->next;
    *end = from->blocks;
    to->used += from->used;
    *from = (cn__arena){.blocks = NULL};
}

void cn__arena_free(cn__arena *arena)
{
    for (cn__block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    *arena = (cn__arena){0};
}

/* Large data comes in huge pages, which the system hands out sooner than as many small ones. */
static void wish_huge_pages(void *memory, size_t bytes)
{
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    uintptr_t first = ((uintptr_t)memory + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1),
              end = ((uintptr_t)memory + bytes) & ~(uintptr_t)(HUGE_PAGE - 1);
    if (bytes >= 4 * HUGE_PAGE)
        madvise((char *)memory + (first - (uintptr_t)memory), end - first, MADV_HUGEPAGE);
#else
    (void)memory, (void)bytes;
#endif
}

/* Of malloc's family: counted, and with a message when it failed. */
static void *checked(void *memory, size_t bytes)
{
    if (!memory) {
        cn__fail_memory(bytes, "data");
        return NULL;
    }
    count_allocation();
    wish_huge_pages(memory, bytes);
    return memory;
}

/* 0 bytes are 1, so that NULL always means failure. */
void *cn__malloc(size_t bytes) { return checked(is_to_fail() ? NULL : malloc(bytes ? bytes : 1), bytes); }

void *cn__calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return checked(NULL, SIZE_MAX);
    return checked(is_to_fail() ? NULL : calloc(bytes ? bytes : 1, 1), bytes);
}

void *cn__realloc(void *old, size_t bytes)
{
    return checked(is_to_fail() ? NULL : realloc(old, bytes ? bytes : 1), bytes);
}

void cn__free(void *memory) { free(memory); }

char *cn__strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = cn__malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}
