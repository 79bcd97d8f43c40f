/* A lab as a text: front matter, what is a block and what is prose, line numbers, and files that are no lab. */
#include "lab/support.h"

#include "lab/language/document.h"

/* The parts of a document as a line each: "prose 1: text" or "code 4 hidden: statements", newlines as '/'; then the
 * mistakes. */
static char *outline(const char *text, size_t size)
{
    cn__lab_document d;
    cn__mistakes mistakes = {.file = "lab.md"};
    cn__text out = {0};
    succeeds(cn__lab_document_parse("lab.md", text, size, &d, &mistakes));
    for (size_t i = 0; i < d.count; i++) {
        const cn__part_of_lab *p = &d.parts[i];
        cn__text_printf(&out, "%s %zu%s%s: ", p->code ? "code" : "prose", p->line, p->hidden ? " hidden" : "",
                        p->expect_error ? " expect=error" : "");
        for (const char *c = p->text; *c; c++) cn__text_add_bytes(&out, *c == '\n' ? "/" : c, 1);
        cn__text_add(&out, "\n");
    }
    if (cn__mistakes_end(&mistakes) != CN_OK) cn__text_add(&out, cn_error());
    cn__lab_document_free(&d);
    char *copy = (char *)exact_copy(out.data ? out.data : "", out.size + 1);
    cn__text_free(&out);
    return copy;
}

static void has_parts(const char *text, const char *expected)
{
    size_t size = strlen(text);
    unsigned char *bytes = exact_copy(text, size);
    char *got = outline((const char *)bytes, size);
    is_text(got, expected);
    free(got);
    free(bytes);
}

/* The whole document is refused: with this message. */
static void is_no_lab(const char *bytes, size_t size, const char *message)
{
    cn__lab_document d;
    cn__mistakes mistakes = {.file = "lab.md"};
    unsigned char *copy = exact_copy(bytes, size);
    assert_int_equal(cn__lab_document_parse("lab.md", (char *)copy, size, &d, &mistakes), CN_ERROR_FORMAT);
    is_text(cn_error(), message);
    cn__lab_document_free(&d);
    free(copy);
}

/* ---- blocks ------------------------------------------------------------------------------------------------- */

static void prose_and_blocks_stand_in_their_order_with_their_lines(void **state)
{
    (void)state;
    has_parts("# A\n\nText\n\n```cornu\ndataset mnist\n\nfit a\n```\nMore\n\n~~~ cornu\nfit b\n~~~\n",
              "prose 1: # A//Text//\n"
              "code 6: dataset mnist//fit a/\n"
              "prose 10: More//\n"
              "code 13: fit b/\n");
}

static void words_on_the_fence_are_read(void **state)
{
    (void)state;
    has_parts(
        "```cornu hidden\na\n```\n```cornu  expect=error, hidden\nb\n```\n```cornu expect=error\nc\n```",
        "code 2 hidden: a/\n"
        "code 5 hidden expect=error: b/\n"
        "code 8 expect=error: c/\n");
    has_parts(
        "\n```cornu hiden expect=eror\n```\n",
        "code 3: \n"
        "lab.md:2: unknown word of a cornu block 'hiden'; did you mean 'hidden'? Known: expect=error, hidden\n"
        "lab.md:2: unknown word of a cornu block 'expect=eror'; did you mean 'expect=error'? Known: expect=error, "
        "hidden");
}

static void only_blocks_called_cornu_at_the_top_run(void **state)
{
    (void)state;
    static const char *const prose[] = {
        "```python\nfit a\n```\n",
        "```\nfit a\n```\n",
        "```cornucopia\nfit a\n```\n",
        "    ```cornu\n    fit a\n    ```\n",
        "- an item\n\n  ```cornu\n  fit a\n  ```\n",
        "1. an item\n   ~~~cornu\n   fit a\n   ~~~\n",
        "> ```cornu\n> fit a\n> ```\n",
        "````markdown\n```cornu\nfit a\n```\n````\n",
        "~~~markdown\n```cornu\nfit a\n```\n~~~\n",
        "```text\n~~~cornu\nfit a\n~~~\n```\n",
        "<!--\n```cornu\nfit a\n```\n-->\n",
        "a line ```cornu fit a``` that is one\n",
    };
    for (size_t i = 0; i < COUNT_OF(prose); i++) {
        size_t size = strlen(prose[i]);
        char *got = outline(prose[i], size);
        if (strncmp(got, "prose 1: ", 9) != 0 || strchr(got, '\n') != got + strlen(got) - 1)
            fail_msg("%s\nis not prose:\n%s", prose[i], got);
        free(got);
    }
}

