/* Round numbers on axes, numbers as text, bins of a histogram. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "figure/figure.h"
#include "figure/ticks.h"

static void assert_texts(const cn__ticks *ticks, const char *expected)
{
    char joined[512] = "";
    for (size_t i = 0; i < ticks->count; i++) {
        strcat(joined, i ? " " : "");
        strcat(joined, ticks->text[i]);
    }
    assert_string_equal(joined, expected);
}

/* The number that a tick's text shows. */
static double shown(const char *text)
{
    char plain[64] = "";
    double sign = 1, power = 0;
    size_t n = 0;
    if (strncmp(text, "\u2212", 3) == 0) sign = -1, text += 3;
    const char *times = strstr(text, "\u00d710");
    for (const char *p = text; *p && p != times; p++) {
        if (strncmp(p, "\u2009", 3) == 0) p += 2; /* a thin space between thousands */
        else plain[n++] = *p;
    }
    if (times) {
        static const char *const digits[] = {"\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074",
                                             "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
        double power_sign = 1;
        for (const char *p = times + 4; *p;) {
            if (strncmp(p, "\u207b", 3) == 0) power_sign = -1, p += 3;
            for (int d = 0; d < 10; d++)
                if (strncmp(p, digits[d], strlen(digits[d])) == 0) {
                    power = 10 * power + d;
                    p += strlen(digits[d]);
                    break;
                }
        }
        power *= power_sign;
    }
    return sign * atof(plain) * pow(10, power);
}

static void assert_powers(double low, double high, size_t most, const char *expected)
{
    cn__ticks ticks;
    cn__ticks_log(low, high, most, &ticks);
    assert_texts(&ticks, expected);
    assert_true(ticks.at[0] <= low * (1 + 1e-9) && ticks.at[ticks.count - 1] >= high * (1 - 1e-9));
}

static void a_log_axis_has_powers_of_ten(void **state)
{
    (void)state;
    assert_powers(326, 18823, 7, "200 500 1000 2000 5000 10\u2009000 20\u2009000");
    assert_powers(1, 10, 7, "1 2 5 10");
    assert_powers(0.03, 700, 7, "0.01 0.1 1 10 100 1000");
    assert_powers(
        3e-9, 2e8, 7,
        "1\u00d710\u207b\u2079 1\u00d710\u207b\u2076 0.001 1 1000 1\u2009000\u2009000 1\u00d710\u2079");
    assert_powers(5, 5.001, 7, "5 10");
    assert_powers(2, 900, 2, "1 1000");
}

static void assert_sound(const cn__ticks *ticks, size_t most, bool integer)
{
    assert_in_range(ticks->count, 1, most);
    for (size_t i = 0; i < ticks->count; i++) {
        double size = fmax(fabs(ticks->at[0]), fabs(ticks->at[ticks->count - 1]));
        assert_true(fabs(shown(ticks->text[i]) - ticks->at[i]) <= 1e-9 * size);
        if (i) assert_true(ticks->at[i] > ticks->at[i - 1]);
        if (i) assert_string_not_equal(ticks->text[i], ticks->text[i - 1]);
        if (integer) assert_true(ticks->at[i] == floor(ticks->at[i]));
    }
}

static void ticks_around_are_round_and_hold_the_data(void **state)
{
    (void)state;
    cn__ticks ticks;
    cn__ticks_around(0, 1, 7, false, &ticks);
    assert_texts(&ticks, "0.0 0.2 0.4 0.6 0.8 1.0");
    cn__ticks_around(0.8826, 0.9198, 7, false, &ticks);
    assert_texts(&ticks, "0.88 0.89 0.90 0.91 0.92");
    cn__ticks_around(-3.2, 4.9, 7, false, &ticks);
    assert_texts(&ticks, "\u22124 \u22122 0 2 4 6");
    cn__ticks_around(0, 407050, 5, false, &ticks);
    assert_texts(&ticks, "0 200\u2009000 400\u2009000 600\u2009000");
    cn__ticks_around(0, 2.4e12, 7, false, &ticks);
    assert_texts(&ticks,
                 "0 0.5\u00d710\u00b9\u00b2 1.0\u00d710\u00b9\u00b2 1.5\u00d710\u00b9\u00b2 2.0\u00d710\u00b9"
                 "\u00b2 2.5\u00d710\u00b9\u00b2");
}

static void epochs_have_whole_ticks_from_the_first_one_on(void **state)
{
    (void)state;
    cn__ticks ticks;
    cn__ticks_within(1, 5, 7, true, &ticks);
    assert_texts(&ticks, "1 2 3 4 5");
    cn__ticks_within(1, 15, 7, true, &ticks);
    assert_texts(&ticks, "1 5 10 15");
    cn__ticks_within(1, 10, 7, true, &ticks);
    assert_texts(&ticks, "2 4 6 8 10");
    cn__ticks_within(1, 30, 7, true, &ticks);
    assert_texts(&ticks, "1 5 10 15 20 25 30");
    cn__ticks_within(1, 30, 3, true, &ticks);
    assert_texts(&ticks, "10 20 30");
    for (int epochs = 1; epochs <= 400; epochs++)
        for (size_t most = 1; most <= CN_MAX_TICKS; most++) {
            cn__ticks_within(1, epochs, most, true, &ticks);
            assert_sound(&ticks, most, true);
            assert_true(ticks.at[0] >= 1 && ticks.at[ticks.count - 1] <= epochs);
        }
}

/* Any range: the numbers are few, differ in their texts, and enclose or keep within the range. */
static void any_range_has_sound_ticks(void **state)
{
    (void)state;
    uint32_t random = 1;
    cn__ticks ticks;
    for (int n = 0; n < 20000; n++) {
        double parts[3];
        for (int i = 0; i < 3; i++)
            random = random * 1664525u + 1013904223u, parts[i] = (double)(random >> 8) / (1 << 24);
        double low = (parts[0] - 0.5) * pow(10, floor(24 * parts[1]) - 12);
        double high = low + fabs(low) * pow(10, -6 * parts[2]) + 1e-14;
        size_t most = 2 + (size_t)n % 6;
        bool integer = n % 5 == 0;
        cn__ticks_around(low, high, most, integer, &ticks);
        assert_sound(&ticks, most, integer);
        assert_true(ticks.count >= 2);
        double slack = 1e-8 * (ticks.at[1] - ticks.at[0]);
        assert_true(ticks.at[0] <= low + slack && ticks.at[ticks.count - 1] >= high - slack);
        if (integer) continue;
        cn__ticks_within(low, high, most, false, &ticks);
        assert_sound(&ticks, most, false);
        assert_true(ticks.at[0] >= low - slack && ticks.at[ticks.count - 1] <= high + slack);
    }
}

static void equal_ends_get_a_range(void **state)
{
    (void)state;
    static const double values[] = {0, 1, 0.1076, 2.3026, -5, 1e99, -1e-12, 1e-250, 5e-324, 60000};
    cn__ticks ticks;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        for (int integer = 0; integer < 2; integer++) {
            double v = values[i];
            cn__ticks_around(v, v, 7, integer, &ticks);
            assert_in_range(ticks.count, 2, 7);
            assert_true(ticks.at[0] <= v && ticks.at[ticks.count - 1] >= v &&
                        ticks.at[0] < ticks.at[ticks.count - 1]);
        }
    cn__ticks_around(0.1076, 0.1076, 7, false, &ticks);
    assert_texts(&ticks, "0.102 0.104 0.106 0.108 0.110 0.112 0.114");
    cn__ticks_within(3, 3, 7, true, &ticks);
    assert_texts(&ticks, "3");
}

static void numbers_are_written_for_people(void **state)
{
    (void)state;
    static const struct {
        double value;
        int decimals;
        const char *text;
    } cases[] = {
        {0.9184, 3, "0.918"},
        {0, 3, "0.000"},
        {-0.0, 2, "0.00"},
        {-0.0004, 2, "\u22124\u00d710\u207b\u2074"},
        {0.0004, 3, "4\u00d710\u207b\u2074"},
        {0.0006, 3, "0.001"},
        {-3, 0, "\u22123"},
        {1135, 0, "1135"},
        {10000, 0, "10\u2009000"},
        {407050, 0, "407\u2009050"},
        {-1234567.891, 1, "\u22121\u2009234\u2009567.9"},
        {999999999.9, 1, "999\u2009999\u2009999.9"},
        {1e12, 3, "1.00\u00d710\u00b9\u00b2"},
        {9.999e11, 2, "1.00\u00d710\u00b9\u00b2"},
        {2e-310, 3, "2\u00d710\u207b\u00b3\u00b9\u2070"},
        {NAN, 3, "NaN"},
        {INFINITY, 3, "\u221e"},
        {-INFINITY, 3, "\u2212\u221e"},
    };
    char text[64];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(cn__number_text(cases[i].value, cases[i].decimals, text, sizeof text),
                            cases[i].text);
    char small[5];
    cn__number_text(407050, 0, small, sizeof small);
    assert_true(strlen(small) < sizeof small);
}

static void a_histogram_counts_every_number_once(void **state)
{
    (void)state;
    double values[1003], edges[11], counts[10], sum = 0;
    for (int i = 0; i < 1000; i++) values[i] = i / 999.0;
    values[1000] = NAN, values[1001] = INFINITY, values[1002] = -INFINITY;
    cn__histogram_count(values, 1003, 10, edges, counts);
    for (int b = 0; b < 10; b++) {
        sum += counts[b];
        assert_true(edges[b] < edges[b + 1]);
        assert_true(counts[b] == 100);
    }
    assert_true(sum == 1000 && edges[0] == 0 && edges[10] == 1);
    const double equal[] = {7, 7, 7};
    cn__histogram_count(equal, 3, 2, edges, counts);
    assert_true(edges[0] < 7 && edges[2] > 7 && counts[0] + counts[1] == 3);
    cn__histogram_count(NULL, 0, 2, edges, counts);
    assert_true(edges[0] < edges[1] && counts[0] == 0 && counts[1] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_around_are_round_and_hold_the_data),
        cmocka_unit_test(epochs_have_whole_ticks_from_the_first_one_on),
        cmocka_unit_test(any_range_has_sound_ticks),
        cmocka_unit_test(equal_ends_get_a_range),
        cmocka_unit_test(numbers_are_written_for_people),
        cmocka_unit_test(a_log_axis_has_powers_of_ten),
        cmocka_unit_test(a_histogram_counts_every_number_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
