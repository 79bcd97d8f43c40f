/* Asynchronous successive halving (Li et al., "A system for massively parallel hyperparameter tuning", 2020), with the
 * stopping rule: behind a rung a trial goes on if it is among the best 1/eta of those that came there. "Those" are the trials
 * whose numbers are smaller by `ahead` or more, not those that happened to be faster. No trial waits for another. */
#include <stddef.h>

#include "sweep/study.h"

typedef struct asha {
    double eta;
    int64_t min_epochs;
} asha;

static const cn__param params[] = {
    {.name = "eta",
     .type = CN_PARAM_FLOAT,
     .offset = offsetof(asha, eta),
     .fallback = "3",
     .low = 1.1,
     .high = 100},
    {.name = "min_epochs",
     .type = CN_PARAM_INT,
     .offset = offsetof(asha, min_epochs),
     .fallback = "1",
     .low = 1,
     .high = 1e9},
};

static cn_status check(const cn__study *s)
{
    const asha *a = s->pruner_config;
    return cn__rungs_check("asha", a->eta, (size_t)a->min_epochs, s->base.fit.epochs);
}

static void course(const cn__study *s, size_t number, cn__course *out)
{
    const asha *a = s->pruner_config;
    (void)number;
    cn__rungs(a->eta, (size_t)a->min_epochs, s->base.fit.epochs, out);
}

extern const cn__pruner_kind cn__pruner_asha;
const cn__pruner_kind cn__pruner_asha = {
    .kind = {.name = "asha", .class_name = "ASHA", CN_PARAMS(params), .config_size = sizeof(asha)},
    .looks = true,
    .check = check,
    .course = course};
