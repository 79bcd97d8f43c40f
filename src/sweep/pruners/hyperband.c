/* Hyperband (Li et al. 2018): successive halving with several trade-offs in turn, from many trials that are cut early to few
 * that are not. Bracket s of s_max … 0 has n = ceil((s_max + 1) / (s + 1) · eta^s) trials, the first rung at
 * R · eta^-s epochs, of R epochs in all; behind the last bracket it begins anew. */
#include <math.h>
#include <stddef.h>

#include "sweep/study.h"

typedef struct hyperband {
    double eta;
    int64_t min_epochs;
} hyperband;

static const cn__param params[] = {
    {.name = "eta",
     .type = CN_PARAM_FLOAT,
     .offset = offsetof(hyperband, eta),
     .fallback = "3",
     .low = 1.5,
     .high = 100},
    {.name = "min_epochs",
     .type = CN_PARAM_INT,
     .offset = offsetof(hyperband, min_epochs),
     .fallback = "1",
     .low = 1,
     .high = 1e9},
};

static double power(double base, size_t exponent)
{
    double v = 1;
    for (size_t i = 0; i < exponent; i++) v *= base;
    return v;
}

/* The most often that the epochs can be cut by eta. */
static size_t most_cuts(const hyperband *h, size_t epochs)
{
    size_t s = 0;
    while (s < CN_MAX_RUNGS && (double)h->min_epochs * power(h->eta, s + 1) <= (double)epochs * (1 + 1e-9))
        s++;
    return s;
}

static size_t trials_of(const hyperband *h, size_t most, size_t s)
{
    return (size_t)ceil((double)(most + 1) / (double)(s + 1) * power(h->eta, s) - 1e-9);
}

static cn_status check(const cn__study *s)
{
    const hyperband *h = s->pruner_config;
    if (!most_cuts(h, s->base.fit.epochs))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "pruner hyperband: epochs = %zu, expected at least min_epochs · eta = %g",
                        s->base.fit.epochs, (double)h->min_epochs * h->eta);
    return cn__rungs_check("hyperband", h->eta, (size_t)h->min_epochs, s->base.fit.epochs);
}

static void course(const cn__study *study, size_t number, cn__course *out)
{
    const hyperband *h = study->pruner_config;
    const size_t epochs = study->base.fit.epochs, most = most_cuts(h, epochs);
    size_t s = most, all = 0;
    for (size_t i = 0; i <= most; i++) all += trials_of(h, most, i);
    size_t first = number - number % all;
    while (first + trials_of(h, most, s) <= number) first += trials_of(h, most, s--);
    out->together = true;
    out->first = first;
    out->trials = trials_of(h, most, s);
    out->keep = 1 / h->eta;
    out->count = 0;
    for (size_t i = 0; i < s; i++) {
        const double epoch = floor((double)epochs / power(h->eta, s - i) + 0.5);
        out->rungs[out->count++] = epoch < 1 ? 1 : (size_t)epoch;
    }
}

extern const cn__pruner_kind cn__pruner_hyperband;
const cn__pruner_kind cn__pruner_hyperband = {.kind = {.name = "hyperband",
                                                       .class_name = "Hyperband",
                                                       CN_PARAMS(params),
                                                       .config_size = sizeof(hyperband)},
                                              .looks = true,
                                              .together = true,
                                              .check = check,
                                              .course = course};
