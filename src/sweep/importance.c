#include "sweep/importance.h"

#include <math.h>
#include <stdlib.h>

enum { LEAST_TRIALS = 8, MOST_BINS = 8, LEAST_IN_BIN = 4, MOST_CHOICES = 256 };

typedef struct pair {
    double at, value;
    size_t number;
} pair;

static int by_place(const void *a, const void *b)
{
    const pair *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static size_t collect(const cn__study *s, size_t dimension, pair *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s->trial_count; i++) {
        const cn__trial *t = &s->trials[i];
        if (t->state == CN_TRIAL_COMPLETE && !isnan(t->values[0]) && !isnan(t->point[dimension]))
            out[n++] = (pair){t->point[dimension], t->values[0], i};
    }
    return n;
}

static double omega(const cn__dimension *d, const pair *pairs, size_t n)
{
    double sums[MOST_CHOICES] = {0}, counts[MOST_CHOICES] = {0}, mean = 0, between = 0, all = 0, bins = 0;
    const bool choice = d->kind == CN_DIMENSION_CHOICE && d->levels <= MOST_CHOICES;
    const size_t wanted = n / LEAST_IN_BIN < MOST_BINS ? n / LEAST_IN_BIN : MOST_BINS;
    for (size_t i = 0; i < n; i++) {
        const size_t bin = choice ? (size_t)pairs[i].at : i * wanted / n;
        sums[bin] += pairs[i].value, counts[bin]++;
        mean += pairs[i].value / (double)n;
    }
    for (size_t i = 0; i < n; i++) all += (pairs[i].value - mean) * (pairs[i].value - mean);
    for (size_t k = 0; k < MOST_CHOICES; k++) {
        if (counts[k] == 0) continue;
        bins++;
        between += counts[k] * (sums[k] / counts[k] - mean) * (sums[k] / counts[k] - mean);
    }
    if (bins < 2 || (double)n <= bins) return 0;
    const double within = (all - between) / ((double)n - bins),
                 share = (between - (bins - 1) * within) / (all + within);
    return share > 0 ? share : 0;
}

double cn__importance(const cn__study *s, size_t dimension)
{
    pair *pairs = cn__malloc((s->trial_count + 1) * sizeof *pairs);
    if (!pairs) return (double)NAN;
    const size_t n = collect(s, dimension, pairs);
    qsort(pairs, n, sizeof *pairs, by_place);
    const double found = n < LEAST_TRIALS ? 0 : omega(&s->space.dimensions[dimension], pairs, n);
    cn__free(pairs);
    return found;
}
