/* Compiles a model by what Keras wrote: compile_config of version 3, and training_config of .h5 files, where Keras 2
 * puts metrics into lists of lists and names its optimisers "Custom>Adam". Objects become calls of the notation, so
 * that names, arguments and their messages are those of everywhere. */
#include <math.h>
#include <string.h>

#include "base/text/text.h"
#include "cornu/formats.h"
#include "data/files/json.h"
#include "formats/keras/keras_objects.h"
#include "model/model.h"

/* Entries of configurations that say nothing here. */
static const struct {
    const char *kind, *key; /* kind NULL: any */
} silent_keys[] = {
    {"optimizer", "jit_compile"},
    {"optimizer", "is_legacy_optimizer"},
    {"optimizer", "decay"}, /* read by read_decay */
    {"metric", "fn"},
    {"loss", "fn"},
    {NULL, "dtype"}, /* checked elsewhere */
};

typedef struct reader {
    cn__arena arena;
    cn__text optimizer, loss, metrics, weighted, loss_weights;
} reader;

static bool is_nothing(const json_t *json)
{
    return cn__json_lacks(json) || json_is_false(json) ||
           (json_is_number(json) && json_number_value(json) == 0);
}

static bool is_silent(const char *kind, const char *key)
{
    for (size_t i = 0; i < sizeof silent_keys / sizeof *silent_keys; i++)
        if (strcmp(key, silent_keys[i].key) == 0 &&
            (!silent_keys[i].kind || strcmp(kind, silent_keys[i].kind) == 0))
            return true;
    return false;
}

/* ---- objects to calls ---------------------------------------------------------------------------------- */

/* The class of an object, without "Custom>" of Keras 2's registry; classes of one's own are refused. */
static cn_status class_of(const json_t *object, const char **out)
{
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    const char *registered = json_string_value(json_object_get(object, "registered_name"));
    if (!class_name) return cn__fail(CN_ERROR_FORMAT, "an object without \"class_name\"");
    if (strncmp(class_name, "Custom>", 7) == 0) class_name += 7;
    if (registered && strncmp(registered, "Custom>", 7) == 0) registered += 7;
    if (strchr(class_name, '>') || (registered && strchr(registered, '>')))
        return cn__fail(CN_ERROR_ARGUMENT, "%.80s is a custom class; only Keras's are known",
                        registered ? registered : class_name);
    *out = class_name;
    return cn__check_json_module(object) == CN_OK ? CN_OK : cn__fail_in("%.80s", class_name);
}

/* The name of a function: "mean_absolute_error", or an object that holds it. */
static const char *function_name(const json_t *json)
{
    if (json_is_object(json)) json = json_object_get(json, "config");
    return json_string_value(json);
}

/* Keras up to 2.3 calls the learning rate lr, and may say none for the epsilon of its settings. Nadam's schedule_decay is
 * no argument since; an Adagrad began with zeros. */
static cn_status read_older(reader *r, const char *class_name, const char *key, const json_t *item,
                            cn__value *call, bool *done)
{
    *done = true;
    if (strcmp(key, "lr") == 0) {
        CN_TRY(cn__call_add_json(&r->arena, call, "learning_rate", item));
        if (strcmp(class_name, "Adagrad") != 0) return CN_OK;
        call->names[call->count] = "initial_accumulator_value";
        call->items[call->count++] = (cn__value){.kind = CN_VALUE_FLOAT};
        return CN_OK;
    }
    if (strcmp(key, "schedule_decay") == 0) {
        if (json_is_number(item) && json_number_value(item) == 0.004) return CN_OK;
        return cn__fail(CN_ERROR_ARGUMENT, "\"schedule_decay\" is not supported; it must be 0.004");
    }
    *done = strcmp(key, "epsilon") == 0 && json_is_null(item);
    return CN_OK;
}

/* decay, of Keras before 2.11: the rate over 1 + decay · steps. */
static cn_status read_decay(reader *r, const json_t *config, cn__value *call)
{
    const json_t *json = json_object_get(config, "decay");
    if (is_nothing(json)) return CN_OK;
    for (size_t i = 0; i < call->count; i++) {
        cn__value *rate = &call->items[i];
        if (strcmp(call->names[i], "learning_rate") != 0) continue;
        if (!json_is_number(json) || (rate->kind != CN_VALUE_FLOAT && rate->kind != CN_VALUE_INT)) break;
        const char *text = cn__arena_format(
            &r->arena, "InverseTimeDecay(initial_learning_rate=%.17g, decay_steps=1, decay_rate=%.17g)",
            rate->number, json_number_value(json));
        return text ? cn__value_parse(&r->arena, text, rate) : CN_ERROR_MEMORY;
    }
    return cn__fail(CN_ERROR_ARGUMENT, "\"decay\" is supported with a learning rate that is a number");
}

