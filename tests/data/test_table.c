/* Tables: what is recognised of them, what is refused, and that the number of threads decides nothing. */
#include "support.h"

#include <locale.h>
#include <math.h>
#include <zlib.h>

#include "data/table/steps.h"

static cn_table *parse(const char *text, size_t size, const cn_table_options *o)
{
    char *copy = cn__malloc(size + 1);
    assert_non_null(copy);
    memcpy(copy, text, size);
    copy[size] = '\0';
    return cn__table_parse(copy, size, "t.csv", o);
}

static cn_table *reads_with(const char *text, cn_table_options o)
{
    cn_table *t = parse(text, strlen(text), &o);
    if (!t) fail_msg("%s", cn_error());
    return t;
}

static cn_table *reads(const char *text) { return reads_with(text, (cn_table_options){0}); }

static void refuses_with(const char *text, size_t size, cn_table_options o, const char *message)
{
    cn_table *t = parse(text, size, &o);
    if (t) fail_msg("it was read; expected: %s", message);
    says(message);
}

static void refuses(const char *text, const char *message)
{
    refuses_with(text, strlen(text), (cn_table_options){0}, message);
}

/* "name:kind" of each column and how many rows: "a:number b:words 3". */
static void is_of(const cn_table *t, const char *expected)
{
    cn__text got = {0};
    for (size_t k = 0; k < cn_table_columns(t); k++)
        cn__text_printf(&got, "%s:%s%s ", cn_table_name(t, k),
                        cn_table_kind(t, k) == CN_COLUMN_NUMBER ? "number" : "words",
                        cn_table_is_index(t, k) ? "!" : "");
    cn__text_printf(&got, "%zu", cn_table_rows(t));
    if (strcmp(got.data, expected) != 0) fail_msg("got %s, expected %s", got.data, expected);
    cn__text_free(&got);
}

static void notes(const cn_table *t, const char *part)
{
    if (!strstr(cn_table_notes(t), part)) fail_msg("'%s' is not in: %s", part, cn_table_notes(t));
}

static void number_is(const cn_table *t, size_t row, size_t k, double expected)
{
    double v = cn_table_number(t, row, k);
    if (!(v == expected || (isnan(v) && isnan(expected)))) fail_msg("row %zu, column %zu: %.17g", row, k, v);
}

static void word_is(const cn_table *t, size_t row, size_t k, const char *expected)
{
    const char *w = cn_table_word(t, row, k);
    if (!w || !expected ? w != expected : strcmp(w, expected) != 0)
        fail_msg("row %zu, column %zu: '%s'", row, k, w ? w : "(none)");
}

/* ---- cells ---------------------------------------------------------------------------------------------------------- */

static void numbers_and_words_are_told_apart(void **state)
{
    (void)state;
    cn_table *t = reads("area,colour,code\n-1.5,red,1\n+2e3,blue,2b\n.5,red,3\n5.,amber,\n");
    is_of(t, "area:number colour:words code:words 4");
    const double expected[] = {-1.5, 2000, 0.5, 5};
    for (size_t i = 0; i < 4; i++) number_is(t, i, 0, expected[i]);
    assert_int_equal(cn_table_category_count(t, 1), 3); /* sorted, whatever comes first */
    assert_string_equal(cn_table_category(t, 1, 0), "amber");
    word_is(t, 0, 1, "red");
    word_is(t, 1, 2, "2b");
    word_is(t, 3, 2, NULL);
    cn_table_free(t);
    cn_table_free(NULL);
}

