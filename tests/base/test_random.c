/* Random numbers: known answers, addressing, distributions, permutations. Seeds are fixed: no test can
 * fail by chance, and bounds lie at about four standard errors. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

enum { DRAWS = 200000 };

typedef double draw_fn(const cn__stream *stream, uint64_t element);

/* From the known answers of Random123, philox4x32 with 10 rounds: counter, key, output. */
static const struct {
    uint32_t counter[4], key[2], out[4];
} known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

static void blocks_are_the_known_answers_of_philox(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        cn__stream stream = {.key = {known[i].key[0], known[i].key[1]},
                             .step = known[i].counter[2],
                             .purpose = known[i].counter[3]};
        uint32_t out[4];
        cn__random_block(&stream, (uint64_t)known[i].counter[1] << 32 | known[i].counter[0], out);
        assert_memory_equal(out, known[i].out, sizeof out);
    }
}

static void a_stream_is_made_of_seed_purpose_index_and_step(void **state)
{
    (void)state;
    cn__stream stream = cn__random_stream(0x0123456789ABCDEF, CN_RANDOM_DROPOUT, 0x01000005, 77);
    assert_int_equal(stream.key[0], 0x89ABCDEF);
    assert_int_equal(stream.key[1], 0x01234567);
    assert_int_equal(stream.purpose, 0x03000005);
    assert_int_equal(stream.step, 77);
}

static void elements_are_addressed_in_any_order(void **state)
{
    (void)state;
    cn__stream stream = cn__random_stream(5, CN_RANDOM_WEIGHTS, 1, 2);
    uint32_t block[4];
    cn__random_block(&stream, 3, block);
    for (uint64_t i = 4; i-- > 0;) assert_int_equal(cn__random_u32(&stream, 12 + i), block[i]);
    uint64_t bits = (uint64_t)block[2] << 32 | block[3];
    assert_true(cn__random_uniform(&stream, 7) == (double)(bits >> 11) / 9007199254740992.0);
    cn__random_block(&stream, UINT64_C(1) << 33, block);
    assert_int_equal(cn__random_u32(&stream, (UINT64_C(1) << 35) + 1), block[1]);
}

static void streams_differ_in_every_part_of_their_address(void **state)
{
    (void)state;
    const cn__stream streams[] = {cn__random_stream(1, CN_RANDOM_WEIGHTS, 0, 0),
                                  cn__random_stream(2, CN_RANDOM_WEIGHTS, 0, 0),
                                  cn__random_stream(UINT64_C(1) << 32 | 1, CN_RANDOM_WEIGHTS, 0, 0),
                                  cn__random_stream(1, CN_RANDOM_SHUFFLE, 0, 0),
                                  cn__random_stream(1, CN_RANDOM_WEIGHTS, 1, 0),
                                  cn__random_stream(1, CN_RANDOM_WEIGHTS, 0, 1)};
    enum { STREAMS = sizeof streams / sizeof *streams };
    for (size_t i = 0; i < STREAMS; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(cn__random_uniform(&streams[i], 0) != cn__random_uniform(&streams[j], 0));
}

static void assert_within(double got, double expected, double tolerance)
{
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("%.9g, expected %.9g ± %.3g", got, expected, tolerance);
}

/* The mean of x^power, and what share lies over `threshold`. */
static double moment(draw_fn *draw, int power)
{
    cn__stream stream = cn__random_stream(11, CN_RANDOM_DATA, 0, 0);
    double sum = 0;
    for (uint64_t i = 0; i < DRAWS; i++) sum += pow(draw(&stream, i), power);
    return sum / DRAWS;
}

static double share_over(draw_fn *draw, double threshold)
{
    cn__stream stream = cn__random_stream(12, CN_RANDOM_DATA, 0, 0);
    double count = 0;
    for (uint64_t i = 0; i < DRAWS; i++) count += draw(&stream, i) > threshold;
    return count / DRAWS;
}

static void assert_share_over(draw_fn *draw, double threshold, double expected)
{
    assert_within(share_over(draw, threshold), expected, 4 * sqrt(expected * (1 - expected) / DRAWS));
}

static void uniform_numbers_fill_zero_to_one(void **state)
{
    (void)state;
    assert_within(moment(cn__random_uniform, 1), 0.5, 4 * sqrt(1.0 / 12 / DRAWS));
    assert_within(moment(cn__random_uniform, 2), 1.0 / 3, 4 * sqrt(4.0 / 45 / DRAWS));
    for (int tenth = 1; tenth < 10; tenth++)
        assert_share_over(cn__random_uniform, tenth / 10.0, 1 - tenth / 10.0);
    cn__stream stream = cn__random_stream(13, CN_RANDOM_DATA, 0, 0);
    for (uint64_t i = 0; i < DRAWS; i++) {
        double u = cn__random_uniform(&stream, i);
        assert_true(u >= 0 && u < 1);
    }
}

static void neighbours_are_not_correlated(void **state)
{
    (void)state;
    cn__stream stream = cn__random_stream(14, CN_RANDOM_DATA, 0, 0),
               next_step = cn__random_stream(14, CN_RANDOM_DATA, 0, 1);
    double along = 0, across = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        double x = cn__random_uniform(&stream, i) - 0.5;
        along += x * (cn__random_uniform(&stream, i + 1) - 0.5);
        across += x * (cn__random_uniform(&next_step, i) - 0.5);
    }
    assert_within(12 * along / DRAWS, 0, 4 / sqrt(DRAWS));
    assert_within(12 * across / DRAWS, 0, 4 / sqrt(DRAWS));
}

