/* Markdown that asks for more than it is long, and the ids of headings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/text/text.h"
#include "report/document.h"
#include "report/html.h"
#include "report/markdown/markdown_memory.h"
#include "report/markdown/markdown_walk.h"

static void repeat(cn__text *text, const char *piece, int times)
{
    for (int i = 0; i < times; i++) cn__text_add(text, piece);
}

/* The message of the text that was added up, or "" where it is parsed. Frees it. */
static const char *message_of(cn__text *text)
{
    cmark_node *tree;
    assert_false(text->failed);
    cn_error_clear();
    const clock_t start = clock();
    if (cn__markdown_parse(text->data, &tree) == CN_OK) cmark_node_free(tree);
    else assert_null(tree);
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 5);
    cn__text_free(text);
    return cn_error();
}

static void assert_refused(cn__text *text, const char *part)
{
    const char *message = message_of(text);
    if (!strstr(message, part)) fail_msg("'%s' is not in: %s", part, message);
}

static void assert_parsed(cn__text *text) { assert_string_equal(message_of(text), ""); }

static void quotations_and_lists_have_a_depth(void **state)
{
    (void)state;
    static const char *const marks[] = {">", "> ", "- ", "* ", "+ ", "1. ", "7) ", "> - "};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const int each = i == 7 ? 2 : 1;
        cn__text text = {0};
        cn__text_add(&text, "first\n\n");
        repeat(&text, marks[i], 40000 / each);
        cn__text_add(&text, "a\n");
        assert_refused(&text,
                       "line 3 of a text: quotations or lists are nested 40000 deep; they may be 100 deep");
        repeat(&text, marks[i], 100 / each);
        cn__text_add(&text, "a\n");
        assert_parsed(&text);
        repeat(&text, marks[i], 100 / each);
        cn__text_add(&text, "> a\n");
        assert_refused(&text, "nested 101 deep");
    }
}

static void emphasis_and_links_have_a_depth(void **state)
{
    (void)state;
    cn__text text = {0};
    repeat(&text, "*a ", 40000);
    cn__text_add(&text, "b");
    repeat(&text, "*", 40000);
    assert_refused(&text, "deep; they may be 400 deep");
    repeat(&text, "![", 40000);
    repeat(&text, "](u)", 40000);
    assert_refused(&text, "deep; they may be 400 deep");
    repeat(&text, "*a ", 300);
    cn__text_add(&text, "b");
    repeat(&text, "*", 300);
    assert_parsed(&text);
}

static void headings_have_a_length(void **state)
{
    (void)state;
    cn__text text = {0};
    cn__text_add(&text, "first\n\n# ");
    repeat(&text, "x", 2001);
    assert_refused(&text, "line 3 of a text: a heading of more than 2000 bytes");
    cn__text_add(&text, "# ");
    repeat(&text, "*x* `y`", 600);
    assert_parsed(&text);
    repeat(&text, "x", 4000);
    cn__text_add(&text, "\n\n# a\n\n");
    repeat(&text, "x", 4000);
    assert_parsed(&text);
}

static void words_have_a_length(void **state)
{
    (void)state;
    static const char *const parts[] = {"x", "*x*_", "`y`", "\\\\{"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        cn__text text = {0};
        cn__text_add(&text, "first\n\n");
        repeat(&text, parts[i], 20001);
        assert_refused(&text, "line 3 of a text: a word of more than 20000 bytes");
        repeat(&text, parts[i], 5000);
        cn__text_add(&text, "\n");
        repeat(&text, parts[i], 5000);
        assert_parsed(&text);
    }
}

static void lists_over_many_lines_have_a_depth(void **state)
{
    (void)state;
    cn__text text = {0};
    for (int i = 0; i < 1000; i++) {
        repeat(&text, "  ", i);
        cn__text_add(&text, "- a\n");
    }
    assert_refused(&text, "deep; they may be 400 deep");
}

static void add_table(cn__text *text, int columns, int rows)
{
    repeat(text, "|a", columns);
    cn__text_add(text, "|\n");
    repeat(text, "|-", columns);
    cn__text_add(text, "|\n");
    repeat(text, "|a\n", rows - 1);
    cn__text_add(text, "\n");
}

