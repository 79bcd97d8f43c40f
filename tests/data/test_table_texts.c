/* Texts of tables by their bytes: each form of UTF-16 with and without a mark, halves of pairs, Windows' own characters, the end of
 * a file as DOS had it; and JSON at the limits of its size. */
#include "support.h"

#include "cornu/table.h"

#define BYTES(text) text, sizeof(text) - 1

static const struct row {
    const char *bytes;
    size_t size;
    const char *encoding;
    const char *word; /* of the first row and the first column; with a '!' in front, a part of the message */
} rows[] = {
    {BYTES("a,b\nx,1\n\x1a"), NULL, "x"},
    {BYTES("a,b\nx,1\n\x1a\x1a"), NULL, "x"},
    {BYTES("a,b\n\x80,1\n\x93,2\n"), NULL, "\xe2\x82\xac"},
    {BYTES("a,b\n\x80,1\n"), "Latin-1", "\xe2\x82\xac"},
    {BYTES("a,b\n\x80,1\n"), "latin1", "\xe2\x82\xac"},
    {BYTES("a,b\n\xc3\xa9,1\n"), "UTF8", "\xc3\xa9"},
    {BYTES("a,b\n\xc3\xa9,1\n"), "latin1", "\xc3\x83\xc2\xa9"},
    {BYTES("a,b\n\x80,1\n"), "utf8", "!line 2: the byte 0x80 is no UTF-8; encoding=latin-1 reads it"},
    {BYTES("a\0,\0b\0\n\0x\0,\0001\0\n\0"), NULL, "x"},
    {BYTES("\0a\0,\0b\0\n\0x\0,\0001\0\n"), NULL, "x"},
    {BYTES("\0a\0,\0b\0\n\0x\0,\0001\0\n"), "utf16", "x"},
    {BYTES("\xff\xfe"
           "a\0,\0b\0\n\0x\0,\0001\0\n\0"),
     "utf-16", "x"},
    {BYTES("\xfe\xff\0a\0,\0b\0\n\0x\0,\0001\0\n"), NULL, "x"},
    {BYTES("\xfe\xff\0a\0,\0b\0\n\xd8\x3d\xde\0\0,\0001\0\n"), NULL, "\xf0\x9f\x98\x80"},
    {BYTES("\xff\xfe"
           "a\0,\0b\0\n\0\x3d\xd8\0\xde,\0001\0\n\0"),
     NULL, "\xf0\x9f\x98\x80"},
    /* halves: the first without a second, before an end of the text or another first, the second without a first */
    {BYTES("\xff\xfe"
           "a\0,\0b\0\n\0\x3d\xd8x\0,\0001\0\n\0"),
     NULL, "\xef\xbf\xbdx"},
    {BYTES("\xff\xfe"
           "a\0,\0b\0\n\0\x3d\xd8\x3d\xd8,\0001\0\n\0"),
     NULL, "\xef\xbf\xbd\xef\xbf\xbd"},
    {BYTES("\xff\xfe"
           "a\0,\0b\0\n\0\0\xdex\0,\0001\0\n\0"),
     NULL, "\xef\xbf\xbdx"},
    {BYTES("\xff\xfe"
           "a\0,\0b\0\n\0\0\xe0x\0,\0001\0\n\0"),
     NULL, "\xee\x80\x80x"},
    {BYTES("\xff\xfe"
           "b\0\n\0\x3d\xd8"),
     NULL, "\xef\xbf\xbd"},
    {BYTES("a,b\nx\0y,1\n"), NULL, "!holds a zero byte at 5: it is no table as text"},
    {BYTES("a,b\nx,1\n"), "utf-32", "!unknown encoding 'utf-32'"},
    /* JSON */
    {BYTES("[{\"a\": \"x\"}, 3]"), NULL, "!entry 2 of the list is no object"},
    {BYTES("[]"), NULL, "!"},
    {BYTES("[{}]"), NULL, "!"},
    {BYTES("  {\"a\": \"x\", \"b\": {}}\n"), NULL, "x"},
    {BYTES("{\"a\": \"x\"}\n\n \n{\"a\": \"y\"}"), NULL, "x"},
    {BYTES("[{\"a\": {\"b\": \"x\"}}]"), NULL, "x"},
    {BYTES("[{\"a\": \"x\"}"), NULL, "!"},
    {BYTES("{\"a\": \"x\"}\n\n  \n"), NULL, "x"},
    {BYTES("{\"a\": {}}\n"), NULL, "!holds no objects with members"},
    {BYTES("{\"a\": \"x\"}\n{}\n{\"a\": null}\n"), NULL, "x"},
    {BYTES("{\"a\": true}\n{\"a\": false}\n"), NULL, "true"},
    {BYTES("{\"a\": [1, {\"b\": \"c\"}]}\n{\"a\": \"\"}\n"), NULL, "[1,{\"b\":\"c\"}]"},
};

static void each_text_is_read_or_refused(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        write_file("t.txt", r->bytes, r->size);
        cn_error_clear();
        cn_table *t = cn_table_read("t.txt", &(cn_table_options){.encoding = r->encoding, .threads = 1});
        const bool words = t && cn_table_kind(t, 0) == CN_COLUMN_CATEGORY;
        const char *word = words ? cn_table_word(t, 0, 0) : NULL;
        if (*r->word == '!'
                ? t || !strstr(cn_error(), r->word + 1) || (!r->encoding && !strstr(cn_error(), "t.txt"))
                : !word || strcmp(word, r->word) != 0) {
            print_error("row %zu: %s\n", i, word ? word : t ? "no words" : cn_error());
            wrong++;
        }
        cn_table_free(t);
    }
    assert_int_equal(wrong, 0);
}

/* One object a row, with `members` of them in all, each of a name of `length` bytes. */
static cn_table *read_members(int members, int length)
{
    FILE *f = fopen("t.json", "w");
    assert_non_null(f);
    for (int i = 0; i < members; i++) fprintf(f, "{\"%0*d\": %d}\n", length, i, i);
    fclose(f);
    return cn_table_read("t.json", &(cn_table_options){.threads = 1});
}

static void json_is_bounded(void **state)
{
    (void)state;
    cn_table *t = read_members(3, 500);
    if (!t) fail_msg("%s", cn_error());
    assert_int_equal(cn_table_columns(t), 3);
    cn_table_free(t);
    assert_null(read_members(3, 501));
    says("500");
    assert_null(read_members(10001, 6));
    says("has more than 10000 different members");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_text_is_read_or_refused),
        cmocka_unit_test(json_is_bounded),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
