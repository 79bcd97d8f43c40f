/* Writes an architecture as to_json() of Keras does, of Sequential and functional models, from the layers' tables of arguments. */
#include "cornu/formats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text/text.h"
#include "data/files/json.h"
#include "formats/keras/keras_objects.h"
#include "model/model.h"

static json_t *float32_policy(void)
{
    return cn__json_object("keras", "DTypePolicy", json_pack("{s:s}", "name", "float32"));
}

/* [null, 28, 28] */
static json_t *batch_shape(const cn__shape *shape)
{
    json_t *list = json_pack("[n]");
    for (int i = 0; list && i < shape->rank; i++)
        cn__json_append(list, json_integer((json_int_t)shape->dim[i]));
    return list;
}

/* ---- arguments --------------------------------------------------------------------------------------- */

/* Where Keras writes another thing than the table holds. Takes over and returns `json`. */
static json_t *as_keras_has_it(const cn__layer *layer, const cn__param *param, json_t *json)
{
    json_t *other = NULL;
    const char *name = param->name;
    const bool may_be_none = param->fallback && strcmp(param->fallback, "none") == 0;
    if (may_be_none && json_is_array(json) && json_array_size(json) == 0) other = json_null();
    if (strcmp(name, "data_format") == 0 && json_is_null(json)) other = json_string("channels_last");
    for (size_t i = 0; i < 2 && layer->kind->single[i]; i++)
        if (strcmp(name, layer->kind->single[i]) == 0 && json_array_size(json) == 1)
            other = json_incref(json_array_get(json, 0));
    if (!other) return json;
    json_decref(json);
    return other;
}

static bool is_left_out(const cn__layer *layer, const char *name)
{
    for (const char *const *l = layer->kind->left_out; l && *l; l++)
        if (strcmp(name, *l) == 0) return true;
    return false;
}

