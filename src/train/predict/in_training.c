/* Predictions as a step of training computes them: what is random draws, and statistics go by the batch. */
#include <string.h>

#include "base/system/system.h"
#include "train/train.h"

/* Beyond all steps of optimizers, so that no prediction has the numbers of a step. */
#define FIRST_DRAW 0x80000000u

static void copy_outputs(const cn__result *result, size_t first, size_t n, real *const *outputs)
{
    for (size_t o = 0; o < result->output_count; o++) {
        const cn__output *out = &result->outputs[o];
        const size_t size = out->rows / n * out->cols;
        memcpy(outputs[o] + first * size, out->pred, n * size * sizeof(real));
    }
}

static void run_batches(cn__plan *plan, const cn__data *data, size_t batch, real *const *outputs)
{
    cn__feed feed = cn__data_feed(data);
    feed.y = NULL, feed.weight = NULL;
    for (feed.first = 0; feed.first < data->samples; feed.first += batch) {
        const size_t left = data->samples - feed.first, n = left < batch ? left : batch;
        cn__result result;
        cn__plan_run(plan, &feed, n, &result);
        copy_outputs(&result, feed.first, n, outputs);
    }
}

cn_status cn__predict_in_training(const cn_predict_options *o, const cn__data *data, real *const *outputs)
{
    const size_t batch = o->batch_size && o->batch_size < data->samples ? o->batch_size : data->samples;
    const int threads = o->threads ? o->threads : cn__cpu_count();
    cn__pool *pool = cn__pool_new(cn__plan_threads(o->model, batch, true, threads));
    cn__plan *plan = NULL;
    if (!pool) return cn_error_status();
    const cn__plan_options options = {.batch = batch,
                                      .training = true,
                                      .forward_only = true,
                                      .draw = FIRST_DRAW | o->model->draws++,
                                      .pool = pool};
    cn_status status = cn__plan_new(o->model, &options, &plan);
    if (status == CN_OK) run_batches(plan, data, batch, outputs);
    cn__plan_free(plan);
    cn__pool_free(pool);
    return status;
}
