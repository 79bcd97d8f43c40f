/* Which trial a worker takes: one that waited for the others of its group and goes on, else the next number. Another rank is given
 * trials ahead, so that it need not wait for rank 0 between two of them; but no rank is given a second one while another has none, and
 * one that has none takes over what another holds and has not begun. */
#include "sweep/schedule/next.h"

#include <math.h>

#include "sweep/remote/office.h"

bool cn__is_mine(const cn__scheduler *c, size_t number)
{
    const cn__study_options *o = &c->study->options;
    return o->shards < 2 || number % o->shards == o->shard - 1;
}

void cn__skip_done(cn__scheduler *c)
{
    const cn__study *s = c->study;
    while (c->prefix < s->trial_count &&
           (s->trials[c->prefix].state != CN_TRIAL_WAITING || !cn__is_mine(c, c->prefix)))
        c->prefix++;
    while (c->next < s->trial_count &&
           (s->trials[c->next].state != CN_TRIAL_WAITING || !cn__is_mine(c, c->next)))
        c->next++;
}

void cn__fail_study(cn__scheduler *c, cn_status status)
{
    if (c->status == CN_OK) c->status = status, c->error = cn__strdup(cn_error());
}

/* ---- how much each rank has -------------------------------------------------------------------------------------- */

static size_t capacity(const cn__scheduler *c, size_t rank) { return rank ? 1 : c->here; }

static bool is_idle(const cn__scheduler *c, size_t rank) { return c->load[rank] < capacity(c, rank); }

static bool any_is_idle(const cn__scheduler *c)
{
    for (size_t r = 0; r < c->ranks; r++)
        if (is_idle(c, r)) return true;
    return false;
}

/* Trials of some milliseconds need one that is held; of shorter ones so many that they last as long as a message to rank 0 and its
 * answer may take. */
static void choose_depth(cn__scheduler *c)
{
    const double answer = 0.01, mean = c->trained / (double)c->trained_count;
    if (c->trained_count < 2 * c->ranks) return;
    const double held = mean > 0 ? ceil(answer / mean) : (double)c->slots;
    const size_t depth = held < (double)c->slots ? 1 + (size_t)held : c->slots;
    if (depth <= c->depth) return;
    c->depth = depth < c->slots ? depth : c->slots;
    pthread_cond_broadcast(&c->deeper);
}

static cn__flight *taken(cn__scheduler *c, cn__flight *f, size_t rank)
{
    c->load[rank]++;
    if (c->office) pthread_cond_broadcast(&c->changed); /* where none is idle, trials are given ahead */
    return f;
}

void cn__flight_left(cn__scheduler *c, size_t rank)
{
    c->load[rank]--;
    if (c->office) choose_depth(c);
    pthread_cond_broadcast(&c->changed);
}

/* ---- what there is to do -------------------------------------------------------------------------------------------- */

/* The first that waits, on that rank, and whose group has come as far; NULL: none. */
static cn__flight *take_waiting(cn__scheduler *c, size_t rank)
{
    for (cn__flight **at = &c->waiting; *at; at = &(*at)->next) {
        cn__flight *f = *at;
        if (f->rank != rank || !cn__study_can_decide(c->study, &f->course, f->rung)) continue;
        *at = f->next;
        return f;
    }
    return NULL;
}

void cn__add_waiting(cn__scheduler *c, cn__flight *f)
{
    cn__flight **at = &c->waiting;
    while (*at && (*at)->number < f->number) at = &(*at)->next;
    f->next = *at;
    *at = f;
}

static cn__flight *new_flight(cn__scheduler *c, size_t rank)
{
    cn__flight *f = cn__calloc(1, sizeof *f);
    if (f)
        *f = (cn__flight){.study = c->study,
                          .store = c->store,
                          .interrupted = c->options->interrupted,
                          .rank = rank,
                          .office = c->office,
                          .number = c->next++};
    cn__skip_done(c);
    return f;
}

/* The thread that stands for the trial stays with it. */
static bool take_over(cn__scheduler *c, size_t rank)
{
    size_t from;
    if (!c->office || !is_idle(c, rank) || !cn__office_move(c->office, rank, &from)) return false;
    c->load[from]--, c->load[rank]++;
    return true;
}

static bool stops(cn__scheduler *c)
{
    if (c->options->interrupted && c->options->interrupted()) c->interrupted = true;
    if (c->store && cn__store_failed(c->store)) c->interrupted = true; /* its closing says why */
    if (!c->interrupted && c->status == CN_OK) return false;
    if (c->office) cn__office_recall(c->office);
    return true;
}

static bool may_take(const cn__scheduler *c, const cn__sweep_worker *w)
{
    return is_idle(c, w->rank) || (w->rank && c->load[w->rank] < c->depth && !any_is_idle(c));
}

cn__flight *cn__next_flight(const cn__sweep_worker *w)
{
    cn__scheduler *c = w->scheduler;
    for (;;) {
        if (stops(c)) break;
        if (w->slot < c->depth && c->load[w->rank] < (w->rank ? c->depth : c->here)) {
            cn__flight *f = take_waiting(c, w->rank);
            if (f) return taken(c, f, w->rank);
        }
        const bool more = c->next < c->study->trial_count;
        if (more && w->slot < c->depth && may_take(c, w) && cn__study_seen(c->study, c->next) <= c->prefix) {
            cn__flight *f = new_flight(c, w->rank);
            if (f) return taken(c, f, w->rank);
            cn__fail_study(c, CN_ERROR_MEMORY);
            break;
        }
        if (!more && !c->flying && !c->waiting) break;
        if (take_over(c, w->rank)) continue;
        pthread_cond_wait(w->slot < c->depth ? &c->changed : &c->deeper, &c->lock);
    }
    pthread_cond_broadcast(&c->deeper);
    return NULL;
}
