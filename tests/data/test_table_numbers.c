/* Numbers in the cells of tables: the double that is nearest to the text, as strtod finds it; money, percent and groups of thousands; and
 * what is no number. */
#include <math.h>

#include "data/table/steps.h"
#include "support.h"

static const cn__layout points = {.separator = ',', .quote = '"', .decimal = '.'},
                        commas = {.separator = ';', .quote = '"', .decimal = ','};

static bool number(const cn__layout *l, const char *text, double *out, cn__facts *facts)
{
    const size_t size = strlen(text);
    char *exact = malloc(size + !size); /* nothing behind its end is looked at */
    assert_non_null(exact);
    memcpy(exact, text, size);
    const cn__cell cell = {.at = exact, .size = size};
    const bool is = cn__cell_number(l, &cell, out, facts);
    free(exact);
    return is;
}

static void is_number(const cn__layout *l, const char *text, double expected)
{
    double found = NAN;
    cn__facts facts = {0};
    if (!number(l, text, &found, &facts)) fail_msg("'%s' is no number", text);
    if (memcmp(&found, &expected, sizeof found) != 0)
        fail_msg("'%s' is %.17g, expected %.17g", text, found, expected);
}

static void each_form_of_a_number_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } rows[] = {
        {"0", 0},
        {"-0", -0.0},
        {"+7", 7},
        {"007", 7},
        {".5", 0.5},
        {"5.", 5},
        {"-.5", -0.5},
        {"1e3", 1000},
        {"1E+3", 1000},
        {"1e-3", 1e-3},
        {"1e22", 1e22},
        {"1e23", 1e23},
        {"1e-22", 1e-22},
        {"1e-23", 1e-23},
        {"1e308", 1e308},
        {"5e-324", 5e-324},
        {"1e-400", 0},
        {"0e999999", 0},
        {"1,234", 1234},
        {"1,234,567.5", 1234567.5},
        {"-1,234", -1234},
        {"$1,234.50", 1234.5},
        {"$ 3", 3},
        {"-$2", -2},
        {"$-2", -2},
        {"3$", 3},
        {"\xe2\x82\xac 7", 7},
        {"7 \xe2\x82\xac", 7},
        {"\xc2\xa3"
         "5",
         5},
        {"\xc2\xa5"
         "5",
         5},
        {"\xe2\x82\xb9"
         "5",
         5},
        {"12%", 12},
        {"12 %", 12},
        {"9007199254740993", 9007199254740993.0},
        {"12345678901234567890123", 12345678901234567890123.0},
        {"0.12345678901234567890123", 0.12345678901234567890123},
        {"100000000000000000000000000000000000000000000000000", 1e50},
        {"0.000000000000000000000000000000000000000000000000001", 1e-51},
        {"123456789012345678901234567890.5", 123456789012345678901234567890.5},
        {"1,000,000,000,000,000,000,000,000", 1e24},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) is_number(&points, rows[i].text, rows[i].value);
    is_number(&commas, "1,5", 1.5);
    is_number(&commas, "-0,25", -0.25);
    is_number(&commas, "12345678901234567890123,5", 12345678901234567890123.5);
    is_number(&commas, "1,5e2", 150);
}

static void what_is_no_number_is_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "-",
                                        "+",
                                        ".",
                                        "e5",
                                        "1e",
                                        "1e+",
                                        "1e5x",
                                        "1x",
                                        "x1",
                                        "1 2",
                                        "--1",
                                        "+-1",
                                        "1.2.3",
                                        "0x10",
                                        "inf",
                                        "nan",
                                        "1,23",
                                        "1,2345",
                                        "1,234,5",
                                        ",123",
                                        "1,,234",
                                        "1,234,",
                                        "1.5,000",
                                        "$",
                                        "%",
                                        "$-",
                                        "-$-2",
                                        "1e999",
                                        "1e99999999999",
                                        "\xe2\x82\xac",
                                        "1,2.5",
                                        "1,abc",
                                        "1,23a",
                                        "1,2"};
    double v;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cn__facts facts = {0};
        if (number(&points, texts[i], &v, &facts)) fail_msg("'%s' is %g", texts[i], v);
    }
    /* signs and groups where they were not asked for */
    static const char *const bare[] = {"$1", "1%", "1,234", "1 "};
    for (size_t i = 0; i < sizeof bare / sizeof *bare; i++)
        if (number(&points, bare[i], &v, NULL)) fail_msg("'%s' is %g", bare[i], v);
    char *digits = malloc(600);
    memset(digits, '9', 599), digits[599] = '\0';
    assert_false(number(&points, digits, &v, NULL)); /* too long to be meant as one, and infinite */
    free(digits);
}

static void facts_say_what_was_passed_over(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool money, percent, thousands, leading_zero;
    } rows[] = {{"1", 0, 0, 0, 0},     {"$1", 1, 0, 0, 0}, {"1%", 0, 1, 0, 0},
                {"1,234", 0, 0, 1, 0}, {"01", 0, 0, 0, 1}, {"0.1", 0, 0, 0, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cn__facts f = {0};
        double v;
        assert_true(number(&points, rows[i].text, &v, &f));
        if (f.money != rows[i].money || f.percent != rows[i].percent || f.thousands != rows[i].thousands ||
            f.leading_zero != rows[i].leading_zero)
            fail_msg("%s", rows[i].text);
    }
}

static void random_numbers_are_those_of_strtod(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        size_t n = 0;
        random = random * 6364136223846793005u + 1442695040888963407u;
        const int before = (int)(random >> 60) + 1, after = (int)(random >> 56 & 15),
                  exponent = (int)(random >> 40 & 1023) - 512;
        uint64_t digits = random;
        for (int k = 0; k < before + after; k++) {
            if (k == before) text[n++] = '.';
            digits = digits * 6364136223846793005u + 1442695040888963407u;
            text[n++] = (char)('0' + (digits >> 33) % 10);
        }
        text[n] = '\0';
        if (i % 3 == 0) snprintf(text + n, sizeof text - n, "e%d", i % 2 ? exponent : exponent / 16);
        double found = NAN;
        const double expected = strtod(text, NULL);
        const bool is = number(&points, text, &found, NULL);
        if (is != (bool)isfinite(expected) || (is && memcmp(&found, &expected, sizeof found) != 0))
            fail_msg("'%s' is %.17g, expected %.17g", text, found, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_of_a_number_is_read),
        cmocka_unit_test(what_is_no_number_is_none),
        cmocka_unit_test(facts_say_what_was_passed_over),
        cmocka_unit_test(random_numbers_are_those_of_strtod),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave);
}
