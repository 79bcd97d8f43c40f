/* A rank that trains what rank 0 asks for. */
#include "sweep/remote/serve.h"

#include <stddef.h>
#include <string.h>

#include "formats/hdf5/hdf5.h"
#include "sweep/flight.h"
#include "sweep/remote/request.h"

/* A request that waits for its turn. */
typedef struct request {
    struct request *next;
    cn__rank_request head;
    double point[]; /* of CN_REQUEST_BEGIN */
} request;

typedef struct server {
    cn__study *study;
    const cn_communicator *ranks;
    bool (*interrupted)(void);
    cn__flight *flights;
    request *requests; /* in the order in which they came */
} server;

/* ---- answers --------------------------------------------------------------------------------------------------------- */

/* MPI keeps a short message until rank 0 looks for it; a long one would hold this rank up until then. So an answer goes in short
 * pieces, unless it is very long. */
static cn_status answer(const server *s, const cn__rank_request *r, const char *bytes, size_t size)
{
    enum { PIECE = 3000, MOST_PIECES = 40 };
    const cn__rank_answer head = {r->serial, size};
    char first[sizeof head + PIECE];
    const bool is_long = size > (size_t)PIECE * MOST_PIECES;
    size_t at = is_long ? 0 : size < PIECE ? size : PIECE;
    memcpy(first, &head, sizeof head);
    if (at) memcpy(first + sizeof head, bytes, at);
    CN_TRY(s->ranks->send(s->ranks->user, 0, first, sizeof head + at));
    for (size_t n; at < size; at += n) {
        n = !is_long && size - at > PIECE ? PIECE : size - at;
        CN_TRY(s->ranks->send(s->ranks->user, 0, bytes + at, n));
    }
    return CN_OK;
}

static cn_status answer_flight(const server *s, const cn__rank_request *r, cn__flight *f)
{
    cn__snapshot out = {0};
    cn__flight_snapshot(&out, f);
    cn_status status = out.status;
    if (status == CN_OK) status = answer(s, r, out.out.data, out.out.size);
    cn__text_free(&out.out);
    return status;
}

/* No bytes say that it could not be written. */
static cn_status answer_model(const server *s, const cn__rank_request *r, cn__flight *f)
{
    char *bytes = NULL;
    size_t size = 0;
    if (cn__flight_model(f, (size_t)r->argument, &bytes, &size) != CN_OK) size = 0;
    cn_status status = answer(s, r, bytes, size);
    cn__free(bytes);
    return status;
}

/* ---- flights ------------------------------------------------------------------------------------------------------------ */

static cn__flight **find(server *s, uint64_t number)
{
    cn__flight **at = &s->flights;
    while (*at && (*at)->number != number) at = &(*at)->next;
    return at;
}

/* One that is over is never ended by a pruner, so it takes its last steps at once. */
static cn_status advance(const server *s, const cn__rank_request *r, cn__flight *f)
{
    CN_TRY(cn__flight_advance(f));
    if (f->over && !f->was_interrupted) CN_TRY(cn__flight_finish(f));
    return answer_flight(s, r, f);
}

static cn_status begin(server *s, const request *q)
{
    cn__study *study = s->study;
    cn__flight *f = cn__calloc(1, sizeof *f);
    if (!f) return CN_ERROR_MEMORY;
    *f = (cn__flight){
        .study = study, .interrupted = s->interrupted, .number = (size_t)q->head.number, .next = s->flights};
    s->flights = f;
    memcpy(study->trials[f->number].point, q->point, study->space.count * sizeof *q->point);
    CN_TRY(cn__flight_begin(f));
    return advance(s, &q->head, f);
}

static void forget(server *s, uint64_t number)
{
    cn__flight **at = find(s, number), *f = *at;
    if (!f) return;
    *at = f->next;
    cn__flight_free(f);
}

/* ---- requests ------------------------------------------------------------------------------------------------------------- */

static cn_status take_request(server *s, size_t from, size_t size)
{
    const size_t head = sizeof(cn__rank_request), whole = head + s->study->space.count * sizeof(double);
    if (size != head && size != whole)
        return cn__fail(CN_ERROR_STATE, "a message of %zu bytes from rank %zu, expected %zu or %zu", size,
                        from, head, whole);
    request **last = &s->requests, *q = cn__calloc(1, offsetof(request, head) + whole);
    if (!q) return CN_ERROR_MEMORY;
    while (*last) last = &(*last)->next;
    *last = q;
    return s->ranks->take(s->ranks->user, from, (char *)q + offsetof(request, head), size);
}

/* All that have come; where none has, the next one. */
static cn_status take_requests(server *s)
{
    for (;;) {
        size_t from, size;
        CN_TRY(s->ranks->next(s->ranks->user, s->requests ? 0 : -1, &from, &size));
        if (from == SIZE_MAX) return CN_OK;
        CN_TRY(take_request(s, from, size));
    }
}

static request *first_request(server *s)
{
    request *q = s->requests;
    s->requests = q->next;
    return q;
}

/* Was the trial taken back before it has begun? */
static bool is_taken_back(server *s, uint64_t number)
{
    for (request **at = &s->requests, *q; (q = *at); at = &q->next) {
        if (q->head.command != CN_REQUEST_FORGET || q->head.number != number) continue;
        *at = q->next;
        cn__free(q);
        return true;
    }
    return false;
}

static cn_status serve(server *s, const request *q)
{
    const cn__rank_request *r = &q->head;
    if (r->command == CN_REQUEST_BEGIN) return is_taken_back(s, r->number) ? CN_OK : begin(s, q);
    cn__flight *f = *find(s, r->number);
    if (r->command == CN_REQUEST_FORGET) forget(s, r->number);
    else if (f && r->command == CN_REQUEST_MODEL) return answer_model(s, r, f);
    else if (f && r->command == CN_REQUEST_ADVANCE) {
        f->rung = (size_t)r->argument;
        return advance(s, r, f);
    }
    return CN_OK;
}

static cn_status serve_next(server *s, bool *over)
{
    CN_TRY(take_requests(s));
    request *q = first_request(s);
    *over = q->head.command == CN_REQUEST_STOP;
    cn_status status = *over ? answer(s, &q->head, NULL, 0) : serve(s, q);
    cn__free(q);
    return status;
}

cn_status cn__remote_serve(cn__study *study, const cn_communicator *ranks, bool (*interrupted)(void))
{
    server s = {.study = study, .ranks = ranks, .interrupted = interrupted};
    cn_status status = study->options.keep ? cn__h5_ready() : CN_OK;
    for (bool over = false; status == CN_OK && !over;) status = serve_next(&s, &over);
    while (s.flights) forget(&s, s.flights->number);
    while (s.requests) cn__free(first_request(&s));
    return status;
}