static void numbers_are_exactly_those_of_strtod(void **state)
{
    (void)state;
    static const char *const texts[] = {"0.1",
                                        "123456789.123456789",
                                        "9007199254740993",
                                        "1e22",
                                        "1e23",
                                        "123456789012345678901234567890",
                                        "0.000000000000000000000000000123456789",
                                        "2.2250738585072014e-308",
                                        "4.9406564584124654e-324",
                                        "1.7976931348623157e308",
                                        "-0.30000000000000004",
                                        "00012.5e-3",
                                        "179769313486231570000000000000000000000"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cn__text text = {0};
        cn__text_printf(&text, "a,b\n%s,1\n", texts[i]);
        cn_table *t = reads(text.data);
        double v = cn_table_number(t, 0, 0), expected = strtod(texts[i], NULL);
        if (memcmp(&v, &expected, sizeof v) != 0) fail_msg("%s: %.17g", texts[i], v);
        cn_table_free(t);
        cn__text_free(&text);
    }
    static const char *const not_numbers[] = {"0x10",  "+-1", "1e",  "1e+", "1e999", "1 2", "1.2.3",
                                              "1_000", "e5",  "--1", "1-2", "12:30", "$",   "%"};
    for (size_t i = 0; i < sizeof not_numbers / sizeof *not_numbers; i++) {
        cn__text text = {0};
        cn__text_printf(&text, "a,b\n%s,1\nword,2\n", not_numbers[i]);
        cn_table *t = reads(text.data);
        word_is(t, 0, 0, not_numbers[i]);
        cn_table_free(t);
        cn__text_free(&text);
    }
}

static void money_percent_and_thousands_are_numbers(void **state)
{
    (void)state;
    cn_table *t = reads("price,share\n\"$1,234.50\",12%\n\"-$2,000\",3 %\n\xe2\x82\xac 7,1%\n");
    is_of(t, "price:number share:number 3");
    number_is(t, 0, 0, 1234.5);
    number_is(t, 1, 0, -2000);
    number_is(t, 2, 0, 7);
    number_is(t, 1, 1, 3);
    notes(t, "Column 'price': numbers are read without their signs of currency, commas between thousands.");
    notes(t, "Column 'share': numbers are read without their percent signs.");
    cn_table_free(t);
}

static void a_decimal_comma_is_read_where_it_can_mean_nothing_else(void **state)
{
    (void)state;
    cn_table *t = reads("a;b;c\n1,5;-0,25;x\n2;;y\n\"3,125\";4;z, w\n");
    is_of(t, "a:number b:number c:words 3");
    number_is(t, 0, 0, 1.5);
    number_is(t, 2, 0, 3.125);
    number_is(t, 0, 1, -0.25);
    number_is(t, 1, 1, (double)NAN);
    notes(t, "decimal comma");
    cn_table_free(t);
    t = reads("a,b\n\"1,5\",2\n\"2,25\",3\n"); /* between commas, in quotes */
    number_is(t, 1, 0, 2.25);
    cn_table_free(t);
    t = reads("a,b\n\"1,500\",2\n\"2,500\",3\n"); /* there it parts thousands */
    number_is(t, 1, 0, 2500);
    cn_table_free(t);
    t = reads_with("a;b\n1,500;2\n2,500;3\n", (cn_table_options){.decimal = "."});
    number_is(t, 1, 0, 2500);
    cn_table_free(t);
}

static void quoted_cells_hold_anything(void **state)
{
    (void)state;
    cn_table *t = reads(
        "a,\"b, c\",d\r\n\"x\"\"y\",\"1\",\"line\r\nend\"\r\n\"\"\"\", 2 ,  \" kept \"  \r\nplain word,3,z");
    is_of(t, "a:words b, c:number d:words 3");
    word_is(t, 0, 0, "x\"y");
    word_is(t, 1, 0, "\"");
    word_is(t, 2, 0, "plain word");
    word_is(t, 0, 2, "line  end"); /* what would break a line is a blank */
    word_is(t, 1, 2, "kept");
    assert_int_equal(cn_table_line(t, 0), 2);
    assert_int_equal(cn_table_line(t, 1), 4); /* the line end in quotes counts */
    cn_table_free(t);
    t = reads("a,b\n5\" pipe,1\n\"x\" y,2\n"); /* a quote within a cell is a letter */
    word_is(t, 0, 0, "5\" pipe");
    word_is(t, 1, 0, "x");
    cn_table_free(t);
    t = reads_with("a,b\n\"half,1\nx,2\n", (cn_table_options){.plain_quotes = true});
    word_is(t, 0, 0, "\"half");
    cn_table_free(t);
}

