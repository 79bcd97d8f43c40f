/* Learning rates that follow the step: "ExponentialDecay(initial_learning_rate=0.1, decay_steps=3,
 * decay_rate=0.8)" and others, each a file of this folder. Everything is computed in double precision with functions of our
 * own, so that a rate has the same bits everywhere; Keras computes in single. */
#ifndef CN_NN_SCHEDULES_SCHEDULE_H
#define CN_NN_SCHEDULES_SCHEDULE_H

#include "base/dmath.h"
#include "base/registry.h"

typedef struct cn__schedule {
    const struct cn__schedule_class *kind;
    const void *config; /* its arguments */
} cn__schedule;

typedef struct cn__schedule_class {
    cn__kind kind;
    cn_status (*check)(const void *config); /* what bounds cannot say; or NULL */
    double (*at)(const void *config, double step);
} cn__schedule_class;

extern const cn__registry cn__schedules;

/* Allocates from `arena`. A number is not a schedule: the caller looks first. */
CN_CHECK cn_status cn__schedule_parse(cn__arena *arena, const cn__value *value, const cn__schedule **out);

/* The learning rate of step number `iteration` (0 for the first). Same bits everywhere. */
double cn__schedule_at(const cn__schedule *schedule, int64_t iteration);

/* ---- for the files of schedules --------------------------------------------------------------------------- */

/* Keras gives them a name that says nothing. */
#define CN_SCHEDULE_NAME(config)                                                                             \
    {                                                                                                        \
        .name = "name", .type = CN_PARAM_WORD, .offset = offsetof(config, name), .fallback = "none"          \
    }
#define CN_SCHEDULE_NUMBER(config, field, ...)                                                               \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_FLOAT, .offset = offsetof(config, field), .fallback = __VA_ARGS__   \
    }
#define CN_SCHEDULE_STEPS(config, field)                                                                     \
    CN_SCHEDULE_NUMBER(config, field, NULL, .low = DBL_MIN, .high = DBL_MAX,                                 \
                       .expected = "a number of steps over 0")
#define CN_SCHEDULE_FLAG(config, field)                                                                      \
    {                                                                                                        \
        .name = #field, .type = CN_PARAM_BOOL, .offset = offsetof(config, field), .fallback = "false"        \
    }

/* From 1 at 0 down to 0 at 1. */
static inline double cn__half_cosine(double fraction)
{
    const double pi = 3.14159265358979323846;
    return 0.5 * (1 + cn__cos(pi * fraction));
}

#endif
