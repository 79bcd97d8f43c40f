/* The trials that TPE calls good: the best tenth, at most 25 (Bergstra et al. 2011). Of several objectives those that none
 * dominates come first, then those that only these dominate, and so on; of one such front the least crowded (Deb et al.,
 * "A fast and elitist multiobjective genetic algorithm: NSGA-II", 2002). */
#include <math.h>
#include <string.h>

#include "sweep/samplers/tpe.h"

static bool is_among(const size_t *list, size_t count, size_t number)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == number) return true;
    return false;
}

/* ---- several -------------------------------------------------------------------------------------------------------------- */

/* Those of 0 … seen - 1 that are not taken and that no other such trial dominates. */
static size_t front(const cn__study *s, size_t seen, const size_t *taken, size_t taken_count, size_t *out)
{
    size_t count = 0;
    for (size_t i = 0; i < seen; i++)
        if (cn__tpe_has_value(s, i) && !is_among(taken, taken_count, i))
            count = cn__tpe_front_add(s, out, count, i);
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

/* The first front is known; the next ones are needed only where it is small. */
static void take_fronts(const cn__study *s, const cn__tpe_prefix *p, size_t wanted, size_t *good,
                        size_t *count)
{
    size_t list[CN_TPE_MOST_FRONT], n = p->front_count;
    memcpy(list, p->front, n * sizeof *list);
    while (n) {
        add_front(s, list, n, wanted, good, count);
        if (*count == wanted) return;
        n = front(s, p->seen, good, *count, list);
    }
}

/* ---- the others -------------------------------------------------------------------------------------------------------------- */

static void sort(const size_t *list, size_t count, size_t *out)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at && out[at - 1] > list[i]; at--) out[at] = out[at - 1];
        out[at] = list[i];
    }
}

/* All trials that are not good, or `most` of them spread evenly: the last one of each of as many equal parts. Failed ones are among
 * them: where they are it is not good. The others are all numbers but those of the good. */
static void take_others(const cn__tpe_prefix *p, const size_t *good, size_t good_count, size_t *bad,
                        size_t most, size_t *count)
{
    const size_t others = p->seen - good_count;
    size_t sorted[CN_TPE_MOST_GOOD], passed = 0;
    sort(good, good_count, sorted);
    *count = others < most ? others : most;
    for (size_t i = 0; i < *count; i++) {
        const size_t at = others <= most ? i : ((i + 1) * others + most - 1) / most - 1;
        while (passed < good_count && sorted[passed] <= at + passed) passed++;
        bad[i] = at + passed;
    }
}

bool cn__tpe_split(const cn__study *s, const cn__tpe_prefix *p, size_t least, size_t *good,
                   size_t *good_count, size_t *bad, size_t most, size_t *bad_count)
{
    *good_count = *bad_count = 0;
    if (p->valued < least || p->valued < 2) return false;
    const size_t tenth = (p->valued + 9) / 10, wanted = tenth < CN_TPE_MOST_GOOD ? tenth : CN_TPE_MOST_GOOD;
    if (s->goal_count > 1) {
        take_fronts(s, p, wanted, good, good_count);
    } else {
        *good_count = wanted < p->good_count ? wanted : p->good_count;
        memcpy(good, p->good, *good_count * sizeof *good);
    }
    take_others(p, good, *good_count, bad, most, bad_count);
    return *good_count > 0;
}
