/* What a table is cut by: the codes of a column's groups, and the order in time; and what is taken for a table at all. */
#include <zlib.h>

#include "data/preparation/preparation.h"
#include "data/table/steps.h"
#include "support.h"

static cn_table *parse(const char *text)
{
    succeeds(cn__file_write("a.csv", text, strlen(text)));
    cn_table *t = cn_table_read("a.csv", NULL);
    if (!t) fail_msg("%s", cn_error());
    return t;
}

/* The rows by the column `at`, as letters of the column `name`. */
static void orders(const char *text, const char *expected)
{
    cn_table *t = parse(text);
    uint32_t rows[16];
    char found[17] = "";
    assert_true(t->rows <= 16);
    for (uint32_t i = 0; i < t->rows; i++) rows[i] = i;
    succeeds(cn__table_order(t, "at", rows, t->rows));
    const cn__column *name = &t->column[0];
    for (size_t i = 0; i < t->rows; i++) found[i] = *name->categories[name->codes[rows[i]]];
    if (strcmp(found, expected) != 0) fail_msg("%s expected, found %s of\n%s", expected, found, text);
    cn_table_free(t);
}

static void rows_come_in_the_order_of_time(void **state)
{
    (void)state;
    orders("name,at\na,3\nb,1\nc,2\nd,1\n", "bdca");
    orders("name,at\na,3\nb,\nc,2\nd,-1\n", "bdca"); /* what is missing comes first */
    orders("name,at\na,2024-03-01\nb,2023-12-31\nc,2024-02-28\nd,2023-12-31\n", "bdca");
    orders("name,at\na,31/12/2023\nb,01/02/2023\nc,13/02/2023\n", "bca");
    orders("name,at\na,2024-03-01 10:00\nb,2024-03-01 09:00\nc,2024-02-28 23:00\n", "cba");
    orders("name,at\na,third\nb,first\nc,second\nd,third\n", "bcad"); /* words by the alphabet */
    cn_table *t = parse("name,at\na,1\n");
    assert_int_equal(cn__table_order(t, "when", (uint32_t[]){0}, 1), CN_ERROR_ARGUMENT);
    says("when");
    succeeds(cn__table_order(t, "at", (uint32_t[]){0}, 0));
    cn_table_free(t);
}

static void a_column_gives_each_row_a_code(void **state)
{
    (void)state;
    cn__arena arena = {0};
    cn__row_split s = {0};
    cn_table *t = parse("word,whole,real,below,large\nx,3,0.5,1,1\n,0,1,-1,20000000\ny,3,1,2,3\nx,1,2,2,3\n");
    succeeds(cn__table_codes(&arena, t, "word", &s));
    assert_int_equal(s.row_count, 4);
    assert_int_equal(s.code_count, 3); /* x, y, and none */
    assert_memory_equal(s.codes, ((uint32_t[]){0, 2, 1, 0}), sizeof(uint32_t[4]));
    succeeds(cn__table_codes(&arena, t, "whole", &s));
    assert_int_equal(s.code_count, 4);
    assert_memory_equal(s.codes, ((uint32_t[]){3, 0, 3, 1}), sizeof(uint32_t[4]));
    static const char *const bad[][2] = {{"real", "line 2: column 'real' is 0.5"},
                                         {"below", "line 3: column 'below' is -1"},
                                         {"large", "line 3: column 'large' is 2e+07"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(cn__table_codes(&arena, t, bad[i][0], &s), CN_ERROR_DATA);
        says(bad[i][1]);
        says("category=[");
    }
    assert_int_equal(cn__table_codes(&arena, t, "wrod", &s), CN_ERROR_ARGUMENT);
    says("word");
    cn_table_free(t);
    cn__arena_free(&arena);
}

static void write_packed(const char *path, const char *text, size_t size)
{
    gzFile f = gzopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(gzwrite(f, text, (unsigned)size), size);
    assert_int_equal(gzclose(f), Z_OK);
}

static void a_table_is_known_by_its_ending_or_its_first_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *path, *bytes;
        size_t size;
        bool is;
    } files[] = {
        {"text", "a,b\n1,2\n", 8, true},
        {"tabs", "a\tb\r\n\f", 6, true},
        {"low.utf16",
         "\xff\xfe"
         "a\0",
         4, true},
        {"high.utf16", "\xfe\xff\0a", 4, true},
        {"half", "\xff\xfd\0a", 4, false},
        {"half2", "\xfe\xfe\0a", 4, false},
        {"one", "\xff", 1, true},
        {"empty", "", 0, false},
        {"binary", "a\0b", 3, false},
        {"control", "a\1b", 3, false},
        {"binary.csv", "a\0b", 3, true},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char packed[40];
        snprintf(packed, sizeof packed, "%s-packed", files[i].path);
        succeeds(cn__file_write(files[i].path, files[i].bytes, files[i].size));
        if (cn__is_table(files[i].path) != files[i].is) fail_msg("%s", files[i].path);
        write_packed(packed, files[i].bytes, files[i].size);
        if (cn__is_table(packed) != (files[i].is && !strstr(files[i].path, ".csv"))) fail_msg("%s", packed);
    }
    assert_false(cn__is_table("not-there"));
    assert_false(cn__is_table("."));
    assert_true(cn__is_table("not-there.csv")); /* its reader says what is wrong */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_in_the_order_of_time),
        cmocka_unit_test(a_column_gives_each_row_a_code),
        cmocka_unit_test(a_table_is_known_by_its_ending_or_its_first_bytes),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
