/* Work in a child process: its answer comes back whole, and its end by a signal is a failure and nothing worse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/system/child.h"

static int runs; /* in this process */

static cn_status add_pid(void *user, cn__text *out)
{
    (void)user;
    runs++;
    cn__text_printf(out, "%ld", (long)getpid());
    return CN_OK;
}

static cn_status add_much(void *user, cn__text *out)
{
    for (size_t i = 0; i < *(size_t *)user; i++) cn__text_add_bytes(out, i % 7 ? "x" : "", 1);
    return CN_OK;
}

static cn_status fail_with_words(void *user, cn__text *out)
{
    cn__text_add(out, "half");
    return cn__fail(CN_ERROR_SHAPE, "%s is wrong", (const char *)user);
}

static cn_status end_by_signal(void *user, cn__text *out)
{
    cn__text_add(out, "half");
    signal(*(int *)user, SIG_DFL);
    raise(*(int *)user);
    return CN_OK;
}

static cn_status end_early(void *user, cn__text *out)
{
    (void)user, (void)out;
    _exit(0);
}

static void without_leave_the_work_is_done_here(void **state)
{
    (void)state;
    char own[32];
    cn__text out = {0};
    bool broken = true;
    cn__child_allow(false);
    snprintf(own, sizeof own, "%ld", (long)getpid());
    assert_int_equal(cn__child_run("a file", add_pid, NULL, &out, &broken), CN_OK);
    assert_string_equal(out.data, own);
    assert_false(broken);
    assert_int_equal(runs, 1);
    cn__child_allow(true);
    assert_int_equal(cn__child_run("a file", add_pid, NULL, &out, NULL), CN_OK);
    assert_true(out.size > strlen(own)); /* behind what was there */
    assert_string_not_equal(out.data + strlen(own), own);
    assert_int_equal(runs, 1);
    cn__text_free(&out);
}

static void answers_of_any_size_are_whole(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 3000001};
    cn__child_allow(true);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t size = sizes[i];
        cn__text out = {0}, expected = {0};
        assert_int_equal(cn__child_run("a file", add_much, &size, &out, NULL), CN_OK);
        assert_int_equal(add_much(&size, &expected), CN_OK);
        assert_int_equal(out.size, size);
        if (size) assert_memory_equal(out.data, expected.data, size);
        cn__text_free(&out);
        cn__text_free(&expected);
    }
}

static void failures_keep_their_words(void **state)
{
    (void)state;
    cn__text out = {0};
    bool broken = true;
    cn__child_allow(true);
    assert_int_equal(cn__child_run("a file", fail_with_words, "this", &out, &broken), CN_ERROR_SHAPE);
    assert_string_equal(cn_error(), "this is wrong");
    assert_int_equal(cn_error_status(), CN_ERROR_SHAPE);
    assert_false(broken);
    assert_int_equal(out.size, 0);
    cn__text_free(&out);
}

static void an_end_by_a_signal_is_a_failure(void **state)
{
    (void)state;
    static const int signals[] = {SIGABRT, SIGSEGV, SIGKILL, SIGTRAP};
    cn__child_allow(true);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        int number = signals[i];
        char expected[40];
        cn__text out = {0};
        bool broken = false;
        cn__text_add(&out, "kept");
        assert_int_equal(cn__child_run("the page", end_by_signal, &number, &out, &broken), CN_ERROR_MEMORY);
        assert_true(broken);
        assert_string_equal(out.data, "kept");
        snprintf(expected, sizeof expected, "ended by signal %d", number);
        assert_non_null(strstr(cn_error(), expected));
        assert_memory_equal(cn_error(), "the page", 8);
        cn__text_free(&out);
    }
    bool broken = false;
    assert_int_equal(cn__child_run("the page", end_early, NULL, &(cn__text){0}, &broken), CN_ERROR_STATE);
    assert_true(broken);
}

static cn_status wait_for_ever(void *user, cn__text *out)
{
    (void)user, (void)out;
    for (;;) pause();
    return CN_OK;
}

static void a_child_that_never_answers_is_ended(void **state)
{
    (void)state;
    cn__text out = {0};
    bool broken = false;
    cn__child_allow(true);
    cn__child_limit(1);
    const cn_status status = cn__child_run("the page", wait_for_ever, NULL, &out, &broken);
    cn__child_limit(1800);
    assert_int_equal(status, CN_ERROR_STATE);
    assert_true(broken);
    assert_non_null(
        strstr(cn_error(), "the page: the process that was to make it did not answer within 1 s"));
    cn__text_free(&out);
}

static void interrupt(int number)
{
    (void)number;
    cn__child_interrupt();
}

/* The signal comes from the child itself, so the parent waits when it arrives. */
static cn_status ask_parent_to_end(void *user, cn__text *out)
{
    (void)out;
    kill(*(pid_t *)user, SIGUSR1);
    for (;;) pause();
    return CN_OK;
}

static void work_that_may_be_interrupted_is_ended(void **state)
{
    (void)state;
    cn__text out = {0};
    cn__child_end end = CN_CHILD_BROKEN;
    pid_t self = getpid();
    cn__child_allow(true);
    signal(SIGUSR1, interrupt);
    assert_int_equal(cn__child_run_interruptible("the page", ask_parent_to_end, &self, &out, &end),
                     CN_ERROR_STATE);
    assert_int_equal(end, CN_CHILD_INTERRUPTED);
    assert_string_equal(cn_error(), "interrupted before finishing the page");
    assert_false(cn__child_interrupt()); /* none is running */
    /* what came before does not count, and other work is not interrupted */
    assert_int_equal(cn__child_run_interruptible("a file", add_pid, NULL, &out, &end), CN_OK);
    assert_int_equal(end, CN_CHILD_ANSWERED);
    assert_true(out.size > 0);
    cn__child_limit(1);
    bool broken = false;
    assert_int_equal(cn__child_run("the page", ask_parent_to_end, &self, &out, &broken), CN_ERROR_STATE);
    assert_true(broken);
    assert_non_null(strstr(cn_error(), "did not answer within 1 s"));
    cn__child_limit(1800);
    signal(SIGUSR1, SIG_DFL);
    cn__text_free(&out);
}

/* A parent's parent may ignore SIGCHLD, and then no child can be waited for. */
static void a_child_that_nobody_may_wait_for_answers_too(void **state)
{
    (void)state;
    cn__text out = {0};
    cn__child_allow(true);
    signal(SIGCHLD, SIG_IGN);
    const cn_status status = cn__child_run("a file", add_pid, NULL, &out, NULL);
    signal(SIGCHLD, SIG_DFL);
    assert_int_equal(status, CN_OK);
    assert_true(out.size > 0);
    cn__text_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_leave_the_work_is_done_here),
        cmocka_unit_test(answers_of_any_size_are_whole),
        cmocka_unit_test(failures_keep_their_words),
        cmocka_unit_test(an_end_by_a_signal_is_a_failure),
        cmocka_unit_test(a_child_that_never_answers_is_ended),
        cmocka_unit_test(work_that_may_be_interrupted_is_ended),
        cmocka_unit_test(a_child_that_nobody_may_wait_for_answers_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
