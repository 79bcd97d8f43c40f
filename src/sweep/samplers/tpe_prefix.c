/* What TPE must know of all trials before: how many there are, the best ones, the front. Workers ask a little out of order, so the
 * last prefixes are kept; one that is none of them is made anew. */
#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "sweep/samplers/tpe.h"

enum { KEPT = 64 };

struct cn__tpe_prefixes {
    pthread_mutex_t lock;
    cn__tpe_prefix longest, last[KEPT]; /* last: that of n trials at n % KEPT */
};

cn_status cn__tpe_prefixes_new(cn__tpe_prefixes **out)
{
    *out = cn__calloc(1, sizeof **out);
    if (!*out) return CN_ERROR_MEMORY;
    pthread_mutex_init(&(*out)->lock, NULL);
    return CN_OK;
}

void cn__tpe_prefixes_free(cn__tpe_prefixes *p)
{
    if (!p) return;
    pthread_mutex_destroy(&p->lock);
    cn__free(p);
}

bool cn__tpe_has_value(const cn__study *s, size_t i)
{
    const cn__trial *t = &s->trials[i];
    if (t->state != CN_TRIAL_COMPLETE && t->state != CN_TRIAL_PRUNED) return false;
    for (size_t k = 0; k < s->goal_count; k++)
        if (isnan(t->values[k])) return false;
    return true;
}

static void add_to_good(const cn__study *s, cn__tpe_prefix *p, size_t number)
{
    size_t at = p->good_count;
    while (at && cn__study_better(s, number, p->good[at - 1])) at--;
    if (at >= CN_TPE_MOST_GOOD) return;
    if (p->good_count < CN_TPE_MOST_GOOD) p->good_count++;
    memmove(p->good + at + 1, p->good + at, (p->good_count - at - 1) * sizeof *p->good);
    p->good[at] = number;
}

size_t cn__tpe_front_add(const cn__study *s, size_t *front, size_t count, size_t number)
{
    for (size_t k = 0; k < count; k++)
        if (cn__study_dominates(s, &s->trials[front[k]], &s->trials[number])) return count;
    size_t kept = 0; /* it may dominate some that came before */
    for (size_t k = 0; k < count; k++)
        if (!cn__study_dominates(s, &s->trials[number], &s->trials[front[k]])) front[kept++] = front[k];
    if (kept < CN_TPE_MOST_FRONT) front[kept++] = number;
    return kept;
}

static void add_to_front(const cn__study *s, cn__tpe_prefix *p, size_t number)
{
    p->front_count = cn__tpe_front_add(s, p->front, p->front_count, number);
}

static void add(const cn__study *s, cn__tpe_prefix *p)
{
    const size_t number = p->seen++;
    assert(s->trials[number].state != CN_TRIAL_WAITING);
    if (!cn__tpe_has_value(s, number)) return;
    p->valued++;
    if (s->goal_count > 1) add_to_front(s, p, number);
    else add_to_good(s, p, number);
}

static void grow(const cn__study *s, cn__tpe_prefixes *p, size_t seen)
{
    while (p->longest.seen < seen) {
        add(s, &p->longest);
        if (p->longest.seen + KEPT > seen) p->last[p->longest.seen % KEPT] = p->longest;
    }
}

void cn__tpe_prefix_of(cn__tpe_prefixes *p, const cn__study *s, size_t seen, cn__tpe_prefix *out)
{
    pthread_mutex_lock(&p->lock);
    grow(s, p, seen);
    *out = p->last[seen % KEPT];
    pthread_mutex_unlock(&p->lock);
    if (out->seen == seen) return;
    *out = (cn__tpe_prefix){0};
    while (out->seen < seen) add(s, out);
}
