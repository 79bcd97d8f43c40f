/* CosineDecay: half a cosine down to alpha of the rate, after a linear warm-up where a target is given. */
#include <float.h>
#include <math.h>

#include "nn/schedules/schedule.h"

typedef struct cosine {
    double initial_learning_rate, decay_steps, alpha, warmup_target,
        warmup_steps; /* warmup_target: NAN is none */
    const char *name;
} cosine;

static const cn__param params[] = {CN_SCHEDULE_NUMBER(cosine, initial_learning_rate, NULL),
                                   CN_SCHEDULE_STEPS(cosine, decay_steps),
                                   CN_SCHEDULE_NUMBER(cosine, alpha, "0.0"),
                                   CN_SCHEDULE_NAME(cosine),
                                   {.name = "warmup_target",
                                    .type = CN_PARAM_MAYBE_FLOAT,
                                    .offset = offsetof(cosine, warmup_target),
                                    .fallback = "none"},
                                   CN_SCHEDULE_NUMBER(cosine, warmup_steps, "0", .low = 0, .high = DBL_MAX)};

static double at(const void *config, double step)
{
    const cosine *c = config;
    double from = c->initial_learning_rate;
    if (!isnan(c->warmup_target)) {
        from = c->warmup_target;
        if (step < c->warmup_steps)
            return (from - c->initial_learning_rate) * (step / c->warmup_steps) + c->initial_learning_rate;
        step -= c->warmup_steps;
    }
    const double fraction = fmin(step, c->decay_steps) / c->decay_steps;
    return from * ((1 - c->alpha) * cn__half_cosine(fraction) + c->alpha);
}

extern const cn__schedule_class cn__schedule_cosine_decay;
const cn__schedule_class cn__schedule_cosine_decay = {.kind = {.name = "CosineDecay",
                                                               .class_name = "CosineDecay",
                                                               CN_PARAMS(params),
                                                               .config_size = sizeof(cosine)},
                                                      .at = at};
