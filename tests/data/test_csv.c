/* Tables: what RFC 4180 allows is read, what it does not is refused with file, line, column and the text found; arrays
 * of chosen columns; a split that is drawn the same everywhere. */
#include <locale.h>
#include <math.h>

#include "base/text.h"
#include "support.h"

static cn_status parse_bytes(const char *text, size_t size, cn_csv *out)
{
    char *copy = cn__malloc(size + 1); /* exactly: a sanitizer sees a read beyond it */
    assert_non_null(copy);
    memcpy(copy, text, size);
    copy[size] = '\0';
    cn_error_clear();
    return cn__csv_parse(copy, size, "t.csv", out);
}

static void reads(const char *text, cn_csv *out) { succeeds(parse_bytes(text, strlen(text), out)); }

static void refuses_bytes(const char *text, size_t size, const char *message)
{
    cn_csv t;
    assert_int_equal(parse_bytes(text, size, &t), CN_ERROR_FORMAT);
    says(message);
    says("t.csv");
    assert_null(t.memory);
}

static void refuses(const char *text, const char *message) { refuses_bytes(text, strlen(text), message); }

static const char *word(const cn_csv *t, size_t row, size_t column)
{
    return t->column[column].categories[t->column[column].words[row]];
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static void numbers_and_words_are_told_apart(void **state)
{
    (void)state;
    cn_csv t;
    reads("area,colour,code\n-1.5,red,1\n+2e3,blue,2b\n.5,red,3\n5.,amber,\n", &t);
    assert_int_equal(t.rows, 4);
    assert_int_equal(t.columns, 3);
    assert_string_equal(t.column[0].name, "area");
    const double expected[] = {-1.5, 2000, 0.5, 5};
    assert_memory_equal(t.column[0].numbers, expected, sizeof expected);
    assert_null(t.column[1].numbers);
    assert_int_equal(t.column[1].category_count, 3); /* sorted, whatever comes first */
    assert_string_equal(t.column[1].categories[0], "amber");
    assert_string_equal(t.column[1].categories[2], "red");
    assert_string_equal(word(&t, 0, 1), "red");
    assert_string_equal(word(&t, 3, 1), "amber");
    assert_string_equal(word(&t, 1, 2), "2b");
    assert_int_equal(t.column[2].words[3], CN_CSV_MISSING);
    cn_csv_free(&t);
    cn_csv_free(&t); /* an empty one */
}

static void what_is_no_number_is_a_word(void **state)
{
    (void)state;
    static const char *const not_numbers[] = {"inf",   "-inf", "0x10",  ".",       "-",     "+-1",
                                              "1e",    "1e+",  "1e999", "1 2",     "1.2.3", "12%",
                                              "1_000", "e5",   "--1",   "Infinity"};
    double v;
    for (size_t i = 0; i < sizeof not_numbers / sizeof *not_numbers; i++)
        if (cn__csv_number(not_numbers[i], &v)) fail_msg("'%s' was read as %g", not_numbers[i], v);
    assert_true(cn__csv_number("-0012.50E-1", &v) && v == -1.25);
    assert_true(cn__csv_comma_number("-3,5") && cn__csv_comma_number("0,25"));
    assert_false(cn__csv_comma_number("3,") || cn__csv_comma_number(",5") || cn__csv_comma_number("1,2,3") ||
                 cn__csv_comma_number("a,b"));
}

static void a_decimal_comma_is_read_where_it_can_mean_nothing_else(void **state)
{
    (void)state;
    cn_csv t;
    reads("a;b;c\n1,5;-0,25;x\n2;;y\n\"3,125\";4;z, w\n", &t);
    assert_true(t.column[0].numbers && t.column[1].numbers && !t.column[2].numbers);
    assert_true(t.column[0].numbers[0] == 1.5 && t.column[0].numbers[1] == 2 &&
                t.column[0].numbers[2] == 3.125);
    assert_true(t.column[1].numbers[0] == -0.25 && isnan(t.column[1].numbers[1]) && t.column[1].missing == 1);
    cn_csv_free(&t);
    reads("a\tb\n1,5\t2\n2,5\t3\n", &t);
    assert_true(t.column[0].numbers && t.column[0].numbers[1] == 2.5);
    cn_csv_free(&t);
    /* beside a point it may part thousands; between commas it parts cells */
    reads("a;b\n1,500;0.5\n2,500;1\n", &t);
    assert_true(!t.column[0].numbers && t.column[1].numbers);
    assert_string_equal(t.column[0].categories[0], "1,500");
    cn_csv_free(&t);
    reads("a,b\n\"1,5\",2\n\"2,5\",3\n", &t);
    assert_true(!t.column[0].numbers);
    cn_csv_free(&t);
    reads("a;b\n1.234,5;1\n2.345,5;2\n", &t); /* a point between thousands */
    assert_true(!t.column[0].numbers);
    cn_csv_free(&t);
}

static void quoted_cells_hold_anything(void **state)
{
    (void)state;
    cn_csv t;
    reads("a,\"b, c\",d\r\n\"x\"\"y\",\"1\",\"line\r\nend\"\r\n\"\"\"\", 2 ,  \" kept \"  \r\nplain word,3,z",
          &t);
    assert_int_equal(t.rows, 3);
    assert_string_equal(t.column[1].name, "b, c");
    assert_string_equal(word(&t, 0, 0), "x\"y");
    assert_string_equal(word(&t, 1, 0), "\"");
    assert_string_equal(word(&t, 2, 0), "plain word");
    assert_string_equal(word(&t, 0, 2), "line\r\nend");
    assert_string_equal(word(&t, 1, 2), " kept ");
    assert_true(t.column[1].numbers && t.column[1].numbers[1] == 2);
    assert_int_equal(t.lines[0], 2);
    assert_int_equal(t.lines[1], 4); /* the line end in quotes counts */
    cn_csv_free(&t);
}

static void every_line_end_and_mark_of_the_beginning_is_read(void **state)
{
    (void)state;
    static const char *const same[] = {
        "a,b\n1,x\n2,y\n",           "a,b\r\n1,x\r\n2,y\r\n",        "a,b\r1,x\r2,y",
        "\357\273\277a,b\n1,x\n2,y", "\n\na,b\n\n1,x\n \n2,y\n\n\n", " a , b \n 1 , x \n 2 , y "};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        cn_csv t;
        reads(same[i], &t);
        assert_int_equal(t.rows, 2);
        assert_string_equal(t.column[0].name, "a");
        assert_string_equal(t.column[1].name, "b");
        assert_true(t.column[0].numbers && t.column[0].numbers[1] == 2);
        assert_string_equal(word(&t, 1, 1), "y");
        cn_csv_free(&t);
    }
}

