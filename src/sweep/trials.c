/* The trials of a study: random points, what a trial may look at, which is better. */
#include "sweep/study.h"

#include <math.h>
#include <string.h>

#include "base/random.h"

/* ---- random points ----------------------------------------------------------------------------------------------------- */

double cn__study_uniform(const cn__study *s, size_t number, size_t dimension, unsigned use)
{
    cn__stream stream = cn__random_stream(s->options.seed, CN_RANDOM_SEARCH, use, (uint32_t)number);
    return cn__random_uniform(&stream, dimension);
}

void cn__study_random_point(const cn__study *s, size_t number, double *point)
{
    for (size_t i = 0; i < s->space.count; i++)
        point[i] = cn__space_active(&s->space, point, i)
                       ? cn__dimension_at(&s->space.dimensions[i], cn__study_uniform(s, number, i, 0))
                       : (double)NAN;
}

/* ---- what a trial sees --------------------------------------------------------------------------------------------------- */

void cn__study_course(const cn__study *s, size_t number, cn__course *out)
{
    *out = (cn__course){.first = number, .trials = 1};
    if (s->pruner->course) s->pruner->course(s, number, out);
    if (out->first + out->trials > s->trial_count) out->trials = s->trial_count - out->first;
}

size_t cn__study_seen(const cn__study *s, size_t number)
{
    if (s->pruner->together) { /* the group before is still running; so no more than two are held in memory */
        cn__course course;
        cn__study_course(s, number, &course);
        if (course.first) cn__study_course(s, course.first - 1, &course);
        return course.first;
    }
    if (!s->sampler->looks && !s->pruner->looks) return 0;
    return number > s->options.ahead ? number - s->options.ahead : 0;
}

/* Was the trial's value at the rung reported? One that is over has reported all that it ever will. */
static bool takes_part(const cn__trial *t, size_t rung) { return t->reported > rung; }

bool cn__study_can_decide(const cn__study *s, const cn__course *c, size_t rung)
{
    for (size_t i = c->first; c->together && i < c->first + c->trials; i++)
        if (s->trials[i].state == CN_TRIAL_WAITING && !takes_part(&s->trials[i], rung)) return false;
    return true;
}

bool cn__study_goes_on(const cn__study *s, const cn__course *c, size_t number, size_t rung)
{
    const double value = s->trials[number].rungs[rung];
    size_t first = c->together ? c->first : 0,
           end = c->together ? c->first + c->trials : cn__study_seen(s, number);
    size_t count = !c->together, before = 0;
    if (isnan(value)) return false;
    for (size_t i = first; i < end; i++) {
        const cn__trial *t = &s->trials[i];
        if (!takes_part(t, rung) || (c->complete && t->state != CN_TRIAL_COMPLETE)) continue;
        count++;
        before +=
            cn__goal_better(&s->goals[0], t->rungs[rung], value) || (i < number && t->rungs[rung] == value);
    }
    if (count < c->least) return true;
    const size_t kept = (size_t)floor((double)count * c->keep + 1e-9);
    return before < (kept ? kept : 1);
}

/* ---- comparing --------------------------------------------------------------------------------------------------------------- */

bool cn__study_better(const cn__study *s, size_t a, size_t b)
{
    const cn__trial *x = &s->trials[a], *y = &s->trials[b];
    const bool has_x = x->state == CN_TRIAL_COMPLETE || x->state == CN_TRIAL_PRUNED,
               has_y = y->state == CN_TRIAL_COMPLETE || y->state == CN_TRIAL_PRUNED;
    if (has_x != has_y) return has_x;
    if (!has_x) return a < b;
    if (x->state != y->state) return x->state == CN_TRIAL_COMPLETE;
    if (x->state == CN_TRIAL_PRUNED && x->epochs != y->epochs) return x->epochs > y->epochs;
    if (cn__goal_better(&s->goals[0], x->values[0], y->values[0])) return true;
    if (cn__goal_better(&s->goals[0], y->values[0], x->values[0])) return false;
    return a < b;
}

size_t cn__study_best(const cn__study *s)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < s->trial_count; i++)
        if (s->trials[i].state == CN_TRIAL_COMPLETE && !isnan(s->trials[i].values[0]) &&
            (best == SIZE_MAX || cn__study_better(s, i, best)))
            best = i;
    return best;
}

size_t cn__study_best_trials(const cn__study *s, size_t most, size_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < s->trial_count; i++) {
        if (s->trials[i].state != CN_TRIAL_COMPLETE || isnan(s->trials[i].values[0])) continue;
        size_t at = count;
        while (at && cn__study_better(s, i, out[at - 1])) at--;
        if (at >= most) continue;
        count += count < most;
        memmove(out + at + 1, out + at, (count - at - 1) * sizeof *out);
        out[at] = i;
    }
    return count;
}

bool cn__study_dominates(const cn__study *s, const cn__trial *a, const cn__trial *b)
{
    bool better = false;
    for (size_t i = 0; i < s->goal_count; i++) {
        if (cn__goal_better(&s->goals[i], b->values[i], a->values[i])) return false;
        better = better || cn__goal_better(&s->goals[i], a->values[i], b->values[i]);
    }
    return better;
}
