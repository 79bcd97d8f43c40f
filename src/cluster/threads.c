/* Ranks that are threads of one process. In a step that all take together each lays down what it has, waits for the others,
 * copies what is meant for it, and waits again. */
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "cluster/cluster.h"

typedef struct message {
    struct message *next;
    size_t from, bytes;
    unsigned char data[];
} message;

typedef struct group {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t size, arrived, left; /* left: communicators that are not freed yet */
    unsigned long turn;
    const void **mine; /* (size): what each laid down */
    const size_t **bytes;
    message **inbox; /* (size): first in, first out */
    bool gone;       /* a rank is: `why` names it */
    char why[400];
} group;

typedef struct rank_thread {
    group *group;
    size_t rank;
} rank_thread;

static cn_status fail_gone(const group *t) { return cn__fail(CN_ERROR_STATE, "%s", t->why); }

/* Waits until all ranks are here. */
static cn_status meet(group *t)
{
    pthread_mutex_lock(&t->lock);
    const unsigned long turn = t->turn;
    if (!t->gone && ++t->arrived == t->size) {
        t->arrived = 0, t->turn++;
        pthread_cond_broadcast(&t->changed);
    }
    while (!t->gone && t->turn == turn) pthread_cond_wait(&t->changed, &t->lock);
    const bool gone = t->turn == turn && t->gone;
    cn_status status = gone ? fail_gone(t) : CN_OK;
    pthread_mutex_unlock(&t->lock);
    return status;
}

static cn_status lay_down(const rank_thread *m, const void *data, const size_t *bytes)
{
    m->group->mine[m->rank] = data, m->group->bytes[m->rank] = bytes;
    return meet(m->group);
}

static void copy(void *to, const void *from, size_t bytes)
{
    if (bytes && to != from) memcpy(to, from, bytes);
}

static cn_status broadcast(void *user, size_t root, void *data, size_t bytes)
{
    const rank_thread *m = user;
    CN_TRY(lay_down(m, data, NULL));
    copy(data, m->group->mine[root], bytes);
    return meet(m->group);
}

static cn_status gather(void *user, const void *mine, void *all, const size_t *bytes)
{
    const rank_thread *m = user;
    char *at = all;
    CN_TRY(lay_down(m, mine, bytes));
    for (size_t r = 0; r < m->group->size; at += bytes[r++]) copy(at, m->group->mine[r], bytes[r]);
    return meet(m->group);
}

static cn_status exchange(void *user, const void *mine, const size_t *mine_bytes, void *theirs,
                          const size_t *theirs_bytes)
{
    const rank_thread *m = user;
    char *at = theirs;
    CN_TRY(lay_down(m, mine, mine_bytes));
    for (size_t r = 0; r < m->group->size; at += theirs_bytes[r++]) {
        const char *from = m->group->mine[r];
        for (size_t before = 0; before < m->rank; before++) from += m->group->bytes[r][before];
        copy(at, from, theirs_bytes[r]);
    }
    return meet(m->group);
}

/* ---- messages ------------------------------------------------------------------------------------------------ */

static cn_status send_to(void *user, size_t to, const void *data, size_t bytes)
{
    const rank_thread *m = user;
    group *t = m->group;
    message *new = cn__malloc(sizeof *new + bytes);
    if (!new) return CN_ERROR_MEMORY;
    *new = (message){.from = m->rank, .bytes = bytes};
    copy(new->data, data, bytes);
    pthread_mutex_lock(&t->lock);
    message **last = &t->inbox[to];
    while (*last) last = &(*last)->next;
    *last = new;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
    return CN_OK;
}

/* The inbox has something, or a rank is gone, or the time is over. */
static void wait_for_message(group *t, size_t rank, double seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    const double end = (double)until.tv_nsec * 1e-9 + seconds;
    until.tv_sec += (time_t)end;
    until.tv_nsec = (long)((end - floor(end)) * 1e9);
    while (!t->inbox[rank] && !t->gone)
        if (seconds < 0) pthread_cond_wait(&t->changed, &t->lock);
        else if (pthread_cond_timedwait(&t->changed, &t->lock, &until) != 0) return;
}

