/* compile and evaluate. */
#include <string.h>

#include "train/train.h"

cn_status cn_model_compile_with(const cn_compile_options *o)
{
    if (!o->model) return cn__fail(CN_ERROR_ARGUMENT, "compile: the model is NULL");
    CN_TRY(cn__model_set_convolution(o->model, o->convolution));
    CN_TRY(
        cn__model_compile(o->model, o->optimizer, o->loss, o->metrics, o->weighted_metrics, o->loss_weights));
    return cn__model_set_convolution(o->model, o->convolution);
}

/* ---- evaluate ------------------------------------------------------------------------------------------ */

static const cn_communicator *ranks_of(const cn_evaluate_options *o)
{
    return o->communicator && o->communicator->size > 1 ? o->communicator : NULL;
}

static cn_status run_evaluation(const cn_evaluate_options *o, cn__forward *forward, const cn__data *data,
                                cn__metric_set *metrics, cn_logs *logs)
{
    cn__progress progress;
    const size_t batch = o->batch_size ? o->batch_size : 32;
    cn__progress_start(&progress, o->verbose, o->log);
    cn__progress_epoch(&progress, 0, 0, (data->samples + batch - 1) / batch);
    CN_TRY(cn__forward_evaluate(forward, ranks_of(o), data, metrics));
    CN_TRY(cn__logs_init(logs, metrics->values));
    cn__metric_set_log(metrics, "", logs);
    cn__progress_end(&progress, logs);
    return CN_OK;
}

static cn_status evaluate(const cn_evaluate_options *o, const cn__data *data, cn_logs *logs)
{
    cn__forward *forward = NULL;
    cn__metric_set metrics = {0};
    cn__pool *pool = cn__forward_pool(o->model, data->samples, o->threads);
    if (!pool) return cn_error_status();
    const size_t batch = o->batch_size ? o->batch_size : 32;
    cn_status status = cn__metric_set_new(o->model, data->samples, &metrics);
    if (status == CN_OK) cn__metric_set_reset(&metrics);
    if (status == CN_OK)
        status = cn__forward_new(o->model, data->samples, batch, &metrics, false, pool, &forward);
    if (status == CN_OK) status = run_evaluation(o, forward, data, &metrics, logs);
    cn__metric_set_free(&metrics);
    cn__forward_free(forward);
    cn__pool_free(pool);
    return status;
}

/* At most `steps` batches of the arrays. */
static cn_status cut_data(const cn_evaluate_options *o, cn__arena *arena, cn__data *data)
{
    const size_t batch = o->batch_size ? o->batch_size : 32;
    if (!o->steps || o->steps >= (data->samples + batch - 1) / batch) return CN_OK;
    cn__data part;
    CN_TRY(cn__data_slice(arena, data, 0, o->steps * batch, &part));
    data->x = part.x, data->y = part.y,
    data->samples = part.samples; /* weights are of the whole, and so released */
    return CN_OK;
}

static cn_status read_data(const cn_evaluate_options *o, cn__arena *arena, cn__data *data)
{
    const cn__given given = {.x = o->x,
                             .y = o->y,
                             .weight = o->sample_weight,
                             .inputs = o->inputs,
                             .targets = o->targets,
                             .weights = o->sample_weights,
                             .prefix = ""};
    CN_TRY(cn__data_read(arena, o->model, &given, data));
    return cut_data(o, arena, data);
}

static cn_status run_batches(const cn_evaluate_options *o, cn__generated *g, cn__pool *pool, cn_logs *logs)
{
    cn__metric_set metrics = {0};
    cn__forward *forward = NULL;
    cn__progress progress;
    cn__progress_start(&progress, o->verbose, o->log);
    cn__progress_epoch(&progress, 0, 0, o->steps);
    cn_status status = cn__metric_set_new(o->model, 1, &metrics);
    if (status == CN_OK) cn__metric_set_reset(&metrics);
    if (status == CN_OK)
        status = cn__generated_evaluate(g, o->model, "", o->steps, ranks_of(o), pool, &forward, &metrics);
    if (status == CN_OK) status = cn__logs_init(logs, metrics.values);
    if (status == CN_OK) {
        cn__metric_set_log(&metrics, "", logs);
        cn__progress_end(&progress, logs);
    }
    cn__metric_set_free(&metrics);
    cn__forward_free(forward);
    return status;
}

