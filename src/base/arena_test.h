/* What a test sets so that it can see more of those who use arenas. */
#ifndef CN_BASE_ARENA_TEST_H
#define CN_BASE_ARENA_TEST_H

#include <stdbool.h>

/* Each piece of an arena is a block of its own: each can fail (cn__allocations_left), and a sanitizer sees where it ends. Set while
 * no other thread allocates. */
extern bool cn__arena_apart;

#endif