/* A learning rate that went through single precision is read as it was written. */
static void restore_rate(cn__value *call)
{
    for (size_t i = 0; i < call->count; i++) {
        cn__value *v = &call->items[i];
        if (strcmp(call->names[i], "learning_rate") == 0 && v->kind == CN_VALUE_FLOAT &&
            isfinite((real)v->number))
            v->number = cn__shortest((real)v->number);
    }
}

static cn_status read_config(reader *r, const char *kind, const char *class_name, json_t *config,
                             cn__value *call)
{
    const bool optimizer = strcmp(kind, "optimizer") == 0;
    const char *key;
    json_t *item;
    CN_TRY(cn__check_json_dtype(json_object_get(config, "dtype")));
    json_object_foreach(config, key, item)
    {
        bool read = is_silent(kind, key);
        if (optimizer && !read) CN_TRY(read_older(r, class_name, key, item, call, &read));
        if (!read) CN_TRY(cn__call_add_json(&r->arena, call, key, item));
    }
    restore_rate(call);
    return optimizer ? read_decay(r, config, call) : CN_OK;
}

static cn_status read_object(reader *r, const char *kind, const json_t *object, cn__value *out)
{
    json_t *config = json_object_get(object, "config");
    const char *class_name = "";
    CN_TRY(class_of(object, &class_name));
    if (strcmp(class_name, "function") == 0) return cn__value_from_json(&r->arena, config, out);
    if (config && !json_is_object(config))
        return cn__fail(CN_ERROR_FORMAT, "\"config\" of %.80s must be an object", class_name);
    if (strcmp(class_name, "MeanMetricWrapper") == 0 || strcmp(class_name, "LossFunctionWrapper") == 0) {
        const char *fn = function_name(json_object_get(config, "fn"));
        if (!fn) return cn__fail(CN_ERROR_FORMAT, "a %s without \"fn\"", class_name);
        class_name = fn;
    }
    CN_TRY(cn__call_new(&r->arena, class_name, json_object_size(config) + 2, out));
    if (read_config(r, kind, class_name, config, out) != CN_OK) return cn__fail_in("%.80s", class_name);
    /* written by Cornu beside the config, since Keras keeps it nowhere */
    const json_t *excluded = json_object_get(object, "exclude_from_weight_decay");
    return excluded ? cn__call_add_json(&r->arena, out, "exclude_from_weight_decay", excluded) : CN_OK;
}

/* The notation of a name or an object, added to `out`. */
static cn_status add_notation(reader *r, const char *kind, const json_t *json, cn__text *out)
{
    cn__value value;
    if (!json_is_string(json) && !json_is_object(json))
        return cn__fail(CN_ERROR_FORMAT, "%s: expected a name or an object", kind);
    if (json_is_string(json)) CN_TRY(cn__value_from_json(&r->arena, json, &value));
    else if (read_object(r, kind, json, &value) != CN_OK) return cn__fail_in("%s", kind);
    const char *text = cn__value_text(&r->arena, &value);
    if (!text) return CN_ERROR_MEMORY;
    cn__text_add(out, text);
    return out->failed ? cn__fail_memory(out->size, "a notation") : CN_OK;
}

/* ---- nested lists -------------------------------------------------------------------------------------- */

static bool is_object(const json_t *json)
{
    return json_is_object(json) && json_object_get(json, "class_name") != NULL;
}

/* What a model with one output has may stand in a list of one, or in a map with one key. */
static const json_t *only_one(const json_t *json)
{
    if (json_is_array(json) && json_array_size(json) == 1) return json_array_get(json, 0);
    if (json_is_object(json) && !is_object(json) && json_object_size(json) == 1)
        return json_object_iter_value(json_object_iter((json_t *)json));
    return json;
}

