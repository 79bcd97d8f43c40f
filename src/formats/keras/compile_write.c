/* What a model was compiled with, as Keras's compile_config: optimiser, loss and metrics. */
#include <math.h>
#include <string.h>

#include "base/text/text.h"
#include "data/files/json.h"
#include "cornu/formats.h"
#include "formats/keras/keras_objects.h"
#include "model/model.h"
#include "model/plan/plan.h"
#include "nn/loss_class.h"
#include "nn/metrics/metric_class.h"
#include "nn/optimizers/optimizer_class.h"

/* Takes over `value`. */
static cn_status set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0 ? CN_OK : cn__fail_memory(0, "JSON");
}

static bool is_one_of(const char *name, const char *const *words)
{
    while (*words && strcmp(name, *words) != 0) words++;
    return *words != NULL;
}

/* The arguments that `kind` was read with, into `config`; not the name, which the caller knows better. */
static cn_status add_arguments(cn__arena *arena, const cn__kind *kind, const void *base,
                               const char *const *without, json_t *config)
{
    for (size_t i = 0; i < kind->param_count; i++) {
        const cn__param *param = &kind->params[i];
        json_t *json = NULL;
        if (strcmp(param->name, "name") == 0 || strcmp(param->name, "dtype") == 0) continue;
        if (without && is_one_of(param->name, without)) continue;
        CN_TRY(cn__json_from_param(arena, param, base, &json));
        CN_TRY(set(config, param->name, json));
    }
    return CN_OK;
}

/* The name that was given, or else `standard`. */
static const char *given_name(const cn__kind *kind, const void *base, const char *standard)
{
    const char *name = NULL;
    for (size_t i = 0; i < kind->param_count; i++)
        if (strcmp(kind->params[i].name, "name") == 0)
            name = *(const char *const *)((const char *)base + kind->params[i].offset);
    return name ? name : standard;
}

#define EXCLUDED "exclude_from_weight_decay"

/* ---- optimiser ----------------------------------------------------------------------------------------- */

static cn_status schedule_json(cn__arena *arena, const cn__schedule *schedule, json_t **out)
{
    const cn__kind *kind = &schedule->kind->kind;
    json_t *config = json_pack("{s:s}", "name", given_name(kind, schedule->config, kind->class_name));
    cn_status status = config ? add_arguments(arena, kind, schedule->config, NULL, config) : CN_ERROR_MEMORY;
    if (status == CN_OK) *out = cn__json_object(cn__schedules.module, kind->class_name, json_incref(config));
    json_decref(config);
    return status == CN_OK && *out ? CN_OK : cn__fail_memory(0, "JSON");
}

/* The rate is the present one, and what was given may be a schedule. */
static cn_status fill_optimizer(cn__arena *arena, const cn__optimizer *o, json_t *config)
{
    json_t *rate = NULL;
    if (o->schedule) CN_TRY(schedule_json(arena, o->schedule, &rate));
    else rate = json_real(o->learning_rate);
    CN_TRY(set(config, "name", json_string(o->name)));
    CN_TRY(set(config, "learning_rate", rate));
    return add_arguments(arena, &o->kind->kind, o->config,
                         (const char *const[]){"learning_rate", EXCLUDED, NULL}, config);
}

/* Keras keeps no list of what does not decay, and refuses to read one in a config; beside it nothing hinders. */
static cn_status add_excluded(const cn__optimizer *o, json_t *object)
{
    if (!o->exclude) return CN_OK;
    json_t *list = json_array();
    for (size_t i = 0; list && i < o->exclude->count; i++)
        if (json_array_append_new(list, json_string(o->exclude->items[i].word)) != 0)
            return cn__fail_memory(0, "JSON");
    return set(object, EXCLUDED, list);
}

static cn_status optimizer_json(cn__arena *arena, const cn__optimizer *o, json_t **out)
{
    json_t *config = json_object();
    cn_status status = config ? fill_optimizer(arena, o, config) : cn__fail_memory(0, "JSON");
    if (status == CN_OK)
        *out = cn__json_object(cn__optimizers.module, o->kind->kind.class_name, json_incref(config));
    json_decref(config);
    if (status == CN_OK && *out) status = add_excluded(o, *out);
    return status;
}

/* ---- loss ---------------------------------------------------------------------------------------------- */

static cn_status loss_config(cn__arena *arena, const cn__loss *loss, json_t **out)
{
    *out = json_pack("{s:s}", "name", given_name(&loss->kind->kind, loss->config, loss->name));
    const char *const without[] = {loss->kind->class_lacks, NULL};
    cn_status status = *out ? add_arguments(arena, &loss->kind->kind, loss->config, without, *out)
                            : cn__fail_memory(0, "JSON");
    if (status != CN_OK) json_decref(*out);
    return status;
}

