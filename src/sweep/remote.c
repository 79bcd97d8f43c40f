#include "sweep/remote.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "formats/hdf5/hdf5.h"
#include "train/snapshot.h"

typedef enum command { BEGIN, ADVANCE, MODEL, FORGET, STOP } command;

/* What is asked; BEGIN has the trial's point behind it. */
typedef struct request {
    uint64_t command, number, argument; /* argument: the rung that was passed, or the seed */
} request;

/* ---- a flight as bytes ----------------------------------------------------------------------------------------- */

static void visit_text(cn__snapshot *s, const char *text, char **out)
{
    uint64_t size = text ? strlen(text) + 1 : 0;
    CN_SNAPSHOT(s, size);
    if (s->status != CN_OK || !size) return;
    if (!s->reading) {
        cn__snapshot_bytes(s, (void *)(uintptr_t)text, size);
        return;
    }
    char *copy = size <= s->left ? cn__malloc(size) : NULL;
    if (!copy) s->status = CN_ERROR_MEMORY;
    cn__snapshot_bytes(s, copy, size);
    if (s->status == CN_OK) copy[size - 1] = '\0', *out = copy;
    else cn__free(copy);
}

static void visit_stopped(cn__snapshot *s, cn_history *h)
{
    static const cn_stop callback = {.kind = CN_STOP_CALLBACK};
    char *text = NULL;
    visit_text(s, cn_history_stopped(h), &text);
    if (text) cn__history_set_stopped(h, text, &callback);
    cn__free(text);
}

static void visit_run(cn__snapshot *s, cn__flight *f, cn__flight_run *r)
{
    uint64_t any = r->training || r->history;
    CN_SNAPSHOT(s, any);
    CN_SNAPSHOT(s, r->seconds);
    CN_SNAPSHOT(s, r->failed);
    if (s->status != CN_OK || !any) return;
    const cn_fit_options *o = &f->configuration.fit;
    if (s->reading && !r->history)
        s->status = cn__history_new(&r->history, o->epochs - o->initial_epoch, o->initial_epoch);
    cn_history *h = r->training ? r->training->history : r->history;
    if (s->reading && s->status == CN_OK) cn__history_forget(h);
    if (s->status == CN_OK) cn__history_snapshot(h, s);
    if (s->status == CN_OK) visit_stopped(s, h);
}

/* Where a flight stands, from the rank that trains it to rank 0. */
static void visit(cn__snapshot *s, cn__flight *f)
{
    CN_SNAPSHOT(s, f->status);
    CN_SNAPSHOT(s, f->over);
    CN_SNAPSHOT(s, f->was_interrupted);
    CN_SNAPSHOT(s, f->parameters);
    CN_SNAPSHOT(s, f->flops);
    uint64_t epoch = f->epoch;
    CN_SNAPSHOT(s, epoch);
    f->epoch = (size_t)epoch;
    char *error = NULL;
    visit_text(s, f->error, &error);
    if (error) {
        cn__free(f->error);
        f->error = error;
    }
    for (size_t i = 0; i < f->study->options.seeds; i++) visit_run(s, f, &f->runs[i]);
}

/* ---- rank 0: the office ------------------------------------------------------------------------------------------ */

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
static cn_status post(cn__office *o, size_t to, const request *r, const double *point, size_t count)
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
    const request stop = {.command = STOP};
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

/* ---- rank 0: a flight elsewhere ------------------------------------------------------------------------------------ */

cn_status cn__remote_advance(cn__flight *f)
{
    const cn__trial *t = &f->study->trials[f->number];
    const request r = {.command = f->begun ? ADVANCE : BEGIN, .number = f->number, .argument = f->rung};
    char *bytes = NULL;
    size_t size = 0;
    CN_TRY(post(f->office, f->rank, &r, t->point, f->begun ? 0 : f->study->space.count));
    f->begun = true;
    CN_TRY(answer_of(f->office, f->rank, &bytes, &size));
    cn__snapshot s = {.reading = true, .in = bytes, .left = size};
    visit(&s, f);
    cn__free(bytes);
    return s.status;
}

cn_status cn__remote_model(const cn__flight *f, size_t seed, char **bytes, size_t *size)
{
    const request r = {.command = MODEL, .number = f->number, .argument = seed};
    CN_TRY(post(f->office, f->rank, &r, NULL, 0));
    CN_TRY(answer_of(f->office, f->rank, bytes, size));
    if (*size) return CN_OK;
    cn__free(*bytes);
    return cn__fail(CN_ERROR_FILE, "rank %zu could not write the model of trial %zu", f->rank, f->number);
}

