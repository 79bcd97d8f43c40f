/* A study from its beginning or from where its store has it, to its end. */
#include "sweep/sweep.h"

#include "base/system/system.h"
#include "formats/hdf5/hdf5.h"
#include "sweep/remote/office.h"
#include "sweep/remote/serve.h"
#include "sweep/schedule/advance.h"
#include "sweep/schedule/next.h"
#include "sweep/schedule/workers.h"

static cn_status begin_scheduler(cn__scheduler *c)
{
    cn__study *s = c->study;
    c->kept = cn__calloc(s->options.keep + 1, sizeof *c->kept);
    if (!c->kept) return CN_ERROR_MEMORY;
    const cn_communicator *ranks = cn__ranks_of(c);
    if (ranks) CN_TRY(cn__office_new(ranks, &c->office));
    if (s->options.keep && c->options->store)
        CN_TRY(cn__h5_ready()); /* before the first epoch, not after the last */
    if (c->options->store) CN_TRY(cn__store_open(c->options->store, s, &c->store));
    for (size_t i = 0; i < s->trial_count; i++) {
        cn__trial *t = &s->trials[i];
        c->progress.trials += cn__is_mine(c, i);
        if (t->state == CN_TRIAL_WAITING) continue;
        cn__count_trial(c, i, t->state);
        c->progress.resumed++;
        if (t->state == CN_TRIAL_COMPLETE) (void)cn__is_kept(c, i);
    }
    cn__skip_done(c);
    if (c->options->only_stored && c->next < s->trial_count)
        return cn__fail(CN_ERROR_STATE, "trial %zu is not in the store", c->next);
    return CN_OK;
}

static cn_status outcome(const cn__scheduler *c)
{
    if (c->status != CN_OK) return cn__fail(c->status, "%s", c->error ? c->error : "out of memory");
    if (c->interrupted) return cn__fail(CN_ERROR_STATE, "interrupted; the same command goes on where it was");
    if (c->progress.done && c->progress.failed == c->progress.done)
        return cn__fail(CN_ERROR_NUMERIC, "all %zu trials failed; trial %zu: %s", c->progress.failed,
                        c->first_failed, c->first_error ? c->first_error : "the loss was not finite");
    return CN_OK;
}

static cn_status end_scheduler(cn__scheduler *c, cn_status status)
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
    cn__scheduler c = {.study = study, .options = options, .start = cn__clock(), .progress.best = SIZE_MAX};
    pthread_mutex_init(&c.lock, NULL);
    pthread_cond_init(&c.changed, NULL);
    pthread_cond_init(&c.deeper, NULL);
    cn_status status = begin_scheduler(&c);
    if (status == CN_OK) status = cn__run_workers(&c);
    if (status == CN_OK) status = outcome(&c);
    if (c.store && study_id) *study_id = cn__store_study_id(c.store);
    cn__report_progress(&c, true);
    c.progress.seconds = cn__clock() - c.start;
    if (out) *out = c.progress;
    status = end_scheduler(&c, status);
    pthread_cond_destroy(&c.changed);
    pthread_cond_destroy(&c.deeper);
    pthread_mutex_destroy(&c.lock);
    return status;
}
