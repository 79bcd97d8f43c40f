/* Keras's JSON to values of the notation. */
#include "formats/keras/keras_objects.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "data/files/json.h"

#define MAX_DEPTH 16
#define MAX_VALUES 1000000 /* of a text: each takes up to 300 bytes of memory, where "{}," are three */

/* Names that Keras writes and that no constructor has. */
static const struct {
    const char *written, *name;
} renamed[] = {{"OrthogonalInitializer", "Orthogonal"}, {"IdentityInitializer", "Identity"}};

/* Arguments that newer versions of Keras write for every initialiser, of which one that is set says how to count the
 * inputs of a layer that is not here. */
static const char *const null_keys[] = {"input_axes", "output_axes"};

/* Layers may stand for activations; what every layer's config holds says nothing there. */
static const char *const layer_keys[] = {"name", "trainable"};

static cn_status convert(cn__arena *arena, const json_t *json, int depth, cn__value *out);

cn_status cn__call_new(cn__arena *arena, const char *word, size_t capacity, cn__value *out)
{
    *out = (cn__value){.kind = CN_VALUE_CALL, .word = cn__arena_strdup(arena, word)};
    out->items = cn__arena_array(arena, capacity ? capacity : 1, sizeof *out->items);
    out->names = cn__arena_array(arena, capacity ? capacity : 1, sizeof *out->names);
    return out->word && out->items && out->names ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status call_add(cn__arena *arena, cn__value *call, const char *name, const json_t *json, int depth)
{
    if (convert(arena, json, depth, &call->items[call->count]) != CN_OK) return cn__fail_in("%.80s", name);
    call->names[call->count] = cn__arena_strdup(arena, name);
    return call->names[call->count++] ? CN_OK : CN_ERROR_MEMORY;
}

cn_status cn__call_add_json(cn__arena *arena, cn__value *call, const char *name, const json_t *json)
{
    return call_add(arena, call, name, json, 0);
}

static bool is_layer_key(const char *module, const char *key)
{
    for (size_t i = 0; i < sizeof layer_keys / sizeof *layer_keys; i++)
        if (strcmp(key, layer_keys[i]) == 0 && module && strstr(module, "layers")) return true;
    return false;
}

/* So does the axis of a Softmax, where it is the last. */
static bool is_last_axis(const char *class_name, const char *key, const json_t *item)
{
    return strcmp(class_name, "Softmax") == 0 && strcmp(key, "axis") == 0 && json_is_integer(item) &&
           json_integer_value(item) == -1;
}

static bool is_null_key(const char *key)
{
    for (size_t i = 0; i < sizeof null_keys / sizeof *null_keys; i++)
        if (strcmp(key, null_keys[i]) == 0) return true;
    return false;
}

/* Modules whose classes are Keras's: "keras", "keras.layers", "tf_keras.src.engine.sequential", "builtins". */
static bool is_keras_module(const char *module)
{
    static const char *const known[] = {"keras", "tf_keras", "tensorflow.keras", "tensorflow.python.keras",
                                        "builtins"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const size_t size = strlen(known[i]);
        if (strncmp(module, known[i], size) == 0 && (!module[size] || module[size] == '.')) return true;
    }
    return false;
}

cn_status cn__check_json_module(const json_t *object)
{
    const char *module = json_string_value(json_object_get(object, "module"));
    if (!module || is_keras_module(module)) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT,
                    "it is of the module %.80s; only Keras's own classes are known, and no code is loaded",
                    module);
}

static cn_status convert_call(cn__arena *arena, const json_t *json, const char *class_name, int depth,
                              cn__value *out)
{
    json_t *config = json_object_get(json, "config"), *item;
    const char *module = json_string_value(json_object_get(json, "module")), *key;
    if (cn__check_json_module(json) != CN_OK) return cn__fail_in("%.80s", class_name);
    if (config && !json_is_object(config))
        return cn__fail(CN_ERROR_FORMAT, "\"config\" of %.80s must be an object", class_name);
    if (cn__check_json_dtype(json_object_get(config, "dtype")) != CN_OK)
        return cn__fail_in("%.80s", class_name);
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (strcmp(class_name, renamed[i].written) == 0) class_name = renamed[i].name;
    CN_TRY(cn__call_new(arena, class_name, json_object_size(config), out));
    json_object_foreach(config, key, item)
    {
        if (strcmp(key, "dtype") == 0 || is_layer_key(module, key) || is_last_axis(class_name, key, item) ||
            (is_null_key(key) && json_is_null(item)))
            continue;
        if (call_add(arena, out, key, item, depth + 1) != CN_OK) return cn__fail_in("%.80s", class_name);
    }
    return CN_OK;
}

static cn_status convert_list(cn__arena *arena, const json_t *json, int depth, cn__value *out)
{
    out->kind = CN_VALUE_LIST;
    out->count = json_array_size(json);
    out->items = cn__arena_array(arena, out->count ? out->count : 1, sizeof *out->items);
    if (!out->items) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < out->count; i++)
        CN_TRY(convert(arena, json_array_get(json, i), depth + 1, &out->items[i]));
    return CN_OK;
}

