#include "sweep/flight.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/system/system.h"
#include "formats/files.h"
#include "sweep/remote/remote_flight.h"

static const cn_history *history_of(const cn__flight_run *r)
{
    return r->training ? cn_training_history(r->training) : r->history;
}

/* ---- failures of the trial itself --------------------------------------------------------------------------------------- */

/* Out of memory is the study's failure, and not this trial's. */
static cn_status keep_failure(cn__flight *f)
{
    if (cn_error_status() == CN_ERROR_MEMORY) return CN_ERROR_MEMORY;
    f->status = cn_error_status();
    f->error = cn__strdup(cn_error());
    f->over = true;
    return f->error ? CN_OK : CN_ERROR_MEMORY;
}

/* ---- beginning ----------------------------------------------------------------------------------------------------------- */

static cn_status stop_if_interrupted(void *user, cn_training *training, size_t batch)
{
    cn__flight *f = user;
    (void)batch;
    if (!f->interrupted()) return CN_OK;
    f->was_interrupted = true;
    cn_training_stop(training, "interrupted");
    return CN_OK;
}

static cn_status open_run(cn__flight *f, size_t i)
{
    cn__flight_run *r = &f->runs[i];
    cn_fit_options o = f->configuration.fit;
    r->model = cn__configuration_model(&f->configuration, f->study->options.seed + i, false);
    if (!r->model) return cn_error_status();
    o.model = r->model;
    o.threads = 1;
    o.verbose = 0;
    if (f->interrupted) {
        f->callback = (cn_callback){.user = f, .on_batch_begin = stop_if_interrupted};
        f->callbacks[0] = &f->callback;
        o.custom_callbacks = f->callbacks;
    }
    const double start = cn__clock();
    cn_status status = cn__fit_open_shared(&o, f->study->shared, &r->training);
    r->seconds = cn__clock() - start;
    return status;
}

static cn_status open_runs(cn__flight *f)
{
    cn_status status = CN_OK;
    for (size_t i = 0; status == CN_OK && i < f->study->options.seeds; i++) status = open_run(f, i);
    if (status != CN_OK) return keep_failure(f);
    f->parameters = (double)cn_model_parameters(f->runs[0].model);
    f->flops = cn_model_flops(f->runs[0].model);
    return isnan(f->flops) ? keep_failure(f) : CN_OK;
}

cn_status cn__flight_begin(cn__flight *f)
{
    cn__study *s = f->study;
    f->parameters = f->flops = (double)NAN;
    f->runs = cn__arena_array(&f->arena, s->options.seeds, sizeof *f->runs);
    if (!f->runs) return CN_ERROR_MEMORY;
    cn__study_course(s, f->number, &f->course);
    cn_status status =
        cn__template_fill(&s->template_, s->trials[f->number].point, &f->arena, &f->configuration);
    if (status != CN_OK) {
        CN_TRY(keep_failure(f));
        f->configuration = s->base;
    }
    if (f->store) CN_TRY(cn__store_trial_begins(f->store, f->number, &f->configuration));
    f->reported_at = cn__clock();
    if (status != CN_OK || f->rank) return CN_OK;
    return open_runs(f);
}

/* ---- training ---------------------------------------------------------------------------------------------------------------- */

static cn_status store_run(cn__flight *f, size_t i)
{
    enum { MOST = 64 };
    cn__flight_run *r = &f->runs[i];
    cn__metric_series series[MOST];
    const cn_history *h = history_of(r);
    if (!h) return CN_OK;
    const size_t epochs = cn_history_epochs(h), first = cn_history_initial_epoch(h);
    size_t count = 0;
    if (!f->store || epochs == r->stored) return CN_OK;
    for (; count < cn_history_count(h) && count < MOST; count++) {
        const char *name = cn_history_name(h, count);
        series[count] = (cn__metric_series){.name = name,
                                            .first = (unsigned)(first + r->stored + 1),
                                            .count = epochs - r->stored,
                                            .values = cn_history_get(h, name) + r->stored};
    }
    r->stored = epochs;
    return cn__store_series(f->store, f->number, i, series, count);
}

