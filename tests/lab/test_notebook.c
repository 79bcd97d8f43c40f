/* A notebook as a lab document: which cells become prose and blocks, and notebooks that are none. */
#include "lab/support.h"

#include "lab/language/notebook.h"

#define CELL(type, source) "{\"cell_type\": \"" type "\", \"metadata\": {}, \"source\": " source "}"
#define BOOK(cells) "{\"cells\": [" cells "], \"metadata\": {}, \"nbformat\": 4}"

static void becomes(const char *json, const char *expected)
{
    cn__text out = {0};
    succeeds(cn__notebook_to_markdown("lab.ipynb", json, &out));
    is_text(out.data ? out.data : "", expected);
    cn__text_free(&out);
}

static void rejects(const char *json, const char *message)
{
    cn__text out = {0};
    assert_int_equal(cn__notebook_to_markdown("lab.ipynb", json, &out), CN_ERROR_FORMAT);
    is_text(cn_error(), message);
    cn__text_free(&out);
}

static void cells_become_prose_and_blocks(void **state)
{
    (void)state;
    becomes(BOOK(CELL("markdown", "[\"# A\\n\", \"\\n\", \"text\"]") ", " CELL(
                "code", "\"%%cornu expect=error hidden\\ndataset mnist\\nfit a\"") ", " CELL("raw",
                                                                                             "\"left out\"")),
            "# A\n\ntext\n\n```cornu expect=error hidden\ndataset mnist\nfit a\n```\n");
}

static void cells_that_make_ready_or_hold_nothing_are_left_out(void **state)
{
    (void)state;
    becomes(
        BOOK(
            CELL("code", "\"try:\\n    %load_ext cornu\\nexcept ModuleNotFoundError:\\n    raise\"") ", " CELL(
                "code", "\" \\n\"") ", " CELL("markdown", "[]")),
        "");
}

static void the_front_matter_and_the_source_of_prose_come_from_the_metadata(void **state)
{
    (void)state;
    becomes(
        "{\"cells\": [{\"cell_type\": \"markdown\", \"metadata\": {\"cornu\": {\"generated\": true}}, \"source\": "
        "\"# Title\"}, {\"cell_type\": \"markdown\", \"metadata\": {\"cornu\": {\"source\": \"{{a.loss.last}}\\n\"}}, "
        "\"source\": \"0.5\"}], \"metadata\": {\"cornu\": {\"front\": \"seed: 3\\n\"}}}",
        "---\nseed: 3\n---\n{{a.loss.last}}\n");
}

/* "image.png" is what Jupyter calls every picture that is pasted: each cell has its own. */
static void pictures_of_a_cell_come_with_the_notebook(void **state)
{
    (void)state;
    static const char json[] = BOOK(
        "{\"cell_type\": \"markdown\", \"metadata\": {}, \"source\": \"![A](attachment:i.png) and [b](c)\", "
        "\"attachments\": {\"i.png\": {\"image/png\": \"QUJD\\nRA==\\n\"}}}, "
        "{\"cell_type\": \"markdown\", \"metadata\": {\"cornu\": {\"source\": \"![D](d/i.png)\"}}, \"source\": \"x\", "
        "\"attachments\": {\"d-i.png\": {\"image/png\": \"QUI=\"}, \"bad.png\": {\"image/png\": \"?\"}, \"n.png\": {\"image/png\": 1}}}");
    becomes(json, "![A](cell-1-i.png) and [b](c)\n\n![D](d/i.png)\n");
    const cn__attachment *list, *found;
    cn__arena arena = {0};
    succeeds(cn__notebook_attachments(json, &arena, &list));
    found = cn__attachment_find(list, "cell-1-i.png");
    assert_true(found && found->size == 4 && memcmp(found->data, "ABCD", 4) == 0);
    found = cn__attachment_find(list, "d/i.png");
    assert_true(found && found->size == 2 && memcmp(found->data, "AB", 2) == 0);
    assert_null(cn__attachment_find(list, "i.png"));
    assert_null(cn__attachment_find(list, "bad.png"));
    assert_null(cn__attachment_find(list, "n.png"));
    cn__arena_free(&arena);
}

static void statements_with_backquotes_get_a_longer_fence(void **state)
{
    (void)state;
    becomes(BOOK(CELL("code", "\"%%cornu\\n# ```` \\n\"")), "`````cornu\n# ```` \n`````\n");
}

static void in_a_notebook_of_the_kernel_every_code_cell_is_a_block(void **state)
{
    (void)state;
    becomes(
        "{\"cells\": [" CELL("code", "\"dataset mnist\"") "], \"metadata\": {\"kernelspec\": {\"language\": "
                                                          "\"cornu\"}}}",
        "```cornu\ndataset mnist\n```\n");
}

static void what_is_no_lab_is_refused(void **state)
{
    (void)state;
    rejects(
        BOOK(CELL("code", "\"print(1)\\nmore\"")),
        "lab.ipynb: code cell 1 is Python: 'print(1)'; cornu lab runs cells that begin with %%cornu alone");
    rejects("{}", "lab.ipynb: no list of cells; expected a notebook of nbformat 4");
    rejects(BOOK("3"), "lab.ipynb: cell 1 has no type or no source");
    rejects(BOOK(CELL("code", "[3]")), "lab.ipynb: cell 1 has no type or no source");
    rejects("{\"cells\": [", "lab.ipynb: not a notebook: line 1, column 11: ']' expected near end of file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_become_prose_and_blocks),
        cmocka_unit_test(cells_that_make_ready_or_hold_nothing_are_left_out),
        cmocka_unit_test(the_front_matter_and_the_source_of_prose_come_from_the_metadata),
        cmocka_unit_test(pictures_of_a_cell_come_with_the_notebook),
        cmocka_unit_test(statements_with_backquotes_get_a_longer_fence),
        cmocka_unit_test(in_a_notebook_of_the_kernel_every_code_cell_is_a_block),
        cmocka_unit_test(what_is_no_lab_is_refused),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
