/* Independent random values, even over each dimension. */
#include "sweep/study.h"

static cn_status suggest(const cn__study *study, size_t number, size_t seen, double *point)
{
    (void)seen;
    cn__study_random_point(study, number, point);
    return CN_OK;
}

extern const cn__sampler_kind cn__sampler_random;
const cn__sampler_kind cn__sampler_random = {.kind = {.name = "random", .class_name = "Random"},
                                             .suggest = suggest};
