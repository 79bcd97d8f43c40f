/* Messages: what they name, that they fit, and that they belong to one thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"

static const char *const optimizers[] = {"sgd", "adam", "adamw", "rmsprop"};
#define COUNT(words) (sizeof(words) / sizeof *(words))

static void assert_message(const char *part)
{
    if (!strstr(cn_error(), part)) fail_msg("\"%s\" is not in: %s", part, cn_error());
}

static void a_failure_leaves_its_message_and_status(void **state)
{
    (void)state;
    cn_error_clear();
    assert_string_equal(cn_error(), "");
    assert_int_equal(cn_error_status(), CN_OK);
    assert_int_equal(cn__fail(CN_ERROR_SHAPE, "%d is not %s", 5, "10"), CN_ERROR_SHAPE);
    assert_string_equal(cn_error(), "5 is not 10");
    assert_int_equal(cn_error_status(), CN_ERROR_SHAPE);
    cn_error_clear();
    assert_string_equal(cn_error(), "");
    assert_int_equal(cn_error_status(), CN_OK);
}

static void context_comes_before_the_message(void **state)
{
    (void)state;
    (void)cn__fail(CN_ERROR_DATA, "NaN in sample %d", 3);
    assert_int_equal(cn__fail_in("fit, epoch %d", 2), CN_ERROR_DATA);
    assert_string_equal(cn_error(), "fit, epoch 2: NaN in sample 3");
}

static void a_message_may_hold_the_one_before(void **state)
{
    (void)state;
    (void)cn__fail(CN_ERROR_FILE, "first");
    (void)cn__fail(CN_ERROR_FORMAT, "second after %s", cn_error());
    assert_string_equal(cn_error(), "second after first");
}

static void a_long_message_ends_in_an_ellipsis(void **state)
{
    (void)state;
    char *text = malloc(5001);
    assert_non_null(text);
    memset(text, 'x', 5000);
    text[5000] = '\0';
    (void)cn__fail(CN_ERROR_ARGUMENT, "%s", text);
    size_t length = strlen(cn_error());
    assert_in_range(length, 1000, 2047);
    assert_string_equal(cn_error() + length - strlen("…"), "…");
    (void)cn__fail(CN_ERROR_ARGUMENT, "%s", "short");
    (void)cn__fail_in("%s", text);
    assert_in_range(strlen(cn_error()), 1000, 2047);
    free(text);
}

static void an_ellipsis_cuts_between_characters(void **state)
{
    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        char text[4200] = "";
        memset(text, 'x', lead);
        while (strlen(text) < 4000) strcat(text, "€");
        (void)cn__fail(CN_ERROR_ARGUMENT, "%s", text);
        size_t kept = strlen(cn_error()) - strlen("…");
        assert_int_equal((kept - lead) % strlen("€"), 0);
    }
}

static void the_nearest_word_forgives_letters_case_and_underscores(void **state)
{
    (void)state;
    static const char *const names[] = {"glorot_uniform", "he_normal", "mae", "mse",
                                        "categorical_crossentropy"};
    const size_t n = COUNT(names);
    assert_string_equal(cn__nearest_word("adma", optimizers, COUNT(optimizers)), "adam");
    assert_string_equal(cn__nearest_word("RMSPropp", optimizers, COUNT(optimizers)), "rmsprop");
    assert_string_equal(cn__nearest_word("GlorotUnifrom", names, n), "glorot_uniform");
    assert_string_equal(cn__nearest_word("HeNorml", names, n), "he_normal");
    assert_string_equal(cn__nearest_word("mea", names, n), "mae");
    assert_string_equal(cn__nearest_word("crossentropy", names, n), "categorical_crossentropy");
    assert_null(cn__nearest_word("banana", names, n));
    static const char *const arguments[] = {"learning_rate", "batch_size", "epochs"};
    assert_string_equal(cn__nearest_word("lr", arguments, 3), "learning_rate"); /* its parts' first letters */
    assert_string_equal(cn__nearest_word("bs", arguments, 3), "batch_size");
    assert_null(cn__nearest_word("e", arguments, 3));
    assert_null(cn__nearest_word("lrx", arguments, 3));
    assert_null(cn__nearest_word("", names, n));
    assert_null(cn__nearest_word("x", names, n));
    assert_null(cn__nearest_word("adam", NULL, 0));
}

