/* Keras's summary table, at the width it has on a terminal of 80 columns; and what a model costs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text/escape.h"
#include "model/lower.h"
#include "model/nested.h"
#include "model/plan/plan.h"
#include "model/state.h"

/* The columns at that width, without the space on each side: a line of layers has three, a graph says what each layer is
 * connected to. */
typedef struct layout {
    size_t columns, widths[4];
} layout;
static const layout line_layout = {3, {31, 22, 13}}, graph_layout = {4, {19, 17, 10, 17}};
enum { NUMBERS = 2, LEAST = 6 }; /* the column that is set flush right; the least width of a column */

/* The layout of a terminal of so many columns, 0: of 80; the widest columns are made narrower first. */
static layout fit_layout(const layout *l, size_t terminal)
{
    layout fit = *l;
    size_t width = 3 * l->columns + 1, widest = 0;
    for (size_t c = 0; c < l->columns; c++) width += l->widths[c];
    for (; terminal && width > terminal; width--) {
        for (size_t c = widest = 0; c < l->columns; c++)
            if (fit.widths[c] > fit.widths[widest]) widest = c;
        if (fit.widths[widest] <= LEAST) break;
        fit.widths[widest]--;
    }
    return fit;
}

typedef struct rule {
    const char *left, *line, *cross, *right;
} rule;
static const rule top = {"┏", "━", "┳", "┓\n"}, head_end = {"┡", "━", "╇", "┩\n"},
                  between = {"├", "─", "┼", "┤\n"}, bottom = {"└", "─", "┴", "┘\n"};

static void add_rule(cn__text *out, const layout *l, const rule *r)
{
    cn__text_add(out, r->left);
    for (size_t c = 0; c < l->columns; c++) {
        for (size_t i = 0; i < l->widths[c] + 2; i++) cn__text_add(out, r->line);
        cn__text_add(out, c + 1 < l->columns ? r->cross : r->right);
    }
}

/* Bytes of the text's first `columns` characters, or of all that it has. */
static size_t bytes_within(const char *text, size_t columns)
{
    size_t bytes = 0;
    for (size_t left = strlen(text); columns-- && left > bytes;) {
        size_t one = cn__utf8_length(text + bytes, left - bytes);
        bytes += one ? one : 1;
    }
    return bytes;
}

/* Takes from *text the bytes that fit on a line of `width` columns: whole words; of a word that is too long only the
 * beginning is shown, and *cut is set: a sign of that stands in the last column. */
static size_t next_line(const char **text, size_t width, bool *cut)
{
    const char *t = *text;
    size_t fits = bytes_within(t, width), word = strcspn(t, " ");
    *cut = word > fits;
    if (*cut) {
        *text = t + word + (t[word] == ' ');
        return bytes_within(t, width - 1);
    }
    while (t[fits] && t[fits] != ' ') fits--;
    *text = t + fits + (t[fits] == ' ');
    return fits;
}

static size_t columns_of(const char *text, size_t bytes)
{
    return cn__text_width(text) - cn__text_width(text + bytes);
}

static void add_row(cn__text *out, const layout *l, const char *const cells[4], const char *edge)
{
    const char *rest[4] = {cells[0], cells[1], cells[2], cells[3]};
    bool more = true;
    while (more) {
        more = false;
        for (size_t c = 0; c < l->columns; c++) {
            bool cut;
            const char *text = rest[c];
            const size_t size = next_line(&rest[c], l->widths[c], &cut);
            const int pad = (int)(l->widths[c] - columns_of(text, size)) - cut;
            cn__text_printf(out, "%s %*s%.*s%s%*s ", edge, c == NUMBERS ? pad : 0, "", (int)size, text,
                            cut ? "…" : "", c == NUMBERS ? 0 : pad, "");
            more |= *rest[c] != '\0';
        }
        cn__text_printf(out, "%s\n", edge);
    }
}

