/* The jobs of a program. Each worker takes the longest that may begin; a fit's number of threads and its neighbours decide
 * no bit of it. */
#include "lab/run/run.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/files/file.h"
#include "base/system/child.h"
#include "base/system/system.h"
#include "base/system/terminal.h"
#include "data/data.h"
#include "data/files/json.h"
#include "formats/hdf5/hdf5.h"
#include "lab/run/live.h"
#include "lab/run/run_models.h"
#include "lab/run/run_outcome.h"
#include "lab/run/run_sweep.h"

typedef struct scheduler {
    cn__program_run *run;
    cn__program *program;
    int threads;           /* for each fit */
    size_t stop_part;      /* jobs of later parts do not begin */
    size_t reported, busy; /* parts that were reported; jobs that run */
    cn_status status;      /* of telling */
    char *error;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    cn__live live;
} scheduler;

/* ---- one job ------------------------------------------------------------------------------------------------------------ */

/* All of them where it is the same model; of another one those that both have. */
static cn_status copy_weights(cn_model *to, const cn_model *from, bool top)
{
    const size_t count = cn__common_weights(to, from, top);
    for (size_t i = 0; i < count; i++) {
        cn_array weight;
        CN_TRY(cn_model_get_weight(from, i, &weight));
        cn_status status = cn_model_set_weight(to, i, &weight);
        cn_array_free(&weight);
        CN_TRY(status);
    }
    return CN_OK;
}

/* The model that the job begins with. */
static cn_model *first_model(scheduler *c, const cn__job *job)
{
    if (!job->after) return cn__job_model(job);
    cn_model *before = cn__run_model(c->run, job->after);
    if (!before || !job->fresh) return before;
    cn_model *m = cn__job_model(job);
    if (m && copy_weights(m, before, job->after != job->model->base || job->model->base_top) != CN_OK) {
        cn_model_free(m);
        m = NULL;
    }
    cn_model_free(before);
    return m;
}

typedef struct shown {
    cn__live *live;
    int row;
    const cn__lab_options *options;
    bool interrupted;
} shown;

static bool is_interrupted(const cn__lab_options *o) { return o->interrupted && o->interrupted(); }

static cn_status stop_if_interrupted(void *user, cn_training *training, size_t batch)
{
    shown *s = user;
    (void)batch;
    if (!is_interrupted(s->options)) return CN_OK;
    s->interrupted = true;
    cn_training_stop(training, "interrupted");
    return CN_OK;
}

static cn_status fail_interrupted(void) { return cn__fail(CN_ERROR_STATE, "interrupted"); }

static cn_status show_epoch(void *user, cn_training *training, size_t epoch, const cn_logs *logs)
{
    (void)training, (void)logs;
    const shown *s = user;
    cn__live_epoch(s->live, s->row, epoch + 1);
    return CN_OK;
}

static cn_status take_history(cn__job *job, const cn_history *h)
{
    cn__outcome *o = &job->outcome;
    CN_TRY(cn__curves_of_history(&job->arena, h, &o->history));
    o->seconds = cn__arena_array(&job->arena, o->history.epochs + 1, sizeof(double));
    if (!o->seconds) return CN_ERROR_MEMORY;
    if (o->history.epochs) memcpy(o->seconds, cn_history_seconds(h), o->history.epochs * sizeof(double));
    o->stop = cn_history_stop(h);
    const char *stopped = cn_history_stopped(h);
    o->stopped = stopped ? cn__arena_strdup(&job->arena, stopped) : NULL;
    return stopped && !o->stopped ? CN_ERROR_MEMORY : CN_OK;
}

/* A fit of more than a minute leaves states, from which the next run goes on if this one is stopped or killed. Their folder's
 * name is the job's key: whatever is edited in the document, none is taken for another's. They lie beside the cache, where
 * nobody else puts files, and not in the lab's folder, which may have come with the lab. */
enum { STATE_SECONDS = 60 };

