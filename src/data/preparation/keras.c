/* A network behind the layers of Keras that do what a preparation does, so that Keras's model takes the raw columns: an input
 * for each column, StringLookup, CategoryEncoding, TextVectorization, Normalization and Rescaling, then the network's own layers
 * under their names (whose weights lie in the file as they did), then the target's scale undone. Operations without a layer
 * (a missing number, a log) are those of keras.ops, which Keras saves in its Functional models, too. */
#include "data/preparation/keras.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "data/json.h"
#include "data/preparation/preparation.h"

typedef struct writer {
    const cn_preparation *p;
    cn__arena arena;
    json_t *layers, *inputs; /* inputs: {name: [name, 0, 0], …}, so that Keras takes a dictionary */
    json_t *names;           /* an object with every name that is in use, */
    json_t *renamed;         /* and one of the network's layers: what they are called now */
    bool rescales;           /* Rescaling, and no Normalization */
} writer;

/* A tensor: the layer that makes it, its type and columns. */
typedef struct tensor {
    const char *layer, *dtype;
    size_t columns; /* 0: not known, which Keras does not ask for */
} tensor;

/* ---- parts of the JSON -------------------------------------------------------------------------------------------------- */

static json_t *tensor_json(const tensor *t)
{
    json_t *columns = t->columns ? json_integer((json_int_t)t->columns) : json_null();
    return json_pack("{s:s, s:{s:[n, o], s:s, s:[s, i, i]}}", "class_name", "__keras_tensor__", "config",
                     "shape", columns, "dtype", t->dtype, "keras_history", t->layer, 0, 0);
}

static json_t *node(json_t *args) { return json_pack("[{s:o, s:{}}]", "args", args, "kwargs"); }

/* A free name: what was wished, or with a number. */
static const char *take_name(writer *w, const char *wish)
{
    const char *name = wish;
    for (int i = 1; name && json_object_get(w->names, name); i++)
        name = cn__arena_format(&w->arena, "%s_%d", wish, i);
    if (name) cn__json_set(w->names, name, json_true());
    return name ? name : "";
}

static void add_layer(writer *w, const char *module, const char *class_name, const char *name, json_t *config,
                      json_t *nodes)
{
    const bool op = strcmp(module, "keras.layers") != 0;
    cn__json_set(config, "name", json_string(name));
    cn__json_append(w->layers, json_pack("{s:s, s:s, s:o, s:s?, s:s, s:o}", "module", module, "class_name",
                                         class_name, "config", config, "registered_name",
                                         op ? class_name : NULL, "name", name, "inbound_nodes", nodes));
}

static tensor layer_of(writer *w, const char *class_name, const char *wish, json_t *config, tensor from,
                       const char *dtype, size_t columns)
{
    const char *name = take_name(w, wish);
    add_layer(w, "keras.layers", class_name, name, config, node(json_pack("[o]", tensor_json(&from))));
    return (tensor){name, dtype, columns};
}

/* An operation of keras.ops on these arguments. */
static tensor op_of(writer *w, const char *class_name, const char *wish, json_t *config, json_t *args,
                    const char *dtype, size_t columns)
{
    const char *name = take_name(w, wish);
    add_layer(w, "keras.src.ops.numpy", class_name, name, config, node(args));
    return (tensor){name, dtype, columns};
}

static const char *label(writer *w, const cn__input *in, const char *what)
{
    const char *name = cn__arena_format(&w->arena, "prepare_%zu_%s", (size_t)(in - w->p->inputs), what);
    return name ? name : what;
}

static json_t *numbers(const double *values, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) cn__json_append(list, json_real(values[i]));
    return list;
}

/* ---- inputs --------------------------------------------------------------------------------------------------------------- */

/* Keras allows no / in a name. */
static const char *input_name(writer *w, const char *column)
{
    char *name = cn__arena_strdup(&w->arena, *column ? column : "column");
    for (char *p = name; p && *p; p++)
        if (*p == '/') *p = '_';
    return name ? take_name(w, name) : "";
}

static tensor add_input(writer *w, const char *column, const char *dtype)
{
    const char *name = input_name(w, column);
    add_layer(w, "keras.layers", "InputLayer", name,
              json_pack("{s:[n, i], s:s, s:b}", "batch_shape", 1, "dtype", dtype, "sparse", 0), json_array());
    cn__json_set(w->inputs, name, json_pack("[s, i, i]", name, 0, 0));
    return (tensor){name, dtype, 1};
}

