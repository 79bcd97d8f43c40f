/* Functional models of Keras: layers by name, and for each of their calls what it takes. Keras 3 writes a call as
 *     {"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["dense", 0, 0]}}], "kwargs": {}}
 * where a layer of several inputs has a list of such tensors as its argument, and Keras 2 as [["dense", 0, 0, {}], …]. A
 * history is a layer's name, the number of its call, and which of its outputs. */
#include <string.h>

#include "formats/keras/keras_objects.h"
#include "model/model.h"

typedef struct entry {
    const char *name;
    const json_t *calls; /* "inbound_nodes" */
    size_t first_call;   /* how the first of them is numbered */
    size_t first_end;    /* the same in "output_layers" */
    cn_layer *layer;     /* NULL once a graph has it */
    cn_tensor **tensors; /* what its calls gave, in order */
    size_t made;
    cn__graph *graph; /* that they are of, when a model was made */
} entry;

typedef struct graph_reader {
    cn__arena arena;
    entry *entries;
    size_t count;
    cn__graph **end_graphs; /* those of inputs and outputs, which a model has taken */
    size_t end_count;
} graph_reader;

static const char *name_of(const json_t *layer)
{
    const char *name = json_string_value(json_object_get(layer, "name"));
    if (!name) name = json_string_value(json_object_get(json_object_get(layer, "config"), "name"));
    return name ? name : "";
}

/* ---- calls ------------------------------------------------------------------------------------------------ */

/* null, or for several inputs a list of such. */
static bool is_none(const json_t *json)
{
    for (size_t i = 0; i < json_array_size(json); i++)
        if (!json_is_null(json_array_get(json, i))) return false;
    return json_is_null(json) || json_is_array(json);
}

/* What a layer was called with beside its inputs; what Keras 3 writes for `training` says nothing, as it never counts. */
static cn_status check_arguments(const json_t *arguments, bool training_counts)
{
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)arguments, key, item)
    {
        if (is_none(item) || (!training_counts && strcmp(key, "training") == 0)) continue;
        return cn__fail(CN_ERROR_ARGUMENT, "it is called with %.60s, which is not supported", key);
    }
    return CN_OK;
}

/* The list of tensors that a call takes. */
static const json_t *inputs_of(const json_t *call)
{
    if (!json_is_object(call)) return call;
    const json_t *args = json_object_get(call, "args"), *first = json_array_get(args, 0);
    return json_array_size(args) == 1 && json_is_array(first) ? first : args;
}

static cn_status read_history(const json_t *tensor, const char **name, size_t *call, size_t *output)
{
    const json_t *history =
        json_is_object(tensor) ? json_object_get(json_object_get(tensor, "config"), "keras_history") : tensor;
    *name = json_string_value(json_array_get(history, 0));
    const json_t *number = json_array_get(history, 1), *which = json_array_get(history, 2);
    if (!*name || !json_is_integer(number) || json_integer_value(number) < 0 || json_integer_value(which) < 0)
        return cn__fail(CN_ERROR_FORMAT, "\"inbound_nodes\" does not say what it takes");
    *call = (size_t)json_integer_value(number);
    *output = (size_t)json_integer_value(which);
    return json_is_object(tensor) ? CN_OK : check_arguments(json_array_get(history, 3), true);
}

static entry *find(const graph_reader *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->entries[i].name, name) == 0) return &r->entries[i];
    return NULL;
}

/* The place of call number `number` among the layer's calls, as other calls or (end) the model's ends name it. */
static size_t place_of(const entry *e, size_t number, size_t calls, bool end)
{
    if (end && number == 0 && e->first_end > e->first_call) return calls - 1; /* as Keras reads it */
    const size_t first = end ? e->first_end : e->first_call;
    return number < first ? calls : number - first;
}

/* The tensor that a history is of; NULL in *out where it has not been made yet. */
static cn_status find_tensor(const graph_reader *r, const json_t *json, bool end, cn_tensor **out)
{
    const char *name = NULL;
    size_t call = 0, output = 0;
    *out = NULL;
    CN_TRY(read_history(json, &name, &call, &output));
    const entry *e = find(r, name);
    if (!e) return cn__fail(CN_ERROR_FORMAT, "there is no layer %.60s", name);
    const size_t calls = e->calls && json_array_size(e->calls) ? json_array_size(e->calls) : 1;
    const size_t place = place_of(e, call, calls, end);
    if (place >= calls) return cn__fail(CN_ERROR_FORMAT, "layer %.60s has no call %zu", name, call);
    if (place >= e->made) return CN_OK;
    *out = cn_call_output(e->tensors[place], output);
    return *out ? CN_OK : cn_error_status();
}

