/* Parameter tables: defaults, names, types, bounds, and the messages when something is wrong. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text/value.h"

typedef struct options {
    double learning_rate, beta_1, clipnorm;
    int64_t steps, patience;
    bool nesterov;
    const char *monitor;
    cn__ints shape;
    cn__floats values;
    const cn__value *schedule;
    int64_t units;
} options;

#define FIELD(name_, type_, fallback_)                                                                       \
    .name = #name_, .type = type_, .offset = offsetof(options, name_), .fallback = fallback_

static const cn__param table[] = {
    {FIELD(learning_rate, CN_PARAM_FLOAT, "0.001"), .low = 1e-300, .high = INFINITY},
    {FIELD(beta_1, CN_PARAM_FLOAT, "0.9"), .low = 0, .high = 1},
    {FIELD(clipnorm, CN_PARAM_MAYBE_FLOAT, "none"), .low = 1e-300, .high = INFINITY,
     .expected = "a length over 0"},
    {FIELD(steps, CN_PARAM_INT, "10"), .low = 1, .high = INFINITY},
    {FIELD(patience, CN_PARAM_MAYBE_INT, "none")},
    {FIELD(nesterov, CN_PARAM_BOOL, "false")},
    {FIELD(monitor, CN_PARAM_WORD, "val_loss")},
    {FIELD(shape, CN_PARAM_INTS, "(2, 3)"), .low = -1, .high = 100},
    {FIELD(values, CN_PARAM_FLOATS, "none")},
    {FIELD(schedule, CN_PARAM_VALUE, "decay(rate=0.5)")},
};
enum { COUNT = sizeof table / sizeof *table };

static const cn__param needs_units[] = {{FIELD(units, CN_PARAM_INT, NULL), .low = 1, .high = 9}};
static const cn__param needs_shape[] = {{FIELD(shape, CN_PARAM_INTS, NULL)}};

static int new_arena(void **state)
{
    static cn__arena arena;
    arena = (cn__arena){0};
    *state = &arena;
    return 0;
}

static int free_arena(void **state)
{
    cn__arena_free(*state);
    return 0;
}

static options read(void **state, const char *text)
{
    cn__value call = {0};
    options out = {0};
    if (cn__value_parse(*state, text, &call) != CN_OK) fail_msg("%s", cn_error());
    if (cn__params_read(*state, "optimizer adam", table, COUNT, &call, &out) != CN_OK)
        fail_msg("%s", cn_error());
    return out;
}

static const char *refusal_by(void **state, const cn__param *params, size_t count, const char *text)
{
    cn__value call = {0};
    options out = {0};
    assert_int_equal(cn__value_parse(*state, text, &call), CN_OK);
    cn_error_clear();
    assert_int_equal(cn__params_read(*state, "optimizer adam", params, count, &call, &out),
                     CN_ERROR_ARGUMENT);
    return cn_error();
}

static const char *refusal(void **state, const char *text) { return refusal_by(state, table, COUNT, text); }

static void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part)) fail_msg("no \"%s\" in \"%s\"", part, text);
}

static void a_bare_word_takes_every_default(void **state)
{
    options o = read(state, "adam");
    assert_true(o.learning_rate == 0.001 && o.beta_1 == 0.9);
    assert_true(isnan(o.clipnorm));
    assert_int_equal(o.steps, 10);
    assert_true(o.patience == INT64_MIN);
    assert_false(o.nesterov);
    assert_string_equal(o.monitor, "val_loss");
    assert_int_equal(o.shape.count, 2);
    assert_int_equal(o.shape.items[1], 3);
    assert_int_equal(o.values.count, 0);
    assert_true(cn__value_get(o.schedule, "rate")->number == 0.5);
}

static void arguments_come_by_place_and_by_name(void **state)
{
    options o = read(state, "adam(0.5, .25, patience=3, clipnorm=2, nesterov=True, monitor='loss', shape=7,"
                            "values=[1, 2.5], schedule=linear)");
    assert_true(o.learning_rate == 0.5 && o.beta_1 == 0.25 && o.clipnorm == 2);
    assert_int_equal(o.patience, 3);
    assert_true(o.nesterov);
    assert_string_equal(o.monitor, "loss");
    assert_int_equal(o.shape.count, 1);
    assert_int_equal(o.shape.items[0], 7);
    assert_int_equal(o.values.count, 2);
    assert_true(o.values.items[0] == 1 && o.values.items[1] == 2.5);
    assert_string_equal(cn__value_name(o.schedule), "linear");
}

static void names_agree_but_for_case_and_underscores(void **state)
{
    assert_true(read(state, "adam(learningRate=2)").learning_rate == 2);
    assert_true(read(state, "adam(beta1=.5)").beta_1 == .5);
}

static void a_map_is_a_set_of_named_arguments(void **state)
{
    assert_true(read(state, "{learning_rate: 3}").learning_rate == 3);
}

static void none_stands_where_it_may(void **state)
{
    options o = read(state, "adam(clipnorm=None, patience=None, shape=None, values=None, schedule=None)");
    assert_true(isnan(o.clipnorm) && o.patience == INT64_MIN);
    assert_null(o.schedule);
    assert_int_equal(o.shape.count + o.values.count, 0);
    assert_contains(refusal(state, "adam(beta_1=None)"), "beta_1 = none, expected a number from 0 to 1");
    assert_contains(refusal(state, "adam(steps=None)"), "steps = none, expected an integer of at least 1");
    assert_contains(refusal(state, "adam(nesterov=None)"), "nesterov = none, expected true or false");
    assert_string_equal(refusal(state, "adam(monitor=None)"),
                        "optimizer adam: monitor = none, expected a word or a quoted text");
}

/* Whoever reads a word without such a default need not look whether there is one. */
static void a_word_is_none_only_where_that_is_its_default_or_a_choice(void **state)
{
    static const char *const with_none[] = {"sum", "none", NULL}, *const without[] = {"sum", "mean", NULL};
    static const cn__param absent[] = {{FIELD(monitor, CN_PARAM_WORD, "none")}},
                           choice[] = {{FIELD(monitor, CN_PARAM_WORD, "sum"), .words = with_none}},
                           choices[] = {{FIELD(monitor, CN_PARAM_WORD, "sum"), .words = without}},
                           needed[] = {{FIELD(monitor, CN_PARAM_WORD, NULL)}};
    const cn__param *const may[] = {absent, choice}, *const may_not[] = {choices, needed};
    for (size_t i = 0; i < 2; i++) {
        cn__value call = {0};
        options out = {.monitor = "before"};
        assert_int_equal(cn__value_parse(*state, "adam(monitor=None)", &call), CN_OK);
        assert_int_equal(cn__params_read(*state, "optimizer adam", may[i], 1, &call, &out), CN_OK);
        assert_null(out.monitor);
        assert_contains(refusal_by(state, may_not[i], 1, "adam(monitor=None)"),
                        "monitor = none, expected a word");
    }
}