static void the_head_line_tells_the_delimiter(void **state)
{
    (void)state;
    cn_csv t;
    reads("a;\"b,c,d\";e\n1;x;\n", &t);
    assert_int_equal(t.delimiter, ';');
    assert_string_equal(t.column[1].name, "b,c,d");
    cn_csv_free(&t);
    reads("a\tb c\n1\t\n", &t); /* a tab is no blank there */
    assert_int_equal(t.delimiter, '\t');
    assert_int_equal(t.columns, 2);
    assert_int_equal(t.column[1].missing, 1);
    cn_csv_free(&t);
    reads("alone\n1\n2\n", &t);
    assert_int_equal(t.columns, 1);
    assert_int_equal(t.rows, 2);
    cn_csv_free(&t);
}

static void missing_values_are_marked(void **state)
{
    (void)state;
    cn_csv t;
    reads("n,w,none\n1,x,\n,\"NA\",NA\nNA,NA,nan\nnan,,N/A\n", &t);
    assert_int_equal(t.column[0].missing, 3);
    assert_true(isnan(t.column[0].numbers[1]) && isnan(t.column[0].numbers[3]));
    assert_int_equal(t.column[1].missing, 2);
    assert_string_equal(word(&t, 1, 1), "NA"); /* in quotes: a word */
    assert_non_null(t.column[2].numbers);
    assert_int_equal(t.column[2].missing, 4);
    cn_csv_free(&t);
}

static void a_locale_with_a_decimal_comma_changes_nothing(void **state)
{
    (void)state;
    cn_csv t;
    bool found = setlocale(LC_ALL, "de_DE.UTF-8") || setlocale(LC_ALL, "es_ES.UTF-8");
    reads("a,b\n1.5,x\n", &t);
    assert_true(t.column[0].numbers && t.column[0].numbers[0] == 1.5);
    cn_csv_free(&t);
    setlocale(LC_ALL, "C");
    if (!found) print_message("no locale with a decimal comma is installed\n");
}

/* ---- refusing ------------------------------------------------------------------------------------------------------- */

