/* Dropout: each element by its own number of the stream, whatever part of the batch is asked for. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "kernels/kernels.h"
#include "kernels/reference/reference.h"

enum { N = 700 };

static cn__stream stream_of(uint32_t step)
{
    return cn__random_stream(0x123456789abcdefULL, CN_RANDOM_DROPOUT, 5, step);
}

static void drop(const cn__kernels *k, const float *x, float *y, size_t n, uint32_t step, uint64_t first,
                 float rate)
{
    cn__stream s = stream_of(step);
    k->dropout(x, y, n, s.key, s.purpose, s.step, first, rate);
}

static void ramp(float x[N])
{
    for (int i = 0; i < N; i++) x[i] = (float)(i + 1);
}

static float expected(float x, uint32_t step, uint64_t element, float rate)
{
    const cn__stream s = stream_of(step);
    float y;
    cn__ref_dropout(&x, &y, 1, s.key, s.purpose, s.step, element, rate);
    return y;
}

static void an_element_stays_by_its_own_number(void **state)
{
    (void)state;
    /* the last begins where the low half of the block's number runs over */
    const uint64_t firsts[] = {0, 1, 2, 3, 5, 127, 128, 4001, 0x3fffffff0ULL};
    const float rates[] = {0, 0.1f, 0.3f, 0.5f, 0.999f};
    float x[N], y[N];
    ramp(x);
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (size_t f = 0; f < sizeof firsts / sizeof *firsts; f++)
            for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
                drop(cn__kernels_named(*isa), x, y, N, 9, firsts[f], rates[r]);
                for (uint64_t i = 0; i < N; i++)
                    if (y[i] != expected(x[i], 9, firsts[f] + i, rates[r]))
                        fail_msg("%s, rate %g, element %llu + %llu", *isa, rates[r],
                                 (unsigned long long)firsts[f], (unsigned long long)i);
            }
}

static void parts_of_any_size_make_up_the_whole(void **state)
{
    (void)state;
    float x[N], whole[N], parts[N + 1];
    ramp(x);
    for (const char *const *isa = cn__kernels_list(); *isa; isa++) {
        const cn__kernels *k = cn__kernels_named(*isa);
        drop(k, x, whole, N, 1, 0, 0.4f);
        for (size_t size = 1; size < N; size += 1 + size / 4) {
            parts[N] = 55;
            for (size_t i = 0; i < N; i += size)
                drop(k, x + i, parts + i, N - i < size ? N - i : size, 1, i, 0.4f);
            assert_memory_equal(whole, parts, sizeof whole);
            assert_true(parts[N] == 55);
        }
    }
}

static void nothing_beyond_the_elements_is_read(void **state)
{
    (void)state;
    for (size_t n = 1; n < 40; n++) {
        float *x = malloc(n * sizeof *x); /* exactly: a sanitizer watches the end */
        assert_non_null(x);
        for (size_t i = 0; i < n; i++) x[i] = 1;
        drop(cn__kernels_get(), x, x, n, 2, 3, 0.5f);
        for (size_t i = 0; i < n; i++) assert_true(x[i] == expected(1, 2, 3 + i, 0.5f));
        free(x);
    }
}

static void in_place_is_the_same(void **state)
{
    (void)state;
    float x[N], y[N];
    ramp(x);
    drop(cn__kernels_get(), x, y, N, 4, 10, 0.2f);
    drop(cn__kernels_get(), x, x, N, 4, 10, 0.2f);
    assert_memory_equal(x, y, sizeof x);
}

static void the_mean_is_kept_and_steps_differ(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    float *x = malloc(MANY * sizeof *x), *y = malloc(MANY * sizeof *y), *z = malloc(MANY * sizeof *z);
    assert_true(x && y && z);
    for (int i = 0; i < MANY; i++) x[i] = 1;
    drop(cn__kernels_get(), x, y, MANY, 0, 0, 0.3f);
    drop(cn__kernels_get(), x, z, MANY, 1, 0, 0.3f);
    double sum = 0, both = 0;
    for (int i = 0; i < MANY; i++) {
        sum += y[i];
        both += y[i] != 0 && z[i] != 0;
    }
    assert_true(fabs(sum / MANY - 1) < 0.01);
    assert_true(fabs(both / MANY - 0.49) < 0.01); /* independent: 0.7 · 0.7 */
    free(x);
    free(y);
    free(z);
}

static void a_rate_of_one_leaves_nothing(void **state)
{
    (void)state;
    float x[N], y[N];
    ramp(x);
    drop(cn__kernels_get(), x, y, N, 4, 0, 1);
    for (int i = 0; i < N; i++) assert_true(y[i] == 0);
}

/* Numbers of the stream, wherever a piece of them begins. */
static void uniform_numbers_are_those_of_the_stream(void **state)
{
    (void)state;
    enum { MOST = 1200 };
    static const size_t firsts[] = {0, 1, 3, 5, 130, 4096 + 7};
    const cn__stream s = cn__random_stream(99, CN_RANDOM_FIELD, 3, 12);
    for (const char *const *isa = cn__kernels_list(); *isa; isa++)
        for (size_t f = 0; f < sizeof firsts / sizeof *firsts; f++)
            for (size_t n = 1; n < MOST; n += 97) {
                real got[MOST + 1];
                got[n] = 7;
                cn__kernels_named(*isa)->uniform(got, n, s.key, s.purpose, s.step, firsts[f]);
                for (size_t i = 0; i < n; i++) {
                    const real expected = (real)(cn__random_u32(&s, firsts[f] + i) >> 8) * (real)0x1p-24;
                    if (!(got[i] >= expected && got[i] <= expected))
                        fail_msg("%s, number %zu from %zu: %g instead of %g", *isa, i, firsts[f],
                                 (double)got[i], (double)expected);
                }
                assert_true(got[n] == 7);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uniform_numbers_are_those_of_the_stream),
        cmocka_unit_test(an_element_stays_by_its_own_number),
        cmocka_unit_test(parts_of_any_size_make_up_the_whole),
        cmocka_unit_test(nothing_beyond_the_elements_is_read),
        cmocka_unit_test(in_place_is_the_same),
        cmocka_unit_test(the_mean_is_kept_and_steps_differ),
        cmocka_unit_test(a_rate_of_one_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
