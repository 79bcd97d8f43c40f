/* Functional models of Keras that are the same as a Sequential one: one input, one output, and each layer takes what the
 * layer before it in the file gives. Keras 3 writes where a layer stands as
 *     [{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["dense", 0, 0]}}], "kwargs": {}}]
 * and Keras 2 as [[["dense", 0, 0, {}]]]. */
#include <string.h>

#include "formats/keras_objects.h"

static const char *name_of(const json_t *layer)
{
    const char *name = json_string_value(json_object_get(json_object_get(layer, "config"), "name"));
    if (!name) name = json_string_value(json_object_get(layer, "name"));
    return name ? name : "";
}

/* What a layer was called with beside its input; what Keras 3 writes for `training` says nothing, as it never counts. */
static cn_status check_arguments(const json_t *arguments, bool training_counts)
{
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)arguments, key, item)
    {
        if (json_is_null(item) || (!training_counts && strcmp(key, "training") == 0)) continue;
        return cn__fail(CN_ERROR_ARGUMENT, "it is called with %.60s, which is not supported", key);
    }
    return CN_OK;
}

/* The name of the layer that a call takes its one value from. */
static cn_status read_call(const json_t *call, const char **from)
{
    const json_t *args = json_is_object(call) ? json_object_get(call, "args") : call,
                 *arg = json_array_get(args, 0);
    if (json_array_size(args) != 1 || (json_is_object(call) && !json_is_object(arg)))
        return cn__fail(CN_ERROR_ARGUMENT, "it takes several values; only a chain of layers is read");
    const json_t *history =
        json_is_object(arg) ? json_object_get(json_object_get(arg, "config"), "keras_history") : arg;
    *from = json_string_value(json_array_get(history, 0));
    if (!*from) return cn__fail(CN_ERROR_FORMAT, "\"inbound_nodes\" does not say what it takes");
    return json_is_object(call) ? check_arguments(json_object_get(call, "kwargs"), false)
                                : check_arguments(json_array_get(history, 3), true);
}

static cn_status check_link(const json_t *layer, const json_t *before)
{
    const json_t *nodes = json_object_get(layer, "inbound_nodes");
    const char *from = "";
    if (json_array_size(nodes) != (before ? 1 : 0))
        return cn__fail(CN_ERROR_ARGUMENT,
                        "it is called %zu times, expected %s; only a chain of layers is read",
                        json_array_size(nodes), before ? "once" : "an input first");
    if (!before) return CN_OK;
    CN_TRY(read_call(json_array_get(nodes, 0), &from));
    if (strcmp(from, name_of(before)) == 0) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "it takes what %.60s gives, not %.60s; only a chain of layers is read",
                    from, name_of(before));
}

/* Is this ["dense", 0, 0], or a list or map of that alone, with this layer's name? */
static bool is_end(const json_t *json, const json_t *layer)
{
    if (json_is_object(json) && json_object_size(json) == 1)
        json = json_object_iter_value(json_object_iter((json_t *)json));
    if (json_is_array(json_array_get(json, 0)))
        json = json_array_size(json) == 1 ? json_array_get(json, 0) : NULL;
    const char *name = json_string_value(json_array_get(json, 0));
    return name && strcmp(name, name_of(layer)) == 0;
}

cn_status cn__check_json_chain(const json_t *config)
{
    const json_t *layers = json_object_get(config, "layers"), *before = NULL;
    const size_t count = json_array_size(layers);
    for (size_t i = 0; i < count; before = json_array_get(layers, i++))
        if (check_link(json_array_get(layers, i), before) != CN_OK)
            return cn__fail_in("layer %zu (%.60s)", i + 1, name_of(json_array_get(layers, i)));
    if (count && is_end(json_object_get(config, "input_layers"), json_array_get(layers, 0)) &&
        is_end(json_object_get(config, "output_layers"), json_array_get(layers, count - 1)))
        return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT,
                    "this Functional model is no chain of layers from one input to one output");
}