static void numbers_keep_their_types(void **state)
{
    assert_true(read(state, "adam(learning_rate=1)").learning_rate == 1);
    assert_int_equal(read(state, "adam(steps=3.0)").steps, 3);
    assert_contains(refusal(state, "adam(steps=3.5)"), "steps = 3.5, expected an integer");
    assert_contains(refusal(state, "adam(steps=1e300)"), "steps = 1e+300");
    assert_contains(refusal(state, "adam(steps=true)"), "steps = true");
    assert_contains(refusal(state, "adam(shape=[1, 2.5])"),
                    "shape = [1, 2.5], expected an integer or a list");
    assert_contains(refusal(state, "adam(learning_rate=high)"),
                    "learning_rate = high, expected a number over 0");
    assert_contains(refusal(state, "adam(learning_rate=nan)"), "learning_rate = nan");
    assert_contains(refusal(state, "adam(clipnorm=nan)"), "clipnorm = nan, expected a length over 0");
    assert_contains(refusal(state, "adam(monitor=3)"), "monitor = 3, expected a word");
    assert_contains(refusal(state, "adam(values=[1, x])"), "values = [1, x], expected a number or a list");
}

static void booleans_are_true_false_one_and_zero(void **state)
{
    assert_true(read(state, "adam(nesterov=1)").nesterov);
    assert_false(read(state, "adam(nesterov=0)").nesterov);
    assert_contains(refusal(state, "adam(nesterov=2)"), "nesterov = 2, expected true or false");
    assert_contains(refusal(state, "adam(nesterov=yes)"), "nesterov = yes, expected true or false");
    assert_contains(refusal(state, "adam(nesterov='true')"), "expected true or false");
}

