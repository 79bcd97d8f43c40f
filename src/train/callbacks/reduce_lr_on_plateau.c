/* ReduceLROnPlateau: multiplies the learning rate by `factor` when a monitored value has not improved for `patience`
 * epochs. Adds the rate of the epoch to its logs. */
#include "train/callbacks/callback_class.h"
#include "train/snapshot.h"

typedef struct plateau {
    const char *monitor, *mode;
    double factor, min_delta, min_lr;
    int64_t patience, verbose, cooldown;
    /* state */
    cn__direction direction;
    double best;
    int64_t wait, cooling;
} plateau;

static const cn__param params[] = {
    CN_MONITOR(plateau, "val_loss"),
    {.name = "factor",
     .type = CN_PARAM_FLOAT,
     .offset = offsetof(plateau, factor),
     .fallback = "0.1",
     .low = 0,
     .high = 0.9999999,
     .expected = "a number from 0 and under 1"},
    CN_WHOLE(plateau, patience, "10"),
    CN_VERBOSE(plateau),
    CN_MODE(plateau),
    {.name = "min_delta",
     .type = CN_PARAM_FLOAT,
     .offset = offsetof(plateau, min_delta),
     .fallback = "0.0001"},
    CN_WHOLE(plateau, cooldown, "0"),
    {.name = "min_lr",
     .type = CN_PARAM_FLOAT,
     .offset = offsetof(plateau, min_lr),
     .fallback = "0.0",
     .low = 0,
     .high = 1e300,
     .expected = "a number from 0"},
};

static cn_status begin(void *user, cn_training *t)
{
    (void)user;
    return cn__fixed_rate(t);
}

static cn_status lower_rate(plateau *p, cn_training *t, size_t epoch)
{
    double rate = cn_training_learning_rate(t);
    if (rate <= p->min_lr) return CN_OK;
    p->cooling = p->cooldown;
    p->wait = 0;
    rate = rate * p->factor > p->min_lr ? rate * p->factor : p->min_lr;
    if (p->verbose > 0)
        cn__callback_say(t, "Epoch %zu: reduce_lr_on_plateau sets the learning rate to %g", epoch + 1, rate);
    return cn_training_set_learning_rate(t, rate);
}

static cn_status epoch_end(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    plateau *p = ((cn__callback *)user)->config;
    double value = 0;
    const bool known = cn__monitored(logs, p->monitor, &value);
    cn__logs_set(&t->logs, "", "learning_rate", cn_training_learning_rate(t));
    if (!known) return CN_OK;
    if (p->cooling > 0) {
        p->cooling--;
        p->wait = 0;
    }
    if (p->direction == CN_GREATER ? value > p->best + p->min_delta : value < p->best - p->min_delta) {
        p->best = value;
        p->wait = 0;
    } else if (p->cooling <= 0 && ++p->wait >= p->patience) {
        return lower_rate(p, t, epoch);
    }
    return CN_OK;
}

static void state(cn__callback *c, cn__snapshot *s)
{
    plateau *p = c->config;
    CN_SNAPSHOT(s, p->best);
    CN_SNAPSHOT(s, p->wait);
    CN_SNAPSHOT(s, p->cooling);
}

static cn_status prepare(cn__callback *c, cn_training *t)
{
    plateau *p = c->config;
    c->base.on_train_begin = begin;
    c->base.on_epoch_end = epoch_end;
    p->direction = cn__monitor_direction(t, p->mode, p->monitor);
    p->best = cn__monitor_start(p->direction);
    return cn__monitor_check(t, p->monitor);
}

extern const cn__callback_kind cn__callback_reduce_lr_on_plateau;
const cn__callback_kind cn__callback_reduce_lr_on_plateau = {.kind = {.name = "reduce_lr_on_plateau",
                                                                      .class_name = "ReduceLROnPlateau",
                                                                      CN_PARAMS(params),
                                                                      .config_size = sizeof(plateau)},
                                                             .logs_rate = true,
                                                             .prepare = prepare,
                                                             .state = state};
