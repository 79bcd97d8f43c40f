/* The table of layers, and making one from its notation. */
#include "nn/layer.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text/text.h"
#include "nn/layers/layers.h"
#include "nn/variable.h"

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

/* ---- calling ---------------------------------------------------------------------------------------- */

static cn_status check_count(const cn__layer_kind *kind, size_t inputs)
{
    const int least = kind->most_inputs ? kind->least_inputs : 1,
              most = kind->most_inputs ? kind->most_inputs : 1;
    if (inputs >= (size_t)least && inputs <= (size_t)most) return CN_OK;
    if (least == most)
        return cn__fail(CN_ERROR_SHAPE, "it takes %d input%s, got %zu", least, least == 1 ? "" : "s", inputs);
    return cn__fail(CN_ERROR_SHAPE, "it takes %d inputs or more, got %zu", least, inputs);
}

static cn_status check_variables(const cn__layer *layer)
{
    for (int i = 0; i < layer->variables; i++) {
        const cn__variable *v = &layer->variable[i];
        if (v->rows > SIZE_MAX / 64 / (v->cols + CN_PANEL))
            return cn__fail_memory(SIZE_MAX, "a layer's weights");
        CN_TRY(cn__initializer_check(&v->initializer, v->ndim));
        CN_TRY(cn__regularizer_check(&v->regularizer, v->ndim));
        CN_TRY(cn__constraint_check(&v->constraint, v->ndim, v->name));
    }
    return CN_OK;
}

cn_status cn__read_data_format(cn__layer *layer, const cn__value *format)
{
    static const char *const formats[] = {"channels_first", "channels_last"};
    const char *name = format ? cn__value_name(format) : "channels_last";
    if (!name)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "data_format is no name; expected channels_last or channels_first");
    for (size_t i = 0; i < 2; i++)
        if (strcmp(name, formats[i]) == 0) {
            layer->channels_first = i == 0;
            return CN_OK;
        }
    return cn__fail_word(CN_ERROR_ARGUMENT, "data_format", name, formats, 2);
}

cn__shape cn__channels_to_last(const cn__shape *s)
{
    cn__shape out = *s;
    for (int i = 1; i < s->rank; i++) out.dim[i - 1] = s->dim[i];
    if (s->rank) out.dim[s->rank - 1] = s->dim[0];
    return out;
}

cn__shape cn__channels_to_first(const cn__shape *s)
{
    cn__shape out = *s;
    for (int i = 1; i < s->rank; i++) out.dim[i] = s->dim[i - 1];
    if (s->rank) out.dim[0] = s->dim[s->rank - 1];
    return out;
}

/* Declares the variables at the first call, and finds the shape of the output. */
static cn_status call_kind(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs,
                           cn__shape *out)
{
    const cn__layer_kind *kind = layer->kind;
    if (!layer->built) {
        layer->in = in[0];
        layer->variables = 0;
        if (kind->build) CN_TRY(kind->build(arena, layer, in, inputs));
        CN_TRY(check_variables(layer));
    }
    *out = in[0];
    return kind->infer ? kind->infer(layer, in, inputs, out) : CN_OK;
}

/* Kinds with a data format take one input. */
static cn_status call_channels_first(cn__arena *arena, cn__layer *layer, const cn__shape *in, cn__shape *out)
{
    const cn__shape last = cn__channels_to_last(in);
    if (call_kind(arena, layer, &last, 1, out) != CN_OK)
        return cn__fail_in("with the channels moved to the end");
    *out = cn__channels_to_first(out);
    return CN_OK;
}

cn_status cn__layer_call(cn__arena *arena, cn__layer *layer, const cn__shape *in, size_t inputs,
                         cn__shape *out)
{
    char text[120];
    CN_TRY(check_count(layer->kind, inputs));
    if (layer->channels_first) CN_TRY(call_channels_first(arena, layer, in, out));
    else CN_TRY(call_kind(arena, layer, in, inputs, out));
    if (!cn__shape_can_be_counted(out))
        return cn__fail(CN_ERROR_SHAPE, "an output of shape %s is too large",
                        cn__shape_text(out, text, sizeof text));
    if (!layer->built) layer->out = *out;
    layer->built = true;
    return CN_OK;
}

cn_status cn__check_last_axis(const cn__layer *layer, const cn__shape *in, size_t expected)
{
    char text[120];
    if (in->rank && cn__shape_last(in) == expected) return CN_OK;
    return cn__fail(CN_ERROR_SHAPE, "layer %s was called before on inputs whose last axis is %zu, got %s",
                    layer->name ? layer->name : layer->kind->class_name, expected,
                    cn__shape_text(in, text, sizeof text));
}

bool cn__variable_trainable(const cn__variable *v) { return v->weight && v->layer->trainable; }

cn__variable *cn__layer_variable(cn__layer *layer, const char *name, int ndim, const size_t *shape,
                                 bool weight)
{
    assert(layer->variables < CN_MAX_VARIABLES && ndim > 0 && ndim <= CN_MAX_RANK);
    cn__variable *v = &layer->variable[layer->variables++];
    *v = (cn__variable){.name = name, .layer = layer, .ndim = ndim, .rows = 1, .weight = weight};
    for (int i = 0; i < ndim; i++) v->shape[i] = shape[i];
    for (int i = 0; i < ndim - 1; i++) v->rows *= shape[i];
    v->cols = shape[ndim - 1];
    cn__variable_set_cols(v, v->cols);
    return v;
}

void cn__variable_set_cols(cn__variable *v, size_t cols)
{
    assert(cols > 0 && v->rows * v->cols % cols == 0);
    v->rows = v->rows * v->cols / cols;
    v->cols = cols;
    const cn__variable_panel last = cn__variable_panel_at(v, cn__variable_panel_count(v) - 1);
    v->padded = last.offset + v->rows * last.width;
}
