/* Reads a model from ONNX: walks from the input to the output along one chain of nodes, each of which is read as a layer
 * or as a part of one. Operators that are not in the table are refused by name. Graphs that branch otherwise than activations
 * do, that have several inputs or outputs, or that have images, are read by graph.c. */
#include <ctype.h>
#include <string.h>

#include "formats/files.h"
#include "formats/onnx/read/images.h"
#include "formats/onnx/read/read.h"
#include "model/model.h"

/* The operators that are one layer; those of activations are in onnx/activation.c. */
static const cn__onnx_operator operators[] = {
    {"Add", cn__onnx_read_affine},
    {"BatchNormalization", cn__onnx_read_batchnorm},
    {"Cast", cn__onnx_read_pass},
    {"Div", cn__onnx_read_affine},
    {"Dropout", cn__onnx_read_dropout},
    {"Flatten", cn__onnx_read_flatten},
    {"Gemm", cn__onnx_read_gemm},
    {"Identity", cn__onnx_read_pass},
    {"LayerNormalization", cn__onnx_read_layernorm},
    {"MatMul", cn__onnx_read_matmul},
    {"Mul", cn__onnx_read_affine},
    {"Reshape", cn__onnx_read_reshape},
    {"Softmax", cn__onnx_read_softmax},
    {"Squeeze", cn__onnx_read_squeeze},
    {"Sub", cn__onnx_read_affine},
    {"Unsqueeze", cn__onnx_read_unsqueeze},
};
enum { OPERATORS = sizeof operators / sizeof *operators };

/* ---- one vector ---------------------------------------------------------------------------------------- */

/* Does the node multiply the value with weights on its left: W · x? */
static bool is_weights_first(const cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    const cn__onnx_value *weights = cn__onnx_input(r->source, node, 0);
    return strcmp(node->op, "MatMul") == 0 && !*node->domain && node->n_inputs == 2 && weights &&
           weights->tensor && strcmp(node->inputs[1], r->value) == 0;
}

/* Is the graph's input one vector and not a list of single numbers? Then a matrix stands on its left. */
static bool is_vector(const cn__onnx_reader *r, const Cn__Onnx__Port *port)
{
    const cn__onnx_value *value = cn__onnx_find(r->source, port->name);
    return value && value->consumer_count == 1 && is_weights_first(r, value->consumers[0]);
}

/* Without an axis for samples other operators mean other axes than they do here. */
static cn_status check_vector(const cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    static const char *const good[] = {"MatMul", "Add", "Sub", "Mul", "Div", "Identity", "Dropout"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!r->vector || strcmp(node->op, good[i]) == 0) return CN_OK;
    return cn__fail(CN_ERROR_FORMAT,
                    "node '%.60s': the graph's input has no axis for samples; then a %.40s is not read",
                    node->name, node->op);
}

/* ---- the walk ------------------------------------------------------------------------------------------ */

static cn_status read_input(cn__onnx_reader *r)
{
    const Cn__Onnx__Port *port = r->source->input;
    const Cn__Onnx__TensorType *type = port->type ? port->type->tensor : NULL;
    const Cn__Onnx__Shape *shape = type ? type->shape : NULL;
    size_t total = 1;
    if (!shape || type->type != CN_ONNX_FLOAT32)
        return cn__fail(CN_ERROR_FORMAT, "input '%.80s' must be of 32-bit floats, with a known shape",
                        port->name);
    if (shape->n_dims < 1 || shape->n_dims > CN_MAX_RANK + 1)
        return cn__fail(CN_ERROR_FORMAT, "input '%.80s' has %zu dimensions, expected 1 to %d", port->name,
                        shape->n_dims, CN_MAX_RANK + 1);
    r->value = port->name;
    r->vector = shape->n_dims == 1 && is_vector(r, port);
    r->batch = !r->vector && shape->dims[0]->size > 0 ? shape->dims[0]->size : 0;
    r->shape.rank = (int)shape->n_dims - !r->vector;
    for (int i = 0; i < r->shape.rank; i++) {
        int64_t size = shape->dims[i + !r->vector]->size;
        if (size < 1 || (uint64_t)size > CN_ONNX_MAX_MADE / total)
            return cn__fail(CN_ERROR_FORMAT,
                            "input '%.80s': size %d of a sample is open, or larger than is read", port->name,
                            i + 1);
        total *= r->shape.dim[i] = (size_t)size;
    }
    cn__text text = {0};
    cn__text_add(&text, "input(shape=[");
    for (int i = 0; i < r->shape.rank; i++) cn__text_printf(&text, i ? ", %zu" : "%zu", r->shape.dim[i]);
    cn__text_add(&text, "]");
    char path[80] = "";
    if (strlen(port->name) < 64) cn__format(path, sizeof path, "%s/", port->name);
    Cn__Onnx__Node named = {.name = path}; /* its name is the value's */
    return cn__onnx_add_layer(r, &named, &text);
}

