/* How a table is laid out: separators by any of their names, lines above the table, a first row of names or of numbers, and rows beyond
 * the part that is looked at first. */
#include "table_support.h"

static const char *text_file(const char *text)
{
    succeeds(cn__file_write("a.csv", text, strlen(text)));
    return "a.csv";
}

static void a_separator_is_given_by_its_name_or_itself(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        char is;
    } rows[] = {{"tab", '\t'}, {"\t", '\t'}, {"\\t", '\t'}, {"space", ' '}, {" ", ' '},
                {",", ','},    {";", ';'},   {"|", '|'},    {":", ':'}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[] = "a?b\n1?2\n3?4\n";
        for (char *p = text; *p; p++)
            if (*p == '?') *p = rows[i].is;
        cn_table *t = reads(text_file(text), &(cn_table_options){.separator = rows[i].given});
        assert_int_equal(t->separator, rows[i].is);
        assert_int_equal(t->columns, 2);
        assert_int_equal(t->rows, 2);
        cn_table_free(t);
    }
    static const char *const bad[] = {",x", "tabs", "\\n", "", ".."};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(cn_table_read(text_file("a,b\n1,2\n"), &(cn_table_options){.separator = bad[i]}));
        says("separator");
    }
}

static void a_first_row_of_numbers_is_of_names_where_it_counts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool names;
    } rows[] = {
        {"0,1,2\n9,8,7\n5,5,5\n", true},
        {"1,2,3\n9,8,7\n5,5,5\n", true},
        {"2,3,4\n9,8,7\n5,5,5\n", false},
        {"5,6,7\n9,8,7\n5,5,5\n", false},
        {"1,2,4\n9,8,7\n5,5,5\n", false},
        {"2000,2001\n9,8\n5,5\n", true},
        {"2200,2201\n9,8\n5,5\n", false},
        {"1799,1800\n9,8\n5,5\n", false},
        {"2000,1999\n9,8\n5,5\n", false},
        {"0,1\n9,8\n5,5\n", false},
        {"2000,2005\n0.5,1.5\n2.5,0.25\n", false},
        {"name,2000,2005\na,0.5,1.5\nb,2.5,0.25\n", true},
        {"name,2000,2200\nb,0.5,1.5\nb,2.5,0.25\n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cn_table *t = reads(text_file(rows[i].text), NULL);
        if (t->header != rows[i].names) fail_msg("names: %d\n%s", t->header, rows[i].text);
        cn_table_free(t);
    }
    assert_null(cn_table_read(text_file("a,b\n1,2\n"), &(cn_table_options){.header = "maybe"}));
    says("header = 'maybe', expected true");
    assert_null(cn_table_read(text_file("a,b\n1,2\n"), &(cn_table_options){.decimal = "x"}));
    says("decimal = 'x', expected a point or a comma");
}

/* A text of so many lines above a table. */
static cn_table *with_titles(size_t lines)
{
    cn__text text = {0};
    for (size_t i = 0; i < lines; i++) cn__text_printf(&text, "remark %zu\n", i);
    cn__text_add(&text, "a,b,c\n1,2,3\n4,5,6\n7,8,9\n");
    for (size_t i = 0; i < 200; i++) cn__text_add(&text, "7,8,9\n");
    cn_table *t = cn_table_read(text_file(text.data), NULL);
    cn__text_free(&text);
    return t;
}

static void lines_above_a_table_are_passed_over_and_told(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 2, 49};
    for (size_t i = 0; i < 4; i++) {
        char said[80];
        cn_table *t = with_titles(counts[i]);
        if (!t) fail_msg("%zu lines: %s", counts[i], cn_error());
        assert_int_equal(t->columns, 3);
        assert_int_equal(t->rows, 203);
        assert_int_equal(t->lines[0], counts[i] + 2);
        snprintf(said, sizeof said, "%zu line%s above the table", counts[i], counts[i] == 1 ? "" : "s");
        assert_int_equal(strstr(cn_table_notes(t), said) != NULL, counts[i] > 0);
        cn_table_free(t);
    }
    cn_table *t = with_titles(60); /* more than titles have: the rest are rows with too few cells */
    if (t) assert_int_not_equal(t->rows, 203);
    cn_table_free(t);
}

static void long_rows_beyond_what_is_looked_at_are_read(void **state)
{
    (void)state;
    enum { ROWS = 150, LONG = 20000 };
    cn__text text = {0};
    char *word = malloc(LONG + 1);
    assert_non_null(word);
    memset(word, 'w', LONG), word[LONG] = '\0';
    cn__text_add(&text, "number,word\n");
    for (int i = 0; i < ROWS; i++) cn__text_printf(&text, "%d,%s%d\n", i, word, i % 3);
    cn_table *t = reads(text_file(text.data), NULL);
    assert_int_equal(t->rows, ROWS);
    assert_int_equal(t->columns, 2);
    assert_int_equal(t->column[1].category_count, 3);
    for (size_t i = 0; i < ROWS; i++) assert_true(cn_table_number(t, i, 0) == (double)i);
    cn_table_free(t);
    cn__text_free(&text);
    free(word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_separator_is_given_by_its_name_or_itself),
        cmocka_unit_test(a_first_row_of_numbers_is_of_names_where_it_counts),
        cmocka_unit_test(lines_above_a_table_are_passed_over_and_told),
        cmocka_unit_test(long_rows_beyond_what_is_looked_at_are_read),
    };
    return cmocka_run_group_tests(tests, enter_home, leave);
}
