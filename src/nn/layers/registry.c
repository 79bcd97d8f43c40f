/* The layers by name, and making one from its notation. */
#include <stdio.h>
#include <string.h>

#include "base/text/text.h"
#include "nn/layers/layers.h"

#define ENTRY(name) &cn__layer_##name,
static const cn__layer_kind *const kinds[] = {CN_LAYERS(ENTRY) NULL};
#undef ENTRY
enum { KINDS = sizeof kinds / sizeof kinds[0] - 1 };

const cn__layer_kind *const *cn__layer_kinds(void) { return kinds; }

const char *const *cn__layer_names(void)
{
#define ENTRY(name) #name,
    static const char *const names[] = {CN_LAYERS(ENTRY) NULL};
#undef ENTRY
    return names;
}

static bool is_called(const cn__layer_kind *kind, const char *name)
{
    const size_t most = sizeof kind->aliases / sizeof *kind->aliases;
    for (size_t i = 0; i < most && kind->aliases[i]; i++)
        if (cn__same_name(name, kind->aliases[i])) return true;
    return cn__same_name(name, kind->class_name);
}

const cn__layer_kind *cn__layer_kind_called(const char *name)
{
    for (int i = 0; i < KINDS; i++)
        if (is_called(kinds[i], name)) return kinds[i];
    return NULL;
}

/* What every layer takes beside its own arguments. */
struct common {
    const char *name, *dtype;
    bool trainable;
};
static const cn__param common_params[] = {
    {.name = "name", .type = CN_PARAM_WORD, .offset = offsetof(struct common, name), .fallback = "none"},
    {.name = "trainable",
     .type = CN_PARAM_BOOL,
     .offset = offsetof(struct common, trainable),
     .fallback = "true"},
    {.name = "dtype", .type = CN_PARAM_WORD, .offset = offsetof(struct common, dtype), .fallback = "none"},
};
enum { COMMON = sizeof common_params / sizeof common_params[0] };

static bool is_common(const char *name)
{
    for (int i = 0; name && i < COMMON; i++)
        if (strcmp(name, common_params[i].name) == 0) return true;
    return false;
}

static bool takes_activation(const cn__layer_kind *kind)
{
    for (size_t i = 0; i < kind->param_count; i++)
        if (strcmp(kind->params[i].name, "activation") == 0) return true;
    return false;
}

/* Sorts the arguments of `call` into the common ones and the layer's own. input(28, 28) and reshape(7, -1) may be
 * written without the tuple: their positional numbers become one list. The name of an activation is taken as one wherever it
 * stands behind the first argument: conv2d(32, 3, relu), conv2d(32, 3, padding=same, relu). */
static cn_status split_call(cn__arena *arena, const cn__layer_kind *kind, const cn__value *call,
                            cn__value *common, cn__value *own)
{
    *common = *own = (cn__value){.kind = CN_VALUE_CALL, .word = call->word};
    size_t capacity = call->count + 1;
    cn__value *items[2] = {cn__arena_array(arena, capacity, sizeof(cn__value)),
                           cn__arena_array(arena, capacity, sizeof(cn__value))};
    const char **names[2] = {cn__arena_array(arena, capacity, sizeof(char *)),
                             cn__arena_array(arena, capacity, sizeof(char *))};
    cn__value *list = cn__arena_array(arena, capacity, sizeof(cn__value));
    if (!items[0] || !items[1] || !names[0] || !names[1] || !list) return CN_ERROR_MEMORY;
    common->items = items[0], common->names = names[0], own->items = items[1], own->names = names[1];
    size_t numbers = 0;
    const bool activates = takes_activation(kind) && !cn__value_get(call, "activation");
    bool shape_first = kind->param_count && kind->params[0].type == CN_PARAM_INTS;
    for (size_t i = 0; i < call->count; i++) {
        const char *name = call->names[i];
        if (shape_first && !name && call->items[i].kind == CN_VALUE_INT) {
            list[numbers++] = call->items[i];
            continue;
        }
        const bool behind_named = i && call->names[i - 1]; /* where nothing else may stand */
        if (!name && activates && i && (behind_named || cn__is_activation(&call->items[i])))
            name = "activation";
        cn__value *to = is_common(name) ? common : own;
        to->items[to->count] = call->items[i];
        to->names[to->count++] = name;
    }
    if (!numbers) return CN_OK;
    memmove(own->items + 1, own->items, own->count * sizeof *own->items);
    memmove(own->names + 1, own->names, own->count * sizeof *own->names);
    own->items[0] = (cn__value){.kind = CN_VALUE_LIST, .items = list, .count = numbers};
    own->names[0] = NULL;
    own->count++;
    return CN_OK;
}

cn_status cn__layer_parse(cn__arena *arena, const cn__value *value, cn__layer **out)
{
    const char *name = cn__value_name(value);
    if (!name)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "a layer begins with its name, as in dense(512, activation=relu); got %s",
                        cn__value_text(arena, value));
    const cn__layer_kind *kind = cn__layer_kind_called(name);
    if (!kind) return cn__fail_word(CN_ERROR_ARGUMENT, "layer", name, cn__layer_names(), KINDS);
    cn__layer *layer = cn__arena_alloc(arena, sizeof *layer);
    void *config = cn__arena_alloc(arena, kind->config_size ? kind->config_size : 1);
    if (!layer || !config) return CN_ERROR_MEMORY;
    *layer = (cn__layer){.kind = kind, .config = config, .call = value};
    cn__value common_call, own_call;
    struct common common;
    char what[96];
    snprintf(what, sizeof what, "layer %.60s", name);
    CN_TRY(split_call(arena, kind, value, &common_call, &own_call));
    CN_TRY(cn__params_read(arena, what, common_params, COMMON, &common_call, &common));
    CN_TRY(cn__params_read(arena, what, kind->params, kind->param_count, &own_call, config));
    if (common.dtype && strcmp(common.dtype, "float32") != 0)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: dtype = %s, expected float32", what, common.dtype);
    layer->name = common.name;
    layer->trainable = common.trainable;
    if (kind->prepare && kind->prepare(arena, layer) != CN_OK) return cn__fail_in("%s", what);
    *out = layer;
    return CN_OK;
}
