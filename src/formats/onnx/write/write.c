/* Writes a model as ONNX: what inference computes, layer by layer. Dropout is nothing there; Dense over more than one
 * axis is MatMul and Add; ONNX normalises batches over the second axis, so more axes than one are folded before. A table
 * has a writer for each kind of operation. */
#include <stdio.h>
#include <string.h>

#include "cornu/version.h"
#include "base/files/file.h"
#include "cornu/formats.h"
#include "formats/files.h"
#include "formats/onnx/write/write.h"
#include "model/lower.h"

#define LIMIT ((size_t)INT32_MAX) /* protobuf's, for one message */

static int64_t *sizes(cn__onnx_graph *g, size_t count)
{
    int64_t *out = g->failed ? NULL : cn__arena_array(&g->arena, count + 1, sizeof *out);
    if (!out) g->failed = true;
    return out;
}

/* The variable, or numbers that change nothing: "ones", "zeros". */
static const char *variable_or(cn__onnx_graph *g, const cn__variable *v, const char *name, float value,
                               size_t count)
{
    if (v) return cn__onnx_variable(g, v);
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

/* ---- operations -------------------------------------------------------------------------------------------- */

static cn_status write_dense(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const char *kernel = cn__onnx_variable(g, op->variable[0]),
               *bias = op->variable[1] ? cn__onnx_variable(g, op->variable[1]) : NULL;
    if (bias && op->in_shape[0].rank == 1) {
        cn__onnx_node(g, "Gemm", (const char *const[]){in[0], kernel, bias, NULL});
        return CN_OK;
    }
    cn__onnx_node(g, "MatMul", (const char *const[]){in[0], kernel, NULL});
    if (bias) cn__onnx_node(g, "Add", (const char *const[]){g->value, bias, NULL});
    return CN_OK;
}

static cn_status write_activation(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    g->value = in[0];
    return cn__onnx_write_activation(g, op->args);
}

static cn_status write_batchnorm(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const cn__norm_args *a = op->args;
    const cn__shape *shape = &op->in_shape[0];
    const char *scale = variable_or(g, op->variable[0], "ones", 1, op->cols),
               *shift = variable_or(g, op->variable[1], "zeros", 0, op->cols),
               *mean = cn__onnx_variable(g, op->variable[2]),
               *variance = cn__onnx_variable(g, op->variable[3]);
    g->value = in[0];
    const bool folds = shape->rank > 1 && !g->channels_first;
    if (folds) reshape(g, "fold", -1, 1, &op->cols);
    Cn__Onnx__Node *node = cn__onnx_node(g, "BatchNormalization",
                                         (const char *const[]){g->value, scale, shift, mean, variance, NULL});
    cn__onnx_attribute_float(g, node, "epsilon", a->epsilon);
    cn__onnx_attribute_float(g, node, "momentum", a->momentum);
    if (folds) reshape(g, "unfold", -1, shape->rank, shape->dim);
    return CN_OK;
}

/* Gamma or beta of several axes together, as one row. */
static const char *row_of(cn__onnx_graph *g, const cn__variable *v)
{
    cn__variable row = *v;
    row.ndim = 1;
    row.shape[0] = cn__variable_size(v);
    return cn__onnx_variable(g, &row);
}

static cn_status write_layernorm(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const char *scale =
                   op->variable[0] ? row_of(g, op->variable[0]) : variable_or(g, NULL, "ones", 1, op->cols),
               *shift = op->variable[1] ? row_of(g, op->variable[1]) : NULL;
    Cn__Onnx__Node *node =
        cn__onnx_node(g, "LayerNormalization", (const char *const[]){in[0], scale, shift, NULL});
    cn__onnx_attribute_int(g, node, "axis", -1);
    cn__onnx_attribute_float(g, node, "epsilon", ((const cn__norm_args *)op->args)->epsilon);
    return CN_OK;
}

/* Two inputs at a time, as the library computes them: ONNX's operators of many inputs leave their order open. */
static cn_status write_merge(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    static const char *const names[] = {[CN_COMBINE_ADD] = "Add",
                                        [CN_COMBINE_SUBTRACT] = "Sub",
                                        [CN_COMBINE_MULTIPLY] = "Mul",
                                        [CN_COMBINE_MAXIMUM] = "Max",
                                        [CN_COMBINE_MINIMUM] = "Min"};
    const cn__merge_args *a = op->args;
    g->value = in[0];
    for (size_t i = 1; i < op->inputs; i++)
        cn__onnx_node(g, names[a->how], (const char *const[]){g->value, in[i], NULL});
    if (a->mean)
        cn__onnx_node(g, "Div", (const char *const[]){g->value, cn__onnx_scalar(g, (float)op->inputs), NULL});
    return CN_OK;
}

static cn_status write_concatenate(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const char **all = g->failed ? NULL : cn__arena_array(&g->arena, op->inputs + 1, sizeof *all);
    if (!all) return CN_ERROR_MEMORY;
    memcpy(all, in, op->inputs * sizeof *all);
    Cn__Onnx__Node *node = cn__onnx_node(g, "Concat", all);
    const int axis = ((const cn__concatenate_args *)op->args)->axis + 1;
    const bool channels = axis == op->shape.rank;
    cn__onnx_attribute_int(g, node, "axis", !g->channels_first ? axis : channels ? 1 : axis + 1);
    return CN_OK;
}

static const struct {
    const cn__op_kind *kind;
    cn__onnx_writer *write;
    bool any_layout; /* it takes values that are channels first as well */
} writers[] = {{&cn__op_dense, write_dense, false},
               {&cn__op_activation, write_activation, true},
               {&cn__op_softmax, write_activation, false},
               {&cn__op_softmax_over, cn__onnx_write_softmax, false},
               {&cn__op_batch_normalization, write_batchnorm, true},
               {&cn__op_layer_normalization, write_layernorm, false},
               {&cn__op_merge, write_merge, true},
               {&cn__op_concatenate, write_concatenate, true},
               {&cn__op_convolution, cn__onnx_write_convolution, false},
               {&cn__op_pool, cn__onnx_write_pool, false},
               {&cn__op_border, cn__onnx_write_border, false},
               {&cn__op_resize, cn__onnx_write_resize, false},
               {&cn__op_resample, cn__onnx_write_resample, false},
               {&cn__op_permute, cn__onnx_write_permute, false},
               {&cn__op_repeat, cn__onnx_write_repeat, false},
               {&cn__op_rescaling, cn__onnx_write_rescaling, true},
               {&cn__op_prelu, cn__onnx_write_prelu, false},
               {&cn__op_normalization, cn__onnx_write_normalization, false},
               {&cn__op_unit_normalization, cn__onnx_write_unit_normalization, false},
               {&cn__op_group_normalization, cn__onnx_write_group_normalization, false},
               {&cn__op_dot, cn__onnx_write_dot, false}};

/* The inputs channels first; NULL unless all of them are Transposes of that. */
static const char *const *all_first(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    const char **first = g->failed ? NULL : cn__arena_array(&g->arena, op->inputs + 1, sizeof *first);
    for (size_t i = 0; first && i < op->inputs; i++)
        if (!(first[i] = cn__onnx_channels_first(g, in[i]))) return NULL;
    return first;
}

static cn_status write_as(cn__onnx_graph *g, size_t writer, const cn__op *op, const char *const *in)
{
    const char *const *first = writers[writer].any_layout ? all_first(g, op, in) : NULL;
    if (!first) return writers[writer].write(g, op, in);
    g->channels_first = true;
    cn_status status = writers[writer].write(g, op, first);
    g->channels_first = false;
    if (status == CN_OK) cn__onnx_to_last(g, op->shape.rank - 1);
    return status;
}

static cn_status write_op(cn__onnx_graph *g, const cn__op *op, const char *const *in)
{
    g->value = in[0];
    if (op->kind->training_only || op->kind->loss_only) return CN_OK;
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
        if (writers[i].kind == op->kind) return write_as(g, i, op, in);
    return cn__fail(CN_ERROR_ARGUMENT, "layer %s: %s cannot be written as ONNX", op->layer->name,
                    op->layer->kind->class_name);
}

/* ---- layers --------------------------------------------------------------------------------------------------- */

/* A model on its way: the names of what operations give, and of what tensors are (behind a reshape another one). */
typedef struct writing {
    cn__onnx_graph *g;
    const cn_model *model;
    cn__op_graph ops;
    const char **op_names;              /* (ops.count) */
    const char **tensor_names, **names; /* (ops.call_count) each: of the value, and what was wanted for it */
} writing;

/* Names are given to values and nodes alike, so they must not look like another's. */
static cn_status check_name(const char *name)
{
    if (*name && !strchr(name, '/')) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "layer '%s': in ONNX a layer's name must not %s", name,
                    *name ? "hold '/'" : "be empty");
}

