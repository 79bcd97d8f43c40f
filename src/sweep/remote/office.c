/* Rank 0's letters to the other ranks, and their answers. */
#include "sweep/remote/office.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

typedef struct letter {
    struct letter *next;
    size_t to, size;
    char bytes[];
} letter;

/* A request that has no answer yet; it lies with the thread that waits. Ranks answer in the order in which they were asked. */
typedef struct pending {
    struct pending *next;
    cn__flight *flight;
    cn__rank_request request;
    bool over; /* answered, or there will be no answer */
    char *bytes;
    size_t size;
    pthread_cond_t changed;
} pending;

/* An answer of which not all pieces have come. */
typedef struct incoming {
    cn__rank_answer head;
    char *bytes; /* NULL: none */
    size_t at;
} incoming;

struct cn__office {
    const cn_communicator *ranks;
    letter *out, **last;
    pending *pending;   /* in the order of their letters */
    uint64_t serial;    /* of the last request */
    incoming *incoming; /* (ranks) */
    bool closing;
    cn_status status; /* of the first failure */
    char *error;
    pthread_mutex_t lock;
    pthread_cond_t closed;
};

cn_status cn__office_new(const cn_communicator *ranks, cn__office **out)
{
    cn__office *o = cn__calloc(1, sizeof *o);
    incoming *in = cn__calloc(ranks->size, sizeof *in);
    if (!o || !in) {
        cn__free(o);
        cn__free(in);
        return CN_ERROR_MEMORY;
    }
    o->ranks = ranks, o->incoming = in, o->last = &o->out;
    pthread_mutex_init(&o->lock, NULL);
    pthread_cond_init(&o->closed, NULL);
    *out = o;
    return CN_OK;
}

/* ---- letters ------------------------------------------------------------------------------------------------------- */

static letter *new_letter(size_t to, const cn__rank_request *r, const double *point, size_t count)
{
    letter *l = cn__malloc(sizeof *l + sizeof *r + count * sizeof *point);
    if (!l) return NULL;
    *l = (letter){.to = to, .size = sizeof *r + count * sizeof *point};
    memcpy(l->bytes, r, sizeof *r);
    if (count) memcpy(l->bytes + sizeof *r, point, count * sizeof *point);
    return l;
}

static letter *request_letter(const cn__flight *f, const cn__rank_request *r, size_t to)
{
    const cn__study *s = f->study;
    return new_letter(to, r, s->trials[f->number].point, r->command == CN_REQUEST_BEGIN ? s->space.count : 0);
}

static void post(cn__office *o, letter *l) { *o->last = l, o->last = &l->next; }

cn_status cn__office_tell(cn__office *o, size_t rank, const cn__rank_request *r)
{
    letter *l = new_letter(rank, r, NULL, 0);
    if (!l) return CN_ERROR_MEMORY;
    pthread_mutex_lock(&o->lock);
    post(o, l);
    pthread_mutex_unlock(&o->lock);
    return CN_OK;
}

/* ---- questions ------------------------------------------------------------------------------------------------------- */

static void add_pending(cn__office *o, pending *p)
{
    pending **at = &o->pending;
    while (*at) at = &(*at)->next;
    *at = p;
}

static void remove_pending(cn__office *o, const pending *p)
{
    pending **at = &o->pending;
    while (*at && *at != p) at = &(*at)->next;
    if (*at) *at = p->next;
}

/* The thread that asked goes on. */
static void finish(cn__office *o, pending *p)
{
    remove_pending(o, p);
    p->over = true;
    pthread_cond_signal(&p->changed);
}