static tensor rescale(writer *w, const char *wish, tensor from, double scale, double offset)
{
    return layer_of(w, "Rescaling", wish, json_pack("{s:f, s:f}", "scale", scale, "offset", offset), from,
                    "float32", from.columns);
}

/* 0 for an unknown word, then 1, 2, …; with `empty` the one behind the last for a cell without a word. */
static tensor lookup(writer *w, const char *wish, const char *const *words, size_t count, bool empty,
                     tensor from)
{
    json_t *vocabulary = json_array();
    for (size_t i = 0; i < count; i++) cn__json_append(vocabulary, json_string(words[i]));
    if (empty) cn__json_append(vocabulary, json_string(""));
    json_t *o =
        json_pack("{s:o, s:i, s:s, s:n, s:s, s:b, s:n}", "vocabulary", vocabulary, "num_oov_indices", 1,
                  "oov_token", "[UNK]", "mask_token", "output_mode", "int", "invert", 0, "max_tokens");
    cn__json_set(o, "sparse", json_false());
    cn__json_set(o, "pad_to_max_tokens", json_false());
    cn__json_set(o, "idf_weights", json_null());
    cn__json_set(o, "encoding", json_string("utf-8"));
    return layer_of(w, "StringLookup", wish, o, from, "int64", 1);
}

/* Where ids are `id`, `value`. */
static tensor replace(writer *w, const cn__input *in, tensor ids, size_t id, json_t *value, const char *dtype)
{
    tensor is = op_of(w, "Equal", label(w, in, "empty"), json_object(),
                      json_pack("[o, I]", tensor_json(&ids), (json_int_t)id), "bool", 1);
    return op_of(w, "Where", label(w, in, "filled"), json_object(),
                 json_pack("[o, o, o]", tensor_json(&is), value, tensor_json(&ids)), dtype, 1);
}

/* Without the first column, that of unknown words, and so many of the last. */
static tensor crop(writer *w, const cn__input *in, tensor from, size_t last)
{
    const size_t left = from.columns - 1 - last;
    tensor t = layer_of(w, "Reshape", label(w, in, "column"),
                        json_pack("{s:[I, i]}", "target_shape", (json_int_t)from.columns, 1), from, "float32",
                        from.columns);
    t = layer_of(w, "Cropping1D", label(w, in, "cropped"),
                 json_pack("{s:[i, I]}", "cropping", 1, (json_int_t)last), t, "float32", left);
    return layer_of(w, "Reshape", label(w, in, "row"), json_pack("{s:[I]}", "target_shape", (json_int_t)left),
                    t, "float32", left);
}

static tensor one_hot(writer *w, const cn__input *in, tensor column)
{
    bool fills = in->frequent < in->count; /* an empty cell is that word */
    const size_t tokens = in->count + 1 + fills;
    tensor ids = lookup(w, label(w, in, "lookup"), in->words, in->count, fills, column);
    if (fills) ids = replace(w, in, ids, in->count + 1, json_integer((json_int_t)in->frequent + 1), "int64");
    tensor hot = layer_of(w, "CategoryEncoding", label(w, in, "words"),
                          json_pack("{s:I, s:s}", "num_tokens", (json_int_t)tokens, "output_mode", "one_hot"),
                          ids, "float32", tokens);
    return crop(w, in, hot, fills);
}

static tensor bag_of_words(writer *w, const cn__input *in, tensor column)
{
    json_t *vocabulary = json_array();
    for (size_t i = 0; i < in->count; i++) cn__json_append(vocabulary, json_string(in->words[i]));
    json_t *o = json_pack("{s:o, s:s, s:s, s:s, s:s}", "vocabulary", vocabulary, "standardize",
                          "lower_and_strip_punctuation", "split", "whitespace", "output_mode", "multi_hot",
                          "encoding", "utf-8");
    static const char *const none[] = {"max_tokens", "ngrams", "output_sequence_length", "idf_weights"},
                             *const off[] = {"pad_to_max_tokens", "sparse", "ragged"};
    for (int i = 0; i < 4; i++) cn__json_set(o, none[i], json_null());
    for (int i = 0; i < 3; i++) cn__json_set(o, off[i], json_false());
    tensor bag = layer_of(w, "TextVectorization", label(w, in, "text"), o, column, "float32", in->count + 1);
    return crop(w, in, bag, 0);
}

