/* Gradients for a training loop of the caller's own: a plan whose gradients stay. A variable points to its gradient only while a
 * plan runs, so that a fit in between finds none. In halves, the model is a view of the caller's whose losses are functions that
 * hand over the gradients of its outputs. */
#include <string.h>

#include "base/system/system.h"
#include "train/train.h"

struct cn_gradients {
    cn_model *model;
    cn__plan *plan;
    cn__pool *pool;
    real **grad; /* of each variable; NULL: it is not trained */
    size_t batch;
    cn__arena arena;

    /* in halves */
    cn_model view;
    bool halves, training;
    cn__data data;        /* of the last forward; its arrays are the caller's */
    cn__arena data_arena; /* and its lists */
    cn__feed feed;        /* the same for the plan, until its backward */
    uint32_t draw;        /* its random numbers */
    bool spent;           /* a backward has run since */
    size_t samples;       /* 0: no forward has run */
    cn_array *targets;    /* (outputs): of no meaning */
    const cn_array **target_list;
    const cn_array *const *given; /* to backward */
};

static cn_status check_numbers(const cn_model *model, size_t batch, int threads)
{
    if (!model) return cn__fail(CN_ERROR_ARGUMENT, "gradients: the model is NULL");
    if (!model->built)
        return cn__fail(CN_ERROR_STATE,
                        "gradients: model %s is not built: give it an input layer, or build it", model->name);
    if (!batch) return cn__fail(CN_ERROR_ARGUMENT, "gradients: batch = 0, expected 1 or more");
    if (threads < 0)
        return cn__fail(CN_ERROR_ARGUMENT, "gradients: threads = %d, expected 0 (all) or more", threads);
    return CN_OK;
}

static cn_status check(const cn_model *model, size_t batch, int threads)
{
    if (model) CN_TRY(cn__model_check_compiled(model, "gradients"));
    return check_numbers(model, batch, threads);
}

/* Takes the gradients away from the variables, or gives them back. */
static void hand_over(cn_gradients *g, bool to_plan)
{
    for (size_t i = 0; i < g->model->variable_count; i++) {
        cn__variable *v = g->model->variables[i];
        if (!to_plan) g->grad[i] = v->grad;
        v->grad = to_plan ? g->grad[i] : NULL;
    }
}

static cn_status prepare(cn_gradients *g, int threads)
{
    cn_model *m = g->model;
    g->grad = cn__arena_array(&g->arena, m->variable_count + 1, sizeof *g->grad);
    if (!g->grad) return CN_ERROR_MEMORY;
    g->pool = cn__pool_new(cn__plan_threads(m, g->batch, true, threads ? threads : cn__cpu_count()));
    if (!g->pool) return cn_error_status();
    const cn__plan_options options = {.batch = g->batch,
                                      .training = true,
                                      .targets = true,
                                      .keep_gradients = true,
                                      .input_gradients = true,
                                      .as_predicted = g->halves && !g->training,
                                      .no_penalties = g->halves,
                                      .pool = g->pool};
    CN_TRY(cn__plan_new(g->halves ? &g->view : m, &options, &g->plan));
    hand_over(g, false);
    return CN_OK;
}

cn_gradients *cn_gradients_new(cn_model *model, size_t batch, int threads)
{
    if (check(model, batch, threads) != CN_OK) return NULL;
    cn_gradients *g = cn__calloc(1, sizeof *g);
    if (!g) return NULL;
    g->model = model, g->batch = batch;
    if (prepare(g, threads) == CN_OK) return g;
    cn_gradients_free(g);
    return NULL;
}

void cn_gradients_free(cn_gradients *g)
{
    if (!g) return;
    cn__plan_free(g->plan);
    cn__pool_free(g->pool);
    cn__data_release(&g->data);
    for (size_t o = 0; g->targets && o < g->view.output_count; o++) cn_array_free(&g->targets[o]);
    cn__arena_free(&g->data_arena);
    cn__arena_free(&g->arena);
    cn__free(g);
}

