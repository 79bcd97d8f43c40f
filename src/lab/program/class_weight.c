/* class_weight={no: 1, yes: 5} and class_weight=balanced: classes by the names that the data gives them, as fit takes them. */
#include <string.h>

#include "base/text/text.h"
#include "lab/program/analyzer.h"

static bool is_number(const cn__value *v) { return v->kind == CN_VALUE_INT || v->kind == CN_VALUE_FLOAT; }

static cn_status add_named(const cn__value *map, const cn__stage *data, cn__text *out)
{
    for (size_t i = 0; i < map->count; i++) {
        size_t class;
        CN_TRY(cn__stage_class(data, map->names[i], &class));
        if (!is_number(&map->items[i]))
            return cn__fail(CN_ERROR_ARGUMENT, "%s: expected a weight, a number", map->names[i]);
        cn__text_printf(out, "%s%zu: %.17g", i ? ", " : "", class, map->items[i].number);
    }
    return CN_OK;
}

/* samples / (classes · samples of the class), as scikit-learn's "balanced" has it. */
static cn_status add_balanced(cn__arena *arena, const cn__stage *data, cn__text *out)
{
    size_t n = data->labels.shape[0], classes = data->classes;
    size_t *counts = cn__arena_array(arena, classes, sizeof *counts);
    if (!counts) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        size_t class = (size_t)cn_array_at(&data->labels, i);
        if (class < classes) counts[class]++;
    }
    for (size_t c = 0; c < classes; c++)
        if (counts[c])
            cn__text_printf(out, "%s%zu: %.17g", out->size > 1 ? ", " : "", c,
                            (double)n / ((double)classes * (double)counts[c]));
    return CN_OK;
}

static cn_status make_map(cn__arena *arena, const cn__value *value, const cn__stage *data, cn__text *out)
{
    const char *word = cn__value_name(value);
    cn__text_add(out, "{");
    if (word && strcmp(word, "balanced") == 0) CN_TRY(add_balanced(arena, data, out));
    else if (value->kind == CN_VALUE_MAP) CN_TRY(add_named(value, data, out));
    else
        return cn__fail(CN_ERROR_ARGUMENT, "%s; expected balanced, or a map of classes: {%s: 1, %s: 5}",
                        cn__value_text(arena, value), data->class_names[0],
                        data->class_names[data->classes > 1]);
    cn__text_add(out, "}");
    return out->failed ? cn__fail_memory(out->size, "class weights") : CN_OK;
}

cn_status cn__class_weight(cn__arena *arena, const cn__value *value, const cn__stage *data, const char **out)
{
    cn__text text = {0};
    *out = NULL;
    if (!value) return CN_OK;
    if (data->task != CN_TASK_CLASSES)
        return cn__fail(CN_ERROR_ARGUMENT, "fit: class_weight: the targets are numbers, not classes");
    cn_status status = make_map(arena, value, data, &text);
    if (status == CN_OK) *out = cn__arena_strdup(arena, text.data);
    cn__text_free(&text);
    if (status == CN_OK) return *out ? CN_OK : CN_ERROR_MEMORY;
    return status == CN_ERROR_MEMORY ? status : cn__fail_in("fit: class_weight");
}