/* The name of input `index` of an operation of call c: an operation's of the same call, or a tensor's. */
static const char *name_of_input(const writing *w, const cn__lowered *c, const cn__op *op, size_t index)
{
    const cn__op *from = op->in[index];
    if (from->index >= c->first) return w->op_names[from->index];
    const size_t inputs = c->tensor->inputs;
    for (size_t j = 0; j < inputs; j++) { /* of two tensors that are one operation's, the one at this place */
        const cn__lowered *source = c->from[(index + j) % inputs];
        if (source->ref.op == from) return w->tensor_names[source - w->ops.calls];
    }
    return w->op_names[from->index];
}

/* The shape that ONNX sees there. */
static const cn__shape *shape_of_input(const writing *w, const cn__lowered *c, const cn__op *op, size_t index)
{
    const cn__op *from = op->in[index];
    if (from->index >= c->first) return &from->shape;
    const char *name = name_of_input(w, c, op, index);
    for (size_t j = 0; j < c->tensor->inputs; j++)
        if (w->tensor_names[c->from[j] - w->ops.calls] == name) return &c->from[j]->tensor->shape;
    return &from->shape;
}

/* Axes that an operation has together are one in its shapes, and several in those of others. */
static const char *reshaped(writing *w, const char *value, const cn__shape *is, const cn__shape *wanted,
                            size_t number)
{
    if (is->rank == wanted->rank || cn__shape_size(is) != cn__shape_size(wanted)) return value;
    const char *name = cn__arena_format(&w->g->arena, "shape%zu", number);
    if (!name) w->g->failed = true;
    if (!name) return value;
    w->g->value = value;
    reshape(w->g, name, 0, wanted->rank, wanted->dim);
    return w->g->value;
}

