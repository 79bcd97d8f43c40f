/* One page with a model inside: page.html with style, scripts, a drawing, the network as JSON and the weights as base64
 * of little-endian float32, in the order of Keras's get_weights(). The page runs the operations that layers lower to, so
 * that a new layer needs nothing here unless it brings a new operation: page_operations.c. */
#include "cornu/formats.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text/escape.h"
#include "base/files/file.h"
#include "data/files/json.h"
#include "formats/drawing.h"
#include "formats/page/page_inputs.h"
#include "formats/page/page_operations.h"
#include "model/lower.h"

enum { MOST_PARAMETERS = 25000000 };

/* The other files of this folder, embedded by the build. */
extern const char cn__demo_page_html[], cn__demo_page_css[], cn__demo_words_js[], cn__demo_activations_js[],
    cn__demo_operations_js[], cn__demo_windows_js[], cn__demo_network_js[], cn__demo_drawing_js[],
    cn__demo_files_js[], cn__demo_inputs_js[], cn__demo_page_js[];

typedef struct demo {
    cn__arena arena;
    const cn_model *model;
    cn_html_options options;
    cn__page_inputs inputs;
    size_t outputs; /* numbers of all outputs together */
    cn__demo_targets targets;
    size_t *value_of; /* by operation: the number of its output in the page */
} demo;

/* ---- the operations --------------------------------------------------------------------------------------- */

/* Values are numbered: first the inputs, then what each operation of the page makes. */
static cn_status add_inputs(demo *d, const cn__op *op, json_t *json)
{
    json_t *from = json_array();
    for (size_t i = 0; i < op->inputs; i++)
        cn__json_append(from, json_integer((json_int_t)d->value_of[op->in[i]->index]));
    return json_object_set_new(json, "from", from) == 0 ? CN_OK : cn__fail_memory(0, "JSON");
}

static cn_status add_operation(demo *d, const cn__op *op, json_t *list)
{
    json_t *json;
    if (cn__page_leaves_out(op)) {
        d->value_of[op->index] = d->value_of[op->in[0]->index];
        return CN_OK;
    }
    CN_TRY(cn__page_operation(d->model, op, &json));
    if (json_array_append_new(list, json) != 0) return cn__fail_memory(0, "JSON");
    d->value_of[op->index] = d->inputs.count + json_array_size(list) - 1;
    return add_inputs(d, op, json);
}

/* What the last operation makes of the outputs. */
static const char *output_kind(const cn__op *op)
{
    const cn__activation *a = op->kind->activation ? op->kind->activation(op) : NULL;
    if (a && a->kind == CN_ACT_SOFTMAX) return "softmax";
    return a && a->kind == CN_ACT_SIGMOID ? "sigmoid" : "values";
}

/* "Dense, relu", (28, 128), 3,328 */
static json_t *layer_json(const cn__op_graph *g, const cn__lowered *call)
{
    char kind[96];
    size_t parameters = 0;
    json_t *shape = json_array();
    const cn__layer *layer = call->tensor->layer->layer;
    const cn__op *last = call->count > 1 ? g->ops[call->first + 1] : NULL;
    const cn__activation *fused = last && last->kind->activation ? last->kind->activation(last) : NULL;
    for (int i = 0; i < layer->variables; i++) parameters += cn__variable_size(&layer->variable[i]);
    for (int i = 0; i < call->tensor->shape.rank; i++)
        cn__json_append(shape, json_integer((json_int_t)call->tensor->shape.dim[i]));
    cn__format(kind, sizeof kind, "%s%s%s", layer->kind->class_name, fused ? ", " : "",
               fused ? cn__activation_name(fused->kind) : "");
    return json_pack("{s:s, s:s, s:o, s:I}", "name", layer->name, "kind", kind, "shape", shape, "parameters",
                     (json_int_t)parameters);
}

static cn_status add_calls(demo *d, const cn__op_graph *g, json_t *layers, json_t *operations)
{
    for (size_t i = 0; i < g->input_count; i++) d->value_of[g->inputs[i]->index] = i;
    for (size_t i = 0; i < g->call_count; i++) {
        const cn__lowered *call = &g->calls[i];
        if (cn__tensor_is_input(call->tensor)) continue;
        for (size_t j = call->first; j < call->first + call->count; j++)
            CN_TRY(add_operation(d, g->ops[j], operations));
        if (json_array_append_new(layers, layer_json(g, call)) != 0) return cn__fail_memory(0, "JSON");
    }
    return CN_OK;
}

