/* Line by line: a line with a name is a variable of that name, one without is `x`, which the next line follows. A layer that is
 * called again has a variable of its own. */
#include "lab/python/python_graph.h"

#include <ctype.h>
#include <string.h>

#include "lab/python/python_value.h"
#include "model/model.h"

void cn__python_variable(cn__text *out, const char *name)
{
    static const char *const taken[] = {"and", "as",     "class", "def", "del",   "for",    "from",
                                        "if",  "import", "in",    "is",  "keras", "lambda", "layers",
                                        "not", "np",     "or",    "plt", "print", "with"};
    if (isdigit((unsigned char)*name)) cn__text_add(out, "m_");
    for (const char *p = name; *p; p++) {
        char c = isalnum((unsigned char)*p) || (unsigned char)*p >= 0x80 ? *p : '_';
        cn__text_add_bytes(out, &c, 1);
    }
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcmp(name, taken[i]) == 0) cn__text_add(out, "_");
}

typedef struct graph {
    const cn__value *calls;
    size_t count;
    cn__text *out;
} graph;

static bool is_called(const cn__value *call, const char *name)
{
    const char *is = cn__value_name(call);
    return is && cn__same_name(is, name);
}

static const char *name_of(const cn__value *call)
{
    const cn__value *name = cn__value_get(call, "name");
    return name ? cn__value_name(name) : NULL;
}

static bool is_called_again(const graph *g, const char *name)
{
    for (size_t i = 0; name && i < g->count; i++) {
        const cn__value *c = &g->calls[i];
        if (is_called(c, "call") && c->count && strcmp(cn__value_name(&c->items[0]), name) == 0) return true;
    }
    return false;
}

static void add_name(const graph *g, const char *name) { cn__python_variable(g->out, name ? name : "x"); }

/* (a), ([a, b]), or what the line before gave. */
static void add_sources(const graph *g, size_t line)
{
    const cn__value *from = cn__value_get(&g->calls[line], "from");
    const bool list = from && from->kind == CN_VALUE_LIST;
    cn__text_add(g->out, list && from->count > 1 ? "([" : "(");
    if (!from) add_name(g, line ? name_of(&g->calls[line - 1]) : NULL);
    for (size_t i = 0; from && i < (list ? from->count : 1); i++) {
        if (i) cn__text_add(g->out, ", ");
        add_name(g, cn__value_name(list ? &from->items[i] : from));
    }
    cn__text_add(g->out, list && from->count > 1 ? "])" : ")");
}

/* The sizes of `input 28 28` and `reshape 7 -1` are one argument of Keras's. */
static void add_shape_call(const graph *g, const cn__value *call)
{
    const bool input = is_called(call, "input");
    cn__text_add(g->out, input ? "layers.Input((" : "layers.Reshape((");
    const bool list = call->count && !call->names[0] && call->items[0].kind == CN_VALUE_LIST;
    const cn__value *sizes = list ? &call->items[0] : call;
    for (size_t i = 0; i < sizes->count; i++) {
        if (!list && sizes->names[i]) continue;
        cn__python_value(g->out, &sizes->items[i], CN_NAME_PLAIN);
        cn__text_add(g->out, ", ");
    }
    cn__text_add(g->out, ")");
    if (name_of(call)) {
        cn__text_add(g->out, ", name=");
        cn__python_string(g->out, name_of(call));
    }
    cn__text_add(g->out, ")");
}

/* The layer without what says where it stands. */
static bool add_layer(const graph *g, cn__arena *arena, const cn__value *call)
{
    cn__value own = *call;
    if (is_called(call, "input") || is_called(call, "reshape")) {
        add_shape_call(g, call);
        return true;
    }
    own.kind = CN_VALUE_CALL;
    own.count = 0;
    own.items = cn__arena_array(arena, call->count + 1, sizeof *own.items);
    own.names = cn__arena_array(arena, call->count + 1, sizeof *own.names);
    for (size_t i = 0; own.items && own.names && i < call->count; i++) {
        if (call->names[i] && strcmp(call->names[i], "from") == 0) continue;
        own.items[own.count] = call->items[i];
        own.names[own.count++] = call->names[i];
    }
    if (!own.items || !own.names) return false;
    cn__python_value(g->out, &own, CN_NAME_LAYER);
    return true;
}

static bool add_line(const graph *g, cn__arena *arena, size_t i)
{
    const cn__value *call = &g->calls[i];
    const char *name = name_of(call),
               *again = is_called(call, "call") ? cn__value_name(&call->items[0]) : NULL;
    const bool shared = is_called_again(g, name);
    if (shared) {
        add_name(g, name);
        cn__text_add(g->out, "_layer = ");
        if (!add_layer(g, arena, call)) return false;
        cn__text_add(g->out, "\n");
    }
    add_name(g, name);
    cn__text_add(g->out, " = ");
    if (again || shared) {
        add_name(g, again ? again : name);
        cn__text_add(g->out, "_layer");
    } else if (!add_layer(g, arena, call)) {
        return false;
    }
    if (!is_called(call, "input")) add_sources(g, i);
    cn__text_add(g->out, "\n");
    return true;
}

/* Is the line's value made into another? */
static bool is_used(const graph *g, size_t line)
{
    const char *name = name_of(&g->calls[line]);
    for (size_t i = 0; i < g->count; i++) {
        const cn__value *from = cn__value_get(&g->calls[i], "from");
        if (!from && i == line + 1 && !is_called(&g->calls[i], "input") &&
            !is_called(&g->calls[i], "outputs"))
            return true;
        const bool list = from && from->kind == CN_VALUE_LIST;
        for (size_t k = 0; from && name && k < (list ? from->count : 1); k++)
            if (strcmp(cn__value_name(list ? &from->items[k] : from), name) == 0) return true;
    }
    return false;
}

static void add_model(const graph *g, const char *model)
{
    const cn__value *last = &g->calls[g->count - 1], *outputs = is_called(last, "outputs") ? last : NULL;
    bool any = false;
    cn__python_variable(g->out, model);
    cn__text_add(g->out, " = keras.Model([");
    for (size_t i = 0; i < g->count; i++) {
        if (!is_called(&g->calls[i], "input")) continue;
        cn__text_add(g->out, any ? ", " : "");
        add_name(g, name_of(&g->calls[i]));
        any = true;
    }
    cn__text_add(g->out, "], [");
    any = false;
    for (size_t i = 0; outputs && i < outputs->count; i++) {
        cn__text_add(g->out, i ? ", " : "");
        add_name(g, cn__value_name(&outputs->items[i]));
    }
    for (size_t i = 0; !outputs && i < g->count; i++) {
        if (is_used(g, i)) continue;
        cn__text_add(g->out, any ? ", " : "");
        add_name(g, name_of(&g->calls[i]));
        any = true;
    }
    cn__text_add(g->out, "])\n");
}

bool cn__python_graph(cn__text *out, const char *model, const char *layers)
{
    cn__arena arena = {0};
    cn__text text = {0};
    cn__value *calls;
    graph g = {.out = &text};
    bool made = cn__notation_calls(&arena, layers, &calls, &g.count) == CN_OK && g.count;
    g.calls = made ? calls : NULL;
    if (made && !is_called(&g.calls[0], "input"))
        cn__text_add(&text, "x = layers.Input(x_train.shape[1:])\n");
    for (size_t i = 0; made && i < g.count; i++)
        if (!is_called(&g.calls[i], "outputs")) made = add_line(&g, &arena, i);
    if (made) add_model(&g, model);
    if (made && !text.failed) cn__text_add(out, text.data);
    cn__text_free(&text);
    cn__arena_free(&arena);
    return made;
}
