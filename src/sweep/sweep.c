/* The workers of a study. Under one lock they choose what to do next: a trial that waited for the others of its group and
 * goes on, else the next number. What a trial looks at is final before it begins, so it is chosen and run without the lock. */
#include "sweep/sweep.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/system/child.h"
#include "base/system/system.h"
#include "formats/hdf5/hdf5.h"
#include "sweep/flight.h"
#include "sweep/remote/office.h"
#include "sweep/remote/serve.h"

typedef struct scheduler {
    cn__study *study;
    const cn__sweep_options *options;
    cn__store *store;
    size_t next, prefix; /* the next number to begin; trials before `prefix` are final */
    size_t flying;
    cn__flight *waiting; /* at a rung, by their numbers */
    cn__office *office;  /* to other ranks, or NULL */
    size_t working;      /* threads that work */
    size_t *kept;        /* trials whose models are kept, the best first */
    size_t kept_count;
    cn__sweep_progress progress;
    double start, reported_at;
    bool interrupted;
    cn_status status;          /* the first failure that ends the study */
    char *error, *first_error; /* first_error: of the failed trial with the smallest number */
    size_t first_failed;
    pthread_mutex_t lock;
    pthread_cond_t changed;
} scheduler;

/* ---- progress ------------------------------------------------------------------------------------------------------------- */

static void report_progress(scheduler *c, bool now)
{
    const double clock = cn__clock();
    if (!c->options->progress || (!now && clock - c->reported_at < 0.1)) return;
    c->reported_at = clock;
    c->progress.seconds = clock - c->start;
    c->options->progress(c->options->user, c->study, &c->progress);
}

static void count_trial(scheduler *c, size_t number, cn__trial_state state)
{
    cn__sweep_progress *p = &c->progress;
    p->done++;
    p->complete += state == CN_TRIAL_COMPLETE;
    p->pruned += state == CN_TRIAL_PRUNED;
    p->failed += state == CN_TRIAL_FAILED;
    const bool has_value = state == CN_TRIAL_COMPLETE && !isnan(c->study->trials[number].values[0]);
    if (has_value && (p->best == SIZE_MAX || cn__study_better(c->study, number, p->best))) p->best = number;
}

/* ---- what to do next --------------------------------------------------------------------------------------------------------- */

static bool is_mine(const scheduler *c, size_t number)
{
    const cn__study_options *o = &c->study->options;
    return o->shards < 2 || number % o->shards == o->shard - 1;
}

/* Past what is done already, and what other shards do. */
static void skip_done(scheduler *c)
{
    const cn__study *s = c->study;
    while (c->prefix < s->trial_count &&
           (s->trials[c->prefix].state != CN_TRIAL_WAITING || !is_mine(c, c->prefix)))
        c->prefix++;
    while (c->next < s->trial_count && (s->trials[c->next].state != CN_TRIAL_WAITING || !is_mine(c, c->next)))
        c->next++;
}

/* The first that waits, on that rank, and whose group has come as far; NULL: none. */
static cn__flight *take_waiting(scheduler *c, size_t rank)
{
    for (cn__flight **at = &c->waiting; *at; at = &(*at)->next) {
        cn__flight *f = *at;
        if (f->rank != rank || !cn__study_can_decide(c->study, &f->course, f->rung)) continue;
        *at = f->next;
        return f;
    }
    return NULL;
}

static void add_waiting(scheduler *c, cn__flight *f)
{
    cn__flight **at = &c->waiting;
    while (*at && (*at)->number < f->number) at = &(*at)->next;
    f->next = *at;
    *at = f;
}

static cn__flight *new_flight(scheduler *c, size_t rank)
{
    cn__flight *f = cn__calloc(1, sizeof *f);
    if (f)
        *f = (cn__flight){.study = c->study,
                          .store = c->store,
                          .interrupted = c->options->interrupted,
                          .rank = rank,
                          .office = c->office,
                          .number = c->next++};
    return f;
}