/* The tensor of a call, whichever output it is; NULL where the model has none. */
static const cn_tensor *find_call(const cn_model *model, const cn_layer *layer, size_t call)
{
    for (size_t i = 0; i < model->tensor_count; i++)
        if (model->tensors[i]->layer == layer && model->tensors[i]->call == call) return model->tensors[i];
    return NULL;
}

/* What the calls of a layer take, as call and output: "dense[0][0], dense_1[0][0]". */
static void add_connections(const cn_model *model, const cn_layer *layer, cn__text *out)
{
    for (size_t c = 0; c < layer->calls; c++) {
        const cn_tensor *t = find_call(model, layer, c);
        for (size_t j = 0; t && j < t->inputs; j++) {
            cn__text_add(out, out->size ? ", " : "");
            cn__terminal_escape(out, t->from[j]->layer->layer->name);
            cn__text_printf(out, "[%zu][%zu]", t->from[j]->call, t->from[j]->output);
        }
    }
    if (!out->size) cn__text_add(out, "-");
}

/* "(None, 4)", or of a model with several outputs "[(None, 4), (None, 2)]". */
static void add_shape(const cn_layer *layer, cn__text *out)
{
    char shape[120];
    const size_t count = cn__layer_outputs(layer);
    if (count > 1) cn__text_add(out, "[");
    for (size_t i = 0; i < count; i++) {
        const cn__shape *s = layer->model ? &layer->model->outputs[i]->shape : &layer->layer->out;
        cn__text_printf(out, "%s%s", i ? ", " : "", cn__shape_text(s, shape, sizeof shape));
    }
    if (count > 1) cn__text_add(out, "]");
}

static void add_layer(cn__text *out, const layout *l, const cn_model *model, const cn_layer *of, bool shaped)
{
    const cn__layer *layer = of->layer;
    char params[48] = "0";
    cn__text name = {0}, shape = {0}, connections = {0};
    cn__terminal_escape(&name, layer->name);
    cn__text_printf(&name, " (%s)", layer->kind->is_input ? "InputLayer" : layer->kind->class_name);
    if (shaped) {
        add_shape(of, &shape);
        cn__with_commas((long long)cn__layer_parameters(of), params, sizeof params);
    } else if (!layer->kind->any_shape) {
        snprintf(params, sizeof params, "0 (unbuilt)");
    }
    if (l->columns > 3) add_connections(model, of, &connections);
    out->failed |= connections.failed || name.failed || shape.failed;
    if (!out->failed)
        add_row(out, l,
                (const char *const[]){name.data, shape.data ? shape.data : "?", params,
                                      connections.data ? connections.data : ""},
                "│");
    cn__text_free(&shape);
    cn__text_free(&connections);
    cn__text_free(&name);
}

/* Does each layer take what one other gives, and each give to one? */
static bool is_line(const cn_model *model)
{
    for (size_t i = 0; i < model->tensor_count && model->graph; i++)
        if (model->tensors[i]->inputs > 1 ||
            (i && (model->tensors[i]->inputs != 1 || model->tensors[i]->from[0] != model->tensors[i - 1])))
            return false;
    return !model->graph || model->layer_count == model->tensor_count;
}

static void add_total(cn__text *out, const char *what, size_t count, double bytes)
{
    char number[48], size[32];
    cn__text_printf(out, " %s: %s (%s)\n", what, cn__with_commas((long long)count, number, sizeof number),
                    cn__byte_text(bytes, size, sizeof size));
}

static size_t parameters(const cn_model *model, bool trainable)
{
    size_t total = 0, count;
    cn__arena arena = {0};
    cn__variable **variables = cn__list_variables(model, &arena, &count);
    for (size_t i = 0; variables && i < count; i++)
        if (cn__variable_trainable(variables[i]) == trainable) total += cn__variable_size(variables[i]);
    cn__arena_free(&arena);
    return total;
}