static cn_status store_runs(cn__flight *f)
{
    for (size_t i = 0; i < f->study->options.seeds; i++) CN_TRY(store_run(f, i));
    f->reported_at = cn__clock();
    return CN_OK;
}

/* A second of training is lost at most. */
static bool is_due(const cn__flight *f) { return f->store && cn__clock() - f->reported_at > 0.5; }

static cn_status advance_run(cn__flight *f, size_t i, size_t epoch)
{
    cn__flight_run *r = &f->runs[i];
    while (f->epoch < epoch && !cn__fit_is_over(r->training) && r->training->epoch < epoch) {
        const double start = cn__clock();
        cn_status status = cn__fit_until(r->training, r->training->epoch + 1);
        r->seconds += cn__clock() - start;
        if (status != CN_OK) return keep_failure(f);
        if (f->was_interrupted) return CN_OK;
        if (cn_history_diverged(cn_training_history(r->training), NULL, NULL)) {
            r->failed = true;
            return CN_OK;
        }
        if (is_due(f)) CN_TRY(store_runs(f));
    }
    return CN_OK;
}

/* Elsewhere, unless the trial was moved here before it was begun there. */
static cn_status advance_elsewhere(cn__flight *f)
{
    CN_TRY(cn__remote_advance(f));
    return f->rank ? store_runs(f) : open_runs(f);
}

static cn_status advance_here(cn__flight *f)
{
    const bool to_rung = f->rung < f->course.count;
    const size_t epoch = to_rung ? f->course.rungs[f->rung] : f->configuration.fit.epochs;
    bool over = !to_rung;
    for (size_t i = 0; i < f->study->options.seeds && !f->was_interrupted && f->status == CN_OK; i++) {
        CN_TRY(advance_run(f, i, epoch));
        if (f->runs[i].failed) over = true; /* one network without a finite loss is enough */
    }
    bool stopped = true;
    for (size_t i = 0; i < f->study->options.seeds && f->status == CN_OK; i++)
        stopped = stopped && cn__fit_is_over(f->runs[i].training);
    f->epoch = epoch;
    f->over = f->over || over || stopped;
    return CN_OK;
}

cn_status cn__flight_advance(cn__flight *f)
{
    const bool elsewhere = !f->over && f->rank;
    if (elsewhere) CN_TRY(advance_elsewhere(f));
    return f->over || f->rank ? CN_OK : advance_here(f);
}

/* ---- values ------------------------------------------------------------------------------------------------------------------- */

/* Of one network's history: its last value, or its best. */
static double history_value(const cn_history *h, const cn__goal *goal)
{
    const double *v = cn_history_get(h, goal->name);
    double found = (double)NAN;
    for (size_t i = 0; v && i < cn_history_epochs(h); i++)
        if (!isnan(v[i]) && (!goal->best || isnan(found) || cn__goal_better(goal, v[i], found))) found = v[i];
    return isfinite(found) ? found : (double)NAN;
}

static double run_value(const cn__flight *f, size_t i, const cn__goal *goal)
{
    const cn__flight_run *r = &f->runs[i];
    if (!history_of(r) || r->failed || f->status != CN_OK) return (double)NAN;
    switch (goal->source) {
    case CN_GOAL_PARAMETERS: return f->parameters;
    case CN_GOAL_FLOPS: return f->flops;
    case CN_GOAL_SECONDS: return r->seconds;
    default: return history_value(history_of(r), goal);
    }
}

static double mean_value(const cn__flight *f, const cn__goal *goal, double *deviation)
{
    const size_t n = f->study->options.seeds;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += run_value(f, i, goal);
    const double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += (run_value(f, i, goal) - mean) * (run_value(f, i, goal) - mean);
    *deviation = n > 1 ? sqrt(squares / (double)(n - 1)) : (double)NAN;
    return isfinite(mean) ? mean : (double)NAN;
}

double cn__flight_value(const cn__flight *f)
{
    double deviation;
    return mean_value(f, &f->study->goals[0], &deviation);
}

/* ---- the end -------------------------------------------------------------------------------------------------------------------- */

