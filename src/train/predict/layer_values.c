/* What a layer inside a model gives, and how much an output depends on it.
 *
 * Both run a view of the model: a struct of its own whose tensors, layers and outputs are those of the model, or stand beside
 * them. For a gradient, layers are copies that are not trained (so that batch normalisation keeps to its moving statistics); a
 * probe stands behind the layer, whose variable of zeros is added to what the layer gives, so that the variable's gradient is that of
 * the layer's values; and behind the output stands a layer that picks one number of it. */
#include <math.h>
#include <string.h>

#include "model/nested.h"
#include "nn/ops.h"
#include "train/train.h"

enum { MOST_NAMES = 1000 };

static cn_status find_tensor(const cn_model *model, const char *name, cn_tensor **out)
{
    const char *names[MOST_NAMES];
    size_t count = 0;
    *out = NULL;
    for (size_t i = 0; i < model->tensor_count; i++) {
        cn_tensor *t = model->tensors[i];
        if (!t->layer || !t->layer->layer->name) continue;
        if (strcmp(t->layer->layer->name, name) == 0) *out = t; /* of several calls the last */
        if (count < MOST_NAMES && (!count || strcmp(names[count - 1], t->layer->layer->name) != 0))
            names[count++] = t->layer->layer->name;
    }
    if (*out) return CN_OK;
    (void)cn__fail_word(CN_ERROR_ARGUMENT, "layer", name, names, count);
    return cn__fail_in("model %s", model->name);
}

static cn_status check_model(cn_model *model, const char *layer, cn_tensor **out)
{
    if (!model || !layer)
        return cn__fail(CN_ERROR_ARGUMENT, "values of a layer: the %s is NULL", model ? "name" : "model");
    CN_TRY(cn__model_check(model));
    CN_TRY(cn__model_build_if_known(model));
    if (!model->built)
        return cn__fail(CN_ERROR_STATE, "model %s is not built: it has no weights yet", model->name);
    return find_tensor(model, layer, out);
}

cn_status cn_model_layer_values(cn_model *model, const char *layer, const cn_array *const *inputs,
                                cn_array *out)
{
    cn_tensor *tensor;
    *out = (cn_array){0};
    CN_TRY(check_model(model, layer, &tensor));
    cn_model view = *model;
    view.outputs = &tensor, view.output_count = 1, view.out = tensor->shape;
    return cn_model_predict(&view, .inputs = inputs, .out = out);
}

/* ---- the probe: what it reads, plus a variable of zeros ---------------------------------------------------- */

/* Nothing before it is trained, so that there is no way back. */

static void probe_forward(const cn__run *run, cn__node *n)
{
    const cn__range r = cn__run_samples(run);
    if (r.first == r.last) return;
    memcpy(n->z + r.first * n->size, cn__node_input(n, 0) + r.first * n->size,
           (r.last - r.first) * n->size * sizeof(real));
    cn__fused_forward(run, n, r.first * n->size, (r.last - r.first) * n->size);
}

static size_t probe_workspace(const cn__op *op, size_t batch, bool training)
{
    (void)batch;
    return training ? CN_PAD(op->size) : 0;
}

/* Of a batch of one sample. */
static void probe_gradient(const cn__run *run, cn__node *n)
{
    const cn__range slice = cn__run_slice(run, n->size, CN_LANES);
    if (slice.first == slice.last) return;
    memcpy(run->workspace, n->d + slice.first, (slice.last - slice.first) * sizeof(real));
    cn__sink_vector(run, n->op->variable[0], slice.first, slice.last - slice.first, run->workspace);
}

static const cn__op_kind probe_op = {.name = "probe",
                                     .workspace = probe_workspace,
                                     .forward = probe_forward,
                                     .own_samples = true,
                                     .gradients = {{"offset", 1u, false, probe_gradient, false}}};

static cn_status probe_lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs,
                             cn__ref *out)
{
    out->op = cn__lower_op(l, &probe_op, in, inputs, &out->shape, NULL, 0);
    if (!out->op) return CN_ERROR_MEMORY;
    out->op->variable[0] = &layer->variable[0];
    return CN_OK;
}

