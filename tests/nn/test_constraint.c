/* Constraints: weights before and after, by real Keras 3.6, and the axes they take. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/status.h"
#include "nn/constraints/constraint.h"

enum { SIZE = 24 };

/* As a matrix or as an array of three dimensions. */
static const size_t matrix[] = {6, 4}, box[] = {2, 3, 4};

static const struct {
    const char *constraint;
    int ndim;
    float after[SIZE];
} known[] = {
    {"max_norm(max_value=2, axis=0)",
     2,
     {-1.2247448f,  0.917662919f, 0, -0.769800365f, 1.2247448f,  0.458831459f, -0.384900182f,
      -1.15470052f, 0.816496551f, 0, -0.769800365f, 1.15470052f, 0.408248276f, -0.458831459f,
      -1.15470052f, 0.769800365f, 0, -0.917662919f, 1.15470052f, 0.384900182f, -0.408248276f,
      -1.37649441f, 0.769800365f, 0}},
    {"MaxNorm(1, axis=1)",
     2,
     {-0.727606893f, 0.485071272f, 0, -0.485071272f, 0.670820355f, 0.223606795f, -0.223606795f,
      -0.670820355f, 0.485071272f, 0, -0.485071272f, 0.727606893f, 0.258198857f, -0.258198857f,
      -0.774596572f, 0.516397715f, 0, -0.534522414f, 0.801783621f, 0.267261207f, -0.267261207f,
      -0.801783621f, 0.534522414f, 0}},
    {"max_norm(1, axis=[0, 1])",
     3,
     {-0.612372398f, 0.458831459f, 0, -0.384900182f, 0.612372398f, 0.22941573f,  -0.192450091f,
      -0.577350259f, 0.408248276f, 0, -0.384900182f, 0.577350259f, 0.204124138f, -0.22941573f,
      -0.577350259f, 0.384900182f, 0, -0.458831459f, 0.577350259f, 0.192450091f, -0.204124138f,
      -0.688247204f, 0.384900182f, 0}},
    {"max_norm(1, axis=[0, 2])",
     3,
     {-0.530330062f, 0.353553385f, 0, -0.353553385f, 0.51449579f,  0.171498597f, -0.171498597f,
      -0.51449579f,  0.35921061f,  0, -0.35921061f,  0.538815916f, 0.176776692f, -0.176776692f,
      -0.530330062f, 0.353553385f, 0, -0.342997193f, 0.51449579f,  0.171498597f, -0.179605305f,
      -0.538815916f, 0.35921061f,  0}},
    {"unit_norm",
     2,
     {-0.612372398f, 0.458831459f, 0, -0.384900182f, 0.612372398f, 0.22941573f,  -0.192450091f,
      -0.577350318f, 0.408248276f, 0, -0.384900182f, 0.577350318f, 0.204124138f, -0.22941573f,
      -0.577350318f, 0.384900182f, 0, -0.458831459f, 0.577350318f, 0.192450091f, -0.204124138f,
      -0.688247204f, 0.384900182f, 0}},
    {"UnitNorm(axis=-1)",
     3,
     {-0.727606893f, 0.485071272f, 0, -0.485071272f, 0.670820355f, 0.223606795f, -0.223606795f,
      -0.670820355f, 0.485071272f, 0, -0.485071272f, 0.727606893f, 0.258198857f, -0.258198857f,
      -0.774596572f, 0.516397715f, 0, -0.534522414f, 0.801783681f, 0.267261207f, -0.267261207f,
      -0.801783681f, 0.534522414f, 0}},
    {"min_max_norm(0.5, 1.5, rate=0.5)",
     2,
     {-1.2092793f,  0.844123602f, 0, -0.788675129f, 1.2092793f,  0.422061801f, -0.394337565f,
      -1.18301272f, 0.806186199f, 0, -0.788675129f, 1.18301272f, 0.4030931f,   -0.422061801f,
      -1.18301272f, 0.788675129f, 0, -0.844123602f, 1.18301272f, 0.394337565f, -0.4030931f,
      -1.2661854f,  0.788675129f, 0}},
    {"min_max_norm(3, 4)",
     2,
     {-1.8371172f,  1.37649441f, 0, -1.15470064f, 1.8371172f, 0.688247204f, -0.577350318f,
      -1.7320509f,  1.2247448f,  0, -1.15470064f, 1.7320509f, 0.612372398f, -0.688247204f,
      -1.7320509f,  1.15470064f, 0, -1.37649441f, 1.7320509f, 0.577350318f, -0.612372398f,
      -2.06474161f, 1.15470064f, 0}},
    {"non_neg", 2, {-0,   1,  0,  -0, 1.5f, 0.5f, -0,   -0,   1,  0,  -0, 1.5f,
                    0.5f, -0, -0, 1,  0,    -0,   1.5f, 0.5f, -0, -0, 1,  0}},
};

static float before(int i) { return (float)(i * 5 % 7 - 3) * 0.5f; }

static cn_status parse(cn__arena *arena, const char *text, cn__constraint *out)
{
    cn__value *value = cn__arena_alloc(arena, sizeof *value);
    assert_non_null(value);
    assert_int_equal(cn__value_parse(arena, text, value), CN_OK);
    return cn__constraint_parse(arena, value, out);
}

