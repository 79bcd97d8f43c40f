/* A network behind the layers of Keras that do what a preparation does, so that Keras's model takes the raw columns: an input
 * for each column, StringLookup, CategoryEncoding, TextVectorization, Normalization and Rescaling, then the network's own layers
 * under their names (whose weights lie in the file as they did), then the target's scale undone. Operations without a layer
 * (a missing number, a log) are those of keras.ops, which Keras saves in its Functional models, too. */
#include "data/preparation/keras.h"

#include <string.h>

#include "base/text/text.h"
#include "data/files/json.h"
#include "data/preparation/keras_writer.h"

/* ---- the network ------------------------------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static const char *name_of(const json_t *layer) { return text_of(json_object_get(layer, "config"), "name"); }
static bool is_input(const json_t *layer) { return strcmp(text_of(layer, "class_name"), "InputLayer") == 0; }

/* A copy of a layer, under another name where a column or a step has its own. */
static json_t *copy_layer(cn__keras_writer *w, const json_t *layer)
{
    json_t *copy = json_deep_copy(layer);
    const char *name = cn__kw_name(w, name_of(layer));
    cn__json_set(w->renamed, name_of(layer), json_string(name));
    cn__json_set(copy, "name", json_string(name));
    cn__json_set(json_object_get(copy, "config"), "name", json_string(name));
    return copy;
}

/* The layers of a Sequential model, one behind the other. */
static cn__keras_tensor add_line(cn__keras_writer *w, const json_t *layers, cn__keras_tensor t)
{
    size_t i;
    json_t *layer;
    json_array_foreach(layers, i, layer)
    {
        if (is_input(layer)) continue;
        json_t *copy = copy_layer(w, layer);
        cn__json_set(copy, "inbound_nodes", cn__kw_node(json_pack("[o]", cn__kw_tensor(&t))));
        t = (cn__keras_tensor){text_of(copy, "name"), "float32", 0};
        cn__json_append(w->layers, copy);
    }
    return t;
}

/* Tensors that are named within: the network's input is the prepared one, and layers have their new names. */
static void rename_tensors(cn__keras_writer *w, json_t *within, const char *input,
                           const cn__keras_tensor *prepared)
{
    json_t *item;
    const char *key;
    size_t i;
    json_t *history = json_object_get(json_object_get(within, "config"), "keras_history");
    const char *from = json_string_value(json_array_get(history, 0));
    if (from && strcmp(from, input) == 0) {
        json_t *whole = cn__kw_tensor(prepared);
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
static cn__keras_tensor add_graph(cn__keras_writer *w, const json_t *config, cn__keras_tensor prepared)
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
    return (cn__keras_tensor){text_of(w->renamed, last ? last : ""), "float32", 0};
}

/* ---- the target --------------------------------------------------------------------------------------------------------------- */

static cn__keras_tensor undo_log(cn__keras_writer *w, cn__keras_tensor t)
{
    size_t logs = 0, n = w->p->target_count;
    json_t *which = json_array();
    for (size_t i = 0; i < n; i++) {
        logs += w->p->targets[i].log;
        cn__json_append(which, json_boolean(w->p->targets[i].log));
    }
    cn__keras_tensor raw = t;
    if (logs)
        t = cn__kw_op(w, "Expm1", "undo_log", json_object(), json_pack("[o]", cn__kw_tensor(&t)), "float32",
                      n);
    if (!logs || logs == n) {
        json_decref(which);
        return t;
    }
    return cn__kw_op(w, "Where", "undo_some_logs", json_object(),
                     json_pack("[o, o, o]", which, cn__kw_tensor(&t), cn__kw_tensor(&raw)), "float32", n);
}

/* Predictions in the target's own units. */
static cn__keras_tensor undo_target(cn__keras_writer *w, cn__keras_tensor t)
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
        t = cn__kw_layer(
            w, "Rescaling", "undo_scale",
            json_pack("{s:o, s:o}", "scale", cn__kw_numbers(scales, n), "offset", cn__kw_numbers(offsets, n)),
            t, "float32", n);
    return undo_log(w, t);
}

/* ---- what the layers do not say --------------------------------------------------------------------------------------------- */