static const cn__layer_kind probe_kind = {.class_name = "Probe", .lower = probe_lower};

/* ---- the pick: one number of the output, before its softmax or sigmoid ------------------------------------- */

static void pick_forward(const cn__run *run, cn__node *n)
{
    const size_t in = n->in[0].from->size, *index = n->op->args;
    const cn__range r = cn__run_samples(run);
    for (size_t i = r.first; i < r.last; i++) n->z[i] = cn__node_input(n, 0)[i * in + *index];
    if (r.first < r.last) cn__fused_forward(run, n, r.first, r.last - r.first);
}

static void pick_backward(const cn__run *run, cn__node *n)
{
    const size_t in = n->in[0].from->size, *index = n->op->args;
    const cn__range r = cn__run_samples(run);
    const cn__edge *edge = &n->in[0];
    if (r.first == r.last) return;
    memset(edge->grad + r.first * in, 0, (r.last - r.first) * in * sizeof(real));
    for (size_t i = r.first; i < r.last; i++) edge->grad[i * in + *index] = n->d[i];
    cn__edge_done(run, edge, r.first * in, (r.last - r.first) * in);
}

static const cn__op_kind pick_op = {
    .name = "pick", .forward = pick_forward, .backward = pick_backward, .own_samples = true};

static cn_status pick_lower(cn__lowering *l, cn__layer *layer, const cn__ref *in, size_t inputs, cn__ref *out)
{
    cn__ref from = in[0];
    while (from.op->kind->loss_only || from.op->kind->training_only) from.op = from.op->in[0];
    const cn__activation *last = from.op->kind->activation ? from.op->kind->activation(from.op) : NULL;
    if (last && (last->kind == CN_ACT_SOFTMAX || last->kind == CN_ACT_SIGMOID)) from.op = from.op->in[0];
    out->op = cn__lower_op(l, &pick_op, &from, inputs, &out->shape, layer->config, sizeof(size_t));
    return out->op ? CN_OK : CN_ERROR_MEMORY;
}

static const cn__layer_kind pick_kind = {.class_name = "Pick", .lower = pick_lower};

/* ---- the view ----------------------------------------------------------------------------------------------- */

typedef struct view {
    cn__arena arena;
    cn_model model;
    cn_layer *layers;
    cn__layer probe, pick;
    cn_tensor *tensors, *probed; /* probed: what the probe gives */
    size_t index;                /* of the number that is picked */
} view;

/* A copy that is not trained, with variables of its own whose values are those of the layer. */
static cn__layer *freeze(cn__arena *arena, const cn__layer *layer)
{
    cn__layer *copy = cn__arena_alloc(arena, sizeof *copy);
    if (!copy) return NULL;
    *copy = *layer;
    copy->trainable = false;
    for (int i = 0; i < copy->variables; i++) copy->variable[i].layer = copy;
    return copy;
}

static cn_status copy_layers(view *v, const cn_model *model)
{
    v->layers = cn__arena_array(&v->arena, model->layer_count + 2, sizeof *v->layers);
    v->model.layers = cn__arena_array(&v->arena, model->layer_count + 2, sizeof *v->model.layers);
    if (!v->layers || !v->model.layers) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < model->layer_count; i++) {
        if (model->layers[i]->model)
            return cn__fail(CN_ERROR_ARGUMENT,
                            "layer %s of model %s is a model; gradients go through layers alone",
                            model->layers[i]->layer->name, model->name);
        v->layers[i] = *model->layers[i];
        v->layers[i].layer = freeze(&v->arena, model->layers[i]->layer);
        v->model.layers[i] = &v->layers[i];
        if (!v->layers[i].layer) return CN_ERROR_MEMORY;
    }
    return CN_OK;
}

static cn_layer *copy_of_layer(const view *v, const cn_model *model, const cn_layer *layer)
{
    size_t i = 0;
    while (i < model->layer_count && model->layers[i] != layer) i++;
    return i < model->layer_count ? v->model.layers[i] : NULL;
}

static cn_tensor *copy_of(const view *v, const cn_model *model, const cn_tensor *tensor)
{
    size_t i = 0;
    while (model->tensors[i] != tensor) i++;
    return &v->tensors[i];
}