static void an_unknown_word_gets_the_known_ones(void **state)
{
    (void)state;
    cn_status status = cn__fail_word(CN_ERROR_ARGUMENT, "optimizer", "adma", optimizers, COUNT(optimizers));
    assert_int_equal(status, CN_ERROR_ARGUMENT);
    assert_string_equal(cn_error(),
                        "unknown optimizer 'adma'; did you mean 'adam'? Known: sgd, adam, adamw, rmsprop");
    (void)cn__fail_word(CN_ERROR_ARGUMENT, "optimizer", "banana", optimizers, COUNT(optimizers));
    assert_string_equal(cn_error(), "unknown optimizer 'banana'. Known: sgd, adam, adamw, rmsprop");
}

static void of_many_words_the_nearest_are_listed_and_all_counted(void **state)
{
    (void)state;
    char store[40][16];
    const char *words[40];
    for (int i = 0; i < 40; i++) {
        memset(store[i], 'q', 12); /* far from every real word */
        store[i][0] = (char)('a' + i % 26);
        store[i][12] = '\0';
        words[i] = store[i];
    }
    words[37] = "softmax";
    words[38] = "softplus";
    (void)cn__fail_word(CN_ERROR_ARGUMENT, "activation", "sofmax", words, 40);
    assert_message("did you mean 'softmax'? Nearest of 40 known: softmax, softplus, ");
    assert_in_range(strlen(cn_error()), 60, 200);
}

static void a_very_long_unknown_word_is_shown_in_part(void **state)
{
    (void)state;
    char word[3000];
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    (void)cn__fail_word(CN_ERROR_ARGUMENT, "loss", word, optimizers, COUNT(optimizers));
    assert_message("aaa…'");
    assert_message("Known: sgd, adam, adamw, rmsprop");
    (void)cn__fail_word(CN_ERROR_ARGUMENT, "loss", NULL, optimizers, COUNT(optimizers));
    assert_message("unknown loss ''");
}

static void *fail_elsewhere(void *unused)
{
    (void)unused;
    (void)cn__fail(CN_ERROR_NETWORK, "elsewhere");
    return NULL;
}

static void each_thread_has_its_own_message(void **state)
{
    (void)state;
    pthread_t thread;
    (void)cn__fail(CN_ERROR_STATE, "here");
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
    pthread_join(thread, NULL);
    assert_string_equal(cn_error(), "here");
    assert_int_equal(cn_error_status(), CN_ERROR_STATE);
}

static void lack_of_memory_says_how_much_for_what(void **state)
{
    (void)state;
    assert_int_equal(cn__fail_memory(3u << 20, "a plan"), CN_ERROR_MEMORY);
    assert_message("3.00 MB");
    assert_message("a plan");
}

static void every_status_has_a_name(void **state)
{
    (void)state;
    for (int status = CN_OK; status <= CN_ERROR_NUMERIC; status++)
        assert_string_not_equal(cn_status_name((cn_status)status), "unknown");
    assert_string_equal(cn_status_name(CN_ERROR_SHAPE), "shape");
    assert_string_equal(cn_status_name((cn_status)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_leaves_its_message_and_status),
        cmocka_unit_test(context_comes_before_the_message),
        cmocka_unit_test(a_message_may_hold_the_one_before),
        cmocka_unit_test(a_long_message_ends_in_an_ellipsis),
        cmocka_unit_test(an_ellipsis_cuts_between_characters),
        cmocka_unit_test(the_nearest_word_forgives_letters_case_and_underscores),
        cmocka_unit_test(an_unknown_word_gets_the_known_ones),
        cmocka_unit_test(of_many_words_the_nearest_are_listed_and_all_counted),
        cmocka_unit_test(a_very_long_unknown_word_is_shown_in_part),
        cmocka_unit_test(each_thread_has_its_own_message),
        cmocka_unit_test(lack_of_memory_says_how_much_for_what),
        cmocka_unit_test(every_status_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