static cn_status write_ops(writing *w, const cn__lowered *c)
{
    size_t number = 0;
    for (size_t i = c->first; i < c->first + c->count; i++) {
        const cn__op *op = w->ops.ops[i];
        const char **in = cn__arena_array(&w->g->arena, op->inputs + 1, sizeof *in);
        if (!in) return CN_ERROR_MEMORY;
        for (size_t j = 0; j < op->inputs; j++)
            in[j] = reshaped(w, name_of_input(w, c, op, j), shape_of_input(w, c, op, j), &op->in_shape[j],
                             number++);
        CN_TRY(write_op(w->g, op, in));
        w->op_names[i] = w->g->value;
    }
    const cn__op *last = c->count ? w->ops.ops[c->first + c->count - 1] : NULL;
    if (last) w->g->value = reshaped(w, w->op_names[last->index], &last->shape, &c->tensor->shape, number);
    return CN_OK;
}

/* A layer that only changes the shape: to one axis by Flatten, whose axis 1 is the default. */
static void write_shape(cn__onnx_graph *g, const cn_tensor *t)
{
    const cn__layer_kind *kind = t->layer->layer->kind;
    if (kind->lower || !kind->infer) return;
    if (!kind->params || strcmp(kind->params[0].name, "target_shape") != 0)
        cn__onnx_node(g, "Flatten", (const char *const[]){g->value, NULL});
    else reshape(g, "shape", 0, t->shape.rank, t->shape.dim);
}

/* A layer of a model within has that one's name before its own: "base.dense", as a layer beside it may be called too. */
static cn_status call_name(writing *w, const cn__lowered *c, const char **out)
{
    const size_t index = (size_t)(c - w->ops.calls);
    char *name = cn__arena_strdup(&w->g->arena, c->name);
    if (!name) return CN_ERROR_MEMORY;
    if (c->tensor->layer) CN_TRY(check_name(c->tensor->layer->layer->name));
    for (char *slash = name; (slash = strchr(slash, '/'));) *slash = '.';
    for (size_t i = 0; i < index; i++)
        if (strcmp(w->names[i], name) == 0)
            return cn__fail(CN_ERROR_ARGUMENT, "two layers would be named '%s' in ONNX", name);
    *out = w->names[index] = name;
    return CN_OK;
}

