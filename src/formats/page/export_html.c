/* One page with a model inside: demo/page.html with style, scripts, the network as JSON and the weights as base64 of
 * little-endian float32, in the order of Keras's get_weights(). The page runs the operations that layers lower to, so
 * that a new layer needs nothing here unless it brings a new operation. */
#include "cornu/formats.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/file.h"
#include "data/json.h"
#include "formats/page/demo_samples.h"
#include "model/lower.h"
#include "nn/ops.h"

enum { MOST_PARAMETERS = 25000000, MOST_SLIDERS = 64, LEAST_SIDE = 8 };

/* The other files of this folder, embedded by the build. */
extern const char cn__demo_page_html[], cn__demo_page_css[], cn__demo_network_js[], cn__demo_drawing_js[],
    cn__demo_files_js[], cn__demo_words_js[], cn__demo_page_js[];

typedef struct image {
    size_t height, width, channels; /* channels 0: the network takes no images */
} image;

typedef struct demo {
    const cn_model *model;
    cn_html_options options;
    size_t size, outputs; /* numbers of a sample, of its output */
    image image;
    cn__demo_targets targets;
    const char *kind; /* of the outputs: "softmax", "sigmoid" or "values" */
    size_t *value_of; /* by operation: the number of its output in the page */
} demo;

/* ---- text ------------------------------------------------------------------------------------------------ */

static void add_base64(cn__text *out, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const unsigned b = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                           (left > 2 ? (unsigned)bytes[i + 2] : 0);
        const char four[] = {digits[b >> 18], digits[b >> 12 & 63], left > 1 ? digits[b >> 6 & 63] : '=',
                             left > 2 ? digits[b & 63] : '='};
        cn__text_add_bytes(out, four, 4);
    }
}

/* float32, little-endian on every machine. */
static void put_float(unsigned char *out, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 4; i++) out[i] = (unsigned char)(bits >> 8 * i);
}

/* ---- what the network takes ------------------------------------------------------------------------------- */

/* Dimensions of one sample as an image, if they can be one. */
static image image_of(int rank, const size_t *dim)
{
    if (rank < 2 || rank > 3 || dim[0] < LEAST_SIDE || dim[1] < LEAST_SIDE) return (image){0};
    const size_t channels = rank == 2 ? 1 : dim[2];
    if (channels != 1 && channels != 3) return (image){0};
    return (image){dim[0], dim[1], channels};
}

/* By the network's input; for rows of numbers by the samples' shape, and 784 are MNIST's 28 × 28. */
static image find_image(const demo *d)
{
    const cn__shape *in = &d->model->in;
    const cn_array *x = d->options.x;
    if (in->rank != 1) return image_of(in->rank, in->dim);
    if (x && x->ndim > 2) return image_of(x->ndim - 1, x->shape + 1);
    if (in->dim[0] == 784 && !d->options.feature_count) return (image){28, 28, 1};
    return (image){0};
}

static json_t *image_json(const demo *d)
{
    if (!d->image.channels) return json_null();
    return json_pack("{s:I, s:I, s:I}", "height", (json_int_t)d->image.height, "width",
                     (json_int_t)d->image.width, "channels", (json_int_t)d->image.channels);
}

/* MNIST leaves 4 of 28 pixels free at each side of the ink. */
static json_t *frame_json(const demo *d)
{
    if (!d->image.channels) return json_null();
    const size_t side = d->image.height < d->image.width ? d->image.height : d->image.width;
    return json_pack("{s:I, s:I, s:I, s:b}", "height", (json_int_t)d->image.height, "width",
                     (json_int_t)d->image.width, "margin", (json_int_t)(d->options.fill ? 0 : (side + 3) / 7),
                     "byMass", !d->options.fill);
}

/* Range and mean of an input over the samples. */
static void feature_range(const demo *d, size_t feature, double *low, double *high, double *mean)
{
    const cn_array *x = d->options.x;
    *low = INFINITY, *high = -INFINITY, *mean = 0;
    for (size_t n = 0; x && n < x->shape[0]; n++) {
        const double v = cn_array_at(x, n * d->size + feature);
        *low = fmin(*low, v), *high = fmax(*high, v);
        *mean += v / (double)x->shape[0];
    }
    if (!isfinite(*low) || !isfinite(*high) || !isfinite(*mean)) *low = -1, *high = 1, *mean = 0;
    if (*low == *high) *low -= 1, *high += 1;
}

