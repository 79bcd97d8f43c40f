/* The two halves of a fingerprint against what Python's xxhash.xxh64 gives for both seeds, around the stripe's size. */
#include "support.h"

static void fingerprints_are_xxh64_with_two_seeds(void **state)
{
    (void)state;
    enum { MOST = 1000003 };
    static const struct {
        size_t size;
        const char *name;
    } cases[] = {
        {0, "ef46db3751d8e999e312aa49b54965f3"},   {1, "e934a84adb05276856e0f5cd5ee478b9"},
        {3, "e38ecea27964f1a0ef7aeabb600e269b"},   {4, "4d0a1255b7392f55b9f0940b8637586e"},
        {7, "ab23d8eaba8b0fd05097253457b56860"},   {8, "9a5ddfc2b2e1e5486d89b9d0c6257d0d"},
        {12, "bcd0aaed72ace5a3166c60cbc234ba39"},  {31, "e8df519c2fb8324fc12b8f7c20482092"},
        {32, "cb551105a121209c83f1d289cac9b7a4"},  {33, "0849915d50be2c9b65be7bd6ef26fed2"},
        {63, "7e3fc8eb6f5437c152716660a46ba4bd"},  {64, "d4b1c50ec3c66ce85a736bbab3506c3c"},
        {257, "3ef18b8794d5a56eaa72833dc92e37bc"}, {MOST, "2f30e7995378a9e4d0fc4fc2edadc7c3"},
    };
    unsigned char *bytes = malloc(MOST);
    assert_non_null(bytes);
    for (size_t i = 0; i < MOST; i++) bytes[i] = (unsigned char)(i * i + i / 7);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[33];
        unsigned char *copy = exact_copy(bytes, cases[i].size);
        cn__fingerprint(copy, cases[i].size, got);
        assert_string_equal(got, cases[i].name);
        free(copy);
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fingerprints_are_xxh64_with_two_seeds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