cn_status cn_gradients_compute(cn_gradients *g, const cn_array *x, const cn_array *y, double *loss)
{
    cn__arena arena = {0};
    cn__data data = {0};
    cn__result result;
    const cn__given given = {.x = x, .y = y, .prefix = ""};
    if (g->halves)
        return cn__fail(CN_ERROR_STATE, "gradients: opened for halves; expected forward, then backward");
    cn_status status = cn__data_read(&arena, g->model, &given, &data);
    if (status == CN_OK && data.samples > g->batch)
        status =
            cn__fail(CN_ERROR_ARGUMENT, "gradients: %zu samples, expected 1 to %zu", data.samples, g->batch);
    if (status == CN_OK) {
        const cn__feed feed = cn__data_feed(&data);
        hand_over(g, true);
        cn__plan_run(g->plan, &feed, data.samples, &result);
        hand_over(g, false);
        g->samples = data.samples;
        status = cn__plan_status(g->plan);
        if (loss) *loss = result.loss / (double)data.samples + result.penalty;
    }
    cn__data_release(&data);
    cn__arena_free(&arena);
    return status;
}

cn_status cn_gradients_get(const cn_gradients *g, size_t i, cn_array *out)
{
    *out = (cn_array){0};
    if (i >= g->model->variable_count)
        return cn__fail(CN_ERROR_ARGUMENT, "gradient %zu of model %s, which has %zu weights", i,
                        g->model->name, g->model->variable_count);
    const cn__variable *v = g->model->variables[i];
    CN_TRY(cn_array_new(out, sizeof(real) == sizeof(float) ? CN_FLOAT32 : CN_FLOAT64, v->ndim, v->shape));
    if (g->grad[i]) cn__variable_gather(v, g->grad[i], out->data);
    else memset(out->data, 0, cn_array_size(out) * sizeof(real));
    return CN_OK;
}

cn_status cn_gradients_get_input(const cn_gradients *g, size_t i, cn_array *out)
{
    size_t shape[CN_MAX_RANK + 1] = {g->samples};
    *out = (cn_array){0};
    if (i >= g->model->input_count)
        return cn__fail(CN_ERROR_ARGUMENT, "gradient of input %zu of model %s, which has %zu", i,
                        g->model->name, g->model->input_count);
    if (!g->samples) return cn__fail(CN_ERROR_STATE, "gradients: nothing was computed yet");
    const cn__shape *sample = &g->model->inputs[i]->shape;
    for (int k = 0; k < sample->rank; k++) shape[k + 1] = sample->dim[k];
    CN_TRY(
        cn_array_new(out, sizeof(real) == sizeof(float) ? CN_FLOAT32 : CN_FLOAT64, sample->rank + 1, shape));
    const real *from = cn__plan_input_gradient(g->plan, i);
    if (from) memcpy(out->data, from, cn_array_size(out) * sizeof(real));
    return CN_OK;
}

/* ---- in halves ---------------------------------------------------------------------------------------------- */

typedef struct handed_loss {
    cn__caller_loss loss; /* first */
    cn_gradients *gradients;
    size_t output;
} handed_loss;

/* The "loss" of an output: its gradient is what backward was given. */
static cn_status hand_gradient(void *user, const cn__loss_rows *l, double *value)
{
    const handed_loss *h = user;
    const cn_array *given = h->gradients->given ? h->gradients->given[h->output] : NULL;
    const size_t size = l->rows * l->cols;
    *value = 0;
    for (size_t i = 0; l->dpred && i < size; i++) l->dpred[i] = given ? (real)cn_array_at(given, i) : 0;
    return CN_OK;
}

static cn_status make_view(cn_gradients *g)
{
    cn_model *view = &g->view;
    const size_t outputs = g->model->output_count;
    const cn__value sgd = {.kind = CN_VALUE_WORD, .word = "sgd"};
    *view = *g->model;
    view->compile_arena = (cn__arena){0};
    view->slots = NULL;
    view->compiled = true;
    view->objectives = cn__arena_array(&g->arena, outputs, sizeof *view->objectives);
    handed_loss *losses = cn__arena_array(&g->arena, outputs, sizeof *losses);
    g->targets = cn__arena_array(&g->arena, outputs, sizeof *g->targets);
    g->target_list = cn__arena_array(&g->arena, outputs, sizeof *g->target_list);
    if (!view->objectives || !losses || !g->targets || !g->target_list) return CN_ERROR_MEMORY;
    for (size_t o = 0; o < outputs; o++) {
        losses[o] = (handed_loss){.loss = {.compute = hand_gradient, .user = &losses[o], .target_cols = 1},
                                  .gradients = g,
                                  .output = o};
        view->objectives[o] = (cn__objective){
            .has_loss = true, .weight = 1, .loss = cn__loss_of_caller(&losses[o].loss, "gradient")};
        const size_t shape[] = {g->batch, cn__output_rows(g->model, o)};
        CN_TRY(cn_array_new(&g->targets[o], CN_UINT8, 2, shape));
        g->target_list[o] = &g->targets[o];
    }
    return cn__optimizer_parse(&g->arena, &sgd, &view->optimizer);
}

