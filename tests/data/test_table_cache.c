/* Large tables are kept in the user's cache: they come back as they were read, whatever happened to the files there. */
#include "support.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>

#include "data/table/steps.h"
#include "table_support.h"

enum { ROWS = 150000 };

/* 5 MB with every kind of column, and a row that lacks a cell. */
static void write_table(const char *path, int seed)
{
    static const char *const words[] = {"red", "green", "\"a, \"\"b\"\"\"", "", "NA"};
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("byte,whole,real,word,word,odd\n", f);
    for (int i = 0; i < ROWS; i++) {
        if (i == 7000) fputs("1,2\n", f);
        else
            fprintf(f, "%d,%d,%d.%04d,%s,w%d,%s\n", i % 256, i * 31 - seed, i, (i * 7 + seed) % 10000,
                    words[i % 5], i % 900,
                    i % 3   ? "12"
                    : i % 2 ? "many"
                            : "few");
    }
    fclose(f);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_size > 4 << 20);
}

/* How many tables there are; the path of one. */
static size_t kept(char path[1200])
{
    DIR *list = opendir("cache/cornu/tables");
    size_t count = 0;
    for (const struct dirent *e; list && (e = readdir(list));)
        if (cn__has_suffix(e->d_name, ".table"))
            count++, snprintf(path, 1200, "cache/cornu/tables/%s", e->d_name);
        else assert_true(e->d_name[0] == '.' && !strchr(e->d_name, 'c')); /* no temporary file is left */
    if (list) closedir(list);
    return count;
}

static void fresh_cache(const char *megabytes)
{
    char path[1200];
    (void)!system("rm -rf cache");
    snprintf(path, sizeof path, "%s/cache", here);
    setenv("XDG_CACHE_HOME", path, 1);
    setenv("CORNU_TABLE_CACHE", megabytes, 1);
}

static void a_table_comes_back_as_it_was_read(void **state)
{
    (void)state;
    char path[1200];
    const char *const words[] = {"whole"};
    const cn_table_options as_words = {.category = {words, 1}}, one_thread = {.threads = 1};
    write_table("a.csv", 1);
    fresh_cache("0");
    cn_table *plain = reads("a.csv", NULL), *other = reads("a.csv", &as_words);
    assert_int_equal(kept(path), 0);
    fresh_cache("");
    cn_table *first = reads("a.csv", NULL);
    assert_int_equal(kept(path), 1);
    assert_null(first->store);
    cn_table *again = reads("a.csv", &one_thread);
    assert_non_null(again->store);
    are_equal(plain, first);
    are_equal(plain, again);
    assert_string_equal(again->path, "a.csv");
    cn_table *words_first = reads("a.csv", &as_words), *words_again = reads("a.csv", &as_words);
    assert_null(words_first->store);
    assert_non_null(words_again->store);
    are_equal(other, words_again);
    assert_int_equal(kept(path), 2);
    cn_table *const all[] = {plain, other, first, again, words_first, words_again};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) cn_table_free(all[i]);
}

static void another_text_is_another_table(void **state)
{
    (void)state;
    char path[1200];
    struct stat info;
    fresh_cache("");
    write_table("b.csv", 1);
    assert_int_equal(stat("b.csv", &info), 0);
    cn_table_free(reads("b.csv", NULL));
    write_table("b.csv", 2); /* of the same size and, below, of the same time */
    const struct timespec times[2] = {info.st_atim, info.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, "b.csv", times, 0), 0);
    cn_table *t = reads("b.csv", NULL);
    assert_null(t->store);
    assert_true(cn_table_number(t, 0, 1) == -2);
    assert_int_equal(kept(path), 2);
    cn_table_free(t);
}

static void a_damaged_file_is_never_trusted(void **state)
{
    (void)state;
    char path[1200];
    struct stat info;
    fresh_cache("");
    write_table("c.csv", 3);
    cn_table *plain = reads("c.csv", NULL);
    assert_int_equal(kept(path), 1);
    assert_int_equal(stat(path, &info), 0);
    for (int i = 0; i < 24; i++) {
        /* the head first, then places all over the file; and cuts */
        const off_t at = i < 12 ? i * 10 : info.st_size / 12 * (i - 11) - 1;
        if (i % 5 == 4) {
            assert_int_equal(truncate(path, at), 0);
        } else {
            FILE *f = fopen(path, "r+");
            assert_non_null(f);
            assert_int_equal(fseek(f, at, SEEK_SET), 0);
            const int byte = getc(f);
            assert_int_equal(fseek(f, at, SEEK_SET), 0);
            putc(byte ^ 0x11, f);
            fclose(f);
        }
        cn_table *t = reads("c.csv", NULL), *again = reads("c.csv", NULL);
        assert_null(t->store);
        assert_non_null(again->store); /* written anew */
        are_equal(plain, t);
        are_equal(plain, again);
        cn_table_free(t);
        cn_table_free(again);
    }
    cn_table_free(plain);
}

static void a_cache_that_cannot_be_written_costs_nothing(void **state)
{
    (void)state;
    write_table("d.csv", 4);
    setenv("CORNU_TABLE_CACHE", "", 1);
    setenv("XDG_CACHE_HOME", "/dev/null/cache", 1);
    for (int i = 0; i < 2; i++) {
        cn_table *t = reads("d.csv", NULL);
        assert_null(t->store);
        cn_table_free(t);
    }
}

static void the_cache_is_bounded(void **state)
{
    (void)state;
    char path[1200];
    struct stat info;
    fresh_cache("");
    write_table("e.csv", 5);
    cn_table_free(reads("e.csv", NULL));
    assert_int_equal(kept(path), 1);
    assert_int_equal(stat(path, &info), 0);
    const struct timespec old[2] = {{1000, 0}, {1000, 0}};
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
    char text[40];
    snprintf(text, sizeof text, "%.3f", 2.2 * (double)info.st_size / (1 << 20));
    setenv("CORNU_TABLE_CACHE", text, 1);
    for (int i = 6; i < 9; i++) {
        write_table("f.csv", i);
        cn_table_free(reads("f.csv", NULL));
        assert_int_equal(kept(path), 2);
        if (i == 6) assert_int_equal(stat(path, &info), 0);
    }
    setenv("CORNU_TABLE_CACHE", "0.001", 1); /* no table has room in it */
    write_table("f.csv", 10);
    cn_table_free(reads("f.csv", NULL));
    assert_int_equal(kept(path), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_comes_back_as_it_was_read),
        cmocka_unit_test(another_text_is_another_table),
        cmocka_unit_test(a_damaged_file_is_never_trusted),
        cmocka_unit_test(a_cache_that_cannot_be_written_costs_nothing),
        cmocka_unit_test(the_cache_is_bounded),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