static void what_is_no_table_is_told_with_its_place(void **state)
{
    (void)state;
    refuses("", "t.csv is empty");
    refuses("\xef\xbb\xbf", "t.csv is empty");
    refuses("\n\r\n \n", "t.csv is empty");
    refuses("a,b\n", "a head line and no rows");
    refuses("a,b\n1,2\n3\n", "line 3: 1 cell, and the head line names 2 columns");
    refuses("a,b\n1,\"2\n\",3\n", "line 2: 3 cells, and the head line names 2 columns");
    refuses("a,b\n1,\"x\n", "line 2, column 2: the quote \" that begins a cell here is never closed");
    refuses("a,b\n1,x\"y\n", "line 2, column 2: a quote \" within a cell");
    refuses("a,b\n\"x\"y z,1\n", "line 2, column 1: 'y z,1' behind a closed quote; expected ','");
    refuses("a,,b\n1,2,3\n", "line 1: column 2 has no name");
    refuses("a,b,a\n1,2,3\n", "columns 1 and 3 are both called 'a'");
    refuses("5.1,3.5\n1,2\n", "line 1: '5.1' and so on; expected the columns' names");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    refuses_bytes("a,b\n1,\0\n", 8, "line 2: the byte 0x00 is no text");
    refuses("a,b\r1,\x1b[2J\r", "line 2: the byte 0x1b is no text");
    refuses("a,b\n\n1,caf\xe9\n", "line 3: the byte 0xe9 is no UTF-8");
    refuses("a,b\n1,\xc0\xaf\n", "the byte 0xc0 is no UTF-8");         /* too long */
    refuses("a,b\n1,\xed\xa0\x80\n", "the byte 0xed is no UTF-8");     /* half a pair */
    refuses("a,b\n1,\xf4\x90\x80\x80\n", "the byte 0xf4 is no UTF-8"); /* beyond Unicode */
    refuses("a,b\n1,\xe2\x82", "the byte 0xe2 is no UTF-8");           /* cut */
    refuses_bytes("\xff\xfe"
                  "a\0,\0",
                  6, "UTF-16");
    refuses_bytes("PK\3\4....", 8, "a zip file or a spreadsheet");
    refuses_bytes("\x1f\x8b\x08.....", 8, "a gzip file");
    cn_csv t;
    reads("a,b\n1,\xf0\x9f\x98\x80 \xc3\xb1\xe2\x82\xac\n", &t);
    cn_csv_free(&t);
}

static void limits_hold(void **state)
{
    (void)state;
    enum { SIZE = 70000 };
    char *text = malloc(SIZE + 64);
    assert_non_null(text);
    memcpy(text, "a,b\n1,\"", 7);
    memset(text + 7, 'x', SIZE);
    memcpy(text + 7 + SIZE, "\"\n", 3);
    refuses(text, "line 2, column 2: more than 65,535 bytes in a cell");
    text[6] = 'x';
    text[7 + SIZE] = '\0';
    refuses(text, "line 2, column 2: more than 65,535 bytes in a cell");
    for (size_t i = 0; i < SIZE; i++) text[i] = i % 2 ? ',' : 'a';
    text[SIZE - 1] = '\0';
    refuses(text, "line 1: more than 10000 columns");
    free(text);
    cn_csv t;
    assert_int_equal(cn_csv_read("is-not-there.csv", &t), CN_ERROR_FILE);
    says("is-not-there.csv");
}

/* Cut anywhere, with any byte changed: an answer or a message, and nothing read beyond (asan). */
static void every_cut_and_change_ends_well(void **state)
{
    (void)state;
    static const char text[] = "id;\"na;me\";x\r\n1;\"a \"\"b\"\"\";1.5\r\n2;\xc3\xb1;NA\r\n\r\n3;;2e3\r\n";
    static const char bytes[] = {'\0', '"', ';', ',', '\n', '\r', '\t', ' ', '\xff', 'e'};
    char copy[sizeof text];
    cn_csv t;
    cn_csv_arrays a;
    for (size_t n = 0; n <= sizeof text - 1; n++)
        if (parse_bytes(text, n, &t) == CN_OK) cn_csv_free(&t);
    for (size_t i = 0; i < sizeof text - 1; i++)
        for (size_t k = 0; k < sizeof bytes; k++) {
            memcpy(copy, text, sizeof text);
            copy[i] = bytes[k];
            if (parse_bytes(copy, sizeof text - 1, &t) != CN_OK) {
                says("t.csv");
                continue;
            }
            if (cn_csv_to_arrays(&t, &(cn_csv_options){.missing = CN_MISSING_DROP}, &a) == CN_OK)
                cn_csv_arrays_free(&a);
            cn_csv_free(&t);
        }
}

