/* What a table says of what was done to its columns: names given, columns left out, those that number the rows. */
#include "support.h"

#include "cornu/table.h"

#define NAMES(...)                                                                                           \
    {                                                                                                        \
        (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)      \
    }

static const struct row {
    const char *text, *names, /* with commas */
        *notes;               /* a part of them; "": there are none */
    cn_table_options options;
} rows[] = {
    {"a,b\n1,2\n1,2,3\n4,5\n", "a,b", "1 row has", {.skip_bad_rows = true}},
    {"a,b\n1,2\n1,2,3\n4,5\n7,8,9\n", "a,b", "2 rows have", {.skip_bad_rows = true}},
    {"a,b,\n1,2,\n3,4,\n", "a,b", "Column 3 has no name and no value and is left out.", {0}},
    {"1,,2\n3,,4\n", "c1,c3", "Column 2 has no value and is left out.", {.header = "false"}},
    {"index,a\n0,5\n1,7\n2,8\n", "index,a", "Column 'index' names or numbers the rows.", {0}},
    {"rownames,a\n1,5\n2,7\n3,8\n", "rownames,a", "Column 'rownames' names or numbers the rows.", {0}},
    {"index,a\n5,5\n6,7\n7,8\n", "index,a", "", {0}},
    {"index,a\n0,5\n1,7\n3,8\n", "index,a", "", {0}},
    {"index,a\n0,5\n,7\n2,8\n", "index,a", "", {0}},
    {"index,a\n0,5\n", "index,a", "", {0}},
    {"index\n0\n1\n2\n", "index", "", {0}},
    {"a,index\n5,0\n7,1\n8,2\n", "a,index", "", {0}},
    {",a\nx,5\ny,7\nz,8\n", "c1,a", "Column 'c1' names or numbers the rows.", {0}},
    {",a\nx,5\ny,7\nx,8\n", "c1,a", "", {0}},
    {"Unnamed: 0,a\n0,5\n1,7\n2,8\n", "Unnamed: 0,a", "Column 'Unnamed: 0' names or numbers the rows.", {0}},
    {"a,m\n1,5%\n2,6%\n3,9%\n", "a,m", "without their percent signs.", {0}},
    {"a,m\n1,$5\n2,$6\n3,$9\n", "a,m", "without their signs of currency.", {0}},
    {"a,m\n1,\"1,250\"\n2,\"2,500\"\n3,\"7,000\"\n", "a,m", "without their commas between thousands.", {0}},
    {"a,m\n1,\"$1,250\"\n2,$6\n3,$9\n", "a,m", "signs of currency, commas between thousands.", {0}},
    {"a,m\n1,\"1,250%\"\n2,6%\n3,9%\n", "a,m", "percent signs, commas between thousands.", {0}},
    {"a,m\n1,none\n2,6\n3,9\n", "a,m", "", {.missing_values = NAMES("none")}},
};

static void each_note_is_made_where_it_is_true(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        char names[300] = "";
        write_file("t.csv", r->text, strlen(r->text));
        cn_table *t = cn_table_read("t.csv", &r->options);
        if (!t) fail_msg("%s: %s", r->text, cn_error());
        for (size_t k = 0; k < cn_table_columns(t); k++)
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", k ? "," : "",
                     cn_table_name(t, k));
        const char *notes = cn_table_notes(t);
        if (strcmp(names, r->names) != 0 || (*r->notes ? !strstr(notes, r->notes) : *notes)) {
            print_error("%s: columns %s, notes: %s\n", r->text, names, notes);
            wrong++;
        }
        cn_table_free(t);
    }
    assert_int_equal(wrong, 0);
}

static const char *name_of(int column, bool empty)
{
    static char name[20];
    snprintf(name, sizeof name, "x%d", column);
    return !empty ? "same" : column == 0 ? "c2" : column % 4 == 1 ? "" : name;
}

/* Also where hundreds have the same, or the second has none and its usual one is another's. */
static void each_column_gets_a_name_of_its_own(void **state)
{
    (void)state;
    enum { COLUMNS = 300 };
    for (int empty = 0; empty < 2; empty++) {
        FILE *f = fopen("t.csv", "w");
        assert_non_null(f);
        for (int row = 0; row < 3; row++)
            for (int k = 0; k < COLUMNS; k++) {
                if (row) fprintf(f, "%d", row * k);
                else fputs(name_of(k, empty), f);
                fputc(k + 1 < COLUMNS ? ',' : '\n', f);
            }
        fclose(f);
        cn_table *t = cn_table_read("t.csv", &(cn_table_options){.header = "true"});
        if (!t) fail_msg("%s", cn_error());
        assert_int_equal(cn_table_columns(t), COLUMNS);
        for (size_t k = 0; k < COLUMNS; k++) {
            size_t found;
            succeeds(cn_table_find(t, cn_table_name(t, k), &found));
            assert_int_equal(found, k);
        }
        assert_string_equal(cn_table_name(t, 0), empty ? "c2" : "same");
        assert_string_equal(cn_table_name(t, 1), empty ? "c.1" : "same.1");
        cn_table_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_note_is_made_where_it_is_true),
        cmocka_unit_test(each_column_gets_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
