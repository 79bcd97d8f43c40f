/* compile: optimiser, losses and metrics by name. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/model.h"
#include "nn/metrics/metric.h"

/* ---- what is given for each output ----------------------------------------------------------------------- */

/* "accuracy, mae", a list in brackets, or a map. NULL where there is nothing. */
static cn_status parse_list(cn_model *model, const char *text, const cn__value **out)
{
    *out = NULL;
    if (!text) return CN_OK;
    cn__value *list = cn__arena_alloc(&model->compile_arena, sizeof *list);
    if (!list) return CN_ERROR_MEMORY;
    CN_TRY(cn__value_parse_list(&model->compile_arena, text, list));
    const bool wrapped =
        list->count == 1 && (list->items[0].kind == CN_VALUE_LIST || list->items[0].kind == CN_VALUE_MAP);
    *out = wrapped ? &list->items[0] : list;
    return CN_OK;
}

static cn_status unknown_output(const cn_model *model, const char *what, const char *name)
{
    const char *names[64];
    const size_t count = cn_model_output_count(model), shown = count < 64 ? count : 64;
    for (size_t i = 0; i < shown; i++) names[i] = cn__model_output_name(model, i);
    (void)cn__fail_word(CN_ERROR_ARGUMENT, "output", name, names, shown);
    return cn__fail_in("%s", what);
}

/* The entry of output `index`: of a map by its name, of a list by its place; NULL where it has none. `single` is what is
 * given for one output, or for all. */
static cn_status entry_of(const cn_model *model, const char *what, const cn__value *given, size_t index,
                          const cn__value **out)
{
    const size_t count = cn_model_output_count(model);
    *out = NULL;
    if (given->kind == CN_VALUE_MAP) {
        for (size_t i = 0; i < given->count; i++) {
            size_t o = 0;
            while (o < count && strcmp(given->names[i], cn__model_output_name(model, o)) != 0) o++;
            if (o == count) return unknown_output(model, what, given->names[i]);
        }
        *out = cn__value_get(given, cn__model_output_name(model, index));
    } else if (given->count == count) {
        *out = &given->items[index];
    } else {
        return cn__fail(CN_ERROR_ARGUMENT,
                        "%s has %zu entries for %zu outputs; expected one for each, or a map by name", what,
                        given->count, count);
    }
    if (*out && (*out)->kind == CN_VALUE_NONE) *out = NULL;
    return CN_OK;
}

/* ---- losses and metrics ------------------------------------------------------------------------------------- */

static cn_status read_loss(cn_model *model, const cn__value *value, cn__objective *o)
{
    o->has_loss = value != NULL;
    return value ? cn__loss_parse(&model->compile_arena, value, &o->loss) : CN_OK;
}

static cn_status read_losses(cn_model *model, const char *text)
{
    const size_t count = cn_model_output_count(model);
    const cn__value *given, *value;
    bool any = false;
    CN_TRY(parse_list(model, text, &given));
    const bool one_for_all = given->kind == CN_VALUE_LIST && given->count == 1;
    for (size_t i = 0; i < count; i++) {
        value = &given->items[0];
        if (!one_for_all) CN_TRY(entry_of(model, "loss", given, i, &value));
        if (read_loss(model, value, &model->objectives[i]) != CN_OK)
            return count > 1 ? cn__fail_in("output %s", cn__model_output_name(model, i)) : cn_error_status();
        any |= value != NULL;
    }
    return any ? CN_OK : cn__fail(CN_ERROR_ARGUMENT, "no output has a loss");
}

static cn_status read_weights(cn_model *model, const char *text)
{
    const size_t count = cn_model_output_count(model);
    const cn__value *given, *value;
    for (size_t i = 0; i < count; i++) model->objectives[i].weight = 1;
    CN_TRY(parse_list(model, text, &given));
    for (size_t i = 0; given && i < count; i++) {
        CN_TRY(entry_of(model, "loss_weights", given, i, &value));
        if (!value) continue;
        if ((value->kind != CN_VALUE_INT && value->kind != CN_VALUE_FLOAT) || !isfinite(value->number))
            return cn__fail(CN_ERROR_ARGUMENT, "loss_weights: %s, expected a number",
                            cn__value_text(&model->compile_arena, value));
        model->objectives[i].weight = value->number;
    }
    return CN_OK;
}

/* A metric, or a list of them, as a LIST. */
static cn_status as_list(cn_model *model, const cn__value *value, const cn__value **out)
{
    *out = value;
    if (!value || value->kind == CN_VALUE_LIST) return CN_OK;
    cn__value *list = cn__arena_alloc(&model->compile_arena, sizeof *list),
              *item = cn__arena_alloc(&model->compile_arena, sizeof *item);
    if (!list || !item) return CN_ERROR_MEMORY;
    *item = *value;
    *list = (cn__value){.kind = CN_VALUE_LIST, .items = item, .count = 1};
    *out = list;
    return CN_OK;
}

static bool is_list_of_lists(const cn__value *given)
{
    for (size_t i = 0; i < given->count; i++)
        if (given->items[i].kind == CN_VALUE_LIST || given->items[i].kind == CN_VALUE_NONE) return true;
    return false;
}

