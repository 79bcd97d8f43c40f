/* fit: epochs of batches, with validation after each. The loop over batches allocates nothing. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "base/system/system.h"
#include "train/train.h"

cn_fit_options cn_fit_defaults(void)
{
    return (cn_fit_options){.epochs = 1, .validation_freq = 1, .shuffle = true, .reshuffle = true};
}

/* ---- training -------------------------------------------------------------------------------------- */

/* The order depends on the seed and on how many steps the optimiser has taken before the fit's first epoch (or this one,
 * where each has its own), so that a second fit has another, and one that goes on has the same.
 * Keras 3 with TensorFlow, once seeded, repeats one order in every epoch of a fit (its data set is made anew from the same
 * seed), and reaches a lower training loss by it; without a seed it draws a new order each epoch, as here. */
static void shuffle(cn_training *t, size_t epoch, size_t batch)
{
    const cn_fit_options *o = t->options;
    const bool first = epoch == t->start_epoch, anew = o->reshuffle && cn__source_begins(t, epoch, 0);
    if (!o->shuffle || o->generator || (!first && !anew)) return;
    uint64_t step = t->first_step;
    if (o->reshuffle) { /* the steps before the samples began anew */
        size_t begun = epoch;
        while (!cn__source_begins(t, begun, 0)) begun--;
        step = (uint64_t)t->model->optimizer.iterations -
               (cn__source_taken(t, epoch, batch) - cn__source_taken(t, begun, 0));
    }
    cn__stream stream = cn__random_stream(t->model->seed, CN_RANDOM_SHUFFLE, 0, (uint32_t)step);
    cn__random_permutation(&stream, t->order, (uint32_t)t->samples);
}

/* steps: of the epoch, 0 where it is not known. *none: the generator has no more. */
static cn_status train_batch(cn_training *t, size_t epoch, size_t batch, size_t steps, bool *none)
{
    cn__feed feed;
    size_t n;
    cn__result result;
    CN_TRY(cn__source_next(t, epoch, batch, &feed, &n));
    *none = n == 0;
    if (*none) return CN_OK;
    CN_TRY(cn__callbacks_call(t, CN_BATCH_BEGIN, batch, NULL));
    cn__plan_run(t->plan, &feed, n, &result);
    CN_TRY(cn__plan_status(t->plan));
    cn__metric_set_add(&t->train, &result, n);
    CN_TRY(cn__metric_set_status(&t->train));
    if (!isfinite(t->train.loss)) cn__history_set_diverged(t->history, epoch + 1, batch + 1);
    bool draw = cn__progress_due(&t->progress) && batch + 1 != steps;
    if (draw || t->batch_logs) {
        cn__logs_clear(&t->logs);
        cn__metric_set_log(&t->train, "", &t->logs);
    }
    if (draw) cn__progress_draw(&t->progress, batch + 1, &t->logs);
    if (t->batch_logs) CN_TRY(cn__callbacks_call(t, CN_BATCH_END, batch, &t->logs));
    return t->batch_calls ? cn__ranks_agree(t) : CN_OK;
}

/* The batches of an epoch, from *batch on, which counts them. */
static cn_status train_epoch(cn_training *t, size_t epoch, size_t steps, size_t *batch)
{
    bool none = false;
    for (; (!steps || *batch < steps) && !t->stop; ++*batch) {
        CN_TRY(cn__checkpoint_keep(t, epoch, *batch, false));
        CN_TRY(train_batch(t, epoch, *batch, steps, &none));
        if (none) break;
    }
    return CN_OK;
}

static cn_status validate(cn_training *t)
{
    CN_TRY(cn__callbacks_call(t, CN_TEST_BEGIN, 0, NULL));
    CN_TRY(cn__source_validate(t));
    cn__metric_set_log(&t->validation, "val_", &t->logs);
    return cn__callbacks_call(t, CN_TEST_END, 0, &t->logs);
}

static cn_status run_epoch(cn_training *t, size_t epoch)
{
    const cn_fit_options *o = t->options;
    const size_t steps = cn__source_steps(t, epoch);
    size_t batch = epoch == t->start_epoch ? t->start_batch : 0;
    double start = cn__clock();
    cn__progress_epoch(&t->progress, epoch + 1, o->epochs, steps);
    CN_TRY(cn__callbacks_call(t, CN_EPOCH_BEGIN, epoch, NULL));
    CN_TRY(cn__ranks_agree(t));
    if (!batch) cn__metric_set_reset(&t->train);
    shuffle(t, epoch, batch);
    CN_TRY(train_epoch(t, epoch, steps, &batch));
    if (!batch && t->dry) return CN_OK; /* there was nothing left for this epoch */
    if (batch < steps && !o->generator) CN_TRY(cn__checkpoint_keep(t, epoch, batch, true));
    double trained = cn__clock();
    t->train_seconds += trained - start;
    cn__logs_clear(&t->logs);
    cn__metric_set_log(&t->train, "", &t->logs);
    if ((t->forward || o->validation_generator) && (epoch + 1) % o->validation_freq == 0) CN_TRY(validate(t));
    double now = cn__clock(), seconds = now - start;
    t->validation_seconds += now - trained;
    if (t->epoch_reads) CN_TRY(cn__ranks_gather_state(t));
    CN_TRY(cn__callbacks_call(t, CN_EPOCH_END, epoch, &t->logs));
    if (t->epoch_reads) cn__plan_drop_state(t->plan);
    CN_TRY(cn__ranks_agree(t));
    if (!steps) t->progress.steps = batch;
    cn__progress_end(&t->progress, &t->logs);
    CN_TRY(cn__history_add(t->history, &t->logs, seconds));
    return t->stop && batch == steps ? cn__checkpoint_keep(t, epoch + 1, 0, true) : CN_OK;
}

