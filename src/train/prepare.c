/* Before fit's first batch: the data is read and parted, plans and callbacks are made. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/system/system.h"
#include "train/shared_data.h"

/* The last part of the data, before any shuffle: split at floor(n · (1 - split)). Weights of classes are for training
 * alone. */
static cn_status split(cn_training *t)
{
    const cn_fit_options *o = t->options;
    const size_t n = t->all.samples;
    t->samples = (size_t)floor((double)n * (1.0 - o->validation_split));
    if (t->samples == 0 || t->samples == n)
        return cn__fail(
            CN_ERROR_DATA,
            "validation_split = %g of %zu sample%s leaves %zu for training and %zu for validation; "
            "expected at least one each",
            o->validation_split, n, n == 1 ? "" : "s", t->samples, n - t->samples);
    CN_TRY(cn__data_slice(&t->arena, &t->all, 0, t->samples, &t->training));
    CN_TRY(cn__data_slice(&t->arena, &t->all, t->samples, n - t->samples, &t->validation_data));
    for (size_t i = 0; i < t->all.outputs && o->class_weight; i++) t->validation_data.weight[i] = NULL;
    return CN_OK;
}

/* At most as many as there are, as in Keras. */
static void choose_batch(cn_training *t)
{
    const cn_fit_options *o = t->options;
    const size_t steps = o->steps_per_epoch;
    t->batch = o->batch_size ? o->batch_size : steps ? (t->samples + steps - 1) / steps : 32;
    if (t->batch > t->samples) t->batch = t->samples;
}

/* The first batch is fetched early: it builds the model, and is looked at before anything is trained. */
static cn_status check_generated(cn_training *t)
{
    const cn_fit_options *o = t->options;
    t->generated.generator = o->generator;
    CN_TRY(cn__generated_next(&t->generated, t->model, o->class_weight, ""));
    if (!t->generated.data.samples) return cn__fail(CN_ERROR_DATA, "the generator gave no batches");
    t->generated.waiting = true;
    t->batch = o->batch_size > t->generated.largest ? o->batch_size : t->generated.largest;
    return CN_OK;
}

static cn_status check_data(cn_training *t)
{
    const cn_fit_options *o = t->options;
    const cn__given given = {.x = o->x,
                             .y = o->y,
                             .weight = o->sample_weight,
                             .inputs = o->inputs,
                             .targets = o->targets,
                             .weights = o->sample_weights,
                             .class_weight = o->class_weight,
                             .prefix = "",
                             .shared = t->shared},
                    validation = {.x = o->validation_x,
                                  .y = o->validation_y,
                                  .weight = o->validation_sample_weight,
                                  .inputs = o->validation_inputs,
                                  .targets = o->validation_targets,
                                  .weights = o->validation_sample_weights,
                                  .prefix = "validation_",
                                  .shared = t->shared};
    const bool own_validation = o->validation_x || o->validation_inputs;
    t->validation_generated.generator = o->validation_generator;
    if (o->generator) {
        CN_TRY(check_generated(t));
    } else {
        CN_TRY(cn__data_read(&t->arena, t->model, &given, &t->all));
        t->training = t->all;
        t->samples = t->all.samples;
    }
    if (own_validation) CN_TRY(cn__data_read(&t->arena, t->model, &validation, &t->validation_data));
    else if (o->validation_split > 0) CN_TRY(split(t));
    t->validation_samples = t->validation_data.samples;
    t->owns_validation = own_validation;
    if (!o->generator) choose_batch(t);
    return CN_OK;
}

static cn_status make_plans(cn_training *t)
{
    const cn_fit_options *o = t->options;
    int threads = cn__plan_threads(t->model, t->batch, true, o->threads ? o->threads : cn__cpu_count());
    t->pool = cn__pool_new(threads);
    if (!t->pool) return cn_error_status();
    CN_TRY(cn__metric_set_new(t->model, t->batch, &t->train));
    CN_TRY(cn__fit_plan(t));
    if (o->validation_generator) return cn__metric_set_new(t->model, 1, &t->validation);
    if (!t->validation_samples) return CN_OK;
    const size_t batch = o->validation_batch_size ? o->validation_batch_size : t->batch;
    CN_TRY(cn__metric_set_new(t->model, t->validation_samples, &t->validation));
    return cn__forward_new(t->model, t->validation_samples, batch, &t->validation, o->profile, t->pool,
                           &t->forward);
}

/* Of the inputs of `data`, those lists that the training's plan would read. */
static cn_status share_lists(cn_training *t, cn__data *data)
{
    data->lists = cn__arena_array(&t->arena, data->inputs, sizeof *data->lists);
    if (!data->lists) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < data->inputs; i++)
        if (cn__plan_reads_lists(t->plan, i, data->zeros[i]))
            CN_TRY(cn__shared_data_lists(t->shared, data->x[i], &data->lists[i]));
    return CN_OK;
}

static cn_status share(cn_training *t)
{
    if (!t->shared || t->options->generator) return CN_OK;
    CN_TRY(share_lists(t, &t->all));
    t->training.lists = t->all.lists;
    if (t->owns_validation) return share_lists(t, &t->validation_data);
    t->validation_data.lists = t->all.lists;
    return CN_OK;
}

/* The optimiser's steps before epoch 0, if the epochs before initial_epoch were those of this training. */
static uint64_t first_step(const cn_training *t)
{
    uint64_t done = (uint64_t)t->model->optimizer.iterations;
    uint64_t before = t->options->generator ? 0 : cn__source_batches(t, t->options->initial_epoch);
    return done >= before ? done - before : done;
}

cn_status cn__fit_prepare(cn_training *t)
{
    const cn_fit_options *o = t->options;
    CN_TRY(check_data(t));
    CN_TRY(make_plans(t));
    CN_TRY(share(t));
    CN_TRY(cn__callbacks_make(t)); /* which know by then what will be logged */
    CN_TRY(cn__ranks_check(t));
    /* twice the metrics, and what callbacks add (learning_rate) */
    CN_TRY(cn__logs_init(&t->logs, 2 * t->train.values + 8));
    t->order = cn__calloc(t->samples + 1, sizeof *t->order);
    if (!t->order) return CN_ERROR_MEMORY;
    for (size_t i = 0; i < t->samples; i++) t->order[i] = (uint32_t)i;
    t->start_epoch = o->initial_epoch;
    t->first_step = first_step(t);
    return cn__history_new(&t->history, o->epochs > o->initial_epoch ? o->epochs - o->initial_epoch : 0,
                           o->initial_epoch);
}

void cn__fit_release(cn_training *t)
{
    cn__callbacks_release(t);
    cn__metric_set_free(&t->train);
    cn__metric_set_free(&t->validation);
    cn__plan_free(t->plan);
    cn__forward_free(t->forward);
    cn__pool_free(t->pool);
    cn__logs_release(&t->logs);
    cn__free(t->order);
    cn__data_release(&t->all);
    if (t->owns_validation) cn__data_release(&t->validation_data);
    cn__generated_release(&t->generated);
    cn__generated_release(&t->validation_generated);
    cn__arena_free(&t->arena);
}