/* ".tprice": letters and digits as they are, other bytes as _20, for TensorFlow takes no others in a name. */
static void add_token(cn__text *out, char kind, const char *text, const char *second)
{
    cn__text_printf(out, ".%c", kind);
    for (const char *parts[] = {text, second}, **part = parts; part < parts + 2 && *part; part++) {
        if (part > parts) cn__text_add(out, "-");
        for (const char *p = *part; *p; p++) {
            const bool plain =
                (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
            cn__text_printf(out, plain ? "%c" : "_%02x", plain ? *p : (unsigned char)*p);
        }
    }
}

static void add_column_tokens(cn__keras_writer *w, cn__text *out)
{
    static const char *const fills[] = {"error", "drop", "mean", "median", "most_frequent", "number"};
    const cn_preparation *p = w->p;
    char number[40];
    add_token(out, 'f', fills[p->fill], NULL);
    cn__format(number, sizeof number, "%.17g", p->fill_number);
    if (p->fill == CN_FILL_NUMBER) add_token(out, 'v', number, NULL);
    if (p->target_scale) add_token(out, 's', p->target_scale, NULL);
    for (size_t i = 0; i < p->input_count; i++) {
        const cn__input *in = &p->inputs[i];
        const char *shown = json_string_value(json_array_get(w->columns, i)),
                   *own = cn__kw_made(w, cn__input_label(&w->arena, in));
        if (shown && strcmp(shown, own) != 0) add_token(out, 'r', shown, own);
        if (in->form == CN_FORM_DATE && in->part == CN_DATE_YEAR)
            add_token(out, 'd', in->name, in->day_first ? "1" : "0");
    }
}

/* An Identity, whose name keeps what a file would lose that Keras loads and saves: the names of targets and classes, and which
 * layers are the preparation's. Very many classes have no room in a name: such a file does not come back. */
static cn__keras_tensor name_answer(cn__keras_writer *w, const cn__keras_tensor *prepared, const char *last,
                                    cn__keras_tensor out)
{
    enum { MOST_LETTERS = 4000 };
    const cn_preparation *p = w->p;
    cn__text name = {0};
    cn__text_add(&name, "cornu");
    add_token(&name, 'p', prepared->layer, NULL);
    add_token(&name, 'n', last, NULL);
    add_column_tokens(w, &name);
    for (size_t i = 0; i < p->target_count; i++) {
        const cn__target *t = &p->targets[i];
        add_token(&name, 't', t->name, NULL);
        if (t->log) add_token(&name, 'l', "", NULL);
        for (size_t c = 0; t->classes && c < t->count; c++) add_token(&name, 'c', t->classes[c], NULL);
    }
    const bool has_room = name.size <= MOST_LETTERS;
    const char *kept = name.failed || !has_room ? NULL : cn__arena_strdup(&w->arena, name.data);
    if (has_room && !kept) (void)cn__kw_made(w, NULL);
    if (kept) out = cn__kw_layer(w, "Identity", kept, json_object(), out, "float32", out.columns);
    cn__text_free(&name);
    return out;
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

static json_t *make(cn__keras_writer *w, const json_t *root)
{
    const json_t *config = json_object_get(root, "config"), *layers = json_object_get(config, "layers"),
                 *compiled = json_object_get(root, "compile_config");
    cn__keras_tensor prepared;
    w->layers = json_array(), w->inputs = json_object(), w->names = json_object(), w->renamed = json_object();
    w->columns = json_array();
    w->rescales = has_class(layers, "Normalization");
    if (cn__kw_prepare(w, &prepared) != CN_OK) return NULL;
    const bool line = strcmp(text_of(root, "class_name"), "Sequential") == 0;
    cn__keras_tensor out = line ? add_line(w, layers, prepared) : add_graph(w, config, prepared);
    const char *last = out.layer;
    out = name_answer(w, &prepared, last, undo_target(w, out));
    if (w->lacks_memory) return NULL;
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
    cn__keras_writer w = {.p = p};
    cn__json_begin();
    json_t *made = make(&w, root);
    cn_status status = cn__json_finish(made, JSON_REAL_PRECISION(17), out);
    json_decref(made);
    json_decref(root);
    json_decref(w.layers), json_decref(w.inputs), json_decref(w.names), json_decref(w.renamed);
    json_decref(w.columns);
    cn__arena_free(&w.arena);
    return status;
}
