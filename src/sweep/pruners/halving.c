/* Successive halving (Jamieson and Talwalkar 2016): groups of trials train to a rung, the best 1/eta of a group go on to the
 * next, until one or few reach the last epoch. A group waits at its rungs for all of its trials. */
#include <math.h>
#include <stddef.h>

#include "sweep/study.h"

typedef struct halving {
    double eta;
    int64_t min_epochs, group; /* group: INT64_MIN: so many that one is left at the last rung */
} halving;

static const cn__param params[] = {
    {.name = "eta",
     .type = CN_PARAM_FLOAT,
     .offset = offsetof(halving, eta),
     .fallback = "3",
     .low = 1.1,
     .high = 100},
    {.name = "min_epochs",
     .type = CN_PARAM_INT,
     .offset = offsetof(halving, min_epochs),
     .fallback = "1",
     .low = 1,
     .high = 1e9},
    {.name = "group",
     .type = CN_PARAM_MAYBE_INT,
     .offset = offsetof(halving, group),
     .fallback = "none",
     .low = 2,
     .high = 1e6},
};

static cn_status check(const cn__study *s)
{
    const halving *h = s->pruner_config;
    return cn__rungs_check("halving", h->eta, (size_t)h->min_epochs, s->base.fit.epochs);
}

static void course(const cn__study *s, size_t number, cn__course *out)
{
    const halving *h = s->pruner_config;
    cn__rungs(h->eta, (size_t)h->min_epochs, s->base.fit.epochs, out);
    double group = 1;
    for (size_t i = 0; i < out->count; i++) group *= h->eta;
    out->together = true;
    out->trials = h->group == INT64_MIN ? (size_t)ceil(group - 1e-9) : (size_t)h->group;
    out->first = number - number % out->trials;
}

extern const cn__pruner_kind cn__pruner_halving;
const cn__pruner_kind cn__pruner_halving = {.kind = {.name = "halving",
                                                     .class_name = "SuccessiveHalving",
                                                     CN_PARAMS(params),
                                                     .config_size = sizeof(halving)},
                                            .looks = true,
                                            .together = true,
                                            .check = check,
                                            .course = course};