/* ---- arrays ----------------------------------------------------------------------------------------------------------- */

static const char houses[] = "area,colour,price,heat\n10,red,1.5,gas\n20,blue,2.5,oil\n30,red,3.5,gas\n";

static void words_become_columns_of_zero_and_one(void **state)
{
    (void)state;
    cn_csv t;
    cn_csv_arrays a;
    reads(houses, &t);
    succeeds(cn_csv_to_arrays(&t, &(cn_csv_options){.target = "price"}, &a));
    cn_csv_free(&t); /* the arrays keep nothing of it */
    static const char *const names[] = {"area", "colour=blue", "colour=red", "heat=gas", "heat=oil"};
    static const float x[] = {10, 0, 1, 1, 0, 20, 1, 0, 0, 1, 30, 0, 1, 1, 0};
    assert_int_equal(a.features, 5);
    for (size_t i = 0; i < 5; i++) assert_string_equal(a.feature_names[i], names[i]);
    assert_int_equal(a.x.shape[0], 3);
    assert_int_equal(a.x.shape[1], 5);
    assert_memory_equal(a.x.data, x, sizeof x);
    assert_int_equal(a.y.dtype, CN_FLOAT32);
    assert_int_equal(a.y.ndim, 1);
    assert_true(cn_array_at(&a.y, 2) == 3.5);
    assert_int_equal(a.classes, 0);
    cn_csv_arrays_free(&a);
}

static void chosen_columns_come_in_the_order_asked(void **state)
{
    (void)state;
    cn_csv t;
    cn_csv_arrays a;
    static const char *const chosen[] = {"price", "area"};
    reads(houses, &t);
    succeeds(
        cn_csv_to_arrays(&t, &(cn_csv_options){.target = "heat", .columns = chosen, .column_count = 2}, &a));
    static const float x[] = {1.5f, 10, 2.5f, 20, 3.5f, 30};
    assert_memory_equal(a.x.data, x, sizeof x);
    assert_int_equal(a.y.dtype, CN_INT64);
    assert_int_equal(a.classes, 2);
    assert_string_equal(a.class_names[1], "oil");
    assert_true(cn_array_at(&a.y, 1) == 1 && cn_array_at(&a.y, 2) == 0);
    cn_csv_arrays_free(&a);
    succeeds(cn_csv_to_arrays(&t, NULL, &a)); /* no target */
    assert_null(a.y.data);
    assert_int_equal(a.features, 6);
    cn_csv_arrays_free(&a);
    cn_csv_free(&t);
}

static void numbers_can_be_classes(void **state)
{
    (void)state;
    cn_csv t;
    cn_csv_arrays a;
    reads("x,grade\n1,7\n2,-3\n3,7\n4,2.5\n", &t);
    succeeds(cn_csv_to_arrays(&t, &(cn_csv_options){.target = "grade", .classes = true}, &a));
    static const char *const names[] = {"-3", "2.5", "7"};
    static const int64_t y[] = {2, 0, 2, 1};
    assert_int_equal(a.classes, 3);
    for (size_t i = 0; i < 3; i++) assert_string_equal(a.class_names[i], names[i]);
    assert_memory_equal(a.y.data, y, sizeof y);
    cn_csv_arrays_free(&a);
    cn_csv_free(&t);
}

static void rejects(const char *text, cn_csv_options options, const char *message)
{
    cn_csv t;
    cn_csv_arrays a;
    reads(text, &t);
    assert_true(cn_csv_to_arrays(&t, &options, &a) != CN_OK);
    says("t.csv");
    says(message);
    assert_null(a.memory);
    cn_csv_free(&t);
}

static void columns_that_do_not_fit_are_told(void **state)
{
    (void)state;
    static const char *const twice[] = {"area", "area"}, *const price[] = {"price"};
    rejects(houses, (cn_csv_options){.target = "prise"}, "unknown column 'prise'; did you mean 'price'?");
    rejects(houses, (cn_csv_options){.columns = twice, .column_count = 2}, "'area' is named twice");
    rejects(houses, (cn_csv_options){.target = "price", .columns = price, .column_count = 1},
            "'price' is the target and cannot be an input");
    rejects("y\n1\n2\n", (cn_csv_options){.target = "y"}, "no column is left as the input");
    rejects("a,b\n1,1e39\n", (cn_csv_options){0}, "line 2, column 'b': 1e+39 is beyond what float32 holds");
}