/* cmark-gfm fills short rows up: 12 KB of text would be nine million cells. */
static void tables_have_a_number_of_cells(void **state)
{
    (void)state;
    cn__text text = {0};
    add_table(&text, 3000, 3000);
    assert_refused(&text, "line 2 of a text: a table of 3000 columns and 3000 rows");
    add_table(&text, 100, 300);
    assert_parsed(&text);
    for (int i = 0; i < 4; i++) add_table(&text, 100, 300);
    assert_refused(&text, "may have 100000 cells in all");
    cn__text_add(&text, "> ");
    add_table(&text, 3000, 1);
    repeat(&text, "> |-|-|\n> |a\n", 10);
    assert_parsed(&text);
}

static void addresses_are_not_copied_without_end(void **state)
{
    (void)state;
    cn__text text = {0};
    cn__text_add(&text, "[a]: /");
    repeat(&text, "u", 20000);
    cn__text_add(&text, "\n\n");
    repeat(&text, "[a]", 20000);
    assert_refused(&text, "line 1 of a text: a link's address of");
    cn__text_add(&text, "[a]: /u \"a title of\n");
    repeat(&text, "many lines\n", 2000);
    cn__text_add(&text, "\"\n\n");
    repeat(&text, "[a]", 20000);
    assert_refused(&text, "a link's address of");
    repeat(&text, "[a](/a) ", 20000);
    assert_parsed(&text);
    for (int i = 0; i < 200; i++) cn__text_printf(&text, "[%d]: http://example.com/%d\n", i, i);
    cn__text_add(&text, "\n");
    for (int i = 0; i < 2000; i++) cn__text_printf(&text, "[%d] and ", i % 200);
    assert_parsed(&text);
}

static void marks_have_a_number(void **state)
{
    (void)state;
    cn__text text = {0};
    repeat(&text, "[", 600000);
    assert_refused(&text, "more than 500000 lines and marks");
    repeat(&text, "a\n\n", 300000);
    assert_refused(&text, "more than 500000 lines and marks");
}

static cn_status read_headings(const char *text, cn__document *document)
{
    cn__block block = {.kind = CN_BLOCK_PROSE, .text = text};
    return cn__document_begin(document, &(cn__report){.title = "T", .blocks = &block, .block_count = 1});
}

static void equal_headings_have_ids_of_their_own(void **state)
{
    (void)state;
    cn__document document;
    const char *const expected[] = {"a", "a-2", "a-3", "a-4", "section", "a-2-2", "b", "section-2"};
    assert_int_equal(read_headings("# A\n# a 2\n# a\n# A\n# ?\n# a-2\n# B\n# !\n", &document), CN_OK);
    assert_int_equal(document.heading_count, 8);
    for (size_t i = 0; i < 8; i++) {
        const cn__heading *heading = document.headings[i];
        assert_string_equal(heading->id, expected[i]);
        assert_ptr_equal(cn__heading_ids_find(&document.ids, heading->id), heading);
        assert_int_equal(heading->number, i + 1);
    }
    assert_null(cn__heading_ids_find(&document.ids, "c"));
    cn__document_end(&document);
}

static void many_equal_headings_take_linear_time(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    cn__document document;
    cn__text text = {0};
    repeat(&text, "# Same\n\n", MANY);
    const clock_t start = clock();
    assert_int_equal(read_headings(text.data, &document), CN_OK);
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 10);
    assert_int_equal(document.heading_count, MANY);
    assert_string_equal(document.headings[MANY - 1]->id, "same-100000");
    cn__document_end(&document);
    cn__text_free(&text);
}

