/* The trials that TPE calls good: the best tenth, at most 25 (Bergstra et al. 2011). Of several objectives those that none
 * dominates come first, then those that only these dominate, and so on; of one such front the least crowded (Deb et al.,
 * "A fast and elitist multiobjective genetic algorithm: NSGA-II", 2002). */
#include <math.h>
#include <string.h>

#include "sweep/samplers/tpe.h"

enum { MOST_GOOD = 25 };

static bool has_value(const cn__study *s, size_t i)
{
    const cn__trial *t = &s->trials[i];
    if (t->state != CN_TRIAL_COMPLETE && t->state != CN_TRIAL_PRUNED) return false;
    for (size_t k = 0; k < s->goal_count; k++)
        if (isnan(t->values[k])) return false;
    return true;
}

static bool is_among(const size_t *list, size_t count, size_t number)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == number) return true;
    return false;
}

/* ---- one objective ---------------------------------------------------------------------------------------------------- */

static void insert(const cn__study *s, size_t *good, size_t *count, size_t wanted, size_t number)
{
    size_t at = *count;
    while (at && cn__study_better(s, number, good[at - 1])) at--;
    if (at >= wanted) return;
    if (*count < wanted) ++*count;
    memmove(good + at + 1, good + at, (*count - at - 1) * sizeof *good);
    good[at] = number;
}

/* ---- several -------------------------------------------------------------------------------------------------------------- */

/* Those of 0 … seen - 1 that are not taken and that no other such trial dominates; at most `most` of them. */
static size_t front(const cn__study *s, size_t seen, const size_t *taken, size_t taken_count, size_t *out,
                    size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < seen; i++) {
        bool out_of = !has_value(s, i) || is_among(taken, taken_count, i);
        for (size_t k = 0; k < count && !out_of; k++)
            out_of = cn__study_dominates(s, &s->trials[out[k]], &s->trials[i]);
        if (out_of) continue;
        size_t kept = 0; /* it may dominate some that came before */
        for (size_t k = 0; k < count; k++)
            if (!cn__study_dominates(s, &s->trials[i], &s->trials[out[k]])) out[kept++] = out[k];
        count = kept;
        if (count < most) out[count++] = i;
    }
    return count;
}

/* How far apart the neighbours of a trial in the front are, summed over the objectives; infinite at the ends (Deb et al. 2002). */
static double crowding_distance(const cn__study *s, const size_t *list, size_t count, size_t at)
{
    double gap = 0;
    for (size_t g = 0; g < s->goal_count; g++) {
        double own = s->trials[list[at]].values[g], below = -INFINITY, above = INFINITY, low = own,
               high = own;
        for (size_t i = 0; i < count; i++) {
            double v = s->trials[list[i]].values[g];
            low = fmin(low, v), high = fmax(high, v);
            if (i == at) continue;
            if (v <= own) below = fmax(below, v);
            if (v >= own) above = fmin(above, v);
        }
        if (isinf(below) || isinf(above)) return INFINITY;
        if (high > low) gap += (above - below) / (high - low);
    }
    return gap;
}

static void add_front(const cn__study *s, const size_t *list, size_t count, size_t wanted, size_t *good,
                      size_t *good_count)
{
    const size_t before = *good_count;
    while (*good_count < wanted && *good_count - before < count) {
        size_t best = count;
        double most = -1;
        for (size_t i = 0; i < count; i++) {
            if (is_among(good + before, *good_count - before, list[i])) continue;
            const double gap = crowding_distance(s, list, count, i);
            if (best == count || gap > most) best = i, most = gap;
        }
        good[(*good_count)++] = list[best];
    }
}

static void take_fronts(const cn__study *s, size_t seen, size_t wanted, size_t *good, size_t *count)
{
    enum { MOST_FRONT = 256 };
    size_t list[MOST_FRONT];
    while (*count < wanted) {
        const size_t n = front(s, seen, good, *count, list, MOST_FRONT);
        if (!n) return;
        add_front(s, list, n, wanted, good, count);
    }
}

/* ---- the others -------------------------------------------------------------------------------------------------------------- */

/* Failed ones are among them: where they are it is not good. */
static void take_others(const cn__study *s, size_t seen, const size_t *good, size_t good_count, size_t *bad,
                        size_t most, size_t *count)
{
    size_t others = 0, at = 0;
    for (size_t i = 0; i < seen; i++) others += s->trials[i].state != CN_TRIAL_WAITING;
    others -= good_count;
    for (size_t i = 0; i < seen; i++) {
        if (s->trials[i].state == CN_TRIAL_WAITING || is_among(good, good_count, i)) continue;
        const bool taken = others <= most || at * most / others != (at + 1) * most / others;
        at++;
        if (taken && *count < most) bad[(*count)++] = i;
    }
}

bool cn__tpe_split(const cn__study *s, size_t seen, size_t least, size_t *good, size_t *good_count,
                   size_t *bad, size_t most, size_t *bad_count)
{
    size_t n = 0;
    *good_count = *bad_count = 0;
    for (size_t i = 0; i < seen; i++) n += has_value(s, i);
    if (n < least || n < 2) return false;
    const size_t tenth = (n + 9) / 10, wanted = tenth < MOST_GOOD ? tenth : MOST_GOOD;
    if (s->goal_count > 1) take_fronts(s, seen, wanted, good, good_count);
    else
        for (size_t i = 0; i < seen; i++)
            if (has_value(s, i)) insert(s, good, good_count, wanted, i);
    take_others(s, seen, good, *good_count, bad, most, bad_count);
    return *good_count > 0;
}