static void a_name_like_cornu_is_hardly_meant_to_be_shown(void **state)
{
    (void)state;
    static const char *const names[] = {"corn", "Cornu", "cornu:", "conru"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char text[100], expected[200];
        snprintf(text, sizeof text, "x\n```%s\nfit a\n```\n", names[i]);
        snprintf(
            expected, sizeof expected,
            "prose 1: x/```%s/fit a/```/\nlab.md:2: a block named '%s' does not run; did you mean 'cornu'?",
            names[i], names[i]);
        has_parts(text, expected);
    }
    has_parts(
        "```corn\n```\n~~~c\n~~~\n```conf\n```\n",
        "prose 1: ```corn/```/~~~c/~~~/```conf/```/\nlab.md:1: a block named 'corn' does not run; did you mean "
        "'cornu'?");
}

static void a_block_in_which_another_begins_is_told_alone(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "x\n```cornu\nfit a\n\nSome text {{a.epochs}}.\n\n```cornu\nfit b\n```\n",
        "x\n```cornu\nfit a\n\n\n\n```python\nfit b\n```\n"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        cn__lab_document d;
        cn__mistakes mistakes = {.file = "lab.md"};
        assert_int_not_equal(cn__lab_document_parse("lab.md", texts[i], strlen(texts[i]), &d, &mistakes),
                             CN_OK);
        cn__lab_document_free(&d);
        is_text(
            cn_error(),
            "lab.md:2: the block that begins here is not closed by a line ``` before the next one in line 7");
        (void)!cn__mistakes_end(&mistakes);
    }
}

static void a_block_holds_what_looks_like_a_fence_of_another_kind(void **state)
{
    (void)state;
    has_parts("````cornu\n```\n~~~~\n````\nend", "code 2: ```/~~~~/\nprose 5: end\n");
    has_parts("  ~~~cornu\n  fit a\n```\n ~~~~\t\n", "code 2: fit a/```/\n");
    has_parts("- a list\n```cornu\nfit a\n```\n- on", "prose 1: - a list/\ncode 3: fit a/\nprose 5: - on\n");
}

static void a_block_that_is_never_closed_is_a_mistake_of_its_first_line(void **state)
{
    (void)state;
#define OPEN(line_) "lab.md:" line_ ": the block that begins here is never closed: a line ``` is missing"
    has_parts("# x\n\n```cornu\nfit a\n", "prose 1: # x//\ncode 4: fit a/\n" OPEN("3"));
    has_parts("```cornu", "code 2: \n" OPEN("1"));
    has_parts("```cornu\n", "code 2: \n" OPEN("1"));
    has_parts("```cornu\nfit a\n\n\n", "code 2: fit a///\n" OPEN("1"));
    /* what only looks like the end */
    has_parts("````cornu\nfit a\n```\n", "code 2: fit a/```/\n" OPEN("1"));
    has_parts("```cornu\nfit a\n~~~\n", "code 2: fit a/~~~/\n" OPEN("1"));
    has_parts("```cornu\nfit a\n    ```\n", "code 2: fit a/    ```/\n" OPEN("1"));
    has_parts("```cornu\nfit a\n``` end\n", "code 2: fit a/``` end/\n" OPEN("1"));
    has_parts("---\ntitle: x\n---\n\n```cornu\nfit a", "code 6: fit a/\n" OPEN("5"));
}

static void a_document_may_be_empty_or_hold_no_block(void **state)
{
    (void)state;
    has_parts("", "");
    has_parts("\n \n\t\n", "");
    has_parts("Only text.", "prose 1: Only text.\n");
    has_parts("---\n---\n", "");
    has_parts("---\n---", "");
    has_parts("```cornu\n```\n", "code 2: \n");
    has_parts("\xEF\xBB\xBF", "");
}

/* ---- lines ---------------------------------------------------------------------------------------------------- */

static void every_kind_of_line_end_reads_the_same(void **state)
{
    (void)state;
    static const char unix_text[] =
        "---\ntitle: T\nseed: 4\n---\n# A\n\n```cornu\nfit a \\\n  epochs=2\n```\nEnd\n";
    char *expected = outline(unix_text, strlen(unix_text));
    is_text(expected, "prose 5: # A//\ncode 8: fit a \\/  epochs=2/\nprose 11: End/\n");
    for (int kind = 0; kind < 3; kind++) {
        cn__text other = {0};
        if (kind == 2) cn__text_add(&other, "\xEF\xBB\xBF");
        for (const char *p = unix_text; *p; p++)
            cn__text_add_bytes(&other, *p == '\n' ? kind == 1 ? "\r" : "\r\n" : p,
                               *p == '\n' && kind != 1 ? 2 : 1);
        char *got = outline(other.data, other.size);
        is_text(got, expected);
        free(got);
        cn__text_free(&other);
    }
    free(expected);
}

