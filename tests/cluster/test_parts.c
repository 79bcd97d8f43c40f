/* Blocks of a batch over ranks, and sums over ranks: the bits of one process. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cluster/cluster.h"
#include "nn/op.h"

enum { MOST_BLOCKS = 40, MOST_RANKS = 9 };

static void parts_follow_each_other_and_leave_no_block_out(void **state)
{
    (void)state;
    for (size_t blocks = 1; blocks <= MOST_BLOCKS; blocks++)
        for (size_t ranks = 1; ranks <= 64; ranks++) {
            size_t at = 0;
            for (size_t r = 0; r < ranks; r++) {
                const cn__range own = cn__rank_blocks(blocks, ranks, r);
                assert_true(own.first == at && own.last >= own.first);
                at = own.last;
            }
            assert_int_equal(at, blocks);
        }
}

/* A power of two of blocks from a multiple of it on, or all up to the last one. */
static void a_part_is_one_subtree(void **state)
{
    (void)state;
    for (size_t blocks = 1; blocks <= MOST_BLOCKS; blocks++)
        for (size_t ranks = 1; ranks <= 16; ranks++)
            for (size_t r = 0; r < ranks; r++) {
                const cn__range own = cn__rank_blocks(blocks, ranks, r);
                const size_t count = own.last - own.first;
                const bool power = (count & (count - 1)) == 0;
                size_t round = 1;
                while (round < count) round *= 2;
                if (!count) continue;
                assert_true(own.first % round == 0);
                assert_true(power || own.last == blocks);
            }
}

static void powers_of_two_are_divided_evenly(void **state)
{
    (void)state;
    for (size_t blocks = 1; blocks <= 1024; blocks *= 2)
        for (size_t ranks = 1; ranks <= blocks; ranks *= 2)
            for (size_t r = 0; r < ranks; r++) {
                const cn__range own = cn__rank_blocks(blocks, ranks, r);
                assert_int_equal(own.last - own.first, blocks / ranks);
            }
}

/* ---- sums ------------------------------------------------------------------------------------------------- */

typedef struct job {
    cn_communicator *ranks;
    size_t blocks, count;
    const real *values; /* (blocks, count) */
    real *out;          /* (count) */
    cn_status status;
} job;

/* The blocks first … last - 1, joined as gradients are. */
static void sum_blocks(const real *values, cn__range blocks, size_t count, real *out)
{
    const size_t n = blocks.last - blocks.first;
    real *stack = calloc(cn__block_stack(n, count) + 1, sizeof *stack);
    cn__block_sum sum = cn__block_sum_start(cn__kernels_get(), n, count, out, stack);
    for (size_t b = blocks.first; b < blocks.last; b++) {
        memcpy(cn__block_sum_next(&sum), values + b * count, count * sizeof(real));
        cn__block_sum_push(&sum);
    }
    free(stack);
}

static void *sum_as_rank(void *given)
{
    job *j = given;
    const size_t ranks = j->ranks->size;
    const cn__range own = cn__rank_blocks(j->blocks, ranks, j->ranks->rank);
    size_t bytes[2 * MOST_RANKS];
    real *parts[MOST_RANKS], *workspace = calloc(cn__rank_sum_workspace(ranks, j->count), sizeof *workspace);
    const cn__rank_sum sum = {.ranks = j->ranks,
                              .k = cn__kernels_get(),
                              .bytes = bytes,
                              .parts = parts,
                              .workspace = workspace,
                              .most = j->count};
    if (own.last > own.first) sum_blocks(j->values, own, j->count, j->out);
    else
        for (size_t i = 0; i < j->count; i++) j->out[i] = (real)NAN; /* must not be read */
    j->status = cn__sum_over_ranks(&sum, j->blocks, j->out, j->count, NULL);
    free(workspace);
    return NULL;
}

/* The same in memory that all ranks have. */
static void *sum_in_shared_memory(void *given)
{
    job *j = given;
    const size_t ranks = j->ranks->size;
    const cn__range own = cn__rank_blocks(j->blocks, ranks, j->ranks->rank);
    real *parts[MOST_RANKS];
    cn__shared *shared;
    j->status = cn__shared_new(j->ranks, j->count + 64, &shared);
    if (j->status != CN_OK || !shared) return NULL;
    const cn__rank_sum sum = {.ranks = j->ranks, .k = cn__kernels_get(), .parts = parts, .shared = shared};
    real *mine = cn__shared_of(shared, j->ranks->rank) + 64;
    for (size_t i = 0; i < j->count; i++) mine[i] = (real)NAN;
    if (own.last > own.first) sum_blocks(j->values, own, j->count, mine);
    j->status = cn__sum_over_ranks(&sum, j->blocks, mine, j->count, NULL);
    memcpy(j->out, cn__shared_of(shared, 0) + 64, j->count * sizeof(real));
    if (j->status == CN_OK) j->status = cn__shared_meet(shared); /* all have read it */
    cn__shared_free(shared);
    return NULL;
}

static void check_sum_by(void *(*sum)(void *), size_t blocks, size_t ranks, size_t count)
{
    real *values = calloc(blocks * count, sizeof *values), *expected = calloc(count, sizeof *expected);
    cn_communicator *all[MOST_RANKS];
    job jobs[MOST_RANKS];
    pthread_t threads[MOST_RANKS];
    uint32_t seed = 1;
    for (size_t i = 0; i < blocks * count; i++) {
        seed = seed * 1664525 + 1013904223;
        values[i] = (real)(seed >> 8) / (real)(1 << (seed % 30)) - (real)(i % 7);
    }
    sum_blocks(values, (cn__range){0, blocks}, count, expected);
    assert_int_equal(cn_communicator_threads(ranks, all), CN_OK);
    for (size_t r = 0; r < ranks; r++) {
        jobs[r] = (job){all[r], blocks, count, values, calloc(count, sizeof(real)), CN_OK};
        assert_int_equal(pthread_create(&threads[r], NULL, sum, &jobs[r]), 0);
    }
    for (size_t r = 0; r < ranks; r++) {
        pthread_join(threads[r], NULL);
        assert_int_equal(jobs[r].status, CN_OK);
        assert_memory_equal(jobs[r].out, expected, count * sizeof(real));
        free(jobs[r].out);
        cn_communicator_free(all[r]);
    }
    free(values);
    free(expected);
}

static void check_sum(size_t blocks, size_t ranks, size_t count)
{
    check_sum_by(sum_as_rank, blocks, ranks, count);
#ifdef __linux__
    check_sum_by(sum_in_shared_memory, blocks, ranks, count);
#endif
}

static void a_sum_over_ranks_has_the_bits_of_one_process(void **state)
{
    (void)state;
    for (size_t blocks = 1; blocks <= 19; blocks++)
        for (size_t ranks = 1; ranks < MOST_RANKS; ranks++) check_sum(blocks, ranks, 37);
    check_sum(13, 5, 40001); /* by segments */
    check_sum(16, 8, 20000);
    check_sum(2, 7, 12000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_follow_each_other_and_leave_no_block_out),
        cmocka_unit_test(a_part_is_one_subtree),
        cmocka_unit_test(powers_of_two_are_divided_evenly),
        cmocka_unit_test(a_sum_over_ranks_has_the_bits_of_one_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