/* A column's number, filled and with its log, not scaled yet. */
static tensor number(writer *w, const cn__input *in, tensor t)
{
    bool fills = !isnan(in->missing);
    if (in->form == CN_FORM_ORDINAL) {
        t = lookup(w, label(w, in, "lookup"), in->words, in->count, fills, t);
        if (fills) t = replace(w, in, t, in->count + 1, json_real(in->missing + 1), "float32");
        return rescale(w, label(w, in, "order"), t, 1, -1);
    }
    if (fills) {
        tensor lacks = op_of(w, "Isnan", label(w, in, "lacks"), json_object(),
                             json_pack("[o]", tensor_json(&t)), "bool", 1);
        t = op_of(w, "Where", label(w, in, "filled"), json_object(),
                  json_pack("[o, f, o]", tensor_json(&lacks), in->missing, tensor_json(&t)), "float32", 1);
    }
    if (in->log)
        t = op_of(w, "Log1p", label(w, in, "log"), json_object(), json_pack("[o]", tensor_json(&t)),
                  "float32", 1);
    return t;
}

static tensor indicator(writer *w, const cn__input *in, tensor column)
{
    tensor t = cn__input_column(in) == CN_COLUMN_CATEGORY && in->form != CN_FORM_DATE
                   ? lookup(w, label(w, in, "missing_lookup"), NULL, 0, true, column)
                   : op_of(w, "Isnan", label(w, in, "isnan"), json_object(),
                           json_pack("[o]", tensor_json(&column)), "bool", 1);
    return rescale(w, label(w, in, "missing"), t, 1, 0);
}

/* ---- features --------------------------------------------------------------------------------------------------------------- */

/* All tensors of a list as one. */
static tensor concatenate(writer *w, const char *wish, const tensor *all, size_t count)
{
    if (count == 1) return all[0];
    json_t *list = json_array();
    tensor out = {take_name(w, wish), "float32", 0};
    for (size_t i = 0; i < count; i++) {
        cn__json_append(list, tensor_json(&all[i]));
        out.columns += all[i].columns;
    }
    add_layer(w, "keras.layers", "Concatenate", out.layer, json_pack("{s:i}", "axis", -1),
              node(json_pack("[o]", list)));
    return out;
}

/* Numbers that stand side by side are scaled together. */
static tensor scale(writer *w, const cn__input *const *in, tensor *all, size_t count)
{
    bool plain = true;
    double *mean = cn__arena_array(&w->arena, 2 * count, sizeof *mean), *variance = mean + count;
    tensor t = concatenate(w, label(w, in[0], "numbers"), all, count);
    for (size_t i = 0; mean && i < count; i++) {
        mean[i] = in[i]->shift, variance[i] = in[i]->scale * in[i]->scale;
        plain = plain && in[i]->shift == 0 && in[i]->scale == 1;
    }
    if (!mean || plain) return t;
    if (!w->rescales)
        return layer_of(w, "Normalization", label(w, in[0], "scaled"),
                        json_pack("{s:[i], s:o, s:o}", "axis", -1, "mean", numbers(mean, count), "variance",
                                  numbers(variance, count)),
                        t, "float32", count);
    for (size_t i = 0; i < count; i++) variance[i] = 1 / in[i]->scale, mean[i] = -in[i]->shift / in[i]->scale;
    return layer_of(
        w, "Rescaling", label(w, in[0], "scaled"),
        json_pack("{s:o, s:o}", "scale", numbers(variance, count), "offset", numbers(mean, count)), t,
        "float32", count);
}

static tensor raw_column(writer *w, const cn__input *in)
{
    bool number = in->form == CN_FORM_NUMBER || in->form == CN_FORM_DATE;
    const char *name = cn__input_label(&w->arena, in);
    return add_input(w, name ? name : in->name, number ? "float32" : "string");
}

