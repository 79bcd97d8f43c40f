/* The layer notation: "dense 512 relu; dropout 0.3", a layer a line or between semicolons, '#' for
 * comments. A line is a call without its parentheses: the words between spaces become its arguments. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/model.h"

/* Where one of `marks` (or the end) stands outside brackets and quotes. */
static const char *find_mark(const char *p, const char *end, const char *marks)
{
    int depth = 0;
    char quote = 0;
    for (; p < end; p++) {
        if (quote) quote = *p == quote ? 0 : quote;
        else if (*p == '\'' || *p == '"') quote = *p;
        else if (strchr("([{", *p)) depth++;
        else if (strchr(")]}", *p)) depth--;
        else if (depth <= 0 && strchr(marks, *p)) break;
    }
    return p;
}

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && isspace((unsigned char)*p)) p++;
    return p;
}

/* "dense 512 relu" -> "dense(512, relu)"; a line that is a call already stays as it is. */
static void line_to_call(const char *line, const char *end, cn__text *call)
{
    const char *word = line;
    while (word < end && !isspace((unsigned char)*word) && *word != '(') word++;
    cn__text_add_bytes(call, line, (size_t)(word - line));
    const char *next = skip_space(word, end);
    if (next < end && *next == '(') {
        cn__text_add_bytes(call, next, (size_t)(end - next));
        return;
    }
    cn__text_add(call, "(");
    bool tight = false; /* a comma with no space behind it stays so: "0,3" is told from "0, 3" */
    for (bool first = true; next < end && !call->failed; first = false) {
        const char *stop = find_mark(next, end, " \t\r\n,");
        /* spaces around '=' stay inside one argument */
        bool joined = *next == '=' || (!first && call->data[call->size - 1] == '=');
        if (!first && !joined) cn__text_add(call, tight ? "," : ", ");
        cn__text_add_bytes(call, next, (size_t)(stop - next));
        next = skip_space(stop, end);
        tight =
            next == stop && next < end && *next == ',' && next + 1 < end && !isspace((unsigned char)next[1]);
        if (next < end && *next == ',') next = skip_space(next + 1, end);
    }
    cn__text_add(call, ")");
}

/* "dropout 0,3": a comma parts arguments, and no layer takes a 0 before another number. */
static cn_status check_comma(const char *line, const char *end)
{
    for (const char *p = line + 1; p + 3 < end; p++)
        if (isspace((unsigned char)*p) && p[1] == '0' && p[2] == ',' && isdigit((unsigned char)p[3])) {
            int digits = 1;
            while (p + 3 + digits < end && isdigit((unsigned char)p[3 + digits])) digits++;
            return cn__fail(CN_ERROR_ARGUMENT, "0,%.*s, expected a point as the decimal mark: 0.%.*s", digits,
                            p + 3, digits, p + 3);
        }
    return CN_OK;
}

static cn_status add_line(cn_model *model, const char *line, const char *end, int number)
{
    cn__text call = {0};
    line_to_call(line, end, &call);
    cn_status written = check_comma(line, end);
    cn_layer *layer = call.failed || written != CN_OK ? NULL : cn_layer_new(call.data);
    if (call.failed) cn__fail_memory(call.size, "a layer's notation");
    cn__text_free(&call);
    if (!layer) cn__fail_in("line %d, '%.*s'", number, (int)(end - line > 60 ? 60 : end - line), line);
    return cn_model_add(model, layer);
}

/* ---- lines ---------------------------------------------------------------------------------------------- */

typedef struct lines {
    const char *at, *end;
    int next; /* the number of the line that `at` is on, from 1 */
    const char *first, *last;
    int number;
} lines;

static lines lines_of(const char *text) { return (lines){.at = text, .end = text + strlen(text), .next = 1}; }

/* The next line that is not empty, from `first` to `last`; false at the end. */
static bool next_line(lines *l)
{
    while (l->at < l->end) {
        const char *stop = find_mark(l->at, l->end, "\n;#");
        l->first = skip_space(l->at, stop);
        l->last = stop;
        l->number = l->next;
        while (l->last > l->first && isspace((unsigned char)l->last[-1])) l->last--;
        if (stop < l->end && *stop == '#') stop += strcspn(stop, "\n");
        if (stop < l->end) stop++;
        for (; l->at < stop; l->at++) l->next += *l->at == '\n';
        if (l->last > l->first) return true;
    }
    return false;
}

cn_status cn_model_add_notation(cn_model *model, const char *text)
{
    size_t before = model->layer_count;
    for (lines l = lines_of(text); next_line(&l);) CN_TRY(add_line(model, l.first, l.last, l.number));
    if (model->layer_count == before && model->failed == CN_OK)
        return cn__fail(CN_ERROR_ARGUMENT, "no layers in '%.60s'; expected lines such as dense 512 relu",
                        text);
    return CN_OK;
}

/* ---- graphs --------------------------------------------------------------------------------------------- */

/* The call that a line is; NULL where it is none. */
static cn__value *line_value(cn__arena *arena, const lines *l)
{
    cn__text text = {0};
    line_to_call(l->first, l->last, &text);
    cn__value *value = cn__arena_alloc(arena, sizeof *value);
    if (text.failed || !value || cn__value_parse(arena, text.data, value) != CN_OK) value = NULL;
    cn__text_free(&text);
    return value;
}

static bool is_called(const cn__value *value, const char *name)
{
    const char *called = cn__value_name(value);
    return called && cn__same_name(called, name);
}