cn_status cn__office_ask(cn__office *o, cn__flight *f, const cn__rank_request *r, char **bytes, size_t *size)
{
    pending p = {.flight = f, .request = *r};
    cn_status status = CN_OK;
    pthread_cond_init(&p.changed, NULL);
    pthread_mutex_lock(&o->lock);
    p.request.serial = ++o->serial;
    letter *l = request_letter(f, &p.request, f->rank);
    if (l) {
        post(o, l);
        add_pending(o, &p);
    } else status = CN_ERROR_MEMORY;
    while (status == CN_OK && !p.over && o->status == CN_OK) pthread_cond_wait(&p.changed, &o->lock);
    if (status == CN_OK && !p.over) status = cn__fail(o->status, "%s", o->error ? o->error : "out of memory");
    remove_pending(o, &p);
    pthread_mutex_unlock(&o->lock);
    pthread_cond_destroy(&p.changed);
    *bytes = p.bytes, *size = p.size;
    return status;
}

/* ---- trials that are held -------------------------------------------------------------------------------------------------- */

/* Its rank is still busy with what it was asked before. */
static bool is_held(const cn__office *o, const pending *p)
{
    if (p->request.command != CN_REQUEST_BEGIN) return false;
    for (const pending *before = o->pending; before != p; before = before->next)
        if (before->flight->rank == p->flight->rank) return true;
    return false;
}

static pending *first_held(const cn__office *o)
{
    for (pending *p = o->pending; p; p = p->next)
        if (is_held(o, p)) return p;
    return NULL;
}

/* Its rank forgets it. An answer may be on its way all the same: nobody waits for that serial number any more. */
static bool take_back(cn__office *o, const pending *p)
{
    const cn__rank_request r = {.command = CN_REQUEST_FORGET, .number = p->request.number};
    letter *l = new_letter(p->flight->rank, &r, NULL, 0);
    if (l) post(o, l);
    return l != NULL;
}

static bool move_to_rank(cn__office *o, pending *p, size_t to)
{
    cn__rank_request r = p->request;
    r.serial = o->serial + 1;
    letter *l = request_letter(p->flight, &r, to);
    if (!l || !take_back(o, p)) {
        cn__free(l);
        return false;
    }
    o->serial++;
    p->request = r;
    p->flight->rank = to;
    post(o, l);
    remove_pending(o, p); /* it is the last of its new rank's */
    p->next = NULL;
    add_pending(o, p);
    return true;
}

static bool move_here(cn__office *o, pending *p)
{
    if (!take_back(o, p)) return false;
    p->flight->rank = 0;
    finish(o, p);
    return true;
}

bool cn__office_move(cn__office *o, size_t to, size_t *from)
{
    pthread_mutex_lock(&o->lock);
    pending *p = first_held(o);
    if (p) *from = p->flight->rank;
    const bool moved = p && (to ? move_to_rank(o, p, to) : move_here(o, p));
    pthread_mutex_unlock(&o->lock);
    return moved;
}

void cn__office_recall(cn__office *o)
{
    pthread_mutex_lock(&o->lock);
    for (pending *p; (p = first_held(o)) && take_back(o, p);) {
        p->flight->was_interrupted = true;
        finish(o, p);
    }
    pthread_mutex_unlock(&o->lock);
}

/* ---- bringing messages -------------------------------------------------------------------------------------------------- */

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

/* What has come whole goes to the thread that waits for it. */
static void deliver(cn__office *o, size_t from)
{
    incoming *in = &o->incoming[from];
    pthread_mutex_lock(&o->lock);
    pending *p = o->pending;
    while (p && (p->request.serial != in->head.serial || p->flight->rank != from)) p = p->next;
    if (p) {
        p->bytes = in->bytes, p->size = in->at;
        finish(o, p);
    } else cn__free(in->bytes); /* of a trial that was taken back */
    pthread_mutex_unlock(&o->lock);
    *in = (incoming){0};
}

