/* Lowering a model to operations, with the models within it. */
#include "model/lower.h"

#include "model/nested.h"
#include "nn/ops.h"

/* Random numbers of a layer have its number in the model, those of its later calls another one for each. Input layers, which
 * files of models add, are not counted. */
enum { CALL_SHIFT = 16, MOST_CALLS = 1 << 18 };

typedef const cn__lowered *call_ref;

/* A model while it is lowered: the outer one, or a call of one within. */
typedef struct scope {
    const cn_model *model;
    const char *path;     /* "", "base/" */
    size_t layers_before; /* of the outer models */
    size_t call;          /* of the model, and of those that it is in */
    call_ref *inputs;     /* (input_count) what the inputs are; NULL: of the outermost model */
    call_ref *of;         /* (tensor_count): what each tensor became */
} scope;

typedef struct lowerer {
    cn__lowering l;
    cn__op_graph *g;
} lowerer;

static cn_status lower_scope(lowerer *w, scope *s);

/* ---- where a layer stands --------------------------------------------------------------------------------- */

static size_t index_of_layer(const cn_model *model, const cn_layer *layer)
{
    size_t i = 0;
    while (i < model->layer_count && model->layers[i] != layer) i++;
    return i;
}

/* Among all calls that are made of the layer: those of its model come one after the other. */
static size_t call_number(const scope *s, const cn_tensor *t)
{
    const size_t calls = t->layer && t->layer->calls > 1 ? t->layer->calls : 1;
    return s->call * calls + t->call;
}

static uint32_t stream_of(const scope *s, const cn_tensor *t)
{
    const size_t number = s->layers_before + cn__count_layers(s->model, index_of_layer(s->model, t->layer));
    return (uint32_t)number | (uint32_t)call_number(s, t) << CALL_SHIFT;
}

static const char *name_of(lowerer *w, const scope *s, const cn_tensor *t)
{
    const char *name = t->layer ? t->layer->layer->name : "input_layer";
    const size_t number = call_number(s, t);
    if (number) return cn__arena_format(w->l.arena, "%s%s@%zu", s->path, name, number);
    return cn__arena_format(w->l.arena, "%s%s", s->path, name);
}

static call_ref find(const scope *s, const cn_tensor *t)
{
    for (size_t i = 0; i < s->model->tensor_count; i++)
        if (s->model->tensors[i] == t) return s->of[i];
    return NULL;
}

static call_ref *find_sources(lowerer *w, const scope *s, const cn_tensor *t)
{
    call_ref *from = cn__arena_array(w->l.arena, t->inputs + 1, sizeof *from);
    for (size_t i = 0; from && i < t->inputs; i++) from[i] = find(s, t->from[i]);
    return from;
}

/* ---- layers ----------------------------------------------------------------------------------------------- */

/* The channels from the first axis to the last, or back. */
static cn_status move_channels(cn__lowering *l, bool to_last, cn__ref *ref)
{
    int order[CN_MAX_RANK];
    const int rank = ref->shape.rank;
    for (int i = 0; i < rank; i++) order[i] = (i + (to_last ? 1 : rank - 1)) % rank;
    return rank > 1 ? cn__lower_permute(l, order, ref) : CN_OK;
}

static cn_status lower_kind(cn__lowering *l, cn__ref *in, size_t inputs, cn__ref *out)
{
    const bool moves = l->layer->channels_first;
    if (moves) {
        CN_TRY(move_channels(l, true, &in[0]));
        out->shape = cn__channels_to_last(&out->shape);
    }
    out->op = in[0].op;
    if (l->layer->kind->lower) CN_TRY(l->layer->kind->lower(l, l->layer, in, inputs, out));
    return moves ? move_channels(l, false, out) : CN_OK;
}

static cn_status lower_layer(lowerer *w, const scope *s, const cn_tensor *t, cn__lowered *call)
{
    cn__lowering *l = &w->l;
    cn__ref *in = cn__arena_array(l->arena, t->inputs + 1, sizeof *in);
    if (!in) return CN_ERROR_MEMORY;
    l->layer = t->layer ? t->layer->layer : NULL;
    l->stream = stream_of(s, t);
    if (cn__tensor_is_input(t)) {
        call->ref.op = cn__lower_op(l, &cn__op_input, NULL, 0, &t->shape, NULL, 0);
        return call->ref.op ? CN_OK : CN_ERROR_MEMORY;
    }
    for (size_t i = 0; i < t->inputs; i++) in[i] = call->from[i]->ref;
    if (lower_kind(l, in, t->inputs, &call->ref) != CN_OK) return cn__fail_in("layer %s", l->layer->name);
    return CN_OK;
}