static cn_status next(void *user, double seconds, size_t *from, size_t *bytes)
{
    const rank_thread *m = user;
    group *t = m->group;
    pthread_mutex_lock(&t->lock);
    wait_for_message(t, m->rank, seconds);
    const message *first = t->inbox[m->rank];
    *from = first ? first->from : SIZE_MAX, *bytes = first ? first->bytes : 0;
    cn_status status = first || !t->gone ? CN_OK : fail_gone(t);
    pthread_mutex_unlock(&t->lock);
    return status;
}

static cn_status take(void *user, size_t from, void *data, size_t bytes)
{
    const rank_thread *m = user;
    group *t = m->group;
    pthread_mutex_lock(&t->lock);
    message **at = &t->inbox[m->rank];
    while (*at && (*at)->from != from) at = &(*at)->next;
    message *found = *at;
    if (found) *at = found->next;
    pthread_mutex_unlock(&t->lock);
    if (!found || found->bytes != bytes) {
        cn__free(found);
        return cn__fail(CN_ERROR_STATE, "there is no message of %zu bytes from rank %zu", bytes, from);
    }
    copy(data, found->data, bytes);
    cn__free(found);
    return CN_OK;
}

/* ---- beginning and end ----------------------------------------------------------------------------------------- */

static void give_up(void *user, const char *why)
{
    const rank_thread *m = user;
    group *t = m->group;
    pthread_mutex_lock(&t->lock);
    if (!t->gone) {
        t->gone = true;
        snprintf(t->why, sizeof t->why, "rank %zu failed: %s", m->rank,
                 why && *why ? why : "it said not why");
        pthread_cond_broadcast(&t->changed);
    }
    pthread_mutex_unlock(&t->lock);
}

static void free_group(group *t)
{
    for (size_t r = 0; t->inbox && r < t->size; r++)
        for (message *m = t->inbox[r], *after; m; m = after) {
            after = m->next;
            cn__free(m);
        }
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->lock);
    cn__free(t->mine);
    cn__free(t->bytes);
    cn__free(t->inbox);
    cn__free(t);
}

static void leave(void *user)
{
    rank_thread *m = user;
    group *t = m->group;
    pthread_mutex_lock(&t->lock);
    const bool last = --t->left == 0;
    pthread_mutex_unlock(&t->lock);
    cn__free(m);
    if (last) free_group(t);
}

static group *new_group(size_t size)
{
    group *t = cn__calloc(1, sizeof *t);
    if (!t) return NULL;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->changed, NULL);
    t->size = t->left = size;
    t->mine = cn__calloc(size, sizeof *t->mine);
    t->bytes = cn__calloc(size, sizeof *t->bytes);
    t->inbox = cn__calloc(size, sizeof *t->inbox);
    if (t->mine && t->bytes && t->inbox) return t;
    free_group(t);
    return NULL;
}

static cn_communicator *new_rank(group *t, size_t rank)
{
    cn_communicator *c = cn__calloc(1, sizeof *c);
    rank_thread *m = cn__calloc(1, sizeof *m);
    if (!c || !m) {
        cn__free(c);
        cn__free(m);
        return NULL;
    }
    *m = (rank_thread){t, rank};
    *c = (cn_communicator){.rank = rank,
                           .size = t->size,
                           .user = m,
                           .broadcast = broadcast,
                           .gather = gather,
                           .exchange = exchange,
                           .send = send_to,
                           .next = next,
                           .take = take,
                           .give_up = give_up,
                           .free = leave,
                           .any_thread = 1};
    return c;
}

cn_status cn_communicator_threads(size_t size, cn_communicator **out)
{
    if (!size) return cn__fail(CN_ERROR_ARGUMENT, "a communicator of 0 ranks; expected 1 or more");
    group *t = new_group(size);
    if (!t) return CN_ERROR_MEMORY;
    for (size_t r = 0; r < size; r++) {
        if ((out[r] = new_rank(t, r))) continue;
        t->left = r ? r : 1; /* the last one that leaves frees the group */
        if (!r) free_group(t);
        while (r-- > 0) cn_communicator_free(out[r]);
        return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

void cn_communicator_free(cn_communicator *c)
{
    if (!c) return;
    if (c->free) c->free(c->user);
    cn__free(c);
}
