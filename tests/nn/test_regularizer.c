/* Regularisers by name, with Keras's defaults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/status.h"
#include "nn/regularizers/regularizer.h"

static cn_status parse(cn__arena *arena, const char *text, cn__regularizer *out)
{
    cn__value *value = cn__arena_alloc(arena, sizeof *value);
    assert_non_null(value);
    assert_int_equal(cn__value_parse(arena, text, value), CN_OK);
    return cn__regularizer_parse(arena, value, out);
}

static void strengths_are_read_and_have_the_defaults_of_keras(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double l1, l2;
    } known[] = {{"l2(1e-4)", 0, 1e-4},
                 {"l2", 0, 0.01},
                 {"L2(l2=0.5)", 0, 0.5},
                 {"l2(none)", 0, 0.01},
                 {"l1", 0.01, 0},
                 {"L1(0.25)", 0.25, 0},
                 {"L1L2", 0, 0},
                 {"l1_l2", 0, 0},
                 {"L1L2(l1=1e-5, l2=1e-4)", 1e-5, 1e-4},
                 {"l1_l2(l2=0.125)", 0, 0.125},
                 {"none", 0, 0}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        cn__arena arena = {0};
        cn__regularizer r;
        if (parse(&arena, known[i].text, &r) != CN_OK) fail_msg("%s: %s", known[i].text, cn_error());
        assert_true(r.l1 == known[i].l1 && r.l2 == known[i].l2);
        cn__arena_free(&arena);
    }
}

static void no_value_is_no_regulariser(void **state)
{
    (void)state;
    cn__arena arena = {0};
    cn__regularizer r = {.l1 = 5, .l2 = 5};
    assert_int_equal(cn__regularizer_parse(&arena, NULL, &r), CN_OK);
    assert_true(r.l1 == 0 && r.l2 == 0);
    cn__arena_free(&arena);
}

static void refused(const char *text, const char *word)
{
    cn__arena arena = {0};
    cn__regularizer r;
    assert_int_equal(parse(&arena, text, &r), CN_ERROR_ARGUMENT);
    if (!strstr(cn_error(), word)) fail_msg("%s: the message lacks '%s': %s", text, word, cn_error());
    cn__arena_free(&arena);
}

static void what_cannot_be_is_refused_by_name(void **state)
{
    (void)state;
    refused("l3(0.1)", "l2");
    refused("l2(-0.1)", "-0.1");
    refused("l2(l1=0.1)", "l1");
    refused("l2(inf)", "inf");
    refused("0.01", "0.01");
    for (const cn__kind *const *kind = cn__regularizers.kinds; *kind; kind++) refused("l4", (*kind)->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strengths_are_read_and_have_the_defaults_of_keras),
        cmocka_unit_test(no_value_is_no_regulariser),
        cmocka_unit_test(what_cannot_be_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
