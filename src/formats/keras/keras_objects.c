/* What initialisers, regularisers, constraints and activations look like in Keras's JSON. */
#include "formats/keras/keras_objects.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text/text.h"
#include "data/files/json.h"
#include "nn/activation.h"
#include "nn/constraints/constraint.h"
#include "nn/initializers/initializer.h"
#include "nn/regularizers/regularizer.h"

#define COUNT(table) (sizeof table / sizeof *table)

/* What an argument of a layer is follows from the end of its name. */
static const struct {
    const char *suffix;
    const cn__registry *registry;
} families[] = {
    {"_initializer", &cn__initializers},
    {"_regularizer", &cn__regularizers},
    {"_constraint", &cn__constraints},
};

/* Activations with arguments are layers in Keras's files; `keys` name the numbers of cn__activation. */
static const struct {
    cn__act kind;
    const char *class_name;
    struct activation_key {
        const char *key;
        int number;
    } keys[4]; /* in the order of the layer's table */
} activation_layers[] = {
    {CN_ACT_RELU, "ReLU", {{"max_value", 1}, {"negative_slope", 0}, {"threshold", 2}}},
    {CN_ACT_LEAKY_RELU, "LeakyReLU", {{"negative_slope", 0}}},
    {CN_ACT_ELU, "ELU", {{"alpha", 0}}},
};

json_t *cn__json_object(const char *module, const char *class_name, json_t *config)
{
    return json_pack("{s:s, s:s, s:o, s:n}", "module", module, "class_name", class_name, "config", config,
                     "registered_name");
}

static cn_status done(json_t *json, json_t **out)
{
    *out = json;
    return json ? CN_OK : cn__fail_memory(0, "JSON");
}

/* ---- plain values ------------------------------------------------------------------------------------ */

static cn_status from_plain(cn__arena *arena, const char *name, const cn__value *value, json_t **out);

/* Lists may hold lists: padding=((1, 2), (0, 1)). */
static cn_status from_list(cn__arena *arena, const char *name, const cn__value *value, json_t **out)
{
    json_t *list = json_array(), *item;
    for (size_t i = 0; list && i < value->count; i++) {
        if (from_plain(arena, name, &value->items[i], &item) != CN_OK) {
            json_decref(list);
            return cn_error_status();
        }
        if (json_array_append_new(list, item) == 0) continue;
        json_decref(list);
        list = NULL;
    }
    return done(list, out);
}

static cn_status from_plain(cn__arena *arena, const char *name, const cn__value *value, json_t **out)
{
    switch (value ? value->kind : CN_VALUE_NONE) {
    case CN_VALUE_NONE: return done(json_null(), out);
    case CN_VALUE_BOOL: return done(json_boolean(value->boolean), out);
    case CN_VALUE_INT: return done(json_integer(value->integer), out);
    case CN_VALUE_FLOAT: return done(json_real(value->number), out);
    case CN_VALUE_WORD: return done(json_string(value->word), out);
    case CN_VALUE_LIST: return from_list(arena, name, value, out);
    case CN_VALUE_MAP:
    case CN_VALUE_CALL: break;
    }
    return cn__fail(CN_ERROR_ARGUMENT, "%s=%s cannot be written in Keras's format", name,
                    cn__value_text(arena, value));
}

/* ---- initialisers, regularisers, constraints --------------------------------------------------------- */

/* Argument i of `kind`, as `value` gives it: by name, by position, or not at all. */
static cn_status argument(cn__arena *arena, const cn__value *value, const cn__kind *kind, size_t i,
                          const cn__value **out)
{
    const cn__param *param = &kind->params[i];
    *out = value->kind == CN_VALUE_CALL ? cn__value_get(value, param->name) : NULL;
    if (!*out && value->kind == CN_VALUE_CALL && i < value->count && !value->names[i])
        *out = &value->items[i];
    if (*out) return CN_OK;
    cn__value *fallback = cn__arena_alloc(arena, sizeof *fallback);
    if (!fallback) return CN_ERROR_MEMORY;
    *out = fallback;
    return cn__value_parse(arena, param->fallback, fallback);
}

/* All arguments, with their defaults, in the order of the table. */
static cn_status from_kind(cn__arena *arena, const cn__registry *registry, const cn__value *value,
                           const cn__kind *kind, json_t **out)
{
    json_t *config = json_object();
    cn_status status = config ? CN_OK : cn__fail_memory(0, "JSON");
    for (size_t i = 0; status == CN_OK && i < kind->param_count; i++) {
        const cn__value *given;
        json_t *item = NULL;
        status = argument(arena, value, kind, i, &given);
        if (status == CN_OK) status = from_plain(arena, kind->params[i].name, given, &item);
        if (status == CN_OK && json_object_set_new(config, kind->params[i].name, item) != 0)
            status = cn__fail_memory(0, "JSON");
    }
    if (status == CN_OK) return done(cn__json_object(registry->module, kind->class_name, config), out);
    json_decref(config);
    return status;
}

