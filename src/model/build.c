/* Building a model: shapes of all tensors, and the first values of the weights. */
#include <stdio.h>
#include <string.h>

#include "model/nested.h"

/* ---- shapes -------------------------------------------------------------------------------------------- */

static cn_status call_one(cn__arena *arena, cn_layer *layer, const cn__shape *in, cn__shape *out)
{
    const size_t outputs = cn__layer_outputs(layer);
    if (outputs > 1)
        return cn__fail(CN_ERROR_SHAPE, "a model of %zu outputs cannot be a layer in a line", outputs);
    return cn__layer_infer(arena, layer, in, 1, out);
}

/* The tensors of a line of layers, from `arena`. */
static cn_status call_in_line(cn_model *model, cn__arena *arena, const cn__shape *in, cn_tensor **tensors,
                              size_t *count)
{
    const bool has_input = model->layers[0]->layer->kind->is_input;
    char text[120];
    cn_tensor *all = cn__arena_array(arena, model->layer_count + 1, sizeof *all), *last = all;
    cn_tensor **from = cn__arena_array(arena, model->layer_count + 1, sizeof *from);
    if (!all || !from) return CN_ERROR_MEMORY;
    if (!cn__shape_can_be_counted(in))
        return cn__fail(CN_ERROR_SHAPE, "an input of shape %s is too large",
                        cn__shape_text(in, text, sizeof text));
    *last = (cn_tensor){.layer = has_input ? model->layers[0] : NULL, .shape = *in};
    for (size_t i = has_input; i < model->layer_count; i++, last++) {
        cn_tensor *next = last + 1;
        *next = (cn_tensor){.layer = model->layers[i], .from = from + i, .inputs = 1};
        from[i] = last;
        if (call_one(arena, model->layers[i], &last->shape, &next->shape) != CN_OK)
            return cn__fail_in("layer %s", model->layers[i]->layer->name);
    }
    *tensors = all;
    *count = (size_t)(last - all) + 1;
    return CN_OK;
}

static cn_status connect_line(cn_model *model, const cn__shape *in)
{
    cn_tensor *all;
    CN_TRY(call_in_line(model, &model->arena, in, &all, &model->tensor_count));
    model->tensors = cn__arena_array(&model->arena, model->tensor_count + 2, sizeof *model->tensors);
    if (!model->tensors) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < model->tensor_count; i++) model->tensors[i] = &all[i];
    model->inputs = &model->tensors[0];
    model->outputs = &model->tensors[model->tensor_count - 1];
    model->input_count = model->output_count = 1;
    model->in = all[0].shape, model->out = all[model->tensor_count - 1].shape;
    return CN_OK;
}

cn_status cn__model_infer_shapes(cn_model *model, cn__arena *arena, const cn__shape *in)
{
    cn_tensor *all;
    size_t count;
    return call_in_line(model, arena, in, &all, &count);
}

void cn__model_clear_shapes(cn_model *model)
{
    for (size_t i = 0; i < model->layer_count; i++) cn__layer_clear(model->layers[i]);
}

cn_status cn__model_count_parameters(cn_model *model, const cn__shape *in, double *count)
{
    cn__arena arena = {0};
    const bool known = model->tensors != NULL;
    size_t variables = 0;
    cn_status status = known ? CN_OK : cn__model_infer_shapes(model, &arena, in);
    cn__variable **v = cn__list_variables(model, &arena, &variables);
    if (status == CN_OK && !v) status = CN_ERROR_MEMORY;
    *count = 0;
    for (size_t i = 0; v && i < variables; i++) *count += (double)v[i]->rows * (double)v[i]->cols;
    if (!known) cn__model_clear_shapes(model);
    cn__arena_free(&arena);
    return status;
}

cn_status cn__model_connect(cn_model *model, const cn__shape *shape)
{
    const cn__shape *known = cn__model_known_input(model);
    CN_TRY(cn__model_check(model));
    if (model->tensors || connect_line(model, known ? known : shape) == CN_OK) return CN_OK;
    cn__model_disconnect(model);
    return cn_error_status();
}

void cn__model_disconnect(cn_model *model)
{
    cn__model_clear_shapes(model);
    cn__arena_free(&model->arena);
    model->arena = (cn__arena){0};
    model->tensors = model->inputs = model->outputs = NULL;
    model->tensor_count = model->input_count = model->output_count = 0;
}

/* ---- values --------------------------------------------------------------------------------------------- */

static cn__arena *values_arena(cn_model *model)
{
    return model->graph ? &model->graph->arena : &model->arena;
}