static json_t *features_json(const demo *d)
{
    if (d->image.channels || d->model->in.rank != 1 || d->size > MOST_SLIDERS) return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < d->size; i++) {
        double low, high, mean;
        char name[32];
        feature_range(d, i, &low, &high, &mean);
        cn__format(name, sizeof name, "x%zu", i);
        cn__json_append(list, json_pack("{s:s, s:f, s:f, s:f}", "name",
                                        d->options.feature_count ? d->options.features[i] : name, "low", low,
                                        "high", high, "start", mean));
    }
    return list;
}

/* ---- the operations --------------------------------------------------------------------------------------- */

/* Where a variable begins among all weights; null where there is none. */
static json_t *place(const demo *d, const cn__variable *variable)
{
    size_t at = 0;
    for (size_t i = 0; variable && i < d->model->variable_count; i++) {
        if (d->model->variables[i] == variable) return json_integer((json_int_t)at);
        at += cn__variable_size(d->model->variables[i]);
    }
    return json_null();
}

/* JSON has no infinity: null stands for it. */
static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

static json_t *dense_json(const demo *d, const cn__op *op)
{
    return json_pack("{s:s, s:I, s:I, s:o, s:o}", "kind", "dense", "inputs",
                     (json_int_t)op->variable[0]->rows, "units", (json_int_t)op->cols, "kernel",
                     place(d, op->variable[0]), "bias", place(d, op->variable[1]));
}

static json_t *activation_json(const demo *d, const cn__op *op)
{
    (void)d;
    const cn__activation *a = op->args;
    return json_pack("{s:s, s:s, s:[o, o, o], s:I}", "kind", "activation", "name",
                     cn__activation_name(a->kind), "p", number((double)a->p[0]), number((double)a->p[1]),
                     number((double)a->p[2]), "cols", (json_int_t)op->cols);
}

static json_t *layernorm_json(const demo *d, const cn__op *op)
{
    return json_pack("{s:s, s:I, s:o, s:o, s:f}", "kind", "layernorm", "cols", (json_int_t)op->cols, "gamma",
                     place(d, op->variable[0]), "beta", place(d, op->variable[1]), "epsilon",
                     (double)((const cn__norm_args *)op->args)->epsilon);
}

static json_t *batchnorm_json(const demo *d, const cn__op *op)
{
    return json_pack("{s:s, s:I, s:o, s:o, s:f, s:o, s:o}", "kind", "batchnorm", "cols", (json_int_t)op->cols,
                     "gamma", place(d, op->variable[0]), "beta", place(d, op->variable[1]), "epsilon",
                     (double)((const cn__norm_args *)op->args)->epsilon, "mean", place(d, op->variable[2]),
                     "variance", place(d, op->variable[3]));
}

static json_t *merge_json(const demo *d, const cn__op *op)
{
    (void)d;
    return json_pack("{s:s, s:s}", "kind", "merge", "how", op->kind->describe(op));
}

static json_t *concatenate_json(const demo *d, const cn__op *op)
{
    (void)d;
    size_t outer = 1;
    for (int i = 0; i < ((const cn__concatenate_args *)op->args)->axis; i++) outer *= op->shape.dim[i];
    return json_pack("{s:s, s:I}", "kind", "concatenate", "outer", (json_int_t)outer);
}

typedef json_t *write_operation(const demo *d, const cn__op *op);
static const struct {
    const cn__op_kind *kind;
    write_operation *write;
} writers[] = {{&cn__op_dense, dense_json},
               {&cn__op_activation, activation_json},
               {&cn__op_softmax, activation_json},
               {&cn__op_batch_normalization, batchnorm_json},
               {&cn__op_layer_normalization, layernorm_json},
               {&cn__op_merge, merge_json},
               {&cn__op_concatenate, concatenate_json}};

static bool does_nothing(const cn__op *op) { return op->kind->training_only || op->kind->loss_only; }

