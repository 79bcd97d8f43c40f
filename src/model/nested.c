/* Models used as layers: who owns them, their shapes, and their variables among those of the outer model. */
#include "model/nested.h"

#include <string.h>

/* What Keras calls a model among layers. They are called through their model, never as kinds, and a notation cannot name
 * them. */
static const cn__layer_kind functional_kind = {.class_name = "Functional"},
                            sequential_kind = {.class_name = "Sequential"};

/* ---- owners ------------------------------------------------------------------------------------------- */

cn_layer *cn__layer_of_model(cn_model *model)
{
    cn_layer *layer = cn__layer_blank();
    if (!layer) return NULL;
    layer->layer = cn__arena_alloc(&layer->arena, sizeof *layer->layer);
    char *name = model->named ? cn__arena_strdup(&layer->arena, model->name) : NULL;
    if (!layer->layer || (model->named && !name)) {
        cn_layer_free(layer);
        return NULL;
    }
    *layer->layer = (cn__layer){.kind = cn__model_is_sequential(model) ? &sequential_kind : &functional_kind,
                                .name = name,
                                .trainable = true};
    layer->model = model;
    model->owners++;
    return layer;
}

void cn__layer_let_go(cn_layer *layer)
{
    cn_model *model = layer->model;
    if (!model) return;
    layer->model = NULL;
    if (!layer->within) cn_model_free(model);
    else if (--model->within == 0 && model->owners == 0) cn__model_destroy(model);
}

void cn__layer_settle(cn_layer *layer)
{
    cn_model *model = layer->model;
    if (!model || layer->within || !model->graph || model->graph != layer->graph) return;
    layer->within = true;
    model->within++;
    if (--model->owners == 0) model->graph->owned--;
}

/* ---- shapes ------------------------------------------------------------------------------------------- */

size_t cn__layer_outputs(const cn_layer *layer)
{
    return layer->model ? cn_model_output_count(layer->model) : 1;
}

static cn_status check_shapes(const cn_model *model, const cn__shape *in, size_t inputs)
{
    if (inputs != model->input_count)
        return cn__fail(CN_ERROR_SHAPE, "it takes %zu input%s, got %zu", model->input_count,
                        model->input_count == 1 ? "" : "s", inputs);
    for (size_t i = 0; i < inputs; i++) {
        char wanted[120], got[120];
        if (!cn__shape_equal(&model->inputs[i]->shape, &in[i]))
            return cn__fail(CN_ERROR_SHAPE, "input %zu (%s) has shape %s, got %s", i + 1,
                            cn__model_input_name(model, i),
                            cn__shape_text(&model->inputs[i]->shape, wanted, sizeof wanted),
                            cn__shape_text(&in[i], got, sizeof got));
    }
    return CN_OK;
}

cn_status cn__layer_infer(cn__arena *arena, cn_layer *layer, const cn__shape *in, size_t inputs,
                          cn__shape *out)
{
    cn_model *model = layer->model;
    if (!model) return cn__layer_call(arena, layer->layer, in, inputs, out);
    CN_TRY(cn__model_check(model));
    if (!model->tensors) {
        CN_TRY(cn__model_connect(model, &in[0]));
        layer->connects = true;
    }
    CN_TRY(check_shapes(model, in, inputs));
    for (size_t i = 0; i < model->output_count; i++) out[i] = model->outputs[i]->shape;
    if (layer->layer->built) return CN_OK;
    layer->layer->in = in[0], layer->layer->out = out[0];
    layer->layer->built = true;
    return CN_OK;
}

void cn__layer_clear(cn_layer *layer)
{
    cn_model *model = layer->model;
    layer->layer->variables = 0, layer->layer->built = false;
    if (layer->connects && !model->built) cn__model_disconnect(model);
    layer->connects = false;
}

/* ---- what is within ------------------------------------------------------------------------------------- */

bool cn__layer_holds(const cn_layer *layer, const cn_model *model)
{
    const cn_model *inner = layer->model;
    if (!inner || inner == model) return inner != NULL;
    for (size_t i = 0; i < inner->layer_count; i++)
        if (cn__layer_holds(inner->layers[i], model)) return true;
    return false;
}

size_t cn__count_layers(const cn_model *model, size_t end)
{
    size_t count = 0;
    for (size_t i = 0; i < end; i++) {
        const cn_layer *layer = model->layers[i];
        if (layer->model) count += cn__count_layers(layer->model, layer->model->layer_count);
        else count += !layer->layer->kind->is_input;
    }
    return count;
}

/* Variables with their paths. */
typedef struct listing {
    cn__arena *arena;
    cn__variable **variables; /* NULL: they are only counted */
    const char **names;       /* NULL: not wanted */
    size_t count;
    bool failed;
} listing;

static bool is_listed(const listing *l, const cn__variable *v)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->variables[i] == v) return true;
    return false;
}

static void list_layer(listing *l, cn__layer *layer, const char *path, bool is_nested)
{
    for (int i = 0; i < layer->variables; i++) {
        cn__variable *v = &layer->variable[i];
        if (l->variables && is_nested && is_listed(l, v)) continue; /* models may share layers */
        if (l->variables) l->variables[l->count] = v;
        if (l->names) {
            l->names[l->count] = cn__arena_format(l->arena, "%s%s/%s", path, layer->name, v->name);
            l->failed |= !l->names[l->count];
        }
        l->count++;
    }
}

