/* EarlyStopping: ends training when a monitored value has not improved for `patience` epochs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "train/callbacks/callback_class.h"
#include "train/snapshot.h"

typedef struct early {
    const char *monitor, *mode;
    double min_delta, baseline;
    int64_t patience, verbose, start_from_epoch;
    bool restore_best_weights;
    /* state */
    cn__direction direction;
    double best;
    bool kept;
    int64_t wait;
    size_t best_epoch, stopped; /* epochs from 0; stopped 0: it did not */
    real **best_values;         /* one for each variable, where they are kept */
    size_t variables, *sizes;   /* in bytes */
} early;

static const cn__param params[] = {
    CN_MONITOR(early, "val_loss"),
    {.name = "min_delta", .type = CN_PARAM_FLOAT, .offset = offsetof(early, min_delta), .fallback = "0"},
    CN_WHOLE(early, patience, "0"),
    CN_VERBOSE(early),
    CN_MODE(early),
    {.name = "baseline",
     .type = CN_PARAM_MAYBE_FLOAT,
     .offset = offsetof(early, baseline),
     .fallback = "none"},
    {.name = "restore_best_weights",
     .type = CN_PARAM_BOOL,
     .offset = offsetof(early, restore_best_weights),
     .fallback = "false"},
    CN_WHOLE(early, start_from_epoch, "0"),
};

/* NaN never does. */
static bool improves(const early *e, double value, double than)
{
    return e->direction == CN_GREATER ? value - fabs(e->min_delta) > than : value + fabs(e->min_delta) < than;
}

static void keep_weights(early *e, const cn_model *model)
{
    for (size_t i = 0; i < model->variable_count && e->restore_best_weights; i++)
        memcpy(e->best_values[i], model->variables[i]->value, model->variables[i]->padded * sizeof(real));
    e->kept = true;
}

static cn_status begin(void *user, cn_training *t)
{
    cn__callback *c = user;
    early *e = c->config;
    if (!e->restore_best_weights) return CN_OK;
    e->best_values = cn__arena_array(c->arena, t->model->variable_count + 1, sizeof *e->best_values);
    e->sizes = cn__arena_array(c->arena, t->model->variable_count + 1, sizeof *e->sizes);
    if (!e->best_values || !e->sizes) return CN_ERROR_MEMORY;
    for (; e->variables < t->model->variable_count; e->variables++) {
        const cn__variable *v = t->model->variables[e->variables];
        e->sizes[e->variables] = v->padded * sizeof(real);
        e->best_values[e->variables] = cn__arena_array(c->arena, v->padded, sizeof(real));
        if (!e->best_values[e->variables]) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

static void stop(const early *e, cn_training *t)
{
    cn_stop why = {
        .kind = CN_STOP_EARLY, .value = e->best, .at = e->best_epoch + 1, .epochs = (size_t)e->wait};
    snprintf(why.monitor, sizeof why.monitor, "%s", e->monitor);
    cn__training_stop(t, &why);
}

static cn_status epoch_end(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    early *e = ((cn__callback *)user)->config;
    double value = 0;
    if (!cn__monitored(logs, e->monitor, &value) || (int64_t)epoch < e->start_from_epoch) return CN_OK;
    if (!e->kept) {
        keep_weights(e, t->model); /* the first, so that there is something to go back to */
        e->best_epoch = epoch;
    }
    e->wait++;
    if (improves(e, value, e->best)) {
        e->best = value;
        e->best_epoch = epoch;
        keep_weights(e, t->model);
        if (isnan(e->baseline) || improves(e, value, e->baseline)) e->wait = 0;
    } else if (e->wait >= e->patience && epoch > 0) {
        e->stopped = epoch;
        stop(e, t);
    }
    return CN_OK;
}

static cn_status end(void *user, cn_training *t)
{
    const early *e = ((cn__callback *)user)->config;
    const cn_model *model = t->model;
    if (e->verbose > 0 && e->stopped) cn__callback_say(t, "Epoch %zu: early stopping", e->stopped + 1);
    if (!e->restore_best_weights || !e->kept) return CN_OK;
    if (e->verbose > 0)
        cn__callback_say(t, "Restoring model weights from the end of the best epoch: %zu.",
                         e->best_epoch + 1);
    for (size_t i = 0; i < model->variable_count; i++)
        memcpy(model->variables[i]->value, e->best_values[i], model->variables[i]->padded * sizeof(real));
    return CN_OK;
}

static void state(cn__callback *c, cn__snapshot *s)
{
    early *e = c->config;
    CN_SNAPSHOT(s, e->best);
    CN_SNAPSHOT(s, e->kept);
    CN_SNAPSHOT(s, e->wait);
    CN_SNAPSHOT(s, e->best_epoch);
    for (size_t i = 0; i < e->variables; i++) cn__snapshot_bytes(s, e->best_values[i], e->sizes[i]);
}

static cn_status prepare(cn__callback *c, cn_training *t)
{
    early *e = c->config;
    c->base.on_train_begin = begin;
    c->base.on_epoch_end = epoch_end;
    c->base.on_train_end = end;
    e->direction = cn__monitor_direction(t, e->mode, e->monitor);
    e->best = cn__monitor_start(e->direction);
    return cn__monitor_check(t, e->monitor);
}

extern const cn__callback_kind cn__callback_early_stopping;
const cn__callback_kind cn__callback_early_stopping = {.kind = {.name = "early_stopping",
                                                                .class_name = "EarlyStopping",
                                                                CN_PARAMS(params),
                                                                .config_size = sizeof(early)},
                                                       .prepare = prepare,
                                                       .state = state};