/* A call of one of the two layers, at the end of the view's. */
static cn_status add_call(view *v, cn__layer *layer, cn_tensor *from, const cn__shape *shape, cn_tensor *out)
{
    cn_layer *outer = &v->layers[v->model.layer_count];
    *outer = (cn_layer){.layer = layer, .calls = 1};
    v->model.layers[v->model.layer_count++] = outer;
    *out = (cn_tensor){.layer = outer, .inputs = 1, .shape = *shape};
    out->from = cn__arena_alloc(&v->arena, sizeof *out->from);
    if (!out->from) return CN_ERROR_MEMORY;
    out->from[0] = from;
    return CN_OK;
}

static cn_status make_probe(view *v, cn_tensor *behind, cn_tensor *out)
{
    const size_t size = cn__shape_size(&behind->shape);
    v->probe = (cn__layer){.kind = &probe_kind, .name = "probe", .trainable = true, .built = true};
    cn__variable *offset = cn__layer_variable(&v->probe, "offset", 1, &size, true);
    cn__variable_set_cols(offset, size);
    offset->value = cn__arena_array(&v->arena, offset->padded, sizeof(real));
    v->model.variables = cn__arena_alloc(&v->arena, sizeof *v->model.variables);
    if (!offset->value || !v->model.variables) return CN_ERROR_MEMORY;
    v->model.variables[0] = offset, v->model.variable_count = 1;
    return add_call(v, &v->probe, behind, &behind->shape, out);
}

static cn_status make_pick(view *v, cn_tensor *behind, cn_tensor *out)
{
    const cn__shape one = {.rank = 1, .dim = {1}};
    v->pick = (cn__layer){.kind = &pick_kind, .name = "pick", .config = &v->index, .built = true};
    return add_call(v, &v->pick, behind, &one, out);
}

/* The tensors in their order, the probe right behind its own; what reads that reads the probe. */
static cn_status copy_tensors(view *v, const cn_model *model, const cn_tensor *probed)
{
    const size_t count = model->tensor_count;
    v->tensors = cn__arena_array(&v->arena, count + 2, sizeof *v->tensors);
    v->model.tensors = cn__arena_array(&v->arena, count + 2, sizeof *v->model.tensors);
    if (!v->tensors || !v->model.tensors) return CN_ERROR_MEMORY;
    v->probed = &v->tensors[count];
    v->model.tensor_count = 0;
    for (size_t i = 0; i < count; i++) {
        const cn_tensor *t = model->tensors[i];
        cn_tensor *copy = &v->tensors[i];
        *copy = *t;
        copy->layer = t->layer ? copy_of_layer(v, model, t->layer) : NULL;
        copy->from = cn__arena_array(&v->arena, t->inputs + 1, sizeof *copy->from);
        if (!copy->from) return CN_ERROR_MEMORY;
        for (size_t k = 0; k < t->inputs; k++)
            copy->from[k] = t->from[k] == probed ? v->probed : copy_of(v, model, t->from[k]);
        v->model.tensors[v->model.tensor_count++] = copy;
        if (t != probed) continue;
        CN_TRY(make_probe(v, copy, v->probed));
        v->model.tensors[v->model.tensor_count++] = v->probed;
    }
    return CN_OK;
}

static cn_status set_ends(view *v, const cn_model *model, const cn_tensor *probed)
{
    cn__arena *arena = &v->arena;
    cn_tensor *last = model->outputs[0] == probed ? v->probed : copy_of(v, model, model->outputs[0]),
              *picked = &v->tensors[model->tensor_count + 1];
    CN_TRY(make_pick(v, last, picked));
    v->model.tensors[v->model.tensor_count++] = picked;
    v->model.inputs = cn__arena_array(arena, model->input_count + 1, sizeof *v->model.inputs);
    v->model.outputs = cn__arena_array(arena, 1, sizeof *v->model.outputs);
    if (!v->model.inputs || !v->model.outputs) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < model->input_count; i++) v->model.inputs[i] = copy_of(v, model, model->inputs[i]);
    v->model.outputs[0] = picked, v->model.output_count = 1;
    v->model.out = picked->shape;
    return CN_OK;
}

