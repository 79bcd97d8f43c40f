/* The training, what it is evaluated on, and what is written of it. */
#include <stdio.h>

#include "base/text/text.h"
#include "cli/cli.h"
#include "cli/output/rescue.h"
#include "cli/session.h"
#include "cli/signals.h"
#include "cli/standard.h"
#include "cli/training/training.h"
#include "lab/run/outcome.h"
#include "model/model.h"

static cn_status stop_if_interrupted(void *user, cn_training *training, size_t batch)
{
    (void)user, (void)batch;
    if (cn__signals_came()) cn_training_stop(training, "interrupted");
    return CN_OK;
}

static const cn_array *if_any(const cn_array *array) { return array->data ? array : NULL; }

/* A callback that failed, such as a log on a full disk, does not take along what was trained until then. */
static cn_status fail_fit(const cn__train *s, int64_t before)
{
    if (!cn__ranks_write(s->ranks) || s->model->optimizer.iterations == before ||
        cn_error_status() == CN_ERROR_NUMERIC)
        return cn_error_status();
    if (s->options->save) cn__save_unfinished(s->model, s->options->save, false);
    else if (s->options->save_weights) cn__save_unfinished(s->model, s->options->save_weights, true);
    return cn_error_status();
}

/* Where progress goes: not among the bytes of a file that an option writes to the standard output. */
static FILE *report_stream(void) { return cn__standard_output_taken() ? stderr : stdout; }

cn_status cn__train_fit(cn__train *s)
{
    const cn__train_options *o = s->options;
    const cn_callback watch = {.on_batch_begin = stop_if_interrupted};
    cn_fit_options fit_options = cn_fit_defaults();
    fit_options.model = s->model;
    fit_options.inputs = s->ends.x, fit_options.targets = s->ends.y;
    fit_options.sample_weights = s->ends.sample_weight;
    fit_options.validation_inputs = s->validation_ends.x,
    fit_options.validation_targets = s->validation_ends.y;
    fit_options.validation_sample_weights = s->validation_ends.sample_weight;
    fit_options.x = if_any(&s->train.x);
    fit_options.y = if_any(&s->train.y);
    fit_options.sample_weight = if_any(&s->train.weight);
    fit_options.validation_x = if_any(&s->validation.x);
    fit_options.validation_y = if_any(&s->validation.y);
    fit_options.validation_sample_weight = if_any(&s->validation.weight);
    fit_options.validation_split = o->validation_split;
    fit_options.validation_batch_size = o->validation_batch_size;
    fit_options.validation_freq = o->validation_freq;
    fit_options.epochs = o->epochs;
    fit_options.initial_epoch = o->initial_epoch;
    fit_options.batch_size = o->batch_size;
    fit_options.shuffle = o->shuffle;
    fit_options.reshuffle = o->reshuffle;
    fit_options.class_weight = s->class_weight.data;
    fit_options.callbacks = o->callbacks;
    fit_options.callback_kinds = cn_file_callbacks();
    fit_options.custom_callbacks = (const cn_callback *const[]){&watch, NULL};
    fit_options.verbose = (int)o->verbose;
    fit_options.log = report_stream();
    fit_options.threads = (int)o->threads;
    fit_options.profile = o->profile;
    fit_options.communicator = s->ranks;
    fit_options.shard_optimizer = o->shard_optimizer;
    fit_options.save = cn_model_save;
    fit_options.checkpoint_dir = s->states;
    fit_options.checkpoint_seconds = s->every;
    fit_options.resume_dir = s->resumes ? s->states : NULL;
    CN_TRY(cn__train_begin_states(s));
    cn__signals_catch();
    const int64_t before = s->model->optimizer.iterations;
    s->history = cn_model_fit_with(&fit_options);
    if (!s->history) return fail_fit(s, before);
    if (o->profile) fputs(cn_history_profile(s->history), report_stream());
    return CN_OK;
}

cn_logs *cn__train_score(const cn__train *s, const cn__samples *samples)
{
    return cn_model_evaluate(s->model, .x = if_any(&samples->x), .y = if_any(&samples->y),
                             .inputs = s->ends.x, .targets = s->ends.y, .batch_size = s->options->batch_size,
                             .threads = (int)s->options->threads, .communicator = s->ranks);
}

/* A signal that only some ranks had counts where it stopped the training, on all of them. */
static bool was_interrupted(const cn__train *s)
{
    return s->ranks ? cn_history_stop(s->history).kind == CN_STOP_CALLBACK : cn__signals_came();
}

static cn_status evaluate(cn__train *s)
{
    if (was_interrupted(s)) return CN_OK;
    if ((s->options->history || s->options->json) && !(s->scores = cn__train_score(s, &s->train)))
        return cn_error_status();
    if (!s->options->test) return CN_OK;
    if (!(s->test_scores = cn__train_score(s, &s->test))) return cn_error_status();
    if (s->options->verbose) cn__print_logs(report_stream(), "test", s->test_scores);
    return CN_OK;
}

/* Of several failures the first is returned, and the others are printed. */
static cn_status join(cn_status first, char **message, cn_status next)
{
    if (next == CN_OK) return first;
    if (first != CN_OK) {
        fprintf(stderr, "cornu train: %s\n", cn_error());
        return first;
    }
    *message = cn__strdup(cn_error());
    return next;
}

/* Every output is tried: one that fails does not take along the others. */
static cn_status write_results(cn__train *s, cn_status status)
{
    const cn__train_options *o = s->options;
    if (!cn__ranks_write(s->ranks)) return status;
    char *message = status == CN_OK ? NULL : cn__strdup(cn_error());
    if (o->save)
        status = join(status, &message, cn__save_or_rescue(s->model, s->train.preparation, o->save, false));
    if (o->save_weights)
        status = join(status, &message, cn__save_or_rescue(s->model, NULL, o->save_weights, true));
    if (o->history)
        status = join(status, &message, cn__write_history(o->history, s->history, s->scores, s->test_scores));
    if (o->json)
        status = join(status, &message, cn__write_history(o->json, s->history, s->scores, s->test_scores));
    if (status != CN_OK) (void)!cn__fail(status, "%s", message ? message : "out of memory");
    cn__free(message);
    return status;
}

/* Results are written all the same, so that the epochs before can be seen. */
static cn_status check_divergence(const cn__train *s)
{
    size_t epoch, batch;
    if (cn__signals_came() || !cn_history_diverged(s->history, &epoch, &batch)) return CN_OK;
    return cn__fail(
        CN_ERROR_NUMERIC,
        "training diverged: the loss is no finite number from batch %zu of epoch %zu on. " CN_DIVERGED_ADVICE,
        batch, epoch);
}

cn_status cn__train_and_write(cn__train *s)
{
    CN_TRY(cn__train_fit(s));
    CN_TRY(write_results(s, evaluate(s)));
    return check_divergence(s);
}
