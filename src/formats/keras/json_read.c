/* Reads an architecture from Keras's JSON: each layer's class and config become a call of the notation, so
 * that names, arguments, defaults and their messages are the same as everywhere. Whatever is in the file
 * is either used, known to change nothing, or refused by its name. */
#include "cornu/formats.h"

#include <string.h>

#include "base/text/text.h"
#include "data/files/json.h"
#include "formats/keras/keras_objects.h"
#include "model/graph.h"
#include "model/nested.h"

typedef struct reader {
    cn__arena arena;
    cn_model *model;
} reader;

/* Config keys that may only be null or false here, by layer (NULL: any). */
static const struct {
    const char *layer, *key;
} off_keys[] = {
    {"InputLayer", "sparse"},
    {"InputLayer", "ragged"},
    {"InputLayer", "optional"},
    {"InputLayer", "batch_size"},
    {"BatchNormalization", "renorm"},
    {"BatchNormalization", "virtual_batch_size"},
    {NULL, "quantization_config"},
    {NULL, "lora_rank"},
    {NULL, "autocast"},
};

/* Config keys that are read elsewhere or say nothing. */
static const char *const silent_keys[] = {
    "dtype",       "batch_shape",     "batch_input_shape", "input_shape", "input_dim",
    "batch_dtype", "renorm_clipping", "renorm_momentum", /* these two count where renorm does */
};

/* Arguments that Keras 2 calls otherwise. */
static const struct {
    const char *layer, *key, *name;
} renamed_keys[] = {{"LeakyReLU", "alpha", "negative_slope"}};

/* What may stand beside class_name and config. */
static const char *const object_keys[] = {"class_name",      "config",         "module", "registered_name",
                                          "build_config",    "compile_config", "name",   "inbound_nodes",
                                          "shared_object_id"};

/* Where a shape may be written: with the number of samples first, and without it. */
static const char *const batch_shape_keys[] = {"batch_shape", "batch_input_shape"};
static const char *const sample_shape_keys[] = {"shape", "input_shape", "input_dim"};

#define COUNT(table) (sizeof table / sizeof *table)

static bool contains(const char *const *words, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0) return true;
    return false;
}

static bool is_input(const char *class_name)
{
    return strcmp(class_name, "InputLayer") == 0 || strcmp(class_name, "Input") == 0;
}

static bool is_model(const char *class_name)
{
    static const char *const models[] = {"Sequential", "Functional", "Model"};
    return contains(models, COUNT(models), class_name);
}

static bool is_off_key(const char *class_name, const char *key)
{
    for (size_t i = 0; i < COUNT(off_keys); i++)
        if (strcmp(off_keys[i].key, key) == 0 &&
            (!off_keys[i].layer || strcmp(off_keys[i].layer, class_name) == 0))
            return true;
    return false;
}

static cn_status check_off(const char *key, const json_t *json)
{
    if (cn__json_lacks(json) || json_is_false(json)) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "\"%.60s\" is not supported; it must be null or false", key);
}

/* ---- shapes ------------------------------------------------------------------------------------------ */

/* The sizes of `json` from entry `first` on, as a LIST. A single number is a list of one. */
static cn_status read_shape(reader *r, const char *key, const json_t *json, size_t first, cn__value *out)
{
    cn__value *all = cn__arena_alloc(&r->arena, sizeof *all);
    if (!all) return CN_ERROR_MEMORY;
    if (cn__value_from_json(&r->arena, json, all) != CN_OK) return cn__fail_in("\"%s\"", key);
    bool single = all->kind == CN_VALUE_INT && first == 0;
    if (!single && (all->kind != CN_VALUE_LIST || all->count < first))
        return cn__fail(CN_ERROR_FORMAT, "\"%s\" must be a list of sizes%s", key,
                        first ? ", null first" : "");
    *out = (cn__value){.kind = CN_VALUE_LIST,
                       .items = single ? all : all->items + first,
                       .count = single ? 1 : all->count - first};
    for (size_t i = 0; i < out->count; i++) {
        if (out->items[i].kind == CN_VALUE_INT && out->items[i].integer > 0) continue;
        const char *text = cn__value_text(&r->arena, &out->items[i]);
        return text ? cn__fail(CN_ERROR_FORMAT, "\"%s\" has %s where a size over 0 is needed", key, text)
                    : CN_ERROR_MEMORY;
    }
    return CN_OK;
}

