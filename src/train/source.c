/* Where fit's batches come from: arrays, cut in the order of the epoch, or a generator of the caller's. */
#include <assert.h>
#include <string.h>

#include "train/train.h"

/* ---- a generator ----------------------------------------------------------------------------------------- */

static void release_batch(cn__generated *g)
{
    cn__data_release(&g->data);
    cn__arena_free(&g->arena);
    g->arena = (cn__arena){0};
    g->data = (cn__data){0};
}

void cn__generated_release(cn__generated *g) { release_batch(g); }

static cn_status read_batch(cn__generated *g, cn_model *model, const char *class_weight, const char *prefix,
                            const cn_batch *batch)
{
    const cn__given given = {.x = batch->x,
                             .y = batch->y,
                             .weight = batch->sample_weight,
                             .inputs = batch->inputs,
                             .targets = batch->targets,
                             .weights = batch->sample_weights,
                             .class_weight = class_weight,
                             .prefix = prefix};
    CN_TRY(cn__data_read(&g->arena, model, &given, &g->data));
    if (g->data.samples > g->largest) g->largest = g->data.samples;
    return CN_OK;
}

cn_status cn__generated_next(cn__generated *g, cn_model *model, const char *class_weight, const char *prefix)
{
    cn_batch batch = {0};
    if (g->waiting) {
        g->waiting = false;
        return CN_OK;
    }
    release_batch(g);
    if (g->ended) return CN_OK;
    if (!g->generator->next)
        return cn__fail(CN_ERROR_ARGUMENT, "%sgenerator: next is NULL, expected a function", prefix);
    CN_TRY(g->generator->next(g->generator->user, &batch));
    g->ended = !batch.x && !batch.inputs;
    if (g->ended) return CN_OK;
    if (read_batch(g, model, class_weight, prefix, &batch) != CN_OK)
        return cn__fail_in("a batch of the %sgenerator", prefix);
    return CN_OK;
}

cn_status cn__generated_rewind(cn__generated *g, bool *can)
{
    *can = g->generator->rewind != NULL;
    if (!*can) return CN_OK;
    g->ended = g->waiting = false;
    return g->generator->rewind(g->generator->user);
}

/* ---- the batches of training ------------------------------------------------------------------------------- */

/* Batches in which the arrays are cut. */
static size_t pass(const cn_training *t) { return (t->samples + t->batch - 1) / t->batch; }

/* Batches of an epoch, but for the one in which the samples run out. */
static size_t epoch_steps(const cn_training *t)
{
    const size_t steps = t->options->steps_per_epoch, all = pass(t);
    return steps && steps < all ? steps : all;
}

/* The first batch of an epoch among those of the arrays. */
static size_t first_batch(const cn_training *t, size_t epoch)
{
    const size_t steps = epoch_steps(t), epochs_in_pass = (pass(t) + steps - 1) / steps;
    return (epoch - t->options->initial_epoch) % epochs_in_pass * steps;
}

size_t cn__source_steps(const cn_training *t, size_t epoch)
{
    if (t->options->generator) return t->options->steps_per_epoch;
    const size_t left = pass(t) - first_batch(t, epoch), steps = epoch_steps(t);
    return steps < left ? steps : left;
}

size_t cn__source_batches(const cn_training *t, size_t epochs)
{
    const size_t steps = epoch_steps(t), epochs_in_pass = (pass(t) + steps - 1) / steps;
    return epochs / epochs_in_pass * pass(t) + epochs % epochs_in_pass * steps;
}

size_t cn__source_taken(const cn_training *t, size_t epoch, size_t batch)
{
    return cn__source_batches(t, epoch - t->options->initial_epoch) + batch;
}

bool cn__source_begins(const cn_training *t, size_t epoch, size_t batch)
{
    return !t->options->generator && first_batch(t, epoch) + batch == 0;
}

cn_status cn__fit_plan(cn_training *t)
{
    const cn__plan_options options = {.batch = t->batch,
                                      .training = true,
                                      .targets = true,
                                      .keep_logits = cn__metric_set_read_logits(&t->train),
                                      .pool = t->pool,
                                      .ranks = cn__fit_ranks(t),
                                      .shard = cn__fit_ranks(t) && t->options->shard_optimizer,
                                      .zeros = t->options->generator ? NULL : t->training.zeros,
                                      .profile = t->options->profile};
    return cn__plan_new(t->model, &options, &t->plan);
}

