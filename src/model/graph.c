/* Tensors: calls of layers, and the graph that they make. */
#include "model/graph.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "model/nested.h"

/* ---- the graph ---------------------------------------------------------------------------------------- */

/* Room for one more of `count` pointers in *list. */
static bool reserve(void *list, size_t count, size_t *capacity)
{
    void **grown, ***pointers = list;
    if (count < *capacity) return true;
    const size_t wanted = *capacity ? 2 * *capacity : 8;
    if (!(grown = cn__realloc(*pointers, wanted * sizeof *grown))) return false;
    *pointers = grown, *capacity = wanted;
    return true;
}

static bool add_layer(cn__graph *g, cn_layer *layer)
{
    if (!reserve(&g->layers, g->layer_count, &g->layer_capacity)) return false;
    g->layers[g->layer_count++] = layer;
    layer->graph = g;
    cn__layer_settle(layer);
    return true;
}

static bool add_tensor(cn__graph *g, cn_tensor *tensor)
{
    if (!reserve(&g->tensors, g->tensor_count, &g->tensor_capacity)) return false;
    g->tensors[g->tensor_count++] = tensor;
    tensor->graph = g;
    return true;
}

cn_status cn__graph_enter(cn__graph *g, cn_model *model)
{
    if (!reserve(&g->models, g->model_count, &g->model_capacity)) return CN_ERROR_MEMORY;
    g->models[g->model_count++] = model;
    model->graph = g;
    g->owned++;
    return CN_OK;
}

void cn__graph_leave(cn__graph *g, const cn_model *model)
{
    size_t i = 0;
    while (i < g->model_count && g->models[i] != model) i++;
    if (i < g->model_count) g->models[i] = g->models[--g->model_count];
}

void cn__graph_free(cn__graph *g)
{
    if (!g) return;
    for (size_t i = 0; i < g->tensor_count; i++) cn__free(g->tensors[i]);
    for (size_t i = 0; i < g->layer_count; i++) cn__layer_let_go(g->layers[i]);
    for (size_t i = 0; i < g->layer_count; i++) g->layers[i]->graph = NULL, cn_layer_free(g->layers[i]);
    cn__free(g->tensors);
    cn__free(g->layers);
    cn__free(g->models);
    cn__arena_free(&g->arena);
    cn__free(g);
}

static bool reserve_all(cn__graph *to, const cn__graph *from)
{
    for (size_t i = 0; i < from->layer_count; i++)
        if (!reserve(&to->layers, to->layer_count + i, &to->layer_capacity)) return false;
    for (size_t i = 0; i < from->tensor_count; i++)
        if (!reserve(&to->tensors, to->tensor_count + i, &to->tensor_capacity)) return false;
    for (size_t i = 0; i < from->model_count; i++)
        if (!reserve(&to->models, to->model_count + i, &to->model_capacity)) return false;
    return true;
}

/* The calls of `other` become calls of `kept`, which is the same model; those that were made first come first. */
static void absorb(cn__graph *g, cn_layer *kept, cn_layer *other)
{
    assert(kept != other && kept->model == other->model);
    const size_t before = kept->calls, more = other->calls;
    const bool later = kept->serial < other->serial;
    for (size_t i = 0; i < g->tensor_count; i++) {
        cn_tensor *t = g->tensors[i];
        if (t->layer == kept && !later) t->call += more;
        if (t->layer != other) continue;
        t->layer = kept;
        t->call += later ? before : 0;
    }
    for (size_t i = 0; i < g->model_count; i++)
        for (size_t k = 0; k < g->models[i]->layer_count; k++)
            if (g->models[i]->layers[k] == other) g->models[i]->layers[k] = kept;
    kept->calls += more;
    kept->serial = later ? kept->serial : other->serial;
    kept->connects = kept->connects || other->connects;
    other->calls = 0, other->connects = false;
}

/* A model that was called in both graphs is one layer. Layers from number `first` on are the other graph's. */
static void unify_models(cn__graph *g, size_t first)
{
    for (size_t i = first; i < g->layer_count; i++)
        for (size_t k = 0; g->layers[i]->model && k < first; k++)
            if (g->layers[k]->model == g->layers[i]->model) {
                absorb(g, g->layers[k], g->layers[i]);
                break;
            }
}

cn_status cn__graph_merge(cn__graph *to, cn__graph *from)
{
    if (to == from) return CN_OK;
    if (!reserve_all(to, from)) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < from->model_count; i++) {
        from->models[i]->graph = to;
        to->models[to->model_count++] = from->models[i];
    }
    to->owned += from->owned;
    const size_t first = to->layer_count;
    for (size_t i = 0; i < from->layer_count; i++) (void)add_layer(to, from->layers[i]);
    for (size_t i = 0; i < from->tensor_count; i++) (void)add_tensor(to, from->tensors[i]);
    unify_models(to, first);
    for (size_t i = 0; i < to->layer_count; i++) cn__layer_settle(to->layers[i]);
    cn__arena_join(&to->arena, &from->arena);
    from->layer_count = from->tensor_count = from->model_count = 0;
    cn__graph_free(from);
    return CN_OK;
}

void cn_tensor_free(cn_tensor *tensor)
{
    if (tensor && !tensor->graph->owned) cn__graph_free(tensor->graph);
}

/* ---- calls --------------------------------------------------------------------------------------------- */

bool cn__tensor_is_input(const cn_tensor *t) { return !t->layer || t->layer->layer->kind->is_input; }