/* A loss without arguments is its name. */
static cn_status loss_json(cn__arena *arena, const cn__loss *loss, json_t **out)
{
    cn__loss plain;
    json_t *config = NULL, *standard = NULL;
    if (loss->caller) { /* as Keras writes functions, which a reader must be given */
        *out = json_pack("{s:s, s:s, s:s, s:s}", "module", "builtins", "class_name", "function", "config",
                         loss->name, "registered_name", "function");
        return *out ? CN_OK : cn__fail_memory(0, "JSON");
    }
    CN_TRY(cn__loss_parse(arena, &(cn__value){.kind = CN_VALUE_WORD, .word = loss->name}, &plain));
    CN_TRY(loss_config(arena, loss, &config));
    cn_status status = loss_config(arena, &plain, &standard);
    if (status == CN_OK)
        *out = json_equal(config, standard)
                   ? json_string(loss->name)
                   : cn__json_object(cn__losses()->module, loss->kind->kind.class_name, json_incref(config));
    json_decref(config);
    json_decref(standard);
    return status != CN_OK ? status : *out ? CN_OK : cn__fail_memory(0, "JSON");
}

/* ---- metrics ------------------------------------------------------------------------------------------- */

/* A loss that Keras has no metric of is wrapped, as Keras wraps functions. */
static cn_status wrapped_json(cn__arena *arena, const cn__metric *m, json_t **out)
{
    json_t *fn = json_pack("{s:s, s:s, s:s, s:s}", "module", "keras.losses", "class_name", "function",
                           "config", m->loss.name, "registered_name", m->loss.name);
    json_t *config = json_pack("{s:s, s:s, s:o}", "name", m->name, "dtype", "float32", "fn", fn);
    cn_status status = config ? add_arguments(arena, &m->loss.kind->kind, m->loss.config,
                                              (const char *const[]){"reduction", NULL}, config)
                              : cn__fail_memory(0, "JSON");
    if (status == CN_OK) *out = cn__json_object("keras.metrics", "MeanMetricWrapper", json_incref(config));
    json_decref(config);
    return status != CN_OK ? status : *out ? CN_OK : cn__fail_memory(0, "JSON");
}

/* Keras's class for the metric; NULL where there is none, or it has not all the arguments. */
static const char *metric_class(const cn__metric *m)
{
    if (m->kind != &cn__metric_loss) return m->kind->kind.class_name;
    const cn__loss_class *loss = m->loss.kind;
    return !loss->metric_fits || loss->metric_fits(m->loss.config) ? loss->metric : NULL;
}

static cn_status made_metric_json(cn__arena *arena, const cn__metric *m, json_t **out)
{
    const bool loss = m->kind == &cn__metric_loss;
    const char *class_name = metric_class(m);
    if (!class_name) return wrapped_json(arena, m, out);
    /* Not every class has the axis. */
    const bool last = loss && ((const cn__loss_options *)m->loss.config)->axis == -1;
    const char *const without[] = {"reduction", last ? "axis" : "reduction",
                                   loss ? m->loss.kind->metric_lacks : NULL, NULL};
    json_t *config = json_pack("{s:s, s:s}", "name", m->name, "dtype", "float32");
    cn_status status = !config ? cn__fail_memory(0, "JSON")
                       : loss  ? add_arguments(arena, &m->loss.kind->kind, m->loss.config, without, config)
                               : add_arguments(arena, &m->kind->kind, m->config, NULL, config);
    if (status == CN_OK) *out = cn__json_object(cn__metrics.module, class_name, json_incref(config));
    json_decref(config);
    return status;
}

/* Does Keras too find by shapes what this word means? */
static bool is_by_shape(const cn__value *value)
{
    const cn__kind *kind = value->kind == CN_VALUE_WORD ? cn__registry_find(&cn__metrics, value->word) : NULL;
    return kind && ((const cn__metric_class *)kind)->keras_word;
}

/* Other words become objects with that name: not every word is known to Keras, and some only outside of .h5 files. */
static cn_status metric_json(const cn_model *model, cn__arena *arena, size_t output, const cn__value *value,
                             json_t **out)
{
    if (is_by_shape(value)) {
        *out = json_string(value->word);
        return *out ? CN_OK : cn__fail_memory(0, "JSON");
    }
    const size_t cols = model->built ? cn__model_output_cols(model, output) : 1,
                 target_cols = model->built ? cn__target_cols(model, output) : 1;
    cn__metric *metric;
    CN_TRY(cn__metric_parse(arena, value, cols, target_cols, 1, &metric));
    CN_TRY(made_metric_json(arena, metric, out));
    return *out ? CN_OK : cn__fail_memory(0, "JSON");
}

