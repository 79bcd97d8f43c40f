/* Growing strings, names, numbers for people; the decimal mark in any locale. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/text/text.h"

static void a_text_grows_by_strings_bytes_and_formats(void **state)
{
    (void)state;
    cn__text text = {0};
    cn__text_add(&text, "epoch ");
    cn__text_printf(&text, "%d/%d", 3, 10);
    cn__text_add_bytes(&text, " x\0y", 4);
    assert_int_equal(text.size, 14);
    assert_memory_equal(text.data, "epoch 3/10 x\0y", 15);
    cn__text_free(&text);
    assert_null(text.data);
    assert_int_equal(text.size, 0);
}

static void every_length_keeps_its_end(void **state)
{
    (void)state;
    cn__text text = {0};
    for (size_t i = 0; i < 1000; i++) {
        if (i % 2) cn__text_add(&text, "a");
        else cn__text_printf(&text, "%c", 'b');
        assert_int_equal(text.size, i + 1);
        assert_int_equal(strlen(text.data), i + 1);
        assert_true(text.capacity > text.size);
    }
    cn__text_printf(&text, "%5000s", "");
    assert_int_equal(strlen(text.data), 6000);
    assert_false(text.failed);
    cn__text_free(&text);
}

static void adding_nothing_makes_an_empty_string(void **state)
{
    (void)state;
    cn__text text = {0};
    cn__text_add(&text, "");
    assert_string_equal(text.data, "");
    cn__text_free(&text);
}

static void a_failed_text_takes_no_more(void **state)
{
    (void)state;
    cn__text text = {0};
    cn__text_add(&text, "kept");
    cn__text_add_bytes(&text, NULL, SIZE_MAX - 2);
    assert_true(text.failed);
    cn__text_add(&text, " lost");
    assert_string_equal(text.data, "kept");
    cn__text_free(&text);
}

static void names_are_the_same_without_case_and_underscores(void **state)
{
    (void)state;
    assert_true(cn__same_name("RandomNormal", "random_normal"));
    assert_true(cn__same_name("L1L2", "l1_l2"));
    assert_true(cn__same_name("_adam_", "Adam"));
    assert_true(cn__same_name("", "_"));
    assert_false(cn__same_name("adam", "adamw"));
    assert_false(cn__same_name("adamw", "adam"));
    assert_false(cn__same_name("l1", "l2"));
    assert_false(cn__same_name("a-b", "ab"));
}

static void class_names_become_layer_names(void **state)
{
    (void)state;
    /* what Keras's to_snake_case answers */
    static const char *const cases[][2] = {
        {"Dense", "dense"},
        {"BatchNormalization", "batch_normalization"},
        {"Conv2D", "conv2d"},
        {"Conv1DTranspose", "conv1d_transpose"},
        {"GlobalAveragePooling2D", "global_average_pooling2d"},
        {"ReLU", "re_lu"},
        {"PReLU", "p_re_lu"},
        {"LSTM", "lstm"},
        {"ELU", "elu"},
        {"My Layer", "my_layer"},
        {"already_snake", "already_snake"},
        {"", ""},
    };
    char out[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cn__snake_case(cases[i][0], out, sizeof out);
        assert_string_equal(out, cases[i][1]);
    }
}

static void a_layer_name_is_cut_to_its_buffer(void **state)
{
    (void)state;
    char out[8 + 1];
    out[8] = '#';
    cn__snake_case("BatchNormalization", out, 8);
    assert_int_equal(out[8], '#');
    assert_string_equal(out, "batch_n");
    cn__snake_case("Dense", out, 1);
    assert_string_equal(out, "");
}

static void thousands_are_separated(void **state)
{
    (void)state;
    char out[40];
    assert_string_equal(cn__with_commas(0, out, sizeof out), "0");
    assert_string_equal(cn__with_commas(999, out, sizeof out), "999");
    assert_string_equal(cn__with_commas(1000, out, sizeof out), "1,000");
    assert_string_equal(cn__with_commas(407050, out, sizeof out), "407,050");
    assert_string_equal(cn__with_commas(-1234567, out, sizeof out), "-1,234,567");
    assert_string_equal(cn__with_commas(LLONG_MIN, out, sizeof out), "-9,223,372,036,854,775,808");
    assert_string_equal(cn__with_commas(1234567, out, 4), "1,2");
}

static void bytes_read_as_in_a_summary(void **state)
{
    (void)state;
    char out[40];
    assert_string_equal(cn__byte_text(56, out, sizeof out), "56.00 B");
    assert_string_equal(cn__byte_text(0, out, sizeof out), "0.00 B");
    assert_string_equal(cn__byte_text(1023, out, sizeof out), "1023.00 B");
    assert_string_equal(cn__byte_text(1024, out, sizeof out), "1.00 KB");
    assert_string_equal(cn__byte_text(407050.0 * 4, out, sizeof out), "1.55 MB");
    assert_string_equal(cn__byte_text(0x1p80, out, sizeof out), "1073741824.00 PB");
}

static void width_counts_characters(void **state)
{
    (void)state;
    assert_int_equal(cn__text_width("dense"), 5);
    assert_int_equal(cn__text_width("│ ━━ é…"), 7);
    assert_int_equal(cn__text_width(""), 0);
}

/* Any installed locale whose decimal mark is a comma. */
static int enter_comma_locale(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE", "nl_NL.UTF-8"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (setlocale(LC_ALL, names[i]) && *localeconv()->decimal_point == ',') return 1;
    setlocale(LC_ALL, "C");
    return 0;
}

static void check_points(void)
{
    char out[32], *end;
    cn__text text = {0};
    cn__arena arena = {0};
    assert_true(cn__strtod("1.5,2", &end) == 1.5);
    assert_string_equal(end, ",2");
    assert_int_equal(cn__format(out, sizeof out, "%.2f %g", 0.25, 1e-7), 10);
    assert_string_equal(out, "0.25 1e-07");
    cn__text_printf(&text, "%.3f", 1.25);
    assert_string_equal(text.data, "1.250");
    assert_string_equal(cn__arena_format(&arena, "%g", 0.5), "0.5");
    cn__text_free(&text);
    cn__arena_free(&arena);
}

static void the_decimal_mark_is_a_point(void **state)
{
    (void)state;
    check_points();
}

static void the_decimal_mark_is_a_point_where_people_write_a_comma(void **state)
{
    (void)state;
    if (!enter_comma_locale()) {
        print_message("no locale with a decimal comma is installed: skipped\n");
        skip();
    }
    char before = *localeconv()->decimal_point;
    check_points();
    char after = *localeconv()->decimal_point; /* the program's own locale is as it was */
    setlocale(LC_ALL, "C");
    assert_int_equal(before, ',');
    assert_int_equal(after, ',');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_grows_by_strings_bytes_and_formats),
        cmocka_unit_test(every_length_keeps_its_end),
        cmocka_unit_test(adding_nothing_makes_an_empty_string),
        cmocka_unit_test(a_failed_text_takes_no_more),
        cmocka_unit_test(names_are_the_same_without_case_and_underscores),
        cmocka_unit_test(class_names_become_layer_names),
        cmocka_unit_test(a_layer_name_is_cut_to_its_buffer),
        cmocka_unit_test(thousands_are_separated),
        cmocka_unit_test(bytes_read_as_in_a_summary),
        cmocka_unit_test(width_counts_characters),
        cmocka_unit_test(the_decimal_mark_is_a_point),
        cmocka_unit_test(the_decimal_mark_is_a_point_where_people_write_a_comma),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
