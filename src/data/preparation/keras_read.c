/* The way back: a model of raw columns that Keras saved again, as the preparation and the network alone. Keras keeps the layers and
 * the name of the last one, an Identity that says what they do not: cn__kw_answer writes it. */
#include "data/preparation/keras.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text/text.h"
#include "data/files/json.h"
#include "data/preparation/keras_reader.h"

enum { MOST_DEPTH = 8 };

/* ---- layers ------------------------------------------------------------------------------------------------------------- */

static const json_t *layer_of(const cn__kr *r, const char *name)
{
    return name ? json_object_get(r->by_name, name) : NULL;
}

static bool is_called(const json_t *layer, const char *part)
{
    const char *name = cn__kr_name(layer);
    return name && strncmp(name, "prepare_", 8) == 0 && strstr(name, part);
}

static const json_t *arguments(const json_t *layer)
{
    return json_object_get(json_array_get(json_object_get(layer, "inbound_nodes"), 0), "args");
}

/* The k-th layer whose tensor is named within; NULL: there are fewer. */
static const char *find_tensor(const json_t *within, size_t *k, int depth)
{
    const char *name = json_string_value(
        json_array_get(json_object_get(json_object_get(within, "config"), "keras_history"), 0));
    if (name) return (*k)-- == 0 ? name : NULL;
    const json_t *item;
    size_t i;
    const char *key, *found = NULL;
    if (depth == MOST_DEPTH) return NULL;
    json_array_foreach(within, i, item) if (!found) found = find_tensor(item, k, depth + 1);
    json_object_foreach((json_t *)(uintptr_t)within, key, item) if (!found) found =
        find_tensor(item, k, depth + 1);
    return found;
}

static const json_t *source(const cn__kr *r, const json_t *layer, size_t k)
{
    return layer_of(r, find_tensor(arguments(layer), &k, 0));
}

/* ---- columns -------------------------------------------------------------------------------------------------------------- */

/* "sold.month" of a column of dates. */
static bool read_date(const cn__kr *r, const char *name, json_t *o)
{
    const char *dot = strrchr(name, '.'), *column;
    json_t *day_first;
    json_object_foreach(r->dates, column, day_first)
    {
        const size_t n = strlen(column);
        if (!dot || (size_t)(dot - name) != n || strncmp(name, column, n) != 0) continue;
        cn__json_set(o, "name", json_string(column));
        cn__json_set(o, "kind", json_string("date"));
        cn__json_set(o, "part", json_string(dot + 1));
        cn__json_set(o, "day_first", json_incref(day_first));
        return true;
    }
    return false;
}

static bool read_column(const cn__kr *r, const json_t *input, json_t *o, const char *kind)
{
    const char *name = cn__kr_is_a(input, "InputLayer") ? cn__kr_name(input) : NULL;
    const char *own = name ? json_string_value(json_object_get(r->renamed, name)) : NULL;
    if (!name) return false;
    if (read_date(r, own ? own : name, o)) return true;
    cn__json_set(o, "name", json_string(own ? own : name));
    cn__json_set(o, "kind", json_string(kind));
    return true;
}

/* `filled`: the last word stands for a cell without one. */
static bool read_words(const cn__kr *r, const json_t *lookup, json_t *o, const char *kind, bool filled)
{
    const json_t *words = cn__kr_setting(lookup, "vocabulary");
    const size_t count = json_array_size(words);
    json_t *own = json_array();
    for (size_t i = 0; i + filled < count; i++) cn__json_append(own, json_incref(json_array_get(words, i)));
    cn__json_set(o, "words", own);
    return json_is_array(words) && read_column(r, source(r, lookup, 0), o, kind);
}

/* The column's number, filled and with its log. */
static bool read_number(const cn__kr *r, const json_t *layer, json_t *o)
{
    bool filled = false, order = false;
    for (int depth = 0; layer && depth < MOST_DEPTH; depth++) {
        if (cn__kr_is_a(layer, "InputLayer")) return read_column(r, layer, o, "number");
        if (cn__kr_is_a(layer, "StringLookup")) return read_words(r, layer, o, "ordinal", filled);
        const bool where = cn__kr_is_a(layer, "Where");
        if (cn__kr_is_a(layer, "Log1p")) cn__json_set(o, "log", json_true());
        else if (cn__kr_is_a(layer, "Rescaling") && is_called(layer, "_order")) order = true;
        else if (where)
            cn__json_set(o, "missing",
                         json_real(json_number_value(json_array_get(arguments(layer), 1)) - order));
        else return false;
        filled = filled || where;
        layer = source(r, layer, where);
    }
    return false;
}

static bool read_one_hot(const cn__kr *r, const json_t *encoding, json_t *o)
{
    const json_t *from = source(r, encoding, 0);
    if (cn__kr_is_a(from, "StringLookup")) return read_words(r, from, o, "category", false);
    const json_t *word = json_array_get(arguments(from), 1), *lookup = source(r, from, 1);
    cn__json_set(o, "missing", json_integer((json_int_t)json_number_value(word) - 1));
    return cn__kr_is_a(from, "Where") && cn__kr_is_a(lookup, "StringLookup") &&
           read_words(r, lookup, o, "category", true);
}