static cn_status read_activation(cn__onnx_reader *r, bool *found)
{
    cn__activation act;
    const char *end;
    const Cn__Onnx__Node *first;
    *found = cn__onnx_match_activation(r->source, r->value, cn__onnx_rank(r), &act, &end, &first);
    if (!*found) return cn__onnx_read_composed_norm(r, found);
    const char *name = cn__onnx_activation_text(&r->arena, &act);
    if (!name) return CN_ERROR_MEMORY;
    cn__text text = {0};
    cn__text_printf(&text, "activation(activation=%s", name);
    CN_TRY(cn__onnx_add_layer(r, first, &text));
    r->value = end;
    return CN_OK;
}

static cn_status read_node(cn__onnx_reader *r, const Cn__Onnx__Node *node)
{
    int i = 0;
    while (i < OPERATORS && strcmp(operators[i].name, node->op) != 0) i++;
    bool first_input = (node->n_inputs && strcmp(node->inputs[0], r->value) == 0) ||
                       (r->vector && is_weights_first(r, node));
    if (i == OPERATORS || *node->domain || !node->n_outputs || !*node->outputs[0])
        return cn__onnx_fail_operator(node);
    if (!first_input && operators[i].read != cn__onnx_read_affine) return cn__onnx_fail_operator(node);
    CN_TRY(check_vector(r, node));
    r->value = node->outputs[0];
    if (operators[i].read(r, node) == CN_OK) return CN_OK;
    return cn__fail_in("node '%.60s' (%s)", node->name, node->op);
}

/* For nodes that ask for it later. */
static cn_status note_shape(cn__onnx_reader *r)
{
    cn__onnx_value *value = cn__onnx_find(r->source, r->value);
    cn__shape *shape = value && !r->folded ? cn__arena_alloc(&r->arena, sizeof *shape) : NULL;
    if (!value || r->folded) return CN_OK;
    if (!shape) return CN_ERROR_MEMORY;
    *shape = r->shape;
    value->shape = shape;
    return CN_OK;
}

/* Not further where a value goes into several nodes: that is no chain of layers. */
static cn_status step(cn__onnx_reader *r, bool *branches)
{
    bool found;
    CN_TRY(note_shape(r));
    CN_TRY(read_activation(r, &found));
    if (found) return CN_OK;
    const cn__onnx_value *value = cn__onnx_find(r->source, r->value);
    if (!value || !value->consumer_count)
        return cn__fail(CN_ERROR_FORMAT, "value '%.60s' leads nowhere, and is not the output '%.60s'",
                        r->value, r->source->output->name);
    if (value->consumer_count == 1) return read_node(r, value->consumers[0]);
    *branches = true;
    return CN_OK;
}

static cn_status walk(cn__onnx_reader *r, bool *branches)
{
    CN_TRY(read_input(r));
    /* A chain visits each node once at most. */
    for (size_t i = 0; i <= r->source->model->graph->n_nodes; i++) {
        if (strcmp(r->value, r->source->output->name) == 0) break;
        CN_TRY(step(r, branches));
        if (*branches) return CN_OK;
    }
    const cn__onnx_value *end = cn__onnx_find(r->source, r->value);
    if (strcmp(r->value, r->source->output->name) != 0 || (end && end->consumer_count) || r->folded)
        return cn__fail(CN_ERROR_FORMAT, "the graph's output '%.60s' is not the end of its chain of layers",
                        r->source->output->name);
    return CN_OK;
}

static cn_status give_weights(cn__onnx_reader *r)
{
    CN_TRY(cn__model_build_known(r->model));
    return cn_model_set_weights(r->model, r->weights, r->weight_count);
}

static bool good_model_name(const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < size; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("_-.", name[i])) return false;
    return size > 0 && size < 64;
}

static cn_status load(const cn__infile *file, cn__onnx_reader *r)
{
    CN_TRY(cn__onnx_open(file, r->source));
    const char *name = r->source->model->graph->name;
    if (!good_model_name(name)) name = NULL;
    if (!r->source->input || cn__onnx_has_images(r->source))
        return cn__onnx_read_images(r->source, name, &r->model);
    r->model = cn_model_new(name);
    if (!r->model) return CN_ERROR_MEMORY;
    bool branches = false;
    const cn_status status = walk(r, &branches);
    if (!branches) return status == CN_OK ? give_weights(r) : status;
    cn_model_free(r->model);
    r->model = NULL;
    return cn__onnx_read_images(r->source, name, &r->model);
}

cn_model *cn__onnx_load(const cn__infile *file, bool compile)
{
    (void)compile; /* ONNX has neither loss nor optimizer */
    cn__onnx_source source;
    cn__onnx_reader r = {.source = &source};
    cn_status status = load(file, &r);
    cn__arena_free(&r.arena);
    cn__onnx_close(&source);
    if (status == CN_OK) return r.model;
    cn_model_free(r.model);
    (void)cn__fail_in("'%s'", file->name);
    return NULL;
}
