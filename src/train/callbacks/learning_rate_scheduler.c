/* LearningRateScheduler: sets the learning rate of each epoch by a schedule whose steps are epochs. Adds it to the
 * logs. */
#include "nn/schedules/schedule.h"
#include "train/callbacks/callback_class.h"

typedef struct scheduler {
    const cn__value *schedule;
    int64_t verbose;
    const cn__schedule *parsed;
} scheduler;

static const cn__param params[] = {
    {.name = "schedule", .type = CN_PARAM_VALUE, .offset = offsetof(scheduler, schedule)},
    CN_VERBOSE(scheduler),
};

static cn_status begin(void *user, cn_training *t)
{
    (void)user;
    return cn__fixed_rate(t);
}

static cn_status epoch_begin(void *user, cn_training *t, size_t epoch)
{
    const scheduler *s = ((cn__callback *)user)->config;
    const double rate = cn__schedule_at(s->parsed, (int64_t)epoch);
    if (s->verbose > 0)
        cn__callback_say(t, "Epoch %zu: learning_rate_scheduler sets the learning rate to %g", epoch + 1,
                         rate);
    return cn_training_set_learning_rate(t, rate);
}

static cn_status epoch_end(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    (void)user, (void)epoch, (void)logs;
    cn__logs_set(&t->logs, "", "learning_rate", cn_training_learning_rate(t));
    return CN_OK;
}

static cn_status prepare(cn__callback *c, cn_training *t)
{
    (void)t;
    scheduler *s = c->config;
    c->base.on_train_begin = begin;
    c->base.on_epoch_begin = epoch_begin;
    c->base.on_epoch_end = epoch_end;
    if (!s->schedule)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "schedule: expected one, as in ExponentialDecay(0.1, 1, 0.9); its steps are epochs");
    return cn__schedule_parse(c->arena, s->schedule, &s->parsed);
}

extern const cn__callback_kind cn__callback_learning_rate_scheduler;
const cn__callback_kind cn__callback_learning_rate_scheduler = {
    .kind = {.name = "learning_rate_scheduler",
             .class_name = "LearningRateScheduler",
             CN_PARAMS(params),
             .config_size = sizeof(scheduler)},
    .logs_rate = true,
    .prepare = prepare};