/* cmark-gfm, which ends the program where it gets no memory, is left instead; nothing stays behind (address sanitizer). */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    static const char text[] =
        "# A *head*\n\n> - one\n> - [two](b \"c\")\n\n| a | b |\n|---|---|\n| `c` | <b>d</b> |\n\n<div>\n\nx[^1] "
        "~~y~~\n\n[^1]: z\n\n[d]: http://e\n\n- [ ] f\n";
    cmark_node *tree;
    const unsigned long before = cn__allocations;
    assert_int_equal(cn__markdown_parse(text, &tree), CN_OK);
    cmark_node_free(tree);
    const long count = (long)(cn__allocations - before);
    assert_true(count > 100);
    for (long at = 0; at < count; at++) {
        cn__allocations_left = at;
        const cn_status status = cn__markdown_parse(text, &tree);
        cn__allocations_left = -1;
        assert_int_equal(status, CN_ERROR_MEMORY);
        assert_null(tree);
        assert_non_null(strstr(cn_error(), "memory"));
    }
    assert_int_equal(cn__markdown_parse(text, &tree), CN_OK);
    cmark_node_free(tree);
}

/* The same for what cmark-gfm does not know: nodes of text are split, and others come between. */
static void every_allocation_of_a_document_may_fail(void **state)
{
    (void)state;
    static const cn__block block = {
        .kind = CN_BLOCK_PROSE,
        .text =
            "# A *head*\n\nSee @fig-one, then $a^2$ and more[^1].\n\n$$\\frac{a}{b}$$\n\n> [!NOTE]\n> ~~said~~\n\n"
            "![A picture](p.png){#fig-one width=50%}\n\n    code\n\n[^1]: A note with $b$.\n"};
    static const cn__report_image image = {.url = "p.png"};
    static const cn__report report = {
        .title = "T", .blocks = &block, .block_count = 1, .images = &image, .image_count = 1};
    cn__document document;
    cn__text page = {0};
    const unsigned long before = cn__allocations;
    assert_int_equal(cn__document_begin(&document, &report), CN_OK);
    const long count = (long)(cn__allocations - before);
    cn__html_prose(&page, &document, document.parts[0].tree);
    assert_non_null(strstr(page.data, "<mfrac>"));
    assert_non_null(strstr(page.data, "Figure 1"));
    cn__text_free(&page);
    cn__document_end(&document);
    for (long at = 0; at < count; at++) {
        cn__allocations_left = at;
        const cn_status status = cn__document_begin(&document, &report);
        cn__allocations_left = -1;
        cn__document_end(&document);
        assert_int_equal(status, CN_ERROR_MEMORY);
    }
}

static void a_walk_goes_as_cmark_does(void **state)
{
    (void)state;
    static const char text[] =
        "# A *b* `c`\n\n> - d\n> - [e](f)\n>\n>   1. g\n\n---\n\n    code\n\n<div>\n\nh<b>i</b>  \nj\nk ![l](m)\n\n-\n";
    cmark_node *root;
    int events = 0, skipped = 0;
    assert_int_equal(cn__markdown_tree(text, sizeof text - 1, &root), CN_OK);
    cmark_iter *iter = cmark_iter_new(root);
    cn__walk walk = cn__walk_begin(root);
    for (; cn__walk_next(&walk); events++) {
        assert_int_equal(walk.event, cmark_iter_next(iter));
        assert_ptr_equal(walk.node, cmark_iter_get_node(iter));
        if (walk.event != CMARK_EVENT_ENTER || cmark_node_get_type(walk.node) != CMARK_NODE_LIST) continue;
        cn__walk_skip(&walk);
        cmark_iter_reset(iter, walk.node, CMARK_EVENT_EXIT);
        skipped++;
    }
    assert_int_equal(cmark_iter_next(iter), CMARK_EVENT_DONE);
    assert_int_equal(skipped, 2);
    assert_true(events > 30);
    cmark_iter_free(iter);
    cmark_node_free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotations_and_lists_have_a_depth),
        cmocka_unit_test(emphasis_and_links_have_a_depth),
        cmocka_unit_test(headings_have_a_length),
        cmocka_unit_test(words_have_a_length),
        cmocka_unit_test(lists_over_many_lines_have_a_depth),
        cmocka_unit_test(tables_have_a_number_of_cells),
        cmocka_unit_test(addresses_are_not_copied_without_end),
        cmocka_unit_test(marks_have_a_number),
        cmocka_unit_test(equal_headings_have_ids_of_their_own),
        cmocka_unit_test(many_equal_headings_take_linear_time),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_allocation_of_a_document_may_fail),
        cmocka_unit_test(a_walk_goes_as_cmark_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
