/* Writes a model as ONNX: what inference computes, layer by layer. Dropout is nothing there; Dense over more than one
 * axis is MatMul and Add; ONNX normalises batches over the second axis, so more axes than one are folded before. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cornu/formats.h"
#include "formats/files.h"
#include "formats/onnx.h"
#include "model/model.h"
#include "nn/layers.h"
#include "nn/variable.h"

#define LIMIT ((size_t)INT32_MAX) /* protobuf's, for one message */

static int64_t *sizes(cn__onnx_graph *g, size_t count)
{
    int64_t *out = g->failed ? NULL : cn__arena_array(&g->arena, count + 1, sizeof *out);
    if (!out) g->failed = true;
    return out;
}

static const char *variable(cn__onnx_graph *g, const cn__variable *v)
{
    int64_t dims[CN_MAX_RANK];
    float *values = g->failed ? NULL : cn__arena_array(&g->arena, cn__variable_size(v), sizeof *values);
    if (!values) g->failed = true;
    else cn__variable_gather(v, v->value, values);
    for (int i = 0; i < v->ndim; i++) dims[i] = (int64_t)v->shape[i];
    return cn__onnx_initializer(g, v->name, CN_ONNX_FLOAT32, (size_t)v->ndim, dims, values);
}

/* The variable, or numbers that change nothing: "ones", "zeros". */
static const char *variable_or(cn__onnx_graph *g, const cn__variable *v, const char *name, float value,
                               size_t count)
{
    if (v) return variable(g, v);
    float *values = g->failed ? NULL : cn__arena_array(&g->arena, count, sizeof *values);
    if (!values) g->failed = true;
    for (size_t i = 0; values && i < count; i++) values[i] = value;
    return cn__onnx_initializer(g, name, CN_ONNX_FLOAT32, 1, (int64_t[]){(int64_t)count}, values);
}

/* `first` is 0 (the batch stays) or -1 (the batch is what is left over). */
static void reshape(cn__onnx_graph *g, const char *name, int64_t first, int rank, const size_t *dims)
{
    int64_t *shape = sizes(g, (size_t)rank + 1);
    if (!shape) return;
    shape[0] = first;
    for (int i = 0; i < rank; i++) shape[i + 1] = (int64_t)dims[i];
    const char *constant = cn__onnx_initializer(g, name, CN_ONNX_INT64, 1, (int64_t[]){rank + 1}, shape);
    cn__onnx_node(g, "Reshape", (const char *const[]){g->value, constant, NULL});
}

static void write_dense(cn__onnx_graph *g, const cn__op *op)
{
    const char *kernel = variable(g, op->kernel), *bias = op->bias ? variable(g, op->bias) : NULL;
    if (bias && op->layer->in.rank == 1) {
        cn__onnx_node(g, "Gemm", (const char *const[]){g->value, kernel, bias, NULL});
        return;
    }
    cn__onnx_node(g, "MatMul", (const char *const[]){g->value, kernel, NULL});
    if (bias) cn__onnx_node(g, "Add", (const char *const[]){g->value, bias, NULL});
}

static void write_batchnorm(cn__onnx_graph *g, const cn__op *op)
{
    const cn__shape *shape = &op->layer->in;
    const char *scale = variable_or(g, op->gamma, "ones", 1, op->in_cols),
               *shift = variable_or(g, op->beta, "zeros", 0, op->in_cols), *mean = variable(g, op->mean),
               *variance = variable(g, op->variance);
    if (shape->rank > 1) reshape(g, "fold", -1, 1, &op->in_cols);
    Cn__Onnx__Node *node = cn__onnx_node(g, "BatchNormalization",
                                         (const char *const[]){g->value, scale, shift, mean, variance, NULL});
    cn__onnx_attribute_float(g, node, "epsilon", op->epsilon);
    cn__onnx_attribute_float(g, node, "momentum", op->momentum);
    if (shape->rank > 1) reshape(g, "unfold", -1, shape->rank, shape->dim);
}

static void write_layernorm(cn__onnx_graph *g, const cn__op *op)
{
    const char *scale = variable_or(g, op->gamma, "ones", 1, op->in_cols),
               *shift = op->beta ? variable(g, op->beta) : NULL;
    Cn__Onnx__Node *node =
        cn__onnx_node(g, "LayerNormalization", (const char *const[]){g->value, scale, shift, NULL});
    cn__onnx_attribute_int(g, node, "axis", -1);
    cn__onnx_attribute_float(g, node, "epsilon", op->epsilon);
}

static cn_status write_op(cn__onnx_graph *g, const cn__op *op)
{
    switch (op->kind) {
    case CN_OP_ALIAS:
    case CN_OP_DROPOUT: return CN_OK;
    case CN_OP_DENSE: write_dense(g, op); return CN_OK;
    case CN_OP_ACTIVATION: return cn__onnx_write_activation(g, &op->activation);
    case CN_OP_BATCHNORM: write_batchnorm(g, op); return CN_OK;
    case CN_OP_LAYERNORM: write_layernorm(g, op); return CN_OK;
    default: break;
    }
    return cn__fail(CN_ERROR_ARGUMENT, "layer %s: %s cannot be written as ONNX yet", op->layer->name,
                    op->layer->kind->class_name);
}