cn_status cn__notation_calls(cn__arena *arena, const char *text, cn__value **out, size_t *count)
{
    *count = 0;
    for (lines l = lines_of(text); next_line(&l);) ++*count;
    *out = cn__arena_array(arena, *count + 1, sizeof **out);
    if (!*out) return CN_ERROR_MEMORY;
    size_t i = 0;
    for (lines l = lines_of(text); next_line(&l); i++) {
        const cn__value *value = line_value(arena, &l);
        if (!value)
            return cn__fail_in("line %d, '%.*s'", l.number,
                               (int)(l.last - l.first > 60 ? 60 : l.last - l.first), l.first);
        (*out)[i] = *value;
    }
    return CN_OK;
}

bool cn__notation_is_graph(const char *text)
{
    cn__arena arena = {0};
    int inputs = 0;
    bool graph = false;
    for (lines l = lines_of(text); !graph && next_line(&l);) {
        const cn__value *v = line_value(&arena, &l);
        if (!v) break; /* whoever reads it says what is wrong */
        inputs += is_called(v, "input");
        graph = inputs > 1 || cn__value_get(v, "from") || is_called(v, "call") || is_called(v, "outputs");
    }
    cn__arena_free(&arena);
    return graph;
}

typedef struct entry {
    const char *name; /* as given; NULL: none */
    cn_layer *layer;
    cn_tensor *tensor;
    bool taken; /* something is made from it */
} entry;

typedef struct network {
    cn__arena arena;
    entry *entries;
    size_t count, capacity;
    const cn__value *outputs; /* the call, or NULL */
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

static cn_status find(const network *n, const char *what, const cn__value *value, entry **out)
{
    if (value->kind != CN_VALUE_WORD)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: expected a name, or names as in [a, b]", what);
    for (size_t i = 0; i < n->count; i++) {
        *out = &n->entries[i];
        if ((*out)->name && strcmp((*out)->name, value->word) == 0) return CN_OK;
    }
    return fail_name(n, what, value->word);
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
        entry *e = &n->entries[n->count - (n->count > 0)];
        if (from) CN_TRY(find(n, "from", list ? &from->items[i] : from, &e));
        e->taken = true;
        (*out)[i] = e->tensor;
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

static cn_status add_entry(network *n, const char *name, cn_layer *layer, cn_tensor *tensor)
{
    if (!tensor) return cn_error_status();
    n->entries[n->count++] = (entry){.name = name, .layer = layer, .tensor = tensor};
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
    return add_entry(n, name, again->layer, cn_call_on(again->layer, from, count));
}

static cn_status add_layer(network *n, const lines *l, const cn__value *call)
{
    cn__text text = {0};
    cn_tensor **from = NULL;
    size_t count = 0;
    const bool is_input = is_called(call, "input");
    const cn__value *sources = cn__value_get(call, "from"), *given = cn__value_get(call, "name");
    const char *name = given ? cn__value_name(given) : NULL;
    if (is_input && sources)
        return cn__fail(CN_ERROR_ARGUMENT, "an input is made from nothing; expected no from=");
    CN_TRY(check_new(n, name));
    if (!is_input) CN_TRY(find_sources(n, sources, &from, &count));
    CN_TRY(check_comma(l->first, l->last));
    line_to_call(l->first, l->last, &text);
    cn_layer *layer = text.failed ? NULL : cn__layer_new_without(text.data, "from");
    cn__text_free(&text);
    if (!layer) return cn_error_status();
    return add_entry(n, name, layer,
                     is_input ? cn_tensor_input_layer(layer) : cn_call_on(layer, from, count));
}

static cn_status read_line(network *n, const lines *l)
{
    const cn__value *call = line_value(&n->arena, l);
    if (!call) return cn_error_status();
    if (n->outputs) return cn__fail(CN_ERROR_ARGUMENT, "expected the outputs as the last line");
    if (is_called(call, "call")) return call_again(n, call);
    if (!is_called(call, "outputs")) return add_layer(n, l, call);
    if (!call->count) return cn__fail(CN_ERROR_ARGUMENT, "outputs: expected names, as in outputs a, b");
    n->outputs = call;
    return CN_OK;
}

/* Those that `outputs` names, or what nothing is made from. */
static cn_status find_outputs(network *n, cn_tensor **out, size_t *count)
{
    entry *e = NULL;
    for (size_t i = 0; n->outputs && i < n->outputs->count; i++) {
        CN_TRY(find(n, "outputs", &n->outputs->items[i], &e));
        out[(*count)++] = e->tensor;
    }
    for (size_t i = 0; !n->outputs && i < n->count; i++)
        if (!n->entries[i].taken) out[(*count)++] = n->entries[i].tensor;
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

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (lines l = lines_of(text); next_line(&l);) count++;
    return count;
}

cn_model *cn__graph_from_notation(const char *name, const char *text, const cn__shape *input, int *line)
{
    network n = {0};
    cn_model *model = NULL;
    *line = 0;
    n.entries = cn__arena_array(&n.arena, count_lines(text) + 1, sizeof *n.entries);
    cn_status status = n.entries ? CN_OK : CN_ERROR_MEMORY;
    lines l = lines_of(text);
    bool any = next_line(&l);
    const cn__value *first = any ? line_value(&n.arena, &l) : NULL;
    if (status == CN_OK && input && first && !is_called(first, "input")) {
        cn_layer *layer = cn_input_new(input->rank, input->dim);
        status = add_entry(&n, NULL, layer, layer ? cn_tensor_input_layer(layer) : NULL);
    }
    for (; status == CN_OK && any; any = next_line(&l)) {
        *line = l.number;
        status = read_line(&n, &l);
    }
    if (status == CN_OK) *line = 0, model = make(&n, name);
    else give_up(&n);
    cn__arena_free(&n.arena);
    return model;
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
