/* ExponentialDecay and InverseTimeDecay: a rate that falls with the steps in units of decay_steps, whole ones where it
 * goes by stairs. */
#include <float.h>
#include <math.h>

#include "base/dmath.h"
#include "nn/schedules/schedule.h"

typedef struct decay {
    double initial_learning_rate, decay_steps, decay_rate;
    bool staircase;
    const char *name;
} decay;

static const cn__param params[] = {
    CN_SCHEDULE_NUMBER(decay, initial_learning_rate, NULL), CN_SCHEDULE_STEPS(decay, decay_steps),
    CN_SCHEDULE_NUMBER(decay, decay_rate, NULL), CN_SCHEDULE_FLAG(decay, staircase), CN_SCHEDULE_NAME(decay)};

static double progress(const decay *d, double step)
{
    return d->staircase ? floor(step / d->decay_steps) : step / d->decay_steps;
}

static double exponential(const void *config, double step)
{
    const decay *d = config;
    return d->initial_learning_rate * cn__pow(d->decay_rate, progress(d, step));
}

static double inverse_time(const void *config, double step)
{
    const decay *d = config;
    return d->initial_learning_rate / (1 + d->decay_rate * progress(d, step));
}

extern const cn__schedule_class cn__schedule_exponential_decay, cn__schedule_inverse_time_decay;
const cn__schedule_class cn__schedule_exponential_decay = {.kind = {.name = "ExponentialDecay",
                                                                    .class_name = "ExponentialDecay",
                                                                    CN_PARAMS(params),
                                                                    .config_size = sizeof(decay)},
                                                           .at = exponential};
const cn__schedule_class cn__schedule_inverse_time_decay = {.kind = {.name = "InverseTimeDecay",
                                                                     .class_name = "InverseTimeDecay",
                                                                     CN_PARAMS(params),
                                                                     .config_size = sizeof(decay)},
                                                            .at = inverse_time};
