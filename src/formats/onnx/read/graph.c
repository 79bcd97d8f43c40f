/* Reads graphs from ONNX: node after node, each a layer that is called on what its inputs are. A graph that slides windows has
 * its channels first, and the model takes them last all the same. Other operators than those below are refused by name. */
#include <string.h>

#include "formats/onnx/read/images.h"
#include "model/graph.h"
#include "model/model.h"

/* ---- the walk ------------------------------------------------------------------------------------------------- */

static const struct {
    const char *op;
    cn__onnx_image_reader *read;
    bool first_only; /* it takes images with their channels first */
} readers[] = {{"Add", cn__onnx_image_merge, false},
               {"AveragePool", cn__onnx_read_pool, true},
               {"BatchNormalization", cn__onnx_image_batchnorm, true},
               {"Cast", cn__onnx_image_pass, false},
               {"Concat", cn__onnx_image_concat, false},
               {"Conv", cn__onnx_read_conv, true},
               {"ConvTranspose", cn__onnx_read_transposed, true},
               {"Div", cn__onnx_image_merge, false},
               {"Dropout", cn__onnx_image_pass, false},
               {"Flatten", cn__onnx_image_flatten, false},
               {"Gemm", cn__onnx_image_dense, false},
               {"GlobalAveragePool", cn__onnx_read_global_pool, true},
               {"GlobalMaxPool", cn__onnx_read_global_pool, true},
               {"Identity", cn__onnx_image_pass, false},
               {"LayerNormalization", cn__onnx_image_layernorm, false},
               {"MatMul", cn__onnx_image_dense, false},
               {"Max", cn__onnx_image_merge, false},
               {"MaxPool", cn__onnx_read_pool, true},
               {"Mean", cn__onnx_image_merge, false},
               {"Min", cn__onnx_image_merge, false},
               {"Mul", cn__onnx_image_merge, false},
               {"PRelu", cn__onnx_read_slopes, false},
               {"Pad", cn__onnx_read_padding, false},
               {"ReduceMean", cn__onnx_image_mean, false},
               {"Reshape", cn__onnx_image_reshape, false},
               {"Resize", cn__onnx_read_resize, false},
               {"Slice", cn__onnx_read_slice, false},
               {"Softmax", cn__onnx_image_softmax, false},
               {"Squeeze", cn__onnx_image_squeeze, false},
               {"Sub", cn__onnx_image_merge, false},
               {"Sum", cn__onnx_image_merge, false},
               {"Transpose", cn__onnx_image_transpose, false},
               {"Upsample", cn__onnx_read_resize, false}};
enum { READERS = sizeof readers / sizeof *readers };

bool cn__onnx_has_images(const cn__onnx_source *source)
{
    static const char *const ops[] = {"Conv",          "MaxPool", "AveragePool", "GlobalAveragePool",
                                      "ConvTranspose", "Resize",  "Upsample",    "GlobalMaxPool"};
    const Cn__Onnx__Graph *g = source->model->graph;
    for (size_t i = 0; i < g->n_nodes; i++)
        for (size_t k = 0; k < sizeof ops / sizeof *ops; k++)
            if (strcmp(g->nodes[i]->op, ops[k]) == 0 && !*g->nodes[i]->domain) return true;
    return false;
}

/* An activation that begins at input i. Softmax is over the last axis, which is not the channels' in ONNX. */
static cn_status read_activation(cn__onnx_images *r, const Cn__Onnx__Node *node, size_t i, bool *found)
{
    const cn__onnx_image *in = cn__onnx_image_of(r, node, i);
    cn__activation act;
    const char *end;
    const Cn__Onnx__Node *first;
    *found = in && cn__onnx_match_activation(r->walk.source, node->inputs[i], in->axes ? in->axes + 1 : 1,
                                             &act, &end, &first);
    if (*found && act.kind >= CN_ACT_ELEMENTWISE_COUNT && ((in->axes && !in->last) || in->chw))
        *found = false;
    if (!*found) return CN_OK;
    const cn__onnx_image *made = cn__onnx_image_at(r, end);
    if (made && made->tensor) return CN_OK; /* by another of its nodes */
    const char *name = cn__onnx_activation_text(&r->walk.arena, &act);
    cn__onnx_image out;
    if (!name) return CN_ERROR_MEMORY;
    cn__text text = {0};
    cn__text_printf(&text, "activation(activation=%s", name);
    CN_TRY(cn__onnx_call(r, first, &text, &in, 1, &out));
    out.positive = act.kind == CN_ACT_RELU6 || act.kind == CN_ACT_SIGMOID ||
                   (act.kind == CN_ACT_RELU && act.p[0] == 0 && act.p[2] >= 0);
    return cn__onnx_set_image(r, end, &out);
}

