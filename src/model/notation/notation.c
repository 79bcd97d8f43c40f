/* The layer notation: "dense 512 relu; dropout 0.3", a layer a line or between semicolons, '#' for
 * comments; lines become layers in a row, or a graph, and blocks models within. */
#include <stdio.h>
#include <string.h>

#include "base/text/text.h"
#include "model/model.h"
#include "model/notation/notation_lines.h"

enum { MOST_BLOCKS = 16 };

/* ---- blocks ------------------------------------------------------------------------------------------------ */

/* `model NAME from=… trainable=false`, and the lines of its layers. */
typedef struct block {
    const char *name;
    const cn__value *from;
    bool trainable;
    cn__lines lines;
} block;

static cn_model *block_model(const block *b, int depth, int *line);

/* Takes the block's lines out of *l. `graph`: from= has a meaning. */
static cn_status read_block(cn__lines *l, const cn__value *call, bool graph, block *out)
{
    *out = (block){.trainable = true};
    for (size_t i = 0; i < call->count; i++) {
        const char *word = call->names[i];
        const cn__value *v = &call->items[i];
        if ((!word && i == 0) || (word && strcmp(word, "name") == 0)) out->name = cn__value_name(v);
        else if (word && graph && strcmp(word, "from") == 0) out->from = v;
        else if (word && strcmp(word, "trainable") == 0 && v->kind == CN_VALUE_BOOL)
            out->trainable = v->boolean;
        else
            return cn__fail(
                CN_ERROR_ARGUMENT,
                "model: expected a name%s or trainable=false, as in model base; its layers follow, and end",
                graph ? ", from=" : "");
    }
    if (!out->name)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "model: expected a name, as in model base; its layers follow, and end");
    CN_TRY(cn__lines_block(l, &out->lines));
    if (cn__lines_count(out->lines)) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "model %s has no layers", out->name);
}

/* ---- a line of layers --------------------------------------------------------------------------------------- */

static cn_status add_line(cn_model *model, const cn__lines *l)
{
    cn__text call = {0};
    cn__line_to_call(l, &call);
    cn_status written = cn__line_check_comma(l);
    cn_layer *layer = call.failed || written != CN_OK ? NULL : cn_layer_new(call.data);
    if (call.failed) cn__fail_memory(call.size, "a layer's notation");
    cn__text_free(&call);
    if (!layer) cn__fail_in("'%.*s'", (int)(l->last - l->first > 60 ? 60 : l->last - l->first), l->first);
    return cn_model_add(model, layer);
}

static cn_status add_block_line(cn_model *model, cn__lines *l, int depth, int *line)
{
    block b;
    cn__arena arena = {0};
    const cn__value *call = cn__line_value(&arena, l);
    cn_status status = call ? read_block(l, call, false, &b) : cn_error_status();
    cn_model *inner = status == CN_OK ? block_model(&b, depth + 1, line) : NULL;
    status = inner ? cn_model_add_model(model, inner) : cn_error_status();
    cn_model_free(inner);
    cn__arena_free(&arena);
    return status;
}

/* *line: of the one that is wrong. */
static cn_status add_lines(cn_model *model, cn__lines l, int depth, int *line)
{
    while (cn__lines_next(&l)) {
        const int number = l.number;
        *line = 0;
        cn_status status =
            cn__line_begins_block(&l) ? add_block_line(model, &l, depth, line) : add_line(model, &l);
        if (!*line) *line = number;
        CN_TRY(status);
    }
    *line = 0;
    return CN_OK;
}

cn_status cn__model_add_lines(cn_model *model, const char *text, int *line)
{
    size_t before = model->layer_count;
    CN_TRY(add_lines(model, cn__lines_of(text), 0, line));
    if (model->layer_count == before && model->failed == CN_OK)
        return cn__fail(CN_ERROR_ARGUMENT, "no layers in '%.60s'; expected lines such as dense 512 relu",
                        text);
    return CN_OK;
}

cn_status cn_model_add_notation(cn_model *model, const char *text)
{
    int line = 0;
    cn_status status = cn__model_add_lines(model, text, &line);
    if (status == CN_OK || !line || status == CN_ERROR_MEMORY) return status;
    char *message = cn__strdup(cn_error());
    if (message) (void)cn__fail(status, "line %d, %s", line, message);
    cn__free(model->failure); /* which is what every later call reports */
    model->failure = message ? cn__strdup(cn_error()) : NULL;
    cn__free(message);
    return status;
}

static cn_model *line_of_layers(const char *name, cn__lines l, int depth, int *line)
{
    cn_model *m = cn_model_new(name);
    if (!m || add_lines(m, l, depth, line) == CN_OK) return m;
    cn_model_free(m);
    return NULL;
}