static void blanks_at_the_ends_of_names_and_words_are_no_part_of_them(void **state)
{
    (void)state;
    cn_table *t = reads("strength ,\"x \"\n1,\"a \"\n2, a\n");
    is_of(t, "strength:number x:words 2");
    assert_int_equal(cn_table_category_count(t, 1), 1);
    cn_table_free(t);
}

static void every_line_end_and_mark_of_the_beginning_is_read(void **state)
{
    (void)state;
    static const char *const same[] = {
        "a,b\n1,x\n2,y\n",           "a,b\r\n1,x\r\n2,y\r\n",          "a,b\r1,x\r2,y",
        "a,b\r1,x\r2,y\r\n",         "\357\273\277a,b\n1,x\n2,y",      "\n\na,b\n\n1,x\n \n2,y\n\n\n",
        " a , b \n 1 , x \n 2 , y ", "# about\n# it\na,b\n1,x\n2,y\n", "a,b,\n1,x,\n2,y,\n"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        cn_table *t = reads(same[i]);
        is_of(t, "a:number b:words 2");
        number_is(t, 1, 0, 2);
        word_is(t, 1, 1, "y");
        cn_table_free(t);
    }
}

static void missing_values_are_marked(void **state)
{
    (void)state;
    cn_table *t = reads("n,w,none\n1,x,\n,\"NA\",NA\nNA,NA,nan\nnan,,N/A\n?,NULL,None\n");
    assert_int_equal(cn_table_missing(t, 0), 4);
    assert_int_equal(cn_table_missing(t, 1), 3);
    word_is(t, 1, 1, "NA"); /* in quotes: a word */
    assert_int_equal(cn_table_missing(t, 2), 5);
    cn_table_free(t);
    t = reads("x,y,z\n1,.,-\n2,5,none\n3,6,word\n4,7,5\n"); /* where the others are numbers */
    is_of(t, "x:number y:number z:words 4");
    number_is(t, 0, 1, (double)NAN);
    notes(t, "Column 'y': '.' and the like stand for missing values (1).");
    cn_table_free(t);
    t = reads_with("temp,co\n-200,2.6\n3,-200\n200,999\n",
                   (cn_table_options){.missing_values = {(const char *const[]){"-200", "999"}, 2}});
    assert_int_equal(cn_table_missing(t, 0), 1);
    assert_int_equal(cn_table_missing(t, 1), 2);
    number_is(t, 2, 0, 200);
    cn_table_free(t);
}

/* ---- layouts -------------------------------------------------------------------------------------------------------- */

static void separators_are_recognised(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        char separator;
        const char *is;
    } cases[] = {{"a;\"b,c,d\";e\n1;x;\n", ';', "a:number b,c,d:words e:number 1"},
                 {"a\tb c\n1\tx y\n2\t\n", '\t', "a:number b c:words 2"},
                 {"a|b\n1|2\n", '|', "a:number b:number 1"},
                 {"alone\n1\n2\n", ',', "alone:number 2"},
                 {"18.0   8   307.0\t\"chevelle malibu\"\n15.0   8   ?\t\"buick skylark\"\n12 8 3 \"x y\"\n",
                  ' ', "c1:number c2:number c3:number c4:words 3"},
                 {"mpg cyl\nMazda 21 6\nRX 22 4\n", ' ', "c1:words! mpg:number cyl:number 2"},
                 {"kind\nDigit 2\nDigit 7\nDigit 1\n", ',', "kind:words 3"},
                 {"when,text\n1,a;b;c\n2,d;e;f\n3,g;h\n", ',', "when:number text:words 3"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cn_table *t = reads(cases[i].text);
        assert_int_equal(t->separator, cases[i].separator);
        is_of(t, cases[i].is);
        cn_table_free(t);
    }
    cn_table *t = reads_with("a b;c\n1 2;3\n", (cn_table_options){.separator = "space"});
    is_of(t, "a:number b;c:words 1");
    cn_table_free(t);
    refuses_with("a\n1\n", 4, (cn_table_options){.separator = "tabs"}, "did you mean 'tab'?");
}