/* The first batch is fetched before anything is made for it. */
static cn_status evaluate_batches(const cn_evaluate_options *o, cn_logs *logs)
{
    cn__generated g = {.generator = o->generator};
    cn__pool *pool = NULL;
    if (o->x || o->y || o->inputs || o->targets)
        return cn__fail(CN_ERROR_ARGUMENT,
                        "evaluate: a generator and arrays were both given; expected one of them");
    cn_status status = cn__generated_next(&g, o->model, NULL, "");
    if (status == CN_OK && !g.data.samples) status = cn__fail(CN_ERROR_DATA, "the generator gave no batches");
    if (status == CN_OK) {
        g.waiting = true;
        pool = cn__forward_pool(o->model, g.data.samples, o->threads);
        status = pool ? run_batches(o, &g, pool, logs) : cn_error_status();
    }
    cn__generated_release(&g);
    cn__pool_free(pool);
    return status;
}

static cn_status check_options(const cn_evaluate_options *o)
{
    if (!o->model) return cn__fail(CN_ERROR_ARGUMENT, "evaluate: the model is NULL");
    CN_TRY(cn__model_check(o->model));
    CN_TRY(cn__model_check_compiled(o->model, "evaluate"));
    if (o->tta > 1 && o->generator)
        return cn__fail(CN_ERROR_ARGUMENT, "evaluate: tta = %zu is for arrays, not for a generator", o->tta);
    return CN_OK;
}

/* ---- with test-time augmentation: the mean predictions first, and then their scores ---- */

static cn_status predict_means(const cn_evaluate_options *o, const cn__data *data, cn__arena *arena,
                               cn_array *arrays)
{
    real **places = cn__arena_array(arena, data->outputs, sizeof *places);
    if (!places) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < data->outputs; i++) {
        CN_TRY(cn__make_output(o->model, i, data->samples, &arrays[i]));
        places[i] = arrays[i].data;
    }
    cn__pool *pool = cn__forward_pool(o->model, data->samples, o->threads);
    if (!pool) return cn_error_status();
    const cn_status status = cn__predict_views(o->model, data, o->tta, pool, places);
    cn__pool_free(pool);
    return status;
}

static cn_status evaluate_means(const cn_evaluate_options *o, const cn_array *arrays, const cn__data *data,
                                cn__arena *arena, cn_logs *logs)
{
    cn_model scores;
    cn__data of_means = *data;
    const cn_array **inputs = cn__arena_array(arena, data->outputs, sizeof *inputs);
    double *zeros = cn__arena_array(arena, data->outputs, sizeof *zeros);
    if (!inputs || !zeros) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < data->outputs; i++) inputs[i] = &arrays[i];
    CN_TRY(cn__model_of_outputs(o->model, arena, &scores));
    of_means.x = inputs, of_means.zeros = zeros, of_means.inputs = data->outputs;
    cn_evaluate_options other = *o;
    other.model = &scores;
    return evaluate(&other, &of_means, logs);
}

static cn_status evaluate_views(const cn_evaluate_options *o, const cn__data *data, cn__arena *arena,
                                cn_logs *logs)
{
    cn_array *arrays = cn__arena_array(arena, data->outputs, sizeof *arrays);
    if (!arrays) return CN_ERROR_MEMORY;
    cn_status status = cn__check_views(o->model, "evaluate", o->tta);
    if (status == CN_OK) status = predict_means(o, data, arena, arrays);
    if (status == CN_OK) status = evaluate_means(o, arrays, data, arena, logs);
    for (size_t i = 0; i < data->outputs; i++) cn_array_free(&arrays[i]);
    return status;
}

static cn_status evaluate_arrays(const cn_evaluate_options *o, cn_logs *logs)
{
    cn__arena arena = {0};
    cn__data data = {0};
    cn_status status = read_data(o, &arena, &data);
    if (status == CN_OK)
        status = o->tta > 1 ? evaluate_views(o, &data, &arena, logs) : evaluate(o, &data, logs);
    cn__data_release(&data);
    cn__arena_free(&arena);
    return status;
}

cn_logs *cn_model_evaluate_with(const cn_evaluate_options *o)
{
    cn_status status = check_options(o);
    cn_logs *logs = status == CN_OK ? cn__calloc(1, sizeof *logs) : NULL;
    if (logs) status = (o->generator ? evaluate_batches : evaluate_arrays)(o, logs);
    if (logs && status == CN_OK) return logs;
    cn_logs_free(logs);
    if (o->communicator) o->communicator->give_up(o->communicator->user, cn_error());
    return NULL;
}
