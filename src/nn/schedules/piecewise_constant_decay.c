/* PiecewiseConstantDecay. A boundary still belongs to the value before it. */
#include "nn/schedules/schedule.h"

typedef struct pieces {
    cn__floats boundaries, values;
    const char *name;
} pieces;

static const cn__param params[] = {
    {.name = "boundaries", .type = CN_PARAM_FLOATS, .offset = offsetof(pieces, boundaries)},
    {.name = "values", .type = CN_PARAM_FLOATS, .offset = offsetof(pieces, values)},
    CN_SCHEDULE_NAME(pieces)};

static cn_status check(const void *config)
{
    const pieces *p = config;
    const cn__floats *b = &p->boundaries;
    if (b->count == 0 || p->values.count != b->count + 1)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "%zu boundaries and %zu values, expected at least one boundary and one value more than "
            "boundaries",
            b->count, p->values.count);
    for (size_t i = 1; i < b->count; i++)
        if (!(b->items[i] > b->items[i - 1]))
            return cn__fail(CN_ERROR_ARGUMENT, "boundary %g comes after %g, expected them to ascend",
                            b->items[i], b->items[i - 1]);
    return CN_OK;
}

static double at(const void *config, double step)
{
    const pieces *p = config;
    size_t i = 0;
    while (i < p->boundaries.count && step > p->boundaries.items[i]) i++;
    return p->values.items[i];
}

extern const cn__schedule_class cn__schedule_piecewise_constant_decay;
const cn__schedule_class cn__schedule_piecewise_constant_decay = {
    .kind = {.name = "PiecewiseConstantDecay",
             .class_name = "PiecewiseConstantDecay",
             CN_PARAMS(params),
             .config_size = sizeof(pieces)},
    .check = check,
    .at = at};
