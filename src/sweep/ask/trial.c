/* One trial of the caller's: its point, what it reports, its end. */
#include <math.h>
#include <string.h>

#include "base/system/system.h"
#include "sweep/ask/ask.h"

void cn__ask_skip_done(cn_study *s)
{
    const cn__study *y = &s->study;
    while (s->prefix < y->trial_count && y->trials[s->prefix].state != CN_TRIAL_WAITING) s->prefix++;
    while (s->next < y->trial_count && y->trials[s->next].state != CN_TRIAL_WAITING) s->next++;
}

/* ---- one trial ---------------------------------------------------------------------------------------------------- */

static cn_status begin(cn_trial *t)
{
    cn__study *y = &t->owner->study;
    cn__trial *trial = &y->trials[t->number];
    CN_TRY(y->sampler->suggest(y, t->number, cn__study_seen(y, t->number), trial->point));
    for (size_t i = 0; i < y->space.count; i++)
        trial->where[i] = isnan(trial->point[i])
                              ? (double)NAN
                              : cn__dimension_where(&y->space.dimensions[i], trial->point[i]);
    cn__study_course(y, t->number, &t->course);
    return t->owner->store ? cn__store_trial_begins(t->owner->store, t->number, &y->base) : CN_OK;
}

static cn_trial *new_trial(cn_study *s)
{
    cn_trial *t = cn__calloc(1, sizeof *t);
    if (!t) return NULL;
    *t = (cn_trial){.owner = s, .number = s->next++, .start = cn__clock()};
    for (int i = 0; i < CN_MAX_GOALS; i++) t->values[i] = (double)NAN;
    s->out++;
    cn__ask_skip_done(s);
    return t;
}

static bool can_begin(const cn_study *s) { return cn__study_seen(&s->study, s->next) <= s->prefix; }

/* What is in the way is said; waits: until it is not. The lock is held. */
static cn_status next_trial(cn_study *s, bool waits, cn_trial **out)
{
    *out = NULL;
    while (waits && !s->stops && s->next < s->study.trial_count && !can_begin(s))
        pthread_cond_wait(&s->changed, &s->lock);
    if (s->stops || s->next == s->study.trial_count) return CN_OK;
    if (!can_begin(s))
        return cn__fail(
            CN_ERROR_STATE,
            "trial %zu looks at the results of those up to %zu, and trial %zu is still out: end it first, or give "
            "more than ahead=%zu",
            s->next, cn__study_seen(&s->study, s->next) - 1, s->prefix, s->study.options.ahead);
    *out = new_trial(s);
    return *out ? CN_OK : CN_ERROR_MEMORY;
}

void cn__trial_free(cn_trial *t)
{
    cn__arena_free(&t->arena);
    cn__free(t);
}

cn_status cn__ask(cn_study *s, bool waits, cn_trial **out)
{
    pthread_mutex_lock(&s->lock);
    cn_status status = next_trial(s, waits, out);
    pthread_mutex_unlock(&s->lock);
    if (status != CN_OK || !*out || (status = begin(*out)) == CN_OK) return status;
    pthread_mutex_lock(&s->lock);
    s->out--;
    s->study.trials[(*out)->number].state = CN_TRIAL_FAILED; /* so that nobody waits for it */
    cn__ask_skip_done(s);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    cn__trial_free(*out);
    *out = NULL;
    return status;
}

cn_status cn_study_ask(cn_study *s, cn_trial **out) { return cn__ask(s, false, out); }

size_t cn_trial_index(const cn_trial *t) { return t->number; }
uint64_t cn_trial_seed(const cn_trial *t) { return t->owner->study.options.seed; }

static const cn__dimension *find(const cn_trial *t, const char *name, double *at)
{
    const cn__study *y = &t->owner->study;
    for (size_t i = 0; i < y->space.count; i++) {
        if (strcmp(y->space.dimensions[i].name, name) != 0) continue;
        *at = y->trials[t->number].point[i];
        return &y->space.dimensions[i];
    }
    return NULL;
}

double cn_trial_number(const cn_trial *t, const char *name)
{
    double at;
    const cn__dimension *d = find(t, name, &at);
    if (!d || isnan(at)) return (double)NAN;
    const cn__value v = cn__dimension_value(d, at);
    return v.kind == CN_VALUE_INT || v.kind == CN_VALUE_FLOAT ? v.number : (double)NAN;
}

const char *cn_trial_text(cn_trial *t, const char *name)
{
    double at;
    const cn__dimension *d = find(t, name, &at);
    if (!d || isnan(at)) return NULL;
    const cn__value v = cn__dimension_value(d, at);
    return v.kind == CN_VALUE_WORD ? v.word : cn__value_text(&t->arena, &v);
}

/* ---- values -------------------------------------------------------------------------------------------------------- */