cn_status cn__notation_calls(cn__arena *arena, const char *text, cn__value **out, size_t *count)
{
    *count = 0;
    for (cn__lines l = cn__lines_of(text); cn__lines_next(&l);) ++*count;
    *out = cn__arena_array(arena, *count + 1, sizeof **out);
    if (!*out) return CN_ERROR_MEMORY;
    size_t i = 0;
    for (cn__lines l = cn__lines_of(text); cn__lines_next(&l); i++) {
        const cn__value *value = cn__line_value(arena, &l);
        if (!value)
            return cn__fail_in("line %d, '%.*s'", l.number,
                               (int)(l.last - l.first > 60 ? 60 : l.last - l.first), l.first);
        (*out)[i] = *value;
    }
    return CN_OK;
}

bool cn__notation_is_graph(const char *text) { return cn__lines_are_graph(cn__lines_of(text)); }

bool cn__notation_has_models(const char *text)
{
    for (cn__lines l = cn__lines_of(text); cn__lines_next(&l);)
        if (cn__line_begins_block(&l)) return true;
    return false;
}

/* ---- graphs --------------------------------------------------------------------------------------------- */

typedef struct entry {
    const char *name; /* as given; NULL: none */
    cn_layer *layer;
    cn_model *model; /* of a block; NULL: it is a layer */
    cn_tensor *tensor;
    bool taken; /* something is made from it */
} entry;

typedef struct network {
    cn__arena arena;
    entry *entries;
    size_t count, capacity;
    const cn__value *outputs; /* the call, or NULL */
    int depth;                /* how many blocks it is in */
    int failed;               /* a line of a block that is wrong; 0: none */
} network;

static cn_status fail_name(const network *n, const char *what, const char *name)
{
    const char *known[64];
    size_t count = 0;
    for (size_t i = 0; i < n->count && count < 64; i++)
        if (n->entries[i].name) known[count++] = n->entries[i].name;
    if (!count)
        return cn__fail(CN_ERROR_ARGUMENT, "%s %s: no line above has a name; expected name=%s on one of them",
                        what, name, name);
    return cn__fail_word(CN_ERROR_ARGUMENT, what, name, known, count);
}

static entry *named(const network *n, const char *name, size_t size)
{
    for (size_t i = 0; i < n->count; i++) {
        entry *e = &n->entries[i];
        if (e->name && strlen(e->name) == size && strncmp(e->name, name, size) == 0) return e;
    }
    return NULL;
}

static cn_status find(const network *n, const char *what, const cn__value *value, entry **out)
{
    if (value->kind != CN_VALUE_WORD)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: expected a name, or names as in [a, b]", what);
    *out = named(n, value->word, strlen(value->word));
    return *out ? CN_OK : fail_name(n, what, value->word);
}

/* The output of a model with several that is called so; NULL: there is none. */
static cn_status find_output(const entry *e, const char *name, cn_tensor **out)
{
    const char *known[64];
    const size_t count = cn_model_output_count(e->model);
    for (size_t i = 0; i < count && i < 64; i++) {
        known[i] = cn_model_output_name(e->model, i);
        if (name && strcmp(known[i], name) == 0) {
            *out = cn_call_output(e->tensor, i);
            return *out ? CN_OK : cn_error_status();
        }
    }
    if (name)
        return cn__fail_word(CN_ERROR_ARGUMENT, "output of the model", name, known, count < 64 ? count : 64);
    return cn__fail(CN_ERROR_ARGUMENT, "model %s has %zu outputs; expected one of them, as in %s.%s", e->name,
                    count, e->name, known[0]);
}

static cn_status tensor_of(const entry *e, cn_tensor **out)
{
    *out = e->tensor;
    if (!e->model || cn_model_output_count(e->model) < 2) return CN_OK;
    return find_output(e, NULL, out);
}

/* What `name`, or `model.output`, is. */
static cn_status find_tensor(const network *n, const char *what, const cn__value *value, cn_tensor **out)
{
    const char *point = value->kind == CN_VALUE_WORD ? strchr(value->word, '.') : NULL;
    entry *e = point ? named(n, value->word, (size_t)(point - value->word)) : NULL;
    if (e && !e->model) e = NULL;
    if (!e) {
        CN_TRY(find(n, what, value, &e));
        e->taken = true;
        return tensor_of(e, out);
    }
    e->taken = true;
    return find_output(e, point + 1, out);
}