static double normal_above(double x) { return 0.5 * erfc(x * M_SQRT1_2); }

static void normal_numbers_have_the_moments_and_tails(void **state)
{
    (void)state;
    assert_within(moment(cn__random_normal, 1), 0, 4 / sqrt(DRAWS));
    assert_within(moment(cn__random_normal, 2), 1, 4 * sqrt(2.0 / DRAWS));
    assert_within(moment(cn__random_normal, 3), 0, 4 * sqrt(15.0 / DRAWS));
    assert_within(moment(cn__random_normal, 4), 3, 4 * sqrt(96.0 / DRAWS));
    for (double x = -3.5; x <= 3.5; x += 0.5) assert_share_over(cn__random_normal, x, normal_above(x));
}

/* The element's uniform bits as the share of the distribution below it: ((bits >> 12) + ½) / 2^52. */
static double below_share(const cn__stream *stream, uint64_t element)
{
    uint64_t bits =
        (uint64_t)cn__random_u32(stream, 2 * element) << 32 | cn__random_u32(stream, 2 * element + 1);
    return ((double)(bits >> 12) + 0.5) / 4503599627370496.0;
}

static void normal_numbers_invert_the_distribution_function(void **state)
{
    (void)state;
    cn__stream stream = cn__random_stream(15, CN_RANDOM_DATA, 0, 0);
    for (uint64_t i = 0; i < DRAWS; i++) {
        double share = below_share(&stream, i), x = cn__random_normal(&stream, i);
        double small = fmin(share, 1 - share);
        assert_true((share > 0.5) == (x > 0));
        assert_within(normal_above(fabs(x)) / small, 1, 1e-14 * (1 + x * x));
    }
}

static void truncated_numbers_invert_the_narrower_function(void **state)
{
    (void)state;
    cn__stream stream = cn__random_stream(16, CN_RANDOM_DATA, 0, 0);
    const double cut = normal_above(2), kept = 1 - 2 * cut;
    for (uint64_t i = 0; i < DRAWS; i++) {
        double x = cn__random_truncated_normal(&stream, i);
        assert_true(x >= -2 && x <= 2);
        assert_within(normal_above(-x), cut + kept * below_share(&stream, i), 1e-14);
    }
}

static void truncated_numbers_have_the_deviation_that_keras_divides_by(void **state)
{
    (void)state;
    const double deviation = 0.87962566103423978;
    assert_within(moment(cn__random_truncated_normal, 1), 0, 4 * deviation / sqrt(DRAWS));
    assert_within(moment(cn__random_truncated_normal, 2), deviation * deviation, 4 * 0.75 / sqrt(DRAWS));
    const double cut = normal_above(2), kept = 1 - 2 * cut;
    for (double x = -1.75; x < 2; x += 0.25)
        assert_share_over(cn__random_truncated_normal, x, (normal_above(x) - cut) / kept);
}

