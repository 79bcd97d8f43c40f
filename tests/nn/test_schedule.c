/* Learning-rate schedules: numbers of real Keras 3.6, and what is refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/status.h"
#include "nn/schedules/schedule.h"

enum { POINTS = 8 };

static const struct {
    const char *schedule;
    int64_t step[POINTS];
    double rate[POINTS];
} known[] = {
    {"ExponentialDecay(initial_learning_rate=0.1, decay_steps=10, decay_rate=0.5)",
     {0, 1, 5, 9, 10, 11, 25, 30},
     {0.100000001, 0.0933033004, 0.0707106814, 0.0535886772, 0.0500000007, 0.0466516502, 0.0176776703,
      0.0125000002}},
    {"exponential_decay(0.1, 10, 0.5, staircase=true)",
     {0, 1, 5, 9, 10, 11, 25, 30},
     {0.100000001, 0.100000001, 0.100000001, 0.100000001, 0.0500000007, 0.0500000007, 0.0250000004,
      0.0125000002}},
    {"InverseTimeDecay(0.1, 10, 0.5)",
     {0, 1, 5, 9, 10, 11, 25, 30},
     {0.100000001, 0.0952381045, 0.0799999982, 0.068965517, 0.0666666701, 0.0645161346, 0.0444444455,
      0.0399999991}},
    {"InverseTimeDecay(0.1, 10, 0.5, true)",
     {0, 1, 5, 9, 10, 11, 25, 30},
     {0.100000001, 0.100000001, 0.100000001, 0.100000001, 0.0666666701, 0.0666666701, 0.0500000007,
      0.0399999991}},
    {"PiecewiseConstantDecay(boundaries=[5, 10], values=[0.1, 0.05, 0.01])",
     {0, 1, 5, 9, 10, 11, 25, 30},
     {0.100000001, 0.100000001, 0.100000001, 0.0500000007, 0.0500000007, 0.00999999978, 0.00999999978,
      0.00999999978}},
    {"PiecewiseConstantDecay([10], [0.1, 0.05])",
     {0, 1, 5, 9, 10, 11, 25, 30},
     {0.100000001, 0.100000001, 0.100000001, 0.100000001, 0.100000001, 0.0500000007, 0.0500000007,
      0.0500000007}},
    {"PolynomialDecay(0.1, 10)",
     {0, 1, 5, 9, 10, 11, 25, 30},
     {0.100000001, 0.0900100023, 0.0500500016, 0.0100900019, 9.99999975e-05, 9.99999975e-05, 9.99999975e-05,
      9.99999975e-05}},
    {"PolynomialDecay(0.1, 10, end_learning_rate=0.01, power=2)",
     {0, 1, 5, 9, 10, 11, 25, 30},
     {0.100000001, 0.0828999951, 0.0324999988, 0.0109000001, 0.00999999978, 0.00999999978, 0.00999999978,
      0.00999999978}},
    {"PolynomialDecay(0.1, 10, 0.01, 0.5, cycle=true)",
     {0, 1, 5, 9, 10, 11, 25, 30},
     {0.100000001, 0.0953814983, 0.0736396089, 0.0384605005, 0.00999999978, 0.0703738332, 0.0467423499,
      0.00999999978}},
    {"CosineDecay(0.1, 10)",
     {0, 1, 5, 9, 10, 11, 25, 30},
     {0.100000001, 0.0975528285, 0.049999997, 0.00244717603, 0, 0, 0, 0}},
    {"CosineDecay(0.1, 20, alpha=0.1)",
     {0, 1, 5, 9, 10, 11, 25, 30},
     {0.100000001, 0.0994459763, 0.0868198127, 0.0620395541, 0.054999996, 0.0479604453, 0.0100000007,
      0.0100000007}},
    {"CosineDecay(0.01, 20, alpha=0.1, warmup_target=0.1, warmup_steps=5)",
     {0, 1, 5, 9, 10, 11, 25, 30},
     {0.00999999978, 0.0280000009, 0.100000001, 0.0914057642, 0.0868198127, 0.0814503357, 0.0100000007,
      0.0100000007}},
    {"CosineDecayRestarts(0.1, 10)",
     {0, 3, 9, 10, 15, 29, 30, 31},
     {0.100000001, 0.0793892667, 0.00244717603, 0.100000001, 0.0853553414, 0.00061558187, 0.100000001,
      0.0998458713}},
    {"CosineDecayRestarts(0.1, 10, t_mul=1, m_mul=0.5, alpha=0.1)",
     {0, 3, 9, 10, 15, 29, 30, 31},
     {0.100000001, 0.0814503357, 0.0122024585, 0.0550000034, 0.0324999988, 0.0105506135, 0.0212500002,
      0.0209746938}},
    {"CosineDecayRestarts(0.1, 10, t_mul=1.5, m_mul=0.9)",
     {0, 3, 9, 10, 15, 29, 30, 31},
     {0.100000001, 0.0793892667, 0.00244717603, 0.0899999961, 0.0674999952, 0.0748459399, 0.0715247914,
      0.0675997883}},
};

static cn_status parse(cn__arena *arena, const char *text, const cn__schedule **out)
{
    cn__value *value = cn__arena_alloc(arena, sizeof *value);
    assert_non_null(value);
    assert_int_equal(cn__value_parse(arena, text, value), CN_OK);
    return cn__schedule_parse(arena, value, out);
}

static const cn__schedule *parsed(cn__arena *arena, const char *text)
{
    const cn__schedule *schedule = NULL;
    if (parse(arena, text, &schedule) != CN_OK) fail_msg("%s: %s", text, cn_error());
    return schedule;
}

/* Keras computes in float32, and so do its printed numbers. */
static void rates_are_those_of_keras(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        cn__arena arena = {0};
        const cn__schedule *schedule = parsed(&arena, known[k].schedule);
        for (int i = 0; i < POINTS; i++) {
            double rate = cn__schedule_at(schedule, known[k].step[i]);
            if (!(fabs(rate - known[k].rate[i]) <= 1e-7 + 2e-6 * known[k].rate[i]))
                fail_msg("%s, step %d: %.9g, Keras has %.9g", known[k].schedule, (int)known[k].step[i], rate,
                         known[k].rate[i]);
        }
        cn__arena_free(&arena);
    }
}