/* Of the call that the layer has next. */
static cn_tensor *new_tensor(cn__graph *g, cn_layer *layer, cn_tensor *const *from, size_t inputs,
                             const cn__shape *shape)
{
    cn_tensor *t = cn__calloc(1, sizeof *t + inputs * sizeof *t->from);
    if (!t) return NULL;
    *t = (cn_tensor){.layer = layer,
                     .call = layer->calls,
                     .from = (cn_tensor **)(t + 1),
                     .inputs = inputs,
                     .shape = *shape};
    for (size_t i = 0; i < inputs; i++) t->from[i] = from[i];
    if (add_tensor(g, t)) return t;
    cn__free(t);
    return NULL;
}

/* The tensors of all outputs of a call; gives the first. */
static cn_tensor *new_tensors(cn__graph *g, cn_layer *layer, cn_tensor *const *from, size_t inputs,
                              const cn__shape *shapes)
{
    cn_tensor *first = NULL;
    for (size_t k = 0; k < cn__layer_outputs(layer); k++) {
        cn_tensor *t = new_tensor(g, layer, from, inputs, &shapes[k]);
        if (!t) return NULL; /* those before stay unused in the graph */
        t->output = k;
        if (!first) first = t;
    }
    layer->calls++;
    return first;
}

cn_tensor *cn_tensor_input_layer(cn_layer *layer)
{
    if (!layer) return NULL;
    if (!layer->layer->kind->is_input || layer->graph) {
        (void)cn__fail(CN_ERROR_ARGUMENT, "a tensor begins with an input layer that was not called before");
        if (!layer->graph) cn_layer_free(layer);
        return NULL;
    }
    cn__graph *g = cn__calloc(1, sizeof *g);
    if (!g || !add_layer(g, layer)) {
        cn__free(g);
        cn_layer_free(layer);
        return NULL;
    }
    cn_tensor *t = new_tensors(g, layer, NULL, 0, &layer->layer->out);
    if (!t) cn__graph_free(g);
    return t;
}

cn_tensor *cn_tensor_input_new(int ndim, const size_t *sample_shape)
{
    return cn_tensor_input_layer(cn_input_new(ndim, sample_shape));
}

/* All graphs of the inputs, and that of the layer, become the first one. */
static cn_status join(cn_layer *layer, cn_tensor *const *inputs, size_t count)
{
    cn__graph *g = inputs[0]->graph;
    for (size_t i = 1; i < count; i++) CN_TRY(cn__graph_merge(g, inputs[i]->graph));
    if (layer->graph) return cn__graph_merge(g, layer->graph);
    return add_layer(g, layer) ? CN_OK : CN_ERROR_MEMORY;
}

static const char *name_of(const cn_layer *layer)
{
    return layer->layer->name ? layer->layer->name : layer->layer->kind->class_name;
}

static cn_status check_call(const cn_layer *layer, cn_tensor *const *inputs, size_t count)
{
    if (layer->layer->kind->is_input)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "an input layer is not called; it begins a tensor: cn_tensor_input");
    if (!count) return cn__fail(CN_ERROR_ARGUMENT, "layer %s is called on no tensor", name_of(layer));
    for (size_t i = 0; i < count; i++)
        if (!inputs[i]) return cn_error_status() != CN_OK ? cn_error_status() : CN_ERROR_ARGUMENT;
    return CN_OK;
}

/* A model that is called again is the layer that it was at its first call. */
static cn_layer *same_layer(cn_layer *layer)
{
    const cn__graph *g = layer->graph;
    for (size_t i = 0; layer->model && i < g->layer_count; i++)
        if (g->layers[i]->model == layer->model) return g->layers[i];
    return layer;
}

static cn_tensor *call(cn_layer *layer, cn_tensor *const *inputs, size_t count)
{
    cn__shape *shapes = cn__calloc(count + cn__layer_outputs(layer), sizeof *shapes);
    if (!shapes) return NULL;
    cn_tensor *made = NULL;
    for (size_t i = 0; i < count; i++) shapes[i] = inputs[i]->shape;
    if (cn__layer_infer(&layer->arena, layer, shapes, count, shapes + count) != CN_OK)
        (void)cn__fail_in("layer %s", name_of(layer));
    else if (join(layer, inputs, count) == CN_OK)
        made = new_tensors(inputs[0]->graph, same_layer(layer), inputs, count, shapes + count);
    cn__free(shapes);
    return made;
}

cn_tensor *cn_call_on(cn_layer *layer, cn_tensor *const *inputs, size_t count)
{
    if (!layer) return NULL;
    cn_tensor *t = check_call(layer, inputs, count) == CN_OK ? call(layer, inputs, count) : NULL;
    if (!t && !layer->graph) cn_layer_free(layer);
    return t;
}

cn_tensor *cn_call_output(cn_tensor *tensor, size_t index)
{
    if (!tensor) return NULL; /* the call left a message */
    for (size_t i = 0; i < tensor->graph->tensor_count; i++) {
        cn_tensor *t = tensor->graph->tensors[i];
        if (t->layer == tensor->layer && t->call == tensor->call && t->output == index) return t;
    }
    (void)cn__fail(CN_ERROR_ARGUMENT, "output %zu: a call of layer %s gives %zu", index,
                   name_of(tensor->layer), cn__layer_outputs(tensor->layer));
    return NULL;
}

cn_status cn_tensor_shape(const cn_tensor *tensor, int *ndim, size_t *shape)
{
    if (!tensor) return cn__fail(CN_ERROR_ARGUMENT, "the tensor is NULL");
    *ndim = tensor->shape.rank + 1;
    shape[0] = 0;
    for (int i = 0; i < tensor->shape.rank; i++) shape[i + 1] = tensor->shape.dim[i];
    return CN_OK;
}
