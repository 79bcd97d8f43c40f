/* BLAKE2b against what Python's hashlib.blake2b(digest_size=32) gives: around the block's size, and for many blocks. */
#include "support.h"

static void is_hash(const void *bytes, size_t size, const char *expected)
{
    char got[65];
    unsigned char *copy = exact_copy(bytes, size);
    cn__blake2b_hex(copy, size, got);
    assert_string_equal(got, expected);
    free(copy);
}

static void hashes_are_those_of_others(void **state)
{
    (void)state;
    enum { MOST = 1000003 };
    static const struct {
        size_t size;
        const char *hash;
    } cases[] = {
        {0, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
        {1, "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314"},
        {127, "2aa4870e265e7e1ceb71e7d50891bd83318ab6a26bc453e0d910ce825a3094c3"},
        {128, "cdd83b0b5deec3f3a236197c0641df3a1bac874ff8ed261e5dc8c7f15cdbaa02"},
        {129, "877e7aa95ffc63a3966123c108fcaea61c833cf771b7140bec7f3d937b1deda5"},
        {256, "f974abda1930ee42376843b213699019685917d6679cde1d316eea8f299b3f62"},
        {257, "4576d8b700d4bc77ab16a6a5da56acf579721a9a4a48f523b50279e37ccadc1a"},
        {1000003, "50d43ee3cd629d454abd7e6db0c27b62c7bd4a436fe73adef412d184f264eb2c"},
    };
    unsigned char *bytes = malloc(MOST);
    assert_non_null(bytes);
    for (size_t i = 0; i < MOST; i++) bytes[i] = (unsigned char)(i * i + i / 7);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) is_hash(bytes, cases[i].size, cases[i].hash);
    free(bytes);
    is_hash("abc", 3, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hashes_are_those_of_others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