static void keep_states(const scheduler *c, cn__job *job, cn_fit_options *o)
{
    const double seconds = c->program->options->state_seconds;
    char *states = cn__job_is_kept(job) ? cn__cache_states(c->run->cache) : NULL;
    if (states) /* those of another version, which does not go on from them, are passed by */
        o->checkpoint_dir = o->resume_dir =
            cn__arena_format(&job->arena, "%s/%.32s-%s", states, job->key, CN_VERSION);
    o->checkpoint_seconds = seconds > 0 ? seconds : STATE_SECONDS;
    o->checkpoint_remove = true;
    cn__free(states);
}

static cn_status train(scheduler *c, cn__job *job, cn_model *m)
{
    shown s = {.live = &c->live,
               .row = cn__live_fit(&c->live, job->model->name, (size_t)job->fit.epochs),
               .options = c->program->options};
    const cn_callback callback = {.user = &s,
                                  .on_batch_begin = stop_if_interrupted,
                                  .on_epoch_end = show_epoch},
                      *callbacks[] = {&callback, NULL};
    cn_fit_options o = cn__job_options(job, m);
    o.output_dir = c->run->out.path;
    keep_states(c, job, &o);
    o.threads = c->threads;
    o.custom_callbacks = callbacks;
    cn_history *h = cn_model_fit_with(&o);
    cn__live_done(&c->live, s.row);
    if (!h) return cn_error_status();
    cn_status status = s.interrupted ? fail_interrupted() : take_history(job, h);
    cn_history_free(h);
    return status;
}

static cn_status test(scheduler *c, cn__job *job, cn_model *m)
{
    const cn__binding *b = job->binding;
    cn_logs *logs = b ? cn_model_evaluate(m, .inputs = b->test_x, .targets = b->test_y, .threads = c->threads,
                                          .tta = job->tta)
                      : cn_model_evaluate(m, &job->data->test_x, &job->data->test_y, .threads = c->threads,
                                          .tta = job->tta);
    if (!logs) return cn_error_status();
    cn_status status = cn__curves_of_logs(&job->arena, logs, &job->outcome.test);
    cn_logs_free(logs);
    return status == CN_OK && cn__job_is_kept(job) ? cn__keep_test(c->run, job) : status;
}

static cn_status predict_all(scheduler *c, cn__job *job, cn_model *m)
{
    const cn__binding *b = job->binding;
    cn_array *outputs = cn__arena_array(&job->arena, b->outputs, sizeof *outputs);
    if (!outputs) return CN_ERROR_MEMORY;
    CN_TRY(
        cn_model_predict(m, .inputs = b->test_x, .outputs = outputs, .threads = c->threads, .tta = job->tta));
    job->outcome.prediction = outputs[0];
    job->outcome.further = outputs + 1;
    job->outcome.further_count = b->outputs - 1;
    return CN_OK;
}

static cn_status predict(scheduler *c, cn__job *job, cn_model *m)
{
    if (job->binding) CN_TRY(predict_all(c, job, m));
    else
        CN_TRY(cn_model_predict(m, &job->data->test_x, &job->outcome.prediction, .threads = c->threads,
                                .tta = job->tta));
    return cn__job_is_kept(job) ? cn__keep_predictions(c->run, job) : CN_OK;
}

static bool lacks_test(const cn__job *job) { return job->wants_test && !job->outcome.test.count; }
static bool lacks_prediction(const cn__job *job)
{
    return job->wants_prediction && !job->outcome.prediction.data;
}

static cn_status do_job(scheduler *c, cn__job *job, cn_model *m)
{
    if (!job->cached) {
        CN_TRY(train(c, job, m));
        if (!job->repeat) CN_TRY(cn__keep_model(c->run, job, m));
    }
    if (lacks_test(job)) CN_TRY(test(c, job, m));
    if (lacks_prediction(job)) CN_TRY(predict(c, job, m));
    return !job->cached && cn__job_is_kept(job) ? cn__keep_fit(c->run, job)
                                                : CN_OK; /* last: what has it has the rest */
}

static cn_status search(scheduler *c, cn__job *job)
{
    if (!job->sweep || job->found) return CN_OK;
    return cn__run_sweep(c->run, job, &c->live, false);
}