/* The next call of a layer, if all that it takes is there. */
static cn_status try_call(graph_reader *r, entry *e, bool *done)
{
    const json_t *call = json_array_get(e->calls, e->made), *inputs = inputs_of(call);
    const size_t count = json_array_size(inputs);
    cn_tensor **from = cn__arena_array(&r->arena, count + 1, sizeof *from);
    if (!from) return CN_ERROR_MEMORY;
    *done = false;
    if (!count) return cn__fail(CN_ERROR_FORMAT, "\"inbound_nodes\" does not say what it takes");
    for (size_t i = 0; i < count; i++) {
        CN_TRY(find_tensor(r, json_array_get(inputs, i), false, &from[i]));
        if (!from[i]) return CN_OK;
    }
    if (json_is_object(call)) CN_TRY(check_arguments(json_object_get(call, "kwargs"), false));
    cn_layer *layer = e->layer;
    if (e->made == 0) e->layer = NULL; /* its first call takes it over, also when it fails */
    else layer = e->tensors[0]->layer;
    e->tensors[e->made] = cn_call_on(layer, from, count);
    if (!e->tensors[e->made]) return cn_error_status();
    e->made++;
    *done = true;
    return CN_OK;
}

/* Files list layers in any order that has each before the last call that reads it: rounds, until nothing more comes. */
static cn_status make_calls(graph_reader *r)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < r->count; i++) {
            entry *e = &r->entries[i];
            for (bool done = true; done && e->made < json_array_size(e->calls);) {
                if (try_call(r, e, &done) != CN_OK) return cn__fail_in("layer %zu (%.60s)", i + 1, e->name);
                more |= done;
            }
        }
    }
    for (size_t i = 0; i < r->count; i++)
        if (r->entries[i].made < json_array_size(r->entries[i].calls))
            return cn__fail(CN_ERROR_FORMAT, "layer %zu (%.60s): what it takes is never made", i + 1,
                            r->entries[i].name);
    return CN_OK;
}

/* ---- layers ------------------------------------------------------------------------------------------------- */

/* Keras 2, whose calls are lists, numbers those of a model with Input layers from 1: number 0 is what the model itself is. */
static size_t first_call(const json_t *layer)
{
    const json_t *inner = json_object_get(json_object_get(layer, "config"), "layers"),
                 *call = json_array_get(json_object_get(layer, "inbound_nodes"), 0);
    const char *first = json_string_value(json_object_get(json_array_get(inner, 0), "class_name"));
    return first && strcmp(first, "InputLayer") == 0 && json_is_array(call) ? 1 : 0;
}

/* Keras 3 does so where a model's own outputs are named, and nowhere else. */
static size_t first_end(const json_t *layer)
{
    const bool is_graph = json_object_get(json_object_get(layer, "config"), "input_layers") != NULL;
    return is_graph && json_is_object(json_array_get(json_object_get(layer, "inbound_nodes"), 0))
               ? 1
               : first_call(layer);
}

static cn_status read_layer(graph_reader *r, json_t *json, size_t index)
{
    entry *e = &r->entries[r->count];
    *e = (entry){.name = name_of(json),
                 .calls = json_object_get(json, "inbound_nodes"),
                 .first_call = first_call(json),
                 .first_end = first_end(json)};
    if (find(r, e->name)) return cn__fail(CN_ERROR_FORMAT, "two layers are named '%.60s'", e->name);
    e->tensors = cn__arena_array(&r->arena, json_array_size(e->calls) + 1, sizeof *e->tensors);
    if (!e->tensors) return CN_ERROR_MEMORY;
    CN_TRY(cn__layer_from_json(&r->arena, json, index, &e->layer));
    r->count++;
    if (!e->layer->layer->kind->is_input) return CN_OK;
    cn_layer *input = e->layer;
    e->layer = NULL;
    e->tensors[0] = cn_tensor_input_layer(input);
    if (!e->tensors[0]) return cn_error_status();
    e->made = 1;
    return CN_OK;
}

static cn_status read_layers(graph_reader *r, const json_t *layers)
{
    const size_t count = json_array_size(layers);
    r->entries = cn__arena_array(&r->arena, count + 1, sizeof *r->entries);
    if (!r->entries) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) CN_TRY(read_layer(r, json_array_get(layers, i), i));
    return CN_OK;
}

