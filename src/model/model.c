/* Making a model: adding layers, naming them, shapes and first weights. */
#include "model/model.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "nn/layers.h"
#include "nn/variable.h"

cn_model *cn_model_new(const char *name)
{
    if (!name) name = "sequential";
    if (cn__check_utf8("a model's name", name) != CN_OK) return NULL;
    cn_model *model = cn__calloc(1, sizeof *model);
    if (!model) return NULL;
    model->name = cn__strdup(name);
    if (!model->name) {
        cn_model_free(model);
        return NULL;
    }
    return model;
}

void cn_model_free(cn_model *model)
{
    if (!model) return;
    for (size_t i = 0; i < model->layer_count; i++) cn_layer_free(model->layers[i]);
    cn__free(model->layers);
    cn__arena_free(&model->arena);
    cn__arena_free(&model->compile_arena);
    cn__free(model->failure);
    cn__free(model->name);
    cn__free(model);
}

const char *cn_model_name(const cn_model *model) { return model->name; }
void cn_model_set_seed(cn_model *model, uint64_t seed) { model->seed = seed; }
bool cn_model_is_built(const cn_model *model) { return model->built; }
size_t cn_model_layer_count(const cn_model *model) { return model->layer_count; }
const char *cn_model_layer_name(const cn_model *model, size_t i) { return model->layers[i]->layer->name; }

bool cn__variable_trainable(const cn__variable *v) { return v->weight && v->layer->trainable; }

/* Keeps the first failure, so that chained calls can be looked at once. */
static cn_status remember(cn_model *model, cn_status status)
{
    if (model->failed == CN_OK) {
        model->failed = status;
        model->failure = cn__strdup(cn_error());
    }
    return status;
}

cn_status cn__model_check(const cn_model *model)
{
    if (model->failed != CN_OK)
        return cn__fail(model->failed, "%s", model->failure ? model->failure : "a layer could not be added");
    if (model->layer_count == 0) return cn__fail(CN_ERROR_STATE, "model %s has no layers", model->name);
    return CN_OK;
}