static unsigned epochs_of(const cn__flight *f)
{
    size_t most = 0;
    for (size_t i = 0; i < f->study->options.seeds; i++) {
        const cn_history *h = history_of(&f->runs[i]);
        const size_t n = h ? cn_history_epochs(h) : 0;
        if (n > most) most = n;
    }
    return (unsigned)most;
}

static bool has_failed(const cn__flight *f)
{
    for (size_t i = 0; i < f->study->options.seeds; i++)
        if (f->runs[i].failed) return true;
    return f->status != CN_OK;
}

static cn_status end_run(cn__flight *f, size_t i, cn__trial_state state)
{
    const cn__flight_run *r = &f->runs[i];
    const cn_history *h = history_of(r);
    const cn__run_end end = {.state = state,
                             .epochs = h ? (unsigned)cn_history_epochs(h) : 0,
                             .seconds = r->seconds,
                             .note = r->failed ? "the loss was not finite"
                                     : h       ? cn_history_stopped(h)
                                               : NULL};
    CN_TRY(store_run(f, i));
    return cn__store_run_ends(f->store, f->number, i, &end);
}

static cn_status store_end(cn__flight *f, cn__trial_state state, const double *deviations)
{
    const cn__trial *t = &f->study->trials[f->number];
    double seconds = 0;
    unsigned rungs[CN_MAX_RUNGS];
    for (size_t i = 0; i < f->study->options.seeds; i++) {
        CN_TRY(end_run(f, i, state));
        seconds += f->runs[i].seconds;
    }
    for (size_t i = 0; i < t->reported; i++) rungs[i] = (unsigned)f->course.rungs[i];
    const cn__trial_end end = {.state = state,
                               .epochs = epochs_of(f),
                               .rungs = t->reported,
                               .seconds = seconds,
                               .parameters = f->parameters,
                               .flops = f->flops,
                               .note = f->error                   ? f->error
                                       : state == CN_TRIAL_FAILED ? "the loss was not finite"
                                                                  : NULL,
                               .values = t->values,
                               .deviations = deviations,
                               .rung_values = t->rungs,
                               .rung_epochs = rungs};
    return cn__store_trial_ends(f->store, f->number, &end);
}

cn_status cn__flight_finish(cn__flight *f)
{
    if (f->finished) return CN_OK;
    f->finished = true;
    for (size_t i = 0; f->status == CN_OK && i < f->study->options.seeds; i++)
        if (f->runs[i].training && cn__fit_finish(f->runs[i].training) != CN_OK) CN_TRY(keep_failure(f));
    return CN_OK;
}

cn_status cn__flight_end(cn__flight *f, bool pruned)
{
    cn__study *s = f->study;
    cn__trial *t = &s->trials[f->number];
    double deviations[CN_MAX_GOALS];
    if (!pruned) CN_TRY(cn__flight_finish(f));
    f->state = has_failed(f) ? CN_TRIAL_FAILED : pruned ? CN_TRIAL_PRUNED : CN_TRIAL_COMPLETE;
    for (size_t i = 0; i < s->goal_count; i++) t->values[i] = mean_value(f, &s->goals[i], &deviations[i]);
    t->epochs = epochs_of(f);
    return f->store ? store_end(f, f->state, deviations) : CN_OK;
}

cn_status cn__flight_model(cn__flight *f, size_t seed, char **bytes, size_t *size)
{
    enum { MOST_BYTES = 900 << 20 }; /* SQLite holds a gigabyte in one row */
    if (f->rank) return cn__remote_model(f, seed, bytes, size);
    CN_TRY(cn__keras_bytes(f->runs[seed].model, bytes, size));
    if (*size <= MOST_BYTES) return CN_OK;
    cn__free(*bytes);
    return cn__fail(CN_ERROR_DATA, "a model of %zu bytes, and a store holds %d of one", *size, MOST_BYTES);
}

void cn__flight_free(cn__flight *f)
{
    if (!f) return;
    if (f->rank) cn__remote_free(f);
    for (size_t i = 0; f->runs && i < f->study->options.seeds; i++) {
        cn_history_free(f->runs[i].history);
        cn_history_free(cn__fit_close(f->runs[i].training));
        cn_model_free(f->runs[i].model);
    }
    cn__arena_free(&f->arena);
    cn__free(f->error);
    cn__free(f);
}