/* Step n of a restart is the first of the new period, however the logarithms round. */
static void restarts_come_exactly_where_the_periods_end(void **state)
{
    (void)state;
    const int growth[] = {2, 3, 5, 10};
    for (size_t g = 0; g < sizeof growth / sizeof *growth; g++) {
        cn__arena arena = {0};
        const char *text = cn__arena_format(&arena, "CosineDecayRestarts(1, 7, t_mul=%d)", growth[g]);
        const cn__schedule *schedule = parsed(&arena, text);
        int64_t begin = 0, length = 7;
        for (int i = 0; i < 8; i++, begin += length, length *= growth[g]) {
            assert_true(fabs(cn__schedule_at(schedule, begin) - 1) <= 1e-12);
            if (begin > 0) assert_true(cn__schedule_at(schedule, begin - 1) < 0.1);
        }
        cn__arena_free(&arena);
    }
}

static void shrinking_restarts_come_to_an_end(void **state)
{
    (void)state;
    cn__arena arena = {0};
    const cn__schedule *schedule = parsed(&arena, "CosineDecayRestarts(1, 8, t_mul=0.5, alpha=0.25)");
    assert_true(fabs(cn__schedule_at(schedule, 8) - 1) <= 1e-12);
    assert_true(fabs(cn__schedule_at(schedule, 12) - 1) <= 1e-12);
    assert_true(fabs(cn__schedule_at(schedule, 16) - 0.25) <= 1e-12);
    assert_true(fabs(cn__schedule_at(schedule, 1000) - 0.25) <= 1e-12);
    cn__arena_free(&arena);
}

static void every_name_is_a_schedule(void **state)
{
    (void)state;
    int count = 0;
    for (const cn__kind *const *kind = cn__schedules.kinds; *kind; kind++, count++) {
        cn__arena arena = {0};
        bool pieces = strstr((*kind)->name, "Piecewise");
        const cn__schedule *schedule =
            parsed(&arena, cn__arena_format(&arena,
                                            pieces ? "%s([3], [1, 2])"
                                            : strstr((*kind)->name, "Exp") || strstr((*kind)->name, "Inv")
                                                ? "%s(1, 3, 0.5)"
                                                : "%s(1, 3)",
                                            (*kind)->name));
        assert_true(fabs(cn__schedule_at(schedule, 0) - 1) <= 1e-12);
        cn__arena_free(&arena);
    }
    assert_int_equal(count, 6);
}

static void refused(const char *text, const char *word)
{
    cn__arena arena = {0};
    const cn__schedule *schedule;
    assert_int_equal(parse(&arena, text, &schedule), CN_ERROR_ARGUMENT);
    if (!strstr(cn_error(), word)) fail_msg("%s: the message lacks '%s': %s", text, word, cn_error());
    cn__arena_free(&arena);
}

static void what_cannot_be_is_refused_by_name(void **state)
{
    (void)state;
    refused("CosinDecay(1, 2)", "CosineDecay");
    refused("CosineDecay(1)", "decay_steps");
    refused("ExponentialDecay(1, 0, 0.5)", "decay_steps");
    refused("CosineDecayRestarts(1, -3)", "first_decay_steps");
    refused("PiecewiseConstantDecay([1, 2], [1, 2])", "one value more");
    refused("PiecewiseConstantDecay([], [1])", "at least one boundary");
    refused("PiecewiseConstantDecay([2, 1], [1, 2, 3])", "ascend");
    refused("[1, 2]", "[1, 2]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_those_of_keras),
        cmocka_unit_test(restarts_come_exactly_where_the_periods_end),
        cmocka_unit_test(shrinking_restarts_come_to_an_end),
        cmocka_unit_test(every_name_is_a_schedule),
        cmocka_unit_test(what_cannot_be_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
