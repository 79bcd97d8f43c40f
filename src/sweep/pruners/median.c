/* Ends a trial whose value is worse than the median that earlier trials had at the same epoch, from epoch `start` on, every
 * `interval` epochs. Only trials that ran to their end count, and `least` of them must be there (Golovin et al., "Google
 * Vizier", 2017, section 3.2). */
#include <stddef.h>

#include "sweep/study.h"

typedef struct median {
    int64_t start, interval, least;
} median;

static const cn__param params[] = {
    {.name = "start",
     .type = CN_PARAM_INT,
     .offset = offsetof(median, start),
     .fallback = "1",
     .low = 1,
     .high = 1e9},
    {.name = "interval",
     .type = CN_PARAM_INT,
     .offset = offsetof(median, interval),
     .fallback = "1",
     .low = 1,
     .high = 1e9},
    {.name = "least",
     .type = CN_PARAM_INT,
     .offset = offsetof(median, least),
     .fallback = "5",
     .low = 1,
     .high = 1e9},
};

static cn_status check(const cn__study *s)
{
    const median *m = s->pruner_config;
    const size_t last = s->base.fit.epochs, start = (size_t)m->start, interval = (size_t)m->interval;
    if (start >= last)
        return cn__fail(CN_ERROR_ARGUMENT, "pruner median: start = %zu, expected less than epochs = %zu",
                        start, last);
    if ((last - start - 1) / interval + 1 > CN_MAX_RUNGS)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "pruner median: %zu comparisons, expected at most %d; a greater interval makes fewer",
                        (last - start - 1) / interval + 1, CN_MAX_RUNGS);
    return CN_OK;
}

static void course(const cn__study *s, size_t number, cn__course *out)
{
    const median *m = s->pruner_config;
    (void)number;
    for (size_t at = (size_t)m->start; at < s->base.fit.epochs; at += (size_t)m->interval)
        out->rungs[out->count++] = at;
    out->keep = 0.5;
    out->complete = true;
    out->least = (size_t)m->least + 1; /* and the trial itself */
}

extern const cn__pruner_kind cn__pruner_median;
const cn__pruner_kind cn__pruner_median = {
    .kind = {.name = "median", .class_name = "Median", CN_PARAMS(params), .config_size = sizeof(median)},
    .looks = true,
    .check = check,
    .course = course};