/* The mean absolute error from a target far below has the slope 1: the gradient of the loss is that of the number. */
static const float FAR_BELOW = -1e30f;

static cn_status set_loss(view *v)
{
    cn__value loss = {.kind = CN_VALUE_WORD, .word = "mean_absolute_error"},
              sgd = {.kind = CN_VALUE_WORD, .word = "sgd"};
    v->model.objectives = cn__arena_alloc(&v->arena, sizeof *v->model.objectives);
    if (!v->model.objectives) return CN_ERROR_MEMORY;
    *v->model.objectives = (cn__objective){.has_loss = true, .weight = 1};
    v->model.compiled = true;
    CN_TRY(cn__optimizer_parse(&v->arena, &sgd, &v->model.optimizer));
    return cn__loss_parse(&v->arena, &loss, &v->model.objectives->loss);
}

static cn_status make_view(view *v, const cn_model *model, const cn_tensor *probed)
{
    v->model = *model;
    v->model.compile_arena = (cn__arena){0};
    CN_TRY(copy_layers(v, model));
    CN_TRY(copy_tensors(v, model, probed));
    CN_TRY(set_ends(v, model, probed));
    return set_loss(v);
}

/* ---- running ------------------------------------------------------------------------------------------------ */

static cn_status run_view(view *v, const cn__data *data, float *gradient)
{
    cn__plan *plan;
    cn__result result;
    const cn_array target = cn_array_view(CN_FLOAT32, &FAR_BELOW, 2, (size_t[]){1, 1});
    const cn__plan_options options = {
        .batch = 1, .training = true, .targets = true, .keep_gradients = true, .as_predicted = true};
    CN_TRY(cn__plan_new(&v->model, &options, &plan));
    cn__feed feed = cn__data_feed(data);
    feed.y = (const cn_array *const[]){&target}, feed.weight = NULL;
    cn__plan_run(plan, &feed, 1, &result);
    const cn__variable *offset = v->model.variables[0];
    for (size_t i = 0; i < offset->cols; i++) gradient[i] = (float)offset->grad[i];
    cn__plan_free(plan);
    return CN_OK;
}

static cn_status gradient_of(cn_model *model, const cn_tensor *tensor, const cn__data *data, size_t index,
                             cn_array *out)
{
    view v = {.index = index};
    size_t shape[CN_MAX_RANK + 1] = {1};
    for (int i = 0; i < tensor->shape.rank; i++) shape[i + 1] = tensor->shape.dim[i];
    cn_status status = cn_array_new(out, CN_FLOAT32, tensor->shape.rank + 1, shape);
    if (status == CN_OK) status = make_view(&v, model, tensor);
    if (status == CN_OK) status = run_view(&v, data, out->data);
    if (status != CN_OK) cn_array_free(out);
    cn__arena_free(&v.model.compile_arena);
    cn__arena_free(&v.arena);
    return status;
}

static cn_status check_gradient(const cn_model *model, const cn__data *data, size_t index)
{
    const size_t numbers = cn__shape_size(&model->outputs[0]->shape);
    if (data->samples != 1)
        return cn__fail(CN_ERROR_ARGUMENT, "a gradient is of one sample, got %zu", data->samples);
    if (index < numbers) return CN_OK;
    return cn__fail(CN_ERROR_ARGUMENT, "output %zu: the first output of model %s has the numbers 0 to %zu",
                    index, model->name, numbers - 1);
}

cn_status cn_model_layer_gradient(cn_model *model, const char *layer, const cn_array *const *inputs,
                                  size_t index, cn_array *out)
{
    cn_tensor *tensor;
    cn__arena arena = {0};
    cn__data data = {0};
    *out = (cn_array){0};
    CN_TRY(check_model(model, layer, &tensor));
    const cn__given given = {.inputs = inputs, .prefix = ""};
    cn_status status = cn__data_inputs(&arena, model, &given, &data);
    if (status == CN_OK) status = check_gradient(model, &data, index);
    if (status == CN_OK) status = gradient_of(model, tensor, &data, index, out);
    cn__data_release(&data);
    cn__arena_free(&arena);
    return status;
}
