/* StochasticWeightAveraging (Izmailov et al. 2018), which Keras has not: the mean of the weights at the ends of the epochs from
 * start_epoch on, counted from 0, becomes the weights when training ends; where it ends before, they stay. Statistics of
 * normalisation are averaged like the rest. With validate=true each validation from start_epoch on is of the mean up to that
 * epoch, so that the last one is of the weights that training ends with. */
#include <string.h>

#include "train/callbacks/callback_class.h"
#include "train/snapshot.h"

typedef struct averaging {
    int64_t start_epoch, verbose;
    bool validate;
    /* state */
    uint64_t count; /* of the weights that the mean is of */
    real **mean;    /* one for each variable */
    real **present; /* the weights while the mean is validated; NULL without validate */
    size_t epoch;
    bool swapped;
    size_t variables, *sizes;
} averaging;

static const cn__param params[] = {
    CN_WHOLE(averaging, start_epoch, "0"),
    CN_VERBOSE(averaging),
    {.name = "validate", .type = CN_PARAM_BOOL, .offset = offsetof(averaging, validate), .fallback = "false"},
};

static cn_status make_variable(cn__callback *c, averaging *a, const cn__variable *v)
{
    a->sizes[a->variables] = v->padded * sizeof(real);
    a->mean[a->variables] = cn__arena_array(c->arena, v->padded, sizeof(real));
    if (a->present) a->present[a->variables] = cn__arena_array(c->arena, v->padded, sizeof(real));
    if (!a->mean[a->variables] || (a->present && !a->present[a->variables])) return CN_ERROR_MEMORY;
    a->variables++;
    return CN_OK;
}

static cn_status begin(void *user, cn_training *t)
{
    cn__callback *c = user;
    averaging *a = c->config;
    const size_t count = t->model->variable_count;
    a->mean = cn__arena_array(c->arena, count + 1, sizeof *a->mean);
    a->sizes = cn__arena_array(c->arena, count + 1, sizeof *a->sizes);
    if (a->validate) a->present = cn__arena_array(c->arena, count + 1, sizeof *a->present);
    if (!a->mean || !a->sizes || (a->validate && !a->present)) return CN_ERROR_MEMORY;
    while (a->variables < count) CN_TRY(make_variable(c, a, t->model->variables[a->variables]));
    return CN_OK;
}

static cn_status epoch_begin(void *user, cn_training *t, size_t epoch)
{
    (void)t;
    ((averaging *)((cn__callback *)user)->config)->epoch = epoch;
    return CN_OK;
}

/* The mean of `count` weights, of which v's are the last and `mean` is of the others; `out` may be either. */
static void add_part(const cn__variable *v, const real *mean, uint64_t count, real *out)
{
    const real part = 1 / (real)count;
    for (size_t e = 0; e < v->padded; e++) out[e] = mean[e] + (v->value[e] - mean[e]) * part;
}

static cn_status test_begin(void *user, cn_training *t)
{
    averaging *a = ((cn__callback *)user)->config;
    if ((int64_t)a->epoch < a->start_epoch) return CN_OK;
    for (size_t i = 0; i < a->variables; i++) {
        const cn__variable *v = t->model->variables[i];
        memcpy(a->present[i], v->value, a->sizes[i]);
        add_part(v, a->mean[i], a->count + 1, v->value);
    }
    a->swapped = true;
    return CN_OK;
}

static cn_status test_end(void *user, cn_training *t, const cn_logs *logs)
{
    (void)logs;
    averaging *a = ((cn__callback *)user)->config;
    for (size_t i = 0; i < a->variables && a->swapped; i++)
        memcpy(t->model->variables[i]->value, a->present[i], a->sizes[i]);
    a->swapped = false;
    return CN_OK;
}

static cn_status epoch_end(void *user, cn_training *t, size_t epoch, const cn_logs *logs)
{
    (void)logs;
    averaging *a = ((cn__callback *)user)->config;
    if ((int64_t)epoch < a->start_epoch) return CN_OK;
    a->count++;
    for (size_t i = 0; i < a->variables; i++)
        add_part(t->model->variables[i], a->mean[i], a->count, a->mean[i]);
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
    if (((const averaging *)c->config)->validate)
        c->base.on_epoch_begin = epoch_begin, c->base.on_test_begin = test_begin,
        c->base.on_test_end = test_end;
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
