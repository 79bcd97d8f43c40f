/* Arenas: zeroed, aligned, never moving, counted; and refusing what cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/status.h"

static int is_zero(const void *memory, size_t size)
{
    const unsigned char *bytes = memory;
    for (size_t i = 0; i < size; i++)
        if (bytes[i]) return 0;
    return 1;
}

static void memory_is_zeroed_aligned_and_stays(void **state)
{
    (void)state;
    enum { COUNT = 600 };
    static unsigned char *given[COUNT];
    cn__arena arena = {0};
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = 1 + i * 7 % 5000;
        given[i] = cn__arena_alloc(&arena, size);
        assert_non_null(given[i]);
        assert_int_equal((uintptr_t)given[i] % 64, 0);
        assert_true(is_zero(given[i], size));
        memset(given[i], (int)(i % 255) + 1, size);
    }
    for (size_t i = 0; i < COUNT; i++) { /* nothing was given twice */
        size_t size = 1 + i * 7 % 5000;
        assert_int_equal(given[i][0], i % 255 + 1);
        assert_int_equal(given[i][size - 1], i % 255 + 1);
    }
    cn__arena_free(&arena);
    assert_null(arena.blocks);
    assert_int_equal(arena.used, 0);
}

static void blocks_grow_so_that_many_requests_cost_few_allocations(void **state)
{
    (void)state;
    cn__arena arena = {0};
    unsigned long before = cn__allocations;
    for (int i = 0; i < 10000; i++) assert_non_null(cn__arena_alloc(&arena, 64));
    unsigned long blocks = cn__allocations - before;
    assert_in_range(blocks, 2, 12);
    assert_int_equal(arena.used, 640000);
    cn__arena_free(&arena);
}

static void a_large_request_leaves_the_block_in_use(void **state)
{
    (void)state;
    cn__arena arena = {0};
    char *small = cn__arena_alloc(&arena, 64);
    char *large = cn__arena_alloc(&arena, 1 << 20);
    unsigned long before = cn__allocations;
    char *next = cn__arena_alloc(&arena, 64);
    assert_non_null(small);
    assert_non_null(large);
    assert_true(next == small + 64);
    assert_int_equal(cn__allocations, before);
    cn__arena_free(&arena);
}

static void large_blocks_begin_at_a_huge_page(void **state)
{
    (void)state;
    for (size_t megabytes = 2; megabytes < 8; megabytes++) {
        cn__arena arena = {0};
        size_t size = (megabytes << 20) + 5;
        unsigned char *large = cn__arena_alloc(&arena, size);
        assert_non_null(large);
        assert_int_equal((uintptr_t)large % (2u << 20), 64); /* behind the block's header */
        assert_true(is_zero(large, size));
        cn__arena_free(&arena);
    }
}

static void no_bytes_are_still_memory(void **state)
{
    (void)state;
    cn__arena arena = {0};
    void *a = cn__arena_alloc(&arena, 0), *b = cn__arena_array(&arena, 0, 8);
    assert_non_null(a);
    assert_non_null(b);
    assert_ptr_not_equal(a, b);
    cn__arena_free(&arena);
    void *m = cn__malloc(0), *c = cn__calloc(0, 4), *r = cn__realloc(NULL, 0);
    assert_true(m && c && r);
    cn__free(m);
    cn__free(c);
    cn__free(r);
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    cn__arena arena = {0};
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 63, SIZE_MAX / 2 + 1, SIZE_MAX / 2 - 100};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        cn_error_clear();
        assert_null(cn__arena_alloc(&arena, sizes[i]));
        assert_int_equal(cn_error_status(), CN_ERROR_MEMORY);
    }
    cn_error_clear();
    assert_null(cn__arena_array(&arena, SIZE_MAX / 2, 4));
    assert_int_equal(cn_error_status(), CN_ERROR_MEMORY);
    cn_error_clear();
    assert_null(cn__calloc(SIZE_MAX / 2, 4));
    assert_int_equal(cn_error_status(), CN_ERROR_MEMORY);
    assert_non_null(cn__arena_alloc(&arena, 10)); /* the arena still works */
    cn__arena_free(&arena);
}

static void texts_are_copied_and_formatted(void **state)
{
    (void)state;
    cn__arena arena = {0};
    char word[] = "dense";
    char *copy = cn__arena_strdup(&arena, word);
    word[0] = 'x';
    assert_string_equal(copy, "dense");
    assert_string_equal(cn__arena_format(&arena, "%s_%d %.2f", copy, 3, 1.5), "dense_3 1.50");
    char *wide = cn__arena_format(&arena, "%9000d", 1);
    assert_int_equal(strlen(wide), 9000);
    cn__arena_free(&arena);
}

static void every_allocation_is_counted(void **state)
{
    (void)state;
    unsigned long before = cn__allocations;
    void *a = cn__malloc(10), *b = cn__calloc(3, 5);
    assert_true(a && b && is_zero(b, 15));
    a = cn__realloc(a, 100);
    char *c = cn__strdup("text");
    assert_string_equal(c, "text");
    assert_int_equal(cn__allocations - before, 4);
    cn__free(a);
    cn__free(b);
    cn__free(c);
    cn__free(NULL);
    cn__arena arena = {0};
    assert_non_null(cn__arena_alloc(&arena, 1));
    assert_int_equal(cn__allocations - before, 5);
    cn__arena_free(&arena);
}

static void a_test_can_let_memory_run_out(void **state)
{
    (void)state;
    cn__arena arena = {0};
    cn__allocations_left = 2;
    void *a = cn__malloc(10), *b = cn__arena_alloc(&arena, 10);
    assert_true(a && b);
    assert_null(cn__malloc(1));
    assert_int_equal(cn_error_status(), CN_ERROR_MEMORY);
    assert_null(cn__realloc(a, 20)); /* a is still there */
    assert_null(cn__arena_alloc(&arena, 1 << 20));
    cn__allocations_left = -1;
    a = cn__realloc(a, 20);
    assert_non_null(a);
    cn__free(a);
    cn__arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_aligned_and_stays),
        cmocka_unit_test(blocks_grow_so_that_many_requests_cost_few_allocations),
        cmocka_unit_test(a_large_request_leaves_the_block_in_use),
        cmocka_unit_test(large_blocks_begin_at_a_huge_page),
        cmocka_unit_test(no_bytes_are_still_memory),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(texts_are_copied_and_formatted),
        cmocka_unit_test(every_allocation_is_counted),
        cmocka_unit_test(a_test_can_let_memory_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
