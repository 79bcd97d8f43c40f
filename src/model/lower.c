/* Lowering a model to operations. */
#include "model/lower.h"

/* Random numbers of a layer have its number in the model, those of its later calls another one for each. Input layers, which
 * files of models add, are not counted. */
enum { CALL_SHIFT = 16 };

static uint32_t stream_of(const cn_model *model, const cn_tensor *t)
{
    uint32_t number = 0;
    for (size_t i = 0; i < model->layer_count && model->layers[i] != t->layer; i++)
        number += !model->layers[i]->layer->kind->is_input;
    return number | (uint32_t)t->call << CALL_SHIFT;
}

const cn__lowered *cn__find_lowered(const cn__op_graph *g, const cn_tensor *tensor)
{
    for (size_t i = 0; i < g->call_count; i++)
        if (g->calls[i].tensor == tensor) return &g->calls[i];
    return NULL;
}

static cn_status lower_tensor(const cn_model *model, cn__lowering *l, cn__op_graph *g, const cn_tensor *t)
{
    cn__lowered *call = &g->calls[g->call_count];
    *call = (cn__lowered){.tensor = t, .first = l->count, .ref.shape = t->shape};
    l->layer = t->layer ? t->layer->layer : NULL;
    l->stream = stream_of(model, t);
    if (cn__tensor_is_input(t)) {
        call->ref.op = cn__lower_op(l, &cn__op_input, NULL, 0, &t->shape, NULL, 0);
        if (!call->ref.op) return CN_ERROR_MEMORY;
    } else {
        cn__ref *in = cn__arena_array(l->arena, t->inputs, sizeof *in);
        if (!in) return CN_ERROR_MEMORY;
        for (size_t i = 0; i < t->inputs; i++) in[i] = cn__find_lowered(g, t->from[i])->ref;
        call->ref.op = in[0].op;
        if (l->layer->kind->lower && l->layer->kind->lower(l, l->layer, in, t->inputs, &call->ref) != CN_OK)
            return cn__fail_in("layer %s", l->layer->name);
    }
    call->count = l->count - call->first;
    g->call_count++;
    return CN_OK;
}

cn_status cn__lower_model(const cn_model *model, cn__arena *arena, cn__op_graph *g)
{
    cn__lowering l = {.arena = arena};
    *g = (cn__op_graph){.input_count = model->input_count, .output_count = model->output_count};
    g->calls = cn__arena_array(arena, model->tensor_count + 1, sizeof *g->calls);
    g->inputs = cn__arena_array(arena, model->input_count + 1, sizeof *g->inputs);
    g->outputs = cn__arena_array(arena, model->output_count + 1, sizeof *g->outputs);
    if (!g->calls || !g->inputs || !g->outputs) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < model->tensor_count; i++) CN_TRY(lower_tensor(model, &l, g, model->tensors[i]));
    for (size_t i = 0; i < g->input_count; i++) g->inputs[i] = cn__find_lowered(g, model->inputs[i])->ref.op;
    for (size_t i = 0; i < g->output_count; i++) g->outputs[i] = cn__find_lowered(g, model->outputs[i])->ref;
    g->ops = l.ops;
    g->count = l.count;
    return CN_OK;
}
