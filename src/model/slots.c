/* What a model's optimizer keeps of its variables. Two models may share variables, and each has slots of its own for them: its
 * table holds them, and the variables point to those of the model that trains. */
#include <string.h>

#include "model/model.h"
#include "nn/layer.h"
#include "nn/variable.h"

void cn__model_forget_slots(cn_model *model)
{
    for (size_t i = 0; i < model->variable_count; i++) {
        cn__variable *v = model->variables[i];
        if (v->slots_owner != model) continue;
        memset(v->slot, 0, sizeof v->slot);
        v->average = v->accumulated = v->grad = NULL, v->slots_owner = NULL;
    }
    model->slots = NULL;
    model->state_is_elsewhere = false;
}

static void attach(const cn_model *model, size_t i)
{
    const cn__slots *own = &model->slots[i];
    cn__variable *v = model->variables[i];
    memcpy(v->slot, own->slot, sizeof v->slot);
    v->average = own->average, v->accumulated = own->accumulated, v->keeps = own->keeps;
    v->slots_owner = model;
}

void cn__model_attach_slots(const cn_model *model)
{
    for (size_t i = 0; model->slots && i < model->variable_count; i++)
        if (model->variables[i]->slots_owner != model) attach(model, i);
}

static void keep(cn_model *model, size_t i)
{
    cn__slots *own = &model->slots[i];
    const cn__variable *v = model->variables[i];
    memcpy(own->slot, v->slot, sizeof own->slot);
    own->average = v->average, own->accumulated = v->accumulated, own->keeps = v->keeps;
}

static cn_status make_slot(cn_model *model, cn__variable *v, int s)
{
    const cn__optimizer *o = &model->optimizer;
    const real start = (real)cn__optimizer_slot_start(o, s);
    size_t shape[CN_MAX_RANK], size = v->padded;
    const int ndim = cn__optimizer_slot_shape(o, s, v, shape);
    if (ndim >= 0) size = cn__fill_size(ndim, shape);
    v->slot[s] = model->shards_state ? cn__arena_reserve(&model->compile_arena, size, sizeof(real))
                                     : cn__arena_array(&model->compile_arena, size, sizeof(real));
    if (!v->slot[s]) return CN_ERROR_MEMORY;
    for (size_t e = 0; start != 0 && e < size; e++) v->slot[s][e] = start;
    return CN_OK;
}

static cn_status make_slots(cn_model *model, cn__variable *v)
{
    const cn__optimizer *o = &model->optimizer;
    for (int s = 0; s < cn__optimizer_slots(o); s++)
        if (!v->slot[s] && cn__optimizer_slot_of(o, s, v)) CN_TRY(make_slot(model, v, s));
    if (o->accumulation > 1 && !v->accumulated) {
        v->accumulated = cn__arena_array(&model->compile_arena, v->padded, sizeof(real));
        if (!v->accumulated) return CN_ERROR_MEMORY;
    }
    if (!o->use_ema || v->average) return CN_OK;
    v->average = cn__arena_array(&model->compile_arena, v->padded, sizeof(real));
    if (!v->average) return CN_ERROR_MEMORY;
    memcpy(v->average, v->value, v->padded * sizeof(real));
    return CN_OK;
}

/* Which weights do not decay; a word that is in no name is a mistake. */
static cn_status mark_excluded(cn_model *model)
{
    const cn__value *words = model->optimizer.exclude;
    for (size_t i = 0; i < model->variable_count; i++)
        model->variables[i]->keeps = cn__optimizer_excludes(&model->optimizer, model->variables[i]);
    for (size_t w = 0; words && w < words->count; w++) {
        cn__optimizer one = model->optimizer;
        const cn__value list = {.kind = CN_VALUE_LIST, .items = &words->items[w], .count = 1};
        bool found = false;
        one.exclude = &list;
        for (size_t i = 0; i < model->variable_count && !found; i++)
            found = cn__optimizer_excludes(&one, model->variables[i]);
        if (!found)
            return cn__fail(CN_ERROR_ARGUMENT,
                            "exclude_from_weight_decay: model %s has no variable %s; expected a part of a "
                            "variable's name, as bias, or layer/variable",
                            model->name, words->items[w].word);
    }
    return CN_OK;
}

cn_status cn__model_make_slots(cn_model *model)
{
    if (!model->slots)
        model->slots =
            cn__arena_array(&model->compile_arena, model->variable_count + 1, sizeof *model->slots);
    if (!model->slots) return CN_ERROR_MEMORY;
    cn__model_attach_slots(model);
    CN_TRY(mark_excluded(model));
    for (size_t i = 0; i < model->variable_count; i++) {
        if (cn__variable_trainable(model->variables[i])) CN_TRY(make_slots(model, model->variables[i]));
        keep(model, i);
    }
    return CN_OK;
}