static void take_value(cn_trial *t, const char *name, double value)
{
    const cn__study *y = &t->owner->study;
    for (size_t i = 0; i < y->goal_count; i++) {
        const cn__goal *g = &y->goals[i];
        const bool first = isnan(t->values[i]);
        if (strcmp(g->name, name) != 0 || (g->best && !isfinite(value))) continue;
        if (first || !g->best || cn__goal_better(g, value, t->values[i])) t->values[i] = value;
    }
}

/* Behind a rung the pruner decides; one that is passed over has the value of the next epoch. */
static bool goes_on(cn_trial *t)
{
    cn_study *s = t->owner;
    cn__trial *trial = &s->study.trials[t->number];
    bool on = true;
    pthread_mutex_lock(&s->lock);
    while (on && t->rung < t->course.count && t->course.rungs[t->rung] <= t->epoch) {
        trial->rungs[t->rung] = t->values[0];
        trial->reported = (unsigned)t->rung + 1;
        on = cn__study_goes_on(&s->study, &t->course, t->number, t->rung++);
    }
    pthread_mutex_unlock(&s->lock);
    return on;
}

bool cn_trial_report(cn_trial *t, const char *name, size_t epoch, double value)
{
    const cn__study *y = &t->owner->study;
    const cn__metric_series one = {.name = name, .first = (unsigned)epoch, .count = 1, .values = &value};
    if (t->owner->store && t->status == CN_OK)
        t->status = cn__store_series(t->owner->store, t->number, 0, &one, 1);
    if (epoch > t->epoch) t->epoch = epoch;
    take_value(t, name, value);
    if (strcmp(y->goals[0].name, name) != 0) return true;
    if (!t->pruned && !goes_on(t)) t->pruned = true;
    return !t->pruned;
}

void cn_trial_fail(cn_trial *t, const char *why)
{
    const char *copy = cn__arena_strdup(&t->arena, why ? why : "");
    t->why = copy ? copy : "out of memory";
}

/* ---- the end --------------------------------------------------------------------------------------------------------- */

static cn_status store_end(cn_trial *t, cn__trial_state state, const char *error)
{
    const cn__trial *trial = &t->owner->study.trials[t->number];
    double deviations[CN_MAX_GOALS];
    unsigned rungs[CN_MAX_RUNGS];
    const double seconds = cn__clock() - t->start;
    for (int i = 0; i < CN_MAX_GOALS; i++) deviations[i] = (double)NAN;
    for (size_t i = 0; i < trial->reported; i++) rungs[i] = (unsigned)t->course.rungs[i];
    const cn__run_end run = {.state = state, .epochs = (unsigned)t->epoch, .seconds = seconds, .note = error};
    const cn__trial_end end = {.state = state,
                               .epochs = (unsigned)t->epoch,
                               .rungs = trial->reported,
                               .seconds = seconds,
                               .parameters = (double)NAN,
                               .flops = (double)NAN,
                               .note = error,
                               .values = trial->values,
                               .deviations = deviations,
                               .rung_values = trial->rungs,
                               .rung_epochs = rungs};
    CN_TRY(t->status);
    CN_TRY(cn__store_run_ends(t->owner->store, t->number, 0, &run));
    return cn__store_trial_ends(t->owner->store, t->number, &end);
}

static const char *missing_goal(const cn_trial *t)
{
    const cn__study *y = &t->owner->study;
    for (size_t i = 0; i < y->goal_count; i++)
        if (isnan(t->values[i])) return y->goals[i].name;
    return NULL;
}

cn_status cn_trial_end(cn_trial *t, const char *error)
{
    cn_study *s = t->owner;
    cn__trial *trial = &s->study.trials[t->number];
    char none[200];
    if (!error) error = t->why;
    if (!error && !t->pruned && missing_goal(t)) {
        cn__format(none, sizeof none, "no finite value of %s was reported", missing_goal(t));
        error = none;
    }
    const cn__trial_state state = error ? CN_TRIAL_FAILED : t->pruned ? CN_TRIAL_PRUNED : CN_TRIAL_COMPLETE;
    memcpy(trial->values, t->values, s->study.goal_count * sizeof *t->values);
    trial->epochs = (unsigned)t->epoch;
    const cn_status status = s->store ? store_end(t, state, error) : CN_OK;
    pthread_mutex_lock(&s->lock);
    /* one that is over before a rung has the same value at those that follow */
    for (; !t->pruned && t->rung < t->course.count; t->rung++)
        trial->rungs[t->rung] = t->values[0], trial->reported = (unsigned)t->rung + 1;
    trial->state = state;
    s->out--;
    if (error && (!s->first_error || t->number < s->first_failed)) {
        cn__free(s->first_error);
        s->first_error = cn__strdup(error), s->first_failed = t->number;
    }
    cn__ask_skip_done(s);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    cn__trial_free(t);
    return status;
}
