/* Files of the cache of tables that are whole by their fingerprint and false in one number: no part of one is believed, and
 * the table is read from its text again. Then what lies in the way of the cache. */
#include "support.h"

#include <stddef.h>

#include "data/table/steps.h"
#include "table_support.h"

/* How data/table/cache.c lays a file out. */
typedef struct head {
    char magic[16], fingerprint[40];
    uint64_t size, rows, columns, strings;
    uint32_t notes, form;
    char separator, header, unused[6];
} head;

typedef struct record {
    uint64_t missing, numeric, odd_row, words, word_count;
    uint32_t name, odd;
    uint8_t kind, stored, forced, index, unnamed, unused[3];
} record;

enum { ROWS = 60, WORD = 71000 /* so that few rows are enough for a text that is kept */ };

/* A column of long words, one of bytes, one of numbers of which one is a word. */
static void write_table(const char *path)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("word,byte,real\n", f);
    for (int i = 0; i < ROWS; i++)
        fprintf(f, "%c%0*d,%d,%s\n", 'a' + i % 26, WORD, i % 50, i, i == 3 ? "many" : i % 2 ? "1.5" : "2.25");
    fclose(f);
}

static void fresh_cache(void)
{
    char path[1200];
    (void)!system("rm -rf cache");
    snprintf(path, sizeof path, "%s/cache", here);
    setenv("XDG_CACHE_HOME", path, 1);
    setenv("CORNU_TABLE_CACHE", "", 1);
}

/* The only table that is kept. */
static const char *kept(void)
{
    static char path[1200];
    FILE *list = popen("ls -d cache/cornu/tables/*.table", "r");
    assert_non_null(list);
    assert_non_null(fgets(path, sizeof path, list));
    assert_int_equal(pclose(list), 0);
    path[strcspn(path, "\n")] = '\0';
    return path;
}

/* ---- false numbers ------------------------------------------------------------------------------------------------------ */

#define HEAD(field) offsetof(head, field), sizeof(((head *)0)->field)
#define RECORD(k, field)                                                                                     \
    sizeof(head) + (k) * sizeof(record) + offsetof(record, field), sizeof(((record *)0)->field)

enum { WORDS, BYTES, REALS };

static const struct lie {
    const char *name;
    size_t at, width;
    int64_t add;     /* to what stands there */
    uint64_t set;    /* where `add` is 0 */
    size_t appended; /* bytes behind the file */
} lies[] = {
    {"no rows", HEAD(rows), 0, 0, 0},
    {"more rows than there may be", HEAD(rows), 0, UINT32_MAX, 0},
    {"a row more", HEAD(rows), 1, 0, 0},
    {"rows that are more bytes than the file", HEAD(rows), 1 << 26, 0, 0},
    {"no columns", HEAD(columns), 0, 0, 0},
    {"more columns than there may be", HEAD(columns), 0, CN_MOST_COLUMNS + 1, 0},
    {"columns that fill more than the file", HEAD(columns), 0, CN_MOST_COLUMNS, 0},
    {"a column less", HEAD(columns), -1, 0, 0},
    {"no strings", HEAD(strings), 0, 0, 0},
    {"more strings than the file", HEAD(strings), 0, UINT64_MAX - 6, 0},
    {"strings that end in a word", HEAD(strings), -1, 0, 0},
    {"strings to the end of a file whose size is odd", HEAD(strings), 0, UINT64_MAX, 1},
    {"another size", HEAD(size), 8, 0, 0},
    {"notes beyond the strings", HEAD(notes), 0, UINT32_MAX, 0},
    {"a form beyond the strings", HEAD(form), 0, UINT32_MAX, 0},
    {"bytes behind the columns", HEAD(unused), 0, 0, 8},
    {"more cells missing than there are", RECORD(BYTES, missing), 0, ROWS + 1, 0},
    {"an odd row beyond the last", RECORD(REALS, odd_row), 0, ROWS + 1, 0},
    {"an odd row just beyond the last", RECORD(REALS, odd_row), 0, ROWS, 0},
    {"an odd word beyond the strings", RECORD(BYTES, odd), 0, UINT32_MAX, 0},
    {"a name beyond the strings", RECORD(BYTES, name), 0, UINT32_MAX, 0},
    {"one name for two columns", RECORD(BYTES, name), (int64_t)sizeof "byte\0001.5\0002.25\0many", 0, 0},
    {"a row more than the bytes of the last column", HEAD(rows), 5, 0, 0},
    {"words beyond the strings", RECORD(WORDS, words), 0, UINT64_MAX, 0},
    {"more words than bytes", RECORD(WORDS, word_count), 0, UINT64_MAX / 2, 0},
    {"more words than there are", RECORD(WORDS, word_count), 0, 10000, 0},
    {"a word less than the cells name", RECORD(WORDS, word_count), -1, 0, 0},
    {"words of another kind", RECORD(WORDS, kind), 0, CN_COLUMN_NUMBER, 0},
    {"numbers of no kind", RECORD(BYTES, stored), 0, 200, 0},
    {"numbers of another size", RECORD(BYTES, stored), 0, CN_FLOAT64, 0},
};

