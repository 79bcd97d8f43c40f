/* The number of threads to train with is found from what batches take, and found again when that changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/plan/thread_tuner.h"

/* What a batch takes with `size` threads where each gives a share of the work and costs something to meet. The first batch
 * after a change takes far longer, and every third one is disturbed. */
typedef struct machine {
    double work, meeting;
    int last, batches;
} machine;

static double takes(machine *m, int size)
{
    double seconds = m->work / size + m->meeting * (size - 1);
    if (size != m->last) seconds *= 5;
    m->last = size;
    return m->batches++ % 3 == 1 ? 2 * seconds : seconds;
}

static void train(cn__thread_tuner *tuner, machine *m, int batches)
{
    for (int i = 0; i < batches; i++) {
        assert_in_range(tuner->threads, 1, tuner->max_threads);
        cn__thread_tuner_record(tuner, takes(m, tuner->threads));
    }
}

static void the_fastest_number_of_threads_stays(void **state)
{
    (void)state;
    static const struct {
        int most;
        double meeting;
        int best;
    } cases[] = {{1, 0, 1}, {2, 0, 2},   {2, 0.6, 1},  {2, 0.4, 2}, {3, 2, 1},
                 {8, 0, 8}, {8, 0.1, 4}, {8, 0.02, 8}, {7, 0.3, 3}, {64, 0.01, 8}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cn__thread_tuner tuner;
        machine m = {.work = 1e-4, .meeting = cases[i].meeting * 1e-4};
        cn__thread_tuner_begin(&tuner, cases[i].most);
        assert_int_equal(tuner.threads, cases[i].most);
        train(&tuner, &m, 120);
        if (tuner.threads != cases[i].best)
            fail_msg("case %zu: %d threads instead of %d", i, tuner.threads, cases[i].best);
    }
}

static void another_number_is_found_when_the_machine_changes(void **state)
{
    (void)state;
    cn__thread_tuner tuner;
    machine m = {.work = 1e-4, .meeting = 0.7e-4};
    cn__thread_tuner_begin(&tuner, 4);
    train(&tuner, &m, 200);
    assert_int_equal(tuner.threads, 1);
    m.meeting = 0.01e-4;
    train(&tuner, &m, 2100);
    assert_int_equal(tuner.threads, 4);
    m.meeting = 0.2e-4;
    train(&tuner, &m, 2100);
    assert_int_equal(tuner.threads, 2);
}

static void trying_takes_few_of_the_batches(void **state)
{
    (void)state;
    cn__thread_tuner tuner;
    machine m = {.work = 1e-4};
    int fewer = 0;
    cn__thread_tuner_begin(&tuner, 2);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(tuner.threads, 2); /* a short training tries nothing */
        cn__thread_tuner_record(&tuner, takes(&m, tuner.threads));
    }
    for (int i = 0; i < 20000; i++) {
        fewer += tuner.threads < 2;
        cn__thread_tuner_record(&tuner, takes(&m, tuner.threads));
    }
    assert_int_equal(tuner.threads, 2);
    assert_in_range(fewer, 8, 100);
}

static void where_a_batch_is_long_nothing_is_tried(void **state)
{
    (void)state;
    cn__thread_tuner tuner;
    machine m = {.work = 10e-3};
    cn__thread_tuner_begin(&tuner, 2);
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(tuner.threads, 2);
        cn__thread_tuner_record(&tuner, takes(&m, tuner.threads));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fastest_number_of_threads_stays),
        cmocka_unit_test(another_number_is_found_when_the_machine_changes),
        cmocka_unit_test(trying_takes_few_of_the_batches),
        cmocka_unit_test(where_a_batch_is_long_nothing_is_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