/* ---- activations ------------------------------------------------------------------------------------- */

double cn__shortest(real x)
{
    for (int digits = 6; digits < 9; digits++) {
        char text[40];
        snprintf(text, sizeof text, "%.*g", digits, (double)x);
        double value = cn__strtod(text, NULL);
        if ((real)value == x) return value;
    }
    return (double)x;
}

static json_t *activation_layer(const cn__activation *act, const char *class_name,
                                const struct activation_key *keys)
{
    json_t *config = json_object();
    for (; keys->key; keys++) {
        real number = act->p[keys->number];
        cn__json_set(config, keys->key, isinf(number) ? json_null() : json_real(cn__shortest(number)));
    }
    return cn__json_object("keras.layers", class_name, config);
}

static cn_status from_activation(cn__arena *arena, const cn__value *value, json_t **out)
{
    cn__activation act, plain;
    CN_TRY(cn__activation_parse(arena, value, &act));
    const char *name = cn__activation_name(act.kind);
    CN_TRY(cn__activation_parse(arena, &(cn__value){.kind = CN_VALUE_WORD, .word = name}, &plain));
    bool same = true;
    for (int i = 0; i < 3; i++) same = same && act.p[i] == plain.p[i];
    if (same) return done(json_string(name), out);
    for (size_t i = 0; i < COUNT(activation_layers); i++)
        if (activation_layers[i].kind == act.kind)
            return done(activation_layer(&act, activation_layers[i].class_name, activation_layers[i].keys),
                        out);
    return cn__fail(CN_ERROR_ARGUMENT,
                    "activation %s cannot be written in Keras's format; %s without arguments can",
                    cn__value_text(arena, value), name);
}

cn_status cn__json_from_value(cn__arena *arena, const char *argument_name, const cn__value *value,
                              json_t **out)
{
    if (strcmp(argument_name, "activation") == 0) return from_activation(arena, value, out);
    const char *name = value ? cn__value_name(value) : NULL;
    for (size_t i = 0; name && i < COUNT(families); i++) {
        if (!strstr(argument_name, families[i].suffix)) continue;
        const cn__kind *kind = cn__registry_find(families[i].registry, name);
        if (kind) return from_kind(arena, families[i].registry, value, kind, out);
    }
    return from_plain(arena, argument_name, value, out);
}

/* ---- entries of tables --------------------------------------------------------------------------------- */

static json_t *ints(const cn__ints *list)
{
    json_t *json = json_array();
    for (size_t i = 0; json && i < list->count; i++) cn__json_append(json, json_integer(list->items[i]));
    return json;
}

static json_t *floats(const cn__floats *list)
{
    json_t *json = json_array();
    for (size_t i = 0; json && i < list->count; i++) cn__json_append(json, json_real(list->items[i]));
    return json;
}

cn_status cn__json_from_param(cn__arena *arena, const cn__param *param, const void *base, json_t **out)
{
    const void *at = (const char *)base + param->offset;
    int64_t integer =
        param->type == CN_PARAM_INT || param->type == CN_PARAM_MAYBE_INT ? *(const int64_t *)at : 0;
    double number =
        param->type == CN_PARAM_FLOAT || param->type == CN_PARAM_MAYBE_FLOAT ? *(const double *)at : 0;
    switch (param->type) {
    case CN_PARAM_BOOL: *out = json_boolean(*(const bool *)at); break;
    case CN_PARAM_INT: *out = json_integer(integer); break;
    case CN_PARAM_MAYBE_INT: *out = integer == INT64_MIN ? json_null() : json_integer(integer); break;
    case CN_PARAM_FLOAT: *out = json_real(number); break;
    case CN_PARAM_MAYBE_FLOAT: *out = isnan(number) ? json_null() : json_real(number); break;
    case CN_PARAM_WORD:
        *out = *(const char *const *)at ? json_string(*(const char *const *)at) : json_null();
        break;
    case CN_PARAM_INTS: *out = ((const cn__ints *)at)->count ? ints(at) : json_null(); break;
    case CN_PARAM_FLOATS: *out = ((const cn__floats *)at)->count ? floats(at) : json_null(); break;
    case CN_PARAM_VALUE: return cn__json_from_value(arena, param->name, *(const cn__value *const *)at, out);
    }
    return *out ? CN_OK : cn__fail_memory(0, "JSON");
}