/* The features of the preparation, as one tensor. */
static cn_status prepare(writer *w, tensor *out)
{
    const cn_preparation *p = w->p;
    tensor *parts = cn__arena_array(&w->arena, 2 * p->input_count + 1, sizeof *parts),
           *run = cn__arena_array(&w->arena, p->input_count + 1, sizeof *run);
    const cn__input **of = cn__arena_array(&w->arena, p->input_count + 1, sizeof *of);
    size_t count = 0, running = 0;
    if (!parts || !run || !of) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < p->input_count; i++) {
        const cn__input *in = &p->inputs[i];
        tensor column = raw_column(w, in);
        bool is_number = cn__input_is_number(in);
        if (is_number) of[running] = in, run[running++] = number(w, in, column);
        bool last = i + 1 == p->input_count || !cn__input_is_number(&p->inputs[i + 1]);
        if (is_number && (last || in->indicator)) parts[count++] = scale(w, of, run, running), running = 0;
        if (in->form == CN_FORM_ONE_HOT) parts[count++] = one_hot(w, in, column);
        if (in->form == CN_FORM_TEXT) parts[count++] = bag_of_words(w, in, column);
        if (in->indicator) parts[count++] = indicator(w, in, column);
    }
    *out = concatenate(w, "prepared", parts, count);
    return CN_OK;
}

/* ---- the network ------------------------------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static const char *name_of(const json_t *layer) { return text_of(json_object_get(layer, "config"), "name"); }
static bool is_input(const json_t *layer) { return strcmp(text_of(layer, "class_name"), "InputLayer") == 0; }

/* A copy of a layer, under another name where a column or a step has its own. */
static json_t *copy_layer(writer *w, const json_t *layer)
{
    json_t *copy = json_deep_copy(layer);
    const char *name = take_name(w, name_of(layer));
    cn__json_set(w->renamed, name_of(layer), json_string(name));
    cn__json_set(copy, "name", json_string(name));
    cn__json_set(json_object_get(copy, "config"), "name", json_string(name));
    return copy;
}

/* The layers of a Sequential model, one behind the other. */
static tensor add_line(writer *w, const json_t *layers, tensor t)
{
    size_t i;
    json_t *layer;
    json_array_foreach(layers, i, layer)
    {
        if (is_input(layer)) continue;
        json_t *copy = copy_layer(w, layer);
        cn__json_set(copy, "inbound_nodes", node(json_pack("[o]", tensor_json(&t))));
        t = (tensor){text_of(copy, "name"), "float32", 0};
        cn__json_append(w->layers, copy);
    }
    return t;
}

/* Tensors that are named within: the network's input is the prepared one, and layers have their new names. */
static void rename_tensors(writer *w, json_t *within, const char *input, const tensor *prepared)
{
    json_t *item;
    const char *key;
    size_t i;
    json_t *history = json_object_get(json_object_get(within, "config"), "keras_history");
    const char *from = json_string_value(json_array_get(history, 0));
    if (from && strcmp(from, input) == 0) {
        json_t *whole = tensor_json(prepared);
        if (!whole || json_object_update(within, whole) != 0) cn__json_set(within, "", NULL);
        json_decref(whole);
    } else if (from) {
        json_array_set(history, 0, json_object_get(w->renamed, from));
    } else if (json_is_array(within)) {
        json_array_foreach(within, i, item) rename_tensors(w, item, input, prepared);
    } else {
        json_object_foreach(within, key, item) rename_tensors(w, item, input, prepared);
    }
}

/* The layers of a Functional model with one input and one output. */
static tensor add_graph(writer *w, const json_t *config, tensor prepared)
{
    const json_t *layers = json_object_get(config, "layers"), *out = json_object_get(config, "output_layers");
    const char *input = "";
    const size_t first = json_array_size(w->layers);
    size_t i;
    json_t *layer;
    json_array_foreach(layers, i, layer)
    {
        if (is_input(layer)) input = name_of(layer);
        else cn__json_append(w->layers, copy_layer(w, layer));
    }
    for (i = first; i < json_array_size(w->layers); i++)
        rename_tensors(w, json_object_get(json_array_get(w->layers, i), "inbound_nodes"), input, &prepared);
    if (json_is_array(json_array_get(out, 0))) out = json_array_get(out, 0);
    const char *last = json_string_value(json_array_get(out, 0));
    return (tensor){text_of(w->renamed, last ? last : ""), "float32", 0};
}

/* ---- the target --------------------------------------------------------------------------------------------------------------- */

static tensor undo_log(writer *w, tensor t)
{
    size_t logs = 0, n = w->p->target_count;
    json_t *which = json_array();
    for (size_t i = 0; i < n; i++) {
        logs += w->p->targets[i].log;
        cn__json_append(which, json_boolean(w->p->targets[i].log));
    }
    tensor raw = t;
    if (logs)
        t = op_of(w, "Expm1", "undo_log", json_object(), json_pack("[o]", tensor_json(&t)), "float32", n);
    if (!logs || logs == n) {
        json_decref(which);
        return t;
    }
    return op_of(w, "Where", "undo_some_logs", json_object(),
                 json_pack("[o, o, o]", which, tensor_json(&t), tensor_json(&raw)), "float32", n);
}