cn_gradients *cn_gradients_open(cn_model *model, size_t batch, bool training, int threads)
{
    if (check_numbers(model, batch, threads) != CN_OK) return NULL;
    cn_gradients *g = cn__calloc(1, sizeof *g);
    if (!g) return NULL;
    g->model = model, g->batch = batch, g->halves = true, g->training = training;
    if (make_view(g) == CN_OK && prepare(g, threads) == CN_OK) return g;
    cn_gradients_free(g);
    return NULL;
}

static void run_forward(cn_gradients *g, bool statistics, cn__result *result)
{
    g->feed = cn__data_feed(&g->data);
    g->feed.y = g->target_list;
    g->feed.weight = NULL;
    hand_over(g, true);
    cn__plan_run_forward(g->plan, &g->feed, g->samples, g->draw, statistics, result);
    hand_over(g, false);
    g->spent = false;
}

static cn_status copy_outputs(const cn_gradients *g, const cn__result *result, cn_array *outputs)
{
    cn_status status = CN_OK;
    for (size_t o = 0; o < result->output_count; o++) outputs[o] = (cn_array){0};
    for (size_t o = 0; o < result->output_count && status == CN_OK; o++) {
        status = cn__make_output(g->model, o, g->samples, &outputs[o]);
        if (status == CN_OK)
            memcpy(outputs[o].data, result->outputs[o].pred, cn_array_size(&outputs[o]) * sizeof(real));
    }
    for (size_t o = 0; o < result->output_count && status != CN_OK; o++) cn_array_free(&outputs[o]);
    return status;
}

cn_status cn_gradients_forward(cn_gradients *g, const cn_array *const *inputs, cn_array *outputs)
{
    cn__result result;
    const cn__given given = {.inputs = inputs, .prefix = ""};
    if (!g->halves)
        return cn__fail(CN_ERROR_STATE, "gradients: not opened for halves; expected cn_gradients_open");
    g->samples = 0;
    cn__data_release(&g->data);
    cn__arena_free(&g->data_arena);
    g->data_arena = (cn__arena){0};
    CN_TRY(cn__data_inputs(&g->data_arena, g->model, &given, &g->data));
    if (g->data.samples > g->batch)
        return cn__fail(CN_ERROR_ARGUMENT, "gradients: %zu samples, expected 1 to %zu", g->data.samples,
                        g->batch);
    g->samples = g->data.samples;
    g->draw = g->model->draws++;
    run_forward(g, g->training, &result);
    return copy_outputs(g, &result, outputs);
}

static cn_status check_gradients(const cn_gradients *g, const cn_array *const *given)
{
    for (size_t o = 0; o < g->model->output_count; o++) {
        const size_t size = g->samples * cn__shape_size(&g->model->outputs[o]->shape);
        if (given[o] && cn_array_size(given[o]) != size)
            return cn__fail(CN_ERROR_SHAPE, "gradient of output %zu has %zu numbers, the output has %zu", o,
                            cn_array_size(given[o]), size);
    }
    return CN_OK;
}

cn_status cn_gradients_backward(cn_gradients *g, const cn_array *const *output_gradients)
{
    cn__result result;
    if (!g->halves || !g->samples)
        return cn__fail(CN_ERROR_STATE, "gradients: backward without a forward before it");
    CN_TRY(check_gradients(g, output_gradients));
    if (g->spent) run_forward(g, false, &result);
    g->given = output_gradients;
    hand_over(g, true);
    cn__plan_run_backward(g->plan);
    hand_over(g, false);
    g->given = NULL;
    g->spent = true;
    return CN_OK;
}
