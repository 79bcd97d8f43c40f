/* Gradients for a training loop of the caller's own: a plan whose gradients stay. A variable points to its gradient only while a
 * plan runs, so that a fit in between finds none. */
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
};

static cn_status check(const cn_model *model, size_t batch, int threads)
{
    if (!model) return cn__fail(CN_ERROR_ARGUMENT, "gradients: the model is NULL");
    CN_TRY(cn__model_check_compiled(model, "gradients"));
    if (!model->built)
        return cn__fail(CN_ERROR_STATE,
                        "gradients: model %s is not built: give it an input layer, or build it", model->name);
    if (!batch) return cn__fail(CN_ERROR_ARGUMENT, "gradients: batch = 0, expected 1 or more");
    if (threads < 0)
        return cn__fail(CN_ERROR_ARGUMENT, "gradients: threads = %d, expected 0 (all) or more", threads);
    return CN_OK;
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
    const cn__plan_options options = {
        .batch = g->batch, .training = true, .targets = true, .keep_gradients = true, .pool = g->pool};
    CN_TRY(cn__plan_new(m, &options, &g->plan));
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
    cn__arena_free(&g->arena);
    cn__free(g);
}

cn_status cn_gradients_compute(cn_gradients *g, const cn_array *x, const cn_array *y, double *loss)
{
    cn__arena arena = {0};
    cn__data data = {0};
    cn__result result;
    const cn__given given = {.x = x, .y = y, .prefix = ""};
    cn_status status = cn__data_read(&arena, g->model, &given, &data);
    if (status == CN_OK && data.samples > g->batch)
        status =
            cn__fail(CN_ERROR_ARGUMENT, "gradients: %zu samples, expected 1 to %zu", data.samples, g->batch);
    if (status == CN_OK) {
        const cn__feed feed = cn__data_feed(&data);
        hand_over(g, true);
        cn__plan_run(g->plan, &feed, data.samples, &result);
        hand_over(g, false);
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
