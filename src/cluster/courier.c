/* A thread that sums over ranks while others compute. Sums are made in the order in which they were sent, which is the same on every
 * rank. */
#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/text/format.h"
#include "cluster/cluster.h"

enum { MOST_JOBS = 64 };

typedef struct job {
    real *values;
    size_t count, blocks;
    const cn__sum_use *use;
} job;

struct cn__courier {
    const cn__rank_sum *sum;
    job jobs[MOST_JOBS]; /* a ring: `done` to `sent` - 1 */
    size_t sent, done;
    bool over;
    cn_status status; /* of the first that failed */
    char error[400];
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
};

/* The lock is held, but for the sum itself. */
static void do_next(cn__courier *c)
{
    const job j = c->jobs[c->done % MOST_JOBS];
    cn_status status = c->status;
    pthread_mutex_unlock(&c->lock);
    if (status == CN_OK) status = cn__sum_over_ranks(c->sum, j.blocks, j.values, j.count, j.use);
    pthread_mutex_lock(&c->lock);
    if (status != CN_OK && c->status == CN_OK) {
        c->status = status;
        cn__format(c->error, sizeof c->error, "%s", cn_error());
    }
    c->done++;
    pthread_cond_broadcast(&c->changed);
}

static void *work(void *given)
{
    cn__courier *c = given;
    pthread_mutex_lock(&c->lock);
    while (!c->over) {
        if (c->done < c->sent) do_next(c);
        else pthread_cond_wait(&c->changed, &c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

cn__courier *cn__courier_new(const cn__rank_sum *sum)
{
    cn__courier *c = cn__calloc(1, sizeof *c);
    if (!c) return NULL;
    c->sum = sum;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->changed, NULL);
    if (pthread_create(&c->thread, NULL, work, c) == 0) return c;
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    cn__free(c);
    return NULL;
}

void cn__courier_send(cn__courier *c, size_t blocks, real *values, size_t count, const cn__sum_use *use)
{
    pthread_mutex_lock(&c->lock);
    while (c->sent - c->done == MOST_JOBS) pthread_cond_wait(&c->changed, &c->lock);
    c->jobs[c->sent++ % MOST_JOBS] = (job){values, count, blocks, use};
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

cn_status cn__courier_wait(cn__courier *c)
{
    pthread_mutex_lock(&c->lock);
    while (c->done < c->sent) pthread_cond_wait(&c->changed, &c->lock);
    const cn_status status = c->status == CN_OK ? CN_OK : cn__fail(c->status, "%s", c->error);
    pthread_mutex_unlock(&c->lock);
    return status;
}

void cn__courier_free(cn__courier *c)
{
    if (!c) return;
    pthread_mutex_lock(&c->lock);
    while (c->done < c->sent) pthread_cond_wait(&c->changed, &c->lock);
    c->over = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    cn__free(c);
}