static cn_status first_values(cn_model *model, cn__variable *v, size_t index)
{
    if (v->value) return CN_OK; /* of another model of the same graph */
    v->index = (uint32_t)index;
    v->value = cn__arena_array(values_arena(model), v->padded, sizeof(real));
    if (model->skip_initialization) return v->value ? CN_OK : CN_ERROR_MEMORY;
    real *values = cn__calloc(cn__variable_size(v), sizeof(real));
    cn_status status = v->value && values ? cn__initializer_fill(&v->initializer, model->seed, v->index,
                                                                 v->ndim, v->shape, values)
                                          : CN_ERROR_MEMORY;
    if (status == CN_OK) cn__variable_scatter(v, values, v->value);
    else v->value = NULL;
    cn__free(values);
    return status;
}

static cn_status list_variables(cn_model *model)
{
    size_t count = 0;
    model->variables = cn__list_variables(model, &model->arena, &count);
    model->variable_names = cn__list_variable_names(model, &model->arena);
    if (!model->variables || !model->variable_names) return CN_ERROR_MEMORY;
    model->variable_count = count;
    return CN_OK;
}

/* A model within another has that one's seed, and its variables are numbered with those of the outer model from `index` on,
 * so that a network has the same first weights nested or not; but with a seed of its own it begins as it does alone. */
static cn_status make_values(cn_model *model, size_t index);

static cn_status make_layer(cn_model *model, cn_layer *layer, size_t *index)
{
    cn_model *inner = layer->model;
    for (int j = 0; j < layer->layer->variables; j++)
        CN_TRY(first_values(model, &layer->layer->variable[j], (*index)++));
    if (!inner) return CN_OK;
    if (!inner->built) {
        if (!inner->seeded) inner->seed = model->seed;
        inner->skip_initialization |= model->skip_initialization;
        CN_TRY(make_values(inner, inner->seeded ? 0 : *index));
        inner->built = true;
    }
    *index += inner->variable_count;
    return CN_OK;
}

static cn_status make_values(cn_model *model, size_t index)
{
    for (size_t i = 0; i < model->layer_count; i++)
        if (make_layer(model, model->layers[i], &index) != CN_OK)
            return cn__fail_in("layer %s", model->layers[i]->layer->name);
    return list_variables(model);
}

/* As if it had never been tried, but for models within, which may be built. What a graph knows of its shapes stays. */
static cn_status undo(cn_model *model, bool was_connected)
{
    model->variables = NULL, model->variable_names = NULL, model->variable_count = 0;
    if (!was_connected) cn__model_disconnect(model);
    return cn__fail_in("model %s", model->name);
}

/* ---- build ---------------------------------------------------------------------------------------------- */

/* (784) may be given for (784, 1) and the like: same elements, and the same shape but for ones. */
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

const cn__shape *cn__model_known_input(const cn_model *model)
{
    if (model->tensors) return &model->in;
    if (!model->layer_count) return NULL;
    const cn_layer *first = model->layers[0];
    if (first->model) return cn__model_known_input(first->model);
    return first->layer->kind->is_input ? &first->layer->out : NULL;
}

static cn_status fail_shape(const cn_model *model, size_t index, const cn__shape *wanted,
                            const cn__shape *got)
{
    char w[120], g[120], which[160] = "";
    if (model->input_count > 1)
        snprintf(which, sizeof which, " %zu (%.100s)", index + 1, cn__model_input_name(model, index));
    return cn__fail(CN_ERROR_SHAPE, "model %s: expected input%s of shape %s, got data of shape %s",
                    model->name, which, cn__shape_text(wanted, w, sizeof w),
                    cn__shape_text(got, g, sizeof g));
}

cn_status cn__model_check_input(const cn_model *model, size_t index, const cn__shape *shape)
{
    CN_TRY(cn__model_check(model));
    const cn__shape *known = model->input_count ? &model->inputs[index]->shape : cn__model_known_input(model);
    return !known || same_but_ones(known, shape) ? CN_OK : fail_shape(model, index, known, shape);
}

cn_status cn__model_build(cn_model *model, const cn__shape *shape)
{
    CN_TRY(cn__model_check(model));
    if (shape) CN_TRY(cn__model_check_input(model, 0, shape));
    if (model->built) return CN_OK;
    const bool connected = model->tensors != NULL;
    cn_status status = cn__model_connect(model, shape);
    if (status == CN_OK) status = make_values(model, 0);
    if (status != CN_OK) return undo(model, connected);
    model->built = true;
    return CN_OK;
}

cn_status cn__model_build_if_known(cn_model *model)
{
    return model->built || !cn__model_known_input(model) ? CN_OK : cn__model_build(model, NULL);
}

cn_status cn__model_build_known(cn_model *model)
{
    CN_TRY(cn__model_check(model));
    CN_TRY(cn__model_build_if_known(model));
    if (model->built) return CN_OK;
    return cn__fail(CN_ERROR_STATE, "model %s has no shape yet: give it an Input layer, or build it first",
                    model->name);
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
    return cn_tensor_shape(model->outputs[0], ndim, shape);
}