/* `bytes`, of size `size`, with one number changed and the fingerprint that belongs to it. */
static void write_lie(const char *path, const unsigned char *bytes, size_t size, const struct lie *l)
{
    unsigned char *copy = calloc(size + l->appended, 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    head *h = (head *)(void *)copy;
    h->size = size += l->appended;
    uint64_t value = 0;
    memcpy(&value, copy + l->at, l->width);
    value = l->add ? value + (uint64_t)l->add : l->set;
    if (l->appended == 1) value = size - sizeof *h - h->columns * sizeof(record);
    memcpy(copy + l->at, &value, l->width);
    cn__fingerprint(copy + offsetof(head, size), size - offsetof(head, size), h->fingerprint);
    write_file(path, copy, size);
    free(copy);
}

static void a_false_number_is_not_believed(void **state)
{
    (void)state;
    size_t size, wrong = 0;
    fresh_cache();
    write_table("a.csv");
    cn_table *plain = reads("a.csv", NULL);
    assert_int_equal(plain->columns, 3);
    assert_int_equal(plain->column[WORDS].kind, CN_COLUMN_CATEGORY);
    assert_non_null(plain->column[REALS].odd);
    const char *path = kept();
    unsigned char *bytes = read_file(path, &size);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        write_lie(path, bytes, size, &lies[i]);
        cn_table *t = reads("a.csv", NULL);
        size_t anew;
        unsigned char *written = read_file(path, &anew);
        if (t->store) print_error("%s: believed\n", lies[i].name), wrong++;
        else are_equal(plain, t);
        if (anew != size || memcmp(written, bytes, size) != 0)
            print_error("%s: not written anew\n", lies[i].name), wrong++;
        free(written);
        cn_table_free(t);
    }
    /* what is not false: a write of the same bytes */
    write_lie(path, bytes, size, &(struct lie){"", HEAD(unused), 0, 0, 0});
    cn_table *t = reads("a.csv", NULL);
    assert_non_null(t->store);
    are_equal(plain, t);
    cn_table_free(t);
    free(bytes);
    cn_table_free(plain);
    assert_int_equal(wrong, 0);
}

/* ---- what lies in the way ------------------------------------------------------------------------------------------------ */

static void is_read_from_its_text(const cn_table *plain)
{
    cn_table *t = reads("a.csv", NULL);
    assert_null(t->store);
    are_equal(plain, t);
    cn_table_free(t);
}

static void a_folder_or_a_link_in_the_place_of_a_table(void **state)
{
    (void)state;
    char path[1200], command[5000];
    fresh_cache();
    write_table("a.csv");
    cn_table *plain = reads("a.csv", NULL);
    snprintf(path, sizeof path, "%s", kept());
    snprintf(command, sizeof command, "mv '%s' table && mkdir '%s' && : >'%s/some'", path, path, path);
    assert_int_equal(system(command), 0);
    for (int i = 0; i < 2; i++) is_read_from_its_text(plain);
    /* a link is not followed, though the table behind it is whole */
    snprintf(command, sizeof command, "rm -r '%s' && ln -s \"$PWD/table\" '%s'", path, path);
    assert_int_equal(system(command), 0);
    is_read_from_its_text(plain);
    /* a file in the place of the folder */
    assert_int_equal(system("rm -r cache/cornu/tables && : >cache/cornu/tables"), 0);
    for (int i = 0; i < 2; i++) is_read_from_its_text(plain);
    cn_table_free(plain);
}