/* An array, as its list; what went through single precision is read as it was written. */
static cn_status convert_tensor(cn__arena *arena, const json_t *config, int depth, cn__value *out)
{
    const char *dtype = json_string_value(json_object_get(config, "dtype"));
    CN_TRY(convert(arena, json_object_get(config, "value"), depth + 1, out));
    if (!dtype || strcmp(dtype, "float32") != 0 || out->kind != CN_VALUE_LIST) return CN_OK;
    for (size_t i = 0; i < out->count; i++)
        if (out->items[i].kind == CN_VALUE_FLOAT && fabs(out->items[i].number) <= FLT_MAX)
            out->items[i].number = cn__shortest((real)out->items[i].number);
    return CN_OK;
}

static cn_status convert_object(cn__arena *arena, const json_t *json, int depth, cn__value *out)
{
    const char *class_name = json_string_value(json_object_get(json, "class_name"));
    if (!class_name) return cn__fail(CN_ERROR_FORMAT, "an object without \"class_name\"");
    if (strcmp(class_name, "function") == 0)
        return convert(arena, json_object_get(json, "config"), depth + 1, out);
    if (strcmp(class_name, "__tuple__") == 0)
        return convert_list(arena, json_object_get(json, "items"), depth, out);
    if (strcmp(class_name, "__tensor__") == 0 || strcmp(class_name, "__numpy__") == 0)
        return convert_tensor(arena, json_object_get(json, "config"), depth, out);
    return convert_call(arena, json, class_name, depth, out);
}

static cn_status fail_nul(void)
{
    return cn__fail(CN_ERROR_FORMAT, "its text contains a NUL character, which is not allowed");
}

static cn_status convert(cn__arena *arena, const json_t *json, int depth, cn__value *out)
{
    if (depth > MAX_DEPTH) return cn__fail(CN_ERROR_FORMAT, "nested more than %d deep", MAX_DEPTH);
    *out = (cn__value){.kind = CN_VALUE_NONE};
    switch (json ? json_typeof(json) : JSON_NULL) {
    case JSON_NULL: return CN_OK;
    case JSON_TRUE:
    case JSON_FALSE:
        out->kind = CN_VALUE_BOOL;
        out->boolean = json_is_true(json);
        return CN_OK;
    case JSON_INTEGER:
        out->kind = CN_VALUE_INT;
        out->integer = json_integer_value(json);
        out->number = (double)out->integer;
        return CN_OK;
    case JSON_REAL:
        out->kind = CN_VALUE_FLOAT;
        out->number = json_real_value(json);
        return CN_OK;
    case JSON_STRING:
        if (strlen(json_string_value(json)) != json_string_length(json)) return fail_nul();
        out->kind = CN_VALUE_WORD;
        out->word = cn__arena_strdup(arena, json_string_value(json));
        return out->word ? CN_OK : CN_ERROR_MEMORY;
    case JSON_ARRAY: return convert_list(arena, json, depth, out);
    case JSON_OBJECT: break;
    }
    return convert_object(arena, json, depth, out);
}

cn_status cn__value_from_json(cn__arena *arena, const json_t *json, cn__value *out)
{
    return convert(arena, json, 0, out);
}

cn_status cn__check_json_dtype(const json_t *json)
{
    const char *name = json_string_value(json);
    if (json_is_object(json))
        name = json_string_value(json_object_get(json_object_get(json, "config"), "name"));
    if (cn__json_lacks(json) || (name && strcmp(name, "float32") == 0)) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "dtype %.40s is not supported, only float32",
                    name ? name : "(no name)");
}

/* Values are between commas and in brackets; what stands in strings does not count. */
static cn_status check_values(const char *text)
{
    size_t values = 1;
    bool quoted = false;
    for (; *text; text++) {
        if (*text == '"') quoted = !quoted;
        else if (quoted) text += *text == '\\' && text[1];
        else values += *text == ',' || *text == '[' || *text == '{';
    }
    if (values <= MAX_VALUES) return CN_OK;
    return cn__fail(CN_ERROR_FORMAT, "JSON of %zu values; expected %d at most", values, MAX_VALUES);
}

/* What a thing is and is called must not end before its text does, or "Dense\\u0000x" would be read as a Dense. Texts
 * elsewhere may hold such a character; one that counts is refused where it is read. Jansson bounds the depth. */
static cn_status check_identities(const json_t *json)
{
    static const char *const identities[] = {"class_name", "registered_name", "module", "name",
                                             "keras_version"};
    const char *key;
    json_t *item;
    size_t i;
    json_array_foreach((json_t *)json, i, item) CN_TRY(check_identities(item));
    json_object_foreach((json_t *)json, key, item)
    {
        for (i = 0; json_is_string(item) && i < sizeof identities / sizeof *identities; i++)
            if (strcmp(key, identities[i]) == 0 &&
                strlen(json_string_value(item)) != json_string_length(item))
                return cn__fail(CN_ERROR_FORMAT, "\"%s\": \"%.60s…\" holds a character of code 0", key,
                                json_string_value(item));
        CN_TRY(check_identities(item));
    }
    return CN_OK;
}

cn_status cn__json_parse(const char *text, json_t **out)
{
    json_error_t error;
    *out = NULL;
    CN_TRY(check_values(text));
    *out = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (*out && check_identities(*out) == CN_OK) return CN_OK;
    if (*out) {
        json_decref(*out);
        *out = NULL;
        return cn_error_status();
    }
    if (cn__json_out_of_memory(&error)) return CN_ERROR_MEMORY;
    return cn__fail(CN_ERROR_FORMAT, "not valid JSON: line %d, column %d: %s", error.line, error.column,
                    error.text);
}
