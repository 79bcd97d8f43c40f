/* Search spaces: what is read, how the unit interval becomes values and back, conditions, and mistakes. */
#include "sweep/support.h"

static cn__arena arena;

static cn__space space_of(const char *text)
{
    cn__space space;
    if (cn__space_parse(&arena, text, &space) != CN_OK) fail_msg("%s: %s", text, cn_error());
    return space;
}

static void a_range_of_whole_numbers_gives_each_of_them_alike(void **state)
{
    (void)state;
    const cn__space s = space_of("units=[3..7]");
    const cn__dimension *d = &s.dimensions[0];
    assert_int_equal(d->kind, CN_DIMENSION_INT);
    assert_int_equal(d->levels, 5);
    size_t counts[5] = {0};
    for (int i = 0; i < 1000; i++) {
        double v = cn__dimension_at(d, (i + 0.5) / 1000);
        assert_true(v >= 3 && v <= 7 && v == floor(v));
        counts[(int)v - 3]++;
    }
    for (int i = 0; i < 5; i++) assert_int_equal(counts[i], 200);
}

static void a_logarithmic_range_is_even_in_the_logarithm_and_keeps_to_its_bounds(void **state)
{
    (void)state;
    const cn__space s = space_of("a=[1e-4..1e-1 log] b=[4..64 log]");
    assert_true(fabs(cn__dimension_at(&s.dimensions[0], 1.0 / 3) - 1e-3) < 1e-8);
    assert_true(cn__dimension_at(&s.dimensions[0], 0) == 1e-4);
    assert_true(cn__dimension_at(&s.dimensions[1], 0x1.fffffffffffffp-1) == 64);
    assert_true(cn__dimension_at(&s.dimensions[1], 0) == 4);
    assert_true(fabs(cn__dimension_at(&s.dimensions[1], 0.5) - 16) <= 1);
}

static void a_value_that_is_printed_is_the_value_that_is_used(void **state)
{
    (void)state;
    const cn__space s = space_of("a=[1e-4..1e-1 log]");
    for (int i = 0; i < 1000; i++) {
        char text[40];
        double v = cn__dimension_at(&s.dimensions[0], i / 1000.0);
        cn__format(text, sizeof text, "%.6g", v);
        assert_true(cn__strtod(text, NULL) == v);
    }
}

static void where_is_the_inverse_of_at(void **state)
{
    (void)state;
    const cn__space s = space_of(
        "a=[1e-4..1e-1 log] b=[4..64 log] c=[0..1 step 0.25] d=[8..128 log step 2] e=[relu, tanh, elu] f=[-3..9]");
    for (size_t k = 0; k < s.count; k++)
        for (int i = 0; i < 200; i++) {
            const cn__dimension *d = &s.dimensions[k];
            double v = cn__dimension_at(d, (i + 0.5) / 200),
                   again = cn__dimension_at(d, cn__dimension_where(d, v));
            if (fabs(again - v) > 2e-6 * fabs(v)) fail_msg("%s: %.17g became %.17g", d->name, v, again);
        }
}

static void steps_are_added_or_with_log_multiplied(void **state)
{
    (void)state;
    const cn__space s = space_of("a=[0..1 step 0.25] b=[8..128 log step 2]");
    assert_int_equal(s.dimensions[0].levels, 5);
    assert_int_equal(s.dimensions[1].levels, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_true(cn__dimension_level(&s.dimensions[0], i) == 0.25 * (double)i);
        assert_true(cn__dimension_level(&s.dimensions[1], i) == (double)(8 << i));
    }
}

static void steps_keep_to_the_bounds_and_to_decimal_places(void **state)
{
    (void)state;
    const cn__space s = space_of("a=[0.0..1.9 step 0.1] b=[0.1..0.7 log step 1.1]");
    assert_true(cn__dimension_level(&s.dimensions[0], 3) == 0.3);
    assert_true(cn__dimension_level(&s.dimensions[0], 19) == 1.9);
    for (size_t k = 0; k < s.count; k++)
        for (size_t i = 0; i < s.dimensions[k].levels; i++) {
            const double v = cn__dimension_level(&s.dimensions[k], i);
            assert_true(v >= s.dimensions[k].low && v <= s.dimensions[k].high);
        }
}

static void a_condition_holds_for_the_values_it_names(void **state)
{
    (void)state;
    const cn__space s =
        space_of("optimizer=[adam, sgd(nesterov=true), rmsprop] n=[1..3] "
                 "a=[0.0..0.9 if optimizer=sgd] b=[1..2 if optimizer!=sgd|rmsprop and n>=2] c=[1..2 if a<2]");
    double point[5] = {1, 1, 0.5, NAN, NAN};
    assert_true(cn__space_active(&s, point, 2));
    assert_false(cn__space_active(&s, point, 3));
    assert_true(cn__space_active(&s, point, 4));
    point[0] = 0;
    assert_false(cn__space_active(&s, point, 2));
    assert_false(cn__space_active(&s, point, 3)); /* n is 1 */
    point[1] = 2;
    assert_true(cn__space_active(&s, point, 3));
    point[2] = NAN;
    assert_false(cn__space_active(&s, point, 4)); /* what it depends on is not there */
    point[0] = 2;
    assert_false(cn__space_active(&s, point, 3));
}

static void mistakes_are_told_with_the_name_and_what_was_expected(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "nothing to search"},
        {"units", "expected NAME=[…]"},
        {"units=32", "in brackets"},
        {"units=[32..16]", "lower bound first"},
        {"units=[0..16 log]", "log, expected bounds over 0"},
        {"units=[1..16 step -1]", "step -1, expected more than 0"},
        {"rate=[0..1e15 step 1e-300]", "step 1e-300, expected one that makes at most 1000000 values"},
        {"rate=[1..2 log step 1.000000001]", "makes at most 1000000 values"},
        {"units=[1..16 logarithmic]", "expected log, step S, or if"},
        {"units=[1..x]", "'x', expected a number"},
        {"units=[]", "is empty"},
        {"units=[1, 2, 1.0]", "has 1.0 twice"},
        {"units=[1..2] units=[3..4]", "units is given twice"},
        {"a=[1..2 if b=1]", "no dimension precedes"},
        {"b=[1..2] a=[1..2 if c=1]", "unknown dimension in a condition 'c'"},
        {"b=[1..2] a=[1..2 if b]", "expected a comparison"},
        {"b=[1..2] a=[1..2 if b=x]", "a number to compare with"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        cn__space s;
        fails_with(cn__space_parse(&arena, cases[i].text, &s), cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_of_whole_numbers_gives_each_of_them_alike),
        cmocka_unit_test(a_logarithmic_range_is_even_in_the_logarithm_and_keeps_to_its_bounds),
        cmocka_unit_test(a_value_that_is_printed_is_the_value_that_is_used),
        cmocka_unit_test(where_is_the_inverse_of_at),
        cmocka_unit_test(steps_are_added_or_with_log_multiplied),
        cmocka_unit_test(steps_keep_to_the_bounds_and_to_decimal_places),
        cmocka_unit_test(a_condition_holds_for_the_values_it_names),
        cmocka_unit_test(mistakes_are_told_with_the_name_and_what_was_expected),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cn__arena_free(&arena);
    return failed;
}
