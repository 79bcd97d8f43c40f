/* Keras's network as Keras 2 and TensorFlow.js have it: older names of arguments, calls as lists of [layer, call, output, {}], in
 * models within likewise. */
#include <string.h>

#include "data/files/json.h"
#include "formats/keras/keras_objects.h"
#include "formats/tfjs/tfjs.h"
#include "model/model.h"

/* What TensorFlow.js calls otherwise than Keras 3 does, as in Keras 2. */
static const struct {
    const char *class_name, *key, *name;
} renamed[] = {{"InputLayer", "batch_shape", "batch_input_shape"}, {"LeakyReLU", "negative_slope", "alpha"}};

/* Arguments that Keras 2 has not. */
static const char *const newer[] = {"rms_scaling", "synchronized"};

/* Classes by names that both Keras 2 and TensorFlow.js have; nested objects have no module. Of LeCun's initializers the two have
 * different names, and the same scaling of variance. */
static void rename_object(json_t *object)
{
    static const struct {
        const char *keras, *here, *distribution; /* of a VarianceScaling */
    } names[] = {{"L1", "L1L2", NULL},
                 {"L2", "L1L2", NULL},
                 {"OrthogonalInitializer", "Orthogonal", NULL},
                 {"LecunNormal", "VarianceScaling", "normal"},
                 {"LecunUniform", "VarianceScaling", "uniform"}};
    const char *class_name = json_string_value(json_object_get(object, "class_name"));
    if (!class_name) return;
    json_object_del(object, "module");
    json_object_del(object, "registered_name");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].keras, class_name) != 0) continue;
        cn__json_set(object, "class_name", json_string(names[i].here));
        if (names[i].distribution)
            cn__json_set(object, "config",
                         json_pack("{s:f, s:s, s:s}", "scale", 1.0, "mode", "fan_in", "distribution",
                                   names[i].distribution));
        return;
    }
}

static cn_status rename_layer(json_t *layer)
{
    json_t *config = json_object_get(layer, "config"), *item;
    const char *class_name = json_string_value(json_object_get(layer, "class_name")), *key;
    const char *name = json_string_value(json_object_get(config, "name"));
    CN_TRY(cn__tfjs_check_layer(class_name, name ? name : "", config));
    json_object_del(layer, "module");
    json_object_del(layer, "registered_name");
    if (json_object_get(config, "dtype")) cn__json_set(config, "dtype", json_string("float32"));
    json_object_foreach(config, key, item) rename_object(item);
    const char *activation = json_string_value(json_object_get(config, "activation"));
    if (activation && strcmp(activation, "silu") == 0)
        cn__json_set(config, "activation", json_string("swish"));
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++) {
        if (strcmp(renamed[i].class_name, class_name) != 0) continue;
        cn__json_set(config, renamed[i].name, json_incref(json_object_get(config, renamed[i].key)));
        json_object_del(config, renamed[i].key);
    }
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++) json_object_del(config, newer[i]);
    return CN_OK;
}

/* ---- calls ------------------------------------------------------------------------------------------------ */

static bool is_network(const json_t *layer)
{
    return json_is_array(json_object_get(json_object_get(layer, "config"), "layers"));
}

/* Calls of a model within are numbered from 1: number 0 is what the model itself is. */
static json_int_t first_call(const json_t *layers, const char *name)
{
    size_t i;
    const json_t *layer;
    json_array_foreach((json_t *)layers, i, layer)
    {
        const char *is = json_string_value(json_object_get(json_object_get(layer, "config"), "name"));
        if (is && name && strcmp(is, name) == 0) return is_network(layer);
    }
    return 0;
}

/* [layer, call, output] as it is numbered there. */
static json_t *numbered(const json_t *layers, const json_t *history)
{
    const char *name = json_string_value(json_array_get(history, 0));
    return json_pack("[s, I, I]", name ? name : "",
                     json_integer_value(json_array_get(history, 1)) + first_call(layers, name),
                     json_integer_value(json_array_get(history, 2)));
}

/* The tensors of a call's arguments, which may be lists, one behind the other. */
static void add_tensors(const json_t *layers, const json_t *argument, json_t *out)
{
    const json_t *history = json_object_get(json_object_get(argument, "config"), "keras_history");
    size_t i;
    json_t *item;
    if (history) {
        json_t *tensor = numbered(layers, history);
        cn__json_append(tensor, json_object());
        cn__json_append(out, tensor);
        return;
    }
    json_array_foreach((json_t *)argument, i, item) add_tensors(layers, item, out);
}

static void convert_calls(const json_t *layers, json_t *layer)
{
    size_t i;
    const json_t *call, *all = json_object_get(layer, "inbound_nodes");
    if (!all) return; /* of a line of layers */
    json_t *calls = json_array();
    json_array_foreach((json_t *)all, i, call)
    {
        json_t *tensors = json_array();
        add_tensors(layers, json_object_get(call, "args"), tensors);
        cn__json_append(calls, tensors);
    }
    cn__json_set(layer, "inbound_nodes", calls);
}

/* Inputs and outputs: one tensor is a list of one, too. */
static void convert_ends(json_t *config, const char *key)
{
    const json_t *ends = json_object_get(config, key), *layers = json_object_get(config, "layers"), *end;
    size_t i;
    if (!ends) return;
    json_t *list = json_array();
    if (!json_is_array(json_array_get(ends, 0))) cn__json_append(list, numbered(layers, ends));
    else json_array_foreach((json_t *)ends, i, end) cn__json_append(list, numbered(layers, end));
    cn__json_set(config, key, list);
}

/* ---- the network -------------------------------------------------------------------------------------------- */

static cn_status convert_network(json_t *network)
{
    size_t i;
    json_t *layer, *config = json_object_get(network, "config");
    json_object_del(network, "module");
    json_object_del(network, "registered_name");
    json_object_del(network, "build_config");
    json_object_del(config, "dtype");
    convert_ends(config, "input_layers");
    convert_ends(config, "output_layers");
    json_array_foreach(json_object_get(config, "layers"), i, layer)
    {
        convert_calls(json_object_get(config, "layers"), layer);
        CN_TRY(is_network(layer) ? convert_network(layer) : rename_layer(layer));
    }
    return CN_OK;
}

cn_status cn__tfjs_topology(const cn_model *model, json_t **out)
{
    json_t *root;
    *out = NULL;
    CN_TRY(cn__model_json(model, &root));
    cn_status status = convert_network(root);
    if (status == CN_OK) {
        *out = json_pack("{s:s, s:s, s:O}", "keras_version", "2.15.0", "backend", "tensorflow",
                         "model_config", root);
        if (!*out) status = cn__fail_memory(0, "JSON");
    }
    json_decref(root);
    return status;
}