static void other_files_of_the_cache_stay(void **state)
{
    (void)state;
    fresh_cache();
    write_table("a.csv");
    cn_table *plain = reads("a.csv", NULL);
    assert_int_equal(system("rm cache/cornu/tables/*.table && echo x >cache/cornu/tables/notes && "
                            "echo x >cache/cornu/tables/.table"),
                     0);
    setenv("CORNU_TABLE_CACHE", "8", 1); /* for one table */
    is_read_from_its_text(plain);
    assert_int_equal(system("cd cache/cornu/tables && test -e notes && test \"$(ls | wc -l)\" = 2"), 0);
    cn_table_free(plain);
}

/* What cannot be removed leaves the cache larger than it is to be. */
static void a_table_that_cannot_be_removed_stays(void **state)
{
    (void)state;
    fresh_cache();
    write_table("a.csv");
    cn_table *plain = reads("a.csv", NULL);
    const char *const words[] = {"byte"};
    assert_int_equal(
        system(
            "cd cache/cornu/tables && mkdir old.table && : >old.table/some && touch -d 2001-01-01 old.table"),
        0);
    setenv("CORNU_TABLE_CACHE", "8", 1);
    for (int i = 0; i < 2; i++) {
        cn_table *t = reads("a.csv", &(cn_table_options){.category = {words, 1}});
        assert_int_equal(t->store != NULL, i);
        cn_table_free(t);
    }
    assert_int_equal(
        system("test -e cache/cornu/tables/old.table/some && test \"$(ls cache/cornu/tables | wc -l)\" = 3"),
        0);
    cn_table_free(plain);
}

static void a_size_that_is_none_is_no_cache(void **state)
{
    (void)state;
    static const char *const sizes[] = {"much", "8 MB", "-1", "nan", "0"};
    write_table("a.csv");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        fresh_cache();
        setenv("CORNU_TABLE_CACHE", sizes[i], 1);
        for (int k = 0; k < 2; k++) {
            cn_table *t = reads("a.csv", NULL);
            if (t->store) fail_msg("%s", sizes[i]);
            cn_table_free(t);
        }
        if (access("cache", F_OK) == 0) fail_msg("a folder is made: %s", sizes[i]);
    }
}

/* Each option is a part of a table's name, and a form that is told is kept. */
static void each_option_is_another_table(void **state)
{
    (void)state;
    static const char *const words[] = {"word"}, *const bytes[] = {"byte"}, *const names[] = {"p", "q", "r"},
                             *const missing[] = {"many"};
    const cn_table_options each[] = {
        {0},
        {.header = "true"},
        {.separator = ","},
        {.decimal = "."},
        {.encoding = "latin-1"},
        {.plain_quotes = true},
        {.skip_bad_rows = true},
        {.names = {names, 3}},
        {.missing_values = {missing, 1}},
        {.number = {bytes, 1}},
        {.category = {bytes, 1}},
        {.category = {words, 1}},
    };
    fresh_cache();
    write_table("a.csv");
    for (size_t i = 0; i < sizeof each / sizeof *each; i++) {
        cn_table *t = reads("a.csv", &each[i]), *again = reads("a.csv", &each[i]);
        if (t->store || !again->store) fail_msg("option %zu: %s", i, t->store ? "another's" : "not kept");
        are_equal(t, again);
        cn_table_free(t);
        cn_table_free(again);
    }
}

static void the_form_of_a_table_is_kept(void **state)
{
    (void)state;
    fresh_cache();
    FILE *f = fopen("a.jsonl", "w");
    assert_non_null(f);
    for (int i = 0; i < ROWS; i++) fprintf(f, "{\"a\": %d, \"b\": \"%0*d\"}\n", i, WORD, i);
    fclose(f);
    cn_table *t = reads("a.jsonl", NULL), *again = reads("a.jsonl", NULL);
    assert_null(t->store);
    assert_non_null(t->form);
    assert_non_null(again->store);
    are_equal(t, again);
    cn_table_free(t);
    cn_table_free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_false_number_is_not_believed),
        cmocka_unit_test(a_folder_or_a_link_in_the_place_of_a_table),
        cmocka_unit_test(other_files_of_the_cache_stay),
        cmocka_unit_test(a_table_that_cannot_be_removed_stays),
        cmocka_unit_test(a_size_that_is_none_is_no_cache),
        cmocka_unit_test(each_option_is_another_table),
        cmocka_unit_test(the_form_of_a_table_is_kept),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