/* The shape that `object` gives for samples, into *out; *found says whether it gives one. */
static cn_status find_shape(reader *r, const json_t *object, cn__value *out, bool *found)
{
    const json_t *json;
    *found = true;
    for (size_t i = 0; i < COUNT(batch_shape_keys); i++)
        if (!cn__json_lacks(json = json_object_get(object, batch_shape_keys[i])))
            return read_shape(r, batch_shape_keys[i], json, 1, out);
    for (size_t i = 0; i < COUNT(sample_shape_keys); i++)
        if (!cn__json_lacks(json = json_object_get(object, sample_shape_keys[i])))
            return read_shape(r, sample_shape_keys[i], json, 0, out);
    *found = false;
    return CN_OK;
}

/* ---- layers ------------------------------------------------------------------------------------------ */

/* The layer that a call of the notation makes. */
static cn_status new_layer(reader *r, const cn__value *call, cn_layer **out)
{
    const char *text = cn__value_text(&r->arena, call);
    *out = text ? cn_layer_new(text) : NULL;
    return *out ? CN_OK : text ? cn_error_status() : CN_ERROR_MEMORY;
}

/* Input(shape), if `object` gives one; else NULL. */
static cn_status make_input(reader *r, const json_t *object, const json_t *name, cn_layer **out)
{
    cn__value call, shape;
    bool found;
    *out = NULL;
    CN_TRY(find_shape(r, object, &shape, &found));
    if (!found) return CN_OK;
    CN_TRY(cn__call_new(&r->arena, "Input", 2, &call));
    call.items[0] = shape;
    call.names[0] = "shape";
    call.count = 1;
    if (json_is_string(name)) CN_TRY(cn__call_add_json(&r->arena, &call, "name", name));
    return new_layer(r, &call, out);
}

/* The same, added to the model. */
static cn_status add_input(reader *r, const json_t *object)
{
    cn_layer *layer;
    CN_TRY(make_input(r, object, NULL, &layer));
    return layer ? cn_model_add(r->model, layer) : CN_OK;
}

static cn_status make_input_layer(reader *r, const json_t *layer, cn_layer **out)
{
    static const char *const known[] = {"name", "shape", "trainable"};
    json_t *config = json_object_get(layer, "config"), *item;
    const char *key;
    CN_TRY(cn__check_json_dtype(json_object_get(config, "dtype")));
    json_object_foreach(config, key, item)
    {
        if (contains(silent_keys, COUNT(silent_keys), key) || contains(known, COUNT(known), key)) continue;
        if (!is_off_key("InputLayer", key))
            return cn__fail(CN_ERROR_ARGUMENT, "unknown argument \"%.60s\"", key);
        CN_TRY(check_off(key, item));
    }
    CN_TRY(make_input(r, config, json_object_get(config, "name"), out));
    return *out ? CN_OK : cn__fail(CN_ERROR_FORMAT, "it needs \"batch_shape\", as in [null, 784]");
}

static const char *name_of(const char *class_name, const char *key)
{
    for (size_t i = 0; i < COUNT(renamed_keys); i++)
        if (strcmp(renamed_keys[i].layer, class_name) == 0 && strcmp(renamed_keys[i].key, key) == 0)
            return renamed_keys[i].name;
    return key;
}

static bool takes(const char *class_name, const char *argument)
{
    for (const cn__layer_kind *const *k = cn__layer_kinds(); *k; k++)
        for (size_t i = 0; strcmp((*k)->class_name, class_name) == 0 && i < (*k)->param_count; i++)
            if (strcmp((*k)->params[i].name, argument) == 0) return true;
    return false;
}

