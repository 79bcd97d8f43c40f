/* A rank that trains what rank 0 asks for. */
#include "sweep/remote/serve.h"

#include <string.h>

#include "formats/hdf5/hdf5.h"
#include "sweep/flight.h"
#include "sweep/remote/request.h"

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
    cn__flight_snapshot(&out, f);
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

static cn_status begin(server *s, const cn__request *r, const double *point)
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
    cn__request r;
    if (size < sizeof r) return cn__fail(CN_ERROR_STATE, "a message of %zu bytes from rank 0", size);
    memcpy(&r, bytes, sizeof r);
    cn__flight *f =
        r.command == CN_REQUEST_ADVANCE || r.command == CN_REQUEST_MODEL ? *find(s, r.number) : NULL;
    *over = r.command == CN_REQUEST_STOP;
    if (r.command == CN_REQUEST_BEGIN) return begin(s, &r, (const double *)(const void *)(bytes + sizeof r));
    if (r.command == CN_REQUEST_FORGET) forget(s, r.number);
    if (!f) return CN_OK;
    if (r.command == CN_REQUEST_MODEL) return answer_model(s, f, (size_t)r.argument);
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
