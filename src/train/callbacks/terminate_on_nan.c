/* TerminateOnNaN: ends training at the first batch after which the loss of the epoch is NaN or infinite. */
#include <math.h>

#include "train/callbacks/callback_class.h"

typedef struct nan_state {
    size_t epoch;
} nan_state;

static cn_status epoch_begin(void *user, cn_training *t, size_t epoch)
{
    (void)t;
    ((nan_state *)((cn__callback *)user)->config)->epoch = epoch;
    return CN_OK;
}

static cn_status batch_end(void *user, cn_training *t, size_t batch, const cn_logs *logs)
{
    const nan_state *s = ((cn__callback *)user)->config;
    double loss = cn_logs_get(logs, "loss");
    if (isfinite(loss)) return CN_OK;
    const cn_stop stop = {
        .kind = CN_STOP_NAN, .monitor = "loss", .value = loss, .at = batch + 1, .epochs = s->epoch + 1};
    cn__training_stop(t, &stop);
    return CN_OK;
}

static cn_status prepare(cn__callback *c, cn_training *t)
{
    (void)t;
    c->base.on_epoch_begin = epoch_begin;
    c->base.on_batch_end = batch_end;
    return CN_OK;
}

extern const cn__callback_kind cn__callback_terminate_on_nan;
const cn__callback_kind cn__callback_terminate_on_nan = {
    .kind = {.name = "terminate_on_nan", .class_name = "TerminateOnNaN", .config_size = sizeof(nan_state)},
    .prepare = prepare};
