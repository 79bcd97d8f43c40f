/* Making a model: adding layers, naming them, and models of graphs. */
#include <stdio.h>
#include <string.h>

#include "base/text/format.h"
#include "base/text/text.h"
#include "model/nested.h"

/* More are no network but a file that was made to take time. */
enum { MOST_LAYERS = 10000 };

/* ---- life ------------------------------------------------------------------------------------------- */

cn_model *cn_model_new(const char *name)
{
    if (name && cn__check_utf8("a model's name", name) != CN_OK) return NULL;
    cn_model *model = cn__calloc(1, sizeof *model);
    if (!model) return NULL;
    model->owners = 1;
    model->named = name != NULL;
    model->name = cn__strdup(name ? name : "sequential");
    if (!model->name) {
        cn_model_free(model);
        return NULL;
    }
    return model;
}

void cn__model_destroy(cn_model *model)
{
    if (model->graph) cn__graph_leave(model->graph, model);
    cn__free(model->layers);
    cn__arena_free(&model->arena);
    cn__arena_free(&model->compile_arena);
    cn__free(model->failure);
    cn__free(model->compile_failure);
    cn__free(model->target_scale);
    cn__free(model->name);
    cn__free(model);
}

void cn_model_free(cn_model *model)
{
    if (!model || --model->owners) return;
    cn__graph *graph = model->graph;
    cn__model_forget_slots(model); /* of variables that another model uses too */
    for (size_t i = 0; !graph && i < model->layer_count; i++) cn_layer_free(model->layers[i]);
    if (!model->within) cn__model_destroy(model);
    if (graph && --graph->owned == 0) cn__graph_free(graph);
}

const char *cn_model_name(const cn_model *model) { return model->name; }
bool cn_model_is_built(const cn_model *model) { return model->built; }
size_t cn_model_layer_count(const cn_model *model) { return model->layer_count; }
const char *cn_model_layer_name(const cn_model *model, size_t i) { return model->layers[i]->layer->name; }

void cn_model_set_seed(cn_model *model, uint64_t seed)
{
    model->seed = seed;
    model->seeded = true;
}

/* Chained calls are looked at once, at the end. */
cn_status cn__model_remember_failure(cn_model *model, cn_status status)
{
    if (model->failed == CN_OK) {
        model->failed = status;
        model->failure = cn__strdup(cn_error());
    }
    return status;
}

/* Its text may have got no memory, as the layer did. */
static const char *failure_of(const cn_model *model)
{
    if (model->failure) return model->failure;
    return model->failed == CN_ERROR_MEMORY ? "out of memory for a layer" : "a layer could not be added";
}

cn_status cn__model_check(const cn_model *model)
{
    if (model->failed != CN_OK) return cn__fail(model->failed, "%s", failure_of(model));
    if (model->layer_count == 0) return cn__fail(CN_ERROR_STATE, "model %s has no layers", model->name);
    return CN_OK;
}

/* ---- names ------------------------------------------------------------------------------------------- */

static cn_layer *find_named(cn_layer *const *layers, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (layers[i]->layer->name && strcmp(layers[i]->layer->name, name) == 0) return layers[i];
    return NULL;
}

static bool is_name_taken(cn_layer *const *layers, size_t count, const char *name)
{
    return find_named(layers, count, name) != NULL;
}

static cn_status rename_model(cn_model *model, const char *name)
{
    char *copy = cn__strdup(name);
    if (!copy) return CN_ERROR_MEMORY;
    cn__free(model->name);
    model->name = copy;
    model->named = true;
    return CN_OK;
}

/* The number in "dense_7", 0 of "dense"; SIZE_MAX where the name is none of base's, or its number is over `most`. */
static size_t number_in(const char *name, const char *base, size_t most)
{
    const size_t size = strlen(base);
    if (!name || strncmp(name, base, size) != 0) return SIZE_MAX;
    if (!name[size]) return 0;
    if (name[size] != '_' || name[size + 1] < '1') return SIZE_MAX; /* nor with leading zeros */
    size_t number = 0;
    for (const char *c = name + size + 1; *c; c++) {
        if (*c < '0' || *c > '9') return SIZE_MAX;
        number = 10 * number + (size_t)(*c - '0');
        if (number > most) return SIZE_MAX;
    }
    return number;
}