/* "dense", "dense_1", …: by type, numbered within the model. */
static cn_status name_layer(cn_model *model, cn_layer *layer)
{
    char base[64], name[96];
    cn__snake_case(layer->layer->kind->class_name, base, sizeof base);
    for (size_t number = 0;; number++) {
        snprintf(name, sizeof name, number ? "%s_%zu" : "%s", base, number);
        size_t i = 0;
        while (i < model->layer_count && strcmp(model->layers[i]->layer->name, name) != 0) i++;
        if (i == model->layer_count) break;
    }
    layer->layer->name = cn__arena_strdup(&layer->arena, name);
    return layer->layer->name ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status add(cn_model *model, cn_layer *layer)
{
    if (model->built)
        return cn__fail(CN_ERROR_STATE, "model %s is built already: add all layers before its first use",
                        model->name);
    if (layer->layer->kind == &cn__layer_input && model->layer_count)
        return cn__fail(CN_ERROR_STATE, "model %s: an input layer comes first; there are %zu layers already",
                        model->name, model->layer_count);
    for (size_t i = 0; layer->layer->name && i < model->layer_count; i++)
        if (strcmp(model->layers[i]->layer->name, layer->layer->name) == 0)
            return cn__fail(CN_ERROR_ARGUMENT, "model %s has a layer named '%s' already", model->name,
                            layer->layer->name);
    if (!layer->layer->name) CN_TRY(name_layer(model, layer));
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

cn_status cn_model_add(cn_model *model, cn_layer *layer)
{
    cn_status status = model->failed;
    if (status == CN_OK) {
        status = layer ? add(model, layer) : cn_error_status();
        if (status != CN_OK) remember(model, status);
    }
    if (status == CN_OK) return CN_OK;
    cn_layer_free(layer);
    return cn__fail(status, "%s", model->failure ? model->failure : "a layer could not be added");
}

/* ---- build ------------------------------------------------------------------------------------------ */

static cn_status first_values(cn_model *model, cn__variable *v, size_t index)
{
    v->index = (uint32_t)index;
    v->value = cn__arena_array(&model->arena, v->padded, sizeof(real));
    if (model->bare) return v->value ? CN_OK : CN_ERROR_MEMORY;
    real *values = cn__calloc(cn__variable_size(v), sizeof(real));
    cn_status status = v->value && values ? cn__initializer_fill(&v->initializer, model->seed, v->index,
                                                                 v->ndim, v->shape, values)
                                          : CN_ERROR_MEMORY;
    if (status == CN_OK) cn__variable_scatter(v, values, v->value);
    cn__free(values);
    return status;
}

/* Is the number of a sample's numbers, and of their bytes, still a number? */
static bool can_be_counted(const cn__shape *shape)
{
    size_t most = SIZE_MAX / 64;
    for (int i = 0; i < shape->rank; i++)
        if (shape->dim[i]) most /= shape->dim[i];
    return most > 0;
}

/* Shapes: the output's, and those of the variables, which have no values yet. */
static cn_status shape_layer(cn__arena *arena, cn__layer *layer, const cn__shape *in)
{
    char text[120];
    layer->in = *in;
    layer->variables = 0;
    CN_TRY(layer->kind->build(arena, layer));
    if (!can_be_counted(&layer->out))
        return cn__fail(CN_ERROR_SHAPE, "an output of shape %s is too large",
                        cn__shape_text(&layer->out, text, sizeof text));
    for (int i = 0; i < layer->variables; i++) {
        const cn__variable *v = &layer->variable[i];
        if (v->rows > SIZE_MAX / 64 / (v->cols + CN_PANEL))
            return cn__fail_memory(SIZE_MAX, "a layer's weights");
        CN_TRY(cn__initializer_check(&v->initializer, v->ndim));
        CN_TRY(cn__constraint_check(&v->constraint, v->ndim, v->name));
    }
    return CN_OK;
}

static cn_status build_layer(cn_model *model, cn__layer *layer, const cn__shape *in)
{
    cn_status status = shape_layer(&model->arena, layer, in);
    for (int i = 0; i < layer->variables && status == CN_OK; i++)
        status = first_values(model, &layer->variable[i], model->variable_count + (size_t)i);
    if (status != CN_OK) return cn__fail_in("layer %s", layer->name);
    for (int i = 0; i < layer->variables; i++)
        model->variables[model->variable_count++] = &layer->variable[i];
    return CN_OK;
}

static cn_status build_all(cn_model *model, const cn__shape *shape)
{
    model->variables =
        cn__arena_array(&model->arena, model->layer_count * CN_MAX_VARIABLES, sizeof *model->variables);
    if (!model->variables) return CN_ERROR_MEMORY;
    model->in = model->out = *shape;
    for (size_t i = 0; i < model->layer_count; i++) {
        CN_TRY(build_layer(model, model->layers[i]->layer, &model->out));
        model->out = model->layers[i]->layer->out;
    }
    return CN_OK;
}

cn_status cn__model_outline(cn_model *model, cn__arena *arena, const cn__shape *in)
{
    cn__shape shape = *in;
    for (size_t i = 0; i < model->layer_count; i++) {
        cn__layer *layer = model->layers[i]->layer;
        if (shape_layer(arena, layer, &shape) != CN_OK) return cn__fail_in("layer %s", layer->name);
        shape = layer->out;
    }
    return CN_OK;
}

void cn__model_forget_outline(cn_model *model)
{
    for (size_t i = 0; i < model->layer_count; i++) model->layers[i]->layer->variables = 0;
}

cn_status cn__model_measure(cn_model *model, const cn__shape *in, double *numbers)
{
    cn__arena arena = {0};
    cn_status status = cn__model_outline(model, &arena, in);
    *numbers = 0;
    for (size_t i = 0; i < model->layer_count; i++) {
        const cn__layer *layer = model->layers[i]->layer;
        for (int j = 0; j < layer->variables; j++)
            *numbers += (double)layer->variable[j].rows * (double)layer->variable[j].cols;
    }
    cn__model_forget_outline(model);
    cn__arena_free(&arena);
    return status;
}

/* May samples of `shape` go into a model made for `model->in`? (784) may for (784, 1) and the like: same
 * numbers, and the same shape but for ones. */
static bool same_but_ones(const cn__shape *a, const cn__shape *b)
{
    int i = 0, j = 0;
    for (;;) {
        while (i < a->rank && a->dim[i] == 1) i++;
        while (j < b->rank && b->dim[j] == 1) j++;
        if (i == a->rank || j == b->rank) return i == a->rank && j == b->rank;
        if (a->dim[i++] != b->dim[j++]) return false;
    }
}

cn_status cn__model_input(const cn_model *model, const cn__shape *shape, const cn__shape **in)
{
    char wanted[120], got[120];
    CN_TRY(cn__model_check(model));
    const cn__layer *first = model->layers[0]->layer;
    *in = first->kind == &cn__layer_input ? &first->out : model->built ? &model->in : shape;
    if (!shape || same_but_ones(*in, shape)) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "model %s: expected input of shape %s, got data of shape %s", model->name,
                    cn__shape_text(*in, wanted, sizeof wanted), cn__shape_text(shape, got, sizeof got));
}

cn_status cn__model_build(cn_model *model, const cn__shape *shape)
{
    const cn__shape *in;
    CN_TRY(cn__model_input(model, shape, &in));
    if (model->built) return CN_OK;
    cn_status status = build_all(model, in);
    if (status != CN_OK) {
        cn__arena_free(&model->arena);
        model->arena = (cn__arena){0};
        model->variables = NULL;
        model->variable_count = 0;
        return cn__fail_in("model %s", model->name);
    }
    model->built = true;
    return CN_OK;
}

cn_status cn__model_build_if_known(cn_model *model)
{
    if (model->built || !model->layer_count || model->layers[0]->layer->kind != &cn__layer_input)
        return CN_OK;
    return cn__model_build(model, &model->layers[0]->layer->out);
}

cn_status cn_model_build(cn_model *model, int ndim, const size_t *sample_shape)
{
    if (ndim < 0 || ndim > CN_MAX_RANK)
        return cn__fail(CN_ERROR_SHAPE, "samples have %d dimensions, expected 0 to %d", ndim, CN_MAX_RANK);
    cn__shape shape = {.rank = ndim};
    for (int i = 0; i < ndim; i++) shape.dim[i] = sample_shape[i];
    return cn__model_build(model, &shape);
}

cn_status cn_model_output_shape(const cn_model *model, int *ndim, size_t *shape)
{
    if (!model->built)
        return cn__fail(CN_ERROR_STATE, "model %s is not built: it has no shape yet", model->name);
    *ndim = model->out.rank + 1;
    shape[0] = 0;
    for (int i = 0; i < model->out.rank; i++) shape[i + 1] = model->out.dim[i];
    return CN_OK;
}
