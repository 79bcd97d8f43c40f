/* Pools of threads: every worker runs once, barriers hold, and shares cover everything once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/system/pool.h"
#include "base/system/system.h"

enum { MOST = 9 };

typedef struct visits {
    cn__pool *pool;
    int count[MOST]; /* written by its own member only */
    pthread_t thread[MOST];
} visits;

static void visit(void *context, int member)
{
    visits *v = context;
    v->count[member]++;
    v->thread[member] = pthread_self();
}

static void every_member_runs_once_and_the_caller_is_the_first(void **state)
{
    (void)state;
    for (int size = 1; size <= MOST; size++) {
        cn__pool *pool = cn__pool_new(size);
        visits v = {.pool = pool};
        assert_non_null(pool);
        assert_int_equal(cn__pool_size(pool), size);
        for (int run = 1; run <= 50; run++) {
            cn__pool_run(pool, cn__pool_size(pool), visit, &v);
            for (int m = 0; m < MOST; m++) assert_int_equal(v.count[m], m < size ? run : 0);
        }
        assert_true(pthread_equal(v.thread[0], pthread_self()));
        for (int m = 1; m < size; m++) assert_false(pthread_equal(v.thread[m], v.thread[m - 1]));
        cn__pool_free(pool);
    }
}

enum { ROUNDS = 400 };

typedef struct relay {
    cn__pool *pool;
    long value[2][MOST]; /* plain memory: only the barrier orders it */
    bool wrong[MOST];
} relay;

/* In each round every worker adds up what all wrote in the round before. */
static void run_relay(void *context, int member)
{
    relay *r = context;
    int size = cn__pool_size(r->pool);
    long expected = 1;
    for (int round = 0; round < ROUNDS; round++) {
        r->value[round % 2][member] = expected;
        cn__pool_barrier(r->pool);
        long sum = 0;
        for (int m = 0; m < size; m++) sum += r->value[round % 2][m];
        if (sum != expected * size) r->wrong[member] = true;
        expected = sum % 1000003;
    }
}

static void nobody_passes_a_barrier_before_all_are_there(void **state)
{
    (void)state;
    for (int size = 1; size <= MOST; size++) {
        cn__pool *pool = cn__pool_new(size);
        assert_non_null(pool);
        for (int run = 0; run < 3; run++) {
            relay r = {.pool = pool};
            cn__pool_run(pool, cn__pool_size(pool), run_relay, &r);
            for (int m = 0; m < size; m++) assert_false(r.wrong[m]);
        }
        cn__pool_free(pool);
    }
}

/* Counts who was there, and what the others had counted when all had. */
typedef struct roll {
    cn__pool *pool;
    int members;
    _Atomic int calls[MOST];
    bool wrong[MOST];
} roll;

static void call_roll(void *context, int member)
{
    roll *r = context;
    const int before = r->calls[member]++;
    cn__pool_barrier(r->pool);
    for (int m = 0; m < r->members; m++)
        if (r->calls[m] != before + 1) r->wrong[member] = true;
    cn__pool_barrier(r->pool);
}

static void a_run_may_take_the_first_members_only(void **state)
{
    (void)state;
    for (int size = 1; size <= MOST; size++) {
        cn__pool *pool = cn__pool_new(size);
        assert_non_null(pool);
        for (int run = 0; run < 200; run++) {
            roll r = {.pool = pool, .members = run * 7 % size + 1};
            cn__pool_run(pool, r.members, call_roll, &r);
            for (int m = 0; m < size; m++) {
                assert_int_equal(r.calls[m], m < r.members);
                assert_false(r.wrong[m]);
            }
        }
        cn__pool_free(pool);
    }
}

/* One member is late each time, so the others stop watching and sleep. */
static void run_late(void *context, int member)
{
    relay *r = context;
    for (int round = 0; round < 12; round++) {
        if (round % cn__pool_size(r->pool) == member) nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
        r->value[0][member]++;
        cn__pool_barrier(r->pool);
        for (int m = 0; m < cn__pool_size(r->pool); m++)
            if (r->value[0][m] != round + 1) r->wrong[member] = true;
        cn__pool_barrier(r->pool);
    }
}

