/* The optimiser's arrays, one after the other. */
#include "model/state.h"

#include <string.h>

#include "nn/variable.h"

enum { ROUNDS = CN_MAX_SLOTS };

static size_t trained_count(const cn_model *model)
{
    size_t count = 0;
    for (size_t i = 0; i < model->variable_count; i++) count += cn__variable_trainable(model->variables[i]);
    return count;
}

/* Averages and accumulated gradients of a variable. */
static size_t before_slots(const cn__optimizer *o)
{
    return (o->use_ema ? 1u : 0u) + (o->accumulation > 1 ? 1u : 0u);
}

size_t cn__state_count(const cn_model *model)
{
    const cn__optimizer *o = &model->optimizer;
    size_t count = before_slots(o) * trained_count(model);
    for (size_t i = 0; i < model->variable_count; i++)
        for (int s = 0; cn__variable_trainable(model->variables[i]) && s < cn__optimizer_slots(o); s++)
            count += cn__optimizer_slot_of(o, s, model->variables[i]);
    return count;
}

size_t cn__state_averages(const cn_model *model)
{
    return before_slots(&model->optimizer) * trained_count(model);
}

size_t cn__state_unused(const cn_model *model)
{
    return cn__optimizer_slots(&model->optimizer) == 0 ? trained_count(model) : 0;
}

static cn__state like_variable(cn__variable *v, const char *name, real **values)
{
    cn__state state = {.variable = v, .name = name, .values = values, .ndim = v->ndim, .kept = v->padded};
    memcpy(state.shape, v->shape, sizeof state.shape);
    return state;
}

static cn__state *add_averages(const cn_model *model, cn__state *next)
{
    for (size_t i = 0; i < model->variable_count; i++) {
        cn__variable *v = model->variables[i];
        if (!cn__variable_trainable(v)) continue;
        if (model->optimizer.use_ema) *next++ = like_variable(v, "average", &v->average);
        if (model->optimizer.accumulation > 1)
            *next++ = like_variable(v, "gradient_accumulator", &v->accumulated);
    }
    return next;
}

static cn__state slot_state(const cn__optimizer *o, cn__variable *v, int slot)
{
    cn__state state = like_variable(v, cn__optimizer_slot_name(o, slot), &v->slot[slot]);
    size_t shape[CN_MAX_RANK];
    const int ndim = cn__optimizer_slot_shape(o, slot, v, shape);
    state.start = cn__optimizer_slot_start(o, slot);
    if (ndim < 0) return state;
    state.ndim = ndim, state.plain = true;
    memcpy(state.shape, shape, sizeof shape);
    state.kept = cn__state_size(&state);
    return state;
}

static cn__state *add_round(const cn_model *model, int round, cn__state *next)
{
    const cn__optimizer *o = &model->optimizer;
    for (size_t i = 0; i < model->variable_count; i++) {
        cn__variable *v = model->variables[i];
        if (!cn__variable_trainable(v)) continue;
        for (int s = 0; s < cn__optimizer_slots(o); s++)
            if (cn__optimizer_slot_round(o, s) == round && cn__optimizer_slot_of(o, s, v))
                *next++ = slot_state(o, v, s);
    }
    return next;
}

cn__state *cn__state_list(const cn_model *model, cn__arena *arena)
{
    cn__state *list = cn__arena_array(arena, cn__state_count(model) + 1, sizeof *list);
    if (!list) return NULL;
    cn__state *next = add_averages(model, list);
    for (int round = 0; round < ROUNDS; round++) next = add_round(model, round, next);
    return list;
}

size_t cn__state_size(const cn__state *state) { return cn__fill_size(state->ndim, state->shape); }

size_t cn__state_elements(const cn_model *model)
{
    cn__arena arena = {0};
    size_t total = 0;
    const cn__state *list = cn__state_list(model, &arena);
    for (size_t i = 0; list && i < cn__state_count(model); i++) total += cn__state_size(&list[i]);
    cn__arena_free(&arena);
    return total;
}

void cn__state_get(const cn__state *state, real *values)
{
    const cn__variable *v = state->variable;
    const size_t size = cn__state_size(state);
    if (*state->values && state->plain) memcpy(values, *state->values, size * sizeof *values);
    else if (*state->values) cn__variable_gather(v, *state->values, values);
    else if (state->values == &v->average) cn__variable_gather(v, v->value, values);
    else
        for (size_t i = 0; i < size; i++) values[i] = (real)state->start;
}

void cn__state_set(const cn__state *state, const real *values)
{
    if (state->plain) memcpy(*state->values, values, state->kept * sizeof *values);
    else cn__variable_scatter(state->variable, values, *state->values);
}
