/* Callbacks that change the learning rate: ReduceLROnPlateau and LearningRateScheduler. Both add the rate of the
 * epoch to its logs. */
#include <math.h>
#include <string.h>

#include "nn/schedule.h"
#include "train/snapshot.h"
#include "train/train.h"

static cn_status fixed_rate(const cn_training *t)
{
    if (t->model->optimizer.schedule)
        return cn__fail(
            CN_ERROR_STATE,
            "the optimizer's learning rate follows a schedule; expected a number that can be changed");
    return CN_OK;
}

/* ---- ReduceLROnPlateau ------------------------------------------------------------------------------ */

typedef struct plateau {
    const char *monitor, *mode;
    double factor, min_delta, min_lr;
    int64_t patience, verbose, cooldown;
    cn__direction direction;
    double best;
    int64_t wait, cooling;
} plateau;

static const cn__param plateau_params[] = {
    {.name = "monitor", .type = CN_PARAM_WORD, .offset = offsetof(plateau, monitor), .fallback = "val_loss"},
    {.name = "factor",
     .type = CN_PARAM_FLOAT,
     .offset = offsetof(plateau, factor),
     .fallback = "0.1",
     .low = 0,
     .high = 0.9999999,
     .expected = "a number from 0 and under 1"},
    {.name = "patience",
     .type = CN_PARAM_INT,
     .offset = offsetof(plateau, patience),
     .fallback = "10",
     .low = 0,
     .high = 1e15,
     .expected = "a whole number from 0"},
    {.name = "verbose", .type = CN_PARAM_INT, .offset = offsetof(plateau, verbose), .fallback = "0"},
    {.name = "mode", .type = CN_PARAM_WORD, .offset = offsetof(plateau, mode), .fallback = "auto"},
    {.name = "min_delta",
     .type = CN_PARAM_FLOAT,
     .offset = offsetof(plateau, min_delta),
     .fallback = "0.0001"},
    {.name = "cooldown",
     .type = CN_PARAM_INT,
     .offset = offsetof(plateau, cooldown),
     .fallback = "0",
     .low = 0,
     .high = 1e15,
     .expected = "a whole number from 0"},
    {.name = "min_lr",
     .type = CN_PARAM_FLOAT,
     .offset = offsetof(plateau, min_lr),
     .fallback = "0.0",
     .low = 0,
     .high = 1e300,
     .expected = "a number from 0"},
};

static cn_status plateau_begin(void *user, cn_training *t)
{
    plateau *p = ((cn__callback *)user)->config;
    p->best = p->direction == CN_GREATER ? -INFINITY : INFINITY;
    return fixed_rate(t);
}

static cn_status lower_rate(plateau *p, cn_training *t)
{
    double rate = cn_training_learning_rate(t);
    if (rate <= p->min_lr) return CN_OK;
    p->cooling = p->cooldown;
    p->wait = 0;
    rate = rate * p->factor > p->min_lr ? rate * p->factor : p->min_lr;
    return cn_training_set_learning_rate(t, rate);
}

static cn_status plateau_epoch(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    (void)epoch;
    plateau *p = ((cn__callback *)user)->config;
    double value = cn_logs_get(logs, p->monitor);
    bool known = cn__logs_has(logs, p->monitor);
    cn__logs_set(&t->logs, "", "learning_rate", cn_training_learning_rate(t));
    if (!known) return t->options->validation_freq > 1 ? CN_OK : cn__fail_monitor(logs, p->monitor);
    if (p->cooling > 0) {
        p->cooling--;
        p->wait = 0;
    }
    if (p->direction == CN_GREATER ? value > p->best + p->min_delta : value < p->best - p->min_delta) {
        p->best = value;
        p->wait = 0;
    } else if (p->cooling <= 0 && ++p->wait >= p->patience) {
        return lower_rate(p, t);
    }
    return CN_OK;
}

static void plateau_state(cn__callback *c, cn__snapshot *s)
{
    plateau *p = c->config;
    CN_SNAPSHOT(s, p->best);
    CN_SNAPSHOT(s, p->wait);
    CN_SNAPSHOT(s, p->cooling);
}

static cn_status plateau_prepare(cn__callback *c, cn_training *t)
{
    (void)t;
    plateau *p = c->config;
    c->base.on_train_begin = plateau_begin;
    c->base.on_epoch_end = plateau_epoch;
    return cn__monitor_direction(p->mode, p->monitor, &p->direction);
}

const cn__callback_kind cn__callback_reduce_rate = {.class_name = "ReduceLROnPlateau",
                                                    .params = plateau_params,
                                                    .param_count =
                                                        sizeof plateau_params / sizeof plateau_params[0],
                                                    .config_size = sizeof(plateau),
                                                    .prepare = plateau_prepare,
                                                    .state = plateau_state};

/* ---- LearningRateScheduler ---------------------------------------------------------------------------- */

typedef struct scheduler {
    const cn__value *schedule;
    int64_t verbose;
    const cn__schedule *parsed;
} scheduler;

static const cn__param scheduler_params[] = {
    {.name = "schedule", .type = CN_PARAM_VALUE, .offset = offsetof(scheduler, schedule)},
    {.name = "verbose", .type = CN_PARAM_INT, .offset = offsetof(scheduler, verbose), .fallback = "0"},
};

static cn_status scheduler_begin(void *user, cn_training *t)
{
    (void)user;
    return fixed_rate(t);
}

static cn_status scheduler_epoch(void *user, cn_training *t, size_t epoch)
{
    const scheduler *s = ((cn__callback *)user)->config;
    return cn_training_set_learning_rate(t, cn__schedule_at(s->parsed, (int64_t)epoch));
}

static cn_status scheduler_end(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    (void)user, (void)epoch, (void)logs;
    cn__logs_set(&t->logs, "", "learning_rate", cn_training_learning_rate(t));
    return CN_OK;
}

static cn_status scheduler_prepare(cn__callback *c, cn_training *t)
{
    (void)t;
    scheduler *s = c->config;
    c->base.on_train_begin = scheduler_begin;
    c->base.on_epoch_begin = scheduler_epoch;
    c->base.on_epoch_end = scheduler_end;
    if (!s->schedule)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "schedule: expected one, as in ExponentialDecay(0.1, 1, 0.9); its steps are epochs");
    return cn__schedule_parse(c->arena, s->schedule, &s->parsed);
}

const cn__callback_kind cn__callback_schedule_rate = {.class_name = "LearningRateScheduler",
                                                      .params = scheduler_params,
                                                      .param_count = 2,
                                                      .config_size = sizeof(scheduler),
                                                      .prepare = scheduler_prepare};