/* What a line is made from: those it names, or the line before. */
static cn_status find_sources(network *n, const cn__value *from, cn_tensor ***out, size_t *count)
{
    const bool list = from && from->kind == CN_VALUE_LIST;
    *count = list ? from->count : 1;
    *out = cn__arena_array(&n->arena, *count + 1, sizeof **out);
    if (!*out) return CN_ERROR_MEMORY;
    if (list && !*count) return cn__fail(CN_ERROR_ARGUMENT, "from=[]: expected a name at least");
    if (!from && !n->count)
        return cn__fail(CN_ERROR_ARGUMENT, "it has no input; expected a line such as input 784 above it");
    for (size_t i = 0; i < *count; i++) {
        if (from) {
            CN_TRY(find_tensor(n, "from", list ? &from->items[i] : from, &(*out)[i]));
            continue;
        }
        entry *e = &n->entries[n->count - 1];
        e->taken = true;
        CN_TRY(tensor_of(e, &(*out)[i]));
    }
    return CN_OK;
}

static cn_status check_new(const network *n, const char *name)
{
    for (size_t i = 0; name && i < n->count; i++)
        if (n->entries[i].name && strcmp(n->entries[i].name, name) == 0)
            return cn__fail(CN_ERROR_ARGUMENT, "two lines are named '%s'", name);
    return CN_OK;
}

static cn_status add_entry(network *n, const entry *e)
{
    if (!e->tensor) return cn_error_status();
    n->entries[n->count++] = *e;
    return CN_OK;
}

/* `call NAME from=OTHER`: the layer of an earlier line once more, with the same weights. */
static cn_status call_again(network *n, const cn__value *call)
{
    entry *again = NULL;
    cn_tensor **from;
    size_t count;
    const cn__value *given = cn__value_get(call, "name");
    const char *name = given ? cn__value_name(given) : NULL;
    for (size_t i = 0; i < call->count; i++) {
        const char *word = call->names[i];
        if (word && strcmp(word, "from") != 0 && strcmp(word, "name") != 0)
            return cn__fail(CN_ERROR_ARGUMENT,
                            "call: unknown argument '%s'; expected a name, from= and name=", word);
    }
    if (!call->count || call->names[0] || (call->count > 1 && !call->names[1]))
        return cn__fail(CN_ERROR_ARGUMENT, "call: expected one name of a line, as in call a from=b");
    CN_TRY(check_new(n, name));
    CN_TRY(find(n, "call", &call->items[0], &again));
    CN_TRY(find_sources(n, cn__value_get(call, "from"), &from, &count));
    cn_tensor *made =
        again->model ? cn_call_model_on(again->model, from, count) : cn_call_on(again->layer, from, count);
    return add_entry(n, &(entry){.name = name, .layer = again->layer, .model = again->model, .tensor = made});
}

static cn_status add_layer(network *n, const cn__lines *l, const cn__value *call)
{
    cn__text text = {0};
    cn_tensor **from = NULL;
    size_t count = 0;
    const bool is_input = cn__line_is(call, "input");
    const cn__value *sources = cn__value_get(call, "from"), *given = cn__value_get(call, "name");
    const char *name = given ? cn__value_name(given) : NULL;
    if (is_input && sources)
        return cn__fail(CN_ERROR_ARGUMENT, "an input is made from nothing; expected no from=");
    CN_TRY(check_new(n, name));
    if (!is_input) CN_TRY(find_sources(n, sources, &from, &count));
    CN_TRY(cn__line_check_comma(l));
    cn__line_to_call(l, &text);
    cn_layer *layer = text.failed ? NULL : cn__layer_new_without(text.data, "from");
    cn__text_free(&text);
    if (!layer) return cn_error_status();
    cn_tensor *made = is_input ? cn_tensor_input_layer(layer) : cn_call_on(layer, from, count);
    return add_entry(n, &(entry){.name = name, .layer = layer, .tensor = made});
}

/* A block: its model is called on what the line names, or on the line before. */
static cn_status add_block(network *n, cn__lines *l, const cn__value *call)
{
    block b;
    cn_tensor **from = NULL;
    size_t count = 0;
    CN_TRY(read_block(l, call, true, &b));
    CN_TRY(check_new(n, b.name));
    CN_TRY(find_sources(n, b.from, &from, &count));
    cn_model *model = block_model(&b, n->depth + 1, &n->failed);
    if (!model) return cn_error_status();
    cn_tensor *made = cn_call_model_on(model, from, count);
    cn_model_free(model); /* the tensor's graph keeps it */
    return add_entry(n, &(entry){.name = b.name, .model = model, .tensor = made});
}

static cn_status read_line(network *n, cn__lines *l)
{
    const cn__value *call = cn__line_value(&n->arena, l);
    if (!call) return cn_error_status();
    if (n->outputs) return cn__fail(CN_ERROR_ARGUMENT, "expected the outputs as the last line");
    if (cn__line_is(call, "call")) return call_again(n, call);
    if (cn__line_begins_block(l)) return add_block(n, l, call);
    if (!cn__line_is(call, "outputs")) return add_layer(n, l, call);
    if (!call->count) return cn__fail(CN_ERROR_ARGUMENT, "outputs: expected names, as in outputs a, b");
    n->outputs = call;
    return CN_OK;
}