static void fail(scheduler *c, cn_status status)
{
    if (c->status == CN_OK) c->status = status, c->error = cn__strdup(cn_error());
}

/* ---- models ---------------------------------------------------------------------------------------------------------------------- */

/* Is the trial among the best so far? Then it takes its place; those that fall out go at the end of the study. */
static bool is_kept(scheduler *c, size_t number)
{
    const size_t most = c->study->options.keep;
    size_t at = c->kept_count;
    if (!most || !c->store || isnan(c->study->trials[number].values[0])) return false;
    while (at && cn__study_better(c->study, number, c->kept[at - 1])) at--;
    if (at >= most) return false;
    if (c->kept_count < most) c->kept_count++;
    memmove(c->kept + at + 1, c->kept + at, (c->kept_count - at - 1) * sizeof *c->kept);
    c->kept[at] = number;
    return true;
}

static cn_status keep_models(scheduler *c, cn__flight *f)
{
    for (size_t i = 0; i < c->study->options.seeds; i++) {
        char *bytes;
        size_t size;
        CN_TRY(cn__flight_model(f, i, &bytes, &size));
        CN_TRY(cn__store_model(c->store, f->number, i, bytes, size));
    }
    return CN_OK;
}

/* ---- one trial ------------------------------------------------------------------------------------------------------------------- */

static cn_status begin(scheduler *c, cn__flight *f)
{
    cn__study *s = c->study;
    cn__trial *t = &s->trials[f->number];
    CN_TRY(s->sampler->suggest(s, f->number, cn__study_seen(s, f->number), t->point));
    for (size_t i = 0; i < s->space.count; i++)
        t->where[i] =
            isnan(t->point[i]) ? (double)NAN : cn__dimension_where(&s->space.dimensions[i], t->point[i]);
    return cn__flight_begin(f);
}