/* What Keras 2 writes for layers that have no such argument. */
static bool says_nothing(const char *class_name, const char *key, const json_t *item)
{
    const bool none = strcmp(key, "activity_regularizer") == 0 && json_is_null(item),
               one = strcmp(key, "groups") == 0 && json_is_integer(item) && json_integer_value(item) == 1;
    return (none || one) && !takes(class_name, key);
}

static cn_status read_config(reader *r, const char *class_name, json_t *config, cn__value *call)
{
    const char *key;
    json_t *item;
    CN_TRY(cn__check_json_dtype(json_object_get(config, "dtype")));
    json_object_foreach(config, key, item)
    {
        if (contains(silent_keys, COUNT(silent_keys), key)) continue;
        if (is_off_key(class_name, key)) CN_TRY(check_off(key, item));
        else if (says_nothing(class_name, key, item)) continue;
        else CN_TRY(cn__call_add_json(&r->arena, call, name_of(class_name, key), item));
    }
    return CN_OK;
}

static cn_status check_object(json_t *layer, const char *class_name)
{
    const char *registered = json_string_value(json_object_get(layer, "registered_name")), *key;
    json_t *config = json_object_get(layer, "config"), *item;
    CN_TRY(cn__check_json_module(layer));
    if (registered && strcmp(registered, class_name) != 0)
        return cn__fail(CN_ERROR_ARGUMENT, "%.80s is a custom class; only Keras's layers are known",
                        registered);
    if (config && !json_is_object(config)) return cn__fail(CN_ERROR_FORMAT, "\"config\" must be an object");
    json_object_foreach(layer, key, item)
    {
        if (!contains(object_keys, COUNT(object_keys), key))
            return cn__fail(CN_ERROR_FORMAT, "unknown key \"%.60s\"; arguments go into \"config\"", key);
    }
    return CN_OK;
}

/* Python code in a file is never run. */
static cn_status fail_unknown(const char *class_name)
{
    size_t count = 0;
    while (cn__layer_names()[count]) count++;
    (void)cn__fail_word(CN_ERROR_ARGUMENT, "layer", class_name, cn__layer_names(), count);
    if (strcmp(class_name, "Lambda") != 0) return cn_error_status();
    return cn__fail_in("it holds Python code, which is never run");
}

static cn_status check_known(const char *class_name)
{
    if (is_input(class_name) || is_model(class_name)) return CN_OK;
    for (size_t i = 0; cn__layer_names()[i]; i++)
        if (cn__same_name(class_name, cn__layer_names()[i])) return CN_OK;
    return fail_unknown(class_name);
}