static cn_status metrics_json(const cn_model *model, cn__arena *arena, size_t output, const cn__value *list,
                              json_t *all)
{
    for (size_t i = 0; list && i < list->count; i++) {
        json_t *metric = NULL;
        CN_TRY(metric_json(model, arena, output, &list->items[i], &metric));
        if (json_array_append_new(all, metric) != 0) return cn__fail_memory(0, "JSON");
    }
    return CN_OK;
}

/* A list; for several outputs a list of lists. null where no output has any. */
static cn_status add_metrics(const cn_model *model, cn__arena *arena, const char *key, bool weighted,
                             json_t *config)
{
    bool any = false;
    for (size_t o = 0; o < cn_model_output_count(model); o++)
        any |= (weighted ? model->objectives[o].weighted_metrics : model->objectives[o].metrics) != NULL;
    json_t *all = any ? json_array() : json_null();
    CN_TRY(set(config, key, all));
    for (size_t o = 0; any && o < cn_model_output_count(model); o++) {
        json_t *own = cn_model_output_count(model) > 1 ? json_array() : json_incref(all);
        cn_status status = metrics_json(
            model, arena, o, weighted ? model->objectives[o].weighted_metrics : model->objectives[o].metrics,
            own);
        if (status == CN_OK && cn_model_output_count(model) > 1 && json_array_append(all, own) != 0)
            status = cn__fail_memory(0, "JSON");
        json_decref(own);
        CN_TRY(status);
    }
    return CN_OK;
}

static cn_status add_losses(const cn_model *model, cn__arena *arena, json_t *config)
{
    json_t *losses = json_array(), *weights = json_array(), *json = NULL;
    bool weighted = false;
    cn_status status = losses && weights ? CN_OK : cn__fail_memory(0, "JSON");
    for (size_t o = 0; o < cn_model_output_count(model) && status == CN_OK; o++) {
        const cn__objective *objective = &model->objectives[o];
        json = json_null();
        if (objective->has_loss) status = loss_json(arena, &objective->loss, &json);
        if (status == CN_OK && json_array_append_new(losses, json) != 0) status = cn__fail_memory(0, "JSON");
        cn__json_append(weights, json_real(objective->weight));
        weighted |= objective->weight != 1;
    }
    const bool one = cn_model_output_count(model) == 1;
    if (status == CN_OK) status = set(config, "loss", json_incref(one ? json_array_get(losses, 0) : losses));
    if (status == CN_OK)
        status = set(config, "loss_weights",
                     !weighted ? json_null() : json_incref(one ? json_array_get(weights, 0) : weights));
    json_decref(losses);
    json_decref(weights);
    return status;
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

static cn_status fill(const cn_model *model, cn__arena *arena, json_t *config)
{
    json_t *json = NULL;
    CN_TRY(optimizer_json(arena, &model->optimizer, &json));
    CN_TRY(set(config, "optimizer", json));
    CN_TRY(add_losses(model, arena, config));
    CN_TRY(add_metrics(model, arena, "metrics", false, config));
    CN_TRY(add_metrics(model, arena, "weighted_metrics", true, config));
    CN_TRY(set(config, "run_eagerly", json_false()));
    CN_TRY(set(config, "steps_per_execution", json_integer(1)));
    return set(config, "jit_compile", json_false());
}

cn_status cn__compile_json(const cn_model *model, json_t **out)
{
    *out = model->compiled ? json_object() : json_null();
    if (!*out) return cn__fail_memory(0, "JSON");
    if (!model->compiled) return CN_OK;
    cn__arena arena = {0};
    cn_status status = fill(model, &arena, *out);
    cn__arena_free(&arena);
    if (status == CN_OK) return CN_OK;
    json_decref(*out);
    *out = NULL;
    return cn__fail_in("what model %s was compiled with", model->name);
}

char *cn_model_compile_to_json(const cn_model *model)
{
    json_t *root;
    char *text = NULL;
    if (!model->compiled) {
        (void)cn__fail(CN_ERROR_STATE, "model %s is not compiled", model->name);
        return NULL;
    }
    if (cn__compile_json(model, &root) != CN_OK) return NULL;
    (void)!cn__json_dump(root, &text);
    json_decref(root);
    return text;
}