/* Slots and averages of the trained variables, the learning rate, and the count of steps (8 bytes). */
static void add_optimizer(cn__text *out, const cn_model *model)
{
    const cn__optimizer *o = &model->optimizer;
    size_t count = cn__state_elements(model) + (o->schedule ? 0 : 1);
    if (cn__optimizer_has_product(o)) count++;
    add_total(out, "Optimizer params", count + 1, 4.0 * (double)count + 8);
}

static char *finish(cn__text *out)
{
    if (!out->failed) return out->data; /* from cn__malloc, as cn_text_free expects */
    cn__fail_memory(out->size, "a text");
    cn__text_free(out);
    return NULL;
}

void cn_text_free(char *text) { cn__free(text); }

/* `shaped`: the layers know their shapes. */
static char *summary(const cn_model *model, bool shaped, size_t terminal)
{
    cn__text out = {0};
    const layout fit = fit_layout(is_line(model) ? &line_layout : &graph_layout, terminal), *l = &fit;
    cn__text_add(&out, "Model: \"");
    cn__terminal_escape(&out, model->name);
    cn__text_add(&out, "\"\n");
    add_rule(&out, l, &top);
    add_row(&out, l, (const char *const[]){"Layer (type)", "Output Shape", "Param #", "Connected to"}, "┃");
    add_rule(&out, l, &head_end);
    bool first = true;
    for (size_t i = 0; i < model->layer_count; i++) {
        if (model->layers[i]->layer->kind->is_input && !model->graph) continue;
        if (!first) add_rule(&out, l, &between);
        add_layer(&out, l, model, model->layers[i], shaped);
        first = false;
    }
    add_rule(&out, l, &bottom);
    size_t trainable = parameters(model, true), fixed = parameters(model, false), all = trainable + fixed;
    cn__text optimizer = {0};
    if (model->trained) {
        all += cn__state_elements(model) + (model->optimizer.schedule ? 0 : 1) +
               cn__optimizer_has_product(&model->optimizer) + 1;
        add_optimizer(&optimizer, model);
    }
    add_total(&out, "Total params", all, 4.0 * (double)all + (model->trained ? 4 : 0));
    add_total(&out, "Trainable params", trainable, 4.0 * (double)trainable);
    add_total(&out, "Non-trainable params", fixed, 4.0 * (double)fixed);
    if (optimizer.data) cn__text_add(&out, optimizer.data);
    cn__text_free(&optimizer);
    return finish(&out);
}

char *cn_model_summary(cn_model *model)
{
    if (cn__model_check(model) != CN_OK || cn__model_build_if_known(model) != CN_OK) return NULL;
    return summary(model, model->tensors != NULL, 0);
}

char *cn__model_summary_of(cn_model *model, const cn__shape *shape, size_t terminal)
{
    if (cn__model_check(model) != CN_OK || (shape && cn__model_check_input(model, 0, shape) != CN_OK))
        return NULL;
    const cn__shape *known = cn__model_known_input(model), *in = known ? known : shape;
    if (model->tensors || !in) return summary(model, model->tensors != NULL, terminal);
    cn__arena arena = {0};
    char *text = cn__model_infer_shapes(model, &arena, in) == CN_OK ? summary(model, true, terminal) : NULL;
    cn__model_clear_shapes(model);
    cn__arena_free(&arena);
    if (!text) cn__fail_in("model %s", model->name);
    return text;
}

double cn_model_flops(const cn_model *model)
{
    cn__arena arena = {0};
    cn__op_graph graph;
    double flops = 0;
    if (!model->built) return 0;
    const bool lowered = cn__lower_model(model, &arena, &graph) == CN_OK;
    for (size_t i = 0; lowered && i < graph.count; i++)
        if (graph.ops[i]->kind->flops) flops += graph.ops[i]->kind->flops(graph.ops[i]);
    cn__arena_free(&arena);
    return lowered ? flops : (double)NAN;
}