/* Names and objects; lists of them in brackets, and maps by output. */
static cn_status add_any(reader *r, const char *kind, const json_t *json, cn__text *out)
{
    if (cn__json_lacks(json)) {
        cn__text_add(out, "none");
    } else if (json_is_number(json)) {
        cn__text_printf(out, "%.17g", json_number_value(json));
    } else if (json_is_array(json)) {
        cn__text_add(out, "[");
        for (size_t i = 0; i < json_array_size(json); i++) {
            if (i) cn__text_add(out, ", ");
            CN_TRY(add_any(r, kind, json_array_get(json, i), out));
        }
        cn__text_add(out, "]");
    } else if (json_is_object(json) && !is_object(json)) {
        const char *name;
        json_t *item;
        bool first = true;
        cn__text_add(out, "{");
        json_object_foreach((json_t *)json, name, item)
        {
            const cn__value key = {.kind = CN_VALUE_WORD, .word = name};
            const char *text = cn__value_text(&r->arena, &key);
            if (!text) return CN_ERROR_MEMORY;
            cn__text_printf(out, "%s%s: ", first ? "" : ", ", text);
            CN_TRY(add_any(r, kind, item, out));
            first = false;
        }
        cn__text_add(out, "}");
    } else {
        return add_notation(r, kind, json, out);
    }
    return out->failed ? cn__fail_memory(out->size, "a notation") : CN_OK;
}

static cn_status add_list(reader *r, const char *kind, const json_t *json, cn__text *out)
{
    const json_t *inner = only_one(json);
    if (json_is_array(inner) || !json_is_array(json)) json = inner;
    if (cn__json_lacks(json)) return CN_OK;
    if (!json_is_array(json)) return add_notation(r, kind, json, out);
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (i) cn__text_add(out, ", ");
        CN_TRY(add_notation(r, kind, json_array_get(json, i), out));
    }
    return CN_OK;
}

/* Keras also writes one flat list of the metrics of all outputs, which does not say whose they are; but then all outputs
 * have none, or that is what was given. */
static cn_status add_for_outputs(reader *r, const char *kind, const json_t *json, cn__text *out)
{
    return !cn__json_lacks(json) ? add_any(r, kind, json, out) : CN_OK;
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

static cn_status read_all(reader *r, const json_t *config, bool several)
{
    const json_t *optimizer = json_object_get(config, "optimizer"),
                 *weights = json_object_get(config, "loss_weights");
    if (!optimizer) optimizer = json_object_get(config, "optimizer_config");
    if (!optimizer)
        return cn__fail(CN_ERROR_FORMAT,
                        "no optimizer is named, as in files that Keras writes of a model after it saved "
                        "an .h5 of it");
    CN_TRY(add_notation(r, "optimizer", optimizer, &r->optimizer));
    if (!several) weights = only_one(weights);
    CN_TRY(add_for_outputs(r, "loss_weights", weights, &r->loss_weights));
    if (several) {
        CN_TRY(add_for_outputs(r, "loss", json_object_get(config, "loss"), &r->loss));
        CN_TRY(add_for_outputs(r, "metric", json_object_get(config, "metrics"), &r->metrics));
        return add_for_outputs(r, "metric", json_object_get(config, "weighted_metrics"), &r->weighted);
    }
    CN_TRY(add_notation(r, "loss", only_one(json_object_get(config, "loss")), &r->loss));
    CN_TRY(add_list(r, "metric", json_object_get(config, "metrics"), &r->metrics));
    return add_list(r, "metric", json_object_get(config, "weighted_metrics"), &r->weighted);
}

/* Without a loss Keras can compile, but not train: then there is nothing to go on with. */
static bool has_loss(const json_t *config)
{
    return !cn__json_lacks(only_one(json_object_get(config, "loss")));
}

cn_status cn__compile_from_json(cn_model *model, const json_t *config)
{
    reader r = {0};
    if (cn__json_lacks(config)) return CN_OK;
    if (!json_is_object(config)) return cn__fail(CN_ERROR_FORMAT, "the compile configuration is no object");
    if (!has_loss(config)) return CN_OK;
    cn_status status = read_all(&r, config, cn_model_output_count(model) > 1);
    if (status == CN_OK)
        status = cn__model_compile(model, r.optimizer.data, r.loss.data, r.metrics.data, r.weighted.data,
                                   r.loss_weights.data);
    cn__text_free(&r.optimizer);
    cn__text_free(&r.loss);
    cn__text_free(&r.metrics);
    cn__text_free(&r.weighted);
    cn__text_free(&r.loss_weights);
    cn__arena_free(&r.arena);
    return status == CN_OK ? CN_OK : cn__fail_in("what it was compiled with");
}

cn_status cn_model_compile_from_json(cn_model *model, const char *json)
{
    json_t *root;
    CN_TRY(cn__json_parse(json, &root));
    cn_status status = cn__compile_from_json(model, root);
    json_decref(root);
    return status;
}
