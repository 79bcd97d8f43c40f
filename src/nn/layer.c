/* The table of layers, and making one from its notation. */
#include "nn/layer.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "nn/layers.h"
#include "nn/variable.h"

static const cn__layer_kind *const kinds[] = {
    &cn__layer_input,   &cn__layer_dense,      &cn__layer_activation, &cn__layer_dropout,
    &cn__layer_flatten, &cn__layer_reshape,    &cn__layer_batchnorm,  &cn__layer_layernorm,
    &cn__layer_relu,    &cn__layer_leaky_relu, &cn__layer_elu,        &cn__layer_softmax,
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* Also known as: Keras's functions and classes that have two names. */
static const struct {
    const char *alias, *name;
} aliases[] = {
    {"InputLayer", "Input"}, {"batch_norm", "BatchNormalization"}, {"layer_norm", "LayerNormalization"}};

const char *const *cn__layer_names(void)
{
    static const char *const names[] = {"input",
                                        "dense",
                                        "activation",
                                        "dropout",
                                        "flatten",
                                        "reshape",
                                        "batch_normalization",
                                        "layer_normalization",
                                        "relu",
                                        "leaky_relu",
                                        "elu",
                                        "softmax",
                                        NULL};
    _Static_assert(sizeof names / sizeof names[0] == KINDS + 1, "a name for each layer");
    return names;
}

size_t cn__shape_size(const cn__shape *shape)
{
    size_t size = 1;
    for (int i = 0; i < shape->rank; i++) size *= shape->dim[i];
    return size;
}

char *cn__shape_text(const cn__shape *shape, char *buffer, size_t size)
{
    size_t used = (size_t)snprintf(buffer, size, "(None");
    for (int i = 0; i < shape->rank && used < size; i++)
        used += (size_t)snprintf(buffer + used, size - used, ", %zu", shape->dim[i]);
    if (used < size) snprintf(buffer + used, size - used, shape->rank ? ")" : ",)");
    return buffer;
}

static const cn__layer_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        if (cn__same_name(name, aliases[i].alias)) name = aliases[i].name;
    for (int i = 0; i < KINDS; i++)
        if (cn__same_name(name, kinds[i]->class_name)) return kinds[i];
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
    {.name = "dtype", .type = CN_PARAM_WORD, .offset = offsetof(struct common, dtype), .fallback = "float32"},
};
enum { COMMON = sizeof common_params / sizeof common_params[0] };

static bool is_common(const char *name)
{
    for (int i = 0; name && i < COMMON; i++)
        if (strcmp(name, common_params[i].name) == 0) return true;
    return false;
}

/* Sorts the arguments of `call` into the common ones and the layer's own. input(28, 28) and reshape(7, -1) may be
 * written without the tuple: their positional numbers become one list. */
static cn_status split_call(cn__arena *arena, const cn__layer_kind *kind, const cn__value *call,
                            cn__value *common, cn__value *own)
{
    *common = *own = (cn__value){.kind = CN_VALUE_CALL, .word = call->word};
    size_t room = call->count + 1;
    cn__value *items[2] = {cn__arena_array(arena, room, sizeof(cn__value)),
                           cn__arena_array(arena, room, sizeof(cn__value))};
    const char **names[2] = {cn__arena_array(arena, room, sizeof(char *)),
                             cn__arena_array(arena, room, sizeof(char *))};
    cn__value *list = cn__arena_array(arena, room, sizeof(cn__value));
    if (!items[0] || !items[1] || !names[0] || !names[1] || !list) return CN_ERROR_MEMORY;
    common->items = items[0], common->names = names[0], own->items = items[1], own->names = names[1];
    size_t numbers = 0;
    bool shape_first = kind->param_count && kind->params[0].type == CN_PARAM_INTS;
    for (size_t i = 0; i < call->count; i++) {
        const char *name = call->names[i];
        if (shape_first && !name && call->items[i].kind == CN_VALUE_INT) {
            list[numbers++] = call->items[i];
            continue;
        }
        cn__value *to = is_common(name) ? common : own;
        to->items[to->count] = call->items[i];
        to->names[to->count++] = name;
    }
    if (numbers) {
        own->items[own->count] = (cn__value){.kind = CN_VALUE_LIST, .items = list, .count = numbers};
        own->names[own->count++] = NULL;
    }
    return CN_OK;
}

cn_status cn__layer_parse(cn__arena *arena, const cn__value *value, cn__layer **out)
{
    const char *name = cn__value_name(value);
    if (!name)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "a layer begins with its name, as in dense(512, activation=relu); got %s",
                        cn__value_text(arena, value));
    const cn__layer_kind *kind = find_kind(name);
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

cn__variable *cn__layer_variable(cn__layer *layer, const char *name, int ndim, const size_t *shape,
                                 bool weight)
{
    cn__variable *v = &layer->variable[layer->variables++];
    *v = (cn__variable){.name = name, .layer = layer, .ndim = ndim, .rows = 1, .weight = weight};
    for (int i = 0; i < ndim; i++) v->shape[i] = shape[i];
    for (int i = 0; i < ndim - 1; i++) v->rows *= shape[i];
    v->cols = shape[ndim - 1];
    const cn__panel last = cn__panel_at(v, cn__panel_count(v) - 1);
    v->padded = last.offset + v->rows * last.width;
    return v;
}