/* The least number that no layer's name has behind `base`, in one pass over the layers. */
static cn_status find_number(cn_layer *const *layers, size_t count, const char *base, size_t *out)
{
    bool *taken = cn__calloc(count + 1, sizeof *taken);
    if (!taken) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const size_t number = number_in(layers[i]->layer->name, base, count);
        if (number != SIZE_MAX) taken[number] = true;
    }
    *out = 0;
    while (*out < count && taken[*out]) ++*out;
    cn__free(taken);
    return CN_OK;
}

/* "dense", "dense_1", …: by type, numbered within the model. Keras calls the inputs of a graph input_layer. */
static cn_status name_layer(cn_layer *const *layers, size_t count, cn_layer *layer, bool of_graph)
{
    char base[64], name[96];
    size_t number;
    if (of_graph && layer->layer->kind->is_input) cn__format(base, sizeof base, "input_layer");
    else cn__snake_case(layer->layer->kind->class_name, base, sizeof base);
    CN_TRY(find_number(layers, count, base, &number));
    cn__format(name, sizeof name, number ? "%s_%zu" : "%s", base, number);
    layer->layer->name = cn__arena_strdup(&layer->arena, name);
    if (!layer->layer->name) return CN_ERROR_MEMORY;
    layer->numbered = true;
    return layer->model ? rename_model(layer->model, name) : CN_OK;
}

/* ---- a line of layers --------------------------------------------------------------------------------- */

static cn_status check_addable(const cn_model *model, const cn_layer *layer)
{
    if (model->graph)
        return cn__fail(CN_ERROR_STATE,
                        "model %s is a graph: call layers on its tensors instead of adding them",
                        model->name);
    if (model->layer_count == MOST_LAYERS)
        return cn__fail(CN_ERROR_ARGUMENT, "model %s: more than %d layers", model->name, MOST_LAYERS);
    if (layer->graph)
        return cn__fail(CN_ERROR_STATE, "a layer that was called on a tensor cannot be added to model %s",
                        model->name);
    if (model->tensors)
        return cn__fail(CN_ERROR_STATE, "model %s is built already: add all layers before its first use",
                        model->name);
    if (cn__layer_holds(layer, model))
        return cn__fail(CN_ERROR_ARGUMENT, "model %s cannot be a layer within itself", model->name);
    if (layer->layer->kind->is_input && model->layer_count)
        return cn__fail(CN_ERROR_STATE, "model %s: an input layer comes first; there are %zu layers already",
                        model->name, model->layer_count);
    const char *name = layer->layer->name;
    if (name && is_name_taken(model->layers, model->layer_count, name))
        return cn__fail(CN_ERROR_ARGUMENT, "model %s has a layer named '%s' already", model->name, name);
    return CN_OK;
}

static cn_status add(cn_model *model, cn_layer *layer)
{
    CN_TRY(check_addable(model, layer));
    if (!layer->layer->name) CN_TRY(name_layer(model->layers, model->layer_count, layer, false));
    if (model->layer_count == model->layer_capacity) {
        size_t capacity = model->layer_capacity ? 2 * model->layer_capacity : 8;
        cn_layer **grown = cn__realloc(model->layers, capacity * sizeof *grown);
        if (!grown) return CN_ERROR_MEMORY;
        model->layers = grown;
        model->layer_capacity = capacity;
    }
    model->layers[model->layer_count++] = layer;
    return CN_OK;
}

cn_status(cn_model_add)(cn_model *model, cn_layer *layer)
{
    cn_status status = model->failed;
    if (status == CN_OK) {
        status = layer ? add(model, layer) : cn_error_status();
        if (status != CN_OK) cn__model_remember_failure(model, status);
    }
    if (status == CN_OK) return CN_OK;
    if (layer && !layer->graph) cn_layer_free(layer);
    return cn__fail(status, "%s", failure_of(model));
}