static cn_status write_call(writing *w, size_t index)
{
    const cn__lowered *c = &w->ops.calls[index];
    cn__onnx_graph *g = w->g;
    const char *name = NULL;
    CN_TRY(call_name(w, c, &name));
    w->tensor_names[index] = name;
    if (cn__tensor_is_input(c->tensor)) {
        w->op_names[c->first] = name;
        return CN_OK;
    }
    g->layer = name, g->first = g->graph.n_nodes;
    g->value = w->tensor_names[c->from[0] - w->ops.calls];
    if (c->count) CN_TRY(write_ops(w, c));
    write_shape(g, c->tensor);
    if (!g->failed && g->graph.n_nodes > g->first)
        g->value = g->graph.nodes[g->graph.n_nodes - 1]->outputs[0] = (char *)name;
    if (c->count) w->op_names[c->first + c->count - 1] = g->value;
    w->tensor_names[index] = g->value;
    return CN_OK;
}

/* An output has the name of its layer; where that is an input's, or has been given out, it is a copy. */
static cn_status name_output(writing *w, size_t index, const char **out)
{
    const cn__lowered *end = w->ops.ends[index];
    const char *value = w->tensor_names[end - w->ops.calls], *wanted = w->names[end - w->ops.calls];
    bool taken = cn__tensor_is_input(end->tensor);
    for (size_t i = 0; i < index; i++) taken |= w->ops.ends[i] == end;
    if (taken) wanted = index ? cn__arena_format(&w->g->arena, "output_%zu", index) : "output";
    *out = wanted;
    if (strcmp(value, wanted) == 0) return CN_OK;
    w->g->layer = wanted, w->g->first = w->g->graph.n_nodes;
    Cn__Onnx__Node *copy = cn__onnx_node(w->g, "Identity", (const char *const[]){value, NULL});
    if (copy) copy->outputs[0] = (char *)wanted;
    return copy ? CN_OK : CN_ERROR_MEMORY;
}

static cn_status write_ports(writing *w)
{
    cn__onnx_graph *g = w->g;
    const cn_model *m = w->model;
    Cn__Onnx__Port **in = cn__arena_array(&g->arena, m->input_count, sizeof *in),
                   **out = cn__arena_array(&g->arena, m->output_count, sizeof *out);
    if (!in || !out) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < m->input_count; i++) {
        const cn__shape *s = &m->inputs[i]->shape;
        in[i] = cn__onnx_port(g, w->op_names[w->ops.inputs[i]->index], (size_t)s->rank, s->dim);
    }
    for (size_t i = 0; i < m->output_count; i++) {
        const cn__shape *s = &m->outputs[i]->shape;
        const char *name = "";
        CN_TRY(name_output(w, i, &name));
        out[i] = cn__onnx_port(g, name, (size_t)s->rank, s->dim);
    }
    g->graph.inputs = in, g->graph.n_inputs = m->input_count;
    g->graph.outputs = out, g->graph.n_outputs = m->output_count;
    return g->failed ? CN_ERROR_MEMORY : CN_OK;
}

static cn_status write_layers(cn__onnx_graph *g, const cn_model *model)
{
    writing w = {.g = g, .model = model};
    CN_TRY(cn__lower_model(model, &g->arena, &w.ops));
    w.op_names = cn__arena_array(&g->arena, w.ops.count + 1, sizeof *w.op_names);
    w.tensor_names = cn__arena_array(&g->arena, w.ops.call_count + 1, sizeof *w.tensor_names);
    w.names = cn__arena_array(&g->arena, w.ops.call_count + 1, sizeof *w.names);
    if (!w.op_names || !w.tensor_names || !w.names) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < w.ops.call_count; i++) CN_TRY(write_call(&w, i));
    CN_TRY(write_ports(&w));
    cn__onnx_drop_unused(g);
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
    message.producer_name = (char[]){CN_ONNX_PRODUCER}, message.producer_version = (char[]){CN_VERSION};
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