/* Names are given to values and nodes alike, so they must not look like another's. */
static cn_status check_name(const cn__layer *layer)
{
    if (!strchr(layer->name, '/')) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "layer '%s': in ONNX a layer's name must not hold '/'", layer->name);
}

static cn_status write_layer(cn__onnx_graph *g, cn__layer *layer)
{
    cn__op ops[CN_MAX_LAYER_OPS];
    CN_TRY(check_name(layer));
    g->layer = layer->name, g->first = g->graph.n_nodes;
    int count = layer->kind->lower(layer, ops);
    for (int i = 0; i < count; i++) CN_TRY(write_op(g, &ops[i]));
    if (layer->kind == &cn__layer_reshape) reshape(g, "shape", 0, layer->out.rank, layer->out.dim);
    if (layer->kind == &cn__layer_flatten)
        cn__onnx_node(g, "Flatten", (const char *const[]){g->value, NULL}); /* axis 1 is the default */
    if (g->failed || g->graph.n_nodes == g->first) return CN_OK;
    Cn__Onnx__Node *last = g->graph.nodes[g->graph.n_nodes - 1];
    g->value = last->outputs[0] = (char *)layer->name;
    return CN_OK;
}

/* The input is named as Keras names it; the output as the last layer. */
static cn_status write_layers(cn__onnx_graph *g, const cn_model *model)
{
    const cn__layer *first = model->layers[0]->layer, *last = model->layers[model->layer_count - 1]->layer;
    const char *input = first->kind == &cn__layer_input ? first->name : "input_layer", *output = last->name;
    if (strcmp(input, output) == 0) output = "output";
    g->value = input;
    for (size_t i = 0; i < model->layer_count; i++) CN_TRY(write_layer(g, model->layers[i]->layer));
    g->layer = output;
    if (!g->graph.n_nodes) cn__onnx_node(g, "Identity", (const char *const[]){input, NULL});
    Cn__Onnx__Port **ports = g->failed ? NULL : cn__arena_array(&g->arena, 2, sizeof *ports);
    if (!ports) return CN_ERROR_MEMORY;
    ports[0] = cn__onnx_port(g, input, (size_t)model->in.rank, model->in.dim);
    ports[1] = cn__onnx_port(g, output, (size_t)model->out.rank, model->out.dim);
    if (g->failed) return CN_ERROR_MEMORY;
    g->graph.nodes[g->graph.n_nodes - 1]->outputs[0] = ports[1]->name;
    g->graph.inputs = &ports[0], g->graph.n_inputs = 1;
    g->graph.outputs = &ports[1], g->graph.n_outputs = 1;
    return CN_OK;
}

static cn_status write_file(const Cn__Onnx__Model *message, const char *path)
{
    size_t size = cn__onnx__model__get_packed_size(message);
    if (size > LIMIT)
        return cn__fail(CN_ERROR_ARGUMENT, "'%s': %zu bytes, and an ONNX file may have %zu", path, size,
                        LIMIT);
    uint8_t *bytes = cn__malloc(size);
    if (!bytes) return CN_ERROR_MEMORY;
    cn__onnx__model__pack(message, bytes);
    cn_status status = cn__file_write(path, bytes, size);
    cn__free(bytes);
    return status;
}

static cn_status write_model(cn__onnx_graph *g, const cn_model *model, const char *path)
{
    char parameters[32];
    CN_TRY(write_layers(g, model));
    g->graph.name = model->name;
    snprintf(parameters, sizeof parameters, "%zu", cn_model_parameters(model));
    Cn__Onnx__Opset opset = CN__ONNX__OPSET__INIT, *opsets[] = {&opset};
    Cn__Onnx__Pair pair = CN__ONNX__PAIR__INIT, *pairs[] = {&pair};
    Cn__Onnx__Model message = CN__ONNX__MODEL__INIT;
    opset.version = CN_ONNX_OPSET;
    pair.key = (char[]){"parameters"}, pair.value = parameters;
    message.ir_version = CN_ONNX_IR;
    message.producer_name = (char[]){CN_ONNX_PRODUCER}, message.producer_version = (char[]){CORNU_VERSION};
    message.graph = &g->graph;
    message.opset_import = opsets, message.n_opset_import = 1;
    message.metadata = pairs, message.n_metadata = 1;
    return write_file(&message, path);
}

cn_status cn__onnx_save(const cn_model *model, const char *path)
{
    cn__onnx_graph g = {.graph = CN__ONNX__GRAPH__INIT};
    cn_status status = write_model(&g, model, path);
    cn__arena_free(&g.arena);
    return status;
}

cn_status cn_model_export_onnx(const cn_model *model, const char *path)
{
    CN_TRY(cn__model_check(model));
    if (!model->built)
        return cn__fail(CN_ERROR_STATE,
                        "model %s has no weights to export yet: it is built by its first data", model->name);
    return cn__onnx_save(model, path);
}