static void a_cell_that_spoils_a_column_of_numbers_is_found(void **state)
{
    (void)state;
    cn__text text = {0};
    cn__text_add(&text, "a;b\n");
    for (int i = 0; i < 30; i++) cn__text_printf(&text, "%d;%s\n", i, i == 17 ? "12.x" : "1.5");
    rejects(text.data, (cn_csv_options){0},
            "line 19, column 'b': '12.x' is no number, and most of the others are");
    static const char *const a[] = {"a"};
    cn_csv t;
    cn_csv_arrays arrays;
    reads(text.data, &t); /* no matter where it is not used */
    succeeds(cn_csv_to_arrays(&t, &(cn_csv_options){.columns = a, .column_count = 1}, &arrays));
    cn_csv_arrays_free(&arrays);
    cn_csv_free(&t);
    cn__text_free(&text);
    rejects("a;b\n1.5;3,5\n2;4\n", (cn_csv_options){0}, "line 2, column 'b': '3,5' has a decimal comma");
    rejects("a,b\n1,\"1,5\"\n2,\"4,25\"\n", (cn_csv_options){.target = "b"},
            "line 2, column 'b': '1,5' has a decimal comma");
}

static void dates_are_no_categories(void **state)
{
    (void)state;
    static const char *const forms[] = {"2024-01-%02d", "%d/1/2024", "%02d.02.2023",
                                        "2024-03-%02dT10:30:00Z"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        cn__text text = {0};
        cn__text_add(&text, "x,when\n");
        for (int day = 1; day <= 28; day++) {
            char date[40];
            snprintf(date, sizeof date, forms[i], day);
            cn__text_printf(&text, "%d,%s\n", day, date);
        }
        rejects(text.data, (cn_csv_options){0}, "column 'when' holds dates or times, as in '");
        cn__text_free(&text);
    }
}

static void names_are_no_categories(void **state)
{
    (void)state;
    cn__text text = {0};
    cn__text_add(&text, "x,name\n");
    for (int i = 0; i < 40; i++) cn__text_printf(&text, "%d,person %d\n", i, i % 30);
    rejects(text.data, (cn_csv_options){0}, "column 'name' holds 30 different words in 40 rows");
    cn__text_free(&text);
}

static void missing_values_are_an_error_or_leave_rows_out(void **state)
{
    (void)state;
    static const char text[] = "a,b,c\n1,x,5\n2,,6\n\n,y,7\n4,y,NA\n5,y,9\n";
    static const char *const a_only[] = {"a"};
    cn_csv t;
    cn_csv_arrays a;
    rejects(text, (cn_csv_options){.target = "c"}, "line 3: column 'b' has no value");
    rejects(text, (cn_csv_options){.target = "c", .columns = a_only, .column_count = 1},
            "line 5: column 'a' has no value");
    rejects("a,b\n,1\n2,\n", (cn_csv_options){.missing = CN_MISSING_DROP}, "every row lacks a value");
    reads(text, &t);
    succeeds(cn_csv_to_arrays(&t, &(cn_csv_options){.target = "c", .missing = CN_MISSING_DROP}, &a));
    assert_int_equal(a.x.shape[0], 2);
    assert_int_equal(a.dropped, 3);
    assert_true(cn_array_at(&a.x, 0) == 1 && cn_array_at(&a.x, 3) == 5 && cn_array_at(&a.y, 1) == 9);
    cn_csv_arrays_free(&a);
    succeeds(cn_csv_to_arrays(&t, &(cn_csv_options){.target = "c", .missing = CN_MISSING_KEEP}, &a));
    assert_int_equal(a.dropped, 1); /* the row without the target */
    const float kept[4][3] = {{1, 1, 0}, {2, 0, 0}, {NAN, 0, 1}, {5, 0, 1}};
    assert_int_equal(cn_array_size(&a.x), 12);
    for (size_t i = 0; i < 12; i++) {
        double v = cn_array_at(&a.x, i), expected = (double)kept[i / 3][i % 3];
        assert_true(v == expected || (isnan(v) && isnan(expected)));
    }
    cn_csv_arrays_free(&a);
    cn_csv_free(&t);
}