static cn_status lower_call(lowerer *w, scope *s, size_t index)
{
    const cn_tensor *t = s->model->tensors[index];
    cn__lowered *call = &w->g->calls[w->g->call_count];
    *call = (cn__lowered){.tensor = t,
                          .from = find_sources(w, s, t),
                          .name = name_of(w, s, t),
                          .first = w->l.count,
                          .ref.shape = t->shape};
    if (!call->from || !call->name) return CN_ERROR_MEMORY;
    CN_TRY(lower_layer(w, s, t, call));
    call->count = w->l.count - call->first;
    w->g->call_count++;
    s->of[index] = call;
    return CN_OK;
}

/* ---- models within ------------------------------------------------------------------------------------------ */

/* All outputs of a call are lowered with the first that comes. */
static cn_status lower_model_call(lowerer *w, scope *s, size_t index)
{
    const cn_tensor *t = s->model->tensors[index];
    const cn_model *model = t->layer->model;
    cn__arena *arena = w->l.arena;
    if (s->of[index]) return CN_OK;
    scope inner = {.model = model,
                   .path = cn__arena_format(arena, "%s%s/", s->path, t->layer->layer->name),
                   .layers_before =
                       s->layers_before + cn__count_layers(s->model, index_of_layer(s->model, t->layer)),
                   .call = call_number(s, t),
                   .inputs = find_sources(w, s, t)};
    if (!inner.path || !inner.inputs) return CN_ERROR_MEMORY;
    if (lower_scope(w, &inner) != CN_OK) return cn__fail_in("layer %s", t->layer->layer->name);
    for (size_t i = index; i < s->model->tensor_count; i++) {
        const cn_tensor *o = s->model->tensors[i];
        if (o->layer == t->layer && o->call == t->call) s->of[i] = find(&inner, model->outputs[o->output]);
    }
    return CN_OK;
}

/* The outer value that an input of the scope is; NULL for an input of the outermost model, and for what is none. */
static call_ref given_input(const scope *s, const cn_tensor *t)
{
    for (size_t i = 0; s->inputs && i < s->model->input_count; i++)
        if (s->model->inputs[i] == t) return s->inputs[i];
    return NULL;
}

static cn_status lower_scope(lowerer *w, scope *s)
{
    s->of = cn__arena_array(w->l.arena, s->model->tensor_count + 1, sizeof(call_ref));
    if (!s->of) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < s->model->tensor_count; i++) {
        const cn_tensor *t = s->model->tensors[i];
        call_ref given = given_input(s, t);
        if (given) s->of[i] = given;
        else CN_TRY(t->layer && t->layer->model ? lower_model_call(w, s, i) : lower_call(w, s, i));
    }
    return CN_OK;
}

/* An upper bound, as a call of a model counts once for each of its outputs; stops above MOST_CALLS: models that call models
 * twice double at each depth. */
static size_t count_calls(const cn_model *model, size_t count)
{
    for (size_t i = 0; i < model->tensor_count && count <= MOST_CALLS; i++) {
        const cn_layer *layer = model->tensors[i]->layer;
        count = layer && layer->model ? count_calls(layer->model, count) : count + 1;
    }
    return count;
}

static cn_status lower(const cn_model *model, bool fast_convolution, cn__arena *arena, cn__op_graph *g)
{
    *g = (cn__op_graph){.input_count = model->input_count, .output_count = model->output_count};
    lowerer w = {.l = {.arena = arena, .fast_convolution = fast_convolution}, .g = g};
    scope s = {.model = model, .path = ""};
    const size_t most = count_calls(model, 0);
    if (most > MOST_CALLS)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "model %s: the models within it call more than %d layers when they are inlined",
                        model->name, MOST_CALLS);
    g->calls = cn__arena_array(arena, most + 1, sizeof *g->calls);
    g->inputs = cn__arena_array(arena, model->input_count + 1, sizeof *g->inputs);
    g->outputs = cn__arena_array(arena, model->output_count + 1, sizeof *g->outputs);
    g->ends = cn__arena_array(arena, model->output_count + 1, sizeof(call_ref));
    if (!g->calls || !g->inputs || !g->outputs || !g->ends) return CN_ERROR_MEMORY;
    CN_TRY(lower_scope(&w, &s));
    for (size_t i = 0; i < g->input_count; i++) g->inputs[i] = find(&s, model->inputs[i])->ref.op;
    for (size_t i = 0; i < g->output_count; i++) {
        g->ends[i] = find(&s, model->outputs[i]);
        g->outputs[i] = g->ends[i]->ref;
    }
    g->ops = w.l.ops;
    g->count = w.l.count;
    return CN_OK;
}

cn_status cn__lower_model(const cn_model *model, cn__arena *arena, cn__op_graph *g)
{
    return lower(model, false, arena, g);
}

cn_status cn__lower_for_training(const cn_model *model, cn__arena *arena, cn__op_graph *g)
{
    return lower(model, model->fast_convolution, arena, g);
}
