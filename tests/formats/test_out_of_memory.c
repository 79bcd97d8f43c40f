/* Every reader on every seed of its fuzz target and on files of others, while each of its allocations fails in turn, and all that
 * follow it: it says that memory ran out, or ends as it would have; it calls nothing else the cause, makes no good file of a
 * bad one, and leaves nothing behind (under the address sanitizer). Then jansson allocates with our functions, so that what it asks
 * for fails, too: it calls some of that a mistake of the text. */
#include "base/arena_test.h"
#include "formats/readers.h"

enum { MOST_POINTS = 150 /* of a file: the first ones, then evenly; CORNU_THOROUGH: all */ };

/* ---- each allocation in turn ------------------------------------------------------------------------------------------ */

typedef struct sums {
    reader read;
    size_t files, points;
} sums;

/* All of them are told before the test fails. */
static size_t wrong;
static bool jansson_fails;
static void tell(const char *path, long at, cn_status status, cn_status expected)
{
    print_error("%s, allocation %ld: status %d, without failures %d, the message's %d: %s\n", path, at,
                (int)status, (int)expected, (int)cn_error_status(), cn_error());
    wrong++;
}

static void fail_at(reader read, const char *path, const char *text, size_t size, long at, cn_status expected)
{
    cn_error_clear();
    cn__allocations_left = at;
    const cn_status status = read(path, text, size);
    cn__allocations_left = -1;
    const bool right = status == CN_ERROR_MEMORY
                           ? strstr(cn_error(), "memory") != NULL
                           : status == expected || (jansson_fails && status == CN_ERROR_FORMAT);
    if (!right || (status != CN_OK && status != cn_error_status())) tell(path, at, status, expected);
}

static void fail_each(void *user, const char *path)
{
    sums *sum = user;
    const reader read = sum->read;
    size_t size;
    char *text = read_whole(path, &size);
    if (size && size < MOST_FILE) {
        const unsigned long before = cn__allocations;
        cn_error_clear();
        const cn_status expected = read(path, text, size);
        const long count = (long)(cn__allocations - before),
                   most = getenv("CORNU_SANITIZED") ? MOST_POINTS / 5 : MOST_POINTS,
                   head = count < most || getenv("CORNU_THOROUGH") ? count : most / 2;
        for (long at = 0; at < count; at += at < head ? 1 : 1 + (count - head) / (most / 2), sum->points++)
            fail_at(read, path, text, size, at, expected);
        sum->files++;
    }
    free(text);
}

static void fail_all(sums *all)
{
    for (size_t i = 0; i < READERS; i++) {
        sums sum = {.read = reader_rows[i].read};
        each_file_of(i, fail_each, &sum);
        all->files += sum.files, all->points += sum.points;
    }
}

static void a_reader_without_memory_says_so_and_leaves_nothing(void **state)
{
    (void)state;
    sums all = {0};
    fail_all(&all);
    print_message("%zu files, %zu failing allocations\n", all.files, all.points);
    assert_int_equal(wrong, 0);
    assert_true(all.files > 100 && all.points > 1000);
}

static void so_it_is_where_jansson_gets_no_memory(void **state)
{
    (void)state;
    sums all = {0};
    wrong = 0;
    jansson_fails = true;
    json_set_alloc_funcs(cn__malloc, cn__free);
    fail_all(&all);
    json_set_alloc_funcs(malloc, free);
    jansson_fails = false;
    print_message("%zu files, %zu failing allocations\n", all.files, all.points);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_without_memory_says_so_and_leaves_nothing),
        cmocka_unit_test(so_it_is_where_jansson_gets_no_memory),
    };
    cn__arena_apart = true;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