static void members_that_sleep_are_woken(void **state)
{
    (void)state;
    for (int size = 2; size <= 4; size++) {
        cn__pool *pool = cn__pool_new(size);
        assert_non_null(pool);
        for (int run = 0; run < 3; run++) {
            relay r = {.pool = pool};
            cn__pool_run(pool, cn__pool_size(pool), run_late, &r);
            for (int m = 0; m < size; m++) assert_false(r.wrong[m]);
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); /* the pool goes to sleep */
        }
        cn__pool_free(pool);
    }
}

static void *use_a_pool(void *wrong)
{
    cn__pool *pool = cn__pool_new(3);
    relay r = {.pool = pool};
    if (!pool) return wrong;
    cn__pool_run(pool, cn__pool_size(pool), run_relay, &r);
    cn__pool_free(pool);
    return r.wrong[0] || r.wrong[1] || r.wrong[2] ? wrong : NULL;
}

static void two_pools_work_side_by_side(void **state)
{
    (void)state;
    pthread_t other;
    int mark;
    void *result;
    assert_int_equal(pthread_create(&other, NULL, use_a_pool, &mark), 0);
    assert_null(use_a_pool(&mark));
    pthread_join(other, &result);
    assert_null(result);
}

static void a_pool_may_be_freed_without_a_run(void **state)
{
    (void)state;
    for (int size = 1; size <= 4; size++) cn__pool_free(cn__pool_new(size));
    cn__pool_free(NULL);
}

static void a_pool_of_nobody_in_particular_has_a_member_for_each_processor(void **state)
{
    (void)state;
    cn__pool *pool = cn__pool_new(0);
    assert_non_null(pool);
    assert_in_range(cn__cpu_count(), 1, sysconf(_SC_NPROCESSORS_CONF));
    assert_int_equal(cn__pool_size(pool), cn__cpu_count());
    cn__pool_free(pool);
}

static void a_wrong_number_of_threads_is_refused(void **state)
{
    (void)state;
    assert_null(cn__pool_new(-1));
    assert_int_equal(cn_error_status(), CN_ERROR_ARGUMENT);
    assert_non_null(strstr(cn_error(), "-1"));
    assert_null(cn__pool_new(1 << 20));
    assert_non_null(strstr(cn_error(), "1048576"));
}

#if defined(__has_feature)
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* With little address space left some of the members start, then the stack of one does not fit.
 * Sanitizers take the address space for themselves, an emulator's own memory counts too, and macOS does not limit it. */
__attribute__((unused)) static void note_member(void *context, int member)
{
    atomic_int *runs = context;
    atomic_fetch_add(&runs[member], 1);
}

static void a_team_that_cannot_start_whole_is_smaller(void **state)
{
    (void)state;
#if SANITIZED || !defined(__linux__)
    skip();
#else
    if (getenv("CORNU_EMULATOR")) skip();
    struct rlimit before, tight;
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    assert_non_null(statm);
    assert_int_equal(fscanf(statm, "%ld", &pages), 1);
    fclose(statm);
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    tight = before;
    tight.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (256u << 20);
    assert_int_equal(setrlimit(RLIMIT_AS, &tight), 0);
    cn_error_clear();
    cn__pool *pool = cn__pool_new(1000);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_non_null(pool);
    const int size = cn__pool_size(pool);
    static atomic_int runs[1000];
    if (size < 1 || size >= 1000) fail_msg("%d threads", size);
    assert_string_equal(cn_error(), "");
    cn__pool_run(pool, size, note_member, runs);
    for (int i = 0; i < 1000; i++) assert_int_equal(atomic_load(&runs[i]), i < size ? 1 : 0);
    cn__pool_free(pool);
    assert_null(use_a_pool(state));
#endif
}

