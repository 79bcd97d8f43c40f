/* Trials that other ranks hold ahead: who gets them when one is idle, and what is answered late. Rank 0 has an office, and two threads
 * that stand for trials; what ranks 1 and 2 do is written here. */
#include "sweep/support.h"

#include <pthread.h>

#include "sweep/remote/office.h"

enum { RANKS = 3, TRIALS = 3 };

typedef struct scene {
    cn_communicator *ranks[RANKS];
    cn__office *office;
    cn__study study;
    cn__trial trials[TRIALS];
    double points[TRIALS];
    pthread_t mail;
    cn_status mail_status;
} scene;

/* A thread that stands for a trial. */
typedef struct asking {
    cn__office *office;
    cn__flight flight;
    char *bytes;
    size_t size;
    cn_status status;
    pthread_t thread;
} asking;

static void *bring(void *given)
{
    scene *s = given;
    s->mail_status = cn__office_run(s->office);
    return NULL;
}

static void begin_scene(scene *s)
{
    *s = (scene){.study = {.trials = s->trials, .trial_count = TRIALS, .space.count = 1}};
    for (size_t i = 0; i < TRIALS; i++) s->points[i] = 10.5 + (double)i, s->trials[i].point = &s->points[i];
    succeeds(cn_communicator_threads(RANKS, s->ranks));
    succeeds(cn__office_new(s->ranks[0], &s->office));
    assert_int_equal(pthread_create(&s->mail, NULL, bring, s), 0);
}

static void *ask(void *given)
{
    asking *a = given;
    const cn__rank_request r = {.command = CN_REQUEST_BEGIN, .number = a->flight.number};
    a->status = cn__office_ask(a->office, &a->flight, &r, &a->bytes, &a->size);
    return NULL;
}

static void begin_asking(scene *s, asking *a, size_t number, size_t rank)
{
    *a = (asking){.office = s->office, .flight = {.study = &s->study, .number = number, .rank = rank}};
    assert_int_equal(pthread_create(&a->thread, NULL, ask, a), 0);
}

static void end_asking(asking *a)
{
    pthread_join(a->thread, NULL);
    succeeds(a->status);
}

/* The next request that a rank finds, and its point, if it has one. */
static cn__rank_request next_request(scene *s, size_t rank, double *point)
{
    char bytes[sizeof(cn__rank_request) + sizeof(double)];
    cn__rank_request r;
    size_t from, size;
    cn_communicator *c = s->ranks[rank];
    succeeds(c->next(c->user, 10, &from, &size));
    assert_int_equal(from, 0);
    assert_true(size <= sizeof bytes && size >= sizeof r);
    succeeds(c->take(c->user, 0, bytes, size));
    memcpy(&r, bytes, sizeof r);
    if (size == sizeof bytes) memcpy(point, bytes + sizeof r, sizeof *point);
    return r;
}

/* In pieces, as MPI may bring it. */
static void send_answer(scene *s, size_t rank, uint64_t serial, const char *text)
{
    const cn__rank_answer head = {serial, strlen(text)};
    char first[sizeof head + 1];
    cn_communicator *c = s->ranks[rank];
    memcpy(first, &head, sizeof head);
    first[sizeof head] = *text;
    succeeds(c->send(c->user, 0, first, sizeof first));
    for (const char *p = text + 1; *p; p++) succeeds(c->send(c->user, 0, p, 1));
}

static void *stop_rank(void *given)
{
    scene *s = given;
    double point;
    for (size_t rank = 1; rank < RANKS; rank++) {
        cn__rank_request r;
        do r = next_request(s, rank, &point);
        while (r.command != CN_REQUEST_STOP);
        const cn__rank_answer head = {r.serial, 0};
        succeeds(s->ranks[rank]->send(s->ranks[rank]->user, 0, &head, sizeof head));
    }
    return NULL;
}