static void a_last_line_needs_no_end(void **state)
{
    (void)state;
    has_parts("a\n```cornu\nfit a\n```", "prose 1: a/\ncode 3: fit a/\n");
    has_parts("a\r", "prose 1: a/\n");
}

/* ---- front matter ------------------------------------------------------------------------------------------------ */

static void reads_front_matter(const char *text, cn__lab_document *d, const char *mistakes_expected)
{
    cn__mistakes mistakes = {.file = "lab.md"};
    succeeds(cn__lab_document_parse("lab.md", text, strlen(text), d, &mistakes));
    cn_error_clear();
    (void)!cn__mistakes_end(&mistakes);
    is_text(cn_error(), mistakes_expected);
}

static void front_matter_says_title_language_and_seed(void **state)
{
    (void)state;
    cn__lab_document d;
    reads_front_matter("---\n"
                       "title: Digits: a start\n"
                       "# a comment\n"
                       "\n"
                       "subtitle: \"in quotes \"\n"
                       "  author :  'An Author'\n"
                       "language: es\n"
                       "seed: 18446\n"
                       "summary: a, b\n"
                       "---   \n"
                       "Text\n",
                       &d, "");
    is_text(d.title, "Digits: a start");
    is_text(d.subtitle, "in quotes ");
    is_text(d.author, "An Author");
    is_text(d.language, "es");
    is_text(d.summary, "a, b");
    assert_int_equal(d.seed, 18446);
    assert_int_equal(d.language_line, 7);
    assert_int_equal(d.summary_line, 9);
    assert_int_equal(d.count, 1);
    assert_int_equal(d.parts[0].line, 11);
    cn__lab_document_free(&d);
    reads_front_matter("Text\n---\ntitle: no front matter\n---\n", &d, "");
    assert_null(d.title);
    assert_int_equal(d.seed, 0);
    cn__lab_document_free(&d);
}

static void mistakes_of_the_front_matter_are_told_with_their_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"---\ntítulo: Plantas\nidioma: es\n---\n",
         "lab.md:2: unknown key of the front matter 'título'; expected title: Plantas\n"
         "lab.md:3: unknown key of the front matter 'idioma'; expected language: es"},
        {"---\ntitel: x\n---\n",
         "lab.md:2: unknown key of the front matter 'titel'; did you mean 'title'? Known: title, subtitle, author, "
         "language, seed, summary, date, course, group, bibliography"},
        {"---\ntitle: x\njust text\n---\n",
         "lab.md:3: 'just text' in the front matter, expected a line like title: My lab"},
        {"---\nseed: -1\n---\n", "lab.md:2: seed = '-1', expected a whole number from 0 to 2^63 - 1"},
        {"---\nseed: 1.5\n---\n", "lab.md:2: seed = '1.5', expected a whole number from 0 to 2^63 - 1"},
        {"---\nseed:\n---\n", "lab.md:2: seed = '', expected a whole number from 0 to 2^63 - 1"},
        {"---\nseed: 9223372036854775808\n---\n",
         "lab.md:2: seed = '9223372036854775808', expected a whole number from 0 to 2^63 - 1"},
        {"---\nseed: 99999999999999999999999\n---\n",
         "lab.md:2: seed = '99999999999999999999999', expected a whole number from 0 to 2^63 - 1"},
        {"---\ntitle: x\n\n# Text\n", "lab.md:1: the front matter that begins here has no second --- line"},
        {"---", "lab.md:1: the front matter that begins here has no second --- line"},
        {"---\nseed: x\nlangage: en\n---\n",
         "lab.md:2: seed = 'x', expected a whole number from 0 to 2^63 - 1\n"
         "lab.md:3: unknown key of the front matter 'langage'; did you mean 'language'? Known: title, subtitle, "
         "author, language, seed, summary, date, course, group, bibliography"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cn__lab_document d;
        reads_front_matter(cases[i].text, &d, cases[i].expected);
        cn__lab_document_free(&d);
    }
}

/* ---- files that are no lab ----------------------------------------------------------------------------------------- */

