/* compile: optimiser, loss and metrics by name, and the optimiser's slots. */
#include <string.h>

#include "model/model.h"
#include "nn/metric.h"

static cn_status parse_list(cn_model *model, const char *text, const cn__value **out)
{
    *out = NULL;
    if (!text) return CN_OK;
    cn__value *list = cn__arena_alloc(&model->compile_arena, sizeof *list);
    if (!list) return CN_ERROR_MEMORY;
    CN_TRY(cn__value_parse_list(&model->compile_arena, text, list));
    /* "[accuracy, mae]" is the list that it holds */
    *out = list->count == 1 && list->items[0].kind == CN_VALUE_LIST ? &list->items[0] : list;
    return CN_OK;
}

static cn_status compile(cn_model *model, const char *optimizer, const char *loss, const char *metrics,
                         const char *weighted)
{
    cn__arena *arena = &model->compile_arena;
    cn__value *value = cn__arena_array(arena, 2, sizeof *value);
    if (!value) return CN_ERROR_MEMORY;
    CN_TRY(cn__value_parse(arena, optimizer ? optimizer : "rmsprop", &value[0]));
    CN_TRY(cn__optimizer_parse(arena, &value[0], &model->optimizer));
    if (!loss)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "compile needs a loss, as in .loss = \"categorical_crossentropy\"");
    CN_TRY(cn__value_parse(arena, loss, &value[1]));
    CN_TRY(cn__loss_parse(arena, &value[1], &model->loss));
    CN_TRY(parse_list(model, metrics, &model->metrics));
    return parse_list(model, weighted, &model->weighted_metrics);
}

/* Metrics are made anew by each fit; here only their names and arguments are looked at, if the outputs are known. */
static cn_status try_metrics(const cn_model *model, const cn__value *list)
{
    if (!list || !model->built) return CN_OK;
    const size_t cols = model->out.rank ? model->out.dim[model->out.rank - 1] : 1;
    const size_t target_cols = cn__loss_is_sparse(&model->loss) || model->out.rank == 0 ? 1 : cols;
    cn__arena arena = {0};
    cn__metric *metric;
    cn_status status = CN_OK;
    for (size_t i = 0; i < list->count && status == CN_OK; i++)
        status = cn__metric_parse(&arena, &list->items[i], cols, target_cols, 1, &metric);
    cn__arena_free(&arena);
    return status;
}

cn_status cn__model_compile(cn_model *model, const char *optimizer, const char *loss, const char *metrics,
                            const char *weighted)
{
    CN_TRY(cn__model_check(model));
    model->compiled = model->trained = false;
    cn__arena_free(&model->compile_arena);
    model->compile_arena = (cn__arena){0};
    for (size_t i = 0; i < model->layer_count; i++)
        for (int j = 0; j < CN_MAX_VARIABLES; j++) {
            cn__variable *v = &model->layers[i]->layer->variable[j];
            memset(v->slot, 0, sizeof v->slot);
            v->average = v->grad = NULL;
        }
    CN_TRY(compile(model, optimizer, loss, metrics, weighted));
    CN_TRY(cn__model_build_if_known(model));
    CN_TRY(try_metrics(model, model->metrics));
    CN_TRY(try_metrics(model, model->weighted_metrics));
    model->compiled = true;
    return CN_OK;
}

cn_status cn__model_set_metrics(cn_model *model, const char *metrics, const char *weighted)
{
    const cn__value *plain = NULL, *with_weights = NULL;
    CN_TRY(parse_list(model, metrics, &plain));
    CN_TRY(parse_list(model, weighted, &with_weights));
    CN_TRY(try_metrics(model, plain));
    CN_TRY(try_metrics(model, with_weights));
    model->metrics = plain;
    model->weighted_metrics = with_weights;
    return CN_OK;
}

cn_status cn__model_make_slots(cn_model *model)
{
    for (size_t i = 0; i < model->variable_count; i++) {
        cn__variable *v = model->variables[i];
        if (!cn__variable_trainable(v)) continue;
        for (int s = 0; s < cn__optimizer_slots(&model->optimizer); s++) {
            if (v->slot[s]) continue;
            v->slot[s] = cn__arena_array(&model->compile_arena, v->padded, sizeof(real));
            if (!v->slot[s]) return CN_ERROR_MEMORY;
            real start = (real)cn__optimizer_slot_start(&model->optimizer, s);
            for (size_t e = 0; start != 0 && e < v->padded; e++) v->slot[s][e] = start;
        }
        if (model->optimizer.use_ema && !v->average) {
            v->average = cn__arena_array(&model->compile_arena, v->padded, sizeof(real));
            if (!v->average) return CN_ERROR_MEMORY;
            memcpy(v->average, v->value, v->padded * sizeof(real));
        }
    }
    return CN_OK;
}
