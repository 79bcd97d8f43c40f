/* A pool of threads. Two counters move it: `started` sends the workers into a run, `passed` lets them
 * through a barrier; `finished` tells the caller that a run is over. Each is waited for in the same
 * way: watched for a while, then slept on. Work is read only after `started` moved, and changed only
 * after `finished` did. */
#include "base/system/pool.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/system/system.h"

enum { CACHE_LINE = 64, MOST_THREADS = 1024, PAUSES_A_LOOK = 32 };

/* How long a worker watches before it sleeps, and from when on it lets others have the processor meanwhile. To
 * sleep and be woken costs up to 100 microseconds on a virtual machine; steps of a plan take 10 to 100. */
static const double watch_seconds = 300e-6, yield_seconds = 30e-6;

/* A counter that others wait for, on a cache line of its own. */
typedef struct signal_counter {
    _Alignas(CACHE_LINE) _Atomic unsigned value;
} signal_counter;

typedef struct worker {
    cn__pool *pool;
    pthread_t thread;
    int index;
} worker;

struct cn__pool {
    signal_counter started, passed, finished;
    _Alignas(CACHE_LINE) _Atomic int arrived; /* at the barrier */
    _Alignas(CACHE_LINE) _Atomic int working; /* workers but the caller that are still in the run */

    _Alignas(CACHE_LINE) _Atomic int sleepers;
    pthread_mutex_t lock; /* with `moved`: sleepers wait here, whatever counter they wait for */
    pthread_cond_t moved;

    void (*work)(void *context, int worker); /* NULL: the workers end */
    void *context;

    int size;
    int taking_part; /* in the run */
    int running;     /* threads that were started */
    bool watches;    /* there is a processor for every worker */
    worker *workers;
    cn__arena arena; /* this struct too lies in it */
};

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ volatile("yield");
#endif
}

/* Watches until the counter is no longer `old`, for watch_seconds at most. */
static bool watch(signal_counter *counter, unsigned old)
{
    double start = cn__clock(), spent = 0;
    do {
        for (int i = 0; i < PAUSES_A_LOOK; i++) {
            if (atomic_load_explicit(&counter->value, memory_order_acquire) != old) return true;
            pause_briefly();
        }
        if (spent > yield_seconds) sched_yield();
        spent = cn__clock() - start;
    } while (spent < watch_seconds);
    return false;
}

/* Returns once the counter is no longer `old`. A sleeper counts itself before it looks again, and
 * `move` looks for sleepers after it moved, both in the one order of sequential consistency: one of
 * the two always sees the other. */
static void await(cn__pool *pool, signal_counter *counter, unsigned old)
{
    if (atomic_load_explicit(&counter->value, memory_order_acquire) != old) return;
    if (pool->watches && watch(counter, old)) return;
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->sleepers, 1);
    while (atomic_load(&counter->value) == old) pthread_cond_wait(&pool->moved, &pool->lock);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->lock);
}

static void move(cn__pool *pool, signal_counter *counter)
{
    atomic_fetch_add(&counter->value, 1);
    if (atomic_load(&pool->sleepers) == 0) return;
    pthread_mutex_lock(&pool->lock);
    pthread_cond_broadcast(&pool->moved);
    pthread_mutex_unlock(&pool->lock);
}

static void *worker_main(void *argument)
{
    const worker *self = argument;
    cn__pool *pool = self->pool;
    for (unsigned runs = 0;; runs++) {
        await(pool, &pool->started, runs);
        if (!pool->work) return NULL;
        if (self->index < pool->taking_part) pool->work(pool->context, self->index);
        if (atomic_fetch_sub(&pool->working, 1) == 1) move(pool, &pool->finished);
    }
}

/* Starts the workers 1 … size-1, or as many as the system gives: fewer do the same work to the same bits. They take no
 * signals: those belong to the program's own threads. */
static void start_workers(cn__pool *pool)
{
    sigset_t all, before;
    int error = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (!error && pool->running < pool->size - 1) {
        worker *next = &pool->workers[pool->running];
        *next = (worker){.pool = pool, .index = pool->running + 1};
        error = pthread_create(&next->thread, NULL, worker_main, next);
        if (!error) pool->running++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pool->size = pool->running + 1;
}

cn__pool *cn__pool_new(int threads)
{
    if (threads < 0 || threads > MOST_THREADS) {
        cn__fail(CN_ERROR_ARGUMENT, "threads is %d; it must be 0 (one for each processor) to %d", threads,
                 MOST_THREADS);
        return NULL;
    }
    int processors = cn__cpu_count();
    int size = threads ? threads : processors < MOST_THREADS ? processors : MOST_THREADS;
    cn__arena arena = {0};
    cn__pool *pool = cn__arena_alloc(&arena, sizeof *pool);
    worker *workers = pool ? cn__arena_array(&arena, (size_t)size, sizeof *workers) : NULL;
    if (!workers) {
        cn__arena_free(&arena);
        return NULL;
    }
    pool->size = size;
    pool->watches = size <= processors;
    pool->workers = workers;
    pool->arena = arena;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->moved, NULL);
    start_workers(pool);
    return pool;
}

void cn__pool_free(cn__pool *pool)
{
    if (!pool) return;
    pool->work = NULL;
    move(pool, &pool->started);
    for (int i = 0; i < pool->running; i++) pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->moved);
    pthread_mutex_destroy(&pool->lock);
    cn__arena arena = pool->arena;
    cn__arena_free(&arena);
}

int cn__pool_size(const cn__pool *pool) { return pool->size; }

void cn__pool_run(cn__pool *pool, int workers, void (*work)(void *context, int worker), void *context)
{
    assert(workers > 0 && workers <= pool->size);
    pool->taking_part = workers;
    if (workers == 1) { /* the others stay asleep */
        work(context, 0);
        return;
    }
    unsigned runs = atomic_load_explicit(&pool->finished.value, memory_order_relaxed);
    pool->work = work;
    pool->context = context;
    atomic_store_explicit(&pool->working, pool->size - 1, memory_order_relaxed);
    move(pool, &pool->started);
    work(context, 0);
    await(pool, &pool->finished, runs);
}

void cn__pool_barrier(cn__pool *pool)
{
    if (pool->taking_part == 1) return;
    unsigned generation = atomic_load_explicit(&pool->passed.value, memory_order_relaxed);
    if (atomic_fetch_add(&pool->arrived, 1) + 1 < pool->taking_part) {
        await(pool, &pool->passed, generation);
        return;
    }
    atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed); /* seen by all: `passed` moves after */
    move(pool, &pool->passed);
}

cn__range cn__slice(size_t n, size_t grain, int part, int parts)
{
    assert(part >= 0 && part < parts);
    if (!grain) grain = 1;
    size_t grains = n / grain + (n % grain != 0);
    size_t each = grains / (size_t)parts, more = grains % (size_t)parts, p = (size_t)part;
    size_t first = each * p + (p < more ? p : more);
    size_t last = first + each + (p < more);
    return (cn__range){first == grains ? n : first * grain, last == grains ? n : last * grain};
}
