/* Writes an architecture as Keras's Sequential.to_json() does, from the layers' tables of arguments. */
#include "cornu/formats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "formats/keras_objects.h"
#include "model/model.h"
#include "nn/layers.h"

/* Arguments of the tables that Keras leaves out of a config while they are none. */
static const char *const left_out[] = {"lora_rank", "activity_regularizer"};

static json_t *float32_policy(void)
{
    return cn__json_object("keras", "DTypePolicy", json_pack("{s:s}", "name", "float32"));
}

/* [null, 28, 28] */
static json_t *batch_shape(const cn__shape *shape)
{
    json_t *list = json_pack("[n]");
    for (int i = 0; list && i < shape->rank; i++)
        json_array_append_new(list, json_integer((json_int_t)shape->dim[i]));
    return list;
}

/* ---- arguments --------------------------------------------------------------------------------------- */

/* Where Keras writes another thing than the table holds. Takes over and returns `json`. */
static json_t *as_keras_has_it(const cn__layer *layer, const char *name, json_t *json)
{
    json_t *other = NULL;
    if (layer->kind == &cn__layer_flatten && strcmp(name, "data_format") == 0 && json_is_null(json))
        other = json_string("channels_last");
    if (layer->kind == &cn__layer_batchnorm && strcmp(name, "axis") == 0 && json_array_size(json) == 1)
        other = json_incref(json_array_get(json, 0));
    if (!other) return json;
    json_decref(json);
    return other;
}

static bool is_left_out(const char *name)
{
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (strcmp(name, left_out[i]) == 0) return true;
    return false;
}

static cn_status add_arguments(cn__arena *arena, const cn__layer *layer, json_t *config)
{
    for (size_t i = 0; i < layer->kind->param_count; i++) {
        const cn__param *param = &layer->kind->params[i];
        json_t *json = NULL;
        CN_TRY(cn__json_from_param(arena, param, layer->config, &json));
        json = as_keras_has_it(layer, param->name, json);
        if (json_is_null(json) && is_left_out(param->name)) json_decref(json);
        else if (json_object_set_new(config, param->name, json) != 0) return cn__fail_memory(0, "JSON");
    }
    return CN_OK;
}

/* ---- layers and model -------------------------------------------------------------------------------- */

static json_t *input_layer(const cn__shape *shape, const char *name)
{
    return cn__json_object("keras.layers", "InputLayer",
                           json_pack("{s:o, s:s, s:b, s:s}", "batch_shape", batch_shape(shape), "dtype",
                                     "float32", "sparse", 0, "name", name));
}

/* What every layer's config begins with. */
static json_t *common_config(const char *name, bool trainable)
{
    return json_pack("{s:s, s:b, s:o}", "name", name, "trainable", trainable, "dtype", float32_policy());
}

static cn_status append(json_t *layers, const char *class_name, json_t *config)
{
    json_t *object = cn__json_object("keras.layers", class_name, config);
    return json_array_append_new(layers, object) == 0 ? CN_OK : cn__fail_memory(0, "JSON");
}

/* An activation with arguments is a layer of its own in Keras's files: Keras would write it as an object inside the
 * config, but cannot read that. */
static cn_status append_activation(const char *name, bool trainable, const json_t *activation, json_t *layers)
{
    json_t *config = common_config(name, trainable);
    if (!config || json_object_update(config, json_object_get(activation, "config")) != 0) {
        json_decref(config);
        return cn__fail_memory(0, "JSON");
    }
    return append(layers, json_string_value(json_object_get(activation, "class_name")), config);
}

static bool is_name_taken(const cn_model *model, const char *name)
{
    for (size_t i = 0; i < model->layer_count; i++)
        if (strcmp(model->layers[i]->layer->name, name) == 0) return true;
    return false;
}

/* The layer, and behind it its activation. Takes over `config`. */
static cn_status append_both(cn__arena *arena, const cn_model *model, const cn__layer *layer, json_t *config,
                             json_t *layers)
{
    json_t *activation = json_incref(json_object_get(config, "activation"));
    const char *name = layer->name;
    cn_status status = CN_OK;
    if (layer->kind == &cn__layer_activation) {
        json_decref(config);
    } else {
        json_object_set_new(config, "activation", json_string("linear"));
        status = append(layers, layer->kind->class_name, config);
        do name = cn__arena_format(arena, "%s_activation", name);
        while (name && is_name_taken(model, name));
        if (!name) status = CN_ERROR_MEMORY;
    }
    if (status == CN_OK) status = append_activation(name, layer->trainable, activation, layers);
    json_decref(activation);
    return status;
}

static cn_status add_layer(cn__arena *arena, const cn_model *model, const cn__layer *layer, json_t *layers)
{
    if (layer->kind == &cn__layer_input)
        return json_array_append_new(layers, input_layer(&layer->out, layer->name)) == 0
                   ? CN_OK
                   : cn__fail_memory(0, "JSON");
    json_t *config = common_config(layer->name, layer->trainable);
    if (!config) return cn__fail_memory(0, "JSON");
    if (add_arguments(arena, layer, config) != CN_OK) {
        json_decref(config);
        return cn__fail_in("layer %s", layer->name);
    }
    if (json_is_object(json_object_get(config, "activation")))
        return append_both(arena, model, layer, config, layers);
    return append(layers, layer->kind->class_name, config);
}

/* A model that was built on data has no input layer of its own, but Keras writes one. */
static cn_status add_layers(cn__arena *arena, const cn_model *model, json_t *layers)
{
    if (model->built && model->layers[0]->layer->kind != &cn__layer_input &&
        json_array_append_new(layers, input_layer(&model->in, "input_layer")) != 0)
        return cn__fail_memory(0, "JSON");
    for (size_t i = 0; i < model->layer_count; i++)
        CN_TRY(add_layer(arena, model, model->layers[i]->layer, layers));
    return CN_OK;
}

/* The fewest digits that lose nothing, so that 0.1 is written as 0.1. */
static char *dump(const json_t *root)
{
    for (int digits = 15; digits <= 17; digits++) {
        char *text = json_dumps(root, JSON_ENSURE_ASCII | JSON_REAL_PRECISION(digits));
        json_t *again = text && digits < 17 ? json_loads(text, 0, NULL) : NULL;
        bool same = !text || digits == 17 || json_equal(again, root);
        json_decref(again);
        if (same) return text;
        free(text);
    }
    return NULL;
}

cn_status cn__json_dump(const json_t *root, char **out)
{
    char *dumped = dump(root);
    *out = dumped ? cn__strdup(dumped) : NULL;
    free(dumped);
    return *out ? CN_OK : cn__fail_memory(0, "JSON");
}

cn_status cn__model_json(const cn_model *model, json_t **out)
{
    *out = NULL;
    CN_TRY(cn__model_check(model));
    cn__arena arena = {0};
    json_t *layers = json_array();
    json_t *config = json_pack("{s:s, s:b, s:o, s:O}", "name", model->name, "trainable", 1, "dtype",
                               float32_policy(), "layers", layers);
    cn_status status = config ? add_layers(&arena, model, layers) : cn__fail_memory(0, "JSON");
    if (status == CN_OK) *out = cn__json_object("keras", "Sequential", json_incref(config));
    if (status == CN_OK && !*out) status = cn__fail_memory(0, "JSON");
    json_decref(config);
    json_decref(layers);
    cn__arena_free(&arena);
    return status;
}

char *cn_model_to_json(const cn_model *model)
{
    json_t *root;
    char *text = NULL;
    if (cn__model_json(model, &root) != CN_OK) return NULL;
    (void)!cn__json_dump(root, &text);
    json_decref(root);
    return text;
}
