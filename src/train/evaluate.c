/* evaluate and predict: the forward plan over all samples. */
#include <string.h>

#include "base/system.h"
#include "train/train.h"

cn_status cn_model_compile_with(const cn_compile_options *o)
{
    if (!o->model) return cn__fail(CN_ERROR_ARGUMENT, "compile: the model is NULL");
    return cn__model_compile(o->model, o->optimizer, o->loss, o->metrics, o->weighted_metrics);
}

size_t cn__evaluate_batch(const cn__measures *measures, size_t batch_size, size_t samples)
{
    const size_t batch = measures->of_batch ? batch_size : CN_EVALUATE_BATCH;
    return samples < batch ? samples : batch;
}

void cn__evaluate_range(cn__plan *plan, cn__measures *measures, const cn__feed *from, size_t batch,
                        size_t count)
{
    cn__feed feed = *from;
    cn__result result;
    feed.zeros = cn__share_of_zeros(feed.x);
    for (size_t done = 0; done < count; done += batch) {
        size_t n = count - done < batch ? count - done : batch;
        feed.first = from->first + done;
        cn__plan_run(plan, &feed, n, &result);
        cn__measures_add(measures, &result, n);
    }
}

/* A pool and a forward plan for batches of so many samples, with a loss where there are measures. */
static cn_status make_forward(cn_model *model, size_t batch, const cn__measures *measures, int threads,
                              cn__pool **pool, cn__plan **plan)
{
    if (threads < 0) return cn__fail(CN_ERROR_ARGUMENT, "threads = %d, expected 0 (all) or more", threads);
    *pool = cn__pool_new(cn__plan_threads(model, batch, false, threads ? threads : cn__cpu_count()));
    if (!*pool) return cn_error_status();
    cn__plan_options options = {.batch = batch,
                                .targets = measures != NULL,
                                .keep_logits = measures && cn__measures_read_logits(measures),
                                .pool = *pool};
    cn_status status = cn__plan_new(model, &options, plan);
    if (status != CN_OK) cn__pool_free(*pool);
    return status;
}

/* With the measures made. */
static cn_status run_evaluate(const cn_evaluate_options *o, const real *weight, cn__measures *measures,
                              cn_logs *logs)
{
    cn__pool *pool;
    cn__plan *plan;
    cn__progress progress;
    const size_t n = o->x->shape[0], shown = o->batch_size ? o->batch_size : 32,
                 batch = cn__evaluate_batch(measures, shown, n);
    CN_TRY(make_forward(o->model, batch, measures, o->threads, &pool, &plan));
    const cn__feed feed = {.x = o->x, .y = o->y, .weight = weight};
    cn__progress_start(&progress, o->verbose, o->log);
    cn__progress_epoch(&progress, 0, 0, (n + shown - 1) / shown);
    cn__evaluate_range(plan, measures, &feed, batch, n);
    measures->loss += cn__plan_penalty(o->model) * (double)n;
    cn_status status = cn__logs_init(logs, measures->values);
    if (status == CN_OK) cn__measures_log(measures, "", logs);
    if (status == CN_OK) cn__progress_end(&progress, logs);
    cn__plan_free(plan);
    cn__pool_free(pool);
    return status;
}

static cn_status evaluate(const cn_evaluate_options *o, const real *weight, cn_logs *logs)
{
    cn__measures measures;
    const size_t batch = o->batch_size > CN_EVALUATE_BATCH ? o->batch_size : CN_EVALUATE_BATCH;
    CN_TRY(cn__measures_new(o->model, batch * (cn__shape_size(&o->model->out) + 1), &measures));
    cn_status status = run_evaluate(o, weight, &measures, logs);
    cn__measures_free(&measures);
    return status;
}

static cn_status check_evaluate(const cn_evaluate_options *o)
{
    if (!o->model) return cn__fail(CN_ERROR_ARGUMENT, "evaluate: the model is NULL");
    CN_TRY(cn__model_check(o->model));
    if (!o->model->compiled)
        return cn__fail(CN_ERROR_STATE, "evaluate: model %s is not compiled; call compile with a loss first",
                        o->model->name);
    CN_TRY(cn__check_input(o->model, o->x, "x"));
    CN_TRY(cn__check_targets(o->model, o->x, o->y, "y"));
    return cn__check_weights(o->model, o->sample_weight, o->x->shape[0], "sample_weight");
}

cn_logs *cn_model_evaluate_with(const cn_evaluate_options *o)
{
    real *weight = NULL;
    cn_logs *logs = NULL;
    if (check_evaluate(o) != CN_OK ||
        cn__sample_weights(o->model, o->sample_weight, NULL, o->y, &weight) != CN_OK)
        return NULL;
    logs = cn__calloc(1, sizeof *logs);
    if (logs && evaluate(o, weight, logs) != CN_OK) {
        cn_logs_free(logs);
        logs = NULL;
    }
    cn__free(weight);
    return logs;
}

static cn_status make_output(const cn_model *model, size_t samples, cn_array *out)
{
    size_t shape[CN_MAX_RANK + 1] = {samples};
    for (int i = 0; i < model->out.rank; i++) shape[i + 1] = model->out.dim[i];
    return cn_array_new(out, sizeof(real) == 4 ? CN_FLOAT32 : CN_FLOAT64, model->out.rank + 1, shape);
}

cn_status cn_model_predict_with(const cn_predict_options *o)
{
    if (!o->model || !o->out)
        return cn__fail(CN_ERROR_ARGUMENT, "predict: the model or the place for its output is NULL");
    cn__pool *pool;
    cn__plan *plan;
    CN_TRY(cn__model_check(o->model));
    CN_TRY(cn__check_input(o->model, o->x, "x"));
    size_t samples = o->x->shape[0], each = cn__shape_size(&o->model->out);
    cn_array out = {0};
    CN_TRY(make_output(o->model, samples, &out));
    const size_t batch = samples < CN_EVALUATE_BATCH ? samples : CN_EVALUATE_BATCH;
    cn_status status = make_forward(o->model, batch, NULL, o->threads, &pool, &plan);
    if (status != CN_OK) {
        cn_array_free(&out);
        return status;
    }
    cn__feed feed = {.x = o->x, .zeros = cn__share_of_zeros(o->x)};
    cn__result result;
    for (size_t done = 0; done < samples; done += batch) {
        size_t n = samples - done < batch ? samples - done : batch;
        feed.first = done;
        cn__plan_run(plan, &feed, n, &result);
        memcpy((real *)out.data + done * each, result.pred, n * each * sizeof(real));
    }
    cn__plan_free(plan);
    cn__pool_free(pool);
    *o->out = out;
    return CN_OK;
}