/* {"name": "kind", "size": 10, "kind": "softmax", "value": 7} for each output. */
static cn_status add_outputs(const demo *d, const cn__op_graph *g, json_t *outputs)
{
    for (size_t i = 0; i < g->output_count; i++) {
        const cn__op *last = g->outputs[i].op;
        json_t *json = json_pack("{s:s, s:I, s:I}", "name", cn__model_output_name(d->model, i), "size",
                                 (json_int_t)cn__shape_size(&g->outputs[i].shape), "value",
                                 (json_int_t)d->value_of[last->index]);
        while (cn__page_leaves_out(last)) last = last->in[0];
        cn__json_set(json, "kind", json_string(output_kind(last)));
        if (json_array_append_new(outputs, json) != 0) return cn__fail_memory(0, "JSON");
    }
    return CN_OK;
}

static cn_status add_network(demo *d, json_t *layers, json_t *operations, json_t *outputs)
{
    cn__op_graph graph;
    CN_TRY(cn__lower_model(d->model, &d->arena, &graph));
    d->value_of = cn__arena_array(&d->arena, graph.count + 1, sizeof *d->value_of);
    if (!d->value_of) return CN_ERROR_MEMORY;
    CN_TRY(add_calls(d, &graph, layers, operations));
    return add_outputs(d, &graph, outputs);
}

/* ---- checks ----------------------------------------------------------------------------------------------- */

static cn_status check_names(const char *what, const char *const *names, size_t count, size_t expected)
{
    if (count && count != expected)
        return cn__fail(CN_ERROR_ARGUMENT, "%zu %s, expected %zu", count, what, expected);
    for (size_t i = 0; i < count; i++) {
        json_t *json = json_string(names[i]);
        json_decref(json);
        if (!json) return cn__fail(CN_ERROR_ARGUMENT, "%s: number %zu is not UTF-8", what, i + 1);
    }
    return CN_OK;
}

static cn_status check(demo *d)
{
    static const char *const languages[] = {"en", "es"};
    const cn_html_options *o = &d->options;
    size_t known = 0;
    while (known < 2 && strcmp(o->language, languages[known]) != 0) known++;
    if (known == 2) return cn__fail_word(CN_ERROR_ARGUMENT, "language", o->language, languages, 2);
    if (cn_model_parameters(d->model) > MOST_PARAMETERS)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "model %s has %zu parameters; a page can hold %d, as browsers limit it",
                        d->model->name, cn_model_parameters(d->model), MOST_PARAMETERS);
    CN_TRY(check_names("names of outputs", o->labels, o->label_count, d->outputs));
    CN_TRY(check_names("title", &o->title, o->title ? 1 : 0, 1));
    CN_TRY(cn__page_inputs_read(d->model, o, &d->arena, &d->inputs));
    const size_t samples = cn__page_sample_count(&d->inputs);
    return cn__demo_targets_read(samples ? o->y : NULL, samples, cn__shape_size(&d->model->out), &d->targets);
}

/* ---- the page --------------------------------------------------------------------------------------------- */

/* One weight after the other; a page that shows NaN helps nobody. */
static cn_status gather_weights(const cn_model *model, unsigned char *bytes)
{
    for (size_t i = 0; i < model->variable_count; i++) {
        cn_array weight;
        CN_TRY(cn_model_get_weight(model, i, &weight));
        const size_t count = cn_array_size(&weight);
        size_t odd = 0;
        while (odd < count && isfinite(cn_array_at(&weight, odd))) odd++;
        for (size_t e = 0; e < odd; e++, bytes += 4)
            cn__page_put_float(bytes, (float)cn_array_at(&weight, e));
        cn_array_free(&weight);
        if (odd < count)
            return cn__fail(CN_ERROR_NUMERIC, "%s of model %s holds NaN or infinity: it cannot predict",
                            model->variable_names[i], model->name);
    }
    return CN_OK;
}

static cn_status add_weights(const demo *d, cn__text *out)
{
    const size_t size = 4 * cn_model_parameters(d->model);
    unsigned char *bytes = cn__malloc(size + 1);
    if (!bytes) return CN_ERROR_MEMORY;
    cn_status status = gather_weights(d->model, bytes);
    if (status == CN_OK) cn__page_add_base64(out, bytes, size);
    cn__free(bytes);
    return status;
}

/* ASCII without '<', so that no text in it can end the script that it stands in. */
static cn_status add_json(const json_t *root, cn__text *out)
{
    char *text;
    CN_TRY(cn__json_finish(root, JSON_ENSURE_ASCII | JSON_COMPACT | JSON_REAL_PRECISION(17), &text));
    cn__script_escape(out, text);
    cn__free(text);
    return CN_OK;
}

