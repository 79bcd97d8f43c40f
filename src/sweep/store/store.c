/* The store's writer: a thread that takes what workers have handed over, all at once, into one transaction. */
#include "sweep/store/store.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/system/child.h"
#include "base/system/system.h"
#include "sweep/store/store_write.h"

enum { MOST_WAITING = 2000 /* messages */, PAUSE = 250 /* milliseconds between transactions */ };

struct cn__store {
    cn__store_writer writer; /* of the thread alone, once it runs */
    pthread_mutex_t lock;
    pthread_cond_t came, went; /* a message; the queue was emptied */
    pthread_t thread;
    cn__message *first, **last;
    size_t waiting;
    bool ends, running;
    cn_status status; /* of the writer */
    char *error;
};

/* ---- the thread --------------------------------------------------------------------------------------------------------- */

static cn__message *take_all(cn__store *s, bool *ends)
{
    pthread_mutex_lock(&s->lock);
    while (!s->first && !s->ends) pthread_cond_wait(&s->came, &s->lock);
    cn__message *all = s->first;
    s->first = NULL, s->last = &s->first, s->waiting = 0;
    *ends = s->ends;
    pthread_cond_broadcast(&s->went);
    pthread_mutex_unlock(&s->lock);
    return all;
}

/* So that a transaction holds much; but not when all is over. */
static void pause_a_little(cn__store *s)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += PAUSE * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&s->lock);
    while (!s->ends && s->waiting < MOST_WAITING / 2)
        if (pthread_cond_timedwait(&s->came, &s->lock, &until) == ETIMEDOUT) break;
    pthread_mutex_unlock(&s->lock);
}

static void note_failure(cn__store *s, cn_status status)
{
    pthread_mutex_lock(&s->lock);
    if (s->status == CN_OK) s->status = status, s->error = cn__strdup(cn_error());
    pthread_cond_broadcast(&s->went);
    pthread_mutex_unlock(&s->lock);
}

static void *write_all(void *argument)
{
    cn__store *s = argument;
    for (bool ends = false; !ends;) {
        cn__message *all = take_all(s, &ends);
        cn_status status = s->status == CN_OK && all ? cn__store_write(&s->writer, all) : CN_OK;
        cn__messages_free(all);
        if (status != CN_OK) note_failure(s, status);
        if (!ends) pause_a_little(s);
    }
    return NULL;
}

/* ---- handing over --------------------------------------------------------------------------------------------------------- */

static cn_status hand_over(cn__store *s, cn__message *m)
{
    if (!m) return CN_ERROR_MEMORY;
    pthread_mutex_lock(&s->lock);
    while (s->waiting >= MOST_WAITING && s->status == CN_OK) pthread_cond_wait(&s->went, &s->lock);
    cn_status status = s->status;
    *s->last = m;
    s->last = &m->next;
    if (s->waiting++ == 0 || s->waiting == MOST_WAITING / 2) pthread_cond_signal(&s->came);
    pthread_mutex_unlock(&s->lock);
    return status == CN_OK ? CN_OK
                           : cn__fail(status, "%s", s->error ? s->error : "the store cannot be written");
}

cn_status cn__store_trial_begins(cn__store *s, size_t number, const cn__configuration *c)
{
    cn__message *m = cn__message_new(CN_MESSAGE_TRIAL_BEGINS, number, 0);
    if (!m) return CN_ERROR_MEMORY;
    m->layers = cn__arena_strdup(&m->arena, c->layers);
    m->optimizer = cn__arena_strdup(&m->arena, c->optimizer ? c->optimizer : "rmsprop");
    m->loss = cn__arena_strdup(&m->arena, c->loss);
    m->callbacks = c->fit.callbacks ? cn__arena_strdup(&m->arena, c->fit.callbacks) : NULL;
    m->batch_size = (int64_t)c->fit.batch_size;
    m->time = time(NULL);
    return hand_over(s, m);
}

cn_status cn__store_series(cn__store *s, size_t number, size_t seed, const cn__metric_series *series,
                           size_t count)
{
    cn__message *m = cn__message_new(CN_MESSAGE_SERIES, number, seed);
    if (!m) return CN_ERROR_MEMORY;
    cn__metric_series *copy = cn__arena_array(&m->arena, count, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++) {
        double *values = cn__arena_array(&m->arena, series[i].count, sizeof *values);
        copy[i] = series[i];
        copy[i].name = cn__arena_strdup(&m->arena, series[i].name);
        copy[i].values = values;
        if (!values || !copy[i].name) copy = NULL;
        else memcpy(values, series[i].values, series[i].count * sizeof *values);
    }
    m->series = copy;
    m->series_count = count;
    if (copy) return hand_over(s, m);
    cn__messages_free(m);
    return CN_ERROR_MEMORY;
}

