/* The optimiser's arrays, one after the other. */
#include "model/state.h"

#include "nn/variable.h"

enum { ROUNDS = CN_MAX_SLOTS };

static size_t trained_count(const cn_model *model)
{
    size_t count = 0;
    for (size_t i = 0; i < model->variable_count; i++) count += cn__variable_trainable(model->variables[i]);
    return count;
}

size_t cn__state_count(const cn_model *model)
{
    size_t each = (size_t)cn__optimizer_slots(&model->optimizer) + (model->optimizer.use_ema ? 1 : 0);
    return each * trained_count(model);
}

size_t cn__state_averages(const cn_model *model)
{
    return model->optimizer.use_ema ? trained_count(model) : 0;
}

size_t cn__state_unused(const cn_model *model)
{
    return cn__optimizer_slots(&model->optimizer) == 0 ? trained_count(model) : 0;
}

static cn__state *add_averages(const cn_model *model, cn__state *next)
{
    for (size_t i = 0; i < model->variable_count && model->optimizer.use_ema; i++) {
        cn__variable *v = model->variables[i];
        if (cn__variable_trainable(v))
            *next++ = (cn__state){.variable = v, .name = "average", .values = &v->average};
    }
    return next;
}

static cn__state *add_round(const cn_model *model, int round, cn__state *next)
{
    const cn__optimizer *o = &model->optimizer;
    for (size_t i = 0; i < model->variable_count; i++) {
        cn__variable *v = model->variables[i];
        if (!cn__variable_trainable(v)) continue;
        for (int s = 0; s < cn__optimizer_slots(o); s++)
            if (cn__optimizer_slot_round(o, s) == round)
                *next++ = (cn__state){.variable = v,
                                      .name = cn__optimizer_slot_name(o, s),
                                      .values = &v->slot[s],
                                      .start = cn__optimizer_slot_start(o, s)};
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

void cn__state_get(const cn__state *state, real *values)
{
    const cn__variable *v = state->variable;
    const size_t size = cn__variable_size(v);
    if (*state->values) cn__variable_gather(v, *state->values, values);
    else if (state->values == &v->average) cn__variable_gather(v, v->value, values);
    else
        for (size_t i = 0; i < size; i++) values[i] = (real)state->start;
}

void cn__state_set(const cn__state *state, const real *values)
{
    cn__variable_scatter(state->variable, values, *state->values);
}