/* ---- a graph -------------------------------------------------------------------------------------------- */

static cn_status check_ends(cn_tensor *const *inputs, size_t n, cn_tensor *const *outputs, size_t m)
{
    if (!n || !m) return cn__fail(CN_ERROR_ARGUMENT, "a model needs an input and an output at least");
    for (size_t i = 0; i < n + m; i++)
        if (!(i < n ? inputs[i] : outputs[i - n]))
            return cn_error_status() != CN_OK ? cn_error_status()
                                              : cn__fail(CN_ERROR_ARGUMENT, "a tensor is NULL");
    for (size_t i = 0; i < n + m; i++) {
        const cn_tensor *t = i < n ? inputs[i] : outputs[i - n];
        if (i < n && !cn__tensor_is_input(t))
            return cn__fail(
                CN_ERROR_ARGUMENT, "input %zu is what layer %s gives; expected a cn_tensor_input", i + 1,
                t->layer->layer->name ? t->layer->layer->name : t->layer->layer->kind->class_name);
    }
    /* Inputs that no output is made from, and outputs that have no layer in common, belong to one graph from now on. */
    for (size_t i = 0; i < n + m; i++)
        CN_TRY(cn__graph_merge(outputs[0]->graph, (i < n ? inputs[i] : outputs[i - n])->graph));
    return CN_OK;
}

static bool is_among(cn_tensor *const *list, size_t count, const cn_tensor *t)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == t) return true;
    return false;
}

/* Every input that the outputs are made from must be one of the model's. */
static cn_status check_inputs(const cn_model *model)
{
    for (size_t i = 0; i < model->tensor_count; i++) {
        const cn_tensor *t = model->tensors[i];
        char shape[120];
        if (cn__tensor_is_input(t) && !is_among(model->inputs, model->input_count, t))
            return cn__fail(
                CN_ERROR_ARGUMENT,
                "an output is made from an input of shape %s that is none of the %zu inputs given",
                cn__shape_text(&t->shape, shape, sizeof shape), model->input_count);
    }
    return CN_OK;
}

/* In the order in which they were made, so that names come out as in Keras. */
static cn_status name_layers(cn_model *model, cn__arena *arena)
{
    cn_layer **made = cn__arena_array(arena, model->layer_count + 1, sizeof *made);
    if (!made) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < model->layer_count; i++) {
        size_t at = i;
        for (; at > 0 && made[at - 1]->serial > model->layers[i]->serial; at--) made[at] = made[at - 1];
        made[at] = model->layers[i];
    }
    for (size_t i = 0; i < model->layer_count; i++) {
        const char *name = made[i]->layer->name;
        cn_layer *other = name ? find_named(made, i, name) : NULL;
        if (!other) continue;
        if (!made[i]->numbered && !other->numbered)
            return cn__fail(CN_ERROR_ARGUMENT, "two layers are named '%s'", name);
        (made[i]->numbered ? made[i] : other)->layer->name = NULL; /* it gets another number */
    }
    for (size_t i = 0; i < model->layer_count; i++)
        if (!made[i]->layer->name) CN_TRY(name_layer(made, model->layer_count, made[i], true));
    return CN_OK;
}

/* Layers of inputs that no output is made from belong to the model too, as in Keras. */
static cn_status add_unused_inputs(cn_model *model)
{
    for (size_t i = 0; i < model->input_count; i++) {
        if (is_among(model->tensors, model->tensor_count, model->inputs[i])) continue;
        cn_layer **grown = cn__realloc(model->layers, (model->layer_count + 1) * sizeof *grown);
        if (!grown) return CN_ERROR_MEMORY;
        model->layers = grown;
        model->layers[model->layer_count++] = model->inputs[i]->layer;
        model->tensors[model->tensor_count++] = model->inputs[i];
    }
    return CN_OK;
}