static void bounds_are_named(void **state)
{
    assert_string_equal(refusal(state, "adam(learning_rate=-1)"),
                        "optimizer adam: learning_rate = -1, expected a number over 0");
    assert_contains(refusal(state, "adam(learning_rate=0)"), "learning_rate = 0, expected a number over 0");
    assert_contains(refusal(state, "adam(beta_1=1.5)"), "beta_1 = 1.5, expected a number from 0 to 1");
    assert_true(read(state, "adam(beta_1=1)").beta_1 == 1);
    assert_contains(refusal(state, "adam(steps=0)"), "steps = 0, expected an integer of at least 1");
    assert_contains(refusal(state, "adam(clipnorm=0)"), "clipnorm = 0, expected a length over 0");
    assert_contains(refusal(state, "adam(shape=[1, 101])"), "integers, each from -1 to 100, or none");
}

static void an_unknown_argument_meets_the_nearest_known_one(void **state)
{
    const char *message = refusal(state, "adam(learning_rte=1)");
    assert_contains(message,
                    "optimizer adam: unknown argument 'learning_rte'; did you mean 'learning_rate'?");
    assert_contains(refusal_by(state, NULL, 0, "adam(x=1)"),
                    "optimizer adam: unknown argument 'x'; it takes none");
}

static void too_many_arguments_are_counted(void **state)
{
    assert_contains(refusal_by(state, needs_units, 1, "f(1, 2)"), "takes at most 1 argument, got 2");
}

static void an_argument_given_twice_is_refused(void **state)
{
    assert_contains(refusal(state, "adam(beta_1=.1, beta1=.2)"), "argument 'beta_1' is given twice");
    assert_contains(refusal(state, "adam(1, learning_rate=.2)"), "argument 'learning_rate' is given twice");
}

static void a_missing_argument_is_named(void **state)
{
    assert_string_equal(refusal_by(state, needs_units, 1, "dense"),
                        "optimizer adam: argument 'units' is missing, expected an integer from 1 to 9");
    assert_string_equal(
        refusal_by(state, needs_shape, 1, "conv1d"),
        "optimizer adam: argument 'shape' is missing, expected an integer or a list of integers");
}

static void only_a_name_can_have_arguments(void **state)
{
    assert_contains(refusal(state, "[1]"), "optimizer adam: got [1], expected a name");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, new_arena, free_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_bare_word_takes_every_default),
        TEST(arguments_come_by_place_and_by_name),
        TEST(names_agree_but_for_case_and_underscores),
        TEST(a_map_is_a_set_of_named_arguments),
        TEST(none_stands_where_it_may),
        TEST(a_word_is_none_only_where_that_is_its_default_or_a_choice),
        TEST(numbers_keep_their_types),
        TEST(booleans_are_true_false_one_and_zero),
        TEST(bounds_are_named),
        TEST(an_unknown_argument_meets_the_nearest_known_one),
        TEST(too_many_arguments_are_counted),
        TEST(an_argument_given_twice_is_refused),
        TEST(a_missing_argument_is_named),
        TEST(only_a_name_can_have_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
