/* Libraries that are loaded when they are first needed, and what is said of those that cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "data/libraries/library.h"

#if defined(__linux__)
#define MATHS "libm.so.6"
#elif defined(__APPLE__)
#define MATHS "libSystem.dylib"
#endif

#define SYMBOLS(X) X(strlen) X(memcmp)
#ifdef MATHS
#undef SYMBOLS
double floor(double x);
#define SYMBOLS(X) X(floor) X(strlen)
CN__LATER(SYMBOLS, MATHS)
#else
CN__LINKED(SYMBOLS)
#endif

static void functions_of_a_loaded_library_are_called(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) assert_int_equal(load(), CN_OK);
    assert_int_equal(lib.strlen("four"), 4);
#ifdef MATHS
    assert_true(lib.floor(2.5) == 2);
#endif
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    static const char *const names[] = {"strlen", "no_such_function", NULL};
    void *places[2] = {NULL};
    assert_int_equal(cn__library_load("libthere-is-none.so.7", names, places), CN_ERROR_FILE);
    assert_non_null(strstr(cn_error(), "libthere-is-none.so.7"));
    assert_null(places[0]);
#ifdef MATHS
    assert_int_equal(cn__library_load(MATHS, names, places), CN_ERROR_STATE);
    assert_string_equal(cn_error(), "library " MATHS " has no no_such_function: is it another version?");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_of_a_loaded_library_are_called),
        cmocka_unit_test(what_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