/* Predictions in the target's own units. */
static tensor undo_target(writer *w, tensor t)
{
    const size_t n = w->p->target_count;
    double *scales = cn__arena_array(&w->arena, 2 * n + 1, sizeof *scales), *offsets = scales + n;
    bool plain = true;
    for (size_t i = 0; scales && i < n; i++) {
        scales[i] = w->p->targets[i].scale, offsets[i] = w->p->targets[i].shift;
        plain = plain && scales[i] == 1 && offsets[i] == 0;
    }
    if (!n || w->p->targets[0].classes || !scales) return t;
    if (!plain)
        t = layer_of(w, "Rescaling", "undo_scale",
                     json_pack("{s:o, s:o}", "scale", numbers(scales, n), "offset", numbers(offsets, n)), t,
                     "float32", n);
    return undo_log(w, t);
}

/* ---- the whole ---------------------------------------------------------------------------------------------------------------- */

/* A Sequential model, or a Functional one of one input and one output. */
static bool fits(const json_t *root)
{
    const json_t *config = json_object_get(root, "config"), *out = json_object_get(config, "output_layers");
    const char *class_name = text_of(root, "class_name");
    size_t inputs = 0, i;
    json_t *layer;
    json_array_foreach(json_object_get(config, "layers"), i, layer) inputs += is_input(layer);
    if (strcmp(class_name, "Sequential") == 0) return inputs <= 1;
    const bool one = !json_is_array(json_array_get(out, 0)) || json_array_size(out) == 1;
    return strcmp(class_name, "Functional") == 0 && inputs == 1 && one;
}

/* Weights are found by the classes of layers and their number among those: a Normalization of ours would move the network's. */
static bool has_class(const json_t *layers, const char *class_name)
{
    size_t i;
    json_t *layer;
    json_array_foreach(layers, i,
                       layer) if (strcmp(text_of(layer, "class_name"), class_name) == 0) return true;
    return false;
}

static json_t *make(writer *w, const json_t *root)
{
    const json_t *config = json_object_get(root, "config"), *layers = json_object_get(config, "layers"),
                 *compiled = json_object_get(root, "compile_config");
    tensor prepared;
    w->layers = json_array(), w->inputs = json_object(), w->names = json_object(), w->renamed = json_object();
    w->rescales = has_class(layers, "Normalization");
    if (prepare(w, &prepared) != CN_OK) return NULL;
    const bool line = strcmp(text_of(root, "class_name"), "Sequential") == 0;
    tensor out = line ? add_line(w, layers, prepared) : add_graph(w, config, prepared);
    out = undo_target(w, out);
    json_t *made = json_pack("{s:s, s:s, s:{s:s, s:b, s:O, s:O, s:[[s, i, i]]}, s:s}", "module",
                             "keras.src.models.functional", "class_name", "Functional", "config", "name",
                             text_of(config, "name"), "trainable", 1, "layers", w->layers, "input_layers",
                             w->inputs, "output_layers", out.layer, 0, 0, "registered_name", "Functional");
    if (made && compiled) cn__json_set(made, "compile_config", json_deep_copy(compiled));
    return made;
}

cn_status cn__preparation_keras(const cn_preparation *p, const char *network, char **out)
{
    json_error_t error;
    json_t *root = json_loads(network, 0, &error);
    *out = NULL;
    if (!root && cn__json_out_of_memory(&error)) return CN_ERROR_MEMORY;
    if (!root || !p->input_count || !fits(root)) {
        json_decref(root);
        return root ? CN_OK : cn__fail(CN_ERROR_FORMAT, "the network of the file is damaged: %s", error.text);
    }
    writer w = {.p = p};
    cn__json_begin();
    json_t *made = make(&w, root);
    cn_status status = cn__json_finish(made, JSON_REAL_PRECISION(17), out);
    json_decref(made);
    json_decref(root);
    json_decref(w.layers), json_decref(w.inputs), json_decref(w.names), json_decref(w.renamed);
    cn__arena_free(&w.arena);
    return status;
}