/* Those that `outputs` names, or what nothing is made from. */
static cn_status find_outputs(network *n, cn_tensor **out, size_t *count)
{
    for (size_t i = 0; n->outputs && i < n->outputs->count; i++)
        CN_TRY(find_tensor(n, "outputs", &n->outputs->items[i], &out[(*count)++]));
    for (size_t i = 0; !n->outputs && i < n->count; i++)
        if (!n->entries[i].taken) CN_TRY(tensor_of(&n->entries[i], &out[(*count)++]));
    return CN_OK;
}

/* Frees the graphs of a network that no model was made of. */
static void give_up(network *n)
{
    for (size_t i = 0; i < n->count; i++) {
        bool again = false;
        for (size_t j = i + 1; j < n->count; j++)
            again = again || n->entries[j].tensor->graph == n->entries[i].tensor->graph;
        if (!again) cn_tensor_free(n->entries[i].tensor);
    }
}

/* A file of Keras's may have an input that no output is made from; lines that a person writes are meant to be used. */
static cn_status check_connected(cn_tensor *const *inputs, size_t count, const cn_tensor *output)
{
    for (size_t i = 0; i < count; i++)
        if (inputs[i]->graph != output->graph)
            return cn__fail(CN_ERROR_ARGUMENT, "input %zu is not connected with the outputs", i + 1);
    return CN_OK;
}

static cn_model *make(network *n, const char *name)
{
    size_t inputs = 0, outputs = 0, most = n->count + (n->outputs ? n->outputs->count : 0) + 1;
    cn_tensor **in = cn__arena_array(&n->arena, most, sizeof *in),
              **out = cn__arena_array(&n->arena, most, sizeof *out);
    cn_status status = in && out ? find_outputs(n, out, &outputs) : CN_ERROR_MEMORY;
    for (size_t i = 0; status == CN_OK && i < n->count; i++)
        if (cn__tensor_is_input(n->entries[i].tensor)) in[inputs++] = n->entries[i].tensor;
    if (status == CN_OK) status = check_connected(in, inputs, out[0]);
    if (status != CN_OK) {
        give_up(n);
        return NULL;
    }
    return cn_model_from_named(name, in, inputs, out, outputs);
}

static cn_model *graph_of_lines(const char *name, cn__lines l, const cn__shape *input, int depth, int *line)
{
    network n = {.depth = depth};
    cn_model *model = NULL;
    *line = 0;
    n.entries = cn__arena_array(&n.arena, cn__lines_count(l) + 1, sizeof *n.entries);
    cn_status status = n.entries ? CN_OK : CN_ERROR_MEMORY;
    bool any = cn__lines_next(&l);
    const cn__value *first = any ? cn__line_value(&n.arena, &l) : NULL;
    if (status == CN_OK && input && first && !cn__line_is(first, "input")) {
        cn_layer *layer = cn_input_new(input->rank, input->dim);
        status =
            add_entry(&n, &(entry){.layer = layer, .tensor = layer ? cn_tensor_input_layer(layer) : NULL});
    }
    for (; status == CN_OK && any; any = cn__lines_next(&l)) {
        *line = l.number;
        status = read_line(&n, &l);
    }
    if (n.failed) *line = n.failed;
    if (status == CN_OK) *line = 0, model = make(&n, name);
    else give_up(&n);
    cn__arena_free(&n.arena);
    return model;
}

cn_model *cn__graph_from_notation(const char *name, const char *text, const cn__shape *input, int *line)
{
    return graph_of_lines(name, cn__lines_of(text), input, 0, line);
}

/* ---- any notation ------------------------------------------------------------------------------------------ */

static cn_model *block_model(const block *b, int depth, int *line)
{
    if (depth > MOST_BLOCKS) {
        cn__fail(CN_ERROR_ARGUMENT, "models within each other more than %d deep", MOST_BLOCKS);
        return NULL;
    }
    cn_model *m = cn__lines_are_graph(b->lines) ? graph_of_lines(b->name, b->lines, NULL, depth, line)
                                                : line_of_layers(b->name, b->lines, depth, line);
    if (m && !b->trainable) cn_model_set_trainable(m, false);
    return m;
}

cn_model *cn_model_from_notation(const char *name, const char *text)
{
    int line;
    cn_model *model;
    if (!cn__notation_is_graph(text)) {
        model = cn_model_new(name);
        if (!model || cn_model_add_notation(model, text) == CN_OK) return model;
        cn_model_free(model);
        return NULL;
    }
    model = cn__graph_from_notation(name, text, NULL, &line);
    if (!model && line) (void)cn__fail_in("line %d", line);
    return model;
}
