/* Ranks that are threads: what each function gives, and what happens when a rank goes. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cornu/cluster.h"

enum { RANKS = 5 };

typedef struct rank {
    cn_communicator *c;
    cn_status status;
    char message[200];
    uint32_t got[RANKS * (RANKS + 1)], word;
    size_t count, from[RANKS];
} rank;

static void run(rank ranks[RANKS], void *(*function)(void *))
{
    cn_communicator *all[RANKS];
    pthread_t threads[RANKS];
    assert_int_equal(cn_communicator_threads(RANKS, all), CN_OK);
    memset(ranks, 0, RANKS * sizeof *ranks);
    for (size_t r = 0; r < RANKS; r++) {
        ranks[r].c = all[r];
        assert_int_equal(pthread_create(&threads[r], NULL, function, &ranks[r]), 0);
    }
    for (size_t r = 0; r < RANKS; r++) pthread_join(threads[r], NULL);
    for (size_t r = 0; r < RANKS; r++) cn_communicator_free(all[r]);
}

static void *broadcast_from_three(void *given)
{
    rank *r = given;
    r->word = (uint32_t)r->c->rank + 70;
    r->status = r->c->broadcast(r->c->user, 3, &r->word, sizeof r->word);
    return NULL;
}

static void a_broadcast_reaches_every_rank(void **state)
{
    (void)state;
    rank ranks[RANKS];
    run(ranks, broadcast_from_three);
    for (size_t r = 0; r < RANKS; r++) assert_true(ranks[r].status == CN_OK && ranks[r].word == 73);
}

/* Rank r has r words. */
static void *gather_words(void *given)
{
    rank *r = given;
    size_t bytes[RANKS];
    uint32_t mine[RANKS];
    for (size_t i = 0; i < RANKS; i++)
        bytes[i] = i * sizeof(uint32_t), mine[i] = (uint32_t)(10 * r->c->rank + i);
    r->status = r->c->gather(r->c->user, mine, r->got, bytes);
    return NULL;
}

static void gathered_pieces_stand_in_the_order_of_ranks(void **state)
{
    (void)state;
    static const uint32_t expected[] = {10, 20, 21, 30, 31, 32, 40, 41, 42, 43};
    rank ranks[RANKS];
    run(ranks, gather_words);
    for (size_t r = 0; r < RANKS; r++) {
        assert_int_equal(ranks[r].status, CN_OK);
        assert_memory_equal(ranks[r].got, expected, sizeof expected);
    }
}

/* Rank r gives rank s the s words 100 r + 10 s … */
static void *exchange_words(void *given)
{
    rank *r = given;
    size_t mine[RANKS], theirs[RANKS], n = 0;
    uint32_t words[RANKS * RANKS];
    for (size_t s = 0; s < RANKS; s++) {
        mine[s] = s * sizeof(uint32_t), theirs[s] = r->c->rank * sizeof(uint32_t);
        for (size_t i = 0; i < s; i++) words[n++] = (uint32_t)(100 * r->c->rank + 10 * s + i);
    }
    r->status = r->c->exchange(r->c->user, words, mine, r->got, theirs);
    return NULL;
}

static void an_exchange_brings_each_rank_its_pieces(void **state)
{
    (void)state;
    rank ranks[RANKS];
    run(ranks, exchange_words);
    for (size_t r = 0; r < RANKS; r++) {
        size_t n = 0;
        assert_int_equal(ranks[r].status, CN_OK);
        for (size_t from = 0; from < RANKS; from++)
            for (size_t i = 0; i < r; i++) assert_int_equal(ranks[r].got[n++], 100 * from + 10 * r + i);
    }
}

/* All to rank 0, which asks for them as they come. */
static void *send_to_zero(void *given)
{
    rank *r = given;
    const cn_communicator *c = r->c;
    if (c->rank) {
        r->word = (uint32_t)c->rank * 7;
        r->status = c->send(c->user, 0, &r->word, sizeof r->word);
        return NULL;
    }
    while (r->count < RANKS - 1 && r->status == CN_OK) {
        size_t from, bytes;
        r->status = c->next(c->user, -1, &from, &bytes);
        if (r->status == CN_OK && bytes == sizeof r->word)
            r->status = c->take(c->user, from, &r->word, bytes);
        if (r->status == CN_OK && r->word == 7 * from) r->from[r->count++] = from;
    }
    return NULL;
}

static void messages_say_who_sent_them(void **state)
{
    (void)state;
    rank ranks[RANKS];
    size_t sum = 0;
    run(ranks, send_to_zero);
    assert_int_equal(ranks[0].count, RANKS - 1);
    for (size_t i = 0; i < RANKS - 1; i++) sum += ranks[0].from[i];
    assert_int_equal(sum, 1 + 2 + 3 + 4);
}

static void *fail_as_two(void *given)
{
    rank *r = given;
    if (r->c->rank == 2) {
        r->c->give_up(r->c->user, "the disk is full");
        r->status = CN_ERROR_STATE;
        return NULL;
    }
    r->status = r->c->broadcast(r->c->user, 0, &r->word, sizeof r->word);
    strncpy(r->message, cn_error(), sizeof r->message - 1);
    return NULL;
}

static void a_rank_that_fails_is_named_to_those_that_wait(void **state)
{
    (void)state;
    rank ranks[RANKS];
    run(ranks, fail_as_two);
    for (size_t r = 0; r < RANKS; r++) {
        assert_int_equal(ranks[r].status, CN_ERROR_STATE);
        if (r != 2) assert_string_equal(ranks[r].message, "rank 2 failed: the disk is full");
    }
}

static void a_communicator_of_no_ranks_is_refused(void **state)
{
    (void)state;
    cn_communicator *none = NULL;
    assert_int_equal(cn_communicator_threads(0, &none), CN_ERROR_ARGUMENT);
    assert_string_equal(cn_error(), "a communicator of 0 ranks; expected 1 or more");
    cn_communicator_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broadcast_reaches_every_rank),
        cmocka_unit_test(gathered_pieces_stand_in_the_order_of_ranks),
        cmocka_unit_test(an_exchange_brings_each_rank_its_pieces),
        cmocka_unit_test(messages_say_who_sent_them),
        cmocka_unit_test(a_rank_that_fails_is_named_to_those_that_wait),
        cmocka_unit_test(a_communicator_of_no_ranks_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
