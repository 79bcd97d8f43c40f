/* What a terminal is sent. Streams here are files, so that only --color can ask for colours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/system/terminal.h"

static void a_file_has_colours_only_when_they_are_asked_for(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    setenv("TERM", "xterm", 1);
    assert_false(cn__terminal_has_color(file));
    cn__terminal_set_color(CN_COLOR_ALWAYS);
    assert_true(cn__terminal_has_color(file));
    assert_false(cn__terminal_redraws(file));
    cn__terminal_set_color(CN_COLOR_NEVER);
    assert_false(cn__terminal_has_color(file));
    cn__terminal_set_color(CN_COLOR_AUTO);
    fclose(file);
}

static void a_file_is_as_wide_as_columns_says(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    setenv("COLUMNS", "123", 1);
    assert_int_equal(cn__terminal_width(file), 123);
    setenv("COLUMNS", "wide", 1);
    assert_int_equal(cn__terminal_width(file), 80);
    unsetenv("COLUMNS");
    assert_int_equal(cn__terminal_width(file), 80);
    fclose(file);
}

static void a_prefix_ends_between_two_characters(void **state)
{
    (void)state;
    assert_int_equal(cn__terminal_prefix("loss", 2), 2);
    assert_int_equal(cn__terminal_prefix("loss", 9), 4);
    assert_int_equal(cn__terminal_prefix("aé—b", 2), 3);
    assert_int_equal(cn__terminal_prefix("aé—b", 3), 6);
    assert_int_equal(cn__terminal_prefix("é", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_has_colours_only_when_they_are_asked_for),
        cmocka_unit_test(a_file_is_as_wide_as_columns_says),
        cmocka_unit_test(a_prefix_ends_between_two_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
