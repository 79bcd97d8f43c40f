/* Callbacks that end training: EarlyStopping, stop_below, TerminateOnNaN. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "train/snapshot.h"
#include "train/train.h"

/* The monitored value of an epoch. */
static cn_status monitored(const cn_logs *logs, const char *monitor, double *value)
{
    if (!cn__logs_has(logs, monitor)) return cn__fail_monitor(logs, monitor);
    *value = cn_logs_get(logs, monitor);
    return CN_OK;
}

static void name_monitor(cn_stop *stop, const char *monitor)
{
    snprintf(stop->monitor, sizeof stop->monitor, "%s", monitor);
}

/* ---- EarlyStopping -------------------------------------------------------------------------------- */

typedef struct early {
    const char *monitor, *mode;
    double min_delta, baseline;
    int64_t patience, verbose, start_from_epoch;
    bool restore_best_weights;
    /* state */
    cn__direction direction;
    double best;
    bool any, kept;
    int64_t wait;
    size_t best_epoch;
    real **best_values;       /* one for each variable, where they are kept */
    size_t variables, *sizes; /* in bytes */
} early;

static const cn__param early_params[] = {
    {.name = "monitor", .type = CN_PARAM_WORD, .offset = offsetof(early, monitor), .fallback = "val_loss"},
    {.name = "min_delta", .type = CN_PARAM_FLOAT, .offset = offsetof(early, min_delta), .fallback = "0"},
    {.name = "patience",
     .type = CN_PARAM_INT,
     .offset = offsetof(early, patience),
     .fallback = "0",
     .low = 0,
     .high = 1e15,
     .expected = "a whole number from 0"},
    {.name = "verbose", .type = CN_PARAM_INT, .offset = offsetof(early, verbose), .fallback = "0"},
    {.name = "mode", .type = CN_PARAM_WORD, .offset = offsetof(early, mode), .fallback = "auto"},
    {.name = "baseline",
     .type = CN_PARAM_MAYBE_FLOAT,
     .offset = offsetof(early, baseline),
     .fallback = "none"},
    {.name = "restore_best_weights",
     .type = CN_PARAM_BOOL,
     .offset = offsetof(early, restore_best_weights),
     .fallback = "false"},
    {.name = "start_from_epoch",
     .type = CN_PARAM_INT,
     .offset = offsetof(early, start_from_epoch),
     .fallback = "0",
     .low = 0,
     .high = 1e15,
     .expected = "a whole number from 0"},
};

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

static cn_status early_begin(void *user, cn_training *t)
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

static cn_status early_epoch(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    early *e = ((cn__callback *)user)->config;
    double value = 0;
    if (!cn__logs_has(logs, e->monitor) && t->options->validation_freq > 1) return CN_OK;
    CN_TRY(monitored(logs, e->monitor, &value));
    if ((int64_t)epoch < e->start_from_epoch) return CN_OK;
    if (e->restore_best_weights && !e->kept) {
        keep_weights(e, t->model); /* the first, so that there is something to go back to */
        e->best_epoch = epoch;
    }
    e->wait++;
    if (!e->any || improves(e, value, e->best)) {
        e->any = true;
        e->best = value;
        e->best_epoch = epoch;
        keep_weights(e, t->model);
        if (isnan(e->baseline) || improves(e, value, e->baseline)) e->wait = 0;
        return CN_OK;
    }
    if (e->wait >= e->patience && epoch > 0) {
        cn_stop stop = {
            .kind = CN_STOP_EARLY, .value = e->best, .at = e->best_epoch + 1, .epochs = (size_t)e->wait};
        name_monitor(&stop, e->monitor);
        cn__training_stop(t, &stop);
    }
    return CN_OK;
}

static cn_status early_end(void *user, cn_training *t)
{
    const early *e = ((cn__callback *)user)->config;
    const cn_model *model = t->model;
    for (size_t i = 0; i < model->variable_count && e->restore_best_weights && e->kept; i++)
        memcpy(model->variables[i]->value, e->best_values[i], model->variables[i]->padded * sizeof(real));
    return CN_OK;
}

static void early_state(cn__callback *c, cn__snapshot *s)
{
    early *e = c->config;
    CN_SNAPSHOT(s, e->best);
    CN_SNAPSHOT(s, e->any);
    CN_SNAPSHOT(s, e->kept);
    CN_SNAPSHOT(s, e->wait);
    CN_SNAPSHOT(s, e->best_epoch);
    for (size_t i = 0; i < e->variables; i++) cn__snapshot_bytes(s, e->best_values[i], e->sizes[i]);
}

static cn_status early_prepare(cn__callback *c, cn_training *t)
{
    (void)t;
    early *e = c->config;
    c->base.on_train_begin = early_begin;
    c->base.on_epoch_end = early_epoch;
    c->base.on_train_end = early_end;
    return cn__monitor_direction(e->mode, e->monitor, &e->direction);
}

const cn__callback_kind cn__callback_early_stopping = {.class_name = "EarlyStopping",
                                                       .params = early_params,
                                                       .param_count =
                                                           sizeof early_params / sizeof early_params[0],
                                                       .config_size = sizeof(early),
                                                       .prepare = early_prepare,
                                                       .state = early_state};

/* ---- stop_below ------------------------------------------------------------------------------------ */

typedef struct below {
    const char *monitor;
    double value;
} below;

static const cn__param below_params[] = {
    {.name = "monitor", .type = CN_PARAM_WORD, .offset = offsetof(below, monitor), .fallback = "loss"},
    {.name = "value", .type = CN_PARAM_FLOAT, .offset = offsetof(below, value)},
};

static cn_status below_epoch(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    const below *b = ((cn__callback *)user)->config;
    double value = 0;
    CN_TRY(monitored(logs, b->monitor, &value));
    if (!(value < b->value)) return CN_OK;
    cn_stop stop = {.kind = CN_STOP_BELOW, .value = value, .limit = b->value, .at = epoch + 1};
    name_monitor(&stop, b->monitor);
    cn__training_stop(t, &stop);
    return CN_OK;
}

static cn_status below_prepare(cn__callback *c, cn_training *t)
{
    (void)t;
    c->base.on_epoch_end = below_epoch;
    return CN_OK;
}

const cn__callback_kind cn__callback_stop_below = {.class_name = "StopBelow",
                                                   .params = below_params,
                                                   .param_count = 2,
                                                   .config_size = sizeof(below),
                                                   .prepare = below_prepare};

/* ---- TerminateOnNaN --------------------------------------------------------------------------------- */

static cn_status nan_batch(void *user, cn_training *t, size_t batch, const cn_logs *logs)
{
    (void)user;
    double loss = cn_logs_get(logs, "loss");
    if (isfinite(loss)) return CN_OK;
    const cn_stop stop = {.kind = CN_STOP_NAN, .monitor = "loss", .value = loss, .at = batch + 1};
    cn__training_stop(t, &stop);
    return CN_OK;
}

static cn_status nan_prepare(cn__callback *c, cn_training *t)
{
    (void)t;
    c->base.on_batch_end = nan_batch;
    return CN_OK;
}

const cn__callback_kind cn__callback_terminate_on_nan = {.class_name = "TerminateOnNaN",
                                                         .params = NULL,
                                                         .param_count = 0,
                                                         .config_size = 1,
                                                         .prepare = nan_prepare};