static void run_job(scheduler *c, cn__job *job)
{
    cn_model *m = search(c, job) != CN_OK ? NULL
                  : job->cached           ? cn__run_model(c->run, job)
                                          : first_model(c, job);
    job->status = m ? do_job(c, job, m) : cn_error_status();
    if (job->status != CN_OK) job->outcome.error = cn__arena_strdup(&job->arena, cn_error());
    cn_model_free(m);
}

/* What the cache has of a job; it is done when nothing is lacking. */
static cn_status take_cached(scheduler *c, cn__job *job)
{
    json_t *fit;
    bool there = true;
    if (!c->run->cache || !cn__job_is_kept(job) || (job->after && !job->after->cached)) return CN_OK;
    CN_TRY(cn__cached_fit(c->run, job, &fit));
    if (!fit) return CN_OK;
    if (job->sweep && cn__run_sweep(c->run, job, &c->live, true) != CN_OK) {
        json_decref(fit);
        return CN_OK; /* its runs are gone: they are made again */
    }
    cn_status status = job->repeat ? CN_OK : cn__restore_model(c->run, job, &there);
    if (status == CN_OK && there) status = cn__read_fit(job, fit);
    json_decref(fit);
    CN_TRY(status);
    if (!there || !cn__outcome_epochs(&job->outcome)) return CN_OK;
    job->cached = true;
    if (job->wants_test) CN_TRY(cn__restore_test(c->run, job));
    if (job->wants_prediction) CN_TRY(cn__restore_predictions(c->run, job));
    if (job->repeat && lacks_test(job)) job->cached = false; /* no model is kept of it */
    job->done = job->started = job->cached && !lacks_test(job) && !lacks_prediction(job);
    return CN_OK;
}

/* ---- several at once ----------------------------------------------------------------------------------------------------- */

/* Is all of a part there, and of those before it? */
static bool is_ready(const scheduler *c, size_t part)
{
    for (size_t i = 0; i < c->program->job_count; i++)
        if (c->program->jobs[i]->part <= part && !c->program->jobs[i]->done) return false;
    return true;
}

/* Reports, in the document's order, what is done; the lock is held. */
static void report_done(scheduler *c)
{
    cn__live_hold(&c->live);
    while (c->status == CN_OK && c->reported < c->program->document.count && c->reported <= c->stop_part &&
           is_ready(c, c->reported)) {
        c->status = c->run->ready(c->run->user, c->reported++);
        if (c->status != CN_OK) {
            c->error = cn__strdup(cn_error());
            c->stop_part = 0;
        }
    }
    cn__live_release(&c->live);
}

/* The longest job that may begin. Those behind a failure are skipped. */
static cn__job *next_job(scheduler *c, bool *more)
{
    cn__job *best = NULL;
    *more = false;
    for (size_t i = 0; i < c->program->job_count; i++) {
        cn__job *j = c->program->jobs[i];
        if (j->started) continue;
        if (is_interrupted(c->program->options)) {
            c->run->interrupted = true;
            if (j->part < c->stop_part) c->stop_part = j->part;
        }
        bool lost = c->run->interrupted || j->part > c->stop_part || c->status != CN_OK ||
                    (j->after && j->after->done && j->after->status != CN_OK);
        if (lost) {
            j->started = j->done = j->skipped = true;
            continue;
        }
        *more = true;
        if ((!j->after || j->after->done) && (!best || j->cost > best->cost)) best = j;
    }
    return best;
}

