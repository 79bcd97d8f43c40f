/* StochasticWeightAveraging (Izmailov et al. 2018), which Keras has not: the mean of the weights at the ends of the epochs from
 * start_epoch on, counted from 0, becomes the weights when training ends; where it ends before, they stay. Statistics of normalisation are averaged like the
 * rest. */
#include <string.h>

#include "train/callback_class.h"
#include "train/snapshot.h"

typedef struct averaging {
    int64_t start_epoch, verbose;
    /* state */
    uint64_t count; /* of the weights that the mean is of */
    real **mean;    /* one for each variable */
    size_t variables, *sizes;
} averaging;

static const cn__param params[] = {
    CN_WHOLE(averaging, start_epoch, "0"),
    CN_VERBOSE(averaging),
};

static cn_status begin(void *user, cn_training *t)
{
    cn__callback *c = user;
    averaging *a = c->config;
    a->mean = cn__arena_array(c->arena, t->model->variable_count + 1, sizeof *a->mean);
    a->sizes = cn__arena_array(c->arena, t->model->variable_count + 1, sizeof *a->sizes);
    if (!a->mean || !a->sizes) return CN_ERROR_MEMORY;
    for (; a->variables < t->model->variable_count; a->variables++) {
        const size_t count = t->model->variables[a->variables]->padded;
        a->sizes[a->variables] = count * sizeof(real);
        a->mean[a->variables] = cn__arena_array(c->arena, count, sizeof(real));
        if (!a->mean[a->variables]) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

static cn_status epoch_end(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    (void)logs;
    averaging *a = ((cn__callback *)user)->config;
    if ((int64_t)epoch < a->start_epoch) return CN_OK;
    const real part = 1 / (real)++a->count;
    for (size_t i = 0; i < a->variables; i++) {
        const cn__variable *v = t->model->variables[i];
        for (size_t e = 0; e < v->padded; e++) a->mean[i][e] += (v->value[e] - a->mean[i][e]) * part;
    }
    return CN_OK;
}

static cn_status end(void *user, cn_training *t)
{
    const averaging *a = ((cn__callback *)user)->config;
    for (size_t i = 0; i < a->variables && a->count; i++)
        memcpy(t->model->variables[i]->value, a->mean[i], a->sizes[i]);
    if (a->verbose > 0)
        cn__callback_say(t, "The weights are the mean of those of %llu epochs.",
                         (unsigned long long)a->count);
    return CN_OK;
}

static void state(cn__callback *c, cn__snapshot *s)
{
    averaging *a = c->config;
    CN_SNAPSHOT(s, a->count);
    for (size_t i = 0; i < a->variables; i++) cn__snapshot_bytes(s, a->mean[i], a->sizes[i]);
}

static cn_status prepare(cn__callback *c, cn_training *t)
{
    (void)t;
    c->base.on_train_begin = begin;
    c->base.on_epoch_end = epoch_end;
    c->base.on_train_end = end;
    return CN_OK;
}

extern const cn__callback_kind cn__callback_stochastic_weight_averaging;
const cn__callback_kind cn__callback_stochastic_weight_averaging = {
    .kind = {.name = "stochastic_weight_averaging",
             .class_name = "StochasticWeightAveraging",
             .aliases = {"swa"},
             CN_PARAMS(params),
             .config_size = sizeof(averaging)},
    .prepare = prepare,
    .state = state};
