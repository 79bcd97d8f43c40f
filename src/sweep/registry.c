/* The samplers and the pruners that there are. */
#include "sweep/study.h"

extern const cn__sampler_kind cn__sampler_random, cn__sampler_grid, cn__sampler_sobol, cn__sampler_tpe;
static const cn__kind *const samplers[] = {&cn__sampler_random.kind, &cn__sampler_grid.kind,
                                           &cn__sampler_sobol.kind, &cn__sampler_tpe.kind, NULL};
const cn__registry cn__samplers = {.noun = "sampler", .example = "tpe(startup=20)", .kinds = samplers};

extern const cn__pruner_kind cn__pruner_none, cn__pruner_median, cn__pruner_asha, cn__pruner_halving,
    cn__pruner_hyperband;
static const cn__kind *const pruners[] = {&cn__pruner_none.kind,      &cn__pruner_median.kind,
                                          &cn__pruner_asha.kind,      &cn__pruner_halving.kind,
                                          &cn__pruner_hyperband.kind, NULL};
const cn__registry cn__pruners = {.noun = "pruner", .example = "hyperband(eta=3)", .kinds = pruners};
