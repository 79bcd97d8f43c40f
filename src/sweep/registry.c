/* The samplers and the pruners that there are. */
#include "sweep/study.h"

extern const cn__sampler_kind cn__sampler_random, cn__sampler_grid;
static const cn__kind *const samplers[] = {&cn__sampler_random.kind, &cn__sampler_grid.kind, NULL};
const cn__registry cn__samplers = {.noun = "sampler", .example = "tpe(startup=20)", .kinds = samplers};

extern const cn__pruner_kind cn__pruner_none;
static const cn__kind *const pruners[] = {&cn__pruner_none.kind, NULL};
const cn__registry cn__pruners = {.noun = "pruner", .example = "hyperband(eta=3)", .kinds = pruners};
