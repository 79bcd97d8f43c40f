/* One trial: it is begun, trained from rung to rung, and ends in the store. */
#include "sweep/schedule/advance.h"

#include <math.h>
#include <string.h>

#include "base/system/system.h"
#include "sweep/flight.h"
#include "sweep/schedule/next.h"

/* ---- progress ------------------------------------------------------------------------------------------------------------- */

void cn__report_progress(cn__scheduler *c, bool now)
{
    const double clock = cn__clock();
    if (!c->options->progress || (!now && clock - c->reported_at < 0.1)) return;
    c->reported_at = clock;
    c->progress.seconds = clock - c->start;
    c->options->progress(c->options->user, c->study, &c->progress);
}

void cn__count_trial(cn__scheduler *c, size_t number, cn__trial_state state)
{
    cn__sweep_progress *p = &c->progress;
    p->done++;
    p->complete += state == CN_TRIAL_COMPLETE;
    p->pruned += state == CN_TRIAL_PRUNED;
    p->failed += state == CN_TRIAL_FAILED;
    const bool has_value = state == CN_TRIAL_COMPLETE && !isnan(c->study->trials[number].values[0]);
    if (has_value && (p->best == SIZE_MAX || cn__study_better(c->study, number, p->best))) p->best = number;
}

/* ---- models ---------------------------------------------------------------------------------------------------------------------- */

bool cn__is_kept(cn__scheduler *c, size_t number)
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

static cn_status keep_models(cn__scheduler *c, cn__flight *f)
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

static cn_status begin(cn__scheduler *c, cn__flight *f)
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
static void report(cn__scheduler *c, cn__flight *f)
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

static void count_seconds(cn__scheduler *c, const cn__flight *f)
{
    for (size_t i = 0; i < c->study->options.seeds; i++) c->trained += f->runs[i].seconds;
    c->trained_count++;
}

static void keep_first_error(cn__scheduler *c, cn__flight *f)
{
    if (!f->error || (c->first_error && f->number > c->first_failed)) return;
    cn__free(c->first_error);
    c->first_error = f->error, f->error = NULL, c->first_failed = f->number;
}

static cn_status land(cn__scheduler *c, cn__flight *f, bool pruned)
{
    CN_TRY(cn__flight_end(f, pruned));
    pthread_mutex_lock(&c->lock);
    c->study->trials[f->number].state = f->state; /* its values are final */
    const bool keep = f->state == CN_TRIAL_COMPLETE && cn__is_kept(c, f->number);
    pthread_mutex_unlock(&c->lock);
    cn_status status = keep ? keep_models(c, f) : CN_OK;
    pthread_mutex_lock(&c->lock);
    keep_first_error(c, f);
    count_seconds(c, f);
    cn__count_trial(c, f->number, f->state);
    cn__skip_done(c);
    cn__report_progress(c, false);
    pthread_mutex_unlock(&c->lock);
    return status;
}

static bool goes_on(cn__scheduler *c, const cn__flight *f)
{
    pthread_mutex_lock(&c->lock);
    bool on = cn__study_goes_on(c->study, &f->course, f->number, f->rung);
    pthread_mutex_unlock(&c->lock);
    return on;
}

/* From where it is until it ends or has to wait. */
static cn_status advance(cn__scheduler *c, cn__flight *f, bool *ended)
{
    for (bool at_rung = f->runs != NULL;;) {
        const bool pruned = at_rung && !f->over && !goes_on(c, f);
        *ended = f->over || pruned;
        if (*ended) return land(c, f, pruned);
        f->rung += at_rung;
        if (!f->runs) CN_TRY(begin(c, f));
        CN_TRY(cn__flight_advance(f));
        if (f->was_interrupted) return CN_OK;
        at_rung = f->rung < f->course.count;
        if (at_rung) report(c, f);
        if (!f->over && f->course.together) return CN_OK;
    }
}

cn_status cn__advance_trial(cn__scheduler *c, cn__flight **flight, size_t *rank)
{
    cn__flight *f = *flight;
    bool ended = false;
    cn_status status = advance(c, f, &ended);
    *rank = f->rank;
    if (!ended || status != CN_OK) return status;
    *flight = NULL;
    cn__flight_free(f);
    return status;
}
