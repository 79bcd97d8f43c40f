/* Test-time augmentation: the mean of the predictions for a sample as it is, and for views of it that the model's own layers of
 * augmentation make. The random numbers of a view have the address (seed, layer, view, sample), so that neither threads nor batches
 * change a bit. */
#include <string.h>

#include "model/lower.h"
#include "nn/layer.h"
#include "train/train.h"

cn_status cn__check_views(const cn_model *model, const char *what, size_t views)
{
    enum { MOST = 100000 };
    cn__arena arena = {0};
    cn__op_graph graph;
    bool any = false;
    if (views > MOST)
        return cn__fail(CN_ERROR_ARGUMENT, "%s: tta = %zu, expected at most %d", what, views, MOST);
    cn_status status = cn__lower_model(model, &arena, &graph);
    for (size_t i = 0; status == CN_OK && i < graph.count; i++) any |= graph.ops[i]->kind->makes_views;
    cn__arena_free(&arena);
    CN_TRY(status);
    return any ? CN_OK
               : cn__fail(CN_ERROR_ARGUMENT,
                          "%s: tta = %zu, but model %s has no layer that shows images in other ways, such as "
                          "random_translation, random_rotation, random_zoom or random_flip",
                          what, views, model->name);
}

/* ---- predictions -------------------------------------------------------------------------------------------- */

/* outputs of the samples as they are. */
static cn_status predict_plain(cn_model *model, const cn__data *data, cn__pool *pool, real *const *outputs)
{
    cn__forward *forward;
    CN_TRY(cn__forward_new(model, data->samples, 0, NULL, false, pool, &forward));
    cn__forward_predict(forward, data, outputs);
    cn__forward_free(forward);
    return CN_OK;
}

static size_t output_size(const cn_model *model, const cn__data *data, size_t i)
{
    return data->samples * cn__shape_size(&model->outputs[i]->shape);
}

/* Adds the views 1 … views - 1 in their order, and divides. */
static void add_views(const cn_model *model, cn__forward *forward, const cn__data *data, size_t views,
                      real *const *outputs, real *const *one)
{
    const cn__kernels *k = cn__kernels_get();
    for (size_t v = 1; v < views; v++) {
        cn__forward_set_view(forward, (uint32_t)v);
        cn__forward_predict(forward, data, one);
        for (size_t i = 0; i < model->output_count; i++)
            k->add(outputs[i], one[i], output_size(model, data, i));
    }
    for (size_t i = 0; i < model->output_count; i++)
        for (size_t e = 0; e < output_size(model, data, i); e++) outputs[i][e] /= (real)views;
}

cn_status cn__predict_views(cn_model *model, const cn__data *data, size_t views, cn__pool *pool,
                            real *const *outputs)
{
    cn__arena arena = {0};
    cn__forward *forward = NULL;
    real **one = cn__arena_array(&arena, model->output_count, sizeof *one);
    cn_status status = one ? CN_OK : CN_ERROR_MEMORY;
    for (size_t i = 0; i < model->output_count && status == CN_OK; i++) {
        one[i] = cn__arena_array(&arena, output_size(model, data, i) + CN_LANES, sizeof **one);
        if (!one[i]) status = CN_ERROR_MEMORY;
    }
    if (status == CN_OK) status = predict_plain(model, data, pool, outputs);
    if (status == CN_OK) status = cn__forward_new_views(model, data->samples, pool, &forward);
    if (status == CN_OK) add_views(model, forward, data, views, outputs, one);
    cn__forward_free(forward);
    cn__arena_free(&arena);
    return status;
}

/* ---- scores of predictions ---------------------------------------------------------------------------------- */

static const cn__layer_kind passes_on = {.class_name = "Identity", .any_shape = true};

/* Output `i`: an input, and a layer of the old name that passes it on. */
static cn_status add_output(const cn_model *model, cn__arena *arena, size_t i, cn_model *out)
{
    const cn_tensor *old = model->outputs[i];
    cn_tensor *input = cn__arena_alloc(arena, sizeof *input),
              *output = cn__arena_alloc(arena, sizeof *output);
    cn_layer *outer = cn__arena_alloc(arena, sizeof *outer);
    cn__layer *layer = cn__arena_alloc(arena, sizeof *layer);
    cn_tensor **from = cn__arena_alloc(arena, sizeof(cn_tensor *));
    if (!input || !output || !outer || !layer || !from) return CN_ERROR_MEMORY;
    *layer =
        (cn__layer){.kind = &passes_on, .name = old->layer ? old->layer->layer->name : NULL, .built = true};
    *outer = (cn_layer){.layer = layer, .calls = 1};
    *input = (cn_tensor){.shape = old->shape};
    *output = (cn_tensor){.layer = outer, .from = from, .inputs = 1, .shape = old->shape};
    from[0] = input;
    out->layers[i] = outer;
    out->tensors[2 * i] = out->inputs[i] = input;
    out->tensors[2 * i + 1] = out->outputs[i] = output;
    return CN_OK;
}

cn_status cn__model_of_outputs(const cn_model *model, cn__arena *arena, cn_model *out)
{
    const size_t count = model->output_count;
    *out = *model;
    out->layers = cn__arena_array(arena, count, sizeof(cn_layer *));
    out->tensors = cn__arena_array(arena, 2 * count, sizeof(cn_tensor *));
    out->inputs = cn__arena_array(arena, count, sizeof(cn_tensor *));
    out->outputs = cn__arena_array(arena, count, sizeof(cn_tensor *));
    if (!out->layers || !out->tensors || !out->inputs || !out->outputs) return CN_ERROR_MEMORY;
    out->layer_count = out->input_count = count;
    out->tensor_count = 2 * count;
    out->in = model->outputs[0]->shape;
    for (size_t i = 0; i < count; i++) CN_TRY(add_output(model, arena, i, out));
    return CN_OK;
}