static bool is_end(const json_t *json) { return json_is_string(json_array_get(json, 0)); }

static size_t count_ends(const json_t *json)
{
    size_t count = 0, i;
    const char *key;
    json_t *item;
    if (is_end(json)) return 1;
    json_array_foreach(json, i, item) count += count_ends(item);
    json_object_foreach((json_t *)json, key, item) count += count_ends(item);
    return count;
}

static cn_status collect_ends(graph_reader *r, const json_t *json, const char *what, cn_tensor **out,
                              size_t *count)
{
    size_t i;
    const char *key;
    json_t *item;
    if (is_end(json)) {
        if (find_tensor(r, json, true, &out[*count]) != CN_OK) return cn__fail_in("\"%s\"", what);
        return out[(*count)++] ? CN_OK : cn__fail(CN_ERROR_FORMAT, "\"%s\": nothing makes it", what);
    }
    if (!json_is_array(json) && !json_is_object(json))
        return cn__fail(CN_ERROR_FORMAT, "\"%s\" holds what is no [\"layer\", 0, 0]", what);
    json_array_foreach(json, i, item) CN_TRY(collect_ends(r, item, what, out, count));
    json_object_foreach((json_t *)json, key, item) CN_TRY(collect_ends(r, item, what, out, count));
    return CN_OK;
}

/* ["dense", 0, 0], or lists and maps of such, in one another: the tensors, in order. */
static cn_status read_ends(graph_reader *r, const json_t *json, const char *what, cn_tensor ***out,
                           size_t *count)
{
    *count = 0;
    *out = cn__arena_array(&r->arena, count_ends(json) + 1, sizeof **out);
    if (!*out) return CN_ERROR_MEMORY;
    if (json) CN_TRY(collect_ends(r, json, what, *out, count));
    return *count ? CN_OK : cn__fail(CN_ERROR_FORMAT, "\"%s\" is missing or empty", what);
}

/* A model takes the graphs of its inputs and outputs, also when it fails: which those are is known before only. */
static cn_status note_graphs(graph_reader *r, cn_tensor *const *inputs, size_t n, cn_tensor *const *outputs,
                             size_t m)
{
    r->end_graphs = cn__arena_array(&r->arena, n + m, sizeof(cn__graph *));
    if (!r->end_graphs) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < r->count; i++)
        if (r->entries[i].made) r->entries[i].graph = r->entries[i].tensors[0]->graph;
    for (size_t i = 0; i < n + m; i++)
        r->end_graphs[r->end_count++] = (i < n ? inputs[i] : outputs[i - n])->graph;
    return CN_OK;
}

static cn_status read_graph(graph_reader *r, const json_t *config, cn_model **out)
{
    cn_tensor **inputs, **outputs;
    size_t n, m;
    CN_TRY(read_layers(r, json_object_get(config, "layers")));
    CN_TRY(make_calls(r));
    CN_TRY(read_ends(r, json_object_get(config, "input_layers"), "input_layers", &inputs, &n));
    CN_TRY(read_ends(r, json_object_get(config, "output_layers"), "output_layers", &outputs, &m));
    CN_TRY(note_graphs(r, inputs, n, outputs, m));
    *out = cn_model_from_named(json_string_value(json_object_get(config, "name")), inputs, n, outputs, m);
    return *out ? CN_OK : cn_error_status();
}

static bool was_given(const graph_reader *r, const cn__graph *graph)
{
    for (size_t i = 0; i < r->end_count; i++)
        if (r->end_graphs[i] == graph) return true;
    return false;
}

/* Layers and graphs that no model has taken. */
static void release(graph_reader *r)
{
    for (size_t i = 0; i < r->count; i++) {
        entry *e = &r->entries[i];
        cn_layer_free(e->layer);
        if (!e->made) continue;
        const cn__graph *g = r->end_count ? e->graph : e->tensors[0]->graph;
        bool again = was_given(r, g); /* is it the graph of a later one? */
        for (size_t j = i + 1; j < r->count && !again; j++)
            again = r->entries[j].made &&
                    (r->end_count ? r->entries[j].graph : r->entries[j].tensors[0]->graph) == g;
        if (!again) cn_tensor_free(e->tensors[0]);
    }
}

cn_model *cn__graph_from_json(const json_t *config)
{
    graph_reader r = {0};
    cn_model *model = NULL;
    const cn_status status = read_graph(&r, config, &model);
    release(&r);
    cn__arena_free(&r.arena);
    return status == CN_OK ? model : NULL;
}