/* Writes the value at a rung for the others to see. One that is over before has the same value at all rungs that follow. */
static void report(scheduler *c, cn__flight *f)
{
    cn__trial *t = &c->study->trials[f->number];
    const double value = cn__flight_value(f);
    const size_t end = f->over ? f->course.count : f->rung + 1;
    pthread_mutex_lock(&c->lock);
    for (size_t i = t->reported; i < end; i++) t->rungs[i] = value;
    if (t->reported < end) t->reported = (unsigned)end;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

static cn_status land(scheduler *c, cn__flight *f, bool pruned)
{
    CN_TRY(cn__flight_end(f, pruned));
    pthread_mutex_lock(&c->lock);
    c->study->trials[f->number].state = f->state; /* its values are final */
    const bool keep = f->state == CN_TRIAL_COMPLETE && is_kept(c, f->number);
    pthread_mutex_unlock(&c->lock);
    cn_status status = keep ? keep_models(c, f) : CN_OK;
    pthread_mutex_lock(&c->lock);
    if (f->error && (!c->first_error || f->number < c->first_failed)) {
        cn__free(c->first_error);
        c->first_error = f->error, f->error = NULL, c->first_failed = f->number;
    }
    count_trial(c, f->number, f->state);
    skip_done(c);
    report_progress(c, false);
    pthread_mutex_unlock(&c->lock);
    cn__flight_free(f);
    return status;
}

static bool goes_on(scheduler *c, const cn__flight *f)
{
    pthread_mutex_lock(&c->lock);
    bool on = cn__study_goes_on(c->study, &f->course, f->number, f->rung);
    pthread_mutex_unlock(&c->lock);
    return on;
}

/* From where it is until it ends or has to wait; *flight is NULL when it has ended. */
static cn_status fly(scheduler *c, cn__flight **flight)
{
    cn__flight *f = *flight;
    for (bool at_rung = f->runs != NULL;;) {
        const bool pruned = at_rung && !f->over && !goes_on(c, f);
        if (f->over || pruned) {
            *flight = NULL;
            return land(c, f, pruned);
        }
        f->rung += at_rung;
        if (!f->runs) CN_TRY(begin(c, f));
        CN_TRY(cn__flight_advance(f));
        if (f->was_interrupted) return CN_OK;
        at_rung = f->rung < f->course.count;
        if (at_rung) report(c, f);
        if (!f->over && f->course.together) return CN_OK;
    }
}

/* ---- workers --------------------------------------------------------------------------------------------------------------------- */

static cn__flight *next_flight(scheduler *c, size_t rank)
{
    for (;;) {
        if (c->options->interrupted && c->options->interrupted()) c->interrupted = true;
        if (c->store && cn__store_failed(c->store)) c->interrupted = true; /* its closing says why */
        if (c->interrupted || c->status != CN_OK) return NULL;
        cn__flight *f = take_waiting(c, rank);
        if (f) return f;
        const bool more = c->next < c->study->trial_count;
        if (more && cn__study_seen(c->study, c->next) <= c->prefix) {
            f = new_flight(c, rank);
            if (!f) fail(c, CN_ERROR_MEMORY);
            skip_done(c);
            return f;
        }
        if (!more && !c->flying && !c->waiting) return NULL;
        pthread_cond_wait(&c->changed, &c->lock);
    }
}

/* One that trains here, or stands for one on another rank. */
typedef struct worker {
    scheduler *scheduler;
    size_t rank;
    pthread_t thread;
} worker;

static void *work(void *argument)
{
    const worker *w = argument;
    scheduler *c = w->scheduler;
    pthread_mutex_lock(&c->lock);
    for (cn__flight *f; (f = next_flight(c, w->rank));) {
        c->flying++;
        pthread_mutex_unlock(&c->lock);
        cn_status status = fly(c, &f);
        pthread_mutex_lock(&c->lock);
        c->flying--;
        if (status != CN_OK) fail(c, status);
        if (f && f->was_interrupted) c->interrupted = true;
        if (f) add_waiting(c, f);
        pthread_cond_broadcast(&c->changed);
    }
    pthread_cond_broadcast(&c->changed);
    const bool last = --c->working == 0;
    pthread_mutex_unlock(&c->lock);
    if (last && c->office) cn__office_close(c->office);
    return NULL;
}

static const cn_communicator *ranks_of(const scheduler *c)
{
    const cn_communicator *ranks = c->options->ranks;
    return ranks && ranks->size > 1 ? ranks : NULL;
}

/* Over ranks one trial at a time on each, here too. */
static size_t workers_here(const scheduler *c)
{
    if (c->options->workers > 0) return (size_t)c->options->workers;
    return ranks_of(c) ? 1 : (size_t)cn__cpu_count();
}

static cn_status start_workers(scheduler *c, worker *workers, size_t here, size_t wanted, size_t *started)
{
    pthread_mutex_lock(&c->lock); /* none ends before all are counted */
    while (*started < wanted) {
        worker *w = &workers[*started];
        *w = (worker){.scheduler = c, .rank = *started < here ? 0 : *started - here + 1};
        if (pthread_create(&w->thread, NULL, work, w) != 0) break;
        ++*started;
    }
    c->working += *started;
    pthread_mutex_unlock(&c->lock);
    return *started < wanted && c->office
               ? cn__fail(CN_ERROR_MEMORY, "the system has no thread for each rank")
               : CN_OK;
}

static cn_status work_together(scheduler *c, worker *workers, size_t here, size_t wanted)
{
    size_t started = 0;
    worker self = {.scheduler = c};
    cn_status status;
    if (c->office) {
        status = start_workers(c, workers, here, wanted, &started);
        if (status != CN_OK) fail(c, status);
        if (started) status = cn__office_run(c->office);
    } else {
        c->working = 1; /* this thread is one of them; threads that could not be started are not missed */
        status = start_workers(c, workers, here, wanted - 1, &started);
        work(&self);
    }
    for (size_t i = 0; i < started; i++) pthread_join(workers[i].thread, NULL);
    return status;
}

static cn_status run_workers(scheduler *c)
{
    const cn_communicator *ranks = ranks_of(c);
    const size_t here = workers_here(c), wanted = here + (ranks ? ranks->size - 1 : 0);
    worker *workers = cn__calloc(wanted, sizeof *workers);
    if (!workers) return CN_ERROR_MEMORY;
    cn__child_hold();
    cn_status status = work_together(c, workers, here, wanted);
    cn__child_release();
    cn__free(workers);
    while (c->waiting) {
        cn__flight *f = c->waiting;
        c->waiting = f->next;
        cn__flight_free(f);
    }
    return status;
}

/* ---- the whole ---------------------------------------------------------------------------------------------------------------------- */

static cn_status begin_scheduler(scheduler *c)
{
    cn__study *s = c->study;
    c->kept = cn__calloc(s->options.keep + 1, sizeof *c->kept);
    if (!c->kept) return CN_ERROR_MEMORY;
    if (ranks_of(c)) CN_TRY(cn__office_new(ranks_of(c), &c->office));
    if (s->options.keep && c->options->store)
        CN_TRY(cn__h5_ready()); /* before the first epoch, not after the last */
    if (c->options->store) CN_TRY(cn__store_open(c->options->store, s, &c->store));
    for (size_t i = 0; i < s->trial_count; i++) {
        cn__trial *t = &s->trials[i];
        c->progress.trials += is_mine(c, i);
        if (t->state == CN_TRIAL_WAITING) continue;
        count_trial(c, i, t->state);
        c->progress.resumed++;
        if (t->state == CN_TRIAL_COMPLETE) (void)is_kept(c, i);
    }
    skip_done(c);
    if (c->options->only_stored && c->next < s->trial_count)
        return cn__fail(CN_ERROR_STATE, "trial %zu is not in the store", c->next);
    return CN_OK;
}

static cn_status outcome(const scheduler *c)
{
    if (c->status != CN_OK) return cn__fail(c->status, "%s", c->error ? c->error : "out of memory");
    if (c->interrupted) return cn__fail(CN_ERROR_STATE, "interrupted; the same command goes on where it was");
    if (c->progress.done && c->progress.failed == c->progress.done)
        return cn__fail(CN_ERROR_NUMERIC, "all %zu trials failed; trial %zu: %s", c->progress.failed,
                        c->first_failed, c->first_error ? c->first_error : "the loss was not finite");
    return CN_OK;
}

static cn_status end_scheduler(scheduler *c, cn_status status)
{
    char *message = status != CN_OK ? cn__strdup(cn_error()) : NULL;
    if (c->store && status == CN_OK) status = cn__store_keep_models(c->store, c->kept, c->kept_count);
    cn_status closed = cn__store_close(c->store);
    if (closed != CN_OK) status = closed;
    else if (message) (void)cn__fail(status, "%s", message);
    cn__free(message);
    cn__office_free(c->office, status);
    cn__free(c->kept);
    cn__free(c->error);
    cn__free(c->first_error);
    return status;
}

cn_status cn__sweep_run(cn__study *study, const cn__sweep_options *options, cn__sweep_progress *out,
                        int64_t *study_id)
{
    const cn_communicator *ranks = options->ranks;
    if (ranks && ranks->rank > 0) {
        if (out) *out = (cn__sweep_progress){.best = SIZE_MAX};
        return cn__remote_serve(study, ranks, options->interrupted);
    }
    scheduler c = {.study = study, .options = options, .start = cn__clock(), .progress.best = SIZE_MAX};
    pthread_mutex_init(&c.lock, NULL);
    pthread_cond_init(&c.changed, NULL);
    cn_status status = begin_scheduler(&c);
    if (status == CN_OK) status = run_workers(&c);
    if (status == CN_OK) status = outcome(&c);
    if (c.store && study_id) *study_id = cn__store_study_id(c.store);
    report_progress(&c, true);
    c.progress.seconds = cn__clock() - c.start;
    if (out) *out = c.progress;
    status = end_scheduler(&c, status);
    pthread_cond_destroy(&c.changed);
    pthread_mutex_destroy(&c.lock);
    return status;
}