cn_status cn__store_run_ends(cn__store *s, size_t number, size_t seed, const cn__run_end *end)
{
    cn__message *m = cn__message_new(CN_MESSAGE_RUN_ENDS, number, seed);
    if (!m) return CN_ERROR_MEMORY;
    m->run = *end;
    m->run.note = end->note ? cn__arena_strdup(&m->arena, end->note) : NULL;
    return hand_over(s, m);
}

cn_status cn__store_model(cn__store *s, size_t number, size_t seed, char *bytes, size_t size)
{
    cn__message *m = cn__message_new(CN_MESSAGE_MODEL, number, seed);
    if (!m) {
        cn__free(bytes);
        return CN_ERROR_MEMORY;
    }
    m->bytes = bytes;
    m->size = size;
    return hand_over(s, m);
}

static const void *copy_of(cn__arena *arena, const void *from, size_t size)
{
    void *copy = cn__arena_alloc(arena, size + 1);
    if (copy && size) memcpy(copy, from, size);
    return copy;
}

cn_status cn__store_trial_ends(cn__store *s, size_t number, const cn__trial_end *end)
{
    cn__message *m = cn__message_new(CN_MESSAGE_TRIAL_ENDS, number, 0);
    const size_t goals = s->writer.study->goal_count;
    if (!m) return CN_ERROR_MEMORY;
    m->trial = *end;
    m->trial.note = end->note ? cn__arena_strdup(&m->arena, end->note) : NULL;
    m->trial.values = copy_of(&m->arena, end->values, goals * sizeof(double));
    m->trial.deviations = copy_of(&m->arena, end->deviations, goals * sizeof(double));
    m->trial.rung_values = copy_of(&m->arena, end->rung_values, end->rungs * sizeof(double));
    m->trial.rung_epochs = copy_of(&m->arena, end->rung_epochs, end->rungs * sizeof(unsigned));
    if (m->trial.values && m->trial.deviations && m->trial.rung_values && m->trial.rung_epochs)
        return hand_over(s, m);
    cn__messages_free(m);
    return CN_ERROR_MEMORY;
}

cn_status cn__store_keep_models(cn__store *s, const size_t *numbers, size_t count)
{
    cn__message *m = cn__message_new(CN_MESSAGE_KEEP, 0, 0);
    if (!m) return CN_ERROR_MEMORY;
    m->numbers = copy_of(&m->arena, numbers, count * sizeof *numbers);
    m->number_count = count;
    if (m->numbers) return hand_over(s, m);
    cn__messages_free(m);
    return CN_ERROR_MEMORY;
}

/* ---- opening and closing ---------------------------------------------------------------------------------------------------- */

bool cn__store_failed(cn__store *s)
{
    pthread_mutex_lock(&s->lock);
    bool failed = s->status != CN_OK;
    pthread_mutex_unlock(&s->lock);
    return failed;
}

int64_t cn__store_study_id(const cn__store *s) { return s->writer.study_id; }
const char *cn__store_path(const cn__store *s) { return s->writer.path; }

static cn_status start(cn__store *s)
{
    if (pthread_create(&s->thread, NULL, write_all, s) != 0)
        return cn__fail(CN_ERROR_MEMORY, "the store's thread cannot be started");
    s->running = true;
    cn__child_hold();
    return CN_OK;
}

cn_status cn__store_open(const char *path, cn__study *study, cn__store **out)
{
    *out = NULL;
    cn__store *s = cn__calloc(1, sizeof *s);
    if (!s) return CN_ERROR_MEMORY;
    s->last = &s->first;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->came, NULL);
    pthread_cond_init(&s->went, NULL);
    cn_status status = cn__store_writer_open(&s->writer, path, study);
    if (status == CN_OK) status = start(s);
    if (status == CN_OK) *out = s;
    else (void)!cn__store_close(s);
    return status;
}

cn_status cn__store_close(cn__store *s)
{
    if (!s) return CN_OK;
    if (s->running) {
        pthread_mutex_lock(&s->lock);
        s->ends = true;
        pthread_cond_signal(&s->came);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
        cn__child_release();
    }
    cn_status status = s->status;
    cn__store_writer_close(&s->writer);
    if (status != CN_OK && s->running)
        (void)cn__fail(status, "%s", s->error ? s->error : "the store cannot be written");
    pthread_cond_destroy(&s->came);
    pthread_cond_destroy(&s->went);
    pthread_mutex_destroy(&s->lock);
    cn__free(s->error);
    cn__free(s);
    return status;
}