/* Values are numbered: the input is 0, and each operation of the page makes the next one. */
static cn_status add_inputs(demo *d, const cn__op *op, json_t *json)
{
    json_t *from = json_array();
    for (size_t i = 0; i < op->inputs; i++)
        cn__json_append(from, json_integer((json_int_t)d->value_of[op->in[i]->index]));
    return json_object_set_new(json, "from", from) == 0 ? CN_OK : cn__fail_memory(0, "JSON");
}

static cn_status add_operation(demo *d, const cn__op *op, json_t *list)
{
    if (does_nothing(op)) {
        d->value_of[op->index] = d->value_of[op->in[0]->index];
        return CN_OK;
    }
    size_t i = 0;
    while (i < sizeof writers / sizeof *writers && writers[i].kind != op->kind) i++;
    if (i == sizeof writers / sizeof *writers)
        return cn__fail(
            CN_ERROR_ARGUMENT,
            "layer %s: the page cannot run %s; expected dense, activation, normalisation, dropout, merging, "
            "flatten and reshape layers",
            op->layer->name, op->layer->kind->class_name);
    json_t *json = writers[i].write(d, op);
    if (!json || json_array_append_new(list, json) != 0) return cn__fail_memory(0, "JSON");
    d->value_of[op->index] = json_array_size(list);
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
    for (size_t i = 0; i < g->call_count; i++) {
        const cn__lowered *call = &g->calls[i];
        if (cn__tensor_is_input(call->tensor)) continue;
        for (size_t j = call->first; j < call->first + call->count; j++)
            CN_TRY(add_operation(d, g->ops[j], operations));
        if (json_array_append_new(layers, layer_json(g, call)) != 0) return cn__fail_memory(0, "JSON");
    }
    const cn__op *last = g->outputs[0].op;
    while (does_nothing(last)) last = last->in[0];
    d->kind = output_kind(last);
    return CN_OK;
}

static cn_status add_layers(demo *d, json_t *layers, json_t *operations)
{
    cn__arena arena = {0};
    cn__op_graph graph;
    if (d->model->input_count > 1 || d->model->output_count > 1)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "model %s has %zu inputs and %zu outputs; the page is for one of each",
                        d->model->name, d->model->input_count, d->model->output_count);
    cn_status status = cn__lower_model(d->model, &arena, &graph);
    d->value_of = cn__arena_array(&arena, graph.count + 1, sizeof *d->value_of);
    if (status == CN_OK) status = d->value_of ? add_calls(d, &graph, layers, operations) : CN_ERROR_MEMORY;
    d->value_of = NULL;
    cn__arena_free(&arena);
    return status;
}

/* ---- samples ---------------------------------------------------------------------------------------------- */

static json_t *names_json(const char *const *names, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) cn__json_append(list, json_string(names[i]));
    return list;
}

static json_t *sample_name(const demo *d, size_t n)
{
    char text[32];
    return json_string(
        cn__demo_name(&d->targets, n, d->options.label_count ? d->options.labels : NULL, text, sizeof text));
}

static json_t *samples_of(const demo *d, const size_t *chosen, size_t count, unsigned char *bytes)
{
    cn__text values = {0};
    json_t *names = json_array(), *index = json_array();
    for (size_t i = 0; i < count; i++) {
        for (size_t e = 0; e < d->size; e++)
            put_float(bytes + 4 * (i * d->size + e),
                      (float)cn_array_at(d->options.x, chosen[i] * d->size + e));
        cn__json_append(names, sample_name(d, chosen[i]));
        cn__json_append(index, json_integer((json_int_t)chosen[i]));
    }
    add_base64(&values, bytes, 4 * count * d->size);
    json_t *json = json_pack("{s:s, s:o, s:o}", "values", values.failed || !values.data ? "" : values.data,
                             "names", names, "index", index);
    cn__text_free(&values);
    return json;
}

static json_t *samples_json(const demo *d)
{
    if (!d->options.x || !d->options.samples) return json_null();
    json_t *json = NULL;
    const size_t n = d->options.x->shape[0];
    size_t *chosen = cn__calloc(n + 1, sizeof *chosen);
    size_t count = chosen ? cn__demo_choose(&d->targets, n, d->options.samples, chosen) : 0;
    unsigned char *bytes = cn__calloc(4 * count * d->size + 1, 1);
    if (chosen && bytes) json = samples_of(d, chosen, count, bytes);
    cn__free(bytes);
    cn__free(chosen);
    return json;
}