static void a_row_of_names_is_recognised(void **state)
{
    (void)state;
    static const struct {
        const char *text, *is;
    } cases[] = {{"5.1,3.5,setosa\n4.9,3.0,setosa\n7,3,virginica\n", "c1:number c2:number c3:words 3"},
                 {"p,x,s\ne,x,s\np,y,t\n", "c1:words c2:words c3:words 3"},
                 {"1,2\n3,4\n", "c1:number c2:number 2"},
                 {"3,?,gas,x\n1,5,gas,y\n2,6,diesel,x\n", "c1:number c2:number c3:words c4:words 3"},
                 {"Country,2019,2020\nSpain,1,2\nItaly,2,3\n", "Country:words 2019:number 2020:number 2"},
                 {"0,1,2\n5,6,7\n8,9,1\n", "0:number 1:number 2:number 2"},
                 {"name,town\nAnn,Rome\nBob,Oslo\n", "name:words town:words 2"},
                 {"state,2018\nAlabama,R+27\nAlaska,R+15\n", "state:words 2018:words 2"},
                 {"place,2021\nAK-1,-14.62\nAL-2,3.5\n", "place:words 2021:number 2"},
                 {"Ann,2000\nBob,1750\nEve,1999\n", "c1:words c2:number 3"},
                 {"id,1st,2\n1,5,6\n2,7,8\n", "id:number 1st:number 2:number 2"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cn_table *t = reads(cases[i].text);
        is_of(t, cases[i].is);
        cn_table_free(t);
    }
    cn_table *t = reads_with("p,x\ne,x\n", (cn_table_options){.header = "true"});
    is_of(t, "p:words x:words 1");
    cn_table_free(t);
    t = reads_with("1,2\n",
                   (cn_table_options){.header = "false", .names = {(const char *const[]){"u", "v"}, 2}});
    is_of(t, "u:number v:number 1");
    cn_table_free(t);
    refuses_with("1,2\n", 4, (cn_table_options){.names = {(const char *const[]){"u"}, 1}},
                 "1 names, and the table has 2");
}

static void names_are_made_unique_and_index_columns_found(void **state)
{
    (void)state;
    cn_table *t = reads(",a,a,,b\n0,1,2,3,x\n1,3,4,4,y\n2,5,6,5,z\n");
    is_of(t, "c1:number! a:number a.1:number c4:number b:words 3");
    notes(t, "1 name is there twice");
    notes(t, "Column 'c1' names or numbers the rows.");
    cn_table_free(t);
    t = reads("\"\",\"mpg\",\"cyl\"\n\"Mazda\",21,6\n\"RX\",22,4\n");
    is_of(t, "c1:words! mpg:number cyl:number 2");
    cn_table_free(t);
}

static void titles_above_a_table_are_passed_over(void **state)
{
    (void)state;
    static const char *const same[] = {"Report of x,,\n,,\na,b,c\n1,2,3\n4,5,6\n",
                                       "About it\n\na,b,c\n1,2,3\n4,5,6\n"};
    for (size_t i = 0; i < 2; i++) {
        cn_table *t = reads(same[i]);
        is_of(t, "a:number b:number c:number 2");
        notes(t, "above the table");
        assert_int_equal(cn_table_line(t, 0), 4);
        cn_table_free(t);
    }
}

static void rows_that_do_not_fit_are_told_with_their_line(void **state)
{
    (void)state;
    refuses("a,b\n1,2\n3\n4,5,6\n",
            "t.csv, line 4: 3 cells, and there are 2 columns. skip_bad_rows=true leaves out such "
            "rows (1)");
    cn_table *t = reads_with("a,b\n1,2\n3\n4,5,6\n7,8\n", (cn_table_options){.skip_bad_rows = true});
    is_of(t, "a:number b:number 3");
    number_is(t, 2, 1, 8);
    assert_int_equal(cn_table_line(t, 2), 5);
    notes(t, "1 row has more cells than there are columns and is left out, the first in line 4.");
    notes(t, "1 row has fewer cells than there are columns, the first in line 3");
    cn_table_free(t);
}

static void kinds_can_be_said(void **state)
{
    (void)state;
    const cn_names zip = {(const char *const[]){"zip"}, 1};
    cn_table *t = reads_with("zip,n\n00501,1\n1234,2\n501,3\n", (cn_table_options){.category = zip});
    is_of(t, "zip:words n:number 3");
    assert_int_equal(cn_table_category_count(t, 0), 3);
    assert_string_equal(cn_table_category(t, 0, 0), "00501"); /* by number, as they stand in the file */
    assert_string_equal(cn_table_category(t, 0, 2), "1234");
    cn_table_free(t);
    t = reads_with(
        "zip,n\n1234567890123401,1\n1234567890123402,2\n12345678901234017,3\n12345678901234018,3\n",
        (cn_table_options){.category = zip});
    assert_int_equal(cn_table_category_count(t, 0), 4); /* beyond 2^53 too */
    cn_table_free(t);
    refuses_with("zip,n\n1,1\nx,2\n", 14, (cn_table_options){.number = zip},
                 "t.csv, line 3, column 'zip': 'x' is no number, and number=[zip] says that all are");
    refuses_with("a,n\n1,1\n", 8, (cn_table_options){.number = zip}, "unknown column 'zip'");
}

/* ---- files ------------------------------------------------------------------------------------------------------------ */

static void encodings_are_recognised(void **state)
{
    (void)state;
    cn_table *t = parse("a\xe9o,b\nni\xf1o \x80,1\n", 15, NULL);
    assert_non_null(t);
    is_of(t, "a\xc3\xa9o:words b:number 1");
    word_is(t, 0, 0, "ni\xc3\xb1o \xe2\x82\xac");
    notes(t, "Latin-1");
    cn_table_free(t);
    static const char little[] = "\xff\xfe"
                                 "a\0,\0b\0\n\0\xf1\0,\0\x3d\xd8\x00\xde\n\0";
    t = parse(little, sizeof little - 1, NULL);
    assert_non_null(t);
    word_is(t, 0, 0, "\xc3\xb1");
    word_is(t, 0, 1, "\xf0\x9f\x98\x80");
    cn_table_free(t);
    static const char big[] = "\0a\0,\0b\0\n\0"
                              "1\0,\0"
                              "2\0\n"; /* without a mark */
    t = parse(big, sizeof big - 1, NULL);
    assert_non_null(t);
    is_of(t, "a:number b:number 1");
    cn_table_free(t);
    refuses_with("a,b\n1,caf\xe9\n", 11, (cn_table_options){.encoding = "utf-8"},
                 "line 2: the byte 0xe9 is no UTF-8; encoding=latin-1 reads it");
}

static void a_gzipped_table_is_read(void **state)
{
    (void)state;
    gzFile file = gzopen("t.csv.gz", "wb");
    gzputs(file, "a\tb\n1\tx y\n2\tz\n");
    gzclose(file);
    cn_table *t = cn_table_read("t.csv.gz", NULL);
    assert_non_null(t);
    is_of(t, "a:number b:words 2");
    cn_table_free(t);
    assert_true(cn__is_table("t.csv.gz"));
    write_file("t.data", "1 2\n3 4\n", 8);
    assert_true(cn__is_table("t.data"));
    write_file("t.bin", "\x93NUMPY\x01\0", 8);
    assert_false(cn__is_table("t.bin"));
    assert_null(cn_table_read("is-not-there.csv", NULL));
    says("is-not-there.csv");
}

/* "a,b\n1,x\n" as zstd writes it, with a check of its content. */
static void a_table_that_zstd_packed_is_read(void **state)
{
    (void)state;
    static const char packed[] =
        "\050\265\057\375\004\130\101\000\000\141\054\142\012\061\054\170\012\146\003\060\037";
    cn_table *t = parse(packed, sizeof packed - 1, NULL);
    if (!t && strstr(cn_error(), "no libzstd")) {
        print_message("this build has no libzstd\n");
        skip();
    }
    if (!t) fail_msg("%s", cn_error());
    is_of(t, "a:number b:words 1");
    cn_table_free(t);
    for (size_t n = 4; n < sizeof packed - 1; n++) {
        assert_null(parse(packed, n, NULL));
        says("t.csv: the zstd file is cut short");
    }
    char damaged[sizeof packed];
    memcpy(damaged, packed, sizeof packed);
    damaged[sizeof packed - 6] ^= 1;
    assert_null(parse(damaged, sizeof packed - 1, NULL));
    says("t.csv: the zstd file is damaged");
}

static void arff_tells_its_columns(void **state)
{
    (void)state;
    cn_table *t = reads(
        "% about\n@RELATION x\n\n@attribute 'my a' numeric\n@ATTRIBUTE grade {'1','2'}\n@data\n% c\n1.5,'2'\n?,1\n");
    is_of(t, "my a:number grade:words 2");
    word_is(t, 0, 1, "2");
    number_is(t, 1, 0, (double)NAN);
    assert_int_equal(cn_table_line(t, 0), 8);
    cn_table_free(t);
    refuses("@relation x\n@attribute a numeric\n", "is an ARFF file without @data");
    refuses("@relation x\n@attribute a\n@data\n", "line 2: @attribute a has no type");
}

static void json_objects_are_rows(void **state)
{
    (void)state;
    static const char *const same[] = {"{\"a\":1,\"b\":{\"c\":\"x, \\\"q\\\"\"}}\n\n{\"a\":2.5,\"d\":true}\n",
                                       "[{\"a\":1,\"b\":{\"c\":\"x, \\\"q\\\"\"}},\n{\"a\":2.5,\"d\":true}]"};
    for (size_t i = 0; i < 2; i++) {
        cn_table *t = reads(same[i]);
        is_of(t, "a:number b.c:words d:words 2");
        word_is(t, 0, 1, "x, \"q\"");
        word_is(t, 1, 2, "true");
        cn_table_free(t);
    }
    refuses("{\"a\":1}\n{\"a\":\n", "t.csv, line 2:");
}

static void what_is_no_table_is_told(void **state)
{
    (void)state;
    refuses("", "t.csv is empty");
    refuses("\n\r\n \n", "t.csv is empty");
    refuses("a,b\n", "a row of names and no other");
    refuses("a,b\n1,\"x\n",
            "line 2, column 2: the quote \" that begins a cell here is never closed; plain_quotes=true");
    refuses_with("a,b\n1,\0\n", 8, (cn_table_options){0}, "holds a zero byte at 6");
    refuses("PK\3\4....", "a zip file or a spreadsheet");
    refuses("PAR1....", "a Parquet file");
    refuses("<!DOCTYPE html>\n", "is a web page");
}

static void a_locale_with_a_decimal_comma_changes_nothing(void **state)
{
    (void)state;
    bool found = setlocale(LC_ALL, "de_DE.UTF-8") || setlocale(LC_ALL, "es_ES.UTF-8");
    cn_table *t = reads("a,b\n1.5,x\n");
    number_is(t, 0, 0, 1.5);
    cn_table_free(t);
    setlocale(LC_ALL, "C");
    if (!found) print_message("no locale with a decimal comma is installed\n");
}

/* ---- threads, cuts ----------------------------------------------------------------------------------------------------- */

static void the_number_of_threads_decides_nothing(void **state)
{
    (void)state;
    cn__text text = {0};
    cn__text_add(&text, "n,w,d,odd\n");
    for (int i = 0; i < 5000; i++)
        cn__text_printf(&text, "%d,word %d,%d.5,%s\n", i % 300, (i * 7919) % 211, i,
                        i % 1000 == 999 ? "oops" : "1");
    cn_table *one = reads_with(text.data, (cn_table_options){.threads = 1}),
             *many = reads_with(text.data, (cn_table_options){.threads = 7});
    is_of(many, "n:number w:words d:number odd:words 5000");
    assert_int_equal(one->column[3].odd_row, 999);
    assert_int_equal(many->column[3].odd_row, 999);
    assert_int_equal(many->column[0].stored, CN_INT32);
    for (size_t row = 0; row < 5000; row++) {
        number_is(many, row, 0, cn_table_number(one, row, 0));
        number_is(many, row, 2, (double)row + 0.5);
        word_is(many, row, 1, cn_table_word(one, row, 1));
        assert_int_equal(one->column[1].codes[row], many->column[1].codes[row]);
    }
    cn_table_free(one);
    cn_table_free(many);
    cn__text_free(&text);
}

static void very_many_columns_are_read_and_more_are_refused(void **state)
{
    (void)state;
    enum { COLUMNS = 60000 };
    cn__text text = {0};
    for (int line = 0; line < 3; line++)
        for (int k = 0; k < COLUMNS; k++)
            cn__text_printf(&text, line ? "%d%s" : "g%d%s", line ? k % 10 + line : k / 2,
                            k + 1 < COLUMNS ? "," : "\n");
    cn_table *t = reads(text.data); /* each name twice */
    assert_int_equal(cn_table_columns(t), COLUMNS);
    size_t found;
    succeeds(cn_table_find(t, "g29999.1", &found));
    assert_int_equal(found, COLUMNS - 1);
    number_is(t, 1, found, 11);
    cn_table_free(t);
    cn__text_free(&text);
    cn__text wide = {0};
    cn__text_add(&wide, "a");
    for (int k = 0; k < 200000; k++) cn__text_add(&wide, ",b");
    cn__text_add(&wide, "\n1,2\n1,2\n1,2\n");
    refuses(wide.data, "has 200001 columns, at most 100000 are read");
    cn__text_free(&wide);
}

/* Cut anywhere, with any byte changed: a table or a message, and nothing read beyond (asan). */
static void every_cut_and_change_ends_well(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "id;\"na;me\";x\r\n1;\"a \"\"b\"\"\";1.5\r\n2;\xc3\xb1;NA\r\n\r\n3;;2e3\r\n",
        "@relation r\n@attribute a real\n@attribute b {x,y}\n@data\n1,x\n2,'y'\n",
        "{\"a\":1,\"b\":\"x\"}\n{\"a\":[2]}\n", "1 2.5 x\n3   4 \"y z\"\n"};
    static const char bytes[] = {'\0', '"', ';', ',', '\n', '\r', '\t', ' ', '\xff', 'e', '{'};
    char copy[200];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t size = strlen(texts[i]);
        for (size_t n = 0; n <= size; n++) cn_table_free(parse(texts[i], n, NULL));
        for (size_t at = 0; at < size; at++)
            for (size_t k = 0; k < sizeof bytes; k++) {
                memcpy(copy, texts[i], size);
                copy[at] = bytes[k];
                cn_table *t = parse(copy, size, NULL);
                if (!t) says("t.csv");
                cn_table_free(t);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_words_are_told_apart),
        cmocka_unit_test(numbers_are_exactly_those_of_strtod),
        cmocka_unit_test(money_percent_and_thousands_are_numbers),
        cmocka_unit_test(a_decimal_comma_is_read_where_it_can_mean_nothing_else),
        cmocka_unit_test(quoted_cells_hold_anything),
        cmocka_unit_test(blanks_at_the_ends_of_names_and_words_are_no_part_of_them),
        cmocka_unit_test(every_line_end_and_mark_of_the_beginning_is_read),
        cmocka_unit_test(missing_values_are_marked),
        cmocka_unit_test(separators_are_recognised),
        cmocka_unit_test(a_row_of_names_is_recognised),
        cmocka_unit_test(names_are_made_unique_and_index_columns_found),
        cmocka_unit_test(titles_above_a_table_are_passed_over),
        cmocka_unit_test(rows_that_do_not_fit_are_told_with_their_line),
        cmocka_unit_test(kinds_can_be_said),
        cmocka_unit_test(encodings_are_recognised),
        cmocka_unit_test(a_gzipped_table_is_read),
        cmocka_unit_test(a_table_that_zstd_packed_is_read),
        cmocka_unit_test(arff_tells_its_columns),
        cmocka_unit_test(json_objects_are_rows),
        cmocka_unit_test(what_is_no_table_is_told),
        cmocka_unit_test(a_locale_with_a_decimal_comma_changes_nothing),
        cmocka_unit_test(the_number_of_threads_decides_nothing),
        cmocka_unit_test(very_many_columns_are_read_and_more_are_refused),
        cmocka_unit_test(every_cut_and_change_ends_well),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
