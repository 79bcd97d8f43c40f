/* A class's name is Keras's word with its parts in capitals, but for those of the table; its module follows from the
 * argument that it is given to. */
#include "lab/python/python_value.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define COUNT_OF(array_) (sizeof(array_) / sizeof((array_)[0]))

static const char *const modules[] = {
    [CN_NAME_PLAIN] = "layers",
    [CN_NAME_LAYER] = "layers",
    [CN_NAME_OPTIMIZER] = "keras.optimizers",
    [CN_NAME_SCHEDULE] = "keras.optimizers.schedules",
    [CN_NAME_LOSS] = "keras.losses",
    [CN_NAME_METRIC] = "keras.metrics",
    [CN_NAME_CALLBACK] = "keras.callbacks",
    [CN_NAME_INITIALIZER] = "keras.initializers",
    [CN_NAME_REGULARIZER] = "keras.regularizers",
    [CN_NAME_CONSTRAINT] = "keras.constraints",
};

static const struct {
    const char *suffix;
    cn__name_scope scope;
} scopes[] = {{"initializer", CN_NAME_INITIALIZER},
              {"regularizer", CN_NAME_REGULARIZER},
              {"constraint", CN_NAME_CONSTRAINT},
              {"learning_rate", CN_NAME_SCHEDULE},
              {"schedule", CN_NAME_SCHEDULE}};

/* Names whose class is not the name with its words in capitals. */
static const char *const classes[] = {
    "ReLU",          "LeakyReLU", "PReLU", "ELU",  "SGD",          "AdamW",     "RMSprop",
    "AUC",           "L1",        "L2",    "L1L2", "KLDivergence", "CSVLogger", "ReduceLROnPlateau",
    "TerminateOnNaN"};
/* Keras's short names for losses. */
static const char *const short_names[][2] = {{"mse", "MeanSquaredError"},
                                             {"mae", "MeanAbsoluteError"},
                                             {"mape", "MeanAbsolutePercentageError"},
                                             {"msle", "MeanSquaredLogarithmicError"},
                                             {"bce", "BinaryCrossentropy"},
                                             {"top_k", "TopKCategoricalAccuracy"}};

/* "random_normal" -> "RandomNormal"; a class's own name stays. */
static void add_class(cn__text *out, const char *name)
{
    for (size_t i = 0; i < COUNT_OF(classes); i++)
        if (cn__same_name(name, classes[i])) {
            cn__text_add(out, classes[i]);
            return;
        }
    for (size_t i = 0; i < COUNT_OF(short_names); i++)
        if (cn__same_name(name, short_names[i][0])) {
            cn__text_add(out, short_names[i][1]);
            return;
        }
    bool capital = true;
    for (const char *p = name; *p; p++) {
        if (*p == '_') capital = true;
        else {
            char c = capital ? (char)toupper((unsigned char)*p) : *p;
            cn__text_add_bytes(out, &c, 1);
            capital = false;
        }
    }
}

void cn__python_string(cn__text *out, const char *text)
{
    cn__text_add(out, "\"");
    for (const char *p = text; *p; p++) {
        if (*p == '\\' || *p == '"') cn__text_add(out, "\\");
        if (*p == '\n') cn__text_add(out, "\\n");
        else cn__text_add_bytes(out, p, 1);
    }
    cn__text_add(out, "\"");
}

static void add_number(cn__text *out, double number)
{
    if (isfinite(number)) cn__text_printf(out, "%.12g", number);
    else cn__text_printf(out, "float(\"%s\")", isnan(number) ? "nan" : number > 0 ? "inf" : "-inf");
}

static cn__name_scope scope_of(const char *name, cn__name_scope outer)
{
    for (size_t i = 0; name && i < COUNT_OF(scopes); i++) {
        size_t n = strlen(name), m = strlen(scopes[i].suffix);
        if (n >= m && strcmp(name + n - m, scopes[i].suffix) == 0) return scopes[i].scope;
    }
    return !name && outer == CN_NAME_OPTIMIZER ? CN_NAME_SCHEDULE : CN_NAME_PLAIN;
}

static void add_arguments(cn__text *out, const cn__value *call, cn__name_scope scope)
{
    for (size_t i = 0; i < call->count; i++) {
        if (i) cn__text_add(out, ", ");
        if (call->names[i]) cn__text_printf(out, "%s=", call->names[i]);
        cn__python_value(out, &call->items[i], scope_of(call->names[i], scope));
    }
}

static void add_call(cn__text *out, const cn__value *call, cn__name_scope scope)
{
    if (cn__same_name(call->word, "stop_below")) cn__text_add(out, "StopBelow");
    else {
        cn__text_printf(out, "%s.", modules[scope]);
        add_class(out, call->word);
    }
    cn__text_add(out, "(");
    add_arguments(out, call, scope);
    cn__text_add(out, ")");
}

/* Values stand for what the map is given to: {"kind": keras.losses.…}. */
static void add_map(cn__text *out, const cn__value *map, cn__name_scope scope)
{
    cn__text_add(out, "{");
    for (size_t i = 0; i < map->count; i++) {
        const char *key = map->names[i];
        if (i) cn__text_add(out, ", ");
        if (key[strspn(key, "0123456789")]) cn__python_string(out, key);
        else cn__text_add(out, key);
        cn__text_add(out, ": ");
        cn__python_value(out, &map->items[i], scope);
    }
    cn__text_add(out, "}");
}

void cn__python_value(cn__text *out, const cn__value *value, cn__name_scope scope)
{
    switch (value->kind) {
    case CN_VALUE_NONE: cn__text_add(out, "None"); break;
    case CN_VALUE_BOOL: cn__text_add(out, value->boolean ? "True" : "False"); break;
    case CN_VALUE_INT: cn__text_printf(out, "%lld", (long long)value->integer); break;
    case CN_VALUE_FLOAT: add_number(out, value->number); break;
    case CN_VALUE_WORD:
        if (scope == CN_NAME_CALLBACK || scope == CN_NAME_LAYER) add_call(out, value, scope);
        else cn__python_string(out, value->word);
        break;
    case CN_VALUE_CALL: add_call(out, value, scope); break;
    case CN_VALUE_MAP: add_map(out, value, scope); break;
    case CN_VALUE_LIST:
        cn__text_add(out, "[");
        for (size_t i = 0; i < value->count; i++) {
            if (i) cn__text_add(out, ", ");
            cn__python_value(out, &value->items[i], scope);
        }
        cn__text_add(out, "]");
        break;
    }
}