static void end_scene(scene *s)
{
    pthread_t others;
    cn__office_close(s->office);
    pthread_join(s->mail, NULL);
    succeeds(s->mail_status);
    assert_int_equal(pthread_create(&others, NULL, stop_rank, s), 0);
    cn__office_free(s->office, CN_OK);
    pthread_join(others, NULL);
    for (size_t r = 0; r < RANKS; r++) cn_communicator_free(s->ranks[r]);
}

static void expect_answer(const asking *a, const char *text)
{
    assert_int_equal(a->size, strlen(text));
    assert_memory_equal(a->bytes, text, a->size);
    cn__free(a->bytes);
}

static void an_idle_rank_takes_over_what_another_holds(void **state)
{
    (void)state;
    scene s;
    asking first, second;
    double point = 0;
    size_t from = 0;
    begin_scene(&s);
    begin_asking(&s, &first, 0, 1);
    const cn__rank_request trained = next_request(&s, 1, &point);
    assert_false(cn__office_move(s.office, 2, &from)); /* it is being trained */
    begin_asking(&s, &second, 1, 1);
    const cn__rank_request held = next_request(&s, 1, &point);
    assert_int_equal(held.number, 1);
    assert_true(cn__office_move(s.office, 2, &from));
    assert_int_equal(from, 1);
    const cn__rank_request back = next_request(&s, 1, &point);
    assert_int_equal(back.command, CN_REQUEST_FORGET);
    assert_int_equal(back.number, 1);
    const cn__rank_request moved = next_request(&s, 2, &point);
    assert_int_equal(moved.command, CN_REQUEST_BEGIN);
    assert_int_equal(moved.number, 1);
    assert_true(point == 11.5);
    assert_false(cn__office_move(s.office, 2, &from)); /* each has one */
    send_answer(&s, 1, held.serial, "too late");       /* rank 1 had begun it all the same */
    send_answer(&s, 1, trained.serial, "first");
    end_asking(&first);
    send_answer(&s, 2, moved.serial, "second");
    end_asking(&second);
    expect_answer(&first, "first");
    expect_answer(&second, "second");
    assert_int_equal(second.flight.rank, 2);
    end_scene(&s);
}

/* A rank trains trial 0 and holds trial `number`; returns the request for what it trains. */
static cn__rank_request give_two(scene *s, asking *first, asking *second, size_t number, size_t rank)
{
    double point;
    begin_asking(s, first, 0, rank);
    const cn__rank_request trained = next_request(s, rank, &point);
    begin_asking(s, second, number, rank);
    (void)next_request(s, rank, &point);
    return trained;
}

static void this_process_takes_over_what_another_holds(void **state)
{
    (void)state;
    scene s;
    asking first, second;
    size_t from = 0;
    begin_scene(&s);
    const cn__rank_request trained = give_two(&s, &first, &second, 2, 2);
    assert_true(cn__office_move(s.office, 0, &from));
    assert_int_equal(from, 2);
    end_asking(&second); /* without an answer: it is trained here */
    assert_null(second.bytes);
    assert_int_equal(second.flight.rank, 0);
    send_answer(&s, 2, trained.serial, "x");
    end_asking(&first);
    expect_answer(&first, "x");
    end_scene(&s);
}

static void what_is_held_at_the_end_is_recalled(void **state)
{
    (void)state;
    scene s;
    asking first, second;
    begin_scene(&s);
    const cn__rank_request trained = give_two(&s, &first, &second, 1, 1);
    cn__office_recall(s.office);
    end_asking(&second);
    assert_true(second.flight.was_interrupted);
    assert_false(first.flight.was_interrupted);
    send_answer(&s, 1, trained.serial, "y");
    end_asking(&first);
    expect_answer(&first, "y");
    end_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_rank_takes_over_what_another_holds),
        cmocka_unit_test(this_process_takes_over_what_another_holds),
        cmocka_unit_test(what_is_held_at_the_end_is_recalled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
