/* stop_below, which Keras has not: ends training when a monitored value falls under a limit. */
#include <stdio.h>

#include "train/callbacks/callback_class.h"

typedef struct below {
    const char *monitor;
    double value;
} below;

static const cn__param params[] = {
    CN_MONITOR(below, "loss"),
    {.name = "value", .type = CN_PARAM_FLOAT, .offset = offsetof(below, value)},
};

static cn_status epoch_end(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    const below *b = ((cn__callback *)user)->config;
    double value = 0;
    if (!cn__monitored(logs, b->monitor, &value) || !(value < b->value)) return CN_OK;
    cn_stop stop = {.kind = CN_STOP_BELOW, .value = value, .limit = b->value, .at = epoch + 1};
    snprintf(stop.monitor, sizeof stop.monitor, "%s", b->monitor);
    cn__training_stop(t, &stop);
    return CN_OK;
}

static cn_status prepare(cn__callback *c, cn_training *t)
{
    c->base.on_epoch_end = epoch_end;
    return cn__monitor_check(t, ((const below *)c->config)->monitor);
}

extern const cn__callback_kind cn__callback_stop_below;
const cn__callback_kind cn__callback_stop_below = {.kind = {.name = "stop_below",
                                                            .class_name = "StopBelow",
                                                            CN_PARAMS(params),
                                                            .config_size = sizeof(below)},
                                                   .prepare = prepare};
