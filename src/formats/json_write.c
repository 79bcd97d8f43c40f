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

static json_t *ints(const cn__ints *list)
{
    json_t *json = json_array();
    for (size_t i = 0; json && i < list->count; i++)
        json_array_append_new(json, json_integer(list->items[i]));
    return json;
}

static json_t *floats(const cn__floats *list)
{
    json_t *json = json_array();
    for (size_t i = 0; json && i < list->count; i++) json_array_append_new(json, json_real(list->items[i]));
    return json;
}

/* What the layer holds for `param`, as JSON that the caller owns; NULL when out of memory. */
static cn_status argument(cn__arena *arena, const cn__layer *layer, const cn__param *param, json_t **out)
{
    const void *at = (const char *)layer->config + param->offset;
    int64_t integer =
        param->type == CN_PARAM_INT || param->type == CN_PARAM_MAYBE_INT ? *(const int64_t *)at : 0;
    double number =
        param->type == CN_PARAM_FLOAT || param->type == CN_PARAM_MAYBE_FLOAT ? *(const double *)at : 0;
    switch (param->type) {
    case CN_PARAM_BOOL: *out = json_boolean(*(const bool *)at); break;
    case CN_PARAM_INT: *out = json_integer(integer); break;
    case CN_PARAM_MAYBE_INT: *out = integer == INT64_MIN ? json_null() : json_integer(integer); break;
    case CN_PARAM_FLOAT: *out = json_real(number); break;
    case CN_PARAM_MAYBE_FLOAT: *out = isnan(number) ? json_null() : json_real(number); break;
    case CN_PARAM_WORD:
        *out = *(const char *const *)at ? json_string(*(const char *const *)at) : json_null();
        break;
    case CN_PARAM_INTS: *out = ints(at); break;
    case CN_PARAM_FLOATS: *out = floats(at); break;
    case CN_PARAM_VALUE: return cn__json_from_value(arena, param->name, *(const cn__value *const *)at, out);
    }
    return *out ? CN_OK : cn__fail_memory(0, "JSON");
}

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
        CN_TRY(argument(arena, layer, param, &json));
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

static cn_status add_layer(cn__arena *arena, const cn__layer *layer, json_t *layers)
{
    if (layer->kind == &cn__layer_input)
        return json_array_append_new(layers, input_layer(&layer->out, layer->name)) == 0
                   ? CN_OK
                   : cn__fail_memory(0, "JSON");
    json_t *config = json_pack("{s:s, s:b, s:o}", "name", layer->name, "trainable", layer->trainable, "dtype",
                               float32_policy());
    if (!config) return cn__fail_memory(0, "JSON");
    if (add_arguments(arena, layer, config) != CN_OK) {
        json_decref(config);
        return cn__fail_in("layer %s", layer->name);
    }
    json_t *object = cn__json_object("keras.layers", layer->kind->class_name, config);
    return json_array_append_new(layers, object) == 0 ? CN_OK : cn__fail_memory(0, "JSON");
}

/* A model that was built on data has no input layer of its own, but Keras writes one. */
static cn_status add_layers(cn__arena *arena, const cn_model *model, json_t *layers)
{
    if (model->built && model->layers[0]->layer->kind != &cn__layer_input &&
        json_array_append_new(layers, input_layer(&model->in, "input_layer")) != 0)
        return cn__fail_memory(0, "JSON");
    for (size_t i = 0; i < model->layer_count; i++) CN_TRY(add_layer(arena, model->layers[i]->layer, layers));
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

char *cn_model_to_json(const cn_model *model)
{
    if (cn__model_check(model) != CN_OK) return NULL;
    cn__arena arena = {0};
    json_t *layers = json_array();
    json_t *config = json_pack("{s:s, s:b, s:o, s:O}", "name", model->name, "trainable", 1, "dtype",
                               float32_policy(), "layers", layers);
    cn_status status = config ? add_layers(&arena, model, layers) : cn__fail_memory(0, "JSON");
    json_t *root = status == CN_OK ? cn__json_object("keras", "Sequential", json_incref(config)) : NULL;
    char *dumped = root ? dump(root) : NULL, *text = dumped ? cn__strdup(dumped) : NULL;
    if (status == CN_OK && !text) (void)cn__fail_memory(0, "JSON");
    free(dumped);
    json_decref(root);
    json_decref(config);
    json_decref(layers);
    cn__arena_free(&arena);
    return text;
}
