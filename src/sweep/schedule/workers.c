/* The threads of a study, here and for other ranks. What a trial looks at is final before it begins, so it is chosen under one lock
 * and run without it. */
#include "sweep/schedule/workers.h"

#include "base/system/child.h"
#include "base/system/system.h"
#include "sweep/flight.h"
#include "sweep/remote/office.h"
#include "sweep/schedule/advance.h"
#include "sweep/schedule/next.h"

static void *work(void *argument)
{
    const cn__sweep_worker *w = argument;
    cn__scheduler *c = w->scheduler;
    pthread_mutex_lock(&c->lock);
    for (cn__flight *f; (f = cn__next_flight(w));) {
        size_t rank = w->rank;
        c->flying++;
        pthread_mutex_unlock(&c->lock);
        cn_status status = cn__advance_trial(c, &f, &rank);
        pthread_mutex_lock(&c->lock);
        c->flying--;
        if (status != CN_OK) cn__fail_study(c, status);
        if (f && f->was_interrupted) c->interrupted = true;
        if (f) cn__add_waiting(c, f);
        cn__flight_left(c, rank);
    }
    pthread_cond_broadcast(&c->changed);
    const bool last = --c->working == 0;
    pthread_mutex_unlock(&c->lock);
    if (last && c->office) cn__office_close(c->office);
    return NULL;
}

const cn_communicator *cn__ranks_of(const cn__scheduler *c)
{
    const cn_communicator *ranks = c->options->ranks;
    return ranks && ranks->size > 1 ? ranks : NULL;
}

/* Over ranks one trial at a time on each, here too. */
static size_t workers_here(const cn__scheduler *c)
{
    if (c->options->workers > 0) return (size_t)c->options->workers;
    return cn__ranks_of(c) ? 1 : (size_t)cn__cpu_count();
}

/* The threads of this process, then one for each other rank, then a second one for each. */
static cn__sweep_worker worker_at(cn__scheduler *c, size_t i)
{
    if (i < c->here) return (cn__sweep_worker){.scheduler = c};
    const size_t at = i - c->here, others = c->ranks - 1;
    return (cn__sweep_worker){.scheduler = c, .rank = 1 + at % others, .slot = at / others};
}

static cn_status start_workers(cn__scheduler *c, cn__sweep_worker *workers, size_t wanted, size_t needed,
                               size_t *started)
{
    pthread_mutex_lock(&c->lock); /* none ends before all are counted */
    while (*started < wanted) {
        cn__sweep_worker *w = &workers[*started];
        *w = worker_at(c, *started);
        if (pthread_create(&w->thread, NULL, work, w) != 0) break;
        ++*started;
    }
    c->working += *started;
    pthread_mutex_unlock(&c->lock);
    return *started < needed ? cn__fail(CN_ERROR_MEMORY, "the system has no thread for each rank") : CN_OK;
}

/* Without other ranks this thread is one of the workers; threads that could not be started are not missed. */
static cn_status work_together(cn__scheduler *c, cn__sweep_worker *workers, size_t wanted)
{
    size_t started = 0;
    cn__sweep_worker self = {.scheduler = c};
    cn_status status;
    if (c->office) {
        status = start_workers(c, workers, wanted, c->here + c->ranks - 1, &started);
        if (status != CN_OK) cn__fail_study(c, status);
        if (started) status = cn__office_run(c->office);
    } else {
        c->working = 1;
        status = start_workers(c, workers, wanted - 1, 0, &started);
        work(&self);
    }
    for (size_t i = 0; i < started; i++) pthread_join(workers[i].thread, NULL);
    return status;
}

static void free_waiting(cn__scheduler *c)
{
    while (c->waiting) {
        cn__flight *f = c->waiting;
        c->waiting = f->next;
        cn__flight_free(f);
    }
}

cn_status cn__run_workers(cn__scheduler *c)
{
    enum { MANY_RANKS = 64 };
    const cn_communicator *ranks = cn__ranks_of(c);
    c->here = workers_here(c);
    c->ranks = ranks ? ranks->size : 1;
    c->slots = c->ranks > MANY_RANKS ? 2 : CN_MOST_SLOTS;
    c->depth = 2;
    const size_t wanted = c->here + (c->ranks - 1) * c->slots;
    cn__sweep_worker *workers = cn__calloc(wanted, sizeof *workers);
    c->load = cn__calloc(c->ranks, sizeof *c->load);
    cn_status status = workers && c->load ? CN_OK : CN_ERROR_MEMORY;
    if (status == CN_OK) {
        cn__child_hold();
        status = work_together(c, workers, wanted);
        cn__child_release();
    }
    cn__free(workers);
    cn__free(c->load);
    c->load = NULL;
    free_waiting(c);
    return status;
}