static cn_status add_arguments(cn__arena *arena, const cn__layer *layer, json_t *config)
{
    for (size_t i = 0; i < layer->kind->param_count; i++) {
        const cn__param *param = &layer->kind->params[i];
        json_t *json = NULL;
        CN_TRY(cn__json_from_param(arena, param, layer->config, &json));
        if (json_is_null(json) && is_left_out(layer, param->name)) {
            json_decref(json);
            continue;
        }
        json = as_keras_has_it(layer, param, json);
        if (json_object_set_new(config, param->name, json) != 0) return cn__fail_memory(0, "JSON");
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

static cn_status model_json(const cn_model *model, json_t **out);

/* A model while it is written: each layer's objects, and the name of what it gives. */
typedef struct writing {
    cn__arena arena;
    const cn_model *model;
    json_t *layers;
    const char **gives; /* (layers of the model) */
} writing;

static size_t index_of(const cn_model *model, const cn_layer *layer)
{
    size_t i = 0;
    while (i < model->layer_count && model->layers[i] != layer) i++;
    return i;
}

static bool is_name_taken(const cn_model *model, const char *name)
{
    for (size_t i = 0; i < model->layer_count; i++)
        if (strcmp(model->layers[i]->layer->name, name) == 0) return true;
    return false;
}

/* The layer, and behind it its activation. Takes over `config`. */
static cn_status append_both(writing *w, size_t index, json_t *config)
{
    const cn__layer *layer = w->model->layers[index]->layer;
    json_t *activation = json_incref(json_object_get(config, "activation"));
    const char *name = layer->name;
    cn_status status = CN_OK;
    if (layer->kind->param_count && strcmp(layer->kind->params[0].name, "activation") == 0) { /* it is one */
        json_decref(config);
    } else {
        cn__json_set(config, "activation", json_string("linear"));
        status = append(w->layers, layer->kind->class_name, config);
        do name = cn__arena_format(&w->arena, "%s_activation", name);
        while (name && is_name_taken(w->model, name));
        if (!name) status = CN_ERROR_MEMORY;
    }
    if (status == CN_OK) status = append_activation(name, layer->trainable, activation, w->layers);
    w->gives[index] = name;
    json_decref(activation);
    return status;
}

/* A model as a layer is what it is alone, by the name that the layer has. */
static cn_status append_model(writing *w, const cn_layer *layer)
{
    json_t *object;
    CN_TRY(model_json(layer->model, &object));
    cn__json_set(json_object_get(object, "config"), "name", json_string(layer->layer->name));
    return json_array_append_new(w->layers, object) == 0 ? CN_OK : cn__fail_memory(0, "JSON");
}

static cn_status add_layer(writing *w, size_t index)
{
    const cn__layer *layer = w->model->layers[index]->layer;
    w->gives[index] = layer->name;
    if (w->model->layers[index]->model) return append_model(w, w->model->layers[index]);
    if (layer->kind->is_input)
        return json_array_append_new(w->layers, input_layer(&layer->out, layer->name)) == 0
                   ? CN_OK
                   : cn__fail_memory(0, "JSON");
    json_t *config = common_config(layer->name, layer->trainable);
    if (!config) return cn__fail_memory(0, "JSON");
    if (layer->kind->never_trainable) json_object_del(config, "trainable");
    if (add_arguments(&w->arena, layer, config) != CN_OK) {
        json_decref(config);
        return cn__fail_in("layer %s", layer->name);
    }
    if (json_is_object(json_object_get(config, "activation"))) return append_both(w, index, config);
    return append(w->layers, layer->kind->class_name, config);
}

/* ---- graphs ------------------------------------------------------------------------------------------------- */

/* The number of a tensor's call among those that the model has: its graph may have others. */
static json_int_t call_index(const writing *w, const cn_tensor *t)
{
    json_int_t index = 0;
    for (size_t i = 0; i < w->model->tensor_count; i++) {
        const cn_tensor *o = w->model->tensors[i];
        bool counted = o->layer != t->layer || o->call >= t->call;
        for (size_t j = 0; j < i && !counted; j++) /* another output of the same call */
            counted = w->model->tensors[j]->layer == o->layer && w->model->tensors[j]->call == o->call;
        index += !counted;
    }
    return index;
}

/* What layer `name` gives at the call that the tensor is of, or made it. */
static json_t *tensor_json(const writing *w, const char *name, const cn_tensor *t)
{
    return json_pack("{s:s, s:{s:o, s:s, s:[s, I, I]}}", "class_name", "__keras_tensor__", "config", "shape",
                     batch_shape(&t->shape), "dtype", "float32", "keras_history", name, call_index(w, t),
                     (json_int_t)t->output);
}

static const char *giver_of(const writing *w, const cn_tensor *t)
{
    return w->gives[index_of(w->model, t->layer)];
}

/* A call's argument: its tensor, or the list of them for a layer that merges and a model of several inputs. */
static json_t *call_json(const writing *w, const cn_tensor *t)
{
    json_t *list = json_array();
    for (size_t i = 0; i < t->inputs; i++)
        cn__json_append(list, tensor_json(w, giver_of(w, t->from[i]), t->from[i]));
    if (t->layer->layer->kind->most_inputs > 1 || t->inputs > 1) list = json_pack("[o]", list);
    return json_pack("{s:o, s:{}}", "args", list, "kwargs");
}

/* The tensor of the layer's call `number` among those that the model has; NULL: it has fewer. */
static const cn_tensor *find_call(const writing *w, const cn_layer *layer, json_int_t number)
{
    for (size_t i = 0; i < w->model->tensor_count; i++) {
        const cn_tensor *t = w->model->tensors[i];
        if (t->layer == layer && t->inputs && call_index(w, t) == number) return t;
    }
    return NULL;
}

/* "name" and "inbound_nodes" of one object of the list. `inner`: the first half of a layer that was written as two. */
static cn_status add_calls(writing *w, size_t index, json_t *object, const char *inner)
{
    const cn_layer *layer = w->model->layers[index];
    json_t *calls = json_array();
    const cn_tensor *t;
    for (json_int_t c = 0; (t = find_call(w, layer, c)); c++)
        cn__json_append(calls, inner ? json_pack("{s:[o], s:{}}", "args", tensor_json(w, inner, t), "kwargs")
                                     : call_json(w, t));
    const char *name = json_string_value(json_object_get(json_object_get(object, "config"), "name"));
    const bool named = json_object_set_new(object, "name", json_string(name)) == 0;
    if (!named) json_decref(calls);
    else if (json_object_set_new(object, "inbound_nodes", calls) == 0) return CN_OK;
    return cn__fail_memory(0, "JSON");
}

static cn_status add_all_calls(writing *w)
{
    size_t at = 0;
    for (size_t i = 0; i < w->model->layer_count; i++) {
        json_t *first = json_array_get(w->layers, at++);
        CN_TRY(add_calls(w, i, first, NULL));
        const char *name = w->model->layers[i]->layer->name;
        if (strcmp(w->gives[i], name) != 0) CN_TRY(add_calls(w, i, json_array_get(w->layers, at++), name));
    }
    return CN_OK;
}

/* The number of a call where the model's own ends are named: of a model that is a graph Keras counts from 1. */
static json_int_t end_index(const writing *w, const cn_tensor *t)
{
    const bool is_graph = t->layer && t->layer->model && t->layer->model->graph;
    return call_index(w, t) + (is_graph ? 1 : 0);
}

static json_t *ends_json(const writing *w, cn_tensor *const *tensors, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        cn__json_append(list, json_pack("[s, I, I]", giver_of(w, tensors[i]), end_index(w, tensors[i]),
                                        (json_int_t)tensors[i]->output));
    return list;
}

/* ---- the model ---------------------------------------------------------------------------------------------- */

/* A model that was built on data has no input layer of its own, but Keras writes one. */
static cn_status add_layers(writing *w)
{
    const cn_model *model = w->model;
    w->gives = cn__arena_array(&w->arena, model->layer_count + 1, sizeof *w->gives);
    if (!w->gives) return CN_ERROR_MEMORY;
    if (!model->graph && model->tensors && !model->layers[0]->layer->kind->is_input &&
        json_array_append_new(w->layers, input_layer(&model->in, "input_layer")) != 0)
        return cn__fail_memory(0, "JSON");
    for (size_t i = 0; i < model->layer_count; i++) CN_TRY(add_layer(w, i));
    return model->graph ? add_all_calls(w) : CN_OK;
}

/* The fewest digits that lose nothing, so that 0.1 is written as 0.1. */
cn_status cn__json_dump(const json_t *root, char **out)
{
    CN_TRY(cn__json_finish(root, JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15), out));
    for (int digits = 16; digits <= 17; digits++) {
        json_t *again = json_loads(*out, JSON_ALLOW_NUL, NULL);
        const bool same = json_equal(again, root), read = again != NULL;
        json_decref(again);
        if (same) return CN_OK;
        cn__free(*out);
        *out = NULL;
        if (!read) return cn__fail_memory(0, "JSON");
        CN_TRY(cn__json_finish(root, JSON_ENSURE_ASCII | JSON_REAL_PRECISION(digits), out));
    }
    return CN_OK;
}

static json_t *graph_json(const writing *w, json_t *config)
{
    const cn_model *m = w->model;
    cn__json_set(config, "input_layers", ends_json(w, m->inputs, m->input_count));
    cn__json_set(config, "output_layers", ends_json(w, m->outputs, m->output_count));
    json_object_del(config, "dtype");
    return json_pack("{s:s, s:s, s:O, s:s}", "module", "keras.src.models.functional", "class_name",
                     "Functional", "config", config, "registered_name", "Functional");
}

static cn_status model_json(const cn_model *model, json_t **out)
{
    *out = NULL;
    CN_TRY(cn__model_check(model));
    writing w = {.model = model, .layers = json_array()};
    json_t *config = json_pack("{s:s, s:b, s:o, s:O}", "name", model->name, "trainable", !model->frozen,
                               "dtype", float32_policy(), "layers", w.layers);
    cn_status status = config ? add_layers(&w) : cn__fail_memory(0, "JSON");
    if (status == CN_OK)
        *out = model->graph ? graph_json(&w, config)
                            : cn__json_object("keras", "Sequential", json_incref(config));
    if (status == CN_OK && !*out) status = cn__fail_memory(0, "JSON");
    json_decref(config);
    json_decref(w.layers);
    cn__arena_free(&w.arena);
    return status;
}

cn_status cn__model_json(const cn_model *model, json_t **out)
{
    cn__json_begin();
    return model_json(model, out);
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