/* A plan and metrics for batches of n samples. */
static cn_status grow(cn_training *t, size_t n)
{
    CN_TRY(cn__metric_set_grow(&t->train, n));
    cn__plan_free(t->plan);
    t->plan = NULL;
    t->batch = n;
    return cn__fit_plan(t);
}

static cn_status next_generated(cn_training *t, size_t batch, cn__feed *feed, size_t *n)
{
    cn__generated *g = &t->generated;
    bool can = true;
    CN_TRY(cn__generated_next(g, t->model, t->options->class_weight, ""));
    if (!g->data.samples && batch == 0) { /* it ended with the last epoch */
        CN_TRY(cn__generated_rewind(g, &can));
        if (can) CN_TRY(cn__generated_next(g, t->model, t->options->class_weight, ""));
    }
    *n = g->data.samples;
    t->dry = !*n && (!can || !g->generator->rewind || batch == 0);
    if (*n > t->batch) CN_TRY(grow(t, *n));
    *feed = cn__data_feed(&g->data);
    return CN_OK;
}

cn_status cn__source_next(cn_training *t, size_t epoch, size_t batch, cn__feed *feed, size_t *n)
{
    if (t->options->generator) return next_generated(t, batch, feed, n);
    const size_t first = (first_batch(t, epoch) + batch) * t->batch, left = t->samples - first;
    assert(first < t->samples);
    *n = left < t->batch ? left : t->batch;
    *feed = cn__data_feed(&t->training);
    feed->order = t->order + first;
    feed->ahead = feed->order + *n;
    feed->ahead_count = left - *n < t->batch ? left - *n : t->batch;
    return CN_OK;
}

/* ---- validation ---------------------------------------------------------------------------------------------- */

static cn_status make_forward(cn_model *model, size_t n, cn__pool *pool, cn__forward **forward,
                              cn__metric_set *metrics)
{
    cn__forward_free(*forward);
    *forward = NULL;
    CN_TRY(cn__metric_set_grow(metrics, n));
    return cn__forward_new(model, n, n, metrics, false, pool, forward);
}

cn_status cn__generated_evaluate(cn__generated *g, cn_model *model, const char *prefix, size_t steps,
                                 const cn_communicator *ranks, cn__pool *pool, cn__forward **forward,
                                 cn__metric_set *metrics)
{
    for (size_t batch = 0; !steps || batch < steps; batch++) {
        bool can = true;
        const size_t before = *forward ? g->largest : 0;
        CN_TRY(cn__generated_next(g, model, NULL, prefix));
        if (!g->data.samples && batch == 0) {
            CN_TRY(cn__generated_rewind(g, &can));
            if (can) CN_TRY(cn__generated_next(g, model, NULL, prefix));
        }
        if (!g->data.samples) break;
        if (!*forward || g->data.samples > before)
            CN_TRY(make_forward(model, g->largest, pool, forward, metrics));
        CN_TRY(cn__forward_evaluate(*forward, ranks, &g->data, metrics));
    }
    return CN_OK;
}

/* The next batches of the arrays; behind the last one the first again. */
static cn_status validate_some(cn_training *t)
{
    const cn_fit_options *o = t->options;
    const size_t batch = o->validation_batch_size ? o->validation_batch_size : t->batch;
    size_t n = batch * o->validation_steps;
    if (t->validation_first >= t->validation_samples) t->validation_first = 0;
    if (n / batch != o->validation_steps || n > t->validation_samples - t->validation_first)
        n = t->validation_samples - t->validation_first;
    cn__arena arena = {0};
    cn__data part = {0};
    cn_status status = cn__data_slice(&arena, &t->validation_data, t->validation_first, n, &part);
    if (status == CN_OK) status = cn__forward_evaluate(t->forward, cn__fit_ranks(t), &part, &t->validation);
    t->validation_first += n;
    cn__arena_free(&arena);
    return status;
}

cn_status cn__source_validate(cn_training *t)
{
    const cn_fit_options *o = t->options;
    cn__metric_set_reset(&t->validation);
    if (o->validation_generator)
        return cn__generated_evaluate(&t->validation_generated, t->model, "validation_", o->validation_steps,
                                      cn__fit_ranks(t), t->pool, &t->forward, &t->validation);
    if (o->validation_steps) return validate_some(t);
    return cn__forward_evaluate(t->forward, cn__fit_ranks(t), &t->validation_data, &t->validation);
}