static cn_status connect(cn_model *model, cn_tensor *const *inputs, size_t n, cn_tensor *const *outputs,
                         size_t m)
{
    cn__arena *arena = &model->arena, scratch = {0};
    model->inputs = cn__arena_array(arena, n, sizeof *inputs);
    model->outputs = cn__arena_array(arena, m, sizeof *outputs);
    if (!model->inputs || !model->outputs) return CN_ERROR_MEMORY;
    memcpy(model->inputs, inputs, n * sizeof *inputs);
    memcpy(model->outputs, outputs, m * sizeof *outputs);
    model->input_count = n, model->output_count = m;
    model->in = inputs[0]->shape, model->out = outputs[0]->shape;
    model->tensors = cn__graph_sort(arena, outputs, m, &model->tensor_count);
    if (!model->tensors) return CN_ERROR_MEMORY;
    CN_TRY(check_inputs(model));
    model->layers =
        cn__graph_layers(&scratch, model->tensors, model->tensor_count, outputs, m, &model->layer_count);
    cn_status status = model->layers ? add_unused_inputs(model) : CN_ERROR_MEMORY;
    if (status == CN_OK && model->layer_count > MOST_LAYERS)
        status = cn__fail(CN_ERROR_ARGUMENT, "a model of %zu layers, more than %d", model->layer_count,
                          MOST_LAYERS);
    if (status == CN_OK) status = name_layers(model, &scratch);
    cn__arena_free(&scratch);
    return status;
}

/* Of all these tensors; each graph once. */
static void free_graphs(cn_tensor *const *inputs, size_t n, cn_tensor *const *outputs, size_t m)
{
    for (size_t i = 0; i < n + m; i++) {
        cn_tensor *t = i < n ? inputs[i] : outputs[i - n];
        bool again = false; /* is it the graph of a later one? */
        for (size_t j = i + 1; t && j < n + m && !again; j++) {
            const cn_tensor *other = j < n ? inputs[j] : outputs[j - n];
            again = other && other->graph == t->graph;
        }
        if (!again) cn_tensor_free(t);
    }
}

static cn_model *new_graph_model(const char *name, cn__graph *graph)
{
    cn_model *model = cn_model_new(name ? name : "functional");
    if (!model) return NULL;
    model->named = name != NULL;
    if (cn__graph_enter(graph, model) == CN_OK) return model;
    cn_model_free(model);
    return NULL;
}

cn_model *cn_model_from_named(const char *name, cn_tensor *const *inputs, size_t input_count,
                              cn_tensor *const *outputs, size_t output_count)
{
    cn_model *model = NULL;
    if (check_ends(inputs, input_count, outputs, output_count) == CN_OK &&
        (model = new_graph_model(name, outputs[0]->graph))) {
        if (connect(model, inputs, input_count, outputs, output_count) == CN_OK) return model;
        cn_model_free(model); /* and the graph with it, where it is of no other model */
        return NULL;
    }
    free_graphs(inputs, input_count, outputs, output_count);
    return NULL;
}

cn_model *cn_model_from(cn_tensor *const *inputs, size_t input_count, cn_tensor *const *outputs,
                        size_t output_count)
{
    return cn_model_from_named(NULL, inputs, input_count, outputs, output_count);
}

size_t cn_model_input_count(const cn_model *model) { return model->input_count ? model->input_count : 1; }
size_t cn_model_output_count(const cn_model *model) { return model->output_count ? model->output_count : 1; }

const char *cn__model_output_name(const cn_model *model, size_t index)
{
    return model->output_count ? model->outputs[index]->layer->layer->name
                               : model->layers[model->layer_count - 1]->layer->name;
}

const char *cn__model_input_name(const cn_model *model, size_t index)
{
    const cn_layer *layer = model->input_count ? model->inputs[index]->layer : model->layers[0];
    return layer && layer->layer->kind->is_input ? layer->layer->name : "input_layer";
}

const char *cn_model_input_name(const cn_model *model, size_t index)
{
    return cn__model_input_name(model, index);
}
const char *cn_model_output_name(const cn_model *model, size_t index)
{
    return cn__model_output_name(model, index);
}

size_t cn__model_output_cols(const cn_model *model, size_t index)
{
    return cn__shape_last(&model->outputs[index]->shape);
}