/* The first piece has a head. */
static cn_status take_first(cn__office *o, size_t from, size_t size)
{
    incoming *in = &o->incoming[from];
    char *bytes = cn__malloc(size + 1);
    if (!bytes) return CN_ERROR_MEMORY;
    cn_status status = o->ranks->take(o->ranks->user, from, bytes, size);
    if (status == CN_OK && size < sizeof in->head)
        status = cn__fail(CN_ERROR_STATE, "a message of %zu bytes from rank %zu", size, from);
    if (status == CN_OK) {
        memcpy(&in->head, bytes, sizeof in->head);
        in->at = size - sizeof in->head;
        in->bytes = in->at <= in->head.size ? cn__malloc((size_t)in->head.size + 1) : NULL;
        if (!in->bytes) status = CN_ERROR_MEMORY;
        else memcpy(in->bytes, bytes + sizeof in->head, in->at);
    }
    cn__free(bytes);
    return status;
}

static cn_status take_piece(cn__office *o, size_t from, size_t size)
{
    incoming *in = &o->incoming[from];
    if (!in->bytes) return take_first(o, from, size);
    if (size > in->head.size - in->at)
        return cn__fail(CN_ERROR_STATE, "a message of %zu bytes from rank %zu, expected at most %zu", size,
                        from, (size_t)in->head.size - in->at);
    CN_TRY(o->ranks->take(o->ranks->user, from, in->bytes + in->at, size));
    in->at += size;
    return CN_OK;
}

/* *from: SIZE_MAX: nothing has come; `whole`: an answer, and not a piece of one. */
static cn_status receive_one(cn__office *o, double seconds, size_t *from, bool *whole)
{
    size_t size;
    *whole = false;
    CN_TRY(o->ranks->next(o->ranks->user, seconds, from, &size));
    if (*from == SIZE_MAX) return CN_OK;
    CN_TRY(take_piece(o, *from, size));
    *whole = o->incoming[*from].at == o->incoming[*from].head.size;
    return CN_OK;
}

/* All that is there. */
static cn_status receive(cn__office *o)
{
    for (;;) {
        size_t from;
        bool whole;
        CN_TRY(receive_one(o, 0, &from, &whole));
        if (from == SIZE_MAX) return CN_OK;
        if (whole) deliver(o, from);
    }
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
    for (pending *p = o->pending; p; p = p->next) pthread_cond_signal(&p->changed);
    while (!o->closing) pthread_cond_wait(&o->closed, &o->lock);
    pthread_mutex_unlock(&o->lock);
    return status;
}

/* A trial is trained on the processor that this thread is on, so it sleeps between looks: ranks hold trials ahead and do not wait. */
cn_status cn__office_run(cn__office *o)
{
    const struct timespec between = {.tv_nsec = 500000};
    while (!is_closing(o)) {
        cn_status status = send_letters(o);
        if (status == CN_OK) status = receive(o);
        if (status != CN_OK) return give_up(o, status);
        (void)nanosleep(&between, NULL);
    }
    return CN_OK;
}

void cn__office_close(cn__office *o)
{
    pthread_mutex_lock(&o->lock);
    o->closing = true;
    pthread_cond_broadcast(&o->closed);
    pthread_mutex_unlock(&o->lock);
}

/* Each answers that it ends: what it sent before, such as of a trial that was taken back, does not stay behind. */
static cn_status stop_ranks(cn__office *o)
{
    const cn__rank_request stop = {.command = CN_REQUEST_STOP, .serial = ++o->serial};
    for (size_t r = 1; r < o->ranks->size; r++) CN_TRY(o->ranks->send(o->ranks->user, r, &stop, sizeof stop));
    for (size_t left = o->ranks->size - 1; left;) {
        size_t from;
        bool whole;
        CN_TRY(receive_one(o, -1, &from, &whole));
        if (!whole) continue;
        left -= o->incoming[from].head.serial == stop.serial;
        deliver(o, from);
    }
    return CN_OK;
}

static void end_ranks(cn__office *o, cn_status status)
{
    if (status == CN_OK) status = stop_ranks(o);
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
    for (size_t r = 0; r < o->ranks->size; r++) cn__free(o->incoming[r].bytes);
    cn__free(o->incoming);
    cn__free(o->error);
    pthread_cond_destroy(&o->closed);
    pthread_mutex_destroy(&o->lock);
    cn__free(o);
}
