/* The optimiser of a compiled model from outside: its rate, its count of steps, its arrays. */
#include <math.h>

#include "cornu/train.h"
#include "model/state.h"
#include "nn/layer.h"
#include "nn/variable.h"

static cn_status check_compiled(const cn_model *model)
{
    if (model->compiled) return CN_OK;
    return cn__fail(CN_ERROR_STATE, "model %s is not compiled: it has no optimizer", model->name);
}

double cn_model_learning_rate(const cn_model *model)
{
    return model->compiled ? cn__optimizer_rate(&model->optimizer) : (double)NAN;
}

cn_status cn_model_set_learning_rate(cn_model *model, double rate)
{
    CN_TRY(check_compiled(model));
    return cn__optimizer_set_rate(&model->optimizer, rate);
}

int64_t cn_model_iterations(const cn_model *model)
{
    return model->compiled ? model->optimizer.iterations : 0;
}

cn_status cn_model_set_iterations(cn_model *model, int64_t iterations)
{
    CN_TRY(check_compiled(model));
    if (iterations < 0)
        return cn__fail(CN_ERROR_ARGUMENT, "iterations = %lld, expected 0 or more", (long long)iterations);
    CN_TRY(cn__optimizer_set_steps(&model->optimizer, iterations));
    model->trained = iterations > 0;
    return CN_OK;
}

/* The index-th array that is not a single number; NULL behind the last. */
static const cn__state *array_at(const cn_model *model, const cn__state *list, size_t index)
{
    for (size_t i = 0; i < cn__state_count(model); i++)
        if (list[i].ndim > 0 && index-- == 0) return &list[i];
    return NULL;
}

size_t cn_model_state_count(const cn_model *model)
{
    cn__arena arena = {0};
    size_t count = 0;
    if (!model->compiled || !model->built) return 0;
    const cn__state *list = cn__state_list(model, &arena);
    while (list && array_at(model, list, count)) count++;
    cn__arena_free(&arena);
    return count;
}

/* The array's place; its list lives in `arena`. */
static cn_status find(const cn_model *model, size_t i, cn__arena *arena, const cn__state **out)
{
    CN_TRY(check_compiled(model));
    if (i >= cn_model_state_count(model))
        return cn__fail(CN_ERROR_ARGUMENT, "optimizer state %zu: model %s has %zu arrays", i, model->name,
                        cn_model_state_count(model));
    const cn__state *list = cn__state_list(model, arena);
    if (!list) return CN_ERROR_MEMORY;
    *out = array_at(model, list, i);
    return CN_OK;
}

static cn_status read_state(const cn__state *state, cn_array *out)
{
    CN_TRY(cn_array_new(out, sizeof(real) == 4 ? CN_FLOAT32 : CN_FLOAT64, state->ndim, state->shape));
    cn__state_get(state, out->data);
    return CN_OK;
}

static cn_status write_state(cn_model *model, const cn__state *state, const cn_array *values)
{
    const size_t n = cn__state_size(state);
    if (cn_array_size(values) != n)
        return cn__fail(CN_ERROR_SHAPE, "optimizer state %s of %s has %zu numbers, got %zu", state->name,
                        state->variable->name, n, cn_array_size(values));
    CN_TRY(cn__model_make_slots(model));
    if (values->dtype == CN_FLOAT32 && sizeof(real) == 4) {
        cn__state_set(state, values->data);
        return CN_OK;
    }
    real *copy = cn__calloc(n ? n : 1, sizeof *copy);
    if (!copy) return CN_ERROR_MEMORY;
    for (size_t e = 0; e < n; e++) copy[e] = (real)cn_array_at(values, e);
    cn__state_set(state, copy);
    cn__free(copy);
    return CN_OK;
}

cn_status cn_model_get_state(const cn_model *model, size_t i, cn_array *out)
{
    cn__arena arena = {0};
    const cn__state *state = NULL;
    cn_status status = find(model, i, &arena, &state);
    if (status == CN_OK) status = read_state(state, out);
    cn__arena_free(&arena);
    return status;
}

cn_status cn_model_set_state(cn_model *model, size_t i, const cn_array *values)
{
    cn__arena arena = {0};
    const cn__state *state = NULL;
    cn_status status = find(model, i, &arena, &state);
    if (status == CN_OK) status = write_state(model, state, values);
    cn__arena_free(&arena);
    return status;
}

cn_status cn_model_swap_averages(cn_model *model)
{
    CN_TRY(check_compiled(model));
    if (!model->optimizer.use_ema)
        return cn__fail(CN_ERROR_STATE,
                        "optimizer %s keeps no averages of the weights; expected use_ema=true",
                        model->optimizer.name);
    CN_TRY(cn__model_make_slots(model));
    for (size_t i = 0; i < model->variable_count; i++) {
        const cn__variable *v = model->variables[i];
        for (size_t e = 0; v->average && cn__variable_trainable(v) && e < v->padded; e++) {
            const real w = v->value[e];
            v->value[e] = v->average[e];
            v->average[e] = w;
        }
    }
    model->swapped = !model->swapped;
    return CN_OK;
}