static cn__constraint parsed(cn__arena *arena, const char *text)
{
    cn__constraint c;
    if (parse(arena, text, &c) != CN_OK) fail_msg("%s: %s", text, cn_error());
    return c;
}

static void weights_become_those_of_keras(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        cn__arena arena = {0};
        cn__constraint c = parsed(&arena, known[k].constraint);
        float w[SIZE];
        for (int i = 0; i < SIZE; i++) w[i] = before(i);
        assert_int_equal(cn__constraint_check(&c, known[k].ndim, "kernel"), CN_OK);
        cn__constraint_apply(&c, known[k].ndim, known[k].ndim == 2 ? matrix : box, w);
        for (int i = 0; i < SIZE; i++)
            if (!(fabsf(w[i] - known[k].after[i]) <= 1e-6f))
                fail_msg("%s, element %d: %.9g, Keras has %.9g", known[k].constraint, i, (double)w[i],
                         (double)known[k].after[i]);
        cn__arena_free(&arena);
    }
}

/* More columns than are walked side by side, and a last block that is not full. */
static void every_column_of_a_wide_matrix_is_reached(void **state)
{
    (void)state;
    enum { ROWS = 3, COLS = 150 };
    cn__arena arena = {0};
    cn__constraint c = parsed(&arena, "unit_norm");
    float w[ROWS * COLS + 1];
    for (int i = 0; i < ROWS * COLS + 1; i++) w[i] = (float)(i % 13 + 1);
    cn__constraint_apply(&c, 2, (size_t[]){ROWS, COLS}, w);
    for (int j = 0; j < COLS; j++) {
        double squares = 0;
        for (int i = 0; i < ROWS; i++) squares += pow(w[i * COLS + j], 2);
        assert_true(fabs(squares - 1) < 1e-5);
    }
    assert_true(w[ROWS * COLS] == (float)(ROWS * COLS % 13 + 1));
    cn__arena_free(&arena);
}

static void no_axis_means_all_of_them(void **state)
{
    (void)state;
    cn__arena arena = {0};
    cn__constraint c = parsed(&arena, "max_norm(1, axis=none)");
    float w[SIZE];
    double squares = 0;
    for (int i = 0; i < SIZE; i++) w[i] = before(i);
    cn__constraint_apply(&c, 3, box, w);
    for (int i = 0; i < SIZE; i++) squares += pow(w[i], 2);
    assert_true(fabs(squares - 1) < 1e-5);
    cn__arena_free(&arena);
}

static void zeros_and_no_constraint_change_nothing(void **state)
{
    (void)state;
    cn__arena arena = {0};
    float w[SIZE] = {0}, zero[SIZE] = {0};
    for (const cn__kind *const *kind = cn__constraints.kinds; *kind; kind++) {
        cn__constraint c = parsed(&arena, (*kind)->name);
        cn__constraint_apply(&c, 2, matrix, w);
        assert_memory_equal(w, zero, sizeof w);
    }
    cn__constraint none = parsed(&arena, "none");
    for (int i = 0; i < SIZE; i++) w[i] = before(i);
    cn__constraint_apply(&none, 2, matrix, w);
    for (int i = 0; i < SIZE; i++) assert_true(w[i] == before(i));
    assert_int_equal(cn__constraint_check(&none, 2, "kernel"), CN_OK);
    cn__arena_free(&arena);
}

static void axes_that_are_not_there_are_refused(void **state)
{
    (void)state;
    cn__arena arena = {0};
    cn__constraint c = parsed(&arena, "max_norm(2, axis=1)");
    assert_int_equal(cn__constraint_check(&c, 2, "dense kernel"), CN_OK);
    assert_int_equal(cn__constraint_check(&c, 1, "dense bias"), CN_ERROR_SHAPE);
    assert_non_null(strstr(cn_error(), "dense bias"));
    assert_non_null(strstr(cn_error(), "axis 1"));
    c = parsed(&arena, "unit_norm(axis=[0, -3])");
    assert_int_equal(cn__constraint_check(&c, 2, "kernel"), CN_ERROR_SHAPE);
    assert_int_equal(cn__constraint_check(&c, 3, "kernel"), CN_OK);
    cn__arena_free(&arena);
}

static void refused(const char *text, const char *word)
{
    cn__arena arena = {0};
    cn__constraint c;
    assert_int_equal(parse(&arena, text, &c), CN_ERROR_ARGUMENT);
    if (!strstr(cn_error(), word)) fail_msg("%s: the message lacks '%s': %s", text, word, cn_error());
    cn__arena_free(&arena);
}

static void what_cannot_be_is_refused_by_name(void **state)
{
    (void)state;
    refused("max_nrm", "max_norm");
    refused("max_norm(-1)", "max_value");
    refused("min_max_norm(rate=2)", "rate");
    refused("non_neg(1)", "non_neg");
    refused("2", "2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_become_those_of_keras),
        cmocka_unit_test(every_column_of_a_wide_matrix_is_reached),
        cmocka_unit_test(no_axis_means_all_of_them),
        cmocka_unit_test(zeros_and_no_constraint_change_nothing),
        cmocka_unit_test(axes_that_are_not_there_are_refused),
        cmocka_unit_test(what_cannot_be_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