/* ---- checks ----------------------------------------------------------------------------------------------- */

static cn_status check_samples(demo *d)
{
    const cn_array *x = d->options.x;
    char shape[120];
    if (x && cn_array_sample_size(x) != d->size)
        return cn__fail(CN_ERROR_SHAPE, "samples of shape %s for model %s, which takes %zu numbers",
                        cn_array_shape_text(x, shape, sizeof shape), d->model->name, d->size);
    return cn__demo_targets_read(x ? d->options.y : NULL, x ? x->shape[0] : 0, d->outputs, &d->targets);
}

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
    CN_TRY(check_names("names of inputs", o->features, o->feature_count, d->size));
    CN_TRY(check_names("title", &o->title, o->title ? 1 : 0, 1));
    return check_samples(d);
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
        for (size_t e = 0; e < odd; e++, bytes += 4) put_float(bytes, (float)cn_array_at(&weight, e));
        cn_array_free(&weight);
        if (odd < count)
            return cn__fail(CN_ERROR_NUMERIC, "%s/%s of model %s holds NaN or infinity: it cannot predict",
                            model->variables[i]->layer->name, model->variables[i]->name, model->name);
    }
    return CN_OK;
}

static cn_status add_weights(const demo *d, cn__text *out)
{
    const size_t size = 4 * cn_model_parameters(d->model);
    unsigned char *bytes = cn__malloc(size + 1);
    if (!bytes) return CN_ERROR_MEMORY;
    cn_status status = gather_weights(d->model, bytes);
    if (status == CN_OK) add_base64(out, bytes, size);
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

static cn_status add_model(demo *d, cn__text *out)
{
    cn__json_begin();
    json_t *layers = json_array(), *operations = json_array(), *root = NULL;
    cn_status status = layers && operations ? add_layers(d, layers, operations) : cn__fail_memory(0, "JSON");
    if (status == CN_OK)
        root = json_pack("{s:s, s:I, s:I, s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:O, s:O}", "name",
                         d->model->name, "size", (json_int_t)d->size, "outputs", (json_int_t)d->outputs,
                         "parameters", (json_int_t)cn_model_parameters(d->model), "kind", d->kind, "image",
                         image_json(d), "frame", frame_json(d), "features", features_json(d), "labels",
                         names_json(d->options.labels, d->options.label_count), "samples", samples_json(d),
                         "layers", layers, "operations", operations);
    json_decref(layers);
    json_decref(operations);
    if (status == CN_OK) status = add_json(root, out);
    json_decref(root);
    return status;
}

static const char *default_title(const demo *d)
{
    const bool spanish = strcmp(d->options.language, "es") == 0;
    const bool digit = d->image.height == 28 && d->image.width == 28 && d->outputs == 10 && !d->options.fill;
    if (d->image.channels == 1 && digit) return spanish ? "Dibuja una cifra" : "Draw a digit";
    if (d->image.channels == 1) return spanish ? "Dibuja para la red" : "Draw for the network";
    return spanish ? "Pregunta a la red" : "Ask the network";
}

static cn_status add_mark(demo *d, const char *mark, cn__text *out)
{
    if (strcmp(mark, "model") == 0) return add_model(d, out);
    if (strcmp(mark, "weights") == 0) return add_weights(d, out);
    if (strcmp(mark, "lang") == 0) cn__text_add(out, d->options.language);
    if (strcmp(mark, "title") == 0)
        cn__html_escape(out, d->options.title ? d->options.title : default_title(d));
    if (strcmp(mark, "css") == 0) cn__text_add(out, cn__demo_page_css);
    if (strcmp(mark, "js") == 0) {
        const char *const parts[] = {cn__demo_words_js, cn__demo_network_js, cn__demo_drawing_js,
                                     cn__demo_files_js, cn__demo_page_js};
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
    demo d = {.model = model,
              .size = cn__shape_size(&model->in),
              .outputs = cn__shape_size(&model->out),
              .options = options ? *options : (cn_html_options){0}};
    if (!d.options.language) d.options.language = "en";
    CN_TRY(check(&d));
    d.image = find_image(&d);
    cn__text page = {0};
    cn_status status = fill_page(&d, &page);
    if (status == CN_OK) status = cn__file_write(path, page.data, page.size);
    cn__text_free(&page);
    return status;
}