static json_t *names_json(const char *const *names, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) cn__json_append(list, json_string(names[i]));
    return list;
}

static cn_status add_model(demo *d, cn__text *out)
{
    cn__json_begin();
    const cn_html_options *o = &d->options;
    json_t *layers = json_array(), *operations = json_array(), *outputs = json_array(), *root = NULL;
    cn_status status = layers && operations && outputs ? add_network(d, layers, operations, outputs)
                                                       : cn__fail_memory(0, "JSON");
    if (status == CN_OK)
        root = json_pack(
            "{s:s, s:I, s:o, s:O, s:o, s:o, s:O, s:O}", "name", d->model->name, "parameters",
            (json_int_t)cn_model_parameters(d->model), "inputs", cn__page_inputs_json(&d->inputs), "outputs",
            outputs, "labels", names_json(o->labels, o->label_count), "samples",
            cn__page_samples_json(&d->inputs, &d->targets, o->samples, o->label_count ? o->labels : NULL),
            "layers", layers, "operations", operations);
    json_decref(layers);
    json_decref(operations);
    json_decref(outputs);
    if (status == CN_OK) status = add_json(root, out);
    json_decref(root);
    return status;
}

static cn_status add_drawing(const demo *d, cn__text *out)
{
    char *svg = cn__model_drawing((cn_model *)(uintptr_t)d->model, false); /* a built model stays as it is */
    if (!svg) return cn_error_status();
    cn__text_add(out, svg);
    cn__free(svg);
    return CN_OK;
}

static const char *default_title(const demo *d)
{
    const bool spanish = strcmp(d->options.language, "es") == 0;
    const cn__page_image *image = &d->inputs.items[0].image;
    const bool digit = image->height == 28 && image->width == 28 && d->outputs == 10 && !d->options.fill;
    if (d->inputs.count == 1 && image->channels == 1 && digit)
        return spanish ? "Dibuja una cifra" : "Draw a digit";
    if (image->channels == 1) return spanish ? "Dibuja para la red" : "Draw for the network";
    return spanish ? "Pregunta a la red" : "Ask the network";
}

static cn_status add_mark(demo *d, const char *mark, cn__text *out)
{
    if (strcmp(mark, "model") == 0) return add_model(d, out);
    if (strcmp(mark, "weights") == 0) return add_weights(d, out);
    if (strcmp(mark, "drawing") == 0) return add_drawing(d, out);
    if (strcmp(mark, "lang") == 0) cn__text_add(out, d->options.language);
    if (strcmp(mark, "title") == 0)
        cn__html_escape(out, d->options.title ? d->options.title : default_title(d));
    if (strcmp(mark, "css") == 0) cn__text_add(out, cn__demo_page_css);
    if (strcmp(mark, "js") == 0) {
        const char *const parts[] = {cn__demo_words_js,   cn__demo_activations_js, cn__demo_operations_js,
                                     cn__demo_windows_js, cn__demo_network_js,     cn__demo_drawing_js,
                                     cn__demo_files_js,   cn__demo_inputs_js,      cn__demo_page_js};
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) cn__text_add(out, parts[i]);
    }
    return CN_OK;
}

/* page.html with every {{mark}} filled. */
static cn_status fill_page(demo *d, cn__text *out)
{
    const char *at = cn__demo_page_html;
    for (const char *open; (open = strstr(at, "{{")); at = strstr(open, "}}") + 2) {
        char mark[16];
        cn__text_add_bytes(out, at, (size_t)(open - at));
        cn__format(mark, sizeof mark, "%.*s", (int)strcspn(open + 2, "}"), open + 2);
        CN_TRY(add_mark(d, mark, out));
    }
    cn__text_add(out, at);
    return out->failed ? cn__fail_memory(out->size, "HTML") : CN_OK;
}

cn_status cn_model_export_html(const cn_model *model, const char *path, const cn_html_options *options)
{
    CN_TRY(cn__model_check(model));
    if (!model->built)
        return cn__fail(CN_ERROR_STATE, "model %s is not built: it has no weights yet", model->name);
    demo d = {.model = model, .options = options ? *options : (cn_html_options){0}};
    for (size_t i = 0; i < model->output_count; i++) d.outputs += cn__shape_size(&model->outputs[i]->shape);
    if (!d.options.language) d.options.language = "en";
    cn__text page = {0};
    cn_status status = check(&d);
    if (status == CN_OK) status = fill_page(&d, &page);
    if (status == CN_OK) status = cn__file_write(path, page.data, page.size);
    cn__text_free(&page);
    cn__arena_free(&d.arena);
    return status;
}