static cn_status read_known(cn__onnx_images *r, const Cn__Onnx__Node *node)
{
    int i = 0;
    while (i < READERS && strcmp(readers[i].op, node->op) != 0) i++;
    const cn__onnx_image *in = cn__onnx_image_of(r, node, 0);
    if (!in && i < READERS && readers[i].read == cn__onnx_image_merge) in = cn__onnx_image_of(r, node, 1);
    if (i == READERS || *node->domain || !in) return cn__onnx_fail_operator(node);
    cn__onnx_image out = {0};
    cn_status status;
    if (readers[i].first_only && in->last && in->axes)
        status = cn__fail(CN_ERROR_FORMAT, "its input has its channels last, by a Transpose before it");
    else if (readers[i].first_only && !in->axes && readers[i].read != cn__onnx_image_batchnorm)
        status = cn__fail(CN_ERROR_FORMAT, "it must take images or series");
    else status = readers[i].read(r, node, in, &out);
    if (status == CN_OK) status = cn__onnx_set_image(r, node->outputs[0], &out);
    return status == CN_OK ? CN_OK : cn__fail_in("node '%.60s' (%.40s)", node->name, node->op);
}

static cn_status read_node(cn__onnx_images *r, const Cn__Onnx__Node *node)
{
    const cn__onnx_image *out = node->n_outputs ? cn__onnx_image_at(r, node->outputs[0]) : NULL;
    bool takes = false, found = false;
    if (!out || out->tensor || strcmp(node->op, "Shape") == 0) return CN_OK;
    for (size_t i = 0; i < node->n_inputs; i++) takes |= cn__onnx_image_of(r, node, i) != NULL;
    if (!takes) return CN_OK; /* constants, sizes, and the inner parts of activations */
    r->walk.source->node = node;
    for (size_t i = 0; i < node->n_inputs && !found; i++) CN_TRY(read_activation(r, node, i, &found));
    return found ? CN_OK : read_known(r, node);
}

/* Has the input its channels last? Then a Transpose to channels first takes it; of series, whose two orders are turned into each
 * other by the same one, only such. */
static bool is_last(const cn__onnx_source *source, const char *name, int axes)
{
    const cn__onnx_value *value = cn__onnx_find(source, name);
    size_t found = 0;
    for (size_t i = 0; value && i < value->consumer_count; i++)
        found += strcmp(value->consumers[i]->op, "Transpose") == 0 &&
                 cn__onnx_is_order(cn__onnx_attribute(value->consumers[i], "perm"), axes, false);
    return found && (axes == 2 || found == value->consumer_count);
}

static cn_status read_input(cn__onnx_images *r, const Cn__Onnx__Port *port, cn__onnx_image *out)
{
    const Cn__Onnx__TensorType *type = port->type ? port->type->tensor : NULL;
    const Cn__Onnx__Shape *shape = type ? type->shape : NULL;
    const size_t most = r->windows ? 4 : CN_MAX_RANK + 1;
    if (!shape || type->type != CN_ONNX_FLOAT32 || shape->n_dims < 2 || shape->n_dims > most)
        return cn__fail(CN_ERROR_FORMAT,
                        r->windows
                            ? "input '%.80s' must be images or series of 32-bit floats, of a known shape"
                            : "input '%.80s' must be samples of 32-bit floats, of a known shape",
                        port->name);
    size_t d[CN_MAX_RANK] = {1, 1, 1, 1, 1, 1}, total = 1;
    const size_t rank = shape->n_dims - 1;
    for (size_t i = 0; i < rank; i++) {
        const int64_t size = shape->dims[i + 1]->size;
        if (size < 1 || (uint64_t)size > CN_ONNX_MAX_IMAGE / total)
            return cn__fail(CN_ERROR_FORMAT,
                            "input '%.80s': size %zu of a sample is open, or larger than is read", port->name,
                            i + 1);
        total *= d[i] = (size_t)size;
    }
    r->walk.batch = shape->dims[0]->size > 0 ? shape->dims[0]->size : 0;
    out->axes = (int)rank - 1;
    out->last = out->axes && (!r->windows || is_last(r->walk.source, port->name, out->axes));
    if (out->axes && !out->last) { /* the channels to the end */
        const size_t c = d[0];
        memmove(d, d + 1, (rank - 1) * sizeof *d);
        d[rank - 1] = c;
    }
    cn__text text = {0};
    cn__text_add(&text, "input(shape=[");
    for (size_t i = 0; i < rank; i++) cn__text_printf(&text, i ? ", %zu" : "%zu", d[i]);
    cn__text_add(&text, "]");
    char path[80] = "";
    if (strlen(port->name) < 64) cn__format(path, sizeof path, "%s/", port->name);
    Cn__Onnx__Node named = {.name = path}; /* its name is the value's */
    cn_layer *layer = cn__onnx_make_layer(r, &named, &text);
    out->tensor = layer ? cn_tensor_input_layer(layer) : NULL;
    if (!out->tensor) return cn_error_status();
    out->c = total, out->h = out->w = 1; /* of a vector */
    cn__onnx_look_up_shape(out);
    return CN_OK;
}