/* Of several outputs, a list of lists has one for each; a plain list is for all of them, as Keras takes a single word. */
static cn_status read_metrics(cn_model *model, const char *what, const char *text, const cn__value **out)
{
    const size_t count = cn_model_output_count(model);
    const cn__value *given, *value;
    CN_TRY(parse_list(model, text, &given));
    for (size_t i = 0; i < count; i++) {
        out[i] = given && given->kind == CN_VALUE_LIST ? given : NULL;
        if (!given || (given->kind == CN_VALUE_LIST && !(count > 1 && is_list_of_lists(given)))) continue;
        CN_TRY(entry_of(model, what, given, i, &value));
        CN_TRY(as_list(model, value, &out[i]));
    }
    return CN_OK;
}

/* Metrics are made anew by each fit; here only their names and arguments are examined, if the outputs are known. */
static cn_status try_metrics(const cn_model *model, const cn__value *list, size_t output)
{
    if (!list || !model->built) return CN_OK;
    const cn__objective *o = &model->objectives[output];
    const size_t cols = cn__model_output_cols(model, output);
    const size_t target_cols =
        (o->has_loss && cn__loss_is_sparse(&o->loss)) || !model->outputs[output]->shape.rank ? 1 : cols;
    cn__arena arena = {0};
    cn__metric *metric;
    cn_status status = CN_OK;
    for (size_t i = 0; i < list->count && status == CN_OK; i++)
        status = cn__metric_parse(&arena, &list->items[i], cols, target_cols, 1, &metric);
    cn__arena_free(&arena);
    return status;
}

cn_status cn__model_set_metrics(cn_model *model, const char *metrics, const char *weighted)
{
    const size_t count = cn_model_output_count(model);
    const cn__value **plain = cn__arena_array(&model->compile_arena, count, sizeof(cn__value *)),
                    **with_weights = cn__arena_array(&model->compile_arena, count, sizeof(cn__value *));
    if (!plain || !with_weights) return CN_ERROR_MEMORY;
    CN_TRY(read_metrics(model, "metrics", metrics, plain));
    CN_TRY(read_metrics(model, "weighted_metrics", weighted, with_weights));
    for (size_t i = 0; i < count; i++) {
        CN_TRY(try_metrics(model, plain[i], i));
        CN_TRY(try_metrics(model, with_weights[i], i));
    }
    for (size_t i = 0; i < count; i++) {
        model->objectives[i].metrics = plain[i];
        model->objectives[i].weighted_metrics = with_weights[i];
    }
    return CN_OK;
}

/* ---- compile ------------------------------------------------------------------------------------------------- */

static cn_status compile(cn_model *model, const char *optimizer, const char *loss, const char *metrics,
                         const char *weighted, const char *loss_weights)
{
    cn__arena *arena = &model->compile_arena;
    cn__value *value = cn__arena_alloc(arena, sizeof *value);
    model->objectives = cn__arena_array(arena, cn_model_output_count(model), sizeof *model->objectives);
    if (!value || !model->objectives) return CN_ERROR_MEMORY;
    CN_TRY(cn__value_parse(arena, optimizer ? optimizer : "rmsprop", value));
    CN_TRY(cn__optimizer_parse(arena, value, &model->optimizer));
    if (!loss)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "compile needs a loss, as in .loss = \"categorical_crossentropy\"");
    CN_TRY(read_losses(model, loss));
    CN_TRY(read_weights(model, loss_weights));
    CN_TRY(cn__model_build_if_known(model));
    return cn__model_set_metrics(model, metrics, weighted);
}

cn_status cn__model_compile(cn_model *model, const char *optimizer, const char *loss, const char *metrics,
                            const char *weighted, const char *loss_weights)
{
    CN_TRY(cn__model_check(model));
    model->compiled = model->trained = model->swapped = model->fast_convolution = false;
    cn__model_forget_slots(model);
    cn__arena_free(&model->compile_arena);
    model->compile_arena = (cn__arena){0};
    model->objectives = NULL;
    cn__free(model->compile_failure);
    model->compile_failure = NULL;
    model->compile_failed = compile(model, optimizer, loss, metrics, weighted, loss_weights);
    model->compiled = model->compile_failed == CN_OK;
    if (!model->compiled) model->compile_failure = cn__strdup(cn_error());
    return model->compile_failed;
}

cn_status cn__model_set_convolution(cn_model *model, const char *convolution)
{
    static const char *const words[] = {"default", "fast"};
    const bool fast = convolution && strcmp(convolution, "fast") == 0;
    if (convolution && !fast && strcmp(convolution, "default") != 0)
        return cn__fail_word(CN_ERROR_ARGUMENT, "convolution", convolution, words, 2);
    model->fast_convolution = fast;
    return CN_OK;
}

cn_status cn__model_check_compiled(const cn_model *model, const char *what)
{
    if (model->compiled) return CN_OK;
    if (model->compile_failed == CN_OK)
        return cn__fail(CN_ERROR_STATE, "%s: model %s is not compiled; call compile with a loss first", what,
                        model->name);
    return cn__fail(model->compile_failed, "%s: compile of model %s failed: %s", what, model->name,
                    model->compile_failure ? model->compile_failure : "out of memory");
}
