/* Schedules by name, and their rates. */
#include "nn/schedules/schedule.h"

#define EACH_SCHEDULE(X)                                                                                     \
    X(cosine_decay)                                                                                          \
    X(cosine_decay_restarts)                                                                                 \
    X(exponential_decay)                                                                                     \
    X(inverse_time_decay)                                                                                    \
    X(piecewise_constant_decay)                                                                              \
    X(polynomial_decay)

#define DECLARE(name) extern const cn__schedule_class cn__schedule_##name;
EACH_SCHEDULE(DECLARE)
#define ENTRY(name) &cn__schedule_##name.kind,
static const cn__kind *const kinds[] = {EACH_SCHEDULE(ENTRY) NULL};

const cn__registry cn__schedules = {.noun = "learning rate schedule",
                                    .example = "CosineDecay(initial_learning_rate=0.1, decay_steps=1000)",
                                    .module = "keras.optimizers.schedules",
                                    .kinds = kinds};

cn_status cn__schedule_parse(cn__arena *arena, const cn__value *value, const cn__schedule **out)
{
    const cn__kind *kind;
    void *config;
    CN_TRY(cn__registry_read(arena, &cn__schedules, value, &kind, &config));
    cn__schedule *s = cn__arena_alloc(arena, sizeof *s);
    if (!s) return CN_ERROR_MEMORY;
    *s = (cn__schedule){.kind = (const cn__schedule_class *)kind, .config = config};
    if (s->kind->check && s->kind->check(config) != CN_OK)
        return cn__fail_in("%s %s", cn__schedules.noun, kind->name);
    *out = s;
    return CN_OK;
}

double cn__schedule_at(const cn__schedule *schedule, int64_t iteration)
{
    return schedule->kind->at(schedule->config, (double)iteration);
}