/* Weights in the order of the model's layers. */
static cn_status give_weights(cn__onnx_images *r, cn_model *model)
{
    cn_array *all = cn__arena_array(&r->walk.arena, CN_MAX_VARIABLES * r->made_count + 1, sizeof *all);
    size_t count = 0;
    if (!all) return CN_ERROR_MEMORY;
    CN_TRY(cn__model_build_known(model));
    for (size_t i = 0; i < model->layer_count; i++)
        for (size_t k = 0; k < r->made_count; k++) {
            if (r->made[k].layer != model->layers[i]) continue;
            memcpy(all + count, r->made[k].weights, r->made[k].count * sizeof *all);
            count += r->made[k].count;
        }
    return cn_model_set_weights(model, all, count);
}

/* Inputs and outputs of the model that is made. */
typedef struct ends {
    cn_tensor **inputs, **outputs;
    size_t input_count, output_count;
} ends;

static cn_status prepare(cn__onnx_images *r, ends *e)
{
    const cn__onnx_source *source = r->walk.source;
    cn__arena *arena = &r->walk.arena;
    r->windows = cn__onnx_has_images(source);
    r->at = cn__arena_array(arena, source->value_count + 1, sizeof *r->at);
    r->made = cn__arena_array(arena, CN_ONNX_MAX_LAYERS + 1, sizeof *r->made);
    r->names = cn__arena_array(arena, CN_ONNX_MAX_LAYERS + 1, sizeof *r->names);
    e->inputs = cn__arena_array(arena, source->input_count + 1, sizeof(cn_tensor *));
    e->outputs = cn__arena_array(arena, source->output_count + 1, sizeof(cn_tensor *));
    if (!r->at || !r->made || !r->names || !e->inputs || !e->outputs) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < source->input_count; i++) {
        cn__onnx_image image = {0};
        CN_TRY(read_input(r, source->inputs[i], &image));
        e->inputs[e->input_count++] = image.tensor;
        CN_TRY(cn__onnx_set_image(r, source->inputs[i]->name, &image));
    }
    return CN_OK;
}

static cn_status read_output(cn__onnx_images *r, const char *name, cn_tensor **out)
{
    const cn__onnx_image *image = cn__onnx_image_at(r, name);
    if (!image || !image->tensor)
        return cn__fail(CN_ERROR_FORMAT,
                        "the graph's output '%.60s' is not made from its inputs by what is read", name);
    if (image->chw)
        return cn__fail(CN_ERROR_FORMAT,
                        "the graph's output '%.60s' is a flattened image, whose order would be another",
                        name);
    *out = image->tensor;
    return CN_OK;
}

static cn_status read_all(cn__onnx_images *r, ends *e)
{
    const cn__onnx_source *source = r->walk.source;
    const Cn__Onnx__Graph *g = source->model->graph;
    for (size_t i = 0; i < g->n_nodes; i++) CN_TRY(read_node(r, g->nodes[i]));
    for (size_t i = 0; i < source->output_count; i++)
        CN_TRY(read_output(r, source->outputs[i]->name, &e->outputs[e->output_count++]));
    return CN_OK;
}

/* Inputs that no layer has joined yet are graphs of their own. */
static void give_up(const ends *e)
{
    for (size_t i = 0; i < e->input_count; i++) {
        bool again = false;
        for (size_t j = i + 1; j < e->input_count; j++) again |= e->inputs[j]->graph == e->inputs[i]->graph;
        if (!again) cn_tensor_free(e->inputs[i]);
    }
}

cn_status cn__onnx_read_images(cn__onnx_source *source, const char *name, cn_model **out)
{
    cn__onnx_images r = {.walk.source = source};
    ends e = {0};
    cn_status status = prepare(&r, &e);
    if (status == CN_OK) status = read_all(&r, &e);
    if (status == CN_OK) { /* takes the graph over */
        *out = cn_model_from_named(name, e.inputs, e.input_count, e.outputs, e.output_count);
        status = *out ? give_weights(&r, *out) : cn_error_status();
    } else give_up(&e);
    cn__arena_free(&r.walk.arena);
    return status;
}