static cn_status make_model(const json_t *layer, cn_layer **out)
{
    cn_model *model = cn__model_from_json(layer);
    if (!model) return cn_error_status();
    *out = cn__layer_of_model(model);
    cn_model_free(model); /* the layer keeps it */
    return *out ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status make_layer(reader *r, json_t *layer, const char *class_name, cn_layer **out)
{
    json_t *config = json_object_get(layer, "config");
    cn__value call;
    CN_TRY(check_object(layer, class_name));
    if (is_model(class_name)) return make_model(layer, out);
    if (is_input(class_name)) return make_input_layer(r, layer, out);
    CN_TRY(cn__call_new(&r->arena, class_name, json_object_size(config), &call));
    CN_TRY(read_config(r, class_name, config, &call));
    return new_layer(r, &call, out);
}

static cn_status find_class(const json_t *layer, size_t index, const char **out)
{
    *out = json_string_value(json_object_get(layer, "class_name"));
    return *out ? CN_OK : cn__fail(CN_ERROR_FORMAT, "layer %zu has no \"class_name\"", index + 1);
}

cn_status cn__layer_from_json(cn__arena *arena, json_t *layer, size_t index, cn_layer **out)
{
    reader r = {.arena = *arena};
    const char *class_name;
    *out = NULL;
    CN_TRY(find_class(layer, index, &class_name));
    const cn_status status = make_layer(&r, layer, class_name, out);
    *arena = r.arena;
    return status == CN_OK ? CN_OK : cn__fail_in("layer %zu (%.60s)", index + 1, class_name);
}

/* The first layer may bring the shape of its input. */
static cn_status add_layer(reader *r, json_t *json, const char *class_name, bool first)
{
    cn_layer *layer = NULL;
    if (first && !is_input(class_name)) CN_TRY(add_input(r, json_object_get(json, "config")));
    CN_TRY(make_layer(r, json, class_name, &layer));
    return cn_model_add(r->model, layer);
}

/* Classes are looked up before arguments and shapes are read, which may be anything where a class is not known. */
static cn_status check_classes(const json_t *layers)
{
    for (size_t i = 0; i < json_array_size(layers); i++) {
        const char *class_name = json_string_value(json_object_get(json_array_get(layers, i), "class_name"));
        if (!class_name) return cn__fail(CN_ERROR_FORMAT, "layer %zu has no \"class_name\"", i + 1);
        if (check_known(class_name) != CN_OK) return cn__fail_in("layer %zu (%.60s)", i + 1, class_name);
    }
    return CN_OK;
}

static cn_status add_layers(reader *r, const json_t *layers)
{
    for (size_t i = 0; i < json_array_size(layers); i++) {
        json_t *layer = json_array_get(layers, i);
        const char *class_name = json_string_value(json_object_get(layer, "class_name"));
        if (add_layer(r, layer, class_name, i == 0) != CN_OK)
            return cn__fail_in("layer %zu (%.60s)", i + 1, class_name);
    }
    return CN_OK;
}

/* ---- the model --------------------------------------------------------------------------------------- */

/* Older files and hand-written ones give the input's shape beside the layers; that of a layer goes first. */
static cn_status add_outer_input(reader *r, const json_t *holder, const json_t *layers)
{
    const json_t *first = json_array_get(layers, 0), *built = json_object_get(holder, "build_input_shape");
    const char *class_name = json_string_value(json_object_get(first, "class_name"));
    cn__value shape;
    bool found = class_name && is_input(class_name);
    if (!found) CN_TRY(find_shape(r, json_object_get(first, "config"), &shape, &found));
    if (found) return CN_OK;
    if (!json_is_array(built)) return add_input(r, holder);
    json_t *as_batch = json_pack("{s:O}", "batch_shape", built);
    if (!as_batch) return cn__fail_memory(0, "a shape");
    cn_status status = add_input(r, as_batch);
    json_decref(as_batch);
    return status;
}

/* What holds the layers: the config of {"class_name": "Sequential", "config": {…}}, or the root itself. */
static cn_status find_layers(const json_t *root, const json_t **holder, const json_t **layers)
{
    const char *class_name = json_string_value(json_object_get(root, "class_name"));
    if (!json_is_object(root)) return cn__fail(CN_ERROR_FORMAT, "it is no JSON object");
    if (class_name && !is_model(class_name))
        return cn__fail(CN_ERROR_FORMAT, "it holds a %.60s; expected a Sequential or a Functional model",
                        class_name);
    *holder = class_name ? json_object_get(root, "config") : root;
    *layers = json_is_array(*holder) ? *holder : json_object_get(*holder, "layers");
    if (!json_is_array(*layers))
        return cn__fail(CN_ERROR_FORMAT,
                        "it has no list of layers; expected {\"class_name\": \"Sequential\", "
                        "\"config\": {\"layers\": [...]}}");
    return CN_OK;
}

static bool is_graph(const json_t *root)
{
    const char *class_name = json_string_value(json_object_get(root, "class_name"));
    return class_name && strcmp(class_name, "Sequential") != 0;
}

/* In a Functional model that is frozen nothing is trained; of a Sequential one Keras reads what its layers say, and so its
 * own word is kept, to be written again, only where they say the same. */
static void freeze(cn_model *model, bool graph)
{
    bool trained = false;
    for (size_t i = 0; i < model->layer_count; i++) trained = trained || model->layers[i]->layer->trainable;
    if (graph) cn_model_set_trainable(model, false);
    else model->frozen = !trained;
}

static cn_status read_model(reader *r, const json_t *root)
{
    const json_t *holder = NULL, *layers = NULL;
    CN_TRY(find_layers(root, &holder, &layers));
    CN_TRY(check_classes(layers));
    CN_TRY(cn__check_json_dtype(json_object_get(holder, "dtype")));
    const bool graph = is_graph(root);
    r->model = graph ? cn__graph_from_json(holder)
                     : cn_model_new(json_string_value(json_object_get(holder, "name")));
    if (!r->model) return cn_error_status();
    if (!graph) CN_TRY(add_outer_input(r, holder, layers));
    if (!graph) CN_TRY(add_layers(r, layers));
    if (json_is_false(json_object_get(holder, "trainable"))) freeze(r->model, graph);
    return CN_OK;
}

/* The name of a function: itself, or in an object. */
static const char *function_name(const json_t *json)
{
    return json_string_value(json_is_object(json) ? json_object_get(json, "config") : json);
}

/* Keras 1 has other names for everything; its first versions did not write which they were. */
static cn_status refuse_first_keras(const json_t *layers, const char *version)
{
    bool first = version && strncmp(version, "1.", 2) == 0;
    for (size_t i = 0; !version && i < json_array_size(layers); i++) {
        const json_t *layer = json_array_get(layers, i);
        first |= json_object_get(json_object_get(layer, "config"), "output_dim") &&
                 !json_object_get(layer, "module"); /* which Keras 3 writes, of an Embedding too */
    }
    if (!first) return CN_OK;
    return cn__fail(
        CN_ERROR_FORMAT,
        "it is a file of Keras 1%s%.20s%s, which is not read, nor by Keras 3; Keras 2.0 to 2.3 can load it "
        "and save one that is",
        version ? " (keras_version " : "", version ? version : "", version ? ")" : "");
}

cn_status cn__check_json_version(const json_t *root, const char *version)
{
    const json_t *config = json_object_get(root, "config"),
                 *layers = json_is_array(config) ? config : json_object_get(config, "layers");
    CN_TRY(refuse_first_keras(layers, version));
    for (size_t i = 0; version && strncmp(version, "2.", 2) == 0 && i < json_array_size(layers); i++) {
        const json_t *object = json_array_get(layers, i), *layer = json_object_get(object, "config");
        const char *activation = function_name(json_object_get(layer, "activation"));
        if (cn__check_json_version(object, version) != CN_OK) return cn__fail_in("layer %zu", i + 1);
        if (activation && strcmp(activation, "hard_sigmoid") == 0)
            return cn__fail(
                CN_ERROR_ARGUMENT,
                "layer %zu: hard_sigmoid of Keras %.20s is 0.2x + 0.5 within 0 and 1, which is not "
                "supported; that of Keras 3, x/6 + 0.5, is",
                i + 1, version);
    }
    return CN_OK;
}

cn_model *cn__model_from_json(const json_t *root)
{
    reader r = {0};
    cn_status status = read_model(&r, root);
    cn__arena_free(&r.arena);
    if (status == CN_OK) return r.model;
    cn_model_free(r.model);
    return NULL;
}

cn_model *cn__model_from_root(const json_t *root)
{
    const char *version = json_string_value(json_object_get(root, "keras_version"));
    return cn__check_json_version(root, version) == CN_OK ? cn__model_from_json(root) : NULL;
}

cn_model *cn_model_from_json(const char *json)
{
    json_t *root;
    if (cn__json_parse(json, &root) != CN_OK) return NULL;
    cn_model *model = cn__model_from_root(root);
    json_decref(root);
    return model;
}
