/* Studies whose trials are the caller's: cornu/sweep.h. Points, pruning and the store are those of cn__sweep_run; what differs is that
 * the values come from outside. */
#include "sweep/ask/ask.h"

#include <math.h>

#include "base/system/system.h"

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static const char *text_of(cn__arena *arena, const char *given, const char *fallback)
{
    return given ? cn__arena_strdup(arena, given) : fallback;
}

static cn_status read_value(cn__arena *arena, const char *what, const char *text, const cn__value **out)
{
    *out = NULL;
    if (!text) return CN_OK;
    cn__value *v = cn__arena_alloc(arena, sizeof *v);
    if (!v) return CN_ERROR_MEMORY;
    *out = v;
    return cn__value_parse(arena, text, v) == CN_OK ? CN_OK : cn__fail_in("%s", what);
}

static cn_status open_study(cn_study *s, const cn_study_options *o)
{
    cn__study_options options = {.name = text_of(&s->arena, o->name, "study"),
                                 .space = text_of(&s->arena, o->space, ""),
                                 .data_key = text_of(&s->arena, o->key, ""),
                                 .best = o->best,
                                 .seed = o->seed,
                                 .trials = o->trials,
                                 .ahead = o->ahead};
    if (!options.name || !options.space || !options.data_key) return CN_ERROR_MEMORY;
    if (!*options.space)
        return cn__fail(CN_ERROR_ARGUMENT, "a study needs a space, such as rate=[1e-4..1e-1 log]");
    CN_TRY(read_value(&s->arena, "sampler", o->sampler, &options.sampler));
    CN_TRY(read_value(&s->arena, "pruner", o->pruner, &options.pruner));
    CN_TRY(read_value(&s->arena, "objective", o->objective, &options.objective));
    CN_TRY(cn__study_open_function(&options, o->epochs ? o->epochs : 1, &s->study));
    return o->store ? cn__store_open(o->store, &s->study, &s->store) : CN_OK;
}

cn_study *cn_study_open(const cn_study_options *options)
{
    cn_study *s = cn__calloc(1, sizeof *s);
    if (!s) return NULL;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    if (open_study(s, options) == CN_OK) {
        cn__ask_skip_done(s);
        return s;
    }
    char *message = cn__strdup(cn_error());
    const cn_status status = cn_error_status();
    (void)!cn_study_close(s);
    (void)cn__fail(status, "%s", message ? message : "out of memory");
    cn__free(message);
    return NULL;
}

cn_status cn_study_close(cn_study *s)
{
    if (!s) return CN_OK;
    const cn_status status = cn__store_close(s->store);
    cn__study_close(&s->study);
    cn__arena_free(&s->arena);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    cn__free(s->error);
    cn__free(s->first_error);
    cn__free(s);
    return status;
}

/* ---- all of them ------------------------------------------------------------------------------------------------------- */

static void stop(cn_study *s, cn_status status, const char *error)
{
    pthread_mutex_lock(&s->lock);
    if (!s->stops) s->status = status, s->error = cn__strdup(error);
    s->stops = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

/* A trial of a study that is stopped stays unfinished: it is run again. */
static cn_status forget(cn_trial *t)
{
    pthread_mutex_lock(&t->owner->lock);
    t->owner->out--;
    pthread_mutex_unlock(&t->owner->lock);
    cn__trial_free(t);
    return CN_OK;
}

static cn_status run_next(cn_study *s, bool *over)
{
    cn_trial *t;
    CN_TRY(cn__ask(s, true, &t));
    *over = !t;
    if (!t) return CN_OK;
    const cn_status own = s->objective(s->user, t);
    if (own == CN_OK) return cn_trial_end(t, NULL);
    if (own != CN_ERROR_STATE)
        return cn_trial_end(t, cn_error_status() == own ? cn_error() : cn_status_name(own));
    stop(s, own, cn_error_status() == own ? cn_error() : "the objective ended the study");
    *over = true;
    return forget(t);
}

static void *work(void *given)
{
    cn_study *s = given;
    cn_status status = CN_OK;
    for (bool over = false; status == CN_OK && !over;) status = run_next(s, &over);
    if (status != CN_OK) stop(s, status, cn_error());
    return NULL;
}

static cn_status outcome(const cn_study *s)
{
    size_t failed = 0;
    if (s->stops) return cn__fail(s->status, "%s", s->error ? s->error : "out of memory");
    while (failed < s->study.trial_count && s->study.trials[failed].state == CN_TRIAL_FAILED) failed++;
    if (failed < s->study.trial_count) return CN_OK;
    return cn__fail(CN_ERROR_NUMERIC, "all %zu trials failed; trial %zu: %s", failed, s->first_failed,
                    s->first_error ? s->first_error : "as the store has it");
}

cn_status cn_study_run(cn_study *s, cn_objective *objective, void *user, int threads)
{
    enum { MOST = 1024 };
    if (threads < 0 || threads > MOST)
        return cn__fail(CN_ERROR_ARGUMENT, "threads = %d, expected 0 (all) to %d", threads, MOST);
    const size_t wanted = threads ? (size_t)threads : (size_t)cn__cpu_count();
    pthread_t *others = cn__calloc(wanted, sizeof *others);
    size_t started = 0;
    if (!others) return CN_ERROR_MEMORY;
    s->objective = objective, s->user = user, s->stops = false;
    cn__free(s->error);
    s->error = NULL;
    while (started + 1 < wanted && pthread_create(&others[started], NULL, work, s) == 0) started++;
    work(s); /* this thread is one of them */
    for (size_t i = 0; i < started; i++) pthread_join(others[i], NULL);
    cn__free(others);
    return outcome(s);
}

/* ---- what came out --------------------------------------------------------------------------------------------------------- */

size_t cn_study_trials(const cn_study *s) { return s->study.trial_count; }
size_t cn_study_best(const cn_study *s) { return cn__study_best(&s->study); }

const char *cn_study_state(const cn_study *s, size_t trial)
{
    return trial < s->study.trial_count ? cn__trial_states[s->study.trials[trial].state] : NULL;
}

double cn_study_value(const cn_study *s, size_t trial, size_t objective)
{
    if (trial >= s->study.trial_count || objective >= s->study.goal_count) return (double)NAN;
    return s->study.trials[trial].state == CN_TRIAL_WAITING ? (double)NAN
                                                            : s->study.trials[trial].values[objective];
}

size_t cn_study_point(const cn_study *s, size_t trial, char *out, size_t size)
{
    cn__arena arena = {0};
    cn__text text = {0};
    cn__text_add(&text, "");
    for (size_t i = 0; trial < s->study.trial_count && i < s->study.space.count; i++) {
        const cn__dimension *d = &s->study.space.dimensions[i];
        const double at = s->study.trials[trial].point[i];
        const cn__value v = isnan(at) ? (cn__value){0} : cn__dimension_value(d, at);
        const char *value = isnan(at) ? NULL : v.kind == CN_VALUE_WORD ? v.word : cn__value_text(&arena, &v);
        if (value) cn__text_printf(&text, "%s%s=%s", text.size ? " " : "", d->name, value);
    }
    const size_t length = text.failed ? 0 : text.size;
    cn__format(out, size, "%s", text.failed ? "" : text.data);
    cn__text_free(&text);
    cn__arena_free(&arena);
    return length;
}