static bool read_bins(const cn__kr *r, const json_t *bins, json_t *o)
{
    json_t *bounds = json_deep_copy(cn__kr_setting(bins, "bin_boundaries"));
    cn__json_set(o, "bounds", bounds);
    if (!cn__kr_is_a(bins, "Discretization") || !read_number(r, source(r, bins, 0), o)) return false;
    cn__json_set(o, "kind", json_string("bins"));
    return true;
}

/* ---- parts -------------------------------------------------------------------------------------------------------------- */

/* (value - shift) / scale, from the mean and the variance, or from the factor and what is added. */
static void read_scale(const json_t *scaling, size_t k, json_t *o)
{
    const bool standard = cn__kr_is_a(scaling, "Normalization");
    const double a = json_number_value(
                     json_array_get(cn__kr_setting(scaling, standard ? "mean" : "scale"), k)),
                 b = json_number_value(
                     json_array_get(cn__kr_setting(scaling, standard ? "variance" : "offset"), k));
    cn__json_set(o, "shift", json_real(standard ? a : a != 0 ? -b / a : 0));
    cn__json_set(o, "scale", json_real(standard ? sqrt(b) : a != 0 ? 1 / a : 0));
}

static bool add_number(cn__kr *r, const json_t *layer, const json_t *scaling, size_t k)
{
    json_t *o = json_object();
    const bool good = layer && read_number(r, layer, o);
    if (scaling) read_scale(scaling, k, o);
    cn__json_append(r->inputs, o);
    return good;
}

/* One column, or several side by side. */
static bool add_numbers(cn__kr *r, const json_t *layer)
{
    const bool scaled = is_called(layer, "_scaled");
    const json_t *from = scaled ? source(r, layer, 0) : layer, *one;
    if (!cn__kr_is_a(from, "Concatenate")) return add_number(r, from, scaled ? layer : NULL, 0);
    bool good = true;
    for (size_t k = 0; good && (one = source(r, from, k)); k++)
        good = add_number(r, one, scaled ? layer : NULL, k);
    return good;
}

static bool add_words(cn__kr *r, const json_t *row)
{
    json_t *o = json_object();
    const json_t *from = source(r, source(r, source(r, row, 0), 0), 0);
    const bool text = cn__kr_is_a(from, "TextVectorization"),
               good = text ? read_words(r, from, o, "text", false) : read_one_hot(r, from, o);
    cn__json_append(r->inputs, o);
    return good;
}

static bool add_part(cn__kr *r, const json_t *layer)
{
    if (cn__kr_is_a(layer, "Rescaling") && is_called(layer, "_missing")) {
        json_t *owner = json_array_get(r->inputs, json_array_size(r->inputs) - 1);
        cn__json_set(owner, "indicator", json_true());
        return owner != NULL;
    }
    if (cn__kr_is_a(layer, "Reshape") && is_called(layer, "_row")) return add_words(r, layer);
    if (!cn__kr_is_a(layer, "CategoryEncoding")) return add_numbers(r, layer);
    json_t *o = json_object();
    const bool good = read_bins(r, source(r, layer, 0), o);
    cn__json_append(r->inputs, o);
    return good;
}

static bool add_parts(cn__kr *r)
{
    const json_t *last = layer_of(r, r->prepared), *part;
    if (!last) return false;
    if (!cn__kr_is_a(last, "Concatenate") || is_called(last, "_numbers")) return add_part(r, last);
    bool good = true;
    for (size_t k = 0; good && (part = source(r, last, k)); k++) good = add_part(r, part);
    return good;
}

/* ---- the network alone ------------------------------------------------------------------------------------------------------ */

/* Marks the layers from the last one back to the preparation. Their order is that of the file, in which sources come first. */
static bool mark(cn__kr *r, json_t *network)
{
    bool more = true;
    cn__json_set(network, r->last, json_true());
    for (int pass = 0; more && pass < 64; pass++) {
        more = false;
        for (size_t i = json_array_size(r->layers); i-- > 0;) {
            const json_t *layer = json_array_get(r->layers, i);
            const char *name = cn__kr_name(layer), *from;
            if (!name || !json_object_get(network, name)) continue;
            for (size_t k = 0, at = 0; (from = find_tensor(json_object_get(layer, "inbound_nodes"), &at, 0));
                 at = ++k) {
                if (strcmp(from, r->prepared) == 0 || json_object_get(network, from)) continue;
                if (!layer_of(r, from) || cn__kr_is_a(layer_of(r, from), "InputLayer")) return false;
                cn__json_set(network, from, json_true());
                more = true;
            }
        }
    }
    return !more;
}

