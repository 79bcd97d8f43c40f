/* Rank 0's letters to the other ranks, and their answers. */
#include "sweep/remote/office.h"

#include <pthread.h>
#include <string.h>

#include "sweep/remote/request.h"

/* ---- the office ------------------------------------------------------------------------------------------ */

typedef struct letter {
    struct letter *next;
    size_t to, size;
    char bytes[];
} letter;

typedef struct counter {
    char *bytes;
    size_t size;
    bool answered;
} counter;

struct cn__office {
    const cn_communicator *ranks;
    letter *out, **last;
    counter *counters; /* (ranks) */
    bool closing;
    cn_status status; /* of the first failure */
    char *error;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

cn_status cn__office_new(const cn_communicator *ranks, cn__office **out)
{
    cn__office *o = cn__calloc(1, sizeof *o);
    counter *counters = cn__calloc(ranks->size, sizeof *counters);
    if (!o || !counters) {
        cn__free(o);
        cn__free(counters);
        return CN_ERROR_MEMORY;
    }
    o->ranks = ranks, o->counters = counters, o->last = &o->out;
    pthread_mutex_init(&o->lock, NULL);
    pthread_cond_init(&o->changed, NULL);
    *out = o;
    return CN_OK;
}

/* A message for a rank; whoever called waits for the answer, or does not. */
static cn_status post(cn__office *o, size_t to, const cn__request *r, const double *point, size_t count)
{
    letter *l = cn__malloc(sizeof *l + sizeof *r + count * sizeof *point);
    if (!l) return CN_ERROR_MEMORY;
    *l = (letter){.to = to, .size = sizeof *r + count * sizeof *point};
    memcpy(l->bytes, r, sizeof *r);
    if (count) memcpy(l->bytes + sizeof *r, point, count * sizeof *point);
    pthread_mutex_lock(&o->lock);
    *o->last = l, o->last = &l->next;
    pthread_cond_broadcast(&o->changed);
    pthread_mutex_unlock(&o->lock);
    return CN_OK;
}

static cn_status answer_of(cn__office *o, size_t from, char **bytes, size_t *size)
{
    counter *c = &o->counters[from];
    pthread_mutex_lock(&o->lock);
    while (!c->answered && o->status == CN_OK) pthread_cond_wait(&o->changed, &o->lock);
    cn_status status = c->answered ? CN_OK : cn__fail(o->status, "%s", o->error ? o->error : "out of memory");
    if (c->answered) *bytes = c->bytes, *size = c->size;
    c->answered = false, c->bytes = NULL;
    pthread_mutex_unlock(&o->lock);
    return status;
}

static cn_status send_letters(cn__office *o)
{
    cn_status status = CN_OK;
    for (;;) {
        pthread_mutex_lock(&o->lock);
        letter *l = o->out;
        if (l && !(o->out = l->next)) o->last = &o->out;
        pthread_mutex_unlock(&o->lock);
        if (!l || status != CN_OK) {
            cn__free(l);
            if (!l) return status;
            continue;
        }
        status = o->ranks->send(o->ranks->user, l->to, l->bytes, l->size);
        cn__free(l);
    }
}

static cn_status receive(cn__office *o)
{
    const double seconds = 0.0005;
    size_t from, size;
    CN_TRY(o->ranks->next(o->ranks->user, seconds, &from, &size));
    if (from == SIZE_MAX) return CN_OK;
    char *bytes = cn__malloc(size + 1);
    if (!bytes) return CN_ERROR_MEMORY;
    cn_status status = o->ranks->take(o->ranks->user, from, bytes, size);
    pthread_mutex_lock(&o->lock);
    counter *c = &o->counters[from];
    cn__free(c->bytes);
    *c = (counter){bytes, size, status == CN_OK};
    pthread_cond_broadcast(&o->changed);
    pthread_mutex_unlock(&o->lock);
    return status;
}

static bool is_closing(cn__office *o)
{
    pthread_mutex_lock(&o->lock);
    const bool closing = o->closing && !o->out;
    pthread_mutex_unlock(&o->lock);
    return closing;
}

/* Whoever waits for an answer gets the failure instead. */
static cn_status give_up(cn__office *o, cn_status status)
{
    pthread_mutex_lock(&o->lock);
    o->status = status, o->error = cn__strdup(cn_error());
    pthread_cond_broadcast(&o->changed);
    while (!o->closing) pthread_cond_wait(&o->changed, &o->lock);
    pthread_mutex_unlock(&o->lock);
    return status;
}

cn_status cn__office_run(cn__office *o)
{
    while (!is_closing(o)) {
        cn_status status = send_letters(o);
        if (status == CN_OK) status = receive(o);
        if (status != CN_OK) return give_up(o, status);
    }
    return CN_OK;
}

void cn__office_close(cn__office *o)
{
    pthread_mutex_lock(&o->lock);
    o->closing = true;
    pthread_cond_broadcast(&o->changed);
    pthread_mutex_unlock(&o->lock);
}

static void end_ranks(cn__office *o, cn_status status)
{
    const cn__request stop = {.command = CN_REQUEST_STOP};
    for (size_t r = 1; r < o->ranks->size && status == CN_OK; r++)
        status = o->ranks->send(o->ranks->user, r, &stop, sizeof stop);
    if (status != CN_OK) o->ranks->give_up(o->ranks->user, cn_error());
}

void cn__office_free(cn__office *o, cn_status status)
{
    if (!o) return;
    end_ranks(o, status);
    for (letter *l = o->out, *after; l; l = after) {
        after = l->next;
        cn__free(l);
    }
    for (size_t r = 0; r < o->ranks->size; r++) cn__free(o->counters[r].bytes);
    cn__free(o->counters);
    cn__free(o->error);
    pthread_cond_destroy(&o->changed);
    pthread_mutex_destroy(&o->lock);
    cn__free(o);
}

/* ---- a flight elsewhere ------------------------------------------------------------------------------------ */

cn_status cn__remote_advance(cn__flight *f)
{
    const cn__trial *t = &f->study->trials[f->number];
    const cn__request r = {.command = f->begun ? CN_REQUEST_ADVANCE : CN_REQUEST_BEGIN,
                           .number = f->number,
                           .argument = f->rung};
    char *bytes = NULL;
    size_t size = 0;
    CN_TRY(post(f->office, f->rank, &r, t->point, f->begun ? 0 : f->study->space.count));
    f->begun = true;
    CN_TRY(answer_of(f->office, f->rank, &bytes, &size));
    cn__snapshot s = {.reading = true, .in = bytes, .left = size};
    cn__flight_snapshot(&s, f);
    cn__free(bytes);
    return s.status;
}

cn_status cn__remote_model(const cn__flight *f, size_t seed, char **bytes, size_t *size)
{
    const cn__request r = {.command = CN_REQUEST_MODEL, .number = f->number, .argument = seed};
    CN_TRY(post(f->office, f->rank, &r, NULL, 0));
    CN_TRY(answer_of(f->office, f->rank, bytes, size));
    if (*size) return CN_OK;
    cn__free(*bytes);
    return cn__fail(CN_ERROR_FILE, "rank %zu could not write the model of trial %zu", f->rank, f->number);
}

void cn__remote_free(cn__flight *f)
{
    const cn__request r = {.command = CN_REQUEST_FORGET, .number = f->number};
    if (f->begun && post(f->office, f->rank, &r, NULL, 0) != CN_OK)
        cn_error_clear(); /* it ends with its rank */
}