void cn__remote_free(cn__flight *f)
{
    const request r = {.command = FORGET, .number = f->number};
    if (f->begun && post(f->office, f->rank, &r, NULL, 0) != CN_OK)
        cn_error_clear(); /* it ends with its rank */
}

/* ---- the others ------------------------------------------------------------------------------------------------------ */

typedef struct server {
    cn__study *study;
    const cn_communicator *ranks;
    bool (*interrupted)(void);
    cn__flight *flights;
} server;

static cn__flight **find(server *s, uint64_t number)
{
    cn__flight **at = &s->flights;
    while (*at && (*at)->number != number) at = &(*at)->next;
    return at;
}

static cn_status answer_flight(const server *s, cn__flight *f)
{
    cn__snapshot out = {0};
    visit(&out, f);
    cn_status status = out.status;
    if (status == CN_OK) status = s->ranks->send(s->ranks->user, 0, out.out.data, out.out.size);
    cn__text_free(&out.out);
    return status;
}

/* One that is over is never ended by a pruner, so it takes its last steps at once. */
static cn_status advance(const server *s, cn__flight *f)
{
    CN_TRY(cn__flight_advance(f));
    if (f->over && !f->was_interrupted) CN_TRY(cn__flight_finish(f));
    return answer_flight(s, f);
}

static cn_status begin(server *s, const request *r, const double *point)
{
    cn__study *study = s->study;
    cn__flight *f = cn__calloc(1, sizeof *f);
    if (!f) return CN_ERROR_MEMORY;
    *f = (cn__flight){
        .study = study, .interrupted = s->interrupted, .number = (size_t)r->number, .next = s->flights};
    s->flights = f;
    memcpy(study->trials[f->number].point, point, study->space.count * sizeof *point);
    CN_TRY(cn__flight_begin(f));
    return advance(s, f);
}

/* No bytes say that it could not be written. */
static cn_status answer_model(const server *s, const cn__flight *f, size_t seed)
{
    char *bytes = NULL;
    size_t size = 0;
    if (cn__flight_model(f, seed, &bytes, &size) != CN_OK) size = 0;
    cn_status status = s->ranks->send(s->ranks->user, 0, bytes ? bytes : "", size);
    cn__free(bytes);
    return status;
}

static void forget(server *s, uint64_t number)
{
    cn__flight **at = find(s, number), *f = *at;
    if (!f) return;
    *at = f->next;
    cn__flight_free(f);
}

static cn_status serve(server *s, const char *bytes, size_t size, bool *over)
{
    request r;
    if (size < sizeof r) return cn__fail(CN_ERROR_STATE, "a message of %zu bytes from rank 0", size);
    memcpy(&r, bytes, sizeof r);
    cn__flight *f = r.command == ADVANCE || r.command == MODEL ? *find(s, r.number) : NULL;
    *over = r.command == STOP;
    if (r.command == BEGIN) return begin(s, &r, (const double *)(const void *)(bytes + sizeof r));
    if (r.command == FORGET) forget(s, r.number);
    if (!f) return CN_OK;
    if (r.command == MODEL) return answer_model(s, f, (size_t)r.argument);
    f->rung = (size_t)r.argument;
    return advance(s, f);
}

static cn_status serve_next(server *s, bool *over)
{
    size_t from, size;
    CN_TRY(s->ranks->next(s->ranks->user, -1, &from, &size));
    char *bytes = cn__malloc(size + 1);
    if (!bytes) return CN_ERROR_MEMORY;
    cn_status status = s->ranks->take(s->ranks->user, from, bytes, size);
    if (status == CN_OK) status = serve(s, bytes, size, over);
    cn__free(bytes);
    return status;
}

cn_status cn__remote_serve(cn__study *study, const cn_communicator *ranks, bool (*interrupted)(void))
{
    server s = {.study = study, .ranks = ranks, .interrupted = interrupted};
    cn_status status = study->options.keep ? cn__h5_ready() : CN_OK;
    for (bool over = false; status == CN_OK && !over;) status = serve_next(&s, &over);
    while (s.flights) forget(&s, s.flights->number);
    return status;
}