static void rename_input(json_t *within, const char *from, const char *to, size_t features, int depth)
{
    json_t *config = json_object_get(within, "config"), *history = json_object_get(config, "keras_history"),
           *item;
    const char *name = json_string_value(json_array_get(history, 0)), *key;
    size_t i;
    if (name && strcmp(name, from) == 0) {
        json_array_set_new(history, 0, json_string(to));
        cn__json_set(config, "shape", json_pack("[n, I]", (json_int_t)features));
    }
    if (name || depth == MOST_DEPTH) return;
    json_array_foreach(within, i, item) rename_input(item, from, to, features, depth + 1);
    json_object_foreach(within, key, item) rename_input(item, from, to, features, depth + 1);
}

static json_t *make_network(cn__kr *r, const json_t *root, size_t features)
{
    json_t *marked = json_object(), *layers = json_array(), *made = NULL,
           *compiled = json_object_get(root, "compile_config");
    const char *input = json_object_get(r->by_name, "features") ? "features_of_the_table" : "features";
    size_t i;
    json_t *layer;
    cn__json_append(layers, json_pack("{s:s, s:s, s:{s:[n, I], s:s, s:b, s:s}, s:n, s:s, s:[]}", "module",
                                      "keras.layers", "class_name", "InputLayer", "config", "batch_shape",
                                      (json_int_t)features, "dtype", "float32", "sparse", 0, "name", input,
                                      "registered_name", "name", input, "inbound_nodes"));
    const bool good = mark(r, marked);
    json_array_foreach(r->layers, i, layer)
    {
        if (!good || !cn__kr_name(layer) || !json_object_get(marked, cn__kr_name(layer))) continue;
        json_t *copy = json_deep_copy(layer);
        rename_input(json_object_get(copy, "inbound_nodes"), r->prepared, input, features, 0);
        cn__json_append(layers, copy);
    }
    const char *name = json_string_value(cn__kr_setting(root, "name"));
    if (good)
        made = json_pack("{s:s, s:s, s:{s:s, s:b, s:O, s:[[s, i, i]], s:[[s, i, i]]}, s:s}", "module",
                         "keras.src.models.functional", "class_name", "Functional", "config", "name",
                         name ? name : "model", "trainable", 1, "layers", layers, "input_layers", input, 0, 0,
                         "output_layers", r->last, 0, 0, "registered_name", "Functional");
    if (made && compiled) cn__json_set(made, "compile_config", json_deep_copy(compiled));
    json_decref(marked);
    json_decref(layers);
    return made;
}

/* ---- the whole ---------------------------------------------------------------------------------------------------------------- */

static cn_status write_preparation(cn__kr *r, char **out)
{
    json_t *root = json_pack("{s:i, s:s, s:O, s:O}", "preparation", 1, "missing", r->fill ? r->fill : "error",
                             "inputs", r->inputs, "targets", r->targets);
    if (r->scale) cn__json_set(root, "target_scale", json_string(r->scale));
    if (r->number) cn__json_set(root, "fill", json_real(cn__strtod(r->number, NULL)));
    cn_status status = cn__json_finish(root, JSON_REAL_PRECISION(17), out);
    json_decref(root);
    return status;
}

static cn_status take_apart(cn__kr *r, const json_t *root, char **preparation, char **network)
{
    cn__json_begin();
    if (!cn__kr_answer(r)) return CN_OK;
    if (!r->prepared || !r->last || !add_parts(r))
        return cn__fail(CN_ERROR_FORMAT, "the layers that prepare a table are others than Cornu wrote");
    cn__kr_targets(r);
    CN_TRY(write_preparation(r, preparation));
    cn_preparation *p = cn_preparation_from_json(*preparation);
    if (!p) return cn_error_status();
    const size_t features = cn_preparation_features(p);
    cn_preparation_free(p);
    cn__json_begin();
    json_t *made = make_network(r, root, features);
    cn_status status =
        made ? cn__json_finish(made, JSON_REAL_PRECISION(17), network)
             : cn__fail(CN_ERROR_FORMAT, "the network behind the layers that prepare a table is not whole");
    json_decref(made);
    return status;
}

cn_status cn__preparation_of_keras(const char *config, char **preparation, char **network)
{
    *preparation = *network = NULL;
    if (!strstr(config, "\"" CN_ANSWER)) return CN_OK;
    json_error_t error;
    json_t *root = json_loads(config, 0, &error);
    if (!root) return cn__fail(CN_ERROR_FORMAT, "the network of the file is damaged: %s", error.text);
    cn__kr r = {.layers = cn__kr_setting(root, "layers"),
                .by_name = json_object(),
                .inputs = json_array(),
                .targets = json_array(),
                .renamed = json_object(),
                .dates = json_object()};
    cn_status status = take_apart(&r, root, preparation, network);
    json_t *const all[] = {r.by_name, r.inputs, r.targets, r.renamed, r.dates, root};
    char *const texts[] = {r.prepared, r.last, r.fill, r.number, r.scale};
    for (int i = 0; i < 6; i++) json_decref(all[i]);
    for (int i = 0; i < 5; i++) cn__free(texts[i]);
    if (status == CN_OK) return CN_OK;
    cn__free(*preparation);
    cn__free(*network);
    *preparation = *network = NULL;
    return status;
}
