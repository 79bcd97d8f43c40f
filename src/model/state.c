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

static cn__state like_variable(const cn_model *model, size_t index, const char *name, enum cn__state_of of)
{
    cn__variable *v = model->variables[index];
    cn__state state = {.variable = v,
                       .name = name,
                       .model = model,
                       .index = index,
                       .of = of,
                       .ndim = v->ndim,
                       .kept = v->padded};
    memcpy(state.shape, v->shape, sizeof state.shape);
    return state;
}

real *cn__state_values(const cn__state *state)
{
    const cn__slots *own = state->model->slots ? &state->model->slots[state->index] : NULL;
    if (!own) return NULL;
    if (state->of == CN_STATE_AVERAGE) return own->average;
    return state->of == CN_STATE_ACCUMULATED ? own->accumulated : own->slot[state->slot];
}

static cn__state *add_averages(const cn_model *model, cn__state *next)
{
    for (size_t i = 0; i < model->variable_count; i++) {
        if (!cn__variable_trainable(model->variables[i])) continue;
        if (model->optimizer.use_ema) *next++ = like_variable(model, i, "average", CN_STATE_AVERAGE);
        if (model->optimizer.accumulation > 1)
            *next++ = like_variable(model, i, "gradient_accumulator", CN_STATE_ACCUMULATED);
    }
    return next;
}

static cn__state slot_state(const cn_model *model, size_t index, int slot)
{
    const cn__optimizer *o = &model->optimizer;
    cn__state state = like_variable(model, index, cn__optimizer_slot_name(o, slot), CN_STATE_SLOT);
    size_t shape[CN_MAX_RANK];
    const int ndim = cn__optimizer_slot_shape(o, slot, model->variables[index], shape);
    state.slot = slot;
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
                *next++ = slot_state(model, i, s);
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
    const real *kept = cn__state_values(state);
    if (kept && state->plain) memcpy(values, kept, size * sizeof *values);
    else if (kept) cn__variable_gather(v, kept, values);
    else if (state->of == CN_STATE_AVERAGE) cn__variable_gather(v, v->value, values);
    else
        for (size_t i = 0; i < size; i++) values[i] = (real)state->start;
}

void cn__state_set(const cn__state *state, const real *values)
{
    real *kept = cn__state_values(state);
    if (state->plain) memcpy(kept, values, state->kept * sizeof *values);
    else cn__variable_scatter(state->variable, values, kept);
}