static void *work(void *argument)
{
    scheduler *c = argument;
    bool more;
    pthread_mutex_lock(&c->lock);
    for (;;) {
        cn__job *job = next_job(c, &more);
        if (!job && !more) break;
        if (!job) {
            pthread_cond_wait(&c->changed, &c->lock);
            continue;
        }
        job->started = true;
        pthread_mutex_unlock(&c->lock);
        run_job(c, job);
        pthread_mutex_lock(&c->lock);
        job->done = true;
        c->run->trained += !job->cached;
        if (job->status != CN_OK && is_interrupted(c->program->options)) c->run->interrupted = true;
        bool wanted = !job->may_fail || c->run->interrupted;
        if (job->status != CN_OK && wanted && job->part < c->stop_part) c->stop_part = job->part;
        report_done(c);
        pthread_cond_broadcast(&c->changed);
    }
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static cn_status run_scheduler(scheduler *c, size_t jobs)
{
    pthread_t *workers = cn__calloc(jobs, sizeof *workers);
    size_t started = 0;
    if (!workers) return CN_ERROR_MEMORY;
    if (jobs > 1) cn__child_hold();
    while (started + 1 < jobs && pthread_create(&workers[started], NULL, work, c) == 0) started++;
    work(c); /* this thread is one of them; threads that could not be started are not missed */
    for (size_t i = 0; i < started; i++) pthread_join(workers[i], NULL);
    if (jobs > 1) cn__child_release();
    cn__free(workers);
    return CN_OK;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------------------ */

/* The first training that ended without a finite loss although no error was expected in its block. */
static cn_status first_divergence(const cn__program *p)
{
    for (size_t i = 0; i < p->job_count; i++) {
        const cn__job *j = p->jobs[i];
        size_t epoch = j->done && !j->skipped && !j->may_fail ? cn__outcome_diverged(&j->outcome) : 0;
        if (epoch)
            return cn__fail(
                CN_ERROR_NUMERIC,
                "%s:%zu: fit %s: training diverged: the loss is not finite from epoch %zu on. " CN_DIVERGED_ADVICE,
                p->document.path, j->line, j->model->name, epoch + (size_t)j->fit.initial_epoch);
    }
    return CN_OK;
}

/* The first job that failed although none was expected to. */
static cn_status first_failure(const scheduler *c)
{
    if (c->status != CN_OK) return cn__fail(c->status, "%s", c->error ? c->error : "out of memory");
    if (c->run->interrupted) return fail_interrupted();
    for (size_t i = 0; i < c->program->job_count; i++) {
        const cn__job *j = c->program->jobs[i];
        if (j->done && !j->skipped && j->status != CN_OK && !j->may_fail)
            return cn__fail(j->status, "%s:%zu: fit %s: %s", c->program->document.path, j->line,
                            j->model->name, j->outcome.error ? j->outcome.error : "out of memory");
    }
    return first_divergence(c->program);
}

static cn_status take_all_cached(scheduler *c, size_t *missing)
{
    *missing = 0;
    for (size_t i = 0; i < c->program->job_count; i++) {
        cn__job *j = c->program->jobs[i];
        CN_TRY(take_cached(c, j));
        if (!j->done && c->run->only_cached)
            return cn__fail(CN_ERROR_STATE, "%s:%zu: fit %s is not in the cache; cornu lab run trains it",
                            c->program->document.path, j->line, j->model->name);
        *missing += !j->done;
    }
    return CN_OK;
}

cn_status cn__run_jobs(cn__program_run *run)
{
    const cn__lab_options *o = run->program->options;
    size_t processors = (size_t)cn__cpu_count(), jobs = o->jobs ? o->jobs : processors, missing;
    double start = cn__clock();
    CN_TRY(cn__outdir_make(&run->out, "models"));
    scheduler c = {.run = run, .program = run->program, .stop_part = SIZE_MAX};
    c.threads = o->threads ? (int)o->threads : processors > jobs ? (int)(processors / jobs) : 1;
    cn_status status = take_all_cached(&c, &missing);
    if (status == CN_OK && missing) status = cn__h5_ready(); /* before the first epoch, not after the last */
    if (status == CN_OK) {
        pthread_mutex_init(&c.lock, NULL);
        pthread_cond_init(&c.changed, NULL);
        cn__live_start(&c.live, !o->quiet && cn__terminal_redraws(stderr) ? stderr : NULL, o->progress,
                       missing);
        report_done(&c);
        status = run_scheduler(&c, jobs < run->program->job_count ? jobs : run->program->job_count);
        report_done(&c); /* with no jobs at all */
        cn__live_end(&c.live);
        pthread_cond_destroy(&c.changed);
        pthread_mutex_destroy(&c.lock);
    }
    if (status == CN_OK) status = first_failure(&c);
    cn__free(c.error);
    run->seconds = cn__clock() - start;
    return status;
}
