/* Weights in and out, in Keras's order and shapes. */
#include <stdio.h>
#include <string.h>

#include "model/model.h"
#include "nn/variable.h"

size_t cn_model_weight_count(const cn_model *model) { return model->variable_count; }

static size_t count_parameters(const cn_model *model, bool trainable_only)
{
    size_t total = 0;
    for (size_t i = 0; i < model->variable_count; i++)
        if (!trainable_only || cn__variable_trainable(model->variables[i]))
            total += cn__variable_size(model->variables[i]);
    return total;
}

size_t cn_model_parameters(const cn_model *model) { return count_parameters(model, false); }
size_t cn_model_trainable_parameters(const cn_model *model) { return count_parameters(model, true); }

static cn_status check_index(const cn_model *model, size_t i)
{
    if (!model->built)
        return cn__fail(CN_ERROR_STATE, "model %s is not built: it has no weights yet", model->name);
    if (i >= model->variable_count)
        return cn__fail(CN_ERROR_ARGUMENT, "weight %zu: model %s has %zu weights", i, model->name,
                        model->variable_count);
    return CN_OK;
}

cn_status cn_model_weight_name(const cn_model *model, size_t i, char *buffer, size_t size)
{
    CN_TRY(check_index(model, i));
    snprintf(buffer, size, "%s", model->variable_names[i]);
    return CN_OK;
}

cn_status cn_model_get_weight(const cn_model *model, size_t i, cn_array *out)
{
    CN_TRY(check_index(model, i));
    const cn__variable *v = model->variables[i];
    CN_TRY(cn_array_new(out, sizeof(real) == 4 ? CN_FLOAT32 : CN_FLOAT64, v->ndim, v->shape));
    cn__variable_gather(v, v->value, out->data);
    return CN_OK;
}

static cn_status check_weight(const cn_model *model, size_t i, const cn_array *weight)
{
    CN_TRY(check_index(model, i));
    const cn__variable *v = model->variables[i];
    bool same = weight->ndim == v->ndim;
    for (int d = 0; same && d < v->ndim; d++) same = weight->shape[d] == v->shape[d];
    if (!same) {
        char got[120], wanted[120];
        cn_array expected = cn_array_view(CN_FLOAT32, NULL, v->ndim, v->shape);
        return cn__fail(CN_ERROR_SHAPE, "weight %zu (%s) of model %s has shape %s, got %s", i,
                        model->variable_names[i], model->name,
                        cn_array_shape_text(&expected, wanted, sizeof wanted),
                        cn_array_shape_text(weight, got, sizeof got));
    }
    if (weight->dtype != CN_FLOAT32 && weight->dtype != CN_FLOAT64)
        return cn__fail(CN_ERROR_DATA, "weight %zu (%s): expected float32 or float64, got %s", i,
                        model->variable_names[i], cn_dtype_name(weight->dtype));
    return CN_OK;
}

cn_status cn_model_set_weight(cn_model *model, size_t i, const cn_array *weight)
{
    CN_TRY(check_weight(model, i, weight));
    const cn__variable *v = model->variables[i];
    size_t n = cn__variable_size(v);
    if (weight->dtype == CN_FLOAT32 && sizeof(real) == 4) {
        cn__variable_scatter(v, weight->data, v->value);
        return CN_OK;
    }
    real *values = cn__calloc(n, sizeof(real));
    if (!values) return CN_ERROR_MEMORY;
    for (size_t e = 0; e < n; e++) values[e] = (real)cn_array_at(weight, e);
    cn__variable_scatter(v, values, v->value);
    cn__free(values);
    return CN_OK;
}

cn_status cn_model_set_weights(cn_model *model, const cn_array *weights, size_t count)
{
    if (!model->built)
        return cn__fail(CN_ERROR_STATE, "model %s is not built: it has no weights yet", model->name);
    if (count != model->variable_count)
        return cn__fail(CN_ERROR_SHAPE, "model %s has %zu weights, got %zu", model->name,
                        model->variable_count, count);
    for (size_t i = 0; i < count; i++) CN_TRY(check_weight(model, i, &weights[i]));
    for (size_t i = 0; i < count; i++) CN_TRY(cn_model_set_weight(model, i, &weights[i]));
    return CN_OK;
}
