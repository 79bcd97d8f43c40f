/* The version is said alike by the header's numbers, its text and the library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/cornu.h"

static void numbers_text_and_library_agree(void **state)
{
    (void)state;
    char text[40];
    snprintf(text, sizeof text, "%d.%d.%d", CN_VERSION_MAJOR, CN_VERSION_MINOR, CN_VERSION_PATCH);
    assert_string_equal(text, CN_VERSION);
    assert_string_equal(text, cn_version());
    assert_int_equal(CN_VERSION_NUMBER, CN_VERSION_MAJOR * 10000 + CN_VERSION_MINOR * 100 + CN_VERSION_PATCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_text_and_library_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
