/* Rungs: the epochs after which trials are compared, each eta times the one before. */
#include <math.h>

#include "sweep/study.h"

cn_status cn__rungs_check(const char *what, double eta, size_t first, size_t last)
{
    size_t count = 0;
    for (double at = (double)first; at < (double)last; at *= eta) count++;
    if (!count)
        return cn__fail(CN_ERROR_ARGUMENT, "pruner %s: min_epochs = %zu, expected less than epochs = %zu",
                        what, first, last);
    if (count > CN_MAX_RUNGS)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "pruner %s: %zu rungs, expected at most %d; a greater eta makes fewer", what, count,
                        CN_MAX_RUNGS);
    return CN_OK;
}

void cn__rungs(double eta, size_t first, size_t last, cn__course *out)
{
    double at = (double)first;
    for (out->count = 0; floor(at + 0.5) < (double)last && out->count < CN_MAX_RUNGS; at *= eta) {
        const size_t epoch = (size_t)floor(at + 0.5);
        if (!out->count || epoch > out->rungs[out->count - 1]) out->rungs[out->count++] = epoch;
    }
    out->keep = 1 / eta;
}