static void files_are_read_as_well_as_memory(void **state)
{
    (void)state;
    cn_csv t;
    write_file("houses.csv", houses, sizeof houses - 1);
    succeeds(cn_csv_read("houses.csv", &t));
    assert_string_equal(t.path, "houses.csv");
    assert_int_equal(t.rows, 3);
    cn_csv_free(&t);
}

/* ---- split -------------------------------------------------------------------------------------------------------------- */

static void the_same_seed_draws_the_same_test_part(void **state)
{
    (void)state;
    enum { N = 10 };
    float x[N][2];
    int64_t y[N];
    for (int i = 0; i < N; i++) x[i][0] = (float)i, x[i][1] = (float)-i, y[i] = i;
    cn_array ax = cn_array_view(CN_FLOAT32, x, 2, (size_t[]){N, 2});
    cn_array ay = cn_array_view(CN_INT64, y, 1, (size_t[]){N}), part[4];
    succeeds(cn_data_split(&ax, &ay, 0.3, 7, &part[0], &part[1], &part[2], &part[3]));
    assert_int_equal(part[0].shape[0], 7);
    assert_int_equal(part[3].shape[0], 3);
    static const int64_t expected[] = {4, 7, 5};
    assert_memory_equal(part[3].data, expected, sizeof expected); /* on every machine */
    bool seen[N] = {false}, in_order = true;
    for (int p = 0; p < 2; p++)
        for (size_t i = 0; i < part[2 * p].shape[0]; i++) {
            int64_t label = ((int64_t *)part[2 * p + 1].data)[i];
            assert_true(cn_array_at(&part[2 * p], 2 * i) == (double)label && !seen[label]);
            in_order = in_order && (i == 0 || label > ((int64_t *)part[2 * p + 1].data)[i - 1]);
            seen[label] = true;
        }
    for (int i = 0; i < N; i++) assert_true(seen[i]);
    assert_false(in_order); /* both parts are mixed */
    for (int i = 0; i < 4; i++) cn_array_free(&part[i]);
}

static void a_split_that_cannot_be_is_told(void **state)
{
    (void)state;
    float x[4] = {0};
    cn_array a = cn_array_view(CN_FLOAT32, x, 1, (size_t[]){4}), b = cn_array_slice(&a, 0, 3), p[4];
    assert_int_equal(cn_data_split(&a, &b, 0.5, 0, &p[0], &p[1], &p[2], &p[3]), CN_ERROR_SHAPE);
    says("x has 4 samples, y has 3");
    assert_int_equal(cn_data_split(&a, &a, 1.5, 0, &p[0], &p[1], &p[2], &p[3]), CN_ERROR_ARGUMENT);
    says("1.5; expected a share between 0 and 1");
    assert_int_equal(cn_data_split(&a, &a, (double)NAN, 0, &p[0], &p[1], &p[2], &p[3]), CN_ERROR_ARGUMENT);
    assert_int_equal(cn_data_split(&a, &a, 0.1, 0, &p[0], &p[1], &p[2], &p[3]), CN_ERROR_DATA);
    says("0.1 of 4 samples leaves one part empty");
    assert_null(p[0].data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_words_are_told_apart),
        cmocka_unit_test(what_is_no_number_is_a_word),
        cmocka_unit_test(a_decimal_comma_is_read_where_it_can_mean_nothing_else),
        cmocka_unit_test(quoted_cells_hold_anything),
        cmocka_unit_test(every_line_end_and_mark_of_the_beginning_is_read),
        cmocka_unit_test(the_head_line_tells_the_delimiter),
        cmocka_unit_test(missing_values_are_marked),
        cmocka_unit_test(a_locale_with_a_decimal_comma_changes_nothing),
        cmocka_unit_test(what_is_no_table_is_told_with_its_place),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(every_cut_and_change_ends_well),
        cmocka_unit_test(words_become_columns_of_zero_and_one),
        cmocka_unit_test(chosen_columns_come_in_the_order_asked),
        cmocka_unit_test(numbers_can_be_classes),
        cmocka_unit_test(columns_that_do_not_fit_are_told),
        cmocka_unit_test(a_cell_that_spoils_a_column_of_numbers_is_found),
        cmocka_unit_test(dates_are_no_categories),
        cmocka_unit_test(names_are_no_categories),
        cmocka_unit_test(missing_values_are_an_error_or_leave_rows_out),
        cmocka_unit_test(files_are_read_as_well_as_memory),
        cmocka_unit_test(the_same_seed_draws_the_same_test_part),
        cmocka_unit_test(a_split_that_cannot_be_is_told),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