static void list_model(listing *l, const cn_model *model, const char *path, bool is_nested)
{
    bool nested = is_nested;
    for (size_t i = 0; i < model->layer_count; i++) nested |= model->layers[i]->model != NULL;
    for (size_t i = 0; i < model->layer_count && !l->failed; i++) {
        const cn_layer *layer = model->layers[i];
        if (!layer->model) {
            list_layer(l, layer->layer, path, nested);
            continue;
        }
        const char *inner = l->names ? cn__arena_format(l->arena, "%s%s/", path, layer->layer->name) : path;
        if (!inner) l->failed = true;
        else list_model(l, layer->model, inner, true);
    }
}

static bool list_all(const cn_model *model, cn__arena *arena, bool names, listing *l)
{
    *l = (listing){.arena = arena};
    list_model(l, model, "", false);
    const size_t most = l->count;
    *l = (listing){.arena = arena, .variables = cn__arena_array(arena, most + 1, sizeof *l->variables)};
    if (names) l->names = cn__arena_array(arena, most + 1, sizeof *l->names);
    if (!l->variables || (names && !l->names)) return false;
    list_model(l, model, "", false);
    return !l->failed;
}

cn__variable **cn__list_variables(const cn_model *model, cn__arena *arena, size_t *count)
{
    listing l;
    if (!list_all(model, arena, false, &l)) return NULL;
    *count = l.count;
    return l.variables;
}

const char **cn__list_variable_names(const cn_model *model, cn__arena *arena)
{
    listing l;
    return list_all(model, arena, true, &l) ? l.names : NULL;
}

size_t cn__layer_parameters(const cn_layer *layer)
{
    size_t total = 0, count;
    for (int i = 0; i < layer->layer->variables; i++) total += cn__variable_size(&layer->layer->variable[i]);
    if (!layer->model) return total;
    cn__arena arena = {0};
    cn__variable **variables = cn__list_variables(layer->model, &arena, &count);
    for (size_t i = 0; variables && i < count; i++) total += cn__variable_size(variables[i]);
    cn__arena_free(&arena);
    return total;
}

/* ---- what a user does with them ----------------------------------------------------------------------------- */

cn_tensor *cn_call_model_on(cn_model *model, cn_tensor *const *inputs, size_t count)
{
    if (!model) return NULL; /* a message was left */
    cn_layer *layer = cn__layer_of_model(model);
    return layer ? cn_call_on(layer, inputs, count) : NULL;
}

cn_status cn_model_add_model(cn_model *model, cn_model *inner)
{
    return cn_model_add(model, inner ? cn__layer_of_model(inner) : (cn_layer *)NULL);
}

cn_model *cn_model_within(const cn_model *model, const char *name)
{
    size_t count = 0;
    const char *known[64];
    for (size_t i = 0; i < model->layer_count; i++) {
        const cn_layer *layer = model->layers[i];
        if (!layer->model) continue;
        if (strcmp(layer->layer->name, name) == 0) {
            layer->model->owners += 1;
            if (layer->model->owners == 1 && layer->model->graph) layer->model->graph->owned++;
            return layer->model;
        }
        if (count < 64) known[count++] = layer->layer->name;
    }
    if (count) cn__fail_word(CN_ERROR_ARGUMENT, "a model used as a layer", name, known, count);
    else cn__fail(CN_ERROR_ARGUMENT, "model %s has no layer that is a model", model->name);
    return NULL;
}

static cn_status find_layer(const cn_model *model, const char *name, cn_layer **out)
{
    const char *known[64];
    size_t count = 0;
    for (size_t i = 0; i < model->layer_count; i++) {
        *out = model->layers[i];
        if (strcmp((*out)->layer->name, name) == 0) return CN_OK;
        if (count < 64) known[count++] = (*out)->layer->name;
    }
    return cn__fail_word(CN_ERROR_ARGUMENT, "layer", name, known, count);
}

static void set_trainable(cn_layer *layer, bool trainable)
{
    layer->layer->trainable = trainable;
    if (layer->model) cn_model_set_trainable(layer->model, trainable);
}

void cn_model_set_trainable(cn_model *model, bool trainable)
{
    model->frozen = !trainable;
    for (size_t i = 0; i < model->layer_count; i++) set_trainable(model->layers[i], trainable);
}

cn_status cn_model_set_layer_trainable(cn_model *model, const char *name, bool trainable)
{
    cn_layer *layer = NULL;
    CN_TRY(find_layer(model, name, &layer));
    set_trainable(layer, trainable);
    model->frozen = model->frozen && !trainable;
    return CN_OK;
}

/* ---- tensors of a model ------------------------------------------------------------------------------------- */

static cn_tensor *end_of(const cn_model *model, const char *what, cn_tensor *const *ends, size_t count,
                         size_t index)
{
    if (!model->graph)
        (void)cn__fail(CN_ERROR_ARGUMENT,
                       "model %s is a line of layers and has no tensors; call it as a layer instead",
                       model->name);
    else if (index >= count)
        (void)cn__fail(CN_ERROR_ARGUMENT, "%s %zu: model %s has %zu", what, index, model->name, count);
    else return ends[index];
    return NULL;
}

cn_tensor *cn_model_input(const cn_model *model, size_t index)
{
    return end_of(model, "input", model->inputs, model->input_count, index);
}

cn_tensor *cn_model_output(const cn_model *model, size_t index)
{
    return end_of(model, "output", model->outputs, model->output_count, index);
}

cn_tensor *cn_model_layer_output(const cn_model *model, const char *name)
{
    cn_layer *layer = NULL;
    if (!end_of(model, "output", model->outputs, model->output_count, 0)) return NULL;
    if (find_layer(model, name, &layer) != CN_OK) return NULL;
    cn_tensor *first = NULL;
    for (size_t i = 0; i < model->tensor_count; i++) {
        cn_tensor *t = model->tensors[i];
        if (t->layer == layer && t->output == 0 && (!first || t->call < first->call)) first = t;
    }
    return first;
}