static void a_file_that_is_no_text_is_refused_with_the_line(void **state)
{
    (void)state;
#define NO(line_, byte_, kind_)                                                                              \
    "lab.md:" line_ ": the byte " byte_ " is no " kind_ "; a lab is a Markdown text in UTF-8"
    static const struct {
        const char *bytes;
        size_t size;
        const char *message;
    } cases[] = {
        {"a\n\001b", 4, NO("2", "0x01", "text")},
        {"a\0b", 3, NO("1", "0x00", "text")},
        {"\x89PNG\r\n\x1a\n", 8, NO("1", "0x89", "UTF-8")},
        {"\xff\xfe#\0 \0", 6, NO("1", "0xff", "UTF-8")},
        {"# Redes\n\nUn a\xf1o\n", 16, NO("3", "0xf1", "UTF-8")},
        {"a\r\nb\r\n\x1b[0m", 10, NO("3", "0x1b", "text")},
        {"PK\003\004", 4, NO("1", "0x03", "text")},
        {"\xe2\x82", 2, NO("1", "0xe2", "UTF-8")},
        {"\xed\xa0\x80", 3, NO("1", "0xed", "UTF-8")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) is_no_lab(cases[i].bytes, cases[i].size, cases[i].message);
}

static void a_line_of_10_mb_is_read(void **state)
{
    (void)state;
    enum { SIZE = 10 << 20 };
    char *text = malloc(SIZE + 64);
    assert_non_null(text);
    memset(text, 'a', SIZE);
    for (size_t i = 100; i < SIZE - 1; i += 100) text[i] = ' '; /* a word may have 20,000 bytes */
    memcpy(text + SIZE, "\n\n```cornu\nfit a\n```\n", 22);
    char *got = outline(text, SIZE + 21);
    assert_int_equal(strlen(got), SIZE + strlen("prose 1: ") + strlen("//\n") + strlen("code 4: fit a/\n"));
    holds(got + SIZE, "code 4: fit a/\n");
    free(got);
    free(text);
}

static void a_document_over_the_limit_is_not_read(void **state)
{
    (void)state;
    cn__lab_document d;
    cn__mistakes mistakes = {.file = "large.md"};
    char *text = calloc(1, CN_LAB_DOCUMENT_LIMIT + 1);
    assert_non_null(text);
    memset(text, ' ', CN_LAB_DOCUMENT_LIMIT + 1);
    write_file("large.md", text, CN_LAB_DOCUMENT_LIMIT + 1);
    free(text);
    assert_int_not_equal(cn__lab_document_read("large.md", &d, &mistakes), CN_OK);
    says("large.md");
    says("16.00 MB");
    cn__lab_document_free(&d);
    assert_int_not_equal(cn__lab_document_read("none.md", &d, &mistakes), CN_OK);
    says("none.md");
    cn__lab_document_free(&d);
    assert_int_not_equal(cn__lab_document_read(".", &d, &mistakes), CN_OK);
    cn__lab_document_free(&d);
}

/* ---- mistakes -------------------------------------------------------------------------------------------------------- */

static void mistakes_are_told_by_line_twenty_of_them(void **state)
{
    (void)state;
    cn__mistakes m = {.file = "f.md"};
    for (size_t i = 0; i < 30; i++) cn__mistakes_add(&m, 100 - i, "mistake %zu", i);
    cn__mistakes_add(&m, 71, "of the same line, later");
    assert_int_equal(cn__mistakes_end(&m), CN_ERROR_ARGUMENT);
    assert_ptr_equal(
        strstr(cn_error(), "f.md:71: mistake 29\nf.md:71: of the same line, later\nf.md:72: mistake 28\n"),
        cn_error());
    says("f.md:89: mistake 11\n… and 11 more");
    says_not("f.md:90");
    assert_int_equal(cn__mistakes_end(&m), CN_OK); /* they are gone */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prose_and_blocks_stand_in_their_order_with_their_lines),
        cmocka_unit_test(words_on_the_fence_are_read),
        cmocka_unit_test(only_blocks_called_cornu_at_the_top_run),
        cmocka_unit_test(a_name_like_cornu_is_hardly_meant_to_be_shown),
        cmocka_unit_test(a_block_in_which_another_begins_is_told_alone),
        cmocka_unit_test(a_block_holds_what_looks_like_a_fence_of_another_kind),
        cmocka_unit_test(a_block_that_is_never_closed_is_a_mistake_of_its_first_line),
        cmocka_unit_test(a_document_may_be_empty_or_hold_no_block),
        cmocka_unit_test(every_kind_of_line_end_reads_the_same),
        cmocka_unit_test(a_last_line_needs_no_end),
        cmocka_unit_test(front_matter_says_title_language_and_seed),
        cmocka_unit_test(mistakes_of_the_front_matter_are_told_with_their_lines),
        cmocka_unit_test(a_file_that_is_no_text_is_refused_with_the_line),
        cmocka_unit_test(a_line_of_10_mb_is_read),
        cmocka_unit_test(a_document_over_the_limit_is_not_read),
        cmocka_unit_test(mistakes_are_told_by_line_twenty_of_them),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