/* With an average of the weights, training ends with it as the weights. */
static void take_averages(cn_model *model)
{
    for (size_t i = 0; i < model->variable_count && model->optimizer.use_ema; i++) {
        cn__variable *v = model->variables[i];
        if (v->average && model->swapped) memcpy(v->average, v->value, v->padded * sizeof(real));
        else if (v->average) memcpy(v->value, v->average, v->padded * sizeof(real));
    }
    model->swapped = false;
}

static void profile(cn_training *t)
{
    cn__text text = {0};
    cn__plan_profile(t->plan, "training", t->train_seconds, &text);
    if (t->forward) cn__forward_profile(t->forward, "validation", t->validation_seconds, &text);
    cn__history_set_profile(t->history, &text);
}

static cn_status begin(cn_training *t)
{
    CN_TRY(cn__callbacks_call(t, CN_TRAIN_BEGIN, 0, NULL));
    const bool resumes = t->checkpoint.bytes != NULL;
    CN_TRY(cn__checkpoint_resume(t));
    CN_TRY(cn__ranks_begin_state(t, resumes));
    t->epoch = t->start_epoch;
    return CN_OK;
}

static cn_status train_until(cn_training *t, size_t epoch)
{
    for (; t->epoch < epoch && !t->stop; t->epoch++) {
        CN_TRY(run_epoch(t, t->epoch));
        if (t->dry) cn__training_end(t, "the generator has no more batches");
    }
    return CN_OK;
}

static cn_status finish(cn_training *t)
{
    if (t->stop) {
        cn__history_set_stopped(t->history, t->reason, &t->why);
        cn__progress_note(&t->progress, t->reason);
    }
    if (!t->options->goes_on) take_averages(t->model);
    if (t->options->profile) profile(t);
    CN_TRY(cn__ranks_finish_state(t));
    CN_TRY(cn__callbacks_call(t, CN_TRAIN_END, 0, NULL));
    return cn__checkpoint_end(t);
}

cn_status cn__fit_check(const cn_fit_options *o)
{
    CN_TRY(cn__fit_check_options(o));
    cn_training t = {.model = o->model, .options = o};
    cn_status status = cn__fit_prepare(&t);
    cn__fit_release(&t);
    cn_history_free(t.history);
    return status;
}

cn_status cn__fit_open(const cn_fit_options *o, cn_training **out)
{
    return cn__fit_open_shared(o, NULL, out);
}

cn_status cn__fit_open_shared(const cn_fit_options *o, cn__shared_data *shared, cn_training **out)
{
    struct opened {
        cn_training training; /* first: it is what is given back, and freed */
        cn_fit_options options;
    } *opened = NULL;
    *out = NULL;
    CN_TRY(cn__fit_check_options(o));
    opened = cn__calloc(1, sizeof *opened);
    if (!opened) return CN_ERROR_MEMORY;
    opened->options = *o;
    cn_training *t = &opened->training;
    t->model = o->model;
    t->options = &opened->options;
    t->shared = shared;
    cn__progress_start(&t->progress, cn__fit_writes(t) ? o->verbose : 0, o->log);
    if (!cn__fit_writes(t)) t->progress.log = NULL;
    cn_status status = cn__fit_prepare(t);
    if (status == CN_OK) status = cn__checkpoint_prepare(t);
    if (status == CN_OK) status = cn__ranks_share_state(t);
    if (status == CN_OK) status = begin(t);
    if (status == CN_OK) *out = t;
    else cn__progress_stop(&t->progress), cn_history_free(cn__fit_close(t));
    return status;
}

cn_status cn__fit_until(cn_training *t, size_t epoch)
{
    return train_until(t, epoch < t->options->epochs ? epoch : t->options->epochs);
}

cn_status cn__fit_finish(cn_training *t) { return finish(t); }

bool cn__fit_is_over(const cn_training *t) { return t->stop || t->epoch >= t->options->epochs; }

cn_history *cn__fit_close(cn_training *t)
{
    if (!t) return NULL;
    cn_history *history = t->history;
    cn__fit_release(t);
    cn__free(t);
    return history;
}

/* The others wait for this rank: they end with its message. */
static void report_to_ranks(const cn_fit_options *o)
{
    if (o->communicator) o->communicator->give_up(o->communicator->user, cn_error());
}

cn_history *cn_model_fit_with(const cn_fit_options *o)
{
    cn_training *t;
    if (cn__fit_open(o, &t) != CN_OK) {
        report_to_ranks(o);
        return NULL;
    }
    cn_status status = train_until(t, o->epochs);
    if (status == CN_OK) status = finish(t);
    if (status != CN_OK) cn__progress_stop(&t->progress);
    cn_history *history = cn__fit_close(t);
    if (status == CN_OK) return history;
    cn_history_free(history);
    report_to_ranks(o);
    return NULL;
}