static void shares_cover_everything_once_and_evenly(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 2, 15, 16, 17, 63, 64, 65, 512, 1000, 784};
    static const size_t grains[] = {1, 8, 16, 64};
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
        for (size_t g = 0; g < sizeof grains / sizeof *grains; g++)
            for (int parts = 1; parts <= 9; parts++) {
                size_t n = lengths[l], grain = grains[g], next = 0, least = SIZE_MAX, most = 0;
                for (int part = 0; part < parts; part++) {
                    cn__range r = cn__slice(n, grain, part, parts);
                    size_t count = (r.last - r.first + grain - 1) / grain;
                    assert_int_equal(r.first, next);
                    assert_true(r.last >= r.first);
                    assert_true(r.first == n || r.first % grain == 0);
                    next = r.last;
                    least = count < least ? count : least;
                    most = count > most ? count : most;
                }
                assert_int_equal(next, n);
                assert_true(most - least <= 1);
            }
}

static void shares_of_very_long_ranges_do_not_overflow(void **state)
{
    (void)state;
    cn__range last = cn__slice(SIZE_MAX, 64, 6, 7);
    assert_true(last.last == SIZE_MAX);
    assert_true(last.first % 64 == 0 && last.first > SIZE_MAX / 7 * 5);
}

typedef struct sums {
    double input[1000], output[1000];
    int parts;
} sums;

static void square_share(void *context, int member)
{
    sums *s = context;
    cn__range r = cn__slice(1000, 16, member, s->parts);
    for (size_t i = r.first; i < r.last; i++) s->output[i] = s->input[i] * s->input[i] + 0.1;
}

static void the_result_is_the_same_for_any_number_of_members(void **state)
{
    (void)state;
    static const int sizes[] = {1, 2, 3, 4, 7};
    static sums one, many;
    for (size_t i = 0; i < 1000; i++) one.input[i] = (double)i / 7;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        sums *to = s ? &many : &one;
        memcpy(many.input, one.input, sizeof one.input);
        memset(many.output, 0, sizeof many.output);
        cn__pool *pool = cn__pool_new(sizes[s]);
        assert_non_null(pool);
        to->parts = sizes[s];
        cn__pool_run(pool, cn__pool_size(pool), square_share, to);
        cn__pool_free(pool);
        if (s) assert_memory_equal(one.output, many.output, sizeof one.output);
    }
}

static void the_clock_goes_forward(void **state)
{
    (void)state;
    double start = cn__clock();
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    double passed = cn__clock() - start;
    assert_true(passed >= 0.002 && passed < 5);
}

static void the_processor_has_a_name_and_consistent_features(void **state)
{
    (void)state;
    assert_true(strlen(cn__cpu_name()) > 0);
    assert_true(cn__cpu_name()[0] != ' ');
    assert_true(cn__cpu_has_avx2() || !cn__cpu_has_avx512());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_runs_once_and_the_caller_is_the_first),
        cmocka_unit_test(nobody_passes_a_barrier_before_all_are_there),
        cmocka_unit_test(a_run_may_take_the_first_members_only),
        cmocka_unit_test(members_that_sleep_are_woken),
        cmocka_unit_test(two_pools_work_side_by_side),
        cmocka_unit_test(a_pool_may_be_freed_without_a_run),
        cmocka_unit_test(a_pool_of_nobody_in_particular_has_a_member_for_each_processor),
        cmocka_unit_test(a_wrong_number_of_threads_is_refused),
        cmocka_unit_test(a_team_that_cannot_start_whole_is_smaller),
        cmocka_unit_test(shares_cover_everything_once_and_evenly),
        cmocka_unit_test(shares_of_very_long_ranges_do_not_overflow),
        cmocka_unit_test(the_result_is_the_same_for_any_number_of_members),
        cmocka_unit_test(the_clock_goes_forward),
        cmocka_unit_test(the_processor_has_a_name_and_consistent_features),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