static void a_permutation_has_every_index_once(void **state)
{
    (void)state;
    enum { N = 60000 };
    uint32_t *order = malloc(N * sizeof *order);
    unsigned char *seen = calloc(N, 1);
    assert_true(order && seen);
    cn__stream stream = cn__random_stream(17, CN_RANDOM_SHUFFLE, 0, 3);
    cn__random_permutation(&stream, order, N);
    size_t fixed = 0;
    for (uint32_t i = 0; i < N; i++) {
        assert_true(order[i] < N && !seen[order[i]]);
        seen[order[i]] = 1;
        fixed += order[i] == i;
    }
    assert_true(fixed < 8);
    free(order);
    free(seen);
}

static void small_permutations_are_all_right(void **state)
{
    (void)state;
    cn__stream stream = cn__random_stream(18, CN_RANDOM_SHUFFLE, 0, 0);
    uint32_t one[2] = {9, 9};
    cn__random_permutation(&stream, one, 0);
    assert_int_equal(one[0], 9);
    cn__random_permutation(&stream, one, 1);
    assert_int_equal(one[0], 0);
    assert_int_equal(one[1], 9);
}

static void each_permutation_of_four_is_as_likely(void **state)
{
    (void)state;
    enum { N = 4, ALL = 24, ROUNDS = 48000 };
    double count[N * N * N] = {0}, chi_square = 0;
    for (uint32_t step = 0; step < ROUNDS; step++) {
        cn__stream stream = cn__random_stream(19, CN_RANDOM_SHUFFLE, 0, step);
        uint32_t order[N];
        cn__random_permutation(&stream, order, N);
        count[order[0] * N * N + order[1] * N + order[2]]++;
    }
    for (size_t i = 0; i < N * N * N; i++)
        if (count[i] > 0) chi_square += pow(count[i] - (double)ROUNDS / ALL, 2) / ((double)ROUNDS / ALL);
    size_t met = 0;
    for (size_t i = 0; i < N * N * N; i++) met += count[i] > 0;
    assert_int_equal(met, ALL);
    assert_true(chi_square < 49.7); /* 23 degrees of freedom, exceeded once in 1000 */
}

static uint64_t mix(uint64_t hash, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (hash ^ bits) * 0x100000001B3;
}

/* The same bits on every machine and compiler: a change here changes what a seed means. */
static void the_bits_are_what_they_were(void **state)
{
    (void)state;
    cn__stream stream = cn__random_stream(20, CN_RANDOM_DATA, 0, 0);
    uint64_t hash = 0xCBF29CE484222325;
    for (uint64_t i = 0; i < 20000; i++)
        hash = mix(mix(hash, cn__random_normal(&stream, i)), cn__random_truncated_normal(&stream, i));
    uint32_t order[1000];
    cn__random_permutation(&stream, order, 1000);
    for (size_t i = 0; i < 1000; i++) hash = mix(hash, order[i]);
    assert_true(hash == 0x3d5d35d0182e3774);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_the_known_answers_of_philox),
        cmocka_unit_test(a_stream_is_made_of_seed_purpose_index_and_step),
        cmocka_unit_test(elements_are_addressed_in_any_order),
        cmocka_unit_test(streams_differ_in_every_part_of_their_address),
        cmocka_unit_test(uniform_numbers_fill_zero_to_one),
        cmocka_unit_test(neighbours_are_not_correlated),
        cmocka_unit_test(normal_numbers_have_the_moments_and_tails),
        cmocka_unit_test(normal_numbers_invert_the_distribution_function),
        cmocka_unit_test(truncated_numbers_invert_the_narrower_function),
        cmocka_unit_test(truncated_numbers_have_the_deviation_that_keras_divides_by),
        cmocka_unit_test(a_permutation_has_every_index_once),
        cmocka_unit_test(small_permutations_are_all_right),
        cmocka_unit_test(each_permutation_of_four_is_as_likely),
        cmocka_unit_test(the_bits_are_what_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
