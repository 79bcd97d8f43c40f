/* Files that a former run wrote go when the next one does not write them; nobody else's file does. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "lab/support.h"
#include "lab/written.h"

static void update(const char *folder, const cn__written *files, size_t count)
{
    cn__outdir out;
    succeeds(cn__outdir_open(&out, folder));
    succeeds(cn__written_update(&out, files, count));
    cn__outdir_close(&out);
}

static void what_is_not_written_again_is_removed(void **state)
{
    (void)state;
    const cn__written both[] = {{"a.svg", true}, {"b.svg", true}};
    put("one", "a.svg", "A", 1);
    put("one", "b.svg", "B", 1);
    put("one", "own.svg", "the user's", 10);
    update("one", both, 2);
    update("one", both, 1);
    assert_true(cn__file_exists("one/a.svg"));
    assert_false(cn__file_exists("one/b.svg"));
    assert_true(cn__file_exists("one/own.svg"));
    update("one", NULL, 0);
    assert_false(cn__file_exists("one/a.svg"));
    assert_true(cn__file_exists("one/own.svg"));
}

static void what_somebody_has_changed_since_stays(void **state)
{
    (void)state;
    cn__written both[] = {{"a.svg", true}, {"b.svg", true}};
    put("two", "a.svg", "A", 1);
    put("two", "b.svg", "B", 1);
    update("two", both, 2);
    put_text("two/a.svg", "drawn over");
    put_text("two/b.svg", "drawn over");
    both[0].anew = both[1].anew =
        false; /* a run that finds what it would write leaves the other forms alone */
    update("two", both, 2);
    update("two", both, 1);
    update("two", NULL, 0);
    assert_true(cn__file_exists("two/a.svg"));
    assert_true(cn__file_exists("two/b.svg"));
}

static void a_file_from_before_there_was_a_list_is_listed(void **state)
{
    (void)state;
    const cn__written old = {"a.svg", false};
    put("three", "a.svg", "A", 1);
    update("three", &old, 1);
    update("three", NULL, 0);
    assert_false(cn__file_exists("three/a.svg"));
}

static void a_list_by_somebody_else_reaches_nothing_outside(void **state)
{
    (void)state;
    char print[33], list[400];
    put("four", "a.svg", "A", 1);
    put("four/sub", "c.svg", "A", 1);
    put_text("outside.svg", "A");
    cn__fingerprint("A", 1, print);
    snprintf(list, sizeof list, "%s ../outside.svg\n%s sub/c.svg\nshort a.svg\n%s\n%s a.svg extra\n\n%s",
             print, print, print, print, print);
    put_text("four/" CN_WRITTEN_LIST, list);
    update("four", NULL, 0);
    assert_true(cn__file_exists("outside.svg"));
    assert_true(cn__file_exists("four/sub/c.svg"));
    assert_true(cn__file_exists("four/a.svg"));
}

/* ---- a whole lab ---------------------------------------------------------------------------------------------- */

static void run_in(const char *path, const char *text)
{
    put_text(path, text);
    succeeds(run_lab(path, (cn__lab_options){.out = "shared", .no_cache = true}, false, NULL));
}

static void a_folder_of_another_lab_keeps_no_figure_of_it(void **state)
{
    (void)state;
    static const char first[] =
        "```cornu\ndataset x=points.npy y=classes.npy\nmodel a\n  dense 4 softmax\n"
        "compile a loss=sparse_categorical_crossentropy metrics=accuracy\n"
        "fit a epochs=2 validation_split=0.2\nplot history a\nplot difference a\n```\n";
    static const char second[] =
        "```cornu\ndataset x=points.npy y=sums.npy\nmodel b\n  dense 1\ncompile b loss=mse\n"
        "fit b epochs=2 validation_split=0.2\nplot history b\n```\n";
    put_points(200);
    run_in("first.md", first);
    assert_true(cn__file_exists("shared/figures/difference-a.pdf"));
    put_text("shared/figures/notes.svg", "mine");
    put_text("shared/figures/history-a.png", "drawn over");
    run_in("second.md", second);
    assert_true(cn__file_exists("shared/figures/history-b.svg"));
    assert_false(cn__file_exists("shared/figures/difference-a.pdf"));
    assert_false(cn__file_exists("shared/figures/difference-a.png"));
    assert_false(cn__file_exists("shared/figures/difference-a.svg"));
    assert_false(cn__file_exists("shared/figures/history-a.svg"));
    assert_true(cn__file_exists("shared/figures/history-a.png"));
    assert_true(cn__file_exists("shared/figures/notes.svg"));
    assert_true(cn__file_exists("shared/models/a.keras")); /* a training may have taken hours */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_written_again_is_removed),
        cmocka_unit_test(what_somebody_has_changed_since_stays),
        cmocka_unit_test(a_file_from_before_there_was_a_list_is_listed),
        cmocka_unit_test(a_list_by_somebody_else_reaches_nothing_outside),
        cmocka_unit_test(a_folder_of_another_lab_keeps_no_figure_of_it),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
